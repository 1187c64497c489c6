/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How an environment of a function starts: initialisation (what the platform and the runtime take,
 * the code package, the module's own set-up) or the restore of a snapshot, each under a limit of
 * its own; and what it then still owes, to be done within its next execution and that execution's
 * time limit: an initialisation that did not end within its limit, all over again; what the first
 * invocation does that later ones find done. An environment that was reset owes the same.
 */
#ifndef FS_MODELS_STARTUP_H
#define FS_MODELS_STARTUP_H

#include "dist.h"
#include "param.h"

/* Work of an environment: at a speed of one vCPU, and waiting. */
struct fs_chore {
    struct fs_dist cpu, io;
};

struct fs_startup_params {
    struct fs_dist cold_start; /* as given; FS_DIST_NONE: as measured */
    int64_t package;           /* bytes of code */
    fs_time package_base, package_per_mb;
    struct fs_chore setup; /* of the module, in each initialisation */
    double init_cpu;       /* vCPUs while initialising; 0: those of executions */
    fs_time init_limit;    /* 0: none */
    struct fs_dist restore;
    fs_time restore_limit;
    struct fs_chore first; /* in the first invocation after it */
    double threads;        /* that the function's code can keep busy */
    /* What follows is worked out from the others and a table of measurements. */
    struct fs_dist base;    /* the cold start itself */
    fs_time measured_first; /* of the first invocation */
};

struct fs_start {
    fs_time phase; /* before anything can be executed */
    fs_time owed;  /* of the next execution */
    bool fails;    /* at the end of the phase */
    bool cut;      /* at init_limit */
};

static inline bool fs_startup_restores(const struct fs_startup_params *p)
{
    return p->restore.kind != FS_DIST_NONE;
}

/* `slowness`: what an execution takes for a unit of CPU work; `key`: of this start's draws.
 * `limited`: by init_limit; started ahead of requests it has more time than it needs. */
struct fs_start fs_startup_draw(const struct fs_startup_params *p, double slowness, bool limited,
                                uint64_t key);

/* What an environment that was reset owes. */
fs_time fs_startup_again(const struct fs_startup_params *p, double slowness, uint64_t key);

#endif
