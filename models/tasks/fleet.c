/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task has one event for its life: the end of the phase that it is in. Tasks are in one of two
 * lists: those that count, and those that leave; one function, reconcile(), holds the first against
 * what is wanted whenever anything has changed. A task is given back to memory in an event of its
 * own, never from within work that it still does.
 *
 * Everything that is drawn for a task is keyed by its number, so one service's tasks leave another
 * one's draws as they were.
 */
#include "fleet.h"

#include "bucket.h"
#include "math.h"
#include "rng.h"
#include "world.h"

enum purpose { PROVISIONING, INIT, FIRST_CHECK, CRASH, INTERRUPTION };

const char *const fs_launches_names[] = {"free", "on_demand", "spot", NULL};

static fs_time now_of(const struct fs_fleet *fleet)
{
    return fs_now(fleet->sim);
}

static fs_time later(fs_time now, fs_time by)
{
    return by < FS_NEVER - now ? now + by : FS_NEVER;
}

/* ---- draws ---------------------------------------------------------------------------------- */

static double draw(const struct fs_fleet *fleet, const struct fs_task *task, enum purpose purpose,
                   int64_t again)
{
    return fs_to_uniform(fs_key_at(fs_key_at(fleet->key, task->place.number, (uint64_t)purpose),
                                   (uint64_t)again, 0));
}

static fs_time draw_time(const struct fs_fleet *fleet, const struct fs_task *task,
                         const struct fs_dist *dist, enum purpose purpose)
{
    if (dist->kind == FS_DIST_CONSTANT) return fs_nanoseconds(dist->a);
    return fs_nanoseconds(fs_dist_quantile(dist, draw(fleet, task, purpose, task->crashes)));
}

/* A time to the next fault of a kind that comes every `mean`, without memory. */
static fs_time draw_fault(const struct fs_fleet *fleet, const struct fs_task *task, fs_time mean,
                          enum purpose purpose)
{
    const double u = draw(fleet, task, purpose, task->crashes);
    return fs_nanoseconds(-fs_log(u) * (double)mean);
}

/* ---- lists and states ----------------------------------------------------------------------- */

static void append(struct fs_task_list *list, struct fs_task *task)
{
    task->next = NULL;
    task->prev = list->last;
    if (list->last)
        list->last->next = task;
    else
        list->first = task;
    list->last = task;
    list->n++;
}

static void detach(struct fs_task_list *list, struct fs_task *task)
{
    if (task->prev)
        task->prev->next = task->next;
    else
        list->first = task->next;
    if (task->next)
        task->next->prev = task->prev;
    else
        list->last = task->prev;
    list->n--;
}

static bool is_running(int32_t state)
{
    return state >= FS_TASK_STARTING && state <= FS_TASK_UNHEALTHY;
}

static void enter(struct fs_fleet *fleet, struct fs_task *task, enum fs_task_state state)
{
    const fs_time now = now_of(fleet);
    const int32_t before = task->state;
    fleet->state[before]--;
    fleet->state[state]++;
    task->state = (uint16_t)state;
    fs_meter_set(&fleet->healthy, now, fleet->state[FS_TASK_HEALTHY]);
    fs_meter_set(&fleet->draining, now, fleet->state[FS_TASK_DRAINING]);
    fs_meter_add(&fleet->running, now, is_running((int32_t)state) - is_running(before));
    if ((before == FS_TASK_HEALTHY) != (state == FS_TASK_HEALTHY)) task->changed = now;
}

/* ---- charge --------------------------------------------------------------------------------- */

static void minimum_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_fleet *fleet = self;
    struct fs_task *task = (struct fs_task *)(arg - offsetof(struct fs_task, minimum));
    task->charged = true;
    fs_meter_add(&fleet->charged, fs_now(sim), 1);
}

