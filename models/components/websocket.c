/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A door that holds connections: a request is one of them and lasts as long as the work that it
 * brings for this hop says. While it is open messages come, and for each of them, not for the
 * connection, the hop behind is called, with work drawn anew as the class has it. So functions
 * behind it are busy with messages and know nothing of connections, unless they are called when one
 * opens, too, which it does only if they succeed, or when one has been closed.
 *
 * A connection is closed when it has lasted, when no message came for too long, or at a limit of
 * the door's own, whatever its client would have liked.
 */
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "traffic.h"
#include "world.h"

/* Numbers of calls that are no messages. */
#define FOR_OPENING (UINT64_MAX - 1)
#define FOR_CLOSING UINT64_MAX

extern const struct fs_plugin fs_components_websocket;

struct params {
    struct fs_dist gap, overhead;
    fs_time idle_timeout, maximum, timeout;
    double connect_rate, rate;
    int64_t connect_burst, burst;
    int64_t message_size, chunk, sends;
    bool connect_calls, disconnect_calls;
    const char *price_messages, *price_connections;
};

struct connection {
    struct fs_request *request;
    fs_time lasts, end;
    bool cut;   /* at the end it is the door that closes it */
    uint64_t n; /* messages so far */
};

enum kind { MESSAGE, CONNECT, DISCONNECT };

/* A message on its way; it outlives its connection when it must. */
struct call {
    fs_time since;
    enum kind kind;
    struct connection *opens; /* CONNECT */
    bool given_up;
    struct fs_delay_node limit;
    struct fs_request request; /* last: legs follow */
};

struct websocket {
    struct fs_component base;
    struct fs_caller caller; /* of messages */
    const struct params *p;
    struct fs_slab connections, calls;
    struct fs_delay_list limit;
    struct fs_bucket connects, bucket;
    int64_t chunks; /* billed messages for one */
    uint64_t gap_key, overhead_key, work_key;
    /* metrics */
    int64_t arrived, opened, completed, cut, refused, rejected;
    int64_t messages, handled, failed, throttled, timed_out, wasted, billed;
    struct fs_meter connecting, open, in_flight;
    struct fs_latency message_latency;
};

/* Of the n-th message of a connection; one that is opened again has others. */
static uint64_t key_of(uint64_t key, const struct fs_request *request, uint64_t n)
{
    return fs_key_at(fs_request_key(key, request, request->attempt), n, 0);
}

static fs_time draw(const struct fs_dist *dist, uint64_t key)
{
    struct fs_stream stream;
    if (dist->kind == FS_DIST_CONSTANT) return fs_nanoseconds(dist->a);
    fs_stream_new(&stream, key);
    return fs_dist_draw_time(dist, &stream);
}

/* ---- messages ------------------------------------------------------------------------------- */

static void connect_ends(struct websocket *self, struct connection *connection,
                         enum fs_outcome outcome);

static void message_ends(struct websocket *self, const struct call *call, enum fs_outcome outcome)
{
    const fs_time now = fs_now(self->base.sim);
    self->handled += outcome == FS_COMPLETED;
    self->timed_out += outcome == FS_TIMED_OUT;
    self->failed += outcome != FS_COMPLETED && outcome != FS_TIMED_OUT;
    if (outcome == FS_COMPLETED) self->billed += self->p->sends * self->chunks;
    fs_latency_record(&self->message_latency, now - call->since);
    fs_meter_add(&self->in_flight, now, -1);
}

static void call_ends(struct websocket *self, const struct call *call, enum fs_outcome outcome)
{
    if (call->kind == MESSAGE) message_ends(self, call, outcome);
    if (call->kind != CONNECT) return;
    if (!call->given_up) fs_request_inherit(call->opens->request, &call->request);
    connect_ends(self, call->opens, outcome);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct websocket *self =
        (struct websocket *)(void *)((char *)caller - offsetof(struct websocket, caller));
    struct call *call = (struct call *)(void *)((char *)request - offsetof(struct call, request));
    if (call->given_up) {
        self->wasted += call->kind == MESSAGE;
    } else {
        if (self->limit.delay) fs_delay_leave(self->base.sim, &self->limit, &call->limit);
        call_ends(self, call, outcome);
    }
    fs_slab_put(&self->calls, call);
}

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct call *call = (struct call *)(arg - offsetof(struct call, limit));
    (void)sim;
    call->given_up = true;
    call->request.abandoned = 1;
    call_ends(self, call, FS_TIMED_OUT);
}

