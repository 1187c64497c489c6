/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A task has one event: the end of the job that is the next to be done on its CPU. Each such event
 * takes one job; several that end at one instant are events of that instant. Sharing in slots is
 * sharing under a lower ceiling, so there is one mechanism for both.
 *
 * A task does not list the jobs that wait for I/O, for that would cost each of them; when it dies
 * with some, they are looked for among all jobs of its kind. Calls of the next hop carry a copy of
 * the request, so that a caller can be answered although the call is out.
 */
#include "task.h"

#include "world.h"

#include <math.h>
#include <string.h>

#define CHUNK 256 /* jobs */

enum phase { FREE, IN_BACKLOG, ON_CPU, IN_IO, CALLING };

/* One cache line; what is known of the work is kept here, for the request may be cold. */
struct fs_job {
    struct fs_ending end;
    union {
        struct fs_job *next; /* of the backlog, of free ones */
        fs_time longer;      /* than alone its work took, until booked; on the CPU: below 0 */
    };
    struct fs_request *request; /* after the time limit a copy of it */
    struct fs_task *task;
    fs_time since; /* when it began to wait; once it is worked on: when that began */
    union {
        fs_time io;     /* to wait for after the CPU */
        fs_event event; /* IN_IO: the end of it */
        fs_time called; /* CALLING: when the next hop was, less what had been booked by then */
    };
    uint8_t phase;
    bool answered; /* at the time limit, or cut off */
    uint32_t life; /* changes when it is answered or ends: see deadlines.h */
    char full[8];
};

struct fs_job_chunk {
    struct fs_job_chunk *next;
    struct fs_job *job; /* [CHUNK], zero at first */
};

/* A request of the task's own: the call of the next hop, or what an answered job goes on with. */
struct fs_call {
    struct fs_call *prev, *next; /* of its task's, while it is out */
    struct fs_job *job;          /* NULL: nobody waits for it any more */
    struct fs_request request;
};

/* ---- jobs ----------------------------------------------------------------------------------- */

static __attribute__((noinline)) struct fs_job *fresh_job(struct fs_task_kind *kind)
{
    if (kind->chunk_left == 0) {
        struct fs_job_chunk *chunk = fs_arena_alloc(kind->cpu.arena, sizeof *chunk);
        chunk->job = fs_arena_alloc(kind->cpu.arena, CHUNK * sizeof *chunk->job);
        chunk->next = kind->chunks;
        kind->chunks = chunk;
        kind->chunk_left = CHUNK;
    }
    return &kind->chunks->job[--kind->chunk_left];
}

static inline struct fs_job *get_job(struct fs_task_kind *kind)
{
    struct fs_job *job = kind->free;
    if (!job) return fresh_job(kind);
    kind->free = job->next;
    return job;
}

static inline void put_job(struct fs_task_kind *kind, struct fs_job *job)
{
    job->phase = FREE;
    job->life++;
    job->next = kind->free;
    kind->free = job;
}

/* ---- work ----------------------------------------------------------------------------------- */

static fs_handler cpu_done, io_done;

static void arm(struct fs_task_kind *kind, struct fs_task *task)
{
    const fs_time at = fs_cpu_next(&kind->cpu, &task->cpu);
    if (task->event)
        fs_reschedule(kind->sim, task->event, at);
    else
        task->event = fs_schedule(kind->sim, at, cpu_done, kind, (uintptr_t)task);
}

static void count_busy(struct fs_task_kind *kind, const struct fs_task *task, int32_t n_before)
{
    const int64_t change =
        fs_cpu_used(&kind->cpu, task->cpu.jobs.n) - fs_cpu_used(&kind->cpu, n_before);
    if (change == 0) return;
    fs_meter_add(&kind->busy, fs_now(kind->sim), change);
    if (task->state == FS_TASK_DRAINING)
        fs_meter_add(&kind->draining.busy, fs_now(kind->sim), change);
}

static void count_in_flight(struct fs_task_kind *kind, struct fs_task *task, int32_t change)
{
    const fs_time now = fs_now(kind->sim);
    task->in_flight += change;
    fs_meter_add(&kind->in_flight, now, change);
    if (task->state == FS_TASK_DRAINING) fs_meter_add(&kind->draining.in_flight, now, change);
}

void fs_task_drains(struct fs_task_kind *kind, const struct fs_task *task)
{
    const fs_time now = fs_now(kind->sim);
    fs_meter_add(&kind->draining.in_flight, now, task->in_flight);
    fs_meter_add(&kind->draining.busy, now, fs_cpu_used(&kind->cpu, task->cpu.jobs.n));
}