static void charge_begins(struct fs_fleet *fleet, struct fs_task *task)
{
    task->paid_from = now_of(fleet);
    fleet->prepaid++;
    if (fleet->p->minimum_charge)
        fs_delay_join(fleet->sim, &fleet->minimum, &task->minimum);
    else
        minimum_passed(fleet->sim, fleet, (uintptr_t)&task->minimum);
}

static void charge_ends(struct fs_fleet *fleet, struct fs_task *task)
{
    if (fleet->p->minimum_charge) fs_delay_leave(fleet->sim, &fleet->minimum, &task->minimum);
    if (!task->charged) return;
    const fs_time now = now_of(fleet), over = (now - task->paid_from) % FS_S;
    if (over) fleet->rounded += FS_S - over;
    fs_meter_add(&fleet->charged, now, -1);
    task->charged = false;
}

__int128 fs_fleet_charged(const struct fs_fleet *fleet, fs_time now)
{
    return (__int128)fleet->prepaid * fleet->p->minimum_charge + fleet->rounded +
           fs_meter_total(&fleet->charged, now);
}

/* ---- the end -------------------------------------------------------------------------------- */

static fs_handler life_goes_on, crash_comes, notice_comes;
static void reconcile(struct fs_fleet *fleet);

static void set_life(struct fs_fleet *fleet, struct fs_task *task, fs_time at)
{
    if (fs_event_pending(fleet->sim, task->life)) fs_cancel(fleet->sim, task->life);
    task->life = fs_schedule(fleet->sim, at, life_goes_on, fleet, (uintptr_t)task);
}

static void forget(struct fs_fleet *fleet, struct fs_task *task)
{
    fs_cancel(fleet->sim, task->life);
    fs_cancel(fleet->sim, task->fault);
    if (fleet->p->health.interval) fs_delay_leave(fleet->sim, &fleet->check, &task->check);
    charge_ends(fleet, task);
}

/* Everything that it still works on is lost. In an event of its own. */
static void stop(struct fs_fleet *fleet, struct fs_task *task)
{
    const bool left = task->state == FS_TASK_DRAINING;
    if (task->state == FS_TASK_HEALTHY || task->state == FS_TASK_UNHEALTHY)
        fleet->serve(fleet, task, false);
    fs_task_kill(fleet->kind, task, FS_FAILED);
    fs_component_detach(fleet->kind->keeper, task->kept);
    forget(fleet, task);
    detach(left ? &fleet->leaving : &fleet->active, task);
    if (!left) {
        fleet->per_zone[task->zone]--;
        fleet->old -= task->version != fleet->version;
    }
    enter(fleet, task, FS_TASK_STOPPED);
    fleet->stopped++;
    fs_meter_add(&fleet->present, now_of(fleet), -1);
    if (fleet->cluster) fleet->cluster->type->cluster->release(fleet->cluster, &task->place);
    fs_slab_put(&fleet->tasks, task);
}

static fs_time drain_limit(const struct fs_fleet *fleet)
{
    const fs_time delay = fleet->p->stop.deregistration_delay;
    return delay ? delay : fleet->p->stop.timeout;
}

/* It gets no more and counts no more; it stops when it has nothing left to do, at the latest by
 * then. A task that has not come up stops at once. */
static void drain(struct fs_fleet *fleet, struct fs_task *task, fs_time by)
{
    const fs_time now = now_of(fleet), limit = later(now, drain_limit(fleet));
    if (task->state == FS_TASK_HEALTHY || task->state == FS_TASK_UNHEALTHY)
        fleet->serve(fleet, task, false);
    detach(&fleet->active, task);
    append(&fleet->leaving, task);
    fleet->per_zone[task->zone]--;
    fleet->old -= task->version != fleet->version;
    fs_cancel(fleet->sim, task->fault);
    if (fleet->p->health.interval) fs_delay_leave(fleet->sim, &fleet->check, &task->check);
    enter(fleet, task, FS_TASK_DRAINING);
    task->gone_by = limit < by ? limit : by;
    set_life(fleet, task, fs_task_is_idle(task) ? now : task->gone_by);
}

