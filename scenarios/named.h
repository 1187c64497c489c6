/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distributions with names: distributions/<name>.yaml on the shelves, each with its source. */
#ifndef FS_SCENARIOS_NAMED_H
#define FS_SCENARIOS_NAMED_H

#include "fail.h"
#include "tree.h"

/* The value of `name` as a tree; NULL after complaining. */
const struct fs_node *fs_named_read(struct fs_arena *arena, const char *name, const char *folder,
                                    struct fs_place place, struct fs_report *report);

/* Their names: sorted, ending with NULL. */
const char *const *fs_named_list(struct fs_arena *arena, const char *folder);

#endif
