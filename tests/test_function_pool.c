/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* One function of one vCPU, no start-up, no limit in the way unless the text says so. */
#define FUNCTION                                                                                   \
    "components:\n  worker: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, "  \
    "cpu_max: 6, timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, "         \
    "scale_rate: 0/s"

#define TRAFFIC(arrivals, work)                                                                    \
    "traffic:\n  jobs:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n"                 \
    "    path: [worker]\n    work: {worker: {" work "}}\n"

static double erlang_b(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return b;
}

static void two_thousand_at_once_lose_exactly_what_is_over_the_limit(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\naccount: {concurrency: 1000}\n" TRAFFIC(
        "burst: {size: 2000, at: 5s}", "cpu: 2s") FUNCTION "}\n");
    assert_int_equal(number(&b, "traffic.jobs.arrived"), 2000);
    assert_int_equal(number(&b, "traffic.jobs.throttled"), 1000);
    assert_int_equal(number(&b, "traffic.jobs.completed"), 1000);
    assert_int_equal(number(&b, "traffic.jobs.cold_starts"), 1000);
    assert_int_equal(number(&b, "account.concurrency.peak"), 1000);
    assert_true(fabs(number(&b, "traffic.jobs.latency.max") - 2) < 1e-12);
    drop(&b);
}

/* A bucket of 1,000 that refills at 100/s: 1,000 of 3,000 at once, then 500 five seconds later. */
static void the_scaling_rate_is_a_bucket_that_refills_continuously(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\naccount: {concurrency: 10000}\n"
                 "traffic:\n"
                 "  first: {arrivals: {burst: {size: 3000, at: 0s}}, client: {retry: none}, path: "
                 "[worker], work: {worker: {io: 50s}}}\n"
                 "  second: {arrivals: {burst: {size: 2000, at: 5s}}, client: {retry: none}, path: "
                 "[worker], work: {worker: {io: 50s}}}\n"
                 "components:\n  worker: {mechanism: function_pool, memory: 1769MB, "
                 "memory_per_vcpu: 1769MB, "
                 "cpu_max: 6, timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000, "
                 "scale_rate: 100/s}\n");
    assert_int_equal(number(&b, "traffic.first.throttled"), 2000);
    assert_int_equal(number(&b, "traffic.second.throttled"), 1500);
    assert_int_equal(number(&b, "components.worker.throttled_scaling"), 3500);
    drop(&b);
}

/* 300/s, 0.1 s of work, everything cold from 20 s on for an init of 4 s: 1,230 would be needed. */
static void a_deploy_makes_everything_cold_and_meets_the_limit(void **state)
{
    static const struct {
        const char *init;
        int throttled;
    } cases[] = {{"4s", 230}, {"800ms", 0}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 40s}\naccount: {concurrency: 1000}\n" TRAFFIC(
                "constant: {rate: 300/s, start: 20s}",
                "cpu: 100ms") "components:\n  worker: {mechanism: function_pool, memory: 1769MB, "
                              "memory_per_vcpu: 1769MB, cpu_max: 6, timeout: 900s, cold_start: %s, "
                              "keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s}\n",
            cases[i].init);
        assert_int_equal(number(&b, "traffic.jobs.throttled"), cases[i].throttled);
        drop(&b);
    }
}

static void a_deployed_pool_starts_anew(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\n" TRAFFIC("constant: {rate: 1/s}", "cpu: 100ms")
                                  FUNCTION "}\nevents:\n  - {at: 10500ms, deploy: worker}\n");
    assert_int_equal(number(&b, "components.worker.cold_starts"), 2);
    assert_int_equal(number(&b, "components.worker.environments.last"), 1);
    drop(&b);
}

