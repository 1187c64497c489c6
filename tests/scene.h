/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For timelines to the nanosecond: a scenario's world, run from instant to instant. */
#ifndef FS_TESTS_SCENE_H
#define FS_TESTS_SCENE_H

#include "build.h"

#include "world.h"

struct scene {
    struct fs_arena *arena;
    struct fs_world *world;
};

__attribute__((format(printf, 1, 2), unused)) static struct scene scene_of(const char *format, ...)
{
    struct scene s = {.arena = fs_arena_new()};
    struct fs_report *report = fs_report_new(s.arena);
    struct fs_failure failure = {""};
    struct fs_scenario *scenario;
    char *text;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&text, format, args) > 0);
    va_end(args);
    const char *whole = fs_arena_format(s.arena, "fleetsim: 1\n%s", text);
    free(text);
    if (fs_scenario_parse(s.arena, "test", whole, NULL, 0, NULL, &scenario, report, &failure)) {
        fs_report_print(report, stderr, false);
        fail_msg("refused");
    }
    s.world = fs_world_new(&scenario->variant[0].spec, 1, 0, NULL);
    return s;
}

__attribute__((unused)) static void drop_scene(struct scene *s)
{
    fs_record_free(fs_recorder_record(s->world->recorder));
    fs_world_free(s->world);
    fs_arena_free(s->arena);
}

__attribute__((unused)) static int64_t level(const struct scene *s, const char *component,
                                             const char *gauge)
{
    const struct fs_component *c = fs_world_component(s->world, component);
    const struct fs_metric *m = c->type->metrics;
    while (strcmp(m->name, gauge) != 0)
        m++;
    return ((const struct fs_meter *)(const void *)((const char *)c + m->offset))->level;
}

/* The instants at which a gauge changes, looked at before and at each stated one. */
struct step {
    fs_time at;
    int64_t level;
};

__attribute__((unused)) static void assert_steps(const struct scene *s, const char *component,
                                                 const char *gauge, const struct step *step, int n,
                                                 fs_time end)
{
    int64_t before = 0;
    for (int i = 0; i < n; i++) {
        if (step[i].at > 0) {
            fs_sim_run(s->world->sim, step[i].at - 1);
            if (level(s, component, gauge) != before)
                fail_msg("%s is %lld before %g s, not %lld", gauge,
                         (long long)level(s, component, gauge), (double)step[i].at / 1e9,
                         (long long)before);
        }
        fs_sim_run(s->world->sim, step[i].at);
        before = step[i].level;
        if (level(s, component, gauge) != before)
            fail_msg("%s is %lld at %g s, not %lld", gauge, (long long)level(s, component, gauge),
                     (double)step[i].at / 1e9, (long long)before);
    }
    fs_sim_run(s->world->sim, end);
    assert_int_equal(level(s, component, gauge), before);
}

#endif
