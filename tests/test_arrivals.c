/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrival processes without a file: timelines by hand for those without chance, and for the others
 * laws of their gaps and counts. A process with a changing rate is held against its own clock: with
 * L(t) the integral of the rate, the distances L(t_i+1) - L(t_i) are exponential with mean 1
 * (Papangelou 1972). Tests of fit reject a right program once in 10,000 (fixed seeds: never again).
 */
#include "goodness.h"
#include "plugins.h"

#define COUNT(a)    ((int)(sizeof(a) / sizeof *(a)))
#define SIGNIFICANT 1e-4
#define FOREVER     (1000000 * FS_H)

static double exponential_cdf(double x, const void *mean)
{
    return -expm1(-x / *(const double *)mean);
}

static double uniform_cdf(double x, const void *bounds)
{
    const double *b = bounds;
    return x < b[0] ? 0 : x > b[1] ? 1 : (x - b[0]) / (b[1] - b[0]);
}

/* Assert that arrivals are at these instants, the last one FS_NEVER or not asked for. */
static void assert_timeline(const char *text, const fs_time *at, int n)
{
    struct plugged p = plug("arrivals", text);
    struct running r = run_arrivals(&p, FOREVER, 1);
    for (int i = 0; i < n; i++) {
        const struct fs_arrival a = next_arrival(&r);
        if (a.at != at[i])
            fail_msg("%s: arrival %d at %lld instead of %lld ns", text, i, (long long)a.at,
                     (long long)at[i]);
        assert_int_equal(a.key, 0);
        assert_int_equal(a.duration, -1);
    }
    stop_arrivals(&r);
    unplug(&p);
}

/* Arrivals before `end`, counted in equal windows. */
static void count_windows(const char *text, uint64_t seed, fs_time end, int windows, double *count)
{
    struct plugged p = plug("arrivals", text);
    struct running r = run_arrivals(&p, end, seed);
    memset(count, 0, (size_t)windows * sizeof *count);
    for (struct fs_arrival a = next_arrival(&r); a.at < end; a = next_arrival(&r))
        count[(int)((double)a.at * windows / (double)end)]++;
    stop_arrivals(&r);
    unplug(&p);
}

/* p-value of the distances of `clock`(instant) being exponential with mean 1. */
static double clock_fit(const char *text, uint64_t seed, int n, double (*clock)(double seconds))
{
    struct plugged p = plug("arrivals", text);
    struct running r = run_arrivals(&p, FOREVER, seed);
    double *gap = malloc((size_t)n * sizeof *gap), last = 0;
    const double one = 1;
    for (int i = 0; i < n; i++) {
        const double now = clock(fs_to_seconds(next_arrival(&r).at));
        gap[i] = now - last;
        last = now;
    }
    const double fit = goodness_ks(gap, n, exponential_cdf, &one);
    free(gap);
    stop_arrivals(&r);
    unplug(&p);
    return fit;
}

/* ---- without chance ------------------------------------------------------------------------- */

static void a_constant_rate_of_three_does_not_drift(void **state)
{
    (void)state;
    struct plugged p = plug("arrivals", "constant: {rate: 3/s, start: 1s}");
    struct running r = run_arrivals(&p, FOREVER, 1);
    for (int64_t i = 0; i < 3000000; i++) /* round(i 10^9 / 3) */
        assert_int_equal(next_arrival(&r).at, FS_S + (2 * i * FS_S + 3) / 6);
    stop_arrivals(&r);
    unplug(&p);
}

static void a_rate_that_no_double_holds_is_on_time_after_a_week(void **state)
{
    (void)state;
    struct plugged p = plug("arrivals", "constant: {rate: 7/min}");
    struct running r = run_arrivals(&p, FOREVER, 1);
    for (int64_t i = 0; i <= 7 * 60 * 24 * 7; i++) /* round(i 60 10^9 / 7) */
        assert_int_equal(next_arrival(&r).at, (2 * i * FS_MIN + 7) / 14);
    assert_int_equal(r.last, 7 * FS_DAY);
    stop_arrivals(&r);
    unplug(&p);
}

