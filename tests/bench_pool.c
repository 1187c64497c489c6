/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nanoseconds of CPU per request of a function pool with everything recorded: all series, latency
 * percentiles of 600 intervals, parts, cost. Poisson arrivals, lognormal work of mean 100 ms, idle
 * environments kept for 600 s, lognormal start-up of mean 400 ms.
 *
 *   bench_pool [RATE [REQUESTS [RUNS]]]     default 5000 10000000 5; prints the median
 */
#include "bill.h"
#include "scenario.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char form[] =
    "fleetsim: 1\n"
    "run: {length: %.6fs, seed: 1}\n"
    "account: {concurrency: 10000000}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: %.6f/s}}\n"
    "    client: {retry: none}\n"
    "    path: [worker]\n"
    "    work: {worker: {cpu: {lognormal: {mean: 100ms, cv: 0.5}}}}\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 900s, keep_alive: 600s, "
    "cold_start: {lognormal: {mean: 400ms, cv: 0.5}}, scale_rate: 0/s}\n";

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds per request of one run. */
static double run_once(const struct fs_scenario *scenario, int64_t *arrived, int64_t *cold)
{
    const double start = cpu_seconds();
    struct fs_world *world = fs_world_new(&scenario->variant[0].spec, 1, 0, NULL);
    struct fs_record *record = fs_world_run(world);
    struct fs_bill *bill = fs_bill_new(&scenario->variant[0].spec, record);
    fs_world_free(world);
    const double spent = cpu_seconds() - start;
    *arrived = fs_record_series(record, "traffic", "web", "arrived")->total;
    *cold = fs_record_series(record, "traffic", "web", "cold_starts")->total;
    fs_bill_free(bill);
    fs_record_free(record);
    return spent / (double)*arrived * 1e9;
}

int main(int argc, char **argv)
{
    const double rate = argc > 1 ? atof(argv[1]) : 5000;
    const double requests = argc > 2 ? atof(argv[2]) : 1e7;
    const int runs = argc > 3 ? atoi(argv[3]) : 5;
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_scenario *scenario;
    struct fs_failure failure = {""};
    double ns[64];
    int64_t arrived = 0, cold = 0;
    const char *text = fs_arena_format(arena, form, requests / rate, rate);
    if (runs < 1 || runs > 64 ||
        fs_scenario_parse(arena, "bench", text, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        return 2;
    }
    for (int i = 0; i < runs; i++)
        ns[i] = run_once(scenario, &arrived, &cold);
    qsort(ns, (size_t)runs, sizeof ns[0], ascending);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("function pool, %g/s: %.1f ns per request (median of %d; best %.1f, worst %.1f), "
           "%lld requests, %lld cold, peak memory %ld MB\n",
           rate, ns[runs / 2], runs, ns[0], ns[runs - 1], (long long)arrived, (long long)cold,
           usage.ru_maxrss / 1024);
    fs_arena_free(arena);
    return 0;
}
