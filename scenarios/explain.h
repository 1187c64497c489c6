/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happened, in sentences with numbers: what was refused or lost and when, what piled up, when
 * the last of it was done, what the p99 is made of, and how variants that were run differ. Derived
 * by general rules from the metrics table; nothing here knows a mechanism or a scenario.
 *
 * The rules rest on names: a counter tells of a loss when its name begins with one of the words in
 * explain.c, a gauge of a backlog when it is called visible, waiting or records (and oldest_age
 * beside it), and one whose name begins with unplaced_ of what has not got a place. What it is that
 * was lost or waits is said in the words of the metric's documentation, which can end a sentence.
 */
#ifndef FS_SCENARIOS_EXPLAIN_H
#define FS_SCENARIOS_EXPLAIN_H

#include "study.h"

struct fs_finding {
    const char *variant; /* NULL: about several */
    const char *text;    /* a sentence without its full stop */
};

struct fs_findings {
    struct fs_finding *finding;
    int n;
};

/* In the order of the variants; those about several come last. Lives in the arena. */
struct fs_findings fs_explain(struct fs_arena *arena, const struct fs_study *study);

#endif
