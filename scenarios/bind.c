/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk over the rows, with the layers (what is written, over defaults) beside it. A value is
 * that of the uppermost layer that has the key; groups, and plug-ins of the same name, are bound
 * row by row, so that their rows fall through one by one, unless null takes them back whole. A
 * row's preset is read like a written value, by the same code; that it is wrong is our bug, unless
 * it names something (a price, a file) that only this study lacks: then it is reported where the
 * key could have been written.
 *
 * Names are compared in the tables' and registries' order, and a complaint never stops the walk:
 * everything wrong in a file is found in one go. Hints are worked out only while they are shown.
 */
#include "bind.h"
#include "distform.h"
#include "layer.h"
#include "namelist.h"
#include "quantity.h"
#include "registry.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* A value on its way into its row. */
struct value {
    const struct fs_param *row;
    const char *name;             /* for messages: the key it was written under */
    const struct fs_layer *layer; /* NULL: nowhere written */
    struct fs_place place;        /* for what is missing */
    void *slot;
};

static void bind_rows(struct fs_binder *b, const struct fs_param *rows, const char *name,
                      const struct fs_layer *layer, struct fs_place place, const char *const *extra,
                      void *out);

/* A text for a complaint; none is made when no more are shown. */
__attribute__((format(printf, 2, 3))) static const char *say(struct fs_binder *b,
                                                             const char *format, ...)
{
    char text[1024];
    va_list args;
    if (fs_report_full(b->report)) return "";
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fs_arena_text(b->arena, text);
}

/* ---- hints ---------------------------------------------------------------------------------- */

/* "did you mean 'x'?", or all names when they are few. */
static const char *suggest(struct fs_binder *b, const char *written, const char *const *names,
                           int n)
{
    if (n == 0 || fs_report_full(b->report)) return NULL;
    const char *near = fs_nearest(written, names, n);
    if (near) return say(b, "did you mean '%s'?", near);
    const char *list = names[0];
    for (int i = 1; i < n && n <= 24; i++)
        list = say(b, "%s, %s", list, names[i]);
    return n <= 24 ? say(b, "possible here: %s", list) : NULL;
}

static const char *const *preset_names(const struct fs_binder *b, const char *registry)
{
    return b->names.presets ? b->names.presets(b->names.self, registry) : NULL;
}

static const struct fs_registry *registry_of(const struct fs_param *row)
{
    const struct fs_registry *registry = fs_registry_find(row->registry);
    fs_assert(NULL, registry != NULL);
    return registry;
}

/* Names of a registry's plug-ins and presets, appended to `names`; returns their number. With
 * `names` NULL they are counted only. */
static int plugin_names(const struct fs_binder *b, const struct fs_param *row, const char **names)
{
    const struct fs_registry *registry = registry_of(row);
    const char *const *presets = preset_names(b, row->registry);
    int n = 0;
    for (int i = 0; registry->plugin[i]; i++, n++) {
        if (names) names[n] = registry->plugin[i]->name;
    }
    for (int i = 0; presets && presets[i]; i++, n++) {
        if (names) names[n] = presets[i];
    }
    return n;
}

static const char *suggest_plugin(struct fs_binder *b, const struct fs_param *row,
                                  const char *written)
{
    const int n = plugin_names(b, row, NULL);
    const char **names = fs_arena_alloc(b->arena, ((size_t)n + 1) * sizeof *names);
    plugin_names(b, row, names);
    return suggest(b, written, names, n);
}

/* Without room for all that could stand here, the row's own kind says what is expected. */
static const char *expected(struct fs_binder *b, const struct fs_param *row)
{
    switch (row->kind) {
    case FS_P_SCALAR:
        return fs_dimension_doc(row->dimension);
    case FS_P_DIST:
        return fs_dimension_doc(fs_distform_dimension(row->dimension));
    case FS_P_BOOL:
        return "true or false";
    case FS_P_TEXT:
        return "a text";
    case FS_P_PATH:
        return "a file's path";
    case FS_P_DATA:
        return say(b, "a file of %s/", row->registry);
    case FS_P_CHOICE: {
        const char *list = row->choices[0];
        for (int i = 1; row->choices[i]; i++)
            list = say(b, "%s, %s", list, row->choices[i]);
        return say(b, "one of %s", list);
    }
    case FS_P_GROUP:
        return "a map of keys";
    case FS_P_LIST:
        return "a list: [...]";
    case FS_P_MAP:
        return "a map of names";
    case FS_P_REF:
        return "the name of a component";
    case FS_P_PLUGIN:
        return say(b, "one of the %s", row->registry);
    case FS_P_PRICE:
        return "an item of the price list";
    }
    return "";
}

