/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Something downstream that others own or run: a table, a database, a search domain, an HTTP API.
 * It has a latency, a bounded number of places (connections, threads) with a bounded line in front
 * of them, and a bounded throughput; each of the three is off unless it is set.
 *
 * Places may be kept: each environment of the component `kept_by` holds one from its first request
 * to its end, idle or not, and its requests use that one; those of environments without one are
 * refused. What is not kept is lent to requests of others.
 *
 * Throughput is a token bucket whose depth is a time: unused throughput of so long is saved. It may
 * grow with use, window by window, as a multiple of the highest use in any second so far. A request
 * needs its units from the table's bucket and from its partition's, and takes none when one of them
 * lacks them; which partition is the request's own and the same for every attempt.
 */
#include "bucket.h"
#include "component.h"
#include "dist.h"
#include "math.h"
#include "world.h"

extern const struct fs_plugin fs_components_dependency;

struct params {
    struct fs_dist latency;
    int64_t concurrency, waiting;
    fs_time patience;
    const char *kept_by;
    int64_t kept;
    double rate;
    fs_time burst;
    int64_t units;
    struct {
        double factor, limit;
        fs_time window;
    } growth;
    int64_t partitions;
    double partition_rate, skew;
    fs_time partition_burst;
    double error_probability;
    int64_t instances;
    const char *price_units, *price_hours;
};

/* A request inside: waiting for a place, or in one. */
struct job {
    struct job *prev, *next; /* ring of those that wait */
    struct fs_request *request;
    fs_time since;              /* it waits; then, it has its place */
    bool lent;                  /* its place is lent, not kept */
    struct fs_delay_node waits; /* last: without patience there is no memory for it */
};

struct dependency {
    struct fs_component base;
    const struct params *p;
    struct fs_slab jobs;
    struct job line; /* ring, the longest waiting first */
    struct fs_delay_list patience;
    int64_t held; /* places kept or lent */
    uint64_t latency_key, error_key, partition_key;
    double error_probability;
    /* throughput */
    struct fs_bucket bucket, *partition;
    double *upto; /* [partitions]: share of requests for partitions up to this one */
    double allowed;
    fs_time second, window; /* which ones, counted from 0 */
    int64_t used, most;     /* units in that second; in any so far */
    /* metrics */
    int64_t arrived, completed, failed, refused_rate, refused_partition, refused_place, dropped;
    int64_t impatient, units, uptime;
    struct fs_meter in_flight, waiting, keepers, throughput;
    struct fs_latency latency, wait;
};

static fs_time now_of(const struct dependency *dependency)
{
    return fs_now(dependency->base.sim);
}

/* ---- throughput ----------------------------------------------------------------------------- */

static fs_time period_of(double rate)
{
    return rate > 0 ? fs_nanoseconds(1e9 / rate) : 0;
}

static void set_rate(struct dependency *dependency, double rate)
{
    const fs_time now = now_of(dependency), period = period_of(rate);
    struct fs_bucket *bucket = &dependency->bucket;
    const int64_t tokens = period && bucket->period ? fs_bucket_tokens(bucket, now) : 0;
    bucket->empty = bucket->period ? now - tokens * period : now - dependency->p->burst;
    bucket->period = period;
    bucket->depth = dependency->p->burst;
    dependency->allowed = rate;
    fs_meter_set(&dependency->throughput, now, (int64_t)(rate + 0.5));
}

/* The highest use becomes what growth starts from when the window in which it was is over. */
static void grow(struct dependency *dependency)
{
    const struct params *p = dependency->p;
    const fs_time window = now_of(dependency) / p->growth.window;
    if (window == dependency->window) return;
    dependency->window = window;
    double rate = p->growth.factor * (double)dependency->most;
    if (p->growth.limit > 0 && rate > p->growth.limit) rate = p->growth.limit;
    if (rate > dependency->allowed) set_rate(dependency, rate);
}

static void count_use(struct dependency *dependency, int64_t units)
{
    const fs_time second = now_of(dependency) / FS_S;
    if (second != dependency->second) dependency->used = 0;
    dependency->second = second;
    dependency->used += units;
    if (dependency->used > dependency->most) dependency->most = dependency->used;
}

