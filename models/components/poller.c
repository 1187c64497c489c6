/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An event source: pulls batches from a queue and has a component work on them, a limited number
 * at a time. The limit starts low and grows while messages wait (the ramp), up to a cap. It is
 * given as a number of invocations, or as a number of pollers with so many each, which are then
 * paid for and poll no faster than they can.
 *
 * A batch is one request of the poller's own: its work is the sum of its messages' works, in turn.
 * Refused invocations are tried again with backoff until the visibility timeout takes the messages
 * back, or given up at once: sources differ, and each such delivery has burnt one of the message's
 * receives. Failed ones are left to that timeout. A message may be at fault itself; then its batch
 * fails with it, or, with partial responses, it alone goes back (and, where order is kept, what
 * came after it). Each batch that fails may lower the limit. When all is quiet the limit falls back
 * to its start; providers do not document how fast, so the platform file marks it as assumed.
 * Long polls that bring nothing are metered when they stop or an interval ends, not one by one.
 */
#include "queue.h"
#include "rng.h"
#include "traffic.h"
#include "world.h"

#include <string.h>

extern const struct fs_plugin fs_components_poller;

enum ramp_shape { CONTINUOUS, STEPWISE };
static const char *const ramp_names[] = {"continuous", "stepwise", NULL};

struct params {
    const char *from, *to;
    int64_t batch_size, payload_max;
    fs_time batch_window;
    int64_t start_concurrency, maximum;
    double ramp;
    int ramp_shape;
    int64_t idle_pollers;
    fs_time long_poll;
    fs_time throttle_wait, throttle_wait_max;
    bool retry_within_visibility, partial_responses;
    double poison, message_errors;
    int64_t failure_step;
    fs_time failed_visibility;
    double visibility_at_least;
    fs_time visibility_margin;
    struct {
        int64_t minimum, maximum, concurrency;
        double polls;
    } pollers;
    const char *price_pollers;
};

/* A message may be delivered to another batch while this one still works on it. */
struct delivery {
    struct fs_request *message;
    int receipt;
    uint16_t attempt;
};

/* One invocation and the messages it works on. */
struct batch {
    struct delivery *delivery;
    struct fs_batch names; /* of its messages, when there are several */
    int n;
    fs_time wait; /* after the next refusal */
    struct fs_request request;
};

struct poller {
    struct fs_component base;
    struct fs_caller caller;
    const struct params *p;
    struct fs_queue *queue;
    struct fs_slab batches;
    struct fs_source ramp;   /* the limit's next step */
    struct fs_source window; /* the end of the batch window */
    struct fs_source pace;   /* when a poller may poll again */
    int64_t batch_size;      /* as far as the payload allows */
    int64_t limit, start, maximum;
    fs_time poll_gap, next_poll; /* of one poller; of all, if each had waited its turn */
    bool ordered;
    fs_time hides; /* its messages for so long; 0: as the queue does */
    uint64_t n;
    struct {
        fs_time *since;   /* [idle_pollers], a ring: when each asked, but for metered polls */
        int64_t first, n; /* the first has asked longest and gets the next message */
    } asks;
    bool pulling;
    uint64_t jitter_key, poison_key, error_key;
    /* metrics */
    int64_t invocations, messages, completed, failed, throttled, abandoned, returned;
    struct fs_meter in_flight, allowed, paid;
};

static struct batch *of_request(struct fs_request *request)
{
    return (struct batch *)(void *)((char *)request - offsetof(struct batch, request));
}

/* Pollers that the limit takes. */
static int64_t pollers(const struct poller *poller)
{
    const int64_t each = poller->p->pollers.concurrency;
    return (poller->limit + each - 1) / each;
}

/* ---- long polls ----------------------------------------------------------------------------- */

static fs_time *asked(const struct poller *poller, int64_t i)
{
    const int64_t at = poller->asks.first + i, n = poller->p->idle_pollers;
    return &poller->asks.since[at < n ? at : at - n];
}

/* Meter those of its polls that are over. */
static void count_empty(struct poller *poller, fs_time *since)
{
    const fs_time long_poll = poller->p->long_poll, waited = fs_now(poller->base.sim) - *since;
    if (waited < long_poll) return;
    const int64_t empty = waited / long_poll;
    *since += empty * long_poll;
    fs_queue_meter(poller->queue, empty, 0);
}

