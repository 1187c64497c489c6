/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exponential backoff: the wait grows by a factor with each failure, up to a cap, and jitter
 * spreads callers that failed together. The kinds of jitter are those of Brooker, "Exponential
 * Backoff And Jitter" (2015,
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/); with w the wait
 * without jitter: none w, full uniform(0, w), equal w / 2 + uniform(0, w / 2), decorrelated
 * uniform(base, 3 x the last wait), at most the cap; the factor plays no part.
 */
#include "retry.h"

enum jitter { NONE, FULL, EQUAL, DECORRELATED };
static const char *const jitter_names[] = {"none", "full", "equal", "decorrelated", NULL};

struct backoff {
    int64_t attempts;
    fs_time base, cap;
    double factor;
    int jitter;
};

static const struct fs_param rows[] = {
    {"attempts", FS_P_SCALAR, FS_D_COUNT, offsetof(struct backoff, attempts), NULL, 1, 1000,
     .doc = "Attempts in all, the first one included."},
    {"base", FS_P_SCALAR, FS_D_TIME, offsetof(struct backoff, base), NULL, 0, 9e9,
     .doc = "Wait before the first retry, without jitter."},
    {"factor", FS_P_SCALAR, FS_D_NUMBER, offsetof(struct backoff, factor), "2", 1, 1000,
     .doc = "Growth of the wait from one retry to the next."},
    {"cap", FS_P_SCALAR, FS_D_TIME, offsetof(struct backoff, cap), "", 0, 9e9,
     .doc = "No wait is longer; absent: no limit."},
    {"jitter", FS_P_CHOICE, FS_D_COUNT, offsetof(struct backoff, jitter), "full", 0, 0,
     .doc = "How the wait is spread.", .choices = jitter_names},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct backoff *backoff = params;
    if (backoff->cap && backoff->cap < backoff->base)
        fs_complain(complaints, "cap", "the cap is below the base");
}

/* Without jitter, in nanoseconds. */
static double grown(const struct backoff *backoff, int attempt, double cap)
{
    double wait = (double)backoff->base;
    for (int i = 1; i < attempt && wait < cap; i++)
        wait *= backoff->factor;
    return wait < cap ? wait : cap;
}

static fs_time wait(const void *params, int attempt, fs_time previous, struct fs_stream *stream)
{
    const struct backoff *backoff = params;
    const double base = (double)backoff->base;
    const double cap = backoff->cap ? (double)backoff->cap : 9e18;
    double wait = 0, last;
    if (attempt >= backoff->attempts) return FS_NEVER;
    switch ((enum jitter)backoff->jitter) {
    case NONE:
        wait = grown(backoff, attempt, cap);
        break;
    case FULL:
        wait = fs_uniform(stream) * grown(backoff, attempt, cap);
        break;
    case EQUAL:
        wait = (0.5 + 0.5 * fs_uniform(stream)) * grown(backoff, attempt, cap);
        break;
    case DECORRELATED:
        last = previous > backoff->base ? (double)previous : base;
        wait = base + fs_uniform(stream) * (3 * last - base);
        break;
    }
    return fs_nanoseconds(wait < cap ? wait : cap);
}

static const struct fs_retry_type type = {.wait = wait};

const struct fs_plugin fs_retries_backoff = {
    .name = "backoff",
    .doc = "Waits that grow from retry to retry, with jitter.",
    .size = sizeof(struct backoff),
    .rows = rows,
    .type = &type,
    .check = check};
