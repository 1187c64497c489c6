/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Idempotency keys in front of what has an effect. A key is the request's own: every attempt of it,
 * every delivery of its message and every copy has the same. A request for several messages or
 * records has a key for each of them.
 *
 * The first request of a key passes and the key is remembered from then on, for a window. A later
 * one is answered with success when the first has been; while the first is on its way it is
 * refused; after a failure the key is forgotten and the next one passes. Of a batch those keys pass
 * that have not been done, with the work of all; one that is on its way has all of it refused.
 *
 * Effects are counted where they happen: a success behind this hop, whether anybody still waits for
 * it or not. That count has a memory of its own, so that it means the same with and without the
 * protection.
 */
#include "component.h"
#include "seen.h"
#include "traffic.h"
#include "world.h"

extern const struct fs_plugin fs_components_idempotency;

struct params {
    fs_time window, counted;
    bool protect;
};

enum mark { NEW, ON_ITS_WAY, DONE };

/* Of a batch that has passed. */
struct key {
    struct key *next;
    struct fs_batched of;
};

struct idempotency {
    struct fs_component base;
    const struct params *p;
    struct fs_seen keys, effects;
    struct fs_slab batches; /* of struct key */
    /* metrics */
    int64_t arrived, distinct, duplicates, failed, suppressed, conflicts;
    struct fs_meter in_flight;
};

/* ---- one key -------------------------------------------------------------------------------- */

static enum mark mark_of(struct idempotency *self, const struct fs_class *class, uint64_t number)
{
    const uint8_t *mark = self->p->protect ? fs_seen_mark(&self->keys, class, number, false) : NULL;
    return mark ? (enum mark) * mark : NEW;
}

static void begin_key(struct idempotency *self, const struct fs_class *class, uint64_t number)
{
    if (self->p->protect) *fs_seen_mark(&self->keys, class, number, true) = ON_ITS_WAY;
    fs_meter_add(&self->in_flight, fs_now(self->base.sim), 1);
}

static void end_key(struct idempotency *self, const struct fs_class *class, uint64_t number,
                    enum fs_outcome outcome)
{
    fs_meter_add(&self->in_flight, fs_now(self->base.sim), -1);
    if (outcome != FS_COMPLETED)
        self->failed++;
    else if (fs_seen_before(&self->effects, class, number))
        self->duplicates++;
    else
        self->distinct++;
    if (self->p->protect && outcome == FS_COMPLETED)
        *fs_seen_mark(&self->keys, class, number, true) = DONE;
    else if (self->p->protect)
        fs_seen_forget(&self->keys, class, number);
}

/* ---- requests ------------------------------------------------------------------------------- */

static void end(struct idempotency *self, struct fs_request *request, enum fs_outcome outcome)
{
    struct key *key = request->leg[request->step].execution;
    if (!key) end_key(self, fs_request_class(request), request->number, outcome);
    while (key) {
        struct key *next = key->next;
        end_key(self, key->of.class, key->of.number, outcome);
        fs_slab_put(&self->batches, key);
        key = next;
    }
    fs_request_reply(request, outcome);
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    end((struct idempotency *)self, request, outcome);
}

static void pass(struct idempotency *self, struct fs_request *request, struct key *keys)
{
    request->leg[request->step].execution = keys;
    if (fs_request_has_next(request))
        fs_request_forward(request);
    else
        end(self, request, FS_COMPLETED);
}

static void accept_one(struct idempotency *self, struct fs_request *request)
{
    const struct fs_class *class = fs_request_class(request);
    const enum mark mark = mark_of(self, class, request->number);
    self->arrived++;
    self->suppressed += mark == DONE;
    self->conflicts += mark == ON_ITS_WAY;
    if (mark != NEW) {
        fs_request_reply(request, mark == DONE ? FS_COMPLETED : FS_FAILED);
        return;
    }
    begin_key(self, class, request->number);
    pass(self, request, NULL);
}

static bool is_any_on_its_way(struct idempotency *self, const struct fs_batch *batch)
{
    for (int i = 0; i < batch->n; i++) {
        if (mark_of(self, batch->item[i].class, batch->item[i].number) == ON_ITS_WAY) return true;
    }
    return false;
}

