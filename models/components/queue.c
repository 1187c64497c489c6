/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A standard queue: at-least-once delivery, no order promised (here: oldest visible first).
 *
 * A message is in exactly one place: the ring of visible ones, or the delay list of those received
 * and not yet deleted. Both use the same two pointers in the message, so leaving either is O(1).
 * Holders count: a message that ended while another delivery still works on it is freed when the
 * last holder lets go.
 */
#include "queue.h"

#include "traffic.h"
#include "world.h"

extern const struct fs_plugin fs_components_queue;

struct params {
    fs_time visibility_timeout, retention;
    int64_t message_size, chunk;
    struct {
        int64_t max_receive_count; /* 0: no limit */
        const char *to;
    } redrive;
    bool sink;
    const char *price_requests;
};

struct fs_queue {
    struct fs_component base;
    const struct params *p;
    struct fs_delay_node visible; /* ring, oldest first */
    struct fs_delay_list invisible, retained;
    struct fs_queue *dead_letters;
    fs_handler *wake;
    void *consumer;
    int64_t chunks; /* billed requests for one message's transfer */
    /* metrics */
    int64_t sent, received, deleted, redelivered, expired, dead_lettered, moved_in;
    int64_t requests, empty_receives;
    struct fs_meter visible_count, in_flight, oldest_age;
};

static struct fs_request *of_place(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, patience));
}

static struct fs_request *of_expiry(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, expiry));
}

static bool is_invisible(const struct fs_request *message)
{
    return message->patience.due != 0;
}

/* ---- the visible ring ----------------------------------------------------------------------- */

static void show(struct fs_queue *queue, struct fs_request *message)
{
    struct fs_delay_node *node = &message->patience;
    node->due = 0;
    node->next = &queue->visible;
    node->prev = queue->visible.prev;
    node->prev->next = node;
    queue->visible.prev = node;
    message->mark = fs_now(queue->base.sim);
    fs_meter_add(&queue->visible_count, message->mark, 1);
}

static void hide(struct fs_queue *queue, struct fs_request *message)
{
    struct fs_delay_node *node = &message->patience;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct fs_delay_node){0};
    fs_meter_add(&queue->visible_count, fs_now(queue->base.sim), -1);
}

/* Out of the queue, wherever it stands. */
static void leave(struct fs_queue *queue, struct fs_request *message)
{
    if (is_invisible(message)) {
        fs_delay_leave(queue->base.sim, &queue->invisible, &message->patience);
        fs_meter_add(&queue->in_flight, fs_now(queue->base.sim), -1);
    } else {
        hide(queue, message);
    }
    fs_delay_leave(queue->base.sim, &queue->retained, &message->expiry);
}

static void finish(struct fs_queue *queue, struct fs_request *message, enum fs_outcome outcome)
{
    leave(queue, message);
    fs_class_end(fs_request_class(message), message, outcome);
}

static void release(struct fs_request *message)
{
    message->holders--;
    if (message->ended && message->holders == 0)
        fs_slab_put(&fs_request_class(message)->requests, message);
}

static void wake(struct fs_queue *queue)
{
    if (queue->wake) queue->wake(queue->base.sim, queue->consumer, 0);
}

/* ---- sending -------------------------------------------------------------------------------- */

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    struct fs_class *class = fs_request_class(request)->derived;
    struct fs_request *message = fs_class_derive(class, request);
    queue->sent++;
    queue->requests += queue->chunks;
    fs_delay_join(self->sim, &queue->retained, &message->expiry);
    show(queue, message);
    fs_request_reply(request, FS_COMPLETED);
    wake(queue);
}

static void retention_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    struct fs_request *message = of_expiry((struct fs_delay_node *)arg);
    (void)sim;
    queue->expired++;
    finish(queue, message, FS_EXPIRED);
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* Too many deliveries: the message moves aside instead of being delivered again. */
static bool is_dead(const struct fs_queue *queue, const struct fs_request *message)
{
    return queue->dead_letters && message->receives >= queue->p->redrive.max_receive_count;
}

