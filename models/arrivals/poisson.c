/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Poisson: independent exponential gaps. Each gap is rounded to the nearest nanosecond, which
 * shortens the mean by 1 / (24 m^2) of itself at a mean gap of m ns: 4e-6 at the highest rate.
 */
#include "arrival.h"
#include "later.h"

struct poisson {
    double rate;
};

static const struct fs_param rows[] = {{"rate", FS_P_SCALAR, FS_D_RATE,
                                        offsetof(struct poisson, rate), NULL, 0, 1e7,
                                        .doc = "Mean number of arrivals per second; 0/s: none."},
                                       {.key = NULL}};

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct poisson *poisson = params;
    (void)state;
    *out = (struct fs_arrival){fs_later_poisson(previous, poisson->rate, stream), 0, -1};
}

static const struct fs_arrival_type type = {.next = next, .stationary = true};

const struct fs_plugin fs_arrivals_poisson = {.name = "poisson",
                                              .doc = "Independent arrivals at a constant rate.",
                                              .size = sizeof(struct poisson),
                                              .rows = rows,
                                              .type = &type};
