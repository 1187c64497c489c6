/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms by hand: which minute fires, how late, and what had been spent by then. */
#include "build.h"

/* A function that is charged for requests alone, 0.20 USD a million. */
#define FUNCTION                                                                                   \
    "components:\n  it: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, "       \
    "cpu_max: 6, timeout: 10s, cold_start: 0s, keep_alive: 60s, scale_burst: 100, scale_rate: "    \
    "1/s, price_requests: lambda.requests}\n"
#define CLASS(name, arrivals)                                                                      \
    "  " name ":\n    arrivals: {" arrivals "}\n    client: {retry: none}\n    path: [it]\n"       \
    "    work: {it: {io: 100ms}}\n"
#define TWENTY_MINUTES "run: {length: 20min, intervals: 20}\n"

static void assert_silent(const struct built *b, const char *name)
{
    struct fs_view view;
    assert_near(b, fs_arena_format(b->arena, "alarms.%s.fired", name), 0);
    assert_true(fs_view_get(b->arena, &b->study->variant[0],
                            fs_arena_format(b->arena, "alarms.%s.fired_at", name), &view));
    assert_true(isnan(view.estimate.value));
    assert_string_equal(view.estimate.why, "did not fire");
}

/* One request a second from 10 min on: minutes 10, 11 and 12 have 60 each, known at 13 min and two
 * minutes later, when 300 requests have been paid for. */
static void three_minutes_of_three_fire_when_they_are_known(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES "traffic:\n" CLASS("web", "constant: {rate: 1/s, start: 10min}") FUNCTION
        "alarms:\n  many: {metric: {component: it, metric: invocations, threshold: 59, points: 3, "
        "of: 3, delay: 2min}}\n"
        "  more: {metric: {component: it, metric: invocations, threshold: 60}}\n"
        "  at_least: {metric: {component: it, metric: invocations, threshold: 60, comparison: "
        "at_least}}\n"
        "  late: {metric: {component: it, metric: invocations, threshold: 59, delay: 10min}}\n");
    assert_near(&b, "alarms.many.fired", 1);
    assert_near(&b, "alarms.many.crossed_at", 600);
    assert_near(&b, "alarms.many.fired_at", 900);
    assert_near(&b, "alarms.many.spent_usd", 300 * 0.2e-6);
    assert_silent(&b, "more");
    assert_near(&b, "alarms.at_least.fired_at", 660);
    assert_silent(&b, "late"); /* 11 + 10 min: after the run */
    drop(&b);
}

/* Ten requests in minute 1 and ten in minute 3. */
static void two_of_three_minutes_need_not_follow_each_other(void **state)
{
    (void)state;
    struct built b = run_text(TWENTY_MINUTES "traffic:\n" CLASS("a", "burst: {size: 10, at: 90s}")
                                  CLASS("b", "burst: {size: 10, at: 210s}") FUNCTION
                              "alarms:\n  two: {metric: {component: it, metric: invocations, "
                              "threshold: 5, points: 2, of: "
                              "3}}\n"
                              "  three: {metric: {component: it, metric: invocations, threshold: "
                              "5, points: 3, of: 3}}\n");
    assert_near(&b, "alarms.two.fired_at", 240);
    assert_near(&b, "alarms.two.crossed_at", 60);
    assert_silent(&b, "three");
    drop(&b);
}

/* Ten in minute 1 and ten in minute 5: both lie in the five minutes that end at 6 min, though not
 * in [0, 5) or [5, 10). Looked at every minute: periods of five minutes slide. */
static void a_long_period_slides_by_a_minute(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES "traffic:\n" CLASS("a", "burst: {size: 10, at: 90s}")
            CLASS("b", "burst: {size: 10, at: 310s}") FUNCTION
        "alarms:\n  both: {metric: {component: it, metric: invocations, threshold: 15, period: "
        "5min}}\n");
    assert_near(&b, "alarms.both.fired_at", 360);
    assert_near(&b, "alarms.both.crossed_at", 60);
    drop(&b);
}

/* Twelve from 85 to 96 s lie in the half minute that ends at 100 s, and in no other one that begins
 * with a whole half minute. A window of 20 s holds them from 80 s on. */
