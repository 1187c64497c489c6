/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many environments, tasks and nodes there are and what they do, in layers. What a file has are
 * gauges that hold each other (tasks, of these running, of these healthy); a layer is a difference
 * of two. Components of one mechanism are added up.
 */
#include "busytime.h"
#include "figure.h"
#include "words.h"

#include <math.h>

/* Gauges that are added and taken away; NULL: none. */
struct layer {
    const char *name, *plus, *minus, *less;
    enum fs_colour colour;
};

/* A mechanism is one that has the first layer's gauges. */
static const struct kind {
    const char *title;
    struct layer layer[5];
} kinds[] = {{"Environments of functions",
              {{"executing", "busy", "starting", NULL, FS_BLUE},
               {"starting", "starting", NULL, NULL, FS_VERMILLION},
               {"idle", "environments", "busy", NULL, FS_SKY}}},
             {"Tasks",
              {{"in service", "healthy", NULL, NULL, FS_BLUE},
               {"up, not yet in service", "running", "healthy", NULL, FS_ORANGE},
               {"draining", "draining", NULL, NULL, FS_PURPLE},
               {"being started", "tasks", "running", "draining", FS_VERMILLION}}},
             {"Nodes",
              {{"ready or leaving", "nodes", NULL, NULL, FS_BLUE},
               {"booting", "starting", NULL, NULL, FS_VERMILLION}}}};
#define N_KINDS ((int)(sizeof kinds / sizeof *kinds))

static void add_gauge(const struct fs_input *input, const struct fs_input_variant *v,
                      const char *group, const char *gauge, double sign, double *level, bool *found)
{
    struct fs_input scratch = *input;
    int n;
    fs_input_labels(input, v, group, "component", &n);
    for (int i = 0; gauge && i < n; i++) {
        scratch.arena = fs_arena_new();
        const struct fs_trend *s = fs_input_series(
            &scratch, v, group, "component", fs_arena_format(scratch.arena, "%s_mean", gauge), i);
        for (int t = 0; s && t < v->n; t++)
            level[t] += isnan(s->mean[t]) ? 0 : sign * s->mean[t];
        *found = *found || s;
        fs_arena_free(scratch.arena);
    }
}

/* The heights of a layer, NULL when the group has not got its gauges. */
static double *heights(const struct fs_figure *f, const struct fs_input_variant *v,
                       const char *group, const struct layer *layer)
{
    double *level = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *level);
    bool plus = false, minus = !layer->minus, less = true;
    add_gauge(f->input, v, group, layer->plus, 1, level, &plus);
    add_gauge(f->input, v, group, layer->minus, -1, level, &minus);
    add_gauge(f->input, v, group, layer->less, -1, level, &less);
    for (int t = 0; t < v->n; t++)
        level[t] = level[t] > 1e-9 ? level[t] : 0;
    return plus && minus ? level : NULL;
}

static void stack(struct fs_figure *f, struct fs_panel *panel, const struct fs_input_variant *v,
                  const struct layer *layer, const double *height, const double **base)
{
    double *top = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *top), peak = 0;
    for (int t = 0; t < v->n; t++) {
        top[t] = (*base)[t] + height[t];
        peak = fmax(peak, height[t]);
    }
    if (!(peak > 0) || panel->n == FS_CURVES) return;
    panel->curve[panel->n++] = (struct fs_curve){.name = layer->name,
                                                 .value = fs_words_count(f->arena, peak),
                                                 .colour = layer->colour,
                                                 .mark = FS_MARK_STACK,
                                                 .weight = 1,
                                                 .n = v->n,
                                                 .edge = v->edge,
                                                 .y = top,
                                                 .base = *base};
    *base = top;
}

static void fill_panel(struct fs_figure *f, struct fs_panel *panel, int variant,
                       const struct kind *kind)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    const char *const *group = fs_results_groups(f->input->results, v->name);
    for (int g = 0; group && group[g]; g++) {
        const double *base = fs_arena_alloc(f->arena, (size_t)v->n * sizeof *base), *height;
        const bool is_kind =
            heights(f, v, group[g], &kind->layer[0]) && heights(f, v, group[g], &kind->layer[1]);
        for (int i = 0; is_kind && i < 5 && kind->layer[i].name; i++) {
            if ((height = heights(f, v, group[g], &kind->layer[i])))
                stack(f, panel, v, &kind->layer[i], height, &base);
        }
        if (panel->n) return;
    }
}

static bool fits(const struct fs_input *input)
{
    for (int i = 0; i < input->n_variants; i++) {
        const char *const *group = fs_results_groups(input->results, input->variant[i].name);
        for (int g = 0; group && group[g]; g++) {
            const char *path =
                fs_arena_format(input->arena, "%s/%s", input->variant[i].name, group[g]);
            if (fs_results_get(input->results, path, "starting_mean") ||
                fs_results_get(input->results, path, "healthy_mean"))
                return true;
        }
    }
    return false;
}

static void build(struct fs_figure *f)
{
    fs_busytime_choose(f);
    f->subtitle = fs_arena_format(
        f->arena, "%s  ·  figures beside the areas: highest mean of an interval", f->subtitle);
    for (int k = 0; k < N_KINDS; k++) {
        struct fs_row *row = fs_figure_row(
            f, fs_arena_format(f->arena, "%s, by state", kinds[k].title), "none of these");
        for (int i = 0; row && i < f->input->n_variants; i++)
            fill_panel(f, &row->panel[i], i, &kinds[k]);
        const double high = row ? fs_figure_largest(f, row) : NAN;
        if (high > 0)
            fs_axis_linear(f->arena, &row->axis, high, false);
        else if (row)
            f->n_rows--;
    }
    f->row_height = f->n_rows > 1 ? 340 : 0;
}

const struct fs_figure_type fs_figures_states = {
    .name = "states",
    .doc = "environments, tasks and nodes by what they do",
    .rank = 15,
    .needs = "functions, containers or nodes",
    .fits = fits,
    .build = build};
