/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The `behavior` of a Horizontal Pod Autoscaler as parameters: rows under the names and with the
 * defaults of the autoscaling/v2 API, so that a manifest's can be pasted.
 */
#ifndef FS_MODELS_BEHAVIOR_H
#define FS_MODELS_BEHAVIOR_H

#include "hpa.h"

struct fs_behavior {
    struct fs_behavior_rules {
        int64_t window_seconds;
        int select_policy;
        double tolerance;
        struct fs_list policies; /* of struct fs_behavior_policy */
    } up, down;
};

struct fs_behavior_policy {
    int type;
    int64_t value, period_seconds;
};

extern const struct fs_param fs_behavior_rows[];

/* What rows cannot say; the group's key is `behavior`. */
void fs_behavior_check(const struct fs_behavior *behavior, struct fs_complaints *complaints);

void fs_behavior_start(const struct fs_behavior *behavior, struct fs_hpa_memory *memory,
                       struct fs_arena *arena);
static inline struct fs_hpa_tolerance fs_behavior_tolerance(const struct fs_behavior *behavior)
{
    return (struct fs_hpa_tolerance){behavior->up.tolerance, behavior->down.tolerance};
}

#endif
