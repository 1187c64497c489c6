/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parts are averaged over a bin and never over runs: a run's own band may be a single value, its
 * longest, and the mean of such bands tells of the longest values whatever the percentile.
 */
#include "composition.h"
#include <string.h>

void fs_composition_add(struct fs_composition *c, const struct fs_histogram *values,
                        const struct fs_part_sums *part)
{
    fs_histogram_merge(&c->values, values);
    if (!part || values->count == 0) return;
    const int last = fs_histogram_index(values->max);
    for (int i = fs_histogram_index(values->min); i <= last; i++) {
        if (values->bin[i] == 0) continue;
        for (int k = 0; k < FS_LATENCY_PARTS; k++)
            c->part[i].sum[k] += part->sum[k];
        part++;
    }
}

/* Ranks in [first, last] that fall into the `n` values after the first `below`. */
static uint64_t overlap(uint64_t below, uint64_t n, uint64_t first, uint64_t last)
{
    const uint64_t low = below + 1 > first ? below + 1 : first;
    const uint64_t high = below + n < last ? below + n : last;
    return low <= high ? high - low + 1 : 0;
}

double fs_composition_of(const struct fs_composition *c, const struct fs_histogram *among,
                         double p_low, double p_high, double out[FS_LATENCY_PARTS + 1])
{
    memset(out, 0, (FS_LATENCY_PARTS + 1) * sizeof *out);
    if (among->count == 0) return 1;
    const uint64_t first = fs_histogram_rank(among->count, p_low);
    const uint64_t last = fs_histogram_rank(among->count, p_high);
    const double chosen = (double)(last - first + 1);
    double value = 0, explained = 0, own = 0;
    uint64_t below = 0;
    for (int i = fs_histogram_index(among->min); below < last; i++) {
        const double weight = (double)overlap(below, among->bin[i], first, last) / chosen;
        below += among->bin[i];
        if (weight == 0) continue;
        const double all = (double)c->values.bin[i];
        own += weight * (double)among->bin[i] / all;
        value += weight * (double)fs_histogram_within(i, among->min, among->max);
        for (int k = 0; k < FS_LATENCY_PARTS; k++)
            out[k] += weight * c->part[i].sum[k] / all;
    }
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        explained += out[k];
    /* A bin's midpoint may be below the values in it, by up to 0.4 %. */
    if (value > explained) out[FS_LATENCY_PARTS] = value - explained;
    return own;
}
