/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The caller takes the first failure for an answer. */
#include "retry.h"

static const struct fs_param rows[] = {{.key = NULL}};

static fs_time wait(const void *params, int attempt, fs_time previous, struct fs_stream *stream)
{
    (void)params;
    (void)attempt;
    (void)previous;
    (void)stream;
    return FS_NEVER;
}

static const struct fs_retry_type type = {.wait = wait};

const struct fs_plugin fs_retries_none = {
    .name = "none", .doc = "One attempt.", .size = 0, .rows = rows, .type = &type};
