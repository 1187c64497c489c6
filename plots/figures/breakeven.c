/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one variant becomes cheaper than another. Along one parameter: what each costs, and where
 * they cross, with intervals. Over two: each crossing against what a request needs there, in GB s,
 * since that is what the answer depends on; where nobody is charged by the GB s, against the second
 * parameter.
 */
#include "figure.h"
#include "sweepfile.h"
#include "words.h"

#include <math.h>
#include <string.h>

#define MOST_LINES     8
#define MOST_PAIRS     5
#define MOST_CROSSINGS 500
#define WIDE           6. /* largest over smallest from which an axis is logarithmic */

static const enum fs_colour hues[MOST_LINES] = {FS_BLUE, FS_VERMILLION, FS_GREEN, FS_PURPLE,
                                                FS_SKY,  FS_ORANGE,     FS_NAVY,  FS_BLACK};

struct drawing {
    struct fs_figure *f;
    struct fs_sweep s;
    int n; /* crossings */
    const char *const *from, *const *to;
    const double *at, *low, *high, *gb_s;
    const int64_t *on; /* value of the second parameter; NULL: there is none */
};

/* ---- the file ------------------------------------------------------------------------------- */

static const struct fs_column *list(const struct fs_input *input, const char *name,
                                    enum fs_column_type type, int64_t n)
{
    const struct fs_column *c = fs_results_get(input->results, "", name);
    return c && c->rank == 1 && c->type == type && c->extent[0] == n ? c : NULL;
}

/* A file without a crossing has no columns for them. */
static void read_crossings(const struct fs_input *input, struct drawing *d)
{
    const struct fs_column *at = fs_results_get(input->results, "", "crossing_value");
    if (!at || at->rank != 1 || at->extent[0] > 1 << 24) return;
    const int64_t n = at->extent[0];
    const struct fs_column *from = list(input, "crossing_from", FS_TEXT, n);
    const struct fs_column *to = list(input, "crossing_to", FS_TEXT, n);
    const struct fs_column *low = list(input, "crossing_low", FS_F64, n);
    const struct fs_column *high = list(input, "crossing_high", FS_F64, n);
    const struct fs_column *gb_s = list(input, "crossing_gb_s_per_request", FS_F64, n);
    const struct fs_column *on = list(input, "crossing_on", FS_I64, n);
    if (at->type != FS_F64 || !from || !to || !low || !high || !gb_s) return;
    *d = (struct drawing){.f = d->f,
                          .s = d->s,
                          .n = n < MOST_CROSSINGS ? (int)n : MOST_CROSSINGS,
                          .from = from->text,
                          .to = to->text,
                          .at = at->f64,
                          .low = low->f64,
                          .high = high->f64,
                          .gb_s = gb_s->f64,
                          .on = on ? on->i64 : NULL};
    fs_figure_left_out(d->f, d->n, (int)n, "crossings");
}

static bool is_number(double value)
{
    return fabs(value) <= 1e15;
}

/* ---- words ---------------------------------------------------------------------------------- */

