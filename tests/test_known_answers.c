/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cases whose answers were known before: closed forms, documented examples, arithmetic. What a
 * mechanism's own test holds already is not here again.
 */
#include "build.h"

#define CLASS(name, arrivals, to, work)                                                            \
    "  " name ": {arrivals: {" arrivals "}, client: {retry: none}, path: [" to                     \
    "], work: {f: {" work "}}}\n"
/* Warm at once and for ever, no limit of its own. */
#define FUNCTION(more)                                                                             \
    "  f: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "        \
    "timeout: 900s, scale_burst: 1000000, scale_rate: 0/s, " more "}\n"
#define WARM "cold_start: 0s, keep_alive: 1d"
#define WAITS                                                                                      \
    "idle_pollers: 0, long_poll: 20s, retry_within_visibility: false, throttle_wait: 6s, "         \
    "throttle_wait_max: 6s"

static double erlang_b(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return b;
}

/* ---- places --------------------------------------------------------------------------------- */

/* Work of 1 s on average in so many places; who finds none is refused. What does not come of
 * starting empty: the first few seconds refuse nobody. */
static void loss_and_use_are_erlang_b(void **state)
{
    static const struct {
        int places;
        double load, refused, busy;
        int length;
    } cases[] = {{1, 1, 0.5, 0.5, 20000},
                 {10, 5, 0.01838457033664814, 4.908077148316759, 20000},
                 {30, 20, 0.008457498340194703, 19.830850033196107, 10000},
                 {200, 180, 0.010324995204982299, 178.14150086310318, 4000},
                 {1000, 950, 0.0036492936889424097, 946.5331709955047, 1000},
                 {1000, 1500, 0.3346510674178337, 998.0233988732494, 300}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b =
            run_text("run: {length: %ds, replications: 8, seed: 4, intervals: 5}\naccount: "
                     "{concurrency: %d}\ntraffic:\n" CLASS("a", "poisson: {rate: %g/s}", "f",
                                                           "io: {exponential: {mean: "
                                                           "1s}}") "components:\n" FUNCTION(WARM),
                     cases[i].length, cases[i].places, cases[i].load);
        assert_true(fabs(erlang_b(cases[i].places, cases[i].load) - cases[i].refused) < 1e-12);
        const double empty = 6. / cases[i].length;
        assert_theory(&b, "traffic.a.throttled.share", cases[i].refused, empty * cases[i].refused);
        assert_theory(&b, "account.concurrency.mean", cases[i].busy, empty * cases[i].busy);
        drop(&b);
    }
}

/* The load at which one request in a hundred is refused, as tables of Erlang's formula have it. */
static void one_in_a_hundred_is_refused_at_the_load_of_the_table(void **state)
{
    static const struct {
        int places;
        double load;
        int length;
    } cases[] = {{10, 4.461176857577691, 20000},
                 {20, 12.030614594900943, 10000},
                 {100, 84.06415889394776, 4000},
                 {1000, 971.2040600397681, 1000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b =
            run_text("run: {length: %ds, replications: 8, seed: 5, intervals: 5}\naccount: "
                     "{concurrency: %d}\ntraffic:\n" CLASS("a", "poisson: {rate: %.12f/s}", "f",
                                                           "io: 1s") "components:\n" FUNCTION(WARM),
                     cases[i].length, cases[i].places, cases[i].load);
        assert_theory(&b, "traffic.a.throttled.share", 0.01, 6e-2 / cases[i].length);
        drop(&b);
    }
}

/* 100 (1 + sin(wt) / 2) requests a second of 10 s without limits: the mean number busy follows as
 * sin(wt - p), tan p = 10 w, 7.72 s late, and with 500 cos p = 345.3 around 1,000
 * (Eick, Massey, Whitt 1993). The first two minutes are still under way to it. */
static void concurrency_lags_behind_a_sine(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 3000s, replications: 10, seed: 6, intervals: 1500}\naccount: {concurrency: "
        "100000}\ntraffic:\n" CLASS("a", "sine: {mean: 100/s, amplitude: 50%%, period: 60s}", "f",
                                    "io: {exponential: {mean: "
                                    "10s}}") "components:\n" FUNCTION(WARM));
    const double w = 2 * M_PI / 60;
    double mean = 0, in = 0, late = 0;
    for (int r = 0; r < 10; r++) {
        const struct fs_series *busy =
            fs_record_series(b.study->variant[0].record[r], "function_pool", "f", "busy");
        for (int i = 60; i < 1500; i++) {
            const double t = 2 * i + 1, share = 1. / (10 * 1440);
            mean += busy->interval_mean[i] * share;
            in += 2 * busy->interval_mean[i] * sin(w * t) * share;
            late -= 2 * busy->interval_mean[i] * cos(w * t) * share;
        }
    }
    const double averaged = sin(w) / w; /* over 2 s */
    assert_true(fabs(mean - 1000) < 10);
    assert_true(fabs(mean + hypot(in, late) / averaged - 1345.3105612766808) < 13);
    assert_true(fabs(atan2(late, in) / w - 7.72011729502456) < 0.1);
    drop(&b);
}