static void extreme_constant_rates_are_exact(void **state)
{
    (void)state;
    const fs_time slow[] = {0, 2 * FS_DAY, 4 * FS_DAY, 6 * FS_DAY};
    const fs_time fast[] = {0, 100, 200, 300, 400, 500};
    assert_timeline("constant: {rate: 0.5/d}", slow, COUNT(slow));
    assert_timeline("constant: {rate: 10000000/s}", fast, COUNT(fast));
    /* beyond the clock's end */
    const fs_time once[] = {9000000000 * FS_S, FS_NEVER};
    assert_timeline("constant: {rate: 0.1/d, start: 9000000000s}",
                    (fs_time[]){once[0], once[0] + 10 * FS_DAY}, 2);
    assert_timeline("constant: {rate: 0.000000001/s, start: 9000000000s}", once, 2);
}

static void bursts_follow_their_timetable(void **state)
{
    (void)state;
    const fs_time at_once[] = {5 * FS_S, 5 * FS_S, 5 * FS_S, FS_NEVER, FS_NEVER};
    const fs_time spread[] = {FS_S, FS_S + 333333333, FS_S + 666666666, FS_NEVER};
    const fs_time again[] = {0, FS_S, 10 * FS_S, 11 * FS_S, 20 * FS_S};
    const fs_time ceaseless[] = {0, FS_MS, 2 * FS_MS, 3 * FS_MS, 4 * FS_MS};
    assert_timeline("burst: {size: 3, at: 5s}", at_once, COUNT(at_once));
    assert_timeline("burst: {size: 3, at: 1s, over: 1s}", spread, COUNT(spread));
    assert_timeline("burst: {size: 2, over: 2s, every: 10s}", again, COUNT(again));
    assert_timeline("burst: {size: 1, every: 1ms}", ceaseless, COUNT(ceaseless));
}

static void a_repeated_burst_ends_with_the_clock(void **state)
{
    (void)state;
    const fs_time at[] = {0, 5000000000 * FS_S, FS_NEVER},
                  spread[] = {0, 4000000000 * FS_S, FS_NEVER};
    assert_timeline("burst: {size: 1, every: 5000000000s}", at, COUNT(at));
    assert_timeline("burst: {size: 2, over: 8000000000s, every: 8000000000s}", spread,
                    COUNT(spread));
}

/* ---- constant laws -------------------------------------------------------------------------- */

static void gaps_fit(const char *text, double (*cdf)(double, const void *), const void *self)
{
    enum { N = 100000 };
    static double gap[N];
    struct plugged p = plug("arrivals", text);
    struct running r = run_arrivals(&p, FOREVER, 3);
    fs_time last = 0;
    for (int i = 0; i < N; i++) {
        const struct fs_arrival a = next_arrival(&r);
        gap[i] = fs_to_seconds(a.at - last);
        last = a.at;
        assert_int_equal(a.key, 0);
        assert_int_equal(a.duration, -1);
    }
    assert_true(goodness_ks(gap, N, cdf, self) > SIGNIFICANT);
    stop_arrivals(&r);
    unplug(&p);
}

static void poisson_gaps_are_exponential(void **state)
{
    (void)state;
    const double mean = 0.02;
    gaps_fit("poisson: {rate: 50/s}", exponential_cdf, &mean);
}

static void renewal_gaps_have_the_given_law(void **state)
{
    (void)state;
    const double bounds[] = {0.001, 0.003}, mean = 0.25;
    gaps_fit("renewal: {gap: {uniform: {low: 1ms, high: 3ms}}}", uniform_cdf, bounds);
    gaps_fit("renewal: {gap: {exponential: {mean: 250ms}}}", exponential_cdf, &mean);
    const fs_time every[] = {2 * FS_S, 4 * FS_S, 6 * FS_S};
    assert_timeline("renewal: {gap: 2s}", every, COUNT(every));
}

static void poisson_counts_have_dispersion_one(void **state)
{
    enum { N = 20000 };
    static double count[N];
    double mean = 0, square = 0;
    (void)state;
    count_windows("poisson: {rate: 30/s}", 4, N * FS_S, N, count);
    for (int i = 0; i < N; i++)
        mean += count[i] / N;
    for (int i = 0; i < N; i++)
        square += (count[i] - mean) * (count[i] - mean) / (N - 1);
    assert_true(fabs(mean - 30) < 4 * sqrt(30. / N));
    assert_true(fabs(square / mean - 1) < 4 * sqrt(2. / N)); /* variance of a dispersion: 2 / n */
}