/* ---- plain values --------------------------------------------------------------------------- */

static void complain(struct fs_binder *b, const struct value *value, const char *hint,
                     const char *text)
{
    fs_report_error(b->report, value->layer->node->place, hint, "'%s' %s", value->name, text);
}

/* The text of a scalar; NULL after a complaint. */
static const char *plain(struct fs_binder *b, const struct value *value)
{
    const struct fs_node *node = value->layer->node;
    if (node->kind == FS_NODE_SCALAR) return node->text;
    fs_report_error(b->report, node->place, NULL, "'%s' must be %s, not a %s", value->name,
                    expected(b, value->row), node->kind == FS_NODE_MAP ? "map" : "list");
    return NULL;
}

/* A bound of a row's range as a scenario would write it. */
static const char *show_bound(struct fs_binder *b, const struct fs_param *row, double bound)
{
    double base = bound * fs_dimension_scale(row->dimension);
    if (fs_dimension_whole(row->dimension)) base = floor(base + 0.5);
    return fs_quantity_write(b->arena, row->dimension, base);
}

/* `number` is in the unit of the row's range. */
static void check_range(struct fs_binder *b, const struct value *value, double number)
{
    const struct fs_param *row = value->row;
    const bool free = !(row->low < 0 || row->low > 0 || row->high < 0 || row->high > 0);
    const double low = row->low;
    const double high = !free ? row->high : row->dimension == FS_D_FRACTION ? 1 : INFINITY;
    if (number >= low && number <= high) return;
    if (isinf(high) && free)
        complain(b, value, NULL, "must not be negative");
    else if (isinf(high))
        complain(b, value, NULL, say(b, "must be at least %s", show_bound(b, row, low)));
    else
        complain(b, value, NULL,
                 say(b, "must lie between %s and %s", show_bound(b, row, low),
                     show_bound(b, row, high)));
}

static void bind_scalar(struct fs_binder *b, const struct value *value)
{
    const enum fs_dimension dimension = value->row->dimension;
    const char *text = plain(b, value), *hint = NULL, *wrong = NULL;
    if (!text) return;
    const double scale = fs_dimension_scale(dimension);
    double number;
    if (fs_dimension_whole(dimension)) {
        int64_t whole = 0;
        wrong = fs_quantity_read_whole(b->arena, dimension, text, &whole, &hint);
        memcpy(value->slot, &whole, sizeof whole);
        number = (double)whole / scale;
    } else {
        number = 0;
        wrong = fs_quantity_read(b->arena, dimension, text, &number, &hint);
        memcpy(value->slot, &number, sizeof number);
    }
    if (hint) hint = say(b, "did you mean '%s'?", hint);
    if (wrong)
        complain(b, value, hint, wrong);
    else
        check_range(b, value, number);
}

static void bind_bool(struct fs_binder *b, const struct value *value)
{
    static const struct {
        const char *written, *meant;
    } other[] = {{"yes", "true"},  {"on", "true"},   {"1", "true"},      {"True", "true"},
                 {"no", "false"},  {"off", "false"}, {"0", "false"},     {"False", "false"},
                 {"TRUE", "true"}, {"Yes", "true"},  {"FALSE", "false"}, {"No", "false"}};
    const char *text = plain(b, value), *hint = NULL;
    if (!text) return;
    *(bool *)value->slot = strcmp(text, "true") == 0;
    if (*(bool *)value->slot || strcmp(text, "false") == 0) return;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        if (strcmp(text, other[i].written) == 0)
            hint = say(b, "did you mean '%s'?", other[i].meant);
    }
    complain(b, value, hint, say(b, "must be true or false, not '%.60s'", text));
}

