/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every form of every distribution: what was asked for is hit, what cannot be is refused, and
 * draws, quantiles, mean and variation agree with GSL's law of the same name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "dist.h"
#include "goodness.h"
#include "rng.h"
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DRAWS 200000
#define LEAST 1e-4

static double draws[DRAWS];

static struct fs_stream stream_of(const char *purpose)
{
    struct fs_stream stream;
    fs_stream_new(&stream, fs_key(20260101, "test_dist", purpose, 0));
    return stream;
}

/* A plausible value of an argument, in nanoseconds where it has a dimension. */
static double example(const char *key)
{
    static const struct {
        const char *key;
        double value;
    } examples[] = {
        {"mean", 4e8}, {"median", 3e8}, {"p90", 7e8},     {"p95", 1e9}, {"p99", 2e9},
        {"cv", 0.7},   {"shape", 2.5},  {"sigma", 0.8},   {"low", 1e8}, {"mode", 2e8},
        {"high", 5e8}, {"stages", 3},   {"minimum", 1e8},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        if (strcmp(key, examples[i].key) == 0) return examples[i].value;
    }
    fail_msg("no example of %s", key);
    return 0;
}

static int count_arguments(const struct fs_dist_form *form)
{
    int n = 0;
    while (n < 4 && form->arg[n].key) {
        n++;
    }
    return n;
}

static struct fs_dist make_example(const struct fs_dist_form *form)
{
    struct fs_dist dist;
    double v[4];
    for (int i = 0; i < count_arguments(form); i++) {
        v[i] = example(form->arg[i].key);
    }
    const char *why = form->make(&dist, v);
    if (why) fail_msg("%s: %s", form->kind, why);
    return dist;
}

/* The form of `kind` whose keys are those of `keys`, written "mean p99". */
static const char *make(struct fs_dist *dist, const char *kind, const char *keys, const double *v)
{
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        char own[100] = "";
        for (int i = 0; i < count_arguments(form); i++) {
            snprintf(own + strlen(own), sizeof own - strlen(own), "%s%s", i ? " " : "",
                     form->arg[i].key);
        }
        if (!strcmp(form->kind, kind) && !strcmp(own, keys)) return form->make(dist, v);
    }
    fail_msg("no form %s {%s}", kind, keys);
    return NULL;
}

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want))) fail_msg("%.17g is not %.17g", got, want);
}

/* What `dist` has for the argument `key`; the shapes that no moment shows are checked by law. */
static double found(const struct fs_dist *dist, const char *key)
{
    if (!strcmp(key, "mean")) return fs_dist_mean(dist);
    if (!strcmp(key, "cv")) return sqrt(fs_dist_scv(dist));
    if (!strcmp(key, "median")) return fs_dist_quantile(dist, 0.5);
    if (!strcmp(key, "p90")) return fs_dist_quantile(dist, 0.90);
    if (!strcmp(key, "p95")) return fs_dist_quantile(dist, 0.95);
    if (!strcmp(key, "p99")) return fs_dist_quantile(dist, 0.99);
    if (!strcmp(key, "low") || !strcmp(key, "minimum")) return fs_dist_quantile(dist, 1e-30);
    if (!strcmp(key, "high")) return fs_dist_quantile(dist, 1 - 1e-16);
    return example(key);
}

static void every_form_hits_what_it_was_given(void **state)
{
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        const struct fs_dist dist = make_example(form);
        for (int i = 0; i < count_arguments(form); i++) {
            const char *key = form->arg[i].key;
            assert_near(found(&dist, key), example(key), strcmp(key, "high") ? 1e-12 : 1e-7);
        }
    }
}

static void every_form_says_what_its_arguments_are(void **state)
{
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        assert_true(form->doc && *form->doc);
        for (int i = 0; i < count_arguments(form); i++) {
            const char *key = form->arg[i].key;
            const bool plain = !strcmp(key, "cv") || !strcmp(key, "shape") ||
                               !strcmp(key, "sigma") || !strcmp(key, "stages");
            assert_true(form->arg[i].doc && *form->arg[i].doc);
            assert_int_equal(form->arg[i].plain, plain);
        }
    }
}

