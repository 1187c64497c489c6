/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account's concurrency changes; executions in progress are left alone. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_quota;

struct params {
    int64_t concurrency;
};

static void happen(struct fs_world *world, const void *params)
{
    fs_account_set_limit(&world->account, ((const struct params *)params)->concurrency);
}

static const struct fs_param rows[] = {{"concurrency", FS_P_SCALAR, FS_D_COUNT,
                                        offsetof(struct params, concurrency), NULL, 0, 10000000,
                                        .doc = "Concurrent executions allowed from now on."},
                                       {.key = NULL}};

static const struct fs_event_type type = {.happen = happen};

const struct fs_plugin fs_events_quota = {
    "quota", "The account's concurrency changes.", sizeof(struct params), rows, &type, NULL, NULL};
