/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a stream and has a component work on its records, in order. Each shard is read by so many
 * lanes (its parallelisation factor), records of one key always by the same one, and a lane works
 * on one batch after another. What fails is tried again and nothing behind it is touched before it
 * has succeeded, been given up, or grown too old: that is how one bad record stops a shard.
 *
 * A shard is polled at fixed instants, once at each, and shards one after another within the
 * interval. The batch being worked on is the first so many records of its lane. A failed batch may
 * be cut in two (bisect): the sizes that remain of it are a stack, so its parts follow each other
 * before anything new. Cutting uses up no retry, nor does a refusal.
 */
#include "queue.h"
#include "rng.h"
#include "shard.h"
#include "traffic.h"
#include "world.h"

#include <string.h>

extern const struct fs_plugin fs_components_stream_reader;

#define CUTS 16 /* parts of a batch of at most 10,000 */

struct params {
    const char *from, *to;
    int64_t batch_size, payload_max;
    fs_time batch_window, poll;
    int64_t factor;
    int64_t maximum_retries; /* -1: as long as the record is kept */
    fs_time maximum_age;
    bool bisect, partial_responses;
    double poison, record_errors;
    fs_time retry_wait, retry_wait_max;
    const char *on_failure;
};

struct lane {
    struct fs_delay_node ring; /* records taken from the shard, oldest first */
    int64_t n;
    int batch;     /* records of the present batch: the first of the ring; 0: none */
    bool working;  /* a call of ours is looking after it */
    bool invoked;  /* the batch is being worked on */
    bool waiting;  /* the batch waits for its next attempt */
    int retries;   /* of the present batch */
    fs_time wait;  /* before its next attempt */
    fs_time since; /* when the oldest record that is in no batch was read */
    int cut[CUTS], cuts;
    uint64_t attempts;
    fs_event window;
    struct fs_request *request;
    struct fs_batched *item; /* the records of the present batch */
    int room;
    struct fs_batch names;
};

struct reader {
    struct fs_component base;
    struct fs_caller caller;
    const struct params *p;
    struct fs_shards *shards;
    struct fs_outlet *outlet;
    struct fs_queue *on_failure;
    struct lane *lane;
    fs_event *poll;     /* of each shard; 0: none awaited */
    fs_time *next;      /* the first at which each may be polled */
    int64_t batch_size; /* as far as the payload allows */
    uint64_t poison_key, error_key, jitter_key;
    uint64_t n;
    /* metrics */
    int64_t invocations, records, completed, failed, throttled, bisected;
    int64_t expired, given_up, dead_lettered;
    struct fs_meter in_flight, blocked;
    struct fs_latency iterator_age;
};

/* A request of ours and the lane it is for. */
struct call {
    struct lane *lane;
    struct fs_request request;
};

static struct fs_request *of_place(const struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((const char *)node -
                                         offsetof(struct fs_request, patience));
}

static struct lane *lane_of(const struct reader *reader, const struct fs_request *record)
{
    const int factor = (int)reader->p->factor;
    return &reader->lane[fs_shard_of(reader->shards, record) * factor +
                         fs_shard_lane(reader->shards, record, factor)];
}

/* ---- a lane's records ------------------------------------------------------------------------ */

static void append(struct lane *lane, struct fs_request *record)
{
    struct fs_delay_node *node = &record->patience;
    node->next = &lane->ring;
    node->prev = lane->ring.prev;
    node->prev->next = node;
    lane->ring.prev = node;
    lane->n++;
}

static void take_out(struct lane *lane, struct fs_request *record)
{
    struct fs_delay_node *node = &record->patience;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct fs_delay_node){0};
    lane->n--;
}

static void end_record(struct reader *reader, struct lane *lane, struct fs_request *record,
                       enum fs_outcome outcome)
{
    take_out(lane, record);
    fs_shard_end(reader->shards, record, outcome);
}

/* A record that is not worked on any more without having been done. */
static void drop_record(struct reader *reader, struct lane *lane, struct fs_request *record,
                        enum fs_outcome outcome)
{
    if (reader->on_failure) {
        reader->dead_lettered++;
        fs_queue_bury(reader->on_failure);
        outcome = FS_DEAD_LETTERED;
    } else if (outcome == FS_EXPIRED) {
        reader->expired++;
    } else {
        reader->given_up++;
    }
    end_record(reader, lane, record, outcome);
}

/* The stream has thrown a waiting record away: the oldest of its lane but for those worked on. */
static void record_expired(void *self, struct fs_request *record)
{
    struct reader *reader = self;
    struct lane *lane = lane_of(reader, record);
    reader->expired++;
    if (!lane->invoked && lane->batch > 0) lane->batch--;
    take_out(lane, record);
}

