/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Horizontal Pod Autoscaler: hpa.h's arithmetic on what the metrics server shows.
 *
 * Metrics lag. The metrics server scrapes at every whole metric_resolution; what it gets of a pod
 * is its node's reading, which is sample_age old by then, and it shows the rate between that and
 * the reading before. So the fleet is looked at sample_age before each scrape, and that look counts
 * from the scrape on. A pod that started since the look before is measured from its start; one that
 * started after the look is missing. Memory is the reading itself.
 *
 * Metrics that are not a resource are the service's totals over the same window, shared among the
 * pods that count, as an adapter of a monitoring system gives them.
 *
 * Keys of `behavior` are those of the autoscaling/v2 API, so a manifest's can be pasted.
 */
#include "hpa.h"

#include "arena.h"
#include "behavior.h"
#include "component.h"
#include "scaler.h"
#include "sim.h"

#include <stdio.h>
#include <string.h>

extern const struct fs_plugin fs_scalers_hpa;

enum metric { CPU, MEMORY, REQUESTS_PER_SECOND, IN_FLIGHT };
static const char *const metric_names[] = {"cpu", "memory", "requests_per_second", "in_flight",
                                           NULL};

struct metric_params {
    int metric;
    int64_t utilization; /* 0: not said */
    double average;      /* 0: not said */
};

struct params {
    struct fs_list metrics; /* of struct metric_params */
    struct fs_behavior behavior;
    fs_time sync_period, cpu_initialization_period, initial_readiness_delay;
    fs_time metric_resolution, sample_age;
};

/* What was read of the fleet at one look. */
struct look {
    fs_time at;
    int64_t requests;
    __int128 in_flight_time;
    int n, room;
    struct reading {
        uint64_t number;
        fs_time cpu;
    } * task;
};

struct sample {
    uint64_t number;
    fs_time at, window;
    int64_t cpu, memory; /* thousandths of a vCPU, of a MiB */
};

struct state {
    struct fs_arena *arena;
    struct fs_hpa_memory memory;
    struct look last;
    /* by number of the task: shown now; shown from the next scrape on */
    struct shown {
        fs_time from;                /* of the scrape; FS_NEVER: nothing */
        int64_t requests, in_flight; /* thousandths a second; thousandths */
        struct sample *sample;
        int n, room;
    } now, next;
    int64_t *wanted; /* by metric */
};

/* ---- looks ---------------------------------------------------------------------------------- */

static fs_time next_multiple(fs_time after, fs_time every)
{
    return after - after % every + every;
}

/* A whole period, `early` before it. */
static fs_time next_look(const struct params *p, fs_time now)
{
    return next_multiple(now + p->sample_age, p->metric_resolution) - p->sample_age;
}

static fs_time next(void *state, const void *params, fs_time now)
{
    const struct params *p = params;
    (void)state;
    if (now < 0) return 0;
    const fs_time sync = next_multiple(now, p->sync_period), look = next_look(p, now);
    return sync < look ? sync : look;
}

static bool is_look(const struct params *p, fs_time now)
{
    return (now + p->sample_age) % p->metric_resolution == 0;
}

static bool is_up(const struct fs_task_view *task)
{
    return task->state >= FS_TASK_STARTING && task->state <= FS_TASK_UNHEALTHY;
}

static void make_room(struct state *state, int n)
{
    if (n <= state->last.room) return;
    const int room = 2 * n;
    struct reading *task = fs_arena_alloc(state->arena, (size_t)room * sizeof *task);
    if (state->last.n) memcpy(task, state->last.task, (size_t)state->last.n * sizeof *task);
    state->last.task = task;
    state->last.room = room;
}

static void make_room_for_samples(struct state *state, struct shown *shown, int n)
{
    if (n <= shown->room) return;
    shown->room = 2 * n;
    shown->sample = fs_arena_alloc(state->arena, (size_t)shown->room * sizeof *shown->sample);
}

static void measure(struct state *state, const struct fs_task_view *task, fs_time now,
                    const struct reading *before)
{
    const fs_time from = before ? state->last.at : task->started;
    const fs_time window = now - from;
    if (window <= 0) return;
    const fs_time used = task->cpu - (before ? before->cpu : 0);
    state->next.sample[state->next.n++] =
        (struct sample){.number = task->number,
                        .at = now,
                        .window = window,
                        .cpu = (int64_t)((__int128)used * 1000 / window),
                        .memory = task->memory * 1000};
}

/* Tasks come in the order of their numbers, in both looks. */
static void measure_tasks(struct state *state, const struct fs_scaler_view *view)
{
    int k = 0;
    for (int i = 0; i < view->n_tasks; i++) {
        const struct fs_task_view *task = &view->task[i];
        if (!is_up(task)) continue;
        while (k < state->last.n && state->last.task[k].number < task->number)
            k++;
        const bool known = k < state->last.n && state->last.task[k].number == task->number &&
                           task->started <= state->last.at;
        measure(state, task, view->now, known ? &state->last.task[k] : NULL);
    }
}

