/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A component: anything that requests pass (function pool, queue, container service) or that acts
 * on its own (poller). Each mechanism is one file in models/components/ exporting one
 * `const struct fs_plugin fs_components_<file>` whose `type` is a struct fs_component_type; the
 * build finds it, every table and test follows.
 *
 * Parameters are read-only and shared by all replications; a component's struct is made anew in
 * each run's arena, zeroed, its first member a struct fs_component.
 */
#ifndef FS_MODELS_COMPONENT_H
#define FS_MODELS_COMPONENT_H

#include "instances.h"
#include "metric.h"
#include "param.h"
#include "request.h"

#define FS_ZONES 6 /* availability zones at most */

struct fs_cluster_type;
struct fs_complaints;
struct fs_component_spec;
struct fs_variant_spec;
struct fs_world;

struct fs_component {
    const struct fs_component_type *type;
    const char *name;
    const void *params; /* of the plug-in's size */
    struct fs_world *world;
    struct fs_sim *sim;
    uint64_t key; /* of all its draws; purposes are told apart with fs_key_at() */
    int members;  /* like functions, tasks of a trace: request keys run over 0 .. members-1 */
    const struct fs_plugin_value *roster; /* the arrivals that know the members; NULL when one */
    struct fs_component *keeps; /* of which each environment or task keeps a part; NULL: of none */
};

/* A line of the bill: a usage that the metrics table counts, times an item of the price list.
 * Usage of a counter is its increase, of a gauge its integral in level x nanoseconds. Rows of one
 * line that follow each other are its dimensions: in each hour the one that asks for most is
 * charged (capacity units of a balancer); they name the same price and unit. */
#define FS_UPTIME "uptime"
struct fs_charge {
    const char *line;  /* "requests", "duration"; NULL ends a table */
    const char *usage; /* a counter or gauge of the component's metrics; FS_UPTIME: time itself */
    const char *unit;  /* of the price item: "GB s", "h", "1"; the reader holds them together */
    int64_t per;       /* usage units in one `unit`: 1024000 (MB ms in a GB s) */
    size_t price;      /* offset of the FS_P_PRICE parameter; NULL there: no such line */
    size_t quantity;   /* offset of an int64_t parameter that multiplies the usage; 0: none, so no
                          whole number may stand first among the parameters (the reader asserts) */
};

struct fs_component_type {
    size_t size;
    const struct fs_metric *metrics; /* ends with name NULL */
    const struct fs_charge *charges; /* ends with line NULL; may be NULL */

    /* All components exist and know their parameters; look up others, arm the first events. */
    void (*start)(struct fs_component *self);

