/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Measured cold starts: a table of cells (runtime, packaging, architecture, memory), each with
 * quantiles of the start and the duration of the first invocation. models/cold_starts/README.md
 * explains its columns.
 */
#ifndef FS_MODELS_COLDSTARTS_H
#define FS_MODELS_COLDSTARTS_H

#include "param.h"

struct fs_cold_start_cell {
    const char *runtime, *packaging, *architecture;
    int64_t memory; /* MiB */
};

/* The start and the first invocation's duration of `wanted`, interpolated between the measured
 * memories. False after complaining: about "runtime" when the table knows nothing like it, or in
 * the file where it is no such table. */
bool fs_cold_starts_read(const char *path, const struct fs_cold_start_cell *wanted,
                         struct fs_dist *start, fs_time *first, struct fs_arena *arena,
                         struct fs_complaints *complaints);

#endif
