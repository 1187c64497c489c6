/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Views come grouped by their paths, so nesting is a walk over common prefixes. A path may be a
 * number and the prefix of others (completed, completed.share): the others stand in its object.
 */
#include "json.h"

#include "assumptions.h"
#include "comparison.h"
#include "explain.h"
#include "quantity.h"
#include "request.h"
#include "together.h"
#include "utf8.h"
#include "view.h"

#include <math.h>
#include <string.h>

/* Bytes that are no UTF-8, which only names of files can have, stand as replacement characters. */
void fs_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (size_t left = strlen(text), n; left > 0; text += n, left -= n) {
        const int32_t code = fs_utf8_read(text, left, &n);
        if (code < 0)
            fputs("\\ufffd", out);
        else if (code == '"' || code == '\\')
            fprintf(out, "\\%c", (char)code);
        else if (fs_utf8_control(code) || fs_utf8_bidi(code))
            fprintf(out, "\\u%04x", (unsigned)code);
        else
            fwrite(text, 1, n, out);
    }
    fputc('"', out);
}

void fs_json_number(FILE *out, double value)
{
    char text[32];
    if (isnan(value) || isinf(value)) {
        fputs("null", out);
        return;
    }
    fs_number_write(text, value);
    fputs(text, out);
}

static void indent(FILE *out, int depth)
{
    fprintf(out, "\n%*s", 2 * depth, "");
}

void fs_json_estimate(FILE *out, const struct fs_estimate *e)
{
    fputs("\"value\": ", out);
    fs_json_number(out, e->value);
    fputs(", \"low\": ", out);
    fs_json_number(out, e->low);
    fputs(", \"high\": ", out);
    fs_json_number(out, e->high);
    if (e->why) {
        fputs(", \"why\": ", out);
        fs_json_text(out, e->why);
    }
}

/* Views [from, to) share the first `skip` characters of their paths; print what follows. */
static void print_children(FILE *out, struct fs_arena *arena, const struct fs_view *view, int from,
                           int to, size_t skip, int depth, bool first)
{
    while (from < to) {
        const char *rest = view[from].path + skip;
        const size_t length = strcspn(rest, ".");
        int end = from + 1;
        while (end < to && strncmp(view[end].path + skip, rest, length) == 0 &&
               (view[end].path[skip + length] == '.' || view[end].path[skip + length] == 0))
            end++;
        fputs(first ? "" : ",", out);
        first = false;
        indent(out, depth);
        fs_json_text(out, fs_arena_format(arena, "%.*s", (int)length, rest));
        fputs(": {", out);
        const bool is_leaf = rest[length] == 0;
        if (is_leaf) fs_json_estimate(out, &view[from].estimate);
        const int below = from + (is_leaf ? 1 : 0);
        if (below < end) {
            print_children(out, arena, view, below, end, skip + length + 1, depth + 1, !is_leaf);
            indent(out, depth);
        }
        fputc('}', out);
        from = end;
    }
}

/* In seconds, of each class of which they are known. */
static void print_p99_parts(FILE *out, struct fs_arena *arena, const struct fs_study_variant *v)
{
    const struct fs_table *traffic = v->n > 0 ? fs_record_table(v->record[0], "traffic") : NULL;
    double part[FS_LATENCY_PARTS + 1], sum;
    const char *comma = "";
    fputs(",\n      \"p99_parts\": {", out);
    for (int i = 0; traffic && i < traffic->n_subjects; i++) {
        if (!fs_view_p99_parts(arena, v, traffic->subject[i].name, part, &sum)) continue;
        fprintf(out, "%s\n        ", comma);
        comma = ",";
        fs_json_text(out, traffic->subject[i].name);
        for (int k = 0; k <= FS_LATENCY_PARTS; k++) {
            fprintf(out, "%s\"%s\": ", k ? ", " : ": {", fs_part_name[k]);
            fs_json_number(out, part[k] / 1e9);
        }
        fputc('}', out);
    }
    fputs(*comma ? "\n      }" : "}", out);
}

static void print_findings(FILE *out, const struct fs_findings *findings)
{
    fputs(",\n  \"findings\": [", out);
    for (int i = 0; i < findings->n; i++) {
        const struct fs_finding *f = &findings->finding[i];
        fprintf(out, "%s\n    {\"variant\": ", i ? "," : "");
        if (f->variant)
            fs_json_text(out, f->variant);
        else
            fputs("null", out);
        fputs(", \"text\": ", out);
        fs_json_text(out, f->text);
        fputc('}', out);
    }
    fputs(findings->n ? "\n  ]" : "]", out);
}

void fs_study_json(const struct fs_study *study, FILE *out)
{
    fputs("{\n  \"fleetsim\": ", out);
    fs_json_text(out, FS_VERSION);
    fputs(",\n  \"title\": ", out);
    fs_json_text(out, study->scenario->title ? study->scenario->title : "");
    fprintf(out, ",\n  \"complete\": %s,\n", study->complete ? "true" : "false");
    if (*study->stopped) {
        fputs("  \"stopped\": ", out);
        fs_json_text(out, study->stopped);
        fputs(",\n", out);
    }
    fputs("  \"variants\": {", out);
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        struct fs_arena *arena = fs_arena_new();
        const struct fs_views views = fs_views_all(arena, v);
        fprintf(out, "%s\n    ", i ? "," : "");
        fs_json_text(out, v->variant->name);
        fprintf(out, ": {\n      \"replications\": %d,\n      \"seed\": %lld", v->n,
                (long long)v->variant->spec.run.seed);
        const struct fs_assumptions assumptions = fs_assumptions_of(v->variant);
        fputs(",\n      \"assumptions\": ", out);
        fs_assumptions_json(&assumptions, 6, out);
        print_p99_parts(out, arena, v);
        print_children(out, arena, views.view, 0, views.n, 0, 3, false);
        fputs("\n    }", out);
        fs_arena_free(arena);
    }
    struct fs_arena *arena = fs_arena_new();
    const struct fs_comparison comparison = fs_study_compare(arena, study, NULL, 0);
    const struct fs_findings findings = fs_explain(arena, study);
    const struct fs_together together = fs_study_together(arena, study);
    fputs("\n  },\n  \"together\": ", out);
    fs_together_json(study, &together, out);
    fputs(",\n  \"comparison\": ", out);
    fs_comparison_json(study, &comparison, out);
    print_findings(out, &findings);
    fs_arena_free(arena);
    fputs("\n}\n", out);
}
