/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scene.h"

#define EVENTS(arrivals, work)                                                                     \
    "traffic:\n  jobs:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n    path: "       \
    "[events, worker]\n    work: {worker: {io: " work "}}\ncomponents:\n"
#define WORKER(timeout)                                                                            \
    "  worker: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, "    \
    "timeout: " timeout ", cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: "  \
    "0/s}\n"
#define DEAD "  dead: {mechanism: queue, visibility_timeout: 30s, retention: 4d, sink: true}\n"

/* Level x time of a gauge, in s. */
static double area(const struct built *b, const char *table, const char *subject,
                   const char *metric)
{
    const struct fs_record *record = b->study->variant[0].record[0];
    return (double)fs_record_series(record, table, subject, metric)->area / 1e9;
}

/* 3.2 s of work under a limit of 3 s, three times, one and two minutes between them: it is given up
 * at 3 + 60 + 3 + 120 + 3 s, and 9 s are billed. The caller had its answer at once. */
static void an_event_that_times_out_is_given_up_after_189_s(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10min}\n" EVENTS(
        "burst: {size: 1, at: 0s}", "3.2s") "  events: {platform: aws-lambda-async, on_failure: "
                                            "dead}\n" WORKER("3s") DEAD);
    assert_int_equal(number(&b, "traffic.jobs.completed"), 1);
    assert_true(number(&b, "traffic.jobs.latency.max") == 0);
    assert_int_equal(number(&b, "traffic.jobs/events.dead_lettered"), 1);
    assert_int_equal(number(&b, "traffic.jobs/events.attempts"), 3);
    assert_true(area(&b, "traffic", "jobs/events", "in_flight") == 189);
    assert_true(area(&b, "relay", "events", "waiting") == 180);
    assert_int_equal(number(&b, "components.worker.timeouts"), 3);
    assert_int_equal(number(&b, "components.worker.memory_time"), 9000 * 128);
    assert_int_equal(number(&b, "components.dead.visible.last"), 1);
    drop(&b);
}

/* Of 2,000 events 1,000 are refused at 0, 1, 3, 7, 15 and 31 s, and taken at 63 s, when those of
 * the first second have been done for 3 s. */
static void a_crowd_is_delayed_and_not_lost(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 5min}\naccount: {concurrency: 1000}\n" EVENTS(
        "burst: {size: 2000, at: 0s}",
        "60s") "  events: {platform: aws-lambda-async}\n" WORKER("900s"));
    assert_int_equal(number(&b, "traffic.jobs.completed"), 2000);
    assert_int_equal(number(&b, "traffic.jobs/events.completed"), 2000);
    assert_int_equal(number(&b, "components.events.throttled"), 6000);
    assert_int_equal(number(&b, "components.events.attempts"), 8000);
    assert_true(number(&b, "traffic.jobs/events.latency.max") == 123);
    drop(&b);
}

/* One place, taken for 800 s: the second event is refused at 0, 1, 3, 7, 15 and 31 s; at 63 s it
 * would be older than it may, so it ends at 60 s. */
static void an_event_ends_at_its_maximum_age(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20min}\naccount: {concurrency: 1}\n" EVENTS(
        "burst: {size: 2, at: 0s}",
        "800s") "  events: {platform: aws-lambda-async, maximum_age: 60s}\n" WORKER("900s"));
    assert_int_equal(number(&b, "traffic.jobs/events.completed"), 1);
    assert_int_equal(number(&b, "traffic.jobs/events.expired"), 1);
    assert_int_equal(number(&b, "components.events.throttled"), 6);
    assert_true(area(&b, "traffic", "jobs/events", "in_flight") == 860);
    drop(&b);
}

/* Refusals use up no retries. Two events, one place, 10 s of work that fails: one runs at 0, 70 and
 * 200 s; the other is refused at 0, 1, 3 and 7 s and runs at 15, 85 and 215 s. */
