/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pool of execution environments, one request each: the mechanism of functions as a service. A
 * request takes an idle environment of its function or has one started for it; there is no queue,
 * so at a limit of the account or at the scaling rate it is refused.
 *
 * Everything about an execution is known when it starts (start-up, work, time limit), so it is one
 * event: its end. Idle environments form a ring per function (warm.h); each has one lazy timer for
 * its expiry, so becoming idle only stores a number. What an environment has still to do before it
 * is as good as any other (startup.h) is a debt that its next execution pays. Draws for an
 * environment are keyed by the request that caused them and leave all others as they are.
 *
 * Provisioned environments (provisioned.h) stand apart: they are asked first, never expire, are no
 * part of the scaling rate, and what does not fit into them spills over to the others.
 */
#include "account.h"
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "fail.h"
#include "function.h"
#include "provisioned.h"
#include "route.h"
#include "warm.h"
#include "world.h"

#include <stdlib.h>

extern const struct fs_plugin fs_components_function_pool;

/* The first two lines are what every execution touches, and the engine fetches them before its end.
 * A function at half a million requests a second has more environments than a cache holds. */
struct environment {
    struct fs_idle idle;
    struct fs_timer expiry;
    struct fs_request *request;
    fs_time start; /* of the execution, its start-up included */
    fs_time init;  /* start-up of this execution; 0 when warm */
    fs_time run;   /* work, cut at the time limit */
    struct member *member;
    uint32_t version;
    uint8_t kept; /* enum fs_kept */
    bool provisioned;
    bool ages, owes; /* `dies` and `owed` say something */

    fs_time owed;            /* by the next execution */
    fs_time dies;            /* when it reaches its maximum age; FS_NEVER */
    struct fs_request *call; /* what was forwarded for it, NULL */
    uint64_t unused[5];      /* whole lines */
};

_Static_assert(offsetof(struct environment, owed) <= 128 && sizeof(struct environment) == 192,
               "two lines and one");

/* A function; there may be a million of which few are ever called. */
struct member {
    struct fs_warm warm;
    struct fs_bucket scaling;
    int64_t memory;
    double slowness;               /* durations of CPU work, times this */
    struct waiting *first, **last; /* for whatever environment is free first */
};

struct waiting {
    struct waiting *next;
    struct fs_request *request;
    fs_time since;
};

struct pool {
    struct fs_component base;
    const struct fs_function_params *p;
    struct fs_account *account;
    struct fs_share *share; /* of the account's concurrency */
    struct fs_share own;    /* what it is when some is reserved */
    struct member **member; /* by request key; NULL until it is asked for */
    struct fs_slab environments, calls, waiting;
    struct reserve *reserve; /* NULL: nothing is provisioned */
    struct fs_caller caller; /* of forwarded requests */
    uint64_t cold_key, keep_key, error_key, crash_key, age_key, pick_key, ahead_key;
    uint32_t version;
    double error_rate;
    uint64_t n_ahead; /* environments started ahead of requests */
    struct fs_provisioned provisioned;
    struct fs_instances instances;
    /* metrics */
    int64_t invocations, completed, errors, timeouts;
    int64_t throttled_account, throttled_reserved, throttled_requests, throttled_scaling;
    int64_t cold_starts, cut_inits, failed_restores, resets, repeated_inits;
    int64_t expired, recycled, replaced, wasted;
    int64_t memory_time, init_memory_time, storage_time, restored_memory;
    int64_t provisioned_invocations, spilled, provisioned_memory_time;
    struct fs_meter busy, starting, environment_count, limit, snapshot_memory;
    struct fs_latency duration, init, cold_wait;
};

/* What each request passes and more than one place calls. */
#define HOT static inline __attribute__((always_inline))

/* What is kept for provisioned environments. */
struct reserve {
    struct fs_warm warm;
    int64_t environments;   /* busy ones included */
    int64_t set_aside;      /* of the account's concurrency */
    struct fs_share share;  /* where nothing is reserved: their executions are set aside */
    struct fs_second limit; /* of requests */
    uint64_t key, n_started;
};

static fs_time now_of(const struct pool *pool)
{
    return fs_now(pool->base.sim);
}

/* The key of this request's attempt for one purpose, and a uniform from it. */
static uint64_t key_of(uint64_t key, const struct fs_request *request)
{
    return fs_request_key(key, request, request->attempt);
}

static double draw(uint64_t key, const struct fs_request *request)
{
    return fs_to_uniform(key_of(key, request));
}

static fs_time draw_time(const struct fs_dist *dist, uint64_t key)
{
    return fs_nanoseconds(fs_dist_quantile(dist, fs_to_uniform(key)));
}

/* ---- members --------------------------------------------------------------------------------- */

static int64_t memory_of(const struct pool *pool, int i)
{
    const struct fs_plugin_value *roster = pool->base.roster;
    if (pool->p->member_memory == FS_MEMORY_SETTING || !roster) return pool->p->memory;
    const struct fs_arrival_type *type = roster->plugin->type;
    const int64_t memory = type->member_memory ? type->member_memory(roster->params, i) : 0;
    return memory > 0 ? memory : pool->p->memory;
}

