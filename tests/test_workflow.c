/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

/* One execution at 1 s of these steps, over dependencies that take the time that their names say.
 */
#define FLOW(settings, steps)                                                                      \
    "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"             \
    "    client: {retry: none}\n    path: [flow]\ncomponents:\n"                                   \
    "  flow:\n    mechanism: workflow\n" settings "    steps:\n" steps                             \
    "  one: {mechanism: dependency, latency: 1s}\n  two: {mechanism: dependency, latency: 2s}\n"   \
    "  three: {mechanism: dependency, latency: 3s}\n"
/* The same where not all of them are called. */
#define ALL "      z: {path: [one, two, three], probability: 0}\n"

/* ---- shapes --------------------------------------------------------------------------------- */

/* 10 ms, 1 s, 10 ms and 500 ms of waiting, 2 s. */
static void steps_follow_each_other(void **state)
{
    (void)state;
    struct built b =
        run_text("%s", FLOW("    overhead: 10ms\n", "      a: {path: [one]}\n"
                                                    "      b: {path: [two], wait: 500ms}\n" ALL));
    assert_ns(&b, "traffic.web.latency.max", 3520e6);
    assert_count(&b, "components.flow.transitions", 2);
    assert_count(&b, "components.flow.calls", 2);
    drop(&b);
}

/* 1 s, then 2 s and 3 s beside each other, then 1 s: the longest path is 5 s. */
static void branches_run_beside_each_other_and_join(void **state)
{
    (void)state;
    struct built b = run_text("%s", FLOW("", "      a: {path: [one]}\n"
                                             "      b: {path: [two], after: [a]}\n"
                                             "      c: {path: [three], after: [a]}\n"
                                             "      d: {path: [one], after: [b, c]}\n"));
    assert_ns(&b, "traffic.web.latency.max", 5e9);
    assert_count(&b, "components.flow.transitions", 4);
    drop(&b);
    b = run_text("%s", FLOW("", "      a: {path: [one]}\n      b: {path: [two], after: [start]}\n"
                                "      c: {path: [three], after: [start]}\n"));
    assert_ns(&b, "traffic.web.latency.max", 3e9);
    drop(&b);
}

/* Five calls of 1 s, two at once: 3 s; the map is a transition and so is each of its calls. */
static void a_map_makes_so_many_calls_at_once(void **state)
{
    (void)state;
    struct built b = run_text("%s", FLOW("", "      a: {path: [one], times: 5, at_once: 2}\n" ALL));
    assert_ns(&b, "traffic.web.latency.max", 3e9);
    assert_count(&b, "components.one.in_flight.peak", 2);
    assert_count(&b, "components.one.completed", 5);
    assert_count(&b, "components.flow.transitions", 6);
    drop(&b);
}

/* Ten at once of exponential time: the mean of the longest is the tenth harmonic number of means.
 */
static void a_join_waits_for_the_longest(void **state)
{
    double harmonic = 0;
    (void)state;
    for (int i = 1; i <= 10; i++)
        harmonic += 1.0 / i;
    struct built b = run_text(
        "run: {length: 200s, replications: 20}\ntraffic:\n  web:\n"
        "    arrivals: {poisson: {rate: 20/s}}\n    client: {retry: none}\n    path: [flow]\n"
        "components:\n  flow: {mechanism: workflow, steps: {a: {path: [table], times: 10}}}\n"
        "  table: {mechanism: dependency, latency: {exponential: {mean: 100ms}}}\n");
    assert_theory(&b, "components.flow.latency", 0.1 * harmonic, 0);
    drop(&b);
}

static void a_choice_is_made_with_its_probability(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s, replications: 20}\ntraffic:\n  web:\n"
        "    arrivals: {constant: {rate: 100/s}}\n    client: {retry: none}\n    path: [flow]\n"
        "components:\n  flow: {mechanism: workflow, steps: {a: {path: [table], probability: 30%%}, "
        "b: {wait: 1ms}}}\n  table: {mechanism: dependency}\n");
    assert_theory(&b, "components.table.completed", 3000, 0);
    assert_theory(&b, "components.flow.transitions", 13000, 1);
    drop(&b);
}

