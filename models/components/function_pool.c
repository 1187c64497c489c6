/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pool of execution environments, one request each: the mechanism of functions as a service. A
 * request takes an idle environment of its function or has one started for it; there is no queue,
 * so at the account's concurrency or at the scaling rate it is refused.
 *
 * Everything about an execution is known when it starts (start-up, work, time limit), so it is one
 * event: its end. Idle environments form a ring per function with the most recently used at the
 * head; each has one lazy timer for its expiry, so becoming idle only stores a number. Draws for an
 * environment are keyed by the request that caused them and leave all others as they are.
 */
#include "account.h"
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "world.h"

extern const struct fs_plugin fs_components_function_pool;

enum reuse { MOST_RECENTLY_USED, LEAST_RECENTLY_USED };
static const char *const reuse_names[] = {"most_recently_used", "least_recently_used", NULL};

enum member_memory { MEMORY_SETTING, MEMORY_TRACE };
static const char *const member_memory_names[] = {"setting", "trace", NULL};

struct params {
    int64_t memory;
    int member_memory;
    int64_t memory_per_vcpu;
    double cpu_max, threads;
    fs_time timeout;
    struct fs_dist cold_start, keep_alive;
    int reuse;
    int64_t scale_burst;
    double scale_rate;
    fs_time billing_step;
    bool init_billed;
    const char *price_requests, *price_duration;
};

struct environment {
    struct environment *prev, *next; /* ring of idle ones of its function */
    struct fs_timer expiry;
    struct fs_request *request;
    struct fs_request *call; /* what was forwarded for it, NULL */
    fs_time start;           /* of the execution, its start-up included */
    fs_time init;            /* start-up of this execution; 0 when warm */
    fs_time run;             /* work, cut at the time limit */
    fs_event limit;          /* end of the time limit while a call is out */
    uint32_t member;
    uint32_t version;
};

struct member {
    struct environment idle; /* ring: idle.next is the most recently used */
    struct fs_bucket scaling;
    int64_t memory;
    double slowness; /* durations of CPU work, times this */
};

struct pool {
    struct fs_component base;
    const struct params *p;
    struct fs_account *account;
    struct member *member;
    struct fs_slab environments;
    struct fs_slab calls;
    struct fs_caller caller; /* of forwarded requests */
    uint64_t cold_key, keep_key, error_key;
    uint32_t version;
    double error_probability;
    /* metrics */
    int64_t invocations, completed, errors, timeouts, throttled_account, throttled_rate;
    int64_t cold_starts, expired, memory_time, wasted;
    struct fs_meter busy, environment_count;
    struct fs_latency duration, init;
};

/* ---- environments --------------------------------------------------------------------------- */

static void ring_push(struct environment *ring, struct environment *env)
{
    env->prev = ring;
    env->next = ring->next;
    ring->next->prev = env;
    ring->next = env;
}

static void ring_remove(struct environment *env)
{
    env->prev->next = env->next;
    env->next->prev = env->prev;
}

static struct environment *take_idle(const struct pool *pool, struct member *member)
{
    struct environment *env =
        pool->p->reuse == MOST_RECENTLY_USED ? member->idle.next : member->idle.prev;
    if (env == &member->idle) return NULL;
    ring_remove(env);
    fs_timer_unset(&env->expiry);
    return env;
}

static void retire(struct pool *pool, struct environment *env)
{
    fs_timer_free(pool->base.sim, &env->expiry);
    fs_meter_add(&pool->environment_count, fs_now(pool->base.sim), -1);
    fs_slab_put(&pool->environments, env);
}

static void expire(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = (struct environment *)arg;
    (void)sim;
    ring_remove(env);
    pool->expired++;
    retire(pool, env);
}

static struct environment *start_environment(struct pool *pool, uint32_t member)
{
    struct environment *env = fs_slab_get(&pool->environments);
    env->member = member;
    env->version = pool->version;
    env->call = NULL;
    env->limit = 0;
    fs_timer_new(pool->base.sim, &env->expiry, expire, pool, (uintptr_t)env);
    fs_meter_add(&pool->environment_count, fs_now(pool->base.sim), 1);
    pool->cold_starts++;
    return env;
}

/* A uniform that belongs to this request's attempt and this purpose. */
static double draw(uint64_t key, const struct fs_request *request)
{
    return fs_to_uniform(fs_key_at(key, request->number, request->attempt));
}

static fs_time draw_time(const struct fs_dist *dist, uint64_t key, const struct fs_request *request)
{
    if (dist->kind == FS_DIST_CONSTANT) return fs_nanoseconds(dist->a);
    return fs_nanoseconds(fs_dist_quantile(dist, draw(key, request)));
}

