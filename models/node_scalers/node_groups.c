/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Kubernetes Cluster Autoscaler: every scan interval it packs the pods that wait into nodes of
 * each group that it could enlarge, and enlarges one; when none is needed it looks for nodes that
 * are little used and whose pods fit elsewhere, and removes those that have been so for long.
 *   https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 * Nodes that are coming count as room. Of unneeded nodes, empty ones go together, others one at a
 * time, while none is being drained. A node is unneeded together with those before it: each is
 * tried with the pods of the others moved too. A node that is not ready in time is given up, and
 * its group is not enlarged for a while, longer and longer until a node of it comes in time.
 */
#include "node_scaler.h"

#include "arena.h"
#include "rng.h"

extern const struct fs_plugin fs_node_scalers_node_groups;

enum expander { RANDOM, MOST_PODS, LEAST_WASTE, PRICE };
static const char *const expander_names[] = {"random", "most_pods", "least_waste", "price", NULL};

struct params {
    fs_time scan_interval, unneeded_time, delay_after_add, give_up;
    fs_time max_provision_time, backoff, backoff_max;
    double utilization_threshold;
    int64_t max_empty_bulk_delete, candidates;
    int expander;
    bool scale_down;
    struct fs_dist provisioning;
};

struct state {
    struct fs_packing packing;
    uint64_t key, looks;
    fs_time added; /* last; FS_NEVER: never */
    int64_t *count;
    int shapes;
    struct fs_host **candidate;
    int room;
    struct trouble {
        const struct fs_node_group *group;
        fs_time until, wait; /* not enlarged before; wait 0: none */
    } * trouble;             /* by group */
    int groups;
    bool troubled; /* one of them has been */
};

static fs_time next(void *state, const void *params, fs_time now, bool pod_waits)
{
    const fs_time every = ((const struct params *)params)->scan_interval;
    (void)state;
    (void)pod_waits;
    return now - now % every + every;
}

/* ---- nodes that do not come ----------------------------------------------------------------- */

static struct trouble *trouble_of(struct state *state, const struct fs_node_scaler_view *view,
                                  const struct fs_node_group *group)
{
    if (view->n_groups > state->groups) {
        state->groups = view->n_groups;
        state->trouble =
            fs_arena_alloc(state->packing.arena, (size_t)state->groups * sizeof *state->trouble);
        for (int i = 0; i < view->n_groups; i++)
            state->trouble[i].group = view->group[i];
    }
    struct trouble *trouble = state->trouble;
    while (trouble->group != group)
        trouble++;
    return trouble;
}

static void back_off(struct state *state, struct trouble *trouble, const struct params *p,
                     fs_time now)
{
    state->troubled = true;
    if (now < trouble->until) return; /* for another node of the same request */
    trouble->wait = trouble->wait ? 2 * trouble->wait : p->backoff;
    if (trouble->wait > p->backoff_max) trouble->wait = p->backoff_max;
    trouble->until = now + trouble->wait;
}

/* Given up: those that are late. */
static bool give_up(struct state *state, const struct params *p,
                    const struct fs_node_scaler_view *view, struct fs_node_plan *plan)
{
    for (int i = 0; i < view->n_coming && p->max_provision_time; i++) {
        struct fs_machine *node = view->coming[i];
        if (view->now - node->launched < p->max_provision_time) continue;
        plan->remove[plan->n_remove++] = node;
        back_off(state, trouble_of(state, view, node->group), p, view->now);
    }
    for (int i = 0; i < view->n_nodes && state->troubled; i++) {
        struct trouble *trouble = trouble_of(state, view, view->node[i]->group);
        if (view->node[i]->ready >= trouble->until) trouble->wait = 0;
    }
    return plan->n_remove > 0;
}

/* ---- more ----------------------------------------------------------------------------------- */

struct option {
    struct fs_node_group *group;
    int64_t nodes, pods, price;
    double waste_cpu, waste_memory; /* shares */
};

