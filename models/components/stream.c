/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of records in shards. A record's partition key says in which shard it is kept, and in
 * what order: the records of one key are worked on one after another, so one key that is hot, or
 * one record that fails, holds back its shard and no other. Each shard takes so many records and
 * bytes a second; more are refused.
 *
 * The stream may have several readers. Each reads for one of those who stand behind the stream (the
 * rest of the path, the targets) and has records of its own: it goes its own pace.
 */
#include "bucket.h"
#include "keys.h"
#include "rng.h"
#include "route.h"
#include "shard.h"
#include "traffic.h"
#include "world.h"

extern const struct fs_plugin fs_components_stream;

struct params {
    struct fs_keys_params keys;
    int64_t shards;
    struct fs_list targets; /* of struct fs_target */
    fs_time retention;
    double write_rate;
    int64_t write_bytes, record_size, chunk;
    const char *price_shards, *price_puts;
};

/* What is for one reader; without one it waits until its retention. */
struct fs_outlet {
    struct fs_outlet *next;
    const struct fs_component *to;
    struct fs_shard_reader reader;
    struct fs_delay_node *untaken; /* a ring for each shard, oldest first */
};

struct fs_shards {
    struct fs_component base;
    const struct params *p;
    struct fs_bucket *writes; /* of each shard */
    struct fs_outlet *outlets, unread;
    struct fs_delay_list retained;
    struct fs_keys keys;
    uint64_t place_key;
    int64_t chunks; /* billed units of one record */
    /* metrics */
    int64_t put, deliveries, throttled, completed, expired, failed, billed;
    struct fs_meter records, shard_count;
};

static struct fs_request *of_place(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, patience));
}

/* ---- where a record belongs ------------------------------------------------------------------ */

/* Of a record of that class. Without a number of keys every record has one of its own. */
static uint64_t place(const struct fs_shards *shards, const struct fs_class *class, uint64_t number)
{
    const uint64_t sent = fs_sent_id(class, number);
    const uint64_t key = shards->p->keys.count ? (uint64_t)fs_keys_of(&shards->keys, sent) : sent;
    return fs_key_at(shards->place_key, key, 0);
}

static int shard_of(const struct fs_shards *shards, const struct fs_class *class, uint64_t number)
{
    return (int)(place(shards, class, number) % (uint64_t)shards->p->shards);
}

int fs_shard_of(const struct fs_shards *shards, const struct fs_request *record)
{
    return shard_of(shards, fs_request_class(record), record->number);
}

int fs_shard_lane(const struct fs_shards *shards, const struct fs_request *record, int lanes)
{
    if (lanes == 1) return 0;
    const uint64_t mixed = fs_mix(place(shards, fs_request_class(record), record->number));
    return (int)(mixed % (uint64_t)lanes);
}

/* ---- records -------------------------------------------------------------------------------- */

/* For whom a record is. */
static struct fs_outlet *outlet_of(struct fs_shards *shards, const struct fs_class *class)
{
    struct fs_outlet *outlet = shards->outlets;
    while (outlet && (class->path.n == 0 || outlet->to != class->path.hop[0]))
        outlet = outlet->next;
    return outlet ? outlet : &shards->unread;
}

static void keep(struct fs_shards *shards, int shard, struct fs_request *record)
{
    struct fs_outlet *outlet = outlet_of(shards, fs_request_class(record));
    struct fs_delay_node *node = &record->patience, *ring = &outlet->untaken[shard];
    shards->deliveries++;
    fs_meter_add(&shards->records, fs_now(shards->base.sim), 1);
    fs_delay_join(shards->base.sim, &shards->retained, &record->expiry);
    node->next = ring;
    node->prev = ring->prev;
    node->prev->next = node;
    ring->prev = node;
}

/* One write to a shard, however many read it; false when it is refused. */
static bool take_write(struct fs_shards *shards, int shard)
{
    const bool taken = fs_bucket_take(&shards->writes[shard], fs_now(shards->base.sim));
    shards->put += taken;
    shards->billed += taken ? shards->chunks : 0;
    shards->throttled += !taken;
    return taken;
}

struct put {
    enum fs_outcome outcome;
    int n, shard[FS_MOST_SENDS]; /* that got records */
};

/* Each record is a write of its own; when one is refused, so is the request. */
static void put_round(struct fs_shards *shards, struct fs_class *class,
                      const struct fs_request *request, struct put *put)
{
    for (int i = 0; i < class->params->allow_loop.sends; i++) {
        struct fs_request *record = fs_class_derive_round(class, request, i);
        if (!record) continue;
        const int shard = fs_shard_of(shards, record);
        if (take_write(shards, shard)) {
            put->shard[put->n++] = shard;
            keep(shards, shard, record);
        } else {
            put->outcome = FS_THROTTLED;
            fs_class_end(class, record, FS_THROTTLED);
        }
    }
}

