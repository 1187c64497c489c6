/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component's executions fail with a probability, for a while. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_errors;

struct params {
    const char *component;
    double probability;
    fs_time lasts;
};

static void set(struct fs_world *world, const struct params *p, double probability)
{
    struct fs_component *component = fs_world_component(world, p->component);
    component->type->errors(component, probability);
}

static void happen(struct fs_world *world, const void *params)
{
    set(world, params, ((const struct params *)params)->probability);
}

static void end(struct fs_world *world, const void *params)
{
    set(world, params, -1);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"component", FS_P_REF, FS_D_COUNT, ROW(component), NULL, 0, 0, .doc = "The one that fails."},
    {"probability", FS_P_SCALAR, FS_D_FRACTION, ROW(probability), "100%", 0, 1,
     .doc = "Share of executions that fail, in place of the component's own."},
    {"for", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-9, 3.2e9,
     .doc = "How long; absent: to the end. Of several that last the latest counts."},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .lasts = offsetof(struct params, lasts),
                                          .end = end,
                                          .needs = offsetof(struct fs_component_type, errors)};

const struct fs_plugin fs_events_errors = {"errors",
                                           "Executions of a component fail for a while.",
                                           sizeof(struct params),
                                           rows,
                                           &type,
                                           NULL,
                                           NULL};
