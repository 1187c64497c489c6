/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fleet put together from its parts: a cube with an axis over `run.part` holds each part as a
 * point; here they become one. Counts, costs and mean levels add up, shares, means and the cost of
 * a million requests are ratios of sums, percentiles are of all values together, an age is the
 * largest; parts take the place of replications. What does not follow from the parts (a peak or a
 * mean age of all, a month's tiers) is left out.
 */
#ifndef FS_SCENARIOS_WHOLE_H
#define FS_SCENARIOS_WHOLE_H

#include "cube.h"

struct fs_whole_number {
    const char *path, *unit;
    enum fs_view_kind kind;
    struct fs_estimate estimate;
};

/* Fleets that the cube holds, one for each combination of the other parameters; 0 without parts. */
int64_t fs_whole_count(const struct fs_cube *cube);
/* The point of the first part of a fleet: what the other parameters are. */
int64_t fs_whole_point(const struct fs_cube *cube, int64_t fleet);
/* All numbers of a fleet in one variant, in the order of the first part's. */
struct fs_whole_number *fs_whole_numbers(struct fs_arena *arena, const struct fs_cube *cube,
                                         int64_t fleet, int variant, int *n);

#endif
