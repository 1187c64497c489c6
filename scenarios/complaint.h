/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of what is wrong with the user's input: collected, sorted by place, printed in one go
 * as `file:line:col: error: text`, the line, a caret, a hint. Text from files is shown with control
 * and bidirectional characters escaped.
 */
#ifndef FS_SCENARIOS_COMPLAINT_H
#define FS_SCENARIOS_COMPLAINT_H

#include "arena.h"
#include <stdbool.h>
#include <stdio.h>

/* A place in a text that was read; lines and columns from 1, 0 when unknown. */
struct fs_place {
    const struct fs_text *text;
    int line, column;
    int width; /* of the caret's underline, at least 1 */
};

/* A file's (or command-line value's) text, kept so that its lines can be shown. */
struct fs_text {
    const char *name; /* "burst.yaml", "--set" */
    const char *data;
    size_t size;
    int first; /* number of the data's first line; 0 means 1 */
};

struct fs_report;

struct fs_report *fs_report_new(struct fs_arena *arena);

/* Add an error; after 20 the rest is only counted, and the same at the same place is shown once.
 * The hint may be NULL. */
void fs_report_error(struct fs_report *report, struct fs_place place, const char *hint,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
void fs_report_warning(struct fs_report *report, struct fs_place place, const char *hint,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* No more errors are shown: hints need not be worked out. */
bool fs_report_full(const struct fs_report *report);

int fs_report_errors(const struct fs_report *report);
int fs_report_warnings(const struct fs_report *report);

/* All of them, in order of file, line, column; colour when asked for. A warning at the place of an
 * error is left out: one slip is told once. */
void fs_report_print(const struct fs_report *report, FILE *out, bool colour);

/* What was read, so far: for who must know whether it is the same another time. */
void fs_report_file(struct fs_report *report, const char *path);
const char *const *fs_report_files(const struct fs_report *report, int *n);

/* The nearest of `n` names by edit distance, NULL when none is near. */
const char *fs_nearest(const char *name, const char *const *names, int n);

/* `text` with control, bidi and invalid bytes as \xNN; from the arena. */
const char *fs_escape(struct fs_arena *arena, const char *text, size_t size);

#endif
