/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A door: what stands between callers on the network and the hop that does the work. It admits by a
 * token bucket and a number in flight, adds its own latency, and waits for the hop behind it.
 *
 * Its time limit is on that wait. When it passes, the caller is answered and the execution goes on
 * with a copy of the request, which holds its slot and its bill to its end: the answer and the
 * execution are two facts. What the hop behind answers is passed on as it is.
 *
 * A quota that an account's doors share is the bucket of one of them, named by the others; a
 * request needs a token from each bucket and takes none when one is empty.
 */
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "world.h"

extern const struct fs_plugin fs_components_gateway;

struct params {
    struct fs_dist overhead;
    double rate;
    int64_t burst, max_in_flight;
    const char *quota;
    fs_time timeout;
    double error_probability;
    int64_t request_size, chunk;
    int64_t new_connections, units_per_gb, rules;
    const char *price_requests, *price_hours, *price_data, *price_capacity;
};

/* An admitted request. */
struct job {
    struct fs_request *request;
    struct call *call; /* of the hop behind, under a time limit; NULL: none is out */
    fs_time since;
    struct fs_delay_node limit; /* last: without a time limit there is no memory for it */
};

struct call {
    struct job *job; /* NULL: answered at the time limit */
    struct fs_request request;
};

struct gateway {
    struct fs_component base;
    struct fs_caller caller; /* of calls */
    const struct params *p;
    struct fs_bucket bucket;
    struct fs_bucket *quota; /* another one's; NULL: none */
    struct fs_slab jobs, calls;
    struct fs_delay_list limit;
    int64_t chunks; /* billed requests for one */
    uint64_t overhead_key, error_key;
    double error_probability;
    /* metrics */
    int64_t arrived, throttled, timeouts, wasted, requests, admitted, data, uptime;
    int64_t answered[FS_OUTCOMES];
    struct fs_meter in_flight;
    struct fs_latency latency;
};

/* ---- answers -------------------------------------------------------------------------------- */

static void answer(struct gateway *gateway, struct job *job, enum fs_outcome outcome)
{
    struct fs_request *request = job->request;
    const fs_time now = fs_now(gateway->base.sim);
    gateway->answered[outcome]++;
    fs_meter_add(&gateway->in_flight, now, -1);
    fs_latency_record(&gateway->latency, now - job->since);
    fs_slab_put(&gateway->jobs, job);
    fs_request_reply(request, outcome);
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    answer((struct gateway *)self, request->leg[request->step].execution, outcome);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct gateway *gateway =
        (struct gateway *)(void *)((char *)caller - offsetof(struct gateway, caller));
    struct call *call = (struct call *)(void *)((char *)request - offsetof(struct call, request));
    struct job *job = call->job;
    if (!job) {
        gateway->wasted++;
        fs_slab_put(&gateway->calls, call);
        return;
    }
    fs_delay_leave(gateway->base.sim, &gateway->limit, &job->limit);
    fs_request_inherit(job->request, request);
    fs_slab_put(&gateway->calls, call);
    answer(gateway, job, outcome);
}

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct gateway *gateway = self;
    struct job *job = (struct job *)(arg - offsetof(struct job, limit));
    (void)sim;
    job->call->job = NULL;
    job->call->request.abandoned = 1;
    gateway->timeouts++;
    answer(gateway, job, FS_TIMED_OUT);
}

/* ---- admission ------------------------------------------------------------------------------ */

static bool is_error(const struct gateway *gateway, const struct fs_request *request)
{
    return gateway->error_probability > 0 &&
           fs_to_uniform(fs_request_key(gateway->error_key, request, request->attempt)) <
               gateway->error_probability;
}

/* Its own latency is over. */
static void pass_on(struct gateway *gateway, struct job *job)
{
    struct fs_request *request = job->request;
    if (is_error(gateway, request)) {
        answer(gateway, job, FS_FAILED);
    } else if (!fs_request_has_next(request)) {
        answer(gateway, job, FS_COMPLETED);
    } else if (gateway->limit.delay) {
        struct call *call = fs_slab_get(&gateway->calls);
        call->job = job;
        job->call = call;
        job->limit = (struct fs_delay_node){0};
        fs_delay_join(gateway->base.sim, &gateway->limit, &job->limit);
        fs_request_call(&job->request, &call->request, &gateway->caller);
    } else {
        request->leg[request->step].execution = job;
        fs_request_forward(request);
    }
}

static void overhead_over(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    pass_on(self, (struct job *)arg);
}

