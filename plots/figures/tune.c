/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a component's memory does to cost and to latency, one above the other, a column for each
 * variant, with the cheapest, the fastest and the balanced setting marked. Memory is spread by its
 * logarithm: each doubling has the same width.
 */
#include "figure.h"
#include "sweepfile.h"
#include "words.h"

#include <math.h>
#include <string.h>

#define MOST_VARIANTS 4

struct drawing {
    struct fs_figure *f;
    struct fs_sweep s;
    double *x; /* of each setting */
};

static double number_at(const struct drawing *d, int i, int variant, int metric,
                        const double *column)
{
    const int place[FS_SWEEP_AXES] = {i};
    const double value = column[fs_sweep_at(&d->s, place, variant, metric)];
    return fabs(value) <= 1e15 ? value : (double)NAN;
}

/* Where the component is behind a queue in some variants only, the class there is a derived one,
 * its name the longest, and in the others its root. */
static int find_metric(const struct drawing *d, int variant, const char *end)
{
    int best = -1;
    for (int i = 0; i < d->s.n_metrics; i++) {
        const size_t n = strlen(d->s.metric[i]), m = strlen(end);
        if (n < m || strcmp(d->s.metric[i] + n - m, end) != 0) continue;
        if (best < 0 || n > strlen(d->s.metric[best])) best = i;
    }
    return best < 0 ? best : fs_sweep_metric_of(&d->s, variant, best);
}

/* ---- marks ---------------------------------------------------------------------------------- */

static bool has_mark(const struct drawing *d, const char *name, int i, int variant)
{
    const struct fs_column *c = fs_results_get(d->f->input->results, "", name);
    if (!c || c->type != FS_I64 || c->rank != 2 || c->extent[0] != d->s.axis[0].n ||
        c->extent[1] != d->s.n_variants)
        return false;
    return c->i64[i * d->s.n_variants + variant] == 1;
}

/* "cheapest, balanced", "" for none. */
static const char *marks_of(const struct drawing *d, int i, int variant)
{
    static const char *const names[] = {"cheapest", "fastest", "balanced"};
    const char *text = "";
    for (int k = 0; k < 3; k++) {
        if (has_mark(d, names[k], i, variant))
            text = fs_arena_format(d->f->arena, "%s%s%s", text, *text ? ", " : "", names[k]);
    }
    return text;
}

/* "cheapest: $3.16 at 128 MB"; shorter where columns are narrow. */
static const char *mark_text(const struct drawing *d, const char *marks, int i, int variant,
                             int metric)
{
    struct fs_arena *arena = d->f->arena;
    const char *value =
        fs_sweep_words(arena, &d->s, metric, number_at(d, i, variant, metric, d->s.value));
    if (d->f->n_columns > 2) return marks;
    if (d->f->n_columns > 1) return fs_arena_format(arena, "%s: %s", marks, value);
    return fs_arena_format(arena, "%s: %s at %s", marks, value, d->s.axis[0].text[i]);
}