void fs_fleet_idle(struct fs_fleet *fleet, struct fs_task *task)
{
    set_life(fleet, task, now_of(fleet));
}

/* ---- the beginning -------------------------------------------------------------------------- */

static void pull(struct fs_fleet *fleet, struct fs_task *task)
{
    const struct fs_fleet_params *p = fleet->p;
    const double bytes = task->cached ? 0 : (double)p->start.image * p->start.needed;
    enter(fleet, task, FS_TASK_PULLING);
    charge_begins(fleet, task);
    set_life(fleet, task,
             later(now_of(fleet), fs_nanoseconds(bytes / (double)p->start.pull_speed * 1e9)));
}

static void come_up(struct fs_fleet *fleet, struct fs_task *task, fs_time wait)
{
    const double work = (double)draw_time(fleet, task, &fleet->p->start.init, INIT);
    enter(fleet, task, FS_TASK_STARTING);
    task->started = later(now_of(fleet), wait);
    set_life(fleet, task, later(task->started, fs_nanoseconds(work / fleet->vcpu)));
}

static void await_fault(struct fs_fleet *fleet, struct fs_task *task)
{
    fs_time crash = FS_NEVER, notice = FS_NEVER;
    if (fleet->p->crash.every) crash = draw_fault(fleet, task, fleet->p->crash.every, CRASH);
    if (fleet->p->interruption.every)
        notice = draw_fault(fleet, task, fleet->p->interruption.every, INTERRUPTION);
    if (crash == FS_NEVER && notice == FS_NEVER) return;
    task->fault = fs_schedule(fleet->sim, later(now_of(fleet), crash < notice ? crash : notice),
                              crash < notice ? crash_comes : notice_comes, fleet, (uintptr_t)task);
}

static void serve(struct fs_fleet *fleet, struct fs_task *task)
{
    enter(fleet, task, FS_TASK_HEALTHY);
    task->passed = task->missed = 0;
    if (task->ready == FS_NEVER) {
        task->ready = now_of(fleet);
        fs_latency_record(&fleet->start_up, task->ready - task->created);
    }
    if (fleet->p->health.interval) fs_delay_join(fleet->sim, &fleet->check, &task->check);
    await_fault(fleet, task);
    fleet->serve(fleet, task, true);
    reconcile(fleet);
}

/* The balancer looks at a new target at its next round, wherever that is. */
static void await_first_check(struct fs_fleet *fleet, struct fs_task *task)
{
    const double u = draw(fleet, task, FIRST_CHECK, task->crashes);
    enter(fleet, task, FS_TASK_REGISTERING);
    set_life(fleet, task, now_of(fleet) + fs_nanoseconds(u * (double)fleet->p->health.interval));
}

static void life_goes_on(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_fleet *fleet = self;
    struct fs_task *task = (struct fs_task *)arg;
    (void)sim;
    task->life = 0;
    switch ((enum fs_task_state)task->state) {
    case FS_TASK_PROVISIONING:
        pull(fleet, task);
        return;
    case FS_TASK_PULLING:
        come_up(fleet, task, 0);
        return;
    case FS_TASK_STARTING:
        if (fleet->p->health.interval)
            await_first_check(fleet, task);
        else
            serve(fleet, task);
        return;
    case FS_TASK_REGISTERING:
        serve(fleet, task);
        return;
    case FS_TASK_DRAINING:
        stop(fleet, task);
        return;
    case FS_TASK_HEALTHY:
    case FS_TASK_UNHEALTHY:
    case FS_TASK_STOPPED:
    case FS_TASK_STATES:
        fs_assert_failed(fleet->sim, "a task in service has no next step", __FILE__, __LINE__);
    }
}

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

