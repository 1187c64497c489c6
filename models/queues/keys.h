/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of requests: message groups of a queue, partition keys of a stream. A request's key is a
 * draw that belongs to what was sent, so every attempt and every reader sees the same one. Keys are
 * equally likely, or follow Zipf's law: key k (from 0) in proportion to 1 / (k + 1)^skew.
 */
#ifndef FS_MODELS_KEYS_H
#define FS_MODELS_KEYS_H

#include "param.h"

struct fs_arena;

struct fs_keys_params {
    int64_t count; /* 0, when nothing was said: one */
    double skew;
};

extern const struct fs_param fs_keys_rows[]; /* of a struct fs_keys_params */

struct fs_keys {
    uint64_t key; /* of the draws */
    int64_t n;
    double *below; /* [n]: share of the keys up to k; NULL: equally likely */
};

void fs_keys_new(struct fs_keys *keys, const struct fs_keys_params *params, uint64_t key,
                 struct fs_arena *arena);

/* Of what was sent (fs_sent_id): 0 .. n-1; O(log n) when skewed. */
int64_t fs_keys_of(const struct fs_keys *keys, uint64_t sent);

#endif
