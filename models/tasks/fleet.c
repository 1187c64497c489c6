/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tasks are in one of two lists: those that count, and those that leave. One function,
 * fs_fleet_reconcile(), holds the first against what is wanted whenever anything has changed.
 */
#include "fleet.h"

#include "deployment.h"
#include "health.h"
#include "life.h"
#include "world.h"

static fs_time now_of(const struct fs_fleet *fleet)
{
    return fs_now(fleet->sim);
}

/* ---- the number ----------------------------------------------------------------------------- */

/* The zone that is not lost and has the fewest tasks. */
static int32_t choose_zone(const struct fs_fleet *fleet)
{
    int32_t best = -1;
    for (int32_t i = 0; i < fleet->p->zones; i++) {
        if (fleet->lost_until[i] > now_of(fleet)) continue;
        if (best < 0 || fleet->per_zone[i] < fleet->per_zone[best]) best = i;
    }
    return best;
}

static int32_t fullest_zone(const struct fs_fleet *fleet)
{
    int32_t best = 0;
    for (int32_t i = 1; i < FS_ZONES; i++) {
        if (fleet->per_zone[i] > fleet->per_zone[best]) best = i;
    }
    return best;
}

/* What is stopped first: of an older version when `old`, what has not come up, then what is
 * unhealthy, then what came last of the zones with the most tasks. */
static struct fs_task *choose_victim(const struct fs_fleet *fleet, bool old)
{
    const bool all_healthy = fleet->state[FS_TASK_HEALTHY] == fleet->active.n;
    const int64_t most = fleet->per_zone[fullest_zone(fleet)];
    struct fs_task *unhealthy = NULL, *last = NULL, *last_of_most = NULL;
    for (struct fs_task *task = fleet->active.last; task; task = task->prev) {
        if (old && task->version == fleet->version) continue;
        if (task->state < FS_TASK_HEALTHY) return task;
        if (!unhealthy && task->state == FS_TASK_UNHEALTHY) unhealthy = task;
        if (!last) last = task;
        if (!last_of_most && fleet->per_zone[task->zone] == most) last_of_most = task;
        if (all_healthy && last_of_most) break;
    }
    return unhealthy ? unhealthy : last_of_most ? last_of_most : last;
}

static void grow(struct fs_fleet *fleet, int64_t n)
{
    if (fs_deployment_holds(fleet)) return;
    for (; n > 0; n--) {
        const int32_t zone = choose_zone(fleet);
        if (zone < 0) break; /* all are lost */
        fs_life_begin(fleet, zone);
    }
    fs_meter_set(&fleet->no_zone, now_of(fleet), n > 0 ? n : 0);
}

static void shrink(struct fs_fleet *fleet, int64_t n, bool old)
{
    for (; n > 0; n--)
        fs_life_drain(fleet, choose_victim(fleet, old), FS_NEVER);
}

