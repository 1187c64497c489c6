/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Legs are numbered in the order of a walk: a route's own hops, then each route behind it. */
#include "route.h"

#include "arena.h"
#include "component.h"
#include "spec.h"

#include <stdio.h>
#include <string.h>

const struct fs_param fs_target_path_rows[] = {
    {"", FS_P_REF, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A component."}, {.key = NULL}};

const struct fs_param fs_target_rows[] = {
    {"path", FS_P_LIST, FS_D_COUNT, offsetof(struct fs_target, path), NULL, 0, 0,
     .doc = "Components that what is delivered passes, in order.", .rows = fs_target_path_rows,
     .size = sizeof(const char *)},
    {.key = NULL}};

static const char *first_hop(const struct fs_target *target)
{
    return target->path.n > 0 ? *(const char *const *)target->path.item : NULL;
}

/* A target's class is named by its first hop. */
static void check_target(const struct fs_target *target, int i, struct fs_complaints *complaints)
{
    char key[32];
    snprintf(key, sizeof key, "targets.%d.path", i);
    const char *name = first_hop(&target[i]);
    if (!name) fs_complain(complaints, key, "a path needs at least one component");
    for (int j = 0; name && j < i; j++) {
        const char *other = first_hop(&target[j]);
        if (other && strcmp(other, name) == 0)
            fs_complain(complaints, key, "another target begins with '%s'", name);
    }
}

void fs_targets_check(const struct fs_list *targets, struct fs_complaints *complaints)
{
    for (int i = 0; i < targets->n; i++)
        check_target(targets->item, i, complaints);
    if (targets->n > FS_TARGETS) fs_complain(complaints, "targets", "at most %d", FS_TARGETS);
}

struct builder {
    struct fs_arena *arena;
    const struct fs_variant_spec *spec;
    const char *const *name; /* of the path being walked */
    int n;
    const char *written_at;
    bool is_called;
};

/* A route and those before it. */
struct chain {
    const struct chain *up;
    const struct fs_route *route;
};

static const struct fs_component_type *type_of(const struct fs_component_spec *component)
{
    return component->plugin->type;
}

static const struct fs_list *targets_of(const struct fs_component_spec *hop)
{
    const size_t offset = type_of(hop)->targets;
    return offset ? (const void *)((const char *)hop->params + offset) : NULL;
}

static int place_in(const struct fs_route *route, const struct fs_component_spec *hop)
{
    for (int i = 0; i < route->n; i++) {
        if (route->hop[i] == hop) return i;
    }
    return -1;
}

static bool is_before(const struct chain *chain, const struct fs_component_spec *hop)
{
    for (; chain; chain = chain->up) {
        if (place_in(chain->route, hop) >= 0) return true;
    }
    return false;
}

static struct fs_route *walk(const struct builder *b, int at, const char *class,
                             const struct chain *chain);

static void add(struct fs_route *route, struct fs_route *derived)
{
    struct fs_route **link = &route->derived;
    while (*link)
        link = &(*link)->next;
    *link = derived;
    derived->first_leg = route->legs - route->n;
    route->legs += derived->legs;
}

static void add_targets(const struct builder *b, struct fs_route *route, const struct chain *chain)
{
    const struct fs_component_spec *hop = route->hop[route->n - 1];
    const struct fs_list *list = targets_of(hop);
    const struct fs_target *target = list ? list->item : NULL;
    for (int i = 0; list && i < list->n; i++) {
        const struct builder other = {b->arena,         b->spec,   target[i].path.item,
                                      target[i].path.n, hop->name, b->is_called};
        const char *class = fs_arena_format(b->arena, "%s/%s:%s", route->name, hop->name,
                                            other.n > 0 ? other.name[0] : "");
        if (other.n == 0) continue;
        struct fs_route *derived = walk(&other, 0, class, chain);
        derived->target = &target[i];
        add(route, derived);
    }
}

/* The rest of the path is one hop that the route before has: it goes round from there. */
static struct fs_route *close_loop(const struct builder *b, int at, const char *class,
                                   const struct fs_route *before)
{
    const struct fs_component_spec *hop = fs_spec_component(b->spec, b->name[at]);
    const int back = hop ? place_in(before, hop) : -1;
    if (at + 1 < b->n || back < 0) return NULL;
    struct fs_route *route = fs_arena_alloc(b->arena, sizeof *route);
    *route = (struct fs_route){.name = class, .hop = before->hop + back, .n = before->n - back};
    route->legs = route->n;
    route->loops = true;
    route->derived = route;
    route->written_at = b->written_at;
    route->at = at;
    return route;
}

static bool has_targets(const struct fs_component_spec *hop)
{
    const struct fs_list *list = targets_of(hop);
    return list && list->n;
}

static void add_behind(const struct builder *b, int at, struct fs_route *route,
                       const struct chain *up)
{
    const struct chain chain = {up, route};
    const struct fs_component_spec *hop = route->hop[route->n - 1];
    const char *class = fs_arena_format(b->arena, "%s/%s", route->name, hop->name);
    struct fs_route *loop = at < b->n ? close_loop(b, at, class, route) : NULL;
    if (loop)
        add(route, loop);
    else if (at < b->n || (type_of(hop)->stores && !has_targets(hop)))
        add(route, walk(b, at, class, &chain));
    add_targets(b, route, &chain);
}

static const struct fs_called *calls_of(const struct fs_component_spec *hop, int i)
{
    const struct fs_list *list = (const void *)((const char *)hop->params + type_of(hop)->calls);
    if (!type_of(hop)->calls || i >= list->n) return NULL;
    return (const void *)((const char *)list->item + (size_t)i * type_of(hop)->calls_size);
}

/* Is there a hand-over on the path, or on one that is called from it? */
static bool hands_over(const struct fs_variant_spec *spec, const struct fs_list *path, int depth)
{
    for (int h = 0; h < path->n; h++) {
        const struct fs_component_spec *hop =
            fs_spec_component(spec, ((const char *const *)path->item)[h]);
        const struct fs_called *call;
        if (hop && type_of(hop)->hands_over) return true;
        for (int i = 0; hop && depth > 0 && (call = calls_of(hop, i)); i++) {
            if (hands_over(spec, &call->path, depth - 1)) return true;
        }
    }
    return false;
}

static void add_called(const struct builder *b, struct fs_route *route,
                       const struct fs_component_spec *hop, const struct chain *up)
{
    const struct chain chain = {up, route};
    const struct fs_called *call;
    for (int i = 0; (call = calls_of(hop, i)); i++) {
        if (!hands_over(b->spec, &call->path, b->spec->n_components)) continue;
        const struct builder other = {b->arena,     b->spec,   call->path.item,
                                      call->path.n, hop->name, true};
        const char *name =
            fs_arena_format(b->arena, "%s/%s:%s", route->name, hop->name, call->name);
        struct fs_route *called = walk(&other, 0, name, &chain);
        called->call = call;
        called->next = route->called;
        route->called = called;
    }
}

/* Calls may come back to what is in front of them, but not hand over to it again. */
static bool is_round(const struct builder *b, const struct chain *chain,
                     const struct fs_component_spec *hop)
{
    if (b->is_called && !type_of(hop)->hands_over && !type_of(hop)->calls) return false;
    return is_before(chain, hop);
}

static struct fs_route *walk(const struct builder *b, int at, const char *class,
                             const struct chain *chain)
{
    struct fs_route *route = fs_arena_alloc(b->arena, sizeof *route);
    *route = (struct fs_route){.name = class, .written_at = b->written_at, .at = at};
    route->hop = fs_arena_alloc(b->arena, (size_t)(b->n - at + 1) * sizeof *route->hop);
    for (; at < b->n; at++) {
        const struct fs_component_spec *hop = fs_spec_component(b->spec, b->name[at]);
        if (!hop) break;
        if (place_in(route, hop) >= 0 || is_round(b, chain, hop)) {
            route->twice = hop->name;
            break;
        }
        route->hop[route->n++] = hop;
        route->legs++;
        add_called(b, route, hop, chain);
        if (!type_of(hop)->hands_over) continue;
        add_behind(b, at + 1, route, chain);
        break;
    }
    return route;
}

struct fs_route *fs_route_new(struct fs_arena *arena, const struct fs_variant_spec *spec,
                              const char *class, const struct fs_list *path)
{
    const struct builder b = {arena, spec, path->item, path->n, NULL, false};
    return walk(&b, 0, class, NULL);
}

void fs_route_reach(const struct fs_variant_spec *spec, const struct fs_list *path, bool *reached)
{
    for (int h = 0; h < path->n; h++) {
        const struct fs_component_spec *hop =
            fs_spec_component(spec, ((const char *const *)path->item)[h]);
        const struct fs_called *call;
        if (!hop || reached[hop - spec->component]) continue;
        reached[hop - spec->component] = true;
        for (int i = 0; (call = calls_of(hop, i)); i++)
            fs_route_reach(spec, &call->path, reached);
        const struct fs_list *targets = targets_of(hop);
        for (int i = 0; targets && i < targets->n; i++)
            fs_route_reach(spec, &((const struct fs_target *)targets->item)[i].path, reached);
    }
}

const struct fs_component_spec *fs_route_worker(const struct fs_route *route, int *leg)
{
    *leg = 0;
    for (int at = 0; route; route = route->loops ? NULL : route->derived) {
        for (int i = 0; i < route->n; i++, at++) {
            if (type_of(route->hop[i])->hands_over || type_of(route->hop[i])->passes_on) continue;
            *leg = at;
            return route->hop[i];
        }
    }
    return NULL;
}

static const struct fs_route *find_in(const struct fs_route *list, const char *name)
{
    for (; list; list = list->next) {
        const struct fs_route *found = fs_route_find(list, name);
        if (found) return found;
    }
    return NULL;
}

const struct fs_route *fs_route_find(const struct fs_route *route, const char *name)
{
    if (!route->call && strcmp(route->name, name) == 0) return route;
    if (route->loops) return NULL;
    const struct fs_route *found = find_in(route->derived, name);
    return found ? found : find_in(route->called, name);
}

static bool passes(const struct fs_variant_spec *spec, const struct fs_component_spec *hop,
                   const char *component, int depth)
{
    const struct fs_called *call;
    if (strcmp(hop->name, component) == 0) return true;
    for (int i = 0; depth > 0 && (call = calls_of(hop, i)); i++) {
        for (int h = 0; h < call->path.n; h++) {
            const char *name = ((const char *const *)call->path.item)[h];
            const struct fs_component_spec *called = fs_spec_component(spec, name);
            if (called && passes(spec, called, component, depth - 1)) return true;
        }
    }
    return false;
}

static const struct fs_route *through_any(const struct fs_route *list,
                                          const struct fs_variant_spec *spec, const char *component)
{
    const struct fs_route *found = NULL;
    for (; list && !found; list = list->next)
        found = fs_route_through(list, spec, component);
    return found;
}

const struct fs_route *fs_route_through(const struct fs_route *route,
                                        const struct fs_variant_spec *spec, const char *component)
{
    for (int i = 0; !route->call && i < route->n; i++) {
        if (passes(spec, route->hop[i], component, spec->n_components)) return route;
    }
    if (route->loops) return NULL;
    const struct fs_route *found = through_any(route->derived, spec, component);
    return found ? found : through_any(route->called, spec, component);
}
