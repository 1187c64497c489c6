/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number is read as a whole decimal: an integer of at most 28 digits and a power of ten. Units
 * are an integer factor and another power of ten, so a value that is held in an integer is computed
 * in 128-bit integers and is exact or refused, and one held in a double is rounded once (twice
 * where the unit's factor is no power of ten). To round, the short decimals take one exact multiply
 * or divide; the others go to strtod() as "<digits>e<exponent>", a form without decimal point that
 * reads alike in every locale. Writing takes printf's digits and sets the point itself.
 */
#include "quantity.h"
#include "arena.h"
#include "fail.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS          36 /* 10^36 x 864 stays below 2^127 */
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

typedef unsigned __int128 wide;

struct decimal {
    bool negative, cut; /* cut: has more digits than are kept */
    wide digits;
    long exponent;
};

/* value = number x factor x 10^exponent / divisor, in base units */
struct unit {
    const char *name;
    int factor, exponent, divisor;
};

struct wrong {
    const char *written, *meant;
};

struct dimension {
    const char *doc, *pattern, *whole_of; /* whole_of: what an int64_t counts, NULL: a double */
    const struct unit *unit;
    const struct wrong *wrong;
    size_t units, wrongs;
    int usual; /* unit of zero and of hints; -1: a bare number will do */
    double scale;
};

/* ---- the dimensions ------------------------------------------------------------------------- */

static const struct unit times[] = {{"ns", 1, 0, 1},  {"us", 1, 3, 1},   {"ms", 1, 6, 1},
                                    {"s", 1, 9, 1},   {"min", 6, 10, 1}, {"h", 36, 11, 1},
                                    {"d", 864, 11, 1}};
static const struct unit sizes[] = {
    {"B", 1, 0, 1},      {"kB", 1, 3, 1},        {"MB", 1, 6, 1},       {"GB", 1, 9, 1},
    {"KiB", 1024, 0, 1}, {"MiB", 1 << 20, 0, 1}, {"GiB", 1 << 30, 0, 1}};
static const struct unit memories[] = {
    {"MB", 1, 0, 1}, {"GB", 1024, 0, 1}, {"MiB", 1, 0, 1}, {"GiB", 1024, 0, 1}};
static const struct unit rates[] = {
    {"/s", 1, 0, 1}, {"/min", 1, 0, 60}, {"/h", 1, 0, 3600}, {"/d", 1, 0, 86400}};
static const struct unit moneys[] = {{"USD", 1, 15, 1}};
static const struct unit fractions[] = {{"%", 1, -2, 1}};
static const struct unit cpus[] = {{"m", 1, -3, 1}, {"vCPU", 1, 0, 1}};

static const struct wrong wrong_times[] = {
    {"m", "min"},     {"mins", "min"}, {"minute", "min"}, {"minutes", "min"}, {"sec", "s"},
    {"secs", "s"},    {"second", "s"}, {"seconds", "s"},  {"hr", "h"},        {"hrs", "h"},
    {"hour", "h"},    {"hours", "h"},  {"day", "d"},      {"days", "d"},      {"msec", "ms"},
    {"millis", "ms"}, {"usec", "us"},  {"\u00b5s", "us"}, {"\u03bcs", "us"}};
static const struct wrong wrong_sizes[] = {{"k", "kB"}, {"Ki", "KiB"}, {"M", "MB"},   {"Mi", "MiB"},
                                           {"G", "GB"}, {"Gi", "GiB"}, {"bytes", "B"}};
static const struct wrong wrong_memories[] = {
    {"M", "MB"}, {"Mi", "MiB"}, {"G", "GB"}, {"Gi", "GiB"}};
static const struct wrong wrong_rates[] = {{"rps", "/s"},  {"/sec", "/s"},       {"/second", "/s"},
                                           {"/m", "/min"}, {"/minute", "/min"},  {"/hour", "/h"},
                                           {"/day", "/d"}, {"per second", "/s"}, {"qps", "/s"}};
static const struct wrong wrong_cpus[] = {{"vCPUs", "vCPU"}, {"cpu", "vCPU"}, {"cores", "vCPU"}};

#define NUMBER       "[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
#define TABLE(array) .unit = array, .units = COUNT_OF(array)
#define WRONG(array) .wrong = array, .wrongs = COUNT_OF(array)

static const struct dimension dimensions[] = {
    [FS_D_COUNT] = {"a whole number such as 1000", "^" NUMBER "$", "", .usual = -1, .scale = 1},
    [FS_D_NUMBER] = {"a number such as 1.5", "^" NUMBER "$", .usual = -1, .scale = 1},
    [FS_D_FRACTION] = {"a fraction such as 0.35 or 35%", "^" NUMBER " *%?$", TABLE(fractions),
                       .usual = -1, .scale = 1},
    [FS_D_TIME] = {"a duration such as 250ms or 15min", "^" NUMBER " *(ns|us|ms|s|min|h|d)$",
                   " of nanoseconds", TABLE(times), WRONG(wrong_times), .usual = 3, .scale = 1e9},
    [FS_D_SIZE] = {"a size such as 256KiB or 20MB", "^" NUMBER " *(B|kB|MB|GB|KiB|MiB|GiB)$",
                   " of bytes", TABLE(sizes), WRONG(wrong_sizes), .usual = 0, .scale = 1},
    [FS_D_MEMORY] = {"a memory size such as 512MB or 2GB", "^" NUMBER " *(MB|GB|MiB|GiB)$",
                     " of MiB", TABLE(memories), WRONG(wrong_memories), .usual = 0, .scale = 1},
    [FS_D_RATE] = {"a rate such as 50/s or 300/min", "^" NUMBER " */(s|min|h|d)$", TABLE(rates),
                   WRONG(wrong_rates), .usual = 0, .scale = 1},
    [FS_D_MONEY] = {"an amount such as 100USD or $0.20", "^(" NUMBER " *USD|\\$" NUMBER ")$",
                    " of 10^-15 USD", TABLE(moneys), .usual = 0, .scale = 1e15},
    [FS_D_CPU] = {"vCPUs such as 0.5, 500m or 2 vCPU", "^" NUMBER " *(m|vCPU)?$", TABLE(cpus),
                  WRONG(wrong_cpus), .usual = -1, .scale = 1}};

const char *fs_dimension_doc(enum fs_dimension dimension)
{
    return dimensions[dimension].doc;
}

/* How many of `of` a unit is; 0: no whole number of them. */
static double times_of(const struct unit *unit, const struct unit *of)
{
    const double ratio = (double)unit->factor / of->factor *
                         pow(10, unit->exponent - of->exponent) * of->divisor / unit->divisor;
    return ratio >= 1 && !(floor(ratio) < ratio) ? ratio : 0;
}

const char *fs_dimension_units(struct fs_arena *arena, enum fs_dimension dimension)
{
    const struct dimension *d = &dimensions[dimension];
    const char *text = "";
    for (size_t i = 0; i < d->units; i++) {
        const struct unit *of = NULL;
        for (size_t k = 0; k < i; k++) {
            const double ratio = times_of(&d->unit[i], &d->unit[k]);
            if (ratio > 0 && (!of || ratio < times_of(&d->unit[i], of))) of = &d->unit[k];
        }
        text = fs_arena_format(arena, "%s%s%s", text, i ? ", " : "", d->unit[i].name);
        if (of)
            text = fs_arena_format(arena, "%s = %.0f%s", text, times_of(&d->unit[i], of), of->name);
    }
    return text;
}

const char *fs_dimension_base(enum fs_dimension dimension)
{
    const char *whole = dimensions[dimension].whole_of;
    return whole && *whole ? whole + strlen(" of ") : whole;
}

const char *fs_dimension_pattern(enum fs_dimension dimension)
{
    return dimensions[dimension].pattern;
}

bool fs_dimension_whole(enum fs_dimension dimension)
{
    return dimensions[dimension].whole_of != NULL;
}

double fs_dimension_scale(enum fs_dimension dimension)
{
    return dimensions[dimension].scale;
}

/* ---- decimals ------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_digits(const char *at, struct decimal *decimal, bool fraction)
{
    /* 28 digits: 10^28 times a GiB stays below 2^127. */
    static const wide limit = (wide)1000000000000000000 * 1000000000;
    for (; is_digit(*at); at++) {
        const bool fits = decimal->digits < limit;
        if (fits) decimal->digits = decimal->digits * 10 + (unsigned)(*at - '0');
        if (!fits && *at != '0') decimal->cut = true;
        decimal->exponent += (fits ? 0 : 1) - (fraction ? 1 : 0);
    }
    return at;
}

