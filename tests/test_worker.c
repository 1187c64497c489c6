/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks that read a queue: timelines by hand, documented cases, and the figures of incidents. */
#include "build.h"

#define CLASS(name, arrivals, work)                                                                \
    "  " name ":\n    arrivals: {" arrivals "}\n    client: {retry: none}\n"                       \
    "    path: [queue, tasks]\n    work: {tasks: {" work "}}\n"
#define QUEUE(visibility)                                                                          \
    "components:\n  queue: {mechanism: queue, visibility_timeout: " visibility                     \
    ", retention: 14d}\n  tasks: {mechanism: service, cpu: 1, from: queue, max_in_flight: 1, "

/* Three messages of 2 s at once and one worker: they are done at 2, 4 and 6 s. Idle for 24 s, it
 * has had two receives of 10 s come back empty. One at 10 s comes in the second of these. */
static void a_worker_takes_one_message_after_the_other(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s}\ntraffic:\n" CLASS(
        "web", "burst: {size: 3, at: 0s}", "cpu: 2s") QUEUE("30s") "tasks: 1, long_poll: 10s}\n");
    assert_near(&b, "traffic.web/queue.latency.mean", 4);
    assert_near(&b, "traffic.web/queue.latency.max", 6);
    assert_near(&b, "components.queue.visible.mean", (2 + 4) / 30.0);
    assert_near(&b, "components.queue.in_flight.mean", 6 / 30.0);
    assert_near(&b, "components.queue.deleted", 3);
    assert_near(&b, "components.queue.empty_receives", 2);
    assert_near(&b, "components.tasks.messages", 3);
    assert_near(&b, "components.tasks.waiting.peak", 0);
    drop(&b);
}

/* Ten messages, one every 10 s: each long poll of 20 s ends with one. Every 25 s: one in between
 * comes back empty each time. */
static void a_poll_that_gets_a_message_is_not_empty(void **state)
{
    static const struct {
        const char *length, *arrivals;
        double empty;
    } cases[] = {{"105s", "rate: 6/min, start: 10s", 0}, {"255s", "rate: 2.4/min, start: 25s", 10}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: %s, intervals: 7}\ntraffic:\n" CLASS("web", "constant: {%s}", "cpu: 1ms")
                QUEUE("30s") "tasks: 1}\n",
            cases[i].length, cases[i].arrivals);
        assert_near(&b, "components.queue.deleted", 10);
        assert_near(&b, "components.queue.empty_receives", cases[i].empty);
        drop(&b);
    }
}

/* Whichever stands first in the file. */
static void workers_may_be_written_before_their_queue(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s}\ntraffic:\n" CLASS(
        "web", "burst: {size: 3, at: 0s}", "cpu: 2s") "components:\n  tasks: {mechanism: service, "
                                                      "cpu: 1, from: queue, max_in_flight: 1, "
                                                      "tasks: 1}\n  queue: {mechanism: queue, "
                                                      "visibility_timeout: 30s, retention: 1h}\n");
    assert_near(&b, "traffic.web/queue.latency.max", 6);
    drop(&b);
}

/* Two places in each of two tasks; those that have asked longest get the next message. */
static void messages_go_round_the_workers_that_ask(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s}\ntraffic:\n" CLASS(
        "web", "burst: {size: 5, at: 0s}",
        "cpu: 2s") "components:\n  queue: {mechanism: queue, visibility_timeout: 30s, retention: "
                   "1h}\n  tasks: {mechanism: service, cpu: 1, from: queue, max_in_flight: 2, "
                   "tasks: "
                   "2}\n");
    /* Two on each CPU until 4 s, then the fifth alone. */
    assert_near(&b, "traffic.web/queue.latency.max", 6);
    assert_near(&b, "components.tasks.in_flight.peak", 4);
    assert_near(&b, "components.tasks.busy_vcpu.mean", 1000 * 10 / 30.0);
    drop(&b);
}

/* Cases visibility-d45-vt30 and -d29-vt30: work of 45 s against a visibility timeout of 30 s is
 * delivered twice, work of 29 s once. Kept hidden, 20 hours are no problem either. */
