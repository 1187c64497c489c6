/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of levels: for every mechanism's group in the file and every gauge that a rule names, a line
 * per component, at most a handful in a panel, in every variant the same ones. Mechanisms are not
 * known by name, gauges are.
 */
#ifndef FS_PLOTS_GAUGES_H
#define FS_PLOTS_GAUGES_H

#include "figure.h"

struct fs_gauge_rule {
    const char *gauge;  /* columns <gauge>_mean and <gauge>_peak; NULL ends a list */
    const char *word;   /* the name of the line, behind the component's where there are several */
    const char *unless; /* not in groups that have this gauge too; NULL: always */
    const char *beside; /* only in groups that have this one too; NULL: in all */
    bool ceiling;       /* a limit of its own: dashed, and only where others come near it */
    bool still;         /* false: a level that never moves is not worth a line */
};

/* The row, with its axis; NULL and no row when no variant has anything to show. `words` are for
 * peaks. */
struct fs_row *fs_gauges_row(struct fs_figure *figure, const char *title, const char *absent,
                             const struct fs_gauge_rule *rules,
                             const char *(*words)(struct fs_arena *arena, double level));

/* Has any variant something to show by these rules? */
bool fs_gauges_any(const struct fs_input *input, const struct fs_gauge_rule *rules);

#endif