/* A workflow on a step's path is a branch of several steps. */
static void workflows_call_workflows(void **state)
{
    (void)state;
    struct built b =
        run_text("%s", FLOW("", "      a: {path: [branch]}\n      b: {path: [three], after: "
                                "[start]}\n") "  branch: {mechanism: workflow, steps: {x: {path: "
                                              "[one]}, y: {path: [two]}, z: {path: "
                                              "[one]}}}\n");
    assert_ns(&b, "traffic.web.latency.max", 4e9);
    drop(&b);
}

/* ---- failures ------------------------------------------------------------------------------- */

/* The defaults of the States Language: an interval of 1 s, a rate of 2, three retries. Attempts at
 * 0, 1, 3 and 7 s, all in vain; retries are transitions. */
static void retries_back_off_as_the_language_says(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s",
        FLOW("", "      a: {path: [card], retry: {backoff: {attempts: 4, base: 1s, jitter: "
                 "none}}}\n" ALL) "  card: {mechanism: dependency, error_probability: 100%}\n");
    assert_count(&b, "traffic.web.failed", 1);
    assert_ns(&b, "components.flow.latency.max", 7e9);
    assert_count(&b, "components.flow.retries", 3);
    assert_count(&b, "components.flow.transitions", 4);
    assert_count(&b, "components.card.failed", 4);
    drop(&b);
}

/* 1 s and a failure, 2 s of what is done instead, 3 s of what comes after. */
static void a_catch_does_another_step_instead(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s", FLOW("", "      a: {path: [one, card], catch: sorry}\n      sorry: {path: [two]}\n"
                       "      b: {path: [three]}\n") "  card: {mechanism: dependency, "
                                                     "error_probability: 100%}\n");
    assert_count(&b, "traffic.web.completed", 1);
    assert_ns(&b, "traffic.web.latency.max", 6e9);
    assert_count(&b, "components.flow.caught", 1);
    drop(&b);
    /* without a failure it is not done */
    b = run_text("%s", FLOW("", "      a: {path: [one], catch: sorry}\n"
                                "      sorry: {path: [two]}\n      b: {path: [three]}\n"));
    assert_ns(&b, "traffic.web.latency.max", 4e9);
    drop(&b);
}

static void a_workflow_may_go_on_after_a_failure(void **state)
{
    (void)state;
    struct built b =
        run_text("%s", FLOW("", "      a: {path: [card], on_failure: go_on, times: 3}\n"
                                "      b: {path: [one]}\n" ALL) "  card: {mechanism: dependency, "
                                                                "error_probability: 100%}\n");
    assert_count(&b, "traffic.web.completed", 1);
    assert_ns(&b, "traffic.web.latency.max", 1e9);
    assert_count(&b, "components.card.failed", 3);
    drop(&b);
}

