/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An instant and a drawn gap, for arrival processes; what the clock cannot hold is never. */
#ifndef FS_MODELS_ARRIVALS_LATER_H
#define FS_MODELS_ARRIVALS_LATER_H

#include "rng.h"
#include "time.h"

static inline fs_time fs_later(fs_time at, double gap_ns)
{
    const fs_time gap = fs_nanoseconds(gap_ns);
    return gap > FS_NEVER - at ? FS_NEVER : at + gap;
}

/* The next arrival of a Poisson process of `rate` per second; never at rate 0. */
static inline fs_time fs_later_poisson(fs_time at, double rate, struct fs_stream *stream)
{
    if (!(rate > 0)) return FS_NEVER;
    return fs_later(at, fs_exponential(stream) * 1e9 / rate);
}

#endif
