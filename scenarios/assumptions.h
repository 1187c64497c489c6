/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an answer rests on and nobody vouches for: values of platforms and presets (a variant has
 * its own, scenario.h) and prices. Every command tells it under what it found.
 */
#ifndef FS_SCENARIOS_ASSUMPTIONS_H
#define FS_SCENARIOS_ASSUMPTIONS_H

#include "scenario.h"

#include <stdio.h>

/* Of several variants, or of readings of one at several points; each once. */
struct fs_assumptions {
    struct fs_assumption *item;
    int n;
};

static inline struct fs_assumptions fs_assumptions_of(const struct fs_variant *variant)
{
    return (struct fs_assumptions){variant->assumption, variant->n_assumptions};
}

/* Add those of a variant, with texts from the arena. */
void fs_assumptions_add(struct fs_arena *arena, struct fs_assumptions *list,
                        const struct fs_variant *variant);

/* Give a variant that has been read the doubtful prices among those that its components and alarms
 * may be charged. */
void fs_assumptions_of_prices(struct fs_arena *arena, struct fs_variant *variant);

/* A heading and a line for each; nothing when there is none. As a JSON array. */
void fs_assumptions_print(const struct fs_assumptions *list, FILE *out);
void fs_assumptions_json(const struct fs_assumptions *list, int indent, FILE *out);

#endif
