/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An axis: a range and ticks at round places with their texts. */
#ifndef FS_PLOTS_AXIS_H
#define FS_PLOTS_AXIS_H

#include "arena.h"
#include <stdbool.h>

#define FS_TICKS 24

struct fs_tick {
    double at;
    const char *text; /* "" for a line without a text */
};

struct fs_axis {
    double low, high; /* low < high, both finite */
    bool log;
    int n;
    struct fs_tick tick[FS_TICKS];
    const char *unit; /* of the texts, for a title; "" when the texts carry it */
};

/* From 0 to a little over `max`, `max` being finite and >= 0. Texts are counts, or USD. */
void fs_axis_linear(struct fs_arena *arena, struct fs_axis *axis, double max, bool usd);

/* From 0 to a little over `max` > 0 seconds, all ticks in one unit. */
void fs_axis_seconds(struct fs_arena *arena, struct fs_axis *axis, double max);

/* Shares of requests from 0 up to 1 - 10^-nines, spread by the logarithm of what is above: `at` is
 * -log10(1 - share). */
void fs_axis_shares(struct fs_arena *arena, struct fs_axis *axis, double nines);

/* Logarithmic, durations in seconds: covers [low, high], both finite and > 0. Ticks are round in
 * the unit that they have: 1 s, 10 s, 1 min. */
void fs_axis_durations(struct fs_arena *arena, struct fs_axis *axis, double low, double high);

/* Simulated time from `from` to `to` seconds, at most about `want` ticks. */
void fs_axis_time(struct fs_arena *arena, struct fs_axis *axis, double from, double to, int want);

/* The end, not before `to`, of a span from `from` that sounds round. */
double fs_axis_round_up(double to, double from);

#endif
