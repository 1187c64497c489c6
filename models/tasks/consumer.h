/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tasks as queue workers: each task that is in service, has a place and has nothing that waits asks
 * the queue for messages, works on them as on requests, and deletes each after success. What it has
 * received beyond its places waits in its backlog, its visibility timeout running. Tasks that ask
 * are served in the order in which they began to.
 */
#ifndef FS_MODELS_CONSUMER_H
#define FS_MODELS_CONSUMER_H

#include "queue.h"
#include "task.h"

struct fs_consumer {
    struct fs_caller caller; /* of the messages that are worked on */
    struct fs_sim *sim;
    struct fs_queue *queue;
    struct fs_task_kind *kind;
    fs_time long_poll, visibility_timeout, visibility_maximum;
    bool woken;  /* there has been a message; before, the queue may not have started */
    int receive; /* messages at once */
    bool keeps;  /* messages stay hidden as long as they are worked on */
    struct fs_slab deliveries;
    struct fs_task *first, *last; /* tasks that ask */
    /* The owner: a task has taken a request on. */
    void (*taken)(struct fs_consumer *consumer, struct fs_task *task);
};

/* With kind, long_poll, receive, keeps and taken set. */
void fs_consumer_start(struct fs_consumer *consumer, struct fs_component *service,
                       const char *queue);
/* A task begins or ceases to be in service; nothing happens when it is so already. */
void fs_consumer_serve(struct fs_consumer *consumer, struct fs_task *task, bool serves);
/* Meter the receives that have come back empty. O(tasks that ask). */
void fs_consumer_settle(struct fs_consumer *consumer);

#endif
