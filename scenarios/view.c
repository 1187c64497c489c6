/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A path names (subject, metric, statistic). The statistics that a kind of metric has are one
 * table, so what can be asked for before a run and what is computed after it cannot differ.
 */
#include "view.h"

#include "component.h"
#include "composition.h"
#include "steady.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct statistic {
    const char *name; /* "" : the metric itself */
    enum fs_metric_kind metric;
    enum fs_view_kind kind;
    double p;
    bool traffic_only, alias; /* an alias is understood but not listed */
};

static const struct statistic statistics[] = {
    {"", FS_COUNTER, FS_VIEW_COUNT, 0, false, false},
    {"share", FS_COUNTER, FS_VIEW_SHARE, 0, true, false},
    {"mean", FS_GAUGE, FS_VIEW_MEAN, 0, false, false},
    {"peak", FS_GAUGE, FS_VIEW_COUNT, 0, false, false},
    {"last", FS_GAUGE, FS_VIEW_COUNT, 0, false, false},
    {"", FS_GAUGE, FS_VIEW_MEAN, 0, false, true},
    {"mean", FS_LATENCY, FS_VIEW_MEAN, 0, false, false},
    {"max", FS_LATENCY, FS_VIEW_MEAN, 0, false, false},
    {"count", FS_LATENCY, FS_VIEW_COUNT, 0, false, false},
    {"p50", FS_LATENCY, FS_VIEW_QUANTILE, .50, false, false},
    {"p90", FS_LATENCY, FS_VIEW_QUANTILE, .90, false, false},
    {"p95", FS_LATENCY, FS_VIEW_QUANTILE, .95, false, false},
    {"p99", FS_LATENCY, FS_VIEW_QUANTILE, .99, false, false},
    {"p999", FS_LATENCY, FS_VIEW_QUANTILE, .999, false, false},
    {"", FS_LATENCY, FS_VIEW_MEAN, 0, false, true},
};
#define N_STATISTICS ((int)(sizeof statistics / sizeof statistics[0]))

/* What a path speaks of, whether or not there is a record yet. */
struct target {
    const char *table, *subject; /* names in the record */
    const struct fs_metric *metric;
    const struct statistic *statistic;
};

static const char *path_of(struct fs_arena *arena, const struct target *t)
{
    const char *dot = *t->statistic->name ? "." : "";
    if (strcmp(t->table, "account") == 0)
        return fs_arena_format(arena, "account.%s%s%s", t->metric->name, dot, t->statistic->name);
    return fs_arena_format(arena, "%s.%s.%s%s%s",
                           strcmp(t->table, "traffic") == 0 ? "traffic" : "components", t->subject,
                           t->metric->name, dot, t->statistic->name);
}

/* ---- one number from the records ------------------------------------------------------------ */

static double of_counter(const struct fs_series *s, const struct fs_series *arrived,
                         const struct statistic *statistic)
{
    if (statistic->kind != FS_VIEW_SHARE) return (double)s->total;
    return arrived->total ? (double)s->total / (double)arrived->total : NAN;
}

static double of_gauge(const struct fs_series *s, const struct statistic *statistic)
{
    if (strcmp(statistic->name, "peak") == 0) return (double)s->peak;
    if (strcmp(statistic->name, "last") == 0) return (double)s->last;
    return s->mean;
}

static double of_latency(const struct fs_series *s, const struct statistic *statistic)
{
    if (strcmp(statistic->name, "count") == 0) return (double)s->histogram->count;
    if (strcmp(statistic->name, "max") == 0)
        return s->histogram->count ? (double)s->histogram->max / 1e9 : NAN;
    return fs_histogram_mean(s->histogram) / 1e9;
}

static double value_in(const struct fs_record *record, const struct target *t)
{
    const struct fs_series *s = fs_record_series(record, t->table, t->subject, t->metric->name);
    if (!s) return NAN;
    switch (t->metric->kind) {
    case FS_COUNTER:
        return of_counter(s,
                          t->statistic->kind == FS_VIEW_SHARE
                              ? fs_record_series(record, t->table, t->subject, "arrived")
                              : NULL,
                          t->statistic);
    case FS_GAUGE:
        return of_gauge(s, t->statistic);
    case FS_LATENCY:
        return of_latency(s, t->statistic);
    }
    return NAN;
}

/* ---- estimates ------------------------------------------------------------------------------ */

static double level_of(const struct fs_study_variant *variant)
{
    return variant->level > 0 ? variant->level : variant->variant->spec.run.confidence;
}