static struct fs_task *new_task(struct fs_fleet *fleet, int32_t zone)
{
    struct fs_task *task = fs_slab_get(&fleet->tasks);
    fs_task_new(task);
    task->zone = zone;
    task->version = fleet->version;
    task->slowness = fleet->slowness;
    task->created = now_of(fleet);
    task->started = task->ready = task->changed = FS_NEVER;
    task->place = (struct fs_berth){.tenant = &fleet->tenant,
                                    .cpu = fleet->kind->cpu.capacity,
                                    .memory = fleet->memory,
                                    .since = task->created,
                                    .number = fleet->n++};
    append(&fleet->active, task);
    fleet->per_zone[zone]++;
    fleet->state[FS_TASK_PROVISIONING]++;
    fleet->started++;
    fs_meter_add(&fleet->present, task->created, 1);
    return task;
}

/* Leave to start comes first, then what it runs on is provisioned. */
static void launch(struct fs_fleet *fleet, int32_t zone)
{
    struct fs_task *task = new_task(fleet, zone);
    if (fleet->cluster) {
        fleet->cluster->type->cluster->place(fleet->cluster, &task->place);
        return;
    }
    const fs_time now = now_of(fleet);
    const fs_time at = fleet->bucket ? fs_bucket_reserve(fleet->bucket, now) : now;
    set_life(fleet, task,
             later(at, draw_time(fleet, task, &fleet->p->start.provisioning, PROVISIONING)));
}

/* ---- the number ----------------------------------------------------------------------------- */

static int32_t fullest_zone(const struct fs_fleet *fleet)
{
    int32_t best = 0;
    for (int32_t i = 1; i < FS_ZONES; i++) {
        if (fleet->per_zone[i] > fleet->per_zone[best]) best = i;
    }
    return best;
}

static int64_t coming_up(const struct fs_fleet *fleet)
{
    return fleet->active.n - fleet->state[FS_TASK_HEALTHY] - fleet->state[FS_TASK_UNHEALTHY];
}

/* What is stopped first: of an older version when `old`, what has not come up, then what came last
 * of the zones with the most tasks. */
static struct fs_task *choose_victim(const struct fs_fleet *fleet, bool old)
{
    const bool all_up = coming_up(fleet) == 0;
    const int64_t most = fleet->per_zone[fullest_zone(fleet)];
    struct fs_task *last = NULL, *last_of_most = NULL;
    for (struct fs_task *task = fleet->active.last; task; task = task->prev) {
        if (old && task->version == fleet->version) continue;
        if (task->state < FS_TASK_HEALTHY) return task;
        if (!last) last = task;
        if (!last_of_most && fleet->per_zone[task->zone] == most) last_of_most = task;
        if (all_up && last_of_most) break;
    }
    return last_of_most ? last_of_most : last;
}

static void grow(struct fs_fleet *fleet, int64_t n)
{
    for (; n > 0; n--) {
        const int32_t zone = choose_zone(fleet);
        if (zone < 0) return; /* all are lost */
        launch(fleet, zone);
    }
}

static void shrink(struct fs_fleet *fleet, int64_t n, bool old)
{
    for (; n > 0; n--)
        drain(fleet, choose_victim(fleet, old), FS_NEVER);
}

