/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What no single row can say about a variant: paths lead through components that take requests,
 * what hands over is pulled from, references are of the right kind, everything is reached, prices
 * have the unit that is metered.
 */
#ifndef FS_SCENARIOS_GRAPH_H
#define FS_SCENARIOS_GRAPH_H

#include "spec.h"
#include "tree.h"

/* `tree` is the variant as written, for the places of complaints. */
void fs_graph_check(struct fs_arena *arena, const struct fs_variant_spec *spec,
                    const struct fs_node *tree, struct fs_report *report);

#endif
