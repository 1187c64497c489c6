/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small scenarios at random, as text: one or two classes of traffic, paths of one to four hops over
 * functions, container services, queues with their pollers and relays, tight limits, short time
 * limits, retries and events. A number gives the scenario, so a broken law is found again by its
 * number.
 *
 * Rates times lengths stay below a few thousand requests, and limits are chosen around what such
 * traffic needs: most scenarios throttle, drop, time out or expire something.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef FS_TESTS_GENERATE_H
#define FS_TESTS_GENERATE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "rng.h"

#define GENERATE_HOPS 4

struct generator {
    struct fs_stream draws;
    FILE *components, *traffic, *events;
    int n;                     /* components so far, numbers in their names */
    int length;                /* s */
    bool steady;               /* a run in steady state: no events, traffic without a course */
    int concurrency, reserved; /* of the account */
    bool ordered;              /* the last queue */
    bool reads[GENERATE_HOPS]; /* takes what it does from the hop before */
    int n_path;                /* of the first class */
    char path[GENERATE_HOPS][8];
    char dead[8];                    /* a dead-letter queue, "": none yet */
    const char *deployable, *faulty; /* targets of events, NULL: none yet */
    const char *slowable;            /* a service */
    char deployable_name[8], faulty_name[8], slowable_name[8];
};

#define PICK(g, ...)                                                                               \
    ((const char *[]){__VA_ARGS__}[generate_below(                                                 \
        (g), (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)))])

static int generate_below(struct generator *g, int n)
{
    return (int)fs_uniform_int(&g->draws, (uint64_t)n);
}

static bool generate_maybe(struct generator *g, int percent)
{
    return generate_below(g, 100) < percent;
}

/* ---- components ----------------------------------------------------------------------------- */

/* Concurrency of its own; snapshots are never provisioned. */
static void generate_concurrency(struct generator *g, bool restores)
{
    FILE *out = g->components;
    if (generate_maybe(g, 25) && !restores && g->reserved + 3 <= g->concurrency) {
        g->reserved += 3;
        fprintf(out, "provisioned: {count: %s, ready: %s, prepare: 1s, rate: %s%s}, ",
                PICK(g, "1", "2"), PICK(g, "true", "false"), PICK(g, "0/s", "1/s"),
                PICK(g, "", ", schedule: [{at: 2s, count: 3}, {at: 4s, count: 0, every: 3s}]",
                     ", charge_step: 1s, tracking: {target: 50%, maximum: 3, period: 1s, "
                     "out_periods: 1, in_periods: 2}"));
        return;
    }
    if (generate_maybe(g, 25)) {
        const int own = generate_below(g, 3);
        if (g->reserved + own > g->concurrency) return;
        g->reserved += own;
        fprintf(out, "reserved: %d, ", own);
    }
}

/* What most functions do without. */
static void generate_lifecycle(struct generator *g)
{
    FILE *out = g->components;
    if (generate_maybe(g, 30))
        fprintf(out, "init_limit: %s, setup: {io: 100ms}, ", PICK(g, "50ms", "400ms"));
    const bool restores = generate_maybe(g, 20);
    if (restores)
        fprintf(out, "restore: %s, restore_limit: 300ms, ",
                PICK(g, "50ms", "{exponential: {mean: 200ms}}"));
    if (generate_maybe(g, 30))
        fprintf(out, "first_invocation: {cpu: 20ms, io: {exponential: {mean: 50ms}}}, ");
    if (generate_maybe(g, 30)) fprintf(out, "cold_start_binding: first_free, ");
    if (generate_maybe(g, 30))
        fprintf(out, "max_age: %s, proactive: %s, ", PICK(g, "2s", "{exponential: {mean: 5s}}"),
                PICK(g, "0%", "50%", "100%"));
    if (generate_maybe(g, 30))
        fprintf(out, "error_rate: 10%%, crash_share: %s, ", PICK(g, "0%", "30%", "100%"));
    generate_concurrency(g, restores);
}

static void generate_function(struct generator *g, const char *name)
{
    FILE *out = g->components;
    if (generate_maybe(g, 30)) {
        fprintf(out, "  %s: {platform: aws-lambda, memory: %s, timeout: %s%s}\n", name,
                PICK(g, "128MB", "1024MB", "1769MB"), PICK(g, "300ms", "3s", "30s"),
                PICK(g, "", ", runtime: go-al2023, packaging: image, architecture: arm64"));
    } else {
        fprintf(out, "  %s: {mechanism: function_pool, memory: %s, memory_per_vcpu: 1769MB, ", name,
                PICK(g, "128MB", "512MB", "1769MB", "4GB"));
        fprintf(out, "cpu_max: 6, threads: %s, timeout: %s, ", PICK(g, "1", "2"),
                PICK(g, "20ms", "200ms", "1s", "15min"));
        fprintf(out, "cold_start: %s, keep_alive: %s, reuse: %s, ",
                PICK(g, "0s", "300ms", "{exponential: {mean: 200ms}}",
                     "{quantiles: {p0: 100ms, p50: 150ms, p99: 900ms, p100: 1s}}"),
                PICK(g, "0s", "1s", "10min", "{exponential: {mean: 2s}}"),
                PICK(g, "most_recently_used", "least_recently_used", "random"));
        generate_lifecycle(g);
        fprintf(out, "scale_burst: %s, scale_rate: %s, billing_step: %s, init_billed: %s",
                PICK(g, "1", "5", "1000"), PICK(g, "0/s", "0.5/s", "10/s"), PICK(g, "1ms", "100ms"),
                PICK(g, "true", "false"));
        fprintf(out, "%s}\n",
                PICK(g, "", ", price_requests: lambda.requests",
                     ", price_requests: lambda.requests, price_duration: lambda.duration.x86"));
    }
    g->deployable = strcpy(g->deployable_name, name);
    g->faulty = strcpy(g->faulty_name, name);
}

