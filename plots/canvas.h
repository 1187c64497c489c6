/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A figure of boxes in characters: one for a share of a box, coloured or lettered by its key. */
#ifndef FS_PLOTS_CANVAS_H
#define FS_PLOTS_CANVAS_H

#include "fail.h"
#include "figure.h"

/* `*text` is the caller's to free. */
enum fs_rc fs_canvas_draw(const struct fs_figure *figure, int columns, bool colours, char **text);

#endif
