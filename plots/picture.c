/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The page is measured in pixels of a slide (1920 wide up to three variants) and everything is
 * placed by us: margins, ticks, texts, labels. gnuplot only draws, so nothing jumps when a number
 * gets longer. Little ink that is no data: no frames, light lines at the ticks, texts of the y axis
 * once per row. Every text goes through say_label, and so through fs_words_quote.
 */
#include "picture.h"

#include "labels.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FONT 17.
#define TOLD 16. /* of findings */
#define NOTE 14. /* in boxes */
#define GRID 0xe4e4e4
#define INK  0x333333

struct page {
    struct fs_gnuplot *g;
    struct fs_arena *arena;
    const struct fs_figure *f;
    double font; /* what the terminal calls a font of one pixel */
    bool bold;   /* does the terminal know bold type? */
    double width, height, left, column, panel, top, row, plot; /* pixels */
    int n_blocks;
    struct fs_axis x;
    const char *const **told;   /* of each column: lines that end with NULL */
    const char *const *several; /* what is told of several variants */
};

/* ---- the page ------------------------------------------------------------------------------- */

static int longest_tick(const struct fs_figure *f)
{
    int longest = 0;
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->row[r].axis.n; i++) {
            const int width = fs_words_width(f->row[r].axis.tick[i].text);
            longest = width > longest ? width : longest;
        }
    }
    return longest;
}

static int longest_label(const struct fs_figure *f)
{
    struct fs_label label[FS_CURVES];
    int longest = 0;
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->n_columns; i++) {
            const int n = fs_labels_place(f, &f->row[r], &f->row[r].panel[i], .1, 0, 1, label);
            for (int k = 0; k < n; k++) {
                const int sample = label[k].curve->mark == FS_MARK_KEY ? 3 : 0;
                const int width = fs_words_width(label[k].text) + sample;
                longest = width > longest ? width : longest;
            }
        }
    }
    return longest;
}

/* Each text with a bullet, wrapped to so many pixels, at most so many lines. */
static const char *const *wrap(struct page *p, const char *const *text, double pixels, int most)
{
    const int width = (int)(pixels / (TOLD * .54));
    const char **line = fs_arena_alloc(p->arena, ((size_t)most + 1) * sizeof *line);
    int n = 0;
    for (; *text && n < most; text++) {
        const char *rest = fs_words_clean(p->arena, *text), *mark = "•";
        for (; *rest && n < most; mark = " ") {
            const char *part = fs_words_line(p->arena, &rest, width - 2);
            const bool cut = n == most - 1 && (*rest || text[1]);
            line[n++] = fs_arena_format(p->arena, "%s %s%s", mark, part, cut ? " …" : "");
        }
    }
    return line;
}

static int count_lines(const char *const *line)
{
    int n = 0;
    while (line[n])
        n++;
    return n;
}

/* Returns the height that it takes. */
static double lay_out_findings(struct page *p)
{
    const struct fs_figure *f = p->f;
    int most = 0;
    if (!f->tells) return 0;
    const bool named = f->n_columns > 1 || *f->heading[0]; /* else the column tells them */
    static const char *const none[] = {NULL};
    p->several = wrap(p, named ? fs_figure_findings(f, "") : none, p->width - p->left - 30, 4);
    p->told = fs_arena_alloc(p->arena, (size_t)f->n_columns * sizeof *p->told);
    for (int i = 0; i < f->n_columns; i++) {
        p->told[i] = wrap(p, fs_figure_findings(f, f->heading[i]), p->column - 40, 8);
        most = count_lines(p->told[i]) > most ? count_lines(p->told[i]) : most;
    }
    const int lines = most + count_lines(p->several);
    return lines ? lines * TOLD * 1.4 + 24 : 0;
}