static void errors_and_refusals_are_counted_apart(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10min}\naccount: {concurrency: 1}\n" EVENTS(
        "burst: {size: 2, at: 0s}",
        "10s") "  events: {platform: aws-lambda-async}\n" WORKER("900s") "events: [{at: 0s, "
                                                                         "errors: {component: "
                                                                         "worker}}]\n");
    assert_int_equal(number(&b, "components.worker.errors"), 6);
    assert_int_equal(number(&b, "components.events.throttled"), 4);
    assert_int_equal(number(&b, "traffic.jobs/events.failed"), 2);
    assert_true(area(&b, "traffic", "jobs/events", "in_flight") == 210 + 225);
    drop(&b);
}

/* Of two events at each tenth of a second one is refused, and taken half way to the next: never
 * more than two are under way, so ten minutes need the memory of ten seconds. */
static void events_that_were_refused_leave_no_memory_behind(void **state)
{
    (void)state;
    struct scene s = scene_of("run: {length: 10min}\naccount: {concurrency: 1}\n" EVENTS(
        "constant: {rate: 10/s}",
        "10ms") "  events: {platform: aws-lambda-async, refusals: {fixed: {attempts: 100, "
                "wait: 50ms}}, targets: [{path: [worker]}]}\n" WORKER("3s"));
    fs_sim_run(s.world->sim, 10 * FS_S);
    const size_t size = fs_arena_size(fs_sim_arena(s.world->sim));
    fs_sim_run(s.world->sim, 10 * FS_MIN);
    assert_int_equal(fs_arena_size(fs_sim_arena(s.world->sim)), size);
    assert_int_equal(level(&s, "events", "waiting"), 1);
    drop_scene(&s);
}

/* A function with a reservation of 0 is off: its events are given up at once, without a retry. */
static void events_of_a_function_that_is_off_are_given_up_at_once(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct built b = run_text(
            "run: {length: 7h}\n" EVENTS(
                "burst: {size: 10, at: 1s}",
                "1s") "  events: {platform: aws-lambda-async%s}\n  worker: {platform: aws-lambda, "
                      "reserved: 0}\n%s",
            kept ? ", on_failure: dead" : "", kept ? DEAD : "");
        assert_int_equal(number(&b, "components.events.attempts"), 10);
        assert_int_equal(number(&b, "components.worker.throttled_reserved"), 10);
        assert_int_equal(number(&b, "traffic.jobs/events.dead_lettered"), kept ? 10 : 0);
        assert_int_equal(number(&b, "traffic.jobs/events.throttled"), kept ? 0 : 10);
        assert_true(area(&b, "traffic", "jobs/events", "in_flight") == 0);
        drop(&b);
    }
}

/* An error with probability .3 in each of three attempts: .3^3 of the events are lost. */
static void an_event_is_lost_when_all_attempts_fail(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 15min, replications: 10}\n" EVENTS(
        "burst: {size: 10000, at: 0s, over: 300s}",
        "100ms") "  events: {platform: aws-lambda-async}\n" WORKER("3s") "events: [{at: 0s, "
                                                                         "errors: {component: "
                                                                         "worker, "
                                                                         "probability: 30%%}}"
                                                                         "]\n");
    assert_theory(&b, "traffic.jobs/events.failed", 270, 0);
    assert_theory(&b, "components.events.attempts", 10000 * (1 + .3 + .09), 0);
    drop(&b);
}

/* Work of mean 1 s and cv 1 belongs to the event: those of it that take longer than 3 s do so in
 * each attempt. P = 1 - Phi((ln 3 - mu) / sigma), sigma^2 = ln 2, mu = -sigma^2 / 2. */
static void an_event_that_takes_too_long_always_does(void **state)
{
    (void)state;
    for (int attempts = 1; attempts <= 3; attempts += 2) {
        struct built b = run_text(
            "run: {length: 15min, replications: 10}\n" EVENTS(
                "burst: {size: 10000, at: 0s, over: 300s}",
                "{lognormal: {mean: 1s, cv: 1}}") "  events: {platform: aws-lambda-async, errors: "
                                                  "{backoff: {attempts: %d, base: 1min, jitter: "
                                                  "none}}}\n" WORKER("3s"),
            attempts);
        assert_theory(&b, "traffic.jobs/events.timed_out", 10000 * 0.0412956097111532, 0);
        if (attempts == 1)
            assert_theory(&b, "components.worker.duration.mean", 0.9407009692804242, 0);
        drop(&b);
    }
}

