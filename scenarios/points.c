/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scenario is read again at each point; what is kept of it are the numbers asked for. */
#include "points.h"

#include "bill.h"
#include "results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POINTS_MAX 1000

int fs_points_read(struct fs_points *points, const char *const *vary, int n_vary)
{
    const struct fs_options *o = points->options;
    struct fs_scenario *scenario;
    const bool axes = fs_axes_read(points->arena, vary, n_vary, &points->axes);
    const int code = fs_command_read(points->arena, o, o->file[0], &scenario);
    if (code != FS_OK) return code;
    points->scenario = scenario;
    if (!axes || !fs_axes_check(points->arena, &points->axes, scenario)) return FS_INPUT;
    if (!o->quiet) fs_axes_warn(&points->axes, o);
    if (points->axes.points <= POINTS_MAX) return FS_OK;
    fprintf(stderr, "fleetsim: the grid has %lld points; sweep is for more than %d\n",
            (long long)points->axes.points, POINTS_MAX);
    return FS_INPUT;
}

/* ---- one point ------------------------------------------------------------------------------- */

static double gb_s_of(const struct fs_study_variant *v)
{
    double quantity = 0, arrived = 0;
    for (int i = 0; i < v->n; i++) {
        const struct fs_table *traffic = fs_record_table(v->record[i], "traffic");
        for (int k = 0; k < traffic->n_subjects; k++) {
            if (!strchr(traffic->subject[k].name, '/'))
                arrived += (double)traffic->subject[k].series[0].total;
        }
        for (int k = 0; k < v->bill[i]->n_lines; k++) {
            const struct fs_bill_line *line = &v->bill[i]->line[k];
            if (strcmp(line->item->unit, "GB s") == 0) quantity += line->quantity;
        }
    }
    return arrived > 0 ? quantity / arrived : NAN;
}

static const double *keep_column(struct fs_points *points, const double *column, int n)
{
    const size_t size = (size_t)n * sizeof *column;
    return column ? memcpy(fs_arena_alloc(points->arena, size), column, size) : NULL;
}

/* The study goes, so what a view points to there is copied or left out. */
static void keep_number(struct fs_points *points, struct fs_view *number,
                        const struct fs_view *view)
{
    *number = *view;
    number->path = fs_arena_text(points->arena, view->path);
    number->unit = fs_arena_text(points->arena, view->unit);
    number->replication = keep_column(points, view->replication, view->n);
    number->numerator = keep_column(points, view->numerator, view->n);
    number->denominator = keep_column(points, view->denominator, view->n);
    number->sum = keep_column(points, view->sum, view->n * view->n_segments);
    number->count = keep_column(points, view->count, view->n * view->n_segments);
    number->doc = NULL;
    number->histogram = NULL;
    number->segments = NULL;
}

static void keep_unpriced(struct fs_points *points, int variant, const struct fs_bill *bill)
{
    const char **text = &points->unpriced[variant];
    for (int i = 0; !*text && i < bill->n_unpriced; i++)
        *text = fs_arena_text(points->arena, bill->unpriced[i]);
}

static void keep(struct fs_points *points, int64_t point, const struct fs_study *study)
{
    struct fs_arena *arena = fs_arena_new();
    const size_t n = (size_t)points->n_paths;
    struct fs_views *views = fs_arena_alloc(arena, (size_t)study->n_variants * sizeof *views);
    for (int v = 0; v < study->n_variants; v++) {
        const int64_t at = point * study->n_variants + v;
        views[v].view = fs_arena_alloc(arena, n * sizeof *views[v].view);
        for (size_t i = 0; i < n; i++) {
            struct fs_view *view = &views[v].view[views[v].n];
            struct fs_view *number = &points->number[(size_t)at * n + i];
            if (fs_view_get(arena, &study->variant[v], points->path[i], view)) {
                keep_number(points, number, view);
                views[v].n++;
            } else {
                number->estimate = (struct fs_estimate){NAN, NAN, NAN, "no data"};
            }
        }
        points->gb_s[at] = gb_s_of(&study->variant[v]);
        keep_unpriced(points, v, study->variant[v].bill[0]);
    }
    fs_cube_add(points->cube, point, study, views);
    fs_arena_free(arena);
}

