/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is paid for while it is there, whatever comes: public addresses, volumes, a second control
 * plane, alarms, a cache. It takes no requests. Its bill is proportional to the time of the run:
 * what a vendor charges in whole hours is not rounded up, since a run stands for a longer time.
 */
#include "component.h"

#include <stddef.h>

extern const struct fs_plugin fs_components_standing;

struct params {
    const char *price_hours, *price_months, *price_storage;
    int64_t count, size, total; /* total: MiB of all; no quantity stands first, see fs_charge */
};

struct standing {
    struct fs_component base;
    int64_t uptime; /* ms */
};

static void start(struct fs_component *self)
{
    (void)self;
}

static void settle(struct fs_component *self)
{
    ((struct standing *)self)->uptime = fs_now(self->sim) / FS_MS;
}

static void load(void *params, struct fs_arena *arena, struct fs_complaints *complaints)
{
    struct params *p = params;
    (void)arena;
    (void)complaints;
    p->total = p->count * p->size;
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"count", FS_P_SCALAR, FS_D_COUNT, ROW(count), "1", 0, 1000000, .doc = "How many there are."},
    {"size", FS_P_SCALAR, FS_D_MEMORY, ROW(size), "0MB", 0, 16777216,
     .doc = "Size of each, where that is charged."},
    {"price_hours", FS_P_PRICE, FS_D_COUNT, ROW(price_hours), "", 0, 0,
     .doc = "Price item of one for an hour."},
    {"price_months", FS_P_PRICE, FS_D_COUNT, ROW(price_months), "", 0, 0,
     .doc = "Price item of one for a month of 730 hours."},
    {"price_storage", FS_P_PRICE, FS_D_COUNT, ROW(price_storage), "", 0, 0,
     .doc = "Price item of a GB for a month of 730 hours."},
    {.key = NULL}};

static const struct fs_metric metrics[] = {
    {FS_UPTIME, "ms", FS_COUNTER, offsetof(struct standing, uptime), "Time that it was there."},
    {.name = NULL}};

#define OF(field) offsetof(struct params, field)

static const struct fs_charge charges[] = {
    {"hours", FS_UPTIME, "h", 3600000, OF(price_hours), OF(count)},
    {"months", FS_UPTIME, "month", INT64_C(730) * 3600000, OF(price_months), OF(count)},
    {"storage", FS_UPTIME, "GB month", INT64_C(730) * 3600000 * 1024, OF(price_storage), OF(total)},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct standing),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .settle = settle};

const struct fs_plugin fs_components_standing = {"standing",
                                                 "Something that is paid for while it is there.",
                                                 sizeof(struct params),
                                                 rows,
                                                 &type,
                                                 NULL,
                                                 load};
