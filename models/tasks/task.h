/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task at work: it works on a limited number of requests at once; the next ones wait in its
 * backlog in the order in which they came, and a full backlog refuses. An execution is CPU work,
 * which it shares with the others of its task (cpu.h), then waiting, then the call of the next hop;
 * all the while it holds its place.
 *
 * A task does not know where its requests come from or how it came to be: its owner gives it
 * requests and is told of each answer. Nobody tells a task that its caller has gone. At the time
 * limit the caller is answered and the job goes on with a copy of the request: from then on it is
 * nobody's, but it holds its place to its end.
 */
#ifndef FS_MODELS_TASK_H
#define FS_MODELS_TASK_H

#include "allowance.h"
#include "cluster.h"
#include "cpu.h"
#include "deadlines.h"
#include "latency.h"
#include "meter.h"
#include "request.h"
#include "scaler.h"
#include "sim.h"

struct fs_call;
struct fs_job;
struct fs_job_chunk;
struct fs_task_kind;

/* Two cache lines for work, the second for the few jobs that are usually on the CPU. Then what is
 * seldom touched. */
struct fs_task {
    fs_event event; /* the next end on the CPU; 0: none */
    struct fs_cpu cpu;
    fs_time begun; /* CPU work of all jobs so far */
    int32_t in_flight, waiting;
    int32_t target;    /* its index in the rotation; -1: not in it */
    uint16_t state;    /* enum fs_task_state */
    uint16_t slowness; /* work takes so many hundredths of its time; 0: as it should */

    struct fs_end few[4];

    struct fs_job *first, *last; /* of the backlog */
    struct fs_call *calls;       /* that are out */

    /* ---- its owner's from here on, see fleet.h */
    int32_t outstanding; /* requests without an answer, while it is not in the rotation */
    int32_t zone;
    int64_t version;
    struct fs_task *prev, *next;
    fs_event life; /* the next step of its life */
    fs_event fault;
    fs_time created, paid_from, started, ready, changed;
    fs_time cut_at;      /* draining: the balancer cuts it off then; 0: it does not */
    fs_time gone_by;     /* draining: it is gone then at the latest */
    int32_t connections; /* that clients keep to it */
    uint64_t connected;  /* its life as they know it; 0: none was made to it */
    int64_t crashes;     /* one after the other */
    int64_t lives;       /* that it has begun again in its place */
    struct fs_ask ask;   /* of the account's allowance */
    bool waits_for_vcpus;
    bool cached;            /* its image need not be pulled */
    bool charged;           /* beyond the minimum */
    bool ill;               /* fails its health checks whatever its work is */
    fs_time warm_at;        /* end of its slow start in the rotation; 0: none */
    bool consuming, asking; /* see consumer.h */
    fs_time asks_since;     /* its long poll began */
    struct fs_task *asks_behind, *asks_before;
    uint8_t kept;                 /* enum fs_kept: connections downstream */
    bool dying;                   /* will crash at this instant */
    int32_t passed, missed;       /* health checks, one after the other */
    struct fs_delay_node minimum; /* charge: until then it is paid for already */
    struct fs_delay_node check;   /* the next health check */
    struct fs_berth place;        /* on a cluster; place.number is the task's, always */
};

/* What the tasks of a service have in common. */
struct fs_task_kind {
    struct fs_sim *sim;
    struct fs_component *keeper; /* whose tasks they are: keeps connections downstream */
    struct fs_cpu_kind cpu;
    double alone;                /* time that a unit of CPU work takes on a CPU without others */
    int64_t places;              /* in flight in a task */
    int64_t backlog;             /* that may wait in a task */
    int32_t bearable;            /* in flight without running out of memory */
    struct fs_job_chunk *chunks; /* where all jobs lie */
    struct fs_job *free;
    int chunk_left; /* jobs of the first chunk that were never used */
    struct fs_slab calls;
    struct fs_deadlines limit;
    struct fs_caller caller; /* of calls */
    /* The request has been answered; to be counted and replied to. */
    void (*answer)(struct fs_task_kind *kind, struct fs_task *task, struct fs_request *request,
                   enum fs_outcome outcome);
    /* A draining task has nothing left to do. */
    void (*idle)(struct fs_task_kind *kind, struct fs_task *task);
    /* A task has begun more than it can bear; called from within fs_task_take(), must not kill it
     * there. */
    void (*overloaded)(struct fs_task_kind *kind, struct fs_task *task);
    /* metrics */
    int64_t wasted;
    int64_t cut; /* requests that were answered because their task went */
    struct fs_meter in_flight, waiting, busy;
    struct {
        struct fs_meter in_flight, busy;
    } draining; /* of these, in tasks that drain */
    struct fs_latency wait, service_time;
};

/* With cpu, places, backlog and the three functions set by the caller, who may set a keeper and
 * what is bearable (by default anything) afterwards; `timeout` 0: none. */
void fs_task_kind_new(struct fs_task_kind *kind, struct fs_world *world, fs_time timeout);

/* Ready to work, everything else zero. */
void fs_task_new(struct fs_task *task);

/* Take a request on; false when it must be refused because the backlog is full. */
bool fs_task_take(struct fs_task_kind *kind, struct fs_task *task, struct fs_request *request);

/* It has begun to drain. */
void fs_task_drains(struct fs_task_kind *kind, const struct fs_task *task);

/* Drop all work at once: callers are answered `outcome`, calls that are out are forgotten. The
 * task must be out of the rotation. */
void fs_task_kill(struct fs_task_kind *kind, struct fs_task *task, enum fs_outcome outcome);

/* Answer all callers `outcome`; what they wanted is worked on for nobody. Out of the rotation. */
void fs_task_cut_off(struct fs_task_kind *kind, struct fs_task *task, enum fs_outcome outcome);

/* How long so little CPU work would take that began now, with the jobs that are there. */
fs_time fs_task_time_of(const struct fs_task_kind *kind, const struct fs_task *task, fs_time work);

/* When the first of the backlog came; FS_NEVER: nothing waits. */
fs_time fs_task_waiting_since(const struct fs_task *task);

/* CPU time that it has used so far. O(jobs on its CPU). */
fs_time fs_task_cpu_time(const struct fs_task_kind *kind, const struct fs_task *task);

/* NULL when the task keeps its laws. */
const char *fs_task_broken(const struct fs_task_kind *kind, const struct fs_task *task);

static inline bool fs_task_is_idle(const struct fs_task *task)
{
    return task->in_flight == 0 && task->waiting == 0;
}

#endif
