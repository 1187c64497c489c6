/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ratio of sums and a quantile are, to first order, means of what each replication adds to them:
 * (E_r - p N_r) / mean N for a ratio (Cochran 1977, section 6.3), the same divided by the density
 * for a quantile (Bahadur 1966, doi:10.1214/aoms/1177699450). The density is read off the
 * histogram over the width of Woodruff's interval, where it matters. With these values any
 * difference is a paired t.
 *
 * A histogram knows a quantile to half a bin on either side; an interval must not hide that.
 */
#include "compare.h"
#include "fail.h"
#include "math.h"
#include <math.h>
#include <stdlib.h>

/* Level of the intervals that the density is read over, whatever that of the difference. */
#define OWN 0.95

/* What each replication adds; their mean is 0 for a ratio and a quantile. */
struct side {
    double value;
    double *part;
    double resolution; /* half a bin */
    const char *why;
};

static double mean_of(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

static double variance(const double *x, int n)
{
    const double mean = mean_of(x, n);
    double squares = 0;
    for (int i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / (n - 1);
}

double fs_variance_reduction(double apart, double paired, double value)
{
    const double rounding = 1e-18 * value * value;
    if (!(apart > rounding)) return (double)NAN;
    return paired > rounding ? apart / paired : (double)INFINITY;
}

static struct fs_difference difference(struct side *a, struct side *b, int n, double level)
{
    struct fs_difference d = {
        {b->value - a->value, (double)NAN, (double)NAN, a->why ? a->why : b->why}, (double)NAN};
    if (!d.estimate.why && n == 1) d.estimate.why = "1 replication";
    if (!d.estimate.why && !isfinite(d.estimate.value)) d.estimate.why = fs_insufficient;
    if (!d.estimate.why) {
        const double apart = variance(a->part, n) + variance(b->part, n);
        for (int i = 0; i < n; i++)
            b->part[i] -= a->part[i];
        const double paired = variance(b->part, n);
        const double half = fs_t_quantile((1 + level) / 2, n - 1) * sqrt(paired / n) +
                            a->resolution + b->resolution;
        d.estimate.low = d.estimate.value - half;
        d.estimate.high = d.estimate.value + half;
        d.reduction = fs_variance_reduction(apart, paired, d.estimate.value);
    }
    free(a->part);
    free(b->part);
    return d;
}

static struct side new_side(int n)
{
    fs_assert(NULL, n >= 1);
    return (struct side){.part = fs_alloc((size_t)n * sizeof(double), "a comparison")};
}

/* ---- means and ratios ----------------------------------------------------------------------- */

struct fs_difference fs_compare_mean(const double *a, const double *b, int n, double level)
{
    struct side x = new_side(n), y = new_side(n);
    for (int i = 0; i < n; i++) {
        x.part[i] = a[i];
        y.part[i] = b[i];
    }
    x.value = mean_of(a, n);
    y.value = mean_of(b, n);
    return difference(&x, &y, n, level);
}

static struct side ratio_side(const double *numerator, const double *denominator, int n)
{
    struct side side = new_side(n);
    const double mean = mean_of(denominator, n);
    side.value = mean_of(numerator, n) / mean;
    for (int i = 0; i < n; i++)
        side.part[i] = (numerator[i] - side.value * denominator[i]) / mean;
    return side;
}

struct fs_difference fs_compare_ratio(const double *num_a, const double *den_a, const double *num_b,
                                      const double *den_b, int n, double level)
{
    struct side a = ratio_side(num_a, den_a, n), b = ratio_side(num_b, den_b, n);
    return difference(&a, &b, n, level);
}

/* ---- quantiles ------------------------------------------------------------------------------ */

/* The residuals of the shares above the quantile's bin, as times. */
static void linearise(struct side *side, const struct fs_histogram *const *h, int n, int64_t x,
                      double slope)
{
    double above = 0, count = 0;
    for (int i = 0; i < n; i++) {
        above += (double)fs_histogram_above(h[i], x);
        count += (double)h[i]->count;
    }
    for (int i = 0; i < n; i++) {
        const double residual =
            (double)fs_histogram_above(h[i], x) - above / count * (double)h[i]->count;
        side->part[i] = residual / (count / n) * slope;
    }
}

static struct side quantile_side(const struct fs_histogram *const *h, int n, double p)
{
    struct side side = new_side(n);
    struct fs_histogram *pooled = fs_alloc(sizeof *pooled, "pooled histogram");
    for (int i = 0; i < n; i++)
        fs_histogram_merge(pooled, h[i]);
    double half = 0;
    const struct fs_estimate own = fs_estimate_quantile_half(h, n, p, OWN, &half);
    side.value = own.value;
    side.why = own.why;
    if (!own.why) {
        const int bin = fs_histogram_bin(pooled, p);
        const int64_t low = fs_histogram_low(bin), high = fs_histogram_high(bin);
        side.resolution = (double)(high - low) / 2;
        if (half > 0) linearise(&side, h, n, low, (own.high - own.low) / (2 * half));
    }
    free(pooled);
    return side;
}

struct fs_difference fs_compare_quantile(const struct fs_histogram *const *a,
                                         const struct fs_histogram *const *b, int n, double p,
                                         double level)
{
    struct side x = quantile_side(a, n, p), y = quantile_side(b, n, p);
    return difference(&x, &y, n, level);
}
