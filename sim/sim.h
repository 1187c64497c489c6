/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The event engine. One struct fs_sim is one simulation: clock, pending events, nothing shared
 * with another, so many may live in one process and on several threads.
 *
 * Order. Events fire in the order (time, sequence): at one instant, first armed first fired. That
 * is a promise to models. Sequence numbers are given when an event is scheduled, a source armed, a
 * node joins a delay list, a timer is set.
 *
 * Four ways to be called later, by cost and by need:
 *   event       has a handle: schedule, cancel, reschedule; the queue is O(1) for many of them.
 *   source      a stream that knows its one next instant (arrivals, ticks): kept beside the heap.
 *   delay list  many entries with one constant delay (client timeouts, visibility timeouts):
 *               intrusive doubly linked list, join and leave in O(1), only its head is a source.
 *   timer       lazy: set and unset store one number; the heap is touched only when a timer
 *               fires too early and moves itself, or is set earlier than it is armed.
 * Only the engine writes the clock. Handlers read fs_now() and never store it as "now".
 */
#ifndef FS_SIM_SIM_H
#define FS_SIM_SIM_H

#include "arena.h"
#include "fail.h"
#include "time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fs_sim;

/* Called when its time has come. `self` is who asked, `arg` what for (an index or a pointer). */
typedef void fs_handler(struct fs_sim *sim, void *self, uintptr_t arg);

struct fs_sim_options {
    const char *label; /* for assertions: "smoothed, replication 3, seed 42"; copied */
    bool one_heap;     /* verification: every source, list and timer goes through the heap */
    uint64_t shuffle;  /* test mode: nonzero breaks ties by a hash of it, not by sequence */
    bool fingerprint;  /* hash (time, handler order) of every event, see fs_sim_fingerprint() */
};

/* Owned by the caller; `options` may be NULL. */
struct fs_sim *fs_sim_new(const struct fs_sim_options *options);
void fs_sim_free(struct fs_sim *sim);

/* The run's memory: everything a model allocates for a run belongs here. */
struct fs_arena *fs_sim_arena(struct fs_sim *sim);

/* First member of struct fs_sim, so that fs_now() inlines. Not for writing. */
struct fs_clock {
    fs_time now;
};

static inline fs_time fs_now(const struct fs_sim *sim)
{
    return ((const struct fs_clock *)(const void *)sim)->now;
}

/* Run until nothing is pending, `until` has passed (the clock then stands at `until`; events at
 * `until` itself do fire), or fs_sim_stop(). May be called again to go on. */
void fs_sim_run(struct fs_sim *sim, fs_time until);

/* Stop after the handler that is running. */
void fs_sim_stop(struct fs_sim *sim);

/* Set from a signal handler or another thread: looked at every few thousand events, stops the run.
 * The flag must outlive the simulation. */
void fs_sim_watch(struct fs_sim *sim, const _Atomic int *stop_flag);
bool fs_sim_stopped(const struct fs_sim *sim); /* true when the last run ended by stop or flag */

/* Events fired; pending now (all four kinds); pairs that fired at one instant. */
uint64_t fs_sim_fired(const struct fs_sim *sim);
uint64_t fs_sim_pending(const struct fs_sim *sim);
uint64_t fs_sim_ties(const struct fs_sim *sim);
/* Hash over the (time, arg-free order) of all fired events; 0 unless asked for. */
uint64_t fs_sim_fingerprint(const struct fs_sim *sim);
const char *fs_sim_label(const struct fs_sim *sim);
/* A line that says which run this is and where in it; assertions print it (fail.c). */
void fs_sim_print(const struct fs_sim *sim, FILE *out);

/* ---- events ------------------------------------------------------------------------------- */

/* Handle: slot and sequence number; 0 is never a valid one, and one that has fired or was cancelled
 * stays harmless for ever. */
typedef uint64_t fs_event;

/* Call `fn(sim, self, arg)` at `at` >= now. FS_NEVER schedules nothing and returns 0. */
fs_event fs_schedule(struct fs_sim *sim, fs_time at, fs_handler *fn, void *self, uintptr_t arg);

