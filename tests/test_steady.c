/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steady state: the cut, the test of dependence and the segments by hand, intervals against theory
 * (how often they cover is measured by ./dev coverage-study), stopping, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bind.h"
#include "fail.h"
#include "rng.h"
#include "steady.h"
#include "study.h"
#include "view.h"

static void near(double value, double expected, double within)
{
    if (!(fabs(value - expected) <= within)) fail_msg("%.12g, not %.12g", value, expected);
}

/* ---- segments ------------------------------------------------------------------------------- */

/* Interval i holds i % 7 values in bin 10, one in bin i % 5, both counted in two pieces. */
static struct fs_segments *feed(struct fs_arena *arena, int intervals)
{
    struct fs_segments *s = fs_segments_new(arena);
    for (int i = 0; i < intervals; i++) {
        const struct fs_segment_bin bins[] = {
            {10, (uint64_t)(i % 7) + 1}, {(uint16_t)(i % 5), 1}, {10, 2}};
        fs_segments_add(s, bins, 3, i);
    }
    return s;
}

static void pairs_are_merged_when_all_are_full(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    assert_int_equal(feed(arena, 128)->n, 128);
    assert_int_equal(feed(arena, 128)->width, 1);
    const struct fs_segments *s = feed(arena, 129); /* 64 pairs, and half of one */
    assert_int_equal(s->n, 64);
    assert_int_equal(s->width, 2);
    assert_int_equal(s->filled, 1);
    s = feed(arena, 1000); /* widths 1, 2, 4, 8: 125 segments */
    assert_int_equal(s->width, 8);
    assert_int_equal(s->n, 125);
    for (int k = 0; k < s->n; k++) {
        const struct fs_segment *segment = &s->segment[k];
        uint64_t count = 0, ten = 0, sum = 0, found = 0;
        for (int i = 8 * k; i < 8 * k + 8; i++) {
            count += (uint64_t)(i % 7) + 4;
            ten += (uint64_t)(i % 7) + 3;
            sum += (uint64_t)i;
        }
        assert_int_equal(segment->count, count);
        assert_int_equal((uint64_t)segment->sum, sum);
        assert_int_equal(segment->min, 0);
        assert_int_equal(segment->max, 10);
        assert_int_equal(segment->n_bins, 6); /* 0 .. 4 and 10, ascending */
        for (int b = 0; b < segment->n_bins; b++) {
            assert_int_equal(segment->bin[b].bin, b < 5 ? b : 10);
            found += segment->bin[b].count;
        }
        assert_int_equal(segment->bin[5].count, ten);
        assert_int_equal(found, count);
    }
    fs_arena_free(arena);
}

static void an_open_interval_is_pushed_as_it_is_closed(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_latency latency;
    struct fs_segments *s = fs_segments_new(arena);
    double none;
    fs_latency_new(&latency, arena);
    for (int i = 0; i < 300; i++) {
        for (int k = 0; k <= i; k++)
            fs_latency_record(&latency, 1000 * k + i);
        fs_segments_push(s, &latency);
        fs_latency_close(&latency, 0, NULL, &none);
    }
    struct fs_histogram *all = calloc(1, sizeof *all);
    for (int i = 0; i < s->n; i++) {
        all->sum += s->segment[i].sum;
        assert_int_equal(s->segment[i].min, 4 * i); /* of value 1000 k + i, k = 0 .. i */
        assert_int_equal(s->segment[i].max, 1001 * (4 * i + 3));
        for (int b = 0; b < s->segment[i].n_bins; b++)
            all->bin[s->segment[i].bin[b].bin] += s->segment[i].bin[b].count;
    }
    assert_int_equal(s->n, 75); /* of four intervals */
    assert_true(all->sum == latency.run->sum);
    assert_memory_equal(all->bin, latency.run->bin, sizeof all->bin);
    free(all);
    fs_arena_free(arena);
}

/* ---- the cut -------------------------------------------------------------------------------- */

