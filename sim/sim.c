/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine: a loop that fires the earliest of what it keeps in
 *   events   a heap of those that are few or near. A fired event's slot is the next one given out,
 *            still in the cache.
 *   wheel    events from instant `from` on once there are more than a few (wheel.h). They come out
 *            in order, some at a time, as the run; what is scheduled before `from` meanwhile goes
 *            to the heap. The run says who is next, so what those need is fetched ahead.
 *   sources  small: traffic, the heads of delay lists (with the head's own time and sequence), and
 *            in slot TIMERS a copy of the earliest timer's key, so that the loop compares one key
 *            less.
 *   timers   lazy ones, keyed by where they are armed. A root that is due later than it is armed
 *            is moved, not fired; the clock, the counts and the fingerprint do not see that.
 * An event in the wheel is put off as a timer is: its item says when it is `due` and which key of
 * it counts (`armed`); of one in the heap they say nothing. One that is moved forward or cancelled
 * leaves its key behind as garbage, known by an order that no item has.
 * Sequence numbers are given by the public calls alone and kept through every move, so the order of
 * firing is that of one heap holding everything. `one_heap` does exactly that: no wheel, sources,
 * nodes and timers become events, each with the number it would have had, and fingerprints must
 * agree.
 * A handle is the sequence number the event was scheduled with, and its slot. Numbers are never
 * given twice, so neither are handles.
 * The root that fires stays as a hole while its handler runs: most handlers schedule one follow-up,
 * which then costs one descent instead of a removal and an insertion.
 */
#include "sim.h"
#include "heap.h"
#include "rng.h"
#include "wheel.h"
#include <inttypes.h>

#define SEQUENCE_BITS 39
#define SEQUENCES     (UINT64_C(1) << SEQUENCE_BITS)
#define LAST          SEQUENCES /* the bit above: behind every number without it, at one instant */
#define WATCH_EVERY   4096
#define TIMERS        0  /* slot among the sources */
#define FEW           64 /* events that a heap serves best */
#define RUN           24 /* keys that are taken out of the wheel at once */
#define MUCH_GARBAGE  1024

struct fs_sim {
    struct fs_clock clock; /* stays first: fs_now() reads it without knowing the rest */
    fs_time limit;         /* last instant to fire at; -1 stops the loop */
    uint64_t sequence;     /* the next one; from 1, so that no handle is 0 */
    uint64_t fired;
    fs_time fired_at;
    uint64_t ties;
    uint64_t followers; /* nodes waiting behind the head of their list */
    bool one_heap, running, stopped;
    struct heap events, sources, timers;
    uint64_t from;     /* events from this instant on go to the wheel; UINT64_MAX: it is empty */
    uint32_t run_at;   /* the next of run[], which ends with a sentinel */
    uint32_t spill_at; /* entries of the heap that are too many */
    struct heap_key run[RUN + 1]; /* out of the wheel, in order */
    struct wheel wheel;
    uint64_t garbage;      /* keys in the wheel and the run that no longer count */
    struct heap_key floor; /* of the sources behind the root, or 0: not known */
    const _Atomic int *stop_flag;
    uint64_t shuffle;
    uint64_t fingerprint;
    bool fingerprinted;
    const char *label;
    struct fs_arena *arena;
};

/* ---- keys --------------------------------------------------------------------------------- */

/* Ties are to be shuffled: a bijection on the numbers, so that keys stay distinct. */
static __attribute__((noinline)) uint64_t shuffled(const struct fs_sim *sim, uint64_t seq)
{
    const uint64_t last = seq & LAST;
    uint64_t key = sim->shuffle;
    seq &= SEQUENCES - 1;
    for (int round = 0; round < 4; round++) {
        key = fs_mix(key + UINT64_C(0x9e3779b97f4a7c15));
        seq = (seq * (key | 1) + (key >> 1)) & (SEQUENCES - 1);
        seq ^= seq >> (SEQUENCE_BITS / 2);
    }
    return seq | last;
}

static inline struct heap_key make_key(const struct fs_sim *sim, fs_time at, uint64_t seq,
                                       uint32_t slot)
{
    if (__builtin_expect(sim->shuffle != 0, 0)) seq = shuffled(sim, seq);
    return (struct heap_key){at, seq << HEAP_SLOT_BITS | slot};
}

uint64_t fs_next_sequence(struct fs_sim *sim)
{
    return sim->sequence++;
}

/* ---- events ------------------------------------------------------------------------------- */

static inline uint32_t event_slot(fs_event event)
{
    return (uint32_t)(event & HEAP_SLOT_MASK);
}

/* The heap has too many: all of it, and what is out of the wheel, goes there from now on. The more
 * the wheel had to move for it, the longer until the next time. */
static __attribute__((noinline)) void spill(struct fs_sim *sim)
{
    struct heap *h = &sim->events;
    struct wheel *w = &sim->wheel;
    const uint64_t now = (uint64_t)fs_now(sim);
    uint64_t moved = 0;
    if (sim->from == UINT64_MAX)
        w->base = now;
    else if (w->base > now)
        moved = wheel_lower(w, now);
    for (; sim->run[sim->run_at].order != heap_sentinel.order; sim->run_at++)
        wheel_put(w, sim->run[sim->run_at]);
    for (uint32_t i = h->hole; i < h->count; i++) {
        const struct heap_key key = h->key[i];
        h->position[heap_slot(key)] = HEAP_OUT;
        h->item[heap_slot(key)].due = h->item[heap_slot(key)].armed = key;
        wheel_put(w, key);
        h->key[i] = heap_sentinel;
    }
    h->count = h->hole;
    sim->from = now;
    sim->spill_at = moved / 4 > FEW ? (uint32_t)(moved / 4) : FEW;
}

static inline void place(struct fs_sim *sim, struct heap_key key)
{
    if ((uint64_t)key.time >= sim->from) {
        wheel_put(&sim->wheel, key);
    } else {
        heap_put(&sim->events, key);
        if (sim->events.count > sim->spill_at) spill(sim);
    }
}

/* A key has come out of the wheel that is not its event's time: it no longer counts, or the event
 * was put off since. */
static void place_again(struct fs_sim *sim, struct heap_key key)
{
    struct heap_item *item = &sim->events.item[heap_slot(key)];
    if (item->armed.order != key.order) {
        sim->garbage--;
        return;
    }
    item->armed = item->due;
    place(sim, item->due);
}

static void sweep_keys(struct fs_sim *sim, const struct heap_key *key, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (sim->events.item[heap_slot(key[i])].due.order == key[i].order)
            wheel_put(&sim->wheel, key[i]);
        else
            place_again(sim, key[i]);
    }
}

