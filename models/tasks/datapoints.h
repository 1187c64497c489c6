/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a monitoring service knows of a fleet: one value for each whole period, the mean over all
 * tasks, to be had some time after the period's end. Alarms look at the last values alone.
 */
#ifndef FS_MODELS_DATAPOINTS_H
#define FS_MODELS_DATAPOINTS_H

#include "scaler.h"

enum fs_fleet_metric { FS_FLEET_CPU, FS_FLEET_MEMORY, FS_FLEET_REQUESTS, FS_FLEET_BACKLOG };
extern const char *const fs_fleet_metric_names[];

#define FS_DATAPOINTS 64

struct fs_datapoints {
    struct fs_datapoint {
        double value;         /* NaN: there was nothing */
        double tasks;         /* that it is the mean of */
    } of[2 * FS_DATAPOINTS];  /* period i is at i % that */
    int64_t n, n_ended;       /* periods whose value can be had, that have ended */
    __int128 used, task_time; /* at the end of the last one */
};

/* Late by no more than FS_DATAPOINTS periods. */
void fs_datapoints_check(fs_time period, fs_time delay, struct fs_complaints *complaints);

/* The next instant after `now` at which a period ends or a value can be had. */
fs_time fs_datapoints_next(fs_time now, fs_time period, fs_time delay);

/* At each of these instants: true when a new value can be had. CPU and memory are percent of what
 * the tasks have reserved that run; those that drain are left out, with what they use. Requests are
 * per minute and healthy task; the backlog is what waits in the queue at the period's end, per task
 * that runs, or for none as if it were one. */
bool fs_datapoints_take(struct fs_datapoints *points, const struct fs_scaler_view *view,
                        enum fs_fleet_metric metric, fs_time period, fs_time delay);

/* The value of so many periods before the last one; NaN: none. */
double fs_datapoints_last(const struct fs_datapoints *points, int64_t before);
/* The tasks that the last value is the mean of, so that both multiplied are the load: of CPU and
 * memory those that ran, of requests the healthy ones, in the mean over the period; of the backlog
 * those that ran at its end. */
double fs_datapoints_tasks(const struct fs_datapoints *points);
/* Are the last n values there and all over (under) the limit? */
bool fs_datapoints_over(const struct fs_datapoints *points, int64_t n, double limit);
bool fs_datapoints_under(const struct fs_datapoints *points, int64_t n, double limit);

#endif
