/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boxes are areas, and gnuplot's characters know outlines only. So each panel is a field of cells
 * that we fill ourselves: as many columns as there is room for, a line or more for each unit of the
 * y axis. A cell belongs to the box that holds its middle; a box shows its text where it fits.
 */
#include "canvas.h"

#include "words.h"

#include <math.h>
#include <stdio.h>

#define MOST_LINES 48
#define LEFT       12 /* columns for the texts of the y axis */

struct cell {
    const struct fs_box *box; /* NULL: none */
    const char *text;         /* a character of the box's text; NULL: none */
};

struct canvas {
    FILE *out;
    struct fs_arena *arena;
    const struct fs_figure *f;
    bool colours;
    int width, lines; /* of the field */
    struct cell *cell;
};

static void pad(const struct canvas *c, int n)
{
    for (; n > 0; n--)
        fputc(' ', c->out);
}

/* ---- filling -------------------------------------------------------------------------------- */

/* The first of n cells over [low, high] whose middle is not below `at`. */
static int cell_at(double at, double low, double high, int n)
{
    const double cell = ceil((at - low) / (high - low) * n - .5);
    return cell < 0 ? 0 : cell > n ? n : (int)cell;
}

static void put_text(struct canvas *c, const struct fs_box *box, int line, int from, int to)
{
    const char *text = fs_words_clean(c->arena, box->text);
    const int width = fs_words_width(text);
    if (width == 0 || width > to - from || line < 0) return;
    struct cell *cell = c->cell + line * c->width + from + (to - from - width) / 2;
    for (; *text; text++) {
        if (((unsigned char)*text & 0xc0) != 0x80) cell++->text = text;
    }
}

static void put_box(struct canvas *c, const struct fs_axis *x, const struct fs_axis *y,
                    const struct fs_box *box)
{
    const int from = cell_at(box->left, x->low, x->high, c->width);
    const int to = cell_at(box->right, x->low, x->high, c->width);
    const int first = c->lines - cell_at(box->top, y->low, y->high, c->lines);
    const int last = c->lines - cell_at(box->bottom, y->low, y->high, c->lines);
    for (int line = first; line < last; line++) {
        for (int i = from; i < to; i++)
            c->cell[line * c->width + i] = (struct cell){box, NULL};
    }
    if (last > first && to > from) put_text(c, box, (first + last - 1) / 2, from, to);
}

/* ---- printing ------------------------------------------------------------------------------- */

/* Of the cube of 216 colours that terminals have. */
static int cube(unsigned colour)
{
    const unsigned r = colour >> 16 & 255, g = colour >> 8 & 255, b = colour & 255;
    return (int)(16 + 36 * ((r + 25) / 51) + 6 * ((g + 25) / 51) + (b + 25) / 51);
}

static void say_colour(const struct canvas *c, unsigned colour)
{
    const unsigned r = colour >> 16 & 255, g = colour >> 8 & 255, b = colour & 255;
    fprintf(c->out, "\033[48;5;%d;38;5;%dm", cube(colour), 3 * r + 6 * g + b > 1280 ? 16 : 231);
}

