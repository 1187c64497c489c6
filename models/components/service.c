/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A container service: like tasks behind a load balancer that has no queue, their number fixed or
 * scaled. A request goes to the task that the balancer picks and is worked on or waits there
 * (task.h); tasks come and go (fleet.h), the balancer knows those that get requests (rotation.h),
 * policies say how many there should be (scaling.h). This file puts the four together and counts.
 *
 * A service may read a queue instead: then its tasks take messages when they have a place
 * (consumer.h), and nothing waits in them.
 *
 * Where nobody can take a request the balancer answers by itself: there is no task in the rotation,
 * or a task that worked on it is gone. Hence: arrived = answered + outstanding, and executions are
 * counted apart.
 */
#include "component.h"
#include "consumer.h"
#include "fleet.h"
#include "life.h"
#include "nodes.h"
#include "rotation.h"
#include "scaling.h"
#include "world.h"

#include <math.h>
#include <string.h>

extern const struct fs_plugin fs_components_service;

enum sharing { PROCESSOR_SHARING, SLOTS };
static const char *const sharing_names[] = {"processor_sharing", "slots", NULL};

/* Tasks of `cpu` have `memory`, or up to `memory_max` in steps. */
struct size {
    double cpu;
    int64_t memory, memory_max, memory_step;
};

struct params {
    struct fs_list sizes; /* of struct size */
    double cpu, threads;
    int64_t tasks, memory, max_in_flight, backlog;
    int64_t memory_idle, memory_per_request;
    int sharing;
    struct fs_plugin_value balancing;
    struct fs_rotation_params rotation;
    struct fs_connections_params connections;
    fs_time timeout;
    const char *from;
    fs_time long_poll;
    int64_t receive;
    bool keeps;
    struct fs_fleet_params fleet;
    struct fs_scaling_params scaling;
    int64_t instances, instance_memory;
    double instance_cpu;
    int64_t request_size, new_connections, rules, storage;
    const char *price_vcpu, *price_memory, *price_instance, *price_balancer, *price_control_plane;
    const char *price_capacity, *price_egress, *price_address, *price_storage;
    const char *price_system, *price_requests, *price_fee;
};

struct service {
    struct fs_component base;
    const struct params *p;
    struct fs_task_kind kind;
    struct fs_rotation rotation;
    struct fs_connections connections; /* when clients keep them */
    struct fs_fleet fleet;
    struct fs_scaling scaling;
    struct fs_consumer consumer; /* when it reads a queue */
    uint64_t error_key;
    double error_probability;
    /* metrics */
    int64_t arrived, completed, failed, dropped, timed_out, no_target, messages;
    int64_t accepted, vcpu_time, memory_time, charged_time, uptime;
    int64_t opened, open_time; /* connections to the balancer */
};

static struct service *of_kind(struct fs_task_kind *kind)
{
    return (struct service *)(void *)((char *)kind - offsetof(struct service, kind));
}

/* ---- requests ------------------------------------------------------------------------------- */

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct service *service = (struct service *)self;
    struct fs_task *task = fs_rotation_pick(&service->rotation, request);
    service->arrived++;
    if (!task) {
        service->no_target++;
        service->failed++;
        fs_request_reply(request, FS_FAILED);
    } else if (fs_task_take(&service->kind, task, request)) {
        fs_rotation_change(&service->rotation, task, 1);
    } else {
        service->dropped++;
        if (service->rotation.connections)
            fs_connections_answered(&service->connections, task, request);
        fs_request_reply(request, FS_DROPPED);
    }
}

static enum fs_outcome judge(const struct service *service, const struct fs_request *request,
                             enum fs_outcome outcome)
{
    if (service->error_probability > 0 && outcome == FS_COMPLETED &&
        fs_to_uniform(fs_request_key(service->error_key, request, request->attempt)) <
            service->error_probability)
        return FS_FAILED;
    return outcome;
}

static void answer(struct fs_task_kind *kind, struct fs_task *task, struct fs_request *request,
                   enum fs_outcome outcome)
{
    struct service *service = of_kind(kind);
    outcome = judge(service, request, outcome);
    service->completed += outcome == FS_COMPLETED;
    service->failed += outcome == FS_FAILED;
    service->timed_out += outcome == FS_TIMED_OUT;
    fs_rotation_change(&service->rotation, task, -1);
    if (service->rotation.connections)
        fs_connections_answered(&service->connections, task, request);
    fs_request_reply(request, outcome);
}

/* ---- tasks ---------------------------------------------------------------------------------- */

static void idle(struct fs_task_kind *kind, struct fs_task *task)
{
    fs_life_idle(&of_kind(kind)->fleet, task);
}

static void overloaded(struct fs_task_kind *kind, struct fs_task *task)
{
    fs_life_overloaded(&of_kind(kind)->fleet, task);
}

static void left_alone(struct fs_connections *connections, struct fs_task *task)
{
    struct service *service =
        (struct service *)(void *)((char *)connections - offsetof(struct service, connections));
    fs_life_idle(&service->fleet, task);
}

