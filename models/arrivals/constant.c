/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrival i is at start + i * 10^9 / rate, rounded to the nearest nanosecond, without drift: the
 * period is a ratio of integers (a double is one), and each step carries the remainder on, as
 * Bresenham's line does. A rate of at least 10^-9/s keeps the numerator below 2^113.
 */
#include "arrival.h"
#include <math.h>

struct constant {
    double rate;
    fs_time start;
};

struct state {
    fs_time whole;                      /* of the period */
    unsigned __int128 part, unit, rest; /* part / unit ns on top; rest < unit is carried */
    bool begun;
};

static const struct fs_param rows[] = {
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct constant, rate), NULL, 1e-9, 1e7,
     .doc = "Arrivals per second."},
    {"start", FS_P_SCALAR, FS_D_TIME, offsetof(struct constant, start), "0s", 0, 9e9,
     .doc = "When the first one comes."},
    {.key = NULL}};

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct constant *constant = params;
    struct state *s = state;
    int exponent;
    const double mantissa = frexp(constant->rate, &exponent);
    unsigned __int128 period = 1000000000;
    (void)length;
    (void)arena;
    (void)stream;
    s->unit = (unsigned __int128)(mantissa * 0x1p53);
    period <<= 53 - exponent;
    s->whole = (fs_time)(period / s->unit);
    s->part = period % s->unit;
    s->rest = s->unit / 2;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct constant *constant = params;
    struct state *s = state;
    (void)stream;
    *out = (struct fs_arrival){constant->start, 0, -1};
    if (s->begun) {
        s->rest += s->part;
        const bool carry = s->rest >= s->unit;
        if (carry) s->rest -= s->unit;
        const fs_time gap = s->whole + carry;
        out->at = gap > FS_NEVER - previous ? FS_NEVER : previous + gap;
    }
    s->begun = true;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .stationary = true};

const struct fs_plugin fs_arrivals_constant = {.name = "constant",
                                               .doc = "One arrival after another, evenly spaced.",
                                               .size = sizeof(struct constant),
                                               .rows = rows,
                                               .type = &type};