static void start_cpu(struct fs_task_kind *kind, struct fs_job *job, fs_time work)
{
    struct fs_task *task = job->task;
    task->begun += work;
    job->phase = ON_CPU;
    job->longer = -fs_nanoseconds((double)work * kind->alone);
    fs_cpu_add(&kind->cpu, &task->cpu, fs_now(kind->sim), work, &job->end);
    count_busy(kind, task, task->cpu.jobs.n - 1);
    arm(kind, task);
}

static void start_io(struct fs_task_kind *kind, struct fs_job *job)
{
    const fs_time io = job->io < FS_NEVER / 2 ? job->io : FS_NEVER / 2;
    job->phase = IN_IO;
    job->event = fs_schedule(kind->sim, fs_now(kind->sim) + io, io_done, kind, (uintptr_t)job);
}

static fs_time slowed(const struct fs_task *task, fs_time work)
{
    return task->slowness ? work / 100 * task->slowness : work;
}

/* A place is free. Work without CPU does not pass the CPU, unless it is no work at all: that ends
 * by an event too, so that a backlog of it is not a chain of calls. */
static void begin(struct fs_task_kind *kind, struct fs_job *job)
{
    struct fs_task *task = job->task;
    const struct fs_leg *leg = &job->request->leg[job->request->step];
    const fs_time now = fs_now(kind->sim), waited = now - job->since;
    job->since = now;
    job->io = slowed(task, leg->io);
    count_in_flight(kind, task, 1);
    fs_latency_record(&kind->wait, waited);
    if (waited > 0) fs_request_spent(job->request, FS_PART_QUEUE, waited);
    if (leg->cpu == 0 && leg->io > 0) {
        job->longer = 0;
        start_io(kind, job);
    } else {
        start_cpu(kind, job, slowed(task, leg->cpu));
    }
    if (task->in_flight > kind->bearable) kind->overloaded(kind, task);
}

/* ---- the backlog ---------------------------------------------------------------------------- */

static void queue_up(struct fs_task_kind *kind, struct fs_job *job)
{
    struct fs_task *task = job->task;
    if (task->waiting++)
        task->last->next = job;
    else
        task->first = job;
    task->last = job;
    job->phase = IN_BACKLOG;
    fs_meter_add(&kind->waiting, fs_now(kind->sim), 1);
}

static struct fs_job *take_first(struct fs_task_kind *kind, struct fs_task *task)
{
    struct fs_job *job = task->first;
    if (--task->waiting) task->first = job->next;
    fs_meter_add(&kind->waiting, fs_now(kind->sim), -1);
    return job;
}

/* ---- the end of an execution ---------------------------------------------------------------- */

static struct fs_call *call_of(struct fs_request *request)
{
    return (struct fs_call *)(void *)((char *)request - offsetof(struct fs_call, request));
}

/* The place goes to the next before the reply, which may bring another request. */
static void end(struct fs_task_kind *kind, struct fs_job *job, enum fs_outcome outcome)
{
    struct fs_task *task = job->task;
    struct fs_request *request = job->request;
    const bool answered = job->answered;
    const fs_time now = fs_now(kind->sim);
    kind->wasted += request->abandoned;
    fs_latency_record(&kind->service_time, now - job->since);
    count_in_flight(kind, task, -1);
    put_job(kind, job);
    if (task->waiting) begin(kind, take_first(kind, task));
    if (answered)
        fs_slab_put(&kind->calls, call_of(request));
    else
        kind->answer(kind, task, request, outcome);
    if (task->state == FS_TASK_DRAINING && fs_task_is_idle(task)) kind->idle(kind, task);
}

/* ---- calls of the next hop ------------------------------------------------------------------ */

/* What the request's time was spent on so far. */
static fs_time booked(const struct fs_request *request)
{
    fs_time sum = 0;
    for (int i = 0; request->has_parts && i < FS_LATENCY_PARTS; i++)
        sum += request->part[i];
    return sum;
}

/* What the work took longer than it would have alone was waiting for the CPU. Differences below a
 * microsecond are rounding. Booked when the request is wanted for more, for it is cold. */
static void book_sharing(struct fs_job *job)
{
    if (job->phase == IN_BACKLOG || job->longer <= 0) return;
    if (job->longer >= FS_US) fs_request_spent(job->request, FS_PART_QUEUE, job->longer);
    job->longer = 0;
}

static void call_out(struct fs_task_kind *kind, struct fs_job *job)
{
    struct fs_call *call = fs_slab_get(&kind->calls), **head = &job->task->calls;
    job->called = fs_now(kind->sim) - booked(job->request);
    job->phase = CALLING;
    call->job = job;
    call->prev = NULL;
    call->next = *head;
    if (*head) (*head)->prev = call;
    *head = call;
    job->request->kept = job->task->kept = fs_component_attach(kind->keeper, job->task->kept);
    fs_request_call(&job->request, &call->request, &kind->caller);
}

