/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cube as a results file. Everything depends on what the points hold, walked in order, and on
 * nothing else: one process, eight shards and a resumed sweep leave the same bytes.
 */
#include "cube.h"

#include "results.h"
#include "whole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct saver {
    const struct fs_cube *cube;
    struct fs_results_writer *w;
    int *row; /* of each text: its place among the metrics or the reasons, -1 none */
    const char **name, **unit;
    int n; /* metrics */
};

static size_t n_cells(const struct saver *s)
{
    return (size_t)s->cube->axes.points * (size_t)s->cube->n_variants * (size_t)s->n;
}

/* Metrics in the order in which they first appear. */
static void list_metrics(struct saver *s)
{
    const struct fs_cube *cube = s->cube;
    for (int i = 0; i < cube->n_text; i++)
        s->row[i] = -1;
    for (int64_t p = 0; p < cube->axes.points; p++) {
        for (int v = 0; v < cube->n_variants; v++) {
            for (int i = 0; i < cube->point[p][v].n_cells; i++) {
                const struct fs_cell *cell = &cube->point[p][v].cell[i];
                if (s->row[cell->path] >= 0) continue;
                s->row[cell->path] = s->n;
                s->name[s->n] = cube->text[cell->path];
                s->unit[s->n++] = cube->text[cell->unit];
            }
        }
    }
}

static void save_axes(struct saver *s)
{
    for (int i = 0; i < s->cube->axes.n; i++) {
        const struct fs_axis *axis = &s->cube->axes.axis[i];
        if (axis->unit)
            fs_results_dimension(s->w, "", axis->name, axis->unit, axis->path, FS_F64, axis->n,
                                 axis->number);
        else
            fs_results_dimension(s->w, "", axis->name, "1", axis->path, FS_TEXT, axis->n,
                                 axis->text);
    }
    fs_results_dimension(s->w, "", "variant", "1", "variant of the scenario", FS_TEXT,
                         s->cube->n_variants, s->cube->variant);
    fs_results_dimension(s->w, "", "metric", "1", "path of the number", FS_TEXT, s->n, s->name);
}

static void list_dims(const struct saver *s, const char *dims[FS_AXES_MAX + 3], bool metric)
{
    int n = 0;
    while (n < s->cube->axes.n) {
        dims[n] = s->cube->axes.axis[n].name;
        n++;
    }
    dims[n++] = "variant";
    if (metric) dims[n++] = "metric";
    dims[n] = NULL;
}

static double number_in(const struct fs_cell *cell, int which)
{
    return which == 0 ? cell->value : which == 1 ? cell->low : cell->high;
}

