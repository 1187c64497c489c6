/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where requests of a class go, as a tree: the hops of its path up to the first that hands over,
 * then the routes that begin behind it: the rest of the path, and the paths of its targets when it
 * delivers to several. A path that comes back to a hop of the route before it is a loop: its route
 * is the parent of itself.
 *
 * Paths that a hop calls belong to the class of the request that it holds, unless something on them
 * hands over: then they are routes of their own, called ones, whose legs begin with them.
 */
#ifndef FS_MODELS_ROUTE_H
#define FS_MODELS_ROUTE_H

#include "param.h"
#include <stdbool.h>

struct fs_arena;
struct fs_component_spec;
struct fs_variant_spec;

/* A path of its own behind a hand-over; and how a relay delivers there, where that is not as the
 * relay does elsewhere. */
struct fs_target {
    struct fs_list path; /* of const char *: component names */
    double share, from;  /* which events: the fraction from .. from + share of them */
    struct fs_plugin_value errors, refusals; /* NULL: the relay's */
    fs_time maximum_age;                     /* 0: the relay's */
    const char *on_failure;                  /* NULL: the relay's */
};

#define FS_TARGETS 100 /* of one hand-over, at most */

/* Paths that are none, or that begin alike; keys of complaints stand below "targets". */
void fs_targets_check(const struct fs_list *targets, struct fs_complaints *complaints);

/* A path that a component calls while it holds a request (a step of a workflow). */
struct fs_called {
    const char *name;
    struct fs_list path; /* of const char *: component names */
};

extern const struct fs_param fs_target_rows[];      /* the path alone */
extern const struct fs_param fs_target_path_rows[]; /* of its items */

struct fs_route {
    const char *name; /* of its class: "jobs", "jobs/queue", "jobs/bus:audit" */
    const struct fs_component_spec **hop;
    int n;
    int legs;                 /* its own hops and those of the routes behind it */
    int first_leg;            /* among its parent's, behind the parent's own hops */
    struct fs_route *derived; /* the first of those behind it; NULL: none */
    struct fs_route *next;    /* the next of those behind its parent, or of those called */
    struct fs_route *called; /* the first of those that its hops call; their names are no classes */
    const struct fs_called *call; /* which it is; NULL: not called */
    const char *written_at; /* the component that has it as a target; NULL: the class's path */
    const struct fs_target *target; /* which it is there */
    int at;                         /* place of its first hop in the path as written */
    bool loops;
    const char *twice; /* a hop that it meets again where no loop can be; NULL */
};

#define FS_MOST_LEGS 100 /* that a request carries */

/* All hops are components of the variant; names that are none end their path. */
struct fs_route *fs_route_new(struct fs_arena *arena, const struct fs_variant_spec *spec,
                              const char *class, const struct fs_list *path);

/* Mark (in reached[], one of each component) where requests that take this path come to: what
 * stands on it and on the paths that are called or delivered to from there. Names that are none are
 * passed over. */
void fs_route_reach(const struct fs_variant_spec *spec, const struct fs_list *path, bool *reached);

/* The first hop that does work of its own, and its leg: what a trace's durations are the work of.
 * NULL, and leg 0, when none does. */
const struct fs_component_spec *fs_route_worker(const struct fs_route *route, int *leg);

/* The route of that class among this one and those behind it; NULL when there is none. */
const struct fs_route *fs_route_find(const struct fs_route *route, const char *name);
/* The first route among these whose hops, or what they call, have the component, so that its class'
 * latency is what the component does; NULL when there is none. */
const struct fs_route *fs_route_through(const struct fs_route *route,
                                        const struct fs_variant_spec *spec, const char *component);

#endif
