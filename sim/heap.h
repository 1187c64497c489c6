/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A 4-ary heap of slots ordered by (time, order), private to sim.c, which keeps three of them.
 * Keys are 16 bytes and the four children of a node share one cache line, so a level of a descent
 * costs one line and three comparisons without a branch. A slot says who an entry is: its key
 * carries the slot in the low bits, `position` leads from the slot back to the key, kept apart from
 * `item` because a descent writes it at every level.
 *
 * Always true between calls: key[0] is the earliest entry, or the sentinel when there is none, so
 * that callers compare roots without asking; keys from `count` on are sentinels, so that the least
 * of four children needs no bounds. While `hole` is set the root's entry is gone although it still
 * counts: the next entry put takes its place, which saves a descent. A key that changes meanwhile
 * may be the earliest, so the hole is closed before that.
 */
#ifndef FS_SIM_HEAP_H
#define FS_SIM_HEAP_H

#include "sim.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEAP_SLOT_BITS 24
#define HEAP_SLOT_MASK ((UINT64_C(1) << HEAP_SLOT_BITS) - 1)
#define HEAP_SLOTS     (UINT32_C(1) << HEAP_SLOT_BITS)
#define HEAP_NO_SLOT   HEAP_SLOTS
/* The position of a slot that is out of the heap. */
#define HEAP_OUT ((uint32_t)1 << 31)

struct heap_key {
    fs_time time;
    uint64_t order; /* sequence << HEAP_SLOT_BITS | slot */
};

/* What to call, one cache line. `id` of an event is its handle while pending, else 0; its keys are
 * sim.c's. `arg` of a free one is the next free slot. */
struct heap_item {
    fs_handler *fn;
    void *self;
    uintptr_t arg;
    uint64_t id;
    struct heap_key due, armed;
};

struct heap {
    struct heap_key *key; /* key[1] starts a cache line, and so do 5, 9... */
    uint32_t *position;   /* by slot */
    struct heap_item *item;
    void *key_block, *item_block; /* what they lie in */
    uint32_t count;
    uint32_t free; /* head of the list of free slots, or HEAP_NO_SLOT */
    uint32_t used; /* slots from here on were never taken */
    uint32_t capacity;
    bool hole;
};

static const struct heap_key heap_sentinel = {FS_NEVER, UINT64_MAX};

static inline uint32_t heap_slot(struct heap_key key)
{
    return (uint32_t)(key.order & HEAP_SLOT_MASK);
}

/* Times are never negative, so a key compares as one unsigned number: no branch on equal times. */
static inline bool heap_before(struct heap_key a, struct heap_key b)
{
    const unsigned __int128 x = (unsigned __int128)(uint64_t)a.time << 64 | a.order;
    const unsigned __int128 y = (unsigned __int128)(uint64_t)b.time << 64 | b.order;
    return x < y;
}

/* ---- slots -------------------------------------------------------------------------------- */

#define HEAP_LARGE ((size_t)4 << 20)
#define HEAP_PAGE  ((uintptr_t)4096)

/* A large array is read all over: huge pages, where there are any, save a fifth of the time with a
 * million entries. Advice only. */
