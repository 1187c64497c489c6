/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#define QUEUED(burst, work)                                                                        \
    "traffic:\n  jobs:\n    arrivals: {burst: {size: " burst ", at: 0s}}\n    client: {retry: "    \
    "none}\n    path: [queue, worker]\n    work: {worker: {io: " work "}}\ncomponents:\n"
#define WORKER                                                                                     \
    "  worker: {mechanism: function_pool, memory: 1GB, memory_per_vcpu: 1769MB, cpu_max: 6, "      \
    "timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s}\n"
#define PLACES(n)                                                                                  \
    "  worker: {mechanism: function_pool, memory: 1GB, memory_per_vcpu: 1769MB, cpu_max: 6, "      \
    "timeout: 900s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s, "    \
    "reserved: " n "}\n"
#define DEAD  "  dead: {platform: aws-sqs, sink: true}\n"
#define FAILS "events: [{at: 0s, errors: {component: worker%s}}]\n"
/* What a mapping is given beside its batches. */
#define WAITS "idle_pollers: 0, long_poll: 20s, throttle_wait: 100ms, throttle_wait_max: 1s"

/* Ten messages of 3 s, one place, three receives: those that are refused come back when their
 * timeout passes, so one is done every 90 s and seven are dead without ever having run. With ten
 * receives all are done; and with three when the poller tries again before the timeout, when it
 * takes no more than there is room for, or when the queue gives one at a time. */
static void refused_deliveries_burn_receives(void **state)
{
    static const struct {
        const char *queue, *receives, *poller;
        int done;
    } cases[] = {
        {"aws-sqs", "3", "start_concurrency: 5, maximum: 1000, retry_within_visibility: false", 3},
        {"aws-sqs", "10", "start_concurrency: 5, maximum: 1000, retry_within_visibility: false",
         10},
        {"aws-sqs", "3", "start_concurrency: 5, maximum: 1000, retry_within_visibility: true", 10},
        {"aws-sqs", "3", "start_concurrency: 1, maximum: 1, retry_within_visibility: false", 10},
        {"aws-sqs-fifo", "3", "start_concurrency: 5, maximum: 9, retry_within_visibility: false",
         10}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 30min}\n" QUEUED(
                "10", "3s") "  queue: {platform: %s, visibility_timeout: 90s, redrive: "
                            "{max_receive_count: %s, to: dead}}\n  pull: {mechanism: poller, from: "
                            "queue, to: worker, batch_size: 1, ramp: 0/s, %s, " WAITS
                            "}\n" PLACES("1") DEAD,
            cases[i].queue, cases[i].receives, cases[i].poller);
        assert_int_equal(number(&b, "traffic.jobs/queue.completed"), cases[i].done);
        assert_int_equal(number(&b, "traffic.jobs/queue.dead_lettered"), 10 - cases[i].done);
        assert_int_equal(number(&b, "components.dead.visible.last"), 10 - cases[i].done);
        assert_int_equal(number(&b, "components.worker.errors"), 0);
        drop(&b);
    }
}

/* 5 and 300 more a minute: 1,250 after 1,245 / 300 = 4.15 min. */
static void the_mapping_reaches_1250_in_249_s(void **state)
{
    static const int ms[] = {248100, 249100, 300000};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: %dms}\naccount: {concurrency: 5000}\n" QUEUED(
                "5000", "900s") "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n  pull: "
                                "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, "
                                "batch_size: 1}\n" WORKER,
            ms[i]);
        assert_int_equal(number(&b, "components.pull.in_flight.peak"), i ? 1250 : 1245);
        drop(&b);
    }
}

/* A maximum of 2 binds the five invocations that a mapping starts with: ten messages of 10 s, two
 * at a time, are done after 50 s. */
static void a_maximum_may_be_below_the_start(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 5min}\n" QUEUED(
        "10", "10s") "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n  pull: "
                     "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: "
                     "1, maximum: 2}\n" WORKER);
    assert_int_equal(number(&b, "components.pull.allowed.peak"), 2);
    assert_int_equal(number(&b, "components.pull.in_flight.peak"), 2);
    assert_true(number(&b, "traffic.jobs/queue.latency.max") == 50);
    drop(&b);
}

