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
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct fs_complaints {
    struct fs_arena *arena;
    struct fs_report *report;
    const struct fs_layer *layer;
    struct fs_place place;
};

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

struct fs_place fs_layer_place(const struct fs_layer *layer, const char *path,
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

struct fs_complaints *fs_layer_complaints(struct fs_arena *arena, struct fs_report *report,
                                          const struct fs_layer *layer, struct fs_place place)
{
    struct fs_complaints *complaints = fs_arena_alloc(arena, sizeof *complaints);
    *complaints =
        (struct fs_complaints){.arena = arena, .report = report, .layer = layer, .place = place};
    return complaints;
}

#define TEXT 600

void fs_complain(struct fs_complaints *complaints, const char *key, const char *format, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct fs_place place = fs_layer_place(complaints->layer, key, complaints->place);
    if (*key)
        fs_report_error(complaints->report, place, NULL, "'%s': %s", key, text);
    else
        fs_report_error(complaints->report, place, NULL, "%s", text);
}

void fs_warn(struct fs_complaints *complaints, const char *key, const char *format, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct fs_place place = fs_layer_place(complaints->layer, key, complaints->place);
    if (*key)
        fs_report_warning(complaints->report, place, NULL, "'%s': %s", key, text);
    else
        fs_report_warning(complaints->report, place, NULL, "%s", text);
}

/* <folder>/./<path as written> without the mark between them. */
static const char *plain_path(struct fs_arena *arena, const char *path)
{
    const char *mark = strstr(path, "/./");
    if (!mark) return fs_arena_text(arena, path);
    return fs_arena_format(arena, "%.*s/%s", (int)(mark - path), path, mark + strlen("/./"));
}

void fs_complain_at(struct fs_complaints *complaints, const char *file, long line, int column,
                    const char *text, const char *format, ...)
{
    struct fs_place place = {.column = column, .width = 1};
    const struct fs_place named = complaints->place;
    const char *hint = NULL;
    char message[TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!fs_report_full(complaints->report)) {
        struct fs_text *source = fs_arena_alloc(complaints->arena, sizeof *source);
        place.line = line > INT_MAX ? INT_MAX : (int)line;
        *source = (struct fs_text){.name = plain_path(complaints->arena, file),
                                   .data = text ? fs_arena_text(complaints->arena, text) : NULL,
                                   .size = text ? strlen(text) : 0,
                                   .first = place.line};
        place.text = source;
        if (named.text && named.line > 0)
            hint = fs_arena_format(complaints->arena, "the file is named in %s, line %d",
                                   named.text->name, named.line);
    }
    fs_report_error(complaints->report, place, hint, "%s", message);
}
