/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The prose of a data file: read and checked by the readers first, then printed from its tree, so
 * that what is shown is what the file says, sources and notes included. Values are printed as YAML;
 * every other text is escaped, for it goes to a terminal.
 */
#include "arena.h"
#include "named.h"
#include "platform.h"
#include "shelf.h"

#include <string.h>

#define WIDTH 96

static const char *text_of(const struct fs_node *map, const char *key)
{
    const struct fs_node *node = fs_node_get(map, key);
    return node && node->kind == FS_NODE_SCALAR ? node->text : NULL;
}

static void print_escaped(struct fs_arena *arena, const char *text, FILE *out)
{
    fputs(fs_escape(arena, text, strlen(text)), out);
}

/* Words of `text`, indented, in lines of WIDTH where the words allow. */
static void print_wrapped(struct fs_arena *arena, const char *text, FILE *out)
{
    size_t column = 0;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column && column + 1 + word > WIDTH) column = 0, fputc('\n', out);
        fputs(column ? " " : "      ", out);
        column += (column ? 1 : 6) + word;
        fputs(fs_escape(arena, text, word), out);
        text += word + strspn(text + word, " ");
    }
    fputc('\n', out);
}

static void print_provenance(struct fs_arena *arena, const struct fs_node *datum, FILE *out)
{
    const char *note = text_of(datum, "note");
    print_wrapped(arena,
                  fs_arena_format(arena, "%s: %s, %s", text_of(datum, "certainty"),
                                  text_of(datum, "source"), text_of(datum, "date")),
                  out);
    if (note) print_wrapped(arena, note, out);
}

/* `key: value` as YAML; the node is copied to stand alone. */
static void print_value(const char *key, const struct fs_node *value, FILE *out)
{
    struct fs_node alone = *value, map = *value;
    alone.key = key;
    alone.next = NULL;
    map.kind = FS_NODE_MAP;
    map.child = &alone;
    fs_node_print(&map, out);
}

static void show_values(struct fs_arena *arena, const struct fs_node *values, const char *prefix,
                        FILE *out)
{
    for (const struct fs_node *node = values->child; node; node = node->next) {
        const char *key = fs_arena_format(arena, "%s%s", prefix, node->key);
        const struct fs_node *value = fs_node_get(node, "value");
        if (value) {
            print_value(key, value, out);
            print_provenance(arena, node, out);
        } else {
            show_values(arena, node, fs_arena_format(arena, "%s.", key), out);
        }
    }
}

static void print_item(struct fs_arena *arena, const struct fs_node *item, FILE *out)
{
    static const char *const keys[] = {"price", "tiers", "per", "unit", "free"};
    struct fs_node part[5], map = *item;
    struct fs_node **end = &map.child;
    for (int i = 0; i < 5; i++) {
        const struct fs_node *node = fs_node_get(item, keys[i]);
        if (!node) continue;
        part[i] = *node;
        *end = &part[i];
        end = &part[i].next;
    }
    *end = NULL;
    print_value(item->key, &map, out);
    print_provenance(arena, item, out);
}

static bool is_listed(const struct fs_shelf *shelf, const char *kind, const char *name)
{
    const char *const *names = fs_shelf_list(shelf, kind);
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

static void show(struct fs_arena *arena, const struct fs_node *tree, FILE *out)
{
    const struct fs_node *values = fs_node_get(tree, "values");
    const char *mechanism = text_of(tree, "mechanism");
    const struct fs_node *items = fs_node_get(tree, "items");
    print_escaped(arena, text_of(tree, "name"), out);
    fputs(": ", out);
    print_escaped(arena, text_of(tree, "title"), out);
    if (mechanism) fprintf(out, " (%s)", fs_escape(arena, mechanism, strlen(mechanism)));
    fputs("\n\n", out);
    if (values) {
        show_values(arena, values, "", out);
    } else if (items) {
        for (const struct fs_node *item = items->child; item; item = item->next)
            print_item(arena, item, out);
    } else { /* a distribution, one datum */
        print_value("value", fs_node_get(tree, "value"), out);
        print_provenance(arena, tree, out);
    }
}

enum fs_rc fs_platform_show(struct fs_arena *arena, const char *name, const char *folder, FILE *out,
                            struct fs_failure *failure)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    const struct fs_place nowhere = {.text = NULL};
    struct fs_report *report = fs_report_new(arena);
    static const char *const kinds[] = {"platforms", "prices", "distributions"};
    struct fs_platform *platform;
    struct fs_prices *prices;
    struct fs_node *tree;
    int kind = 0;
    enum fs_rc rc;
    while (kind < 3 && !is_listed(&shelf, kinds[kind], name))
        kind++;
    if (kind == 3) return FS_INPUT;
    if (kind == 0)
        rc = fs_platform_read(arena, name, folder, nowhere, &platform, report, failure);
    else if (kind == 1)
        rc = fs_prices_read(arena, name, folder, nowhere, &prices, report, failure);
    else
        rc = fs_named_read(arena, name, folder, nowhere, report) ? FS_OK : FS_INPUT;
    if (rc == FS_OK) rc = fs_shelf_read(&shelf, kinds[kind], name, nowhere, &tree, report, failure);
    if (rc == FS_OK)
        show(arena, tree, out);
    else
        fs_report_print(report, stderr, false);
    return rc;
}