static __attribute__((noinline)) struct member *new_member(struct pool *pool, int i)
{
    const struct fs_function_params *p = pool->p;
    struct fs_arena *arena = fs_sim_arena(pool->base.sim);
    struct member *member = pool->member[i] = fs_arena_alloc(arena, sizeof *member);
    fs_warm_new(&member->warm, (enum fs_reuse)p->reuse, arena);
    member->last = &member->first;
    member->memory = memory_of(pool, i);
    member->slowness = fs_function_slowness(p, member->memory);
    fs_bucket_new(&member->scaling, p->scale_burst,
                  p->scale_rate > 0 ? fs_nanoseconds(1e9 / p->scale_rate) : 0);
    return member;
}

/* ---- environments --------------------------------------------------------------------------- */

static fs_handler expire;

/* When an environment of now reaches its maximum age. */
static void set_death(const struct pool *pool, struct environment *env, uint64_t key)
{
    const struct fs_dist *age = &pool->p->max_age;
    env->ages = false;
    env->dies = FS_NEVER;
    if (age->kind == FS_DIST_NONE) return;
    const fs_time now = now_of(pool), span = draw_time(age, fs_key_at(pool->age_key, key, 0));
    if (span >= FS_NEVER - now) return;
    env->ages = true;
    env->dies = now + span;
}

static bool is_dead(const struct pool *pool, const struct environment *env)
{
    return env->version != pool->version || (env->ages && now_of(pool) >= env->dies);
}

static void owe(struct environment *env, fs_time owed)
{
    env->owed = owed;
    env->owes = owed > 0;
}

/* `key` is that of the request it is started for, or its own. */
static struct environment *new_environment(struct pool *pool, struct member *member, uint64_t key)
{
    struct environment *env = fs_slab_get(&pool->environments);
    const fs_time now = now_of(pool);
    *env = (struct environment){.member = member, .version = pool->version, .dies = FS_NEVER};
    env->kept = fs_component_attach(&pool->base, FS_KEEPS_NOTHING);
    fs_timer_new(pool->base.sim, &env->expiry, expire, pool, (uintptr_t)env);
    fs_meter_add(&pool->environment_count, now, 1);
    fs_instances_come(&pool->instances, env);
    set_death(pool, env, key);
    return env;
}

static struct fs_start draw_start(struct pool *pool, struct environment *env, uint64_t key)
{
    const struct fs_startup_params *startup = &pool->p->startup;
    const struct member *member = env->member;
    const struct fs_start start = fs_startup_draw(startup, member->slowness, true, key);
    owe(env, start.owed);
    if (fs_startup_restores(startup)) pool->restored_memory += member->memory;
    pool->failed_restores += start.fails;
    pool->cut_inits += start.cut;
    fs_latency_record(&pool->init, start.phase);
    return start;
}

static void remove_environment(struct pool *pool, struct environment *env)
{
    fs_component_detach(&pool->base, env->kept);
    fs_timer_free(pool->base.sim, &env->expiry);
    fs_meter_add(&pool->environment_count, now_of(pool), -1);
    fs_instances_go(&pool->instances, env);
    fs_slab_put(&pool->environments, env);
}

static void start_ahead(struct pool *pool, struct member *member);

/* Gone because of its age; some are replaced before anybody asks. */
static __attribute__((noinline)) void recycle(struct pool *pool, struct environment *env)
{
    struct member *member = env->member;
    const bool old = env->version != pool->version;
    const uint64_t key = fs_key_at(pool->ahead_key, (uint64_t)pool->recycled, 1);
    remove_environment(pool, env);
    if (old) return;
    pool->recycled++;
    if (pool->p->proactive > 0 && fs_to_uniform(key) < pool->p->proactive)
        start_ahead(pool, member);
}

static void renew(struct pool *pool, struct environment *env);

static void expire(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = (struct environment *)arg;
    if (env->provisioned) {
        renew(pool, env);
        return;
    }
    fs_warm_remove(&env->member->warm, &env->idle);
    if (fs_now(sim) >= env->dies) {
        recycle(pool, env);
    } else {
        pool->expired++;
        remove_environment(pool, env);
    }
}

HOT void go_idle(struct pool *pool, struct environment *env, fs_time keep)
{
    const fs_time now = now_of(pool);
    const fs_time until = keep > FS_NEVER - now ? FS_NEVER : now + keep;
    fs_warm_put(&env->member->warm, &env->idle);
    fs_timer_set(pool->base.sim, &env->expiry, env->ages && env->dies < until ? env->dies : until);
}

HOT fs_time keep_for(const struct pool *pool, uint64_t key)
{
    const struct fs_dist *keep = &pool->p->keep_alive;
    return keep->kind == FS_DIST_CONSTANT ? fs_nanoseconds(keep->a) : draw_time(keep, key);
}

static struct environment *take_idle(const struct pool *pool, struct member *member,
                                     const struct fs_request *request)
{
    struct fs_warm *warm = &member->warm;
    const uint64_t bits =
        warm->reuse == FS_REUSE_RANDOM ? key_of(pool->pick_key, request) : UINT64_C(0);
    struct environment *env = (struct environment *)(void *)fs_warm_pick(warm, bits);
    if (!env) return NULL;
    fs_warm_remove(warm, &env->idle);
    fs_timer_unset(&env->expiry);
    return env;
}

/* ---- the end of an execution ---------------------------------------------------------------- */

/* They are rounded up together: what of that is start-up is what it adds. */
static __attribute__((noinline)) int64_t bill_init(struct pool *pool, const struct environment *env,
                                                   fs_time ran, int64_t ms)
{
    if (!pool->p->init_billed) return ms;
    const int64_t all = fs_function_billed_ms(pool->p, ran + env->init);
    int64_t *memory_time =
        env->provisioned ? &pool->provisioned_memory_time : &pool->init_memory_time;
    *memory_time += (all - ms) * env->member->memory;
    return all;
}

