/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MSER (White 1997, doi:10.1177/003754979706900601) on segments instead of MSER-5's batches of
 * five: a segment is a batch of far more than five values in any run that can be analysed. The rule
 * that a cut beyond the half means "too short" is that of Hoad, Robinson and Davies (2010,
 * doi:10.1057/jors.2009.121). MSER alone also cuts a first peak that is no start at all, since the
 * rest then varies less; estimates become too low and intervals too short (M/M/1 at .95: 88.6 %
 * covered instead of 93.2). A start is over when the run first reaches its later level, so the cut
 * ends there; where all of the second half is equal, that is the first segment of its value. Equal
 * values at the end, within the second half, tell of an event that is rare and not of a level: they
 * are passed over as the last few always are.
 *
 * Sections are few on purpose: ten long ones depend less on one another than thirty short ones, and
 * t with nine degrees of freedom pays for it. Whether they are long enough is tested on quarters of
 * sections. Queues are skewed to the right, and so are the sums of their sections: upper ends, of
 * means as of quantiles' shares, follow Hall's transformation of t (1992,
 * doi:10.1111/j.2517-6161.1992.tb01875.x), which is the usual t where there is no skewness. It is
 * inverted as a series, since its own inverse runs off where the skewness is strong. Both ends are
 * stretched by what dependence is left. What these choices cover is measured: tests/coverage.md.
 */
#include "steady.h"
#include "fail.h"
#include "math.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char fs_too_short[] = "run too short";
const char fs_correlated[] = "run too short: correlated";

#define QUARTERS (4 * FS_SECTIONS)
#define CRITICAL 2.576 /* one-sided 0.5 % */
#define FEWEST   5     /* segments that have settled */
#define ROUNDING 1e-12 /* of a mean: what differs by less is the same */

/* ---- the start ------------------------------------------------------------------------------ */

/* -1, 0 or 1: below, at or above the level. */
static int side_of(double mean, double level)
{
    const double off = mean - level;
    return fabs(off) > ROUNDING * fabs(level) ? (off > 0) - (off < 0) : 0;
}

static bool is_flat(const double *mean, int n, double level)
{
    while (n > 0 && side_of(mean[n - 1], level) == 0)
        n--;
    return n == 0;
}

/* Where the second half does not vary, one segment that is like it may stand before the start. */
static int first_crossing(const double *mean, int n)
{
    double level = 0;
    int i = 0;
    for (int k = n / 2; k < n; k++)
        level += mean[k] / (n - n / 2);
    if (is_flat(mean + n / 2, n - n / 2, level)) {
        while (i + FEWEST <= n && !is_flat(mean + i, FEWEST, level))
            i++;
        return i;
    }
    const int side = side_of(mean[0], level);
    while (side && i < n && side_of(mean[i], level) == side)
        i++;
    return i;
}

int fs_steady_cut(const double *mean, int n)
{
    double sum = 0, squares = 0, best = (double)INFINITY;
    int cut = 0;
    for (int i = n - 1; i >= 0; i--) {
        const double off = mean[i] - mean[n - 1]; /* squares of small numbers lose nothing */
        const double x = fabs(off) > ROUNDING * fabs(mean[n - 1]) ? off : 0;
        const double m = n - i;
        sum += x;
        squares += x * x;
        const double mser = (squares - sum * sum / m) / (m * m);
        if (m < FEWEST || mser > best || (i > n / 2 && !(squares > 0))) continue;
        best = mser;
        cut = i;
    }
    if (cut > n / 2) return -1;
    const int crossing = first_crossing(mean, n);
    return cut < crossing ? cut : crossing;
}

/* ---- dependence ----------------------------------------------------------------------------- */

double fs_steady_dependence(const double *value, int n)
{
    double mean = 0, squares = 0, steps = 0;
    for (int i = 0; i < n; i++)
        mean += value[i] / n;
    for (int i = 0; i < n; i++) {
        squares += (value[i] - mean) * (value[i] - mean);
        if (i) steps += (value[i] - value[i - 1]) * (value[i] - value[i - 1]);
    }
    if (!(squares > 0)) return 0;
    return (1 - steps / (2 * squares)) / sqrt((n - 2.0) / ((double)n * n - 1));
}