static void put_one(struct fs_shards *shards, struct fs_class *class,
                    const struct fs_request *request, struct put *put)
{
    const int shard = shard_of(shards, class, request->number);
    if (!take_write(shards, shard)) {
        put->outcome = FS_THROTTLED;
        return;
    }
    put->shard[put->n++] = shard;
    for (; class; class = class->sibling)
        keep(shards, shard, fs_class_derive(class, request));
}

/* Who put them has the answer before a reader is told. */
static void accept(struct fs_component *self, struct fs_request *request)
{
    struct fs_shards *shards = (struct fs_shards *)self;
    struct fs_class *class = fs_request_class(request)->derived;
    struct put put;
    put.outcome = FS_COMPLETED;
    put.n = 0;
    if (class->loops)
        put_round(shards, class, request, &put);
    else
        put_one(shards, class, request, &put);
    fs_request_reply(request, put.outcome);
    for (int i = 0; i < put.n; i++) {
        for (struct fs_outlet *outlet = shards->outlets; outlet; outlet = outlet->next)
            outlet->reader.wake(outlet->reader.self, put.shard[i]);
    }
}

static void unlink_record(struct fs_request *record)
{
    struct fs_delay_node *node = &record->patience;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct fs_delay_node){0};
}

/* `receives` says whether a reader has taken it. */
static void retention_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_shards *shards = self;
    struct fs_request *record =
        (struct fs_request *)(void *)((char *)arg - offsetof(struct fs_request, expiry));
    (void)sim;
    if (record->holders > 0) {
        record->abandoned = 1;
    } else {
        const struct fs_outlet *outlet = outlet_of(shards, fs_request_class(record));
        if (record->receives > 0)
            outlet->reader.expired(outlet->reader.self, record);
        else
            unlink_record(record);
        fs_shard_end(shards, record, FS_EXPIRED);
    }
}

struct fs_request *fs_shard_take(struct fs_outlet *outlet, int shard)
{
    struct fs_delay_node *ring = &outlet->untaken[shard];
    if (ring->next == ring) return NULL;
    struct fs_request *record = of_place(ring->next);
    unlink_record(record);
    record->receives = 1;
    return record;
}

void fs_shard_end(struct fs_shards *shards, struct fs_request *record, enum fs_outcome outcome)
{
    shards->completed += outcome == FS_COMPLETED;
    shards->expired += outcome == FS_EXPIRED;
    shards->failed += outcome != FS_COMPLETED && outcome != FS_EXPIRED;
    fs_delay_leave(shards->base.sim, &shards->retained, &record->expiry);
    fs_meter_add(&shards->records, fs_now(shards->base.sim), -1);
    fs_class_end(fs_request_class(record), record, outcome);
}

/* ---- set-up --------------------------------------------------------------------------------- */

/* Records that a shard takes in a second, by number and by bytes; 0: any. */
static double write_rate(const struct params *p)
{
    const double by_bytes =
        p->write_bytes ? (double)p->write_bytes / (double)p->record_size : p->write_rate;
    return !(p->write_rate > 0) || by_bytes < p->write_rate ? by_bytes : p->write_rate;
}

static void start_rings(struct fs_shards *shards, struct fs_outlet *outlet)
{
    const int n = fs_shards_count(shards);
    outlet->untaken =
        fs_arena_alloc(fs_sim_arena(shards->base.sim), (size_t)n * sizeof *outlet->untaken);
    for (int i = 0; i < n; i++)
        outlet->untaken[i].prev = outlet->untaken[i].next = &outlet->untaken[i];
}

static void start(struct fs_component *self)
{
    struct fs_shards *shards = (struct fs_shards *)self;
    struct fs_arena *arena = fs_sim_arena(self->sim);
    const struct params *p = shards->p = self->params;
    const double rate = write_rate(p);
    shards->place_key = fs_key_at(self->key, 1, 0);
    shards->chunks = (p->record_size + p->chunk - 1) / p->chunk;
    fs_keys_new(&shards->keys, &p->keys, fs_key_at(self->key, 2, 0), arena);
    fs_delay_list_new(self->sim, &shards->retained, p->retention, retention_passed, shards);
    shards->writes = fs_arena_alloc(arena, (size_t)p->shards * sizeof *shards->writes);
    for (int64_t i = 0; i < p->shards; i++)
        fs_bucket_new(&shards->writes[i], rate >= 1 ? (int64_t)rate : 1,
                      rate > 0 ? fs_nanoseconds(1e9 / rate) : 0);
    start_rings(shards, &shards->unread);
    fs_meter_set(&shards->shard_count, fs_now(self->sim), p->shards);
}