void fs_queue_bury(struct fs_queue *queue)
{
    queue->moved_in++;
    fs_meter_add(&queue->visible_count, fs_now(queue->base.sim), 1);
}

static void bury(struct fs_queue *queue, struct fs_request *message)
{
    queue->dead_lettered++;
    fs_queue_bury(queue->dead_letters);
    finish(queue, message, FS_DEAD_LETTERED);
}

static void visibility_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    struct fs_request *message = of_place((struct fs_delay_node *)arg);
    fs_meter_add(&queue->in_flight, fs_now(sim), -1);
    show(queue, message);
    if (is_dead(queue, message))
        bury(queue, message);
    else
        wake(queue);
}

static struct fs_request *deliver(struct fs_queue *queue, struct fs_request *message)
{
    const fs_time now = fs_now(queue->base.sim);
    hide(queue, message);
    fs_delay_join(queue->base.sim, &queue->invisible, &message->patience);
    fs_meter_add(&queue->in_flight, now, 1);
    if (message->receives) queue->redelivered++;
    if (message->receives < UINT16_MAX) message->receives++;
    message->holders++;
    queue->received++;
    message->has_parts = 0;
    if (now > message->asked) fs_request_spent(message, FS_PART_QUEUE, now - message->asked);
    return message;
}

struct fs_request *fs_queue_receive(struct fs_queue *queue, int most, int *n)
{
    struct fs_request *first = NULL, **end = &first;
    *n = 0;
    while (*n < most && queue->visible.next != &queue->visible) {
        struct fs_request *message = of_place(queue->visible.next);
        if (first && message->path != first->path) break;
        *end = deliver(queue, message);
        end = &message->next;
        ++*n;
    }
    *end = NULL;
    queue->requests += (*n + 9) / 10 * queue->chunks;
    return first;
}

bool fs_queue_holds(const struct fs_request *message, int receipt)
{
    return !message->ended && is_invisible(message) && message->receives == receipt;
}

void fs_queue_delete(struct fs_queue *queue, struct fs_request *message)
{
    if (!message->ended) {
        queue->deleted++;
        finish(queue, message, FS_COMPLETED);
    } else if (message->ended == 1 + FS_COMPLETED) {
        fs_request_class(message)->duplicates++;
    }
    release(message);
}

void fs_queue_let_go(struct fs_queue *queue, struct fs_request *message)
{
    (void)queue;
    release(message);
}

void fs_queue_meter(struct fs_queue *queue, int64_t empty_receives, int64_t deletes)
{
    queue->empty_receives += empty_receives;
    queue->requests += empty_receives + deletes;
}

int64_t fs_queue_visible(const struct fs_queue *queue)
{
    return queue->visible_count.level;
}

fs_time fs_queue_waiting_since(const struct fs_queue *queue)
{
    if (queue->visible.next == &queue->visible) return FS_NEVER;
    return of_place(queue->visible.next)->mark;
}

fs_time fs_queue_visibility_timeout(const struct fs_queue *queue)
{
    return queue->p->visibility_timeout;
}

void fs_queue_subscribe(struct fs_queue *queue, fs_handler *fn, void *self)
{
    fs_assert(queue->base.sim, queue->wake == NULL);
    queue->wake = fn;
    queue->consumer = self;
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start(struct fs_component *self)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    queue->p = self->params;
    queue->visible.prev = queue->visible.next = &queue->visible;
    queue->chunks = (queue->p->message_size + queue->p->chunk - 1) / queue->p->chunk;
    fs_delay_list_new(self->sim, &queue->invisible, queue->p->visibility_timeout, visibility_passed,
                      queue);
    fs_delay_list_new(self->sim, &queue->retained, queue->p->retention, retention_passed, queue);
    if (queue->p->redrive.max_receive_count)
        queue->dead_letters = fs_queue_of(fs_world_component(self->world, queue->p->redrive.to));
}