static void a_short_period_slides_by_ten_seconds(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20min, intervals: 120}\ntraffic:\n" CLASS(
            "a", "burst: {size: 12, at: 85s, over: 12s}") FUNCTION
        "alarms:\n  half: {metric: {component: it, metric: invocations, threshold: 8, period: "
        "30s}}\n"
        "  third: {metric: {component: it, metric: invocations, threshold: 8, period: 20s}}\n"
        "  ten: {metric: {component: it, metric: invocations, threshold: 8, period: 10s}}\n");
    assert_near(&b, "alarms.half.fired_at", 100);
    assert_near(&b, "alarms.half.crossed_at", 70);
    assert_near(&b, "alarms.third.fired_at", 100);
    assert_near(&b, "alarms.third.crossed_at", 80);
    assert_silent(&b, "ten");
    drop(&b);
}

/* Ten executions of 100 ms at once, of the account and of the function: a peak of ten, a mean of
 * 10 x 0.1 / 60. */
static void levels_have_a_maximum_and_an_average(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES "traffic:\n" CLASS("a", "burst: {size: 10, at: 90s}") FUNCTION
        "alarms:\n  peak: {metric: {metric: concurrency, statistic: maximum, threshold: 9}}\n"
        "  mean: {metric: {component: it, metric: busy, statistic: average, threshold: 0.016}}\n"
        "  above_mean: {metric: {component: it, metric: busy, statistic: average, threshold: "
        "0.017}}\n"
        "  idle: {metric: {component: it, metric: busy, statistic: maximum, threshold: 0, "
        "comparison: at_most, points: 2, of: 2}}\n");
    assert_near(&b, "alarms.peak.fired_at", 120);
    assert_near(&b, "alarms.mean.fired_at", 120);
    assert_silent(&b, "above_mean");
    assert_near(&b, "alarms.idle.fired_at", 240);
    drop(&b);
}

/* A message that nobody takes from 90 s on is 30 s old when minute 1 ends and 90 s when minute 2
 * does.
 */
static void the_age_of_the_oldest_message_is_watched(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES
        "traffic:\n  a:\n    arrivals: {burst: {size: 1, at: 90s}}\n    client: {retry: none}\n"
        "    path: [q]\ncomponents:\n  q: {platform: aws-sqs, sink: true}\n"
        "alarms:\n  young: {metric: {component: q, metric: oldest_age, statistic: maximum, "
        "threshold: 29}}\n"
        "  old: {metric: {component: q, metric: oldest_age, statistic: maximum, threshold: 60, "
        "delay: 2min}}\n");
    assert_near(&b, "alarms.young.fired_at", 120);
    assert_near(&b, "alarms.old.crossed_at", 120);
    assert_near(&b, "alarms.old.fired_at", 300);
    drop(&b);
}

/* Nothing has a duration before the burst in minute 1. */
static void a_period_without_data_counts_for_what_is_said(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES "traffic:\n" CLASS("a", "burst: {size: 10, at: 90s}") FUNCTION
        "alarms:\n  slow: {metric: {component: it, metric: duration, statistic: p99, threshold: "
        "0.09}}\n"
        "  quiet: {metric: {component: it, metric: duration, statistic: p50, threshold: 5, "
        "missing: "
        "breaching}}\n");
    assert_near(&b, "alarms.slow.fired_at", 120);
    assert_near(&b, "alarms.quiet.fired_at", 60);
    drop(&b);
}

/* A percentile is of one recorded interval, which is the period: the first known after five minutes
 * is beyond, the next five minutes later. */
static void a_percentile_of_a_long_period_fires(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20min, intervals: 4}\ntraffic:\n" CLASS("web", "constant: {rate: 1/s}")
            FUNCTION
        "alarms:\n  slow: {metric: {component: it, metric: duration, statistic: p99, "
        "threshold: 0.09, period: 5min}}\n"
        "  twice: {metric: {component: it, metric: duration, statistic: p99, threshold: "
        "0.09, period: 5min, points: 2, of: 2}}\n");
    assert_near(&b, "alarms.slow.fired_at", 300);
    assert_near(&b, "alarms.slow.crossed_at", 0);
    assert_near(&b, "alarms.twice.fired_at", 600);
    drop(&b);
}

