/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Health checks of a fleet's tasks: which of those that are up get requests. When none is healthy
 * all that are registered do.
 */
#ifndef FS_MODELS_HEALTH_H
#define FS_MODELS_HEALTH_H

#include "fleet.h"

/* It is the balancer that checks: tasks that read a queue have none. */
static inline bool fs_health_is_checked(const struct fs_fleet *fleet)
{
    return fleet->balanced && fleet->p->health.interval;
}

/* With the fleet's parameters set. */
void fs_health_start(struct fs_fleet *fleet);
/* From now on the task is looked at, or no more; nothing happens without checks. */
void fs_health_join(struct fs_fleet *fleet, struct fs_task *task);
void fs_health_leave(struct fs_fleet *fleet, struct fs_task *task);
/* Tasks have come, gone or changed: is one of them healthy? */
void fs_health_opening(struct fs_fleet *fleet);

#endif
