/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever parses is printed, parsed again, and must be an equal tree. */
#include "tree.h"
#include "fuzz.h"

static bool is_null(const struct fs_node *node)
{
    return node->kind == FS_NODE_SCALAR && !node->quoted && !*node->text;
}

static bool equal(const struct fs_node *a, const struct fs_node *b)
{
    if (a->kind != b->kind || !a->key != !b->key || is_null(a) != is_null(b)) return false;
    if (a->key && strcmp(a->key, b->key) != 0) return false;
    if (a->kind == FS_NODE_SCALAR) return strcmp(a->text, b->text) == 0;
    const struct fs_node *x = a->child, *y = b->child;
    for (; x && y; x = x->next, y = y->next) {
        if (!equal(x, y)) return false;
    }
    return x == y;
}

/* The printed text may pass the limits that the read one kept: escapes and indentation grow. */
static void print_and_read_back(struct fs_arena *arena, const struct fs_node *tree)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct fs_report *report = fs_report_new(arena);
    fs_node_print(tree, out);
    fclose(out);
    if (size <= (size_t)1 << 20) {
        const struct fs_node *back = fs_tree_parse(arena, "printed", text, size, report);
        if (!back || !equal(tree, back)) abort();
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    const struct fs_node *tree = fs_tree_parse(arena, "fuzz", (const char *)data, size, report);
    if (tree) {
        if (fs_report_errors(report) != 0) abort();
        print_and_read_back(arena, tree);
    } else {
        fuzz_refused(report);
    }
    fs_arena_free(arena);
    return 0;
}
