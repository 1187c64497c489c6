/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distributions of non-negative quantities: durations in nanoseconds, sizes in bytes, plain
 * numbers. A struct fs_dist is plain data, built once from one of the forms in fs_dist_forms[] and
 * drawn from any stream; it may be shared between runs.
 */
#ifndef FS_SIM_DIST_H
#define FS_SIM_DIST_H

#include "rng.h"
#include "time.h"
#include <stdbool.h>

struct fs_arena;

#define FS_DIST_MAP(XX)                                                                            \
    XX(NONE, none) /* all memory zero: nothing was given; draws are 0 */                           \
    XX(CONSTANT, constant)                                                                         \
    XX(UNIFORM, uniform)                                                                           \
    XX(TRIANGULAR, triangular)                                                                     \
    XX(EXPONENTIAL, exponential)                                                                   \
    XX(GAMMA, gamma)                                                                               \
    XX(WEIBULL, weibull)                                                                           \
    XX(LOGNORMAL, lognormal)                                                                       \
    XX(PARETO, pareto)                                                                             \
    XX(QUANTILES, quantiles)                                                                       \
    XX(MIXTURE, mixture)

enum fs_dist_kind {
#define XX(name, text) FS_DIST_##name,
    FS_DIST_MAP(XX)
#undef XX
};

struct fs_dist {
    enum fs_dist_kind kind;
    double a, b, c; /* by kind: value | low, high | low, mode, high | mean | shape, scale |
                       shape, scale | mu, sigma of the logarithm | shape, minimum */
    /* quantiles: p[0]=0 < ... < p[n-1]=1 and x nondecreasing, linear between the points;
     * mixture: cumulative weights p[0..n-1] with p[n-1]=1 and components. */
    int n;
    const double *p, *x;
    const struct fs_dist *component;
};

/* One draw; never negative, never NaN. */
double fs_dist_draw(const struct fs_dist *dist, struct fs_stream *stream);

/* One draw of a duration. */
static inline fs_time fs_dist_draw_time(const struct fs_dist *dist, struct fs_stream *stream)
{
    return fs_nanoseconds(dist->kind == FS_DIST_CONSTANT ? dist->a : fs_dist_draw(dist, stream));
}

/* The value below which a share `p` of draws falls, 0 < p < 1 (inverse transform). Gamma and
 * mixtures are solved by bisection, some microseconds. */
double fs_dist_quantile(const struct fs_dist *dist, double p);
double fs_dist_mean(const struct fs_dist *dist); /* +inf where there is none */
/* Coefficient of variation squared; +inf where there is none. */
double fs_dist_scv(const struct fs_dist *dist);

/* How a scenario may write one: {lognormal: {mean: 400ms, p99: 2s}}. The reader interprets this
 * table; `plain` keys carry no dimension (shape, sigma, cv), the others that of the parameter. */
struct fs_dist_form {
    const char *kind; /* "lognormal" */
    struct {
        const char *key;
        bool plain;
        const char *doc;
    } arg[4]; /* in order; key NULL ends */
    /* NULL when `dist` was filled from v[i], else why this is impossible (static text). */
    const char *(*make)(struct fs_dist *dist, const double *v);
    const char *doc;
};

/* Ends with kind NULL. Constant (a plain value), quantiles ({quantiles: {p50: 1s, p99: 3s, ...}})
 * and mixture ({mixture: [{weight: 0.9, of: ...}, ...]}) have forms of their own, made below. */
extern const struct fs_dist_form fs_dist_forms[];

void fs_dist_constant(struct fs_dist *dist, double value);
/* n >= 2 points; copied into the arena. Same errors as make. p must run from 0 to 1; a missing
 * p=0 or p=1 end is the first or last value. */
const char *fs_dist_quantiles(struct fs_dist *dist, struct fs_arena *arena, int n, const double *p,
                              const double *x);
const char *fs_dist_mixture(struct fs_dist *dist, struct fs_arena *arena, int n,
                            const double *weight, const struct fs_dist *component);

#endif