/* Replications without a value (no request at all) say nothing about the mean. */
static struct fs_estimate mean_of(const double *value, int n, double level)
{
    double *kept = fs_alloc((size_t)n * sizeof *kept, "an estimate");
    int m = 0;
    for (int i = 0; i < n; i++) {
        if (!isnan(value[i])) kept[m++] = value[i];
    }
    struct fs_estimate e = {NAN, NAN, NAN, "no data"};
    if (m > 0) e = fs_estimate_mean(kept, m, level);
    free(kept);
    return e;
}

/* The longest of all is an observation: no interval belongs to it. */
static struct fs_estimate largest_of(const double *value, int n)
{
    struct fs_estimate e = {NAN, NAN, NAN, "the largest seen"};
    for (int i = 0; i < n; i++) {
        if (isnan(e.value) || value[i] > e.value) e.value = value[i];
    }
    return e;
}

static struct fs_estimate scaled(struct fs_estimate e, double scale)
{
    return (struct fs_estimate){e.value / scale, e.low / scale, e.high / scale, e.why};
}

/* ---- steady state --------------------------------------------------------------------------- */

static bool is_steady(const struct fs_study_variant *variant)
{
    return variant->variant->spec.run.kind == FS_RUN_STEADY_STATE;
}

static const struct fs_series *series_in(const struct fs_study_variant *variant, int replication,
                                         const struct target *t, const char *metric)
{
    return fs_record_series(variant->record[replication], t->table, t->subject, metric);
}

/* Sums and counts of equal-time segments, sum[replication * n + segment]. */
struct columns {
    int n;
    double *sum, *count;
};

static double increase_in(const struct fs_series *series, int interval)
{
    return series->metric->kind == FS_GAUGE ? series->interval_mean[interval]
                                            : (double)series->increase[interval];
}

/* Segments of a counter or a gauge are whole intervals; one that was cut short is left out. `among`
 * (NULL: time) is what a share is of. */
static struct columns columns_of(struct fs_arena *arena, const struct fs_study_variant *variant,
                                 const struct target *t, const char *among)
{
    int whole = INT_MAX;
    for (int r = 0; r < variant->n; r++) {
        const struct fs_record *record = variant->record[r];
        const int n = (int)(record->length / record->interval);
        whole = n < whole ? n : whole;
    }
    const int width = whole > FS_SEGMENTS ? (whole + FS_SEGMENTS - 1) / FS_SEGMENTS : 1;
    struct columns c = {.n = whole / width};
    c.sum = fs_arena_alloc(arena, 2 * (size_t)(c.n * variant->n) * sizeof *c.sum);
    c.count = c.sum + c.n * variant->n;
    for (int r = 0; r < variant->n; r++) {
        const struct fs_series *series = series_in(variant, r, t, t->metric->name);
        const struct fs_series *of = among ? series_in(variant, r, t, among) : NULL;
        for (int i = 0; i < c.n * width; i++) {
            c.sum[r * c.n + i / width] += increase_in(series, i);
            c.count[r * c.n + i / width] += of ? increase_in(of, i) : 1;
        }
    }
    return c;
}

static const struct fs_segments **
segments_of(struct fs_arena *arena, const struct fs_study_variant *variant, const struct target *t)
{
    const struct fs_segments **s = fs_arena_alloc(arena, (size_t)variant->n * sizeof *s);
    for (int r = 0; r < variant->n; r++)
        s[r] = series_in(variant, r, t, t->metric->name)->segments;
    return s;
}

/* The same of a latency, in whole nanoseconds: what does not vary must not by rounding. */
static struct columns columns_of_latency(struct fs_arena *arena,
                                         const struct fs_study_variant *variant,
                                         const struct target *t)
{
    const struct fs_segments **run = segments_of(arena, variant, t);
    struct columns c = {.n = FS_SEGMENTS};
    for (int r = 0; r < variant->n; r++)
        c.n = run[r]->n < c.n ? run[r]->n : c.n;
    c.sum = fs_arena_alloc(arena, 2 * (size_t)(c.n * variant->n) * sizeof *c.sum);
    c.count = c.sum + c.n * variant->n;
    for (int i = 0; i < c.n * variant->n; i++) {
        c.sum[i] = (double)run[i / c.n]->segment[i % c.n].sum;
        c.count[i] = (double)run[i / c.n]->segment[i % c.n].count;
    }
    return c;
}

static void keep_columns(struct fs_view *view, struct columns c, double scale)
{
    view->scale = scale;
    view->sum = c.sum;
    view->count = c.count;
    view->n_segments = c.n;
}

