/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The elementary functions against the C library's long double (64-bit significand on x86-64, so
 * its own error is about 2^-11 of an ulp of a double); the special ones against GSL, closed forms
 * and long double Newton steps. Arguments come from fixed streams.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math.h"
#include "rng.h"
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define POINTS 200000

/* Distance in units of the last place of `want` as a double. */
static double ulps(double got, long double want)
{
    int exponent;
    if ((long double)got == want) return 0;
    if (isinf(got) || isnan(got)) return (long double)got == (long double)(double)want ? 0 : 1e9;
    frexpl(want, &exponent);
    const long double ulp = ldexpl(1, exponent - 53 < -1074 ? -1074 : exponent - 53);
    return (double)fabsl(((long double)got - want) / ulp);
}

static double between(struct fs_stream *stream, double low, double high)
{
    return low + (high - low) * fs_uniform(stream);
}

/* A positive double with every exponent equally likely, subnormals included. */
static double any_positive(struct fs_stream *stream)
{
    return ldexp(0.5 + 0.5 * fs_uniform(stream), (int)fs_uniform_int(stream, 2098) - 1073);
}

static double worst(double (*got)(double), long double (*want)(long double), double low,
                    double high)
{
    struct fs_stream stream;
    double most = 0;
    fs_stream_new(&stream, fs_key(1, "test_math", "points", 0));
    for (int i = 0; i < POINTS; i++) {
        const double x = between(&stream, low, high);
        most = fmax(most, ulps(got(x), want(x)));
    }
    return most;
}

static void print_and_check(const char *what, double error)
{
    print_message("  %-28s %.3f ulp\n", what, error);
    assert_true(LDBL_MANT_DIG >= 64);
    assert_true(error > 0);
    assert_true(error <= 2);
}

static void the_logarithm_is_within_two_ulps_everywhere(void **state)
{
    struct fs_stream stream;
    double most = 0;
    (void)state;
    fs_stream_new(&stream, 1);
    for (int i = 0; i < POINTS; i++) {
        const double x = any_positive(&stream);
        most = fmax(most, ulps(fs_log(x), logl(x)));
    }
    print_and_check("log, all exponents", most);
    print_and_check("log, 0.5 .. 2", worst(fs_log, logl, 0.5, 2));
    print_and_check("log, 1 -+ 1e-6", worst(fs_log, logl, 1 - 1e-6, 1 + 1e-6));
    print_and_check("log, subnormal", worst(fs_log, logl, 0x1p-1074, 0x1p-1022));
    assert_true(fs_log(1) == 0);
    assert_true(fs_log(0) == -INFINITY);
    assert_true(fs_log(INFINITY) == INFINITY);
    assert_true(isnan(fs_log(-1)));
    assert_true(isnan(fs_log(NAN)));
    assert_true(ulps(fs_log(0x1p-1074), logl(0x1p-1074L)) <= 2);
    assert_true(ulps(fs_log(DBL_MAX), logl(DBL_MAX)) <= 2);
}

static void the_exponential_is_within_two_ulps_everywhere(void **state)
{
    (void)state;
    print_and_check("exp, -1 .. 1", worst(fs_exp, expl, -1, 1));
    print_and_check("exp, -708 .. 709.7", worst(fs_exp, expl, -708, 709.7));
    print_and_check("exp, subnormal results", worst(fs_exp, expl, -745.2, -707));
    print_and_check("exp, near overflow", worst(fs_exp, expl, 707, 709.782));
    assert_true(fs_exp(0) == 1);
    assert_true(fs_exp(-0x1p-80) == 1);
    assert_true(fs_exp(709.79) == INFINITY);
    assert_true(fs_exp(INFINITY) == INFINITY);
    assert_true(fs_exp(-745.14) == 0);
    assert_true(fs_exp(-745.13) == 0x1p-1074);
    assert_true(fs_exp(-INFINITY) == 0);
    assert_true(isnan(fs_exp(NAN)));
}