struct fs_shards *fs_shards_of(struct fs_component *component)
{
    return component->type == fs_components_stream.type ? (struct fs_shards *)component : NULL;
}

int fs_shards_count(const struct fs_shards *shards)
{
    return (int)((const struct params *)shards->base.params)->shards;
}

int64_t fs_shards_record_size(const struct fs_component_spec *spec)
{
    if (spec->plugin != &fs_components_stream) return 0;
    return ((const struct params *)spec->params)->record_size;
}

struct fs_outlet *fs_shards_subscribe(struct fs_shards *shards, const struct fs_component *to,
                                      const struct fs_shard_reader *reader)
{
    struct fs_outlet *outlet = fs_arena_alloc(fs_sim_arena(shards->base.sim), sizeof *outlet);
    struct fs_outlet **end = &shards->outlets;
    while (*end)
        end = &(*end)->next;
    *outlet = (struct fs_outlet){.to = to, .reader = *reader};
    start_rings(shards, outlet);
    *end = outlet;
    return outlet;
}

static const char *broken(const struct fs_component *self)
{
    const struct fs_shards *shards = (const struct fs_shards *)self;
    if (shards->deliveries !=
        shards->completed + shards->expired + shards->failed + shards->records.level)
        return "deliveries = completed + expired + failed + kept";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    fs_targets_check(&((const struct params *)params)->targets, complaints);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"shards", FS_P_SCALAR, FS_D_COUNT, ROW(shards), NULL, 1, 100000, .doc = "Number of shards."},
    {"targets", FS_P_LIST, FS_D_COUNT, ROW(targets), "", 0, 0,
     .doc = "Paths of further readers, each of which sees every record, beside what stands behind "
            "on the path.",
     .rows = fs_target_rows, .size = sizeof(struct fs_target)},
    {"keys", FS_P_GROUP, FS_D_COUNT, ROW(keys), "", 0, 0,
     .doc = "Partition keys; absent: each record has its own.", .rows = fs_keys_rows},
    {"retention", FS_P_SCALAR, FS_D_TIME, ROW(retention), NULL, 1e-3, 1e9,
     .doc = "Age at which a record is thrown away."},
    {"write_rate", FS_P_SCALAR, FS_D_RATE, ROW(write_rate), "0/s", 0, 1e9,
     .doc = "Records that a shard takes, with the allowance of one second; 0/s: any number."},
    {"write_bytes", FS_P_SCALAR, FS_D_SIZE, ROW(write_bytes), "", 1, 1e15,
     .doc = "Bytes that a shard takes in a second; absent: any number."},
    {"record_size", FS_P_SCALAR, FS_D_SIZE, ROW(record_size), "1kB", 1, 2e9,
     .doc = "Size of a record."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "25kB", 1, 2e9,
     .doc = "Size that one billed unit of a record covers."},
    {"price_shards", FS_P_PRICE, FS_D_COUNT, ROW(price_shards), "", 0, 0,
     .doc = "Price item of one shard's hour."},
    {"price_puts", FS_P_PRICE, FS_D_COUNT, ROW(price_puts), "", 0, 0,
     .doc = "Price item of one unit that was put."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct fs_shards, field), doc                              \
    }

static const struct fs_metric metrics[] = {
    COUNT("put", put, "Records taken."),
    COUNT("deliveries", deliveries, "Records to be worked on, one for each reader."),
    COUNT("throttled", throttled, "Records refused at a shard's limit of writes."),
    COUNT("completed", completed, "Records worked on with success."),
    COUNT("expired", expired, "Records that outlived the retention or the reader's maximum age."),
    COUNT("failed", failed, "Records that the reader gave up."),
    COUNT("units", billed, "Billed units of records that were put."),
    {"records", "1", FS_GAUGE, offsetof(struct fs_shards, records),
     "Records kept that have not been worked on to their end, for each reader."},
    {"shards", "1", FS_GAUGE, offsetof(struct fs_shards, shard_count), "Shards."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"shards", "shards", "h", INT64_C(3600) * FS_S, offsetof(struct params, price_shards), 0},
    {"puts", "units", "1", 1, offsetof(struct params, price_puts), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct fs_shards),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .hands_over = true,
                                              .stores = true,
                                              .targets = offsetof(struct params, targets),
                                              .broken = broken};

const struct fs_plugin fs_components_stream = {
    "stream",
    "Records in shards, kept for a time, in order by partition key.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