/* Of a segment's arrivals some are completed in the next: segments, and with them what has settled,
 * may have more completed than came. Not so the requests. */
static void keep_within_all(const struct fs_metric *metric, struct fs_estimate *e)
{
    for (int i = 0; i < FS_OUTCOMES; i++) {
        if (strcmp(metric->name, fs_outcome_name[i]) != 0) continue;
        if (e->value > 1) e->value = 1;
        if (e->low > 1) e->low = 1;
        if (e->high > 1) e->high = 1;
    }
}

/* What the settled part of the runs says of a number, where that is one of its numbers. */
static void estimate_steady(struct fs_arena *arena, const struct fs_study_variant *variant,
                            const struct target *t, struct fs_view *view)
{
    const double level = level_of(variant);
    const bool latency = t->metric->kind == FS_LATENCY;
    const char *statistic = t->statistic->name;
    struct fs_estimate *e = &view->estimate;
    if (t->statistic->kind == FS_VIEW_QUANTILE) {
        view->segments = segments_of(arena, variant, t);
        *e = scaled(fs_steady_quantile(view->segments, variant->n, t->statistic->p, level), 1e9);
        return;
    }
    if (t->statistic->kind == FS_VIEW_SHARE)
        keep_columns(view, columns_of(arena, variant, t, "arrived"), 1);
    else if (latency && (!*statistic || strcmp(statistic, "mean") == 0))
        keep_columns(view, columns_of_latency(arena, variant, t), 1e9);
    else if (t->metric->kind == FS_GAUGE && t->statistic->kind == FS_VIEW_MEAN)
        keep_columns(view, columns_of(arena, variant, t, NULL), 1);
    else
        return;
    *e = scaled((t->statistic->kind == FS_VIEW_SHARE ? fs_steady_share : fs_steady_mean)(
                    view->sum, view->count, view->n_segments, variant->n, level),
                view->scale);
    if (t->statistic->kind == FS_VIEW_SHARE) keep_within_all(t->metric, e);
}

static void quantile_of(struct fs_arena *arena, const struct fs_study_variant *variant,
                        const struct target *t, struct fs_view *view)
{
    const struct fs_histogram **h = fs_arena_alloc(arena, (size_t)variant->n * sizeof *h);
    for (int i = 0; i < variant->n; i++)
        h[i] =
            fs_record_series(variant->record[i], t->table, t->subject, t->metric->name)->histogram;
    view->estimate =
        scaled(fs_estimate_quantile(h, variant->n, t->statistic->p, level_of(variant)), 1e9);
    view->histogram = h;
    view->p = t->statistic->p;
}

static void share_of(struct fs_arena *arena, const struct fs_study_variant *variant,
                     const struct target *t, struct fs_view *view)
{
    double *numerator = fs_arena_alloc(arena, (size_t)variant->n * 2 * sizeof(double));
    double *denominator = numerator + variant->n;
    for (int i = 0; i < variant->n; i++) {
        const struct fs_record *record = variant->record[i];
        numerator[i] =
            (double)fs_record_series(record, t->table, t->subject, t->metric->name)->total;
        denominator[i] = (double)fs_record_series(record, t->table, t->subject, "arrived")->total;
    }
    view->numerator = numerator;
    view->denominator = denominator;
    view->estimate = fs_estimate_ratio(numerator, denominator, variant->n, level_of(variant));
}

static void estimate(struct fs_arena *arena, const struct fs_study_variant *variant,
                     const struct target *t, struct fs_view *view)
{
    memset(view, 0, sizeof *view);
    view->path = path_of(arena, t);
    view->unit = t->statistic->kind == FS_VIEW_SHARE        ? "1"
                 : strcmp(t->statistic->name, "count") == 0 ? "1"
                                                            : t->metric->unit;
    view->kind = t->statistic->kind;
    view->doc = t->metric->doc;
    view->n = variant->n;
    if (view->kind == FS_VIEW_QUANTILE) {
        quantile_of(arena, variant, t, view);
        if (is_steady(variant)) estimate_steady(arena, variant, t, view);
        return;
    }
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++)
        value[i] = value_in(variant->record[i], t);
    view->replication = value;
    if (view->kind == FS_VIEW_SHARE)
        share_of(arena, variant, t, view);
    else if (strcmp(t->statistic->name, "max") == 0)
        view->estimate = largest_of(value, variant->n);
    else
        view->estimate = mean_of(value, variant->n, level_of(variant));
    if (is_steady(variant)) estimate_steady(arena, variant, t, view);
}

/* ---- money ---------------------------------------------------------------------------------- */