static void keep_readings(struct state *state, const struct fs_scaler_view *view)
{
    struct look *last = &state->last;
    make_room(state, view->n_tasks);
    last->n = 0;
    for (int i = 0; i < view->n_tasks; i++) {
        if (is_up(&view->task[i]))
            last->task[last->n++] = (struct reading){view->task[i].number, view->task[i].cpu};
    }
    last->at = view->now;
    last->requests = view->requests;
    last->in_flight_time = view->in_flight_time;
}

static void look(struct state *state, const struct params *p, const struct fs_scaler_view *view)
{
    const struct look *last = &state->last;
    struct shown *shown = &state->next;
    make_room_for_samples(state, shown, view->n_tasks);
    shown->n = 0;
    shown->from = view->now + p->sample_age;
    measure_tasks(state, view);
    const fs_time window = view->now - last->at;
    if (window > 0) {
        shown->requests =
            (int64_t)((__int128)(view->requests - last->requests) * 1000 * FS_S / window);
        shown->in_flight = (int64_t)((view->in_flight_time - last->in_flight_time) * 1000 / window);
    }
    keep_readings(state, view);
}

static void show(struct state *state, fs_time now)
{
    if (state->next.from > now) return;
    const struct shown was = state->now;
    state->now = state->next;
    state->next = was;
    state->next.from = FS_NEVER;
}

/* ---- decisions ------------------------------------------------------------------------------ */

static struct fs_hpa_pod pod_of(const struct fs_task_view *task, const struct sample *sample)
{
    struct fs_hpa_pod pod = {.gone = task->state >= FS_TASK_DRAINING,
                             .pending = task->state < FS_TASK_STARTING,
                             .ready = task->state == FS_TASK_HEALTHY,
                             .measured = sample != NULL,
                             .started = task->started,
                             .turned = task->changed == FS_NEVER ? task->started : task->changed};
    if (sample) {
        pod.measured_at = sample->at;
        pod.window = sample->window;
    }
    return pod;
}

static void count(struct fs_hpa_reading *r, enum fs_hpa_group group, int64_t usage, int64_t request)
{
    switch (group) {
    case FS_HPA_DROPPED:
        break;
    case FS_HPA_IGNORED:
        r->ignored++;
        r->request_ignored += request;
        break;
    case FS_HPA_MISSING:
        r->missing++;
        r->request_missing += request;
        break;
    case FS_HPA_COUNTED:
        r->counted++;
        r->request_counted += request;
        r->usage += usage;
        break;
    }
}

static struct fs_hpa_reading read_metric(const struct state *state, const struct params *p,
                                         const struct fs_scaler_view *view, enum metric metric)
{
    const struct fs_hpa_timing timing = {p->cpu_initialization_period, p->initial_readiness_delay};
    const int64_t request = metric == CPU ? view->cpu : view->memory * 1000;
    struct fs_hpa_reading r = {.counted = 0};
    int k = 0;
    for (int i = 0; i < view->n_tasks; i++) {
        const struct fs_task_view *task = &view->task[i];
        while (k < state->now.n && state->now.sample[k].number < task->number)
            k++;
        const bool known = k < state->now.n && state->now.sample[k].number == task->number;
        const struct sample *sample = known ? &state->now.sample[k] : NULL;
        const struct fs_hpa_pod pod = pod_of(task, sample);
        const int64_t usage = !sample ? 0 : metric == CPU ? sample->cpu : sample->memory;
        count(&r, fs_hpa_classify(&pod, &timing, metric == CPU, view->now), usage, request);
    }
    if (metric == REQUESTS_PER_SECOND) r.usage = state->now.requests;
    if (metric == IN_FLIGHT) r.usage = state->now.in_flight;
    return r;
}

static int64_t wanted_by(const struct state *state, const struct params *p,
                         const struct fs_scaler_view *view, const struct metric_params *m)
{
    const struct fs_hpa_tolerance tolerance = fs_behavior_tolerance(&p->behavior);
    if (state->now.from == FS_NEVER || view->blind) return FS_HPA_UNKNOWN;
    const struct fs_hpa_reading r = read_metric(state, p, view, (enum metric)m->metric);
    if (m->utilization) return fs_hpa_of_utilization(&r, view->desired, m->utilization, tolerance);
    const int64_t target = (int64_t)(m->average * 1000 + 0.5);
    return fs_hpa_of_average(&r, view->desired, target, tolerance);
}

static int64_t sync(struct state *state, const struct params *p, const struct fs_scaler_view *view)
{
    const struct metric_params *m = p->metrics.item;
    fs_hpa_see(&state->memory, view->now, view->desired);
    if (view->desired == 0) return FS_ABSTAIN; /* switched off */
    for (int i = 0; i < p->metrics.n; i++)
        state->wanted[i] = wanted_by(state, p, view, &m[i]);
    const int64_t wanted = fs_hpa_combine(state->wanted, p->metrics.n, view->desired);
    if (wanted == FS_HPA_UNKNOWN) return FS_KEEP;
    return fs_hpa_follow(&state->memory, view->now, view->desired, wanted, view->minimum,
                         view->maximum);
}

