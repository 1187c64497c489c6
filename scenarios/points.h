/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small grid run in memory: a study at every point, one after the other, all with the same
 * requests, so that points and variants are compared pairwise. Sweeps are for what is larger.
 */
#ifndef FS_SCENARIOS_POINTS_H
#define FS_SCENARIOS_POINTS_H

#include "axes.h"
#include "commands.h"
#include "cube.h"
#include "view.h"

struct fs_points {
    struct fs_arena *arena;
    const struct fs_options *options;
    const struct fs_scenario *scenario; /* without the axes */
    struct fs_axes axes;
    const char **path; /* of the numbers that are kept */
    int n_paths;
    struct fs_view *number; /* [point][variant][path]; without histograms; unit NULL, NaN: none */
    double
        *gb_s; /* [point][variant]: charged per request that arrived, in all lines by the "GB s" */
    const char **unpriced; /* [variant]: what the bill leaves out at some point; NULL: nothing */
    struct fs_cube *cube;  /* the estimates, as a sweep keeps them */
};

/* Read the axes from the options' --vary; FS_OK or an exit code, everything said on stderr. */
int fs_points_read(struct fs_points *points, const char *const *vary, int n_vary);
/* Run them all; where the options name a file, it is tried first. */
int fs_points_run(struct fs_points *points);
/* Write what a sweep would of them, and `more`, to the file that the options name, if any. */
int fs_points_save(const struct fs_points *points, const struct fs_cube_more *more);

const struct fs_view *fs_points_number(const struct fs_points *points, int64_t point, int variant,
                                       int path);
double fs_points_gb_s(const struct fs_points *points, int64_t point, int variant);

/* a - b, paired, with its interval; not of quantiles. */
struct fs_estimate fs_points_difference(const struct fs_points *points, const struct fs_view *a,
                                        const struct fs_view *b);

#endif