/* Up to 2,000 pollers of 10: 20,000 concurrent invocations, 16 times 1,250
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html), 1,000 more a minute. */
static void pollers_that_are_paid_for_give_their_concurrency(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20min}\naccount: {concurrency: 50000}\n" QUEUED(
        "40000", "900s") "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n  pull: "
                         "{platform: aws-lambda-sqs-mapping-provisioned, from: queue, to: "
                         "worker, batch_size: 1, pollers: {minimum: 200, maximum: 2000}}\n" WORKER);
    assert_int_equal(number(&b, "components.pull.in_flight.peak"), 20000);
    assert_int_equal(number(&b, "components.pull.pollers.peak"), 2000);
    drop(&b);
}

/* One poller polls ten times a second: at 0, .1, ... 9.9 s. Two begin with one each and then share
 * the rate: two at 0, one each .05 s. */
static void a_poller_polls_so_often_and_no_more(void **state)
{
    (void)state;
    for (int pollers = 1; pollers <= 2; pollers++) {
        struct built b = run_text(
            "run: {length: 10s}\n" QUEUED(
                "1000", "1ms") "  queue: {platform: aws-sqs}\n  pull: {mechanism: poller, from: "
                               "queue, to: worker, batch_size: 1, ramp: 0/s, pollers: {minimum: "
                               "%d, maximum: %d}, " WAITS "}\n" WORKER,
            pollers, pollers);
        assert_int_equal(number(&b, "components.pull.invocations"), pollers == 1 ? 100 : 201);
        drop(&b);
    }
}

/* AWS's price example: 8,000 hours of pollers at $0.00925 are $74
 * (https://aws.amazon.com/lambda/pricing/). */
static void pollers_are_paid_by_the_hour(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 80h}\naccount: {platform: aws}\n" QUEUED(
        "1", "1s") "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n  pull: {platform: "
                   "aws-lambda-sqs-mapping-provisioned, from: queue, to: worker, pollers: "
                   "{minimum: 100, maximum: 100}}\n" WORKER);
    double usd = 0;
    const struct fs_bill *bill = b.study->variant[0].bill[0];
    for (int i = 0; i < bill->n_lines; i++) {
        if (strcmp(bill->line[i].line, "pollers") == 0) usd = bill->line[i].usd;
    }
    assert_true(fabs(usd - 74) < 1e-12);
    drop(&b);
}

/* Batches of ten everywhere: three requests for ten messages; 30 million messages would be nine
 * million requests, $3.60 at $0.40 a million. An action is a request for each 64 KiB: ten messages
 * of 32 KiB are five, the last five of fifteen are three; one of 65 KiB is two, and ten of them
 * that are received at once are eleven. */
static void an_action_is_billed_by_its_payload(void **state)
{
    static const struct {
        const char *messages, *size;
        int send_batch, invocations, requests;
    } cases[] = {{"30000", "1kB", 10, 3000, 3 * 3000},
                 {"360", "32KiB", 10, 36, 36 * (5 + 5 + 1)},
                 {"15", "32KiB", 10, 2, (5 + 3) + (5 + 3) + 2},
                 {"1000", "65KiB", 1, 100, 1000 * 2 + 100 * 11 + 100}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 30min}\naccount: {platform: aws}\ntraffic:\n  jobs:\n    arrivals: "
            "{burst: {size: %s, at: 0s}}\n    client: {retry: none}\n    path: [queue, worker]\n   "
            " "
            "work: {worker: {io: 10ms}}\ncomponents:\n  queue: {platform: aws-sqs, "
            "visibility_timeout: 90min, message_size: %s, send_batch: %d}\n  pull: {mechanism: "
            "poller, from: queue, to: worker, batch_size: 10, batch_window: 1s, "
            "start_concurrency: 5, maximum: 1000, ramp: 5/s, " WAITS "}\n" WORKER,
            cases[i].messages, cases[i].size, cases[i].send_batch);
        assert_int_equal(number(&b, "components.pull.invocations"), cases[i].invocations);
        assert_int_equal(number(&b, "components.queue.requests"), cases[i].requests);
        drop(&b);
    }
}

