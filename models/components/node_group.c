/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nodes of one kind in a cluster: what a node has and keeps for itself, how long it boots, what it
 * costs, and, when it is spare capacity, how often it is taken away. A platform file is an instance
 * type. How many there are: `nodes` at first, and as many as are lost are started anew, unless the
 * cluster's autoscaler sees to that.
 *
 * A node is paid for from its launch. Interruptions are without memory: a share p of nodes in a
 * month of 730 h is a rate of -ln(1 - p) / 730 h for each.
 */
#include "dist.h"
#include "math.h"
#include "nodes.h"
#include "price.h"
#include "world.h"

#include <math.h>
#include <string.h>

extern const struct fs_plugin fs_components_node_group;

#define MONTH (730 * FS_H)

struct params {
    const char *cluster;
    int64_t nodes, minimum, maximum;
    double cpu, reserved_cpu;
    int64_t memory, reserved_memory, max_pods;
    bool spot;
    double interrupted;
    fs_time notice, minimum_charge;
    struct fs_dist boot;
    const char *price_instance, *price_spot;
};

struct group {
    struct fs_node_group g;
    const struct params *p;
    fs_time mean_life; /* until a spot node is interrupted; FS_NEVER */
    fs_time paid;      /* of nodes that have gone */
    struct fs_instances instances;
    /* metrics */
    int64_t launched, interrupted, ended, on_demand_time, spot_time;
    struct fs_meter nodes, starting;
};

enum purpose { BOOT = 2, INTERRUPTION };

static fs_time now_of(const struct group *group)
{
    return fs_now(group->g.base.sim);
}

static double draw(const struct group *group, uint64_t number, enum purpose purpose)
{
    return fs_to_uniform(fs_key_at(group->g.base.key, number, (uint64_t)purpose));
}

/* ---- nodes come and go ---------------------------------------------------------------------- */

static void count(struct group *group)
{
    fs_meter_set(&group->nodes, now_of(group), group->g.n - group->g.coming);
    fs_meter_set(&group->starting, now_of(group), group->g.coming);
    group->launched = (int64_t)group->g.numbers;
}

static void is_launched(struct fs_node_group *self, struct fs_machine *node)
{
    struct group *group = (struct group *)self;
    fs_instances_come(&group->instances, node);
    count(group);
}

static fs_handler try_again;

static void launch(struct group *group)
{
    const struct fs_dist *boot = &group->p->boot;
    const double u = draw(group, group->g.numbers, BOOT);
    const fs_time time =
        fs_nanoseconds(boot->kind == FS_DIST_CONSTANT ? boot->a : fs_dist_quantile(boot, u));
    if (!fs_nodes_launch(group->g.nodes, &group->g, time)) {
        group->g.awaited++;
        fs_schedule(group->g.base.sim, now_of(group) + FS_MIN, try_again, group, 0);
    }
}

static void try_again(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct group *group = self;
    (void)sim;
    (void)arg;
    group->g.awaited--;
    launch(group);
}

static bool may_be_interrupted(const struct group *group, const struct fs_machine *node)
{
    return node->group == &group->g && node->state != FS_NODE_BOOTING &&
           node->state < FS_NODE_NOTICED;
}

static void give_notice(struct group *group, struct fs_machine *node)
{
    group->interrupted++;
    fs_nodes_interrupt(group->g.nodes, node, group->p->notice);
}

static void interruption(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct group *group = self;
    struct fs_machine *node = (struct fs_machine *)arg;
    (void)sim;
    node->interruption = 0;
    if (may_be_interrupted(group, node)) give_notice(group, node);
}

static void is_ready(struct fs_node_group *self, struct fs_machine *node)
{
    struct group *group = (struct group *)self;
    count(group);
    if (group->mean_life == FS_NEVER) return;
    const fs_time life =
        fs_nanoseconds(-fs_log(draw(group, node->number, INTERRUPTION)) * (double)group->mean_life);
    const fs_time now = now_of(group);
    node->interruption =
        fs_schedule(group->g.base.sim, life < FS_NEVER - now ? now + life : FS_NEVER, interruption,
                    group, (uintptr_t)node);
}

/* Charged so far: at least the minimum. */
static fs_time charged(const struct group *group, const struct fs_machine *node)
{
    const fs_time time = now_of(group) - node->launched;
    return time > group->p->minimum_charge ? time : group->p->minimum_charge;
}

