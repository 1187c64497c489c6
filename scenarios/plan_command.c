/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fleetsim plan`: reads, runs, and tells what was found, what it rests on and what came next. */
#include "assumptions.h"
#include "commands.h"
#include "grid.h"
#include "json.h"
#include "plan.h"
#include "quantity.h"
#include "show.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define SETTINGS_MAX 1000
#define FIRST        10

/* ---- for people ----------------------------------------------------------------------------- */

static const char *objective_text(struct fs_arena *arena, const struct fs_plan *plan, int setting)
{
    const struct fs_estimate e = fs_plan_estimate(plan, setting, 0);
    const char *text = fs_show_estimate(arena, plan->unit, &e);
    return strcmp(plan->objective, "cost.usd_per_month") == 0
               ? fs_arena_format(arena, "%s a month", text)
               : text;
}

static const char *slo_text(struct fs_arena *arena, const struct fs_plan *plan, int setting, int c)
{
    const struct fs_slo *slo = &plan->slo[c];
    struct fs_estimate e = fs_plan_estimate(plan, setting, 1 + c);
    if (isnan(e.value)) return "–";
    if (slo->share) {
        if (isnan(e.low) || isnan(e.high)) return fs_show_share(arena, e.value);
        return fs_arena_format(arena, "%.3g ± %.2g %%", 100 * e.value, 50 * (e.high - e.low));
    }
    return fs_show_estimate(arena, slo->unit, &e);
}

/* "web above 200 ms" for a percentile, "it.duration above 1 s" for a component's, else the metric.
 */
static const char *slo_name(struct fs_arena *arena, const struct fs_plan *plan, int c)
{
    const struct fs_slo *slo = &plan->slo[c];
    if (!(slo->p > 0)) return slo->path;
    const struct fs_show_scale scale = fs_show_scale(slo->above);
    const char *name = strchr(slo->path, '.') + 1, *end = strrchr(name, '.');
    if (strncmp(slo->path, "traffic.", 8) == 0) end = strchr(name, '.');
    return fs_arena_format(arena, "%.*s above %s %s", (int)(end - name), name,
                           fs_show_number(arena, slo->above * scale.factor), scale.unit);
}

static const char *verdict_text(struct fs_arena *arena, const struct fs_plan *plan, int setting)
{
    if (setting == plan->best) return "best";
    switch (fs_select_verdict(plan->select, setting)) {
    case FS_INFEASIBLE:
        return fs_arena_format(arena, "misses %s",
                               plan->slo[fs_select_missed(plan->select, setting)].text);
    case FS_BEATEN:
        return "dearer";
    case FS_OPEN:
    case FS_FEASIBLE:
        break;
    }
    return "undecided";
}

static void print_settings(struct fs_arena *arena, const struct fs_plan *plan, FILE *out,
                           bool colour)
{
    const char *text[16];
    const int columns = 5 + (plan->n_slos < 8 ? plan->n_slos : 8);
    struct fs_grid *grid = fs_grid_new(arena, columns, 1);
    int n = 0;
    text[n++] = "setting";
    text[n++] = "replications";
    text[n++] = plan->objective;
    for (int c = 0; n < columns - 2; c++)
        text[n++] = slo_name(arena, plan, c);
    text[n++] = "frontier";
    text[n++] = "";
    fs_grid_row(grid, text);
    for (int i = 0; i < plan->n_settings; i++) {
        const struct fs_estimate e = fs_plan_estimate(plan, i, 0);
        n = 0;
        text[n++] = plan->setting[i].label;
        text[n++] = fs_arena_format(arena, "%d", fs_select_count(plan->select, i));
        text[n++] = fs_show_estimate(arena, plan->unit, &e);
        for (int c = 0; n < columns - 2; c++)
            text[n++] = slo_text(arena, plan, i, c);
        text[n++] = fs_plan_on_frontier(plan, i) ? "*" : "";
        text[n++] = verdict_text(arena, plan, i);
        fs_grid_row(grid, text);
    }
    fputc('\n', out);
    fs_grid_print(grid, out, colour);
}

static void print_best(struct fs_arena *arena, const struct fs_plan *plan, FILE *out)
{
    const int next = fs_plan_runner_up(plan), binding = fs_plan_binding(plan);
    fprintf(out, "Cheapest that meets");
    for (int i = 0; i < plan->options.n_slos; i++)
        fprintf(out, "%s %s", i ? " and" : "", plan->options.slo[i]);
    fprintf(out, ": %s, %s\n", plan->setting[plan->best].label,
            objective_text(arena, plan, plan->best));
    if (next >= 0)
        fprintf(out, "Runner-up: %s, %s\n", plan->setting[next].label,
                objective_text(arena, plan, next));
    if (binding >= 0) {
        const int c = fs_select_missed(plan->select, binding);
        fprintf(out, "Binding: %s; the next cheaper, %s (%s), misses it: %s: %s\n",
                plan->slo[c].text, plan->setting[binding].label,
                objective_text(arena, plan, binding), slo_name(arena, plan, c),
                slo_text(arena, plan, binding, c));
    } else {
        fputs("Binding: nothing; no cheaper setting of the grid misses anything\n", out);
    }
}

static void print_none(struct fs_arena *arena, const struct fs_plan *plan, FILE *out)
{
    const int i = fs_plan_closest(plan);
    fprintf(out, "%s; closest is %s, %s\n",
            plan->decided ? "No setting of the grid meets all of it"
                          : "Undecided: the budget of replications is spent",
            plan->setting[i].label, objective_text(arena, plan, i));
    for (int c = 0; c < plan->n_slos; c++)
        fprintf(out, "  %s: %s (%s)\n", slo_name(arena, plan, c), slo_text(arena, plan, i, c),
                plan->slo[c].text);
}

static void print_guarantee(struct fs_arena *arena, const struct fs_plan *plan, FILE *out)
{
    fprintf(out,
            "With probability %g %%, of those that meet everything by more than %g %% of a limit "
            "none is cheaper by more than %s %s (%g %%). %d replications, %d settings.\n",
            100 * plan->options.confidence, 100 * plan->options.tolerance,
            fs_show_number(arena, plan->indifference), plan->unit, 100 * plan->options.indifference,
            plan->replications, plan->n_settings);
}

/* Whose numbers are told first. */
static const struct fs_variant *told(const struct fs_plan *plan)
{
    return plan->setting[plan->best >= 0 ? plan->best : fs_plan_closest(plan)].variant;
}

static void print_assumptions(const struct fs_variant *v, FILE *out)
{
    const struct fs_assumptions assumptions = fs_assumptions_of(v);
    fs_assumptions_print(&assumptions, out);
    if (v->conditional) fputs("\nArrivals are a trace: the answer is for this trace\n", out);
}

static void print_plan(struct fs_arena *arena, const struct fs_plan *plan, FILE *out, bool colour)
{
    if (plan->best >= 0)
        print_best(arena, plan, out);
    else
        print_none(arena, plan, out);
    print_guarantee(arena, plan, out);
    print_settings(arena, plan, out, colour);
    print_assumptions(told(plan), out);
}

/* ---- for programs --------------------------------------------------------------------------- */

static void json_estimate(const char *name, const struct fs_estimate *e, FILE *out)
{
    fputs(", ", out);
    fs_json_text(out, name);
    fputs(": {", out);
    fs_json_estimate(out, e);
    fputc('}', out);
}

static void json_name(const char *key, const struct fs_plan *plan, int setting, FILE *out)
{
    fprintf(out, "  \"%s\": ", key);
    if (setting < 0)
        fputs("null", out);
    else
        fs_json_text(out, plan->setting[setting].label);
    fputs(",\n", out);
}

static void json_setting(struct fs_arena *arena, const struct fs_plan *plan, int i, FILE *out)
{
    struct fs_estimate e = fs_plan_estimate(plan, i, 0);
    fputs("\n    {\"setting\": ", out);
    fs_json_text(out, plan->setting[i].label);
    fprintf(out, ", \"replications\": %d", fs_select_count(plan->select, i));
    json_estimate(plan->objective, &e, out);
    for (int c = 0; c < plan->n_slos; c++) {
        e = fs_plan_estimate(plan, i, 1 + c);
        json_estimate(slo_name(arena, plan, c), &e, out);
    }
    fprintf(out,
            ", \"frontier\": %s, \"verdict\": ", fs_plan_on_frontier(plan, i) ? "true" : "false");
    fs_json_text(out, verdict_text(arena, plan, i));
    fputc('}', out);
}

static void print_json(struct fs_arena *arena, const struct fs_plan *plan, FILE *out)
{
    const struct fs_assumptions assumptions = fs_assumptions_of(told(plan));
    fputs("{\n", out);
    json_name("best", plan, plan->best, out);
    json_name("runner_up", plan, plan->best >= 0 ? fs_plan_runner_up(plan) : -1, out);
    json_name("binding", plan, fs_plan_binding(plan), out);
    json_name("closest", plan, plan->best >= 0 ? -1 : fs_plan_closest(plan), out);
    fprintf(out, "  \"decided\": %s,\n  \"replications\": %d,\n  \"probability\": ",
            plan->decided ? "true" : "false", plan->replications);
    fs_json_number(out, plan->options.confidence);
    fputs(",\n  \"indifference\": ", out);
    fs_json_number(out, plan->indifference);
    fputs(",\n  \"assumptions\": ", out);
    fs_assumptions_json(&assumptions, 2, out);
    fputs(",\n  \"settings\": [", out);
    for (int i = 0; i < plan->n_settings; i++) {
        fputs(i ? "," : "", out);
        json_setting(arena, plan, i, out);
    }
    fputs("\n  ]\n}\n", out);
}

/* ---- the command ---------------------------------------------------------------------------- */

static bool read_share(struct fs_arena *arena, const char *name, const char *text, double preset,
                       double most, double *value)
{
    const char *hint;
    *value = preset;
    if (!text) return true;
    if (!fs_quantity_read(arena, FS_D_FRACTION, text, value, &hint) && *value > 0 && *value < most)
        return true;
    fprintf(stderr, "fleetsim: --%s is a share such as %g%%, not '%s'\n", name, 100 * preset, text);
    return false;
}

static int prepare(struct fs_arena *arena, const struct fs_options *o, struct fs_plan **plan)
{
    struct fs_plan_options how = {.file = o->n_files ? o->file[0] : NULL,
                                  .only = o->variant,
                                  .override = o->override,
                                  .n_overrides = o->n_overrides,
                                  .slo = o->slo,
                                  .n_slos = o->n_slo,
                                  .minimize = o->minimize,
                                  .first = FIRST,
                                  .budget = o->budget ? o->budget : 2000,
                                  .colour = fs_use_colour(o, stderr)};
    struct fs_scenario *scenario;
    struct fs_axes axes = {.points = 1};
    how.how = (struct fs_study_options){
        .threads = o->jobs, .stop = &fs_signal, .progress = !o->quiet && isatty(STDERR_FILENO)};
    if (o->n_files != 1) return fs_command_refuse("plan needs one scenario file");
    if (!fs_command_is_file(o)) return FS_INPUT;
    if (o->n_slo == 0)
        return fs_command_refuse("plan needs an objective, e.g. --slo 'p99 < 200ms'");
    if (!read_share(arena, "probability", o->probability, .95, 1, &how.confidence) ||
        !read_share(arena, "indifference", o->indifference, .02, 1, &how.indifference) ||
        !read_share(arena, "tolerance", o->tolerance, .1, 1, &how.tolerance))
        return FS_INPUT;
    if (how.budget < FIRST)
        return fs_command_refuse("--budget is at least 10 replications a setting");
    if (o->n_vary && !fs_axes_read(arena, o->vary, o->n_vary, &axes)) return FS_INPUT;
    const int code = fs_command_read(arena, o, o->file[0], &scenario);
    if (code != FS_OK) return code;
    if (!fs_axes_check(arena, &axes, scenario)) return FS_INPUT;
    if (!o->quiet) fs_axes_warn(&axes, o);
    if (axes.points * scenario->n_variants > SETTINGS_MAX && !o->yes) {
        fprintf(stderr, "fleetsim: %lld settings; more than %d run only with --yes\n",
                (long long)(axes.points * scenario->n_variants), SETTINGS_MAX);
        return FS_INPUT;
    }
    return (int)fs_plan_read(arena, &axes, &how, plan);
}

int fs_command_plan(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_plan *plan = NULL;
    int code = prepare(arena, options, &plan);
    if (code == FS_OK) code = (int)fs_plan_run(plan);
    if (code == FS_INTERRUPTED) {
        code = 128 + fs_signal;
    } else if (code == FS_OK) {
        if (options->json)
            print_json(arena, plan, stdout);
        else if (!options->quiet)
            print_plan(arena, plan, stdout, fs_use_colour(options, stdout));
        if (plan->best < 0) code = FS_MISSED;
    }
    fs_plan_free(plan);
    fs_arena_free(arena);
    return code;
}
