/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows as JSON Schema, draft 7, for completion and diagnostics in editors. It is a little wider
 * than the reader: ranges of values with units, keys that exclude each other and names of
 * components are the reader's business. `patternErrorMessage` is what yaml-language-server shows
 * instead of the regular expression. Plug-ins may hold plug-ins of their own registry, so their
 * nesting is cut at a depth that nobody writes.
 */
#include "bind.h"
#include "distform.h"
#include "json.h"
#include "quantity.h"
#include "registry.h"
#include <math.h>
#include <string.h>

#define PLUGIN_NESTING 3

struct writer {
    FILE *out;
    const struct fs_names *names;
    int plugins; /* how deep in plug-ins */
};

static void write_rows(struct writer *w, const struct fs_param *rows, bool required, int depth);

static void new_line(const struct writer *w, int depth)
{
    fprintf(w->out, "\n%*s", 2 * depth, "");
}

/* `"name": `, on a line of its own, behind a comma but for the first. */
static void start_member(const struct writer *w, bool *first, const char *name, int depth)
{
    if (!*first) fputc(',', w->out);
    *first = false;
    new_line(w, depth);
    fs_json_text(w->out, name);
    fputs(": ", w->out);
}

/* ---- plain values --------------------------------------------------------------------------- */

static bool is_bare(enum fs_dimension dimension)
{
    return dimension == FS_D_COUNT || dimension == FS_D_NUMBER;
}

/* The inside of a schema of one number: `"type": ..., ...`. */
static void write_number(const struct writer *w, enum fs_dimension dimension)
{
    const bool mixed = dimension == FS_D_FRACTION || dimension == FS_D_CPU;
    if (is_bare(dimension)) {
        fprintf(w->out, "\"type\": \"%s\"", dimension == FS_D_COUNT ? "integer" : "number");
        return;
    }
    fprintf(w->out,
            "\"type\": %s, \"pattern\": ", mixed ? "[\"number\", \"string\"]" : "\"string\"");
    fs_json_text(w->out, fs_dimension_pattern(dimension));
    fputs(", \"patternErrorMessage\": ", w->out);
    char text[128];
    snprintf(text, sizeof text, "expected %s", fs_dimension_doc(dimension));
    fs_json_text(w->out, text);
}

static void write_range(const struct writer *w, const struct fs_param *row)
{
    const bool given = row->low < 0 || row->low > 0 || row->high < 0 || row->high > 0;
    if (!is_bare(row->dimension)) return;
    fputs(", \"minimum\": ", w->out);
    fs_json_number(w->out, row->low);
    if (!given || isinf(row->high)) return;
    fputs(", \"maximum\": ", w->out);
    fs_json_number(w->out, row->high);
}

static void write_enum(const struct writer *w, const char *const *names, const char *prefix)
{
    const size_t length = prefix ? strlen(prefix) : 0;
    const char *comma = "";
    fputs("\"enum\": [", w->out);
    for (; *names; names++) {
        if (length && strncmp(*names, prefix, length) != 0) continue;
        fputs(comma, w->out);
        fs_json_text(w->out, *names + length);
        comma = ", ";
    }
    fputc(']', w->out);
}

static void write_name(const struct writer *w, const struct fs_param *row)
{
    const struct fs_names *names = w->names;
    const char *const *known = NULL;
    if (row->kind == FS_P_PRICE && names && names->prices) known = names->prices(names->self);
    if (known)
        write_enum(w, known, row->prefix);
    else
        fputs("\"type\": [\"string\", \"number\"]", w->out);
}

/* ---- distributions -------------------------------------------------------------------------- */

static bool had_before(const struct fs_dist_form *form, const char *kind, const char *key)
{
    for (const struct fs_dist_form *at = fs_dist_forms; at != form; at++) {
        for (int i = 0; strcmp(at->kind, kind) == 0 && i < 4 && at->arg[i].key; i++) {
            if (!key || strcmp(at->arg[i].key, key) == 0) return true;
        }
    }
    return false;
}

/* All keys that the forms of one kind know; which go together is the reader's business. */
static void write_kind(const struct writer *w, const struct fs_dist_form *first,
                       enum fs_dimension dimension)
{
    const char *comma = "";
    fputs("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {", w->out);
    for (const struct fs_dist_form *form = first; form->kind; form++) {
        for (int i = 0; i < 4 && form->arg[i].key; i++) {
            if (strcmp(form->kind, first->kind) != 0 ||
                had_before(form, first->kind, form->arg[i].key))
                continue;
            fputs(comma, w->out);
            fs_json_text(w->out, form->arg[i].key);
            fputs(": {", w->out);
            write_number(w, form->arg[i].plain ? FS_D_NUMBER : dimension);
            fputs(", \"description\": ", w->out);
            fs_json_text(w->out, form->arg[i].doc);
            fputc('}', w->out);
            comma = ", ";
        }
    }
    fputs("}}", w->out);
}

