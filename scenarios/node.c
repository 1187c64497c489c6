/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trees in memory: lookup, copy, dotted paths, printing. Children are a linked list in the order
 * they were written, because that order is the order of components and traffic classes. Printing
 * writes a scalar plain only when it is sure to be read back as the same one, else in double
 * quotes with escapes; a map or list that fits on the line and holds no deep structure goes in flow
 * style, as people write it.
 */
#include "tree.h"
#include "utf8.h"
#include <stdlib.h>
#include <string.h>

#define FLOW_WIDTH  76
#define FLOW_HEIGHT 2
#define MAX_DEPTH   64
#define MAX_KEY     200

struct fs_node *fs_node_get(const struct fs_node *map, const char *key)
{
    if (!map || map->kind != FS_NODE_MAP) return NULL;
    for (struct fs_node *child = map->child; child; child = child->next) {
        if (strcmp(child->key, key) == 0) return child;
    }
    return NULL;
}

bool fs_node_is_null(const struct fs_node *node)
{
    return node->kind == FS_NODE_SCALAR && !node->quoted && *node->text == '\0';
}

bool fs_node_is_text(const struct fs_node *node)
{
    return node && node->kind == FS_NODE_SCALAR && node->text && *node->text;
}

int fs_node_count(const struct fs_node *node)
{
    int n = 0;
    for (const struct fs_node *child = node ? node->child : NULL; child; child = child->next)
        n++;
    return n;
}

struct fs_node *fs_node_new(struct fs_arena *arena, enum fs_node_kind kind, const char *text)
{
    struct fs_node *node = fs_arena_alloc(arena, sizeof *node);
    node->kind = kind;
    node->text = text;
    return node;
}

void fs_node_add(struct fs_node *parent, const char *key, struct fs_node *child)
{
    struct fs_node **tail = &parent->child;
    while (*tail)
        tail = &(*tail)->next;
    child->key = key;
    *tail = child;
}

struct fs_node *fs_node_copy(struct fs_arena *arena, const struct fs_node *node)
{
    if (!node) return NULL;
    struct fs_node *copy = fs_arena_alloc(arena, sizeof *copy);
    *copy = *node;
    copy->next = NULL;
    struct fs_node **tail = &copy->child;
    for (const struct fs_node *child = node->child; child; child = child->next) {
        *tail = fs_node_copy(arena, child);
        tail = &(*tail)->next;
    }
    return copy;
}

/* ---- paths ---------------------------------------------------------------------------------- */

struct path {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_place place;
    const char *whole, *rest; /* rest: names still to be taken */
};

static bool complain(const struct path *path, const char *wrong)
{
    fs_report_error(path->report, path->place, NULL, "the path '%s' %s", path->whole, wrong);
    return false;
}

const char *fs_path_name(struct fs_arena *arena, const char **rest)
{
    const bool quoted = **rest == '"';
    const char *start = *rest + quoted;
    const size_t length = strcspn(start, quoted ? "\"" : ".\"");
    const char *end = start + length + (quoted && start[length] == '"');
    if (length == 0 || length > MAX_KEY || (quoted && end == start + length) ||
        (*end != '.' && *end != '\0') || (*end == '.' && end[1] == '\0'))
        return NULL;
    *rest = end + (*end == '.');
    return fs_arena_format(arena, "%.*s", (int)length, start);
}

/* Which item of a list a name means; -1: none. */
static int number_of(const char *name)
{
    return strspn(name, "0123456789") == strlen(name) && strlen(name) < 9 ? atoi(name) : -1;
}

/* Where the child called `name` hangs, or where a new one would; NULL after a complaint. */
static struct fs_node **find_link(const struct path *path, struct fs_node *at, const char *name)
{
    if (fs_node_is_null(at)) at->kind = FS_NODE_MAP;
    if (at->kind == FS_NODE_SCALAR) {
        complain(path, fs_arena_format(path->arena, "goes on at '%s' below the plain value '%s'",
                                       name, at->text));
        return NULL;
    }
    struct fs_node **link = &at->child;
    if (at->kind == FS_NODE_MAP) {
        while (*link && strcmp((*link)->key, name) != 0)
            link = &(*link)->next;
        return link;
    }
    const int number = number_of(name);
    for (int i = number; i > 0 && *link; i--)
        link = &(*link)->next;
    if (number >= 0 && *link) return link;
    complain(path, fs_arena_format(path->arena, "has '%s' where a list has items 0 to %d", name,
                                   fs_node_count(at) - 1));
    return NULL;
}

static void put_leaf(const struct path *path, struct fs_node **link, const char *name,
                     const struct fs_node *value)
{
    struct fs_node *old = *link;
    if (fs_node_is_null(value)) {
        if (!old)
            fs_report_warning(path->report, path->place, NULL,
                              "'%s' removes nothing: it is not there", path->whole);
        else
            *link = old->next;
        return;
    }
    struct fs_node *new = fs_node_copy(path->arena, value);
    new->key = name;
    new->key_place = path->place;
    new->next = old ? old->next : NULL;
    *link = new;
}

static struct fs_node *item_at(const struct fs_node *list, int number)
{
    struct fs_node *item = number < 0 ? NULL : list->child;
    for (; number > 0 && item; number--)
        item = item->next;
    return item;
}

struct fs_node *fs_node_take(struct fs_arena *arena, const struct fs_node *at, const char **path)
{
    const char *name = fs_path_name(arena, path);
    if (!name) return NULL;
    return at->kind == FS_NODE_LIST ? item_at(at, number_of(name)) : fs_node_get(at, name);
}