/* Those at the head that are too old to be tried, of `most`; how many there were. */
static int drop_old(struct reader *reader, struct lane *lane, int most)
{
    const fs_time now = fs_now(reader->base.sim), age = reader->p->maximum_age;
    int dropped = 0;
    while (dropped < most && lane->n > 0) {
        struct fs_request *record = of_place(lane->ring.next);
        if (!record->abandoned && !(age && now - record->asked > age)) break;
        drop_record(reader, lane, record, FS_EXPIRED);
        dropped++;
    }
    return dropped;
}

/* ---- invoking ------------------------------------------------------------------------------- */

static void add_record(struct reader *reader, struct fs_request *request, struct fs_request *record)
{
    for (int i = 0; i < record->path->legs; i++) {
        request->leg[i].cpu += record->leg[i].cpu;
        request->leg[i].io += record->leg[i].io;
    }
    record->holders = 1;
    record->has_parts = 0;
    const fs_time waited = fs_now(reader->base.sim) - record->asked;
    if (waited > 0) fs_request_spent(record, FS_PART_QUEUE, waited);
}

/* The first so many records, at most `lane->batch`, that are alike. */
static void fill(struct reader *reader, struct lane *lane)
{
    struct fs_request *record = of_place(lane->ring.next), *request = lane->request;
    const struct fs_request *first = record;
    fs_time age = 0;
    int n = 0;
    memset(request, 0, fs_request_size(first->path->legs));
    request->caller = &reader->caller;
    request->path = first->path;
    request->number = reader->n++ | fs_round_of(record->number);
    request->key = record->key;
    request->attempt = 1;
    request->born = record->born;
    request->asked = fs_now(reader->base.sim);
    for (; n < lane->batch && n < lane->n && fs_request_is_alike(record, first); n++) {
        add_record(reader, request, record);
        age = request->asked - record->asked;
        record = of_place(record->patience.next);
    }
    lane->batch = n;
    fs_latency_record(&reader->iterator_age, age);
}

static void name_records(struct reader *reader, struct lane *lane)
{
    const struct fs_delay_node *node = lane->ring.next;
    if (lane->batch > lane->room) {
        lane->room = 2 * lane->batch;
        lane->item =
            fs_arena_alloc(fs_sim_arena(reader->base.sim), (size_t)lane->room * sizeof *lane->item);
    }
    for (int i = 0; i < lane->batch; i++, node = node->next) {
        const struct fs_request *record = of_place(node);
        lane->item[i] = (struct fs_batched){fs_request_class(record), record->number};
    }
    lane->names = (struct fs_batch){lane->request->number, lane->batch, lane->item};
    lane->request->batched = 1;
    lane->request->batch = &lane->names;
}

static void invoke(struct reader *reader, struct lane *lane)
{
    fill(reader, lane);
    name_records(reader, lane);
    lane->invoked = true;
    lane->attempts++;
    reader->invocations++;
    reader->records += lane->batch;
    fs_meter_add(&reader->in_flight, fs_now(reader->base.sim), 1);
    fs_request_enter(lane->request);
}

static void work(struct reader *reader, struct lane *lane);

static void window_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct lane *lane = (struct lane *)arg;
    (void)sim;
    lane->window = 0;
    work(self, lane);
}

/* A new batch when there are records enough, or they have waited long enough. */
static bool may_begin(struct reader *reader, struct lane *lane)
{
    const fs_time due = lane->since + reader->p->batch_window;
    if (lane->n == 0) return false;
    if (lane->n >= reader->batch_size || due <= fs_now(reader->base.sim)) return true;
    if (!lane->window)
        lane->window = fs_schedule(reader->base.sim, due, window_passed, reader, (uintptr_t)lane);
    return false;
}

/* The batch to work on next: the present one again, what is left of one that was cut, a new one. */
static bool gather(struct reader *reader, struct lane *lane)
{
    lane->batch -= drop_old(reader, lane, lane->batch);
    if (lane->batch > 0) return true;
    lane->retries = 0;
    lane->wait = reader->p->retry_wait;
    drop_old(reader, lane, (int)reader->batch_size);
    if (lane->n == 0) lane->cuts = 0;
    if (lane->cuts > 0) {
        lane->batch = lane->cut[--lane->cuts];
        return true;
    }
    if (!may_begin(reader, lane)) return false;
    lane->batch = (int)reader->batch_size;
    lane->since = fs_now(reader->base.sim);
    return true;
}

