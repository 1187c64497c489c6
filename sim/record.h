/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recorder: samples the metrics of every watched subject at the end of each interval and
 * leaves a struct fs_record, plain data that outlives the simulation. It reads models and never
 * answers them. Subjects of one table (all function pools, all traffic classes) share rows.
 */
#ifndef FS_SIM_RECORD_H
#define FS_SIM_RECORD_H

#include "histogram.h"
#include "latency.h"
#include "meter.h"
#include "metric.h"
#include "segments.h"
#include "sim.h"

/* The percentiles that are kept, everywhere. */
#define FS_QUANTILES 5
extern const double fs_quantile_p[FS_QUANTILES];         /* .5 .9 .95 .99 .999 */
extern const char *const fs_quantile_name[FS_QUANTILES]; /* "p50" ... "p999" */

/* One (subject, metric). Arrays have n_intervals entries, NULL where the kind has none. */
struct fs_series {
    const struct fs_metric *metric;
    /* FS_COUNTER */
    int64_t total;
    int64_t *increase;
    /* FS_GAUGE */
    double mean;
    int64_t peak, last;
    __int128 area; /* level x ns over the run, exact */
    double *interval_mean;
    int64_t *interval_peak;
    int64_t *interval_last;
    /* FS_LATENCY, in ns */
    struct fs_histogram *histogram;
    double *interval_quantile[FS_QUANTILES];
    int64_t *interval_count;      /* interval_mean is 0 where it is */
    struct fs_part_sums *part;    /* by bin of the histogram that is not empty; NULL: no parts */
    struct fs_segments *segments; /* NULL unless kept */
};

struct fs_subject {
    const char *name;
    struct fs_series *series; /* one per row of the table */
};

struct fs_table {
    const char *name; /* "traffic", "function_pool", ... */
    const struct fs_metric *metrics;
    int n_metrics;
    struct fs_subject *subject;
    int n_subjects;
};

/* What the first instances of some subjects did at equal moments. */
struct fs_trace {
    int n_subjects, n_instances, n_moments;
    const char **subject;
    const char **state; /* names; a code is an index, 0 for none: not there */
    int n_states;
    fs_time start, step;
    uint8_t *code; /* [subject][instance][moment] */
};

struct fs_record {
    fs_time start, length; /* what was recorded; length is what ran when interrupted */
    fs_time interval;      /* every interval but a cut last one */
    int n_intervals;
    struct fs_table *table;
    int n_tables;
    struct fs_trace *trace; /* NULL: none was asked for */
    uint64_t events, ties, fingerprint;
    int complete; /* 0 when interrupted */
    struct fs_arena *arena;
};

struct fs_recorder;

/* Record [0, length) in `intervals` equal intervals (1..10000); an interval is rounded up to a
 * whole nanosecond. Call before anything is scheduled, so that an interval closes before the
 * events of its last instant's successors: events at exactly k*interval fall into interval k. */
struct fs_recorder *fs_recorder_new(struct fs_sim *sim, fs_time length, int intervals);

/* Keep the segments of latencies too, for the analysis of steady state; before the first watch. */
void fs_recorder_keep_segments(struct fs_recorder *recorder);

/* Watch a subject; `base` is what the rows' offsets count from, rows end with name NULL. Latencies
 * at those offsets are set up here. Names are copied. Before the first interval ends. */
void fs_recorder_watch(struct fs_recorder *recorder, const char *table, const char *subject,
                       const struct fs_metric *rows, void *base);

/* Called before each sample, so that what accrues with time can be brought up to date. */
void fs_recorder_before_sample(struct fs_recorder *recorder, fs_handler *fn, void *self);

/* The record that is being made, for what is written into it from elsewhere (a trace). */
struct fs_record *fs_recorder_record(struct fs_recorder *recorder);

/* Close the last interval at the present clock and hand over the record (fs_record_free). */
struct fs_record *fs_recorder_finish(struct fs_recorder *recorder);
void fs_record_free(struct fs_record *record);

/* Lookup; NULL when absent. O(names). */
const struct fs_table *fs_record_table(const struct fs_record *record, const char *name);
const struct fs_series *fs_record_series(const struct fs_record *record, const char *table,
                                         const char *subject, const char *metric);

#endif
