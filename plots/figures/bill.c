/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bill by line: for each variant a bar, in layers. The costliest lines have a layer each, the
 * rest is one. A month where the run says what it stands for, else the run.
 */
#include "figure.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LINES 8

struct line {
    const char *name;
    double *usd; /* by variant */
    double total;
};

struct lines {
    struct line *line;
    int n, room;
};

static struct line *line_of(struct fs_figure *f, struct lines *all, const char *name)
{
    for (int i = 0; i < all->n; i++) {
        if (strcmp(all->line[i].name, name) == 0) return &all->line[i];
    }
    struct line *line = &all->line[all->n++];
    line->name = name;
    line->usd = fs_arena_alloc(f->arena, (size_t)f->input->n_variants * sizeof *line->usd);
    return line;
}

static const char *const *items(const struct fs_figure *f, int variant, int *n)
{
    return fs_input_labels(f->input, &f->input->variant[variant], "cost", "cost_item", n);
}

static struct lines gather(struct fs_figure *f, const char *column)
{
    struct lines all = {0};
    int n;
    for (int i = 0; i < f->input->n_variants; i++) {
        items(f, i, &n);
        all.room += n;
    }
    all.line = fs_arena_alloc(f->arena, ((size_t)all.room + 1) * sizeof *all.line);
    for (int i = 0; i < f->input->n_variants; i++) {
        const char *const *item = items(f, i, &n);
        for (int k = 0; k < n; k++) {
            const double usd =
                fs_input_mean(f->input, &f->input->variant[i], "cost", "cost_item", column, k);
            struct line *line = line_of(f, &all, item[k]);
            if (!(usd > 0)) continue;
            line->usd[i] += usd;
            line->total += usd;
        }
    }
    return all;
}

static int by_total(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return (x->total < y->total) - (x->total > y->total);
}

static void add_rest(struct fs_figure *f, struct lines *all)
{
    struct line rest = {"other lines", NULL, 0};
    rest.usd = fs_arena_alloc(f->arena, (size_t)f->input->n_variants * sizeof *rest.usd);
    for (int k = MOST_LINES; k < all->n; k++) {
        for (int i = 0; i < f->input->n_variants; i++)
            rest.usd[i] += all->line[k].usd[i];
        rest.total += all->line[k].total;
    }
    all->line[MOST_LINES] = rest;
    all->n = MOST_LINES + 1;
}

static void build(struct fs_figure *f)
{
    static const enum fs_colour hues[MOST_LINES + 1] = {FS_BLUE,   FS_ORANGE, FS_GREEN,
                                                        FS_PURPLE, FS_SKY,    FS_VERMILLION,
                                                        FS_NAVY,   FS_YELLOW, FS_GREY};
    struct lines all = gather(f, "usd_per_month");
    double total = 0;
    for (int k = 0; k < all.n; k++)
        total += all.line[k].total;
    const bool month = total > 0;
    if (!month) all = gather(f, "usd");
    if (all.n) qsort(all.line, (size_t)all.n, sizeof *all.line, by_total);
    if (all.n > MOST_LINES) add_rest(f, &all);
    fs_figure_bars(f);
    struct fs_row *row =
        fs_figure_row(f, month ? "Cost a month, USD" : "Cost of the run, USD", "no cost");
    struct fs_bars bars = fs_bars_new(f, row);
    for (int k = 0; k < all.n; k++) {
        if (!(all.line[k].total > 0)) continue;
        memcpy(bars.height, all.line[k].usd, (size_t)f->input->n_variants * sizeof *bars.height);
        fs_bars_add(f, &bars, all.line[k].name, hues[k]);
    }
    fs_bars_done(f, &bars, fs_words_usd);
    fs_axis_linear(f->arena, &row->axis, bars.highest > 0 ? bars.highest : 1, true);
}

const struct fs_figure_type fs_figures_bill = {.name = "bill",
                                               .doc = "cost by line of the bill",
                                               .rank = 40,
                                               .needs = "a run that has a bill",
                                               .build = build};