/* Take every key out of the wheel and put back those that count. */
static void sweep(struct fs_sim *sim)
{
    struct wheel *w = &sim->wheel;
    struct wheel_bucket taken[WHEEL_LEVELS * 64];
    memcpy(taken, w->bucket, sizeof taken);
    memset(w->bucket, 0, sizeof taken);
    memset(w->busy, 0, sizeof w->busy);
    w->levels = 0;
    w->count = 0;
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        sweep_keys(sim, taken[i].few, taken[i].n);
        for (uint32_t chunk = taken[i].more; chunk;) {
            const struct wheel_chunk list = w->chunk[chunk];
            wheel_give_chunk(w, chunk);
            sweep_keys(sim, list.key, list.n);
            chunk = list.next;
        }
    }
}

/* A key that is in the wheel no longer counts. */
static inline void leave_behind(struct fs_sim *sim)
{
    if (++sim->garbage > MUCH_GARBAGE && sim->garbage > sim->wheel.count / 2) sweep(sim);
}

/* What is rare for an event that is entered stands apart from what is not, and returns its handle
 * for it: the common case then needs few registers, and none saved. */
static __attribute__((noinline)) fs_event
enter_more(struct fs_sim *sim, struct wheel_bucket *bucket, struct heap_key key, fs_event id)
{
    wheel_put_more(&sim->wheel, bucket, key);
    return id;
}

static __attribute__((noinline)) fs_event enter_heap(struct fs_sim *sim, struct heap_key key,
                                                     fs_event id)
{
    heap_put(&sim->events, key);
    if (sim->events.count > sim->spill_at) spill(sim);
    return id;
}

