/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `fleetsim breakeven`: where one variant becomes cheaper than another along an axis. All variants
 * get the same requests, so their difference is taken replication by replication; a crossing is
 * where its mean passes zero between two points, its interval where the ends of the difference's
 * interval do. For each value of a second axis there is another crossing: what decides is how many
 * GB-seconds a request needs, so that is said beside it. With -o all of it is kept as a sweep keeps
 * its cube, with the crossings beside it.
 */
#include "commands.h"
#include "grid.h"
#include "json.h"
#include "points.h"
#include "results.h"
#include "show.h"

#include <math.h>
#include <string.h>

#define COLUMNS 16

struct crossing {
    int a, b;      /* variants: a is cheaper before, b behind */
    int64_t other; /* value of the second axis; 0 without one */
    double x, low, high, gb_s;
};

struct breakeven {
    struct fs_points points;
    struct crossing *crossing;
    int n, room;
};

/* ---- along one line of the grid -------------------------------------------------------------- */

/* The grid's point: the first axis is walked along, the second stands. */
static int64_t point_at(const struct breakeven *b, int i, int64_t other)
{
    const struct fs_axes *axes = &b->points.axes;
    return axes->n == 1 ? i : (int64_t)i * axes->axis[1].n + other;
}

static double zero_between(double x0, double y0, double x1, double y1)
{
    return x0 + (x1 - x0) * (y0 / (y0 - y1));
}

/* Where `y` passes zero next to `near`; NaN: nowhere in the grid. */
static double nearest_zero(const double *x, const double *y, int n, double near)
{
    double best = NAN;
    for (int i = 0; i + 1 < n; i++) {
        if (!((y[i] < 0) != (y[i + 1] < 0)) || isnan(y[i]) || isnan(y[i + 1])) continue;
        const double at = zero_between(x[i], y[i], x[i + 1], y[i + 1]);
        if (isnan(best) || fabs(at - near) < fabs(best - near)) best = at;
    }
    return best;
}

static double gb_s_at(const struct breakeven *b, int i, int64_t other, double part, int first,
                      int second)
{
    double value = NAN;
    const int variant[] = {second, first};
    for (int k = 0; k < 2; k++) {
        const double from = fs_points_gb_s(&b->points, point_at(b, i, other), variant[k]);
        const double to = fs_points_gb_s(&b->points, point_at(b, i + 1, other), variant[k]);
        if (from > 0 && to > 0) value = from + part * (to - from);
    }
    return value;
}

static void add_crossing(struct breakeven *b, struct crossing crossing)
{
    if (b->n == b->room) {
        struct crossing *more =
            fs_arena_alloc(b->points.arena, (size_t)(2 * b->room + 8) * sizeof *more);
        if (b->n) memcpy(more, b->crossing, (size_t)b->n * sizeof *more);
        b->crossing = more;
        b->room = 2 * b->room + 8;
    }
    b->crossing[b->n++] = crossing;
}

static void find_crossings(struct breakeven *b, int first, int second, int64_t other)
{
    const struct fs_axis *axis = &b->points.axes.axis[0];
    double *mean = fs_arena_alloc(b->points.arena, 3 * (size_t)axis->n * sizeof *mean);
    double *low = mean + axis->n, *high = low + axis->n;
    for (int i = 0; i < axis->n; i++) {
        const int64_t p = point_at(b, i, other);
        const struct fs_estimate e =
            fs_points_difference(&b->points, fs_points_number(&b->points, p, first, 0),
                                 fs_points_number(&b->points, p, second, 0));
        mean[i] = e.value;
        low[i] = e.low;
        high[i] = e.high;
    }
    for (int i = 0; i + 1 < axis->n; i++) {
        if (isnan(mean[i]) || isnan(mean[i + 1]) || (mean[i] < 0) == (mean[i + 1] < 0)) continue;
        const double *x = axis->number;
        const double at = zero_between(x[i], mean[i], x[i + 1], mean[i + 1]);
        const double one = nearest_zero(x, low, axis->n, at);
        const double two = nearest_zero(x, high, axis->n, at);
        const double part = (at - x[i]) / (x[i + 1] - x[i]);
        const bool rising = mean[i] < 0;
        add_crossing(b, (struct crossing){rising ? first : second, rising ? second : first, other,
                                          at, fmin(one, two), fmax(one, two),
                                          gb_s_at(b, i, other, part, first, second)});
        if (isnan(one) || isnan(two)) b->crossing[b->n - 1].low = b->crossing[b->n - 1].high = NAN;
    }
}

