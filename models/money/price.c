/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking up items: lists are short, and only the bill and the reader ask. */
#include "price.h"

#include <stddef.h>
#include <string.h>

const char *const fs_term_name[FS_TERMS] = {"arm64", "spot", "reserved"};

static const char *const architectures[] = {"x86_64", "arm64", NULL};
static const char *const purchases[] = {"on_demand", "spot", "reserved", NULL};

#define ROW(field) .offset = offsetof(struct fs_terms_params, field)

const struct fs_param fs_terms_rows[] = {
    {"architecture", FS_P_CHOICE, FS_D_COUNT, ROW(architecture), "x86_64", 0, 0,
     .doc = "Which of a price's architectures is charged.", .choices = architectures},
    {"purchase", FS_P_CHOICE, FS_D_COUNT, ROW(purchase), "on_demand", 0, 0,
     .doc = "How it is bought: spare capacity and reservations have prices of their own.",
     .choices = purchases},
    {.key = NULL}};

static bool has_key(const struct fs_param *rows, const char *key)
{
    for (; rows->key; rows++) {
        if (strcmp(rows->key, key) == 0) return true;
    }
    return false;
}

void fs_terms_rows_beside(const struct fs_param *own, struct fs_param rows[FS_TERMS_ROWS + 1])
{
    int n = 0;
    for (const struct fs_param *row = fs_terms_rows; row->key; row++) {
        if (!has_key(own, row->key)) rows[n++] = *row;
    }
    rows[n] = (struct fs_param){.key = NULL};
}

void fs_terms_adopt(const struct fs_param *own, const void *params, struct fs_terms_params *terms)
{
    for (const struct fs_param *row = fs_terms_rows; row->key; row++) {
        for (const struct fs_param *same = own; same->key; same++) {
            if (strcmp(same->key, row->key) == 0)
                memcpy((char *)terms + row->offset, (const char *)params + same->offset,
                       sizeof(int));
        }
    }
}

const struct fs_price_item *fs_prices_find(const struct fs_prices *prices, const char *name)
{
    for (int i = 0; prices && i < prices->n_items; i++) {
        if (strcmp(prices->item[i].name, name) == 0) return &prices->item[i];
    }
    return NULL;
}

static const struct fs_price_item *instead(const struct fs_prices *prices,
                                           const struct fs_price_item *item, enum fs_term term)
{
    const char *name = item ? item->instead[term] : NULL;
    return name ? fs_prices_find(prices, name) : item;
}

const struct fs_price_item *fs_prices_on(const struct fs_prices *prices, const char *name,
                                         const struct fs_terms_params *terms)
{
    const struct fs_price_item *item = fs_prices_find(prices, name);
    if (terms->architecture == FS_ARM64) item = instead(prices, item, FS_TERM_ARM64);
    if (terms->purchase == FS_PURCHASE_SPOT) item = instead(prices, item, FS_TERM_SPOT);
    if (terms->purchase == FS_PURCHASE_RESERVED) item = instead(prices, item, FS_TERM_RESERVED);
    return item;
}
