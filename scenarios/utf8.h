/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict UTF-8 (no overlong forms, no surrogates), one code point at a time. */
#ifndef FS_SCENARIOS_UTF8_H
#define FS_SCENARIOS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at `at` and its length in bytes; -1 and 1 where there is none. size > 0. */
static inline int32_t fs_utf8_read(const char *at, size_t size, size_t *length)
{
    const unsigned char *byte = (const unsigned char *)at;
    const int more = byte[0] < 0x80 ? 0 : byte[0] < 0xE0 ? 1 : byte[0] < 0xF0 ? 2 : 3;
    static const int32_t least[4] = {0, 0x80, 0x800, 0x10000};
    *length = 1;
    if (more == 0) return byte[0];
    if (byte[0] < 0xC2 || byte[0] > 0xF4 || size < (size_t)more + 1) return -1;
    int32_t code = byte[0] & (0x3F >> more);
    for (int i = 1; i <= more; i++) {
        if ((byte[i] & 0xC0) != 0x80) return -1;
        code = code << 6 | (byte[i] & 0x3F);
    }
    if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return -1;
    *length = (size_t)more + 1;
    return code;
}

/* Controls (line ends and tab among them), byte order marks and non-characters: what text has no
 * use for and YAML refuses unescaped. */
static inline bool fs_utf8_control(int32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029 ||
           code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

/* Characters that change the direction of what stands around them. */
static inline bool fs_utf8_bidi(int32_t code)
{
    return code == 0x61C || code == 0x200E || code == 0x200F ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

#endif
