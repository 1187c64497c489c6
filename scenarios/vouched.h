/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a platform's values an answer rests on: those that hold as the platform has them. */
#ifndef FS_SCENARIOS_VOUCHED_H
#define FS_SCENARIOS_VOUCHED_H

#include "bind.h"
#include "platform.h"

/* For each of platform->sourced: do `params`, bound by `rows` from `node` over the platform's
 * values, have it still? Said again by the scenario is as good as not said. */
bool *fs_vouched(const struct fs_binder *binder, const struct fs_param *rows,
                 const struct fs_node *node, const struct fs_platform *platform,
                 const char *const *extra, size_t size, const void *params);

/* The same of a preset's values, the lowest of the layers: has none of those above said it? */
bool *fs_vouched_preset(struct fs_arena *arena, const struct fs_platform *preset,
                        const struct fs_layer *layer);

#endif
