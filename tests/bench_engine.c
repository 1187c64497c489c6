/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the engine costs through its public calls: bench_engine [--json] [--small]
 *   mm1     M/M/1 at 90 % load: two events a customer, each with a handle; a queue of arrival
 *           times; every response time goes into a histogram's bin.
 *   hold    N events pending, each schedules its successor one exponential time ahead.
 * Figures are medians of five runs in processor time. --small is for counting instructions: 200,000
 * customers and nothing else. A mean response far from theory ends the program with 1.
 */
#include "histogram.h"
#include "rng.h"
#include "sim.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS    5
#define SERVICE FS_MS
#define LOAD    0.9
#define WAITING 4096 /* P(more at 90 % load) is 0.9^4096 */

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, RUNS, sizeof *values, by_size);
    return values[RUNS / 2];
}

static fs_time draw(struct fs_stream *stream, double mean)
{
    return fs_nanoseconds(mean * fs_exponential(stream));
}

/* ---- M/M/1 -------------------------------------------------------------------------------- */

struct queue {
    struct fs_stream stream;
    uint64_t to_come;
    uint32_t first, last; /* head and tail of the ring, never wrapped */
    fs_event arrival, departure;
    double sum;
    uint64_t count;
    fs_time since[WAITING];
    uint64_t bin[FS_HISTOGRAM_BINS];
};

static void depart(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct queue *q = self;
    const fs_time response = fs_now(sim) - q->since[q->first++ % WAITING];
    q->bin[fs_histogram_index(response)]++;
    q->count++;
    q->sum += (double)response;
    if (q->first != q->last)
        q->departure = fs_schedule(sim, fs_now(sim) + draw(&q->stream, SERVICE), depart, q, 0);
}

static void arrive(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct queue *q = self;
    if (--q->to_come > 0)
        q->arrival = fs_schedule(sim, fs_now(sim) + draw(&q->stream, SERVICE / LOAD), arrive, q, 0);
    fs_assert(sim, q->last - q->first < WAITING);
    q->since[q->last++ % WAITING] = fs_now(sim);
    if (q->last - q->first == 1)
        q->departure = fs_schedule(sim, fs_now(sim) + draw(&q->stream, SERVICE), depart, q, 0);
}

/* Processor time for a customer; the mean response is left in `mean`, in service times. */
static double mm1(uint64_t customers, uint64_t seed, double *mean)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct queue *q = fs_arena_alloc(fs_sim_arena(sim), sizeof *q);
    fs_stream_new(&q->stream, fs_key(seed, "bench", "mm1", 0));
    q->to_come = customers;
    const double start = cpu_ns();
    fs_schedule(sim, draw(&q->stream, SERVICE / LOAD), arrive, q, 0);
    fs_sim_run(sim, FS_NEVER);
    const double cost = (cpu_ns() - start) / (double)customers;
    fs_assert(sim, q->count == customers && fs_sim_fired(sim) == 2 * customers);
    *mean = q->sum / (double)q->count / (double)SERVICE;
    fs_sim_free(sim);
    return cost;
}

/* Theory: 1/(1 - rho) service times. The standard error of a mean over n customers is
 * sqrt(rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4 / n) (waiting time; W. Whitt, Planning
 * Queueing Simulations, Management Science 35, 1989); five of them, for five runs, are allowed. */
static double mm1_median(uint64_t customers, double *mean)
{
    double cost[RUNS];
    *mean = 0;
    for (int run = 0; run < RUNS; run++) {
        double m;
        cost[run] = mm1(customers, (uint64_t)run, &m);
        *mean += m / RUNS;
    }
    const double r = LOAD, n = (double)customers * RUNS;
    const double error = sqrt(r * (2 + 5 * r - 4 * r * r + r * r * r) / n) / ((1 - r) * (1 - r));
    if (fabs(*mean - 1 / (1 - r)) > 5 * error) {
        fprintf(stderr, "mean response %.4f service times; theory says %.4f\n", *mean, 1 / (1 - r));
        exit(1);
    }
    return median(cost);
}

/* ---- HOLD --------------------------------------------------------------------------------- */

struct hold {
    struct fs_stream stream;
    uint64_t left;
    double mean;
};

static void hold_on(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct hold *h = self;
    fs_schedule(sim, fs_now(sim) + draw(&h->stream, h->mean), hold_on, h, arg);
    if (--h->left == 0) fs_sim_stop(sim);
}

static double hold_median(uint64_t pending, uint64_t times)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct hold h = {.mean = 1e5 * (double)pending};
    fs_stream_new(&h.stream, fs_key(1, "bench", "hold", pending));
    for (uint64_t i = 0; i < pending; i++)
        fs_schedule(sim, draw(&h.stream, h.mean), hold_on, &h, i);
    double cost[RUNS];
    for (int run = -1; run < RUNS; run++) { /* the first one warms up */
        h.left = times;
        const double start = cpu_ns();
        fs_sim_run(sim, FS_NEVER);
        if (run >= 0) cost[run] = (cpu_ns() - start) / (double)times;
    }
    fs_assert(sim, fs_sim_pending(sim) == pending);
    fs_sim_free(sim);
    return median(cost);
}

int main(int argc, char **argv)
{
    static const uint64_t pending[] = {10, 1000, 100000, 1000000, 10000000};
    const bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    double mean;
    if (argc > 1 && strcmp(argv[1], "--small") == 0) {
        mm1(200000, 1, &mean);
        return 0;
    }
    const double cost = mm1_median(10000000, &mean);
    printf(json
               ? "{\"mm1_ns\": %.1f, \"mm1_mean\": %.4f"
               : "M/M/1      %6.1f ns per customer, mean response %.4f service times (theory 10)\n",
           cost, mean);
    for (size_t i = 0; i < sizeof pending / sizeof *pending; i++)
        printf(json ? ", \"hold_%" PRIu64 "_ns\": %.1f" : "HOLD %8" PRIu64 " pending: %6.1f ns\n",
               pending[i], hold_median(pending[i], 2000000));
    if (json) printf("}\n");
    return 0;
}
