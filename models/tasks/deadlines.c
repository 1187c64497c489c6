/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries are in the order of their instants, for the limit is one. */
#include "deadlines.h"
#include "arena.h"

#define AHEAD 8 /* entries whose lives are fetched before they are looked at */

static bool is_dead(const struct fs_deadline *entry)
{
    return *entry->life != entry->was;
}

void fs_deadlines_sweep(struct fs_deadlines *deadlines)
{
    int64_t kept = 0;
    for (int64_t i = deadlines->first; i < deadlines->end; i++) {
        if (i + AHEAD < deadlines->end) __builtin_prefetch(deadlines->entry[i + AHEAD].life);
        if (!is_dead(&deadlines->entry[i])) deadlines->entry[kept++] = deadlines->entry[i];
    }
    deadlines->first = 0;
    deadlines->end = kept;
    if (2 * deadlines->end < deadlines->room) return;
    const int64_t room = deadlines->room ? 2 * deadlines->room : 64;
    struct fs_deadline *entry =
        fs_arena_alloc(fs_sim_arena(deadlines->sim), (size_t)room * sizeof *entry);
    for (int64_t i = 0; i < deadlines->end; i++)
        entry[i] = deadlines->entry[i];
    deadlines->entry = entry;
    deadlines->room = room;
}

/* What passes may bring others into being, so nothing is kept over a call. */
static void pass(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_deadlines *d = self;
    (void)arg;
    while (d->first < d->end) {
        const struct fs_deadline entry = d->entry[d->first];
        if (!is_dead(&entry) && entry.due > fs_now(sim)) break;
        d->first++;
        if (!is_dead(&entry)) d->passed(d->self, entry.life);
    }
    if (d->first < d->end)
        fs_source_arm(sim, &d->source, d->entry[d->first].due);
    else
        d->first = d->end = 0;
}

void fs_deadlines_new(struct fs_deadlines *deadlines, struct fs_sim *sim, fs_time limit,
                      void (*passed)(void *self, const uint32_t *life), void *self)
{
    *deadlines = (struct fs_deadlines){.sim = sim, .limit = limit, .passed = passed, .self = self};
    fs_source_new(sim, &deadlines->source, pass, deadlines, 0);
}
