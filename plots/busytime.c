/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A burst in the fifth second of a quarter of an hour would be a hair at the left edge of an empty
 * picture. So when more than a third of the run lies before the first request or behind the end of
 * the last one, that part is left out and the axis says so. The figures at the labels stay those of
 * the whole run.
 */
#include "busytime.h"

#include "words.h"

#include <math.h>

#define EMPTY_SHARE (1. / 3)

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

void fs_busytime_choose(struct fs_figure *f)
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
