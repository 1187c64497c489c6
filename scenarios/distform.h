/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a distribution is written: the forms of sim/dist.h with units. */
#ifndef FS_SCENARIOS_DISTFORM_H
#define FS_SCENARIOS_DISTFORM_H

#include "param.h"
#include "tree.h"

#include <stdio.h>

/* Read the value of key `name` into `dist`; false after complaints. */
bool fs_distform_read(struct fs_arena *arena, struct fs_report *report, enum fs_dimension dimension,
                      const char *name, const struct fs_node *node, struct fs_dist *dist);

/* The distribution as a tree that reads back as the same one: in the form and with the figures
 * that people write where these give the same bits. */
struct fs_node *fs_distform_write(struct fs_arena *arena, enum fs_dimension dimension,
                                  const struct fs_dist *dist);

/* The dimension that values of such a distribution are read in: counts may be fractions here. */
enum fs_dimension fs_distform_dimension(enum fs_dimension dimension);

/* Names of the kinds ("quantiles", "lognormal", ...), ending with NULL, and how one is written:
 * "{mean, p99}, {median, sigma}"; NULL: there is no such kind. */
const char *const *fs_distform_kinds(struct fs_arena *arena);
const char *fs_distform_forms(struct fs_arena *arena, const char *kind);

/* The forms with what their arguments mean as a Markdown table; of one kind, or of all (NULL). */
void fs_distform_reference(struct fs_arena *arena, FILE *out, const char *kind);

#endif