static void ask_no_more(struct poller *poller)
{
    if (poller->asks.n == 0) return;
    count_empty(poller, asked(poller, 0));
    poller->asks.n--;
    if (++poller->asks.first == poller->p->idle_pollers) poller->asks.first = 0;
}

/* As many as the limit has room for what they would bring. */
static void ask(struct poller *poller)
{
    const int64_t room = poller->limit - poller->in_flight.level;
    while (poller->asks.n > 0 && poller->asks.n > room)
        ask_no_more(poller);
    while (poller->asks.n < poller->p->idle_pollers && poller->asks.n < room)
        *asked(poller, poller->asks.n++) = fs_now(poller->base.sim);
}

static void set_limit(struct poller *poller, int64_t limit)
{
    const fs_time now = fs_now(poller->base.sim);
    poller->limit = limit < poller->maximum ? limit : poller->maximum;
    fs_meter_set(&poller->allowed, now, poller->limit);
    if (poller->p->pollers.maximum) fs_meter_set(&poller->paid, now, pollers(poller));
    ask(poller);
}

static void set_in_flight(struct poller *poller, int64_t change)
{
    fs_meter_add(&poller->in_flight, fs_now(poller->base.sim), change);
    ask(poller);
}

/* ---- invoking ------------------------------------------------------------------------------- */

static void take_work(struct fs_request *request, const struct fs_request *message)
{
    for (int i = 0; i < message->path->legs; i++)
        request->leg[i] = (struct fs_leg){message->leg[i].cpu, message->leg[i].io, NULL};
}

static void add_work(struct fs_request *request, const struct fs_request *message)
{
    for (int i = 0; i < message->path->legs; i++) {
        request->leg[i].cpu += message->leg[i].cpu;
        request->leg[i].io += message->leg[i].io;
    }
}

/* Its messages' names stand in front of its deliveries, both at the end of its memory. */
static void name_messages(const struct poller *poller, struct batch *batch)
{
    const size_t deliveries = (size_t)poller->batch_size * sizeof *batch->delivery;
    void *end = (char *)batch + poller->batches.size - deliveries;
    struct fs_batched *item = (struct fs_batched *)end - batch->n;
    for (int i = 0; i < batch->n; i++) {
        const struct fs_request *message = batch->delivery[i].message;
        item[i] = (struct fs_batched){fs_request_class(message), message->number};
    }
    batch->names = (struct fs_batch){batch->request.number, batch->n, item};
    batch->request.batched = 1;
    batch->request.batch = &batch->names;
}

static struct batch *new_batch(struct poller *poller, struct fs_request *message, int n)
{
    struct batch *batch = fs_slab_get(&poller->batches);
    struct fs_request *request = &batch->request;
    batch->n = n;
    batch->delivery = (struct delivery *)(void *)((char *)batch + poller->batches.size) - n;
    batch->wait = poller->p->throttle_wait;
    memset(request, 0, offsetof(struct fs_request, part));
    take_work(request, message);
    request->caller = &poller->caller;
    request->path = message->path;
    /* One message keeps its number, by which duplicates of what it does are known. */
    const uint64_t mixed = fs_key_at(poller->jitter_key, poller->n++, 1);
    request->number =
        n == 1 ? message->number : fs_first_round(mixed) | fs_round_of(message->number);
    request->attempt = n == 1 ? message->attempt : 1;
    request->key = message->key;
    request->born = message->born;
    request->asked = fs_now(poller->base.sim);
    for (int i = 0; message; message = message->next, i++) {
        batch->delivery[i] =
            (struct delivery){message, fs_queue_receipt(message), message->attempt};
        if (poller->hides)
            fs_queue_change_visibility(poller->queue, message, fs_queue_receipt(message),
                                       poller->hides);
        if (i > 0) add_work(request, message);
    }
    if (n > 1) name_messages(poller, batch);
    return batch;
}