static void expm1_keeps_its_precision_near_zero(void **state)
{
    (void)state;
    print_and_check("expm1, -1e-3 .. 1e-3", worst(fs_expm1, expm1l, -1e-3, 1e-3));
    print_and_check("expm1, -1 .. 1", worst(fs_expm1, expm1l, -1, 1));
    print_and_check("expm1, -45 .. 45", worst(fs_expm1, expm1l, -45, 45));
    print_and_check("expm1, 40 .. 709", worst(fs_expm1, expm1l, 40, 709));
    assert_true(fs_expm1(0) == 0);
    assert_true(fs_expm1(0x1p-1074) == 0x1p-1074);
    assert_true(fs_expm1(-INFINITY) == -1);
    assert_true(fs_expm1(INFINITY) == INFINITY);
    assert_true(isnan(fs_expm1(NAN)));
}

static void log1p_keeps_its_precision_near_zero(void **state)
{
    (void)state;
    print_and_check("log1p, -1e-3 .. 1e-3", worst(fs_log1p, log1pl, -1e-3, 1e-3));
    print_and_check("log1p, -1 .. 1", worst(fs_log1p, log1pl, -1, 1));
    print_and_check("log1p, 0 .. 100", worst(fs_log1p, log1pl, 0, 100));
    print_and_check("log1p, 0 .. 1e300", worst(fs_log1p, log1pl, 0, 1e300));
    assert_true(fs_log1p(0) == 0);
    assert_true(fs_log1p(0x1p-1074) == 0x1p-1074);
    assert_true(fs_log1p(-1) == -INFINITY);
    assert_true(fs_log1p(INFINITY) == INFINITY);
    assert_true(isnan(fs_log1p(-1.5)));
    assert_true(isnan(fs_log1p(NAN)));
}

/* y is chosen so that the result's logarithm is spread over all that a double holds. */
static void a_power_is_within_two_ulps_everywhere(void **state)
{
    struct fs_stream stream;
    double wide = 0, near = 0;
    (void)state;
    fs_stream_new(&stream, 2);
    for (int i = 0; i < POINTS; i++) {
        const double target = between(&stream, -745, 709.7);
        double x = any_positive(&stream);
        double y = target / (double)logl(x);
        wide = fmax(wide, ulps(fs_pow(x, y), powl(x, y)));
        x = between(&stream, 0.99, 1.01);
        y = target / (double)logl(x);
        near = fmax(near, ulps(fs_pow(x, y), powl(x, y)));
    }
    print_and_check("pow, all exponents", wide);
    print_and_check("pow, x near 1", near);
}

static void a_power_follows_c_at_the_edges(void **state)
{
    static const double x[] = {0, 0x1p-1074, 0.3, 1 - 0x1p-53, 1, 1 + 0x1p-52, 2, 1e300, INFINITY};
    static const double y[] = {-INFINITY, -1e300, -3, -0x1p-1074, 0, 0.5, 1, 1e19, INFINITY};
    (void)state;
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        for (size_t j = 0; j < sizeof y / sizeof *y; j++) {
            assert_true(ulps(fs_pow(x[i], y[j]), pow(x[i], y[j])) <= 1);
        }
    }
    assert_true(isnan(fs_pow(-1, 2)));
    assert_true(isnan(fs_pow(NAN, 2)));
    assert_true(isnan(fs_pow(2, NAN)));
    assert_true(fs_pow(3, 4) == 81);
}

static void the_sine_is_within_two_ulps_up_to_a_million(void **state)
{
    double most = 0;
    (void)state;
    print_and_check("sin, -1 .. 1", worst(fs_sin, sinl, -1, 1));
    print_and_check("sin, -10 .. 10", worst(fs_sin, sinl, -10, 10));
    print_and_check("sin, -1e6 .. 1e6", worst(fs_sin, sinl, -1e6, 1e6));
    for (int n = 1; n < 636600; n++) {
        const double x = n * 1.5707963267948966; /* the doubles nearest to multiples of pi/2 */
        most = fmax(most, ulps(fs_sin(x), sinl(x)));
    }
    print_and_check("sin, multiples of pi/2", most);
    assert_true(fs_sin(0) == 0);
    assert_true(fs_sin(0x1p-1074) == 0x1p-1074);
    assert_true(isnan(fs_sin(INFINITY)));
    assert_true(isnan(fs_sin(1000001)));
}

