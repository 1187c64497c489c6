/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traffic classes: who asks, how often, along which path, with what work, and what they do when
 * refused. A class draws arrivals, CPU work and I/O from one stream each, in arrival order, so
 * every platform gets the same requests. A hop that hands over ends a class's request and starts
 * one of its derived class "<class>/<hop>".
 */
#ifndef FS_MODELS_TRAFFIC_H
#define FS_MODELS_TRAFFIC_H

#include "arrival.h"
#include "latency.h"
#include "meter.h"
#include "metric.h"
#include "param.h"
#include "request.h"
#include "retry.h"
#include "route.h"

struct fs_world;

/* Work for one component: {cpu, io}, or {measured, at, cpu_share}, never both. */
struct fs_work {
    const char *component;
    struct fs_dist cpu, io, measured;
    bool has_measured; /* set by the check */
    int64_t at;        /* MiB where it was measured */
    double cpu_share;
};

struct fs_client_params {
    fs_time timeout; /* 0: waits for ever */
    struct fs_plugin_value retry;
};

struct fs_traffic_params {
    struct fs_plugin_value arrivals;
    struct fs_client_params client;
    struct fs_list path; /* of const char *: component names */
    struct fs_list work; /* of struct fs_work */
    struct {
        int64_t sends; /* 0: no loop is allowed */
        int64_t stop_after;
    } allow_loop;
};

#define FS_MOST_SENDS 100 /* of one round of a loop */

extern const struct fs_param fs_traffic_rows[];
extern const struct fs_metric fs_traffic_metrics[];
/* What rows cannot say: a path of no or too many components, work of both kinds. */
void fs_traffic_check(const struct fs_traffic_params *params, struct fs_complaints *complaints);

/* A class at run time; visible for pollers and hand-overs. */
struct fs_class {
    struct fs_caller caller;
    const char *name; /* "jobs", "jobs/queue" */
    struct fs_world *world;
    struct fs_sim *sim;
    struct fs_path path;
    int n_legs; /* legs its requests carry, hops of this path and of those derived from it */
    struct fs_class *derived; /* NULL, or what the hand-over at the path's end starts: a class, or
                                 several, each of which gets a request; of a loop itself */
    struct fs_class *sibling; /* the next of those */
    const struct fs_class *sender; /* of what is handed over to it; of others itself */
    struct fs_class *called; /* the first of the paths that its hops call and that hand over; such
                                a class has no requests of its own, and no metrics */
    const struct fs_called *call;   /* which it is */
    int first_leg;                  /* among the parent's legs behind the hand-over */
    const struct fs_target *target; /* of the hand-over's; NULL: the rest of the path */
    bool loops;
    const struct fs_traffic_params *params; /* of the root class */
    uint64_t key, work_key;
    /* sources of requests; root classes only */
    struct fs_source source;
    struct fs_arrival upcoming;
    const struct fs_component *fetches; /* the first hop, when it has members; else NULL */
    struct fs_request *elsewhere; /* takes what other parts of the fleet do; NULL: there are none */
    void *arrivals;
    const struct fs_arrival_type *closed; /* the process, when it waits for the end of requests */
    struct fs_stream arrival_stream, cpu_stream, io_stream;
    const struct fs_work **work; /* [n_legs], NULL entries bring none */
    int traced_leg;              /* the hop whose work a trace's durations are */
    double traced_cpu_share;
    struct fs_slab requests;
    struct fs_delay_list patience;
    uint64_t n; /* requests so far */
    /* metrics */
    int64_t arrived, attempts, cold_starts, wasted, duplicates;
    int64_t ended[FS_OUTCOMES];
    struct fs_meter in_flight;
    struct fs_latency latency;
};

/* Draw work of requests of `class` anew. */
void fs_work_draw(const struct fs_class *class, const struct fs_work *work, struct fs_leg *leg,
                  struct fs_stream *stream);

/* Build a root class and those derived from it; register them with the recorder. */
struct fs_class *fs_class_new(struct fs_world *world, const char *name,
                              const struct fs_traffic_params *params);
/* Arm the first arrival. */
void fs_class_start(struct fs_class *class);

/* For hand-overs: start a request of `class` (a derived one) from `parent`, taking over its legs
 * behind the present hop, its birth and number; a later try of `parent` starts one with draws of
 * its own. It is the caller's to place; end it with fs_class_end(). */
struct fs_request *fs_class_derive(struct fs_class *class, const struct fs_request *parent);
/* Rounds of a loop are counted in the upper bits of numbers, so that each has draws of its own; who
 * numbers requests of his own for others keeps them. */
#define FS_ROUND 48
static inline uint64_t fs_round_of(uint64_t number)
{
    return number >> FS_ROUND << FS_ROUND;
}
/* A number that is drawn, as one that has been in no loop. */
static inline uint64_t fs_first_round(uint64_t number)
{
    return number ^ fs_round_of(number);
}
/* The same for a class that loops: request number i of allow_loop.sends, in the next round, with
 * work of its own. NULL when it has been stopped. */
struct fs_request *fs_class_derive_round(struct fs_class *class, const struct fs_request *parent,
                                         int i);
/* Start a request of `class` like one of it that has ended: its birth, number and work. */
struct fs_request *fs_class_renew(struct fs_class *class, const struct fs_request *ended);
/* End a request in the view of its class: counts and latency. Who still holds it frees it. */
void fs_class_book(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome);
/* The same, and free it. */
void fs_class_end(struct fs_class *class, struct fs_request *request, enum fs_outcome outcome);
/* The class that a request belongs to, also when a component calls on its behalf. */
static inline struct fs_class *fs_request_class(const struct fs_request *request)
{
    return request->path->class;
}

/* The key of what is drawn for a request for one purpose (`key`), the same in every variant. By
 * class, too: the same number in two classes is not the same request. */
static inline uint64_t fs_request_key(uint64_t key, const struct fs_request *request,
                                      uint64_t attempt)
{
    return fs_key_at(key ^ fs_request_class(request)->key, request->number, attempt);
}

/* The number of the k-th attempt at a call for `request`: other attempts of it have others. The
 * factor is above the most attempts of a policy, and odd, so that the upper bit is kept. */
static inline uint16_t fs_attempt_within(const struct fs_request *request, int k)
{
    return (uint16_t)((request->attempt - 1) * 1009 + k);
}

/* What was handed over, the same for all who got it and for every try at it. */
static inline uint64_t fs_sent_id(const struct fs_class *class, uint64_t number)
{
    return fs_key_at(class->sender->key, number, 0);
}

/* Whether requests of both classes take the same hops, which hand nothing over. */
bool fs_class_is_alike(const struct fs_class *a, const struct fs_class *b);
/* Whether one batch may hold both: they ask the same of the same member. */
static inline bool fs_request_is_alike(const struct fs_request *a, const struct fs_request *b)
{
    return a->key == b->key &&
           (a->path == b->path || fs_class_is_alike(fs_request_class(a), fs_request_class(b)));
}

/* NULL when arrived = outcomes + in flight holds, else which does not. */
const char *fs_class_broken(const struct fs_class *class);

#endif