/* Given up after 1.5 s, tried again at once and given up: 3 s; both calls of 2 s go on. */
static void a_step_waits_for_a_call_so_long(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s", FLOW("", "      a: {path: [two], timeout: 1500ms, retry: {fixed: {attempts: 2, wait: "
                       "0s}}}\n" ALL));
    assert_count(&b, "traffic.web.failed", 1);
    assert_ns(&b, "components.flow.latency.max", 3e9);
    assert_count(&b, "components.two.completed", 2);
    assert_count(&b, "components.flow.wasted_executions", 2);
    drop(&b);
}

/* The limit of the whole passes at 2.5 s, in the second step, whose call goes on; the third is not
 * begun. */
static void an_execution_has_a_time_limit(void **state)
{
    (void)state;
    struct built b = run_text("%s", FLOW("    timeout: 2500ms\n",
                                         "      a: {path: [one]}\n      b: {path: [two]}\n"
                                         "      c: {path: [three]}\n"));
    assert_count(&b, "traffic.web.timed_out", 1);
    assert_ns(&b, "components.flow.latency.max", 2500e6);
    assert_count(&b, "components.flow.wasted_executions", 1);
    assert_count(&b, "components.two.completed", 1);
    assert_count(&b, "components.three.arrived", 0);
    drop(&b);
}

/* One of three branches fails at 1 s; the execution ends there and the others for nobody. */
static void the_first_failure_ends_it(void **state)
{
    (void)state;
    struct built b = run_text(
        "%s",
        FLOW("", "      a: {path: [one, card]}\n      b: {path: [two], after: [start]}\n"
                 "      c: {path: [three], after: [start]}\n") "  card: {mechanism: dependency, "
                                                               "error_probability: 100%}\n");
    assert_count(&b, "traffic.web.failed", 1);
    assert_ns(&b, "components.flow.latency.max", 1e9);
    assert_count(&b, "components.flow.wasted_executions", 2);
    drop(&b);
}

/* Five transitions are allowed: the entry of the map and four of its calls. */
static void an_execution_makes_no_more_than_so_many_transitions(void **state)
{
    (void)state;
    struct built b = run_text("%s", FLOW("    most_transitions: 5\n",
                                         "      a: {path: [one], times: 9, at_once: 1}\n" ALL));
    assert_count(&b, "traffic.web.failed", 1);
    assert_count(&b, "components.one.completed", 4);
    assert_count(&b, "components.flow.transitions", 5);
    drop(&b);
}

/* ---- rates ---------------------------------------------------------------------------------- */

/* Of four at once three are started; their six transitions find four tokens and then one every
 * 100 ms: the last of the second steps is entered 200 ms late. */
static void starts_are_refused_and_transitions_wait(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 4, at: 1s}}\n"
        "    client: {retry: none}\n    path: [flow]\ncomponents:\n"
        "  flow: {mechanism: workflow, start_rate: 0.1/s, start_burst: 3, transition_rate: 10/s, "
        "transition_burst: 4, steps: {a: {wait: 10ms}, b: {wait: 0s}}}\n");
    assert_count(&b, "traffic.web.throttled", 1);
    assert_count(&b, "traffic.web.completed", 3);
    assert_count(&b, "components.flow.delayed", 2);
    /* at 1.01 s one token is left, and a tenth of one has come */
    assert_ns(&b, "traffic.web.latency.max", 200e6);
    drop(&b);
}

/* ---- work ----------------------------------------------------------------------------------- */

#define LONG(path, work, job)                                                                      \
    "run: {length: 2h}\ntraffic:\n  reports:\n    arrivals: {burst: {size: 1, at: 1s}}\n"          \
    "    client: {retry: none}\n    path: [" path "]\n    work: {" work ": {cpu: 40min, io: "      \
    "7ns}}\ncomponents:\n" job                                                                     \
    "  it: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "       \
    "timeout: 15min, cold_start: 0s, keep_alive: 10min, scale_burst: 9, scale_rate: 0/s, "         \
    "price_duration: lambda.duration.x86}\n"

/*
 * 40 minutes of work do not fit under a limit of 15. In four chunks, each with 5 s of loading and
 * saving, they do: 2,420 s, nothing of the work lost or done twice, for what 2,420 s of the
 * function and five transitions cost.
 */
static void work_that_is_too_long_is_cut_into_chunks(void **state)
{
    (void)state;
    struct built b = run_text("%s", LONG("it", "it", ""));
    assert_count(&b, "traffic.reports.timed_out", 1);
    drop(&b);
    b = run_text("%s", LONG("flow", "flow",
                            "  flow: {mechanism: workflow, price_transitions: "
                            "stepfunctions.transitions, steps: {chunks: {path: [it], times: 4, "
                            "at_once: 1, share: 1, work: {it: {io: 5s}}}}}\n"));
    assert_count(&b, "traffic.reports.completed", 1);
    assert_ns(&b, "traffic.reports.latency.max", (2400 + 20) * 1e9 + 7);
    assert_ns(&b, "components.it.duration.max", 605e9 + 2); /* 7 ns in four parts */
    assert_count(&b, "components.flow.transitions", 5);
    const double gb_s = 1769.0 / 1024 * (3 * 605.001 + 605.001);
    assert_true(fabs(number(&b, "cost.total_usd") - gb_s * 0.0000166667 - 5 * 0.000025) < 1e-9);
    drop(&b);
}