/* An answer may come before the invocation returns: then this loop goes on, not a deeper one. */
static void work(struct reader *reader, struct lane *lane)
{
    if (lane->working) return;
    lane->working = true;
    while (!lane->invoked && !lane->waiting && gather(reader, lane))
        invoke(reader, lane);
    lane->working = false;
}

/* ---- answers -------------------------------------------------------------------------------- */

static bool is_bad(const struct reader *reader, const struct lane *lane,
                   const struct fs_request *record)
{
    const struct params *p = reader->p;
    if (p->poison > 0 && fs_to_uniform(fs_request_key(reader->poison_key, record, 0)) < p->poison)
        return true;
    return p->record_errors > 0 && fs_to_uniform(fs_request_key(reader->error_key, record,
                                                                lane->attempts)) < p->record_errors;
}

/* Records that are done after an execution that worked. */
static int count_good(const struct reader *reader, const struct lane *lane)
{
    struct fs_delay_node *node = lane->ring.next;
    int good = 0;
    for (; good < lane->batch && !is_bad(reader, lane, of_place(node)); good++)
        node = node->next;
    return good == lane->batch || reader->p->partial_responses ? good : 0;
}

static void end_good(struct reader *reader, struct lane *lane, int good)
{
    for (int i = 0; i < good; i++) {
        struct fs_request *record = of_place(lane->ring.next);
        fs_request_inherit(record, lane->request);
        end_record(reader, lane, record, FS_COMPLETED);
    }
    lane->batch -= good;
}

static void attempt_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct reader *reader = self;
    struct lane *lane = (struct lane *)arg;
    fs_meter_add(&reader->blocked, fs_now(sim), -1);
    lane->waiting = false;
    work(reader, lane);
}

/* Exponential backoff with full jitter. */
static void try_later(struct reader *reader, struct lane *lane)
{
    const fs_time now = fs_now(reader->base.sim);
    const double share =
        fs_to_uniform(fs_key_at(reader->jitter_key, lane->request->number, lane->attempts));
    const fs_time wait = fs_nanoseconds((double)lane->wait * share) + FS_MS;
    lane->wait *= 2;
    if (lane->wait > reader->p->retry_wait_max) lane->wait = reader->p->retry_wait_max;
    lane->waiting = true;
    fs_meter_add(&reader->blocked, now, 1);
    fs_schedule_last(reader->base.sim, now + wait, attempt_due, reader, (uintptr_t)lane);
}

static void batch_failed(struct reader *reader, struct lane *lane, enum fs_outcome outcome)
{
    if (reader->p->bisect && lane->batch > 1 && lane->cuts < CUTS) {
        lane->cut[lane->cuts++] = lane->batch - lane->batch / 2;
        lane->batch /= 2;
        reader->bisected++;
    } else if (reader->p->maximum_retries >= 0 && lane->retries++ >= reader->p->maximum_retries) {
        for (; lane->batch > 0; lane->batch--)
            drop_record(reader, lane, of_place(lane->ring.next), outcome);
        return;
    }
    try_later(reader, lane);
}

static void let_go(struct lane *lane)
{
    struct fs_delay_node *node = lane->ring.next;
    for (int i = 0; i < lane->batch; i++, node = node->next) {
        of_place(node)->holders = 0;
        of_place(node)->cold |= lane->request->cold;
    }
    lane->invoked = false;
}

static void answered(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct reader *reader =
        (struct reader *)(void *)((char *)caller - offsetof(struct reader, caller));
    struct lane *lane =
        ((struct call *)(void *)((char *)request - offsetof(struct call, request)))->lane;
    const int good = outcome == FS_COMPLETED ? count_good(reader, lane) : 0;
    const bool refused = outcome == FS_THROTTLED || outcome == FS_DROPPED;
    fs_meter_add(&reader->in_flight, fs_now(reader->base.sim), -1);
    let_go(lane);
    end_good(reader, lane, good);
    reader->throttled += refused;
    reader->completed += !refused && lane->batch == 0;
    reader->failed += !refused && lane->batch > 0;
    lane->batch -= drop_old(reader, lane, lane->batch);
    if (lane->batch > 0 && refused)
        try_later(reader, lane);
    else if (lane->batch > 0)
        batch_failed(reader, lane, outcome == FS_COMPLETED ? FS_FAILED : outcome);
    work(reader, lane);
}

/* ---- polling -------------------------------------------------------------------------------- */