/* 6 MB are 60 messages of 100 kB, so 2,000 of them, of which a batch may take 1,000, are 33 batches
 * and one of 20 after its window. */
static void a_batch_is_no_larger_than_its_payload(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10min}\n" QUEUED(
        "2000",
        "1ms") "  queue: {platform: aws-sqs, visibility_timeout: 90min, message_size: "
               "100kB}\n  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, "
               "batch_size: 1000, batch_window: 1s}\n" WORKER);
    assert_int_equal(number(&b, "components.pull.invocations"), 34);
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 2000);
    drop(&b);
    assert_refused(QUEUED("1", "1s") "  queue: {platform: aws-sqs, visibility_timeout: 90min, "
                                     "message_size: 7MB}\n  pull: {platform: "
                                     "aws-lambda-sqs-mapping, from: queue, to: worker}\n" WORKER,
                   "'payload_max': is less than a message of 'queue'");
}

/* From 2 places on one more each second; work of 10 s fails until 11.5 s. At 9 s there are 11; the
 * two that fail at 10 s and the one at 11 s take one each, the steps of these seconds give two: 10
 * at 11.9 s. Trusted with partial responses, or told not to, it has 2 + 11. With 50 it is back at 2
 * at 10 and 11 s, before the step. */
static void failures_lower_the_concurrency(void **state)
{
    static const struct {
        const char *how;
        int allowed;
    } cases[] = {{"failure_step: 1", 10},
                 {"failure_step: 1, partial_responses: true", 13},
                 {"failure_step: 0", 13},
                 {"failure_step: 50", 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 11900ms}\n" QUEUED(
                "100", "10s") "  queue: {platform: aws-sqs, visibility_timeout: 90min}\n  pull: "
                              "{mechanism: poller, from: queue, to: worker, batch_size: 1, "
                              "start_concurrency: 2, maximum: 100, ramp: 1/s, %s, " WAITS
                              "}\n" WORKER FAILS,
            cases[i].how, ", for: 11500ms");
        assert_int_equal(number(&b, "components.pull.allowed.last"), cases[i].allowed);
        assert_int_equal(number(&b, "components.pull.failed"), 3);
        drop(&b);
    }
}

/* ---- messages at fault ---------------------------------------------------------------------- */

#define POISONED(batch, receives, more)                                                            \
    "run: {length: 30min, replications: 10}\n" QUEUED(                                             \
        "10000", "1ms") "  queue: {platform: aws-sqs, redrive: {max_receive_count: " receives      \
                        ", to: dead}}\n  pull: {mechanism: poller, from: queue, to: worker, "      \
                        "batch_size: " batch ", batch_window: 1s, start_concurrency: 5, maximum: " \
                        "1000, ramp: 5/s, poison: 1%%, " more ", " WAITS "}\n" WORKER DEAD

/* One message in a hundred fails always: a batch of b does with probability 1 - .99^b. */
static void one_bad_message_fails_its_batch(void **state)
{
    (void)state;
    struct built ten = run_text(POISONED("10", "1", "partial_responses: false"));
    assert_theory(&ten, "components.pull.failed", 1000 * 0.09561792499119559, 0);
    drop(&ten);
    struct built hundred = run_text(POISONED("100", "1", "partial_responses: false"));
    assert_theory(&hundred, "components.pull.failed", 100 * 0.6339676587267709, 0);
    drop(&hundred);
}

/* With partial responses only the bad ones are delivered again and dead in the end. */
static void partial_responses_spare_the_good_messages(void **state)
{
    (void)state;
    struct built b = run_text(POISONED("10", "3", "partial_responses: true"));
    const struct fs_view dead = view_of(&b, "base", "traffic.jobs/queue.dead_lettered");
    const struct fs_view received = view_of(&b, "base", "components.queue.received");
    const struct fs_view done = view_of(&b, "base", "traffic.jobs/queue.completed");
    assert_theory(&b, "traffic.jobs/queue.dead_lettered", 100, 0);
    for (int i = 0; i < 10; i++) {
        assert_true(received.replication[i] == 10000 + 2 * dead.replication[i]);
        assert_true(done.replication[i] == 10000 - dead.replication[i]);
    }
    drop(&b);
}

