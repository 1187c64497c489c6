/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text in aligned columns: cells are collected, widths found, lines printed. */
#ifndef FS_SCENARIOS_GRID_H
#define FS_SCENARIOS_GRID_H

#include "arena.h"
#include <stdbool.h>
#include <stdio.h>

struct fs_grid;

/* `columns` cells a row; the first `left` columns are aligned left, the others right. */
struct fs_grid *fs_grid_new(struct fs_arena *arena, int columns, int left);
/* A row of `columns` texts (NULL: empty); kept as pointers. */
void fs_grid_row(struct fs_grid *grid, const char *const *cell);
/* A heading over the whole width, with an empty line before it. */
void fs_grid_heading(struct fs_grid *grid, const char *text);
void fs_grid_print(const struct fs_grid *grid, FILE *out, bool colour);

#endif
