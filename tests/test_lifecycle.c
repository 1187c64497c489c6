/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of an environment: how it starts, what it owes, when it goes. */
#include "build.h"

/* One function of one vCPU without limits in the way; what a test is about comes behind. */
#define FUNCTION(more)                                                                             \
    "components:\n  worker: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, "  \
    "cpu_max: 6, scale_burst: 1000000, scale_rate: 0/s, keep_alive: 10min, " more "}\n"

/* Two requests of one class, `gap` apart, or of two classes at any time. */
#define CLASS(name, arrivals, work)                                                                \
    "  " name ": {arrivals: {" arrivals "}, client: {retry: none}, path: [worker], work: "         \
    "{worker: {" work "}}}\n"
#define AT(when) "burst: {size: 1, at: " when "}"

/* Milliseconds times memory, start-up included. */
static double billed(const struct built *b)
{
    return number(b, "components.worker.memory_time") +
           number(b, "components.worker.init_memory_time");
}

/* ---- initialisation ------------------------------------------------------------------------- */

/* 12 s of init are cut at 10 s and done again: 10 + 12 + 2. The next one finds all done. */
static void an_init_over_its_limit_is_done_again_within_the_execution(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 2s")
                                  CLASS("b", AT("40s"), "io: 2s")
                                      FUNCTION("cold_start: 12s, init_limit: 10s, timeout: 15s"));
    assert_near(&b, "traffic.a.latency.max", 24);
    assert_near(&b, "traffic.b.latency.max", 2);
    assert_int_equal(number(&b, "components.worker.cut_inits"), 1);
    assert_int_equal(billed(&b), (24000 + 2000) * 1769);
    drop(&b);
}

/* It ends at its limit, and is done. */
static void an_init_of_exactly_its_limit_is_not_cut(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 2s")
                                  FUNCTION("cold_start: 10s, init_limit: 10s, timeout: 30s"));
    assert_near(&b, "traffic.a.latency.max", 12);
    assert_int_equal(number(&b, "components.worker.cut_inits"), 0);
    drop(&b);
}

/* 12 + 2 s do not fit into 13 s; the environment is reset, so the next one owes 12 s again. */
static void a_repeated_init_counts_against_the_time_limit(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 2s")
                                  CLASS("b", AT("40s"), "io: 500ms")
                                      FUNCTION("cold_start: 12s, init_limit: 10s, timeout: 13s"));
    assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
    assert_int_equal(number(&b, "components.worker.resets"), 1);
    assert_near(&b, "traffic.b.latency.max", 12.5);
    assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
    assert_int_equal(billed(&b), (23000 + 12500) * 1769);
    drop(&b);
}

#define ALSO(name)                                                                                 \
    "  " name ": {platform: aws-lambda, memory: 1769MB, cold_start: 2s, timeout: 10s}\n"

/* The function in front has been warm since 2 s. The one behind starts for 2 s and works for 500
 * ms: in the view of who asked 2 s of cold start and 500 ms downstream. */
static void a_cold_start_behind_a_function_is_one(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n  warmer: {arrivals: {" AT(
        "0s") "}, client: {retry: none}, "
              "path: [front]}\n  a: {arrivals: {" AT(
                  "20s") "}, client: {retry: none}, path: [front, "
                         "back], work: {back: {io: 500ms}}}\ncomponents:\n" ALSO("front")
                                  ALSO("back"));
    const double *part = p99_parts(&b, "a");
    assert_int_equal(number(&b, "traffic.a.cold_starts"), 1);
    assert_near(&b, "traffic.a.latency.max", 2.5);
    assert_true(fabs(part[FS_PART_COLD_START] - 2e9) < 1);
    assert_true(fabs(part[FS_PART_DOWNSTREAM] - 5e8) < 1);
    assert_true(fabs(part[FS_LATENCY_PARTS]) < 1);
    drop(&b);
}

/* A start of 2 s is given up after 1 s by the caller itself, a gateway, a client, a workflow and a
 * function with that time limit, in turn: it was started for the request all the same. */
