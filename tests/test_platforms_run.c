/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every platform file, run for a minute in the smallest scenario that it fits into, under the laws:
 * a new file is tested without a word here. A new mechanism needs a frame.
 */
#include "laws.h"

#include "platform.h"

#include <unistd.h>

/* `of` is what fs_platforms_list() takes; in the text, %1$s is the platform. Beside it stands what
 * its mechanism cannot do without and no platform knows. */
struct frame {
    const char *of, *text;
};

#define SCENARIO(account, retry, path)                                                             \
    SCENARIO_OF(account, retry, path, "{it: {cpu: {exponential: {mean: 20ms}}, io: 100ms}}")
#define SCENARIO_OF(account, retry, path, work)                                                    \
    "fleetsim: 1\nrun: {length: 1min, replications: 2, intervals: 20}\naccount: "                  \
    "{platform: " account                                                                          \
    "}\ntraffic:\n  jobs:\n    arrivals: {poisson: {rate: 20/s}}\n    client: {retry: " retry      \
    "}\n    path: " path "\n    work: " work "\ncomponents:\n"
#define QUEUE        "  queue: {mechanism: queue, visibility_timeout: 30s, retention: 1h}\n"
#define READER(what) "  read: {" what ", from: stream, to: it}\n"
#define FUNCTION(burst)                                                                            \
    "  it: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "       \
    "timeout: 3s, cold_start: 100ms, keep_alive: 10s, scale_burst: " burst ", scale_rate: 1/s}\n"

#define PODS(more)                                                                                 \
    "  it: {mechanism: service, cluster: cluster, tasks: 2, cpu: 1, memory: 2GB" more "}\n"
#define CLUSTER(more) "  cluster: {mechanism: cluster" more "}\n"
#define NODES                                                                                      \
    "  nodes: {mechanism: node_group, cluster: cluster, nodes: 2, cpu: 2, memory: 8GB, boot: "     \
    "5s}\n"

static const struct frame frames[] = {
    {"function_pool", SCENARIO("aws", "none", "[it]") "  it: {platform: %1$s}\n"},
    {"service",
     SCENARIO("aws", "none", "[it]") "  it: {platform: %1$s, tasks: 2, cpu: 1, memory: 2GB}\n"},
    {"cluster", SCENARIO("aws", "none", "[it]") PODS("") "  cluster: {platform: %1$s}\n" NODES},
    {"node_group", SCENARIO("aws", "none", "[it]") PODS("") CLUSTER(
                       "") "  nodes: {platform: %1$s, cluster: cluster, nodes: 3, spot: true}\n"},
    {"node_scalers", SCENARIO("aws", "none", "[it]") PODS("") CLUSTER(", autoscaling: %1$s") NODES},
    {"hpa", SCENARIO("aws", "none", "[it]") PODS(", scaling: {maximum: 9, policies: [%1$s]}")
                CLUSTER("") NODES},
    {"event_driven",
     SCENARIO_OF("aws", "none", "[queue, it]", "{it: {cpu: 10ms}}")
         PODS(", scaling: {maximum: 9, policies: [{%1$s: {queue: queue}}]}") CLUSTER("") NODES QUEUE
     "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: it}\n"},
    {"queue",
     SCENARIO_OF("aws", "none", "[queue]", "{}") "  queue: {platform: %1$s, sink: true}\n"},
    {"relay",
     SCENARIO("aws", "none", "[events, it]") "  events: {platform: %1$s}\n" FUNCTION("100")},
    {"stream",
     SCENARIO("aws", "none", "[stream, it]") "  stream: {platform: %1$s, shards: 2}\n" READER(
         "mechanism: stream_reader, batch_size: 10, poll: 1s, retry_wait: 1s, retry_wait_max: "
         "1s") FUNCTION("100")},
    {"stream_reader",
     SCENARIO("aws", "none", "[stream, it]") "  stream: {mechanism: stream, shards: 2, retention: "
                                             "1h}\n" READER("platform: %1$s") FUNCTION("100")},
    {"poller", SCENARIO("aws", "none", "[queue, it]") "  pull: {platform: %1$s, from: queue, to: "
                                                      "it}\n" QUEUE FUNCTION("100")},
    {"gateway", SCENARIO("aws", "none", "[door, it]") "  door: {platform: %1$s}\n" FUNCTION("100")},
    {"dependency", SCENARIO("aws", "none", "[it]") "  it: {platform: %1$s, rate: 100/s}\n"},
    {"workflow", SCENARIO_OF("aws", "none", "[flow]", "{}") "  flow: {platform: %1$s, steps: {one: "
                                                            "{path: [it]}}}\n" FUNCTION("100")},
    {"target_tracking",
     SCENARIO("aws", "none", "[it]") "  it: {platform: aws-fargate, tasks: 2, cpu: 1, "
                                     "memory: 2GB, scaling: {maximum: 4, policies: "
                                     "[%1$s: {target: 50%%}]}}\n"},
    {"standing", SCENARIO("aws", "none", "[it]") "  there: {platform: %1$s}\n" FUNCTION("100")},
    {"websocket",
     SCENARIO_OF("aws", "none", "[socket, it]",
                 "{socket: {io: {exponential: {mean: 1s}}}}") "  socket: {platform: %1$s, gap: "
                                                              "200ms}\n" FUNCTION("100")},
    {"retries", SCENARIO("aws", "%1$s", "[it]") FUNCTION("1")},
    {"growth", SCENARIO("aws, growth: %1$s", "none", "[it]") FUNCTION("1")},
    {"metric",
     SCENARIO("aws", "none", "[it]") FUNCTION(
         "100") "alarms: {a: {%1$s: {component: it, metric: invocations, threshold: 5}}}\n"},
    {"spend",
     SCENARIO("aws", "none", "[it]") FUNCTION("100") "alarms: {a: {%1$s: {amount: 1USD}}}\n"},
    {"account", SCENARIO("%1$s", "none", "[it]") FUNCTION("100")},
};

static char saved[] = "/tmp/fs_platforms_XXXXXX";

/* Under its laws, and not idle. */
static void run_platform(const struct frame *frame, const char *platform)
{
    char *text, label[100];
    struct laws laws = {.label = label};
    snprintf(label, sizeof label, "platform %s", platform);
    assert_true(asprintf(&text, frame->text, platform) > 0);
    struct built b = run_text("%s", text);
    laws.text = text;
    hold_laws_of(&laws, &b.study->variant[0]);
    hold_file_laws(&laws, &b, saved);
    law(&laws, number(&b, "traffic.jobs.completed") > 100, "a request in ten is completed");
    drop(&b);
    free(text);
}

static int count(const char *const *names)
{
    int n = 0;
    while (names[n])
        n++;
    return n;
}

static void every_platform_keeps_the_laws(void **state)
{
    struct fs_arena *arena = fs_arena_new();
    int n = 0;
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        const char *const *names = fs_platforms_list(arena, frames[i].of, NULL);
        for (; *names; names++, n++)
            run_platform(&frames[i], *names);
    }
    assert_true(n > 0);
    assert_int_equal(n, count(fs_platforms_list(arena, NULL, NULL))); /* each has a frame */
    fs_arena_free(arena);
}

static int make_file(void **state)
{
    (void)state;
    const int file = mkstemp(saved);
    return file < 0 ? 1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_platform_keeps_the_laws)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