static void every_form_refuses_what_is_not_a_positive_number(void **state)
{
    static const double bad[] = {NAN, INFINITY, -1};
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        const int n = count_arguments(form);
        for (int k = 0; k < 3 * n; k++) {
            struct fs_dist dist;
            double v[4];
            for (int i = 0; i < n; i++) {
                v[i] = i == k / 3 ? bad[k % 3] : example(form->arg[i].key);
            }
            assert_non_null(form->make(&dist, v));
        }
    }
}

/* The bounds of a percentile over the mean are e^(z^2 / 2): 14.968, 3.868, 2.273. */
static void the_impossible_is_refused_with_what_is_possible(void **state)
{
    static const struct {
        const char *kind, *keys;
        double v[3];
        const char *why;
    } cases[] = {
        {"lognormal", "mean p99", {1, 14.96}, NULL},
        {"lognormal", "mean p99", {1, 14.97}, "at most 14.96 times"},
        {"lognormal", "mean p95", {1, 3.86}, NULL},
        {"lognormal", "mean p95", {1, 3.87}, "at most 3.86 times"},
        {"lognormal", "mean p90", {1, 2.27}, NULL},
        {"lognormal", "mean p90", {1, 2.28}, "at most 2.27 times"},
        {"lognormal", "mean p99", {1, 1}, NULL},
        {"lognormal", "mean p99", {1, 0.99}, "not be below the mean"},
        {"lognormal", "median p99", {1, 0.99}, "not be below the median"},
        {"lognormal", "median p95", {1, 0.99}, "not be below the median"},
        {"lognormal", "mean p99", {0, 1}, "mean must be above 0"},
        {"uniform", "low high", {2, 1}, "high must not be below low"},
        {"uniform", "low high", {2, 2}, NULL},
        {"triangular", "low mode high", {1, 0.5, 2}, "mode must not be below low"},
        {"triangular", "low mode high", {1, 3, 2}, "high must not be below mode"},
        {"erlang", "mean stages", {1, 2.5}, "whole number"},
        {"erlang", "mean stages", {1, 0}, "whole number"},
        {"pareto", "mean shape", {1, 1}, "has no mean"},
        {"pareto", "minimum shape", {1, 1}, NULL},
        {"gamma", "mean cv", {1, 0}, "between 0.0001 and 30"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fs_dist dist;
        const char *why = make(&dist, cases[i].kind, cases[i].keys, cases[i].v);
        if (!cases[i].why) assert_null(why);
        if (cases[i].why) assert_true(why && strstr(why, cases[i].why));
    }
}

/* A mean of 400 ms and a p99 of 2 s have two solutions, sigma 0.845 and 3.807. */
static void a_lognormal_takes_the_smaller_sigma(void **state)
{
    struct fs_dist dist;
    const double v[] = {4e8, 2e9}, z = gsl_cdf_ugaussian_Pinv(0.99);
    (void)state;
    assert_null(make(&dist, "lognormal", "mean p99", v));
    assert_near(dist.b, z - sqrt(z * z - 2 * log(5)), 1e-12);
}

static double triangular_cdf(const struct fs_dist *dist, double x)
{
    const double a = dist->a, m = dist->b, b = dist->c;
    if (x < m) return (x - a) * (x - a) / ((b - a) * (m - a));
    return 1 - (b - x) * (b - x) / ((b - a) * (b - m));
}

static double law(double x, const void *self)
{
    const struct fs_dist *dist = self;
    switch (dist->kind) {
    case FS_DIST_UNIFORM:
        return gsl_cdf_flat_P(x, dist->a, dist->b);
    case FS_DIST_TRIANGULAR:
        return triangular_cdf(dist, x);
    case FS_DIST_EXPONENTIAL:
        return gsl_cdf_exponential_P(x, dist->a);
    case FS_DIST_GAMMA:
        return gsl_cdf_gamma_P(x, dist->a, dist->b);
    case FS_DIST_WEIBULL:
        return gsl_cdf_weibull_P(x, dist->b, dist->a);
    case FS_DIST_LOGNORMAL:
        return gsl_cdf_lognormal_P(x, dist->a, dist->b);
    case FS_DIST_PARETO:
        return gsl_cdf_pareto_P(x, dist->a, dist->b);
    case FS_DIST_NONE:
    case FS_DIST_CONSTANT:
    case FS_DIST_QUANTILES:
    case FS_DIST_MIXTURE:
        break;
    }
    fail_msg("no law of kind %d", dist->kind);
    return 0;
}

static double draw_all(const struct fs_dist *dist, const char *purpose)
{
    struct fs_stream stream = stream_of(purpose);
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = fs_dist_draw(dist, &stream);
        assert_true(draws[i] >= 0);
        sum += draws[i];
    }
    return sum / DRAWS;
}