static void poll_shard(struct reader *reader, int shard)
{
    const int factor = (int)reader->p->factor;
    struct fs_request *record;
    while ((record = fs_shard_take(reader->outlet, shard))) {
        struct lane *lane = lane_of(reader, record);
        if (lane->n == lane->batch) lane->since = fs_now(reader->base.sim);
        append(lane, record);
    }
    for (int i = 0; i < factor; i++)
        work(reader, &reader->lane[shard * factor + i]);
}

static void poll_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct reader *reader = self;
    (void)sim;
    reader->poll[arg] = 0;
    reader->next[arg] += reader->p->poll;
    poll_shard(reader, (int)arg);
}

static void wake(void *self, int shard)
{
    struct reader *reader = self;
    const fs_time poll = reader->p->poll, now = fs_now(reader->base.sim);
    fs_time *next = &reader->next[shard];
    if (reader->poll[shard]) return;
    if (poll == 0) {
        poll_shard(reader, shard);
        return;
    }
    if (*next < now) *next += (now - *next + poll - 1) / poll * poll;
    reader->poll[shard] =
        fs_schedule_last(reader->base.sim, *next, poll_due, reader, (uintptr_t)shard);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start_lane(struct reader *reader, struct lane *lane)
{
    struct call *call = fs_arena_alloc(fs_sim_arena(reader->base.sim),
                                       fs_world_call_size(reader->base.world, sizeof *call));
    lane->ring.prev = lane->ring.next = &lane->ring;
    lane->request = &call->request;
    call->lane = lane;
}

/* Shards are polled one after another within an interval, the first at its beginning. */
static void start_polls(struct reader *reader, struct fs_arena *arena, int shards)
{
    reader->poll = fs_arena_alloc(arena, (size_t)shards * sizeof *reader->poll);
    reader->next = fs_arena_alloc(arena, (size_t)shards * sizeof *reader->next);
    for (int i = 0; i < shards; i++)
        reader->next[i] = reader->p->poll / shards * i;
}

static void start(struct fs_component *self)
{
    struct reader *reader = (struct reader *)self;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    const struct params *p = reader->p = self->params;
    reader->shards = fs_shards_of(fs_world_component(self->world, p->from));
    const int shards = fs_shards_count(reader->shards), lanes = shards * (int)p->factor;
    if (p->on_failure)
        reader->on_failure = fs_queue_of(fs_world_component(self->world, p->on_failure));
    reader->batch_size =
        fs_batch_size(p->batch_size, p->payload_max,
                      fs_shards_record_size(fs_spec_component(self->world->spec, p->from)));
    reader->caller.done = answered;
    reader->poison_key = fs_key_at(self->key, 1, 0);
    reader->error_key = fs_key_at(self->key, 2, 0);
    reader->jitter_key = fs_key_at(self->key, 3, 0);
    start_polls(reader, arena, shards);
    reader->lane = fs_arena_alloc(arena, (size_t)lanes * sizeof *reader->lane);
    for (int i = 0; i < lanes; i++)
        start_lane(reader, &reader->lane[i]);
    reader->outlet = fs_shards_subscribe(reader->shards, fs_world_component(self->world, p->to),
                                         &(struct fs_shard_reader){wake, record_expired, reader});
}

static const char *broken(const struct fs_component *self)
{
    const struct reader *reader = (const struct reader *)self;
    if (reader->invocations !=
        reader->completed + reader->failed + reader->throttled + reader->in_flight.level)
        return "invocations = completed + failed + throttled + in flight";
    if (reader->in_flight.level > fs_shards_count(reader->shards) * reader->p->factor)
        return "in flight <= shards x factor";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->batch_size > 10 && p->batch_window > 0 && p->batch_window < FS_MS)
        fs_complain(complaints, "batch_window", "must be 0s or at least 1ms");
    if (p->retry_wait > p->retry_wait_max)
        fs_complain(complaints, "retry_wait_max", "must not be below retry_wait");
}

