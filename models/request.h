/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request on its way: one attempt of one caller, with the work it brings for every component on
 * its path. Components are called like functions: a component accepts a request, may forward it to
 * the next hop while holding its own slot, and replies exactly once; the reply travels back hop by
 * hop to the caller.
 *
 * A caller that gives up marks the attempt `abandoned` and forgets it; the execution goes on, holds
 * its slot and its bill, and its reply is counted as wasted by the one who gets it.
 */
#ifndef FS_MODELS_REQUEST_H
#define FS_MODELS_REQUEST_H

#include "latency.h"
#include "sim.h"

/* How a request ends, in the view of whoever asked. */
#define FS_OUTCOME_MAP(XX)                                                                         \
    XX(COMPLETED, completed, "answered with success")                                              \
    XX(FAILED, failed, "answered with an error")                                                   \
    XX(TIMED_OUT, timed_out, "the caller's or the platform's time limit passed")                   \
    XX(THROTTLED, throttled, "refused: a limit was reached, and retries, if any, were used up")    \
    XX(DROPPED, dropped, "refused: no room in a bounded queue")                                    \
    XX(EXPIRED, expired, "outlived its retention or maximum age in a queue")                       \
    XX(DEAD_LETTERED, dead_lettered, "moved aside after too many deliveries")

enum fs_outcome {
#define XX(upper, lower, doc) FS_##upper,
    FS_OUTCOME_MAP(XX)
#undef XX
        FS_OUTCOMES
};

extern const char *const fs_outcome_name[FS_OUTCOMES];

/* What a request's time was spent on; what is left is execution. Upstream: from its birth until it
 * was handed over. FS_LATENCY_PARTS of them. */
enum fs_part {
    FS_PART_QUEUE,
    FS_PART_BACKOFF,
    FS_PART_COLD_START,
    FS_PART_DOWNSTREAM,
    FS_PART_UPSTREAM
};
extern const char *const fs_part_name[FS_LATENCY_PARTS + 1]; /* the last is "execution" */

/* What an environment keeps of another component while it lives (a connection). */
enum fs_kept { FS_KEEPS_NOTHING, FS_KEEPS_PART, FS_LACKS_PART };

struct fs_component;
struct fs_request;

/* Who asked: a traffic class, a poller. A member of its owner, which is found by it. */
struct fs_caller {
    /* The attempt has ended; the request is the caller's again. */
    void (*done)(struct fs_caller *caller, struct fs_request *request, enum fs_outcome outcome);
    bool queues; /* what it asks for had been taken before, so no rate of requests limits it */
};

struct fs_class;

struct fs_path {
    int n;
    struct fs_component *const *hop;
    const struct fs_path *tail; /* the path behind the first hop; NULL behind the last */
    int legs;                   /* that requests carry here: these hops' and those of hand-overs */
    struct fs_class *class;     /* whose requests take it, whoever calls */
};

/* A path of requests of `class` through n hops, with room for `legs`; its tails come from the
 * arena, so that a call for the rest of a path needs no memory. */
void fs_path_new(struct fs_path *path, struct fs_arena *arena, struct fs_class *class,
                 struct fs_component *const *hop, int n, int legs);

/* One hop's share: work at a speed of one vCPU, waiting that no CPU speeds up, and what the
 * component that holds the request wants to find again (an environment, a job). */
struct fs_leg {
    fs_time cpu, io;
    void *execution;
};

/* The messages or records that one request of a reader is for; theirs as long as `request` is its
 * number: a call that outlives it finds another. */
struct fs_batch {
    uint64_t request;
    int n;
    const struct fs_batched {
        const struct fs_class *class;
        uint64_t number;
    } * item;
};

/* The first 64 bytes and the legs are what every request touches; the middle is for those that
 * wait, fail or lie in a queue, and is valid only as its owner sets it. */
struct fs_request {
    struct fs_request *next; /* for whoever holds it: queues, free lists */
    struct fs_caller *caller;
    const struct fs_path *path;
    uint64_t number;  /* within its class, from 0: keys every draw that is made for it */
    fs_time born;     /* when the first ancestor was asked for */
    fs_time asked;    /* when this request was (the first attempt) */
    uint32_t key;     /* destination among like members: function, partition */
    uint16_t attempt; /* from 1; of what was handed over: no count, but new for each try at it */
    uint8_t step;     /* hop that holds it */
    uint8_t abandoned;
    uint8_t has_parts; /* part[] is valid and some of it not 0 */
    bool cold : 1;     /* an environment was started for it */
    bool called : 1;   /* it is a component's call, and `asker` says for what */
    union {
        uint8_t ended;   /* in a queue: 1 + the outcome that its class saw */
        uint8_t batched; /* elsewhere: it is for several, and `batch` says which */
    };
    uint8_t kept; /* enum fs_kept of whoever calls */
    union {
        uint16_t receives; /* in a queue: deliveries so far, saturating */
        uint16_t errors;   /* in a relay: deliveries that failed */
    };
    union {
        uint16_t holders;  /* in a queue: deliveries that have not been answered */
        uint16_t refusals; /* in a relay: deliveries that were refused */
    };

    fs_time mark; /* for whoever holds it: when it began to wait, how long it waited last */
    fs_time part[FS_LATENCY_PARTS];
    union {
        struct fs_delay_node patience; /* the caller's time limit; in a queue: its place there */
        struct fs_request **asker; /* where its caller keeps what waits for it; NULL there: none */
    };
    union {
        struct fs_delay_node expiry; /* in a queue: its retention */
        const struct fs_batch *batch;
    };
    struct fs_leg leg[];
};

static inline size_t fs_request_size(int legs)
{
    return sizeof(struct fs_request) + (size_t)legs * sizeof(struct fs_leg);
}

static inline void fs_request_spent(struct fs_request *request, enum fs_part part, fs_time time)
{
    if (!request->has_parts) {
        for (int i = 0; i < FS_LATENCY_PARTS; i++)
            request->part[i] = 0;
        request->has_parts = 1;
    }
    request->part[part] += time;
}

/* Hand the request to the hop at `step` (the caller sets step = 0). */
void fs_request_enter(struct fs_request *request);
/* Is there a hop behind this one? */
static inline int fs_request_has_next(const struct fs_request *request)
{
    return request->step + 1 < request->path->n;
}
/* Call the next hop; this hop's done() is called when it has replied. */
void fs_request_forward(struct fs_request *request);
/* The same for a hop with a time limit of its own: `call` (room for the legs behind this hop) is
 * filled as a request of `caller` for the rest of the path and entered. The hop may abandon it.
 * Until it has, or has the reply, *asker is the request that waits. */
void fs_request_call(struct fs_request **asker, struct fs_request *call, struct fs_caller *caller);
/* The first half of that: `call` is filled and not entered, so that it may differ (its attempt). */
void fs_request_copy(struct fs_request **asker, struct fs_request *call, struct fs_caller *caller);
/* An environment is started for it, and for all that wait for it. */
void fs_request_starts_cold(struct fs_request *request);
/* What a call booked of its time, for the request that it was made for. */
void fs_request_inherit(struct fs_request *request, const struct fs_request *call);
/* What it is for, when that is a batch that has not ended; NULL: itself. */
static inline const struct fs_batch *fs_request_batch(const struct fs_request *request)
{
    return request->batched && request->batch->request == request->number ? request->batch : NULL;
}
/* This hop has finished: tell the previous hop, or the caller. */
void fs_request_reply(struct fs_request *request, enum fs_outcome outcome);

#endif
