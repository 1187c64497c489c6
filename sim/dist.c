/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A closed set of kinds, so each question is one switch; a new kind is a compiler warning in every
 * one of them. Drawing takes the ziggurats where the kind has one and the inverse transform of one
 * uniform elsewhere; the upper tail is taken from the small end of the uniform, which is finer.
 *
 * Quantiles invert in closed form, but for gamma and mixtures, which bisect share_below() down to
 * neighbouring doubles: exact to the last place of the share, and not meant for the hot path.
 * Every form is made into the kind's own numbers once; nothing here depends on units.
 */
#include "dist.h"
#include "arena.h"
#include "math.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* Index i with p[i] <= u < p[i + 1], for p[0] <= u < p[n - 1]. */
static int interval(const double *p, int n, double u)
{
    int low = 0, high = n - 1;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (p[middle] <= u) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* From x to y as t goes from u to v. */
static double interpolate(double u, double v, double x, double y, double t)
{
    return x + (y - x) * ((t - u) / (v - u));
}

static double triangular_quantile(const struct fs_dist *dist, double p)
{
    const double low = dist->a, mode = dist->b, high = dist->c;
    const double below = p * (high - low), above = (1 - p) * (high - low);
    if (below < mode - low) return low + sqrt(below * (mode - low));
    return high - sqrt(above * (high - mode));
}

/* By the share `rest` above. */
static double weibull_above(const struct fs_dist *dist, double minus_log_rest)
{
    return dist->b * fs_exp(fs_log(minus_log_rest) / dist->a);
}

static double pareto_above(const struct fs_dist *dist, double minus_log_rest)
{
    return dist->b * fs_exp(minus_log_rest / dist->a);
}

static double points_quantile(const struct fs_dist *dist, double p)
{
    const int i = interval(dist->p, dist->n, p);
    return interpolate(dist->p[i], dist->p[i + 1], dist->x[i], dist->x[i + 1], p);
}

static double mixture_draw(const struct fs_dist *dist, struct fs_stream *stream)
{
    const double u = fs_uniform(stream);
    int i = 0;
    while (i < dist->n - 1 && u >= dist->p[i]) {
        i++;
    }
    return fs_dist_draw(&dist->component[i], stream);
}

double fs_dist_draw(const struct fs_dist *dist, struct fs_stream *stream)
{
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
        break;
    case FS_DIST_UNIFORM:
        return dist->a + (dist->b - dist->a) * fs_uniform(stream);
    case FS_DIST_TRIANGULAR:
        return triangular_quantile(dist, fs_uniform(stream));
    case FS_DIST_EXPONENTIAL:
        return dist->a * fs_exponential(stream);
    case FS_DIST_GAMMA:
        return dist->b * fs_gamma(stream, dist->a);
    case FS_DIST_WEIBULL:
        return weibull_above(dist, -fs_log(fs_uniform(stream)));
    case FS_DIST_LOGNORMAL:
        return fs_exp(dist->a + dist->b * fs_normal(stream));
    case FS_DIST_PARETO:
        return pareto_above(dist, -fs_log(fs_uniform(stream)));
    case FS_DIST_QUANTILES:
        return points_quantile(dist, fs_uniform(stream));
    case FS_DIST_MIXTURE:
        return mixture_draw(dist, stream);
    }
    return dist->a;
}

static double triangular_share(const struct fs_dist *dist, double x)
{
    const double low = dist->a, mode = dist->b, high = dist->c;
    if (x < mode) return (x - low) / (high - low) * ((x - low) / (mode - low));
    return 1 - (high - x) / (high - low) * ((high - x) / (high - mode));
}

/* Phi(z) = 1/2 + sign(z) P(1/2, z^2/2) / 2 */
static double lognormal_share(const struct fs_dist *dist, double x)
{
    if (dist->b == 0) return fs_log(x) >= dist->a;
    const double z = (fs_log(x) - dist->a) / dist->b;
    return 0.5 + copysign(0.5 * fs_gamma_share(0.5, 0.5 * z * z), z);
}

