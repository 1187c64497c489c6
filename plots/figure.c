/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all kinds of figures share: texts, columns, curves, and what of them is shown. */
#include "figure.h"

#include "words.h"

#include <math.h>
#include <string.h>

/* ---- rows and curves ------------------------------------------------------------------------ */

struct fs_row *fs_figure_row(struct fs_figure *f, const char *title, const char *absent)
{
    if (f->n_rows == FS_ROWS) return NULL;
    struct fs_row *row = &f->row[f->n_rows++];
    const size_t n = (size_t)f->n_columns;
    *row = (struct fs_row){.title = title};
    row->panel = fs_arena_alloc(f->arena, n * sizeof *row->panel);
    for (size_t i = 0; i < n; i++)
        row->panel[i] = (struct fs_panel){.absent = absent, .limit = NAN};
    return row;
}

static struct fs_curve *next_curve(struct fs_figure *f, struct fs_panel *panel)
{
    if (panel->n < FS_CURVES) return &panel->curve[panel->n++];
    return fs_arena_alloc(f->arena, sizeof(struct fs_curve));
}

struct fs_curve *fs_figure_line(struct fs_figure *f, struct fs_panel *panel, int variant,
                                const char *name, const char *value, enum fs_colour colour,
                                const struct fs_trend *series)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    struct fs_curve *curve = next_curve(f, panel);
    *curve = (struct fs_curve){.name = name,
                               .value = value,
                               .colour = colour,
                               .mark = FS_MARK_LINE,
                               .weight = 1,
                               .n = v->n,
                               .edge = v->edge,
                               .y = series->mean};
    return curve;
}

void fs_figure_text(struct fs_figure *f, struct fs_panel *panel, const char *text, double at)
{
    double *y = fs_arena_alloc(f->arena, sizeof *y);
    *y = at;
    *next_curve(f, panel) = (struct fs_curve){
        .name = text, .value = "", .colour = FS_GREY, .mark = FS_MARK_TEXT, .y = y};
}

void fs_figure_key(struct fs_figure *f, struct fs_panel *panel, const char *name, unsigned colour,
                   char letter, double at)
{
    double *y = fs_arena_alloc(f->arena, sizeof *y);
    *y = at;
    *next_curve(f, panel) = (struct fs_curve){
        .name = name, .value = "", .colour = colour, .mark = FS_MARK_KEY, .letter = letter, .y = y};
}

static bool has_number(int n, const double *y)
{
    for (int i = 0; i < n; i++) {
        if (!isnan(y[i])) return true;
    }
    return false;
}

struct fs_curve *fs_figure_points(struct fs_figure *f, struct fs_panel *panel, const char *name,
                                  enum fs_colour colour, int n, const double *x, const double *y,
                                  const double *low, const double *high)
{
    struct fs_curve *curve =
        has_number(n, y) ? next_curve(f, panel) : fs_arena_alloc(f->arena, sizeof *curve);
    double *edge = fs_arena_alloc(f->arena, ((size_t)n + 1) * sizeof *edge);
    memcpy(edge, x, (size_t)n * sizeof *edge);
    edge[n] = x[n - 1];
    *curve = (struct fs_curve){.name = name,
                               .value = "",
                               .colour = colour,
                               .mark = FS_MARK_POINTS,
                               .weight = 1,
                               .n = n,
                               .edge = edge,
                               .y = y,
                               .low = low,
                               .high = high};
    return curve;
}

struct fs_curve *fs_figure_dots(struct fs_figure *f, struct fs_panel *panel, enum fs_colour colour,
                                int n, const double *x, const double *y, const double *left,
                                const double *right, const char *const *text)
{
    struct fs_curve *curve = fs_figure_points(f, panel, "", colour, n, x, y, NULL, NULL);
    curve->mark = FS_MARK_DOTS;
    curve->left = left;
    curve->right = right;
    curve->text = text;
    return curve;
}

bool fs_figure_has_boxes(const struct fs_figure *f)
{
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->n_columns; i++) {
            if (f->row[r].panel[i].n_boxes) return true;
        }
    }
    return false;
}

static bool is_label(const struct fs_curve *curve)
{
    return curve->mark == FS_MARK_TEXT || curve->mark == FS_MARK_KEY;
}

void fs_figure_shown(const struct fs_figure *f, const struct fs_curve *curve, int *first, int *last)
{
    *first = 0;
    while (*first < curve->n && curve->edge[*first + 1] <= f->from)
        (*first)++;
    *last = curve->n;
    while (*last > *first && curve->edge[*last - 1] >= f->to)
        (*last)--;
}

