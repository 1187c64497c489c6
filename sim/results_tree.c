/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists, because a file has tens of groups and hundreds of columns and is looked into by people
 * and pictures, not in a loop. Order is the order written: the hash and the lists depend on it.
 * The hash is chained: every piece (a name with its NUL, a number, an array) is hashed with the
 * hash so far as the seed, so moving a boundary between two pieces changes it. It covers groups,
 * columns, dimensions and values; not attributes, units and descriptions, which may be reworded.
 */
#include "results_tree.h"
#include "checksum.h"
#include <stdlib.h>
#include <string.h>

struct fs_results *fs_results_tree_new(void)
{
    struct fs_results *results = fs_alloc(sizeof *results, "results");
    results->arena = fs_arena_new();
    return results;
}

void fs_results_close(struct fs_results *results)
{
    if (!results) return;
    fs_arena_free(results->arena);
    free(results);
}

/* Room doubles at powers of two, old copies stay in the arena. */
static void list_add(struct fs_arena *arena, struct fs_results_list *list, const char *name)
{
    const size_t n = (size_t)list->n;
    if ((n & (n + 1)) == 0) {
        const char **more = fs_arena_alloc(arena, (2 * n + 2) * sizeof *more);
        if (n > 0) memcpy(more, list->names, n * sizeof *more);
        list->names = more;
    }
    list->names[list->n++] = name;
    list->names[list->n] = NULL;
}

struct fs_results_group *fs_results_tree_group(struct fs_results *results, const char *path)
{
    struct fs_results_group *group = fs_arena_alloc(results->arena, sizeof *group);
    group->path = fs_arena_text(results->arena, path);
    group->groups.names = group->columns.names =
        fs_arena_alloc(results->arena, sizeof *group->groups.names);
    *(results->last ? &results->last->next : &results->first) = group;
    results->last = group;
    return group;
}

struct fs_results_attribute *fs_results_tree_attribute(struct fs_results *results,
                                                       struct fs_results_group *group,
                                                       const char *name)
{
    struct fs_results_attribute *attribute = fs_arena_alloc(results->arena, sizeof *attribute);
    attribute->name = fs_arena_text(results->arena, name);
    attribute->next = group->attributes;
    group->attributes = attribute;
    return attribute;
}

struct fs_column *fs_results_tree_column(struct fs_results *results, struct fs_results_group *group,
                                         const char *name)
{
    struct fs_results_entry *entry = fs_arena_alloc(results->arena, sizeof *entry);
    entry->column.name = fs_arena_text(results->arena, name);
    *(group->last ? &group->last->next : &group->first) = entry;
    group->last = entry;
    list_add(results->arena, &group->columns, entry->column.name);
    return &entry->column;
}

void fs_results_tree_child(struct fs_results *results, struct fs_results_group *group,
                           const char *name)
{
    list_add(results->arena, &group->groups, fs_arena_text(results->arena, name));
}

static struct fs_results_group *find_group(struct fs_results *results, const char *path)
{
    struct fs_results_group *group = results->first;
    while (group && strcmp(group->path, path ? path : "") != 0)
        group = group->next;
    return group;
}

static struct fs_results_attribute *find_attribute(struct fs_results *results, const char *group,
                                                   const char *name, enum fs_column_type type)
{
    struct fs_results_group *found = find_group(results, group);
    struct fs_results_attribute *attribute = found ? found->attributes : NULL;
    while (attribute && strcmp(attribute->name, name) != 0)
        attribute = attribute->next;
    return attribute && attribute->type == type ? attribute : NULL;
}

const struct fs_column *fs_results_get(struct fs_results *results, const char *group,
                                       const char *name)
{
    struct fs_results_group *found = find_group(results, group);
    struct fs_results_entry *entry = found ? found->first : NULL;
    while (entry && strcmp(entry->column.name, name) != 0)
        entry = entry->next;
    return entry ? &entry->column : NULL;
}

const char *fs_results_get_text(struct fs_results *results, const char *group, const char *name)
{
    struct fs_results_attribute *found = find_attribute(results, group, name, FS_TEXT);
    return found ? found->text : NULL;
}

bool fs_results_get_integer(struct fs_results *results, const char *group, const char *name,
                            int64_t *value)
{
    struct fs_results_attribute *found = find_attribute(results, group, name, FS_I64);
    if (found) *value = found->i64;
    return found != NULL;
}

bool fs_results_get_number(struct fs_results *results, const char *group, const char *name,
                           double *value)
{
    struct fs_results_attribute *found = find_attribute(results, group, name, FS_F64);
    if (found) *value = found->f64;
    return found != NULL;
}

const char *const *fs_results_groups(struct fs_results *results, const char *group)
{
    struct fs_results_group *found = find_group(results, group);
    return found ? found->groups.names : NULL;
}

const char *const *fs_results_columns(struct fs_results *results, const char *group)
{
    struct fs_results_group *found = find_group(results, group);
    return found ? found->columns.names : NULL;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return fs_checksum(text, strlen(text) + 1, hash);
}

static uint64_t hash_integer(uint64_t hash, int64_t value)
{
    return fs_checksum(&value, sizeof value, hash);
}

static uint64_t hash_column(uint64_t hash, const struct fs_column *column)
{
    size_t n = 1;
    hash = hash_text(hash, column->name);
    hash = hash_integer(hash, column->type);
    hash = hash_integer(hash, column->rank);
    for (int i = 0; i < column->rank; i++) {
        n *= (size_t)column->extent[i];
        hash = hash_integer(hash, column->extent[i]);
        hash = hash_text(hash, column->dim[i]);
    }
    if (column->type != FS_TEXT) return fs_checksum(column->data, n * 8, hash);
    for (size_t i = 0; i < n; i++)
        hash = hash_text(hash, column->text[i]);
    return hash;
}

uint64_t fs_results_hash(struct fs_results *results)
{
    uint64_t hash = 0;
    for (struct fs_results_group *group = results->first; group; group = group->next) {
        hash = hash_text(hash, group->path);
        for (struct fs_results_entry *entry = group->first; entry; entry = entry->next) {
            hash = hash_column(hash, &entry->column);
        }
    }
    return hash;
}
