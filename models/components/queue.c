/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A queue with at-least-once delivery. Standard: no order promised (here: oldest visible first).
 * First in, first out: messages of one group in the order of sending, and none of a group while
 * earlier ones of it are in flight.
 *
 * A message is in exactly one place: a ring of visible ones (the queue's or its group's), or the
 * delay list of those sent and not yet visible, or that of those received and not yet deleted (or,
 * when its visibility was changed, an event). All use the same two pointers in the message, so
 * leaving any is O(1). Holders count: a message that ended while another delivery still works on it
 * is freed when the last holder lets go.
 */
#include "queue.h"

#include "bucket.h"
#include "keys.h"
#include "seen.h"
#include "traffic.h"
#include "world.h"

#include <string.h>

extern const struct fs_plugin fs_components_queue;

#define FARTHEST 1000 /* messages that a receiver looks past */
#define ACTION   10   /* messages that one API action moves */

enum order { STANDARD, FIFO };
static const char *const order_names[] = {"standard", "fifo", NULL};

struct params {
    int order;
    struct fs_keys_params groups;
    fs_time visibility_timeout, visibility_maximum, retention, delay, deduplication;
    int64_t max_in_flight, largest_batch;
    double send_rate;
    int64_t message_size, chunk, send_batch;
    struct {
        int64_t max_receive_count; /* 0: no limit */
        const char *to;
    } redrive;
    bool sink;
    const char *price_requests;
};

/* Messages that are delivered in order. A standard queue has one group that is never locked. */
struct group {
    struct fs_delay_node ring; /* visible ones, oldest first */
    struct group *prev, *next; /* ring of groups with something to receive; NULL: not in it */
    int64_t n, in_flight;
};

/* A copy of a message that another queue gave up, for sending it back there; without one it was
 * given up by somebody else. */
struct buried {
    struct buried *prev, *next;
    struct fs_queue *from;
    struct fs_request *copy;
    fs_time since;
    fs_event expiry;
};

struct reader {
    fs_handler *wake;
    void *self;
    struct reader *next;
};

struct fs_queue {
    struct fs_component base;
    const struct params *p;
    struct group *group;
    struct group ready; /* ring of those with something to receive, longest ready first */
    struct fs_delay_list delayed, invisible, retained;
    struct fs_keys keys;
    struct fs_seen seen;
    struct fs_bucket sends;
    struct fs_queue *dead_letters;
    struct buried buried; /* a ring, oldest first */
    struct fs_slab burials;
    struct reader *reader;      /* a ring; the next to be woken first */
    int64_t receivable;         /* visible messages of the groups in `ready` */
    int64_t chunks[ACTION + 1]; /* billed requests of an action, by its messages */
    int64_t sequence, calls;
    /* metrics */
    int64_t sent, received, deleted, redelivered, expired, dead_lettered, moved_in;
    int64_t deduplicated, throttled, redriven, moved_expired, requests, empty_receives;
    struct fs_meter visible_count, in_flight, delayed_count, oldest_age;
};

static struct fs_request *of_place(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, patience));
}

static struct fs_request *of_expiry(struct fs_delay_node *node)
{
    return (struct fs_request *)(void *)((char *)node - offsetof(struct fs_request, expiry));
}

static bool is_visible(const struct fs_request *message)
{
    return message->patience.due == 0;
}

static bool is_invisible(const struct fs_request *message)
{
    return !is_visible(message) && message->receives > 0;
}

static struct group *group_of(const struct fs_queue *queue, const struct fs_request *message)
{
    if (queue->p->order == STANDARD) return queue->group;
    return &queue->group[fs_keys_of(&queue->keys,
                                    fs_sent_id(fs_request_class(message), message->number))];
}

/* ---- groups --------------------------------------------------------------------------------- */

static void make_ready(struct fs_queue *queue, struct group *group)
{
    if (group->next || group->n == 0 || (queue->p->order == FIFO && group->in_flight > 0)) return;
    group->next = &queue->ready;
    group->prev = queue->ready.prev;
    group->prev->next = group;
    queue->ready.prev = group;
    queue->receivable += group->n;
}