HOT void bill(struct pool *pool, const struct environment *env, fs_time ran)
{
    int64_t ms = fs_function_billed_ms(pool->p, ran);
    int64_t *memory_time = env->provisioned ? &pool->provisioned_memory_time : &pool->memory_time;
    *memory_time += ms * env->member->memory;
    if (env->init) ms = bill_init(pool, env, ran, ms);
    if (pool->p->storage_charged) pool->storage_time += ms * pool->p->storage_charged;
}

static enum fs_outcome judge(struct pool *pool, const struct fs_request *request,
                             enum fs_outcome outcome)
{
    if (outcome == FS_COMPLETED && pool->error_rate > 0 &&
        draw(pool->error_key, request) < pool->error_rate)
        outcome = FS_FAILED;
    pool->completed += outcome == FS_COMPLETED;
    pool->timeouts += outcome == FS_TIMED_OUT;
    pool->errors += outcome != FS_COMPLETED && outcome != FS_TIMED_OUT;
    return outcome;
}

/* After a time limit or a crash all of the start is to be done again, in the next execution. */
static __attribute__((noinline)) void fail(struct pool *pool, struct environment *env,
                                           enum fs_outcome outcome)
{
    const struct fs_request *request = env->request;
    if (outcome != FS_TIMED_OUT &&
        !(pool->p->crash_share > 0 && draw(pool->crash_key, request) < pool->p->crash_share))
        return;
    owe(env, fs_startup_again(&pool->p->startup, env->member->slowness,
                              key_of(pool->cold_key, request)));
    pool->resets++;
}

static fs_handler work_done;

static void begin(struct pool *pool, struct environment *env, struct fs_request *request,
                  fs_time init);

static void serve_waiting(struct pool *pool, struct environment *env)
{
    struct member *member = env->member;
    struct waiting *head = member->first;
    struct fs_request *request = head->request;
    const fs_time waited = now_of(pool) - head->since;
    member->first = head->next;
    if (!member->first) member->last = &member->first;
    fs_slab_put(&pool->waiting, head);
    if (waited > 0) fs_request_spent(request, FS_PART_COLD_START, waited);
    fs_latency_record(&pool->cold_wait, waited);
    begin(pool, env, request, 0);
}

static void release_provisioned(struct pool *pool, struct environment *env);

/* The environment is free; before the reply, which may bring the next request. */
static void release(struct pool *pool, struct environment *env, const struct fs_request *request)
{
    if (env->provisioned)
        release_provisioned(pool, env);
    else if (is_dead(pool, env))
        recycle(pool, env);
    else if (env->member->first)
        serve_waiting(pool, env);
    else
        go_idle(pool, env, keep_for(pool, key_of(pool->keep_key, request)));
}

/* The share of the account's concurrency that provisioned environments are in. */
static struct fs_share *reserve_share(struct pool *pool)
{
    return pool->p->reserved < 0 ? &pool->reserve->share : &pool->own;
}

static struct fs_share *share_of(struct pool *pool, const struct environment *env)
{
    return env->provisioned ? reserve_share(pool) : pool->share;
}

static void end_execution(struct pool *pool, struct environment *env, enum fs_outcome outcome)
{
    struct fs_request *request = env->request;
    const fs_time now = now_of(pool);
    const fs_time ran = now - env->start - env->init;
    outcome = judge(pool, request, outcome);
    if (outcome != FS_COMPLETED) fail(pool, env, outcome);
    pool->wasted += request->abandoned;
    bill(pool, env, ran);
    fs_latency_record(&pool->duration, ran);
    fs_meter_add(&pool->busy, now, -1);
    fs_account_give(pool->account, share_of(pool, env), now);
    release(pool, env, request);
    fs_request_reply(request, outcome);
}

static void call_out(struct pool *pool, struct environment *env);

/* The engine fetches what an event names before it fires: the request, and its environment. */
static void work_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    const struct fs_request *request = self;
    struct environment *env = (struct environment *)arg;
    struct pool *pool = (struct pool *)request->path->hop[request->step];
    (void)sim;
    if (env->run >= pool->p->timeout)
        end_execution(pool, env, FS_TIMED_OUT);
    else if (fs_request_has_next(request))
        call_out(pool, env);
    else
        end_execution(pool, env, FS_COMPLETED);
}

/* ---- calls to the next hop, under the time limit --------------------------------------------- */

/* A forwarded request, and the environment that waits for it. The timer stays when a call's memory
 * serves the next one: limits that do not pass only store a number. */
struct call {
    struct environment *env;
    struct fs_timer limit;
    struct fs_request request;
};

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = ((struct call *)arg)->env;
    env->call->abandoned = 1;
    fs_request_spent(env->request, FS_PART_DOWNSTREAM,
                     fs_now(sim) - env->start - env->init - env->run);
    env->call = NULL;
    end_execution(pool, env, FS_TIMED_OUT);
}

static struct call *call_of(struct fs_request *request)
{
    return (struct call *)(void *)((char *)request - offsetof(struct call, request));
}

static void call_out(struct pool *pool, struct environment *env)
{
    struct call *call = fs_slab_get(&pool->calls);
    struct fs_timer *limit = &call->limit;
    if (!limit->fn) fs_timer_new(pool->base.sim, limit, limit_passed, pool, (uintptr_t)call);
    env->request->kept = env->kept = fs_component_attach(&pool->base, env->kept);
    call->env = env;
    env->call = &call->request;
    fs_timer_set(pool->base.sim, limit, env->start + env->init + pool->p->timeout);
    fs_request_call(&env->request, &call->request, &pool->caller);
}

