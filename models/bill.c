/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bill. A line's amount is usage x price / per in 128-bit integers, rounded once; the whole
 * units and the rest are multiplied apart, so no product overflows below 10^19 units. Intervals are
 * differences of the rounded running total: whatever the rounding, they add up to the line.
 *
 * A counter's increase per interval is exact. Of a gauge the record keeps the exact area of the run
 * and the mean of each interval; an interval's area is its mean times its length to the nearest
 * unit, and the running total ends at the exact area.
 *
 * What must stay true: amounts of a run know one price; free tier and tiers appear in the month
 * only, where they are shared among an item's lines in proportion to their quantity. What was
 * interrupted is not projected.
 */
#include "bill.h"
#include "arena.h"
#include "component.h"
#include "fail.h"
#include "price.h"

#include <math.h>
#include <string.h>

typedef __int128 wide;

/* What one line multiplies. */
struct usage {
    const struct fs_series *series;
    const struct fs_record *record;
    int64_t factor, per;
};

static wide round_area(double mean, fs_time length)
{
    return (wide)(mean * (double)length + 0.5);
}

static fs_time interval_length(const struct fs_record *record, int k)
{
    if (k + 1 < record->n_intervals) return record->interval;
    return record->length - (fs_time)k * record->interval;
}

/* Usage up to the end of interval k, given that up to its start. */
static wide usage_until(const struct usage *usage, int k, wide before)
{
    const struct fs_series *series = usage->series;
    if (series->metric->kind == FS_COUNTER) return before + series->increase[k];
    if (k + 1 == usage->record->n_intervals) return series->area;
    const wide area =
        before + round_area(series->interval_mean[k], interval_length(usage->record, k));
    return area < series->area ? area : series->area;
}

static wide usage_of_run(const struct usage *usage)
{
    const struct fs_series *series = usage->series;
    return series->metric->kind == FS_COUNTER ? series->total : series->area;
}

static wide amount(const struct usage *usage, wide quantity, int64_t price)
{
    const wide all = quantity * usage->factor;
    return all / usage->per * price + (all % usage->per * price + usage->per / 2) / usage->per;
}

static double to_usd(wide femto)
{
    return (double)femto / (double)FS_USD;
}

/* Returns the line's amount. */
static wide fill_line(struct fs_bill_line *line, const struct usage *usage, int n_intervals)
{
    const int64_t price = line->item->tier[0].price;
    const wide whole = usage_of_run(usage);
    line->quantity = (double)(whole * usage->factor) / (double)usage->per;

    wide so_far = 0, used = 0;
    for (int k = 0; k < n_intervals; k++) {
        used = usage_until(usage, k, used);
        const wide until = amount(usage, used, price);
        line->interval_usd[k] = to_usd(until - so_far);
        so_far = until;
    }
    fs_assert(NULL, n_intervals == 0 || used == whole);
    const wide total = amount(usage, whole, price);
    line->usd = to_usd(total);
    return total;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static const void *at(const void *params, size_t offset)
{
    return (const char *)params + offset;
}

static const char *price_of(const struct fs_charge *charge, const void *params)
{
    return *(const char *const *)at(params, charge->price);
}

static const struct fs_charge *charges_of(const struct fs_plugin *plugin)
{
    static const struct fs_charge none = {.line = NULL};
    const struct fs_component_type *type = plugin->type;
    return type->charges ? type->charges : &none;
}

static int count_lines(const struct fs_variant_spec *spec)
{
    int n = 0;
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        for (const struct fs_charge *c = charges_of(component->plugin); c->line; c++)
            n += price_of(c, component->params) != NULL;
    }
    return n;
}