static void rate_zero_never_comes(void **state)
{
    (void)state;
    const fs_time never[] = {FS_NEVER};
    assert_timeline("poisson: {rate: 0/s}", never, 1);
    assert_timeline("sine: {mean: 0/s, amplitude: 50%}", never, 1);
    assert_timeline("profile: {points: [{at: 0s, rate: 0/s}]}", never, 1);
}

/* ---- modulated rates ------------------------------------------------------------------------ */

/* Index of dispersion of counts over T of two Poisson rates whose states last 1 / out on average:
 * the covariance of the rate at distance t is pq (r - s)^2 exp(-(out_r + out_s) t). */
static double dispersion(double r, double s, double stay_r, double stay_s, double T)
{
    const double p = stay_r / (stay_r + stay_s), sum = 1 / stay_r + 1 / stay_s;
    const double mean = p * r + (1 - p) * s, swing = p * (1 - p) * (r - s) * (r - s);
    return 1 + 2 * swing / (sum * mean) * (1 + expm1(-sum * T) / (sum * T));
}

/* Mean within 4 standard errors and dispersion within 12 %: 5000 windows give its estimate a
 * standard error of about sqrt(2 / 5000) = 2 %, somewhat more for the skewness of such counts. */
static void counts_fit(const char *text, double rate, double index, double T)
{
    enum { N = 5000 };
    static double count[N];
    double mean = 0, square = 0;
    count_windows(text, 5, fs_nanoseconds(N * T * 1e9), N, count);
    for (int i = 0; i < N; i++)
        mean += count[i] / N;
    for (int i = 0; i < N; i++)
        square += (count[i] - mean) * (count[i] - mean) / (N - 1);
    if (!(fabs(mean - rate * T) <= 4 * sqrt(index * rate * T / N)))
        fail_msg("%s: mean %.5g, theory %.5g", text, mean, rate * T);
    if (!(fabs(square / mean / index - 1) <= 0.12))
        fail_msg("%s: dispersion %.5g, theory %.5g", text, square / mean, index);
}

static void two_states_have_the_dispersion_of_theory(void **state)
{
    (void)state;
    const char *text = "mmpp: {states: [{rate: 100/s, stay: 1s}, {rate: 5/s, stay: 3s}]}";
    counts_fit(text, 28.75, dispersion(100, 5, 1, 3, 10), 10);
    counts_fit(text, 28.75, dispersion(100, 5, 1, 3, 0.5), 0.5);
}

static void exponential_periods_make_onoff_the_same_process(void **state)
{
    (void)state;
    const char *text = "onoff: {on: {exponential: {mean: 1s}}, off: {exponential: {mean: 3s}}, "
                       "rate: 100/s, rate_off: 5/s}";
    counts_fit(text, 28.75, dispersion(100, 5, 1, 3, 10), 10);
}

static void constant_periods_alternate(void **state)
{
    (void)state;
    enum { N = 200 };
    double count[N];
    count_windows("onoff: {on: 1s, off: 1s, rate: 100/s}", 6, N * FS_S, N, count);
    for (int i = 0; i < N; i++) {
        const bool is_on = (count[0] > 0) == (i % 2 == 0);
        assert_true(is_on ? fabs(count[i] - 100) < 50 : count[i] == 0); /* 5 sigma */
    }
}

/* Three states by turns or at random: either way the share of time is the stay's. Standard error
 * from 50 batches. */
static void more_states_share_time_by_their_stays(void **state)
{
    enum { N = 50 };
    const char *const texts[] = {
        "mmpp: {states: [{rate: 10/s, stay: 1s}, {rate: 200/s, stay: 500ms}, "
        "{rate: 0/s, stay: 2s}]}",
        "mmpp: {jump: uniform, states: [{rate: 10/s, stay: 1s}, {rate: 200/s, stay: 500ms}, "
        "{rate: 0/s, stay: 2s}]}"};
    const double rate = (10 * 1 + 200 * 0.5) / 3.5;
    (void)state;
    for (int k = 0; k < 2; k++) {
        double count[N], mean = 0, square = 0;
        count_windows(texts[k], 7, N * 200 * FS_S, N, count);
        for (int i = 0; i < N; i++)
            mean += count[i] / N;
        for (int i = 0; i < N; i++)
            square += (count[i] - mean) * (count[i] - mean) / (N - 1);
        assert_true(fabs(mean - 200 * rate) < 4 * sqrt(square / N));
        assert_true(sqrt(square / N) < 0.02 * mean); /* or the line above says nothing */
    }
}

