/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cheapest setting of a grid that meets objectives. A setting is a point of the grid in one
 * variant. `p99 < 200ms` is held as "the share above 200 ms is below 1 %". That, other shares and
 * what a million requests cost are of the requests of all replications, any other metric is a mean
 * over the replications that have it. In steady state they are of what each replication has settled
 * to. All settings see the same requests.
 */
#ifndef FS_SCENARIOS_PLAN_H
#define FS_SCENARIOS_PLAN_H

#include "analysis.h"
#include "axes.h"
#include "select.h"
#include "study.h"

struct fs_slo {
    const char *text; /* "p99 < 200ms" */
    const char *path; /* of the view */
    const char *unit; /* of limit and means; "1" for a quantile's share */
    double p, above;  /* a quantile: share above `above` seconds; p is 0 otherwise */
    bool share;       /* a quantile, or a class's counter over what arrived */
    bool at_least;    /* `>`: values and limit are held with their sign turned */
    double limit, tolerance;
};

struct fs_plan_setting {
    const char *label;
    const struct fs_variant *variant;
    struct fs_scenario *scenario;
    struct fs_observation *row; /* [replication * (1 + slos)], as they were observed */
    int room;
};

struct fs_plan_options {
    const char *file, *only;
    const struct fs_override *override;
    int n_overrides;
    const char *const *slo;
    int n_slos;
    const char *minimize; /* path; NULL: the month's bill, else the run's */
    double confidence;    /* probability of a correct selection */
    double indifference;  /* share of the cheapest mean after the first replications */
    double tolerance;     /* share of each limit */
    int first, budget;    /* replications a setting */
    struct fs_study_options how;
    bool colour;
};

struct fs_plan {
    struct fs_plan_options options;
    struct fs_arena *arena;
    struct fs_axes axes;
    struct fs_plan_setting *setting;
    int n_settings;
    struct fs_slo *slo;
    int n_slos;
    const char *objective, *unit;
    double indifference; /* absolute */
    struct fs_select *select;
    int best;         /* -1: none */
    bool decided;     /* false: the budget was spent */
    int replications; /* all together */
};

/* Read and check everything, complaining on stderr. */
enum fs_rc fs_plan_read(struct fs_arena *arena, const struct fs_axes *axes,
                        const struct fs_plan_options *options, struct fs_plan **plan);
/* Run until one remains. FS_INTERRUPTED after a signal. */
enum fs_rc fs_plan_run(struct fs_plan *plan);
void fs_plan_free(struct fs_plan *plan);

/* A setting's objective (column 0) or of an objective to be met, with its interval. */
struct fs_estimate fs_plan_estimate(const struct fs_plan *plan, int setting, int column);
/* None feasible: the setting whose worst miss, as a share of its limit, is smallest. */
int fs_plan_closest(const struct fs_plan *plan);
/* The best of those that were beaten and seem to meet everything; -1. */
int fs_plan_runner_up(const struct fs_plan *plan);
/* The dearest setting that is cheaper than the best and misses something; -1. */
int fs_plan_binding(const struct fs_plan *plan);
/* No setting is better in one of objective and constraints and as good in the others. */
bool fs_plan_on_frontier(const struct fs_plan *plan, int setting);

#endif
