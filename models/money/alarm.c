/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alarms of a variant, one after the other. */
#include "alarm.h"

#include "arena.h"
#include "component.h"

#include <math.h>
#include <stddef.h>

const struct fs_param fs_alarm_rows[] = {{"", FS_P_PLUGIN, FS_D_COUNT,
                                          .offset = offsetof(struct fs_alarm_spec, alarm), NULL, 0,
                                          0, .doc = "What it watches.", .registry = "alarms"},
                                         {.key = NULL}};

const struct fs_metric fs_alarm_metrics[] = {
    {"fired", "1", FS_COUNTER, 0, "Whether the alarm fired."},
    {"fired_at", "s", FS_GAUGE, 0, "When the alarm fired."},
    {"crossed_at", "s", FS_GAUGE, 0, "When what it watches passed its threshold."},
    {"spent_usd", "USD", FS_GAUGE, 0, "Spent in the run when the alarm fired."},
    {.name = NULL}};

const char *fs_alarm_price(const struct fs_alarm_spec *alarm)
{
    const struct fs_alarm_type *type = alarm->alarm.plugin->type;
    return type->price ? type->price(alarm->alarm.params) : NULL;
}

/* In the first `until` of a run; a line's cost is spread evenly over each interval. */
static double spent_until(const struct fs_alarm_view *view, fs_time until)
{
    const struct fs_record *record = view->record;
    double usd = 0;
    for (int i = 0; i < view->bill->n_lines; i++) {
        const double *interval = view->bill->line[i].interval_usd;
        for (int k = 0; k < record->n_intervals; k++) {
            const fs_time begin = (fs_time)k * record->interval;
            const fs_time end =
                k + 1 < record->n_intervals ? begin + record->interval : record->length;
            if (until <= begin) break;
            usd += until >= end ? interval[k]
                                : interval[k] * ((double)(until - begin) / (double)(end - begin));
        }
    }
    return usd;
}

struct fs_alarms *fs_alarms_new(const struct fs_alarm_view *view)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_alarms *alarms = fs_arena_alloc(arena, sizeof *alarms);
    alarms->arena = arena;
    alarms->n = view->spec->n_alarms;
    alarms->number = fs_arena_alloc(arena, (size_t)alarms->n * sizeof *alarms->number + 1);
    for (int i = 0; i < alarms->n; i++) {
        const struct fs_plugin_value *alarm = &view->spec->alarm[i].alarm;
        const struct fs_alarm_type *type = alarm->plugin->type;
        const struct fs_alarm_result result = type->evaluate(alarm->params, view);
        double *number = alarms->number[i];
        number[FS_ALARM_FIRED] = result.fired;
        number[FS_ALARM_FIRED_AT] = result.fired ? (double)result.fired_at / 1e9 : NAN;
        number[FS_ALARM_CROSSED_AT] = result.fired ? (double)result.crossed_at / 1e9 : NAN;
        number[FS_ALARM_SPENT] = result.fired ? spent_until(view, result.fired_at) : NAN;
    }
    return alarms;
}

void fs_alarms_free(struct fs_alarms *alarms)
{
    if (alarms) fs_arena_free(alarms->arena);
}
