/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output analysis of terminating simulations: estimates with intervals over independent
 * replications. Means by Student's t; quantiles by Woodruff over clusters, i.e. t on the
 * replications' exceedance shares (ratio residuals), inverted through the pooled histogram, and
 * never an average of percentiles; proportions with an interval that works at 0.
 * Where the data cannot carry an interval, `why` says so and the ends are NaN.
 */
#ifndef FS_SIM_ANALYSIS_H
#define FS_SIM_ANALYSIS_H

#include "histogram.h"

struct fs_estimate {
    double value, low, high; /* low or high NaN when there is no honest end */
    const char *why;         /* static text, NULL when the interval is whole */
};

extern const char fs_insufficient[]; /* why: the data cannot carry an end */

/* The level that each of n intervals needs for all of them to hold together at `level`, whatever
 * hangs together among them (Bonferroni). */
double fs_level_of_each(double level, int n);

/* Mean of n >= 1 replication values; level such as 0.95. One replication: why "1 replication". */
struct fs_estimate fs_estimate_mean(const double *value, int n, double level);

/* Ratio of sums (a share such as throttled/arrived) over n replications, by t on the ratio
 * residuals. When 0 <= numerator <= denominator throughout it is a share, and the interval is
 * Wilson's, which stays in [0,1] and holds next to the ends. When no numerator differs from 0 (or
 * from its denominator), that end stands alone, why "no events": nothing says that the trials
 * within a replication are independent, so no rule of three gives the other. */
struct fs_estimate fs_estimate_ratio(const double *numerator, const double *denominator, int n,
                                     double level);
/* Ratio of sums that is no share, however small (a cost of a request): t on the residuals alone.
 * Replications in which there was nothing at all do not count as such. */
struct fs_estimate fs_estimate_quotient(const double *numerator, const double *denominator, int n,
                                        double level);

/* Quantile p from the replications' histograms. `why` "insufficient" when an end leaves the
 * sample (fewer than 5 values beyond it): then the other may stand alone, usually low (a one-sided
 * statement). Ends are outer edges of bins. */
struct fs_estimate fs_estimate_quantile(const struct fs_histogram *const *replication, int n,
                                        double p, double level);
/* The same, and how far the share at the quantile is uncertain to either side. */
struct fs_estimate fs_estimate_quantile_half(const struct fs_histogram *const *replication, int n,
                                             double p, double level, double *half);
/* About how many such replications it takes for both ends to lie in the sample, n >= 2: the share
 * at the quantile is known the better and values beyond an end are the more, the more there are.
 * NaN without values. */
double fs_estimate_quantile_needs(const struct fs_histogram *const *replication, int n, double p,
                                  double level);
/* The same of n >= 2, with factors of the standard error that are not Student's: how far the share
 * above the quantile may lie below and above what was seen. */
struct fs_estimate fs_estimate_quantile_by(const struct fs_histogram *const *replication, int n,
                                           double p, double below, double above);

#endif