/* Every run of the same request brings the same work, whatever the platform does with it. */
static void work_of_steps_is_the_same_at_every_attempt(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n"
        "    client: {retry: {fixed: {attempts: 3, wait: 0s}}}\n    path: [flow]\ncomponents:\n"
        "  flow: {mechanism: workflow, steps: {a: {path: [table, card], work: {table: {io: "
        "{exponential: {mean: 1s}}}}}}}\n"
        "  table: {mechanism: dependency}\n"
        "  card: {mechanism: dependency, error_probability: 100%%}\n");
    assert_count(&b, "components.table.arrived", 3);
    assert_true(number(&b, "components.table.latency.max") > 0);
    assert_ns(&b, "components.flow.latency.max", number(&b, "components.flow.latency.mean") * 1e9);
    drop(&b);
}

/* ---- money ---------------------------------------------------------------------------------- */

/* Five transitions: 12.50 USD for 100,000 executions, without the free tier. */
static void transitions_cost_what_the_price_list_says(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1100s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 100000, at: 0s, "
        "over: "
        "1000s}}\n    client: {retry: none}\n    path: [flow]\ncomponents:\n  flow: {platform: "
        "aws-step-functions-standard, steps: {a: {}, b: {}, c: {}, d: {}, e: {}}}\n");
    assert_count(&b, "components.flow.completed", 100000);
    assert_true(fabs(number(&b, "cost.total_usd") - 12.50) < 1e-9);
    drop(&b);
}

/* An express workflow of 1.05 s is charged for 1.1 s of 64 MB: a million of them 1 USD and
 * 1.1 / 16 x 0.00001667 USD each. */
static void express_workflows_cost_requests_and_duration(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1000, at: 1s}}\n"
        "    client: {retry: none}\n    path: [flow]\ncomponents:\n  flow: {platform: "
        "aws-step-functions-express, overhead: 0s, steps: {a: {wait: 1050ms}}}\n");
    const double truth = 1000 * (1e-6 + 1.1 / 16 * 0.00001667);
    assert_true(fabs(number(&b, "cost.total_usd") - truth) < 1e-12);
    drop(&b);
}

/* 800 of 4 min and 64 MB each hour are 8,760,000 GB s in a month of 730 h: 1,000 GB h of them at
 * 0.00001667 USD per GB s, the others at 0.00000833. */
static void long_express_workflows_reach_the_second_tier(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 5min, represents: once per hour}\ntraffic:\n  web:\n    arrivals: {burst: "
        "{size: 800, at: 0s}}\n    client: {retry: none}\n    path: [flow]\ncomponents:\n  flow: "
        "{platform: aws-step-functions-express, overhead: 0s, steps: {a: {wait: 4min}}}\n");
    const double truth = 3.6e6 * 0.00001667 + 5.16e6 * 0.00000833;
    assert_true(fabs(number(&b, "cost.flow.duration.usd_per_month") - truth) < 1e-9);
    drop(&b);
}

/* 3 s of which 1 s is a cold start; 1 s beside 3 s of cold start; two calls given up after 0.5 s
 * with 4 s between them: of 11 s along the steps that others waited for 4 are cold starts and 4
 * waiting for another attempt. */
