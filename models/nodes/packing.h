/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pods into nodes that are not there yet: first fit, the largest pods first. Pods of one shape are
 * alike, so they are counted and poured in, not placed one by one.
 */
#ifndef FS_MODELS_PACKING_H
#define FS_MODELS_PACKING_H

#include "placement.h"

struct fs_arena;

struct fs_bin {
    struct fs_capacity total, used;
};

/* Memory that is kept from one packing to the next; zero but for the arena. */
struct fs_packing {
    struct fs_arena *arena;
    struct fs_bin *bin;
    int n, room;
    int *order;     /* of shapes, the largest first */
    int64_t *count; /* by shape: what is still to be packed */
    int shapes;
};

/* Begin with no bins and what waits of each shape. */
void fs_packing_new(struct fs_packing *packing, const struct fs_shape *shape, int n_shapes);
void fs_packing_add(struct fs_packing *packing, struct fs_capacity total);

/* Pour what is still to be packed into the bins; how many pods found room. */
int64_t fs_packing_fill(struct fs_packing *packing, const struct fs_shape *shape);

/* The same with at most `most` new bins of `each`, as few as first fit needs: they are the last
 * ones. How many pods found room. */
int64_t fs_packing_open(struct fs_packing *packing, const struct fs_shape *shape,
                        struct fs_capacity each, int64_t most);

/* Pods that are still to be packed. */
int64_t fs_packing_left(const struct fs_packing *packing);

#endif
