/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pods on hosts: what fits where, which host gets a pod, which pods wait for room. Plain data and
 * functions of it: no clock, no draws; when a host comes and goes is others' business (cluster.h).
 *
 * Pods of one shape ask for the same CPU and memory and belong together: they are spread over
 * zones. Placing and removing a pod costs O(shapes x log(hosts)), looking for a host that there
 * is not O(zones).
 */
#ifndef FS_MODELS_PLACEMENT_H
#define FS_MODELS_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct fs_arena;
struct fs_host;

/* Embedded in what is placed; all zero: a new one. */
struct fs_pod {
    struct fs_host *host;       /* NULL: none */
    struct fs_pod *prev, *next; /* on its host, or among the waiting of its shape */
    uint64_t since;             /* order among all that wait; 0: does not wait */
    int shape;
};

/* What a host offers, reservations taken off, or what is asked for. */
struct fs_capacity {
    int64_t cpu;    /* thousandths of a vCPU */
    int64_t memory; /* MiB */
    int64_t pods;
};

/* First member of what a host is to its owner. */
struct fs_host {
    struct fs_capacity total, used;
    int zone, slot;
    bool closed; /* gets no new pods */
    struct fs_pod *first;
};

enum fs_scoring {
    FS_LEAST_ALLOCATED, /* the emptiest host first: spreads */
    FS_MOST_ALLOCATED   /* the fullest first: packs */
};

struct fs_shape {
    struct fs_capacity ask; /* pods: 1 */
    int64_t placed, waiting;
    struct fs_pod *first, *last; /* that wait, in order */
    struct fs_zone_view {
        int64_t placed;
        int32_t *best;  /* tournament over the zone's slots: the winner's slot, -1: none */
        int32_t *score; /* by slot; -1: does not fit */
    } * zone;
};

struct fs_placement {
    struct fs_shape *shape;
    int n_shapes, shape_room;
    struct fs_zone {
        struct fs_host **host; /* by slot; NULL: free */
        int n, room;           /* slots in use so far; room is a power of two or 0 */
        int hosts;
    } * zone;
    int n_zones;
    enum fs_scoring scoring;
    uint64_t order;
    int64_t waiting;
    struct fs_moved {
        struct fs_pod *pod;
        struct fs_host *from;
    } * moved; /* by fs_placement_left_over() */
    int moved_room;
    struct fs_arena *arena;
};

void fs_placement_new(struct fs_placement *placement, int zones, enum fs_scoring scoring,
                      struct fs_arena *arena);

/* The number of a new shape. */
int fs_placement_shape(struct fs_placement *placement, int64_t cpu, int64_t memory);

static inline bool fs_capacity_fits(struct fs_capacity total, struct fs_capacity used,
                                    struct fs_capacity ask)
{
    return used.cpu + ask.cpu <= total.cpu && used.memory + ask.memory <= total.memory &&
           used.pods + ask.pods <= total.pods;
}

/* How many of `ask` an empty `total` holds. */
int64_t fs_capacity_holds(struct fs_capacity total, struct fs_capacity ask);

/* ---- hosts ---------------------------------------------------------------------------------- */

/* Empty and open, in host->zone; `total` is set. */
void fs_placement_join(struct fs_placement *placement, struct fs_host *host);
/* No pods are on it. */
void fs_placement_leave(struct fs_placement *placement, struct fs_host *host);
void fs_placement_close(struct fs_placement *placement, struct fs_host *host, bool closed);

/* Of the pods on these n open hosts, how many of each shape would find no room on the others:
 * count[n_shapes]; their sum. Nothing changes. */
int64_t fs_placement_left_over(struct fs_placement *placement, struct fs_host *const *host, int n,
                               int64_t *count);

/* ---- pods ----------------------------------------------------------------------------------- */

/* Place it now, or let it wait behind all others of its shape. */
bool fs_placement_put(struct fs_placement *placement, struct fs_pod *pod);
/* It is placed or waits. */
void fs_placement_take(struct fs_placement *placement, struct fs_pod *pod);
/* Place the pod that has waited longest of those for which there is room; NULL when none fits. */
struct fs_pod *fs_placement_next(struct fs_placement *placement);

/* NULL when the sums are right, else what is not. */
const char *fs_placement_broken(const struct fs_placement *placement);

#endif
