/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrival processes: one file each in models/arrivals/, exporting `const struct fs_plugin
 * fs_arrivals_<file>` whose `type` is a struct fs_arrival_type. A process is asked for one arrival
 * after another; it draws from the stream it is given and from nothing else. An open process knows
 * nothing of what becomes of its requests, so variants get the same ones; a closed one is told when
 * each has ended.
 */
#ifndef FS_MODELS_ARRIVAL_H
#define FS_MODELS_ARRIVAL_H

#include "param.h"
#include "rng.h"
#include "time.h"

struct fs_arena;

struct fs_arrival {
    fs_time at;       /* FS_NEVER: no more */
    uint32_t key;     /* destination among like members; 0 when there is one */
    fs_time duration; /* measured duration a trace brings; -1: the class's work is drawn */
};

struct fs_arrival_type {
    size_t size; /* of the state, zeroed */
    /* Optional: set up the state for a run of `length`; memory from the run's arena. */
    void (*start)(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream);
    /* The next arrival, at or after `previous` (0 at first); called once for each. */
    void (*next)(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out);
    /* Optional: a request that it brought has ended; the next arrival, which replaces the one that
     * was given before and has not come. */
    void (*ended)(void *state, const void *params, fs_time now, struct fs_stream *stream,
                  struct fs_arrival *out);
    /* Optional: members that keys run over (functions of a trace), from the loaded parameters;
     * 1 without it. */
    int (*members)(const void *params);
    /* Optional: memory in MiB of a member; 0 when the trace says nothing. */
    int64_t (*member_memory)(const void *params, int member);
    /* Optional: does every arrival bring a duration? */
    bool (*has_durations)(const void *params);
    /* Optional: share of a trace's duration that is CPU, 0..1 (the rest is waiting). */
    double (*cpu_share)(const void *params);
    /* True when arrivals are a fixed trace: intervals are then conditional on it. */
    bool trace;
    /* True when every stretch of time is like every other, so that a steady state can exist. */
    bool stationary;
};

#endif
