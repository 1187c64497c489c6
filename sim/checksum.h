/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A 64-bit hash of bytes (XXH64): finds damage, names contents. Not a defence against someone who
 * wants a collision.
 */
#ifndef FS_SIM_CHECKSUM_H
#define FS_SIM_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* The hash of `n` bytes. Pass the last hash as `seed` to hash a sequence of pieces; the result then
 * depends on where the pieces end. */
uint64_t fs_checksum(const void *bytes, size_t n, uint64_t seed);

#endif