static void log_gamma_agrees_with_the_c_library(void **state)
{
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, 3);
    for (int i = 0; i < 20000; i++) {
        const double x = i % 2 ? between(&stream, 0, 30) : exp(between(&stream, -20, 40));
        const double want = (double)lgammal(x);
        assert_true(fabs(fs_lgamma(x) - want) <= 1e-14 * fmax(1, fabs(want)));
    }
}

static void poisson_log_keeps_its_precision_at_large_means(void **state)
{
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, 4);
    for (int i = 0; i < 20000; i++) {
        const double mean = exp(between(&stream, -5, 20.7));
        const double k = floor(fmax(0, mean + between(&stream, -6, 6) * sqrt(mean)));
        /* The reference itself cancels: 2^-62 of its largest term is allowed for. */
        const long double big = k * logl(mean) + mean + 1;
        const long double want = k * logl(mean) - mean - lgammal(k + 1);
        const double allowed = (double)(big * 0x1p-60L) + 1e-13 * (double)fmaxl(1, fabsl(want));
        assert_true(fabs(fs_poisson_log(k, mean) - (double)want) <= allowed);
    }
}

static void the_gamma_share_agrees_with_gsl(void **state)
{
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, 5);
    for (int i = 0; i < 20000; i++) {
        const double shape = exp(between(&stream, -5, 9));
        const double x = shape * exp(between(&stream, -3, 3) / sqrt(shape));
        const double want = gsl_cdf_gamma_P(x, shape, 1); /* GSL 2.7 is within 2e-11 of mpmath */
        assert_true(fabs(fs_gamma_share(shape, x) - want) <= 1e-10);
    }
    /* GSL 2.7 is wrong by 3e-7 here; mpmath 1.3's quadrature of the density to 30 digits. */
    assert_true(fabs(fs_gamma_share(115632.48983013594, 115304.96850816054) -
                     0.167750414878368437) < 1e-12);
    assert_true(fabs(fs_gamma_share(62051.520960775393, 61803.1018283741) - 0.159320053644118946) <
                1e-12);
    assert_true(fs_gamma_share(2, 0) == 0);
    assert_true(fs_gamma_share(2, INFINITY) == 1);
    /* 1 - e^-x at shape 1 */
    assert_true(fabs(fs_gamma_share(1, 0.5) - 0.39346934028736657) < 1e-15);
}

/* One Newton step in long double from the answer shows its error. */
static double normal_error(double p)
{
    const long double x = fs_normal_quantile(p), root = sqrtl(2);
    const long double density = expl(-x * x / 2) / sqrtl(2 * acosl(-1));
    long double excess;
    if (p > 0.25 && p < 0.75) {
        excess = erfl(x / root) / 2 - ((long double)p - 0.5L);
    } else {
        excess = p < 0.5 ? erfcl(-x / root) / 2 - p : (1 - (long double)p) - erfcl(x / root) / 2;
    }
    return (double)fabsl(excess / density / x);
}

static void the_normal_quantile_has_a_relative_error_below_1e_14(void **state)
{
    struct fs_stream stream;
    double most = 0;
    (void)state;
    fs_stream_new(&stream, 6);
    for (int i = 0; i < POINTS; i++) {
        const double u = fs_uniform(&stream);
        most = fmax(most, normal_error(u));
        most = fmax(most, normal_error(exp(-700 * u)));
        most = fmax(most, normal_error(1 - exp(-36 * u)));
        most = fmax(most, normal_error(0.5 + 1e-6 * (u - 0.5)));
    }
    print_message("  normal quantile: relative error %.2e\n", most);
    assert_true(most > 0 && most < 1e-14);
    assert_true(fs_normal_quantile(0.5) == 0);
    for (double p = 0.001; p < 1; p += 0.001) {
        const double want = gsl_cdf_ugaussian_Pinv(p);
        assert_true(fabs(fs_normal_quantile(p) - want) <= 1e-14 * fabs(want) + 1e-15);
    }
}

