/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only interpreter of the parameters table (sim/param.h): reads a tree into structs, and shows
 * the same rows as JSON Schema, as reference and as a tree with every default filled in.
 */
#ifndef FS_SCENARIOS_BIND_H
#define FS_SCENARIOS_BIND_H

#include "layer.h"
#include "param.h"
#include "tree.h"

/* Where names that the tree mentions are looked up. Any function may be NULL: nothing known. */
struct fs_names {
    void *self;
    /* Names a FS_P_REF may take, ending with NULL. */
    const char *const *(*components)(void *self);
    /* Items of the price list, ending with NULL; NULL: no list, prices are kept unchecked. */
    const char *const *(*prices)(void *self);
    /* A preset file for a plug-in: the tree of its values for `name` in `registry` and the
     * plug-in's own name; NULL when there is none. */
    struct fs_node *(*preset)(void *self, const char *registry, const char *name,
                              const char **plugin);
    /* A preset was bound, and `layer` is what stands over its values and they themselves. */
    void (*rests_on)(void *self, const char *name, const struct fs_layer *layer);
    /* Names of such presets, for hints and schema, ending with NULL. */
    const char *const *(*presets)(void *self, const char *registry);
    /* Resolve a FS_P_PATH as written, to <folder>/./<as written>; NULL after complaining (escapes
     * the scenario's folder, missing, no regular file). */
    const char *(*path)(void *self, const struct fs_node *node, struct fs_report *report);
    /* What a distribution's name stands for; NULL after complaining. And all such names, ending
     * with NULL, for the schema. */
    const struct fs_node *(*named)(void *self, const struct fs_node *node,
                                   struct fs_report *report);
    const char *const *(*all_named)(void *self);
    /* Resolve a FS_P_DATA of `folder`; NULL after complaining. */
    const char *(*data)(void *self, const char *folder, const struct fs_node *node,
                        struct fs_report *report);
};

struct fs_binder {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_names names;
};

/* Read the map `node` into `out` by `rows`: `defaults` (a map of the same keys, e.g. a platform
 * file's values, or NULL) stands between a row's preset and what is written; null takes back what
 * they have of an optional key, a group or a map, to the row's preset. Unknown, missing,
 * ill-typed and out-of-range keys are complaints; all of them are found. Returns the number of
 * errors added. `node` may be NULL (nothing written); `place` is where a missing key is reported.
 * Keys in `extra` (NULL-terminated, may be NULL) are allowed and left to the caller. */
int fs_bind(struct fs_binder *binder, const struct fs_param *rows, const struct fs_node *node,
            const struct fs_node *defaults, struct fs_place place, const char *const *extra,
            void *out);

/* Run a plug-in's check and load, their complaints put where `node` wrote the key, or at `place`.
 * Call it only when binding found no error. Plug-ins inside rows are checked by fs_bind itself when
 * they are bound. */
void fs_bind_check(struct fs_binder *binder, const struct fs_plugin *plugin,
                   const struct fs_node *node, struct fs_place place, void *params);

/* Complaints of a hand-written check for `node`, for use with fs_complain(). */
struct fs_complaints *fs_complaints_at(struct fs_binder *binder, const struct fs_node *node,
                                       struct fs_place place);

/* The bound values as a tree: every row, presets included, in the table's order; binding it again
 * over the same `defaults` gives equal values (a path's provided that resolving it twice does).
 * Rows that are optional and empty are left out, or null where the defaults have them. */
struct fs_node *fs_unbind(struct fs_arena *arena, const struct fs_param *rows, const void *in,
                          const struct fs_node *defaults);

/* JSON Schema (draft 7) of a map by these rows: an object with properties, required, enum, pattern
 * and description; indented by `depth`, no newline at the end. */
void fs_schema_rows(FILE *out, const struct fs_param *rows, const struct fs_names *names,
                    int depth);

/* The members of its `properties` alone, for a map that has other keys besides. */
void fs_schema_properties(FILE *out, const struct fs_param *rows, const struct fs_names *names,
                          int depth);

/* The rows as a Markdown table: key, value, default, meaning; nested groups below as `a.b`. */
void fs_reference_rows(FILE *out, const struct fs_param *rows);

#endif
