/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Load balancing: which of a service's tasks gets the next request. One file each in
 * models/balancers/, exporting `const struct fs_plugin fs_balancers_<file>` whose `type` is a
 * struct fs_balancer_type. A balancer sees how many requests it has given to each task and not had
 * answered, and nothing else: neither how busy a task is nor whether it has room.
 */
#ifndef FS_MODELS_BALANCER_H
#define FS_MODELS_BALANCER_H

#include "param.h"
#include "rng.h"

struct fs_arena;

struct fs_targets {
    const int32_t *outstanding; /* [n], requests without an answer */
    int n;                      /* at least 1 when one is picked */
};

struct fs_balancer_type {
    /* The target of the next request. Draws come from `stream` and from nothing else. */
    int (*pick)(void *state, const struct fs_targets *targets, struct fs_stream *stream);

    /* Optional from here on. */
    size_t size; /* of the state, zeroed */
    /* Set up the state; there are no targets yet. Memory from the run's arena. */
    void (*start)(void *state, struct fs_arena *arena);
    /* The last target is new; it may have requests already. */
    void (*joined)(void *state, const struct fs_targets *targets);
    /* `target` with `had` requests has left; n is less by one and the last one, unless it was it,
     * has taken its number. */
    void (*left)(void *state, const struct fs_targets *targets, int target, int32_t had);
    /* outstanding[target] has changed by one, from `before`. */
    void (*changed)(void *state, const struct fs_targets *targets, int target, int32_t before);
};

#endif
