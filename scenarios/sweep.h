/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running the points of a grid: all cores work on the replications of one point after another, so
 * at no time are more points unfinished than there are threads. A finished point is in the
 * journal before the next is begun.
 */
#ifndef FS_SCENARIOS_SWEEP_H
#define FS_SCENARIOS_SWEEP_H

#include "cube.h"

#define FS_SHARDS_MAX 100000

struct fs_shard {
    int i, n;         /* 1 .. n; point p belongs to shard p mod n + 1 */
    const char *from; /* where it was found ("--shard", "SLURM_ARRAY_TASK_ID"), NULL: not said */
};

/* What --shard says ("3/8", or "/8": the number from the environment), else what the environment
 * of an array job says, else 1 of 1. False after saying on stderr what is wrong. */
bool fs_shard_read(const char *text, struct fs_shard *shard);

/* The journal of a shard in a sweep's folder. */
const char *fs_shard_journal(struct fs_arena *arena, const char *folder,
                             const struct fs_shard *shard);

struct fs_sweep {
    struct fs_cube *cube;
    struct fs_shard shard;
    const char *file; /* the scenario's */
    const char *only; /* variant, or NULL */
    const struct fs_override *override;
    int n_overrides;
    struct fs_study_options how;
    bool colour;
};

/* Run what the shard's journal does not hold yet. FS_INPUT: a point does not read, another sweep is
 * in the way, or another process at work; FS_INTERRUPTED: stopped, call again to go on. Everything
 * is said on stderr. */
enum fs_rc fs_sweep_run(struct fs_sweep *sweep, const char *journal);

/* All journals below the folders, as one cube; complaints on stderr. */
enum fs_rc fs_sweep_merge(struct fs_arena *arena, const char *const *folder, int n,
                          struct fs_cube **cube);

#endif