static void work_longer_than_the_visibility_timeout_is_done_twice(void **state)
{
    static const struct {
        const char *work, *keeps;
        double received, redelivered;
    } cases[] = {{"45s", "false", 2, 1},
                 {"29s", "false", 1, 0},
                 {"45s", "true", 1, 0},
                 {"20h", "true", 1, 0}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: 1d}\ntraffic:\n" CLASS("web", "burst: {size: 1, at: 0s}", "cpu: %s")
                QUEUE("30s") "tasks: 10, keeps: %s}\n",
            cases[i].work, cases[i].keeps);
        assert_near(&b, "components.queue.received", cases[i].received);
        assert_near(&b, "components.queue.redelivered", cases[i].redelivered);
        assert_near(&b, "traffic.web/queue.completed", 1);
        drop(&b);
    }
}

/* A worker is busy until 2 s and finds three messages of 2 s then, which came at 1 s. It receives
 * all of them and has done two at 6 s; the third waits in it and is visible again at 7 s, when a
 * second worker, there since 3 s, begins it; the first ends it at 8 s. Of two received at once none
 * is late, and the second worker has the third at 5 s. One by one all are done at 6 s. */
static void what_is_received_at_once_waits_while_its_visibility_runs_out(void **state)
{
    static const struct {
        const char *more;
        double received, redelivered, last;
    } cases[] = {{"receive: 3", 5, 1, 7},
                 {"receive: 3, keeps: true", 4, 0, 7},
                 {"receive: 2", 4, 0, 5},
                 {"receive: 1", 4, 0, 5}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: 30s}\ntraffic:\n" CLASS("first", "burst: {size: 1, at: 0s}", "cpu: 2s")
                CLASS("web", "burst: {size: 3, at: 1s}", "cpu: 2s")
                    QUEUE("5s") "tasks: 1, %s, scaling: {maximum: 2, policies: [scheduled: {at: "
                                "3s, minimum: 2, maximum: 2}]}}\n",
            cases[i].more);
        assert_near(&b, "components.queue.received", cases[i].received);
        assert_near(&b, "components.queue.redelivered", cases[i].redelivered);
        assert_near(&b, "traffic.web/queue.latency.max", cases[i].last);
        assert_near(&b, "traffic.web/queue.completed", 3);
        drop(&b);
    }
}

/* However often it is extended, a message is hidden for 12 h at most ("The 12-hour limit is from
 * the time that you receive the message"): work of 20 h is begun again by another worker at 12 h.
 */
static void nobody_keeps_a_message_for_more_than_twelve_hours(void **state)
{
    static const struct {
        const char *work;
        double received;
    } cases[] = {{"20h", 2}, {"11h", 1}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text("run: {length: 1d}\ntraffic:\n" CLASS(
                                      "web", "burst: {size: 1, at: 0s}",
                                      "cpu: %s") "components:\n  queue: {platform: aws-sqs, "
                                                 "visibility_timeout: 30s}\n  tasks: "
                                                 "{mechanism: service, cpu: 1, from: queue, "
                                                 "max_in_flight: 1, tasks: 10, keeps: true}\n",
                                  cases[i].work);
        assert_near(&b, "components.queue.received", cases[i].received);
        assert_near(&b, "traffic.web/queue.completed", 1);
        assert_near(&b, "components.tasks.in_flight.peak", cases[i].received);
        drop(&b);
    }
}

/* Two workers in two zones; the message of 10 s lies with the first, whose zone fails at 5 s. It is
 * visible again 30 s after it was received, or, when it was kept hidden, 30 s after the failure. */
static void what_a_lost_worker_had_comes_back(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 100s}\ntraffic:\n" CLASS("web", "burst: {size: 1, at: 0s}", "cpu: 10s")
                QUEUE("30s") "tasks: 2, keeps: %s}\nevents: [{at: 5s, zone_loss: {zone: 1}}]\n",
            i ? "true" : "false");
        assert_near(&b, "traffic.web/queue.latency.max", i ? 45 : 40);
        assert_near(&b, "components.tasks.failed", 1);
        assert_near(&b, "components.tasks.completed", 1);
        drop(&b);
    }
}

