/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums are of integers below 2^53 or of the bill's exact amounts, added in the order of the parts,
 * so the answer depends neither on shards nor on threads. */
#include "whole.h"

#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    struct fs_arena *arena;
    const struct fs_cube *cube;
    int64_t first, stride;
    int variant, n;
    double level;
};

/* ---- where the parts are -------------------------------------------------------------------- */

static int64_t stride_of(const struct fs_cube *cube)
{
    int64_t stride = 1;
    for (int i = cube->part + 1; i < cube->axes.n; i++)
        stride *= cube->axes.axis[i].n;
    return stride;
}

int64_t fs_whole_count(const struct fs_cube *cube)
{
    return cube->part < 0 ? 0 : cube->axes.points / cube->axes.axis[cube->part].n;
}

int64_t fs_whole_point(const struct fs_cube *cube, int64_t fleet)
{
    const int64_t stride = stride_of(cube);
    return fleet / stride * stride * cube->axes.axis[cube->part].n + fleet % stride;
}

static const struct fs_cell *cell_in(const struct parts *p, int part, const char *path)
{
    return fs_cube_cell(p->cube, p->first + part * p->stride, p->variant, path);
}

static const struct fs_cube_histogram *histogram_in(const struct parts *p, int part,
                                                    const char *path)
{
    const struct fs_cube_variant *at = &p->cube->point[p->first + part * p->stride][p->variant];
    for (int i = 0; i < at->n_histograms; i++) {
        if (strcmp(p->cube->text[at->histogram[i].path], path) == 0) return &at->histogram[i];
    }
    return NULL;
}

/* ---- kinds of numbers ----------------------------------------------------------------------- */

/* "traffic.web.latency.p99" -> "traffic.web.latency". */
static const char *stem_of(const struct parts *p, const char *path)
{
    return fs_arena_format(p->arena, "%.*s", (int)(strrchr(path, '.') - path), path);
}

static bool values_of(const struct parts *p, const char *path, double *value)
{
    for (int i = 0; i < p->n; i++) {
        const struct fs_cell *cell = cell_in(p, i, path);
        if (!cell) return false;
        value[i] = cell->value;
    }
    return true;
}

static bool sum_up(const struct parts *p, const char *path, struct fs_estimate *e)
{
    double *value = fs_arena_alloc(p->arena, (size_t)p->n * sizeof *value), sum = 0;
    if (!values_of(p, path, value)) return false;
    bool negative = false; /* a count or a cost of the fleet is not below nothing */
    for (int i = 0; i < p->n; i++) {
        sum += value[i];
        negative = negative || value[i] < 0;
    }
    const struct fs_estimate mean = fs_estimate_mean(value, p->n, p->level);
    *e = (struct fs_estimate){sum, sum - (mean.value - mean.low) * p->n,
                              sum + (mean.high - mean.value) * p->n, mean.why};
    if (!negative && e->low < 0) e->low = 0;
    return true;
}

static bool share_out(const struct parts *p, const char *path, struct fs_estimate *e)
{
    const char *counted = stem_of(p, path);
    const char *among = fs_arena_format(p->arena, "%s.arrived", stem_of(p, counted));
    double *value = fs_arena_alloc(p->arena, 2 * (size_t)p->n * sizeof *value);
    if (!values_of(p, counted, value) || !values_of(p, among, value + p->n)) return false;
    *e = fs_estimate_ratio(value, value + p->n, p->n, p->level);
    return true;
}

/* Requests of root classes that a part saw. */
static double arrived_in(const struct parts *p, int part)
{
    const struct fs_cube_variant *at = &p->cube->point[p->first + part * p->stride][p->variant];
    double sum = 0;
    for (int i = 0; i < at->n_cells; i++) {
        const char *path = p->cube->text[at->cell[i].path];
        if (strncmp(path, "traffic.", 8) == 0 && fs_text_ends(path, ".arrived") &&
            !strchr(path, '/'))
            sum += at->cell[i].value;
    }
    return sum;
}

static bool price_million(const struct parts *p, struct fs_estimate *e)
{
    double *usd = fs_arena_alloc(p->arena, 2 * (size_t)p->n * sizeof *usd), *arrived = usd + p->n;
    if (!values_of(p, "cost.total_usd", usd)) return false;
    for (int i = 0; i < p->n; i++) {
        usd[i] *= 1e6;
        arrived[i] = arrived_in(p, i);
    }
    *e = fs_estimate_quotient(usd, arrived, p->n, p->level);
    return true;
}

