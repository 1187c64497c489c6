/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The `expect` lines of a scenario: read, and held against what has been run. */
#ifndef FS_SCENARIOS_EXPECT_H
#define FS_SCENARIOS_EXPECT_H

#include "study.h"

/* Fills scenario->expect, when the variants have been read; complains at each line that cannot be
 * held against the variants. */
void fs_expects_read(struct fs_arena *arena, struct fs_scenario *scenario,
                     struct fs_report *report);

/* Hold an expectation against the study: 1 passed, 0 missed, -1 inconclusive; `text` says what was
 * found, in one line from the arena. A count is held in each replication, an estimate whole: passed
 * where it is true of all of the interval, missed where of none of it. An end that the data cannot
 * carry may lie anywhere. */
int fs_expect_hold(struct fs_arena *arena, const struct fs_study *study,
                   const struct fs_expect *expect, const char **text);

#endif
