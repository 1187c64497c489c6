/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A container service of fixed capacity: like tasks behind a load balancer that has no queue.
 *
 * A task works on a limited number of requests at once; the next ones wait in its backlog in the
 * order in which they came, and a full backlog refuses. The balancer does not see that bound. An
 * execution is CPU work, which it shares with the others of its task (cpu.h), then waiting, then
 * the call of the next hop; all the while it holds its place.
 *
 * A task has one event: the end of the job that is the next to be done on its CPU. Each such event
 * takes one job; several that end at one instant are events of that instant. Sharing in slots is
 * sharing under a lower ceiling, so there is one mechanism for both.
 *
 * Nobody tells a task that its caller has gone. At the service's time limit the caller is answered
 * and the job goes on with a copy of the request: from then on it is nobody's, but it holds its
 * place to its end. Hence: arrived = answered + outstanding, and executions are counted apart.
 */
#include "balancer.h"
#include "component.h"
#include "cpu.h"
#include "world.h"

#include <math.h>
#include <string.h>

extern const struct fs_plugin fs_components_service;

enum sharing { PROCESSOR_SHARING, SLOTS };
static const char *const sharing_names[] = {"processor_sharing", "slots", NULL};

struct params {
    double cpu, threads;
    int64_t tasks, memory, max_in_flight, backlog;
    int sharing;
    struct fs_plugin_value balancing;
    fs_time timeout;
    int64_t instances, instance_memory;
    double instance_cpu;
    fs_time minimum_charge;
    const char *price_vcpu, *price_memory, *price_instance, *price_balancer, *price_control_plane;
};

/* Two cache lines, the second for the few jobs that are usually on the CPU. */
struct task {
    fs_event event; /* the next end on the CPU; 0: none */
    struct fs_cpu cpu;
    int32_t in_flight, waiting;
    struct job *first, *last; /* of the backlog */
    struct fs_cpu_entry few[4];
};

/* One cache line, too; what is known of the work is kept here, for the request may be cold. */
struct job {
    struct fs_cpu_job cpu;
    struct job *next;
    struct fs_request *request; /* after the time limit a copy of it */
    struct task *task;
    fs_time since;  /* when it began to wait; once it is worked on: when that began */
    fs_time io;     /* to wait for after the CPU */
    fs_time called; /* when the next hop was, less what the request had booked by then */
    bool answered;  /* at the time limit */
    struct fs_delay_node limit; /* last: without a time limit there is no memory for it */
};

/* A request of the service's own: the call of the next hop under a time limit, or a copy. */
struct call {
    struct job *job;
    struct fs_request request;
};

struct service {
    struct fs_component base;
    const struct params *p;
    const struct fs_balancer_type *balancer;
    void *balancing;
    struct fs_targets targets;
    int32_t *outstanding;
    struct fs_stream draws;
    struct task *task;
    struct fs_cpu_kind cpu;
    double alone;   /* time that a unit of CPU work takes on a CPU without others */
    int64_t places; /* in flight in a task */
    struct fs_slab jobs, calls;
    struct fs_delay_list limit;
    struct fs_caller caller; /* of calls */
    uint64_t error_key;
    double error_probability;
    /* metrics */
    int64_t arrived, completed, failed, dropped, timed_out, wasted;
    int64_t vcpu_time, memory_time, uptime;
    struct fs_meter in_flight, waiting, busy, tasks;
    struct fs_latency wait, service_time;
};

static fs_time now_of(const struct service *service)
{
    return fs_now(service->base.sim);
}

/* ---- the balancer's view -------------------------------------------------------------------- */

static int pick(struct service *service)
{
    return service->balancer->pick(service->balancing, &service->targets, &service->draws);
}

static void change_outstanding(struct service *service, const struct task *task, int32_t by)
{
    const int i = (int)(task - service->task);
    const int32_t before = service->outstanding[i];
    service->outstanding[i] = before + by;
    if (service->balancer->changed)
        service->balancer->changed(service->balancing, &service->targets, i, before);
}

/* ---- work ----------------------------------------------------------------------------------- */

static fs_handler cpu_done, io_done;

