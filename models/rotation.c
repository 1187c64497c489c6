/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers are dense, as policies want them: the last target takes the place of one that leaves. */
#include "rotation.h"

#include "arena.h"

#include <string.h>

void fs_rotation_new(struct fs_rotation *rotation, struct fs_sim *sim,
                     const struct fs_plugin_value *balancing, uint64_t key)
{
    struct fs_arena *arena = fs_sim_arena(sim);
    rotation->sim = sim;
    rotation->type = balancing->plugin->type;
    if (rotation->type->size) rotation->state = fs_arena_alloc(arena, rotation->type->size);
    if (rotation->type->start) rotation->type->start(rotation->state, arena);
    fs_stream_new(&rotation->draws, key);
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

void fs_rotation_join(struct fs_rotation *rotation, struct fs_task *task)
{
    const int i = rotation->targets.n;
    if (i == rotation->room) grow(rotation);
    rotation->task[i] = task;
    rotation->outstanding[i] = task->outstanding;
    rotation->targets.n++;
    task->target = i;
    if (rotation->type->joined) rotation->type->joined(rotation->state, &rotation->targets);
}

void fs_rotation_leave(struct fs_rotation *rotation, struct fs_task *task)
{
    const int32_t i = task->target;
    if (i < 0) return;
    const int last = --rotation->targets.n;
    task->outstanding = rotation->outstanding[i];
    task->target = -1;
    if (i < last) {
        rotation->task[i] = rotation->task[last];
        rotation->task[i]->target = i;
        rotation->outstanding[i] = rotation->outstanding[last];
    }
    if (rotation->type->left)
        rotation->type->left(rotation->state, &rotation->targets, i, task->outstanding);
}
