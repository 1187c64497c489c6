/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ziggurat draw takes one 64-bit word: the low 8 bits choose the layer and the high 53 (54 with
 * the sign) the point in it, so that no bit serves twice, the fault that Doornik found in the
 * original (2005, "An improved ziggurat method to generate normal random samples"). The first
 * comparison decides about 99 of 100 draws; the rest are in functions of their own, to keep the
 * first path short. Heights are computed by fs_exp() there, so a table has only the edges.
 *
 * Every recorded number descends from here: only math.h, no C library, and no draw may depend on
 * anything but its stream.
 */
#include "rng.h"
#include "math.h"
#include "ziggurat.h"
#include <math.h>
#include <stdbool.h>

uint64_t fs_hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return fs_mix(hash);
}

uint64_t fs_key(uint64_t seed, const char *owner, const char *purpose, uint64_t replication)
{
    const uint64_t name = fs_key_at(seed, fs_hash_text(owner), fs_hash_text(purpose));
    return fs_key_at(name, replication, 0);
}

void fs_stream_new(struct fs_stream *stream, uint64_t key)
{
    for (int i = 0; i < 4; i++) {
        key += UINT64_C(0x9e3779b97f4a7c15);
        stream->s[i] = fs_mix(key);
    }
}

uint64_t fs_uniform_int(struct fs_stream *stream, uint64_t n)
{
    unsigned __int128 product = (unsigned __int128)fs_stream_next(stream) * n;
    if ((uint64_t)product < n) {
        const uint64_t unfair = -n % n;
        while ((uint64_t)product < unfair) {
            product = (unsigned __int128)fs_stream_next(stream) * n;
        }
    }
    return (uint64_t)(product >> 64);
}

/* A point of a layer, and whether it lies under the next layer's edge and so under the density. */
static inline double exponential_point(uint64_t word)
{
    return (double)(int64_t)(word >> 11) * fs_exponential_edge[word & 255];
}

static inline double normal_point(uint64_t word)
{
    return (double)((int64_t)word >> 10) * fs_normal_edge[word & 255];
}

static inline bool is_inside(double x, const double *edge, uint64_t word)
{
    return fabs(x) * 0x1p-53 < edge[(word & 255) + 1];
}

/* Beyond the tail's start an exponential begins anew. */
static __attribute__((noinline)) double exponential_rest(struct fs_stream *stream, uint64_t word)
{
    double base = 0, x = exponential_point(word);
    while (!is_inside(x, fs_exponential_edge, word)) {
        const uint64_t i = word & 255;
        if (i == 0) {
            base += FS_EXPONENTIAL_TAIL;
        } else {
            const double low = fs_exp(-0x1p53 * fs_exponential_edge[i]);
            const double high = fs_exp(-0x1p53 * fs_exponential_edge[i + 1]);
            if (low + fs_uniform(stream) * (high - low) < fs_exp(-x)) break;
        }
        word = fs_stream_next(stream);
        x = exponential_point(word);
    }
    return base + x;
}

double fs_exponential(struct fs_stream *stream)
{
    const uint64_t word = fs_stream_next(stream);
    const double x = exponential_point(word);
    return is_inside(x, fs_exponential_edge, word) ? x : exponential_rest(stream, word);
}

static double normal_height(uint64_t i)
{
    const double x = 0x1p53 * fs_normal_edge[i];
    return fs_exp(-0.5 * x * x);
}

/* Marsaglia's tail (1964, doi:10.1080/00401706.1964.10490150). */
static double normal_tail(struct fs_stream *stream)
{
    double x, y;
    do {
        x = fs_exponential(stream) / FS_NORMAL_TAIL;
        y = fs_exponential(stream);
    } while (2 * y <= x * x);
    return FS_NORMAL_TAIL + x;
}

static __attribute__((noinline)) double normal_rest(struct fs_stream *stream, uint64_t word)
{
    double x = normal_point(word);
    while (!is_inside(x, fs_normal_edge, word)) {
        const uint64_t i = word & 255;
        if (i == 0) return x < 0 ? -normal_tail(stream) : normal_tail(stream);
        const double low = normal_height(i), high = normal_height(i + 1);
        if (low + fs_uniform(stream) * (high - low) < fs_exp(-0.5 * x * x)) break;
        word = fs_stream_next(stream);
        x = normal_point(word);
    }
    return x;
}

double fs_normal(struct fs_stream *stream)
{
    const uint64_t word = fs_stream_next(stream);
    const double x = normal_point(word);
    return is_inside(x, fs_normal_edge, word) ? x : normal_rest(stream, word);
}

static double gamma_from_one(struct fs_stream *stream, double shape)
{
    const double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = fs_normal(stream), root = 1 + c * x;
        if (root <= 0) continue;
        const double v = root * root * root, u = fs_uniform(stream), s = x * x;
        if (u < 1 - 0.0331 * s * s) return d * v;
        if (fs_log(u) < 0.5 * s + d * (1 - v + fs_log(v))) return d * v;
    }
}

/* Below one: a gamma of shape + 1 times a uniform to the power 1 / shape. */
double fs_gamma(struct fs_stream *stream, double shape)
{
    if (shape >= 1) return gamma_from_one(stream, shape);
    const double larger = gamma_from_one(stream, shape + 1);
    return larger * fs_exp(-fs_exponential(stream) / shape);
}

/* Transformed rejection with squeeze, PTRS of Hoermann (1993, doi:10.1016/0167-6687(93)90997-4);
 * all constants are his. */
static int64_t poisson_large(struct fs_stream *stream, double mean)
{
    const double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;
    const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        const double u = fs_uniform(stream) - 0.5, v = fs_uniform(stream);
        const double us = 0.5 - fabs(u);
        const double k = floor((2 * a / us + b) * u + mean + 0.43);
        if (us >= 0.07 && v <= squeeze) return (int64_t)k;
        if (k < 0 || (us < 0.013 && v > us)) continue;
        if (fs_log(v * inverse_alpha / (a / (us * us) + b)) <= fs_poisson_log(k, mean)) {
            return (int64_t)k;
        }
    }
}

/* Small means: the arrivals of a Poisson process of rate 1 up to `mean`. */
int64_t fs_poisson(struct fs_stream *stream, double mean)
{
    int64_t count = 0;
    if (mean >= 10) return poisson_large(stream, mean);
    for (double t = fs_exponential(stream); t < mean; t += fs_exponential(stream)) {
        count++;
    }
    return count;
}