/* Nodes of 2 vCPU and 4 GB, of one kind or two. */
static void generate_cluster(struct generator *g, const char *name)
{
    FILE *out = g->components;
    const bool spot = generate_maybe(g, 40);
    fprintf(out, "  %s: {mechanism: cluster, zones: %s, eviction_retry: %s, grace: %s", name,
            PICK(g, "1", "2", "3"), PICK(g, "300ms", "5s"), PICK(g, "0s", "1s", "10min"));
    fprintf(out, "%s",
            PICK(g, "",
                 ", autoscaling: {node_groups: {scan_interval: 1s, provisioning: 1500ms, "
                 "unneeded_time: 2s, delay_after_add: 1s, give_up: 1s}}",
                 ", autoscaling: {node_groups: {scan_interval: 1s, provisioning: {exponential: "
                 "{mean: 2s}}, max_provision_time: 2s, backoff: 1s, backoff_max: 3s}}",
                 ", autoscaling: {node_pool: {provisioning: {uniform: {low: 1s, high: 3s}}, "
                 "batch_idle: 200ms, poll: 1s, validation: 500ms, budget: 100%}}",
                 ", autoscaling: {node_pool: {provisioning: 1s, expire_after: 4s}}",
                 ", autoscaling: {reservation: {period: 1s, warm_up: 1s, in_datapoints: 2, target: "
                 "90%, provisioning: 1s, step_max: 2}}"));
    fprintf(out, ", scoring: %s}\n", PICK(g, "least_allocated", "most_allocated"));
    fprintf(out,
            "  %sa: {mechanism: node_group, cluster: %s, nodes: %s, maximum: 4, cpu: 2, memory: "
            "4GB, boot: %s, max_pods: %s, spot: %s, notice: %s}\n",
            name, name, PICK(g, "0", "1", "3"), PICK(g, "0s", "2s"), PICK(g, "2", "110"),
            spot ? "true" : "false", PICK(g, "0s", "1500ms", "2min"));
    if (spot && generate_maybe(g, 70))
        fprintf(g->events, "  - {at: %ds, spot_wave: {component: %sa, share: %s}}\n",
                1 + generate_below(g, g->length - 1), name, PICK(g, "50%", "100%"));
    if (generate_maybe(g, 30))
        fprintf(g->events, "  - {at: %ds, zone_loss: {zone: %s%s}}\n",
                1 + generate_below(g, g->length - 1), PICK(g, "1", "2"), PICK(g, "", ", for: 3s"));
    if (generate_maybe(g, 40))
        fprintf(out,
                "  %sb: {mechanism: node_group, cluster: %s, nodes: 1, cpu: 4, memory: 8GB, boot: "
                "1s, interrupted: 99%%, spot: true, price_spot: ec2.m5.large.spot}\n",
                name, name);
}

/* What makes tasks pods, if anything; returns the cluster's name. Its draws are its own, so that
 * everything else of a scenario stays as it is. */
static const char *generate_pods(struct generator *g, char name[8], const char *service,
                                 bool scaled)
{
    FILE *out = g->components;
    if (!generate_maybe(g, 35)) return NULL;
    snprintf(name, 8, "k%s", service);
    fprintf(out, ", cluster: %s", name);
    if (!scaled && generate_maybe(g, 60))
        fprintf(out,
                ", scaling: {minimum: %s, maximum: 8, policies: [{hpa: {sync_period: 1s, "
                "metric_resolution: %s, sample_age: %s, metrics: [%s], behavior: {scaleDown: "
                "{stabilizationWindowSeconds: %s}}}}]}",
                PICK(g, "0", "1"), PICK(g, "1s", "500ms"), PICK(g, "0s", "300ms", "500ms"),
                PICK(g, "{name: cpu, averageUtilization: 50}",
                     "{name: requests_per_second, averageValue: 3}",
                     "{name: in_flight, averageValue: 1}, {name: cpu, averageValue: 0.1}"),
                PICK(g, "0", "3", "300"));
    return name;
}