static struct option try_group(struct state *state, const struct fs_node_scaler_view *view,
                               struct fs_node_group *group)
{
    struct option option = {.group = group};
    fs_node_scaler_pack(view, &state->packing);
    const int before = state->packing.n;
    option.pods =
        fs_packing_open(&state->packing, view->shape, group->each, fs_node_group_room(group));
    option.nodes = state->packing.n - before;
    option.price = option.nodes * group->price;
    double cpu = 0, memory = 0;
    for (int i = before; i < state->packing.n; i++) {
        cpu += (double)state->packing.bin[i].used.cpu;
        memory += (double)state->packing.bin[i].used.memory;
    }
    if (option.nodes == 0) return option;
    option.waste_cpu = 1 - cpu / (double)(option.nodes * group->each.cpu);
    option.waste_memory = 1 - memory / (double)(option.nodes * group->each.memory);
    return option;
}

static bool is_better(const struct option *a, const struct option *b, enum expander expander,
                      double u, int seen)
{
    switch (expander) {
    case RANDOM:
        return u * seen < 1; /* the last of `seen` with 1 / seen */
    case MOST_PODS:
        return a->pods > b->pods;
    case LEAST_WASTE:
        return a->waste_cpu != b->waste_cpu ? a->waste_cpu < b->waste_cpu
                                            : a->waste_memory < b->waste_memory;
    case PRICE:
        return (double)a->price * (double)b->pods < (double)b->price * (double)a->pods;
    }
    return false;
}

static bool grow(struct state *state, const struct params *p,
                 const struct fs_node_scaler_view *view, struct fs_node_plan *plan)
{
    struct option best = {.group = NULL};
    int best_index = -1, seen = 0;
    fs_node_scaler_pack(view, &state->packing);
    if (fs_packing_left(&state->packing) == 0) return false;
    state->looks++;
    for (int i = 0; i < view->n_groups; i++) {
        if (view->now < trouble_of(state, view, view->group[i])->until) continue;
        const struct option option = try_group(state, view, view->group[i]);
        if (option.pods == 0 || option.nodes == 0) continue;
        const double u = fs_to_uniform(fs_key_at(state->key, state->looks, (uint64_t)i));
        seen++;
        if (best_index >= 0 && !is_better(&option, &best, (enum expander)p->expander, u, seen))
            continue;
        best = option;
        best_index = i;
    }
    if (best_index < 0) return false;
    plan->add[best_index] = best.nodes;
    state->added = view->now;
    return true;
}

/* ---- fewer ---------------------------------------------------------------------------------- */

static double utilization(const struct fs_host *host)
{
    const double cpu = (double)host->used.cpu / (double)host->total.cpu;
    const double memory =
        host->total.memory ? (double)host->used.memory / (double)host->total.memory : 0;
    return cpu > memory ? cpu : memory;
}

static void make_room(struct state *state, const struct fs_node_scaler_view *view)
{
    struct fs_arena *arena = state->packing.arena;
    if (view->n_shapes > state->shapes) {
        state->shapes = 2 * view->n_shapes;
        state->count = fs_arena_alloc(arena, (size_t)state->shapes * sizeof *state->count);
    }
    if (view->n_nodes > state->room) {
        state->room = 2 * view->n_nodes;
        state->candidate = fs_arena_alloc(arena, (size_t)state->room * sizeof *state->candidate);
    }
}

/* Mark since when each node is unneeded; 0: it is needed, as are all of a group at its minimum, for
 * they are no candidates (pre_filtering_processor.go). Marks are stored plus one. */
static void mark_unneeded(struct state *state, const struct params *p,
                          const struct fs_node_scaler_view *view)
{
    int n = 0, occupied = 0;
    for (int i = 0; i < view->n_nodes; i++) {
        struct fs_machine *node = view->node[i];
        const bool stays = node->group->removable <= 0;
        bool unneeded = !stays && node->host.used.pods == 0;
        state->candidate[n] = &node->host;
        if (!stays && !unneeded && occupied < p->candidates &&
            utilization(&node->host) < p->utilization_threshold) {
            unneeded = fs_placement_left_over(&view->nodes->placement, state->candidate, n + 1,
                                              state->count) == 0;
            occupied += unneeded;
        }
        n += unneeded;
        if (!unneeded)
            node->mark = 0;
        else if (node->mark == 0)
            node->mark = view->now + 1;
    }
}

