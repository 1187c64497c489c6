/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must stay true: the result is valid UTF-8 without a byte below 0x20, so that no terminal,
 * page or table can be made to do anything by it, and two texts that differ in such characters
 * still differ.
 */
#include "visible.h"

#include "fail.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 8 /* of an escape: "\u10fffe" */

/* Bytes of the character at `s` and its code point; 0 when it is not UTF-8 (too long included). */
static int decode(const unsigned char *s, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const int n = s[0] < 0x80             ? 1
                  : (s[0] & 0xe0) == 0xc0 ? 2
                  : (s[0] & 0xf0) == 0xe0 ? 3
                  : (s[0] & 0xf8) == 0xf0 ? 4
                                          : 0;
    if (n < 2) {
        *code = s[0];
        return n;
    }
    *code = s[0] & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        *code = *code << 6 | (s[i] & 0x3fu);
    }
    return *code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000) ? 0 : n;
}

static bool is_harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) ||       /* controls */
           code == 0x61c || (code >= 0x200b && code < 0x2010) || /* invisible, direction */
           (code >= 0x2028 && code < 0x202f) || (code >= 0x2060 && code < 0x2070) ||
           code == 0xfeff || (code & 0xfffe) == 0xfffe;
}

/* Where the text goes on behind what has been written to `to`. */
static const char *step(const char *s, char to[LONGEST + 1])
{
    uint32_t code;
    const int n = decode((const unsigned char *)s, &code);
    if (n == 0) {
        snprintf(to, LONGEST + 1, "\\x%02x", (unsigned char)*s);
        return s + 1;
    }
    if (code == '\n')
        snprintf(to, LONGEST + 1, "\\n");
    else if (is_harmful(code))
        snprintf(to, LONGEST + 1, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    else
        snprintf(to, LONGEST + 1, "%.*s", n, s);
    return s + n;
}

const char *fs_visible(struct fs_arena *arena, const char *text)
{
    char *seen = fs_arena_alloc(arena, strlen(text) * LONGEST + 1), *end = seen;
    while (*text) {
        char part[LONGEST + 1];
        text = step(text, part);
        end = stpcpy(end, part);
    }
    return seen;
}

void fs_visible_fit(char *text, size_t size)
{
    const size_t length = strlen(text);
    char *copy = fs_alloc(length + 1, "a text");
    memcpy(copy, text, length + 1);
    size_t n = 0;
    for (const char *s = copy; *s;) {
        char part[LONGEST + 1];
        s = step(s, part);
        if (n + strlen(part) >= size) break;
        n = (size_t)(stpcpy(text + n, part) - text);
    }
    text[n] = 0;
    free(copy);
}
