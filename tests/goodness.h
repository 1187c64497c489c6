/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Goodness of fit for the tests of random draws: p-values of samples under a known law. */
#ifndef FS_TESTS_GOODNESS_H
#define FS_TESTS_GOODNESS_H

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

static inline int goodness_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov-Smirnov; sorts `draws`. Stephens 1970 (doi:10.1111/j.2517-6161.1970.tb00821.x). */
static inline double goodness_ks(double *draws, int n, double (*cdf)(double x, const void *self),
                                 const void *self)
{
    double most = 0, p = 0;
    qsort(draws, (size_t)n, sizeof *draws, goodness_order);
    for (int i = 0; i < n; i++) {
        const double share = cdf(draws[i], self);
        most = fmax(most, fmax(share - (double)i / n, (double)(i + 1) / n - share));
    }
    const double root = sqrt(n), lambda = (root + 0.12 + 0.11 / root) * most;
    for (int j = 1; j <= 100; j++) {
        p += (j % 2 ? 2 : -2) * exp(-2 * j * j * lambda * lambda);
    }
    return lambda < 0.2 ? 1 : p;
}

/* Pearson's chi-square; every cell's expected count should be 10 or more. */
static inline double goodness_chi2(const double *observed, const double *expected, int cells)
{
    double sum = 0;
    for (int i = 0; i < cells; i++) {
        sum += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
    }
    return gsl_cdf_chisq_Q(sum, cells - 1);
}

#endif
