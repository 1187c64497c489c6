/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers are dense, as policies want them: the last target takes the place of one that leaves. */
#include "rotation.h"

#include "arena.h"

#include <string.h>

#define TRIES 16 /* of a pick that meets tasks in their slow start */

/* Numbers of tasks are never given twice, memory of tasks is. */
struct fs_session {
    struct fs_task *task;
    uint64_t number;
    fs_time until; /* 0: none */
};

void fs_rotation_new(struct fs_rotation *rotation, struct fs_sim *sim,
                     const struct fs_rotation_params *params,
                     const struct fs_plugin_value *balancing, uint64_t key)
{
    struct fs_arena *arena = fs_sim_arena(sim);
    rotation->p = params;
    rotation->key = fs_key_at(key, 1, 0);
    if (params->affinity.clients) {
        rotation->session =
            fs_arena_alloc(arena, (size_t)params->affinity.clients * sizeof *rotation->session);
        rotation->careful++;
    }
    rotation->sim = sim;
    rotation->type = balancing->plugin->type;
    if (rotation->type->size) rotation->state = fs_arena_alloc(arena, rotation->type->size);
    if (rotation->type->start) rotation->type->start(rotation->state, arena);
    fs_stream_new(&rotation->draws, key);
}

void fs_rotation_connect(struct fs_rotation *rotation, struct fs_connections *connections)
{
    rotation->connections = connections;
    rotation->careful++;
}

static void *grown(struct fs_arena *arena, const void *old, size_t size, int n, int room)
{
    void *array = fs_arena_alloc(arena, (size_t)room * size);
    if (n) memcpy(array, old, (size_t)n * size);
    return array;
}

static void grow(struct fs_rotation *rotation)
{
    struct fs_arena *arena = fs_sim_arena(rotation->sim);
    const int n = rotation->targets.n;
    rotation->room = n ? 2 * n : 16;
    rotation->task = grown(arena, rotation->task, sizeof(struct fs_task *), n, rotation->room);
    rotation->outstanding = grown(arena, rotation->outstanding, sizeof(int32_t), n, rotation->room);
    rotation->targets.outstanding = rotation->outstanding;
}

void fs_rotation_join(struct fs_rotation *rotation, struct fs_task *task, bool is_new)
{
    const int i = rotation->targets.n;
    if (i == rotation->room) grow(rotation);
    rotation->task[i] = task;
    rotation->outstanding[i] = task->outstanding;
    rotation->targets.n++;
    task->target = i;
    if (rotation->p->slow_start && is_new && i > 0) {
        task->warm_at = fs_now(rotation->sim) + rotation->p->slow_start;
        rotation->careful++;
    }
    if (rotation->type->joined) rotation->type->joined(rotation->state, &rotation->targets);
}

void fs_rotation_leave(struct fs_rotation *rotation, struct fs_task *task)
{
    const int32_t i = task->target;
    if (i < 0) return;
    const int last = --rotation->targets.n;
    task->outstanding = rotation->outstanding[i];
    task->target = -1;
    if (task->warm_at) rotation->careful--;
    task->warm_at = 0;
    if (i < last) {
        rotation->task[i] = rotation->task[last];
        rotation->task[i]->target = i;
        rotation->outstanding[i] = rotation->outstanding[last];
    }
    if (rotation->type->left)
        rotation->type->left(rotation->state, &rotation->targets, i, task->outstanding);
}

/* ---- with care ------------------------------------------------------------------------------ */

static struct fs_task *pick_any(struct fs_rotation *rotation)
{
    return rotation
        ->task[rotation->type->pick(rotation->state, &rotation->targets, &rotation->draws)];
}

/* Does the task take its turn? In its slow start with a probability that grows in proportion. */
static bool takes(struct fs_rotation *rotation, struct fs_task *task)
{
    const fs_time left = task->warm_at - fs_now(rotation->sim);
    if (!task->warm_at) return true;
    if (left <= 0) {
        task->warm_at = 0;
        rotation->careful--;
        return true;
    }
    return fs_uniform(&rotation->draws) * (double)rotation->p->slow_start > (double)left;
}

struct fs_task *fs_rotation_pick_warm(struct fs_rotation *rotation)
{
    if (rotation->targets.n == 0) return NULL;
    struct fs_task *task = pick_any(rotation);
    for (int i = 1; i < TRIES && !takes(rotation, task); i++)
        task = pick_any(rotation);
    return task;
}

struct fs_task *fs_rotation_pick_with_care(struct fs_rotation *rotation,
                                           const struct fs_request *request)
{
    const fs_time now = fs_now(rotation->sim);
    if (rotation->connections) return fs_connections_pick(rotation->connections, request);
    if (!rotation->session || rotation->targets.n == 0) return fs_rotation_pick_warm(rotation);
    const uint64_t client = fs_key_at(rotation->key, request->number, request->key) %
                            (uint64_t)rotation->p->affinity.clients;
    struct fs_session *session = &rotation->session[client];
    struct fs_task *task = session->task;
    if (session->until > now && task->target >= 0 && task->place.number == session->number)
        return task;
    task = fs_rotation_pick_warm(rotation);
    *session = (struct fs_session){task, task->place.number, FS_NEVER};
    if (rotation->p->affinity.lasts) session->until = now + rotation->p->affinity.lasts;
    return task;
}

#define ROW(field)                                                                                 \
    .offset = offsetof(struct fs_rotation_params, affinity.field) -                                \
              offsetof(struct fs_rotation_params, affinity)

const struct fs_param fs_affinity_rows[] = {
    {"clients", FS_P_SCALAR, FS_D_COUNT, ROW(clients), NULL, 1, 10000000,
     .doc = "Clients that the requests come from, each as often as another."},
    {"lasts", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-3, 3.2e9,
     .doc = "How long after its first request a client stays with the task; absent: as long as it "
            "is there."},
    {.key = NULL}};