static void bind_choice(struct fs_binder *b, const struct value *value)
{
    const char *text = plain(b, value);
    const char *const *choices = value->row->choices;
    if (!text) return;
    for (int i = 0; choices[i]; i++) {
        if (strcmp(choices[i], text) != 0) continue;
        *(int *)value->slot = i;
        return;
    }
    const char *near = fs_nearest(text, choices, fs_names_count(choices));
    complain(b, value, near ? say(b, "did you mean '%s'?", near) : NULL,
             say(b, "must be %s, not '%.60s'", expected(b, value->row), text));
}

/* A name that must be known; `known` NULL: kept as it is. */
static void bind_name(struct fs_binder *b, const struct value *value, const char *name,
                      const char *const *known, const char *what)
{
    *(const char **)value->slot = name;
    for (int i = 0; known && known[i]; i++) {
        if (strcmp(known[i], name) == 0) return;
    }
    if (!known) return;
    fs_report_error(b->report, value->layer->node->place,
                    suggest(b, name, known, fs_names_count(known)), "'%s': there is no %s '%.200s'",
                    value->name, what, name);
}

static void bind_reference(struct fs_binder *b, const struct value *value)
{
    const char *text = plain(b, value);
    const struct fs_names *names = &b->names;
    if (!text) return;
    bind_name(b, value, text, names->components ? names->components(names->self) : NULL,
              "component");
}

/* What a platform's file asks for is looked up when all of its lines are known: graph.c. */
static void bind_price(struct fs_binder *b, const struct value *value)
{
    const char *text = plain(b, value), *prefix = value->row->prefix;
    const struct fs_names *names = &b->names;
    if (!text) return;
    if (prefix) text = fs_arena_format(b->arena, "%s%s", prefix, text);
    const bool written = value->layer->node->place.text == value->place.text;
    bind_name(b, value, text, names->prices && written ? names->prices(names->self) : NULL,
              "price");
}

static void bind_path(struct fs_binder *b, const struct value *value)
{
    const char *text = plain(b, value);
    if (!text) return;
    *(const char **)value->slot =
        b->names.path ? b->names.path(b->names.self, value->layer->node, b->report) : text;
}

static void bind_data(struct fs_binder *b, const struct value *value)
{
    const char *text = plain(b, value);
    const struct fs_names *names = &b->names;
    if (!text) return;
    *(const char **)value->slot =
        names->data ? names->data(names->self, value->row->registry, value->layer->node, b->report)
                    : text;
}

static void bind_text(struct fs_binder *b, const struct value *value)
{
    *(const char **)value->slot = plain(b, value);
}

/* No quantity begins with a letter. */
static bool is_named(const struct fs_node *node)
{
    return node->kind == FS_NODE_SCALAR && node->text && isalpha((unsigned char)*node->text);
}

static void bind_dist(struct fs_binder *b, const struct value *value)
{
    const struct fs_param *row = value->row;
    const struct fs_node *node = value->layer->node;
    struct fs_dist *dist = value->slot;
    if (b->names.named && is_named(node)) node = b->names.named(b->names.self, node, b->report);
    if (node && fs_distform_read(b->arena, b->report, row->dimension, value->name, node, dist) &&
        dist->kind == FS_DIST_CONSTANT)
        check_range(b, value, dist->a / fs_dimension_scale(row->dimension));
}

/* ---- what holds other values ---------------------------------------------------------------- */

/* What is missing in a group belongs to its key, where that is written in the same text. */
static void bind_group(struct fs_binder *b, const struct value *value)
{
    const struct fs_node *node = value->layer ? value->layer->node : NULL;
    const bool written = node && node->key && node->key_place.text == value->place.text;
    bind_rows(b, value->row->rows, value->name, value->layer,
              written ? node->key_place : value->place, NULL, value->slot);
}

/* Room for the items of a list or map. */
static char *new_items(struct fs_binder *b, const struct value *value)
{
    struct fs_list *list = value->slot;
    list->n = fs_node_count(value->layer->node);
    list->item = list->n ? fs_arena_alloc(b->arena, (size_t)list->n * value->row->size) : NULL;
    return list->item;
}

