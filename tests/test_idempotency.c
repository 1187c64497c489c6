/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* One call at 1 s, given up after 100 ms and tried again, of something that takes 300 ms. */
#define CHARGE(retry, once)                                                                        \
    "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"             \
    "    client: {timeout: 100ms, retry: {fixed: {" retry "}}}\n    path: [once, card]\n"          \
    "components:\n  once: {mechanism: idempotency, " once "}\n"                                    \
    "  card: {mechanism: dependency, latency: 300ms}\n"

/* Attempts at 1.0, 1.15 and 1.3 s: three charges to one card. */
static void without_it_every_attempt_has_its_effect(void **state)
{
    (void)state;
    struct built b = run_text("%s", CHARGE("attempts: 3, wait: 50ms", "protect: false"));
    assert_count(&b, "traffic.web.timed_out", 1);
    assert_count(&b, "components.once.effects", 1);
    assert_count(&b, "components.once.duplicates", 2);
    assert_count(&b, "components.card.completed", 3);
    drop(&b);
}

/* The first is on its way until 1.3 s: attempts at 1.15, 1.2 and 1.25 s are refused, the one at
 * 1.3 s gets the first one's answer. */
static void with_it_there_is_one_effect(void **state)
{
    (void)state;
    struct built b = run_text("%s", CHARGE("attempts: 5, wait: 50ms", "window: 1h"));
    assert_count(&b, "traffic.web.completed", 1);
    assert_true(fabs(number(&b, "traffic.web.latency.max") - 0.3) < 1e-12);
    assert_count(&b, "components.once.effects", 1);
    assert_count(&b, "components.once.duplicates", 0);
    assert_count(&b, "components.once.conflicts", 3);
    assert_count(&b, "components.once.suppressed", 1);
    assert_count(&b, "components.card.completed", 1);
    drop(&b);
}

/* Tried again 10 s later: remembered for an hour it is held back, for five seconds it is not. */
static void a_key_is_remembered_for_its_window(void **state)
{
    (void)state;
    struct built b = run_text("%s", CHARGE("attempts: 2, wait: 10s", "window: 1h"));
    assert_count(&b, "components.once.suppressed", 1);
    assert_count(&b, "components.once.duplicates", 0);
    drop(&b);
    b = run_text("%s", CHARGE("attempts: 2, wait: 10s", "window: 5s"));
    assert_count(&b, "components.once.suppressed", 0);
    assert_count(&b, "components.once.duplicates", 1);
    drop(&b);
}

/* What failed may be done again: fails until 1.2 s, tried at 1.0 and (given back at 1.01) 2.01 s.
 */
static void a_failure_forgets_the_key(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"
                 "    client: {retry: {fixed: {attempts: 2, wait: 1s}}}\n    path: [once, card]\n"
                 "components:\n  once: {mechanism: idempotency}\n"
                 "  card: {mechanism: dependency, latency: 10ms}\n"
                 "events: [{at: 500ms, errors: {component: card, for: 700ms}}]\n");
    assert_count(&b, "traffic.web.completed", 1);
    assert_count(&b, "components.once.failed", 1);
    assert_count(&b, "components.once.effects", 1);
    assert_count(&b, "components.once.duplicates", 0);
    drop(&b);
}

/*
 * A visibility timeout of 1 s under work of 2.5 s: the message comes at 1, 2 and 3 s and is
 * deleted at 3.5 s. The other two executions end at 4.5 and 5.5 s, with an effect each or none.
 */
#define REDELIVERED(once)                                                                          \
    "run: {length: 60s}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 1, at: 1s}}\n"            \
    "    client: {retry: none}\n    path: [queue, it, once, table]\n    work: {it: {io: "          \
    "2500ms}}\n"                                                                                   \
    "components:\n  queue: {mechanism: queue, visibility_timeout: 1s, retention: 1h}\n"            \
    "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: it, batch_size: 1}\n"             \
    "  it: {mechanism: service, tasks: 1, cpu: 1}\n"                                               \
    "  once: {mechanism: idempotency, " once "}\n  table: {mechanism: dependency}\n"

