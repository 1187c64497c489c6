/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Complaints are kept in the order they were found and sorted by place when printed, ties by that
 * order, so that the same input gives the same text. Only SHOWN errors (and as many warnings) are
 * kept: a hostile file can have a hundred thousand, and neither memory nor the reader's patience
 * should pay for them. Every message and every source line passes fs_escape() on its way in or
 * out: text from a file must not move the cursor or turn the direction of a terminal.
 */
#include "complaint.h"
#include "utf8.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN   20
#define LENGTH  600 /* bytes of a message; longer ones are cut */
#define WINDOW  100 /* characters of a source line */
#define LEADING 60  /* of these at most before the caret */
#define NAME    64  /* bytes of a name that is worth a hint */

struct complaint {
    struct fs_place place;
    const char *message, *hint;
    bool warning;
    int order;
};

struct fs_report {
    struct fs_arena *arena;
    struct complaint kept[2 * SHOWN];
    int n;
    int kept_errors, kept_warnings, more; /* more: errors that are counted only */
    int errors, warnings;
    const char **file; /* each once */
    int n_files, room;
};

struct fs_report *fs_report_new(struct fs_arena *arena)
{
    struct fs_report *report = fs_arena_alloc(arena, sizeof *report);
    report->arena = arena;
    return report;
}

int fs_report_errors(const struct fs_report *report)
{
    return report->errors;
}

int fs_report_warnings(const struct fs_report *report)
{
    return report->warnings;
}

bool fs_report_full(const struct fs_report *report)
{
    return report->kept_errors == SHOWN;
}

/* ---- what was read -------------------------------------------------------------------------- */

void fs_report_file(struct fs_report *report, const char *path)
{
    for (int i = 0; i < report->n_files; i++) {
        if (strcmp(report->file[i], path) == 0) return;
    }
    if (report->n_files == report->room) {
        report->room = report->room ? 2 * report->room : 16;
        const char **more = fs_arena_alloc(report->arena, (size_t)report->room * sizeof *more);
        if (report->n_files) memcpy(more, report->file, (size_t)report->n_files * sizeof *more);
        report->file = more;
    }
    report->file[report->n_files++] = fs_arena_text(report->arena, path);
}

const char *const *fs_report_files(const struct fs_report *report, int *n)
{
    *n = report->n_files;
    return report->file;
}

/* ---- escaping ------------------------------------------------------------------------------- */

static bool is_visible(int32_t code)
{
    return code >= 0 && !fs_utf8_control(code) && !fs_utf8_bidi(code);
}

/* Write what shows the character at `at` to `out` (16 bytes); returns bytes written. */
static size_t show(char *out, const char *at, size_t size, size_t *length)
{
    static const char hex[] = "0123456789ABCDEF";
    if (is_visible(fs_utf8_read(at, size, length))) {
        memcpy(out, at, *length);
        return *length;
    }
    for (size_t i = 0; i < *length; i++) {
        const unsigned char byte = (unsigned char)at[i];
        memcpy(out + 4 * i, (const char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
    }
    return 4 * *length;
}

const char *fs_escape(struct fs_arena *arena, const char *text, size_t size)
{
    char *out = fs_arena_alloc(arena, 4 * size + 1), *end = out;
    for (size_t i = 0, length; i < size; i += length)
        end += show(end, text + i, size - i, &length);
    *end = '\0';
    return out;
}

/* ---- collecting ----------------------------------------------------------------------------- */

static const char *cut_and_escape(struct fs_report *report, const char *text)
{
    const size_t size = strlen(text);
    if (size < LENGTH) return fs_escape(report->arena, text, size);
    size_t end = LENGTH;
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    return fs_arena_format(report->arena, "%s...", fs_escape(report->arena, text, end));
}

static const char *name_of(struct fs_place place)
{
    return place.text ? place.text->name : "";
}

/* A file that is read for each variant has a text for each. */
static bool same_place(struct fs_place a, struct fs_place b)
{
    return a.line == b.line && a.column == b.column && strcmp(name_of(a), name_of(b)) == 0;
}

static bool is_kept(const struct fs_report *report, const struct complaint *new)
{
    for (int i = 0; i < report->n; i++) {
        const struct complaint *old = &report->kept[i];
        if (same_place(old->place, new->place) && old->warning == new->warning &&
            strcmp(old->message, new->message) == 0)
            return true;
    }
    return false;
}

__attribute__((format(printf, 5, 0))) static void add(struct fs_report *report, bool warning,
                                                      struct fs_place place, const char *hint,
                                                      const char *format, va_list args)
{
    int *kept = warning ? &report->kept_warnings : &report->kept_errors;
    ++*(warning ? &report->warnings : &report->errors);
    if (*kept == SHOWN) {
        if (!warning) report->more++;
        return;
    }
    char message[LENGTH + 8];
    vsnprintf(message, sizeof message, format, args);
    const struct complaint new = {.place = place,
                                  .message = cut_and_escape(report, message),
                                  .hint = hint ? cut_and_escape(report, hint) : NULL,
                                  .warning = warning,
                                  .order = report->n};
    if (is_kept(report, &new)) return;
    report->kept[report->n++] = new;
    ++*kept;
}

void fs_report_error(struct fs_report *report, struct fs_place place, const char *hint,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, false, place, hint, format, args);
    va_end(args);
}

void fs_report_warning(struct fs_report *report, struct fs_place place, const char *hint,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(report, true, place, hint, format, args);
    va_end(args);
}

/* ---- printing ------------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
    const struct complaint *a = left, *b = right;
    const int names = strcmp(name_of(a->place), name_of(b->place));
    if (names) return names;
    if (a->place.line != b->place.line) return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column) return a->place.column < b->place.column ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* The line of a place and its length without the line's end; NULL when there is none. */
static const char *find_line(struct fs_place place, size_t *size)
{
    const struct fs_text *text = place.text;
    const int first = text && text->first ? text->first : 1;
    if (!text || !text->data || place.line < first) return NULL;
    const char *at = text->data, *end = text->data + text->size;
    for (int line = first; line < place.line; line++) {
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at) return NULL;
        at++;
    }
    if (at == end) return NULL;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (!stop) stop = end;
    if (stop > at && stop[-1] == '\r') stop--;
    *size = (size_t)(stop - at);
    return at;
}

