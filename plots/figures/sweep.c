/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sweep found. Over one parameter: a line for each variant, with intervals. Over two: a heat
 * map for each variant, dark is more, every cell with its number and interval where they fit. Of
 * further parameters the first value is shown and said. A row for each number.
 */
#include "figure.h"
#include "sweepfile.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_METRICS 3
#define MOST_NAMED   8 /* where another one was asked for */
#define MOST_LINES   8
#define WIDE         8. /* the largest over the smallest value from which a parameter is spread */

static const enum fs_colour hues[MOST_LINES] = {FS_BLUE, FS_VERMILLION, FS_GREEN, FS_PURPLE,
                                                FS_SKY,  FS_ORANGE,     FS_NAVY,  FS_BLACK};

struct drawing {
    struct fs_figure *f;
    struct fs_sweep s;
    int x, y; /* axes with several values; y = -1: none */
    int metric[MOST_METRICS], n_metrics;
};

/* The axes with most to say: the last one that has several values goes along x. */
static void choose_axes(struct drawing *d)
{
    const char *note = "";
    d->x = d->y = -1;
    for (int i = d->s.n_axes - 1; i >= 0; i--) {
        if (d->s.axis[i].n < 2) continue;
        if (d->x < 0)
            d->x = i;
        else if (d->y < 0)
            d->y = i;
    }
    if (d->x < 0) d->x = 0;
    for (int i = 0; i < d->s.n_axes; i++) {
        const struct fs_sweep_axis *axis = &d->s.axis[i];
        if (i == d->x || i == d->y) continue;
        note = fs_arena_format(d->f->arena, "%s%s%s = %s", note, *note ? ", " : "", axis->path,
                               axis->text[0]);
    }
    d->f->note = *note ? fs_arena_format(d->f->arena, "shown at %s", note) : "";
}

static void set_places(const struct drawing *d, int *place, int x, int y)
{
    memset(place, 0, FS_SWEEP_AXES * sizeof *place);
    place[d->x] = x;
    if (d->y >= 0) place[d->y] = y;
}

/* ---- one parameter -------------------------------------------------------------------------- */

/* The axis' values from left to right: which it is, and where it stands. */
struct stand {
    int value;
    double x;
};

static int by_x(const void *a, const void *b)
{
    const struct stand *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : p->value - q->value;
}

/* Numbers are spread by their logarithm when they are far apart; texts stand as they came. */
static struct stand *stands_of(struct fs_arena *arena, const struct fs_sweep_axis *axis)
{
    struct stand *stand = fs_arena_alloc(arena, (size_t)axis->n * sizeof *stand);
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < axis->n; i++) {
        stand[i] = (struct stand){i, axis->number ? axis->number[i] : i};
        low = fmin(low, stand[i].x);
        high = fmax(high, stand[i].x);
    }
    for (int i = 0; axis->number && low > 0 && high / low >= WIDE && i < axis->n; i++)
        stand[i].x = log10(stand[i].x);
    qsort(stand, (size_t)axis->n, sizeof *stand, by_x);
    return stand;
}

static void add_x_ticks(struct drawing *d, const struct stand *stand)
{
    const struct fs_sweep_axis *axis = &d->s.axis[d->x];
    const double low = stand[0].x, high = stand[axis->n - 1].x;
    const double pad = high > low ? .04 * (high - low) : 1;
    struct fs_axis x = {.low = low - pad, .high = high + pad, .unit = ""};
    double last = -INFINITY;
    for (int i = 0; i < axis->n && x.n < FS_TICKS; i++) {
        if (stand[i].x - last < .05 * (high - low)) continue;
        last = stand[i].x;
        x.tick[x.n++] = (struct fs_tick){last, axis->text[stand[i].value]};
    }
    d->f->x = x;
    d->f->from = x.low;
    d->f->to = x.high;
}

static void add_line(struct drawing *d, const struct stand *stand, struct fs_panel *panel,
                     int variant, int metric)
{
    const struct fs_sweep_axis *axis = &d->s.axis[d->x];
    const size_t n = (size_t)axis->n;
    double *x = fs_arena_alloc(d->f->arena, 4 * n * sizeof *x);
    double *y = x + n, *low = y + n, *high = low + n;
    int place[FS_SWEEP_AXES];
    for (int i = 0; i < axis->n; i++) {
        set_places(d, place, stand[i].value, 0);
        const int64_t at = fs_sweep_at(&d->s, place, variant, metric);
        x[i] = stand[i].x;
        y[i] = fabs(d->s.value[at]) <= 1e15 ? d->s.value[at] : (double)NAN;
        low[i] = fabs(d->s.low[at]) <= 1e15 ? d->s.low[at] : (double)NAN;
        high[i] = fabs(d->s.high[at]) <= 1e15 ? d->s.high[at] : (double)NAN;
    }
    fs_figure_points(d->f, panel, d->s.n_variants > 1 ? d->s.variant[variant] : "", hues[variant],
                     axis->n, x, y, low, high);
}

