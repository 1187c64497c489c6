/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Karpenter: pods that wait are gathered into a batch, packed into nodes of no fixed size, and each
 * node then becomes the cheapest instance type that holds it. Nodes go when they are empty, when
 * the pods of some fit on the others and on at most one cheaper new one, and when they expire.
 *   https://karpenter.sh/docs/concepts/disruption/, https://karpenter.sh/docs/reference/settings/
 *
 * A batch ends when no pod has come for batch_idle, at the latest batch_max after its first. What
 * consolidation finds is acted upon only if it is found again after `validation`. Its candidates
 * are sorted by their pods; of several nodes at once the longest prefix that can be consolidated
 * is sought by halving, as there. Spot nodes are removed, but not replaced by other spot nodes.
 */
#include "node_scaler.h"

#include "arena.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const struct fs_plugin fs_node_scalers_node_pool;

enum policy { NEVER, WHEN_EMPTY, WHEN_EMPTY_OR_UNDERUTILIZED };
static const char *const policy_names[] = {"never", "when_empty", "when_empty_or_underutilized",
                                           NULL};

#define MULTI_NODE 100 /* nodes that one consolidation may remove */

struct params {
    fs_time batch_idle, batch_max, consolidate_after, expire_after, poll, validation, give_up;
    int policy;
    double budget, memory_overhead;
    struct fs_dist provisioning;
};

struct state {
    struct fs_packing packing;
    fs_time batch_from, batch_due; /* FS_NEVER: there is none */
    fs_time validate_at;           /* FS_NEVER: nothing was found */
    struct fs_machine **candidate;
    struct fs_host **host;
    int room;
    int64_t *count;
    int shapes;
};

static fs_time next(void *self, const void *params, fs_time now, bool pod_waits)
{
    struct state *state = self;
    const struct params *p = params;
    if (pod_waits) {
        if (state->batch_from == FS_NEVER) state->batch_from = now;
        const fs_time idle = now + p->batch_idle, most = state->batch_from + p->batch_max;
        state->batch_due = idle < most ? idle : most;
    }
    fs_time due = now - now % p->poll + p->poll;
    if (state->validate_at < due && state->validate_at > now) due = state->validate_at;
    return state->batch_due < due ? state->batch_due : due;
}

/* ---- more ----------------------------------------------------------------------------------- */

/* How much of its memory a machine keeps for itself is not known before it is there. */
static struct fs_capacity guess(const void *params, const struct fs_node_group *group)
{
    const struct params *p = params;
    struct fs_capacity each = group->each;
    each.memory -= (int64_t)ceil((double)group->memory * p->memory_overhead);
    return each;
}

/* How many more of `ask` the roomiest type still takes. */
static int64_t takes(const struct fs_node_scaler_view *view, const int64_t *added,
                     struct fs_capacity used, struct fs_capacity ask)
{
    int64_t most = 0;
    for (int g = 0; g < view->n_groups; g++) {
        const struct fs_node_group *group = view->group[g];
        const struct fs_capacity all = group->guess;
        const struct fs_capacity left = {all.cpu - used.cpu, all.memory - used.memory,
                                         all.pods - used.pods};
        if (fs_node_group_room(group) <= added[g]) continue;
        if (left.cpu < 0 || left.memory < 0 || left.pods < 0) continue;
        const int64_t n = fs_capacity_holds(left, ask);
        if (n > most) most = n;
    }
    return most;
}

static bool is_cheaper(const struct fs_node_group *a, const struct fs_node_group *b)
{
    return a->price != b->price ? a->price < b->price : a->each.cpu < b->each.cpu;
}

/* The cheapest group whose node holds `used`, of those that may grow; -1: none. */
static int cheapest(const struct fs_node_scaler_view *view, const int64_t *added,
                    struct fs_capacity used)
{
    int best = -1;
    for (int g = 0; g < view->n_groups; g++) {
        const struct fs_node_group *group = view->group[g];
        const struct fs_capacity none = {0, 0, 0};
        if (fs_node_group_room(group) <= added[g] || !fs_capacity_fits(group->guess, used, none))
            continue;
        if (best < 0 || is_cheaper(group, view->group[best])) best = g;
    }
    return best;
}

static void pour(struct fs_bin *bin, struct fs_capacity ask, int64_t n, int64_t *count)
{
    bin->used.cpu += n * ask.cpu;
    bin->used.memory += n * ask.memory;
    bin->used.pods += n;
    *count -= n;
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Claims on nodes for what the packing still holds, largest pods first, then the cheapest type for
 * each claim. */
static void claim(struct state *state, const struct fs_node_scaler_view *view, int64_t *add)
{
    struct fs_packing *packing = &state->packing;
    const int first = packing->n;
    for (int k = 0; k < packing->shapes; k++) {
        const int i = packing->order[k];
        const struct fs_capacity ask = view->shape[i].ask, none = {0, 0, 0};
        int64_t *count = &packing->count[i];
        for (int b = first; b < packing->n && *count; b++)
            pour(&packing->bin[b], ask, min_of(takes(view, add, packing->bin[b].used, ask), *count),
                 count);
        const int64_t each = takes(view, add, none, ask);
        while (*count && each > 0) {
            fs_packing_add(packing, none);
            pour(&packing->bin[packing->n - 1], ask, min_of(each, *count), count);
        }
    }
    for (int b = first; b < packing->n; b++) {
        const int g = cheapest(view, add, packing->bin[b].used);
        if (g >= 0) add[g]++;
    }
}

/* ---- fewer ---------------------------------------------------------------------------------- */

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
        state->host = fs_arena_alloc(arena, (size_t)state->room * sizeof *state->host);
    }
}