static inline fs_event enter_key(struct fs_sim *sim, struct heap_key key, fs_event id)
{
    struct heap *h = &sim->events;
    if ((uint64_t)key.time >= sim->from) {
        struct heap_item *item = &h->item[heap_slot(key)];
        struct wheel_bucket *bucket = wheel_find(&sim->wheel, key);
        item->due = item->armed = key;
        if (bucket->n == WHEEL_FEW) return enter_more(sim, bucket, key, id);
        bucket->few[bucket->n++] = key;
    } else {
        if (!h->hole || h->count != 2) return enter_heap(sim, key, id);
        heap_fill_one_of_two(h, key);
    }
    return id;
}

static inline void set_item(struct heap_item *item, fs_handler *fn, void *self, uintptr_t arg,
                            uint64_t id)
{
    item->fn = fn;
    item->self = self;
    item->arg = arg;
    item->id = id;
}

/* Ties are to be shuffled, or there is no slot that was used before. */
static __attribute__((noinline)) fs_event enter_rare(struct fs_sim *sim, fs_time at, uint64_t seq,
                                                     fs_handler *fn, void *self, uintptr_t arg)
{
    struct heap *h = &sim->events;
    const uint32_t slot = heap_take_slot(sim, h);
    const uint64_t id = seq << HEAP_SLOT_BITS | slot;
    set_item(&h->item[slot], fn, self, arg, id);
    return enter_key(sim, make_key(sim, at, seq, slot), id);
}

/* Enter an event that has its sequence number already. */
static inline fs_event enter(struct fs_sim *sim, fs_time at, uint64_t seq, fs_handler *fn,
                             void *self, uintptr_t arg)
{
    struct heap *h = &sim->events;
    const uint32_t slot = h->free;
    if (__builtin_expect(slot == HEAP_NO_SLOT || sim->shuffle != 0, 0))
        return enter_rare(sim, at, seq, fn, self, arg);
    struct heap_item *item = &h->item[slot];
    const struct heap_key key = {at, seq << HEAP_SLOT_BITS | slot};
    h->free = (uint32_t)item->arg;
    set_item(item, fn, self, arg, key.order);
    return enter_key(sim, key, key.order);
}

fs_event fs_schedule(struct fs_sim *sim, fs_time at, fs_handler *fn, void *self, uintptr_t arg)
{
    fs_assert(sim, at >= fs_now(sim));
    if (at == FS_NEVER) return 0;
    return enter(sim, at, sim->sequence++, fn, self, arg);
}

fs_event fs_schedule_last(struct fs_sim *sim, fs_time at, fs_handler *fn, void *self, uintptr_t arg)
{
    fs_assert(sim, at >= fs_now(sim));
    if (at == FS_NEVER) return 0;
    return enter(sim, at, sim->sequence++ | LAST, fn, self, arg);
}

bool fs_event_pending(const struct fs_sim *sim, fs_event event)
{
    const uint32_t slot = event_slot(event);
    return event != 0 && slot < sim->events.used && sim->events.item[slot].id == event;
}

bool fs_cancel(struct fs_sim *sim, fs_event event)
{
    struct heap *h = &sim->events;
    const uint32_t slot = event_slot(event);
    if (!fs_event_pending(sim, event)) return false;
    if (heap_holds(h, slot)) {
        heap_remove(h, slot);
    } else {
        h->item[slot].due.order = h->item[slot].armed.order = 0;
        leave_behind(sim);
    }
    heap_give_slot(h, slot);
    return true;
}

/* In the wheel a later time is only noted: the key is put again when it comes out. */
static void change(struct fs_sim *sim, struct heap_key key)
{
    struct heap *h = &sim->events;
    const uint32_t slot = heap_slot(key);
    struct heap_item *item = &h->item[slot];
    const bool in_heap = heap_holds(h, slot);
    if (in_heap && (uint64_t)key.time < sim->from) {
        heap_change(h, key);
        return;
    }
    item->due = key;
    if (in_heap) {
        item->armed = key;
        heap_remove(h, slot);
        wheel_put(&sim->wheel, key);
    } else if (heap_before(key, item->armed)) {
        item->armed = key;
        place(sim, key);
        leave_behind(sim);
    }
}

void fs_reschedule(struct fs_sim *sim, fs_event event, fs_time at)
{
    fs_assert(sim, fs_event_pending(sim, event));
    fs_assert(sim, at >= fs_now(sim));
    change(sim, make_key(sim, at, sim->sequence++, event_slot(event)));
}