static void every_form_draws_from_its_law(void **state)
{
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        const struct fs_dist dist = make_example(form);
        const double mean = fs_dist_mean(&dist), drawn = draw_all(&dist, form->kind);
        const double error = mean * sqrt(fs_dist_scv(&dist) / DRAWS);
        assert_true(fabs(drawn - mean) < 4 * error);
        assert_true(goodness_ks(draws, DRAWS, law, &dist) > LEAST);
    }
}

static void every_quantile_inverts_the_law(void **state)
{
    static const double share[] = {1e-6, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999};
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        const struct fs_dist dist = make_example(form);
        for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
            assert_near(law(fs_dist_quantile(&dist, share[i]), &dist), share[i], 1e-9);
        }
    }
}

/* Second moments by textbook formulas other than the code's. */
static void the_variation_is_that_of_the_law(void **state)
{
    struct fs_dist dist;
    const double weibull[] = {4e8, 0.7}, pareto[] = {1e8, 2.5}, heavy[] = {1e8, 1.5};
    const double none[] = {1e8, 0.9}, triangle[] = {1, 2, 6}, flat[] = {1, 3};
    const double g1 = tgamma(1 + 1 / 0.7), g2 = tgamma(1 + 2 / 0.7);
    (void)state;
    make(&dist, "weibull", "mean shape", weibull);
    assert_near(fs_dist_scv(&dist), (g2 - g1 * g1) / (g1 * g1), 1e-12);
    make(&dist, "pareto", "minimum shape", pareto);
    assert_near(fs_dist_mean(&dist), 2.5 / 1.5 * 1e8, 1e-15);
    assert_near(fs_dist_scv(&dist), 2.5 / 0.5 / (2.5 / 1.5 * 2.5 / 1.5) - 1, 1e-12);
    make(&dist, "pareto", "minimum shape", heavy);
    assert_true(fs_dist_scv(&dist) == INFINITY);
    make(&dist, "pareto", "minimum shape", none);
    assert_true(fs_dist_mean(&dist) == INFINITY);
    assert_true(fs_dist_scv(&dist) == INFINITY);
    make(&dist, "triangular", "low mode high", triangle);
    assert_near(fs_dist_scv(&dist), (1 + 4 + 36 - 2 - 6 - 12) / 18. / 9, 1e-14);
    make(&dist, "uniform", "low high", flat);
    assert_near(fs_dist_scv(&dist), 4. / 12 / 4, 1e-14);
}

static void a_triangle_may_stand_at_its_edge_or_be_a_point(void **state)
{
    struct fs_dist dist;
    struct fs_stream stream = stream_of("edge");
    const double left[] = {1, 1, 3}, right[] = {1, 3, 3}, point[] = {2, 2, 2};
    (void)state;
    make(&dist, "triangular", "low mode high", left);
    assert_near(fs_dist_quantile(&dist, 0.75), 2, 1e-15); /* 1 - (3 - x)^2 / 4 */
    make(&dist, "triangular", "low mode high", right);
    assert_near(fs_dist_quantile(&dist, 0.25), 2, 1e-15); /* (x - 1)^2 / 4 */
    make(&dist, "triangular", "low mode high", point);
    assert_true(fs_dist_draw(&dist, &stream) == 2);
    assert_true(fs_dist_scv(&dist) == 0);
}

static void a_constant_draws_nothing_from_its_stream(void **state)
{
    struct fs_dist dist;
    struct fs_stream stream = stream_of("constant"), before = stream;
    (void)state;
    fs_dist_constant(&dist, 1.5e9);
    assert_true(fs_dist_draw(&dist, &stream) == 1.5e9);
    assert_true(fs_dist_draw_time(&dist, &stream) == 1500 * FS_MS);
    assert_memory_equal(&stream, &before, sizeof stream);
    assert_true(fs_dist_mean(&dist) == 1.5e9 && fs_dist_scv(&dist) == 0);
    assert_true(fs_dist_quantile(&dist, 0.1) == 1.5e9);
    fs_dist_constant(&dist, 0);
    assert_true(fs_dist_mean(&dist) == 0 && fs_dist_scv(&dist) == 0);
}

