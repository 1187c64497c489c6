/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same wait before every retry. */
#include "retry.h"

struct fixed {
    int64_t attempts;
    fs_time wait;
};

static const struct fs_param rows[] = {
    {"attempts", FS_P_SCALAR, FS_D_COUNT, offsetof(struct fixed, attempts), NULL, 1, 1000,
     .doc = "Attempts in all, the first one included."},
    {"wait", FS_P_SCALAR, FS_D_TIME, offsetof(struct fixed, wait), NULL, 0, 9e9,
     .doc = "Time from a failure to the next attempt; 0s: at once."},
    {.key = NULL}};

static fs_time wait(const void *params, int attempt, fs_time previous, struct fs_stream *stream)
{
    const struct fixed *fixed = params;
    (void)previous;
    (void)stream;
    return attempt < fixed->attempts ? fixed->wait : FS_NEVER;
}

static const struct fs_retry_type type = {.wait = wait};

const struct fs_plugin fs_retries_fixed = {.name = "fixed",
                                           .doc = "Retries after a fixed wait.",
                                           .size = sizeof(struct fixed),
                                           .rows = rows,
                                           .type = &type};