/* Each delivery fails anew with probability .2: 1 / (1 - .2) deliveries a message. */
static void errors_of_messages_are_drawn_anew(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30min, replications: 10}\n" QUEUED(
        "10000", "1ms") "  queue: {platform: aws-sqs}\n  pull: {mechanism: poller, from: queue, "
                        "to: worker, batch_size: 10, batch_window: 1s, start_concurrency: 5, "
                        "maximum: 1000, ramp: 5/s, message_errors: 20%%, partial_responses: "
                        "true, " WAITS "}\n" WORKER);
    assert_int_equal(number(&b, "traffic.jobs/queue.completed"), 10000);
    assert_theory(&b, "components.queue.received", 12500, 0);
    drop(&b);
}

/* A message of two deliveries dies when both fail, with .3^2, however often either was refused
 * before: others keep the one place busy. */
static void refusals_do_not_decide_what_fails(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1h, replications: 10}\ntraffic:\n  others: {arrivals: {poisson: {rate: "
        "30/s}}, client: {retry: none}, path: [worker], work: {worker: {io: 100ms}}}\n  jobs: "
        "{arrivals: {burst: {size: 1000, at: 0s}}, client: {retry: none}, path: [queue, worker]}\n"
        "components:\n  queue: {platform: aws-sqs, visibility_timeout: 1h, redrive: "
        "{max_receive_count: 2, to: dead}}\n  pull: {mechanism: poller, from: queue, to: worker, "
        "batch_size: 1, ramp: 0/s, pollers: {minimum: 1, maximum: 1, concurrency: 1, polls: 1/s}, "
        "failed_visibility: 10ms, " WAITS "}\n" PLACES("1") DEAD FAILS,
        ", probability: 30%");
    assert_true(number(&b, "components.pull.throttled") > 2 * 1000);
    assert_theory(&b, "traffic.jobs/queue.dead_lettered", 1000 * .3 * .3, 0);
    drop(&b);
}

/* What is dead after one delivery and sent back fails with .2 again: .2 + .2^2 of all die, be it
 * the message that fails or what works on it. */
static void what_is_sent_back_fails_anew(void **state)
{
    static const struct {
        const char *poller, *probability;
    } cases[] = {{"message_errors: 20%", ""}, {"message_errors: 0%", ", probability: 20%"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 30min, replications: 10}\n" QUEUED(
                "5000", "1ms") "  queue: {platform: aws-sqs, redrive: {max_receive_count: 1, to: "
                               "dead}}\n  pull: {mechanism: poller, from: queue, to: worker, "
                               "batch_size: 1, start_concurrency: 5, maximum: 1000, ramp: 5/s, "
                               "%s, " WAITS "}\n" WORKER DEAD
                               "events: [{at: 10min, redrive: dead}%s%s%s]\n",
            cases[i].poller, i ? ", {at: 0s, errors: {component: worker" : "", cases[i].probability,
            i ? "}}" : "");
        assert_theory(&b, "traffic.jobs/queue.dead_lettered", 5000 * (.2 + .2 * .2), 0);
        drop(&b);
    }
}

/* In order, what follows a failed message in its batch goes back with it, and burns its receives
 * too: good messages die behind bad ones, which they do not where order is not kept. Which are bad
 * is the same for both. */
