/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits: messages in queues, requests before full tasks, records of a stream. Pods that wait
 * for a node are none of these: a cluster is known by its nodes. */
#include "gauges.h"
#include "words.h"

extern const struct fs_gauge_rule fs_rows_waiting_rules[];
const struct fs_gauge_rule fs_rows_waiting_rules[] = {
    {.gauge = "visible", .word = "queued", .still = true},
    {.gauge = "waiting", .word = "waiting", .unless = "nodes", .still = true},
    {.gauge = "records", .word = "records", .still = true},
    {.gauge = NULL}};

static void add(struct fs_figure *f)
{
    fs_gauges_row(f, "Backlog, waiting at once (light: peaks)", "nothing waits",
                  fs_rows_waiting_rules, fs_words_count);
}

const struct fs_row_type fs_rows_waiting = {.rank = 40, .add = add};
