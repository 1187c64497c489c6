/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the `expect` lines of a scenario whose variants have been read. */
#ifndef FS_SCENARIOS_EXPECT_H
#define FS_SCENARIOS_EXPECT_H

#include "scenario.h"

/* Fills scenario->expect; complains at each line that cannot be held against the variants. */
void fs_expects_read(struct fs_arena *arena, struct fs_scenario *scenario,
                     struct fs_report *report);

#endif
