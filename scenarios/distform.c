/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A form is found by the set of keys that stand there, so {mean, p99} and {median, sigma} are both
 * a lognormal. Writing goes the other way: the struct holds only the kind's own numbers (mu and
 * sigma), so the arguments are computed from the distribution for each form of its kind, first
 * rounded to twelve digits, and tried. Where these make the same bits, they are what was written or
 * as good; else neighbouring doubles are tried, and the full digits given.
 */
#include "distform.h"
#include "quantity.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARGS       4
#define NEIGHBOURS 64
#define MAX_PARTS  1000

struct reading {
    struct fs_arena *arena;
    struct fs_report *report;
    enum fs_dimension dimension;
    const char *name; /* of the parameter */
};

enum fs_dimension fs_distform_dimension(enum fs_dimension dimension)
{
    return dimension == FS_D_COUNT ? FS_D_NUMBER : dimension;
}

/* Forms that are no map of named arguments. */
static const struct {
    const char *kind, *form, *doc, *arguments;
} own_forms[] = {{"quantiles", "{p50, p99, ...}", "straight lines between percentiles, as measured",
                  "`p50` half of the values lie below, `p99.9` or `p999` 99.9 % of them; at least "
                  "two, in rising "
                  "order, the lowest and the highest the ends if `p0` and `p100` are not said"},
                 {"mixture", "[{weight, of}, ...]", "one of several, by chance",
                  "`weight` its share, of all weights; `of` a value or a distribution"}};
#define OWN_FORMS ((int)(sizeof own_forms / sizeof *own_forms))

/* ---- reading -------------------------------------------------------------------------------- */

static bool read_value(const struct reading *r, enum fs_dimension dimension, const char *name,
                       const struct fs_node *node, double *value)
{
    if (node->kind != FS_NODE_SCALAR) {
        fs_report_error(r->report, node->place, NULL, "'%s' must be %s", name,
                        fs_dimension_doc(dimension));
        return false;
    }
    const char *hint, *wrong = fs_quantity_read(r->arena, dimension, node->text, value, &hint);
    if (!wrong && *value < 0) wrong = "must not be negative";
    if (!wrong) return true;
    if (hint) hint = fs_arena_format(r->arena, "did you mean '%s'?", hint);
    fs_report_error(r->report, node->place, hint, "'%s' %s", name, wrong);
    return false;
}

static int count_args(const struct fs_dist_form *form)
{
    int n = 0;
    while (n < ARGS && form->arg[n].key)
        n++;
    return n;
}

static bool has_keys(const struct fs_dist_form *form, const struct fs_node *map)
{
    const int n = count_args(form);
    for (int i = 0; i < n; i++) {
        if (!fs_node_get(map, form->arg[i].key)) return false;
    }
    return fs_node_count(map) == n;
}

static const char *show_keys(struct fs_arena *arena, const struct fs_dist_form *form)
{
    const char *text = form->arg[0].key;
    for (int i = 1; i < count_args(form); i++)
        text = fs_arena_format(arena, "%s, %s", text, form->arg[i].key);
    return fs_arena_format(arena, "{%s}", text);
}

const char *fs_distform_forms(struct fs_arena *arena, const char *kind)
{
    const char *text = NULL;
    for (int i = 0; i < OWN_FORMS; i++) {
        if (strcmp(own_forms[i].kind, kind) == 0) return own_forms[i].form;
    }
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        if (strcmp(form->kind, kind) != 0) continue;
        const char *keys = show_keys(arena, form);
        text = text ? fs_arena_format(arena, "%s, %s", text, keys) : keys;
    }
    return text;
}

static bool complain_made(const struct reading *r, const struct fs_node *node, const char *why)
{
    fs_report_error(r->report, node->key_place, NULL, "'%s': %s", r->name, why);
    return false;
}

static bool read_form(const struct reading *r, const struct fs_dist_form *form,
                      const struct fs_node *node, struct fs_dist *dist)
{
    double v[ARGS] = {0};
    bool fine = true;
    for (int i = 0; i < count_args(form); i++) {
        const enum fs_dimension dimension = form->arg[i].plain ? FS_D_NUMBER : r->dimension;
        const struct fs_node *value = fs_node_get(node, form->arg[i].key);
        fine = read_value(r, dimension, form->arg[i].key, value, &v[i]) && fine;
    }
    if (!fine) return false;
    const char *why = form->make(dist, v);
    return why ? complain_made(r, node, why) : true;
}

