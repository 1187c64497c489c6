/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine: hand-made timelines, a naive queue as reference, one heap against four structures,
 * and the assertions, in child processes.
 */
#include "rng.h"
#include "sim.h"
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- a log of what fired ------------------------------------------------------------------ */

#define LOG_MAX 65536

struct entry {
    fs_time time;
    uintptr_t what;
};

struct log {
    size_t count;
    struct entry entry[LOG_MAX];
};

static void note(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct log *log = self;
    assert_true(log->count < LOG_MAX);
    log->entry[log->count++] = (struct entry){fs_now(sim), arg};
}

static struct log *new_log(struct fs_sim *sim)
{
    return fs_arena_alloc(fs_sim_arena(sim), sizeof(struct log));
}

static void check_log(const struct log *log, size_t count, const struct entry *expected)
{
    assert_int_equal(log->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(log->entry[i].time, expected[i].time);
        assert_int_equal(log->entry[i].what, expected[i].what);
    }
}

#define CHECK_LOG(log, ...)                                                                        \
    check_log(log, sizeof((struct entry[]){__VA_ARGS__}) / sizeof(struct entry),                   \
              (struct entry[]){__VA_ARGS__})

/* ---- events ------------------------------------------------------------------------------- */

static void events_fire_by_time_and_at_one_instant_as_scheduled(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    fs_schedule(sim, 20, note, log, 1);
    fs_schedule(sim, 10, note, log, 2);
    fs_schedule(sim, 20, note, log, 3);
    fs_schedule(sim, 0, note, log, 4);
    fs_schedule(sim, 10, note, log, 5);
    fs_schedule(sim, 20, note, log, 6);
    assert_int_equal(fs_sim_pending(sim), 6);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {0, 4}, {10, 2}, {10, 5}, {20, 1}, {20, 3}, {20, 6});
    assert_int_equal(fs_now(sim), 20);
    assert_int_equal(fs_sim_fired(sim), 6);
    assert_int_equal(fs_sim_pending(sim), 0);
    assert_int_equal(fs_sim_ties(sim), 3); /* 2-5, 1-3, 3-6 */
    assert_false(fs_sim_stopped(sim));
    fs_sim_free(sim);
}

struct follow {
    struct log *log;
    fs_time delay[3];
};

static void note_and_follow(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct follow *f = self;
    note(sim, f->log, arg);
    for (uintptr_t i = 0; i < 3; i++)
        fs_schedule(sim, fs_now(sim) + f->delay[i], note, f->log, 10 * arg + i);
}

static void a_handler_may_schedule_for_now_and_for_later(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct follow f = {log, {5, 0, 0}};
    fs_schedule(sim, 1, note_and_follow, &f, 1);
    fs_schedule(sim, 1, note, log, 2);
    fs_schedule(sim, 6, note, log, 3);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {1, 1}, {1, 2}, {1, 11}, {1, 12}, {6, 3}, {6, 10});
    fs_sim_free(sim);
}

static void a_cancelled_event_never_fires(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    fs_event event[20];
    for (uintptr_t i = 0; i < 20; i++)
        event[i] = fs_schedule(sim, 100 - (fs_time)i, note, log, i);
    for (size_t i = 0; i < 20; i++) {
        if (i % 7 != 0) assert_true(fs_cancel(sim, event[i]));
    }
    assert_false(fs_cancel(sim, event[1]));
    assert_false(fs_cancel(sim, 0));
    assert_false(fs_event_pending(sim, event[1]));
    assert_int_equal(fs_event_time(sim, event[1]), FS_NEVER);
    assert_int_equal(fs_sim_pending(sim), 3);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {86, 14}, {93, 7}, {100, 0});
    assert_false(fs_cancel(sim, event[0]));
    fs_sim_free(sim);
}

struct victim {
    fs_event self, other;
    bool was_pending, cancelled_self, cancelled_other;
};

static void cancel_both(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct victim *v = self;
    v->was_pending = fs_event_pending(sim, v->self);
    v->cancelled_self = fs_cancel(sim, v->self);
    v->cancelled_other = fs_cancel(sim, v->other);
}

static void the_event_that_fires_is_no_longer_pending(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct victim v;
    v.self = fs_schedule(sim, 3, cancel_both, &v, 0);
    v.other = fs_schedule(sim, 3, note, log, 1);
    fs_schedule(sim, 4, note, log, 2);
    fs_sim_run(sim, FS_NEVER);
    assert_false(v.was_pending);
    assert_false(v.cancelled_self);
    assert_true(v.cancelled_other);
    CHECK_LOG(log, {4, 2});
    fs_sim_free(sim);
}

static void a_rescheduled_event_goes_behind_the_others_of_its_new_instant(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    const fs_event first = fs_schedule(sim, 10, note, log, 1);
    const fs_event second = fs_schedule(sim, 30, note, log, 2);
    fs_schedule(sim, 20, note, log, 3);
    fs_reschedule(sim, first, 20);
    fs_reschedule(sim, second, 5);
    assert_int_equal(fs_event_time(sim, first), 20);
    assert_true(fs_event_pending(sim, first));
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {5, 2}, {20, 3}, {20, 1});
    fs_sim_free(sim);
}