static const struct {
    const char *name, *unit;
    enum fs_view_kind kind;
    const char *doc;
} money[] = {{"total_usd", "USD", FS_VIEW_MONEY,
              "Bill of the run at the first price tier, without free tier."},
             {"usd_per_month", "USD", FS_VIEW_MONEY,
              "Bill of a month of such runs, tiers and free tier applied; in steady state of what "
              "has settled."},
             {"usd_per_million", "USD", FS_VIEW_MONEY,
              "Bill of all runs for a million of all requests that arrived."},
             {"not_priced", "1", FS_VIEW_COUNT,
              "Components that could be charged and have no price, or run on instances of which "
              "there are none: the bill leaves them out."}};
#define N_MONEY ((int)(sizeof money / sizeof money[0]))

/* Requests of root classes: derived ones are the same requests further on. */
static double arrived_in(const struct fs_record *record)
{
    const struct fs_table *traffic = fs_record_table(record, "traffic");
    double sum = 0;
    for (int i = 0; i < traffic->n_subjects; i++) {
        if (!strchr(traffic->subject[i].name, '/'))
            sum += (double)traffic->subject[i].series[0].total;
    }
    return sum;
}

enum { TOTAL, PER_MONTH, PER_MILLION, NOT_PRICED };

static double money_in(const struct fs_study_variant *variant, int i, int what)
{
    const struct fs_bill *bill = variant->bill[i];
    const double arrived = what == PER_MILLION ? arrived_in(variant->record[i]) : 0;
    if (what == TOTAL) return bill->usd;
    if (what == PER_MONTH) return bill->month_usd;
    if (what == NOT_PRICED) return bill->n_unpriced;
    return arrived > 0 ? bill->usd / arrived * 1e6 : (double)NAN;
}

/* Of all requests of all replications: one without any is paid for by those of the others. */
static void estimate_per_million(struct fs_arena *arena, const struct fs_study_variant *variant,
                                 struct fs_view *view)
{
    double *numerator = fs_arena_alloc(arena, (size_t)variant->n * 2 * sizeof(double));
    double *denominator = numerator + variant->n;
    for (int i = 0; i < variant->n; i++) {
        numerator[i] = 1e6 * variant->bill[i]->usd;
        denominator[i] = arrived_in(variant->record[i]);
    }
    view->numerator = numerator;
    view->denominator = denominator;
    view->estimate = fs_estimate_quotient(numerator, denominator, variant->n, level_of(variant));
}

static void estimate_money(struct fs_arena *arena, const struct fs_study_variant *variant, int what,
                           struct fs_view *view)
{
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++)
        value[i] = money_in(variant, i, what);
    memset(view, 0, sizeof *view);
    view->path = fs_arena_format(arena, "cost.%s", money[what].name);
    view->unit = money[what].unit;
    view->kind = money[what].kind;
    view->doc = money[what].doc;
    view->n = variant->n;
    view->replication = value;
    if (what == PER_MILLION)
        estimate_per_million(arena, variant, view);
    else
        view->estimate = mean_of(value, variant->n, level_of(variant));
    if (what == PER_MONTH && isnan(view->estimate.value)) view->estimate.why = "not projected";
}

static void estimate_line(struct fs_arena *arena, const struct fs_study_variant *variant, int line,
                          bool month, struct fs_view *view)
{
    const struct fs_bill_line *first = &variant->bill[0]->line[line];
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++) {
        const struct fs_bill_line *l = &variant->bill[i]->line[line];
        value[i] = month ? l->month_usd : l->usd;
    }
    memset(view, 0, sizeof *view);
    view->path = fs_arena_format(arena, "cost.%s.%s.%s", first->component, first->line,
                                 month ? "usd_per_month" : "usd");
    view->unit = "USD";
    view->kind = FS_VIEW_MONEY;
    view->doc = first->item ? first->item->name : "";
    view->n = variant->n;
    view->replication = value;
    view->estimate = mean_of(value, variant->n, level_of(variant));
    if (month && isnan(view->estimate.value)) view->estimate.why = "not projected";
}

/* ---- alarms --------------------------------------------------------------------------------- */

static const char *alarm_path(struct fs_arena *arena, const struct fs_variant *variant, int alarm,
                              int number)
{
    return fs_arena_format(arena, "alarms.%s.%s", variant->spec.alarm[alarm].name,
                           fs_alarm_metrics[number].name);
}

