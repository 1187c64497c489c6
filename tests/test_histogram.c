/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins against their definition, quantiles against sorted values, merging against itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "histogram.h"
#include "rng.h"

#define N 1000000

static struct fs_histogram *new_histogram(void)
{
    struct fs_histogram *h = calloc(1, sizeof *h);
    assert_non_null(h);
    return h;
}

static void assert_equal_histograms(const struct fs_histogram *a, const struct fs_histogram *b)
{
    assert_true(a->count == b->count && a->sum == b->sum);
    assert_true(a->min == b->min && a->max == b->max);
    assert_memory_equal(a->bin, b->bin, sizeof a->bin);
}

static void bins_meet_without_gap_or_overlap(void **state)
{
    (void)state;
    assert_int_equal(fs_histogram_low(0), 0);
    for (int i = 0; i < FS_HISTOGRAM_BINS; i++) {
        const int64_t low = fs_histogram_low(i), high = fs_histogram_high(i);
        assert_int_equal(fs_histogram_index(low), i);
        assert_int_equal(fs_histogram_index(high), i);
        assert_true(low <= fs_histogram_mid(i) && fs_histogram_mid(i) <= high);
        if (i + 1 < FS_HISTOGRAM_BINS) assert_int_equal(fs_histogram_low(i + 1), high + 1);
    }
    assert_true(fs_histogram_high(FS_HISTOGRAM_BINS - 1) == INT64_MAX);
    assert_int_equal(fs_histogram_index(INT64_MAX), FS_HISTOGRAM_BINS - 1);
}

static void values_below_256_have_bins_of_their_own(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        assert_int_equal(fs_histogram_low(i), i);
        assert_int_equal(fs_histogram_high(i), i);
    }
    assert_int_equal(fs_histogram_high(256), 257);
}

static void a_midpoint_is_within_a_256th_of_both_edges(void **state)
{
    (void)state;
    for (int i = 128; i < FS_HISTOGRAM_BINS; i++) {
        const int64_t low = fs_histogram_low(i), mid = fs_histogram_mid(i);
        assert_true((__int128)(mid - low) * 256 <= low);
        assert_true((__int128)(fs_histogram_high(i) - mid) * 256 <= fs_histogram_high(i));
    }
}