static void an_event_moved_to_never_waits_until_it_is_moved_back(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    const fs_event event = fs_schedule(sim, 10, note, log, 1);
    fs_reschedule(sim, event, FS_NEVER);
    fs_sim_run(sim, FS_NEVER);
    assert_int_equal(log->count, 0);
    assert_true(fs_event_pending(sim, event));
    fs_reschedule(sim, event, 7);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {7, 1});
    fs_sim_free(sim);
}

static void a_handle_stays_dead_when_its_slot_is_used_again(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    const fs_event old = fs_schedule(sim, 1, note, log, 1);
    fs_sim_run(sim, FS_NEVER);
    const fs_event other = fs_schedule(sim, 2, note, log, 2);
    assert_int_equal(old & 0xffffff, other & 0xffffff); /* the slot is the same */
    assert_true(old != other);
    assert_false(fs_cancel(sim, old));
    assert_false(fs_event_pending(sim, old));
    assert_true(fs_event_pending(sim, other));
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {1, 1}, {2, 2});
    fs_sim_free(sim);
}

static void never_schedules_nothing(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    assert_int_equal(fs_schedule(sim, FS_NEVER, note, NULL, 0), 0);
    assert_false(fs_event_pending(sim, 0));
    assert_int_equal(fs_sim_pending(sim), 0);
    fs_sim_run(sim, FS_NEVER);
    assert_int_equal(fs_sim_fired(sim), 0);
    assert_int_equal(fs_now(sim), 0);
    fs_sim_free(sim);
}

/* ---- runs --------------------------------------------------------------------------------- */

static void a_run_fires_what_is_due_at_its_end_and_leaves_the_clock_there(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    fs_schedule(sim, 10, note, log, 1);
    fs_schedule(sim, 11, note, log, 2);
    fs_sim_run(sim, 10);
    CHECK_LOG(log, {10, 1});
    assert_int_equal(fs_now(sim), 10);
    fs_schedule(sim, 10, note, log, 3); /* still a tie with 1 */
    fs_sim_run(sim, 10);
    assert_int_equal(fs_sim_ties(sim), 1);
    fs_sim_run(sim, 500); /* nothing left long before the end */
    CHECK_LOG(log, {10, 1}, {10, 3}, {11, 2});
    assert_int_equal(fs_now(sim), 500);
    assert_false(fs_sim_stopped(sim));
    fs_sim_free(sim);
}

static void note_and_stop(struct fs_sim *sim, void *self, uintptr_t arg)
{
    note(sim, self, arg);
    fs_sim_stop(sim);
    fs_schedule(sim, fs_now(sim), note, self, arg + 100);
}

static void a_stopped_run_goes_on_where_it_was(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    fs_schedule(sim, 5, note_and_stop, log, 1);
    fs_schedule(sim, 5, note, log, 2);
    fs_sim_run(sim, 50);
    assert_true(fs_sim_stopped(sim));
    assert_int_equal(fs_now(sim), 5);
    CHECK_LOG(log, {5, 1});
    fs_sim_run(sim, 50);
    assert_false(fs_sim_stopped(sim));
    CHECK_LOG(log, {5, 1}, {5, 2}, {5, 101});
    assert_int_equal(fs_now(sim), 50);
    fs_sim_free(sim);
}

struct ticker {
    _Atomic int flag;
    uint64_t raise_at, fired;
};

static void tick(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct ticker *t = self;
    if (++t->fired == t->raise_at) t->flag = 1;
    fs_schedule(sim, fs_now(sim) + 1, tick, t, arg);
}

static void a_raised_flag_stops_the_run_within_4096_events(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct ticker t = {.raise_at = 10000};
    fs_sim_watch(sim, &t.flag);
    fs_schedule(sim, 1, tick, &t, 0);
    fs_sim_run(sim, FS_NEVER);
    assert_true(fs_sim_stopped(sim));
    assert_in_range(t.fired, 10000, 10000 + 4096);
    const uint64_t fired = t.fired;
    fs_sim_run(sim, FS_NEVER); /* still raised */
    assert_int_equal(t.fired, fired);
    assert_true(fs_sim_stopped(sim));
    fs_sim_free(sim);
}

/* ---- sources ------------------------------------------------------------------------------ */

struct stream {
    struct fs_source source;
    struct log *log;
    fs_time gap;
    int left;
};

static void stream_tick(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct stream *s = self;
    assert_int_equal(fs_source_time(sim, &s->source), FS_NEVER); /* disarmed while it runs */
    note(sim, s->log, arg);
    if (--s->left > 0) fs_source_arm(sim, &s->source, fs_now(sim) + s->gap);
}

static void sources_merge_with_events_by_time_and_arming(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct stream a = {.log = log, .gap = 2, .left = 3}, b = {.log = log, .gap = 3, .left = 2};
    fs_source_new(sim, &a.source, stream_tick, &a, 1);
    fs_source_new(sim, &b.source, stream_tick, &b, 2);
    fs_schedule(sim, 3, note, log, 9);
    fs_source_arm(sim, &a.source, 1);
    fs_source_arm(sim, &b.source, 3);
    assert_int_equal(fs_sim_pending(sim), 3);
    assert_int_equal(fs_source_time(sim, &b.source), 3);
    fs_sim_run(sim, FS_NEVER);
    /* at 3: the event, b (armed at 0), a (armed at 1) */
    CHECK_LOG(log, {1, 1}, {3, 9}, {3, 2}, {3, 1}, {5, 1}, {6, 2});
    assert_int_equal(fs_sim_pending(sim), 0);
    fs_sim_free(sim);
}

