/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an account lets its functions do: concurrency, requests per second, growth. */
#include "build.h"

#define CLASS(name, arrivals, to, work)                                                            \
    "  " name ": {arrivals: {" arrivals "}, client: {retry: none}, path: [" to "], work: {" to     \
    ": {" work "}}}\n"
/* Warm at once, kept for an hour; what a test is about comes behind. */
#define FUNCTION(name, more)                                                                       \
    "  " name ": {platform: aws-lambda, timeout: 900s, cold_start: 0s, keep_alive: 1h, "           \
    "max_age: 10h" more "}\n"

/* Concurrency is requests per second times duration: published examples. */
static void concurrency_is_rate_times_duration(void **state)
{
    static const struct {
        const char *rate, *duration;
        int peak;
    } cases[] = {{"100/s", "1s", 100}, {"200/s", "250ms", 50}, {"10/s", "3s", 30}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 1min}\ntraffic:\n  a: {arrivals: {constant: {rate: %s}}, client: "
            "{retry: none}, path: [f], work: {f: {io: %s}}}\ncomponents:\n" FUNCTION("f", ""),
            cases[i].rate, cases[i].duration);
        assert_int_equal(number(&b, "account.concurrency.peak"), cases[i].peak);
        assert_int_equal(number(&b, "traffic.a.throttled"), 0);
        drop(&b);
    }
}

/* 20,000/s of 50 ms fit into a concurrency of 1,000, but not into 10,000 requests per second; twice
 * the quota serves all. */
static void requests_per_second_are_ten_times_the_concurrency(void **state)
{
    static const struct {
        int concurrency, throttled;
    } cases[] = {{1000, 100000}, {2000, 0}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 10s}\naccount: {concurrency: %d}\ntraffic:\n" CLASS(
                         "a", "constant: {rate: 20000/s, start: 0s}", "f",
                         "io: 50ms") "components:\n" FUNCTION("f", ", scale_rate: 0/s"),
                     cases[i].concurrency);
        /* the run's last instant is the first of another second */
        const double last = number(&b, "traffic.a.arrived") - 200000;
        assert_true(last == 0 || last == 1);
        assert_int_equal(number(&b, "components.f.throttled_requests"), cases[i].throttled);
        assert_int_equal(number(&b, "account.refused_rate"), cases[i].throttled);
        assert_int_equal(number(&b, "traffic.a.throttled"), cases[i].throttled);
        drop(&b);
    }
}

/* 15,000 events a second of 10 ms are all taken, concurrency being all that limits them, and leave
 * the 10,000 synchronous requests a second to others. */
static void events_are_held_to_no_rate_of_requests(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 3999ms}\ntraffic:\n  a: {arrivals: {constant: {rate: 15000/s, start: 0s}}, "
        "client: {retry: none}, path: [events, f], work: {f: {io: 10ms}}}\n" CLASS(
            "b", "constant: {rate: 12000/s, start: 0s}", "g",
            "io: 10ms") "components:\n  events: {platform: aws-lambda-async}\n" FUNCTION("f", "")
            FUNCTION("g", ""));
    assert_int_equal(number(&b, "components.events.throttled"), 0);
    assert_int_equal(number(&b, "components.f.throttled_requests"), 0);
    assert_int_equal(number(&b, "components.g.throttled_requests"),
                     number(&b, "traffic.b.arrived") - 40000);
    drop(&b);
}

/* 400 and 400 of 1,000 reserved: each of the two is refused at 400 and all others share 200,
 * whatever is idle elsewhere. */
static void reserved_concurrency_is_floor_and_ceiling(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n" CLASS("a", "burst: {size: 500, at: 1s}", "blue", "io: 5s")
            CLASS("b", "burst: {size: 400, at: 20s}", "orange", "io: 5s")
                CLASS("c", "burst: {size: 300, at: 40s}", "other",
                      "io: 5s") "components:\n" FUNCTION("blue", ", reserved: 400")
                    FUNCTION("orange", ", reserved: 400") FUNCTION("other", ""));
    assert_int_equal(number(&b, "traffic.a.throttled"), 100);
    assert_int_equal(number(&b, "components.blue.throttled_reserved"), 100);
    assert_int_equal(number(&b, "traffic.b.throttled"), 0);
    assert_int_equal(number(&b, "traffic.c.throttled"), 100);
    assert_int_equal(number(&b, "components.other.throttled_concurrency"), 100);
    assert_int_equal(number(&b, "account.refused"), 100);
    drop(&b);
}

