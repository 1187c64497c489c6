/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Provisioned concurrency: when it is usable, who is served by it, what it costs, how it scales. */
#include "build.h"

#define CLASS(name, arrivals, to, work)                                                            \
    "  " name ": {arrivals: {" arrivals "}, client: {retry: none}, path: [" to "], work: {" to     \
    ": {" work "}}}\n"
/* 1 GB, cold starts of 1 s unless a test says otherwise, and what it is about behind. */
#define FUNCTION(name, more)                                                                       \
    "  " name ": {platform: aws-lambda, memory: 1024MB, timeout: 900s, keep_alive: 1h, "           \
    "max_age: 10h, " more "}\n"

/* A request for 5,000: preparation, then 6,000 a minute, and none usable before all are: 140 s. */
static void nothing_is_usable_until_all_of_it_is(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 200500ms}\naccount: {concurrency: 6000}\ntraffic:\n" CLASS(
            "a", "constant: {rate: 1/s, start: 0s}", "f",
            "io: 10ms") "components:\n" FUNCTION("f", "cold_start: 0s, provisioned: {count: 5000, "
                                                      "ready: false, prepare: 90s}"));
    assert_int_equal(number(&b, "components.f.provisioned_invocations"), 61);
    assert_int_equal(number(&b, "components.f.cold_starts"), 1);
    assert_int_equal(number(&b, "components.f.spilled"), 0);
    assert_near(&b, "components.f.provisioned_ready.mean", 5000 * 60.5 / 200.5);
    drop(&b);
}

/* Five, one a second, 3 s of init each: the last is ready at 8 s; all inits are billed. */
static void the_last_one_must_have_initialised(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\ntraffic:\n" CLASS(
        "a", "burst: {size: 1, at: 15s}", "f",
        "io: 1s") "components:\n" FUNCTION("f", "cold_start: 3s, provisioned: {count: 5, ready: "
                                                "false, prepare: 0s, rate: "
                                                "1/s}"));
    assert_near(&b, "components.f.provisioned_ready.mean", 5 * 12. / 20);
    assert_int_equal(number(&b, "components.f.provisioned_memory_time"), 1024 * (5 * 3000 + 1000));
    assert_int_equal(number(&b, "components.f.cold_starts"), 0);
    drop(&b);
}

/* Ten asked for at 1 min would be started from 3 min on. Of those given up at 2 min none ever was;
 * of those that are eleven from then on, eleven are, from 4 min on. */
static void an_init_that_never_began_is_not_billed(void **state)
{
    static const int then[] = {0, 11};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n" CLASS(
                "a", "burst: {size: 1, at: 9min}", "f",
                "io: 0s") "components:\n" FUNCTION("f", "cold_start: 3s, provisioned: "
                                                        "{count: 0, prepare: 2min, schedule: "
                                                        "[{at: 1min, count: 10}, {at: 2min, "
                                                        "count: %d}]}"),
            then[i]);
        assert_int_equal(number(&b, "components.f.provisioned_ready.last"), then[i]);
        assert_int_equal(number(&b, "components.f.provisioned_memory_time"), 1024 * 3000 * then[i]);
        drop(&b);
    }
}

/* A hundred asked for at 1 min, one a second: 59 have begun when another number is asked for at
 * 119.5 s, and are paid for. Of the 101 then each is started anew, and ready 104 s later. */
static void an_init_that_began_in_vain_is_billed(void **state)
{
    static const int then[] = {0, 101};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n" CLASS(
                "a", "burst: {size: 1, at: 9min}", "f",
                "io: 0s") "components:\n" FUNCTION("f", "cold_start: 3s, provisioned: {count: 0, "
                                                        "prepare: 0s, rate: 1/s, schedule: [{at: "
                                                        "1min, count: 100}, {at: 119500ms, count: "
                                                        "%d}]}"),
            then[i]);
        assert_near(&b, "components.f.provisioned_ready.mean", then[i] * (480.5 - 104) / 600);
        assert_int_equal(number(&b, "components.f.provisioned_memory_time"),
                         1024 * 3000 * (59 + then[i]));
        drop(&b);
    }
}

/* Ten asked for at 1 min, ready at 3 min. Of another number asked for at that very instant nothing
 * had begun; when it is asked for at 3 min, the ten are ready first. */
