/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows are chosen by general rules over the metrics table: an outcome that never happened is left
 * out. Nothing here knows a mechanism.
 */
#include "table.h"

#include "assumptions.h"
#include "comparison.h"
#include "component.h"
#include "explain.h"
#include "grid.h"
#include "namelist.h"
#include "show.h"
#include "together.h"
#include "view.h"

#include <math.h>
#include <string.h>

struct printer {
    const struct fs_study *study;
    struct fs_arena *arena;
    struct fs_grid *grid;
    const char **cell; /* 1 + variants */
};

/* ---- rows ----------------------------------------------------------------------------------- */

static bool get(const struct printer *p, int variant, struct fs_view *view, const char *format,
                const char *subject, const char *metric)
{
    char path[512];
    snprintf(path, sizeof path, format, subject, metric);
    return fs_view_get(p->arena, &p->study->variant[variant], path, view);
}

static void row(struct printer *p, const char *label)
{
    p->cell[0] = label;
    fs_grid_row(p->grid, p->cell);
}

static void clear(struct printer *p)
{
    for (int i = 0; i <= p->study->n_variants; i++)
        p->cell[i] = NULL;
}

static void count_row(struct printer *p, const char *class, const char *metric, const char *label,
                      bool with_share, bool always)
{
    bool any = always;
    clear(p);
    for (int i = 0; i < p->study->n_variants; i++) {
        struct fs_view count, part;
        if (!get(p, i, &count, "traffic.%s.%s", class, metric)) continue;
        const char *text = fs_show_count(p->arena, &count.estimate);
        if (count.estimate.value > 0) any = true;
        if (with_share && count.estimate.value > 0 &&
            get(p, i, &part, "traffic.%s.%s.share", class, metric) && !isnan(part.estimate.value))
            text = fs_arena_format(p->arena, "%s (%s)", text,
                                   fs_show_share_estimate(p->arena, &part.estimate));
        p->cell[i + 1] = text;
    }
    if (any) row(p, label);
}

static void latency_row(struct printer *p, const char *class, const char *statistic,
                        const char *label)
{
    clear(p);
    for (int i = 0; i < p->study->n_variants; i++) {
        struct fs_view view;
        if (get(p, i, &view, "traffic.%s.latency.%s", class, statistic))
            p->cell[i + 1] = fs_show_duration(p->arena, &view.estimate);
    }
    row(p, label);
}

/* "cold start 62 %, execution 38 %", over all replications. */
static const char *composition(struct printer *p, int variant, const char *class)
{
    double part[FS_LATENCY_PARTS + 1], sum;
    const char *text = "";
    if (!fs_view_p99_parts(p->arena, &p->study->variant[variant], class, part, &sum)) return text;
    for (int k = 0; k <= FS_LATENCY_PARTS; k++) {
        if (part[k] < 0.005 * sum) continue;
        text = fs_arena_format(p->arena, "%s%s%s %.0f %%", text, *text ? ", " : "",
                               fs_show_words(p->arena, fs_part_name[k]), 100 * part[k] / sum);
    }
    return text;
}

static void composition_row(struct printer *p, const char *class)
{
    clear(p);
    for (int i = 0; i < p->study->n_variants; i++)
        p->cell[i + 1] = composition(p, i, class);
    row(p, "  p99 made of");
}

static void class_rows(struct printer *p, const char *class)
{
    static const char *const labels[FS_OUTCOMES] = {"  completed",    "  failed",  "  timed out",
                                                    "  throttled",    "  dropped", "  expired",
                                                    "  dead-lettered"};
    fs_grid_heading(p->grid, fs_arena_format(p->arena, "Requests: %s", class));
    count_row(p, class, "arrived", "  arrived", false, true);
    for (int i = 0; i < FS_OUTCOMES; i++)
        count_row(p, class, fs_outcome_name[i], labels[i], true, i == 0);
    count_row(p, class, "in_flight.last", "  still in flight", false, false);
    count_row(p, class, "attempts", "  attempts", false, false);
    count_row(p, class, "wasted_executions", "  wasted executions", false, false);
    count_row(p, class, "duplicates", "  duplicates", false, false);
    count_row(p, class, "cold_starts", "  cold starts", true, false);
    latency_row(p, class, "p50", "  latency p50");
    latency_row(p, class, "p90", "  p90");
    latency_row(p, class, "p95", "  p95");
    latency_row(p, class, "p99", "  p99");
    latency_row(p, class, "p999", "  p99.9");
    latency_row(p, class, "max", "  longest");
    composition_row(p, class);
}

