/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line must fit the buffer, so it is found by memchr and handed out where it lies; fields are cut
 * only as far as they are asked for, because a replay of time stamps wants one column of many.
 *
 * The file is opened anew for each buffer and must still be the one it was (device, inode, size,
 * time of change). That costs microseconds in 64 KiB, and in return a thousand replications may be
 * in the middle of a trace without a thousand descriptors, and what was checked once is known to be
 * what every run reads.
 */
#include "csv.h"
#include "arena.h"
#include "fail.h"
#include "timestamp.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM          ((size_t)64 << 10)
#define COMPLAINTS    20
#define FIELD_SHOWN   40
#define MESSAGE_SHOWN 400

/* ---- complaints ----------------------------------------------------------------------------- */

static _Noreturn void end_program(const struct fs_csv *csv, const char *why)
{
    fprintf(stderr, "cannot replay: %s: line %ld: %s\n", csv->path, csv->line, why);
    exit(FS_WORLD);
}

void fs_csv_complain(struct fs_csv *csv, const struct fs_csv_field *field, const char *format, ...)
{
    char message[MESSAGE_SHOWN];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!csv->complaints) end_program(csv, message);
    if (csv->complaints_made > 0 && csv->refused == csv->line) return;
    csv->refused = csv->line;
    csv->complaints_made++;
    fs_complain_at(csv->complaints, csv->path, csv->line, field ? field->column : 0, csv->text,
                   "%s", message);
}

bool fs_csv_refused(const struct fs_csv *csv)
{
    return csv->complaints_made > 0;
}