/* The time of the call is downstream's, but for what the hops there have booked themselves. */
static void book_call(struct fs_request *request, const struct fs_request *call, fs_time took)
{
    for (int i = 0; call->has_parts && i < FS_LATENCY_PARTS; i++)
        took -= call->part[i];
    fs_request_inherit(request, call);
    if (took > 0) fs_request_spent(request, FS_PART_DOWNSTREAM, took);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct pool *pool = (struct pool *)(void *)((char *)caller - offsetof(struct pool, caller));
    struct call *call = call_of(request);
    struct environment *env = call->env;
    if (request->abandoned) {
        fs_slab_put(&pool->calls, call);
        return;
    }
    book_call(env->request, request, now_of(pool) - env->start - env->init - env->run);
    env->call = NULL;
    fs_timer_unset(&call->limit);
    fs_slab_put(&pool->calls, call);
    end_execution(pool, env, outcome == FS_COMPLETED ? FS_COMPLETED : FS_FAILED);
}

/* ---- the beginning of an execution ---------------------------------------------------------- */

/* What an execution takes longer in an environment that is not as good as any other yet. */
static __attribute__((noinline)) fs_time pay(struct pool *pool, struct environment *env,
                                             struct fs_request *request)
{
    const fs_time owed = env->owed < pool->p->timeout ? env->owed : pool->p->timeout;
    pool->repeated_inits += env->owed > pool->p->timeout; /* not even that could be done */
    owe(env, 0);
    fs_request_spent(request, FS_PART_COLD_START, owed);
    return owed;
}

static void begin(struct pool *pool, struct environment *env, struct fs_request *request,
                  fs_time init)
{
    const fs_time now = now_of(pool);
    const struct fs_leg *leg = &request->leg[request->step];
    const double slowness = env->member->slowness;
    const fs_time cpu =
        slowness > 1 || slowness < 1 ? fs_nanoseconds((double)leg->cpu * slowness) : leg->cpu;
    fs_time run = cpu > FS_NEVER / 2 - leg->io ? FS_NEVER / 2 : cpu + leg->io;
    if (env->owes) run += pay(pool, env, request);
    if (run > pool->p->timeout) run = pool->p->timeout;
    env->request = request;
    env->start = now;
    env->init = init;
    env->run = run;
    fs_schedule(pool->base.sim, now + init + run, work_done, request, (uintptr_t)env);
}

/* Taken by somebody before, who delivers it to this function. */
static bool is_queued(const struct fs_request *request)
{
    return request->caller->queues && request->step == 0;
}

HOT void admit(struct pool *pool, const struct fs_request *request, struct fs_share *share,
               fs_time now)
{
    pool->invocations++;
    fs_meter_add(&pool->busy, now, 1);
    fs_account_take(pool->account, share, now);
    if (is_queued(request)) fs_account_uncount(pool->account, share);
}

/* Like one of an older version it is removed as soon as it is free. */
static void condemn(const struct pool *pool, struct environment *env)
{
    env->version = pool->version - 1;
}

/* A restore that took too long: the request fails, the environment is gone. */
static void start_failed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct environment *env = (struct environment *)arg;
    (void)sim;
    condemn(self, env);
    end_execution(self, env, FS_FAILED);
}

static fs_handler environment_ready;

static void has_started(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    (void)arg;
    fs_meter_add(&pool->starting, fs_now(sim), -1);
}

/* For people who look: what a start ends with has an event of its own elsewhere. */
static void count_start(struct pool *pool, fs_time phase)
{
    const fs_time now = now_of(pool);
    if (phase <= 0) return;
    fs_meter_add(&pool->starting, now, 1);
    fs_schedule(pool->base.sim, now + phase, has_started, pool, 0);
}

/* The request waits, the environment starts, and whatever is free first serves. */
static void wait_for_any(struct pool *pool, struct environment *env, struct fs_request *request,
                         const struct fs_start *start)
{
    struct member *member = env->member;
    struct waiting *last = fs_slab_get(&pool->waiting);
    *last = (struct waiting){NULL, request, now_of(pool)};
    *member->last = last;
    member->last = &last->next;
    env->start = now_of(pool);
    env->init = start->phase;
    fs_schedule(pool->base.sim, now_of(pool) + start->phase, environment_ready, pool,
                (uintptr_t)env);
}

static __attribute__((noinline)) void begin_cold(struct pool *pool, struct fs_request *request)
{
    const uint64_t key = key_of(pool->cold_key, request);
    struct environment *env = new_environment(pool, pool->member[request->key], key);
    const struct fs_start start = draw_start(pool, env, key);
    pool->cold_starts++;
    count_start(pool, start.phase);
    fs_request_starts_cold(request);
    if (pool->p->binding == FS_BOUND_FIRST_FREE && !start.fails) {
        wait_for_any(pool, env, request, &start);
        return;
    }
    if (start.phase > 0) fs_request_spent(request, FS_PART_COLD_START, start.phase);
    fs_latency_record(&pool->cold_wait, start.phase);
    if (!start.fails) {
        begin(pool, env, request, start.phase);
        return;
    }
    env->request = request;
    env->start = now_of(pool);
    env->init = start.phase;
    fs_schedule(pool->base.sim, env->start + env->init, start_failed, pool, (uintptr_t)env);
}