static void dispatch(struct poller *poller)
{
    int n;
    ask_no_more(poller);
    struct fs_request *message = fs_queue_receive(poller->queue, (int)poller->batch_size, true, &n);
    struct batch *batch = new_batch(poller, message, n);
    poller->invocations++;
    poller->messages += n;
    set_in_flight(poller, 1);
    fs_request_enter(&batch->request);
}

/* Each poller polls so often at most; together they have saved up a poll each. */
static bool may_poll(struct poller *poller)
{
    const fs_time now = fs_now(poller->base.sim);
    if (!poller->poll_gap) return true;
    const int64_t n = pollers(poller);
    const fs_time gap = poller->poll_gap / n;
    if (poller->next_poll < now - (n - 1) * gap) poller->next_poll = now - (n - 1) * gap;
    if (poller->next_poll > now) {
        fs_source_arm(poller->base.sim, &poller->pace, poller->next_poll);
        return false;
    }
    poller->next_poll += gap;
    return true;
}

/* A full batch, or one that has waited its window. */
static bool is_ready(const struct poller *poller)
{
    const fs_time since = fs_queue_waiting_since(poller->queue);
    if (since == FS_NEVER) return false;
    if (fs_now(poller->base.sim) - since >= poller->p->batch_window) return true;
    return fs_queue_has_alike(poller->queue, poller->batch_size);
}

static void arm_window(struct poller *poller)
{
    const fs_time since = fs_queue_waiting_since(poller->queue);
    const fs_time now = fs_now(poller->base.sim);
    if (since == FS_NEVER || poller->in_flight.level >= poller->limit) return;
    const fs_time at = since + poller->p->batch_window;
    if (at > now) fs_source_arm(poller->base.sim, &poller->window, at);
}

static void arm_ramp(struct poller *poller)
{
    if (poller->p->ramp > 0 && poller->limit < poller->maximum &&
        fs_source_time(poller->base.sim, &poller->ramp) == FS_NEVER) {
        const fs_time step =
            poller->p->ramp_shape == STEPWISE ? FS_MIN : fs_nanoseconds(1e9 / poller->p->ramp);
        fs_source_arm(poller->base.sim, &poller->ramp, fs_now(poller->base.sim) + step);
    }
}

/* An invocation may be answered, and a queue wake us, before dispatch returns. */
static void pull(struct poller *poller)
{
    if (poller->pulling) return;
    poller->pulling = true;
    while (poller->in_flight.level < poller->limit && is_ready(poller) && may_poll(poller))
        dispatch(poller);
    poller->pulling = false;
    arm_window(poller);
    if (poller->in_flight.level >= poller->limit && fs_queue_visible(poller->queue) > 0)
        arm_ramp(poller);
}

static void wake(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    (void)arg;
    pull(self);
}