static void the_parts_of_an_execution_are_those_of_what_was_waited_for(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 2h}\ntraffic:\n  web:\n    arrivals: {constant: {rate: 0.02/s}}\n    "
        "client: "
        "{retry: none}\n    path: [flow]\ncomponents:\n  flow: {mechanism: workflow, steps: {a: "
        "{path: [f], work: {f: {io: 2s}}}, b: {path: [t], work: {t: {io: 1s}}}, c: {path: [g], "
        "after: [a]}, d: {path: [u], after: [b, c], work: {u: {io: 2s}}, timeout: 500ms, retry: "
        "{fixed: {attempts: 2, wait: 4s}}, on_failure: go_on}}}\n"
        "  f: {platform: aws-lambda, cold_start: 1s, keep_alive: 0s}\n"
        "  g: {platform: aws-lambda, cold_start: 3s, keep_alive: 0s}\n"
        "  t: {mechanism: dependency}\n  u: {mechanism: dependency}\n");
    const double truth[FS_LATENCY_PARTS + 1] = {0, 4e9, 4e9, 0, 0, 3e9};
    const double *part = p99_parts(&b, "web");
    assert_true(number(&b, "traffic.web.latency.max") == 11);
    for (int k = 0; k <= FS_LATENCY_PARTS; k++)
        assert_true(fabs(part[k] - truth[k]) < 1);
    drop(&b);
}

/* ---- hand-overs ----------------------------------------------------------------------------- */

/* Ten executions. A step sends to a queue, whose messages take 5 s one after another, and is done
 * at once; another tells a bus, which delivers to two; a last one is a workflow whose step sends
 * three messages to a queue that nobody reads. The executions end at 1 s, their messages live on
 * with the executions' age: the n-th is done at 5 n s. */
static void a_step_is_done_when_a_queue_or_a_bus_has_taken_it(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 2min}\ntraffic:\n  web:\n    arrivals: {burst: {size: 10, at: 0s}}\n    "
        "client: {retry: none}\n    path: [flow]\n    work: {audit: {io: 2s}}\ncomponents:\n"
        "  flow: {mechanism: workflow, steps: {first: {path: [table], work: {table: {io: 1s}}}, "
        "send: {path: [queue, worker], work: {worker: {io: 5s}}}, tell: {path: [bus, log], work: "
        "{log: {io: 3s}}}, rest: {path: [other]}}}\n"
        "  other: {mechanism: workflow, steps: {many: {path: [heap], times: 3}}}\n"
        "  table: {mechanism: dependency}\n  heap: {platform: aws-sqs, sink: true}\n"
        "  queue: {platform: aws-sqs, visibility_timeout: 5min}\n  pull: {mechanism: poller, from: "
        "queue, to: worker, batch_size: 1, start_concurrency: 1, maximum: 1, ramp: 0/s, "
        "idle_pollers: 0, long_poll: 20s, throttle_wait: 1s, throttle_wait_max: 1s}\n"
        "  bus: {mechanism: relay, errors: none, refusals: none, targets: [{path: [audit]}]}\n"
        "  log: {mechanism: dependency}\n  audit: {mechanism: service, tasks: 1, cpu: 1}\n"
        "  worker: {mechanism: service, tasks: 1, cpu: 1}\n");
    assert_count(&b, "traffic.web.completed", 10);
    assert_true(number(&b, "traffic.web.latency.max") == 1);
    assert_count(&b, "traffic.web/flow:send/queue.completed", 10);
    assert_true(number(&b, "traffic.web/flow:send/queue.latency.max") == 1 + 50);
    assert_true(number(&b, "traffic.web/flow:tell/bus.latency.mean") == 1 + 3);
    assert_true(number(&b, "traffic.web/flow:tell/bus:audit.latency.mean") == 1 + 2);
    assert_count(&b, "traffic.web/flow:rest/other:many/heap.arrived", 30);
    assert_count(&b, "components.heap.visible.last", 30);
    assert_count(&b, "components.worker.completed", 10);
    drop(&b);
}

/* What a queue in order has had it does not keep again: the call that took too long is made again,
 * with the same message. */