static void a_message_delivered_again_has_its_key_again(void **state)
{
    (void)state;
    struct built b = run_text("%s", REDELIVERED("protect: false"));
    assert_count(&b, "components.once.effects", 1);
    assert_count(&b, "components.once.duplicates", 2);
    drop(&b);
    b = run_text("%s", REDELIVERED("window: 1h"));
    assert_count(&b, "components.once.effects", 1);
    assert_count(&b, "components.once.duplicates", 0);
    assert_count(&b, "components.once.suppressed", 2);
    assert_count(&b, "components.table.completed", 1);
    drop(&b);
}

/* Batches of two. The function fails after the card was charged, until 10 s. A and B at 0 s, C
 * alone at 1 s when its window is over; they come back at 30 and 31 s, when D, sent at 29.5 s,
 * waits for a second one: D with A at 30 s, B with C at 31 s. Without keys A, B and C are charged
 * twice; with them D is charged alone, and there is nothing to do for B and C. */
static void the_messages_of_a_batch_have_their_keys(void **state)
{
    (void)state;
    for (int protect = 0; protect < 2; protect++) {
        struct built b = run_text(
            "run: {length: 2min}\ntraffic:\n  web:\n    arrivals: {cron: {schedules: [{jobs: 3, "
            "every: 1h}, {jobs: 1, every: 1h, at: 29500ms}]}}\n    client: {retry: none}\n    "
            "path: [queue, worker, once, card]\ncomponents:\n  queue: {platform: aws-sqs, "
            "visibility_timeout: 30s}\n  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: "
            "worker, batch_size: 2, batch_window: 1s}\n  worker: {platform: aws-lambda, "
            "cold_start: "
            "0s, timeout: 3s}\n  once: {mechanism: idempotency, protect: %s}\n  card: {mechanism: "
            "dependency, latency: 100ms}\nevents: [{at: 0s, errors: {component: worker, for: "
            "10s}}]\n",
            protect ? "true" : "false");
        assert_count(&b, "components.once.arrived", 7);
        assert_count(&b, "components.once.effects", 4);
        assert_count(&b, "components.once.duplicates", protect ? 0 : 3);
        assert_count(&b, "components.once.suppressed", protect ? 3 : 0);
        assert_count(&b, "components.card.completed", protect ? 3 : 4);
        assert_count(&b, "traffic.web/queue.completed", 4);
        drop(&b);
    }
}

/* Eight records in a batch of which one is bad: it is cut in two until the bad one is alone. Each
 * invocation of a part charges all of it. */
static void the_records_of_a_batch_have_their_keys(void **state)
{
    (void)state;
    for (int protect = 0; protect < 2; protect++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n  web:\n    arrivals: {burst: {size: 200, at: 0s}}\n"
            "    client: {retry: none}\n    path: [stream, worker, once, card]\ncomponents:\n"
            "  stream: {mechanism: stream, shards: 1, retention: 1d}\n  read: {mechanism: "
            "stream_reader, from: stream, to: worker, batch_size: 50, poll: 1s, retry_wait: 1s, "
            "retry_wait_max: 1s, bisect: true, maximum_retries: 1, poison: 3%%}\n  worker: "
            "{platform: aws-lambda, cold_start: 0s, timeout: 3s}\n  once: {mechanism: idempotency, "
            "protect: %s}\n  card: {mechanism: dependency, latency: 1ms}\n",
            protect ? "true" : "false");
        assert_true(number(&b, "components.read.bisected") > 3);
        assert_count(&b, "components.once.arrived", number(&b, "components.read.records"));
        assert_count(&b, "components.once.effects", 200);
        assert_count(&b, protect ? "components.once.suppressed" : "components.once.duplicates",
                     number(&b, "components.read.records") - 200);
        drop(&b);
    }
}

static void a_count_shorter_than_the_window_is_refused(void **state)
{
    (void)state;
    assert_refused("traffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"
                   "    client: {retry: none}\n    path: [once]\ncomponents:\n"
                   "  once: {mechanism: idempotency, window: 2d}\n",
                   "must not be shorter than the window");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_it_every_attempt_has_its_effect),
        cmocka_unit_test(with_it_there_is_one_effect),
        cmocka_unit_test(a_key_is_remembered_for_its_window),
        cmocka_unit_test(a_failure_forgets_the_key),
        cmocka_unit_test(a_message_delivered_again_has_its_key_again),
        cmocka_unit_test(the_messages_of_a_batch_have_their_keys),
        cmocka_unit_test(the_records_of_a_batch_have_their_keys),
        cmocka_unit_test(a_count_shorter_than_the_window_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