static void a_source_can_be_moved_and_disarmed(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_source a = {0}, b = {0};
    fs_source_new(sim, &a, note, log, 1);
    fs_source_new(sim, &b, note, log, 2);
    fs_source_arm(sim, &a, 5);
    fs_source_arm(sim, &b, 5);
    fs_source_arm(sim, &a, 5); /* now behind b */
    fs_sim_run(sim, 5);
    CHECK_LOG(log, {5, 2}, {5, 1});
    fs_source_arm(sim, &a, 8);
    fs_source_arm(sim, &a, FS_NEVER);
    assert_int_equal(fs_source_time(sim, &a), FS_NEVER);
    fs_source_arm(sim, &a, FS_NEVER);
    fs_sim_run(sim, FS_NEVER);
    assert_int_equal(log->count, 2);
    fs_sim_free(sim);
}

/* ---- delay lists -------------------------------------------------------------------------- */

struct waiter {
    struct fs_delay_node node;
    uintptr_t name;
};

static void note_waiter(struct fs_sim *sim, void *self, uintptr_t arg)
{
    const struct waiter *w = (const struct waiter *)arg;
    assert_null(w->node.next);
    assert_int_equal(w->node.due, 0);
    note(sim, self, w->name);
}

static void nodes_fire_after_their_delay_unless_they_left(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_delay_list list;
    struct waiter w[5] = {{.name = 0}, {.name = 1}, {.name = 2}, {.name = 3}, {.name = 4}};
    fs_delay_list_new(sim, &list, 10, note_waiter, log);
    for (int i = 0; i < 5; i++) {
        fs_delay_join(sim, &list, &w[i].node);
        assert_int_equal(w[i].node.due, i + 10);
        fs_sim_run(sim, i + 1);
    }
    assert_int_equal(fs_sim_pending(sim), 5);
    assert_true(fs_delay_leave(sim, &list, &w[0].node)); /* the head */
    assert_true(fs_delay_leave(sim, &list, &w[2].node)); /* from the middle */
    assert_true(fs_delay_leave(sim, &list, &w[4].node)); /* the tail */
    assert_false(fs_delay_leave(sim, &list, &w[0].node));
    assert_int_equal(fs_sim_pending(sim), 2);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {11, 1}, {13, 3});
    assert_int_equal(fs_sim_fired(sim), 2);
    assert_false(fs_delay_leave(sim, &list, &w[1].node));
    assert_int_equal(fs_sim_pending(sim), 0);
    fs_sim_free(sim);
}

static void nodes_keep_the_place_in_the_order_that_they_took_when_joining(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_delay_list list, other;
    struct waiter w[4] = {{.name = 1}, {.name = 3}, {.name = 5}, {.name = 6}};
    fs_delay_list_new(sim, &list, 10, note_waiter, log);
    fs_delay_list_new(sim, &other, 10, note_waiter, log);
    fs_delay_join(sim, &list, &w[0].node);
    fs_schedule(sim, 10, note, log, 2);
    fs_delay_join(sim, &other, &w[1].node);
    fs_schedule(sim, 10, note, log, 4);
    fs_delay_join(sim, &list, &w[2].node);
    fs_delay_join(sim, &other, &w[3].node);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {10, 1}, {10, 2}, {10, 3}, {10, 4}, {10, 5}, {10, 6});
    fs_sim_free(sim);
}

struct rejoin {
    struct fs_delay_list list;
    struct waiter *other;
    struct log *log;
    int left;
};

/* The node that fired joins again and takes another one out. */
static void join_again(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct rejoin *r = self;
    struct waiter *w = (struct waiter *)arg;
    note(sim, r->log, w->name);
    if (r->left-- > 0) fs_delay_join(sim, &r->list, &w->node);
    if (r->other) assert_true(fs_delay_leave(sim, &r->list, &r->other->node));
    r->other = NULL;
}

static void a_fired_node_may_join_again_and_others_may_leave_meanwhile(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct waiter w[3] = {{.name = 1}, {.name = 2}, {.name = 3}};
    struct rejoin r = {.other = &w[1], .log = log, .left = 2};
    fs_delay_list_new(sim, &r.list, 4, join_again, &r);
    for (int i = 0; i < 3; i++)
        fs_delay_join(sim, &r.list, &w[i].node);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {4, 1}, {4, 3}, {8, 1}, {8, 3});
    fs_sim_free(sim);
}

static void a_node_of_an_endless_delay_does_not_wait(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct fs_delay_list list;
    struct fs_delay_node node = {0};
    fs_delay_list_new(sim, &list, FS_NEVER, note, NULL);
    fs_sim_run(sim, 5);
    fs_delay_join(sim, &list, &node);
    assert_int_equal(fs_sim_pending(sim), 0);
    assert_false(fs_delay_leave(sim, &list, &node));
    fs_sim_free(sim);
}