static void set_y_axis(struct drawing *d, struct fs_row *row, int metric)
{
    const double low = fs_figure_smallest(d->f, row), high = fs_figure_largest(d->f, row);
    const char *unit = d->s.unit[metric];
    const bool seconds = strcmp(unit, "s") == 0;
    if (seconds && low > 0 && high / low > 30)
        fs_axis_durations(d->f->arena, &row->axis, low, high);
    else if (seconds)
        fs_axis_seconds(d->f->arena, &row->axis, high > 0 ? high : 1);
    else
        fs_axis_linear(d->f->arena, &row->axis, high > 0 ? high : 1, strcmp(unit, "USD") == 0);
    const bool share = fs_sweep_is_share(&d->s, metric);
    for (int i = 0; share && i < row->axis.n; i++)
        row->axis.tick[i].text = fs_sweep_words(d->f->arena, &d->s, metric, row->axis.tick[i].at);
}

static void draw_lines(struct drawing *d)
{
    const struct stand *stand = stands_of(d->f->arena, &d->s.axis[d->x]);
    const int n = d->s.n_variants < MOST_LINES ? d->s.n_variants : MOST_LINES;
    fs_figure_columns(d->f, 1);
    fs_figure_left_out(d->f, n, d->s.n_variants, "variants");
    add_x_ticks(d, stand);
    for (int m = 0; m < d->n_metrics; m++) {
        struct fs_row *row =
            fs_figure_row(d->f, fs_sweep_title(d->f->arena, &d->s, d->metric[m]), "no such number");
        for (int v = 0; row && v < n; v++)
            add_line(d, stand, &row->panel[0], v, fs_sweep_metric_of(&d->s, v, d->metric[m]));
        if (row) set_y_axis(d, row, d->metric[m]);
    }
    d->f->row_height = d->n_metrics > 1 ? 320 : 0;
}

/* ---- two parameters ------------------------------------------------------------------------- */

/* One hue from light to dark, so that more is darker for every reader. */
static unsigned shade(double share)
{
    static const unsigned stop[] = {0xf3f7fb, 0xc6dbef, 0x7fb6dc, 0x3182bd, 0x08306b};
    const double at = fmin(fmax(share, 0), 1) * 4;
    const int i = at >= 4 ? 3 : (int)at;
    unsigned colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const double a = stop[i] >> shift & 255, b = stop[i + 1] >> shift & 255;
        colour |= (unsigned)lround(a + (b - a) * (at - i)) << shift;
    }
    return colour;
}

struct scale {
    double low, high;
    bool log;
};

static double share_of(const struct scale *scale, double value)
{
    if (!(scale->high > scale->low)) return 0;
    if (scale->log) return log(value / scale->low) / log(scale->high / scale->low);
    return (value - scale->low) / (scale->high - scale->low);
}

/* Over all variants, so that their maps can be compared. */
static struct scale scale_of(const struct drawing *d, int metric)
{
    struct scale scale = {INFINITY, -INFINITY, false};
    int place[FS_SWEEP_AXES];
    for (int v = 0; v < d->f->n_columns; v++) {
        const int of = fs_sweep_metric_of(&d->s, v, metric);
        for (int i = 0; i < d->s.axis[d->x].n * d->s.axis[d->y].n; i++) {
            set_places(d, place, i % d->s.axis[d->x].n, i / d->s.axis[d->x].n);
            const double value = d->s.value[fs_sweep_at(&d->s, place, v, of)];
            if (!(fabs(value) <= 1e15)) continue;
            scale.low = fmin(scale.low, value);
            scale.high = fmax(scale.high, value);
        }
    }
    scale.log = scale.low > 0 && scale.high / scale.low > 30;
    return scale;
}

static struct fs_box box_of(const struct drawing *d, const struct scale *scale, int x, int y,
                            int variant, int metric)
{
    static const char letters[] = " .:-=+*#%@";
    int place[FS_SWEEP_AXES];
    set_places(d, place, x, y);
    const int64_t at = fs_sweep_at(&d->s, place, variant, metric);
    const double value = d->s.value[at], low = d->s.low[at], high = d->s.high[at];
    struct fs_box box = {x + .02, x + .98, y + .03, y + .97, 0xeeeeee, ' ', "–", ""};
    if (!(fabs(value) <= 1e15)) return box;
    const double share = share_of(scale, value);
    box.colour = shade(share);
    box.letter = letters[(int)(fmin(fmax(share, 0), 1) * 9.999)];
    box.text = fs_sweep_words(d->f->arena, &d->s, metric, value);
    if (high > low)
        box.note = fs_arena_format(d->f->arena, "%s to %s",
                                   fs_sweep_words(d->f->arena, &d->s, metric, low),
                                   fs_sweep_words(d->f->arena, &d->s, metric, high));
    return box;
}

