/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `expect` lines, "variant.path op value". What they say is checked as far as the rest of the
 * scenario allows: of a variant that has errors nobody knows the metrics yet, but those of the
 * others, an operator or a sentence that is wrong are said with the other errors.
 */
#include "expect.h"

#include "quantity.h"
#include "steady.h"
#include "viewpath.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct expects {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_scenario *scenario;
};

static const char *const ops[] = {"==", "!=", "<=", ">=", "<", ">", NULL};

static const struct fs_variant *variant_named(const struct fs_scenario *s, const char *name,
                                              size_t length)
{
    for (int i = 0; i < s->n_variants; i++) {
        if (strlen(s->variant[i].name) == length && strncmp(s->variant[i].name, name, length) == 0)
            return &s->variant[i];
    }
    return NULL;
}

static bool written_variant(const struct expects *r, const char *name, size_t length)
{
    const struct fs_node *variants = fs_node_get(r->scenario->tree, "variants");
    for (const struct fs_node *v = variants ? variants->child : NULL; v; v = v->next) {
        if (strlen(v->key) == length && strncmp(v->key, name, length) == 0) return true;
    }
    return false;
}

static const char *read_value(struct expects *r, const char *unit, const char *text, double *value,
                              const char **hint)
{
    *hint = NULL;
    if (strcmp(unit, "s") == 0) {
        const char *wrong = fs_quantity_read(r->arena, FS_D_TIME, text, value, hint);
        *value /= 1e9;
        return wrong;
    }
    if (strcmp(unit, "USD") == 0) {
        const char *wrong = fs_quantity_read(r->arena, FS_D_MONEY, text, value, hint);
        *value /= (double)FS_USD;
        return wrong;
    }
    if (strchr(text, '%')) return fs_quantity_read(r->arena, FS_D_FRACTION, text, value, hint);
    return fs_quantity_read(r->arena, FS_D_NUMBER, text, value, hint);
}

static void add_expect(struct expects *r, const struct fs_node *node, const struct fs_variant *v,
                       const char *path, const char *op, const char *text)
{
    struct fs_expect *e = &r->scenario->expect[r->scenario->n_expects];
    const char *unit, *hint, *wrong;
    if (!v->full) return; /* it has errors */
    if (!fs_viewpath_known(r->arena, v, path, &unit, &hint)) {
        fs_report_error(r->report, node->place,
                        hint ? fs_arena_format(r->arena, "did you mean '%s'?", hint) : NULL,
                        "variant '%s' has no metric '%s'", v->name, path);
        return;
    }
    wrong = read_value(r, unit, text, &e->value, &hint);
    if (wrong) {
        fs_report_error(r->report, node->place, hint, "'%s' (in %s): %s", text, unit, wrong);
        return;
    }
    e->place = node->place;
    e->text = node->text;
    e->variant = v->name;
    e->path = path;
    e->op = op;
    r->scenario->n_expects++;
}

/* The three parts of "path op value" with the operator's number, -1 after complaining. */
static int split(struct expects *r, const struct fs_node *node, const char **path,
                 const char **value)
{
    char left[512], op[3], right[128], more[2];
    if (!fs_node_is_text(node) ||
        sscanf(node->text, "%511[^ =!<>] %2[=!<>] %127[^\n]%1[\n]", left, op, right, more) != 3) {
        fs_report_error(r->report, node->place, NULL,
                        "an expectation reads like 'direct.traffic.jobs.throttled == 1000'");
        return -1;
    }
    for (char *end = right + strlen(right); end > right && end[-1] == ' ';)
        *--end = 0;
    *path = fs_arena_text(r->arena, left);
    *value = fs_arena_text(r->arena, right);
    for (int i = 0; ops[i]; i++) {
        if (strcmp(ops[i], op) == 0) return i;
    }
    fs_report_error(r->report, node->place, NULL, "'%s' is none of == != < <= > >=", op);
    return -1;
}

/* "variant.path op value"; without a variant it holds for all of them. */
static void read_expect(struct expects *r, const struct fs_node *node)
{
    const char *path, *value;
    const int op = split(r, node, &path, &value);
    if (op < 0) return;
    const size_t head = strcspn(path, ".");
    const struct fs_variant *v = variant_named(r->scenario, path, head);
    if (v && path[head]) {
        add_expect(r, node, v, path + head + 1, ops[op], value);
        return;
    }
    if (written_variant(r, path, head)) return; /* of a variant that was not asked for */
    for (int i = 0; i < r->scenario->n_variants; i++)
        add_expect(r, node, &r->scenario->variant[i], path, ops[op], value);
}