/* ---- timers ------------------------------------------------------------------------------- */

static void a_timer_set_later_moves_itself_and_fires_once(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_timer timer;
    fs_timer_new(sim, &timer, note, log, 1);
    fs_timer_set(sim, &timer, 10);
    fs_sim_run(sim, 4);
    fs_timer_set(sim, &timer, 14);
    assert_int_equal(timer.armed, 10); /* lazily: the heap has not been touched */
    fs_sim_run(sim, 12);
    assert_int_equal(timer.armed, 14);
    assert_int_equal(fs_sim_fired(sim), 0);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {14, 1});
    assert_int_equal(timer.due, FS_NEVER);
    assert_int_equal(timer.armed, FS_NEVER);
    fs_timer_free(sim, &timer);
    fs_sim_free(sim);
}

static void a_timer_set_earlier_fires_earlier(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_timer a, b;
    fs_timer_new(sim, &a, note, log, 1);
    fs_timer_new(sim, &b, note, log, 2);
    fs_timer_set(sim, &a, 10);
    fs_timer_set(sim, &b, 8);
    fs_timer_set(sim, &a, 6);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {6, 1}, {8, 2});
    fs_sim_free(sim);
}

static void a_timer_set_again_for_its_instant_goes_behind_the_others(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_timer timer;
    fs_timer_new(sim, &timer, note, log, 1);
    fs_timer_set(sim, &timer, 10);
    fs_schedule(sim, 10, note, log, 2);
    fs_timer_set(sim, &timer, 10);
    fs_schedule(sim, 10, note, log, 3);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {10, 2}, {10, 1}, {10, 3});
    fs_sim_free(sim);
}

static void an_unset_timer_does_not_fire_nor_move_the_clock(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_timer timer;
    fs_timer_new(sim, &timer, note, log, 1);
    fs_timer_set(sim, &timer, 10);
    fs_timer_unset(&timer);
    fs_schedule(sim, 3, note, log, 2);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {3, 2});
    assert_int_equal(fs_now(sim), 3);
    assert_int_equal(timer.armed, FS_NEVER);
    assert_int_equal(fs_sim_pending(sim), 0);
    fs_timer_set(sim, &timer, 5);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {3, 2}, {5, 1});
    fs_sim_free(sim);
}

static void a_freed_timer_gives_its_slot_to_the_next(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct fs_timer a, b, c;
    fs_timer_new(sim, &a, note, log, 1);
    fs_timer_new(sim, &b, note, log, 2);
    fs_timer_set(sim, &a, 10);
    fs_timer_set(sim, &b, 12);
    const uint32_t slot = a.slot;
    fs_timer_free(sim, &a);
    fs_timer_new(sim, &c, note, log, 3);
    assert_int_equal(c.slot, slot);
    fs_timer_set(sim, &c, 11);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {11, 3}, {12, 2});
    fs_sim_free(sim);
}

struct keeper {
    struct fs_timer timer;
    struct log *log;
    int left;
};

/* Sets itself again a few times, then frees itself. */
static void keep_going(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct keeper *k = self;
    note(sim, k->log, arg);
    if (k->left-- > 0) {
        fs_timer_set(sim, &k->timer, fs_now(sim) + 5);
    } else {
        fs_timer_free(sim, &k->timer);
        memset(k, 0xee, sizeof *k);
    }
}

static void a_timer_may_set_or_free_itself_in_its_handler(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    struct keeper k = {.log = log, .left = 2}, other = {.log = log, .left = 0};
    fs_timer_new(sim, &k.timer, keep_going, &k, 1);
    fs_timer_new(sim, &other.timer, keep_going, &other, 2);
    fs_timer_set(sim, &k.timer, 5);
    fs_timer_set(sim, &other.timer, 10);
    fs_sim_run(sim, FS_NEVER);
    CHECK_LOG(log, {5, 1}, {10, 2}, {10, 1}, {15, 1});
    assert_int_equal(fs_sim_pending(sim), 0);
    fs_sim_free(sim);
}

/* ---- a naive queue as reference ----------------------------------------------------------- */

#define REFERENCE_MAX 4096

struct pending {
    fs_time time;
    uint64_t seq;
    fs_event event;
    uintptr_t name;
};

struct reference {
    struct fs_sim *sim;
    uint64_t random, seq, operations;
    uintptr_t name;
    size_t count;
    struct pending pending[REFERENCE_MAX];
    fs_event dead; /* some handle that must stay dead */
    bool shuffled;
};

static uint64_t random_below(uint64_t *state, uint64_t n)
{
    return fs_mix(*state += UINT64_C(0x9e3779b97f4a7c15)) % n;
}

static size_t reference_first(const struct reference *r)
{
    size_t best = 0;
    for (size_t i = 1; i < r->count; i++) {
        const struct pending *a = &r->pending[i], *b = &r->pending[best];
        if (a->time < b->time || (a->time == b->time && a->seq < b->seq)) best = i;
    }
    return best;
}

/* With shuffled ties it may be any of the first instant: the one that fired. */
static size_t reference_named(const struct reference *r, uintptr_t name)
{
    const size_t first = reference_first(r);
    for (size_t i = 0; r->shuffled && i < r->count; i++) {
        if (r->pending[i].name == name && r->pending[i].time == r->pending[first].time) return i;
    }
    return first;
}