static void serve(struct fs_fleet *fleet, struct fs_task *task, enum fs_serving whom)
{
    struct service *service =
        (struct service *)(void *)((char *)fleet - offsetof(struct service, fleet));
    const bool all = whom == FS_SERVES_ALL;
    if (all) task->kept = fs_component_attach(&service->base, task->kept);
    if (service->p->from)
        fs_consumer_serve(&service->consumer, task, all);
    else if (all)
        fs_rotation_join(&service->rotation, task,
                         !fleet->opening && task->state == FS_TASK_HEALTHY);
    else
        fs_rotation_leave(&service->rotation, task);
    if (whom == FS_SERVES_NOBODY && service->rotation.connections)
        fs_connections_cut(&service->connections, task);
}

static void taken(struct fs_consumer *consumer, struct fs_task *task)
{
    struct service *service =
        (struct service *)(void *)((char *)consumer - offsetof(struct service, consumer));
    service->arrived++;
    service->messages++;
    fs_rotation_change(&service->rotation, task, 1);
}

/* ---- scaling -------------------------------------------------------------------------------- */

static struct service *of_scaling(struct fs_scaling *scaling)
{
    return (struct service *)(void *)((char *)scaling - offsetof(struct service, scaling));
}

static void look(struct fs_scaling *scaling, struct fs_scaler_view *view)
{
    struct service *service = of_scaling(scaling);
    const struct fs_fleet *fleet = &service->fleet;
    const struct fs_task_kind *kind = &service->kind;
    const fs_time now = view->now;
    view->desired = fleet->desired;
    view->running = fleet->running.level;
    view->up = fleet->state[FS_TASK_HEALTHY] + fleet->state[FS_TASK_UNHEALTHY];
    view->deploying = fleet->old > 0;
    view->requests = service->arrived;
    view->backlog = service->p->from ? fs_queue_counts(service->consumer.queue).visible : -1;
    view->healthy_time = fs_meter_total(&fleet->healthy, now);
    view->running_time = fs_meter_total(&fleet->running, now);
    view->in_flight_time = fs_meter_total(&kind->in_flight, now);
    view->cpu_time = fs_meter_total(&kind->busy, now) - fs_meter_total(&kind->draining.busy, now);
    view->memory_time = view->running_time * service->p->memory_idle +
                        (view->in_flight_time - fs_meter_total(&kind->draining.in_flight, now)) *
                            service->p->memory_per_request;
    view->cpu = kind->cpu.capacity;
    view->memory = service->p->memory;
    if (scaling->sees_tasks) view->task = fs_fleet_look(&service->fleet, &view->n_tasks);
}

static void want(struct fs_scaling *scaling, int64_t tasks)
{
    fs_fleet_want(&of_scaling(scaling)->fleet, tasks);
}

/* ---- events --------------------------------------------------------------------------------- */

static void set_errors(struct fs_component *self, double probability)
{
    ((struct service *)self)->error_probability = probability;
}

static void deploy(struct fs_component *self)
{
    fs_fleet_deploy(&((struct service *)self)->fleet, 0);
}

static void deploy_bad(struct fs_component *self, double share)
{
    fs_fleet_deploy(&((struct service *)self)->fleet, share);
}

static void brown_out(struct fs_component *self, double factor, double share, bool ill)
{
    fs_fleet_brown_out(&((struct service *)self)->fleet, factor, share, ill);
}

static void blind(struct fs_component *self, bool is_blind)
{
    ((struct service *)self)->scaling.blind = is_blind;
}