/* ceil(duration) in ms, times memory; a time limit cuts and is billed. */
static void durations_are_billed_by_the_millisecond(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\n" TRAFFIC("burst: {size: 1, at: 0s}", "io: 1000100ns") FUNCTION "}\n");
    assert_int_equal(number(&b, "components.worker.memory_time"), 2 * 1769);
    drop(&b);
    b = run_text("run: {length: 20s}\n" TRAFFIC(
        "burst: {size: 1, at: 0s}",
        "io: 3200ms") "components:\n  worker: {mechanism: function_pool, memory: 128MB, "
                      "memory_per_vcpu: 1769MB, cpu_max: 6, timeout: 3s, cold_start: 111230us, "
                      "keep_alive: 10min, scale_burst: 10, scale_rate: 1/s}\n");
    assert_int_equal(number(&b, "traffic.jobs.timed_out"), 1);
    assert_int_equal(number(&b, "components.worker.memory_time"), 3000 * 128);
    assert_int_equal(number(&b, "components.worker.init_memory_time"), 112 * 128);
    drop(&b);
}

static void memory_buys_cpu_and_no_waiting(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\n" TRAFFIC(
        "burst: {size: 1, at: 0s}",
        "cpu: 1s, io: 1s") "components:\n  worker: {mechanism: function_pool, memory: 500MB, "
                           "memory_per_vcpu: 2000MB, cpu_max: 6, timeout: 900s, cold_start: "
                           "0s, keep_alive: 10min, scale_burst: 10, scale_rate: 1/s}\n");
    assert_true(fabs(number(&b, "traffic.jobs.latency.mean") - 5) < 1e-9);
    drop(&b);
}

/* Erlang B, and that it does not depend on the law of the work. */
static void the_share_refused_is_erlang_b_for_every_law_of_service(void **state)
{
    static const char *const laws[] = {"exponential: {mean: 1s}", "gamma: {mean: 1s, cv: 0.5}",
                                       "lognormal: {mean: 1s, cv: 2}"};
    static const struct {
        int servers;
        double load;
    } cases[] = {{1, 1}, {10, 5}, {100, 90}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            struct built b = run_text(
                "run: {length: %.0fs, replications: 8, seed: 7, intervals: 10}\naccount: "
                "{concurrency: %d}\n" TRAFFIC("poisson: {rate: %g/s}", "io: {%s}") FUNCTION "}\n",
                100000 / cases[i].load, cases[i].servers, cases[i].load, laws[k]);
            assert_theory(&b, "traffic.jobs.throttled.share",
                          erlang_b(cases[i].servers, cases[i].load), 0);
            drop(&b);
        }
    }
}

static void a_thousand_servers_refuse_as_erlang_b_says(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1000s, replications: 6, seed: 11, intervals: 10}\n"
                 "account: {concurrency: 1000}\n" TRAFFIC(
                     "poisson: {rate: 1050/s}", "io: {exponential: {mean: 1s}}") FUNCTION "}\n");
    /* The run starts empty: about two service times of 1,000 are without refusals. */
    assert_theory(&b, "traffic.jobs.throttled.share", erlang_b(1000, 1050), 0.003 * 0.06);
    drop(&b);
}

/* With service -> 0 one environment serves all, and idle times are Exp(rate). */
static void the_share_of_cold_starts_is_that_of_a_renewal_process(void **state)
{
    static const double gap[] = {300, 100};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: %.0fs, replications: 10, seed: 3, intervals: 10}\n" TRAFFIC(
                "renewal: {gap: {exponential: {mean: %gs}}}",
                "io: 1us") "components:\n  worker: {mechanism: function_pool, memory: 128MB, "
                           "memory_per_vcpu: 1769MB, cpu_max: 6, timeout: 900s, cold_start: 1us, "
                           "keep_alive: 300s, scale_burst: 10, scale_rate: 1/s}\n",
            20000 * gap[i], gap[i]);
        assert_theory(&b, "traffic.jobs.cold_starts.share", exp(-300 / gap[i]), 0);
        drop(&b);
    }
}

/* SimFaaS's published setting: Poisson 0.9/s, warm 1.991 s, cold 2.244 s (both exponential),
 * keep-alive 600 s: P(cold) = 0.0013316 +- 0.0000057, 7.6949 +- 0.0046 instances. A cold request
 * takes work plus start-up here, so start-up is what makes 2.244 s of 1.991 s: its mean alone is
 * matched, which P(cold) at 0.13 % does not see. */
