/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least that the same work can cost here: what fleetsim's figures are divided by to compare
 * machines. A 4-ary heap of (time, sequence), callbacks or none, no handles, one histogram, nothing
 * else recorded; draws and histogram bins are fleetsim's.
 *   bare-mm1    M/M/1 at 90 % load, two events a customer
 *   bare-pool   a function pool: the next arrival in a variable beside a heap of completions; idle
 *               environments on a stack of when they became idle, kept for 600 s
 */
#include "bench.h"
#include "histogram.h"
#include "math.h"
#include "rng.h"

#define ROOM     (1 << 20) /* events, requests, environments; a power of two */
#define ENTRY_ID 24        /* bits */
#define KEEP     INT64_C(600000000000)
#define START    INT64_C(400000000)

struct entry {
    int64_t time;
    uint64_t order; /* sequence << ENTRY_ID | id */
};

struct bare {
    struct entry heap[ROOM];
    int n;
    uint64_t sequence;
    int64_t now;
    struct fs_stream arrivals, work;
    int64_t born[ROOM], idle_since[ROOM];
    uint32_t free[ROOM];
    int n_free, first_idle, n_idle;
    uint64_t bin[FS_HISTOGRAM_BINS];
    double sum;
};

static int is_before(const struct entry *a, const struct entry *b)
{
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void push(struct bare *b, int64_t time, uint32_t id)
{
    const struct entry entry = {time, b->sequence++ << ENTRY_ID | id};
    int i = b->n++;
    for (; i > 0 && is_before(&entry, &b->heap[(i - 1) / 4]); i = (i - 1) / 4)
        b->heap[i] = b->heap[(i - 1) / 4];
    b->heap[i] = entry;
}

static struct entry pop(struct bare *b)
{
    const struct entry root = b->heap[0], last = b->heap[--b->n];
    int i = 0;
    for (int first = 1; first < b->n; first = 4 * i + 1) {
        const int end = first + 4 < b->n ? first + 4 : b->n;
        int least = first;
        for (int k = first + 1; k < end; k++)
            if (is_before(&b->heap[k], &b->heap[least])) least = k;
        if (is_before(&last, &b->heap[least])) break;
        b->heap[i] = b->heap[least];
        i = least;
    }
    b->heap[i] = last;
    return root;
}

static struct bare *new_bare(void)
{
    struct bare *b = calloc(1, sizeof *b);
    if (!b) exit(3);
    fs_stream_new(&b->arrivals, fs_key(1, "bench", "bare", 0));
    fs_stream_new(&b->work, fs_key(1, "bench", "bare", 1));
    for (b->n_free = 0; b->n_free < ROOM; b->n_free++)
        b->free[b->n_free] = (uint32_t)(ROOM - 1 - b->n_free);
    return b;
}

static int64_t after(const struct bare *b, struct fs_stream *stream, double mean)
{
    return b->now + (int64_t)(mean * fs_exponential(stream) + .5);
}

/* ---- M/M/1 ---------------------------------------------------------------------------------- */

enum { ARRIVES, DEPARTS };

static void mm1(const struct bench *bench, uint64_t customers)
{
    struct bare *b = new_bare();
    uint32_t first = 0, last = 0;
    (void)bench;
    const double start = bench_cpu();
    push(b, after(b, &b->arrivals, 1e6 / .9), ARRIVES);
    for (uint64_t left = customers; b->n;) {
        const struct entry event = pop(b);
        b->now = event.time;
        if ((event.order & 1) == ARRIVES) {
            if (--left) push(b, after(b, &b->arrivals, 1e6 / .9), ARRIVES);
            b->born[last++ % ROOM] = b->now;
            if (last - first == 1) push(b, after(b, &b->work, 1e6), DEPARTS);
        } else {
            const int64_t response = b->now - b->born[first++ % ROOM];
            b->bin[fs_histogram_index(response)]++;
            b->sum += (double)response;
            if (first != last) push(b, after(b, &b->work, 1e6), DEPARTS);
        }
    }
    bench_print(bench_cpu() - start, customers, b->sum / (double)customers / 1e6);
    free(b);
}

/* ---- the pool ------------------------------------------------------------------------------- */

static void arrive(struct bare *b)
{
    /* As bench_world's: a mean of 100 ms, a coefficient of variation of 0.5. */
    const double sigma = 0.4723807270774388, mu = 18.420680743952367 - sigma * sigma / 2;
    const int64_t work = (int64_t)(fs_exp(mu + sigma * fs_normal(&b->work)) + .5);
    const uint32_t id = b->free[--b->n_free];
    int64_t start = 0;
    while (b->n_idle && b->idle_since[b->first_idle % ROOM] + KEEP < b->now) {
        b->first_idle++;
        b->n_idle--;
    }
    if (b->n_idle)
        b->n_idle--;
    else
        start = START;
    b->born[id] = b->now;
    push(b, b->now + start + work, id);
}

static void end(struct bare *b, struct entry event)
{
    const uint32_t id = (uint32_t)(event.order & ((1 << ENTRY_ID) - 1));
    b->now = event.time;
    b->bin[fs_histogram_index(b->now - b->born[id])]++;
    b->sum += (double)(b->now - b->born[id]);
    b->free[b->n_free++] = id;
    b->idle_since[(b->first_idle + b->n_idle++) % ROOM] = b->now;
}

static void pool(const struct bench *bench, uint64_t requests)
{
    const double gap = 1e9 / *(const double *)bench->with;
    struct bare *b = new_bare();
    const double start = bench_cpu();
    int64_t next = after(b, &b->arrivals, gap);
    for (uint64_t left = requests; left || b->n;) {
        if (left && (b->n == 0 || next <= b->heap[0].time)) {
            left--;
            b->now = next;
            arrive(b);
            next = after(b, &b->arrivals, gap);
        } else {
            end(b, pop(b));
        }
    }
    bench_print(bench_cpu() - start, requests, b->sum / (double)requests / 1e6);
    free(b);
}

static const double slow = 50, usual = 5000, fast = 500000;

static const struct bench cases[] = {
    {"bare-mm1", "customer", 10000000, 100000, mm1, NULL, "mm1 with nothing that is not needed"},
    {"bare-pool-50", "request", 10000000, 200000, pool, &slow, "pool-50, the same way"},
    {"bare-pool-5000", "request", 10000000, 200000, pool, &usual, "pool-5000"},
    {"bare-pool-500000", "request", 20000000, 0, pool, &fast, "pool-500000, over 40 s"},
    {.name = NULL}};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, cases);
}
