/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A message is worked on through a copy of its request, for the queue may deliver it again
 * meanwhile. A task asks while it has a place, by one long poll after the other; each that is over
 * without a message costs a request. They are counted when the task stops asking.
 *
 * A worker that keeps its messages hidden renews them again and again; when it dies the last
 * renewal runs out after one visibility timeout.
 */
#include "consumer.h"

#include "traffic.h"
#include "world.h"

#include <string.h>

#define FOR_EVER (FS_NEVER / 4)

struct delivery {
    struct fs_request *message;
    struct fs_task *task;
    int receipt;
    fs_time taken;
    struct fs_request request;
};

static struct delivery *of_request(struct fs_request *request)
{
    return (struct delivery *)(void *)((char *)request - offsetof(struct delivery, request));
}

/* ---- tasks that ask ------------------------------------------------------------------------- */

static void ask(struct fs_consumer *consumer, struct fs_task *task)
{
    task->asking = true;
    task->asks_since = fs_now(consumer->sim);
    task->asks_behind = consumer->last;
    task->asks_before = NULL;
    if (consumer->last)
        consumer->last->asks_before = task;
    else
        consumer->first = task;
    consumer->last = task;
}

/* Meter its long polls that are over. */
static void count_empty(struct fs_consumer *consumer, struct fs_task *task)
{
    const fs_time asked = fs_now(consumer->sim) - task->asks_since;
    if (asked < consumer->long_poll) return;
    const int64_t empty = asked / consumer->long_poll;
    task->asks_since += empty * consumer->long_poll;
    fs_queue_meter(consumer->queue, empty, 0);
}

static void ask_no_more(struct fs_consumer *consumer, struct fs_task *task)
{
    if (task->asks_behind)
        task->asks_behind->asks_before = task->asks_before;
    else
        consumer->first = task->asks_before;
    if (task->asks_before)
        task->asks_before->asks_behind = task->asks_behind;
    else
        consumer->last = task->asks_behind;
    task->asking = false;
    count_empty(consumer, task);
}

/* ---- messages ------------------------------------------------------------------------------- */

static void give(struct fs_consumer *consumer, struct fs_task *task, struct fs_request *message)
{
    struct delivery *delivery = fs_slab_get(&consumer->deliveries);
    struct fs_request *request = &delivery->request;
    memcpy(request, message, fs_request_size(message->path->legs));
    request->caller = &consumer->caller;
    request->step = request->abandoned = request->has_parts = request->cold = 0;
    delivery->message = message;
    delivery->task = task;
    delivery->receipt = fs_queue_receipt(message);
    delivery->taken = fs_now(consumer->sim);
    if (consumer->keeps)
        fs_queue_change_visibility(consumer->queue, message, delivery->receipt,
                                   consumer->visibility_maximum);
    consumer->taken(consumer, task);
    fs_task_take(consumer->kind, task, request);
}

static bool wants(const struct fs_consumer *consumer, const struct fs_task *task)
{
    return task->in_flight < consumer->kind->places && task->waiting == 0;
}

static void pull(struct fs_consumer *consumer)
{
    while (consumer->first && consumer->woken && fs_queue_visible(consumer->queue) > 0) {
        struct fs_task *task = consumer->first;
        int n;
        struct fs_request *next = fs_queue_receive(consumer->queue, consumer->receive, false, &n);
        ask_no_more(consumer, task);
        for (struct fs_request *message = next; n > 0; message = next, n--) {
            next = message->next; /* it may be gone when it has been given */
            give(consumer, task, message);
        }
        if (wants(consumer, task)) ask(consumer, task);
    }
}

static void wake(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_consumer *consumer = self;
    (void)sim;
    (void)arg;
    consumer->woken = true;
    pull(consumer);
}

static void done(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct fs_consumer *consumer = (struct fs_consumer *)(void *)caller;
    struct delivery *delivery = of_request(request);
    struct fs_request *message = delivery->message;
    struct fs_task *task = delivery->task;
    fs_queue_inherit(message, request, delivery->taken);
    if (outcome == FS_COMPLETED) {
        fs_queue_delete(consumer->queue, message);
        fs_queue_meter(consumer->queue, 0, 1);
    } else {
        if (consumer->keeps)
            fs_queue_change_visibility(consumer->queue, message, delivery->receipt,
                                       consumer->visibility_timeout);
        fs_queue_let_go(message);
    }
    fs_slab_put(&consumer->deliveries, delivery);
    if (task->consuming && !task->asking && wants(consumer, task)) ask(consumer, task);
    pull(consumer);
}

/* ---- the owner's doors ---------------------------------------------------------------------- */

void fs_consumer_serve(struct fs_consumer *consumer, struct fs_task *task, bool serves)
{
    if (task->consuming == serves) return;
    task->consuming = serves;
    if (!serves && task->asking) ask_no_more(consumer, task);
    if (!serves || !wants(consumer, task)) return;
    ask(consumer, task);
    pull(consumer);
}

void fs_consumer_settle(struct fs_consumer *consumer)
{
    for (struct fs_task *task = consumer->first; task; task = task->asks_before)
        count_empty(consumer, task);
}

void fs_consumer_start(struct fs_consumer *consumer, struct fs_component *service,
                       const char *queue)
{
    const struct fs_queue_rules rules =
        fs_queue_rules(fs_spec_component(service->world->spec, queue));
    consumer->sim = service->sim;
    consumer->queue = fs_queue_of(fs_world_component(service->world, queue));
    consumer->caller.done = done;
    consumer->visibility_timeout = rules.visibility_timeout;
    consumer->visibility_maximum = rules.visibility_maximum ? rules.visibility_maximum : FOR_EVER;
    fs_slab_new(&consumer->deliveries, fs_sim_arena(service->sim),
                fs_world_call_size(service->world, sizeof(struct delivery)));
    fs_queue_subscribe(consumer->queue, wake, consumer);
}