static void find_all(struct breakeven *b)
{
    const struct fs_axes *axes = &b->points.axes;
    const int64_t others = axes->n == 1 ? 1 : axes->axis[1].n;
    for (int first = 0; first < b->points.scenario->n_variants; first++) {
        for (int second = first + 1; second < b->points.scenario->n_variants; second++) {
            for (int64_t other = 0; other < others; other++)
                find_crossings(b, first, second, other);
        }
    }
}

/* ---- for people ------------------------------------------------------------------------------ */

static const char *name_of(const struct breakeven *b, int variant)
{
    return b->points.scenario->variant[variant].name;
}

/* The variant that is cheaper than each other beyond doubt; NULL when there is none. */
static const char *cheapest(const struct breakeven *b, int64_t point)
{
    const int n = b->points.scenario->n_variants;
    for (int v = 0; v < n; v++) {
        bool wins = true;
        for (int k = 0; k < n && wins; k++) {
            if (k == v) continue;
            const struct fs_estimate e =
                fs_points_difference(&b->points, fs_points_number(&b->points, point, v, 0),
                                     fs_points_number(&b->points, point, k, 0));
            wins = isnan(e.high) ? e.value < 0 : e.high < 0;
        }
        if (wins) return name_of(b, v);
    }
    return NULL;
}

static void point_row(const struct breakeven *b, struct fs_grid *grid, int64_t point)
{
    const struct fs_points *points = &b->points;
    const char *cell[COLUMNS];
    int index[FS_AXES_MAX], n = 0;
    double gb_s = NAN;
    fs_axes_index(&points->axes, point, index);
    for (int i = 0; i < points->axes.n; i++)
        cell[n++] = points->axes.axis[i].text[index[i]];
    for (int v = 0; v < points->scenario->n_variants && n < COLUMNS - 2; v++) {
        const struct fs_view *number = fs_points_number(points, point, v, 0);
        cell[n++] =
            fs_show_estimate(points->arena, number->unit ? number->unit : "1", &number->estimate);
        if (!(gb_s > 0)) gb_s = fs_points_gb_s(points, point, v);
    }
    cell[n++] = gb_s > 0 ? fs_arena_format(points->arena, "%.4g", gb_s) : "–";
    const char *winner = cheapest(b, point);
    cell[n++] = winner ? winner : "not decided";
    fs_grid_row(grid, cell);
}

static void print_points(const struct breakeven *b, FILE *out, bool colour)
{
    const struct fs_points *points = &b->points;
    const char *cell[COLUMNS];
    int n = 0;
    for (int i = 0; i < points->axes.n; i++)
        cell[n++] = points->axes.axis[i].name;
    for (int v = 0; v < points->scenario->n_variants && n < COLUMNS - 2; v++)
        cell[n++] = name_of(b, v);
    cell[n++] = "GB s/request";
    cell[n++] = "cheapest";
    struct fs_grid *grid = fs_grid_new(points->arena, n, points->axes.n);
    fs_grid_row(grid, cell);
    for (int64_t p = 0; p < points->axes.points; p++)
        point_row(b, grid, p);
    fs_grid_print(grid, out, colour);
}

/* Of four digits; an interval's ends have as many. */
static int decimals_of(double x)
{
    const int whole = x > 0 ? (int)floor(log10(x)) + 1 : 1;
    return whole < 4 ? 4 - whole : 0;
}

static const char *show_x(const struct breakeven *b, const struct crossing *c)
{
    const struct fs_axis *axis = &b->points.axes.axis[0];
    const char *unit = strcmp(axis->unit, "1") == 0 ? "" : axis->unit;
    const int digits = decimals_of(c->x);
    if (isnan(c->low)) return fs_arena_format(b->points.arena, "%.*f%s", digits, c->x, unit);
    return fs_arena_format(b->points.arena, "%.*f%s [%.*f, %.*f]", digits, c->x, unit, digits,
                           c->low, digits, c->high);
}

