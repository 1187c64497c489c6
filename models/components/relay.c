/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A relay takes events, answers at once, and delivers each to what stands behind it, or to several
 * targets apart from each other, trying again when that fails: asynchronous invocation, a bus's
 * rules, a notification.
 *
 * Two policies of retries, because two things go wrong: an error has used up an execution and is
 * tried a few times more; a refusal has not, and is tried for as long as the event is young enough.
 * Each counts its own failures, and who is switched off is not asked again. An event that is given
 * up goes to a queue for such events or is lost; one that grows too old while it waits ends at that
 * age.
 *
 * Delivery is at least once: some events are delivered a second time, whatever comes of the first.
 * That copy is an execution, not a request; nobody waits for its answer.
 */
#include "dist.h"
#include "queue.h"
#include "retry.h"
#include "traffic.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

extern const struct fs_plugin fs_components_relay;

#define COPY 0x8000 /* flipped in attempt numbers: a copy has draws of its own */

struct params {
    struct fs_dist delay;
    struct fs_list targets; /* of struct fs_target */
    struct fs_plugin_value errors, refusals;
    fs_time maximum_age;
    struct {
        double share;
        fs_time after;
    } duplicates;
    const char *on_failure;
    int64_t event_size, chunk;
    const char *price_events;
};

struct relay {
    struct fs_component base;
    struct fs_caller caller, copies;
    const struct params *p;
    struct fs_queue *on_failure, **target_failure; /* [targets] */
    uint64_t delay_key, retry_key, copy_key, match_key;
    int64_t chunks; /* billed units of one event */
    /* metrics */
    int64_t accepted, unmatched, deliveries, attempts, delivered, throttled, failures;
    int64_t failed, expired, dead_lettered, duplicates, billed;
    struct fs_meter waiting, in_flight;
};

/* ---- delivering ----------------------------------------------------------------------------- */

static void deliver(struct relay *relay, struct fs_request *event)
{
    const fs_time now = fs_now(relay->base.sim);
    relay->attempts++;
    fs_meter_add(&relay->waiting, now, -1);
    fs_meter_add(&relay->in_flight, now, 1);
    event->has_parts = 0;
    if (now > event->asked)
        fs_request_spent(event, event->errors + event->refusals ? FS_PART_BACKOFF : FS_PART_QUEUE,
                         now - event->asked);
    fs_request_enter(event);
}

static void delivery_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    deliver(self, (struct fs_request *)arg);
}

static void redelivery_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_request *event = (struct fs_request *)arg;
    (void)sim;
    fs_request_class(event)->attempts++;
    deliver(self, event);
}

/* ---- copies --------------------------------------------------------------------------------- */

static void copy_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct relay *relay = self;
    (void)sim;
    relay->duplicates++;
    fs_request_enter((struct fs_request *)arg);
}

static void copy_done(struct fs_caller *caller, struct fs_request *copy, enum fs_outcome outcome)
{
    struct fs_class *class = fs_request_class(copy);
    (void)caller;
    class->duplicates += outcome == FS_COMPLETED;
    fs_slab_put(&class->requests, copy);
}

static void maybe_copy(struct relay *relay, const struct fs_request *event, fs_time delay)
{
    const double share = relay->p->duplicates.share;
    if (!(share > 0) ||
        fs_to_uniform(fs_request_key(relay->copy_key, event, event->attempt)) >= share)
        return;
    struct fs_class *class = fs_request_class(event);
    struct fs_request *copy = fs_slab_get(&class->requests);
    memcpy(copy, event, class->requests.size);
    copy->caller = &relay->copies;
    copy->attempt ^= COPY;
    fs_schedule(relay->base.sim, fs_now(relay->base.sim) + delay + relay->p->duplicates.after,
                copy_due, relay, (uintptr_t)copy);
}

/* ---- giving up ------------------------------------------------------------------------------- */

static const struct fs_target *target_of(const struct fs_request *event)
{
    return fs_request_class(event)->target;
}

static struct fs_queue *failure_queue(const struct relay *relay, const struct fs_request *event)
{
    const struct fs_target *target = target_of(event), *all = relay->p->targets.item;
    return target && target->on_failure ? relay->target_failure[target - all] : relay->on_failure;
}

/* The end of an event that nobody will deliver any more. */
static void give_up(struct relay *relay, struct fs_request *event, enum fs_outcome outcome)
{
    struct fs_queue *queue = failure_queue(relay, event);
    if (queue) {
        relay->dead_lettered++;
        fs_queue_bury(queue);
        outcome = FS_DEAD_LETTERED;
    } else if (outcome == FS_EXPIRED) {
        relay->expired++;
    } else {
        relay->failed++;
    }
    fs_class_end(fs_request_class(event), event, outcome);
}