static double points_share(const struct fs_dist *dist, double x)
{
    if (x < dist->x[0]) return 0;
    if (x >= dist->x[dist->n - 1]) return 1;
    const int i = interval(dist->x, dist->n, x);
    return interpolate(dist->x[i], dist->x[i + 1], dist->p[i], dist->p[i + 1], x);
}

static double share_below(const struct fs_dist *dist, double x);

static double mixture_share(const struct fs_dist *dist, double x)
{
    double share = 0;
    for (int i = 0; i < dist->n; i++) {
        const double weight = i ? dist->p[i] - dist->p[i - 1] : dist->p[0];
        share += weight * share_below(&dist->component[i], x);
    }
    return share;
}

/* P(draw <= x), x >= 0 */
static double share_below(const struct fs_dist *dist, double x)
{
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
        break;
    case FS_DIST_UNIFORM:
        if (x >= dist->b) return 1;
        return x <= dist->a ? 0 : (x - dist->a) / (dist->b - dist->a);
    case FS_DIST_TRIANGULAR:
        if (x >= dist->c) return 1;
        return x <= dist->a ? 0 : triangular_share(dist, x);
    case FS_DIST_EXPONENTIAL:
        return -fs_expm1(-x / dist->a);
    case FS_DIST_GAMMA:
        return fs_gamma_share(dist->a, x / dist->b);
    case FS_DIST_WEIBULL:
        return -fs_expm1(-fs_pow(x / dist->b, dist->a));
    case FS_DIST_LOGNORMAL:
        return lognormal_share(dist, x);
    case FS_DIST_PARETO:
        return x <= dist->b ? 0 : -fs_expm1(dist->a * fs_log(dist->b / x));
    case FS_DIST_QUANTILES:
        return points_share(dist, x);
    case FS_DIST_MIXTURE:
        return mixture_share(dist, x);
    }
    return x >= dist->a;
}

static double quantile_by_bisection(const struct fs_dist *dist, double p)
{
    double low = 0, high = 1;
    if (share_below(dist, 0) >= p) return 0;
    while (high < 0.5 * DBL_MAX && share_below(dist, high) < p) {
        low = high;
        high *= 2;
    }
    for (;;) {
        const double middle = low + 0.5 * (high - low);
        if (middle <= low || middle >= high) return high;
        if (share_below(dist, middle) < p) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

double fs_dist_quantile(const struct fs_dist *dist, double p)
{
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
        break;
    case FS_DIST_UNIFORM:
        return dist->a + (dist->b - dist->a) * p;
    case FS_DIST_TRIANGULAR:
        return triangular_quantile(dist, p);
    case FS_DIST_EXPONENTIAL:
        return -dist->a * fs_log1p(-p);
    case FS_DIST_WEIBULL:
        return weibull_above(dist, -fs_log1p(-p));
    case FS_DIST_LOGNORMAL:
        return fs_exp(dist->a + dist->b * fs_normal_quantile(p));
    case FS_DIST_PARETO:
        return pareto_above(dist, -fs_log1p(-p));
    case FS_DIST_QUANTILES:
        return points_quantile(dist, p);
    case FS_DIST_GAMMA:
    case FS_DIST_MIXTURE:
        return quantile_by_bisection(dist, p);
    }
    return dist->a;
}

static double points_mean(const struct fs_dist *dist)
{
    double mean = 0;
    for (int i = 0; i + 1 < dist->n; i++) {
        mean += (dist->p[i + 1] - dist->p[i]) * 0.5 * (dist->x[i] + dist->x[i + 1]);
    }
    return mean;
}

static double mixture_mean(const struct fs_dist *dist)
{
    double mean = 0;
    for (int i = 0; i < dist->n; i++) {
        const double weight = i ? dist->p[i] - dist->p[i - 1] : dist->p[0];
        mean += weight * fs_dist_mean(&dist->component[i]);
    }
    return mean;
}

double fs_dist_mean(const struct fs_dist *dist)
{
    const double a = dist->a, b = dist->b;
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
    case FS_DIST_EXPONENTIAL:
        break;
    case FS_DIST_UNIFORM:
        return 0.5 * (a + b);
    case FS_DIST_TRIANGULAR:
        return (a + b + dist->c) / 3;
    case FS_DIST_GAMMA:
        return a * b;
    case FS_DIST_WEIBULL:
        return b * fs_exp(fs_lgamma(1 + 1 / a));
    case FS_DIST_LOGNORMAL:
        return fs_exp(a + 0.5 * b * b);
    case FS_DIST_PARETO:
        return a > 1 ? b * (a / (a - 1)) : INFINITY;
    case FS_DIST_QUANTILES:
        return points_mean(dist);
    case FS_DIST_MIXTURE:
        return mixture_mean(dist);
    }
    return a;
}

