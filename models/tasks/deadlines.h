/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One time limit for very many things that hardly ever reach it. Each costs an entry written behind
 * the last one, and nothing when it ends: an entry is known to be dead by a number that its owner
 * has changed since. Dead entries are swept out when the room is full, at most two looks for each.
 * A list that things leave would cost the cache lines of two neighbours for each.
 */
#ifndef FS_MODELS_DEADLINES_H
#define FS_MODELS_DEADLINES_H

#include "sim.h"

struct fs_deadline {
    fs_time due;
    const uint32_t *life;
    uint32_t was;
};

struct fs_deadlines {
    struct fs_sim *sim;
    fs_time limit; /* 0: there is none */
    struct fs_deadline *entry;
    int64_t first, end, room;
    struct fs_source source;
    void *self;
    /* The one that this life is part of has reached its limit, and changes it. */
    void (*passed)(void *self, const uint32_t *life);
};

void fs_deadlines_new(struct fs_deadlines *deadlines, struct fs_sim *sim, fs_time limit,
                      void (*passed)(void *self, const uint32_t *life), void *self);

/* For fs_deadlines_add() alone: there is no room. */
void fs_deadlines_sweep(struct fs_deadlines *deadlines);

/* It has the limit from now on, unless *life changes before. O(1) in the mean. */
static inline void fs_deadlines_add(struct fs_deadlines *deadlines, const uint32_t *life)
{
    const fs_time due = fs_now(deadlines->sim) + deadlines->limit;
    if (deadlines->end == deadlines->room) fs_deadlines_sweep(deadlines);
    if (deadlines->first == deadlines->end) fs_source_arm(deadlines->sim, &deadlines->source, due);
    deadlines->entry[deadlines->end++] = (struct fs_deadline){due, life, *life};
}

#endif
