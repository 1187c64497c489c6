/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why not gnuplot's own ticks: its texts have no thousands separator, no "ms" and no h:min, and the
 * place of a direct label is computed from the range, so the range has to be ours. Steps are 1, 2,
 * 5 times a power of ten; of times what a clock has. Loops are bounded by FS_TICKS, not by
 * the values, which come from strangers.
 */
#include "axis.h"

#include "words.h"

#include <math.h>
#include <stddef.h>

static void add_tick(struct fs_axis *axis, double at, const char *text)
{
    if (axis->n < FS_TICKS) axis->tick[axis->n++] = (struct fs_tick){at, text};
}

/* The smallest of 1, 2, 5 x 10^k that is not below `least`; `least` > 0. */
static double round_step(double least)
{
    const double power = pow(10, floor(log10(least)));
    const double factor = least / power;
    return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
}

static double time_step(double least)
{
    static const double steps[] = {1,     2,     5,     10,    15,     30,    60,
                                   120,   300,   600,   900,   1800,   3600,  7200,
                                   10800, 21600, 43200, 86400, 172800, 604800};
    if (least < 1) return round_step(least);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (steps[i] >= least) return steps[i];
    }
    return 86400 * round_step(least / 86400);
}

static int step_decimals(double step)
{
    const double n = ceil(-log10(step) - 1e-9);
    return n > 0 ? (int)n : 0;
}

static void add_steps(struct fs_arena *arena, struct fs_axis *axis, double top, double step)
{
    *axis = (struct fs_axis){.low = 0, .high = top * 1.06, .unit = ""};
    for (int i = 0; i < FS_TICKS && i * step <= axis->high; i++) {
        const double at = i * step;
        add_tick(axis, at,
                 at >= 1e6 ? fs_words_count(arena, at)
                           : fs_words_number(arena, at, i ? step_decimals(step) : 0));
    }
}

void fs_axis_linear(struct fs_arena *arena, struct fs_axis *axis, double max, bool usd)
{
    const double top = max > 1e-12 ? max : 1;
    add_steps(arena, axis, top, round_step(top / 4));
    for (int i = 0; usd && i < axis->n; i++)
        axis->tick[i].text = fs_arena_format(arena, "$%s", axis->tick[i].text);
}

static const struct unit {
    const char *name;
    double seconds;
} time_units[] = {{"ns", 1e-9}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1},
                  {"min", 60},  {"h", 3600},  {"d", 86400}};
#define N_UNITS (sizeof time_units / sizeof *time_units)

/* The largest of which a step is a whole number; of a second's parts the largest below the top. */
static const struct unit *unit_of(double top, double step)
{
    const double most = step < 1 ? fmin(top, 1) : step;
    size_t i = 0;
    while (i + 1 < N_UNITS && time_units[i + 1].seconds <= most * (1 + 1e-9))
        i++;
    return &time_units[i];
}

void fs_axis_seconds(struct fs_arena *arena, struct fs_axis *axis, double max)
{
    const double top = max > 1e-12 ? max : 1, step = time_step(top / 4);
    const struct unit *unit = unit_of(top, step);
    add_steps(arena, axis, top, step);
    for (int i = 1; i < axis->n; i++)
        axis->tick[i].text =
            fs_arena_format(arena, "%s %s",
                            fs_words_number(arena, axis->tick[i].at / unit->seconds,
                                            step_decimals(step / unit->seconds)),
                            unit->name);
}

void fs_axis_shares(struct fs_arena *arena, struct fs_axis *axis, double nines)
{
    static const double shares[] = {0, .5, .9, .99, .999, .9999, .99999, .999999, .9999999};
    *axis = (struct fs_axis){.low = 0, .high = nines, .unit = ""};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        const double at = -log10(1 - shares[i]);
        if (at <= nines * (1 + 1e-9))
            add_tick(axis, at, fs_arena_format(arena, "%.7g %%", shares[i] * 100));
    }
}

/* Ticks of a logarithmic axis: these multiples of each unit, and ten, a hundred times as many,
 * until the next unit is less than `apart` times as far. */
struct density {
    double decades; /* for axes of at most so many */
    double factor[3];
    double apart;
};

static void add_multiples(struct fs_arena *arena, struct fs_axis *axis, const struct unit *unit,
                          const struct density *density)
{
    const bool is_last = unit == &time_units[N_UNITS - 1];
    for (int k = 0; k < 3 * 7; k++) {
        const double n = density->factor[k % 3] * pow(10, k / 3), at = n * unit->seconds;
        if (n > 1 && !is_last && at * density->apart > unit[1].seconds * (1 + 1e-9)) return;
        if (n > 0 && at >= axis->low * .999 && at <= axis->high * 1.001)
            add_tick(axis, at,
                     fs_arena_format(arena, "%s %s", fs_words_number(arena, n, 0), unit->name));
    }
}

void fs_axis_durations(struct fs_arena *arena, struct fs_axis *axis, double low, double high)
{
    static const struct density densities[] = {
        {1.6, {1, 2, 5}, 2}, {2.5, {1, 3}, 2}, {6, {1}, 5}, {INFINITY, {1}, INFINITY}};
    const double decades = log10(high / low);
    const struct density *density = densities;
    *axis = (struct fs_axis){.low = low / 1.25, .high = high * 1.25, .log = true, .unit = ""};
    if (decades < .6) { /* a flat line deserves a calm picture */
        axis->low = low / 2.5;
        axis->high = high * 2.5;
    }
    while (decades > density->decades)
        density++;
    for (size_t i = 0; i < N_UNITS; i++)
        add_multiples(arena, axis, &time_units[i], density);
}

/* ---- time ----------------------------------------------------------------------------------- */

enum clock { SECONDS, MINUTES, MINUTES_SECONDS, HOURS_MINUTES, DAYS };

static enum clock choose_clock(double span, double step)
{
    if (span <= 180) return SECONDS;
    if (span < 3 * 3600) return step < 60 ? MINUTES_SECONDS : MINUTES;
    return span <= 4 * 86400 || step < 86400 ? HOURS_MINUTES : DAYS;
}

static const char *time_text(struct fs_arena *arena, enum clock clock, double at, double step)
{
    const double size = fabs(at);
    const char *sign = at < 0 ? "-" : "";
    switch (clock) {
    case SECONDS:
        return fs_words_number(arena, at, step_decimals(step));
    case MINUTES:
        return fs_words_number(arena, at / 60, 0);
    case MINUTES_SECONDS:
        return fs_arena_format(arena, "%s%.0f:%02.0f", sign, floor(size / 60), fmod(size, 60));
    case HOURS_MINUTES:
        return fs_arena_format(arena, "%s%02.0f:%02.0f", sign, floor(size / 3600),
                               floor(fmod(size, 3600) / 60));
    case DAYS:
        break;
    }
    return fs_words_number(arena, at / 86400, 0);
}

void fs_axis_time(struct fs_arena *arena, struct fs_axis *axis, double from, double to, int want)
{
    static const char *const units[] = {"s", "min", "min:s", "h:min", "days"};
    const double step = time_step((to - from) / want);
    const enum clock clock = choose_clock(to - from, step);
    *axis = (struct fs_axis){.low = from, .high = to, .unit = units[clock]};
    const double first = ceil(from / step - 1e-9);
    for (int i = 0; i < FS_TICKS && (first + i) * step <= to + 1e-9 * step; i++) {
        const double at = (first + i) * step;
        add_tick(axis, at, time_text(arena, clock, at, step));
    }
}

double fs_axis_round_up(double to, double from)
{
    const double step = time_step((to - from) / 15);
    return from + ceil((to - from) / step) * step;
}