fs_time fs_event_time(const struct fs_sim *sim, fs_event event)
{
    const struct heap *h = &sim->events;
    const uint32_t slot = event_slot(event);
    if (!fs_event_pending(sim, event)) return FS_NEVER;
    return heap_holds(h, slot) ? heap_time(h, slot) : h->item[slot].due.time;
}

/* ---- sources ------------------------------------------------------------------------------ */

/* The event that stands in for slot `slot` of `h`, moved to (at, seq): one_heap's way. */
static void stand_in(struct fs_sim *sim, struct heap *h, uint32_t slot, fs_time at, uint64_t seq)
{
    const struct heap_item item = h->item[slot];
    fs_cancel(sim, item.id);
    h->item[slot].id = at == FS_NEVER ? 0 : enter(sim, at, seq, item.fn, item.self, item.arg);
}

/* Nothing but the root of the sources is before this key, as far as is known. */
static void find_floor(struct fs_sim *sim, uint32_t slot)
{
    const struct heap *h = &sim->sources;
    size_t child = 1;
    if (h->count > 1 && !h->hole && heap_holds(h, slot) && h->position[slot] == 0)
        sim->floor = heap_least(h->key, &child);
    else
        sim->floor = (struct heap_key){0, 0};
}

static __attribute__((noinline)) void arm_slowly(struct fs_sim *sim, uint32_t slot, fs_time at,
                                                 uint64_t seq)
{
    struct heap *h = &sim->sources;
    if (sim->one_heap) {
        stand_in(sim, h, slot, at, seq);
    } else {
        heap_set(h, make_key(sim, at, seq, slot));
        find_floor(sim, slot);
    }
}

/* A source that has fired and comes before all others again, as traffic mostly does, costs one
 * comparison: the others have not moved since the floor was found. (In one heap no source fires.)
 */
static inline void arm_source(struct fs_sim *sim, uint32_t slot, fs_time at, uint64_t seq)
{
    struct heap *h = &sim->sources;
    const struct heap_key key = {at, seq << HEAP_SLOT_BITS | slot};
    if (h->hole && heap_before(key, sim->floor) && !heap_holds(h, slot)) {
        h->hole = false;
        heap_place(h, 0, key);
    } else {
        arm_slowly(sim, slot, at, seq);
    }
}

void fs_source_new(struct fs_sim *sim, struct fs_source *source, fs_handler *fn, void *self,
                   uintptr_t arg)
{
    const uint32_t slot = heap_take_slot(sim, &sim->sources);
    sim->sources.item[slot] = (struct heap_item){.fn = fn, .self = self, .arg = arg};
    *source = (struct fs_source){.slot = slot};
}

void fs_source_new_last(struct fs_sim *sim, struct fs_source *source, fs_handler *fn, void *self,
                        uintptr_t arg)
{
    fs_source_new(sim, source, fn, self, arg);
    source->last = LAST;
}

void fs_source_arm(struct fs_sim *sim, struct fs_source *source, fs_time at)
{
    fs_assert(sim, at >= fs_now(sim));
    arm_source(sim, source->slot, at, at == FS_NEVER ? 0 : sim->sequence++ | source->last);
}

fs_time fs_source_time(const struct fs_sim *sim, const struct fs_source *source)
{
    if (sim->one_heap) return fs_event_time(sim, sim->sources.item[source->slot].id);
    return heap_time(&sim->sources, source->slot);
}

/* ---- delay lists -------------------------------------------------------------------------- */

static void link_last(struct fs_delay_list *list, struct fs_delay_node *node)
{
    node->prev = list->head.prev;
    node->next = &list->head;
    node->prev->next = node;
    list->head.prev = node;
}

static void unlink_node(struct fs_delay_node *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    *node = (struct fs_delay_node){0};
}

/* The first node has gone: the source takes the next one's place in the order. */
static void arm_head(struct fs_sim *sim, struct fs_delay_list *list)
{
    const struct fs_delay_node *first = list->head.next;
    const bool empty = first == &list->head;
    arm_source(sim, list->source.slot, empty ? FS_NEVER : first->due, empty ? 0 : first->seq);
    if (!empty) sim->followers--;
}

