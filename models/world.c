/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Building goes in one order: recorder (its tick is first at every instant), components, classes,
 * then everything starts. After the run the laws are held against every component and class, in
 * every build: a broken law is our bug and stops the program rather than print a wrong number.
 */
#include "world.h"

#include "event.h"
#include "rng.h"

#include <string.h>

uint64_t fs_world_key(const struct fs_world *world, const char *owner, const char *purpose)
{
    return fs_key(world->seed, owner, purpose, world->replication);
}

struct fs_component *fs_world_component(const struct fs_world *world, const char *name)
{
    for (int i = 0; i < world->spec->n_components; i++) {
        if (strcmp(world->spec->component[i].name, name) == 0) return world->component[i];
    }
    fs_assert_failed(world->sim, "a component of that name exists", name, 0);
}

static struct fs_component *new_component(struct fs_world *world,
                                          const struct fs_component_spec *spec)
{
    const struct fs_component_type *type = spec->plugin->type;
    struct fs_component *component = fs_arena_alloc(world->arena, type->size);
    component->type = type;
    component->name = spec->name;
    component->params = spec->params;
    component->world = world;
    component->sim = world->sim;
    component->members = 1;
    component->key =
        fs_world_key(world, fs_arena_format(world->arena, "components.%s", spec->name), "all");
    fs_recorder_watch(world->recorder, spec->plugin->name, spec->name, type->metrics, component);
    return component;
}

/* What environments of other components keep is known before anything starts. */
static void link_keepers(const struct fs_world *world)
{
    for (int i = 0; i < world->spec->n_components; i++) {
        struct fs_component *kept = world->component[i];
        if (!kept->type->attach) continue;
        const char *const *by = (const void *)((const char *)kept->params + kept->type->kept_by);
        if (*by) fs_world_component(world, *by)->keeps = kept;
    }
}

/* ---- events --------------------------------------------------------------------------------- */

static bool is_rival(const struct fs_event_spec *event, const struct fs_event_spec *other)
{
    return event->event.plugin == other->event.plugin &&
           strcmp(fs_event_component(event), fs_event_component(other)) == 0;
}

static void event_ends(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_world *world = self;
    const struct fs_event_spec *event = (const struct fs_event_spec *)arg;
    const struct fs_event_type *type = event->event.plugin->type;
    const int n = world->n_lasting;
    (void)sim;
    type->end(world, event->event.params);
    world->n_lasting = 0;
    for (int i = 0; i < n; i++) {
        const struct fs_event_spec *other = world->lasting[i];
        if (other == event) continue;
        world->lasting[world->n_lasting++] = other;
        if (is_rival(event, other)) type->happen(world, other->event.params);
    }
}

static void event_happens(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_world *world = self;
    const struct fs_event_spec *event = (const struct fs_event_spec *)arg;
    const struct fs_event_type *type = event->event.plugin->type;
    type->happen(world, event->event.params);
    if (!type->end) return;
    world->lasting[world->n_lasting++] = event;
    const char *params = event->event.params;
    const fs_time lasts = *(const fs_time *)(const void *)(params + type->lasts);
    if (lasts > 0 && lasts < FS_NEVER - fs_now(sim))
        fs_schedule(sim, fs_now(sim) + lasts, event_ends, world, arg);
}

/* ---- the world ------------------------------------------------------------------------------ */

static void before_sample(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_world *world = self;
    (void)arg;
    for (int i = 0; i < world->spec->n_components; i++) {
        struct fs_component *component = world->component[i];
        if (component->type->settle) component->type->settle(component);
    }
    if (world->progress) atomic_store_explicit(world->progress, fs_now(sim), memory_order_relaxed);
}

static void build(struct fs_world *world)
{
    const struct fs_variant_spec *spec = world->spec;
    world->recorder = fs_recorder_new(world->sim, spec->run.length, (int)spec->run.intervals);
    if (spec->run.kind == FS_RUN_STEADY_STATE) fs_recorder_keep_segments(world->recorder);
    fs_recorder_before_sample(world->recorder, before_sample, world);
    fs_account_new(&world->account, &spec->account, world->arena);
    world->component =
        fs_arena_alloc(world->arena, (size_t)spec->n_components * sizeof *world->component + 1);
    world->traffic =
        fs_arena_alloc(world->arena, (size_t)spec->n_classes * sizeof *world->traffic + 1);
    for (int i = 0; i < spec->n_components; i++)
        world->component[i] = new_component(world, &spec->component[i]);
    world->lasting =
        fs_arena_alloc(world->arena, (size_t)spec->n_events * sizeof(*world->lasting) + 1);
    world->most_legs = spec->n_components; /* a call that hands nothing over meets each once */
    link_keepers(world);
    fs_watch_new(world, &spec->run.trace);
    for (int i = 0; i < spec->n_classes; i++)
        world->traffic[i] = fs_class_new(world, spec->traffic[i].name, &spec->traffic[i].params);
    fs_recorder_watch(world->recorder, "account", "account", fs_account_metrics, &world->account);
}

static void start(struct fs_world *world)
{
    const struct fs_variant_spec *spec = world->spec;
    for (int i = 0; i < spec->n_components; i++)
        world->component[i]->type->start(world->component[i]);
    for (int i = 0; i < spec->n_events; i++)
        fs_schedule(world->sim, spec->event[i].at, event_happens, world,
                    (uintptr_t)&spec->event[i]);
    for (int i = 0; i < spec->n_classes; i++)
        fs_class_start(world->traffic[i]);
}

struct fs_world *fs_world_new(const struct fs_variant_spec *spec, uint64_t seed,
                              uint64_t replication, const struct fs_world_options *options)
{
    static const struct fs_world_options none;
    if (!options) options = &none;
    struct fs_sim *sim = fs_sim_new(&options->sim);
    struct fs_world *world = fs_arena_alloc(fs_sim_arena(sim), sizeof *world);
    world->spec = spec;
    world->sim = sim;
    world->arena = fs_sim_arena(sim);
    world->seed = seed;
    world->replication = replication;
    /* Accounts draw for themselves; what is dealt out draws as the whole does. */
    if (spec->run.part > 1 && !fs_spec_is_dealt(spec))
        world->replication += (uint64_t)(spec->run.part - 1) * (FS_REPLICATIONS_MAX + 1);
    world->progress = options->progress;
    if (options->stop) fs_sim_watch(sim, options->stop);
    build(world);
    start(world);
    return world;
}

static void hold_laws(const struct fs_world *world)
{
    for (int i = 0; i < world->spec->n_components; i++) {
        const struct fs_component *component = world->component[i];
        const char *law = component->type->broken ? component->type->broken(component) : NULL;
        if (law) fs_assert_failed(world->sim, law, component->name, 0);
    }
    for (int i = 0; i < world->spec->n_classes; i++) {
        const char *law = fs_class_broken(world->traffic[i]);
        if (law) fs_assert_failed(world->sim, law, world->traffic[i]->name, 0);
    }
}

struct fs_record *fs_world_run(struct fs_world *world)
{
    fs_sim_run(world->sim, world->spec->run.length);
    struct fs_record *record = fs_recorder_finish(world->recorder);
    hold_laws(world);
    return record;
}

void fs_world_free(struct fs_world *world)
{
    if (world) fs_sim_free(world->sim);
}
