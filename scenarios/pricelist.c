/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A published price is a decimal number for `per` units. It is read into whole femto-dollars and
 * divided; what does not come out whole is refused, so that no bill starts from a rounded price.
 *
 * A list may stand on an earlier one and say only what differs. Items that are like another are
 * filled in when all of both lists is known, so they follow what the later list says.
 */
#include "platform.h"

#include "arena.h"
#include "namelist.h"
#include "quantity.h"
#include "shelf.h"

#include <string.h>

#define MOST_LISTS 20 /* that stand on each other */

/* An item as written; what it says of others is looked up when all are there. */
struct draft {
    struct fs_price_item item; /* first */
    const struct fs_node *node;
    const char *like, *free_with;
    double less;
};

struct reader {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_failure *failure;
    const struct fs_shelf *shelf;
    struct draft *draft;
    int n;
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

/* A share of the price; `node` absent: 0. */
static double read_share(const struct reader *reader, const struct fs_node *node)
{
    double share = 0;
    const char *hint = NULL;
    if (!node) return 0;
    const char *wrong =
        node->kind == FS_NODE_SCALAR
            ? fs_quantity_read(reader->arena, FS_D_FRACTION, node->text, &share, &hint)
            : "must be a share such as 17%";
    if (wrong)
        fs_report_error(reader->report, node->place, hint, "%s: %s", node->key, wrong);
    else if (!(share >= 0 && share <= 1))
        complain(reader, node, "must be between 0% and 100%");
    return share;
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

/* Where a tier says how far it goes, the next has to begin there, and the last goes on. */
static void check_end(const struct reader *reader, const struct fs_node *node)
{
    const struct fs_node *to = fs_node_get(node, "to");
    const struct fs_node *from =
        node->next && node->next->kind == FS_NODE_MAP ? fs_node_get(node->next, "from") : NULL;
    if (!to) return;
    if (!node->next) {
        complain(reader, to, "the last tier has no end: what is above it would have no price");
        return;
    }
    const double end = read_quantity(reader, node, "to");
    const double begin = from ? read_quantity(reader, node->next, "from") : end;
    if (end < begin)
        fs_report_error(reader->report, to->place, NULL,
                        "a gap: this tier ends at %s, the next begins at %s", to->text, from->text);
    else if (end > begin)
        fs_report_error(reader->report, to->place, NULL,
                        "an overlap: this tier ends at %s, the next begins at %s", to->text,
                        from->text);
}

static void read_tier(const struct reader *reader, const struct fs_node *node, int64_t per,
                      struct fs_price_item *item)
{
    static const char *const keys[] = {"from", "to", "price", NULL};
    struct fs_price_tier *tier = &item->tier[item->n_tiers];
    if (node->kind != FS_NODE_MAP) {
        fs_report_error(reader->report, node->place, NULL, "a tier is {from: ..., price: ...}");
        return;
    }
    fs_shelf_keys(node, keys, reader->report);
    tier->from = read_quantity(reader, node, "from");
    tier->price = read_price(reader, node, per);
    check_end(reader, node);
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

/* Names of other items. */
static const char *read_name(const struct reader *reader, const struct fs_node *map,
                             const char *key)
{
    return fs_node_get(map, key) ? fs_shelf_text(map, key, reader->report) : NULL;
}

static void read_others(const struct reader *reader, const struct fs_node *node,
                        struct draft *draft)
{
    draft->like = read_name(reader, node, "like");
    draft->free_with = read_name(reader, node, "free_with");
    draft->less = read_share(reader, fs_node_get(node, "less"));
    for (int i = 0; i < FS_TERMS; i++)
        draft->item.instead[i] = read_name(reader, node, fs_term_name[i]);
    static const char *const own[] = {"price", "tiers", "per", "unit", "free", "free_with"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const struct fs_node *there = fs_node_get(node, own[i]);
        if (there && draft->like) complain(reader, there, "an item that is 'like' another has its");
    }
    if (draft->less > 0 && !draft->like)
        complain(reader, fs_node_get(node, "less"), "less than what? Say 'like' which item");
}

static void read_item(const struct reader *reader, const struct fs_node *node, struct draft *draft)
{
    static const char *const keys[] = {"unit",     "price",     "tiers",        "per",   "free",
                                       "source",   "date",      "certainty",    "note",  "like",
                                       "less",     "free_with", "savings_plan", "arm64", "spot",
                                       "reserved", NULL};
    struct fs_price_item *item = &draft->item;
    memset(draft, 0, sizeof *draft);
    draft->node = node;
    item->name = node->key;
    if (node->kind != FS_NODE_MAP) {
        complain(reader, node, "must be a map with unit, price, source, date and certainty");
        return;
    }
    fs_shelf_keys(node, keys, reader->report);
    read_others(reader, node, draft);
    item->savings_plan = read_share(reader, fs_node_get(node, "savings_plan"));
    if (!draft->like) {
        item->unit = fs_shelf_text(node, "unit", reader->report);
        item->free = read_quantity(reader, node, "free");
        read_tiers(reader, node, read_per(reader, node), item);
    }
    struct fs_provenance provenance;
    fs_shelf_provenance(node, &provenance, reader->report);
    item->source = provenance.source;
    item->date = provenance.date;
    item->certainty = provenance.certainty;
    item->doubtful = provenance.doubtful;
}

/* ---- what items say of each other ----------------------------------------------------------- */

static struct draft *find_draft(const struct reader *reader, const char *name)
{
    for (int i = 0; i < reader->n; i++) {
        if (strcmp(reader->draft[i].item.name, name) == 0) return &reader->draft[i];
    }
    return NULL;
}

static const struct fs_price_item *look_up(const struct reader *reader, const struct draft *draft,
                                           const char *key, const char *name)
{
    const struct draft *other = find_draft(reader, name);
    const struct fs_node *node = fs_node_get(draft->node, key);
    if (!other)
        fs_report_error(reader->report, node->place, NULL, "%s: there is no item '%s'", key, name);
    else if (other->like && strcmp(key, "like") == 0)
        fs_report_error(reader->report, node->place, NULL, "like: '%s' is itself like another",
                        name);
    else
        return &other->item;
    return NULL;
}

static void take_after(const struct reader *reader, struct draft *draft)
{
    const struct fs_price_item *other = look_up(reader, draft, "like", draft->like);
    struct fs_price_item *item = &draft->item;
    if (!other) return;
    item->unit = other->unit;
    item->n_tiers = other->n_tiers;
    item->tier = fs_arena_alloc(reader->arena, (size_t)other->n_tiers * sizeof *item->tier + 1);
    for (int i = 0; i < other->n_tiers; i++) {
        item->tier[i] = other->tier[i];
        item->tier[i].price -= (int64_t)((double)other->tier[i].price * draft->less + 0.5);
    }
    if (draft->less > 0) return; /* a price of its own */
    item->free = other->free;
    item->same = other;
    item->savings_plan = other->savings_plan;
}

static void settle(const struct reader *reader, struct draft *draft)
{
    struct fs_price_item *item = &draft->item;
    if (draft->like) take_after(reader, draft);
    if (draft->free_with) item->free_with = look_up(reader, draft, "free_with", draft->free_with);
    for (int i = 0; i < FS_TERMS; i++) {
        const struct fs_price_item *other =
            item->instead[i] ? look_up(reader, draft, fs_term_name[i], item->instead[i]) : NULL;
        if (other && other->unit && item->unit && strcmp(other->unit, item->unit) != 0)
            fs_report_error(reader->report, fs_node_get(draft->node, fs_term_name[i])->place, NULL,
                            "'%s' is priced by the '%s', this by the '%s'", other->name,
                            other->unit, item->unit);
    }
}

/* ---- the list ------------------------------------------------------------------------------- */

static void add_items(struct reader *reader, const struct fs_node *items)
{
    const int n = reader->n + fs_node_count(items);
    struct draft *draft = fs_arena_alloc(reader->arena, (size_t)n * sizeof *draft + 1);
    if (reader->n) memcpy(draft, reader->draft, (size_t)reader->n * sizeof *draft);
    reader->draft = draft;
    for (const struct fs_node *node = items->child; node; node = node->next) {
        struct draft *there = find_draft(reader, node->key);
        read_item(reader, node, there ? there : &reader->draft[reader->n++]);
    }
}

static enum fs_rc read_list(struct reader *reader, const char *name, struct fs_place place,
                            int depth, const char **date)
{
    static const char *const keys[] = {"prices", "name", "title", "date", "after", "items", NULL};
    struct fs_node *tree;
    enum fs_rc rc =
        fs_shelf_read(reader->shelf, "prices", name, place, &tree, reader->report, reader->failure);
    if (rc != FS_OK) return rc;
    fs_shelf_keys(tree, keys, reader->report);
    fs_shelf_text(tree, "title", reader->report);
    const char *after = read_name(reader, tree, "after"), *of_that;
    if (after && depth == MOST_LISTS) {
        complain(reader, fs_node_get(tree, "after"), "lists stand on each other in a circle");
        return FS_INPUT;
    }
    if (after) {
        rc = read_list(reader, after, fs_node_get(tree, "after")->place, depth + 1, &of_that);
        if (rc != FS_OK) return rc;
    }
    *date = fs_shelf_text(tree, "date", reader->report);
    const struct fs_node *items = fs_node_get(tree, "items");
    if (items && items->kind == FS_NODE_MAP)
        add_items(reader, items);
    else
        fs_report_error(reader->report, items ? items->place : tree->place, NULL,
                        "needs a map of items");
    return FS_OK;
}

/* False after saying what a region or a date without prices needs. */
static bool is_there(const struct reader *reader, const char *name, struct fs_place place)
{
    const char *const *names = fs_shelf_list(reader->shelf, "prices");
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], name) == 0) return true;
    }
    const char *near = fs_nearest(name, names, fs_names_count(names));
    fs_report_error(reader->report, place,
                    near ? fs_arena_format(reader->arena, "did you mean '%s'?", near)
                         : "`fleetsim list prices` has those there are",
                    "there is no price list '%s': write prices/%s.yaml beside the scenario, or say "
                    "'prices: none'",
                    name, name);
    return false;
}