static void fire_head(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct fs_delay_list *list = self;
    struct fs_delay_node *node = list->head.next;
    unlink_node(node);
    arm_head(sim, list);
    list->fn(sim, list->self, (uintptr_t)node);
}

static void fire_node(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_delay_list *list = self;
    unlink_node((struct fs_delay_node *)arg);
    list->fn(sim, list->self, arg);
}

void fs_delay_list_new(struct fs_sim *sim, struct fs_delay_list *list, fs_time delay,
                       fs_handler *fn, void *self)
{
    fs_assert(sim, delay >= 0);
    *list = (struct fs_delay_list){.delay = delay, .fn = fn, .self = self};
    list->head.prev = list->head.next = &list->head;
    fs_source_new(sim, &list->source, fire_head, list, 0);
}

void fs_delay_join(struct fs_sim *sim, struct fs_delay_list *list, struct fs_delay_node *node)
{
    fs_assert(sim, !node->next);
    if (list->delay >= FS_NEVER - fs_now(sim)) return;
    node->due = fs_now(sim) + list->delay;
    node->seq = sim->sequence++;
    link_last(list, node);
    if (sim->one_heap) /* the number is needed no more: keep the handle */
        node->seq = enter(sim, node->due, node->seq, fire_node, list, (uintptr_t)node);
    else if (list->head.next == node)
        arm_source(sim, list->source.slot, node->due, node->seq);
    else
        sim->followers++;
}

bool fs_delay_leave(struct fs_sim *sim, struct fs_delay_list *list, struct fs_delay_node *node)
{
    if (!node->next) return false;
    const bool first = list->head.next == node;
    const fs_event event = node->seq;
    unlink_node(node);
    if (sim->one_heap)
        fs_cancel(sim, event);
    else if (first)
        arm_head(sim, list);
    else
        sim->followers--;
    return true;
}

/* ---- lazy timers -------------------------------------------------------------------------- */

/* Keep the sources' copy of the earliest timer's key. */
static void copy_timers_root(struct fs_sim *sim)
{
    struct heap *h = &sim->sources;
    struct heap_key root = sim->timers.key[0];
    sim->floor = (struct heap_key){0, 0};
    root.order = (root.order & ~HEAP_SLOT_MASK) | TIMERS;
    if (heap_holds(h, TIMERS)) {
        const struct heap_key held = h->key[h->position[TIMERS]];
        if (held.time == root.time && held.order == root.order) return;
    }
    heap_set(h, root);
}

/* one_heap's timer. An unset one does not get here, see fire_event(). */
static void fire_stand_in(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct fs_timer *timer = self;
    timer->due = FS_NEVER;
    timer->fn(sim, timer->self, timer->arg);
}

void fs_timer_new(struct fs_sim *sim, struct fs_timer *timer, fs_handler *fn, void *self,
                  uintptr_t arg)
{
    *timer =
        (struct fs_timer){.due = FS_NEVER, .armed = FS_NEVER, .fn = fn, .self = self, .arg = arg};
    timer->slot = heap_take_slot(sim, &sim->timers);
    sim->timers.item[timer->slot] = (struct heap_item){.fn = fire_stand_in, .self = timer};
}

void fs_timer_free(struct fs_sim *sim, struct fs_timer *timer)
{
    struct heap *h = &sim->timers;
    timer->due = timer->armed = FS_NEVER;
    fs_cancel(sim, h->item[timer->slot].id);
    if (heap_holds(h, timer->slot)) {
        heap_remove(h, timer->slot);
        copy_timers_root(sim);
    }
    heap_give_slot(h, timer->slot);
}

/* In one heap `armed` stays FS_NEVER, so that every setting comes here and moves the event. */
void fs_timer_arm(struct fs_sim *sim, struct fs_timer *timer)
{
    fs_assert(sim, timer->due >= fs_now(sim));
    if (sim->one_heap) {
        stand_in(sim, &sim->timers, timer->slot, timer->due, timer->seq);
        return;
    }
    heap_set(&sim->timers, make_key(sim, timer->due, timer->seq, timer->slot));
    timer->armed = timer->due;
    copy_timers_root(sim);
}

/* ---- the loop ----------------------------------------------------------------------------- */

