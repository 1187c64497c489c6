/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A map that has any of value, source, date or certainty is a value and must be complete; any other
 * map is a group of values, as deep as the mechanism's own groups. Values are unwrapped by giving
 * the inner node the outer one's key, so a complaint of the binder still points into the file.
 */
#include "platform.h"
#include "arena.h"
#include "namelist.h"
#include "registry.h"
#include "shelf.h"

#include <string.h>

#define ACCOUNT "account"

struct reader {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_platform *platform;
    int room; /* for what is sourced */
};

/* A value in one line: {mean: 1s, p99: 2s}. */
static const char *flow(struct fs_arena *arena, const struct fs_node *node)
{
    const char *text = "";
    if (node->kind == FS_NODE_SCALAR) return node->text;
    for (const struct fs_node *child = node->child; child; child = child->next)
        text = fs_arena_format(arena, "%s%s%s%s%s", text, *text ? ", " : "",
                               child->key ? child->key : "", child->key ? ": " : "",
                               flow(arena, child));
    return fs_arena_format(arena, node->kind == FS_NODE_MAP ? "{%s}" : "[%s]", text);
}

static void add_sourced(struct reader *reader, const char *key, const struct fs_node *value,
                        const struct fs_provenance *from)
{
    struct fs_platform *platform = reader->platform;
    if (platform->n_sourced == reader->room) {
        const int room = reader->room ? 2 * reader->room : 16;
        struct fs_sourced *more = fs_arena_alloc(reader->arena, (size_t)room * sizeof *more);
        if (reader->room) memcpy(more, platform->sourced, (size_t)reader->room * sizeof *more);
        platform->sourced = more;
        reader->room = room;
    }
    platform->sourced[platform->n_sourced++] = (struct fs_sourced){key,
                                                                   flow(reader->arena, value),
                                                                   from->source,
                                                                   from->date,
                                                                   from->certainty,
                                                                   from->note,
                                                                   from->doubtful};
}

static bool is_value(const struct fs_node *node)
{
    return fs_node_get(node, "value") || fs_node_get(node, "source") || fs_node_get(node, "date") ||
           fs_node_get(node, "certainty");
}

/* The inner value of `node` under its key; NULL when there is none. */
static struct fs_node *unwrap(struct reader *reader, const struct fs_node *node, const char *key)
{
    static const char *const keys[] = {"value", "source", "date", "certainty", "note", NULL};
    struct fs_provenance provenance;
    fs_shelf_keys(node, keys, reader->report);
    const bool vouched = fs_shelf_provenance(node, &provenance, reader->report);
    const struct fs_node *value = fs_node_get(node, "value");
    if (!value) {
        fs_report_error(reader->report, node->key_place, NULL, "'%s' needs a value", node->key);
        return NULL;
    }
    if (vouched) add_sourced(reader, key, value, &provenance);
    struct fs_node *plain = fs_arena_alloc(reader->arena, sizeof *plain);
    *plain = *value;
    return plain;
}

static struct fs_node *plain_map(struct reader *reader, const struct fs_node *map,
                                 const char *prefix);

static struct fs_node *plain_node(struct reader *reader, const struct fs_node *node,
                                  const char *prefix)
{
    const char *key = fs_arena_format(reader->arena, "%s%s", prefix, node->key);
    if (node->kind != FS_NODE_MAP) {
        fs_report_error(reader->report, node->place, NULL,
                        "'%s' needs its source: {value: ..., source: ..., date: ..., "
                        "certainty: ...}",
                        node->key);
        return NULL;
    }
    struct fs_node *plain =
        is_value(node) ? unwrap(reader, node, key)
                       : plain_map(reader, node, fs_arena_format(reader->arena, "%s.", key));
    if (!plain) return NULL;
    plain->key = node->key;
    plain->key_place = node->key_place;
    plain->next = NULL;
    return plain;
}

static struct fs_node *plain_map(struct reader *reader, const struct fs_node *map,
                                 const char *prefix)
{
    struct fs_node *plain = fs_arena_alloc(reader->arena, sizeof *plain);
    *plain = *map;
    plain->child = NULL;
    struct fs_node **end = &plain->child;
    for (const struct fs_node *node = map->child; node; node = node->next) {
        *end = plain_node(reader, node, prefix);
        if (*end) end = &(*end)->next;
    }
    return plain;
}

static void check_mechanism(const struct reader *reader, const struct fs_node *node)
{
    if (strcmp(node->text, ACCOUNT) == 0) return;
    for (int i = 0; fs_registries[i]; i++)
        if (fs_plugin_find(fs_registries[i], node->text)) return;
    fs_report_error(reader->report, node->place, NULL, "there is no mechanism '%s'", node->text);
}

static void read_platform(struct reader *reader, const struct fs_node *tree)
{
    static const char *const keys[] = {"platform", "name", "title", "mechanism", "values", NULL};
    struct fs_platform *platform = reader->platform;
    fs_shelf_keys(tree, keys, reader->report);
    platform->title = fs_shelf_text(tree, "title", reader->report);
    platform->mechanism = fs_shelf_text(tree, "mechanism", reader->report);
    if (platform->mechanism) check_mechanism(reader, fs_node_get(tree, "mechanism"));
    const struct fs_node *values = fs_node_get(tree, "values");
    if (values && values->kind == FS_NODE_MAP)
        platform->values = plain_map(reader, values, "");
    else
        fs_report_error(reader->report, values ? values->place : tree->place, NULL,
                        "needs a map of values");
}

enum fs_rc fs_platform_read(struct fs_arena *arena, const char *name, const char *folder,
                            struct fs_place place, struct fs_platform **platform,
                            struct fs_report *report, struct fs_failure *failure)
{
    struct fs_node *tree;
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    const int before = fs_report_errors(report);
    const enum fs_rc rc = fs_shelf_read(&shelf, "platforms", name, place, &tree, report, failure);
    if (rc != FS_OK) return rc;
    struct reader reader = {.arena = arena, .report = report};
    reader.platform = fs_arena_alloc(arena, sizeof *reader.platform);
    reader.platform->name = fs_arena_text(arena, name);
    read_platform(&reader, tree);
    if (fs_report_errors(report) != before) return FS_INPUT;
    *platform = reader.platform;
    return FS_OK;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static const char *mechanism_of(const struct fs_shelf *shelf, const char *name)
{
    struct fs_node *tree;
    struct fs_failure failure;
    struct fs_report *unheard = fs_report_new(shelf->arena);
    const struct fs_place nowhere = {.text = NULL};
    if (fs_shelf_read(shelf, "platforms", name, nowhere, &tree, unheard, &failure)) return NULL;
    const struct fs_node *node = fs_node_get(tree, "mechanism");
    return node && node->kind == FS_NODE_SCALAR ? node->text : NULL;
}

const char *const *fs_platforms_list(struct fs_arena *arena, const char *of, const char *folder)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    const char *const *all = fs_shelf_list(&shelf, "platforms");
    if (!of) return all;
    const struct fs_registry *registry = fs_registry_find(of);
    const size_t room = (size_t)fs_names_count(all) + 1;
    const char **names = fs_arena_alloc(arena, room * sizeof *names);
    for (int i = 0, n = 0; all[i]; i++) {
        const char *mechanism = mechanism_of(&shelf, all[i]);
        if (mechanism && (strcmp(mechanism, of) == 0 || fs_plugin_find(registry, mechanism)))
            names[n++] = all[i];
    }
    return names;
}