static void arm(struct service *service, struct task *task)
{
    const fs_time at = fs_cpu_next(&service->cpu, &task->cpu);
    if (task->event)
        fs_reschedule(service->base.sim, task->event, at);
    else
        task->event = fs_schedule(service->base.sim, at, cpu_done, service, (uintptr_t)task);
}

static void count_busy(struct service *service, const struct task *task, int32_t n_before)
{
    const int64_t change =
        fs_cpu_used(&service->cpu, task->cpu.n) - fs_cpu_used(&service->cpu, n_before);
    if (change) fs_meter_add(&service->busy, now_of(service), change);
}

static void start_cpu(struct service *service, struct job *job, fs_time work)
{
    struct task *task = job->task;
    fs_cpu_add(&service->cpu, &task->cpu, now_of(service), work, &job->cpu);
    count_busy(service, task, task->cpu.n - 1);
    arm(service, task);
}

static void start_io(struct service *service, struct job *job)
{
    const fs_time io = job->io < FS_NEVER / 2 ? job->io : FS_NEVER / 2;
    fs_schedule(service->base.sim, now_of(service) + io, io_done, service, (uintptr_t)job);
}

/* A place is free. Work without CPU does not pass the CPU, unless it is no work at all: that ends
 * by an event too, so that a backlog of it is not a chain of calls. */
static void begin(struct service *service, struct job *job)
{
    const struct fs_leg *leg = &job->request->leg[job->request->step];
    const fs_time now = now_of(service), waited = now - job->since;
    job->since = now;
    job->io = leg->io;
    job->task->in_flight++;
    fs_meter_add(&service->in_flight, now, 1);
    fs_latency_record(&service->wait, waited);
    if (waited > 0) fs_request_spent(job->request, FS_PART_QUEUE, waited);
    if (leg->cpu == 0 && leg->io > 0)
        start_io(service, job);
    else
        start_cpu(service, job, leg->cpu);
}

/* ---- the backlog ---------------------------------------------------------------------------- */

static void queue_up(struct service *service, struct job *job)
{
    struct task *task = job->task;
    if (task->first)
        task->last->next = job;
    else
        task->first = job;
    task->last = job;
    job->next = NULL;
    task->waiting++;
    fs_meter_add(&service->waiting, now_of(service), 1);
}

static void begin_next(struct service *service, struct task *task)
{
    struct job *job = task->first;
    task->first = job->next;
    task->waiting--;
    fs_meter_add(&service->waiting, now_of(service), -1);
    begin(service, job);
}

/* ---- the end of an execution ------------------------------------------------------------------
 */

/* A uniform that belongs to this request's attempt. */
static double draw(uint64_t key, const struct fs_request *request)
{
    return fs_to_uniform(fs_key_at(key, request->number, request->attempt));
}

static struct call *call_of(struct fs_request *request)
{
    return (struct call *)(void *)((char *)request - offsetof(struct call, request));
}

static void answer(struct service *service, const struct task *task, struct fs_request *request,
                   enum fs_outcome outcome)
{
    service->completed += outcome == FS_COMPLETED;
    service->failed += outcome == FS_FAILED;
    service->timed_out += outcome == FS_TIMED_OUT;
    change_outstanding(service, task, -1);
    fs_request_reply(request, outcome);
}

static enum fs_outcome judge(const struct service *service, const struct fs_request *request,
                             enum fs_outcome outcome)
{
    if (service->error_probability > 0 && outcome == FS_COMPLETED &&
        draw(service->error_key, request) < service->error_probability)
        return FS_FAILED;
    return outcome;
}

/* The place goes to the next before the reply, which may bring another request. */
static void end(struct service *service, struct job *job, enum fs_outcome outcome)
{
    struct task *task = job->task;
    struct fs_request *request = job->request;
    const bool answered = job->answered;
    const fs_time now = now_of(service);
    service->wasted += request->abandoned;
    fs_latency_record(&service->service_time, now - job->since);
    fs_meter_add(&service->in_flight, now, -1);
    task->in_flight--;
    if (service->limit.delay) fs_delay_leave(service->base.sim, &service->limit, &job->limit);
    fs_slab_put(&service->jobs, job);
    if (task->first) begin_next(service, task);
    if (answered)
        fs_slab_put(&service->calls, call_of(request));
    else
        answer(service, task, request, judge(service, request, outcome));
}

