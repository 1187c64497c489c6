/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Characters are too coarse for panels side by side and for filled stacks, so panels stand below
 * each other and a stack is drawn as lines of its layers' own heights. gnuplot's output is filtered
 * although every name was cleaned: what reaches a terminal should not rest on one defence.
 */
#include "terminal.h"

#include "labels.h"
#include "words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINES     13 /* of a panel: title, plot, time, empty */
#define INTERVALS 9  /* between the lines of its plot */
#define LEFT      10 /* columns for the texts of the y axis */

struct screen {
    struct fs_gnuplot *g;
    struct fs_arena *arena;
    const struct fs_figure *f;
    int columns, labels; /* labels: width of the margin for them */
    bool colours;
    int n_blocks;
};

/* What gnuplot draws line types 1 to 7 with when it has no colours. */
static const char letters[] = "*#$%@&=";
#define N_LETTERS ((long)sizeof letters - 1)

static const char *quote(const struct screen *s, const char *text)
{
    return fs_words_quote(s->arena, text);
}

static void say_ticks(struct screen *s, const char *axis, const struct fs_axis *a)
{
    fs_gnuplot_say(s->g, "set %stics ()", axis);
    for (int i = 0; i < a->n; i++)
        fs_gnuplot_say(s->g, "set %stics add (%s %.10g)", axis,
                       fs_words_quote_tick(s->arena, a->tick[i].text), a->tick[i].at);
}

static int label_width(int columns)
{
    return columns / 3 < FS_LABEL_WIDTH + 4 ? columns / 3 : FS_LABEL_WIDTH + 4;
}

static struct fs_axis x_axis(const struct fs_figure *f, int columns)
{
    return fs_figure_x(f, (columns - label_width(columns)) / 9 + 1);
}

static void say_axes(struct screen *s, const struct fs_row *row)
{
    const struct fs_axis x = x_axis(s->f, s->columns);
    fs_gnuplot_say(s->g, "set xrange [%.10g:%.10g]", x.low, x.high);
    fs_gnuplot_say(s->g, row->axis.log ? "set logscale y" : "unset logscale y");
    fs_gnuplot_say(s->g, "set yrange [%.10g:%.10g]", row->axis.low, row->axis.high);
    say_ticks(s, "x", &x);
    say_ticks(s, "y", &row->axis);
}

/* The larger of mean and peak; of a stack the layer's own height. */
static double height(const struct fs_curve *c, int t)
{
    if (c->mark == FS_MARK_STACK) return c->y[t] - c->base[t];
    return c->high && c->high[t] > c->y[t] ? c->high[t] : c->y[t];
}

static const char *send_line(struct screen *s, const struct fs_curve *c)
{
    int first, last;
    fs_figure_shown(s->f, c, &first, &last);
    double *value = fs_alloc((size_t)(last - first) * 4 * sizeof *value + 1, "points to draw");
    size_t n = 0;
    for (int t = first; t < last; t++) {
        for (int end = 0; end < 2; end++, n++) {
            value[2 * n] = fmin(s->f->to, fmax(s->f->from, c->edge[t + end]));
            value[2 * n + 1] = height(c, t);
        }
    }
    const char *name = fs_arena_format(s->arena, "d%d", s->n_blocks++);
    fs_gnuplot_block(s->g, name, 2, n, value);
    free(value);
    return name;
}

static const char *colour(const struct screen *s, const struct fs_curve *c, const char *what)
{
    if (!s->colours || c->colour == FS_GREY) return "";
    return fs_arena_format(s->arena, " %s rgb '#%06x'", what, (unsigned)c->colour);
}

static void say_labels(struct screen *s, const struct fs_row *row, const struct fs_panel *panel)
{
    struct fs_label label[FS_CURVES];
    const int n = fs_labels_place(s->f, row, panel, 1. / INTERVALS, 0, 1, label);
    for (int i = 0; i < n; i++) {
        const struct fs_curve *c = label[i].curve;
        const double line = floor(label[i].at * INTERVALS + .5 - 1e-6);
        const char *text = label[i].text;
        if (!s->colours && c->mark != FS_MARK_TEXT)
            text =
                fs_arena_format(s->arena, "%c %s", letters[(c - panel->curve) % N_LETTERS], text);
        fs_gnuplot_say(s->g, "set label %s at graph 1,graph %.4f offset 2,0 left noenhanced%s",
                       quote(s, text), line / INTERVALS, colour(s, c, "textcolor"));
    }
}