/* ---- environments that nobody waits for ------------------------------------------------------ */

/* Started ahead of requests, or for one that another environment may have served meanwhile. */
static void environment_ready(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct pool *pool = self;
    struct environment *env = (struct environment *)arg;
    (void)sim;
    bill(pool, env, 0);
    if (env->member->first)
        serve_waiting(pool, env);
    else if (is_dead(pool, env))
        recycle(pool, env);
    else
        go_idle(pool, env, keep_for(pool, fs_key_at(pool->keep_key, pool->n_ahead++, 0)));
}

/* A restore that took too long, and nobody waits for it. */
static void start_ahead_failed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct environment *env = (struct environment *)arg;
    (void)sim;
    bill(self, env, 0);
    remove_environment(self, env);
}

static void start_ahead(struct pool *pool, struct member *member)
{
    const uint64_t key = fs_key_at(pool->ahead_key, pool->n_ahead++, 0);
    struct environment *env = new_environment(pool, member, key);
    const struct fs_start start = draw_start(pool, env, key);
    pool->replaced++;
    env->start = now_of(pool);
    env->init = start.phase;
    fs_schedule(pool->base.sim, now_of(pool) + start.phase,
                start.fails ? start_ahead_failed : environment_ready, pool, (uintptr_t)env);
}

/* ---- provisioned environments --------------------------------------------------------------- */

static uint64_t reserve_key(const struct pool *pool, uint64_t i)
{
    return fs_key_at(pool->reserve->key, i, 0);
}

static struct fs_start draw_ahead(const struct pool *pool, uint64_t key)
{
    return fs_startup_draw(&pool->p->startup, pool->member[0]->slowness, false, key);
}

static void note_init(struct pool *pool, fs_time init)
{
    fs_latency_record(&pool->init, init);
    if (pool->p->init_billed)
        pool->provisioned_memory_time +=
            fs_function_billed_ms(pool->p, init) * pool->member[0]->memory;
}

/* How long after the first one could be. */
static fs_time begins(const struct pool *pool, int64_t i)
{
    const double rate = pool->p->provisioned.rate;
    return rate > 0 ? fs_nanoseconds((double)(i + 1) * 1e9 / rate) : 0;
}

/* They start one after the other and each initialises, so the last may not be the last ready. */
static fs_time start_provisioned(void *self, int64_t n)
{
    struct pool *pool = self;
    fs_time longest = 0;
    for (int64_t i = 0; i < n; i++) {
        const uint64_t key = reserve_key(pool, pool->reserve->n_started + (uint64_t)i);
        const fs_time init = draw_ahead(pool, key).phase;
        if (begins(pool, i) + init > longest) longest = begins(pool, i) + init;
    }
    return longest;
}

static void call_off_provisioned(void *self, int64_t n, fs_time passed)
{
    struct pool *pool = self;
    for (int64_t i = 0; i < n && begins(pool, i) < passed; i++)
        note_init(pool, draw_ahead(pool, reserve_key(pool, pool->reserve->n_started++)).phase);
}

/* Its initialisation is billed, whether anything is ever invoked or not; not that of one that was
 * ready before the run began. */
static void add_provisioned(struct pool *pool)
{
    struct reserve *reserve = pool->reserve;
    const uint64_t key = reserve_key(pool, reserve->n_started++);
    struct environment *env = new_environment(pool, pool->member[0], key);
    const struct fs_start start = draw_ahead(pool, key);
    if (pool->provisioned.n_changes > 0) note_init(pool, start.phase);
    owe(env, start.owed);
    env->provisioned = true;
    fs_timer_set(pool->base.sim, &env->expiry, env->dies);
    fs_warm_put(&reserve->warm, &env->idle);
    reserve->environments++;
}

/* Where the function has reserved nothing, they are taken from what all functions share: those that
 * are asked for, and those that still execute. */
static void set_aside(struct pool *pool)
{
    struct reserve *reserve = pool->reserve;
    const int64_t wanted = pool->provisioned.wanted.level;
    const int64_t n = reserve->environments > wanted ? reserve->environments : wanted;
    if (pool->p->reserved < 0) fs_account_set_aside(pool->account, n - reserve->set_aside);
    reserve->set_aside = n;
}

/* Of a certain age it initialises again beside its work: nobody waits, but it is billed. */
static void renew(struct pool *pool, struct environment *env)
{
    const uint64_t key = reserve_key(pool, pool->reserve->n_started++);
    const struct fs_start start = draw_ahead(pool, key);
    note_init(pool, start.phase);
    pool->recycled++;
    pool->replaced++;
    owe(env, start.owed);
    set_death(pool, env, key);
    fs_timer_set(pool->base.sim, &env->expiry, env->dies);
}

static void remove_provisioned(struct pool *pool, struct environment *env)
{
    pool->reserve->environments--;
    remove_environment(pool, env);
    set_aside(pool);
}

static void wanted_provisioned(void *self)
{
    set_aside(self);
}

static void usable_provisioned(void *self, int64_t n)
{
    struct pool *pool = self;
    struct reserve *reserve = pool->reserve;
    reserve->limit.limit = fs_account_rate(pool->account, n);
    while (reserve->environments < n)
        add_provisioned(pool);
    while (reserve->environments > n && !fs_warm_is_empty(&reserve->warm)) {
        struct fs_idle *idle = reserve->warm.ring.prev;
        fs_warm_remove(&reserve->warm, idle);
        remove_provisioned(pool, (struct environment *)(void *)idle);
    }
}