static void estimate_alarm(struct fs_arena *arena, const struct fs_study_variant *variant,
                           int alarm, int number, struct fs_view *view)
{
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++)
        value[i] = variant->alarms[i]->number[alarm][number];
    memset(view, 0, sizeof *view);
    view->path = alarm_path(arena, variant->variant, alarm, number);
    view->unit = fs_alarm_metrics[number].unit;
    view->kind = number == FS_ALARM_FIRED   ? FS_VIEW_COUNT
                 : number == FS_ALARM_SPENT ? FS_VIEW_MONEY
                                            : FS_VIEW_MEAN;
    view->doc = fs_alarm_metrics[number].doc;
    view->n = variant->n;
    view->replication = value;
    view->estimate = mean_of(value, variant->n, level_of(variant));
    if (isnan(view->estimate.value)) view->estimate.why = "did not fire";
}

/* ---- all views ------------------------------------------------------------------------------ */

static bool applies(const struct statistic *s, const struct fs_metric *metric, const char *table)
{
    if (s->metric != metric->kind) return false;
    return !s->traffic_only ||
           (strcmp(table, "traffic") == 0 && strcmp(metric->name, "arrived") != 0);
}

static int add_metric(struct fs_arena *arena, const struct fs_study_variant *variant,
                      struct target *t, struct fs_view *out)
{
    int n = 0;
    for (int i = 0; i < N_STATISTICS; i++) {
        t->statistic = &statistics[i];
        if (statistics[i].alias || !applies(t->statistic, t->metric, t->table)) continue;
        if (out) estimate(arena, variant, t, &out[n]);
        n++;
    }
    return n;
}

static int add_all(struct fs_arena *arena, const struct fs_study_variant *variant,
                   struct fs_view *out)
{
    const struct fs_record *record = variant->record[0];
    int n = 0;
    for (int i = 0; i < record->n_tables; i++) {
        const struct fs_table *table = &record->table[i];
        for (int j = 0; j < table->n_subjects; j++) {
            for (int k = 0; k < table->n_metrics; k++) {
                struct target t = {table->name, table->subject[j].name, &table->metrics[k], NULL};
                n += add_metric(arena, variant, &t, out ? out + n : NULL);
            }
        }
    }
    for (int what = 0; what < N_MONEY; what++, n++) {
        if (out) estimate_money(arena, variant, what, &out[n]);
    }
    for (int line = 0; line < 2 * variant->bill[0]->n_lines; line++, n++) {
        if (out) estimate_line(arena, variant, line / 2, line % 2, &out[n]);
    }
    for (int i = 0; i < FS_ALARM_NUMBERS * variant->alarms[0]->n; i++, n++) {
        if (out)
            estimate_alarm(arena, variant, i / FS_ALARM_NUMBERS, i % FS_ALARM_NUMBERS, &out[n]);
    }
    return n;
}

struct fs_views fs_views_all(struct fs_arena *arena, const struct fs_study_variant *variant)
{
    struct fs_views views = {NULL, 0};
    if (variant->n == 0) return views;
    views.n = add_all(arena, variant, NULL);
    views.view = fs_arena_alloc(arena, (size_t)views.n * sizeof *views.view);
    add_all(arena, variant, views.view);
    return views;
}

/* ---- by path -------------------------------------------------------------------------------- */

/* Which table and subject "traffic.jobs.latency" starts with; the rest of the path is returned. */
static const char *split_subject(struct fs_arena *arena, const struct fs_variant *variant,
                                 const char *path, struct target *t)
{
    if (strncmp(path, "account.", 8) == 0) {
        t->table = t->subject = "account";
        return path + 8;
    }
    const char *name = strchr(path, '.');
    const char *rest = name ? strchr(name + 1, '.') : NULL;
    if (!rest) return NULL;
    t->subject = fs_arena_format(arena, "%.*s", (int)(rest - name - 1), name + 1);
    if (strncmp(path, "traffic.", 8) == 0) {
        t->table = "traffic";
        return rest + 1;
    }
    if (strncmp(path, "components.", 11) != 0) return NULL;
    for (int i = 0; i < variant->spec.n_components; i++) {
        if (strcmp(variant->spec.component[i].name, t->subject) == 0)
            t->table = variant->spec.component[i].plugin->name;
    }
    return t->table ? rest + 1 : NULL;
}

static const struct fs_metric *rows_of(const struct fs_variant *variant, const struct target *t)
{
    if (strcmp(t->table, "traffic") == 0) return fs_traffic_metrics;
    if (strcmp(t->table, "account") == 0) return fs_account_metrics;
    for (int i = 0; i < variant->spec.n_components; i++) {
        const struct fs_component_spec *c = &variant->spec.component[i];
        if (strcmp(c->name, t->subject) == 0)
            return ((const struct fs_component_type *)c->plugin->type)->metrics;
    }
    return NULL;
}