static void the_start_is_cut_and_no_more(void **state)
{
    (void)state;
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = i < 12 ? 1 : 10 + (i % 2 ? .5 : -.5);
    assert_int_equal(fs_steady_cut(x, 100), 12);
    for (int i = 0; i < 100; i++) /* from above */
        x[i] = i < 12 ? 30 : 10 + (i % 2 ? .5 : -.5);
    assert_int_equal(fs_steady_cut(x, 100), 12);
    for (int i = 0; i < 100; i++)
        x[i] = 10 + (i % 2 ? .5 : -.5);
    assert_true(fs_steady_cut(x, 100) <= 1);
    /* A first peak that is none of a start: the run was at its level before. */
    for (int i = 5; i < 15; i++)
        x[i] = 60;
    x[0] = 9.5;
    assert_true(fs_steady_cut(x, 100) <= 2);
    /* A rare event: that there is none in the last ones does not make a start of what was before.
     */
    for (int i = 0; i < 100; i++)
        x[i] = i % 9 == 3 ? .999 : 1;
    assert_int_equal(fs_steady_cut(x, 100), 3);
    /* A level that never moves is one, whatever the last digits of its sums are. */
    for (int i = 0; i < 100; i++)
        x[i] = i < 12 ? 15 : i < 80 && i % 2 ? nextafter(.1, 1) : .1;
    assert_int_equal(fs_steady_cut(x, 100), 12);
    /* A start whose first segments are like what it settles to: nothing fails before it can. */
    static const double late[][7] = {{0, 80, 60, 20}, {0, 0, 80, 60, 20}, {20}, {20, 3, 1}};
    static const int cuts[] = {4, 5, 1, 3};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 100; i++)
            x[i] = i < 7 ? late[k][i] : 0;
        assert_int_equal(fs_steady_cut(x, 100), cuts[k]);
    }
    /* Growing without end: nothing is left that has settled. */
    for (int i = 0; i < 100; i++)
        x[i] = i;
    assert_int_equal(fs_steady_cut(x, 100), -1);
}

/* The second half is all of one value, so its mean is that value: what has it is at its level. */
static void rare_events_that_all_come_early_are_no_start(void **state)
{
    (void)state;
    double x[100] = {[7] = 1, [20] = 2, [41] = 1};
    assert_int_equal(fs_steady_cut(x, 100), 0);
    for (int i = 0; i < 100; i++)
        x[i] = i == 30 ? .2 : i % 2 ? nextafter(.1, 1) : .1;
    assert_int_equal(fs_steady_cut(x, 100), 0);
    for (int i = 0; i < 100; i++)
        x[i] = i == 30 ? 2 : i >= 3; /* a start of 0 0 0, then the level, then one event */
    assert_int_equal(fs_steady_cut(x, 100), 3);
    double start[100] = {20, 3, 1};
    assert_int_equal(fs_steady_cut(start, 100), 3);
}

/* 8 values 0 1 0 1 ...: mean .5, squares 2, steps 7: 1 - 7 / 4 = -.75; over sqrt(6 / 63). */
static void dependence_is_von_neumanns_ratio(void **state)
{
    (void)state;
    const double up_down[] = {0, 1, 0, 1, 0, 1, 0, 1}, slope[] = {1, 2, 3, 4, 5, 6, 7, 8};
    near(fs_steady_dependence(up_down, 8), -.75 / sqrt(6. / 63), 1e-12);
    /* squares 42, steps 7: 1 - 7 / 84 */
    near(fs_steady_dependence(slope, 8), (1 - 7. / 84) / sqrt(6. / 63), 1e-12);
    const double same[] = {3, 3, 3, 3, 3, 3, 3, 3};
    near(fs_steady_dependence(same, 8), 0, 0);
}