static void save_numbers(struct saver *s)
{
    static const char *const names[] = {"value", "low", "high"};
    static const char *const docs[] = {"estimate, in the unit of its metric",
                                       "low end of its interval; NaN: none",
                                       "high end of its interval; NaN: none"};
    const struct fs_cube *cube = s->cube;
    const char *dims[FS_AXES_MAX + 3];
    double *block = fs_alloc(n_cells(s) * sizeof *block + 1, "a column");
    list_dims(s, dims, true);
    for (int which = 0; which < 3; which++) {
        for (size_t i = 0; i < n_cells(s); i++)
            block[i] = NAN;
        double *at = block;
        for (int64_t p = 0; p < cube->axes.points; p++) {
            for (int v = 0; v < cube->n_variants; v++, at += s->n) {
                const struct fs_cube_variant *x = &cube->point[p][v];
                for (int i = 0; i < x->n_cells; i++)
                    at[s->row[x->cell[i].path]] = number_in(&x->cell[i], which);
            }
        }
        fs_results_column(s->w, "", names[which], "1", docs[which], FS_F64, dims, block);
    }
    free(block);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* 0 is "" (the interval is whole), then "not there", then the reasons in alphabetical order. */
static int list_reasons(const struct saver *s, const char **reason)
{
    const struct fs_cube *cube = s->cube;
    bool *used = fs_alloc((size_t)cube->n_text * sizeof *used + 1, "reasons");
    int n = 0;
    for (int64_t p = 0; p < cube->axes.points; p++) {
        for (int v = 0; v < cube->n_variants; v++) {
            for (int i = 0; i < cube->point[p][v].n_cells; i++) {
                const int why = cube->point[p][v].cell[i].why;
                if (why) used[why - 1] = true;
            }
        }
    }
    reason[n++] = "";
    reason[n++] = "not there";
    for (int i = 0; i < cube->n_text; i++) {
        if (used[i]) reason[n++] = cube->text[i];
    }
    qsort(reason + 2, (size_t)n - 2, sizeof *reason, by_text);
    free(used);
    return n;
}

static int64_t code_of(const struct fs_cube *cube, const struct fs_cell *cell,
                       const char *const *reason, int n)
{
    for (int i = 2; cell->why && i < n; i++) {
        if (strcmp(reason[i], cube->text[cell->why - 1]) == 0) return i;
    }
    return 0;
}

static void save_reasons(struct saver *s)
{
    const struct fs_cube *cube = s->cube;
    const char *dims[FS_AXES_MAX + 3];
    const char **reason = fs_alloc(((size_t)cube->n_text + 2) * sizeof *reason, "reasons");
    const int n = list_reasons(s, reason);
    int64_t *block = fs_alloc(n_cells(s) * sizeof *block + 1, "a column"), *at = block;
    for (size_t i = 0; i < n_cells(s); i++)
        block[i] = 1;
    for (int64_t p = 0; p < cube->axes.points; p++) {
        for (int v = 0; v < cube->n_variants; v++, at += s->n) {
            const struct fs_cube_variant *x = &cube->point[p][v];
            for (int i = 0; i < x->n_cells; i++)
                at[s->row[x->cell[i].path]] = code_of(cube, &x->cell[i], reason, n);
        }
    }
    list_dims(s, dims, true);
    fs_results_dimension(s->w, "", "reason", "1", "why an end of an interval is missing", FS_TEXT,
                         n, reason);
    fs_results_column(s->w, "", "why", "1", "number of the reason, 0: the interval is whole",
                      FS_I64, dims, block);
    free(block);
    free(reason);
}

static void save_replications(struct saver *s)
{
    const struct fs_cube *cube = s->cube;
    const char *dims[FS_AXES_MAX + 3];
    const size_t n = (size_t)cube->axes.points * (size_t)cube->n_variants;
    int64_t *block = fs_alloc(n * sizeof *block + 1, "a column"), *at = block;
    for (int64_t p = 0; p < cube->axes.points; p++) {
        for (int v = 0; v < cube->n_variants; v++)
            *at++ = cube->point[p][v].replications;
    }
    list_dims(s, dims, false);
    fs_results_column(s->w, "", "replications", "1", "independent repetitions", FS_I64, dims,
                      block);
    free(block);
}

/* ---- fleets --------------------------------------------------------------------------------- */

static const char *const fleet_dims[] = {"fleet", "variant", "metric", NULL};

static void fleet_dimensions(struct saver *s, struct fs_arena *arena,
                             const struct fs_whole_number *number, int n)
{
    const struct fs_cube *cube = s->cube;
    const int64_t fleets = fs_whole_count(cube);
    const char *const *dims = fleet_dims;
    const char **name = fs_arena_alloc(arena, 2 * (size_t)n * sizeof *name + 1);
    int64_t *point = fs_arena_alloc(arena, (size_t)fleets * sizeof *point);
    for (int64_t f = 0; f < fleets; f++)
        point[f] = fs_whole_point(cube, f);
    for (int i = 0; i < n; i++) {
        name[i] = number[i].path;
        name[n + i] = number[i].unit;
    }
    fs_results_dimension(s->w, "together", dims[0], "1", "point of the first part", FS_I64, fleets,
                         point);
    fs_results_dimension(s->w, "together", dims[1], "1", "variant of the scenario", FS_TEXT,
                         cube->n_variants, cube->variant);
    fs_results_dimension(s->w, "together", dims[2], "1", "path of the number", FS_TEXT, n, name);
    fs_results_column(s->w, "together", "unit", "1", "unit of the metric", FS_TEXT, dims + 2,
                      name + n);
}

/* The parts of each fleet as one; the numbers are those that its first variant has. */
static void save_fleets(struct saver *s)
{
    static const char *const names[] = {"value", "low", "high"};
    struct fs_arena *arena = fs_arena_new();
    const struct fs_cube *cube = s->cube;
    const int64_t rows = fs_whole_count(cube) * cube->n_variants;
    int n, m;
    const struct fs_whole_number *first = fs_whole_numbers(arena, cube, 0, 0, &n);
    const size_t size = (size_t)rows * (size_t)n;
    double *block = fs_arena_alloc(arena, 3 * size * sizeof *block + 1);
    const char **why = fs_arena_alloc(arena, size * sizeof *why + 1);
    for (size_t i = 0; i < 3 * size; i++)
        block[i] = NAN;
    for (int64_t row = 0; row < rows; row++) {
        const struct fs_whole_number *x = fs_whole_numbers(arena, cube, row / cube->n_variants,
                                                           (int)(row % cube->n_variants), &m);
        for (int i = 0; i < n; i++) {
            const size_t at = (size_t)row * (size_t)n + (size_t)i;
            why[at] = "not there";
            for (int k = 0; k < m; k++) {
                if (strcmp(x[k].path, first[i].path) != 0) continue;
                block[at] = x[k].estimate.value;
                block[size + at] = x[k].estimate.low;
                block[2 * size + at] = x[k].estimate.high;
                why[at] = x[k].estimate.why ? x[k].estimate.why : "";
            }
        }
    }
    fleet_dimensions(s, arena, first, n);
    for (int which = 0; which < 3; which++)
        fs_results_column(s->w, "together", names[which], "1", "of all parts together", FS_F64,
                          fleet_dims, block + (size_t)which * size);
    fs_results_column(s->w, "together", "why", "1", "why there is no whole interval", FS_TEXT,
                      fleet_dims, why);
    fs_arena_free(arena);
}

static void save_root(struct saver *s)
{
    const struct fs_cube *cube = s->cube;
    const char *const none[] = {NULL}, *const metric[] = {"metric", NULL};
    fs_results_text(s->w, "", "title", cube->title);
    fs_results_text(s->w, "", "fleetsim_version", cube->version);
    fs_results_integer(s->w, "", "seed", cube->seed);
    fs_results_number(s->w, "", "confidence", cube->confidence);
    fs_results_column(s->w, "", "scenario", "1", "the scenario with every default filled in",
                      FS_TEXT, none, &cube->scenario);
    save_axes(s);
    fs_results_column(s->w, "", "unit", "1", "unit of the metric", FS_TEXT, metric, s->unit);
}

enum fs_rc fs_cube_save(const struct fs_cube *cube, const char *path,
                        const struct fs_cube_more *more, struct fs_failure *failure)
{
    struct saver s = {.cube = cube};
    const enum fs_rc rc = fs_results_create(path, &s.w, failure);
    if (rc != FS_OK) return rc;
    const size_t n = (size_t)cube->n_text + 1;
    s.row = fs_alloc(n * sizeof *s.row, "a cube");
    s.name = fs_alloc(n * sizeof *s.name, "a cube");
    s.unit = fs_alloc(n * sizeof *s.unit, "a cube");
    list_metrics(&s);
    save_root(&s);
    fs_results_text(s.w, "", "study", more ? more->study : "sweep");
    save_numbers(&s);
    save_reasons(&s);
    save_replications(&s);
    if (fs_whole_count(cube) > 0) save_fleets(&s);
    if (more) more->save(more->self, s.w);
    free(s.row);
    free(s.name);
    free(s.unit);
    return fs_results_commit(s.w, failure);
}
