/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A workflow: one request calls several components, in sequence, in parallel and many times, and
 * waits for them. Steps form a graph: each begins when those it comes after are done, so a list of
 * steps is a sequence, two steps after the same one are branches, and one after both joins them.
 *
 * A step calls a path of its own with work of its own, once or as often as it says, so many at
 * once: a map. It may also be given a share of the request's own work at this hop, divided evenly
 * among its calls to the nanosecond: that is how work that is too long for a function is cut into
 * chunks, and how the same request stays comparable with one that a container does in one go.
 *
 * A call that fails is tried again by the step's policy; then the step has failed: the workflow
 * goes on all the same, or does another step in its place (a catch), or fails. Whatever ends it,
 * calls that are out go on to their end, for nobody. A call whose path hands over (a queue, a bus)
 * is done when that has taken it. An execution that ended with success is over: what stands behind
 * the workflow is asked then, and its answer is the request's.
 *
 * Entering a step, each call of a map and each retry is a transition, which may take time, must
 * wait for its turn at the transition rate, and is what is paid for.
 */
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "retry.h"
#include "route.h"
#include "traffic.h"
#include "world.h"

#include <string.h>

extern const struct fs_plugin fs_components_workflow;

enum failure { FAIL, GO_ON };
static const char *const failure_names[] = {"fail", "go_on", NULL};

struct work {
    const char *component;
    struct fs_dist cpu, io;
};

struct step {
    struct fs_called call;
    struct fs_list work;  /* of struct work */
    struct fs_list after; /* of const char *: names of steps; none: the one before */
    double share, probability;
    fs_time wait, timeout;
    int64_t times, at_once;
    struct fs_plugin_value retry;
    const char *catch;
    int on_failure;
};

struct params {
    struct fs_dist overhead; /* first: steps stand at no offset of 0 */
    struct fs_list steps;
    fs_time timeout;
    double start_rate, transition_rate;
    int64_t start_burst, transition_burst, most_transitions;
    int64_t memory;
    fs_time duration_step;
    const char *price_transitions, *price_requests, *price_duration;
};

#define MOST_STEPS 100

/* What is known of a step before the run. */
struct plan {
    int n_before;      /* steps that it comes after */
    int n_next, *next; /* steps that come after it */
    int catch;         /* -1: none */
    bool handler;      /* done only in the place of another */
    struct fs_component **hop;
    const struct work **work; /* [hops], NULL entries bring none */
};

/* The paths of steps for requests of one class. */
struct route {
    struct route *next;
    struct fs_class *class;
    const struct fs_path **path; /* [steps] */
};

/* A step of an execution. */
struct progress {
    int32_t before; /* not done yet */
    int32_t stands_for;
    int64_t begun, active;
    bool failed, pumping;
    /* What the time was spent on up to its beginning and its end, along the steps and calls that
     * the next ones waited for. */
    fs_time before_it[FS_LATENCY_PARTS], part[FS_LATENCY_PARTS];
};

struct execution {
    struct fs_request *request; /* NULL: it is over */
    const struct route *route;
    fs_time since;
    int64_t transitions;
    int refs; /* events and calls that know it, and whoever works on it */
    int left; /* steps to be done */
    bool over;
    const fs_time *part; /* of the step that ended last */
    struct fs_delay_node limit;
    struct progress step[];
};

struct call {
    struct execution *execution; /* NULL: given up */
    int step, attempt;
    int64_t iteration;
    fs_time wait;                   /* the last one */
    fs_time part[FS_LATENCY_PARTS]; /* of all its attempts */
    fs_event limit;
    struct fs_request request; /* last: legs follow */
};

struct workflow {
    struct fs_component base;
    struct fs_caller caller;
    const struct params *p;
    const struct step *step;
    struct plan *plan;
    int n, left; /* steps; those that are no handlers */
    struct route *routes;
    struct fs_slab executions, calls;
    struct fs_delay_list limit;
    struct fs_bucket starts, turns;
    uint64_t work_key, retry_key, choice_key, overhead_key;
    /* metrics */
    int64_t arrived, started, completed, failed, timed_out, throttled;
    int64_t transitions, delayed, called, retries, caught, wasted, memory_time;
    struct fs_meter in_flight;
    struct fs_latency latency;
};

static fs_time now_of(const struct workflow *workflow)
{
    return fs_now(workflow->base.sim);
}