static const char *last_key(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

static const char *title_of(const struct drawing *d)
{
    const char *metric = d->s.metric[0];
    if (strcmp(metric, "cost.usd_per_month") == 0) return "Cost a month, USD";
    if (strcmp(metric, "cost.total_usd") == 0) return "Cost of the run, USD";
    if (strcmp(metric, "cost.usd_per_million") == 0) return "Cost of a million requests, USD";
    return fs_sweep_title(d->f->arena, &d->s, 0);
}

/* ---- axes ----------------------------------------------------------------------------------- */

static const char *measure(const struct drawing *d, double value)
{
    const char *unit = d->s.axis[0].unit;
    return fs_words_measure(d->f->arena, value, unit);
}

/* 1, 2 and 5 times the powers of ten in the range; in a figure's x the logarithms themselves. */
static void log_ticks(struct fs_arena *arena, struct fs_axis *axis, double low, double high,
                      const char *unit, bool as_x)
{
    static const double steps[] = {1, 2, 5};
    for (int k = (int)floor(log10(low)); k <= (int)ceil(log10(high)); k++) {
        for (int i = 0; i < 3; i++) {
            const double at = steps[i] * pow(10, k);
            if (at < low * .999 || at > high * 1.001 || axis->n == FS_TICKS) continue;
            axis->tick[axis->n++] =
                (struct fs_tick){as_x ? log10(at) : at, fs_words_measure(arena, at, unit)};
        }
    }
}

static void linear_ticks(struct fs_arena *arena, struct fs_axis *axis, const char *unit)
{
    const double least = (axis->high - axis->low) / 9;
    const double power = pow(10, floor(log10(least)));
    const double step = power * (least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
    const double first = ceil(axis->low / step - 1e-9) * step;
    for (int i = 0; i < FS_TICKS && first + i * step <= axis->high; i++)
        axis->tick[axis->n++] =
            (struct fs_tick){first + i * step, fs_words_measure(arena, first + i * step, unit)};
}

static struct fs_axis x_axis(struct fs_arena *arena, double low, double high, bool logarithmic,
                             const char *unit)
{
    struct fs_axis axis = {.unit = ""};
    const double from = logarithmic ? log10(low) : low, to = logarithmic ? log10(high) : high;
    const double pad = to > from ? .06 * (to - from) : 1;
    axis.low = from - pad;
    axis.high = to + pad;
    if (logarithmic)
        log_ticks(arena, &axis, pow(10, axis.low), pow(10, axis.high), unit, true);
    else
        linear_ticks(arena, &axis, unit);
    return axis;
}

static void set_x(struct fs_figure *f, struct fs_axis axis)
{
    f->x = axis;
    f->from = axis.low;
    f->to = axis.high;
}

/* ---- one parameter -------------------------------------------------------------------------- */

static double value_at(const struct drawing *d, int variant, int i, const double *column)
{
    int place[FS_SWEEP_AXES] = {i};
    const double value = column[fs_sweep_at(&d->s, place, variant, 0)];
    return is_number(value) ? value : (double)NAN;
}

static void add_line(struct drawing *d, struct fs_panel *panel, int variant)
{
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    const size_t n = (size_t)axis->n;
    double *y = fs_arena_alloc(d->f->arena, 3 * n * sizeof *y), *low = y + n, *high = low + n;
    for (int i = 0; i < axis->n; i++) {
        y[i] = value_at(d, variant, i, d->s.value);
        low[i] = value_at(d, variant, i, d->s.low);
        high[i] = value_at(d, variant, i, d->s.high);
    }
    fs_figure_points(d->f, panel, d->s.variant[variant], hues[variant], axis->n, axis->number, y,
                     low, high);
}

static int variant_of(const struct drawing *d, const char *name)
{
    for (int i = 0; i < d->s.n_variants; i++) {
        if (strcmp(d->s.variant[i], name) == 0) return i;
    }
    return 0;
}

/* What both cost there, on the line between two points. */
static double height_at(const struct drawing *d, int variant, double x)
{
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    for (int i = 0; i + 1 < axis->n; i++) {
        const double a = axis->number[i], b = axis->number[i + 1];
        if (x < a || x > b) continue;
        const double y = value_at(d, variant, i, d->s.value);
        return y + (value_at(d, variant, i + 1, d->s.value) - y) * (x - a) / (b - a);
    }
    return NAN;
}

static const char *interval(const struct drawing *d, int i)
{
    struct fs_arena *arena = d->f->arena;
    const char *at = measure(d, d->at[i]);
    if (!is_number(d->low[i]) || !is_number(d->high[i])) return at;
    return fs_arena_format(arena, "%s  (%s to %s)", at, fs_words_measure(arena, d->low[i], ""),
                           fs_words_measure(arena, d->high[i], ""));
}

static void add_crossings(struct drawing *d, struct fs_panel *panel)
{
    if (d->n == 0) return;
    const size_t n = (size_t)d->n;
    double *y = fs_arena_alloc(d->f->arena, n * sizeof *y);
    const char **text = fs_arena_alloc(d->f->arena, n * sizeof *text);
    for (int i = 0; i < d->n; i++) {
        y[i] = height_at(d, variant_of(d, d->from[i]), d->at[i]);
        text[i] = interval(d, i);
    }
    fs_figure_dots(d->f, panel, FS_BLACK, d->n, d->at, y, d->low, d->high, text)->under = true;
}

/* Who is cheaper on either side, for a single crossing; of several the lines tell it. */
static void add_sides(struct drawing *d, struct fs_row *row)
{
    if (d->n != 1) return;
    double *x = fs_arena_alloc(d->f->arena, 4 * sizeof *x), *y = x + 2;
    const char **text = fs_arena_alloc(d->f->arena, 2 * sizeof *text);
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    x[0] = (axis->number[0] + d->at[0]) / 2;
    x[1] = (axis->number[axis->n - 1] + d->at[0]) / 2;
    for (int i = 0; i < 2; i++) {
        y[i] = row->axis.low + .95 * (row->axis.high - row->axis.low);
        text[i] = fs_arena_format(d->f->arena, "%s is cheaper", i == 0 ? d->from[0] : d->to[0]);
    }
    fs_figure_dots(d->f, &row->panel[0], FS_GREY, 2, x, y, x, x, text)->weight = 0;
}

static void draw_lines(struct drawing *d)
{
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    const char *unit = d->s.unit[0];
    const int n = d->s.n_variants < MOST_LINES ? d->s.n_variants : MOST_LINES;
    fs_figure_left_out(d->f, n, d->s.n_variants, "variants");
    set_x(d->f, x_axis(d->f->arena, axis->number[0], axis->number[axis->n - 1], false, axis->unit));
    d->f->x.low = fmax(d->f->x.low, axis->number[0] >= 0 ? 0 : d->f->x.low);
    d->f->x_title = axis->path;
    struct fs_row *row = fs_figure_row(d->f, title_of(d), "no cost");
    for (int v = 0; v < n; v++)
        add_line(d, &row->panel[0], v);
    const double high = fs_figure_largest(d->f, row);
    fs_axis_linear(d->f->arena, &row->axis, high > 0 ? high * 1.05 : 1, strcmp(unit, "USD") == 0);
    add_crossings(d, &row->panel[0]);
    add_sides(d, row);
}

/* ---- two parameters ------------------------------------------------------------------------- */

/* Are GB s known of every crossing? Then they are the x axis, else the second parameter is. */
static bool has_gb_s(const struct drawing *d)
{
    for (int i = 0; i < d->n; i++) {
        if (!(d->gb_s[i] > 0 && is_number(d->gb_s[i]))) return false;
    }
    return d->n > 0;
}

static double value_on(const struct fs_sweep_axis *axis, int64_t i)
{
    return axis->number ? axis->number[i] : (double)i;
}

static double place_of(const struct drawing *d, int i, bool gb_s)
{
    const struct fs_sweep_axis *second = &d->s.axis[1];
    const int64_t on = d->on[i] < 0 || d->on[i] >= second->n ? 0 : d->on[i];
    return gb_s ? d->gb_s[i] : value_on(second, on);
}

/* Crossings of the same two variants that are the same in number along their line make a curve. */
static int rank_of(const struct drawing *d, int i)
{
    int rank = 0;
    for (int k = 0; k < i; k++)
        rank += d->on[k] == d->on[i] && strcmp(d->from[k], d->from[i]) == 0 &&
                strcmp(d->to[k], d->to[i]) == 0;
    return rank;
}

static bool same_curve(const struct drawing *d, int a, int b)
{
    return strcmp(d->from[a], d->from[b]) == 0 && strcmp(d->to[a], d->to[b]) == 0 &&
           rank_of(d, a) == rank_of(d, b);
}

struct curve {
    int n;
    double *x, *y, *low, *high;
    const char **text;
};

static struct curve curve_new(struct fs_arena *arena, int n)
{
    const size_t size = (size_t)n;
    struct curve c = {.n = 0};
    c.x = fs_arena_alloc(arena, 4 * size * sizeof *c.x);
    c.y = c.x + n;
    c.low = c.y + n;
    c.high = c.low + n;
    c.text = fs_arena_alloc(arena, size * sizeof *c.text);
    return c;
}

static void insert(struct curve *c, double x, double y, double low, double high, const char *text)
{
    int at = c->n++;
    for (; at > 0 && c->x[at - 1] > x; at--) {
        c->x[at] = c->x[at - 1];
        c->y[at] = c->y[at - 1];
        c->low[at] = c->low[at - 1];
        c->high[at] = c->high[at - 1];
        c->text[at] = c->text[at - 1];
    }
    c->x[at] = x;
    c->y[at] = y;
    c->low[at] = low;
    c->high[at] = high;
    c->text[at] = text;
}

/* With several curves there is no room for intervals but the whiskers'. */
static const char *point_text(const struct drawing *d, int i, bool several)
{
    const struct fs_sweep_axis *second = &d->s.axis[1];
    const int64_t on = d->on[i] < 0 || d->on[i] >= second->n ? 0 : d->on[i];
    return fs_arena_format(d->f->arena, "%s: %s", second->text[on],
                           several ? measure(d, d->at[i]) : interval(d, i));
}

/* The curve that begins with crossing `first`. */
static void add_curve(struct drawing *d, struct fs_row *row, int first, int hue, bool gb_s,
                      bool logarithmic, bool several)
{
    struct curve c = curve_new(d->f->arena, d->n);
    for (int i = first; i < d->n; i++) {
        if (!same_curve(d, i, first)) continue;
        const double x = place_of(d, i, gb_s);
        insert(&c, logarithmic ? log10(x) : x, d->at[i], d->low[i], d->high[i],
               point_text(d, i, several));
    }
    double *none = fs_arena_alloc(d->f->arena, (size_t)c.n * sizeof *none);
    for (int i = 0; i < c.n; i++)
        none[i] = NAN;
    const char *name =
        several ? fs_arena_format(d->f->arena, "%s → %s", d->from[first], d->to[first]) : "";
    fs_figure_points(d->f, &row->panel[0], name, hues[hue], c.n, c.x, c.y, c.low, c.high);
    fs_figure_dots(d->f, &row->panel[0], hues[hue], c.n, c.x, c.y, none, none, c.text);
}

static void add_regions(struct drawing *d, struct fs_row *row)
{
    double *x = fs_arena_alloc(d->f->arena, 4 * sizeof *x), *y = x + 2;
    const char **text = fs_arena_alloc(d->f->arena, 2 * sizeof *text);
    const struct fs_axis *axis = &d->f->x;
    const double share[] = {.06, .93};
    for (int i = 0; i < 2; i++) {
        x[i] = axis->low + (i ? .8 : .18) * (axis->high - axis->low);
        y[i] = row->axis.log ? row->axis.low * pow(row->axis.high / row->axis.low, share[i])
                             : row->axis.low + share[i] * (row->axis.high - row->axis.low);
        text[i] = fs_arena_format(d->f->arena, "%s is cheaper", i == 0 ? d->from[0] : d->to[0]);
    }
    fs_figure_dots(d->f, &row->panel[0], FS_GREY, 2, x, y, x, x, text)->weight = 0;
}

static void set_y(struct drawing *d, struct fs_row *row)
{
    const double low = fs_figure_smallest(d->f, row), high = fs_figure_largest(d->f, row);
    if (low > 0 && high / low >= WIDE) {
        row->axis = (struct fs_axis){.low = low / 1.7, .high = high * 1.7, .log = true, .unit = ""};
        log_ticks(d->f->arena, &row->axis, row->axis.low, row->axis.high, d->s.axis[0].unit, false);
        return;
    }
    const struct fs_sweep_axis *axis = &d->s.axis[0];
    const double last = fmax(axis->number[axis->n - 1], 1e-9);
    row->axis = (struct fs_axis){.low = 0, .high = high > 0 ? high * 1.2 : last, .unit = ""};
    linear_ticks(d->f->arena, &row->axis, axis->unit);
}

static bool begins_curve(const struct drawing *d, int i)
{
    for (int k = 0; k < i; k++) {
        if (same_curve(d, k, i)) return false;
    }
    return true;
}

/* Returns how many there are. */
static int add_curves(struct drawing *d, struct fs_row *row, bool gb_s, bool logarithmic)
{
    int curves = 0, drawn = 0;
    for (int i = 0; i < d->n; i++)
        curves += begins_curve(d, i);
    for (int i = 0; i < d->n && drawn < MOST_PAIRS; i++) {
        if (begins_curve(d, i)) add_curve(d, row, i, drawn++, gb_s, logarithmic, curves > 1);
    }
    fs_figure_left_out(d->f, drawn, curves, "break-evens");
    return curves;
}

/* GB s as far as crossings have them; all values of the second parameter. */
static void set_curves_x(struct drawing *d, bool gb_s, bool *logarithmic)
{
    const struct fs_sweep_axis *second = &d->s.axis[1];
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < (gb_s ? d->n : second->n); i++) {
        const double at = gb_s ? d->gb_s[i] : value_on(second, i);
        low = fmin(low, at);
        high = fmax(high, at);
    }
    *logarithmic = low > 0 && high / low >= WIDE;
    set_x(d->f, x_axis(d->f->arena, low, high, *logarithmic,
                       gb_s             ? "GB s"
                       : second->number ? second->unit
                                        : "1"));
    d->f->x_title = gb_s ? "what a request needs, in GB-seconds" : second->path;
}

static void draw_curves(struct drawing *d)
{
    const bool gb_s = has_gb_s(d);
    bool logarithmic;
    set_curves_x(d, gb_s, &logarithmic);
    struct fs_row *row = fs_figure_row(
        d->f, fs_arena_format(d->f->arena, "Break-even in %s", last_key(d->s.axis[0].path)),
        "none crosses another");
    const int curves = add_curves(d, row, gb_s, logarithmic);
    set_y(d, row);
    if (curves == 1) add_regions(d, row);
}

/* ---- the figure ----------------------------------------------------------------------------- */

static bool are_numbers(const struct fs_sweep_axis *axis, bool rising)
{
    for (int i = 0; axis->number && i < axis->n; i++) {
        if (!is_number(axis->number[i])) return false;
        if (rising && i > 0 && !(axis->number[i] > axis->number[i - 1])) return false;
    }
    return true;
}

static bool fits(const struct fs_input *input)
{
    struct fs_sweep s;
    if (!fs_sweep_is(input, "breakeven") || !fs_sweep_read(input, &s) || s.n_axes > 2) return false;
    return s.axis[0].number && s.axis[0].n > 1 && are_numbers(&s.axis[0], true) &&
           are_numbers(&s.axis[s.n_axes - 1], false);
}

static void build(struct fs_figure *f)
{
    struct drawing d = {.f = f};
    fs_sweep_read(f->input, &d.s);
    read_crossings(f->input, &d);
    const char *second = d.s.n_axes > 1 ? d.s.axis[1].path : NULL;
    f->subtitle = fs_arena_format(f->arena, "over %s%s%s  ·  %s", d.s.axis[0].path,
                                  second ? " and " : "", second ? second : "", f->subtitle);
    f->tells = true;
    fs_figure_columns(f, 1);
    if (d.s.n_axes == 1)
        draw_lines(&d);
    else if (d.n == 0 || d.on)
        draw_curves(&d);
}

const struct fs_figure_type fs_figures_breakeven = {
    .name = "breakeven",
    .doc = "where one variant becomes cheaper than another",
    .rank = 3,
    .needs = "crossings, from fleetsim breakeven",
    .fits = fits,
    .build = build};
