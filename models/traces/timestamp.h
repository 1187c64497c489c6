/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Instants as traces write them, read into integers without a rounding in between: all digits
 * count, so that differences of neighbouring time stamps are exact to the nanosecond.
 */
#ifndef FS_MODELS_TIMESTAMP_H
#define FS_MODELS_TIMESTAMP_H

#include <stdint.h>

/* A decimal number ("12", ".5", "1.5e-05") times 10^exponent, to the nearest whole number (of its
 * first 19 digits), ties up: with exponent 9, seconds as nanoseconds. NULL, or why it is refused
 * ("is not a number", "is negative", ...). */
const char *fs_timestamp_decimal(const char *text, int length, int exponent, int64_t *value);

/* Nanoseconds since 1970-01-01 UTC of "2023-11-16 18:17:03.9799600": T or a blank in between, any
 * number of decimals or none, then nothing (read as UTC), Z, or an offset +01:00. Proleptic
 * Gregorian calendar, years 1678 to 2261. NULL, or why it is refused. */
const char *fs_timestamp_date(const char *text, int length, int64_t *ns);

#endif