void fs_expects_read(struct fs_arena *arena, struct fs_scenario *scenario, struct fs_report *report)
{
    struct expects r = {arena, report, scenario};
    const struct fs_node *list = fs_node_get(scenario->tree, "expect");
    if (!list) return;
    if (list->kind != FS_NODE_LIST) {
        fs_report_error(report, list->place, NULL, "'expect' must be a list");
        return;
    }
    const size_t most = (size_t)fs_node_count(list) * (size_t)(scenario->n_variants + 1);
    scenario->expect = fs_arena_alloc(arena, most * sizeof(struct fs_expect) + 1);
    for (const struct fs_node *node = list->child; node; node = node->next)
        read_expect(&r, node);
}

/* ---- held against a study ------------------------------------------------------------------- */

static bool compare(double a, const char *op, double b)
{
    if (strcmp(op, "==") == 0) return !(a < b) && !(a > b) && !isnan(a);
    if (strcmp(op, "!=") == 0) return a < b || a > b;
    if (strcmp(op, "<") == 0) return a < b;
    if (strcmp(op, "<=") == 0) return a <= b;
    if (strcmp(op, ">") == 0) return a > b;
    return a >= b;
}

/* A statement about every replication: the first that breaks it decides. */
static int hold_each(struct fs_arena *arena, const struct fs_view *view,
                     const struct fs_expect *expect, const char **text)
{
    for (int i = 0; i < view->n; i++) {
        if (compare(view->replication[i], expect->op, expect->value)) continue;
        *text = view->n == 1 ? fs_arena_format(arena, "found %.10g", view->replication[i])
                             : fs_arena_format(arena, "found %.10g in replication %d",
                                               view->replication[i], i);
        return 0;
    }
    *text = fs_arena_format(arena, "%.10g", view->estimate.value);
    return 1;
}

/* Can the data not carry an interval? Of one replication, or of what never happened, there is none
 * to be had: the value stands for it. */
static bool is_open(const struct fs_estimate *e)
{
    return e->why == fs_insufficient || e->why == fs_too_short || e->why == fs_correlated;
}

/* 1: true of all numbers from low to high, 0: of none, -1: of some. */
static int compare_all(double low, double high, const char *op, double value)
{
    const bool at_low = compare(low, op, value), at_high = compare(high, op, value);
    return at_low != at_high || (low < value && value < high) ? -1 : at_low;
}

/* About how many replications it takes to know on which side of `value` a number is, or, where an
 * end is open, to know that end; NaN: they are not what it takes. */
static double replications_needed(const struct fs_view *view, double value, double level)
{
    const struct fs_estimate *e = &view->estimate;
    const double half = (e->high - e->low) / 2, off = fabs(e->value - value);
    if (view->n < 2) return (double)NAN;
    if (isfinite(half)) return off > 0 ? ceil(view->n * (half / off) * (half / off) * 1.1) : NAN;
    if (view->segments || !view->histogram) return (double)NAN;
    return fs_estimate_quantile_needs(view->histogram, view->n, view->p, level);
}

/* A statement about an estimate: the whole interval has to be on the right side. */
static int hold_estimate(struct fs_arena *arena, const struct fs_view *view,
                         const struct fs_expect *expect, double level, const char **text)
{
    const struct fs_estimate *e = &view->estimate;
    const bool open = is_open(e) && !isnan(e->value);
    const double low = !isnan(e->low) ? e->low : open ? -INFINITY : e->value;
    const double high = !isnan(e->high) ? e->high : open ? INFINITY : e->value;
    *text = isnan(e->low) || isnan(e->high)
                ? fs_arena_format(arena, "%.6g (%s)", e->value, e->why ? e->why : "no interval")
                : fs_arena_format(arena, "%.6g, between %.6g and %.6g", e->value, low, high);
    const int verdict = compare_all(low, high, expect->op, expect->value);
    const double needed = replications_needed(view, expect->value, level);
    if (verdict < 0 && !isnan(needed))
        *text = fs_arena_format(arena, "%s; about %.0f replications would %s", *text, needed,
                                isfinite(high - low) ? "settle it" : "have both ends");
    return verdict;
}

int fs_expect_hold(struct fs_arena *arena, const struct fs_study *study,
                   const struct fs_expect *expect, const char **text)
{
    struct fs_view view;
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        if (strcmp(v->variant->name, expect->variant) != 0) continue;
        if (!fs_view_get(arena, v, expect->path, &view)) break;
        if (view.kind == FS_VIEW_COUNT) return hold_each(arena, &view, expect, text);
        return hold_estimate(arena, &view, expect, fs_study_level(v), text);
    }
    *text = "not measured: no such request ran";
    return 0;
}
