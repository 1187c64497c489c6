/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The replication is the unit that is independent; requests within one are not. A share pooled
 * over replications is a ratio estimator p = sum(E) / sum(N), whose variance comes from the
 * residuals e_r = E_r - p N_r between replications: R/(R-1) sum(e_r^2) / sum(N)^2, with R - 1
 * degrees of freedom (Cochran, Sampling Techniques, 3rd ed., 1977, section 6.3).
 *
 * A quantile's interval follows from the share above it (Woodruff 1952, JASA 47,
 * doi:10.1080/01621459.1952.10483443): the ends of the share are looked up in the pooled
 * histogram. Percentiles are never averaged: the mean of replications' percentiles estimates
 * something else, and its interval closes in on that.
 */
#include "analysis.h"
#include "fail.h"
#include "math.h"
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* Fewer values than this beyond an end of a quantile's interval are no ground to stand on. */
#define BEYOND 5

static const char one_replication[] = "1 replication";
const char fs_insufficient[] = "insufficient";
static const char no_events[] = "no events";

static struct fs_estimate only(double value, const char *why)
{
    return (struct fs_estimate){
        .value = value, .low = (double)NAN, .high = (double)NAN, .why = why};
}

static double sum(const double *value, int n)
{
    double total = 0;
    for (int i = 0; i < n; i++)
        total += value[i];
    return total;
}

double fs_level_of_each(double level, int n)
{
    return 1 - (1 - level) / n;
}

/* Student's t for a two-sided interval over n replications. */
static double t_factor(int n, double level)
{
    return fs_t_quantile((1 + level) / 2, n - 1);
}

/* Standard error of the ratio of sums e / n over r replications; see above. */
static double ratio_error(const double *e, const double *n, int r, double ratio)
{
    double squares = 0;
    for (int i = 0; i < r; i++) {
        const double residual = e[i] - ratio * n[i];
        squares += residual * residual;
    }
    return sqrt(squares * r / (r - 1)) / sum(n, r);
}

struct fs_estimate fs_estimate_mean(const double *value, int n, double level)
{
    fs_assert(NULL, n >= 1);
    const double mean = sum(value, n) / n;
    if (n == 1) return only(mean, one_replication);
    /* A replication without a value (NaN) leaves nothing to say about the mean. */
    if (!isfinite(mean)) return only(mean, fs_insufficient);
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += (value[i] - mean) * (value[i] - mean);
    const double half = t_factor(n, level) * sqrt(squares / (n - 1) / n);
    return (struct fs_estimate){.value = mean, .low = mean - half, .high = mean + half};
}

/* Wilson's score interval (1927, JASA 22, doi:10.1080/01621459.1927.10502953) with the sample size
 * that the clustered variance amounts to. Next to 0 and 1 the plain p +- half covers too seldom:
 * its error is largest when the estimate is. `half` is t times the standard error. */
static void share_ends(struct fs_estimate *share, double half)
{
    const double p = share->value;
    const double a = half * half / (p * (1 - p));
    const double centre = (p + a / 2) / (1 + a);
    const double reach = sqrt(half * half + a * a / 4) / (1 + a);
    share->low = centre - reach;
    share->high = centre + reach;
}

/* Replications in which there was nothing say nothing of the ratio. */
static int count_telling(const double *numerator, const double *denominator, int n)
{
    int telling = 0;
    for (int i = 0; i < n; i++)
        telling += fabs(numerator[i]) + fabs(denominator[i]) > 0;
    return telling;
}

/* Half the interval of a ratio, from those that do, at least two. */
static double ratio_half(const double *numerator, const double *denominator, int n, double level,
                         double ratio)
{
    const int telling = count_telling(numerator, denominator, n);
    const double error = ratio_error(numerator, denominator, n, ratio);
    if (telling == n) return t_factor(n, level) * error;
    return t_factor(telling, level) * error * sqrt((1 - 1.0 / n) / (1 - 1.0 / telling));
}

struct fs_estimate fs_estimate_quotient(const double *numerator, const double *denominator, int n,
                                        double level)
{
    fs_assert(NULL, n >= 1);
    const double ratio = sum(numerator, n) / sum(denominator, n);
    if (!isfinite(ratio)) return only((double)NAN, fs_insufficient);
    if (count_telling(numerator, denominator, n) == 1) return only(ratio, one_replication);
    const double half = ratio_half(numerator, denominator, n, level, ratio);
    return (struct fs_estimate){.value = ratio, .low = ratio - half, .high = ratio + half};
}

struct fs_estimate fs_estimate_ratio(const double *numerator, const double *denominator, int n,
                                     double level)
{
    struct fs_estimate ratio = fs_estimate_quotient(numerator, denominator, n, level);
    bool share = true, all = true, none = true;
    for (int i = 0; i < n; i++) {
        share = share && numerator[i] >= 0 && numerator[i] <= denominator[i];
        all = all && numerator[i] == denominator[i];
        none = none && numerator[i] == 0;
    }
    if (ratio.why || !share) return ratio;
    if (none || all)
        return (struct fs_estimate){.value = ratio.value,
                                    .low = none ? ratio.value : (double)NAN,
                                    .high = none ? (double)NAN : ratio.value,
                                    .why = no_events};
    share_ends(&ratio, ratio_half(numerator, denominator, n, level, ratio.value));
    return ratio;
}

