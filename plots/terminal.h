/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure in letters, for a terminal: the panels of a row below each other, with one y range. */
#ifndef FS_PLOTS_TERMINAL_H
#define FS_PLOTS_TERMINAL_H

#include "figure.h"
#include "gnuplot.h"

/* `columns` wide. Without colours every line is drawn with a letter of its own. */
void fs_terminal_draw(struct fs_gnuplot *gnuplot, const struct fs_figure *figure, int columns,
                      bool colours);

/* What the time axis is in, and how much of the run it covers. */
const char *fs_terminal_note(const struct fs_figure *figure, int columns);

/* The bytes that may go to a terminal: text, newlines and, with `colours`, colour sequences; all
 * other control characters are dropped, as are spaces at ends of lines. In place; the new size. */
size_t fs_terminal_clean(char *bytes, size_t n, bool colours);

#endif