/* ---- calls of the next hop --------------------------------------------------------------------
 */

/* What the request's time was spent on so far. */
static fs_time booked(const struct fs_request *request)
{
    fs_time sum = 0;
    for (int i = 0; request->has_parts && i < FS_LATENCY_PARTS; i++)
        sum += request->part[i];
    return sum;
}

static void call_out(struct service *service, struct job *job)
{
    struct fs_request *request = job->request;
    job->called = now_of(service) - booked(request);
    if (service->limit.delay) {
        struct call *call = fs_slab_get(&service->calls);
        call->job = job;
        fs_request_call(request, &call->request, &service->caller);
    } else {
        request->leg[request->step].execution = job;
        fs_request_forward(request);
    }
}

/* The time of the call is downstream's, but for what the hops there have booked themselves. */
static void returned(struct service *service, struct job *job, enum fs_outcome outcome)
{
    const fs_time spent = now_of(service) - booked(job->request) - job->called;
    if (spent > 0) fs_request_spent(job->request, FS_PART_DOWNSTREAM, spent);
    end(service, job, outcome == FS_COMPLETED ? FS_COMPLETED : FS_FAILED);
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    returned((struct service *)self, request->leg[request->step].execution, outcome);
}

static void call_done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct service *service =
        (struct service *)(void *)((char *)caller - offsetof(struct service, caller));
    struct call *call = call_of(request);
    struct job *job = call->job;
    for (int i = 0; request->has_parts && i < FS_LATENCY_PARTS; i++)
        fs_request_spent(job->request, (enum fs_part)i, request->part[i]);
    job->request->cold |= request->cold;
    fs_slab_put(&service->calls, call);
    returned(service, job, outcome);
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void work_done(struct service *service, struct job *job)
{
    if (fs_request_has_next(job->request))
        call_out(service, job);
    else
        end(service, job, FS_COMPLETED);
}

static void io_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    work_done(self, (struct job *)arg);
}

/* What the work took longer than it would have alone was waiting for the CPU. Differences below a
 * microsecond are rounding. */
static void book_sharing(struct service *service, struct job *job, fs_time now)
{
    const fs_time cpu = job->request->leg[job->request->step].cpu;
    const fs_time lost = now - job->since - fs_nanoseconds((double)cpu * service->alone);
    if (lost >= FS_US) fs_request_spent(job->request, FS_PART_QUEUE, lost);
}

static void cpu_done(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct service *service = self;
    struct task *task = (struct task *)arg;
    __builtin_prefetch(task->few);
    task->event = 0;
    struct job *job = (struct job *)fs_cpu_take(&service->cpu, &task->cpu, fs_now(sim));
    count_busy(service, task, task->cpu.n + 1);
    book_sharing(service, job, fs_now(sim));
    if (job->io > 0)
        start_io(service, job);
    else
        work_done(service, job);
    if (!task->event) arm(service, task); /* else a job that has begun since has armed it */
}

/* The caller gets its request back, the job goes on with a copy of it. */
static void limit_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct service *service = self;
    struct job *job = (struct job *)(arg - offsetof(struct job, limit));
    struct fs_request *request = job->request;
    struct call *copy = fs_slab_get(&service->calls);
    (void)sim;
    memcpy(&copy->request, request, fs_request_size(request->path->legs));
    copy->request.abandoned = 1;
    job->request = &copy->request;
    job->answered = true;
    answer(service, job->task, request, FS_TIMED_OUT);
}

/* ---- arrivals ---------------------------------------------------------------------------------
 */

static struct job *take_on(struct service *service, struct task *task, struct fs_request *request)
{
    struct job *job = fs_slab_get(&service->jobs);
    job->request = request;
    job->task = task;
    job->since = now_of(service);
    job->answered = false;
    change_outstanding(service, task, 1);
    if (service->limit.delay) {
        memset(&job->limit, 0, sizeof job->limit);
        fs_delay_join(service->base.sim, &service->limit, &job->limit);
    }
    return job;
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct service *service = (struct service *)self;
    struct task *task = &service->task[pick(service)];
    __builtin_prefetch(task->few);
    service->arrived++;
    if (task->in_flight < service->places) {
        begin(service, take_on(service, task, request));
    } else if (task->waiting < service->p->backlog) {
        queue_up(service, take_on(service, task, request));
    } else {
        service->dropped++;
        fs_request_reply(request, FS_DROPPED);
    }
}

