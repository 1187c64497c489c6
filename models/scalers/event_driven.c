/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * KEDA on a queue: https://keda.sh/docs/latest/reference/scaledobject-spec/. It polls the queue and
 * takes the fleet from the scaling's minimum (0) to minimum_active when there is work, and back
 * when there has been none for the cooldown; between minimum_active and more the Horizontal Pod
 * Autoscaler scales on the queue's length as an external metric, which it asks for at each sync.
 * When the queue's length cannot be had so many times one after the other, the fallback is a metric
 * of the target times a number of replicas, which makes that number of them.
 */
#include "behavior.h"
#include "queue.h"
#include "scaler.h"
#include "sim.h"
#include "world.h"

extern const struct fs_plugin fs_scalers_event_driven;

struct params {
    const char *queue;
    int64_t queue_length, activation, minimum_active;
    bool in_flight, delayed;
    fs_time polling_interval, cooldown_period, initial_cooldown, sync_period;
    struct fs_behavior behavior;
    struct {
        int64_t failure_threshold, replicas;
    } fallback; /* 0: none */
};

struct state {
    const struct fs_queue *queue;
    struct fs_hpa_memory memory;
    fs_time active;   /* last, by a poll */
    int64_t failures; /* to get the length, one after the other */
};

static fs_time next_multiple(fs_time after, fs_time every)
{
    return after - after % every + every;
}

static fs_time next(void *state, const void *params, fs_time now)
{
    const struct params *p = params;
    (void)state;
    if (now < 0) return 0;
    const fs_time poll = next_multiple(now, p->polling_interval);
    const fs_time sync = next_multiple(now, p->sync_period);
    return poll < sync ? poll : sync;
}

static int64_t length_of(const struct state *state, const struct params *p)
{
    const struct fs_queue_counts counts = fs_queue_counts(state->queue);
    return counts.visible + (p->in_flight ? counts.in_flight : 0) +
           (p->delayed ? counts.delayed : 0);
}

static int64_t least_active(const struct params *p, const struct fs_scaler_view *view)
{
    return view->minimum > p->minimum_active ? view->minimum : p->minimum_active;
}

/* What a poll makes of `desired`: at least so many while there is work, in the end none without. */
static int64_t poll(struct state *state, const struct params *p, const struct fs_scaler_view *view,
                    int64_t length)
{
    const int64_t least = least_active(p, view);
    if (length > p->activation) {
        state->active = view->now;
        return view->desired < least ? least : view->desired;
    }
    const bool cool =
        view->now - state->active >= p->cooldown_period && view->now >= p->initial_cooldown;
    return view->minimum == 0 && cool ? 0 : view->desired;
}

static int64_t sync(struct state *state, const struct params *p, const struct fs_scaler_view *view,
                    int64_t length)
{
    const int64_t wanted = fs_hpa_of_average_value(
        length * 1000, view->desired, p->queue_length * 1000, fs_behavior_tolerance(&p->behavior));
    return fs_hpa_follow(&state->memory, view->now, view->desired, wanted, least_active(p, view),
                         view->maximum);
}

/* The length for want of one; -1: none, so that nothing changes. */
static int64_t fall_back(struct state *state, const struct params *p)
{
    state->failures++;
    if (!p->fallback.replicas || state->failures < p->fallback.failure_threshold) return -1;
    return p->fallback.replicas * p->queue_length;
}

static void decide(void *self, const void *params, const struct fs_scaler_view *view,
                   struct fs_decision *decision)
{
    struct state *state = self;
    const struct params *p = params;
    const bool syncs = view->now % p->sync_period == 0;
    int64_t length = length_of(state, p);
    decision->wanted = view->desired;
    if (syncs) fs_hpa_see(&state->memory, view->now, view->desired);
    if (view->now % p->polling_interval == 0 && !view->blind)
        decision->wanted = poll(state, p, view, length);
    if (!view->blind)
        state->failures = 0;
    else if (syncs)
        length = fall_back(state, p);
    if (syncs && length >= 0 && decision->wanted == view->desired && view->desired > 0)
        decision->wanted = sync(state, p, view, length);
}