static const char *sentence(const struct breakeven *b, const struct crossing *c)
{
    struct fs_arena *arena = b->points.arena;
    const struct fs_axes *axes = &b->points.axes;
    const char *where = axes->n > 1 ? fs_arena_format(arena, "%s=%s: ", axes->axis[1].name,
                                                      axes->axis[1].text[c->other])
                                    : "";
    const char *gb_s = c->gb_s > 0 ? fs_arena_format(arena, "; %.4g GB s a request", c->gb_s) : "";
    return fs_arena_format(arena, "%s%s up to %s, then %s%s", where, name_of(b, c->a), show_x(b, c),
                           name_of(b, c->b), gb_s);
}

/* What to make of it all; NULL: nothing more. */
static const char *conclusion(const struct breakeven *b)
{
    if (b->n == 0) return "none within the grid";
    if (!(b->crossing[0].gb_s > 0)) return NULL;
    return strcmp(b->points.axes.axis[0].name, "rate") == 0
               ? "A break-even rate is one for such requests: it is a curve in GB-seconds per "
                 "request."
               : "A break-even is one for such requests: it is a curve in GB-seconds per request.";
}

/* What a variant is compared without; NULL: nothing. */
static const char *left_out(const struct breakeven *b, int variant)
{
    const char *what = b->points.unpriced[variant];
    if (!what || strncmp(b->points.path[0], "cost.", 5) != 0) return NULL;
    return fs_arena_format(b->points.arena, "%s: %s is not priced, so it costs more than this",
                           name_of(b, variant), what);
}

static void print_crossings(const struct breakeven *b, FILE *out)
{
    fprintf(out, "\nBreak-even in %s\n", b->points.axes.axis[0].name);
    for (int i = 0; i < b->n; i++)
        fprintf(out, "  %s\n", sentence(b, &b->crossing[i]));
    if (conclusion(b)) fprintf(out, "%s%s\n", b->n ? "" : "  ", conclusion(b));
    for (int v = 0; v < b->points.scenario->n_variants; v++) {
        if (left_out(b, v)) fprintf(out, "%s\n", left_out(b, v));
    }
}

/* ---- the results file ------------------------------------------------------------------------ */

static void save_gb_s(const struct breakeven *b, struct fs_results_writer *w)
{
    const struct fs_axes *axes = &b->points.axes;
    const char *const dims[] = {axes->axis[0].name, axes->n > 1 ? axes->axis[1].name : "variant",
                                axes->n > 1 ? "variant" : NULL, NULL};
    fs_results_column(w, "", "gb_s_per_request", "GB s",
                      "charged per request that arrived, in all lines by the GB s; NaN: none",
                      FS_F64, dims, b->points.gb_s);
}

static void save_findings(const struct breakeven *b, struct fs_results_writer *w)
{
    const char *const dims[] = {"finding", NULL};
    const int n_variants = b->points.scenario->n_variants, most = b->n + 1 + n_variants;
    const char **text = fs_arena_alloc(b->points.arena, 2 * (size_t)most * sizeof *text);
    const char **variant = text + most;
    int n = 0;
    for (; n < b->n; n++)
        text[n] = sentence(b, &b->crossing[n]);
    if (conclusion(b)) text[n++] = conclusion(b);
    for (int v = 0; v < n_variants; v++) {
        if (left_out(b, v)) text[n++] = left_out(b, v);
    }
    for (int i = 0; i < n; i++)
        variant[i] = "";
    fs_results_dimension(w, "findings", "finding", "1", "what was found, in sentences", FS_TEXT, n,
                         text);
    fs_results_column(w, "findings", "variant", "1", "of which it is said; empty: of several",
                      FS_TEXT, dims, variant);
}

enum { AT, LOW, HIGH, GB_S, NUMBERS };

static double number_of(const struct crossing *c, int which)
{
    return which == AT ? c->x : which == LOW ? c->low : which == HIGH ? c->high : c->gb_s;
}

