/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was asked for and what became of it, per second. Outcomes are stacked, so that the height of
 * the stack stands beside the line of arrivals; a stack that lags behind the line is a backlog, one
 * that is shorter for good is loss. A story is a row, so what several targets see of one request
 * does not add up to more than came; where they share a row it has come once for each of them. The
 * figures at the labels are requests per replication.
 */
#include "classes.h"
#include "figure.h"
#include "words.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS  3   /* more stories share one row */
#define MOST_BOXES 700 /* finer than a picture's pixels, so intervals are merged */

static const struct outcome {
    const char *name, *word;
    enum fs_colour colour;
} outcomes[] = {{"completed", "completed", FS_SKY},         {"failed", "failed", FS_PURPLE},
                {"timed_out", "timed out", FS_VERMILLION},  {"throttled", "throttled", FS_ORANGE},
                {"dropped", "dropped", FS_YELLOW},          {"expired", "expired", FS_GREY},
                {"dead_lettered", "dead-lettered", FS_BLUE}};
#define N_OUTCOMES ((int)(sizeof outcomes / sizeof *outcomes))

struct sums {
    struct fs_trend *arrived, *ended[N_OUTCOMES];
    bool found;
};

/* ---- sums over the classes of a story, or of all of them ------------------------------------ */

static void add_outcomes(const struct fs_input *input, const struct fs_input_variant *v,
                         struct sums *sums, int class, bool is_last)
{
    int n;
    const char *const *labels = fs_input_labels(input, v, "traffic", "outcome", &n);
    for (int o = 0; o < N_OUTCOMES; o++) {
        if (o == 0 && !is_last) continue; /* handed over is not yet done */
        const int at = labels ? fs_input_position(labels, n, outcomes[o].name) : -1;
        fs_trend_add(sums->ended[o],
                     fs_input_inner(input, v, "traffic", "class", "outcome", "requests", class, at),
                     v->n);
    }
}

/* The classes on the way to where the story is done. */
static void add_story(const struct fs_input *input, const struct fs_input_variant *v,
                      const struct fs_story *story, int done, struct sums *sums)
{
    struct fs_input scratch = *input;
    int n;
    const char *const *labels = fs_input_labels(input, v, "traffic", "class", &n);
    for (int i = 0; i < n; i++) {
        if (!fs_classes_is_of(labels[i], labels[done])) continue;
        sums->found = true;
        scratch.arena = fs_arena_new();
        if (strcmp(labels[i], story->root) == 0)
            fs_trend_add(sums->arrived,
                         fs_input_series(&scratch, v, "traffic", "class", "arrived", i), v->n);
        add_outcomes(&scratch, v, sums, i, i == done);
        fs_arena_free(scratch.arena);
    }
}

static struct sums sum_up(const struct fs_input *input, const struct fs_input_variant *v,
                          const struct fs_story *stories, int n_stories)
{
    struct sums sums = {.arrived = fs_trend_zero(input, v)};
    for (int o = 0; o < N_OUTCOMES; o++)
        sums.ended[o] = fs_trend_zero(input, v);
    for (int i = 0, before = -1; i < n_stories; i++) {
        const int done = fs_classes_done(input, v, &stories[i]);
        if (done >= 0 && done != before) add_story(input, v, &stories[i], done, &sums);
        before = done; /* a variant may have one end where others have several */
    }
    return sums;
}

/* ---- rates ---------------------------------------------------------------------------------- */

/* The curve with counts turned into rates, several intervals merged where they are too many. */
static void to_rates(struct fs_figure *f, struct fs_curve *c)
{
    int first, last;
    fs_figure_shown(f, c, &first, &last);
    const int every = 1 + (last - first - 1) / MOST_BOXES, n = (c->n + every - 1) / every;
    double *edge = fs_arena_alloc(f->arena, ((size_t)n + 1) * sizeof *edge);
    double *rate = fs_arena_alloc(f->arena, (size_t)n * sizeof *rate);
    for (int i = 0; i < n; i++) {
        const int from = i * every, to = from + every < c->n ? from + every : c->n;
        for (int t = from; t < to; t++)
            rate[i] += c->y[t];
        edge[i] = c->edge[from];
        edge[i + 1] = c->edge[to];
        rate[i] /= edge[i + 1] - edge[i];
    }
    c->n = n;
    c->edge = edge;
    c->y = rate;
}

static double *stack_on(struct fs_figure *f, struct fs_curve *c, const double *base)
{
    double *top = fs_arena_alloc(f->arena, (size_t)c->n * sizeof *top);
    for (int t = 0; t < c->n; t++)
        top[t] = base[t] + c->y[t];
    c->mark = FS_MARK_STACK;
    c->base = base;
    c->y = top;
    return top;
}

static void fill_panel(struct fs_figure *f, struct fs_panel *panel, int variant,
                       const struct sums *sums)
{
    const double *base = fs_trend_zero(f->input, &f->input->variant[variant])->mean;
    for (int o = 0; o < N_OUTCOMES; o++) {
        const struct fs_trend *s = sums->ended[o];
        if (!(s->total > 0)) continue;
        struct fs_curve *c =
            fs_figure_line(f, panel, variant, outcomes[o].word, fs_words_count(f->arena, s->total),
                           outcomes[o].colour, s);
        to_rates(f, c);
        base = stack_on(f, c, base);
    }
    struct fs_curve *c =
        fs_figure_line(f, panel, variant, "arrived", fs_words_count(f->arena, sums->arrived->total),
                       FS_BLACK, sums->arrived);
    to_rates(f, c);
    c->under = true;
    c->weight = 1.4;
}

static void add_row(struct fs_figure *f, const char *title, const struct fs_story *stories, int n)
{
    struct fs_row *row = fs_figure_row(f, title, "no such traffic");
    if (!row) return;
    for (int i = 0; i < f->input->n_variants; i++) {
        const struct sums sums = sum_up(f->input, &f->input->variant[i], stories, n);
        if (sums.found) fill_panel(f, &row->panel[i], i, &sums);
    }
    fs_axis_linear(f->arena, &row->axis, fmax(0, fs_figure_largest(f, row)), false);
}

static const char *all_of(struct fs_figure *f, const struct fs_story *stories, int n)
{
    const char *targets = "";
    for (int i = 0; i < n; i++)
        targets = stories[i].end ? ", counted at each target" : targets;
    return fs_arena_format(f->arena, "all %d classes%s", n, targets);
}

static void add(struct fs_figure *f)
{
    int n;
    const struct fs_story *stories = fs_classes_stories(f->input, &n);
    const char *what = "Load and outcomes, requests per second";
    if (n == 1) {
        add_row(f, what, stories, 1);
    } else if (n > MOST_ROWS) {
        add_row(f, fs_arena_format(f->arena, "%s, %s", what, all_of(f, stories, n)), stories, n);
    }
    for (int i = 0; n > 1 && n <= MOST_ROWS && i < n; i++)
        add_row(f, fs_arena_format(f->arena, "%s: %s", what, stories[i].name), stories + i, 1);
}

const struct fs_row_type fs_rows_load = {.rank = 10, .add = add};