/* The first half second of 4000 runs has the long-run rate. */
static void a_modulated_process_begins_stationary(void **state)
{
    enum { N = 4000 };
    const char *const texts[] = {
        "mmpp: {states: [{rate: 100/s, stay: 1s}, {rate: 5/s, stay: 3s}]}",
        "onoff: {on: {exponential: {mean: 1s}}, off: {exponential: {mean: 3s}}, rate: 100/s, "
        "rate_off: 5/s}"};
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct plugged p = plug("arrivals", texts[k]);
        double total = 0, mean = 28.75 * 0.5;
        for (uint64_t seed = 0; seed < N; seed++) {
            struct running r = run_arrivals(&p, FS_S, seed);
            while (next_arrival(&r).at < FS_S / 2)
                total++;
            stop_arrivals(&r);
        }
        unplug(&p);
        assert_true(fabs(total / N - mean) < 4 * sqrt(mean * dispersion(100, 5, 1, 3, 0.5) / N));
    }
}

/* ---- arrivals that bring arrivals ------------------------------------------------------------ */

#define EXCITED "hawkes: {rate: 40/s, branching: 75%, delay: 500ms}"

/* Da Fonseca, Zaatour, J. Futures Markets 34, 2014, doi:10.1002/fut.21644, eq. 10. */
static double excited_dispersion(double branching, double delay, double T)
{
    const double k = 1 / (1 - branching), fall = (1 - branching) / delay;
    return k * k + (1 - k * k) * -expm1(-fall * T) / (fall * T);
}

static void arrivals_that_bring_others_have_the_dispersion_of_theory(void **state)
{
    (void)state;
    counts_fit(EXCITED, 40, excited_dispersion(0.75, 0.5, 10), 10);
    counts_fit(EXCITED, 40, excited_dispersion(0.75, 0.5, 0.5), 0.5);
    counts_fit("hawkes: {rate: 40/s, branching: 0%, delay: 500ms}", 40, 1, 1);
}

/* On the process's own clock, which is known from the arrivals so far: base 10 / s, and behind each
 * arrival 0.75 exp(-t / 0.5) / 0.5. */
static void arrivals_that_bring_others_fit_their_own_clock(void **state)
{
    enum { N = 100000 };
    static double gap[N];
    const double one = 1;
    double excess = 30, last = 0;
    (void)state;
    struct plugged p = plug("arrivals", EXCITED);
    struct running r = run_arrivals(&p, FOREVER, 9);
    for (int i = 0; i < N; i++) {
        const double now = fs_to_seconds(next_arrival(&r).at), rest = exp(-(now - last) / 0.5);
        gap[i] = 10 * (now - last) + excess * 0.5 * (1 - rest);
        excess = excess * rest + 0.75 / 0.5;
        last = now;
    }
    assert_true(goodness_ks(gap, N, exponential_cdf, &one) > SIGNIFICANT);
    stop_arrivals(&r);
    unplug(&p);
}

/* ---- bursts on every time scale -------------------------------------------------------------- */

/* Slope of log variance of counts over log T between 10 s and 160 s, for a mean of `runs`. */
static double slope_of_variance(const char *text, int runs)
{
    enum { N = 4096, LEVELS = 5 };
    static double count[N];
    double variance[LEVELS] = {0};
    for (int run = 0; run < runs; run++) {
        count_windows(text, (uint64_t)run, N * 10 * FS_S, N, count);
        for (int level = 0, n = N; level < LEVELS; level++, n /= 2) {
            double mean = 0;
            for (int i = 0; i < n; i++)
                mean += count[i] / n;
            for (int i = 0; i < n; i++)
                variance[level] += (count[i] - mean) * (count[i] - mean) / (n - 1);
            for (int i = 0; i < n / 2; i++)
                count[i] = count[2 * i] + count[2 * i + 1];
        }
    }
    return log(variance[LEVELS - 1] / variance[0]) / ((LEVELS - 1) * log(2));
}