static void bind_list(struct fs_binder *b, const struct value *value)
{
    const struct fs_node *node = value->layer->node;
    if (node->kind != FS_NODE_LIST) {
        const bool one = node->kind == FS_NODE_SCALAR && strlen(node->text) < 60;
        complain(b, value, one ? say(b, "did you mean '[%s]'?", node->text) : NULL,
                 "must be a list: [...]");
        return;
    }
    char *item = new_items(b, value);
    for (const struct fs_node *child = node->child; child; child = child->next) {
        const struct fs_layer layer = {.node = child};
        bind_rows(b, value->row->rows, value->name, &layer, child->place, NULL, item);
        item += value->row->size;
    }
}

static void bind_map(struct fs_binder *b, const struct value *value)
{
    const struct fs_node *node = value->layer->node;
    if (node->kind != FS_NODE_MAP) {
        complain(b, value, NULL, "must be a map of names");
        return;
    }
    char *item = new_items(b, value);
    for (const struct fs_node *child = node->child; child; child = child->next) {
        const struct fs_layer layer = {.node = child};
        *(const char **)(void *)item = child->key;
        bind_rows(b, value->row->rows, child->key, &layer, child->key_place, NULL, item);
        item += value->row->size;
    }
}

/* ---- plug-ins ------------------------------------------------------------------------------- */

/* The plug-in that a name stands for, itself or by a preset, whose values come in `preset`. */
static const struct fs_plugin *find_plugin(struct fs_binder *b, const struct fs_param *row,
                                           const char *name, const struct fs_node **preset)
{
    const struct fs_registry *registry = registry_of(row);
    const struct fs_plugin *plugin = fs_plugin_find(registry, name);
    const char *behind = NULL;
    *preset = NULL;
    if (plugin || !b->names.preset) return plugin;
    *preset = b->names.preset(b->names.self, row->registry, name, &behind);
    return *preset && behind ? fs_plugin_find(registry, behind) : NULL;
}

static void check_plugin(struct fs_binder *b, const struct fs_plugin *plugin,
                         const struct fs_layer *layer, struct fs_place place, void *params)
{
    const int before = fs_report_errors(b->report);
    struct fs_complaints *complaints = fs_layer_complaints(b->arena, b->report, layer, place);
    if (plugin->check) plugin->check(params, complaints);
    if (plugin->load && fs_report_errors(b->report) == before)
        plugin->load(params, b->arena, complaints);
}

/* The plug-in called `name`, which stands at `place`; the layers hold {name: its rows}. */
static void bind_named(struct fs_binder *b, const struct value *value, const char *name,
                       struct fs_place place)
{
    const struct fs_node *preset;
    const struct fs_plugin *plugin = find_plugin(b, value->row, name, &preset);
    if (!plugin) {
        fs_report_error(b->report, place, suggest_plugin(b, value->row, name),
                        "'%.100s' is none of the %s", name, value->row->registry);
        return;
    }
    const struct fs_layer *layer =
        fs_layer_select(b->arena, value->layer, name, fs_layer_on(b->arena, preset, NULL));
    const int before = fs_report_errors(b->report);
    void *params = fs_arena_alloc(b->arena, plugin->size ? plugin->size : 1);
    *(struct fs_plugin_value *)value->slot = (struct fs_plugin_value){plugin, params};
    bind_rows(b, plugin->rows, name, layer, place, NULL, params);
    if (fs_report_errors(b->report) != before) return;
    check_plugin(b, plugin, layer, place, params);
    if (preset && b->names.rests_on) b->names.rests_on(b->names.self, name, layer);
}

static void bind_plugin(struct fs_binder *b, const struct value *value)
{
    const struct fs_node *node = value->layer->node;
    if (node->kind == FS_NODE_SCALAR)
        bind_named(b, value, node->text, node->place);
    else if (node->kind == FS_NODE_MAP && fs_node_count(node) == 1)
        bind_named(b, value, node->child->key, node->child->key_place);
    else
        complain(b, value, suggest_plugin(b, value->row, ""),
                 say(b, "must be exactly one of the %s", value->row->registry));
}

static bool is_plugin_name(const struct fs_binder *b, const struct fs_param *row, const char *name)
{
    if (fs_plugin_find(registry_of(row), name)) return true;
    const char *const *presets = preset_names(b, row->registry);
    for (int i = 0; presets && presets[i]; i++) {
        if (strcmp(presets[i], name) == 0) return true;
    }
    return false;
}