/* The key of one call of a step for one purpose, the same in every run of this request. */
static uint64_t key_of(uint64_t purpose, const struct fs_request *request, int step, int64_t k)
{
    return fs_key_at(fs_request_key(purpose, request, 0), (uint64_t)step, (uint64_t)k);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void forget(struct workflow *workflow, struct execution *execution)
{
    if (--execution->refs == 0) fs_slab_put(&workflow->executions, execution);
}

static void leave(struct fs_request *request, enum fs_outcome outcome)
{
    if (outcome == FS_COMPLETED && fs_request_has_next(request))
        fs_request_forward(request);
    else
        fs_request_reply(request, outcome);
}

static void end(struct workflow *workflow, struct execution *execution, enum fs_outcome outcome)
{
    const struct params *p = workflow->p;
    const fs_time now = now_of(workflow), took = now - execution->since;
    struct fs_request *request = execution->request;
    if (execution->over) return;
    execution->over = true;
    workflow->completed += outcome == FS_COMPLETED;
    workflow->failed += outcome == FS_FAILED;
    workflow->timed_out += outcome == FS_TIMED_OUT;
    workflow->memory_time +=
        (took + p->duration_step - 1) / p->duration_step * (p->duration_step / FS_MS) * p->memory;
    fs_latency_record(&workflow->latency, took);
    fs_meter_add(&workflow->in_flight, now, -1);
    if (p->timeout) fs_delay_leave(workflow->base.sim, &workflow->limit, &execution->limit);
    for (int k = 0; k < FS_LATENCY_PARTS; k++) {
        if (execution->part && execution->part[k] > 0)
            fs_request_spent(request, (enum fs_part)k, execution->part[k]);
    }
    execution->request = NULL;
    leave(request, outcome);
    forget(workflow, execution);
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    (void)self;
    fs_request_reply(request, outcome);
}

static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    end(self, (struct execution *)(arg - offsetof(struct execution, limit)), FS_TIMED_OUT);
}

/* ---- transitions ---------------------------------------------------------------------------- */