static void a_cold_start_that_is_given_up_is_one(void **state)
{
    static const char *const front[] = {
        "mechanism: gateway, timeout: 1s", "mechanism: client, timeout: 1s, retry: none",
        "mechanism: workflow, steps: {a: {path: [back], timeout: 1s}}",
        "platform: aws-lambda, memory: 1769MB, cold_start: 0s, timeout: 1s"};
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n  a: {arrivals: {" AT(
        "1s") "}, "
              "client: {retry: none, timeout: 1s}, path: [back]}\ncomponents:\n" ALSO("back"));
    assert_int_equal(number(&b, "traffic.a.cold_starts"), 1);
    drop(&b);
    for (int i = 0; i < 4; i++) {
        b = run_text(
            "run: {length: 1min}\ntraffic:\n%s  a: {arrivals: {" AT(
                "20s") "}, client: "
                       "{retry: none}, path: [front%s]}\ncomponents:\n  front: {%s}\n" ALSO("back"),
            i == 3 ? "  warmer: {arrivals: {" AT("0s") "}, client: {retry: none}, path: "
                                                       "[front]}\n"
                   : "",
            i == 2 ? "" : ", back", front[i]);
        assert_int_equal(number(&b, "traffic.a.completed"), 0);
        assert_int_equal(number(&b, "traffic.a.cold_starts"), 1);
        drop(&b);
    }
}

/* The function in front, if it is one, has been warm since 0 s. */
#define BEHIND(every, limit, more)                                                                 \
    "run: {length: 24500ms}\ntraffic:\n  warmer: {arrivals: {" AT(                                 \
        "0s") "}, client: {retry: none}, "                                                         \
              "path: [warm]}\n  a: {arrivals: {burst: {size: 1, at: 20s" every                     \
              "}}, client: {retry: none" limit "}, path: [%s]}\ncomponents:\n  front: {%s}\n  "    \
              "warm: {platform: aws-lambda, memory: "                                              \
              "1769MB, cold_start: 0s%s}\n" more ALSO("back")

/* Whoever gives up need not be who called: it is the caller, after 1 s of 2 s, and whatever stands
 * between waits on. */
static void a_cold_start_that_is_given_up_further_in_front_is_one(void **state)
{
    static const char *const front[][2] = {
        {"front, back", "mechanism: gateway, timeout: 30s"},
        {"front, back", "mechanism: client, retry: none"},
        {"front", "mechanism: workflow, steps: {a: {path: [back]}}"},
        {"front, back", "mechanism: service, tasks: 1, cpu: 1"},
        {"warm, front, back", "mechanism: client, retry: none"}};
    (void)state;
    for (size_t i = 0; i < sizeof front / sizeof *front; i++) {
        struct built b = run_text(BEHIND("", ", timeout: 1s", ""), front[i][0], front[i][1], "");
        assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
        assert_int_equal(number(&b, "traffic.a.cold_starts"), 1);
        drop(&b);
    }
}

/* Requests at 20, 21.5 and 23 s, given up after 1 s. A door of 2 s later an environment is started,
 * at 22 and 23.5 s: for nobody, and not for the next request, which is on its way by then. */
static void a_cold_start_after_giving_up_is_none(void **state)
{
    static const char *const front[][2] = {
        {"front, door, back", "mechanism: gateway, timeout: 1s"},
        {"front, door, back", "mechanism: client, timeout: 1s, retry: none"},
        {"front", "mechanism: workflow, steps: {a: {path: [door, back], timeout: 1s}}"},
        {"front", "mechanism: workflow, timeout: 1s, steps: {a: {path: [door, back]}}"},
        {"front, door, back", "mechanism: service, tasks: 1, cpu: 1, timeout: 1s"},
        {"warm, front, door, back", "mechanism: client, retry: none"}};
    (void)state;
    for (size_t i = 0; i < sizeof front / sizeof *front; i++) {
        struct built b =
            run_text(BEHIND(", every: 1500ms", "", "  door: {mechanism: gateway, overhead: 2s}\n"),
                     front[i][0], front[i][1], ", timeout: 1s");
        assert_int_equal(number(&b, "traffic.a.completed"), 0);
        assert_int_equal(number(&b, "traffic.a.cold_starts"), 0);
        assert_int_equal(number(&b, "components.back.cold_starts"), 2);
        drop(&b);
    }
}