    /* Optional from here on. */
    /* Does it have what this row charges? Without it, whatever has a price. */
    bool (*is_charged)(const void *params, const struct fs_charge *charge);
    /* The parameter that would say what its work runs on, where nobody pays for that although other
     * things of it have a price; NULL: it is paid for, or nothing is. */
    const char *(*unpaid)(const void *params);
    /* What a row cannot say because it takes other components to see it, once all are read; keys of
     * complaints are those of `self`. */
    void (*check)(const struct fs_component_spec *self, const struct fs_variant_spec *spec,
                  struct fs_complaints *complaints);
    /* The offset of the fs_time parameter that no execution outlasts; 0: there is none. */
    size_t time_limit;
    /* Take a request that has come to this hop. Without it the component cannot be in a path. */
    void (*accept)(struct fs_component *self, struct fs_request *request);
    /* A request for one of many members is about to come, mostly after an event or two: fetch what
     * it will look at into the cache. */
    void (*fetch)(const struct fs_component *self, uint32_t key);
    /* The hop that `request` was forwarded to has replied. */
    void (*done)(struct fs_component *self, struct fs_request *request, enum fs_outcome outcome);
    /* Bring what accrues with time up to date; before every sample. */
    void (*settle)(struct fs_component *self);
    /* Throw away what a new version replaces (events: deploy). */
    void (*deploy)(struct fs_component *self);
    /* The same with a version of which a share of the starts fails (events: bad_deploy). */
    void (*deploy_bad)(struct fs_component *self, double share);
    /* Send back what others gave up to this one (events: redrive). */
    void (*redrive)(struct fs_component *self);
    /* From now on an execution fails with this probability; below 0: as it did without
     * an event (events: errors). */
    void (*errors)(struct fs_component *self, double probability);
    /* A share of what does the work becomes slower by a factor, and fails its health checks if
     * `ill` (events: brownout; a factor of 0 ends it). */
    void (*brown_out)(struct fs_component *self, double factor, double share, bool ill);
    /* The metrics that scaling goes by cannot be had, or can be again (events: metrics_loss). */
    void (*blind)(struct fs_component *self, bool blind);
    /* A zone fails until `until` (FS_NEVER: to the end): what runs in it is gone at once and
     * nothing starts there (events: zone_loss). Zones are numbered from 0; 0 <= zone < FS_ZONES. */
    void (*lose_zone)(struct fs_component *self, int zone, fs_time until);
    /* A share of what runs on spare capacity gets notice at once; `key` for the draws of which
     * (events: spot_wave). */
    void (*interrupt)(struct fs_component *self, double share, uint64_t key);
    /* A place for tasks: see cluster.h. */
    const struct fs_cluster_type *cluster;
    /* Environments or tasks of another component keep a part of this one (a connection) while they
     * live, idle or not: the offset of the FS_P_REF that names their component, which must have
     * `attaches`. One of them asks for its part, false when there is none left; one that had a part
     * goes. May be asked before start(). */
    bool (*attach)(struct fs_component *self);
    void (*detach)(struct fs_component *self);
    size_t kept_by;
    bool attaches; /* calls fs_component_attach() */
    /* It refuses every request and will go on to: who would try again need not. */
    bool (*is_off)(const struct fs_component *self);
    /* Keeps what each of like members has apart by the keys of requests: of a class with members,
     * no requests of another come to it. */
    bool by_member;
    /* Does no work of its own: work of a trace is for a hop behind it. */
    bool passes_on;
    /* Tasks that requests run on: each part of a dealt-out load has its own, and so the instances
     * that are paid for by time and number. Of other components these are there once. */
    bool is_fleet;
    /* A hand-over: requests end here with success and are born again as a derived class, whose
     * path is what stands behind this hop, or what a poller pulls it into. */
    bool hands_over;
    /* A hand-over that keeps what it took until something pulls it. */
    bool stores;
    /* The offset of the bool parameter that says that nobody pulls from it on purpose; 0: none. */
    size_t sink;
    /* A hand-over to several at once: the offset of an fs_list of struct fs_target. One that keeps
     * what it took keeps it apart for the reader of each. */
    size_t targets;
    /* It calls paths of its own: the offset of an fs_list of items that begin with a struct
     * fs_called, and the items' size. Such a path may end in a hand-over. */
    size_t calls, calls_size;
    /* A reader of queues: takes messages from params' component and gives them to another; the
     * offsets of those FS_P_REFs. Without the first it reads none; pulls_to 0: to itself. */
    bool pulls;
    size_t pulls_from, pulls_to;
    /* Its environments, tasks or nodes can be watched: the offset of a struct fs_instances that is
     * told of each that comes and goes, and what one does, a name that lives for ever. */
    size_t instances;
    const char *(*state_of)(const struct fs_component *self, const void *instance);
    /* Laws for the tests and release assertions: NULL when all is well, else what is not. */
    const char *(*broken)(const struct fs_component *self);
};

/* For components with environments or tasks, which remember what is returned: one starts, with
 * FS_KEEPS_NOTHING, and is about to call, with what it remembers: one that lacks its part asks
 * again then, as clients do. The request that it calls with is marked with the same (`kept`). */
static inline uint8_t fs_component_attach(struct fs_component *self, uint8_t kept)
{
    if (!self->keeps) return FS_KEEPS_NOTHING;
    if (kept == FS_KEEPS_PART || self->keeps->type->attach(self->keeps)) return FS_KEEPS_PART;
    return FS_LACKS_PART;
}

/* It goes. */
static inline void fs_component_detach(struct fs_component *self, uint8_t kept)
{
    if (kept == FS_KEEPS_PART) self->keeps->type->detach(self->keeps);
}

#endif
