/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bench program is a table of cases. One process runs one case once, so that its peak of memory
 * is its own and nothing is warm from another; tests/bench.sh repeats, takes medians and counts
 * instructions.
 *   PROGRAM list           name, unit, count, few and what it is, one case a line, by tabs
 *   PROGRAM CASE [COUNT]   ns per unit, units, peak KiB, answer
 * The answer is a number that must stay as it is when something gets faster.
 */
#ifndef FS_TESTS_BENCH_H
#define FS_TESTS_BENCH_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct bench {
    const char *name, *unit;
    uint64_t count; /* units to time */
    uint64_t few;   /* about a third of the units to count instructions of; 0: are not counted */
    void (*run)(const struct bench *bench, uint64_t count);
    const void *with; /* for run() alone */
    const char *what;
};

static double bench_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

__attribute__((unused)) static double bench_cpu(void)
{
    return bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

__attribute__((unused)) static double bench_wall(void)
{
    return bench_clock(CLOCK_MONOTONIC);
}

static void bench_print(double ns, uint64_t units, double answer)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.3f %" PRIu64 " %ld %.9g\n", ns / (double)units, units, usage.ru_maxrss, answer);
}

static int bench_main(int argc, char **argv, const struct bench *cases)
{
    if (argc < 2 || argc > 3) return 2;
    const int list = strcmp(argv[1], "list") == 0;
    for (const struct bench *b = cases; b->name; b++) {
        if (list) {
            printf("%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%s\n", b->name, b->unit, b->count, b->few,
                   b->what);
        } else if (strcmp(argv[1], b->name) == 0) {
            b->run(b, argc > 2 ? (uint64_t)strtod(argv[2], NULL) : b->count);
            return 0;
        }
    }
    return list ? 0 : 2;
}

#endif