/* Those that must stay when the others go are the last. */
static int by_pods(const void *a, const void *b)
{
    const struct fs_machine *x = *(struct fs_machine *const *)a,
                            *y = *(struct fs_machine *const *)b;
    if (x->mark != y->mark) return x->mark < y->mark ? -1 : 1;
    if (x->host.used.pods != y->host.used.pods)
        return x->host.used.pods < y->host.used.pods ? -1 : 1;
    if (x->launched != y->launched) return x->launched < y->launched ? -1 : 1;
    const int name = strcmp(x->group->base.name, y->group->base.name);
    if (name != 0) return name;
    return x->number < y->number ? -1 : 1;
}

static void sort(struct state *state, int n)
{
    if (n) qsort(state->candidate, (size_t)n, sizeof *state->candidate, by_pods);
    for (int i = 0; i < n; i++)
        state->host[i] = &state->candidate[i]->host;
}

/* What may be disrupted, the least pods first. */
static int gather(struct state *state, const struct params *p,
                  const struct fs_node_scaler_view *view)
{
    int n = 0;
    for (int i = 0; i < view->n_nodes; i++) {
        struct fs_machine *node = view->node[i];
        if (view->now - node->changed < p->consolidate_after) continue;
        if (node->group->removable <= 0) continue;
        if (!fs_nodes_spared(node)) continue;
        node->mark = 0;
        state->candidate[n++] = node;
    }
    sort(state, n);
    return n;
}

static void remove_first(const struct state *state, int n, struct fs_node_group *instead,
                         struct fs_node_plan *plan)
{
    for (int i = 0; i < n; i++)
        fs_node_plan_remove(plan, state->candidate[i]);
    plan->instead = instead;
}

/* Move to the front what may go together, and say how many: each group keeps its minimum. */
static int together(struct state *state, int n)
{
    int m = 0;
    for (int i = 0; i < n; i++) {
        struct fs_machine *node = state->candidate[i];
        node->mark = node->group->removable-- <= 0;
        m += node->mark == 0;
    }
    for (int i = 0; i < n; i++)
        state->candidate[i]->group->removable++;
    if (m < n) sort(state, n);
    return m;
}

/* Can `n` nodes from `host` on go, with at most one new one that is cheaper than all of them? */
static bool consolidates(struct state *state, const struct fs_node_scaler_view *view,
                         struct fs_machine **node, struct fs_host **host, int n,
                         const int64_t *added, struct fs_node_group **instead)
{
    struct fs_capacity used = {0, 0, 0};
    int64_t price = 0;
    bool all_spot = true;
    *instead = NULL;
    if (fs_placement_left_over(&view->nodes->placement, host, n, state->count) == 0) return true;
    for (int i = 0; i < view->n_shapes; i++) {
        used.cpu += state->count[i] * view->shape[i].ask.cpu;
        used.memory += state->count[i] * view->shape[i].ask.memory;
        used.pods += state->count[i];
    }
    for (int i = 0; i < n; i++) {
        price += node[i]->group->price;
        all_spot = all_spot && node[i]->group->spot;
    }
    const int g = cheapest(view, added, used);
    if (g < 0 || view->group[g]->price >= price || (all_spot && view->group[g]->spot)) return false;
    *instead = view->group[g];
    return true;
}