static void lose_zone(struct fs_component *self, int zone, fs_time until)
{
    fs_fleet_lose_zone(&((struct service *)self)->fleet, zone, until);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static int64_t thousandths(double number)
{
    return (int64_t)(number * 1000 + 0.5);
}

static void new_kind(struct service *service)
{
    const struct params *p = service->p;
    const int64_t cpu = thousandths(p->cpu), threads = thousandths(p->threads);
    struct fs_task_kind *kind = &service->kind;
    struct fs_arena *arena = fs_sim_arena(service->base.sim);
    if (p->sharing == SLOTS && cpu < threads * p->max_in_flight)
        fs_cpu_kind_new(&kind->cpu, cpu, cpu, p->max_in_flight, arena);
    else
        fs_cpu_kind_new(&kind->cpu, cpu, threads, 1, arena);
    kind->places = p->max_in_flight ? p->max_in_flight : INT32_MAX;
    kind->backlog = p->from ? p->receive : p->backlog;
    kind->answer = answer;
    kind->idle = idle;
    kind->overloaded = overloaded;
    fs_task_kind_new(kind, service->base.world, p->from ? 0 : p->timeout);
    kind->keeper = &service->base;
    if (p->memory_per_request)
        kind->bearable = (int32_t)((p->memory - p->memory_idle) / p->memory_per_request);
}

static void start_consumer(struct service *service)
{
    struct fs_consumer *consumer = &service->consumer;
    consumer->kind = &service->kind;
    consumer->long_poll = service->p->long_poll;
    consumer->receive = (int)service->p->receive;
    consumer->keeps = service->p->keeps;
    consumer->taken = taken;
    fs_consumer_start(consumer, &service->base, service->p->from);
}

static void connect(struct service *service)
{
    service->connections.left_alone = left_alone;
    fs_connections_new(&service->connections, service->base.sim, &service->p->connections,
                       &service->rotation, fs_key_at(service->base.key, 3, 0));
    fs_rotation_connect(&service->rotation, &service->connections);
}

static void start(struct fs_component *self)
{
    struct service *service = (struct service *)self;
    const struct params *p = service->p = self->params;
    service->error_key = fs_key_at(self->key, 1, 0);
    new_kind(service);
    fs_rotation_new(&service->rotation, self->sim, &p->rotation, &p->balancing,
                    fs_world_key(self->world, self->name, "balancing"));
    if (p->from) start_consumer(service);
    if (p->connections.clients) connect(service);
    service->fleet.kind = &service->kind;
    service->fleet.serve = serve;
    service->fleet.balanced = !p->from;
    service->fleet.vcpu = p->cpu;
    service->fleet.memory = p->memory;
    service->fleet.idle_memory = p->memory_idle;
    service->fleet.job_memory = p->memory_per_request;
    fs_fleet_start(&service->fleet, self, &p->fleet, p->tasks);
    service->scaling.look = look;
    service->scaling.want = want;
    fs_scaling_start(&service->scaling, &p->scaling, self);
}

static int64_t accrued(const struct service *service, int64_t level, __int128 time)
{
    const __int128 usage = level * time / FS_S;
    fs_assert(service->base.sim, usage <= INT64_MAX);
    return (int64_t)usage;
}

/* What asks for the balancer's capacity: connections that clients keep, else a request's own. */
static void settle_balancer(struct service *service, fs_time now)
{
    const bool kept = service->p->connections.clients > 0;
    const __int128 open = kept ? fs_meter_total(&service->connections.open, now)
                               : fs_meter_total(&service->kind.in_flight, now) +
                                     fs_meter_total(&service->kind.waiting, now);
    service->opened =
        kept ? 1000 * service->connections.opened : service->p->new_connections * service->arrived;
    service->open_time = (int64_t)(open / FS_MS);
}

static void settle(struct fs_component *self)
{
    struct service *service = (struct service *)self;
    const fs_time now = fs_now(self->sim);
    const __int128 charged = fs_life_charged(&service->fleet, now);
    service->accepted = service->arrived - service->no_target - service->dropped;
    service->vcpu_time = accrued(service, service->kind.cpu.capacity, charged);
    service->memory_time = accrued(service, service->p->memory, charged);
    service->charged_time = (int64_t)(charged / FS_MS);
    service->uptime = now / FS_MS;
    if (service->p->from)
        fs_consumer_settle(&service->consumer);
    else
        settle_balancer(service, now);
}

struct sums {
    int64_t outstanding, in_flight, waiting, busy, connections;
};

static const char *sum_up(const struct service *service, const struct fs_task_list *list,
                          struct sums *sums)
{
    for (const struct fs_task *task = list->first; task; task = task->next) {
        const char *law = fs_task_broken(&service->kind, task);
        if (law) return law;
        sums->outstanding += fs_rotation_outstanding(&service->rotation, task);
        sums->in_flight += task->in_flight;
        sums->waiting += task->waiting;
        sums->connections += task->connections;
        sums->busy += fs_cpu_used(&service->kind.cpu, task->cpu.jobs.n);
    }
    return NULL;
}

static const char *broken(const struct fs_component *self)
{
    const struct service *service = (const struct service *)self;
    const struct fs_task_kind *kind = &service->kind;
    struct sums sums = {0};
    const char *law = sum_up(service, &service->fleet.active, &sums);
    if (!law) law = sum_up(service, &service->fleet.leaving, &sums);
    if (law) return law;
    if (service->arrived != service->completed + service->failed + service->dropped +
                                service->timed_out + sums.outstanding)
        return "arrived = completed + failed + dropped + timed out + outstanding";
    if (sums.in_flight != kind->in_flight.level || sums.waiting != kind->waiting.level ||
        sums.busy != kind->busy.level || sums.connections != service->connections.open.level)
        return "the tasks' sum is the service's total";
    if (sums.outstanding > sums.in_flight + sums.waiting)
        return "outstanding <= in flight + waiting";
    return fs_fleet_broken(&service->fleet);
}

static bool is_paid(const char *price)
{
    return price && strcmp(price, FS_PRICE_FREE) != 0;
}

static const char *unpaid(const void *params)
{
    const struct params *p = params;
    if (p->instances || p->fleet.cluster || is_paid(p->price_vcpu)) return NULL;
    if (p->price_instance) return is_paid(p->price_instance) ? "instances" : NULL;
    return is_paid(p->price_balancer) ? "cluster" : NULL;
}

/* ---- what rows cannot say ------------------------------------------------------------------- */

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
    const int64_t most = p->scaling.maximum > p->tasks ? p->scaling.maximum : p->tasks;
    if ((double)most > fit * (double)p->instances)
        fs_complain(complaints, "instances", "%lld of them hold %.0f tasks each, not %lld tasks",
                    (long long)p->instances, fit, (long long)most);
}