static double square(double x)
{
    return x * x;
}

static double points_variance(const struct fs_dist *dist, double mean)
{
    double variance = 0;
    for (int i = 0; i + 1 < dist->n; i++) {
        const double x = dist->x[i], y = dist->x[i + 1];
        variance +=
            (dist->p[i + 1] - dist->p[i]) * (square(y - x) / 12 + square(0.5 * (x + y) - mean));
    }
    return variance;
}

static double mixture_variance(const struct fs_dist *dist, double mean)
{
    double variance = 0;
    for (int i = 0; i < dist->n; i++) {
        const double weight = i ? dist->p[i] - dist->p[i - 1] : dist->p[0];
        const double own = fs_dist_mean(&dist->component[i]);
        const double inside = square(own) * fs_dist_scv(&dist->component[i]);
        variance += weight * (inside + square(own - mean));
    }
    return variance;
}

/* Of the kinds whose variance is the simpler one. */
static double variance(const struct fs_dist *dist, double mean)
{
    const double low = dist->a, b = dist->b, high = dist->c;
    if (dist->kind == FS_DIST_UNIFORM) return square(b - low) / 12;
    if (dist->kind == FS_DIST_QUANTILES) return points_variance(dist, mean);
    if (dist->kind == FS_DIST_MIXTURE) return mixture_variance(dist, mean);
    return (square(high - low) + (b - low) * (b - high)) / 18;
}

double fs_dist_scv(const struct fs_dist *dist)
{
    const double a = dist->a, mean = fs_dist_mean(dist);
    if (!(mean <= DBL_MAX)) return INFINITY;
    switch (dist->kind) {
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
        break;
    case FS_DIST_EXPONENTIAL:
        return 1;
    case FS_DIST_GAMMA:
        return 1 / a;
    case FS_DIST_WEIBULL:
        return fs_expm1(fs_lgamma(1 + 2 / a) - 2 * fs_lgamma(1 + 1 / a));
    case FS_DIST_LOGNORMAL:
        return fs_expm1(dist->b * dist->b);
    case FS_DIST_PARETO:
        return a > 2 ? 1 / (a * (a - 2)) : INFINITY;
    case FS_DIST_UNIFORM:
    case FS_DIST_TRIANGULAR:
    case FS_DIST_QUANTILES:
    case FS_DIST_MIXTURE:
        return mean > 0 ? variance(dist, mean) / square(mean) : 0;
    }
    return 0;
}

/* The forms. Each refuses what no distribution of its kind can be, in words for the user. */

static const char bad_mean[] = "mean must be above 0";
static const char bad_median[] = "median must be above 0";

static bool is_between(double x, double low, double high)
{
    return x >= low && x <= high; /* false for NaN */
}

static bool is_positive(double x)
{
    return x > 0 && x <= DBL_MAX;
}