/* ---- classes and components of all variants -------------------------------------------------- */

static void add_subjects(struct fs_namelist *names, const struct printer *p, bool traffic)
{
    const struct fs_study *study = p->study;
    for (int i = 0; i < study->n_variants; i++) {
        if (study->variant[i].n == 0) continue;
        const struct fs_record *record = study->variant[i].record[0];
        for (int j = 0; j < record->n_tables; j++) {
            const struct fs_table *table = &record->table[j];
            if ((strcmp(table->name, "traffic") == 0) != traffic) continue;
            if (strcmp(table->name, "account") == 0) continue;
            for (int k = 0; k < table->n_subjects; k++)
                fs_namelist_add_once(p->arena, names, table->subject[k].name);
        }
    }
}

/* ---- fleets: mean and peak of every gauge, but for those that say the same as the first ----- */

static const struct fs_table *table_of(const struct fs_record *record, const char *component,
                                       const struct fs_subject **subject)
{
    for (int i = 0; i < record->n_tables; i++) {
        for (int j = 0; j < record->table[i].n_subjects; j++) {
            if (strcmp(record->table[i].name, "traffic") == 0) continue;
            *subject = &record->table[i].subject[j];
            if (strcmp((*subject)->name, component) == 0) return &record->table[i];
        }
    }
    return NULL;
}

static void add_metrics(struct fs_namelist *names, const struct printer *p, const char *component,
                        enum fs_metric_kind kind)
{
    for (int i = 0; i < p->study->n_variants; i++) {
        const struct fs_subject *subject;
        if (p->study->variant[i].n == 0) continue;
        const struct fs_table *table =
            table_of(p->study->variant[i].record[0], component, &subject);
        for (int k = 0; table && k < table->n_metrics; k++) {
            if (table->metrics[k].kind == kind)
                fs_namelist_add_once(p->arena, names, table->metrics[k].name);
        }
    }
}

static bool same_cells(const struct printer *p, const char *const *cell)
{
    for (int i = 1; i <= p->study->n_variants; i++) {
        const char *a = p->cell[i] ? p->cell[i] : "", *b = cell[i] ? cell[i] : "";
        if (strcmp(a, b) != 0) return false;
    }
    return true;
}

/* `first`: the cells of the component's first row, all NULL when this is it. */
static void gauge_row(struct printer *p, const char *component, const char *metric,
                      const char **first)
{
    bool any = false;
    clear(p);
    for (int i = 0; i < p->study->n_variants; i++) {
        struct fs_view mean, peak;
        char name[256];
        snprintf(name, sizeof name, "%s.mean", metric);
        if (!get(p, i, &mean, "components.%s.%s", component, name)) continue;
        snprintf(name, sizeof name, "%s.peak", metric);
        get(p, i, &peak, "components.%s.%s", component, name);
        any = any || peak.estimate.value > 0;
        const bool milli = strcmp(mean.unit, "1e-3") == 0;
        const double factor = milli ? 1e-3 : 1;
        const char *unit = milli || strcmp(mean.unit, "1") == 0 ? "" : mean.unit;
        p->cell[i + 1] = fs_arena_format(
            p->arena, "mean %s, peak %s%s%s", fs_show_mean(p->arena, &mean.estimate, factor),
            fs_show_mean(p->arena, &peak.estimate, factor), *unit ? " " : "", unit);
    }
    if (!any || same_cells(p, first)) return;
    if (!first[0]) memcpy(first, p->cell, (size_t)(p->study->n_variants + 1) * sizeof *first);
    first[0] = component;
    row(p, fs_arena_format(p->arena, "  %s: %s", component, metric));
}

static void fleet_rows(struct printer *p, const struct fs_namelist *components)
{
    fs_grid_heading(p->grid, "Fleets");
    for (int i = 0; i < components->n; i++) {
        const char **first =
            fs_arena_alloc(p->arena, (size_t)(p->study->n_variants + 1) * sizeof *first);
        struct fs_namelist gauges = {0};
        add_metrics(&gauges, p, components->name[i], FS_GAUGE);
        for (int k = 0; k < gauges.n; k++)
            gauge_row(p, components->name[i], gauges.name[k], first);
    }
}

/* ---- money ---------------------------------------------------------------------------------- */

