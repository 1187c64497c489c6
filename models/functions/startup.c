/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each part of a start has its own draw, keyed, so that giving a function a package or a set-up
 * leaves the others as they are. The initialisation that is done again is the same one, not a new
 * draw: it loads the same model; but it has the CPU of an execution.
 */
#include "startup.h"

enum purpose { COLD_START, RESTORE, SETUP_CPU, SETUP_IO, FIRST_CPU, FIRST_IO };

#define LONGEST (FS_NEVER / 8) /* of one part, so that all of them add up */

static double draw(const struct fs_dist *dist, uint64_t key, enum purpose purpose)
{
    if (dist->kind <= FS_DIST_CONSTANT) return dist->a;
    const uint64_t bits = purpose == COLD_START ? key : fs_key_at(key, (uint64_t)purpose, 0);
    return fs_dist_quantile(dist, fs_to_uniform(bits));
}

static fs_time cut(double ns)
{
    const fs_time time = fs_nanoseconds(ns);
    return time < LONGEST ? time : LONGEST;
}

static fs_time do_chore(const struct fs_chore *chore, double slowness, uint64_t key,
                        enum purpose cpu, enum purpose io)
{
    return cut(draw(&chore->cpu, key, cpu) * slowness) + cut(draw(&chore->io, key, io));
}

static fs_time load_package(const struct fs_startup_params *p)
{
    if (p->package == 0) return 0;
    return p->package_base + cut((double)p->package / 1e6 * (double)p->package_per_mb);
}

static fs_time initialise(const struct fs_startup_params *p, double slowness, uint64_t key)
{
    return cut(draw(&p->base, key, COLD_START)) + load_package(p) +
           do_chore(&p->setup, slowness, key, SETUP_CPU, SETUP_IO);
}

static fs_time first(const struct fs_startup_params *p, double slowness, uint64_t key)
{
    return p->measured_first + do_chore(&p->first, slowness, key, FIRST_CPU, FIRST_IO);
}

static double init_slowness(const struct fs_startup_params *p, double slowness)
{
    if (!(p->init_cpu > 0)) return slowness;
    return 1 / (p->init_cpu < p->threads ? p->init_cpu : p->threads);
}

static struct fs_start restore(const struct fs_startup_params *p, double slowness, uint64_t key)
{
    const fs_time phase = cut(draw(&p->restore, key, RESTORE));
    if (p->restore_limit > 0 && phase > p->restore_limit)
        return (struct fs_start){.phase = p->restore_limit, .fails = true};
    return (struct fs_start){.phase = phase, .owed = first(p, slowness, key)};
}

struct fs_start fs_startup_draw(const struct fs_startup_params *p, double slowness, bool limited,
                                uint64_t key)
{
    if (fs_startup_restores(p)) return restore(p, slowness, key);
    const fs_time phase = initialise(p, init_slowness(p, slowness), key);
    if (limited && p->init_limit > 0 && phase > p->init_limit)
        return (struct fs_start){
            .phase = p->init_limit, .owed = fs_startup_again(p, slowness, key), .cut = true};
    return (struct fs_start){.phase = phase, .owed = first(p, slowness, key)};
}

fs_time fs_startup_again(const struct fs_startup_params *p, double slowness, uint64_t key)
{
    const fs_time again = fs_startup_restores(p) ? cut(draw(&p->restore, key, RESTORE))
                                                 : initialise(p, slowness, key);
    return again + first(p, slowness, key);
}
