/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a request costs in whole scenarios, everything recorded: all series, latency percentiles of
 * 600 intervals, parts, cost. Building the world and pricing its bill are in the time, reading the
 * scenario is not. The answer is the mean latency in ms, but where a case says otherwise.
 */
#include "bench.h"
#include "bill.h"
#include "save.h"
#include "scenario.h"
#include "study.h"
#include "world.h"
#include <unistd.h>

/* Traffic of `rate`; the text is filled in with the length of the run, replications and the rate.
 */
struct scene {
    double rate;
    const char *text;
};

#define HEAD                                                                                       \
    "fleetsim: 1\n"                                                                                \
    "run: {length: %.6fs, replications: %d, seed: 1}\n"                                            \
    "account: {concurrency: 10000000}\n"                                                           \
    "traffic:\n"                                                                                   \
    "  web:\n"                                                                                     \
    "    arrivals: {poisson: {rate: %.6f/s}}\n"                                                    \
    "    client: {retry: none}\n"

/* Environments are kept for 600 s and start in a mean of 400 ms. */
#define POOL                                                                                       \
    HEAD "    path: [worker]\n"                                                                    \
         "    work: {worker: {cpu: {lognormal: {mean: 100ms, cv: 0.5}}}}\n"                        \
         "components:\n"                                                                           \
         "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 900s, keep_alive: 600s,\n"     \
         "           cold_start: {lognormal: {mean: 400ms, cv: 0.5}}, scale_rate: 0/s}\n"

/* 100/s on each task: a load of 0.8. */
#define SERVICE(tasks, io)                                                                         \
    HEAD "    path: [tasks]\n"                                                                     \
         "    work: {tasks: {cpu: {exponential: {mean: 8ms}}" io "}}\n"                            \
         "components:\n"                                                                           \
         "  tasks: {platform: aws-fargate, tasks: " tasks ", cpu: 1, memory: 2GB,\n"               \
         "          max_in_flight: 1000, balancing: least_outstanding_requests}\n"

#define IO ", io: {exponential: {mean: 50ms}}"

#define QUEUE                                                                                      \
    HEAD "    path: [queue, worker, table]\n"                                                      \
         "    work:\n"                                                                             \
         "      worker: {cpu: {lognormal: {mean: 100ms, cv: 0.5}}}\n"                              \
         "      table: {io: {exponential: {mean: 5ms}}}\n"                                         \
         "components:\n"                                                                           \
         "  queue: {platform: aws-sqs, visibility_timeout: 180s}\n"                                \
         "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1}\n"    \
         "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 30s}\n"                        \
         "  table: {mechanism: service, tasks: 1, cpu: 1}\n"

static const struct scene pool_50 = {50, POOL}, pool_5000 = {5000, POOL},
                          pool_500000 = {500000, POOL}, queue_5000 = {5000, QUEUE},
                          cpu_10 = {1e3, SERVICE("10", "")}, io_10 = {1e3, SERVICE("10", IO)},
                          cpu_1000 = {1e5, SERVICE("1000", "")},
                          io_1000 = {1e5, SERVICE("1000", IO)},
                          cpu_10000 = {1e6, SERVICE("10000", "")},
                          io_10000 = {1e6, SERVICE("10000", IO)};

/* ---- reading -------------------------------------------------------------------------------- */

static void refuse(struct fs_report *report, const struct fs_failure *failure)
{
    fs_report_print(report, stderr, false);
    fprintf(stderr, "%s\n", failure->text);
    exit(2);
}

static struct fs_scenario *parse(struct fs_arena *arena, const struct scene *scene,
                                 uint64_t requests, int replications)
{
    struct fs_report *report = fs_report_new(arena);
    struct fs_scenario *scenario;
    struct fs_failure failure = {""};
    char text[4096];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, scene->text, (double)requests / scene->rate, replications,
             scene->rate);
#pragma GCC diagnostic pop
    if (fs_scenario_parse(arena, "bench", text, NULL, 0, NULL, &scenario, report, &failure))
        refuse(report, &failure);
    return scenario;
}

static uint64_t arrived(const struct fs_record *record, const char *class)
{
    return (uint64_t)fs_record_series(record, "traffic", class, "arrived")->total;
}

/* What has passed a queue is latency of the class behind it. */
static double mean_ms(const struct fs_record *record, const char *class)
{
    const struct fs_series *behind = fs_record_series(record, "traffic", "web/queue", "latency");
    if (!behind) behind = fs_record_series(record, "traffic", class, "latency");
    return fs_histogram_mean(behind->histogram) / 1e6;
}

/* ---- one world ------------------------------------------------------------------------------ */

