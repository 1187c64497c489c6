/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gnuplot-iostream behind four C functions; gnuplot_pipe.cpp is the only C++ of the project.
 * Nothing here starts a process or quotes: whoever calls has done both.
 */
#ifndef FS_PLOTS_GNUPLOT_PIPE_H
#define FS_PLOTS_GNUPLOT_PIPE_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fs_gnuplot_pipe;

/* Owns `to`, gnuplot's standard input. NULL when there is no memory; `to` is closed then. */
struct fs_gnuplot_pipe *fs_gnuplot_pipe_open(FILE *to);

/* One command, without the newline. */
void fs_gnuplot_pipe_command(struct fs_gnuplot_pipe *pipe, const char *command);

/* The datablock $<name>: `n` rows of `columns` numbers. A row with a NaN becomes an empty line, at
 * which gnuplot ends a line and begins another. */
void fs_gnuplot_pipe_block(struct fs_gnuplot_pipe *pipe, const char *name, int columns, size_t n,
                           const double *values);

/* Flush, close, free. 0 when all of it went through. */
int fs_gnuplot_pipe_close(struct fs_gnuplot_pipe *pipe);

#ifdef __cplusplus
}
#endif

#endif
