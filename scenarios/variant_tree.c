/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each variant's tree is the file's own with the edits of those it extends and its own applied.
 * What is given from outside is put into the tree as written where there are no variants, and else
 * into each variant's after its edits, where the place it stands in has been kept.
 */
#include "variant_tree.h"

#include "platform.h"

#include <string.h>

struct fs_node *fs_variant_tree_base(const struct fs_variant_trees *t)
{
    struct fs_node *base = fs_node_copy(t->arena, t->scenario->tree);
    struct fs_node **link = &base->child;
    while (*link) {
        const char *key = (*link)->key;
        if (strcmp(key, "variants") == 0 || strcmp(key, "expect") == 0)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
    return base;
}

/* What is left of `path` behind `whole`, "" when it is the same; NULL when it is not within. */
static const char *behind(const char *path, const char *whole)
{
    const size_t n = strlen(whole);
    if (strncmp(path, whole, n) != 0 || (path[n] && path[n] != '.')) return NULL;
    return path[n] ? path + n + 1 : path + n;
}

/* Edits are applied in their order: a map behind a leaf of it would leave nothing of that. */
static void check_order(struct fs_variant_trees *t, const struct fs_node *edits,
                        const struct fs_node *edit)
{
    for (const struct fs_node *before = edits->child; before != edit; before = before->next) {
        const char *within = behind(before->key, edit->key);
        if (within && *within)
            fs_report_error(t->report, edit->key_place, "write it in front",
                            "'%s' replaces what '%s' says", edit->key, before->key);
    }
}

/* An edit begins with a section that variants may differ in. */
static bool is_in_section(struct fs_variant_trees *t, const struct fs_node *edit)
{
    static const char *const section[] = {"run",        "account", "traffic",
                                          "components", "events",  "alarms"};
    const int n = (int)(sizeof section / sizeof *section);
    const char *rest = edit->key, *first = fs_path_name(t->arena, &rest);
    if (!first) return true; /* who puts it complains */
    for (int i = 0; i < n; i++) {
        if (strcmp(first, section[i]) == 0) return true;
    }
    const char *near = fs_nearest(first, section, n);
    fs_report_error(t->report, edit->key_place,
                    near ? fs_arena_format(t->arena, "did you mean '%s'?", near)
                         : "run, account, traffic, components, events and alarms can be",
                    "'%s' cannot be changed by a variant", first);
    return false;
}

static void apply_edits(struct fs_variant_trees *t, struct fs_node *tree,
                        const struct fs_node *edits)
{
    if (edits->kind != FS_NODE_MAP) return; /* the reader has complained */
    for (const struct fs_node *edit = edits->child; edit; edit = edit->next) {
        check_order(t, edits, edit);
        if (strcmp(edit->key, "extends") != 0 && is_in_section(t, edit))
            fs_node_put(t->arena, tree, edit->key, edit, edit->key_place, t->report);
    }
}

/* Ancestors first; `depth` ends a circle. */
static bool apply_variant(struct fs_variant_trees *t, struct fs_node *tree,
                          const struct fs_node *variants, const struct fs_node *variant, int depth)
{
    const struct fs_node *extends = fs_node_get(variant, "extends");
    if (extends) {
        const struct fs_node *parent =
            fs_node_is_text(extends) ? fs_node_get(variants, extends->text) : NULL;
        if (!parent || depth > FS_VARIANT_DEPTH) {
            fs_report_error(t->report, extends->place, NULL,
                            parent ? "variants extend each other in a circle"
                                   : "'extends' names another variant");
            return false;
        }
        if (!apply_variant(t, tree, variants, parent, depth + 1)) return false;
    }
    t->stood[t->n_stood++] = fs_node_copy(t->arena, tree);
    apply_edits(t, tree, variant);
    return true;
}

/* ---- what is given from outside ------------------------------------------------------------- */

static bool has_path(struct fs_arena *arena, const struct fs_node *node, const char *path)
{
    while (node && *path)
        node = fs_node_take(arena, node, &path);
    return node != NULL;
}

/* Whether a variant says something about the place or what is in it. */
static bool has_edit(struct fs_arena *arena, const struct fs_node *variant, const char *path)
{
    for (const struct fs_node *edit = variant->child; edit; edit = edit->next) {
        const char *rest = behind(path, edit->key);
        if (behind(edit->key, path) || (rest && has_path(arena, edit, rest))) return true;
    }
    return false;
}

/* The map around the place that the base does not write and a variant does (sections are always
 * there). NULL: there is none. */
static const char *own_map(struct fs_arena *arena, const struct fs_scenario *scenario,
                           const char *path)
{
    static const struct fs_node section = {.kind = FS_NODE_MAP};
    const struct fs_node *node = fs_node_get(scenario->tree, "variants");
    const char *rest = path, *map;
    const struct fs_node *at = fs_node_take(arena, scenario->tree, &rest);
    if (!at) at = &section;
    while (at && *rest)
        at = fs_node_take(arena, at, &rest);
    if (at || *rest == '\0') return NULL;
    map = fs_arena_format(arena, "%.*s", (int)(rest - path) - 1, path);
    for (node = node ? node->child : NULL; node; node = node->next) {
        for (const struct fs_node *edit = node->child; edit; edit = edit->next) {
            const char *within = edit->key ? behind(map, edit->key) : NULL;
            if (within && has_path(arena, edit, within) && !fs_node_is_null(edit)) return map;
        }
    }
    return NULL;
}

/* The name of a variant that says something about the place or what is in it; NULL: none does. */
static const char *differs(const struct fs_variant_trees *t, const char *path)
{
    const struct fs_node *variants = fs_node_get(t->scenario->tree, "variants");
    if (!variants || variants->kind != FS_NODE_MAP) return NULL;
    for (const struct fs_node *node = variants->child; node; node = node->next) {
        if (node->kind == FS_NODE_MAP && has_edit(t->arena, node, path)) return node->key;
    }
    return NULL;
}

/* The row that a path below a component ends at; NULL: none, or it leads through other than groups.
 */
static const struct fs_param *row_at(struct fs_arena *arena, const struct fs_param *rows,
                                     const char *path)
{
    const struct fs_param *row = NULL;
    while (*path) {
        const char *name = rows ? fs_path_name(arena, &path) : NULL;
        if (!name) return NULL;
        for (row = rows; row->key && strcmp(row->key, name) != 0;)
            row++;
        if (!row->key) return NULL;
        rows = row->kind == FS_P_GROUP ? row->rows : NULL;
    }
    return row;
}

/* Whether a component has the map, a group of its rows, where nothing of it is written. */
static bool is_group(const struct fs_variant_trees *t, const struct fs_node *tree, const char *map)
{
    const struct fs_node *components = fs_node_get(tree, "components");
    const struct fs_platform *platform = NULL;
    const char *name, *rest = behind(map, "components");
    if (!rest || !components || components->kind != FS_NODE_MAP) return false;
    name = fs_path_name(t->arena, &rest);
    const struct fs_node *component = name ? fs_node_get(components, name) : NULL;
    if (!component || component->kind != FS_NODE_MAP) return false;
    const struct fs_plugin *plugin = t->mechanism(t->self, component, &platform);
    const struct fs_param *row = plugin ? row_at(t->arena, plugin->rows, rest) : NULL;
    if (!row || row->kind != FS_P_GROUP) return false;
    return !row->preset || *row->preset || (platform && has_path(t->arena, platform->values, rest));
}

/* What on the way to the place stood in a variant's tree and does so no more; NULL: nothing. */
static const char *removed(const struct fs_variant_trees *t, const struct fs_node *stood,
                           const struct fs_node *tree, const char *path)
{
    for (const char *rest = path;;) {
        const char *behind = rest;
        stood = fs_node_take(t->arena, stood, &behind);
        if (!stood || *behind == '\0') return NULL;
        tree = fs_node_take(t->arena, tree, &rest);
        if (!tree) return fs_arena_format(t->arena, "%.*s", (int)(behind - path) - 1, path);
    }
}

/* What the place would stand in, and a variant does without. */
static const char *missing(const struct fs_variant_trees *t, const struct fs_node *tree,
                           const struct fs_given *given)
{
    const char *gone = NULL;
    for (int i = 0; i < t->n_stood && !gone; i++)
        gone = removed(t, t->stood[i], tree, given->path);
    if (gone || !given->own || has_path(t->arena, tree, given->own)) return gone;
    return is_group(t, tree, given->own) ? NULL : given->own;
}

/* What is given from outside wins over what a variant says of the place, but brings back nothing
 * that the variant has removed around it, nor makes there what others have for themselves. */
static void apply_given(struct fs_variant_trees *t, struct fs_node *tree, const char *variant)
{
    for (int i = 0; i < t->n_given; i++) {
        const struct fs_given *given = &t->given[i];
        struct fs_reach *reach = &t->scenario->reach[i];
        const bool nothing =
            fs_node_is_null(given->value) && !has_path(t->arena, tree, given->path);
        const char *gone = nothing ? NULL : missing(t, tree, given);
        reach->lacks[t->scenario->n_variants] = gone;
        reach->n += !gone;
        if (nothing) continue;
        if (gone)
            fs_report_warning(t->report, given->value->place, NULL,
                              "variant '%s' has no '%s': nothing is set there", variant, gone);
        else
            fs_node_put(t->arena, tree, given->path, given->value, given->value->place, t->report);
    }
}

/* Into the tree as written: where there are variants, theirs take it for themselves. */
static void put_given(struct fs_variant_trees *t, const struct fs_override *override, int n)
{
    t->given = fs_arena_alloc(t->arena, (size_t)(n + 1) * sizeof *t->given);
    t->scenario->reach = fs_arena_alloc(t->arena, (size_t)(n + 1) * sizeof *t->scenario->reach);
    for (int i = 0; i < n; i++) {
        struct fs_node *value = fs_tree_parse(t->arena, override[i].option, override[i].value,
                                              strlen(override[i].value), t->report);
        if (!value) continue;
        const char *path = override[i].path;
        const char *own = t->alone ? NULL : own_map(t->arena, t->scenario, path);
        t->given[t->n_given++] = (struct fs_given){path, value, own};
        if (own || (fs_node_is_null(value) && differs(t, path))) continue;
        fs_node_put(t->arena, t->scenario->tree, path, value, value->place, t->report);
    }
}

void fs_variant_tree_new(struct fs_variant_trees *t, const struct fs_override *override, int n)
{
    t->base = fs_variant_tree_base(t);
    put_given(t, override, n);
    const int variants = fs_node_count(fs_node_get(t->scenario->tree, "variants"));
    for (int i = 0; i < t->n_given; i++)
        t->scenario->reach[i].lacks =
            fs_arena_alloc(t->arena, (size_t)(variants + 1) * sizeof(char *));
}

struct fs_node *fs_variant_tree_of(struct fs_variant_trees *t, const struct fs_node *variant)
{
    const struct fs_node *variants = fs_node_get(t->scenario->tree, "variants");
    struct fs_node *tree = fs_node_copy(t->arena, t->base);
    t->n_stood = 0;
    if (!apply_variant(t, tree, variants, variant, 0)) return NULL;
    apply_given(t, tree, variant->key);
    return tree;
}

void fs_variant_tree_warn(struct fs_variant_trees *t)
{
    for (int i = 0; i < t->n_given; i++) {
        struct fs_reach *reach = &t->scenario->reach[i];
        const char *name = reach->n > 1 ? differs(t, t->given[i].path) : NULL;
        reach->differs = name;
        if (name)
            fs_report_warning(t->report, t->given[i].value->place,
                              fs_arena_format(t->arena, "--variant %s takes one alone", name),
                              "variant '%s' says otherwise: in all variants%s it is this now", name,
                              reach->n < t->scenario->n_variants ? " that have it" : "");
    }
}
