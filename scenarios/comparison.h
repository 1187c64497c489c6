/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The variants of a study held against the first: both drew from the same streams and, unless
 * their traffic differs, saw the same requests, so differences are paired over the replications.
 * By default of each traffic class's p99 and share of completed requests, and of what it costs,
 * else of what `run: {together: ...}` names; the intervals hold together (Bonferroni over all
 * statements).
 */
#ifndef FS_SCENARIOS_COMPARISON_H
#define FS_SCENARIOS_COMPARISON_H

#include "compare.h"
#include "study.h"

struct fs_statement {
    const char *path, *unit;
    int variant;             /* against variant 0 */
    struct fs_difference is; /* variant minus the first, in the unit */
    double base;             /* the first's value */
    const char *text;        /* "41 ± 6 ms slower at p99" */
    bool same;               /* identical in every replication: nothing to say */
};

struct fs_comparison {
    struct fs_statement *statement;
    int n;
    double level; /* of each interval, so that all hold together at the scenario's confidence */
};

/* Nothing (n = 0) with a single variant. `metric` replaces the default statements when n > 0. */
struct fs_comparison fs_study_compare(struct fs_arena *arena, const struct fs_study *study,
                                      const char *const *metric, int n_metrics);

/* A sentence for each variant, with how much pairing was worth. */
void fs_comparison_print(struct fs_arena *arena, const struct fs_study *study,
                         const struct fs_comparison *comparison, FILE *out);
void fs_comparison_json(const struct fs_study *study, const struct fs_comparison *comparison,
                        FILE *out);

#endif
