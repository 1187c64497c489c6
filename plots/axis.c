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

void fs_axis_seconds(struct fs_arena *arena, struct fs_axis *axis, double max)
{
    const double top = max > 1e-12 ? max : 1;
    add_steps(arena, axis, top, time_step(top / 4));
    for (int i = 1; i < axis->n; i++)
        axis->tick[i].text = fs_words_seconds(arena, axis->tick[i].at);
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

static void add_duration(struct fs_arena *arena, struct fs_axis *axis, double at)
{
    if (at >= axis->low * .999 && at <= axis->high * 1.001)
        add_tick(axis, at, fs_words_seconds(arena, at));
}

void fs_axis_durations(struct fs_arena *arena, struct fs_axis *axis, double low, double high)
{
    const double decades = log10(high / low);
    *axis = (struct fs_axis){.low = low / 1.25, .high = high * 1.25, .log = true, .unit = ""};
    if (decades < .6) { /* a flat line deserves a calm picture */
        axis->low = low / 2.5;
        axis->high = high * 2.5;
    }
    const int every = decades > 8 ? 2 : 1;
    for (int k = -12; k <= 12; k += every) {
        add_duration(arena, axis, pow(10, k));
        if (decades < 1.6) add_duration(arena, axis, 2 * pow(10, k));
        if (decades < 1.6) add_duration(arena, axis, 5 * pow(10, k));
        if (decades >= 1.6 && decades < 3) add_duration(arena, axis, 3 * pow(10, k));
    }
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