/* ---- set-up -----------------------------------------------------------------------------------
 */

static int64_t thousandths(double number)
{
    return (int64_t)(number * 1000 + 0.5);
}

static void new_cpu_kind(struct service *service)
{
    const struct params *p = service->p;
    const int64_t cpu = thousandths(p->cpu), threads = thousandths(p->threads);
    struct fs_arena *arena = fs_sim_arena(service->base.sim);
    if (p->sharing == SLOTS && cpu < threads * p->max_in_flight)
        fs_cpu_kind_new(&service->cpu, cpu, cpu, p->max_in_flight, arena);
    else
        fs_cpu_kind_new(&service->cpu, cpu, threads, 1, arena);
    service->alone = 1000.0 * (double)service->cpu.divisor / (double)service->cpu.ceiling;
}

static void new_balancer(struct service *service)
{
    const struct fs_plugin_value *balancing = &service->p->balancing;
    struct fs_arena *arena = fs_sim_arena(service->base.sim);
    service->outstanding = fs_arena_alloc(arena, (size_t)service->p->tasks * sizeof(int32_t));
    service->targets = (struct fs_targets){service->outstanding, (int)service->p->tasks};
    service->balancer = balancing->plugin->type;
    if (service->balancer->size)
        service->balancing = fs_arena_alloc(arena, service->balancer->size);
    if (service->balancer->start)
        service->balancer->start(service->balancing, &service->targets, arena);
    fs_stream_new(&service->draws,
                  fs_world_key(service->base.world, service->base.name, "balancing"));
}

static void start(struct fs_component *self)
{
    struct service *service = (struct service *)self;
    const struct params *p = service->p = self->params;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    service->places = p->max_in_flight ? p->max_in_flight : INT32_MAX;
    service->error_key = fs_key_at(self->key, 1, 0);
    service->caller.done = call_done;
    fs_slab_new(&service->jobs, arena,
                p->timeout ? sizeof(struct job) : offsetof(struct job, limit));
    fs_slab_new(&service->calls, arena, sizeof(struct call) + 100 * sizeof(struct fs_leg));
    if (p->timeout)
        fs_delay_list_new(self->sim, &service->limit, p->timeout, limit_passed, service);
    service->task = fs_arena_alloc(arena, (size_t)p->tasks * sizeof *service->task);
    for (int64_t i = 0; i < p->tasks; i++)
        fs_cpu_new(&service->task[i].cpu, service->task[i].few, 4);
    fs_meter_set(&service->tasks, fs_now(self->sim), p->tasks);
    new_cpu_kind(service);
    new_balancer(service);
}

/* Usage accrues from absolute time, so no number of samples makes it drift. */
static int64_t accrued(const struct service *service, int64_t level, fs_time time)
{
    const __int128 usage = (__int128)level * time / FS_S;
    fs_assert(service->base.sim, usage <= INT64_MAX);
    return (int64_t)usage;
}

static void settle(struct fs_component *self)
{
    struct service *service = (struct service *)self;
    const struct params *p = service->p;
    const fs_time now = fs_now(self->sim);
    const fs_time billed = now > p->minimum_charge ? now : p->minimum_charge;
    service->vcpu_time = accrued(service, p->tasks * service->cpu.capacity, billed);
    service->memory_time = accrued(service, p->tasks * p->memory, billed);
    service->uptime = now / FS_MS;
}

static void set_errors(struct fs_component *self, double probability)
{
    ((struct service *)self)->error_probability = probability;
}

