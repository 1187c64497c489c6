/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#define BURST(size, at)                                                                            \
    "    arrivals: {burst: {size: " size ", at: " at "}}\n    client: {retry: none}\n"
#define CONSTANT(rate) "    arrivals: {constant: {rate: " rate "}}\n    client: {retry: none}\n"
/* One class straight to a table. */
#define STRAIGHT(length, class, table)                                                             \
    "run: {length: " length                                                                        \
    "}\ntraffic:\n  web:\n" class "    path: [table]\ncomponents:\n"                               \
                                  "  table: {mechanism: dependency, " table "}\n"
#define FUNCTION(reuse)                                                                            \
    "  it: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "       \
    "timeout: 30s, cold_start: 0s, keep_alive: 10min, scale_burst: 100000, scale_rate: 0/s, "      \
    "reuse: " reuse "}\n"

/* ---- places --------------------------------------------------------------------------------- */

/* One place, one waits, one is turned away: done at 1.1 s and 1.2 s. */
static void places_are_taken_in_turn(void **state)
{
    (void)state;
    struct built b =
        run_text(STRAIGHT("10s", BURST("3", "1s"), "latency: 100ms, concurrency: 1, waiting: 1"));
    assert_count(&b, "traffic.web.completed", 2);
    assert_count(&b, "traffic.web.dropped", 1);
    assert_ns(&b, "traffic.web.latency.max", 200e6);
    assert_ns(&b, "traffic.web.latency.mean", 150e6);
    assert_ns(&b, "components.table.wait.max", 100e6);
    assert_ns(&b, "components.table.latency.max", 100e6);
    drop(&b);
}

/* Four at 1 s, one place, 100 ms each, 150 ms of patience: 1.1 s, 1.2 s; the others give up at
 * 1.15 s. */
static void those_who_wait_too_long_give_up(void **state)
{
    (void)state;
    struct built b = run_text(STRAIGHT(
        "10s", BURST("4", "1s"), "latency: 100ms, concurrency: 1, waiting: 5, patience: 150ms"));
    assert_count(&b, "traffic.web.completed", 2);
    assert_count(&b, "traffic.web.timed_out", 2);
    assert_ns(&b, "components.table.wait.max", 150e6);
    assert_ns(&b, "components.table.waiting", 0.4e9 / 10); /* .1 + .15 + .15 s in 10 s */
    drop(&b);
}

static void without_a_line_one_too_many_is_refused(void **state)
{
    (void)state;
    struct built b = run_text(STRAIGHT("10s", BURST("3", "1s"), "latency: 100ms, concurrency: 2"));
    assert_count(&b, "traffic.web.completed", 2);
    assert_count(&b, "traffic.web.throttled", 1);
    assert_count(&b, "components.table.throttled_concurrency", 1);
    drop(&b);
}

/* M/M/c/K: p_n = p_0 a^n/n! up to c, then times a/c each; blocked p_K, mean in line sum (n-c) p_n,
 * and by Little's law a wait of that over the admitted rate (Gross, Harris, section 2.5). */
static void waiting_is_that_of_a_queue_with_c_servers_and_k_places(void **state)
{
    enum { C = 3, K = 7 };
    const double rate = 40, mean = 0.1, a = rate * mean;
    double p[K + 1] = {1}, sum = 1, in_line = 0;
    (void)state;
    for (int n = 1; n <= K; n++) {
        p[n] = p[n - 1] * a / (n < C ? n : C);
        sum += p[n];
    }
    for (int n = C; n <= K; n++)
        in_line += (n - C) * p[n] / sum;
    const double blocked = p[K] / sum;
    struct built b = run_text(
        "run: {length: 1000s, replications: 20, seed: 11, intervals: 10}\ntraffic:\n  web:\n"
        "    arrivals: {poisson: {rate: 40/s}}\n    client: {retry: none}\n    path: [table]\n"
        "components:\n  table: {mechanism: dependency, latency: {exponential: {mean: 100ms}}, "
        "concurrency: 3, waiting: 4}\n");
    assert_theory(&b, "traffic.web.dropped.share", blocked, 0);
    assert_theory(&b, "components.table.waiting", in_line, 0);
    assert_theory(&b, "components.table.wait", in_line / (rate * (1 - blocked)), 0);
    drop(&b);
}

