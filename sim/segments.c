/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Merging is exact because all that is kept is integers: the segments of a run do not depend on
 * how often pairs were merged on the way. Bins come from an arena and are not given back; sizes
 * double, so what is lost is at most what is kept.
 */
#include "segments.h"
#include "fail.h"
#include <stdlib.h>
#include <string.h>

struct fs_segments *fs_segments_new(struct fs_arena *arena)
{
    struct fs_segments *segments = fs_arena_alloc(arena, sizeof *segments);
    segments->width = 1;
    segments->arena = arena;
    return segments;
}

static void make_room(struct fs_segments *segments, struct fs_segment *segment, int n)
{
    if (n <= segment->room) return;
    segment->room = 2 * n + 14;
    struct fs_segment_bin *bin =
        fs_arena_alloc(segments->arena, (size_t)segment->room * sizeof *bin);
    if (segment->n_bins) memcpy(bin, segment->bin, (size_t)segment->n_bins * sizeof *bin);
    segment->bin = bin;
}

/* Merge ascending bins from the back, so that one array does. */
static void merge_bins(struct fs_segments *segments, struct fs_segment *into,
                       const struct fs_segment_bin *bin, int n)
{
    int both = 0;
    for (int i = 0, k = 0; i < into->n_bins && k < n;) {
        both += into->bin[i].bin == bin[k].bin;
        if (into->bin[i].bin <= bin[k].bin)
            i++;
        else
            k++;
    }
    make_room(segments, into, into->n_bins + n);
    int i = into->n_bins - 1, k = n - 1, to = into->n_bins + n - both - 1;
    into->n_bins = to + 1;
    for (; k >= 0; to--) {
        if (i >= 0 && into->bin[i].bin > bin[k].bin) {
            into->bin[to] = into->bin[i--];
        } else if (i >= 0 && into->bin[i].bin == bin[k].bin) {
            into->bin[to].bin = bin[k].bin;
            into->bin[to].count = into->bin[i--].count + bin[k--].count;
        } else {
            into->bin[to] = bin[k--];
        }
    }
}

static void merge(struct fs_segments *segments, struct fs_segment *into,
                  const struct fs_segment *from)
{
    if (from->count == 0) return;
    if (into->count == 0 || from->min < into->min) into->min = from->min;
    if (into->count == 0 || from->max > into->max) into->max = from->max;
    into->count += from->count;
    into->sum += from->sum;
    merge_bins(segments, into, from->bin, from->n_bins);
}

static void merge_pairs(struct fs_segments *segments)
{
    for (int i = 0; i < FS_SEGMENTS / 2; i++) {
        struct fs_segment *a = &segments->segment[2 * i];
        merge(segments, a, a + 1);
        segments->segment[i] = *a;
    }
    memset(segments->segment + FS_SEGMENTS / 2, 0, FS_SEGMENTS / 2 * sizeof *segments->segment);
    segments->n = FS_SEGMENTS / 2;
    segments->width *= 2;
}

static int by_bin(const void *a, const void *b)
{
    return (int)((const struct fs_segment_bin *)a)->bin -
           (int)((const struct fs_segment_bin *)b)->bin;
}

/* Sort and join what belongs together; how many are left. */
static int tidy(struct fs_segment_bin *bin, int n)
{
    int kept = 0;
    qsort(bin, (size_t)n, sizeof *bin, by_bin);
    for (int i = 0; i < n; i++) {
        if (kept && bin[kept - 1].bin == bin[i].bin)
            bin[kept - 1].count += bin[i].count;
        else
            bin[kept++] = bin[i];
    }
    return kept;
}

/* `interval`: its bins are tidy, its count is still to be made. */
static void add_tidy(struct fs_segments *segments, struct fs_segment *interval)
{
    if (segments->n == FS_SEGMENTS) merge_pairs(segments);
    for (int i = 0; i < interval->n_bins; i++)
        interval->count += interval->bin[i].count;
    merge(segments, &segments->segment[segments->n], interval);
    if (++segments->filled < segments->width) return;
    segments->filled = 0;
    segments->n++;
}

void fs_segments_add(struct fs_segments *segments, const struct fs_segment_bin *bin, int n,
                     __int128 sum)
{
    struct fs_segment_bin *copy = fs_alloc((size_t)n * sizeof *copy, "a segment");
    if (n) memcpy(copy, bin, (size_t)n * sizeof *copy);
    struct fs_segment interval = {.sum = sum, .bin = copy, .n_bins = tidy(copy, n)};
    if (n) interval.min = fs_histogram_low(copy[0].bin);
    if (n) interval.max = fs_histogram_high(copy[interval.n_bins - 1].bin);
    add_tidy(segments, &interval);
    free(copy);
}

/* Touched bins in order through a bitmap, as latency.c does; a counter that went round leaves a bin
 * touched more than once, or at 0. */
void fs_segments_push(struct fs_segments *segments, const struct fs_latency *latency)
{
    const uint64_t round = (uint64_t)1 << 32;
    uint64_t set[FS_HISTOGRAM_BINS / 64] = {0};
    struct fs_segment_bin *bin =
        fs_alloc(2 * (size_t)latency->n_touched * sizeof *bin, "a segment");
    int n = 0, again = 0;
    struct fs_segment_bin *repeated = bin + latency->n_touched;
    for (int k = 0; k < latency->n_touched; k++) {
        const uint16_t i = latency->touched[k];
        const uint64_t bit = (uint64_t)1 << (i % 64);
        if (set[i / 64] & bit) repeated[again++].bin = i;
        set[i / 64] |= bit;
    }
    for (int word = 0; word < FS_HISTOGRAM_BINS / 64; word++) {
        for (uint64_t bits = set[word]; bits; bits &= bits - 1) {
            const int i = 64 * word + __builtin_ctzll(bits);
            bin[n].bin = (uint16_t)i;
            bin[n++].count = latency->bin[i] ? latency->bin[i] : round;
        }
    }
    for (int k = 0; k < again; k++) {
        for (int i = 0; i < n; i++)
            bin[i].count += bin[i].bin == repeated[k].bin ? round : 0;
    }
    struct fs_segment interval = {
        .min = latency->min, .max = latency->max, .sum = latency->sum, .bin = bin, .n_bins = n};
    add_tidy(segments, &interval);
    free(bin);
}
