/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Periods of two kinds take turns, each with Poisson arrivals of its own rate. Periods may have any
 * distribution; heavy-tailed ones give traffic that is bursty on every time scale (Willinger et
 * al., IEEE/ACM ToN 5(1), 1997, doi:10.1109/90.554723). A run begins in either kind by its share of
 * time, at a period's beginning: stationary when periods are exponential, nearly so otherwise.
 *
 * Gaps have no memory, so one that reaches beyond its period is thrown away and drawn anew in the
 * next: exact, and no rate is ever integrated.
 */
#include "arrival.h"
#include "dist.h"
#include "later.h"

struct onoff {
    struct fs_dist on, off;
    double rate, rate_off;
};

struct state {
    bool is_on;
    fs_time until, length;
};

static const struct fs_param rows[] = {
    {"on", FS_P_DIST, FS_D_TIME, offsetof(struct onoff, on), NULL, 0, 0,
     .doc = "How long arrivals come."},
    {"off", FS_P_DIST, FS_D_TIME, offsetof(struct onoff, off), NULL, 0, 0,
     .doc = "How long the pauses are."},
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct onoff, rate), NULL, 0, 1e7,
     .doc = "Mean arrivals per second while on."},
    {"rate_off", FS_P_SCALAR, FS_D_RATE, offsetof(struct onoff, rate_off), "0/s", 0, 1e7,
     .doc = "Mean arrivals per second during the pauses."},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct onoff *onoff = params;
    if (fs_dist_mean(&onoff->on) + fs_dist_mean(&onoff->off) < (double)FS_MS)
        fs_complain(complaints, "on", "on and off must take at least 1ms together in the mean");
}

static void enter(struct state *s, const struct onoff *onoff, bool is_on, fs_time now,
                  struct fs_stream *stream)
{
    s->is_on = is_on;
    s->until = fs_later(now, fs_dist_draw(is_on ? &onoff->on : &onoff->off, stream));
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct onoff *onoff = params;
    struct state *s = state;
    const double on = fs_dist_mean(&onoff->on), off = fs_dist_mean(&onoff->off);
    (void)arena;
    s->length = length;
    /* Negated: an infinite mean makes the share not a number, and a run begin with on. */
    enter(s, onoff, !(fs_uniform(stream) >= on / (on + off)), 0, stream);
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct onoff *onoff = params;
    struct state *s = state;
    fs_time now = previous;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    while (now <= s->length) {
        out->at = fs_later_poisson(now, s->is_on ? onoff->rate : onoff->rate_off, stream);
        if (out->at < s->until) return;
        now = s->until;
        enter(s, onoff, !s->is_on, now, stream);
    }
    out->at = FS_NEVER;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .stationary = true};

const struct fs_plugin fs_arrivals_onoff = {
    .name = "onoff",
    .doc = "Poisson arrivals that pause: on and off periods of any length.",
    .size = sizeof(struct onoff),
    .rows = rows,
    .type = &type,
    .check = check};
