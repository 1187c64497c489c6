/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values stay texts: what they mean is the scenario reader's business, which complains about each
 * as if it had been written in the file. A number with the unit that it was written in is kept
 * beside the text for the results' coordinates.
 */
#include "axes.h"

#include "quantity.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 100000

__attribute__((format(printf, 1, 2))) static bool complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fleetsim: --vary ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

/* ---- values --------------------------------------------------------------------------------- */

/* The length up to a comma that stands outside of brackets and quotes. */
static size_t value_length(const char *text)
{
    int depth = 0;
    char quote = 0;
    size_t i = 0;
    for (; text[i]; i++) {
        const char c = text[i];
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (strchr("{[(", c)) {
            depth++;
        } else if (strchr("}])", c)) {
            depth--;
        } else if (c == ',' && depth <= 0) {
            break;
        }
    }
    return i;
}

static void add_value(struct fs_arena *arena, struct fs_axis *axis, const char *text)
{
    if ((axis->n & (axis->n - 1)) == 0) {
        const char **wider =
            fs_arena_alloc(arena, (axis->n ? 2 * (size_t)axis->n : 1) * sizeof *wider);
        if (axis->n) memcpy(wider, axis->text, (size_t)axis->n * sizeof *wider);
        axis->text = wider;
    }
    axis->text[axis->n++] = text;
}

static bool is_twice(const struct fs_axis *axis, const char *text)
{
    for (int i = 0; i < axis->n; i++) {
        if (strcmp(axis->text[i], text) == 0) return true;
    }
    return false;
}

static bool read_list(struct fs_arena *arena, struct fs_axis *axis, const char *values)
{
    for (;;) {
        const size_t length = value_length(values);
        const char *text = fs_arena_format(arena, "%.*s", (int)length, values);
        if (length == 0)
            return complain("%s: a value is missing between commas or after '='", axis->path);
        if (is_twice(axis, text)) return complain("%s: %s stands there twice", axis->path, text);
        if (axis->n == VALUES_MAX) return complain("%s: too many values", axis->path);
        add_value(arena, axis, text);
        if (!values[length]) return true;
        values += length + 1;
    }
}

struct range {
    double from, to;
    const char *unit;
    int steps; /* 0: not said */
};

/* "512MB..3008MB/6"; false when the text is no range at all. */
static bool is_range(struct fs_arena *arena, const char *text, struct range *range,
                     const char **wrong)
{
    const char *end, *dots = strstr(text, "..");
    double steps = 0;
    *wrong = NULL;
    if (!dots || !fs_number_read(text, &end, &range->from) || end > dots) return false;
    const char *unit = fs_arena_format(arena, "%.*s", (int)(dots - end), end);
    if (!fs_number_read(dots + 2, &end, &range->to)) return false;
    /* A rate's "50/s" has a '/' of its own: the number of values is a number behind the last. */
    const char *slash = strrchr(end, '/'), *rest;
    if (slash && !fs_number_read(slash + 1, &rest, &steps)) slash = NULL;
    const size_t length = slash ? (size_t)(slash - end) : strlen(end);
    range->unit = fs_arena_format(arena, "%.*s", (int)length, end);
    if (*unit && strcmp(unit, range->unit) != 0) *wrong = "both ends of a range need the same unit";
    if (slash && (*rest || steps < 2 || steps > VALUES_MAX || steps > floor(steps)))
        *wrong = "after '/' stands how many values, a whole number from 2";
    range->steps = (int)steps;
    return true;
}

static bool is_whole(double x)
{
    return fabs(x) < 1e15 && !(x > floor(x));
}

static const char *range_steps(struct range *range)
{
    const bool whole = is_whole(range->from) && is_whole(range->to);
    if (range->from > range->to) return "the range is empty: it goes from the lower to the higher";
    if (!(range->from < range->to)) return "the range is empty: both ends are the same";
    if (range->steps == 0 && (!whole || *range->unit))
        return "say how many values: FROM..TO/STEPS; only a range of whole numbers without a unit "
               "goes without";
    if (range->steps == 0 && range->to - range->from >= VALUES_MAX) return "too many values";
    if (range->steps == 0) range->steps = (int)(range->to - range->from) + 1;
    return NULL;
}

static bool read_range(struct fs_arena *arena, struct fs_axis *axis, struct range *range)
{
    const char *wrong = range_steps(range);
    if (wrong) return complain("%s: %s", axis->path, wrong);
    const double step = (range->to - range->from) / (range->steps - 1);
    const bool whole = is_whole(range->from) && is_whole(range->to) && step >= 1;
    for (int i = 0; i < range->steps; i++) {
        char digits[32];
        double x = i + 1 == range->steps ? range->to : range->from + step * i;
        if (whole) x = floor(x + 0.5);
        fs_number_write(digits, x);
        add_value(arena, axis, fs_arena_format(arena, "%s%s", digits, range->unit));
    }
    return true;
}

