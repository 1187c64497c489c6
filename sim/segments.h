/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What output analysis needs of one long run, in constant memory: 64 to 128 equal-time segments of
 * counts, exact sums and ends, and sparse histograms. When all 128 are full, pairs are merged and a
 * segment is twice as long; so the length of the run need not be known.
 */
#ifndef FS_SIM_SEGMENTS_H
#define FS_SIM_SEGMENTS_H

#include "arena.h"
#include "latency.h"

#define FS_SEGMENTS 128

struct fs_segment_bin {
    uint16_t bin;
    uint64_t count;
};

struct fs_segment {
    uint64_t count;
    int64_t min, max; /* meaningless when count is 0 */
    __int128 sum;
    struct fs_segment_bin *bin; /* ascending */
    int n_bins, room;
};

struct fs_segments {
    struct fs_segment segment[FS_SEGMENTS];
    int n;     /* full ones; what is behind them is still filling */
    int width; /* intervals in a segment */
    int filled;
    struct fs_arena *arena;
};

/* Bins are taken from `arena`. */
struct fs_segments *fs_segments_new(struct fs_arena *arena);

/* One interval more: `n` bins with their counts in any order, a bin maybe more than once; `sum` of
 * all values, which may lie anywhere in their bins. */
void fs_segments_add(struct fs_segments *segments, const struct fs_segment_bin *bin, int n,
                     __int128 sum);
/* The same from a latency's open interval, before it is closed. */
void fs_segments_push(struct fs_segments *segments, const struct fs_latency *latency);

#endif
