/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random streams. The generator is xoshiro256++ 1.0 (Blackman, Vigna, ACM TOMS 47(4), 2021,
 * doi:10.1145/3460772), state filled by splitmix64. A stream is found by hashing names, never by
 * counting, so adding a consumer leaves every other stream as it was (common random numbers):
 *   named  (seed, owner, purpose, replication): one per traffic class and purpose, drawn in order;
 *   keyed  (key of a named stream, request number, attempt): what a fleet draws for one request.
 * As a gsl_rng_type the same generator is in rng_gsl.h.
 */
#ifndef FS_SIM_RNG_H
#define FS_SIM_RNG_H

#include <stdint.h>

struct fs_stream {
    uint64_t s[4];
};

/* 64-bit hash of text (FNV-1a folded by fs_mix), and its mixer, for keys. */
uint64_t fs_hash_text(const char *text);

static inline uint64_t fs_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Key of (seed, owner, purpose, replication); owner is a path such as "traffic.jobs". */
uint64_t fs_key(uint64_t seed, const char *owner, const char *purpose, uint64_t replication);

/* A stream from a key. Distinct keys give unrelated streams. */
void fs_stream_new(struct fs_stream *stream, uint64_t key);

/* The key of (key, a, b): fs_stream_new() on it serves one request's draws. */
static inline uint64_t fs_key_at(uint64_t key, uint64_t a, uint64_t b)
{
    return fs_mix(fs_mix(key + UINT64_C(0x9e3779b97f4a7c15) * (a + 1)) +
                  UINT64_C(0xd1342543de82ef95) * (b + 1));
}

static inline uint64_t fs_stream_next(struct fs_stream *stream)
{
    uint64_t *s = stream->s;
    const uint64_t sum = s[0] + s[3];
    const uint64_t result = ((sum << 23) | (sum >> 41)) + s[0];
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* 64 random bits as a number in the open interval (0,1): an odd multiple of 2^-53, each of the 2^52
 * equally likely. */
static inline double fs_to_uniform(uint64_t bits)
{
    return (double)(int64_t)(bits >> 11 | 1) * 0x1p-53;
}

static inline double fs_uniform(struct fs_stream *stream)
{
    return fs_to_uniform(fs_stream_next(stream));
}

/* Unbiased integer in [0, n), n > 0 (Lemire 2019, doi:10.1145/3230636). */
uint64_t fs_uniform_int(struct fs_stream *stream, uint64_t n);

/* Standard exponential and normal by 256-layer ziggurats (Marsaglia, Tsang 2000; Doornik 2005). */
double fs_exponential(struct fs_stream *stream);
double fs_normal(struct fs_stream *stream);
/* Unit-scale gamma of shape > 0 (Marsaglia, Tsang 2000, doi:10.1145/358407.358414). */
double fs_gamma(struct fs_stream *stream, double shape);
/* Poisson count of a mean in [0, 1e9]. */
int64_t fs_poisson(struct fs_stream *stream, double mean);

#endif
