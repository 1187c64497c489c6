/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a distribution is written: the forms of sim/dist.h with units. */
#ifndef FS_SCENARIOS_DISTFORM_H
#define FS_SCENARIOS_DISTFORM_H

#include "param.h"
#include "tree.h"

/* Read the value of key `name` into `dist`; false after complaints. */
bool fs_distform_read(struct fs_arena *arena, struct fs_report *report, enum fs_dimension dimension,
                      const char *name, const struct fs_node *node, struct fs_dist *dist);

/* The distribution as a tree that reads back as the same one: in the form and with the figures
 * that people write where these give the same bits. */
struct fs_node *fs_distform_write(struct fs_arena *arena, enum fs_dimension dimension,
                                  const struct fs_dist *dist);

/* The dimension that values of such a distribution are read in: counts may be fractions here. */
enum fs_dimension fs_distform_dimension(enum fs_dimension dimension);

#endif
