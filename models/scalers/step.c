/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Step scaling: an alarm at a threshold, and a table that says by how much to change for how far
 * the metric lies beyond it. One policy scales out or in, not both. Distances and changes are
 * written without sign, away from the threshold; a step holds from its nearer bound, included, to
 * the farther one.
 *
 * Rounding of percentages as documented for scaling groups
 * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html): above 1
 * down, between 0 and 1 to 1.
 */
#include "datapoints.h"

#include <math.h>

extern const struct fs_plugin fs_scalers_step;

enum direction { OUT, IN };
static const char *const direction_names[] = {"out", "in", NULL};

enum adjustment { PERCENT, TASKS, EXACT };
static const char *const adjustment_names[] = {"percent", "tasks", "exact", NULL};

struct step {
    double from, to, change;
};

struct params {
    int metric, direction, adjustment;
    double threshold;
    struct fs_list steps; /* of struct step */
    int64_t minimum_change, datapoints;
    fs_time cooldown, period, delay;
};

static fs_time next(void *state, const void *params, fs_time now)
{
    const struct params *p = params;
    (void)state;
    return fs_datapoints_next(now, p->period, p->delay);
}

static const struct step *find_step(const struct params *p, double distance)
{
    const struct step *steps = p->steps.item;
    for (int i = 0; i < p->steps.n; i++) {
        if (distance >= steps[i].from && (distance < steps[i].to || !(steps[i].to > 0)))
            return &steps[i];
    }
    return NULL;
}

/* Tasks to add or take away, of `tasks`. */
static int64_t change_of(const struct params *p, const struct step *step, int64_t tasks)
{
    double change = step->change;
    if (p->adjustment == PERCENT) change *= (double)tasks / 100;
    if (change > 0 && change < 1) change = 1;
    int64_t whole = (int64_t)(change * (1 + 1e-12));
    if (whole > 0 && whole < p->minimum_change) whole = p->minimum_change;
    return whole;
}

/* Out, of the tasks that have come up, healthy or not: those that start are not counted, so nothing
 * is added twice; in, of all that run. */
static int64_t wanted_by(const struct params *p, const struct step *step,
                         const struct fs_scaler_view *view)
{
    if (p->adjustment == EXACT) return (int64_t)step->change;
    if (p->direction == OUT) return view->up + change_of(p, step, view->up);
    const int64_t change = change_of(p, step, view->running);
    return change < view->running ? view->running - change : 0;
}

static bool is_on(const struct params *p, const struct fs_datapoints *points)
{
    for (int64_t i = 0; i < p->datapoints; i++) {
        const double distance = fs_datapoints_last(points, i) - p->threshold;
        if (!(p->direction == OUT ? distance >= 0 : distance <= 0)) return false;
    }
    return true;
}

static void decide(void *state, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision)
{
    const struct params *p = params;
    struct fs_datapoints *points = state;
    if (!fs_datapoints_take(points, view, (enum fs_fleet_metric)p->metric, p->period, p->delay) ||
        !is_on(p, points))
        return;
    const double distance = fabs(fs_datapoints_last(points, 0) - p->threshold);
    const struct step *step = find_step(p, distance);
    if (!step) return;
    const int64_t wanted = wanted_by(p, step, view);
    if (p->direction == OUT)
        decision->wanted = wanted > view->desired ? wanted : FS_KEEP;
    else if (wanted < view->desired && view->since_in >= p->cooldown && !view->deploying)
        decision->wanted = wanted;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    const struct step *steps = p->steps.item;
    fs_datapoints_check(p->period, p->delay, complaints);
    if (p->steps.n == 0) fs_complain(complaints, "steps", "at least one is needed");
    for (int i = 0; i < p->steps.n; i++) {
        if (steps[i].to > 0 && steps[i].to <= steps[i].from)
            fs_complain(complaints, "steps", "one ends at %g, not beyond its start at %g",
                        steps[i].to, steps[i].from);
        if (i > 0 && (!(steps[i - 1].to > 0) || steps[i].from < steps[i - 1].to))
            fs_complain(complaints, "steps", "the one from %g lies within the one before it",
                        steps[i].from);
    }
}

#define STEP(field) .offset = offsetof(struct step, field)

static const struct fs_param step_rows[] = {
    {"from", FS_P_SCALAR, FS_D_NUMBER, STEP(from), "0", 0, 1e12,
     .doc = "Distance from the threshold at which the step begins."},
    {"to", FS_P_SCALAR, FS_D_NUMBER, STEP(to), "", 0, 1e12,
     .doc = "Distance at which it ends; absent: never."},
    {"change", FS_P_SCALAR, FS_D_NUMBER, STEP(change), NULL, 0, 1e6,
     .doc = "By how much: per cent, tasks, or the number that there should be."},
    {.key = NULL}};

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"metric", FS_P_CHOICE, FS_D_COUNT, ROW(metric), "cpu", 0, 0,
     .doc = "What is watched: used per cent of CPU or memory of the tasks that run, requests a "
            "minute per healthy task, or messages of the service's queue per task that runs.",
     .choices = fs_fleet_metric_names},
    {"scale", FS_P_CHOICE, FS_D_COUNT, ROW(direction), NULL, 0, 0,
     .doc = "Out, at or above the threshold, or in, at or below it.", .choices = direction_names},
    {"threshold", FS_P_SCALAR, FS_D_NUMBER, ROW(threshold), NULL, 0, 1e12,
     .doc = "In per cent, requests a minute, or messages."},
    {"steps", FS_P_LIST, FS_D_COUNT, ROW(steps), NULL, 0, 0,
     .doc = "How much to change by for which distance from the threshold.", .rows = step_rows,
     .size = sizeof(struct step)},
    {"adjustment", FS_P_CHOICE, FS_D_COUNT, ROW(adjustment), "percent", 0, 0,
     .doc =
         "What a change is: per cent of the tasks, a number of tasks, or the number that there "
         "should be. Out, tasks that have come up are counted, healthy or not; in, all that run.",
     .choices = adjustment_names},
    {"minimum_change", FS_P_SCALAR, FS_D_COUNT, ROW(minimum_change), "1", 1, 1000000,
     .doc = "Fewest tasks that a change by per cent adds or takes away."},
    {"datapoints", FS_P_SCALAR, FS_D_COUNT, ROW(datapoints), "1", 1, FS_DATAPOINTS,
     .doc = "Values in a row beyond the threshold before it scales."},
    {"cooldown", FS_P_SCALAR, FS_D_TIME, ROW(cooldown), "300s", 0, 86400,
     .doc = "Time between two scale-ins. Out, what still starts is not added again, so there is "
            "no need to wait."},
    {"period", FS_P_SCALAR, FS_D_TIME, ROW(period), "1min", 1, 86400,
     .doc = "Period of the metric's values."},
    {"delay", FS_P_SCALAR, FS_D_TIME, ROW(delay), "0s", 0, 600,
     .doc = "Time from the end of a period until its value can be had, a minute or two with most "
            "providers; at most 64 periods."},
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

const struct fs_plugin fs_scalers_step = {
    "step",
    "Adds or takes away tasks by how far a metric lies beyond a threshold.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
