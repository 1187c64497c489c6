/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cluster: where services that name it have their tasks (pods) run, on the nodes of the groups
 * that name it. The mechanism is nodes.h; here are its parameters, its node scaler and its metrics.
 *
 * A pod asks for CPU and memory, is placed at once when a node has room, and waits otherwise. Why
 * pods wait is metered by reason, so that a run's end says what they waited for.
 */
#include "node_scaler.h"
#include "world.h"

#include <string.h>

extern const struct fs_plugin fs_components_cluster;

static const char *const scoring_names[] = {"least_allocated", "most_allocated", NULL};

struct params {
    int scoring;
    int64_t zones;
    bool reserved;
    fs_time eviction_retry, grace;
    struct fs_plugin_value autoscaling;
    const char *price_control_plane;
};

struct cluster {
    struct fs_component base;
    const struct params *p;
    struct fs_nodes nodes;
    const struct fs_node_scaler_type *scaler; /* NULL: none */
    void *state;
    const struct fs_dist *provisioning;
    fs_event planning;
    struct fs_machine **ready, **coming, **removed;
    int64_t *add;
    int64_t room; /* of the three lists */
    bool begun;
    /* metrics */
    int64_t added, given_up, removed_nodes, uptime;
};

static fs_time now_of(const struct cluster *cluster)
{
    return fs_now(cluster->base.sim);
}

bool fs_cluster_reserves(const struct fs_component_spec *cluster)
{
    return cluster->plugin != &fs_components_cluster ||
           ((const struct params *)cluster->params)->reserved;
}

/* ---- scaling of nodes ----------------------------------------------------------------------- */

static fs_handler plan_now;

/* A plan that is due at this instant is not put off: when it is done the policy is asked again. */
static void plan_at(struct cluster *cluster, bool pod_waits)
{
    const fs_time now = now_of(cluster);
    if (!cluster->scaler) return;
    const fs_time at =
        cluster->scaler->next(cluster->state, cluster->p->autoscaling.params, now, pod_waits);
    if (!fs_event_pending(cluster->base.sim, cluster->planning)) {
        cluster->planning = fs_schedule(cluster->base.sim, at, plan_now, cluster, 0);
        return;
    }
    const fs_time due = fs_event_time(cluster->base.sim, cluster->planning);
    if (due != at && due != now) fs_reschedule(cluster->base.sim, cluster->planning, at);
}

static void pod_waits(struct fs_nodes *nodes)
{
    plan_at((struct cluster *)(void *)((char *)nodes - offsetof(struct cluster, nodes)), true);
}

static void make_room(struct cluster *cluster)
{
    struct fs_arena *arena = fs_sim_arena(cluster->base.sim);
    if (cluster->nodes.n <= cluster->room) return;
    cluster->room = 2 * cluster->nodes.n;
    const size_t size = (size_t)cluster->room * sizeof(struct fs_machine *);
    cluster->ready = fs_arena_alloc(arena, size);
    cluster->coming = fs_arena_alloc(arena, size);
    cluster->removed = fs_arena_alloc(arena, size);
}

static struct fs_node_scaler_view look(struct cluster *cluster)
{
    struct fs_nodes *nodes = &cluster->nodes;
    make_room(cluster);
    struct fs_node_scaler_view view = {.now = now_of(cluster),
                                       .group = nodes->group,
                                       .n_groups = nodes->n_groups,
                                       .node = cluster->ready,
                                       .coming = cluster->coming,
                                       .shape = nodes->placement.shape,
                                       .n_shapes = nodes->placement.n_shapes,
                                       .nodes = nodes};
    for (int g = 0; g < nodes->n_groups; g++)
        nodes->group[g]->removable = -nodes->group[g]->minimum;
    for (struct fs_machine *node = nodes->first; node; node = node->next) {
        node->group->removable += node->state <= FS_NODE_READY;
        if (node->state == FS_NODE_READY)
            cluster->ready[view.n_nodes++] = node;
        else if (node->state == FS_NODE_BOOTING)
            cluster->coming[view.n_coming++] = node;
        else
            view.leaving++;
    }
    return view;
}

static struct fs_machine *launch(struct cluster *cluster, struct fs_node_group *group)
{
    if (fs_node_group_room(group) <= 0) return NULL;
    const uint64_t key = fs_key_at(group->base.key, group->numbers, 1);
    const double u = fs_to_uniform(key);
    const struct fs_dist *dist = cluster->provisioning;
    const fs_time boot =
        fs_nanoseconds(dist->kind == FS_DIST_CONSTANT ? dist->a : fs_dist_quantile(dist, u));
    struct fs_machine *node = fs_nodes_launch(&cluster->nodes, group, boot);
    cluster->added += node != NULL;
    return node;
}

