/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Digits are collected into a 64-bit integer with a decimal exponent and scaled once at the end, so
 * no binary fraction is ever in between: 0.1 s is 100,000,000 ns, and a Unix time with nine
 * decimals (19 digits) keeps all of them. Days are counted by the era arithmetic of Hinnant
 * ("chrono- compatible low-level date algorithms", 2013), years beginning in March, so that the
 * leap day is the last one. No locale, no time zone database, nothing of the C library's calendar.
 */
#include "timestamp.h"
#include "time.h"
#include <stdbool.h>
#include <stddef.h>

#define NUMBER   "is not a number"
#define NEGATIVE "is negative"
#define RANGE    "is out of range: the clock spans 292 years"
#define DATE     "is not a date and time such as 2023-11-16 18:17:03.97"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct decimal {
    uint64_t digits; /* times 10^exponent */
    int exponent;
};

/* Scale to a whole number; false when it leaves the range. */
static bool round_decimal(struct decimal decimal, int64_t *value)
{
    uint64_t rest = 0, unit = 1;
    for (; decimal.exponent > 0 && decimal.digits; decimal.exponent--) {
        if (decimal.digits > INT64_MAX / 10) return false;
        decimal.digits *= 10;
    }
    if (decimal.exponent < -19) decimal.digits = 0;
    for (; decimal.exponent < 0 && decimal.digits; decimal.exponent++)
        unit *= 10;
    rest = decimal.digits % unit;
    decimal.digits = decimal.digits / unit + (unit > 1 && rest >= unit - rest);
    *value = (int64_t)decimal.digits;
    return decimal.digits < INT64_MAX;
}

/* Digits with at most one point; returns where they end, NULL when there is no digit. */
static const char *read_digits(const char *at, const char *end, struct decimal *decimal)
{
    bool any = false, point = false;
    for (; at < end && (is_digit(*at) || (*at == '.' && !point)); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        const bool room = decimal->digits < UINT64_C(1000000000000000000);
        if (room) decimal->digits = 10 * decimal->digits + (uint64_t)(*at - '0');
        decimal->exponent += room ? -point : !point;
        any = true;
    }
    return any ? at : NULL;
}

/* What follows "e"; returns where it ends, NULL when it is none. */
static const char *read_exponent(const char *at, const char *end, struct decimal *decimal)
{
    const bool minus = at < end && *at == '-';
    int exponent = 0;
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end || !is_digit(*at)) return NULL;
    for (; at < end && is_digit(*at); at++) {
        if (exponent < 1000) exponent = 10 * exponent + (*at - '0');
    }
    decimal->exponent += minus ? -exponent : exponent;
    return at;
}

const char *fs_timestamp_decimal(const char *text, int length, int exponent, int64_t *value)
{
    const char *at = text, *end = text + length;
    struct decimal decimal = {0, exponent};
    const bool minus = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    at = read_digits(at, end, &decimal);
    if (at && at < end && (*at == 'e' || *at == 'E')) at = read_exponent(at + 1, end, &decimal);
    if (at != end) return NUMBER;
    if (minus && decimal.digits) return NEGATIVE;
    return round_decimal(decimal, value) ? NULL : RANGE;
}

/* Days since 1970-01-01. */
static int64_t days_of(int64_t year, int month, int day)
{
    const int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y % 400;
    const int of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* `n` digits and then `after` (0: nothing). False when there is anything else. */
static bool read_part(const char **at, const char *end, int n, char after, int *value)
{
    *value = 0;
    if (end - *at < n + (after != 0)) return false;
    for (int i = 0; i < n; i++, ++*at) {
        if (!is_digit(**at)) return false;
        *value = 10 * *value + (**at - '0');
    }
    if (!after) return true;
    return *(*at)++ == after;
}

static const char *read_day(const char **at, const char *end, int64_t *days)
{
    int year, month, day;
    if (!read_part(at, end, 4, '-', &year) || !read_part(at, end, 2, '-', &month) ||
        !read_part(at, end, 2, 0, &day))
        return DATE;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return "is no day of the calendar";
    if (year < 1678 || year > 2261) return "is out of range: years 1678 to 2261";
    *days = days_of(year, month, day);
    return NULL;
}

/* A leap second counts as the first one of the next minute. */
static const char *read_clock(const char **at, const char *end, int64_t *ns)
{
    int hour, minute, second;
    if (*at == end || (**at != ' ' && **at != 'T')) return DATE;
    ++*at;
    if (!read_part(at, end, 2, ':', &hour) || !read_part(at, end, 2, ':', &minute) ||
        !read_part(at, end, 2, 0, &second))
        return DATE;
    if (hour > 23 || minute > 59 || second > 60) return "is no time of the day";
    *ns = hour * FS_H + minute * FS_MIN + second * FS_S;
    if (*at == end || **at != '.') return NULL;
    struct decimal part = {0, 9};
    int64_t fraction = 0;
    *at = read_digits(*at, end, &part);
    if (!*at) return DATE;
    round_decimal(part, &fraction);
    *ns += fraction;
    return NULL;
}

static const char *read_offset(const char *at, const char *end, int64_t *ns)
{
    int hours, minutes;
    *ns = 0;
    if (at == end || (*at == 'Z' && at + 1 == end)) return NULL;
    const bool minus = *at == '-';
    if (*at++ != '+' && !minus) return DATE;
    if (!read_part(&at, end, 2, ':', &hours) || !read_part(&at, end, 2, 0, &minutes) || at != end ||
        hours > 23 || minutes > 59)
        return DATE;
    *ns = (minus ? -1 : 1) * (hours * FS_H + minutes * FS_MIN);
    return NULL;
}

const char *fs_timestamp_date(const char *text, int length, int64_t *ns)
{
    const char *at = text, *end = text + length;
    int64_t days, clock, offset;
    const char *why = read_day(&at, end, &days);
    if (!why) why = read_clock(&at, end, &clock);
    if (!why) why = read_offset(at, end, &offset);
    if (!why) *ns = days * FS_DAY + clock - offset;
    return why;
}