/* An item among the drafts, where it stands in the list. */
static const struct fs_price_item *move(const struct reader *reader, const struct fs_prices *list,
                                        const struct fs_price_item *item)
{
    return item ? list->item + ((const struct draft *)(const void *)item - reader->draft) : NULL;
}

static void fill_list(const struct reader *reader, struct fs_prices *list)
{
    list->n_items = reader->n;
    list->item = fs_arena_alloc(reader->arena, (size_t)reader->n * sizeof *list->item + 1);
    for (int i = 0; i < reader->n; i++)
        settle(reader, &reader->draft[i]);
    for (int i = 0; i < reader->n; i++) {
        struct fs_price_item *item = &list->item[i];
        *item = reader->draft[i].item;
        item->same = move(reader, list, item->same);
        item->free_with = move(reader, list, item->free_with);
    }
}

enum fs_rc fs_prices_read(struct fs_arena *arena, const char *name, const char *folder,
                          struct fs_place place, struct fs_prices **prices,
                          struct fs_report *report, struct fs_failure *failure)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    const int before = fs_report_errors(report);
    struct reader reader = {.arena = arena, .report = report, .failure = failure, .shelf = &shelf};
    struct fs_prices *list = fs_arena_alloc(arena, sizeof *list);
    list->name = fs_arena_text(arena, name);
    if (!is_there(&reader, name, place)) return FS_INPUT;
    const enum fs_rc rc = read_list(&reader, name, place, 0, &list->date);
    if (rc != FS_OK) return rc;
    fill_list(&reader, list);
    if (fs_report_errors(report) != before) return FS_INPUT;
    *prices = list;
    return FS_OK;
}

const char *const *fs_prices_list(struct fs_arena *arena, const char *folder)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    return fs_shelf_list(&shelf, "prices");
}
