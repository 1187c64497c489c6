/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"
#include "plugins.h"

/* Two schedules, five and two minutes: at one instant the first of the list comes first. */
static void schedules_fire_at_their_instants(void **state)
{
    static const int minutes[] = {0, 0, 1, 3, 5, 5, 5, 7, 9, 10, 10, 11};
    static const uint32_t keys[] = {0, 1, 2, 2, 0, 1, 2, 2, 2, 0, 1, 2};
    (void)state;
    struct plugged p = plug("arrivals", "cron: {schedules: [{jobs: 2, every: 5min}, {every: 2min, "
                                        "at: 1min}], own_functions: true}");
    struct running r = run_arrivals(&p, 3600 * FS_S, 1);
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        const struct fs_arrival a = next_arrival(&r);
        assert_true(a.at == minutes[i] * 60 * FS_S && a.key == keys[i] && a.duration == -1);
    }
    assert_int_equal(r.type->members(r.params), 3);
    stop_arrivals(&r);
    unplug(&p);
}

/* Drawn once, a job comes at the same place of each window; drawn anew it does not. Places are
 * uniform: of 1,000 jobs the mean place is 30 s with an error of 60 / sqrt(12,000) s. */
static void jobs_are_spread_over_the_window(void **state)
{
    (void)state;
    for (int once = 0; once < 2; once++) {
        struct plugged p =
            plug("arrivals", once ? "cron: {schedules: [{jobs: 1000, every: 1h, window: 1min, "
                                    "drawn: each_job}], own_functions: true}"
                                  : "cron: {schedules: [{jobs: 1000, every: 1h, window: 1min}], "
                                    "own_functions: true}");
        struct running r = run_arrivals(&p, 7200 * FS_S, 7);
        static fs_time first[1000];
        double sum = 0;
        int same = 0;
        for (int i = 0; i < 2000; i++) {
            const struct fs_arrival a = next_arrival(&r);
            const fs_time place = a.at - i / 1000 * 3600 * FS_S;
            assert_true(place >= 0 && place < 60 * FS_S && a.key < 1000);
            if (i < 1000) first[a.key] = place;
            if (i < 1000) sum += (double)place / 1e9;
            if (i >= 1000) same += place == first[a.key];
        }
        assert_true(fabs(sum / 1000 - 30) < 3.5 * 60 / sqrt(12000));
        assert_int_equal(same, once ? 1000 : 0);
        stop_arrivals(&r);
        unplug(&p);
    }
}

static void assert_cron_refused(const char *text, const char *what)
{
    struct plugged p = plug("arrivals", text);
    if (!fs_report_errors(p.report) || !strstr(complaints_of(&p), what))
        fail_msg("not among the complaints: %s\n%s", what, complaints_of(&p));
    unplug(&p);
}

static void what_is_no_schedule_is_refused(void **state)
{
    (void)state;
    assert_cron_refused("cron: {schedules: [{every: 1min, window: 2min}]}",
                        "is longer than from one firing to the next");
    assert_cron_refused("cron: {schedules: []}", "at least one is needed");
    assert_cron_refused("cron: {schedules: [{jobs: 3}]}", "every");
    assert_cron_refused("cron: {schedules: [{jobs: 600000, every: 1h}, {jobs: 600000, every: 1h}]}",
                        "at most 1000000 jobs in all");
}

#define HERD(window, path)                                                                         \
    "run: {length: 30min}\naccount: {concurrency: 1000}\ntraffic:\n  jobs:\n    arrivals: {cron: " \
    "{schedules: [{jobs: 1500, every: 1h, at: 1min, window: " window "}]}}\n    client: {retry: "  \
    "none}\n    path: " path "\n    work: {worker: {io: 30s}}\ncomponents:\n"
#define WORKER(keep)                                                                               \
    "  worker: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, "    \
    "timeout: 900s, cold_start: 0s, keep_alive: " keep                                             \
    ", scale_burst: 1000000, scale_rate: 0/s}\n"

/* 1,500 jobs of 30 s at minute 0 for 1,000 places: 500 are refused. Spread over a minute about 750
 * run at a time and none is. Invoked asynchronously none is lost either: the 500 wait until places
 * are free at 30 s; their attempts are at 0, 1, 3, 7, 15, 31 s. */
static void a_crowd_at_minute_0_is_refused_spread_or_delayed(void **state)
{
    (void)state;
    struct built b = run_text(HERD("0s", "[worker]") WORKER("10min"));
    assert_int_equal(number(&b, "traffic.jobs.throttled"), 500);
    drop(&b);
    b = run_text(HERD("60s", "[worker]") WORKER("10min"));
    assert_int_equal(number(&b, "traffic.jobs.throttled"), 0);
    assert_true(fabs(number(&b, "account.concurrency.peak") - 750) <= 60);
    drop(&b);
    b = run_text(
        HERD("0s", "[events, worker]") "  events: {platform: aws-lambda-async}\n" WORKER("10min"));
    assert_int_equal(number(&b, "traffic.jobs/events.completed"), 1500);
    assert_int_equal(number(&b, "components.events.throttled"), 5 * 500);
    assert_true(number(&b, "traffic.jobs/events.latency.max") == 61);
    drop(&b);
}

