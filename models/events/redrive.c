/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in a dead-letter queue is sent back to the queues that gave it up. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_redrive;

struct params {
    const char *component;
};

static void happen(struct fs_world *world, const void *params)
{
    struct fs_component *component =
        fs_world_component(world, ((const struct params *)params)->component);
    component->type->redrive(component);
}

static const struct fs_param rows[] = {
    {"", FS_P_REF, FS_D_COUNT, offsetof(struct params, component), NULL, 0, 0,
     .doc = "The queue for messages that others gave up.", .registry = "queue"},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .needs = offsetof(struct fs_component_type, redrive)};

const struct fs_plugin fs_events_redrive = {
    "redrive",
    "Messages of a dead-letter queue go back to the queues that gave them up.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