static void ramp_step(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct poller *poller = self;
    (void)sim;
    (void)arg;
    if (poller->in_flight.level < poller->limit || fs_queue_visible(poller->queue) == 0) return;
    set_limit(poller,
              poller->limit +
                  (poller->p->ramp_shape == STEPWISE ? (int64_t)(poller->p->ramp * 60 + 0.5) : 1));
    pull(poller);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* The message fails whenever it is worked on, or has done so this time. */
static bool is_bad(const struct poller *poller, const struct delivery *delivery)
{
    const struct params *p = poller->p;
    const struct fs_request *message = delivery->message;
    if (p->poison > 0 && fs_to_uniform(fs_request_key(poller->poison_key, message, 0)) < p->poison)
        return true;
    return p->message_errors > 0 &&
           fs_to_uniform(fs_request_key(poller->error_key, message, delivery->attempt)) <
               p->message_errors;
}

/* How many of a batch's messages, from the first on, are done after an execution that worked; with
 * partial responses out of order the bad ones are left out one by one instead. */
static int count_good(const struct poller *poller, const struct batch *batch)
{
    int good = 0;
    while (good < batch->n && !is_bad(poller, &batch->delivery[good]))
        good++;
    if (good == batch->n || (poller->p->partial_responses && poller->ordered)) return good;
    return poller->p->partial_responses ? batch->n : 0;
}

static void give_back(struct poller *poller, const struct delivery *delivery)
{
    poller->returned++;
    if (poller->p->failed_visibility)
        fs_queue_change_visibility(poller->queue, delivery->message, delivery->receipt,
                                   poller->p->failed_visibility);
    fs_queue_let_go(delivery->message);
}

/* The first `good` of its messages are done, but for bad ones among them. Its place is free before
 * its messages are, for these may bring the next batch. */
static void end_batch(struct poller *poller, struct batch *batch, int good)
{
    int deleted = 0;
    set_in_flight(poller, -1);
    for (int i = 0; i < batch->n; i++) {
        const struct delivery *delivery = &batch->delivery[i];
        fs_queue_inherit(delivery->message, &batch->request, batch->request.asked);
        if (i < good && !is_bad(poller, delivery)) {
            fs_queue_delete(poller->queue, delivery->message);
            deleted++;
        } else {
            give_back(poller, delivery);
        }
    }
    fs_queue_meter(poller->queue, 0, (deleted + 9) / 10);
    if (poller->p->failed_visibility && good > 0)
        fs_queue_meter(poller->queue, 0, (batch->n - deleted + 9) / 10);
    fs_slab_put(&poller->batches, batch);
}

static void rest(struct poller *poller)
{
    if (poller->in_flight.level > 0 || fs_queue_visible(poller->queue) > 0) return;
    set_limit(poller, poller->start);
    fs_source_arm(poller->base.sim, &poller->ramp, FS_NEVER);
}

static bool still_held(const struct batch *batch)
{
    for (int i = 0; i < batch->n; i++) {
        if (fs_queue_holds(batch->delivery[i].message, batch->delivery[i].receipt)) return true;
    }
    return false;
}

static void invoke_again(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct poller *poller = self;
    struct batch *batch = (struct batch *)arg;
    struct fs_request *request = &batch->request;
    if (poller->p->retry_within_visibility && still_held(batch)) {
        request->has_parts = 0;
        fs_request_spent(request, FS_PART_BACKOFF, fs_now(sim) - request->asked);
        fs_request_enter(request);
        return;
    }
    poller->abandoned++;
    end_batch(poller, batch, 0);
    pull(poller);
    rest(poller);
}

/* A message remembers the tries at it, so that none has the draws of an earlier one. */
static void count_refusal(struct batch *batch)
{
    struct fs_request *request = &batch->request;
    if (batch->n == 1) batch->delivery->message->attempt++;
    request->attempt++;
}

/* Exponential backoff with full jitter; one that is not tried again keeps its place as long. */
static void back_off(struct poller *poller, struct batch *batch)
{
    const uint64_t bits =
        fs_key_at(poller->jitter_key, batch->request.number, batch->request.attempt);
    const fs_time wait = fs_nanoseconds((double)batch->wait * fs_to_uniform(bits)) + FS_MS;
    poller->throttled++;
    count_refusal(batch);
    batch->wait *= 2;
    if (batch->wait > poller->p->throttle_wait_max) batch->wait = poller->p->throttle_wait_max;
    fs_schedule_last(poller->base.sim, fs_now(poller->base.sim) + wait, invoke_again, poller,
                     (uintptr_t)batch);
}

/* Fewer at a time while they fail; who says which message failed is trusted to go on. */
static void slow_down(struct poller *poller)
{
    const int64_t limit = poller->limit - poller->p->failure_step;
    if (poller->p->failure_step == 0 || poller->p->partial_responses) return;
    set_limit(poller, limit > poller->start ? limit : poller->start);
}

static void invoked(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome)
{
    struct poller *poller =
        (struct poller *)(void *)((char *)caller - offsetof(struct poller, caller));
    struct batch *batch = of_request(request);
    if (outcome == FS_THROTTLED || outcome == FS_DROPPED) {
        back_off(poller, batch);
        return;
    }
    const int good = outcome == FS_COMPLETED ? count_good(poller, batch) : 0;
    poller->completed += good > 0;
    poller->failed += good == 0;
    if (good == 0) slow_down(poller);
    end_batch(poller, batch, good);
    pull(poller);
    rest(poller);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static void start_limits(struct poller *poller)
{
    const struct params *p = poller->p;
    const int64_t each = p->pollers.concurrency;
    poller->start = p->pollers.maximum ? p->pollers.minimum * each : p->start_concurrency;
    poller->maximum = p->pollers.maximum ? p->pollers.maximum * each : p->maximum;
    poller->poll_gap =
        p->pollers.maximum && p->pollers.polls > 0 ? fs_nanoseconds(1e9 / p->pollers.polls) : 0;
    poller->next_poll = -poller->poll_gap;
    set_limit(poller, poller->start);
}

/* The time limit of what it invokes; 0: none. */
static fs_time limit_of(const struct fs_component_spec *to)
{
    const struct fs_component_type *type = to->plugin->type;
    if (!type->time_limit) return 0;
    return *(const fs_time *)(const void *)((const char *)to->params + type->time_limit);
}

/* A batch that was waited for and one execution must fit into the visibility timeout. */
static fs_time hides(const struct params *p, const struct fs_queue_rules *rules,
                     const struct fs_component_spec *to)
{
    const fs_time needs = p->batch_window + limit_of(to);
    return p->visibility_margin && needs > rules->visibility_timeout ? needs + p->visibility_margin
                                                                     : 0;
}

static void start(struct fs_component *self)
{
    struct poller *poller = (struct poller *)self;
    const struct fs_variant_spec *spec = self->world->spec;
    const struct params *p = poller->p = self->params;
    const struct fs_queue_rules rules = fs_queue_rules(fs_spec_component(spec, p->from));
    poller->queue = fs_queue_of(fs_world_component(self->world, p->from));
    poller->ordered = rules.ordered;
    poller->batch_size = fs_batch_size(p->batch_size, p->payload_max, rules.message_size);
    poller->hides = hides(p, &rules, fs_spec_component(spec, p->to));
    poller->caller.done = invoked;
    poller->jitter_key = fs_key_at(self->key, 1, 0);
    poller->poison_key = fs_key_at(self->key, 2, 0);
    poller->error_key = fs_key_at(self->key, 3, 0);
    fs_slab_new(&poller->batches, fs_sim_arena(self->sim),
                fs_world_call_size(self->world, sizeof(struct batch)) +
                    (size_t)poller->batch_size *
                        (sizeof(struct delivery) + sizeof(struct fs_batched)));
    fs_source_new_last(self->sim, &poller->ramp, ramp_step, poller, 0);
    fs_source_new(self->sim, &poller->window, wake, poller, 0);
    fs_source_new(self->sim, &poller->pace, wake, poller, 0);
    poller->asks.since = fs_arena_alloc(fs_sim_arena(self->sim),
                                        (size_t)p->idle_pollers * sizeof *poller->asks.since);
    start_limits(poller);
    fs_queue_subscribe(poller->queue, wake, poller);
}

static void settle(struct fs_component *self)
{
    struct poller *poller = (struct poller *)self;
    for (int64_t i = 0; i < poller->asks.n; i++)
        count_empty(poller, asked(poller, i));
}

static const char *broken(const struct fs_component *self)
{
    const struct poller *poller = (const struct poller *)self;
    if (poller->invocations !=
        poller->completed + poller->failed + poller->abandoned + poller->in_flight.level)
        return "invocations = completed + failed + abandoned + in flight";
    if (poller->in_flight.level > poller->maximum) return "in flight <= maximum";
    return NULL;
}

/* One way of saying how much is allowed, and not both. */
static void check_limits(const struct params *p, struct fs_complaints *complaints)
{
    if (p->pollers.maximum && (p->maximum || p->start_concurrency))
        fs_complain(complaints, "pollers",
                    "give either 'pollers' or 'start_concurrency' and 'maximum', not both");
    if (!p->pollers.maximum && !(p->maximum && p->start_concurrency))
        fs_complain(complaints, "", "needs 'start_concurrency' and 'maximum', or 'pollers'");
    if (p->pollers.minimum > p->pollers.maximum)
        fs_complain(complaints, "pollers.maximum", "must not be below the minimum");
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->batch_size > 10 && p->batch_window < FS_S)
        fs_complain(complaints, "batch_window", "must be at least 1s for batches over 10");
    check_limits(p, complaints);
    if (p->ramp > 0 && p->ramp < 1.0 / 3600)
        fs_complain(complaints, "ramp", "must be 0/s (none) or at least 1/h");
}

static void check_with_others(const struct fs_component_spec *self,
                              const struct fs_variant_spec *spec, struct fs_complaints *complaints)
{
    const struct params *p = self->params;
    const struct fs_component_spec *from = fs_spec_component(spec, p->from);
    const struct fs_component_spec *to = fs_spec_component(spec, p->to);
    if (!from || !to) return;
    const struct fs_queue_rules rules = fs_queue_rules(from);
    const fs_time limit = limit_of(to);
    if (rules.largest_batch && p->batch_size > rules.largest_batch)
        fs_complain(complaints, "batch_size", "'%s' gives at most %lld messages to an invocation",
                    from->name, (long long)rules.largest_batch);
    if (p->payload_max && rules.message_size > p->payload_max)
        fs_complain(complaints, "payload_max", "is less than a message of '%s'", from->name);
    if (rules.ordered && p->batch_window > 0)
        fs_complain(complaints, "batch_window",
                    "'%s' keeps order, a batch of it cannot be waited for", from->name);
    if ((double)rules.visibility_timeout < p->visibility_at_least * (double)limit)
        fs_complain(complaints, "from",
                    "the visibility timeout of '%s', %g s, is under the time limit of '%s', %g s: "
                    "messages would be delivered again while they are worked on; six times the "
                    "limit, %g s, is advised",
                    from->name, (double)rules.visibility_timeout / 1e9, to->name,
                    (double)limit / 1e9, 6 * (double)limit / 1e9);
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param poller_rows[] = {
    {"minimum", FS_P_SCALAR, FS_D_COUNT, ROW(pollers.minimum), "2", 1, 100000,
     .doc = "Pollers that are always there."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, ROW(pollers.maximum), "200", 1, 100000,
     .doc = "Most pollers."},
    {"concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(pollers.concurrency), "10", 1, 100000,
     .doc = "Concurrent invocations of one poller."},
    {"polls", FS_P_SCALAR, FS_D_RATE, ROW(pollers.polls), "10/s", 0, 1e6,
     .doc = "Most polls of one poller; 0/s: no limit."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"from", FS_P_REF, FS_D_COUNT, ROW(from), NULL, 0, 0, .doc = "The queue it pulls from.",
     .registry = "queue"},
    {"to", FS_P_REF, FS_D_COUNT, ROW(to), NULL, 0, 0, .doc = "The component it invokes."},
    {"batch_size", FS_P_SCALAR, FS_D_COUNT, ROW(batch_size), NULL, 1, 10000,
     .doc = "Most messages in one invocation."},
    {"payload_max", FS_P_SCALAR, FS_D_SIZE, ROW(payload_max), "", 1, 2e9,
     .doc = "Most bytes of messages in one invocation; absent: any number."},
    {"batch_window", FS_P_SCALAR, FS_D_TIME, ROW(batch_window), "0s", 0, 300,
     .doc = "How long to wait for a batch to fill."},
    {"start_concurrency", FS_P_SCALAR, FS_D_COUNT, ROW(start_concurrency), "", 1, 100000,
     .doc = "Concurrent invocations that it starts with, within the maximum."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, ROW(maximum), "", 1, 100000,
     .doc = "Most concurrent invocations."},
    {"pollers", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0,
     .doc = "Pollers that are paid for, instead of a number of concurrent invocations.",
     .rows = poller_rows},
    {"ramp", FS_P_SCALAR, FS_D_RATE, ROW(ramp), NULL, 0, 1e6,
     .doc = "Growth of the concurrency while messages wait; 0/s: none."},
    {"ramp_shape", FS_P_CHOICE, FS_D_COUNT, ROW(ramp_shape), "continuous", 0, 0,
     .doc = "Whether it grows one by one or in one step a minute.", .choices = ramp_names},
    {"idle_pollers", FS_P_SCALAR, FS_D_COUNT, ROW(idle_pollers), NULL, 0, 100000,
     .doc = "Long polls that wait at an empty queue, as far as the concurrency has room for them."},
    {"long_poll", FS_P_SCALAR, FS_D_TIME, ROW(long_poll), NULL, 1, 20,
     .doc = "How long a receive waits for a message before it comes back empty."},
    {"throttle_wait", FS_P_SCALAR, FS_D_TIME, ROW(throttle_wait), NULL, 1e-3, 3600,
     .doc = "Longest first wait after a refused invocation; jittered, doubled each time."},
    {"throttle_wait_max", FS_P_SCALAR, FS_D_TIME, ROW(throttle_wait_max), NULL, 1e-3, 3600,
     .doc = "Cap of that wait."},
    {"retry_within_visibility", FS_P_BOOL, FS_D_COUNT, ROW(retry_within_visibility), "true", 0, 0,
     .doc =
         "Try a refused invocation again while its messages are hidden; else they come back when "
         "their visibility timeout passes, with one receive burnt."},
    {"partial_responses", FS_P_BOOL, FS_D_COUNT, ROW(partial_responses), "false", 0, 0,
     .doc = "What is invoked says which messages failed, and the others are done; else one that "
            "fails takes its batch with it."},
    {"poison", FS_P_SCALAR, FS_D_FRACTION, ROW(poison), "0%", 0, 1,
     .doc = "Share of messages that fail whenever they are worked on."},
    {"message_errors", FS_P_SCALAR, FS_D_FRACTION, ROW(message_errors), "0%", 0, 1,
     .doc = "Share of deliveries of messages that fail, each anew."},
    {"failure_step", FS_P_SCALAR, FS_D_COUNT, ROW(failure_step), "0", 0, 100000,
     .doc = "By how much a failed batch lowers the concurrency, not below its start and not with "
            "partial responses; it grows again as it did."},
    {"failed_visibility", FS_P_SCALAR, FS_D_TIME, ROW(failed_visibility), "", 1e-3, 43200,
     .doc = "For how long a failed message is hidden from when it has failed; absent: until its "
            "visibility timeout passes."},
    {"visibility_at_least", FS_P_SCALAR, FS_D_NUMBER, ROW(visibility_at_least), "0", 0, 100,
     .doc = "It refuses a queue whose visibility timeout is under so many time limits of what it "
            "invokes; 0: it takes any."},
    {"visibility_margin", FS_P_SCALAR, FS_D_TIME, ROW(visibility_margin), "", 1e-3, 43200,
     .doc =
         "Where the batch window and a time limit of what it invokes do not fit into the queue's "
         "visibility timeout, messages are hidden for both and so much more; absent: they come "
         "back when that timeout passes."},
    {"price_pollers", FS_P_PRICE, FS_D_COUNT, ROW(price_pollers), "", 0, 0,
     .doc = "Price item of one poller's hour."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct poller, field), doc                                 \
    }

static const struct fs_metric metrics[] = {
    COUNT("invocations", invocations, "Batches taken from the queue."),
    COUNT("messages", messages, "Messages in them."),
    COUNT("completed", completed, "Batches that ended with success."),
    COUNT("failed", failed, "Batches that failed or timed out."),
    COUNT("throttled", throttled, "Invocations that were refused."),
    COUNT("abandoned", abandoned,
          "Batches given up because the visibility timeout took their messages back."),
    COUNT("returned", returned, "Deliveries of messages that were left to the queue again."),
    {"in_flight", "1", FS_GAUGE, offsetof(struct poller, in_flight), "Batches being worked on."},
    {"allowed", "1", FS_GAUGE, offsetof(struct poller, allowed),
     "Concurrent invocations allowed by the ramp."},
    {"pollers", "1", FS_GAUGE, offsetof(struct poller, paid), "Pollers that are paid for."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"pollers", "pollers", "h", INT64_C(3600) * FS_S, offsetof(struct params, price_pollers), 0},
    {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct poller),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .check = check_with_others,
                                              .settle = settle,
                                              .pulls = true,
                                              .pulls_from = offsetof(struct params, from),
                                              .pulls_to = offsetof(struct params, to),
                                              .broken = broken};

const struct fs_plugin fs_components_poller = {"poller",
                                               "Pulls batches from a queue and invokes a component "
                                               "with them, with a concurrency that ramps up.",
                                               sizeof(struct params),
                                               rows,
                                               &type,
                                               check,
                                               NULL};
