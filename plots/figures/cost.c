/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has been spent so far, in layers by line of the bill. The costliest lines over all variants
 * have a layer each, in the same colour everywhere; the rest is one.
 */
#include "figure.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LINES 7

struct line {
    const char *name;
    double usd; /* of the variant in which it costs most */
};

static int by_usd(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return (x->usd < y->usd) - (x->usd > y->usd);
}

static const char *const *items(const struct fs_input *input, const struct fs_input_variant *v,
                                int *n)
{
    return fs_input_labels(input, v, "cost", "cost_item", n);
}

/* The costliest lines; returns how many there are at all. */
static int choose(struct fs_figure *f, struct line **lines)
{
    int room = 0, n = 0, m;
    for (int i = 0; i < f->input->n_variants; i++) {
        items(f->input, &f->input->variant[i], &m);
        room += m;
    }
    *lines = fs_arena_alloc(f->arena, ((size_t)room + 1) * sizeof **lines);
    for (int i = 0; i < f->input->n_variants; i++) {
        const char *const *name = items(f->input, &f->input->variant[i], &m);
        for (int k = 0; k < m; k++) {
            const double usd =
                fs_input_mean(f->input, &f->input->variant[i], "cost", "cost_item", "usd", k);
            int at = 0;
            while (at < n && strcmp((*lines)[at].name, name[k]) != 0)
                at++;
            if (at == n) (*lines)[n++] = (struct line){name[k], 0};
            (*lines)[at].usd = fmax((*lines)[at].usd, usd > 0 ? usd : 0);
        }
    }
    qsort(*lines, (size_t)n, sizeof **lines, by_usd);
    return n;
}

/* What the lines of that name have cost so far, or all those that are not chosen (name NULL). */
static double *accumulate(struct fs_figure *f, const struct fs_input_variant *v,
                          const struct line *lines, int n_chosen, const char *name)
{
    double *sum = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *sum);
    struct fs_input scratch = *f->input;
    int n;
    const char *const *item = items(f->input, v, &n);
    for (int i = 0; i < n; i++) {
        int at = 0;
        while (at < n_chosen && strcmp(lines[at].name, item[i]) != 0)
            at++;
        if (name ? strcmp(item[i], name) != 0 : at < n_chosen) continue;
        scratch.arena = fs_arena_new();
        const struct fs_trend *s = fs_input_series(&scratch, v, "cost", "cost_item", "cost", i);
        for (int t = 0; s && t < v->n; t++)
            sum[t] += s->mean[t] > 0 ? s->mean[t] : 0;
        fs_arena_free(scratch.arena);
    }
    for (int t = 1; t < v->n; t++)
        sum[t] += sum[t - 1];
    return sum;
}

static void add_layer(struct fs_figure *f, struct fs_panel *panel, const struct fs_input_variant *v,
                      const char *name, enum fs_colour colour, const double *height,
                      const double **base)
{
    const double usd = height[v->n - 1];
    double *top = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *top);
    if (!(usd > 0) || panel->n == FS_CURVES) return;
    for (int t = 0; t < v->n; t++)
        top[t] = (*base)[t] + height[t];
    panel->curve[panel->n++] = (struct fs_curve){.name = name,
                                                 .value = fs_words_usd(f->arena, usd),
                                                 .colour = colour,
                                                 .mark = FS_MARK_STACK,
                                                 .weight = 1,
                                                 .n = v->n,
                                                 .edge = v->edge,
                                                 .y = top,
                                                 .base = *base};
    *base = top;
}

static void fill_panel(struct fs_figure *f, struct fs_panel *panel, int variant,
                       const struct line *lines, int n)
{
    static const enum fs_colour hues[MOST_LINES] = {FS_BLUE, FS_ORANGE,     FS_GREEN, FS_PURPLE,
                                                    FS_SKY,  FS_VERMILLION, FS_NAVY};
    const struct fs_input_variant *v = &f->input->variant[variant];
    const double *base = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *base);
    const int chosen = n < MOST_LINES ? n : MOST_LINES;
    for (int i = 0; i < chosen; i++)
        add_layer(f, panel, v, lines[i].name, hues[i],
                  accumulate(f, v, lines, chosen, lines[i].name), &base);
    add_layer(f, panel, v, "other lines", FS_GREY, accumulate(f, v, lines, chosen, NULL), &base);
}

static bool fits(const struct fs_input *input)
{
    for (int i = 0; i < input->n_variants; i++) {
        int n;
        items(input, &input->variant[i], &n);
        if (n > 0) return true;
    }
    return false;
}

static void build(struct fs_figure *f)
{
    struct line *lines;
    const int n = choose(f, &lines);
    f->from = f->input->variant[0].edge[0];
    for (int i = 0; i < f->input->n_variants; i++)
        f->to = fmax(f->to, f->input->variant[i].edge[f->input->variant[i].n]);
    struct fs_row *row = fs_figure_row(f, "Cost so far by line, USD", "costs nothing");
    for (int i = 0; row && i < f->input->n_variants; i++)
        fill_panel(f, &row->panel[i], i, lines, n);
    const double high = row ? fs_figure_largest(f, row) : NAN;
    if (row) fs_axis_linear(f->arena, &row->axis, high > 0 ? high : 1, true);
}

const struct fs_figure_type fs_figures_cost = {.name = "cost",
                                               .doc = "what has been spent so far, by line",
                                               .rank = 35,
                                               .needs = "a run that has a bill",
                                               .fits = fits,
                                               .build = build};