static int run_point(struct fs_points *points, int64_t point)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_options at = *points->options;
    struct fs_scenario *scenario;
    at.quiet = true;
    at.override = fs_axes_override(arena, &points->axes, point, at.override, &at.n_overrides);
    int code = fs_command_read(arena, &at, at.file[0], &scenario);
    if (code == FS_OK) {
        const struct fs_study_options how = {.threads = at.jobs, .stop = &fs_signal};
        struct fs_study *study = fs_study_run(scenario, &how);
        for (int i = 0; i < scenario->n_variants; i++)
            fs_assumptions_add(points->arena, &points->cube->assumptions, &scenario->variant[i]);
        if (study->complete)
            keep(points, point, study);
        else
            code = 128 + fs_signal;
        fs_study_free(study);
    }
    fs_arena_free(arena);
    return code;
}

int fs_points_run(struct fs_points *points)
{
    const size_t n = (size_t)points->axes.points * (size_t)points->scenario->n_variants;
    const bool progress = !points->options->quiet && isatty(STDERR_FILENO);
    const char *out = points->options->out;
    struct fs_failure failure;
    int code = FS_OK;
    if (out && fs_results_check(out, &failure) != FS_OK) {
        fprintf(stderr, "fleetsim: %s\n", failure.text);
        return FS_WORLD;
    }
    struct fs_files files = {.n = 0};
    fs_files_add(points->arena, &files, points->scenario);
    points->cube = fs_cube_new(points->arena, points->scenario, &points->axes, &files, points->path,
                               points->n_paths);
    points->number =
        fs_arena_alloc(points->arena, n * (size_t)points->n_paths * sizeof *points->number);
    points->gb_s = fs_arena_alloc(points->arena, n * sizeof *points->gb_s);
    points->unpriced = fs_arena_alloc(points->arena, (size_t)points->scenario->n_variants *
                                                         sizeof *points->unpriced);
    for (int64_t p = 0; p < points->axes.points && code == FS_OK; p++) {
        if (progress)
            fprintf(stderr, "\r\033[K%lld of %lld points", (long long)p,
                    (long long)points->axes.points);
        code = run_point(points, p);
    }
    if (progress) fputs("\r\033[K", stderr);
    return code;
}

int fs_points_save(const struct fs_points *points, const struct fs_cube_more *more)
{
    struct fs_failure failure;
    if (!points->options->out) return FS_OK;
    if (fs_cube_save(points->cube, points->options->out, more, &failure) == FS_OK) return FS_OK;
    fprintf(stderr, "fleetsim: %s\n", failure.text);
    fflush(NULL);
    _exit(FS_WORLD); /* after a failed write HDF5's own exit handlers may crash */
}

/* ---- numbers --------------------------------------------------------------------------------- */

const struct fs_view *fs_points_number(const struct fs_points *points, int64_t point, int variant,
                                       int path)
{
    const int64_t at = point * points->scenario->n_variants + variant;
    return &points->number[at * points->n_paths + path];
}

double fs_points_gb_s(const struct fs_points *points, int64_t point, int variant)
{
    return points->gb_s[point * points->scenario->n_variants + variant];
}

struct fs_estimate fs_points_difference(const struct fs_points *points, const struct fs_view *a,
                                        const struct fs_view *b)
{
    if (!a->replication || !b->replication || a->n != b->n || a->n == 0)
        return (struct fs_estimate){NAN, NAN, NAN, "no data"};
    return fs_view_compare(b, a, a->n, points->scenario->variant[0].spec.run.confidence).estimate;
}
