/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Five characters are all that HTML needs escaped in texts and quoted attributes. */
#include "html.h"

#include "words.h"

#include <string.h>

void fs_html_text(FILE *out, struct fs_arena *arena, const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (const char *c = fs_words_clean(arena, text); *c; c++) {
        const char *found = strchr(special, *c);
        if (found)
            fputs(escaped[found - special], out);
        else
            fputc(*c, out);
    }
}

void fs_html_base64(FILE *out, const void *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const unsigned v = (unsigned)b[i] << 16 | (i + 1 < n ? (unsigned)b[i + 1] << 8 : 0) |
                           (i + 2 < n ? b[i + 2] : 0);
        fputc(digits[v >> 18], out);
        fputc(digits[v >> 12 & 63], out);
        fputc(i + 1 < n ? digits[v >> 6 & 63] : '=', out);
        fputc(i + 2 < n ? digits[v & 63] : '=', out);
    }
}
