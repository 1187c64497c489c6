/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Latency by percentile: how long the slowest half, tenth, hundredth of the requests took at least.
 * Each nine gets the same width, so the tail is as wide as it matters. All replications together;
 * one line a variant. A line is as long as its data: the longest request begins where it ends.
 */
#include "classes.h"
#include "figure.h"
#include "words.h"

#include <math.h>

#define MOST_CLASSES 3
#define MOST_NINES   7

static const enum fs_colour hues[FS_VARIANTS] = {FS_BLUE, FS_VERMILLION, FS_GREEN, FS_PURPLE,
                                                 FS_SKY,  FS_ORANGE,     FS_NAVY,  FS_BLACK,
                                                 FS_GREY, FS_YELLOW,     FS_BLUE,  FS_VERMILLION};

/* A step for each bin that holds a request, from the share below it to the share up to its end. A
 * single request is a line up to the median. */
static struct fs_curve steps(struct fs_figure *f, const double *low, const double *count, int n)
{
    struct fs_curve c = {.mark = FS_MARK_LINE, .weight = 1.3};
    double *edge = fs_arena_alloc(f->arena, ((size_t)n + 1) * sizeof *edge);
    double *y = fs_arena_alloc(f->arena, (size_t)n * sizeof *y);
    double all = 0, below = 0;
    for (int i = 0; i < n; i++)
        all += count[i];
    const double end = fmin(log10(fmax(all, 2)), MOST_NINES);
    for (int i = 0; i < n && edge[c.n] < end - 1e-9; i++) {
        if (!(count[i] > 0)) continue;
        below += count[i];
        y[c.n++] = low[i] > 0 ? low[i] : NAN;
        edge[c.n] = below < all ? fmin(end, -log10(1 - below / all)) : end;
    }
    c.edge = edge;
    c.y = y;
    return c;
}

/* What takes no time has no place on a logarithmic axis. */
static bool is_seen(const struct fs_curve *c)
{
    for (int i = 0; i < c->n; i++) {
        if (c->y[i] > 0) return true;
    }
    return false;
}

static bool takes_time(const double *low, const double *count, int n)
{
    for (int i = 0; i < n; i++) {
        if (count[i] > 0 && low[i] > 0) return true;
    }
    return false;
}

static void say_at_once(struct fs_figure *f, struct fs_panel *panel, const char *variant, bool all)
{
    const char *text = all ? "done at once" : "nearly all done at once";
    if (f->input->n_variants > 1) text = fs_arena_format(f->arena, "%s: %s", variant, text);
    fs_figure_text(f, panel, text, 0);
}

static void add_variant(struct fs_figure *f, struct fs_panel *panel, int variant,
                        const struct fs_story *story)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    const double *low, *count;
    int n_labels;
    const int class = fs_classes_done(f->input, v, story);
    const int n = class < 0 ? 0 : fs_input_histogram(f->input, v, class, &low, &count);
    if (n == 0 || panel->n == FS_CURVES) return;
    struct fs_curve c = steps(f, low, count, n);
    if (c.n == 0) return;
    if (!is_seen(&c)) {
        say_at_once(f, panel, v->name, !takes_time(low, count, n));
        return;
    }
    const char *const *labels = fs_input_labels(f->input, v, "traffic", "class", &n_labels);
    const double p99 = fs_input_estimate(
        f->input, v, fs_arena_format(f->arena, "traffic.%s.latency.p99", labels[class]));
    c.name = f->input->n_variants > 1 ? v->name : "p99";
    c.value = "";
    if (p99 > 0)
        c.value = fs_arena_format(f->arena, "%s%s", f->input->n_variants > 1 ? "p99 " : "",
                                  fs_words_seconds(f->arena, p99));
    c.colour = hues[variant];
    f->to = fmax(f->to, c.edge[c.n]);
    panel->curve[panel->n++] = c;
}

static void add_class(struct fs_figure *f, const struct fs_story *story, bool several)
{
    struct fs_row *row =
        fs_figure_row(f,
                      several ? fs_arena_format(f->arena, "Latency until done, %s", story->name)
                              : "Latency until done",
                      "nothing completed");
    for (int i = 0; row && i < f->input->n_variants; i++)
        add_variant(f, &row->panel[0], i, story);
}

static void build(struct fs_figure *f)
{
    int all;
    struct fs_story *stories = fs_classes_stories(f->input, &all);
    const int n = fs_classes_busiest(f->input, stories, all, MOST_CLASSES);
    if (n < all) fs_figure_warn(f, fs_classes_shown(f->arena, stories, n, all));
    f->subtitle = fs_arena_format(f->arena, "%s  ·  all requests that completed", f->subtitle);
    fs_figure_join(f);
    f->from = 0;
    f->to = 1;
    for (int i = 0; i < n; i++)
        add_class(f, &stories[i], n > 1);
    fs_axis_shares(f->arena, &f->x, f->to);
    f->x_title = "share of the requests that took at most so long";
    for (int i = 0; i < f->n_rows; i++) {
        const double low = fs_figure_smallest(f, &f->row[i]),
                     high = fs_figure_largest(f, &f->row[i]);
        fs_axis_durations(f->arena, &f->row[i].axis, low > 0 ? fmax(low, 1e-9) : 1e-3,
                          low > 0 ? fmax(high, 1e-9) : 1);
    }
}

const struct fs_figure_type fs_figures_percentiles = {
    .name = "percentiles",
    .doc = "latency by percentile, the tail stretched",
    .rank = 20,
    .needs = "traffic, from fleetsim run",
    .build = build};
