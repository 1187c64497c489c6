/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long the first in each line has waited. */
#include "gauges.h"
#include "words.h"

static void add(struct fs_figure *f)
{
    static const struct fs_gauge_rule rules[] = {{"oldest_age", "oldest", NULL, false, true},
                                                 {.gauge = NULL}};
    struct fs_row *row = fs_gauges_row(f, "Age of the oldest that waits (light: peaks)",
                                       "no queue that knows it", rules, fs_words_seconds);
    if (row) fs_axis_seconds(f->arena, &row->axis, fs_figure_largest(f, row));
}

const struct fs_row_type fs_rows_oldest = {.rank = 45, .add = add};