/* A limit that does not even let it initialise is met for ever. */
static void an_init_longer_than_the_time_limit_never_ends(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS(
        "a", "burst: {size: 1, at: 0s, every: 20s}", "io: 1s")
                                  FUNCTION("cold_start: 12s, init_limit: 10s, timeout: 3s"));
    assert_int_equal(number(&b, "traffic.a.timed_out"), 3);
    assert_int_equal(number(&b, "components.worker.endless_inits"), 3);
    assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
    drop(&b);
}

/* A model of 5 GB at 75 and 300 MB/s: 10 s lost, then 5,120 MB loaded once more. With 10 GB of
 * memory at 0.0000166667 USD per GB s that is 0.0130 and 0.0045 USD for each cold start. */
static void loading_a_model_overruns_the_init_limit(void **state)
{
    static const struct {
        const char *load;
        double seconds, usd;
    } cases[] = {{"68266666667ns", 78.266666667, 0.01304},
                 {"17066666667ns", 27.066666667, 0.00451}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 2min}\ntraffic:\n" CLASS(
                         "a", AT("0s"), "io: 0s") "components:\n  "
                                                  "worker: {platform: aws-lambda, memory: 10240MB, "
                                                  "timeout: 900s, cold_start: 0s, setup: "
                                                  "{io: %s}}\n",
                     cases[i].load);
        assert_near(&b, "traffic.a.latency.max", cases[i].seconds);
        assert_true(fabs(number(&b, "cost.worker.duration.usd") +
                         number(&b, "cost.worker.init.usd") - cases[i].usd) < 1e-5);
        drop(&b);
    }
}

/* Half a vCPU: 6 s of set-up take 6 s with the vCPU of an init, and 12 s in an execution. */
static void an_init_has_its_own_cpu_and_its_repetition_that_of_an_execution(void **state)
{
    static const struct {
        const char *limit;
        double seconds;
    } cases[] = {{"10s", 6}, {"5s", 5 + 12}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 1min}\ntraffic:\n" CLASS(
                "a", AT("0s"), "io: 0s") "components:\n  worker: {mechanism: function_pool, "
                                         "memory: 500MB, memory_per_vcpu: 1000MB, cpu_max: 6, "
                                         "timeout: 20s, cold_start: 0s, keep_alive: 10min, "
                                         "scale_burst: 10, scale_rate: 0/s, init_cpu: 1, setup: "
                                         "{cpu: 6s}, init_limit: %s}\n",
            cases[i].limit);
        assert_near(&b, "traffic.a.latency.max", cases[i].seconds);
        drop(&b);
    }
}

/* The field report: 6 MB start in 0.8 s and 80 MB in 4 s, here to the published 0.1 s. */
static void a_package_adds_by_its_size(void **state)
{
    static const struct {
        const char *package;
        double seconds;
    } cases[] = {{"6MB", 0.8}, {"80MB", 4.0}, {"50MB", 2.7}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 1min}\ntraffic:\n" CLASS(
                "a", AT("0s"),
                "io: 0s") "components:"
                          "\n  worker: {platform: aws-lambda, cold_start: 144.8ms, package: %s}\n",
            cases[i].package);
        assert_true(fabs(number(&b, "traffic.a.latency.max") - cases[i].seconds) < 0.003);
        drop(&b);
    }
}

static void a_snapshot_is_restored_instead_of_an_init(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 1s") FUNCTION(
            "cold_start: 6s, setup: {io: 3s}, restore: 500ms, restore_limit: 10s, "
            "timeout: 3s, price_restore: lambda.snapshot.restore, price_snapshot: "
            "lambda.snapshot.cache"));
    assert_near(&b, "traffic.a.latency.max", 1.5);
    assert_int_equal(number(&b, "components.worker.restored_memory"), 1769);
    /* 1,769 MB: 0.0001397998 USD per GB restored, 0.0000015046 per GB s kept for a minute */
    assert_true(fabs(number(&b, "cost.worker.restore.usd") - 1769 / 1024. * 0.0001397998) < 1e-14);
    assert_true(fabs(number(&b, "cost.worker.snapshot.usd") - 60 * 1769 / 1024. * 0.0000015046) <
                1e-14);
    drop(&b);
}