static const char *fill(struct fs_dist *dist, enum fs_dist_kind kind, double a, double b, double c)
{
    *dist = (struct fs_dist){.kind = kind, .a = a, .b = b, .c = c};
    return NULL;
}

static const char *make_uniform(struct fs_dist *dist, const double *v)
{
    if (!is_between(v[0], 0, DBL_MAX)) return "low must not be negative";
    if (!is_between(v[1], v[0], DBL_MAX)) return "high must not be below low";
    return fill(dist, FS_DIST_UNIFORM, v[0], v[1], 0);
}

static const char *make_triangular(struct fs_dist *dist, const double *v)
{
    if (!is_between(v[0], 0, DBL_MAX)) return "low must not be negative";
    if (!is_between(v[1], v[0], DBL_MAX)) return "mode must not be below low";
    if (!is_between(v[2], v[1], DBL_MAX)) return "high must not be below mode";
    return fill(dist, FS_DIST_TRIANGULAR, v[0], v[1], v[2]);
}

static const char *make_exponential(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    return fill(dist, FS_DIST_EXPONENTIAL, v[0], 0, 0);
}

static const char *make_gamma_shape(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], 1e-3, 1e8)) return "shape of a gamma must be between 0.001 and 1e8";
    return fill(dist, FS_DIST_GAMMA, v[1], v[0] / v[1], 0);
}

static const char *make_gamma_cv(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], 1e-4, 30)) return "cv of a gamma must be between 0.0001 and 30";
    return fill(dist, FS_DIST_GAMMA, 1 / square(v[1]), v[0] * square(v[1]), 0);
}

static const char *make_erlang(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], 1, 1e6) || floor(v[1]) != v[1]) {
        return "stages must be a whole number from 1 to 1e6";
    }
    return fill(dist, FS_DIST_GAMMA, v[1], v[0] / v[1], 0);
}

static const char *make_weibull(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], 0.1, 1e6)) return "shape of a weibull must be between 0.1 and 1e6";
    return fill(dist, FS_DIST_WEIBULL, v[1], v[0] / fs_exp(fs_lgamma(1 + 1 / v[1])), 0);
}

static const char *make_pareto(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return "minimum must be above 0";
    if (!is_between(v[1], 0.1, 1e6)) return "shape of a pareto must be between 0.1 and 1e6";
    return fill(dist, FS_DIST_PARETO, v[1], v[0], 0);
}

static const char *make_pareto_mean(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!(v[1] > 1 && v[1] <= 1e6)) {
        return "shape must be above 1 and at most 1e6: a pareto of shape 1 or less has no mean";
    }
    return fill(dist, FS_DIST_PARETO, v[1], v[0] * ((v[1] - 1) / v[1]), 0);
}

/* mu + sigma z = ln x and mu + sigma^2 / 2 = ln mean give sigma = z -+ sqrt(z^2 - 2 ln(x / mean)).
 * The smaller root is the usual shape; written as a quotient it keeps its digits. */
static const char *lognormal_by_mean(struct fs_dist *dist, const double *v, double z,
                                     const char *too_low, const char *too_high)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], v[0], DBL_MAX)) return too_low;
    const double twice = 2 * (fs_log(v[1]) - fs_log(v[0])), rest = z * z - twice;
    if (!(rest >= 0)) return too_high;
    const double sigma = twice / (z + sqrt(rest));
    return fill(dist, FS_DIST_LOGNORMAL, fs_log(v[0]) - 0.5 * sigma * sigma, sigma, 0);
}

/* The bounds are e^(z^2 / 2), rounded down. */
static const char *make_lognormal_mean_p99(struct fs_dist *dist, const double *v)
{
    return lognormal_by_mean(dist, v, fs_normal_quantile(0.99), "p99 must not be below the mean",
                             "p99 of a lognormal can be at most 14.96 times its mean");
}

static const char *make_lognormal_mean_p95(struct fs_dist *dist, const double *v)
{
    return lognormal_by_mean(dist, v, fs_normal_quantile(0.95), "p95 must not be below the mean",
                             "p95 of a lognormal can be at most 3.86 times its mean");
}