/* Their texts lie below a line that rises, above one that falls. */
static void add_marks(struct drawing *d, struct fs_panel *panel, int variant, int metric,
                      bool below)
{
    const size_t n = (size_t)d->s.axis[0].n;
    double *x = fs_arena_alloc(d->f->arena, 3 * n * sizeof *x), *y = x + n, *none = y + n;
    const char **text = fs_arena_alloc(d->f->arena, n * sizeof *text);
    int marked = 0;
    for (int i = 0; i < d->s.axis[0].n; i++) {
        const char *marks = marks_of(d, i, variant);
        if (!*marks) continue;
        x[marked] = d->x[i];
        y[marked] = number_at(d, i, variant, metric, d->s.value);
        none[marked] = NAN;
        text[marked] = mark_text(d, marks, i, variant, metric);
        marked++;
    }
    if (marked)
        fs_figure_dots(d->f, panel, FS_BLACK, marked, x, y, none, none, text)->under = below;
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_line(struct drawing *d, struct fs_panel *panel, int variant, int metric,
                     const char *name, enum fs_colour colour)
{
    const size_t n = (size_t)d->s.axis[0].n;
    double *y = fs_arena_alloc(d->f->arena, 3 * n * sizeof *y), *low = y + n, *high = low + n;
    for (int i = 0; i < d->s.axis[0].n; i++) {
        y[i] = number_at(d, i, variant, metric, d->s.value);
        low[i] = number_at(d, i, variant, metric, d->s.low);
        high[i] = number_at(d, i, variant, metric, d->s.high);
    }
    fs_figure_points(d->f, panel, name, colour, d->s.axis[0].n, d->x, y, low, high);
}

static void add_cost(struct drawing *d, int metric)
{
    struct fs_row *row = fs_figure_row(d->f, "Cost of a million requests, USD", "no cost");
    for (int v = 0; v < d->f->n_columns; v++) {
        add_line(d, &row->panel[v], v, metric, "cost", FS_BLUE);
        add_marks(d, &row->panel[v], v, metric, true);
    }
    const double high = fs_figure_largest(d->f, row);
    fs_axis_linear(d->f->arena, &row->axis, high > 0 ? high * 1.1 : 1, true);
}

static void add_latency(struct drawing *d)
{
    static const struct {
        const char *name;
        enum fs_colour colour;
    } lines[] = {{"p50", FS_SKY}, {"p95", FS_ORANGE}, {"p99", FS_VERMILLION}};
    struct fs_row *row = fs_figure_row(d->f, "Latency", "nothing completed");
    for (int v = 0; v < d->f->n_columns; v++) {
        for (int k = 0; k < 3; k++) {
            const int metric =
                find_metric(d, v, fs_arena_format(d->f->arena, ".latency.%s", lines[k].name));
            if (metric < 0) continue;
            add_line(d, &row->panel[v], v, metric, lines[k].name, lines[k].colour);
            if (k == 2) add_marks(d, &row->panel[v], v, metric, false);
        }
    }
    const double low = fs_figure_smallest(d->f, row), high = fs_figure_largest(d->f, row);
    fs_axis_durations(d->f->arena, &row->axis, low > 0 ? low : 1e-3, high > 0 ? high * 1.2 : 1);
}

/* ---- the figure ----------------------------------------------------------------------------- */

static void set_x(struct drawing *d)
{
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    const bool log = axis->number[0] > 0;
    d->x = fs_arena_alloc(d->f->arena, (size_t)axis->n * sizeof *d->x);
    for (int i = 0; i < axis->n; i++)
        d->x[i] = log ? log2(axis->number[i]) : axis->number[i];
    const double first = d->x[0], last = d->x[axis->n - 1];
    const double pad = last > first ? .05 * (last - first) : 1;
    double before = -INFINITY;
    d->f->x = (struct fs_axis){.low = first - pad, .high = last + pad, .unit = ""};
    for (int i = 0; i < axis->n && d->f->x.n < FS_TICKS; i++) {
        if (d->x[i] - before < .055 * d->f->n_columns * (last - first)) continue;
        d->f->x.tick[d->f->x.n++] =
            (struct fs_tick){d->x[i], fs_words_measure(d->f->arena, axis->number[i], axis->unit)};
        before = d->x[i];
    }
    d->f->from = d->f->x.low;
    d->f->to = d->f->x.high;
    d->f->x_title = axis->path;
}

static bool rises(const struct fs_sweep_axis *axis)
{
    for (int i = 1; axis->number && i < axis->n; i++) {
        if (!(axis->number[i] > axis->number[i - 1])) return false;
    }
    return axis->number && fabs(axis->number[0]) <= 1e15 && fabs(axis->number[axis->n - 1]) <= 1e15;
}

static bool fits(const struct fs_input *input)
{
    struct fs_sweep s;
    return fs_sweep_is(input, "tune") && fs_sweep_read(input, &s) && s.n_axes == 1 &&
           s.axis[0].n > 1 && rises(&s.axis[0]);
}

static void build(struct fs_figure *f)
{
    struct drawing d = {.f = f};
    fs_sweep_read(f->input, &d.s);
    const int n = d.s.n_variants < MOST_VARIANTS ? d.s.n_variants : MOST_VARIANTS;
    fs_figure_columns(f, n);
    for (int i = 0; i < n; i++)
        f->heading[i] = d.s.variant[i];
    fs_figure_left_out(f, n, d.s.n_variants, "variants");
    f->note = "balanced: cost and p99, each as a part of its largest, are least together";
    set_x(&d);
    add_cost(&d, 0);
    add_latency(&d);
}

const struct fs_figure_type fs_figures_tune = {.name = "tune",
                                               .doc = "cost and latency over memory",
                                               .rank = 4,
                                               .needs = "settings, from fleetsim tune",
                                               .fits = fits,
                                               .build = build};
