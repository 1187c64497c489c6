/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tenants are called from within, and call back: a pod that is told may be given back at once and
 * another asked for. So no loop over a host's pods trusts a pointer across such a call, a node that
 * has become empty ends in an event of its own, and room that a release frees is filled in another.
 *
 * Evictions are those of the eviction API: refused while the tenant cannot spare the pod, and tried
 * again after a while. At the end of a notice the node goes whether or not.
 */
#include "nodes.h"

#include "arena.h"
#include "fail.h"

static fs_time now_of(const struct fs_nodes *nodes)
{
    return fs_now(nodes->sim);
}

static fs_time later(fs_time now, fs_time by)
{
    return by < FS_NEVER - now ? now + by : FS_NEVER;
}

static struct fs_berth *place_of(struct fs_pod *pod)
{
    return (struct fs_berth *)(void *)((char *)pod - offsetof(struct fs_berth, pod));
}

static struct fs_machine *node_of(struct fs_host *host)
{
    return (struct fs_machine *)(void *)host;
}

/* ---- what is metered ------------------------------------------------------------------------ */

static void count_waiting(struct fs_nodes *nodes)
{
    const fs_time now = now_of(nodes);
    int64_t too_large = 0, at_maximum = 0, starting = 0;
    for (int i = 0; i < nodes->placement.n_shapes; i++) {
        const struct fs_shape *shape = &nodes->placement.shape[i];
        bool fits = false, may_grow = false, comes = false;
        for (int g = 0; g < nodes->n_groups; g++) {
            const struct fs_node_group *group = nodes->group[g];
            if (fs_capacity_holds(group->each, shape->ask) == 0) continue;
            fits = true;
            may_grow |= nodes->groups_grow && fs_node_group_room(group) > 0 &&
                        fs_capacity_holds(group->guess, shape->ask) > 0;
            comes |= group->coming + group->awaited > 0;
        }
        if (!fits)
            too_large += shape->waiting;
        else if (comes)
            starting += shape->waiting;
        else if (!may_grow)
            at_maximum += shape->waiting;
    }
    fs_meter_set(&nodes->waiting, now, nodes->placement.waiting);
    fs_meter_set(&nodes->too_large, now, too_large);
    fs_meter_set(&nodes->starting, now, starting);
    fs_meter_set(&nodes->at_maximum, now, at_maximum);
    fs_meter_set(&nodes->other, now, nodes->placement.waiting - too_large - starting - at_maximum);
}

static void count_placed(struct fs_nodes *nodes, const struct fs_berth *place, int64_t sign)
{
    const fs_time now = now_of(nodes);
    fs_meter_add(&nodes->pods, now, sign);
    fs_meter_add(&nodes->cpu_asked, now, sign * place->cpu);
}

static void count_host(struct fs_nodes *nodes, const struct fs_machine *node, int64_t sign)
{
    const fs_time now = now_of(nodes);
    fs_meter_add(&nodes->ready_nodes, now, sign);
    fs_meter_add(&nodes->cpu_there, now, sign * node->host.total.cpu);
}

/* ---- pods get nodes ------------------------------------------------------------------------- */

static int tenant_of(struct fs_nodes *nodes, const struct fs_berth *place)
{
    for (int i = 0; i < nodes->n_tenants; i++) {
        if (nodes->tenant[i].tenant == place->tenant) return i;
    }
    fs_assert(nodes->sim, nodes->n_tenants < nodes->most_tenants);
    nodes->tenant[nodes->n_tenants] = (struct fs_tenant_view){
        place->tenant, fs_placement_shape(&nodes->placement, place->cpu, place->memory)};
    return nodes->n_tenants++;
}

static void is_placed(struct fs_nodes *nodes, struct fs_berth *place)
{
    const fs_time now = now_of(nodes);
    struct fs_machine *node = node_of(place->pod.host);
    fs_time *image = &node->image[tenant_of(nodes, place)];
    const bool cached = *image < now;
    if (*image == FS_NEVER) *image = now;
    node->changed = now;
    count_placed(nodes, place, 1);
    fs_latency_record(&nodes->wait, now - place->since);
    place->tenant->placed(place->tenant, place, cached);
}

void fs_nodes_place(struct fs_nodes *nodes, struct fs_berth *place)
{
    place->pod = (struct fs_pod){.shape = nodes->tenant[tenant_of(nodes, place)].shape};
    place->told = false;
    place->end = 0;
    if (fs_placement_put(&nodes->placement, &place->pod)) {
        is_placed(nodes, place);
        return;
    }
    count_waiting(nodes);
    nodes->pod_waits(nodes);
}

static void place_waiting(struct fs_nodes *nodes)
{
    struct fs_pod *pod;
    while ((pod = fs_placement_next(&nodes->placement)))
        is_placed(nodes, place_of(pod));
    count_waiting(nodes);
}