static void write_dist(const struct writer *w, const struct fs_param *row, int depth)
{
    const enum fs_dimension dimension = fs_distform_dimension(row->dimension);
    fputs("\"anyOf\": [{", w->out);
    write_number(w, dimension);
    const char *const *named = w->names->all_named ? w->names->all_named(w->names->self) : NULL;
    if (named && named[0]) {
        fputs("}, {", w->out);
        write_enum(w, named, NULL);
    }
    fputs("}, {\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, "
          "\"additionalProperties\": false, \"properties\": {",
          w->out);
    bool first = true;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        if (had_before(form, form->kind, NULL)) continue;
        start_member(w, &first, form->kind, depth + 1);
        write_kind(w, form, dimension);
    }
    start_member(w, &first, "quantiles", depth + 1);
    fputs("{\"type\": \"object\", \"additionalProperties\": false, \"patternProperties\": "
          "{\"^p[0-9.]+$\": {",
          w->out);
    write_number(w, dimension);
    fputs("}}}", w->out);
    start_member(w, &first, "mixture", depth + 1);
    fputs("{\"type\": \"array\", \"items\": {\"type\": \"object\", \"required\": [\"weight\", "
          "\"of\"]}}",
          w->out);
    fputs("}}]", w->out);
}

/* ---- plug-ins ------------------------------------------------------------------------------- */

static bool needs_rows(const struct fs_plugin *plugin)
{
    for (const struct fs_param *row = plugin->rows; row->key; row++) {
        if (!row->preset) return true;
    }
    return false;
}

static const char *const *presets_of(const struct writer *w, const char *registry)
{
    const struct fs_names *names = w->names;
    static const char *const none[] = {NULL};
    const char *const *presets =
        names && names->presets ? names->presets(names->self, registry) : NULL;
    return presets ? presets : none;
}

static void write_plugin(struct writer *w, const struct fs_plugin *plugin, bool required, int depth)
{
    w->plugins++;
    write_rows(w, plugin->rows, required, depth);
    w->plugins--;
}

/* Plug-ins and presets of a registry as properties. */
static void write_plugins(struct writer *w, const struct fs_param *row, bool *first, int depth)
{
    const struct fs_registry *registry = fs_registry_find(row->registry);
    for (int i = 0; registry && registry->plugin[i]; i++) {
        start_member(w, first, registry->plugin[i]->name, depth);
        write_plugin(w, registry->plugin[i], true, depth);
    }
    for (const char *const *preset = presets_of(w, row->registry); *preset; preset++) {
        const char *behind = NULL;
        const struct fs_names *names = w->names;
        if (!names->preset || !names->preset(names->self, row->registry, *preset, &behind))
            continue;
        const struct fs_plugin *plugin = behind ? fs_plugin_find(registry, behind) : NULL;
        if (!plugin) continue;
        start_member(w, first, *preset, depth);
        write_plugin(w, plugin, false, depth);
    }
}

/* `{"enum": [...]}, ` of the names that may stand alone; nothing when there is none. */
static void write_bare_names(const struct writer *w, const struct fs_param *row)
{
    const struct fs_registry *registry = fs_registry_find(row->registry);
    const char *comma = "{\"enum\": [";
    for (int i = 0; registry && registry->plugin[i]; i++) {
        if (needs_rows(registry->plugin[i])) continue;
        fputs(comma, w->out);
        fs_json_text(w->out, registry->plugin[i]->name);
        comma = ", ";
    }
    for (const char *const *preset = presets_of(w, row->registry); *preset; preset++) {
        fputs(comma, w->out);
        fs_json_text(w->out, *preset);
        comma = ", ";
    }
    if (*comma == ',') fputs("]}, ", w->out);
}

