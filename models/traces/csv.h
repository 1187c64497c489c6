/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comma-separated text, read as a stream: one line at a time, fields from left to right, memory of
 * one buffer however long the file. What is wrong becomes a complaint with file, line and column.
 * Accepted: a byte order mark, LF and CRLF, blank lines (skipped), a last line without an end,
 * blanks around fields, "quoted, fields" (a doubled quote in one stays doubled). Refused: NUL
 * bytes, a quoted field that is not closed on its line, a line of 64 KiB or more, anything but a
 * file.
 */
#ifndef FS_MODELS_CSV_H
#define FS_MODELS_CSV_H

#include "param.h"
#include <sys/types.h>

struct fs_arena;

struct fs_csv_field {
    const char *text; /* `length` bytes, in the reader's buffer until the next line is read */
    int length;
    int column; /* of its first byte, from 1 */
};

/* A reader. It holds no descriptor between buffers, so it may be abandoned at any time. */
struct fs_csv {
    const char *path;
    const char *text; /* the current line, without its end, NUL-terminated */
    int length;
    long line; /* its number, from 1 */
    /* private */
    const char *at; /* of the next field; NULL behind the last one */
    char *buffer;
    size_t begin, end; /* what of the buffer is not yet read */
    bool done;
    off_t offset, size; /* of the file; where the buffer ends in it */
    dev_t device;
    ino_t inode;
    int64_t changed;
    long refused; /* the line of the last complaint */
    int complaints_made;
    struct fs_complaints *complaints;
};

/* Start reading; the buffer comes from the arena. False after complaining. */
bool fs_csv_open(struct fs_csv *csv, const char *path, struct fs_arena *arena,
                 struct fs_complaints *complaints);

/* Start reading again what `checked` has read without complaint. From then on nothing can be wrong
 * but the world: a file that was changed meanwhile ends the program, like memory that cannot be
 * had. */
void fs_csv_reopen(struct fs_csv *csv, const struct fs_csv *checked, struct fs_arena *arena);

/* The next line that is not blank. False at the end, and after 20 complaints. */
bool fs_csv_next(struct fs_csv *csv);

/* The next field of the line; false behind the last one. */
bool fs_csv_field(struct fs_csv *csv, struct fs_csv_field *field);

/* The fields at n places (from 0) of the line into `field`, an absent one with text NULL; the next
 * field is then the first one again. Returns how many the line has. */
int fs_csv_pick(struct fs_csv *csv, const int *place, int n, struct fs_csv_field *field);

/* The place (from 0) of the field `name` in the current line, -1 when there is none; the next field
 * is then the first one again. */
int fs_csv_place(struct fs_csv *csv, const char *name);

/* Read the header line: the places of the named columns, all required. Returns how many columns
 * there are, 0 after complaining. */
int fs_csv_header(struct fs_csv *csv, const char *const *name, int n, int *place);

/* The next line with that many fields, picked; others are complained about and skipped. */
bool fs_csv_row(struct fs_csv *csv, int columns, const int *place, int n,
                struct fs_csv_field *field);

/* Complain about a field of the current line, or with NULL about the line. A line's second
 * complaint is dropped. */
void fs_csv_complain(struct fs_csv *csv, const struct fs_csv_field *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when anything was complained about. */
bool fs_csv_refused(const struct fs_csv *csv);

/* A field as a whole number 0 .. high, or as a count of nanoseconds: a decimal number times
 * 10^exponent, not negative. False after complaining. */
bool fs_csv_count(struct fs_csv *csv, const struct fs_csv_field *field, int64_t high,
                  int64_t *count);
bool fs_csv_decimal(struct fs_csv *csv, const struct fs_csv_field *field, int exponent,
                    int64_t *value);

#endif
