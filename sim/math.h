/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elementary functions that give the same bits on every CPU and compiler: plain C99 double
 * arithmetic, no FMA, no libm. The C library's own pick FMA variants at run time, which differ in
 * the last place between machines. Error at most 2 ulp over the stated domain (tested against
 * quadruple precision). Use these wherever a value is recorded or reaches the clock; sqrt() and
 * floor() are exact everywhere and may be used as they are.
 */
#ifndef FS_SIM_MATH_H
#define FS_SIM_MATH_H

double fs_log(double x); /* x > 0, subnormals included; 0 gives -inf, x < 0 NaN */
double fs_exp(double x); /* overflow gives inf, underflow 0 through subnormals */
double fs_expm1(double x);
double fs_log1p(double x);         /* x > -1 */
double fs_pow(double x, double y); /* x >= 0 */
double fs_sin(double x);           /* |x| <= 1e6, else NaN */

/* log Gamma(x), x > 0; absolute error below 1e-14 max(1, |result|). */
double fs_lgamma(double x);
/* log(mean^k e^-mean / Gamma(k + 1)), k >= 0, mean > 0: the logarithm of a Poisson probability. */
double fs_poisson_log(double k, double mean);
/* Share of a unit-scale gamma of shape > 0 that lies below x: P(shape, x). */
double fs_gamma_share(double shape, double x);

/* Standard normal cumulative probability's inverse, 0 < p < 1; relative error below 1e-14. */
double fs_normal_quantile(double p);
/* Student's t quantile, 0 < p < 1, degrees >= 1; relative error below 1e-10. */
double fs_t_quantile(double p, double degrees);

#endif