/* Independent values: refused in 1 % of cases. 4,000 tests; 3.5 standard errors are .55 points. */
static void independent_values_are_seldom_called_dependent(void **state)
{
    (void)state;
    struct fs_stream s;
    int found = 0;
    fs_stream_new(&s, 5);
    for (int e = 0; e < 4000; e++) {
        double x[40];
        for (int i = 0; i < 40; i++)
            x[i] = fs_uniform(&s);
        found += fs_steady_dependence(x, 40) > 2.326; /* 1 % */
    }
    assert_in_range(found, 18, 62);
}

/* ---- estimates ------------------------------------------------------------------------------ */

/* 100 segments, sections of ten with means 1 2 ... 10 in an order without trend, constant within:
 * mean 5.5, s^2 = 9.1666667, t(9; .975) = 2.2621571628: half 2.1658. The quarters are hardly
 * skewed. */
static struct fs_estimate mean_of_levels(const double *level)
{
    double sum[100], count[100];
    for (int i = 0; i < 100; i++) {
        count[i] = 20;
        /* quarters, of 3 2 3 2 segments, go up and down by 600 */
        sum[i] = 20 * level[i / 10] + (i * 4 / 10 % 2 ? -600. / 2 : 600. / 3);
    }
    return fs_steady_mean(sum, count, 100, 1, .95);
}

static void a_mean_without_skewness_is_the_usual_t(void **state)
{
    (void)state;
    static const double level[] = {5, 8, 2, 10, 4, 7, 1, 9, 3, 6};
    const struct fs_estimate e = mean_of_levels(level);
    assert_null(e.why);
    near(e.value, 5.5, 1e-12);
    near(e.value - e.low, 2.2621571628 * sqrt(55. / 60), 1e-9);
    near(e.high - e.value, 2.2621571628 * sqrt(55. / 60), 2e-2);
}

/* One section at 30: mean 7.6, s / sqrt 10 = 2.6381812; the 40 quarters' residuals (444 and -704 at
 * level 5, ...) have the skewness 0.7188773, so beta = 0.7188773 / (6 sqrt 40) = 0.0189441 and
 * x = t + beta = 2.2811012: t standard errors downwards, x + 2 beta x^2 + 20/3 beta^2 x^3 =
 * 2.5066475 upwards. */
static void skewness_lengthens_the_upper_end_alone(void **state)
{
    (void)state;
    static const double level[] = {5, 8, 2, 10, 4, 7, 1, 30, 3, 6};
    const struct fs_estimate e = mean_of_levels(level);
    assert_null(e.why);
    near(e.value, 7.6, 1e-12);
    near(e.value - e.low, 5.9679805, 1e-6);
    near(e.high - e.value, 6.6129903, 1e-6);
}

static void what_cannot_carry_an_interval_says_why(void **state)
{
    (void)state;
    double sum[128], count[128];
    for (int i = 0; i < 128; i++) {
        count[i] = 1;
        sum[i] = i;
    }
    assert_string_equal(fs_steady_mean(sum, count, 128, 1, .95).why, "run too short");
    assert_string_equal(fs_steady_mean(sum, count, 63, 1, .95).why, "run too short");
    for (int i = 0; i < 128; i++) /* slow waves: neighbours hang together */
        sum[i] = abs(i % 32 - 16);
    assert_string_equal(fs_steady_mean(sum, count, 128, 1, .95).why, "run too short: correlated");
    for (int i = 0; i < 128; i++)
        sum[i] = count[i] = 0;
    const struct fs_estimate e = fs_steady_mean(sum, count, 128, 1, .95);
    assert_true(isnan(e.value) && isnan(e.low) && e.why);
    for (int i = 0; i < 128; i++)
        count[i] = 5;
    const struct fs_estimate never = fs_steady_share(sum, count, 128, 1, .95);
    near(never.value, 0, 0);
    near(never.low, 0, 0);
    assert_string_equal(never.why, "no events");
}

/* Twelve intervals of slow values, then 88 with one slow in a hundred; growing without end, the
 * whole is what there is: 0 to 99 of 99, so half. */
