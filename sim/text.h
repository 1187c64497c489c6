/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FS_SIM_TEXT_H
#define FS_SIM_TEXT_H

#include <stdbool.h>
#include <string.h>

static inline bool fs_text_ends(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

#endif