static void operate(struct reference *r);

static void check_first(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct reference *r = self;
    assert_true(r->count > 0);
    const size_t i = reference_named(r, arg);
    assert_int_equal(r->pending[i].name, arg);
    assert_int_equal(r->pending[i].time, fs_now(sim));
    r->dead = r->pending[i].event;
    r->pending[i] = r->pending[--r->count];
    for (uint64_t n = random_below(&r->random, 3); n > 0; n--)
        operate(r);
}

/* A mix of far and near, with many ties. */
static fs_time random_instant(struct reference *r)
{
    const uint64_t span = random_below(&r->random, 4) ? 50 : 5000;
    return fs_now(r->sim) + (fs_time)random_below(&r->random, span);
}

static void operate(struct reference *r)
{
    r->operations++;
    const uint64_t what = random_below(&r->random, 100);
    const fs_time at = random_instant(r);
    if (r->count == 0 || (what < 45 && r->count < REFERENCE_MAX)) {
        const fs_event event = fs_schedule(r->sim, at, check_first, r, ++r->name);
        r->pending[r->count++] = (struct pending){at, ++r->seq, event, r->name};
        return;
    }
    struct pending *p = &r->pending[random_below(&r->random, r->count)];
    assert_int_equal(fs_event_time(r->sim, p->event), p->time);
    if (what < 70) {
        assert_true(fs_cancel(r->sim, p->event));
        r->dead = p->event;
        *p = r->pending[--r->count];
    } else {
        fs_reschedule(r->sim, p->event, at);
        p->time = at;
        p->seq = ++r->seq;
    }
}

static void run_against_reference(uint64_t shuffle)
{
    struct reference *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->sim = fs_sim_new(&(struct fs_sim_options){.shuffle = shuffle});
    r->shuffled = shuffle != 0;
    while (r->operations < 100000) {
        for (uint64_t n = 1 + random_below(&r->random, 40); n > 0; n--)
            operate(r);
        assert_int_equal(fs_sim_pending(r->sim), r->count);
        assert_false(fs_cancel(r->sim, r->dead));
        fs_sim_run(r->sim, fs_now(r->sim) + (fs_time)random_below(&r->random, 12));
    }
    fs_sim_run(r->sim, fs_now(r->sim) + 5000); /* handlers go on adding, some must be left */
    assert_int_equal(fs_sim_pending(r->sim), r->count);
    assert_true(fs_sim_fired(r->sim) > 10000);
    fs_sim_free(r->sim);
    free(r);
}

static void random_operations_agree_with_a_naive_queue(void **state)
{
    (void)state;
    run_against_reference(0);
}

static void random_operations_agree_with_a_naive_queue_but_for_shuffled_ties(void **state)
{
    (void)state;
    run_against_reference(1);
}

/* ---- delays of every magnitude, against one heap -------------------------------------------- */

#define WIDE_HANDLES 512

struct wide {
    struct fs_sim *sim;
    uint64_t random, fired, sum;
    fs_event handle[WIDE_HANDLES];
};

/* From nanoseconds to hours, each magnitude as often. */
static fs_time wide_instant(struct wide *w)
{
    const uint64_t magnitude = random_below(&w->random, 43);
    return fs_now(w->sim) + (fs_time)random_below(&w->random, UINT64_C(2) << magnitude);
}

static void wide_end(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct wide *w = self;
    (void)sim;
    w->fired++;
    w->sum = w->sum * 31 + arg;
}

/* Many that come before most of what waits: more than the heap is for. */
static void wide_burst(struct wide *w)
{
    const uint64_t span = UINT64_C(2) << random_below(&w->random, 36);
    for (uintptr_t i = 0; i < 150; i++) {
        const fs_time at = fs_now(w->sim) + (fs_time)random_below(&w->random, span);
        fs_schedule(w->sim, at, wide_end, w, i);
    }
}

static void wide_fire(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct wide *w = self;
    w->fired++;
    w->sum = w->sum * 31 + arg;
    fs_event *some = &w->handle[random_below(&w->random, WIDE_HANDLES)];
    if (fs_sim_pending(sim) < 3000)
        *some = fs_schedule(sim, wide_instant(w), wide_fire, w, w->fired);
    fs_schedule(sim, wide_instant(w), wide_fire, w, w->fired);
    if (random_below(&w->random, 64) == 0) wide_burst(w);
    some = &w->handle[random_below(&w->random, WIDE_HANDLES)];
    if (!fs_event_pending(sim, *some)) return;
    const uint64_t what = random_below(&w->random, 16);
    if (what < 2) {
        assert_true(fs_cancel(sim, *some));
    } else {
        const fs_time at = what == 2 ? fs_now(sim) : wide_instant(w);
        fs_reschedule(sim, *some, at);
        assert_int_equal(fs_event_time(sim, *some), at);
    }
    if (what == 3) { /* many at one instant */
        const fs_time at = wide_instant(w);
        for (uintptr_t i = 0; i < 40; i++)
            fs_schedule_last(sim, at, wide_fire, w, i);
    }
}

