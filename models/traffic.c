/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A traffic class is the caller at the end of every path. Its request object is one attempt: after
 * a refusal the same object tries again, after the caller's time limit a copy does, because the
 * abandoned attempt still travels.
 *
 * The streams of a root class are drawn once per request, in arrival order, whatever the platform
 * does with it: that is what makes variants comparable. Legs behind a hand-over are drawn with the
 * others and travel with the derived request.
 */
#include "traffic.h"

#include "component.h"
#include "dist.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

#define ROW(type, field) .offset = offsetof(struct type, field)

static const struct fs_param client_rows[] = {
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(fs_client_params, timeout), "", 1e-6, 3.2e8,
     .doc = "How long the caller waits for an attempt; absent: for ever."},
    {"retry", FS_P_PLUGIN, FS_D_COUNT, ROW(fs_client_params, retry), NULL, 0, 0,
     .doc = "What the caller does when an attempt fails; must be said.", .registry = "retries"},
    {.key = NULL}};

static const struct fs_param loop_rows[] = {
    {"sends", FS_P_SCALAR, FS_D_COUNT, ROW(fs_traffic_params, allow_loop.sends), NULL, 1,
     FS_MOST_SENDS, .doc = "What each round sends into the loop again."},
    {"stop_after", FS_P_SCALAR, FS_D_COUNT, ROW(fs_traffic_params, allow_loop.stop_after), "10000",
     1, 10000, .doc = "Rounds after which a detector of loops drops what would go round again."},
    {.key = NULL}};

static const struct fs_param work_rows[] = {
    {"cpu", FS_P_DIST, FS_D_TIME, ROW(fs_work, cpu), "0s", 0, 0, .doc = "CPU work on one vCPU."},
    {"io", FS_P_DIST, FS_D_TIME, ROW(fs_work, io), "0s", 0, 0,
     .doc = "Waiting that no CPU speeds up."},
    {"measured", FS_P_DIST, FS_D_TIME, ROW(fs_work, measured), "0s", 0, 0,
     .doc = "Duration as it was measured, instead of cpu and io."},
    {"at", FS_P_SCALAR, FS_D_MEMORY, ROW(fs_work, at), "1769MB", 1, 1048576,
     .doc = "Memory setting of the function where 'measured' was."},
    {"cpu_share", FS_P_SCALAR, FS_D_FRACTION, ROW(fs_work, cpu_share), "100%", 0, 1,
     .doc = "Share of 'measured' that was CPU; the rest was waiting."},
    {.key = NULL}};

const struct fs_param fs_traffic_rows[] = {
    {"arrivals", FS_P_PLUGIN, FS_D_COUNT, ROW(fs_traffic_params, arrivals), NULL, 0, 0,
     .doc = "When requests come.", .registry = "arrivals"},
    {"client", FS_P_GROUP, FS_D_COUNT, ROW(fs_traffic_params, client), NULL, 0, 0,
     .doc = "The caller.", .rows = client_rows},
    {"path", FS_P_LIST, FS_D_COUNT, ROW(fs_traffic_params, path), NULL, 0, 0,
     .doc = "Components that a request passes, in order.", .rows = fs_target_path_rows,
     .size = sizeof(const char *)},
    {"allow_loop", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0,
     .doc = "The path may come back, behind a hand-over without targets, to a component that it "
            "has passed: a loop, whose hops hand over at its end alone.",
     .rows = loop_rows},
    {"work", FS_P_MAP, FS_D_COUNT, ROW(fs_traffic_params, work), "", 0, 0,
     .doc = "Work that a request brings for components on its path; a retry or a duplicate brings "
            "the same again.",
     .rows = work_rows, .size = sizeof(struct fs_work)},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct fs_class, field), doc                               \
    }

const struct fs_metric fs_traffic_metrics[] = {
    COUNT("arrived", arrived, "Requests that were asked for."),
#define XX(upper, lower, doc) COUNT(#lower, ended[FS_##upper], "Requests " doc "."),
    FS_OUTCOME_MAP(XX)
#undef XX
        COUNT("attempts", attempts, "Attempts of requests, the first ones included."),
    COUNT("cold_starts", cold_starts, "Requests for which an environment had to be started."),
    COUNT("wasted_executions", wasted,
          "Executions that went on to their end after their caller had given up."),
    COUNT("duplicates", duplicates,
          "Deliveries of a message or event that ended with success beyond its first; a caller's "
          "attempts are none: see wasted_executions."),
    {"in_flight", "1", FS_GAUGE, offsetof(struct fs_class, in_flight),
     "Requests that have not ended."},
    {"latency", "s", FS_LATENCY, offsetof(struct fs_class, latency),
     "From the first attempt (in a derived class: from the birth of its first ancestor) to "
     "success; "
     "requests without success are counted, not timed."},
    {.name = NULL}};

