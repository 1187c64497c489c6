/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The account's parameters and metrics; its two operations are inline in account.h. */
#include "account.h"

#define ROW(field) .offset = offsetof(struct fs_account_params, field)

const struct fs_param fs_account_rows[] = {
    {"region", FS_P_TEXT, FS_D_COUNT, ROW(region), "us-east-1", 0, 0,
     .doc = "Region whose price list applies."},
    {"prices", FS_P_TEXT, FS_D_COUNT, ROW(prices), "2026-11", 0, 0,
     .doc = "Date of the price list, as in its file's name."},
    {"concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(concurrency), "1000", 1, 10000000,
     .doc = "Concurrent executions that all functions of the account share."},
    {"memory_per_vcpu", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_per_vcpu), "1769MB", 1, 1048576,
     .doc = "Memory setting that comes with one vCPU where work was measured (work: at)."},
    {"free_tier", FS_P_BOOL, FS_D_COUNT, ROW(free_tier), "false", 0, 0,
     .doc = "Apply the monthly free tier to the projected bill."},
    {"launch_burst", FS_P_SCALAR, FS_D_COUNT, ROW(launch_burst), "100", 1, 1000000,
     .doc = "Tasks without instances of one's own that can be started at once, on demand and on "
            "spare capacity apart."},
    {"launch_rate", FS_P_SCALAR, FS_D_RATE, ROW(launch_rate), "0/s", 0, 1e6,
     .doc = "Rate at which those allowances refill; 0/s: no limit at all."},
    {.key = NULL}};

const struct fs_metric fs_account_metrics[] = {
    {"concurrency", "1", FS_GAUGE, offsetof(struct fs_account, concurrency),
     "Executions in progress in all functions of the account."},
    {"refused", "1", FS_COUNTER, offsetof(struct fs_account, refused),
     "Executions refused because the account's concurrency was used up."},
    {.name = NULL}};

void fs_account_new(struct fs_account *account, const struct fs_account_params *params)
{
    const fs_time period = params->launch_rate > 0 ? fs_nanoseconds(1e9 / params->launch_rate) : 0;
    account->limit = params->concurrency;
    fs_bucket_new(&account->launches, params->launch_burst, period);
    fs_bucket_new(&account->spot_launches, params->launch_burst, period);
}

void fs_account_check(const struct fs_account_params *params, struct fs_complaints *complaints)
{
    if (params->launch_rate > 0 && (double)params->launch_burst / params->launch_rate > 4e9)
        fs_complain(complaints, "launch_rate", "is too slow for a burst of this size");
}
