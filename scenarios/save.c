/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Columns with many dimensions instead of many columns: one dataset per metric of a table, over
 * (subject, replication, time). Gathering a column is a copy from the records into one block, in
 * the order of subjects and replications, so the bytes depend on the results alone.
 */
#include "save.h"

#include "comparison.h"
#include "explain.h"
#include "full.h"
#include "platform.h"
#include "request.h"
#include "results.h"
#include "together.h"
#include "view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct saver {
    struct fs_results_writer *w;
    struct fs_arena *arena;
    const struct fs_study_variant *variant;
    const char *group;
    const char *subject_dim; /* "class" or "component" */
    int table;
    int n_subjects, n, n_intervals;
};

static const struct fs_series *series_at(const struct saver *s, int subject, int replication,
                                         int metric)
{
    return &s->variant->record[replication]->table[s->table].subject[subject].series[metric];
}

static size_t cells(const struct saver *s)
{
    return (size_t)s->n_subjects * (size_t)s->n;
}

/* Copy `from(series)` of every (subject, replication) into one block; a record that was cut short
 * leaves the rest at 0. */
typedef const void *pick(const struct fs_series *series, int which);

static void *gather(const struct saver *s, int metric, pick *from, int which)
{
    const size_t size = 8, row = (size_t)s->n_intervals;
    char *block = fs_alloc(cells(s) * row * size + 1, "a column");
    for (int i = 0; i < s->n_subjects; i++) {
        for (int j = 0; j < s->n; j++) {
            const size_t used = (size_t)s->variant->record[j]->n_intervals;
            char *to = block + ((size_t)i * (size_t)s->n + (size_t)j) * row * size;
            memcpy(to, from(series_at(s, i, j, metric), which), used * size);
        }
    }
    return block;
}

static const void *pick_increase(const struct fs_series *x, int which)
{
    (void)which;
    return x->increase;
}

static const void *pick_gauge(const struct fs_series *x, int which)
{
    const void *const array[] = {x->interval_mean, x->interval_peak, x->interval_last};
    return array[which];
}

static const void *pick_count(const struct fs_series *x, int which)
{
    (void)which;
    return x->interval_count;
}

static const void *pick_quantile(const struct fs_series *x, int which)
{
    return x->interval_quantile[which];
}

/* ---- metrics -------------------------------------------------------------------------------- */

static void save_counter(struct saver *s, int metric, const struct fs_metric *m)
{
    const char *const dims[] = {s->subject_dim, "replication", "time", NULL};
    void *block = gather(s, metric, pick_increase, 0);
    fs_results_column(s->w, s->group, m->name, m->unit, m->doc, FS_I64, dims, block);
    free(block);
}

static void save_gauge(struct saver *s, int metric, const struct fs_metric *m)
{
    static const char *const suffix[] = {"mean", "peak", "last"};
    const char *const dims[] = {s->subject_dim, "replication", "time", NULL};
    for (int which = 0; which < 3; which++) {
        void *block = gather(s, metric, pick_gauge, which);
        fs_results_column(s->w, s->group,
                          fs_arena_format(s->arena, "%s_%s", m->name, suffix[which]), m->unit,
                          m->doc, which == 0 ? FS_F64 : FS_I64, dims, block);
        free(block);
    }
}

/* (subject, replication, quantile, time), in seconds. */
static void save_quantiles(struct saver *s, int metric, const struct fs_metric *m)
{
    const char *const dims[] = {s->subject_dim, "replication", "quantile", "time", NULL};
    const size_t row = (size_t)s->n_intervals;
    double *block = fs_alloc(cells(s) * FS_QUANTILES * row * sizeof *block + 1, "a column");
    for (size_t i = 0; i < cells(s) * FS_QUANTILES * row; i++)
        block[i] = NAN;
    for (int i = 0; i < s->n_subjects; i++) {
        for (int j = 0; j < s->n; j++) {
            for (int q = 0; q < FS_QUANTILES; q++) {
                const double *from = pick_quantile(series_at(s, i, j, metric), q);
                const size_t cell = (size_t)i * (size_t)s->n + (size_t)j;
                double *to = block + (cell * FS_QUANTILES + (size_t)q) * row;
                for (int t = 0; t < s->variant->record[j]->n_intervals; t++)
                    to[t] = from[t] / 1e9;
            }
        }
    }
    fs_results_column(s->w, s->group, m->name, m->unit, m->doc, FS_F64, dims, block);
    free(block);
}

