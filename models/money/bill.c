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
 * interrupted is not projected, and in steady state neither is the start.
 */
#include "bill.h"

#include "alarm.h"
#include "arena.h"
#include "component.h"
#include "fail.h"
#include "price.h"
#include "steady.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef __int128 wide;

#define DIMENSIONS 8

/* What one line multiplies: whichever of its dimensions asks for most, in `per`-ths of its unit. */
struct usage {
    const struct fs_record *record;
    const struct fs_series *series[DIMENSIONS]; /* NULL: the time itself, in ns */
    wide factor[DIMENSIONS];
    int n;
    wide per;
};

/* How far a walk over the intervals has come. */
struct walk {
    wide used[DIMENSIONS], before_hour[DIMENSIONS];
    wide before, this_hour; /* charged: until this hour began, and since */
    int64_t hour;
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

/* Of one series up to the end of interval k, given that up to its start. */
static wide used_until(const struct fs_record *record, const struct fs_series *series, int k,
                       wide before)
{
    const bool last = k + 1 == record->n_intervals;
    if (!series) return last ? record->length : (k + 1) * record->interval;
    if (series->metric->kind == FS_COUNTER) return before + series->increase[k];
    if (last) return series->area;
    const wide area = before + round_area(series->interval_mean[k], interval_length(record, k));
    return area < series->area ? area : series->area;
}

/* Usage up to the end of interval k; an interval belongs to the hour in which it starts. */
static wide usage_until(const struct usage *usage, struct walk *walk, int k)
{
    const int64_t hour = (fs_time)k * usage->record->interval / FS_H;
    if (hour != walk->hour) {
        walk->before += walk->this_hour;
        walk->this_hour = 0;
        walk->hour = hour;
        memcpy(walk->before_hour, walk->used, sizeof walk->used);
    }
    for (int i = 0; i < usage->n; i++) {
        walk->used[i] = used_until(usage->record, usage->series[i], k, walk->used[i]);
        const wide asked = (walk->used[i] - walk->before_hour[i]) * usage->factor[i];
        if (asked > walk->this_hour) walk->this_hour = asked;
    }
    return walk->before + walk->this_hour;
}

static wide amount(const struct usage *usage, wide all, int64_t price)
{
    return all / usage->per * price + (all % usage->per * price + usage->per / 2) / usage->per;
}

static double to_usd(wide femto)
{
    return (double)femto / (double)FS_USD;
}

/* Of one unit in a tier, for an account that a Savings Plan covers so far. */
static int64_t price_in(const struct fs_price_item *item, int tier,
                        const struct fs_account_params *account)
{
    const int64_t price = item->tier[tier].price;
    return price - (int64_t)((double)price * (item->savings_plan * account->savings_plan) + 0.5);
}

/* Returns the line's amount. */
static wide fill_line(struct fs_bill_line *line, const struct usage *usage, int64_t price)
{
    struct walk walk = {.hour = 0};
    wide so_far = 0, all = 0;
    for (int k = 0; k < usage->record->n_intervals; k++) {
        const wide before = all;
        all = usage_until(usage, &walk, k);
        const wide until = amount(usage, all, price);
        line->interval_quantity[k] = (double)(all - before) / (double)usage->per;
        line->interval_usd[k] = to_usd(until - so_far);
        so_far = until;
    }
    line->quantity = (double)all / (double)usage->per;
    line->usd = to_usd(so_far);
    return so_far;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static const void *at(const void *params, size_t offset)
{
    return (const char *)params + offset;
}

const char *fs_bill_price(const struct fs_component_spec *component, const struct fs_charge *charge)
{
    const struct fs_component_type *type = component->plugin->type;
    const char *price = *(const char *const *)at(component->params, charge->price);
    const bool has = !type->is_charged || type->is_charged(component->params, charge);
    return has || !price ? price : FS_PRICE_FREE;
}

static const struct fs_charge *charges_of(const struct fs_plugin *plugin)
{
    static const struct fs_charge none = {.line = NULL};
    const struct fs_component_type *type = plugin->type;
    return type->charges ? type->charges : &none;
}

static bool is_charged(const char *price)
{
    return price && strcmp(price, FS_PRICE_FREE) != 0;
}

static bool is_priced(const struct fs_component_spec *component, const struct fs_charge *charge)
{
    return is_charged(fs_bill_price(component, charge));
}

const struct fs_price_item *fs_bill_item(const struct fs_variant_spec *spec,
                                         const struct fs_component_spec *component,
                                         const struct fs_charge *charge)
{
    const char *price = fs_bill_price(component, charge);
    if (!spec->prices || !is_charged(price)) return NULL;
    return fs_prices_on(spec->prices, price, &component->terms);
}

/* The row after those of the same line. */
static const struct fs_charge *next_line(const struct fs_charge *charge)
{
    const char *line = charge->line;
    while (charge->line && strcmp(charge->line, line) == 0)
        charge++;
    return charge;
}

static int count_lines(const struct fs_variant_spec *spec)
{
    int n = 0;
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        for (const struct fs_charge *c = charges_of(component->plugin); c->line; c = next_line(c))
            n += is_priced(component, c);
    }
    for (int i = 0; i < spec->n_alarms; i++)
        n += is_charged(fs_alarm_price(&spec->alarm[i]));
    return n;
}

static wide divisor(wide a, wide b)
{
    while (b) {
        const wide rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Functions that are dealt out to several runs have around them what is there once: each run pays
 * its share of that. */
static int64_t runs_that_share(const struct fs_variant_spec *spec)
{
    return fs_spec_is_dealt(spec) ? spec->run.parts : 1;
}

static bool is_there_once(const struct fs_component_spec *component, const struct fs_charge *charge)
{
    const struct fs_component_type *type = component->plugin->type;
    return strcmp(charge->usage, FS_UPTIME) == 0 && !(type->is_fleet && charge->quantity);
}

static struct usage usage_of(const struct fs_variant_spec *spec,
                             const struct fs_component_spec *component,
                             const struct fs_charge *charge, const struct fs_record *record)
{
    struct usage usage = {.record = record, .per = 1};
    const struct fs_charge *end = next_line(charge);
    for (const struct fs_charge *c = charge; c < end; c++)
        usage.per = usage.per / divisor(usage.per, c->per) * c->per;
    for (const struct fs_charge *c = charge; c < end; c++, usage.n++) {
        const struct fs_series *series =
            fs_record_series(record, component->plugin->name, component->name, c->usage);
        fs_assert(NULL, usage.n < DIMENSIONS);
        fs_assert(NULL, series && series->metric->kind != FS_LATENCY);
        usage.series[usage.n] = series;
        usage.factor[usage.n] =
            usage.per / c->per *
            (c->quantity ? *(const int64_t *)at(component->params, c->quantity) : 1);
    }
    if (is_there_once(component, charge)) usage.per *= runs_that_share(spec);
    return usage;
}

static struct fs_bill_line *new_line(struct fs_bill *bill, const char *component, const char *name,
                                     const struct fs_price_item *item, const char *unit)
{
    struct fs_bill_line *line = &bill->line[bill->n_lines++];
    fs_assert(NULL, item && strcmp(item->unit, unit) == 0);
    line->component = fs_arena_text(bill->arena, component);
    line->line = fs_arena_text(bill->arena, name);
    line->item = item;
    line->interval_usd =
        fs_arena_alloc(bill->arena, 2 * (size_t)bill->n_intervals * sizeof *line->interval_usd);
    line->interval_quantity = line->interval_usd + bill->n_intervals;
    return line;
}

static wide add_line(struct fs_bill *bill, const struct fs_variant_spec *spec,
                     const struct fs_component_spec *component, const struct fs_charge *charge,
                     const struct fs_record *record)
{
    struct fs_bill_line *line = new_line(bill, component->name, charge->line,
                                         fs_bill_item(spec, component, charge), charge->unit);
    const struct usage usage = usage_of(spec, component, charge, record);
    return fill_line(line, &usage, price_in(line->item, 0, &spec->account));
}

/* Alarms cost by the month, whatever they see. */
static wide add_alarms(struct fs_bill *bill, const struct fs_variant_spec *spec,
                       const struct fs_record *record)
{
    const struct usage month = {
        .record = record, .factor = {1}, .n = 1, .per = 730 * FS_H * runs_that_share(spec)};
    wide sum = 0;
    for (int i = 0; i < spec->n_alarms; i++) {
        const char *price = fs_alarm_price(&spec->alarm[i]);
        if (!is_charged(price)) continue;
        struct fs_bill_line *line = new_line(bill, "alarms", spec->alarm[i].name,
                                             fs_prices_find(spec->prices, price), "month");
        line->stands = true;
        sum += fill_line(line, &month, price_in(line->item, 0, &spec->account));
    }
    return sum;
}

/* Could be charged, and nobody says what: neither a price nor that it is free. */
static bool is_unpriced(const struct fs_variant_spec *spec,
                        const struct fs_component_spec *component)
{
    const struct fs_charge *c = charges_of(component->plugin);
    bool unpriced = c->line != NULL;
    for (; c->line; c++) {
        const char *price = fs_bill_price(component, c);
        unpriced = unpriced && (!price || (is_charged(price) && !spec->prices));
    }
    return unpriced;
}

static void list_unpriced(struct fs_bill *bill, const struct fs_variant_spec *spec)
{
    bill->unpriced =
        fs_arena_alloc(bill->arena, (size_t)spec->n_components * sizeof *bill->unpriced);
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        const struct fs_component_type *type = component->plugin->type;
        const char *unpaid = type->unpaid ? type->unpaid(component->params) : NULL;
        if (is_unpriced(spec, component))
            bill->unpriced[bill->n_unpriced++] = fs_arena_text(bill->arena, component->name);
        else if (unpaid)
            bill->unpriced[bill->n_unpriced++] =
                fs_arena_format(bill->arena, "%s.%s", component->name, unpaid);
    }
}

/* ---- the month ------------------------------------------------------------------------------ */

/* Found on what all lines cost together, so that all are projected from the same time. */
static int settled_from(const struct fs_bill *bill, const struct fs_variant_spec *spec,
                        const struct fs_record *record)
{
    const int whole = (int)(record->length / record->interval);
    const int width = (whole + FS_SEGMENTS - 1) / FS_SEGMENTS;
    if (spec->run.kind != FS_RUN_STEADY_STATE || whole < FS_SEGMENTS_MIN) return 0;
    double *usd = fs_alloc((size_t)(whole / width) * sizeof *usd, "segments of a bill");
    for (int k = 0; k < whole / width * width; k++) {
        for (int i = 0; i < bill->n_lines; i++)
            usd[k / width] += bill->line[i].interval_usd[k];
    }
    const int cut = fs_steady_cut(usd, whole / width);
    free(usd);
    return cut > 0 ? cut * width : 0;
}

static double project_line(const struct fs_bill *bill, const struct fs_bill_line *line,
                           const struct fs_record *record)
{
    if (line->stands) return line->quantity * (730.0 * (double)FS_H / (double)record->length);
    if (bill->settled == 0) return line->quantity * bill->runs_per_month;
    double sum = 0;
    for (int k = bill->settled; k < bill->n_intervals; k++)
        sum += line->interval_quantity[k];
    const fs_time settled = record->length - bill->settled * record->interval;
    return sum * ((double)record->length / (double)settled) * bill->runs_per_month;
}

/* Price of the first `quantity` units of a month without free tier. */
static double tiered_usd(const struct fs_price_item *item, double quantity,
                         const struct fs_account_params *account)
{
    double usd = 0;
    for (int i = 0; i < item->n_tiers && item->tier[i].from < quantity; i++) {
        const double end = i + 1 < item->n_tiers ? item->tier[i + 1].from : quantity;
        usd += ((end < quantity ? end : quantity) - item->tier[i].from) *
               ((double)price_in(item, i, account) / (double)FS_USD);
    }
    return usd;
}

/* The item whose tiers a line counts towards, and the one whose free quantity it takes from. */
static const struct fs_price_item *tiers_of(const struct fs_price_item *item)
{
    return item->same ? item->same : item;
}

static const struct fs_price_item *free_of(const struct fs_price_item *item)
{
    const struct fs_price_item *root = tiers_of(item);
    return root->free_with ? root->free_with : root;
}

static double month_quantity(const struct fs_bill *bill, const struct fs_price_item *item,
                             const struct fs_price_item *(*of)(const struct fs_price_item *))
{
    double sum = 0;
    for (int i = 0; i < bill->n_lines; i++)
        sum += of(bill->line[i].item) == of(item) ? bill->line[i].month_quantity : 0;
    return sum;
}

static void project(struct fs_bill *bill, const struct fs_account_params *account,
                    const struct fs_record *record)
{
    bill->month_usd = 0;
    for (int i = 0; i < bill->n_lines; i++)
        bill->line[i].month_quantity = project_line(bill, &bill->line[i], record);
    for (int i = 0; i < bill->n_lines; i++) {
        struct fs_bill_line *line = &bill->line[i];
        const struct fs_price_item *root = tiers_of(line->item);
        const double together = month_quantity(bill, line->item, tiers_of);
        const double sharing = month_quantity(bill, line->item, free_of);
        const double all = account->free_tier ? free_of(line->item)->free : 0;
        const double free = sharing > all ? all * (together / sharing) : together;
        line->month_usd =
            together > 0 ? (tiered_usd(root, together, account) - tiered_usd(root, free, account)) *
                               (line->month_quantity / together)
                         : 0;
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
        for (const struct fs_charge *c = charges_of(component->plugin); c->line; c = next_line(c)) {
            if (is_priced(component, c)) total += add_line(bill, spec, component, c, record);
        }
    }
    if (n) total += add_alarms(bill, spec, record);
    bill->usd = to_usd(total);
    list_unpriced(bill, spec);
    bill->settled = settled_from(bill, spec, record);
    if (bill->runs_per_month > 0)
        project(bill, &spec->account, record);
    else
        leave_unprojected(bill);
    return bill;
}

void fs_bill_free(struct fs_bill *bill)
{
    if (bill) fs_arena_free(bill->arena);
}