static struct wide run_wide(bool one_heap)
{
    struct wide w = {.random = 1};
    w.sim = fs_sim_new(&(struct fs_sim_options){.one_heap = one_heap, .fingerprint = true});
    for (uintptr_t i = 0; i < 500; i++)
        fs_schedule(w.sim, wide_instant(&w), wide_fire, &w, i);
    for (fs_time until = 1; w.fired < 600000; until += until / 8 + 1)
        fs_sim_run(w.sim, until);
    assert_true(fs_sim_pending(w.sim) > 1000);
    w.random = fs_sim_fingerprint(w.sim) + fs_sim_pending(w.sim);
    fs_sim_free(w.sim);
    return w;
}

static void delays_of_every_magnitude_come_out_in_the_order_of_one_heap(void **state)
{
    (void)state;
    const struct wide a = run_wide(false), b = run_wide(true);
    assert_int_equal(a.fired, b.fired);
    assert_int_equal(a.sum, b.sum);
    assert_int_equal(a.random, b.random);
}

/* What a request's time limit is: far away, and cancelled soon. */
static void cancelled_events_take_no_memory(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log log = {.count = 0};
    for (uintptr_t i = 0; i < 100; i++)
        fs_schedule(sim, FS_DAY, note, &log, i);
    const size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (fs_time i = 0; i < 1000000; i++)
        assert_true(fs_cancel(sim, fs_schedule(sim, FS_H + i * FS_MS, note, &log, 0)));
    assert_true(mallinfo2().uordblks + mallinfo2().hblkhd < before + 200000);
    assert_int_equal(fs_sim_pending(sim), 100);
    fs_sim_run(sim, FS_NEVER);
    assert_int_equal(log.count, 100);
    assert_int_equal(fs_sim_fired(sim), 100);
    fs_sim_free(sim);
}

/* ---- all four kinds against one heap ------------------------------------------------------ */

#define SOURCES 5
#define LISTS   4
#define NODES   40
#define TIMERS  12
#define HANDLES 64

struct mix {
    struct fs_sim *sim;
    struct log *log;
    uint64_t random;
    fs_event event[HANDLES];
    struct fs_source source[SOURCES];
    struct fs_delay_list list[LISTS];
    struct waiter waiter[NODES];
    struct fs_timer timer[TIMERS];
    uint64_t steps;
};

static void mix_act(struct mix *m);

static void mix_fire(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct mix *m = self;
    note(sim, m->log, arg);
    if (m->log->count == m->steps) fs_sim_stop(sim);
    for (uint64_t n = 1 + random_below(&m->random, 3); n > 0; n--)
        mix_act(m);
}

static void mix_fire_node(struct fs_sim *sim, void *self, uintptr_t arg)
{
    mix_fire(sim, self, ((const struct waiter *)arg)->name);
}

static void mix_event(struct mix *m, fs_time at)
{
    const uint64_t i = random_below(&m->random, HANDLES);
    if (!fs_event_pending(m->sim, m->event[i]))
        m->event[i] = fs_schedule(m->sim, at, mix_fire, m, 1000 + i);
    else if (random_below(&m->random, 3) == 0)
        fs_cancel(m->sim, m->event[i]);
    else
        fs_reschedule(m->sim, m->event[i], at);
}

static void mix_timer(struct mix *m, fs_time at)
{
    const uint64_t i = random_below(&m->random, TIMERS);
    const uint64_t what = random_below(&m->random, 8);
    if (what == 0) {
        fs_timer_free(m->sim, &m->timer[i]);
        fs_timer_new(m->sim, &m->timer[i], mix_fire, m, 4000 + i);
    } else if (what == 1) {
        fs_timer_unset(&m->timer[i]);
    } else {
        fs_timer_set(m->sim, &m->timer[i], at + (what == 2 ? 0 : 6));
    }
}

static void mix_act(struct mix *m)
{
    const uint64_t what = random_below(&m->random, 8);
    const fs_time at = fs_now(m->sim) + (fs_time)random_below(&m->random, 12);
    if (what < 2) {
        mix_event(m, at);
    } else if (what < 4) {
        const bool disarm = random_below(&m->random, 4) == 0;
        fs_source_arm(m->sim, &m->source[random_below(&m->random, SOURCES)],
                      disarm ? FS_NEVER : at);
    } else if (what < 6) {
        const uint64_t i = random_below(&m->random, NODES);
        struct fs_delay_list *list = &m->list[i % LISTS];
        if (!fs_delay_leave(m->sim, list, &m->waiter[i].node))
            fs_delay_join(m->sim, list, &m->waiter[i].node);
    } else {
        mix_timer(m, at);
    }
}

static struct mix *mix_new(const struct fs_sim_options *options, uint64_t seed)
{
    struct fs_sim *sim = fs_sim_new(options);
    struct mix *m = fs_arena_alloc(fs_sim_arena(sim), sizeof *m);
    m->sim = sim;
    m->log = new_log(sim);
    m->random = seed;
    m->steps = 10000;
    for (uintptr_t i = 0; i < SOURCES; i++)
        fs_source_new(sim, &m->source[i], mix_fire, m, 2000 + i);
    for (int i = 0; i < LISTS; i++)
        fs_delay_list_new(sim, &m->list[i], 3 * i, mix_fire_node, m);
    for (uintptr_t i = 0; i < NODES; i++)
        m->waiter[i].name = 3000 + i;
    for (uintptr_t i = 0; i < TIMERS; i++)
        fs_timer_new(sim, &m->timer[i], mix_fire, m, 4000 + i);
    for (int i = 0; i < 50; i++)
        mix_act(m);
    return m;
}