static void a_share_of_one_run_is_of_what_has_settled(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_segments *s = fs_segments_new(arena), *growing = fs_segments_new(arena);
    for (int i = 0; i < 100; i++) {
        const uint64_t slow = i < 12 ? 100 : 1;
        const struct fs_segment_bin bins[] = {{10, 100 - slow}, {20, slow}};
        const struct fs_segment_bin more[] = {{10, (uint64_t)(99 - i)}, {20, (uint64_t)i}};
        fs_segments_add(s, bins, 2, (__int128)(10 * (100 - slow) + 20 * slow + (uint64_t)(i % 2)));
        fs_segments_add(growing, more, 2, 990 + 10 * i);
    }
    near(fs_steady_above(s, fs_histogram_low(15)), .01, 1e-12);
    near(fs_steady_above(s, fs_histogram_low(20)), 0, 0);
    near(fs_steady_above(growing, fs_histogram_low(15)), .5, 1e-12);
    assert_true(isnan(fs_steady_above(fs_segments_new(arena), 5)));
    fs_arena_free(arena);
}

/* ---- the program against theory ------------------------------------------------------------- */

#define QUEUE                                                                                      \
    "account: {platform: aws}\n"                                                                   \
    "traffic:\n  web:\n    arrivals: {poisson: {rate: 800/s}}\n    client: {retry: none}\n"        \
    "    path: [one]\n    work: {one: {cpu: {exponential: {mean: 1ms}}}}\n"                        \
    "components:\n  one: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, "                  \
    "max_in_flight: 1, backlog: 1000000}\n"

static struct fs_study *run_text(struct fs_arena *arena, const char *text, int threads)
{
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    if (fs_scenario_parse(arena, "test", text, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        fail_msg("the scenario does not read");
    }
    const struct fs_study_options how = {.threads = threads};
    return fs_study_run(scenario, &how);
}

static struct fs_estimate get(struct fs_arena *arena, const struct fs_study *study,
                              const char *path)
{
    struct fs_view view;
    if (!fs_view_get(arena, &study->variant[0], path, &view)) fail_msg("no %s", path);
    return view.estimate;
}

/* M/M/1 at 0.8, service 1 ms: mean 5 ms, p99 ln 100 / 0.2 = 23.03 ms, in system 4, busy .8.
 * Within the interval stretched from 95 % (t 2.26 with 9 degrees) to 3.5 standard errors. */
static void one_long_run_agrees_with_theory(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        double truth;
    } cases[] = {{"traffic.web.latency.mean", .005},
                 {"traffic.web.latency.p50", .0034657},
                 {"traffic.web.latency.p90", .0115129},
                 {"traffic.web.latency.p99", .0230259},
                 {"traffic.web.in_flight.mean", 4}};
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_text(
        arena, "fleetsim: 1\nrun: {kind: steady_state, length: 15min, seed: 4}\n" QUEUE, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fs_estimate e = get(arena, study, cases[i].path);
        if (e.why) fail_msg("%s: %s", cases[i].path, e.why);
        const double reach = 3.5 / 2.262, truth = cases[i].truth;
        if (truth < e.value - reach * (e.value - e.low) ||
            truth > e.value + reach * (e.high - e.value))
            fail_msg("%s: %g [%g, %g], not %g", cases[i].path, e.value, e.low, e.high, truth);
        assert_true(e.high - e.low < .5 * truth);
    }
    fs_study_free(study);
    fs_arena_free(arena);
}

static void several_runs_share_a_cut_and_narrow_the_interval(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *one =
        run_text(arena, "fleetsim: 1\nrun: {kind: steady_state, length: 4min, seed: 4}\n" QUEUE, 1);
    struct fs_study *nine = run_text(
        arena,
        "fleetsim: 1\nrun: {kind: steady_state, length: 4min, seed: 4, replications: 9}\n" QUEUE,
        2);
    const struct fs_estimate a = get(arena, one, "traffic.web.latency.mean");
    const struct fs_estimate b = get(arena, nine, "traffic.web.latency.mean");
    assert_null(a.why);
    assert_null(b.why);
    assert_true(b.high - b.low < .6 * (a.high - a.low));
    near(b.value, .005, 3.5 / 1.987 * (b.high - b.low) / 2);
    fs_study_free(one);
    fs_study_free(nine);
    fs_arena_free(arena);
}