/* 10 s and an error; the next request starts an environment of its own. */
/* Java's are free, others pay 0.0001397998 USD per GB restored and 0.0000015046 per GB s kept. */
static void snapshots_are_free_where_the_platform_says_so(void **state)
{
    (void)state;
    for (int java = 0; java < 2; java++) {
        struct built b = run_text(
            "run: {length: 1h}\ntraffic:\n  a: {arrivals: {constant: {rate: 1/s}}, client: "
            "{retry: none}, path: [worker]}\ncomponents:\n  worker: {platform: aws-lambda, "
            "runtime: %s, memory: 1024MB, restore: 200ms}\n",
            java ? "java21" : "python3.13");
        assert_int_equal(number(&b, "components.worker.restored_memory"), 1024);
        const double snapshot = java ? 0 : 0.0001397998 + 3600 * 0.0000015046;
        const double other = number(&b, "cost.worker.requests.usd") +
                             number(&b, "cost.worker.duration.usd") +
                             number(&b, "cost.worker.init.usd");
        assert_true(fabs(number(&b, "cost.total_usd") - other - snapshot) < 1e-14);
        drop(&b);
    }
}

static void a_restore_over_its_limit_fails(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 1s")
                                  CLASS("b", AT("20s"), "io: 1s")
                                      FUNCTION("cold_start: 6s, restore: 11s, restore_limit: 10s, "
                                               "timeout: 3s"));
    assert_int_equal(number(&b, "traffic.a.failed") + number(&b, "traffic.b.failed"), 2);
    assert_int_equal(number(&b, "components.worker.failed_restores"), 2);
    assert_int_equal(number(&b, "components.worker.cold_starts"), 2);
    assert_int_equal(number(&b, "components.worker.environments.last"), 0);
    assert_near(&b, "components.worker.busy.mean", 20. / 60);
    drop(&b);
}

/* Half a vCPU: 1 s of CPU and 1 s of waiting are 3 s, once in each environment. */
static void the_first_invocation_does_work_for_the_later_ones(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 1s") CLASS(
            "b", AT("10s"),
            "io: 1s") "components:\n  worker: {mechanism: function_pool, memory: 500MB, "
                      "memory_per_vcpu: 1000MB, cpu_max: 6, timeout: 20s, cold_start: 100ms, "
                      "keep_alive: 10min, scale_burst: 10, scale_rate: 0/s, first_invocation: "
                      "{cpu: 1s, io: 1s}}\nevents: [{at: 20s, deploy: worker}]\n");
    assert_near(&b, "traffic.a.latency.max", 4.1);
    assert_near(&b, "traffic.b.latency.max", 1);
    drop(&b);
}

/* ---- reset ---------------------------------------------------------------------------------- */

/* The second request finds the environment that timed out: 0.3 s of init within its duration. */
static void after_a_timeout_the_next_execution_initialises_again(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 2s")
                     CLASS("b", AT("5s"), "io: 500ms") CLASS("c", AT("8s"), "io: 500ms")
                         FUNCTION("cold_start: 300ms, timeout: 1s"));
    assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
    assert_near(&b, "traffic.b.latency.max", 0.8);
    assert_near(&b, "traffic.c.latency.max", 0.5);
    assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
    assert_int_equal(number(&b, "components.worker.resets"), 1);
    assert_int_equal(billed(&b), (1300 + 800 + 500) * 1769);
    drop(&b);
}

/* Every execution fails; only a crash costs the next one its init. */
static void a_crash_resets_and_an_error_does_not(void **state)
{
    static const struct {
        const char *share;
        double billed;
    } cases[] = {{"0%", 1300 + 9 * 1000}, {"100%", 10 * 1300}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 30s}\ntraffic:\n" CLASS("a", "constant: {rate: 0.5/s}", "io: 1s")
                FUNCTION("cold_start: 300ms, timeout: 3s, error_rate: 100%%, crash_share: %s") "\n",
            cases[i].share);
        const double n = number(&b, "components.worker.invocations");
        assert_int_equal(number(&b, "components.worker.errors"), n);
        assert_int_equal(billed(&b) / 1769 - cases[i].billed, (n - 10) * (i ? 1300 : 1000));
        assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
        drop(&b);
    }
}

static void executions_fail_with_their_error_rate(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1000s, replications: 6}\ntraffic:\n" CLASS(
        "a", "poisson: {rate: 100/s}",
        "io: 1ms") FUNCTION("cold_start: 0s, timeout: 3s, error_rate: 3%%, crash_share: 50%%"));
    assert_theory(&b, "traffic.a.failed.share", 0.03, 0);
    drop(&b);
}