/* Digits, perhaps a point and digits, perhaps an exponent; NULL when `at` starts no number. */
static const char *read_decimal(const char *at, struct decimal *decimal)
{
    *decimal = (struct decimal){.negative = *at == '-'};
    if (decimal->negative) at++;
    if (!is_digit(*at)) return NULL;
    at = read_digits(at, decimal, false);
    if (*at == '.' && is_digit(at[1])) at = read_digits(at + 1, decimal, true);
    if (*at != 'e' && *at != 'E') return at;
    const bool down = at[1] == '-';
    const char *power = at + 1 + (down || at[1] == '+');
    if (!is_digit(*power)) return at;
    long exponent = 0;
    for (; is_digit(*power); power++) {
        if (exponent < 1000000) exponent = exponent * 10 + (*power - '0');
    }
    decimal->exponent += down ? -exponent : exponent;
    return power;
}

/* digits x 10^exponent, correctly rounded; infinite when too large. */
static double to_double(const struct decimal *decimal, long exponent)
{
    static const double ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value;
    if (decimal->digits == 0) {
        value = 0;
    } else if (decimal->digits < (wide)1 << 53 && exponent >= -22 && exponent <= 22) {
        value = (double)(uint64_t)decimal->digits;
        value = exponent < 0 ? value / ten[-exponent] : value * ten[exponent];
    } else {
        char text[64];
        static const uint64_t half = 1000000000000000000;
        snprintf(text, sizeof text, "%" PRIu64 "%018" PRIu64 "e%ld",
                 (uint64_t)(decimal->digits / half), (uint64_t)(decimal->digits % half), exponent);
        value = strtod(text, NULL);
    }
    return decimal->negative && value > 0 ? -value : value;
}

