/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paired differences: by hand, by coverage where the answer is known, and as the program says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "compare.h"
#include "comparison.h"
#include "math.h"
#include "rng.h"
#include "steady.h"
#include "together.h"
#include "view.h"

static void near(double value, double expected, double within)
{
    if (!(fabs(value - expected) <= within)) fail_msg("%.12g, not %.12g", value, expected);
}

/* a = 10 20 30, b = 13 21 35: differences 3 1 5, mean 3, s = 2, half = t(2; .975) 2 / sqrt 3 =
 * 4.302652729911275 * 1.154700538 = 4.968275; var a = 100, var b = (-10 -2 12: 248 / 2) = 124,
 * reduction 224 / 4 = 56. */
static void a_difference_of_means_is_the_paired_t(void **state)
{
    (void)state;
    const double a[] = {10, 20, 30}, b[] = {13, 21, 35};
    const struct fs_difference d = fs_compare_mean(a, b, 3, .95);
    near(d.estimate.value, 3, 1e-12);
    near(d.estimate.high - 3, 4.302652729911275 * 2 / sqrt(3), 1e-9);
    near(3 - d.estimate.low, 4.302652729911275 * 2 / sqrt(3), 1e-9);
    near(d.reduction, 56, 1e-9);
    assert_null(d.estimate.why);
}

/* Shares 2/10, 4/10 against 3/10, 5/10: 0.3 and 0.4, each replication 0.1 apart: no variance. */
static void what_pairing_removes_whole_leaves_no_width(void **state)
{
    (void)state;
    const double e[] = {2, 4}, f[] = {3, 5}, n[] = {10, 10};
    const struct fs_difference d = fs_compare_ratio(e, n, f, n, 2, .95);
    near(d.estimate.value, .1, 1e-12);
    near(d.estimate.low, .1, 1e-12);
    near(d.estimate.high, .1, 1e-12);
    assert_true(isinf(d.reduction));
}

/* 0.1 more in each, but for the last binary digit: nothing varies that pairing would leave. Two
 * constants that differ in that digit do not vary either. */
static void rounding_is_no_variance(void **state)
{
    (void)state;
    const double a[] = {.1, .7, 1.3}, b[] = {.1 + .1, .7 + .1, 1.3 + .1};
    const double c[] = {.1 + .2, .3, .3}, d[] = {.4, .4, .4};
    assert_true(b[1] - a[1] != b[2] - a[2] && c[0] != c[1]);
    assert_true(isinf(fs_compare_mean(a, b, 3, .95).reduction));
    assert_true(isnan(fs_compare_mean(c, d, 3, .95).reduction));
}

static void one_replication_compares_nothing(void **state)
{
    (void)state;
    const double a[] = {1}, b[] = {2};
    const struct fs_difference d = fs_compare_mean(a, b, 1, .95);
    near(d.estimate.value, 1, 0);
    assert_true(isnan(d.estimate.low) && isnan(d.estimate.high) && isnan(d.reduction));
    assert_string_equal(d.estimate.why, "1 replication");
}

static void quantiles_beyond_the_sample_are_not_compared(void **state)
{
    (void)state;
    struct fs_histogram *h = calloc(4, sizeof *h);
    const struct fs_histogram *a[] = {h, h + 1}, *b[] = {h + 2, h + 3};
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 20; k++)
            fs_histogram_record(&h[i], 1000 + 37 * k * (i + 1), 1);
    }
    const struct fs_difference d = fs_compare_quantile(a, b, 2, .99, .95);
    assert_string_equal(d.estimate.why, "insufficient");
    assert_true(isnan(d.estimate.low) && isnan(d.estimate.high));
    free(h);
}

/* Replications of n exponential values of mean m (1 + w), w uniform in +-.1 and common to both
 * sides, as are the uniforms; side b is 5 % slower. The p99 of the mixture solves
 * E exp(-q / (m (1 + w))) = .01; both sides' differ by exactly 5 %. */