/* ---- what rows cannot say ----------------------------------------------------------------- */

static bool is_zero(const struct fs_dist *dist)
{
    return dist->kind == FS_DIST_CONSTANT && !(dist->a > 0);
}

/* Said without a measured duration, other values than the presets were meant to change `cpu`. */
static void check_terms(const struct fs_work *work, struct fs_complaints *complaints)
{
    char key[256];
    snprintf(key, sizeof key, "work.%s.at", work->component);
    if (work->at != 1769)
        fs_complain(complaints, key, "goes with 'measured': 'cpu' is work on one vCPU");
    snprintf(key, sizeof key, "work.%s.cpu_share", work->component);
    if (work->cpu_share < 1)
        fs_complain(complaints, key, "goes with 'measured': 'io' says what waits beside 'cpu'");
}

static void check_work(struct fs_work *work, struct fs_complaints *complaints)
{
    char key[256];
    snprintf(key, sizeof key, "work.%s", work->component);
    work->has_measured = !is_zero(&work->measured);
    if (!work->has_measured)
        check_terms(work, complaints);
    else if (!is_zero(&work->cpu) || !is_zero(&work->io))
        fs_complain(complaints, key, "give either 'measured' or 'cpu' and 'io', not both");
}

void fs_traffic_check(const struct fs_traffic_params *params, struct fs_complaints *complaints)
{
    struct fs_work *work = params->work.item;
    if (params->path.n == 0) fs_complain(complaints, "path", "a path needs at least one component");
    if (params->path.n > 100) fs_complain(complaints, "path", "at most 100 components");
    for (int i = 0; i < params->work.n; i++)
        check_work(&work[i], complaints);
}

/* ---- ending --------------------------------------------------------------------------------- */

void fs_class_book(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome)
{
    const fs_time now = fs_now(class->sim);
    class->ended[outcome]++;
    class->cold_starts += request->cold;
    fs_meter_add(&class->in_flight, now, -1);
    if (outcome == FS_COMPLETED) {
        const fs_time took = now - request->born, upstream = request->asked - request->born;
        fs_latency_record(&class->latency, took);
        if (upstream > 0) fs_request_spent(request, FS_PART_UPSTREAM, upstream);
        if (request->has_parts) fs_latency_parts(&class->latency, took, request->part);
    }
}

void fs_class_end(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome)
{
    fs_class_book(class, request, outcome);
    __builtin_prefetch(request->leg, 1); /* the next to arrive writes there */
    fs_slab_put(&class->requests, request);
}

static void attempt(struct fs_class *class, struct fs_request *request)
{
    class->attempts++;
    if (class->patience.delay) {
        request->patience = (struct fs_delay_node){0};
        fs_delay_join(class->sim, &class->patience, &request->patience);
    }
    fs_request_enter(request);
}

static void try_again(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_request *request = (struct fs_request *)arg;
    request->has_parts = 0;
    fs_request_spent(request, FS_PART_BACKOFF, fs_now(sim) - request->asked);
    attempt(self, request);
}

/* How long to wait before the next attempt; FS_NEVER: none. */
static fs_time next_wait(struct fs_class *class, struct fs_request *request)
{
    const struct fs_plugin_value *retry = &class->params->client.retry;
    const struct fs_retry_type *type = retry->plugin->type;
    struct fs_stream stream;
    fs_stream_new(&stream, fs_key_at(class->key, request->number, request->attempt));
    return type->wait(retry->params, request->attempt, request->mark, &stream);
}

static void announce(struct fs_class *class)
{
    fs_source_arm(class->sim, &class->source, class->upcoming.at);
}

/* A request of a root class has ended. */
static void finish(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome)
{
    fs_class_end(class, request, outcome);
    if (!class->closed) return;
    class->closed->ended(class->arrivals, class->params->arrivals.params, fs_now(class->sim),
                         &class->arrival_stream, &class->upcoming);
    announce(class);
}

/* An attempt has come to nothing; `request` may be tried again. */
static void settle(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome)
{
    if (request->attempt == 1) request->mark = 0;
    const fs_time wait = next_wait(class, request);
    if (wait == FS_NEVER) {
        finish(class, request, outcome);
        return;
    }
    request->mark = wait;
    request->attempt++;
    fs_schedule_last(class->sim, fs_now(class->sim) + wait, try_again, class, (uintptr_t)request);
}

