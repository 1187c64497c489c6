/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits: messages in queues, requests before full tasks. */
#include "gauges.h"
#include "words.h"

static void add(struct fs_figure *f)
{
    static const struct fs_gauge_rule rules[] = {{"visible", "queued", NULL, false, true},
                                                 {"waiting", "waiting", NULL, false, true},
                                                 {.gauge = NULL}};
    fs_gauges_row(f, "Backlog, waiting at once (light: peaks)", "nothing waits", rules,
                  fs_words_count);
}

const struct fs_row_type fs_rows_waiting = {.rank = 40, .add = add};