static void money_row(struct printer *p, const char *path, const char *label)
{
    clear(p);
    for (int i = 0; i < p->study->n_variants; i++) {
        struct fs_view view;
        if (fs_view_get(p->arena, &p->study->variant[i], path, &view))
            p->cell[i + 1] = fs_show_money(p->arena, &view.estimate);
    }
    row(p, label);
}

/* Whom the bill leaves out: said where the amount would stand. */
static void unpriced_rows(struct printer *p)
{
    struct fs_namelist components = {0};
    for (int i = 0; i < p->study->n_variants; i++) {
        const struct fs_study_variant *v = &p->study->variant[i];
        for (int k = 0; v->n && k < v->bill[0]->n_unpriced; k++)
            fs_namelist_add_once(p->arena, &components, v->bill[0]->unpriced[k]);
    }
    for (int c = 0; c < components.n; c++) {
        clear(p);
        for (int i = 0; i < p->study->n_variants; i++) {
            const struct fs_study_variant *v = &p->study->variant[i];
            for (int k = 0; v->n && k < v->bill[0]->n_unpriced; k++) {
                if (strcmp(v->bill[0]->unpriced[k], components.name[c]) == 0)
                    p->cell[i + 1] = "not priced";
            }
        }
        row(p, fs_arena_format(p->arena, "  %s", components.name[c]));
    }
}

/* A line of which nothing was used is left out. */
static bool is_charged(const struct printer *p, const char *path)
{
    struct fs_view view;
    for (int i = 0; i < p->study->n_variants; i++) {
        if (fs_view_get(p->arena, &p->study->variant[i], path, &view) && view.estimate.value > 0)
            return true;
    }
    return false;
}

/* What a month is made of, where no variant says it. */
static const char *month_label(const struct printer *p)
{
    for (int i = 0; i < p->study->n_variants; i++) {
        const struct fs_run_params *run = &p->study->variant[i].variant->spec.run;
        if (fs_bill_runs_per_month(run, run->length) > 0) return "  a month";
    }
    return "  a month (say run.represents)";
}

static void money_rows(struct printer *p)
{
    struct fs_namelist lines = {0};
    fs_grid_heading(p->grid, "Cost");
    for (int i = 0; i < p->study->n_variants; i++) {
        const struct fs_study_variant *v = &p->study->variant[i];
        for (int k = 0; v->n && k < v->bill[0]->n_lines; k++) {
            const struct fs_bill_line *line = &v->bill[0]->line[k];
            if (line->quantity > 0)
                fs_namelist_add_once(
                    p->arena, &lines,
                    fs_arena_format(p->arena, "%s.%s", line->component, line->line));
        }
    }
    for (int k = 0; k < lines.n; k++) {
        const char *path = fs_arena_format(p->arena, "cost.%s.usd", lines.name[k]);
        if (is_charged(p, path))
            money_row(p, path, fs_arena_format(p->arena, "  %s", lines.name[k]));
    }
    unpriced_rows(p);
    money_row(p, "cost.total_usd", "  this run");
    money_row(p, "cost.usd_per_million", "  a million requests");
    money_row(p, "cost.usd_per_month", month_label(p));
}

/* ---- alarms ---------------------------------------------------------------------------------- */

static const char *alarm_cell(const struct printer *p, const struct fs_study_variant *v,
                              const char *name)
{
    struct fs_view fired, at, spent;
    if (!fs_view_get(p->arena, v, fs_arena_format(p->arena, "alarms.%s.fired", name), &fired))
        return "";
    if (!(fired.estimate.value > 0)) return "did not fire";
    fs_view_get(p->arena, v, fs_arena_format(p->arena, "alarms.%s.fired_at", name), &at);
    fs_view_get(p->arena, v, fs_arena_format(p->arena, "alarms.%s.spent_usd", name), &spent);
    const char *when = fs_show_duration(p->arena, &at.estimate);
    const char *usd = fs_show_money(p->arena, &spent.estimate);
    if (fired.estimate.value < 1)
        return fs_arena_format(p->arena, "in %s of runs: at %s, %s spent",
                               fs_show_share(p->arena, fired.estimate.value), when, usd);
    return fs_arena_format(p->arena, "at %s, %s spent", when, usd);
}