static void root_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct fs_class *class = (struct fs_class *)(void *)caller;
    if (request->abandoned) {
        class->wasted++;
        fs_slab_put(&class->requests, request);
        return;
    }
    if (class->patience.delay) fs_delay_leave(class->sim, &class->patience, &request->patience);
    if (outcome == FS_COMPLETED)
        finish(class, request, outcome);
    else
        settle(class, request, outcome);
}

/* The caller's patience is at its end: this attempt goes on without it. */
static void give_up(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_class *class = self;
    struct fs_delay_node *node = (struct fs_delay_node *)arg;
    struct fs_request *request =
        (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, patience));
    struct fs_request *copy = fs_slab_get(&class->requests);
    (void)sim;
    memcpy(copy, request, class->requests.size);
    request->abandoned = 1;
    settle(class, copy, FS_TIMED_OUT);
}

static void derived_done(struct fs_caller *caller, struct fs_request *request,
                         enum fs_outcome outcome)
{
    fs_class_end((struct fs_class *)(void *)caller, request, outcome);
}

/* ---- starting ------------------------------------------------------------------------------- */

static void prepare(struct fs_class *class, struct fs_request *request, uint64_t number,
                    uint32_t key, fs_time born)
{
    const fs_time now = fs_now(class->sim);
    memset(request, 0, offsetof(struct fs_request, mark));
    request->caller = &class->caller;
    request->path = &class->path;
    request->number = number;
    request->key = key;
    request->born = born;
    request->asked = now;
    request->attempt = 1;
    class->arrived++;
    fs_meter_add(&class->in_flight, now, 1);
}

static void split(struct fs_leg *leg, fs_time duration, double cpu_share)
{
    leg->cpu = fs_nanoseconds((double)duration * cpu_share);
    leg->io = duration - leg->cpu;
}

static void draw_leg(const struct fs_class *class, const struct fs_work *work, struct fs_leg *leg,
                     struct fs_stream *cpu, struct fs_stream *io)
{
    if (work->has_measured) {
        const double vcpu = (double)work->at / (double)class->world->spec->account.memory_per_vcpu;
        split(leg, fs_dist_draw_time(&work->measured, cpu), work->cpu_share);
        if (vcpu < 1) leg->cpu = fs_nanoseconds((double)leg->cpu * vcpu);
        return;
    }
    leg->cpu = fs_dist_draw_time(&work->cpu, cpu);
    leg->io = fs_dist_draw_time(&work->io, io);
}

void fs_work_draw(const struct fs_class *class, const struct fs_work *work, struct fs_leg *leg,
                  struct fs_stream *stream)
{
    draw_leg(class, work, leg, stream, stream);
}

static void draw_work(struct fs_class *class, struct fs_request *request, fs_time duration)
{
    for (int i = 0; i < class->n_legs; i++) {
        struct fs_leg *leg = &request->leg[i];
        leg->cpu = leg->io = 0;
        leg->execution = NULL;
        if (duration >= 0 && i == class->traced_leg)
            split(leg, duration, class->traced_cpu_share);
        else if (class->work[i])
            draw_leg(class, class->work[i], leg, &class->cpu_stream, &class->io_stream);
    }
}

/* In a part of a fleet: does the upcoming request go to a function of another part? Then all that
 * the whole fleet would draw for it is drawn, so that every other request is the very same. */
static bool is_elsewhere(struct fs_class *class)
{
    const struct fs_run_params *run = &class->world->spec->run;
    if (class->upcoming.at >= run->length) return false;
    if (class->upcoming.key % (uint64_t)run->parts == (uint64_t)run->part - 1) return false;
    draw_work(class, class->elsewhere, class->upcoming.duration);
    class->n++;
    return true;
}

static void draw_next(struct fs_class *class, fs_time previous)
{
    const struct fs_arrival_type *type = class->params->arrivals.plugin->type;
    do {
        class->upcoming.key = 0;
        class->upcoming.duration = -1;
        type->next(class->arrivals, class->params->arrivals.params, previous,
                   &class->arrival_stream, &class->upcoming);
        previous = class->upcoming.at;
    } while (class->elsewhere && is_elsewhere(class));
    announce(class);
    if (class->fetches) class->fetches->type->fetch(class->fetches, class->upcoming.key);
}

static void arrive(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_class *class = self;
    const struct fs_arrival arrival = class->upcoming;
    struct fs_request *request = fs_slab_get(&class->requests);
    (void)sim;
    (void)arg;
    prepare(class, request, class->n++, arrival.key, arrival.at);
    draw_work(class, request, arrival.duration);
    draw_next(class, arrival.at);
    attempt(class, request);
}

