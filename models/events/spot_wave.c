/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spare capacity is called back: many interruptions at one instant, as one pool's are. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_spot_wave;

struct params {
    const char *component;
    double share;
};

static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_component *component = fs_world_component(world, p->component);
    const uint64_t key = fs_world_key(world, p->component, "spot_wave");
    component->type->interrupt(component, p->share,
                               fs_key_at(key, (uint64_t)fs_now(world->sim), 0));
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"component", FS_P_REF, FS_D_COUNT, ROW(component), NULL, 0, 0,
     .doc = "A group of spot nodes, or a cluster: all of its groups of spot nodes."},
    {"share", FS_P_SCALAR, FS_D_FRACTION, ROW(share), "100%", 0, 1,
     .doc = "Share of each group's nodes that get notice, rounded."},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen,
                                          .needs = offsetof(struct fs_component_type, interrupt)};

const struct fs_plugin fs_events_spot_wave = {"spot_wave",
                                              "Many spot nodes get notice at one instant.",
                                              sizeof(struct params),
                                              rows,
                                              &type,
                                              NULL,
                                              NULL};