/* Busy for 5 s each: an environment is reused when one is free. The sixth is started at 7.8 s, and
 * at 8.5 s all six are in use (the developer guide's picture of ten requests). */
static void ten_requests_take_six_environments(void **state)
{
    static const char *const at[] = {"0s",   "1s",   "2s",   "3s",   "4s",
                                     "5.5s", "6.5s", "7.5s", "7.8s", "8.5s"};
    static const char *const reuse[] = {"most_recently_used", "least_recently_used", "random"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        char *schedules;
        size_t size;
        FILE *out = open_memstream(&schedules, &size);
        for (int i = 0; i < 10; i++)
            fprintf(out, "%s{jobs: 1, every: 1h, at: %s}", i ? ", " : "", at[i]);
        fclose(out);
        for (int early = 0; early < 2; early++) {
            struct built b = run_text("run: {length: %s}\ntraffic:\n" CLASS(
                                          "a", "cron: {schedules: [%s]}", "f",
                                          "io: 5s") "components:\n" FUNCTION(WARM ", reuse: %s"),
                                      early ? "7.7s" : "8.6s", schedules, reuse[k]);
            assert_int_equal(number(&b, "components.f.cold_starts"), early ? 5 : 6);
            assert_int_equal(number(&b, "components.f.busy.last"), early ? 5 : 6);
            drop(&b);
        }
        free(schedules);
    }
}

/* ---- environments --------------------------------------------------------------------------- */

/* One place and nobody waits: the idle time is exponential, so exp(-3) of those who get in are
 * cold; busy 2 s and 1 s more for these, of a cycle that begins anew with each of them. */
static void one_place_is_cold_and_full_as_renewals_say(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 4000000s, replications: 10, seed: 7, intervals: 5}\naccount: {concurrency: "
        "1}\ntraffic:\n" CLASS("a", "poisson: {rate: 0.01/s}", "f",
                               "io: 2s") "components:\n" FUNCTION("cold_start: 1s, keep_alive: "
                                                                  "300s"));
    const struct fs_view cold = view_of(&b, "base", "components.f.cold_starts");
    const struct fs_view in = view_of(&b, "base", "components.f.invocations");
    const double p = exp(-3);
    assert_theory(&b, "traffic.a.throttled.share", 0.020086147431102593, 0);
    assert_theory(&b, "components.f.environments.mean", 0.9512129620275352, 0);
    assert_true(fabs(cold.estimate.value / in.estimate.value - p) <
                3.5 * sqrt(p * (1 - p) / (10 * in.estimate.value)));
    drop(&b);
}

/* A line before one place that takes 4 s to start when it has been idle for 5 s: a queue whose
 * first customer of a busy period is served exceptionally (Welch 1964). */
static void waiting_for_one_that_starts_is_that_of_exceptional_first_service(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100000s, replications: 20, seed: 8, intervals: 5}\ntraffic:\n" CLASS(
            "a", "poisson: {rate: 0.2/s}", "queue, f",
            "io: {exponential: {mean: "
            "1s}}") "components:\n  queue: {mechanism: queue, visibility_timeout: 1h, retention: "
                    "4d}\n  pull: {mechanism: poller, from: queue, to: f, batch_size: 1, "
                    "start_concurrency: 1, maximum: 1, ramp: 0/s, " WAITS
                    "}\n" FUNCTION("cold_start: 4s, keep_alive: 5s"));
    assert_theory(&b, "traffic.a/queue.latency.mean", 1.8416860197787839 + 1, 0);
    assert_theory(&b, "traffic.a/queue.cold_starts.share", 0.22738371711125488, 0);
    drop(&b);
}

/* Idle times that end at random are the only ones under which it does not matter who is taken:
 * 0.0324 cold, 1.942 idle, and rate times cold is idle over 600 s. */