static void add_keys(struct drawing *d, struct fs_panel *panel, const struct scale *scale,
                     int metric)
{
    const double rows = d->s.axis[d->y].n;
    for (int i = 0; i < 5 && scale->high > scale->low; i++) {
        const double share = i / 4.;
        const double value = scale->log ? scale->low * pow(scale->high / scale->low, share)
                                        : scale->low + share * (scale->high - scale->low);
        fs_figure_key(d->f, panel, fs_sweep_words(d->f->arena, &d->s, metric, value), shade(share),
                      " :=*@"[i], rows * (.1 + .2 * i));
    }
}

static void add_map(struct drawing *d, struct fs_panel *panel, int variant,
                    const struct scale *scale, int metric)
{
    const int nx = d->s.axis[d->x].n, ny = d->s.axis[d->y].n;
    struct fs_box *box = fs_arena_alloc(d->f->arena, (size_t)(nx * ny) * sizeof *box);
    for (int i = 0; i < nx * ny; i++)
        box[i] = box_of(d, scale, i % nx, i / nx, variant, metric);
    panel->box = box;
    panel->n_boxes = nx * ny;
    if (variant == d->f->n_columns - 1) add_keys(d, panel, scale, metric);
}

static struct fs_axis category_axis(const struct fs_sweep_axis *axis)
{
    const int every = 1 + (axis->n - 1) / FS_TICKS;
    struct fs_axis a = {.low = 0, .high = axis->n, .unit = ""};
    for (int i = 0; i < axis->n && a.n < FS_TICKS; i += every)
        a.tick[a.n++] = (struct fs_tick){i + .5, axis->text[i]};
    return a;
}

static void draw_maps(struct drawing *d)
{
    const int n = d->s.n_variants < 4 ? d->s.n_variants : 4;
    fs_figure_columns(d->f, n);
    for (int i = 0; i < n; i++)
        d->f->heading[i] = d->s.variant[i];
    fs_figure_left_out(d->f, n, d->s.n_variants, "variants");
    d->f->x = category_axis(&d->s.axis[d->x]);
    d->f->from = d->f->x.low;
    d->f->to = d->f->x.high;
    for (int m = 0; m < d->n_metrics; m++) {
        struct fs_row *row = fs_figure_row(
            d->f,
            fs_arena_format(d->f->arena, "%s  (upwards: %s)",
                            fs_sweep_title(d->f->arena, &d->s, d->metric[m]), d->s.axis[d->y].path),
            "no such number");
        const struct scale scale = scale_of(d, d->metric[m]);
        for (int v = 0; row && v < n; v++)
            add_map(d, &row->panel[v], v, &scale, fs_sweep_metric_of(&d->s, v, d->metric[m]));
        if (row) row->axis = category_axis(&d->s.axis[d->y]);
    }
    d->f->row_height = fmax(320, fmin(900, 58 + 62. * d->s.axis[d->y].n));
}

/* ---- the figure ----------------------------------------------------------------------------- */

static bool fits(const struct fs_input *input)
{
    struct fs_sweep sweep;
    return fs_sweep_read(input, &sweep);
}

/* "the file has no number x: it has a, b, c and 17 more" */
static const char *what_there_is(const struct fs_figure *f, const struct fs_sweep *s)
{
    const int n = s->n_metrics < MOST_NAMED ? s->n_metrics : MOST_NAMED;
    const char *text =
        fs_arena_format(f->arena, "the file has no number %s: it has", f->input->metric);
    for (int i = 0; i < n; i++)
        text = fs_arena_format(f->arena, "%s%s %s", text, i ? "," : "", s->metric[i]);
    return n < s->n_metrics ? fs_arena_format(f->arena, "%s and %d more", text, s->n_metrics - n)
                            : text;
}

static void build(struct fs_figure *f)
{
    struct drawing d = {.f = f};
    fs_sweep_read(f->input, &d.s);
    choose_axes(&d);
    d.n_metrics = fs_sweep_choose(f->input, &d.s, d.metric, MOST_METRICS);
    f->x_title = d.s.axis[d.x].path;
    if (d.n_metrics == 0) fs_figure_warn(f, what_there_is(f, &d.s));
    if (d.y < 0)
        draw_lines(&d);
    else
        draw_maps(&d);
}

const struct fs_figure_type fs_figures_sweep = {
    .name = "sweep",
    .doc = "numbers over one parameter, or a heat map over two",
    .rank = 5,
    .one = true,
    .needs = "points of a grid, from fleetsim sweep",
    .fits = fits,
    .build = build};
