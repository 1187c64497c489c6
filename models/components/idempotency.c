/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Idempotency keys in front of what has an effect. A key is the request's own: every attempt of it,
 * every delivery of its message and every copy has the same. (A batch of several messages is a
 * request of its own.)
 *
 * The first request of a key passes and the key is remembered from then on, for a window. A later
 * one is answered with success when the first has been; while the first is on its way it is
 * refused; after a failure the key is forgotten and the next one passes.
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

struct idempotency {
    struct fs_component base;
    const struct params *p;
    struct fs_seen keys, effects;
    /* metrics */
    int64_t arrived, distinct, duplicates, failed, suppressed, conflicts;
    struct fs_meter in_flight;
};

static void end(struct idempotency *self, struct fs_request *request, enum fs_outcome outcome)
{
    fs_meter_add(&self->in_flight, fs_now(self->base.sim), -1);
    if (outcome != FS_COMPLETED)
        self->failed++;
    else if (fs_seen_before(&self->effects, request))
        self->duplicates++;
    else
        self->distinct++;
    if (self->p->protect && outcome == FS_COMPLETED)
        *fs_seen_mark(&self->keys, request, true) = DONE;
    else if (self->p->protect)
        fs_seen_forget(&self->keys, request);
    fs_request_reply(request, outcome);
}

static void done(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome)
{
    end((struct idempotency *)self, request, outcome);
}

static void accept(struct fs_component *component, struct fs_request *request)
{
    struct idempotency *self = (struct idempotency *)component;
    uint8_t *mark = self->p->protect ? fs_seen_mark(&self->keys, request, true) : NULL;
    self->arrived++;
    if (mark && *mark == DONE) {
        self->suppressed++;
        fs_request_reply(request, FS_COMPLETED);
        return;
    }
    if (mark && *mark == ON_ITS_WAY) {
        self->conflicts++;
        fs_request_reply(request, FS_FAILED);
        return;
    }
    if (mark) *mark = ON_ITS_WAY;
    fs_meter_add(&self->in_flight, fs_now(component->sim), 1);
    if (fs_request_has_next(request))
        fs_request_forward(request);
    else
        end(self, request, FS_COMPLETED);
}

static void start(struct fs_component *component)
{
    struct idempotency *self = (struct idempotency *)component;
    self->p = component->params;
    fs_seen_new(&self->keys, component->sim, self->p->window);
    fs_seen_new(&self->effects, component->sim, self->p->counted);
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
    COUNT("arrived", arrived, "Requests that came."),
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
