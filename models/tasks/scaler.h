/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scaling: how many tasks a service should have. One file each in models/scalers/, exporting
 * `const struct fs_plugin fs_scalers_<file>` whose `type` is a struct fs_scaler_type. A policy is
 * asked at instants that it names itself and looks at what the service shows it; it keeps what it
 * must remember (samples, alarms) in a state of its own and changes nothing. The service has
 * several policies at once, applies the limits, starts tasks and drains them. A cooldown runs from
 * what the service did: what a policy said may have been hindered.
 *
 * What several say. At one instant all that are due are asked, in the order in which they are
 * written. The largest number above `desired` wins. The service shrinks when one that is due says a
 * smaller number and no other says FS_KEEP, to the largest of the numbers; what a policy said when
 * it was asked last stands for it until it is asked again, except that a number above `desired`
 * then counts as FS_KEEP.
 */
#ifndef FS_MODELS_SCALER_H
#define FS_MODELS_SCALER_H

#include "param.h"
#include "time.h"

struct fs_component;

/* A task's life, in this order; backwards only HEALTHY <-> UNHEALTHY and to STARTING, when its
 * container is started again in its place. */
#define FS_TASK_STATE_MAP(XX)                                                                      \
    XX(PROVISIONING, provisioning) /* waits for leave to start, for a node, for what it runs on */ \
    XX(PULLING, pulling)           /* fetches its image; charged from here on */                   \
    XX(STARTING, starting)         /* the application comes up, or waits to be restarted */        \
    XX(REGISTERING, registering)   /* up, its first health check has not passed */                 \
    XX(HEALTHY, healthy)           /* gets requests */                                             \
    XX(UNHEALTHY, unhealthy)       /* runs, but fails its health checks */                         \
    XX(DRAINING, draining)         /* gets no more, finishes what it has */                        \
    XX(STOPPED, stopped)

enum fs_task_state {
#define XX(upper, lower) FS_TASK_##upper,
    FS_TASK_STATE_MAP(XX)
#undef XX
        FS_TASK_STATES
};

/* One task that has not stopped. Instants are FS_NEVER when they have not been. */
struct fs_task_view {
    uint64_t number; /* within the service, from 0, never given twice */
    enum fs_task_state state;
    fs_time created; /* asked for */
    fs_time started; /* its container runs since (state STARTING or later) */
    fs_time ready;   /* first became HEALTHY */
    fs_time changed; /* became or ceased to be HEALTHY last */
    fs_time cpu;     /* CPU time used since `started`, on one vCPU; take differences of two looks */
    int64_t memory;  /* MiB in use now */
    int32_t in_flight, waiting;
};

/* Sums run from the start of the run and never fall, so two looks give a period's mean. */
struct fs_scaler_view {
    fs_time now;
    int64_t desired, minimum, maximum; /* as they stand */
    int64_t running;                   /* tasks STARTING .. UNHEALTHY */
    int64_t up;                        /* of these, HEALTHY or UNHEALTHY: they have come up */
    fs_time since_out, since_in;       /* its last growth, its last shrinking; FS_NEVER: none */
    bool deploying;                    /* tasks of two versions */
    bool blind;                        /* no metrics can be had */
    int64_t backlog;                   /* messages of its queue that wait; -1: it reads none */
    int64_t requests;                  /* that the balancer got, or taken from a queue */
    __int128 healthy_time;             /* tasks x ns */
    __int128 running_time;             /* tasks x ns */
    __int128 cpu_time;                 /* used by these: thousandths of a vCPU x ns */
    __int128 memory_time;              /* used by these: MiB x ns */
    __int128 in_flight_time;           /* requests x ns, none that wait; of tasks that drain, too */
    int64_t cpu, memory; /* of one task: thousandths of a vCPU; MiB, 0 when not said */
    /* When the type `sees_tasks`: all that have not stopped, oldest first. */
    const struct fs_task_view *task;
    int n_tasks;
};

#define FS_KEEP    INT64_C(-1) /* no fewer than now */
#define FS_ABSTAIN INT64_C(-2) /* no opinion */

struct fs_decision {
    int64_t wanted;           /* tasks, limits need not be applied; or FS_KEEP, FS_ABSTAIN */
    int64_t minimum, maximum; /* change them to move the service's limits from now on */
};

struct fs_scaler_type {
    /* The next instant after `now` at which it wants to be asked; -1: the first one, which may be
     * 0. FS_NEVER: never again. */
    fs_time (*next)(void *state, const void *params, fs_time now);
    /* `decision` comes as FS_ABSTAIN and the present limits. */
    void (*decide)(void *state, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision);

    /* Optional from here on. */
    size_t size; /* of the state, zeroed */
    /* All components exist: look up what the parameters name (a queue, see queue.h). */
    void (*start)(void *state, const void *params, struct fs_component *service);
    bool sees_tasks;
    /* Does it look at memory, which must then be said? At the queue that the service reads? */
    bool (*of_memory)(const void *params);
    bool (*of_backlog)(const void *params);
};

#endif
