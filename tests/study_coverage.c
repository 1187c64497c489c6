/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Do nominal 95 % intervals cover? Queues whose mean and p99 have a closed form are simulated again
 * and again, each time analysed as the program analyses a run, and the answers are counted: how
 * often an interval was printed, how often a printed one held the truth, how wide it was.
 *   study_coverage [EXPERIMENTS] [THREADS] [NAME]   1000 and 2 unless said; Markdown on stdout;
 * only cells whose name holds NAME All cells use the program's segments, sections, histograms and
 * estimators; those marked "engine" also its engine, from a scenario file's text on. Experiment e
 * of a cell has the key (cell, e).
 *
 * Truths. M/M/1: sojourn exponential with mean 1 / (1 - rho). M/M/c: Erlang C. On/off bursts: an
 * interrupted Poisson process is a renewal process, so G/M/1: sojourn exponential with rate
 * 1 - sigma, sigma = A*(1 - sigma). A burst of n at c servers: job k > c waits Erlang(k - c, c).
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fail.h"
#include "rng.h"
#include "steady.h"
#include "study.h"
#include "view.h"

#define SEED 20261125

enum kind { QUEUE, SERVERS, ONOFF, BURST, ENGINE };

/* Service has mean 1. `unit` is the least length, 4,000 / (1 - load)^2 customers: from four times
 * it on, nearly all intervals must be printed and cover. */
struct cell {
    const char *name;
    enum kind kind;
    double rho;
    int servers;
    double unit;
    double factor; /* of the unit */
};

static const struct cell cells[] = {
    {"M/M/1, 0.5", QUEUE, .5, 1, 16e3, 1. / 16},
    {"M/M/1, 0.5", QUEUE, .5, 1, 16e3, 1. / 4},
    {"M/M/1, 0.5", QUEUE, .5, 1, 16e3, 1},
    {"M/M/1, 0.5", QUEUE, .5, 1, 16e3, 4},
    {"M/M/1, 0.8", QUEUE, .8, 1, 100e3, 1. / 16},
    {"M/M/1, 0.8", QUEUE, .8, 1, 100e3, 1. / 4},
    {"M/M/1, 0.8", QUEUE, .8, 1, 100e3, 1},
    {"M/M/1, 0.8", QUEUE, .8, 1, 100e3, 4},
    {"M/M/1, 0.9", QUEUE, .9, 1, 400e3, 1. / 16},
    {"M/M/1, 0.9", QUEUE, .9, 1, 400e3, 1. / 4},
    {"M/M/1, 0.9", QUEUE, .9, 1, 400e3, 1},
    {"M/M/1, 0.9", QUEUE, .9, 1, 400e3, 4},
    {"M/M/1, 0.95", QUEUE, .95, 1, 1600e3, 1. / 16},
    {"M/M/1, 0.95", QUEUE, .95, 1, 1600e3, 1. / 4},
    {"M/M/1, 0.95", QUEUE, .95, 1, 1600e3, 1},
    {"M/M/1, 0.95", QUEUE, .95, 1, 1600e3, 4},
    {"M/M/10, 0.9", SERVERS, .9, 10, 400e3, 1. / 16},
    {"M/M/10, 0.9", SERVERS, .9, 10, 400e3, 1. / 4},
    {"M/M/10, 0.9", SERVERS, .9, 10, 400e3, 1},
    {"M/M/10, 0.9", SERVERS, .9, 10, 400e3, 4},
    {"on/off bursts, 0.6", ONOFF, .6, 1, 100e3, 1. / 16},
    {"on/off bursts, 0.6", ONOFF, .6, 1, 100e3, 1. / 4},
    {"on/off bursts, 0.6", ONOFF, .6, 1, 100e3, 1},
    {"on/off bursts, 0.6", ONOFF, .6, 1, 100e3, 4},
    {"burst of 100, replications", BURST, 0, 10, 10, 1},
    {"burst of 100, replications", BURST, 0, 10, 10, 4},
    {"M/M/1, 0.8, engine", ENGINE, .8, 1, 100e3, 1. / 4},
    {"M/M/1, 0.8, engine", ENGINE, .8, 1, 100e3, 1},
};
#define N_CELLS ((int)(sizeof cells / sizeof *cells))

struct tally {
    atomic_int printed[2], covered[2];
    double width[2]; /* relative, under the lock */
};

