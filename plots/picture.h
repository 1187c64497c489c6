/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure as one picture: columns side by side, rows below each other, one x axis. */
#ifndef FS_PLOTS_PICTURE_H
#define FS_PLOTS_PICTURE_H

#include "figure.h"
#include "gnuplot.h"

enum fs_picture_kind { FS_PICTURE_PNG, FS_PICTURE_SVG, FS_PICTURE_PDF };

void fs_picture_draw(struct fs_gnuplot *gnuplot, const struct fs_figure *figure,
                     enum fs_picture_kind kind);

/* Do the bytes begin as a picture of that kind does? */
bool fs_picture_is(enum fs_picture_kind kind, const char *bytes, size_t n);

#endif