static void alarm_rows(struct printer *p)
{
    struct fs_namelist alarms = {0};
    for (int i = 0; i < p->study->n_variants; i++) {
        const struct fs_variant_spec *spec = &p->study->variant[i].variant->spec;
        for (int k = 0; k < spec->n_alarms; k++)
            fs_namelist_add_once(p->arena, &alarms, spec->alarm[k].name);
    }
    if (alarms.n) fs_grid_heading(p->grid, "Alarms");
    for (int k = 0; k < alarms.n; k++) {
        clear(p);
        for (int i = 0; i < p->study->n_variants; i++)
            p->cell[i + 1] = alarm_cell(p, &p->study->variant[i], alarms.name[k]);
        row(p, fs_arena_format(p->arena, "  %s", alarms.name[k]));
    }
}

/* ---- sentences ------------------------------------------------------------------------------ */

static void say_findings(const struct printer *p, FILE *out)
{
    const struct fs_findings findings = fs_explain(p->arena, p->study);
    if (findings.n) fputs("\nWhat happened\n", out);
    for (int i = 0; i < findings.n; i++) {
        const struct fs_finding *f = &findings.finding[i];
        fprintf(out, f->variant ? "  %s: %s\n" : "  %s%s\n", f->variant ? f->variant : "", f->text);
    }
}

static void say_assumptions(const struct printer *p, FILE *out)
{
    struct fs_assumptions all = {.n = 0};
    for (int i = 0; i < p->study->n_variants; i++)
        fs_assumptions_add(p->arena, &all, p->study->variant[i].variant);
    fs_assumptions_print(&all, out);
}

/* ---- the table ------------------------------------------------------------------------------ */

static void heading(const struct printer *p, FILE *out, bool colour)
{
    const struct fs_scenario *s = p->study->scenario;
    const struct fs_run_params *run = &s->variant[0].spec.run;
    const struct fs_show_scale scale = fs_show_scale((double)run->length / 1e9);
    const char *title = s->title ? s->title : s->path;
    fprintf(out, colour ? "\033[1m%s\033[0m\n" : "%s\n", fs_escape(p->arena, title, strlen(title)));
    fprintf(out, "%s %s simulated, %lld replication%s, seed %lld",
            fs_show_number(p->arena, (double)run->length / 1e9 * scale.factor), scale.unit,
            (long long)p->study->variant[0].n, p->study->variant[0].n == 1 ? "" : "s",
            (long long)run->seed);
    if (run->kind == FS_RUN_STEADY_STATE)
        fprintf(out, "; steady state: the start is cut off, in brackets the %g %% interval",
                100 * run->confidence);
    else if (p->study->variant[0].n > 1)
        fprintf(out, "; in brackets the %g %% interval", 100 * run->confidence);
    bool conditional = false;
    for (int i = 0; i < s->n_variants; i++)
        conditional = conditional || s->variant[i].conditional;
    if (conditional) fputs("; arrivals are a trace, intervals are conditional on it", out);
    fputc('\n', out);
    if (*p->study->stopped) fprintf(out, "Stopped: %s\n", p->study->stopped);
    if (!p->study->complete) fputs("INTERRUPTED: what follows is a part of the run\n", out);
}

void fs_study_table(const struct fs_study *study, FILE *out, bool colour)
{
    struct fs_arena *arena = fs_arena_new();
    struct printer p = {.study = study, .arena = arena};
    struct fs_namelist classes = {0}, components = {0};
    p.grid = fs_grid_new(arena, 1 + study->n_variants, 1);
    p.cell = fs_arena_alloc(arena, (size_t)(1 + study->n_variants) * sizeof *p.cell);
    heading(&p, out, colour);
    for (int i = 0; i < study->n_variants; i++)
        p.cell[i + 1] = study->variant[i].variant->name;
    fs_grid_heading(p.grid, "Variant");
    row(&p, "");
    add_subjects(&classes, &p, true);
    add_subjects(&components, &p, false);
    for (int i = 0; i < classes.n; i++)
        class_rows(&p, classes.name[i]);
    fleet_rows(&p, &components);
    money_rows(&p);
    alarm_rows(&p);
    fs_grid_print(p.grid, out, colour);
    const struct fs_together together = fs_study_together(arena, study);
    fs_together_print(arena, study, &together, out, colour);
    const struct fs_comparison comparison = fs_study_compare(arena, study, NULL, 0);
    fs_comparison_print(arena, study, &comparison, out);
    say_findings(&p, out);
    say_assumptions(&p, out);
    fs_arena_free(arena);
}