static void call_out(struct fs_sim *sim, void *component, uintptr_t arg)
{
    struct websocket *self = component;
    struct call *call = (struct call *)arg;
    if (call->request.path->n == 0) {
        call_ends(self, call, FS_COMPLETED);
        fs_slab_put(&self->calls, call);
        return;
    }
    if (self->limit.delay) fs_delay_join(sim, &self->limit, &call->limit);
    fs_request_enter(&call->request);
}

/* Behind the hand-over at the path's end, too. */
static void draw_work(struct fs_request *message, uint64_t key)
{
    const struct fs_class *class = fs_request_class(message);
    const int legs = message->path->legs;
    const struct fs_work *const *work = class->work + class->n_legs - legs;
    struct fs_stream stream;
    fs_stream_new(&stream, key);
    for (int i = 0; i < legs; i++) {
        if (work[i]) fs_work_draw(class, work[i], &message->leg[i], &stream);
    }
}

/* The n-th call for this connection, which waits for the opening one alone. */
static struct call *new_call(struct websocket *self, struct connection *connection, enum kind kind,
                             uint64_t n)
{
    const struct fs_request *request = connection->request;
    struct call *call = fs_slab_get(&self->calls);
    const fs_time now = fs_now(self->base.sim);
    call->since = now;
    call->kind = kind;
    call->opens = kind == CONNECT ? connection : NULL;
    call->given_up = false;
    call->limit = (struct fs_delay_node){0};
    fs_request_copy(&connection->request, &call->request, &self->caller);
    call->request.called = kind == CONNECT;
    const uint64_t mixed = fs_key_at(request->number, n, request->attempt);
    call->request.number = fs_first_round(mixed) | fs_round_of(request->number);
    call->request.born = call->request.asked = now;
    draw_work(&call->request, key_of(self->work_key, request, n));
    return call;
}

static void call_after_overhead(struct websocket *self, struct call *call,
                                const struct fs_request *request, uint64_t n)
{
    const fs_time overhead = draw(&self->p->overhead, key_of(self->overhead_key, request, n));
    if (overhead > 0)
        fs_schedule(self->base.sim, fs_now(self->base.sim) + overhead, call_out, self,
                    (uintptr_t)call);
    else
        call_out(self->base.sim, self, (uintptr_t)call);
}

static void send(struct websocket *self, struct connection *connection)
{
    const struct fs_request *request = connection->request;
    const fs_time now = fs_now(self->base.sim);
    const uint64_t n = connection->n;
    self->messages++;
    if (!fs_bucket_take(&self->bucket, now)) {
        self->throttled++;
        return;
    }
    struct call *call = new_call(self, connection, MESSAGE, n);
    self->billed += self->chunks;
    fs_meter_add(&self->in_flight, now, 1);
    call_after_overhead(self, call, request, n);
}

/* ---- connections ---------------------------------------------------------------------------- */

static void close_connection(struct websocket *self, struct connection *connection)
{
    struct fs_request *request = connection->request;
    const bool cut = connection->cut;
    struct call *call =
        self->p->disconnect_calls ? new_call(self, connection, DISCONNECT, FOR_CLOSING) : NULL;
    fs_meter_add(&self->open, fs_now(self->base.sim), -1);
    self->cut += cut;
    self->completed += !cut;
    fs_slab_put(&self->connections, connection);
    if (call) call_after_overhead(self, call, request, FOR_CLOSING);
    fs_request_reply(request, cut ? FS_TIMED_OUT : FS_COMPLETED);
}

static fs_handler message_comes, connection_ends;

/* The next thing to happen to it: a message or its end. */
static void go_on(struct websocket *self, struct connection *connection)
{
    const fs_time now = fs_now(self->base.sim), idle = self->p->idle_timeout;
    const fs_time gap =
        draw(&self->p->gap, key_of(self->gap_key, connection->request, connection->n));
    if (idle && gap > idle && connection->end - now > idle) {
        connection->end = now + idle;
        connection->cut = true;
    }
    if (gap < connection->end - now)
        fs_schedule(self->base.sim, now + gap, message_comes, self, (uintptr_t)connection);
    else
        fs_schedule(self->base.sim, connection->end, connection_ends, self, (uintptr_t)connection);
}

