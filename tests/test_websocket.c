/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* One connection at 1 s that would last so long, in front of a function that works 500 ms. */
#define SOCKET(length, lasts, settings)                                                            \
    "run: {length: " length "}\ntraffic:\n  chat:\n    arrivals: {burst: {size: 1, at: 1s}}\n"     \
    "    client: {retry: none}\n    path: [socket, it]\n    work: {socket: {io: " lasts            \
    "}, it: {io: 500ms}}\ncomponents:\n  socket: {" settings "}\n"                                 \
    "  it: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "       \
    "timeout: 30s, cold_start: 0s, keep_alive: 10min, scale_burst: 9, scale_rate: 0/s}\n"

/* Open from 1 s to 11 s, messages at 4, 7 and 10 s: the function works 1.5 s in 20, not 10. */
static void the_door_holds_the_connection_and_the_function_does_not(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("20s", "10s", "mechanism: websocket, gap: 3s"));
    assert_count(&b, "traffic.chat.completed", 1);
    assert_ns(&b, "traffic.chat.latency.max", 10e9);
    assert_count(&b, "components.socket.messages_handled", 3);
    assert_ns(&b, "components.socket.message_latency.max", 500e6);
    assert_ns(&b, "components.socket.connections", 10e9 / 20);
    assert_ns(&b, "components.it.busy", 1.5e9 / 20);
    assert_count(&b, "components.it.invocations", 3);
    assert_count(&b, "traffic.chat.cold_starts", 0);
    drop(&b);
}

/* Called for the opening, 0.5 s, then at 3, 6 and 9 s of its 10 s, and when it has been closed. For
 * the opening an environment is started; it waits for no message. */
static void openings_and_closings_are_calls_too(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("20s", "10s",
                                           "mechanism: websocket, gap: 3s, connect_calls: true, "
                                           "disconnect_calls: true"));
    assert_ns(&b, "traffic.chat.latency.max", 10.5e9);
    assert_count(&b, "components.socket.messages_handled", 3);
    assert_count(&b, "components.it.invocations", 5);
    assert_count(&b, "traffic.chat.cold_starts", 1);
    assert_ns(&b, "components.socket.connecting", 0.5e9 / 20);
    assert_ns(&b, "components.socket.connections", 10e9 / 20);
    drop(&b);
}

/* What handles it fails, or takes longer than the door waits: the connection does not open. */
static void a_connection_whose_call_fails_does_not_open(void **state)
{
    static const char *const text[] = {
        SOCKET("20s", "10s", "mechanism: websocket, gap: 3s, connect_calls: true, timeout: 100ms"),
        SOCKET("20s", "10s",
               "mechanism: websocket, gap: 3s, connect_calls: true") "events: [{at: "
                                                                     "0s, errors: {component: "
                                                                     "it}}]\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text("%s", text[i]);
        assert_count(&b, "components.socket.rejected", 1);
        assert_count(&b, "components.socket.messages", 0);
        assert_count(&b, i ? "traffic.chat.failed" : "traffic.chat.timed_out", 1);
        assert_count(&b, "components.it.invocations", 1);
        drop(&b);
    }
}

/* The message of 10 s is handled until 10.5 s, after the connection's end at 10.2 s. */
static void a_message_may_outlive_its_connection(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("20s", "9200ms", "mechanism: websocket, gap: 9s"));
    assert_count(&b, "components.socket.messages_handled", 1);
    assert_count(&b, "components.it.completed", 1);
    assert_ns(&b, "traffic.chat.latency.max", 9200e6);
    drop(&b);
}

/* Nothing for ten minutes: closed then. */
static void an_idle_connection_is_closed(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("1h", "30min",
                                           "platform: aws-api-gateway-websocket, "
                                           "gap: 15min"));
    assert_count(&b, "traffic.chat.timed_out", 1);
    assert_count(&b, "components.socket.messages", 0);
    assert_ns(&b, "components.socket.connections", 600e9 / 3600);
    drop(&b);
}

/* A message each 5 min until the two hours are over: 23 of them, for the 24th would come with the
 * end. */
static void no_connection_lasts_longer_than_the_maximum(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("3h", "150min",
                                           "platform: aws-api-gateway-websocket, "
                                           "gap: 5min"));
    assert_count(&b, "traffic.chat.timed_out", 1);
    assert_count(&b, "components.socket.messages", 23);
    assert_ns(&b, "components.socket.connections", 7200e9 / (3 * 3600));
    drop(&b);
}

/* The wait for a message's handling is cut at 200 ms; the function works on to 500 ms. */
static void a_message_that_takes_too_long_goes_on_for_nobody(void **state)
{
    (void)state;
    struct built b = run_text("%s", SOCKET("20s", "10s",
                                           "mechanism: websocket, gap: 6s, timeout: "
                                           "200ms"));
    assert_count(&b, "components.socket.messages_timed_out", 1);
    assert_count(&b, "components.socket.wasted_executions", 1);
    assert_count(&b, "components.it.wasted_executions", 1);
    assert_ns(&b, "components.socket.message_latency.max", 200e6);
    drop(&b);
}

static void connections_and_messages_are_limited_apart(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 20s}\ntraffic:\n  chat:\n    arrivals: {burst: {size: 5, at: 1s}}\n"
                 "    client: {retry: none}\n    path: [socket]\n    work: {socket: {io: 5s}}\n"
                 "components:\n  socket: {mechanism: websocket, gap: 4s, connect_rate: 0.01/s, "
                 "connect_burst: 3, rate: 0.01/s, burst: 2}\n");
    assert_count(&b, "traffic.chat.throttled", 2);
    assert_count(&b, "traffic.chat.completed", 3);
    assert_count(&b, "components.socket.messages", 3);
    assert_count(&b, "components.socket.messages_throttled", 1);
    drop(&b);
}

