/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The metrics table: what a component can tell, each row once. JSON keys, HDF5 datasets, `expect`,
 * the terminal table and the reference are views of these rows. A row says where in the
 * component's struct the number stands, so counting is an increment and the recorder does the rest.
 */
#ifndef FS_SIM_METRIC_H
#define FS_SIM_METRIC_H

#include <stddef.h>

enum fs_metric_kind {
    FS_COUNTER, /* int64_t, never decreases: recorded as increase per interval and total */
    FS_GAUGE,   /* struct fs_meter: mean, peak and last level per interval; mean and peak of run */
    FS_LATENCY  /* struct fs_latency: quantiles per interval, histogram, mean, max, parts */
};

struct fs_metric {
    const char *name; /* lower_snake_case; ends a table with NULL */
    const char *unit; /* UDUNITS spelling: "1", "s", "MB ms"; a latency is held in ns, shown in s */
    enum fs_metric_kind kind;
    size_t offset;
    const char *doc;
};

#endif
