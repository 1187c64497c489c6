/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files that a scenario rests on beside its own text (traces, platforms, price lists, tables),
 * each as "traces/calls.csv 0123456789abcdef": a name that does not depend on the folder, and a
 * hash of what stands in it. Two sweeps whose lists are equal read the same data.
 */
#ifndef FS_SCENARIOS_FILES_H
#define FS_SCENARIOS_FILES_H

#include "scenario.h"

struct fs_files {
    const char **text; /* sorted by name, each once */
    int n;
};

/* Add those of a scenario; a file that cannot be read any more has the hash 0. */
void fs_files_add(struct fs_arena *arena, struct fs_files *files,
                  const struct fs_scenario *scenario);

/* The name of the first file that is in both lists, or in `a` alone when `all`, and not the same;
 * NULL when there is none. From the arena. */
const char *fs_files_differ(struct fs_arena *arena, const struct fs_files *a,
                            const struct fs_files *b, bool all);

#endif
