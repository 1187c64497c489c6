/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task has one event for its life: the end of the phase that it is in. It is given back to memory
 * in an event of its own, never from within work that it still does.
 *
 * Everything that is drawn for a task is keyed by its number and by how often it has begun again in
 * its place, so one service's tasks leave another one's draws as they were and no life repeats one.
 */
#include "life.h"

#include "deployment.h"
#include "health.h"
#include "math.h"
#include "rng.h"
#include "world.h"

enum purpose { PROVISIONING, INIT, FIRST_CHECK, CRASH, INTERRUPTION };

#define PLACES_KNOWN 1000000 /* in flight in a task: beyond that it is no limit */

static fs_time now_of(const struct fs_fleet *fleet)
{
    return fs_now(fleet->sim);
}

static fs_time later(fs_time now, fs_time by)
{
    return by < FS_NEVER - now ? now + by : FS_NEVER;
}

/* ---- draws ---------------------------------------------------------------------------------- */

static double draw(const struct fs_fleet *fleet, const struct fs_task *task, enum purpose purpose)
{
    return fs_to_uniform(fs_key_at(fs_key_at(fleet->key, task->place.number, (uint64_t)purpose),
                                   (uint64_t)task->lives, 0));
}

static fs_time draw_time(const struct fs_fleet *fleet, const struct fs_task *task,
                         const struct fs_dist *dist, enum purpose purpose)
{
    if (dist->kind == FS_DIST_CONSTANT) return fs_nanoseconds(dist->a);
    return fs_nanoseconds(fs_dist_quantile(dist, draw(fleet, task, purpose)));
}