static bool find_statistic(struct target *t, const char *name)
{
    for (int i = 0; i < N_STATISTICS; i++) {
        if (strcmp(statistics[i].name, name) != 0) continue;
        if (!applies(&statistics[i], t->metric, t->table)) continue;
        t->statistic = &statistics[i];
        return true;
    }
    return false;
}

/* Is `name` a class of the variant, or one derived from it by a hand-over? */
static bool is_class(struct fs_arena *arena, const struct fs_variant *variant, const char *name)
{
    const struct fs_variant_spec *spec = &variant->spec;
    const char *slash = strchr(name, '/');
    const size_t length = slash ? (size_t)(slash - name) : strlen(name);
    for (int i = 0; i < spec->n_classes; i++) {
        const struct fs_class_spec *class = &spec->traffic[i];
        if (strlen(class->name) != length || strncmp(class->name, name, length) != 0) continue;
        if (!slash) return true;
        return fs_route_find(fs_route_new(arena, spec, class->name, &class->params.path), name);
    }
    return false;
}

static bool find_target(struct fs_arena *arena, const struct fs_variant *variant, const char *path,
                        struct target *t)
{
    memset(t, 0, sizeof *t);
    const char *rest = split_subject(arena, variant, path, t);
    if (!rest) return false;
    if (strcmp(t->table, "traffic") == 0 && !is_class(arena, variant, t->subject)) return false;
    const char *dot = strchr(rest, '.');
    const size_t length = dot ? (size_t)(dot - rest) : strlen(rest);
    for (const struct fs_metric *m = rows_of(variant, t); m && m->name; m++) {
        if (strlen(m->name) != length || strncmp(m->name, rest, length) != 0) continue;
        t->metric = m;
        return find_statistic(t, dot ? dot + 1 : "");
    }
    return false;
}

static int find_money(const char *path)
{
    for (int i = 0; i < N_MONEY; i++) {
        if (strncmp(path, "cost.", 5) == 0 && strcmp(path + 5, money[i].name) == 0) return i;
    }
    return -1;
}

bool fs_view_get(struct fs_arena *arena, const struct fs_study_variant *variant, const char *path,
                 struct fs_view *view)
{
    struct target t;
    if (variant->n == 0) return false;
    if (find_money(path) >= 0) {
        estimate_money(arena, variant, find_money(path), view);
        return true;
    }
    for (int i = 0; i < 2 * variant->bill[0]->n_lines; i++) {
        estimate_line(arena, variant, i / 2, i % 2, view);
        if (strcmp(view->path, path) == 0) return true;
    }
    for (int i = 0; i < FS_ALARM_NUMBERS * variant->alarms[0]->n; i++) {
        estimate_alarm(arena, variant, i / FS_ALARM_NUMBERS, i % FS_ALARM_NUMBERS, view);
        if (strcmp(view->path, path) == 0) return true;
    }
    if (!find_target(arena, variant->variant, path, &t)) return false;
    if (!fs_record_series(variant->record[0], t.table, t.subject, t.metric->name)) return false;
    estimate(arena, variant, &t, view);
    return true;
}

/* ---- differences ---------------------------------------------------------------------------- */

static struct fs_difference in_unit(struct fs_difference d, double scale)
{
    d.estimate = scaled(d.estimate, scale);
    return d;
}

struct fs_difference fs_view_compare(const struct fs_view *a, const struct fs_view *b, int n,
                                     double level)
{
    if (a->segments && b->segments)
        return in_unit(fs_steady_compare_quantile(a->segments, b->segments, n, a->p, level), 1e9);
    if (a->sum && b->sum && a->n_segments == b->n_segments)
        return in_unit(
            fs_steady_compare(a->sum, a->count, b->sum, b->count, a->n_segments, n, level),
            a->scale);
    if (a->histogram)
        return in_unit(fs_compare_quantile(a->histogram, b->histogram, n, a->p, level), 1e9);
    if (a->numerator)
        return fs_compare_ratio(a->numerator, a->denominator, b->numerator, b->denominator, n,
                                level);
    return fs_compare_mean(a->replication, b->replication, n, level);
}

/* ---- what the p99 is made of ---------------------------------------------------------------- */

/* Of the values that the parts are averaged over, how many have to be settled. */
#define MOSTLY .75