/* A share of events is done twice; a request still ends once. */
static void a_duplicate_is_an_execution_and_no_request(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10min, replications: 10}\n" EVENTS(
        "burst: {size: 5000, at: 0s, over: 300s}",
        "100ms") "  events: {platform: aws-lambda-async, duplicates: {share: 2%%}}\n" WORKER("3s"));
    const struct fs_view twice = view_of(&b, "base", "traffic.jobs/events.duplicates");
    const struct fs_view executions = view_of(&b, "base", "components.worker.invocations");
    assert_int_equal(number(&b, "traffic.jobs/events.completed"), 5000);
    for (int i = 0; i < 10; i++)
        assert_true(executions.replication[i] == 5000 + twice.replication[i]);
    assert_theory(&b, "components.events.duplicates", 100, 0);
    drop(&b);
}

static void the_first_delivery_waits_its_delay(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" EVENTS(
        "burst: {size: 3, at: 0s}", "100ms") "  events: {platform: aws-lambda-async, delay: "
                                             "2s}\n" WORKER("3s"));
    assert_true(number(&b, "traffic.jobs/events.latency.max") == 2.1);
    assert_true(area(&b, "relay", "events", "waiting") == 6);
    drop(&b);
}

/* A first delivery that would come after 10 min finds an event that ended at an age of 1 min, in
 * the queue for such events if there is one; its copy does not come either. */
static void an_event_may_be_too_old_for_its_first_delivery(void **state)
{
    (void)state;
    for (int kept = 0; kept < 2; kept++) {
        struct built b = run_text(
            "run: {length: 20min}\n" EVENTS(
                "burst: {size: 3, at: 0s}",
                "100ms") "  events: {platform: aws-lambda-async, delay: 10min, maximum_age: 1min, "
                         "duplicates: {share: 100%%}%s}\n" WORKER("3s") "%s",
            kept ? ", on_failure: dead" : "", kept ? DEAD : "");
        assert_int_equal(number(&b, "components.events.attempts"), 0);
        assert_int_equal(number(&b, "components.worker.invocations"), 0);
        assert_int_equal(number(&b, "traffic.jobs/events.expired"), kept ? 0 : 3);
        assert_int_equal(number(&b, "traffic.jobs/events.dead_lettered"), kept ? 3 : 0);
        assert_true(area(&b, "relay", "events", "waiting") == 180);
        drop(&b);
    }
}

/* ---- several targets ------------------------------------------------------------------------ */

#define BUS(more)                                                                                  \
    "run: {length: 1h}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 10, at: 0s}}\n    "        \
    "client: {retry: none}\n    path: [bus]\n    work: {audit: {io: 2s}, worker: {io: 3s}}\n"      \
    "components:\n  bus: {mechanism: relay, errors: none, refusals: {fixed: {attempts: 9, wait: "  \
    "10s}}, targets: [{path: [audit]}, {path: [queue, worker]}]" more "}\n"                        \
    "  queue: {platform: aws-sqs, visibility_timeout: 6h}\n  pull: {platform: "                    \
    "aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1}\n"                            \
    "  audit: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 4}\n" WORKER("900s")

/* One caller, one answer; each target has its own copy, its own retries and its own end. The audit
 * takes four at a time: of ten, six are refused at 0 s, two at 10 s, and taken at 20 s. The mapping
 * has ten places after 1 s. */
static void an_event_goes_to_every_target_apart(void **state)
{
    (void)state;
    struct built b = run_text(BUS(""));
    assert_int_equal(number(&b, "traffic.jobs.arrived"), 10);
    assert_true(number(&b, "traffic.jobs.latency.max") == 0);
    assert_int_equal(number(&b, "traffic.jobs/bus:audit.completed"), 10);
    assert_int_equal(number(&b, "traffic.jobs/bus:queue.completed"), 10);
    assert_int_equal(number(&b, "traffic.jobs/bus:queue/queue.completed"), 10);
    assert_int_equal(number(&b, "components.bus.accepted"), 10);
    assert_int_equal(number(&b, "components.bus.deliveries"), 20);
    assert_int_equal(number(&b, "components.bus.throttled"), 6 + 2);
    assert_true(number(&b, "traffic.jobs/bus:audit.latency.max") == 22);
    assert_true(number(&b, "traffic.jobs/bus:queue/queue.latency.max") == 4);
    drop(&b);
}

