/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Alarms: who would have noticed, when, and what had been spent by then. They are held against the
 * record and the bill of a finished run, so they cost a run nothing and change nothing in it. One
 * file each in models/alarms/, exporting `const struct fs_plugin fs_alarms_<file>` whose `type` is
 * a struct fs_alarm_type.
 */
#ifndef FS_MODELS_ALARM_H
#define FS_MODELS_ALARM_H

#include "bill.h"
#include "metric.h"

struct fs_alarm_result {
    bool fired;
    fs_time crossed_at; /* when what it watches passed its threshold for good */
    fs_time fired_at;   /* when the alarm said so */
};

/* What an alarm looks at. */
struct fs_alarm_view {
    const struct fs_variant_spec *spec;
    const struct fs_record *record;
    const struct fs_bill *bill;
};

struct fs_alarm_type {
    /* The first time that it fires; times in the run. */
    struct fs_alarm_result (*evaluate)(const void *params, const struct fs_alarm_view *view);
    /* Optional: what its rows cannot say without the rest of the scenario. */
    void (*check)(const void *params, const struct fs_variant_spec *spec,
                  struct fs_complaints *complaints);
    /* Optional: the item that one costs for a month, by the "month"; NULL: none. */
    const char *(*price)(const void *params);
};

/* That item's name; NULL or FS_PRICE_FREE: it is not charged. */
const char *fs_alarm_price(const struct fs_alarm_spec *alarm);

extern const struct fs_param fs_alarm_rows[];

/* Statistics of an alarm, in the order of its views. */
enum fs_alarm_number { FS_ALARM_FIRED, FS_ALARM_FIRED_AT, FS_ALARM_CROSSED_AT, FS_ALARM_SPENT };
#define FS_ALARM_NUMBERS 4
extern const struct fs_metric fs_alarm_metrics[];

struct fs_alarms {
    int n;
    double (*number)[FS_ALARM_NUMBERS]; /* s and USD; NaN: it did not fire */
    struct fs_arena *arena;
};

struct fs_alarms *fs_alarms_new(const struct fs_alarm_view *view);
void fs_alarms_free(struct fs_alarms *alarms);

#endif
