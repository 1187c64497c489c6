/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way back from structs to a tree, row by row. What is optional and empty is left out, since
 * absent and empty are the same memory, unless the text is to be read over defaults that have it:
 * then null takes it back. Everything else is written even where it equals its preset, so that the
 * text still means the same when a preset changes.
 */
#include "bind.h"
#include "distform.h"
#include "quantity.h"
#include <string.h>

static struct fs_node *unbind_rows(struct fs_arena *arena, const struct fs_param *rows,
                                   const void *in, const struct fs_node *defaults);

static bool is_empty_dist(const struct fs_dist *dist)
{
    return dist->kind == FS_DIST_NONE;
}

static bool is_empty_group(const struct fs_param *rows, const void *in);

/* Is the row's memory as if nothing had been bound? */
static bool is_empty(const struct fs_param *row, const void *slot)
{
    int64_t word;
    switch (row->kind) {
    case FS_P_SCALAR:
        memcpy(&word, slot, sizeof word);
        return word == 0;
    case FS_P_BOOL:
        return !*(const bool *)slot;
    case FS_P_CHOICE:
        return *(const int *)slot == 0;
    case FS_P_DIST:
        return is_empty_dist(slot);
    case FS_P_GROUP:
        return is_empty_group(row->rows, slot);
    case FS_P_LIST:
    case FS_P_MAP:
        return ((const struct fs_list *)slot)->n == 0;
    case FS_P_PLUGIN:
        return !((const struct fs_plugin_value *)slot)->plugin;
    case FS_P_TEXT:
    case FS_P_PATH:
    case FS_P_DATA:
    case FS_P_REF:
    case FS_P_PRICE:
        return !*(const char *const *)slot;
    }
    return true;
}

static bool is_empty_group(const struct fs_param *rows, const void *in)
{
    for (; rows->key; rows++) {
        if (!is_empty(rows, (const char *)in + rows->offset)) return false;
    }
    return true;
}

static struct fs_node *scalar(struct fs_arena *arena, const char *text)
{
    struct fs_node *node = fs_node_new(arena, FS_NODE_SCALAR, text);
    node->quoted = *text == '\0';
    return node;
}

static struct fs_node *unbind_number(struct fs_arena *arena, const struct fs_param *row,
                                     const void *slot)
{
    int64_t whole;
    double number;
    if (fs_dimension_whole(row->dimension)) {
        memcpy(&whole, slot, sizeof whole);
        return scalar(arena, fs_quantity_write_whole(arena, row->dimension, whole));
    }
    memcpy(&number, slot, sizeof number);
    return scalar(arena, fs_quantity_write(arena, row->dimension, number));
}

static struct fs_node *unbind_price(struct fs_arena *arena, const struct fs_param *row,
                                    const char *name)
{
    const size_t length = row->prefix ? strlen(row->prefix) : 0;
    return scalar(arena, length && strncmp(name, row->prefix, length) == 0 ? name + length : name);
}

static struct fs_node *unbind_list(struct fs_arena *arena, const struct fs_param *row,
                                   const struct fs_list *list)
{
    const bool map = row->kind == FS_P_MAP;
    struct fs_node *node = fs_node_new(arena, map ? FS_NODE_MAP : FS_NODE_LIST, NULL);
    struct fs_node **tail = &node->child;
    for (int i = 0; i < list->n; i++) {
        const char *item = (const char *)list->item + (size_t)i * row->size;
        *tail = unbind_rows(arena, row->rows, item, NULL);
        (*tail)->key = map ? *(const char *const *)(const void *)item : NULL;
        tail = &(*tail)->next;
    }
    return node;
}

static struct fs_node *unbind_named(struct fs_arena *arena, const struct fs_plugin_value *value,
                                    const struct fs_node *defaults)
{
    return unbind_rows(arena, value->plugin->rows, value->params,
                       fs_node_get(defaults, value->plugin->name));
}

