/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of each variant of a scenario: read as if somebody had written it out. And what is given
 * from outside in it, see struct fs_override.
 */
#ifndef FS_SCENARIOS_VARIANT_TREE_H
#define FS_SCENARIOS_VARIANT_TREE_H

#include "scenario.h"

#define FS_VARIANT_DEPTH 20 /* of variants that extend each other */

struct fs_platform;

struct fs_variant_trees {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_scenario *scenario; /* with its tree as written */
    bool alone;                   /* one variant is read of several */
    /* The mechanism of a component as written and its platform, NULL where there is none; NULL
     * after complaining. */
    const struct fs_plugin *(*mechanism)(void *self, const struct fs_node *component,
                                         const struct fs_platform **platform);
    void *self;
    /* its own */
    const struct fs_node *base; /* what variants edit */
    struct fs_given {
        const char *path;
        struct fs_node *value;
        const char *own; /* the map around the place that variants alone write; NULL: none */
    } * given;
    int n_given;
    const struct fs_node
        *stood[FS_VARIANT_DEPTH + 2]; /* before its edits, and of those behind it */
    int n_stood;
};

/* With all but its own set. What is given goes into the scenario's tree, and its `reach` is made;
 * complains about what cannot be put there. */
void fs_variant_tree_new(struct fs_variant_trees *trees, const struct fs_override *override, int n);

/* What is written for all of them; without variants, the one tree there is. */
struct fs_node *fs_variant_tree_base(const struct fs_variant_trees *trees);

/* Of the variant that is read next, the scenario's n_variants-th; NULL after complaining. Warns of
 * what is given from outside and not set. */
struct fs_node *fs_variant_tree_of(struct fs_variant_trees *trees, const struct fs_node *variant);

/* When all have been made: what is given from outside may be what variants differ in. They are
 * compared, and are the same. */
void fs_variant_tree_warn(struct fs_variant_trees *trees);

#endif
