/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task that is in service is looked at again and again; one that does not answer in time often
 * enough gets no more requests, or another one is started in its place.
 */
#include "health.h"

#include "life.h"

/* Without a healthy task all that are registered get requests. */
void fs_health_opening(struct fs_fleet *fleet)
{
    const bool open = fleet->state[FS_TASK_HEALTHY] == 0 && fleet->state[FS_TASK_UNHEALTHY] > 0;
    if (open == fleet->open) return;
    fleet->open = open;
    for (struct fs_task *task = fleet->active.first; task; task = task->next) {
        if (task->state == FS_TASK_UNHEALTHY)
            fleet->serve(fleet, task, open ? FS_SERVES_ALL : FS_SERVES_KNOWN);
    }
}

/* A check that was sent a time limit ago would still wait behind the oldest request; one that is
 * sent now shares the CPU with all that are there. */
static bool answers_in_time(const struct fs_fleet *fleet, const struct fs_task *task)
{
    const fs_time since = fs_task_waiting_since(task), limit = fleet->p->health.timeout;
    if (task->ill) return false;
    if (since != FS_NEVER && fs_now(fleet->sim) - since >= limit) return false;
    return fs_task_time_of(fleet->kind, task, fleet->p->health.work) < limit;
}

static void fall_ill(struct fs_fleet *fleet, struct fs_task *task)
{
    task->passed = 0;
    if (++task->missed < fleet->p->health.unhealthy_after) return;
    fleet->unhealthy++;
    if (fleet->p->health.replace) {
        fs_life_drain(fleet, task, FS_NEVER);
        fs_fleet_reconcile(fleet);
        return;
    }
    fs_life_enter(fleet, task, FS_TASK_UNHEALTHY);
    fleet->serve(fleet, task, FS_SERVES_KNOWN);
    fs_health_opening(fleet);
}

static void get_well(struct fs_fleet *fleet, struct fs_task *task)
{
    task->missed = 0;
    if (++task->passed < fleet->p->health.healthy_after) return;
    fs_life_enter(fleet, task, FS_TASK_HEALTHY);
    if (!fleet->open) fleet->serve(fleet, task, FS_SERVES_ALL);
    fs_fleet_reconcile(fleet);
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
}

void fs_health_join(struct fs_fleet *fleet, struct fs_task *task)
{
    if (fs_health_is_checked(fleet)) fs_delay_join(fleet->sim, &fleet->check, &task->check);
}

void fs_health_leave(struct fs_fleet *fleet, struct fs_task *task)
{
    if (fs_health_is_checked(fleet)) fs_delay_leave(fleet->sim, &fleet->check, &task->check);
}

void fs_health_start(struct fs_fleet *fleet)
{
    fs_delay_list_new(fleet->sim, &fleet->check, fleet->p->health.interval, check_comes, fleet);
}
