/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals against histograms and sorted values; the composition of a tail against a count by
 * hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "composition.h"
#include "rng.h"

#define N_P 6
static const double p[N_P] = {0, .5, .9, .99, .999, 1};

struct fixture {
    struct fs_arena *arena;
    struct fs_latency latency;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture.arena = fs_arena_new();
    fs_latency_new(&fixture.latency, fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    fs_arena_free(fixture->arena);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void an_interval_s_quantiles_are_those_of_its_values_alone(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    enum { INTERVALS = 5, N = 5000 };
    static int64_t value[N];
    struct fs_histogram *run = calloc(1, sizeof *run);
    struct fs_stream stream;
    fs_stream_new(&stream, 1);
    for (int k = 0; k < INTERVALS; k++) {
        const int n = k == 2 ? 1 : N / (k + 1);
        for (int i = 0; i < n; i++) {
            value[i] = (int64_t)(exp2(k * 4) * 1e5 / sqrt(fs_uniform(&stream)));
            fs_latency_record(latency, value[i]);
            fs_histogram_record(run, value[i], 1);
        }
        qsort(value, (size_t)n, sizeof *value, ascending);
        double out[N_P];
        assert_int_equal(fs_latency_close(latency, N_P, p, out), n);
        for (int q = 0; q < N_P; q++) {
            const double exact = (double)value[fs_histogram_rank((uint64_t)n, p[q]) - 1];
            assert_true(fabs(out[q] - exact) <= exact / 256);
        }
        assert_true(out[N_P - 1] <= (double)value[n - 1] && out[0] >= (double)value[0]);
    }
    assert_true(latency->run->count == run->count && latency->run->sum == run->sum);
    assert_true(latency->run->min == run->min && latency->run->max == run->max);
    assert_memory_equal(latency->run->bin, run->bin, sizeof run->bin);
    free(run);
}

static void an_interval_agrees_with_a_histogram_to_the_bit(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    struct fs_histogram *h = calloc(1, sizeof *h);
    struct fs_stream stream;
    fs_stream_new(&stream, 2);
    for (int i = 0; i < 100000; i++) { /* touches nearly every bin */
        const int64_t value = (int64_t)exp2(fs_uniform(&stream) * 63) - 1;
        fs_latency_record(latency, value);
        fs_histogram_record(h, value, 1);
    }
    double out[N_P];
    fs_latency_close(latency, N_P, p, out);
    for (int q = 0; q < N_P; q++)
        assert_true(out[q] == fs_histogram_quantile(h, p[q]));
    free(h);
}

static void an_interval_has_extremes_of_its_own(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    static const int64_t value[] = {30000000000, 1000001, 30000000000};
    for (int k = 0; k < 3; k++) { /* not a bin's midpoint, for it is the only value */
        double out[N_P];
        fs_latency_record(latency, value[k]);
        fs_latency_close(latency, N_P, p, out);
        for (int q = 0; q < N_P; q++)
            assert_true(out[q] == (double)value[k]);
    }
}

static void an_empty_interval_has_no_quantiles(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[N_P] = {0};
    assert_int_equal(fs_latency_close(latency, N_P, p, out), 0);
    for (int q = 0; q < N_P; q++)
        assert_true(isnan(out[q]));
    fs_latency_record(latency, 0);
    assert_int_equal(fs_latency_close(latency, N_P, p, out), 1);
    assert_true(out[0] == 0 && out[N_P - 1] == 0);
    assert_int_equal(fs_latency_close(latency, N_P, p, out), 0);
    assert_true(isnan(out[0]));
}

/* 2^32 - 1 values of `value` as recording them one by one would leave them. */
static void record_all_but_one_round(struct fs_latency *latency, fs_time value)
{
    fs_latency_record(latency, value);
    latency->bin[fs_histogram_index(value)] = UINT32_MAX;
}

static void a_counter_that_goes_round_loses_nothing(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    const uint64_t round = UINT64_C(1) << 32;
    const double half = .5;
    double median;
    record_all_but_one_round(latency, 100);
    fs_latency_record(latency, 100); /* is back at 0 */
    fs_latency_record(latency, 50);
    assert_int_equal(fs_latency_close(latency, 1, &half, &median), round + 1);
    assert_true(median == 100);

    record_all_but_one_round(latency, 100);
    for (int i = 0; i < 3; i++)
        fs_latency_record(latency, 100); /* goes on to 2 */
    record_all_but_one_round(latency, 200);
    assert_int_equal(fs_latency_close(latency, 1, &half, &median), 2 * round + 1);
    assert_true(median == 100);
    assert_int_equal(latency->run->bin[100], 2 * round + 2);
    assert_int_equal(latency->run->count, 3 * round + 2);
}

static void record(struct fs_latency *latency, int times, const fs_time parts[FS_LATENCY_PARTS],
                   fs_time unexplained)
{
    fs_time value = unexplained;
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        value += parts[k];
    for (int i = 0; i < times; i++) {
        fs_latency_record(latency, value);
        fs_latency_parts(latency, value, parts);
    }
}

/* Of this one run. */
static double compose(const struct fs_latency *latency, double p_low, double p_high,
                      double out[FS_LATENCY_PARTS + 1])
{
    static const struct fs_histogram empty;
    const struct fs_histogram *run = latency->run ? latency->run : &empty;
    struct fs_arena *arena = fs_arena_new();
    struct fs_composition *c = fs_arena_alloc(arena, sizeof *c);
    fs_composition_add(c, run, fs_latency_part_sums(latency, arena));
    const double own = fs_composition_of(c, run, p_low, p_high, out);
    fs_arena_free(arena);
    return own;
}

/* 980 requests of 0.1 s, 10 of 1 s, 10 of 2 s: the ranks 985 .. 995 are six of 1 s and five of
 * 2 s. Two intervals, so that it is the run's composition. */
static void a_tail_is_composed_of_the_values_between_two_ranks(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[FS_LATENCY_PARTS + 1];
    record(latency, 980, (fs_time[FS_LATENCY_PARTS]){0, 0, 0, 100 * FS_MS}, 0);
    record(latency, 5, (fs_time[FS_LATENCY_PARTS]){0, 700 * FS_MS, 0, 100 * FS_MS}, 200 * FS_MS);
    fs_latency_close(latency, 0, NULL, NULL);
    record(latency, 5, (fs_time[FS_LATENCY_PARTS]){0, 700 * FS_MS, 0, 100 * FS_MS}, 200 * FS_MS);
    record(latency, 10, (fs_time[FS_LATENCY_PARTS]){1500 * FS_MS, 0, 0, 100 * FS_MS}, 400 * FS_MS);
    fs_latency_close(latency, 0, NULL, NULL);
    compose(latency, .985, .995, out);
    assert_true(fabs(out[0] - 5 * 1500e6 / 11) < 1);
    assert_true(fabs(out[1] - 6 * 700e6 / 11) < 1);
    assert_true(out[2] == 0);
    assert_true(fabs(out[3] - 100e6) < 1);
    /* Of a bin's values only the midpoint is known: the mean of 16e9 / 11 ns to a 256th. */
    assert_true(fabs(out[FS_LATENCY_PARTS] - (6 * 200e6 + 5 * 400e6) / 11) < 16e9 / 11 / 256);
}

static void values_without_parts_are_unexplained(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[FS_LATENCY_PARTS + 1];
    for (int i = 0; i < 10; i++)
        fs_latency_record(latency, FS_S + 1);
    fs_latency_close(latency, 0, NULL, NULL);
    compose(latency, .985, .995, out);
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        assert_true(out[k] == 0);
    assert_true(out[FS_LATENCY_PARTS] == 1e9 + 1);
}

static void an_explained_value_leaves_no_remainder(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[FS_LATENCY_PARTS + 1];
    record(latency, 1, (fs_time[FS_LATENCY_PARTS]){0, 0, 0, 1}, 0);
    record(latency, 100, (fs_time[FS_LATENCY_PARTS]){0, 0, 0, fs_histogram_high(4000)}, 0);
    record(latency, 1, (fs_time[FS_LATENCY_PARTS]){0, 0, 0, FS_DAY}, 0);
    fs_latency_close(latency, 0, NULL, NULL);
    compose(latency, .5, .6, out); /* the midpoint is below every value */
    assert_true(out[FS_LATENCY_PARTS] == 0);
}

static void an_empty_run_is_composed_of_nothing(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[FS_LATENCY_PARTS + 1] = {1, 1, 1, 1, 1, 1};
    compose(latency, .985, .995, out);
    for (int k = 0; k <= FS_LATENCY_PARTS; k++)
        assert_true(out[k] == 0);
}

static void parts_of_a_year_each_do_not_overflow(void **state)
{
    struct fs_latency *latency = &((struct fixture *)*state)->latency;
    double out[FS_LATENCY_PARTS + 1];
    const fs_time year = 365 * FS_DAY;
    record(latency, 1000, (fs_time[FS_LATENCY_PARTS]){year, 0, 0, 0},
           0); /* int64_t holds 292 of them */
    fs_latency_close(latency, 0, NULL, NULL);
    compose(latency, .985, .995, out);
    assert_true(fabs(out[0] / (double)year - 1) < 1e-12);
}

int main(void)
{
#define XX(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        XX(an_interval_s_quantiles_are_those_of_its_values_alone),
        XX(an_interval_agrees_with_a_histogram_to_the_bit),
        XX(an_interval_has_extremes_of_its_own),
        XX(an_empty_interval_has_no_quantiles),
        XX(a_counter_that_goes_round_loses_nothing),
        XX(a_tail_is_composed_of_the_values_between_two_ranks),
        XX(values_without_parts_are_unexplained),
        XX(an_explained_value_leaves_no_remainder),
        XX(an_empty_run_is_composed_of_nothing),
        XX(parts_of_a_year_each_do_not_overflow),
    };
#undef XX
    return cmocka_run_group_tests(tests, NULL, NULL);
}
