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

#define LINES      13 /* of a panel, with title and axis */
#define PLOT_LINES 9
#define LEFT       9

struct screen {
    struct fs_gnuplot *g;
    struct fs_arena *arena;
    const struct fs_figure *f;
    int columns, labels; /* labels: width of the margin for them */
    bool colours;
    int n_blocks;
};

/* What a line without colours is drawn with, and named by. */
static const char letters[] = "*+ox#@%&=~^:";

static const char *quote(const struct screen *s, const char *text)
{
    return fs_words_quote(s->arena, text);
}

static void say_ticks(struct screen *s, const char *axis, const struct fs_axis *a)
{
    fs_gnuplot_say(s->g, "set %stics ()", axis);
    for (int i = 0; i < a->n; i++)
        fs_gnuplot_say(s->g, "set %stics add (%s %.10g)", axis, quote(s, a->tick[i].text),
                       a->tick[i].at);
}

static void say_axes(struct screen *s, const struct fs_row *row)
{
    struct fs_axis time;
    fs_axis_time(s->arena, &time, s->f->from, s->f->to, (s->columns - s->labels) / 9 + 1);
    fs_gnuplot_say(s->g, "set xrange [%.10g:%.10g]", time.low, time.high);
    fs_gnuplot_say(s->g, row->axis.log ? "set logscale y" : "unset logscale y");
    fs_gnuplot_say(s->g, "set yrange [%.10g:%.10g]", row->axis.low, row->axis.high);
    say_ticks(s, "x", &time);
    say_ticks(s, "y", &row->axis);
    fs_gnuplot_say(s->g, "set xlabel %s noenhanced",
                   quote(s, fs_arena_format(s->arena, "time, %s%s%s", time.unit,
                                            *s->f->time_note ? ": " : "", s->f->time_note)));
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

static const char *style(const struct screen *s, const struct fs_curve *c, int i)
{
    if (s->colours)
        return fs_arena_format(s->arena, "lines linecolor rgb '#%06x'",
                               c->colour == FS_BLACK ? 0x808080u : (unsigned)c->colour);
    return fs_arena_format(s->arena, "lines linetype %d", i + 1);
}

static void say_labels(struct screen *s, const struct fs_row *row, const struct fs_panel *panel)
{
    struct fs_label label[FS_CURVES];
    const int n = fs_labels_place(s->f, row, panel, 1. / PLOT_LINES, 0, 1, label);
    for (int i = 0; i < n; i++) {
        const long at = label[i].curve - panel->curve;
        const char *text = label[i].text;
        if (!s->colours && label[i].curve->mark != FS_MARK_TEXT)
            text = fs_arena_format(s->arena, "%c %s", letters[at], text);
        fs_gnuplot_say(s->g, "set label %s at graph 1,graph %.4f offset 2,0 left noenhanced%s",
                       quote(s, text), label[i].at,
                       s->colours ? fs_arena_format(s->arena, " textcolor rgb '#%06x'",
                                                    label[i].curve->colour == FS_BLACK
                                                        ? 0x808080u
                                                        : (unsigned)label[i].curve->colour)
                                  : "");
    }
}

static void draw_panel(struct screen *s, const struct fs_row *row, int variant)
{
    const struct fs_panel *panel = &row->panel[variant];
    const char *plot = "plot 1/0 notitle";
    const char *title =
        s->f->input->n_variants > 1
            ? fs_arena_format(s->arena, "%s | %s", s->f->input->variant[variant].name, row->title)
            : row->title;
    if (panel->n == 0) title = fs_arena_format(s->arena, "%s: %s", title, row->absent);
    say_axes(s, row);
    for (int i = 0; i < panel->n; i++) {
        if (panel->curve[i].mark == FS_MARK_TEXT) continue;
        plot = fs_arena_format(s->arena, "%s, $%s with %s notitle", plot,
                               send_line(s, &panel->curve[i]), style(s, &panel->curve[i], i));
    }
    if (!isnan(panel->limit)) title = fs_arena_format(s->arena, "%s, %s", title, panel->limit_text);
    fs_gnuplot_say(s->g, "set title %s noenhanced",
                   quote(s, fs_words_fit(s->arena, title, s->columns - 2)));
    say_labels(s, row, panel);
    fs_gnuplot_say(s->g, "%s", plot);
    fs_gnuplot_say(s->g, "unset label");
}

void fs_terminal_draw(struct fs_gnuplot *g, const struct fs_figure *f, int columns, bool colours)
{
    struct screen s = {.g = g, .arena = f->arena, .f = f, .columns = columns, .colours = colours};
    s.labels = columns / 3 < FS_LABEL_WIDTH + 4 ? columns / 3 : FS_LABEL_WIDTH + 4;
    fs_gnuplot_say(g, "set encoding utf8");
    fs_gnuplot_say(g, "set decimalsign '.'");
    fs_gnuplot_say(g, "set terminal dumb size %d,%d noenhanced %s", columns, LINES,
                   colours ? "ansi256" : "mono");
    fs_gnuplot_say(g, "set lmargin %d", LEFT);
    fs_gnuplot_say(g, "set rmargin %d", s.labels);
    fs_gnuplot_say(g, "set tmargin 1");
    fs_gnuplot_say(g, "set bmargin 3");
    fs_gnuplot_say(g, "set tics scale 0.5");
    fs_gnuplot_say(g, "unset key");
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->input->n_variants; i++)
            draw_panel(&s, &f->row[r], i);
    }
}

/* ---- what may reach a terminal ----------------------------------------------------------------
 */

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
