/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `fleetsim tune`: what a component's memory does to cost and latency. Every setting gets the same
 * requests, so two settings are compared replication by replication: who cannot be told apart from
 * the cheapest is marked as well. Fastest is the lowest p99; balanced has the least sum of cost and
 * p99, each as a part of the largest. Latency is that of the class that passes the component, which
 * behind a queue is a derived one. With -o all of it is kept as a sweep keeps its cube, with the
 * marks beside it.
 */
#include "commands.h"
#include "grid.h"
#include "json.h"
#include "points.h"
#include "results.h"
#include "route.h"
#include "show.h"

#include <math.h>
#include <string.h>

enum { COST, MEAN, P50, P95, P99, NUMBERS };
static const char *const percentiles[NUMBERS] = {NULL, "mean", "p50", "p95", "p99"};
static const char settings[] = "128MB,256MB,512MB,768MB,1024MB,1536MB,1769MB,2048MB,3008MB,4096MB,"
                               "5120MB,6144MB,8192MB,10240MB";

struct tuning {
    struct fs_points points;
    int *latency;                    /* [variant]: where the paths of its class' latency begin */
    int cheapest, fastest, balanced; /* points, of the variant that is being shown */
};

static const struct fs_view *number(const struct tuning *t, int64_t point, int variant, int number)
{
    return fs_points_number(&t->points, point, variant,
                            number == COST ? COST : t->latency[variant] + number - MEAN);
}

/* ---- marks ----------------------------------------------------------------------------------- */

static double largest(const struct tuning *t, int variant, int path)
{
    double most = 0;
    for (int64_t p = 0; p < t->points.axes.points; p++) {
        const double value = number(t, p, variant, path)->estimate.value;
        if (value > most) most = value;
    }
    return most > 0 ? most : 1;
}

static void mark(struct tuning *t, int variant)
{
    const double cost = largest(t, variant, COST), time = largest(t, variant, P99);
    double best[3] = {INFINITY, INFINITY, INFINITY};
    int *const at[3] = {&t->cheapest, &t->fastest, &t->balanced};
    for (int i = 0; i < 3; i++)
        *at[i] = -1;
    for (int64_t p = 0; p < t->points.axes.points; p++) {
        const double usd = number(t, p, variant, COST)->estimate.value;
        const double p99 = number(t, p, variant, P99)->estimate.value;
        const double value[3] = {usd, p99, usd / cost + p99 / time};
        for (int i = 0; i < 3; i++) {
            if (!(value[i] < best[i])) continue;
            best[i] = value[i];
            *at[i] = (int)p;
        }
    }
}

/* Costs no more than the cheapest, as far as the replications tell. */
static bool as_cheap(const struct tuning *t, int64_t point, int variant)
{
    if (t->cheapest < 0 || point == t->cheapest) return false;
    const struct fs_estimate e = fs_points_difference(&t->points, number(t, point, variant, COST),
                                                      number(t, t->cheapest, variant, COST));
    return !isnan(e.low) && e.low <= 0;
}

static const char *marks_of(const struct tuning *t, int64_t point, int variant)
{
    const char *text = point == t->cheapest          ? "cheapest"
                       : as_cheap(t, point, variant) ? "as cheap"
                                                     : "";
    struct fs_arena *arena = t->points.arena;
    if (point == t->fastest) text = fs_arena_format(arena, "%s%sfastest", text, *text ? ", " : "");
    if (point == t->balanced)
        text = fs_arena_format(arena, "%s%sbalanced", text, *text ? ", " : "");
    return text;
}

/* ---- what is printed ------------------------------------------------------------------------- */

static void print_table(const struct tuning *t, int variant, FILE *out, bool colour)
{
    static const char *const heads[] = {"memory", "USD a million", "mean", "p50", "p95", "p99", ""};
    struct fs_grid *grid = fs_grid_new(t->points.arena, 7, 1);
    fs_grid_row(grid, heads);
    for (int64_t p = 0; p < t->points.axes.points; p++) {
        const char *cell[7] = {t->points.axes.axis[0].text[p]};
        for (int i = 0; i < NUMBERS; i++) {
            const struct fs_view *n = number(t, p, variant, i);
            cell[1 + i] = "–";
            if (n->unit) cell[1 + i] = fs_show_estimate(t->points.arena, n->unit, &n->estimate);
        }
        cell[6] = marks_of(t, p, variant);
        fs_grid_row(grid, cell);
    }
    if (t->points.scenario->n_variants > 1)
        fprintf(out, "\n%s\n", t->points.scenario->variant[variant].name);
    fs_grid_print(grid, out, colour);
}

static void json_estimate(const struct fs_estimate *e, FILE *out)
{
    fputc('{', out);
    fs_json_estimate(out, e);
    fputc('}', out);
}

static void json_variant(const struct tuning *t, int variant, FILE *out)
{
    for (int64_t p = 0; p < t->points.axes.points; p++) {
        fputs(p ? ",\n    {\"memory\": " : "\n    {\"memory\": ", out);
        fs_json_text(out, t->points.axes.axis[0].text[p]);
        fputs(", \"usd_per_million\": ", out);
        json_estimate(&number(t, p, variant, COST)->estimate, out);
        for (int i = MEAN; i < NUMBERS; i++) {
            fprintf(out, ", \"%s\": ", percentiles[i]);
            json_estimate(&number(t, p, variant, i)->estimate, out);
        }
        fprintf(out, ", \"cheapest\": %s, \"as_cheap\": %s, \"fastest\": %s, \"balanced\": %s}",
                p == t->cheapest ? "true" : "false", as_cheap(t, p, variant) ? "true" : "false",
                p == t->fastest ? "true" : "false", p == t->balanced ? "true" : "false");
    }
}

