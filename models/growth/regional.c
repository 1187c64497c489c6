/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All functions of the account's region start environments from one allowance. */
#include "growth.h"

extern const struct fs_plugin fs_growth_regional;

struct params {
    int64_t burst;
    double rate;
};

static void start(void *state, const void *params)
{
    const struct params *p = params;
    fs_bucket_new(state, p->burst, fs_nanoseconds(1e9 / p->rate));
}

static bool take(void *state, const void *params, struct fs_bucket *own, fs_time now)
{
    (void)params;
    (void)own;
    return fs_bucket_take(state, now);
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if ((double)p->burst / p->rate > 4e9)
        fs_complain(complaints, "rate", "is too slow for a burst of this size");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"burst", FS_P_SCALAR, FS_D_COUNT, ROW(burst), NULL, 1, 1000000000,
     .doc = "Environments that all functions together can start at once."},
    {"rate", FS_P_SCALAR, FS_D_RATE, ROW(rate), NULL, 1e-6, 1e9,
     .doc = "Rate at which that allowance refills."},
    {.key = NULL}};

static const struct fs_growth_type type = {
    .take = take, .size = sizeof(struct fs_bucket), .start = start};

const struct fs_plugin fs_growth_regional = {
    "regional",
    "All functions start environments from one allowance; their own ones do not count.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