/*
 * A published incident: 100 environments, a database of 50 connections, each environment keeps
 * one. Half of the environments fail, and because idle ones keep theirs, they do at any load:
 * used in turn, every other request fails. When all have expired, the connections are free.
 */
static void idle_environments_keep_their_connections(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1h}\naccount: {concurrency: 1000}\ntraffic:\n"
        "  crowd:\n" BURST(
            "100",
            "1s") "    path: [it, table]\n    work: {it: {io: 100ms}}\n"
                  "  later:\n    arrivals: {burst: {size: 100, at: 10s, over: 100s}}\n"
                  "    client: {retry: none}\n    path: [it, table]\n    work: {it: {io: 100ms}}\n"
                  "components:\n" FUNCTION(
                      "least_recently_used") "  table: {mechanism: dependency, latency: 1ms, "
                                             "concurrency: 50, kept_by: it}\n");
    assert_count(&b, "traffic.crowd.completed", 50);
    assert_count(&b, "traffic.crowd.failed", 50);
    assert_count(&b, "traffic.later.completed", 50);
    assert_count(&b, "traffic.later.failed", 50);
    assert_count(&b, "components.it.environments.peak", 100);
    assert_count(&b, "components.table.keepers.peak", 50);
    assert_count(&b, "components.table.keepers.last", 0);
    assert_count(&b, "components.table.throttled_concurrency", 100);
    drop(&b);
}

/* One environment keeps one of two places; the other is lent to whoever asks, one at a time. */
static void what_is_not_kept_is_lent(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10s}\ntraffic:\n"
        "  own:\n" BURST(
            "1",
            "1s") "    path: [it, table]\n    work: {it: {io: 100ms}}\n"
                  "  others:\n" BURST(
                      "2",
                      "5s") "    path: [table]\n"
                            "components:\n" FUNCTION(
                                "most_recently_used") "  table: {mechanism: dependency, latency: "
                                                      "1s, concurrency: 2, kept_by: it}\n");
    assert_count(&b, "traffic.own.completed", 1);
    assert_count(&b, "traffic.others.completed", 1);
    assert_count(&b, "traffic.others.throttled", 1);
    drop(&b);
}

/* Three tasks keep ten connections each of 25: the third has none, and what comes to it fails. */
static void tasks_keep_their_connections(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 30, at: 1s, over: "
        "30s}}\n"
        "    client: {retry: none}\n    path: [it, table]\n    work: {it: {io: 10ms}}\n"
        "components:\n  it: {mechanism: service, tasks: 3, cpu: 1}\n"
        "  table: {mechanism: dependency, latency: 1ms, concurrency: 25, kept_by: it, kept: 10}\n");
    assert_count(&b, "components.table.keepers.last", 2);
    assert_count(&b, "traffic.web.completed", 20);
    assert_count(&b, "traffic.web.failed", 10);
    drop(&b);
}

/* A new version: idle environments go at once and so do their connections. */
static void a_deployment_gives_connections_back(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\ntraffic:\n  web:\n" BURST(
        "3", "1s") "    path: [it, table]\n"
                   "    work: {it: {io: 100ms}}\ncomponents:\n" FUNCTION(
                       "most_recently_used") "  table: {mechanism: dependency, latency: 1ms, "
                                             "concurrency: 50, kept_by: it, kept: 10}\n"
                                             "events: [{at: 6s, deploy: it}]\n");
    assert_count(&b, "components.table.keepers.peak", 3);
    assert_count(&b, "components.table.keepers.last", 0);
    /* kept from 1 s to 6 s */
    assert_ns(&b, "components.table.keepers", 3 * 5e9 / 10);
    drop(&b);
}