/* Bins that any subject and replication has used. */
static int used_bins(const struct saver *s, int metric, int *bins)
{
    int n = 0;
    for (int bin = 0; bin < FS_HISTOGRAM_BINS; bin++) {
        bool used = false;
        for (int i = 0; i < s->n_subjects && !used; i++) {
            for (int j = 0; j < s->n && !used; j++)
                used = series_at(s, i, j, metric)->histogram->bin[bin] != 0;
        }
        if (used) bins[n++] = bin;
    }
    return n;
}

static void save_histogram(struct saver *s, int metric, const struct fs_metric *m)
{
    int *bins = fs_alloc(FS_HISTOGRAM_BINS * sizeof *bins, "a column");
    const int n = used_bins(s, metric, bins);
    const char *dim = fs_arena_format(s->arena, "%s_bin", m->name);
    const char *const dims[] = {s->subject_dim, "replication", dim, NULL};
    double *low = fs_alloc((size_t)n * sizeof *low, "a column");
    uint64_t *count = fs_alloc(cells(s) * (size_t)n * sizeof *count, "a column");
    for (int b = 0; b < n; b++) {
        low[b] = (double)fs_histogram_low(bins[b]) / 1e9;
        for (int i = 0; i < s->n_subjects; i++) {
            for (int j = 0; j < s->n; j++)
                count[((size_t)i * (size_t)s->n + (size_t)j) * (size_t)n + (size_t)b] =
                    series_at(s, i, j, metric)->histogram->bin[bins[b]];
        }
    }
    fs_results_dimension(s->w, s->group, dim, "s", "lower edge of a bin of the histogram", FS_F64,
                         n, low);
    fs_results_column(s->w, s->group, fs_arena_format(s->arena, "%s_histogram", m->name), "1",
                      "values in each bin over the whole run", FS_U64, dims, count);
    free(count);
    free(low);
    free(bins);
}

/* NaN where nothing is known, 0 where nothing took any time. */
static void save_parts(struct saver *s, const struct fs_metric *m)
{
    const char *const dims[] = {s->subject_dim, "part", NULL};
    const int row = FS_LATENCY_PARTS + 1;
    double *block = fs_alloc((size_t)(s->n_subjects * row) * sizeof *block, "a column");
    for (int i = 0; i < s->n_subjects; i++) {
        const char *class = s->variant->record[0]->table[s->table].subject[i].name;
        double part[FS_LATENCY_PARTS + 1], sum;
        const bool known = fs_view_p99_parts(s->arena, s->variant, class, part, &sum);
        for (int k = 0; k < row; k++)
            block[i * row + k] = known || !(sum > 0) ? part[k] / 1e9 : (double)NAN;
    }
    fs_results_column(s->w, s->group, fs_arena_format(s->arena, "%s_p99_parts", m->name), "s",
                      "mean parts of the values between p98.5 and p99.5 of all replications",
                      FS_F64, dims, block);
    free(block);
}

static void save_latency(struct saver *s, int metric, const struct fs_metric *m, bool parts)
{
    const char *const dims[] = {s->subject_dim, "replication", "time", NULL};
    save_quantiles(s, metric, m);
    void *block = gather(s, metric, pick_count, 0);
    fs_results_column(s->w, s->group, fs_arena_format(s->arena, "%s_count", m->name), "1",
                      "values recorded in the interval", FS_I64, dims, block);
    free(block);
    save_histogram(s, metric, m);
    if (parts) save_parts(s, m);
}

/* The outcomes of a class are one column with a dimension. */
static void save_outcomes(struct saver *s, int first)
{
    const char *const dims[] = {s->subject_dim, "outcome", "replication", "time", NULL};
    const size_t plane = (size_t)s->n * (size_t)s->n_intervals;
    int64_t *block =
        fs_alloc((size_t)s->n_subjects * FS_OUTCOMES * plane * sizeof *block, "a column");
    for (int o = 0; o < FS_OUTCOMES; o++) {
        int64_t *one = gather(s, first + o, pick_increase, 0);
        for (int i = 0; i < s->n_subjects; i++)
            memcpy(block + ((size_t)i * FS_OUTCOMES + (size_t)o) * plane, one + (size_t)i * plane,
                   plane * sizeof *block);
        free(one);
    }
    fs_results_column(s->w, s->group, "requests", "1", "requests that ended, by outcome", FS_I64,
                      dims, block);
    free(block);
}