/* `verify` is a constant in each of the two loops below: what is off costs nothing. */
#define INLINE static inline __attribute__((always_inline))

static void mix_fingerprint(struct fs_sim *sim, struct heap_key key)
{
    if (!sim->fingerprinted) return;
    sim->fingerprint = fs_mix(sim->fingerprint ^ (uint64_t)key.time);
    sim->fingerprint = fs_mix(sim->fingerprint + (key.order >> HEAP_SLOT_BITS));
}

/* The clock moves to `key`, whose handler is about to be called. */
INLINE void begin(struct fs_sim *sim, struct heap_key key, const bool verify)
{
    sim->clock.now = key.time;
    sim->ties += key.time == sim->fired_at;
    sim->fired_at = key.time;
    sim->fired++;
    if (verify) mix_fingerprint(sim, key);
}

static bool is_unset_timer(const struct heap_item *item)
{
    return item->fn == fire_stand_in && ((const struct fs_timer *)item->self)->due == FS_NEVER;
}

INLINE void fire_event(struct fs_sim *sim, struct heap_key key, const bool verify)
{
    struct heap *h = &sim->events;
    const struct heap_item *item = &h->item[heap_slot(key)];
    fs_handler *fn = item->fn;
    void *self = item->self;
    const uintptr_t arg = item->arg;
    if (verify && is_unset_timer(item)) {
        fs_cancel(sim, item->id);
        return;
    }
    begin(sim, key, verify);
    heap_open(h);
    heap_give_slot(h, heap_slot(key));
    fn(sim, self, arg);
    heap_close(h);
}

/* What the handler of a later event of the run will look at; the key may be the sentinel. */
INLINE void fetch_ahead(const struct fs_sim *sim, struct heap_key key)
{
    const uint32_t slot = heap_slot(key);
    if (slot >= sim->events.used) return;
    const struct heap_item *item = &sim->events.item[slot];
    __builtin_prefetch(item->self);
    __builtin_prefetch((const void *)item->arg);
    __builtin_prefetch((const void *)(item->arg + 64)); /* a number: it may be none */
}

/* An event that was in the wheel. */
INLINE void fire_run(struct fs_sim *sim, struct heap_key key, const bool verify)
{
    struct heap *h = &sim->events;
    const struct heap_item *item = &h->item[heap_slot(key)];
    fs_handler *fn = item->fn;
    void *self = item->self;
    const uintptr_t arg = item->arg;
    sim->run_at++;
    if (item->due.order != key.order) {
        place_again(sim, key);
        return;
    }
    begin(sim, key, verify);
    heap_give_slot(h, heap_slot(key));
    fetch_ahead(sim, sim->run[sim->run_at]);
    fn(sim, self, arg);
}

INLINE void fire_source(struct fs_sim *sim, struct heap_key key, const bool verify)
{
    struct heap *h = &sim->sources;
    const struct heap_item item = h->item[heap_slot(key)];
    begin(sim, key, verify);
    heap_open(h);
    item.fn(sim, item.self, item.arg);
    if (h->hole) {
        heap_close(h);
        sim->floor = (struct heap_key){0, 0};
    }
}

/* Call an earliest timer that is due. Its memory may be gone when the handler returns. */
INLINE void call_timer(struct fs_sim *sim, struct fs_timer *timer, const bool verify)
{
    begin(sim, sim->timers.key[0], verify);
    heap_open(&sim->sources);
    heap_open(&sim->timers);
    timer->due = timer->armed = FS_NEVER;
    timer->fn(sim, timer->self, timer->arg);
    heap_close(&sim->timers);
}

INLINE void fire_timer(struct fs_sim *sim, const bool verify)
{
    struct heap *h = &sim->timers;
    const struct heap_key armed = h->key[0];
    struct fs_timer *timer = h->item[heap_slot(armed)].self;
    const struct heap_key due = make_key(sim, timer->due, timer->seq, timer->slot);
    if (heap_before(armed, due)) {
        heap_set(h, due);
        timer->armed = timer->due;
    } else {
        call_timer(sim, timer, verify);
    }
    copy_timers_root(sim);
    heap_close(&sim->sources);
}

