/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A figure before anyone draws it: rows of panels side by side in columns, all on one x axis, and
 * one y axis per row so that panels can be compared by eye. Plain data in an arena; texts are as
 * they came from the file, whoever draws cleans them.
 *
 * A kind of figure is a plug-in: figures/<name>.c exports one `const struct fs_figure_type
 * fs_figures_<name>` and the build finds it. So is a row of the time line, rows/<name>.c with a
 * `const struct fs_row_type fs_rows_<name>`; its columns are the variants.
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

enum fs_mark {
    FS_MARK_LINE,
    FS_MARK_DASHES,
    FS_MARK_STACK,
    FS_MARK_POINTS, /* at edge[i], joined, each with a whisker from low to high */
    /* At edge[i], alone, each with a whisker from left to right and its text on the right, above
     * or `under` it; no label at the side. With a weight of 0 texts alone. */
    FS_MARK_DOTS,
    FS_MARK_TEXT, /* a label alone, at y[0] */
    FS_MARK_KEY   /* the same behind a sample of its colour, which boxes have */
};

/* n intervals of x, interval i from edge[i] to edge[i + 1]. NaN in y is a gap. */
struct fs_curve {
    const char *name;  /* of the series, for the label */
    const char *value; /* its figure for the whole run, "" for none */
    unsigned colour;   /* an enum fs_colour, or any other */
    enum fs_mark mark;
    char letter;   /* of a key: what fills its boxes where there are no colours */
    double weight; /* width of a line, 1 is normal */
    bool under;    /* the line lies below the areas, so that what is narrow shows colour */
    int n;
    const double *edge, *y;
    const double *base;       /* of a stack: where it starts */
    const double *low, *high; /* a light band, NULL for none */
    const double *left, *right;
    const char *const *text;
};

#define FS_CURVES 12

/* A rectangle in the panel's own units, with a word or two in it where they fit. */
struct fs_box {
    double left, right, bottom, top;
    unsigned colour;         /* an enum fs_colour, or any other */
    char letter;             /* fills it where there are no colours and no room for its text */
    const char *text, *note; /* "" for none; the note stands below, smaller */
};

/* Has curves, or boxes and their keys. */
struct fs_panel {
    int n;
    struct fs_curve curve[FS_CURVES];
    int n_boxes;
    const struct fs_box *box;
    const char *absent; /* said where there are neither */
    double limit;       /* a dashed rule, NaN for none */
    const char *limit_text;
};

struct fs_row {
    const char *title; /* what and in which unit */
    struct fs_axis axis;
    struct fs_panel *panel; /* one per column */
};

#define FS_ROWS 16

struct fs_figure {
    struct fs_arena *arena;
    const struct fs_input *input;
    const char *title, *subtitle, *warning; /* warning: "" for none */
    int n_columns;
    const char **heading; /* of the columns; drawn when there are several */
    double from, to;      /* of x, what is shown */
    struct fs_axis x;     /* n = 0: simulated time in seconds, ticks as there is room */
    const char *x_title;  /* "" for none */
    const char *note;     /* what of the run is shown, "" when all */
    bool tells;           /* the findings stand below the columns that they are about */
    double row_height;    /* pixels of a row with its title, 0: what there is room for */
    int n_rows;
    struct fs_row row[FS_ROWS];
};

struct fs_row_type {
    int rank; /* rows come in this order */
    void (*add)(struct fs_figure *figure);
};

extern const struct fs_row_type *const fs_row_types[]; /* generated; ends with NULL */

struct fs_figure_type {
    const char *name, *doc; /* "timeline"; what it shows, for people */
    int rank;               /* the first one that fits is drawn when none is named */
    bool detail;            /* larger what another one has too: not for a report */
    bool one;               /* shows one number alone when it is asked for: input's metric */
    const char *needs;      /* what a file must hold, for people */
    /* Does the file hold it? NULL: any run does. */
    bool (*fits)(const struct fs_input *input);
    /* Columns, x and rows; the figure has its texts already, and the variants as columns. */
    void (*build)(struct fs_figure *figure);
};

extern const struct fs_figure_type *const fs_figure_types[]; /* generated; ends with NULL */

