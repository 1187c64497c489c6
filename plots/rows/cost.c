/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has been spent so far: the sum of all lines of the bill, accumulated. The figure beside the
 * line is the run's, below it the projection to a month when the run says what it stands for.
 */
#include "figure.h"
#include "words.h"

static struct fs_trend *accumulate(const struct fs_input *input, const struct fs_input_variant *v)
{
    struct fs_trend *sum = fs_trend_zero(input, v);
    struct fs_input scratch = *input;
    int n;
    fs_input_labels(input, v, "cost", "cost_item", &n);
    for (int i = 0; i < n; i++) {
        scratch.arena = fs_arena_new();
        fs_trend_add(sum, fs_input_series(&scratch, v, "cost", "cost_item", "cost", i), v->n);
        fs_arena_free(scratch.arena);
    }
    for (int t = 1; t < v->n; t++)
        sum->mean[t] += sum->mean[t - 1];
    return sum;
}

static void fill_panel(struct fs_figure *f, struct fs_panel *panel, int variant)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    const struct fs_trend *sum = accumulate(f->input, v);
    double until;
    const double month = fs_input_estimate(f->input, v, "cost.usd_per_month");
    if (!(sum->total > 0)) return;
    struct fs_curve *c = fs_figure_line(f, panel, variant, "", "", FS_GREEN, sum);
    const double shown = fs_figure_end(f, c, &until), length = v->edge[v->n] - v->edge[0];
    c->weight = 1.3;
    c->name = fs_words_usd(f->arena, shown);
    if (shown < .98 * sum->total) /* the picture ends before the bill does */
        fs_figure_text(f, panel,
                       fs_arena_format(f->arena, "%s in %s", fs_words_usd(f->arena, sum->total),
                                       fs_words_seconds(f->arena, length)),
                       shown * (1 - 1e-6)); /* below the curve's own */
    if (month >= 0)                         /* nothing too: a free tier may cover it all */
        fs_figure_text(f, panel,
                       fs_arena_format(f->arena, "%s/month", fs_words_usd(f->arena, month)),
                       shown * (1 - 2e-6));
}

static void add(struct fs_figure *f)
{
    struct fs_row *row = fs_figure_row(f, "Cost so far, USD", "no cost");
    if (!row) return;
    for (int i = 0; i < f->input->n_variants; i++)
        fill_panel(f, &row->panel[i], i);
    const double high = fs_figure_largest(f, row);
    if (high > 0) {
        fs_axis_linear(f->arena, &row->axis, high, true);
    } else {
        f->n_rows--;
    }
}

const struct fs_row_type fs_rows_cost = {.rank = 90, .add = add};