/* The keys of a batch that have not been done. */
static struct key *begin_keys(struct idempotency *self, const struct fs_batch *batch)
{
    struct key *first = NULL, **end = &first;
    for (int i = 0; i < batch->n; i++) {
        const struct fs_batched *item = &batch->item[i];
        if (mark_of(self, item->class, item->number) != NEW) { /* done, or twice in this batch */
            self->suppressed++;
            continue;
        }
        *end = fs_slab_get(&self->batches);
        **end = (struct key){NULL, *item};
        end = &(*end)->next;
        begin_key(self, item->class, item->number);
    }
    return first;
}

static void accept_batch(struct idempotency *self, struct fs_request *request,
                         const struct fs_batch *batch)
{
    self->arrived += batch->n;
    if (is_any_on_its_way(self, batch)) {
        self->conflicts += batch->n;
        fs_request_reply(request, FS_FAILED);
        return;
    }
    struct key *keys = begin_keys(self, batch);
    if (keys)
        pass(self, request, keys);
    else
        fs_request_reply(request, FS_COMPLETED);
}

static void accept(struct fs_component *self, struct fs_request *request)
{
    const struct fs_batch *batch = fs_request_batch(request);
    if (batch)
        accept_batch((struct idempotency *)self, request, batch);
    else
        accept_one((struct idempotency *)self, request);
}

static void start(struct fs_component *component)
{
    struct idempotency *self = (struct idempotency *)component;
    self->p = component->params;
    fs_seen_new(&self->keys, component->sim, self->p->window);
    fs_seen_new(&self->effects, component->sim, self->p->counted);
    fs_slab_new(&self->batches, fs_sim_arena(component->sim), sizeof(struct key));
}

static const char *broken(const struct fs_component *component)
{
    const struct idempotency *self = (const struct idempotency *)component;
    if (self->arrived != self->distinct + self->duplicates + self->failed + self->suppressed +
                             self->conflicts + self->in_flight.level)
        return "arrived = effects + failed + suppressed + conflicts + in flight";
    return NULL;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct params *p = params;
    if (p->counted < p->window)
        fs_complain(complaints, "counted", "must not be shorter than the window");
}

#define ROW(field) .offset = offsetof(struct params, field)

static const struct fs_param rows[] = {
    {"window", FS_P_SCALAR, FS_D_TIME, ROW(window), "1h", 1e-6, 1e9,
     .doc = "How long a key is remembered from its first request on."},
    {"protect", FS_P_BOOL, FS_D_COUNT, ROW(protect), "true", 0, 0,
     .doc = "Hold duplicates back; false: only count their effects."},
    {"counted", FS_P_SCALAR, FS_D_TIME, ROW(counted), "1d", 1e-6, 1e9,
     .doc = "How long an effect is remembered for the count of duplicates."},
    {.key = NULL}};

#define COUNT(name, field, doc)                                                                    \
    {                                                                                              \
        name, "1", FS_COUNTER, offsetof(struct idempotency, field), doc                            \
    }

static const struct fs_metric metrics[] = {
    COUNT("arrived", arrived, "Requests that came; here as below each message of a batch counts."),
    COUNT("effects", distinct, "First effects of their keys."),
    COUNT("duplicates", duplicates, "Effects of keys that had had theirs: side effects too many."),
    COUNT("failed", failed, "Requests that passed and had no effect."),
    COUNT("suppressed", suppressed, "Requests answered with the success of an earlier one."),
    COUNT("conflicts", conflicts, "Requests refused because an earlier one was on its way."),
    {"in_flight", "1", FS_GAUGE, offsetof(struct idempotency, in_flight),
     "Requests that have passed and not come back."},
    {.name = NULL}};

static const struct fs_component_type type = {.size = sizeof(struct idempotency),
                                              .metrics = metrics,
                                              .start = start,
                                              .accept = accept,
                                              .done = done,
                                              .passes_on = true,
                                              .broken = broken};

const struct fs_plugin fs_components_idempotency = {
    "idempotency",
    "Idempotency keys: holds back what has been done already, and counts effects done twice.",
    sizeof(struct params),
    rows,
    &type,
    check,
    NULL};
