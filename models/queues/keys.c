/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zipf's law over a finite number of keys is a table: exact, and drawn by bisection. */
#include "keys.h"

#include "arena.h"
#include "math.h"
#include "rng.h"

#define ROW(field) .offset = offsetof(struct fs_keys_params, field)

const struct fs_param fs_keys_rows[] = {
    {"count", FS_P_SCALAR, FS_D_COUNT, ROW(count), "1", 1, 10000000, .doc = "How many keys."},
    {"skew", FS_P_SCALAR, FS_D_NUMBER, ROW(skew), "0", 0, 10,
     .doc = "0: equally likely; else the exponent of Zipf's law."},
    {.key = NULL}};

void fs_keys_new(struct fs_keys *keys, const struct fs_keys_params *params, uint64_t key,
                 struct fs_arena *arena)
{
    double sum = 0;
    *keys = (struct fs_keys){.key = key, .n = params->count ? params->count : 1};
    if (!(params->skew > 0)) return;
    keys->below = fs_arena_alloc(arena, (size_t)keys->n * sizeof *keys->below);
    for (int64_t k = 0; k < keys->n; k++)
        keys->below[k] = sum += fs_pow((double)(k + 1), -params->skew);
    for (int64_t k = 0; k < keys->n; k++)
        keys->below[k] /= sum;
}

int64_t fs_keys_of(const struct fs_keys *keys, uint64_t sent)
{
    if (keys->n == 1) return 0;
    const double u = fs_to_uniform(fs_key_at(keys->key, sent, 0));
    if (!keys->below) return (int64_t)(u * (double)keys->n);
    int64_t low = 0, high = keys->n - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (u < keys->below[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