/* ---- coordinates ---------------------------------------------------------------------------- */

/* Numbers that share a unit are coordinates in it; times in several units are seconds. */
static void find_numbers(struct fs_arena *arena, struct fs_axis *axis)
{
    bool same = true, times = true;
    const char *unit = NULL, *end, *hint;
    axis->number = fs_arena_alloc(arena, (size_t)axis->n * sizeof *axis->number);
    for (int i = 0; i < axis->n; i++) {
        same = same && fs_number_read(axis->text[i], &end, &axis->number[i]);
        same = same && (!unit || strcmp(unit, end) == 0);
        if (same) unit = end;
    }
    if (same) {
        while (*unit == ' ')
            unit++;
        axis->unit = *unit ? unit : "1";
        return;
    }
    for (int i = 0; i < axis->n && times; i++) {
        times = !fs_quantity_read(arena, FS_D_TIME, axis->text[i], &axis->number[i], &hint);
        axis->number[i] /= 1e9;
    }
    axis->unit = times ? "s" : NULL;
}

/* ---- axes ----------------------------------------------------------------------------------- */

static bool read_axis(struct fs_arena *arena, const char *text, struct fs_axis *axis)
{
    const char *equals = strchr(text, '=');
    struct range range;
    const char *wrong;
    if (!equals || equals == text)
        return complain("needs PATH=VALUES, e.g. --vary account.concurrency=100,200 or "
                        "--vary components.worker.tasks=1..8, not '%s'",
                        text);
    axis->path = fs_arena_format(arena, "%.*s", (int)(equals - text), text);
    if (is_range(arena, equals + 1, &range, &wrong)) {
        if (wrong) return complain("%s: %s", axis->path, wrong);
        if (!read_range(arena, axis, &range)) return false;
    } else if (!read_list(arena, axis, equals + 1)) {
        return false;
    }
    find_numbers(arena, axis);
    return true;
}

static void name_axes(struct fs_axes *axes)
{
    static const char *const taken[] = {"variant", "metric", "value", "low",          "high",
                                        "why",     "reason", "unit",  "replications", "crossing"};
    for (int i = 0; i < axes->n; i++) {
        const char *dot = strrchr(axes->axis[i].path, '.');
        const char *name = dot ? dot + 1 : axes->axis[i].path;
        bool free = true;
        for (size_t k = 0; k < sizeof taken / sizeof *taken; k++)
            free = free && strcmp(taken[k], name) != 0;
        for (int k = 0; k < axes->n; k++) {
            const char *other = strrchr(axes->axis[k].path, '.');
            if (k != i && other && strcmp(other + 1, name) == 0) free = false;
        }
        axes->axis[i].name = free ? name : axes->axis[i].path;
    }
}

bool fs_axes_read(struct fs_arena *arena, const char *const *vary, int n, struct fs_axes *axes)
{
    bool good = n > 0 ? true : complain("is missing: say what to vary, e.g. --vary run.seed=1..5");
    if (n > FS_AXES_MAX) return complain("stands there %d times; %d is the most", n, FS_AXES_MAX);
    axes->axis = fs_arena_alloc(arena, (size_t)n * sizeof *axes->axis + 1);
    axes->n = n;
    axes->points = 1;
    for (int i = 0; i < n; i++) {
        struct fs_axis *axis = &axes->axis[i];
        if (!read_axis(arena, vary[i], axis)) {
            good = false;
            continue;
        }
        for (int k = 0; k < i; k++) {
            if (axes->axis[k].path && strcmp(axes->axis[k].path, axis->path) == 0)
                good = complain("%s stands there twice", axis->path);
        }
        if (__builtin_mul_overflow(axes->points, axis->n, &axes->points)) axes->points = INT64_MAX;
    }
    if (good && axes->points > FS_POINTS_MAX)
        return complain("asks for more than %d points", FS_POINTS_MAX);
    if (good) name_axes(axes);
    return good;
}

/* ---- places in the scenario ----------------------------------------------------------------- */

struct list {
    const char **name;
    int n;
};

static struct list names_in(struct fs_arena *arena, const struct fs_scenario *s, bool traffic)
{
    struct list list = {NULL, 0};
    int room = 0;
    for (int i = 0; i < s->n_variants; i++)
        room += s->variant[i].spec.n_components + s->variant[i].spec.n_classes;
    list.name = fs_arena_alloc(arena, (size_t)room * sizeof *list.name + 1);
    for (int i = 0; i < s->n_variants; i++) {
        const struct fs_variant_spec *spec = &s->variant[i].spec;
        for (int k = 0; k < (traffic ? spec->n_classes : spec->n_components); k++)
            list.name[list.n++] = traffic ? spec->traffic[k].name : spec->component[k].name;
    }
    return list;
}