static void make_unready(struct fs_queue *queue, struct group *group)
{
    if (!group->next) return;
    group->prev->next = group->next;
    group->next->prev = group->prev;
    group->prev = group->next = NULL;
    queue->receivable -= group->n;
}

static struct fs_request *oldest(const struct fs_queue *queue)
{
    const struct group *group = queue->ready.next;
    return group == &queue->ready ? NULL : of_place(group->ring.next);
}

/* ---- the visible ones ----------------------------------------------------------------------- */

/* `mark` is when it became visible in a standard queue, and its place in the order of sending in
 * one that keeps it: what comes back stands before all that was sent later. */
static void show(struct fs_queue *queue, struct fs_request *message)
{
    struct group *group = group_of(queue, message);
    struct fs_delay_node *node = &message->patience, *behind = &group->ring;
    if (queue->p->order == STANDARD)
        message->mark = fs_now(queue->base.sim);
    else if (group->n > 0 && of_place(group->ring.prev)->mark > message->mark)
        for (behind = group->ring.next; of_place(behind)->mark < message->mark;)
            behind = behind->next;
    node->due = 0;
    node->next = behind;
    node->prev = behind->prev;
    node->prev->next = node;
    behind->prev = node;
    group->n++;
    if (group->next)
        queue->receivable++;
    else
        make_ready(queue, group);
    fs_meter_add(&queue->visible_count, fs_now(queue->base.sim), 1);
}

static void hide(struct fs_queue *queue, struct fs_request *message)
{
    struct group *group = group_of(queue, message);
    struct fs_delay_node *node = &message->patience;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct fs_delay_node){0};
    group->n--;
    if (group->next) queue->receivable--;
    if (group->n == 0) make_unready(queue, group);
    fs_meter_add(&queue->visible_count, fs_now(queue->base.sim), -1);
}

/* ---- those in flight ------------------------------------------------------------------------ */

static void put_in_flight(struct fs_queue *queue, struct fs_request *message)
{
    struct group *group = group_of(queue, message);
    fs_delay_join(queue->base.sim, &queue->invisible, &message->patience);
    fs_meter_add(&queue->in_flight, fs_now(queue->base.sim), 1);
    group->in_flight++;
}

/* The message has been taken out of its list or event. */
static void leave_flight(struct fs_queue *queue, struct fs_request *message)
{
    struct group *group = group_of(queue, message);
    message->patience = (struct fs_delay_node){0};
    fs_meter_add(&queue->in_flight, fs_now(queue->base.sim), -1);
    group->in_flight--;
    make_ready(queue, group);
}

/* Out of the queue, wherever it stands. */
static void leave(struct fs_queue *queue, struct fs_request *message)
{
    struct fs_sim *sim = queue->base.sim;
    if (is_visible(message)) {
        hide(queue, message);
    } else if (is_invisible(message)) {
        if (!fs_delay_leave(sim, &queue->invisible, &message->patience))
            fs_cancel(sim, message->patience.seq);
        leave_flight(queue, message);
    } else {
        fs_delay_leave(sim, &queue->delayed, &message->patience);
        fs_meter_add(&queue->delayed_count, fs_now(sim), -1);
    }
    fs_delay_leave(sim, &queue->retained, &message->expiry);
}

static void free_unheld(struct fs_request *message)
{
    if (message->ended && message->holders == 0)
        fs_slab_put(&fs_request_class(message)->requests, message);
}

static void finish(struct fs_queue *queue, struct fs_request *message, enum fs_outcome outcome)
{
    leave(queue, message);
    fs_class_book(fs_request_class(message), message, outcome);
    message->ended = (uint8_t)(1 + outcome);
    free_unheld(message);
}

static void release(struct fs_request *message)
{
    message->holders--;
    free_unheld(message);
}

