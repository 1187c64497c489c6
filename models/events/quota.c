/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits of the account change; what is in progress is left alone. */
#include "event.h"
#include "world.h"

extern const struct fs_plugin fs_events_quota;

struct params {
    int64_t concurrency; /* -1: stays */
    double launch_vcpus, spot_vcpus;
};

static void happen(struct fs_world *world, const void *params)
{
    const struct params *p = params;
    struct fs_account *account = &world->account;
    const fs_time now = fs_now(world->sim);
    if (p->concurrency >= 0) fs_account_set_limit(account, p->concurrency, now);
    if (p->launch_vcpus > 0) fs_allowance_set(&account->launches, p->launch_vcpus, now);
    if (p->spot_vcpus > 0) fs_allowance_set(&account->spot_launches, p->spot_vcpus, now);
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->concurrency < 0 && !(p->launch_vcpus > 0) && !(p->spot_vcpus > 0))
        fs_complain(complaints, "concurrency",
                    "which limit is to change? 'concurrency', 'launch_vcpus' or 'spot_vcpus'");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(concurrency), "-1", -1, 10000000,
     .doc = "Concurrent executions allowed from now on; -1: as before."},
    {"launch_vcpus", FS_P_SCALAR, FS_D_CPU, ROW(launch_vcpus), "", 0.001, 1e7,
     .doc = "vCPUs that tasks on demand may have from now on; absent: as before."},
    {"spot_vcpus", FS_P_SCALAR, FS_D_CPU, ROW(spot_vcpus), "", 0.001, 1e7,
     .doc = "vCPUs that tasks on spare capacity may have from now on; absent: as before."},
    {.key = NULL}};

static const struct fs_event_type type = {.happen = happen};

const struct fs_plugin fs_events_quota = {
    "quota", "Limits of the account change.", sizeof(struct params), rows, &type, check, NULL};
