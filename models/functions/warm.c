/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list for picks at random: in no order, so that the last one fills a gap. */
#include "warm.h"

#include <string.h>

void fs_warm_list_put(struct fs_warm *warm, struct fs_idle *idle)
{
    if (warm->n == warm->room) {
        const int32_t room = warm->room ? 2 * warm->room : 16;
        struct fs_idle **more = fs_arena_alloc(warm->arena, (size_t)room * sizeof *more);
        if (warm->n) memcpy(more, warm->list, (size_t)warm->n * sizeof *more);
        warm->list = more;
        warm->room = room;
    }
    idle->place = warm->n;
    warm->list[warm->n++] = idle;
}

void fs_warm_list_remove(struct fs_warm *warm, struct fs_idle *idle)
{
    struct fs_idle *last = warm->list[--warm->n];
    warm->list[idle->place] = last;
    last->place = idle->place;
}
