/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sweep or a plan varies: a path of the scenario and its values, from the command line.
 *   account.concurrency=100,200,500      a list; commas within {} [] "" belong to a value
 *   components.worker.memory=512MB..3008MB/6   6 values, equally spaced, both ends included
 *   components.worker.tasks=1..8         every whole number
 * A range whose ends are whole and whose steps are at least 1 apart has whole values.
 */
#ifndef FS_SCENARIOS_AXES_H
#define FS_SCENARIOS_AXES_H

#include "options.h"

struct fs_axis {
    const char *path;
    const char *name;  /* of the dimension: the path's last key, or the path where that is taken */
    const char **text; /* the values, as a scenario would write them */
    int n;
    const char *unit; /* of `number`, as written ("MB", "ms", "1"); NULL: the values are labels */
    double *number;
};

struct fs_axes {
    struct fs_axis *axis;
    int n;
    int64_t points; /* product of the axes' n */
};

#define FS_AXES_MAX   8
#define FS_POINTS_MAX 10000000

/* Read `vary` ("path=values"); false after saying on stderr what is wrong, all of it. */
bool fs_axes_read(struct fs_arena *arena, const char *const *vary, int n, struct fs_axes *axes);

/* Does the scenario have the places that the axes name? False after saying what is missing. */
bool fs_axes_check(struct fs_arena *arena, const struct fs_axes *axes,
                   const struct fs_scenario *scenario);

/* Say on stderr which variants an axis does not reach, and where variants differ but are the same
 * at each point; the options' scenario is read at the first. */
void fs_axes_warn(const struct fs_axes *axes, const struct fs_options *options);

/* The value's number on each axis at a point: row-major, the last axis fastest. */
void fs_axes_index(const struct fs_axes *axes, int64_t point, int index[FS_AXES_MAX]);

/* `n` given overrides and the point's values as overrides; their number is set. */
struct fs_override *fs_axes_override(struct fs_arena *arena, const struct fs_axes *axes,
                                     int64_t point, const struct fs_override *given, int *n);

/* "memory=512MB concurrency=100". */
const char *fs_axes_label(struct fs_arena *arena, const struct fs_axes *axes, int64_t point);

#endif