static void look_around(struct fs_sim *sim)
{
    if (sim->sequence >= SEQUENCES - SEQUENCES / 16)
        fs_assert_failed(sim, "fewer than 2^39 sequence numbers in one run", __FILE__, __LINE__);
    if (sim->stop_flag && *sim->stop_flag) fs_sim_stop(sim);
}

/* The few keys of a bucket, sorted, join the run of n. */
static inline uint32_t join_run(struct fs_sim *sim, const struct wheel_bucket *bucket, uint32_t n)
{
    const struct heap *h = &sim->events;
    struct heap_key *run = sim->run + n;
    for (uint32_t i = 0; i < bucket->n; i++) {
        const struct heap_key key = bucket->few[i];
        uint32_t k = i;
        __builtin_prefetch(&h->item[heap_slot(key)]);
        for (; k > 0 && heap_before(key, run[k - 1]); k--)
            run[k] = run[k - 1];
        run[k] = key;
    }
    return n + bucket->n;
}

static void end_run(struct fs_sim *sim, uint32_t n)
{
    sim->run[n] = heap_sentinel;
    sim->run_at = 0;
    sim->wheel.count -= n;
    sim->wheel.base = (uint64_t)sim->run[n - 1].time;
    sim->from = sim->wheel.base + 1;
}

/* The heap holds nothing that does not count. */
static void enter_again(struct fs_sim *sim, const struct heap_key *key, uint32_t n)
{
    sim->wheel.count -= n;
    for (uint32_t i = 0; i < n; i++) {
        if (sim->events.item[heap_slot(key[i])].due.order == key[i].order)
            heap_put(&sim->events, key[i]);
        else
            place_again(sim, key[i]);
    }
}

/* Many events of one instant, the base: a heap takes any number. */
static void empty_instant(struct fs_sim *sim, const struct wheel_bucket *taken)
{
    struct wheel *w = &sim->wheel;
    sim->from = w->base + 1;
    sim->spill_at = UINT32_MAX;
    enter_again(sim, taken->few, taken->n);
    for (uint32_t chunk = taken->more; chunk;) {
        const struct wheel_chunk list = w->chunk[chunk];
        wheel_give_chunk(w, chunk);
        enter_again(sim, list.key, list.n);
        chunk = list.next;
    }
    sim->spill_at = 2 * sim->events.count + FEW;
}

/* Get the earliest keys out of the wheel, unless all of it comes after `rival`. */
static __attribute__((noinline)) void refill(struct fs_sim *sim, fs_time rival)
{
    struct wheel *w = &sim->wheel;
    const uint32_t enough =
        w->count < 16 * (RUN - WHEEL_FEW) ? (uint32_t)w->count / 16 : RUN - WHEEL_FEW;
    uint32_t n = 0;
    while (w->levels) {
        const struct wheel_place next = wheel_next(w);
        const struct wheel_bucket *bucket = &w->bucket[next.level][next.digit];
        if (n == 0) {
            sim->from = next.start;
            if (next.start > (uint64_t)rival) return;
        }
        if (!bucket->more) {
            n = join_run(sim, bucket, n);
            wheel_take(w, next.level, next.digit);
            if (n > enough) break;
            continue;
        }
        if (n) break;
        const struct wheel_bucket taken = wheel_take(w, next.level, next.digit);
        w->base = next.start;
        if (next.level == 0) {
            empty_instant(sim, &taken);
            return;
        }
        wheel_spread(w, &taken, next.level);
    }
    if (n)
        end_run(sim, n);
    else
        sim->from = UINT64_MAX;
}

INLINE void loop(struct fs_sim *sim, const bool verify)
{
    for (;;) {
        const struct heap_key source = sim->sources.key[0];
        struct heap_key event = sim->events.key[0];
        bool in_run = false;
        if (sim->from != UINT64_MAX) {
            const struct heap_key run = sim->run[sim->run_at];
            in_run = heap_before(run, event);
            if (in_run) event = run;
            const fs_time at = event.time < source.time ? event.time : source.time;
            if ((uint64_t)at >= sim->from) {
                refill(sim, at);
                continue;
            }
        }
        if (heap_before(event, source)) {
            if (event.time > sim->limit) return;
            if (in_run)
                fire_run(sim, event, verify);
            else
                fire_event(sim, event, verify);
        } else {
            if (source.time > sim->limit) return;
            if (heap_slot(source) != TIMERS)
                fire_source(sim, source, verify);
            else
                fire_timer(sim, verify);
        }
        if (sim->fired % WATCH_EVERY == 0) look_around(sim);
    }
}