static void too_old(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct relay *relay = self;
    fs_meter_add(&relay->waiting, fs_now(sim), -1);
    give_up(relay, (struct fs_request *)arg, FS_EXPIRED);
}

/* When it is too old. */
static fs_time end_of(const struct relay *relay, const struct fs_request *event)
{
    const struct fs_target *target = target_of(event);
    const fs_time age = target && target->maximum_age ? target->maximum_age : relay->p->maximum_age;
    return age ? event->asked + age : FS_NEVER;
}

/* True when it is too old before it has waited so long: then it ends at that age. */
static bool ends_before(struct relay *relay, struct fs_request *event, fs_time wait)
{
    const fs_time now = fs_now(relay->base.sim), oldest = end_of(relay, event);
    if (wait <= oldest - now) return false;
    fs_schedule_last(relay->base.sim, oldest > now ? oldest : now, too_old, relay,
                     (uintptr_t)event);
    return true;
}

/* ---- accepting ------------------------------------------------------------------------------ */

static fs_time draw_delay(const struct relay *relay, const struct fs_request *event)
{
    const struct fs_dist *delay = &relay->p->delay;
    if (delay->kind == FS_DIST_CONSTANT) return fs_nanoseconds(delay->a);
    return fs_nanoseconds(fs_dist_quantile(
        delay, fs_to_uniform(fs_request_key(relay->delay_key, event, event->attempt))));
}

/* An event for one target, to be delivered when its delay has passed. */
static void keep(struct relay *relay, struct fs_request *event)
{
    const fs_time now = fs_now(relay->base.sim), delay = draw_delay(relay, event);
    event->caller = &relay->caller;
    relay->deliveries++;
    fs_meter_add(&relay->waiting, now, 1);
    if (ends_before(relay, event, delay)) return;
    maybe_copy(relay, event, delay);
    if (delay > 0)
        fs_schedule(relay->base.sim, now + delay, delivery_due, relay, (uintptr_t)event);
    else
        deliver(relay, event);
}

/* What goes round again, behind what was derived before: `last` is its end, and the new one. */
static struct fs_request **go_round(struct fs_class *class, const struct fs_request *request,
                                    struct fs_request **last)
{
    for (int i = 0; i < class->params->allow_loop.sends; i++) {
        *last = fs_class_derive_round(class, request, i);
        if (*last) last = &(*last)->next;
    }
    return last;
}

/* An event is the same one for all that say which they take: two halves are two, and all. */
static bool is_match(struct relay *relay, const struct fs_class *class,
                     const struct fs_request *request)
{
    const struct fs_target *target = class->target;
    if (!target || target->share >= 1) return true;
    const double place = fs_to_uniform(fs_request_key(relay->match_key, request, 0));
    const bool match = place >= target->from && place < target->from + target->share;
    relay->unmatched += !match;
    return match;
}

/* The caller has its answer before the first target is asked. */
static void accept(struct fs_component *self, struct fs_request *request)
{
    struct relay *relay = (struct relay *)self;
    struct fs_request *first = NULL, **last = &first;
    struct fs_class *class = fs_request_class(request)->derived;
    relay->accepted++;
    relay->billed += relay->chunks;
    for (; class; class = class->sibling) {
        if (class->loops) {
            last = go_round(class, request, last);
        } else if (is_match(relay, class, request)) {
            *last = fs_class_derive(class, request);
            last = &(*last)->next;
        }
    }
    fs_request_reply(request, FS_COMPLETED);
    for (struct fs_request *event = first, *next; event; event = next) {
        next = event->next;
        keep(relay, event);
    }
}

/* ---- answers -------------------------------------------------------------------------------- */

static const struct fs_plugin_value *policy_of(const struct relay *relay,
                                               const struct fs_request *event, bool refused)
{
    const struct fs_target *target = target_of(event);
    if (target && refused && target->refusals.plugin) return &target->refusals;
    if (target && !refused && target->errors.plugin) return &target->errors;
    return refused ? &relay->p->refusals : &relay->p->errors;
}

static fs_time next_wait(const struct relay *relay, struct fs_request *event, bool refused)
{
    const struct fs_plugin_value *retry = policy_of(relay, event, refused);
    const struct fs_retry_type *type = retry->plugin->type;
    struct fs_stream stream;
    fs_stream_new(&stream, fs_request_key(relay->retry_key, event, event->attempt));
    if (event->errors + event->refusals == 1) event->mark = 0;
    return type->wait(retry->params, refused ? event->refusals : event->errors, event->mark,
                      &stream);
}

