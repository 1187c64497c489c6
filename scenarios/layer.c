/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Layers are never merged into one tree: a value keeps the place it was written at, and a complaint
 * about a default points into the file that holds the default. A path is looked up whole in every
 * layer before it is shortened, because keys (names of components) may hold dots themselves and
 * because the key that is at fault may stand in a lower layer.
 */
#include "layer.h"
#include "param.h"
#include <limits.h>
#include <string.h>

const struct fs_layer *fs_layer_on(struct fs_arena *arena, const struct fs_node *node,
                                   const struct fs_layer *under)
{
    if (!node) return under;
    struct fs_layer *layer = fs_arena_alloc(arena, sizeof *layer);
    *layer = (struct fs_layer){.node = node, .under = under};
    return layer;
}

const struct fs_layer *fs_layer_select(struct fs_arena *arena, const struct fs_layer *layer,
                                       const char *key, const struct fs_layer *base)
{
    if (!layer) return base;
    return fs_layer_on(arena, fs_node_get(layer->node, key),
                       fs_layer_select(arena, layer->under, key, base));
}

/* ---- places --------------------------------------------------------------------------------- */

static const struct fs_node *find(const struct fs_node *node, const char *path)
{
    if (*path == '\0') return node;
    int number = 0;
    for (const struct fs_node *child = node->child; child; child = child->next, number++) {
        char digits[16];
        snprintf(digits, sizeof digits, "%d", number);
        const char *name = node->kind == FS_NODE_MAP ? child->key : digits;
        const size_t length = strlen(name);
        if (strncmp(path, name, length) != 0) continue;
        if (path[length] != '\0' && path[length] != '.') continue;
        const struct fs_node *found = find(child, path + length + (path[length] == '.'));
        if (found) return found;
    }
    return NULL;
}

/* Where a path ("backoff.base", "tiers.0.from") was written, or what holds it; else `place`. */
static struct fs_place place_of(const struct fs_layer *layer, const char *path,
                                struct fs_place place)
{
    char rest[1024];
    snprintf(rest, sizeof rest, "%s", path);
    while (*rest) {
        for (const struct fs_layer *at = layer; at; at = at->under) {
            const struct fs_node *node = find(at->node, rest);
            if (node)
                return node->kind == FS_NODE_SCALAR || !node->key ? node->place : node->key_place;
        }
        char *dot = strrchr(rest, '.');
        *(dot ? dot : rest) = '\0';
    }
    return place;
}

/* ---- hand-written checks -------------------------------------------------------------------- */

struct complaints {
    struct fs_complaints base;
    struct fs_arena *arena;
    struct fs_report *report;
    const struct fs_layer *layer;
    struct fs_place place;
};

static void say(struct fs_complaints *base, bool is_error, const char *key, const char *text)
{
    const struct complaints *c = (const struct complaints *)(void *)base;
    const struct fs_place place = place_of(c->layer, key, c->place);
    (is_error ? fs_report_error : fs_report_warning)(c->report, place, NULL,
                                                     *key ? "'%s': %s" : "%s%s", key, text);
}

/* <folder>/./<path as written> without the mark between them. */
static const char *plain_path(struct fs_arena *arena, const char *path)
{
    const char *mark = strstr(path, "/./");
    if (!mark) return fs_arena_text(arena, path);
    return fs_arena_format(arena, "%.*s/%s", (int)(mark - path), path, mark + strlen("/./"));
}

static void say_at(struct fs_complaints *base, const char *file, long line, int column,
                   const char *content, const char *text)
{
    const struct complaints *c = (const struct complaints *)(void *)base;
    struct fs_place place = {.column = column, .width = 1};
    const char *hint = NULL;
    if (!fs_report_full(c->report)) {
        struct fs_text *source = fs_arena_alloc(c->arena, sizeof *source);
        place.line = line > INT_MAX ? INT_MAX : (int)line;
        *source = (struct fs_text){.name = plain_path(c->arena, file),
                                   .data = content ? fs_arena_text(c->arena, content) : NULL,
                                   .size = content ? strlen(content) : 0,
                                   .first = place.line};
        place.text = source;
        if (c->place.text && c->place.line > 0)
            hint = fs_arena_format(c->arena, "the file is named in %s, line %d",
                                   c->place.text->name, c->place.line);
    }
    fs_report_error(c->report, place, hint, "%s", text);
}

struct fs_complaints *fs_layer_complaints(struct fs_arena *arena, struct fs_report *report,
                                          const struct fs_layer *layer, struct fs_place place)
{
    struct complaints *c = fs_arena_alloc(arena, sizeof *c);
    *c = (struct complaints){{say, say_at}, arena, report, layer, place};
    return &c->base;
}
