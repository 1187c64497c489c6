/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include <math.h>

/* One call at 1 s, given up after 100 ms and tried again, of something that takes 300 ms. */
#define CHARGE(retry, once)                                                                        \
    "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"             \
    "    client: {timeout: 100ms, retry: {fixed: {" retry "}}}\n    path: [once, card]\n"          \
    "components:\n  once: {mechanism: idempotency, " once "}\n"                                    \
    "  card: {mechanism: dependency, latency: 300ms}\n"

static void assert_count(const struct built *b, const char *path, double count)
{
    if (number(b, path) != count) fail_msg("%s: %g, not %g", path, number(b, path), count);
}

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
        cmocka_unit_test(a_count_shorter_than_the_window_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
