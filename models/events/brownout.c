/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Some or all tasks of a component are slow for a while: a noisy neighbour, a failing disk. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_brownout;

struct params {
    const char *component;
    double factor, share;
    bool unhealthy;
    fs_time lasts;
};

static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_component *component = fs_world_component(world, p->component);
    component->type->brown_out(component, p->factor, p->share, p->unhealthy);
}

static void end(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_component *component = fs_world_component(world, p->component);
    component->type->brown_out(component, 0, 1, false);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"component", FS_P_REF, FS_D_COUNT, ROW(component), NULL, 0, 0,
     .doc = "The one whose tasks are slow."},
    {"factor", FS_P_SCALAR, FS_D_NUMBER, ROW(factor), "1", 0.01, 600,
     .doc = "Work that they begin takes so many times as long, CPU and waiting."},
    {"share", FS_P_SCALAR, FS_D_FRACTION, ROW(share), "100%", 0, 1,
     .doc =
         "Share of the tasks, oldest first; with all of them those that start or drain are slow, "
         "too."},
    {"unhealthy", FS_P_BOOL, FS_D_COUNT, ROW(unhealthy), "false", 0, 0,
     .doc = "Whether they fail their health checks."},
    {"for", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-9, 3.2e9,
     .doc = "How long; absent: to the end. Of several that last the latest counts."},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .lasts = offsetof(struct params, lasts),
                                          .end = end,
                                          .needs = offsetof(struct fs_component_type, brown_out)};

const struct fs_plugin fs_events_brownout = {"brownout",
                                             "Tasks of a component are slow for a while.",
                                             sizeof(struct params),
                                             rows,
                                             &type,
                                             NULL,
                                             NULL};
