/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pod goes to the zone that has the fewest of its shape among those with room, and there to the
 * host of the highest score; among equals the one that came first. The score is the sum of two of
 * the Kubernetes scheduler's default plug-ins, in its whole numbers of 0 to 100:
 *   NodeResourcesFit, LeastAllocated   mean over CPU and memory of what would be left
 *   NodeResourcesBalancedAllocation    100 x (1 - |share of CPU - share of memory| / 2)
 * https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
 * Its PodTopologySpread (weight 2, more than these two apart) is what zones first stands for; its
 * other plug-ins see nothing here that differs between hosts. It breaks ties at random.
 *
 * Each shape has a tournament over the hosts of each zone, so the scheduler's scan over all hosts
 * is a look at its root, and a host that changes is replayed up its branch.
 */
#include "placement.h"

#include "arena.h"
#include "fail.h"

#include <math.h>
#include <string.h>

void fs_placement_new(struct fs_placement *placement, int zones, enum fs_scoring scoring,
                      struct fs_arena *arena)
{
    *placement = (struct fs_placement){.n_zones = zones, .scoring = scoring, .arena = arena};
    placement->zone = fs_arena_alloc(arena, (size_t)zones * sizeof *placement->zone);
}

int64_t fs_capacity_holds(struct fs_capacity total, struct fs_capacity ask)
{
    int64_t n = total.pods;
    if (ask.cpu > 0 && total.cpu / ask.cpu < n) n = total.cpu / ask.cpu;
    if (ask.memory > 0 && total.memory / ask.memory < n) n = total.memory / ask.memory;
    return n;
}

static struct fs_capacity plus(struct fs_capacity a, struct fs_capacity b, int64_t sign)
{
    return (struct fs_capacity){a.cpu + sign * b.cpu, a.memory + sign * b.memory,
                                a.pods + sign * b.pods};
}

/* ---- scores --------------------------------------------------------------------------------- */

static int64_t left_of(int64_t total, int64_t used)
{
    return total > 0 ? (total - used) * 100 / total : 0;
}

static double share_of(int64_t total, int64_t used)
{
    return total > 0 ? (double)used / (double)total : 1;
}

static int32_t score_of(const struct fs_placement *placement, const struct fs_host *host,
                        const struct fs_shape *shape)
{
    if (host->closed || !fs_capacity_fits(host->total, host->used, shape->ask)) return -1;
    const struct fs_capacity used = plus(host->used, shape->ask, 1);
    const int64_t cpu = left_of(host->total.cpu, used.cpu);
    const int64_t memory = left_of(host->total.memory, used.memory);
    const int64_t fit = placement->scoring == FS_LEAST_ALLOCATED ? (cpu + memory) / 2
                                                                 : (100 - cpu + 100 - memory) / 2;
    const double apart =
        fabs(share_of(host->total.cpu, used.cpu) - share_of(host->total.memory, used.memory));
    return (int32_t)(fit + (int64_t)((1 - apart / 2) * 100));
}

static int32_t winner(const struct fs_zone_view *view, int32_t a, int32_t b)
{
    if (a < 0 || b < 0) return a < 0 ? b : a;
    return view->score[b] > view->score[a] ? b : a;
}

/* best[1] is the final, best[room + slot] the slot itself. */
static void replay(struct fs_zone_view *view, int room, int slot)
{
    view->best[room + slot] = view->score[slot] < 0 ? -1 : slot;
    for (int i = (room + slot) / 2; i > 0; i /= 2)
        view->best[i] = winner(view, view->best[2 * i], view->best[2 * i + 1]);
}

static void score_host(struct fs_placement *placement, const struct fs_host *host)
{
    const int room = placement->zone[host->zone].room;
    for (int i = 0; i < placement->n_shapes; i++) {
        struct fs_zone_view *view = &placement->shape[i].zone[host->zone];
        const int32_t score = score_of(placement, host, &placement->shape[i]);
        if (view->score[host->slot] == score) continue;
        view->score[host->slot] = score;
        replay(view, room, host->slot);
    }
}

/* Build a shape's tournament in a zone anew. */
static void draw_up(struct fs_placement *placement, struct fs_shape *shape, int z)
{
    const struct fs_zone *zone = &placement->zone[z];
    struct fs_zone_view *view = &shape->zone[z];
    const size_t room = (size_t)zone->room;
    if (room == 0) return;
    view->score = fs_arena_alloc(placement->arena, room * sizeof *view->score);
    view->best = fs_arena_alloc(placement->arena, 2 * room * sizeof *view->best);
    for (size_t i = 0; i < room; i++) {
        const struct fs_host *host = (int)i < zone->n ? zone->host[i] : NULL;
        view->score[i] = host ? score_of(placement, host, shape) : -1;
        view->best[room + i] = view->score[i] < 0 ? -1 : (int32_t)i;
    }
    for (size_t i = room - 1; i > 0; i--)
        view->best[i] = winner(view, view->best[2 * i], view->best[2 * i + 1]);
}