/* Work of Exp(300 s) against 15 minutes: exp(-3) of it times out, and 300 (1 - exp(-3)) s are
 * billed on average. */
static void long_work_ends_at_the_time_limit(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 4000000s, replications: 8, seed: 6, intervals: 4}\ntraffic:\n" CLASS(
            "a", "poisson: {rate: 0.01/s}",
            "io: {exponential: {mean: 300s}}") "components:\n  worker: {platform: aws-lambda, "
                                               "timeout: 15min, cold_start: 0s}\n");
    assert_theory(&b, "traffic.a.timed_out.share", exp(-3), 0);
    assert_theory(&b, "components.worker.duration.mean", 300 * (1 - exp(-3)), 0);
    drop(&b);
}

/* A stream of twenty minutes is cut after fifteen, and fifteen are billed; a task holds it. */
static void a_function_cannot_hold_a_stream_past_its_limit(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1h}\ntraffic:\n" CLASS(
        "a", AT("0s"),
        "io: 20min") "components:\n  "
                     "worker: {platform: aws-lambda, timeout: 15min, cold_start: 0s}\nvariants:\n  "
                     "base: {}\n  "
                     "task: {components.worker: {mechanism: service, tasks: 1, cpu: 1}}\n");
    assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
    assert_int_equal(billed(&b), 900000 * 128);
    assert_int_equal(number_in(&b, "task", "traffic.a.completed"), 1);
    drop(&b);
}

/* ---- how long it lives ---------------------------------------------------------------------- */

/* One request a second; at 10, 20 and 30 s the environment is too old, before that second's
 * request. Where it is replaced ahead, nobody meets a cold start but the first. */
static void an_environment_is_retired_for_its_age(void **state)
{
    static const struct {
        const char *proactive;
        int cold, replaced;
    } cases[] = {{"0%", 4, 0}, {"100%", 1, 3}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text("run: {length: 35s}\ntraffic:\n" CLASS(
                                      "a", "constant: {rate: 1/s, start: 0s}", "io: 100ms")
                                      FUNCTION("cold_start: 0s, timeout: 3s, max_age: 10s, "
                                               "proactive: %s"),
                                  cases[i].proactive);
        assert_int_equal(number(&b, "components.worker.recycled"), 3);
        assert_int_equal(number(&b, "components.worker.cold_starts"), cases[i].cold);
        assert_int_equal(number(&b, "components.worker.replaced"), cases[i].replaced);
        assert_int_equal(number(&b, "components.worker.environments.peak"), 1);
        drop(&b);
    }
}

static void an_execution_outlives_the_age_of_its_environment(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 8s")
                                  FUNCTION("cold_start: 0s, timeout: 9s, max_age: 5s"));
    assert_near(&b, "traffic.a.latency.max", 8);
    assert_int_equal(number(&b, "components.worker.recycled"), 1);
    assert_near(&b, "components.worker.environments.mean", 8. / 60);
    drop(&b);
}

/* P(gap > keep-alive) for gaps Exp(mean g) and keep-alives uniform in (a, b). */
static double cold_share(double g, double a, double b)
{
    return g * (exp(-a / g) - exp(-b / g)) / (b - a);
}

/* That share for the presets that were measured in 2021, 2019 and before, and P(gap > 300 s) of two
 * other laws: exp(-(300 / 50)^0.5) and (300 / (100 / 3))^-1.5. */