static void release_provisioned(struct pool *pool, struct environment *env)
{
    struct reserve *reserve = pool->reserve;
    fs_provisioned_use(&pool->provisioned, now_of(pool), -1);
    if (reserve->environments > pool->provisioned.usable)
        remove_provisioned(pool, env);
    else
        fs_warm_put(&reserve->warm, &env->idle);
}

HOT enum fs_refusal asks(const struct pool *pool, const struct fs_request *request,
                         struct fs_share *share, fs_time now)
{
    const enum fs_refusal why = fs_account_asks(pool->account, share, now);
    return why == FS_AT_RATE && is_queued(request) ? fs_account_asks_queued(pool->account, share)
                                                   : why;
}

/* True when a provisioned environment has taken the request; what spills over is on its own. */
static __attribute__((noinline)) bool accept_provisioned(struct pool *pool,
                                                         struct fs_request *request)
{
    struct reserve *reserve = pool->reserve;
    struct fs_share *share = reserve_share(pool);
    const fs_time now = now_of(pool);
    struct fs_idle *idle = fs_warm_pick(&reserve->warm, key_of(pool->pick_key, request));
    if (!idle || fs_second_is_full(&reserve->limit, now)) {
        pool->spilled += pool->provisioned.usable > 0;
        return false;
    }
    if (asks(pool, request, share, now) != FS_ADMITTED) return false;
    fs_warm_remove(&reserve->warm, idle);
    fs_provisioned_use(&pool->provisioned, now, 1);
    pool->provisioned_invocations++;
    reserve->limit.begun++;
    admit(pool, request, share, now);
    begin(pool, (struct environment *)(void *)idle, request, 0);
    return true;
}

static void new_reserve(struct pool *pool)
{
    static const struct fs_provisioned_owner owner = {start_provisioned, call_off_provisioned,
                                                      wanted_provisioned, usable_provisioned};
    struct fs_arena *arena = fs_sim_arena(pool->base.sim);
    if (fs_provisioned_most(&pool->p->provisioned) == 0) return;
    pool->reserve = fs_arena_alloc(arena, sizeof *pool->reserve);
    pool->reserve->key = fs_key_at(pool->base.key, 8, 0);
    fs_warm_new(&pool->reserve->warm, (enum fs_reuse)pool->p->reuse, arena);
    pool->reserve->share.limit = pool->reserve->share.second.limit = INT64_MAX;
    fs_provisioned_new(&pool->provisioned, &pool->p->provisioned, pool->base.sim,
                       fs_key_at(pool->base.key, 9, 0), &owner, pool);
}

/* ---- invocation ----------------------------------------------------------------------------- */

static __attribute__((noinline)) void refuse(struct pool *pool, struct fs_request *request,
                                             enum fs_refusal why)
{
    if (why == FS_AT_RATE) {
        pool->throttled_requests++;
        pool->account->refused_rate++;
    } else if (why == FS_AT_RESERVED) {
        pool->throttled_reserved++;
    } else {
        pool->throttled_account++;
        pool->account->refused++;
    }
    fs_request_reply(request, FS_THROTTLED);
}

static void fetch(const struct fs_component *self, uint32_t key)
{
    const struct member *member = ((const struct pool *)self)->member[key];
    if (!member) return;
    const char *idle = (const char *)member->warm.ring.next;
    __builtin_prefetch(idle);
    __builtin_prefetch(idle + 64);
    __builtin_prefetch(idle + 128);
    __builtin_prefetch((const char *)member + 64);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct pool *pool = (struct pool *)self;
    const fs_time now = fs_now(self->sim);
    struct member *member = pool->member[request->key];
    if (__builtin_expect(!member, 0)) member = new_member(pool, (int)request->key);
    if (pool->reserve && accept_provisioned(pool, request)) return;
    const enum fs_refusal why = asks(pool, request, pool->share, now);
    if (why != FS_ADMITTED) {
        refuse(pool, request, why);
        return;
    }
    struct environment *env = take_idle(pool, member, request);
    if (env) {
        admit(pool, request, pool->share, now);
        begin(pool, env, request, 0);
    } else if (fs_account_grows(pool->account, &member->scaling, now)) {
        admit(pool, request, pool->share, now);
        begin_cold(pool, request);
    } else {
        pool->throttled_scaling++;
        fs_request_reply(request, FS_THROTTLED);
    }
}

/* ---- set-up and events ---------------------------------------------------------------------- */

static void new_keys(struct pool *pool)
{
    uint64_t *const key[] = {&pool->cold_key, &pool->keep_key, &pool->error_key, &pool->crash_key,
                             &pool->age_key,  &pool->pick_key, &pool->ahead_key};
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        *key[i] = fs_key_at(pool->base.key, i + 1, 0);
}

static void new_share(struct pool *pool)
{
    pool->account = &pool->base.world->account;
    pool->share = &pool->account->unreserved;
    if (pool->p->reserved < 0) return;
    pool->share = &pool->own;
    fs_account_set_aside(pool->account, pool->p->reserved);
    fs_account_share(pool->account, &pool->own, pool->p->reserved);
}

/* One of each function; a part of a fleet keeps those of its own functions. */
static void keep_snapshots(struct pool *pool)
{
    const struct fs_run_params *run = &pool->base.world->spec->run;
    const bool dealt = fs_spec_is_dealt(pool->base.world->spec);
    int64_t memory = 0;
    for (int64_t i = dealt ? run->part - 1 : 0; i < pool->base.members; i += dealt ? run->parts : 1)
        memory += memory_of(pool, (int)i);
    fs_meter_set(&pool->snapshot_memory, now_of(pool), memory);
}

