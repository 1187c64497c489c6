/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trace of the first instances of every component that has some: what each of them does at equal
 * moments of a part of the run. It is looked at, nothing reports; without a trace there is nothing
 * that looks. What changes at a moment itself may be seen at that one or at the next.
 */
#ifndef FS_MODELS_WATCH_H
#define FS_MODELS_WATCH_H

#include "param.h"
#include "time.h"

struct fs_world;

struct fs_watch_params {
    int64_t instances; /* of each component; 0: no trace */
    fs_time from, lasts;
    int64_t moments;
};

extern const struct fs_param fs_watch_rows[];

/* The components are there and have not started. Of the first replication alone. */
void fs_watch_new(struct fs_world *world, const struct fs_watch_params *params);

#endif