static void is_gone(struct fs_node_group *self, struct fs_machine *node)
{
    struct group *group = (struct group *)self;
    fs_instances_go(&group->instances, node);
    group->ended++;
    group->paid += charged(group, node);
    count(group);
    if ((self->nodes->groups_replace && !node->unwanted) || self->n + self->awaited < self->minimum)
        launch(group);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static int64_t thousandths(double number)
{
    return (int64_t)(number * 1000 + 0.5);
}

const char *fs_node_group_cluster(const struct fs_component *self)
{
    const struct params *p = self->params;
    return self->type == fs_components_node_group.type ? p->cluster : NULL;
}

static struct fs_capacity offer_of(const struct params *p, bool reserves)
{
    if (!reserves) return (struct fs_capacity){thousandths(p->cpu), p->memory, INT64_MAX};
    return (struct fs_capacity){thousandths(p->cpu) - thousandths(p->reserved_cpu),
                                p->memory - p->reserved_memory, p->max_pods};
}

bool fs_node_group_offers(const struct fs_component_spec *spec,
                          const struct fs_component_spec *cluster, struct fs_capacity *each)
{
    const struct params *p = spec->params;
    if (spec->plugin != &fs_components_node_group || strcmp(p->cluster, cluster->name) != 0)
        return false;
    *each = offer_of(p, fs_cluster_reserves(cluster));
    return true;
}

static const struct fs_terms_params *terms_of(const struct group *group)
{
    const struct fs_world *world = group->g.base.world;
    int i = 0;
    while (world->component[i] != &group->g.base)
        i++;
    return &world->spec->component[i].terms;
}

static int64_t price_of(const struct group *group)
{
    const struct fs_prices *prices = group->g.base.world->spec->prices;
    const char *name = group->p->spot ? group->p->price_spot : group->p->price_instance;
    const struct fs_price_item *item = name ? fs_prices_on(prices, name, terms_of(group)) : NULL;
    return item && item->n_tiers ? item->tier[0].price : 0;
}

void fs_node_group_begin(struct fs_component *self, struct fs_nodes *nodes)
{
    struct group *group = (struct group *)self;
    const struct params *p = group->p = self->params;
    group->g.each = group->g.guess = offer_of(p, nodes->reserves);
    group->g.memory = p->memory;
    group->g.price = price_of(group);
    group->g.spot = p->spot;
    group->g.minimum = p->minimum;
    group->g.maximum = p->maximum ? p->maximum : INT64_MAX;
    group->g.launched = is_launched;
    group->g.ready = is_ready;
    group->g.gone = is_gone;
    group->mean_life = FS_NEVER;
    if (p->spot && p->interrupted > 0)
        group->mean_life = fs_nanoseconds((double)MONTH / -fs_log1p(-p->interrupted));
    fs_nodes_join(nodes, &group->g);
    for (int64_t i = 0; i < p->nodes; i++)
        fs_nodes_launch(nodes, &group->g, 0);
}

/* The cluster begins it. */
static void start(struct fs_component *self)
{
    (void)self;
}

static void settle(struct fs_component *self)
{
    struct group *group = (struct group *)self;
    fs_time time = group->paid;
    const struct fs_machine *node = group->g.nodes->first;
    for (; node; node = node->next) {
        if (node->group == &group->g) time += charged(group, node);
    }
    *(group->p->spot ? &group->spot_time : &group->on_demand_time) = time / FS_MS;
    count(group);
}

/* A share of its nodes, rounded; any as likely as any other (selection sampling, Knuth, TAOCP 2,
 * 3.4.2 S). */
void fs_node_group_choose(struct fs_component *self, double share, uint64_t key)
{
    struct group *group = (struct group *)self;
    int64_t left = 0;
    for (struct fs_machine *node = group->g.nodes->first; node; node = node->next)
        left += may_be_interrupted(group, node);
    int64_t wanted = (int64_t)((double)left * share + 0.5);
    for (struct fs_machine *node = group->g.nodes->first; node && left > 0; node = node->next) {
        if (!may_be_interrupted(group, node)) continue;
        const double u = fs_to_uniform(fs_key_at(key, node->number, 0));
        node->chosen = u * (double)left-- < (double)wanted;
        wanted -= node->chosen;
        if (node->chosen) fs_nodes_close(group->g.nodes, node);
    }
}

void fs_node_group_give_notice(struct fs_component *self)
{
    struct group *group = (struct group *)self;
    struct fs_machine *next;
    for (struct fs_machine *node = group->g.nodes->first; node; node = next) {
        next = node->next;
        if (node->chosen && may_be_interrupted(group, node)) give_notice(group, node);
    }
}

static void interrupt(struct fs_component *self, double share, uint64_t key)
{
    fs_node_group_choose(self, share, key);
    fs_node_group_give_notice(self);
}

static const char *broken(const struct fs_component *self)
{
    const struct group *group = (const struct group *)self;
    if (group->launched != group->ended + group->g.n) return "launched = ended + there or coming";
    return NULL;
}

/* ---- what rows cannot say ------------------------------------------------------------------- */

static bool is_thousandths(double number)
{
    return fabs(number * 1000 - floor(number * 1000 + 0.5)) < 1e-6;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->maximum && p->minimum > p->maximum)
        fs_complain(complaints, "minimum", "%lld is over the maximum, %lld", (long long)p->minimum,
                    (long long)p->maximum);
    else if (p->nodes < p->minimum)
        fs_complain(complaints, "nodes", "%lld is below the minimum, %lld", (long long)p->nodes,
                    (long long)p->minimum);
    else if (p->maximum && p->nodes > p->maximum)
        fs_complain(complaints, "nodes", "%lld is over the maximum, %lld", (long long)p->nodes,
                    (long long)p->maximum);
    if (!is_thousandths(p->cpu) || !is_thousandths(p->reserved_cpu))
        fs_complain(complaints, "cpu", "must be a whole number of thousandths of a vCPU");
    if (p->reserved_cpu >= p->cpu)
        fs_complain(complaints, "reserved_cpu", "a node has %g vCPU, so nothing is left for pods",
                    p->cpu);
    if (p->reserved_memory >= p->memory)
        fs_complain(complaints, "reserved_memory",
                    "a node has %lld MiB, so nothing is left for pods", (long long)p->memory);
    if (p->spot && p->price_instance && !p->price_spot)
        fs_complain(complaints, "spot", "there is a price for on-demand nodes alone: 'price_spot'");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"cluster", FS_P_REF, FS_D_COUNT, ROW(cluster), NULL, 0, 0, .doc = "The cluster it belongs to.",
     .registry = "cluster"},
    {"nodes", FS_P_SCALAR, FS_D_COUNT, ROW(nodes), "0", 0, 100000,
     .doc = "Nodes that are ready at the start."},
    {"minimum", FS_P_SCALAR, FS_D_COUNT, ROW(minimum), "0", 0, 100000,
     .doc = "Nodes that there are at least."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, ROW(maximum), "", 1, 100000,
     .doc = "Nodes that the autoscaler may make of it; absent: any number."},
    {"cpu", FS_P_SCALAR, FS_D_CPU, ROW(cpu), NULL, 0.001, 1024,
     .doc = "vCPUs of a node, in thousandths."},
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), NULL, 1, 33554432,
     .doc = "Memory of a node."},
    {"reserved_cpu", FS_P_SCALAR, FS_D_CPU, ROW(reserved_cpu), "0", 0, 1024,
     .doc = "vCPUs that the node keeps: its own services and pods that run on every node."},
    {"reserved_memory", FS_P_SCALAR, FS_D_MEMORY, ROW(reserved_memory), "0MB", 0, 33554432,
     .doc = "Memory that it keeps, what is held back from pods before they are evicted included."},
    {"max_pods", FS_P_SCALAR, FS_D_COUNT, ROW(max_pods), "110", 1, 10000,
     .doc = "Pods that a node takes."},
    {"boot", FS_P_DIST, FS_D_TIME, ROW(boot), NULL, 0, 0,
     .doc = "From the launch of a node that replaces a lost one to its being ready."},
    {"spot", FS_P_BOOL, FS_D_COUNT, ROW(spot), "false", 0, 0,
     .doc = "Spare capacity: cheaper, and taken away at short notice."},
    {"interrupted", FS_P_SCALAR, FS_D_FRACTION, ROW(interrupted), "0%", 0, 0.999999,
     .doc = "Share of spot nodes that are taken away within a month of 730 h."},
    {"notice", FS_P_SCALAR, FS_D_TIME, ROW(notice), "2min", 0, 86400,
     .doc = "From the notice to a spot node's end."},
    {"minimum_charge", FS_P_SCALAR, FS_D_TIME, ROW(minimum_charge), "0s", 0, 1e6,
     .doc = "A node is charged for this long as soon as it is launched."},
    {"price_instance", FS_P_PRICE, FS_D_COUNT, ROW(price_instance), "", 0, 0,
     .doc = "Price item of a node."},
    {"price_spot", FS_P_PRICE, FS_D_COUNT, ROW(price_spot), "", 0, 0,
     .doc = "Price item of a spot node."},
    {.key = NULL}};