static void unlink_call(struct fs_task *task, struct fs_call *call)
{
    if (call->prev)
        call->prev->next = call->next;
    else
        task->calls = call->next;
    if (call->next) call->next->prev = call->prev;
}

/* The time of the call is downstream's, but for what the hops there have booked themselves. */
static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct fs_task_kind *kind =
        (struct fs_task_kind *)(void *)((char *)caller - offsetof(struct fs_task_kind, caller));
    struct fs_call *call = call_of(request);
    struct fs_job *job = call->job;
    if (job) {
        for (int i = 0; request->has_parts && i < FS_LATENCY_PARTS; i++)
            fs_request_spent(job->request, (enum fs_part)i, request->part[i]);
        unlink_call(job->task, call);
    }
    fs_slab_put(&kind->calls, call);
    if (!job) return;
    const fs_time spent = fs_now(kind->sim) - booked(job->request) - job->called;
    if (spent > 0) fs_request_spent(job->request, FS_PART_DOWNSTREAM, spent);
    end(kind, job, outcome == FS_COMPLETED ? FS_COMPLETED : FS_FAILED);
}

/* ---- events --------------------------------------------------------------------------------- */

static void work_done(struct fs_task_kind *kind, struct fs_job *job)
{
    book_sharing(job);
    if (fs_request_has_next(job->request))
        call_out(kind, job);
    else
        end(kind, job, FS_COMPLETED);
}

static void io_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    work_done(self, (struct fs_job *)arg);
}

static void cpu_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_task_kind *kind = self;
    struct fs_task *task = (struct fs_task *)arg;
    const fs_time now = fs_now(sim);
    __builtin_prefetch(task->few);
    task->event = 0;
    struct fs_job *job = (struct fs_job *)fs_cpu_take(&kind->cpu, &task->cpu, now);
    count_busy(kind, task, task->cpu.jobs.n + 1);
    job->longer += now - job->since;
    if (job->io > 0)
        start_io(kind, job);
    else
        work_done(kind, job);
    if (!task->event) arm(kind, task); /* else a job that has begun since has armed it */
}

/* The caller gets its request back, the job goes on with a copy of it. */
static void orphan(struct fs_task_kind *kind, struct fs_job *job, enum fs_outcome outcome)
{
    struct fs_request *request = job->request;
    struct fs_call *copy = fs_slab_get(&kind->calls);
    book_sharing(job);
    memcpy(&copy->request, request, fs_request_size(request->path->legs));
    copy->request.abandoned = 1;
    job->request = &copy->request;
    job->answered = true;
    job->life++;
    kind->answer(kind, job->task, request, outcome);
}

static void limit_passed(void *self, const uint32_t *life)
{
    orphan(self, (void *)((char *)(uintptr_t)life - offsetof(struct fs_job, life)), FS_TIMED_OUT);
}

/* ---- the owner's doors ---------------------------------------------------------------------- */

static struct fs_job *take_on(struct fs_task_kind *kind, struct fs_task *task,
                              struct fs_request *request)
{
    struct fs_job *job = get_job(kind);
    job->request = request;
    job->task = task;
    job->since = fs_now(kind->sim);
    job->answered = false;
    if (kind->limit.limit) fs_deadlines_add(&kind->limit, &job->life);
    return job;
}

bool fs_task_take(struct fs_task_kind *kind, struct fs_task *task, struct fs_request *request)
{
    __builtin_prefetch(task->few);
    if (task->in_flight < kind->places)
        begin(kind, take_on(kind, task, request));
    else if (task->waiting < kind->backlog)
        queue_up(kind, take_on(kind, task, request));
    else
        return false;
    return true;
}

/* Its place is nobody's any more. */
static void drop(struct fs_task_kind *kind, struct fs_job *job, enum fs_outcome outcome)
{
    struct fs_task *task = job->task;
    struct fs_request *request = job->request;
    const bool answered = job->answered;
    put_job(kind, job);
    kind->cut += !answered;
    if (answered)
        fs_slab_put(&kind->calls, call_of(request));
    else
        kind->answer(kind, task, request, outcome);
}

static void drop_begun(struct fs_task_kind *kind, struct fs_job *job, enum fs_outcome outcome)
{
    const fs_time now = fs_now(kind->sim);
    book_sharing(job);
    kind->wasted += job->request->abandoned;
    fs_latency_record(&kind->service_time, now - job->since);
    count_in_flight(kind, job->task, -1);
    drop(kind, job, outcome);
}