/* NULL when there is none of that name. */
const struct fs_figure_type *fs_figure_find(const char *name);
bool fs_figure_fits(const struct fs_figure_type *type, const struct fs_input *input);
/* The fitting one of the least rank above `rank`, of all for no input; NULL when there is none. */
const struct fs_figure_type *fs_figure_next(const struct fs_input *input, int rank);

void fs_figure_new(struct fs_arena *arena, const struct fs_input *input,
                   const struct fs_figure_type *type, struct fs_figure *figure);

/* The x axis with room for about `want` ticks, and its title. */
struct fs_axis fs_figure_x(const struct fs_figure *figure, int want);
const char *fs_figure_x_title(const struct fs_figure *figure, const struct fs_axis *x);

/* So many columns, with headings if it is one for each variant. Before the first row. */
void fs_figure_columns(struct fs_figure *figure, int n);
/* One column for all variants. */
void fs_figure_join(struct fs_figure *figure);
/* Bars side by side, one for each variant, instead of columns; see struct fs_bars. */
void fs_figure_bars(struct fs_figure *figure);

/* What a reader must know first, added to what is there already. */
void fs_figure_warn(struct fs_figure *figure, const char *text);
/* Says that it shows only the first of all "variants", unless it does show all. */
void fs_figure_left_out(struct fs_figure *figure, int shown, int all, const char *what);

/* For rows. A new row with empty panels that say `absent`, or NULL when the figure is full. */
struct fs_row *fs_figure_row(struct fs_figure *figure, const char *title, const char *absent);
/* A line over the series' mean. Returns a curve that lives on when the panel is full. */
struct fs_curve *fs_figure_line(struct fs_figure *figure, struct fs_panel *panel, int variant,
                                const char *name, const char *value, enum fs_colour colour,
                                const struct fs_trend *series);
/* A label alone, at the height of `at`. */
void fs_figure_text(struct fs_figure *figure, struct fs_panel *panel, const char *text, double at);
/* The key of boxes. */
void fs_figure_key(struct fs_figure *figure, struct fs_panel *panel, const char *name,
                   unsigned colour, char letter, double at);
/* n > 0 points of x and y, and their intervals; NaN where there is none. Without any y the panel
 * gets no curve. */
struct fs_curve *fs_figure_points(struct fs_figure *figure, struct fs_panel *panel,
                                  const char *name, enum fs_colour colour, int n, const double *x,
                                  const double *y, const double *low, const double *high);
/* n > 0 dots with their intervals in x (NaN: none) and texts. */
struct fs_curve *fs_figure_dots(struct fs_figure *figure, struct fs_panel *panel,
                                enum fs_colour colour, int n, const double *x, const double *y,
                                const double *left, const double *right, const char *const *text);
/* Largest y or high in the row, within the time shown; smallest above 0. NaN when there is none. */
double fs_figure_largest(const struct fs_figure *figure, const struct fs_row *row);
double fs_figure_smallest(const struct fs_figure *figure, const struct fs_row *row);

/* Does any panel of it have boxes? Then none has curves. */
bool fs_figure_has_boxes(const struct fs_figure *figure);
/* What is told of variant `name` ("": of several), from the file: texts that end with NULL. */
const char *const *fs_figure_findings(const struct fs_figure *figure, const char *name);

/* Bars in layers, one bar for each variant: fill `height` and add, from the bottom up. */
struct fs_bars {
    struct fs_row *row;
    double *height;     /* by variant, of the next layer */
    const double *base; /* tops so far, by interval */
    double *edge;
    double highest; /* bar, once done */
};
struct fs_bars fs_bars_new(struct fs_figure *figure, struct fs_row *row);
void fs_bars_add(struct fs_figure *figure, struct fs_bars *bars, const char *name,
                 enum fs_colour colour);
/* Each bar gets its whole height in words beneath its name: where no other row shares the axis. */
void fs_bars_done(struct fs_figure *figure, struct fs_bars *bars,
                  const char *(*words)(struct fs_arena *arena, double height));

/* Intervals of a curve that the figure shows: [*first, *last). */
void fs_figure_shown(const struct fs_figure *figure, const struct fs_curve *curve, int *first,
                     int *last);
/* Height of the curve's last value that is shown, NaN when there is none, and until when it is. */
double fs_figure_end(const struct fs_figure *figure, const struct fs_curve *curve, double *until);

#endif