/* p50, p99.9 or, as tools print it, p999. */
static bool read_percentile(const char *key, double *p)
{
    char text[32];
    const size_t length = strlen(key);
    if (key[0] != 'p' || length < 2 || length > 20 || strspn(key + 1, "0123456789.") != length - 1)
        return false;
    const bool tail = length > 3 && key[1] == '9' && !strchr(key, '.');
    if (tail)
        snprintf(text, sizeof text, "%.2s.%se-2", key + 1, key + 3);
    else
        snprintf(text, sizeof text, "%se-2", key + 1);
    const char *end;
    if (!fs_number_read(text, &end, p) || *end != '\0') return false;
    return *p <= 1 && !(*p > 0 && *p < 1e-6);
}

static bool read_quantiles(const struct reading *r, const struct fs_node *node,
                           struct fs_dist *dist)
{
    const int n = fs_node_count(node);
    double *p = fs_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *p);
    double *x = fs_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *x);
    bool fine = true;
    int i = 0;
    for (const struct fs_node *child = node->child; child; child = child->next, i++) {
        if (!read_percentile(child->key, &p[i])) {
            fs_report_error(r->report, child->key_place, "percentiles are p0, p50, p99.9, p100",
                            "'%s' is no percentile", child->key);
            fine = false;
        }
        fine = read_value(r, r->dimension, child->key, child, &x[i]) && fine;
    }
    if (!fine) return false;
    const char *why = fs_dist_quantiles(dist, r->arena, n, p, x);
    return why ? complain_made(r, node, why) : true;
}

static bool read_dist(const struct reading *r, const struct fs_node *node, struct fs_dist *dist);

static bool read_part(const struct reading *r, const struct fs_node *item, double *weight,
                      struct fs_dist *part)
{
    const struct fs_node *written = fs_node_get(item, "weight"), *of = fs_node_get(item, "of");
    if (!written || !of || fs_node_count(item) != 2) {
        fs_report_error(r->report, item->place, NULL,
                        "a part of a mixture is written {weight: 0.9, of: ...}");
        return false;
    }
    const bool fine = read_value(r, FS_D_FRACTION, "weight", written, weight);
    return read_dist(r, of, part) && fine;
}

static bool read_mixture(const struct reading *r, const struct fs_node *node, struct fs_dist *dist)
{
    const int n = fs_node_count(node);
    if (n > MAX_PARTS) return complain_made(r, node, "a mixture has at most 1,000 parts");
    double *weight = fs_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *weight);
    struct fs_dist *part = fs_arena_alloc(r->arena, ((size_t)n + 1) * sizeof *part);
    bool fine = true;
    int i = 0;
    for (const struct fs_node *item = node->child; item; item = item->next, i++)
        fine = read_part(r, item, &weight[i], &part[i]) && fine;
    if (!fine) return false;
    const char *why = fs_dist_mixture(dist, r->arena, n, weight, part);
    return why ? complain_made(r, node, why) : true;
}

const char *const *fs_distform_kinds(struct fs_arena *arena)
{
    int n = OWN_FORMS;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++)
        n++;
    const char **kinds = fs_arena_alloc(arena, ((size_t)n + 1) * sizeof *kinds);
    for (n = 0; n < OWN_FORMS; n++)
        kinds[n] = own_forms[n].kind;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        if (strcmp(form->kind, kinds[n - 1]) != 0) kinds[n++] = form->kind;
    }
    return kinds;
}

static void complain_kind(const struct reading *r, const struct fs_node *node)
{
    const char *const *kinds = fs_distform_kinds(r->arena), *list = kinds[0];
    int n = 1;
    for (; kinds[n]; n++)
        list = fs_arena_format(r->arena, "%s, %s", list, kinds[n]);
    const char *near = fs_nearest(node->key, kinds, n);
    const char *hint = near
                           ? fs_arena_format(r->arena, "did you mean '%s'?", near)
                           : fs_arena_format(r->arena, "distributions are a plain value, %s", list);
    fs_report_error(r->report, node->key_place, hint, "'%s' is no distribution", node->key);
}

static bool read_kind(const struct reading *r, const struct fs_node *node, struct fs_dist *dist)
{
    if (strcmp(node->key, "quantiles") == 0 && node->kind == FS_NODE_MAP)
        return read_quantiles(r, node, dist);
    if (strcmp(node->key, "mixture") == 0 && node->kind == FS_NODE_LIST)
        return read_mixture(r, node, dist);
    const char *forms = fs_distform_forms(r->arena, node->key);
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        if (strcmp(form->kind, node->key) == 0 && has_keys(form, node))
            return read_form(r, form, node, dist);
    }
    if (forms)
        fs_report_error(r->report, node->key_place, NULL, "'%s': %s is written with %s%s", r->name,
                        node->key, strstr(forms, "}, {") ? "one of " : "", forms);
    else
        complain_kind(r, node);
    return false;
}