bool fs_node_put(struct fs_arena *arena, struct fs_node *root, const char *path,
                 const struct fs_node *value, struct fs_place place, struct fs_report *report)
{
    struct path way = {
        .arena = arena, .report = report, .place = place, .whole = path, .rest = path};
    struct fs_node *at = root;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        const char *name = fs_path_name(arena, &way.rest);
        if (!name)
            return complain(&way, "cannot be read: names are separated by dots, one that holds a "
                                  "dot stands in double quotes");
        struct fs_node **link = find_link(&way, at, name);
        if (!link) return false;
        if (*way.rest == '\0' || (!*link && fs_node_is_null(value))) {
            put_leaf(&way, link, name, value);
            return true;
        }
        if (!*link) {
            *link = fs_arena_alloc(arena, sizeof **link);
            **link = (struct fs_node){
                .kind = FS_NODE_MAP, .place = place, .key = name, .key_place = place};
        }
        at = *link;
    }
    return complain(&way, "has more than 64 names");
}

/* ---- printing ------------------------------------------------------------------------------- */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_visible(const char *text)
{
    for (size_t size = strlen(text), length; size > 0; text += length, size -= length) {
        const int32_t code = fs_utf8_read(text, size, &length);
        if (code < 0 || fs_utf8_control(code) || fs_utf8_bidi(code)) return false;
    }
    return true;
}

static bool starts_plain(const char *text)
{
    if (*text == '-' || *text == '.' || *text == '+') return is_alnum(text[1]);
    return is_alnum(*text) || (*text != '\0' && strchr("$/_(<", *text));
}

/* Will this text, unquoted, be read back as itself, in block and in flow style? */
static bool is_plain(const char *text)
{
    if (!starts_plain(text) || !is_visible(text) || text[strlen(text) - 1] == ' ') return false;
    if (strcmp(text, "null") == 0 || strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0)
        return false;
    if (strpbrk(text, ",[]{}?") || strstr(text, " #")) return false;
    for (const char *colon = text; (colon = strchr(colon, ':')); colon++) {
        if (!is_alnum(colon[1]) && colon[1] != '/') return false;
    }
    return true;
}

static void print_escaped(int32_t code, FILE *out)
{
    if (code == '\n')
        fputs("\\n", out);
    else if (code == '\t')
        fputs("\\t", out);
    else
        fprintf(out, code < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)code);
}

static void print_text(const char *text, bool quoted, FILE *out)
{
    if (!quoted && is_plain(text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (size_t size = strlen(text), length; size > 0; text += length, size -= length) {
        const int32_t code = fs_utf8_read(text, size, &length);
        if (code < 0 || fs_utf8_control(code) || fs_utf8_bidi(code)) {
            print_escaped(code < 0 ? 0xFFFD : code, out);
        } else {
            if (code == '"' || code == '\\') fputc('\\', out);
            fwrite(text, 1, length, out);
        }
    }
    fputc('"', out);
}

/* Room that a node takes in flow style, about; more than FLOW_WIDTH when it should go in block. */
static int flow_width(const struct fs_node *node, int height)
{
    if (node->kind == FS_NODE_SCALAR) return (int)strnlen(node->text, FLOW_WIDTH + 1) + 2;
    if (node->child && height == 0) return FLOW_WIDTH + 1;
    int width = 2;
    for (const struct fs_node *child = node->child; child && width <= FLOW_WIDTH;
         child = child->next) {
        if (node->kind == FS_NODE_MAP) width += (int)strnlen(child->key, FLOW_WIDTH) + 2;
        width += flow_width(child, height - 1);
    }
    return width;
}

static void print_flow(const struct fs_node *node, FILE *out)
{
    if (node->kind == FS_NODE_SCALAR) {
        if (fs_node_is_null(node))
            fputs("null", out);
        else
            print_text(node->text, node->quoted, out);
        return;
    }
    const bool map = node->kind == FS_NODE_MAP;
    fputc(map ? '{' : '[', out);
    for (const struct fs_node *child = node->child; child; child = child->next) {
        if (map) {
            print_text(child->key, false, out);
            fputs(": ", out);
        }
        print_flow(child, out);
        if (child->next) fputs(", ", out);
    }
    fputc(map ? '}' : ']', out);
}

/* The cursor stands where the first line of the node begins. */
static void print_block(const struct fs_node *node, int indent, FILE *out)
{
    for (const struct fs_node *child = node->child; child; child = child->next) {
        if (child != node->child) fprintf(out, "%*s", indent, "");
        int used = indent + 2;
        if (node->kind == FS_NODE_MAP) {
            print_text(child->key, false, out);
            fputc(':', out);
            used += (int)strlen(child->key);
        } else {
            fputs("- ", out);
        }
        const bool in_line = child->kind == FS_NODE_SCALAR || !child->child ||
                             used + flow_width(child, FLOW_HEIGHT) <= FLOW_WIDTH;
        if (in_line) {
            if (node->kind == FS_NODE_MAP) fputc(' ', out);
            print_flow(child, out);
            fputc('\n', out);
            continue;
        }
        if (node->kind == FS_NODE_MAP) fprintf(out, "\n%*s", indent + 2, "");
        print_block(child, indent + 2, out);
    }
}

void fs_node_print(const struct fs_node *node, FILE *out)
{
    if (node->kind != FS_NODE_SCALAR && node->child) {
        print_block(node, 0, out);
        return;
    }
    print_flow(node, out);
    fputc('\n', out);
}
