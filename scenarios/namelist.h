/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names in the order in which they came; zero is an empty list. All memory from the arena. */
#ifndef FS_SCENARIOS_NAMELIST_H
#define FS_SCENARIOS_NAMELIST_H

#include "arena.h"
#include <stdbool.h>

struct fs_namelist {
    const char **name;
    int n, room;
};

bool fs_namelist_has(const struct fs_namelist *list, const char *name); /* O(names) */
void fs_namelist_add(struct fs_arena *arena, struct fs_namelist *list, const char *name);
/* Unless it is there. */
void fs_namelist_add_once(struct fs_arena *arena, struct fs_namelist *list, const char *name);

/* Of an array that ends with NULL; NULL has none. */
int fs_names_count(const char *const *names);

#endif
