/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One source wakes at each moment and asks every instance for its state. A moment that is shorter
 * than a pixel of any picture shows what an exact record would, without a branch where requests
 * pass. States of all components share one list of names, so that a code means the same everywhere.
 */
#include "watch.h"

#include "world.h"

#include <string.h>

#define ROW(field) .offset = offsetof(struct fs_watch_params, field)

const struct fs_param fs_watch_rows[] = {
    {"instances", FS_P_SCALAR, FS_D_COUNT, ROW(instances), "0", 0, 1000,
     .doc =
         "So many environments, tasks and nodes of each component are watched, the first ones; 0: "
         "none. Of the first replication."},
    {"from", FS_P_SCALAR, FS_D_TIME, ROW(from), "0s", 0, 3.2e9, .doc = "Begin of what is watched."},
    {"lasts", FS_P_SCALAR, FS_D_TIME, ROW(lasts), "10s", 1e-6, 3.2e9, .doc = "Length of it."},
    {"moments", FS_P_SCALAR, FS_D_COUNT, ROW(moments), "600", 2, 10000,
     .doc = "Equally spaced moments at which each is looked at."},
    {.key = NULL}};

struct watch {
    struct fs_world *world;
    struct fs_trace *trace;
    struct fs_source source;
    const struct fs_component **subject;
    int next; /* moment */
};

static struct fs_instances *instances_of(const struct fs_component *component)
{
    return (void *)((char *)(uintptr_t)component + component->type->instances);
}

static uint8_t code_of(struct fs_trace *trace, const char *name)
{
    int i = 1;
    while (i < trace->n_states && strcmp(trace->state[i], name) != 0)
        i++;
    if (i == trace->n_states) trace->state[trace->n_states++] = name;
    return (uint8_t)i;
}

static void look(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct watch *watch = self;
    struct fs_trace *trace = watch->trace;
    (void)arg;
    for (int i = 0; i < trace->n_subjects; i++) {
        const struct fs_component *component = watch->subject[i];
        const struct fs_instances *all = instances_of(component);
        uint8_t *code =
            trace->code + (size_t)i * (size_t)trace->n_instances * (size_t)trace->n_moments;
        for (int k = 0; k < all->n; k++) {
            if (all->here[k])
                code[k * trace->n_moments + watch->next] =
                    code_of(trace, component->type->state_of(component, all->here[k]));
        }
    }
    if (++watch->next < trace->n_moments)
        fs_source_arm(sim, &watch->source, fs_now(sim) + trace->step);
}

static int count_subjects(const struct fs_world *world)
{
    int n = 0;
    for (int i = 0; i < world->spec->n_components; i++)
        n += world->component[i]->type->instances > 0;
    return n;
}

static void add_subject(struct watch *watch, int room, const struct fs_component *component)
{
    struct fs_arena *kept = fs_recorder_record(watch->world->recorder)->arena;
    struct fs_instances *all = instances_of(component);
    watch->subject[watch->trace->n_subjects] = component;
    watch->trace->subject[watch->trace->n_subjects++] = fs_arena_text(kept, component->name);
    all->here = fs_arena_alloc(watch->world->arena, (size_t)room * sizeof *all->here);
    all->room = room;
}

static struct fs_trace *new_trace(const struct fs_world *world, const struct fs_watch_params *p,
                                  size_t subjects)
{
    struct fs_record *record = fs_recorder_record(world->recorder);
    struct fs_trace *trace = record->trace = fs_arena_alloc(record->arena, sizeof *trace);
    const fs_time left = world->spec->run.length - p->from;
    trace->n_instances = (int)p->instances;
    trace->n_moments = (int)p->moments;
    trace->start = p->from;
    trace->step = (p->lasts < left ? p->lasts : left) / (p->moments - 1);
    if (trace->step < 1) trace->step = 1;
    trace->subject = fs_arena_alloc(record->arena, subjects * sizeof *trace->subject);
    trace->state = fs_arena_alloc(record->arena, 256 * sizeof *trace->state);
    trace->state[trace->n_states++] = "none";
    trace->code = fs_arena_alloc(record->arena,
                                 subjects * (size_t)trace->n_instances * (size_t)trace->n_moments);
    return trace;
}

void fs_watch_new(struct fs_world *world, const struct fs_watch_params *p)
{
    const int n = count_subjects(world);
    if (p->instances == 0 || n == 0 || world->replication != 0 ||
        p->from >= world->spec->run.length)
        return;
    struct watch *watch = fs_arena_alloc(world->arena, sizeof *watch);
    watch->world = world;
    watch->trace = new_trace(world, p, (size_t)n);
    watch->subject = fs_arena_alloc(world->arena, (size_t)n * sizeof *watch->subject);
    for (int i = 0; i < world->spec->n_components; i++) {
        if (world->component[i]->type->instances)
            add_subject(watch, (int)p->instances, world->component[i]);
    }
    fs_source_new_last(world->sim, &watch->source, look, watch, 0);
    fs_source_arm(world->sim, &watch->source, p->from);
}