static void a_call_that_is_made_again_sends_the_same_message(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  web:\n    arrivals: {burst: {size: 4, at: 0s}}\n    "
        "client: {retry: none}\n    path: [flow]\ncomponents:\n  flow: {mechanism: workflow, "
        "steps: "
        "{send: {path: [door, queue], timeout: 150ms, retry: {fixed: {attempts: 2, wait: 0s}}}}}\n"
        "  door: {mechanism: gateway, overhead: 200ms}\n"
        "  queue: {platform: aws-sqs-fifo, sink: true}\n");
    assert_count(&b, "components.flow.failed", 4);
    assert_count(&b, "components.queue.sent", 4);
    assert_count(&b, "components.queue.deduplicated", 4);
    assert_count(&b, "traffic.web/flow:send/queue.arrived", 4);
    drop(&b);
}

/* ---- what stands behind it ------------------------------------------------------------------ */

/* Five requests, 10 s apart, and a workflow of two calls of 1 s beside each other, which fail from
 * 40 s on. Four go on to what takes 2 s when their workflow is done, 3 s in all; the fifth, at 41
 * s, does not. An execution is under way for its own 1 s alone: 5 s of 50 s. */
static void what_stands_behind_it_is_asked_when_it_is_done(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 50s}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s, every: "
        "10s}}\n    client: {retry: none}\n    path: [flow, table]\n    work: {table: {io: 2s}}\n"
        "components:\n  flow: {mechanism: workflow, steps: {a: {path: [one]}, b: {path: [one], "
        "after: [start]}}}\n  one: {mechanism: dependency, latency: 1s}\n"
        "  table: {mechanism: dependency}\n"
        "events:\n  - {at: 40s, errors: {component: one, probability: 100%%}}\n");
    assert_count(&b, "traffic.web.completed", 4);
    assert_count(&b, "traffic.web.failed", 1);
    assert_ns(&b, "traffic.web.latency.mean", 3e9);
    assert_count(&b, "components.table.completed", 4);
    assert_count(&b, "components.flow.completed", 4);
    assert_ns(&b, "components.flow.latency.max", 1e9);
    assert_true(fabs(number(&b, "components.flow.in_flight.mean") - 5. / 50) < 1e-9);
    drop(&b);
}

/* What hands over stands behind it as behind anything else, and is drawn work for: the workflow is
 * done after 1 s, and each message works 2 s. */
static void a_queue_behind_it_is_sent_to(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  web:\n    arrivals: {burst: {size: 3, at: 0s}}\n"
        "    client: {retry: none}\n    path: [flow, queue, worker]\n    work: {worker: {io: 2s}}\n"
        "components:\n  flow: {mechanism: workflow, steps: {a: {path: [one]}}}\n"
        "  one: {mechanism: dependency, latency: 1s}\n"
        "  queue: {platform: aws-sqs, visibility_timeout: 5min}\n  pull: {mechanism: poller, from: "
        "queue, to: worker, batch_size: 1, start_concurrency: 1, maximum: 1, ramp: 0/s, "
        "idle_pollers: 0, long_poll: 20s, throttle_wait: 1s, throttle_wait_max: 1s}\n"
        "  worker: {mechanism: service, tasks: 1, cpu: 1}\n");
    assert_count(&b, "traffic.web.completed", 3);
    assert_ns(&b, "traffic.web.latency.max", 1e9);
    assert_count(&b, "traffic.web/queue.completed", 3);
    assert_ns(&b, "traffic.web/queue.latency.max", 1e9 + 3 * 2e9);
    drop(&b);
}

/* ---- mistakes ------------------------------------------------------------------------------- */