static void start(struct fs_component *self)
{
    struct pool *pool = (struct pool *)self;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    pool->p = self->params;
    pool->caller.done = call_done;
    pool->error_rate = pool->p->error_rate;
    new_keys(pool);
    new_share(pool);
    if (pool->p->reserved > 0) fs_meter_set(&pool->limit, fs_now(self->sim), pool->p->reserved);
    fs_slab_new(&pool->environments, arena, sizeof(struct environment));
    fs_slab_new(&pool->waiting, arena, sizeof(struct waiting));
    fs_slab_new(&pool->calls, arena, fs_world_call_size(self->world, sizeof(struct call)));
    pool->member = fs_arena_alloc(arena, (size_t)self->members * sizeof *pool->member);
    new_member(pool, 0); /* the one that provisioned environments are of */
    new_reserve(pool);
    if (fs_startup_restores(&pool->p->startup)) keep_snapshots(pool);
}

/* Idle environments go at once, busy ones when they have finished. */
static void deploy(struct fs_component *self)
{
    struct pool *pool = (struct pool *)self;
    pool->version++;
    for (int i = 0; i < self->members; i++) {
        struct fs_warm *warm = pool->member[i] ? &pool->member[i]->warm : NULL;
        while (warm && !fs_warm_is_empty(warm)) {
            struct fs_idle *idle = warm->ring.next;
            fs_warm_remove(warm, idle);
            remove_environment(pool, (struct environment *)(void *)idle);
        }
    }
}

static void set_errors(struct fs_component *self, double probability)
{
    struct pool *pool = (struct pool *)self;
    pool->error_rate = probability >= 0 ? probability : pool->p->error_rate;
}

static bool is_off(const struct fs_component *self)
{
    return ((const struct pool *)self)->p->reserved == 0;
}

static const char *broken(const struct fs_component *self)
{
    const struct pool *pool = (const struct pool *)self;
    if (pool->invocations != pool->completed + pool->errors + pool->timeouts + pool->busy.level)
        return "invocations = completed + errors + timeouts + busy";
    if (pool->cold_starts + pool->replaced < pool->expired + pool->recycled)
        return "environments started >= expired + recycled";
    if (pool->busy.level > pool->environment_count.level) return "busy <= environments";
    if (pool->reserve && pool->provisioned.busy.level > pool->reserve->environments)
        return "busy <= environments, of provisioned ones";
    if (pool->p->reserved >= 0 && pool->busy.peak > pool->p->reserved) return "busy <= reserved";
    return NULL;
}

/* What a function takes for itself alone: provisioned within reserved, if that is said. */
static int64_t sets_aside(const struct fs_function_params *p)
{
    return p->reserved >= 0 ? p->reserved : fs_provisioned_most(&p->provisioned);
}

static bool leads_to(const struct fs_variant_spec *spec, const struct fs_class_spec *class,
                     const struct fs_component_spec *self)
{
    bool *reached = fs_alloc((size_t)spec->n_components, "what a class comes to");
    fs_route_reach(spec, &class->params.path, reached);
    const bool leads = reached[self - spec->component];
    free(reached);
    return leads;
}

/* Provisioned concurrency is a single function's. */
static void check_members(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                          struct fs_complaints *complaints)
{
    const struct fs_function_params *own = self->params;
    for (int i = 0; fs_provisioned_most(&own->provisioned) > 0 && i < spec->n_classes; i++) {
        if (fs_class_members(&spec->traffic[i]) > 1 && leads_to(spec, &spec->traffic[i], self))
            fs_complain(complaints, "provisioned",
                        "'%s' stands for the functions of a trace, which share no environments",
                        self->name);
    }
}

/* What functions set aside together leaves the others what the account wants to leave them. */
static void check(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                  struct fs_complaints *complaints)
{
    const struct fs_function_params *own = self->params;
    const int64_t most = spec->account.concurrency - spec->account.unreserved_minimum;
    int64_t sum = 0;
    for (const struct fs_component_spec *c = spec->component; c <= self; c++)
        sum += c->plugin == self->plugin ? sets_aside(c->params) : 0;
    check_members(self, spec, complaints);
    if (sets_aside(own) > 0 && sum > most)
        fs_complain(complaints, own->reserved > 0 ? "reserved" : "provisioned",
                    "functions reserve %lld up to here, but of the account's %lld no more than "
                    "%lld can be: %lld stay unreserved",
                    (long long)sum, (long long)spec->account.concurrency,
                    (long long)(most > 0 ? most : 0), (long long)spec->account.unreserved_minimum);
}

