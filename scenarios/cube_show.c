/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without --metric the columns are chosen by the paths alone; nothing here knows a mechanism. */
#include "cube_show.h"

#include "grid.h"
#include "json.h"
#include "show.h"
#include "text.h"
#include "whole.h"

#include <math.h>
#include <string.h>

#define ROWS_MAX    100
#define COLUMNS_MAX 12

struct columns {
    const char *path[COLUMNS_MAX], *unit[COLUMNS_MAX];
    int n;
};

static void add_column(struct columns *columns, const char *path, const char *unit)
{
    for (int i = 0; i < columns->n; i++) {
        if (strcmp(columns->path[i], path) == 0) return;
    }
    if (columns->n == COLUMNS_MAX) return;
    columns->path[columns->n] = path;
    columns->unit[columns->n++] = unit;
}

/* Every root class's p99, then the month's bill, or the run's where nothing is projected. */
static bool is_usual(const struct fs_cube *cube, const struct fs_cell *cell)
{
    const char *path = cube->text[cell->path];
    if (strncmp(path, "traffic.", 8) == 0)
        return fs_text_ends(path, ".latency.p99") && !strchr(path, '/');
    if (strcmp(path, "cost.usd_per_month") == 0) return !isnan(cell->value);
    return strcmp(path, "cost.total_usd") == 0;
}

static void choose(const struct fs_cube *cube, const char *const *metric, int n_metrics,
                   struct columns *columns)
{
    for (int64_t p = 0; p < cube->axes.points; p++) {
        for (int v = 0; v < cube->n_variants; v++) {
            const struct fs_cube_variant *at = &cube->point[p][v];
            for (int i = 0; i < at->n_cells; i++) {
                const struct fs_cell *cell = &at->cell[i];
                bool wanted = n_metrics == 0 && is_usual(cube, cell);
                for (int k = 0; k < n_metrics; k++)
                    wanted = wanted || strcmp(metric[k], cube->text[cell->path]) == 0;
                if (wanted) add_column(columns, cube->text[cell->path], cube->text[cell->unit]);
            }
        }
    }
}

static void add_row(const struct fs_cube *cube, struct fs_arena *arena, struct fs_grid *grid,
                    const struct columns *columns, int64_t point, int variant)
{
    const char *text[FS_AXES_MAX + 1 + COLUMNS_MAX];
    int index[FS_AXES_MAX], n = 0;
    fs_axes_index(&cube->axes, point, index);
    for (int i = 0; i < cube->axes.n; i++)
        text[n++] = cube->axes.axis[i].text[index[i]];
    if (cube->n_variants > 1) text[n++] = cube->variant[variant];
    for (int i = 0; i < columns->n; i++) {
        const struct fs_cell *cell = fs_cube_cell(cube, point, variant, columns->path[i]);
        if (!cell) {
            text[n++] = "–";
            continue;
        }
        const struct fs_estimate e = fs_cube_estimate(cube, cell);
        text[n++] = fs_show_estimate(arena, columns->unit[i], &e);
    }
    fs_grid_row(grid, text);
}

/* Of each root class how many came, what share was completed and the p99; and the bill. */
static bool is_told(const char *path, const char *const *metric, int n_metrics)
{
    for (int i = 0; i < n_metrics; i++) {
        if (strcmp(metric[i], path) == 0) return true;
    }
    if (n_metrics) return false;
    const bool root = strncmp(path, "traffic.", 8) == 0 && !strchr(path, '/');
    return (root && (fs_text_ends(path, ".arrived") || fs_text_ends(path, ".completed.share") ||
                     fs_text_ends(path, ".latency.p99"))) ||
           strcmp(path, "cost.total_usd") == 0;
}

/* "rate=70/s function", without the part. */
static const char *fleet_label(const struct fs_cube *cube, struct fs_arena *arena, int64_t fleet,
                               int variant)
{
    int index[FS_AXES_MAX];
    const char *text = cube->n_variants > 1 ? cube->variant[variant] : "";
    fs_axes_index(&cube->axes, fs_whole_point(cube, fleet), index);
    for (int i = cube->axes.n - 1; i >= 0; i--) {
        const struct fs_axis *axis = &cube->axes.axis[i];
        if (i == cube->part) continue;
        text = fs_arena_format(arena, "%s=%s%s%s", axis->name, axis->text[index[i]],
                               *text ? " " : "", text);
    }
    return text;
}

static void fleet_table(const struct fs_cube *cube, struct fs_arena *arena,
                        const char *const *metric, int n_metrics, FILE *out, bool colour)
{
    const int64_t fleets = fs_whole_count(cube);
    struct fs_grid *grid = fs_grid_new(arena, 3, 2);
    if (fleets == 0) return;
    fs_grid_heading(grid,
                    fs_arena_format(arena, "Together, of %d parts", cube->axes.axis[cube->part].n));
    for (int64_t f = 0; f < fleets && f < ROWS_MAX; f++) {
        for (int v = 0; v < cube->n_variants; v++) {
            int n;
            const struct fs_whole_number *x = fs_whole_numbers(arena, cube, f, v, &n);
            for (int i = 0; i < n; i++) {
                if (!is_told(x[i].path, metric, n_metrics)) continue;
                const char *const row[] = {
                    fleet_label(cube, arena, f, v), x[i].path,
                    x[i].kind == FS_VIEW_SHARE
                        ? fs_show_share_estimate(arena, &x[i].estimate)
                        : fs_show_estimate(arena, x[i].unit, &x[i].estimate)};
                fs_grid_row(grid, row);
            }
        }
    }
    fs_grid_print(grid, out, colour);
}