static int64_t share_of(int64_t n, double share, bool up)
{
    const double exact = (double)n * share;
    return (int64_t)(up ? exact + 1 - 1e-9 : exact + 1e-9);
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Of the old ones those may go that are not up, and healthy ones above the least share. */
static void replace(struct fs_fleet *fleet)
{
    const int64_t least = share_of(fleet->desired, fleet->p->deployment.minimum_healthy, true);
    const int64_t most = share_of(fleet->desired, fleet->p->deployment.maximum, false);
    while (fleet->old) {
        const struct fs_task *victim = choose_victim(fleet, true);
        if (victim->state >= FS_TASK_HEALTHY && fleet->state[FS_TASK_HEALTHY] <= least) break;
        shrink(fleet, 1, true);
    }
    const int64_t missing = fleet->desired - (fleet->active.n - fleet->old);
    grow(fleet, min_of(missing, most - fleet->active.n));
}

static void reconcile(struct fs_fleet *fleet)
{
    if (fleet->reconciling) return;
    fleet->reconciling = true;
    if (fleet->old) replace(fleet);
    shrink(fleet, fleet->active.n - fleet->old - fleet->desired, false);
    if (!fleet->old) grow(fleet, fleet->desired - fleet->active.n);
    fleet->reconciling = false;
}

void fs_fleet_want(struct fs_fleet *fleet, int64_t tasks)
{
    fleet->desired = tasks;
    fs_meter_set(&fleet->wanted, now_of(fleet), tasks);
    reconcile(fleet);
}

void fs_fleet_deploy(struct fs_fleet *fleet)
{
    fleet->version++;
    fleet->old = fleet->active.n;
    reconcile(fleet);
}

/* ---- health --------------------------------------------------------------------------------- */

/* Without a healthy task all that are registered get requests. */
static void see_to_opening(struct fs_fleet *fleet)
{
    const bool open = fleet->state[FS_TASK_HEALTHY] == 0 && fleet->state[FS_TASK_UNHEALTHY] > 0;
    if (open == fleet->open) return;
    fleet->open = open;
    for (struct fs_task *task = fleet->active.first; task; task = task->next) {
        if (task->state == FS_TASK_UNHEALTHY) fleet->serve(fleet, task, open);
    }
}

/* A check that was sent a time limit ago would still wait behind the oldest request. */
static bool answers_in_time(const struct fs_fleet *fleet, const struct fs_task *task)
{
    const fs_time since = fs_task_waiting_since(task);
    return !task->ill && (since == FS_NEVER || now_of(fleet) - since < fleet->p->health.timeout);
}

static void fall_ill(struct fs_fleet *fleet, struct fs_task *task)
{
    task->passed = 0;
    if (++task->missed < fleet->p->health.unhealthy_after) return;
    fleet->unhealthy++;
    if (fleet->p->health.replace) {
        drain(fleet, task, FS_NEVER);
        reconcile(fleet);
        return;
    }
    enter(fleet, task, FS_TASK_UNHEALTHY);
    if (!fleet->open) fleet->serve(fleet, task, false);
}

static void get_well(struct fs_fleet *fleet, struct fs_task *task)
{
    task->missed = 0;
    if (++task->passed < fleet->p->health.healthy_after) return;
    enter(fleet, task, FS_TASK_HEALTHY);
    if (!fleet->open) fleet->serve(fleet, task, true);
    reconcile(fleet);
}

static void check_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_fleet *fleet = self;
    struct fs_task *task = (struct fs_task *)(arg - offsetof(struct fs_task, check));
    const bool well = answers_in_time(fleet, task);
    fs_delay_join(sim, &fleet->check, &task->check);
    if (task->state == FS_TASK_HEALTHY && well)
        task->missed = 0;
    else if (task->state == FS_TASK_HEALTHY)
        fall_ill(fleet, task);
    else if (well)
        get_well(fleet, task);
    else
        task->passed = 0;
    see_to_opening(fleet);
}

/* ---- faults --------------------------------------------------------------------------------- */

/* Again and again at longer intervals; a task that has worked for long enough starts afresh. */
static fs_time back_off(const struct fs_fleet *fleet, const struct fs_task *task)
{
    fs_time wait = fleet->p->crash.wait;
    for (int64_t i = 1; i < task->crashes && wait < fleet->p->crash.wait_max; i++)
        wait *= 2;
    return wait < fleet->p->crash.wait_max ? wait : fleet->p->crash.wait_max;
}

static void start_again(struct fs_fleet *fleet, struct fs_task *task)
{
    if (task->state == FS_TASK_HEALTHY || task->state == FS_TASK_UNHEALTHY)
        fleet->serve(fleet, task, false);
    if (fleet->p->health.interval) fs_delay_leave(fleet->sim, &fleet->check, &task->check);
    fs_cancel(fleet->sim, task->fault);
    fs_cancel(fleet->sim, task->life);
    fs_task_kill(fleet->kind, task, FS_FAILED);
    task->dying = false;
    come_up(fleet, task, back_off(fleet, task));
}