/* Lives short enough for runs of seconds. */
static void generate_lives(struct generator *g)
{
    FILE *out = g->components;
    if (generate_maybe(g, 50))
        fprintf(out, ", start: {provisioning: %s, image: 10MB, pull_speed: 50MB, init: %s}",
                PICK(g, "0s", "500ms", "{exponential: {mean: 1s}}"), PICK(g, "0s", "200ms", "2s"));
    if (generate_maybe(g, 40))
        fprintf(out,
                ", health: {interval: %s, timeout: 300ms, work: %s, unhealthy_after: %s, "
                "healthy_after: "
                "2, replace: %s}",
                PICK(g, "400ms", "1s"), PICK(g, "0s", "100ms"), PICK(g, "1", "2"),
                PICK(g, "true", "false"));
    if (generate_maybe(g, 50))
        fprintf(out, ", stop: {%s}",
                PICK(g, "deregistration_delay: 100ms",
                     "deregistration_delay: 500ms, timeout: 100ms",
                     "deregistration_delay: 300ms, timeout: 0s", "timeout: 0s", "timeout: 2s"));
    if (generate_maybe(g, 30))
        fprintf(out, ", crash: {every: %s, in_place: %s, wait: 100ms, wait_max: 1s}",
                PICK(g, "2s", "10s"), PICK(g, "true", "false"));
    if (generate_maybe(g, 30))
        fprintf(out, ", interruption: {every: 5s, notice: %s}", PICK(g, "0s", "100ms", "2s"));
    if (generate_maybe(g, 50))
        fprintf(out, ", deployment: {%s, available: 50%%%s}",
                PICK(g, "minimum_healthy: 0%, maximum: 1", "minimum_healthy: 0%, maximum: 1.5",
                     "minimum_healthy: 75%, maximum: 1.25, maximum_rounded: up",
                     "minimum_healthy: 50%, maximum: 2"),
                PICK(g, ", breaker: {}", ", breaker: {failures: 10%, least: 1, most: 2}"));
    fprintf(out, ", launches: %s, zones: %s", PICK(g, "free", "on_demand", "spot"),
            PICK(g, "1", "3"));
}

static void generate_scaling(struct generator *g)
{
    FILE *out = g->components;
    fprintf(out, ", scaling: {minimum: %s, maximum: %s, policies: [", PICK(g, "0", "1"),
            PICK(g, "5", "9"));
    if (generate_maybe(g, 50))
        fprintf(out,
                "target_tracking: {target: %s, period: 1s, delay: %s, out_datapoints: 1, "
                "in_datapoints: 3, out_cooldown: 1s, in_cooldown: 1s}, ",
                PICK(g, "10%", "60%"), PICK(g, "0s", "1500ms"));
    if (generate_maybe(g, 50))
        fprintf(out,
                "step: {metric: requests_per_target, scale: %s, threshold: %s, period: 1s, "
                "cooldown: 2s, adjustment: %s, steps: [{change: %s}]}, ",
                PICK(g, "in", "out"), PICK(g, "30", "600"), PICK(g, "percent", "tasks", "exact"),
                PICK(g, "1", "3", "50"));
    fprintf(out, "scheduled: {at: %s, every: 3s, minimum: %s, maximum: %s}]}", PICK(g, "1s", "4s"),
            PICK(g, "0", "1", "4"), PICK(g, "4", "6"));
}

/* How requests of one client belong together. */
static void generate_clients(struct generator *g, const char *from)
{
    FILE *out = g->components;
    if (from || !generate_maybe(g, 40)) return;
    if (generate_maybe(g, 50))
        fprintf(out, ", affinity: {clients: 5, lasts: %s}", PICK(g, "1s", "1h"));
    else
        fprintf(out, ", connections: {clients: %s%s%s}", PICK(g, "1", "7", "100"),
                PICK(g, "", ", lasts: 700ms", ", lasts: 3s"), PICK(g, "", ", idle: 150ms"));
}

/* `from`: the queue that it reads, NULL: none. */
static void generate_service(struct generator *g, const char *name, const char *from)
{
    char cluster[8];
    FILE *out = g->components;
    const bool limited = from || generate_maybe(g, 70);
    const bool shipped = generate_maybe(g, 30);
    if (shipped)
        fprintf(out, "  %s: {platform: %s, memory: 2GB, ", name,
                PICK(g, "aws-fargate", "aws-fargate-spot", "aws-ecs", "aws-eks"));
    else
        fprintf(out, "  %s: {mechanism: service, ", name);
    fprintf(out, "tasks: %s, cpu: %s, threads: %s, balancing: %s", PICK(g, "1", "2", "5"),
            PICK(g, "0.25", "0.5", "1", shipped ? "1" : "2"), PICK(g, "0.5", "1", "2"),
            PICK(g, "round_robin, slow_start: 2s", "round_robin", "random",
                 "power_of_two, slow_start: 500ms", "least_outstanding_requests"));
    if (limited) {
        fprintf(out, ", max_in_flight: %s, backlog: %s, sharing: %s", PICK(g, "1", "3", "20"),
                from ? "0" : PICK(g, "0", "2", "100"), PICK(g, "processor_sharing", "slots"));
    }
    if (generate_maybe(g, 40)) fprintf(out, ", timeout: %s", PICK(g, "20ms", "200ms", "2s"));
    generate_clients(g, from);
    if (generate_maybe(g, 20))
        fprintf(out, ", memory_idle: 10MB, memory_per_request: %s%s",
                PICK(g, "10MB", "400MB", "1000MB"), shipped ? "" : ", memory: 2GB");
    if (from)
        fprintf(out, ", from: %s, keeps: %s, receive: %s", from, PICK(g, "true", "false"),
                g->ordered ? "1" : PICK(g, "1", "3", "10"));
    if (generate_maybe(g, 50)) generate_lives(g);
    const bool scaled = generate_maybe(g, 40);
    if (scaled) generate_scaling(g);
    const struct fs_stream draws = g->draws;
    fs_stream_new(&g->draws, fs_key_at(draws.s[0], fs_hash_text(name), 0));
    const char *pods = generate_pods(g, cluster, name, scaled);
    fprintf(out, "}\n");
    g->slowable = strcpy(g->slowable_name, name);
    if (pods) generate_cluster(g, pods);
    g->draws = draws;
    g->deployable = strcpy(g->deployable_name, name);
    g->faulty = strcpy(g->faulty_name, name);
}

