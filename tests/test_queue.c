/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#define QUEUED(burst, work)                                                                        \
    "traffic:\n  jobs:\n    arrivals: {burst: {size: " burst ", at: 0s}}\n    client: {retry: "    \
    "none}\n    path: [queue, worker]\n    work: {worker: {io: " work "}}\n"

#define WORKER                                                                                     \
    "  worker: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, cpu_max: 6, "    \
    "timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s}\n"

#define QUEUE "  queue: {mechanism: queue, visibility_timeout: %s, retention: 4d%s}\n"
#define POLLER                                                                                     \
    "  pull: {mechanism: poller, from: queue, to: worker, batch_size: %d, start_concurrency: 5, "  \
    "maximum: 1000, ramp: %s, ramp_shape: %s, idle_pollers: 5, long_poll: 20s, throttle_wait: "    \
    "100ms, throttle_wait_max: 1s}\n"

/* When the last message was done: its age, since all were born at 0. */
static double makespan(const struct built *b)
{
    return number(b, "traffic.jobs/queue.latency.max");
}

/* 5 places at once and 5 more a second: places free at t hold 5 + 5t, again 30 s later; 2,000
 * messages are started at 139 s. In steps of 300 a minute: 5, then 305, then 605 at a time. */
static void two_thousand_messages_of_30_s_take_169_s(void **state)
{
    static const struct {
        const char *ramp, *shape;
        double makespan, peak;
    } cases[] = {{"300/min", "continuous", 169, 700},
                 {"300/min", "stepwise", 210, 605},
                 {"60/min", "continuous", 357, 400},
                 {"60/min", "stepwise", 390, 305}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: 15min}\n" QUEUED("2000", "30s") "components:\n" QUEUE POLLER WORKER,
            "180s", "", 1, cases[i].ramp, cases[i].shape);
        assert_int_equal(number(&b, "traffic.jobs.completed"), 2000);
        assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 2000);
        assert_true(fabs(makespan(&b) - cases[i].makespan) <= 0.5);
        assert_true(number(&b, "components.pull.in_flight.peak") <= cases[i].peak);
        drop(&b);
    }
}

/* The drain table: 5, then 300 more each full minute up to 1,000, all waiting from the start. */
static void a_backlog_drains_as_the_steps_allow(void **state)
{
    static const struct {
        const char *messages, *work;
        int batch;
        double makespan, peak;
    } cases[] = {{"10000", "100ms", 10, 63, 305},
                 {"1000000", "200ms", 10, 332, 1000},
                 {"5000", "10s", 1, 180, 605}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 15min}\naccount: {concurrency: 100000}\ntraffic:\n  jobs:\n    "
            "arrivals: {burst: {size: %s, at: 0s}}\n    client: {retry: none}\n    path: [queue, "
            "worker]\n    work: {worker: {io: %s}}\ncomponents:\n" QUEUE POLLER WORKER,
            cases[i].messages, cases[i].work, "180s", "", cases[i].batch, "300/min", "stepwise");
        assert_true(fabs(makespan(&b) - cases[i].makespan) <= 0.5);
        assert_true(number(&b, "components.pull.in_flight.peak") == cases[i].peak);
        drop(&b);
    }
}

/* Batches of 10, 1 s a batch of 10 x 100 ms, 10,000 messages in steps of 300 a minute: 5 x 60
 * batches in the first minute, the other 700 in three rounds of 305. */
static void a_backlog_drains_in_batches(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 15min}\n" QUEUED("10000", "100ms") "components:\n" QUEUE POLLER WORKER,
        "180s", "", 10, "300/min", "stepwise");
    assert_true(fabs(makespan(&b) - 63) <= 0.5);
    /* The five pollers take the first message each as it comes, before there are more. */
    assert_int_equal(number(&b, "components.pull.invocations"), 1005);
    assert_int_equal(number(&b, "components.pull.in_flight.peak"), 305);
    /* 10,000 sends, 1,005 receives, 1,005 deletes, and what idle pollers ask: 5 each 20 s. */
    assert_true(number(&b, "components.queue.requests") - 12010 ==
                number(&b, "components.queue.empty_receives"));
    assert_true(fabs(number(&b, "components.queue.empty_receives") - 5 * (900 - 63) / 20) <= 5);
    drop(&b);
}

/* Visible again every 30 s until it is done: ceil(work / 30 s) deliveries, of which all but one
 * are work done twice. */