static void shrink(struct state *state, const struct params *p,
                   const struct fs_node_scaler_view *view, struct fs_node_plan *plan)
{
    make_room(state, view);
    mark_unneeded(state, p, view);
    if (state->added != FS_NEVER && view->now - state->added < p->delay_after_add) return;
    int64_t empty = 0;
    bool drains = view->leaving > 0;
    for (int i = 0; i < view->n_nodes; i++) {
        struct fs_machine *node = view->node[i];
        if (node->mark == 0 || view->now - (node->mark - 1) < p->unneeded_time) continue;
        if (node->host.used.pods == 0 && empty < p->max_empty_bulk_delete)
            empty += fs_node_plan_remove(plan, node);
        else if (node->host.used.pods > 0 && !drains && fs_nodes_spared(node))
            drains = fs_node_plan_remove(plan, node);
    }
}

static void plan_nodes(void *self, const void *params, const struct fs_node_scaler_view *view,
                       struct fs_node_plan *plan)
{
    const struct params *p = params;
    if (give_up(self, p, view, plan)) return;
    if (!grow(self, p, view, plan) && p->scale_down) shrink(self, p, view, plan);
}

static void start(void *self, const void *params, uint64_t key, struct fs_arena *arena)
{
    struct state *state = self;
    (void)params;
    state->packing.arena = arena;
    state->key = key;
    state->added = FS_NEVER;
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"scan_interval", FS_P_SCALAR, FS_D_TIME, ROW(scan_interval), "10s", 1e-3, 86400,
     .doc = "How often it looks."},
    {"expander", FS_P_CHOICE, FS_D_COUNT, ROW(expander), "random", 0, 0,
     .doc = "Which of several groups is enlarged: any, the one that takes the most of the pods "
            "that wait, that leaves the least CPU (then memory) idle, or the cheapest for a pod.",
     .choices = expander_names},
    {"scale_down", FS_P_BOOL, FS_D_COUNT, ROW(scale_down), "true", 0, 0,
     .doc = "Are nodes removed?"},
    {"utilization_threshold", FS_P_SCALAR, FS_D_FRACTION, ROW(utilization_threshold), "50%", 0, 1,
     .doc = "A node is a candidate for removal when less of its CPU and of its memory is asked "
            "for."},
    {"unneeded_time", FS_P_SCALAR, FS_D_TIME, ROW(unneeded_time), "10min", 0, 1e6,
     .doc = "It is removed when it has been unneeded for so long."},
    {"delay_after_add", FS_P_SCALAR, FS_D_TIME, ROW(delay_after_add), "10min", 0, 1e6,
     .doc = "None is removed for so long after some were added."},
    {"max_empty_bulk_delete", FS_P_SCALAR, FS_D_COUNT, ROW(max_empty_bulk_delete), "10", 1, 10000,
     .doc = "Empty nodes that are removed at one look; of others it is one."},
    {"candidates", FS_P_SCALAR, FS_D_COUNT, ROW(candidates), "30", 1, 10000,
     .doc = "Nodes with pods that may be unneeded at once."},
    {"give_up", FS_P_SCALAR, FS_D_TIME, ROW(give_up), "2min", 0, 1e6,
     .doc = "A node is kept after all when its pods cannot be spared for so long; 0: never."},
    {"max_provision_time", FS_P_SCALAR, FS_D_TIME, ROW(max_provision_time), "15min", 0, 1e6,
     .doc = "A node that is not ready so long after it was asked for is given up; 0: never."},
    {"backoff", FS_P_SCALAR, FS_D_TIME, ROW(backoff), "5min", 1e-3, 1e6,
     .doc = "How long its group is not enlarged then, doubled each time until one comes."},
    {"backoff_max", FS_P_SCALAR, FS_D_TIME, ROW(backoff_max), "30min", 1e-3, 1e6,
     .doc = "Longest such wait."},
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

const struct fs_plugin fs_node_scalers_node_groups = {
    "node_groups",
    "Looks at intervals: enlarges one group for pods that wait, removes nodes that are little "
    "used for long.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
