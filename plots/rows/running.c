/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much runs at once, and what it is held against: the account's limit is a dashed rule where a
 * variant comes near it, and in the others that draw on an account where it fits in beside. One
 * that moves is a dashed line.
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

/* 0: not known, or not one. */
static double limit_of(const struct fs_figure *f, int variant)
{
    const struct fs_input_variant *v = &f->input->variant[variant];
    const struct fs_trend *s =
        fs_input_series(f->input, v, "account", "component", "limit_mean", 0);
    for (int t = 1; s && t < v->n; t++) {
        if (s->mean[t] != s->mean[0]) return 0;
    }
    return (double)v->account_limit;
}

static bool is_near(const struct fs_figure *f, int variant)
{
    const double limit = limit_of(f, variant);
    return limit > 0 && account_peak(f, variant) >= NEAR * limit;
}

static void add(struct fs_figure *f)
{
    static const struct fs_gauge_rule rules[] = {
        {.gauge = "busy", .word = "busy", .still = true},
        {.gauge = "environments", .word = "environments", .still = true},
        /* a queue's are its consumer's too */
        {.gauge = "in_flight", .word = "in flight", .unless = "visible", .still = true},
        {.gauge = "concurrency", .word = "in use", .still = true},
        {.gauge = "allowed", .word = "allowed", .ceiling = true, .still = true},
        {.gauge = "limit",
         .word = "reserved",
         .unless = "concurrency",
         .ceiling = true,
         .still = true},
        {.gauge = "limit", .word = "account limit", .unless = "environments", .ceiling = true},
        {.gauge = "provisioned_ready", .word = "provisioned", .ceiling = true, .still = true},
        {.gauge = "places", .word = "places", .ceiling = true, .still = true},
        {.gauge = NULL}};
    struct fs_row *row = fs_gauges_row(f, "Concurrency, running at once (light: peaks)",
                                       "nothing runs", rules, fs_words_count);
    if (!row) return;
    double highest = fs_figure_largest(f, row);
    for (int i = 0; i < f->input->n_variants; i++) {
        if (is_near(f, i)) highest = fmax(highest, limit_of(f, i) * 1.1);
    }
    for (int i = 0; i < f->input->n_variants; i++) {
        const double limit = limit_of(f, i);
        if (!(account_peak(f, i) > 0) || limit <= 0 || limit > highest) continue;
        row->panel[i].limit = limit;
        row->panel[i].limit_text =
            fs_arena_format(f->arena, "account limit %s", fs_words_count(f->arena, limit));
    }
    fs_axis_linear(f->arena, &row->axis, highest, false);
}

const struct fs_row_type fs_rows_running = {.rank = 30, .add = add};