/* When it is through; FS_NEVER: the execution has made too many. */
static fs_time make_transition(struct workflow *workflow, struct execution *execution)
{
    const struct params *p = workflow->p;
    const fs_time now = now_of(workflow);
    struct fs_stream stream;
    if (p->most_transitions && execution->transitions >= p->most_transitions) return FS_NEVER;
    const fs_time turn = fs_bucket_reserve(&workflow->turns, now);
    workflow->delayed += turn > now;
    workflow->transitions++;
    execution->transitions++;
    if (p->overhead.kind == FS_DIST_CONSTANT) return turn + fs_nanoseconds(p->overhead.a);
    fs_stream_new(&stream,
                  key_of(workflow->overhead_key, execution->request, 0, execution->transitions));
    return turn + fs_dist_draw_time(&p->overhead, &stream);
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* The k-th of n parts of a whole, so that they sum to it. */
static fs_time part_of(fs_time whole, int64_t k, int64_t n)
{
    return (fs_time)((__int128)whole * (k + 1) / n - (__int128)whole * k / n);
}

/* What is handed over to targets that stand on no step's path works as the class has it. */
static void draw_behind(struct call *call, struct fs_stream *stream)
{
    const struct fs_class *class = fs_request_class(&call->request);
    for (int i = call->request.path->n; class->call && i < class->n_legs; i++) {
        if (class->work[i]) fs_work_draw(class, class->work[i], &call->request.leg[i], stream);
    }
}

static void draw_work(const struct workflow *workflow, struct call *call,
                      const struct fs_request *own)
{
    const struct step *step = &workflow->step[call->step];
    const struct plan *plan = &workflow->plan[call->step];
    struct fs_leg *leg = call->request.leg;
    const struct fs_leg *whole = &own->leg[own->step];
    struct fs_stream stream;
    fs_stream_new(&stream, key_of(workflow->work_key, own, call->step, call->iteration));
    draw_behind(call, &stream);
    for (int i = 0; i < step->call.path.n; i++) {
        if (!plan->work[i]) continue;
        leg[i].cpu = fs_dist_draw_time(&plan->work[i]->cpu, &stream);
        leg[i].io = fs_dist_draw_time(&plan->work[i]->io, &stream);
    }
    if (!(step->share > 0)) return;
    leg[0].cpu +=
        part_of(fs_nanoseconds((double)whole->cpu * step->share), call->iteration, step->times);
    leg[0].io +=
        part_of(fs_nanoseconds((double)whole->io * step->share), call->iteration, step->times);
}

static void fill(struct workflow *workflow, struct call *call)
{
    const struct fs_request *own = call->execution->request;
    const struct fs_path *path = call->execution->route->path[call->step];
    struct fs_request *request = &call->request;
    memset(request, 0, fs_request_size(path->legs));
    request->caller = &workflow->caller;
    request->called = true;
    request->asker = &call->execution->request;
    request->path = path;
    request->key = own->key;
    request->number = key_of(0, own, call->step, call->iteration);
    if (path->class->call) request->number = fs_first_round(request->number);
    request->attempt = fs_attempt_within(own, call->attempt);
    request->born = own->born;
    request->asked = now_of(workflow);
    draw_work(workflow, call, own);
}

static fs_handler call_too_long;

static void call_out(struct workflow *workflow, struct call *call)
{
    const fs_time timeout = workflow->step[call->step].timeout;
    const fs_time now = now_of(workflow);
    call->limit = 0;
    fill(workflow, call);
    workflow->called++;
    if (timeout)
        call->limit = fs_schedule(workflow->base.sim, now + timeout, call_too_long, workflow,
                                  (uintptr_t)call);
    fs_request_enter(&call->request);
}

static void drop_call(struct workflow *workflow, struct call *call)
{
    forget(workflow, call->execution);
    fs_slab_put(&workflow->calls, call);
}

static void call_in_turn(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct call *call = (struct call *)arg;
    (void)sim;
    if (call->execution->over)
        drop_call(self, call);
    else
        call_out(self, call);
}

/* `wait` and a transition later. */
static void call_later(struct workflow *workflow, struct call *call, bool transition, fs_time wait)
{
    const fs_time now = now_of(workflow);
    const fs_time at = transition ? make_transition(workflow, call->execution) : now;
    if (at == FS_NEVER || wait > FS_NEVER - at) {
        end(workflow, call->execution, FS_FAILED);
        drop_call(workflow, call);
    } else if (at + wait > now) {
        fs_schedule_last(workflow->base.sim, at + wait, call_in_turn, workflow, (uintptr_t)call);
    } else {
        call_out(workflow, call);
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

static void enter(struct workflow *workflow, struct execution *execution, int step);

/* A step begins when another one has ended: it goes on with its parts. */
static void enter_after(struct workflow *workflow, struct execution *execution, int step, int after)
{
    struct progress *progress = &execution->step[step];
    memcpy(progress->before_it, execution->step[after].part, sizeof progress->before_it);
    memcpy(progress->part, progress->before_it, sizeof progress->part);
    enter(workflow, execution, step);
}

static void step_done(struct workflow *workflow, struct execution *execution, int step)
{
    const struct plan *plan = &workflow->plan[step];
    if (plan->handler) {
        const int of = execution->step[step].stands_for;
        memcpy(execution->step[of].part, execution->step[step].part, sizeof execution->step->part);
        step_done(workflow, execution, of);
        return;
    }
    execution->part = execution->step[step].part;
    if (--execution->left == 0) {
        end(workflow, execution, FS_COMPLETED);
        return;
    }
    for (int i = 0; i < plan->n_next && !execution->over; i++) {
        if (--execution->step[plan->next[i]].before == 0)
            enter_after(workflow, execution, plan->next[i], step);
    }
}

/* Nothing of the step is out any more and nothing more will be. */
static void step_ends(struct workflow *workflow, struct execution *execution, int step)
{
    const struct plan *plan = &workflow->plan[step];
    if (!execution->step[step].failed) {
        step_done(workflow, execution, step);
    } else if (plan->catch >= 0) {
        workflow->caught++;
        execution->step[plan->catch].stands_for = step;
        enter_after(workflow, execution, plan->catch, step);
    } else {
        end(workflow, execution, FS_FAILED);
    }
}

static void begin_call(struct workflow *workflow, struct execution *execution, int step)
{
    struct progress *progress = &execution->step[step];
    struct call *call = fs_slab_get(&workflow->calls);
    *call = (struct call){.execution = execution, .step = step, .attempt = 1};
    call->iteration = progress->begun++;
    progress->active++;
    execution->refs++;
    call_later(workflow, call, workflow->step[step].times > 1, 0);
}

/* Calls may come back at once, so only the outermost of these begins more of them. */
static void pump(struct workflow *workflow, struct execution *execution, int step)
{
    const struct step *s = &workflow->step[step];
    struct progress *progress = &execution->step[step];
    const int64_t most = s->at_once ? s->at_once : s->times;
    if (progress->pumping || execution->over) return;
    progress->pumping = true;
    execution->refs++;
    while (!execution->over && !progress->failed && progress->begun < s->times &&
           progress->active < most)
        begin_call(workflow, execution, step);
    progress->pumping = false;
    if (!execution->over && progress->active == 0) step_ends(workflow, execution, step);
    forget(workflow, execution);
}

static void entered(struct workflow *workflow, struct execution *execution, int step)
{
    if (execution->over) return;
    if (workflow->step[step].call.path.n == 0)
        step_done(workflow, execution, step);
    else
        pump(workflow, execution, step);
}

static void enter_in_turn(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct progress *progress = (struct progress *)arg;
    const int step = (int)progress->begun;
    struct execution *execution =
        (struct execution *)(void *)((char *)(progress - step) - offsetof(struct execution, step));
    (void)sim;
    progress->begun = 0;
    entered(self, execution, step);
    forget(self, execution);
}

static bool is_chosen(const struct workflow *workflow, const struct execution *execution, int step)
{
    const double share = workflow->step[step].probability;
    return share >= 1 ||
           fs_to_uniform(key_of(workflow->choice_key, execution->request, step, 0)) < share;
}

static void enter(struct workflow *workflow, struct execution *execution, int step)
{
    const fs_time now = now_of(workflow), wait = workflow->step[step].wait;
    struct progress *progress = &execution->step[step];
    if (!is_chosen(workflow, execution, step)) {
        step_done(workflow, execution, step);
        return;
    }
    const fs_time at = make_transition(workflow, execution);
    if (at == FS_NEVER || wait > FS_NEVER - at) {
        end(workflow, execution, FS_FAILED);
    } else if (at + wait > now) {
        progress->begun = step; /* until then, it is how the event finds the execution */
        execution->refs++;
        fs_schedule(workflow->base.sim, at + wait, enter_in_turn, workflow, (uintptr_t)progress);
    } else {
        entered(workflow, execution, step);
    }
}

/* ---- answers -------------------------------------------------------------------------------- */

static fs_time next_wait(const struct workflow *workflow, const struct call *call)
{
    const struct fs_plugin_value *retry = &workflow->step[call->step].retry;
    const struct fs_retry_type *type = retry->plugin->type;
    struct fs_stream stream;
    const uint64_t key =
        key_of(workflow->retry_key, call->execution->request, call->step, call->iteration);
    fs_stream_new(&stream, fs_key_at(key, (uint64_t)call->attempt, 0));
    return type->wait(retry->params, call->attempt, call->wait, &stream);
}

/* The call has come to its end in this way; it is the workflow's. */
static void settle(struct workflow *workflow, struct call *call, bool success)
{
    struct execution *execution = call->execution;
    struct progress *progress = &execution->step[call->step];
    const int step = call->step;
    const fs_time wait = success ? FS_NEVER : next_wait(workflow, call);
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        call->part[k] += call->request.has_parts ? call->request.part[k] : 0;
    if (wait != FS_NEVER) {
        call->part[FS_PART_BACKOFF] += wait;
        call->wait = wait;
        call->attempt++;
        workflow->retries++;
        call_later(workflow, call, true, wait);
        return;
    }
    for (int k = 0; k < FS_LATENCY_PARTS; k++)
        progress->part[k] = progress->before_it[k] + call->part[k];
    progress->active--;
    if (!success && workflow->step[step].on_failure == FAIL) progress->failed = true;
    fs_slab_put(&workflow->calls, call);
    if (progress->failed && workflow->plan[step].catch < 0) end(workflow, execution, FS_FAILED);
    pump(workflow, execution, step);
    forget(workflow, execution);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct workflow *workflow =
        (struct workflow *)(void *)((char *)caller - offsetof(struct workflow, caller));
    struct call *call = (struct call *)(void *)((char *)request - offsetof(struct call, request));
    if (!call->execution) {
        workflow->wasted++;
        fs_slab_put(&workflow->calls, call);
        return;
    }
    fs_cancel(workflow->base.sim, call->limit);
    if (call->execution->over) {
        workflow->wasted++;
        drop_call(workflow, call);
        return;
    }
    settle(workflow, call, outcome == FS_COMPLETED);
}

/* The call goes on for nobody; what is known of it goes on with a new one. */
static void call_too_long(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct workflow *workflow = self;
    struct call *call = (struct call *)arg;
    struct call *next = fs_slab_get(&workflow->calls);
    (void)sim;
    memcpy(next, call, offsetof(struct call, request));
    next->request.has_parts = 0;
    call->execution = NULL;
    call->request.abandoned = 1;
    if (next->execution->over) {
        drop_call(workflow, next);
        return;
    }
    settle(workflow, next, false);
}

/* ---- the start ------------------------------------------------------------------------------ */

/* Of its own class, when it hands over. */
static const struct fs_path *path_of(struct workflow *workflow, struct fs_class *class, int step)
{
    const struct fs_called *call = &workflow->step[step].call;
    for (const struct fs_class *c = class->called; c; c = c->sibling) {
        if (c->call == call) return &c->path;
    }
    struct fs_arena *arena = fs_sim_arena(workflow->base.sim);
    struct fs_path *path = fs_arena_alloc(arena, sizeof *path);
    fs_assert(workflow->base.sim, call->path.n <= workflow->base.world->most_legs);
    fs_path_new(path, arena, class, workflow->plan[step].hop, call->path.n, call->path.n);
    return path;
}

static const struct route *route_of(struct workflow *workflow, struct fs_class *class)
{
    struct route *route = workflow->routes;
    while (route && route->class != class)
        route = route->next;
    if (route) return route;
    struct fs_arena *arena = fs_sim_arena(workflow->base.sim);
    route = fs_arena_alloc(arena, sizeof *route);
    *route = (struct route){workflow->routes, class,
                            fs_arena_alloc(arena, (size_t)workflow->n * sizeof *route->path)};
    for (int i = 0; i < workflow->n; i++)
        route->path[i] = path_of(workflow, class, i);
    workflow->routes = route;
    return route;
}

static struct execution *new_execution(struct workflow *workflow, struct fs_request *request)
{
    struct execution *execution = fs_slab_get(&workflow->executions);
    memset(execution, 0, workflow->executions.size);
    execution->request = request;
    execution->route = route_of(workflow, fs_request_class(request));
    execution->since = now_of(workflow);
    execution->left = workflow->left;
    execution->refs = 1;
    for (int i = 0; i < workflow->n; i++)
        execution->step[i].before = workflow->plan[i].n_before;
    return execution;
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct workflow *workflow = (struct workflow *)self;
    const fs_time now = fs_now(self->sim);
    workflow->arrived++;
    if (!fs_bucket_take(&workflow->starts, now)) {
        workflow->throttled++;
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    struct execution *execution = new_execution(workflow, request);
    workflow->started++;
    fs_meter_add(&workflow->in_flight, now, 1);
    if (workflow->p->timeout) fs_delay_join(self->sim, &workflow->limit, &execution->limit);
    execution->refs++;
    for (int i = 0; i < workflow->n && !execution->over; i++) {
        if (workflow->plan[i].n_before == 0 && !workflow->plan[i].handler)
            enter(workflow, execution, i);
    }
    forget(workflow, execution);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static int index_of(const struct params *p, const char *name)
{
    const struct step *step = p->steps.item;
    for (int i = 0; name && i < p->steps.n; i++) {
        if (strcmp(step[i].call.name, name) == 0) return i;
    }
    return -1;
}

static bool is_handler(const struct params *p, int i)
{
    const struct step *step = p->steps.item;
    for (int j = 0; j < p->steps.n; j++) {
        if (step[j].catch && strcmp(step[j].catch, step[i].call.name) == 0) return true;
    }
    return false;
}

/* The steps that step i comes after, into before[]; their number. Without a word it is the one
 * written before it that is no handler. */
static int steps_before(const struct params *p, int i, int *before)
{
    const struct step *step = p->steps.item;
    const char *const *name = step[i].after.item;
    int n = 0;
    if (is_handler(p, i)) return 0;
    for (int k = 0; k < step[i].after.n; k++) {
        const int j = index_of(p, name[k]);
        if (j >= 0) before[n++] = j;
    }
    if (step[i].after.n) return n;
    for (int j = i - 1; j >= 0; j--) {
        if (is_handler(p, j)) continue;
        before[n++] = j;
        break;
    }
    return n;
}

static void plan_graph(struct workflow *workflow, struct fs_arena *arena)
{
    int before[MOST_STEPS];
    for (int i = 0; i < workflow->n; i++) {
        struct plan *plan = &workflow->plan[i];
        plan->next = fs_arena_alloc(arena, (size_t)workflow->n * sizeof *plan->next);
        plan->catch = index_of(workflow->p, workflow->step[i].catch);
        plan->handler = is_handler(workflow->p, i);
        workflow->left += !plan->handler;
    }
    for (int i = 0; i < workflow->n; i++) {
        const int n = workflow->plan[i].n_before = steps_before(workflow->p, i, before);
        for (int k = 0; k < n; k++) {
            struct plan *plan = &workflow->plan[before[k]];
            plan->next[plan->n_next++] = i;
        }
    }
}

static void plan_paths(struct workflow *workflow, struct fs_arena *arena)
{
    for (int i = 0; i < workflow->n; i++) {
        const struct step *step = &workflow->step[i];
        struct plan *plan = &workflow->plan[i];
        const char *const *name = step->call.path.item;
        const struct work *work = step->work.item;
        const size_t hops = (size_t)step->call.path.n;
        plan->hop = fs_arena_alloc(arena, hops * sizeof *plan->hop + 1);
        plan->work = fs_arena_alloc(arena, hops * sizeof *plan->work + 1);
        for (int h = 0; h < step->call.path.n; h++) {
            plan->hop[h] = fs_world_component(workflow->base.world, name[h]);
            for (int k = 0; k < step->work.n; k++) {
                if (strcmp(work[k].component, name[h]) == 0) plan->work[h] = &work[k];
            }
        }
    }
}

static void start(struct fs_component *self)
{
    struct workflow *workflow = (struct workflow *)self;
    const struct params *p = workflow->p = self->params;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    const size_t n = (size_t)p->steps.n;
    workflow->caller.done = call_done;
    workflow->step = p->steps.item;
    workflow->n = p->steps.n;
    workflow->plan = fs_arena_alloc(arena, n * sizeof *workflow->plan);
    plan_graph(workflow, arena);
    plan_paths(workflow, arena);
    workflow->work_key = fs_key_at(self->key, 1, 0);
    workflow->retry_key = fs_key_at(self->key, 2, 0);
    workflow->choice_key = fs_key_at(self->key, 3, 0);
    workflow->overhead_key = fs_key_at(self->key, 4, 0);
    fs_bucket_new(&workflow->starts, p->start_burst,
                  p->start_rate > 0 ? fs_nanoseconds(1e9 / p->start_rate) : 0);
    fs_bucket_new(&workflow->turns, p->transition_burst,
                  p->transition_rate > 0 ? fs_nanoseconds(1e9 / p->transition_rate) : 0);
    fs_slab_new(&workflow->calls, arena, fs_world_call_size(self->world, sizeof(struct call)));
    fs_slab_new(&workflow->executions, arena,
                sizeof(struct execution) + n * sizeof(struct progress));
    if (p->timeout)
        fs_delay_list_new(self->sim, &workflow->limit, p->timeout, limit_passed, workflow);
}

static const char *broken(const struct fs_component *self)
{
    const struct workflow *w = (const struct workflow *)self;
    if (w->arrived != w->started + w->throttled) return "arrived = started + throttled";
    if (w->started != w->completed + w->failed + w->timed_out + w->in_flight.level)
        return "started = completed + failed + timed out + in flight";
    return NULL;
}

/* ---- what rows cannot say ------------------------------------------------------------------- */

/* Steps that can be done one after another: all of them, unless some wait for each other. */
static int count_doable(const struct params *p)
{
    bool done[MOST_STEPS] = {false};
    int before[MOST_STEPS], n = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < p->steps.n; i++) {
            const int m = steps_before(p, i, before);
            bool ready = !done[i];
            for (int k = 0; k < m; k++)
                ready = ready && done[before[k]];
            if (!ready) continue;
            done[i] = more = true;
            n++;
        }
    }
    return n;
}

static void check_step(const struct params *p, int i, struct fs_complaints *complaints)
{
    const struct step *step = (const struct step *)p->steps.item + i;
    const char *const *after = step->after.item;
    int catchers = 0;
    for (int k = 0; k < step->after.n; k++) {
        const int j = index_of(p, after[k]);
        if ((j < 0 && strcmp(after[k], "start") != 0) || (j >= 0 && is_handler(p, j)))
            fs_complain(complaints, "steps", "'%s' comes after '%s', which is no step to wait for",
                        step->call.name, after[k]);
    }
    if (step->catch && index_of(p, step->catch) < 0)
        fs_complain(complaints, "steps", "'%s' is caught by '%s', which is no step",
                    step->call.name, step->catch);
    for (int j = 0; j < p->steps.n; j++) {
        const char *catch = ((const struct step *)p->steps.item)[j].catch;
        catchers += catch && strcmp(catch, step->call.name) == 0;
    }
    if (catchers > 1)
        fs_complain(complaints, "steps", "'%s' catches failures of %d steps; it can of one",
                    step->call.name, catchers);
    if (catchers && (step->after.n || step->catch))
        fs_complain(complaints, "steps",
                    "'%s' catches failures: it comes after nothing and is not caught itself",
                    step->call.name);
    if (!step->call.path.n && (step->work.n || step->share > 0 || step->times > 1 || step->timeout))
        fs_complain(complaints, "steps", "'%s' calls nothing: it needs a 'path'", step->call.name);
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->steps.n == 0 || p->steps.n > MOST_STEPS) {
        fs_complain(complaints, "steps", "a workflow has 1 to %d steps", MOST_STEPS);
        return;
    }
    for (int i = 0; i < p->steps.n; i++)
        check_step(p, i, complaints);
    if (count_doable(p) < p->steps.n)
        fs_complain(complaints, "steps", "some steps wait for each other for ever");
    if (p->duration_step % FS_MS)
        fs_complain(complaints, "duration_step", "must be a whole number of milliseconds");
    if ((p->start_rate > 0) != (p->start_burst > 0))
        fs_complain(complaints, "start_burst", "a rate and a burst go together");
    if ((p->transition_rate > 0) != (p->transition_burst > 0))
        fs_complain(complaints, "transition_burst", "a rate and a burst go together");
}

/* Does a path of its steps, or of workflows on them, lead to `to`? */
static bool leads_to(const struct fs_variant_spec *spec, const struct fs_component_spec *from,
                     const struct fs_component_spec *to, int depth)
{
    const struct params *p = from->params;
    if (from->plugin != to->plugin || depth > spec->n_components) return false;
    for (int i = 0; i < p->steps.n; i++) {
        const struct fs_list *path = &((const struct step *)p->steps.item)[i].call.path;
        for (int h = 0; h < path->n; h++) {
            const struct fs_component_spec *c =
                fs_spec_component(spec, ((const char *const *)path->item)[h]);
            if (c && (c == to || leads_to(spec, c, to, depth + 1))) return true;
        }
    }
    return false;
}

static void check_path(const struct fs_variant_spec *spec, const struct step *step,
                       struct fs_complaints *complaints)
{
    const char *const *name = step->call.path.item;
    for (int h = 0; h < step->call.path.n; h++) {
        const struct fs_component_spec *c = fs_spec_component(spec, name[h]);
        const struct fs_component_type *type = c ? c->plugin->type : NULL;
        if (type && !type->accept)
            fs_complain(complaints, "steps", "'%s' calls '%s', a %s, which answers nobody",
                        step->call.name, name[h], c->plugin->name);
        for (int j = 0; j < h; j++) {
            if (strcmp(name[j], name[h]) == 0)
                fs_complain(complaints, "steps", "'%s' has '%s' twice on its path", step->call.name,
                            name[h]);
        }
    }
    for (int k = 0; k < step->work.n; k++) {
        const char *of = ((const struct work *)step->work.item)[k].component;
        bool found = false;
        for (int h = 0; h < step->call.path.n; h++)
            found = found || strcmp(name[h], of) == 0;
        if (!found)
            fs_complain(complaints, "steps", "'%s' has work for '%s', which is not on its path",
                        step->call.name, of);
    }
}

static void check_paths(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                        struct fs_complaints *complaints)
{
    const struct params *p = self->params;
    for (int i = 0; i < p->steps.n; i++)
        check_path(spec, (const struct step *)p->steps.item + i, complaints);
    if (leads_to(spec, self, self, 0))
        fs_complain(complaints, "steps", "the workflow calls itself");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field)  .offset = offsetof(struct params, field)
#define STEP(field) .offset = offsetof(struct step, field)
#define WORK(field) .offset = offsetof(struct work, field)

static const struct fs_param name_rows[] = {
    {"", FS_P_TEXT, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A step."}, {.key = NULL}};

static const struct fs_param work_rows[] = {
    {"cpu", FS_P_DIST, FS_D_TIME, WORK(cpu), "0s", 0, 0, .doc = "CPU work on one vCPU."},
    {"io", FS_P_DIST, FS_D_TIME, WORK(io), "0s", 0, 0, .doc = "Waiting that no CPU speeds up."},
    {.key = NULL}};

static const struct fs_param step_rows[] = {
    {"path", FS_P_LIST, FS_D_COUNT, STEP(call.path), "", 0, 0,
     .doc = "Components that it calls, each calling the next; absent: it only waits.",
     .rows = fs_target_path_rows, .size = sizeof(const char *)},
    {"work", FS_P_MAP, FS_D_COUNT, STEP(work), "", 0, 0,
     .doc = "Work that a call brings for components on that path.", .rows = work_rows,
     .size = sizeof(struct work)},
    {"share", FS_P_SCALAR, FS_D_FRACTION, STEP(share), "0", 0, 1,
     .doc = "Share of the request's own work at this hop that is done by the first component of "
            "the path, divided evenly among the step's calls."},
    {"after", FS_P_LIST, FS_D_COUNT, STEP(after), "", 0, 0,
     .doc = "Steps that must be done before; absent: the one written before; [start]: none.",
     .rows = name_rows, .size = sizeof(const char *)},
    {"wait", FS_P_SCALAR, FS_D_TIME, STEP(wait), "0s", 0, 3.2e8,
     .doc = "Time that passes before it does anything."},
    {"times", FS_P_SCALAR, FS_D_COUNT, STEP(times), "1", 1, 100000000,
     .doc = "Calls that it makes: the items of a map."},
    {"at_once", FS_P_SCALAR, FS_D_COUNT, STEP(at_once), "0", 0, 100000000,
     .doc = "Calls out at one time; 0: all of them."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, STEP(timeout), "", 1e-6, 3.2e8,
     .doc = "How long it waits for a call; absent: for ever."},
    {"retry", FS_P_PLUGIN, FS_D_COUNT, STEP(retry), "none", 0, 0,
     .doc = "What it does when a call fails.", .registry = "retries"},
    {"catch", FS_P_TEXT, FS_D_COUNT, STEP(catch), "", 0, 0,
     .doc = "Step that is done instead when it has failed; then the workflow goes on."},
    {"on_failure", FS_P_CHOICE, FS_D_COUNT, STEP(on_failure), "fail", 0, 0,
     .doc = "What a failed call means without a catch: the workflow fails, or goes on.",
     .choices = failure_names},
    {"probability", FS_P_SCALAR, FS_D_FRACTION, STEP(probability), "1", 0, 1,
     .doc = "Share of executions that do it; the others pass it by: a choice."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"steps", FS_P_MAP, FS_D_COUNT, ROW(steps), NULL, 0, 0,
     .doc = "What is done, by name, each after the one written before unless it says otherwise.",
     .rows = step_rows, .size = sizeof(struct step)},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "Time limit of an execution; calls that are out go on. Absent: none."},
    {"overhead", FS_P_DIST, FS_D_TIME, ROW(overhead), "0s", 0, 0,
     .doc = "Time that a transition takes."},
    {"start_rate", FS_P_SCALAR, FS_D_RATE, ROW(start_rate), "0/s", 0, 1e9,
     .doc = "Executions started on the long run; more are refused; 0/s: no limit."},
    {"start_burst", FS_P_SCALAR, FS_D_COUNT, ROW(start_burst), "0", 0, 1000000000,
     .doc = "Executions that may be started at once."},
    {"transition_rate", FS_P_SCALAR, FS_D_RATE, ROW(transition_rate), "0/s", 0, 1e9,
     .doc = "Transitions of all executions on the long run; more wait for their turn; 0/s: no "
            "limit."},
    {"transition_burst", FS_P_SCALAR, FS_D_COUNT, ROW(transition_burst), "0", 0, 1000000000,
     .doc = "Transitions that may happen at once."},
    {"most_transitions", FS_P_SCALAR, FS_D_COUNT, ROW(most_transitions), "0", 0, 1000000000,
     .doc = "An execution that would make more fails; 0: no limit."},
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), "64MB", 1, 1048576,
     .doc = "Memory that the duration of an execution is charged with."},
    {"duration_step", FS_P_SCALAR, FS_D_TIME, ROW(duration_step), "100ms", 1e-3, 1e6,
     .doc = "Charged durations are rounded up to multiples of this."},
    {"price_transitions", FS_P_PRICE, FS_D_COUNT, ROW(price_transitions), "", 0, 0,
     .doc = "Price item of one transition."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one execution started."},
    {"price_duration", FS_P_PRICE, FS_D_COUNT, ROW(price_duration), "", 0, 0,
     .doc = "Price item of memory times duration of executions."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct workflow, field), doc                               \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that came."),
    COUNT("started", started, "Executions started."),
    COUNT("completed", completed, "Executions that ended with success."),
    COUNT("failed", failed, "Executions that ended with an error."),
    COUNT("timed_out", timed_out, "Executions cut at the time limit."),
    COUNT("throttled", throttled, "Requests refused at the start rate."),
    COUNT("transitions", transitions, "Steps entered, calls of maps and retries."),
    COUNT("delayed", delayed, "Transitions that waited for their turn."),
    COUNT("calls", called, "Calls made, retries included."),
    COUNT("retries", retries, "Calls made again after a failure."),
    COUNT("caught", caught, "Failures of steps for which another step was done."),
    COUNT("wasted_executions", wasted, "Calls that ended after nobody waited for them."),
    {"memory_time", "MiB ms", FS_COUNTER, offsetof(struct workflow, memory_time),
     "Charged duration times memory."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct workflow, in_flight), "Executions under way."},
    {"latency", "s", FS_LATENCY, offsetof(struct workflow, latency),
     "Duration of executions, whatever came of them."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"transitions", "transitions", "1", 1, offsetof(struct params, price_transitions), 0},
    {"requests", "started", "1", 1, offsetof(struct params, price_requests), 0},
    {"duration", "memory_time", "GB s", 1024000, offsetof(struct params, price_duration), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct workflow),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .check = check_paths,
                                              .accept = accept,
                                              .done = done,
                                              .calls = offsetof(struct params, steps),
                                              .calls_size = sizeof(struct step),
                                              .broken = broken};

const struct fs_plugin fs_components_workflow = {
    "workflow",
    "Calls several components in sequence, in parallel or many times, and waits for them.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