static struct tally tallies[N_CELLS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int next;
static int experiments = 1000;
static const char *only = "";

/* ---- truths --------------------------------------------------------------------------------- */

/* Mean periods of 10 services on and 10 off; the rate while on is twice the load. */
#define PERIOD 10.0

static double onoff_sigma(double rho)
{
    const double rate = 2 * rho, turn = 1 / PERIOD;
    double low = 0, high = 1 - 1e-9;
    for (int i = 0; i < 100; i++) {
        const double x = (low + high) / 2, s = 1 - x;
        const double transform = rate * (s + turn) / (s * s + (rate + 2 * turn) * s + rate * turn);
        *(transform > x ? &low : &high) = x;
    }
    return low;
}

/* Share of sojourns above t in M/M/c with service 1: W is 0 or, with Erlang C's probability,
 * exponential with rate c - a. */
static double servers_above(double rho, int c, double t)
{
    const double a = rho * c;
    double b = 1;
    for (int i = 1; i <= c; i++)
        b = a * b / (i + a * b);
    const double wait = b / (1 - rho * (1 - b)), r = c - a;
    if (fabs(r - 1) < 1e-9) return (1 - wait) * exp(-t) + wait * (1 + t) * exp(-t);
    return (1 - wait) * exp(-t) + wait * (r * exp(-t) - exp(-r * t)) / (r - 1);
}

#define JOBS 100

/* Sojourns of a burst above t, over all jobs. */
static double burst_above(int c, double t)
{
    double above = c * exp(-t);
    for (int m = 1; m <= JOBS - c; m++) {
        /* P(E(m, c) + E(1) > t) = Q(m, ct) + e^-t (c / (c - 1))^m P(m, (c - 1) t) */
        const double tail = gsl_cdf_gamma_P(t, m, 1.0 / (c - 1));
        above += gsl_cdf_gamma_Q(t, m, 1.0 / c);
        if (tail > 0) above += exp(m * log(c / (c - 1.0)) - t + log(tail));
    }
    return above / JOBS;
}

static double p99_of(const struct cell *cell)
{
    double low = 0, high = 1000;
    for (int i = 0; i < 60; i++) {
        const double t = (low + high) / 2;
        const double above = cell->kind == BURST ? burst_above(cell->servers, t)
                                                 : servers_above(cell->rho, cell->servers, t);
        *(above > .01 ? &low : &high) = t;
    }
    return low;
}

static void find_truth(const struct cell *cell, double truth[2])
{
    const int c = cell->servers;
    switch (cell->kind) {
    case QUEUE:
    case ENGINE:
        truth[0] = 1 / (1 - cell->rho);
        truth[1] = log(100) / (1 - cell->rho);
        break;
    case ONOFF:
        truth[0] = 1 / (1 - onoff_sigma(cell->rho));
        truth[1] = truth[0] * log(100);
        break;
    case SERVERS: {
        double a = cell->rho * c, b = 1;
        for (int i = 1; i <= c; i++)
            b = a * b / (i + a * b);
        truth[0] = 1 + b / (1 - cell->rho * (1 - b)) / (c - a);
        truth[1] = p99_of(cell);
        break;
    }
    case BURST:
        truth[0] = 1 + (JOBS - c) * (JOBS - c + 1.0) / 2 / c / JOBS;
        truth[1] = p99_of(cell);
        break;
    }
}

/* ---- experiments ---------------------------------------------------------------------------- */

#define NS 1e6 /* of a service */

struct run {
    struct fs_arena *arena;
    struct fs_latency latency;
    struct fs_segments *segments;
    double segment, next; /* length of one; end of the present */
};

static void begin(struct run *run, double length)
{
    run->arena = fs_arena_new();
    fs_latency_new(&run->latency, run->arena);
    run->segments = fs_segments_new(run->arena);
    run->segment = run->next = length / FS_SEGMENTS;
}

/* A customer that comes at `at`; false when the run is over. */
static bool clock_is(struct run *run, double at)
{
    double none;
    while (at >= run->next) {
        fs_segments_push(run->segments, &run->latency);
        fs_latency_close(&run->latency, 0, NULL, &none);
        if (run->segments->n == FS_SEGMENTS) return false;
        run->next = run->segment * (run->segments->n + 1);
    }
    return true;
}

static void single_server(struct run *run, const struct cell *cell, struct fs_stream *s)
{
    const bool onoff = cell->kind == ONOFF;
    const double rate = onoff ? 2 * cell->rho : cell->rho;
    double at = 0, work = 0, off = fs_exponential(s) * PERIOD; /* on at first */
    for (;;) {
        double gap = fs_exponential(s) / rate;
        for (double start = at; onoff && start + gap > off;) {
            gap -= off - start; /* memoryless: what is left of it goes on after the pause */
            start = off + fs_exponential(s) * PERIOD;
            off = start + fs_exponential(s) * PERIOD;
            work -= start - at;
            at = start;
        }
        at += gap;
        work -= gap;
        if (work < 0) work = 0;
        if (!clock_is(run, at)) return;
        work += fs_exponential(s);
        fs_latency_record(&run->latency, (fs_time)(work * NS));
    }
}

static void many_servers(struct run *run, const struct cell *cell, struct fs_stream *s)
{
    double free_at[64] = {0}, at = 0;
    const int c = cell->servers;
    for (;;) {
        int first = 0;
        at += fs_exponential(s) / (cell->rho * c);
        if (!clock_is(run, at)) return;
        for (int i = 1; i < c; i++)
            first = free_at[i] < free_at[first] ? i : first;
        const double start = free_at[first] > at ? free_at[first] : at;
        free_at[first] = start + fs_exponential(s);
        fs_latency_record(&run->latency, (fs_time)((free_at[first] - at) * NS));
    }
}

static void steady(const struct cell *cell, struct fs_stream *s, struct fs_estimate e[2])
{
    struct run run;
    double sum[FS_SEGMENTS], count[FS_SEGMENTS];
    begin(&run, cell->unit * cell->factor / (cell->rho * cell->servers));
    if (cell->kind == SERVERS)
        many_servers(&run, cell, s);
    else
        single_server(&run, cell, s);
    for (int i = 0; i < FS_SEGMENTS; i++) {
        sum[i] = (double)run.segments->segment[i].sum;
        count[i] = (double)run.segments->segment[i].count;
    }
    const struct fs_segments *const list[] = {run.segments};
    e[0] = fs_steady_mean(sum, count, FS_SEGMENTS, 1, .95);
    e[1] = fs_steady_quantile(list, 1, .99, .95);
    fs_arena_free(run.arena);
}

/* Jobs start as servers get free: the smallest of a heap. */
static void burst(const struct cell *cell, struct fs_stream *s, struct fs_estimate e[2])
{
    const int n = (int)(cell->unit * cell->factor), c = cell->servers;
    struct fs_histogram *h = fs_alloc((size_t)n * sizeof *h, "replications");
    const struct fs_histogram **list = fs_alloc((size_t)n * sizeof *list, "replications");
    double *mean = fs_alloc((size_t)n * sizeof *mean, "replications");
    for (int r = 0; r < n; r++) {
        double at = 0;
        for (int k = 0; k < JOBS; k++) {
            /* All c servers are busy until the last c jobs: the next is free after E(c). */
            if (k >= c) at += fs_exponential(s) / c;
            fs_histogram_record(&h[r], (int64_t)((at + fs_exponential(s)) * NS), 1);
        }
        mean[r] = fs_histogram_mean(&h[r]);
        list[r] = &h[r];
    }
    e[0] = fs_estimate_mean(mean, n, .95);
    e[1] = fs_estimate_quantile(list, n, .99, .95);
    free(mean);
    free(list);
    free(h);
}

static void engine(const struct cell *cell, int experiment, struct fs_estimate e[2])
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_view view;
    struct fs_report *report = fs_report_new(arena);
    const char *text = fs_arena_format(
        arena,
        "fleetsim: 1\n"
        "run: {kind: steady_state, length: %.0fms, intervals: 128, seed: %d}\n"
        "account: {platform: aws}\n"
        "traffic:\n  web:\n    arrivals: {poisson: {rate: %g/s}}\n    client: {retry: none}\n"
        "    path: [one]\n    work: {one: {cpu: {exponential: {mean: 1ms}}}}\n"
        "components:\n  one: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, "
        "max_in_flight: 1, backlog: 1000000}\n",
        cell->unit * cell->factor / cell->rho, SEED + experiment, 1000 * cell->rho);
    if (fs_scenario_parse(arena, "cell", text, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        exit(1);
    }
    const struct fs_study_options how = {.threads = 1};
    struct fs_study *study = fs_study_run(scenario, &how);
    for (int i = 0; i < 2; i++) {
        fs_view_get(arena, &study->variant[0],
                    i ? "traffic.web.latency.p99" : "traffic.web.latency.mean", &view);
        e[i] = (struct fs_estimate){view.estimate.value * 1e9, view.estimate.low * 1e9,
                                    view.estimate.high * 1e9, view.estimate.why};
    }
    fs_study_free(study);
    fs_arena_free(arena);
}

static void experiment(int number, int e)
{
    const struct cell *cell = &cells[number];
    if (!strstr(cell->name, only)) return;
    struct fs_estimate estimate[2];
    struct fs_stream stream;
    double truth[2];
    find_truth(cell, truth);
    fs_stream_new(&stream, fs_key_at(SEED, (uint64_t)number, (uint64_t)e));
    if (cell->kind == BURST)
        burst(cell, &stream, estimate);
    else if (cell->kind == ENGINE)
        engine(cell, e, estimate);
    else
        steady(cell, &stream, estimate);
    struct tally *tally = &tallies[number];
    for (int i = 0; i < 2; i++) {
        const struct fs_estimate *x = &estimate[i];
        if (isnan(x->low) || isnan(x->high)) continue;
        atomic_fetch_add(&tally->printed[i], 1);
        if (x->low <= truth[i] * NS && truth[i] * NS <= x->high)
            atomic_fetch_add(&tally->covered[i], 1);
        pthread_mutex_lock(&lock);
        tally->width[i] += (x->high - x->low) / 2 / (truth[i] * NS);
        pthread_mutex_unlock(&lock);
    }
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void *work(void *arg)
{
    int job;
    (void)arg;
    while ((job = atomic_fetch_add(&next, 1)) < N_CELLS * experiments)
        experiment(N_CELLS - 1 - job / experiments, job % experiments);
    return NULL;
}

/* Where the distribution function of Beta(a, b) reaches p: GSL's own inverse gives up at times. */
static double beta_quantile(double p, double a, double b)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        const double x = (low + high) / 2;
        *(gsl_cdf_beta_P(x, a, b) < p ? &low : &high) = x;
    }
    return low;
}

