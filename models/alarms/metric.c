/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An alarm on a metric: it fires when `points` of the last `of` periods are beyond the threshold.
 * Periods of a minute and more slide by a minute, shorter ones by ten seconds (or by themselves);
 * so do those of a percentile, which is that of one recorded interval. What a period held is known
 * `delay` after its end. A counter has a value in every period, 0 when nothing happened; a latency
 * has none without requests. Its average is over the requests of a period, not over time.
 *
 * Periods without data are looked past: `of` with data are sought among the last `of` + 2, and
 * `missing` is only for those that lack then. As "missing" they count for nothing, but a breach as
 * old as the periods that it takes, with nothing good in sight, fires.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 *
 * Steps are whole intervals of the record, so the sums are exact.
 */
#include "alarm.h"

#include "component.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum statistic { SUM, AVERAGE, MAXIMUM, FIRST_QUANTILE };
enum comparison { ABOVE, AT_LEAST, BELOW, AT_MOST };
enum missing { MISSING, IGNORE, BREACHING, NOT_BREACHING };

static const char *const statistics[] = {"sum", "average", "maximum", "p50", "p90",
                                         "p95", "p99",     "p999",    NULL};
static const char *const comparisons[] = {"above", "at_least", "below", "at_most", NULL};
static const char *const missings[] = {"missing", "ignore", "breaching", "not_breaching", NULL};

struct params {
    const char *component, *metric;
    int statistic, comparison, missing;
    double threshold;
    fs_time period, delay;
    int64_t points, of;
    const char *price, *price_fine;
};

/* ---- one period ------------------------------------------------------------------------------ */

static double mean_of(const struct fs_series *s, int from, int to)
{
    double sum = 0;
    for (int k = from; k < to; k++)
        sum += s->interval_mean[k];
    return sum / (to - from);
}

static double peak_of(const struct fs_series *s, int from, int to)
{
    int64_t peak = s->interval_peak[from];
    for (int k = from + 1; k < to; k++)
        peak = s->interval_peak[k] > peak ? s->interval_peak[k] : peak;
    return (double)peak;
}

static double sum_of(const struct fs_series *s, int from, int to)
{
    int64_t sum = 0;
    for (int k = from; k < to; k++)
        sum += s->increase[k];
    return (double)sum;
}

static double mean_of_requests(const struct fs_series *s, int from, int to)
{
    double sum = 0, n = 0;
    for (int k = from; k < to; k++) {
        sum += s->interval_mean[k] * (double)s->interval_count[k];
        n += (double)s->interval_count[k];
    }
    return n > 0 ? sum / n / 1e9 : NAN;
}

/* Of the intervals [from, to); NaN: missing. */
static double value_of(const struct params *p, const struct fs_series *s, int from, int to)
{
    switch (p->statistic) {
    case SUM:
        return sum_of(s, from, to);
    case AVERAGE:
        return s->metric->kind == FS_LATENCY ? mean_of_requests(s, from, to) : mean_of(s, from, to);
    case MAXIMUM:
        return peak_of(s, from, to);
    default:
        return s->interval_count[from]
                   ? s->interval_quantile[p->statistic - FIRST_QUANTILE][from] / 1e9
                   : NAN;
    }
}

static bool breaches(const struct params *p, double value)
{
    switch ((enum comparison)p->comparison) {
    case ABOVE:
        return value > p->threshold;
    case AT_LEAST:
        return value >= p->threshold;
    case BELOW:
        return value < p->threshold;
    case AT_MOST:
        return value <= p->threshold;
    }
    return false;
}

/* ---- the run --------------------------------------------------------------------------------- */

static const struct fs_series *series_of(const struct params *p, const struct fs_alarm_view *view)
{
    if (!p->component) return fs_record_series(view->record, "account", "account", p->metric);
    return fs_record_series(view->record, fs_spec_component(view->spec, p->component)->plugin->name,
                            p->component, p->metric);
}

static fs_time slide(fs_time period)
{
    const fs_time step = period < FS_MIN ? 10 * FS_S : FS_MIN;
    return period < step ? period : step;
}

static fs_time step_of(const struct params *p)
{
    return p->statistic >= FIRST_QUANTILE ? p->period : slide(p->period);
}

#define FURTHER 2 /* periods beyond `of` that are looked at where some have no data */

/* Of the periods of `length` that end with interval `end`, when they fire: the interval where the
 * first that breaches began; -1: they do not. */
static int first_breach(const struct params *p, const struct fs_series *s, int length, int end)
{
    int64_t found = 0, gaps = 0, n = 0;
    int first = -1, gap = -1; /* periods back */
    for (int i = 0; i < p->of + FURTHER && found < p->of && end - (i + 1) * length >= 0; i++) {
        const int to = end - i * length;
        const double value = value_of(p, s, to - length, to);
        found += !isnan(value);
        gaps += isnan(value);
        if (isnan(value)) gap = i;
        if (!breaches(p, value)) continue;
        first = i;
        n++;
    }
    const int64_t filled = gaps < p->of - found ? gaps : p->of - found;
    const bool only_old = p->missing == MISSING && n == found && first + 1 >= p->points;
    if (p->missing == BREACHING && filled > 0) {
        n += filled;
        first = gap > first ? gap : first;
    }
    return n >= p->points || only_old ? end - (first + 1) * length : -1;
}

