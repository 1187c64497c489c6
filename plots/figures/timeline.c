/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happened over simulated time: a row for each question (rows/), the variants side by side.
 *
 * Which part of the run is shown: a burst in the fifth second of a quarter of an hour would be a
 * hair at the left edge of an empty picture. So when more than a third of the run lies before the
 * first request or behind the end of the last one, that part is left out and the axis says so. The
 * figures at the labels stay those of the whole run.
 */
#include "figure.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_SHARE (1. / 3)

/* ---- the time that is shown ----------------------------------------------------------------- */

/* Widen [*from, *to] by the intervals in which the series is not zero. */
static void cover(const struct fs_input_variant *v, const struct fs_trend *s, double *from,
                  double *to)
{
    for (int t = 0; s && t < v->n; t++) {
        if (!(s->high[t] > 0)) continue;
        *from = fmin(*from, v->edge[t]);
        *to = fmax(*to, v->edge[t + 1]);
    }
}

/* While anything is asked for, in flight or ends. */
static void cover_traffic(const struct fs_input *input, const struct fs_input_variant *v,
                          double *from, double *to)
{
    static const char *const columns[] = {"arrived", "in_flight_peak"};
    int n;
    fs_input_labels(input, v, "traffic", "class", &n);
    struct fs_input scratch = *input;
    for (int i = 0; i < n; i++) {
        scratch.arena = fs_arena_new();
        for (int c = 0; c < 2; c++)
            cover(v, fs_input_series(&scratch, v, "traffic", "class", columns[c], i), from, to);
        fs_arena_free(scratch.arena);
    }
}

static void choose_time(struct fs_figure *f)
{
    const struct fs_input *input = f->input;
    double from = INFINITY, to = -INFINITY, start = INFINITY, end = -INFINITY, interval = 0;
    for (int i = 0; i < input->n_variants; i++) {
        const struct fs_input_variant *v = &input->variant[i];
        cover_traffic(input, v, &from, &to);
        start = fmin(start, v->edge[0]);
        end = fmax(end, v->edge[v->n]);
        interval = fmax(interval, v->edge[1] - v->edge[0]);
    }
    const double pad = fmax(.06 * (to - from), 2 * interval), length = end - start;
    const bool cut_head = from - start > EMPTY_SHARE * length;
    const bool cut_tail = end - to > EMPTY_SHARE * length && to > from;
    f->from = cut_head && to > from ? fmax(start, from - pad) : start;
    f->to = cut_tail ? fmin(end, fs_axis_round_up(to + pad, f->from)) : end;
    if (f->from > start || f->to < end)
        f->note = fs_arena_format(f->arena, "%s of %s are shown: there are no requests in the rest",
                                  fs_words_seconds(f->arena, f->to - f->from),
                                  fs_words_seconds(f->arena, length));
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int by_rank(const void *a, const void *b)
{
    const struct fs_row_type *x = *(const struct fs_row_type *const *)a;
    const struct fs_row_type *y = *(const struct fs_row_type *const *)b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void add_rows(struct fs_figure *f)
{
    size_t n = 0;
    while (fs_row_types[n])
        n++;
    const struct fs_row_type **type = fs_arena_alloc(f->arena, (n + 1) * sizeof *type);
    memcpy(type, fs_row_types, n * sizeof *type);
    qsort(type, n, sizeof *type, by_rank);
    for (size_t i = 0; i < n; i++)
        type[i]->add(f);
}

static void build(struct fs_figure *f)
{
    f->subtitle =
        fs_arena_format(f->arena, "%s  ·  figures beside the lines: whole run", f->subtitle);
    choose_time(f);
    add_rows(f);
}

const struct fs_figure_type fs_figures_timeline = {
    .name = "timeline",
    .doc = "load and outcomes, latency, concurrency, backlog and cost over time",
    .rank = 10,
    .build = build};