/* Readers are asked in turn, so that none is always first. */
static void wake(struct fs_queue *queue)
{
    struct reader *first = queue->reader, *reader = first;
    if (!first || fs_queue_visible(queue) == 0) return;
    queue->reader = first->next;
    do {
        reader->wake(queue->base.sim, reader->self, 0);
        reader = reader->next;
    } while (reader != first && fs_queue_visible(queue) > 0);
}

/* ---- sending -------------------------------------------------------------------------------- */

static void keep(struct fs_queue *queue, struct fs_request *message)
{
    queue->sent++;
    message->mark = queue->sequence++;
    fs_delay_join(queue->base.sim, &queue->retained, &message->expiry);
    if (queue->p->delay) {
        fs_delay_join(queue->base.sim, &queue->delayed, &message->patience);
        fs_meter_add(&queue->delayed_count, fs_now(queue->base.sim), 1);
    } else {
        show(queue, message);
    }
}

static void send(struct fs_queue *queue, const struct fs_request *request)
{
    struct fs_class *class = fs_request_class(request)->derived;
    if (!class->loops) {
        keep(queue, fs_class_derive(class, request));
        return;
    }
    for (int i = 0; i < class->params->allow_loop.sends; i++) {
        struct fs_request *message = fs_class_derive_round(class, request, i);
        if (message) keep(queue, message);
    }
}

/* A message is billed for what it adds to the action that it is sent with. */
static void meter_send(struct fs_queue *queue)
{
    const int64_t before = queue->calls++ % queue->p->send_batch;
    queue->requests += queue->chunks[before + 1] - queue->chunks[before];
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    if (!fs_bucket_take(&queue->sends, fs_now(self->sim))) {
        queue->throttled++;
        fs_request_reply(request, FS_THROTTLED);
        return;
    }
    meter_send(queue);
    if (queue->p->deduplication &&
        fs_seen_before(&queue->seen, fs_request_class(request), request->number))
        queue->deduplicated++;
    else
        send(queue, request);
    fs_request_reply(request, FS_COMPLETED);
    wake(queue);
}

static void delay_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    struct fs_request *message = of_place((struct fs_delay_node *)arg);
    fs_meter_add(&queue->delayed_count, fs_now(sim), -1);
    show(queue, message);
    wake(queue);
}

static void retention_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    struct fs_request *message = of_expiry((struct fs_delay_node *)arg);
    (void)sim;
    queue->expired++;
    finish(queue, message, FS_EXPIRED);
    wake(queue);
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* Too many deliveries: the message moves aside instead of being delivered again. */
static bool is_dead(const struct fs_queue *queue, const struct fs_request *message)
{
    return queue->dead_letters && message->receives >= queue->p->redrive.max_receive_count;
}

static void unbury(struct fs_queue *queue, struct buried *buried)
{
    buried->prev->next = buried->next;
    buried->next->prev = buried->prev;
    if (buried->copy) fs_slab_put(&fs_request_class(buried->copy)->requests, buried->copy);
    fs_slab_put(&queue->burials, buried);
    fs_meter_add(&queue->visible_count, fs_now(queue->base.sim), -1);
}

static void buried_expired(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    (void)sim;
    queue->moved_expired++;
    unbury(queue, (struct buried *)arg);
}

/* Its age counts from `sent`. */
static struct buried *keep_buried(struct fs_queue *queue, fs_time sent)
{
    struct fs_sim *sim = queue->base.sim;
    const fs_time now = fs_now(sim), until = sent + queue->p->retention;
    struct buried *buried = fs_slab_get(&queue->burials);
    *buried = (struct buried){.prev = queue->buried.prev, .next = &queue->buried, .since = now};
    buried->prev->next = buried->next->prev = buried;
    buried->expiry =
        fs_schedule(sim, until > now ? until : now, buried_expired, queue, (uintptr_t)buried);
    queue->moved_in++;
    fs_meter_add(&queue->visible_count, now, 1);
    return buried;
}

void fs_queue_bury(struct fs_queue *queue)
{
    keep_buried(queue, fs_now(queue->base.sim));
}

