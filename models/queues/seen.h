/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has been seen lately: requests by class and number, each remembered for a fixed time from
 * its first sight (the deduplication window of a queue, idempotency keys of a consumer).
 */
#ifndef FS_MODELS_SEEN_H
#define FS_MODELS_SEEN_H

#include "request.h"

struct fs_seen {
    struct fs_sim *sim;
    struct fs_slab entries;
    struct fs_delay_list forget;
    struct fs_seen_entry **slot; /* a power of two of chains */
    size_t slots, n;
};

void fs_seen_new(struct fs_seen *seen, struct fs_sim *sim, fs_time window);

/* True when the request `number` of `class` was seen less than the window ago; otherwise it is from
 * now on. O(1). */
bool fs_seen_before(struct fs_seen *seen, const struct fs_class *class, uint64_t number);

/* The entry of a request, made when there is none (its mark is then 0); NULL when there is none and
 * none is to be made. Valid until it is forgotten. */
uint8_t *fs_seen_mark(struct fs_seen *seen, const struct fs_class *class, uint64_t number,
                      bool make);
/* Forget a request now. */
void fs_seen_forget(struct fs_seen *seen, const struct fs_class *class, uint64_t number);

#endif