static void save_numbers(const struct breakeven *b, struct fs_results_writer *w)
{
    static const char *const names[NUMBERS] = {"crossing_value", "crossing_low", "crossing_high",
                                               "crossing_gb_s_per_request"};
    static const char *const docs[NUMBERS] = {
        "where on the first axis the two cost the same", "low end of its interval; NaN: none",
        "high end of its interval; NaN: none", "GB s of a request there; NaN: none is charged"};
    const char *const dims[] = {"crossing", NULL};
    double *value = fs_arena_alloc(b->points.arena, (size_t)b->n * sizeof *value);
    for (int k = 0; k < NUMBERS; k++) {
        for (int i = 0; i < b->n; i++)
            value[i] = number_of(&b->crossing[i], k);
        fs_results_column(w, "", names[k], k == GB_S ? "GB s" : b->points.axes.axis[0].unit,
                          docs[k], FS_F64, dims, value);
    }
}

static void save_crossings(const struct breakeven *b, struct fs_results_writer *w)
{
    const size_t n = (size_t)b->n;
    const char *const dims[] = {"crossing", NULL};
    struct fs_arena *arena = b->points.arena;
    int64_t *number = fs_arena_alloc(arena, n * sizeof *number);
    const char **from = fs_arena_alloc(arena, 2 * n * sizeof *from), **to = from + n;
    int64_t *other = fs_arena_alloc(arena, n * sizeof *other);
    for (int i = 0; i < b->n; i++) {
        number[i] = i;
        from[i] = name_of(b, b->crossing[i].a);
        to[i] = name_of(b, b->crossing[i].b);
        other[i] = b->crossing[i].other;
    }
    fs_results_dimension(w, "", "crossing", "1", "crossing of two variants' cost", FS_I64, b->n,
                         number);
    fs_results_column(w, "", "crossing_from", "1", "variant that is cheaper before", FS_TEXT, dims,
                      from);
    fs_results_column(w, "", "crossing_to", "1", "variant that is cheaper behind", FS_TEXT, dims,
                      to);
    if (b->points.axes.n > 1)
        fs_results_column(w, "", "crossing_on", "1", "number of the second axis' value", FS_I64,
                          dims, other);
    save_numbers(b, w);
}

