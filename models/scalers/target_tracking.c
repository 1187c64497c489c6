/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Target tracking: keep a metric near a target. Two alarms watch the metric's values, one above
 * the target and quick, one below it and slow; while one is on, each new value asks for the number
 * of tasks with which the same load would meet the target. Providers describe the alarms and the
 * proportion but not the rounding; up is assumed, which never leaves too few. Nor do they say how
 * much "more gradually" they scale in; here it is by the same proportion.
 *
 * The proportion is taken of the tasks that the value is the mean of (datapoints.h), so what an
 * earlier decision has added and what still starts is not added twice, and what comes and goes
 * within a period changes nothing: their product is the load. A metric with a bound (100 % CPU)
 * bounds the step: a target of 90 % grows by a ninth at a time, however great the load.
 */
#include "datapoints.h"

#include <math.h>

extern const struct fs_plugin fs_scalers_target_tracking;

struct params {
    int metric;
    double target, requests, messages;
    int64_t out_datapoints, in_datapoints;
    double in_factor;
    fs_time out_cooldown, in_cooldown, period, delay;
    bool scale_in;
};

static double target_of(const struct params *p)
{
    if (p->metric == FS_FLEET_REQUESTS) return p->requests * 60;
    return p->metric == FS_FLEET_BACKLOG ? p->messages : 100 * p->target;
}

static fs_time next(void *state, const void *params, fs_time now)
{
    const struct params *p = params;
    (void)state;
    return fs_datapoints_next(now, p->period, p->delay);
}

/* ceil(tasks x metric / target); a quotient that is whole but for rounding is whole. */
static int64_t in_proportion(const struct params *p, const struct fs_datapoints *points)
{
    const double exact = fs_datapoints_tasks(points) * fs_datapoints_last(points, 0) / target_of(p);
    return (int64_t)ceil(exact * (1 - 1e-12));
}

/* A scale-out ends the wait after a scale-in. */
static bool cools_down(const struct params *p, const struct fs_scaler_view *view)
{
    return view->since_out < p->out_cooldown ||
           (view->since_in < p->in_cooldown && view->since_in < view->since_out);
}

/* During its cooldown a scale-out is only exceeded by a greater one, and so it is afterwards: what
 * counts is that the number is above what is desired already. */
static void decide(void *state, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision)
{
    const struct params *p = params;
    struct fs_datapoints *points = state;
    decision->wanted = p->scale_in ? FS_KEEP : FS_ABSTAIN;
    if (!fs_datapoints_take(points, view, (enum fs_fleet_metric)p->metric, p->period, p->delay))
        return;
    const bool over = fs_datapoints_over(points, p->out_datapoints, target_of(p));
    if (!over && !fs_datapoints_under(points, p->in_datapoints, p->in_factor * target_of(p)))
        return;
    const int64_t wanted = in_proportion(p, points);
    if (over)
        decision->wanted = wanted > view->desired ? wanted : FS_KEEP;
    else if (p->scale_in && wanted < view->desired && !view->deploying && !cools_down(p, view))
        decision->wanted = wanted;
}

/* Each metric has a key of its own for the target. */
static void check_key(const struct params *p, double value, const char *key, int metric,
                      const char *example, struct fs_complaints *complaints)
{
    if (p->metric == metric && !(value > 0))
        fs_complain(complaints, key, "how many %s a task is to get must be said, such as %s", key,
                    example);
    if (p->metric != metric && value > 0)
        fs_complain(complaints, key, "is for %s; say '%s'", fs_fleet_metric_names[metric],
                    p->metric == FS_FLEET_REQUESTS  ? "requests"
                    : p->metric == FS_FLEET_BACKLOG ? "messages"
                                                    : "target");
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    fs_datapoints_check(p->period, p->delay, complaints);
    check_key(p, p->requests, "requests", FS_FLEET_REQUESTS, "600/min", complaints);
    check_key(p, p->messages, "messages", FS_FLEET_BACKLOG, "100", complaints);
    if (p->metric == FS_FLEET_REQUESTS || p->metric == FS_FLEET_BACKLOG) {
        if (p->target > 0)
            fs_complain(complaints, "target", "is for cpu and memory; say '%s'",
                        p->metric == FS_FLEET_REQUESTS ? "requests" : "messages");
        return;
    }
    if (!(p->target > 0))
        fs_complain(complaints, "target", "0%% would ask for tasks without end; at least 1%%");
    else if (p->target > 1)
        fs_complain(complaints, "target", "%g%% is never passed; at most 100%%", 100 * p->target);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"metric", FS_P_CHOICE, FS_D_COUNT, ROW(metric), "cpu", 0, 0,
     .doc = "What is watched: used share of the CPU or memory of the tasks that run, requests per "
            "healthy task, or messages of the service's queue per task that runs.",
     .choices = fs_fleet_metric_names},
    {"target", FS_P_SCALAR, FS_D_FRACTION, ROW(target), "", 0, 1000,
     .doc = "Share of CPU or memory that is aimed at."},
    {"requests", FS_P_SCALAR, FS_D_RATE, ROW(requests), "", 0, 1e9,
     .doc = "Requests per task that are aimed at."},
    {"messages", FS_P_SCALAR, FS_D_NUMBER, ROW(messages), "", 0, 1e12,
     .doc = "Messages that wait per task that are aimed at: the longest wait that is acceptable, "
            "divided by the time that one takes."},
    {"out_datapoints", FS_P_SCALAR, FS_D_COUNT, ROW(out_datapoints), "3", 1, FS_DATAPOINTS,
     .doc = "Values in a row above the target before it scales out."},
    {"in_datapoints", FS_P_SCALAR, FS_D_COUNT, ROW(in_datapoints), "15", 1, FS_DATAPOINTS,
     .doc = "Values in a row below the lower threshold before it scales in."},
    {"in_factor", FS_P_SCALAR, FS_D_FRACTION, ROW(in_factor), "90%", 0, 1,
     .doc = "Lower threshold as a share of the target."},
    {"out_cooldown", FS_P_SCALAR, FS_D_TIME, ROW(out_cooldown), "300s", 0, 86400,
     .doc = "After a scale-out nothing is scaled in for so long; a greater need still scales out."},
    {"in_cooldown", FS_P_SCALAR, FS_D_TIME, ROW(in_cooldown), "300s", 0, 86400,
     .doc = "Time between two scale-ins."},
    {"period", FS_P_SCALAR, FS_D_TIME, ROW(period), "1min", 1, 86400,
     .doc = "Period of the metric's values."},
    {"delay", FS_P_SCALAR, FS_D_TIME, ROW(delay), "0s", 0, 600,
     .doc = "Time from the end of a period until its value can be had, a minute or two with most "
            "providers; at most 64 periods."},
    {"scale_in", FS_P_BOOL, FS_D_COUNT, ROW(scale_in), "true", 0, 0,
     .doc = "Whether it scales in, too; one that does not does not hinder others."},
    {.key = NULL}};

static bool of_memory(const void *params)
{
    return ((const struct params *)params)->metric == FS_FLEET_MEMORY;
}

static bool of_backlog(const void *params)
{
    return ((const struct params *)params)->metric == FS_FLEET_BACKLOG;
}

static const struct fs_scaler_type type = {.next = next,
                                           .decide = decide,
                                           .size = sizeof(struct fs_datapoints),
                                           .of_memory = of_memory,
                                           .of_backlog = of_backlog};

const struct fs_plugin fs_scalers_target_tracking = {
    "target_tracking",
    "Keeps CPU, memory, requests or messages per task near a target, by alarms over a metric's "
    "values.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