static void keep_alives_give_their_share_of_cold_starts(void **state)
{
    const struct {
        const char *gap, *keep;
        double mean, cold;
    } cases[] = {
        {"exponential: {mean: 300s}", "idle-5-7min", 300, cold_share(300, 300, 420)},
        {"exponential: {mean: 300s}", "idle-10min", 300, exp(-2)},
        {"exponential: {mean: 1000s}", "idle-25-60min", 1000, cold_share(1000, 1500, 3600)},
        {"weibull: {mean: 100s, shape: 0.5}", "300s", 100, exp(-sqrt(6))},
        {"pareto: {mean: 100s, shape: 1.5}", "300s", 100, 1. / 27}};
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct built b =
            run_text("run: {length: %.0fs, replications: 10, seed: 3, intervals: 10}\n"
                     "traffic:\n  a: {arrivals: {renewal: {gap: {%s}}}, client: {retry: none}, "
                     "path: [worker], work: {worker: {io: 1us}}}\n"
                     "components:\n  worker: {mechanism: function_pool, memory: 1769MB, "
                     "memory_per_vcpu: 1769MB, cpu_max: 6, scale_burst: 9, scale_rate: 0/s, "
                     "keep_alive: %s, cold_start: 0s, timeout: 3s}\n",
                     10000 * cases[i].mean, cases[i].gap, cases[i].keep);
        assert_theory(&b, "traffic.a.cold_starts.share", cases[i].cold, 0);
        drop(&b);
    }
}

/* With exponential idle times it does not matter who serves; a Markov chain of (busy, idle) gives
 * P(cold) = 0.0449215 and 2.695289 idle environments at 1/s, service 1 s and 60 s. */
static void exponential_idle_times_make_the_choice_of_reuse_irrelevant(void **state)
{
    static const char *const reuse[] = {"most_recently_used", "least_recently_used", "random"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 200000s, replications: 8, seed: 2, intervals: 10}\ntraffic:\n" CLASS(
                "a", "poisson: {rate: 1/s}",
                "io: {exponential: {mean: 1s}}") "components:\n  worker: {mechanism: "
                                                 "function_pool, memory: 1769MB, memory_per_vcpu: "
                                                 "1769MB, cpu_max: 6, timeout: 900s, cold_start: "
                                                 "0s, keep_alive: {exponential: {mean: 60s}}, "
                                                 "scale_burst: 9, scale_rate: 0/s, reuse: %s}\n",
            reuse[i]);
        assert_theory(&b, "traffic.a.cold_starts.share", 0.0449215, 0);
        assert_theory(&b, "components.worker.environments.mean", 3.695289, 0);
        drop(&b);
    }
}

/* At the published simulation's rate (0.9/s, 1.991 s, 600 s) the most recently used one first gives
 * the measured share of cold starts; the other two keep as many alive as were ever needed, so none
 * in an hour after the first. */
static void other_choices_of_reuse_keep_every_environment_warm(void **state)
{
    static const char *const reuse[] = {"most_recently_used", "least_recently_used", "random"};
    double last_hour[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 400000s, seed: 5, intervals: 10}\ntraffic:\n" CLASS(
                "a", "poisson: {rate: 0.9/s}",
                "io: {exponential: {mean: 1991ms}}") "components:\n  worker: {mechanism: "
                                                     "function_pool, memory: 128MB, "
                                                     "memory_per_vcpu: 1769MB, cpu_max: 6, "
                                                     "timeout: 900s, cold_start: 253ms, "
                                                     "keep_alive: 600s, scale_burst: 1000, "
                                                     "scale_rate: 100/s, reuse: %s}\n",
            reuse[i]);
        last_hour[i] = number(&b, "components.worker.expired");
        drop(&b);
    }
    assert_true(last_hour[0] > 100);
    assert_true(last_hour[1] == 0 && last_hour[2] == 0);
}

/* ---- who is served by what ------------------------------------------------------------------ */

/* The first is cold for 4 s and runs to 5 s. The second comes at 4.5 s: its own environment is
 * ready at 8.5 s, the first one free at 5 s. */
static void a_request_may_get_what_is_free_before_its_own_environment(void **state)
{
    static const struct {
        const char *binding;
        double latency, cold_wait;
        int billed;
    } cases[] = {{"own", 5, 4, 5000 + 5000}, {"first_free", 1.5, 0.5, 4000 + 1000 + 4000 + 1000}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 1min}\ntraffic:\n" CLASS("a", AT("0s"), "io: 1s")
                         CLASS("b", AT("4500ms"), "io: 1s") CLASS("c", AT("20s"), "io: 1s")
                             FUNCTION("cold_start: 4s, timeout: 9s, "
                                      "cold_start_binding: %s"),
                     cases[i].binding);
        assert_near(&b, "traffic.a.latency.max", 5);
        assert_near(&b, "traffic.b.latency.max", cases[i].latency);
        assert_near(&b, "traffic.c.latency.max", 1);
        assert_near(&b, "components.worker.cold_wait.mean", (4 + cases[i].cold_wait) / 2);
        assert_int_equal(number(&b, "components.worker.environments.last"), 2);
        assert_int_equal(billed(&b), (cases[i].billed + 1000) * 1769);
        drop(&b);
    }
}

