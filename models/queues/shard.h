/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a stream offers to those who read it. Records are requests of the derived classes of whoever
 * put them, one for each reader; they lie in shards in the order of their coming, those of one
 * partition key in one shard. A reader takes its own from there and keeps them until they end, by
 * its word or at their retention.
 */
#ifndef FS_MODELS_SHARD_H
#define FS_MODELS_SHARD_H

#include "component.h"

struct fs_outlet; /* what lies there for one reader */
struct fs_shards;

/* The component as a stream's shards; NULL when it is none. */
struct fs_shards *fs_shards_of(struct fs_component *component);
int fs_shards_count(const struct fs_shards *shards);
/* Bytes of a record; 0 when the component is no stream. */
int64_t fs_shards_record_size(const struct fs_component_spec *spec);

struct fs_shard_reader {
    /* Records have come to shard number `shard`. */
    void (*wake)(void *self, int shard);
    /* The retention of a record that the reader has taken has passed and nothing works on it: it
     * ends now, and the reader forgets it. */
    void (*expired)(void *self, struct fs_request *record);
    void *self;
};

/* Read what is for component `to`; `reader` is copied. */
struct fs_outlet *fs_shards_subscribe(struct fs_shards *shards, const struct fs_component *to,
                                      const struct fs_shard_reader *reader);

/* Take the oldest record that nobody has taken; NULL: there is none. The reader may use `patience`,
 * `mark` and `receives`. `holders` is set while something works on the record; retention then
 * leaves it, and `abandoned` says so. */
struct fs_request *fs_shard_take(struct fs_outlet *outlet, int shard);
/* Which shard, and which of so many lanes of a shard, by its partition key. */
int fs_shard_of(const struct fs_shards *shards, const struct fs_request *record);
int fs_shard_lane(const struct fs_shards *shards, const struct fs_request *record, int lanes);

/* The end of a record that the reader has taken. */
void fs_shard_end(struct fs_shards *shards, struct fs_request *record, enum fs_outcome outcome);

#endif