/* How many of each kind fired: a mix in which one is missing would prove little. */
static void check_kinds(const struct log *log)
{
    size_t kind[5] = {0};
    for (size_t i = 0; i < log->count; i++)
        kind[log->entry[i].what / 1000]++;
    for (int i = 1; i < 5; i++)
        assert_true(kind[i] > log->count / 50);
}

static void one_heap_fires_the_same_handlers_in_the_same_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct mix *a = mix_new(&(struct fs_sim_options){.fingerprint = true}, seed);
        struct mix *b =
            mix_new(&(struct fs_sim_options){.fingerprint = true, .one_heap = true}, seed);
        struct mix *plain = mix_new(NULL, seed);
        fs_sim_run(a->sim, FS_NEVER);
        fs_sim_run(b->sim, FS_NEVER);
        fs_sim_run(plain->sim, FS_NEVER);
        assert_int_equal(a->log->count, a->steps);
        check_kinds(a->log);
        check_log(b->log, a->log->count, a->log->entry);
        check_log(plain->log, a->log->count, a->log->entry);
        assert_int_equal(fs_sim_fingerprint(a->sim), fs_sim_fingerprint(b->sim));
        assert_true(fs_sim_fingerprint(a->sim) != 0);
        assert_int_equal(fs_sim_fingerprint(plain->sim), 0);
        assert_int_equal(fs_sim_ties(a->sim), fs_sim_ties(b->sim));
        fs_sim_free(a->sim);
        fs_sim_free(b->sim);
        fs_sim_free(plain->sim);
    }
}

static void the_fingerprint_tells_two_orders_apart(void **state)
{
    (void)state;
    uint64_t fingerprint[3];
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct mix *m = mix_new(&(struct fs_sim_options){.fingerprint = true}, seed / 2);
        fs_sim_run(m->sim, FS_NEVER);
        fingerprint[seed] = fs_sim_fingerprint(m->sim);
        fs_sim_free(m->sim);
    }
    assert_int_equal(fingerprint[0], fingerprint[1]);
    assert_true(fingerprint[0] != fingerprint[2]);
}

/* The order of 100 tied events, sources, nodes and timers under one shuffle. */
static void shuffled_ties(uint64_t shuffle, uintptr_t *order)
{
    struct fs_sim *sim = fs_sim_new(&(struct fs_sim_options){.shuffle = shuffle});
    struct log *log = new_log(sim);
    struct fs_delay_list list;
    struct waiter w[25];
    struct fs_source source[25];
    struct fs_timer timer[25];
    fs_delay_list_new(sim, &list, 7, note_waiter, log);
    for (uintptr_t i = 0; i < 25; i++) {
        w[i] = (struct waiter){.name = 4 * i};
        fs_delay_join(sim, &list, &w[i].node);
        fs_schedule(sim, 7, note, log, 4 * i + 1);
        fs_source_new(sim, &source[i], note, log, 4 * i + 2);
        fs_source_arm(sim, &source[i], 7);
        fs_timer_new(sim, &timer[i], note, log, 4 * i + 3);
        fs_timer_set(sim, &timer[i], 7);
    }
    fs_schedule(sim, 6, note, log, 1000);
    fs_sim_run(sim, FS_NEVER);
    assert_int_equal(log->count, 101);
    assert_int_equal(log->entry[0].what, 1000);
    for (size_t i = 0; i < 100; i++)
        order[i] = log->entry[i + 1].what;
    fs_sim_free(sim);
}

static void shuffling_permutes_ties_and_nothing_else(void **state)
{
    (void)state;
    uintptr_t plain[100], one[100], again[100], two[100];
    shuffled_ties(0, plain);
    shuffled_ties(1, one);
    shuffled_ties(1, again);
    shuffled_ties(2, two);
    bool seen[100] = {false};
    size_t descents = 0, nodes_descend = 0;
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(plain[i], i);
        assert_int_equal(one[i], again[i]);
        assert_false(seen[one[i]]);
        seen[one[i]] = true;
        descents += i > 0 && one[i] < one[i - 1];
    }
    for (size_t i = 0, last = 0; i < 100; i++) {
        if (one[i] % 4 != 0) continue;
        nodes_descend += one[i] < last;
        last = one[i];
    }
    assert_memory_not_equal(one, two, sizeof one);
    assert_in_range(descents, 30, 70); /* 49.5 on average in a random permutation */
    assert_in_range(nodes_descend, 4, 20);
}

static void two_simulations_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct mix *alone = mix_new(NULL, 7), *a = mix_new(NULL, 7), *b = mix_new(NULL, 8);
    fs_sim_run(alone->sim, 200);
    for (fs_time t = 0; t <= 200; t += 20) {
        fs_sim_run(a->sim, t);
        fs_sim_run(b->sim, t / 2);
    }
    assert_true(alone->log->count > 100);
    check_log(a->log, alone->log->count, alone->log->entry);
    fs_sim_free(alone->sim);
    fs_sim_free(a->sim);
    fs_sim_free(b->sim);
}