/* ---- from segments to sections -------------------------------------------------------------- */

/* Sections of `each` segments, the first at segment `first` of every run. */
struct plan {
    const char *why;
    int first, each;
};

static struct plan make_plan(const double *sum, const double *count, int n, int runs)
{
    struct plan plan = {fs_too_short, 0, 0};
    if (n < FS_SEGMENTS_MIN) return plan;
    double *mean = fs_alloc((size_t)n * sizeof *mean, "means of segments");
    double all = 0, values = 0;
    for (int i = 0; i < n * runs; i++) {
        all += sum[i];
        values += count[i];
    }
    for (int i = 0; i < n; i++) {
        double s = 0, c = 0;
        for (int r = 0; r < runs; r++) {
            s += sum[r * n + i];
            c += count[r * n + i];
        }
        mean[i] = c > 0 ? s / c : all / values; /* an empty segment tells nothing */
    }
    const int cut = values > 0 ? fs_steady_cut(mean, n) : -1;
    free(mean);
    if (cut < 0) return plan;
    plan.each = (n - cut) / FS_SECTIONS;
    plan.first = n - FS_SECTIONS * plan.each;
    plan.why = NULL;
    return plan;
}

/* Sums over the `parts` equal parts of what is left of each run, as near as segments allow. */
static void gather(const double *value, int n, int runs, const struct plan *plan, int parts,
                   double *out)
{
    const int left = n - plan->first;
    memset(out, 0, (size_t)(parts * runs) * sizeof *out);
    for (int r = 0; r < runs; r++) {
        for (int i = 0; i < left; i++)
            out[r * parts + i * parts / left] += value[r * n + plan->first + i];
    }
}

/* Residuals of a ratio over quarters of sections: how much do neighbours depend on one another? */
static void find_residuals(const double *sum, const double *count, int n, int runs,
                           const struct plan *plan, double ratio, double *residual)
{
    double *counts = fs_alloc((size_t)(QUARTERS * runs) * sizeof *counts, "quarters of sections");
    gather(sum, n, runs, plan, QUARTERS, residual);
    gather(count, n, runs, plan, QUARTERS, counts);
    for (int i = 0; i < QUARTERS * runs; i++)
        residual[i] -= ratio * counts[i];
    free(counts);
}

static bool depend(const double *residual, int n, int runs)
{
    double z = 0;
    for (int r = 0; r < runs; r++)
        z += fs_steady_dependence(residual + r * n, n);
    return z / sqrt(runs) > CRITICAL;
}

/* ---- means ---------------------------------------------------------------------------------- */

static double skewness(const double *x, int n)
{
    double mean = 0, squares = 0, cubes = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++) {
        const double d = x[i] - mean;
        squares += d * d;
        cubes += d * d * d;
    }
    if (!(squares > 0)) return 0;
    const double variance = squares / (n - 1);
    return cubes * n / ((n - 1.0) * (n - 2.0)) / (variance * sqrt(variance));
}

/* Sections of four quarters vary by less than independence says when quarters depend on one
 * another: the long run's variance over that of sections if quarters were autoregressive, as a
 * length. */
static double stretch(const double *residual, int runs)
{
    double squares = 0, products = 0;
    for (int r = 0; r < runs; r++) {
        const double *x = residual + r * QUARTERS;
        for (int i = 0; i < QUARTERS; i++) {
            squares += x[i] * x[i];
            if (i) products += x[i] * x[i - 1];
        }
    }
    if (!(products > 0)) return 1;
    const double f = products / squares < .9 ? products / squares : .9;
    return sqrt((1 + f) / (1 - f) / (1 + f * (1.5 + f * (1 + f / 2))));
}

/* How many standard errors the truth may lie below and above what was seen. Upwards by Hall's
 * transformation inverted to the second order in the skewness: few sections hold the peaks that
 * make a mean, so where values are skewed to the right what was seen is more likely too small, and
 * varies too little, than too large. Skewness only lengthens. */
struct reach {
    double below, above;
};

