/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running a scenario: every variant times every replication is one world, handed to threads from
 * one list; the order in which they finish leaves no trace in the results.
 */
#ifndef FS_SCENARIOS_STUDY_H
#define FS_SCENARIOS_STUDY_H

#include "alarm.h"
#include "bill.h"
#include "record.h"
#include "scenario.h"

#include <stdatomic.h>

struct fs_study_variant {
    const struct fs_variant *variant;
    int n;        /* replications */
    int from;     /* the first of this round */
    double level; /* of its intervals; 0: the scenario's `confidence` */
    struct fs_record **record;
    struct fs_bill **bill;
    struct fs_alarms **alarms;
};

static inline double fs_study_level(const struct fs_study_variant *variant)
{
    return variant->level > 0 ? variant->level : variant->variant->spec.run.confidence;
}

struct fs_study {
    const struct fs_scenario *scenario;
    struct fs_study_variant *variant;
    int n_variants;
    int n_jobs;        /* pairs of variant and replication */
    int old_jobs;      /* of earlier rounds */
    char stopped[200]; /* why no more replications were run; "" without `until` */
    bool complete;
};

struct fs_study_options {
    int threads;             /* 0: one per core */
    const _Atomic int *stop; /* set by a signal handler */
    bool progress;           /* a line with ETA on stderr once a run takes over a second */
    bool one_heap;           /* verification: see sim.h */
    bool fingerprint;
};

/* Owned by the caller. Never fails: out of memory ends the program, laws broken abort it. */
struct fs_study *fs_study_run(const struct fs_scenario *scenario,
                              const struct fs_study_options *options);
void fs_study_free(struct fs_study *study);

/* The same in pieces, for who hands the jobs of many studies to one set of threads: each job
 * old_jobs .. n_jobs - 1 once, in any order and on any thread; while fs_study_more() says so, the
 * new ones; then fs_study_end(). `progress` gets the simulated time. */
struct fs_study *fs_study_new(const struct fs_scenario *scenario);
void fs_study_job(struct fs_study *study, int job, const struct fs_study_options *options,
                  _Atomic int64_t *progress);
bool fs_study_more(struct fs_study *study);
void fs_study_end(struct fs_study *study);
/* Threads that `options` ask for, at most `n_jobs`. */
int fs_study_threads(const struct fs_study_options *options, int n_jobs);

#endif
