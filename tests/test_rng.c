/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random streams: the generator against its definition, names, and every draw against its law by
 * GSL's distribution functions. Seeds are fixed, so a p-value below 1e-4 is a fault, not chance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goodness.h"
#include "math.h"
#include "rng.h"
#include "rng_gsl.h"
#include "ziggurat.h"
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#define DRAWS 400000
#define LEAST 1e-4

static double draws[DRAWS];

static struct fs_stream stream_of(const char *purpose)
{
    struct fs_stream stream;
    fs_stream_new(&stream, fs_key(20260101, "test_rng", purpose, 0));
    return stream;
}

/* From state {1, 2, 3, 4}: made by the authors' xoshiro256plusplus.c, as kept by the tests of
 * https://github.com/rust-random/rngs, rand_xoshiro/src/xoshiro256plusplus.rs. */
static void the_generator_gives_the_published_numbers(void **state)
{
    static const uint64_t published[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    struct fs_stream stream = {{1, 2, 3, 4}};
    (void)state;
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        assert_int_equal(fs_stream_next(&stream), published[i]);
    }
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* Written from the papers' recurrences, state as a column of bits: splitmix64, xoshiro256++. */
static void a_new_stream_follows_the_definition(void **state)
{
    uint64_t key = 12345, a[4];
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, key);
    for (int i = 0; i < 4; i++) {
        uint64_t z = key += 0x9e3779b97f4a7c15u;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        a[i] = z ^ z >> 31;
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(fs_stream_next(&stream), rotl(a[0] + a[3], 23) + a[0]);
        const uint64_t b[] = {a[0] ^ a[3] ^ a[1], a[0] ^ a[1] ^ a[2], a[0] ^ a[2] ^ a[1] << 17,
                              rotl(a[1] ^ a[3], 45)};
        memcpy(a, b, sizeof a);
    }
}

/* Made by the author's splitmix64.c, as kept by rand_xoshiro/src/splitmix64.rs of the same. */
static void a_stream_is_filled_by_splitmix64(void **state)
{
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, UINT64_C(1477776061723855037));
    assert_int_equal(stream.s[0], UINT64_C(1985237415132408290));
    assert_int_equal(stream.s[1], UINT64_C(2979275885539914483));
    assert_int_equal(stream.s[2], UINT64_C(13511426838097143398));
    assert_int_equal(stream.s[3], UINT64_C(8488337342461049707));
}

static void every_part_of_a_name_gives_another_stream(void **state)
{
    const uint64_t key = fs_key(1, "traffic.jobs", "arrivals", 0);
    (void)state;
    assert_int_equal(key, fs_key(1, "traffic.jobs", "arrivals", 0));
    assert_int_not_equal(key, fs_key(2, "traffic.jobs", "arrivals", 0));
    assert_int_not_equal(key, fs_key(1, "traffic.job", "arrivals", 0));
    assert_int_not_equal(key, fs_key(1, "traffic.jobs", "work", 0));
    assert_int_not_equal(key, fs_key(1, "traffic.jobs", "arrivals", 1));
    assert_int_not_equal(key, fs_key(1, "arrivals", "traffic.jobs", 0));
    assert_int_not_equal(fs_key_at(key, 1, 0), fs_key_at(key, 0, 1));
    assert_int_not_equal(fs_hash_text(""), fs_hash_text(" "));
}

/* FNV-1a of "a" is 0xaf63dc4c8601ec8c (http://www.isthe.com/chongo/tech/comp/fnv/). */
static void text_is_hashed_by_fnv_1a_and_mixed(void **state)
{
    (void)state;
    assert_int_equal(fs_hash_text("a"), fs_mix(UINT64_C(0xaf63dc4c8601ec8c)));
}

/* Neighbouring seeds, replications and requests: pairs (u, v) from streams one apart, in 20 x 20
 * cells. */
static double neighbours(uint64_t (*key)(uint64_t i))
{
    static double observed[400], expected[400];
    memset(observed, 0, sizeof observed);
    for (uint64_t i = 0; i < 100000; i++) {
        struct fs_stream a, b;
        fs_stream_new(&a, key(2 * i));
        fs_stream_new(&b, key(2 * i + 1));
        observed[20 * (int)(20 * fs_uniform(&a)) + (int)(20 * fs_uniform(&b))]++;
    }
    for (int i = 0; i < 400; i++) {
        expected[i] = 100000. / 400;
    }
    return goodness_chi2(observed, expected, 400);
}

