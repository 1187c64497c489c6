/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers and texts one behind the other in a block of bytes, little-endian, and back. Reading
 * past the end or a text without its end gives zeros and marks the reader as broken.
 */
#ifndef FS_SCENARIOS_PACK_H
#define FS_SCENARIOS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_pack {
    char *data; /* free() */
    size_t n, room;
};

void fs_pack_bytes(struct fs_pack *pack, const void *bytes, size_t n);
void fs_pack_int(struct fs_pack *pack, int64_t value);
void fs_pack_real(struct fs_pack *pack, double value);
void fs_pack_text(struct fs_pack *pack, const char *text); /* NULL reads back as "" */

struct fs_unpack {
    const char *at, *end;
    bool broken;
};

int64_t fs_unpack_int(struct fs_unpack *unpack);
double fs_unpack_real(struct fs_unpack *unpack);
const char *fs_unpack_text(struct fs_unpack *unpack); /* borrowed; never NULL */

#endif