static void generate_gateway(struct generator *g, const char *name)
{
    FILE *out = g->components;
    if (generate_maybe(g, 30)) {
        fprintf(out, "  %s: {platform: %s", name,
                PICK(g, "aws-function-url", "aws-alb", "aws-api-gateway-http"));
    } else {
        fprintf(out, "  %s: {mechanism: gateway, overhead: %s, %s, max_in_flight: %s", name,
                PICK(g, "0s", "2ms", "{exponential: {mean: 20ms}}"),
                PICK(g, "rate: 0/s", "rate: 5/s, burst: 1", "rate: 10/s, burst: 20"),
                PICK(g, "0", "0", "4"));
        fprintf(out, ", error_probability: %s", PICK(g, "0", "0", "10%"));
    }
    if (generate_maybe(g, 40)) fprintf(out, ", timeout: %s", PICK(g, "30ms", "200ms", "1s"));
    fprintf(out, "%s}\n", PICK(g, "", ", price_requests: apigateway.rest.requests"));
    if (generate_maybe(g, 30)) g->faulty = strcpy(g->faulty_name, name);
}

static void generate_client_hop(struct generator *g, const char *name)
{
    fprintf(g->components, "  %s: {mechanism: client, retry: %s%s}\n", name,
            PICK(g, "none", "{fixed: {attempts: 3, wait: 0s}}",
                 "{backoff: {attempts: 4, base: 50ms, jitter: decorrelated}}", "aws-sdk-standard"),
            PICK(g, "", ", timeout: 40ms", ", timeout: 300ms"));
}

static void generate_idempotency(struct generator *g, const char *name)
{
    fprintf(g->components, "  %s: {mechanism: idempotency, window: %s, protect: %s}\n", name,
            PICK(g, "200ms", "10s", "1h"), PICK(g, "true", "true", "false"));
}

static void generate_websocket(struct generator *g, const char *name)
{
    fprintf(g->components, "  %s: {mechanism: websocket, gap: %s, overhead: %s, %s, %s%s%s}\n",
            name, PICK(g, "30ms", "{exponential: {mean: 40ms}}"), PICK(g, "0s", "5ms"),
            PICK(g, "rate: 0/s", "rate: 10/s, burst: 5"),
            PICK(g, "connect_rate: 0/s", "connect_rate: 3/s, connect_burst: 2"),
            PICK(g, "", ", idle_timeout: 60ms, maximum: 400ms"),
            PICK(g, "", "", ", connect_calls: true, disconnect_calls: true",
                 ", timeout: 40ms, price_messages: apigateway.websocket.messages, "
                 "price_connections: apigateway.websocket.connection"));
}

static void generate_dependency(struct generator *g, const char *name, const char *keeper);

/* Steps over a function and a dependency of its own. */
static void generate_workflow(struct generator *g, const char *name)
{
    static const char *const shapes[] = {
        "a: {path: [%1$s, %2$s], share: 0.5, work: {%2$s: {io: 20ms}}}, b: {path: [%2$s], share: "
        "0.5, times: 3}",
        "a: {path: [%1$s], times: 7, at_once: 2, share: 1, on_failure: go_on}, b: {path: [%2$s], "
        "wait: 100ms}",
        "a: {path: [%2$s], catch: d, work: {%2$s: {io: {exponential: {mean: 50ms}}}}}, b: {path: "
        "[%1$s], after: [a], timeout: 60ms, retry: aws-sdk-standard}, c: {path: [%2$s], after: "
        "[a], probability: 0.5}, d: {path: [%1$s]}, e: {wait: 10ms, after: [b, c]}",
        "a: {path: [%1$s, %2$s], times: 4, timeout: 30ms, retry: {fixed: {attempts: 3, wait: "
        "0s}}}",
        "a: {path: [%1$s], share: 1}, b: {path: [%3$s], times: 2, after: [start]}, c: {path: "
        "[%2$s]}",
        "a: {path: [%1$s, %3$s], timeout: 20ms, retry: aws-sdk-standard, on_failure: go_on}, b: "
        "{path: [%2$s]}"};
    const int shape = generate_below(g, (int)(sizeof shapes / sizeof *shapes));
    char function[8], table[8], queue[8] = "";
    snprintf(function, sizeof function, "f%d", g->n++);
    snprintf(table, sizeof table, "d%d", g->n++);
    generate_function(g, function);
    generate_dependency(g, table, NULL);
    if (generate_maybe(g, 30))
        fprintf(g->components, "  %s: {platform: %s", name,
                PICK(g, "aws-step-functions-standard", "aws-step-functions-express"));
    else
        fprintf(g->components, "  %s: {mechanism: workflow, overhead: %s, %s, %s", name,
                PICK(g, "0s", "5ms", "{exponential: {mean: 5ms}}"),
                PICK(g, "most_transitions: 0", "most_transitions: 6", "timeout: 300ms"),
                PICK(g, "transition_rate: 0/s", "transition_rate: 20/s, transition_burst: 3",
                     "start_rate: 5/s, start_burst: 4"));
    fprintf(g->components, ", steps: {");
    if (strstr(shapes[shape], "%3$s")) snprintf(queue, sizeof queue, "q%d", g->n++);
    fprintf(g->components, shapes[shape], function, table, queue);
    fprintf(g->components, "}}\n");
    if (*queue)
        fprintf(g->components, "  %s: {platform: %s, sink: true, retention: %s}\n", queue,
                PICK(g, "aws-sqs", "aws-sqs-fifo"), PICK(g, "1s", "1h"));
}

