/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of records in shards. A record's partition key says in which shard it is kept, and in
 * what order: the records of one key are worked on one after another, so one key that is hot, or
 * one record that fails, holds back its shard and no other. Each shard takes so many records and
 * bytes a second; more are refused.
 */
#include "bucket.h"
#include "keys.h"
#include "rng.h"
#include "shard.h"
#include "traffic.h"
#include "world.h"

extern const struct fs_plugin fs_components_stream;

struct params {
    struct fs_keys_params keys;
    int64_t shards;
    fs_time retention;
    double write_rate;
    int64_t write_bytes, record_size, chunk;
    const char *price_shards, *price_puts;
};

struct shard {
    struct fs_delay_node untaken; /* ring, oldest first */
    struct fs_bucket writes;
};

struct fs_shards {
    struct fs_component base;
    const struct params *p;
    struct shard *shard;
    struct fs_shard_reader reader;
    struct fs_delay_list retained;
    struct fs_keys keys;
    uint64_t place_key;
    int64_t chunks; /* billed units of one record */
    /* metrics */
    int64_t put, throttled, completed, expired, failed, billed;
    struct fs_meter records, shard_count;
};

static struct fs_request *of_place(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, patience));
}

/* ---- where a record belongs ------------------------------------------------------------------ */

/* Without a number of keys every record has one of its own. */
static uint64_t place(const struct fs_shards *shards, const struct fs_request *record)
{
    const uint64_t key =
        shards->p->keys.count ? (uint64_t)fs_keys_of(&shards->keys, record) : record->number;
    return fs_key_at(shards->place_key, key, 0);
}

int fs_shard_of(const struct fs_shards *shards, const struct fs_request *record)
{
    return (int)(place(shards, record) % (uint64_t)shards->p->shards);
}

int fs_shard_lane(const struct fs_shards *shards, const struct fs_request *record, int lanes)
{
    return lanes == 1 ? 0 : (int)(fs_mix(place(shards, record)) % (uint64_t)lanes);
}

/* ---- records -------------------------------------------------------------------------------- */

static void keep(struct fs_shards *shards, int shard, struct fs_request *record)
{
    struct fs_delay_node *node = &record->patience, *ring = &shards->shard[shard].untaken;
    shards->put++;
    shards->billed += shards->chunks;
    fs_meter_add(&shards->records, fs_now(shards->base.sim), 1);
    fs_delay_join(shards->base.sim, &shards->retained, &record->expiry);
    node->next = ring;
    node->prev = ring->prev;
    node->prev->next = node;
    ring->prev = node;
}

static void put(struct fs_shards *shards, int shard, const struct fs_request *request)
{
    struct fs_class *class = fs_request_class(request)->derived;
    if (!class->loops) {
        keep(shards, shard, fs_class_derive(class, request));
        return;
    }
    for (int i = 0; i < class->params->allow_loop.sends; i++) {
        struct fs_request *record = fs_class_derive_round(class, request, i);
        if (record) keep(shards, fs_shard_of(shards, record), record);
    }
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct fs_shards *shards = (struct fs_shards *)self;
    const int shard = fs_shard_of(shards, request);
    if (!fs_bucket_take(&shards->shard[shard].writes, fs_now(self->sim))) {
        shards->throttled++;
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    put(shards, shard, request);
    fs_request_reply(request, FS_COMPLETED);
    if (shards->reader.wake) shards->reader.wake(shards->reader.self, shard);
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
        if (record->receives > 0)
            shards->reader.expired(shards->reader.self, record);
        else
            unlink_record(record);
        fs_shard_end(shards, record, FS_EXPIRED);
    }
}

struct fs_request *fs_shard_take(struct fs_shards *shards, int shard)
{
    struct fs_delay_node *ring = &shards->shard[shard].untaken;
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
    record->holders = 0;
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
    shards->shard = fs_arena_alloc(arena, (size_t)p->shards * sizeof *shards->shard);
    for (int64_t i = 0; i < p->shards; i++) {
        struct shard *shard = &shards->shard[i];
        shard->untaken.prev = shard->untaken.next = &shard->untaken;
        fs_bucket_new(&shard->writes, rate >= 1 ? (int64_t)rate : 1,
                      rate > 0 ? fs_nanoseconds(1e9 / rate) : 0);
    }
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

void fs_shards_subscribe(struct fs_shards *shards, const struct fs_shard_reader *reader)
{
    fs_assert(shards->base.sim, !shards->reader.wake);
    shards->reader = *reader;
}

static const char *broken(const struct fs_component *self)
{
    const struct fs_shards *shards = (const struct fs_shards *)self;
    if (shards->put != shards->completed + shards->expired + shards->failed + shards->records.level)
        return "put = completed + expired + failed + kept";
    return NULL;
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"shards", FS_P_SCALAR, FS_D_COUNT, ROW(shards), NULL, 1, 100000, .doc = "Number of shards."},
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
    COUNT("throttled", throttled, "Records refused at a shard's limit of writes."),
    COUNT("completed", completed, "Records worked on with success."),
    COUNT("expired", expired, "Records that outlived the retention or the reader's maximum age."),
    COUNT("failed", failed, "Records that the reader gave up."),
    COUNT("units", billed, "Billed units of records that were put."),
    {"records", "1", FS_GAUGE, offsetof(struct fs_shards, records),
     "Records kept that have not been worked on to their end."},
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
                                              .broken = broken};

const struct fs_plugin fs_components_stream = {
    "stream",
    "Records in shards, kept for a time, in order by partition key.",
    sizeof(struct params),
    rows,
    &type,
    NULL,
    NULL};