static void loop_plain(struct fs_sim *sim)
{
    loop(sim, false);
}

static void loop_verifying(struct fs_sim *sim)
{
    loop(sim, true);
}

void fs_sim_run(struct fs_sim *sim, fs_time until)
{
    fs_assert(sim, !sim->running);
    fs_assert(sim, until >= fs_now(sim));
    sim->running = true;
    sim->stopped = false;
    sim->limit = until == FS_NEVER ? FS_NEVER - 1 : until;
    look_around(sim);
    if (sim->fingerprinted || sim->one_heap)
        loop_verifying(sim);
    else
        loop_plain(sim);
    if (!sim->stopped && until != FS_NEVER) sim->clock.now = until;
    sim->running = false;
}

void fs_sim_stop(struct fs_sim *sim)
{
    if (!sim->running) return;
    sim->stopped = true;
    sim->limit = -1;
}

/* ---- the simulation ----------------------------------------------------------------------- */

/* Shuffling mixes numbers on their way into a key; the fixed order within a delay list would hide
 * ties from it, so it goes through one heap. */
static void set_options(struct fs_sim *sim, const struct fs_sim_options *options)
{
    sim->label = fs_arena_text(sim->arena, options->label ? options->label : "an unnamed run");
    sim->one_heap = options->one_heap || options->shuffle;
    sim->shuffle = options->shuffle;
    sim->fingerprinted = options->fingerprint;
}

struct fs_sim *fs_sim_new(const struct fs_sim_options *options)
{
    struct fs_sim *sim = fs_alloc(sizeof *sim, "a simulation");
    sim->arena = fs_arena_new();
    set_options(sim, options ? options : &(struct fs_sim_options){0});
    sim->sequence = 1;
    sim->fired_at = -1;
    wheel_new(&sim->wheel);
    sim->run[0] = heap_sentinel;
    sim->from = UINT64_MAX;
    sim->spill_at = sim->one_heap ? UINT32_MAX : FEW;
    heap_new(sim, &sim->events);
    heap_new(sim, &sim->sources);
    heap_new(sim, &sim->timers);
    const uint32_t first = heap_take_slot(sim, &sim->sources);
    fs_assert(sim, first == TIMERS);
    return sim;
}

void fs_sim_free(struct fs_sim *sim)
{
    if (!sim) return;
    wheel_free(&sim->wheel);
    heap_free(&sim->events);
    heap_free(&sim->sources);
    heap_free(&sim->timers);
    fs_arena_free(sim->arena);
    free(sim);
}

struct fs_arena *fs_sim_arena(struct fs_sim *sim)
{
    return sim->arena;
}

void fs_sim_watch(struct fs_sim *sim, const _Atomic int *stop_flag)
{
    sim->stop_flag = stop_flag;
}

bool fs_sim_stopped(const struct fs_sim *sim)
{
    return sim->stopped;
}

uint64_t fs_sim_fired(const struct fs_sim *sim)
{
    return sim->fired;
}

/* The copy of the timers' root is no one's. */
uint64_t fs_sim_pending(const struct fs_sim *sim)
{
    uint64_t run = 0;
    while (sim->run[sim->run_at + run].order != heap_sentinel.order)
        run++;
    return heap_count(&sim->events) + run + sim->wheel.count - sim->garbage +
           heap_count(&sim->sources) - heap_holds(&sim->sources, TIMERS) +
           heap_count(&sim->timers) + sim->followers;
}

uint64_t fs_sim_ties(const struct fs_sim *sim)
{
    return sim->ties;
}

uint64_t fs_sim_fingerprint(const struct fs_sim *sim)
{
    return sim->fingerprint;
}

const char *fs_sim_label(const struct fs_sim *sim)
{
    return sim->label;
}

void fs_sim_print(const struct fs_sim *sim, FILE *out)
{
    const fs_time now = fs_now(sim);
    fprintf(out, "  in %s, at %" PRId64 ".%09" PRId64 " s, %" PRIu64 " events fired\n", sim->label,
            now / FS_S, now % FS_S, fs_sim_fired(sim));
}
