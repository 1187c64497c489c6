/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much runs at once, and what it is held against: the account's limit is a dashed rule in every
 * variant that draws on the account as soon as one of them comes near it.
 */
#include "gauges.h"
#include "words.h"

#include <math.h>

#define NEAR .5

static double account_peak(const struct fs_figure *f, int variant)
{
    const struct fs_trend *s = fs_input_series(f->input, &f->input->variant[variant], "account",
                                               "component", "concurrency_peak", 0);
    return s ? s->peak : 0;
}

static bool is_near(const struct fs_figure *f)
{
    for (int i = 0; i < f->input->n_variants; i++) {
        const double limit = (double)f->input->variant[i].account_limit;
        if (limit > 0 && account_peak(f, i) >= NEAR * limit) return true;
    }
    return false;
}

static void add(struct fs_figure *f)
{
    static const struct fs_gauge_rule rules[] = {
        {"busy", "busy", NULL, false, true},
        {"environments", "environments", NULL, false, true},
        {"in_flight", "in flight", "visible", false, true}, /* a queue's are its consumer's too */
        {"concurrency", "in use", NULL, false, true},
        {"allowed", "allowed", NULL, true, true},
        {.gauge = NULL}};
    struct fs_row *row =
        fs_gauges_row(f, "Concurrency, running at once (light: peaks)", "nothing runs", rules);
    if (!row) return;
    double highest = fs_figure_largest(f, row);
    const bool near = is_near(f);
    for (int i = 0; near && i < f->input->n_variants; i++) {
        if (!(account_peak(f, i) > 0) || f->input->variant[i].account_limit <= 0) continue;
        const double limit = (double)f->input->variant[i].account_limit;
        row->panel[i].limit = limit;
        row->panel[i].limit_text =
            fs_arena_format(f->arena, "account limit %s", fs_words_count(f->arena, limit));
        highest = fmax(highest, limit * 1.1);
    }
    fs_axis_linear(f->arena, &row->axis, highest, false);
}

const struct fs_row_type fs_rows_running = {.rank = 30, .add = add};
