/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Things that happen to a world at a stated time: one file each in models/events/, exporting
 * `const struct fs_plugin fs_events_<file>` whose `type` is a struct fs_event_type.
 */
#ifndef FS_MODELS_EVENT_H
#define FS_MODELS_EVENT_H

#include "param.h"
#include "time.h"

struct fs_event_spec;
struct fs_world;

struct fs_event_type {
    void (*happen)(struct fs_world *world, const void *params);
    /* Optional: what ends it, and the offset of the fs_time parameter that says after how long; 0
     * there: it lasts to the end. It names its component, and of those of one kind that last on
     * one component the latest counts: when one ends, the others happen again, in the order in
     * which they began. */
    void (*end)(struct fs_world *world, const void *params);
    size_t lasts;
    /* Optional: offset in struct fs_component_type of the function that the component it names must
     * have; the reader refuses others. */
    size_t needs;
};

/* The name of the component that it happens to; NULL: it is not one component's. */
const char *fs_event_component(const struct fs_event_spec *event);

#endif
