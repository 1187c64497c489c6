/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in front of a hand-over (retries, copies, several classes) and what comes behind. */
#include "build.h"

#define FUNCTION(name)                                                                             \
    "  " name ": {mechanism: function_pool, memory: 1GB, memory_per_vcpu: 1769MB, cpu_max: 6, "    \
    "timeout: 10s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000000, scale_rate: 0/s}\n"
#define ASYNC "  async: {mechanism: relay, errors: none, refusals: none}\n"
#define QUEUE "  queue: {platform: aws-sqs, redrive: {max_receive_count: 2, to: dead}}\n"
#define DEAD  "  dead: {platform: aws-sqs, sink: true}\n"
#define PULL  "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: f, batch_size: 1}\n"
#define COPIES                                                                                     \
    "  bus: {mechanism: relay, errors: none, refusals: none, duplicates: {share: 100%}}\n"
#define KEYS "  keys: {mechanism: idempotency}\n"
#define F_FAILS                                                                                    \
    "events: [{at: 0s, errors: {component: g, probability: 50%}}, {at: 0s, errors: {component: "   \
    "f}}]\n"
#define FAILS "events: [{at: 0s, errors: {component: g, probability: 50%}}]\n"

/* 1,000 requests each of which is sent twice to something that fails with probability 1/2, and does
 * once what it has to: the first sending fails for 500, and so does the second for 250 of these.
 * Whatever it is that sends twice, the second has draws of its own. */
static void what_is_sent_again_is_drawn_anew(void **state)
{
    static const struct {
        const char *path, *retry, *more;
    } cases[] = {
        {"f, async, keys, g", "{fixed: {attempts: 2, wait: 1s}}", FUNCTION("f") ASYNC F_FAILS},
        {"queue, f, async, keys, g", "none", QUEUE DEAD PULL FUNCTION("f") ASYNC F_FAILS},
        {"first, f, async, keys, g", "none",
         "  first: {mechanism: relay, errors: {fixed: {attempts: 2, wait: 1s}}, refusals: "
         "none}\n" FUNCTION("f") ASYNC F_FAILS},
        {"sdk, f, async, keys, g", "none",
         "  sdk: {mechanism: client, retry: {fixed: {attempts: 2, wait: 1s}}}\n" FUNCTION("f")
             ASYNC F_FAILS},
        {"bus, keys, g", "none", COPIES FAILS},
        {"bus, async, keys, g", "none", COPIES ASYNC FAILS},
        {"bus, sdk, keys, g", "none", COPIES "  sdk: {mechanism: client, retry: none}\n" FAILS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct built b = run_text("run: {length: 10min, replications: 10}\ntraffic:\n  jobs: "
                                  "{arrivals: {burst: {size: 1000, at: 0s}}, client: {retry: %s}, "
                                  "path: [%s]}\ncomponents:\n" KEYS FUNCTION("g") "%s",
                                  cases[i].retry, cases[i].path, cases[i].more);
        assert_theory(&b, "components.g.errors", 750, 0);
        assert_theory(&b, "components.g.completed", 750, 0);
        drop(&b);
    }
}

/* A source of 100/s is two of 50/s: what reads them takes them together, each message once. */
static void batches_hold_what_several_classes_send(void **state)
{
    static const char *const reader[] = {
        "  in: {platform: aws-sqs, visibility_timeout: 60s}\n"
        "  read: {platform: aws-lambda-sqs-mapping, from: in, to: keys, batch_size: 50, "
        "batch_window: 1s}\n",
        "  in: {platform: aws-kinesis, shards: 1}\n"
        "  read: {platform: aws-lambda-kinesis-mapping, from: in, to: keys, batch_size: 50, "
        "batch_window: 1s}\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        double invocations[2];
        for (int classes = 1; classes <= 2; classes++) {
            struct built b = run_text(
                "run: {length: 100s}\ntraffic:\n  a: {arrivals: {constant: {rate: %d/s}}, client: "
                "{retry: none}, path: [in, keys, g]}\n%scomponents:\n%s" KEYS FUNCTION("g"),
                100 / classes,
                classes == 1 ? ""
                             : "  b: {arrivals: {constant: {rate: 50/s}}, client: {retry: none}, "
                               "path: [in, keys, g]}\n",
                reader[i]);
            invocations[classes - 1] = number(&b, "components.read.invocations");
            assert_true(number(&b, "components.keys.effects") >= 9900);
            assert_int_equal(number(&b, "components.keys.suppressed"), 0);
            drop(&b);
        }
        assert_true(invocations[0] > 198 && invocations[0] <= 201);
        assert_true(fabs(invocations[1] - invocations[0]) <= 2);
    }
}

/* What one of them does behind the function keeps their batches apart, but no smaller: a queue that
 * keeps no order is looked through. */
static void unlike_messages_do_not_cut_batches(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n"
        "  a: {arrivals: {constant: {rate: 50/s}}, client: {retry: none}, path: [in, f]}\n"
        "  b: {arrivals: {constant: {rate: 50/s}}, client: {retry: none}, path: [in, f, g]}\n"
        "components:\n  in: {platform: aws-sqs, visibility_timeout: 60s}\n"
        "  read: {platform: aws-lambda-sqs-mapping, from: in, to: f, batch_size: 50, "
        "batch_window: 1s}\n" FUNCTION("f") FUNCTION("g"));
    assert_true(number(&b, "components.read.messages") > 9900);
    assert_true(number(&b, "components.read.invocations") <= 201);
    drop(&b);
}

