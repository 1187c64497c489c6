/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An alarm on what has been spent: updated `every` so often, with what was spent `delay` before.
 * Amounts are the run's at the first tier, with what the month had cost before the run; a line's
 * cost is spread evenly over each interval of the record, so a crossing is known to an interval.
 */
#include "alarm.h"

#include "component.h"

#include <stddef.h>

struct params {
    int64_t amount, before;
    fs_time every, delay;
    const char *price;
};

static double usd(int64_t femto)
{
    return (double)femto / (double)FS_USD;
}

/* Where the running total reaches `amount`; the run's length when it does not. */
static fs_time crossing(const struct fs_alarm_view *view, double amount)
{
    const struct fs_record *record = view->record;
    double before = 0;
    for (int k = 0; k < record->n_intervals; k++) {
        double step = 0;
        for (int i = 0; i < view->bill->n_lines; i++)
            step += view->bill->line[i].interval_usd[k];
        const fs_time begin = (fs_time)k * record->interval;
        const fs_time end = k + 1 < record->n_intervals ? begin + record->interval : record->length;
        if (before + step >= amount && step > 0) {
            const double part = amount > before ? (amount - before) / step : 0;
            return begin + (fs_time)(part * (double)(end - begin));
        }
        before += step;
    }
    return record->length;
}

static struct fs_alarm_result evaluate(const void *params, const struct fs_alarm_view *view)
{
    const struct params *p = params;
    const fs_time crossed = crossing(view, usd(p->amount - p->before));
    const fs_time known = crossed + p->delay;
    const fs_time at = (known + p->every - 1) / p->every * p->every;
    const bool fired = crossed < view->record->length && at <= view->record->length;
    return (struct fs_alarm_result){fired, crossed, at};
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->before >= p->amount)
        fs_complain(complaints, "before", "is already as much as the amount");
}

static void check_spec(const void *params, const struct fs_variant_spec *spec,
                       struct fs_complaints *complaints)
{
    (void)params;
    if (!spec->prices) fs_complain(complaints, "", "nothing is spent where nothing is priced");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"amount", FS_P_SCALAR, FS_D_MONEY, ROW(amount), NULL, 0, 9000,
     .doc = "It fires when so much has been spent this month."},
    {"before", FS_P_SCALAR, FS_D_MONEY, ROW(before), "0USD", 0, 9000,
     .doc = "Spent this month before the run."},
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(every), NULL, 1, 864000,
     .doc = "How often what was spent is looked at, from the start of the run on."},
    {"delay", FS_P_SCALAR, FS_D_TIME, ROW(delay), NULL, 0, 864000,
     .doc = "How old what is known then is."},
    {"price", FS_P_PRICE, FS_D_COUNT, ROW(price), "", 0, 0,
     .doc = "Price item of the alarm for a month."},
    {.key = NULL}};

static const char *price(const void *params)
{
    return ((const struct params *)params)->price;
}

static const struct fs_alarm_type type = {evaluate, check_spec, price};

const struct fs_plugin fs_alarms_spend = {
    "spend",
    "Fires when an amount has been spent, as far as is known.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
