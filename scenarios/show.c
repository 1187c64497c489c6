/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three significant digits are what a person reads; an interval says how many of them count. */
#include "show.h"

#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1234567.8 -> "1,234,568". */
const char *fs_show_whole(struct fs_arena *arena, double value)
{
    char digits[64], out[96];
    snprintf(digits, sizeof digits, "%.0f", round(fabs(value)));
    const size_t n = strlen(digits);
    size_t k = 0;
    if (value < 0) out[k++] = '-';
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) out[k++] = ',';
        out[k++] = digits[i];
    }
    out[k] = 0;
    return fs_arena_text(arena, out);
}

const char *fs_show_words(struct fs_arena *arena, const char *name)
{
    char *text = fs_arena_text(arena, name);
    for (char *c = text; (c = strchr(c, '_'));)
        *c = strcmp(c, "_lettered") == 0 ? '-' : ' ';
    return text;
}

/* Three significant digits. */
const char *fs_show_number(struct fs_arena *arena, double value)
{
    const double a = fabs(value);
    if (a >= 999.5) return fs_show_whole(arena, value);
    if (a >= 99.95) return fs_arena_format(arena, "%.0f", value);
    if (a >= 9.995) return fs_arena_format(arena, a - (int)a > 0 ? "%.1f" : "%.0f", value);
    if (a < 1e-12) return "0";
    if (a >= 0.9995) return fs_arena_format(arena, a - (int)a > 0 ? "%.2f" : "%.0f", value);
    return fs_arena_format(arena, "%.3g", value);
}

struct fs_show_scale fs_show_scale(double seconds)
{
    if (!(fabs(seconds) >= 1e-3)) return (struct fs_show_scale){"µs", 1e6};
    if (fabs(seconds) < 1) return (struct fs_show_scale){"ms", 1e3};
    if (fabs(seconds) < 600) return (struct fs_show_scale){"s", 1};
    if (fabs(seconds) < 7200) return (struct fs_show_scale){"min", 1.0 / 60};
    return (struct fs_show_scale){"h", 1.0 / 3600};
}

const char *fs_show_time(struct fs_arena *arena, double seconds)
{
    if (!(seconds > 0)) return "0 s";
    const struct fs_show_scale s = fs_show_scale(seconds);
    return fs_arena_format(arena, "%s %s", fs_show_number(arena, seconds * s.factor), s.unit);
}

const char *fs_show_span(struct fs_arena *arena, double from, double to)
{
    const struct fs_show_scale late = fs_show_scale(to), early = fs_show_scale(from);
    const char *end =
        fs_arena_format(arena, "%s %s", fs_show_number(arena, to * late.factor), late.unit);
    if (!(from > 0)) return fs_arena_format(arena, "from the start to %s", end);
    const struct fs_show_scale s = from * late.factor < 1 ? early : late;
    return fs_arena_format(arena, "from %s %s to %s", fs_show_number(arena, from * s.factor),
                           s.unit, end);
}

/* Why there is no interval, where that is no matter of course. */
static const char *reason(struct fs_arena *arena, const struct fs_estimate *e)
{
    if (!e->why || strcmp(e->why, "1 replication") == 0 || strcmp(e->why, "the largest seen") == 0)
        return "";
    return fs_arena_format(arena, " (%s)", e->why);
}

/* "1.23 s [1.20, 1.27]", "1.23 s" without an interval, "≥ 1.2 s" where it is one-sided. */
const char *fs_show_duration(struct fs_arena *arena, const struct fs_estimate *e)
{
    if (isnan(e->value)) return "–";
    if (!(e->value > 0)) return "0";
    const struct fs_show_scale s = fs_show_scale(e->value);
    const char *value = fs_show_number(arena, e->value * s.factor);
    if (isnan(e->low) && isnan(e->high))
        return fs_arena_format(arena, "%s %s%s", value, s.unit, reason(arena, e));
    if (isnan(e->high))
        return fs_arena_format(arena, "%s %s [≥ %s]", value, s.unit,
                               fs_show_number(arena, e->low * s.factor));
    if (isnan(e->low)) return fs_arena_format(arena, "%s %s", value, s.unit);
    return fs_arena_format(arena, "%s %s [%s, %s]", value, s.unit,
                           fs_show_number(arena, e->low * s.factor),
                           fs_show_number(arena, e->high * s.factor));
}