/* `keeper`: the hop in front of it, which may keep its places; NULL: none. */
static void generate_dependency(struct generator *g, const char *name, const char *keeper)
{
    FILE *out = g->components;
    const bool keep = keeper && generate_maybe(g, 50);
    if (!keep && generate_maybe(g, 30)) {
        fprintf(out, "  %s: {platform: %s, rate: 100/s", name,
                PICK(g, "aws-dynamodb-on-demand", "aws-opensearch", "http-api"));
    } else {
        fprintf(out, "  %s: {mechanism: dependency, latency: %s, %s", name,
                PICK(g, "0s", "30ms", "{exponential: {mean: 80ms}}"),
                PICK(g, "rate: 0/s", "rate: 5/s, burst: 2s, units: 3",
                     "rate: 4/s, growth: {window: 2s}",
                     "rate: 20/s, growth: {window: 1s, limit: "
                     "25/s}, partitions: 5, partition_rate: 2/s, skew: 1"));
        fprintf(out, ", error_probability: %s, %s", PICK(g, "0", "0", "10%"),
                keep ? "concurrency: 3"
                     : PICK(g, "concurrency: 0", "concurrency: 2", "concurrency: 2, waiting: 1",
                            "concurrency: 1, waiting: 20, patience: 100ms"));
    }
    if (keep) fprintf(out, ", kept_by: %s, kept: %s", keeper, PICK(g, "1", "2"));
    fprintf(out, "%s}\n", PICK(g, "", ", price_units: dynamodb.writes"));
    if (generate_maybe(g, 30)) g->faulty = strcpy(g->faulty_name, name);
}

static void generate_queue(struct generator *g, const char *name, bool sink, bool fifo)
{
    const bool redrive = !sink && generate_maybe(g, 50);
    char dead[8];
    snprintf(dead, sizeof dead, "d%d", g->n++);
    fprintf(g->components, "  %s: {platform: aws-sqs%s, visibility_timeout: %s, retention: %s, ",
            name, fifo ? "-fifo" : "", PICK(g, "100ms", "1s", "10s", "60s"),
            PICK(g, "500ms", "5s", "1h"));
    fprintf(g->components, "%s%s%s",
            fifo ? PICK(g, "", "groups: {count: 3}, ", "groups: {count: 20, skew: 1}, ") : "",
            PICK(g, "", "", "delay: 300ms, "), PICK(g, "", "max_in_flight: 4, "));
    if (generate_maybe(g, 10)) fprintf(g->components, "send_rate: 5/s, ");
    fprintf(g->components, "message_size: %s, sink: %s", PICK(g, "1kB", "64KiB", "200kB"),
            sink ? "true" : "false");
    if (redrive) {
        fprintf(g->components, ", redrive: {max_receive_count: %s, to: %s}}\n",
                PICK(g, "1", "2", "5"), dead);
        fprintf(g->components, "  %s: {platform: aws-sqs, sink: true}\n", dead);
        strcpy(g->dead, dead);
    } else {
        fprintf(g->components, "}\n");
    }
}

static void generate_poller(struct generator *g, const char *from, const char *to, bool fifo)
{
    FILE *out = g->components;
    if (generate_maybe(g, 30)) {
        fprintf(out,
                "  p%d: {platform: aws-lambda-sqs-mapping, from: %s, to: %s, batch_size: %s, "
                "visibility_at_least: 0}\n",
                g->n++, from, to, PICK(g, "1", "10"));
        return;
    }
    fprintf(out, "  p%d: {mechanism: poller, from: %s, to: %s, ", g->n++, from, to);
    fprintf(out, "%s, %s, ramp: %s, ramp_shape: %s, ",
            fifo ? PICK(g, "batch_size: 1", "batch_size: 3", "batch_size: 10")
                 : PICK(g, "batch_size: 1", "batch_size: 3, batch_window: 300ms", "batch_size: 10",
                        "batch_size: 20, batch_window: 1s"),
            PICK(g, "start_concurrency: 1, maximum: 5", "start_concurrency: 2, maximum: 100",
                 "start_concurrency: 5, maximum: 8",
                 "pollers: {minimum: 1, maximum: 3, concurrency: 3, polls: 4/s}"),
            PICK(g, "0/s", "1/s", "20/s"), PICK(g, "continuous", "stepwise"));
    fprintf(out, "%s%s%s%s", PICK(g, "", "retry_within_visibility: false, "),
            PICK(g, "", "partial_responses: true, "),
            PICK(g, "", "", "poison: 10%, ", "message_errors: 20%, "),
            PICK(g, "", "failed_visibility: 200ms, "));
    fprintf(out, "idle_pollers: %s, long_poll: %s, throttle_wait: %s, throttle_wait_max: %s}\n",
            PICK(g, "0", "2", "5"), PICK(g, "1s", "20s"), PICK(g, "10ms", "100ms", "1s"),
            PICK(g, "1s", "10s"));
}

