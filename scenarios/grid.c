/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are few, so they are a list; widths are found when printing. */
#include "grid.h"

struct row {
    struct row *next;
    const char *heading;
    const char **cell;
};

struct fs_grid {
    struct fs_arena *arena;
    int columns, left;
    struct row *first, **last;
};

struct fs_grid *fs_grid_new(struct fs_arena *arena, int columns, int left)
{
    struct fs_grid *grid = fs_arena_alloc(arena, sizeof *grid);
    grid->arena = arena;
    grid->columns = columns;
    grid->left = left;
    grid->last = &grid->first;
    return grid;
}

static struct row *add(struct fs_grid *grid)
{
    struct row *row = fs_arena_alloc(grid->arena, sizeof *row);
    *grid->last = row;
    grid->last = &row->next;
    return row;
}

void fs_grid_row(struct fs_grid *grid, const char *const *cell)
{
    struct row *row = add(grid);
    row->cell = fs_arena_alloc(grid->arena, (size_t)grid->columns * sizeof *row->cell);
    for (int i = 0; i < grid->columns; i++)
        row->cell[i] = cell[i] ? cell[i] : "";
}

void fs_grid_heading(struct fs_grid *grid, const char *text)
{
    add(grid)->heading = text;
}

/* Characters that it takes on a terminal: UTF-8 sequences count once. */
static int text_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

static int column_width(const struct fs_grid *grid, int column)
{
    int widest = 0;
    for (const struct row *row = grid->first; row; row = row->next) {
        const int width = row->cell ? text_width(row->cell[column]) : 0;
        if (width > widest) widest = width;
    }
    return widest;
}

static void print_cell(FILE *out, const char *text, int width, bool left, bool last)
{
    const int pad = width - text_width(text);
    if (left)
        fprintf(out, "%s%*s", text, last ? 0 : pad, "");
    else
        fprintf(out, "%*s%s", pad, "", text);
}

void fs_grid_print(const struct fs_grid *grid, FILE *out, bool colour)
{
    int *width = fs_arena_alloc(grid->arena, (size_t)grid->columns * sizeof *width);
    for (int i = 0; i < grid->columns; i++)
        width[i] = column_width(grid, i);
    for (const struct row *row = grid->first; row; row = row->next) {
        if (row->heading) {
            fprintf(out, colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", row->heading);
            continue;
        }
        for (int i = 0; i < grid->columns; i++) {
            if (i) fputs("  ", out);
            print_cell(out, row->cell[i], width[i], i < grid->left, i + 1 == grid->columns);
        }
        fputc('\n', out);
    }
}