static void a_visibility_timeout_that_is_too_short_delivers_again(void **state)
{
    static const struct {
        int work, deliveries;
    } cases[] = {{29, 1}, {45, 2}, {100, 4}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 5min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1, at: 0s}}\n    "
            "client: {retry: none}\n    path: [queue, worker]\n    work: {worker: {io: %ds}}\n"
            "components:\n" QUEUE POLLER WORKER,
            cases[i].work, "30s", "", 1, "300/min", "continuous");
        assert_int_equal(number(&b, "components.queue.received"), cases[i].deliveries);
        assert_int_equal(number(&b, "components.queue.deleted"), 1);
        assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 1);
        assert_int_equal(number(&b, "traffic.jobs/queue.duplicates"), cases[i].deliveries - 1);
        assert_true(makespan(&b) == cases[i].work);
        drop(&b);
    }
}

/* An execution that always fails is delivered max_receive_count times and moves aside. */
static void a_message_that_always_fails_is_dead_after_so_many_deliveries(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 5min}\n" QUEUED(
                     "7", "1s") "components:\n" QUEUE
                                "  dead: {mechanism: queue, visibility_timeout: 30s, retention: "
                                "4d, sink: true}\n" POLLER WORKER
                                "events: [{at: 0s, errors: {component: worker}}]\n",
                 "30s", ", redrive: {max_receive_count: 3, to: dead}", 1, "300/min", "continuous");
    assert_int_equal(number(&b, "components.queue.received"), 21);
    assert_int_equal(number(&b, "traffic.jobs/queue.dead_lettered"), 7);
    assert_int_equal(number(&b, "components.dead.visible.last"), 7);
    drop(&b);
}

static void messages_expire_at_their_retention(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 5min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: "
                 "3, at: 10s}}\n    client: {retry: none}\n    path: [queue]\n"
                 "components:\n  queue: {mechanism: queue, visibility_timeout: 30s, "
                 "retention: 60s, sink: true}\n");
    assert_int_equal(number(&b, "traffic.jobs.completed"), 3);
    assert_int_equal(number(&b, "traffic.jobs/queue.expired"), 3);
    assert_int_equal(number(&b, "components.queue.visible.last"), 0);
    drop(&b);
}

/* 10 places for 100 messages: the poller tries again, nothing is lost, nothing delivered twice. */
static void throttled_invocations_are_tried_again_within_the_visibility_timeout(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 5min}\naccount: {concurrency: 10}\n" QUEUED(
                                  "100", "1s") "components:\n" QUEUE POLLER WORKER,
                              "180s", "", 1, "6000/min", "continuous");
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 100);
    assert_int_equal(number(&b, "components.queue.redelivered"), 0);
    assert_true(number(&b, "components.pull.throttled") > 0);
    assert_int_equal(number(&b, "account.concurrency.peak"), 10);
    drop(&b);
}

/* ---- order, readers, limits ----------------------------------------------------------------- */

#define FIFO_QUEUE(more) "  queue: {platform: aws-sqs-fifo, visibility_timeout: 30s" more "}\n"
#define READER(name, most)                                                                         \
    "  " name                                                                                      \
    ": {mechanism: poller, from: queue, to: worker, batch_size: 1, start_concurrency: " most       \
    ", maximum: " most ", ramp: 0/s, idle_pollers: 0, long_poll: 20s, throttle_wait: 100ms, "      \
    "throttle_wait_max: 1s}\n"

/* One group: one after the other, whoever would have time. */
static void messages_of_a_group_are_worked_on_one_after_another(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" QUEUED("3", "1s") "components:\n" FIFO_QUEUE(
        "") READER("pull", "10") WORKER);
    assert_int_equal(number(&b, "components.pull.in_flight.peak"), 1);
    assert_true(makespan(&b) == 3);
    assert_true(number(&b, "traffic.jobs/queue.latency.mean") == 2); /* 1, 2 and 3 s */
    drop(&b);
}

/* AWS: with 6 message groups and a maximum concurrency of 10, at most 6 invocations at a time
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html). */
static void groups_bound_the_concurrency(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\n" QUEUED("100", "1s") "components:\n" FIFO_QUEUE(
            ", groups: {count: 6}") READER("pull", "10") WORKER);
    assert_int_equal(number(&b, "components.pull.in_flight.peak"), 6);
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 100);
    drop(&b);
}

/* All executions fail until 10 s. In order: the first comes back at 30 s and is done at 31 s, then
 * the others, 32 and 33 s. Without order all three come back at 30 s. */