/* 100 are reserved, and then the account's limit is lowered to 20, 70 or 120: it is the account
 * that refuses 30 of 50, nobody, and the function itself when 130 ask for 100. */
static void it_is_said_whose_limit_refused(void **state)
{
    static const struct {
        int limit, asked, account, reserved;
    } cases[] = {{20, 50, 30, 0}, {70, 50, 0, 0}, {120, 130, 0, 30}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 1min}\nevents: [{at: 1s, quota: {concurrency: %d}}]\ntraffic:\n" CLASS(
                "a", "burst: {size: %d, at: 2s}", "f",
                "io: 5s") "components:\n" FUNCTION("f", ", reserved: 100"),
            cases[i].limit, cases[i].asked);
        assert_int_equal(number(&b, "components.f.throttled_concurrency"), cases[i].account);
        assert_int_equal(number(&b, "account.refused"), cases[i].account);
        assert_int_equal(number(&b, "components.f.throttled_reserved"), cases[i].reserved);
        drop(&b);
    }
}

static void a_reservation_of_zero_switches_a_function_off(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 1/s}", "f", "io: 1s") "components:\n" FUNCTION("f",
                                                                              ", reserved: 0"));
    assert_int_equal(number(&b, "traffic.a.throttled"), number(&b, "traffic.a.arrived"));
    assert_int_equal(number(&b, "components.f.invocations"), 0);
    drop(&b);
}

/* 10 x 5 requests of 10 ms per second of the clock, from a burst of 5 every 50 ms. */
static void a_function_with_a_reservation_has_ten_times_its_requests_per_second(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 9900ms}\ntraffic:\n" CLASS(
        "a", "burst: {size: 5, at: 0s, every: 50ms}", "f",
        "io: 10ms") "components:\n" FUNCTION("f", ", reserved: 5"));
    assert_int_equal(number(&b, "traffic.a.completed") + number(&b, "traffic.a.in_flight.last"),
                     10 * 50);
    assert_int_equal(number(&b, "components.f.throttled_requests"),
                     number(&b, "traffic.a.throttled"));
    drop(&b);
}

/* The neighbour asks for 1,500 at once and again every second: with 20 reserved the victim is not
 * refused once, without it more often than not. */
static void a_reservation_keeps_a_noisy_neighbour_out(void **state)
{
    static const char *const reserved[] = {"-1", "20"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 180s}\ntraffic:\n" CLASS(
                         "victim", "constant: {rate: 50/s, start: 60s}", "f", "io: 200ms")
                         CLASS("neighbour", "burst: {size: 1500, at: 60s, every: 1s}", "g",
                               "io: 30s") "components:\n" FUNCTION("f", ", reserved: %s")
                             FUNCTION("g", ", scale_rate: 0/s"),
                     reserved[i]);
        const double share = number(&b, "traffic.victim.throttled.share");
        assert_true(i ? share == 0 : share > 0.5);
        drop(&b);
    }
}

/* An event may take from the account what others have not reserved. */
static void a_lower_quota_leaves_reservations_alone(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\naccount: {concurrency: 130}\ntraffic:\n" CLASS(
        "a", "burst: {size: 30, at: 5s}", "f", "io: 1s")
                                  CLASS("b", "burst: {size: 30, at: 5s}", "g",
                                        "io: 1s") "components:\n" FUNCTION("f", ", reserved: 20")
                                      FUNCTION("g", "") "events: [{at: 1s, quota: "
                                                        "{concurrency: 30}}]\n");
    assert_int_equal(number(&b, "traffic.a.throttled"), 10);
    assert_int_equal(number(&b, "traffic.b.throttled"), 20);
    drop(&b);
}

/* What nothing asks is a mistake, and so is what asks itself for ever. */
static void what_nothing_reaches_and_what_never_ends_is_refused(void **state)
{
    (void)state;
    assert_refused("traffic:\n" CLASS("a", "constant: {rate: 1/s}", "f",
                                      "io: 1s") "components:\n" FUNCTION("f", "") FUNCTION("g", ""),
                   "no request ever reaches 'g'");
    assert_refused(
        "traffic:\n  a: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, path: "
        "[events, f, queue, f]}\ncomponents:\n  events: {platform: aws-lambda-async}\n"
        "  queue: {platform: aws-sqs, visibility_timeout: 2h}\n  pull: {platform: "
        "aws-lambda-sqs-mapping, from: queue, to: f}\n" FUNCTION("f", ""),
        "the path comes back to 'f': a loop that nothing limits");
    assert_refused(
        "traffic:\n  a: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, path: "
        "[events, f]}\ncomponents:\n  events: {platform: aws-lambda-async, on_failure: "
        "dead}\n  dead: {platform: aws-sqs, visibility_timeout: 2h}\n  pull: {platform: "
        "aws-lambda-sqs-mapping, from: dead, to: g}\n" FUNCTION("f", "") FUNCTION("g", ""),
        "no path passes 'dead', so 'pull' never gets anything from it");
}