/* Relative error of t by GSL's distribution function, from the side without cancellation. */
static double t_error(double p, double degrees)
{
    const double t = fs_t_quantile(p, degrees);
    const double excess =
        p < 0.5 ? gsl_cdf_tdist_P(t, degrees) - p : (1 - p) - gsl_cdf_tdist_Q(t, degrees);
    return fabs(excess / (t * gsl_ran_tdist_pdf(t, degrees)));
}

static void the_t_quantile_inverts_gsls_distribution(void **state)
{
    static const double tail[] = {1e-12, 1e-6, 1e-3, 0.005, 0.025, 0.1, 0.25, 0.4, 0.49};
    static const double degrees[] = {1,  1.5, 2,  2.5, 3,   4,    5,       7,  9,
                                     10, 15,  29, 63,  127, 1000, 12345.5, 1e5};
    double most = 0;
    (void)state;
    for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
        for (size_t j = 0; j < sizeof degrees / sizeof *degrees; j++) {
            most = fmax(most, t_error(tail[i], degrees[j]));
            most = fmax(most, t_error(1 - tail[i], degrees[j]));
            assert_true(fs_t_quantile(tail[i], degrees[j]) < 0);
        }
    }
    print_message("  t quantile against GSL: relative error %.2e\n", most);
    assert_true(most > 0 && most < 1e-10);
}

/* Closed forms: tan(pi (p - 1/2)) at 1 degree; (2p - 1) / sqrt(2 p (1 - p)) at 2. */
static void the_t_quantile_meets_its_closed_forms(void **state)
{
    const long double pi = acosl(-1);
    (void)state;
    for (int i = 1; i < 300; i++) {
        const double tail = pow(10, -i), q = pow(10, -i / 20.) / 4;
        const double cauchy = (double)(-1 / tanl(pi * tail));
        const double two =
            (double)((2 * (long double)tail - 1) / sqrtl(2 * tail * (1 - (long double)tail)));
        assert_true(fabs(fs_t_quantile(tail, 1) / cauchy - 1) < 1e-10);
        assert_true(fabs(fs_t_quantile(tail, 2) / two - 1) < 1e-10);
        const double p = 0.5 + q, exact = p - 0.5;
        if (exact == 0) continue;
        assert_true(fabs(fs_t_quantile(p, 1) / (double)tanl(pi * exact) - 1) < 1e-10);
        const double wanted = (double)(2 * exact / sqrtl(2 * (long double)p * (1 - p)));
        assert_true(fabs(fs_t_quantile(p, 2) / wanted - 1) < 1e-10);
    }
    assert_true(fs_t_quantile(0.5, 7) == 0);
    assert_true(isnan(fs_t_quantile(0, 7)));
}

/* Degrees beyond 1e7 change method; the two must meet, and end at the normal. */
static void the_t_quantile_approaches_the_normal(void **state)
{
    (void)state;
    for (double p = 0.6; p < 0.999; p += 0.013) {
        const double below = fs_t_quantile(p, 1e7), above = fs_t_quantile(p, 1e7 + 1);
        assert_true(fabs(above / below - 1) < 1e-10);
        assert_true(fabs(fs_t_quantile(p, 1e15) / fs_normal_quantile(p) - 1) < 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logarithm_is_within_two_ulps_everywhere),
        cmocka_unit_test(the_exponential_is_within_two_ulps_everywhere),
        cmocka_unit_test(expm1_keeps_its_precision_near_zero),
        cmocka_unit_test(log1p_keeps_its_precision_near_zero),
        cmocka_unit_test(a_power_is_within_two_ulps_everywhere),
        cmocka_unit_test(a_power_follows_c_at_the_edges),
        cmocka_unit_test(the_sine_is_within_two_ulps_up_to_a_million),
        cmocka_unit_test(log_gamma_agrees_with_the_c_library),
        cmocka_unit_test(poisson_log_keeps_its_precision_at_large_means),
        cmocka_unit_test(the_gamma_share_agrees_with_gsl),
        cmocka_unit_test(the_normal_quantile_has_a_relative_error_below_1e_14),
        cmocka_unit_test(the_t_quantile_inverts_gsls_distribution),
        cmocka_unit_test(the_t_quantile_meets_its_closed_forms),
        cmocka_unit_test(the_t_quantile_approaches_the_normal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
