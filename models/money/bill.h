/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bill of one record: metered usage times the price list, exact to the femto-dollar, line by
 * line and interval by interval. The hot path only counts; everything here is computed afterwards.
 */
#ifndef FS_MODELS_BILL_H
#define FS_MODELS_BILL_H

#include "record.h"
#include "spec.h"

struct fs_bill_line {
    const char *component, *line; /* "worker", "duration"; of an alarm "alarms", its name */
    const struct fs_price_item *item;
    double quantity;                          /* in the item's unit */
    double usd;                               /* of this run, at the first tier */
    double *interval_usd, *interval_quantity; /* increase per interval */
    bool stands;      /* all month, however long the run is and however often it comes */
    double month_usd; /* projected, tiers and free tier applied; NaN when not projected */
    double month_quantity;
};

struct fs_bill {
    struct fs_bill_line *line;
    int n_lines;
    const char **unpriced; /* "worker": could be charged and has no price; "web.instances" */
    int n_unpriced;
    int n_intervals;
    double usd, month_usd; /* month_usd NaN: not projected */
    double runs_per_month; /* 0: not projected */
    int settled;           /* interval from which on a run counts for the month */
    struct fs_arena *arena;
};

struct fs_charge;

/* The item that a component pays a row by; NULL: nobody says, FS_PRICE_FREE: it does not. */
const char *fs_bill_price(const struct fs_component_spec *component,
                          const struct fs_charge *charge);

/* The item of the account's price list, on the component's terms; NULL: it is not charged. */
const struct fs_price_item *fs_bill_item(const struct fs_variant_spec *spec,
                                         const struct fs_component_spec *component,
                                         const struct fs_charge *charge);

/* Free tier and tiers are the account's and a month's: they apply to the projection only, jointly
 * over all lines of one item, and tiers count the free quantity too. A month has 730 hours. Of a
 * run in steady state it projects what is charged from where the bill has settled on, at that rate
 * over the run's length; of the whole run where that cannot be told. What stands all month counts
 * as one month. Of what is there once and paid for by time (a gateway, a balancer, a cluster, an
 * alarm) a run that functions are dealt out to has its share, one of so many parts; tasks,
 * instances and shards are its own. Amounts are rounded once, to the nearest femto-dollar; an
 * interval's is the increase of the rounded total, so intervals add up to the line exactly. */
/* A component whose prices are all unknown is listed as unpriced, never as free; and so are the
 * machines of one whose tasks run on some that have a price, and there are none of them. */
struct fs_bill *fs_bill_new(const struct fs_variant_spec *spec, const struct fs_record *record);
void fs_bill_free(struct fs_bill *bill);

/* How many such runs make a month; 0 when the spec does not say what the run represents and it is
 * shorter than a day. */
double fs_bill_runs_per_month(const struct fs_run_params *run, fs_time length);

#endif