static void heap_advise(void *block, size_t size)
{
    const uintptr_t start = ((uintptr_t)block + HEAP_PAGE - 1) & ~(HEAP_PAGE - 1);
    const uintptr_t end = ((uintptr_t)block + size) & ~(HEAP_PAGE - 1);
    if (size >= HEAP_LARGE) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

/* The first `used` bytes of `old`, which lies in `*block`, moved to `size` bytes of a new block,
 * `shift` bytes behind the start of a cache line. */
static void *heap_move(void **block, const void *old, size_t used, size_t size, size_t shift)
{
    char *fresh = fs_alloc(size + 128, "pending events");
    heap_advise(fresh, size);
    char *moved = fresh + (-(uintptr_t)fresh & 63) + shift;
    if (used) memcpy(moved, old, used);
    free(*block);
    *block = fresh;
    return moved;
}

static __attribute__((noinline)) void heap_grow(struct fs_sim *sim, struct heap *h)
{
    const uint32_t capacity = h->capacity ? 2 * h->capacity : 16;
    if (capacity > HEAP_SLOTS)
        fs_assert_failed(sim, "more than 2^24 events pending at once", __FILE__, __LINE__);
    h->key = heap_move(&h->key_block, h->key, h->count * sizeof *h->key,
                       (capacity + 8) * sizeof *h->key, 3 * sizeof *h->key);
    for (uint32_t i = h->count; i < capacity + 4; i++)
        h->key[i] = heap_sentinel;
    h->item = heap_move(&h->item_block, h->item, h->capacity * sizeof *h->item,
                        capacity * sizeof *h->item, 0);
    h->position = fs_realloc(h->position, capacity * sizeof *h->position, "pending events");
    heap_advise(h->position, capacity * sizeof *h->position);
    h->capacity = capacity;
}

static inline void heap_new(struct fs_sim *sim, struct heap *h)
{
    h->free = HEAP_NO_SLOT;
    heap_grow(sim, h);
}

static inline void heap_free(struct heap *h)
{
    free(h->key_block);
    free(h->item_block);
    free(h->position);
}

/* A slot outside the heap. Its item is undefined. */
static inline uint32_t heap_take_slot(struct fs_sim *sim, struct heap *h)
{
    const uint32_t slot = h->free;
    if (slot != HEAP_NO_SLOT) {
        h->free = (uint32_t)h->item[slot].arg;
        return slot;
    }
    if (h->used == h->capacity) heap_grow(sim, h);
    h->position[h->used] = HEAP_OUT;
    return h->used++;
}

/* The slot is out of the heap. */
static inline void heap_give_slot(struct heap *h, uint32_t slot)
{
    h->item[slot].id = 0;
    h->item[slot].arg = h->free;
    h->free = slot;
}

/* ---- order -------------------------------------------------------------------------------- */

static inline void heap_place(struct heap *h, size_t i, struct heap_key key)
{
    h->key[i] = key;
    h->position[heap_slot(key)] = (uint32_t)i;
}

/* All ones when b is before a. The empty statement hides from the compiler that this is a
 * condition: it would make a branch of it, which half of the time is predicted wrong. */
static inline uint64_t heap_later(struct heap_key a, struct heap_key b)
{
    uint64_t mask = -(uint64_t)heap_before(b, a);
    __asm__("" : "+r"(mask));
    return mask;
}

static inline struct heap_key heap_pick(struct heap_key a, struct heap_key b, uint64_t mask)
{
    a.time ^= (a.time ^ b.time) & (fs_time)mask;
    a.order ^= (a.order ^ b.order) & mask;
    return a;
}

/* The earliest of the four keys from `*index` on in `key`; `*index` becomes its own. */
static inline struct heap_key heap_least(const struct heap_key *key, size_t *index)
{
    const struct heap_key *four = key + *index;
    const uint64_t left = heap_later(four[0], four[1]);
    const uint64_t right = heap_later(four[2], four[3]);
    const struct heap_key a = heap_pick(four[0], four[1], left);
    const struct heap_key b = heap_pick(four[2], four[3], right);
    const uint64_t later = heap_later(a, b);
    const size_t i = *index - left, j = *index + 2 - right;
    *index = i ^ ((i ^ j) & later);
    return heap_pick(a, b, later);
}

/* The sixteen grandchildren below the children from `first` on are neighbours: fetch their four
 * lines while the children are compared, so that a level costs no wait for memory. */
static inline void heap_fetch(const struct heap *h, size_t first)
{
    if (h->count < 4096) return; /* lies in the cache */
    const struct heap_key *below = h->key + (4 * first + 1);
    __builtin_prefetch(below);
    __builtin_prefetch(below + 4);
    __builtin_prefetch(below + 8);
    __builtin_prefetch(below + 12);
}

static inline void heap_rise(struct heap *h, size_t i, struct heap_key key)
{
    while (i > 0) {
        const size_t parent = (i - 1) / 4;
        if (!heap_before(key, h->key[parent])) break;
        heap_place(h, i, h->key[parent]);
        i = parent;
    }
    heap_place(h, i, key);
}

static inline void heap_sink(struct heap *h, size_t i, struct heap_key key)
{
    for (size_t first = 4 * i + 1; first < h->count; first = 4 * i + 1) {
        size_t child = first;
        heap_fetch(h, first);
        const struct heap_key least = heap_least(h->key, &child);
        if (heap_before(key, least)) break;
        if (i < 5) /* fires soon: its item is wanted next */
            __builtin_prefetch(&h->item[heap_slot(least)]);
        heap_place(h, i, least);
        i = child;
    }
    heap_place(h, i, key);
}

static inline void heap_seat(struct heap *h, size_t i, struct heap_key key)
{
    if (i > 0 && heap_before(key, h->key[(i - 1) / 4]))
        heap_rise(h, i, key);
    else
        heap_sink(h, i, key);
}

/* ---- entries ------------------------------------------------------------------------------ */

/* Take the last key, shrinking the heap. */
static inline struct heap_key heap_last(struct heap *h)
{
    const struct heap_key last = h->key[--h->count];
    h->key[h->count] = heap_sentinel;
    return last;
}

/* Fill the hole with the last key. It belongs near the bottom, so the hole goes all the way down
 * first and the key then rises the little it has to: fewer comparisons than sinking it. */
static inline void heap_close(struct heap *h)
{
    if (!h->hole) return;
    h->hole = false;
    const struct heap_key last = heap_last(h);
    if (h->count == 0) return;
    size_t i = 0;
    for (size_t first = 1; first < h->count; first = 4 * i + 1) {
        size_t child = first;
        heap_fetch(h, first);
        heap_place(h, i, heap_least(h->key, &child));
        i = child;
    }
    heap_rise(h, i, last);
}

/* Make the root a hole; its slot is out of the heap. */
static inline void heap_open(struct heap *h)
{
    h->position[heap_slot(h->key[0])] = HEAP_OUT;
    h->hole = true;
}

/* heap_sink() from the root of 3 to 5 entries. Whether the key stays on top is a toss, so it is not
 * asked: a branch predicted wrong costs more than both writes. */
static inline void heap_sink_few(struct heap *h, struct heap_key key)
{
    size_t child = 1;
    const struct heap_key least = heap_least(h->key, &child);
    const uint64_t later = heap_later(key, least);
    heap_place(h, 0, heap_pick(key, least, later));
    heap_place(h, child, heap_pick(least, key, later));
}

/* Of two entries one is the hole. Here the toss is a branch: a wrong prediction shows before
 * anything is written or called, and the call that follows is then predicted right. The empty
 * statement keeps the compiler from making moves of it. */
static inline void heap_fill_one_of_two(struct heap *h, struct heap_key key)
{
    const struct heap_key other = h->key[1];
    h->hole = false;
    if (heap_before(key, other)) {
        heap_place(h, 0, key);
    } else {
        __asm__ volatile("");
        heap_place(h, 0, other);
        heap_place(h, 1, key);
    }
}

/* Enter `key`, whose slot is out of the heap. */
static inline void heap_put(struct heap *h, struct heap_key key)
{
    if (h->hole && h->count == 2) {
        heap_fill_one_of_two(h, key);
    } else if (h->hole) {
        h->hole = false;
        if (h->count - 3 <= 2)
            heap_sink_few(h, key);
        else
            heap_sink(h, 0, key);
    } else {
        heap_rise(h, h->count++, key);
    }
}

static inline bool heap_holds(const struct heap *h, uint32_t slot)
{
    return h->position[slot] < HEAP_OUT;
}

/* A hole may stay: its old key is before every key left, so none rises into it. */
static inline void heap_remove(struct heap *h, uint32_t slot)
{
    const uint32_t i = h->position[slot];
    h->position[slot] = HEAP_OUT;
    const struct heap_key last = heap_last(h);
    if (i < h->count) heap_seat(h, i, last);
}

/* Give the entry with this key's slot this key. */
static inline void heap_change(struct heap *h, struct heap_key key)
{
    heap_close(h);
    heap_seat(h, h->position[heap_slot(key)], key);
}

/* Put, change or, for FS_NEVER, remove, whatever the slot needs. */
static inline void heap_set(struct heap *h, struct heap_key key)
{
    const bool held = heap_holds(h, heap_slot(key));
    if (key.time == FS_NEVER) {
        if (held) heap_remove(h, heap_slot(key));
    } else if (held) {
        heap_change(h, key);
    } else {
        heap_put(h, key);
    }
}

static inline fs_time heap_time(const struct heap *h, uint32_t slot)
{
    return heap_holds(h, slot) ? h->key[h->position[slot]].time : FS_NEVER;
}

static inline uint32_t heap_count(const struct heap *h)
{
    return h->count - h->hole;
}

#endif