/* The smallest memory of this row that is enough; 0: none. */
static int64_t enough_of(const struct size *size, int64_t memory)
{
    if (memory <= size->memory) return size->memory;
    if (memory > size->memory_max) return 0;
    const int64_t steps = (memory - size->memory + size->memory_step - 1) / size->memory_step;
    return size->memory + steps * size->memory_step;
}

/* Sizes are written in ascending order of vCPUs. */
static void check_size(const struct params *p, struct fs_complaints *complaints)
{
    const struct size *size = p->sizes.item;
    double cpu = 0;
    int64_t memory = 0;
    if (p->sizes.n == 0 || !p->memory) return;
    for (int i = 0; i < p->sizes.n && !memory; i++) {
        if (size[i].cpu < p->cpu - 1e-9) continue;
        memory = enough_of(&size[i], p->memory);
        cpu = size[i].cpu;
    }
    if (!memory)
        fs_complain(complaints, "cpu",
                    "there is no task of %g vCPU and %lldMB, nor a larger one; "
                    "the largest have %g vCPU and up to %lldMB",
                    p->cpu, (long long)p->memory, size[p->sizes.n - 1].cpu,
                    (long long)(size[p->sizes.n - 1].memory_max ? size[p->sizes.n - 1].memory_max
                                                                : size[p->sizes.n - 1].memory));
    else if (memory != p->memory || fabs(cpu - p->cpu) > 1e-9)
        fs_complain(complaints, "cpu",
                    "there is no task of %g vCPU and %lldMB; the next that holds "
                    "it has %g vCPU and %lldMB",
                    p->cpu, (long long)p->memory, cpu, (long long)memory);
}

static void check_memory(const struct params *p, struct fs_complaints *complaints)
{
    if (p->price_memory && !p->memory)
        fs_complain(complaints, "price_memory", "memory is charged, so 'memory' must be said");
    if (p->memory_per_request && !p->memory)
        fs_complain(complaints, "memory", "what requests need has no limit without it");
    else if (p->memory_per_request && p->memory_idle + p->memory_per_request > p->memory)
        fs_complain(complaints, "memory", "is too little for one request: at least %lldMB",
                    (long long)(p->memory_idle + p->memory_per_request));
}

static void check_clients(const struct params *p, struct fs_complaints *complaints)
{
    if (p->rotation.affinity.clients && p->connections.clients)
        fs_complain(complaints, "connections",
                    "clients that keep connections stay with their task anyway: leave 'affinity' "
                    "out");
    if (p->from && (p->rotation.affinity.clients || p->connections.clients))
        fs_complain(complaints, p->connections.clients ? "connections" : "affinity",
                    "tasks that read a queue have no clients; leave it out");
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    check_memory(p, complaints);
    check_size(p, complaints);
    fs_fleet_check(&p->fleet, p->tasks, complaints);
    if (fs_scaling_of_memory(&p->scaling) && !p->memory)
        fs_complain(complaints, "memory", "scaling goes by how much of it is used, so say it");
    if (fs_scaling_of_backlog(&p->scaling) && !p->from)
        fs_complain(complaints, "from",
                    "scaling goes by the messages of the queue that tasks read; "
                    "say which");
    if (p->scaling.maximum || p->scaling.policies.n)
        fs_scaling_check(&p->scaling, p->tasks, complaints);
    if (!is_thousandths(p->cpu))
        fs_complain(complaints, "cpu", "must be a whole number of thousandths of a vCPU");
    if (!is_thousandths(p->threads))
        fs_complain(complaints, "threads", "must be a whole number of thousandths");
    if (p->sharing == SLOTS && !p->max_in_flight)
        fs_complain(complaints, "sharing", "slots need their number: 'max_in_flight'");
    if (p->rotation.slow_start &&
        strcmp(p->balancing.plugin->name, "least_outstanding_requests") == 0)
        fs_complain(complaints, "slow_start", "does not go with least_outstanding_requests");
    if (p->from && !p->max_in_flight)
        fs_complain(complaints, "max_in_flight",
                    "says how many messages a task works on at once, "
                    "and is missing");
    if (p->from && p->backlog)
        fs_complain(complaints, "backlog", "messages wait in the queue, not in a task");
    if (p->backlog && !p->max_in_flight)
        fs_complain(complaints, "backlog", "nothing ever waits without a 'max_in_flight'");
    check_clients(p, complaints);
    if (p->instances && p->fleet.cluster)
        fs_complain(complaints, "instances",
                    "tasks on a cluster run on its nodes and have no instances of their own: 0");
    else if (p->instances)
        check_instances(p, complaints);
    if (unpaid(p))
        fs_warn(complaints, unpaid(p), "no %s, so what tasks run on costs nothing", unpaid(p));
}

static bool fits(struct fs_capacity each, struct fs_capacity ask)
{
    return fs_capacity_holds(each, ask) > 0;
}

