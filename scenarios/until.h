/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a run's `kind` and `until` ask for, checked and carried out. `until: "p99 ± 5%"` adds
 * replications in rounds, of all variants alike, until every interval that it names is within the
 * share of its value to either side, or the budget is spent. An interval that happens to be short
 * early is no ground to stop, hence at least ten replications.
 */
#ifndef FS_SCENARIOS_UNTIL_H
#define FS_SCENARIOS_UNTIL_H

#include "study.h"

/* Complain about a steady state that cannot be, and an `until` that does not read. */
void fs_until_check(struct fs_arena *arena, const struct fs_variant *variant,
                    const struct fs_node *tree, struct fs_report *report);

/* Replications of the first round. */
int64_t fs_until_first(const struct fs_run_params *run);
/* Replications that there should be after the next round, 0 when there is none: then the study
 * says why it stopped. All replications so far are done. */
int fs_until_next(struct fs_study *study);

#endif