static struct fs_bucket *partition_of(const struct dependency *dependency,
                                      const struct fs_request *request)
{
    const double at = fs_to_uniform(fs_request_key(dependency->partition_key, request, 0));
    int64_t low = 0, high = dependency->p->partitions - 1;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (at < dependency->upto[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return &dependency->partition[low];
}

static bool take_units(struct dependency *dependency, const struct fs_request *request)
{
    const fs_time now = now_of(dependency);
    const int64_t units = dependency->p->units;
    struct fs_bucket *partition = dependency->partition ? partition_of(dependency, request) : NULL;
    if (dependency->p->growth.window) grow(dependency);
    if (partition && fs_bucket_tokens(partition, now) < units) {
        dependency->refused_partition++;
        return false;
    }
    if (!fs_bucket_take_many(&dependency->bucket, now, units)) {
        dependency->refused_rate++;
        return false;
    }
    if (partition) fs_bucket_take_many(partition, now, units);
    if (dependency->p->growth.window) count_use(dependency, units);
    dependency->units += units;
    return true;
}

/* ---- places --------------------------------------------------------------------------------- */

static bool has_place(const struct dependency *dependency, int64_t n)
{
    const int64_t all = dependency->p->concurrency;
    return all == 0 || dependency->held + n <= all;
}

static fs_time draw_latency(const struct dependency *dependency, const struct fs_request *request)
{
    const struct fs_dist *latency = &dependency->p->latency;
    const struct fs_leg *leg = &request->leg[request->step];
    struct fs_stream stream;
    fs_time time = leg->cpu > FS_NEVER / 4 - leg->io ? FS_NEVER / 4 : leg->cpu + leg->io;
    if (latency->kind == FS_DIST_CONSTANT) return time + fs_nanoseconds(latency->a);
    fs_stream_new(&stream, fs_request_key(dependency->latency_key, request, request->attempt));
    const fs_time drawn = fs_dist_draw_time(latency, &stream);
    return time + (drawn < FS_NEVER / 4 ? drawn : FS_NEVER / 4);
}

static fs_handler served;

static void begin(struct dependency *dependency, struct job *job)
{
    struct fs_request *request = job->request;
    const fs_time now = now_of(dependency), waited = now - job->since;
    if (waited > 0) fs_request_spent(request, FS_PART_QUEUE, waited);
    fs_latency_record(&dependency->wait, waited);
    dependency->held += job->lent;
    job->since = now;
    fs_meter_add(&dependency->in_flight, now, 1);
    fs_schedule(dependency->base.sim, now + draw_latency(dependency, request), served, dependency,
                (uintptr_t)job);
}

static void stand_in_line(struct dependency *dependency, struct job *job)
{
    struct job *line = &dependency->line;
    job->next = line;
    job->prev = line->prev;
    line->prev->next = job;
    line->prev = job;
    fs_meter_add(&dependency->waiting, now_of(dependency), 1);
    if (!dependency->patience.delay) return;
    job->waits = (struct fs_delay_node){0};
    fs_delay_join(dependency->base.sim, &dependency->patience, &job->waits);
}

static void leave_line(struct dependency *dependency, struct job *job)
{
    job->prev->next = job->next;
    job->next->prev = job->prev;
    fs_meter_add(&dependency->waiting, now_of(dependency), -1);
    if (dependency->patience.delay)
        fs_delay_leave(dependency->base.sim, &dependency->patience, &job->waits);
}

static void serve_line(struct dependency *dependency)
{
    while (dependency->line.next != &dependency->line && has_place(dependency, 1)) {
        struct job *job = dependency->line.next;
        leave_line(dependency, job);
        begin(dependency, job);
    }
}

static void lose_patience(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct dependency *dependency = self;
    struct job *job = (struct job *)(arg - offsetof(struct job, waits));
    struct fs_request *request = job->request;
    (void)sim;
    leave_line(dependency, job);
    fs_latency_record(&dependency->wait, now_of(dependency) - job->since);
    fs_slab_put(&dependency->jobs, job);
    dependency->impatient++;
    fs_request_reply(request, FS_TIMED_OUT);
}

static bool attach(struct fs_component *self)
{
    struct dependency *dependency = (struct dependency *)self;
    const struct params *p = dependency->p = self->params;
    if (!has_place(dependency, p->kept)) return false;
    dependency->held += p->kept;
    fs_meter_add(&dependency->keepers, now_of(dependency), 1);
    return true;
}

static void detach(struct fs_component *self)
{
    struct dependency *dependency = (struct dependency *)self;
    dependency->held -= dependency->p->kept;
    fs_meter_add(&dependency->keepers, now_of(dependency), -1);
    serve_line(dependency);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* The place goes to the next before the reply, which may bring another request. */
static void end(struct dependency *dependency, struct job *job, enum fs_outcome outcome)
{
    struct fs_request *request = job->request;
    const fs_time now = now_of(dependency);
    dependency->completed += outcome == FS_COMPLETED;
    dependency->failed += outcome != FS_COMPLETED;
    dependency->held -= job->lent;
    fs_latency_record(&dependency->latency, now - job->since);
    fs_meter_add(&dependency->in_flight, now, -1);
    fs_slab_put(&dependency->jobs, job);
    serve_line(dependency);
    fs_request_reply(request, outcome);
}

static void served(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct dependency *dependency = self;
    struct job *job = (struct job *)arg;
    struct fs_request *request = job->request;
    const uint64_t key = fs_request_key(dependency->error_key, request, request->attempt);
    (void)sim;
    if (dependency->error_probability > 0 && fs_to_uniform(key) < dependency->error_probability) {
        end(dependency, job, FS_FAILED);
    } else if (fs_request_has_next(request)) {
        request->leg[request->step].execution = job;
        fs_request_forward(request);
    } else {
        end(dependency, job, FS_COMPLETED);
    }
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    end((struct dependency *)self, request->leg[request->step].execution,
        outcome == FS_COMPLETED ? FS_COMPLETED : FS_FAILED);
}

static void refuse(struct fs_request *request, int64_t *counter, enum fs_outcome outcome)
{
    ++*counter;
    fs_request_reply(request, outcome);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct dependency *dependency = (struct dependency *)self;
    const struct params *p = dependency->p;
    const bool keeper = p->kept_by && request->kept != FS_KEEPS_NOTHING;
    const bool place = has_place(dependency, 1);
    dependency->arrived++;
    if (keeper && request->kept == FS_LACKS_PART) {
        refuse(request, &dependency->refused_place, FS_THROTTLED);
        return;
    }
    if (!keeper && !place && dependency->waiting.level >= p->waiting) {
        if (p->waiting)
            refuse(request, &dependency->dropped, FS_DROPPED);
        else
            refuse(request, &dependency->refused_place, FS_THROTTLED);
        return;
    }
    if (!take_units(dependency, request)) {
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    struct job *job = fs_slab_get(&dependency->jobs);
    job->request = request;
    job->since = now_of(dependency);
    job->lent = !keeper;
    if (keeper || place)
        begin(dependency, job);
    else
        stand_in_line(dependency, job);
}

/* ---- set-up --------------------------------------------------------------------------------- */

/* Zipf's law: the k-th partition gets a share in proportion to k^-skew. */
static void new_partitions(struct dependency *dependency)
{
    const struct params *p = dependency->p;
    struct fs_arena *arena = fs_sim_arena(dependency->base.sim);
    const size_t n = (size_t)p->partitions;
    double sum = 0;
    dependency->partition = fs_arena_alloc(arena, n * sizeof *dependency->partition);
    dependency->upto = fs_arena_alloc(arena, n * sizeof *dependency->upto);
    for (size_t i = 0; i < n; i++) {
        dependency->partition[i] = (struct fs_bucket){period_of(p->partition_rate),
                                                      p->partition_burst, -p->partition_burst};
        sum += fs_pow((double)(i + 1), -p->skew);
        dependency->upto[i] = sum;
    }
    for (size_t i = 0; i < n; i++)
        dependency->upto[i] /= sum;
}

static void start(struct fs_component *self)
{
    struct dependency *dependency = (struct dependency *)self;
    const struct params *p = dependency->p = self->params;
    dependency->latency_key = fs_key_at(self->key, 1, 0);
    dependency->error_key = fs_key_at(self->key, 2, 0);
    dependency->partition_key = fs_key_at(self->key, 3, 0);
    dependency->error_probability = p->error_probability;
    dependency->line.next = dependency->line.prev = &dependency->line;
    fs_slab_new(&dependency->jobs, fs_sim_arena(self->sim),
                p->patience ? sizeof(struct job) : offsetof(struct job, waits));
    if (p->patience)
        fs_delay_list_new(self->sim, &dependency->patience, p->patience, lose_patience, dependency);
    if (p->partition_rate > 0) new_partitions(dependency);
    set_rate(dependency, p->rate);
}

static void settle(struct fs_component *self)
{
    struct dependency *dependency = (struct dependency *)self;
    dependency->uptime = fs_now(self->sim) / FS_MS;
    if (dependency->p->growth.window) grow(dependency);
}

/* An event's end gives back its own share of errors. */
static void set_errors(struct fs_component *self, double probability)
{
    struct dependency *dependency = (struct dependency *)self;
    dependency->error_probability =
        probability >= 0 ? probability : dependency->p->error_probability;
}

static const char *broken(const struct fs_component *self)
{
    const struct dependency *d = (const struct dependency *)self;
    if (d->arrived != d->completed + d->failed + d->refused_rate + d->refused_partition +
                          d->refused_place + d->dropped + d->impatient + d->in_flight.level +
                          d->waiting.level)
        return "arrived = answered + in flight + waiting";
    if (d->p->concurrency && d->held > d->p->concurrency) return "places held <= concurrency";
    if (d->held < d->keepers.level * d->p->kept) return "places held >= those kept";
    if (d->waiting.level > d->p->waiting) return "waiting <= its bound";
    if (d->waiting.level && has_place(d, 1)) return "nothing waits while there is a place";
    return NULL;
}

static void check_rates(const struct params *p, struct fs_complaints *complaints)
{
    if (p->rate > 0 && (double)p->burst < 1e9 / p->rate * (double)p->units)
        fs_complain(complaints, "burst", "never saves the %lld units that a request needs",
                    (long long)p->units);
    if (p->partition_rate > 0 &&
        (double)p->partition_burst < 1e9 / p->partition_rate * (double)p->units)
        fs_complain(complaints, "partition_burst",
                    "never saves the %lld units that a request needs", (long long)p->units);
    if (p->growth.window && !(p->rate > 0))
        fs_complain(complaints, "rate", "says from which throughput it grows, and is missing");
    if (p->partitions > 1 && !(p->partition_rate > 0))
        fs_complain(complaints, "partition_rate", "partitions need a throughput of their own");
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    check_rates(p, complaints);
    if (p->waiting && !p->concurrency)
        fs_complain(complaints, "waiting", "nothing ever waits without a 'concurrency'");
    if (p->patience && !p->waiting)
        fs_complain(complaints, "patience", "needs a line to stand in: 'waiting'");
    if (p->kept_by && !p->concurrency)
        fs_complain(complaints, "kept_by",
                    "places are only kept where their number is limited: "
                    "'concurrency'");
    if (p->kept_by && p->concurrency && p->kept > p->concurrency)
        fs_complain(complaints, "kept", "is more than all the places there are");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param growth_rows[] = {
    {"factor", FS_P_SCALAR, FS_D_NUMBER, ROW(growth.factor), "2", 1, 1000,
     .doc = "Throughput allowed, as a multiple of the highest use in any second so far."},
    {"window", FS_P_SCALAR, FS_D_TIME, ROW(growth.window), "", 1, 1e6,
     .doc = "It grows when a window of this length is over."},
    {"limit", FS_P_SCALAR, FS_D_RATE, ROW(growth.limit), "0/s", 0, 1e9,
     .doc = "It grows no further; 0/s: without end."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"latency", FS_P_DIST, FS_D_TIME, ROW(latency), "0s", 0, 0,
     .doc = "Time that a request takes in its place, besides the work that it brings."},
    {"concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(concurrency), "0", 0, 1000000000,
     .doc = "Places: connections or threads, one for a request at a time; 0: no limit."},
    {"waiting", FS_P_SCALAR, FS_D_COUNT, ROW(waiting), "0", 0, 1000000000,
     .doc = "Requests that wait for a place, first come first served; more are refused."},
    {"patience", FS_P_SCALAR, FS_D_TIME, ROW(patience), "", 1e-6, 3.2e8,
     .doc = "How long one waits for a place before it is told that time is up; absent: for ever."},
    {"kept_by", FS_P_REF, FS_D_COUNT, ROW(kept_by), "", 0, 0,
     .doc = "Component of which each environment keeps places while it lives, idle or not; "
            "environments that get none fail with every request."},
    {"kept", FS_P_SCALAR, FS_D_COUNT, ROW(kept), "1", 1, 1000000,
     .doc = "Places that each of them keeps."},
    {"rate", FS_P_SCALAR, FS_D_RATE, ROW(rate), "0/s", 0, 1e9,
     .doc = "Units of throughput on the long run; more are refused; 0/s: no limit."},
    {"burst", FS_P_SCALAR, FS_D_TIME, ROW(burst), "1s", 1e-9, 1e6,
     .doc = "Unused throughput that is saved, as time at the full rate."},
    {"units", FS_P_SCALAR, FS_D_COUNT, ROW(units), "1", 1, 1000000,
     .doc = "Units that a request needs."},
    {"growth", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0,
     .doc = "How the rate grows with use; absent: it does not.", .rows = growth_rows},
    {"partitions", FS_P_SCALAR, FS_D_COUNT, ROW(partitions), "1", 1, 100000,
     .doc = "Parts that requests are spread over, each with a throughput of its own."},
    {"partition_rate", FS_P_SCALAR, FS_D_RATE, ROW(partition_rate), "0/s", 0, 1e9,
     .doc = "Units of throughput of a partition; 0/s: no limit."},
    {"partition_burst", FS_P_SCALAR, FS_D_TIME, ROW(partition_burst), "1s", 1e-9, 1e6,
     .doc = "The same as burst, of a partition."},
    {"skew", FS_P_SCALAR, FS_D_NUMBER, ROW(skew), "0", 0, 100,
     .doc = "Zipf's exponent: the k-th partition gets requests in proportion to k^-skew; 0: all "
            "alike."},
    {"error_probability", FS_P_SCALAR, FS_D_FRACTION, ROW(error_probability), "0", 0, 1,
     .doc = "Share of requests that fail after their latency."},
    {"instances", FS_P_SCALAR, FS_D_COUNT, ROW(instances), "1", 0, 1000000,
     .doc = "How many of what price_hours is for."},
    {"price_units", FS_P_PRICE, FS_D_COUNT, ROW(price_units), "", 0, 0,
     .doc = "Price item of one unit."},
    {"price_hours", FS_P_PRICE, FS_D_COUNT, ROW(price_hours), "", 0, 0,
     .doc = "Price item of its being there."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct dependency, field), doc                             \
    }
#define GAUGE(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_GAUGE, offsetof(struct dependency, field), doc                               \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that came."),
    COUNT("completed", completed, "Requests answered with success."),
    COUNT("failed", failed, "Requests answered with an error, of its own or from behind."),
    COUNT("throttled_rate", refused_rate, "Requests refused at the throughput."),
    COUNT("throttled_partition", refused_partition,
          "Requests refused at a partition's throughput."),
    COUNT("throttled_concurrency", refused_place, "Requests for which there was no place."),
    COUNT("dropped", dropped, "Requests for which there was no room in the line."),
    COUNT("timed_out", impatient, "Requests that waited too long for a place."),
    COUNT("units", units, "Units of throughput used."),
    {FS_UPTIME, "ms", FS_COUNTER, offsetof(struct dependency, uptime), "Time that it was there."},
    GAUGE("in_flight", in_flight, "Requests in places."),
    GAUGE("waiting", waiting, "Requests waiting for a place."),
    GAUGE("keepers", keepers, "Environments that keep places."),
    GAUGE("allowed", throughput, "Throughput allowed, in units per second."),
    {"latency", "s", FS_LATENCY, offsetof(struct dependency, latency),
     "Time of requests in their places."},
    {"wait", "s", FS_LATENCY, offsetof(struct dependency, wait),
     "Time in the line of every request that was let in, 0 included."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"units", "units", "1", 1, offsetof(struct params, price_units), 0},
    {"hours", FS_UPTIME, "h", 3600000, offsetof(struct params, price_hours),
     offsetof(struct params, instances)},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct dependency),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .done = done,
                                              .settle = settle,
                                              .errors = set_errors,
                                              .attach = attach,
                                              .detach = detach,
                                              .kept_by = offsetof(struct params, kept_by),
                                              .broken = broken};

const struct fs_plugin fs_components_dependency = {
    "dependency",
    "Something downstream: latency, connections or threads with a line in front of them, "
    "throughput, failures.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
