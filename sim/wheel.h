/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where keys wait whose turn is not near, private to sim.c: O(1) to put one in, and a few moves
 * until it comes out in order, however many there are and however their times are spread.
 *
 * Eleven levels of 64 buckets, by digits of the time to base 64. A key lies on the level of the
 * highest digit in which its time differs from `base`, in the bucket of that digit; so a lower
 * level is earlier than a higher one, and on a level a lower bucket is. A bucket is a few keys and
 * a list of chunks, in no order. When its turn comes, one without chunks is sorted and handed out;
 * a larger one is spread over the levels below, with its first instant as the base: a radix sort,
 * put off until it is needed. No width to tune, nothing to resize, no law of delays that it fears
 * (a calendar queue collapses when 100 ms and 600 s are mixed).
 *
 * Always true: no key's time is before `base`. A key is never taken out of the middle: the engine
 * knows which ones no longer count, drops them when they come out and takes everything out when
 * they are too many.
 */
#ifndef FS_SIM_WHEEL_H
#define FS_SIM_WHEEL_H

#include "heap.h"

#define WHEEL_LEVELS 11
#define WHEEL_DIGIT  6
#define WHEEL_FEW    3 /* keys that a bucket holds without a chunk */
#define WHEEL_CHUNK  31

struct wheel_chunk {
    struct heap_key key[WHEEL_CHUNK];
    uint32_t next, n; /* only the first of a list has room */
    uint64_t unused;
};

/* One cache line. */
struct wheel_bucket {
    struct heap_key few[WHEEL_FEW];
    uint32_t n;    /* of the few */
    uint32_t more; /* list of chunks, 0: none */
    uint64_t unused;
};

struct wheel {
    struct wheel_chunk *chunk;         /* [0] is always full and no one's: the end of a list */
    struct wheel_bucket (*bucket)[64]; /* [WHEEL_LEVELS] */
    void *chunk_block, *bucket_block;
    uint32_t free, used, capacity;
    uint32_t levels; /* bit l: busy[l] is not 0 */
    uint64_t base;
    uint64_t count;
    uint64_t busy[WHEEL_LEVELS]; /* bit b: the bucket is not empty */
};

static __attribute__((noinline)) void wheel_grow(struct wheel *w)
{
    const uint32_t capacity = w->capacity ? 2 * w->capacity : 16;
    w->chunk = heap_move(&w->chunk_block, w->chunk, w->capacity * sizeof *w->chunk,
                         capacity * sizeof *w->chunk, 0);
    w->capacity = capacity;
}

static inline void wheel_new(struct wheel *w)
{
    wheel_grow(w);
    w->chunk[0].n = WHEEL_CHUNK;
    w->used = 1;
    w->bucket = heap_move(&w->bucket_block, NULL, 0, WHEEL_LEVELS * sizeof *w->bucket, 0);
}

static inline void wheel_free(struct wheel *w)
{
    free(w->chunk_block);
    free(w->bucket_block);
}

static inline uint32_t wheel_take_chunk(struct wheel *w)
{
    const uint32_t chunk = w->free;
    if (chunk) {
        w->free = w->chunk[chunk].next;
        return chunk;
    }
    if (w->used == w->capacity) wheel_grow(w);
    return w->used++;
}

static inline void wheel_give_chunk(struct wheel *w, uint32_t chunk)
{
    w->chunk[chunk].next = w->free;
    w->free = chunk;
}

/* Of the highest digit that is not 0; x / 6 without a division. */
static inline uint32_t wheel_level(uint64_t difference)
{
    const uint32_t bit = 63 - (uint32_t)__builtin_clzll(difference | 1);
    return bit * 43 >> 8;
}

static __attribute__((noinline)) void wheel_put_more(struct wheel *w, struct wheel_bucket *bucket,
                                                     struct heap_key key)
{
    struct wheel_chunk *chunk = &w->chunk[bucket->more];
    if (chunk->n == WHEEL_CHUNK) {
        const uint32_t fresh = wheel_take_chunk(w);
        chunk = &w->chunk[fresh];
        chunk->next = bucket->more;
        chunk->n = 0;
        bucket->more = fresh;
    }
    chunk->key[chunk->n++] = key;
}

static inline void wheel_add(struct wheel *w, struct wheel_bucket *bucket, struct heap_key key)
{
    if (bucket->n < WHEEL_FEW)
        bucket->few[bucket->n++] = key;
    else
        wheel_put_more(w, bucket, key);
}