/* Print up to `count` characters of the line from character `from` on, or with `out` NULL only
 * measure them; returns columns taken. */
static int print_part(FILE *out, const char *line, size_t size, int from, int count)
{
    int columns = 0, number = 0;
    for (size_t i = 0, length; i < size && number < from + count; i += length, number++) {
        char shown[16];
        size_t bytes = show(shown, line + i, size - i, &length);
        if (line[i] == '\t') shown[0] = ' ', bytes = 1;
        if (number < from) continue;
        columns += bytes == length ? 1 : (int)bytes;
        if (out) fwrite(shown, 1, bytes, out);
    }
    return columns;
}

static void print_run(FILE *out, char c, int n)
{
    for (int i = 0; i < n; i++)
        fputc(c, out);
}

static void print_source(FILE *out, struct fs_place place, const char *colour, const char *plain)
{
    size_t size;
    const char *line = find_line(place, &size);
    if (!line) return;
    const int column = place.column < 1 ? 0 : place.column - 1;
    const int from = column > LEADING ? column - LEADING : 0;
    fprintf(out, "%5d | %s", place.line, from ? "..." : "");
    print_part(out, line, size, from, WINDOW);
    fputc('\n', out);
    if (place.column < 1) return;
    const int rest = from + WINDOW - column;
    fprintf(out, "      | ");
    print_run(out, ' ', (from ? 3 : 0) + print_part(NULL, line, size, from, column - from));
    fprintf(out, "%s^", colour);
    print_run(out, '~',
              print_part(NULL, line, size, column, place.width < rest ? place.width : rest) - 1);
    fprintf(out, "%s\n", plain);
}

static void print_one(const struct complaint *complaint, FILE *out, bool colour)
{
    const struct fs_place place = complaint->place;
    const char *plain = colour ? "\033[0m" : "", *bold = colour ? "\033[1m" : "";
    const char *mark = !colour ? "" : complaint->warning ? "\033[1;35m" : "\033[1;31m";
    fputs(bold, out);
    if (place.text) {
        const char *name = place.text->name;
        print_part(out, name, strlen(name), 0, (int)strlen(name));
        fputc(':', out);
    }
    if (place.text && place.line > 0) fprintf(out, "%d:", place.line);
    if (place.text && place.line > 0 && place.column > 0) fprintf(out, "%d:", place.column);
    fprintf(out, "%s%s%s%s:%s %s\n", place.text ? " " : "", plain, mark,
            complaint->warning ? "warning" : "error", plain, complaint->message);
    print_source(out, place, mark, plain);
    if (complaint->hint) fprintf(out, "%shint:%s %s\n", bold, plain, complaint->hint);
}

/* Of a place that an error is told of no more is said. */
static bool is_told(const struct fs_report *report, const struct complaint *complaint)
{
    for (int i = 0; complaint->warning && complaint->place.line > 0 && i < report->n; i++) {
        if (!report->kept[i].warning && same_place(report->kept[i].place, complaint->place))
            return true;
    }
    return false;
}

void fs_report_print(const struct fs_report *report, FILE *out, bool colour)
{
    struct fs_report sorted = *report;
    qsort(sorted.kept, (size_t)sorted.n, sizeof sorted.kept[0], compare);
    for (int i = 0; i < sorted.n; i++) {
        if (!is_told(report, &sorted.kept[i])) print_one(&sorted.kept[i], out, colour);
    }
    if (report->more > 0)
        fprintf(out, "... and %d more error%s\n", report->more, report->more == 1 ? "" : "s");
}

/* ---- hints ---------------------------------------------------------------------------------- */

static int min3(int a, int b, int c)
{
    const int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Case and the choice between - and _ are no difference. */
static char fold(char c)
{
    if (c >= 'A' && c <= 'Z') return (char)(c - 'A' + 'a');
    return c == '-' || c == ' ' ? '_' : c;
}

/* Insertions, deletions, substitutions and swaps of neighbours; `limit` + 1 when beyond it. */
static int distance(const char *a, int n, const char *b, int m, int limit)
{
    int row[3][NAME + 1];
    int *before = row[0], *last = row[1], *now = row[2];
    for (int j = 0; j <= m; j++)
        last[j] = before[j] = j;
    for (int i = 1; i <= n; i++) {
        int least = now[0] = i;
        for (int j = 1; j <= m; j++) {
            const bool same = fold(a[i - 1]) == fold(b[j - 1]);
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]) && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
            if (now[j] < least) least = now[j];
        }
        if (least > limit) return limit + 1;
        int *free = before;
        before = last;
        last = now;
        now = free;
    }
    return last[m];
}

const char *fs_nearest(const char *name, const char *const *names, int n)
{
    const size_t length = strnlen(name, NAME + 1);
    if (length == 0 || length > NAME) return NULL;
    const char *nearest = NULL;
    int best = length < 4 ? 2 : length < 7 ? 3 : 4; /* one more than is still near */
    for (int i = 0; i < n; i++) {
        const size_t other = strnlen(names[i], NAME + 1);
        if (other > NAME || labs((long)length - (long)other) >= best) continue;
        const int d = distance(name, (int)length, names[i], (int)other, best - 1);
        if (d < best && d < (int)(length > other ? length : other)) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