enum { EXPERIMENTS = 400, REPLICATIONS = 20, VALUES = 2000 };

static double mixture_p99(void)
{
    double low = 1, high = 10;
    for (int i = 0; i < 60; i++) {
        const double q = (low + high) / 2;
        double above = 0;
        for (int k = 0; k < 1000; k++)
            above += fs_exp(-q / (1 + .2 * ((k + .5) / 1000 - .5))) / 1000;
        *(above > .01 ? &low : &high) = q;
    }
    return low;
}

static void draw(struct fs_stream *s, struct fs_histogram *a, struct fs_histogram *b)
{
    memset(a, 0, sizeof *a);
    memset(b, 0, sizeof *b);
    const double factor = 1e9 * (1 + .2 * (fs_uniform(s) - .5));
    for (int i = 0; i < VALUES; i++) {
        const double x = -fs_log(fs_uniform(s)) * factor;
        fs_histogram_record(a, (int64_t)x, 1);
        fs_histogram_record(b, (int64_t)(1.05 * x), 1);
    }
}

static void a_difference_of_p99_covers_and_pairing_is_worth_it(void **state)
{
    (void)state;
    struct fs_histogram *h = calloc(2 * REPLICATIONS, sizeof *h);
    const struct fs_histogram *a[REPLICATIONS], *b[REPLICATIONS];
    const double truth = .05e9 * mixture_p99();
    struct fs_stream s;
    int covered = 0;
    double least = INFINITY, width = 0;
    fs_stream_new(&s, 20);
    for (int e = 0; e < EXPERIMENTS; e++) {
        for (int r = 0; r < REPLICATIONS; r++) {
            draw(&s, &h[r], &h[REPLICATIONS + r]);
            a[r] = &h[r];
            b[r] = &h[REPLICATIONS + r];
        }
        const struct fs_difference d = fs_compare_quantile(a, b, REPLICATIONS, .99, .95);
        assert_null(d.estimate.why);
        covered += d.estimate.low <= truth && truth <= d.estimate.high;
        least = d.reduction < least ? d.reduction : least;
        width += (d.estimate.high - d.estimate.low) / EXPERIMENTS;
    }
    /* Never below nominal by more than noise (3.5 standard errors of 400 are 3.8 points); above is
     * allowed, since the ends include the bins. */
    print_message("covered %d of %d, least reduction %.1f, mean width %.4f s of %.4f\n", covered,
                  EXPERIMENTS, least, width / 1e9, truth / 1e9);
    assert_true(covered >= (int)(EXPERIMENTS * (.95 - .038)));
    assert_true(least > 5);
    free(h);
}

/* ---- the program ----------------------------------------------------------------------------- */