static int bytes_of(const char *character)
{
    int n = 1;
    while (((unsigned char)character[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void say_line(const struct canvas *c, int line)
{
    const struct fs_box *before = NULL;
    for (int i = 0; i < c->width; i++) {
        const struct cell *cell = &c->cell[line * c->width + i];
        if (c->colours && cell->box != before) {
            if (cell->box)
                say_colour(c, cell->box->colour);
            else
                fputs("\033[0m", c->out);
            before = cell->box;
        }
        if (cell->text)
            fprintf(c->out, "%.*s", bytes_of(cell->text), cell->text);
        else
            fputc(cell->box && !c->colours ? cell->box->letter : ' ', c->out);
    }
    if (before) fputs("\033[0m", c->out);
    fputc('\n', c->out);
}

/* The text of the tick that falls into the line, right-justified. */
static void say_tick(const struct canvas *c, const struct fs_axis *y, int line)
{
    const char *text = "";
    for (int i = 0; i < y->n; i++) {
        const double at = (y->high - y->tick[i].at) / (y->high - y->low) * c->lines - 1e-9;
        if ((int)floor(at) == line) text = fs_words_fit(c->arena, y->tick[i].text, LEFT - 1);
    }
    pad(c, LEFT - 1 - fs_words_width(text));
    fprintf(c->out, "%s ", text);
}

static void say_x(const struct canvas *c, const struct fs_axis *x)
{
    int at = 0;
    pad(c, LEFT);
    for (int i = 0; i < x->n; i++) {
        const char *text = fs_words_clean(c->arena, x->tick[i].text);
        const int width = fs_words_width(text);
        const int to = (int)((x->tick[i].at - x->low) / (x->high - x->low) * c->width) - width / 2;
        if (to < at || to + width > c->width + 4 || width == 0) continue;
        pad(c, to - at);
        fputs(text, c->out);
        fputc(' ', c->out);
        at = to + width + 1;
    }
    fputc('\n', c->out);
}

static void say_keys(const struct canvas *c, const struct fs_panel *panel)
{
    pad(c, LEFT);
    for (int i = 0; i < panel->n; i++) {
        const struct fs_curve *key = &panel->curve[i];
        if (key->mark == FS_MARK_KEY && c->colours) {
            say_colour(c, key->colour);
            fputs("  \033[0m ", c->out);
        } else if (key->mark == FS_MARK_KEY) {
            fprintf(c->out, "%c ", key->letter);
        }
        fprintf(c->out, "%s   ", fs_words_clean(c->arena, key->name));
    }
    fputs("\n\n", c->out);
}

static bool has_texts(const struct fs_panel *panel)
{
    for (int i = 0; i < panel->n_boxes; i++) {
        if (*panel->box[i].text) return true;
    }
    return false;
}

static void draw_panel(struct canvas *c, const struct fs_row *row, int column)
{
    const struct fs_panel *panel = &row->panel[column];
    const struct fs_axis x = fs_figure_x(c->f, c->width / 9 + 1);
    const int units = (int)fmax(1, fmin(MOST_LINES, round(row->axis.high - row->axis.low)));
    const char *title = row->title;
    c->lines = has_texts(panel) && 2 * units <= MOST_LINES ? 2 * units : units;
    c->cell = fs_arena_alloc(c->arena, (size_t)(c->lines * c->width) * sizeof *c->cell);
    for (int i = 0; i < panel->n_boxes; i++)
        put_box(c, &x, &row->axis, &panel->box[i]);
    if (c->f->n_columns > 1)
        title = fs_arena_format(c->arena, "%s: %s", c->f->heading[column], title);
    if (panel->n_boxes == 0) title = fs_arena_format(c->arena, "%s: %s", title, panel->absent);
    fprintf(c->out, "%s\n", fs_words_fit(c->arena, title, c->width + LEFT));
    for (int line = 0; panel->n_boxes && line < c->lines; line++) {
        say_tick(c, &row->axis, line);
        say_line(c, line);
    }
    if (panel->n_boxes) say_x(c, &x);
    if (panel->n_boxes) say_keys(c, panel);
}

enum fs_rc fs_canvas_draw(const struct fs_figure *f, int columns, bool colours, char **text)
{
    size_t n;
    struct canvas c = {.out = open_memstream(text, &n),
                       .arena = f->arena,
                       .f = f,
                       .colours = colours,
                       .width = columns - LEFT - 1};
    if (!c.out) return FS_WORLD;
    for (int r = 0; r < f->n_rows; r++) {
        for (int i = 0; i < f->n_columns; i++)
            draw_panel(&c, &f->row[r], i);
    }
    fclose(c.out);
    return FS_OK;
}
