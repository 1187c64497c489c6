/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a results file holds, by name and with every shape verified: the file may be anybody's.
 * Columns are found by the names of their dimensions; one that does not fit counts as absent.
 */
#ifndef FS_PLOTS_INPUT_H
#define FS_PLOTS_INPUT_H

#include "arena.h"
#include "results.h"

#define FS_VARIANTS 12

struct fs_input_variant {
    const char *name;
    int n_replications, n; /* intervals */
    const double *edge;    /* n + 1 instants in seconds, increasing */
    int64_t account_limit; /* 0: unknown */
};

struct fs_input {
    struct fs_arena *arena;
    struct fs_results *results;
    int n_variants, n_left_out; /* at most FS_VARIANTS are drawn */
    struct fs_input_variant *variant;
    const char *metric; /* what is asked for of many numbers; NULL: what people ask for first */
};

/* Find the variants with traffic; a file that is none of a run's has none. */
void fs_input_new(struct fs_arena *arena, struct fs_results *results, struct fs_input *input);

/* Labels of a dimension of the variant's `group`; NULL and 0 when absent. */
const char *const *fs_input_labels(const struct fs_input *input, const struct fs_input_variant *v,
                                   const char *group, const char *dimension, int *n);
/* Position of `label`, or -1. */
int fs_input_position(const char *const *labels, int n, const char *label);

/* One number per interval. NaN where no replication has one. */
struct fs_trend {
    double *mean, *low, *high; /* over the replications */
    double total;              /* sum of `mean` */
    double peak;               /* mean over the replications of the largest */
};

/* Series of (subject, replication, time). NULL when there is no such column. */
struct fs_trend *fs_input_series(const struct fs_input *input, const struct fs_input_variant *v,
                                 const char *group, const char *subject_dim, const char *column,
                                 int subject);
/* Series of (subject, `inner`, replication, time), as outcomes are. */
struct fs_trend *fs_input_inner(const struct fs_input *input, const struct fs_input_variant *v,
                                const char *group, const char *subject_dim, const char *inner,
                                const char *column, int subject, int at);
/* Series of (subject, replication, `inner`, time), as quantiles are. */
struct fs_trend *fs_input_quantile(const struct fs_input *input, const struct fs_input_variant *v,
                                   const char *column, int subject, int at);

/* A series of zeroes; add `x` (may be NULL) to it. Sums of means are means of sums; low, high and
 * peak become bounds. */
struct fs_trend *fs_trend_zero(const struct fs_input *input, const struct fs_input_variant *v);
void fs_trend_add(struct fs_trend *sum, const struct fs_trend *x, int n);

/* Counts of the class's latencies over all replications, by bin, and where each bin begins
 * (seconds, increasing). Returns the number of bins, 0 when there is no such column. */
int fs_input_histogram(const struct fs_input *input, const struct fs_input_variant *v, int class,
                       const double **low, const double **count);
/* Mean over the replications of (subject, replication). NaN when there is none. */
double fs_input_mean(const struct fs_input *input, const struct fs_input_variant *v,
                     const char *group, const char *subject_dim, const char *column, int subject);
/* Seconds of the p99 of all replications that went into `part`; NaN when that is not known. */
double fs_input_part(const struct fs_input *input, const struct fs_input_variant *v, int class,
                     int part);

/* The estimate under a path like "traffic.jobs.latency.p99"; NaN when there is none. */
double fs_input_estimate(const struct fs_input *input, const struct fs_input_variant *v,
                         const char *path);

#endif