/* ---- dimensions ----------------------------------------------------------------------------- */

static void save_time(struct saver *s, const char *group)
{
    const struct fs_record *record = s->variant->record[0];
    double *time = fs_alloc((size_t)s->n_intervals * sizeof *time, "a dimension");
    int64_t *number = fs_alloc((size_t)s->n * sizeof *number, "a dimension");
    for (int i = 0; i < s->n_intervals; i++)
        time[i] = (double)(record->start + (fs_time)i * record->interval) / 1e9;
    for (int i = 0; i < s->n; i++)
        number[i] = i;
    fs_results_dimension(s->w, group, "replication", "1", "independent repetition", FS_I64, s->n,
                         number);
    fs_results_dimension(s->w, group, "time", "s", "start of the interval", FS_F64, s->n_intervals,
                         time);
    free(time);
    free(number);
}

static void save_dimensions(struct saver *s, const struct fs_table *table)
{
    const char **name = fs_alloc((size_t)s->n_subjects * sizeof *name, "a dimension");
    for (int i = 0; i < s->n_subjects; i++)
        name[i] = table->subject[i].name;
    fs_results_dimension(s->w, s->group, s->subject_dim, "1",
                         strcmp(s->subject_dim, "class") == 0 ? "traffic class" : "component",
                         FS_TEXT, s->n_subjects, name);
    free(name);
    save_time(s, s->group);
    fs_results_dimension(s->w, s->group, "quantile", "1", "share of values at or below", FS_F64,
                         FS_QUANTILES, fs_quantile_p);
    if (strcmp(table->name, "traffic") != 0) return;
    fs_results_dimension(s->w, s->group, "outcome", "1", "how a request ended", FS_TEXT,
                         FS_OUTCOMES, fs_outcome_name);
    fs_results_dimension(s->w, s->group, "part", "1", "what time was spent on", FS_TEXT,
                         FS_LATENCY_PARTS + 1, fs_part_name);
}

static bool is_outcome(const struct fs_metric *m)
{
    for (int i = 0; i < FS_OUTCOMES; i++) {
        if (strcmp(m->name, fs_outcome_name[i]) == 0) return true;
    }
    return false;
}

static void save_table(struct saver *s, const struct fs_table *table)
{
    const bool traffic = strcmp(table->name, "traffic") == 0;
    bool outcomes = false;
    save_dimensions(s, table);
    for (int i = 0; i < table->n_metrics; i++) {
        const struct fs_metric *m = &table->metrics[i];
        if (traffic && is_outcome(m)) {
            if (!outcomes) save_outcomes(s, i);
            outcomes = true;
        } else if (m->kind == FS_COUNTER) {
            save_counter(s, i, m);
        } else if (m->kind == FS_GAUGE) {
            save_gauge(s, i, m);
        } else {
            save_latency(s, i, m, traffic);
        }
    }
}

/* ---- cost and estimates --------------------------------------------------------------------- */

static void save_cost_totals(struct saver *s, int n_lines)
{
    static const char *const names[] = {"quantity", "usd", "usd_per_month"};
    static const char *const docs[] = {"metered quantity, in the price item's unit",
                                       "cost of the run at the first price tier",
                                       "cost of a month of such runs; NaN: not projected"};
    const char *const dims[] = {"cost_item", "replication", NULL};
    double *block = fs_alloc((size_t)n_lines * (size_t)s->n * sizeof *block, "a column");
    for (int which = 0; which < 3; which++) {
        for (int i = 0; i < n_lines; i++) {
            for (int j = 0; j < s->n; j++) {
                const struct fs_bill_line *l = &s->variant->bill[j]->line[i];
                const double value[] = {l->quantity, l->usd, l->month_usd};
                block[i * s->n + j] = value[which];
            }
        }
        fs_results_column(s->w, s->group, names[which], which ? "USD" : "1", docs[which], FS_F64,
                          dims, block);
    }
    free(block);
}

