/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an account lets its tasks have that need no instances of its own: so many vCPUs at once, and
 * starts at a rate with a burst. A task asks, waits until there are vCPUs for it (the first that
 * fits gets them, for services try again independently), then for its turn to start; it gives back
 * when it has stopped.
 */
#ifndef FS_MODELS_ALLOWANCE_H
#define FS_MODELS_ALLOWANCE_H

#include "bucket.h"

struct fs_ask;

struct fs_allowance {
    struct fs_bucket starts;
    int64_t vcpus; /* thousandths; 0: no limit */
    int64_t used;
    struct fs_ask *first, *last; /* that wait */
};

/* Embedded in what asks; all zero: it has not. */
struct fs_ask {
    struct fs_ask *prev, *next;
    int64_t cpu; /* thousandths of a vCPU */
    bool waits, granted;
    /* It may start at `at`. Called from within ask, give_back or set. */
    void (*may_start)(struct fs_ask *ask, fs_time at);
};

/* `rate` of starts in a second; 0: no limit. */
void fs_allowance_new(struct fs_allowance *allowance, int64_t burst, double rate, double vcpus);

/* With cpu and may_start set. */
void fs_allowance_ask(struct fs_allowance *allowance, struct fs_ask *ask, fs_time now);
/* It runs already, whatever the limit. */
void fs_allowance_hold(struct fs_allowance *allowance, struct fs_ask *ask);
/* What it has, or waits for, is no longer wanted; nothing happens when it has not asked. */
void fs_allowance_give_back(struct fs_allowance *allowance, struct fs_ask *ask, fs_time now);
/* Another limit from now on; what runs goes on. */
void fs_allowance_set(struct fs_allowance *allowance, double vcpus, fs_time now);

#endif
