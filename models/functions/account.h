/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an account's functions share: concurrent executions, requests per second, and how fast
 * environments may be started. Concurrency is held in shares: what a function has reserved is its
 * own, floor and ceiling at once, and the rest is the unreserved share of all others. Components
 * ask, and take when they do begin; they give back.
 */
#ifndef FS_MODELS_ACCOUNT_H
#define FS_MODELS_ACCOUNT_H

#include "allowance.h"
#include "bucket.h"
#include "growth.h"
#include "meter.h"
#include "metric.h"
#include "param.h"
#include "sim.h"

struct fs_account_params {
    const char *region;
    const char *prices;
    int64_t concurrency;
    int64_t unreserved_minimum;
    int64_t requests_per_concurrency; /* and second; 0: no limit */
    struct fs_plugin_value growth;    /* NULL: per function */
    int64_t memory_per_vcpu; /* MiB; turns a measured duration at a memory setting into work */
    bool free_tier;
    double savings_plan;
    int64_t launch_burst;
    double launch_rate;
    double launch_vcpus, spot_vcpus; /* 0: no limit */
};

extern const struct fs_param fs_account_rows[];

/* Requests begun in the present second of the clock. */
struct fs_second {
    fs_time end;
    int64_t begun, limit;
};

struct fs_share {
    int64_t limit, level;
    struct fs_second second; /* of this share alone; limit INT64_MAX: none */
};

struct fs_account {
    struct fs_meter concurrency, limit;
    int64_t set_aside; /* of the limit, for single functions */
    struct fs_share unreserved;
    struct fs_second second;
    const struct fs_account_params *params;
    void *growth;
    int64_t refused, refused_rate;
    struct fs_allowance launches, spot_launches; /* of tasks */
};

extern const struct fs_metric fs_account_metrics[];

void fs_account_new(struct fs_account *account, const struct fs_account_params *params,
                    struct fs_arena *arena);
void fs_account_check(const struct fs_account_params *params, struct fs_complaints *complaints);
/* The limit is another from now on; executions in progress are left alone. */
void fs_account_set_limit(struct fs_account *account, int64_t limit, fs_time now);
/* Set aside `n` executions for one function (or give them back: n < 0). */
void fs_account_set_aside(struct fs_account *account, int64_t n);
/* Requests per second that come with so much concurrency; INT64_MAX: no limit. */
int64_t fs_account_rate(const struct fs_account *account, int64_t concurrency);
/* A share of its own, which is or is not within what was set aside. */
void fs_account_share(const struct fs_account *account, struct fs_share *share, int64_t limit);

/* FS_AT_CONCURRENCY: the account's; FS_AT_RESERVED: what the function has reserved. */
enum fs_refusal { FS_ADMITTED, FS_AT_CONCURRENCY, FS_AT_RESERVED, FS_AT_RATE };

static inline bool fs_second_is_full(struct fs_second *second, fs_time now)
{
    if (now >= second->end) {
        second->end = (now / FS_S + 1) * FS_S;
        second->begun = 0;
    }
    return second->begun >= second->limit;
}

/* May an execution of this share begin now? */
static inline enum fs_refusal fs_account_asks(struct fs_account *account, struct fs_share *share,
                                              fs_time now)
{
    const bool shared = share == &account->unreserved;
    if (share->level >= share->limit) return shared ? FS_AT_CONCURRENCY : FS_AT_RESERVED;
    if (fs_second_is_full(&account->second, now)) return FS_AT_RATE;
    if (shared) return FS_ADMITTED;
    if (account->concurrency.level >= account->limit.level) return FS_AT_CONCURRENCY;
    if (fs_second_is_full(&share->second, now)) return FS_AT_RATE;
    return FS_ADMITTED;
}

/* The same for what no rate of requests limits: it is not counted among them. */
static inline enum fs_refusal fs_account_asks_queued(const struct fs_account *account,
                                                     const struct fs_share *share)
{
    const bool shared = share == &account->unreserved;
    if (share->level >= share->limit) return shared ? FS_AT_CONCURRENCY : FS_AT_RESERVED;
    if (shared || account->concurrency.level < account->limit.level) return FS_ADMITTED;
    return FS_AT_CONCURRENCY;
}

static inline void fs_account_take(struct fs_account *account, struct fs_share *share, fs_time now)
{
    share->level++;
    share->second.begun++;
    account->second.begun++;
    fs_meter_add(&account->concurrency, now, 1);
}

static inline void fs_account_uncount(struct fs_account *account, struct fs_share *share)
{
    share->second.begun--;
    account->second.begun--;
}

static inline void fs_account_give(struct fs_account *account, struct fs_share *share, fs_time now)
{
    share->level--;
    fs_meter_add(&account->concurrency, now, -1);
}

/* May an environment be started now? True takes the leave. */
static inline bool fs_account_grows(struct fs_account *account, struct fs_bucket *own, fs_time now)
{
    const struct fs_plugin_value *growth = &account->params->growth;
    if (!growth->plugin) return fs_bucket_take(own, now);
    const struct fs_growth_type *type = growth->plugin->type;
    return type->take(account->growth, growth->params, own, now);
}

#endif