static void exponential_idle_times_leave_the_choice_free(void **state)
{
    static const char *const reuse[] = {"most_recently_used", "least_recently_used", "random"};
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct built b = run_text(
            "run: {length: 1000000s, replications: 10, seed: 9, intervals: 5}\ntraffic:\n" CLASS(
                "a", "poisson: {rate: 0.1/s}", "f",
                "io: {exponential: {mean: "
                "2s}}") "components:\n" FUNCTION("cold_start: 0s, keep_alive: {exponential: {mean: "
                                                 "600s}}, reuse: %s"),
            reuse[k]);
        assert_theory(&b, "traffic.a.cold_starts.share", 0.0323642785349, 0);
        assert_theory(&b, "components.f.environments.mean", 1.94185671209 + 0.2, 0);
        drop(&b);
    }
}

/* Evenly spaced, everything cold: what comes until the first is back starts another one, 4.1 s x
 * 200/s or 4.2 s x 50/s. The largest rate that 1,000 places survive is 1,000 / 4.1 s, 243.9/s. */
static void a_cold_start_of_everything_takes_rate_times_its_time(void **state)
{
    static const struct {
        const char *work;
        int rate, cold, refused;
        double longest;
    } cases[] = {{"100ms", 200, 820, 0, 4.1},
                 {"200ms", 50, 210, 0, 4.2},
                 {"100ms", 243, 997, 0, 4.1},
                 {"100ms", 245, 1000, 5, 4.1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b =
            run_text("run: {length: 20s}\naccount: {concurrency: 1000}\ntraffic:\n" CLASS(
                         "a", "constant: {rate: %d/s, start: 0s}", "f",
                         "io: %s") "components:\n" FUNCTION("cold_start: 4s, keep_alive: 1d"),
                     cases[i].rate, cases[i].work);
        assert_int_equal(number(&b, "components.f.cold_starts"), cases[i].cold);
        assert_int_equal(number(&b, "account.concurrency.peak"), cases[i].cold);
        assert_int_equal(number(&b, "traffic.a.throttled"), cases[i].refused);
        assert_true(fabs(number(&b, "traffic.a.latency.max") - cases[i].longest) < 1e-9);
        drop(&b);
    }
}

/* 2,000 in 10 s on 1,000 places: with 6 s of work 1,000 are taken in the first 5 s and then those
 * of 6 to 10 s; with 20 s none after the first 5 s. */
static void a_wider_burst_loses_less(void **state)
{
    (void)state;
    for (int work = 6; work <= 20; work += 14) {
        struct built b =
            run_text("run: {length: 1min}\naccount: {concurrency: 1000}\ntraffic:\n" CLASS(
                         "a", "burst: {size: 2000, at: 0s, over: 10s}", "f",
                         "io: %ds") "components:\n" FUNCTION(WARM),
                     work);
        assert_true(fabs(number(&b, "traffic.a.throttled") - (work == 6 ? 200 : 1000)) <= 2);
        drop(&b);
    }
}

/* Attempts at 0, 1, 3 and 7 s against 1,000 places held for 5 s: half are refused three times, find
 * room at 7 s and are done at 12 s. */
static void waits_that_double_reach_the_places_that_are_free(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\naccount: {concurrency: 1000}\ntraffic:\n  a: {arrivals: {burst: "
        "{size: 2000, at: 0s}}, client: {retry: {backoff: {attempts: 4, base: 1s, factor: 2, "
        "jitter: none}}}, path: [f], work: {f: {io: 5s}}}\ncomponents:\n" FUNCTION(WARM));
    assert_int_equal(number(&b, "traffic.a.completed"), 2000);
    assert_int_equal(number(&b, "traffic.a.attempts"), 5000);
    assert_true(number(&b, "traffic.a.latency.max") == 12);
    drop(&b);
}

/* Each execution by itself: up to whole milliseconds. */
static void durations_are_rounded_up_to_milliseconds(void **state)
{
    static const struct {
        const char *work;
        int ms;
    } cases[] = {{"200us", 1}, {"1ms", 1}, {"1000100ns", 2}, {"1200us", 2}, {"3s", 3000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 1min}\ntraffic:\n" CLASS("a", "burst: {size: 1, at: 0s}", "f",
                                                    "io: %s") "components:\n" FUNCTION(WARM),
            cases[i].work);
        assert_int_equal(number(&b, "components.f.memory_time"), 1769 * cases[i].ms);
        drop(&b);
    }
}

/* ---- queues --------------------------------------------------------------------------------- */

