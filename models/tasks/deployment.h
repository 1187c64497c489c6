/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How one version of a fleet's tasks replaces another: how many may be missing and how many too
 * many meanwhile, what becomes of tasks that fail when they have started, and the breaker that goes
 * back to the version before when too many do.
 */
#ifndef FS_MODELS_DEPLOYMENT_H
#define FS_MODELS_DEPLOYMENT_H

#include "fleet.h"

/* A new version, of which a share `bad` of the starts fails. Not reconciled yet. */
void fs_deployment_begin(struct fs_fleet *fleet, double bad);

/* Tasks that stay healthy meanwhile, and that there are at most. */
int64_t fs_deployment_least(const struct fs_fleet_params *p, int64_t desired);
int64_t fs_deployment_most(const struct fs_fleet_params *p, int64_t desired);

/* A task has come to the end of its start: does it fail? */
bool fs_deployment_fails(const struct fs_fleet *fleet, const struct fs_task *task);
/* It does, and has not been replaced yet: starts are held up, or the version is taken back. */
void fs_deployment_failed(struct fs_fleet *fleet, const struct fs_task *task);
/* It gets requests. */
void fs_deployment_healthy(struct fs_fleet *fleet, const struct fs_task *task);
/* May tasks be started now? */
bool fs_deployment_holds(const struct fs_fleet *fleet);

/* What rows cannot say; `tasks` at the start. */
void fs_deployment_check(const struct fs_fleet_params *params, int64_t tasks,
                         struct fs_complaints *complaints);

#endif