static void try_later(struct relay *relay, struct fs_request *event, fs_time wait)
{
    const fs_time now = fs_now(relay->base.sim);
    fs_meter_add(&relay->waiting, now, 1);
    if (ends_before(relay, event, wait)) return;
    event->mark = wait;
    event->attempt++;
    fs_schedule_last(relay->base.sim, now + wait, redelivery_due, relay, (uintptr_t)event);
}

static bool is_hopeless(const struct fs_request *event)
{
    const struct fs_component *hop = event->path->hop[0];
    return hop->type->is_off && hop->type->is_off(hop);
}

static void delivered(struct fs_caller *caller, struct fs_request *event, enum fs_outcome outcome)
{
    struct relay *relay = (struct relay *)(void *)((char *)caller - offsetof(struct relay, caller));
    const bool refused = outcome == FS_THROTTLED || outcome == FS_DROPPED;
    fs_meter_add(&relay->in_flight, fs_now(relay->base.sim), -1);
    if (outcome == FS_COMPLETED) {
        relay->delivered++;
        fs_class_end(fs_request_class(event), event, outcome);
        return;
    }
    relay->throttled += refused;
    relay->failures += !refused;
    event->errors = (uint16_t)(event->errors + !refused);
    event->refusals = (uint16_t)(event->refusals + refused);
    const bool again =
        event->errors + event->refusals < UINT16_MAX && !(refused && is_hopeless(event));
    const fs_time wait = again ? next_wait(relay, event, refused) : FS_NEVER;
    if (wait == FS_NEVER)
        give_up(relay, event, outcome);
    else
        try_later(relay, event, wait);
}

/* ---- set-up --------------------------------------------------------------------------------- */

static struct fs_queue *queue_named(const struct relay *relay, const char *name)
{
    return name ? fs_queue_of(fs_world_component(relay->base.world, name)) : NULL;
}

static void start(struct fs_component *self)
{
    struct relay *relay = (struct relay *)self;
    relay->p = self->params;
    relay->caller.done = delivered;
    relay->caller.queues = relay->copies.queues = true;
    relay->copies.done = copy_done;
    relay->delay_key = fs_key_at(self->key, 1, 0);
    relay->retry_key = fs_key_at(self->key, 2, 0);
    relay->copy_key = fs_key_at(self->key, 3, 0);
    relay->chunks = (relay->p->event_size + relay->p->chunk - 1) / relay->p->chunk;
    relay->match_key = fs_key_at(self->key, 4, 0);
    relay->on_failure = queue_named(relay, relay->p->on_failure);
    const struct fs_list *targets = &relay->p->targets;
    relay->target_failure = fs_arena_alloc(
        fs_sim_arena(self->sim), (size_t)(targets->n + 1) * sizeof *relay->target_failure);
    for (int i = 0; i < targets->n; i++)
        relay->target_failure[i] =
            queue_named(relay, ((const struct fs_target *)targets->item)[i].on_failure);
}

