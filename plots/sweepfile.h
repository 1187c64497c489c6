/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `fleetsim sweep` found, by name and with every shape verified: numbers with their intervals
 * over (parameters..., variant, metric).
 */
#ifndef FS_PLOTS_SWEEPFILE_H
#define FS_PLOTS_SWEEPFILE_H

#include "input.h"

#define FS_SWEEP_AXES 7

struct fs_sweep_axis {
    const char *path, *unit; /* "components.worker.memory"; unit "1" for texts */
    int n;
    const double *number;    /* NULL: texts */
    const char *const *text; /* of each value, for people */
};

struct fs_sweep {
    int n_axes, n_variants, n_metrics;
    struct fs_sweep_axis axis[FS_SWEEP_AXES];
    const char *const *variant, *const *metric, *const *unit;
    const double *value, *low, *high;
};

/* False when the file is none of a sweep's. */
bool fs_sweep_read(const struct fs_input *input, struct fs_sweep *sweep);

/* Did that command write it ("breakeven")? */
bool fs_sweep_is(const struct fs_input *input, const char *command);

/* Where the number of a point, given by the places on the axes, stands in value, low and high. */
int64_t fs_sweep_at(const struct fs_sweep *sweep, const int *place, int variant, int metric);

/* The metrics to show, at most `most`: the one asked for, else those that people ask for first and
 * that are not the same everywhere. Returns how many. */
int fs_sweep_choose(const struct fs_input *input, const struct fs_sweep *sweep, int *metric,
                    int most);

/* The metric itself, or, in a variant that has not got it, that of the class it derives from
 * ("jobs" of "jobs/queue"): they tell the same story. */
int fs_sweep_metric_of(const struct fs_sweep *sweep, int variant, int metric);

/* What the row of a metric is called. */
const char *fs_sweep_title(struct fs_arena *arena, const struct fs_sweep *sweep, int metric);
bool fs_sweep_is_share(const struct fs_sweep *sweep, int metric);

/* A number of the metric in words. */
const char *fs_sweep_words(struct fs_arena *arena, const struct fs_sweep *sweep, int metric,
                           double value);

#endif
