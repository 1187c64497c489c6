/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scaling of one service: asks its policies (scaler.h) at their instants, makes one number of
 * their answers and keeps it within the limits.
 */
#ifndef FS_MODELS_SCALING_H
#define FS_MODELS_SCALING_H

#include "scaler.h"
#include "sim.h"

struct fs_scaling_params {
    int64_t minimum, maximum;
    struct fs_list policies; /* of struct fs_plugin_value */
};

extern const struct fs_param fs_scaling_rows[];
/* `tasks`: how many there are at the start. */
void fs_scaling_check(const struct fs_scaling_params *params, int64_t tasks,
                      struct fs_complaints *complaints);

/* Does one of the policies look at memory, at the queue that the service reads? */
bool fs_scaling_of_memory(const struct fs_scaling_params *params);
bool fs_scaling_of_backlog(const struct fs_scaling_params *params);

struct fs_policy;

struct fs_scaling {
    const struct fs_scaling_params *p;
    struct fs_sim *sim;
    struct fs_policy *policy;
    int n;
    int64_t minimum, maximum;
    fs_time grew, shrank; /* last; FS_NEVER: it has not */
    bool sees_tasks, deciding;
    bool blind; /* no metrics can be had */
    /* The owner: show what scaling does not know itself; have so many tasks from now on. */
    void (*look)(struct fs_scaling *scaling, struct fs_scaler_view *view);
    void (*want)(struct fs_scaling *scaling, int64_t tasks);
    /* metrics */
    int64_t outs, ins;
};

/* With look and want set. Policies are asked from the present instant on. */
void fs_scaling_start(struct fs_scaling *scaling, const struct fs_scaling_params *params,
                      struct fs_component *service);

#endif