int64_t fs_fleet_share(int64_t n, double share, bool up)
{
    const double exact = (double)n * share;
    return (int64_t)(up ? exact + 1 - 1e-9 : exact + 1e-9);
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* May an old one go? What is not up may, what is unhealthy while more than the least share are up,
 * what is healthy while more than that are healthy. */
static bool may_go(const struct fs_fleet *fleet, const struct fs_task *task, int64_t least)
{
    const int64_t healthy = fleet->state[FS_TASK_HEALTHY];
    if (task->state < FS_TASK_HEALTHY) return true;
    if (task->state == FS_TASK_HEALTHY) return healthy > least;
    return healthy + fleet->state[FS_TASK_UNHEALTHY] > least;
}

static void replace(struct fs_fleet *fleet)
{
    const int64_t least = fs_deployment_least(fleet->p, fleet->desired);
    const int64_t most = fs_deployment_most(fleet->p, fleet->desired);
    while (fleet->old && may_go(fleet, choose_victim(fleet, true), least))
        shrink(fleet, 1, true);
    const int64_t missing = fleet->desired - (fleet->active.n - fleet->old);
    grow(fleet, min_of(missing, most - fleet->active.n));
}

void fs_fleet_reconcile(struct fs_fleet *fleet)
{
    if (fleet->reconciling) return;
    fleet->reconciling = true;
    if (fleet->old) replace(fleet);
    shrink(fleet, fleet->active.n - fleet->old - fleet->desired, false);
    if (!fleet->old) grow(fleet, fleet->desired - fleet->active.n);
    fs_health_opening(fleet);
    fleet->reconciling = false;
}

void fs_fleet_want(struct fs_fleet *fleet, int64_t tasks)
{
    fleet->desired = tasks;
    fs_meter_set(&fleet->wanted, now_of(fleet), tasks);
    fs_fleet_reconcile(fleet);
}

void fs_fleet_deploy(struct fs_fleet *fleet, double bad)
{
    fs_deployment_begin(fleet, bad);
    fs_fleet_reconcile(fleet);
}

/* ---- brown-outs ------------------------------------------------------------------------------ */

void fs_fleet_brown_out(struct fs_fleet *fleet, double factor, double share, bool ill)
{
    const uint16_t hundredths = (uint16_t)(factor * 100 + 0.5);
    const uint16_t slowness = hundredths == 100 ? 0 : hundredths;
    int64_t n = fs_fleet_share(fleet->active.n, share, true);
    fleet->slowness = share >= 1 ? slowness : 0;
    for (struct fs_task *task = fleet->active.first; task; task = task->next, n--) {
        task->slowness = n > 0 ? slowness : 0;
        task->ill = n > 0 && ill;
    }
    for (struct fs_task *task = fleet->leaving.first; task; task = task->next)
        task->slowness = fleet->slowness;
}

/* ---- zones ---------------------------------------------------------------------------------- */

static void lose_all_of(struct fs_fleet *fleet, const struct fs_task_list *list, int zone)
{
    for (struct fs_task *task = list->first, *next; task; task = next) {
        next = task->next;
        if (task->zone != zone) continue;
        fleet->lost++;
        fs_life_stop(fleet, task);
    }
}

static void zone_is_back(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    (void)arg;
    fs_fleet_reconcile(self);
}

void fs_fleet_lose_zone(struct fs_fleet *fleet, int zone, fs_time until)
{
    if (fleet->cluster || zone >= fleet->p->zones) return; /* its nodes' zone is the cluster's */
    if (until > fleet->lost_until[zone]) fleet->lost_until[zone] = until;
    fleet->reconciling = true;
    lose_all_of(fleet, &fleet->active, zone);
    lose_all_of(fleet, &fleet->leaving, zone);
    fleet->reconciling = false;
    fs_schedule(fleet->sim, until, zone_is_back, fleet, 0);
    fs_fleet_reconcile(fleet);
}

/* ---- the cluster ---------------------------------------------------------------------------- */

static struct fs_fleet *of_tenant(struct fs_tenant *tenant)
{
    return (struct fs_fleet *)(void *)((char *)tenant - offsetof(struct fs_fleet, tenant));
}

static struct fs_task *of_place(struct fs_berth *place)
{
    return (struct fs_task *)(void *)((char *)place - offsetof(struct fs_task, place));
}

static void placed(struct fs_tenant *tenant, struct fs_berth *place, bool image_cached)
{
    struct fs_fleet *fleet = of_tenant(tenant);
    struct fs_task *task = of_place(place);
    if (task->state != FS_TASK_PROVISIONING) return; /* drained meanwhile */
    if (fleet->opening) {
        fs_life_is_there(fleet, task);
        return;
    }
    fs_life_placed(fleet, task, image_cached);
}

static void evicted(struct fs_tenant *tenant, struct fs_berth *place, fs_time by)
{
    struct fs_fleet *fleet = of_tenant(tenant);
    fleet->interrupted++;
    fs_life_evict(fleet, of_place(place), by);
}

static void lost(struct fs_tenant *tenant, struct fs_berth *place)
{
    struct fs_fleet *fleet = of_tenant(tenant);
    fleet->lost++;
    fs_life_stop(fleet, of_place(place));
    fs_fleet_reconcile(fleet);
}

static bool spares(const struct fs_tenant *tenant, const struct fs_berth *place)
{
    const struct fs_fleet *fleet =
        (const void *)((const char *)tenant - offsetof(struct fs_fleet, tenant));
    const struct fs_task *task =
        (const void *)((const char *)place - offsetof(struct fs_task, place));
    const int64_t least = fs_fleet_share(fleet->desired, fleet->p->deployment.available, true);
    return task->state != FS_TASK_HEALTHY || fleet->state[FS_TASK_HEALTHY] > least;
}

/* ---- for policies --------------------------------------------------------------------------- */

static struct fs_task_view show(const struct fs_fleet *fleet, const struct fs_task *task)
{
    return (struct fs_task_view){.number = task->place.number,
                                 .state = (enum fs_task_state)task->state,
                                 .created = task->created,
                                 .started = task->started,
                                 .ready = task->ready,
                                 .changed = task->changed,
                                 .cpu = fs_task_cpu_time(fleet->kind, task),
                                 .memory = fleet->idle_memory + fleet->job_memory * task->in_flight,
                                 .in_flight = task->in_flight,
                                 .waiting = task->waiting};
}

const struct fs_task_view *fs_fleet_look(struct fs_fleet *fleet, int *n)
{
    const int64_t present = fleet->active.n + fleet->leaving.n;
    const struct fs_task *a = fleet->active.first, *b = fleet->leaving.first;
    if (present > fleet->room) {
        fleet->room = (int)(2 * present);
        fleet->view =
            fs_arena_alloc(fs_sim_arena(fleet->sim), (size_t)fleet->room * sizeof *fleet->view);
    }
    for (*n = 0; a || b; ++*n) {
        const bool first = !b || (a && a->place.number < b->place.number);
        const struct fs_task *task = first ? a : b;
        fleet->view[*n] = show(fleet, task);
        if (first)
            a = a->next;
        else
            b = b->next;
    }
    return fleet->view;
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void begin_healthy(struct fs_fleet *fleet, int64_t tasks)
{
    fleet->reconciling = true;
    for (int64_t i = 0; i < tasks; i++) {
        fs_life_is_there(fleet, fs_life_new(fleet, (int32_t)(i % fleet->p->zones)));
    }
    fleet->reconciling = false;
}

void fs_fleet_start(struct fs_fleet *fleet, struct fs_component *service,
                    const struct fs_fleet_params *params, int64_t tasks)
{
    struct fs_account *account = &service->world->account;
    fleet->p = params;
    fleet->sim = service->sim;
    fleet->world = service->world;
    fleet->key = fs_key_at(service->key, 2, 0);
    fleet->tenant = (struct fs_tenant){service->name, placed, evicted, lost, spares};
    if (params->cluster) fleet->cluster = fs_world_component(fleet->world, params->cluster);
    if (params->launches == FS_LAUNCHES_ON_DEMAND) fleet->allowance = &account->launches;
    if (params->launches == FS_LAUNCHES_SPOT) fleet->allowance = &account->spot_launches;
    fs_slab_new(&fleet->tasks, fs_sim_arena(fleet->sim), sizeof(struct fs_task));
    fs_delay_list_new(fleet->sim, &fleet->minimum, params->minimum_charge, fs_life_minimum_passed,
                      fleet);
    fs_health_start(fleet);
    fleet->desired = tasks;
    fs_meter_set(&fleet->wanted, now_of(fleet), tasks);
    fleet->opening = true;
    if (fleet->cluster)
        fs_fleet_reconcile(fleet);
    else
        begin_healthy(fleet, tasks);
    fleet->opening = false;
}

const char *fs_fleet_state_of(const struct fs_task *task)
{
    static const char *const names[] = {
#define XX(upper, lower) #lower,
        FS_TASK_STATE_MAP(XX)
#undef XX
    };
    if (task->state == FS_TASK_HEALTHY) return task->in_flight ? "executing" : "idle";
    return names[task->state];
}

static int64_t in_flight_in(const struct fs_task_list *list)
{
    int64_t n = 0;
    for (const struct fs_task *task = list->first; task; task = task->next)
        n += task->in_flight;
    return n;
}

const char *fs_fleet_broken(const struct fs_fleet *fleet)
{
    int64_t present = 0;
    for (int i = 0; i < FS_TASK_STOPPED; i++)
        present += fleet->state[i];
    if (present != fleet->active.n + fleet->leaving.n || present != fleet->present.level)
        return "tasks that are there = active + leaving";
    if (fleet->started != fleet->stopped + present) return "started = stopped + there";
    if (in_flight_in(&fleet->leaving) != fleet->kind->draining.in_flight.level)
        return "work in tasks that drain is counted";
    if (fleet->active.n - fleet->old > fleet->desired) return "tasks <= desired";
    return NULL;
}
