/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cube as a results file. Everything depends on what the points hold, walked in order, and on
 * nothing else: one process, eight shards and a resumed sweep leave the same bytes.
 */
#include "cube.h"

#include "results.h"

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
    if (more) more->save(more->self, s.w);
    free(s.row);
    free(s.name);
    free(s.unit);
    return fs_results_commit(s.w, failure);
}