/* The vendor: a message of 33 KB is two. 100 connections of 10 min with 9 messages each, and one
 * back for each: 3,600 messages and 1,000 minutes. */
static void messages_and_minutes_are_paid_for(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1h}\ntraffic:\n  chat:\n    arrivals: {burst: {size: 100, at: 1s}}\n"
        "    client: {retry: none}\n    path: [socket]\n    work: {socket: {io: 10min}}\n"
        "components:\n  socket: {platform: aws-api-gateway-websocket, gap: 60s, message_size: "
        "33kB, sends: 1}\n");
    assert_count(&b, "components.socket.messages", 900);
    assert_count(&b, "components.socket.billed", 3600);
    assert_true(fabs(number(&b, "cost.total_usd") - (3600 * 1e-6 + 1000 * 0.25e-6)) < 1e-12);
    drop(&b);
}

/* Connections come at 5/s and last 20 s: M/G/inf, 100 are open, and from an empty start 100 (1 - 20
 * / 2000 (1 - e^-100)) in the mean over 2,000 s. A message every 4 s in each of them. */
static void open_connections_and_messages_are_those_of_theory(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 2000s, replications: 20}\ntraffic:\n  chat:\n"
        "    arrivals: {poisson: {rate: 5/s}}\n    client: {retry: none}\n    path: [socket]\n"
        "    work: {socket: {io: {exponential: {mean: 20s}}}}\ncomponents:\n"
        "  socket: {mechanism: websocket, gap: {exponential: {mean: 4s}}}\n");
    assert_theory(&b, "components.socket.connections", 99, 0);
    assert_theory(&b, "components.socket.messages", 99 * 2000 / 4.0, 0);
    drop(&b);
}

/* Opening waits 2 s for a function to start: of 12.5 s that is not execution. */
static void an_opening_has_the_parts_of_its_call(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  chat: {arrivals: {burst: {size: 1, at: 1s}}, client: "
        "{retry: none}, path: [socket, it], work: {socket: {io: 10s}, it: {io: 500ms}}}\n"
        "components:\n  socket: {mechanism: websocket, gap: 1h, connect_calls: true}\n"
        "  it: {platform: aws-lambda, memory: 1769MB, cold_start: 2s, timeout: 10s}\n");
    const double *part = p99_parts(&b, "chat");
    assert_ns(&b, "traffic.chat.latency.max", 12.5e9);
    assert_true(fabs(part[FS_PART_COLD_START] - 2e9) < 1);
    drop(&b);
}

/* What handles a message behind a queue has work of its own for each of one connection, and a loop
 * that starts with a message goes round. */
#define HANDED(path, more)                                                                         \
    "run: {length: 1h}\ntraffic:\n  chat: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: " \
    "none}, path: [" path "], work: {socket: {io: 50min}, it: {io: {exponential: {mean: "          \
    "100ms}}}}" more "}\ncomponents:\n  socket: {mechanism: websocket, gap: 100ms}\n"              \
    "  queue: {platform: aws-sqs}\n  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: "   \
    "it, batch_size: 1, start_concurrency: 50}\n  it: {mechanism: function_pool, memory: 1769MB, " \
    "memory_per_vcpu: 1769MB, cpu_max: 6, timeout: 30s, cold_start: 0s, keep_alive: 10min, "       \
    "scale_burst: 99, scale_rate: 0/s}\n"
static void messages_that_are_handed_over_bring_work_of_their_own(void **state)
{
    (void)state;
    struct built b = run_text("%s", HANDED("socket, queue, it", ""));
    assert_count(&b, "traffic.chat/queue.completed", 29999);
    assert_true(fabs(number(&b, "traffic.chat/queue.latency.p50") - 0.1 * log(2)) < 0.003);
    assert_true(fabs(number(&b, "traffic.chat/queue.latency.p99") - 0.1 * log(100)) < 0.03);
    drop(&b);
    b = run_text("%s", HANDED("socket, it, queue, it", ", allow_loop: {sends: 1, stop_after: 16}"));
    assert_count(&b, "traffic.chat/queue.dropped", 29999);
    assert_count(&b, "components.it.invocations", 16 * 29999);
    drop(&b);
}

static void messages_without_time_between_them_are_refused(void **state)
{
    (void)state;
#define BAD(settings)                                                                              \
    "traffic:\n  chat:\n    arrivals: {burst: {size: 1, at: 1s}}\n    client: {retry: none}\n"     \
    "    path: [socket]\ncomponents:\n  socket: {mechanism: websocket, " settings "}\n"
    assert_refused(BAD("gap: 0s"), "messages without time between them never end");
    assert_refused(BAD("gap: 1s, rate: 5/s"), "a rate and a burst go together");
    assert_refused(BAD("gap: 1s, connect_burst: 5"), "a rate and a burst go together");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_holds_the_connection_and_the_function_does_not),
        cmocka_unit_test(openings_and_closings_are_calls_too),
        cmocka_unit_test(a_connection_whose_call_fails_does_not_open),
        cmocka_unit_test(a_message_may_outlive_its_connection),
        cmocka_unit_test(an_idle_connection_is_closed),
        cmocka_unit_test(no_connection_lasts_longer_than_the_maximum),
        cmocka_unit_test(a_message_that_takes_too_long_goes_on_for_nobody),
        cmocka_unit_test(connections_and_messages_are_limited_apart),
        cmocka_unit_test(messages_and_minutes_are_paid_for),
        cmocka_unit_test(open_connections_and_messages_are_those_of_theory),
        cmocka_unit_test(an_opening_has_the_parts_of_its_call),
        cmocka_unit_test(messages_that_are_handed_over_bring_work_of_their_own),
        cmocka_unit_test(messages_without_time_between_them_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