bool fs_view_p99_parts(struct fs_arena *arena, const struct fs_study_variant *variant,
                       const char *class, double part[FS_LATENCY_PARTS + 1], double *sum)
{
    struct fs_composition *all = fs_alloc(sizeof *all, "what a p99 is made of");
    struct fs_histogram *settled = fs_alloc(sizeof *settled, "what a p99 is made of");
    const struct fs_segments **run = fs_arena_alloc(arena, (size_t)variant->n * sizeof(void *));
    int n = 0;
    for (int i = 0; i < variant->n; i++) {
        const struct fs_series *s =
            fs_record_series(variant->record[i], "traffic", class, "latency");
        if (!s) continue;
        fs_composition_add(all, s->histogram, s->part);
        run[n++] = s->segments;
    }
    if (is_steady(variant) && n > 0) fs_steady_settled(run, n, settled);
    const double own =
        fs_composition_of(all, is_steady(variant) ? settled : &all->values, .985, .995, part);
    *sum = 0;
    for (int k = 0; k <= FS_LATENCY_PARTS; k++)
        *sum += part[k];
    free(settled);
    free(all);
    return *sum > 0 && own >= MOSTLY;
}

/* ---- before the run ------------------------------------------------------------------------- */

struct names {
    const char **name;
    int n, room;
};

static void add_name(struct names *names, const char *name)
{
    if (names->n == names->room) {
        names->room = names->room ? 2 * names->room : 64;
        names->name =
            fs_realloc(names->name, (size_t)names->room * sizeof *names->name, "a list of names");
    }
    names->name[names->n++] = name;
}

static void add_paths(struct fs_arena *arena, struct names *names, const char *table,
                      const char *subject, const struct fs_metric *rows)
{
    for (const struct fs_metric *m = rows; m->name; m++) {
        for (int i = 0; i < N_STATISTICS; i++) {
            const struct target t = {table, subject, m, &statistics[i]};
            if (applies(&statistics[i], m, table)) add_name(names, path_of(arena, &t));
        }
    }
}

static void add_cost(struct fs_arena *arena, struct names *names, const char *component,
                     const char *line, const char *price)
{
    if (!price || strcmp(price, FS_PRICE_FREE) == 0) return;
    add_name(names, fs_arena_format(arena, "cost.%s.%s.usd", component, line));
    add_name(names, fs_arena_format(arena, "cost.%s.%s.usd_per_month", component, line));
}

static void add_charges(struct fs_arena *arena, struct names *names,
                        const struct fs_component_spec *c)
{
    const struct fs_component_type *type = c->plugin->type;
    for (const struct fs_charge *charge = type->charges; charge && charge->line; charge++)
        add_cost(arena, names, c->name, charge->line, fs_bill_price(c, charge));
}

static struct names known_paths(struct fs_arena *arena, const struct fs_variant *variant)
{
    struct names names = {NULL, 0, 0};
    for (int i = 0; i < variant->spec.n_classes; i++)
        add_paths(arena, &names, "traffic", variant->spec.traffic[i].name, fs_traffic_metrics);
    for (int i = 0; i < variant->spec.n_components; i++) {
        const struct fs_component_spec *c = &variant->spec.component[i];
        add_paths(arena, &names, c->plugin->name, c->name,
                  ((const struct fs_component_type *)c->plugin->type)->metrics);
        add_charges(arena, &names, c);
    }
    add_paths(arena, &names, "account", "account", fs_account_metrics);
    for (int i = 0; i < variant->spec.n_alarms; i++)
        add_cost(arena, &names, "alarms", variant->spec.alarm[i].name,
                 fs_alarm_price(&variant->spec.alarm[i]));
    for (int i = 0; i < FS_ALARM_NUMBERS * variant->spec.n_alarms; i++)
        add_name(&names, alarm_path(arena, variant, i / FS_ALARM_NUMBERS, i % FS_ALARM_NUMBERS));
    for (int i = 0; i < N_MONEY; i++)
        add_name(&names, fs_arena_format(arena, "cost.%s", money[i].name));
    return names;
}

/* Of what is no metric of the table. */
static const char *unit_of_sum(const char *path)
{
    const char *last = strrchr(path, '.');
    for (int i = 0; last && strncmp(path, "alarms.", 7) == 0 && i < FS_ALARM_NUMBERS; i++) {
        if (strcmp(last + 1, fs_alarm_metrics[i].name) == 0) return fs_alarm_metrics[i].unit;
    }
    return strcmp(path, "cost.not_priced") == 0 ? "1" : "USD";
}