/* A request that comes round again brings work of its own: what it did before is no part of it. */
static void draw_again(struct fs_class *class, struct fs_request *request)
{
    struct fs_stream cpu, io;
    fs_stream_new(&cpu, fs_key_at(class->work_key, request->number, 0));
    fs_stream_new(&io, fs_key_at(class->work_key, request->number, 1));
    for (int i = 0; i < class->n_legs; i++) {
        request->leg[i] = (struct fs_leg){0};
        if (class->work[i]) draw_leg(class, class->work[i], &request->leg[i], &cpu, &io);
    }
}

/* The first attempt at what a first attempt hands over is a first one, too; what later ones hand
 * over begins anywhere. */
static uint16_t attempt_behind(const struct fs_request *parent)
{
    return parent->attempt == 1 ? 1 : (uint16_t)fs_mix(parent->attempt);
}

struct fs_request *fs_class_derive(struct fs_class *class, const struct fs_request *parent)
{
    struct fs_request *request = fs_slab_get(&class->requests);
    prepare(class, request, parent->number, parent->key, parent->born);
    request->attempt = attempt_behind(parent);
    request->patience = request->expiry = (struct fs_delay_node){0};
    class->attempts++;
    memcpy(request->leg, &parent->leg[parent->step + 1 + class->first_leg],
           (size_t) class->n_legs * sizeof request->leg[0]);
    return request;
}

struct fs_request *fs_class_renew(struct fs_class *class, const struct fs_request *ended)
{
    struct fs_request *request = fs_slab_get(&class->requests);
    prepare(class, request, ended->number, ended->key, ended->born);
    request->attempt = (uint16_t)(ended->attempt + 1);
    request->patience = request->expiry = (struct fs_delay_node){0};
    class->attempts++;
    memcpy(request->leg, ended->leg, (size_t) class->n_legs * sizeof request->leg[0]);
    return request;
}

struct fs_request *fs_class_derive_round(struct fs_class *class, const struct fs_request *parent,
                                         int i)
{
    const int64_t sends = class->params->allow_loop.sends;
    const uint64_t round = (parent->number >> FS_ROUND) + 1, low = (UINT64_C(1) << FS_ROUND) - 1;
    const uint64_t number = (parent->number & low) * (uint64_t)sends + (uint64_t)i;
    struct fs_request *request = fs_slab_get(&class->requests);
    prepare(class, request, round << FS_ROUND | (number & low), parent->key, parent->born);
    request->attempt = attempt_behind(parent);
    request->patience = request->expiry = (struct fs_delay_node){0};
    class->attempts++;
    draw_again(class, request);
    if (round < (uint64_t) class->params->allow_loop.stop_after) return request;
    fs_class_end(class, request, FS_DROPPED);
    return NULL;
}

/* ---- building ------------------------------------------------------------------------------- */

static void find_work(struct fs_class *class, const struct fs_route *route,
                      const struct fs_work **out)
{
    const struct fs_work *work = class->params->work.item;
    for (int i = 0; i < route->n; i++) {
        for (int j = 0; j < class->params->work.n; j++) {
            if (strcmp(work[j].component, route->hop[i]->name) == 0) out[i] = &work[j];
        }
    }
    for (const struct fs_route *d = route->loops ? NULL : route->derived; d; d = d->next)
        find_work(class, d, out + route->n + d->first_leg);
}

static struct fs_component **components_of(struct fs_world *world, const struct fs_route *route)
{
    struct fs_component **hop = fs_arena_alloc(world->arena, (size_t)(route->n + 1) * sizeof *hop);
    for (int i = 0; i < route->n; i++)
        hop[i] = fs_world_component(world, route->hop[i]->name);
    return hop;
}

/* The class of a route and of those behind it. */
static struct fs_class *build(struct fs_world *world, const struct fs_route *route,
                              const struct fs_traffic_params *params)
{
    struct fs_class *class = fs_arena_alloc(world->arena, sizeof *class);
    const char *owner = fs_arena_format(world->arena, "traffic.%s", route->name);
    struct fs_class **link = &class->derived;
    class->name = route->name;
    class->sender = class;
    class->world = world;
    class->sim = world->sim;
    class->params = params;
    class->n_legs = route->legs;
    if (route->legs > world->most_legs) world->most_legs = route->legs;
    class->first_leg = route->first_leg;
    class->target = route->target;
    class->loops = route->loops;
    class->key = fs_world_key(world, owner, "retry");
    class->work_key = fs_world_key(world, owner, "work");
    class->caller.done = derived_done;
    fs_path_new(&class->path, world->arena, class, components_of(world, route), route->n,
                route->legs);
    class->work = fs_arena_alloc(world->arena, (size_t)(route->legs + 1) * sizeof *class->work);
    find_work(class, route, class->work);
    fs_slab_new(&class->requests, world->arena, fs_request_size(route->legs));
    if (!route->call)
        fs_recorder_watch(world->recorder, "traffic", route->name, fs_traffic_metrics, class);
    if (route->loops) class->derived = class;
    for (const struct fs_route *d = route->loops ? NULL : route->derived; d; d = d->next) {
        *link = build(world, d, params);
        (*link)->sender = class;
        link = &(*link)->sibling;
    }
    for (const struct fs_route *d = route->loops ? NULL : route->called; d; d = d->next) {
        struct fs_class *called = build(world, d, params);
        called->call = d->call;
        called->sibling = class->called;
        class->called = called;
    }
    return class;
}

