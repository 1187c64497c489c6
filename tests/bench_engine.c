/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the engine costs through its public calls.
 *   mm1     M/M/1 at 90 % load: two events a customer, each with a handle; a queue of arrival
 *           times; every response time goes into a histogram's bin. A mean response far from theory
 *           ends the program with 1.
 *   hold    N events pending, each schedules its successor one exponential time ahead.
 *   record  durations into an interval of 5,000, closed with 2, 10 or 100 percentiles.
 *   sample  draws of a distribution.
 */
#include "bench.h"
#include "dist.h"
#include "latency.h"
#include "rng.h"
#include "sim.h"
#include <math.h>

#define SERVICE FS_MS
#define LOAD    0.9
#define WAITING 4096 /* P(more at 90 % load) is 0.9^4096 */

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

/* Theory: 1/(1 - rho) service times. The standard error of a mean over n customers is
 * sqrt(rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4 / n) (waiting time; W. Whitt, Planning
 * Queueing Simulations, Management Science 35, 1989); five of them are allowed. */
static void hold_against_theory(double mean, double n)
{
    const double r = LOAD;
    const double error = sqrt(r * (2 + 5 * r - 4 * r * r + r * r * r) / n) / ((1 - r) * (1 - r));
    if (fabs(mean - 1 / (1 - r)) <= 5 * error) return;
    fprintf(stderr, "mean response %.4f service times; theory says %.4f\n", mean, 1 / (1 - r));
    exit(1);
}

static void mm1(const struct bench *bench, uint64_t customers)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct queue *q = fs_arena_alloc(fs_sim_arena(sim), sizeof *q);
    (void)bench;
    fs_stream_new(&q->stream, fs_key(1, "bench", "mm1", 0));
    q->to_come = customers;
    const double start = bench_cpu();
    fs_schedule(sim, draw(&q->stream, SERVICE / LOAD), arrive, q, 0);
    fs_sim_run(sim, FS_NEVER);
    const double cost = bench_cpu() - start;
    fs_assert(sim, q->count == customers && fs_sim_fired(sim) == 2 * customers);
    const double mean = q->sum / (double)q->count / (double)SERVICE;
    hold_against_theory(mean, (double)customers);
    bench_print(cost, customers, mean);
    fs_sim_free(sim);
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

static double hold_times(struct fs_sim *sim, struct hold *h, uint64_t times)
{
    const double start = bench_cpu();
    h->left = times;
    fs_sim_run(sim, FS_NEVER);
    return bench_cpu() - start;
}

static void hold(const struct bench *bench, uint64_t times)
{
    const uint64_t pending = *(const uint64_t *)bench->with;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct hold h = {.mean = 1e5 * (double)pending};
    fs_stream_new(&h.stream, fs_key(1, "bench", "hold", pending));
    for (uint64_t i = 0; i < pending; i++)
        fs_schedule(sim, draw(&h.stream, h.mean), hold_on, &h, i);
    if (times == bench->count) hold_times(sim, &h, times); /* warms up */
    const double cost = hold_times(sim, &h, times);
    fs_assert(sim, fs_sim_pending(sim) == pending);
    bench_print(cost, times, (double)fs_now(sim) / h.mean);
    fs_sim_free(sim);
}

/* ---- recording and sampling --------------------------------------------------------------- */

#define VALUES      4096
#define INTERVAL    5000
#define PERCENTILES 100

static void record(const struct bench *bench, uint64_t times)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_latency latency;
    struct fs_stream stream;
    fs_time value[VALUES];
    const int n = *(const int *)bench->with;
    double p[PERCENTILES], quantile[PERCENTILES];
    for (int i = 0; i < n; i++)
        p[i] = (i + 1.0) / (n + 1.0);
    fs_stream_new(&stream, fs_key(1, "bench", "record", 0));
    for (int i = 0; i < VALUES; i++)
        value[i] = draw(&stream, 1e8);
    fs_latency_new(&latency, arena);
    const double start = bench_cpu();
    for (uint64_t i = 0; i < times; i++) {
        fs_latency_record(&latency, value[i % VALUES]);
        if (i % INTERVAL == INTERVAL - 1) fs_latency_close(&latency, n, p, quantile);
    }
    fs_latency_close(&latency, n, p, quantile);
    const double cost = bench_cpu() - start;
    bench_print(cost, times, fs_histogram_quantile(latency.run, .99));
    fs_arena_free(arena);
}

static void sample(const struct bench *bench, uint64_t times)
{
    const struct fs_dist *dist = bench->with;
    struct fs_stream stream;
    double sum = 0;
    fs_stream_new(&stream, fs_key(1, "bench", "sample", 0));
    const double start = bench_cpu();
    for (uint64_t i = 0; i < times; i++)
        sum += fs_dist_draw(dist, &stream);
    bench_print(bench_cpu() - start, times, sum / (double)times);
}

static const uint64_t n1 = 10, n3 = 1000, n5 = 100000, n6 = 1000000, n7 = 10000000;
static const int two = 2, ten = 10, hundred = PERCENTILES;
static const struct fs_dist uniform = {.kind = FS_DIST_UNIFORM, .a = 0, .b = 2},
                            exponential = {.kind = FS_DIST_EXPONENTIAL, .a = 1},
                            lognormal = {.kind = FS_DIST_LOGNORMAL, .a = -.125, .b = .5},
                            two_gamma = {.kind = FS_DIST_GAMMA, .a = 2, .b = .5},
                            weibull = {.kind = FS_DIST_WEIBULL, .a = 1.5, .b = 1};

static const struct bench cases[] = {
    {"mm1", "customer", 10000000, 100000, mm1, NULL, "M/M/1 at 90 %, two events with handles"},
    {"hold-10", "hold", 2000000, 100000, hold, &n1, "10 events pending"},
    {"hold-1e3", "hold", 2000000, 100000, hold, &n3, "1,000 events pending"},
    {"hold-1e5", "hold", 2000000, 100000, hold, &n5, "100,000 events pending"},
    {"hold-1e6", "hold", 2000000, 100000, hold, &n6, "1,000,000 events pending"},
    {"hold-1e7", "hold", 2000000, 0, hold, &n7, "10,000,000 events pending"},
    {"record", "value", 20000000, 100000, record, &two, "a duration into an interval, and closing"},
    {"record-10", "value", 20000000, 100000, record, &ten, "the same with 10 percentiles"},
    {"record-100", "value", 20000000, 100000, record, &hundred, "the same with 100"},
    {"sample-uniform", "draw", 20000000, 100000, sample, &uniform, "uniform"},
    {"sample-exponential", "draw", 20000000, 100000, sample, &exponential, "exponential"},
    {"sample-lognormal", "draw", 20000000, 100000, sample, &lognormal, "lognormal, normal within"},
    {"sample-gamma", "draw", 20000000, 100000, sample, &two_gamma, "gamma of shape 2"},
    {"sample-weibull", "draw", 20000000, 100000, sample, &weibull, "Weibull, logarithm within"},
    {.name = NULL}};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, cases);
}