static struct reach reach_of(const double *residual, int runs, double level)
{
    const int quarters = QUARTERS * runs;
    const double t = fs_t_quantile((1 + level) / 2, FS_SECTIONS * runs - 1);
    const double beta = fmax(0, skewness(residual, quarters) / (6 * sqrt(quarters)));
    const double x = t + beta, f = stretch(residual, runs);
    return (struct reach){t * f, x * (1 + 2 * beta * x * (1 + 10. / 3 * beta * x)) * f};
}

static struct fs_estimate mean_of(const double *sum, const double *count, int runs,
                                  const double *residual, double level)
{
    const int sections = FS_SECTIONS * runs;
    const struct reach reach = reach_of(residual, runs, level);
    double total = 0, values = 0, squares = 0;
    for (int i = 0; i < sections; i++) {
        total += sum[i];
        values += count[i];
    }
    const double mean = total / values;
    for (int i = 0; i < sections; i++)
        squares += (sum[i] - mean * count[i]) * (sum[i] - mean * count[i]);
    const double error = sqrt(squares * sections / (sections - 1)) / values;
    return (struct fs_estimate){
        .value = mean, .low = mean - reach.below * error, .high = mean + reach.above * error};
}

static struct fs_estimate estimate(const double *sum, const double *count, int n, int runs,
                                   double level, bool share)
{
    const struct plan plan = make_plan(sum, count, n, runs);
    const int sections = FS_SECTIONS * runs;
    double *block = fs_alloc((size_t)(6 * sections) * sizeof *block, "sections");
    double *sums = block, *counts = block + sections, *residual = block + 2 * sections;
    struct plan whole = plan.why ? (struct plan){NULL, 0, n / FS_SECTIONS} : plan;
    gather(sum, n, runs, &whole, FS_SECTIONS, sums);
    gather(count, n, runs, &whole, FS_SECTIONS, counts);
    struct fs_estimate e = fs_estimate_ratio(sums, counts, sections, level);
    if (!isnan(e.value)) {
        find_residuals(sum, count, n, runs, &whole, e.value, residual);
        const char *why = plan.why                           ? plan.why
                          : depend(residual, QUARTERS, runs) ? fs_correlated
                                                             : NULL;
        if (why)
            e = (struct fs_estimate){e.value, (double)NAN, (double)NAN, why};
        else if (!share)
            e = mean_of(sums, counts, runs, residual, level);
    }
    free(block);
    return e;
}

struct fs_estimate fs_steady_mean(const double *sum, const double *count, int n, int runs,
                                  double level)
{
    return estimate(sum, count, n, runs, level, false);
}

struct fs_estimate fs_steady_share(const double *sum, const double *count, int n, int runs,
                                   double level)
{
    return estimate(sum, count, n, runs, level, true);
}

/* ---- quantiles ------------------------------------------------------------------------------ */

static void add_segment(struct fs_histogram *into, const struct fs_segment *segment)
{
    if (segment->count == 0) return;
    if (into->count == 0 || segment->min < into->min) into->min = segment->min;
    if (into->count == 0 || segment->max > into->max) into->max = segment->max;
    into->count += segment->count;
    into->sum += segment->sum;
    for (int b = 0; b < segment->n_bins; b++)
        into->bin[segment->bin[b].bin] += segment->bin[b].count;
}

static double count_above(const struct fs_segment *segment, int64_t x)
{
    double above = 0;
    for (int b = 0; b < segment->n_bins; b++) {
        if (fs_histogram_low(segment->bin[b].bin) > x) above += (double)segment->bin[b].count;
    }
    return above;
}

/* Residuals of the share above x over quarters of sections. */
static void share_residuals(const struct fs_segments *const *run, int n, int runs,
                            const struct plan *plan, const double *count, double x,
                            double *residual)
{
    const int64_t bin = fs_histogram_low(fs_histogram_index((int64_t)x));
    double *above = fs_alloc((size_t)(n * runs) * sizeof *above, "shares of segments");
    double total = 0, values = 0;
    for (int r = 0; r < runs; r++) {
        for (int i = 0; i < n; i++) {
            above[r * n + i] = count_above(&run[r]->segment[i], bin);
            if (i < plan->first) continue;
            total += above[r * n + i];
            values += count[r * n + i];
        }
    }
    find_residuals(above, count, n, runs, plan, total / values, residual);
    free(above);
}

