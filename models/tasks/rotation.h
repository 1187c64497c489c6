/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tasks that get requests, as a load balancer keeps them: they join and leave in any order, and
 * a policy (balancer.h) picks one for each request. A task that leaves keeps the number of its
 * unanswered requests; it is no longer counted by the policy.
 *
 * Slow start: a new task gets a share of its requests that grows from nothing to all, unless there
 * was no task when it joined. Affinity: the requests of a client go to the task that its
 * first one went to, for a while, as long as that task is in the rotation: sessions by cookie.
 * Connections that stay open are connections.h.
 */
#ifndef FS_MODELS_ROTATION_H
#define FS_MODELS_ROTATION_H

#include "balancer.h"
#include "connections.h"
#include "task.h"

struct fs_rotation_params {
    fs_time slow_start;
    struct {
        int64_t clients;
        fs_time lasts;
    } affinity;
};

extern const struct fs_param fs_affinity_rows[];

struct fs_session;

struct fs_rotation {
    const struct fs_rotation_params *p;
    struct fs_sim *sim;
    const struct fs_balancer_type *type;
    void *state;
    struct fs_targets targets;
    int32_t *outstanding;
    struct fs_task **task; /* [targets.n] */
    int room;
    struct fs_stream draws;
    int careful;                /* tasks in their slow start, and 1 with affinity or connections */
    struct fs_session *session; /* [clients]; NULL: no affinity */
    struct fs_connections *connections; /* NULL: none */
    uint64_t key;                       /* of the client that a request comes from */
};

/* Empty. `key`: of what the policy draws. */
void fs_rotation_new(struct fs_rotation *rotation, struct fs_sim *sim,
                     const struct fs_rotation_params *params,
                     const struct fs_plugin_value *balancing, uint64_t key);

/* `connections` from now on. */
void fs_rotation_connect(struct fs_rotation *rotation, struct fs_connections *connections);

/* For fs_rotation_pick() alone: with slow starts, affinity or connections. */
struct fs_task *fs_rotation_pick_with_care(struct fs_rotation *rotation,
                                           const struct fs_request *request);

/* Any that the policy picks, with regard to slow starts alone; NULL when there is none. */
struct fs_task *fs_rotation_pick_warm(struct fs_rotation *rotation);

/* The task of a request; NULL when there is none. */
static inline struct fs_task *fs_rotation_pick(struct fs_rotation *rotation,
                                               const struct fs_request *request)
{
    if (__builtin_expect(rotation->careful, 0))
        return fs_rotation_pick_with_care(rotation, request);
    if (rotation->targets.n == 0) return NULL;
    return rotation
        ->task[rotation->type->pick(rotation->state, &rotation->targets, &rotation->draws)];
}

/* A task has one request more or less without an answer, whether it is in the rotation or not. */
static inline void fs_rotation_change(struct fs_rotation *rotation, struct fs_task *task,
                                      int32_t by)
{
    const int32_t i = task->target;
    if (i < 0) {
        task->outstanding += by;
        return;
    }
    const int32_t before = rotation->outstanding[i];
    rotation->outstanding[i] = before + by;
    if (rotation->type->changed)
        rotation->type->changed(rotation->state, &rotation->targets, i, before);
}

static inline int32_t fs_rotation_outstanding(const struct fs_rotation *rotation,
                                              const struct fs_task *task)
{
    return task->target < 0 ? task->outstanding : rotation->outstanding[task->target];
}

void fs_rotation_join(struct fs_rotation *rotation, struct fs_task *task, bool is_new);
/* Nothing happens when it is not there. */
void fs_rotation_leave(struct fs_rotation *rotation, struct fs_task *task);

#endif
