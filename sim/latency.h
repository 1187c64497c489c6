/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A recorder of durations: one open interval, kept sparse (a list of touched bins), folded into
 * the whole run's histogram when the interval closes. Recording is an increment and, on a bin's
 * first touch, one store. With each value may come its parts (what the time was spent on); the
 * parts of values near p99 are what "what the p99 is made of" is read from.
 */
#ifndef FS_SIM_LATENCY_H
#define FS_SIM_LATENCY_H

#include "arena.h"
#include "histogram.h"
#include "time.h"

/* Parts are named by the model (models/request.h); the last is what no other part explains and is
 * not recorded: it is the value minus the others. */
#define FS_LATENCY_PARTS 5

/* Of the values of a bin, in ns. */
struct fs_part_sums {
    double sum[FS_LATENCY_PARTS];
};

struct fs_latency {
    uint32_t *bin;     /* open interval, FS_HISTOGRAM_BINS; may go round, see the .c */
    uint16_t *touched; /* bins in the order in which they left 0, unsorted */
    int n_touched;
    int64_t min, max; /* of the open interval; INT64_MAX and 0 when it is empty */
    __int128 sum;
    struct fs_histogram *run;  /* closed intervals; NULL until the first close, or set right
                                  after fs_latency_new by an owner who wants it elsewhere */
    struct fs_part_sums *part; /* [bin]: over the run, NULL until the first parts */
    struct fs_arena *arena;
};

/* 52 KB from `arena`, 58 KB more with the first close, 233 KB more with the first parts. */
void fs_latency_new(struct fs_latency *latency, struct fs_arena *arena);

/* Record a duration >= 0. */
static inline void fs_latency_record(struct fs_latency *latency, fs_time value)
{
    const int i = fs_histogram_index(value);
    if (latency->bin[i]++ == 0) latency->touched[latency->n_touched++] = (uint16_t)i;
    if (value < latency->min) latency->min = value;
    if (value > latency->max) latency->max = value;
    latency->sum += value;
}

/* Add the parts of a value that is recorded apart with fs_latency_record(). */
void fs_latency_parts(struct fs_latency *latency, fs_time value,
                      const fs_time parts[FS_LATENCY_PARTS]);

/* Quantiles p[0..n-1] (ascending, in [0,1]) of the open interval into out[] (ns; NaN when empty),
 * its count returned; then fold it into the run and start the next. O(touched). */
uint64_t fs_latency_close(struct fs_latency *latency, int n, const double *p, double *out);

/* Sums of parts over the run, all intervals closed: from `arena`, a row for each bin of the run
 * that is not empty, ascending; NULL when no parts were recorded. 40 bytes a row. */
struct fs_part_sums *fs_latency_part_sums(const struct fs_latency *latency, struct fs_arena *arena);

#endif
