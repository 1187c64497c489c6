/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A YAML document as a tree of nodes that know where they stand. tree.c is the only file that
 * names libyaml; it uses the event interface and refuses what a scenario has no use for: aliases,
 * anchors, tags, a second document, invalid UTF-8, NUL, line ends other than LF and CRLF, more than
 * 1 MiB, 64 levels, 1,000 keys in a map or 200,000 nodes, and keys that are duplicate, empty,
 * longer than 200 bytes or no scalars. An empty document is an empty scalar.
 */
#ifndef FS_SCENARIOS_TREE_H
#define FS_SCENARIOS_TREE_H

#include "complaint.h"
#include "fail.h"

enum fs_node_kind { FS_NODE_SCALAR, FS_NODE_MAP, FS_NODE_LIST };

struct fs_node {
    enum fs_node_kind kind;
    struct fs_place place;
    const char *text; /* scalar: its value; plain null and "" are empty scalars */
    bool quoted;
    const char *key; /* in a map: its key */
    struct fs_place key_place;
    struct fs_node *child; /* map and list: first */
    struct fs_node *next;  /* sibling */
};

/* Parse; NULL after complaints. `name` is what messages call it. All memory from the arena. */
struct fs_node *fs_tree_parse(struct fs_arena *arena, const char *name, const char *data,
                              size_t size, struct fs_report *report);
/* Read a file (or "-", standard input) and parse; a file that cannot be read is FS_WORLD, a
 * folder, FIFO or device, or more than 1 MiB, is a complaint (FS_INPUT). */
enum fs_rc fs_tree_read(struct fs_arena *arena, const char *path, struct fs_node **tree,
                        struct fs_report *report, struct fs_failure *failure);

struct fs_node *fs_node_get(const struct fs_node *map, const char *key); /* NULL when absent */
bool fs_node_is_null(const struct fs_node *node); /* a scalar with nothing in it, unquoted */
bool fs_node_is_text(const struct fs_node *node); /* a scalar that is not empty; NULL: none */
int fs_node_count(const struct fs_node *node);
/* A node without place; `text` for scalars, else NULL. */
struct fs_node *fs_node_new(struct fs_arena *arena, enum fs_node_kind kind, const char *text);
/* Hang `child` behind the others; the key is NULL in a list. O(children). */
void fs_node_add(struct fs_node *parent, const char *key, struct fs_node *child);
struct fs_node *fs_node_copy(struct fs_arena *arena, const struct fs_node *node);

/* Put `value` (copied) at a dotted path below `root`: a map replaces, a dotted leaf overrides, a
 * null scalar removes, maps on the way are made. List items by number: events.0.at. Complains at
 * `place` when the path runs through a scalar. Names with dots or slashes may be quoted:
 * components."a.b".memory. */
bool fs_node_put(struct fs_arena *arena, struct fs_node *root, const char *path,
                 const struct fs_node *value, struct fs_place place, struct fs_report *report);

/* The first name of such a path, without its quotes, and what is left of the path; NULL when it
 * cannot be read. */
const char *fs_path_name(struct fs_arena *arena, const char **path);

/* The child that the first name of such a path means, and what is left of the path; NULL when it is
 * not there. */
struct fs_node *fs_node_take(struct fs_arena *arena, const struct fs_node *at, const char **path);

/* Print as YAML that parses back to an equal tree; block style, short maps of scalars in flow. */
void fs_node_print(const struct fs_node *node, FILE *out);

#endif