static void say_title(struct screen *s, const struct fs_row *row, int column)
{
    const struct fs_panel *panel = &row->panel[column];
    const char *title = row->title;
    if (s->f->n_columns > 1)
        title = fs_arena_format(s->arena, "%s: %s", s->f->heading[column], title);
    if (panel->n == 0) title = fs_arena_format(s->arena, "%s: %s", title, panel->absent);
    if (!isnan(panel->limit)) title = fs_arena_format(s->arena, "%s, %s", title, panel->limit_text);
    fs_gnuplot_say(s->g, "set label %s at character 0,character %d left noenhanced",
                   quote(s, fs_words_fit(s->arena, title, s->columns - 2)), LINES - 1);
}

static void draw_panel(struct screen *s, const struct fs_row *row, int column)
{
    const struct fs_panel *panel = &row->panel[column];
    const char *plot = "plot 1/0 notitle";
    say_axes(s, row);
    for (int k = 0; k < 2 * panel->n; k++) { /* what lies under comes first */
        const int i = k % panel->n;
        const struct fs_curve *c = &panel->curve[i];
        if (c->mark == FS_MARK_TEXT || c->under != (k < panel->n)) continue;
        if (c->mark == FS_MARK_DOTS && !(c->weight > 0)) continue;
        plot = fs_arena_format(s->arena, "%s, $%s with %s linetype %ld%s notitle", plot,
                               send_line(s, c), c->mark == FS_MARK_DOTS ? "points" : "lines",
                               1 + i % N_LETTERS, colour(s, c, "linecolor"));
    }
    say_title(s, row, column);
    say_labels(s, row, panel);
    fs_gnuplot_say(s->g, "%s", plot);
    fs_gnuplot_say(s->g, "unset label");
}

static void set_up(const struct screen *s)
{
    fs_gnuplot_say(s->g, "set encoding utf8");
    fs_gnuplot_say(s->g, "set decimalsign '.'");
    fs_gnuplot_say(s->g, "set terminal dumb size %d,%d noenhanced %s", s->columns, LINES,
                   s->colours ? "ansi256" : "mono");
    fs_gnuplot_say(s->g, "set lmargin %d", LEFT);
    fs_gnuplot_say(s->g, "set rmargin %d", s->labels);
    fs_gnuplot_say(s->g, "set tmargin 1");
    fs_gnuplot_say(s->g, "set bmargin 2");
    fs_gnuplot_say(s->g, "set tics scale 0.5");
    fs_gnuplot_say(s->g, "unset key");
}

void fs_terminal_draw(struct fs_gnuplot *g, const struct fs_figure *f, int columns, bool colours)
{
    struct screen s = {.g = g, .arena = f->arena, .f = f, .columns = columns, .colours = colours};
    s.labels = label_width(columns);
    set_up(&s);
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->n_columns; i++)
            draw_panel(&s, &f->row[r], i);
    }
}

const char *fs_terminal_note(const struct fs_figure *f, int columns)
{
    const struct fs_axis x = x_axis(f, columns);
    return fs_arena_format(f->arena, "%s%s%s", fs_figure_x_title(f, &x), *f->note ? ": " : "",
                           f->note);
}

/* ---- what may reach a terminal -------------------------------------------------------------- */

/* Bytes of a colour sequence at `s`, ESC [ digits and semicolons m; 0 when it is none. */
static size_t colour_sequence(const char *s, size_t n)
{
    size_t i = 2;
    if (n < 3 || s[0] != '\033' || s[1] != '[') return 0;
    while (i < n && (isdigit((unsigned char)s[i]) || s[i] == ';'))
        i++;
    return i < n && s[i] == 'm' ? i + 1 : 0;
}

size_t fs_terminal_clean(char *bytes, size_t n, bool colours)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t sequence = colours ? colour_sequence(bytes + i, n - i) : 0;
        if (sequence > 0) {
            memmove(bytes + to, bytes + i, sequence);
            to += sequence;
            i += sequence - 1;
        } else if (bytes[i] == '\n') {
            while (to > 0 && bytes[to - 1] == ' ')
                to--;
            bytes[to++] = '\n';
        } else if ((unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7f) {
            bytes[to++] = bytes[i];
        }
    }
    return to;
}
