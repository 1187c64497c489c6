/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one view of the metrics table that terminal, JSON, `expect` and the results file share: a
 * number has a path below its variant, a unit, and an estimate over the replications.
 *
 *   traffic.<class>.<metric>            components.<name>.<metric>          account.<metric>
 *   cost.total_usd   cost.usd_per_month   cost.usd_per_million   cost.<component>.<line>.usd
 *   cost.<component>.<line>.usd_per_month
 *   cost.not_priced (components that the bill leaves out)
 *   alarms.<name>.fired   alarms.<name>.fired_at   .crossed_at   .spent_usd
 * A counter is itself; `.share` is its ratio to arrived (traffic). A gauge has .mean .peak .last
 * (itself: the mean). A latency has .mean .max .count .p50 .p90 .p95 .p99 .p999 (itself: the mean).
 */
#ifndef FS_SCENARIOS_VIEW_H
#define FS_SCENARIOS_VIEW_H

#include "analysis.h"
#include "compare.h"
#include "segments.h"
#include "study.h"

enum fs_view_kind {
    FS_VIEW_COUNT,    /* a whole number in each replication */
    FS_VIEW_MEAN,     /* a real number in each replication */
    FS_VIEW_SHARE,    /* ratio of two counts */
    FS_VIEW_QUANTILE, /* of pooled histograms */
    FS_VIEW_MONEY     /* a real number in each replication, USD */
};

struct fs_view {
    const char *path; /* "traffic.jobs.latency.p99" */
    const char *unit; /* "1", "s", "USD" */
    enum fs_view_kind kind;
    const char *doc;
    struct fs_estimate estimate;
    const double *replication; /* values; NULL for quantiles */
    int n;
    /* what the estimate was made of, by replication, for who compares: of a ratio of sums */
    const double *numerator, *denominator;
    /* of a quantile: p, and the histograms in ns */
    const struct fs_histogram *const *histogram;
    double p;
    /* in steady state: the same over equal-time segments, [replication * n_segments + segment],
     * sums in 1 / `scale` of the unit, or, of a quantile, as they were recorded; NULL of numbers
     * that have none */
    const double *sum, *count;
    double scale;
    int n_segments;
    const struct fs_segments *const *segments;
};

/* All views of a variant, in the table's order: what JSON and the results file list. */
struct fs_views {
    struct fs_view *view;
    int n;
};
struct fs_views fs_views_all(struct fs_arena *arena, const struct fs_study_variant *variant);

/* One by its path; false when there is none. O(views) at worst. */
bool fs_view_get(struct fs_arena *arena, const struct fs_study_variant *variant, const char *path,
                 struct fs_view *view);

/* What the p99 of a class is made of: mean parts, in ns, of its requests between p98.5 and p99.5 of
 * all replications together, and their sum; in steady state of what has settled. False when nothing
 * is known: parts are kept by latency over whole runs, so also where more than a quarter of the
 * requests that took as long as these came before. */
bool fs_view_p99_parts(struct fs_arena *arena, const struct fs_study_variant *variant,
                       const char *class, double part[FS_LATENCY_PARTS + 1], double *sum);

/* Difference b - a over n replications of two settings that saw the same requests, paired as their
 * estimates are made: in steady state section by section where there are segments. */
struct fs_difference fs_view_compare(const struct fs_view *a, const struct fs_view *b, int n,
                                     double level);

#endif