bool fs_number_read(const char *text, const char **end, double *value)
{
    struct decimal decimal;
    const char *stop = read_decimal(text, &decimal);
    if (!stop || decimal.cut) return false;
    *value = to_double(&decimal, decimal.exponent);
    if (isinf(*value) || (!(*value < 0 || *value > 0) && decimal.digits != 0)) return false;
    *end = stop;
    return true;
}

/* ---- reading -------------------------------------------------------------------------------- */

static const char *list_units(struct fs_arena *arena, const struct dimension *dimension)
{
    const char *list = dimension->unit[0].name;
    for (size_t i = 1; i < dimension->units; i++)
        list = fs_arena_format(arena, "%s, %s", list, dimension->unit[i].name);
    return list;
}

static bool same_letters(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        if ((*a | 0x20) != (*b | 0x20)) return false;
    }
    return *a == *b;
}

static const char *meant_unit(const struct dimension *dimension, const char *written)
{
    for (size_t i = 0; i < dimension->wrongs; i++) {
        if (strcmp(written, dimension->wrong[i].written) == 0) return dimension->wrong[i].meant;
    }
    for (size_t i = 0; i < dimension->units; i++) {
        if (same_letters(written, dimension->unit[i].name)) return dimension->unit[i].name;
    }
    return NULL;
}

static const char *wrong_unit(struct fs_arena *arena, const struct dimension *dimension,
                              const char *text, const char *unit, const char **hint)
{
    const char *meant =
        *unit ? meant_unit(dimension, unit) : dimension->unit[dimension->usual].name;
    int length = (int)(unit - text);
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (meant && length < 40) *hint = fs_arena_format(arena, "%.*s%s", length, text, meant);
    if (*unit == '\0')
        return fs_arena_format(arena, "needs a unit%s%s", dimension->units > 1 ? ": one of " : ": ",
                               list_units(arena, dimension));
    return fs_arena_format(arena, "has an unknown unit '%.40s': expected %s%s", unit,
                           dimension->units > 1 ? "one of " : "", list_units(arena, dimension));
}

static const struct unit *find_unit(const struct dimension *dimension, const char *name)
{
    static const struct unit none = {"", 1, 0, 1};
    if (*name == '\0' && dimension->usual < 0) return &none;
    for (size_t i = 0; i < dimension->units; i++) {
        if (strcmp(name, dimension->unit[i].name) == 0) return &dimension->unit[i];
    }
    return NULL;
}