static bool is_row(const struct fs_param *rows, const char *key)
{
    for (; rows->key; rows++) {
        if (*rows->key && strcmp(rows->key, key) == 0) return true;
    }
    return false;
}

/* Exactly one name of the registry stands as a key among those of a group's other rows. Where a key
 * is unknown, that is told: it may be the one. */
static void bind_inline(struct fs_binder *b, const struct value *value, const struct fs_param *rows,
                        bool some_unknown)
{
    const struct fs_node *found = NULL;
    for (const struct fs_layer *layer = value->layer; layer && !found; layer = layer->under) {
        for (const struct fs_node *child = layer->node->child; child; child = child->next) {
            if (is_row(rows, child->key) || !is_plugin_name(b, value->row, child->key)) continue;
            if (found)
                fs_report_error(b->report, child->key_place, NULL,
                                "'%s' and '%s' cannot stand together: one of the %s is expected",
                                found->key, child->key, value->row->registry);
            else
                found = child;
        }
    }
    if (found)
        bind_named(b, value, found->key, found->key_place);
    else if (!value->row->preset && !some_unknown)
        fs_report_error(b->report, value->place, suggest_plugin(b, value->row, ""),
                        "one of the %s is missing", value->row->registry);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void move(struct fs_node *node, struct fs_place place)
{
    node->place = node->key_place = place;
    for (struct fs_node *child = node->child; child; child = child->next)
        move(child, place);
}

static struct fs_node *read_preset(struct fs_binder *b, const struct value *value)
{
    const char *text = value->row->preset;
    struct fs_report *report = fs_report_new(b->arena);
    struct fs_node *node;
    if (strpbrk(text, "{[\"'")) {
        node = fs_tree_parse(b->arena, value->name, text, strlen(text), report);
        fs_assert(NULL, node != NULL);
    } else {
        node = fs_arena_alloc(b->arena, sizeof *node);
        node->text = text;
    }
    move(node, value->place);
    return node;
}

static void bind_value(struct fs_binder *b, const struct value *value)
{
    switch (value->row->kind) {
    case FS_P_SCALAR:
        bind_scalar(b, value);
        return;
    case FS_P_BOOL:
        bind_bool(b, value);
        return;
    case FS_P_TEXT:
        bind_text(b, value);
        return;
    case FS_P_PATH:
        bind_path(b, value);
        return;
    case FS_P_DATA:
        bind_data(b, value);
        return;
    case FS_P_CHOICE:
        bind_choice(b, value);
        return;
    case FS_P_DIST:
        bind_dist(b, value);
        return;
    case FS_P_GROUP:
        bind_group(b, value);
        return;
    case FS_P_LIST:
        bind_list(b, value);
        return;
    case FS_P_MAP:
        bind_map(b, value);
        return;
    case FS_P_REF:
        bind_reference(b, value);
        return;
    case FS_P_PLUGIN:
        bind_plugin(b, value);
        return;
    case FS_P_PRICE:
        bind_price(b, value);
        return;
    }
}

/* The value as written, or the row's preset, or a complaint that there is neither. */
static void bind_row(struct fs_binder *b, struct value *value)
{
    const struct fs_param *row = value->row;
    const bool optional = row->preset && *row->preset == '\0';
    const bool holds = row->kind == FS_P_GROUP || row->kind == FS_P_MAP;
    if (holds && row->preset && value->layer && fs_node_is_null(value->layer->node))
        value->layer = NULL;
    if (!value->layer && !row->preset) {
        fs_report_error(b->report, value->place,
                        row->kind == FS_P_PLUGIN ? suggest_plugin(b, row, "") : NULL,
                        "'%s' is missing: expected %s", value->name, expected(b, row));
        return;
    }
    if (optional && (!value->layer || fs_node_is_null(value->layer->node))) return;
    if (!value->layer) value->layer = fs_layer_on(b->arena, read_preset(b, value), NULL);
    if (fs_node_is_null(value->layer->node) && !holds)
        complain(b, value, NULL, say(b, "has no value: expected %s", expected(b, row)));
    else
        bind_value(b, value);
}

static const struct fs_param *inline_row(const struct fs_param *rows)
{
    for (; rows->key; rows++) {
        if (*rows->key == '\0') return rows;
    }
    return NULL;
}

static void complain_unknown(struct fs_binder *b, const struct fs_param *rows,
                             const char *const *extra, const struct fs_node *child)
{
    if (fs_report_full(b->report)) {
        fs_report_error(b->report, child->key_place, NULL, "unknown key");
        return;
    }
    const struct fs_param *in_line = inline_row(rows);
    int n = fs_names_count(extra) + (in_line ? plugin_names(b, in_line, NULL) : 0);
    for (const struct fs_param *row = rows; row->key; row++)
        n++;
    const char **names = fs_arena_alloc(b->arena, ((size_t)n + 1) * sizeof *names);
    n = 0;
    for (const struct fs_param *row = rows; row->key; row++) {
        if (*row->key) names[n++] = row->key;
    }
    for (int i = 0; extra && extra[i]; i++)
        names[n++] = extra[i];
    if (in_line) n += plugin_names(b, in_line, names + n);
    fs_report_error(b->report, child->key_place, suggest(b, child->key, names, n),
                    "unknown key '%s'", child->key);
}

static void find_unknown(struct fs_binder *b, const struct fs_param *rows, const char *const *extra,
                         const struct fs_node *map)
{
    const struct fs_param *in_line = inline_row(rows);
    for (const struct fs_node *child = map->child; child; child = child->next) {
        bool known =
            is_row(rows, child->key) || (in_line && is_plugin_name(b, in_line, child->key));
        for (int i = 0; extra && extra[i] && !known; i++)
            known = strcmp(extra[i], child->key) == 0;
        if (!known) complain_unknown(b, rows, extra, child);
    }
}

/* Are all layers maps (or empty)? */
static bool are_maps(struct fs_binder *b, const char *name, const struct fs_layer *layer)
{
    bool fine = true;
    for (; layer; layer = layer->under) {
        if (layer->node->kind == FS_NODE_MAP || fs_node_is_null(layer->node)) continue;
        fine = false;
        if (*name)
            fs_report_error(b->report, layer->node->place, NULL, "'%s' must be a map of keys",
                            name);
        else
            fs_report_error(b->report, layer->node->place, NULL, "a map of keys is expected here");
    }
    return fine;
}

static void bind_rows(struct fs_binder *b, const struct fs_param *rows, const char *name,
                      const struct fs_layer *layer, struct fs_place place, const char *const *extra,
                      void *out)
{
    const bool plain_table = fs_param_is_plain(rows);
    const int before = fs_report_errors(b->report);
    if (!plain_table && !are_maps(b, name, layer)) return;
    for (const struct fs_layer *at = plain_table ? NULL : layer; at; at = at->under)
        find_unknown(b, rows, extra, at->node);
    const bool some_unknown = fs_report_errors(b->report) > before;
    for (const struct fs_param *row = rows; row->key; row++) {
        struct value value = {.row = row,
                              .name = name,
                              .layer = layer,
                              .place = place,
                              .slot = (char *)out + row->offset};
        if (*row->key == '\0' && !plain_table) {
            bind_inline(b, &value, rows, some_unknown);
            continue;
        }
        if (!plain_table) {
            value.name = row->key;
            value.layer = fs_layer_select(b->arena, layer, row->key, NULL);
        }
        bind_row(b, &value);
    }
}

/* ---- doors ---------------------------------------------------------------------------------- */

int fs_bind(struct fs_binder *binder, const struct fs_param *rows, const struct fs_node *node,
            const struct fs_node *defaults, struct fs_place place, const char *const *extra,
            void *out)
{
    const int before = fs_report_errors(binder->report);
    const struct fs_layer *layer = fs_layer_on(binder->arena, defaults, NULL);
    bind_rows(binder, rows, "", fs_layer_on(binder->arena, node, layer), place, extra, out);
    return fs_report_errors(binder->report) - before;
}

void fs_bind_check(struct fs_binder *binder, const struct fs_plugin *plugin,
                   const struct fs_node *node, struct fs_place place, void *params)
{
    check_plugin(binder, plugin, fs_layer_on(binder->arena, node, NULL), place, params);
}

struct fs_complaints *fs_complaints_at(struct fs_binder *binder, const struct fs_node *node,
                                       struct fs_place place)
{
    return fs_layer_complaints(binder->arena, binder->report,
                               fs_layer_on(binder->arena, node, NULL), place);
}
