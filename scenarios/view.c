/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An estimate is made of what its kind of number leaves in each replication's record: values, sums
 * of a ratio, histograms, or equal-time segments of what has settled.
 */
#include "view.h"

#include "composition.h"
#include "steady.h"
#include "viewpath.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one number from the records ------------------------------------------------------------ */

static double of_counter(const struct fs_series *s, const struct fs_series *arrived,
                         const struct fs_statistic *statistic)
{
    if (statistic->kind != FS_VIEW_SHARE) return (double)s->total;
    return arrived->total ? (double)s->total / (double)arrived->total : NAN;
}

static double of_gauge(const struct fs_series *s, const struct fs_statistic *statistic)
{
    if (strcmp(statistic->name, "peak") == 0) return (double)s->peak;
    if (strcmp(statistic->name, "last") == 0) return (double)s->last;
    return s->mean;
}

static double of_latency(const struct fs_series *s, const struct fs_statistic *statistic)
{
    if (strcmp(statistic->name, "count") == 0) return (double)s->histogram->count;
    if (strcmp(statistic->name, "max") == 0)
        return s->histogram->count ? (double)s->histogram->max / 1e9 : NAN;
    return fs_histogram_mean(s->histogram) / 1e9;
}

static double value_in(const struct fs_record *record, const struct fs_viewpath *t)
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
                                         const struct fs_viewpath *t, const char *metric)
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
                                 const struct fs_viewpath *t, const char *among)
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

static const struct fs_segments **segments_of(struct fs_arena *arena,
                                              const struct fs_study_variant *variant,
                                              const struct fs_viewpath *t)
{
    const struct fs_segments **s = fs_arena_alloc(arena, (size_t)variant->n * sizeof *s);
    for (int r = 0; r < variant->n; r++)
        s[r] = series_in(variant, r, t, t->metric->name)->segments;
    return s;
}

/* The same of a latency, in whole nanoseconds: what does not vary must not by rounding. */
static struct columns columns_of_latency(struct fs_arena *arena,
                                         const struct fs_study_variant *variant,
                                         const struct fs_viewpath *t)
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
                            const struct fs_viewpath *t, struct fs_view *view)
{
    const double level = fs_study_level(variant);
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
                        const struct fs_viewpath *t, struct fs_view *view)
{
    const struct fs_histogram **h = fs_arena_alloc(arena, (size_t)variant->n * sizeof *h);
    for (int i = 0; i < variant->n; i++)
        h[i] =
            fs_record_series(variant->record[i], t->table, t->subject, t->metric->name)->histogram;
    view->estimate =
        scaled(fs_estimate_quantile(h, variant->n, t->statistic->p, fs_study_level(variant)), 1e9);
    view->histogram = h;
    view->p = t->statistic->p;
}

static void share_of(struct fs_arena *arena, const struct fs_study_variant *variant,
                     const struct fs_viewpath *t, struct fs_view *view)
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
    view->estimate = fs_estimate_ratio(numerator, denominator, variant->n, fs_study_level(variant));
}

static void estimate(struct fs_arena *arena, const struct fs_study_variant *variant,
                     const struct fs_viewpath *t, struct fs_view *view)
{
    memset(view, 0, sizeof *view);
    view->path = fs_viewpath_text(arena, t);
    view->unit = fs_viewpath_unit(t);
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
        view->estimate = mean_of(value, variant->n, fs_study_level(variant));
    if (is_steady(variant)) estimate_steady(arena, variant, t, view);
}

/* ---- money ---------------------------------------------------------------------------------- */

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

static double money_in(const struct fs_study_variant *variant, int i, int what)
{
    const struct fs_bill *bill = variant->bill[i];
    const double arrived = what == FS_MONEY_PER_MILLION ? arrived_in(variant->record[i]) : 0;
    if (what == FS_MONEY_TOTAL) return bill->usd;
    if (what == FS_MONEY_PER_MONTH) return bill->month_usd;
    if (what == FS_MONEY_NOT_PRICED) return bill->n_unpriced;
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
    view->estimate =
        fs_estimate_quotient(numerator, denominator, variant->n, fs_study_level(variant));
}

static void estimate_money(struct fs_arena *arena, const struct fs_study_variant *variant, int what,
                           struct fs_view *view)
{
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++)
        value[i] = money_in(variant, i, what);
    memset(view, 0, sizeof *view);
    view->path = fs_arena_format(arena, "cost.%s", fs_moneys[what].name);
    view->unit = fs_moneys[what].unit;
    view->kind = fs_moneys[what].kind;
    view->doc = fs_moneys[what].doc;
    view->n = variant->n;
    view->replication = value;
    if (what == FS_MONEY_PER_MILLION)
        estimate_per_million(arena, variant, view);
    else
        view->estimate = mean_of(value, variant->n, fs_study_level(variant));
    if (what == FS_MONEY_PER_MONTH && isnan(view->estimate.value))
        view->estimate.why = "not projected";
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
    view->estimate = mean_of(value, variant->n, fs_study_level(variant));
    if (month && isnan(view->estimate.value)) view->estimate.why = "not projected";
}

/* ---- alarms --------------------------------------------------------------------------------- */

static void estimate_alarm(struct fs_arena *arena, const struct fs_study_variant *variant,
                           int alarm, int number, struct fs_view *view)
{
    double *value = fs_arena_alloc(arena, (size_t)variant->n * sizeof *value);
    for (int i = 0; i < variant->n; i++)
        value[i] = variant->alarms[i]->number[alarm][number];
    memset(view, 0, sizeof *view);
    view->path = fs_viewpath_alarm(arena, variant->variant, alarm, number);
    view->unit = fs_alarm_metrics[number].unit;
    view->kind = number == FS_ALARM_FIRED   ? FS_VIEW_COUNT
                 : number == FS_ALARM_SPENT ? FS_VIEW_MONEY
                                            : FS_VIEW_MEAN;
    view->doc = fs_alarm_metrics[number].doc;
    view->n = variant->n;
    view->replication = value;
    view->estimate = mean_of(value, variant->n, fs_study_level(variant));
    if (isnan(view->estimate.value)) view->estimate.why = "did not fire";
}

/* ---- all views ------------------------------------------------------------------------------ */

static int add_metric(struct fs_arena *arena, const struct fs_study_variant *variant,
                      struct fs_viewpath *t, struct fs_view *out)
{
    int n = 0;
    for (const struct fs_statistic *s = fs_statistics; s->name; s++) {
        t->statistic = s;
        if (s->alias || !fs_viewpath_applies(t->statistic, t->metric, t->table)) continue;
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
                struct fs_viewpath t = {table->name, table->subject[j].name, &table->metrics[k],
                                        NULL};
                n += add_metric(arena, variant, &t, out ? out + n : NULL);
            }
        }
    }
    for (int what = 0; what < FS_MONEYS; what++, n++) {
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

static int find_money(const char *path)
{
    for (int i = 0; i < FS_MONEYS; i++) {
        if (strncmp(path, "cost.", 5) == 0 && strcmp(path + 5, fs_moneys[i].name) == 0) return i;
    }
    return -1;
}

bool fs_view_get(struct fs_arena *arena, const struct fs_study_variant *variant, const char *path,
                 struct fs_view *view)
{
    struct fs_viewpath t;
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
    if (!fs_viewpath_find(arena, variant->variant, path, &t)) return false;
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
