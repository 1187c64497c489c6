/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened over simulated time: a row for each question (rows/), the variants side by side. */
#include "busytime.h"
#include "figure.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ----------------------------------------------------------------------------------- */

static int by_rank(const void *a, const void *b)
{
    const struct fs_row_type *x = *(const struct fs_row_type *const *)a;
    const struct fs_row_type *y = *(const struct fs_row_type *const *)b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void add_rows(struct fs_figure *f)
{
    size_t n = 0;
    while (fs_row_types[n])
        n++;
    const struct fs_row_type **type = fs_arena_alloc(f->arena, (n + 1) * sizeof *type);
    memcpy(type, fs_row_types, n * sizeof *type);
    qsort(type, n, sizeof *type, by_rank);
    for (size_t i = 0; i < n; i++)
        type[i]->add(f);
}

static void build(struct fs_figure *f)
{
    f->subtitle =
        fs_arena_format(f->arena, "%s  ·  figures beside the lines: whole run", f->subtitle);
    f->tells = true;
    fs_busytime_choose(f);
    add_rows(f);
}

const struct fs_figure_type fs_figures_timeline = {
    .name = "timeline",
    .doc = "load and outcomes, latency, concurrency, backlog and cost over time",
    .rank = 10,
    .needs = "traffic over time, from fleetsim run",
    .build = build};