static void settle(struct fs_component *self)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    const fs_time now = fs_now(self->sim);
    const fs_time since = fs_queue_waiting_since(queue);
    fs_meter_set(&queue->oldest_age, now,
                 since == FS_NEVER ? 0 : (now - of_place(queue->visible.next)->asked) / FS_S);
}

static const char *broken(const struct fs_component *self)
{
    const struct fs_queue *queue = (const struct fs_queue *)self;
    const int64_t held = queue->visible_count.level + queue->in_flight.level;
    if (queue->sent + queue->moved_in !=
        queue->deleted + queue->expired + queue->dead_lettered + held)
        return "sent = deleted + expired + dead lettered + held";
    if (queue->received < queue->deleted) return "deliveries >= deletions";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->redrive.max_receive_count && !p->redrive.to)
        fs_complain(complaints, "redrive.to", "names the queue for dead letters and is missing");
    if (p->redrive.to && !p->redrive.max_receive_count)
        fs_complain(complaints, "redrive.max_receive_count",
                    "says after how many deliveries a message is dead, and is missing");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param redrive_rows[] = {
    {"max_receive_count", FS_P_SCALAR, FS_D_COUNT, ROW(redrive.max_receive_count), "", 1, 1000,
     .doc = "Deliveries after which a message moves to the dead-letter queue."},
    {"to", FS_P_REF, FS_D_COUNT, ROW(redrive.to), "", 0, 0, .doc = "The dead-letter queue.",
     .registry = "queue"},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"visibility_timeout", FS_P_SCALAR, FS_D_TIME, ROW(visibility_timeout), NULL, 1e-3, 43200,
     .doc = "How long a received message stays hidden from other receivers."},
    {"retention", FS_P_SCALAR, FS_D_TIME, ROW(retention), NULL, 1e-3, 1e9,
     .doc = "Age at which a message is thrown away."},
    {"message_size", FS_P_SCALAR, FS_D_SIZE, ROW(message_size), "1kB", 1, 2e9,
     .doc = "Size of a message."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "64KiB", 1, 2e9,
     .doc = "Size that one billed request covers."},
    {"redrive", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0,
     .doc = "What becomes of messages that are delivered again and again.", .rows = redrive_rows},
    {"sink", FS_P_BOOL, FS_D_COUNT, ROW(sink), "false", 0, 0,
     .doc = "Nobody pulls from it on purpose: a dead-letter queue that people look into."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one API request."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct fs_queue, field), doc                               \
    }

static const struct fs_metric metrics[] = {
    COUNT("sent", sent, "Messages sent by requests."),
    COUNT("moved_in", moved_in, "Messages moved here from a queue that gave them up."),
    COUNT("received", received, "Deliveries of messages."),
    COUNT("redelivered", redelivered, "Deliveries after the first of a message."),
    COUNT("deleted", deleted, "Messages deleted after success."),
    COUNT("expired", expired, "Messages that outlived the retention."),
    COUNT("dead_lettered", dead_lettered, "Messages moved to the dead-letter queue."),
    COUNT("requests", requests, "Billed API requests: sends, receives, empty receives, deletes."),
    COUNT("empty_receives", empty_receives, "Receives that came back without a message."),
    {"visible", "1", FS_GAUGE, offsetof(struct fs_queue, visible_count),
     "Messages waiting to be received."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct fs_queue, in_flight),
     "Messages received and not yet deleted."},
    {"oldest_age", "s", FS_GAUGE, offsetof(struct fs_queue, oldest_age),
     "Age of the oldest visible message, looked at when an interval ends."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"requests", "requests", "1", 1, offsetof(struct params, price_requests), 0}, {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct fs_queue),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .settle = settle,
                                              .hands_over = true,
                                              .stores = true,
                                              .broken = broken};

struct fs_queue *fs_queue_of(struct fs_component *component)
{
    return component->type == &type ? (struct fs_queue *)component : NULL;
}

const struct fs_plugin fs_components_queue = {
    "queue",
    "A standard queue with at-least-once delivery, visibility timeout, retention and redrive.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