static double points_cdf(double x, const void *self)
{
    (void)self; /* p50 1, p90 3, p100 11 over a start at 0 */
    return x < 1 ? x / 2 : x < 3 ? 0.5 + 0.2 * (x - 1) : 0.9 + 0.1 * (x - 3) / 8;
}

/* Mean 0.5 x 0.5 + 0.4 x 2 + 0.1 x 7 = 1.75; the second moment is a sum of
 * (x^2 + x y + y^2) / 3: 0.5 / 3 + 0.4 x 13 / 3 + 0.1 x 163 / 3 = 22 / 3. */
static void percentiles_are_joined_by_straight_lines(void **state)
{
    const double p[] = {0, 0.5, 0.9, 1}, x[] = {0, 1, 3, 11};
    struct fs_arena *arena = fs_arena_new();
    struct fs_dist dist;
    (void)state;
    assert_null(fs_dist_quantiles(&dist, arena, 4, p, x));
    assert_near(fs_dist_mean(&dist), 1.75, 1e-15);
    assert_near(fs_dist_scv(&dist), 22. / 3 / (1.75 * 1.75) - 1, 1e-14);
    assert_near(fs_dist_quantile(&dist, 0.5), 1, 1e-15);
    assert_near(fs_dist_quantile(&dist, 0.7), 2, 1e-15);
    assert_near(fs_dist_quantile(&dist, 0.95), 7, 1e-14);
    assert_near(draw_all(&dist, "points"), 1.75, 0.01);
    assert_true(goodness_ks(draws, DRAWS, points_cdf, NULL) > LEAST);
    fs_arena_free(arena);
}

static void missing_ends_are_the_first_and_last_value(void **state)
{
    const double p[] = {0.5, 0.9}, x[] = {1, 3};
    struct fs_arena *arena = fs_arena_new();
    struct fs_dist dist;
    (void)state;
    assert_null(fs_dist_quantiles(&dist, arena, 2, p, x));
    assert_int_equal(dist.n, 4);
    assert_true(dist.p[0] == 0 && dist.p[3] == 1);
    assert_true(fs_dist_quantile(&dist, 0.01) == 1);
    assert_true(fs_dist_quantile(&dist, 0.99) == 3);
    assert_near(fs_dist_mean(&dist), 0.5 * 1 + 0.4 * 2 + 0.1 * 3, 1e-15);
    fs_arena_free(arena);
}

static void bad_percentiles_are_refused(void **state)
{
    const double p[] = {0.5, 0.9}, same[] = {0.5, 0.5}, beyond[] = {0.5, 50}, x[] = {1, 3};
    const double falling[] = {3, 1}, negative[] = {-1, 1}, missing[] = {1, NAN};
    struct fs_arena *arena = fs_arena_new();
    struct fs_dist dist;
    (void)state;
    assert_non_null(fs_dist_quantiles(&dist, arena, 1, p, x));
    assert_non_null(fs_dist_quantiles(&dist, arena, 2, same, x));
    assert_non_null(fs_dist_quantiles(&dist, arena, 2, beyond, x));
    assert_non_null(fs_dist_quantiles(&dist, arena, 2, p, falling));
    assert_non_null(fs_dist_quantiles(&dist, arena, 2, p, negative));
    assert_non_null(fs_dist_quantiles(&dist, arena, 2, p, missing));
    fs_arena_free(arena);
}

static double mixed_cdf(double x, const void *self)
{
    (void)self;
    return 0.9 * gsl_cdf_exponential_P(x, 1) + 0.1 * gsl_cdf_exponential_P(x, 20);
}

/* Weights 9 and 1 of exponentials with means 1 and 20: mean 2.9, E x^2 = 2 (0.9 + 40) = 81.8. */
static void a_mixture_is_the_weighted_sum_of_its_parts(void **state)
{
    static const double share[] = {0.001, 0.3, 0.5, 0.9, 0.95, 0.999};
    const double one = 1, twenty = 20, weight[] = {9, 1};
    struct fs_arena *arena = fs_arena_new();
    struct fs_dist part[2], dist;
    (void)state;
    make(&part[0], "exponential", "mean", &one);
    make(&part[1], "exponential", "mean", &twenty);
    assert_null(fs_dist_mixture(&dist, arena, 2, weight, part));
    assert_near(fs_dist_mean(&dist), 2.9, 1e-14);
    assert_near(fs_dist_scv(&dist), 81.8 / (2.9 * 2.9) - 1, 1e-13);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
        assert_near(mixed_cdf(fs_dist_quantile(&dist, share[i]), NULL), share[i], 1e-13);
    }
    assert_near(draw_all(&dist, "mixture"), 2.9, 4 * sqrt(81.8 / DRAWS) / 2.9);
    assert_true(goodness_ks(draws, DRAWS, mixed_cdf, NULL) > LEAST);
    fs_arena_free(arena);
}

