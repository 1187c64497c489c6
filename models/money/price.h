/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dated price list as plain data. Prices are integers in units of 10^-15 USD, so that a published
 * price of eleven decimals is exact; amounts are exact products in 128-bit integers.
 */
#ifndef FS_MODELS_PRICE_H
#define FS_MODELS_PRICE_H

#include "param.h"

#include <stdbool.h>
#include <stdint.h>

#define FS_USD INT64_C(1000000000000000) /* femto-dollars in a dollar */

struct fs_price_tier {
    double from;   /* monthly quantity in the item's unit from which this price holds */
    int64_t price; /* femto-dollars for one unit */
};

/* On which terms a component is paid for: for each there may be another item to be charged. */
enum fs_term { FS_TERM_ARM64, FS_TERM_SPOT, FS_TERM_RESERVED, FS_TERMS };
extern const char *const fs_term_name[FS_TERMS]; /* the keys of a price list */

struct fs_price_item {
    const char *name;           /* "function.requests" */
    const char *unit;           /* "1", "GB s", "h" */
    struct fs_price_tier *tier; /* ascending, the first from 0 */
    int n_tiers;
    double free; /* monthly quantity without charge when the account's free tier is on */
    const char *source, *date, *certainty;
    bool doubtful;       /* nobody vouches for it: unverified or assumed */
    double savings_plan; /* off the price where a Savings Plan covers the usage */
    const char *instead[FS_TERMS];
    const struct fs_price_item *same;      /* whose tiers and free quantity this adds to, or NULL */
    const struct fs_price_item *free_with; /* whose free quantity is this one's too, or NULL */
};

struct fs_prices {
    const char *name, *date;
    struct fs_price_item *item;
    int n_items;
};

/* NULL when absent. */
const struct fs_price_item *fs_prices_find(const struct fs_prices *prices, const char *name);

/* Stands in place of an item's name for what is documented to cost nothing. */
#define FS_PRICE_FREE "free"

/* How a component is bought, beside its mechanism's own parameters. */
struct fs_terms_params {
    int architecture; /* enum fs_architecture */
    int purchase;     /* enum fs_purchase */
};
enum fs_architecture { FS_X86_64, FS_ARM64 };
enum fs_purchase { FS_ON_DEMAND, FS_PURCHASE_SPOT, FS_PURCHASE_RESERVED };
extern const struct fs_param fs_terms_rows[];

/* Those of the rows whose keys a mechanism has not among its own. */
#define FS_TERMS_ROWS 2
void fs_terms_rows_beside(const struct fs_param *own, struct fs_param rows[FS_TERMS_ROWS + 1]);

/* The terms that a mechanism has among its own rows, from its parameters. */
void fs_terms_adopt(const struct fs_param *own, const void *params, struct fs_terms_params *terms);

/* The item that is charged on those terms where `name` is on none; itself when there is no other.
 * NULL when absent. */
const struct fs_price_item *fs_prices_on(const struct fs_prices *prices, const char *name,
                                         const struct fs_terms_params *terms);

#endif
