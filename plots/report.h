/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One page that says it all: the question, what happened, the numbers with their intervals, every
 * picture, what nobody vouches for, the source of each value, and how to run it again. Whole in
 * itself: no network, no script, a policy that forbids both.
 */
#ifndef FS_PLOTS_REPORT_H
#define FS_PLOTS_REPORT_H

#include "fail.h"
#include "input.h"

/* `*bytes` is the caller's to free. FS_WORLD when a picture cannot be drawn. */
enum fs_rc fs_report_page(const struct fs_input *input, char **bytes, size_t *n,
                          struct fs_failure *failure);

#endif