static fs_time draw_overhead(const struct gateway *gateway, const struct fs_request *request)
{
    const struct fs_dist *overhead = &gateway->p->overhead;
    struct fs_stream stream;
    if (overhead->kind == FS_DIST_CONSTANT) return fs_nanoseconds(overhead->a);
    fs_stream_new(&stream, fs_request_key(gateway->overhead_key, request, request->attempt));
    return fs_dist_draw_time(overhead, &stream);
}

static bool admit(struct gateway *gateway)
{
    const fs_time now = fs_now(gateway->base.sim);
    const int64_t most = gateway->p->max_in_flight;
    if (most && gateway->in_flight.level >= most) return false;
    if (gateway->quota && !fs_bucket_tokens(gateway->quota, now)) return false;
    if (!fs_bucket_take(&gateway->bucket, now)) return false;
    return !gateway->quota || fs_bucket_take(gateway->quota, now);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct gateway *gateway = (struct gateway *)self;
    const fs_time now = fs_now(self->sim);
    gateway->arrived++;
    if (!admit(gateway)) {
        gateway->throttled++;
        gateway->answered[FS_THROTTLED]++;
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    struct job *job = fs_slab_get(&gateway->jobs);
    job->request = request;
    job->since = now;
    gateway->admitted++;
    gateway->data += gateway->p->request_size;
    gateway->requests += gateway->chunks;
    fs_meter_add(&gateway->in_flight, now, 1);
    const fs_time overhead = draw_overhead(gateway, request);
    if (overhead > 0)
        fs_schedule(self->sim, now + overhead, overhead_over, gateway, (uintptr_t)job);
    else
        pass_on(gateway, job);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start(struct fs_component *self)
{
    struct gateway *gateway = (struct gateway *)self;
    const struct params *p = gateway->p = self->params;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    gateway->caller.done = call_done;
    gateway->overhead_key = fs_key_at(self->key, 1, 0);
    gateway->error_key = fs_key_at(self->key, 2, 0);
    gateway->error_probability = p->error_probability;
    gateway->chunks = p->chunk ? (p->request_size + p->chunk - 1) / p->chunk : 1;
    fs_bucket_new(&gateway->bucket, p->burst, p->rate > 0 ? fs_nanoseconds(1e9 / p->rate) : 0);
    if (p->quota) {
        struct fs_component *other = fs_world_component(self->world, p->quota);
        if (other != self) gateway->quota = &((struct gateway *)other)->bucket;
    }
    fs_slab_new(&gateway->jobs, arena,
                p->timeout ? sizeof(struct job) : offsetof(struct job, limit));
    fs_slab_new(&gateway->calls, arena, fs_world_call_size(self->world, sizeof(struct call)));
    if (p->timeout)
        fs_delay_list_new(self->sim, &gateway->limit, p->timeout, limit_passed, gateway);
}

static void settle(struct fs_component *self)
{
    ((struct gateway *)self)->uptime = fs_now(self->sim) / FS_MS;
}

/* An event's end gives back the door's own share of errors. */
static void set_errors(struct fs_component *self, double probability)
{
    struct gateway *gateway = (struct gateway *)self;
    gateway->error_probability = probability >= 0 ? probability : gateway->p->error_probability;
}

static const char *broken(const struct fs_component *self)
{
    const struct gateway *gateway = (const struct gateway *)self;
    int64_t answered = 0;
    for (int i = 0; i < FS_OUTCOMES; i++)
        answered += gateway->answered[i];
    if (gateway->arrived != answered + gateway->in_flight.level)
        return "arrived = answered + in flight";
    if (gateway->wasted > gateway->timeouts) return "wasted executions <= passed time limits";
    if (gateway->p->max_in_flight && gateway->in_flight.level > gateway->p->max_in_flight)
        return "in flight <= max_in_flight";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->rate > 0 && !p->burst)
        fs_complain(complaints, "burst", "a rate needs a 'burst': requests that may come at once");
    if (p->burst && !(p->rate > 0))
        fs_complain(complaints, "rate", "a burst needs a 'rate' at which it comes back");
    if (p->rate > 0 && (double)p->burst / p->rate > 4e9)
        fs_complain(complaints, "rate", "is too slow for a burst of this size");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"overhead", FS_P_DIST, FS_D_TIME, ROW(overhead), "0s", 0, 0,
     .doc = "Latency that it adds to a request it admits."},
    {"rate", FS_P_SCALAR, FS_D_RATE, ROW(rate), "0/s", 0, 1e9,
     .doc = "Requests admitted on the long run; 0/s: no limit."},
    {"burst", FS_P_SCALAR, FS_D_COUNT, ROW(burst), "0", 0, 1000000000,
     .doc = "Requests that may come at once: the size of the token bucket."},
    {"quota", FS_P_REF, FS_D_COUNT, ROW(quota), "", 0, 0,
     .doc = "Another gateway whose rate and burst hold for both together, besides its own.",
     .registry = "gateway"},
    {"max_in_flight", FS_P_SCALAR, FS_D_COUNT, ROW(max_in_flight), "0", 0, 1000000000,
     .doc = "Requests in it at once, more are refused; 0: no limit."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "How long it waits for the hop behind; then the caller is answered, and the execution "
            "goes on. Absent: for ever."},
    {"error_probability", FS_P_SCALAR, FS_D_FRACTION, ROW(error_probability), "0", 0, 1,
     .doc = "Share of admitted requests that it answers with an error of its own."},
    {"request_size", FS_P_SCALAR, FS_D_SIZE, ROW(request_size), "1kB", 1, 2e9,
     .doc = "Size of a request with its answer."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "", 1, 2e9,
     .doc = "Size that one billed request covers; absent: any."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one admitted request."},
    {"price_hours", FS_P_PRICE, FS_D_COUNT, ROW(price_hours), "", 0, 0,
     .doc = "Price item of its being there."},
    {"price_data", FS_P_PRICE, FS_D_COUNT, ROW(price_data), "", 0, 0,
     .doc = "Price item of a GB that passes it, request_size for each admitted request."},
    {"price_capacity", FS_P_PRICE, FS_D_COUNT, ROW(price_capacity), "", 0, 0,
     .doc = "Price item of its capacity units in an hour: of connections that are opened and open, "
            "data and rules, what asks for most of them."},
    {"new_connections", FS_P_SCALAR, FS_D_COUNT, ROW(new_connections), "1000", 0, 1000000,
     .doc = "Connections that are opened for a thousand requests."},
    {"units_per_gb", FS_P_SCALAR, FS_D_COUNT, ROW(units_per_gb), "1000", 0, 1000000,
     .doc = "Thousandths of a capacity unit that a GB in an hour asks for."},
    {"rules", FS_P_SCALAR, FS_D_COUNT, ROW(rules), "0", 0, 100000,
     .doc = "Charged rules that a request is held against."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct gateway, field), doc                                \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that came."),
    COUNT("completed", answered[FS_COMPLETED], "Requests answered with success."),
    COUNT("failed", answered[FS_FAILED], "Requests answered with an error."),
    COUNT("timed_out", answered[FS_TIMED_OUT], "Requests answered because a time limit passed."),
    COUNT("throttled", answered[FS_THROTTLED], "Requests refused here or behind."),
    COUNT("dropped", answered[FS_DROPPED], "Requests that found no room behind."),
    COUNT("refused", throttled, "Requests refused by its own limits."),
    COUNT("timeouts", timeouts, "Requests answered at its own time limit."),
    COUNT("wasted_executions", wasted,
          "Executions that went on beyond its time limit, for nobody."),
    COUNT("requests", requests, "Billed requests: those admitted, in chunks of their size."),
    COUNT("admitted", admitted, "Requests admitted."),
    {FS_UPTIME, "ms", FS_COUNTER, offsetof(struct gateway, uptime), "Time that it was there."},
    {"data", "B", FS_COUNTER, offsetof(struct gateway, data), "Bytes that passed."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct gateway, in_flight),
     "Requests admitted and not answered."},
    {"latency", "s", FS_LATENCY, offsetof(struct gateway, latency),
     "From admission to the answer, whatever it was."},
    {.name = NULL}};

/* A unit: 25 connections opened a second, 3,000 open, a GB an hour, 1,000 rules a second. */
#define CAPACITY(field) offsetof(struct params, price_capacity), offsetof(struct params, field)

static const struct fs_charge charges[] = {
    {"requests", "requests", "1", 1, offsetof(struct params, price_requests), 0},
    {"hours", FS_UPTIME, "h", 3600000, offsetof(struct params, price_hours), 0},
    {"data", "data", "GB", INT64_C(1) << 30, offsetof(struct params, price_data), 0},
    {"capacity", "admitted", "h", INT64_C(1000) * 25 * 3600, CAPACITY(new_connections)},
    {"capacity", "in_flight", "h", 3000 * FS_H, offsetof(struct params, price_capacity), 0},
    {"capacity", "data", "h", INT64_C(1000) * 1000000000, CAPACITY(units_per_gb)},
    {"capacity", "admitted", "h", INT64_C(1000) * 3600, CAPACITY(rules)},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct gateway),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .done = done,
                                              .settle = settle,
                                              .errors = set_errors,
                                              .passes_on = true,
                                              .broken = broken};

const struct fs_plugin fs_components_gateway = {
    "gateway",
    "A door to other components: token bucket, latency, time limit, price per request.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