static bool read_dist(const struct reading *r, const struct fs_node *node, struct fs_dist *dist)
{
    double value;
    if (node->kind == FS_NODE_SCALAR) {
        if (!read_value(r, r->dimension, r->name, node, &value)) return false;
        fs_dist_constant(dist, value);
        return true;
    }
    if (node->kind == FS_NODE_MAP && fs_node_count(node) == 1)
        return read_kind(r, node->child, dist);
    fs_report_error(r->report, node->place, NULL,
                    "'%s' must be %s, or one distribution such as {exponential: {mean: ...}}",
                    r->name, fs_dimension_doc(r->dimension));
    return false;
}

bool fs_distform_read(struct fs_arena *arena, struct fs_report *report, enum fs_dimension dimension,
                      const char *name, const struct fs_node *node, struct fs_dist *dist)
{
    const struct reading r = {.arena = arena,
                              .report = report,
                              .dimension = fs_distform_dimension(dimension),
                              .name = name};
    return read_dist(&r, node, dist);
}

/* ---- reference ------------------------------------------------------------------------------ */

static bool is_of(const char *form, const char *kind)
{
    return !kind || strcmp(form, kind) == 0;
}

static void print_form(struct fs_arena *arena, FILE *out, const struct fs_dist_form *form)
{
    fprintf(out, "| `{%s: %s}` | %s |", form->kind, show_keys(arena, form), form->doc);
    for (int i = 0; i < count_args(form); i++)
        fprintf(out, "%s `%s`%s %s", i ? "," : "", form->arg[i].key,
                form->arg[i].plain ? " (a plain number)" : "", form->arg[i].doc);
    fputs(" |\n", out);
}

void fs_distform_reference(struct fs_arena *arena, FILE *out, const char *kind)
{
    fputs("| distribution | draws | arguments |\n|---|---|---|\n", out);
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        if (is_of(form->kind, kind)) print_form(arena, out, form);
    }
    for (int i = 0; i < OWN_FORMS; i++) {
        if (is_of(own_forms[i].kind, kind))
            fprintf(out, "| `{%s: %s}` | %s | %s |\n", own_forms[i].kind, own_forms[i].form,
                    own_forms[i].doc, own_forms[i].arguments);
    }
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool same(double a, double b)
{
    return !(a < b || a > b);
}

static double rounded(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.11e", value);
    return strtod(text, NULL);
}

static double guess(const struct fs_dist *dist, const char *key)
{
    double p;
    if (strcmp(key, "mean") == 0) return fs_dist_mean(dist);
    if (strcmp(key, "cv") == 0) return sqrt(fs_dist_scv(dist));
    if (strcmp(key, "median") == 0) return fs_dist_quantile(dist, 0.5);
    if (read_percentile(key, &p)) return fs_dist_quantile(dist, p);
    if (strcmp(key, "high") == 0) return dist->kind == FS_DIST_TRIANGULAR ? dist->c : dist->b;
    const bool second = strcmp(key, "mode") == 0 || strcmp(key, "sigma") == 0 ||
                        strcmp(key, "minimum") == 0 || strcmp(key, "scale") == 0;
    return second ? dist->b : dist->a;
}

static bool makes(const struct fs_dist_form *form, const double *v, const struct fs_dist *dist)
{
    struct fs_dist made = {.kind = FS_DIST_CONSTANT};
    return !form->make(&made, v) && made.kind == dist->kind && same(made.a, dist->a) &&
           same(made.b, dist->b) && same(made.c, dist->c);
}

/* The arguments of a form that should make `dist`; false when there are none. */
static bool guess_args(const struct fs_dist_form *form, const struct fs_dist *dist, double v[ARGS])
{
    struct fs_dist made = {.kind = FS_DIST_CONSTANT};
    for (int i = 0; i < count_args(form); i++) {
        v[i] = guess(dist, form->arg[i].key);
        if (!isfinite(v[i])) return false;
    }
    return !form->make(&made, v) && made.kind == dist->kind;
}

static bool try_rounded(const struct fs_dist_form *form, const struct fs_dist *dist, double v[ARGS])
{
    for (int i = 0; i < count_args(form); i++)
        v[i] = rounded(v[i]);
    return makes(form, v, dist);
}

/* The first argument is moved far, since a logarithm makes many doubles one; the second (a shape, a
 * cv) by no more than its own rounding. */
static bool try_neighbours(const struct fs_dist_form *form, const struct fs_dist *dist,
                           double v[ARGS])
{
    const double first = v[0];
    v[1] = nextafter(nextafter(v[1], 0), 0);
    for (int j = -2; j <= 2; j++, v[1] = nextafter(v[1], INFINITY)) {
        double up = first, down = first;
        for (int i = 0; i < NEIGHBOURS; i++) {
            v[0] = up;
            if (makes(form, v, dist)) return true;
            v[0] = down;
            if (makes(form, v, dist)) return true;
            up = nextafter(up, INFINITY);
            down = nextafter(down, 0);
        }
    }
    return false;
}