static void a_failed_message_keeps_its_place(void **state)
{
    (void)state;
    for (int fifo = 0; fifo < 2; fifo++) {
        struct built b =
            run_text("run: {length: 2min}\n" QUEUED(
                         "3", "1s") "components:\n  queue: {platform: %s, "
                                    "visibility_timeout: 30s}\n" READER("pull", "10") WORKER
                     "events: [{at: 0s, errors: {component: worker, for: 10s}}]\n",
                     fifo ? "aws-sqs-fifo" : "aws-sqs");
        assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 3);
        assert_true(makespan(&b) == (fifo ? 33 : 31));
        assert_int_equal(number(&b, "components.queue.received"), fifo ? 4 : 6);
        drop(&b);
    }
}

/* A message that always fails blocks its group until it is dead: 60, 120 and 180 s. */
static void a_poisoned_message_blocks_its_group(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 5min}\n" QUEUED("3", "1s") "components:\n" FIFO_QUEUE(
        ", redrive: {max_receive_count: 2, to: dead}") "  dead: {platform: aws-sqs-fifo, sink: "
                                                       "true}\n" READER("pull", "10") WORKER
                              "events: [{at: 0s, errors: {component: "
                              "worker}}]\n");
    const struct fs_record *record = b.study->variant[0].record[0];
    assert_int_equal(number(&b, "traffic.jobs/queue.dead_lettered"), 3);
    assert_true(fs_record_series(record, "traffic", "jobs/queue", "in_flight")->area ==
                360 * (__int128)FS_S);
    drop(&b);
}

/* A message that is sent again within the window is kept once, later twice. */
static void a_message_is_kept_once_within_the_deduplication_window(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct built b = run_text(
            "run: {length: 15min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 10, at: 0s}}\n  "
            "  client: {retry: none}\n    path: [events, queue]\ncomponents:\n  events: {platform: "
            "aws-lambda-async, duplicates: {share: 100%%, after: %s}}\n  queue: {platform: "
            "aws-sqs-fifo, sink: true}\n",
            late ? "301s" : "299s");
        assert_int_equal(number(&b, "components.queue.sent"), late ? 20 : 10);
        assert_int_equal(number(&b, "components.queue.deduplicated"), late ? 0 : 10);
        assert_int_equal(number(&b, "components.queue.requests"), 20);
        drop(&b);
    }
}

static void a_delayed_message_cannot_be_received_before(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" QUEUED(
        "4", "1s") "components:\n  queue: {platform: aws-sqs, delay: 5s}\n" READER("pull", "10")
                                  WORKER);
    assert_true(number(&b, "traffic.jobs/queue.latency.p50") == 6 && makespan(&b) == 6);
    assert_int_equal(number(&b, "components.queue.delayed.peak"), 4);
    assert_int_equal(number(&b, "components.queue.delayed.last"), 0);
    drop(&b);
}

/* Two at a time, ten messages of 1 s. */
static void no_more_messages_are_in_flight_than_the_queue_allows(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\n" QUEUED(
        "10", "1s") "components:\n  queue: {platform: aws-sqs, max_in_flight: 2}\n" READER("pull",
                                                                                           "10")
                                  WORKER);
    assert_int_equal(number(&b, "components.queue.in_flight.peak"), 2);
    assert_true(makespan(&b) == 5);
    drop(&b);
}

/* Two readers of five places each: 100 messages of 1 s in ten rounds, half of them each. */
static void several_readers_share_a_queue(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\n" QUEUED("100", "1s") "components:\n" QUEUE READER("left", "5")
            READER("right", "5") WORKER,
        "180s", "");
    assert_int_equal(number(&b, "components.left.messages"), 50);
    assert_int_equal(number(&b, "components.right.messages"), 50);
    assert_true(makespan(&b) == 10);
    drop(&b);
}

/* All executions fail for five minutes; seven messages are dead at 60 s. Sent back at 6 min they
 * are done, their age counted from their birth; each has ended twice, as a request that died and as
 * one that was done. */
static void what_is_dead_can_be_sent_back(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\n" QUEUED("7", "1s") "components:\n  queue: {platform: aws-sqs, "
                                                   "redrive: {max_receive_count: 2, to: dead}}\n  "
                                                   "dead: {platform: aws-sqs, sink: true}\n" READER(
                                                       "pull", "10") WORKER
        "events: [{at: 0s, errors: {component: worker, for: 5min}}, {at: 6min, redrive: dead}]\n");
    assert_int_equal(number(&b, "components.dead.redriven"), 7);
    assert_int_equal(number(&b, "components.dead.visible.last"), 0);
    assert_int_equal(number(&b, "components.dead.visible.peak"), 7);
    assert_int_equal(number(&b, "traffic.jobs/queue.dead_lettered"), 7);
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 7);
    assert_int_equal(number(&b, "traffic.jobs/queue.arrived"), 14);
    assert_true(makespan(&b) == 361);
    drop(&b);
}

