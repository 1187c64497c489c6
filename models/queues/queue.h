/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a queue offers to those who pull from it (pollers, container consumers). Messages are
 * requests of the derived class of whoever sent them; at-least-once delivery: a message whose
 * visibility timeout passes is delivered again although an earlier holder still works on it.
 */
#ifndef FS_MODELS_QUEUE_H
#define FS_MODELS_QUEUE_H

#include "component.h"

struct fs_queue;

/* What a queue, as it is set, asks of its readers. */
struct fs_queue_rules {
    fs_time visibility_timeout, visibility_maximum; /* 0: no maximum */
    int64_t largest_batch, message_size;
    bool ordered; /* messages of a group one after another */
};

/* All zero when the component is no queue. */
struct fs_queue_rules fs_queue_rules(const struct fs_component_spec *spec);

/* The component as a queue; NULL when it is none. */
struct fs_queue *fs_queue_of(struct fs_component *component);

/* Call `wake(sim, self, 0)` whenever messages can be received, until they have been. A queue may
 * have several readers; they are asked in turn. */
void fs_queue_subscribe(struct fs_queue *queue, fs_handler *wake, void *self);

/* Messages that can be received now: not those of groups that are locked by one in flight, and none
 * at the limit of messages in flight. */
int64_t fs_queue_visible(const struct fs_queue *queue);
/* What a monitoring system shows of it. */
struct fs_queue_counts {
    int64_t visible, in_flight, delayed;
};
struct fs_queue_counts fs_queue_counts(const struct fs_queue *queue);
/* When the oldest visible message became visible; FS_NEVER when there is none. */
fs_time fs_queue_waiting_since(const struct fs_queue *queue);

/* Receive up to `most` visible messages, oldest first, chained by `next`; `alike`: only those that
 * are like the oldest, and where order is kept none behind one that is not. They are invisible
 * until deleted or until the visibility timeout passes. NULL: none. Meters an action for each
 * ten of them. */
struct fs_request *fs_queue_receive(struct fs_queue *queue, int most, bool alike, int *n);
/* Can so many that are alike be received? O(most) where no order is kept. */
bool fs_queue_has_alike(const struct fs_queue *queue, int64_t most);

/* A number that changes when a message's delivery is over: what a holder compares to know whether
 * the message is still its own. */
static inline int fs_queue_receipt(const struct fs_request *message)
{
    return message->receives;
}
bool fs_queue_holds(const struct fs_request *message, int receipt);

/* What a delivery that was received at `taken` has spent, `execution` included, is what its message
 * has, unless that has ended. */
void fs_queue_inherit(struct fs_request *message, const struct fs_request *execution,
                      fs_time taken);
/* The holder is done with the message: success deletes it (and ends it as completed, unless an
 * earlier delivery already did); otherwise it becomes visible again when its timeout passes. */
void fs_queue_delete(struct fs_queue *queue, struct fs_request *message);
void fs_queue_let_go(struct fs_request *message);

/* From now on the message is hidden for `timeout` (0: visible at once); without effect when the
 * delivery is over. The holder still lets go. */
void fs_queue_change_visibility(struct fs_queue *queue, struct fs_request *message, int receipt,
                                fs_time timeout);

/* Meter API requests that move no message: empty receives, batched deletes. */
void fs_queue_meter(struct fs_queue *queue, int64_t empty_receives, int64_t deletes);

/* Take what somebody has given up: it lies in this queue for people to look at. */
void fs_queue_bury(struct fs_queue *queue);

/* How many of `size` bytes an invocation is given: `most`, within `payload` bytes (0: any). */
static inline int64_t fs_batch_size(int64_t most, int64_t payload, int64_t size)
{
    return payload && payload / size < most ? payload / size : most;
}

#endif
