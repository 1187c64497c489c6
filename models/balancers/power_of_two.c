/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The better of two at random: nearly all of the gain of knowing every task for two looks
 * (Mitzenmacher 2001, doi:10.1109/71.963420). The two differ; a tie goes to the first drawn.
 */
#include "balancer.h"

extern const struct fs_plugin fs_balancers_power_of_two;

static int pick(void *self, const struct fs_targets *targets, struct fs_stream *stream)
{
    (void)self;
    if (targets->n == 1) return 0;
    const int one = (int)fs_uniform_int(stream, (uint64_t)targets->n);
    int other = (int)fs_uniform_int(stream, (uint64_t)targets->n - 1);
    if (other >= one) other++;
    return targets->outstanding[other] < targets->outstanding[one] ? other : one;
}

static const struct fs_param rows[] = {{.key = NULL}};
static const struct fs_balancer_type type = {.pick = pick};

const struct fs_plugin fs_balancers_power_of_two = {
    "power_of_two",
    "Of two tasks at random the one with fewer outstanding requests.",
    0,
    rows,
    &type,
    NULL,
    NULL};
