/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An availability zone fails: what runs in it is gone, and nothing starts there for a while. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_zone_loss;

struct params {
    int64_t zone;
    fs_time lasts;
};

/* All of the world is told: a zone is not one component's. */
static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    const fs_time now = fs_now(world->sim);
    const fs_time until = p->lasts && p->lasts < FS_NEVER - now ? now + p->lasts : FS_NEVER;
    for (int i = 0; i < world->spec->n_components; i++) {
        struct fs_component *component = world->component[i];
        if (component->type->lose_zone)
            component->type->lose_zone(component, (int)p->zone - 1, until);
    }
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"zone", FS_P_SCALAR, FS_D_COUNT, ROW(zone), "1", 1, FS_ZONES,
     .doc = "Which zone; services and clusters spread over zones 1, 2, 3, ..."},
    {"for", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-9, 3.2e9,
     .doc = "How long nothing starts there; absent: to the end."},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen};

const struct fs_plugin fs_events_zone_loss = {"zone_loss",
                                              "An availability zone fails with what runs in it.",
                                              sizeof(struct params),
                                              rows,
                                              &type,
                                              NULL,
                                              NULL};
