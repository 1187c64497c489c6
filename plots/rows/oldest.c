/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the first in each line has waited. */
#include "gauges.h"
#include "words.h"

extern const struct fs_gauge_rule fs_rows_oldest_rules[];
const struct fs_gauge_rule fs_rows_oldest_rules[] = {
    {.gauge = "oldest_age", .word = "oldest", .still = true}, {.gauge = NULL}};

static void add(struct fs_figure *f)
{
    struct fs_row *row =
        fs_gauges_row(f, "Age of the oldest that waits (light: peaks)", "no queue that knows it",
                      fs_rows_oldest_rules, fs_words_seconds);
    if (row) fs_axis_seconds(f->arena, &row->axis, fs_figure_largest(f, row));
}

const struct fs_row_type fs_rows_oldest = {.rank = 45, .add = add};