/* 185 retries of at most ten minutes are over within a day (a mean of 300 s each with full jitter);
 * an event that may be an hour old ends at one hour. */
static void a_rule_tries_185_times_or_as_long_as_the_event_may_live(void **state)
{
    (void)state;
    for (int hour = 0; hour < 2; hour++) {
        struct built b = run_text(
            "run: {length: 30h}\naccount: {concurrency: 1}\n" EVENTS(
                "burst: {size: 1, at: 1s}",
                "1s") "  events: {platform: aws-eventbridge%s}\n" WORKER("3s") "events: [{at: 0s, "
                                                                               "quota: "
                                                                               "{concurrency: "
                                                                               "0}}]\n",
            hour ? ", maximum_age: 1h" : "");
        if (hour) {
            assert_int_equal(number(&b, "traffic.jobs/events.expired"), 1);
            assert_true(area(&b, "traffic", "jobs/events", "in_flight") == 3600);
        } else {
            assert_int_equal(number(&b, "traffic.jobs/events.throttled"), 1);
            assert_int_equal(number(&b, "traffic.jobs/events.attempts"), 186);
        }
        drop(&b);
    }
}

static void a_target_that_fails_leaves_the_others_alone(void **state)
{
    (void)state;
    struct built b =
        run_text(BUS(", on_failure: dead") DEAD "events: [{at: 0s, errors: {component: audit}}]\n");
    assert_int_equal(number(&b, "traffic.jobs/bus:audit.dead_lettered"), 10);
    assert_int_equal(number(&b, "traffic.jobs/bus:queue/queue.completed"), 10);
    assert_int_equal(number(&b, "components.dead.visible.last"), 10);
    drop(&b);
}

/* Three events in ten to one, the others to the other: each event to one of them. */
static void a_filter_takes_its_share_of_the_events(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min, replications: 10}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: "
        "1000, at: 0s, over: 300s}}\n    client: {retry: none}\n    path: [bus]\ncomponents:\n"
        "  bus: {platform: aws-eventbridge, targets: [{path: [worker], share: 30%%}, {path: "
        "[other], "
        "share: 70%%, from: 30%%}]}\n  other: {platform: aws-sqs, sink: true}\n" WORKER("3s"));
    const struct fs_view worker = view_of(&b, "base", "traffic.jobs/bus:worker.arrived");
    const struct fs_view other = view_of(&b, "base", "traffic.jobs/bus:other.arrived");
    assert_theory(&b, "traffic.jobs/bus:worker.arrived", 300, 0);
    for (int i = 0; i < 10; i++)
        assert_true(worker.replication[i] + other.replication[i] == 1000);
    assert_int_equal(number(&b, "components.bus.accepted"), 1000);
    assert_int_equal(number(&b, "components.bus.unmatched"), 1000);
    drop(&b);
    assert_refused(
        "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: "
        "[bus]}}\ncomponents:\n  bus: {platform: aws-eventbridge, targets: [{path: "
        "[worker], share: 30%, from: 80%}]}\n" WORKER("3s"),
        "from and share are more than all of the events");
}

/* Both targets fail. One is tried three times, 10 s apart, and its events are lost; the other once,
 * and its events go to a queue. A third takes one
 * at a time: the others are refused, and as old as they may be at 25 s. */
