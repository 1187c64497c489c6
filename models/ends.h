/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small binary heap of instants at which things end, the earliest first, ties in the order in
 * which they began. Instants are compared modulo 2^64, so they may go round; all lie within 2^63.
 * Most have a few entries, so the first ones can lie with their owner.
 */
#ifndef FS_MODELS_ENDS_H
#define FS_MODELS_ENDS_H

#include "arena.h"

#include <stdint.h>
#include <string.h>

/* First member of what ends. */
struct fs_ending {
    uint64_t order; /* ties end in the order in which they began */
};

struct fs_end {
    uint64_t at;
    struct fs_ending *what;
};

struct fs_ends {
    struct fs_end *heap; /* by (at, order) */
    int32_t n, room;
};

static inline int fs_end_is_before(struct fs_end a, struct fs_end b)
{
    const int64_t later = (int64_t)(a.at - b.at);
    return later < 0 || (later == 0 && a.what->order < b.what->order);
}

static inline void fs_ends_push(struct fs_ends *ends, struct fs_arena *arena, struct fs_end end)
{
    if (ends->n == ends->room) {
        const int32_t room = ends->room ? 2 * ends->room : 4;
        struct fs_end *heap = fs_arena_alloc(arena, (size_t)room * sizeof *heap);
        if (ends->n) memcpy(heap, ends->heap, (size_t)ends->n * sizeof *heap);
        ends->heap = heap;
        ends->room = room;
    }
    struct fs_end *heap = ends->heap;
    int32_t i = ends->n++;
    for (; i > 0 && fs_end_is_before(end, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = end;
}

/* The earliest; there is one. */
static inline struct fs_ending *fs_ends_pop(struct fs_ends *ends)
{
    struct fs_end *heap = ends->heap;
    struct fs_ending *first = heap[0].what;
    const int32_t n = --ends->n;
    const struct fs_end last = heap[n];
    int32_t i = 0;
    for (int32_t child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && fs_end_is_before(heap[child + 1], heap[child])) child++;
        if (!fs_end_is_before(heap[child], last)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return first;
}

#endif
