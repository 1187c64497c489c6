/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The clock's type. Simulated time is a signed count of nanoseconds since the start of the run:
 * it spans 292 years, adds without drift, and equal instants compare equal. What is held as a
 * double (a parameter, a draw) becomes a time at one place only, fs_nanoseconds().
 */
#ifndef FS_SIM_TIME_H
#define FS_SIM_TIME_H

#include <stdint.h>

typedef int64_t fs_time;

#define FS_NS  ((fs_time)1)
#define FS_US  (1000 * FS_NS)
#define FS_MS  (1000 * FS_US)
#define FS_S   (1000 * FS_MS)
#define FS_MIN (60 * FS_S)
#define FS_H   (60 * FS_MIN)
#define FS_DAY (24 * FS_H)

/* Later than every instant that a run can reach; also "no such time". */
#define FS_NEVER INT64_MAX

/* Nearest nanosecond to a count of nanoseconds held as a double (a draw); negative becomes 0 and
 * anything beyond 9.2e18 becomes FS_NEVER. */
static inline fs_time fs_nanoseconds(double ns)
{
    if (!(ns > 0)) return 0;
    if (ns >= 9.2e18) return FS_NEVER;
    return (fs_time)(ns + 0.5);
}

static inline double fs_to_seconds(fs_time t)
{
    return (double)t / 1e9;
}

#endif
