/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The idle environments of one function, and which of them serves the next request. They form a
 * ring in the order of their last use; only where picks are random is there also a list to pick
 * from. All operations are O(1).
 */
#ifndef FS_MODELS_WARM_H
#define FS_MODELS_WARM_H

#include "arena.h"
#include <stdbool.h>
#include <stdint.h>

enum fs_reuse { FS_REUSE_MOST_RECENT, FS_REUSE_LEAST_RECENT, FS_REUSE_RANDOM };

/* First member of an environment. */
struct fs_idle {
    struct fs_idle *prev, *next;
    int32_t place; /* in the list */
};

struct fs_warm {
    struct fs_idle ring; /* ring.next is the most recently used */
    enum fs_reuse reuse;
    int32_t n, room; /* of the list */
    struct fs_idle **list;
    struct fs_arena *arena;
};

static inline void fs_warm_new(struct fs_warm *warm, enum fs_reuse reuse, struct fs_arena *arena)
{
    *warm = (struct fs_warm){.reuse = reuse, .arena = arena};
    warm->ring.prev = warm->ring.next = &warm->ring;
}

static inline bool fs_warm_is_empty(const struct fs_warm *warm)
{
    return warm->ring.next == &warm->ring;
}

void fs_warm_list_put(struct fs_warm *warm, struct fs_idle *idle);
void fs_warm_list_remove(struct fs_warm *warm, struct fs_idle *idle);

static inline void fs_warm_put(struct fs_warm *warm, struct fs_idle *idle)
{
    idle->prev = &warm->ring;
    idle->next = warm->ring.next;
    warm->ring.next->prev = idle;
    warm->ring.next = idle;
    if (warm->reuse == FS_REUSE_RANDOM) fs_warm_list_put(warm, idle);
}

static inline void fs_warm_remove(struct fs_warm *warm, struct fs_idle *idle)
{
    idle->prev->next = idle->next;
    idle->next->prev = idle->prev;
    if (warm->reuse == FS_REUSE_RANDOM) fs_warm_list_remove(warm, idle);
}

/* NULL when there is none; `bits` are random ones, looked at where picks are random. */
static inline struct fs_idle *fs_warm_pick(const struct fs_warm *warm, uint64_t bits)
{
    if (fs_warm_is_empty(warm)) return NULL;
    if (warm->reuse == FS_REUSE_MOST_RECENT) return warm->ring.next;
    if (warm->reuse == FS_REUSE_LEAST_RECENT) return warm->ring.prev;
    return warm->list[(bits >> 32) * (uint64_t)warm->n >> 32];
}

#endif
