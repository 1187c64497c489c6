/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a verified result file holds, in memory: the tree that results.c fills while reading and
 * that the accessors of results.h look into. Private to fs_results.
 */
#ifndef FS_SIM_RESULTS_TREE_H
#define FS_SIM_RESULTS_TREE_H

#include "arena.h"
#include "results.h"

/* Names in the order they were added; `names` ends with NULL. */
struct fs_results_list {
    const char **names;
    int n;
};

struct fs_results_attribute {
    const char *name;
    enum fs_column_type type;
    union {
        const char *text;
        int64_t i64;
        double f64;
    };
    struct fs_results_attribute *next;
};

struct fs_results_entry {
    struct fs_column column;
    struct fs_results_entry *next;
};

struct fs_results_group {
    const char *path; /* "" is the root */
    struct fs_results_list groups, columns;
    struct fs_results_attribute *attributes;
    struct fs_results_entry *first, *last;
    struct fs_results_group *next;
};

struct fs_results {
    struct fs_arena *arena; /* owns everything but this struct */
    struct fs_results_group *first, *last;
};

struct fs_results *fs_results_tree_new(void);
struct fs_results_group *fs_results_tree_group(struct fs_results *results, const char *path);
/* Zeroed but for the name; for the caller to fill. */
struct fs_results_attribute *fs_results_tree_attribute(struct fs_results *results,
                                                       struct fs_results_group *group,
                                                       const char *name);
struct fs_column *fs_results_tree_column(struct fs_results *results, struct fs_results_group *group,
                                         const char *name);
void fs_results_tree_child(struct fs_results *results, struct fs_results_group *group,
                           const char *name);

#endif
