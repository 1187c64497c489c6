/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A connection is known by its client's number, and by the life of the task that it was made to: a
 * task that is cut off begins another one, so what its connections were is forgotten without a look
 * at them. One whose time is over while requests are under way is closed after the last.
 */
#include "connections.h"

#include "arena.h"
#include "rng.h"
#include "rotation.h"

struct fs_connection {
    struct fs_task *task;
    uint64_t life; /* 0: never opened */
    int32_t in_flight;
    bool old; /* closes after the last request */
    struct fs_delay_node age, idle;
};

static bool is_open(const struct fs_connection *connection)
{
    return connection->life && connection->life == connection->task->connected;
}

static void forget(struct fs_connections *connections, struct fs_connection *connection)
{
    if (connections->p->lasts)
        fs_delay_leave(connections->sim, &connections->age, &connection->age);
    if (connections->p->idle)
        fs_delay_leave(connections->sim, &connections->idle, &connection->idle);
    connection->life = 0;
}

static void shut(struct fs_connections *connections, struct fs_connection *connection)
{
    struct fs_task *task = connection->task;
    forget(connections, connection);
    task->connections--;
    fs_meter_add(&connections->open, fs_now(connections->sim), -1);
    if (task->connections == 0) connections->left_alone(connections, task);
}

static void too_old(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_connection *connection =
        (struct fs_connection *)(arg - offsetof(struct fs_connection, age));
    (void)sim;
    if (!is_open(connection)) return;
    connection->old = true;
    if (connection->in_flight == 0) shut(self, connection);
}

static void idle_for_long(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_connection *connection =
        (struct fs_connection *)(arg - offsetof(struct fs_connection, idle));
    (void)sim;
    if (is_open(connection)) shut(self, connection);
}

static void make(struct fs_connections *connections, struct fs_connection *connection,
                 struct fs_task *task)
{
    forget(connections, connection);
    if (!task->connected) task->connected = ++connections->lives;
    connection->task = task;
    connection->life = task->connected;
    connection->in_flight = 0;
    connection->old = false;
    task->connections++;
    connections->opened++;
    fs_meter_add(&connections->open, fs_now(connections->sim), 1);
    if (connections->p->lasts) fs_delay_join(connections->sim, &connections->age, &connection->age);
}

static struct fs_connection *connection_of(const struct fs_connections *connections,
                                           const struct fs_request *request)
{
    return &connections->of[fs_key_at(connections->key, request->number, request->key) %
                            (uint64_t)connections->p->clients];
}

struct fs_task *fs_connections_pick(struct fs_connections *connections,
                                    const struct fs_request *request)
{
    struct fs_connection *connection = connection_of(connections, request);
    if (!is_open(connection)) {
        struct fs_task *task = fs_rotation_pick_warm(connections->rotation);
        if (!task) return NULL;
        make(connections, connection, task);
    }
    if (connections->p->idle)
        fs_delay_leave(connections->sim, &connections->idle, &connection->idle);
    connection->in_flight++;
    return connection->task;
}

void fs_connections_answered(struct fs_connections *connections, const struct fs_task *task,
                             const struct fs_request *request)
{
    struct fs_connection *connection = connection_of(connections, request);
    if (!is_open(connection) || connection->task != task || connection->in_flight == 0) return;
    if (--connection->in_flight > 0) return;
    if (connection->old)
        shut(connections, connection);
    else if (connections->p->idle)
        fs_delay_join(connections->sim, &connections->idle, &connection->idle);
}

void fs_connections_cut(struct fs_connections *connections, struct fs_task *task)
{
    connections->cut += task->connections;
    fs_meter_add(&connections->open, fs_now(connections->sim), -task->connections);
    task->connections = 0;
    task->connected = 0;
}

void fs_connections_new(struct fs_connections *connections, struct fs_sim *sim,
                        const struct fs_connections_params *params, struct fs_rotation *rotation,
                        uint64_t key)
{
    connections->p = params;
    connections->sim = sim;
    connections->rotation = rotation;
    connections->key = key;
    connections->of =
        fs_arena_alloc(fs_sim_arena(sim), (size_t)params->clients * sizeof *connections->of);
    if (params->lasts)
        fs_delay_list_new(sim, &connections->age, params->lasts, too_old, connections);
    if (params->idle)
        fs_delay_list_new(sim, &connections->idle, params->idle, idle_for_long, connections);
}

#define ROW(field) .offset = offsetof(struct fs_connections_params, field)

const struct fs_param fs_connections_rows[] = {
    {"clients", FS_P_SCALAR, FS_D_COUNT, ROW(clients), NULL, 1, 1000000,
     .doc = "Clients that the requests come from, each as often as another, with a connection "
            "each."},
    {"lasts", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "", 1e-3, 3.2e9,
     .doc = "A connection is closed so long after it was opened, between two requests; absent: it "
            "may last for ever."},
    {"idle", FS_P_SCALAR, FS_D_TIME, ROW(idle), "", 1e-3, 3.2e9,
     .doc = "A connection without requests is closed after so long; absent: never."},
    {.key = NULL}};
