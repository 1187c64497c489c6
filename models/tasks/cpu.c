/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processor sharing in virtual time: all jobs on a CPU run at one speed, so what each has been
 * served since it was idle is one number, and a job ends when that number has grown by its work.
 * An arrival or an end changes the speed and touches no other job.
 *
 * The number is an integer in picoseconds of CPU (1 ns at 1/1000 vCPU), so nothing depends on the
 * compiler and ends that are equal compare equal. It goes round; jobs are below 2^62 ps, so
 * differences tell their order. Rounding: a change of speed loses less than 1 ps of each job's
 * service, and an end is seen at the next whole ns; what jobs are served up to there is kept, so
 * the ends of others do not move. Hence an end is late by less than 1 ns plus, for each change of
 * speed in the job's life, the time that 1 ps of work takes.
 *
 * Always true: served grows to at least jobs.heap[0].at by the instant that fs_cpu_next() gives,
 * for ceil(rest * n / capacity) * capacity / n >= rest, and rest is whole.
 */
#include "cpu.h"

#include "fail.h"

#define PS       1000 /* in a ns */
#define LONGEST  ((fs_time)((INT64_C(1) << 62) / PS))
#define FURTHEST (FS_NEVER / 2)

typedef unsigned __int128 wide;

void fs_cpu_kind_new(struct fs_cpu_kind *kind, int64_t capacity, int64_t ceiling, int64_t divisor,
                     struct fs_arena *arena)
{
    *kind = (struct fs_cpu_kind){.capacity = capacity, .ceiling = ceiling, .divisor = divisor};
    kind->uncrowded = (int64_t)((wide)capacity * (wide)divisor / (wide)ceiling);
    kind->arena = arena;
}

/* ---- speed ---------------------------------------------------------------------------------- */

struct speed {
    uint64_t over, under;
};

static inline struct speed speed_of(const struct fs_cpu_kind *kind, int32_t n)
{
    if (n <= kind->uncrowded)
        return (struct speed){(uint64_t)kind->ceiling, (uint64_t)kind->divisor};
    return (struct speed){(uint64_t)kind->capacity, (uint64_t)n};
}

/* a * b / c, rounded down. Wide division is slow and hardly ever needed. */
static inline uint64_t scale(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return (uint64_t)((wide)a * b / c);
    return c == 1 ? product : product / c;
}

static inline void advance(const struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now)
{
    const struct speed speed = speed_of(kind, cpu->jobs.n);
    if (cpu->jobs.n) cpu->served += scale((uint64_t)(now - cpu->since), speed.over, speed.under);
    cpu->since = now;
}

/* ceil(rest * under / over) ns. */
static inline fs_time wait_of(uint64_t rest, struct speed speed)
{
    uint64_t product;
    if (__builtin_mul_overflow(rest, speed.under, &product) || product > UINT64_MAX / 2) {
        const wide wait = ((wide)rest * speed.under + speed.over - 1) / speed.over;
        return wait < (wide)FURTHEST ? (fs_time)wait : FURTHEST;
    }
    product = (product + speed.over - 1) / speed.over;
    return product < (uint64_t)FURTHEST ? (fs_time)product : FURTHEST;
}

fs_time fs_cpu_next(const struct fs_cpu_kind *kind, const struct fs_cpu *cpu)
{
    if (cpu->jobs.n == 0) return FS_NEVER;
    const int64_t rest = (int64_t)(cpu->jobs.heap[0].at - cpu->served);
    if (rest <= 0) return cpu->since;
    return cpu->since + wait_of((uint64_t)rest, speed_of(kind, cpu->jobs.n));
}

fs_time fs_cpu_time_of(const struct fs_cpu_kind *kind, int32_t n, fs_time work)
{
    return wait_of((uint64_t)work * PS, speed_of(kind, n));
}

/* ---- jobs ----------------------------------------------------------------------------------- */

void fs_cpu_add(struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now, fs_time work,
                struct fs_ending *job)
{
    advance(kind, cpu, now);
    if (work > LONGEST) work = LONGEST;
    job->order = kind->order++;
    fs_ends_push(&cpu->jobs, kind->arena, (struct fs_end){cpu->served + (uint64_t)work * PS, job});
}

struct fs_ending *fs_cpu_take(const struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now)
{
    advance(kind, cpu, now);
    fs_assert(NULL, (int64_t)(cpu->jobs.heap[0].at - cpu->served) <= 0);
    return fs_ends_pop(&cpu->jobs);
}

struct fs_ending *fs_cpu_drop(const struct fs_cpu_kind *kind, struct fs_cpu *cpu, fs_time now)
{
    advance(kind, cpu, now);
    return fs_ends_pop(&cpu->jobs);
}

fs_time fs_cpu_rest(const struct fs_cpu_kind *kind, const struct fs_cpu *cpu, fs_time now)
{
    struct fs_cpu ahead = *cpu;
    wide rest = 0;
    advance(kind, &ahead, now);
    for (int32_t i = 0; i < cpu->jobs.n; i++) {
        const int64_t left = (int64_t)(cpu->jobs.heap[i].at - ahead.served);
        if (left > 0) rest = rest + (uint64_t)left;
    }
    return (fs_time)(rest / PS);
}