/* Tasks without a cluster run on the account's vCPUs. */
static void check_quota(const struct params *p, const struct fs_account_params *account,
                        struct fs_complaints *complaints)
{
    const bool spot = p->fleet.launches == FS_LAUNCHES_SPOT;
    const double vcpus = spot ? account->spot_vcpus : account->launch_vcpus;
    const char *key = spot ? "spot_vcpus" : "launch_vcpus";
    if (p->fleet.launches == FS_LAUNCHES_FREE || p->fleet.cluster || !(vcpus > 0)) return;
    const double fit = floor(vcpus / p->cpu * (1 + 1e-12));
    const int64_t most = p->scaling.policies.n ? p->scaling.maximum : p->tasks;
    if ((double)p->tasks > fit || fit < 1)
        fs_complain(complaints, "tasks",
                    "%lld tasks of %g vCPU are more than the account's %s of %g; at most %.0f",
                    (long long)p->tasks, p->cpu, key, vcpus, fit);
    else if ((double)most > fit)
        fs_warn(
            complaints, "scaling.maximum",
            "the account's %s of %g are enough for %.0f tasks of %g vCPU; the others would wait",
            key, vcpus, fit, p->cpu);
}

/* Does a task fit on a node of its cluster? If not, which one comes closest. */
static void check_nodes(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                        struct fs_complaints *complaints)
{
    const struct params *p = self->params;
    const struct fs_capacity ask = {thousandths(p->cpu), p->memory, 1};
    const struct fs_component_spec *cluster = fs_spec_component(spec, p->fleet.cluster);
    struct fs_capacity each, most = {0, 0, 0};
    const char *largest = NULL;
    if (!cluster) return;
    for (int i = 0; i < spec->n_components; i++) {
        if (!fs_node_group_offers(&spec->component[i], cluster, &each)) continue;
        if (fits(each, ask)) return;
        if (largest && each.cpu <= most.cpu) continue;
        most = each;
        largest = spec->component[i].name;
    }
    if (!largest)
        fs_complain(complaints, "cluster",
                    "'%s' has no nodes; add a group such as {mechanism: node_group, cluster: "
                    "%s, nodes: 2, cpu: 4, memory: 16GB, boot: 1min}",
                    p->fleet.cluster, p->fleet.cluster);
    else
        fs_complain(complaints, most.cpu < ask.cpu ? "cpu" : "memory",
                    "a task of %g vCPU and %lldMB fits on no node of '%s'; the largest, of '%s', "
                    "have %g vCPU and %lldMB for pods",
                    p->cpu, (long long)p->memory, p->fleet.cluster, largest,
                    (double)most.cpu / 1000, (long long)most.memory);
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct size, field)

static const struct fs_param size_rows[] = {
    {"cpu", FS_P_SCALAR, FS_D_CPU, ROW(cpu), NULL, 0.001, 1024, .doc = "vCPUs of a task."},
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), NULL, 1, 16777216,
     .doc = "Memory that goes with them, the least when there are several."},
    {"memory_max", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_max), "", 1, 16777216,
     .doc = "The most; absent: there is one."},
    {"memory_step", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_step), "1024MB", 1, 16777216,
     .doc = "Step from one to the next."},
    {.key = NULL}};