static uint64_t key_of_seed(uint64_t i)
{
    return fs_key(i, "a", "b", 0);
}

static uint64_t key_of_replication(uint64_t i)
{
    return fs_key(7, "a", "b", i);
}

static uint64_t key_of_request(uint64_t i)
{
    return fs_key_at(99, i, 0);
}

static uint64_t key_of_attempt(uint64_t i)
{
    return fs_key_at(99, i / 2, i % 2);
}

static void streams_of_neighbouring_names_are_unrelated(void **state)
{
    (void)state;
    assert_true(neighbours(key_of_seed) > LEAST);
    assert_true(neighbours(key_of_replication) > LEAST);
    assert_true(neighbours(key_of_request) > LEAST);
    assert_true(neighbours(key_of_attempt) > LEAST);
}

/* s[0] + s[3] = 0 makes the word s[0] itself. */
static void a_uniform_never_reaches_zero_or_one(void **state)
{
    struct fs_stream lowest = {{0, 1, 2, 0}}, highest = {{UINT64_MAX, 1, 2, 1}};
    (void)state;
    assert_true(fs_uniform(&lowest) == 0x1p-53);
    assert_true(fs_uniform(&highest) == 1 - 0x1p-53);
}

/* 3 x 2^62 of 2^64 needs rejection: without it every third number comes twice as often. */
static void integers_are_equally_likely_for_any_range(void **state)
{
    static const uint64_t range[] = {2, 6, 10, 100, 3 * (UINT64_C(1) << 62)};
    struct fs_stream stream = stream_of("integers");
    (void)state;
    for (size_t r = 0; r < sizeof range / sizeof *range; r++) {
        const int cells = range[r] > 100 ? 3 : (int)range[r];
        double observed[100] = {0}, expected[100];
        for (int i = 0; i < DRAWS; i++) {
            const uint64_t x = fs_uniform_int(&stream, range[r]);
            assert_true(x < range[r]);
            observed[x % (uint64_t)cells]++;
        }
        for (int i = 0; i < cells; i++) {
            expected[i] = (double)DRAWS / cells;
        }
        assert_true(goodness_chi2(observed, expected, cells) > LEAST);
    }
    assert_int_equal(fs_uniform_int(&stream, 1), 0);
}

static double exponential_cdf(double x, const void *self)
{
    (void)self;
    return gsl_cdf_exponential_P(x, 1);
}

static double normal_cdf(double x, const void *self)
{
    (void)self;
    return gsl_cdf_ugaussian_P(x);
}

static double gamma_cdf(double x, const void *shape)
{
    return gsl_cdf_gamma_P(x, *(const double *)shape, 1);
}

/* |mean - expected| in standard errors. */
static double mean_z(double mean, double variance)
{
    double sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        sum += draws[i];
    }
    return fabs(sum / DRAWS - mean) / sqrt(variance / DRAWS);
}

static double count_z(int beyond, double share)
{
    return fabs(beyond - DRAWS * share) / sqrt(DRAWS * share * (1 - share));
}

static void exponentials_follow_their_law_and_its_tail(void **state)
{
    struct fs_stream stream = stream_of("exponential");
    int beyond = 0;
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = fs_exponential(&stream);
        assert_true(draws[i] >= 0);
        beyond += draws[i] > FS_EXPONENTIAL_TAIL;
    }
    assert_true(mean_z(1, 1) < 4);
    assert_true(count_z(beyond, exp(-FS_EXPONENTIAL_TAIL)) < 4);
    assert_true(goodness_ks(draws, DRAWS, exponential_cdf, NULL) > LEAST);
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = draws[i] * draws[i]; /* mean 2, E x^4 - 4 = 20 */
    }
    assert_true(mean_z(2, 20) < 4);
}

static void normals_follow_their_law_and_both_tails(void **state)
{
    struct fs_stream stream = stream_of("normal");
    int above = 0, below = 0;
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = fs_normal(&stream);
        above += draws[i] > 3;
        below += draws[i] < -3;
    }
    assert_true(mean_z(0, 1) < 4);
    assert_true(count_z(above, gsl_cdf_ugaussian_Q(3)) < 4);
    assert_true(count_z(below, gsl_cdf_ugaussian_Q(3)) < 4);
    assert_true(goodness_ks(draws, DRAWS, normal_cdf, NULL) > LEAST);
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = draws[i] * draws[i]; /* mean 1, E x^4 - 1 = 2 */
    }
    assert_true(mean_z(1, 2) < 4);
}