#define QUEUED(arrivals, work, queue, pull)                                                        \
    "traffic:\n" CLASS("a", arrivals, "queue, f", work) "components:\n  queue: {platform: "        \
                                                        "aws-sqs, " queue "}\n  pull: {" pull      \
                                                        ", from: queue, to: f}\n"
#define DEAD "  dead: {platform: aws-sqs, sink: true}\n"

/* 100 places for work of 30 s: 3.33 a second are done however many come, nothing fails, and what is
 * refused is tried again (operator guide). */
static void a_full_function_works_at_its_limit_without_errors(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1h, intervals: 60}\naccount: {concurrency: 100}\n" QUEUED(
            "constant: {rate: 10/s}", "io: 30s", "visibility_timeout: 2h",
            "platform: aws-lambda-sqs-mapping, batch_size: 1") FUNCTION(WARM));
    const struct fs_series *done =
        fs_record_series(b.study->variant[0].record[0], "function_pool", "f", "completed");
    int64_t late = 0;
    for (int i = 30; i < 60; i++)
        late += done->increase[i];
    assert_true(fabs((double)late - 1800 * 100 / 30.) < 60);
    assert_int_equal(number(&b, "components.f.busy.peak"), 100);
    assert_int_equal(number(&b, "components.f.errors"), 0);
    assert_true(number(&b, "components.f.throttled_concurrency") > 0);
    drop(&b);
}

/* Fifty pollers and five places: nine deliveries in ten are refused, each burning a receive, and
 * with three receives .9^3 of valid messages are dead. A mapping held to five loses none. */
static void pollers_that_outnumber_places_kill_valid_messages(void **state)
{
    static const int pollers[] = {50, 5};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 3h}\naccount: {unreserved_minimum: 0}\n" QUEUED(
                "burst: {size: 5000, at: 0s}", "io: {exponential: {mean: 3s}}",
                "visibility_timeout: 30min, redrive: {max_receive_count: 3, to: dead}",
                "mechanism: poller, batch_size: 1, start_concurrency: %d, maximum: %d, ramp: "
                "0/s, " WAITS) DEAD FUNCTION(WARM ", reserved: 5"),
            pollers[i], pollers[i]);
        const double share = number(&b, "traffic.a/queue.dead_lettered") / 5000;
        assert_true(i ? share == 0 : fabs(share - 0.729) < 0.05);
        assert_int_equal(number(&b, "components.f.errors"), 0);
        drop(&b);
    }
}

/* Batches of ten that come apart from each other, one message in a hundred bad: the same ten come
 * back together and die together, 1 - .99^10 of all messages. (Mixed anew each time, 0.065 % of
 * good ones would.) */
static void good_messages_die_with_the_bad_one_of_their_batch(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 7200s, replications: 10, seed: 3}\n" QUEUED(
        "burst: {size: 10, at: 0s, every: 7s}", "io: 1ms",
        "visibility_timeout: 31s, redrive: {max_receive_count: 3, to: dead}",
        "mechanism: poller, batch_size: 10, batch_window: 1s, start_concurrency: 5, maximum: "
        "1000, ramp: 5/s, poison: 1%%, " WAITS) DEAD FUNCTION(WARM));
    const double batches = number(&b, "traffic.a.arrived") / 10;
    assert_theory(&b, "traffic.a/queue.dead_lettered", 10 * batches * 0.09561792499119559,
                  10 * 14 * 0.0956); /* those of the last 93 s are not dead yet */
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_use_are_erlang_b),
        cmocka_unit_test(one_in_a_hundred_is_refused_at_the_load_of_the_table),
        cmocka_unit_test(concurrency_lags_behind_a_sine),
        cmocka_unit_test(ten_requests_take_six_environments),
        cmocka_unit_test(one_place_is_cold_and_full_as_renewals_say),
        cmocka_unit_test(waiting_for_one_that_starts_is_that_of_exceptional_first_service),
        cmocka_unit_test(exponential_idle_times_leave_the_choice_free),
        cmocka_unit_test(a_cold_start_of_everything_takes_rate_times_its_time),
        cmocka_unit_test(a_wider_burst_loses_less),
        cmocka_unit_test(waits_that_double_reach_the_places_that_are_free),
        cmocka_unit_test(durations_are_rounded_up_to_milliseconds),
        cmocka_unit_test(a_full_function_works_at_its_limit_without_errors),
        cmocka_unit_test(pollers_that_outnumber_places_kill_valid_messages),
        cmocka_unit_test(good_messages_die_with_the_bad_one_of_their_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