/* Histograms of the sections, then pointers to them. */
static struct fs_histogram *sections_of(const struct fs_segments *const *run, int n, int runs,
                                        const struct plan *plan, const struct fs_histogram **list)
{
    const int sections = FS_SECTIONS * runs, left = n - plan->first;
    struct fs_histogram *h = fs_alloc((size_t)sections * sizeof *h, "sections");
    for (int i = 0; i < sections; i++)
        list[i] = &h[i];
    for (int r = 0; r < runs; r++) {
        for (int i = 0; i < left; i++)
            add_segment(&h[r * FS_SECTIONS + i * FS_SECTIONS / left],
                        &run[r]->segment[plan->first + i]);
    }
    return h;
}

/* Do segments, each a hundredth of the run, hang together? Then the run has seen its slowest
 * movement few times only. A mean varies enough to show that; a quantile may not yet have met what
 * makes it (ten servers whose queue is empty most of the time look calm for long). */
static bool segments_depend(const double *sum, const double *count, int n, int runs,
                            const struct plan *plan)
{
    const int left = n - plan->first;
    double *residual = fs_alloc((size_t)(left * runs) * sizeof *residual, "segments");
    double total = 0, values = 0;
    for (int i = 0; i < left * runs; i++) {
        total += sum[i / left * n + plan->first + i % left];
        values += count[i / left * n + plan->first + i % left];
    }
    for (int i = 0; i < left * runs; i++) {
        const int at = i / left * n + plan->first + i % left;
        residual[i] = sum[at] - total / values * count[at];
    }
    const bool found = depend(residual, left, runs);
    free(residual);
    return found;
}

static struct fs_estimate quantile_of(const struct fs_segments *const *run, const double *sum,
                                      const double *count, int n, int runs, double p, double level)
{
    const int sections = FS_SECTIONS * runs;
    const struct plan plan = make_plan(sum, count, n, runs);
    const struct plan whole = plan.why ? (struct plan){NULL, 0, n / FS_SECTIONS} : plan;
    const struct fs_histogram **list = fs_alloc((size_t)sections * sizeof *list, "sections");
    double *residual = fs_alloc((size_t)(QUARTERS * runs) * sizeof *residual, "shares");
    struct fs_histogram *h = sections_of(run, n, runs, &whole, list);
    struct fs_estimate e = fs_estimate_quantile_by(list, sections, p, 0, 0);
    const char *why = plan.why;
    if (!why && segments_depend(sum, count, n, runs, &plan)) why = fs_correlated;
    if (!why && !isnan(e.value)) {
        share_residuals(run, n, runs, &plan, count, e.value, residual);
        const struct reach reach = reach_of(residual, runs, level);
        e = fs_estimate_quantile_by(list, sections, p, reach.below, reach.above);
        if (depend(residual, QUARTERS, runs)) why = fs_correlated;
    }
    if (why) e = (struct fs_estimate){e.value, (double)NAN, (double)NAN, why};
    free(residual);
    free(h);
    free(list);
    return e;
}

/* Sums and counts of all segments, sum[run * n + segment], counts behind the sums. */
static double *columns_of(const struct fs_segments *const *run, int n, int runs)
{
    double *sum = fs_alloc(2 * (size_t)(n * runs) * sizeof *sum, "segments");
    for (int i = 0; i < n * runs; i++) {
        const struct fs_segment *segment = &run[i / n]->segment[i % n];
        sum[i] = (double)segment->sum;
        sum[n * runs + i] = (double)segment->count;
    }
    return sum;
}

static int fewest(const struct fs_segments *const *run, int runs, int n)
{
    for (int r = 0; r < runs; r++)
        n = run[r]->n < n ? run[r]->n : n;
    return n;
}

struct fs_estimate fs_steady_quantile(const struct fs_segments *const *run, int runs, double p,
                                      double level)
{
    const int n = fewest(run, runs, FS_SEGMENTS);
    double *sum = columns_of(run, n, runs);
    const struct fs_estimate e = quantile_of(run, sum, sum + n * runs, n, runs, p, level);
    free(sum);
    return e;
}

