/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strangers' text as something to be seen: nothing in it acts, and nothing of it is lost. */
#ifndef FS_SIM_VISIBLE_H
#define FS_SIM_VISIBLE_H

#include "arena.h"

/* A copy in which what could steer a terminal or confuse a reader stands as an escape: controls
 * (C0, C1), marks that are invisible or turn the direction of writing, and bytes that are not
 * UTF-8, as in "\x1b", "\n", "\u202e", "\xff". Text without any comes back as it is. */
const char *fs_visible(struct fs_arena *arena, const char *text);

/* The same in place, cut to `size` bytes with the final NUL. */
void fs_visible_fit(char *text, size_t size);

#endif