static void remove_nodes(struct cluster *cluster, const struct fs_node_plan *plan)
{
    struct fs_machine *instead = plan->instead ? launch(cluster, plan->instead) : NULL;
    if (plan->instead && !instead) return;
    for (int i = 0; i < plan->n_remove; i++)
        fs_nodes_close(&cluster->nodes, plan->remove[i]);
    for (int i = 0; i < plan->n_remove; i++) {
        struct fs_machine *node = plan->remove[i];
        if (node->state == FS_NODE_BOOTING) {
            cluster->given_up++;
            node->unwanted = true;
            fs_nodes_lose(&cluster->nodes, node);
        }
        if (node->state != FS_NODE_READY) continue;
        cluster->removed_nodes++;
        if (instead && instead->state == FS_NODE_BOOTING)
            fs_nodes_replace(&cluster->nodes, node, instead);
        else
            fs_nodes_drain(&cluster->nodes, node);
    }
}

static void plan_now(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct cluster *cluster = self;
    struct fs_nodes *nodes = &cluster->nodes;
    (void)sim;
    (void)arg;
    cluster->planning = 0;
    const struct fs_node_scaler_view view = look(cluster);
    struct fs_node_plan plan = {.add = cluster->add, .remove = cluster->removed};
    memset(plan.add, 0, (size_t)nodes->n_groups * sizeof *plan.add);
    cluster->scaler->plan(cluster->state, cluster->p->autoscaling.params, &view, &plan);
    for (int g = 0; g < nodes->n_groups; g++) {
        for (int64_t i = 0; i < plan.add[g] && launch(cluster, nodes->group[g]);)
            i++;
    }
    remove_nodes(cluster, &plan);
    plan_at(cluster, false);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void new_scaler(struct cluster *cluster)
{
    const struct fs_plugin_value *value = &cluster->p->autoscaling;
    struct fs_arena *arena = fs_sim_arena(cluster->base.sim);
    if (!value->plugin) return;
    cluster->scaler = value->plugin->type;
    cluster->provisioning =
        (const void *)((const char *)value->params + cluster->scaler->provisioning);
    cluster->nodes.give_up =
        *(const fs_time *)(const void *)((const char *)value->params + cluster->scaler->give_up);
    if (cluster->scaler->size) cluster->state = fs_arena_alloc(arena, cluster->scaler->size);
    if (cluster->scaler->start)
        cluster->scaler->start(cluster->state, value->params, fs_key_at(cluster->base.key, 1, 0),
                               arena);
    plan_at(cluster, false);
}

/* Services and groups start in any order: the first that comes begins it all. */
static void begin(struct cluster *cluster)
{
    struct fs_world *world = cluster->base.world;
    const struct params *p = cluster->p = cluster->base.params;
    if (cluster->begun) return;
    cluster->begun = true;
    cluster->nodes.sim = cluster->base.sim;
    cluster->nodes.reserves = p->reserved;
    cluster->nodes.eviction_retry = p->eviction_retry;
    cluster->nodes.grace = p->grace;
    cluster->nodes.pod_waits = pod_waits;
    cluster->nodes.groups_grow = p->autoscaling.plugin != NULL;
    cluster->nodes.groups_replace =
        !p->autoscaling.plugin ||
        ((const struct fs_node_scaler_type *)p->autoscaling.plugin->type)->groups_replace;
    fs_nodes_new(&cluster->nodes, (int)p->zones, (enum fs_scoring)p->scoring,
                 world->spec->n_components);
    new_scaler(cluster);
    for (int i = 0; i < world->spec->n_components; i++) {
        struct fs_component *group = world->component[i];
        const char *name = fs_node_group_cluster(group);
        if (name && strcmp(name, cluster->base.name) == 0)
            fs_node_group_begin(group, &cluster->nodes);
    }
    for (int g = 0; cluster->scaler && cluster->scaler->guess && g < cluster->nodes.n_groups; g++) {
        struct fs_node_group *group = cluster->nodes.group[g];
        group->guess = cluster->scaler->guess(p->autoscaling.params, group);
    }
    cluster->add = fs_arena_alloc(fs_sim_arena(cluster->base.sim),
                                  (size_t)(cluster->nodes.n_groups + 1) * sizeof *cluster->add);
}

static void start(struct fs_component *self)
{
    begin((struct cluster *)self);
}

static void place(struct fs_component *self, struct fs_berth *place)
{
    struct cluster *cluster = (struct cluster *)self;
    begin(cluster);
    fs_nodes_place(&cluster->nodes, place);
}

static void release(struct fs_component *self, struct fs_berth *place)
{
    fs_nodes_release(&((struct cluster *)self)->nodes, place);
}

static void lose_zone(struct fs_component *self, int zone, fs_time until)
{
    fs_nodes_lose_zone(&((struct cluster *)self)->nodes, zone, until);
}

/* All its spot nodes are one pool. */
static void interrupt(struct fs_component *self, double share, uint64_t key)
{
    const struct cluster *cluster = (struct cluster *)self;
    for (int i = 0; i < cluster->nodes.n_groups; i++) {
        struct fs_component *group = &cluster->nodes.group[i]->base;
        if (cluster->nodes.group[i]->spot)
            fs_node_group_choose(group, share, fs_key_at(key, fs_hash_text(group->name), 0));
    }
    for (int i = 0; i < cluster->nodes.n_groups; i++)
        fs_node_group_give_notice(&cluster->nodes.group[i]->base);
}

static void settle(struct fs_component *self)
{
    struct cluster *cluster = (struct cluster *)self;
    cluster->uptime = now_of(cluster) / FS_MS;
}

static const char *broken(const struct fs_component *self)
{
    return fs_nodes_broken(&((const struct cluster *)self)->nodes);
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"zones", FS_P_SCALAR, FS_D_COUNT, ROW(zones), "3", 1, FS_ZONES,
     .doc = "Availability zones that each group's nodes, and each service's pods, spread over."},
    {"scoring", FS_P_CHOICE, FS_D_COUNT, ROW(scoring), "least_allocated", 0, 0,
     .doc = "Which of a zone's nodes gets a pod: the emptiest, or the fullest that has room.",
     .choices = scoring_names},
    {"autoscaling", FS_P_PLUGIN, FS_D_COUNT, ROW(autoscaling), "", 0, 0,
     .doc = "What adds nodes for pods that wait and removes others; absent: nothing.",
     .registry = "node_scalers"},
    {"reserved", FS_P_BOOL, FS_D_COUNT, ROW(reserved), "true", 0, 0,
     .doc = "Whether nodes keep what their groups reserve for a kubelet, and take no more than "
            "`max_pods`."},
    {"eviction_retry", FS_P_SCALAR, FS_D_TIME, ROW(eviction_retry), "5s", 1e-3, 3600,
     .doc = "A pod that its service cannot spare is asked for again after so long."},
    {"grace", FS_P_SCALAR, FS_D_TIME, ROW(grace), "10min", 0, 1e6,
     .doc = "A pod of a node that is drained is gone at the latest so long after it was told."},
    {"price_control_plane", FS_P_PRICE, FS_D_COUNT, ROW(price_control_plane), "", 0, 0,
     .doc = "Price item of the control plane."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct cluster, field), doc                                \
    }