/* Moved to a queue that keeps order a message is a new one, elsewhere as old as before. */
static void bury(struct fs_queue *queue, struct fs_request *message)
{
    struct fs_queue *to = queue->dead_letters;
    struct fs_slab *slab = &fs_request_class(message)->requests;
    const fs_time now = fs_now(queue->base.sim);
    struct buried *buried = keep_buried(to, to->p->order == FIFO ? now : message->asked);
    buried->from = queue;
    buried->copy = fs_slab_get(slab);
    memcpy(buried->copy, message, slab->size);
    queue->dead_lettered++;
    finish(queue, message, FS_DEAD_LETTERED);
}

/* Everything that a queue gave up goes back to it, as new requests of the same birth. What they
 * bring about may be buried here meanwhile, and stays. */
static void redrive(struct fs_component *self)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    const struct buried *last = queue->buried.prev;
    struct buried *buried = queue->buried.next;
    for (bool more = last != &queue->buried; more;) {
        struct buried *next = buried->next;
        more = buried != last;
        if (buried->copy) {
            struct fs_queue *from = buried->from;
            queue->redriven++;
            fs_cancel(self->sim, buried->expiry);
            keep(from, fs_class_renew(fs_request_class(buried->copy), buried->copy));
            unbury(queue, buried);
            wake(from);
        }
        buried = next;
    }
}

static void visibility_passed(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_queue *queue = self;
    struct fs_request *message = of_place((struct fs_delay_node *)arg);
    (void)sim;
    leave_flight(queue, message);
    show(queue, message);
    if (is_dead(queue, message)) bury(queue, message);
    wake(queue);
}

/* A backlog lies outside of the cache, and the next to be received is known now. */
static void fetch(const struct fs_request *message)
{
    for (size_t line = 0; line < sizeof *message + 64; line += 64)
        __builtin_prefetch((const char *)message + line);
}

static struct fs_request *deliver(struct fs_queue *queue, struct fs_request *message)
{
    if (message->receives) {
        queue->redelivered++;
        message->attempt++;
    }
    if (message->receives < UINT16_MAX) message->receives++;
    message->holders++;
    put_in_flight(queue, message);
    queue->received++;
    return message;
}

/* From `node` on, the next that is like `first`: past others where no order is kept, but not far.
 */
static struct fs_delay_node *find_alike(const struct fs_queue *queue, struct fs_delay_node *node,
                                        const struct fs_delay_node *end,
                                        const struct fs_request *first, int *passed)
{
    while (first && node != end && !fs_request_is_alike(of_place(node), first)) {
        if (queue->p->order == FIFO || ++*passed > FARTHEST) return NULL;
        node = node->next;
    }
    return node == end ? NULL : node;
}

bool fs_queue_has_alike(const struct fs_queue *queue, int64_t most)
{
    if (fs_queue_visible(queue) < most) return false;
    if (queue->p->order == FIFO) return true;
    const struct fs_delay_node *ring = &queue->group->ring;
    struct fs_delay_node *node = ring->next;
    const struct fs_request *first = of_place(node);
    int passed = 0;
    for (; most > 0 && (node = find_alike(queue, node, ring, first, &passed)); most--)
        node = node->next;
    return most == 0;
}

struct fs_request *fs_queue_receive(struct fs_queue *queue, int most, bool alike, int *n)
{
    struct fs_request *first = NULL, **end = &first;
    struct fs_delay_node *node = NULL;
    const int64_t visible = fs_queue_visible(queue);
    int passed = 0;
    *n = 0;
    for (struct group *group = NULL; *n < most && *n < visible; ++*n) {
        if (!group || group->n == 0) {
            group = queue->ready.next;
            node = group->ring.next;
        }
        node = find_alike(queue, node, &group->ring, alike ? first : NULL, &passed);
        if (!node) break;
        struct fs_request *message = of_place(node);
        node = node->next;
        hide(queue, message);
        fetch(of_place(node));
        if (queue->p->order == FIFO) make_unready(queue, group);
        *end = deliver(queue, message);
        end = &message->next;
    }
    *end = NULL;
    queue->requests += *n / ACTION * queue->chunks[ACTION] + queue->chunks[*n % ACTION];
    return first;
}