static void in_order_what_follows_a_failed_message_goes_back(void **state)
{
    double dead[2] = {0, 0};
    (void)state;
    for (int fifo = 0; fifo < 2; fifo++) {
        struct built b = run_text(
            "run: {length: 60min}\n" QUEUED(
                "200",
                "1ms") "  queue: {platform: %s, visibility_timeout: 30s, redrive: "
                       "{max_receive_count: 2, to: dead}}\n  pull: {mechanism: poller, from: "
                       "queue, to: worker, batch_size: 10, start_concurrency: 5, maximum: "
                       "1000, ramp: 5/s, poison: 4%%, partial_responses: true, " WAITS
                       "}\n" WORKER DEAD,
            fifo ? "aws-sqs-fifo" : "aws-sqs");
        dead[fifo] = number(&b, "traffic.jobs/queue.dead_lettered");
        assert_true(dead[fifo] + number(&b, "traffic.jobs/queue.completed") == 200);
        drop(&b);
    }
    assert_true(dead[0] > 0 && dead[1] > dead[0]);
}

/* AWS: a message received with a visibility timeout of 60 s whose timeout is set to 10 s after 15 s
 * is visible 25 s after its receive (API_ChangeMessageVisibility). It fails at 15 s, 40 s, ... and
 * is done by the execution that begins at 50 s. */
static void a_failed_message_comes_back_when_its_visibility_was_changed(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 5min}\n" QUEUED(
            "1",
            "15s") "  queue: {platform: aws-sqs, visibility_timeout: 60s}\n  pull: {mechanism: "
                   "poller, from: queue, to: worker, batch_size: 1, start_concurrency: 5, "
                   "maximum: 1000, ramp: 5/s, failed_visibility: 10s, " WAITS "}\n" WORKER FAILS,
        ", for: 45s");
    assert_int_equal(number(&b, "components.queue.received"), 3);
    assert_true(number(&b, "traffic.jobs/queue.latency.max") == 65);
    drop(&b);
}

/* A window of 10 s and a time limit of 25 s do not fit into 30 s: the message that is taken at 10 s
 * is hidden for 65 s and, being the only one, taken again 10 s after it is back, at 85 s; otherwise
 * at 50 s. */
static void a_window_makes_the_visibility_timeout_longer(void **state)
{
    static const struct {
        const char *length;
        int received;
    } cases[] = {{"84s", 1}, {"86s", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: %s}\n" QUEUED(
                "1", "40s") "  queue: {platform: aws-sqs, visibility_timeout: 30s}\n  pull: "
                            "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, "
                            "batch_size: 10, batch_window: 10s}\n"
                            "  worker: {platform: aws-lambda, timeout: 25s}\n",
            cases[i].length);
        assert_int_equal(number(&b, "components.queue.received"), cases[i].received);
        drop(&b);
    }
    struct built b = run_text("run: {length: 51s}\n" QUEUED(
        "1", "40s") "  queue: {platform: aws-sqs, visibility_timeout: 30s}\n  pull: {mechanism: "
                    "poller, from: queue, to: worker, batch_size: 10, batch_window: 10s, "
                    "start_concurrency: 5, maximum: 9, ramp: 0/s, " WAITS
                    "}\n  worker: {platform: aws-lambda, timeout: 25s}\n");
    assert_int_equal(number(&b, "components.queue.received"), 2);
    drop(&b);
}

#define ASKED                                                                                      \
    "traffic: {jobs: {arrivals: {poisson: {rate: 1/s}}, client: {retry: none}, path: [queue, "     \
    "worker]}}\ncomponents:\n  queue: {platform: aws-sqs}\n" WORKER

static void a_poller_is_told_its_concurrency_in_one_way(void **state)
{
    (void)state;
    assert_refused(ASKED
                   "  pull: {mechanism: poller, from: queue, to: worker, batch_size: 1, ramp: "
                   "5/s, " WAITS "}\n",
                   "needs 'start_concurrency' and 'maximum', or 'pollers'");
    assert_refused(ASKED
                   "  pull: {mechanism: poller, from: queue, to: worker, batch_size: 1, ramp: "
                   "5/s, pollers: {minimum: 2}, start_concurrency: 3, maximum: 4, " WAITS "}\n",
                   "give either 'pollers' or 'start_concurrency' and 'maximum', not both");
    assert_refused(ASKED
                   "  pull: {mechanism: poller, from: queue, to: worker, batch_size: 1, ramp: "
                   "5/s, pollers: {minimum: 9, maximum: 5}, " WAITS "}\n",
                   "'pollers.maximum': must not be below the minimum");
}

