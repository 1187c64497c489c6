/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The project's generator for GSL's functions: gsl_rng_alloc(fs_rng_gsl). gsl_rng_set(r, key) is
 * fs_stream_new(key); gsl_rng_get gives the high 32 bits; gsl_rng_uniform is fs_uniform(). */
#ifndef FS_SIM_RNG_GSL_H
#define FS_SIM_RNG_GSL_H

#include <gsl/gsl_rng.h>

extern const gsl_rng_type *const fs_rng_gsl;

#endif
