/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One after the other, whatever they are doing. */
#include "balancer.h"

extern const struct fs_plugin fs_balancers_round_robin;

struct state {
    int next;
};

static int pick(void *self, const struct fs_targets *targets, struct fs_stream *stream)
{
    struct state *state = self;
    const int target = state->next < targets->n ? state->next : 0;
    (void)stream;
    state->next = target + 1;
    return target;
}

static const struct fs_param rows[] = {{.key = NULL}};
static const struct fs_balancer_type type = {.pick = pick, .size = sizeof(struct state)};

const struct fs_plugin fs_balancers_round_robin = {
    "round_robin", "Tasks in turn, whatever they are doing.", 0, rows, &type, NULL, NULL};