/* The bucket of a key that is about to be put there. */
static inline struct wheel_bucket *wheel_find(struct wheel *w, struct heap_key key)
{
    const uint64_t time = (uint64_t)key.time;
    const uint32_t level = wheel_level(time ^ w->base);
    const uint32_t digit = (uint32_t)(time >> (WHEEL_DIGIT * level)) & 63;
    w->busy[level] |= UINT64_C(1) << digit;
    w->levels |= UINT32_C(1) << level;
    w->count++;
    return &w->bucket[level][digit];
}

static inline void wheel_put(struct wheel *w, struct heap_key key)
{
    wheel_add(w, wheel_find(w, key), key);
}

/* A level that is filled. */
struct wheel_level {
    struct wheel_bucket *bucket;
    uint32_t shift;
    uint64_t busy;
};

static inline void wheel_put_on(struct wheel *w, struct wheel_level *level, struct heap_key key)
{
    const uint32_t digit = (uint32_t)((uint64_t)key.time >> level->shift) & 63;
    level->busy |= UINT64_C(1) << digit;
    wheel_add(w, &level->bucket[digit], key);
}

/* Which bucket, and its first instant. */
struct wheel_place {
    uint32_t level, digit;
    uint64_t start;
};

/* Of the earliest keys; the wheel is not empty. */
static inline struct wheel_place wheel_next(const struct wheel *w)
{
    const uint32_t level = (uint32_t)__builtin_ctz(w->levels);
    const uint32_t digit = (uint32_t)__builtin_ctzll(w->busy[level]);
    const uint32_t shift = WHEEL_DIGIT * level;
    const uint64_t above = w->base >> shift >> WHEEL_DIGIT << WHEEL_DIGIT;
    return (struct wheel_place){level, digit, (above | digit) << shift};
}

/* Take all keys of a bucket; they still count. */
static inline struct wheel_bucket wheel_take(struct wheel *w, uint32_t level, uint32_t digit)
{
    struct wheel_bucket *bucket = &w->bucket[level][digit];
    const struct wheel_bucket taken = *bucket;
    bucket->n = bucket->more = 0;
    w->busy[level] &= w->busy[level] - 1;
    if (!w->busy[level]) w->levels &= ~(UINT32_C(1) << level);
    return taken;
}

/* Put the keys of a bucket of `level` that was taken on the level below; its first instant is the
 * base. What shares the base's digit there may belong further down, but its bucket is the next to
 * be taken. */
static void wheel_spread(struct wheel *w, const struct wheel_bucket *taken, uint32_t level)
{
    struct wheel_level below = {w->bucket[level - 1], WHEEL_DIGIT * (level - 1), 0};
    for (uint32_t i = 0; i < taken->n; i++)
        wheel_put_on(w, &below, taken->few[i]);
    for (uint32_t chunk = taken->more; chunk;) {
        const struct wheel_chunk list = w->chunk[chunk];
        __builtin_prefetch(&w->chunk[list.next].key[0]);
        __builtin_prefetch(&w->chunk[list.next].key[4]);
        wheel_give_chunk(w, chunk);
        for (uint32_t i = 0; i < list.n; i++)
            wheel_put_on(w, &below, list.key[i]);
        chunk = list.next;
    }
    w->busy[level - 1] = below.busy;
    w->levels |= UINT32_C(1) << (level - 1);
}

/* Put the keys of a bucket that was taken again, by the base that there is now. */
static void wheel_put_all(struct wheel *w, const struct wheel_bucket *taken)
{
    w->count -= taken->n;
    for (uint32_t i = 0; i < taken->n; i++)
        wheel_put(w, taken->few[i]);
    for (uint32_t chunk = taken->more; chunk;) {
        const struct wheel_chunk list = w->chunk[chunk];
        wheel_give_chunk(w, chunk);
        w->count -= list.n;
        for (uint32_t i = 0; i < list.n; i++)
            wheel_put(w, list.key[i]);
        chunk = list.next;
    }
}

/* An earlier base. Levels above the highest digit that changes stay as they are, and so does that
 * digit's: it is at least the old base's. What lies below moves into one bucket there. The number
 * of keys that were moved is returned. */
static uint64_t wheel_lower(struct wheel *w, uint64_t base)
{
    const uint32_t top = wheel_level(base ^ w->base);
    uint64_t moved = 0;
    w->base = base;
    for (uint32_t level = 0; level < top; level++) {
        while (w->busy[level]) {
            const struct wheel_bucket taken =
                wheel_take(w, level, (uint32_t)__builtin_ctzll(w->busy[level]));
            moved += taken.n;
            for (uint32_t chunk = taken.more; chunk; chunk = w->chunk[chunk].next)
                moved += w->chunk[chunk].n;
            wheel_put_all(w, &taken);
        }
    }
    return moved;
}

#endif