static void start(void *self, const void *params, struct fs_component *service)
{
    struct state *state = self;
    const struct params *p = params;
    state->queue = fs_queue_of(fs_world_component(service->world, p->queue));
    fs_behavior_start(&p->behavior, &state->memory, fs_sim_arena(service->sim));
}

static void check(const void *params, struct fs_complaints *complaints)
{
    fs_behavior_check(&((const struct params *)params)->behavior, complaints);
}

#define ROW(field) .offset = offsetof(struct params, field)
#define FALLBACK(field)                                                                            \
    .offset = offsetof(struct params, fallback.field) - offsetof(struct params, fallback)

static const struct fs_param fallback_rows[] = {
    {"failure_threshold", FS_P_SCALAR, FS_D_COUNT, FALLBACK(failure_threshold), "3", 1, 1000000,
     .doc = "So many times one after the other the length could not be had."},
    {"replicas", FS_P_SCALAR, FS_D_COUNT, FALLBACK(replicas), NULL, 1, 1000000,
     .doc = "Pods that there are then."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"queue", FS_P_REF, FS_D_COUNT, ROW(queue), NULL, 0, 0, .doc = "Whose messages are counted.",
     .registry = "queue"},
    {"queue_length", FS_P_SCALAR, FS_D_COUNT, ROW(queue_length), "5", 1, 1000000,
     .doc = "Messages that one pod is to have."},
    {"activation", FS_P_SCALAR, FS_D_COUNT, ROW(activation), "0", 0, 1000000,
     .doc = "With more messages than that the fleet leaves 0."},
    {"minimum_active", FS_P_SCALAR, FS_D_COUNT, ROW(minimum_active), "1", 1, 1000000,
     .doc = "Pods that there are at least while there is work; without any there are none, if the "
            "scaling's minimum is 0."},
    {"scale_on_in_flight", FS_P_BOOL, FS_D_COUNT, ROW(in_flight), "true", 0, 0,
     .doc = "Do messages count that are being worked on?"},
    {"scale_on_delayed", FS_P_BOOL, FS_D_COUNT, ROW(delayed), "false", 0, 0,
     .doc = "Do messages count that are not visible yet?"},
    {"polling_interval", FS_P_SCALAR, FS_D_TIME, ROW(polling_interval), "30s", 1e-3, 86400,
     .doc = "How often it looks whether there is work."},
    {"cooldown_period", FS_P_SCALAR, FS_D_TIME, ROW(cooldown_period), "300s", 0, 1e6,
     .doc = "The fleet goes to 0 when no poll has found work for so long; between other numbers "
            "`behavior` holds."},
    {"initial_cooldown", FS_P_SCALAR, FS_D_TIME, ROW(initial_cooldown), "0s", 0, 1e6,
     .doc = "It does not go to 0 before."},
    {"sync_period", FS_P_SCALAR, FS_D_TIME, ROW(sync_period), "15s", 1e-3, 3600,
     .doc = "How often the number is adapted while it is not 0."},
    {"fallback", FS_P_GROUP, FS_D_COUNT, ROW(fallback), "", 0, 0,
     .doc = "What happens while the queue's length cannot be had; absent: nothing changes.",
     .rows = fallback_rows},
    {"behavior", FS_P_GROUP, FS_D_COUNT, ROW(behavior), "{}", 0, 0,
     .doc = "How fast the number of pods follows.", .rows = fs_behavior_rows},
    {.key = NULL}};

static const struct fs_scaler_type type = {
    .next = next, .decide = decide, .size = sizeof(struct state), .start = start};

const struct fs_plugin fs_scalers_event_driven = {"event_driven",
                                                  "From 0 to many by the length of a queue.",
                                                  sizeof(struct params),
                                                  rows,
                                                  &type,
                                                  check,
                                                  NULL};
