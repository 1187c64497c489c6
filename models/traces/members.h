/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The members of a traffic class, as a trace names them: functions found by their hashes, in the
 * order of their first appearance, with short names that are unique.
 */
#ifndef FS_MODELS_MEMBERS_H
#define FS_MODELS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_arena;
struct fs_csv;
struct fs_csv_field;

#define FS_MEMBERS_KEY 400 /* room for a key */

/* The first member of a struct that a reader keeps about each. */
struct fs_member {
    const char *key;  /* "<owner>/<application>/<function>" */
    const char *name; /* set by fs_members_name() */
    int index;
};

struct fs_members {
    struct fs_arena *arena;
    size_t size; /* of a reader's struct */
    struct fs_member **member;
    int n, room;
    uint32_t *slot; /* hash table of index + 1; its size is a power of two */
    uint32_t slots;
};

void fs_members_new(struct fs_members *members, struct fs_arena *arena, size_t size);

/* NULL when there is none. */
struct fs_member *fs_members_find(const struct fs_members *members, const char *key);

/* Find it or make it, zeroed; it stays where it is. */
struct fs_member *fs_members_add(struct fs_members *members, const char *key);

/* Join n hash columns to a key. False after complaining: letters and digits only, at most 100. */
bool fs_members_key(char key[FS_MEMBERS_KEY], struct fs_csv *csv, const struct fs_csv_field *field,
                    int n);

/* Give all of them names: the first 8 characters behind the key's last slash; of those that agree
 * in them the second is called "01234567-2", and so on. */
void fs_members_name(struct fs_members *members);

#endif