static void generate_relay(struct generator *g, const char *name)
{
    FILE *out = g->components;
    char dead[8] = "", target[8] = "";
    if (generate_maybe(g, 40)) snprintf(dead, sizeof dead, "d%d", g->n++);
    if (generate_maybe(g, 30)) snprintf(target, sizeof target, "d%d", g->n++);
    if (generate_maybe(g, 30))
        fprintf(out, "  %s: {platform: aws-lambda-async", name);
    else
        fprintf(out, "  %s: {mechanism: relay, delay: %s, errors: %s, refusals: %s", name,
                PICK(g, "0s", "0s", "150ms", "{exponential: {mean: 500ms}}"),
                PICK(g, "none", "{fixed: {attempts: 3, wait: 1s}}",
                     "{backoff: {attempts: 2, base: 100ms, jitter: full}}"),
                PICK(g, "none", "{fixed: {attempts: 50, wait: 0.3s}}",
                     "{backoff: {attempts: 100, base: 100ms, cap: 3s, jitter: decorrelated}}"));
    if (*target)
        fprintf(out, ", targets: [{path: [%s]%s%s}]", target,
                PICK(g, "", ", share: 30%", ", share: 40%, from: 50%"),
                PICK(g, "", ", refusals: {fixed: {attempts: 2, wait: 100ms}}, maximum_age: 1s"));
    fprintf(out, "%s%s%s%s}\n", PICK(g, "", ", maximum_age: 400ms", ", maximum_age: 3s"),
            PICK(g, "", ", duplicates: {share: 20%, after: 100ms}"), *dead ? ", on_failure: " : "",
            dead);
    if (*target)
        fprintf(out, "  %s: {platform: aws-sqs, sink: true, send_rate: %s}\n", target,
                PICK(g, "0/s", "2/s"));
    if (*dead) fprintf(out, "  %s: {platform: aws-sqs, sink: true}\n", dead);
}

/* ---- paths ---------------------------------------------------------------------------------- */

/* Kinds of hops as letters: functions, services, queues, relays and gateways; neither of
 * the last two is last, and a dependency or a workflow is; what is last may stand behind a client,
 * idempotency keys or a socket. */
static void generate_kinds(struct generator *g, int n, char *kind)
{
    for (int i = 0; i < n && i < GENERATE_HOPS; i++) {
        kind[i] = generate_maybe(g, 45) ? 's' : 'f';
        if (generate_maybe(g, 25))
            kind[i] = i == n - 1 || generate_maybe(g, 50) ? 'q' : generate_maybe(g, 50) ? 'a' : 't';
        if (strchr("sf", kind[i]) && generate_maybe(g, 20)) kind[i] = i < n - 1 ? 'g' : 'd';
        if (i == n - 1 && kind[i] == 'd' && generate_maybe(g, 40)) kind[i] = 'w';
    }
    if (n > 1 && strchr("dwfs", kind[n - 1]) && strchr("sfg", kind[n - 2]) && generate_maybe(g, 50))
        kind[n - 2] = *PICK(g, "c", "i", "k");
}

static void generate_stream(struct generator *g, const char *name, const char *to)
{
    FILE *out = g->components;
    char dead[8] = "", other[8] = "";
    if (generate_maybe(g, 40)) snprintf(dead, sizeof dead, "d%d", g->n++);
    if (*dead) fprintf(out, "  %s: {platform: aws-sqs, sink: true}\n", dead);
    if (generate_maybe(g, 40)) snprintf(other, sizeof other, "f%d", g->n++);
    fprintf(out, "  %s: {platform: aws-kinesis, shards: %s, retention: %s%s%s", name,
            PICK(g, "1", "2", "10"), PICK(g, "1s", "4s", "1h"),
            PICK(g, "", ", keys: {count: 3}", ", keys: {count: 50, skew: 1}"),
            PICK(g, "", "", ", write_rate: 3/s"));
    if (*other) fprintf(out, ", targets: [{path: [%s]}]", other);
    fprintf(out, "}\n");
    if (*other) {
        generate_function(g, other);
        fprintf(out,
                "  r%d: {platform: aws-lambda-dynamodb-streams-mapping, from: %s, to: %s, "
                "maximum_retries: 1, retry_wait: 100ms, retry_wait_max: 1s, poison: %s}\n",
                g->n++, name, other, PICK(g, "0%", "20%"));
    }
    fprintf(out, "  r%d: {platform: aws-lambda-kinesis-mapping, from: %s, to: %s, ", g->n++, name,
            to);
    fprintf(out, "batch_size: %s, batch_window: %s, poll: %s, parallelization_factor: %s, ",
            PICK(g, "1", "3", "20"), PICK(g, "0s", "0s", "700ms"), PICK(g, "0s", "250ms", "1s"),
            PICK(g, "1", "1", "4"));
    fprintf(
        out, "%s%s%s%s", PICK(g, "", "bisect: true, "), PICK(g, "", "partial_responses: true, "),
        PICK(g, "", "", "poison: 10%, ", "record_errors: 20%, "), PICK(g, "", "maximum_age: 2s, "));
    fprintf(out, "maximum_retries: %s, retry_wait: %s, retry_wait_max: 2s%s%s}\n",
            PICK(g, "-1", "0", "2"), PICK(g, "50ms", "500ms"), *dead ? ", on_failure: " : "", dead);
}

/* A queue and, unless it is the last or the next hop reads it itself, one poller or two. */
static void generate_pulled(struct generator *g, int i, int n, bool read)
{
    const bool fifo = g->ordered = generate_maybe(g, 40);
    generate_queue(g, g->path[i], i == n - 1, fifo);
    if (i == n - 1 || read) return;
    generate_poller(g, g->path[i], g->path[i + 1], fifo);
    if (generate_maybe(g, 25)) generate_poller(g, g->path[i], g->path[i + 1], fifo);
}