static void targets_have_settings_of_their_own(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 5, at: 0s}}\n    "
        "client: {retry: none}\n    path: [bus]\n    work: {off: {io: 100s}}\ncomponents:\n"
        "  bus: {mechanism: relay, errors: {fixed: {attempts: 3, wait: 10s}}, refusals: {fixed: "
        "{attempts: 9, wait: 10s}}, targets: [{path: [worker]}, {path: [other], errors: none, "
        "on_failure: dead}, {path: [off], maximum_age: 25s}]}\n"
        "  other: {platform: aws-lambda, cold_start: 0s}\n"
        "  off: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1}\n" DEAD WORKER(
            "3s") "events: "
                  "[{at: 0s, errors: {component: worker}}, {at: 0s, errors: {component: "
                  "other}}]\n");
    assert_int_equal(number(&b, "traffic.jobs/bus:worker.attempts"), 15);
    assert_int_equal(number(&b, "traffic.jobs/bus:worker.failed"), 5);
    assert_int_equal(number(&b, "traffic.jobs/bus:other.attempts"), 5);
    assert_int_equal(number(&b, "traffic.jobs/bus:other.dead_lettered"), 5);
    assert_int_equal(number(&b, "components.dead.visible.last"), 5);
    assert_int_equal(number(&b, "traffic.jobs/bus:off.completed"), 1);
    assert_int_equal(number(&b, "traffic.jobs/bus:off.expired"), 4);
    assert_true(area(&b, "traffic", "jobs/bus:off", "in_flight") == 100 + 4 * 25);
    assert_true(area(&b, "traffic", "jobs/bus:worker", "in_flight") == 5 * 20);
    drop(&b);
}

/* What stands behind a relay on the path is a target too. */
static void the_rest_of_the_path_is_a_target_too(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 3, at: 0s}}\n    "
        "client: {retry: none}\n    path: [bus, worker]\n    work: {worker: {io: 2s}, other: {io: "
        "5s}}\ncomponents:\n  bus: {platform: aws-sns, targets: [{path: [other]}]}\n  other: "
        "{platform: aws-lambda, memory: 1769MB, timeout: 30s}\n" WORKER("3s"));
    assert_true(number(&b, "traffic.jobs/bus.latency.max") == 2);
    assert_true(number(&b, "traffic.jobs/bus:other.latency.mean") > 5);
    assert_int_equal(number(&b, "traffic.jobs/bus:other.completed"), 3);
    drop(&b);
}

/* ---- loops ---------------------------------------------------------------------------------- */

#define LOOP(loop, length)                                                                         \
    "run: {length: " length "}\naccount: {concurrency: 1000}\ntraffic:\n  jobs:\n    arrivals: "   \
    "{burst: {size: 1, at: 0s}}\n    client: {retry: none}\n    path: [events, worker, queue, "    \
    "worker]\n    work: {worker: {io: 1s}}\n" loop "components:\n  events: {platform: "            \
    "aws-lambda-async}\n  queue: {platform: aws-sqs, visibility_timeout: 1h}\n  pull: "            \
    "{mechanism: "                                                                                 \
    "poller, from: queue, to: worker, batch_size: 1, start_concurrency: 5000, maximum: 5000, "     \
    "ramp: 0/s, idle_pollers: 0, long_poll: 20s, throttle_wait: 1s, throttle_wait_max: "           \
    "1s}\n" WORKER("10s")

/* A function that triggers itself: a detector stops it after about 16 rounds
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html). */
static void a_detector_stops_a_loop(void **state)
{
    (void)state;
    struct built b = run_text(LOOP("    allow_loop: {sends: 1, stop_after: 16}\n", "1h"));
    assert_int_equal(number(&b, "components.worker.invocations"), 16);
    assert_int_equal(number(&b, "traffic.jobs/events/queue.completed"), 15);
    assert_int_equal(number(&b, "traffic.jobs/events/queue.dropped"), 1);
    drop(&b);
}

/* Each execution of 1 s sends two messages: 1, 2, 4, ... 512 at a time, and in the eleventh round
 * all 1,000 places are taken. */
static void a_loop_that_doubles_takes_all_places_in_ten_rounds(void **state)
{
    (void)state;
    struct built before = run_text(LOOP("    allow_loop: {sends: 2}\n", "9.9s"));
    assert_int_equal(number(&before, "components.worker.invocations"), 1023);
    assert_int_equal(number(&before, "account.concurrency.peak"), 512);
    drop(&before);
    struct built after = run_text(LOOP("    allow_loop: {sends: 2}\n", "10.9s"));
    assert_int_equal(number(&after, "account.concurrency.peak"), 1000);
    assert_true(number(&after, "components.pull.throttled") > 0);
    drop(&after);
}

