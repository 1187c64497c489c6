/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bump allocator over a chain of blocks. Blocks double from 16 KiB to 1 MiB, so that a small run
 * stays small and a large one asks the system rarely; what is larger than a quarter of a block
 * gets one of its own and leaves the current block in use. Blocks come zeroed and memory is handed
 * out once only, so no allocation clears anything. A slab takes chunks from the arena and never
 * gives them back: freed objects form a stack, the last one freed (in the cache) is the next one
 * taken.
 *
 * An arena that has become large is read all over: its further blocks are huge pages, where the
 * system has any, a sixteenth of what there is at a time.
 */
#include "arena.h"
#include "fail.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCK_MIN ((size_t)16 << 10)
#define BLOCK_MAX ((size_t)1 << 20)
#define CHUNK     ((size_t)8 << 10)
#define LINE      ((size_t)64)
#define HUGE      ((size_t)2 << 20)
#define LARGE     ((size_t)16 << 20) /* an arena from here on */

/* The header fills a line, so that a block's first bytes can be aligned within it. */
struct block {
    struct block *older;
    size_t mapped; /* 0: comes from the heap */
};

struct fs_arena {
    struct block *newest;
    char *next, *end; /* free part of the current block */
    size_t block;     /* size of the block to take next */
    size_t size;
};

static char *align_up(char *at, size_t alignment)
{
    return at + (-(uintptr_t)at & (alignment - 1));
}

static void add_block(struct fs_arena *arena, struct block *block, size_t whole)
{
    block->older = arena->newest;
    arena->newest = block;
    arena->size += whole;
}

/* `size` usable bytes aligned to a line. */
static char *take_block(struct fs_arena *arena, size_t size)
{
    fs_assert(NULL, size <= SIZE_MAX / 2);
    const size_t whole = size + 2 * LINE;
    struct block *block = fs_alloc(whole, "a run's memory");
    add_block(arena, block, whole);
    return align_up((char *)block + sizeof *block, LINE);
}

/* A new current block of `whole` bytes, a multiple of HUGE, that starts at one. */
static void start_pages(struct fs_arena *arena, size_t whole)
{
    char *taken =
        mmap(NULL, whole + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (taken == MAP_FAILED) fs_no_memory(whole, "a run's memory");
    char *start = align_up(taken, HUGE);
    const size_t before = (size_t)(start - taken);
    if (before) (void)munmap(taken, before);
    (void)munmap(start + whole, HUGE - before);
    (void)madvise(start, whole, MADV_HUGEPAGE);
    struct block *block = (struct block *)(void *)start;
    block->mapped = whole;
    add_block(arena, block, whole);
    arena->next = start + LINE;
    arena->end = start + whole;
}

static void start_block(struct fs_arena *arena)
{
    if (arena->size >= LARGE) {
        start_pages(arena, (arena->size / 16 + HUGE - 1) / HUGE * HUGE);
        return;
    }
    const size_t usable = arena->block - 2 * LINE;
    arena->next = take_block(arena, usable);
    arena->end = arena->next + usable;
    if (arena->block < BLOCK_MAX) arena->block *= 2;
}

struct fs_arena *fs_arena_new(void)
{
    struct fs_arena *arena = fs_alloc(sizeof *arena, "an arena");
    arena->block = BLOCK_MIN;
    start_block(arena);
    return arena;
}

void fs_arena_free(struct fs_arena *arena)
{
    if (!arena) return;
    while (arena->newest) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        if (block->mapped)
            (void)munmap(block, block->mapped);
        else
            free(block);
    }
    free(arena);
}

void *fs_arena_alloc(struct fs_arena *arena, size_t size)
{
    const size_t alignment = size >= LINE ? LINE : 16;
    if (size > arena->block / 4) return take_block(arena, size);
    char *at = align_up(arena->next, alignment);
    if (at > arena->end || size > (size_t)(arena->end - at)) {
        start_block(arena);
        at = arena->next;
    }
    arena->next = at + size;
    return at;
}

char *fs_arena_text(struct fs_arena *arena, const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(fs_arena_alloc(arena, size), text, size);
}

char *fs_arena_format(struct fs_arena *arena, const char *format, ...)
{
    va_list args, again;
    fs_assert(NULL, format);
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    fs_assert(NULL, length >= 0);
    char *text = fs_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

size_t fs_arena_size(const struct fs_arena *arena)
{
    return arena->size;
}

void fs_slab_new(struct fs_slab *slab, struct fs_arena *arena, size_t size)
{
    const size_t rounded = size ? (size + 15) & ~(size_t)15 : 16;
    *slab = (struct fs_slab){.arena = arena, .size = rounded};
}

void *fs_slab_refill(struct fs_slab *slab)
{
    if (slab->fresh == slab->end) {
        const size_t chunk = slab->size < CHUNK ? CHUNK / slab->size * slab->size : slab->size;
        slab->fresh = fs_arena_alloc(slab->arena, chunk);
        slab->end = slab->fresh + chunk;
    }
    void *object = slab->fresh;
    slab->fresh += slab->size;
    return object;
}