#undef ROW
#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"sizes", FS_P_LIST, FS_D_COUNT, ROW(sizes), "", 0, 0,
     .doc = "Sizes of tasks that there are, by ascending vCPUs; absent: any.", .rows = size_rows,
     .size = sizeof(struct size)},
    {"tasks", FS_P_SCALAR, FS_D_COUNT, ROW(tasks), NULL, 0, 1000000,
     .doc =
         "Tasks at the start of the run: up and healthy, unless the cluster has no room for them."},
    {"cpu", FS_P_SCALAR, FS_D_CPU, ROW(cpu), NULL, 0.001, 1024,
     .doc = "vCPUs of a task, in thousandths."},
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), "", 1, 16777216,
     .doc = "Memory of a task: what is charged and what must fit on instances."},
    {"memory_idle", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_idle), "", 1, 16777216,
     .doc = "Memory that a task uses without requests."},
    {"memory_per_request", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_per_request), "", 1, 16777216,
     .doc = "Memory that each request in flight uses on top; a task that uses more than its memory "
            "crashes."},
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
    {"from", FS_P_REF, FS_D_COUNT, ROW(from), "", 0, 0,
     .doc = "A queue: the tasks take messages from it, each as many as it has places for; there is "
            "no balancer then.",
     .registry = "queue"},
    {"long_poll", FS_P_SCALAR, FS_D_TIME, ROW(long_poll), "20s", 1, 20,
     .doc = "How long a receive of a task waits for a message before it comes back empty."},
    {"receive", FS_P_SCALAR, FS_D_COUNT, ROW(receive), "1", 1, 10,
     .doc =
         "Messages that a task receives at once when it has a place; those beyond its places wait "
         "in it, with their visibility timeout running."},
    {"keeps", FS_P_BOOL, FS_D_COUNT, ROW(keeps), "false", 0, 0,
     .doc = "A task keeps its messages hidden for as long as it works on them; when it dies they "
            "are visible again after the queue's visibility timeout."},
    {"slow_start", FS_P_SCALAR, FS_D_TIME, ROW(rotation.slow_start), "", 1e-3, 86400,
     .doc =
         "Time in which a new task's share of the requests grows to that of the others, unless it "
         "is there at the start of the run; absent: none."},
    {"affinity", FS_P_GROUP, FS_D_COUNT, ROW(rotation.affinity), "", 0, 0,
     .doc = "A client's requests stay with one task as long as it is in the rotation: sessions; "
            "absent: each goes where the balancer likes.",
     .rows = fs_affinity_rows},
    {"connections", FS_P_GROUP, FS_D_COUNT, ROW(connections), "", 0, 0,
     .doc =
         "Each client keeps a connection open, and all its requests go to the task that it leads "
         "to; absent: each request goes where the balancer likes.",
     .rows = fs_connections_rows},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), "", 1e-6, 3.2e8,
     .doc = "The balancer's idle timeout: the caller is told that time is up after so long without "
            "an answer, the task works on; absent: never. Tasks that read a queue have none."},
    {"scaling", FS_P_GROUP, FS_D_COUNT, ROW(scaling), "", 0, 0,
     .doc = "How the number of tasks follows the load; absent: it stays.", .rows = fs_scaling_rows},
    {"start", FS_P_GROUP, FS_D_COUNT, ROW(fleet.start), "", 0, 0,
     .doc = "How long a task takes to start; absent: no time.", .rows = fs_fleet_start_rows},
    {"health", FS_P_GROUP, FS_D_COUNT, ROW(fleet.health), "", 0, 0,
     .doc =
         "Health checks by the balancer, so none of tasks that read a queue; absent: a task that "
         "is up is healthy.",
     .rows = fs_fleet_health_rows},
    {"stop", FS_P_GROUP, FS_D_COUNT, ROW(fleet.stop), "{}", 0, 0, .doc = "How a task is stopped.",
     .rows = fs_fleet_stop_rows},
    {"crash", FS_P_GROUP, FS_D_COUNT, ROW(fleet.crash), "{}", 0, 0,
     .doc = "Crashes, and what follows them.", .rows = fs_fleet_crash_rows},
    {"interruption", FS_P_GROUP, FS_D_COUNT, ROW(fleet.interruption), "", 0, 0,
     .doc = "Spare capacity that is taken back; absent: never.",
     .rows = fs_fleet_interruption_rows},
    {"deployment", FS_P_GROUP, FS_D_COUNT, ROW(fleet.deployment), "{}", 0, 0,
     .doc = "How a new version replaces the tasks.", .rows = fs_fleet_deployment_rows},
    {"zones", FS_P_SCALAR, FS_D_COUNT, ROW(fleet.zones), "3", 1, FS_ZONES,
     .doc = "Availability zones that the tasks are spread over."},
    {"launches", FS_P_CHOICE, FS_D_COUNT, ROW(fleet.launches), "free", 0, 0,
     .doc = "Whose allowance a task's start is taken from: nobody's, or the account's for tasks "
            "on demand or on spare capacity.",
     .choices = fs_launches_names},
    {"cluster", FS_P_REF, FS_D_COUNT, ROW(fleet.cluster), "", 0, 0,
     .doc = "The cluster on whose nodes the tasks run; absent: they need none.",
     .registry = "cluster"},
    {"instances", FS_P_SCALAR, FS_D_COUNT, ROW(instances), "0", 0, 1000000,
     .doc = "Machines that the tasks run on and that are paid for; 0: none."},
    {"instance_cpu", FS_P_SCALAR, FS_D_CPU, ROW(instance_cpu), "", 0.001, 1024,
     .doc = "vCPUs of an instance that tasks can have; absent: enough."},
    {"instance_memory", FS_P_SCALAR, FS_D_MEMORY, ROW(instance_memory), "", 1, 33554432,
     .doc = "Memory of an instance that tasks can have; absent: enough."},
    {"minimum_charge", FS_P_SCALAR, FS_D_TIME, ROW(fleet.minimum_charge), "0s", 0, 1e6,
     .doc = "A task is charged for this long as soon as its image is pulled or it is there; what "
            "it is charged is whole seconds when it has stopped."},
    {"price_vcpu", FS_P_PRICE, FS_D_COUNT, ROW(price_vcpu), "", 0, 0,
     .doc = "Price item of a task's vCPUs."},
    {"price_memory", FS_P_PRICE, FS_D_COUNT, ROW(price_memory), "", 0, 0,
     .doc = "Price item of a task's memory."},
    {"price_instance", FS_P_PRICE, FS_D_COUNT, ROW(price_instance), "", 0, 0,
     .doc = "Price item of an instance."},
    {"price_balancer", FS_P_PRICE, FS_D_COUNT, ROW(price_balancer), "", 0, 0,
     .doc = "Price item of the load balancer; tasks that read a queue have none."},
    {"price_control_plane", FS_P_PRICE, FS_D_COUNT, ROW(price_control_plane), "", 0, 0,
     .doc = "Price item of the cluster's control plane."},
    {"price_capacity", FS_P_PRICE, FS_D_COUNT, ROW(price_capacity), "", 0, 0,
     .doc =
         "Price item of the balancer's capacity units in an hour: of connections that are opened "
         "and open, data and rules, what asks for most of them."},
    {"price_egress", FS_P_PRICE, FS_D_COUNT, ROW(price_egress), "", 0, 0,
     .doc = "Price item of a GB that goes out, request_size for each request."},
    {"price_address", FS_P_PRICE, FS_D_COUNT, ROW(price_address), "", 0, 0,
     .doc = "Price item of a task's public address, for its charged time."},
    {"price_storage", FS_P_PRICE, FS_D_COUNT, ROW(price_storage), "", 0, 0,
     .doc = "Price item of a task's storage, for its charged time."},
    {"price_system", FS_P_PRICE, FS_D_COUNT, ROW(price_system), "", 0, 0,
     .doc = "Price item of the operating system's licence, by a task's vCPUs."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of a request that a task takes on."},
    {"price_fee", FS_P_PRICE, FS_D_COUNT, ROW(price_fee), "", 0, 0,
     .doc = "Price item of having an instance managed."},
    {"request_size", FS_P_SCALAR, FS_D_SIZE, ROW(request_size), "1kB", 0, 2e9,
     .doc = "Size of a request with its answer, for what is charged by the GB."},
    {"new_connections", FS_P_SCALAR, FS_D_COUNT, ROW(new_connections), "1000", 0, 1000000,
     .doc =
         "Connections to the balancer that are opened for a thousand requests; those that clients "
         "keep are counted."},
    {"rules", FS_P_SCALAR, FS_D_COUNT, ROW(rules), "0", 0, 100000,
     .doc = "Charged rules of the balancer that a request is held against."},
    {"storage", FS_P_SCALAR, FS_D_MEMORY, ROW(storage), "0MB", 0, 16777216,
     .doc = "Storage of a task beyond what comes with it."},
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
    COUNT("arrived", arrived, "Requests that came to the balancer or were taken from the queue."),
    COUNT("accepted", accepted, "Of these, those that a task took on."),
    COUNT("messages", messages, "Messages taken from the queue."),
    COUNT("completed", completed, "Requests answered with success."),
    COUNT("failed", failed,
          "Requests answered with an error, by the application or by the balancer."),
    COUNT("no_target", no_target,
          "Of these, requests that came when no task got any: 503 of the balancer."),
    COUNT("cut_off", kind.cut,
          "Of these, requests whose task went, or whose time to drain was over: 502 of the "
          "balancer."),
    COUNT("connections_opened", connections.opened, "Connections that clients have opened."),
    COUNT("connections_cut", connections.cut, "Connections that were broken with their task."),
    COUNT("dropped", dropped, "Requests refused by a task whose backlog was full."),
    COUNT("timed_out", timed_out,
          "Requests answered at the time limit while the task worked on: 504 of the balancer."),
    COUNT("wasted_executions", kind.wasted,
          "Executions that went on to their end after their caller had gone or been answered."),
    COUNT("started", fleet.started, "Tasks that were started, those at the start of the run too."),
    COUNT("stopped", fleet.stopped, "Tasks that have stopped."),
    COUNT("crashed", fleet.crashed, "Crashes of tasks."),
    COUNT("failed_starts", fleet.failed_starts,
          "Of these, crashes of a new version's tasks when they had started."),
    COUNT("rolled_back", fleet.rolled_back, "New versions that were given up for the one before."),
    COUNT("out_of_memory", fleet.out_of_memory, "Crashes of tasks for want of memory."),
    COUNT("interrupted", fleet.interrupted, "Tasks that were told to go."),
    COUNT("lost", fleet.lost, "Tasks lost without notice, with their zone or their node."),
    COUNT("unhealthy", fleet.unhealthy, "Times that a task failed its health checks."),
    COUNT("scale_outs", scaling.outs, "Times that scaling asked for more tasks."),
    COUNT("scale_ins", scaling.ins, "Times that scaling asked for fewer."),
    {"vcpu_time", "ms", FS_COUNTER, offsetof(struct service, vcpu_time),
     "Charged time of tasks times their vCPUs."},
    {"memory_time", "MiB s", FS_COUNTER, offsetof(struct service, memory_time),
     "Charged time of tasks times their memory."},
    {"charged_time", "ms", FS_COUNTER, offsetof(struct service, charged_time),
     "Charged time of tasks: what addresses and storage are charged by."},
    {FS_UPTIME, "ms", FS_COUNTER, offsetof(struct service, uptime),
     "Time that the service was there."},
    {"balancer_connections", "1e-3", FS_COUNTER, offsetof(struct service, opened),
     "Thousandths of a connection to the balancer that were opened."},
    {"balancer_open_time", "ms", FS_COUNTER, offsetof(struct service, open_time),
     "Time that each of them was open: while clients keep it, else until its request is done."},
    GAUGE("tasks", "1", fleet.present, "Tasks, from their start on until they have stopped."),
    GAUGE("running", "1", fleet.running, "Tasks whose container runs and that are not stopping."),
    GAUGE("healthy", "1", fleet.healthy, "Tasks that get requests."),
    GAUGE("places", "1", fleet.room_in,
          "Requests that tasks in service can work on at once; 0: any number."),
    GAUGE("draining", "1", fleet.draining, "Tasks that finish what they have."),
    GAUGE("desired", "1", fleet.wanted, "Tasks that there should be."),
    GAUGE("unplaced_quota", "1", fleet.no_vcpus, "Tasks that wait for vCPUs of the account."),
    GAUGE("unplaced_zone", "1", fleet.no_zone,
          "Tasks that are not started because all zones are lost."),
    GAUGE("connections", "1", connections.open, "Connections that clients keep open to tasks."),
    GAUGE("in_flight", "1", kind.in_flight, "Requests that tasks work on."),
    GAUGE("waiting", "1", kind.waiting, "Requests in backlogs."),
    GAUGE("busy_vcpu", "1e-3", kind.busy,
          "Thousandths of a vCPU in use, rounded down in each task."),
    LATENCY("wait", kind.wait, "Time in the backlog of every request that left it, 0 included."),
    LATENCY("service_time", kind.service_time,
            "From the start of work on a request to its end, calls of the next hop included."),
    LATENCY("start_up", fleet.start_up,
            "From the moment a task was asked for to its first "
            "request's; 0 at the start of the run."),
    {.name = NULL}};