bool fs_queue_holds(const struct fs_request *message, int receipt)
{
    return !message->ended && is_invisible(message) && message->receives == receipt;
}

/* Does a message's leaving let others be received? */
static bool is_blocked(const struct fs_queue *queue)
{
    return queue->p->order == FIFO || queue->in_flight.level == queue->p->max_in_flight;
}

void fs_queue_inherit(struct fs_request *message, const struct fs_request *execution, fs_time taken)
{
    if (message->ended) return;
    message->cold |= execution->cold;
    message->has_parts = 0;
    if (taken > message->asked) fs_request_spent(message, FS_PART_QUEUE, taken - message->asked);
    fs_request_inherit(message, execution);
}

void fs_queue_delete(struct fs_queue *queue, struct fs_request *message)
{
    const bool blocked = is_blocked(queue);
    if (!message->ended) {
        queue->deleted++;
        finish(queue, message, FS_COMPLETED);
    } else if (message->ended == 1 + FS_COMPLETED) {
        fs_request_class(message)->duplicates++;
    }
    release(message);
    if (blocked) wake(queue);
}

void fs_queue_let_go(struct fs_request *message)
{
    release(message);
}

void fs_queue_meter(struct fs_queue *queue, int64_t empty_receives, int64_t deletes)
{
    queue->empty_receives += empty_receives;
    queue->requests += empty_receives + deletes;
}

void fs_queue_change_visibility(struct fs_queue *queue, struct fs_request *message, int receipt,
                                fs_time timeout)
{
    struct fs_sim *sim = queue->base.sim;
    struct fs_delay_node *node = &message->patience;
    if (!fs_queue_holds(message, receipt)) return;
    if (!fs_delay_leave(sim, &queue->invisible, node)) fs_cancel(sim, node->seq);
    *node = (struct fs_delay_node){.due = fs_now(sim) + timeout};
    node->seq = fs_schedule(sim, node->due, visibility_passed, queue, (uintptr_t)node);
}

struct fs_queue_counts fs_queue_counts(const struct fs_queue *queue)
{
    return (struct fs_queue_counts){queue->visible_count.level, queue->in_flight.level,
                                    queue->delayed_count.level};
}

int64_t fs_queue_visible(const struct fs_queue *queue)
{
    const int64_t room = queue->p->max_in_flight ? queue->p->max_in_flight - queue->in_flight.level
                                                 : queue->receivable;
    return queue->receivable < room ? queue->receivable : room;
}

fs_time fs_queue_waiting_since(const struct fs_queue *queue)
{
    const struct fs_request *message = oldest(queue);
    if (!message || fs_queue_visible(queue) == 0) return FS_NEVER;
    return queue->p->order == STANDARD ? message->mark : message->asked;
}

