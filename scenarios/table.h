/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A study as a table for people: a column per variant; per class the outcomes and the latency
 * percentiles with their intervals, what the p99 is made of, the fleets, the money, what was
 * binding, and what nobody vouches for.
 */
#ifndef FS_SCENARIOS_TABLE_H
#define FS_SCENARIOS_TABLE_H

#include "study.h"

void fs_study_table(const struct fs_study *study, FILE *out, bool colour);

#endif
