/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is written for a path and would be ignored is said: work above all, which is silent where
 * nothing does it.
 */
#include "build.h"

#include <unistd.h>

#define POOL                                                                                       \
    "{mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, timeout: "    \
    "20s, cold_start: 0s, keep_alive: 10min, scale_burst: 1000, scale_rate: 0/s}\n"

/* ---- a trace's durations --------------------------------------------------------------------- */

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    fclose(file);
}

/* What a trace measured is the work of the first hop that does any: work for that one is never
 * drawn, for the others it is. The gateway only passes on. */
static void work_where_a_trace_says_it_is_never_done(void **state)
{
#define TRACED(arrivals, work)                                                                     \
    "traffic:\n  web:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n"                  \
    "    path: [gate, worker, table]\n    work: {" work ": {io: 2s}}\ncomponents:\n"               \
    "  gate: {mechanism: gateway}\n  worker: " POOL "  table: {mechanism: dependency}\n"
    char folder[] = "/tmp/fleetsim-paths-XXXXXX", before[4096];
    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_true(mkdtemp(folder) && chdir(folder) == 0);
    write_file("calls.csv", "app,func,end_timestamp,duration\na,f,1.5,0.5\n");
    write_file("minutes.csv", "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,3,4\n");
    assert_warned(TRACED("azure2021: {file: calls.csv}", "worker"),
                  "'worker' works as long as the trace says, this work is never done");
    assert_warned(TRACED("azure2021: {file: calls.csv}", "table"), NULL);
    assert_warned(TRACED("azure2019: {invocations: minutes.csv}", "worker"), NULL);
    struct built b =
        run_text("run: {length: 1min}\n" TRACED("azure2021: {file: calls.csv}", "table"));
    assert_true(number(&b, "traffic.web.latency.max") == 0.5 + 2);
    drop(&b);
    unlink("calls.csv");
    unlink("minutes.csv");
    assert_true(chdir(before) == 0 && rmdir(folder) == 0);
}

/* ---- steps of a workflow --------------------------------------------------------------------- */

/* What a step calls works as the step says; only what its queue is read into, which stands on no
 * step's path alone, works as the class says as well. */
static void work_for_what_a_step_calls_is_never_done(void **state)
{
#define STEP(work)                                                                                 \
    "traffic:\n  web:\n    arrivals: {constant: {rate: 1/s}}\n    client: {retry: none}\n"         \
    "    path: [flow]\n    work: {" work ": {io: 1s}}\ncomponents:\n"                              \
    "  flow: {mechanism: workflow, steps: {a: {path: [first, queue, worker]}, b: {path: "          \
    "[inner]}}}\n  inner: {mechanism: workflow, steps: {c: {path: [second, heap]}}}\n"             \
    "  first: {mechanism: dependency}\n  second: {mechanism: dependency}\n"                        \
    "  queue: {platform: aws-sqs}\n  heap: {platform: aws-sqs, sink: true}\n"                      \
    "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1}\n"         \
    "  worker: " POOL
    (void)state;
    assert_warned(STEP("worker"), NULL);
    assert_warned(STEP("flow"), NULL);
    assert_warned(STEP("first"), "'first' is not on the path, its work is never done");
    assert_warned(STEP("second"), "'second' is not on the path, its work is never done");
    assert_warned(STEP("inner"), "'inner' is not on the path, its work is never done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_where_a_trace_says_it_is_never_done),
        cmocka_unit_test(work_for_what_a_step_calls_is_never_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