static const char *broken(const struct fs_component *self)
{
    const struct relay *relay = (const struct relay *)self;
    const int64_t ended = relay->delivered + relay->failed + relay->expired + relay->dead_lettered;
    if (relay->deliveries != ended + relay->waiting.level + relay->in_flight.level)
        return "deliveries = delivered + failed + expired + dead lettered + waiting + in flight";
    if (relay->attempts !=
        relay->delivered + relay->throttled + relay->failures + relay->in_flight.level)
        return "attempts = delivered + throttled + failures + in flight";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    const struct fs_target *target = p->targets.item;
    char key[32];
    fs_targets_check(&p->targets, complaints);
    for (int i = 0; i < p->targets.n; i++) {
        snprintf(key, sizeof key, "targets.%d.from", i);
        if (target[i].from + target[i].share > 1 + 1e-9)
            fs_complain(complaints, key, "from and share are more than all of the events");
    }
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param duplicate_rows[] = {
    {"share", FS_P_SCALAR, FS_D_FRACTION, ROW(duplicates.share), "0%", 0, 1,
     .doc = "Share of events that are delivered twice without a failure."},
    {"after", FS_P_SCALAR, FS_D_TIME, ROW(duplicates.after), "1s", 0, 86400,
     .doc = "How long after the first delivery the second one comes."},
    {.key = NULL}};

#define TARGET(field) .offset = offsetof(struct fs_target, field)

static const struct fs_param target_rows[] = {
    {"path", FS_P_LIST, FS_D_COUNT, TARGET(path), NULL, 0, 0,
     .doc = "Components that what is delivered passes, in order.", .rows = fs_target_path_rows,
     .size = sizeof(const char *)},
    {"share", FS_P_SCALAR, FS_D_FRACTION, TARGET(share), "100%", 0, 1,
     .doc = "Share of the events that it takes: a filter."},
    {"from", FS_P_SCALAR, FS_D_FRACTION, TARGET(from), "0%", 0, 1,
     .doc = "Which share: that above this one, so that 30% and 70% from 30% take each event once."},
    {"errors", FS_P_PLUGIN, FS_D_COUNT, TARGET(errors), "", 0, 0,
     .doc = "As the relay's, for this target.", .registry = "retries"},
    {"refusals", FS_P_PLUGIN, FS_D_COUNT, TARGET(refusals), "", 0, 0,
     .doc = "As the relay's, for this target.", .registry = "retries"},
    {"maximum_age", FS_P_SCALAR, FS_D_TIME, TARGET(maximum_age), "", 1e-3, 1e9,
     .doc = "As the relay's, for this target."},
    {"on_failure", FS_P_REF, FS_D_COUNT, TARGET(on_failure), "", 0, 0,
     .doc = "As the relay's, for this target.", .registry = "queue"},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"targets", FS_P_LIST, FS_D_COUNT, ROW(targets), "", 0, 0,
     .doc = "Paths to which each event is delivered, beside what stands behind on the path.",
     .rows = target_rows, .size = sizeof(struct fs_target)},
    {"delay", FS_P_DIST, FS_D_TIME, ROW(delay), "0s", 0, 0,
     .doc = "From taking an event to its first delivery."},
    {"errors", FS_P_PLUGIN, FS_D_COUNT, ROW(errors), NULL, 0, 0,
     .doc = "When an event is delivered again whose delivery ended with an error or timed out.",
     .registry = "retries"},
    {"refusals", FS_P_PLUGIN, FS_D_COUNT, ROW(refusals), NULL, 0, 0,
     .doc = "When an event is delivered again whose delivery was throttled or dropped; counted "
            "apart from errors.",
     .registry = "retries"},
    {"maximum_age", FS_P_SCALAR, FS_D_TIME, ROW(maximum_age), "", 1e-3, 1e9,
     .doc = "Age at which an event is given up while it waits; absent: no limit."},
    {"duplicates", FS_P_GROUP, FS_D_COUNT, 0, "", 0, 0, .doc = "Events that are delivered twice.",
     .rows = duplicate_rows},
    {"on_failure", FS_P_REF, FS_D_COUNT, ROW(on_failure), "", 0, 0,
     .doc = "The queue to which events go that are given up; absent: they are lost.",
     .registry = "queue"},
    {"event_size", FS_P_SCALAR, FS_D_SIZE, ROW(event_size), "1kB", 1, 2e9,
     .doc = "Size of an event."},
    {"chunk", FS_P_SCALAR, FS_D_SIZE, ROW(chunk), "64KiB", 1, 2e9,
     .doc = "Size that one billed event covers."},
    {"price_events", FS_P_PRICE, FS_D_COUNT, ROW(price_events), "", 0, 0,
     .doc = "Price item of one event."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct relay, field), doc                                  \
    }

static const struct fs_metric metrics[] = {
    COUNT("accepted", accepted, "Events taken."),
    COUNT("unmatched", unmatched, "Events that a target did not take, for each of them."),
    COUNT("deliveries", deliveries, "Events to be delivered, one for each target."),
    COUNT("attempts", attempts, "Deliveries of events that were begun, the first ones included."),
    COUNT("delivered", delivered, "Events delivered with success."),
    COUNT("throttled", throttled, "Deliveries that were refused."),
    COUNT("failures", failures, "Deliveries that ended with an error or timed out."),
    COUNT("failed", failed, "Events lost because their retries were used up."),
    COUNT("expired", expired, "Events lost at the maximum age."),
    COUNT("dead_lettered", dead_lettered, "Events given up and moved to the queue for them."),
    COUNT("duplicates", duplicates, "Events delivered once more, whatever came of the first time."),
    COUNT("events", billed, "Billed events."),
    {"waiting", "1", FS_GAUGE, offsetof(struct relay, waiting),
     "Events that wait for their next delivery."},
    {"in_flight", "1", FS_GAUGE, offsetof(struct relay, in_flight), "Events being delivered."},
    {.name = NULL}};

static const struct fs_charge charges[] = {
    {"events", "events", "1", 1, offsetof(struct params, price_events), 0}, {.line = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct relay),
                                              .metrics = metrics,
                                              .charges = charges,
                                              .start = start,
                                              .accept = accept,
                                              .hands_over = true,
                                              .targets = offsetof(struct params, targets),
                                              .broken = broken};

const struct fs_plugin fs_components_relay = {
    "relay",
    "Answers at once and delivers what it took to the next hop, with retries: asynchronous "
    "invocation.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