void fs_fleet_crash(struct fs_fleet *fleet, struct fs_task *task)
{
    const fs_time up = task->changed == FS_NEVER ? 0 : now_of(fleet) - task->changed;
    fleet->crashed++;
    task->crashes = up >= 2 * fleet->p->crash.wait_max ? 1 : task->crashes + 1;
    if (fleet->p->crash.in_place && task->state != FS_TASK_DRAINING)
        start_again(fleet, task);
    else
        stop(fleet, task);
    see_to_opening(fleet);
    reconcile(fleet);
}

static void crash_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_task *task = (struct fs_task *)arg;
    (void)sim;
    task->fault = 0;
    fs_fleet_crash(self, task);
}

void fs_fleet_overloaded(struct fs_fleet *fleet, struct fs_task *task)
{
    if (task->dying) return;
    task->dying = true;
    fleet->out_of_memory++;
    fs_cancel(fleet->sim, task->fault);
    task->fault = fs_schedule(fleet->sim, now_of(fleet), crash_comes, fleet, (uintptr_t)task);
}

void fs_fleet_evict(struct fs_fleet *fleet, struct fs_task *task, fs_time by)
{
    if (task->state != FS_TASK_DRAINING) {
        drain(fleet, task, by);
    } else if (by < task->gone_by) {
        task->gone_by = by;
        set_life(fleet, task, fs_task_is_idle(task) ? now_of(fleet) : by);
    }
    see_to_opening(fleet);
    reconcile(fleet);
}

static void notice_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_fleet *fleet = self;
    struct fs_task *task = (struct fs_task *)arg;
    task->fault = 0;
    fleet->interrupted++;
    fs_fleet_evict(fleet, task, later(fs_now(sim), fleet->p->interruption.notice));
}

/* ---- brown-outs ------------------------------------------------------------------------------ */

void fs_fleet_brown_out(struct fs_fleet *fleet, double factor, double share, bool ill)
{
    const uint16_t hundredths = (uint16_t)(factor * 100 + 0.5);
    const uint16_t slowness = hundredths == 100 ? 0 : hundredths;
    int64_t n = share_of(fleet->active.n, share, true);
    fleet->slowness = share >= 1 ? slowness : 0;
    for (struct fs_task *task = fleet->active.first; task; task = task->next, n--) {
        task->slowness = n > 0 ? slowness : 0;
        task->ill = n > 0 && ill;
    }
}

/* ---- zones ---------------------------------------------------------------------------------- */

static void lose_all_of(struct fs_fleet *fleet, const struct fs_task_list *list, int zone)
{
    for (struct fs_task *task = list->first, *next; task; task = next) {
        next = task->next;
        if (task->zone != zone) continue;
        fleet->lost++;
        stop(fleet, task);
    }
}

static void zone_is_back(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    (void)arg;
    reconcile(self);
}

void fs_fleet_lose_zone(struct fs_fleet *fleet, int zone, fs_time until)
{
    if (fleet->cluster || zone >= fleet->p->zones) return; /* its nodes' zone is the cluster's */
    fleet->lost_until[zone] = until;
    fleet->reconciling = true;
    lose_all_of(fleet, &fleet->active, zone);
    lose_all_of(fleet, &fleet->leaving, zone);
    fleet->reconciling = false;
    see_to_opening(fleet);
    fs_schedule(fleet->sim, until, zone_is_back, fleet, 0);
    reconcile(fleet);
}

/* A task that was up before the run began. */
static void is_there(struct fs_fleet *fleet, struct fs_task *task)
{
    charge_begins(fleet, task);
    task->started = task->created;
    serve(fleet, task);
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
        is_there(fleet, task);
        return;
    }
    task->cached = image_cached;
    set_life(
        fleet, task,
        later(now_of(fleet), draw_time(fleet, task, &fleet->p->start.provisioning, PROVISIONING)));
}

