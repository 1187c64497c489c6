/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the time of the values between two ranks was spent on, over all runs that it is asked of:
 * their histograms, pooled, and by bin the sums of their values' parts (latency.h).
 */
#ifndef FS_SIM_COMPOSITION_H
#define FS_SIM_COMPOSITION_H

#include "latency.h"

/* Plain data; all zero is empty. 350 KB. */
struct fs_composition {
    struct fs_histogram values;
    struct fs_part_sums part[FS_HISTOGRAM_BINS];
};

/* Add a run: its values, and the sums of their parts as fs_latency_part_sums() keeps them. */
void fs_composition_add(struct fs_composition *c, const struct fs_histogram *values,
                        const struct fs_part_sums *part);

/* Mean parts, in ns, of those of the values `among` whose rank lies in [p_low, p_high]; `among` are
 * all or some of the values that were added. FS_LATENCY_PARTS + 1 numbers, the last the remainder;
 * zeros when empty. A bin is taken to be made of what all of its values are made of: returned is
 * how many of these, as a share, are `among` (1 where all are). */
double fs_composition_of(const struct fs_composition *c, const struct fs_histogram *among,
                         double p_low, double p_high, double out[FS_LATENCY_PARTS + 1]);

#endif
