/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nanoseconds of CPU per request of a container service with everything recorded: 1,000 tasks of
 * one vCPU, processor sharing, least outstanding requests, Poisson arrivals, exponential CPU work
 * of 8 ms (at 100,000/s a load of 0.8); alone and with exponential I/O of mean 50 ms.
 *
 *   bench_service [RATE [REQUESTS [RUNS [cpu|io]]]]     default 100000 5000000 5; prints medians
 */
#include "bill.h"
#include "scenario.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char form[] =
    "fleetsim: 1\n"
    "run: {length: %.6fs, seed: 1}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: %.6f/s}}\n"
    "    client: {retry: none}\n"
    "    path: [tasks]\n"
    "    work: {tasks: {cpu: {exponential: {mean: 8ms}}%s}}\n"
    "components:\n"
    "  tasks: {platform: aws-fargate, tasks: 1000, cpu: 1, memory: 2GB, max_in_flight: 1000,\n"
    "    balancing: least_outstanding_requests}\n";

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
static double run_once(const struct fs_scenario *scenario, int64_t *arrived, double *response)
{
    const struct fs_variant_spec *spec = &scenario->variant[0].spec;
    const double start = cpu_seconds();
    struct fs_world *world = fs_world_new(spec, 1, 0, NULL);
    struct fs_record *record = fs_world_run(world);
    struct fs_bill *bill = fs_bill_new(spec, record);
    fs_world_free(world);
    const double spent = cpu_seconds() - start;
    *arrived = fs_record_series(record, "traffic", "web", "arrived")->total;
    *response =
        fs_histogram_mean(fs_record_series(record, "traffic", "web", "latency")->histogram) / 1e6;
    fs_bill_free(bill);
    fs_record_free(record);
    return spent / (double)*arrived * 1e9;
}

static int measure(const char *what, const char *io, double rate, double requests, int runs)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_scenario *scenario;
    struct fs_failure failure = {""};
    double ns[64], response = 0;
    int64_t arrived = 0;
    const char *text = fs_arena_format(arena, form, requests / rate, rate, io);
    if (runs < 1 || runs > 64 ||
        fs_scenario_parse(arena, "bench", text, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        return 2;
    }
    for (int i = 0; i < runs; i++)
        ns[i] = run_once(scenario, &arrived, &response);
    qsort(ns, (size_t)runs, sizeof ns[0], ascending);
    printf("service, %s, %g/s: %.1f ns per request (median of %d; best %.1f, worst %.1f), %lld "
           "requests, mean response %.3f ms\n",
           what, rate, ns[runs / 2], runs, ns[0], ns[runs - 1], (long long)arrived, response);
    fs_arena_free(arena);
    return 0;
}

int main(int argc, char **argv)
{
    const double rate = argc > 1 ? strtod(argv[1], NULL) : 100000;
    const double requests = argc > 2 ? strtod(argv[2], NULL) : 5e6;
    const int runs = argc > 3 ? atoi(argv[3]) : 5;
    const char *which = argc > 4 ? argv[4] : "both";
    int rc = 0;
    if (strcmp(which, "io") != 0) rc = measure("CPU only", "", rate, requests, runs);
    if (strcmp(which, "cpu") != 0 && !rc)
        rc = measure("with I/O", ", io: {exponential: {mean: 50ms}}", rate, requests, runs);
    return rc;
}
