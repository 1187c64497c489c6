/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "allowance.h"

#include <stddef.h>

void fs_allowance_new(struct fs_allowance *allowance, int64_t burst, double rate, double vcpus)
{
    *allowance = (struct fs_allowance){.vcpus = (int64_t)(vcpus * 1000 + 0.5)};
    fs_bucket_new(&allowance->starts, burst, rate > 0 ? fs_nanoseconds(1e9 / rate) : 0);
}

static bool has_room(const struct fs_allowance *allowance, const struct fs_ask *ask)
{
    return allowance->vcpus == 0 || allowance->used + ask->cpu <= allowance->vcpus;
}

static void grant(struct fs_allowance *allowance, struct fs_ask *ask, fs_time now)
{
    allowance->used += ask->cpu;
    ask->granted = true;
    ask->may_start(ask, fs_bucket_reserve(&allowance->starts, now));
}

static void wait(struct fs_allowance *allowance, struct fs_ask *ask)
{
    ask->waits = true;
    ask->next = NULL;
    ask->prev = allowance->last;
    if (allowance->last)
        allowance->last->next = ask;
    else
        allowance->first = ask;
    allowance->last = ask;
}

static void wait_no_more(struct fs_allowance *allowance, struct fs_ask *ask)
{
    ask->waits = false;
    if (ask->prev)
        ask->prev->next = ask->next;
    else
        allowance->first = ask->next;
    if (ask->next)
        ask->next->prev = ask->prev;
    else
        allowance->last = ask->prev;
}

static void grant_what_fits(struct fs_allowance *allowance, fs_time now)
{
    for (struct fs_ask *ask = allowance->first, *next; ask; ask = next) {
        next = ask->next;
        if (allowance->vcpus && allowance->used >= allowance->vcpus) return;
        if (!has_room(allowance, ask)) continue;
        wait_no_more(allowance, ask);
        grant(allowance, ask, now);
    }
}

void fs_allowance_ask(struct fs_allowance *allowance, struct fs_ask *ask, fs_time now)
{
    if (has_room(allowance, ask))
        grant(allowance, ask, now);
    else
        wait(allowance, ask);
}

void fs_allowance_hold(struct fs_allowance *allowance, struct fs_ask *ask)
{
    allowance->used += ask->cpu;
    ask->granted = true;
}

void fs_allowance_give_back(struct fs_allowance *allowance, struct fs_ask *ask, fs_time now)
{
    if (ask->waits) wait_no_more(allowance, ask);
    if (!ask->granted) return;
    ask->granted = false;
    allowance->used -= ask->cpu;
    grant_what_fits(allowance, now);
}

void fs_allowance_set(struct fs_allowance *allowance, double vcpus, fs_time now)
{
    allowance->vcpus = (int64_t)(vcpus * 1000 + 0.5);
    grant_what_fits(allowance, now);
}
