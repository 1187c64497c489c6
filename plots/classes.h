/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic classes as people think of them: a class and what a queue or stream made of it
 * ("jobs", "jobs/queue") are one story. It is asked for at the root, done in the last class, and
 * may go wrong in any. What several readers or targets see of a class has an end for each of them:
 * as many stories, which share their beginning.
 */
#ifndef FS_PLOTS_CLASSES_H
#define FS_PLOTS_CLASSES_H

#include "input.h"

struct fs_story {
    const char *root;
    const char *end;   /* the last class, NULL where no variant has more than one of the root */
    const char *name;  /* that of the class: the root's, or of several ends this one's */
    const char *brief; /* what tells it from all others, for a label */
};

/* All stories over all variants: by root in order, of one root the slowest first (by p99, in the
 * variant where it is largest). `*n` is their number. */
struct fs_story *fs_classes_stories(const struct fs_input *input, int *n);

/* Is `name` the class `root` or one derived from it? */
bool fs_classes_is_of(const char *root, const char *name);

/* The class in which the story's requests are done; -1 when the variant has none. */
int fs_classes_done(const struct fs_input *input, const struct fs_input_variant *v,
                    const struct fs_story *story);

/* Put the stories with most requests first; the lesser of n and `most` is returned. */
int fs_classes_busiest(const struct fs_input *input, struct fs_story *stories, int n, int most);
/* "the 3 busiest of 10 classes", of the first `n` of all; of one root's, "the 3 slowest". */
const char *fs_classes_shown(struct fs_arena *arena, const struct fs_story *stories, int n,
                             int all);

#endif