static void a_short_run_prints_no_interval(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study =
        run_text(arena, "fleetsim: 1\nrun: {kind: steady_state, length: 2s, seed: 4}\n" QUEUE, 1);
    const struct fs_estimate e = get(arena, study, "traffic.web.latency.p99");
    assert_true(isnan(e.high));
    assert_non_null(e.why);
    assert_true(e.value > 0);
    fs_study_free(study);
    fs_arena_free(arena);
}

/* ---- no number without its ends or a reason ------------------------------------------------- */

static void hold_ends(const char *file, const char *path, const char *value)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    const struct fs_override override = {"--set", path, value};
    if (fs_scenario_read(arena, fs_arena_format(arena, FS_SOURCE_DIR "/scenarios/%s", file),
                         &override, 1, NULL, &scenario, report, &failure) != FS_OK)
        fail_msg("%s does not read", file);
    const struct fs_study_options how = {.threads = 2};
    struct fs_study *study = fs_study_run(scenario, &how);
    for (int v = 0; v < study->n_variants; v++) {
        const struct fs_views views = fs_views_all(arena, &study->variant[v]);
        assert_true(views.n > 30);
        for (int i = 0; i < views.n; i++) {
            const struct fs_estimate *e = &views.view[i].estimate;
            if ((isnan(e->low) || isnan(e->high)) && !(e->why && *e->why))
                fail_msg("%s: %s has neither ends nor a reason", file, views.view[i].path);
            if (e->low > e->value || e->high < e->value)
                fail_msg("%s: %s is %g, outside of [%g, %g]", file, views.view[i].path, e->value,
                         e->low, e->high);
        }
    }
    fs_study_free(study);
    fs_arena_free(arena);
}

static void every_number_has_its_ends_or_a_reason(void **state)
{
    (void)state;
    hold_ends("planning/pair-limit.yaml", "run.replications", "4");
    hold_ends("incidents/burst-2000.yaml", "run.replications", "1");
    hold_ends("incidents/burst-2000.yaml", "run.replications", "5");
    hold_ends("planning/tasks.yaml", "run", "{kind: steady_state, length: 10min, intervals: 64}");
    hold_ends("planning/tasks.yaml", "run", "{kind: steady_state, length: 10s, intervals: 64}");
}

/* ---- numbers that do not vary ---------------------------------------------------------------- */

/* Each request takes exactly 10 ms, the first ones 40 s more, for which an environment starts. */
#define CONSTANT                                                                                   \
    "account: {platform: aws, concurrency: 1000}\n"                                                \
    "traffic:\n  web: {arrivals: {poisson: {rate: 2/s}}, client: {retry: none}, path: [one], "     \
    "work: {one: {io: 10ms}}}\n"                                                                   \
    "components:\n  one: {platform: aws-lambda, memory: 1769MB, timeout: 15min, "                  \
    "keep_alive: 10d, max_age: 10d, cold_start: 40s}\n"

/* Mean and percentiles of what has settled are 10 ms to the last digit, with no doubt about it, as
 * in a terminating run; in whatever numbers requests come and however long the run is. */