/* Clopper and Pearson's 99.9 % interval of k in n. */
static void exact(int k, int n, double *low, double *high)
{
    *low = k ? beta_quantile(.0005, k, n - k + 1) : 0;
    *high = k < n ? beta_quantile(.9995, k + 1, n - k) : 1;
}

static bool print_cell(int number, int i)
{
    static const char *const names[] = {"mean", "p99"};
    static const double wrong_most[] = {.07, .08}, least[] = {.935, .92}, most[] = {.965, .97};
    const struct cell *cell = &cells[number];
    const int printed = tallies[number].printed[i], covered = tallies[number].covered[i];
    const double wrong = (double)(printed - covered) / experiments;
    const bool held = cell->factor >= 4;
    double low = 0, high = 1;
    if (printed) exact(covered, printed, &low, &high);
    bool good = wrong <= wrong_most[i];
    if (held) good = good && printed >= .95 * experiments && high >= least[i] && low <= most[i];
    printf("| %s | %.0f | %s | %.1f | ", cell->name, cell->unit * cell->factor, names[i],
           100.0 * printed / experiments);
    if (printed)
        printf("%.1f | %.1f", 100.0 * covered / printed, 100 * tallies[number].width[i] / printed);
    else
        printf("– | –");
    printf(" | %.1f | %s |\n", 100 * wrong, !good ? "MISSED" : held ? "held" : "");
    return good;
}

int main(int argc, char **argv)
{
    experiments = argc > 1 ? atoi(argv[1]) : 1000;
    const int threads = argc > 2 ? atoi(argv[2]) : 2;
    if (argc > 3) only = argv[3];
    pthread_t thread[64];
    struct timespec start, end;
    bool good = true;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < threads && i < 64; i++)
        pthread_create(&thread[i], NULL, work, NULL);
    for (int i = 0; i < threads && i < 64; i++)
        pthread_join(thread[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    puts("| cell | length | of | printed % | coverage % | half-width % | printed and wrong % | |\n"
         "|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < N_CELLS; i++) {
        for (int k = 0; k < 2 && strstr(cells[i].name, only); k++)
            good = print_cell(i, k) && good;
    }
    fprintf(stderr, "%d experiments a cell, seed %d, %.0f s on %d threads: %s\n", experiments, SEED,
            (double)(end.tv_sec - start.tv_sec), threads,
            good ? "all figures held" : "figures MISSED");
    return good ? 0 : 1;
}