static void settle_waiting(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_nodes *nodes = self;
    (void)sim;
    (void)arg;
    nodes->settling = 0;
    place_waiting(nodes);
}

static void settle_soon(struct fs_nodes *nodes)
{
    if (nodes->settling || nodes->placement.waiting == 0) return;
    nodes->settling = fs_schedule(nodes->sim, now_of(nodes), settle_waiting, nodes, 0);
}

/* ---- nodes end ------------------------------------------------------------------------------ */

static fs_handler node_ends;

static void end_if_empty(struct fs_nodes *nodes, struct fs_machine *node)
{
    if (node->host.used.pods > 0) return;
    if (node->state == FS_NODE_DRAINING) nodes->draining--;
    node->state = FS_NODE_ENDING;
    fs_cancel(nodes->sim, node->life);
    fs_cancel(nodes->sim, node->retry);
    node->life = fs_schedule(nodes->sim, now_of(nodes), node_ends, nodes, (uintptr_t)node);
}

void fs_nodes_release(struct fs_nodes *nodes, struct fs_berth *place)
{
    struct fs_host *host = place->pod.host;
    fs_cancel(nodes->sim, place->end);
    fs_placement_take(&nodes->placement, &place->pod);
    if (!host) {
        count_waiting(nodes);
        return;
    }
    struct fs_machine *node = node_of(host);
    node->changed = now_of(nodes);
    count_placed(nodes, place, -1);
    if (node->state == FS_NODE_DRAINING || node->state == FS_NODE_NOTICED)
        end_if_empty(nodes, node);
    else
        settle_soon(nodes);
}

static void reopen(struct fs_nodes *nodes, struct fs_machine *node)
{
    node->state = FS_NODE_READY;
    node->unwanted = false;
    fs_placement_close(&nodes->placement, &node->host, false);
    settle_soon(nodes);
}

/* What waited for this node waits in vain, or this one waited for another. */
static void break_replacements(struct fs_nodes *nodes, struct fs_machine *node)
{
    while (node->replaces) {
        struct fs_machine *other = node->replaces;
        node->replaces = other->waits;
        other->waits = NULL;
        reopen(nodes, other);
    }
    for (struct fs_machine *by = nodes->first; node->state == FS_NODE_CLOSED && by; by = by->next) {
        struct fs_machine **link = &by->replaces;
        while (*link && *link != node)
            link = &(*link)->waits;
        if (*link) *link = node->waits;
    }
}

/* It has no pods. */
static void remove_node(struct fs_nodes *nodes, struct fs_machine *node)
{
    struct fs_node_group *group = node->group;
    break_replacements(nodes, node);
    fs_cancel(nodes->sim, node->life);
    fs_cancel(nodes->sim, node->retry);
    fs_cancel(nodes->sim, node->interruption);
    if (node->ready == FS_NEVER) {
        group->coming--;
    } else {
        count_host(nodes, node, -1);
        fs_placement_leave(&nodes->placement, &node->host);
    }
    *(node->prev ? &node->prev->next : &nodes->first) = node->next;
    *(node->next ? &node->next->prev : &nodes->last) = node->prev;
    nodes->n--;
    group->n--;
    group->n_zone[node->host.zone]--;
    group->gone(group, node);
    fs_slab_put(&nodes->slab, node);
    count_waiting(nodes);
}

static void node_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_machine *node = (struct fs_machine *)arg;
    (void)sim;
    node->life = 0;
    remove_node(self, node);
}

void fs_nodes_close(struct fs_nodes *nodes, struct fs_machine *node)
{
    if (node->ready != FS_NEVER) fs_placement_close(&nodes->placement, &node->host, true);
}

void fs_nodes_lose(struct fs_nodes *nodes, struct fs_machine *node)
{
    if (node->state == FS_NODE_DRAINING) nodes->draining--;
    if (node->state != FS_NODE_CLOSED) node->state = FS_NODE_ENDING;
    fs_nodes_close(nodes, node);
    while (node->host.first) {
        struct fs_berth *place = place_of(node->host.first);
        nodes->lost_pods++;
        place->tenant->lost(place->tenant, place);
        fs_assert(nodes->sim, node->host.first != &place->pod);
    }
    remove_node(nodes, node);
}

/* ---- nodes are emptied ---------------------------------------------------------------------- */

static void place_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_nodes *nodes = self;
    struct fs_berth *place = (struct fs_berth *)arg;
    (void)sim;
    place->end = 0;
    nodes->lost_pods++;
    place->tenant->lost(place->tenant, place);
}

