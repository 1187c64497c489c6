/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dated price list as plain data. Prices are integers in units of 10^-15 USD, so that a published
 * price of eleven decimals is exact; amounts are exact products in 128-bit integers.
 */
#ifndef FS_MODELS_PRICE_H
#define FS_MODELS_PRICE_H

#include <stdint.h>

#define FS_USD INT64_C(1000000000000000) /* femto-dollars in a dollar */

struct fs_price_tier {
    double from;   /* monthly quantity in the item's unit from which this price holds */
    int64_t price; /* femto-dollars for one unit */
};

struct fs_price_item {
    const char *name;           /* "function.requests" */
    const char *unit;           /* "1", "GB s", "h" */
    struct fs_price_tier *tier; /* ascending, the first from 0 */
    int n_tiers;
    double free; /* monthly quantity without charge when the account's free tier is on */
    const char *source, *date, *certainty;
};

struct fs_prices {
    const char *name, *date;
    struct fs_price_item *item;
    int n_items;
};

/* NULL when absent. */
const struct fs_price_item *fs_prices_find(const struct fs_prices *prices, const char *name);

#endif