/* Take a text apart; NULL or what is wrong with it. */
static const char *read_parts(struct fs_arena *arena, const struct dimension *dimension,
                              const char *text, struct decimal *decimal, const struct unit **unit,
                              const char **hint)
{
    *hint = NULL;
    const bool dollars = dimension == &dimensions[FS_D_MONEY] && *text == '$';
    const char *end = read_decimal(text + dollars, decimal);
    const char *name = end ? end + strspn(end, " ") : NULL;
    const bool junk =
        name && *name && (dollars || dimension->units == 0 || *end == '.' || *end == ',');
    if (!end || junk || (*end == ' ' && *name == '\0'))
        return fs_arena_format(arena, "expects %s, not '%.60s'", dimension->doc, text);
    if (decimal->cut) return "has more digits than can be told apart";
    *unit = dollars ? &dimension->unit[0] : find_unit(dimension, name);
    return *unit ? NULL : wrong_unit(arena, dimension, text, name, hint);
}

const char *fs_quantity_read(struct fs_arena *arena, enum fs_dimension dimension, const char *text,
                             double *value, const char **hint)
{
    struct decimal decimal;
    const struct unit *unit;
    const char *wrong = read_parts(arena, &dimensions[dimension], text, &decimal, &unit, hint);
    if (wrong) return wrong;
    *value = to_double(&decimal, decimal.exponent + unit->exponent) * unit->factor / unit->divisor;
    if (isinf(*value)) return "is too large";
    if (!(*value < 0 || *value > 0) && decimal.digits != 0) return "is too small";
    return NULL;
}

/* digits x 10^exponent as an integer; false beyond int64_t. `rest`: -1, 0, 1 when what was cut off
 * is less than a half, nothing, or a half and more. */
static bool to_whole(wide digits, long exponent, uint64_t *value, int *rest)
{
    *rest = 0;
    for (; exponent > 0 && digits != 0; exponent--) {
        if (digits > INT64_MAX) return false;
        digits *= 10;
    }
    bool lower = false; /* something stands behind the last digit cut off */
    unsigned last = 0;
    for (; exponent < 0 && (digits != 0 || last != 0); exponent++) {
        lower = lower || last != 0;
        last = (unsigned)(digits % 10);
        digits /= 10;
    }
    if (last != 0 || lower) *rest = last >= 5 ? 1 : -1;
    *value = (uint64_t)digits;
    return digits <= INT64_MAX;
}

const char *fs_quantity_read_whole(struct fs_arena *arena, enum fs_dimension dimension,
                                   const char *text, int64_t *value, const char **hint)
{
    struct decimal decimal;
    const struct unit *unit;
    const struct dimension *d = &dimensions[dimension];
    const char *wrong = read_parts(arena, d, text, &decimal, &unit, hint);
    if (wrong) return wrong;
    uint64_t whole;
    int rest;
    if (!to_whole(decimal.digits * (unsigned)unit->factor, decimal.exponent + unit->exponent,
                  &whole, &rest))
        return "is too large";
    if (rest != 0 && dimension != FS_D_TIME)
        return fs_arena_format(arena, "must be a whole number%s", d->whole_of);
    if (rest > 0 && whole < INT64_MAX) whole++;
    *value = decimal.negative ? -(int64_t)whole : (int64_t)whole;
    return NULL;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Fewest digits that read back as `value` > 0: "15", and 10^exponent that they are to be
 * multiplied by. Fifteen digits are always told apart; if they read back, the zeros at their end
 * can go. */
static int shortest(char digits[20], double value, int *exponent)
{
    char text[40];
    int n = 0;
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, value);
        n = 0;
        const char *at = text;
        for (; *at != 'e'; at++) {
            if (is_digit(*at)) digits[n++] = *at;
        }
        *exponent = atoi(at + 1) - (n - 1);
        snprintf(text, sizeof text, "%.*se%d", n, digits, *exponent);
        const double back = strtod(text, NULL);
        if (!(back < value || back > value)) break;
    }
    for (; n > 1 && digits[n - 1] == '0'; n--)
        ++*exponent;
    digits[n] = '\0';
    return n;
}