static void print_all(struct tuning *t, FILE *out)
{
    const struct fs_options *o = t->points.options;
    const int n = t->points.scenario->n_variants;
    if (o->json) fputs("{\"variants\": {", out);
    for (int v = 0; v < n; v++) {
        mark(t, v);
        if (!o->json) {
            if (!o->quiet) print_table(t, v, out, fs_use_colour(o, out));
            continue;
        }
        fputs(v ? ",\n  " : "\n  ", out);
        fs_json_text(out, t->points.scenario->variant[v].name);
        fputs(": [", out);
        json_variant(t, v, out);
        fputc(']', out);
    }
    if (o->json) {
        fputs("\n},\n\"assumptions\": ", out);
        fs_assumptions_json(&t->points.cube->assumptions, 0, out);
        fputs("}\n", out);
    } else if (!o->quiet) {
        fs_assumptions_print(&t->points.cube->assumptions, out);
    }
}

/* ---- the results file ------------------------------------------------------------------------ */

enum { CHEAPEST, AS_CHEAP, FASTEST, BALANCED, MARKS };

static bool has_mark(const struct tuning *t, int64_t point, int variant, int which)
{
    return which == CHEAPEST   ? point == t->cheapest
           : which == AS_CHEAP ? as_cheap(t, point, variant)
           : which == FASTEST  ? point == t->fastest
                               : point == t->balanced;
}

static void save(const void *self, struct fs_results_writer *w)
{
    static const char *const names[MARKS] = {"cheapest", "as_cheap", "fastest", "balanced"};
    static const char *const docs[MARKS] = {
        "1 where the cost is least", "1 where it cannot be told from the least",
        "1 where the p99 is least",
        "1 where cost and p99, each as a part of its largest, are least together"};
    struct tuning t = *(const struct tuning *)self;
    const struct fs_axis *axis = &t.points.axes.axis[0];
    const char *const dims[] = {axis->name, "variant", NULL};
    const int n = t.points.scenario->n_variants;
    int64_t *on = fs_arena_alloc(t.points.arena, (size_t)(axis->n * n) * sizeof *on);
    for (int k = 0; k < MARKS; k++) {
        for (int v = 0; v < n; v++) {
            mark(&t, v);
            for (int p = 0; p < axis->n; p++)
                on[p * n + v] = has_mark(&t, p, v, k);
        }
        fs_results_column(w, "", names[k], "1", docs[k], FS_I64, dims, on);
    }
}

/* ---- the command ----------------------------------------------------------------------------- */

/* NULL: no request of the variant passes the component. */
static const char *class_through(struct fs_arena *arena, const struct fs_variant_spec *spec,
                                 const char *component)
{
    const struct fs_route *found = NULL;
    for (int i = 0; i < spec->n_classes && !found; i++) {
        const struct fs_class_spec *class = &spec->traffic[i];
        found = fs_route_through(fs_route_new(arena, spec, class->name, &class->params.path), spec,
                                 component);
    }
    return found ? found->name : NULL;
}

/* Where its paths begin. */
static int add_class(struct fs_points *points, const char *class)
{
    const int first = points->n_paths;
    const char *mean = fs_arena_format(points->arena, "traffic.%s.latency.mean", class);
    for (int i = MEAN; i < first; i++) {
        if (strcmp(points->path[i], mean) == 0) return i;
    }
    for (int i = MEAN; i < NUMBERS; i++)
        points->path[points->n_paths++] =
            fs_arena_format(points->arena, "traffic.%s.latency.%s", class, percentiles[i]);
    return first;
}

/* A variant that does without the component shows what the first one with it has. */
static bool choose_paths(struct tuning *t, const char *component)
{
    struct fs_points *points = &t->points;
    const size_t n = (size_t)points->scenario->n_variants;
    points->path = fs_arena_alloc(points->arena, (n * NUMBERS + 1) * sizeof *points->path);
    points->path[points->n_paths++] = "cost.usd_per_million";
    t->latency = fs_arena_alloc(points->arena, n * sizeof *t->latency);
    for (size_t v = 0; v < n; v++) {
        const char *class =
            class_through(points->arena, &points->scenario->variant[v].spec, component);
        t->latency[v] = class ? add_class(points, class) : MEAN;
    }
    return points->n_paths > MEAN;
}

static int prepare(struct tuning *t, const struct fs_options *o, const char *component)
{
    const char *vary =
        fs_arena_format(t->points.arena, "components.%s.memory=%s", component, settings);
    const int code = o->n_vary ? fs_points_read(&t->points, o->vary, o->n_vary)
                               : fs_points_read(&t->points, &vary, 1);
    if (code != FS_OK) return code;
    if (choose_paths(t, component)) return FS_OK;
    fprintf(stderr, "fleetsim: no request's path has a component '%s'\n", component);
    return FS_INPUT;
}

int fs_command_tune(const struct fs_options *options)
{
    struct fs_options one = *options;
    struct tuning t = {.points = {.arena = fs_arena_new(), .options = &one}};
    int code = FS_INPUT;
    one.n_files = 1;
    if (options->n_files != 2 || options->n_vary > 1)
        fputs("fleetsim: tune needs a scenario file, a component's name and at most one --vary\n",
              stderr);
    else if (fs_command_is_file(options))
        code = prepare(&t, &one, options->file[1]);
    if (code == FS_OK) code = fs_points_run(&t.points);
    if (code == FS_OK) code = fs_points_save(&t.points, &(struct fs_cube_more){"tune", save, &t});
    if (code == FS_OK) print_all(&t, stdout);
    fs_arena_free(t.points.arena);
    return code;
}
