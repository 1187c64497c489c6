/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* `size` calls at 1 s of what stands in `path`. */
#define BURST(size, path)                                                                          \
    "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: " size ", at: 1s}}\n"      \
    "    client: {retry: none}\n    path: [" path "]\ncomponents:\n"
#define TABLE(settings) "  table: {mechanism: dependency, " settings "}\n"

/* Attempts at 1.0, 1.15 and 1.3 s, given up after 100 ms; each takes the table 300 ms, so two are
 * there at once, and all three come to their end for nobody. */
static void what_is_given_up_goes_on(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s", BURST("1", "sdk, table") "  sdk: {mechanism: client, timeout: 100ms, retry: {fixed: "
                                       "{attempts: 3, wait: 50ms}}}\n" TABLE("latency: 300ms"));
    assert_count(&b, "traffic.web.timed_out", 1);
    assert_count(&b, "components.sdk.attempts", 3);
    assert_count(&b, "components.sdk.timeouts", 3);
    assert_count(&b, "components.sdk.wasted_executions", 3);
    assert_ns(&b, "components.sdk.latency.max", 400e6);
    assert_count(&b, "components.table.completed", 3);
    assert_count(&b, "components.table.in_flight.peak", 2);
    drop(&b);
}

/* The table fails until 1.2 s: attempts at 1.0, 1.11 and 1.22 s, the last answered at 1.23 s. */
static void it_tries_again_until_it_succeeds(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s",
        BURST("1", "sdk, table") "  sdk: {mechanism: client, retry: {fixed: {attempts: 9, wait: "
                                 "100ms}}}\n" TABLE(
                                     "latency: 10ms") "events: [{at: 500ms, errors: {component: "
                                                      "table, for: 700ms}}]\n");
    assert_count(&b, "traffic.web.completed", 1);
    assert_count(&b, "components.table.failed", 2);
    assert_ns(&b, "traffic.web.latency.max", 230e6);
    drop(&b);
}

/* Two layers of three attempts each ask nine times, the caller's three over them 27 times. */
static void retries_of_layers_multiply(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 10, at: 1s}}\n"
        "    client: {retry: {fixed: {attempts: 3, wait: 1s}}}\n    path: [outer, inner, table]\n"
        "components:\n  outer: {mechanism: client, retry: {fixed: {attempts: 3, wait: 10ms}}}\n"
        "  inner: {mechanism: client, retry: {backoff: {attempts: 3, base: 1ms}}}\n" TABLE(
            "latency: 1ms, error_probability: 100%%"));
    assert_count(&b, "traffic.web.failed", 10);
    assert_count(&b, "components.outer.attempts", 90);
    assert_count(&b, "components.inner.attempts", 270);
    assert_count(&b, "components.table.failed", 270);
    drop(&b);
}

/* Attempts fail apart from each other: all three of them p^3, and 1 + p + p^2 are made. */
static void each_attempt_has_its_own_luck(void **state)
{
    const double p = 0.3;
    (void)state;
    struct built b = run_text(
        "run: {length: 100s, replications: 20}\ntraffic:\n  web:\n"
        "    arrivals: {poisson: {rate: 100/s}}\n    client: {retry: none}\n"
        "    path: [sdk, table]\ncomponents:\n  sdk: {mechanism: client, retry: {fixed: {attempts: "
        "3, wait: 0s}}}\n" TABLE("error_probability: 30%%"));
    assert_theory(&b, "traffic.web.failed.share", p * p * p, 0);
    assert_theory(&b, "components.sdk.attempts", 1e4 * (1 + p + p * p), 0);
    drop(&b);
}

/* The function waits with its environment: 10 ms, then two waits of 100 ms and three failures. */
static void whoever_calls_holds_its_slot_meanwhile(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"
        "    client: {retry: none}\n    path: [it, sdk, table]\n    work: {it: {io: 10ms}}\n"
        "components:\n  it: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, "
        "cpu_max: 6, timeout: 30s, cold_start: 0s, keep_alive: 10min, "
        "scale_burst: 9, scale_rate: 0/s}\n"
        "  sdk: {mechanism: client, retry: {fixed: {attempts: 3, wait: 100ms}}}\n" TABLE(
            "latency: 20ms, error_probability: 100%%"));
    assert_count(&b, "traffic.web.failed", 1);
    assert_ns(&b, "components.it.duration.max", 10e6 + 3 * 20e6 + 2 * 100e6);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_up_goes_on),
        cmocka_unit_test(it_tries_again_until_it_succeeds),
        cmocka_unit_test(retries_of_layers_multiply),
        cmocka_unit_test(each_attempt_has_its_own_luck),
        cmocka_unit_test(whoever_calls_holds_its_slot_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