void fs_cube_table(const struct fs_cube *cube, const char *const *metric, int n_metrics, FILE *out,
                   bool colour)
{
    struct fs_arena *arena = fs_arena_new();
    struct columns columns = {.n = 0};
    choose(cube, metric, n_metrics, &columns);
    const int labels = cube->axes.n + (cube->n_variants > 1);
    struct fs_grid *grid = fs_grid_new(arena, labels + columns.n, labels);
    const char *text[FS_AXES_MAX + 1 + COLUMNS_MAX];
    int n = 0;
    int64_t rows = 0;
    for (int i = 0; i < cube->axes.n; i++)
        text[n++] = cube->axes.axis[i].name;
    if (cube->n_variants > 1) text[n++] = "variant";
    for (int i = 0; i < columns.n; i++)
        text[n++] = columns.path[i];
    fs_grid_row(grid, text);
    for (int64_t p = 0; p < cube->axes.points && rows < ROWS_MAX; p++) {
        for (int v = 0; v < cube->n_variants; v++, rows++)
            add_row(cube, arena, grid, &columns, p, v);
    }
    fs_grid_print(grid, out, colour);
    const int64_t all = cube->axes.points * cube->n_variants;
    if (rows < all) fprintf(out, "... and %lld rows more\n", (long long)(all - rows));
    fleet_table(cube, arena, metric, n_metrics, out, colour);
    fs_assumptions_print(&cube->assumptions, out);
    fs_arena_free(arena);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void json_cell(const struct fs_cube *cube, const struct fs_cell *cell, FILE *out)
{
    fs_json_text(out, cube->text[cell->path]);
    const struct fs_estimate e = fs_cube_estimate(cube, cell);
    fputs(": {", out);
    fs_json_estimate(out, &e);
    fputs(", \"unit\": ", out);
    fs_json_text(out, cube->text[cell->unit]);
    fputc('}', out);
}

static void json_point(const struct fs_cube *cube, int64_t point, FILE *out)
{
    int index[FS_AXES_MAX];
    fs_axes_index(&cube->axes, point, index);
    fputs("\n    {\"at\": {", out);
    for (int i = 0; i < cube->axes.n; i++) {
        fputs(i ? ", " : "", out);
        fs_json_text(out, cube->axes.axis[i].path);
        fputs(": ", out);
        fs_json_text(out, cube->axes.axis[i].text[index[i]]);
    }
    fputs("}, \"variants\": {", out);
    for (int v = 0; v < cube->n_variants; v++) {
        const struct fs_cube_variant *at = &cube->point[point][v];
        fputs(v ? ",\n      " : "\n      ", out);
        fs_json_text(out, cube->variant[v]);
        fprintf(out, ": {\"replications\": %d, \"estimates\": {", at->replications);
        for (int i = 0; i < at->n_cells; i++) {
            fputs(i ? ",\n        " : "\n        ", out);
            json_cell(cube, &at->cell[i], out);
        }
        fputs("}}", out);
    }
    fputs("}}", out);
}

static void json_fleet(const struct fs_cube *cube, struct fs_arena *arena, int64_t fleet, FILE *out)
{
    fputs("\n    {\"at\": ", out);
    fs_json_text(out, fleet_label(cube, arena, fleet, 0));
    fputs(", \"variants\": {", out);
    for (int v = 0; v < cube->n_variants; v++) {
        int n;
        const struct fs_whole_number *x = fs_whole_numbers(arena, cube, fleet, v, &n);
        fputs(v ? ",\n      " : "\n      ", out);
        fs_json_text(out, cube->variant[v]);
        fprintf(out, ": {\"parts\": %d, \"estimates\": {", cube->axes.axis[cube->part].n);
        for (int i = 0; i < n; i++) {
            fputs(i ? ",\n        " : "\n        ", out);
            fs_json_text(out, x[i].path);
            fputs(": {", out);
            fs_json_estimate(out, &x[i].estimate);
            fputs(", \"unit\": ", out);
            fs_json_text(out, x[i].unit);
            fputc('}', out);
        }
        fputs("}}", out);
    }
    fputs("}}", out);
}

void fs_cube_json(const struct fs_cube *cube, FILE *out)
{
    struct fs_arena *arena = fs_arena_new();
    fputs("{\n  \"fleetsim\": ", out);
    fs_json_text(out, cube->version);
    fputs(",\n  \"title\": ", out);
    fs_json_text(out, cube->title);
    fputs(",\n  \"assumptions\": ", out);
    fs_assumptions_json(&cube->assumptions, 2, out);
    fputs(",\n  \"points\": [", out);
    for (int64_t p = 0; p < cube->axes.points; p++) {
        fputs(p ? "," : "", out);
        json_point(cube, p, out);
    }
    if (fs_whole_count(cube) > 0) fputs("\n  ],\n  \"together\": [", out);
    for (int64_t f = 0; f < fs_whole_count(cube); f++) {
        fputs(f ? "," : "", out);
        json_fleet(cube, arena, f, out);
    }
    fs_arena_free(arena);
    fputs("\n  ]\n}\n", out);
}