static void decide(void *self, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision)
{
    struct state *state = self;
    const struct params *p = params;
    show(state, view->now);
    decision->wanted = FS_KEEP;
    if (is_look(p, view->now) || view->now == 0) look(state, p, view);
    show(state, view->now); /* a reading without age */
    if (view->now % p->sync_period == 0) decision->wanted = sync(state, p, view);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start(void *self, const void *params, struct fs_component *service)
{
    struct state *state = self;
    const struct params *p = params;
    state->arena = fs_sim_arena(service->sim);
    fs_behavior_start(&p->behavior, &state->memory, state->arena);
    state->now.from = state->next.from = FS_NEVER;
    state->wanted =
        fs_arena_alloc(state->arena, (size_t)(p->metrics.n + 1) * sizeof *state->wanted);
}

/* ---- what rows cannot say ------------------------------------------------------------------- */

static void check_metric(const struct metric_params *m, int i, struct fs_complaints *complaints)
{
    char key[60];
    snprintf(key, sizeof key, "metrics.%d", i);
    const bool resource = m->metric == CPU || m->metric == MEMORY;
    if ((m->utilization > 0) == (m->average > 0))
        fs_complain(complaints, key, "needs a target: %s",
                    resource ? "either averageUtilization, in per cent of the request, or "
                               "averageValue"
                             : "averageValue, for each pod");
    else if (m->utilization && !resource)
        fs_complain(complaints, key, "'%s' is requested by nobody: averageValue, for each pod",
                    metric_names[m->metric]);
    else if (m->utilization > 100 && resource)
        fs_complain(complaints, key,
                    "a task uses no more than it requests here, so %lld %% is never reached; at "
                    "most 100",
                    (long long)m->utilization);
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    const struct metric_params *m = p->metrics.item;
    if (p->metrics.n == 0) fs_complain(complaints, "metrics", "needs at least one metric");
    for (int i = 0; i < p->metrics.n; i++)
        check_metric(&m[i], i, complaints);
    if (p->sample_age > p->metric_resolution)
        fs_complain(complaints, "sample_age", "must not be longer than the metric_resolution");
    fs_behavior_check(&p->behavior, complaints);
}

/* ---- tables --------------------------------------------------------------------------------- */

static const struct fs_param metric_rows[] = {
    {"name", FS_P_CHOICE, FS_D_COUNT, offsetof(struct metric_params, metric), NULL, 0, 0,
     .doc = "What is measured of each pod; requests are those that came to it, and those it works "
            "on.",
     .choices = metric_names},
    {"averageUtilization", FS_P_SCALAR, FS_D_COUNT, offsetof(struct metric_params, utilization), "",
     1, 1000000, .doc = "Target in per cent of what pods request."},
    {"averageValue", FS_P_SCALAR, FS_D_NUMBER, offsetof(struct metric_params, average), "", 1e-3,
     1e12, .doc = "Target for each pod: vCPUs, MiB, requests a second, requests."},
    {.key = NULL}};

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"metrics", FS_P_LIST, FS_D_COUNT, ROW(metrics), "[{name: cpu, averageUtilization: 80}]", 0, 0,
     .doc = "What is measured, with its target; the metric that wants most pods wins.",
     .rows = metric_rows, .size = sizeof(struct metric_params)},
    {"behavior", FS_P_GROUP, FS_D_COUNT, ROW(behavior), "{}", 0, 0,
     .doc = "How fast the number of pods follows.", .rows = fs_behavior_rows},
    {"sync_period", FS_P_SCALAR, FS_D_TIME, ROW(sync_period), "15s", 1e-3, 3600,
     .doc = "How often it decides."},
    {"cpu_initialization_period", FS_P_SCALAR, FS_D_TIME, ROW(cpu_initialization_period), "5min", 0,
     1e6,
     .doc = "After a pod's start its CPU is looked at only while it is ready and from the first "
            "whole sample on."},
    {"initial_readiness_delay", FS_P_SCALAR, FS_D_TIME, ROW(initial_readiness_delay), "30s", 0, 1e6,
     .doc = "A pod that is unready since so soon after its start has never been ready."},
    {"metric_resolution", FS_P_SCALAR, FS_D_TIME, ROW(metric_resolution), "15s", 1e-3, 3600,
     .doc = "How often metrics are gathered, and the window of a rate."},
    {"sample_age", FS_P_SCALAR, FS_D_TIME, ROW(sample_age), "15s", 0, 3600,
     .doc = "How old a node's reading is when it is gathered."},
    {.key = NULL}};

static bool of_memory(const void *params)
{
    const struct params *p = params;
    const struct metric_params *m = p->metrics.item;
    for (int i = 0; i < p->metrics.n; i++) {
        if (m[i].metric == MEMORY && m[i].utilization) return true;
    }
    return false;
}

static const struct fs_scaler_type type = {.next = next,
                                           .decide = decide,
                                           .size = sizeof(struct state),
                                           .start = start,
                                           .sees_tasks = true,
                                           .of_memory = of_memory};

const struct fs_plugin fs_scalers_hpa = {
    "hpa",
    "Follows pods' metrics as the Horizontal Pod Autoscaler does.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