static void changes_at_one_instant_come_one_after_the_other(void **state)
{
    static const struct {
        const char *at;
        int then;
        double ready; /* number x min */
        int inits;
    } cases[] = {{"1min", 0, 0, 0},
                 {"1min", 4, 4 * 7, 4},
                 {"3min", 12, 10 * 2 + 12 * 5, 12},
                 {"3min", 4, 4 * 7, 10}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n" CLASS(
                "a", "burst: {size: 1, at: 9min}", "f",
                "io: 0s") "components:\n" FUNCTION("f", "cold_start: 2min, provisioned: {count: 0, "
                                                        "prepare: 0s, rate: 0/s, schedule: [{at: "
                                                        "1min, count: 10}, {at: %s, count: %d}]}"),
            cases[i].at, cases[i].then);
        assert_near(&b, "components.f.provisioned_ready.mean", cases[i].ready / 10);
        assert_int_equal(number(&b, "components.f.provisioned_memory_time"),
                         INT64_C(1024) * 120000 * cases[i].inits);
        drop(&b);
    }
}

/* 200 provisioned of 400 reserved: 200 of 500 are warm, 200 are not, 100 are refused; the other 600
 * of the account are not touched. */
static void within_a_reservation_it_spills_over_up_to_the_reservation(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n" CLASS("a", "burst: {size: 500, at: 1s}", "f", "io: 10s")
            CLASS("b", "burst: {size: 601, at: 2s}", "g", "io: 10s") "components:\n" FUNCTION(
                "f", "cold_start: 1s, reserved: 400, provisioned: {count: 200}")
                FUNCTION("g", "cold_start: 0s"));
    assert_int_equal(number(&b, "components.f.provisioned_invocations"), 200);
    assert_int_equal(number(&b, "traffic.a.cold_starts"), 200);
    assert_int_equal(number(&b, "components.f.throttled_reserved"), 100);
    assert_int_equal(number(&b, "traffic.b.throttled"), 1);
    drop(&b);
}

static void without_a_reservation_it_spills_over_into_what_all_share(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS(
        "a", "burst: {size: 1100, at: 1s}", "f",
        "io: 10s") "components:\n" FUNCTION("f", "cold_start: 1s, provisioned: {count: 200}"));
    assert_int_equal(number(&b, "components.f.provisioned_invocations"), 200);
    assert_int_equal(number(&b, "components.f.spilled"), 900);
    assert_int_equal(number(&b, "traffic.a.cold_starts"), 800);
    assert_int_equal(number(&b, "components.f.throttled_concurrency"), 100);
    drop(&b);
}

/* Ten times 2 requests a second, from 100 a second of 1 ms each. */
static void it_spills_over_at_ten_times_its_number_of_requests_per_second(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 9999ms}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 100/s, start: 0s}", "f",
        "io: 1ms") "components:\n" FUNCTION("f", "cold_start: 0s, provisioned: {count: 2}"));
    assert_int_equal(number(&b, "components.f.provisioned_invocations"), 10 * 20);
    assert_int_equal(number(&b, "components.f.spilled"), 10 * 80);
    assert_int_equal(number(&b, "traffic.a.throttled"), 0);
    drop(&b);
}

static double erlang_b(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return b;
}

/* What spills over is what Erlang's system loses: 100 busy on average and 124 provisioned, the
 * 99th percentile of Poisson(100). */
static void what_spills_over_is_erlang_b(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 2000s, replications: 12, seed: 3, intervals: 4}\ntraffic:\n" CLASS(
            "a", "poisson: {rate: 500/s}", "f",
            "io: {exponential: {mean: 200ms}}") "components:\n" FUNCTION("f", "cold_start: 0s, "
                                                                              "scale_rate: 0/s, "
                                                                              "provisioned: "
                                                                              "{count: 124}"));
    assert_theory(&b, "components.f.spilled", 500 * 2000 * erlang_b(124, 100), 0);
    drop(&b);
}

static void a_deploy_finds_the_new_version_prepared(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/s}", "f",
        "io: 10ms") "components:\n" FUNCTION("f", "cold_start: 1s, provisioned: {count: "
                                                  "1}") "events: [{at: 30500ms, deploy: "
                                                        "f}]\n");
    assert_int_equal(number(&b, "components.f.cold_starts"), 0);
    drop(&b);
}

