/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several trees that speak about the same struct: what a scenario wrote, over a platform's values,
 * over a preset. The uppermost one that has a key says its value, each at its own place.
 */
#ifndef FS_SCENARIOS_LAYER_H
#define FS_SCENARIOS_LAYER_H

#include "tree.h"

struct fs_layer {
    const struct fs_node *node;
    const struct fs_layer *under;
};

/* `node` on top of `under`; a NULL node adds nothing. */
const struct fs_layer *fs_layer_on(struct fs_arena *arena, const struct fs_node *node,
                                   const struct fs_layer *under);

/* The values of `key` in all layers that are maps and have it, in the same order, over `base`. */
const struct fs_layer *fs_layer_select(struct fs_arena *arena, const struct fs_layer *layer,
                                       const char *key, const struct fs_layer *base);

/* Complaints (param.h) about the struct that the layers speak about. */
struct fs_complaints *fs_layer_complaints(struct fs_arena *arena, struct fs_report *report,
                                          const struct fs_layer *layer, struct fs_place place);

#endif