static wide add_line(struct fs_bill *bill, const struct fs_component_spec *component,
                     const struct fs_charge *charge, const struct fs_prices *prices,
                     const struct fs_record *record)
{
    struct fs_bill_line *line = &bill->line[bill->n_lines++];
    line->component = fs_arena_text(bill->arena, component->name);
    line->line = charge->line;
    line->item = fs_prices_find(prices, price_of(charge, component->params));
    line->interval_usd =
        fs_arena_alloc(bill->arena, (size_t)bill->n_intervals * sizeof *line->interval_usd);
    fs_assert(NULL, line->item && strcmp(line->item->unit, charge->unit) == 0);

    const struct usage usage = {
        fs_record_series(record, component->plugin->name, component->name, charge->usage), record,
        charge->quantity ? *(const int64_t *)at(component->params, charge->quantity) : 1,
        charge->per};
    fs_assert(NULL, usage.series && usage.series->metric->kind != FS_LATENCY);
    return fill_line(line, &usage, bill->n_intervals);
}

/* ---- the month ------------------------------------------------------------------------------ */

/* Price of the first `quantity` units of a month without free tier. */
static double tiered_usd(const struct fs_price_item *item, double quantity)
{
    double usd = 0;
    for (int i = 0; i < item->n_tiers && item->tier[i].from < quantity; i++) {
        const double end = i + 1 < item->n_tiers ? item->tier[i + 1].from : quantity;
        usd += ((end < quantity ? end : quantity) - item->tier[i].from) *
               ((double)item->tier[i].price / (double)FS_USD);
    }
    return usd;
}

static double month_of_item(const struct fs_price_item *item, double quantity, bool free_tier)
{
    const double free = free_tier ? item->free : 0;
    if (quantity <= free) return 0;
    return tiered_usd(item, quantity) - tiered_usd(item, free);
}

static void project(struct fs_bill *bill, bool free_tier)
{
    bill->month_usd = 0;
    for (int i = 0; i < bill->n_lines; i++)
        bill->line[i].month_quantity = bill->line[i].quantity * bill->runs_per_month;
    for (int i = 0; i < bill->n_lines; i++) {
        struct fs_bill_line *line = &bill->line[i];
        double together = 0;
        for (int k = 0; k < bill->n_lines; k++)
            together += bill->line[k].item == line->item ? bill->line[k].month_quantity : 0;
        const double share = together > 0 ? line->month_quantity / together : 0;
        line->month_usd = month_of_item(line->item, together, free_tier) * share;
        bill->month_usd += line->month_usd;
    }
}

static void leave_unprojected(struct fs_bill *bill)
{
    bill->month_usd = NAN;
    for (int i = 0; i < bill->n_lines; i++)
        bill->line[i].month_usd = bill->line[i].month_quantity = NAN;
}

double fs_bill_runs_per_month(const struct fs_run_params *run, fs_time length)
{
    switch ((enum fs_represents)run->represents) {
    case FS_REPRESENTS_HOURLY:
        return 730;
    case FS_REPRESENTS_DAILY:
        return 730.0 / 24;
    case FS_REPRESENTS_WEEKLY:
        return 730.0 / 168;
    case FS_REPRESENTS_MONTHLY:
        return 1;
    case FS_REPRESENTS_NOTHING:
        break;
    }
    return length < FS_DAY ? 0 : 730.0 * (double)FS_H / (double)length;
}

/* ---- the whole ------------------------------------------------------------------------------ */

struct fs_bill *fs_bill_new(const struct fs_variant_spec *spec, const struct fs_record *record)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_bill *bill = fs_arena_alloc(arena, sizeof *bill);
    bill->arena = arena;
    bill->n_intervals = record->n_intervals;
    bill->runs_per_month =
        record->complete ? fs_bill_runs_per_month(&spec->run, record->length) : 0;
    const int n = spec->prices ? count_lines(spec) : 0;
    bill->line = fs_arena_alloc(arena, (size_t)n * sizeof *bill->line);

    wide total = 0;
    for (int i = 0; n && i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        for (const struct fs_charge *c = charges_of(component->plugin); c->line; c++) {
            if (price_of(c, component->params))
                total += add_line(bill, component, c, spec->prices, record);
        }
    }
    bill->usd = to_usd(total);
    if (bill->runs_per_month > 0)
        project(bill, spec->account.free_tier);
    else
        leave_unprojected(bill);
    return bill;
}

void fs_bill_free(struct fs_bill *bill)
{
    if (bill) fs_arena_free(bill->arena);
}