/* Minutes with a request of 100 ms (0), one of 2 s (X) or none (-), against an average of 1 s,
 * three of three unless said. When each way of `missing` fires first, in minutes; 0: never. By the
 * tables of "Configuring how CloudWatch alarms treat missing data" (read 2026-11), which look at
 * five minutes for three; before the run there was nothing to be missed:
 * - 0 X X - X: three real ones are beyond, whatever is missing counts for;
 * - 0 - X - X: of the three one is good; a minute later it is out of sight. Then two are beyond,
 * one is filled in, and nothing is good while the older of them is four minutes old;
 * - with a good one behind them it takes until nothing is left;
 * - 0 and nothing more: two filled in are too few as long as the good one is in sight;
 * - X and nothing more: after three minutes it is as old as the alarm asks, and nothing is good;
 * - two of three, 0 - X - X: the two are enough; one of them and one filled in as well, at once. */
static void what_is_missing_is_looked_past_first(void **state)
{
    static const struct {
        const char *minutes, *points;
        int fired[4]; /* missing, ignore, breaching, not_breaching */
    } cases[] = {{"0XX-X0", "3", {5, 5, 5, 5}},
                 {"0-X-X", "3", {6, 0, 6, 0}},
                 {"0-X-X0", "3", {0, 0, 11, 0}},
                 {"0", "3", {0, 0, 6, 0}},
                 {"X", "3", {3, 0, 3, 0}},
                 {"X-0", "3", {0, 0, 8, 0}},
                 {"-0-0-0-0-0-0-0-0-0-0", "3", {0, 0, 0, 0}},
                 {"0-X-X", "2", {5, 5, 3, 5}},
                 {"0-X--0", "2", {0, 0, 3, 0}}};
    static const char *const missing[] = {"missing", "ignore", "breaching", "not_breaching"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char traffic[4000] = "", alarms[2000] = "";
        for (int k = 0; cases[i].minutes[k]; k++) {
            const char c = cases[i].minutes[k];
            if (c == '-') continue;
            sprintf(traffic + strlen(traffic),
                    "  c%d: {arrivals: {burst: {size: 1, at: %ds}}, client: {retry: none}, path: "
                    "[it], work: {it: {io: %s}}}\n",
                    k, 60 * k + 5, c == 'X' ? "2s" : "100ms");
        }
        for (int m = 0; m < 4; m++)
            sprintf(alarms + strlen(alarms),
                    "  %s: {metric: {component: it, metric: duration, statistic: average, "
                    "threshold: 1, points: %s, of: 3, missing: %s}}\n",
                    missing[m], cases[i].points, missing[m]);
        struct built b =
            run_text(TWENTY_MINUTES "traffic:\n%s" FUNCTION "alarms:\n%s", traffic, alarms);
        for (int m = 0; m < 4; m++) {
            const char *path = fs_arena_format(b.arena, "alarms.%s.fired_at", missing[m]);
            const double found = number(&b, path) / 60;
            const int wanted = cases[i].fired[m];
            if (wanted ? !(fabs(found - wanted) < 1e-9) : !isnan(found))
                fail_msg("%s of %s, %s: at %g, not %d min", cases[i].points, cases[i].minutes,
                         missing[m], found, wanted);
        }
        drop(&b);
    }
}

/* One request a second costs 60e-6 USD in 300 s. Seen eight minutes later and every four: 780 s is
 * looked at at 960. With half of it spent before, 150 s: 630 is looked at at 720. */
static void an_amount_is_noticed_when_it_is_known_and_looked_at(void **state)
{
    (void)state;
    struct built b = run_text(
        TWENTY_MINUTES "traffic:\n" CLASS("web", "constant: {rate: 1/s}") FUNCTION
        "alarms:\n  all: {spend: {amount: 0.00006USD, every: 4min, delay: 8min}}\n"
        "  half: {spend: {amount: 0.00006USD, before: 0.00003USD, every: 4min, delay: 8min}}\n"
        "  never: {spend: {amount: 1USD, every: 4min, delay: 8min}}\n"
        "  late: {spend: {amount: 0.00006USD, every: 4min, delay: 18min}}\n");
    assert_near(&b, "alarms.all.crossed_at", 300);
    assert_near(&b, "alarms.all.fired_at", 960);
    assert_near(&b, "alarms.all.spent_usd", 960 * 0.2e-6);
    assert_near(&b, "alarms.half.crossed_at", 150);
    assert_near(&b, "alarms.half.fired_at", 720);
    assert_silent(&b, "never");
    assert_silent(&b, "late");
    drop(&b);
}

