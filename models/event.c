/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of one entry of `events`, and whom it is about. */
#include "event.h"

#include "spec.h"

#define ROW(field) .offset = offsetof(struct fs_event_spec, field)

const struct fs_param fs_event_rows[] = {
    {"at", FS_P_SCALAR, FS_D_TIME, ROW(at), NULL, 0, 3.2e9, .doc = "When it happens."},
    {"", FS_P_PLUGIN, FS_D_COUNT, ROW(event), NULL, 0, 0, .doc = "What happens.",
     .registry = "events"},
    {.key = NULL}};

const char *fs_event_component(const struct fs_event_spec *event)
{
    for (const struct fs_param *row = event->event.plugin->rows; row->key; row++) {
        if (row->kind != FS_P_REF) continue;
        return *(const char *const *)(const void *)((const char *)event->event.params +
                                                    row->offset);
    }
    return NULL;
}
