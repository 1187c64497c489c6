/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic classes as people think of them: a class and what a queue or stream made of it
 * ("jobs", "jobs/queue") are one story. It is asked for at the root, done in the last class, and
 * may go wrong in any.
 */
#ifndef FS_PLOTS_CLASSES_H
#define FS_PLOTS_CLASSES_H

#include "input.h"

/* Names of the root classes over all variants, in order; ends with NULL. `*n` is their number. */
const char **fs_classes_roots(const struct fs_input *input, int *n);

/* Is `name` the class `root` or one derived from it? */
bool fs_classes_is_of(const char *root, const char *name);
/* Does nothing derive from class `i`? Its requests are done when they end well. */
bool fs_classes_is_last(const char *const *labels, int n, int i);

/* The class in which requests of the story are done: of several, the one with most of them; -1 when
 * the variant has none. */
int fs_classes_done(const struct fs_input *input, const struct fs_input_variant *v,
                    const char *root);
/* Put the roots with most requests first; the lesser of n and `most` is returned. */
int fs_classes_busiest(const struct fs_input *input, const char **roots, int n, int most);

#endif