static void save(const void *self, struct fs_results_writer *w)
{
    const struct breakeven *b = self;
    save_gb_s(b, w);
    if (b->n > 0) save_crossings(b, w);
    save_findings(b, w);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_crossing(const struct breakeven *b, const struct crossing *c, FILE *out)
{
    const struct fs_axes *axes = &b->points.axes;
    fputs("    {\"from\": ", out);
    fs_json_text(out, name_of(b, c->a));
    fputs(", \"to\": ", out);
    fs_json_text(out, name_of(b, c->b));
    if (axes->n > 1) {
        fputs(", \"at\": {", out);
        fs_json_text(out, axes->axis[1].path);
        fputs(": ", out);
        fs_json_text(out, axes->axis[1].text[c->other]);
        fputc('}', out);
    }
    fputs(", \"value\": ", out);
    fs_json_number(out, c->x);
    fputs(", \"low\": ", out);
    fs_json_number(out, c->low);
    fputs(", \"high\": ", out);
    fs_json_number(out, c->high);
    fputs(", \"gb_s_per_request\": ", out);
    fs_json_number(out, c->gb_s);
    fputc('}', out);
}

static void json_point(const struct breakeven *b, int64_t p, FILE *out)
{
    const struct fs_points *points = &b->points;
    int index[FS_AXES_MAX];
    fs_axes_index(&points->axes, p, index);
    fputs("    {\"at\": {", out);
    for (int i = 0; i < points->axes.n; i++) {
        fputs(i ? ", " : "", out);
        fs_json_text(out, points->axes.axis[i].path);
        fputs(": ", out);
        fs_json_text(out, points->axes.axis[i].text[index[i]]);
    }
    fputs("}, \"variants\": {", out);
    for (int v = 0; v < points->scenario->n_variants; v++) {
        fputs(v ? ", " : "", out);
        fs_json_text(out, name_of(b, v));
        fputs(": {", out);
        fs_json_estimate(out, &fs_points_number(points, p, v, 0)->estimate);
        fputs(", \"gb_s_per_request\": ", out);
        fs_json_number(out, fs_points_gb_s(points, p, v));
        fputc('}', out);
    }
    fputs("}}", out);
}

static void print_json(const struct breakeven *b, FILE *out)
{
    const struct fs_points *points = &b->points;
    fputs("{\n  \"metric\": ", out);
    fs_json_text(out, points->path[0]);
    fputs(",\n  \"along\": ", out);
    fs_json_text(out, points->axes.axis[0].path);
    fputs(",\n  \"unit\": ", out);
    fs_json_text(out, points->axes.axis[0].unit);
    fputs(",\n  \"assumptions\": ", out);
    fs_assumptions_json(&points->cube->assumptions, 2, out);
    fputs(",\n  \"points\": [\n", out);
    for (int64_t p = 0; p < points->axes.points; p++) {
        json_point(b, p, out);
        fputs(p + 1 < points->axes.points ? ",\n" : "\n", out);
    }
    fputs("  ],\n  \"crossings\": [\n", out);
    for (int i = 0; i < b->n; i++) {
        json_crossing(b, &b->crossing[i], out);
        fputs(i + 1 < b->n ? ",\n" : "\n", out);
    }
    fputs("  ],\n  \"not_priced\": {", out);
    for (int v = 0, n = 0; v < points->scenario->n_variants; v++) {
        if (!points->unpriced[v]) continue;
        fputs(n++ ? ", " : "", out);
        fs_json_text(out, name_of(b, v));
        fputs(": ", out);
        fs_json_text(out, points->unpriced[v]);
    }
    fputs("}\n}\n", out);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* A month where every variant is projected, else the run: both are lines in a rate, which the cost
 * of a request is not. */
static const char *usual_metric(const struct fs_scenario *scenario)
{
    for (int i = 0; i < scenario->n_variants; i++) {
        const struct fs_run_params *run = &scenario->variant[i].spec.run;
        if (!(fs_bill_runs_per_month(run, run->length) > 0)) return "cost.total_usd";
    }
    return "cost.usd_per_month";
}

static int prepare(struct breakeven *b)
{
    const struct fs_options *o = b->points.options;
    if (o->n_files != 1) return fs_command_refuse("breakeven needs one scenario file");
    if (!fs_command_is_file(o)) return FS_INPUT;
    if (o->n_vary < 1 || o->n_vary > 2)
        return fs_command_refuse("breakeven needs one or two places to vary: --vary PATH=VALUES");
    if (o->n_metric > 1) return fs_command_refuse("breakeven compares one --metric");
    const int code = fs_points_read(&b->points, o->vary, o->n_vary);
    if (code != FS_OK) return code;
    const struct fs_axis *axis = &b->points.axes.axis[0];
    if (b->points.scenario->n_variants < 2)
        return fs_command_refuse("breakeven compares variants, and the scenario has one");
    if (!axis->unit || axis->n < 2)
        return fs_command_refuse(
            "breakeven needs at least two numbers to go along in the first --vary");
    for (int i = 1; i < axis->n; i++) {
        if (axis->number[i] <= axis->number[i - 1])
            return fs_command_refuse("the values of the first --vary must rise");
    }
    if (fs_command_metrics(b->points.arena, o, b->points.scenario) != FS_OK) return FS_INPUT;
    b->points.path = fs_arena_alloc(b->points.arena, sizeof *b->points.path);
    b->points.path[0] = o->n_metric ? o->metric[0] : usual_metric(b->points.scenario);
    b->points.n_paths = 1;
    return FS_OK;
}

int fs_command_breakeven(const struct fs_options *options)
{
    struct breakeven b = {.points = {.arena = fs_arena_new(), .options = options}};
    int code = prepare(&b);
    if (code == FS_OK) code = fs_points_run(&b.points);
    if (code == FS_OK) find_all(&b);
    if (code == FS_OK)
        code = fs_points_save(&b.points, &(struct fs_cube_more){"breakeven", save, &b});
    if (code == FS_OK && options->json) {
        print_json(&b, stdout);
    } else if (code == FS_OK && !options->quiet) {
        print_points(&b, stdout, fs_use_colour(options, stdout));
        print_crossings(&b, stdout);
        fs_assumptions_print(&b.points.cube->assumptions, stdout);
    }
    fs_arena_free(b.points.arena);
    return code;
}
