/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers with units: what is read is written, read again, and the same to the last bit. */
#include "quantity.h"
#include "arena.h"
#include "fuzz.h"

static void whole(struct fs_arena *arena, enum fs_dimension dimension, const char *text)
{
    int64_t value, back;
    const char *hint;
    if (fs_quantity_read_whole(arena, dimension, text, &value, &hint)) return;
    const char *written = fs_quantity_write_whole(arena, dimension, value);
    if (fs_quantity_read_whole(arena, dimension, written, &back, &hint) || back != value) abort();
}

static void real(struct fs_arena *arena, enum fs_dimension dimension, const char *text)
{
    double value, back;
    const char *hint;
    if (fs_quantity_read(arena, dimension, text, &value, &hint)) return;
    const char *written = fs_quantity_write(arena, dimension, value);
    if (fs_quantity_read(arena, dimension, written, &back, &hint) ||
        memcmp(&back, &value, sizeof back) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_arena *arena = fs_arena_new();
    char *text = strndup((const char *)data, size);
    for (int dimension = FS_D_COUNT; dimension <= FS_D_CPU; dimension++) {
        if (fs_dimension_whole((enum fs_dimension)dimension))
            whole(arena, (enum fs_dimension)dimension, text);
        else
            real(arena, (enum fs_dimension)dimension, text);
    }
    free(text);
    fs_arena_free(arena);
    return 0;
}
