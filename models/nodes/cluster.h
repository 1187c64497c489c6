/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where tasks run when room is finite: a cluster of nodes. A service whose `cluster` names a
 * component with an `fs_component_type.cluster` asks it for a place for each task and is told when
 * there is one; how nodes come and go is the cluster's own business. A service without one has its
 * tasks started by the account's launch bucket alone.
 *
 * The service embeds a struct fs_berth in each task. Between place() and release() it is the
 * cluster's: in its queue until placed() has been called, then on a node. Exactly one release()
 * ends it, also after lost(). The cluster may call back from within place(), never from release().
 */
#ifndef FS_MODELS_CLUSTER_H
#define FS_MODELS_CLUSTER_H

#include "component.h"
#include "placement.h"
#include "sim.h"

struct fs_berth;

/* What a service is told about its pods: a member of its owner, one for each service. */
struct fs_tenant {
    const char *name; /* the service's */
    /* There is a node: the task starts. `image_cached`: it need not be pulled. */
    void (*placed)(struct fs_tenant *tenant, struct fs_berth *place, bool image_cached);
    /* The node goes at `by` (a notice: spot, consolidation, a drain; `by` == now: at once), and
     * lost() will be called then unless the place has been released. The service drains the task
     * and starts another one for it. */
    void (*evicted)(struct fs_tenant *tenant, struct fs_berth *place, fs_time by);
    /* The node is gone and what ran on it with it. Release the place. */
    void (*lost)(struct fs_tenant *tenant, struct fs_berth *place);
    /* May a task be evicted now of the cluster's own will (not a spot notice): would enough of them
     * stay healthy? */
    bool (*spares)(const struct fs_tenant *tenant, const struct fs_berth *place);
};

struct fs_berth {
    struct fs_tenant *tenant;
    int64_t cpu;     /* thousandths of a vCPU that are requested */
    int64_t memory;  /* MiB requested; 0: not said */
    fs_time since;   /* asked for */
    uint64_t number; /* of the task, for draws and ties */
    /* The cluster's own; zero. */
    struct fs_pod pod;
    fs_event end; /* of what was evicted */
    bool told;    /* that it is evicted */
};

struct fs_cluster_type {
    void (*place)(struct fs_component *self, struct fs_berth *place);
    void (*release)(struct fs_component *self, struct fs_berth *place);
};

#endif