/* The same chain and the same doubling through a bus, which waits for nothing. */
static void a_loop_may_go_through_a_bus(void **state)
{
#define BUS_LOOP(loop, length)                                                                     \
    "run: {length: " length "}\naccount: {concurrency: 1000}\ntraffic:\n  jobs:\n    arrivals: "   \
    "{burst: {size: 1, at: 0s}}\n    client: {retry: none}\n    path: [events, worker, bus, "      \
    "worker]\n    work: {worker: {io: 1s}}\n" loop "components:\n  events: {platform: "            \
    "aws-lambda-async}\n  bus: {platform: aws-sns}\n" WORKER("10s")
    (void)state;
    struct built b = run_text(BUS_LOOP("    allow_loop: {sends: 1, stop_after: 16}\n", "1h"));
    assert_int_equal(number(&b, "components.worker.invocations"), 16);
    assert_int_equal(number(&b, "traffic.jobs/events/bus.completed"), 15);
    assert_int_equal(number(&b, "traffic.jobs/events/bus.dropped"), 1);
    drop(&b);
    b = run_text(BUS_LOOP("    allow_loop: {sends: 2}\n", "9.9s"));
    assert_int_equal(number(&b, "components.worker.invocations"), 1023);
    drop(&b);
}

/* One place, which a function has given back before what it sent comes round, however fast the bus
 * is: 16 times in 16 rounds without a refusal, in one environment. */
static void a_loop_comes_round_when_its_sender_is_done(void **state)
{
    static const char *const delay[] = {"0s", "1ms"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 1h}\naccount: {concurrency: 1}\ntraffic:\n  jobs:\n    arrivals: "
            "{burst: "
            "{size: 1, at: 0s}}\n    client: {retry: none}\n    path: [worker, bus, worker]\n    "
            "work: {worker: {io: 1s}}\n    allow_loop: {sends: 1, stop_after: 17}\ncomponents:\n  "
            "bus: {platform: aws-lambda-async, delay: %s}\n" WORKER("10s"),
            delay[i]);
        assert_int_equal(number(&b, "components.bus.throttled"), 0);
        assert_int_equal(number(&b, "components.bus.attempts"), 16);
        assert_int_equal(number(&b, "components.worker.cold_starts"), 1);
        drop(&b);
    }
}

static void a_loop_must_be_allowed(void **state)
{
    (void)state;
#define ROUND                                                                                      \
    "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: %s}}\n"       \
    "components:\n  queue: {platform: aws-sqs}\n  other: {mechanism: relay, errors: none, "        \
    "refusals: none%s}\n  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: "              \
    "worker}\n" WORKER("3s")
    static const struct {
        const char *path, *targets, *what;
    } cases[] = {
        {"[other, worker, queue, worker]", "",
         "the path comes back to 'worker': a loop that nothing limits"},
        {"[worker, other, worker, queue]", "", "'worker' stands twice on the path"},
        {"[worker, worker]", "", "'worker' stands twice on the path"},
        {"[other]", ", targets: [{path: [worker, other]}]", "'other' stands twice on the path"},
        {"[other]", ", targets: [{path: [nobody]}]", "nobody"},
        {"[other]", ", targets: [{path: []}]", "a path needs at least one component"},
        {"[other]", ", targets: [{path: [worker]}, {path: [worker]}]",
         "another target begins with 'worker'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2000];
        snprintf(text, sizeof text, ROUND, cases[i].path, cases[i].targets);
        assert_refused(text, cases[i].what);
    }
}

/* What goes round takes the loop's hops alone: not the targets of the bus that it comes back
 * through, and not what a step of a workflow on it hands over, which the first round did. A step
 * that only calls may go round, six times; a workflow in front of the loop hands over once. */
static void a_loop_hands_over_at_its_end_alone(void **state)
{
#define RELAY "{mechanism: relay, errors: none, refusals: none"
#define GOES_ROUND(path, bus)                                                                      \
    "traffic: {jobs: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: "                      \
    "none}, path: [" path                                                                          \
    "], allow_loop: {sends: 1, stop_after: 6}}}\ncomponents:\n  bus: " RELAY bus                   \
    "}\n" WORKER("3s")
#define OTHER      "  other: " RELAY "}\n"
#define STEP(path) "  flow: {mechanism: workflow, steps: {a: {path: [" path "]}}}\n"
    (void)state;
    assert_refused(
        GOES_ROUND(
            "worker, bus, worker",
            ", targets: [{path: [other]}]") "  other: {mechanism: service, tasks: 1, cpu: 1}\n",
        "the path comes back through 'bus', whose targets get nothing");
    assert_refused(GOES_ROUND("flow, bus, flow", "") STEP("other, worker") OTHER,
                   "'flow' is in a loop, and its 'a' hands over");
    struct built b =
        run_text("run: {length: 1h}\n" GOES_ROUND("flow, bus, flow", "") STEP("worker"));
    assert_int_equal(number(&b, "components.worker.invocations"), 6);
    drop(&b);
    b = run_text("run: {length: 1h}\n" GOES_ROUND("flow, worker, bus, worker", "")
                     STEP("other, worker") OTHER);
    assert_int_equal(number(&b, "components.worker.invocations"), 6 + 1);
    drop(&b);
}

static void paths_and_targets_have_a_hundred_components_at_most(void **state)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;
    fprintf(out, "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: "
                 "[bus]}}\ncomponents:\n  bus: {mechanism: relay, errors: none, refusals: none, "
                 "targets: [");
    for (int i = 0; i < 100; i++)
        fprintf(out, "{path: [s%d]}, ", i);
    fprintf(out, "]}\n");
    for (int i = 0; i < 100; i++)
        fprintf(out, "  s%d: {mechanism: service, tasks: 1, cpu: 1}\n", i);
    fclose(out);
    assert_refused(text, "101 components on the path and in its targets, at most 100");
    free(text);
}