/* Variance grows as T^2H. The mean that is taken off belongs to 4,096 windows, which hides what is
 * slower: a share (T / all)^(2 - 2H) of the variance at each T, 9 % at the longest for H = 0.8. */
static void variance_of_self_similar_counts_grows_by_the_hurst_parameter(void **state)
{
    (void)state;
    const double slope =
        slope_of_variance("self_similar: {rate: 200/s, hurst: 0.8, on: 200ms, off: 400ms}", 20);
    const double hidden =
        log((1 - pow(16. / 4096, 0.4)) / (1 - pow(1. / 4096, 0.4))) / (4 * log(2));
    if (!(fabs(slope - (1.6 + hidden)) <= 0.05)) fail_msg("slope %.4f", slope);
    assert_true(fabs(slope_of_variance("poisson: {rate: 200/s}", 20) - 1) < 0.05);
}

/* 4,000 beginnings: the mean rate, with the variance of Poisson counts and of the number of sources
 * that are on, at most their number at one instant. */
static void self_similar_traffic_begins_stationary(void **state)
{
    enum { N = 4000 };
    double total[2] = {0};
    (void)state;
    struct plugged p =
        plug("arrivals", "self_similar: {rate: 100/s, hurst: 0.9, sources: 20, on: 1s, off: 3s}");
    for (uint64_t seed = 0; seed < N; seed++) {
        struct running r = run_arrivals(&p, 20 * FS_S, seed);
        for (fs_time at = next_arrival(&r).at; at < 20 * FS_S; at = next_arrival(&r).at) {
            total[0] += at < FS_S;
            total[1] += at >= 19 * FS_S;
        }
        stop_arrivals(&r);
    }
    unplug(&p);
    const double variance = 100 + 400 * 20 * 0.25 * 0.75; /* 20/s from one that is on */
    for (int i = 0; i < 2; i++)
        assert_true(fabs(total[i] / N - 100) < 4 * sqrt(variance / N));
}

static void a_process_that_cannot_go_on_ends_with_the_run(void **state)
{
    (void)state;
    const char *const texts[] = {"mmpp: {states: [{rate: 0/s, stay: 1ms}, {rate: 0/s, stay: 1ms}]}",
                                 "onoff: {on: 1ms, off: 0s, rate: 0/s}",
                                 "profile: {points: [{at: 0s, rate: 0/s}], repeat: 1ms}"};
    for (int i = 0; i < COUNT(texts); i++) {
        struct plugged p = plug("arrivals", texts[i]);
        struct running r = run_arrivals(&p, 100 * FS_S, 8);
        assert_true(next_arrival(&r).at == FS_NEVER);
        stop_arrivals(&r);
        unplug(&p);
    }
}

/* ---- rates that follow a curve -------------------------------------------------------------- */

/* 0/s at 0 s, 100/s at 10 s, 20/s from there to 30 s, 0/s at 40 s; every 50 s. */
#define HILL                                                                                       \
    "profile: {points: [{at: 0s, rate: 0/s}, {at: 10s, rate: 100/s}, {at: 10s, rate: 20/s}, "      \
    "{at: 30s, rate: 20/s}, {at: 40s, rate: 0/s}], repeat: 50s}"

static double hill_clock(double t)
{
    const double round = floor(t / 50), x = t - 50 * round, all = 500 + 400 + 100;
    if (x < 10) return round * all + 5 * x * x;
    if (x < 30) return round * all + 500 + 20 * (x - 10);
    if (x < 40) return round * all + all - (40 - x) * (40 - x);
    return (round + 1) * all;
}

/* 10/s, from 5 s on 40/s, from 6 s to 20 s none, then 3/s for ever. */
#define STAIRS                                                                                     \
    "profile: {shape: steps, points: [{at: 0s, rate: 10/s}, {at: 5s, rate: 40/s}, "                \
    "{at: 6s, rate: 0/s}, {at: 20s, rate: 3/s}]}"

