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
                 {"60/min", "stepwise", 390, 305}};
    (void)state;
    for (int i = 0; i < 3; i++) {
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

/* 45 s of work, visible again after 30 s: delivered twice, done once. */
static void a_visibility_timeout_that_is_too_short_delivers_twice(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 5min}\n" QUEUED("1", "45s") "components:\n" QUEUE POLLER WORKER,
                 "30s", "", 1, "300/min", "continuous");
    assert_int_equal(number(&b, "components.queue.received"), 2);
    assert_int_equal(number(&b, "components.queue.deleted"), 1);
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 1);
    assert_true(fabs(makespan(&b) - 45) < 1e-9);
    drop(&b);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_thousand_messages_of_30_s_take_169_s),
        cmocka_unit_test(a_backlog_drains_in_batches),
        cmocka_unit_test(a_visibility_timeout_that_is_too_short_delivers_twice),
        cmocka_unit_test(a_message_that_always_fails_is_dead_after_so_many_deliveries),
        cmocka_unit_test(messages_expire_at_their_retention),
        cmocka_unit_test(throttled_invocations_are_tried_again_within_the_visibility_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