/* The tail alone, where a sample of all draws has too few: 2000 draws beyond the last layer. */
static double beyond_cdf(double x, const void *self)
{
    (void)self;
    return 1 - gsl_cdf_ugaussian_Q(x) / gsl_cdf_ugaussian_Q(FS_NORMAL_TAIL);
}

static void the_normal_tail_has_the_right_shape(void **state)
{
    struct fs_stream stream = stream_of("tail");
    int n = 0;
    (void)state;
    while (n < 2000) {
        const double x = fabs(fs_normal(&stream));
        if (x > FS_NORMAL_TAIL) draws[n++] = x;
    }
    assert_true(goodness_ks(draws, n, beyond_cdf, NULL) > LEAST);
}

static void gammas_follow_their_law_at_every_shape(void **state)
{
    static const double shape[] = {0.1, 0.5, 0.999, 1, 1.5, 7, 300};
    (void)state;
    for (size_t s = 0; s < sizeof shape / sizeof *shape; s++) {
        struct fs_stream stream = stream_of("gamma");
        for (int i = 0; i < DRAWS; i++) {
            draws[i] = fs_gamma(&stream, shape[s]);
        }
        assert_true(mean_z(shape[s], shape[s]) < 4);
        assert_true(goodness_ks(draws, DRAWS, gamma_cdf, &shape[s]) > LEAST);
    }
}

/* Cells of single counts within 4 standard deviations, the rest in the two outer ones. */
static double poisson_fit(struct fs_stream *stream, double mean, double *z)
{
    static double observed[2000], expected[2000];
    const int low = (int)fmax(0, floor(mean - 4 * sqrt(mean)));
    const int cells = (int)ceil(4 * sqrt(mean) + mean) - low + 1;
    double sum = 0;
    memset(observed, 0, sizeof observed);
    for (int i = 0; i < DRAWS; i++) {
        const int64_t k = fs_poisson(stream, mean);
        const int64_t cell = k < low ? 0 : k - low >= cells ? cells - 1 : k - low;
        sum += (double)k;
        observed[cell]++;
    }
    for (int i = 0; i < cells; i++) {
        expected[i] = DRAWS * gsl_ran_poisson_pdf((unsigned)(low + i), mean);
    }
    expected[0] = DRAWS * gsl_cdf_poisson_P((unsigned)low, mean);
    expected[cells - 1] = DRAWS * gsl_cdf_poisson_Q((unsigned)(low + cells - 2), mean);
    *z = fabs(sum / DRAWS - mean) / sqrt(mean / DRAWS);
    return goodness_chi2(observed, expected, cells);
}

static void poisson_counts_follow_their_law_at_every_mean(void **state)
{
    static const double mean[] = {0.3, 1, 4.5, 9.99, 10, 11.3, 30, 100, 1000.5};
    struct fs_stream stream = stream_of("poisson");
    (void)state;
    for (size_t m = 0; m < sizeof mean / sizeof *mean; m++) {
        double z;
        const double p = poisson_fit(&stream, mean[m], &z);
        assert_true(z < 4);
        assert_true(p > LEAST);
    }
    assert_int_equal(fs_poisson(&stream, 0), 0);
}

/* Standardised counts of a mean of 1e9 are normal to about 1e-5. */
static void poisson_counts_of_a_large_mean_are_normal(void **state)
{
    struct fs_stream stream = stream_of("large");
    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = ((double)fs_poisson(&stream, 1e9) - 1e9) / sqrt(1e9);
    }
    assert_true(mean_z(0, 1) < 4);
    assert_true(goodness_ks(draws, DRAWS, normal_cdf, NULL) > LEAST);
}

/* The recurrence in the header of ziggurat.h, in long double, for density `f`, its inverse and
 * the integral of the tail. */
static void check_edges(const double *edge, double tail, long double area_beyond,
                        long double (*f)(long double), long double (*inverse)(long double))
{
    const long double r = tail, v = r * f(r) + area_beyond;
    long double x = r;
    assert_true(fabs((double)(v / f(r)) / (edge[0] * 0x1p53) - 1) < 1e-15);
    for (int i = 1; i < 256; i++) {
        assert_true(fabs(edge[i] * 0x1p53 / (double)x - 1) < 1e-13);
        if (i < 255) x = inverse(f(x) + v / x);
    }
    assert_true(fabs((double)(f(x) + v / x) - 1) < 1e-13);
    assert_true(edge[256] == 0);
}