static void generate_path(struct generator *g)
{
    const int n = g->n_path = 1 + generate_below(g, GENERATE_HOPS);
    char kind[GENERATE_HOPS];
    bool reads = false;
    generate_kinds(g, n, kind);
    for (int i = 0; i < n; i++)
        snprintf(g->path[i], sizeof g->path[i], "%c%d", kind[i], g->n++);
    for (int i = 0; i < n; i++) {
        const char *from = reads ? g->path[i - 1] : NULL;
        g->reads[i] = reads;
        reads = i < n - 1 && kind[i] == 'q' && kind[i + 1] == 's' && generate_maybe(g, 50);
        if (kind[i] == 'f') generate_function(g, g->path[i]);
        if (kind[i] == 's') generate_service(g, g->path[i], from);
        if (kind[i] == 'a') generate_relay(g, g->path[i]);
        if (kind[i] == 'g') generate_gateway(g, g->path[i]);
        if (kind[i] == 'w') generate_workflow(g, g->path[i]);
        if (kind[i] == 'c') generate_client_hop(g, g->path[i]);
        if (kind[i] == 'i') generate_idempotency(g, g->path[i]);
        if (kind[i] == 'k') generate_websocket(g, g->path[i]);
        if (kind[i] == 'd')
            generate_dependency(g, g->path[i],
                                i && strchr("fs", kind[i - 1]) ? g->path[i - 1] : NULL);
        if (kind[i] == 'q') generate_pulled(g, i, n, reads);
        if (kind[i] == 't') generate_stream(g, g->path[i], g->path[i + 1]);
    }
}

/* ---- traffic -------------------------------------------------------------------------------- */

static void generate_arrivals(struct generator *g)
{
    static const char *const kinds[] = {
        "constant: {rate: 7/s}",
        "constant: {rate: 20/s, start: 1s}",
        "burst: {size: 60, at: 1s}",
        "burst: {size: 40, at: 500ms, over: 2s, every: 4s}",
        "poisson: {rate: 0.5/s}",
        "poisson: {rate: 8/s}",
        "poisson: {rate: 30/s}",
        "renewal: {gap: {gamma: {mean: 100ms, cv: 2}}}",
        "renewal: {gap: {lognormal: {mean: 200ms, cv: 1}}}",
        "mmpp: {states: [{rate: 1/s, stay: 3s}, {rate: 30/s, stay: 2s}, {rate: 0/s, stay: 1s}], "
        "jump: uniform}",
        "onoff: {on: {exponential: {mean: 2s}}, off: 3s, rate: 25/s, rate_off: 1/s}",
        "profile: {points: [{at: 0s, rate: 1/s}, {at: 3s, rate: 20/s}], shape: linear, repeat: 6s}",
        "profile: {points: [{at: 0s, rate: 15/s}, {at: 2s, rate: 2/s}], shape: steps}",
        "cron: {schedules: [{jobs: 20, every: 4s}, {jobs: 9, every: 3s, at: 1s, window: 2s}]}",
        "sine: {mean: 10/s, amplitude: 90%, period: 7s, phase: 1s}",
        "hawkes: {rate: 8/s, branching: 70%, delay: 200ms}",
        "self_similar: {rate: 10/s, hurst: 0.9, sources: 5}",
        "closed: {clients: 12, think: {exponential: {mean: 500ms}}}",
        "closed: {clients: 3, think: {uniform: {low: 0s, high: 10ms}}}"};
    static const char *const courses[] = {"burst", "profile", "cron", "sine"};
    const char *kind = kinds[generate_below(g, (int)(sizeof kinds / sizeof *kinds))];
    for (size_t i = 0; g->steady && i < sizeof courses / sizeof *courses; i++) {
        if (strncmp(kind, courses[i], strlen(courses[i])) == 0) kind = "poisson: {rate: 8/s}";
    }
    fprintf(g->traffic, "    arrivals: {%s}\n", kind);
}

static void generate_client(struct generator *g)
{
    fprintf(g->traffic, "    client: {retry: %s%s}\n",
            PICK(g, "none", "none", "{fixed: {attempts: 3, wait: 0s}}",
                 "{fixed: {attempts: 2, wait: 700ms}}",
                 "{backoff: {attempts: 4, base: 100ms, cap: 1s, jitter: decorrelated}}",
                 "{backoff: {attempts: 3, base: 50ms, jitter: none}}", "aws-sdk-standard"),
            PICK(g, "", "", "", ", timeout: 50ms", ", timeout: 500ms", ", timeout: 5s"));
}

static void generate_work(struct generator *g, const char *hop)
{
    static const char *const laws[] = {"20ms",
                                       "150ms",
                                       "{exponential: {mean: 60ms}}",
                                       "{lognormal: {mean: 100ms, p99: 600ms}}",
                                       "{uniform: {low: 0s, high: 80ms}}",
                                       "{pareto: {mean: 50ms, shape: 1.5}}"};
    const int n = (int)(sizeof laws / sizeof *laws);
    const char *law = laws[generate_below(g, n)], *other = laws[generate_below(g, n)];
    if (strchr("qagtci", hop[0]) || generate_maybe(g, 10)) return;
    if (generate_maybe(g, 20))
        fprintf(g->traffic, "%s: {measured: %s, at: 512MB, cpu_share: 35%%}, ", hop, law);
    else if (generate_maybe(g, 50))
        fprintf(g->traffic, "%s: {cpu: %s}, ", hop, law);
    else
        fprintf(g->traffic, "%s: {cpu: %s, io: %s}, ", hop, law, other);
}