double fs_figure_end(const struct fs_figure *f, const struct fs_curve *curve, double *until)
{
    *until = f->to;
    if (is_label(curve)) return curve->y[0];
    int first, last;
    fs_figure_shown(f, curve, &first, &last);
    while (last > first && isnan(curve->y[last - 1]))
        last--;
    if (last == first) return NAN;
    *until = fmin(f->to, curve->edge[last]);
    const double y = curve->y[last - 1];
    return curve->mark == FS_MARK_STACK ? (curve->base[last - 1] + y) / 2 : y;
}

/* fold is fmax or fmin over what is above 0. */
static double extreme(const struct fs_figure *f, const struct fs_row *row,
                      double (*fold)(double, double))
{
    double found = NAN;
    for (int i = 0; i < f->n_columns; i++) {
        for (int k = 0; k < row->panel[i].n; k++) {
            const struct fs_curve *c = &row->panel[i].curve[k];
            int first, last;
            if (is_label(c)) continue;
            fs_figure_shown(f, c, &first, &last);
            for (int t = first; t < last; t++) {
                if (c->y[t] > 0) found = fold(found, c->y[t]);
                if (c->high && c->high[t] > 0) found = fold(found, c->high[t]);
            }
        }
    }
    return found;
}

double fs_figure_largest(const struct fs_figure *f, const struct fs_row *row)
{
    return extreme(f, row, fmax);
}

