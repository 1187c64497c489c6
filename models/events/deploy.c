/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new version replaces a component's tasks, or its environments: idle ones at once, busy ones
 * when done. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_deploy;

struct params {
    const char *component;
};

static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_component *component = fs_world_component(world, p->component);
    component->type->deploy(component);
}

static const struct fs_param rows[] = {{"", FS_P_REF, FS_D_COUNT,
                                        offsetof(struct params, component), NULL, 0, 0,
                                        .doc = "The component that is deployed."},
                                       {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .needs = offsetof(struct fs_component_type, deploy)};

const struct fs_plugin fs_events_deploy = {"deploy",
                                           "A new version replaces a component's environments "
                                           "or tasks.",
                                           sizeof(struct params),
                                           rows,
                                           &type,
                                           NULL,
                                           NULL};
