/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cube for people and for programs: a table on the terminal, JSON. */
#ifndef FS_SCENARIOS_CUBE_SHOW_H
#define FS_SCENARIOS_CUBE_SHOW_H

#include "cube.h"

/* A row for each point and variant: the metrics that were asked for, else each class's p99 and what
 * it costs. Long tables are cut. */
void fs_cube_table(const struct fs_cube *cube, const char *const *metric, int n_metrics, FILE *out,
                   bool colour);
void fs_cube_json(const struct fs_cube *cube, FILE *out);

#endif