/* One part of every form in turn: its quantile through the bisection is its own. */
static void a_mixture_of_one_part_is_that_part(void **state)
{
    static const double share[] = {0.001, 0.5, 0.99};
    struct fs_arena *arena = fs_arena_new();
    const double weight = 3;
    (void)state;
    for (const struct fs_dist_form *form = fs_dist_forms; form->kind; form++) {
        const struct fs_dist part = make_example(form);
        struct fs_dist dist;
        assert_null(fs_dist_mixture(&dist, arena, 1, &weight, &part));
        assert_near(fs_dist_mean(&dist), fs_dist_mean(&part), 1e-15);
        assert_near(fs_dist_scv(&dist), fs_dist_scv(&part), 1e-13);
        for (size_t i = 0; i < sizeof share / sizeof *share; i++) {
            const double want = fs_dist_quantile(&part, share[i]);
            assert_near(fs_dist_quantile(&dist, share[i]), want, 1e-12);
        }
    }
    fs_arena_free(arena);
}

/* 0 with 0.5, percentiles on 2..4 with 0.3, and inside another mixture 10 with 0.2. */
static void mixtures_hold_steps_percentiles_and_mixtures(void **state)
{
    const double p[] = {0, 1}, x[] = {2, 4}, weight[] = {0.5, 0.3, 0.2}, ten = 1;
    struct fs_arena *arena = fs_arena_new();
    struct fs_dist part[3], inner, dist;
    (void)state;
    fs_dist_constant(&part[0], 0);
    assert_null(fs_dist_quantiles(&part[1], arena, 2, p, x));
    fs_dist_constant(&inner, 10);
    assert_null(fs_dist_mixture(&part[2], arena, 1, &ten, &inner));
    assert_null(fs_dist_mixture(&dist, arena, 3, weight, part));
    assert_near(fs_dist_mean(&dist), 0.3 * 3 + 0.2 * 10, 1e-15);
    assert_true(fs_dist_quantile(&dist, 0.4) == 0);
    assert_near(fs_dist_quantile(&dist, 0.65), 3, 1e-14);
    assert_near(fs_dist_quantile(&dist, 0.81), 10, 1e-14);
    assert_near(draw_all(&dist, "nested"), 2.9, 0.01);
    assert_non_null(fs_dist_mixture(&dist, arena, 0, weight, part));
    const double bad[] = {1, -1, 1}, nan[] = {1, NAN, 1};
    assert_non_null(fs_dist_mixture(&dist, arena, 3, bad, part));
    assert_non_null(fs_dist_mixture(&dist, arena, 3, nan, part));
    fs_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_hits_what_it_was_given),
        cmocka_unit_test(every_form_says_what_its_arguments_are),
        cmocka_unit_test(every_form_refuses_what_is_not_a_positive_number),
        cmocka_unit_test(the_impossible_is_refused_with_what_is_possible),
        cmocka_unit_test(a_lognormal_takes_the_smaller_sigma),
        cmocka_unit_test(every_form_draws_from_its_law),
        cmocka_unit_test(every_quantile_inverts_the_law),
        cmocka_unit_test(the_variation_is_that_of_the_law),
        cmocka_unit_test(a_triangle_may_stand_at_its_edge_or_be_a_point),
        cmocka_unit_test(a_constant_draws_nothing_from_its_stream),
        cmocka_unit_test(percentiles_are_joined_by_straight_lines),
        cmocka_unit_test(missing_ends_are_the_first_and_last_value),
        cmocka_unit_test(bad_percentiles_are_refused),
        cmocka_unit_test(a_mixture_is_the_weighted_sum_of_its_parts),
        cmocka_unit_test(a_mixture_of_one_part_is_that_part),
        cmocka_unit_test(mixtures_hold_steps_percentiles_and_mixtures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