static const struct fs_metric metrics[] = {
    {"launched", "1", FS_COUNTER, offsetof(struct group, launched),
     "Nodes started, those at the start included."},
    {"interrupted", "1", FS_COUNTER, offsetof(struct group, interrupted),
     "Spot nodes that got notice."},
    {"ended", "1", FS_COUNTER, offsetof(struct group, ended), "Nodes that are no more."},
    {"on_demand_time", "ms", FS_COUNTER, offsetof(struct group, on_demand_time),
     "Charged time of on-demand nodes."},
    {"spot_time", "ms", FS_COUNTER, offsetof(struct group, spot_time),
     "Charged time of spot nodes."},
    {"nodes", "1", FS_GAUGE, offsetof(struct group, nodes), "Nodes that are ready or leaving."},
    {"starting", "1", FS_GAUGE, offsetof(struct group, starting), "Nodes that boot."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"nodes", "on_demand_time", "h", 3600000, offsetof(struct params, price_instance), 0},
    {"spot_nodes", "spot_time", "h", 3600000, offsetof(struct params, price_spot), 0},
    {.line = NULL}};

static const char *state_of(const struct fs_component *self, const void *instance)
{
    static const char *const names[] = {"booting",  "ready",   "closed",
                                        "draining", "noticed", "draining"};
    (void)self;
    return names[((const struct fs_machine *)instance)->state];
}

static const struct fs_component_type type = {.size = sizeof(struct group),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .settle = settle,
                                              .interrupt = interrupt,
                                              .instances = offsetof(struct group, instances),
                                              .state_of = state_of,
                                              .broken = broken};

const struct fs_plugin fs_components_node_group = {
    "node_group",
    "Nodes of one kind in a cluster; a platform is an instance type.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
