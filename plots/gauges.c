/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mean of the interval as a line, a light band up to its peak: a burst inside one interval shows.
 * Many lines on top of each other say nothing, so: components beyond a few are summed, a line that
 * repeats another one (a poller's batches, its function's executions) is left out, and of the rest
 * the largest stay. A series has the same colour in every variant, and where it is too small for
 * one it is left out of all.
 */
#include "gauges.h"

#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_COMPONENTS 3
#define MOST_LINES      5
#define CEILING_REACH   1.6 /* a ceiling is shown up to so many times the highest line */
#define SAME            .02

static const enum fs_colour colours[] = {FS_BLUE, FS_ORANGE, FS_GREEN, FS_PURPLE, FS_SKY, FS_BLACK};
#define N_COLOURS  (sizeof colours / sizeof *colours)
#define MOST_NAMES 64

struct level {
    const char *component;
    const struct fs_gauge_rule *rule;
    struct fs_trend *mean, *peak;
};

#define MOST_LEVELS 256

struct levels {
    int n;
    struct level level[MOST_LEVELS];
};

/* ---- gathering ------------------------------------------------------------------------------ */

static struct fs_trend *gauge(const struct fs_input *input, const struct fs_input_variant *v,
                              const char *group, const struct fs_gauge_rule *rule,
                              const char *statistic, int component)
{
    return fs_input_series(input, v, group, "component",
                           fs_arena_format(input->arena, "%s_%s", rule->gauge, statistic),
                           component);
}

static bool has(const struct fs_input *input, const struct fs_input_variant *v, const char *group,
                const char *name)
{
    return gauge(input, v, group, &(struct fs_gauge_rule){.gauge = name}, "mean", 0) != NULL;
}

static bool moves(const struct fs_trend *s, int n)
{
    for (int t = 1; t < n; t++) {
        if (s->mean[t] != s->mean[0]) return true;
    }
    return false;
}

static void keep(struct levels *levels, const struct fs_input_variant *v, const char *component,
                 const struct fs_gauge_rule *rule, struct fs_trend *mean, struct fs_trend *peak)
{
    if (!mean || !peak || !(peak->peak > 0) || levels->n == MOST_LEVELS) return;
    if (!rule->still && !moves(mean, v->n) && !moves(peak, v->n)) return;
    levels->level[levels->n++] = (struct level){component, rule, mean, peak};
}

