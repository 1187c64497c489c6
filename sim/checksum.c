/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XXH64 after its public specification, version 0.2.0
 * (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). Why this one: it reads several
 * GB/s in plain C, so checking a file costs less than reading it; its answers can be compared
 * with the published ones and with `xxh64sum`; and a single changed bit changes the hash, because
 * every step is invertible in the word it takes in.
 * What must stay true: words are little-endian whatever the machine, since the hash is on disk.
 */
#include "checksum.h"
#include <string.h>

#define PRIME_1 0x9E3779B185EBCA87U
#define PRIME_2 0xC2B2AE3D27D4EB4FU
#define PRIME_3 0x165667B19E3779F9U
#define PRIME_4 0x85EBCA77C2B2AE63U
#define PRIME_5 0x27D4EB2F165667C5U

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie in memory");

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t word(const unsigned char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t half_word(const unsigned char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * PRIME_2, 31) * PRIME_1;
}

static uint64_t merge(uint64_t hash, uint64_t lane)
{
    return (hash ^ mix(0, lane)) * PRIME_1 + PRIME_4;
}

/* Four independent lanes of 8 bytes keep the multiplier busy. */
static uint64_t stripes(const unsigned char *p, size_t n, uint64_t seed)
{
    uint64_t a = seed + PRIME_1 + PRIME_2, b = seed + PRIME_2, c = seed, d = seed - PRIME_1;
    for (; n >= 32; n -= 32, p += 32) {
        a = mix(a, word(p));
        b = mix(b, word(p + 8));
        c = mix(c, word(p + 16));
        d = mix(d, word(p + 24));
    }
    uint64_t hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge(merge(merge(merge(hash, a), b), c), d);
}

static uint64_t tail(uint64_t hash, const unsigned char *p, size_t n)
{
    for (; n >= 8; n -= 8, p += 8)
        hash = rotate(hash ^ mix(0, word(p)), 27) * PRIME_1 + PRIME_4;
    if (n >= 4) {
        hash = rotate(hash ^ half_word(p) * PRIME_1, 23) * PRIME_2 + PRIME_3;
        n -= 4;
        p += 4;
    }
    for (; n > 0; n--, p++)
        hash = rotate(hash ^ *p * PRIME_5, 11) * PRIME_1;
    return hash;
}

uint64_t fs_checksum(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t hash = n >= 32 ? stripes(p, n, seed) : seed + PRIME_5;
    if (n > 0) hash = tail(hash + n, p + n / 32 * 32, n % 32);
    hash = (hash ^ hash >> 33) * PRIME_2;
    hash = (hash ^ hash >> 29) * PRIME_3;
    return hash ^ hash >> 32;
}