/* A class of the path's hops from `first` on. */
static void generate_class(struct generator *g, const char *name, int first)
{
    fprintf(g->traffic, "  %s:\n", name);
    generate_arrivals(g);
    generate_client(g);
    fprintf(g->traffic, "    path: [");
    for (int i = first; i < g->n_path; i++)
        fprintf(g->traffic, "%s%s", i > first ? ", " : "", g->path[i]);
    fprintf(g->traffic, "]\n    work: {");
    for (int i = first; i < g->n_path; i++)
        generate_work(g, g->path[i]);
    fprintf(g->traffic, "}\n");
}

/* ---- events and the whole ------------------------------------------------------------------- */

static void generate_events(struct generator *g)
{
    const int at = 1 + generate_below(g, g->length - 1);
    if (g->deployable && generate_maybe(g, 25))
        fprintf(g->events, "  - {at: %ds, deploy: %s}\n", at, g->deployable);
    if (g->slowable && generate_maybe(g, 10))
        fprintf(g->events, "  - {at: %ds, metrics_loss: {component: %s%s}}\n",
                1 + generate_below(g, g->length - 1), g->slowable, PICK(g, "", ", for: 4s"));
    if (g->slowable && generate_maybe(g, 30))
        fprintf(g->events, "  - {at: %ds, bad_deploy: {component: %s, share: %s}}\n",
                1 + generate_below(g, g->length - 1), g->slowable, PICK(g, "50%", "100%"));
    if (g->faulty && generate_maybe(g, 25))
        fprintf(g->events, "  - {at: %ds, errors: {component: %s, probability: %s%s}}\n", at,
                g->faulty, PICK(g, "20%", "100%"), PICK(g, "", ", for: 2s"));
    if (g->slowable && generate_maybe(g, 15))
        fprintf(
            g->events,
            "  - {at: %ds, brownout: {component: %s, factor: %s, share: %s, unhealthy: %s%s}}\n",
            at, g->slowable, PICK(g, "0.5", "4"), PICK(g, "50%", "100%"), PICK(g, "true", "false"),
            PICK(g, "", ", for: 2s"));
    if (generate_maybe(g, 15))
        fprintf(g->events, "  - {at: %ds, zone_loss: {zone: %s, for: %s}}\n", at, PICK(g, "1", "2"),
                PICK(g, "1s", "10s"));
    if (*g->dead && generate_maybe(g, 40))
        fprintf(g->events, "  - {at: %ds, redrive: %s}\n", at, g->dead);
    if (generate_maybe(g, 15))
        fprintf(g->events, "  - {at: %ds, quota: {%s}}\n", at,
                PICK(g, "concurrency: 0", "concurrency: 3", "concurrency: 100, launch_vcpus: 20",
                     "launch_vcpus: 1, spot_vcpus: 1"));
}

static char *generate_join(struct generator *g, char *components, char *traffic, char *events)
{
    char *text;
    const int n = asprintf(
        &text,
        "fleetsim: 1\nrun: {length: %ds, replications: 2, seed: %d, intervals: %s%s}\n"
        "account: {platform: aws, concurrency: %d, unreserved_minimum: 0, "
        "requests_per_concurrency: %s, growth: %s%s}\ntraffic:\n%scomponents:\n%s%s%s%s",
        g->length, generate_below(g, 1000000),
        g->steady ? PICK(g, "64", "70", "200") : PICK(g, "1", "7", "20"),
        g->steady ? ", kind: steady_state" : "", g->concurrency, PICK(g, "0", "1", "10"),
        PICK(g, "per_function", "per_function", "{regional: {burst: 5, rate: 2/s}}"),
        PICK(g, "", ", launch_vcpus: 10, spot_vcpus: 10", ", launch_vcpus: 10, spot_vcpus: 10",
             ", launch_burst: 2, launch_rate: 1/s"),
        traffic, components, *events && !g->steady ? "events:\n" : "", g->steady ? "" : events,
        PICK(g, "", "", "alarms: {a: {spend: {amount: 0.000001USD, every: 1s, delay: 1s}}}\n"));
    fs_assert(NULL, n > 0);
    return text;
}

/* The scenario of that number; the caller frees it. */
static char *generate(uint64_t number)
{
    char *text[3];
    size_t size[3];
    struct generator g = {.n = 0};
    fs_stream_new(&g.draws, fs_key(number, "tests", "scenario", 0));
    g.components = open_memstream(&text[0], &size[0]);
    g.traffic = open_memstream(&text[1], &size[1]);
    g.events = open_memstream(&text[2], &size[2]);
    fs_assert(NULL, g.components && g.traffic && g.events);
    g.steady = fs_key(number, "tests", "steady", 0) % 10 == 0;
    g.length = 5 + generate_below(&g, generate_maybe(&g, 10) ? 120 : 20);
    g.concurrency = (const int[]){1, 3, 10, 1000}[generate_below(&g, 4)];
    generate_path(&g);
    generate_class(&g, "jobs", 0);
    if (generate_maybe(&g, 35)) {
        const int at = generate_below(&g, g.n_path);
        generate_class(&g, "more", at - g.reads[at]);
    }
    generate_events(&g);
    if (generate_maybe(&g, 10))
        fprintf(g.components, "  there: {platform: aws-public-ipv4, count: 3}\n");
    fclose(g.components);
    fclose(g.traffic);
    fclose(g.events);
    char *whole = generate_join(&g, text[0], text[1], text[2]);
    for (int i = 0; i < 3; i++)
        free(text[i]);
    return whole;
}

#endif
