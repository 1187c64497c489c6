/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory of one run. An arena hands out zeroed blocks that are freed together; a slab on top of it
 * recycles objects of one size (requests, environments) without ever calling malloc in the hot
 * path once warm. Neither is shared between threads.
 */
#ifndef FS_SIM_ARENA_H
#define FS_SIM_ARENA_H

#include <stddef.h>

struct fs_arena;

struct fs_arena *fs_arena_new(void);
void fs_arena_free(struct fs_arena *arena); /* NULL is allowed */

/* `size` zeroed bytes, aligned to 16 (to 64 from 64 bytes on), owned by the arena. Never NULL. */
void *fs_arena_alloc(struct fs_arena *arena, size_t size);

/* A copy of `text` owned by the arena. */
char *fs_arena_text(struct fs_arena *arena, const char *text);
char *fs_arena_format(struct fs_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes taken from the operating system so far. */
size_t fs_arena_size(const struct fs_arena *arena);

/* Objects of one size; visible so that taking one inlines. */
struct fs_slab {
    struct fs_arena *arena;
    size_t size;
    void *free; /* first word of a free object points to the next */
    char *fresh, *end;
};

/* `size` is rounded up to 16. */
void fs_slab_new(struct fs_slab *slab, struct fs_arena *arena, size_t size);
void *fs_slab_refill(struct fs_slab *slab); /* for fs_slab_get alone */

/* An object whose first word is undefined; the rest is as it was put back, or zero at first. */
static inline void *fs_slab_get(struct fs_slab *slab)
{
    void *object = slab->free;
    if (object) {
        slab->free = *(void **)object;
        return object;
    }
    return fs_slab_refill(slab);
}

static inline void fs_slab_put(struct fs_slab *slab, void *object)
{
    *(void **)object = slab->free;
    slab->free = object;
}

#endif