/* Told to stop at 5 s, a worker takes nothing new and has 3 s or 30 s for its message of 10 s. */
static void a_worker_that_stops_finishes_its_message_in_time(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 100s}\ntraffic:\n" CLASS("web", "burst: {size: 2, at: 0s}", "cpu: 10s")
                CLASS("later", "burst: {size: 1, at: 6s}", "cpu: 1s")
                    QUEUE("30s") "tasks: 2, stop: {timeout: %s}, scaling: {maximum: 2, policies: "
                                 "[scheduled: {at: 5s, "
                                 "minimum: 1, maximum: 1}]}}\n",
            i ? "30s" : "3s");
        assert_near(&b, "components.tasks.failed", 1 - i);
        assert_near(&b, "components.queue.redelivered", 1 - i);
        assert_near(&b, "traffic.web/queue.completed", 2);
        assert_near(&b, "traffic.web/queue.latency.max", i ? 10 : 40);
        assert_near(&b, "traffic.later/queue.latency.max", 5);
        assert_near(&b, "components.tasks.tasks.mean", (100 + (i ? 10 : 8)) / 100.0);
        drop(&b);
    }
}

/* ---- theory --------------------------------------------------------------------------------- */

static double erlang_c(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return servers * b / (servers - load * (1 - b));
}

/* P(W + S > t) of M/M/c in units of S: with probability C a wait of rate c - a, then S. */
static double slower_than(double c, double rate, double t)
{
    return (1 - c) * exp(-t) + c * (rate * exp(-t) - exp(-rate * t)) / (rate - 1);
}

static double p99_of(double c, double rate)
{
    double low = 0, high = 100;
    for (int i = 0; i < 100; i++) {
        const double t = (low + high) / 2;
        if (slower_than(c, rate, t) > 0.01)
            low = t;
        else
            high = t;
    }
    return low;
}

/* Workers on a queue are M/M/c. 30 at 60 %: mean wait 0.000544 S. Without one zone of three 20 are
 * left at 90 %: mean wait 0.2754 S, p99 of the wait ln(C / 0.01) / 2 = 2.004 S, of the response
 * 4.9 S. Nothing is started for them, for that takes a day. */
static void losing_a_zone_makes_m_m_20_of_m_m_30(void **state)
{
    const double c = erlang_c(20, 18);
    (void)state;
    assert_true(fabs(c / 2 - 0.275385) < 1e-6 && fabs(log(c / 0.01) / 2 - 2.004) < 5e-4);
    assert_true(fabs(erlang_c(30, 18) / 12 - 0.000544) < 5e-7);
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 3000s, replications: 20, seed: %d, intervals: 10, confidence: 99.9%%}\n"
            "traffic:\n" CLASS("web", "poisson: {rate: 180/s}", "cpu: {exponential: {mean: 100ms}}")
                QUEUE("1h") "tasks: 30, start: {init: 1d}}\n%s",
            80 + i, i ? "events: [{at: 1ms, zone_loss: {zone: 1}}]\n" : "");
        const double delayed = i ? c : erlang_c(30, 18), rate = i ? 2 : 12;
        assert_theory(&b, "traffic.web/queue.latency.mean", 0.1 * (1 + delayed / rate), 0);
        const struct fs_estimate p99 =
            view_of(&b, "base", "traffic.web/queue.latency.p99").estimate;
        const double theory = 0.1 * p99_of(delayed, rate);
        assert_true(p99.low <= theory && p99.high >= theory && p99.high - p99.low < 0.02);
        drop(&b);
    }
}

/* The same behind a balancer that gives in turn: each of n tasks is E_n/M/1, of which 1/(1 - s) S
 * is the mean response with s = (n rho / (n rho + 1 - s))^n. */