static void message_comes(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct connection *connection = (struct connection *)arg;
    (void)sim;
    send(self, connection);
    connection->n++;
    go_on(self, connection);
}

static void connection_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    close_connection(self, (struct connection *)arg);
}

static void open_connection(struct websocket *self, struct connection *connection)
{
    const fs_time now = fs_now(self->base.sim);
    connection->end = now + connection->lasts;
    self->opened++;
    fs_meter_add(&self->open, now, 1);
    go_on(self, connection);
}

static void connect_ends(struct websocket *self, struct connection *connection,
                         enum fs_outcome outcome)
{
    struct fs_request *request = connection->request;
    fs_meter_add(&self->connecting, fs_now(self->base.sim), -1);
    if (outcome == FS_COMPLETED) {
        open_connection(self, connection);
        return;
    }
    self->rejected++;
    fs_slab_put(&self->connections, connection);
    fs_request_reply(request, outcome);
}

static void accept(struct fs_component *component, struct fs_request *request)
{
    struct websocket *self = (struct websocket *)component;
    const fs_time now = fs_now(component->sim), most = self->p->maximum;
    const struct fs_leg *leg = &request->leg[request->step];
    self->arrived++;
    if (!fs_bucket_take(&self->connects, now)) {
        self->refused++;
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    const fs_time lasts = leg->cpu > FS_NEVER / 4 - leg->io ? FS_NEVER / 4 : leg->cpu + leg->io;
    struct connection *connection = fs_slab_get(&self->connections);
    *connection = (struct connection){.request = request, .lasts = lasts};
    connection->cut = most && lasts > most;
    if (connection->cut) connection->lasts = most;
    if (!self->p->connect_calls) {
        open_connection(self, connection);
        return;
    }
    struct call *call = new_call(self, connection, CONNECT, FOR_OPENING);
    fs_meter_add(&self->connecting, now, 1);
    call_after_overhead(self, call, request, FOR_OPENING);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start(struct fs_component *component)
{
    struct websocket *self = (struct websocket *)component;
    const struct params *p = self->p = component->params;
    struct fs_arena *arena = fs_sim_arena(component->sim);
    self->caller.done = call_done;
    self->gap_key = fs_key_at(component->key, 1, 0);
    self->overhead_key = fs_key_at(component->key, 2, 0);
    self->work_key = fs_key_at(component->key, 3, 0);
    self->chunks = p->chunk ? (p->message_size + p->chunk - 1) / p->chunk : 1;
    fs_bucket_new(&self->connects, p->connect_burst,
                  p->connect_rate > 0 ? fs_nanoseconds(1e9 / p->connect_rate) : 0);
    fs_bucket_new(&self->bucket, p->burst, p->rate > 0 ? fs_nanoseconds(1e9 / p->rate) : 0);
    fs_slab_new(&self->connections, arena, sizeof(struct connection));
    fs_slab_new(&self->calls, arena, fs_world_call_size(component->world, sizeof(struct call)));
    if (p->timeout) fs_delay_list_new(component->sim, &self->limit, p->timeout, limit_passed, self);
}

static const char *broken(const struct fs_component *component)
{
    const struct websocket *self = (const struct websocket *)component;
    if (self->arrived != self->opened + self->refused + self->rejected + self->connecting.level)
        return "arrived = opened + refused + rejected + connecting";
    if (self->opened != self->completed + self->cut + self->open.level)
        return "opened = completed + cut + open";
    if (self->messages !=
        self->throttled + self->handled + self->failed + self->timed_out + self->in_flight.level)
        return "messages = answered + in flight";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->gap.kind == FS_DIST_CONSTANT && !(p->gap.a > 0))
        fs_complain(complaints, "gap", "messages without time between them never end");
    if ((p->rate > 0) != (p->burst > 0))
        fs_complain(complaints, "burst", "a rate and a burst go together");
    if ((p->connect_rate > 0) != (p->connect_burst > 0))
        fs_complain(complaints, "connect_burst", "a rate and a burst go together");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"gap", FS_P_DIST, FS_D_TIME, ROW(gap), NULL, 0, 0,
     .doc = "Time between messages of a connection, and from its opening to the first."},
    {"overhead", FS_P_DIST, FS_D_TIME, ROW(overhead), "0s", 0, 0,
     .doc = "Latency that it adds to a message."},
    {"idle_timeout", FS_P_SCALAR, FS_D_TIME, ROW(idle_timeout), "", 1e-3, 1e6,
     .doc = "It closes a connection without a message for so long; absent: never."},
    {"maximum", FS_P_SCALAR, FS_D_TIME, ROW(maximum), "", 1e-3, 1e9,
     .doc = "It closes a connection that has been open for so long; absent: never."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "How long it waits for the hop behind to handle a message, which then goes on for "
            "nobody; absent: for ever."},
    {"connect_calls", FS_P_BOOL, FS_D_COUNT, ROW(connect_calls), "false", 0, 0,
     .doc =
         "The hop behind is called for each connection before it opens; one for which that fails "
         "does not."},
    {"disconnect_calls", FS_P_BOOL, FS_D_COUNT, ROW(disconnect_calls), "false", 0, 0,
     .doc = "The hop behind is called for each connection that has been closed."},
    {"connect_rate", FS_P_SCALAR, FS_D_RATE, ROW(connect_rate), "0/s", 0, 1e9,
     .doc = "Connections opened on the long run; more are refused; 0/s: no limit."},
    {"connect_burst", FS_P_SCALAR, FS_D_COUNT, ROW(connect_burst), "0", 0, 1000000000,
     .doc = "Connections that may be opened at once."},
    {"rate", FS_P_SCALAR, FS_D_RATE, ROW(rate), "0/s", 0, 1e9,
     .doc = "Messages on the long run; more are refused; 0/s: no limit."},
    {"burst", FS_P_SCALAR, FS_D_COUNT, ROW(burst), "0", 0, 1000000000,
     .doc = "Messages that may come at once."},
    {"message_size", FS_P_SCALAR, FS_D_SIZE, ROW(message_size), "1kB", 1, 2e9,
     .doc = "Size of a message."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "", 1, 2e9,
     .doc = "Size that one billed message covers; absent: any."},
    {"sends", FS_P_SCALAR, FS_D_COUNT, ROW(sends), "0", 0, 1000000,
     .doc = "Messages of that size that go to clients for each one that was handled; they are "
            "billed, too."},
    {"price_messages", FS_P_PRICE, FS_D_COUNT, ROW(price_messages), "", 0, 0,
     .doc = "Price item of one message, in or out."},
    {"price_connections", FS_P_PRICE, FS_D_COUNT, ROW(price_connections), "", 0, 0,
     .doc = "Price item of a connection's time."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct websocket, field), doc                              \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Connections asked for."),
    COUNT("completed", completed, "Connections closed by their clients."),
    COUNT("timed_out", cut, "Connections that it closed, idle or at its limit."),
    COUNT("throttled", refused, "Connections refused."),
    COUNT("rejected", rejected, "Connections not opened because the call for them failed."),
    COUNT("messages", messages, "Messages that came."),
    COUNT("messages_handled", handled, "Messages handled with success."),
    COUNT("messages_failed", failed, "Messages that failed or were refused behind it."),
    COUNT("messages_timed_out", timed_out, "Messages not handled within the time limit."),
    COUNT("messages_throttled", throttled, "Messages refused by its own limit."),
    COUNT("wasted_executions", wasted, "Messages handled after the time limit, for nobody."),
    COUNT("billed", billed, "Billed messages, in chunks of their size, in and out."),
    {"connecting", "1", FS_GAUGE, offsetof(struct websocket, connecting),
     "Connections that wait for the call before they open."},
    {"connections", "1", FS_GAUGE, offsetof(struct websocket, open), "Open connections."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct websocket, in_flight), "Messages being handled."},
    {"message_latency", "s", FS_LATENCY, offsetof(struct websocket, message_latency),
     "From a message's coming to its answer, whatever it was."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"messages", "billed", "1", 1, offsetof(struct params, price_messages), 0},
    {"connections", "connections", "min", FS_MIN, offsetof(struct params, price_connections), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct websocket),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .broken = broken};

const struct fs_plugin fs_components_websocket = {
    "websocket",
    "Holds connections and calls the next hop for each message that comes over them.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
