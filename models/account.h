/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an account's functions share: one pool of concurrent executions. Components take from it
 * and give back; at the limit they refuse.
 */
#ifndef FS_MODELS_ACCOUNT_H
#define FS_MODELS_ACCOUNT_H

#include "bucket.h"
#include "meter.h"
#include "metric.h"
#include "param.h"
#include "sim.h"

struct fs_account_params {
    const char *region;
    const char *prices;
    int64_t concurrency;
    int64_t memory_per_vcpu; /* MiB; turns a measured duration at a memory setting into work */
    bool free_tier;
    int64_t launch_burst;
    double launch_rate;
};

extern const struct fs_param fs_account_rows[];

struct fs_account {
    struct fs_meter concurrency;
    int64_t limit;
    int64_t refused;
    struct fs_bucket launches, spot_launches; /* of tasks */
};

extern const struct fs_metric fs_account_metrics[];

void fs_account_new(struct fs_account *account, const struct fs_account_params *params);
void fs_account_check(const struct fs_account_params *params, struct fs_complaints *complaints);

static inline bool fs_account_take(struct fs_account *account, fs_time now)
{
    if (account->concurrency.level >= account->limit) {
        account->refused++;
        return false;
    }
    fs_meter_add(&account->concurrency, now, 1);
    return true;
}

static inline void fs_account_give(struct fs_account *account, fs_time now)
{
    fs_meter_add(&account->concurrency, now, -1);
}

#endif
