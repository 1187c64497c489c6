/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A level that changes in time (executions in progress, messages waiting): its exact integral and
 * its peak. The open interval is closed by the recorder; integrals are 128-bit integers of
 * level x nanoseconds, so nothing is lost over any length of run.
 */
#ifndef FS_SIM_METER_H
#define FS_SIM_METER_H

#include "time.h"

/* Plain data; all zero is level 0 since time 0. */
struct fs_meter {
    int64_t level;
    int64_t peak; /* of the open interval */
    fs_time since;
    __int128 area;   /* of the open interval, up to `since` */
    __int128 closed; /* of the intervals before */
};

static inline void fs_meter_add(struct fs_meter *meter, fs_time now, int64_t change)
{
    meter->area += (__int128)meter->level * (now - meter->since);
    meter->since = now;
    meter->level += change;
    if (meter->level > meter->peak) meter->peak = meter->level;
}

static inline void fs_meter_set(struct fs_meter *meter, fs_time now, int64_t level)
{
    fs_meter_add(meter, now, level - meter->level);
}

/* Integral and peak of the interval that ends now; the next starts at the present level. */
static inline __int128 fs_meter_close(struct fs_meter *meter, fs_time now, int64_t *peak)
{
    fs_meter_add(meter, now, 0);
    const __int128 area = meter->area;
    *peak = meter->peak;
    meter->closed += area;
    meter->area = 0;
    meter->peak = meter->level;
    return area;
}

/* Integral from time 0 to now, in level x ns. */
static inline __int128 fs_meter_total(const struct fs_meter *meter, fs_time now)
{
    return meter->closed + meter->area + (__int128)meter->level * (now - meter->since);
}

#endif
