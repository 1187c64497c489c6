/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which part of the run is shown: a burst in the fifth second of a quarter of an hour would be a
 * hair at the left edge of an empty picture. So when more than a third of the run lies before the
 * first request or behind the end of the last one, that part is left out and the axis says so. The
 * figures at the labels stay those of the whole run.
 */
#include "figure.h"

#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY_SHARE (1. / 3)

/* ---- the time that is shown ----------------------------------------------------------------- */

/* Widen [*from, *to] by the intervals in which the series is not zero. */
static void cover(const struct fs_input_variant *v, const struct fs_trend *s, double *from,
                  double *to)
{
    for (int t = 0; s && t < v->n; t++) {
        if (!(s->high[t] > 0)) continue;
        *from = fmin(*from, v->edge[t]);
        *to = fmax(*to, v->edge[t + 1]);
    }
}

/* While anything is asked for, in flight or ends. */
static void cover_traffic(const struct fs_input *input, const struct fs_input_variant *v,
                          double *from, double *to)
{
    static const char *const columns[] = {"arrived", "in_flight_peak"};
    int n;
    fs_input_labels(input, v, "traffic", "class", &n);
    struct fs_input scratch = *input;
    for (int i = 0; i < n; i++) {
        scratch.arena = fs_arena_new();
        for (int c = 0; c < 2; c++)
            cover(v, fs_input_series(&scratch, v, "traffic", "class", columns[c], i), from, to);
        fs_arena_free(scratch.arena);
    }
}

static void choose_time(struct fs_figure *f)
{
    const struct fs_input *input = f->input;
    double from = INFINITY, to = -INFINITY, start = INFINITY, end = -INFINITY, interval = 0;
    for (int i = 0; i < input->n_variants; i++) {
        const struct fs_input_variant *v = &input->variant[i];
        cover_traffic(input, v, &from, &to);
        start = fmin(start, v->edge[0]);
        end = fmax(end, v->edge[v->n]);
        interval = fmax(interval, v->edge[1] - v->edge[0]);
    }
    const double pad = fmax(.06 * (to - from), 2 * interval), length = end - start;
    const bool cut_head = from - start > EMPTY_SHARE * length;
    const bool cut_tail = end - to > EMPTY_SHARE * length && to > from;
    f->from = cut_head && to > from ? fmax(start, from - pad) : start;
    f->to = cut_tail ? fmin(end, fs_axis_round_up(to + pad, f->from)) : end;
    f->time_note = "";
    if (f->from > start || f->to < end)
        f->time_note = fs_arena_format(
            f->arena, "%s of %s are shown: there are no requests in the rest",
            fs_words_seconds(f->arena, f->to - f->from), fs_words_seconds(f->arena, length));
}

/* ---- rows and curves ------------------------------------------------------------------------ */

struct fs_row *fs_figure_row(struct fs_figure *f, const char *title, const char *absent)
{
    if (f->n_rows == FS_ROWS) return NULL;
    struct fs_row *row = &f->row[f->n_rows++];
    const size_t n = (size_t)f->input->n_variants;
    *row = (struct fs_row){.title = title, .absent = absent};
    row->panel = fs_arena_alloc(f->arena, n * sizeof *row->panel);
    for (size_t i = 0; i < n; i++)
        row->panel[i].limit = NAN;
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
    if (curve->mark == FS_MARK_TEXT) return curve->y[0];
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
    for (int i = 0; i < f->input->n_variants; i++) {
        for (int k = 0; k < row->panel[i].n; k++) {
            const struct fs_curve *c = &row->panel[i].curve[k];
            int first, last;
            if (c->mark == FS_MARK_TEXT) continue;
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

/* ---- the figure ----------------------------------------------------------------------------- */

static const char *subtitle(struct fs_figure *f)
{
    const int n = f->input->variant[0].n_replications;
    const char *version = fs_results_get_text(f->input->results, "", "fleetsim_version");
    const char *runs =
        n > 1 ? fs_arena_format(f->arena, "mean of %d replications", n) : "1 replication";
    int64_t seed;
    if (fs_results_get_integer(f->input->results, "", "seed", &seed))
        runs = fs_arena_format(f->arena, "%s, seed %lld", runs, (long long)seed);
    runs = fs_arena_format(f->arena, "%s  ·  figures beside the lines: whole run", runs);
    if (!version) return runs;
    return fs_arena_format(f->arena, "%s  ·  fleetsim %s", runs, version);
}

static int by_rank(const void *a, const void *b)
{
    const struct fs_row_type *x = *(const struct fs_row_type *const *)a;
    const struct fs_row_type *y = *(const struct fs_row_type *const *)b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static void add_rows(struct fs_figure *f)
{
    size_t n = 0;
    while (fs_row_types[n])
        n++;
    const struct fs_row_type **type = fs_arena_alloc(f->arena, (n + 1) * sizeof *type);
    memcpy(type, fs_row_types, n * sizeof *type);
    qsort(type, n, sizeof *type, by_rank);
    for (size_t i = 0; i < n; i++)
        type[i]->add(f);
}

void fs_figure_new(struct fs_arena *arena, const struct fs_input *input, struct fs_figure *f)
{
    int64_t complete = 1;
    const char *title = fs_results_get_text(input->results, "", "title");
    *f = (struct fs_figure){.arena = arena, .input = input, .warning = ""};
    f->title = title && *title ? title : "fleetsim results";
    f->subtitle = subtitle(f);
    if (fs_results_get_integer(input->results, "", "complete", &complete) && !complete)
        f->warning = "interrupted: a partial result";
    if (input->n_left_out > 0)
        f->warning = fs_arena_format(arena, "%s%sthe first %d of %d variants", f->warning,
                                     *f->warning ? ", " : "", input->n_variants,
                                     input->n_variants + input->n_left_out);
    choose_time(f);
    add_rows(f);
}
