/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Provisioned concurrency: how many environments of a function are kept ready ahead of requests,
 * and since when they are. What is asked for takes time to prepare, and none of it is usable until
 * all of it is; what is given up is gone at once. The number follows a schedule or the use that is
 * made of it. The pool owns the environments and is told.
 */
#ifndef FS_MODELS_PROVISIONED_H
#define FS_MODELS_PROVISIONED_H

#include "dist.h"
#include "meter.h"
#include "param.h"
#include "sim.h"

/* The use of the ready ones, averaged over each period, is kept at a target: alarms of so many
 * periods in a row. */
struct fs_tracking_params {
    double target; /* 0: off */
    int64_t minimum, maximum;
    fs_time period;
    int64_t out_periods, in_periods;
    double in_share; /* of the target, below which it shrinks */
};

struct fs_provisioned_step {
    fs_time at, every; /* 0: once */
    int64_t count;
};

struct fs_provisioned_params {
    int64_t count;
    bool ready; /* when the run begins */
    struct fs_dist prepare;
    double rate; /* environments per second; 0: all at once */
    struct fs_list schedule;
    struct fs_tracking_params tracking;
    fs_time charge_step; /* charged to the end of a multiple of this; 0: to the instant */
};

extern const struct fs_param fs_provisioned_rows[];
/* Keys of complaints stand below "provisioned". */
void fs_provisioned_check(const struct fs_provisioned_params *p, struct fs_complaints *complaints);
/* The most that it can ever be; 0: there is none at all. */
int64_t fs_provisioned_most(const struct fs_provisioned_params *p);

/* How the pool is told. */
struct fs_provisioned_owner {
    /* `n` more are to be started from now on: how long until the last one is ready. */
    fs_time (*start)(void *self, int64_t n);
    /* No more of them, `passed` later: those that have been started were for nothing. */
    void (*call_off)(void *self, int64_t n, fs_time passed);
    /* Another number (the level of `wanted`) is asked for from now on. */
    void (*wanted)(void *self);
    /* So many are usable. */
    void (*usable)(void *self, int64_t n);
};

struct fs_provisioned {
    const struct fs_provisioned_params *p;
    const struct fs_provisioned_owner *owner;
    void *self;
    struct fs_sim *sim;
    uint64_t key, n_changes; /* that were prepared: before the first it has what was ready */
    int64_t usable;
    int64_t minimum;  /* of what tracking may choose */
    fs_event pending; /* when all that is wanted is usable, at `due` */
    fs_time starting; /* from when on what is missing is started */
    fs_time due;
    fs_time enabled; /* charged in steps from here on */
    fs_time looked;  /* up to here the use is in the alarms */
    __int128 used;   /* busy x ns since then, up to `since` */
    fs_time since;
    int64_t high, low; /* periods in a row */
    struct fs_source tick;
    /* metrics */
    struct fs_meter wanted, ready, busy, charged;
};

void fs_provisioned_new(struct fs_provisioned *it, const struct fs_provisioned_params *p,
                        struct fs_sim *sim, uint64_t key, const struct fs_provisioned_owner *owner,
                        void *self);

/* One more of the ready environments is busy, or one less. */
static inline void fs_provisioned_use(struct fs_provisioned *it, fs_time now, int64_t change)
{
    it->used += (__int128)it->busy.level * (now - it->since);
    it->since = now;
    fs_meter_add(&it->busy, now, change);
}

#endif
