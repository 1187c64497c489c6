/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Log-linear histogram of non-negative int64 values (nanoseconds): 128 equal bins an octave, exact
 * below 128. A bin's midpoint is within 1/256 = 0.39 % of every value in it. Counts are integers,
 * so merging is exact and independent of order. As HdrHistogram, sized for 0 .. 2^63-1.
 */
#ifndef FS_SIM_HISTOGRAM_H
#define FS_SIM_HISTOGRAM_H

#include <stdint.h>

#define FS_HISTOGRAM_BITS 7
#define FS_HISTOGRAM_BINS ((64 - FS_HISTOGRAM_BITS) << FS_HISTOGRAM_BITS)

/* Plain data; all zero is empty. 58 KB. */
struct fs_histogram {
    uint64_t count;
    int64_t min, max; /* exact; meaningless when count is 0 */
    __int128 sum;     /* exact */
    uint64_t bin[FS_HISTOGRAM_BINS];
};

/* Bin of a value >= 0; negative values count as 0. */
static inline int fs_histogram_index(int64_t value)
{
    if (value < 1 << FS_HISTOGRAM_BITS) return value < 0 ? 0 : (int)value;
    const int shift = 63 - FS_HISTOGRAM_BITS - __builtin_clzll((unsigned long long)value);
    return (shift << FS_HISTOGRAM_BITS) + (int)((uint64_t)value >> shift);
}

int64_t fs_histogram_low(int index);  /* smallest value of a bin */
int64_t fs_histogram_high(int index); /* largest */
int64_t fs_histogram_mid(int index);

/* What a bin stands for among values that all lie in [min, max]: its midpoint, clamped. */
static inline int64_t fs_histogram_within(int index, int64_t min, int64_t max)
{
    const int64_t mid = fs_histogram_mid(index);
    return mid < min ? min : mid > max ? max : mid;
}

/* ceil(p * count) within 1 .. count, the nearest rank of quantile p among count >= 1 values. A p
 * such as 0.07 counts as the decimal it was written as: rank 7 of 100, not 8. */
uint64_t fs_histogram_rank(uint64_t count, double p);

void fs_histogram_record(struct fs_histogram *h, int64_t value, uint64_t times);
void fs_histogram_merge(struct fs_histogram *into, const struct fs_histogram *from);

/* The bin that holds quantile p; the histogram is not empty. */
int fs_histogram_bin(const struct fs_histogram *h, double p);

/* Nearest rank: the value of the ceil(p*count)-th smallest, to the bin, clamped to [min, max];
 * p in [0,1]; NaN when empty. */
double fs_histogram_quantile(const struct fs_histogram *h, double p);
double fs_histogram_mean(const struct fs_histogram *h); /* exact; NaN when empty */
/* Values above x, counted to the bin (a bin that holds x counts as not above). */
uint64_t fs_histogram_above(const struct fs_histogram *h, int64_t x);

#endif
