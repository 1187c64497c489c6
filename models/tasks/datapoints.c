/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Periods are aligned to the start of the run. A value is computed when its period ends, from the
 * growth of two sums, and can be had when the monitoring's delay has passed: the ring has room for
 * those that are looked at and those that are late.
 */
#include "datapoints.h"

#include <math.h>

const char *const fs_fleet_metric_names[] = {"cpu", "memory", "requests_per_target",
                                             "backlog_per_task", NULL};

static fs_time next_multiple(fs_time after, fs_time period)
{
    return after < 0 ? period : (after / period + 1) * period;
}

fs_time fs_datapoints_next(fs_time now, fs_time period, fs_time delay)
{
    const fs_time end = next_multiple(now, period);
    const fs_time value = next_multiple(now - delay, period) + delay;
    return end < value ? end : value;
}

/* A value is what was used over what the tasks had of it, each of them `each` while it was there.
 */
struct sums {
    __int128 used, task_time;
    int64_t each;
    double unit; /* of the value: so many are the whole */
};

static struct sums sums_of(const struct fs_scaler_view *view, enum fs_fleet_metric metric)
{
    switch (metric) {
    case FS_FLEET_CPU:
        return (struct sums){view->cpu_time, view->running_time, view->cpu, 100};
    case FS_FLEET_MEMORY:
        return (struct sums){view->memory_time, view->running_time, view->memory, 100};
    case FS_FLEET_REQUESTS:
        return (struct sums){view->requests, view->healthy_time, 1, (double)FS_MIN};
    case FS_FLEET_BACKLOG: /* of an instant: has no sums */
        break;
    }
    return (struct sums){.used = 0};
}

static struct fs_datapoint mean_of(const struct fs_datapoints *points, const struct sums *sums,
                                   fs_time period)
{
    const __int128 used = sums->used - points->used;
    const __int128 task_time = sums->task_time - points->task_time;
    const double ratio = task_time ? (double)used / (double)(task_time * sums->each) : NAN;
    return (struct fs_datapoint){sums->unit * ratio, (double)task_time / (double)period};
}

static struct fs_datapoint backlog_of(const struct fs_scaler_view *view)
{
    const double tasks = view->running ? (double)view->running : 1;
    return (struct fs_datapoint){(double)view->backlog / tasks, tasks};
}

static void end_period(struct fs_datapoints *points, const struct fs_scaler_view *view,
                       enum fs_fleet_metric metric, fs_time period)
{
    const struct sums sums = sums_of(view, metric);
    struct fs_datapoint *point = &points->of[points->n_ended++ % (2 * FS_DATAPOINTS)];
    *point = metric == FS_FLEET_BACKLOG ? backlog_of(view) : mean_of(points, &sums, period);
    if (view->blind) point->value = NAN;
    points->used = sums.used;
    points->task_time = sums.task_time;
}

bool fs_datapoints_take(struct fs_datapoints *points, const struct fs_scaler_view *view,
                        enum fs_fleet_metric metric, fs_time period, fs_time delay)
{
    if (view->now % period == 0) end_period(points, view, metric, period);
    if (view->now < period + delay || (view->now - delay) % period != 0) return false;
    points->n++;
    return true;
}

void fs_datapoints_check(fs_time period, fs_time delay, struct fs_complaints *complaints)
{
    if (delay / FS_DATAPOINTS > period)
        fs_complain(complaints, "delay", "a value is late by at most %d periods", FS_DATAPOINTS);
}

static const struct fs_datapoint *point_at(const struct fs_datapoints *points, int64_t before)
{
    return &points->of[(points->n - 1 - before) % (2 * FS_DATAPOINTS)];
}

double fs_datapoints_last(const struct fs_datapoints *points, int64_t before)
{
    if (before >= points->n || before >= FS_DATAPOINTS) return NAN;
    return point_at(points, before)->value;
}

double fs_datapoints_tasks(const struct fs_datapoints *points)
{
    return point_at(points, 0)->tasks;
}

bool fs_datapoints_over(const struct fs_datapoints *points, int64_t n, double limit)
{
    for (int64_t i = 0; i < n; i++) {
        if (!(fs_datapoints_last(points, i) > limit)) return false;
    }
    return n > 0;
}

bool fs_datapoints_under(const struct fs_datapoints *points, int64_t n, double limit)
{
    for (int64_t i = 0; i < n; i++) {
        if (!(fs_datapoints_last(points, i) < limit)) return false;
    }
    return n > 0;
}
