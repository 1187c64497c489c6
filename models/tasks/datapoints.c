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

static void sums_of(const struct fs_scaler_view *view, enum fs_fleet_metric metric, __int128 *used,
                    __int128 *reserved)
{
    switch (metric) {
    case FS_FLEET_CPU:
        *used = view->cpu_time;
        *reserved = view->running_time * view->cpu;
        return;
    case FS_FLEET_MEMORY:
        *used = view->memory_time;
        *reserved = view->running_time * view->memory;
        return;
    case FS_FLEET_REQUESTS:
        *used = view->requests;
        *reserved = view->healthy_time;
        return;
    case FS_FLEET_BACKLOG: /* of an instant: has no sums */
        return;
    }
}

static double value_of(enum fs_fleet_metric metric, __int128 used, __int128 reserved)
{
    if (reserved == 0) return NAN;
    const double ratio = (double)used / (double)reserved;
    return metric == FS_FLEET_REQUESTS ? ratio * (double)FS_MIN : 100 * ratio;
}

static double tasks_of(const struct fs_scaler_view *view, enum fs_fleet_metric metric,
                       __int128 reserved, fs_time period)
{
    if (metric == FS_FLEET_REQUESTS) return (double)reserved / (double)period;
    return metric == FS_FLEET_BACKLOG && view->running == 0 ? 1 : (double)view->running;
}

static void end_period(struct fs_datapoints *points, const struct fs_scaler_view *view,
                       enum fs_fleet_metric metric, fs_time period)
{
    struct fs_datapoint *point = &points->of[points->n_ended++ % (2 * FS_DATAPOINTS)];
    __int128 used = 0, reserved = 0;
    sums_of(view, metric, &used, &reserved);
    point->tasks = tasks_of(view, metric, reserved - points->reserved, period);
    point->value = metric == FS_FLEET_BACKLOG
                       ? (double)view->backlog / point->tasks
                       : value_of(metric, used - points->used, reserved - points->reserved);
    if (view->blind) point->value = NAN;
    points->used = used;
    points->reserved = reserved;
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