/* A restore takes 2.5 s or, half of them, more than its limit of 3 s. What served the first request
 * is replaced at 19 s: that is ready at 21.5 s, or gone at 22 s. The second comes at 20 s and waits
 * for it or for its own, of 22.5 s, never for what fails. */
static void a_failed_restore_serves_nobody(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30s, replications: 100}\ntraffic:\n" CLASS("a", AT("0s"), "io: 0s")
            CLASS("b", AT("20s"), "io: 0s")
                FUNCTION("timeout: 9s, cold_start: 0s, restore: {mixture: [{weight: 0.5, of: "
                         "2.5s}, {weight: "
                         "0.5, of: 9s}]}, restore_limit: 3s, max_age: 19s, proactive: 100%%, "
                         "cold_start_binding: first_free"));
    const struct fs_view b_latency = view_of(&b, "base", "traffic.b.latency.max");
    const struct fs_view done = view_of(&b, "base", "traffic.b.completed");
    int early = 0, own = 0;
    for (int i = 0; i < 100; i++) {
        early += done.replication[i] > 0 && fabs(b_latency.replication[i] - 1.5) < 1e-9;
        own += done.replication[i] > 0 && fabs(b_latency.replication[i] - 2.5) < 1e-9;
    }
    assert_true(early > 0 && own > 0);
    assert_int_equal(early + own, number(&b, "traffic.b.completed") * 100);
    drop(&b);
}

/* ---- what is billed ------------------------------------------------------------------------- */

/* Published log lines: 3004.92 + 111.23 and 3016.78 + 84.00 ms are billed as 3117 and 3101. (An
 * older one, 3022.91 ms billed as 3000, is superseded.) */
static void billed_is_the_ceiling_of_duration_and_init(void **state)
{
    static const struct {
        const char *duration, *init;
        int billed;
    } cases[] = {{"3004920us", "111230us", 3117}, {"3016780us", "84ms", 3101}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 20s}\ntraffic:\n  a: {arrivals: {" AT(
                "0s") "}, client: {retry: none}, path: [worker], work: {worker: {io: %s}}}\n"
                      "components:\n  worker: {platform: aws-lambda, timeout: 4s, cold_start: "
                      "%s}\n",
            cases[i].duration, cases[i].init);
        assert_int_equal(billed(&b), 128 * cases[i].billed);
        drop(&b);
    }
}

/* 2 s of start-up and 1 s of execution, by price lists from before and after 2025-08-01. */
static void init_is_billed_from_a_date_on(void **state)
{
    static const struct {
        const char *list, *packaging;
        double billed;
    } cases[] = {{"2025-07", "zip", 1},
                 {"2026-11", "zip", 3},
                 {"2025-07", "image", 3},
                 {"2024-10", "image", 3},
                 {"2024-10", "zip", 1}};
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct built b = run_text(
            "run: {length: 20s}\naccount: {prices: %s}\ntraffic:\n" CLASS(
                "a", AT("0s"),
                "io: 1s") "components:\n  worker: {platform: aws-lambda, memory: 1769MB, "
                          "cold_start: 2s, timeout: 4s, packaging: %s, price_requests: free}\n",
            cases[i].list, cases[i].packaging);
        assert_int_equal(number(&b, "components.worker.memory_time"), 1769 * 1000);
        assert_int_equal(number(&b, "components.worker.init_memory_time"), 1769 * 2000);
        const double usd = cases[i].billed * 1769 / 1024 * 0.0000166667;
        assert_true(fabs(number(&b, "cost.total_usd") / usd - 1) < 1e-9);
        drop(&b);
    }
}

/* A thousandth of the pricing page's example: 3,000 x 500 ms with 1,536 MB, of which 1,000 answer
 * with 7 MB and 2,000 with 100 KB. 1,000 MB are 0.9765625 GB. */