static long double exponential_density(long double x)
{
    return expl(-x);
}

static long double exponential_inverse(long double y)
{
    return -logl(y);
}

static long double normal_density(long double x)
{
    return expl(-x * x / 2);
}

static long double normal_inverse(long double y)
{
    return sqrtl(-2 * logl(y));
}

static void the_ziggurats_edges_follow_their_formula(void **state)
{
    const long double r = FS_NORMAL_TAIL;
    (void)state;
    check_edges(fs_exponential_edge, FS_EXPONENTIAL_TAIL, expl(-(long double)FS_EXPONENTIAL_TAIL),
                exponential_density, exponential_inverse);
    check_edges(fs_normal_edge, FS_NORMAL_TAIL, sqrtl(acosl(-1) / 2) * erfcl(r / sqrtl(2)),
                normal_density, normal_inverse);
}

static void gsl_draws_from_the_same_stream(void **state)
{
    gsl_rng *rng = gsl_rng_alloc(fs_rng_gsl);
    struct fs_stream stream;
    (void)state;
    gsl_rng_set(rng, 42);
    fs_stream_new(&stream, 42);
    for (int i = 0; i < 1000; i++) {
        assert_true(gsl_rng_uniform(rng) == fs_uniform(&stream));
        assert_int_equal(gsl_rng_get(rng), fs_stream_next(&stream) >> 32);
    }
    assert_int_equal(gsl_rng_min(rng), 0);
    assert_int_equal(gsl_rng_max(rng), 0xffffffff);
    gsl_rng_free(rng);
}

static uint64_t fold(uint64_t hash, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return fs_mix(hash ^ bits) + hash * 3;
}

/* Recorded from gcc 12 -O2 on x86-64. It changes only when a generator or a function of math.h is
 * changed on purpose, and then all results of the simulator change with it. */
static void draws_are_the_same_bits_with_every_compiler(void **state)
{
    struct fs_stream stream = stream_of("bits");
    uint64_t hash = 0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        hash = fold(hash, fs_exponential(&stream));
        hash = fold(hash, fs_normal(&stream));
        hash = fold(hash, fs_gamma(&stream, 0.1 + i % 7));
        hash = fold(hash, (double)fs_poisson(&stream, 0.5 * (i % 90)));
        const double x = fs_normal(&stream), y = fs_exponential(&stream);
        hash = fold(hash, fs_exp(x) + fs_log(y) + fs_expm1(x) + fs_log1p(y));
        hash = fold(hash, fs_pow(y, x) + fs_sin(100 * x) + fs_lgamma(y));
        hash = fold(hash, fs_normal_quantile(fs_uniform(&stream)));
    }
    assert_int_equal(hash, UINT64_C(0x6d70d6fcfc7e9c61));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_gives_the_published_numbers),
        cmocka_unit_test(a_new_stream_follows_the_definition),
        cmocka_unit_test(a_stream_is_filled_by_splitmix64),
        cmocka_unit_test(every_part_of_a_name_gives_another_stream),
        cmocka_unit_test(text_is_hashed_by_fnv_1a_and_mixed),
        cmocka_unit_test(streams_of_neighbouring_names_are_unrelated),
        cmocka_unit_test(a_uniform_never_reaches_zero_or_one),
        cmocka_unit_test(integers_are_equally_likely_for_any_range),
        cmocka_unit_test(exponentials_follow_their_law_and_its_tail),
        cmocka_unit_test(normals_follow_their_law_and_both_tails),
        cmocka_unit_test(the_normal_tail_has_the_right_shape),
        cmocka_unit_test(gammas_follow_their_law_at_every_shape),
        cmocka_unit_test(poisson_counts_follow_their_law_at_every_mean),
        cmocka_unit_test(poisson_counts_of_a_large_mean_are_normal),
        cmocka_unit_test(the_ziggurats_edges_follow_their_formula),
        cmocka_unit_test(gsl_draws_from_the_same_stream),
        cmocka_unit_test(draws_are_the_same_bits_with_every_compiler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