#undef GAUGE
#define PRICE(field) offsetof(struct params, price_##field)
#define OF(field)    offsetof(struct params, field)

static const struct fs_charge charges[] = {
    {"vcpu", "vcpu_time", "vCPU h", 3600000, PRICE(vcpu), 0},
    {"system", "vcpu_time", "vCPU h", 3600000, PRICE(system), 0},
    {"memory", "memory_time", "GB h", INT64_C(1024) * 3600, PRICE(memory), 0},
    {"requests", "accepted", "1", 1, PRICE(requests), 0},
    {"instances", FS_UPTIME, "h", 3600000, PRICE(instance), OF(instances)},
    {"fee", FS_UPTIME, "h", 3600000, PRICE(fee), OF(instances)},
    {"balancer", FS_UPTIME, "h", 3600000, PRICE(balancer), 0},
    {"control_plane", FS_UPTIME, "h", 3600000, PRICE(control_plane), 0},
    {"egress", "arrived", "GB", INT64_C(1) << 30, PRICE(egress), OF(request_size)},
    {"addresses", "charged_time", "h", 3600000, PRICE(address), 0},
    {"storage", "charged_time", "GB h", INT64_C(1024) * 3600000, PRICE(storage), OF(storage)},
    {"capacity", "balancer_connections", "h", INT64_C(1000) * 25 * 3600, PRICE(capacity), 0},
    {"capacity", "balancer_open_time", "h", INT64_C(3000) * 3600000, PRICE(capacity), 0},
    {"capacity", "arrived", "h", 1000000000, PRICE(capacity), OF(request_size)},
    {"capacity", "arrived", "h", INT64_C(1000) * 3600, PRICE(capacity), OF(rules)},
    {.line = NULL}};