static void write_choice_of_plugins(struct writer *w, const struct fs_param *row, int depth)
{
    bool first = true;
    if (w->plugins == PLUGIN_NESTING) {
        fputs("\"type\": [\"object\", \"string\"]", w->out);
        return;
    }
    fputs("\"anyOf\": [", w->out);
    write_bare_names(w, row);
    fputs("{\"type\": \"object\", \"minProperties\": 1, \"maxProperties\": 1, "
          "\"additionalProperties\": false, \"properties\": {",
          w->out);
    write_plugins(w, row, &first, depth + 1);
    fputs("}}]", w->out);
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* The inside of the schema of a row's value, without what is said of the row. */
static void write_inside(struct writer *w, const struct fs_param *row, int depth)
{
    switch (row->kind) {
    case FS_P_SCALAR:
        write_number(w, row->dimension);
        write_range(w, row);
        return;
    case FS_P_BOOL:
        fputs("\"type\": \"boolean\"", w->out);
        return;
    case FS_P_CHOICE:
        write_enum(w, row->choices, NULL);
        return;
    case FS_P_TEXT:
    case FS_P_PATH:
    case FS_P_DATA:
    case FS_P_REF:
    case FS_P_PRICE:
        write_name(w, row);
        return;
    case FS_P_DIST:
        write_dist(w, row, depth);
        return;
    case FS_P_PLUGIN:
        write_choice_of_plugins(w, row, depth);
        return;
    case FS_P_GROUP:
        fputs("\"allOf\": [", w->out);
        write_rows(w, row->rows, true, depth);
        fputc(']', w->out);
        return;
    case FS_P_LIST:
    case FS_P_MAP:
        fprintf(w->out, "\"type\": \"%s\": ",
                row->kind == FS_P_LIST ? "array\", \"items" : "object\", \"additionalProperties");
        write_rows(w, row->rows, true, depth);
        return;
    }
}

/* May null stand there, to take back what a platform or preset says (bind.h)? */
static bool takes_null(const struct fs_param *row)
{
    return row->preset && (!*row->preset || row->kind == FS_P_GROUP || row->kind == FS_P_MAP);
}

static void write_row(struct writer *w, const struct fs_param *row, int depth)
{
    const char *preset = row->preset && *row->preset ? row->preset : NULL;
    char text[1024];
    fputs(takes_null(row) ? "{\"anyOf\": [{\"type\": \"null\"}, {" : "{", w->out);
    write_inside(w, row, depth);
    if (takes_null(row)) fputs("}]", w->out);
    snprintf(text, sizeof text, "%s%s%s%s", row->doc ? row->doc : "", preset ? " Default: " : "",
             preset ? preset : "", preset ? "." : "");
    fputs(", \"description\": ", w->out);
    fs_json_text(w->out, text);
    fputc('}', w->out);
}

static void write_properties(struct writer *w, const struct fs_param *rows, int depth)
{
    bool first = true;
    for (const struct fs_param *row = rows; row->key; row++) {
        if (*row->key == '\0') {
            if (w->plugins < PLUGIN_NESTING) write_plugins(w, row, &first, depth);
            continue;
        }
        start_member(w, &first, row->key, depth);
        write_row(w, row, depth);
    }
}

static void write_required(const struct writer *w, const struct fs_param *rows, int depth)
{
    const char *comma = ",";
    for (const struct fs_param *row = rows; row->key; row++) {
        if (row->preset || *row->key == '\0') continue;
        if (*comma == ',') {
            fputc(',', w->out);
            new_line(w, depth);
            fputs("\"required\": [", w->out);
        } else {
            fputs(", ", w->out);
        }
        fs_json_text(w->out, row->key);
        comma = "";
    }
    if (*comma == '\0') fputc(']', w->out);
}

static void write_rows(struct writer *w, const struct fs_param *rows, bool required, int depth)
{
    if (rows->key && *rows->key == '\0' && !rows[1].key) {
        write_row(w, rows, depth);
        return;
    }
    fputc('{', w->out);
    new_line(w, depth + 1);
    fputs("\"type\": \"object\",", w->out);
    new_line(w, depth + 1);
    fputs("\"additionalProperties\": false,", w->out);
    new_line(w, depth + 1);
    fputs("\"properties\": {", w->out);
    write_properties(w, rows, depth + 2);
    new_line(w, depth + 1);
    fputc('}', w->out);
    if (required) write_required(w, rows, depth + 1);
    new_line(w, depth);
    fputc('}', w->out);
}

void fs_schema_rows(FILE *out, const struct fs_param *rows, const struct fs_names *names, int depth)
{
    struct writer w = {.out = out, .names = names};
    write_rows(&w, rows, true, depth);
}

void fs_schema_properties(FILE *out, const struct fs_param *rows, const struct fs_names *names,
                          int depth)
{
    struct writer w = {.out = out, .names = names};
    write_properties(&w, rows, depth);
}