/* A time to the next fault of a kind that comes every `mean`, without memory. */
static fs_time draw_fault(const struct fs_fleet *fleet, const struct fs_task *task, fs_time mean,
                          enum purpose purpose)
{
    const double u = draw(fleet, task, purpose);
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

void fs_life_enter(struct fs_fleet *fleet, struct fs_task *task, enum fs_task_state state)
{
    const fs_time now = now_of(fleet);
    const int32_t before = task->state;
    fleet->state[before]--;
    fleet->state[state]++;
    task->state = (uint16_t)state;
    fs_meter_set(&fleet->healthy, now, fleet->state[FS_TASK_HEALTHY]);
    if (fleet->kind->places <= PLACES_KNOWN)
        fs_meter_set(&fleet->room_in, now, fleet->state[FS_TASK_HEALTHY] * fleet->kind->places);
    fs_meter_set(&fleet->draining, now, fleet->state[FS_TASK_DRAINING]);
    fs_meter_add(&fleet->running, now, is_running((int32_t)state) - is_running(before));
    if ((before == FS_TASK_HEALTHY) != (state == FS_TASK_HEALTHY)) task->changed = now;
}

/* ---- charge --------------------------------------------------------------------------------- */

void fs_life_minimum_passed(struct fs_sim *sim, void *self, uintptr_t arg)
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
        fs_life_minimum_passed(fleet->sim, fleet, (uintptr_t)&task->minimum);
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

__int128 fs_life_charged(const struct fs_fleet *fleet, fs_time now)
{
    return (__int128)fleet->prepaid * fleet->p->minimum_charge + fleet->rounded +
           fs_meter_total(&fleet->charged, now);
}

/* ---- the end -------------------------------------------------------------------------------- */

static fs_handler life_goes_on, crash_comes, notice_comes;

static void set_life(struct fs_fleet *fleet, struct fs_task *task, fs_time at)
{
    fs_cancel(fleet->sim, task->life);
    task->life = fs_schedule(fleet->sim, at, life_goes_on, fleet, (uintptr_t)task);
}

static void forget(struct fs_fleet *fleet, struct fs_task *task)
{
    fs_cancel(fleet->sim, task->life);
    fs_cancel(fleet->sim, task->fault);
    fs_health_leave(fleet, task);
    charge_ends(fleet, task);
}

static void leave(struct fs_fleet *fleet, struct fs_task *task)
{
    detach(&fleet->active, task);
    fleet->per_zone[task->zone]--;
    fleet->old -= task->version != fleet->version;
}

static void give_back(struct fs_fleet *fleet, struct fs_task *task)
{
    if (fleet->cluster) fleet->cluster->type->cluster->release(fleet->cluster, &task->place);
    if (!fleet->allowance) return;
    if (task->waits_for_vcpus) fs_meter_add(&fleet->no_vcpus, now_of(fleet), -1);
    fs_allowance_give_back(fleet->allowance, &task->ask, now_of(fleet));
}

void fs_life_stop(struct fs_fleet *fleet, struct fs_task *task)
{
    fleet->serve(fleet, task, FS_SERVES_NOBODY);
    fs_task_kill(fleet->kind, task, FS_FAILED);
    fs_component_detach(fleet->kind->keeper, task->kept);
    forget(fleet, task);
    if (task->state == FS_TASK_DRAINING)
        detach(&fleet->leaving, task);
    else
        leave(fleet, task);
    fs_life_enter(fleet, task, FS_TASK_STOPPED);
    fleet->stopped++;
    fs_meter_add(&fleet->present, now_of(fleet), -1);
    fs_instances_go(&fleet->instances, task);
    give_back(fleet, task);
    fs_slab_put(&fleet->tasks, task);
}

static bool is_free(const struct fs_task *task)
{
    return fs_task_is_idle(task) && task->connections == 0;
}

/* Its next step: it is free, the balancer's patience is over, or its own time. */
static void drain_on(struct fs_fleet *fleet, struct fs_task *task)
{
    fs_time at = task->gone_by;
    if (task->cut_at && task->cut_at < at) at = task->cut_at;
    set_life(fleet, task, is_free(task) ? now_of(fleet) : at);
}

/* First the balancer waits for what is under way and for connections, then it cuts them off and the
 * application is told to stop; without a balancer's delay it is told at once. */
void fs_life_drain(struct fs_fleet *fleet, struct fs_task *task, fs_time by)
{
    const fs_time now = now_of(fleet);
    const fs_time delay = fleet->balanced ? fleet->p->stop.deregistration_delay : 0;
    const fs_time end = later(later(now, delay), fleet->p->stop.timeout);
    fleet->serve(fleet, task, FS_SERVES_KNOWN);
    leave(fleet, task);
    append(&fleet->leaving, task);
    fs_cancel(fleet->sim, task->fault);
    fs_health_leave(fleet, task);
    fs_life_enter(fleet, task, FS_TASK_DRAINING);
    fs_task_drains(fleet->kind, task);
    task->cut_at = delay ? later(now, delay) : 0;
    task->gone_by = end < by ? end : by;
    drain_on(fleet, task);
}

static void cut_off(struct fs_fleet *fleet, struct fs_task *task)
{
    task->cut_at = 0;
    fleet->serve(fleet, task, FS_SERVES_NOBODY);
    fs_task_cut_off(fleet->kind, task, FS_FAILED);
    drain_on(fleet, task);
}

void fs_life_idle(struct fs_fleet *fleet, struct fs_task *task)
{
    if (task->state == FS_TASK_DRAINING && is_free(task)) set_life(fleet, task, now_of(fleet));
}

/* ---- the beginning -------------------------------------------------------------------------- */

static void pull(struct fs_fleet *fleet, struct fs_task *task)
{
    const struct fs_fleet_params *p = fleet->p;
    const double bytes = task->cached ? 0 : (double)p->start.image * p->start.needed;
    fs_life_enter(fleet, task, FS_TASK_PULLING);
    charge_begins(fleet, task);
    set_life(fleet, task,
             later(now_of(fleet), fs_nanoseconds(bytes / (double)p->start.pull_speed * 1e9)));
}

static void come_up(struct fs_fleet *fleet, struct fs_task *task, fs_time wait)
{
    const double work = (double)draw_time(fleet, task, &fleet->p->start.init, INIT);
    fs_life_enter(fleet, task, FS_TASK_STARTING);
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
    fs_life_enter(fleet, task, FS_TASK_HEALTHY);
    task->passed = task->missed = 0;
    if (task->ready == FS_NEVER) {
        task->ready = now_of(fleet);
        fs_latency_record(&fleet->start_up, task->ready - task->created);
    }
    fs_health_join(fleet, task);
    await_fault(fleet, task);
    fleet->serve(fleet, task, FS_SERVES_ALL);
    fs_deployment_healthy(fleet, task);
    fs_fleet_reconcile(fleet);
}

static void fail_to_start(struct fs_fleet *fleet, struct fs_task *task);

/* The balancer looks at a new target at its next round, wherever that is. */
static void await_first_check(struct fs_fleet *fleet, struct fs_task *task)
{
    const double u = draw(fleet, task, FIRST_CHECK);
    fs_life_enter(fleet, task, FS_TASK_REGISTERING);
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
        if (fs_deployment_fails(fleet, task))
            fail_to_start(fleet, task);
        else if (fs_health_is_checked(fleet))
            await_first_check(fleet, task);
        else
            serve(fleet, task);
        return;
    case FS_TASK_REGISTERING:
        serve(fleet, task);
        return;
    case FS_TASK_DRAINING:
        if (task->cut_at && now_of(fleet) < task->gone_by && !is_free(task))
            cut_off(fleet, task);
        else
            fs_life_stop(fleet, task);
        return;
    case FS_TASK_HEALTHY:
    case FS_TASK_UNHEALTHY:
    case FS_TASK_STOPPED:
    case FS_TASK_STATES:
        fs_assert_failed(fleet->sim, "a task in service has no next step", __FILE__, __LINE__);
    }
}

static void provision(struct fs_fleet *fleet, struct fs_task *task, fs_time from)
{
    const struct fs_dist *dist = &fleet->p->start.provisioning;
    set_life(fleet, task, later(from, draw_time(fleet, task, dist, PROVISIONING)));
}