static const char *broken(const struct fs_component *self)
{
    const struct service *service = (const struct service *)self;
    int64_t outstanding = 0, in_flight = 0, waiting = 0, busy = 0;
    for (int i = 0; i < service->targets.n; i++) {
        const struct task *task = &service->task[i];
        outstanding += service->outstanding[i];
        in_flight += task->in_flight;
        waiting += task->waiting;
        busy += fs_cpu_used(&service->cpu, task->cpu.n);
        if (task->in_flight > service->places || task->cpu.n > task->in_flight)
            return "on the CPU <= in flight <= max_in_flight";
        if (task->waiting && task->in_flight < service->places)
            return "nothing waits while there is a place";
    }
    if (service->arrived !=
        service->completed + service->failed + service->dropped + service->timed_out + outstanding)
        return "arrived = completed + failed + dropped + timed out + outstanding";
    if (in_flight != service->in_flight.level || waiting != service->waiting.level ||
        busy != service->busy.level)
        return "the tasks' sum is the service's total";
    if (outstanding > in_flight + waiting) return "outstanding <= in flight + waiting";
    return NULL;
}

/* ---- what rows cannot say -----------------------------------------------------------------------
 */

static bool is_thousandths(double number)
{
    return fabs(number * 1000 - floor(number * 1000 + 0.5)) < 1e-6;
}

static void check_instances(const struct params *p, struct fs_complaints *complaints)
{
    double fit = INFINITY; /* tasks on one instance */
    if (p->instance_cpu > 0) fit = floor(p->instance_cpu / p->cpu * (1 + 1e-12));
    if (p->instance_memory && p->memory) {
        const double by_memory = (double)(p->instance_memory / p->memory);
        if (by_memory < fit) fit = by_memory;
    }
    if ((double)p->tasks > fit * (double)p->instances)
        fs_complain(complaints, "instances", "%lld of them hold %.0f tasks each, not %lld tasks",
                    (long long)p->instances, fit, (long long)p->tasks);
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (!is_thousandths(p->cpu))
        fs_complain(complaints, "cpu", "must be a whole number of thousandths of a vCPU");
    if (!is_thousandths(p->threads))
        fs_complain(complaints, "threads", "must be a whole number of thousandths");
    if (p->sharing == SLOTS && !p->max_in_flight)
        fs_complain(complaints, "sharing", "slots need their number: 'max_in_flight'");
    if (p->backlog && !p->max_in_flight)
        fs_complain(complaints, "backlog", "nothing ever waits without a 'max_in_flight'");
    if (p->price_memory && !p->memory)
        fs_complain(complaints, "price_memory", "memory is charged, so 'memory' must be said");
    if (p->instances)
        check_instances(p, complaints);
    else if (p->price_instance)
        fs_warn(complaints, "instances", "no instances, so what tasks run on costs nothing");
}

/* ---- tables -------------------------------------------------------------------------------------
 */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"tasks", FS_P_SCALAR, FS_D_COUNT, ROW(tasks), NULL, 1, 1000000,
     .doc = "Tasks, from the start of the run to its end."},
    {"cpu", FS_P_SCALAR, FS_D_CPU, ROW(cpu), NULL, 0.001, 1024,
     .doc = "vCPUs of a task, in thousandths."},
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), "", 1, 16777216,
     .doc = "Memory of a task: what is charged and what must fit on instances."},
    {"max_in_flight", FS_P_SCALAR, FS_D_COUNT, ROW(max_in_flight), "", 1, 1000000,
     .doc = "Requests that a task works on at once, those that wait for I/O or for the next hop "
            "included; absent: no limit."},
    {"backlog", FS_P_SCALAR, FS_D_COUNT, ROW(backlog), "0", 0, 1000000000,
     .doc = "Requests that wait in a task for a place, first come first served; more are dropped."},
    {"sharing", FS_P_CHOICE, FS_D_COUNT, ROW(sharing), "processor_sharing", 0, 0,
     .doc = "How requests of a task share its vCPUs: equally among those that want CPU "
            "(processor_sharing), or each of max_in_flight workers owns an equal part that nobody "
            "else uses while it is idle (slots).",
     .choices = sharing_names},
    {"threads", FS_P_SCALAR, FS_D_NUMBER, ROW(threads), "1", 0.001, 1024,
     .doc = "vCPUs that one request can use at once, in thousandths."},
    {"balancing", FS_P_PLUGIN, FS_D_COUNT, ROW(balancing), "round_robin", 0, 0,
     .doc = "Which task gets a request; the balancer holds none back and does not see whether a "
            "task has room.",
     .registry = "balancers"},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "The caller is told that time is up after so long, the task works on; absent: never."},
    {"instances", FS_P_SCALAR, FS_D_COUNT, ROW(instances), "0", 0, 1000000,
     .doc = "Machines that the tasks run on and that are paid for; 0: none."},
    {"instance_cpu", FS_P_SCALAR, FS_D_CPU, ROW(instance_cpu), "", 0.001, 1024,
     .doc = "vCPUs of an instance that tasks can have; absent: enough."},
    {"instance_memory", FS_P_SCALAR, FS_D_MEMORY, ROW(instance_memory), "", 1, 33554432,
     .doc = "Memory of an instance that tasks can have; absent: enough."},
    {"minimum_charge", FS_P_SCALAR, FS_D_TIME, ROW(minimum_charge), "0s", 0, 1e6,
     .doc = "A task is charged for this long as soon as it is there."},
    {"price_vcpu", FS_P_PRICE, FS_D_COUNT, ROW(price_vcpu), "", 0, 0,
     .doc = "Price item of a task's vCPUs."},
    {"price_memory", FS_P_PRICE, FS_D_COUNT, ROW(price_memory), "", 0, 0,
     .doc = "Price item of a task's memory."},
    {"price_instance", FS_P_PRICE, FS_D_COUNT, ROW(price_instance), "", 0, 0,
     .doc = "Price item of an instance."},
    {"price_balancer", FS_P_PRICE, FS_D_COUNT, ROW(price_balancer), "", 0, 0,
     .doc = "Price item of the load balancer."},
    {"price_control_plane", FS_P_PRICE, FS_D_COUNT, ROW(price_control_plane), "", 0, 0,
     .doc = "Price item of the cluster's control plane."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct service, field), doc                                \
    }
