/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The best of k settings under constraints, by observations that come one replication at a time:
 * Kim and Nelson's fully sequential elimination for the objective, Andradottir and Kim's check for
 * each constraint. Numbers are ratios of sums over replications. With probability `confidence` the
 * answer is within `indifference` of the cheapest setting that meets every constraint by more than
 * its tolerance; a setting within the tolerance of a limit may be taken or not. Common random
 * numbers are welcome: replication r of all settings may share them.
 */
#ifndef FS_SIM_SELECT_H
#define FS_SIM_SELECT_H

#include <stdbool.h>

enum fs_verdict {
    FS_OPEN,       /* nothing is known yet */
    FS_FEASIBLE,   /* meets all constraints, not beaten */
    FS_INFEASIBLE, /* misses one */
    FS_BEATEN      /* a feasible setting is cheaper */
};

struct fs_select;

/* What a replication adds to a ratio: of a plain number the denominator is 1, and both are 0 where
 * it has none. */
struct fs_observation {
    double numerator, denominator;
};

/* The ratio has to be below the limit. Of a `share` numerators count some of what denominators
 * count. What was never asked for in the first replications is met. */
struct fs_constraint {
    double limit, tolerance;
    bool share;
};

/* `first` >= 2 replications of every setting come before any decision. */
struct fs_select *fs_select_new(int settings, int constraints, int first, double confidence,
                                double indifference, const struct fs_constraint *constraint);
void fs_select_free(struct fs_select *select);

/* The indifference zone may be fixed after the first replications, from them. */
void fs_select_indifference(struct fs_select *select, double indifference);

/* Does the setting need another replication? */
bool fs_select_wants(const struct fs_select *select, int setting);
/* One replication: its objective, then its constraints. */
void fs_select_add(struct fs_select *select, int setting, const struct fs_observation *row);
/* Once every setting that wants has one more: decide what can be decided. */
void fs_select_decide(struct fs_select *select);

enum fs_verdict fs_select_verdict(const struct fs_select *select, int setting);
/* The constraint that an infeasible setting misses; -1. */
int fs_select_missed(const struct fs_select *select, int setting);
/* The setting that remains; -1 while it is open, or when none is feasible. */
int fs_select_best(const struct fs_select *select);
/* Nothing is left to decide. */
bool fs_select_done(const struct fs_select *select);
int fs_select_count(const struct fs_select *select, int setting);
double fs_select_objective(const struct fs_select *select, int setting); /* the ratio */

#endif