static double stairs_clock(double t)
{
    if (t < 5) return 10 * t;
    if (t < 6) return 50 + 40 * (t - 5);
    return t < 20 ? 90 : 90 + 3 * (t - 20);
}

/* Lines that run back to the first rate: 10/s up to 30/s at 20 s, and down again until 60 s. */
#define TOOTH "profile: {points: [{at: 0s, rate: 10/s}, {at: 20s, rate: 30/s}], repeat: 1min}"

static double tooth_clock(double t)
{
    const double round = floor(t / 60), x = t - 60 * round;
    if (x < 20) return 1200 * round + 10 * x + 0.5 * x * x;
    return 1200 * round + 400 + 30 * (x - 20) - 0.25 * (x - 20) * (x - 20);
}

/* So steep that most lines see one arrival or two: the rate changes much within a gap. */
#define RIDGE                                                                                      \
    "profile: {points: [{at: 0s, rate: 0/s}, {at: 2s, rate: 2/s}, {at: 4s, rate: 0/s}], "          \
    "repeat: 4s}"

static double ridge_clock(double t)
{
    const double round = floor(t / 4), x = t - 4 * round;
    return 4 * round + (x < 2 ? 0.5 * x * x : 4 - 0.5 * (4 - x) * (4 - x));
}

#define WAVE "sine: {mean: 40/s, amplitude: 80%, period: 1min, phase: 10s}"

static double wave_clock(double t)
{
    const double turn = 2 * 3.14159265358979323846 / 60;
    return 40 * (t + 0.8 / turn * (cos(turn * -10) - cos(turn * (t - 10))));
}

static void arrivals_follow_the_curve(void **state)
{
    (void)state;
    assert_true(clock_fit(HILL, 10, 50000, hill_clock) > SIGNIFICANT);
    assert_true(clock_fit(STAIRS, 11, 50000, stairs_clock) > SIGNIFICANT);
    assert_true(clock_fit(TOOTH, 12, 50000, tooth_clock) > SIGNIFICANT);
    assert_true(clock_fit(RIDGE, 9, 50000, ridge_clock) > SIGNIFICANT);
    assert_true(clock_fit(WAVE, 13, 50000, wave_clock) > SIGNIFICANT);
}

static void windows_hold_the_expected_counts(const char *text, double seconds,
                                             double (*clock)(double))
{
    enum { N = 60 };
    double count[N];
    count_windows(text, 14, fs_nanoseconds(seconds * 1e9), N, count);
    for (int i = 0; i < N; i++) {
        const double mean = clock((i + 1) * seconds / N) - clock(i * seconds / N);
        if (!(fabs(count[i] - mean) <= 4 * sqrt(mean) + 1e-6))
            fail_msg("%s: %g in window %d, expected %g", text, count[i], i, mean);
    }
}

static void every_window_holds_what_the_curve_says(void **state)
{
    (void)state;
    windows_hold_the_expected_counts(HILL, 300, hill_clock);
    windows_hold_the_expected_counts(STAIRS, 300, stairs_clock);
    windows_hold_the_expected_counts(TOOTH, 300, tooth_clock);
    windows_hold_the_expected_counts(WAVE, 300, wave_clock);
}

static void a_profile_that_ends_at_rate_zero_ends(void **state)
{
    (void)state;
    struct plugged p =
        plug("arrivals", "profile: {points: [{at: 0s, rate: 100/s}, {at: 10s, rate: 0/s}]}");
    struct running r = run_arrivals(&p, FOREVER, 15);
    fs_time last = 0;
    int n = 0;
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r), n++)
        last = a.at;
    assert_true(fabs(n - 500.) < 4 * sqrt(500));
    /* P(none in the last d s) = exp(-5 d^2): 1e-4 at d = 1.36 */
    assert_true(last < 10 * FS_S && last > fs_nanoseconds((10 - 1.36) * 1e9));
    stop_arrivals(&r);
    unplug(&p);
}

static void the_same_stream_gives_the_same_arrivals(void **state)
{
    (void)state;
    const char *const texts[] = {HILL, WAVE, "poisson: {rate: 5/s}"};
    for (int k = 0; k < COUNT(texts); k++) {
        struct plugged p = plug("arrivals", texts[k]);
        struct running a = run_arrivals(&p, FOREVER, 16), b = run_arrivals(&p, FOREVER, 16);
        for (int i = 0; i < 1000; i++)
            assert_int_equal(next_arrival(&a).at, next_arrival(&b).at);
        stop_arrivals(&a);
        stop_arrivals(&b);
        unplug(&p);
    }
}

