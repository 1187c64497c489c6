/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much runs at once against what it is held to, with more room than the time line has. */
#include "busytime.h"

extern const struct fs_row_type fs_rows_running, fs_rows_fleet;

static void build(struct fs_figure *f)
{
    fs_busytime_choose(f);
    fs_rows_running.add(f);
    fs_rows_fleet.add(f);
    f->row_height = f->n_rows > 1 ? 360 : 0;
}

const struct fs_figure_type fs_figures_concurrency = {.name = "concurrency",
                                                      .doc = "concurrency against its limits",
                                                      .rank = 60,
                                                      .detail = true,
                                                      .needs = "traffic, from fleetsim run",
                                                      .build = build};