bool fs_view_known(struct fs_arena *arena, const struct fs_variant *variant, const char *path,
                   const char **unit, const char **hint)
{
    struct target t;
    *hint = NULL;
    *unit = unit_of_sum(path);
    if (find_target(arena, variant, path, &t)) {
        *unit = t.statistic->kind == FS_VIEW_SHARE || strcmp(t.statistic->name, "count") == 0
                    ? "1"
                    : t.metric->unit;
        return true;
    }
    struct names names = known_paths(arena, variant);
    bool known = false;
    for (int i = 0; i < names.n; i++)
        known = known || strcmp(names.name[i], path) == 0;
    if (!known) *hint = fs_nearest(path, names.name, names.n);
    free(names.name);
    return known;
}

/* ---- expectations --------------------------------------------------------------------------- */

static bool compare(double a, const char *op, double b)
{
    if (strcmp(op, "==") == 0) return !(a < b) && !(a > b) && !isnan(a);
    if (strcmp(op, "!=") == 0) return a < b || a > b;
    if (strcmp(op, "<") == 0) return a < b;
    if (strcmp(op, "<=") == 0) return a <= b;
    if (strcmp(op, ">") == 0) return a > b;
    return a >= b;
}

/* A statement about every replication: the first that breaks it decides. */
static int hold_each(struct fs_arena *arena, const struct fs_view *view,
                     const struct fs_expect *expect, const char **text)
{
    for (int i = 0; i < view->n; i++) {
        if (compare(view->replication[i], expect->op, expect->value)) continue;
        *text = view->n == 1 ? fs_arena_format(arena, "found %.10g", view->replication[i])
                             : fs_arena_format(arena, "found %.10g in replication %d",
                                               view->replication[i], i);
        return 0;
    }
    *text = fs_arena_format(arena, "%.10g", view->estimate.value);
    return 1;
}

/* Can the data not carry an interval? Of one replication, or of what never happened, there is none
 * to be had: the value stands for it. */
static bool is_open(const struct fs_estimate *e)
{
    return e->why == fs_insufficient || e->why == fs_too_short || e->why == fs_correlated;
}

/* 1: true of all numbers from low to high, 0: of none, -1: of some. */
static int compare_all(double low, double high, const char *op, double value)
{
    const bool at_low = compare(low, op, value), at_high = compare(high, op, value);
    return at_low != at_high || (low < value && value < high) ? -1 : at_low;
}

/* About how many replications it takes to know on which side of `value` a number is, or, where an
 * end is open, to know that end; NaN: they are not what it takes. */
static double replications_needed(const struct fs_view *view, double value, double level)
{
    const struct fs_estimate *e = &view->estimate;
    const double half = (e->high - e->low) / 2, off = fabs(e->value - value);
    if (view->n < 2) return (double)NAN;
    if (isfinite(half)) return off > 0 ? ceil(view->n * (half / off) * (half / off) * 1.1) : NAN;
    if (view->segments || !view->histogram) return (double)NAN;
    return fs_estimate_quantile_needs(view->histogram, view->n, view->p, level);
}

/* A statement about an estimate: the whole interval has to be on the right side. */
static int hold_estimate(struct fs_arena *arena, const struct fs_view *view,
                         const struct fs_expect *expect, double level, const char **text)
{
    const struct fs_estimate *e = &view->estimate;
    const bool open = is_open(e) && !isnan(e->value);
    const double low = !isnan(e->low) ? e->low : open ? -INFINITY : e->value;
    const double high = !isnan(e->high) ? e->high : open ? INFINITY : e->value;
    *text = isnan(e->low) || isnan(e->high)
                ? fs_arena_format(arena, "%.6g (%s)", e->value, e->why ? e->why : "no interval")
                : fs_arena_format(arena, "%.6g, between %.6g and %.6g", e->value, low, high);
    const int verdict = compare_all(low, high, expect->op, expect->value);
    const double needed = replications_needed(view, expect->value, level);
    if (verdict < 0 && !isnan(needed))
        *text = fs_arena_format(arena, "%s; about %.0f replications would %s", *text, needed,
                                isfinite(high - low) ? "settle it" : "have both ends");
    return verdict;
}

int fs_expect_hold(struct fs_arena *arena, const struct fs_study *study,
                   const struct fs_expect *expect, const char **text)
{
    struct fs_view view;
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        if (strcmp(v->variant->name, expect->variant) != 0) continue;
        if (!fs_view_get(arena, v, expect->path, &view)) break;
        if (view.kind == FS_VIEW_COUNT) return hold_each(arena, &view, expect, text);
        return hold_estimate(arena, &view, expect, level_of(v), text);
    }
    *text = "not measured: no such request ran";
    return 0;
}