/* ---- what is refused ------------------------------------------------------------------------ */

static void impossible_processes_are_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } table[] = {
        {"poisson: {}", "rate"},
        {"poisson: {rate: 50}", "unit"},
        {"poisson: {rate: -1/s}", "rate"},
        {"poisson: {rate: 20000000/s}", "must lie between"},
        {"constant: {rate: 0/s}", "must lie between"},
        {"burst: {size: 0}", "must lie between"},
        {"burst: {size: 10, over: 10s, every: 9s}", "before this one is over"},
        {"renewal: {gap: 0s}", "at least 100ns"},
        {"onoff: {on: 0s, off: 0s, rate: 1/s}", "at least 1ms"},
        {"mmpp: {states: []}", "two states"},
        {"mmpp: {states: [{rate: 1/s, stay: 1s}]}", "two states"},
        {"mmpp: {states: [{rate: 1/s, stay: 0s}, {rate: 1/s, stay: 1s}]}", "must lie between"},
        {"profile: {points: []}", "at least one point"},
        {"profile: {points: [{at: 1s, rate: 1/s}]}", "must be at 0s"},
        {"profile: {points: [{at: 0s, rate: 1/s}, {at: 2s, rate: 1/s}, {at: 1s, rate: 1/s}]}",
         "point 3 is before point 2"},
        {"profile: {points: [{at: 0s, rate: 1/s}, {at: 2s, rate: 1/s}], repeat: 1s}",
         "ends before the last point"},
        {"sine: {mean: 1/s, amplitude: 101%}", "amplitude"},
        {"hawkes: {rate: 1/s, branching: 100%, delay: 1s}", "branching"},
        {"self_similar: {rate: 1/s, hurst: 0.5}", "hurst"},
        {"closed: {clients: 0, think: 1s}", "clients"},
        {"closed: {clients: 1, think: 0s}", "at least 1ms"},
    };
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        struct plugged p = plug("arrivals", table[i].text);
        if (fs_report_errors(p.report) != 1 || !strstr(complaints_of(&p), table[i].why))
            fail_msg("%s: %d errors, %s", table[i].text, fs_report_errors(p.report),
                     complaints_of(&p));
        unplug(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_rate_of_three_does_not_drift),
        cmocka_unit_test(a_rate_that_no_double_holds_is_on_time_after_a_week),
        cmocka_unit_test(extreme_constant_rates_are_exact),
        cmocka_unit_test(bursts_follow_their_timetable),
        cmocka_unit_test(a_repeated_burst_ends_with_the_clock),
        cmocka_unit_test(poisson_gaps_are_exponential),
        cmocka_unit_test(renewal_gaps_have_the_given_law),
        cmocka_unit_test(poisson_counts_have_dispersion_one),
        cmocka_unit_test(rate_zero_never_comes),
        cmocka_unit_test(two_states_have_the_dispersion_of_theory),
        cmocka_unit_test(exponential_periods_make_onoff_the_same_process),
        cmocka_unit_test(constant_periods_alternate),
        cmocka_unit_test(more_states_share_time_by_their_stays),
        cmocka_unit_test(a_modulated_process_begins_stationary),
        cmocka_unit_test(arrivals_that_bring_others_have_the_dispersion_of_theory),
        cmocka_unit_test(arrivals_that_bring_others_fit_their_own_clock),
        cmocka_unit_test(variance_of_self_similar_counts_grows_by_the_hurst_parameter),
        cmocka_unit_test(self_similar_traffic_begins_stationary),
        cmocka_unit_test(a_process_that_cannot_go_on_ends_with_the_run),
        cmocka_unit_test(arrivals_follow_the_curve),
        cmocka_unit_test(every_window_holds_what_the_curve_says),
        cmocka_unit_test(a_profile_that_ends_at_rate_zero_ends),
        cmocka_unit_test(the_same_stream_gives_the_same_arrivals),
        cmocka_unit_test(impossible_processes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