int fs_placement_shape(struct fs_placement *placement, int64_t cpu, int64_t memory)
{
    if (placement->n_shapes == placement->shape_room) {
        const int room = placement->shape_room ? 2 * placement->shape_room : 4;
        struct fs_shape *more = fs_arena_alloc(placement->arena, (size_t)room * sizeof *more);
        if (placement->n_shapes)
            memcpy(more, placement->shape, (size_t)placement->n_shapes * sizeof *more);
        placement->shape = more;
        placement->shape_room = room;
    }
    struct fs_shape *shape = &placement->shape[placement->n_shapes];
    *shape = (struct fs_shape){.ask = {cpu, memory, 1}};
    shape->zone =
        fs_arena_alloc(placement->arena, (size_t)placement->n_zones * sizeof *shape->zone);
    for (int z = 0; z < placement->n_zones; z++)
        draw_up(placement, shape, z);
    return placement->n_shapes++;
}

/* ---- hosts ---------------------------------------------------------------------------------- */

static void grow_zone(struct fs_placement *placement, int z)
{
    struct fs_zone *zone = &placement->zone[z];
    struct fs_host **old = zone->host;
    zone->room = zone->room ? 2 * zone->room : 8;
    zone->host = fs_arena_alloc(placement->arena, (size_t)zone->room * sizeof *zone->host);
    if (zone->n) memcpy(zone->host, old, (size_t)zone->n * sizeof *old);
    for (int i = 0; i < placement->n_shapes; i++)
        draw_up(placement, &placement->shape[i], z);
}

/* The first free slot: hosts come seldom. */
static int free_slot(const struct fs_zone *zone)
{
    int slot = 0;
    if (zone->hosts == zone->n) return zone->n;
    while (zone->host[slot])
        slot++;
    return slot;
}

void fs_placement_join(struct fs_placement *placement, struct fs_host *host)
{
    struct fs_zone *zone = &placement->zone[host->zone];
    const int slot = free_slot(zone);
    if (slot == zone->room) grow_zone(placement, host->zone);
    if (slot == zone->n) zone->n++;
    zone->host[slot] = host;
    zone->hosts++;
    host->slot = slot;
    host->used = (struct fs_capacity){0, 0, 0};
    host->first = NULL;
    host->closed = false;
    score_host(placement, host);
}

void fs_placement_close(struct fs_placement *placement, struct fs_host *host, bool closed)
{
    host->closed = closed;
    score_host(placement, host);
}

void fs_placement_leave(struct fs_placement *placement, struct fs_host *host)
{
    struct fs_zone *zone = &placement->zone[host->zone];
    fs_placement_close(placement, host, true);
    zone->host[host->slot] = NULL;
    zone->hosts--;
}

/* ---- pods ----------------------------------------------------------------------------------- */

static struct fs_host *choose(const struct fs_placement *placement, const struct fs_shape *shape)
{
    struct fs_host *host = NULL;
    int64_t least = INT64_MAX;
    for (int z = 0; z < placement->n_zones; z++) {
        const struct fs_zone_view *view = &shape->zone[z];
        if (!view->best || view->best[1] < 0 || view->placed >= least) continue;
        least = view->placed;
        host = placement->zone[z].host[view->best[1]];
    }
    return host;
}

static void bind(struct fs_placement *placement, struct fs_pod *pod, struct fs_host *host)
{
    struct fs_shape *shape = &placement->shape[pod->shape];
    pod->host = host;
    pod->prev = NULL;
    pod->next = host->first;
    if (host->first) host->first->prev = pod;
    host->first = pod;
    host->used = plus(host->used, shape->ask, 1);
    shape->placed++;
    shape->zone[host->zone].placed++;
    score_host(placement, host);
}

static void unbind(struct fs_placement *placement, struct fs_pod *pod)
{
    struct fs_shape *shape = &placement->shape[pod->shape];
    struct fs_host *host = pod->host;
    *(pod->prev ? &pod->prev->next : &host->first) = pod->next;
    if (pod->next) pod->next->prev = pod->prev;
    pod->host = NULL;
    host->used = plus(host->used, shape->ask, -1);
    shape->placed--;
    shape->zone[host->zone].placed--;
    score_host(placement, host);
}

static void let_wait(struct fs_placement *placement, struct fs_pod *pod)
{
    struct fs_shape *shape = &placement->shape[pod->shape];
    pod->since = ++placement->order;
    pod->prev = shape->last;
    pod->next = NULL;
    *(shape->last ? &shape->last->next : &shape->first) = pod;
    shape->last = pod;
    shape->waiting++;
    placement->waiting++;
}

