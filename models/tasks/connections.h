/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections that stay open: each client has one at most, to the task that the balancer gave it
 * when it was opened, and all its requests go there, however busy that task is and whatever has
 * joined since. A task that drains or is unhealthy gets no new ones and keeps those it has; when it
 * goes, or the balancer cuts it off, they are broken, and a client opens another with its next
 * request. Between balancers of connections and clients with pools of them, this is why a new task
 * stays idle.
 */
#ifndef FS_MODELS_CONNECTIONS_H
#define FS_MODELS_CONNECTIONS_H

#include "meter.h"
#include "param.h"
#include "sim.h"
#include "task.h"

struct fs_connections_params {
    int64_t clients;
    fs_time lasts, idle; /* 0: never closed for that */
};

extern const struct fs_param fs_connections_rows[];

struct fs_connection;
struct fs_rotation;

struct fs_connections {
    const struct fs_connections_params *p;
    struct fs_sim *sim;
    struct fs_rotation *rotation;
    struct fs_connection *of; /* [clients] */
    struct fs_delay_list age, idle;
    uint64_t key;   /* of the client that a request comes from */
    uint64_t lives; /* of tasks, given so far: what a connection was made to */
    /* The owner: a task has no connection any more. */
    void (*left_alone)(struct fs_connections *connections, struct fs_task *task);
    /* metrics */
    struct fs_meter open;
    int64_t opened, cut;
};

/* With left_alone set. */
void fs_connections_new(struct fs_connections *connections, struct fs_sim *sim,
                        const struct fs_connections_params *params, struct fs_rotation *rotation,
                        uint64_t key);

/* The task that the request's client is connected to, or is from now on; NULL when it is to none
 * and the rotation is empty. */
struct fs_task *fs_connections_pick(struct fs_connections *connections,
                                    const struct fs_request *request);
/* The request, which went to the task, has been answered or refused. */
void fs_connections_answered(struct fs_connections *connections, const struct fs_task *task,
                             const struct fs_request *request);
/* All that the task has are broken. */
void fs_connections_cut(struct fs_connections *connections, struct fs_task *task);

#endif
