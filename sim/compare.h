/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Differences between two settings that were run on common random numbers: replication r of one
 * and replication r of the other saw the same requests, so what both feel cancels. Student's t on
 * the paired differences; a quantile's replications are linearised first, i.e. the residual of each
 * replication's share above the quantile is turned into time by the slope that Woodruff's interval
 * gives, and the residuals are paired.
 */
#ifndef FS_SIM_COMPARE_H
#define FS_SIM_COMPARE_H

#include "analysis.h"

struct fs_difference {
    struct fs_estimate estimate; /* of b - a */
    /* Variance that independent runs would have over the paired one's; infinity when pairing leaves
     * none but rounding, NaN where it cannot be told. */
    double reduction;
};

/* The reduction, of variances of one kind, for a difference of size `value`. */
double fs_variance_reduction(double apart, double paired, double value);

struct fs_difference fs_compare_mean(const double *a, const double *b, int n, double level);
/* Shares: sums of numerators over sums of denominators. */
struct fs_difference fs_compare_ratio(const double *num_a, const double *den_a, const double *num_b,
                                      const double *den_b, int n, double level);
/* `why` "insufficient" where one of the two quantiles has no interval of its own. */
struct fs_difference fs_compare_quantile(const struct fs_histogram *const *a,
                                         const struct fs_histogram *const *b, int n, double p,
                                         double level);

#endif
