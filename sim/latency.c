/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An interval touches a few dozen of 7,296 bins, so closing one must not walk them all. The list
 * of touched bins is put in order through a bitmap: one pass over the list, one over 114 words.
 *
 * The open interval's counters have 32 bits to stay in the cache. One that goes round is back at
 * 0 and is touched again, so every further touch of a bin stands for 2^32 values, and so does a
 * touched bin that is found at 0: nothing is lost and the hot path does not look.
 *
 * Sums of parts are doubles: exact up to 2^53 ns, then rounded, and never overflowing, whatever
 * the queue and the number of requests. They are added in the order of events, hence the same on
 * every machine.
 */
#include "latency.h"
#include <math.h>
#include <stdbool.h>

#define ROUND ((uint64_t)1 << 32)
#define WORDS (FS_HISTOGRAM_BINS / 64)
/* Room for counters that went round: 4,096 times 2^32 values an interval. */
#define TOUCHES (FS_HISTOGRAM_BINS + 4096)

_Static_assert(FS_HISTOGRAM_BINS % 64 == 0, "the bitmap has no part of a word");

void fs_latency_new(struct fs_latency *latency, struct fs_arena *arena)
{
    *latency = (struct fs_latency){
        .bin = fs_arena_alloc(arena, FS_HISTOGRAM_BINS * sizeof *latency->bin),
        .touched = fs_arena_alloc(arena, TOUCHES * sizeof *latency->touched),
        .min = INT64_MAX,
        .arena = arena,
    };
}

void fs_latency_parts(struct fs_latency *latency, fs_time value,
                      const fs_time parts[FS_LATENCY_PARTS])
{
    if (!latency->part)
        latency->part = fs_arena_alloc(latency->arena, FS_HISTOGRAM_BINS * sizeof *latency->part);
    double *sum = latency->part[fs_histogram_index(value)].sum;
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        sum[k] += (double)parts[k];
}

/* Set the bits of the touched bins and count the interval's values. Repeated touches are moved to
 * the front of the list; their number is returned. */
static int mark(struct fs_latency *latency, uint64_t set[WORDS], uint64_t *count)
{
    int repeated = 0;
    for (int k = 0; k < latency->n_touched; k++) {
        const uint16_t i = latency->touched[k];
        const uint64_t bit = (uint64_t)1 << (i % 64);
        const bool first = !(set[i / 64] & bit);
        *count += first && latency->bin[i] ? latency->bin[i] : ROUND;
        if (!first) latency->touched[repeated++] = i;
        set[i / 64] |= bit;
    }
    return repeated;
}

/* Move one touched bin into the run; returns its count. */
static uint64_t fold(struct fs_latency *latency, int i, int repeated)
{
    uint64_t n = latency->bin[i] ? latency->bin[i] : ROUND;
    for (int k = 0; k < repeated; k++)
        if (latency->touched[k] == i) n += ROUND;
    latency->bin[i] = 0;
    latency->run->bin[i] += n;
    return n;
}

/* What the run keeps beside its bins; then an empty interval. */
static void fold_totals(struct fs_latency *latency, uint64_t count)
{
    struct fs_histogram *run = latency->run;
    if (run->count == 0 || latency->min < run->min) run->min = latency->min;
    if (run->count == 0 || latency->max > run->max) run->max = latency->max;
    run->count += count;
    run->sum += latency->sum;
    latency->n_touched = 0;
    latency->min = INT64_MAX;
    latency->max = 0;
    latency->sum = 0;
}

uint64_t fs_latency_close(struct fs_latency *latency, int n, const double *p, double *out)
{
    for (int k = 0; k < n; k++)
        out[k] = (double)NAN;
    if (latency->n_touched == 0) return 0;
    if (!latency->run) latency->run = fs_arena_alloc(latency->arena, sizeof *latency->run);

    uint64_t set[WORDS] = {0}, count = 0, below = 0;
    const int repeated = mark(latency, set, &count);
    int k = 0;
    for (int word = 0; word < WORDS; word++) {
        for (uint64_t bits = set[word]; bits; bits &= bits - 1) {
            const int i = 64 * word + __builtin_ctzll(bits);
            below += fold(latency, i, repeated);
            for (; k < n && fs_histogram_rank(count, p[k]) <= below; k++)
                out[k] = (double)fs_histogram_within(i, latency->min, latency->max);
        }
    }
    fold_totals(latency, count);
    return count;
}

struct fs_part_sums *fs_latency_part_sums(const struct fs_latency *latency, struct fs_arena *arena)
{
    const struct fs_histogram *run = latency->run;
    if (!latency->part || !run || run->count == 0) return NULL;
    const int first = fs_histogram_index(run->min), last = fs_histogram_index(run->max);
    size_t n = 0;
    for (int i = first; i <= last; i++)
        n += run->bin[i] != 0;
    struct fs_part_sums *kept = fs_arena_alloc(arena, n * sizeof *kept), *to = kept;
    for (int i = first; i <= last; i++)
        if (run->bin[i]) *to++ = latency->part[i];
    return kept;
}
