/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A published price is a decimal number for `per` units. It is read into whole femto-dollars and
 * divided; what does not come out whole is refused, so that no bill starts from a rounded price.
 */
#include "platform.h"

#include "arena.h"
#include "quantity.h"
#include "shelf.h"

#include <string.h>

struct reader {
    struct fs_arena *arena;
    struct fs_report *report;
};

static void complain(const struct reader *reader, const struct fs_node *node, const char *what)
{
    fs_report_error(reader->report, node->place, NULL, "%s: %s", node->key, what);
}

static double read_quantity(const struct reader *reader, const struct fs_node *map, const char *key)
{
    const struct fs_node *node = fs_node_get(map, key);
    if (!node) return 0;
    double value = 0;
    const char *end = "?";
    if (node->kind != FS_NODE_SCALAR || !fs_number_read(node->text, &end, &value) || *end ||
        value < 0)
        complain(reader, node, "must be a number that is not negative");
    return value;
}

static int64_t read_per(const struct reader *reader, const struct fs_node *map)
{
    const struct fs_node *node = fs_node_get(map, "per");
    const char *hint;
    int64_t per = 1;
    if (!node) return 1;
    if (node->kind == FS_NODE_SCALAR &&
        !fs_quantity_read_whole(reader->arena, FS_D_COUNT, node->text, &per, &hint) && per > 0)
        return per;
    complain(reader, node, "must be a whole number of units, at least 1");
    return 1;
}

static int64_t read_price(const struct reader *reader, const struct fs_node *map, int64_t per)
{
    const char *text = fs_shelf_text(map, "price", reader->report);
    if (!text) return 0;
    const struct fs_node *node = fs_node_get(map, "price");
    const char *hint = NULL;
    int64_t price = 0;
    const char *wrong = fs_quantity_read_whole(reader->arena, FS_D_MONEY, text, &price, &hint);
    if (wrong)
        fs_report_error(reader->report, node->place, hint, "price: %s", wrong);
    else if (price < 0)
        complain(reader, node, "must not be negative");
    else if (price % per != 0)
        complain(reader, node, "is not a whole number of femto-dollars (1e-15 USD) for one unit");
    return price / per;
}

/* ---- items ---------------------------------------------------------------------------------- */

static void read_tier(const struct reader *reader, const struct fs_node *node, int64_t per,
                      struct fs_price_item *item)
{
    static const char *const keys[] = {"from", "price", NULL};
    struct fs_price_tier *tier = &item->tier[item->n_tiers];
    if (node->kind != FS_NODE_MAP) {
        fs_report_error(reader->report, node->place, NULL, "a tier is {from: ..., price: ...}");
        return;
    }
    fs_shelf_keys(node, keys, reader->report);
    tier->from = read_quantity(reader, node, "from");
    tier->price = read_price(reader, node, per);
    const bool first = item->n_tiers == 0;
    if (first ? tier->from > 0 : tier->from <= tier[-1].from)
        fs_report_error(reader->report, node->place, NULL,
                        "the first tier is from 0, the others from ever larger quantities");
    item->n_tiers++;
}

static void read_tiers(const struct reader *reader, const struct fs_node *map, int64_t per,
                       struct fs_price_item *item)
{
    const struct fs_node *tiers = fs_node_get(map, "tiers");
    const int n = tiers && tiers->kind == FS_NODE_LIST ? fs_node_count(tiers) : 1;
    item->tier = fs_arena_alloc(reader->arena, (size_t)n * sizeof *item->tier);
    if (!tiers) {
        item->tier[0].price = read_price(reader, map, per);
        item->n_tiers = 1;
    } else if (tiers->kind != FS_NODE_LIST || !tiers->child || fs_node_get(map, "price")) {
        complain(reader, tiers, "must be a list with at least one tier, and instead of a price");
    } else {
        for (const struct fs_node *node = tiers->child; node; node = node->next)
            read_tier(reader, node, per, item);
    }
}

static void read_item(const struct reader *reader, const struct fs_node *node,
                      struct fs_price_item *item)
{
    static const char *const keys[] = {"unit",   "price", "tiers",     "per",  "free",
                                       "source", "date",  "certainty", "note", NULL};
    item->name = node->key;
    if (node->kind != FS_NODE_MAP) {
        complain(reader, node, "must be a map with unit, price, source, date and certainty");
        return;
    }
    fs_shelf_keys(node, keys, reader->report);
    item->unit = fs_shelf_text(node, "unit", reader->report);
    item->free = read_quantity(reader, node, "free");
    read_tiers(reader, node, read_per(reader, node), item);
    struct fs_provenance provenance;
    fs_shelf_provenance(node, &provenance, reader->report);
    item->source = provenance.source;
    item->date = provenance.date;
    item->certainty = provenance.certainty;
}

/* ---- the list ------------------------------------------------------------------------------- */

static void read_list(const struct reader *reader, const struct fs_node *tree,
                      struct fs_prices *prices)
{
    static const char *const keys[] = {"prices", "name", "title", "date", "items", NULL};
    fs_shelf_keys(tree, keys, reader->report);
    fs_shelf_text(tree, "title", reader->report);
    prices->date = fs_shelf_text(tree, "date", reader->report);
    const struct fs_node *items = fs_node_get(tree, "items");
    if (!items || items->kind != FS_NODE_MAP) {
        fs_report_error(reader->report, items ? items->place : tree->place, NULL,
                        "needs a map of items");
        return;
    }
    const size_t n = (size_t)fs_node_count(items);
    prices->item = fs_arena_alloc(reader->arena, n * sizeof *prices->item);
    for (const struct fs_node *node = items->child; node; node = node->next)
        read_item(reader, node, &prices->item[prices->n_items++]);
}

enum fs_rc fs_prices_read(struct fs_arena *arena, const char *name, const char *folder,
                          struct fs_place place, struct fs_prices **prices,
                          struct fs_report *report, struct fs_failure *failure)
{
    struct fs_node *tree;
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    const int before = fs_report_errors(report);
    const enum fs_rc rc =
        fs_shelf_read(&shelf, "prices", "prices", name, place, &tree, report, failure);
    if (rc != FS_OK) return rc;
    const struct reader reader = {arena, report};
    struct fs_prices *list = fs_arena_alloc(arena, sizeof *list);
    list->name = fs_arena_text(arena, name);
    read_list(&reader, tree, list);
    if (fs_report_errors(report) != before) return FS_INPUT;
    *prices = list;
    return FS_OK;
}

const char *const *fs_prices_list(struct fs_arena *arena, const char *folder)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    return fs_shelf_list(&shelf, "prices");
}
