/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic that is as bursty over hours as over seconds: many sources, each on and off for Pareto
 * times, with Poisson arrivals while on. Of such a sum the counts have variance T^2H over long T
 * (Willinger et al., IEEE/ACM ToN 5(1), 1997, doi:10.1109/90.554723; Taqqu, Willinger, Sherman, ACM
 * CCR 27(2), 1997, doi:10.1145/263876.263879), H = (3 - shape) / 2.
 *
 * A run begins stationary: a source is on by its share of time, and what is left of its period has
 * the density (1 - F) / mean, drawn by inversion. Gaps have no memory, so one that reaches beyond
 * the next change is thrown away and drawn anew.
 */
#include "arena.h"
#include "arrival.h"
#include "ends.h"
#include "later.h"
#include "math.h"

struct self_similar {
    double rate, hurst;
    int64_t sources;
    fs_time on, off; /* means */
};

struct source {
    struct fs_ending ending; /* first: of its present period */
    bool is_on;
};

struct state {
    struct fs_arena *arena;
    struct fs_ends changes;
    int64_t n_on;
    uint64_t changed;
    double rate_of_one;
    fs_time length;
};

static const struct fs_param rows[] = {
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct self_similar, rate), NULL, 0, 1e7,
     .doc = "Mean arrivals per second of all sources together."},
    {"hurst", FS_P_SCALAR, FS_D_NUMBER, offsetof(struct self_similar, hurst), "0.8", 0.51, 0.99,
     .doc = "Hurst parameter: how much of the burstiness stays when counts are summed over longer "
            "times; 0.5 would be Poisson's."},
    {"sources", FS_P_SCALAR, FS_D_COUNT, offsetof(struct self_similar, sources), "50", 1, 100000,
     .doc = "Sources; the fewer, the burstier."},
    {"on", FS_P_SCALAR, FS_D_TIME, offsetof(struct self_similar, on), "1s", 1e-3, 9e6,
     .doc = "Mean time for which a source is on."},
    {"off", FS_P_SCALAR, FS_D_TIME, offsetof(struct self_similar, off), "2s", 1e-3, 9e6,
     .doc = "Mean time for which it is off."},
    {.key = NULL}};

static double shape_of(const struct self_similar *p)
{
    return 3 - 2 * p->hurst;
}

static double draw_period(double mean, double shape, struct fs_stream *stream)
{
    const double least = mean * (shape - 1) / shape;
    return least * fs_pow(1 - fs_uniform(stream), -1 / shape);
}

/* Of a period that is met at a random instant, what is left. */
static double draw_rest(double mean, double shape, struct fs_stream *stream)
{
    const double least = mean * (shape - 1) / shape, u = fs_uniform(stream);
    if (u < least / mean) return u * mean;
    return least * fs_pow(shape * (1 - u), -1 / (shape - 1));
}

static void lasts(struct state *s, struct source *source, fs_time from, double period)
{
    source->ending.order = s->changed++;
    fs_ends_push(&s->changes, s->arena,
                 (struct fs_end){(uint64_t)fs_later(from, period), &source->ending});
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct self_similar *p = params;
    struct state *s = state;
    const double on = (double)p->on, off = (double)p->off, shape = shape_of(p);
    struct source *source = fs_arena_alloc(arena, (size_t)p->sources * sizeof *source);
    s->arena = arena;
    s->length = length;
    s->rate_of_one = p->rate * (on + off) / on / (double)p->sources;
    for (int64_t i = 0; i < p->sources; i++) {
        source[i].is_on = fs_uniform(stream) * (on + off) < on;
        s->n_on += source[i].is_on;
        lasts(s, &source[i], 0, draw_rest(source[i].is_on ? on : off, shape, stream));
    }
}

/* The source whose period ends next begins one of the other kind. */
static fs_time change(struct state *s, const struct self_similar *p, struct fs_stream *stream)
{
    const fs_time now = (fs_time)s->changes.heap[0].at;
    struct source *source = (struct source *)(void *)fs_ends_pop(&s->changes);
    source->is_on = !source->is_on;
    s->n_on += source->is_on ? 1 : -1;
    lasts(s, source, now,
          draw_period((double)(source->is_on ? p->on : p->off), shape_of(p), stream));
    return now;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    struct state *s = state;
    fs_time now = previous;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    while (now <= s->length) {
        out->at = fs_later_poisson(now, (double)s->n_on * s->rate_of_one, stream);
        if (out->at < (fs_time)s->changes.heap[0].at) return;
        now = change(s, params, stream);
    }
    out->at = FS_NEVER;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .stationary = true};

const struct fs_plugin fs_arrivals_self_similar = {
    .name = "self_similar",
    .doc = "Many heavy-tailed on/off sources: bursty on every time scale.",
    .size = sizeof(struct self_similar),
    .rows = rows,
    .type = &type};