/* ---- assertions --------------------------------------------------------------------------- */

/* Run `body` in a child, expect it to abort, and return what it wrote to stderr. */
static const char *text_of_abort(void (*body)(void), char *text, size_t size)
{
    int fd[2], status;
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(fd[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        body();
        _exit(0);
    }
    close(fd[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(fd[0], text + used, size - 1 - used)) > 0;)
        used += (size_t)n;
    text[used] = 0;
    close(fd[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    return text;
}

static void schedule_in_the_past(void)
{
    struct fs_sim *sim = fs_sim_new(&(struct fs_sim_options){.label = "smoothed, replication 3"});
    struct log *log = new_log(sim);
    fs_schedule(sim, 1, note, log, 0);
    fs_sim_run(sim, 12 * FS_S + 34);
    fs_schedule(sim, 12 * FS_S, note, log, 0);
}

static void move_a_fired_event(void)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct log *log = new_log(sim);
    const fs_event event = fs_schedule(sim, 1, note, log, 0);
    fs_sim_run(sim, FS_NEVER);
    fs_reschedule(sim, event, 5);
}

static void set_a_timer_in_the_past(void)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct fs_timer timer;
    fs_timer_new(sim, &timer, note, NULL, 0);
    fs_sim_run(sim, 10);
    fs_timer_set(sim, &timer, 20);
    fs_timer_set(sim, &timer, 9);
}

static void join_twice(void)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct fs_delay_list list;
    struct fs_delay_node node = {0};
    fs_delay_list_new(sim, &list, 0, note, NULL); /* due at 0, like a node that does not wait */
    fs_delay_join(sim, &list, &node);
    fs_delay_join(sim, &list, &node);
}

static void assertions_name_the_run_its_time_and_its_event(void **state)
{
    (void)state;
    char text[4096];
    text_of_abort(schedule_in_the_past, text, sizeof text);
    assert_non_null(strstr(text, "at >= fs_now(sim)"));
    assert_non_null(strstr(text, "smoothed, replication 3"));
    assert_non_null(strstr(text, "12.000000034 s"));
    assert_non_null(strstr(text, "1 events fired"));
    assert_non_null(strstr(text_of_abort(move_a_fired_event, text, sizeof text), "pending"));
    assert_non_null(strstr(text_of_abort(set_a_timer_in_the_past, text, sizeof text), "due"));
    assert_non_null(strstr(text_of_abort(join_twice, text, sizeof text), "node->next"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_fire_by_time_and_at_one_instant_as_scheduled),
        cmocka_unit_test(a_handler_may_schedule_for_now_and_for_later),
        cmocka_unit_test(a_cancelled_event_never_fires),
        cmocka_unit_test(the_event_that_fires_is_no_longer_pending),
        cmocka_unit_test(a_rescheduled_event_goes_behind_the_others_of_its_new_instant),
        cmocka_unit_test(an_event_moved_to_never_waits_until_it_is_moved_back),
        cmocka_unit_test(a_handle_stays_dead_when_its_slot_is_used_again),
        cmocka_unit_test(never_schedules_nothing),
        cmocka_unit_test(a_run_fires_what_is_due_at_its_end_and_leaves_the_clock_there),
        cmocka_unit_test(a_stopped_run_goes_on_where_it_was),
        cmocka_unit_test(a_raised_flag_stops_the_run_within_4096_events),
        cmocka_unit_test(sources_merge_with_events_by_time_and_arming),
        cmocka_unit_test(a_source_can_be_moved_and_disarmed),
        cmocka_unit_test(nodes_fire_after_their_delay_unless_they_left),
        cmocka_unit_test(nodes_keep_the_place_in_the_order_that_they_took_when_joining),
        cmocka_unit_test(a_fired_node_may_join_again_and_others_may_leave_meanwhile),
        cmocka_unit_test(a_node_of_an_endless_delay_does_not_wait),
        cmocka_unit_test(a_timer_set_later_moves_itself_and_fires_once),
        cmocka_unit_test(a_timer_set_earlier_fires_earlier),
        cmocka_unit_test(a_timer_set_again_for_its_instant_goes_behind_the_others),
        cmocka_unit_test(an_unset_timer_does_not_fire_nor_move_the_clock),
        cmocka_unit_test(a_freed_timer_gives_its_slot_to_the_next),
        cmocka_unit_test(a_timer_may_set_or_free_itself_in_its_handler),
        cmocka_unit_test(random_operations_agree_with_a_naive_queue),
        cmocka_unit_test(random_operations_agree_with_a_naive_queue_but_for_shuffled_ties),
        cmocka_unit_test(delays_of_every_magnitude_come_out_in_the_order_of_one_heap),
        cmocka_unit_test(cancelled_events_take_no_memory),
        cmocka_unit_test(one_heap_fires_the_same_handlers_in_the_same_order),
        cmocka_unit_test(the_fingerprint_tells_two_orders_apart),
        cmocka_unit_test(shuffling_permutes_ties_and_nothing_else),
        cmocka_unit_test(two_simulations_do_not_disturb_each_other),
        cmocka_unit_test(assertions_name_the_run_its_time_and_its_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