/* Ten of 100 ms and ten of 300 ms in minute 1, ten of 100 ms in minute 3: averages over requests
 * are 0.2 and 0.1 s, over both minutes (4,000 ms of 30) 0.1667 s. Minute 2 has none. */
static void the_average_of_a_latency_is_over_requests(void **state)
{
    (void)state;
    struct built b =
        run_text(TWENTY_MINUTES "traffic:\n" CLASS("a", "burst: {size: 10, at: 90s}") CLASS(
            "b", "burst: {size: 10, at: 210s}") "  c:\n    arrivals: {burst: {size: 10, at: 90s}}\n"
                                                "    client: {retry: none}\n    path: [it]\n    "
                                                "work: {it: {io: 300ms}}\n" FUNCTION "alarms:\n"
                                                "  slow: {metric: {component: it, metric: "
                                                "duration, statistic: average, threshold: 0.199}}\n"
                                                "  slower: {metric: {component: it, metric: "
                                                "duration, statistic: average, threshold: 0.201}}\n"
                                                "  both: {metric: {component: it, metric: "
                                                "duration, statistic: average, period: 3min, "
                                                "threshold: 0.17, comparison: below}}\n"
                                                "  fast: {metric: {component: it, metric: "
                                                "duration, statistic: average, comparison: below, "
                                                "threshold: 0.15}}\n");
    assert_near(&b, "alarms.slow.fired_at", 120);
    assert_silent(&b, "slower");
    assert_near(&b, "alarms.both.fired_at", 240); /* minutes 1 to 3 */
    assert_near(&b, "alarms.fast.fired_at", 240);
    drop(&b);
}

/* 73 h are a tenth of a month: 0.10 USD a month, 0.30 where the period is below a minute. A budget
 * that only watches is free; ten alarms are where there is a free tier. */
static void alarms_are_paid_for_themselves(void **state)
{
    (void)state;
    static const char text[] =
        "run: {length: 73h, intervals: 4380}\naccount: {free_tier: %s}\ntraffic:\n" CLASS(
            "web", "burst: {size: 1, at: 1s}") FUNCTION
        "alarms:\n  minute: {aws-cloudwatch-alarm: {component: it, metric: errors, threshold: 0}}\n"
        "  fine: {aws-cloudwatch-alarm: {component: it, metric: errors, threshold: 0, period: "
        "60s}}\n"
        "  own: {metric: {component: it, metric: errors, threshold: 0}}\n"
        "  charges: {aws-estimated-charges: {amount: 100USD}}\n"
        "  budget: {aws-budget: {amount: 100USD}}\n";
    struct built b = run_text(text, "false");
    assert_near(&b, "cost.alarms.minute.usd", 0.01);
    assert_near(&b, "cost.alarms.charges.usd", 0.01);
    assert_near(&b, "cost.alarms.minute.usd_per_month", 0.1);
    assert_near(&b, "cost.total_usd", 0.03 + 0.2e-6);
    drop(&b);
    b = run_text(text, "true");
    assert_near(&b, "cost.alarms.minute.usd_per_month", 0);
    drop(&b);
    b = run_text(
        "run: {length: 73min, intervals: 438}\ntraffic:\n" CLASS("web", "burst: {size: 1, at: 1s}")
            FUNCTION
        "alarms:\n  fine: {aws-cloudwatch-alarm: {component: it, metric: errors, threshold: 0, "
        "period: 10s}}\n");
    assert_near(&b, "cost.alarms.fine.usd", 0.3 * 73 / (730 * 60));
    drop(&b);
}

/* 15 minutes a day are a 96th of the month, and the alarms stand all of it: 0.10 USD each, of
 * eleven one where ten are free. */