static void drop_waiting(struct fs_task_kind *kind, struct fs_job *job, enum fs_outcome outcome)
{
    const fs_time waited = fs_now(kind->sim) - job->since;
    fs_latency_record(&kind->wait, waited);
    if (waited > 0) fs_request_spent(job->request, FS_PART_QUEUE, waited);
    drop(kind, job, outcome);
}

/* All that is left. Replies may bring jobs into being, but none for this task. */
static void drop_waiting_for_io(struct fs_task_kind *kind, struct fs_task *task,
                                enum fs_outcome outcome)
{
    const struct fs_job_chunk *chunk = kind->chunks;
    for (; task->in_flight; chunk = chunk->next) {
        fs_assert(kind->sim, chunk);
        for (size_t i = 0; task->in_flight && i < CHUNK; i++) {
            struct fs_job *job = &chunk->job[i];
            if (job->phase != IN_IO || job->task != task) continue;
            fs_cancel(kind->sim, job->event);
            drop_begun(kind, job, outcome);
        }
    }
}

void fs_task_kill(struct fs_task_kind *kind, struct fs_task *task, enum fs_outcome outcome)
{
    const fs_time now = fs_now(kind->sim);
    const int32_t on_cpu = task->cpu.jobs.n;
    if (task->event) fs_cancel(kind->sim, task->event);
    task->event = 0;
    task->begun = fs_task_cpu_time(kind, task);
    while (task->waiting)
        drop_waiting(kind, take_first(kind, task), outcome);
    while (task->cpu.jobs.n)
        drop_begun(kind, (struct fs_job *)fs_cpu_drop(&kind->cpu, &task->cpu, now), outcome);
    count_busy(kind, task, on_cpu);
    while (task->calls) {
        struct fs_job *job = task->calls->job;
        task->calls->job = NULL;
        task->calls->request.called = false;
        unlink_call(task, task->calls);
        drop_begun(kind, job, outcome);
    }
    drop_waiting_for_io(kind, task, outcome);
}

/* Replies may bring jobs into being, but none for this task. */
void fs_task_cut_off(struct fs_task_kind *kind, struct fs_task *task, enum fs_outcome outcome)
{
    const struct fs_job_chunk *chunk = kind->chunks;
    for (int32_t n = task->in_flight + task->waiting; n > 0; chunk = chunk->next) {
        fs_assert(kind->sim, chunk);
        for (size_t i = 0; n > 0 && i < CHUNK; i++) {
            struct fs_job *job = &chunk->job[i];
            if (job->phase == FREE || job->task != task) continue;
            n--;
            if (job->answered) continue;
            kind->cut++;
            orphan(kind, job, outcome);
        }
    }
}

fs_time fs_task_time_of(const struct fs_task_kind *kind, const struct fs_task *task, fs_time work)
{
    return slowed(task, fs_cpu_time_of(&kind->cpu, task->cpu.jobs.n + 1, work));
}

fs_time fs_task_waiting_since(const struct fs_task *task)
{
    return task->waiting ? task->first->since : FS_NEVER;
}

fs_time fs_task_cpu_time(const struct fs_task_kind *kind, const struct fs_task *task)
{
    return task->begun - fs_cpu_rest(&kind->cpu, &task->cpu, fs_now(kind->sim));
}

const char *fs_task_broken(const struct fs_task_kind *kind, const struct fs_task *task)
{
    if (task->in_flight > kind->places) return "in flight <= max_in_flight";
    if (task->cpu.jobs.n > task->in_flight) return "on the CPU <= in flight";
    if (task->waiting && task->in_flight < kind->places)
        return "nothing waits while there is a place";
    return NULL;
}

void fs_task_new(struct fs_task *task)
{
    memset(task, 0, sizeof *task);
    fs_cpu_new(&task->cpu, task->few, 4);
    task->target = -1;
}

void fs_task_kind_new(struct fs_task_kind *kind, struct fs_world *world, fs_time timeout)
{
    struct fs_sim *sim = world->sim;
    kind->sim = sim;
    kind->alone = fmax(1000.0 * (double)kind->cpu.divisor / (double)kind->cpu.ceiling,
                       1000.0 / (double)kind->cpu.capacity);
    kind->bearable = INT32_MAX;
    kind->caller.done = call_done;
    fs_slab_new(&kind->calls, world->arena, fs_world_call_size(world, sizeof(struct fs_call)));
    if (timeout) fs_deadlines_new(&kind->limit, sim, timeout, limit_passed, kind);
}