double fs_steady_above(const struct fs_segments *run, int64_t x)
{
    const int n = run->n;
    const int64_t bin = fs_histogram_low(fs_histogram_index(x));
    double *sum = columns_of(&run, n, 1), above = 0, values = 0;
    for (int i = make_plan(sum, sum + n, n, 1).first; i < n; i++) {
        above += count_above(&run->segment[i], bin);
        values += sum[n + i];
    }
    free(sum);
    return above / values;
}

void fs_steady_settled(const struct fs_segments *const *run, int runs, struct fs_histogram *into)
{
    const int n = fewest(run, runs, FS_SEGMENTS);
    double *sum = columns_of(run, n, runs);
    const int first = make_plan(sum, sum + n * runs, n, runs).first;
    for (int i = 0; i < n * runs; i++)
        if (i % n >= first) add_segment(into, &run[i / n]->segment[i % n]);
    free(sum);
}

/* ---- differences ---------------------------------------------------------------------------- */

/* The same segments of both, from where the later one has settled. */
static struct plan common_plan(struct plan a, struct plan b)
{
    const struct plan later = a.first > b.first ? a : b;
    return a.why ? a : b.why ? b : later;
}

/* What each part of the run adds to a ratio, in units of the ratio times `slope`. */
static void add_parts(const double *sum, const double *count, int n, int runs,
                      const struct plan *plan, int parts, double slope, double *out)
{
    double *s = fs_alloc(2 * (size_t)(parts * runs) * sizeof *s, "parts");
    double *c = s + parts * runs, total = 0, values = 0;
    gather(sum, n, runs, plan, parts, s);
    gather(count, n, runs, plan, parts, c);
    for (int i = 0; i < parts * runs; i++) {
        total += s[i];
        values += c[i];
    }
    for (int i = 0; i < parts * runs; i++)
        out[i] += slope * (s[i] - total / values * c[i]) / (values / (parts * runs));
    free(s);
}

/* One of the two: a column over segments, and what a unit of its ratio is worth. */
struct side {
    const double *sum, *count;
    double slope, resolution;
};

static double squares_of(const struct side *a, const struct side *b, int n, int runs,
                         const struct plan *plan)
{
    double squares = 0, *part = fs_alloc((size_t)(FS_SECTIONS * runs) * sizeof *part, "parts");
    if (a) add_parts(a->sum, a->count, n, runs, plan, FS_SECTIONS, -a->slope, part);
    if (b) add_parts(b->sum, b->count, n, runs, plan, FS_SECTIONS, b->slope, part);
    for (int i = 0; i < FS_SECTIONS * runs; i++)
        squares += part[i] * part[i];
    free(part);
    return squares;
}

/* A difference leans to either side. */
static struct reach reach_of_pair(const struct side *a, const struct side *b, int n, int runs,
                                  const struct plan *plan, double level, const char **why)
{
    double *part = fs_alloc((size_t)(QUARTERS * runs) * sizeof *part, "parts");
    add_parts(a->sum, a->count, n, runs, plan, QUARTERS, -a->slope, part);
    add_parts(b->sum, b->count, n, runs, plan, QUARTERS, b->slope, part);
    struct reach reach = reach_of(part, runs, level);
    if (depend(part, QUARTERS, runs)) *why = fs_correlated;
    for (int i = 0; i < QUARTERS * runs; i++)
        part[i] = -part[i];
    reach.below = reach_of(part, runs, level).above;
    free(part);
    return reach;
}

static struct fs_difference difference(double value, const struct side *a, const struct side *b,
                                       int n, int runs, const struct plan *plan, double level)
{
    const int sections = FS_SECTIONS * runs;
    struct fs_difference d = {{value, (double)NAN, (double)NAN, plan->why}, (double)NAN};
    if (!d.estimate.why && !isfinite(value)) d.estimate.why = fs_insufficient;
    if (d.estimate.why) return d;
    const struct reach reach = reach_of_pair(a, b, n, runs, plan, level, &d.estimate.why);
    if (d.estimate.why) return d;
    const double apart = squares_of(a, NULL, n, runs, plan) + squares_of(NULL, b, n, runs, plan);
    const double paired = squares_of(a, b, n, runs, plan);
    const double error = sqrt(paired / (sections - 1) / sections);
    const double blur = a->resolution + b->resolution;
    d.estimate.low = value - reach.below * error - blur;
    d.estimate.high = value + reach.above * error + blur;
    d.reduction = fs_variance_reduction(apart, paired, value);
    return d;
}