static void a_relay_needs_somebody_to_deliver_to(void **state)
{
    (void)state;
    assert_refused("traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, "
                   "path: [events]}}\ncomponents:\n  events: {platform: aws-lambda-async}\n",
                   "'events' delivers to what stands behind it, and the path ends there");
    assert_refused("traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, "
                   "path: [events, worker]}}\ncomponents:\n  events: {platform: aws-lambda-async, "
                   "on_failure: worker}\n" WORKER("3s"),
                   "'worker' is a function_pool; 'on_failure' needs a queue");
    assert_refused(
        "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, "
        "path: [events, worker]}}\ncomponents:\n  events: {platform: aws-lambda-async}\n"
        "  pull: {platform: aws-lambda-sqs-mapping, from: events, to: worker}\n" WORKER("3s"),
        "'events' is no queue that can be pulled from");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_that_times_out_is_given_up_after_189_s),
        cmocka_unit_test(a_crowd_is_delayed_and_not_lost),
        cmocka_unit_test(an_event_ends_at_its_maximum_age),
        cmocka_unit_test(errors_and_refusals_are_counted_apart),
        cmocka_unit_test(events_that_were_refused_leave_no_memory_behind),
        cmocka_unit_test(events_of_a_function_that_is_off_are_given_up_at_once),
        cmocka_unit_test(an_event_is_lost_when_all_attempts_fail),
        cmocka_unit_test(an_event_that_takes_too_long_always_does),
        cmocka_unit_test(a_duplicate_is_an_execution_and_no_request),
        cmocka_unit_test(the_first_delivery_waits_its_delay),
        cmocka_unit_test(an_event_may_be_too_old_for_its_first_delivery),
        cmocka_unit_test(an_event_goes_to_every_target_apart),
        cmocka_unit_test(a_rule_tries_185_times_or_as_long_as_the_event_may_live),
        cmocka_unit_test(a_target_that_fails_leaves_the_others_alone),
        cmocka_unit_test(a_filter_takes_its_share_of_the_events),
        cmocka_unit_test(targets_have_settings_of_their_own),
        cmocka_unit_test(the_rest_of_the_path_is_a_target_too),
        cmocka_unit_test(a_detector_stops_a_loop),
        cmocka_unit_test(a_loop_that_doubles_takes_all_places_in_ten_rounds),
        cmocka_unit_test(a_loop_may_go_through_a_bus),
        cmocka_unit_test(a_loop_comes_round_when_its_sender_is_done),
        cmocka_unit_test(a_loop_must_be_allowed),
        cmocka_unit_test(a_loop_hands_over_at_its_end_alone),
        cmocka_unit_test(paths_and_targets_have_a_hundred_components_at_most),
        cmocka_unit_test(a_relay_needs_somebody_to_deliver_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