static const char *make_lognormal_mean_p90(struct fs_dist *dist, const double *v)
{
    return lognormal_by_mean(dist, v, fs_normal_quantile(0.90), "p90 must not be below the mean",
                             "p90 of a lognormal can be at most 2.27 times its mean");
}

static const char *make_lognormal_mean_cv(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_mean;
    if (!is_between(v[1], 0, 1e6)) return "cv of a lognormal must be between 0 and 1e6";
    const double variance_of_log = fs_log1p(v[1] * v[1]);
    return fill(dist, FS_DIST_LOGNORMAL, fs_log(v[0]) - 0.5 * variance_of_log,
                sqrt(variance_of_log), 0);
}

static const char *make_lognormal_median_sigma(struct fs_dist *dist, const double *v)
{
    if (!is_positive(v[0])) return bad_median;
    if (!is_between(v[1], 0, 10)) return "sigma of a lognormal must be between 0 and 10";
    return fill(dist, FS_DIST_LOGNORMAL, fs_log(v[0]), v[1], 0);
}

static const char *lognormal_by_median(struct fs_dist *dist, const double *v, double z,
                                       const char *too_low)
{
    if (!is_positive(v[0])) return bad_median;
    if (!is_between(v[1], v[0], DBL_MAX)) return too_low;
    const double median_sigma[] = {v[0], (fs_log(v[1]) - fs_log(v[0])) / z};
    return make_lognormal_median_sigma(dist, median_sigma);
}

static const char *make_lognormal_median_p99(struct fs_dist *dist, const double *v)
{
    return lognormal_by_median(dist, v, fs_normal_quantile(0.99),
                               "p99 must not be below the median");
}

static const char *make_lognormal_median_p95(struct fs_dist *dist, const double *v)
{
    return lognormal_by_median(dist, v, fs_normal_quantile(0.95),
                               "p95 must not be below the median");
}

#define MEAN                                                                                       \
    {                                                                                              \
        "mean", false, "arithmetic mean"                                                           \
    }
#define MEDIAN                                                                                     \
    {                                                                                              \
        "median", false, "half of the draws are below"                                             \
    }
#define P90                                                                                        \
    {                                                                                              \
        "p90", false, "90 % of the draws are below"                                                \
    }
#define P95                                                                                        \
    {                                                                                              \
        "p95", false, "95 % of the draws are below"                                                \
    }
#define P99                                                                                        \
    {                                                                                              \
        "p99", false, "99 % of the draws are below"                                                \
    }
#define CV                                                                                         \
    {                                                                                              \
        "cv", true, "standard deviation divided by the mean"                                       \
    }

