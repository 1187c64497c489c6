/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Texts cannot be compared (1769MB is 1769MiB here), so values are: the map is bound a second time
 * without what the platform says itself, and both are printed back in one spelling.
 */
#include "vouched.h"

#include <string.h>

static struct fs_node *without(struct fs_arena *arena, const struct fs_node *node,
                               const struct fs_platform *platform)
{
    struct fs_node null = {.kind = FS_NODE_SCALAR, .text = ""};
    struct fs_report *unheard = fs_report_new(arena);
    struct fs_node *copy = fs_node_copy(arena, node);
    for (int i = 0; i < platform->n_sourced; i++)
        fs_node_put(arena, copy, platform->sourced[i].key, &null, node->place, unheard);
    return copy;
}

static const struct fs_node *at(const struct fs_node *node, const char *path)
{
    char key[128];
    while (node && *path) {
        const size_t n = strcspn(path, ".");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        node = node->kind == FS_NODE_MAP ? fs_node_get(node, key) : NULL;
        path += n + (path[n] == '.');
    }
    return node;
}

static bool equal(const struct fs_node *a, const struct fs_node *b)
{
    if (!a || !b || a->kind != b->kind) return !a && !b;
    if (a->kind == FS_NODE_SCALAR) return strcmp(a->text, b->text) == 0;
    const struct fs_node *x = a->child, *y = b->child;
    for (; x && y; x = x->next, y = y->next) {
        if ((x->key && strcmp(x->key, y->key) != 0) || !equal(x, y)) return false;
    }
    return x == y;
}

bool *fs_vouched_preset(struct fs_arena *arena, const struct fs_platform *preset,
                        const struct fs_layer *layer)
{
    bool *holds = fs_arena_alloc(arena, (size_t)preset->n_sourced * sizeof *holds + 1);
    for (int i = 0; i < preset->n_sourced; i++) {
        const struct fs_layer *top = layer;
        while (top->under && !at(top->node, preset->sourced[i].key))
            top = top->under;
        holds[i] = !top->under;
    }
    return holds;
}

bool *fs_vouched(const struct fs_binder *binder, const struct fs_param *rows,
                 const struct fs_node *node, const struct fs_platform *platform,
                 const char *const *extra, size_t size, const void *params)
{
    struct fs_arena *arena = binder->arena;
    bool *holds = fs_arena_alloc(arena, (size_t)platform->n_sourced * sizeof *holds + 1);
    struct fs_binder again = *binder;
    void *plain = fs_arena_alloc(arena, size);
    again.report = fs_report_new(arena);
    again.names.rests_on = NULL; /* it is for comparison alone */
    const struct fs_node *rest = node ? without(arena, node, platform) : NULL;
    const struct fs_place nowhere = {.text = NULL};
    if (fs_bind(&again, rows, rest, platform->values, nowhere, extra, plain)) return holds;
    const struct fs_node *had = fs_unbind(arena, rows, plain, NULL);
    const struct fs_node *has = fs_unbind(arena, rows, params, NULL);
    for (int i = 0; i < platform->n_sourced; i++) {
        const struct fs_node *value = at(had, platform->sourced[i].key);
        holds[i] = value && equal(value, at(has, platform->sourced[i].key));
    }
    return holds;
}