/* {name: its rows}, or the name alone when there is nothing to say. */
static struct fs_node *unbind_plugin(struct fs_arena *arena, const struct fs_plugin_value *value,
                                     const struct fs_node *defaults)
{
    struct fs_node *rows = unbind_named(arena, value, defaults);
    if (rows->kind == FS_NODE_MAP && !rows->child) return scalar(arena, value->plugin->name);
    struct fs_node *node = fs_node_new(arena, FS_NODE_MAP, NULL);
    fs_node_add(node, value->plugin->name, rows);
    return node;
}

/* A resolved path is <folder>/./<path as written>: what stands behind the mark is what moves along
 * with the scenario. */
static const char *as_written(const char *path)
{
    const char *mark = strstr(path, "/./");
    return mark ? mark + 3 : path;
}

/* The name of a data file on its shelf. */
static const char *stem_of(struct fs_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return fs_arena_format(arena, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
}

static struct fs_node *unbind_row(struct fs_arena *arena, const struct fs_param *row,
                                  const void *slot, const struct fs_node *defaults)
{
    switch (row->kind) {
    case FS_P_SCALAR:
        return unbind_number(arena, row, slot);
    case FS_P_BOOL:
        return scalar(arena, *(const bool *)slot ? "true" : "false");
    case FS_P_CHOICE:
        return scalar(arena, row->choices[*(const int *)slot]);
    case FS_P_DIST:
        return fs_distform_write(arena, row->dimension, slot);
    case FS_P_GROUP:
        return unbind_rows(arena, row->rows, slot, defaults);
    case FS_P_LIST:
    case FS_P_MAP:
        return unbind_list(arena, row, slot);
    case FS_P_PLUGIN:
        return unbind_plugin(arena, slot, defaults);
    case FS_P_TEXT:
    case FS_P_PATH:
        return scalar(arena, as_written(*(const char *const *)slot));
    case FS_P_DATA:
        return scalar(arena, stem_of(arena, *(const char *const *)slot));
    case FS_P_REF:
        return scalar(arena, *(const char *const *)slot);
    case FS_P_PRICE:
        return unbind_price(arena, row, *(const char *const *)slot);
    }
    return NULL;
}

/* A pointer or a plug-in that is not there cannot be written, whatever its row says. */
static bool is_absent(const struct fs_param *row, const void *slot)
{
    const bool optional = row->preset && *row->preset == '\0';
    const bool pointer = row->kind == FS_P_TEXT || row->kind == FS_P_PATH ||
                         row->kind == FS_P_DATA || row->kind == FS_P_REF ||
                         row->kind == FS_P_PRICE || row->kind == FS_P_PLUGIN;
    return (optional || pointer) && is_empty(row, slot);
}

static void add_row(struct fs_arena *arena, struct fs_node *map, const struct fs_param *row,
                    const void *slot, const struct fs_node *defaults)
{
    const struct fs_plugin_value *in_line = slot;
    const struct fs_node *before = fs_node_get(defaults, row->key);
    if (!is_absent(row, slot) && *row->key)
        fs_node_add(map, row->key, unbind_row(arena, row, slot, before));
    else if (!is_absent(row, slot))
        fs_node_add(map, in_line->plugin->name, unbind_named(arena, in_line, defaults));
    else if (before)
        fs_node_add(map, row->key, fs_node_new(arena, FS_NODE_SCALAR, ""));
}

static struct fs_node *unbind_rows(struct fs_arena *arena, const struct fs_param *rows,
                                   const void *in, const struct fs_node *defaults)
{
    struct fs_node *map = fs_node_new(arena, FS_NODE_MAP, NULL);
    const bool plain = rows->key && *rows->key == '\0' && !rows[1].key;
    for (const struct fs_param *row = rows; row->key; row++) {
        const void *slot = (const char *)in + row->offset;
        if (plain && !is_absent(row, slot)) return unbind_row(arena, row, slot, defaults);
        add_row(arena, map, row, slot, defaults);
    }
    return map;
}

struct fs_node *fs_unbind(struct fs_arena *arena, const struct fs_param *rows, const void *in,
                          const struct fs_node *defaults)
{
    return unbind_rows(arena, rows, in, defaults);
}