static bool check_name(struct fs_arena *arena, const struct fs_scenario *scenario, const char *path,
                       bool traffic)
{
    const char *begin = path + (traffic ? 8 : 11);
    const bool quoted = *begin == '"';
    const size_t length = quoted ? strcspn(begin + 1, "\"") : strcspn(begin, ".");
    const char *name = fs_arena_format(arena, "%.*s", (int)length, begin + quoted);
    const struct list list = names_in(arena, scenario, traffic);
    const char *what = traffic ? "traffic class" : "component";
    for (int i = 0; i < list.n; i++) {
        if (strcmp(list.name[i], name) == 0) return true;
    }
    const char *near = fs_nearest(name, list.name, list.n);
    if (!near) return complain("%s: there is no %s '%s'", path, what, name);
    return complain("%s: there is no %s '%s'; did you mean '%s'?", path, what, name, near);
}

static bool check_path(struct fs_arena *arena, const struct fs_scenario *scenario, const char *path)
{
    static const char *const sections[] = {"run",        "account", "traffic",
                                           "components", "events",  "alarms"};
    const char *head = fs_arena_format(arena, "%.*s", (int)strcspn(path, "."), path);
    const int n = (int)(sizeof sections / sizeof *sections);
    if (strcmp(head, "traffic") == 0 && path[7]) return check_name(arena, scenario, path, true);
    if (strcmp(head, "components") == 0 && path[10])
        return check_name(arena, scenario, path, false);
    for (int i = 0; i < n; i++) {
        if (strcmp(head, sections[i]) == 0 && path[strlen(head)]) return true;
    }
    if (strcmp(head, "variants") == 0)
        return complain("%s: name the place itself, e.g. components.worker.memory, and the variant "
                        "with --variant",
                        path);
    const char *near = fs_nearest(head, sections, n);
    return complain("%s: a path begins with run, account, traffic, components or events, and goes "
                    "on%s%s%s",
                    path, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

bool fs_axes_check(struct fs_arena *arena, const struct fs_axes *axes,
                   const struct fs_scenario *scenario)
{
    bool good = true;
    for (int i = 0; i < axes->n; i++)
        good = check_path(arena, scenario, axes->axis[i].path) && good;
    return good;
}

/* ---- points --------------------------------------------------------------------------------- */

void fs_axes_index(const struct fs_axes *axes, int64_t point, int index[FS_AXES_MAX])
{
    for (int i = axes->n - 1; i >= 0; i--) {
        index[i] = (int)(point % axes->axis[i].n);
        point /= axes->axis[i].n;
    }
}

struct fs_override *fs_axes_override(struct fs_arena *arena, const struct fs_axes *axes,
                                     int64_t point, const struct fs_override *given, int *n)
{
    int index[FS_AXES_MAX];
    struct fs_override *all = fs_arena_alloc(arena, (size_t)(*n + axes->n + 1) * sizeof *all);
    fs_axes_index(axes, point, index);
    if (*n) memcpy(all, given, (size_t)*n * sizeof *all);
    for (int i = 0; i < axes->n; i++)
        all[(*n)++] =
            (struct fs_override){.option = fs_arena_format(arena, "--vary %s", axes->axis[i].path),
                                 .path = axes->axis[i].path,
                                 .value = axes->axis[i].text[index[i]]};
    return all;
}

static void warn_of_reach(const char *path, const struct fs_reach *reach,
                          const struct fs_scenario *scenario)
{
    for (int v = 0; v < scenario->n_variants; v++) {
        if (reach->lacks[v])
            fprintf(
                stderr,
                "fleetsim: --vary %s: warning: variant '%s' has no '%s': nothing is set there\n",
                path, scenario->variant[v].name, reach->lacks[v]);
    }
    if (reach->differs)
        fprintf(stderr,
                "fleetsim: --vary %s: warning: variant '%s' says otherwise, but at each point it "
                "is the same in all variants%s; --variant %s takes one alone\n",
                path, reach->differs, reach->n < scenario->n_variants ? " that have it" : "",
                reach->differs);
}

void fs_axes_warn(const struct fs_axes *axes, const struct fs_options *o)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *unheard = fs_report_new(arena);
    struct fs_scenario *scenario;
    struct fs_failure failure;
    int n = o->n_overrides;
    const struct fs_override *all = fs_axes_override(arena, axes, 0, o->override, &n);
    if (axes->n > 0 && fs_scenario_read(arena, o->file[0], all, n, o->variant, &scenario, unheard,
                                        &failure) == FS_OK) {
        for (int i = 0; i < axes->n; i++)
            warn_of_reach(axes->axis[i].path, &scenario->reach[o->n_overrides + i], scenario);
    }
    fs_arena_free(arena);
}

const char *fs_axes_label(struct fs_arena *arena, const struct fs_axes *axes, int64_t point)
{
    const char *label = "";
    int index[FS_AXES_MAX];
    fs_axes_index(axes, point, index);
    for (int i = 0; i < axes->n; i++)
        label = fs_arena_format(arena, "%s%s%s=%s", label, *label ? " " : "", axes->axis[i].name,
                                axes->axis[i].text[index[i]]);
    return label;
}
