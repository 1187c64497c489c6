/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing over indices, at most half full; the members themselves are
 * single blocks of the arena, so that pointers to them stay good while the table grows. Arrays that
 * are outgrown stay in the arena: at most as much again.
 *
 * Names find their doubles through a second table of the same kind, keyed by the short name. As
 * hashes have letters and digits only, a name with a number behind a dash can be nobody else's.
 */
#include "members.h"
#include "arena.h"
#include "csv.h"
#include "rng.h"
#include <string.h>

#define HASH_LENGTH 100
#define NAME_LENGTH 8

void fs_members_new(struct fs_members *members, struct fs_arena *arena, size_t size)
{
    *members = (struct fs_members){.arena = arena, .size = size};
}

/* The slot that holds the key or where it belongs. */
static uint32_t find_slot(const struct fs_members *members, const char *key)
{
    uint32_t i = (uint32_t)fs_hash_text(key) & (members->slots - 1);
    while (members->slot[i] && strcmp(members->member[members->slot[i] - 1]->key, key) != 0)
        i = (i + 1) & (members->slots - 1);
    return i;
}

struct fs_member *fs_members_find(const struct fs_members *members, const char *key)
{
    if (members->n == 0) return NULL;
    const uint32_t index = members->slot[find_slot(members, key)];
    return index ? members->member[index - 1] : NULL;
}

static void grow(struct fs_members *members)
{
    struct fs_member **old = members->member;
    members->room = members->room ? 2 * members->room : 16;
    members->slots = 2 * (uint32_t)members->room;
    members->member = fs_arena_alloc(members->arena, (size_t)members->room * sizeof *old);
    members->slot = fs_arena_alloc(members->arena, members->slots * sizeof *members->slot);
    if (old) memcpy(members->member, old, (size_t)members->n * sizeof *old);
    for (int i = 0; i < members->n; i++)
        members->slot[find_slot(members, members->member[i]->key)] = (uint32_t)i + 1;
}

struct fs_member *fs_members_add(struct fs_members *members, const char *key)
{
    struct fs_member *member = fs_members_find(members, key);
    if (member) return member;
    if (members->n == members->room) grow(members);
    member = fs_arena_alloc(members->arena, members->size);
    member->key = fs_arena_text(members->arena, key);
    member->index = members->n;
    members->slot[find_slot(members, key)] = (uint32_t)members->n + 1;
    members->member[members->n++] = member;
    return member;
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

struct short_name {
    struct fs_member member;
    int used;
};

void fs_members_name(struct fs_members *members)
{
    struct fs_members names;
    fs_members_new(&names, members->arena, sizeof(struct short_name));
    for (int i = 0; i < members->n; i++) {
        struct fs_member *member = members->member[i];
        const char *slash = strrchr(member->key, '/');
        char start[NAME_LENGTH + 1] = "";
        strncpy(start, slash ? slash + 1 : member->key, NAME_LENGTH);
        struct short_name *name = (struct short_name *)(void *)fs_members_add(&names, start);
        member->name = ++name->used == 1
                           ? name->member.key
                           : fs_arena_format(members->arena, "%s-%d", start, name->used);
    }
}
