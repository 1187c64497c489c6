/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers with units, read and written without a locale: no hex, nan, inf, leading blanks or
 * trailing text. A bare number for a time, a size, a rate or money is an error that names the
 * units. Values come in base units: ns, bytes, MiB, per second, femto-dollars, vCPU.
 */
#ifndef FS_SCENARIOS_QUANTITY_H
#define FS_SCENARIOS_QUANTITY_H

#include "param.h"

/* NULL when read, else what is wrong ("needs a unit: one of ns, us, ms, s, min, h, d"); `hint` may
 * be set to a likely spelling (static or arena text), else NULL. */
const char *fs_quantity_read(struct fs_arena *arena, enum fs_dimension dimension, const char *text,
                             double *value, const char **hint);

/* The same for what is held in an int64_t (count, time, size, memory, money), exact to the last
 * digit. A time is rounded to the nearest nanosecond; the others must be whole. */
const char *fs_quantity_read_whole(struct fs_arena *arena, enum fs_dimension dimension,
                                   const char *text, int64_t *value, const char **hint);
bool fs_dimension_whole(enum fs_dimension dimension);
/* Base units in the unit that ranges are given in: 1e9 ns in a second, 1e15 in a dollar, else 1. */
double fs_dimension_scale(enum fs_dimension dimension);

/* The shortest text that reads back to the same value: "1min", "512MiB", "0.35", "50/s". */
const char *fs_quantity_write(struct fs_arena *arena, enum fs_dimension dimension, double value);
const char *fs_quantity_write_whole(struct fs_arena *arena, enum fs_dimension dimension,
                                    int64_t value);

/* "a duration such as 250ms or 15min", for messages, schema and reference. */
const char *fs_dimension_doc(enum fs_dimension dimension);
/* "MB, GB = 1024MB, MiB = 1MB, GiB = 1GB", each unit in the nearest before it; "": none. */
const char *fs_dimension_units(struct fs_arena *arena, enum fs_dimension dimension);
/* Of what a value is a whole number: "bytes", "MiB"; "": it is one itself, NULL: it need not be. */
const char *fs_dimension_base(enum fs_dimension dimension);
/* Regular expression of the accepted texts, for the JSON Schema. */
const char *fs_dimension_pattern(enum fs_dimension dimension);

/* Value of a decimal number and where it ends; false when there is none. Correctly rounded. */
bool fs_number_read(const char *text, const char **end, double *value);
/* Shortest decimal that reads back exactly. */
int fs_number_write(char out[32], double value);
/* The same digits with the point moved: what reads back as value x 10^shift. */
int fs_number_write_shifted(char out[32], double value, int shift);

#endif
