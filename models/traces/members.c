/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing over indices, at most half full. Members lie in blocks of the
 * arena, so that pointers to them stay good; names are packed in pieces of an arena of their own.
 */
#include "members.h"
#include "arena.h"
#include "csv.h"
#include "fail.h"
#include "rng.h"
#include <stdlib.h>
#include <string.h>

#define HASH_LENGTH 100
#define BLOCK       256 /* members */
#define PIECE       (1 << 16)

void fs_members_new(struct fs_members *members, struct fs_arena *arena, size_t size)
{
    *members = (struct fs_members){.arena = arena, .size = size};
}

struct fs_member *fs_members_at(const struct fs_members *members, int index)
{
    char *block = members->block[index / BLOCK];
    return (struct fs_member *)(void *)(block + (size_t)(index % BLOCK) * members->size);
}

static uint32_t hash_of(const struct fs_member *of, const char *name)
{
    return (uint32_t)fs_mix(fs_hash_text(name) + (of ? (uint64_t)of->index + 1 : 0));
}

/* The slot that holds the member or where it belongs. */
static uint32_t find_slot(const struct fs_members *members, const struct fs_member *of,
                          const char *name)
{
    uint32_t i = hash_of(of, name);
    for (;; i++) {
        const uint32_t slot = i & (members->slots - 1);
        if (!members->slot[slot]) return slot;
        const struct fs_member *member = fs_members_at(members, (int)members->slot[slot] - 1);
        if (member->of == of && strcmp(member->name, name) == 0) return slot;
    }
}

/* A key in two; what stands before the last slash goes to `group`, "" without one. */
static const char *split(const char *key, char group[FS_MEMBERS_KEY])
{
    const char *slash = strrchr(key, '/');
    const size_t n = slash ? (size_t)(slash - key) : 0;
    memcpy(group, key, n);
    group[n] = '\0';
    return slash ? slash + 1 : key;
}

struct fs_member *fs_members_find(const struct fs_members *members, const char *key)
{
    char group[FS_MEMBERS_KEY];
    const char *name = split(key, group);
    const struct fs_member *of = NULL;
    if (members->n == 0) return NULL;
    if (*group) {
        of = members->groups ? fs_members_find(members->groups, group) : NULL;
        if (!of) return NULL;
    }
    const uint32_t index = members->slot[find_slot(members, of, name)];
    return index ? fs_members_at(members, (int)index - 1) : NULL;
}

static void grow(struct fs_members *members)
{
    members->slots = members->slots ? 2 * members->slots : 2 * BLOCK;
    free(members->slot);
    members->slot = fs_alloc(members->slots * sizeof *members->slot, "a trace's functions");
    for (int i = 0; i < members->n; i++) {
        const struct fs_member *member = fs_members_at(members, i);
        members->slot[find_slot(members, member->of, member->name)] = (uint32_t)i + 1;
    }
}

static void add_block(struct fs_members *members)
{
    const size_t n = (size_t)members->n / BLOCK;
    if ((n & (n - 1)) == 0) { /* a power of two, or none */
        char **old = members->block;
        members->block = fs_arena_alloc(members->arena, (n ? 2 * n : 1) * sizeof *old);
        if (n) memcpy(members->block, old, n * sizeof *old);
    }
    members->block[n] = fs_arena_alloc(members->arena, BLOCK * members->size);
}

static const char *keep_text(struct fs_members *members, const char *text)
{
    const size_t size = strlen(text) + 1;
    if ((size_t)(members->text_end - members->text) < size) {
        if (!members->texts) members->texts = fs_arena_new();
        members->text = fs_arena_alloc(members->texts, PIECE);
        members->text_end = members->text + PIECE;
    }
    char *kept = memcpy(members->text, text, size);
    members->text += size;
    return kept;
}

static const struct fs_member *add_group(struct fs_members *members, const char *key)
{
    if (!members->groups) {
        members->groups = fs_alloc(sizeof *members->groups, "a trace's applications");
        members->texts = members->texts ? members->texts : fs_arena_new();
        fs_members_new(members->groups, members->texts, sizeof(struct fs_member));
    }
    return fs_members_add(members->groups, key);
}

struct fs_member *fs_members_add(struct fs_members *members, const char *key)
{
    char group[FS_MEMBERS_KEY];
    const char *name = split(key, group);
    const struct fs_member *of = *group ? add_group(members, group) : NULL;
    if (2 * ((uint32_t)members->n + 1) > members->slots) grow(members);
    uint32_t *slot = &members->slot[find_slot(members, of, name)];
    if (*slot) return fs_members_at(members, (int)*slot - 1);
    if (members->n % BLOCK == 0) add_block(members);
    struct fs_member *member = fs_members_at(members, members->n);
    member->name = keep_text(members, name);
    member->of = of;
    member->index = members->n;
    *slot = (uint32_t)++members->n;
    return member;
}

void fs_members_forget(struct fs_members *members)
{
    for (int i = 0; i < members->n; i++) {
        fs_members_at(members, i)->name = NULL;
        fs_members_at(members, i)->of = NULL;
    }
    if (members->groups) fs_members_forget(members->groups);
    free(members->groups);
    fs_arena_free(members->texts);
    free(members->slot);
    members->groups = NULL;
    members->texts = NULL;
    members->text = members->text_end = NULL;
    members->slot = NULL;
    members->slots = 0;
}

static bool is_hash(const struct fs_csv_field *field)
{
    for (int i = 0; i < field->length; i++) {
        const char c = field->text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return field->length > 0 && field->length <= HASH_LENGTH;
}

bool fs_members_key(char key[FS_MEMBERS_KEY], struct fs_csv *csv, const struct fs_csv_field *field,
                    int n)
{
    char *end = key;
    for (int i = 0; i < n; i++) {
        if (!is_hash(&field[i])) {
            fs_csv_complain(csv, &field[i], "a hash has 1 to 100 letters and digits");
            return false;
        }
        memcpy(end, field[i].text, (size_t)field[i].length);
        end += field[i].length;
        *end++ = '/';
    }
    end[-1] = '\0';
    return true;
}