static void go_idle(struct pool *pool, struct environment *env, const struct fs_request *request)
{
    const fs_time keep = draw_time(&pool->p->keep_alive, pool->keep_key, request);
    const fs_time now = fs_now(pool->base.sim);
    if (env->version != pool->version) {
        retire(pool, env);
        return;
    }
    ring_push(&pool->member[env->member].idle, env);
    fs_timer_set(pool->base.sim, &env->expiry, keep > FS_NEVER - now ? FS_NEVER : now + keep);
}

/* ---- an execution --------------------------------------------------------------------------- */

static void meter_bill(struct pool *pool, const struct environment *env, fs_time ran)
{
    const fs_time step = pool->p->billing_step;
    const fs_time billed = ran + (pool->p->init_billed ? env->init : 0);
    const fs_time ms =
        step == FS_MS ? (billed + FS_MS - 1) / FS_MS : (billed + step - 1) / step * (step / FS_MS);
    pool->memory_time += ms * pool->member[env->member].memory;
}

static enum fs_outcome judge(struct pool *pool, const struct fs_request *request,
                             enum fs_outcome outcome)
{
    if (outcome == FS_COMPLETED && pool->error_probability > 0 &&
        draw(pool->error_key, request) < pool->error_probability)
        outcome = FS_FAILED;
    pool->completed += outcome == FS_COMPLETED;
    pool->timeouts += outcome == FS_TIMED_OUT;
    pool->errors += outcome != FS_COMPLETED && outcome != FS_TIMED_OUT;
    return outcome;
}

/* The environment is free from here on; the reply comes last, for it may bring the next request. */
static void end_execution(struct pool *pool, struct environment *env, enum fs_outcome outcome)
{
    struct fs_request *request = env->request;
    const fs_time now = fs_now(pool->base.sim);
    const fs_time ran = now - env->start - env->init;
    outcome = judge(pool, request, outcome);
    pool->wasted += request->abandoned;
    meter_bill(pool, env, ran);
    fs_latency_record(&pool->duration, ran);
    fs_meter_add(&pool->busy, now, -1);
    fs_account_give(pool->account, now);
    go_idle(pool, env, request);
    fs_request_reply(request, outcome);
}

static void call_out(struct pool *pool, struct environment *env);

static void work_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = (struct environment *)arg;
    (void)sim;
    if (env->run >= pool->p->timeout)
        end_execution(pool, env, FS_TIMED_OUT);
    else if (fs_request_has_next(env->request))
        call_out(pool, env);
    else
        end_execution(pool, env, FS_COMPLETED);
}

/* ---- calls to the next hop, under the time limit --------------------------------------------- */

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = (struct environment *)arg;
    env->call->abandoned = 1;
    fs_request_spent(env->request, FS_PART_DOWNSTREAM,
                     fs_now(sim) - env->start - env->init - env->run);
    env->call = NULL;
    env->limit = 0;
    end_execution(pool, env, FS_TIMED_OUT);
}

/* A forwarded request carries the environment that waits for it behind its legs' end. */
struct call {
    struct environment *env;
    struct fs_request request;
};

static struct call *call_of(struct fs_request *request)
{
    return (struct call *)(void *)((char *)request - offsetof(struct call, request));
}

static void call_out(struct pool *pool, struct environment *env)
{
    struct call *call = fs_slab_get(&pool->calls);
    call->env = env;
    env->call = &call->request;
    env->limit = fs_schedule(pool->base.sim, env->start + env->init + pool->p->timeout,
                             limit_passed, pool, (uintptr_t)env);
    fs_request_call(env->request, &call->request, &pool->caller);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct pool *pool = (struct pool *)(void *)((char *)caller - offsetof(struct pool, caller));
    struct call *call = call_of(request);
    struct environment *env = request->abandoned ? NULL : call->env;
    fs_slab_put(&pool->calls, call);
    if (!env) return;
    const fs_time now = fs_now(pool->base.sim);
    fs_cancel(pool->base.sim, env->limit);
    env->limit = 0;
    env->call = NULL;
    fs_request_spent(env->request, FS_PART_DOWNSTREAM, now - env->start - env->init - env->run);
    end_execution(pool, env, outcome == FS_COMPLETED ? FS_COMPLETED : FS_FAILED);
}

/* ---- invocation ----------------------------------------------------------------------------- */

