/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "namelist.h"

#include <string.h>

bool fs_namelist_has(const struct fs_namelist *list, const char *name)
{
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->name[i], name) == 0) return true;
    }
    return false;
}

void fs_namelist_add(struct fs_arena *arena, struct fs_namelist *list, const char *name)
{
    if (list->n == list->room) {
        list->room = list->room ? 2 * list->room : 16;
        const char **more = fs_arena_alloc(arena, (size_t)list->room * sizeof *more);
        if (list->n) memcpy(more, list->name, (size_t)list->n * sizeof *more);
        list->name = more;
    }
    list->name[list->n++] = name;
}

void fs_namelist_add_once(struct fs_arena *arena, struct fs_namelist *list, const char *name)
{
    if (!fs_namelist_has(list, name)) fs_namelist_add(arena, list, name);
}

int fs_names_count(const char *const *names)
{
    int n = 0;
    while (names && names[n])
        n++;
    return n;
}