static void run_scene(const struct bench *bench, uint64_t requests)
{
    struct fs_arena *arena = fs_arena_new();
    const struct fs_scenario *scenario = parse(arena, bench->with, requests, 1);
    const struct fs_variant_spec *spec = &scenario->variant[0].spec;
    const double start = bench_cpu();
    struct fs_world *world = fs_world_new(spec, 1, 0, NULL);
    struct fs_record *record = fs_world_run(world);
    struct fs_bill *bill = fs_bill_new(spec, record);
    fs_world_free(world);
    const double cost = bench_cpu() - start;
    bench_print(cost, arrived(record, "web"), mean_ms(record, "web"));
    fs_bill_free(bill);
    fs_record_free(record);
    fs_arena_free(arena);
}

/* ---- cores: four replications, by the clock on the wall -------------------------------------- */

static const int one = 1, two = 2;

static void run_cores(const struct bench *bench, uint64_t requests)
{
    struct fs_arena *arena = fs_arena_new();
    const struct fs_scenario *scenario = parse(arena, &pool_5000, requests / 4, 4);
    const struct fs_study_options options = {.threads = *(const int *)bench->with};
    const double start = bench_wall();
    struct fs_study *study = fs_study_run(scenario, &options);
    const double cost = bench_wall() - start;
    uint64_t n = 0;
    for (int i = 0; i < 4; i++)
        n += arrived(study->variant[0].record[i], "web");
    bench_print(cost, n, mean_ms(study->variant[0].record[3], "web"));
    fs_study_free(study);
    fs_arena_free(arena);
}

/* ---- the trace of 500 functions, and its results file --------------------------------------- */

static const bool running = false, writing = true;

static void run_trace(const struct bench *bench, uint64_t ignored)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure = {""};
    const struct fs_study_options options = {.threads = 1};
    struct fs_scenario *scenario;
    char path[] = "/tmp/fleetsim-bench-XXXXXX";
    (void)ignored;
    if (fs_scenario_read(arena, FS_SOURCE_DIR "/scenarios/traces/azure-2019.yaml", NULL, 0,
                         "limit_1000", &scenario, report, &failure))
        refuse(report, &failure);
    const double start = bench_cpu();
    struct fs_study *study = fs_study_run(scenario, &options);
    const double ran = bench_cpu();
    const int file = mkstemp(path);
    if (file < 0 || fs_study_save(study, path, &failure) != FS_OK) refuse(report, &failure);
    const double saved = bench_cpu();
    const struct fs_record *record = study->variant[0].record[0];
    bench_print(*(const bool *)bench->with ? saved - ran : ran - start, arrived(record, "calls"),
                mean_ms(record, "calls"));
    close(file);
    unlink(path);
    fs_study_free(study);
    fs_arena_free(arena);
}

#define REQUESTS(name, count, few, scene, what)                                                    \
    {                                                                                              \
        name, "request", count, few, run_scene, scene, what                                        \
    }

static const struct bench cases[] = {
    REQUESTS("pool-50", 10000000, 200000, &pool_50, "function pool, 50/s"),
    REQUESTS("pool-5000", 10000000, 200000, &pool_5000, "function pool, 5,000/s"),
    REQUESTS("pool-500000", 350000000, 0, &pool_500000, "function pool, 500,000/s over 700 s"),
    REQUESTS("queue-5000", 5000000, 100000, &queue_5000, "queue, function, table; 5,000/s"),
    REQUESTS("service-10-cpu", 5000000, 100000, &cpu_10, "10 tasks, 1,000/s, CPU"),
    REQUESTS("service-10-io", 5000000, 100000, &io_10, "10 tasks, 1,000/s, CPU and I/O"),
    REQUESTS("service-1000-cpu", 5000000, 100000, &cpu_1000, "1,000 tasks, 100,000/s, CPU"),
    REQUESTS("service-1000-io", 5000000, 100000, &io_1000, "1,000 tasks, 100,000/s, CPU and I/O"),
    REQUESTS("service-10000-cpu", 5000000, 100000, &cpu_10000, "10,000 tasks, 1,000,000/s, CPU"),
    REQUESTS("service-10000-io", 5000000, 100000, &io_10000, "10,000 tasks, 1,000,000/s, and I/O"),
    {"trace", "request", 3037902, 0, run_trace, &running, "500 functions of a trace over 8 h"},
    {"trace-write", "request", 3037902, 0, run_trace, &writing, "its results file"},
    {"cores-1", "request", 20000000, 0, run_cores, &one, "4 x 5,000/s on 1 thread, wall clock"},
    {"cores-2", "request", 20000000, 0, run_cores, &two, "4 x 5,000/s on 2 threads, wall clock"},
    {.name = NULL}};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, cases);
}
