/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scaling of nodes: which should be added for pods that wait, and which could go. One file each in
 * models/node_scalers/, exporting `const struct fs_plugin fs_node_scalers_<file>` whose `type` is a
 * struct fs_node_scaler_type. A policy is asked at instants that it names and says what it wants;
 * the cluster keeps to the groups' maxima, starts nodes and drains them. The minima are the
 * policy's to keep, for it has to choose others instead.
 */
#ifndef FS_MODELS_NODE_SCALER_H
#define FS_MODELS_NODE_SCALER_H

#include "nodes.h"
#include "packing.h"
#include "param.h"

struct fs_node_scaler_view {
    fs_time now;
    struct fs_node_group *const *group; /* what can be added; the number of each is its maximum's */
    int n_groups;
    struct fs_machine *const *node; /* ready and open, in the order of their launch */
    int n_nodes;
    struct fs_machine *const *coming;
    int n_coming;
    int64_t leaving; /* closed, draining or noticed */
    const struct fs_shape *shape;
    int n_shapes;
    /* For fs_placement_left_over() alone. */
    struct fs_nodes *nodes;
};

/* Pods that wait into the nodes that come already, those that wait for a zone too. */
static inline void fs_node_scaler_pack(const struct fs_node_scaler_view *view,
                                       struct fs_packing *packing)
{
    fs_packing_new(packing, view->shape, view->n_shapes);
    for (int i = 0; i < view->n_coming; i++)
        fs_packing_add(packing, view->coming[i]->host.total);
    for (int g = 0; g < view->n_groups; g++) {
        for (int64_t i = 0; i < view->group[g]->awaited; i++)
            fs_packing_add(packing, view->group[g]->each);
    }
    fs_packing_fill(packing, view->shape);
}

struct fs_node_plan {
    int64_t *add;               /* by group; comes as 0 */
    struct fs_machine **remove; /* of view->node, or of view->coming: given up; room for all */
    int n_remove;
    /* NULL, or what is started first: what is to be removed is drained when it is ready. */
    struct fs_node_group *instead;
};

/* Remove the node unless its group would fall below its minimum. */
static inline bool fs_node_plan_remove(struct fs_node_plan *plan, struct fs_machine *node)
{
    if (node->group->removable <= 0) return false;
    node->group->removable--;
    plan->remove[plan->n_remove++] = node;
    return true;
}

struct fs_node_scaler_type {
    /* When the next plan is due: asked at the start and after each plan (`pod_waits` false), and
     * whenever a pod begins to wait (true): that may put off a plan, but not one that is due now.
     * FS_NEVER: not before a pod waits. */
    fs_time (*next)(void *state, const void *params, fs_time now, bool pod_waits);
    void (*plan)(void *state, const void *params, const struct fs_node_scaler_view *view,
                 struct fs_node_plan *plan);
    /* Offset of the struct fs_dist of times from the plan to a node that is ready. */
    size_t provisioning;
    /* Offset of the fs_time after which a drain that pods cannot be spared for is given up; 0 in
     * it: never. */
    size_t give_up;

    /* Do groups start a new node for each that they lose? Else pods that wait bring one. */
    bool groups_replace;

    /* Optional from here on. */
    /* What it takes a node of the group to offer before there is one; else what it does offer. */
    struct fs_capacity (*guess)(const void *params, const struct fs_node_group *group);
    size_t size; /* of the state, zeroed */
    void (*start)(void *state, const void *params, uint64_t key, struct fs_arena *arena);
};

#endif