static void in_turn_the_loss_of_a_zone_is_worse(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const int n = i ? 20 : 30;
        const double load = i ? 0.9 : 0.6;
        double s = 0.5;
        for (int k = 0; k < 100000; k++)
            s = pow(n * load / (n * load + 1 - s), n);
        struct built b = run_text(
            "run: {length: 2000s, replications: 20, seed: %d, intervals: 10}\ntraffic:\n  web:\n"
            "    arrivals: {poisson: {rate: 180/s}}\n    client: {retry: none}\n    path: [tasks]\n"
            "    work: {tasks: {cpu: {exponential: {mean: 100ms}}}}\ncomponents:\n  tasks: "
            "{mechanism: service, tasks: 30, cpu: 1, max_in_flight: 1, backlog: 100000, start: "
            "{init: 1d}}\n%s",
            90 + i, i ? "events: [{at: 0s, zone_loss: {zone: 1}}]\n" : "");
        assert_theory(&b, "traffic.web.latency.mean", 0.1 / (1 - s), 0);
        drop(&b);
    }
}

/* ---- incidents ------------------------------------------------------------------------------ */

/* Case flashcrowd-targettracking, fluid: 300/s against 100/s until 225 s, then 500/s. 45,000 wait
 * then, who comes at 75 s waits 150 s, and at 450 s nobody waits. */
static void a_flash_crowd_in_one_queue_waits_less(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 600s, intervals: 600}\ntraffic:\n" CLASS(
        "web", "constant: {rate: 300/s}", "cpu: 100ms")
                                  QUEUE("30s") "tasks: 10, scaling: {maximum: 50, policies: "
                                               "[scheduled: {at: 225s, minimum: 50, maximum: "
                                               "50}]}}\n");
    const struct fs_series *visible =
        fs_record_series(b.study->variant[0].record[0], "queue", "queue", "visible");
    assert_true(fabs(number(&b, "components.queue.visible.peak") - 45000) < 50);
    assert_true(fabs(number(&b, "traffic.web/queue.latency.max") - 150.1) < 0.5);
    assert_true(visible->interval_last[447] > 0 && visible->interval_last[451] < 30);
    drop(&b);
}

/* 700/s against 1,000/s, half of it lost for 30 s: 6,000 wait, and who comes 21.4 s after the loss
 * waits 8.57 s. What the lost ones had comes back a second later. */
static void a_spot_wave_leaves_six_thousand_waiting(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 120s}\ntraffic:\n" CLASS("web", "constant: {rate: 700/s}", "cpu: 100ms")
            QUEUE("1s") "tasks: 100, zones: 2, start: {init: 30s}}\nevents: [{at: 10s, zone_loss: "
                        "{zone: 1}}]\n");
    assert_true(fabs(number(&b, "components.queue.visible.peak") - 6000) < 60);
    assert_true(fabs(number(&b, "traffic.web/queue.latency.max") - 8.67) < 0.15);
    assert_near(&b, "traffic.web/queue.completed",
                number(&b, "traffic.web.completed") -
                    number(&b, "traffic.web/queue.in_flight.last"));
    drop(&b);
}

/* With a queue for each task it is longer, and requests on the lost tasks are lost: those are given
 * 14/s of the 10/s that they can do, so the last before the others are back waits 12 s, and they
 * then drain at 3/s more than come. */
static void a_spot_wave_behind_a_balancer_loses_requests(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 120s}\ntraffic:\n  web: {arrivals: {constant: {rate: 700/s}}, client: "
        "{retry: none}, path: [tasks], work: {tasks: {cpu: 100ms}}}\ncomponents:\n  tasks: "
        "{mechanism: service, cpu: 1, max_in_flight: 1, backlog: 100000, tasks: 100, zones: 2, "
        "start: {init: 30s}}\nevents: [{at: 10s, zone_loss: {zone: 1}}]\n");
    assert_true(fabs(number(&b, "traffic.web.latency.max") - 12.1) < 0.2);
    assert_true(number(&b, "traffic.web.failed") > 20 && number(&b, "traffic.web.failed") <= 50);
    drop(&b);
}

/* Case scale-from-zero: 50/s from 0 s on, a worker of 100/s is there at 8 s: 400 wait, 8 s at most,
 * and at 16 s nobody. Behind a balancer the first 8 s are answered with an error. */
