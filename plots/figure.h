/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure before anyone draws it: rows of panels, one panel per variant, all on one time axis, and
 * one y axis per row so that variants can be compared by eye. Plain data in an arena; texts are as
 * they came from the file, whoever draws cleans them.
 *
 * A kind of row is a plug-in: rows/<name>.c exports one `const struct fs_row_type fs_rows_<name>`
 * and the build finds it.
 */
#ifndef FS_PLOTS_FIGURE_H
#define FS_PLOTS_FIGURE_H

#include "axis.h"
#include "input.h"

/* Okabe and Ito's palette, told apart by colour-blind readers too. */
enum fs_colour {
    FS_BLACK = 0x222222,
    FS_GREY = 0x767676,
    FS_ORANGE = 0xe69f00,
    FS_SKY = 0x56b4e9,
    FS_GREEN = 0x009e73,
    FS_YELLOW = 0xf0e442,
    FS_BLUE = 0x0072b2,
    FS_VERMILLION = 0xd55e00,
    FS_PURPLE = 0xcc79a7,
    FS_NAVY = 0x00395a
};

enum fs_mark { FS_MARK_LINE, FS_MARK_DASHES, FS_MARK_STACK, FS_MARK_TEXT };

/* n intervals, interval i from edge[i] to edge[i + 1]. NaN in y is a gap. */
struct fs_curve {
    const char *name;  /* of the series, for the label */
    const char *value; /* its figure for the whole run, "" for none */
    enum fs_colour colour;
    enum fs_mark mark; /* FS_MARK_TEXT: a label alone, at y[0] */
    double weight;     /* width of a line, 1 is normal */
    bool under;        /* the line lies below the areas, so that what is narrow shows colour */
    int n;
    const double *edge, *y;
    const double *base;       /* of a stack: where it starts */
    const double *low, *high; /* a light band, NULL for none */
};

#define FS_CURVES 12

struct fs_panel {
    int n;
    struct fs_curve curve[FS_CURVES];
    double limit; /* a dashed rule, NaN for none */
    const char *limit_text;
};

struct fs_row {
    const char *title;  /* what and in which unit */
    const char *absent; /* said in a panel without curves */
    struct fs_axis axis;
    struct fs_panel *panel; /* one per variant */
};

#define FS_ROWS 16

struct fs_figure {
    struct fs_arena *arena;
    const struct fs_input *input;
    const char *title, *subtitle, *warning; /* warning: "" for none */
    const char *time_note;                  /* what of the run is shown, "" when all */
    double from, to;                        /* seconds shown */
    int n_rows;
    struct fs_row row[FS_ROWS];
};

struct fs_row_type {
    int rank; /* rows come in this order */
    void (*add)(struct fs_figure *figure);
};

extern const struct fs_row_type *const fs_row_types[]; /* generated; ends with NULL */

void fs_figure_new(struct fs_arena *arena, const struct fs_input *input, struct fs_figure *figure);

/* For rows. A new row with empty panels, or NULL when the figure is full. */
struct fs_row *fs_figure_row(struct fs_figure *figure, const char *title, const char *absent);
/* A line over the series' mean. Returns a curve that lives on when the panel is full. */
struct fs_curve *fs_figure_line(struct fs_figure *figure, struct fs_panel *panel, int variant,
                                const char *name, const char *value, enum fs_colour colour,
                                const struct fs_trend *series);
/* A label alone, at the height of `at`. */
void fs_figure_text(struct fs_figure *figure, struct fs_panel *panel, const char *text, double at);
/* Largest y or high in the row, within the time shown; smallest above 0. NaN when there is none. */
double fs_figure_largest(const struct fs_figure *figure, const struct fs_row *row);
double fs_figure_smallest(const struct fs_figure *figure, const struct fs_row *row);

/* Intervals of a curve that the figure shows: [*first, *last). */
void fs_figure_shown(const struct fs_figure *figure, const struct fs_curve *curve, int *first,
                     int *last);
/* Height of the curve's last value that is shown, NaN when there is none, and until when it is. */
double fs_figure_end(const struct fs_figure *figure, const struct fs_curve *curve, double *until);

#endif