static void steps_that_cannot_be_done_are_refused(void **state)
{
    (void)state;
#define STEPS(steps)                                                                               \
    "traffic:\n  web:\n    arrivals: {burst: {size: 1, at: 1s}}\n    client: {retry: none}\n"      \
    "    path: [flow]\ncomponents:\n  flow: {mechanism: workflow, steps: {" steps "}}\n"           \
    "  table: {mechanism: dependency}\n  queue: {platform: aws-sqs, sink: true}\n"
    assert_refused(STEPS(""), "a workflow has 1 to 100 steps");
    assert_refused(STEPS("a: {path: [table], after: [b]}, b: {wait: 1s}"), "wait for each other");
    assert_refused(STEPS("a: {path: [table], after: [c]}"), "which is no step to wait for");
    assert_refused(STEPS("a: {path: [table], catch: c}"), "caught by 'c', which is no step");
    assert_refused(STEPS("a: {path: [table], catch: c}, b: {path: [table], catch: c}, c: {}"),
                   "catches failures of 2 steps");
    assert_refused(STEPS("a: {path: [table], catch: c}, c: {after: [a]}"), "comes after nothing");
    assert_refused(STEPS("a: {times: 3}"), "calls nothing: it needs a 'path'");
    assert_refused(STEPS("a: {path: [queue, table]}"),
                   "nothing pulls from 'queue', so 'table' would never be asked");
    assert_refused(STEPS("a: {path: [again, table]}}}\n  again: {mechanism: relay, errors: none, "
                         "refusals: none, targets: [{path: [flow]}], duplicates: {share: 0%"),
                   "'flow' stands twice on the path");
    assert_refused(STEPS("a: {path: [table, table]}"), "'a' has 'table' twice on its path");
    assert_refused(STEPS("a: {path: [table], work: {queue: {io: 1s}}}"),
                   "which is not on its path");
    assert_refused(STEPS("a: {path: [flow]}"), "the workflow calls itself");
    assert_refused(STEPS("a: {path: [other]}}}\n  other: {mechanism: workflow, steps: {a: {path: "
                         "[flow]}"),
                   "the workflow calls itself");
    assert_refused(STEPS("a: {path: [nowhere]}"), "there is no component 'nowhere'");
    assert_refused(STEPS("a: {}}, start_rate: 5/s}\n  other: {mechanism: workflow, steps: {a: {}"),
                   "go together");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_follow_each_other),
        cmocka_unit_test(branches_run_beside_each_other_and_join),
        cmocka_unit_test(a_map_makes_so_many_calls_at_once),
        cmocka_unit_test(a_join_waits_for_the_longest),
        cmocka_unit_test(a_choice_is_made_with_its_probability),
        cmocka_unit_test(workflows_call_workflows),
        cmocka_unit_test(retries_back_off_as_the_language_says),
        cmocka_unit_test(a_catch_does_another_step_instead),
        cmocka_unit_test(a_workflow_may_go_on_after_a_failure),
        cmocka_unit_test(a_step_waits_for_a_call_so_long),
        cmocka_unit_test(an_execution_has_a_time_limit),
        cmocka_unit_test(the_first_failure_ends_it),
        cmocka_unit_test(an_execution_makes_no_more_than_so_many_transitions),
        cmocka_unit_test(starts_are_refused_and_transitions_wait),
        cmocka_unit_test(work_that_is_too_long_is_cut_into_chunks),
        cmocka_unit_test(work_of_steps_is_the_same_at_every_attempt),
        cmocka_unit_test(transitions_cost_what_the_price_list_says),
        cmocka_unit_test(express_workflows_cost_requests_and_duration),
        cmocka_unit_test(long_express_workflows_reach_the_second_tier),
        cmocka_unit_test(the_parts_of_an_execution_are_those_of_what_was_waited_for),
        cmocka_unit_test(a_step_is_done_when_a_queue_or_a_bus_has_taken_it),
        cmocka_unit_test(a_call_that_is_made_again_sends_the_same_message),
        cmocka_unit_test(what_stands_behind_it_is_asked_when_it_is_done),
        cmocka_unit_test(a_queue_behind_it_is_sent_to),
        cmocka_unit_test(steps_that_cannot_be_done_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
