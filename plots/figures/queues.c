/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits and for how long, with more room than the time line has. */
#include "busytime.h"
#include "gauges.h"

extern const struct fs_row_type fs_rows_waiting, fs_rows_oldest;
extern const struct fs_gauge_rule fs_rows_waiting_rules[], fs_rows_oldest_rules[];

static bool fits(const struct fs_input *input)
{
    return fs_gauges_any(input, fs_rows_waiting_rules) ||
           fs_gauges_any(input, fs_rows_oldest_rules);
}

static void build(struct fs_figure *f)
{
    fs_busytime_choose(f);
    fs_rows_waiting.add(f);
    fs_rows_oldest.add(f);
    f->row_height = f->n_rows > 1 ? 360 : 0;
}

const struct fs_figure_type fs_figures_queues = {.name = "queues",
                                                 .doc = "what waits, and the age of the oldest",
                                                 .rank = 70,
                                                 .detail = true,
                                                 .needs = "something that waits",
                                                 .fits = fits,
                                                 .build = build};