#define GAUGE(name, unit, field, doc)                                                              \
    {                                                                                              \
        name, unit, FS_GAUGE, offsetof(struct service, field), doc                                 \
    }
#define LATENCY(name, field, doc)                                                                  \
    {                                                                                              \
        name, "s", FS_LATENCY, offsetof(struct service, field), doc                                \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that came to the balancer."),
    COUNT("completed", completed, "Requests answered with success."),
    COUNT("failed", failed, "Requests answered with an error."),
    COUNT("dropped", dropped, "Requests refused by a task whose backlog was full."),
    COUNT("timed_out", timed_out, "Requests answered at the time limit while the task worked on."),
    COUNT("wasted_executions", wasted,
          "Executions that went on to their end after their caller had gone or been answered."),
    {"vcpu_time", "ms", FS_COUNTER, offsetof(struct service, vcpu_time),
     "Charged time of tasks times their vCPUs."},
    {"memory_time", "MiB s", FS_COUNTER, offsetof(struct service, memory_time),
     "Charged time of tasks times their memory."},
    {"uptime", "ms", FS_COUNTER, offsetof(struct service, uptime),
     "Time that the service was there."},
    GAUGE("tasks", "1", tasks, "Tasks."),
    GAUGE("in_flight", "1", in_flight, "Requests that tasks work on."),
    GAUGE("waiting", "1", waiting, "Requests in backlogs."),
    GAUGE("busy_vcpu", "1e-3", busy, "Thousandths of a vCPU in use, rounded down in each task."),
    LATENCY("wait", wait, "Time in the backlog of every request that was begun, 0 included."),
    LATENCY("service_time", service_time,
            "From the start of work on a request to its end, calls of the next hop included."),
    {.name = NULL}};

#undef GAUGE
#define PRICE(field) offsetof(struct params, price_##field)

static const struct fs_charge charges[] = {
    {"vcpu", "vcpu_time", "vCPU h", 3600000, PRICE(vcpu), 0},
    {"memory", "memory_time", "GB h", INT64_C(1024) * 3600, PRICE(memory), 0},
    {"instances", "uptime", "h", 3600000, PRICE(instance), offsetof(struct params, instances)},
    {"balancer", "uptime", "h", 3600000, PRICE(balancer), 0},
    {"control_plane", "uptime", "h", 3600000, PRICE(control_plane), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct service),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .done = done,
                                              .settle = settle,
                                              .errors = set_errors,
                                              .broken = broken};

const struct fs_plugin fs_components_service = {
    "service",
    "A fixed number of container tasks behind a load balancer.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
