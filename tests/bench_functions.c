/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a call costs when an account has many functions: a trace of 20 minutes in the format of
 * Azure Functions 2019 with hashes of 64 digits, two million calls spread evenly over at most
 * 10,000 of its functions. Reading the trace is not in the time; the peak of memory has it. The
 * answer is the number of cold starts.
 */
#include "bench.h"
#include "scenario.h"
#include "world.h"
#include <unistd.h>

#define MINUTES 20
#define CALLED  10000

static const char scenario_text[] =
    "fleetsim: 1\n"
    "run: {length: 20min, seed: 1}\n"
    "account: {concurrency: 10000000}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {azure2019: {invocations: trace.csv}}\n"
    "    client: {retry: none}\n"
    "    path: [worker]\n"
    "    work: {worker: {cpu: {lognormal: {mean: 100ms, cv: 0.5}}}}\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 900s, keep_alive: 600s,\n"
    "           cold_start: {lognormal: {mean: 400ms, cv: 0.5}}, scale_rate: 0/s}\n";

static FILE *create(const char *folder, const char *name, char path[64])
{
    snprintf(path, 64, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file) exit(3);
    return file;
}

/* Those that are called stand at equal distances. */
static void write_trace(FILE *file, uint64_t functions, uint64_t calls)
{
    const uint64_t called = functions < CALLED ? functions : CALLED;
    fputs("HashOwner,HashApp,HashFunction,Trigger", file);
    for (int minute = 1; minute <= MINUTES; minute++)
        fprintf(file, ",%d", minute);
    for (uint64_t i = 0; i < functions; i++) {
        const uint64_t n = i % (functions / called) == 0 ? calls / MINUTES / called : 0;
        fprintf(file, "\n%064" PRIx64 ",%064" PRIx64 ",%064" PRIx64 ",http", i / 8, i / 4, i);
        for (int minute = 1; minute <= MINUTES; minute++)
            fprintf(file, ",%" PRIu64, n);
    }
    if (fclose(file)) exit(3);
}

static struct fs_scenario *read_scenario(struct fs_arena *arena, uint64_t functions, uint64_t calls)
{
    char folder[] = "/tmp/fleetsim-bench-XXXXXX", trace[64], text[64];
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure = {""};
    struct fs_scenario *scenario;
    if (!mkdtemp(folder)) exit(3);
    write_trace(create(folder, "trace.csv", trace), functions, calls);
    FILE *file = create(folder, "scenario.yaml", text);
    fputs(scenario_text, file);
    fclose(file);
    const int rc = fs_scenario_read(arena, text, NULL, 0, NULL, &scenario, report, &failure);
    unlink(trace);
    unlink(text);
    rmdir(folder);
    if (rc == FS_OK) return scenario;
    fs_report_print(report, stderr, false);
    exit(2);
}

static void run_functions(const struct bench *bench, uint64_t calls)
{
    struct fs_arena *arena = fs_arena_new();
    const uint64_t functions = *(const uint64_t *)bench->with;
    const struct fs_scenario *scenario = read_scenario(arena, functions, calls);
    const double start = bench_cpu();
    struct fs_world *world = fs_world_new(&scenario->variant[0].spec, 1, 0, NULL);
    struct fs_record *record = fs_world_run(world);
    const double cost = bench_cpu() - start;
    bench_print(cost, (uint64_t)fs_record_series(record, "traffic", "web", "arrived")->total,
                (double)fs_record_series(record, "function_pool", "worker", "cold_starts")->total);
    fs_world_free(world);
    fs_record_free(record);
    fs_arena_free(arena);
}

static const uint64_t n0 = 1, n4 = 10000, n6 = 1000000;

static const struct bench cases[] = {
    {"functions-1", "call", 2000000, 0, run_functions, &n0, "one function of a trace"},
    {"functions-1e4", "call", 2000000, 0, run_functions, &n4, "10,000, all of them called"},
    {"functions-1e6", "call", 2000000, 0, run_functions, &n6, "a million, 10,000 of them called"},
    {.name = NULL}};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, cases);
}
