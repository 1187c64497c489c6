/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each function grows by its own allowance, whatever the others do. */
#include "growth.h"

extern const struct fs_plugin fs_growth_per_function;

static bool take(void *state, const void *params, struct fs_bucket *own, fs_time now)
{
    (void)state;
    (void)params;
    return fs_bucket_take(own, now);
}

static const struct fs_param rows[] = {{.key = NULL}};

static const struct fs_growth_type type = {.take = take};

const struct fs_plugin fs_growth_per_function = {
    "per_function",
    "Each function starts environments by its own scale_burst and scale_rate.",
    0,
    rows,
    &type,
    NULL,
    NULL};