/* ---- tables --------------------------------------------------------------------------------- */

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
    COUNT("throttled_reserved", throttled_reserved,
          "Requests refused at the function's reserved concurrency."),
    COUNT("throttled_requests", throttled_requests,
          "Requests refused at a limit of requests per second."),
    COUNT("throttled_scaling", throttled_scaling, "Requests refused at the scaling rate."),
    COUNT("cold_starts", cold_starts, "Environments started for a request."),
    COUNT("replaced", replaced,
          "Environments started ahead of requests for recycled ones; provisioned ones always are."),
    COUNT("cut_inits", cut_inits, "Initialisations broken off at their limit."),
    COUNT("failed_restores", failed_restores, "Restores that took longer than their limit."),
    COUNT("resets", resets, "Environments reset after a time limit or a crash."),
    COUNT("endless_inits", repeated_inits,
          "Executions whose time limit did not even let them initialise again."),
    COUNT("expired", expired, "Environments that expired idle."),
    COUNT("recycled", recycled, "Environments retired for their age."),
    COUNT("wasted_executions", wasted, "Executions whose caller had given up."),
    COUNT("provisioned_invocations", provisioned_invocations,
          "Executions in provisioned environments."),
    COUNT("spilled", spilled, "Requests that found all provisioned environments taken."),
    {"provisioned_memory_time", "MiB ms", FS_COUNTER,
     offsetof(struct pool, provisioned_memory_time),
     "Billed duration times memory in provisioned environments, their initialisation included."},
    {"provisioned", "1", FS_GAUGE, offsetof(struct pool, provisioned.wanted),
     "Provisioned environments asked for."},
    {"provisioned_ready", "1", FS_GAUGE, offsetof(struct pool, provisioned.ready),
     "Provisioned environments that are usable."},
    {"provisioned_busy", "1", FS_GAUGE, offsetof(struct pool, provisioned.busy),
     "Provisioned environments executing."},
    {"provisioned_charged", "1", FS_GAUGE, offsetof(struct pool, provisioned.charged),
     "Provisioned environments charged for."},
    {"memory_time", "MiB ms", FS_COUNTER, offsetof(struct pool, memory_time),
     "Billed duration times memory, without start-up."},
    {"init_memory_time", "MiB ms", FS_COUNTER, offsetof(struct pool, init_memory_time),
     "Billed start-up times memory."},
    {"storage_time", "MiB ms", FS_COUNTER, offsetof(struct pool, storage_time),
     "Billed duration times charged storage."},
    {"restored_memory", "MiB", FS_COUNTER, offsetof(struct pool, restored_memory),
     "Memory of environments restored from a snapshot."},
    {"busy", "1", FS_GAUGE, offsetof(struct pool, busy), "Environments executing or starting."},
    {"starting", "1", FS_GAUGE, offsetof(struct pool, starting),
     "Environments that start for a request."},
    {"limit", "1", FS_GAUGE, offsetof(struct pool, limit),
     "Executions at once that are reserved for the function; 0: none are."},
    {"environments", "1", FS_GAUGE, offsetof(struct pool, environment_count),
     "Environments alive, idle ones included."},
    {"snapshot_memory", "MiB", FS_GAUGE, offsetof(struct pool, snapshot_memory),
     "Memory of the functions whose snapshots are kept."},
    {"duration", "s", FS_LATENCY, offsetof(struct pool, duration),
     "Duration of executions without start-up."},
    {"init", "s", FS_LATENCY, offsetof(struct pool, init), "Start-up of environments."},
    {"cold_wait", "s", FS_LATENCY, offsetof(struct pool, cold_wait),
     "What requests waited for an environment to start."},
    {.name = NULL}};

#define PRICE(field) offsetof(struct fs_function_params, price_##field)

static const struct fs_charge charges[] = {
    {"requests", "invocations", "1", 1, PRICE(requests), 0},
    {"logs", "invocations", "GB", INT64_C(1) << 30, PRICE(logs),
     offsetof(struct fs_function_params, log_size)},
    {"egress", "invocations", "GB", INT64_C(1) << 30, PRICE(egress),
     offsetof(struct fs_function_params, response_size)},
    {"streaming", "completed", "GB", INT64_C(1) << 30, PRICE(streaming),
     offsetof(struct fs_function_params, streamed)},
    {"duration", "memory_time", "GB s", 1024000, PRICE(duration), 0},
    {"init", "init_memory_time", "GB s", 1024000, PRICE(init), 0},
    {"provisioned", "provisioned_charged", "GB s", INT64_C(1024000000000), PRICE(provisioned),
     offsetof(struct fs_function_params, memory)},
    {"provisioned_duration", "provisioned_memory_time", "GB s", 1024000,
     PRICE(provisioned_duration), 0},
    {"storage", "storage_time", "GB s", 1024000, PRICE(storage), 0},
    {"restore", "restored_memory", "GB", 1024, PRICE(restore), 0},
    {"snapshot", "snapshot_memory", "GB s", INT64_C(1024000000000), PRICE(snapshot), 0},
    {.line = NULL}};

/* A call that is out keeps an environment beyond its own work. */
static const char *state_of(const struct fs_component *self, const void *instance)
{
    const struct environment *env = instance;
    const fs_time now = fs_now(self->sim), up = env->start + env->init;
    if (now < up) return "starting";
    return env->request && (now < up + env->run || env->call) ? "executing" : "idle";
}

static const struct fs_component_type type = {.size = sizeof(struct pool),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .fetch = fetch,
                                              .deploy = deploy,
                                              .errors = set_errors,
                                              .is_off = is_off,
                                              .check = check,
                                              .time_limit =
                                                  offsetof(struct fs_function_params, timeout),
                                              .attaches = true,
                                              .by_member = true,
                                              .instances = offsetof(struct pool, instances),
                                              .state_of = state_of,
                                              .broken = broken};

const struct fs_plugin fs_components_function_pool = {
    "function_pool",
    "Execution environments that serve one request each, started on demand and kept while warm.",
    sizeof(struct fs_function_params),
    fs_function_rows,
    &type,
    fs_function_check,
    fs_function_load};
