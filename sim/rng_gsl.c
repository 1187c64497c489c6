/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GSL's view of a stream: gsl_rng_alloc() reserves `size` bytes and calls set() on them, so the
 * state is a struct fs_stream as it is. get() gives 32 bits, because GSL's integer functions are
 * written for generators of that range; get_double() keeps all 53 bits.
 */
#include "rng_gsl.h"
#include "rng.h"

static void set(void *state, unsigned long seed)
{
    fs_stream_new(state, seed);
}

static unsigned long get(void *state)
{
    return (unsigned long)(fs_stream_next(state) >> 32);
}

static double get_double(void *state)
{
    return fs_uniform(state);
}

static const gsl_rng_type type = {
    .name = "fs-xoshiro256++",
    .max = 0xffffffffUL,
    .min = 0,
    .size = sizeof(struct fs_stream),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *const fs_rng_gsl = &type;
