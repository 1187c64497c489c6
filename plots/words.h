/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text on a picture: names from files nobody has checked, and numbers as people read them.
 * All results live in the arena.
 */
#ifndef FS_PLOTS_WORDS_H
#define FS_PLOTS_WORDS_H

#include "arena.h"

/* The text with all that could steer a terminal or gnuplot made visible, see visible.h. */
const char *fs_words_clean(struct fs_arena *arena, const char *text);

/* Characters of a clean text. */
int fs_words_width(const char *clean);

/* At most `width` characters, the last one "…" when cut. Cleans. */
const char *fs_words_fit(struct fs_arena *arena, const char *text, int width);

/* The next line of a clean text, at most `width` characters, broken at a space where there is one;
 * `*text` moves behind it. */
const char *fs_words_line(struct fs_arena *arena, const char **text, int width);

/* A gnuplot literal in single quotes that no text can end; quotes in it become "’". Cleans. */
const char *fs_words_quote(struct fs_arena *arena, const char *text);

/* The same for a tick, whose text gnuplot takes for a format: no % gets through. */
const char *fs_words_quote_tick(struct fs_arena *arena, const char *text);

const char *fs_words_count(struct fs_arena *arena, double count);     /* 1,234  56.7k  1.2M */
const char *fs_words_usd(struct fs_arena *arena, double usd);         /* $0.0042  $1,234 */
const char *fs_words_seconds(struct fs_arena *arena, double seconds); /* 12 ms  1.98 s  15 min */

/* Four digits and the unit as it was written: "13.27/s", "512 MB", "0.05". Cleans. */
const char *fs_words_measure(struct fs_arena *arena, double value, const char *unit);

/* `value` with `decimals` digits behind the point and commas between thousands. */
const char *fs_words_number(struct fs_arena *arena, double value, int decimals);

#endif