double fs_figure_smallest(const struct fs_figure *f, const struct fs_row *row)
{
    return extreme(f, row, fmin);
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* 0: unknown. Of a sweep, those of its first point. */
static int replications(const struct fs_figure *f)
{
    if (f->input->n_variants) return f->input->variant[0].n_replications;
    const struct fs_column *c = fs_results_get(f->input->results, "", "replications");
    const bool there = c && c->type == FS_I64 && c->rank > 0 && c->extent[0] > 0;
    return there && c->i64[0] > 0 && c->i64[0] < 1 << 30 ? (int)c->i64[0] : 0;
}

static const char *subtitle(struct fs_figure *f)
{
    const int n = replications(f);
    const char *version = fs_results_get_text(f->input->results, "", "fleetsim_version");
    const char *runs = n > 1   ? fs_arena_format(f->arena, "mean of %d replications, ", n)
                       : n > 0 ? "1 replication, "
                               : "";
    int64_t seed;
    if (fs_results_get_integer(f->input->results, "", "seed", &seed))
        runs = fs_arena_format(f->arena, "%sseed %lld", runs, (long long)seed);
    if (!version) return runs;
    return fs_arena_format(f->arena, "%s  ·  fleetsim %s", runs, version);
}

void fs_figure_warn(struct fs_figure *f, const char *text)
{
    f->warning = *f->warning ? fs_arena_format(f->arena, "%s, %s", f->warning, text) : text;
}

void fs_figure_left_out(struct fs_figure *f, int shown, int all, const char *what)
{
    if (shown < all)
        fs_figure_warn(f, fs_arena_format(f->arena, "the first %d of %d %s", shown, all, what));
}

/* ---- columns and x -------------------------------------------------------------------------- */

struct fs_axis fs_figure_x(const struct fs_figure *f, int want)
{
    struct fs_axis x = f->x;
    if (x.n == 0) fs_axis_time(f->arena, &x, f->from, f->to, want);
    return x;
}

const char *fs_figure_x_title(const struct fs_figure *f, const struct fs_axis *x)
{
    if (f->x.n > 0) return f->x_title;
    return fs_arena_format(f->arena, "simulated time, %s", x->unit);
}

void fs_figure_columns(struct fs_figure *f, int n)
{
    f->n_columns = n;
    f->heading = fs_arena_alloc(f->arena, (size_t)n * sizeof *f->heading + 1);
    for (int i = 0; i < n; i++)
        f->heading[i] = n == f->input->n_variants ? f->input->variant[i].name : "";
}

void fs_figure_join(struct fs_figure *f)
{
    fs_figure_columns(f, 1);
}

void fs_figure_bars(struct fs_figure *f)
{
    fs_figure_join(f);
    const int n = f->input->n_variants;
    const int room = n < 4 ? 40 : 110 / n;
    f->x = (struct fs_axis){.low = .15, .high = n, .unit = "", .n = n};
    for (int i = 0; i < n; i++)
        f->x.tick[i] = (struct fs_tick){
            i + .65, fs_words_fit(f->arena, f->input->variant[i].name, room > 6 ? room : 6)};
    f->x_title = "";
    f->from = f->x.low;
    f->to = f->x.high;
}

/* ---- bars ----------------------------------------------------------------------------------- */

/* Bar i is interval 2 i + 1, from i + .3 to i + 1; between them nothing stands. */
struct fs_bars fs_bars_new(struct fs_figure *f, struct fs_row *row)
{
    const size_t n = (size_t)f->input->n_variants;
    struct fs_bars bars = {.row = row};
    bars.height = fs_arena_alloc(f->arena, n * sizeof *bars.height);
    bars.base = fs_arena_alloc(f->arena, 2 * n * sizeof *bars.base);
    bars.edge = fs_arena_alloc(f->arena, (2 * n + 1) * sizeof *bars.edge);
    for (size_t i = 0; i < n; i++) {
        bars.edge[2 * i + 1] = (double)i + .3;
        bars.edge[2 * i + 2] = (double)i + 1;
    }
    return bars;
}

void fs_bars_add(struct fs_figure *f, struct fs_bars *bars, const char *name, enum fs_colour colour)
{
    const int n = f->input->n_variants;
    struct fs_curve *c = next_curve(f, &bars->row->panel[0]);
    double *top = fs_arena_alloc(f->arena, 2 * (size_t)n * sizeof *top), sum = 0;
    for (int i = 0; i < n; i++) {
        top[2 * i + 1] = bars->base[2 * i + 1] + bars->height[i];
        sum += bars->height[i];
        bars->highest = fmax(bars->highest, top[2 * i + 1]);
    }
    *c = (struct fs_curve){.name = name,
                           .value = "",
                           .colour = colour,
                           .mark = FS_MARK_STACK,
                           .weight = 1,
                           .n = 2 * n,
                           .edge = bars->edge,
                           .y = top,
                           .base = bars->base};
    if (sum > 0)
        bars->base = top;
    else
        bars->row->panel[0].n--; /* a layer without height needs no label */
}

void fs_bars_done(struct fs_figure *f, struct fs_bars *bars,
                  const char *(*words)(struct fs_arena *arena, double height))
{
    for (int i = 0; i < f->x.n; i++)
        f->x.tick[i].text = fs_arena_format(f->arena, "%s: %s", f->x.tick[i].text,
                                            words(f->arena, bars->base[2 * i + 1]));
}

/* ---- the figure ----------------------------------------------------------------------------- */

const struct fs_figure_type *fs_figure_find(const char *name)
{
    for (int i = 0; fs_figure_types[i]; i++) {
        if (strcmp(fs_figure_types[i]->name, name) == 0) return fs_figure_types[i];
    }
    return NULL;
}

bool fs_figure_fits(const struct fs_figure_type *type, const struct fs_input *input)
{
    return type->fits ? type->fits(input) : input->n_variants > 0;
}

const struct fs_figure_type *fs_figure_next(const struct fs_input *input, int rank)
{
    const struct fs_figure_type *next = NULL;
    for (int i = 0; fs_figure_types[i]; i++) {
        const struct fs_figure_type *type = fs_figure_types[i];
        if (type->rank > rank && (!next || type->rank < next->rank) &&
            (!input || fs_figure_fits(type, input)))
            next = type;
    }
    return next;
}

const char *const *fs_figure_findings(const struct fs_figure *f, const char *name)
{
    const struct fs_column *text = fs_results_get(f->input->results, "findings", "finding");
    const struct fs_column *variant = fs_results_get(f->input->results, "findings", "variant");
    const char **found = fs_arena_alloc(f->arena, sizeof *found);
    if (!text || !variant || text->rank != 1 || variant->rank != 1 || text->type != FS_TEXT ||
        variant->type != FS_TEXT || text->extent[0] != variant->extent[0])
        return found;
    found = fs_arena_alloc(f->arena, ((size_t)text->extent[0] + 1) * sizeof *found);
    for (int64_t i = 0, n = 0; i < text->extent[0]; i++) {
        if (strcmp(variant->text[i], name) == 0) found[n++] = text->text[i];
    }
    return found;
}

void fs_figure_new(struct fs_arena *arena, const struct fs_input *input,
                   const struct fs_figure_type *type, struct fs_figure *f)
{
    int64_t complete = 1;
    const char *title = fs_results_get_text(input->results, "", "title");
    *f = (struct fs_figure){
        .arena = arena, .input = input, .warning = "", .note = "", .x_title = ""};
    f->title = title && *title ? title : "fleetsim results";
    f->subtitle = subtitle(f);
    if (fs_results_get_integer(input->results, "", "complete", &complete) && !complete)
        fs_figure_warn(f, "interrupted: a partial result");
    fs_figure_left_out(f, input->n_variants, input->n_variants + input->n_left_out, "variants");
    fs_figure_columns(f, input->n_variants);
    type->build(f);
}