void fs_queue_subscribe(struct fs_queue *queue, fs_handler *fn, void *self)
{
    struct reader *reader = fs_arena_alloc(fs_sim_arena(queue->base.sim), sizeof *reader);
    struct reader *last = queue->reader;
    *reader = (struct reader){fn, self, reader};
    if (!last) {
        queue->reader = reader;
        return;
    }
    while (last->next != queue->reader)
        last = last->next;
    reader->next = queue->reader;
    last->next = reader;
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start_groups(struct fs_queue *queue, struct fs_arena *arena)
{
    fs_keys_new(&queue->keys, &queue->p->groups, fs_key_at(queue->base.key, 1, 0), arena);
    queue->group = fs_arena_alloc(arena, (size_t)queue->keys.n * sizeof *queue->group);
    for (int64_t i = 0; i < queue->keys.n; i++)
        queue->group[i].ring.prev = queue->group[i].ring.next = &queue->group[i].ring;
    queue->ready.prev = queue->ready.next = &queue->ready;
}

static void start(struct fs_component *self)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    const struct params *p = queue->p = self->params;
    start_groups(queue, fs_sim_arena(self->sim));
    fs_slab_new(&queue->burials, fs_sim_arena(self->sim), sizeof(struct buried));
    queue->buried.prev = queue->buried.next = &queue->buried;
    for (int n = 0; n <= ACTION; n++)
        queue->chunks[n] = (n * p->message_size + p->chunk - 1) / p->chunk;
    fs_bucket_new(&queue->sends, p->send_rate >= 1 ? (int64_t)p->send_rate : 1,
                  p->send_rate > 0 ? fs_nanoseconds(1e9 / p->send_rate) : 0);
    if (p->deduplication) fs_seen_new(&queue->seen, self->sim, p->deduplication);
    fs_delay_list_new(self->sim, &queue->delayed, p->delay, delay_passed, queue);
    fs_delay_list_new(self->sim, &queue->invisible, p->visibility_timeout, visibility_passed,
                      queue);
    fs_delay_list_new(self->sim, &queue->retained, p->retention, retention_passed, queue);
    if (p->redrive.max_receive_count)
        queue->dead_letters = fs_queue_of(fs_world_component(self->world, p->redrive.to));
}

/* Of what has not been deleted; what has been moved here, since then. */
static fs_time oldest_since(const struct fs_queue *queue, fs_time now)
{
    struct fs_delay_node *kept = queue->retained.head.next;
    const struct buried *moved = queue->buried.next;
    fs_time since = now;
    if (kept != &queue->retained.head) since = of_expiry(kept)->asked;
    if (moved != &queue->buried && moved->since < since) since = moved->since;
    return since;
}

static void settle(struct fs_component *self)
{
    struct fs_queue *queue = (struct fs_queue *)self;
    const fs_time now = fs_now(self->sim);
    fs_meter_set(&queue->oldest_age, now, (now - oldest_since(queue, now)) / FS_S);
}