/* Half of an interval; 0 where it is but rounding. */
static double half_width(const struct fs_estimate *e)
{
    const double half = (e->high - e->low) / 2;
    return half <= 1e-9 * fabs(e->value) ? 0 : half;
}

static const char *half_of(struct fs_arena *arena, double half)
{
    return half >= 99.5 ? fs_show_whole(arena, half) : fs_arena_format(arena, "%.2g", half);
}

const char *fs_show_count(struct fs_arena *arena, const struct fs_estimate *e)
{
    const char *value = fs_show_whole(arena, e->value);
    const double half = half_width(e);
    if (!(half > 0)) return value;
    return fs_arena_format(arena, "%s ± %s", value, half_of(arena, half));
}

/* Whole dollars from a thousand on, cents from one; below it three significant digits. */
static int money_decimals(double size)
{
    if (size >= 999.995) return 0;
    if (size >= 0.9995) return 2;
    int n = 3;
    for (; size < 0.09995; size *= 10)
        n++;
    return n;
}

static const char *plain(struct fs_arena *arena, double value, int decimals)
{
    return decimals > 0 ? fs_arena_format(arena, "%.*f", decimals, value)
                        : fs_show_whole(arena, value);
}

/* Without an exponent, the interval as exact as the value, so that a column adds up by eye. */
const char *fs_show_money(struct fs_arena *arena, const struct fs_estimate *e)
{
    if (isnan(e->value)) return e->why ? e->why : "–";
    const double size = fabs(e->value), half = half_width(e);
    if (!(size > 0)) return "$0";
    if (size < 1e-9) return "below $0.000000001";
    const int n = money_decimals(size);
    const char *value =
        fs_arena_format(arena, "%s$%s", e->value < 0 ? "-" : "", plain(arena, size, n));
    if (!(half >= .5 * pow(10, -n))) return value;
    return fs_arena_format(arena, "%s ± %s", value, plain(arena, half, n));
}

const char *fs_show_share(struct fs_arena *arena, double value)
{
    if (isnan(value)) return "";
    if (value >= 1) return "100 %";
    if (value > 0 && value < 0.0001) return "< 0.01 %";
    return fs_arena_format(arena, value < 0.0995 ? "%.2f %%" : "%.1f %%", 100 * value);
}

const char *fs_show_share_estimate(struct fs_arena *arena, const struct fs_estimate *e)
{
    const char *value = fs_show_share(arena, e->value);
    if (isnan(e->low) || isnan(e->high) || !(e->high > e->low)) return value;
    return fs_arena_format(arena, "%s [%.3g, %.3g]", value, 100 * e->low, 100 * e->high);
}

const char *fs_show_mean(struct fs_arena *arena, const struct fs_estimate *e, double factor)
{
    const char *value = fs_show_number(arena, e->value * factor);
    const double half = half_width(e) * factor;
    if (isnan(half)) return fs_arena_format(arena, "%s%s", value, reason(arena, e));
    if (!(half > 0)) return value;
    return fs_arena_format(arena, "%s ± %s", value, half_of(arena, half));
}

/* A number of any unit with its interval. */
const char *fs_show_estimate(struct fs_arena *arena, const char *unit, const struct fs_estimate *e)
{
    if (isnan(e->value)) return e->why ? e->why : "–";
    if (strcmp(unit, "s") == 0) return fs_show_duration(arena, e);
    if (strcmp(unit, "USD") == 0) return fs_show_money(arena, e);
    const char *value = fs_show_number(arena, e->value);
    if (isnan(e->low) || isnan(e->high) || !(e->high > e->low)) return value;
    return fs_arena_format(arena, "%s [%s, %s]", value, fs_show_number(arena, e->low),
                           fs_show_number(arena, e->high));
}
