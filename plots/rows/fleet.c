/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The size of fleets, when it changes: one that stands still needs no picture. What a cluster has
 * no node for stands beside its nodes. */
#include "gauges.h"
#include "words.h"

static void add(struct fs_figure *f)
{
    static const struct fs_gauge_rule rules[] = {
        {.gauge = "tasks", .word = "tasks"},
        {.gauge = "ready", .word = "ready"},
        {.gauge = "nodes", .word = "nodes"},
        {.gauge = "waiting", .word = "pods waiting", .beside = "nodes"},
        {.gauge = NULL}};
    fs_gauges_row(f, "Fleet size", "no fleet that changes", rules, fs_words_count);
}

const struct fs_row_type fs_rows_fleet = {.rank = 50, .add = add};