static void save_cost(struct saver *s)
{
    const struct fs_bill *bill = s->variant->bill[0];
    const int n = bill->n_lines;
    const char *const dims[] = {"cost_item", "replication", "time", NULL};
    const char **name = fs_alloc((size_t)n * sizeof *name, "a dimension");
    const size_t row = (size_t)s->n_intervals;
    double *block = fs_alloc((size_t)n * (size_t)s->n * row * sizeof *block, "a column");
    for (int i = 0; i < n; i++) {
        name[i] = fs_arena_format(s->arena, "%s/%s", bill->line[i].component, bill->line[i].line);
        for (int j = 0; j < s->n; j++)
            memcpy(block + ((size_t)i * (size_t)s->n + (size_t)j) * row,
                   s->variant->bill[j]->line[i].interval_usd,
                   (size_t)s->variant->bill[j]->n_intervals * sizeof *block);
    }
    fs_results_dimension(s->w, s->group, "cost_item", "1", "component and line of the bill",
                         FS_TEXT, n, name);
    save_time(s, s->group);
    fs_results_column(s->w, s->group, "cost", "USD", "cost of the interval, by line", FS_F64, dims,
                      block);
    save_cost_totals(s, n);
    free(block);
    free(name);
}

static void save_alarms(struct saver *s)
{
    const struct fs_variant_spec *spec = &s->variant->variant->spec;
    const char *const dims[] = {"alarm", "replication", NULL};
    const size_t n = (size_t)spec->n_alarms;
    const char **name = fs_alloc(n * sizeof *name, "a dimension");
    double *block = fs_alloc(n * (size_t)s->n * sizeof *block, "a column");
    for (size_t i = 0; i < n; i++)
        name[i] = spec->alarm[i].name;
    fs_results_dimension(s->w, s->group, "alarm", "1", "alarm", FS_TEXT, spec->n_alarms, name);
    save_time(s, s->group);
    for (int k = 0; k < FS_ALARM_NUMBERS; k++) {
        for (size_t i = 0; i < n; i++) {
            for (int j = 0; j < s->n; j++)
                block[i * (size_t)s->n + (size_t)j] = s->variant->alarms[j]->number[i][k];
        }
        fs_results_column(s->w, s->group, fs_alarm_metrics[k].name, fs_alarm_metrics[k].unit,
                          fs_alarm_metrics[k].doc, FS_F64, dims, block);
    }
    free(block);
    free(name);
}

/* What the first instances did, code by code; of the first replication alone. */
static void save_trace(struct saver *s, const struct fs_trace *trace)
{
    const char *const dims[] = {"component", "instance", "moment", NULL};
    const size_t n = (size_t)trace->n_instances, m = (size_t)trace->n_moments;
    const size_t all = (size_t)trace->n_subjects * n * m;
    int64_t *code = fs_alloc(all * sizeof *code + 1, "a trace");
    int64_t *number = fs_alloc(n * sizeof *number, "a trace");
    double *moment = fs_alloc(m * sizeof *moment, "a trace");
    for (size_t i = 0; i < all; i++)
        code[i] = trace->code[i];
    for (size_t i = 0; i < n; i++)
        number[i] = (int64_t)i + 1;
    for (size_t i = 0; i < m; i++)
        moment[i] = fs_to_seconds(trace->start + (fs_time)i * trace->step);
    fs_results_dimension(s->w, s->group, "component", "1", "component", FS_TEXT, trace->n_subjects,
                         trace->subject);
    fs_results_dimension(s->w, s->group, "instance", "1", "in the order in which they came", FS_I64,
                         trace->n_instances, number);
    fs_results_dimension(s->w, s->group, "moment", "s", "when it was looked at", FS_F64,
                         trace->n_moments, moment);
    fs_results_dimension(s->w, s->group, "state_name", "1", "what the codes mean", FS_TEXT,
                         trace->n_states, trace->state);
    fs_results_column(s->w, s->group, "state", "1", "number of the state; 0: not there", FS_I64,
                      dims, code);
    free(moment);
    free(number);
    free(code);
}

