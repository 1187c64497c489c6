/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A world: one variant in one replication, built from a spec, run, and left as a record. Nothing
 * is shared between worlds but the read-only spec, so they may run on several threads.
 */
#ifndef FS_MODELS_WORLD_H
#define FS_MODELS_WORLD_H

#include "account.h"
#include "component.h"
#include "record.h"
#include "spec.h"

#include <stdatomic.h>

struct fs_world {
    const struct fs_variant_spec *spec;
    struct fs_sim *sim;
    struct fs_arena *arena;
    struct fs_recorder *recorder;
    uint64_t seed, replication;
    struct fs_account account;
    _Atomic int64_t *progress;
    struct fs_component **component;      /* in the spec's order */
    struct fs_class **traffic;            /* root classes in the spec's order */
    const struct fs_event_spec **lasting; /* events that have begun and may end, in that order */
    int n_lasting;
    int most_legs; /* that a request carries on any path; known before start() */
};

/* Of something that ends with a request, given its size without legs: room for any call. */
static inline size_t fs_world_call_size(const struct fs_world *world, size_t size)
{
    return size + (size_t)world->most_legs * sizeof(struct fs_leg);
}

/* The key of an owner's draws for one purpose in this replication. */
uint64_t fs_world_key(const struct fs_world *world, const char *owner, const char *purpose);

/* By name; it must exist (the reader has checked references). */
struct fs_component *fs_world_component(const struct fs_world *world, const char *name);

struct fs_world_options {
    struct fs_sim_options sim;
    const _Atomic int *stop;   /* set by a signal handler; NULL: none */
    _Atomic int64_t *progress; /* simulated time, stored at every interval's end; NULL: nowhere */
};

struct fs_world *fs_world_new(const struct fs_variant_spec *spec, uint64_t seed,
                              uint64_t replication, const struct fs_world_options *options);
/* Run to the end, hold the laws against it (assertion), and hand over the record. */
struct fs_record *fs_world_run(struct fs_world *world);
void fs_world_free(struct fs_world *world);

#endif
