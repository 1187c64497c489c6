/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why everything is cleaned where it is quoted and not where it is read: there is then no way to a
 * picture that leads past the cleaning. gnuplot expands backticks and variables in "double" quotes
 * and ends a command at a newline; in 'single' quotes nothing is special but the quote. Doubling it
 * is not enough: gnuplot 5.4.4 takes '''x' for an empty text and goes on reading commands at x. So
 * a quote becomes a typographic apostrophe, and no text can end its literal. What must stay true: a
 * clean text has no byte below 0x20 and is valid UTF-8.
 */
#include "words.h"

#include "visible.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- characters ----------------------------------------------------------------------------- */

const char *fs_words_clean(struct fs_arena *arena, const char *text)
{
    return fs_visible(arena, text);
}

static bool starts_character(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

int fs_words_width(const char *clean)
{
    int width = 0;
    for (; *clean; clean++)
        width += starts_character(*clean);
    return width;
}

const char *fs_words_fit(struct fs_arena *arena, const char *text, int width)
{
    const char *clean = fs_words_clean(arena, text);
    if (fs_words_width(clean) <= width) return clean;
    const char *end = clean;
    for (int n = 0; *end; end++) {
        if (starts_character(*end) && n++ == width - 1) break;
    }
    return fs_arena_format(arena, "%.*s…", (int)(end - clean), clean);
}

const char *fs_words_line(struct fs_arena *arena, const char **text, int width)
{
    const char *from = *text, *end = from, *space = NULL;
    for (int n = 0; *end; end++) {
        if (starts_character(*end) && n++ >= width) break;
        if (*end == ' ') space = end;
    }
    if (*end && *end != ' ' && space && space > from) end = space;
    *text = end + strspn(end, " ");
    return fs_arena_format(arena, "%.*s", (int)(end - from), from);
}

const char *fs_words_quote(struct fs_arena *arena, const char *text)
{
    static const char apostrophe[] = "’";
    const char *clean = fs_words_clean(arena, text);
    char *quoted = fs_arena_alloc(arena, 3 * strlen(clean) + 3), *to = quoted;
    *to++ = '\'';
    for (; *clean; clean++) {
        if (*clean == '\'') {
            to = stpcpy(to, apostrophe);
        } else {
            *to++ = *clean;
        }
    }
    *to = '\'';
    return quoted;
}

/* ---- numbers -------------------------------------------------------------------------------- */

const char *fs_words_number(struct fs_arena *arena, double value, int decimals)
{
    char plain[400];
    snprintf(plain, sizeof plain, "%.*f", decimals, value);
    const size_t sign = plain[0] == '-', digits = strcspn(plain + sign, ".");
    char *text = fs_arena_alloc(arena, 2 * strlen(plain) + 1), *to = text;
    for (size_t i = 0; plain[i]; i++) {
        const size_t left = digits + sign - i;
        if (i > sign && i < digits + sign && left % 3 == 0) *to++ = ',';
        *to++ = plain[i];
    }
    return text;
}

/* Decimals that leave `digits` significant ones; 3 of 12.345 is 1 decimal. */
static int decimals(double value, int digits)
{
    int n = digits - 1;
    for (double size = fabs(value); size >= 10 && n > 0; size /= 10)
        n--;
    for (double size = fabs(value); size > 0 && size < 1 && n < 12; size *= 10)
        n++;
    return n;
}

/* A tick with a % in it is a format, and what it gives is cut at 49 bytes, in the midst of a
 * character if need be; one without is taken as it is. So a long one gets a full-width %. */
const char *fs_words_quote_tick(struct fs_arena *arena, const char *text)
{
    static const char wide[] = "％";
    const char *clean = fs_words_clean(arena, text);
    const bool is_short = strlen(clean) < 40;
    char *safe = fs_arena_alloc(arena, 3 * strlen(clean) + 1), *to = safe;
    for (; *clean; clean++) {
        if (*clean != '%')
            *to++ = *clean;
        else
            to = stpcpy(to, is_short ? "%%" : wide);
    }
    return fs_words_quote(arena, safe);
}

const char *fs_words_count(struct fs_arena *arena, double count)
{
    static const char *const suffix[] = {"", "k", "M", "G", "T"};
    int k = 0;
    double value = count;
    if (fabs(value) < 99999.5) {
        const bool whole = fabs(value - round(value)) < 1e-9 || fabs(value) >= 100;
        return fs_words_number(arena, value, whole ? 0 : decimals(value, 2));
    }
    for (; fabs(value) >= 999.5 && k < 4; k++)
        value /= 1000;
    return fs_arena_format(arena, "%s%s", fs_words_number(arena, value, decimals(value, 3)),
                           suffix[k]);
}

const char *fs_words_usd(struct fs_arena *arena, double usd)
{
    const double size = fabs(usd);
    if (size > 0 && size < 1e-9) return "below $0.000000001";
    const int n = size >= 100 ? 0 : size >= 1 ? 2 : size > 0 ? decimals(usd, 2) : 0;
    return fs_arena_format(arena, "%s$%s", usd < 0 ? "-" : "", fs_words_number(arena, size, n));
}

const char *fs_words_seconds(struct fs_arena *arena, double seconds)
{
    static const struct {
        double from, unit;
        const char *name;
    } units[] = {{86400 * 3, 86400, "d"}, {7200, 3600, "h"},      {600, 60, "min"},
                 {.9995, 1, "s"},         {.9995e-3, 1e-3, "ms"}, {0, 1e-6, "µs"}};
    int i = 0;
    while (seconds < units[i].from)
        i++;
    const double value = seconds / units[i].unit;
    const bool whole = fabs(value - round(value)) < 5e-3;
    return fs_arena_format(arena, "%s %s",
                           fs_words_number(arena, value, whole ? 0 : decimals(value, 3)),
                           units[i].name);
}

const char *fs_words_measure(struct fs_arena *arena, double value, const char *unit)
{
    const int most = fabs(value) >= 1000 ? 0 : decimals(value, 4);
    const char *clean = strcmp(unit, "1") == 0 ? "" : fs_words_clean(arena, unit);
    int n = 0;
    while (n < most && fabs(value - round(value * pow(10, n)) / pow(10, n)) > 1e-9 * fabs(value))
        n++;
    return fs_arena_format(arena, "%s%s%s", fs_words_number(arena, value, n),
                           *clean && *clean != '/' ? " " : "", clean);
}