static void evicted(struct fs_tenant *tenant, struct fs_berth *place, fs_time by)
{
    struct fs_fleet *fleet = of_tenant(tenant);
    fleet->interrupted++;
    fs_fleet_evict(fleet, of_place(place), by);
}

static void lost(struct fs_tenant *tenant, struct fs_berth *place)
{
    struct fs_fleet *fleet = of_tenant(tenant);
    fleet->lost++;
    stop(fleet, of_place(place));
    see_to_opening(fleet);
    reconcile(fleet);
}

static bool spares(const struct fs_tenant *tenant, const struct fs_berth *place)
{
    const struct fs_fleet *fleet =
        (const void *)((const char *)tenant - offsetof(struct fs_fleet, tenant));
    const struct fs_task *task =
        (const void *)((const char *)place - offsetof(struct fs_task, place));
    const int64_t least = share_of(fleet->desired, fleet->p->deployment.available, true);
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
        is_there(fleet, new_task(fleet, (int32_t)(i % fleet->p->zones)));
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
    if (params->launches == FS_LAUNCHES_ON_DEMAND) fleet->bucket = &account->launches;
    if (params->launches == FS_LAUNCHES_SPOT) fleet->bucket = &account->spot_launches;
    fs_slab_new(&fleet->tasks, fs_sim_arena(fleet->sim), sizeof(struct fs_task));
    fs_delay_list_new(fleet->sim, &fleet->minimum, params->minimum_charge, minimum_passed, fleet);
    fs_delay_list_new(fleet->sim, &fleet->check, params->health.interval, check_comes, fleet);
    fleet->desired = tasks;
    fs_meter_set(&fleet->wanted, now_of(fleet), tasks);
    fleet->opening = true;
    if (fleet->cluster)
        reconcile(fleet);
    else
        begin_healthy(fleet, tasks);
    fleet->opening = false;
}

const char *fs_fleet_broken(const struct fs_fleet *fleet)
{
    int64_t present = 0;
    for (int i = 0; i < FS_TASK_STOPPED; i++)
        present += fleet->state[i];
    if (present != fleet->active.n + fleet->leaving.n || present != fleet->present.level)
        return "tasks that are there = active + leaving";
    if (fleet->started != fleet->stopped + present) return "started = stopped + there";
    if (fleet->active.n - fleet->old > fleet->desired) return "tasks <= desired";
    return NULL;
}

/* ---- what rows cannot say ---------------------------------------------------------------------
 */