const struct fs_dist_form fs_dist_forms[] = {
    {"uniform",
     {{"low", false, "smallest value"}, {"high", false, "largest value"}},
     make_uniform,
     "every value between low and high is equally likely"},
    {"triangular",
     {{"low", false, "smallest value"},
      {"mode", false, "likeliest value"},
      {"high", false, "largest value"}},
     make_triangular,
     "rises from low to mode and falls to high along straight lines"},
    {"exponential", {MEAN}, make_exponential, "memoryless; its cv is 1"},
    {"gamma", {MEAN, CV}, make_gamma_cv, "from nearly constant (cv 0) to bursty (cv above 1)"},
    {"gamma",
     {MEAN, {"shape", true, "1 / cv^2; 1 is the exponential"}},
     make_gamma_shape,
     "from nearly constant (large shape) to bursty (shape below 1)"},
    {"erlang",
     {MEAN, {"stages", true, "number of exponential stages in a row"}},
     make_erlang,
     "sum of equal exponential stages"},
    {"weibull",
     {MEAN, {"shape", true, "1 is the exponential; below 1 a heavier tail"}},
     make_weibull,
     "stretched (shape below 1) or compressed exponential"},
    {"lognormal", {MEAN, P99}, make_lognormal_mean_p99, "mean and 99th percentile"},
    {"lognormal", {MEAN, P95}, make_lognormal_mean_p95, "mean and 95th percentile"},
    {"lognormal", {MEAN, P90}, make_lognormal_mean_p90, "mean and 90th percentile"},
    {"lognormal", {MEAN, CV}, make_lognormal_mean_cv, "mean and coefficient of variation"},
    {"lognormal", {MEDIAN, P99}, make_lognormal_median_p99, "median and 99th percentile"},
    {"lognormal", {MEDIAN, P95}, make_lognormal_median_p95, "median and 95th percentile"},
    {"lognormal",
     {MEDIAN, {"sigma", true, "standard deviation of the natural logarithm"}},
     make_lognormal_median_sigma,
     "median and spread of the logarithm"},
    {"pareto",
     {MEAN, {"shape", true, "tail exponent, above 1; no variance up to 2"}},
     make_pareto_mean,
     "power-law tail"},
    {"pareto",
     {{"minimum", false, "smallest value"}, {"shape", true, "tail exponent; no mean up to 1"}},
     make_pareto,
     "power-law tail"},
    {NULL, {{NULL, false, NULL}}, NULL, NULL},
};

void fs_dist_constant(struct fs_dist *dist, double value)
{
    fill(dist, FS_DIST_CONSTANT, value, 0, 0);
}

static const char *check_points(int n, const double *p, const double *x)
{
    if (n < 2) return "at least two percentiles are needed";
    for (int i = 0; i < n; i++) {
        if (!is_between(p[i], 0, 1)) return "a percentile must be between p0 and p100";
        if (!is_between(x[i], 0, DBL_MAX)) return "a percentile's value must not be negative";
        if (i && !(p[i] > p[i - 1])) return "percentiles must be in rising order, each once";
        if (i && !(x[i] >= x[i - 1])) return "a higher percentile must not have a lower value";
    }
    return NULL;
}

const char *fs_dist_quantiles(struct fs_dist *dist, struct fs_arena *arena, int n, const double *p,
                              const double *x)
{
    const char *why = check_points(n, p, x);
    if (why) return why;
    const int before = p[0] > 0, after = p[n - 1] < 1, all = before + n + after;
    double *shares = fs_arena_alloc(arena, (size_t)all * sizeof *shares);
    double *values = fs_arena_alloc(arena, (size_t)all * sizeof *values);
    memcpy(shares + before, p, (size_t)n * sizeof *p);
    memcpy(values + before, x, (size_t)n * sizeof *x);
    shares[0] = 0;
    values[0] = x[0];
    shares[all - 1] = 1;
    values[all - 1] = x[n - 1];
    fill(dist, FS_DIST_QUANTILES, 0, 0, 0);
    dist->n = all;
    dist->p = shares;
    dist->x = values;
    return NULL;
}

const char *fs_dist_mixture(struct fs_dist *dist, struct fs_arena *arena, int n,
                            const double *weight, const struct fs_dist *component)
{
    double total = 0, sum = 0;
    if (n < 1) return "a mixture needs at least one part";
    for (int i = 0; i < n; i++) {
        if (!is_positive(weight[i])) return "a weight must be above 0";
        total += weight[i];
    }
    if (!is_positive(total)) return "the weights' sum is too large";
    double *shares = fs_arena_alloc(arena, (size_t)n * sizeof *shares);
    struct fs_dist *parts = fs_arena_alloc(arena, (size_t)n * sizeof *parts);
    for (int i = 0; i < n; i++) {
        sum += weight[i];
        shares[i] = i == n - 1 ? 1 : sum / total;
        parts[i] = component[i];
    }
    fill(dist, FS_DIST_MIXTURE, 0, 0, 0);
    dist->n = n;
    dist->p = shares;
    dist->component = parts;
    return NULL;
}