static void alarms_stand_all_month_however_long_the_run(void **state)
{
    (void)state;
    static const char text[] =
        "run: {length: 15min, represents: once per day}\naccount: {free_tier: %s}\n"
        "traffic:\n" CLASS("web", "burst: {size: 1, at: 1s}") FUNCTION "alarms:\n%s";
    char alarms[2000] = "";
    for (int i = 0; i < 11; i++)
        sprintf(alarms + strlen(alarms),
                "  a%d: {aws-cloudwatch-alarm: {component: it, metric: errors, threshold: 0}}\n",
                i);
    struct built b = run_text(text, "false", alarms);
    assert_near(&b, "cost.alarms.a0.usd", 0.1 * 0.25 / 730);
    assert_near(&b, "cost.alarms.a0.usd_per_month", 0.1);
    drop(&b);
    b = run_text(text, "true", alarms);
    assert_near(&b, "cost.alarms.a0.usd_per_month", 0.1 / 11);
    drop(&b);
}

static void mistakes_are_said(void **state)
{
    (void)state;
#define WITH(alarm)                                                                                \
    "traffic:\n" CLASS("web", "constant: {rate: 1/s}") FUNCTION "alarms: " alarm "\n"
    static const struct {
        const char *text, *said;
    } mistakes[] = {
        {WITH("[1]"), "'alarms' must be a map from names"},
        {WITH("{a: {metrik: {}}}"), "did you mean 'metric'?"},
        {WITH("{a: {metric: {component: itt, metric: errors, threshold: 1}}}"), "itt"},
        {WITH("{a: {metric: {component: it, metric: mistakes, threshold: 1}}}"),
         "it has no metric 'mistakes'"},
        {WITH("{a: {metric: {metric: mistakes, threshold: 1}}}"),
         "the account has no metric 'mistakes'"},
        {WITH("{a: {metric: {component: it, metric: busy, threshold: 1}}}"),
         "'busy' has an average and a maximum, no 'sum'"},
        {WITH("{a: {metric: {component: it, metric: errors, statistic: p99, threshold: 1}}}"),
         "'errors' has a sum, no 'p99'"},
        {WITH("{a: {metric: {component: it, metric: duration, threshold: 1}}}"),
         "'duration' has an average and percentiles p50 to p999, no 'sum'"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, price: alb.hour}}}"),
         "'alb.hour' is a price for 'h', but an alarm is paid for by the 'month'"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, price: metrics.alrm}}}"),
         "did you mean 'metrics.alarm'?"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, points: 4, of: 3}}}"),
         "cannot be more than the periods"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, period: 90s}}}"),
         "must be whole minutes"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, period: 25s}}}"),
         "below one whole tens of seconds"},
        {WITH(
             "{a: {metric: {component: it, metric: duration, statistic: p99, threshold: 1, period: "
             "30s}}}"),
         "say run: {intervals: 2}"},
        {WITH("{a: {metric: {component: it, metric: errors, threshold: 1, period: 1s}}}\nrun: "
              "{length: 1min, intervals: 7}"),
         ""},
        {WITH("{a: {spend: {amount: 1USD, before: 2USD, every: 1h, delay: 1h}}}"),
         "is already as much as the amount"},
        {WITH("{a: {aws-budget: {amount: 1USD}}}\naccount: {prices: none}"),
         "nothing is spent where nothing is priced"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        assert_refused(mistakes[i].text, mistakes[i].said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_minutes_of_three_fire_when_they_are_known),
        cmocka_unit_test(two_of_three_minutes_need_not_follow_each_other),
        cmocka_unit_test(a_long_period_slides_by_a_minute),
        cmocka_unit_test(a_short_period_slides_by_ten_seconds),
        cmocka_unit_test(levels_have_a_maximum_and_an_average),
        cmocka_unit_test(the_age_of_the_oldest_message_is_watched),
        cmocka_unit_test(a_period_without_data_counts_for_what_is_said),
        cmocka_unit_test(a_percentile_of_a_long_period_fires),
        cmocka_unit_test(what_is_missing_is_looked_past_first),
        cmocka_unit_test(an_amount_is_noticed_when_it_is_known_and_looked_at),
        cmocka_unit_test(the_average_of_a_latency_is_over_requests),
        cmocka_unit_test(alarms_are_paid_for_themselves),
        cmocka_unit_test(alarms_stand_all_month_however_long_the_run),
        cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