/* Dead at 60 s after two deliveries. In a standard queue of 100 s a message is as old as when it
 * was sent, and gone at 100 s; in one that keeps order it is new, and gone at 160 s; one that was
 * given up by an asynchronous invocation at 10 s is new, too. Nothing is left to be sent back. */
static void what_is_dead_expires_too(void **state)
{
    static const struct {
        const char *path, *kind;
        double area;
    } cases[] = {
        {"queue", "aws-sqs", 40}, {"queue", "aws-sqs-fifo", 100}, {"events", "aws-sqs", 100}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1, at: 0s}}\n   "
            " "
            "client: {retry: none}\n    path: [%s, worker]\n    work: {worker: {io: 10s}}\n"
            "components:\n  dead: {platform: %s, retention: 100s, sink: true}\n%s" WORKER
            "events: [{at: 0s, errors: {component: worker}}, {at: 5min, redrive: dead}]\n",
            cases[i].path, cases[i].kind,
            i < 2 ? "  queue: {platform: aws-sqs, redrive: {max_receive_count: 2, to: "
                    "dead}}\n" READER("pull", "10")
                  : "  events: {platform: aws-lambda-async, errors: none, on_failure: dead}\n");
        const struct fs_record *record = b.study->variant[0].record[0];
        assert_int_equal(number(&b, "components.dead.moved_in"), 1);
        assert_int_equal(number(&b, "components.dead.moved_expired"), 1);
        assert_int_equal(number(&b, "components.dead.redriven"), 0);
        assert_true(fs_record_series(record, "queue", "dead", "visible")->area ==
                    (__int128)(cases[i].area * 1e9));
        drop(&b);
    }
}

/* Fifty messages of one group at 0 s, each worked on for 10 s: at 100 s the eleventh is, and it is
 * as old as the run, though none can be received. What is dead at 60 s is 40 s old in its queue. */
static void the_oldest_is_as_old_as_it_is_wherever_it_stands(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 100s}\n" QUEUED(
        "50", "10s") "components:\n  queue: {platform: aws-sqs-fifo, "
                     "visibility_timeout: 1h}\n" READER("pull", "1") WORKER);
    assert_int_equal(number(&b, "components.queue.oldest_age.last"), 100);
    drop(&b);
    b = run_text("run: {length: 100s}\n" QUEUED(
        "7", "1s") "components:\n  queue: {platform: aws-sqs, "
                   "redrive: {max_receive_count: 2, to: dead}}\n  dead: {platform: aws-sqs, sink: "
                   "true}\n" READER("pull", "10") WORKER "events: [{at: 0s, errors: {component: "
                                                         "worker}}]\n");
    assert_int_equal(number(&b, "components.dead.oldest_age.last"), 40);
    assert_int_equal(number(&b, "components.queue.oldest_age.last"), 0);
    drop(&b);
}

static void sends_above_the_rate_are_refused(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 12, at: 0s}}\n    "
        "client: {retry: none}\n    path: [queue]\ncomponents:\n  queue: {platform: aws-sqs, "
        "send_rate: 5/s, sink: true}\n");
    assert_int_equal(number(&b, "traffic.jobs.throttled"), 7);
    assert_int_equal(number(&b, "components.queue.throttled"), 7);
    assert_int_equal(number(&b, "components.queue.sent"), 5);
    drop(&b);
}

#define ASKED                                                                                      \
    "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: [queue, "     \
    "worker]}}\ncomponents:\n  worker: {platform: aws-lambda, timeout: 60s}\n"

