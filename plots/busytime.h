/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part of a run is worth showing. */
#ifndef FS_PLOTS_BUSYTIME_H
#define FS_PLOTS_BUSYTIME_H

#include "figure.h"

/* Sets from, to and note of a figure whose x is simulated time. */
void fs_busytime_choose(struct fs_figure *figure);

#endif
