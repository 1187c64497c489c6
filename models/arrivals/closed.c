/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fixed number of clients, each with one request at a time: it thinks, asks, waits until its
 * request has ended (answered, refused or given up), and thinks again. Slow answers slow the
 * traffic down, so load tests of this kind never see the queue that open traffic would build
 * (Schroeder, Wierman, Harchol-Balter, "Open versus closed", NSDI 2006).
 */
#include "arena.h"
#include "arrival.h"
#include "dist.h"
#include "ends.h"
#include "later.h"

struct closed {
    int64_t clients;
    struct fs_dist think;
};

struct state {
    struct fs_arena *arena;
    struct fs_ends thinking;    /* clients, by the instant at which they ask */
    struct fs_ending **waiting; /* clients whose requests are under way */
    int64_t n_waiting;
    uint64_t n;        /* thoughts so far */
    bool is_announced; /* the first of those who think */
};

static const struct fs_param rows[] = {
    {"clients", FS_P_SCALAR, FS_D_COUNT, offsetof(struct closed, clients), NULL, 1, 1e6,
     .doc = "How many there are."},
    {"think", FS_P_DIST, FS_D_TIME, offsetof(struct closed, think), NULL, 0, 0,
     .doc = "From the end of a client's request, or the start of the run, to its next one."},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct closed *closed = params;
    if (fs_dist_mean(&closed->think) < (double)FS_MS)
        fs_complain(complaints, "think", "clients must think for at least 1ms in the mean");
}

static void think(struct state *s, const struct closed *closed, fs_time now,
                  struct fs_stream *stream)
{
    struct fs_ending *client = s->waiting[--s->n_waiting];
    const fs_time at = fs_later(now, fs_dist_draw(&closed->think, stream));
    client->order = s->n++;
    fs_ends_push(&s->thinking, s->arena, (struct fs_end){(uint64_t)at, client});
}

static void announce(struct state *s, struct fs_arrival *out)
{
    s->is_announced = s->thinking.n > 0;
    *out = (struct fs_arrival){s->is_announced ? (fs_time)s->thinking.heap[0].at : FS_NEVER, 0, -1};
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct closed *closed = params;
    struct state *s = state;
    struct fs_ending *client = fs_arena_alloc(arena, (size_t)closed->clients * sizeof *client);
    (void)length;
    s->arena = arena;
    s->waiting = fs_arena_alloc(arena, (size_t)closed->clients * sizeof *s->waiting);
    for (int64_t i = 0; i < closed->clients; i++) {
        s->waiting[s->n_waiting++] = &client[i];
        think(s, closed, 0, stream);
    }
}

/* The client that was announced has asked. */
static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    struct state *s = state;
    (void)params;
    (void)previous;
    (void)stream;
    if (s->is_announced) s->waiting[s->n_waiting++] = fs_ends_pop(&s->thinking);
    announce(s, out);
}

static void ended(void *state, const void *params, fs_time now, struct fs_stream *stream,
                  struct fs_arrival *out)
{
    think(state, params, now, stream);
    announce(state, out);
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .ended = ended, .stationary = true};

const struct fs_plugin fs_arrivals_closed = {
    .name = "closed",
    .doc = "A fixed number of clients that think, ask and wait for the answer.",
    .size = sizeof(struct closed),
    .rows = rows,
    .type = &type,
    .check = check};
