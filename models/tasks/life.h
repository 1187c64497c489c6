/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of one task of a fleet: leave to start or a node, provisioning, image, application,
 * first health check, service, draining, end; crashes, interruptions, and what it is charged. The
 * fleet (fleet.h) decides which tasks begin and end.
 */
#ifndef FS_MODELS_LIFE_H
#define FS_MODELS_LIFE_H

#include "fleet.h"

/* A task in this zone, and its way to service. */
void fs_life_begin(struct fs_fleet *fleet, int32_t zone);
/* The cluster has a node for it. */
void fs_life_placed(struct fs_fleet *fleet, struct fs_task *task, bool image_cached);
/* A task that was up before the run began: a new one of this zone, or one that has been placed. */
struct fs_task *fs_life_new(struct fs_fleet *fleet, int32_t zone);
void fs_life_is_there(struct fs_fleet *fleet, struct fs_task *task);

void fs_life_enter(struct fs_fleet *fleet, struct fs_task *task, enum fs_task_state state);

/* It gets no more and counts no more; it stops when it has nothing left to do, after the balancer's
 * delay and its own time to stop, at the latest by then. One that has not come up stops at once. */
void fs_life_drain(struct fs_fleet *fleet, struct fs_task *task, fs_time by);
/* A task must be gone at `by`. */
void fs_life_evict(struct fs_fleet *fleet, struct fs_task *task, fs_time by);
/* Everything that it still works on is lost. In an event of its own. */
void fs_life_stop(struct fs_fleet *fleet, struct fs_task *task);
/* How long the n-th start after crashes one after the other waits. A task that has worked for long
 * enough starts afresh. */
fs_time fs_life_back_off(const struct fs_fleet_params *p, int64_t n);
/* From within work or a connection's end: perhaps a draining task has nothing left to do. */
void fs_life_idle(struct fs_fleet *fleet, struct fs_task *task);
/* From within work: it has run out of memory and will crash at this instant. */
void fs_life_overloaded(struct fs_fleet *fleet, struct fs_task *task);

/* Time of tasks that has been charged so far: at least the minimum for each, whole seconds when it
 * stopped. */
__int128 fs_life_charged(const struct fs_fleet *fleet, fs_time now);
/* For the fleet's list of minimum charges. */
fs_handler fs_life_minimum_passed;

#endif