static void streams_above_six_megabytes_are_charged(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 400s}\ntraffic:\n"
                 "  large: {arrivals: {burst: {size: 1000, at: 0s, over: 300s}}, client: {retry: "
                 "none}, path: "
                 "[large], work: {large: {io: 500ms}}}\n"
                 "  small: {arrivals: {burst: {size: 2000, at: 0s, over: 300s}}, client: {retry: "
                 "none}, path: "
                 "[small], work: {small: {io: 500ms}}}\n"
                 "components:\n"
                 "  large: {platform: aws-lambda, memory: 1536MB, cold_start: 0s, streaming: true, "
                 "response_size: 7MiB, price_egress: free}\n"
                 "  small: {platform: aws-lambda, memory: 1536MB, cold_start: 0s, streaming: true, "
                 "response_size: 100KiB, price_egress: free}\n");
    assert_int_equal(number(&b, "traffic.large.completed"), 1000);
    assert_int_equal(number(&b, "traffic.small.completed"), 2000);
    assert_true(fabs(number(&b, "cost.large.streaming.usd") - 0.9765625 * 0.008) < 1e-12);
    assert_true(number(&b, "cost.small.streaming.usd") == 0);
    drop(&b);
}

/* An example of the pricing page, a thousandth of it: 6,000 x 280 ms with 4,096 MB and 2,048 MB of
 * storage; 0.08 USD of storage in 6,000,000 are 6000 x 0.28 x 1.5 x 0.0000000309. */
static void storage_over_the_free_part_is_charged(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 700s}\ntraffic:\n" CLASS(
        "a", "constant: {rate: 10/s, start: 0s}",
        "io: 280ms") "components:\n  worker: {platform: aws-lambda, memory: 4096MB, cold_start: "
                     "0s, ephemeral_storage: 2048MB}\n");
    const double n = number(&b, "components.worker.completed");
    assert_true(fabs(number(&b, "cost.worker.storage.usd") / n - 0.28 * 1.5 * 0.0000000309) <
                1e-18);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_over_its_limit_is_done_again_within_the_execution),
        cmocka_unit_test(an_init_of_exactly_its_limit_is_not_cut),
        cmocka_unit_test(a_repeated_init_counts_against_the_time_limit),
        cmocka_unit_test(a_cold_start_behind_a_function_is_one),
        cmocka_unit_test(a_cold_start_that_is_given_up_is_one),
        cmocka_unit_test(a_cold_start_that_is_given_up_further_in_front_is_one),
        cmocka_unit_test(a_cold_start_after_giving_up_is_none),
        cmocka_unit_test(an_init_longer_than_the_time_limit_never_ends),
        cmocka_unit_test(loading_a_model_overruns_the_init_limit),
        cmocka_unit_test(an_init_has_its_own_cpu_and_its_repetition_that_of_an_execution),
        cmocka_unit_test(a_package_adds_by_its_size),
        cmocka_unit_test(a_snapshot_is_restored_instead_of_an_init),
        cmocka_unit_test(snapshots_are_free_where_the_platform_says_so),
        cmocka_unit_test(a_restore_over_its_limit_fails),
        cmocka_unit_test(the_first_invocation_does_work_for_the_later_ones),
        cmocka_unit_test(after_a_timeout_the_next_execution_initialises_again),
        cmocka_unit_test(a_crash_resets_and_an_error_does_not),
        cmocka_unit_test(executions_fail_with_their_error_rate),
        cmocka_unit_test(long_work_ends_at_the_time_limit),
        cmocka_unit_test(a_function_cannot_hold_a_stream_past_its_limit),
        cmocka_unit_test(an_environment_is_retired_for_its_age),
        cmocka_unit_test(an_execution_outlives_the_age_of_its_environment),
        cmocka_unit_test(keep_alives_give_their_share_of_cold_starts),
        cmocka_unit_test(exponential_idle_times_make_the_choice_of_reuse_irrelevant),
        cmocka_unit_test(other_choices_of_reuse_keep_every_environment_warm),
        cmocka_unit_test(a_request_may_get_what_is_free_before_its_own_environment),
        cmocka_unit_test(a_failed_restore_serves_nobody),
        cmocka_unit_test(billed_is_the_ceiling_of_duration_and_init),
        cmocka_unit_test(init_is_billed_from_a_date_on),
        cmocka_unit_test(streams_above_six_megabytes_are_charged),
        cmocka_unit_test(storage_over_the_free_part_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
