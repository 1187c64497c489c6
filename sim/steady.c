/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MSER (White 1997, doi:10.1177/003754979706900601) on segments instead of MSER-5's batches of
 * five: a segment is a batch of far more than five values in any run that can be analysed. The rule
 * that a cut beyond the half means "too short" is that of Hoad, Robinson and Davies (2010,
 * doi:10.1057/jors.2009.121). MSER alone also cuts a first peak that is no start at all, since the
 * rest then varies less; estimates become too low and intervals too short (M/M/1 at .95: 88.6 %
 * covered instead of 93.2). A start is over when the run first crosses its later level, so the cut
 * ends there.
 *
 * Sections are few on purpose: ten long ones depend less on one another than thirty short ones, and
 * t with nine degrees of freedom pays for it. Whether they are long enough is tested on quarters of
 * sections. Queues are skewed to the right; means get the asymmetric interval of Willink (2005,
 * doi:10.1080/01966324.2005.10737642), which is the usual t where there is no skewness, stretched
 * by what dependence is left. What these
 * choices cover is measured: tests/coverage.md.
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

/* ---- the start ------------------------------------------------------------------------------ */

static int first_crossing(const double *mean, int n)
{
    double level = 0;
    int i = 1;
    for (int k = n / 2; k < n; k++)
        level += mean[k] / (n - n / 2);
    while (i < n && (mean[i] < level) == (mean[0] < level))
        i++;
    return i;
}

int fs_steady_cut(const double *mean, int n)
{
    double sum = 0, squares = 0, best = (double)INFINITY;
    int cut = 0;
    for (int i = n - 1; i >= 0; i--) {
        const double x = mean[i] - mean[n - 1]; /* squares of small numbers lose nothing */
        const double m = n - i;
        sum += x;
        squares += x * x;
        const double mser = (squares - sum * sum / m) / (m * m);
        if (m < 5 || mser > best) continue;
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

static bool depends(const double *residual, int runs)
{
    double z = 0;
    for (int r = 0; r < runs; r++)
        z += fs_steady_dependence(residual + r * QUARTERS, QUARTERS);
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

static double cube_root(double x)
{
    if (!(x > 0 || x < 0)) return 0;
    return x > 0 ? fs_exp(fs_log(x) / 3) : -fs_exp(fs_log(-x) / 3);
}

/* Willink's transformation of a t quantile. */
static double skewed(double t, double beta)
{
    if (beta < 1e-6) return t;
    return (cube_root(1 + 6 * beta * (t - beta)) - 1) / (2 * beta);
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

/* Skewness to the left is not allowed for: it would shorten the end that tails reach. */
static struct fs_estimate leaning(const double *sum, const double *count, int sections,
                                  const double *residual, double level)
{
    double total = 0, values = 0, squares = 0;
    for (int i = 0; i < sections; i++) {
        total += sum[i];
        values += count[i];
    }
    const double mean = total / values;
    for (int i = 0; i < sections; i++)
        squares += (sum[i] - mean * count[i]) * (sum[i] - mean * count[i]);
    const double error = sqrt(squares * sections / (sections - 1)) / values *
                         stretch(residual, sections / FS_SECTIONS);
    const int quarters = QUARTERS / FS_SECTIONS * sections;
    const double beta = skewness(residual, quarters) / (6 * sqrt(quarters));
    const double t = fs_t_quantile((1 + level) / 2, sections - 1);
    return (struct fs_estimate){.value = mean,
                                .low = mean - skewed(t, beta) * error,
                                .high = mean - skewed(-t, beta) * error};
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
        const char *why = plan.why ? plan.why : depends(residual, runs) ? fs_correlated : NULL;
        if (why)
            e = (struct fs_estimate){e.value, (double)NAN, (double)NAN, why};
        else if (!share)
            e = leaning(sums, counts, sections, residual, level);
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
    for (int b = 0; b < segment->n_bins; b++)
        fs_histogram_record(into, fs_histogram_mid(segment->bin[b].bin), segment->bin[b].count);
}

static double count_above(const struct fs_segment *segment, int64_t x)
{
    double above = 0;
    for (int b = 0; b < segment->n_bins; b++) {
        if (fs_histogram_low(segment->bin[b].bin) > x) above += (double)segment->bin[b].count;
    }
    return above;
}

static bool shares_depend(const struct fs_segments *const *run, int n, int runs,
                          const struct plan *plan, const double *count, double x)
{
    const int64_t bin = fs_histogram_low(fs_histogram_index((int64_t)x));
    double *above = fs_alloc((size_t)(n * runs) * sizeof *above, "shares of segments");
    double *residual = fs_alloc((size_t)(QUARTERS * runs) * sizeof *residual, "shares");
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
    const bool found = depends(residual, runs);
    free(residual);
    free(above);
    return found;
}

/* Histograms of the sections; the bins' midpoints stand for their values. */
static struct fs_estimate over_sections(const struct fs_segments *const *run, int n, int runs,
                                        const struct plan *plan, double p, double level)
{
    const int sections = FS_SECTIONS * runs, left = n - plan->first;
    struct fs_histogram *h = fs_alloc((size_t)sections * sizeof *h, "sections");
    const struct fs_histogram **list = fs_alloc((size_t)sections * sizeof *list, "sections");
    for (int i = 0; i < sections; i++)
        list[i] = &h[i];
    for (int r = 0; r < runs; r++) {
        for (int i = 0; i < left; i++)
            add_segment(&h[r * FS_SECTIONS + i * FS_SECTIONS / left],
                        &run[r]->segment[plan->first + i]);
    }
    const struct fs_estimate e = fs_estimate_quantile(list, sections, p, level);
    free(list);
    free(h);
    return e;
}

struct fs_estimate fs_steady_quantile(const struct fs_segments *const *run, int runs, double p,
                                      double level)
{
    int n = FS_SEGMENTS;
    for (int r = 0; r < runs; r++)
        n = run[r]->n < n ? run[r]->n : n;
    double *sum = fs_alloc(2 * (size_t)(n * runs) * sizeof *sum, "segments");
    double *count = sum + n * runs;
    for (int i = 0; i < n * runs; i++) {
        const struct fs_segment *segment = &run[i / n]->segment[i % n];
        sum[i] = (double)segment->sum;
        count[i] = (double)segment->count;
    }
    const struct plan plan = make_plan(sum, count, n, runs);
    const struct plan whole = plan.why ? (struct plan){NULL, 0, n / FS_SECTIONS} : plan;
    struct fs_estimate e = over_sections(run, n, runs, &whole, p, level);
    const char *why = plan.why;
    if (!why && !isnan(e.value) && shares_depend(run, n, runs, &plan, count, e.value))
        why = fs_correlated;
    if (why) e = (struct fs_estimate){e.value, (double)NAN, (double)NAN, why};
    free(sum);
    return e;
}
