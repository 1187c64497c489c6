/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes are those of a little-endian machine; the program builds on no other. */
#include "pack.h"

#include "fail.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they lie");

void fs_pack_bytes(struct fs_pack *pack, const void *bytes, size_t n)
{
    if (pack->n + n > pack->room) {
        pack->room = 2 * (pack->n + n) + 256;
        pack->data = fs_realloc(pack->data, pack->room, "packed numbers");
    }
    memcpy(pack->data + pack->n, bytes, n);
    pack->n += n;
}

void fs_pack_int(struct fs_pack *pack, int64_t value)
{
    fs_pack_bytes(pack, &value, sizeof value);
}

void fs_pack_real(struct fs_pack *pack, double value)
{
    fs_pack_bytes(pack, &value, sizeof value);
}

void fs_pack_text(struct fs_pack *pack, const char *text)
{
    if (!text) text = "";
    fs_pack_bytes(pack, text, strlen(text) + 1);
}

static bool take(struct fs_unpack *unpack, void *to, size_t n)
{
    if ((size_t)(unpack->end - unpack->at) < n) unpack->broken = true;
    if (unpack->broken) return false;
    memcpy(to, unpack->at, n);
    unpack->at += n;
    return true;
}

int64_t fs_unpack_int(struct fs_unpack *unpack)
{
    int64_t value;
    return take(unpack, &value, sizeof value) ? value : 0;
}

double fs_unpack_real(struct fs_unpack *unpack)
{
    double value;
    return take(unpack, &value, sizeof value) ? value : 0;
}

const char *fs_unpack_text(struct fs_unpack *unpack)
{
    const char *text = unpack->at;
    const char *end = unpack->broken ? NULL : memchr(text, 0, (size_t)(unpack->end - unpack->at));
    if (!end) {
        unpack->broken = true;
        return "";
    }
    unpack->at = end + 1;
    return text;
}