static void begin(struct pool *pool, struct environment *env, struct fs_request *request,
                  fs_time init)
{
    const fs_time now = fs_now(pool->base.sim);
    const struct fs_leg *leg = &request->leg[request->step];
    const double slowness = pool->member[env->member].slowness;
    const fs_time cpu =
        slowness > 1 || slowness < 1 ? fs_nanoseconds((double)leg->cpu * slowness) : leg->cpu;
    fs_time run = cpu > FS_NEVER / 2 - leg->io ? FS_NEVER / 2 : cpu + leg->io;
    if (run > pool->p->timeout) run = pool->p->timeout;
    env->request = request;
    env->start = now;
    env->init = init;
    env->run = run;
    pool->invocations++;
    fs_meter_add(&pool->busy, now, 1);
    fs_schedule(pool->base.sim, now + init + run, work_done, pool, (uintptr_t)env);
}

static void begin_cold(struct pool *pool, struct fs_request *request)
{
    struct environment *env = start_environment(pool, request->key);
    const fs_time init = draw_time(&pool->p->cold_start, pool->cold_key, request);
    request->cold = 1;
    if (init > 0) fs_request_spent(request, FS_PART_COLD_START, init);
    fs_latency_record(&pool->init, init);
    begin(pool, env, request, init);
}

static void refuse(struct fs_request *request, int64_t *counter)
{
    ++*counter;
    fs_request_reply(request, FS_THROTTLED);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct pool *pool = (struct pool *)self;
    struct member *member = &pool->member[request->key];
    const fs_time now = fs_now(self->sim);
    if (!fs_account_take(pool->account, now)) {
        refuse(request, &pool->throttled_account);
        return;
    }
    struct environment *env = take_idle(pool, member);
    if (env) {
        begin(pool, env, request, 0);
    } else if (fs_bucket_take(&member->scaling, now)) {
        begin_cold(pool, request);
    } else {
        fs_account_give(pool->account, now);
        refuse(request, &pool->throttled_rate);
    }
}

/* ---- set-up and events ---------------------------------------------------------------------- */

static int64_t memory_of(const struct pool *pool, int i)
{
    const struct fs_plugin_value *roster = pool->base.roster;
    if (pool->p->member_memory == MEMORY_SETTING || !roster) return pool->p->memory;
    const struct fs_arrival_type *type = roster->plugin->type;
    const int64_t memory = type->member_memory ? type->member_memory(roster->params, i) : 0;
    return memory > 0 ? memory : pool->p->memory;
}

static void new_member(struct pool *pool, struct member *member, int i)
{
    const struct params *p = pool->p;
    member->idle.prev = member->idle.next = &member->idle;
    member->memory = memory_of(pool, i);
    double vcpu = (double)member->memory / (double)p->memory_per_vcpu;
    if (vcpu > p->cpu_max) vcpu = p->cpu_max;
    member->slowness = 1 / (vcpu < p->threads ? vcpu : p->threads);
    fs_bucket_new(&member->scaling, p->scale_burst,
                  p->scale_rate > 0 ? fs_nanoseconds(1e9 / p->scale_rate) : 0);
}

static void start(struct fs_component *self)
{
    struct pool *pool = (struct pool *)self;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    pool->p = self->params;
    pool->account = &self->world->account;
    pool->caller.done = call_done;
    pool->cold_key = fs_key_at(self->key, 1, 0);
    pool->keep_key = fs_key_at(self->key, 2, 0);
    pool->error_key = fs_key_at(self->key, 3, 0);
    fs_slab_new(&pool->environments, arena, sizeof(struct environment));
    fs_slab_new(&pool->calls, arena, sizeof(struct call) + 100 * sizeof(struct fs_leg));
    pool->member = fs_arena_alloc(arena, (size_t)self->members * sizeof *pool->member);
    for (int i = 0; i < self->members; i++)
        new_member(pool, &pool->member[i], i);
}

/* Idle environments go at once, busy ones when they have finished. */
static void deploy(struct fs_component *self)
{
    struct pool *pool = (struct pool *)self;
    pool->version++;
    for (int i = 0; i < self->members; i++) {
        struct environment *ring = &pool->member[i].idle;
        while (ring->next != ring) {
            struct environment *env = ring->next;
            ring_remove(env);
            retire(pool, env);
        }
    }
}

static void set_errors(struct fs_component *self, double probability)
{
    ((struct pool *)self)->error_probability = probability;
}