/* ---- throughput ----------------------------------------------------------------------------- */

/* The vendor's example: 150 units/s, five minutes of them saved; a load of 200 is served for
 * 45,000 / (200 - 150) = 900 s, and from then on three in four. */
static void saved_throughput_lasts_as_documented(void **state)
{
    (void)state;
    struct built b = run_text(STRAIGHT("1000s", CONSTANT("200/s"), "rate: 150/s, burst: 300s"));
    assert_within(&b, "traffic.web.throttled", 200 * 1000 - (45000 + 150 * 1000), 3);
    drop(&b);
    b = run_text(STRAIGHT("899s", CONSTANT("200/s"), "rate: 150/s, burst: 300s"));
    assert_count(&b, "traffic.web.throttled", 0);
    drop(&b);
}

/* 1,500 writes/s for one item: its partition serves 1,000. */
static void a_hot_key_is_throttled(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 200s}\ntraffic:\n  web:\n" CONSTANT(
        "1500/s") "    path: [table]\n"
                  "components:\n  table: {platform: aws-dynamodb-on-demand, partitions: 1}\n");
    assert_within(&b, "traffic.web.throttled.share", 1.0 / 3, 0.02 / 3);
    assert_count(&b, "components.table.throttled_partition", number(&b, "traffic.web.throttled"));
    drop(&b);
}

/* Zipf with exponent 1 over two: 200 of 300 a second for the first, whose limit is 150. */
static void partitions_are_skewed_by_zipf_s_law(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1000s, replications: 10}\ntraffic:\n  web:\n" CONSTANT(
        "300/s") "    path: [table]\ncomponents:\n  table: {mechanism: dependency, partitions: 2, "
                 "skew: 1, partition_rate: 150/s}\n");
    /* but for the first second's 150 in 300,000 and idle moments */
    assert_within(&b, "traffic.web.throttled.share", 1.0 / 6, 0.002);
    drop(&b);
}

/* Every attempt of a request is for the same partition: the full one refuses it again. */
static void a_retry_goes_to_the_same_partition(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 200, at: 1s}}\n"
        "    client: {retry: {fixed: {attempts: 2, wait: 0s}}}\n    path: [table]\ncomponents:\n"
        "  table: {mechanism: dependency, partitions: 2, partition_rate: 0.01/s, "
        "partition_burst: 1000s}\n");
    /* Ten tokens each, gone at once; whoever was refused is refused again. */
    assert_count(&b, "traffic.web.completed", 20);
    assert_count(&b, "traffic.web.attempts", 200 + 180);
    drop(&b);
}

/*
 * On demand: what is allowed is twice the highest second of the windows before. 60/s on 40/s: one
 * second's 40 are saved, so the first second serves all 60; in 60 s 40 + 40 x 60 of 3,600. Then
 * twice 60 are allowed, but no more than the limit.
 */
static void throughput_grows_with_use(void **state)
{
    (void)state;
    struct built b = run_text(
        STRAIGHT("180s", CONSTANT("60/s"), "rate: 40/s, growth: {window: 60s, limit: 100/s}"));
    assert_within(&b, "traffic.web.throttled", 3600 - 2440, 1);
    assert_count(&b, "components.table.allowed.last", 100);
    assert_count(&b, "components.table.allowed.peak", 100);
    drop(&b);
    /* Without the limit: a peak of 50 allows 100 (the vendor's 50,000 and 100,000). */
    b = run_text(STRAIGHT("90s", CONSTANT("50/s"), "rate: 50/s, growth: {window: 60s}"));
    assert_count(&b, "traffic.web.throttled", 0);
    assert_count(&b, "components.table.allowed.last", 100);
    drop(&b);
}