/* The same, after everything else that happens at `at`: arrivals and retries find what has been
 * freed at their instant. Among themselves they keep their order. */
fs_event fs_schedule_last(struct fs_sim *sim, fs_time at, fs_handler *fn, void *self,
                          uintptr_t arg);

/* False when the event has fired already (or is 0). */
bool fs_cancel(struct fs_sim *sim, fs_event event);

/* Move a pending event to `at`, taking a new sequence number. It must be pending. */
void fs_reschedule(struct fs_sim *sim, fs_event event, fs_time at);

bool fs_event_pending(const struct fs_sim *sim, fs_event event);
fs_time fs_event_time(const struct fs_sim *sim, fs_event event); /* FS_NEVER when not pending */

/* ---- sources ------------------------------------------------------------------------------ */

/* Embedded in its owner, which outlives the simulation or disarms it. Zero, then fs_source_new. */
struct fs_source {
    uint64_t last; /* engine's own, as is the slot */
    uint32_t slot;
};

void fs_source_new(struct fs_sim *sim, struct fs_source *source, fs_handler *fn, void *self,
                   uintptr_t arg);

/* A source whose instants come after everything else that happens then. */
void fs_source_new_last(struct fs_sim *sim, struct fs_source *source, fs_handler *fn, void *self,
                        uintptr_t arg);

/* (Re)arm for `at` >= now, with a new sequence number; FS_NEVER disarms. A source is disarmed
 * before its handler runs; the handler usually arms it again, which is the cheap path. */
void fs_source_arm(struct fs_sim *sim, struct fs_source *source, fs_time at);
fs_time fs_source_time(const struct fs_sim *sim, const struct fs_source *source);

/* ---- delay lists -------------------------------------------------------------------------- */

/* Embedded in what waits. All zero = not in a list. */
struct fs_delay_node {
    struct fs_delay_node *prev, *next;
    fs_time due; /* 0 when not waiting */
    uint64_t seq;
};

struct fs_delay_list {
    struct fs_delay_node head; /* ring; head.next is the earliest */
    fs_time delay;
    fs_handler *fn; /* fn(sim, self, (uintptr_t)node), the node has left the list */
    void *self;
    struct fs_source source;
};

void fs_delay_list_new(struct fs_sim *sim, struct fs_delay_list *list, fs_time delay,
                       fs_handler *fn, void *self);

/* Due at now + delay. The node must not be waiting. */
void fs_delay_join(struct fs_sim *sim, struct fs_delay_list *list, struct fs_delay_node *node);
/* Leave before being due; false when it was not waiting. */
bool fs_delay_leave(struct fs_sim *sim, struct fs_delay_list *list, struct fs_delay_node *node);

/* ---- lazy timers -------------------------------------------------------------------------- */

/* Embedded in its owner. */
struct fs_timer {
    fs_time due;   /* when it should fire; FS_NEVER when unset */
    fs_time armed; /* where its heap entry stands; FS_NEVER when it has none */
    uint64_t seq;
    uint32_t slot;
    fs_handler *fn;
    void *self;
    uintptr_t arg;
};

void fs_timer_new(struct fs_sim *sim, struct fs_timer *timer, fs_handler *fn, void *self,
                  uintptr_t arg);
/* Give the engine's entry back; the timer's memory may then be reused. */
void fs_timer_free(struct fs_sim *sim, struct fs_timer *timer);

void fs_timer_arm(struct fs_sim *sim, struct fs_timer *timer); /* for fs_timer_set alone */
uint64_t fs_next_sequence(struct fs_sim *sim);

/* Fire at `due` >= now. O(1) unless it was armed later than `due`. */
static inline void fs_timer_set(struct fs_sim *sim, struct fs_timer *timer, fs_time due)
{
    timer->due = due;
    timer->seq = fs_next_sequence(sim);
    if (timer->armed > due) fs_timer_arm(sim, timer);
}

/* Do not fire; O(1). */
static inline void fs_timer_unset(struct fs_timer *timer)
{
    timer->due = FS_NEVER;
}

#endif