static const char *broken(const struct fs_component *self)
{
    const struct pool *pool = (const struct pool *)self;
    if (pool->invocations != pool->completed + pool->errors + pool->timeouts + pool->busy.level)
        return "invocations = completed + errors + timeouts + busy";
    if (pool->cold_starts < pool->expired) return "environments started >= expired";
    if (pool->busy.level > pool->environment_count.level) return "busy <= environments";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->scale_rate > 0 && (double)p->scale_burst / p->scale_rate > 4e9)
        fs_complain(complaints, "scale_rate", "is too slow for a burst of this size");
    if (p->billing_step % FS_MS)
        fs_complain(complaints, "billing_step", "must be a whole number of milliseconds");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), "128MB", 1, 1048576,
     .doc = "Memory setting of a function; CPU comes in proportion."},
    {"member_memory", FS_P_CHOICE, FS_D_COUNT, ROW(member_memory), "setting", 0, 0,
     .doc = "Memory of the functions of a trace: the setting for all, or each its own from the "
            "trace.",
     .choices = member_memory_names},
    {"memory_per_vcpu", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_per_vcpu), NULL, 1, 1048576,
     .doc = "Memory setting that comes with one vCPU."},
    {"cpu_max", FS_P_SCALAR, FS_D_CPU, ROW(cpu_max), NULL, 0.01, 1024,
     .doc = "Most vCPUs that a function gets."},
    {"threads", FS_P_SCALAR, FS_D_NUMBER, ROW(threads), "1", 1, 1024,
     .doc = "Threads that the function's code can keep busy."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), NULL, 1e-6, 1e6,
     .doc = "Time limit of an execution; it is billed and holds its environment until then."},
    {"cold_start", FS_P_DIST, FS_D_TIME, ROW(cold_start), NULL, 0, 0,
     .doc = "Time to start an environment."},
    {"keep_alive", FS_P_DIST, FS_D_TIME, ROW(keep_alive), NULL, 0, 0,
     .doc = "How long an idle environment is kept, drawn anew for each idle spell."},
    {"reuse", FS_P_CHOICE, FS_D_COUNT, ROW(reuse), "most_recently_used", 0, 0,
     .doc = "Which idle environment serves the next request.", .choices = reuse_names},
    {"scale_burst", FS_P_SCALAR, FS_D_COUNT, ROW(scale_burst), NULL, 1, 1000000000,
     .doc = "Environments of one function that can be started at once."},
    {"scale_rate", FS_P_SCALAR, FS_D_RATE, ROW(scale_rate), NULL, 0, 1e9,
     .doc = "Rate at which that allowance of one function refills; 0/s: no limit at all."},
    {"billing_step", FS_P_SCALAR, FS_D_TIME, ROW(billing_step), "1ms", 1e-3, 1e6,
     .doc = "Billed durations are rounded up to multiples of this, a whole number of milliseconds, "
            "each invocation apart."},
    {"init_billed", FS_P_BOOL, FS_D_COUNT, ROW(init_billed), "true", 0, 0,
     .doc = "Bill the start-up as duration."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one invocation."},
    {"price_duration", FS_P_PRICE, FS_D_COUNT, ROW(price_duration), "", 0, 0,
     .doc = "Price item of billed memory times duration."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct pool, field), doc                                   \
    }

static const struct fs_metric metrics[] = {
    COUNT("invocations", invocations, "Executions that were started."),
    COUNT("completed", completed, "Executions that ended with success."),
    COUNT("errors", errors, "Executions that ended with an error."),
    COUNT("timeouts", timeouts, "Executions cut at the time limit."),
    COUNT("throttled_concurrency", throttled_account,
          "Requests refused at the account's concurrency."),
    COUNT("throttled_scaling", throttled_rate, "Requests refused at the scaling rate."),
    COUNT("cold_starts", cold_starts, "Environments started."),
    COUNT("expired", expired, "Environments that expired idle."),
    COUNT("wasted_executions", wasted, "Executions whose caller had given up."),
    {"memory_time", "MiB ms", FS_COUNTER, offsetof(struct pool, memory_time),
     "Billed duration times memory."},
    {"busy", "1", FS_GAUGE, offsetof(struct pool, busy), "Environments executing or starting."},
    {"environments", "1", FS_GAUGE, offsetof(struct pool, environment_count),
     "Environments alive, idle ones included."},
    {"duration", "s", FS_LATENCY, offsetof(struct pool, duration),
     "Duration of executions without start-up."},
    {"init", "s", FS_LATENCY, offsetof(struct pool, init), "Start-up of environments."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"requests", "invocations", "1", 1, offsetof(struct params, price_requests), 0},
    {"duration", "memory_time", "GB s", 1024000, offsetof(struct params, price_duration), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct pool),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .deploy = deploy,
                                              .errors = set_errors,
                                              .time_limit = offsetof(struct params, timeout),
                                              .broken = broken};

const struct fs_plugin fs_components_function_pool = {
    "function_pool",
    "Execution environments that serve one request each, started on demand and kept while warm.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