static void the_published_simulation_of_a_pool_is_reproduced(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1000000s, replications: 20, seed: 5, intervals: 100}\n" TRAFFIC(
            "poisson: {rate: 0.9/s}",
            "io: {exponential: {mean: 1991ms}}") "components:\n  worker: {mechanism: "
                                                 "function_pool, memory: 128MB, memory_per_vcpu: "
                                                 "1769MB, cpu_max: 6, timeout: 900s, cold_start: "
                                                 "253ms, keep_alive: 600s, scale_burst: 1000, "
                                                 "scale_rate: 100/s}\n");
    assert_theory(&b, "traffic.jobs.cold_starts.share", 0.0013316, 0.0000057 * 3.5);
    assert_theory(&b, "components.worker.environments.mean", 7.6949, 0.0046 * 3.5);
    drop(&b);
}

static void a_caller_that_gives_up_leaves_an_execution_that_is_billed(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1, at: 0s}}\n"
        "    client: {timeout: 1s, retry: {fixed: {attempts: 3, wait: 1s}}}\n    path: [worker]\n"
        "    work: {worker: {io: 10s}}\n" FUNCTION "}\n");
    assert_int_equal(number(&b, "traffic.jobs.timed_out"), 1);
    assert_int_equal(number(&b, "traffic.jobs.attempts"), 3);
    assert_int_equal(number(&b, "traffic.jobs.wasted_executions"), 3);
    assert_int_equal(number(&b, "components.worker.memory_time"), 3 * 10000 * 1769);
    drop(&b);
}

/* Attempts at 0, 1 and 2 s against 1,000 places held for 1.9 s: the second finds them full. */
static void retries_find_the_places_that_have_become_free(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\naccount: {concurrency: 1000}\ntraffic:\n  jobs:\n"
                 "    arrivals: {burst: {size: 2000, at: 0s}}\n"
                 "    client: {retry: {fixed: {attempts: 3, wait: 1s}}}\n    path: [worker]\n"
                 "    work: {worker: {io: 1900ms}}\n" FUNCTION "}\n");
    assert_int_equal(number(&b, "traffic.jobs.completed"), 2000);
    assert_int_equal(number(&b, "traffic.jobs.attempts"), 4000);
    assert_true(fabs(number(&b, "traffic.jobs.latency.max") - 3.9) < 1e-9);
    drop(&b);
}

/* 60 % CPU against a pool that fails half of its executions for 10 of 20 seconds. */
static void errors_last_as_long_as_they_were_said_to(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\n" TRAFFIC("constant: {rate: 1000/s}", "io: 1ms") FUNCTION
        "}\nevents:\n  - {at: 5s, errors: {component: worker, probability: 50%%, for: 10s}}\n");
    const double failed = number(&b, "traffic.jobs.failed");
    assert_true(fabs(failed - 5000) < 3.5 * 50);
    assert_int_equal(number(&b, "components.worker.errors"), failed);
    drop(&b);
}

/* Ten executions a second, all of which fail while an event lasts. One begins when another one ends
 * (60 .. 120 .. 180 s), one lies within another (60 .. 180 s, 90 .. 100 s), two overlap (60 .. 120
 * s, 90 .. 150 s) and one never ends (to 240 s): what ends leaves the other as it is. */
static void an_event_that_ends_leaves_the_others_on(void **state)
{
    static const struct {
        const char *first, *at, *second;
        int errors;
    } cases[] = {{"60s", "120s", "60s", 1200},
                 {"120s", "90s", "10s", 1200},
                 {"60s", "90s", "60s", 900},
                 {"1h", "90s", "10s", 1800}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: 240s}\n" TRAFFIC("constant: {rate: 10/s, start: 0s}", "io: 10ms")
                FUNCTION "}\nevents:\n  - {at: %s, errors: {component: worker, for: %s}}\n"
                         "  - {at: 60s, errors: {component: worker, for: %s}}\n",
            cases[i].at, cases[i].second, cases[i].first);
        assert_int_equal(number(&b, "components.worker.errors"), cases[i].errors);
        drop(&b);
    }
}

/* Half fail from 60 to 180 s and all from 90 to 100 s: 300 / 2 + 100 + 800 / 2 of 1,200, +- 3.5
 * standard deviations of 1,100 tosses. Another function has events of its own: of its executions
 * those from 60 to 90 s fail. */
