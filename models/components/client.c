/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What calls the next hop on behalf of the one before it: an SDK or a proxy with a time limit for
 * an attempt and a retry policy. Whoever called waits, and holds its slot, until the last attempt
 * has come to something.
 *
 * An attempt given up at the time limit goes on: its work and what it does are there all the same,
 * besides those of the next attempt.
 */
#include "component.h"
#include "retry.h"
#include "world.h"

extern const struct fs_plugin fs_components_client;

struct params {
    fs_time timeout;
    struct fs_plugin_value retry;
};

struct job {
    struct fs_request *request;
    struct call *call; /* that is out */
    fs_time since;
    fs_time asked; /* the present attempt; after it, when it failed */
    fs_time wait;  /* the last one */
    int attempt;
    struct fs_delay_node limit; /* last: without a time limit there is no memory for it */
};

struct call {
    struct job *job; /* NULL: given up */
    struct fs_request request;
};

struct client {
    struct fs_component base;
    struct fs_caller caller; /* of attempts */
    const struct params *p;
    struct fs_slab jobs, calls;
    struct fs_delay_list limit;
    uint64_t retry_key;
    /* metrics */
    int64_t arrived, attempts, timeouts, wasted;
    int64_t answered[FS_OUTCOMES];
    struct fs_meter in_flight;
    struct fs_latency latency;
};

static void answer(struct client *client, struct job *job, enum fs_outcome outcome)
{
    struct fs_request *request = job->request;
    const fs_time now = fs_now(client->base.sim);
    client->answered[outcome]++;
    fs_meter_add(&client->in_flight, now, -1);
    fs_latency_record(&client->latency, now - job->since);
    fs_slab_put(&client->jobs, job);
    fs_request_reply(request, outcome);
}

static void try(struct client *client, struct job *job)
{
    struct call *call = fs_slab_get(&client->calls);
    call->job = job;
    job->call = call;
    job->asked = fs_now(client->base.sim);
    client->attempts++;
    if (client->limit.delay) {
        job->limit = (struct fs_delay_node){0};
        fs_delay_join(client->base.sim, &client->limit, &job->limit);
    }
    fs_request_copy(&job->request, &call->request, &client->caller);
    call->request.attempt = fs_attempt_within(job->request, job->attempt);
    fs_request_enter(&call->request);
}

static void try_again(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct job *job = (struct job *)arg;
    fs_request_spent(job->request, FS_PART_BACKOFF, fs_now(sim) - job->asked);
    job->attempt++;
    try(self, job);
}

static fs_time next_wait(const struct client *client, const struct job *job)
{
    const struct fs_plugin_value *retry = &client->p->retry;
    const struct fs_retry_type *type = retry->plugin->type;
    const struct fs_request *request = job->request;
    struct fs_stream stream;
    const uint64_t key = fs_request_key(client->retry_key, request, request->attempt);
    fs_stream_new(&stream, fs_key_at(key, (uint64_t)job->attempt, 0));
    return type->wait(retry->params, job->attempt, job->wait, &stream);
}

/* The time of what failed is waiting, too, in the view of whoever asked. */
static void settle(struct client *client, struct job *job, enum fs_outcome outcome)
{
    const fs_time wait = outcome == FS_COMPLETED ? FS_NEVER : next_wait(client, job);
    if (wait == FS_NEVER) {
        answer(client, job, outcome);
        return;
    }
    job->wait = wait;
    fs_schedule_last(client->base.sim, fs_now(client->base.sim) + wait, try_again, client,
                     (uintptr_t)job);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct client *client =
        (struct client *)(void *)((char *)caller - offsetof(struct client, caller));
    struct call *call = (struct call *)(void *)((char *)request - offsetof(struct call, request));
    struct job *job = call->job;
    if (!job) {
        client->wasted++;
        fs_slab_put(&client->calls, call);
        return;
    }
    if (client->limit.delay) fs_delay_leave(client->base.sim, &client->limit, &job->limit);
    if (outcome == FS_COMPLETED) fs_request_inherit(job->request, request);
    fs_slab_put(&client->calls, call);
    settle(client, job, outcome);
}

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct client *client = self;
    struct job *job = (struct job *)(arg - offsetof(struct job, limit));
    (void)sim;
    job->call->job = NULL;
    job->call->request.abandoned = 1;
    client->timeouts++;
    settle(client, job, FS_TIMED_OUT);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct client *client = (struct client *)self;
    const fs_time now = fs_now(self->sim);
    client->arrived++;
    fs_meter_add(&client->in_flight, now, 1);
    struct job *job = fs_slab_get(&client->jobs);
    job->request = request;
    job->since = now;
    job->wait = 0;
    job->attempt = 1;
    if (fs_request_has_next(request))
        try(client, job);
    else
        answer(client, job, FS_COMPLETED);
}

static void start(struct fs_component *self)
{
    struct client *client = (struct client *)self;
    const struct params *p = client->p = self->params;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    client->caller.done = call_done;
    client->retry_key = fs_key_at(self->key, 1, 0);
    fs_slab_new(&client->jobs, arena,
                p->timeout ? sizeof(struct job) : offsetof(struct job, limit));
    fs_slab_new(&client->calls, arena, fs_world_call_size(self->world, sizeof(struct call)));
    if (p->timeout) fs_delay_list_new(self->sim, &client->limit, p->timeout, limit_passed, client);
}

static const char *broken(const struct fs_component *self)
{
    const struct client *client = (const struct client *)self;
    int64_t answered = 0;
    for (int i = 0; i < FS_OUTCOMES; i++)
        answered += client->answered[i];
    if (client->arrived != answered + client->in_flight.level)
        return "arrived = answered + in flight";
    if (client->wasted > client->timeouts) return "wasted executions <= attempts given up";
    return NULL;
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "How long it waits for an attempt; absent: for ever."},
    {"retry", FS_P_PLUGIN, FS_D_COUNT, ROW(retry), NULL, 0, 0,
     .doc = "What it does when an attempt fails; must be said.", .registry = "retries"},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct client, field), doc                                 \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that it was asked to make."),
    COUNT("attempts", attempts, "Attempts at the next hop."),
    COUNT("completed", answered[FS_COMPLETED], "Requests of which an attempt succeeded."),
    COUNT("failed", answered[FS_FAILED], "Requests whose last attempt failed."),
    COUNT("timed_out", answered[FS_TIMED_OUT], "Requests whose last attempt took too long."),
    COUNT("throttled", answered[FS_THROTTLED], "Requests whose last attempt was refused."),
    COUNT("dropped", answered[FS_DROPPED], "Requests whose last attempt found no room."),
    COUNT("timeouts", timeouts, "Attempts given up at the time limit."),
    COUNT("wasted_executions", wasted, "Attempts given up that came to their end later."),
    {"in_flight", "1", FS_GAUGE, offsetof(struct client, in_flight), "Requests being made."},
    {"latency", "s", FS_LATENCY, offsetof(struct client, latency),
     "Of requests with all their attempts, whatever came of them."},
    {.name = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct client),
                                              .metrics = metrics,
                                              .start = start,
                                              .accept = accept,
                                              .passes_on = true,
                                              .broken = broken};

const struct fs_plugin fs_components_client = {
    "client",
    "Calls the next hop with a time limit and a retry policy: an SDK, a proxy.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