static void what_does_not_vary_is_known_exactly(void **state)
{
    (void)state;
    static const char *const paths[] = {"traffic.web.latency.mean", "traffic.web.latency.p50",
                                        "traffic.web.latency.p99"};
    for (int seed = 1; seed <= 6; seed++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_study *study =
            run_text(arena,
                     fs_arena_format(
                         arena, "fleetsim: 1\nrun: {kind: steady_state, length: %ds, seed: %d}\n%s",
                         10000 + 3000 * seed, seed, CONSTANT),
                     1);
        for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
            const struct fs_estimate e = get(arena, study, paths[i]);
            if (e.why) fail_msg("%s with seed %d: %s", paths[i], seed, e.why);
            near(e.value, .01, 0);
            near(e.low, .01, 0);
            near(e.high, .01, 0);
        }
        fs_study_free(study);
        fs_arena_free(arena);
    }
}

/* Here and there a request is under way from one segment to the next, and the last segments may
 * well be without: a share has settled nonetheless. */
static void rare_events_do_not_make_a_run_too_short(void **state)
{
    (void)state;
    int refused = 0;
    for (int seed = 1; seed <= 20; seed++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_study *study =
            run_text(arena,
                     fs_arena_format(
                         arena, "fleetsim: 1\nrun: {kind: steady_state, length: %ds, seed: %d}\n%s",
                         10000 + 1000 * seed, seed, CONSTANT),
                     1);
        const struct fs_estimate e = get(arena, study, "traffic.web.completed.share");
        near(e.value, 1, 1e-3);
        refused += e.why && strcmp(e.why, "run too short") == 0;
        fs_study_free(study);
        fs_arena_free(arena);
    }
    print_message("%d of 20 refused\n", refused);
    assert_true(refused <= 8);
}

/* Of 12,000 calls each fails with 0.02 %, 2.4 a run: 48 are expected of 20 runs, with a standard
 * deviation of 6.9. Of what has settled the share is as large, three deviations are 9 of 0.02 %;
 * and no run that has seen a failure says that there is none, of which one would be by chance. */
static void rare_events_belong_to_what_has_settled(void **state)
{
    (void)state;
    double share = 0;
    int forgotten = 0;
    for (int seed = 1; seed <= 20; seed++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_study *study =
            run_text(arena,
                     fs_arena_format(
                         arena,
                         "fleetsim: 1\nrun: {kind: steady_state, length: 4000s, seed: %d}\n"
                         "traffic:\n  web: {arrivals: {poisson: {rate: 3/s}}, client: {retry: "
                         "none}, path: [it], work: {it: {io: 100ms}}}\n"
                         "components:\n  it: {mechanism: dependency, error_probability: 0.02%%}\n",
                         seed),
                     1);
        const double settled = get(arena, study, "traffic.web.failed.share").value;
        share += settled / 20;
        forgotten += get(arena, study, "traffic.web.failed").value > 0 && !(settled > 0);
        fs_study_free(study);
        fs_arena_free(arena);
    }
    assert_in_range(forgotten, 0, 1);
    near(share, 2e-4, 9e-5);
}

/* Requests take 100 s on average, so that segments in which more are completed than come are half
 * of all; of all that come no more can be. */
static void no_more_is_completed_than_came(void **state)
{
    (void)state;
    int above = 0;
    for (int seed = 1; seed <= 4; seed++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_study *study = run_text(
            arena,
            fs_arena_format(arena,
                            "fleetsim: 1\nrun: {kind: steady_state, length: 20000s, seed: %d}\n"
                            "account: {platform: aws}\n"
                            "traffic:\n  web: {arrivals: {poisson: {rate: 5/s}}, client: {retry: "
                            "none}, path: [t], work: {t: {io: {exponential: {mean: 100s}}}}}\n"
                            "components:\n  t: {mechanism: dependency}\n",
                            seed),
            1);
        const struct fs_estimate e = get(arena, study, "traffic.web.completed.share");
        assert_null(e.why);
        assert_true(e.low < e.high && e.value <= 1 && e.high <= 1 && e.low > .99);
        above += e.value >= 1;
        fs_study_free(study);
        fs_arena_free(arena);
    }
    assert_in_range(above, 1, 4); /* or this says nothing */
}

/* ---- interrupted ---------------------------------------------------------------------------- */

static _Atomic int stop;

