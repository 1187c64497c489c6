/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capacity provider: target tracking of how much of the first group is reserved. Every minute it
 * computes M, the nodes that the tasks need, those that have tasks and as many as the waiting ones
 * fill, and N, the nodes that there are or will be; the metric is 100 M / N, 100 when both are 0,
 * and 200 when there are tasks and no node, so that from zero it always begins with two.
 *   https://aws.amazon.com/blogs/containers/deep-dive-on-amazon-ecs-cluster-auto-scaling/
 * Above the target it asks for ceil(N x metric / target) nodes, within the bounds of a step, and
 * then waits for them to warm up; below it for as long as an alarm needs, it gives back nodes that
 * have no tasks, never others.
 */
#include "node_scaler.h"

#include <math.h>

extern const struct fs_plugin fs_node_scalers_reservation;

struct params {
    double target;
    int64_t step_min, step_max, in_datapoints;
    fs_time period, warm_up, give_up;
    struct fs_dist provisioning;
};

struct state {
    struct fs_packing packing;
    fs_time warm_at;
    int64_t below; /* values in a row under the target */
};

static fs_time next(void *state, const void *params, fs_time now, bool pod_waits)
{
    const fs_time every = ((const struct params *)params)->period;
    (void)state;
    (void)pod_waits;
    return now - now % every + every;
}

static int64_t needed(struct state *state, const struct fs_node_scaler_view *view)
{
    int64_t n = 0;
    for (int i = 0; i < view->n_nodes; i++)
        n += view->node[i]->host.used.pods > 0;
    fs_packing_new(&state->packing, view->shape, view->n_shapes);
    fs_packing_open(&state->packing, view->shape, view->group[0]->each, 1000000);
    return n + state->packing.n;
}

static int64_t awaited(const struct fs_node_scaler_view *view)
{
    int64_t n = 0;
    for (int g = 0; g < view->n_groups; g++)
        n += view->group[g]->awaited;
    return n;
}

static double metric_of(int64_t needed, int64_t there)
{
    if (there == 0) return needed ? 200 : 100;
    return 100 * (double)needed / (double)there;
}

/* ceil(there x metric / target); from zero as if one were there. */
static int64_t wanted_by(const struct params *p, double metric, int64_t there)
{
    const double exact = (double)(there ? there : 1) * metric / (100 * p->target);
    return (int64_t)ceil(exact * (1 - 1e-12));
}

static int64_t within(int64_t n, int64_t low, int64_t high)
{
    return n < low ? low : n > high ? high : n;
}

static void give_back(const struct fs_node_scaler_view *view, int64_t n, struct fs_node_plan *plan)
{
    for (int i = view->n_nodes - 1; i >= 0 && plan->n_remove < n; i--) {
        if (view->node[i]->host.used.pods == 0) fs_node_plan_remove(plan, view->node[i]);
    }
}

static void plan_nodes(void *self, const void *params, const struct fs_node_scaler_view *view,
                       struct fs_node_plan *plan)
{
    const struct params *p = params;
    struct state *state = self;
    if (view->n_groups == 0) return;
    const int64_t there = view->n_nodes + view->n_coming + awaited(view);
    const double metric = metric_of(needed(state, view), there);
    const int64_t wanted = wanted_by(p, metric, there);
    state->below = metric < 100 * p->target ? state->below + 1 : 0;
    if (view->now < state->warm_at) return;
    if (metric > 100 * p->target && wanted > there) {
        plan->add[0] = within(wanted - there, p->step_min, p->step_max);
        state->warm_at = view->now + p->warm_up;
    } else if (state->below >= p->in_datapoints && wanted < there) {
        give_back(view, within(there - wanted, p->step_min, p->step_max), plan);
        state->below = 0;
    }
}

static void start(void *self, const void *params, uint64_t key, struct fs_arena *arena)
{
    (void)params;
    (void)key;
    ((struct state *)self)->packing.arena = arena;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (!(p->target > 0))
        fs_complain(complaints, "target", "0%% would ask for nodes without end; at least 1%%");
    else if (p->target > 1)
        fs_complain(complaints, "target", "%g%% would leave tasks waiting; at most 100%%",
                    100 * p->target);
    if (p->step_min > p->step_max)
        fs_complain(complaints, "step_min", "%lld is over step_max, %lld", (long long)p->step_min,
                    (long long)p->step_max);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"target", FS_P_SCALAR, FS_D_FRACTION, ROW(target), "100%", 0, 1000,
     .doc = "Share of the nodes that is to be needed; less keeps some spare."},
    {"step_min", FS_P_SCALAR, FS_D_COUNT, ROW(step_min), "1", 1, 10000,
     .doc = "Fewest nodes that are added or given back at once."},
    {"step_max", FS_P_SCALAR, FS_D_COUNT, ROW(step_max), "10000", 1, 10000,
     .doc = "Most nodes that are added or given back at once."},
    {"in_datapoints", FS_P_SCALAR, FS_D_COUNT, ROW(in_datapoints), "15", 1, 1000,
     .doc = "Values in a row below the target before nodes are given back."},
    {"period", FS_P_SCALAR, FS_D_TIME, ROW(period), "1min", 1, 86400, .doc = "How often it looks."},
    {"warm_up", FS_P_SCALAR, FS_D_TIME, ROW(warm_up), "300s", 0, 86400,
     .doc = "Nothing is decided for so long after nodes were added."},
    {"give_up", FS_P_SCALAR, FS_D_TIME, ROW(give_up), "2min", 0, 1e6,
     .doc = "A node is kept after all when tasks that it has got meanwhile cannot be spared for so "
            "long; 0: never."},
    {"provisioning", FS_P_DIST, FS_D_TIME, ROW(provisioning), NULL, 0, 0,
     .doc = "From the decision to a node that is ready."},
    {.key = NULL}};

static const struct fs_node_scaler_type type = {.next = next,
                                                .plan = plan_nodes,
                                                .provisioning =
                                                    offsetof(struct params, provisioning),
                                                .give_up = offsetof(struct params, give_up),
                                                .groups_replace = true,
                                                .size = sizeof(struct state),
                                                .start = start};

const struct fs_plugin fs_node_scalers_reservation = {
    "reservation",
    "Keeps the share of nodes that tasks need near a target, by steps with a warm-up.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
