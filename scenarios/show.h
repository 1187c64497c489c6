/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as people read them, on a terminal. */
#ifndef FS_SCENARIOS_SHOW_H
#define FS_SCENARIOS_SHOW_H

#include "analysis.h"
#include "arena.h"

/* "cold_start" -> "cold start", "dead_lettered" -> "dead-lettered". */
const char *fs_show_words(struct fs_arena *arena, const char *name);

/* 1234567.8 -> "1,234,568"; halves go up. */
const char *fs_show_whole(struct fs_arena *arena, double value);
/* Three significant digits. */
const char *fs_show_number(struct fs_arena *arena, double value);

/* The unit that so many seconds are told in, and units in a second. */
struct fs_show_scale {
    const char *unit;
    double factor;
};
struct fs_show_scale fs_show_scale(double seconds);

/* "1.23 s", "15 min" */
const char *fs_show_time(struct fs_arena *arena, double seconds);
/* "from 9.50 min to 24 min": both in the unit of the later, if the earlier is one of it at least;
 * "from the start to 24 min". */
const char *fs_show_span(struct fs_arena *arena, double from, double to);

/* "1.23 s [1.20, 1.27]", "1.23 s" without an interval, "1.2 s [≥ 1.1]" where it is one-sided. */
const char *fs_show_duration(struct fs_arena *arena, const struct fs_estimate *e);
/* "17,976 ± 60"; whole where every replication has the same. */
const char *fs_show_count(struct fs_arena *arena, const struct fs_estimate *e);
/* "$0.170 ± 0.001", the interval to the decimals of the value and left out below them. */
const char *fs_show_money(struct fs_arena *arena, const struct fs_estimate *e);
const char *fs_show_share(struct fs_arena *arena, double value);
/* "1.70 % [1.52, 1.91]". */
const char *fs_show_share_estimate(struct fs_arena *arena, const struct fs_estimate *e);
/* "12.3 ± 0.4", in `factor` of the unit. */
const char *fs_show_mean(struct fs_arena *arena, const struct fs_estimate *e, double factor);
/* By unit: "s", "USD", anything else as a plain number. */
const char *fs_show_estimate(struct fs_arena *arena, const char *unit, const struct fs_estimate *e);

#endif