static void refuse(struct fs_csv *csv, const struct fs_csv_field *field, const char *why)
{
    const int shown = field->length < FIELD_SHOWN ? field->length : FIELD_SHOWN;
    fs_csv_complain(csv, field, "'%.*s%s' %s", shown, field->text,
                    shown < field->length ? "..." : "", why);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const char *look_at(struct fs_csv *csv, int file)
{
    struct stat now;
    if (fstat(file, &now) < 0) return strerror(errno);
    if (!S_ISREG(now.st_mode)) return "not a regular file";
    const int64_t changed = (int64_t)now.st_mtim.tv_sec * FS_S + now.st_mtim.tv_nsec;
    if (!csv->inode) {
        csv->device = now.st_dev;
        csv->inode = now.st_ino;
        csv->size = now.st_size;
        csv->changed = changed;
    }
    if (csv->device == now.st_dev && csv->inode == now.st_ino && csv->size == now.st_size &&
        csv->changed == changed)
        return NULL;
    return "the file was changed while it was read";
}

static const char *read_more(struct fs_csv *csv, int file)
{
    const char *why = look_at(csv, file);
    while (!why && csv->end < ROOM && !csv->done) {
        const ssize_t got = pread(file, csv->buffer + csv->end, ROOM - csv->end, csv->offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return strerror(errno);
        csv->end += (size_t)got;
        csv->offset += got;
        csv->done = got == 0;
    }
    return why;
}

/* Fill the buffer behind what is left in it. */
static bool fill(struct fs_csv *csv)
{
    memmove(csv->buffer, csv->buffer + csv->begin, csv->end - csv->begin);
    csv->end -= csv->begin;
    csv->begin = 0;
    const int file = open(csv->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *why = file < 0 ? strerror(errno) : read_more(csv, file);
    if (file >= 0) close(file);
    if (!why) return true;
    csv->text = NULL;
    fs_csv_complain(csv, NULL, "cannot be read: %s", why);
    csv->begin = csv->end = 0;
    csv->done = true;
    return false;
}

static void skip_byte_order_mark(struct fs_csv *csv)
{
    if (csv->end >= 3 && memcmp(csv->buffer, "\xEF\xBB\xBF", 3) == 0) csv->begin = 3;
}

bool fs_csv_open(struct fs_csv *csv, const char *path, struct fs_arena *arena,
                 struct fs_complaints *complaints)
{
    *csv = (struct fs_csv){.path = path, .complaints = complaints};
    csv->buffer = fs_arena_alloc(arena, ROOM + 1);
    if (!fill(csv)) return false;
    skip_byte_order_mark(csv);
    return true;
}

void fs_csv_reopen(struct fs_csv *csv, const struct fs_csv *checked, struct fs_arena *arena)
{
    *csv = (struct fs_csv){.path = checked->path,
                           .size = checked->size,
                           .device = checked->device,
                           .inode = checked->inode,
                           .changed = checked->changed};
    csv->buffer = fs_arena_alloc(arena, ROOM + 1);
    fill(csv);
    skip_byte_order_mark(csv);
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* Where the line that starts at `begin` ends, or NULL when there is none that fits the buffer. */
static char *line_end(struct fs_csv *csv)
{
    for (;;) {
        char *begin = csv->buffer + csv->begin;
        char *end = memchr(begin, '\n', csv->end - csv->begin);
        if (end) return end;
        if (csv->done) return csv->begin < csv->end ? csv->buffer + csv->end : NULL;
        if (csv->begin == 0 && csv->end == ROOM) return NULL;
        if (!fill(csv)) return NULL;
    }
}

static bool stop(struct fs_csv *csv)
{
    csv->text = NULL;
    if (csv->begin < csv->end) {
        csv->line++;
        fs_csv_complain(csv, NULL, "the line is longer than 65535 bytes");
    }
    return false;
}

static bool has_nul(struct fs_csv *csv)
{
    const char *nul = memchr(csv->text, '\0', (size_t)csv->length);
    if (!nul) return false;
    const struct fs_csv_field here = {.column = (int)(nul - csv->text) + 1};
    fs_csv_complain(csv, &here, "a NUL byte");
    return true;
}

bool fs_csv_next(struct fs_csv *csv)
{
    while (csv->complaints_made < COMPLAINTS) {
        char *end = line_end(csv);
        if (!end) return stop(csv);
        char *begin = csv->buffer + csv->begin;
        csv->begin = (size_t)(end - csv->buffer);
        if (csv->begin < csv->end) csv->begin++;
        csv->line++;
        if (end > begin && end[-1] == '\r') end--;
        *end = '\0';
        csv->text = csv->at = begin;
        csv->length = (int)(end - begin);
        if (csv->length > 0 && !has_nul(csv)) return true;
    }
    return false;
}

/* ---- fields --------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind the closing quote of the field whose text begins at `text`; NULL when there is none. */
static const char *behind_quote(const char *text)
{
    for (const char *at = text; (at = strchr(at, '"')); at += 2) {
        if (at[1] != '"') return at + 1;
    }
    return NULL;
}

static bool quoted_field(struct fs_csv *csv, struct fs_csv_field *field, const char *begin)
{
    const char *end = behind_quote(begin + 1), *after = end;
    field->text = begin + 1;
    field->length = end ? (int)(end - begin) - 2 : 0;
    while (after && is_blank(*after))
        after++;
    csv->at = after && *after == ',' ? after + 1 : NULL;
    if (!end)
        fs_csv_complain(csv, field, "the quoted field is not closed on its line");
    else if (*after && *after != ',')
        fs_csv_complain(csv, field, "text follows the quoted field");
    return true;
}

bool fs_csv_field(struct fs_csv *csv, struct fs_csv_field *field)
{
    const char *begin = csv->at, *line_end_at = csv->text + csv->length;
    if (!begin) return false;
    while (is_blank(*begin))
        begin++;
    field->column = (int)(begin - csv->text) + 1;
    if (*begin == '"') return quoted_field(csv, field, begin);
    const char *comma = memchr(begin, ',', (size_t)(line_end_at - begin));
    const char *end = comma ? comma : line_end_at;
    csv->at = comma ? comma + 1 : NULL;
    while (end > begin && is_blank(end[-1]))
        end--;
    field->text = begin;
    field->length = (int)(end - begin);
    return true;
}

int fs_csv_pick(struct fs_csv *csv, const int *place, int n, struct fs_csv_field *field)
{
    struct fs_csv_field here;
    int fields = 0;
    for (int i = 0; i < n; i++)
        field[i] = (struct fs_csv_field){NULL, 0, 0};
    for (csv->at = csv->text; fs_csv_field(csv, &here); fields++) {
        for (int i = 0; i < n; i++) {
            if (place[i] == fields) field[i] = here;
        }
    }
    csv->at = csv->text;
    return fields;
}

int fs_csv_place(struct fs_csv *csv, const char *name)
{
    const int length = (int)strlen(name);
    struct fs_csv_field field;
    int found = -1, place = 0;
    for (csv->at = csv->text; found < 0 && fs_csv_field(csv, &field); place++) {
        if (field.length == length && memcmp(field.text, name, (size_t)length) == 0) found = place;
    }
    csv->at = csv->text;
    return found;
}

/* ---- tables --------------------------------------------------------------------------------- */

int fs_csv_header(struct fs_csv *csv, const char *const *name, int n, int *place)
{
    struct fs_csv_field field;
    int columns = 0;
    if (!fs_csv_next(csv)) {
        if (!fs_csv_refused(csv)) fs_csv_complain(csv, NULL, "the file is empty");
        return 0;
    }
    while (fs_csv_field(csv, &field))
        columns++;
    for (int i = 0; i < n; i++) {
        place[i] = fs_csv_place(csv, name[i]);
        if (place[i] < 0) fs_csv_complain(csv, NULL, "there is no column '%s'", name[i]);
    }
    return fs_csv_refused(csv) ? 0 : columns;
}

bool fs_csv_row(struct fs_csv *csv, int columns, const int *place, int n,
                struct fs_csv_field *field)
{
    while (fs_csv_next(csv)) {
        const int fields = fs_csv_pick(csv, place, n, field);
        if (fields != columns)
            fs_csv_complain(csv, NULL, "%d fields where the header has %d", fields, columns);
        else if (csv->refused != csv->line)
            return true;
    }
    return false;
}

/* ---- numbers -------------------------------------------------------------------------------- */

bool fs_csv_decimal(struct fs_csv *csv, const struct fs_csv_field *field, int exponent,
                    int64_t *value)
{
    const char *why = fs_timestamp_decimal(field->text, field->length, exponent, value);
    if (why) refuse(csv, field, why);
    return !why;
}

bool fs_csv_count(struct fs_csv *csv, const struct fs_csv_field *field, int64_t high,
                  int64_t *count)
{
    int64_t value = 0;
    const char *why = field->length > 0 ? NULL : "is not a whole number";
    for (int i = 0; !why && i < field->length; i++) {
        const int digit = field->text[i] - '0';
        if (digit < 0 || digit > 9)
            why = "is not a whole number from 0";
        else if (value > (high - digit) / 10)
            why = "is too large";
        value = 10 * value + digit;
    }
    if (why) refuse(csv, field, why);
    *count = value;
    return !why;
}