/* Workers take each message by itself: of what kind it is does not matter to a receive. One
 * task, 1.1 s each, ten a receive: a receive in 11 s, and as many for two kinds as for one. */
static void workers_receive_messages_of_any_kind(void **state)
{
    double requests[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 10min}\ntraffic:\n"
            "  a: {arrivals: {constant: {rate: 0.5/s}}, client: {retry: none}, path: [in, it], "
            "work: "
            "{it: {io: 1100ms}}}\n"
            "  b: {arrivals: {constant: {rate: 0.5/s}}, client: {retry: none}, path: [in, it%s], "
            "work: {it: {io: 1100ms}}}\n"
            "components:\n  in: {platform: aws-sqs, visibility_timeout: 10min}\n"
            "  it: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB, from: in, receive: 10, "
            "max_in_flight: 1}\n%s",
            i ? ", g" : "", i ? FUNCTION("g") : "");
        requests[i] = number(&b, "components.in.requests");
        drop(&b);
    }
    assert_true(fabs(requests[1] - requests[0]) < 2);
}

/* A message and its copy in one batch have one effect. */
static void a_key_that_stands_twice_in_a_batch_passes_once(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n  a: {arrivals: {burst: {size: 1000, at: 0s}}, client: "
        "{retry: none}, path: [bus, in, keys, g]}\ncomponents:\n"
        "  bus: {mechanism: relay, errors: none, refusals: none, duplicates: {share: 100%%, after: "
        "0s}}\n  in: {platform: aws-sqs, visibility_timeout: 60s}\n"
        "  read: {platform: aws-lambda-sqs-mapping, from: in, to: keys, batch_size: 10, "
        "batch_window: 1s}\n" KEYS FUNCTION("g"));
    assert_int_equal(number(&b, "components.keys.effects"), 1000);
    assert_int_equal(number(&b, "components.keys.suppressed"), 1000);
    assert_int_equal(number(&b, "components.keys.duplicates"), 0);
    drop(&b);
}

/* Two classes may share a batch only where nothing behind tells them apart: a workflow's step hands
 * over for each in its own name. */
static void a_batch_is_of_one_class_where_a_step_hands_over(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n"
        "  a: {arrivals: {burst: {size: 5, at: 0s}}, client: {retry: none}, path: [in, flow], "
        "work: "
        "{g: {io: 10ms}}}\n"
        "  b: {arrivals: {burst: {size: 5, at: 0s}}, client: {retry: none}, path: [in, flow], "
        "work: "
        "{g: {io: 1s}}}\n"
        "components:\n  in: {platform: aws-sqs, visibility_timeout: 60s}\n"
        "  read: {platform: aws-lambda-sqs-mapping, from: in, to: flow, batch_size: 10, "
        "batch_window: 1s}\n"
        "  flow: {mechanism: workflow, steps: {s: {path: [async, g]}}}\n" ASYNC FUNCTION("g"));
    assert_int_equal(number(&b, "components.g.invocations"), 2);
    assert_true(fabs(number(&b, "components.g.duration.max") - 1) < 1e-9);
    drop(&b);
}

/* 2 s of a cold start and 100 ms of work, then handed over, then 100 ms of work: in the view of
 * what was handed over 2.1 s of 2.2 s went by before. */
