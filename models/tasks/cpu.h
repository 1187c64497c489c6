/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CPU that jobs share: each of the n jobs on it runs at the same speed, min(ceiling, capacity/n).
 * That is processor sharing with a ceiling of the threads that one job can use; with a ceiling of
 * capacity / slots it is a number of workers that each own a fixed share of the CPU.
 *
 * The CPU never looks at the clock by itself: whoever owns it asks for the instant of the next end,
 * has itself called then, and takes the job. `now` must not go back.
 */
#ifndef FS_MODELS_CPU_H
#define FS_MODELS_CPU_H

#include "ends.h"
#include "time.h"

/* What CPUs of a kind have in common. Speeds are fractions, in thousandths of a vCPU. */
struct fs_cpu_kind {
    int64_t capacity;
    int64_t ceiling, divisor; /* one job runs at ceiling / divisor at most */
    int64_t uncrowded;        /* so many jobs run at the ceiling */
    uint64_t order;           /* jobs so far */
    struct fs_arena *arena;
};

struct fs_cpu {
    fs_time since;       /* what follows is as of then */
    uint64_t served;     /* CPU time that each job has got, in ps, modulo 2^64 */
    struct fs_ends jobs; /* each ends when `served` is what stands here */
};

/* `capacity`, `ceiling` >= 1 thousandths; divisor >= 1. */
void fs_cpu_kind_new(struct fs_cpu_kind *kind, int64_t capacity, int64_t ceiling, int64_t divisor,
                     struct fs_arena *arena);

/* An idle CPU at time 0; the first jobs are held in `few`, of which there may be none. */
static inline void fs_cpu_new(struct fs_cpu *cpu, struct fs_end *few, int32_t room)
{
    *cpu = (struct fs_cpu){.jobs = {few, 0, room}};
}

/* Begin a job of `work` at a speed of one vCPU, 0 .. 53 days (more is cut). O(log n). */
void fs_cpu_add(struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now, fs_time work,
                struct fs_ending *job);

/* When the next job ends, as things are, a whole ns rounded up; FS_NEVER when idle. */
fs_time fs_cpu_next(const struct fs_cpu_kind *kind, const struct fs_cpu *cpu);

/* At the instant that fs_cpu_next() gave: the job whose work is done. O(log n). */
struct fs_ending *fs_cpu_take(const struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now);

/* The job that would end next, its work not done. There is one. */
struct fs_ending *fs_cpu_drop(const struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now);

/* CPU time that the jobs on it have yet to get. O(n). */
fs_time fs_cpu_rest(const struct fs_cpu_kind *kind, const struct fs_cpu *cpu, fs_time now);

/* How long `work` takes while n jobs are there all the time. */
fs_time fs_cpu_time_of(const struct fs_cpu_kind *kind, int32_t n, fs_time work);

/* Thousandths of a vCPU that n jobs keep busy, rounded down. */
static inline int64_t fs_cpu_used(const struct fs_cpu_kind *kind, int32_t n)
{
    if (n > kind->uncrowded) return kind->capacity;
    return kind->divisor == 1 ? n * kind->ceiling : n * kind->ceiling / kind->divisor;
}

#endif