/* The first pod that has not been told and that its tenant can spare. */
static struct fs_berth *next_to_tell(const struct fs_machine *node)
{
    for (struct fs_pod *pod = node->host.first; pod; pod = pod->next) {
        struct fs_berth *place = place_of(pod);
        if (!place->told && place->tenant->spares(place->tenant, place)) return place;
    }
    return NULL;
}

static bool all_told(const struct fs_machine *node)
{
    for (struct fs_pod *pod = node->host.first; pod; pod = pod->next) {
        if (!place_of(pod)->told) return false;
    }
    return true;
}

static fs_handler drain_on;

/* When a pod that is told now must be gone: at the node's end, if that is known. */
static fs_time due(const struct fs_nodes *nodes, const struct fs_machine *node)
{
    return node->state == FS_NODE_NOTICED ? node->ends : later(now_of(nodes), nodes->grace);
}

static void tell(struct fs_nodes *nodes, struct fs_machine *node)
{
    struct fs_berth *place;
    while ((place = next_to_tell(node))) {
        const fs_time by = due(nodes, node);
        place->told = true;
        if (node->state != FS_NODE_NOTICED)
            place->end = fs_schedule(nodes->sim, by, place_ends, nodes, (uintptr_t)place);
        nodes->evicted++;
        place->tenant->evicted(place->tenant, place, by);
    }
}

/* Tell those that can be spared, and come back for the others. */
static void evict(struct fs_nodes *nodes, struct fs_machine *node)
{
    const fs_time now = now_of(nodes);
    tell(nodes, node);
    if (node->state == FS_NODE_ENDING || all_told(node)) return;
    if (node->state == FS_NODE_DRAINING && nodes->give_up &&
        now - node->drained_from >= nodes->give_up) {
        nodes->draining--;
        nodes->saved++;
        reopen(nodes, node);
    } else {
        node->retry =
            fs_schedule(nodes->sim, now + nodes->eviction_retry, drain_on, nodes, (uintptr_t)node);
    }
}

static void drain_on(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_machine *node = (struct fs_machine *)arg;
    (void)sim;
    node->retry = 0;
    evict(self, node);
}

void fs_nodes_drain(struct fs_nodes *nodes, struct fs_machine *node)
{
    fs_nodes_close(nodes, node);
    node->state = FS_NODE_DRAINING;
    node->drained_from = now_of(nodes);
    node->unwanted = true;
    nodes->draining++;
    if (node->host.first)
        evict(nodes, node);
    else
        end_if_empty(nodes, node);
}

void fs_nodes_replace(struct fs_nodes *nodes, struct fs_machine *node, struct fs_machine *by)
{
    fs_nodes_close(nodes, node);
    node->state = FS_NODE_CLOSED;
    node->waits = NULL;
    struct fs_machine **end = &by->replaces;
    while (*end)
        end = &(*end)->waits;
    *end = node;
}

static void notice_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_machine *node = (struct fs_machine *)arg;
    (void)sim;
    node->life = 0;
    fs_nodes_lose(self, node);
}

void fs_nodes_interrupt(struct fs_nodes *nodes, struct fs_machine *node, fs_time notice)
{
    if (node->state == FS_NODE_NOTICED || node->state == FS_NODE_ENDING) return;
    if (notice == 0 || node->state == FS_NODE_BOOTING) {
        fs_nodes_lose(nodes, node);
        return;
    }
    if (node->state == FS_NODE_DRAINING) nodes->draining--;
    break_replacements(nodes, node);
    node->state = FS_NODE_NOTICED;
    node->ends = later(now_of(nodes), notice);
    fs_nodes_close(nodes, node);
    fs_cancel(nodes->sim, node->life);
    fs_cancel(nodes->sim, node->retry);
    node->life = fs_schedule(nodes->sim, node->ends, notice_ends, nodes, (uintptr_t)node);
    if (node->host.first)
        evict(nodes, node);
    else
        end_if_empty(nodes, node);
}

bool fs_nodes_spared(const struct fs_machine *node)
{
    for (struct fs_pod *pod = node->host.first; pod; pod = pod->next) {
        const struct fs_berth *place = place_of(pod);
        if (!place->tenant->spares(place->tenant, place)) return false;
    }
    return true;
}

/* ---- nodes come ----------------------------------------------------------------------------- */

static void becomes_ready(struct fs_nodes *nodes, struct fs_machine *node)
{
    node->state = FS_NODE_READY;
    node->ready = node->changed = now_of(nodes);
    node->group->coming--;
    fs_placement_join(&nodes->placement, &node->host);
    count_host(nodes, node, 1);
    node->group->ready(node->group, node);
    place_waiting(nodes);
    while (node->replaces) {
        struct fs_machine *other = node->replaces;
        node->replaces = other->waits;
        other->waits = NULL;
        fs_nodes_drain(nodes, other);
    }
}

static void boot_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_machine *node = (struct fs_machine *)arg;
    (void)sim;
    node->life = 0;
    becomes_ready(self, node);
}

