/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario with every default filled in, as `fleetsim spec` prints it and results keep it: read
 * again, it gives the same.
 */
#ifndef FS_SCENARIOS_FULL_H
#define FS_SCENARIOS_FULL_H

#include "scenario.h"

/* What stands under the values that a variant says itself. */
struct fs_stands {
    const char *platform;             /* the account's */
    const struct fs_node *account;    /* its values */
    const struct fs_node **component; /* those of each component's platform; NULL: it has none */
};

struct fs_node *fs_full_variant(struct fs_arena *arena, const struct fs_variant_spec *spec,
                                const struct fs_stands *stands);

/* Fills scenario->full; every variant stands in full. */
void fs_full_scenario(struct fs_arena *arena, struct fs_scenario *scenario);

/* That as a text, which the caller frees. */
char *fs_full_text(const struct fs_scenario *scenario);

#endif
