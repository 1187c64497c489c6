/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place where seconds held as a double become a time. Whole seconds and the fraction are
 * converted apart: seconds * 1e9 would round once more before the nearest nanosecond is taken, and
 * a long run would see its microseconds drift. floor() and the subtraction are exact.
 */
#include "time.h"
#include "fail.h"
#include <math.h>

static fs_time nonnegative(double seconds)
{
    const double whole = floor(seconds);
    const double ns = (seconds - whole) * 1e9;
    const double below = floor(ns);
    return (fs_time)whole * FS_S + (fs_time)below + (ns - below >= 0.5);
}

fs_time fs_seconds(double seconds)
{
    fs_assert(NULL, seconds > -9.2e9 && seconds < 9.2e9);
    return seconds < 0 ? -nonnegative(-seconds) : nonnegative(seconds);
}