static void what_went_before_is_upstream(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n  a: {arrivals: {burst: {size: 1, at: 1s}}, client: "
        "{retry: "
        "none}, path: [f, async, g], work: {f: {io: 100ms}, g: {io: 100ms}}}\ncomponents:\n"
        "  f: {platform: aws-lambda, memory: 1769MB, cold_start: 2s, timeout: 10s}\n" ASYNC
            FUNCTION("g"));
    const double *part = p99_parts(&b, "a/async");
    assert_true(fabs(number(&b, "traffic.a/async.latency.max") - 2.2) < 1e-9);
    assert_true(fabs(part[FS_PART_UPSTREAM] - 2.1e9) < 1);
    assert_true(fabs(part[FS_LATENCY_PARTS] - 1e8) < 1);
    drop(&b);
}

/* Received at once, worked on for 45 s, and delivered again after 30 s meanwhile: the first
 * delivery ends it, and it has not waited. */
static void who_ends_a_message_says_what_it_waited_for(void **state)
{
    static const char *const reader[] = {
        "  g: {mechanism: service, from: in, tasks: 4, cpu: 1, max_in_flight: 1}\n",
        "  read: {mechanism: poller, from: in, to: g, batch_size: 1, start_concurrency: 4, "
        "maximum: "
        "4, ramp: 0/s, idle_pollers: 0, long_poll: 20s, throttle_wait: 1s, throttle_wait_max: 1s}\n"
        "  g: {platform: aws-lambda, memory: 1769MB, cold_start: 0s, timeout: 900s}\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 100s}\ntraffic:\n  a: {arrivals: {burst: {size: 1, at: 1s}}, client: "
            "{retry: none}, path: [in, g], work: {g: {io: 45s}}}\ncomponents:\n  in: {platform: "
            "aws-sqs, visibility_timeout: 30s}\n%s",
            reader[i]);
        const double *part = p99_parts(&b, "a/in");
        assert_int_equal(number(&b, "traffic.a/in.duplicates"), 1);
        assert_true(fabs(part[FS_PART_QUEUE]) < 1);
        assert_true(fabs(part[FS_LATENCY_PARTS] - 45e9) < 1);
        drop(&b);
    }
}

/* Requests of two classes that come at the same instants have nothing else in common: of 10,000
 * keys and of 100 shards hardly two meet, and half of the events of one are not half of the
 * other's. */
static void classes_have_keys_of_their_own(void **state)
{
    static const char *const reader[] = {
        "  in: {platform: aws-sqs-fifo, visibility_timeout: 60s, groups: {count: 10000}}\n"
        "  read: {platform: aws-lambda-sqs-mapping, from: in, to: g, batch_size: 1}\n",
        "  in: {platform: aws-kinesis, shards: 100}\n"
        "  read: {platform: aws-lambda-kinesis-mapping, from: in, to: g, batch_size: 1, poll: "
        "0s}\n"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 1000s}\ntraffic:\n"
            "  a: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, path: [in, g], work: "
            "{g: {io: 900ms}}}\n"
            "  b: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, path: [in, g], work: "
            "{g: {io: 900ms}}}\ncomponents:\n%s" FUNCTION("g"),
            reader[i]);
        assert_true(number(&b, "traffic.a/in.latency.mean") < 0.93);
        assert_true(number(&b, "traffic.b/in.latency.mean") < 0.93);
        drop(&b);
    }
    struct built b = run_text(
        "run: {length: 100s, replications: 5}\ntraffic:\n"
        "  a: {arrivals: {constant: {rate: 10/s}}, client: {retry: none}, path: [bus]}\n"
        "  b: {arrivals: {constant: {rate: 10/s}}, client: {retry: none}, path: [bus]}\n"
        "components:\n  bus: {mechanism: relay, errors: none, refusals: none, targets: [{path: "
        "[g], share: 50%%}]}\n" FUNCTION("g"));
    const struct fs_view a = view_of(&b, "base", "traffic.a/bus:g.arrived");
    const struct fs_view other = view_of(&b, "base", "traffic.b/bus:g.arrived");
    int same = 0;
    for (int r = 0; r < 5; r++)
        same += a.replication[r] == other.replication[r];
    assert_true(same < 3);
    assert_theory(&b, "components.bus.unmatched", 1000, 0);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_again_is_drawn_anew),
        cmocka_unit_test(batches_hold_what_several_classes_send),
        cmocka_unit_test(unlike_messages_do_not_cut_batches),
        cmocka_unit_test(workers_receive_messages_of_any_kind),
        cmocka_unit_test(a_key_that_stands_twice_in_a_batch_passes_once),
        cmocka_unit_test(a_batch_is_of_one_class_where_a_step_hands_over),
        cmocka_unit_test(what_went_before_is_upstream),
        cmocka_unit_test(who_ends_a_message_says_what_it_waited_for),
        cmocka_unit_test(classes_have_keys_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
