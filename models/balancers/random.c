/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each with equal probability, whatever they are doing. */
#include "balancer.h"

extern const struct fs_plugin fs_balancers_random;

static int pick(void *self, const struct fs_targets *targets, struct fs_stream *stream)
{
    (void)self;
    return (int)fs_uniform_int(stream, (uint64_t)targets->n);
}

static const struct fs_param rows[] = {{.key = NULL}};
static const struct fs_balancer_type type = {.pick = pick};

const struct fs_plugin fs_balancers_random = {"random", "A task at random.", 0, rows, &type, NULL,
                                              NULL};