/* Standard error of the share of values above x. */
static double share_above_error(const struct fs_histogram *const *replication, int n, int64_t x)
{
    double *above = fs_alloc(2 * (size_t)n * sizeof *above, "shares of replications");
    double *count = above + n;
    for (int i = 0; i < n; i++) {
        above[i] = (double)fs_histogram_above(replication[i], x);
        count[i] = (double)replication[i]->count;
    }
    const double error = ratio_error(above, count, n, sum(above, n) / sum(count, n));
    free(above);
    return error;
}

/* The same at a bin, from above or from below it, whichever is larger: where many values are equal
 * (a timeout), the share above them may not vary at all while their own share does. */
static double share_error(const struct fs_histogram *const *replication, int n, int bin)
{
    const double above = share_above_error(replication, n, fs_histogram_low(bin));
    const double from = share_above_error(replication, n, fs_histogram_low(bin) - 1);
    return above > from ? above : from;
}

/* Ends are outer edges of bins within the sample: an interval must not hide the width of a bin. */
static double low_end(const struct fs_histogram *h, double p)
{
    const int64_t low = fs_histogram_low(fs_histogram_bin(h, p));
    return (double)(low < h->min ? h->min : low);
}

static double high_end(const struct fs_histogram *h, double p)
{
    const int64_t high = fs_histogram_high(fs_histogram_bin(h, p));
    return (double)(high > h->max ? h->max : high);
}

static struct fs_histogram *pool(const struct fs_histogram *const *replication, int n)
{
    fs_assert(NULL, n >= 1);
    struct fs_histogram *pooled = fs_alloc(sizeof *pooled, "pooled histogram");
    for (int i = 0; i < n; i++)
        fs_histogram_merge(pooled, replication[i]);
    return pooled;
}

/* The interval whose ends are where the share above is p - below and p + above of what it is. */
static struct fs_estimate quantile_of(const struct fs_histogram *pooled, double p, double below,
                                      double above)
{
    struct fs_estimate quantile = only(fs_histogram_quantile(pooled, p), fs_insufficient);
    const double count = (double)pooled->count;
    const bool low = count * (p - below) >= BEYOND, high = count * (1 - p - above) >= BEYOND;
    if (low) quantile.low = low_end(pooled, p - below);
    if (high) quantile.high = high_end(pooled, p + above);
    if (low && high) quantile.why = NULL;
    return quantile;
}

struct fs_estimate fs_estimate_quantile_half(const struct fs_histogram *const *replication, int n,
                                             double p, double level, double *half)
{
    struct fs_histogram *pooled = pool(replication, n);
    struct fs_estimate quantile = only(fs_histogram_quantile(pooled, p), fs_insufficient);
    *half = 0;
    if (pooled->count > 0 && n == 1) quantile.why = one_replication;
    if (pooled->count > 0 && n > 1) {
        *half = t_factor(n, level) * share_error(replication, n, fs_histogram_bin(pooled, p));
        quantile = quantile_of(pooled, p, *half, *half);
    }
    free(pooled);
    return quantile;
}

struct fs_estimate fs_estimate_quantile(const struct fs_histogram *const *replication, int n,
                                        double p, double level)
{
    double half;
    return fs_estimate_quantile_half(replication, n, p, level, &half);
}

/* With m times the values an end is there when m count (room - half / sqrt m) >= BEYOND, room being
 * the share on the quantile's shorter side: a quadratic in x = 1 / sqrt m. */
double fs_estimate_quantile_needs(const struct fs_histogram *const *replication, int n, double p,
                                  double level)
{
    double half, count = 0;
    fs_estimate_quantile_half(replication, n, p, level, &half);
    for (int i = 0; i < n; i++)
        count += (double)replication[i]->count;
    if (!(count > 0)) return (double)NAN;
    const double room = p < .5 ? p : 1 - p, few = BEYOND / count;
    const double x = (sqrt(half * half + 4 * few * room) - half) / (2 * few);
    return ceil(n / (x * x));
}

struct fs_estimate fs_estimate_quantile_by(const struct fs_histogram *const *replication, int n,
                                           double p, double below, double above)
{
    struct fs_histogram *pooled = pool(replication, n);
    struct fs_estimate quantile = only(fs_histogram_quantile(pooled, p), fs_insufficient);
    if (pooled->count > 0) {
        const double error = share_error(replication, n, fs_histogram_bin(pooled, p));
        quantile = quantile_of(pooled, p, below * error, above * error);
    }
    free(pooled);
    return quantile;
}