/* Tasks that read a queue have no balancer, those on a cluster no instances of their own. */
static bool is_charged(const void *params, const struct fs_charge *charge)
{
    const struct params *p = params;
    if (p->fleet.cluster && charge->quantity == OF(instances)) return false;
    return !p->from || (charge->price != PRICE(balancer) && charge->price != PRICE(capacity));
}

static void check_order(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                        struct fs_complaints *complaints)
{
    const struct params *p = self->params;
    const struct fs_component_spec *queue = fs_spec_component(spec, p->from);
    if (queue && fs_queue_rules(queue).ordered && p->receive > 1)
        fs_complain(complaints, "receive",
                    "'%s' keeps messages in order, and a task that has received several of a group "
                    "would not; at most 1",
                    p->from);
}

static void check_with_others(const struct fs_component_spec *self,
                              const struct fs_variant_spec *spec, struct fs_complaints *complaints)
{
    check_nodes(self, spec, complaints);
    check_order(self, spec, complaints);
    check_quota(self->params, &spec->account, complaints);
}

static const char *state_of(const struct fs_component *self, const void *instance)
{
    (void)self;
    return fs_fleet_state_of(instance);
}

static const struct fs_component_type type = {.size = sizeof(struct service),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .is_charged = is_charged,
                                              .unpaid = unpaid,
                                              .start = start,
                                              .accept = accept,
                                              .settle = settle,
                                              .deploy = deploy,
                                              .deploy_bad = deploy_bad,
                                              .errors = set_errors,
                                              .attaches = true,
                                              .brown_out = brown_out,
                                              .lose_zone = lose_zone,
                                              .blind = blind,
                                              .is_fleet = true,
                                              .pulls = true,
                                              .pulls_from = offsetof(struct params, from),
                                              .check = check_with_others,
                                              .instances =
                                                  offsetof(struct service, fleet.instances),
                                              .state_of = state_of,
                                              .broken = broken};

const struct fs_plugin fs_components_service = {
    "service",
    "Container tasks behind a load balancer, their number fixed or scaled.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
