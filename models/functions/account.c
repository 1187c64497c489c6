/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The account's parameters and metrics, and what changes its shares. Requests per second are
 * counted by whole seconds of the clock and follow the limit of the concurrency they belong to.
 */
#include "account.h"

#include "arena.h"

#define ROW(field) .offset = offsetof(struct fs_account_params, field)

const struct fs_param fs_account_rows[] = {
    {"region", FS_P_TEXT, FS_D_COUNT, ROW(region), "us-east-1", 0, 0,
     .doc = "Region whose price list applies."},
    {"prices", FS_P_TEXT, FS_D_COUNT, ROW(prices), "2026-11", 0, 0,
     .doc = "Date of the price list, as in its file's name; none: nothing is priced."},
    {"concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(concurrency), "1000", 1, 10000000,
     .doc = "Concurrent executions that all functions of the account share."},
    {"unreserved_minimum", FS_P_SCALAR, FS_D_COUNT, ROW(unreserved_minimum), "0", 0, 10000000,
     .doc = "Concurrency that functions may not reserve for themselves."},
    {"requests_per_concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(requests_per_concurrency), "0", 0,
     1000000,
     .doc = "Requests that may begin in a second for each unit of concurrency; 0: no limit."},
    {"growth", FS_P_PLUGIN, FS_D_COUNT, ROW(growth), "per_function", 0, 0,
     .doc = "How fast environments may be started.", .registry = "growth"},
    {"memory_per_vcpu", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_per_vcpu), "1769MB", 1, 1048576,
     .doc = "Memory setting that comes with one vCPU where work was measured (work: at)."},
    {"free_tier", FS_P_BOOL, FS_D_COUNT, ROW(free_tier), "false", 0, 0,
     .doc = "Apply the monthly free tier to the projected bill."},
    {"savings_plan", FS_P_SCALAR, FS_D_FRACTION, ROW(savings_plan), "0%", 0, 1,
     .doc = "Share of the usage that a Savings Plan may cover which it does cover."},
    {"launch_burst", FS_P_SCALAR, FS_D_COUNT, ROW(launch_burst), "100", 1, 1000000,
     .doc = "Tasks without instances of one's own that can be started at once, on demand and on "
            "spare capacity apart."},
    {"launch_rate", FS_P_SCALAR, FS_D_RATE, ROW(launch_rate), "0/s", 0, 1e6,
     .doc = "Rate at which those allowances refill; 0/s: no limit at all."},
    {"launch_vcpus", FS_P_SCALAR, FS_D_CPU, ROW(launch_vcpus), "", 0.001, 1e7,
     .doc = "vCPUs that tasks on demand may have at once, from leave to start until they have "
            "stopped; absent: no limit. New accounts begin with few."},
    {"spot_vcpus", FS_P_SCALAR, FS_D_CPU, ROW(spot_vcpus), "", 0.001, 1e7,
     .doc = "The same for tasks on spare capacity."},
    {.key = NULL}};

const struct fs_metric fs_account_metrics[] = {
    {"concurrency", "1", FS_GAUGE, offsetof(struct fs_account, concurrency),
     "Executions in progress in all functions of the account."},
    {"limit", "1", FS_GAUGE, offsetof(struct fs_account, limit),
     "Executions at once that the account allows."},
    {"refused", "1", FS_COUNTER, offsetof(struct fs_account, refused),
     "Executions refused at the account's concurrency: what nobody has reserved was used up, or "
     "the limit has been lowered."},
    {"refused_rate", "1", FS_COUNTER, offsetof(struct fs_account, refused_rate),
     "Executions refused at the limit of requests per second."},
    {.name = NULL}};

int64_t fs_account_rate(const struct fs_account *account, int64_t concurrency)
{
    const int64_t each = account->params->requests_per_concurrency;
    return each ? concurrency * each : INT64_MAX;
}

static void divide(struct fs_account *account)
{
    const int64_t rest = account->limit.level - account->set_aside;
    account->unreserved.limit = rest > 0 ? rest : 0;
    account->second.limit = fs_account_rate(account, account->limit.level);
}

void fs_account_new(struct fs_account *account, const struct fs_account_params *params,
                    struct fs_arena *arena)
{
    const struct fs_plugin *growth = params->growth.plugin;
    account->params = params;
    fs_account_set_limit(account, params->concurrency, 0);
    fs_allowance_new(&account->launches, params->launch_burst, params->launch_rate,
                     params->launch_vcpus);
    fs_allowance_new(&account->spot_launches, params->launch_burst, params->launch_rate,
                     params->spot_vcpus);
    if (!growth) return;
    const struct fs_growth_type *type = growth->type;
    account->growth = fs_arena_alloc(arena, type->size + 1);
    if (type->start) type->start(account->growth, params->growth.params);
}

void fs_account_set_limit(struct fs_account *account, int64_t limit, fs_time now)
{
    fs_meter_set(&account->limit, now, limit);
    divide(account);
}

void fs_account_set_aside(struct fs_account *account, int64_t n)
{
    account->set_aside += n;
    divide(account);
}

void fs_account_share(const struct fs_account *account, struct fs_share *share, int64_t limit)
{
    share->limit = limit;
    share->second.limit = fs_account_rate(account, limit);
}

void fs_account_check(const struct fs_account_params *params, struct fs_complaints *complaints)
{
    if (params->launch_rate > 0 && (double)params->launch_burst / params->launch_rate > 4e9)
        fs_complain(complaints, "launch_rate", "is too slow for a burst of this size");
}
