/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scheduled scaling: at stated times the limits move, and the number of tasks with them when it
 * lies outside. Other policies scale within what the schedule has set.
 */
#include "scaler.h"

extern const struct fs_plugin fs_scalers_scheduled;

struct params {
    fs_time at, every;
    int64_t minimum, maximum;
};

static fs_time next(void *state, const void *params, fs_time now)
{
    const struct params *p = params;
    (void)state;
    if (now < p->at) return p->at;
    if (!p->every) return FS_NEVER;
    const fs_time round = (now - p->at) / p->every + 1;
    return round < (FS_NEVER - p->at) / p->every ? p->at + round * p->every : FS_NEVER;
}

static void decide(void *state, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision)
{
    const struct params *p = params;
    (void)state;
    (void)view;
    decision->minimum = p->minimum;
    decision->maximum = p->maximum;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->minimum > p->maximum)
        fs_complain(complaints, "minimum", "%lld is over the maximum of %lld",
                    (long long)p->minimum, (long long)p->maximum);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"at", FS_P_SCALAR, FS_D_TIME, ROW(at), NULL, 0, 3.2e9, .doc = "When."},
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(every), "", 1, 3.2e9,
     .doc = "And again after this long, for ever; absent: once."},
    {"minimum", FS_P_SCALAR, FS_D_COUNT, ROW(minimum), NULL, 0, 1000000,
     .doc = "Fewest tasks from then on."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, ROW(maximum), NULL, 0, 1000000,
     .doc = "Most tasks from then on."},
    {.key = NULL}};

static const struct fs_scaler_type type = {.next = next, .decide = decide};

const struct fs_plugin fs_scalers_scheduled = {
    "scheduled", "At stated times the limits move.", sizeof(struct params), rows, &type, check,
    NULL};
