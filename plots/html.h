/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text into a page: nothing of a file's gets through as markup, and a picture as a data URL. */
#ifndef FS_PLOTS_HTML_H
#define FS_PLOTS_HTML_H

#include "arena.h"
#include <stdio.h>

/* Cleaned (words.h), with & < > " ' escaped. */
void fs_html_text(FILE *out, struct fs_arena *arena, const char *text);
void fs_html_base64(FILE *out, const void *bytes, size_t n);

#endif