static double ratio_from(const double *sum, const double *count, int n, int runs, int first)
{
    double total = 0, values = 0;
    for (int i = 0; i < n * runs; i++) {
        if (i % n < first) continue;
        total += sum[i];
        values += count[i];
    }
    return total / values;
}

struct fs_difference fs_steady_compare(const double *sum_a, const double *count_a,
                                       const double *sum_b, const double *count_b, int n, int runs,
                                       double level)
{
    const struct plan plan =
        common_plan(make_plan(sum_a, count_a, n, runs), make_plan(sum_b, count_b, n, runs));
    const struct side a = {sum_a, count_a, 1, 0}, b = {sum_b, count_b, 1, 0};
    const double value = ratio_from(sum_b, count_b, n, runs, plan.first) -
                         ratio_from(sum_a, count_a, n, runs, plan.first);
    return difference(value, &a, &b, n, runs, &plan, level);
}

/* Level of the intervals that the slope is read over, as in compare.c. */
#define OWN 0.95

/* The share above the quantile as a column over segments, and how much time a unit of it is: by the
 * width of the quantile's own interval. Frees nothing: `above` is the caller's. */
static double quantile_side(const struct fs_segments *const *run, int n, int runs,
                            const struct plan *plan, double p, double *above, struct side *side,
                            const char **why)
{
    const int sections = FS_SECTIONS * runs;
    const struct fs_histogram **list = fs_alloc((size_t)sections * sizeof *list, "sections");
    struct fs_histogram *h = sections_of(run, n, runs, plan, list);
    double half = 0;
    const struct fs_estimate own = fs_estimate_quantile_half(list, sections, p, OWN, &half);
    if (own.why) {
        if (!*why) *why = own.why;
    } else {
        const int bin = fs_histogram_index((int64_t)own.value);
        for (int i = 0; i < n * runs; i++)
            above[i] = count_above(&run[i / n]->segment[i % n], fs_histogram_low(bin));
        side->sum = above;
        side->slope = half > 0 ? (own.high - own.low) / (2 * half) : 0;
        side->resolution = (double)(fs_histogram_high(bin) - fs_histogram_low(bin)) / 2;
    }
    free(h);
    free(list);
    return own.value;
}

struct fs_difference fs_steady_compare_quantile(const struct fs_segments *const *a,
                                                const struct fs_segments *const *b, int runs,
                                                double p, double level)
{
    const int n = fewest(b, runs, fewest(a, runs, FS_SEGMENTS)), cells = n * runs;
    double *column_a = columns_of(a, n, runs), *column_b = columns_of(b, n, runs);
    double *above = fs_alloc(2 * (size_t)cells * sizeof *above, "shares of segments");
    struct plan plan = common_plan(make_plan(column_a, column_a + cells, n, runs),
                                   make_plan(column_b, column_b + cells, n, runs));
    const struct plan whole = plan.why ? (struct plan){NULL, 0, n / FS_SECTIONS} : plan;
    if (!plan.why && (segments_depend(column_a, column_a + cells, n, runs, &plan) ||
                      segments_depend(column_b, column_b + cells, n, runs, &plan)))
        plan.why = fs_correlated;
    struct side x = {NULL, column_a + cells, 0, 0}, y = {NULL, column_b + cells, 0, 0};
    const double from = quantile_side(a, n, runs, &whole, p, above, &x, &plan.why);
    const double to = quantile_side(b, n, runs, &whole, p, above + cells, &y, &plan.why);
    const struct fs_difference d = difference(to - from, &x, &y, n, runs, &plan, level);
    free(above);
    free(column_b);
    free(column_a);
    return d;
}
