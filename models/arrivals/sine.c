/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Poisson process whose rate is mean (1 + amplitude sin(2 pi (t - phase) / period)): day and
 * night in one line. By thinning (Lewis, Shedler, Naval Res. Logist. 26, 1979,
 * doi:10.1002/nav.3800260304): candidates at the peak rate, each kept with probability rate(t) /
 * peak, at least one of two in the mean. The angle is reduced in integers, so the last day's curve
 * is the first day's.
 */
#include "arrival.h"
#include "later.h"
#include "math.h"

#define TWO_PI 6.283185307179586

struct sine {
    double mean, amplitude;
    fs_time period, phase;
};

static const struct fs_param rows[] = {
    {"mean", FS_P_SCALAR, FS_D_RATE, offsetof(struct sine, mean), NULL, 0, 5e6,
     .doc = "Mean arrivals per second over a period."},
    {"amplitude", FS_P_SCALAR, FS_D_FRACTION, offsetof(struct sine, amplitude), NULL, 0, 1,
     .doc = "How far the rate swings around its mean, as a share of it."},
    {"period", FS_P_SCALAR, FS_D_TIME, offsetof(struct sine, period), "1d", 1e-3, 9e9,
     .doc = "From one peak to the next."},
    {"phase", FS_P_SCALAR, FS_D_TIME, offsetof(struct sine, phase), "0s", 0, 9e9,
     .doc = "When the rate rises through its mean; a quarter of a period later it peaks."},
    {.key = NULL}};

/* The rate as a share of its mean. */
static double share(const struct sine *sine, fs_time t)
{
    const fs_time past = (t - sine->phase % sine->period) % sine->period;
    const double turn = (double)past / (double)sine->period;
    return 1 + sine->amplitude * fs_sin(TWO_PI * turn);
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct sine *sine = params;
    const double peak = 1 + sine->amplitude;
    (void)state;
    *out = (struct fs_arrival){previous, 0, -1};
    do {
        out->at = fs_later_poisson(out->at, sine->mean * peak, stream);
    } while (out->at != FS_NEVER && fs_uniform(stream) * peak >= share(sine, out->at));
}

static const struct fs_arrival_type type = {.next = next};

const struct fs_plugin fs_arrivals_sine = {
    .name = "sine",
    .doc = "Poisson arrivals with a rate that swings like day and night.",
    .size = sizeof(struct sine),
    .rows = rows,
    .type = &type};