/* Long polls of 20 s in 2 h, one message after the other from 5 s on. A poll that ends with one is
 * not empty, and of several the next message goes to the one that has asked longest. One poller: a
 * message every 10 s leaves no empty poll, one every 25 s one after each. Five: the first one that
 * each gets leaves 0, 0, 1, 1 and 2 empty, and of the other 715, every 50 s, each 2; since its last
 * one the polls of each have come to 0, 0, 1, 1 and 2. */
static void a_poll_that_gets_a_message_is_not_empty(void **state)
{
    static const struct {
        int pollers;
        const char *rate;
        int messages, empty;
    } cases[] = {{0, "6/min", 720, 0},
                 {1, "6/min", 720, 0},
                 {1, "2.4/min", 288, 288},
                 {5, "6/min", 720, 4 + 715 * 2 + 4}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 2h, intervals: 7}\ntraffic: {jobs: {arrivals: {constant: {rate: %s, "
            "start: 5s}}, client: {retry: none}, path: [queue, worker], work: {worker: {io: "
            "10ms}}}}\ncomponents:\n  queue: {platform: aws-sqs, visibility_timeout: 2h}\n  pull: "
            "{platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1, "
            "idle_pollers: %d}\n" WORKER,
            cases[i].rate, cases[i].pollers);
        assert_int_equal(number(&b, "components.queue.deleted"), cases[i].messages);
        assert_int_equal(number(&b, "components.queue.empty_receives"), cases[i].empty);
        drop(&b);
    }
}

/* A minute of work in 125 s, five at a time and five long polls of 20 s. One message at 5 s: four
 * ask on, six polls each, and the fifth again from 65 s on, three. Five messages: all places are
 * taken, and all ask again from 65 s on. */
static void polls_go_on_while_there_is_room_for_what_they_bring(void **state)
{
    static const struct {
        int messages, empty;
    } cases[] = {{1, 4 * 6 + 3}, {5, 5 * 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text(
            "run: {length: 125s, intervals: 5}\ntraffic: {jobs: {arrivals: {burst: {size: %d, at: "
            "5s}}, client: {retry: none}, path: [queue, worker], work: {worker: {io: "
            "60s}}}}\ncomponents:\n  queue: {platform: aws-sqs, visibility_timeout: 2h}\n  "
            "pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1, "
            "idle_pollers: 5}\n" WORKER,
            cases[i].messages);
        assert_int_equal(number(&b, "components.queue.deleted"), cases[i].messages);
        assert_int_equal(number(&b, "components.queue.empty_receives"), cases[i].empty);
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_deliveries_burn_receives),
        cmocka_unit_test(a_poll_that_gets_a_message_is_not_empty),
        cmocka_unit_test(polls_go_on_while_there_is_room_for_what_they_bring),
        cmocka_unit_test(the_mapping_reaches_1250_in_249_s),
        cmocka_unit_test(a_maximum_may_be_below_the_start),
        cmocka_unit_test(pollers_that_are_paid_for_give_their_concurrency),
        cmocka_unit_test(a_poller_polls_so_often_and_no_more),
        cmocka_unit_test(pollers_are_paid_by_the_hour),
        cmocka_unit_test(an_action_is_billed_by_its_payload),
        cmocka_unit_test(a_batch_is_no_larger_than_its_payload),
        cmocka_unit_test(failures_lower_the_concurrency),
        cmocka_unit_test(one_bad_message_fails_its_batch),
        cmocka_unit_test(partial_responses_spare_the_good_messages),
        cmocka_unit_test(errors_of_messages_are_drawn_anew),
        cmocka_unit_test(refusals_do_not_decide_what_fails),
        cmocka_unit_test(what_is_sent_back_fails_anew),
        cmocka_unit_test(in_order_what_follows_a_failed_message_goes_back),
        cmocka_unit_test(a_failed_message_comes_back_when_its_visibility_was_changed),
        cmocka_unit_test(a_window_makes_the_visibility_timeout_longer),
        cmocka_unit_test(a_poller_is_told_its_concurrency_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
