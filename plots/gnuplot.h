/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A gnuplot to talk to. It reads commands from us, and its output, picture and messages, goes to
 * memory that nobody else can name: no path of a user's ever reaches it.
 */
#ifndef FS_PLOTS_GNUPLOT_H
#define FS_PLOTS_GNUPLOT_H

#include "fail.h"

struct fs_gnuplot;

/* FS_WORLD when gnuplot is not installed or does not start. The process must ignore SIGPIPE. */
enum fs_rc fs_gnuplot_start(struct fs_gnuplot **gnuplot, struct fs_failure *failure);

/* A command, formatted. Text that is not ours must have come through fs_words_quote. */
void fs_gnuplot_say(struct fs_gnuplot *gnuplot, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void fs_gnuplot_block(struct fs_gnuplot *gnuplot, const char *name, int columns, size_t n,
                      const double *values);

/* Wait until gnuplot has ended. `*bytes` is what it drew and the caller's to free; FS_WORLD with
 * gnuplot's own message when it failed or drew nothing. Frees `gnuplot` either way. */
enum fs_rc fs_gnuplot_finish(struct fs_gnuplot *gnuplot, char **bytes, size_t *n,
                             struct fs_failure *failure);

#endif