static struct fs_alarm_result evaluate(const void *params, const struct fs_alarm_view *view)
{
    const struct params *p = params;
    const struct fs_record *record = view->record;
    const struct fs_series *s = series_of(p, view);
    const int length = (int)(p->period / record->interval);
    const int step = (int)(step_of(p) / record->interval);
    for (int end = step; s && length && step && end <= record->n_intervals; end += step) {
        const int first = first_breach(p, s, length, end);
        const fs_time at = (fs_time)end * record->interval + p->delay;
        if (first < 0) continue;
        if (at > record->length) break;
        return (struct fs_alarm_result){true, (fs_time)first * record->interval, at};
    }
    return (struct fs_alarm_result){.fired = false};
}

/* ---- checks ---------------------------------------------------------------------------------- */

static const struct fs_metric *metric_of(const struct params *p, const struct fs_variant_spec *spec)
{
    const struct fs_component_spec *component = fs_spec_component(spec, p->component);
    const struct fs_component_type *type = component ? component->plugin->type : NULL;
    if (p->component && !type) return NULL;
    for (const struct fs_metric *m = type ? type->metrics : fs_account_metrics; m->name; m++) {
        if (strcmp(m->name, p->metric) == 0) return m;
    }
    return NULL;
}

static void check_statistic(const struct params *p, const struct fs_metric *metric,
                            struct fs_complaints *complaints)
{
    static const char *const have[] = {[FS_COUNTER] = "a sum",
                                       [FS_GAUGE] = "an average and a maximum",
                                       [FS_LATENCY] = "an average and percentiles p50 to p999"};
    const enum fs_metric_kind kind = metric->kind;
    const bool fits = p->statistic == SUM       ? kind == FS_COUNTER
                      : p->statistic == AVERAGE ? kind != FS_COUNTER
                      : p->statistic == MAXIMUM ? kind == FS_GAUGE
                                                : kind == FS_LATENCY;
    if (!fits)
        fs_complain(complaints, "statistic", "'%s' has %s, no '%s'", metric->name,
                    have[metric->kind], statistics[p->statistic]);
}

static void check_spec(const void *params, const struct fs_variant_spec *spec,
                       struct fs_complaints *complaints)
{
    const struct params *p = params;
    const struct fs_metric *metric = metric_of(p, spec);
    const int64_t n = spec->run.intervals;
    const fs_time interval = spec->run.length / n + (spec->run.length % n != 0);
    if (!metric)
        fs_complain(complaints, "metric", "%s has no metric '%.100s'",
                    p->component ? p->component : "the account", p->metric);
    else
        check_statistic(p, metric, complaints);
    const bool quantile = p->statistic >= FIRST_QUANTILE;
    const fs_time unit = step_of(p);
    if (quantile ? interval != unit : unit % interval != 0)
        fs_complain(complaints, "period",
                    "needs recorded intervals of %.10g s%s: say run: {intervals: %.0f}",
                    (double)unit / 1e9, quantile ? "" : " or a whole part of it",
                    ceil((double)spec->run.length / (double)unit));
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->points > p->of)
        fs_complain(complaints, "points", "cannot be more than the periods it looks at ('of')");
    if (p->period % slide(p->period))
        fs_complain(complaints, "period",
                    "must be whole minutes, below one whole tens of seconds, or less than ten");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"component", FS_P_REF, FS_D_COUNT, ROW(component), "", 0, 0,
     .doc = "Whose metric it watches; absent: the account's."},
    {"metric", FS_P_TEXT, FS_D_COUNT, ROW(metric), NULL, 0, 0, .doc = "The metric."},
    {"statistic", FS_P_CHOICE, FS_D_COUNT, ROW(statistic), "sum", 0, 0,
     .doc = "What of a period is held against the threshold.", .choices = statistics},
    {"comparison", FS_P_CHOICE, FS_D_COUNT, ROW(comparison), "above", 0, 0,
     .doc = "On which side of the threshold it fires.", .choices = comparisons},
    {"threshold", FS_P_SCALAR, FS_D_NUMBER, ROW(threshold), NULL, -1e18, 1e18,
     .doc = "In the metric's unit; latencies in s."},
    {"period", FS_P_SCALAR, FS_D_TIME, ROW(period), "1min", 1, 604800,
     .doc = "Length of a period, in whole minutes, tens of seconds, or less; it slides by a "
            "minute, below one by 10 s or itself, of "
            "percentiles by itself."},
    {"points", FS_P_SCALAR, FS_D_COUNT, ROW(points), "1", 1, 1000,
     .doc = "Periods that have to be beyond the threshold."},
    {"of", FS_P_SCALAR, FS_D_COUNT, ROW(of), "1", 1, 1000, .doc = "Periods that are looked at."},
    {"missing", FS_P_CHOICE, FS_D_COUNT, ROW(missing), "missing", 0, 0,
     .doc =
         "What a period without data counts for if fewer than 'of' of the last 'of' + 2 have any.",
     .choices = missings},
    {"delay", FS_P_SCALAR, FS_D_TIME, ROW(delay), "0s", 0, 86400,
     .doc = "How long after its end a period's data is there."},
    {"price", FS_P_PRICE, FS_D_COUNT, ROW(price), "", 0, 0,
     .doc = "Price item of the alarm for a month."},
    {"price_fine", FS_P_PRICE, FS_D_COUNT, ROW(price_fine), "", 0, 0,
     .doc = "The same where the period is less than a minute."},
    {.key = NULL}};

static const char *price(const void *params)
{
    const struct params *p = params;
    return p->period < FS_MIN ? p->price_fine : p->price;
}

static const struct fs_alarm_type type = {evaluate, check_spec, price};

const struct fs_plugin fs_alarms_metric = {
    "metric",
    "Fires when some of the last periods of a metric are beyond a threshold.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