/* ---- growth --------------------------------------------------------------------------------- */

/* Blocks of 10,000 requests over so many minutes, each block at once, service under a minute. The
 * operator guide's answers for a burst of 3,000 and 500 more each minute; and what a function's own
 * 1,000 and 100 a second, filled up again after a minute, let through. */
static void bursts_of_ten_thousand_meet_the_old_and_the_new_rate(void **state)
{
    static const struct {
        int minutes, block[4], old[4], now[4];
    } cases[] = {{1, {10000}, {7000}, {9000}},
                 {2, {5000, 5000}, {2000, 1500}, {4000, 3000}},
                 {3, {3333, 3333, 3334}, {333, 0, 0}, {2333, 1333, 334}},
                 {4, {2500, 2500, 2500, 2500}, {0, 0, 0, 0}, {1500, 500, 0, 0}}};
    static const char *const growth[] = {"aws-regional-burst", "per_function"};
    (void)state;
    for (int i = 0; i < 8; i++) {
        const int *block = cases[i / 2].block;
        struct built b = run_text(
            "run: {length: 5min}\naccount: {concurrency: 10000, growth: %s}\ntraffic:\n"
            "  m1: {arrivals: {burst: {size: %d, at: 0s}}, client: {retry: none}, path: [f], work: "
            "{f: {io: 50s}}}\n"
            "  m2: {arrivals: {burst: {size: %d, at: 1min}}, client: {retry: none}, path: [f], "
            "work: {f: {io: 50s}}}\n"
            "  m3: {arrivals: {burst: {size: %d, at: 2min}}, client: {retry: none}, path: [f], "
            "work: {f: {io: 50s}}}\n"
            "  m4: {arrivals: {burst: {size: %d, at: 3min}}, client: {retry: none}, path: [f], "
            "work: {f: {io: 50s}}}\ncomponents:\n" FUNCTION("f", ""),
            growth[i % 2], block[0], block[1] ? block[1] : 1, block[2] ? block[2] : 1,
            block[3] ? block[3] : 1);
        for (int m = 0; m < cases[i / 2].minutes; m++) {
            const char *path = fs_arena_format(b.arena, "traffic.m%d.throttled", m + 1);
            assert_int_equal(number(&b, path), i % 2 ? cases[i / 2].now[m] : cases[i / 2].old[m]);
        }
        drop(&b);
    }
}

/* The same deploy that costs 230 of constant arrivals costs about 235 of Poisson ones: of
 * N ~ Poisson(1,230) in 4.1 s the first 1,000 are served, and N - 1,000 are not. What comes until
 * all 1,000 have come back adds the rest. */
static void a_deploy_costs_poisson_arrivals_a_little_more(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s, replications: 40, seed: 9}\ntraffic:\n" CLASS(
        "a", "profile: {points: [{at: 0s, rate: 0/s}, {at: 10s, rate: 300/s}], shape: steps}", "f",
        "io: 100ms") "components:\n  f: {platform: aws-lambda, timeout: 900s, cold_start: "
                     "4s, scale_rate: 0/s}\n");
    const double found = number(&b, "traffic.a.throttled");
    const double error = sqrt(1230. / 40);
    assert_true(found > 230 - 3.5 * error && found < 240 + 3.5 * error);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(concurrency_is_rate_times_duration),
        cmocka_unit_test(requests_per_second_are_ten_times_the_concurrency),
        cmocka_unit_test(events_are_held_to_no_rate_of_requests),
        cmocka_unit_test(reserved_concurrency_is_floor_and_ceiling),
        cmocka_unit_test(it_is_said_whose_limit_refused),
        cmocka_unit_test(a_reservation_of_zero_switches_a_function_off),
        cmocka_unit_test(a_function_with_a_reservation_has_ten_times_its_requests_per_second),
        cmocka_unit_test(a_reservation_keeps_a_noisy_neighbour_out),
        cmocka_unit_test(a_lower_quota_leaves_reservations_alone),
        cmocka_unit_test(what_nothing_reaches_and_what_never_ends_is_refused),
        cmocka_unit_test(bursts_of_ten_thousand_meet_the_old_and_the_new_rate),
        cmocka_unit_test(a_deploy_costs_poisson_arrivals_a_little_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
