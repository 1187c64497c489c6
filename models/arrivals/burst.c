/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A given number of arrivals at one instant, or spread evenly over a while; once, or again and
 * again. All in integers: arrival i of a burst is at over * i / size behind its beginning, rounded
 * down.
 */
#include "arrival.h"

struct burst {
    int64_t size;
    fs_time at, over, every;
};

struct state {
    fs_time begin; /* of the present burst */
    int64_t n;     /* of its arrivals so far */
};

static const struct fs_param rows[] = {
    {"size", FS_P_SCALAR, FS_D_COUNT, offsetof(struct burst, size), NULL, 1, 1e12,
     .doc = "Arrivals in a burst."},
    {"at", FS_P_SCALAR, FS_D_TIME, offsetof(struct burst, at), "0s", 0, 9e9,
     .doc = "When the first burst begins."},
    {"over", FS_P_SCALAR, FS_D_TIME, offsetof(struct burst, over), "0s", 0, 9e9,
     .doc = "Time over which a burst is spread evenly; 0s: all at one instant."},
    {"every", FS_P_SCALAR, FS_D_TIME, offsetof(struct burst, every), "", 1e-9, 9e9,
     .doc = "From the beginning of one burst to that of the next; absent: there is one burst."},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct burst *burst = params;
    if (burst->every && burst->every < burst->over)
        fs_complain(complaints, "every", "the next burst would begin before this one is over");
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct burst *burst = params;
    struct state *s = state;
    (void)length;
    (void)arena;
    (void)stream;
    s->begin = burst->at;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct burst *burst = params;
    struct state *s = state;
    (void)previous;
    (void)stream;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    if (s->n == burst->size) {
        if (!burst->every || s->begin > FS_NEVER - burst->every - burst->over) return;
        s->begin += burst->every;
        s->n = 0;
    }
    out->at = s->begin + (fs_time)((__int128)burst->over * s->n / burst->size);
    s->n++;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next};

const struct fs_plugin fs_arrivals_burst = {.name = "burst",
                                            .doc = "Many arrivals at once, or within a short time.",
                                            .size = sizeof(struct burst),
                                            .rows = rows,
                                            .type = &type,
                                            .check = check};
