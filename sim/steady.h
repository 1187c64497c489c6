/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output analysis of long runs in steady state. A run is n segments of equal time, each a count and
 * a sum; its start is cut off by MSER on the segments' means, and what is left becomes ten sections
 * that take the place of replications: means and quantiles by a t that skewness lengthens upwards,
 * shares as in analysis.h (Woodruff over sections is the same code as Woodruff over replications).
 * Refusal is by the data: a cut beyond the half ("run too short"), sections that depend on one
 * another by von Neumann's test ("run too short: correlated"), a quantile's end outside the sample
 * ("insufficient"). Several independent runs share one cut, found on their average.
 */
#ifndef FS_SIM_STEADY_H
#define FS_SIM_STEADY_H

#include "compare.h"
#include "segments.h"

#define FS_SECTIONS     10
#define FS_SEGMENTS_MIN 64

extern const char fs_too_short[], fs_correlated[];

/* Segments that belong to the start, -1 when the run is too short to tell; n >= 5. */
int fs_steady_cut(const double *mean, int n);

/* Lag-1 dependence of n >= 8 values in standard errors, from von Neumann's ratio: about normal
 * when they are independent. */
double fs_steady_dependence(const double *value, int n);

/* sum[run * n + segment], and the same of count. */
struct fs_estimate fs_steady_mean(const double *sum, const double *count, int n, int runs,
                                  double level);
/* A share: sum counts what happened among `count`. */
struct fs_estimate fs_steady_share(const double *sum, const double *count, int n, int runs,
                                   double level);
/* Quantile p of what the runs' segments hold. */
struct fs_estimate fs_steady_quantile(const struct fs_segments *const *run, int runs, double p,
                                      double level);

/* The share of one run's values above x ns, counted to the bin, in what it has settled to; of the
 * whole run where that cannot be told. NaN without any. */
double fs_steady_above(const struct fs_segments *run, int64_t x);

/* Add the values of all runs from where they have settled, or, where that cannot be told, all. */
void fs_steady_settled(const struct fs_segments *const *run, int runs, struct fs_histogram *into);

/* Differences b - a of two settings that saw the same requests: sections of the same time are
 * paired, from where both have settled. Sums and counts as above (of a mean or a share alike). */
struct fs_difference fs_steady_compare(const double *sum_a, const double *count_a,
                                       const double *sum_b, const double *count_b, int n, int runs,
                                       double level);
/* `why` "insufficient" where one of the two quantiles has no interval of its own. */
struct fs_difference fs_steady_compare_quantile(const struct fs_segments *const *a,
                                                const struct fs_segments *const *b, int runs,
                                                double p, double level);

#endif
