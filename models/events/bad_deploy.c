/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new version whose tasks fail when they have started: a missing secret, a broken migration. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_bad_deploy;

struct params {
    const char *component;
    double share;
};

static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_component *component = fs_world_component(world, p->component);
    component->type->deploy_bad(component, p->share);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {{"component", FS_P_REF, FS_D_COUNT, ROW(component), NULL, 0,
                                        0, .doc = "The one that is deployed."},
                                       {"share", FS_P_SCALAR, FS_D_FRACTION, ROW(share), "100%", 0,
                                        1, .doc = "Share of the new version's starts that fail."},
                                       {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .needs = offsetof(struct fs_component_type, deploy_bad)};

const struct fs_plugin fs_events_bad_deploy = {"bad_deploy",
                                               "A new version whose tasks fail at their start.",
                                               sizeof(struct params),
                                               rows,
                                               &type,
                                               NULL,
                                               NULL};
