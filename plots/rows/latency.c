/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Percentiles of each interval on a logarithmic axis. One class gets three shades of one hue,
 * because percentiles are ordered; several classes a hue each, p99 strong and p50 thin. What is
 * shown is the time until a request is done: behind a queue that is the last class of the story.
 * Over replications a line is the mean of their percentiles, good enough for a picture; the figures
 * beside it are the estimates of the whole run, which are not made that way.
 */
#include "classes.h"
#include "figure.h"
#include "words.h"

#include <math.h>

#define MOST_CLASSES 3
#define BRIEF        15 /* of a class in a label: its percentile is not cut off */

static const struct percentile {
    double p;
    const char *name;
    enum fs_colour colour;
    double weight;
} percentiles[] = {{.5, "p50", FS_SKY, 1}, {.95, "p95", FS_BLUE, 1}, {.99, "p99", FS_NAVY, 1.3}};

static int position_of(const struct fs_input *input, const struct fs_input_variant *v, double p)
{
    const struct fs_column *c = fs_results_get(
        input->results, fs_arena_format(input->arena, "%s/traffic", v->name), "quantile");
    for (int i = 0; c && c->rank == 1 && c->type == FS_F64 && i < c->extent[0]; i++) {
        if (fabs(c->f64[i] - p) < 1e-9) return i;
    }
    return -1;
}

/* Zero cannot stand on a logarithmic axis. */
static void blank_zeroes(struct fs_trend *s, int n)
{
    for (int t = 0; t < n; t++) {
        if (!(s->mean[t] > 0)) s->mean[t] = NAN;
    }
}

static struct fs_curve *add_line(struct fs_figure *f, struct fs_panel *panel, int variant,
                                 int class, const struct percentile *p, const char *name)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    int n;
    const char *const *labels = fs_input_labels(f->input, v, "traffic", "class", &n);
    struct fs_trend *s =
        fs_input_quantile(f->input, v, "latency", class, position_of(f->input, v, p->p));
    if (!s || !(s->peak > 0)) return NULL;
    blank_zeroes(s, v->n);
    const double whole = fs_input_estimate(
        f->input, v, fs_arena_format(f->arena, "traffic.%s.latency.%s", labels[class], p->name));
    struct fs_curve *c = fs_figure_line(
        f, panel, variant, name, whole > 0 ? fs_words_seconds(f->arena, whole) : "", p->colour, s);
    c->weight = p->weight;
    if (v->n_replications > 1) {
        c->low = s->low;
        c->high = s->high;
    }
    return c;
}

/* One class: all percentiles, a band at the highest, and when the caller had its answer. */
static void add_story(struct fs_figure *f, struct fs_panel *panel, int variant,
                      const struct fs_story *story)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    int n;
    const char *const *labels = fs_input_labels(f->input, v, "traffic", "class", &n);
    const int done = fs_classes_done(f->input, v, story);
    const int asked = labels ? fs_input_position(labels, n, story->root) : -1;
    if (done < 0) return;
    if (asked >= 0 && asked != done) {
        static const struct percentile reply = {.99, "p99", FS_GREY, 1};
        struct fs_curve *c = add_line(f, panel, variant, asked, &reply, "reply p99");
        if (c) {
            c->mark = FS_MARK_DASHES;
            c->low = c->high = NULL;
        }
    }
    for (int i = 0; i < 3; i++) {
        struct fs_curve *c =
            add_line(f, panel, variant, done, &percentiles[i], percentiles[i].name);
        if (c && i < 2) c->low = c->high = NULL;
    }
}

/* Several classes: a hue each. */
static void add_classes(struct fs_figure *f, struct fs_panel *panel, int variant,
                        const struct fs_story *stories, int n)
{
    static const enum fs_colour hue[MOST_CLASSES] = {FS_BLUE, FS_VERMILLION, FS_GREEN};
    for (int i = 0; i < n; i++) {
        const struct percentile both[] = {{.5, "p50", hue[i], .7}, {.99, "p99", hue[i], 1.3}};
        const int done = fs_classes_done(f->input, &f->input->variant[variant], &stories[i]);
        const char *name = fs_words_fit(f->arena, stories[i].brief, BRIEF);
        for (int k = 0; done >= 0 && k < 2; k++) {
            struct fs_curve *c = add_line(f, panel, variant, done, &both[k],
                                          fs_arena_format(f->arena, "%s %s", name, both[k].name));
            if (c) c->low = c->high = NULL;
        }
    }
}

/* Without a line, then at once: zero has no place on the axis. */
static bool completes(const struct fs_figure *f, int variant, const struct fs_story *stories, int n)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    for (int i = 0; i < n; i++) {
        const int done = fs_classes_done(f->input, v, &stories[i]);
        const struct fs_trend *s =
            fs_input_series(f->input, v, "traffic", "class", "latency_count", done);
        if (s && s->total > 0) return true;
    }
    return false;
}

static void add(struct fs_figure *f)
{
    int all;
    struct fs_story *stories = fs_classes_stories(f->input, &all);
    const char *title = "Latency until done, by interval";
    const int n =
        all > MOST_CLASSES ? fs_classes_busiest(f->input, stories, all, MOST_CLASSES) : all;
    if (n < all)
        title =
            fs_arena_format(f->arena, "%s, %s", title, fs_classes_shown(f->arena, stories, n, all));
    struct fs_row *row = fs_figure_row(f, title, "nothing completed");
    if (!row) return;
    for (int i = 0; i < f->input->n_variants; i++) {
        if (n == 1) {
            add_story(f, &row->panel[i], i, &stories[0]);
        } else {
            add_classes(f, &row->panel[i], i, stories, n);
        }
        if (completes(f, i, stories, n)) row->panel[i].absent = "done at once, p99 0 s";
    }
    const double low = fs_figure_smallest(f, row), high = fs_figure_largest(f, row);
    if (low > 0) {
        fs_axis_durations(f->arena, &row->axis, fmax(low, 1e-9), fmax(high, 1e-9));
    } else {
        f->n_rows--;
    }
}

const struct fs_row_type fs_rows_latency = {.rank = 20, .add = add};