static struct fs_node *new_scalar(struct fs_arena *arena, const char *text)
{
    return fs_node_new(arena, FS_NODE_SCALAR, text);
}

static struct fs_node *in_map(struct fs_arena *arena, const char *key, struct fs_node *value)
{
    struct fs_node *map = fs_node_new(arena, FS_NODE_MAP, NULL);
    fs_node_add(map, key, value);
    return map;
}

static struct fs_node *write_form(struct fs_arena *arena, enum fs_dimension dimension,
                                  const struct fs_dist_form *form, const double *v)
{
    struct fs_node *args = fs_node_new(arena, FS_NODE_MAP, NULL);
    for (int i = 0; i < count_args(form); i++) {
        const enum fs_dimension own = form->arg[i].plain ? FS_D_NUMBER : dimension;
        fs_node_add(args, form->arg[i].key, new_scalar(arena, fs_quantity_write(arena, own, v[i])));
    }
    return in_map(arena, form->kind, args);
}

static struct fs_node *write_made(struct fs_arena *arena, enum fs_dimension dimension,
                                  const struct fs_dist *dist)
{
    bool (*const attempts[])(const struct fs_dist_form *, const struct fs_dist *,
                             double *) = {try_rounded, try_neighbours};
    double v[ARGS] = {0};
    const struct fs_dist_form *near = NULL;
    for (int i = 0; i < 2; i++) {
        for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
            if (!guess_args(form, dist, v)) continue;
            if (attempts[i](form, dist, v)) return write_form(arena, dimension, form, v);
            near = form;
        }
    }
    /* Arguments that make these very bits need not exist: a few last places off, then. */
    fs_assert(NULL, near && guess_args(near, dist, v));
    return write_form(arena, dimension, near, v);
}

static struct fs_node *write_quantiles(struct fs_arena *arena, enum fs_dimension dimension,
                                       const struct fs_dist *dist)
{
    struct fs_node *points = fs_node_new(arena, FS_NODE_MAP, NULL);
    for (int i = 0; i < dist->n; i++) {
        char percent[32];
        fs_number_write_shifted(percent, dist->p[i], 2);
        fs_node_add(points, fs_arena_format(arena, "p%s", percent),
                    new_scalar(arena, fs_quantity_write(arena, dimension, dist->x[i])));
    }
    return in_map(arena, "quantiles", points);
}

/* Do these weights add up to the same shares? */
static bool adds_up(const struct fs_dist *dist, const double *weight)
{
    double total = 0, sum = 0;
    for (int i = 0; i < dist->n; i++)
        total += weight[i];
    for (int i = 0; i < dist->n - 1; i++) {
        sum += weight[i];
        if (!same(sum / total, dist->p[i])) return false;
    }
    return true;
}

static struct fs_node *write_mixture(struct fs_arena *arena, enum fs_dimension dimension,
                                     const struct fs_dist *dist)
{
    struct fs_node *parts = fs_node_new(arena, FS_NODE_LIST, NULL);
    double *share = fs_arena_alloc(arena, (size_t)dist->n * sizeof *share);
    double *weight = fs_arena_alloc(arena, (size_t)dist->n * sizeof *weight);
    for (int i = 0; i < dist->n; i++) {
        share[i] = dist->p[i] - (i ? dist->p[i - 1] : 0);
        weight[i] = rounded(share[i]);
    }
    if (!adds_up(dist, weight)) weight = share;
    for (int i = 0; i < dist->n; i++) {
        struct fs_node *part = in_map(
            arena, "weight", new_scalar(arena, fs_quantity_write(arena, FS_D_FRACTION, weight[i])));
        fs_node_add(part, "of", fs_distform_write(arena, dimension, &dist->component[i]));
        fs_node_add(parts, NULL, part);
    }
    return in_map(arena, "mixture", parts);
}

struct fs_node *fs_distform_write(struct fs_arena *arena, enum fs_dimension dimension,
                                  const struct fs_dist *dist)
{
    dimension = fs_distform_dimension(dimension);
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
        return new_scalar(arena, fs_quantity_write(arena, dimension, dist->a));
    case FS_DIST_QUANTILES:
        return write_quantiles(arena, dimension, dist);
    case FS_DIST_MIXTURE:
        return write_mixture(arena, dimension, dist);
    case FS_DIST_UNIFORM:
    case FS_DIST_TRIANGULAR:
    case FS_DIST_EXPONENTIAL:
    case FS_DIST_GAMMA:
    case FS_DIST_WEIBULL:
    case FS_DIST_LOGNORMAL:
    case FS_DIST_PARETO:
        return write_made(arena, dimension, dist);
    }
    return NULL;
}