static void from_zero_a_queue_waits_and_a_balancer_refuses(void **state)
{
    (void)state;
    static const char *const scaling =
        "tasks: 0, start: {init: 8s}, scaling: {minimum: 0, maximum: 10, policies: [scheduled: "
        "{at: 0s, minimum: 10, maximum: 10}]}}\n";
    struct built b = run_text("run: {length: 40s, intervals: 40}\ntraffic:\n" CLASS(
                                  "web", "constant: {rate: 50/s}", "cpu: 100ms") QUEUE("30s") "%s",
                              scaling);
    const struct fs_series *visible =
        fs_record_series(b.study->variant[0].record[0], "queue", "queue", "visible");
    assert_true(fabs(number(&b, "components.queue.visible.peak") - 400) < 2);
    assert_true(fabs(number(&b, "traffic.web/queue.latency.max") - 8.1) < 0.1);
    assert_true(visible->interval_last[14] > 0 && visible->interval_last[16] < 3);
    drop(&b);
    b = run_text(
        "run: {length: 40s}\ntraffic:\n  web: {arrivals: {constant: {rate: 50/s}}, client: "
        "{retry: none}, path: [tasks], work: {tasks: {cpu: 100ms}}}\ncomponents:\n  "
        "tasks: {mechanism: service, cpu: 1, max_in_flight: 1, %s",
        scaling);
    assert_true(fabs(number(&b, "components.tasks.no_target") - 400) < 2);
    assert_near(&b, "traffic.web.failed", number(&b, "components.tasks.no_target"));
    drop(&b);
}

/* ---- bad input ------------------------------------------------------------------------------ */

static void what_cannot_be_is_refused(void **state)
{
#define REFUSED(path, queue, more, what)                                                           \
    assert_refused("traffic: {w: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: none}, "   \
                   "path: " path                                                                   \
                   ", work: {tasks: {cpu: 1ms}}}}\ncomponents:\n  queue: {platform: " queue        \
                   "}\n  tasks: {mechanism: service, cpu: 1, tasks: 1, from: queue" more "}\n",    \
                   what)
    (void)state;
    REFUSED("[tasks]", "aws-sqs", ", max_in_flight: 1",
            "'tasks' takes what it does from 'queue', nobody can call it");
    REFUSED("[tasks]", "aws-sqs", ", max_in_flight: 1", "put 'queue' in front of it");
    REFUSED("[queue, tasks]", "aws-sqs", "", "says how many messages a task works on at once");
    REFUSED("[queue, tasks]", "aws-sqs", ", max_in_flight: 1, backlog: 5",
            "messages wait in the queue, not in a task");
    REFUSED("[queue, tasks]", "aws-sqs", ", max_in_flight: 1, receive: 11",
            "'receive' must lie between 1 and 10");
    REFUSED("[queue, tasks]", "aws-sqs-fifo", ", max_in_flight: 1, receive: 2",
            "'queue' keeps messages in order");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_takes_one_message_after_the_other),
        cmocka_unit_test(a_poll_that_gets_a_message_is_not_empty),
        cmocka_unit_test(workers_may_be_written_before_their_queue),
        cmocka_unit_test(messages_go_round_the_workers_that_ask),
        cmocka_unit_test(work_longer_than_the_visibility_timeout_is_done_twice),
        cmocka_unit_test(what_is_received_at_once_waits_while_its_visibility_runs_out),
        cmocka_unit_test(nobody_keeps_a_message_for_more_than_twelve_hours),
        cmocka_unit_test(what_a_lost_worker_had_comes_back),
        cmocka_unit_test(a_worker_that_stops_finishes_its_message_in_time),
        cmocka_unit_test(losing_a_zone_makes_m_m_20_of_m_m_30),
        cmocka_unit_test(in_turn_the_loss_of_a_zone_is_worse),
        cmocka_unit_test(a_flash_crowd_in_one_queue_waits_less),
        cmocka_unit_test(a_spot_wave_leaves_six_thousand_waiting),
        cmocka_unit_test(a_spot_wave_behind_a_balancer_loses_requests),
        cmocka_unit_test(from_zero_a_queue_waits_and_a_balancer_refuses),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
