/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nodes of a cluster: how they come up, get pods, are drained, interrupted and lost. This is
 * the mechanism that the components `cluster` and `node_group` share; which nodes there should be
 * is the business of a node scaler (node_scaler.h) and of each group's own minimum.
 *
 * A node of a group is asked for, boots, is ready, and ends. It ends at once (lost), or after all
 * its pods have been told and have gone (drained), or at a notice's end (interrupted). Pods are
 * told of the end of a node only as their tenants can spare them.
 */
#ifndef FS_MODELS_NODES_H
#define FS_MODELS_NODES_H

#include "cluster.h"
#include "latency.h"
#include "meter.h"
#include "placement.h"
#include "sim.h"

enum fs_node_state {
    FS_NODE_BOOTING,
    FS_NODE_READY,
    FS_NODE_CLOSED, /* gets no pods; is drained when another is ready in its place */
    FS_NODE_DRAINING,
    FS_NODE_NOTICED, /* ends at a time that is known */
    FS_NODE_ENDING
};

struct fs_nodes;
struct fs_node_group;

struct fs_machine {
    struct fs_host host; /* first */
    struct fs_node_group *group;
    struct fs_machine *prev, *next; /* in the order of their launch */
    uint64_t number;                /* within the group */
    enum fs_node_state state;
    fs_time launched, ready; /* ready: FS_NEVER until it is */
    fs_time changed;         /* a pod came or went last, or it became ready */
    fs_time drained_from;
    bool unwanted;               /* was drained, so that nothing need come in its place */
    bool chosen;                 /* to get notice in this wave */
    fs_time ends;                /* by a notice */
    fs_event life;               /* boot, end of the notice */
    fs_event retry;              /* of evictions */
    fs_event interruption;       /* spot */
    struct fs_machine *replaces; /* the first of those that wait for this one, by their `waits` */
    struct fs_machine *waits;    /* the next that waits for the same */
    fs_time mark;                /* the scaler's own; 0 at first */
    fs_time image[];             /* by tenant: placed here first; FS_NEVER: never */
};

/* What the cluster needs of a group: the start of the component. */
struct fs_node_group {
    struct fs_component base;
    struct fs_nodes *nodes;
    struct fs_capacity each;  /* what one node offers */
    struct fs_capacity guess; /* what the scaler takes one to offer that is not there yet */
    int64_t memory;           /* of the machine, MiB */
    int64_t price;            /* femto-dollars an hour on its terms; 0: not known */
    bool spot;
    int64_t minimum, maximum;
    int64_t n, coming; /* nodes that are there or coming; of these, booting */
    int64_t awaited;   /* lost, and to be started anew as soon as there is a zone; not among n */
    int64_t removable; /* for the scaler's plan: how far those that stay are over the minimum */
    int64_t n_zone[FS_ZONES];
    uint64_t numbers; /* given so far */
    /* It tells the group what becomes of a node. After `gone` the node is no more. */
    void (*launched)(struct fs_node_group *group, struct fs_machine *node);
    void (*ready)(struct fs_node_group *group, struct fs_machine *node);
    void (*gone)(struct fs_node_group *group, struct fs_machine *node);
};

/* How many more there may be. */
static inline int64_t fs_node_group_room(const struct fs_node_group *group)
{
    return group->maximum - group->n - group->awaited;
}

/* Of a component node_group: join the cluster it names and start the nodes it begins with. The
 * cluster does this before it takes the first pod. */
void fs_node_group_begin(struct fs_component *self, struct fs_nodes *nodes);
/* What a node of it offers; false when it is no group of that cluster. */
bool fs_node_group_offers(const struct fs_component_spec *spec,
                          const struct fs_component_spec *cluster, struct fs_capacity *each);
/* Of a component cluster: do its nodes keep what their groups reserve? */
bool fs_cluster_reserves(const struct fs_component_spec *cluster);
const char *fs_node_group_cluster(const struct fs_component *self);
/* A wave of interruptions: close and choose a share of its nodes in all groups that it is for, and
 * then give notice to those that are chosen. */
void fs_node_group_choose(struct fs_component *self, double share, uint64_t key);
void fs_node_group_give_notice(struct fs_component *self);

struct fs_nodes {
    struct fs_sim *sim;
    struct fs_placement placement;
    int zones;
    fs_time lost_until[FS_ZONES];
    fs_time eviction_retry, grace, give_up; /* give_up 0: never */
    struct fs_node_group **group;
    int n_groups;
    bool reserves;       /* its nodes keep what their groups reserve */
    bool groups_replace; /* each node that is lost */
    bool groups_grow;    /* there is a scaler */
    struct fs_machine *first, *last;
    int64_t n, draining; /* nodes; of these, leaving of the cluster's own will */
    struct fs_tenant_view {
        struct fs_tenant *tenant;
        int shape;
    } * tenant;
    int n_tenants, most_tenants;
    struct fs_slab slab;
    fs_event settling; /* pods that wait are looked at */
    /* The owner: a pod has begun to wait. */
    void (*pod_waits)(struct fs_nodes *nodes);
    /* metrics */
    int64_t evicted, lost_pods, saved;
    struct fs_meter pods, waiting;
    struct fs_meter too_large, at_maximum, starting, other; /* why pods wait */
    struct fs_meter cpu_asked, cpu_there, ready_nodes;
    struct fs_latency wait;
};

/* With sim, eviction_retry, grace, give_up and pod_waits set. */
void fs_nodes_new(struct fs_nodes *nodes, int zones, enum fs_scoring scoring, int most_tenants);
/* A group with each, price, spot, minimum, maximum, launched, ready and gone set. */
void fs_nodes_join(struct fs_nodes *nodes, struct fs_node_group *group);

/* A new node in the group's zone with the fewest; NULL when all zones are lost. It is ready after
 * `boot`; at 0 at once. `number` is group->numbers before. */
struct fs_machine *fs_nodes_launch(struct fs_nodes *nodes, struct fs_node_group *group,
                                   fs_time boot);
/* It gets no more pods. Of several that go at one instant close all before the first goes: else
 * what is asked for instead of its pods is put on another of them. */
void fs_nodes_close(struct fs_nodes *nodes, struct fs_machine *node);
/* Of the cluster's own will: no new pods, those that can be spared are told, the others later. */
void fs_nodes_drain(struct fs_nodes *nodes, struct fs_machine *node);
/* No new pods; drained when `by` is ready. */
void fs_nodes_replace(struct fs_nodes *nodes, struct fs_machine *node, struct fs_machine *by);
/* It ends after `notice` (0: at once); until then its pods are told as they can be spared. */
void fs_nodes_interrupt(struct fs_nodes *nodes, struct fs_machine *node, fs_time notice);
void fs_nodes_lose(struct fs_nodes *nodes, struct fs_machine *node);
/* All nodes there are lost, and no more come up until then, or until the end of a loss before. */
void fs_nodes_lose_zone(struct fs_nodes *nodes, int zone, fs_time until);

/* May all pods of the node be moved, as far as their tenants are concerned? */
bool fs_nodes_spared(const struct fs_machine *node);

void fs_nodes_place(struct fs_nodes *nodes, struct fs_berth *place);
void fs_nodes_release(struct fs_nodes *nodes, struct fs_berth *place);

/* NULL when all is well. */
const char *fs_nodes_broken(const struct fs_nodes *nodes);

#endif