#define GAUGE(name, unit, field, doc)                                                              \
    {                                                                                              \
        name, unit, FS_GAUGE, offsetof(struct cluster, nodes.field), doc                           \
    }

static const struct fs_metric metrics[] = {
    COUNT("added", added, "Nodes that the autoscaler started."),
    COUNT("given_up", given_up, "Nodes that had not come up in time and were given up."),
    COUNT("removed", removed_nodes, "Nodes that the autoscaler began to drain."),
    COUNT("drains_given_up", nodes.saved, "Nodes that were kept, for their pods were not spared."),
    COUNT("evicted", nodes.evicted, "Pods that were told to go with their node."),
    COUNT("lost_pods", nodes.lost_pods, "Pods that were still there when their node went."),
    {FS_UPTIME, "ms", FS_COUNTER, offsetof(struct cluster, uptime),
     "Time that the cluster was there."},
    GAUGE("nodes", "1", ready_nodes, "Nodes that are ready."),
    GAUGE("pods", "1", pods, "Pods on nodes."),
    GAUGE("waiting", "1", waiting, "Pods without a node."),
    GAUGE("unplaced_too_large", "1", too_large, "Pods that fit on no node of any group."),
    GAUGE("unplaced_at_maximum", "1", at_maximum,
          "Pods that wait for room in groups that may not grow, or whose nodes are taken to be too "
          "small."),
    GAUGE("unplaced_until_boot", "1", starting,
          "Pods that wait for nodes that are starting or for a zone."),
    GAUGE("unplaced_otherwise", "1", other,
          "Pods that wait for the autoscaler's next look or for a drain."),
    GAUGE("cpu_asked", "1e-3", cpu_asked, "Thousandths of a vCPU that pods on nodes ask for."),
    GAUGE("cpu_there", "1e-3", cpu_there, "Thousandths of a vCPU that nodes have for pods."),
    {"wait", "s", FS_LATENCY, offsetof(struct cluster, nodes.wait),
     "From asking for a node to having one, 0 included."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"control_plane", FS_UPTIME, "h", 3600000, offsetof(struct params, price_control_plane), 0},
    {.line = NULL}};

static const struct fs_cluster_type places = {place, release};

static const struct fs_component_type type = {.size = sizeof(struct cluster),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .settle = settle,
                                              .lose_zone = lose_zone,
                                              .interrupt = interrupt,
                                              .cluster = &places,
                                              .broken = broken};

const struct fs_plugin fs_components_cluster = {
    "cluster",
    "Nodes that services' tasks are placed on, with what adds and removes nodes.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