static void what_a_queue_and_its_reader_cannot_agree_on_is_refused(void **state)
{
    (void)state;
    assert_refused(
        ASKED "  queue: {platform: aws-sqs}\n  pull: {platform: aws-lambda-sqs-mapping, "
              "from: queue, to: worker}\n",
        "'from': the visibility timeout of 'queue', 30 s, is under the time limit of "
        "'worker', 60 s: messages would be delivered again while they are worked on; six "
        "times the limit, 360 s, is advised");
    assert_refused(ASKED "  queue: {platform: aws-sqs-fifo, visibility_timeout: 6min}\n  pull: "
                         "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: "
                         "11, batch_window: 2s}\n",
                   "'batch_size': 'queue' gives at most 10 messages to an invocation");
    assert_refused(ASKED "  queue: {platform: aws-sqs-fifo, visibility_timeout: 6min}\n  pull: "
                         "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: "
                         "10, batch_window: 2s}\n",
                   "'batch_window': 'queue' keeps order, a batch of it cannot be waited for");
    assert_refused(ASKED
                   "  queue: {platform: aws-sqs, visibility_timeout: 6min}\n  pull: {platform: "
                   "aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 11}\n",
                   "'batch_window': must be at least 1s for batches over 10");
    assert_refused(ASKED "  queue: {platform: aws-sqs, groups: {count: 3}}\n",
                   "'groups': only a queue with 'order: fifo' has message groups");
    assert_refused(ASKED "  queue: {platform: aws-sqs}\n",
                   "nothing pulls from 'queue', so 'worker' would never be asked");
}

/* A path may end in a queue: with a warning, unless that is said to be meant; then nobody reads. */
static void a_queue_without_a_reader_is_asked_about(void **state)
{
    static const struct {
        const char *queue, *reader;
        int errors, warnings;
        const char *why;
    } cases[] = {
        {"", "", 0, 1, "nothing pulls from 'queue'"},
        {", sink: true", "", 0, 0, ""},
        {"", ", worker]\n", 0, 0, ""},
        {", sink: true", ", worker]\n", 1, 0, "'queue' is a sink"},
    };
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fs_arena *arena = fs_arena_new();
        struct fs_report *report = fs_report_new(arena);
        struct fs_failure failure = {""};
        struct fs_scenario *scenario = NULL;
        char *said = NULL;
        size_t size;
        const bool read = *cases[i].reader;
        const char *text = fs_arena_format(
            arena,
            "fleetsim: 1\nrun: {length: 1min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: "
            "1, at: 0s}}\n    client: {retry: none}\n    path: [queue%s\ncomponents:\n  queue: "
            "{mechanism: queue, visibility_timeout: 30s, retention: 4d%s}\n%s",
            read ? cases[i].reader : "]", cases[i].queue,
            read ? "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker}\n"
                   "  worker: {platform: aws-lambda, memory: 512MB, timeout: 3s}\n"
                 : "");
        fs_scenario_parse(arena, "test", text, NULL, 0, NULL, &scenario, report, &failure);
        FILE *out = open_memstream(&said, &size);
        fs_report_print(report, out, false);
        fclose(out);
        if (fs_report_errors(report) != cases[i].errors ||
            fs_report_warnings(report) != cases[i].warnings || !strstr(said, cases[i].why))
            fail_msg("case %d: %s", i, said);
        free(said);
        fs_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_messages_of_30_s_take_169_s),
        cmocka_unit_test(a_backlog_drains_as_the_steps_allow),
        cmocka_unit_test(a_backlog_drains_in_batches),
        cmocka_unit_test(a_visibility_timeout_that_is_too_short_delivers_again),
        cmocka_unit_test(a_message_that_always_fails_is_dead_after_so_many_deliveries),
        cmocka_unit_test(messages_expire_at_their_retention),
        cmocka_unit_test(throttled_invocations_are_tried_again_within_the_visibility_timeout),
        cmocka_unit_test(messages_of_a_group_are_worked_on_one_after_another),
        cmocka_unit_test(groups_bound_the_concurrency),
        cmocka_unit_test(a_failed_message_keeps_its_place),
        cmocka_unit_test(a_poisoned_message_blocks_its_group),
        cmocka_unit_test(a_message_is_kept_once_within_the_deduplication_window),
        cmocka_unit_test(a_delayed_message_cannot_be_received_before),
        cmocka_unit_test(no_more_messages_are_in_flight_than_the_queue_allows),
        cmocka_unit_test(several_readers_share_a_queue),
        cmocka_unit_test(what_is_dead_can_be_sent_back),
        cmocka_unit_test(what_is_dead_expires_too),
        cmocka_unit_test(the_oldest_is_as_old_as_it_is_wherever_it_stands),
        cmocka_unit_test(sends_above_the_rate_are_refused),
        cmocka_unit_test(what_a_queue_and_its_reader_cannot_agree_on_is_refused),
        cmocka_unit_test(a_queue_without_a_reader_is_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
