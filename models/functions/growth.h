/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast environments may be started: one file each in models/growth/, exporting
 * `const struct fs_plugin fs_growth_<file>` whose `type` is a struct fs_growth_type. The account
 * has one policy for all its functions; each function has an allowance of its own that a policy may
 * use or leave alone.
 */
#ifndef FS_MODELS_GROWTH_H
#define FS_MODELS_GROWTH_H

#include "bucket.h"
#include "param.h"

struct fs_growth_type {
    /* Take leave to start one environment now; false: refused, and nothing is taken. */
    bool (*take)(void *state, const void *params, struct fs_bucket *own, fs_time now);

    /* Optional from here on. */
    size_t size; /* of what all functions share, zeroed */
    void (*start)(void *state, const void *params);
};

#endif
