/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking up items: lists are short, and only the bill and the reader ask. */
#include "price.h"

#include <stddef.h>
#include <string.h>

const struct fs_price_item *fs_prices_find(const struct fs_prices *prices, const char *name)
{
    for (int i = 0; prices && i < prices->n_items; i++) {
        if (strcmp(prices->item[i].name, name) == 0) return &prices->item[i];
    }
    return NULL;
}