static const char *broken(const struct fs_component *self)
{
    const struct fs_queue *queue = (const struct fs_queue *)self;
    const int64_t held =
        queue->visible_count.level + queue->in_flight.level + queue->delayed_count.level;
    if (queue->sent + queue->moved_in != queue->deleted + queue->expired + queue->dead_lettered +
                                             queue->redriven + queue->moved_expired + held)
        return "sent and moved in = deleted, expired, dead lettered, redriven and held";
    if (queue->received < queue->deleted) return "deliveries >= deletions";
    if (queue->p->max_in_flight && queue->in_flight.level > queue->p->max_in_flight)
        return "in flight <= max_in_flight";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->redrive.max_receive_count && !p->redrive.to)
        fs_complain(complaints, "redrive.to", "names the queue for dead letters and is missing");
    if (p->order == STANDARD && p->groups.count > 1)
        fs_complain(complaints, "groups", "only a queue with 'order: fifo' has message groups");
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
    {"order", FS_P_CHOICE, FS_D_COUNT, ROW(order), "standard", 0, 0,
     .doc = "Whether messages of a group are delivered in the order of sending, one after another.",
     .choices = order_names},
    {"groups", FS_P_GROUP, FS_D_COUNT, ROW(groups), "", 0, 0,
     .doc = "Message groups of a queue that keeps order.", .rows = fs_keys_rows},
    {"visibility_timeout", FS_P_SCALAR, FS_D_TIME, ROW(visibility_timeout), NULL, 1e-3, 43200,
     .doc = "How long a received message stays hidden from other receivers."},
    {"visibility_maximum", FS_P_SCALAR, FS_D_TIME, ROW(visibility_maximum), "", 1e-3, 3.2e8,
     .doc =
         "How long a receiver that asks for more time again and again can keep a message hidden, "
         "from its receipt on; absent: for ever."},
    {"retention", FS_P_SCALAR, FS_D_TIME, ROW(retention), NULL, 1e-3, 1e9,
     .doc = "Age at which a message is thrown away."},
    {"delay", FS_P_SCALAR, FS_D_TIME, ROW(delay), "0s", 0, 43200,
     .doc = "From sending a message to when it can be received first."},
    {"deduplication", FS_P_SCALAR, FS_D_TIME, ROW(deduplication), "", 1e-3, 1e6,
     .doc = "For how long a message that is sent again is taken for the same and not kept twice."},
    {"max_in_flight", FS_P_SCALAR, FS_D_COUNT, ROW(max_in_flight), "", 1, 1e9,
     .doc = "Messages received and not yet deleted at which nothing more can be received."},
    {"largest_batch", FS_P_SCALAR, FS_D_COUNT, ROW(largest_batch), "10000", 1, 10000,
     .doc = "Most messages that one invocation of a reader may take."},
    {"send_rate", FS_P_SCALAR, FS_D_RATE, ROW(send_rate), "0/s", 0, 1e9,
     .doc = "Rate above which sends are refused, with the allowance of one second; 0/s: none."},
    {"message_size", FS_P_SCALAR, FS_D_SIZE, ROW(message_size), "1kB", 1, 2e9,
     .doc = "Size of a message."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "64KiB", 1, 2e9,
     .doc = "How much of an API action's messages one billed request covers; an action receives up "
            "to 10 of them."},
    {"send_batch", FS_P_SCALAR, FS_D_COUNT, ROW(send_batch), "1", 1, ACTION,
     .doc = "Messages that those who send put into one API action."},
    {"redrive", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0,
     .doc = "What becomes of messages that are delivered again and again.", .rows = redrive_rows},
    {"sink", FS_P_BOOL, FS_D_COUNT, ROW(sink), "false", 0, 0,
     .doc = "Nobody pulls from it on purpose: a dead-letter queue that people look into."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one billed request."},
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
    COUNT("deduplicated", deduplicated, "Messages sent again and not kept twice."),
    COUNT("redriven", redriven, "Messages given up by other queues that were sent back to them."),
    COUNT("moved_expired", moved_expired,
          "Messages moved here that outlived the retention, from when they were sent."),
    COUNT("throttled", throttled, "Messages refused at the send rate."),
    COUNT("requests", requests,
          "Billed requests of API actions: sends, receives, empty receives, deletes."),
    COUNT("empty_receives", empty_receives, "Receives that came back without a message."),
    {"visible", "1", FS_GAUGE, offsetof(struct fs_queue, visible_count),
     "Messages waiting to be received."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct fs_queue, in_flight),
     "Messages received and not yet deleted."},
    {"delayed", "1", FS_GAUGE, offsetof(struct fs_queue, delayed_count),
     "Messages sent that cannot be received yet."},
    {"oldest_age", "s", FS_GAUGE, offsetof(struct fs_queue, oldest_age),
     "Age of the oldest message that has not been deleted, of one that was moved here since then; "
     "looked at when an interval ends."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"requests", "requests", "1", 1, offsetof(struct params, price_requests), 0}, {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct fs_queue),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .settle = settle,
                                              .redrive = redrive,
                                              .hands_over = true,
                                              .stores = true,
                                              .sink = offsetof(struct params, sink),
                                              .broken = broken};

struct fs_queue_rules fs_queue_rules(const struct fs_component_spec *spec)
{
    const struct params *p = spec->params;
    if (spec->plugin != &fs_components_queue) return (struct fs_queue_rules){0};
    return (struct fs_queue_rules){p->visibility_timeout, p->visibility_maximum, p->largest_batch,
                                   p->message_size, p->order == FIFO};
}

struct fs_queue *fs_queue_of(struct fs_component *component)
{
    return component->type == &type ? (struct fs_queue *)component : NULL;
}

const struct fs_plugin fs_components_queue = {
    "queue",
    "A queue with at-least-once delivery, visibility timeout, retention and redrive; standard or "
    "first in, first out by message groups.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
