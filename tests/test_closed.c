/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients that wait for their answers: timelines by hand, and the laws of closed systems. */
#include "build.h"

#define CLOSED(clients, think, client, work)                                                       \
    "traffic:\n  web:\n    arrivals: {closed: {clients: " clients ", think: " think "}}\n"         \
    "    client: {" client "retry: none}\n    path: [shop]\n    work: {shop: {cpu: " work "}}\n"   \
    "components:\n  shop: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1, backlog: %s}\n"

/* Two clients think 1 s, one server takes 300 ms: they ask at 1 s, the second waits 300 ms, and
 * from then on they follow each other with room enough: at 1 2.3 3.6 4.9 6.2 7.5 8.8, and at
 * 1 2.6 3.9 5.2 6.5 7.8 9.1. */
static void two_clients_wait_for_each_other_once(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\n" CLOSED("2", "1s", "", "300ms"), "10");
    assert_int_equal(number(&b, "traffic.web.arrived"), 14);
    assert_int_equal(number(&b, "traffic.web.completed"), 14);
    assert_near(&b, "traffic.web.latency.max", 0.6);
    assert_near(&b, "traffic.web.latency.mean", (13 * 0.3 + 0.6) / 14);
    drop(&b);
}

/* The second gives up at 1.5 s and asks again at 2.5 s, behind the first one's of 2.3 s. */
static void a_client_that_gives_up_thinks_again(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 10s}\n" CLOSED("2", "1s", "timeout: 500ms, ", "300ms"), "10");
    assert_int_equal(number(&b, "traffic.web.arrived"), 14);
    assert_int_equal(number(&b, "traffic.web.timed_out"), 1);
    assert_int_equal(number(&b, "traffic.web.wasted_executions"), 1);
    assert_near(&b, "traffic.web.latency.max", 0.4);
    drop(&b);
}

/* No backlog: the second is refused at once, at 1 s, 2 s, ...: whenever the first one asks a little
 * before. The first asks at 1 2.3 3.6 4.9 6.2 7.5 8.8 and is busy for 300 ms each time; the second
 * at 1 (refused) 2 (served to 2.3) 3.3 (served to 3.6) 4.6 (to 4.9) 5.9 7.2 8.5 9.8. */
static void a_client_that_is_refused_thinks_again(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\n" CLOSED("2", "1s", "", "300ms"), "0");
    assert_int_equal(number(&b, "traffic.web.arrived"), 15);
    assert_int_equal(number(&b, "traffic.web.dropped"), 1);
    assert_near(&b, "traffic.web.latency.max", 0.3);
    drop(&b);
}

/* M/M/1//N, the machine repairman (Allen 1990, section 5.2.6): N clients, mean thought Z, mean
 * service S; p0 = 1 / sum N!/(N-k)! (S/Z)^k; throughput (1 - p0) / S, response N / throughput - Z.
 * The start, all thinking, is worth less than 2 s of 4,000. */
static void many_clients_are_the_machine_repairman(void **state)
{
    const int n = 8;
    const double z = 1, s = 0.2;
    double sum = 0, term = 1;
    (void)state;
    for (int k = 0; k <= n; k++) {
        sum += term;
        term *= (n - k) * s / z;
    }
    const double rate = (1 - 1 / sum) / s;
    struct built b =
        run_text("run: {length: 4000s, replications: 20, intervals: 10}\n" CLOSED(
                     "8", "{exponential: {mean: 1s}}", "", "{exponential: {mean: 200ms}}"),
                 "10");
    assert_theory(&b, "traffic.web.completed", 4000 * rate, 0);
    assert_theory(&b, "traffic.web.latency.mean", n / rate - z, 0);
    drop(&b);
}

/* Never more under way than there are clients, however slow the answers. */
static void a_slow_answer_slows_the_clients(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\n" CLOSED("5", "{exponential: {mean: 10ms}}", "", "10s"), "10");
    assert_int_equal(number(&b, "traffic.web.in_flight.peak"), 5);
    assert_int_equal(number(&b, "traffic.web.completed"), 9); /* one in 10 s, from about 2 ms on */
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_clients_wait_for_each_other_once),
        cmocka_unit_test(a_client_that_gives_up_thinks_again),
        cmocka_unit_test(a_client_that_is_refused_thinks_again),
        cmocka_unit_test(many_clients_are_the_machine_repairman),
        cmocka_unit_test(a_slow_answer_slows_the_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
