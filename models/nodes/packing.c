/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * First fit decreasing needs at most 11/9 of the bins of the best packing (Johnson 1973) and is
 * what node scalers do. The largest shape is that with the most CPU, then the most memory.
 */
#include "packing.h"

#include "arena.h"

#include <string.h>

static bool is_larger(struct fs_capacity a, struct fs_capacity b)
{
    return a.cpu != b.cpu ? a.cpu > b.cpu : a.memory > b.memory;
}

static void make_room(struct fs_packing *packing, int n_shapes)
{
    if (n_shapes <= packing->shapes) return;
    packing->order = fs_arena_alloc(packing->arena, (size_t)n_shapes * sizeof *packing->order);
    packing->count = fs_arena_alloc(packing->arena, (size_t)n_shapes * sizeof *packing->count);
}

void fs_packing_new(struct fs_packing *packing, const struct fs_shape *shape, int n_shapes)
{
    make_room(packing, n_shapes);
    packing->shapes = n_shapes;
    packing->n = 0;
    for (int i = 0; i < n_shapes; i++) {
        int at = i;
        packing->count[i] = shape[i].waiting;
        for (; at > 0 && is_larger(shape[i].ask, shape[packing->order[at - 1]].ask); at--)
            packing->order[at] = packing->order[at - 1];
        packing->order[at] = i;
    }
}

void fs_packing_add(struct fs_packing *packing, struct fs_capacity total)
{
    if (packing->n == packing->room) {
        const int room = packing->room ? 2 * packing->room : 16;
        struct fs_bin *more = fs_arena_alloc(packing->arena, (size_t)room * sizeof *more);
        if (packing->n) memcpy(more, packing->bin, (size_t)packing->n * sizeof *more);
        packing->bin = more;
        packing->room = room;
    }
    packing->bin[packing->n++] = (struct fs_bin){.total = total};
}

static int64_t pour(struct fs_bin *bin, struct fs_capacity ask, int64_t *count)
{
    const struct fs_capacity left = {bin->total.cpu - bin->used.cpu,
                                     bin->total.memory - bin->used.memory,
                                     bin->total.pods - bin->used.pods};
    int64_t n = fs_capacity_holds(left, ask);
    if (n > *count) n = *count;
    bin->used.cpu += n * ask.cpu;
    bin->used.memory += n * ask.memory;
    bin->used.pods += n;
    *count -= n;
    return n;
}

int64_t fs_packing_open(struct fs_packing *packing, const struct fs_shape *shape,
                        struct fs_capacity each, int64_t most)
{
    int64_t packed = 0;
    for (int k = 0; k < packing->shapes; k++) {
        const int i = packing->order[k];
        for (int b = 0; b < packing->n && packing->count[i]; b++)
            packed += pour(&packing->bin[b], shape[i].ask, &packing->count[i]);
        const int64_t holds = fs_capacity_holds(each, shape[i].ask);
        for (; packing->count[i] && holds > 0 && most > 0; most--) {
            fs_packing_add(packing, each);
            packed += pour(&packing->bin[packing->n - 1], shape[i].ask, &packing->count[i]);
        }
    }
    return packed;
}

int64_t fs_packing_fill(struct fs_packing *packing, const struct fs_shape *shape)
{
    return fs_packing_open(packing, shape, (struct fs_capacity){0, 0, 0}, 0);
}

int64_t fs_packing_left(const struct fs_packing *packing)
{
    int64_t left = 0;
    for (int i = 0; i < packing->shapes; i++)
        left += packing->count[i];
    return left;
}