static struct fs_study *run_study(struct fs_arena *arena, const char *text)
{
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    if (fs_scenario_parse(arena, "test", text, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        fail_msg("the scenario does not read");
    }
    const struct fs_study_options how = {.threads = 2};
    return fs_study_run(scenario, &how);
}

/* ---- steady state --------------------------------------------------------------------------- */

/* b takes .25 longer wherever a is: nothing is left to be uncertain of. */
static void what_differs_alike_in_all_sections_has_no_width(void **state)
{
    (void)state;
    struct fs_stream s;
    double a[100], b[100], count[100];
    fs_stream_new(&s, 8);
    for (int i = 0; i < 100; i++) {
        count[i] = 4;
        a[i] = 8 * fs_uniform(&s);
        b[i] = a[i] + 1;
    }
    const struct fs_difference d = fs_steady_compare(a, count, b, count, 100, 1, .95);
    assert_null(d.estimate.why);
    near(d.estimate.value, .25, 1e-12);
    near(d.estimate.low, .25, 1e-9);
    near(d.estimate.high, .25, 1e-9);
    assert_true(d.reduction > 1e12);
}

static void runs_that_have_not_settled_are_not_compared(void **state)
{
    (void)state;
    double flat[128], rising[128], count[128];
    for (int i = 0; i < 128; i++) {
        count[i] = 1;
        flat[i] = 1 + i % 2;
        rising[i] = i;
    }
    assert_string_equal(fs_steady_compare(flat, count, rising, count, 128, 1, .95).estimate.why,
                        "run too short");
    assert_string_equal(fs_steady_compare(rising, count, flat, count, 128, 1, .95).estimate.why,
                        "run too short");
    for (int i = 0; i < 128; i++) /* settled both, but the difference comes and goes in waves */
        rising[i] = flat[i] + abs(i % 32 - 16);
    assert_string_equal(fs_steady_compare(flat, count, rising, count, 128, 1, .95).estimate.why,
                        "run too short: correlated");
}

/* Segments of exponential sums, b = 1.1 a + noise: the difference of the means is .1. Of 1,000
 * intervals 95 % +- 3.5 standard errors (2.4 points) cover, or more: skewness only lengthens. */
static void a_difference_of_sections_covers(void **state)
{
    (void)state;
    struct fs_stream s;
    int covered = 0, printed = 0;
    fs_stream_new(&s, 21);
    for (int e = 0; e < 1000; e++) {
        double a[128], b[128], count[128];
        for (int i = 0; i < 128; i++) {
            count[i] = 5;
            a[i] = b[i] = 0;
            for (int k = 0; k < 5; k++) {
                const double x = fs_exponential(&s);
                a[i] += x;
                b[i] += 1.1 * x + .1 * (fs_uniform(&s) - .5);
            }
        }
        const struct fs_difference d = fs_steady_compare(a, count, b, count, 128, 1, .95);
        if (d.estimate.why) continue;
        printed++;
        covered += d.estimate.low <= .1 && .1 <= d.estimate.high;
        assert_true(d.reduction > 5);
    }
    print_message("%d of 1000 printed, %d covered\n", printed, covered);
    assert_true(printed > 960);
    assert_true(covered >= .926 * printed);
}

/* Two M/M/1 queues at 800/s, services of 1 ms and of 0.95 ms: sojourns exponential with means of
 * 1 / (1000 - 800) = 5 ms and 1 / (1000 / .95 - 800) = 3.958333 ms; p99 is ln 100 times the mean.
 */
static void two_long_runs_differ_as_theory_says(void **state)
{
    (void)state;
    static const char queue[] =
        "fleetsim: 1\nrun: {kind: steady_state, length: 15min, seed: 4}\n"
        "account: {platform: aws}\n"
        "traffic:\n  web:\n    arrivals: {poisson: {rate: 800/s}}\n    client: {retry: none}\n"
        "    path: [one]\n    work: {one: {cpu: {exponential: {mean: 1ms}}}}\n"
        "components:\n  one: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, "
        "max_in_flight: 1, backlog: 1000000}\n"
        "variants:\n  slow: {}\n  fast: {traffic.web.work.one.cpu.exponential.mean: 0.95ms}\n";
    static const char *const metrics[] = {"traffic.web.latency.mean", "traffic.web.latency.p99"};
    const double truth[] = {.003958333 - .005, (.003958333 - .005) * 4.605170};
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_study(arena, queue);
    const struct fs_comparison c = fs_study_compare(arena, study, metrics, 2);
    assert_int_equal(c.n, 2);
    for (int i = 0; i < 2; i++) {
        const struct fs_estimate *e = &c.statement[i].is.estimate;
        if (e->why) fail_msg("%s: %s", metrics[i], e->why);
        print_message("%s: %g [%g, %g], %g; %.3g times less variance\n", metrics[i], e->value,
                      e->low, e->high, truth[i], c.statement[i].is.reduction);
        /* 97.5 % each, t 2.685 with 9 degrees, stretched to 3.5 standard errors */
        assert_true(truth[i] > e->value - 3.5 / 2.685 * (e->value - e->low));
        assert_true(truth[i] < e->value + 3.5 / 2.685 * (e->high - e->value));
        assert_true(e->high < 0 && c.statement[i].is.reduction > 3);
    }
    fs_study_free(study);
    fs_arena_free(arena);
}

/* ---- terminating ---------------------------------------------------------------------------- */

static const char text[] =
    "fleetsim: 1\n"
    "run: {length: 5min, replications: 8, seed: 3, intervals: 10, represents: once per hour}\n"
    "account: {platform: aws, concurrency: 1000}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 40/s}}\n"
    "    client: {retry: none}\n"
    "    path: [worker]\n"
    "    work: {worker: {cpu: {lognormal: {mean: 60ms, p99: 300ms}}, io: 40ms}}\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1024MB}\n"
    "variants:\n"
    "  small: {}\n"
    "  large: {components.worker.memory: 1769MB}\n"
    "  again: {}\n";

static void variants_are_held_against_the_first(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_study(arena, text);
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    struct fs_view small, large;
    assert_int_equal(c.n, 6); /* p99, completed, cost; two variants */
    near(c.level, 1 - .05 / 6, 1e-12);
    assert_true(fs_view_get(arena, &study->variant[0], "traffic.web.latency.p99", &small));
    assert_true(fs_view_get(arena, &study->variant[1], "traffic.web.latency.p99", &large));
    near(c.statement[0].is.estimate.value, large.estimate.value - small.estimate.value, 1e-12);
    assert_true(c.statement[0].is.estimate.high < 0);
    assert_non_null(strstr(c.statement[0].text, "ms faster at p99"));
    assert_non_null(strstr(c.statement[2].text, "a month"));
    /* A variant that changes nothing has the same requests and the same answers. */
    for (int i = 3; i < 6; i++) {
        near(c.statement[i].is.estimate.value, 0, 0);
        assert_int_equal(c.statement[i].variant, 2);
    }
    assert_true(c.statement[3].same && c.statement[4].same && c.statement[5].same);
    fs_study_free(study);
    fs_arena_free(arena);
}

/* 1.8 requests a run on average, in some runs none: what a million cost is all that was paid over
 * all that came, and a second task costs its share of that more. A mean of runs' ratios would be
 * infinite. */
static void a_million_requests_cost_what_all_paid_for_all(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    const char *const metric = "cost.usd_per_million";
    struct fs_study *study = run_study(
        arena,
        "fleetsim: 1\nrun: {length: 10min, replications: 8}\ntraffic:\n  web: {arrivals: "
        "{poisson: {rate: 0.003/s}}, client: {retry: none}, path: [it], work: {it: {io: "
        "10ms}}}\ncomponents:\n  it: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB}\n"
        "variants:\n  a: {}\n  b: {components.it.tasks: 2}\n");
    struct fs_view view[2], usd, arrived;
    double each[2] = {0}, empty = 0;
    for (int v = 0; v < 2; v++) {
        double paid = 0, came = 0;
        assert_true(fs_view_get(arena, &study->variant[v], "cost.total_usd", &usd));
        assert_true(fs_view_get(arena, &study->variant[v], "traffic.web.arrived", &arrived));
        assert_true(fs_view_get(arena, &study->variant[v], metric, &view[v]));
        for (int r = 0; r < 8; r++) {
            paid += usd.replication[r];
            came += arrived.replication[r];
            empty += arrived.replication[r] <= 0;
        }
        each[v] = 1e6 * paid / came;
        near(view[v].estimate.value, each[v], 1e-9 * each[v]);
        assert_true(view[v].estimate.low < each[v] && view[v].estimate.high > each[v]);
        assert_null(view[v].estimate.why);
    }
    assert_true(empty > 0);
    const struct fs_comparison c = fs_study_compare(arena, study, &metric, 1);
    near(c.statement[0].is.estimate.value, each[1] - each[0], 1e-9 * each[1]);
    assert_true(c.statement[0].is.estimate.low < each[1] - each[0]);
    assert_non_null(strstr(c.statement[0].text, "a million requests"));
    fs_study_free(study);
    fs_arena_free(arena);
}

static void the_comparison_is_in_table_json_and_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/fs_compare_XXXXXX", command[1000];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/s.yaml", folder);
    FILE *file = fopen(command, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    snprintf(command, sizeof command,
             "cd %s && P=%s/fleetsim && $P run s.yaml -o o.h5 >t && $P run s.yaml --json >j && "
             "grep -q 'large is .* ms faster at p99.* than small' t && "
             "grep -q 'variance lower than of unpaired runs: [0-9.]*×' t && "
             "grep -q 'again against small: the same in p99, the same in cost.usd_per_month' t && "
             "grep -q '\"variance_reduction\": [0-9]' j && "
             "h5dump -d comparison.low o.h5 | grep -q ', 0, 0, 0$' && "
             "h5dump -d comparison.metric o.h5 | grep -q traffic.web.latency.p99",
             folder, FS_BUILD_DIR);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

/* Of requests of 100 ms all are answered, of those of 2 s none within the second they may take: a
 * number that one side lacks is not the same in both. No alarm fires in the first and the third:
 * what both lack is. */
static void what_one_side_lacks_is_not_the_same(void **state)
{
    (void)state;
    static const char late[] =
        "fleetsim: 1\n"
        "run: {length: 100s, intervals: 10, replications: 3,\n"
        "      together: [traffic.web.latency.mean, alarms.late.fired_at]}\n"
        "account: {platform: aws}\n"
        "traffic:\n"
        "  web: {arrivals: {constant: {rate: 5/s}}, client: {retry: none}, path: [worker], "
        "work: {worker: {io: 100ms}}}\n"
        "components: {worker: {platform: aws-lambda, memory: 1769MB, timeout: 1s}}\n"
        "alarms: {late: {metric: {component: worker, metric: timeouts, threshold: 1, "
        "period: 10s}}}\n"
        "variants: {good: {}, bad: {traffic.web.work.worker.io: 2s}, again: {}}\n";
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_study(arena, late);
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    assert_int_equal(c.n, 4);
    for (int i = 0; i < 2; i++) {
        assert_false(c.statement[i].same);
        assert_true(isnan(c.statement[i].is.estimate.value));
    }
    assert_string_equal(c.statement[0].text, "not comparable in mean (insufficient)");
    assert_true(c.statement[2].same && c.statement[3].same);
    near(c.statement[2].is.estimate.value, 0, 0);
    fs_study_free(study);
    fs_arena_free(arena);
}

static const char *printed(struct fs_arena *arena, const char *yaml)
{
    struct fs_study *study = run_study(arena, yaml);
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    assert_non_null(out);
    fs_comparison_print(arena, study, &c, out);
    fclose(out);
    const char *kept = fs_arena_text(arena, said);
    free(said);
    fs_study_free(study);
    return kept;
}

#define PAIR(variants)                                                                             \
    "fleetsim: 1\nrun: {length: 10s, intervals: 10, replications: 2}\ntraffic:\n"                  \
    "  web: {arrivals: {burst: {size: 10, at: 1s}}, client: {retry: none}, path: [it], "           \
    "work: {it: {io: 1s}}}\ncomponents:\n  it: {mechanism: service, tasks: 10, cpu: 1}\n"          \
    "variants:\n  a: {}\n" variants

/* Ten at 1 s and ten at 3 s are as many, but others. */
static void requests_are_the_same_where_they_come_alike(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    assert_non_null(strstr(printed(arena, PAIR("  b: {traffic.web.work.it.io: 2s}\n")),
                           "Compared on the same requests (95 %"));
    assert_non_null(
        strstr(printed(arena, PAIR("  b: {traffic.web.work.it.io: 2s}\n"
                                   "  c: {traffic.web.arrivals: {burst: {size: 10, at: 3s}}}\n")),
               "Compared, each on its own requests (95 %"));
    fs_arena_free(arena);
}

/* Who puts a message into a queue is answered at once; when the work is done is another number. */
static void the_answer_of_what_is_handed_over_is_called_one(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *study = run_study(
        arena, "fleetsim: 1\nrun: {length: 1min, replications: 2}\ntraffic:\n"
               "  jobs: {arrivals: {burst: {size: 12, at: 1s}}, client: {retry: none}, "
               "path: [queue, worker], work: {worker: {io: 1s}}}\ncomponents:\n"
               "  queue: {mechanism: queue, retention: 4d, visibility_timeout: 10s}\n"
               "  worker: {mechanism: service, from: queue, tasks: 1, cpu: 1, max_in_flight: 1}\n"
               "variants:\n  a: {}\n  b: {components.worker.tasks: 2}\n");
    static const char *const metrics[] = {"traffic.jobs.latency.p99",
                                          "traffic.jobs.completed.share",
                                          "traffic.jobs/queue.latency.p99"};
    const struct fs_comparison c = fs_study_compare(arena, study, metrics, 3);
    assert_int_equal(c.n, 3);
    assert_string_equal(c.statement[0].text, "the same in reply p99");
    assert_string_equal(c.statement[1].text, "the same in answered");
    assert_non_null(strstr(c.statement[2].text, " p99 of jobs/queue"));
    fs_study_free(study);
    fs_arena_free(arena);
}

/* Two numbers of each of 40 classes, and the cost, which comes last. */
static void every_class_is_compared(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    const char *many = "fleetsim: 1\nrun: {length: 10s, replications: 2}\n"
                       "account: {platform: aws}\ntraffic:\n";
    for (int i = 0; i < 40; i++)
        many =
            fs_arena_format(arena,
                            "%s  c%d: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, "
                            "path: [worker], work: {worker: {cpu: 100ms}}}\n",
                            many, i);
    many = fs_arena_format(arena, "%s%s", many,
                           "components: {worker: {platform: aws-lambda, memory: 1769MB}}\n"
                           "variants: {large: {}, small: {components.worker.memory: 512MB}}\n");
    struct fs_study *study = run_study(arena, many);
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    assert_int_equal(c.n, 81);
    assert_string_equal(c.statement[79].path, "traffic.c39.completed.share");
    assert_string_equal(c.statement[80].path, "cost.total_usd");
    fs_study_free(study);
    fs_arena_free(arena);
}

/* Two numbers of three variants: each at 1 - .05 / 6; what is asked about is also compared. */
static void numbers_that_are_named_hold_together(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    const char *named = fs_arena_format(
        arena, "%.*s, together: [traffic.web.latency.mean, cost.total_usd]%s",
        (int)(strstr(text, ", represents") - text), text, strstr(text, ", represents"));
    struct fs_study *study = run_study(arena, named);
    const struct fs_together t = fs_study_together(arena, study);
    struct fs_view alone;
    assert_int_equal(t.n, 6);
    near(t.level, 1 - .05 / 6, 1e-12);
    for (int i = 0; i < 6; i++) {
        const struct fs_view *view = &t.view[i];
        assert_int_equal(t.variant[i], i / 2);
        assert_string_equal(view->path, i % 2 ? "cost.total_usd" : "traffic.web.latency.mean");
        const struct fs_estimate e = fs_estimate_mean(view->replication, view->n, 1 - .05 / 6);
        near(view->estimate.low, e.low, 0);
        near(view->estimate.high, e.high, 0);
        assert_true(fs_view_get(arena, &study->variant[i / 2], view->path, &alone));
        assert_true(view->estimate.low < alone.estimate.low);
        assert_true(view->estimate.high > alone.estimate.high);
        near(view->estimate.value, alone.estimate.value, 0);
    }
    const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
    assert_int_equal(c.n, 4);
    assert_string_equal(c.statement[0].path, "traffic.web.latency.mean");
    assert_string_equal(c.statement[1].path, "cost.total_usd");
    fs_study_free(study);
    fs_arena_free(arena);
}

static void what_holds_together_is_in_table_json_and_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/fs_together_XXXXXX", command[1000];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/s.yaml", folder);
    FILE *file = fopen(command, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    snprintf(command, sizeof command,
             "cd %s && P='%s/fleetsim run s.yaml --set "
             "run.together=[traffic.web.latency.p99,cost.total_usd]' && $P -o o.h5 >t && "
             "$P --json >j && grep -q 'Together (95 %%, 6 intervals of 99.17 %% each)' t && "
             "grep -q 'large  traffic.web.latency.p99 .*\\[' t && "
             "grep -A1 '\"together\"' j | grep -q '\"level\": 0.991666' && "
             "h5dump -d together.metric o.h5 | grep -q cost.total_usd && "
             "h5dump -d together.low o.h5 | grep -q '( 6 )' && "
             "! %s/fleetsim run s.yaml | grep -q Together",
             folder, FS_BUILD_DIR, FS_BUILD_DIR);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

/* The shipped pairs: what common requests are worth, of the p99 at least five times. */
static void pairing_is_worth_five_times_on_the_shipped_pairs(void **state)
{
    (void)state;
    static const char *const files[] = {"pair-memory", "pair-limit", "pair-platform"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_scenario *scenario;
        struct fs_failure failure;
        struct fs_report *report = fs_report_new(arena);
        const char *path =
            fs_arena_format(arena, FS_SOURCE_DIR "/scenarios/planning/%s.yaml", files[i]);
        assert_int_equal(fs_scenario_read(arena, path, NULL, 0, NULL, &scenario, report, &failure),
                         FS_OK);
        const struct fs_study_options how = {.threads = 2};
        struct fs_study *study = fs_study_run(scenario, &how);
        const struct fs_comparison c = fs_study_compare(arena, study, NULL, 0);
        for (int k = 0; k < c.n; k++)
            print_message("%-14s %-28s %.3g times less variance: %s\n", files[i],
                          c.statement[k].path, c.statement[k].is.reduction, c.statement[k].text);
        assert_string_equal(c.statement[0].path, "traffic.web.latency.p99");
        assert_true(c.statement[0].is.reduction >= 5);
        fs_study_free(study);
        fs_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_difference_of_means_is_the_paired_t),
        cmocka_unit_test(what_pairing_removes_whole_leaves_no_width),
        cmocka_unit_test(rounding_is_no_variance),
        cmocka_unit_test(one_replication_compares_nothing),
        cmocka_unit_test(quantiles_beyond_the_sample_are_not_compared),
        cmocka_unit_test(a_difference_of_p99_covers_and_pairing_is_worth_it),
        cmocka_unit_test(what_differs_alike_in_all_sections_has_no_width),
        cmocka_unit_test(runs_that_have_not_settled_are_not_compared),
        cmocka_unit_test(a_difference_of_sections_covers),
        cmocka_unit_test(two_long_runs_differ_as_theory_says),
        cmocka_unit_test(variants_are_held_against_the_first),
        cmocka_unit_test(pairing_is_worth_five_times_on_the_shipped_pairs),
        cmocka_unit_test(a_million_requests_cost_what_all_paid_for_all),
        cmocka_unit_test(the_comparison_is_in_table_json_and_file),
        cmocka_unit_test(numbers_that_are_named_hold_together),
        cmocka_unit_test(what_holds_together_is_in_table_json_and_file),
        cmocka_unit_test(what_one_side_lacks_is_not_the_same),
        cmocka_unit_test(requests_are_the_same_where_they_come_alike),
        cmocka_unit_test(the_answer_of_what_is_handed_over_is_called_one),
        cmocka_unit_test(every_class_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