bool fs_class_is_alike(const struct fs_class *a, const struct fs_class *b)
{
    if (a == b) return true;
    if (a->derived || b->derived || a->called || b->called || a->path.n != b->path.n) return false;
    for (int i = 0; i < a->path.n; i++) {
        if (a->path.hop[i] != b->path.hop[i]) return false;
    }
    return true;
}

static void seed_streams(struct fs_class *class)
{
    const struct fs_world *world = class->world;
    const char *owner = fs_arena_format(world->arena, "traffic.%s", class->name);
    fs_stream_new(&class->arrival_stream, fs_world_key(world, owner, "arrivals"));
    fs_stream_new(&class->cpu_stream, fs_world_key(world, owner, "cpu"));
    fs_stream_new(&class->io_stream, fs_world_key(world, owner, "io"));
}

/* To all that its requests come to; what keeps members apart is not shared with another class. */
static void tell_members(const struct fs_class *class)
{
    const struct fs_world *world = class->world;
    const struct fs_plugin_value *arrivals = &class->params->arrivals;
    const struct fs_arrival_type *type = arrivals->plugin->type;
    const int members = type->members ? type->members(arrivals->params) : 1;
    if (members == 1) return;
    bool *reached = fs_arena_alloc(world->arena, (size_t)world->spec->n_components);
    fs_route_reach(world->spec, &class->params->path, reached);
    for (int i = 0; i < world->spec->n_components; i++) {
        if (!reached[i] || members <= world->component[i]->members) continue;
        world->component[i]->members = members;
        world->component[i]->roster = arrivals;
    }
}

struct fs_class *fs_class_new(struct fs_world *world, const char *name,
                              const struct fs_traffic_params *params)
{
    const struct fs_route *route = fs_route_new(world->arena, world->spec, name, &params->path);
    const struct fs_arrival_type *type = params->arrivals.plugin->type;
    struct fs_class *class = build(world, route, params);
    class->caller.done = root_done;
    class->traced_cpu_share = type->cpu_share ? type->cpu_share(params->arrivals.params) : 1;
    fs_route_worker(route, &class->traced_leg);
    seed_streams(class);
    tell_members(class);
    if (class->path.hop[0]->members > 1 && class->path.hop[0]->type->fetch)
        class->fetches = class->path.hop[0];
    if (params->client.timeout)
        fs_delay_list_new(world->sim, &class->patience, params->client.timeout, give_up, class);
    return class;
}

void fs_class_start(struct fs_class *class)
{
    const struct fs_arrival_type *type = class->params->arrivals.plugin->type;
    class->arrivals = fs_arena_alloc(class->world->arena, type->size ? type->size : 1);
    fs_source_new_last(class->sim, &class->source, arrive, class, 0);
    if (class->world->spec->run.parts > 1 && fs_spec_is_dealt(class->world->spec))
        class->elsewhere = fs_slab_get(&class->requests);
    if (type->start)
        type->start(class->arrivals, class->params->arrivals.params, class->world->spec->run.length,
                    class->world->arena, &class->arrival_stream);
    class->closed = type->ended ? type : NULL;
    draw_next(class, 0);
}

const char *fs_class_broken(const struct fs_class *class)
{
    int64_t ended = 0;
    for (int i = 0; i < FS_OUTCOMES; i++)
        ended += class->ended[i];
    if (class->arrived != ended + class->in_flight.level) return "arrived = outcomes + in flight";
    if (class->attempts < ended) return "attempts >= requests that ended";
    for (const struct fs_class *d = class->loops ? NULL : class->derived; d; d = d->sibling) {
        const char *law = fs_class_broken(d);
        if (law) return law;
    }
    for (const struct fs_class *d = class->called; d; d = d->sibling) {
        const char *law = fs_class_broken(d);
        if (law) return law;
    }
    return NULL;
}