/* 0.00012, 1500, 1.5e-7: `n` digits times 10^exponent. */
static int lay_out(char out[32], const char *digits, int n, int exponent)
{
    const int point = n + exponent; /* digits before the point */
    if (exponent >= 0 && point <= 17)
        return snprintf(out, 32, "%s%.*s", digits, exponent, "0000000000000000");
    if (exponent < 0 && point > 0)
        return snprintf(out, 32, "%.*s.%s", point, digits, digits + point);
    if (exponent < 0 && point > -5) return snprintf(out, 32, "0.%.*s%s", -point, "0000", digits);
    return snprintf(out, 32, "%c%s%se%d", digits[0], n > 1 ? "." : "", digits + 1, point - 1);
}

int fs_number_write_shifted(char out[32], double value, int shift)
{
    fs_assert(NULL, isfinite(value));
    char digits[20];
    int exponent;
    if (!(value < 0 || value > 0)) return snprintf(out, 32, "0");
    const int n = shortest(digits, fabs(value), &exponent);
    if (value > 0) return lay_out(out, digits, n, exponent + shift);
    char rest[32];
    lay_out(rest, digits, n, exponent + shift);
    return snprintf(out, 32, "-%.30s", rest);
}

int fs_number_write(char out[32], double value)
{
    return fs_number_write_shifted(out, value, 0);
}

static uint64_t unit_size(const struct unit *unit)
{
    uint64_t size = (uint64_t)unit->factor;
    for (int i = 0; i < unit->exponent; i++)
        size *= 10;
    return size;
}

/* The largest unit that the value is a whole number of; of equals the last (MiB, not MB). */
static const struct unit *largest_unit(const struct dimension *dimension, uint64_t value)
{
    const struct unit *best = NULL;
    for (size_t i = 0; i < dimension->units; i++) {
        const struct unit *unit = &dimension->unit[i];
        if (value % unit_size(unit) == 0 && (!best || unit_size(unit) >= unit_size(best)))
            best = unit;
    }
    return best;
}

static const char *write_money(struct fs_arena *arena, const char *sign, uint64_t value)
{
    const uint64_t dollar = unit_size(&moneys[0]);
    char rest[24];
    int n = snprintf(rest, sizeof rest, "%015" PRIu64, value % dollar);
    while (n > 0 && rest[n - 1] == '0')
        n--;
    return fs_arena_format(arena, "%s%" PRIu64 "%s%.*sUSD", sign, value / dollar, n ? "." : "", n,
                           rest);
}

const char *fs_quantity_write_whole(struct fs_arena *arena, enum fs_dimension dimension,
                                    int64_t value)
{
    const struct dimension *d = &dimensions[dimension];
    const char *sign = value < 0 ? "-" : "";
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (dimension == FS_D_MONEY) return write_money(arena, sign, size);
    if (d->units == 0) return fs_arena_format(arena, "%s%" PRIu64, sign, size);
    const struct unit *unit = size ? largest_unit(d, size) : &d->unit[d->usual];
    return fs_arena_format(arena, "%s%" PRIu64 "%s", sign, size / unit_size(unit), unit->name);
}

static const char *write_rate(struct fs_arena *arena, double value)
{
    const char *best = NULL;
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        char number[32];
        const double scaled = value * rates[i].divisor;
        if (!isfinite(scaled)) continue;
        fs_number_write(number, scaled);
        const double back = scaled / rates[i].divisor;
        const char *text = fs_arena_format(arena, "%s%s", number, rates[i].name);
        if (!(back < value || back > value) && (!best || strlen(text) < strlen(best))) best = text;
    }
    return best;
}

const char *fs_quantity_write(struct fs_arena *arena, enum fs_dimension dimension, double value)
{
    const struct dimension *d = &dimensions[dimension];
    char number[32];
    if (dimension == FS_D_RATE) return write_rate(arena, value);
    if (d->whole_of && fabs(value) < 9.2e18 && !(floor(value) < value))
        return fs_quantity_write_whole(arena, dimension, (int64_t)value);
    const struct unit *usual = d->usual < 0 ? NULL : &d->unit[d->usual];
    fs_number_write_shifted(number, value, usual ? -usual->exponent : 0);
    return fs_arena_format(arena, "%s%s", number, usual ? usual->name : "");
}