/* A period of 5 min against the keep-alive is a knife edge: all starts are cold, or only the first
 * of each of 30 functions. 12 firings in an hour. */
static void a_period_against_the_keep_alive_is_a_knife_edge(void **state)
{
    (void)state;
    for (int warm = 0; warm < 2; warm++) {
        struct built b = run_text(
            "run: {length: 1h}\ntraffic:\n  jobs:\n    arrivals: {cron: {schedules: [{jobs: 30, "
            "every: 5min, at: 1s}], own_functions: true}}\n    client: {retry: none}\n    path: "
            "[worker]\n    work: {worker: {io: 2s}}\ncomponents:\n  worker: {mechanism: "
            "function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, timeout: 900s, "
            "cold_start: 0s, keep_alive: %s, scale_burst: 1000, scale_rate: 0/s}\n",
            warm ? "299s" : "297s");
        assert_int_equal(number(&b, "traffic.jobs.arrived"), 360);
        assert_int_equal(number(&b, "components.worker.cold_starts"), warm ? 30 : 360);
        drop(&b);
    }
}

/* ---- whose functions they are ---------------------------------------------------------------- */

#define POOL                                                                                       \
    "{mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, timeout: "     \
    "900s, cold_start: 1s, keep_alive: 10min, scale_burst: 1000, scale_rate: 0/s}\n"
#define OWN(times, path)                                                                           \
    "    arrivals: {cron: {schedules: [" times "], own_functions: true}}\n    client: {retry: "    \
    "none}\n    path: " path "\n"

/* Three functions, at 0, 20 and 40 s and a minute later again: each begins cold once, whatever they
 * pass on the way. Behind a step of a workflow they are three as well, sent to a queue by it too.
 */
static void functions_stay_apart_on_the_way(void **state)
{
    static const char *const ways[] = {
        "[worker]",
        "[gate, worker]\ncomponents:\n  gate: {mechanism: gateway}\n",
        "[flow]\ncomponents:\n  flow: {mechanism: workflow, steps: {a: {path: [inner]}}}\n"
        "  inner: {mechanism: workflow, steps: {a: {path: [worker]}}}\n",
        "[flow]\ncomponents:\n  flow: {mechanism: workflow, steps: {a: {path: [queue, worker]}}}\n"
        "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n"
        "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1}\n",
        "[bus]\ncomponents:\n  bus: {mechanism: relay, errors: none, refusals: none, targets: "
        "[{path: [worker]}]}\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct built b = run_text("run: {length: 2min}\ntraffic:\n  jobs:\n" OWN(
                                      "{every: 1min}, {every: 1min, at: 20s}, {every: 1min, at: "
                                      "40s}",
                                      "%s%s") "  worker: " POOL,
                                  ways[i], i == 0 ? "\ncomponents:\n" : "");
        assert_int_equal(number(&b, "components.worker.completed"), 6);
        assert_int_equal(number(&b, "components.worker.cold_starts"), 3);
        drop(&b);
    }
}

/* Functions of one class and calls of another would start in each other's environments. */
static void functions_of_two_classes_are_not_mixed(void **state)
{
#define TWO(second, components)                                                                    \
    "traffic:\n  jobs:\n" OWN("{jobs: 3, every: 5min}",                                            \
                              "[worker]") "  more:\n" second                                       \
                                          "components:\n  worker: " POOL components
    (void)state;
    assert_refused(TWO(OWN("{jobs: 2, every: 3min}", "[worker]"), ""),
                   "'worker' has the functions of 'jobs' and requests of 'more'");
    assert_refused(TWO("    arrivals: {poisson: {rate: 1/s}}\n    client: {retry: none}\n"
                       "    path: [worker]\n",
                       ""),
                   "a component of its own");
    assert_refused(TWO(OWN("{jobs: 2, every: 3min}", "[flow]"),
                       "  flow: {mechanism: workflow, steps: {a: {path: [worker]}}}\n"),
                   "'worker' has the functions of 'jobs' and requests of 'more'");
    struct built b = run_text(
        "run: {length: 9min}\n" TWO(OWN("{jobs: 2, every: 3min}", "[other]"), "  other: " POOL));
    assert_int_equal(number(&b, "components.worker.cold_starts"), 3);
    assert_int_equal(number(&b, "components.other.cold_starts"), 2);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_fire_at_their_instants),
        cmocka_unit_test(jobs_are_spread_over_the_window),
        cmocka_unit_test(what_is_no_schedule_is_refused),
        cmocka_unit_test(a_crowd_at_minute_0_is_refused_spread_or_delayed),
        cmocka_unit_test(a_period_against_the_keep_alive_is_a_knife_edge),
        cmocka_unit_test(functions_stay_apart_on_the_way),
        cmocka_unit_test(functions_of_two_classes_are_not_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
