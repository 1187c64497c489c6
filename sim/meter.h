/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A level that changes in time (executions in progress, messages waiting): its exact integral and
 * its peak. The integral up to t is level x t less every change times its instant, so a change
 * costs no multiplication by the level and no look at the last change. Integrals are 128-bit
 * integers of level x nanoseconds: nothing is lost over any length of run.
 */
#ifndef FS_SIM_METER_H
#define FS_SIM_METER_H

#include "time.h"

/* Plain data; all zero is level 0 since time 0. */
struct fs_meter {
    __int128 moment; /* sum of changes times their instants */
    __int128 closed; /* the integral up to the last close */
    int64_t level;
    int64_t peak; /* of the open interval */
};

static inline void fs_meter_add(struct fs_meter *meter, fs_time now, int64_t change)
{
    meter->moment += (__int128)change * now;
    meter->level += change;
    if (change > 0 && meter->level > meter->peak) meter->peak = meter->level;
}

static inline void fs_meter_set(struct fs_meter *meter, fs_time now, int64_t level)
{
    fs_meter_add(meter, now, level - meter->level);
}

/* Integral from time 0 to now, in level x ns. */
static inline __int128 fs_meter_total(const struct fs_meter *meter, fs_time now)
{
    return (__int128)meter->level * now - meter->moment;
}

/* Integral and peak of the interval that ends now; the next starts at the present level. */
static inline __int128 fs_meter_close(struct fs_meter *meter, fs_time now, int64_t *peak)
{
    const __int128 total = fs_meter_total(meter, now), area = total - meter->closed;
    *peak = meter->peak;
    meter->closed = total;
    meter->peak = meter->level;
    return area;
}

#endif