static void the_latest_event_counts_while_it_lasts(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 240s}\ntraffic:\n  jobs: {arrivals: {constant: {rate: 10/s, start: 0s}}, "
        "client: {retry: none}, path: [worker], work: {worker: {io: 10ms}}}\n  others: {arrivals: "
        "{constant: {rate: 10/s, start: 0s}}, client: {retry: none}, path: [other], work: {other: "
        "{io: 10ms}}}\n" FUNCTION "}\n  other: {platform: aws-lambda, cold_start: 0s, timeout: "
        "10s, memory: 1769MB}\nevents:\n"
        "  - {at: 60s, errors: {component: worker, probability: 50%%, for: 120s}}\n"
        "  - {at: 60s, errors: {component: other, for: 30s}}\n"
        "  - {at: 90s, errors: {component: worker, for: 10s}}\n");
    assert_true(fabs(number(&b, "components.worker.errors") - 650) < 3.5 * sqrt(1100 / 4.));
    assert_int_equal(number(&b, "components.other.errors"), 300);
    drop(&b);
}

/* What always fails does not from 5 to 15 s of 20, at ten a second: 0 is a share like any other,
 * and the end gives back the component's own. */
static void an_event_may_say_that_nothing_fails(void **state)
{
    static const char *const component[] = {
        "platform: aws-lambda, cold_start: 0s, timeout: 10s, memory: 1769MB, error_rate: 100%",
        "mechanism: gateway, error_probability: 100%",
        "mechanism: dependency, latency: 1ms, error_probability: 100%"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 20s}\ntraffic: {jobs: {arrivals: {constant: {rate: 10/s, start: 50ms}}, "
            "client: {retry: none}, path: [it]}}\ncomponents:\n  it: {%s}\n"
            "events: [{at: 5s, errors: {component: it, probability: 0%%, for: 10s}}]\n",
            component[i]);
        assert_int_equal(number(&b, "traffic.jobs.completed"), 100);
        assert_int_equal(number(&b, "traffic.jobs.failed"), 100);
        drop(&b);
    }
}

static void a_quota_change_counts_from_its_instant(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 9s}\naccount: {concurrency: 10}\n" TRAFFIC(
        "burst: {size: 10, at: 0s, every: 2s}", "io: 1s") FUNCTION
                              "}\nevents:\n  - {at: 5s, quota: {concurrency: 4}}\n");
    /* Bursts at 0, 2, 4 find 10 places; at 6 and 8 there are 4. */
    assert_int_equal(number(&b, "traffic.jobs.throttled"), 12);
    assert_int_equal(number(&b, "account.limit.peak"), 10);
    assert_true(fabs(number(&b, "account.limit.mean") - (10 * 5 + 4 * 4) / 9.) < 1e-9);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_at_once_lose_exactly_what_is_over_the_limit),
        cmocka_unit_test(the_scaling_rate_is_a_bucket_that_refills_continuously),
        cmocka_unit_test(a_deploy_makes_everything_cold_and_meets_the_limit),
        cmocka_unit_test(a_deployed_pool_starts_anew),
        cmocka_unit_test(durations_are_billed_by_the_millisecond),
        cmocka_unit_test(memory_buys_cpu_and_no_waiting),
        cmocka_unit_test(the_share_refused_is_erlang_b_for_every_law_of_service),
        cmocka_unit_test(a_thousand_servers_refuse_as_erlang_b_says),
        cmocka_unit_test(the_share_of_cold_starts_is_that_of_a_renewal_process),
        cmocka_unit_test(the_published_simulation_of_a_pool_is_reproduced),
        cmocka_unit_test(a_caller_that_gives_up_leaves_an_execution_that_is_billed),
        cmocka_unit_test(retries_find_the_places_that_have_become_free),
        cmocka_unit_test(errors_last_as_long_as_they_were_said_to),
        cmocka_unit_test(an_event_that_ends_leaves_the_others_on),
        cmocka_unit_test(the_latest_event_counts_while_it_lasts),
        cmocka_unit_test(an_event_may_say_that_nothing_fails),
        cmocka_unit_test(a_quota_change_counts_from_its_instant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
