/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Intervals against textbook formulas with GSL's t quantile, and against what an interval is for:
 * the share of 300 repeated experiments in which it covers the truth. Coverage near 0.95 is then
 * measured with a standard error of 0.013.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "analysis.h"
#include "rng.h"

#define EXPERIMENTS 300
#define R           20

static double t_of(double level, int n)
{
    return gsl_cdf_tdist_Pinv((1 + level) / 2, n - 1);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void assert_why(struct fs_estimate estimate, const char *why)
{
    if (why)
        assert_string_equal(estimate.why, why);
    else
        assert_null(estimate.why);
}

/* ---- means and ratios ----------------------------------------------------------------------- */

static void a_mean_s_interval_is_student_s(void **state)
{
    (void)state;
    const double value[] = {2, 4, 4, 6}; /* mean 4, s^2 = 8/3, standard error sqrt(2/3) */
    for (double level = .8; level < .999; level += .03) {
        const struct fs_estimate mean = fs_estimate_mean(value, 4, level);
        assert_true(mean.value == 4);
        assert_near(mean.low, 4 - t_of(level, 4) * sqrt(2. / 3));
        assert_near(mean.high, 4 + t_of(level, 4) * sqrt(2. / 3));
        assert_why(mean, NULL);
    }
    /* t table: 3.182 for 0.975 and 3 degrees. */
    assert_true(fabs(fs_estimate_mean(value, 4, .95).high - (4 + 3.182 * 0.8165)) < 0.001);
}

static void equal_replications_leave_no_doubt(void **state)
{
    (void)state;
    const double value[] = {7, 7, 7};
    const struct fs_estimate mean = fs_estimate_mean(value, 3, .95);
    assert_true(mean.low == 7 && mean.value == 7 && mean.high == 7);
    assert_why(mean, NULL);
}

static void one_replication_has_no_interval(void **state)
{
    (void)state;
    const double one = 1, two = 2;
    struct fs_histogram *h = calloc(1, sizeof *h);
    fs_histogram_record(h, 40, 1000);
    const struct fs_estimate estimates[] = {
        fs_estimate_mean(&two, 1, .95),
        fs_estimate_ratio(&one, &two, 1, .95),
        fs_estimate_quantile((const struct fs_histogram *[]){h}, 1, .5, .95),
    };
    const double value[] = {2, .5, 40};
    for (int i = 0; i < 3; i++) {
        assert_true(estimates[i].value == value[i]);
        assert_true(isnan(estimates[i].low) && isnan(estimates[i].high));
        assert_why(estimates[i], "1 replication");
    }
    free(h);
}

static void a_replication_without_a_value_leaves_no_mean(void **state)
{
    (void)state;
    const double value[] = {2, (double)NAN, 4};
    const struct fs_estimate mean = fs_estimate_mean(value, 3, .95);
    assert_true(isnan(mean.value) && isnan(mean.low) && isnan(mean.high));
    assert_why(mean, "insufficient");
}

static void a_ratio_s_interval_comes_from_its_residuals(void **state)
{
    (void)state;
    /* Attempts per request, 9/6: residuals 1 - 1.5, 2 - 3, 6 - 4.5, so that the variance is
     * 3/2 * (0.25 + 1 + 2.25) / 36. */
    const double attempts[] = {1, 2, 6}, requests[] = {1, 2, 3};
    const struct fs_estimate ratio = fs_estimate_ratio(attempts, requests, 3, .9);
    const double half = t_of(.9, 3) * sqrt(1.5 * 3.5 / 36);
    assert_near(ratio.value, 1.5);
    assert_near(ratio.low, 1.5 - half);
    assert_near(ratio.high, 1.5 + half);
    assert_why(ratio, NULL);
}

static void a_ratio_may_be_negative(void **state)
{
    (void)state;
    const double saved[] = {-1, 0, 4}, requests[] = {5, 5, 5}; /* residuals -2 -1 3 */
    const struct fs_estimate ratio = fs_estimate_ratio(saved, requests, 3, .95);
    assert_near(ratio.low, .2 - t_of(.95, 3) * sqrt(1.5 * 14) / 15);
    assert_near(ratio.high, .2 + t_of(.95, 3) * sqrt(1.5 * 14) / 15);
    assert_why(ratio, NULL);
}

/* 3 USD for 10 requests: residuals 1 - .3 x 3, 1 - .3 x 5, 1 - .3 x 2, that is .1, -.5 and .4. It
 * is below 1 and no share. */
static void a_quotient_below_one_is_no_share(void **state)
{
    (void)state;
    const double usd[] = {1, 1, 1}, requests[] = {3, 5, 2}, none[] = {0, 0, 0};
    const struct fs_estimate cost = fs_estimate_quotient(usd, requests, 3, .95);
    const double half = t_of(.95, 3) * sqrt(1.5 * (.01 + .25 + .16)) / 10;
    assert_near(cost.value, .3);
    assert_near(cost.low, .3 - half);
    assert_near(cost.high, .3 + half);
    assert_why(cost, NULL);
    const struct fs_estimate free = fs_estimate_quotient(none, requests, 3, .95);
    assert_true(free.value == 0 && free.low == 0 && free.high == 0);
    assert_why(fs_estimate_quotient(usd, requests, 1, .95), "1 replication");
    assert_why(fs_estimate_quotient(usd, none, 3, .95), "insufficient");
}

/* Replications in which nothing came are none: one alone has no interval, two have that of two. */
static void replications_of_nothing_do_not_count(void **state)
{
    (void)state;
    const double sum[] = {300, 0, 100, 0}, n[] = {2, 0, 1, 0};
    const double two_sum[] = {300, 100}, two_n[] = {2, 1};
    assert_why(fs_estimate_quotient(sum, n, 2, .95), "1 replication");
    const struct fs_estimate four = fs_estimate_quotient(sum, n, 4, .95);
    const struct fs_estimate two = fs_estimate_quotient(two_sum, two_n, 2, .95);
    assert_near(four.value, two.value);
    assert_near(four.low, two.low);
    assert_near(four.high, two.high);
}

static void a_share_s_interval_is_wilson_s(void **state)
{
    (void)state;
    /* p = 6/300, residuals -1 0 1. Wilson's formula with n such that p (1 - p) / n is the
     * clustered variance 3/2 * 2 / 300^2. */
    const double events[] = {1, 2, 3}, trials[] = {100, 100, 100};
    const struct fs_estimate share = fs_estimate_ratio(events, trials, 3, .95);
    const double p = 6 / 300., t = t_of(.95, 3), n = p * (1 - p) / (1.5 * 2 / (300. * 300));
    const double centre = (p + t * t / (2 * n)) / (1 + t * t / n);
    const double reach = t / (1 + t * t / n) * sqrt(p * (1 - p) / n + t * t / (4 * n * n));
    assert_near(share.value, p);
    assert_near(share.low, centre - reach);
    assert_near(share.high, centre + reach);
    assert_true(0 < share.low && share.high < 1);
}

static void a_share_of_nothing_has_a_low_end_alone(void **state)
{
    (void)state;
    const double events[] = {0, 0, 0}, trials[] = {100, 90, 0};
    const struct fs_estimate none = fs_estimate_ratio(events, trials, 3, .95);
    assert_true(none.value == 0 && none.low == 0 && isnan(none.high));
    assert_why(none, "no events");
    const struct fs_estimate all = fs_estimate_ratio(trials, trials, 3, .95);
    assert_true(all.value == 1 && isnan(all.low) && all.high == 1);
    assert_why(all, "no events");
}

static void a_share_without_trials_is_no_number(void **state)
{
    (void)state;
    const double nothing[] = {0, 0, 0};
    const struct fs_estimate share = fs_estimate_ratio(nothing, nothing, 3, .95);
    assert_true(isnan(share.value) && isnan(share.low) && isnan(share.high));
    assert_why(share, "insufficient");
}

/* Numbers of events whose mean itself varies: exponential, 1 in 1,000 trials a replication. A
 * plain p +- t s would cover 0.918 here (measured over 4,000 experiments). */
static void a_rare_share_s_interval_covers(void **state)
{
    (void)state;
    struct fs_stream stream;
    fs_stream_new(&stream, 11);
    int covered = 0;
    for (int k = 0; k < EXPERIMENTS; k++) {
        double events[R], trials[R];
        for (int r = 0; r < R; r++) {
            const double mean = fs_exponential(&stream);
            trials[r] = 1000;
            events[r] = 0;
            for (double at = fs_exponential(&stream); at < mean; at += fs_exponential(&stream))
                events[r]++;
        }
        const struct fs_estimate share = fs_estimate_ratio(events, trials, R, .95);
        covered += share.low <= 1e-3 && 1e-3 <= share.high;
    }
    assert_in_range(covered, EXPERIMENTS * .90, EXPERIMENTS * .99);
}

/* ---- quantiles ------------------------------------------------------------------------------ */

struct sample {
    struct fs_histogram *h[R];
};

static struct sample new_sample(void)
{
    struct sample sample;
    for (int r = 0; r < R; r++)
        sample.h[r] = calloc(1, sizeof *sample.h[r]);
    return sample;
}

static void clear_sample(const struct sample *sample)
{
    for (int r = 0; r < R; r++)
        memset(sample->h[r], 0, sizeof *sample->h[r]);
}

static void free_sample(const struct sample *sample)
{
    for (int r = 0; r < R; r++)
        free(sample->h[r]);
}

static struct fs_estimate quantile_of(const struct sample *sample, int n, double p)
{
    return fs_estimate_quantile((const struct fs_histogram *const *)sample->h, n, p, .95);
}

/* Two replications hold 1..100, two 11..110, so x of 11..100 has 4 x - 20 values up to it of 400.
 * Median: 55. Above it 45 and 55 of 100: residuals of 5, standard error sqrt(4/3 * 100) / 400,
 * times t(0.975, 3) = 3.1824 a half of 0.0919. Shares 0.4081 and 0.5919 are ranks 164 and 237. */
static void a_quantile_s_ends_are_quantiles_at_the_ends_of_its_share(void **state)
{
    (void)state;
    const struct sample sample = new_sample();
    for (int r = 0; r < 4; r++)
        for (int i = 1; i <= 100; i++)
            fs_histogram_record(sample.h[r], i + (r % 2 ? 10 : 0), 1);
    const struct fs_estimate median = quantile_of(&sample, 4, .5);
    assert_true(median.value == 55 && median.low == 46 && median.high == 65);
    assert_why(median, NULL);
    free_sample(&sample);
}

static void an_end_that_leaves_the_sample_is_not_printed(void **state)
{
    (void)state;
    const struct sample sample = new_sample();
    for (int r = 0; r < 2; r++)
        for (int i = 1; i <= 100; i++)
            fs_histogram_record(sample.h[r], i, 1);
    const struct fs_estimate p99 = quantile_of(&sample, 2, .99); /* two values above it */
    assert_true(p99.value == 99 && p99.low == 99 && isnan(p99.high));
    assert_why(p99, "insufficient");
    const struct fs_estimate p01 = quantile_of(&sample, 2, .01);
    assert_true(p01.value == 1 && isnan(p01.low) && p01.high == 1);
    assert_why(p01, "insufficient");
    assert_why(quantile_of(&sample, 2, .5), NULL);
    fs_histogram_record(sample.h[1], 100, 300); /* t(0.975, 1) = 12.7 times an error of 0.18 */
    const struct fs_estimate median = quantile_of(&sample, 2, .5);
    assert_true(median.value == 100 && isnan(median.low) && isnan(median.high));
    assert_why(median, "insufficient");
    free_sample(&sample);
}

static void no_values_have_no_quantile(void **state)
{
    (void)state;
    const struct sample sample = new_sample();
    const struct fs_estimate p99 = quantile_of(&sample, R, .99);
    assert_true(isnan(p99.value) && isnan(p99.low) && isnan(p99.high));
    assert_why(p99, "insufficient");
    free_sample(&sample);
}

/* Half of the replications have 24 timeouts at exactly 30 s among 1,000 requests, half none, so
 * 1.2 % in all. No share above 30 s varies, yet whether p99 is a timeout is open. */
static void equal_values_at_a_quantile_do_not_hide_the_doubt(void **state)
{
    (void)state;
    const struct sample sample = new_sample();
    const int64_t timeout = 30000000000;
    for (int r = 0; r < R; r++) {
        fs_histogram_record(sample.h[r], 100, r % 2 ? 1000 : 976);
        fs_histogram_record(sample.h[r], timeout, r % 2 ? 0 : 24);
    }
    const struct fs_estimate p99 = quantile_of(&sample, R, .99);
    assert_true(fabs(p99.value / (double)timeout - 1) <= 1. / 256);
    assert_true(p99.high == (double)timeout);
    assert_true(p99.low == 100);
    free_sample(&sample);
}

static void an_interval_is_no_narrower_than_a_bin(void **state)
{
    (void)state;
    const struct sample sample = new_sample();
    for (int r = 0; r < R; r++) {
        fs_histogram_record(sample.h[r], 1, 1);
        fs_histogram_record(sample.h[r], 1000000, 100);
        fs_histogram_record(sample.h[r], 9000000, 1);
    }
    const struct fs_estimate median = quantile_of(&sample, R, .5);
    const int bin = fs_histogram_index(1000000);
    assert_true(median.low == (double)fs_histogram_low(bin));
    assert_true(median.high == (double)fs_histogram_high(bin));
    free_sample(&sample);
}

/* One replication: response times, in ns at a mean service time of 1 ms. */
typedef void model(struct fs_histogram *h, struct fs_stream *stream);

/* 1,000 customers of an M/M/1 at 0.7 that starts empty (Lindley's recursion). */
static void queue(struct fs_histogram *h, struct fs_stream *stream)
{
    double wait = 0;
    for (int i = 0; i < 1000; i++) {
        const double response = wait + fs_exponential(stream);
        fs_histogram_record(h, (int64_t)(1e6 * response), 1);
        wait = fmax(0, response - fs_exponential(stream) / 0.7);
    }
}

#define SHAPE 10

/* 500 exponential times at a rate of the replication's own, a gamma of mean 1 and shape 10. */
static void moody(struct fs_histogram *h, struct fs_stream *stream)
{
    double rate = 0;
    for (int i = 0; i < SHAPE; i++)
        rate += fs_exponential(stream) / SHAPE;
    for (int i = 0; i < 500; i++)
        fs_histogram_record(h, (int64_t)(1e6 * fs_exponential(stream) / rate), 1);
}

/* How many of EXPERIMENTS intervals cover `truth`; few are refused. */
static int coverage(model *run, double p, double truth, uint64_t key)
{
    const struct sample sample = new_sample();
    struct fs_stream stream;
    fs_stream_new(&stream, key);
    int covered = 0, refused = 0;
    for (int k = 0; k < EXPERIMENTS; k++) {
        clear_sample(&sample);
        for (int r = 0; r < R; r++)
            run(sample.h[r], &stream);
        const struct fs_estimate quantile = quantile_of(&sample, R, p);
        covered += quantile.low <= truth && truth <= quantile.high;
        refused += quantile.why != NULL;
    }
    free_sample(&sample);
    assert_in_range(refused, 0, EXPERIMENTS / 20);
    return covered;
}

/* The queue's own quantile has no formula; 6,000 other replications have it 1/17 as uncertain as
 * an experiment of 20. */
static double truth_of(model *run, double p)
{
    struct fs_histogram *h = calloc(1, sizeof *h);
    struct fs_stream stream;
    fs_stream_new(&stream, 99);
    for (int k = 0; k < 6000; k++)
        run(h, &stream);
    const double truth = fs_histogram_quantile(h, p);
    free(h);
    return truth;
}

static void a_queue_s_quantile_is_covered(void **state)
{
    (void)state;
    static const double p[] = {.5, .9, .95};
    for (int i = 0; i < 3; i++) {
        const int covered = coverage(queue, p[i], truth_of(queue, p[i]), 21);
        assert_in_range(covered, EXPERIMENTS * .90, EXPERIMENTS * .99);
    }
}

/* P(X > x) = E exp(-rate x) = (1 + x / k)^-k for a rate of shape k and mean 1. */
static void a_quantile_of_moody_replications_is_covered(void **state)
{
    (void)state;
    static const double p[] = {.5, .9, .95};
    for (int i = 0; i < 3; i++) {
        const double truth = 1e6 * SHAPE * (pow(1 - p[i], -1. / SHAPE) - 1);
        const int covered = coverage(moody, p[i], truth, 31);
        assert_in_range(covered, EXPERIMENTS * .90, EXPERIMENTS * .99);
    }
}

/* Six independent means of eight normal values: at 95 % each all would hold in 73.5 % of studies,
 * together they do in 95 % and no more than a little above (Bonferroni). 2,000 studies; 3.5
 * standard errors are 1.7 points. */
static void intervals_that_are_widened_hold_together(void **state)
{
    (void)state;
    struct fs_stream s;
    int alone = 0, together = 0;
    fs_stream_new(&s, 12);
    for (int e = 0; e < 2000; e++) {
        bool all = true, all_alone = true;
        for (int k = 0; k < 6; k++) {
            double x[8];
            for (int i = 0; i < 8; i++)
                x[i] = gsl_cdf_ugaussian_Pinv(fs_uniform(&s));
            const struct fs_estimate a = fs_estimate_mean(x, 8, .95);
            const struct fs_estimate b = fs_estimate_mean(x, 8, fs_level_of_each(.95, 6));
            all_alone = all_alone && a.low <= 0 && a.high >= 0;
            all = all && b.low <= 0 && b.high >= 0;
        }
        alone += all_alone;
        together += all;
    }
    assert_in_range(together, 2000 * .933, 2000 * .970);
    assert_in_range(alone, 2000 * .70, 2000 * .77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mean_s_interval_is_student_s),
        cmocka_unit_test(equal_replications_leave_no_doubt),
        cmocka_unit_test(one_replication_has_no_interval),
        cmocka_unit_test(a_replication_without_a_value_leaves_no_mean),
        cmocka_unit_test(a_ratio_s_interval_comes_from_its_residuals),
        cmocka_unit_test(a_ratio_may_be_negative),
        cmocka_unit_test(a_quotient_below_one_is_no_share),
        cmocka_unit_test(replications_of_nothing_do_not_count),
        cmocka_unit_test(a_share_s_interval_is_wilson_s),
        cmocka_unit_test(a_share_of_nothing_has_a_low_end_alone),
        cmocka_unit_test(a_share_without_trials_is_no_number),
        cmocka_unit_test(a_rare_share_s_interval_covers),
        cmocka_unit_test(a_quantile_s_ends_are_quantiles_at_the_ends_of_its_share),
        cmocka_unit_test(an_end_that_leaves_the_sample_is_not_printed),
        cmocka_unit_test(no_values_have_no_quantile),
        cmocka_unit_test(equal_values_at_a_quantile_do_not_hide_the_doubt),
        cmocka_unit_test(an_interval_is_no_narrower_than_a_bin),
        cmocka_unit_test(a_queue_s_quantile_is_covered),
        cmocka_unit_test(a_quantile_of_moody_replications_is_covered),
        cmocka_unit_test(intervals_that_are_widened_hold_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