static void *stop_soon(void *arg)
{
    const struct timespec nap = {0, 50000000};
    nanosleep(&nap, NULL);
    stop = 1;
    return arg;
}

/* 10^11 requests are not done after 50 ms, nor is the first interval. */
static void a_run_that_ends_in_its_first_interval_says_what_it_has(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    const char *text =
        "fleetsim: 1\nrun: {kind: steady_state, length: 1500d, intervals: 64}\n" QUEUE;
    assert_int_equal(
        fs_scenario_parse(arena, "test", text, NULL, 0, NULL, &scenario, report, &failure), FS_OK);
    const struct fs_study_options how = {.threads = 1, .stop = &stop};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, NULL), 0);
    struct fs_study *study = fs_study_run(scenario, &how);
    pthread_join(thread, NULL);
    assert_false(study->complete);
    const struct fs_views views = fs_views_all(arena, &study->variant[0]);
    assert_true(views.n > 30);
    assert_true(get(arena, study, "traffic.web.arrived").value > 0);
    assert_true(isnan(get(arena, study, "traffic.web.in_flight.mean").high));
    fs_study_free(study);
    fs_arena_free(arena);
}

/* ---- stopping ------------------------------------------------------------------------------- */

static void replications_are_added_until_it_is_narrow(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    const char *text = "fleetsim: 1\nrun: {length: 20s, seed: 4, until: 'mean ± 4%'}\n" QUEUE;
    struct fs_study *study = run_text(arena, text, 1), *again = run_text(arena, text, 3);
    const struct fs_estimate e = get(arena, study, "traffic.web.latency.mean");
    const struct fs_estimate f = get(arena, again, "traffic.web.latency.mean");
    assert_true(study->variant[0].n > 10);
    assert_int_equal(study->variant[0].n, again->variant[0].n);
    assert_true(e.value == f.value && e.low == f.low && e.high == f.high);
    assert_true(e.high - e.value <= .04 * e.value);
    assert_non_null(strstr(study->stopped, "mean ± 4 % reached with"));
    fs_study_free(study);
    fs_study_free(again);
    study = run_text(arena, "fleetsim: 1\nrun: {length: 20s, seed: 4}\n" QUEUE, 1);
    assert_string_equal(study->stopped, "");
    fs_study_free(study);
    fs_arena_free(arena);
}

static void a_budget_ends_it_and_says_what_is_widest(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_text(arena,
                                      "fleetsim: 1\nrun: {length: 20s, seed: 4, budget: 17, "
                                      "until: 'traffic.web.latency.p99 +- 0.5%'}\n" QUEUE,
                                      2);
    assert_int_equal(study->variant[0].n, 17);
    assert_non_null(strstr(study->stopped, "the budget of 17 replications is spent; widest is "
                                           "base.traffic.web.latency.p99"));
    fs_study_free(study);
    fs_arena_free(arena);
}

/* However narrow the first intervals are, ten replications are the least. */
static void it_never_stops_before_ten(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study =
        run_text(arena, "fleetsim: 1\nrun: {length: 5s, seed: 4, until: 'mean ± 90%'}\n" QUEUE, 2);
    assert_int_equal(study->variant[0].n, 10);
    fs_study_free(study);
    fs_arena_free(arena);
}

/* ---- bad input ------------------------------------------------------------------------------ */