/* Three units a request: 5 requests on 15 saved units. */
static void a_request_takes_its_units_or_none(void **state)
{
    (void)state;
    struct built b = run_text(
        STRAIGHT("2s", BURST("7", "1s"), "rate: 17/s, units: 3, price_units: dynamodb.writes"));
    assert_count(&b, "traffic.web.completed", 5);
    assert_count(&b, "components.table.units", 15);
    assert_within(&b, "cost.total_usd", 15 * 0.625e-6, 1e-15);
    drop(&b);
}

/* ---- failures ------------------------------------------------------------------------------- */

/* What fails downstream fails the function that called, and the caller sees an error. */
static void a_function_fails_with_what_it_depends_on(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 200s, replications: 10}\ntraffic:\n  web:\n"
        "    arrivals: {constant: {rate: 100/s, start: 5ms}}\n    client: {retry: none}\n"
        "    path: [it, table]\ncomponents:\n" FUNCTION(
            "most_recently_used") "  table: {mechanism: dependency, latency: 1ms, "
                                  "error_probability: 10%%}\n"
                                  "events: [{at: 100s, errors: {component: table, for: 50s}}]\n");
    /* 150 s at a tenth, 50 s of all */
    assert_theory(&b, "traffic.web.failed", 6500, 0);
    assert_count(&b, "components.it.errors", number(&b, "traffic.web.failed"));
    assert_count(&b, "components.table.failed", number(&b, "traffic.web.failed"));
    drop(&b);
}

static void half_a_dependency_is_refused(void **state)
{
    (void)state;
#define TABLE(settings)                                                                            \
    "traffic:\n  web:\n" BURST("1", "1s") "    path: [it, table]\ncomponents:\n" FUNCTION(         \
        "most_recently_used") "  table: {mechanism: dependency, " settings "}\n"
    assert_refused(TABLE("waiting: 5"), "nothing ever waits without a 'concurrency'");
    assert_refused(TABLE("concurrency: 5, patience: 1s"), "needs a line to stand in");
    assert_refused(TABLE("kept_by: it"), "only kept where their number is limited");
    assert_refused(TABLE("concurrency: 5, kept_by: it, kept: 6"), "more than all the places");
    assert_refused(TABLE("rate: 10/s, units: 11"), "never saves the 11 units");
    assert_refused(TABLE("partition_rate: 10/s, units: 11"), "never saves the 11 units");
    assert_refused(TABLE("growth: {window: 60s}"), "says from which throughput it grows");
    assert_refused(TABLE("partitions: 4"), "partitions need a throughput of their own");
    assert_refused(TABLE("concurrency: 5, kept_by: table"),
                   "'table' is a dependency, which keeps nothing of 'table'");
    assert_refused(TABLE("concurrency: 5, kept_by: it}\n  other: {mechanism: dependency, "
                         "concurrency: 1, kept_by: it"),
                   "'it' keeps of 'table' already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_taken_in_turn),
        cmocka_unit_test(those_who_wait_too_long_give_up),
        cmocka_unit_test(without_a_line_one_too_many_is_refused),
        cmocka_unit_test(waiting_is_that_of_a_queue_with_c_servers_and_k_places),
        cmocka_unit_test(idle_environments_keep_their_connections),
        cmocka_unit_test(what_is_not_kept_is_lent),
        cmocka_unit_test(tasks_keep_their_connections),
        cmocka_unit_test(a_deployment_gives_connections_back),
        cmocka_unit_test(saved_throughput_lasts_as_documented),
        cmocka_unit_test(a_hot_key_is_throttled),
        cmocka_unit_test(partitions_are_skewed_by_zipf_s_law),
        cmocka_unit_test(a_retry_goes_to_the_same_partition),
        cmocka_unit_test(throughput_grows_with_use),
        cmocka_unit_test(a_request_takes_its_units_or_none),
        cmocka_unit_test(a_function_fails_with_what_it_depends_on),
        cmocka_unit_test(half_a_dependency_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