static void save_estimates(struct saver *s)
{
    const struct fs_views views = fs_views_all(s->arena, s->variant);
    const size_t n = (size_t)views.n;
    const char *const dims[] = {"metric", NULL};
    const char **text = fs_alloc(3 * n * sizeof *text + 1, "estimates");
    double *number = fs_alloc(3 * n * sizeof *number + 1, "estimates");
    for (size_t i = 0; i < n; i++) {
        const struct fs_view *v = &views.view[i];
        text[i] = v->path;
        text[n + i] = v->unit;
        text[2 * n + i] = v->estimate.why ? v->estimate.why : "";
        number[i] = v->estimate.value;
        number[n + i] = v->estimate.low;
        number[2 * n + i] = v->estimate.high;
    }
    fs_results_dimension(s->w, s->group, "metric", "1", "path of the number", FS_TEXT, views.n,
                         text);
    fs_results_column(s->w, s->group, "unit", "1", "its unit", FS_TEXT, dims, text + n);
    fs_results_column(s->w, s->group, "value", "1", "estimate, in its unit", FS_F64, dims, number);
    fs_results_column(s->w, s->group, "low", "1", "lower end of its interval", FS_F64, dims,
                      number + n);
    fs_results_column(s->w, s->group, "high", "1", "upper end of its interval", FS_F64, dims,
                      number + 2 * n);
    fs_results_column(s->w, s->group, "why", "1", "why there is no whole interval", FS_TEXT, dims,
                      text + 2 * n);
    free(number);
    free(text);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void save_variant(struct saver *s)
{
    const struct fs_record *record = s->variant->record[0];
    const char *name = s->variant->variant->name;
    s->n = s->variant->n;
    s->n_intervals = record->n_intervals;
    for (int i = 1; i < s->n; i++) {
        if (s->variant->record[i]->n_intervals > s->n_intervals)
            s->n_intervals = s->variant->record[i]->n_intervals;
    }
    for (s->table = 0; s->table < record->n_tables; s->table++) {
        const struct fs_table *table = &record->table[s->table];
        s->group = fs_arena_format(s->arena, "%s/%s", name, table->name);
        s->subject_dim = strcmp(table->name, "traffic") == 0 ? "class" : "component";
        s->n_subjects = table->n_subjects;
        save_table(s, table);
    }
    s->group = fs_arena_format(s->arena, "%s/cost", name);
    save_cost(s);
    s->group = fs_arena_format(s->arena, "%s/alarms", name);
    if (s->variant->variant->spec.n_alarms) save_alarms(s);
    s->group = fs_arena_format(s->arena, "%s/instances", name);
    if (record->trace) save_trace(s, record->trace);
    s->group = fs_arena_format(s->arena, "%s/estimates", name);
    save_estimates(s);
    fs_results_integer(s->w, name, "events", (int64_t)record->events);
    fs_results_number(s->w, name, "length_seconds", fs_to_seconds(record->length));
    fs_results_integer(s->w, name, "account_concurrency",
                       s->variant->variant->spec.account.concurrency);
}

/* ---- comparison ----------------------------------------------------------------------------- */

static void save_statement_texts(struct fs_results_writer *w, const struct fs_study *study,
                                 const struct fs_comparison *c)
{
    static const char *const names[] = {"variant", "metric", "unit", "why"};
    static const char *const docs[] = {"variant that is held against the first",
                                       "path of the number", "unit of the number",
                                       "why there is no interval"};
    const char *const dims[] = {"statement", NULL};
    const char **text = fs_alloc((size_t)c->n * sizeof *text, "a column");
    for (int which = 0; which < 4; which++) {
        for (int i = 0; i < c->n; i++) {
            const struct fs_statement *s = &c->statement[i];
            const char *const all[] = {study->variant[s->variant].variant->name, s->path, s->unit,
                                       s->is.estimate.why ? s->is.estimate.why : ""};
            text[i] = all[which];
        }
        char name[64];
        snprintf(name, sizeof name, "comparison.%s", names[which]);
        fs_results_column(w, "", name, "1", docs[which], FS_TEXT, dims, text);
    }
    free(text);
}

/* On the root, where groups are variants: names with a dot are none of a variant, and those without
 * are taken (scenario.c). */
static void save_together(struct fs_results_writer *w, const struct fs_study *study,
                          struct fs_arena *arena)
{
    const char *const dims[] = {"together.variant", NULL};
    const struct fs_together t = fs_study_together(arena, study);
    const size_t n = (size_t)t.n;
    if (n == 0) return;
    const char **text = fs_alloc(4 * n * sizeof *text, "columns");
    double *number = fs_alloc(3 * n * sizeof *number, "columns");
    for (size_t i = 0; i < n; i++) {
        const struct fs_view *view = &t.view[i];
        const struct fs_estimate *e = &view->estimate;
        text[i] = study->variant[t.variant[i]].variant->name;
        text[n + i] = view->path;
        text[2 * n + i] = view->unit;
        text[3 * n + i] = e->why ? e->why : "";
        number[i] = e->value;
        number[n + i] = e->low;
        number[2 * n + i] = e->high;
    }
    fs_results_dimension(w, "", "together.variant", "1",
                         "variant of a number that holds with the others", FS_TEXT, t.n, text);
    fs_results_column(w, "", "together.metric", "1", "its path", FS_TEXT, dims, text + n);
    fs_results_column(w, "", "together.unit", "1", "its unit", FS_TEXT, dims, text + 2 * n);
    fs_results_column(w, "", "together.why", "1", "why there is no whole interval", FS_TEXT, dims,
                      text + 3 * n);
    fs_results_column(w, "", "together.value", "1", "estimate", FS_F64, dims, number);
    fs_results_column(w, "", "together.low", "1", "lower end, wide enough for all to hold at once",
                      FS_F64, dims, number + n);
    fs_results_column(w, "", "together.high", "1", "upper end", FS_F64, dims, number + 2 * n);
    fs_results_number(w, "", "together_level", t.level);
    free(number);
    free(text);
}

static void save_comparison(struct fs_results_writer *w, const struct fs_study *study,
                            struct fs_arena *arena)
{
    static const char *const names[] = {"value", "low", "high", "variance_reduction"};
    static const char *const docs[] = {"difference to the first variant, in its unit",
                                       "low end of the paired interval", "high end",
                                       "variance of unpaired runs over that of paired ones"};
    const char *const dims[] = {"statement", NULL};
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    if (c.n == 0) return;
    const char **text = fs_alloc((size_t)c.n * sizeof *text, "a dimension");
    double *number = fs_alloc((size_t)c.n * sizeof *number, "a column");
    for (int i = 0; i < c.n; i++)
        text[i] = c.statement[i].text;
    fs_results_dimension(w, "", "statement", "1", "what is said", FS_TEXT, c.n, text);
    save_statement_texts(w, study, &c);
    for (int which = 0; which < 4; which++) {
        for (int i = 0; i < c.n; i++) {
            const struct fs_difference *is = &c.statement[i].is;
            const double all[] = {is->estimate.value, is->estimate.low, is->estimate.high,
                                  is->reduction};
            number[i] = all[which];
        }
        char name[64];
        snprintf(name, sizeof name, "comparison.%s", names[which]);
        fs_results_column(w, "", name, "1", docs[which], FS_F64, dims, number);
    }
    fs_results_number(w, "", "comparison_level", c.level);
    free(number);
    free(text);
}

static void save_root(struct fs_results_writer *w, const struct fs_study *study)
{
    const struct fs_scenario *scenario = study->scenario;
    const char *const none[] = {NULL};
    char *text = fs_full_text(scenario);
    fs_results_text(w, "", "title", scenario->title ? scenario->title : "");
    fs_results_text(w, "", "story", scenario->story ? scenario->story : "");
    fs_results_text(w, "", "fleetsim_version", FS_VERSION);
    fs_results_integer(w, "", "seed", scenario->variant[0].spec.run.seed);
    fs_results_number(w, "", "confidence", scenario->variant[0].spec.run.confidence);
    fs_results_integer(w, "", "complete", study->complete);
    if (*study->stopped) fs_results_text(w, "", "stopped", study->stopped);
    fs_results_column(w, "", "scenario", "1", "the scenario with every default filled in", FS_TEXT,
                      none, (const char *const *)&text);
    free(text);
}

/* One text a finding, that of several variants with an empty name. */
static void save_findings(struct fs_results_writer *w, struct fs_arena *arena,
                          const struct fs_study *study)
{
    const struct fs_findings findings = fs_explain(arena, study);
    const char *const dims[] = {"finding", NULL};
    const size_t n = (size_t)findings.n;
    const char **text = fs_arena_alloc(arena, n * sizeof *text);
    const char **variant = fs_arena_alloc(arena, n * sizeof *variant);
    for (size_t i = 0; i < n; i++) {
        text[i] = findings.finding[i].text;
        variant[i] = findings.finding[i].variant ? findings.finding[i].variant : "";
    }
    if (n == 0) return;
    fs_results_dimension(w, "findings", "finding", "1", "what happened, in sentences", FS_TEXT,
                         findings.n, text);
    fs_results_column(w, "findings", "variant", "1", "of which it is said; empty: of several",
                      FS_TEXT, dims, variant);
}

/* ---- sources -------------------------------------------------------------------------------- */

struct sources {
    struct fs_arena *arena;
    const char **text[6]; /* what, key, value, source, date, certainty */
    size_t n, room;
};

static void add_source(struct sources *s, const char *const text[6])
{
    for (size_t i = 0; i < s->n; i++) {
        if (strcmp(s->text[0][i], text[0]) == 0 && strcmp(s->text[1][i], text[1]) == 0) return;
    }
    if (s->n == s->room) {
        s->room = 2 * s->room + 64;
        for (int k = 0; k < 6; k++) {
            const char **more = fs_arena_alloc(s->arena, s->room * sizeof *more);
            if (s->n) memcpy(more, s->text[k], s->n * sizeof *more);
            s->text[k] = more;
        }
    }
    for (int k = 0; k < 6; k++)
        s->text[k][s->n] = text[k] ? text[k] : "";
    s->n++;
}

/* The first tier's; what comes in millions by the million. */
static const char *price_text(struct fs_arena *arena, const struct fs_price_item *item)
{
    const double usd = (double)item->tier[0].price / (double)FS_USD;
    if (strcmp(item->unit, "1") != 0)
        return fs_arena_format(arena, "%.12g USD for 1 %s", usd, item->unit);
    return fs_arena_format(arena, usd < 1e-3 ? "%.12g USD for a million" : "%.12g USD for one",
                           usd < 1e-3 ? usd * 1e6 : usd);
}

static void gather_sources(struct sources *s, const struct fs_study_variant *v)
{
    const struct fs_prices *prices = v->variant->spec.prices;
    for (int i = 0; i < v->variant->n_sources; i++) {
        const struct fs_vouched_value *source = &v->variant->source[i];
        const struct fs_sourced *value = source->value;
        add_source(s, (const char *const[]){source->platform, value->key, value->value,
                                            value->source, value->date, value->certainty});
    }
    for (int i = 0; v->n && prices && i < v->bill[0]->n_lines; i++) {
        const struct fs_price_item *item = v->bill[0]->line[i].item;
        if (!item) continue;
        const char *price = price_text(s->arena, item);
        add_source(s, (const char *const[]){prices->name, item->name, price, item->source,
                                            item->date, item->certainty});
    }
}

static void save_sources(struct fs_results_writer *w, struct fs_arena *arena,
                         const struct fs_study *study)
{
    static const char *const names[6] = {"platform", "key", "value", "source", "date", "certainty"};
    static const char *const docs[6] = {"platform or price list", "what is said",
                                        "what it says",           "who says so",
                                        "date of the source",     "how certain it is"};
    const char *const dims[] = {"row", NULL};
    struct sources s = {.arena = arena};
    for (int i = 0; i < study->n_variants; i++)
        gather_sources(&s, &study->variant[i]);
    if (s.n == 0) return;
    int64_t *row = fs_arena_alloc(arena, s.n * sizeof *row);
    for (size_t i = 0; i < s.n; i++)
        row[i] = (int64_t)i;
    fs_results_dimension(w, "sources", "row", "1", "a value that the results rest on", FS_I64,
                         (int64_t)s.n, row);
    for (int k = 0; k < 6; k++)
        fs_results_column(w, "sources", names[k], "1", docs[k], FS_TEXT, dims, s.text[k]);
}

enum fs_rc fs_study_save(const struct fs_study *study, const char *path, struct fs_failure *failure)
{
    struct fs_results_writer *w;
    const enum fs_rc rc = fs_results_create(path, &w, failure);
    if (rc != FS_OK) return rc;
    struct fs_arena *arena = fs_arena_new();
    save_root(w, study);
    save_findings(w, arena, study);
    save_sources(w, arena, study);
    for (int i = 0; i < study->n_variants; i++) {
        struct saver s = {.w = w, .arena = arena, .variant = &study->variant[i]};
        if (s.variant->n > 0) save_variant(&s);
    }
    save_together(w, study, arena);
    save_comparison(w, study, arena);
    fs_arena_free(arena);
    return fs_results_commit(w, failure);
}