static bool average(const struct parts *p, const char *stem, struct fs_estimate *e)
{
    double *sum = fs_arena_alloc(p->arena, 2 * (size_t)p->n * sizeof *sum), *count = sum + p->n;
    for (int i = 0; i < p->n; i++) {
        const struct fs_cube_histogram *h = histogram_in(p, i, stem);
        if (!h) return false;
        sum[i] = (double)h->sum / 1e9;
        count[i] = 0;
        for (int b = 0; b < h->n_bins; b++)
            count[i] += (double)h->bin[b].count;
    }
    *e = fs_estimate_quotient(sum, count, p->n, p->level);
    return true;
}

static bool find_longest(const struct parts *p, const char *path, struct fs_estimate *e)
{
    double *value = fs_arena_alloc(p->arena, (size_t)p->n * sizeof *value);
    if (!values_of(p, path, value)) return false;
    *e = (struct fs_estimate){NAN, NAN, NAN, "the largest seen"};
    for (int i = 0; i < p->n; i++) {
        if (isnan(e->value) || value[i] > e->value) e->value = value[i];
    }
    return true;
}

static void spread(const struct fs_cube_histogram *from, struct fs_histogram *to)
{
    to->min = from->min;
    to->max = from->max;
    to->sum = from->sum;
    for (int b = 0; b < from->n_bins; b++) {
        to->bin[from->bin[b].bin] = from->bin[b].count;
        to->count += from->bin[b].count;
    }
}

static bool rank(const struct parts *p, const char *path, struct fs_estimate *e)
{
    static const char *const names[] = {"p50", "p90", "p95", "p99", "p999"};
    static const double share[] = {.5, .9, .95, .99, .999};
    const char *stem = stem_of(p, path);
    struct fs_histogram *h = fs_alloc((size_t)p->n * sizeof *h, "parts");
    const struct fs_histogram **list = fs_arena_alloc(p->arena, (size_t)p->n * sizeof *list);
    bool good = true;
    for (int i = 0; i < p->n; i++) {
        const struct fs_cube_histogram *from = histogram_in(p, i, stem);
        if (from) spread(from, &h[i]);
        list[i] = &h[i];
        good = good && from;
    }
    for (int q = 0; q < 5 && good; q++) {
        if (fs_text_ends(path, names[q])) *e = fs_estimate_quantile(list, p->n, share[q], p->level);
    }
    free(h);
    *e = (struct fs_estimate){e->value / 1e9, e->low / 1e9, e->high / 1e9, e->why};
    return good;
}

/* Ages do not add up: the oldest of all is the oldest of its part. */
static bool put_together(const struct parts *p, const char *path, const char *unit,
                         enum fs_view_kind kind, struct fs_estimate *e)
{
    const bool age = strcmp(unit, "s") == 0;
    if (strncmp(path, "alarms.", 7) == 0) return false;
    if (age && kind == FS_VIEW_COUNT) return find_longest(p, path, e);
    switch (kind) {
    case FS_VIEW_COUNT:
        return !fs_text_ends(path, ".peak") && strcmp(path, "cost.not_priced") != 0 &&
               sum_up(p, path, e);
    case FS_VIEW_MONEY:
        if (strcmp(path, "cost.usd_per_million") == 0) return price_million(p, e);
        return (fs_text_ends(path, ".usd") || strcmp(path, "cost.total_usd") == 0) &&
               sum_up(p, path, e);
    case FS_VIEW_SHARE:
        return share_out(p, path, e);
    case FS_VIEW_QUANTILE:
        return rank(p, path, e);
    case FS_VIEW_MEAN:
        break;
    }
    if (fs_text_ends(path, ".max")) return find_longest(p, path, e);
    if (!fs_text_ends(path, ".mean")) return false;
    return average(p, stem_of(p, path), e) || (!age && sum_up(p, path, e));
}

struct fs_whole_number *fs_whole_numbers(struct fs_arena *arena, const struct fs_cube *cube,
                                         int64_t fleet, int variant, int *n)
{
    const struct parts p = {.arena = arena,
                            .cube = cube,
                            .first = fs_whole_point(cube, fleet),
                            .stride = stride_of(cube),
                            .variant = variant,
                            .n = cube->axes.axis[cube->part].n,
                            .level = cube->confidence};
    const struct fs_cube_variant *at = &cube->point[p.first][variant];
    struct fs_whole_number *number =
        fs_arena_alloc(arena, (size_t)at->n_cells * sizeof *number + 1);
    *n = 0;
    for (int i = 0; i < at->n_cells; i++) {
        const struct fs_cell *cell = &at->cell[i];
        struct fs_whole_number *next = &number[*n];
        next->path = cube->text[cell->path];
        next->unit = cube->text[cell->unit];
        next->kind = (enum fs_view_kind)cell->kind;
        *n += put_together(&p, next->path, next->unit, next->kind, &next->estimate);
    }
    return number;
}
