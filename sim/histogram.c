/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Log-linear bins keep 7 significant bits whatever the scale, so that one fixed array serves
 * nanoseconds and days, the relative error is the same everywhere, and two histograms always have
 * the same bins. Bin (shift << 7) + m, m = 128 .. 255, holds the values m << shift up to the next;
 * the first 256 bins hold one value each.
 *
 * What must stay true: count is the sum of bin[], and min, max and sum are those of the values
 * themselves, not of their bins. Everything is integers, so merging is associative and
 * commutative: shards, replications and threads add up to the same bytes in any order.
 */
#include "histogram.h"
#include <math.h>

int64_t fs_histogram_low(int index)
{
    if (index < 1 << FS_HISTOGRAM_BITS) return index;
    const int shift = (index >> FS_HISTOGRAM_BITS) - 1;
    return (int64_t)(index - (shift << FS_HISTOGRAM_BITS)) << shift;
}

int64_t fs_histogram_high(int index)
{
    return index + 1 < FS_HISTOGRAM_BINS ? fs_histogram_low(index + 1) - 1 : INT64_MAX;
}

int64_t fs_histogram_mid(int index)
{
    const int64_t low = fs_histogram_low(index);
    return low + (fs_histogram_high(index) - low) / 2;
}

uint64_t fs_histogram_rank(uint64_t count, double p)
{
    /* p and the product are each off by up to half a unit in the last place; without the slack
     * that would push a whole p * count to the next rank. */
    const double rank = ceil(p * (double)count * (1 - 0x1p-51));
    if (!(rank > 1)) return 1;
    return rank < (double)count ? (uint64_t)rank : count;
}

void fs_histogram_record(struct fs_histogram *h, int64_t value, uint64_t times)
{
    if (times == 0) return;
    if (value < 0) value = 0;
    if (h->count == 0 || value < h->min) h->min = value;
    if (h->count == 0 || value > h->max) h->max = value;
    h->count += times;
    h->sum += (__int128)value * (__int128)times;
    h->bin[fs_histogram_index(value)] += times;
}

void fs_histogram_merge(struct fs_histogram *into, const struct fs_histogram *from)
{
    if (from->count == 0) return;
    if (into->count == 0 || from->min < into->min) into->min = from->min;
    if (into->count == 0 || from->max > into->max) into->max = from->max;
    into->count += from->count;
    into->sum += from->sum;
    const int last = fs_histogram_index(from->max);
    for (int i = fs_histogram_index(from->min); i <= last; i++)
        into->bin[i] += from->bin[i];
}

int fs_histogram_bin(const struct fs_histogram *h, double p)
{
    const uint64_t rank = fs_histogram_rank(h->count, p);
    int i = fs_histogram_index(h->min);
    for (uint64_t below = h->bin[i]; below < rank; below += h->bin[i])
        i++;
    return i;
}

double fs_histogram_quantile(const struct fs_histogram *h, double p)
{
    if (h->count == 0) return (double)NAN;
    return (double)fs_histogram_within(fs_histogram_bin(h, p), h->min, h->max);
}

double fs_histogram_mean(const struct fs_histogram *h)
{
    return h->count == 0 ? (double)NAN : (double)h->sum / (double)h->count;
}

uint64_t fs_histogram_above(const struct fs_histogram *h, int64_t x)
{
    if (h->count == 0) return 0;
    const int last = fs_histogram_index(h->max);
    uint64_t above = 0;
    for (int i = fs_histogram_index(x) + 1; i <= last; i++)
        above += h->bin[i];
    return above;
}