void fs_fleet_check(const struct fs_fleet_params *params, int64_t tasks,
                    struct fs_complaints *complaints)
{
    (void)tasks;
    if (params->deployment.minimum_healthy >= 1 && params->deployment.maximum <= 1)
        fs_complain(complaints, "deployment.maximum",
                    "with a minimum_healthy of 100%% nothing could ever be replaced; say more");
    if (params->start.image && !params->start.pull_speed)
        fs_complain(complaints, "start.pull_speed", "an image is pulled at some speed: say it");
    if (params->health.interval && params->health.timeout >= params->health.interval)
        fs_complain(complaints, "health.timeout", "must be shorter than the interval");
    if (params->crash.wait > params->crash.wait_max)
        fs_complain(complaints, "crash.wait_max", "must not be shorter than 'wait'");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(group, field)                                                                          \
    .offset =                                                                                      \
        offsetof(struct fs_fleet_params, group.field) - offsetof(struct fs_fleet_params, group)

const struct fs_param fs_fleet_start_rows[] = {
    {"provisioning", FS_P_DIST, FS_D_TIME, ROW(start, provisioning), "0s", 0, 0,
     .doc = "From leave to start to the start of the image's download: machine, network."},
    {"image", FS_P_SCALAR, FS_D_SIZE, ROW(start, image), "", 1, 1e12,
     .doc = "Size of the image as it is pulled, compressed; absent: it is there."},
    {"pull_speed", FS_P_SCALAR, FS_D_SIZE, ROW(start, pull_speed), "", 1, 1e12,
     .doc = "How much of it is pulled and unpacked in a second."},
    {"needed", FS_P_SCALAR, FS_D_FRACTION, ROW(start, needed), "100%", 0, 1,
     .doc = "Share of the image that must be there before the application starts; less than all "
            "is lazy loading."},
    {"init", FS_P_DIST, FS_D_TIME, ROW(start, init), "0s", 0, 0,
     .doc = "The application's own start on one vCPU; more vCPUs make it quicker, fewer slower."},
    {.key = NULL}};

const struct fs_param fs_fleet_health_rows[] = {
    {"interval", FS_P_SCALAR, FS_D_TIME, ROW(health, interval), NULL, 1e-3, 3600,
     .doc = "Time between two health checks of a task; a new one gets requests when it has passed "
            "its first."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(health, timeout), "5s", 1e-3, 3600,
     .doc = "A check fails that is not answered within this, as when the backlog is longer."},
    {"unhealthy_after", FS_P_SCALAR, FS_D_COUNT, ROW(health, unhealthy_after), "2", 1, 100,
     .doc = "Checks failed one after the other after which a task gets no more requests."},
    {"healthy_after", FS_P_SCALAR, FS_D_COUNT, ROW(health, healthy_after), "5", 1, 100,
     .doc = "Checks passed one after the other after which it gets requests again."},
    {"replace", FS_P_BOOL, FS_D_COUNT, ROW(health, replace), "false", 0, 0,
     .doc = "An unhealthy task is drained and another one started for it."},
    {.key = NULL}};

const struct fs_param fs_fleet_stop_rows[] = {
    {"deregistration_delay", FS_P_SCALAR, FS_D_TIME, ROW(stop, deregistration_delay), "", 1e-3,
     86400,
     .doc = "How long a draining task may work on what it has before the balancer cuts it off; "
            "absent: as long as 'timeout'."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(stop, timeout), "30s", 0, 86400,
     .doc = "Without a balancer's delay: time from the signal to stop to the end of the task."},
    {.key = NULL}};

const struct fs_param fs_fleet_crash_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(crash, every), "", 1e-3, 3.2e9,
     .doc = "Mean time in service to a task's next crash, exponential; absent: never."},
    {"in_place", FS_P_BOOL, FS_D_COUNT, ROW(crash, in_place), "false", 0, 0,
     .doc = "Its container is started again where it is; otherwise another task is started."},
    {"wait", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait), "10s", 0, 86400,
     .doc = "Wait before it is started again in its place, doubled after each further crash."},
    {"wait_max", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait_max), "5min", 0, 86400,
     .doc = "Longest such wait; twice as long in service and the first wait counts again."},
    {.key = NULL}};

const struct fs_param fs_fleet_interruption_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(interruption, every), NULL, 1, 3.2e9,
     .doc = "Mean time to the interruption of a task on spare capacity, exponential."},
    {"notice", FS_P_SCALAR, FS_D_TIME, ROW(interruption, notice), "2min", 0, 86400,
     .doc = "Time from the notice, when it begins to drain, to its end."},
    {.key = NULL}};

const struct fs_param fs_fleet_deployment_rows[] = {
    {"minimum_healthy", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, minimum_healthy), "100%", 0, 1,
     .doc = "Share of the tasks that stay healthy while a new version replaces them, rounded up."},
    {"maximum", FS_P_SCALAR, FS_D_NUMBER, ROW(deployment, maximum), "2", 1, 10,
     .doc = "Multiple of the tasks, old and new, that there are at most meanwhile, rounded down."},
    {"available", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, available), "0%", 0, 1,
     .doc = "Share of the tasks that a cluster leaves healthy when it moves tasks of its own will, "
            "rounded up."},
    {.key = NULL}};