static void every_mistake_has_its_message(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"kind: steady_state, intervals: 63", "{poisson: {rate: 1/s}}", "too few for the analysis"},
        {"kind: steady_state", "{burst: {size: 5, at: 1s}}", "(burst) have no steady state"},
        {"kind: steady_state", "{sine: {mean: 1/s, amplitude: 50%, period: 1h}}",
         "(sine) have no steady state"},
        {"kind: settled", "{poisson: {rate: 1/s}}", "steady_state"},
        {"until: fast", "{poisson: {rate: 1/s}}", "reads like 'p99 ± 5%'"},
        {"until: p99 ± x", "{poisson: {rate: 1/s}}", "needs a share such as 5%"},
        {"until: p99 ± 5", "{poisson: {rate: 1/s}}", "from 0.01% to 99%"},
        {"until: p99 ± 0%", "{poisson: {rate: 1/s}}", "from 0.01% to 99%"},
        {"until: p98 ± 5%", "{poisson: {rate: 1/s}}", "there is no metric 'p98'"},
        {"until: traffic.web.latncy.p99 ± 5%", "{poisson: {rate: 1/s}}",
         "did you mean 'traffic.web.latency.p99'?"},
        {"together: [traffic.web.latncy.p99]", "{poisson: {rate: 1/s}}",
         "did you mean 'traffic.web.latency.p99'?"},
        {"together: [traffic.web.latncy.p99]", "{poisson: {rate: 1/s}}",
         "'together': there is no metric 'traffic.web.latncy.p99'"},
        {"together: [cost.total_usd, cost.total_usd]", "{poisson: {rate: 1/s}}",
         "'cost.total_usd' stands there twice"},
        {"together: cost.total_usd", "{poisson: {rate: 1/s}}", "'together'"},
        {"until: p99 ± 5%, budget: 9", "{poisson: {rate: 1/s}}", "the first round alone takes 10"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_report *report = fs_report_new(arena);
        struct fs_scenario *scenario;
        struct fs_failure failure;
        char *said = NULL;
        size_t n;
        const char *text = fs_arena_format(
            arena,
            "fleetsim: 1\nrun: {length: 1min, %s}\naccount: {platform: aws}\ntraffic:\n  web:\n"
            "    arrivals: %s\n    client: {retry: none}\n    path: [one]\n"
            "components:\n  one: {mechanism: service, tasks: 1, cpu: 1}\n",
            cases[i][0], cases[i][1]);
        if (fs_scenario_parse(arena, "test", text, NULL, 0, NULL, &scenario, report, &failure) !=
            FS_INPUT)
            fail_msg("'%s' was let through", cases[i][0]);
        FILE *out = open_memstream(&said, &n);
        fs_report_print(report, out, false);
        fclose(out);
        if (!strstr(said, cases[i][2])) fail_msg("wanted: %s; said: %s", cases[i][2], said);
        free(said);
        fs_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_merged_when_all_are_full),
        cmocka_unit_test(an_open_interval_is_pushed_as_it_is_closed),
        cmocka_unit_test(the_start_is_cut_and_no_more),
        cmocka_unit_test(rare_events_that_all_come_early_are_no_start),
        cmocka_unit_test(dependence_is_von_neumanns_ratio),
        cmocka_unit_test(independent_values_are_seldom_called_dependent),
        cmocka_unit_test(a_mean_without_skewness_is_the_usual_t),
        cmocka_unit_test(skewness_lengthens_the_upper_end_alone),
        cmocka_unit_test(what_cannot_carry_an_interval_says_why),
        cmocka_unit_test(a_share_of_one_run_is_of_what_has_settled),
        cmocka_unit_test(one_long_run_agrees_with_theory),
        cmocka_unit_test(several_runs_share_a_cut_and_narrow_the_interval),
        cmocka_unit_test(a_short_run_prints_no_interval),
        cmocka_unit_test(every_number_has_its_ends_or_a_reason),
        cmocka_unit_test(what_does_not_vary_is_known_exactly),
        cmocka_unit_test(rare_events_do_not_make_a_run_too_short),
        cmocka_unit_test(rare_events_belong_to_what_has_settled),
        cmocka_unit_test(no_more_is_completed_than_came),
        cmocka_unit_test(a_run_that_ends_in_its_first_interval_says_what_it_has),
        cmocka_unit_test(replications_are_added_until_it_is_narrow),
        cmocka_unit_test(a_budget_ends_it_and_says_what_is_widest),
        cmocka_unit_test(it_never_stops_before_ten),
        cmocka_unit_test(every_mistake_has_its_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