static void check_with_others(const struct fs_component_spec *self,
                              const struct fs_variant_spec *spec, struct fs_complaints *complaints)
{
    const struct params *p = self->params;
    const struct fs_component_spec *from = fs_spec_component(spec, p->from);
    if (from && p->payload_max && fs_shards_record_size(from) > p->payload_max)
        fs_complain(complaints, "payload_max", "is less than a record of '%s'", from->name);
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *other = &spec->component[i];
        const struct params *q = other->params;
        if (other == self || other->plugin != self->plugin || strcmp(q->from, p->from) != 0 ||
            strcmp(q->to, p->to) != 0)
            continue;
        fs_complain(complaints, "from", "'%s' reads '%s' for '%s' already", other->name, p->from,
                    p->to);
        return;
    }
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"from", FS_P_REF, FS_D_COUNT, ROW(from), NULL, 0, 0, .doc = "The stream it reads.",
     .registry = "stream"},
    {"to", FS_P_REF, FS_D_COUNT, ROW(to), NULL, 0, 0, .doc = "The component it invokes."},
    {"batch_size", FS_P_SCALAR, FS_D_COUNT, ROW(batch_size), NULL, 1, 10000,
     .doc = "Most records in one invocation."},
    {"payload_max", FS_P_SCALAR, FS_D_SIZE, ROW(payload_max), "", 1, 2e9,
     .doc = "Most bytes of records in one invocation; absent: any number."},
    {"batch_window", FS_P_SCALAR, FS_D_TIME, ROW(batch_window), "0s", 0, 300,
     .doc = "How long to wait for a batch to fill."},
    {"poll", FS_P_SCALAR, FS_D_TIME, ROW(poll), NULL, 0, 3600,
     .doc = "How often a shard is read; 0s: records are pushed as they come."},
    {"parallelization_factor", FS_P_SCALAR, FS_D_COUNT, ROW(factor), "1", 1, 10,
     .doc = "Batches of one shard that are worked on at a time, a key's always one after another."},
    {"maximum_retries", FS_P_SCALAR, FS_D_COUNT, ROW(maximum_retries), "-1", -1, 10000,
     .doc = "Retries of a failed batch before it is given up; -1: as long as records are kept."},
    {"maximum_age", FS_P_SCALAR, FS_D_TIME, ROW(maximum_age), "", 1e-3, 1e9,
     .doc = "Age above which a record is given up instead of being tried; absent: any."},
    {"bisect", FS_P_BOOL, FS_D_COUNT, ROW(bisect), "false", 0, 0,
     .doc = "Cut a failed batch in two and try the parts."},
    {"partial_responses", FS_P_BOOL, FS_D_COUNT, ROW(partial_responses), "false", 0, 0,
     .doc = "What is invoked says which record failed first; those before it are done."},
    {"poison", FS_P_SCALAR, FS_D_FRACTION, ROW(poison), "0%", 0, 1,
     .doc = "Share of records that fail whenever they are worked on."},
    {"record_errors", FS_P_SCALAR, FS_D_FRACTION, ROW(record_errors), "0%", 0, 1,
     .doc = "Share of deliveries of records that fail, each anew."},
    {"retry_wait", FS_P_SCALAR, FS_D_TIME, ROW(retry_wait), NULL, 1e-3, 3600,
     .doc =
         "Longest first wait after a failed or refused invocation; jittered, doubled each time."},
    {"retry_wait_max", FS_P_SCALAR, FS_D_TIME, ROW(retry_wait_max), NULL, 1e-3, 3600,
     .doc = "Cap of that wait."},
    {"on_failure", FS_P_REF, FS_D_COUNT, ROW(on_failure), "", 0, 0,
     .doc = "The queue that is told of records that are given up; absent: they are lost.",
     .registry = "queue"},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct reader, field), doc                                 \
    }

static const struct fs_metric metrics[] = {
    COUNT("invocations", invocations, "Batches handed over, each attempt."),
    COUNT("records", records, "Records in them."),
    COUNT("completed", completed, "Batches that ended with success."),
    COUNT("failed", failed, "Batches that failed or timed out, some of their records at least."),
    COUNT("throttled", throttled, "Invocations that were refused."),
    COUNT("bisected", bisected, "Batches that were cut in two."),
    COUNT("expired", expired, "Records that grew too old while they waited here."),
    COUNT("given_up", given_up, "Records lost because the retries were used up."),
    COUNT("dead_lettered", dead_lettered, "Records given up of which a queue was told."),
    {"in_flight", "1", FS_GAUGE, offsetof(struct reader, in_flight), "Batches being worked on."},
    {"blocked", "1", FS_GAUGE, offsetof(struct reader, blocked),
     "Lanes that wait to try a batch again."},
    {"iterator_age", "s", FS_LATENCY, offsetof(struct reader, iterator_age),
     "Age of the last record of each batch when it is handed over."},
    {.name = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct reader),
                                              .metrics = metrics,
                                              .start = start,
                                              .check = check_with_others,
                                              .pulls = true,
                                              .pulls_from = offsetof(struct params, from),
                                              .pulls_to = offsetof(struct params, to),
                                              .broken = broken};

const struct fs_plugin fs_components_stream_reader = {
    "stream_reader",
    "Reads the shards of a stream and invokes a component with batches of records, in order.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