static void stop_waiting(struct fs_placement *placement, struct fs_pod *pod)
{
    struct fs_shape *shape = &placement->shape[pod->shape];
    pod->since = 0;
    *(pod->prev ? &pod->prev->next : &shape->first) = pod->next;
    *(pod->next ? &pod->next->prev : &shape->last) = pod->prev;
    shape->waiting--;
    placement->waiting--;
}

bool fs_placement_put(struct fs_placement *placement, struct fs_pod *pod)
{
    struct fs_host *host = choose(placement, &placement->shape[pod->shape]);
    if (host)
        bind(placement, pod, host);
    else
        let_wait(placement, pod);
    return host != NULL;
}

void fs_placement_take(struct fs_placement *placement, struct fs_pod *pod)
{
    if (pod->host) unbind(placement, pod);
    if (pod->since) stop_waiting(placement, pod);
}

struct fs_pod *fs_placement_next(struct fs_placement *placement)
{
    struct fs_pod *first = NULL;
    struct fs_host *host = NULL;
    for (int i = 0; i < placement->n_shapes; i++) {
        const struct fs_shape *shape = &placement->shape[i];
        if (!shape->first || (first && shape->first->since > first->since)) continue;
        struct fs_host *found = choose(placement, shape);
        if (!found) continue;
        first = shape->first;
        host = found;
    }
    if (!first) return NULL;
    stop_waiting(placement, first);
    bind(placement, first, host);
    return first;
}

/* ---- what if -------------------------------------------------------------------------------- */

static void note_moved(struct fs_placement *placement, int n, struct fs_pod *pod,
                       struct fs_host *from)
{
    if (n == placement->moved_room) {
        const int room = n ? 2 * n : 64;
        struct fs_moved *more = fs_arena_alloc(placement->arena, (size_t)room * sizeof *more);
        if (n) memcpy(more, placement->moved, (size_t)n * sizeof *more);
        placement->moved = more;
        placement->moved_room = room;
    }
    placement->moved[n] = (struct fs_moved){pod, from};
}

/* The pods are moved for real, those without another place off all hosts, and then put back: only
 * their order on their hosts may change. */
int64_t fs_placement_left_over(struct fs_placement *placement, struct fs_host *const *host, int n,
                               int64_t *count)
{
    int moved = 0;
    int64_t left = 0;
    memset(count, 0, (size_t)placement->n_shapes * sizeof *count);
    for (int i = 0; i < n; i++) {
        fs_assert(NULL, !host[i]->closed);
        fs_placement_close(placement, host[i], true);
    }
    for (int i = 0; i < n; i++) {
        for (struct fs_pod *pod; (pod = host[i]->first); moved++) {
            struct fs_host *other = choose(placement, &placement->shape[pod->shape]);
            note_moved(placement, moved, pod, host[i]);
            unbind(placement, pod);
            if (other) {
                bind(placement, pod, other);
            } else {
                count[pod->shape]++;
                left++;
            }
        }
    }
    while (moved-- > 0) {
        struct fs_pod *pod = placement->moved[moved].pod;
        if (pod->host) unbind(placement, pod);
        bind(placement, pod, placement->moved[moved].from);
    }
    for (int i = 0; i < n; i++)
        fs_placement_close(placement, host[i], false);
    return left;
}

/* ---- laws ----------------------------------------------------------------------------------- */

static const char *host_broken(const struct fs_placement *placement, const struct fs_host *host)
{
    struct fs_capacity used = {0, 0, 0};
    for (const struct fs_pod *pod = host->first; pod; pod = pod->next) {
        if (pod->host != host || pod->since) return "a pod knows its host";
        used = plus(used, placement->shape[pod->shape].ask, 1);
    }
    if (memcmp(&used, &host->used, sizeof used) != 0) return "what is used is the pods' sum";
    if (!fs_capacity_fits(host->total, used, (struct fs_capacity){0, 0, 0}))
        return "pods fit on their host";
    return NULL;
}

static const char *shape_broken(const struct fs_placement *placement, const struct fs_shape *shape)
{
    int64_t placed = 0, waiting = 0;
    for (int z = 0; z < placement->n_zones; z++)
        placed += shape->zone[z].placed;
    for (const struct fs_pod *pod = shape->first; pod; pod = pod->next) {
        if (pod->host || !pod->since) return "a pod that waits has no host";
        waiting++;
    }
    if (placed != shape->placed || waiting != shape->waiting) return "pods of a shape add up";
    return shape->waiting && choose(placement, shape) ? "no pod waits that has a place" : NULL;
}

const char *fs_placement_broken(const struct fs_placement *placement)
{
    const char *law = NULL;
    for (int z = 0; z < placement->n_zones && !law; z++) {
        for (int i = 0; i < placement->zone[z].n && !law; i++) {
            const struct fs_host *host = placement->zone[z].host[i];
            if (host) law = host_broken(placement, host);
        }
    }
    for (int i = 0; i < placement->n_shapes && !law; i++)
        law = shape_broken(placement, &placement->shape[i]);
    return law;
}