/* The allowance is several fleets'. */
static void may_start(struct fs_ask *ask, fs_time at)
{
    struct fs_task *task = (void *)((char *)ask - offsetof(struct fs_task, ask));
    struct fs_fleet *fleet =
        (void *)((char *)task->place.tenant - offsetof(struct fs_fleet, tenant));
    if (task->waits_for_vcpus) fs_meter_add(&fleet->no_vcpus, now_of(fleet), -1);
    task->waits_for_vcpus = false;
    provision(fleet, task, at);
}

struct fs_task *fs_life_new(struct fs_fleet *fleet, int32_t zone)
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
    task->ask = (struct fs_ask){.cpu = task->place.cpu, .may_start = may_start};
    append(&fleet->active, task);
    fleet->per_zone[zone]++;
    fleet->state[FS_TASK_PROVISIONING]++;
    fleet->started++;
    fs_meter_add(&fleet->present, task->created, 1);
    fs_instances_come(&fleet->instances, task);
    return task;
}

/* Leave to start comes first, then what it runs on is provisioned. */
void fs_life_begin(struct fs_fleet *fleet, int32_t zone)
{
    struct fs_task *task = fs_life_new(fleet, zone);
    if (fleet->cluster) {
        fleet->cluster->type->cluster->place(fleet->cluster, &task->place);
        return;
    }
    if (!fleet->allowance) {
        provision(fleet, task, now_of(fleet));
        return;
    }
    fs_allowance_ask(fleet->allowance, &task->ask, now_of(fleet));
    task->waits_for_vcpus = task->ask.waits;
    if (task->waits_for_vcpus) fs_meter_add(&fleet->no_vcpus, now_of(fleet), 1);
}

void fs_life_placed(struct fs_fleet *fleet, struct fs_task *task, bool image_cached)
{
    task->cached = image_cached;
    provision(fleet, task, now_of(fleet));
}

/* ---- faults --------------------------------------------------------------------------------- */

fs_time fs_life_back_off(const struct fs_fleet_params *p, int64_t n)
{
    fs_time wait = p->crash.wait;
    for (int64_t i = 1; i < n && wait < p->crash.wait_max; i++)
        wait *= 2;
    return wait < p->crash.wait_max ? wait : p->crash.wait_max;
}

static void start_again(struct fs_fleet *fleet, struct fs_task *task)
{
    fleet->serve(fleet, task, FS_SERVES_NOBODY);
    fs_health_leave(fleet, task);
    fs_cancel(fleet->sim, task->fault);
    fs_cancel(fleet->sim, task->life);
    fs_task_kill(fleet->kind, task, FS_FAILED);
    task->begun = 0;
    task->dying = false;
    task->lives++;
    come_up(fleet, task, fs_life_back_off(fleet->p, task->crashes));
}

/* From an event alone: it fails now, with everything that it works on. */
static void crash_now(struct fs_fleet *fleet, struct fs_task *task)
{
    const fs_time up = task->changed == FS_NEVER ? 0 : now_of(fleet) - task->changed;
    fleet->crashed++;
    task->crashes = up >= 2 * fleet->p->crash.wait_max ? 1 : task->crashes + 1;
    if (fleet->p->crash.in_place && task->state != FS_TASK_DRAINING)
        start_again(fleet, task);
    else
        fs_life_stop(fleet, task);
    fs_fleet_reconcile(fleet);
}

static void fail_to_start(struct fs_fleet *fleet, struct fs_task *task)
{
    fleet->failed_starts++;
    fs_deployment_failed(fleet, task);
    crash_now(fleet, task);
}

static void crash_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_task *task = (struct fs_task *)arg;
    (void)sim;
    task->fault = 0;
    crash_now(self, task);
}

void fs_life_overloaded(struct fs_fleet *fleet, struct fs_task *task)
{
    if (task->dying) return;
    task->dying = true;
    fleet->out_of_memory++;
    fs_cancel(fleet->sim, task->fault);
    task->fault = fs_schedule(fleet->sim, now_of(fleet), crash_comes, fleet, (uintptr_t)task);
}

void fs_life_evict(struct fs_fleet *fleet, struct fs_task *task, fs_time by)
{
    if (task->state != FS_TASK_DRAINING) {
        fs_life_drain(fleet, task, by);
    } else if (by < task->gone_by) {
        task->gone_by = by;
        drain_on(fleet, task);
    }
    fs_fleet_reconcile(fleet);
}

static void notice_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_fleet *fleet = self;
    struct fs_task *task = (struct fs_task *)arg;
    task->fault = 0;
    fleet->interrupted++;
    fs_life_evict(fleet, task, later(fs_now(sim), fleet->p->interruption.notice));
}

void fs_life_is_there(struct fs_fleet *fleet, struct fs_task *task)
{
    if (fleet->allowance) fs_allowance_hold(fleet->allowance, &task->ask);
    charge_begins(fleet, task);
    task->started = task->created;
    serve(fleet, task);
}