/* Two of them, each with an init of 3 s every 2 h in 5 h. Nobody waits for it. */
static void they_initialise_again_every_few_hours_and_that_is_billed(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 5h}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/min}", "f", "io: 1s") "components:\n  f: {platform: aws-lambda, "
                                                       "memory: 1024MB, cold_start: 3s, max_age: "
                                                       "2h, provisioned: {count: 2}}\n");
    assert_int_equal(number(&b, "components.f.recycled"), 2 * 2);
    assert_int_equal(number(&b, "components.f.provisioned_memory_time"),
                     1024 * (2 * 2 * 3000 + 1000 * number(&b, "components.f.completed")));
    assert_true(number(&b, "traffic.a.latency.max") < 1 + 1e-9);
    drop(&b);
}

/* ---- money ---------------------------------------------------------------------------------- */

/* The pricing page's 7 environments of 4,096 MB for a day, 10.08 USD, and what one of its
 * 2,000,000 requests of 280 ms costs: (21.78 + 0.40) / 2,000,000 USD but for rounding. */
static void a_day_of_it_costs_what_the_pricing_page_says(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 24h}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/min}", "f", "io: 280ms") "components:\n  f: {platform: "
                                                          "aws-lambda, memory: 4096MB, "
                                                          "cold_start: 0s, provisioned: {count: "
                                                          "7}}\n");
    const double n = number(&b, "components.f.completed");
    assert_near(&b, "cost.f.provisioned.usd", 7 * 4 * 86400 * 0.0000041667);
    assert_true(fabs(number(&b, "cost.f.provisioned.usd") - 10.08) < 0.005);
    assert_near(&b, "cost.f.provisioned_duration.usd", n * 4 * 0.28 * 0.0000097222);
    assert_true(fabs(number(&b, "cost.f.provisioned_duration.usd") / n * 2e6 - 21.78) < 0.005);
    assert_near(&b, "cost.f.requests.usd", n * 2e-7);
    assert_true(number(&b, "cost.f.duration.usd") == 0);
    drop(&b);
}

/* 4.1667 + 0.6 x 9.7222 = 0.6 x 16.6667: at 60 % of use it is as dear as being cold. */
static void it_breaks_even_at_sixty_percent_of_use(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 0.1/s, start: 0s}", "f",
        "io: 6s") "components:\n" FUNCTION("f", "cold_start: 0s") "variants:\n  cold: {}\n  kept: "
                                                                  "{components.f.provisioned: "
                                                                  "{count: 1}}\n");
    assert_true(
        fabs(number_in(&b, "kept", "cost.total_usd") / number_in(&b, "cold", "cost.total_usd") -
             1) < 0.002);
    drop(&b);
}

/* Given up after 7 minutes, charged for 10. */
static void it_is_charged_in_steps_of_five_minutes(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20min}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/min}", "f",
        "io: 1s") "components:\n" FUNCTION("f", "cold_start: 0s, provisioned: {count: 10, "
                                                "schedule: [{at: 7min, count: "
                                                "0}]}"));
    assert_near(&b, "components.f.provisioned_ready.mean", 10 * 7. / 20);
    assert_near(&b, "components.f.provisioned_charged.mean", 10 * 10. / 20);
    drop(&b);
}

/* Five from 0 to 7 min and again from 8 to 12 min: 10 and 5 min are charged, the second time from
 * the instant at which it is enabled again, although the first is charged to 10 min. */
static void each_time_that_it_is_enabled_is_rounded_up(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30min}\ntraffic:\n" CLASS(
        "a", "burst: {size: 1, at: 29min}", "f",
        "io: 1s") "components:\n" FUNCTION("f", "cold_start: 0s, provisioned: {count: 5, prepare: "
                                                "0s, schedule: [{at: 7min, count: 0}, {at: 8min, "
                                                "count: 5}, {at: 12min, count: 0}]}"));
    assert_near(&b, "components.f.provisioned_charged.mean", (5 * 10 + 5 * 5) / 30.);
    drop(&b);
}

/* ---- scaling -------------------------------------------------------------------------------- */

/* Every hour to 5 at minute 10 and to 2 at minute 40; preparation takes a minute and 0.03 s. */
static void it_follows_a_schedule(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 2h}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/min}", "f",
        "io: 1s") "components:\n" FUNCTION("f", "cold_start: 0s, provisioned: {count: 2, prepare: "
                                                "1min, schedule: [{at: "
                                                "10min, count: 5, every: 1h}, {at: 40min, count: "
                                                "2, every: 1h}]}"));
    assert_near(&b, "components.f.provisioned_ready.mean", 2 + 3 * (30 * 60 - 60.03) / 3600);
    drop(&b);
}

