/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Direct labels: names at the ends of lines instead of a legend. */
#ifndef FS_PLOTS_LABELS_H
#define FS_PLOTS_LABELS_H

#include "figure.h"

struct fs_label {
    const struct fs_curve *curve;
    const char *text;  /* as it came, at most FS_LABEL_WIDTH characters */
    double anchor, at; /* share of the panel's height: the line's end; the label's place */
    double until;      /* seconds: where the line ends */
};

#define FS_LABEL_WIDTH 27

/* Labels of the panel from the lowest to the highest, within [low, high], no two closer than
 * `gap` as far as there is room; none of a curve that shows no value. `label` holds FS_CURVES;
 * returns how many. */
int fs_labels_place(const struct fs_figure *figure, const struct fs_row *row,
                    const struct fs_panel *panel, double gap, double low, double high,
                    struct fs_label *label);

/* Where `y` is in the row's range, as a share of the height. */
double fs_labels_height(const struct fs_axis *axis, double y);

#endif
