/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Retry policies: one file each in models/retries/, exporting `const struct fs_plugin
 * fs_retries_<file>` whose `type` is a struct fs_retry_type. A pure function of the attempt and a
 * stream of its own.
 */
#ifndef FS_MODELS_RETRY_H
#define FS_MODELS_RETRY_H

#include "param.h"
#include "rng.h"
#include "time.h"

struct fs_retry_type {
    /* How long to wait after attempt number `attempt` (from 1) has failed; FS_NEVER: give up.
     * `previous` is the last wait (0 at first), for decorrelated jitter. */
    fs_time (*wait)(const void *params, int attempt, fs_time previous, struct fs_stream *stream);
};

#endif
