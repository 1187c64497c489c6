/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The task with the fewest outstanding requests, ties in turn.
 *
 * Tasks are sorted into levels by that number. A level is a set of bits, with a second row of bits
 * that says which words of the first are not empty, so the next member after a given task is found
 * in a few instructions for thousands of tasks. A number changes by one, so a task moves to a
 * neighbouring level, and the lowest level that has members is kept up to date without a search:
 * it falls to the level that a task has come down to, and rises by one when its last member did.
 */
#include "arena.h"
#include "balancer.h"

#include <string.h>

extern const struct fs_plugin fs_balancers_least_outstanding_requests;

#define WORD 64

struct state {
    uint64_t *level; /* [levels][stride]: number of members, words of bits, bits of the words */
    size_t stride;
    int words, heads; /* words of the two rows */
    int32_t levels;
    int32_t least; /* lowest level with members */
    int after;     /* search for the next target from here on */
    struct fs_arena *arena;
};

static uint64_t *level_of(const struct state *state, int32_t number)
{
    return state->level + (size_t)number * state->stride;
}

/* Where a target's bit stands in a level. Unsigned: divisions are shifts. */
struct spot {
    size_t word, head; /* in the level */
    uint64_t bit, head_bit;
};

static inline struct spot spot_of(const struct state *state, int target)
{
    const size_t i = (size_t)target, word = i / WORD;
    return (struct spot){1 + word, 1 + (size_t)state->words + word / WORD,
                         UINT64_C(1) << (i % WORD), UINT64_C(1) << (word % WORD)};
}

static inline void add_at(uint64_t *level, struct spot spot)
{
    level[0]++;
    level[spot.word] |= spot.bit;
    level[spot.head] |= spot.head_bit;
}

/* How many members are left. */
static inline uint64_t take_at(uint64_t *level, struct spot spot)
{
    const uint64_t left = level[spot.word] & ~spot.bit;
    level[spot.word] = left;
    if (!left) level[spot.head] &= ~spot.head_bit;
    return --level[0];
}

static void add(const struct state *state, int32_t number, int target)
{
    add_at(level_of(state, number), spot_of(state, target));
}

static uint64_t take(const struct state *state, int32_t number, int target)
{
    return take_at(level_of(state, number), spot_of(state, target));
}

/* The first member from `from` on; -1 when there is none. */
static int next_member(const struct state *state, int32_t number, int from)
{
    const uint64_t *words = level_of(state, number) + 1, *heads = words + state->words;
    size_t word = (size_t)from / WORD;
    const uint64_t here = words[word] & (UINT64_MAX << ((size_t)from % WORD));
    if (here) return (int)(word * WORD) + __builtin_ctzll(here);
    uint64_t head = heads[word / WORD] & (UINT64_MAX << (word % WORD) << 1);
    for (size_t i = word / WORD; !head;) {
        if (++i == (size_t)state->heads) return -1;
        head = heads[i];
        word = i * WORD;
    }
    word = word / WORD * WORD + (size_t)__builtin_ctzll(head);
    return (int)(word * WORD) + __builtin_ctzll(words[word]);
}

static int pick(void *self, const struct fs_targets *targets, struct fs_stream *stream)
{
    struct state *state = self;
    (void)stream;
    int target = next_member(state, state->least, state->after);
    if (target < 0) target = next_member(state, state->least, 0);
    state->after = target + 1 < targets->n ? target + 1 : 0;
    return target;
}

static uint64_t *new_levels(const struct state *state)
{
    return fs_arena_alloc(state->arena,
                          (size_t)state->levels * state->stride * sizeof *state->level);
}

static void add_levels(struct state *state, int32_t number)
{
    const size_t size = (size_t)state->levels * state->stride * sizeof *state->level;
    const uint64_t *before = state->level;
    while (number >= state->levels)
        state->levels *= 2;
    state->level = new_levels(state);
    memcpy(state->level, before, size);
}

/* The rows are as long as the targets need; when they grow, everything is sorted anew. */
static void add_words(struct state *state, const struct fs_targets *targets)
{
    state->words *= 2;
    state->heads = (state->words + WORD - 1) / WORD;
    state->stride = (size_t)(1 + state->words + state->heads);
    state->level = new_levels(state);
    for (int i = 0; i < targets->n - 1; i++)
        add(state, targets->outstanding[i], i);
}

static void changed(void *self, const struct fs_targets *targets, int target, int32_t before)
{
    struct state *state = self;
    const int32_t number = targets->outstanding[target];
    if (number == state->levels) add_levels(state, number);
    const struct spot spot = spot_of(state, target);
    const bool empty = take_at(level_of(state, before), spot) == 0;
    add_at(level_of(state, number), spot);
    if (number < state->least || (before == state->least && empty)) state->least = number;
}

static void joined(void *self, const struct fs_targets *targets)
{
    struct state *state = self;
    const int target = targets->n - 1;
    const int32_t number = targets->outstanding[target];
    if (number >= state->levels) add_levels(state, number);
    if (target == state->words * WORD) add_words(state, targets);
    add(state, number, target);
    if (number < state->least || target == 0) state->least = number;
}

static void left(void *self, const struct fs_targets *targets, int target, int32_t had)
{
    struct state *state = self;
    take(state, had, target);
    if (target < targets->n) {
        take(state, targets->outstanding[target], targets->n);
        add(state, targets->outstanding[target], target);
    }
    while (targets->n && level_of(state, state->least)[0] == 0)
        state->least++;
    if (state->after >= targets->n) state->after = 0;
}

static void start(void *self, struct fs_arena *arena)
{
    struct state *state = self;
    state->words = state->heads = 1;
    state->stride = 3;
    state->levels = 8;
    state->arena = arena;
    state->level = new_levels(state);
}

static const struct fs_param rows[] = {{.key = NULL}};
static const struct fs_balancer_type type = {pick,   sizeof(struct state), start, joined, left,
                                             changed};

const struct fs_plugin fs_balancers_least_outstanding_requests = {
    "least_outstanding_requests",
    "The task with the fewest outstanding requests; ties in turn.",
    0,
    rows,
    &type,
    NULL,
    NULL};