#define TRACKED                                                                                    \
    "cold_start: 0s, provisioned: {count: %d, prepare: 1min, tracking: {target: 0.7, minimum: 1, " \
    "maximum: 50}}"

/* 9 of 10 busy: three minutes above 70 %, then 9 / 0.7 = 13, ready a minute and 0.03 s later; 9 of
 * 13 are 69 % and neither alarm's. */
static void tracking_grows_after_three_minutes_above_the_target(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\ntraffic:\n" CLASS("a", "constant: {rate: 0.9/s, start: 0s}", "f",
                                                 "io: 10s") "components:\n" FUNCTION("f", TRACKED),
        10);
    assert_near(&b, "components.f.provisioned_ready.mean", 10 + 3 * (600 - 240.03) / 600);
    assert_int_equal(number(&b, "components.f.provisioned_ready.last"), 13);
    drop(&b);
}

/* 9 of 20 are below 63 %: after fifteen minutes it shrinks to 13, at once. */
static void tracking_shrinks_after_fifteen_minutes_well_below_it(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20min}\ntraffic:\n" CLASS("a", "constant: {rate: 0.9/s, start: 0s}", "f",
                                                 "io: 10s") "components:\n" FUNCTION("f", TRACKED),
        20);
    assert_near(&b, "components.f.provisioned_ready.mean", 20 - 7 * 5. / 20);
    drop(&b);
}

/* 30 of 50 are busy, below 63 %; but it is the schedule that asks for 50, and not even tracking's
 * maximum of 20 makes it fewer. */
static void tracking_does_not_go_below_the_schedule(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 40min}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 3/s, start: 2min}", "f",
        "io: 10s") "components:\n" FUNCTION("f",
                                            "cold_start: 0s, provisioned: {count: 10, prepare: "
                                            "0s, schedule: [{at: 1min, count: 50}], tracking: "
                                            "{target: 0.7, maximum: 20}}"));
    assert_int_equal(number(&b, "components.f.provisioned_ready.last"), 50);
    assert_int_equal(number(&b, "components.f.spilled"), 0);
    drop(&b);
}

/* 30 at once for less than three minutes: 20 of them are cold, and nothing is done about it. */
static void tracking_misses_a_burst_of_two_minutes(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\ntraffic:\n" CLASS("a", "burst: {size: 30, at: 2min}", "f",
                                                 "io: 2min") "components:\n" FUNCTION("f", TRACKED),
        10);
    assert_int_equal(number(&b, "components.f.spilled"), 20);
    assert_int_equal(number(&b, "components.f.provisioned_ready.peak"), 10);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_usable_until_all_of_it_is),
        cmocka_unit_test(the_last_one_must_have_initialised),
        cmocka_unit_test(an_init_that_never_began_is_not_billed),
        cmocka_unit_test(an_init_that_began_in_vain_is_billed),
        cmocka_unit_test(changes_at_one_instant_come_one_after_the_other),
        cmocka_unit_test(within_a_reservation_it_spills_over_up_to_the_reservation),
        cmocka_unit_test(without_a_reservation_it_spills_over_into_what_all_share),
        cmocka_unit_test(it_spills_over_at_ten_times_its_number_of_requests_per_second),
        cmocka_unit_test(what_spills_over_is_erlang_b),
        cmocka_unit_test(they_initialise_again_every_few_hours_and_that_is_billed),
        cmocka_unit_test(a_deploy_finds_the_new_version_prepared),
        cmocka_unit_test(a_day_of_it_costs_what_the_pricing_page_says),
        cmocka_unit_test(it_breaks_even_at_sixty_percent_of_use),
        cmocka_unit_test(it_is_charged_in_steps_of_five_minutes),
        cmocka_unit_test(each_time_that_it_is_enabled_is_rounded_up),
        cmocka_unit_test(it_follows_a_schedule),
        cmocka_unit_test(tracking_grows_after_three_minutes_above_the_target),
        cmocka_unit_test(tracking_shrinks_after_fifteen_minutes_well_below_it),
        cmocka_unit_test(tracking_does_not_go_below_the_schedule),
        cmocka_unit_test(tracking_misses_a_burst_of_two_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