/* "4 dependencies", "12 function pools". */
static const char *count_of(struct fs_arena *arena, int n, const char *group)
{
    char *words = fs_arena_text(arena, group);
    for (char *c = words; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    const size_t length = strlen(words);
    const bool y = length > 0 && words[length - 1] == 'y';
    return fs_arena_format(arena, "%d %.*s%s", n, (int)(length - y), words, y ? "ies" : "s");
}

/* The sum has no known peak: its parts' peaks need not coincide. */
static void keep_sum(const struct fs_input *input, const struct fs_input_variant *v,
                     const char *group, const struct fs_gauge_rule *rule, int n,
                     struct levels *levels)
{
    struct fs_trend *sum = fs_trend_zero(input, v);
    struct fs_input scratch = *input;
    for (int i = 0; i < n; i++) {
        scratch.arena = fs_arena_new();
        fs_trend_add(sum, gauge(&scratch, v, group, rule, "mean", i), v->n);
        fs_arena_free(scratch.arena);
    }
    sum->peak = 0;
    for (int t = 0; t < v->n; t++)
        sum->peak = fmax(sum->peak, sum->mean[t]);
    keep(levels, v, count_of(input->arena, n, group), rule, sum, sum);
}

static void gather_rule(const struct fs_input *input, const struct fs_input_variant *v,
                        const char *group, const struct fs_gauge_rule *rule, struct levels *levels)
{
    int n;
    const char *const *labels = fs_input_labels(input, v, group, "component", &n);
    if (!labels || (rule->unless && has(input, v, group, rule->unless)) ||
        (rule->beside && !has(input, v, group, rule->beside)))
        return;
    if (n > MOST_COMPONENTS) {
        keep_sum(input, v, group, rule, n, levels);
        return;
    }
    for (int i = 0; i < n; i++)
        keep(levels, v, labels[i], rule, gauge(input, v, group, rule, "mean", i),
             gauge(input, v, group, rule, "peak", i));
}

static void gather(const struct fs_input *input, const struct fs_input_variant *v,
                   const struct fs_gauge_rule *rules, struct levels *levels)
{
    static const char *const others[] = {"traffic", "cost", "estimates"};
    const char *const *groups = fs_results_groups(input->results, v->name);
    for (const struct fs_gauge_rule *rule = rules; rule->gauge; rule++) {
        for (int i = 0; groups && groups[i]; i++) {
            if (fs_input_position(others, 3, groups[i]) < 0)
                gather_rule(input, v, groups[i], rule, levels);
        }
    }
}

/* ---- choosing ------------------------------------------------------------------------------- */

static bool same(const struct fs_trend *a, const struct fs_trend *b, int n)
{
    double difference = 0, size = 0;
    for (int t = 0; t < n; t++) {
        difference += fabs(a->mean[t] - b->mean[t]);
        size += fabs(a->mean[t]);
    }
    return difference <= SAME * size;
}

static bool repeats(const struct levels *levels, int i, int n)
{
    for (int j = 0; j < i; j++) {
        if (same(levels->level[j].mean, levels->level[i].mean, n)) return true;
    }
    return false;
}

static bool is_far_ceiling(const struct levels *levels, int i)
{
    double highest = 0;
    for (int j = 0; j < levels->n; j++) {
        if (!levels->level[j].rule->ceiling) highest = fmax(highest, levels->level[j].peak->peak);
    }
    return levels->level[i].rule->ceiling && levels->level[i].peak->peak > CEILING_REACH * highest;
}

static void drop(struct levels *levels, int i)
{
    levels->n--;
    memmove(&levels->level[i], &levels->level[i + 1],
            (size_t)(levels->n - i) * sizeof levels->level[0]);
}

static void drop_needless(struct levels *levels, int n)
{
    for (int i = levels->n - 1; i >= 0; i--) {
        if (repeats(levels, i, n) || is_far_ceiling(levels, i)) drop(levels, i);
    }
}

/* A line over all variants, with the highest of its peaks. */
struct line {
    const char *component;
    const struct fs_gauge_rule *rule;
    double peak;
};

static int position_of(const struct line *line, int n, const struct level *level)
{
    for (int i = 0; i < n; i++) {
        if (line[i].rule == level->rule && strcmp(line[i].component, level->component) == 0)
            return i;
    }
    return -1;
}

static int by_peak(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return (x->peak < y->peak) - (x->peak > y->peak);
}

/* The largest lines stay, in every variant that has them. */
static void keep_largest(struct fs_arena *arena, struct levels *all, int n_variants)
{
    int room = 1, n = 0;
    for (int i = 0; i < n_variants; i++)
        room += all[i].n;
    struct line *line = fs_arena_alloc(arena, (size_t)room * sizeof *line);
    for (int i = 0; i < n_variants; i++) {
        for (int k = 0; k < all[i].n; k++) {
            const struct level *level = &all[i].level[k];
            const int at = position_of(line, n, level);
            if (at < 0) line[n++] = (struct line){level->component, level->rule, level->peak->peak};
            if (at >= 0) line[at].peak = fmax(line[at].peak, level->peak->peak);
        }
    }
    qsort(line, (size_t)n, sizeof *line, by_peak);
    n = n < MOST_LINES ? n : MOST_LINES;
    for (int i = 0; i < n_variants; i++) {
        for (int k = all[i].n - 1; k >= 0; k--) {
            if (position_of(line, n, &all[i].level[k]) < 0) drop(&all[i], k);
        }
    }
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* A line is named by its component only where the row has another one of its kind. */
static const char *name_of(const struct fs_figure *f, const struct levels *all,
                           const struct level *level)
{
    for (int i = 0; i < f->input->n_variants; i++) {
        for (int k = 0; k < all[i].n; k++) {
            const struct level *other = &all[i].level[k];
            if (other->rule == level->rule && strcmp(other->component, level->component) != 0)
                return fs_arena_format(f->arena, "%s %s", level->component, level->rule->word);
        }
    }
    return level->rule->word;
}

/* Same name, same colour, in the order in which names turn up. */
static enum fs_colour colour_of(const char **names, int *n, const char *name)
{
    int at = fs_input_position(names, *n, name);
    if (at < 0 && *n < MOST_NAMES) names[at = (*n)++] = name;
    return colours[(size_t)(at < 0 ? 0 : at) % N_COLOURS];
}

static void draw(struct fs_figure *f, struct fs_panel *panel, int variant,
                 const struct level *level, const char *name, const char *peak,
                 enum fs_colour colour)
{
    struct fs_curve *c = fs_figure_line(f, panel, variant, name, peak, colour, level->mean);
    if (level->rule->ceiling) {
        c->mark = FS_MARK_DASHES;
        return;
    }
    c->low = level->mean->mean;
    c->high = level->peak->mean;
}

bool fs_gauges_any(const struct fs_input *input, const struct fs_gauge_rule *rules)
{
    struct fs_input scratch = *input;
    bool any = false;
    for (int i = 0; i < input->n_variants && !any; i++) {
        scratch.arena = fs_arena_new();
        struct levels *levels = fs_arena_alloc(scratch.arena, sizeof *levels);
        gather(&scratch, &input->variant[i], rules, levels);
        any = levels->n > 0;
        fs_arena_free(scratch.arena);
    }
    return any;
}

struct fs_row *fs_gauges_row(struct fs_figure *f, const char *title, const char *absent,
                             const struct fs_gauge_rule *rules,
                             const char *(*words)(struct fs_arena *arena, double level))
{
    const char *names[MOST_NAMES];
    int n_names = 0;
    struct fs_row *row = fs_figure_row(f, title, absent);
    if (!row) return NULL;
    struct levels *all = fs_arena_alloc(f->arena, (size_t)f->input->n_variants * sizeof *all);
    for (int i = 0; i < f->input->n_variants; i++) {
        gather(f->input, &f->input->variant[i], rules, &all[i]);
        drop_needless(&all[i], f->input->variant[i].n);
    }
    keep_largest(f->arena, all, f->input->n_variants);
    for (int i = 0; i < f->input->n_variants; i++) {
        for (int k = 0; k < all[i].n; k++) {
            const char *name = name_of(f, all, &all[i].level[k]);
            draw(f, &row->panel[i], i, &all[i].level[k], name,
                 words(f->arena, all[i].level[k].peak->peak), colour_of(names, &n_names, name));
        }
    }
    const double high = fs_figure_largest(f, row);
    if (high > 0) {
        fs_axis_linear(f->arena, &row->axis, high, false);
        return row;
    }
    f->n_rows--;
    return NULL;
}