/* The longest prefix of at least two candidates that can go. */
static int longest_prefix(struct state *state, const struct fs_node_scaler_view *view, int n,
                          const int64_t *added, struct fs_node_group **instead)
{
    struct fs_node_group *with;
    int low = 2, high = n < MULTI_NODE ? n : MULTI_NODE, best = 0;
    while (low <= high) {
        const int middle = (low + high) / 2;
        if (consolidates(state, view, state->candidate, state->host, middle, added, &with)) {
            best = middle;
            *instead = with;
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return best;
}

/* The first candidate, by its pods alone, that can go becomes the first of all; 0 or 1. */
static int single(struct state *state, const struct fs_node_scaler_view *view, int n,
                  const int64_t *added, struct fs_node_group **instead)
{
    for (int i = 0; i < n; i++)
        state->candidate[i]->mark = 0;
    sort(state, n);
    for (int i = 0; i < n; i++) {
        if (!consolidates(state, view, &state->candidate[i], &state->host[i], 1, added, instead))
            continue;
        state->candidate[0] = state->candidate[i];
        return 1;
    }
    return 0;
}

static void consolidate(struct state *state, const struct params *p,
                        const struct fs_node_scaler_view *view, struct fs_node_plan *plan)
{
    struct fs_node_group *instead = NULL;
    const int64_t all = view->n_nodes + view->leaving;
    int64_t allowed = (int64_t)((double)all * p->budget + 1 - 1e-9) - view->leaving;
    make_room(state, view);
    const int n = gather(state, p, view), most = (int)min_of(together(state, n), allowed);
    int empty = 0, found = 0;
    while (empty < n && state->candidate[empty]->host.used.pods == 0)
        empty++;
    if (empty > 0) {
        found = (int)min_of(empty, most);
    } else if (p->policy == WHEN_EMPTY_OR_UNDERUTILIZED && allowed > 0) {
        found = longest_prefix(state, view, most, plan->add, &instead);
        if (!found) found = single(state, view, n, plan->add, &instead);
    }
    if (found <= 0) {
        state->validate_at = FS_NEVER;
    } else if (state->validate_at == FS_NEVER && p->validation) {
        state->validate_at = view->now + p->validation;
    } else if (p->validation == 0 || view->now >= state->validate_at) {
        remove_first(state, found, instead, plan);
        state->validate_at = FS_NEVER;
    }
}

/* It is not held back by the minimum, for which its group starts another. */
static void expire(const struct params *p, const struct fs_node_scaler_view *view,
                   struct fs_node_plan *plan)
{
    for (int i = 0; i < view->n_nodes; i++) {
        if (view->now - view->node[i]->launched >= p->expire_after)
            plan->remove[plan->n_remove++] = view->node[i];
    }
}

static void plan_nodes(void *self, const void *params, const struct fs_node_scaler_view *view,
                       struct fs_node_plan *plan)
{
    struct state *state = self;
    const struct params *p = params;
    /* without a batch, pods that wait are tried again: there may be room to grow now */
    if (state->batch_due <= view->now || state->batch_due == FS_NEVER) {
        state->batch_from = state->batch_due = FS_NEVER;
        fs_node_scaler_pack(view, &state->packing);
        claim(state, view, plan->add);
    }
    if (p->expire_after) expire(p, view, plan);
    if (plan->n_remove == 0 && p->policy != NEVER && view->n_coming == 0)
        consolidate(state, p, view, plan);
}

static void start(void *self, const void *params, uint64_t key, struct fs_arena *arena)
{
    struct state *state = self;
    (void)params;
    (void)key;
    state->packing.arena = arena;
    state->batch_from = state->batch_due = state->validate_at = FS_NEVER;
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"batch_idle", FS_P_SCALAR, FS_D_TIME, ROW(batch_idle), "1s", 0, 3600,
     .doc = "A batch of pods that wait ends when no other has come for so long."},
    {"batch_max", FS_P_SCALAR, FS_D_TIME, ROW(batch_max), "10s", 0, 3600,
     .doc = "It ends at the latest so long after its first pod."},
    {"consolidation", FS_P_CHOICE, FS_D_COUNT, ROW(policy), "when_empty_or_underutilized", 0, 0,
     .doc = "Which nodes may go: none, empty ones, or those whose pods have room elsewhere too.",
     .choices = policy_names},
    {"consolidate_after", FS_P_SCALAR, FS_D_TIME, ROW(consolidate_after), "0s", 0, 1e6,
     .doc = "A node is looked at when no pod has come or gone for so long."},
    {"expire_after", FS_P_SCALAR, FS_D_TIME, ROW(expire_after), "30d", 0, 3.2e8,
     .doc = "A node's greatest age, whatever its group's minimum; 0: it never expires."},
    {"budget", FS_P_SCALAR, FS_D_FRACTION, ROW(budget), "10%", 0, 1,
     .doc = "Share of the nodes, rounded up, that may be leaving because of consolidation."},
    {"poll", FS_P_SCALAR, FS_D_TIME, ROW(poll), "10s", 1e-3, 86400,
     .doc = "How often consolidation and expiry look, and pods that still wait are tried again."},
    {"validation", FS_P_SCALAR, FS_D_TIME, ROW(validation), "15s", 0, 3600,
     .doc = "What consolidation finds must still be found after so long."},
    {"memory_overhead", FS_P_SCALAR, FS_D_FRACTION, ROW(memory_overhead), "0%", 0, 0.99,
     .doc = "Share of a machine's memory that a node to come is taken to lack."},
    {"give_up", FS_P_SCALAR, FS_D_TIME, ROW(give_up), "0s", 0, 1e6,
     .doc = "A node is kept after all when its pods cannot be spared for so long; 0: never."},
    {"provisioning", FS_P_DIST, FS_D_TIME, ROW(provisioning), NULL, 0, 0,
     .doc = "From the decision to a node that is ready."},
    {.key = NULL}};

static const struct fs_node_scaler_type type = {.next = next,
                                                .plan = plan_nodes,
                                                .provisioning =
                                                    offsetof(struct params, provisioning),
                                                .give_up = offsetof(struct params, give_up),
                                                .guess = guess,
                                                .size = sizeof(struct state),
                                                .start = start};

const struct fs_plugin fs_node_scalers_node_pool = {
    "node_pool",
    "Gathers pods that wait and starts the cheapest nodes that hold them; consolidates.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