static void a_rank_takes_p_for_the_decimal_it_was_written_as(void **state)
{
    (void)state;
    /* In binary 0.07 * 100 is 7.000000000000001. */
    assert_int_equal(fs_histogram_rank(100, 0.07), 7);
    for (uint64_t k = 1; k <= 1000; k++) {
        const double p = (double)k / 1000;
        assert_int_equal(fs_histogram_rank(1000, p), k);
        assert_int_equal(fs_histogram_rank(1001, p), k + 1);
        assert_int_equal(fs_histogram_rank(1000000000000, p), k * 1000000000);
    }
    assert_int_equal(fs_histogram_rank(5, 0), 1);
    assert_int_equal(fs_histogram_rank(5, 1), 5);
    assert_int_equal(fs_histogram_rank(UINT64_C(1) << 50, 1), UINT64_C(1) << 50);
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Scales as they occur: a narrow service time, a heavy tail, everything from 1 ns to 2^62 ns. */
static int64_t narrow(struct fs_stream *s)
{
    return 200000000 + (int64_t)(fs_uniform(s) * 5e6);
}

static int64_t heavy(struct fs_stream *s)
{
    return (int64_t)(1e6 / pow(fs_uniform(s), 1 / 1.2));
}

static int64_t any_scale(struct fs_stream *s)
{
    return (int64_t)exp2(fs_uniform(s) * 62);
}

static void quantiles_are_within_a_256th_of_the_sorted_values(void **state)
{
    (void)state;
    static const double p[] = {0.001, 0.5, 0.9, 0.95, 0.99, 0.999, 0.99999, 1};
    static int64_t (*const draw[])(struct fs_stream *) = {narrow, heavy, any_scale};
    int64_t *value = malloc(N * sizeof *value);
    assert_non_null(value);
    for (size_t d = 0; d < sizeof draw / sizeof *draw; d++) {
        struct fs_histogram *h = new_histogram();
        struct fs_stream stream;
        fs_stream_new(&stream, d);
        __int128 sum = 0;
        for (int i = 0; i < N; i++) {
            value[i] = draw[d](&stream);
            sum += value[i];
            fs_histogram_record(h, value[i], 1);
        }
        qsort(value, N, sizeof *value, ascending);
        for (size_t k = 0; k < sizeof p / sizeof *p; k++) {
            const double exact = (double)value[(int)ceil(p[k] * N - 1e-6) - 1];
            assert_true(fabs(fs_histogram_quantile(h, p[k]) - exact) <= exact / 256);
        }
        assert_true(h->sum == sum && h->min == value[0] && h->max == value[N - 1]);
        free(h);
    }
    free(value);
}

static void a_quantile_never_leaves_the_sample(void **state)
{
    (void)state;
    struct fs_histogram *h = new_histogram();
    fs_histogram_record(h, 1000000001, 3);
    assert_true(fs_histogram_quantile(h, 0) == 1000000001.0);
    assert_true(fs_histogram_quantile(h, .5) == 1000000001.0);
    assert_true(fs_histogram_quantile(h, 1) == 1000000001.0);
    free(h);
}

static void an_empty_histogram_has_no_quantile_and_no_mean(void **state)
{
    (void)state;
    struct fs_histogram *h = new_histogram();
    fs_histogram_record(h, 7, 0);
    assert_true(isnan(fs_histogram_quantile(h, .5)));
    assert_true(isnan(fs_histogram_mean(h)));
    assert_int_equal(fs_histogram_above(h, 0), 0);
    free(h);
}

static void a_sum_beyond_64_bits_is_exact(void **state)
{
    (void)state;
    struct fs_histogram *h = new_histogram();
    fs_histogram_record(h, INT64_MAX, 1000000000000);
    fs_histogram_record(h, 0, 1000000000000);
    assert_true(h->sum == (__int128)INT64_MAX * 1000000000000);
    assert_true(fs_histogram_mean(h) == 0x1p62); /* (2^63 - 1) / 2, rounded */
    free(h);
}

static void a_negative_value_counts_as_zero(void **state)
{
    (void)state;
    struct fs_histogram *h = new_histogram();
    fs_histogram_record(h, -5, 2);
    assert_true(h->min == 0 && h->max == 0 && h->sum == 0 && h->bin[0] == 2);
    free(h);
}

static void values_above_are_counted_without_the_bin_itself(void **state)
{
    (void)state;
    struct fs_histogram *h = new_histogram();
    for (int i = 0; i < 100; i++)
        fs_histogram_record(h, i, 1);
    fs_histogram_record(h, 1000000, 10);
    assert_int_equal(fs_histogram_above(h, -1), 109);
    assert_int_equal(fs_histogram_above(h, 0), 109);
    assert_int_equal(fs_histogram_above(h, 89), 20);
    assert_int_equal(fs_histogram_above(h, 500000), 10);
    assert_int_equal(fs_histogram_above(h, 1000001), 0); /* same bin as 1000000 */
    assert_int_equal(fs_histogram_above(h, INT64_MAX), 0);
    free(h);
}

static void merging_gives_the_same_in_any_order(void **state)
{
    (void)state;
    enum { PARTS = 4 };
    static const int order[][PARTS] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
    struct fs_histogram *whole = new_histogram(), *part[PARTS];
    struct fs_stream stream;
    fs_stream_new(&stream, 4);
    for (int i = 0; i < PARTS; i++) {
        part[i] = new_histogram();
        for (int n = 0; n < i * 1000; n++) { /* the first is empty */
            const int64_t value = any_scale(&stream);
            fs_histogram_record(part[i], value, 1);
            fs_histogram_record(whole, value, 1);
        }
    }
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        struct fs_histogram *sum = new_histogram();
        for (int i = 0; i < PARTS; i++)
            fs_histogram_merge(sum, part[order[k][i]]);
        assert_equal_histograms(sum, whole);
        free(sum);
    }
    for (int i = 0; i < PARTS; i++)
        free(part[i]);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_meet_without_gap_or_overlap),
        cmocka_unit_test(values_below_256_have_bins_of_their_own),
        cmocka_unit_test(a_midpoint_is_within_a_256th_of_both_edges),
        cmocka_unit_test(a_rank_takes_p_for_the_decimal_it_was_written_as),
        cmocka_unit_test(quantiles_are_within_a_256th_of_the_sorted_values),
        cmocka_unit_test(a_quantile_never_leaves_the_sample),
        cmocka_unit_test(an_empty_histogram_has_no_quantile_and_no_mean),
        cmocka_unit_test(a_sum_beyond_64_bits_is_exact),
        cmocka_unit_test(a_negative_value_counts_as_zero),
        cmocka_unit_test(values_above_are_counted_without_the_bin_itself),
        cmocka_unit_test(merging_gives_the_same_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
