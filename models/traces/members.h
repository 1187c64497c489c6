/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The members of a traffic class, as a trace names them: functions found by their hashes, in the
 * order of their first appearance. Names are known while the trace is loaded; an account may have a
 * million functions of which few are ever called, so nothing of them is kept for a run.
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

/* The first member of a struct that a reader keeps about each. Of its key, such as
 * "<owner>/<application>/<function>", it has what stands behind the last slash, and who has what
 * stands before: names are long, and many share it. */
struct fs_member {
    const char *name;           /* NULL after fs_members_forget() */
    const struct fs_member *of; /* among `groups`; NULL: no slash, or forgotten */
    int index;
};

struct fs_members {
    struct fs_arena *arena;
    size_t size; /* of a reader's struct */
    char **block;
    int n;
    /* while members are added and found */
    struct fs_members *groups; /* of plain struct fs_member; NULL: no key had a slash */
    struct fs_arena *texts;
    char *text, *text_end; /* what is left of the last piece */
    uint32_t *slot;        /* hash table of index + 1; its size is a power of two */
    uint32_t slots;
};

void fs_members_new(struct fs_members *members, struct fs_arena *arena, size_t size);

struct fs_member *fs_members_at(const struct fs_members *members, int index);

/* NULL when there is none. */
struct fs_member *fs_members_find(const struct fs_members *members, const char *key);

/* Find it or make it, zeroed; it stays where it is. */
struct fs_member *fs_members_add(struct fs_members *members, const char *key);

/* Give back what finds members by their keys, the keys, and the groups. */
void fs_members_forget(struct fs_members *members);

/* Join n hash columns to a key. False after complaining: letters and digits only, at most 100. */
bool fs_members_key(char key[FS_MEMBERS_KEY], struct fs_csv *csv, const struct fs_csv_field *field,
                    int n);

#endif