static void lay_out(struct page *p)
{
    const int n = p->f->n_columns, rows = p->f->n_rows > 0 ? p->f->n_rows : 1;
    const double labels = longest_label(p->f) * FONT * .58 + 36;
    const double foot = *p->f->note ? 54 : 30;
    p->width = n <= 3 ? 1920 : 640 * n;
    p->left = longest_tick(p->f) * FONT * .62 + 34;
    p->column = (p->width - p->left) / n;
    p->panel = p->column - labels;
    p->top = n > 1 ? 152 : 116; /* a single variant has no heading */
    p->row = p->f->row_height > 0 ? p->f->row_height
             : rows == 1          ? 800 - p->top - foot
                                  : (fmax(1080, 190. * rows + 220) - p->top - foot) / rows;
    p->height = p->top + rows * p->row + foot;
    p->plot = p->row - 58;
    p->x = fs_figure_x(p->f, (int)(p->panel / 90) + 1);
    p->height += lay_out_findings(p);
}

static double x_at(const struct page *p, double pixel)
{
    return pixel / p->width;
}

static double y_at(const struct page *p, double pixel) /* from the top */
{
    return 1 - pixel / p->height;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* Light colours are fine for areas and hard to read as type. */
static unsigned readable(unsigned colour)
{
    const unsigned r = colour >> 16 & 255, g = colour >> 8 & 255, b = colour & 255;
    const double luminance = (.3 * r + .59 * g + .11 * b) / 255;
    const double scale = luminance > .8 ? .6 : luminance > .55 ? .78 : 1;
    return (unsigned)(r * scale) << 16 | (unsigned)(g * scale) << 8 | (unsigned)(b * scale);
}

static void say_label(struct page *p, const char *text, double x, double y, const char *align,
                      double size, bool bold, unsigned colour)
{
    fs_gnuplot_say(p->g,
                   "set label %s at screen %.6f,%.6f %s font 'sans-serif%s,%.1f' "
                   "textcolor rgb '#%06x' noenhanced front",
                   fs_words_quote(p->arena, text), x_at(p, x), y_at(p, y), align,
                   bold && p->bold ? ":Bold" : "", size * p->font, colour);
}

static void say_text(struct page *p, const char *text, double x, double y, const char *align,
                     double size, bool bold, unsigned colour)
{
    say_label(p, text, x, y, align, size, bold, readable(colour));
}

static const char *fit(struct page *p, const char *text, double pixels, double size)
{
    const int width = (int)(pixels / (size * .6));
    return fs_words_fit(p->arena, text, width > 1 ? width : 1);
}

static void say_header(struct page *p)
{
    const struct fs_figure *f = p->f;
    const double room = p->width - p->left - 30;
    say_text(p, fit(p, f->title, room, 31), p->left, 34, "left", 31, true, INK);
    say_text(p, fit(p, f->subtitle, room * .72, 16), p->left, 74, "left", 16, false, FS_GREY);
    if (*f->warning) say_text(p, f->warning, p->width - 30, 74, "right", 16, true, FS_VERMILLION);
    for (int i = 0; f->n_columns > 1 && i < f->n_columns; i++)
        say_text(p, fit(p, f->heading[i], p->column - 20, 22), p->left + i * p->column, 116, "left",
                 22, true, FS_BLACK);
}

/* Below everything else: each variant's under its column, then what is told of several. */
static void say_findings(struct page *p)
{
    const double line = TOLD * 1.4;
    const double y = p->top + p->f->n_rows * p->row + (*p->f->note ? 54 : 30) + 16;
    double lowest = y;
    for (int i = 0; i < p->f->n_columns; i++) {
        for (int k = 0; p->told[i][k]; k++) {
            say_text(p, p->told[i][k], p->left + i * p->column, y + k * line, "left", TOLD, false,
                     INK);
            lowest = fmax(lowest, y + (k + 1) * line);
        }
    }
    for (int k = 0; p->several[k]; k++)
        say_text(p, p->several[k], p->left, lowest + k * line, "left", TOLD, true, INK);
}

/* ---- one panel ------------------------------------------------------------------------------ */

static void say_ticks(struct page *p, const char *axis, const struct fs_axis *a, bool texts)
{
    fs_gnuplot_say(p->g, "set %stics scale 0 () textcolor rgb '#%06x'", axis, (unsigned)FS_GREY);
    for (int i = 0; i < a->n; i++)
        fs_gnuplot_say(p->g, "set %stics add (%s %.10g)", axis,
                       fs_words_quote_tick(p->arena, texts ? a->tick[i].text : ""), a->tick[i].at);
}

static void say_axes(struct page *p, const struct fs_row *row, int r, int column)
{
    const double x = p->left + column * p->column, y = p->top + r * p->row + 30;
    fs_gnuplot_say(p->g, "set lmargin at screen %.6f", x_at(p, x));
    fs_gnuplot_say(p->g, "set rmargin at screen %.6f", x_at(p, x + p->panel));
    fs_gnuplot_say(p->g, "set tmargin at screen %.6f", y_at(p, y));
    fs_gnuplot_say(p->g, "set bmargin at screen %.6f", y_at(p, y + p->plot));
    fs_gnuplot_say(p->g, "set xrange [%.10g:%.10g]", p->x.low, p->x.high);
    fs_gnuplot_say(p->g, row->axis.log ? "set logscale y" : "unset logscale y");
    fs_gnuplot_say(p->g, "set yrange [%.10g:%.10g]", row->axis.low, row->axis.high);
    say_ticks(p, "x", &p->x, r == p->f->n_rows - 1);
    say_ticks(p, "y", &row->axis, column == 0);
}

static void say_x_title(struct page *p, int column)
{
    const char *title = fs_figure_x_title(p->f, &p->x);
    const double y = p->top + p->f->n_rows * p->row + 16;
    say_text(p, title, p->left + column * p->column, y, "left", 15, false, FS_GREY);
    if (column == 0 && *p->f->note) say_text(p, p->f->note, p->left, y + 24, "left", 15, true, INK);
}

/* Labels stand where the panel's last line ends, as a share of its width. */
static double latest(const struct page *p, const struct fs_label *label, int n)
{
    double at = 0;
    for (int i = 0; i < n; i++)
        at = fmax(at, fs_labels_height(&p->x, label[i].until));
    return at;
}

/* A square of the colour in a key. */
static void say_sample(struct page *p, double x, double y, unsigned colour)
{
    fs_gnuplot_say(p->g,
                   "set object rectangle from screen %.6f,%.6f to screen %.6f,%.6f front "
                   "fillstyle solid 1 border linecolor rgb '#b0b0b0' fillcolor rgb '#%06x'",
                   x_at(p, x), y_at(p, y + 8), x_at(p, x + 16), y_at(p, y - 8), colour);
}

static void say_labels(struct page *p, const struct fs_row *row, const struct fs_panel *panel,
                       int r, int column)
{
    struct fs_label label[FS_CURVES];
    const double left = p->left + column * p->column;
    const double bottom = p->top + r * p->row + 30 + p->plot, line = FONT * 1.25 / p->plot;
    const int n = fs_labels_place(p->f, row, panel, line, 0, 1, label);
    const double x = left + p->panel * latest(p, label, n);
    for (int i = 0; i < n; i++) {
        const struct fs_label *l = &label[i];
        const enum fs_mark mark = l->curve->mark;
        const bool is_key = mark == FS_MARK_KEY;
        const bool is_line = mark != FS_MARK_STACK && mark != FS_MARK_TEXT && !is_key;
        const double y = bottom - l->at * p->plot, from = bottom - l->anchor * p->plot;
        const double end = left + p->panel * fs_labels_height(&p->x, l->until);
        if (is_key) say_sample(p, x + 22, y, l->curve->colour);
        say_text(p, l->text, x + (is_key ? 46 : 22), y, "left", FONT, false,
                 is_key ? INK : l->curve->colour);
        if (is_line && (fabs(y - from) > 4 || x - end > 4))
            fs_gnuplot_say(p->g,
                           "set arrow from screen %.6f,%.6f to screen %.6f,%.6f nohead "
                           "linewidth 0.6 linecolor rgb '#%06x'",
                           x_at(p, end + 3), y_at(p, from), x_at(p, x + 19), y_at(p, y),
                           l->curve->colour);
    }
}

static void say_limit(struct page *p, const struct fs_row *row, const struct fs_panel *panel, int r,
                      int column)
{
    if (isnan(panel->limit)) return;
    const double share = fs_labels_height(&row->axis, panel->limit);
    const double y = p->top + r * p->row + 30 + p->plot * (1 - share);
    fs_gnuplot_say(p->g,
                   "set arrow from graph 0,first %.10g to graph 1,first %.10g nohead front "
                   "dashtype (8,6) linewidth 1.4 linecolor rgb '#%06x'",
                   panel->limit, panel->limit, (unsigned)FS_VERMILLION);
    say_text(p, panel->limit_text, p->left + column * p->column + p->panel - 4, y - 11, "right", 14,
             false, FS_VERMILLION);
}

/* ---- data ----------------------------------------------------------------------------------- */

struct rows {
    double *value;
    size_t n;
};

static struct rows rows_new(int intervals, int columns, int per_interval)
{
    const size_t n = (size_t)intervals * (size_t)per_interval * (size_t)columns;
    return (struct rows){fs_alloc(n * sizeof(double) + 1, "points to draw"), 0};
}

static const char *send(struct page *p, struct rows rows, int columns)
{
    const char *name = fs_arena_format(p->arena, "d%d", p->n_blocks++);
    fs_gnuplot_block(p->g, name, columns, rows.n, rows.value);
    free(rows.value);
    return name;
}

/* Intervals that fall on the same half pixel, and the lowest and highest value in them. */
struct span {
    double from, to, low, high;
};

static struct span span_of(const struct page *p, const struct fs_curve *c, const double *low,
                           const double *high, int first, int last)
{
    struct span span = {fmax(p->f->from, c->edge[first]), fmin(p->f->to, c->edge[last]), NAN, NAN};
    for (int t = first; t < last; t++) {
        span.low = fmin(span.low, low[t]);
        span.high = fmax(span.high, high[t]);
    }
    return span;
}

static struct span *spans_new(const struct page *p, const struct fs_curve *c, const double *low,
                              const double *high, int *n)
{
    int first, last;
    fs_figure_shown(p->f, c, &first, &last);
    const int every = 1 + (int)((last - first - 1) / (2 * p->panel));
    struct span *spans = fs_alloc((size_t)(last - first) * sizeof *spans + 1, "points to draw");
    for (*n = 0; first < last; first += every)
        spans[(*n)++] =
            span_of(p, c, low, high, first, first + every < last ? first + every : last);
    return spans;
}

/* A line as steps: both ends of every interval, so that a single one is seen. */
static const char *send_line(struct page *p, const struct fs_curve *c)
{
    int n;
    struct span *spans = spans_new(p, c, c->y, c->y, &n);
    struct rows rows = rows_new(n, 2, 2);
    for (int i = 0; i < n; i++, rows.n += 2) {
        const double step[] = {spans[i].from, spans[i].low, spans[i].to, spans[i].high};
        memcpy(rows.value + 2 * rows.n, step, sizeof step);
    }
    free(spans);
    return send(p, rows, 2);
}

static const char *send_band(struct page *p, const struct fs_row *row, const struct fs_curve *c)
{
    int n;
    struct span *spans = spans_new(p, c, c->low, c->high, &n);
    struct rows rows = rows_new(n, 3, 2);
    for (int i = 0; i < n; i++, rows.n += 2) {
        const double low = fmax(row->axis.low, spans[i].low);
        const double high = spans[i].high > row->axis.low ? spans[i].high : NAN;
        const double step[] = {spans[i].from, low, high, spans[i].to, low, high};
        memcpy(rows.value + 3 * rows.n, step, sizeof step);
    }
    free(spans);
    return send(p, rows, 3);
}

/* Rectangles (x, y, left, right, bottom, top) where the layer has a height. */
static const char *send_stack(struct page *p, const struct fs_curve *c)
{
    int first, last;
    fs_figure_shown(p->f, c, &first, &last);
    struct rows rows = rows_new(last - first, 6, 1);
    for (int t = first; t < last; t++) {
        if (!(c->y[t] > c->base[t])) continue;
        double *row = rows.value + 6 * rows.n++;
        row[2] = fmax(p->f->from, c->edge[t]);
        row[3] = fmin(p->f->to, c->edge[t + 1]);
        row[4] = c->base[t];
        row[5] = c->y[t];
        row[0] = (row[2] + row[3]) / 2;
        row[1] = (row[4] + row[5]) / 2;
    }
    return rows.n > 0 ? send(p, rows, 6) : (free(rows.value), NULL);
}

/* Points (x, y, low, high); where there is no interval it is the point itself. */
static const char *send_points(struct page *p, const struct fs_curve *c)
{
    struct rows rows = rows_new(c->n, 4, 1);
    for (int i = 0; i < c->n; i++) {
        const double low = isnan(c->low[i]) ? c->y[i] : c->low[i];
        const double point[] = {c->edge[i], c->y[i], low, isnan(c->high[i]) ? c->y[i] : c->high[i]};
        memcpy(rows.value + 4 * rows.n++, point, sizeof point);
    }
    return send(p, rows, 4);
}

static const char *points(struct page *p, const struct fs_curve *c)
{
    const char *block = send_points(p, c);
    return fs_arena_format(p->arena,
                           ", $%s with lines linecolor rgb '#%06x' linewidth 1.6 notitle, $%s "
                           "with yerrorbars pointtype 7 pointsize 1.1 linecolor rgb '#%06x' "
                           "linewidth 1.6 notitle",
                           block, c->colour, block, c->colour);
}

/* Dots (x, y, left, right); where there is no interval it is the dot itself. */
static const char *dots(struct page *p, const struct fs_curve *c)
{
    if (!(c->weight > 0)) return "";
    struct rows rows = rows_new(c->n, 4, 1);
    for (int i = 0; i < c->n; i++) {
        const double x = c->edge[i];
        const double dot[] = {x, c->y[i], isnan(c->left[i]) ? x : c->left[i],
                              isnan(c->right[i]) ? x : c->right[i]};
        memcpy(rows.value + 4 * rows.n++, dot, sizeof dot);
    }
    return fs_arena_format(p->arena,
                           ", $%s with xerrorbars pointtype 7 pointsize 1.7 linecolor rgb '#%06x' "
                           "linewidth 2.4 notitle",
                           send(p, rows, 4), c->colour);
}

/* Pixels above the x axis of a line through points, where it is `x` pixels from the left. */
static double height_at(const struct page *p, const struct fs_row *row, const struct fs_curve *c,
                        double x)
{
    double x0 = 0, y0 = 0;
    for (int i = 0; i < c->n; i++) {
        const double x1 = fs_labels_height(&p->x, c->edge[i]) * p->panel;
        const double y1 = fs_labels_height(&row->axis, c->y[i]) * p->plot;
        if (x1 >= x) return i && x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
        x0 = x1;
        y0 = y1;
    }
    return y0;
}

/* The highest of all lines through points between two places. */
static double highest(const struct page *p, const struct fs_row *row, const struct fs_panel *panel,
                      double from, double to)
{
    double found = 0;
    for (int k = 0; k < panel->n; k++) {
        for (int i = 0; panel->curve[k].mark == FS_MARK_POINTS && i <= 20; i++)
            found = fmax(found, height_at(p, row, &panel->curve[k], from + (to - from) * i / 20));
    }
    return found;
}

/* On the right of its dot, above or below; where there is no room, on the left of it and above all
 * lines that are there. */
static void say_dots(struct page *p, const struct fs_row *row, const struct fs_curve *c, int r,
                     int column)
{
    const double left = p->left + column * p->column, bottom = p->top + r * p->row + 30 + p->plot;
    const bool alone = !(c->weight > 0);
    for (int i = 0; i < c->n; i++) {
        const double x = fs_labels_height(&p->x, c->edge[i]) * p->panel;
        const double width = fs_words_width(c->text[i]) * FONT * .6;
        const bool fits = x + width < p->panel;
        double y = fs_labels_height(&row->axis, c->y[i]) * p->plot;
        const bool below = c->under && y > 40;
        if (!*c->text[i] || isnan(c->y[i])) continue;
        if (!alone && !fits)
            y = fmin(p->plot - 8, highest(p, row, &row->panel[column], x - width, x) + 16);
        else if (!alone)
            y += below ? -22 : 20;
        say_text(p, c->text[i],
                 left + x +
                     (alone  ? 0
                      : fits ? 12
                             : -12),
                 bottom - y,
                 alone  ? "center"
                 : fits ? "left"
                        : "right",
                 FONT, !alone, c->colour);
    }
}

/* ---- boxes ---------------------------------------------------------------------------------- */

static double luminance(unsigned colour)
{
    return (.3 * (colour >> 16 & 255) + .59 * (colour >> 8 & 255) + .11 * (colour & 255)) / 255;
}

/* The text of a box and the note below it, as far as they fit. */
static void say_box(struct page *p, const struct fs_row *row, const struct fs_box *b, int r,
                    int column)
{
    const double left = p->left + column * p->column, bottom = p->top + r * p->row + 30 + p->plot;
    const double from = fs_labels_height(&p->x, b->left) * p->panel;
    const double to = fs_labels_height(&p->x, b->right) * p->panel;
    const double low = fs_labels_height(&row->axis, b->bottom) * p->plot;
    const double high = fs_labels_height(&row->axis, b->top) * p->plot;
    const unsigned ink = luminance(b->colour) < .5 ? 0xffffff : INK;
    const double size = fmin(FONT, (to - from - 8) / (fs_words_width(b->text) * .6));
    const bool noted = *b->note && fs_words_width(b->note) * NOTE * .58 < to - from - 6 &&
                       high - low > size + NOTE + 13;
    if (!*b->text || size < 11 || high - low < size + 2) return;
    const double x = left + (from + to) / 2, y = bottom - (low + high) / 2;
    say_label(p, b->text, x, y - (noted ? 9 : 0), "center", size, false, ink);
    if (noted) say_label(p, b->note, x, y + 12, "center", NOTE, false, ink);
}

static const char *boxes(struct page *p, const struct fs_panel *panel)
{
    struct rows rows = rows_new(panel->n_boxes, 7, 1);
    for (int i = 0; i < panel->n_boxes; i++) {
        const struct fs_box *b = &panel->box[i];
        const double row[] = {(b->left + b->right) / 2,
                              (b->bottom + b->top) / 2,
                              b->left,
                              b->right,
                              b->bottom,
                              b->top,
                              b->colour};
        memcpy(rows.value + 7 * rows.n++, row, sizeof row);
    }
    return fs_arena_format(p->arena,
                           ", $%s with boxxyerror linecolor rgb variable fillstyle solid 1 "
                           "noborder notitle",
                           send(p, rows, 7));
}

/* What is added to the plot command for the curve's area and for its line. */
static const char *area(struct page *p, const struct fs_row *row, const struct fs_curve *c)
{
    if (c->mark == FS_MARK_STACK) {
        const char *block = send_stack(p, c);
        return block ? fs_arena_format(p->arena,
                                       ", $%s with boxxyerror linecolor rgb '#%06x' linewidth 0.6 "
                                       "fillstyle solid 1 border linecolor rgb '#%06x' notitle",
                                       block, c->colour, c->colour)
                     : "";
    }
    if (!c->low || c->mark == FS_MARK_POINTS) return "";
    return fs_arena_format(p->arena,
                           ", $%s with filledcurves fillstyle transparent solid 0.3 noborder "
                           "fillcolor rgb '#%06x' notitle",
                           send_band(p, row, c), c->colour);
}

/* More steps than pixels would make a thick line a block. */
static double line_width(const struct page *p, const struct fs_curve *c)
{
    int first, last;
    fs_figure_shown(p->f, c, &first, &last);
    return c->weight * (last - first > p->panel * .6 ? 1.4 : 2);
}

static const char *line(struct page *p, const struct fs_curve *c)
{
    if (c->mark != FS_MARK_LINE && c->mark != FS_MARK_DASHES) return "";
    return fs_arena_format(p->arena,
                           ", $%s with lines linecolor rgb '#%06x' linewidth %.2f%s notitle",
                           send_line(p, c), c->colour, line_width(p, c),
                           c->mark == FS_MARK_DASHES ? " dashtype (7,5)" : "");
}

static void draw_panel(struct page *p, const struct fs_row *row, int r, int column)
{
    const struct fs_panel *panel = &row->panel[column];
    const char *plot = "plot 1/0 notitle";
    say_axes(p, row, r, column);
    if (panel->n_boxes) plot = fs_arena_format(p->arena, "%s%s", plot, boxes(p, panel));
    for (int i = 0; i < panel->n_boxes; i++)
        say_box(p, row, &panel->box[i], r, column);
    for (int layer = 0; layer < 3; layer++) {
        for (int i = 0; i < panel->n; i++) {
            const struct fs_curve *c = &panel->curve[i];
            const char *more = layer == 1                 ? area(p, row, c)
                               : c->under == (layer == 0) ? line(p, c)
                                                          : "";
            if (c->mark == FS_MARK_POINTS) more = layer == 2 ? points(p, c) : "";
            if (c->mark == FS_MARK_DOTS) more = layer == 2 ? dots(p, c) : "";
            if (c->mark == FS_MARK_DOTS && layer == 2) say_dots(p, row, c, r, column);
            plot = fs_arena_format(p->arena, "%s%s", plot, more);
        }
    }
    if (column == 0)
        say_text(p, row->title, p->left, p->top + r * p->row + 10, "left", 17, true, INK);
    if (panel->n_boxes == 0 && (panel->n == 0 || fs_figure_has_boxes(p->f)))
        say_text(p, panel->absent, p->left + column * p->column + p->panel / 2,
                 p->top + r * p->row + 30 + p->plot / 2, "center", 16, false, FS_GREY);
    if (r == p->f->n_rows - 1) say_x_title(p, column);
    say_labels(p, row, panel, r, column);
    say_limit(p, row, panel, r, column);
    fs_gnuplot_say(p->g, "%s", plot);
    fs_gnuplot_say(p->g, "unset label");
    fs_gnuplot_say(p->g, "unset arrow");
    fs_gnuplot_say(p->g, "unset object");
}

/* ---- the picture ---------------------------------------------------------------------------- */

static void say_terminal(struct page *p, enum fs_picture_kind kind)
{
    static const char *const name[] = {"pngcairo", "svg dynamic", "pdfcairo"};
    const char *size =
        kind == FS_PICTURE_PDF
            ? fs_arena_format(p->arena, "%.3fin,%.3fin", p->width / 96, p->height / 96)
            : fs_arena_format(p->arena, "%.0f,%.0f", p->width, p->height);
    fs_gnuplot_say(p->g, "set encoding utf8");
    fs_gnuplot_say(p->g, "set decimalsign '.'");
    fs_gnuplot_say(p->g,
                   "set terminal %s size %s noenhanced rounded background rgb '#ffffff' "
                   "font 'sans-serif,%.1f'",
                   name[kind], size, 15 * p->font);
    fs_gnuplot_say(p->g, "set border 1 linecolor rgb '#b0b0b0' linewidth 1");
    fs_gnuplot_say(p->g,
                   "set grid xtics ytics linetype 1 linecolor rgb '#%06x' linewidth 0.8, "
                   "linetype 1 linecolor rgb '#%06x' linewidth 0.8 back",
                   (unsigned)GRID, (unsigned)GRID);
    fs_gnuplot_say(p->g, "unset key");
}

void fs_picture_draw(struct fs_gnuplot *g, const struct fs_figure *f, enum fs_picture_kind kind)
{
    static const double font[] = {.75, 1, .75};
    struct page page = {
        .g = g, .arena = f->arena, .f = f, .font = font[kind], .bold = kind != FS_PICTURE_SVG};
    lay_out(&page);
    say_terminal(&page, kind);
    fs_gnuplot_say(g, "set multiplot");
    say_header(&page);
    if (f->tells) say_findings(&page);
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->n_columns; i++)
            draw_panel(&page, &f->row[r], r, i);
    }
    fs_gnuplot_say(g, "unset multiplot");
    fs_gnuplot_say(g, "unset output");
}

bool fs_picture_is(enum fs_picture_kind kind, const char *bytes, size_t n)
{
    static const char *const start[] = {"\x89PNG\r\n", "<?xml", "%PDF-"};
    static const char *const end[] = {"IEND\xae\x42\x60\x82", "</svg>\n", "%%EOF\n"};
    const size_t a = strlen(start[kind]), b = strlen(end[kind]);
    return n > a + b && memcmp(bytes, start[kind], a) == 0 &&
           memmem(bytes + n - b - 2, b + 2, end[kind], b - 1) != NULL;
}