static int choose_zone(const struct fs_nodes *nodes, const struct fs_node_group *group)
{
    int best = -1;
    for (int z = 0; z < nodes->zones; z++) {
        if (nodes->lost_until[z] > now_of(nodes)) continue;
        if (best < 0 || group->n_zone[z] < group->n_zone[best]) best = z;
    }
    return best;
}

static struct fs_machine *new_node(struct fs_nodes *nodes, struct fs_node_group *group, int zone)
{
    struct fs_machine *node = fs_slab_get(&nodes->slab);
    *node = (struct fs_machine){.host = {.total = group->each, .zone = zone},
                                .group = group,
                                .prev = nodes->last,
                                .number = group->numbers++,
                                .launched = now_of(nodes),
                                .ready = FS_NEVER};
    for (int i = 0; i < nodes->most_tenants; i++)
        node->image[i] = FS_NEVER;
    *(nodes->last ? &nodes->last->next : &nodes->first) = node;
    nodes->last = node;
    nodes->n++;
    group->n++;
    group->coming++;
    group->n_zone[zone]++;
    return node;
}

struct fs_machine *fs_nodes_launch(struct fs_nodes *nodes, struct fs_node_group *group,
                                   fs_time boot)
{
    const int zone = choose_zone(nodes, group);
    if (zone < 0) return NULL;
    struct fs_machine *node = new_node(nodes, group, zone);
    group->launched(group, node);
    if (boot == 0) {
        becomes_ready(nodes, node);
    } else {
        node->life =
            fs_schedule(nodes->sim, later(now_of(nodes), boot), boot_ends, nodes, (uintptr_t)node);
        count_waiting(nodes);
    }
    return node;
}

void fs_nodes_lose_zone(struct fs_nodes *nodes, int zone, fs_time until)
{
    if (zone >= nodes->zones) return;
    if (until > nodes->lost_until[zone]) nodes->lost_until[zone] = until;
    for (struct fs_machine *node = nodes->first; node; node = node->next) {
        if (node->host.zone == zone) fs_nodes_close(nodes, node);
    }
    for (struct fs_machine *node = nodes->first, *next; node; node = next) {
        next = node->next;
        if (node->host.zone != zone || node->state == FS_NODE_ENDING) continue;
        fs_nodes_lose(nodes, node);
        next = nodes->first; /* anything may have changed; those of the zone are gone */
    }
}

/* ---- set-up and laws ------------------------------------------------------------------------ */

void fs_nodes_new(struct fs_nodes *nodes, int zones, enum fs_scoring scoring, int most_tenants)
{
    struct fs_arena *arena = fs_sim_arena(nodes->sim);
    nodes->zones = zones;
    nodes->most_tenants = most_tenants;
    fs_placement_new(&nodes->placement, zones, scoring, arena);
    nodes->tenant = fs_arena_alloc(arena, (size_t)most_tenants * sizeof *nodes->tenant);
    nodes->group = fs_arena_alloc(arena, (size_t)most_tenants * sizeof *nodes->group);
    fs_slab_new(&nodes->slab, arena,
                sizeof(struct fs_machine) + (size_t)most_tenants * sizeof(fs_time));
}

void fs_nodes_join(struct fs_nodes *nodes, struct fs_node_group *group)
{
    fs_assert(nodes->sim, nodes->n_groups < nodes->most_tenants);
    nodes->group[nodes->n_groups++] = group;
    group->nodes = nodes;
}

static const char *group_broken(const struct fs_nodes *nodes, const struct fs_node_group *group)
{
    int64_t n = 0, coming = 0;
    for (const struct fs_machine *node = nodes->first; node; node = node->next) {
        n += node->group == group;
        coming += node->group == group && node->ready == FS_NEVER;
    }
    if (n != group->n || coming != group->coming) return "a group knows the number of its nodes";
    return NULL;
}

const char *fs_nodes_broken(const struct fs_nodes *nodes)
{
    int64_t pods = 0, cpu = 0;
    const char *law = fs_placement_broken(&nodes->placement);
    for (int i = 0; i < nodes->n_groups && !law; i++)
        law = group_broken(nodes, nodes->group[i]);
    if (law) return law;
    for (const struct fs_machine *node = nodes->first; node; node = node->next) {
        pods += node->host.used.pods;
        cpu += node->host.used.cpu;
        if (nodes->lost_until[node->host.zone] > now_of(nodes) && node->state != FS_NODE_ENDING)
            return "no node is in a lost zone";
    }
    if (pods != nodes->pods.level || cpu != nodes->cpu_asked.level)
        return "the cluster's pods are those of its nodes";
    if (nodes->placement.waiting != nodes->waiting.level)
        return "pods that wait are counted, with why";
    return NULL;
}
