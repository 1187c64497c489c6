/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A token bucket in integers: `size` tokens at most, one more every `period` nanoseconds, full at
 * the start. It holds the instant at which it would have been empty, so time is its only state.
 */
#ifndef FS_MODELS_BUCKET_H
#define FS_MODELS_BUCKET_H

#include "time.h"
#include <stdbool.h>

struct fs_bucket {
    fs_time period;
    fs_time depth; /* size x period */
    fs_time empty; /* tokens at t: min(depth, t - empty) / period */
};

/* A period of 0 is a bucket without a limit. size * period must stay below 4e18. */
static inline void fs_bucket_new(struct fs_bucket *bucket, int64_t size, fs_time period)
{
    bucket->period = period;
    bucket->depth = size * period;
    bucket->empty = -bucket->depth;
}

static inline int64_t fs_bucket_tokens(const struct fs_bucket *bucket, fs_time now)
{
    if (bucket->period == 0) return INT64_MAX;
    const fs_time held = now - bucket->empty;
    return (held < bucket->depth ? held : bucket->depth) / bucket->period;
}

static inline bool fs_bucket_take(struct fs_bucket *bucket, fs_time now)
{
    if (bucket->period == 0) return true;
    if (now - bucket->empty > bucket->depth) bucket->empty = now - bucket->depth;
    if (now - bucket->empty < bucket->period) return false;
    bucket->empty += bucket->period;
    return true;
}

/* The instant at which a token is there for whoever asks now, behind all who asked before. */
static inline fs_time fs_bucket_reserve(struct fs_bucket *bucket, fs_time now)
{
    if (bucket->period == 0) return now;
    if (now - bucket->empty > bucket->depth) bucket->empty = now - bucket->depth;
    bucket->empty += bucket->period;
    return bucket->empty > now ? bucket->empty : now;
}

/* n tokens at once or none. */
static inline bool fs_bucket_take_many(struct fs_bucket *bucket, fs_time now, int64_t n)
{
    if (bucket->period == 0) return true;
    if (now - bucket->empty > bucket->depth) bucket->empty = now - bucket->depth;
    if ((now - bucket->empty) / bucket->period < n) return false;
    bucket->empty += n * bucket->period;
    return true;
}

#endif
