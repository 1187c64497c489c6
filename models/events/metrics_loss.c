/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A service's scaling cannot get its metrics for a while: the monitoring is down, or refuses. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_metrics_loss;

struct params {
    const char *component;
    fs_time lasts;
};

static void set(struct fs_world *world, const void *params, bool blind)
{
    struct fs_component *component =
        fs_world_component(world, ((const struct params *)params)->component);
    component->type->blind(component, blind);
}

static void happen(struct fs_world *world, const void *params)
{
    set(world, params, true);
}

static void end(struct fs_world *world, const void *params)
{
    set(world, params, false);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {{"component", FS_P_REF, FS_D_COUNT, ROW(component), NULL, 0,
                                        0, .doc = "The service whose scaling is blind."},
                                       {"for", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-9, 3.2e9,
                                        .doc = "How long; absent: to the end."},
                                       {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .lasts = offsetof(struct params, lasts),
                                          .end = end,
                                          .needs = offsetof(struct fs_component_type, blind)};

const struct fs_plugin fs_events_metrics_loss = {"metrics_loss",
                                                 "The metrics that scaling goes by cannot be had.",
                                                 sizeof(struct params),
                                                 rows,
                                                 &type,
                                                 NULL,
                                                 NULL};
