/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Jobs by schedule: every so often, all at one instant (the crowd at minute 0) or each somewhere in
 * a window behind it. A job's place in the window is drawn once (jitter by job) or anew each time
 * (a flexible time window). The jobs of a schedule are drawn and sorted firing by firing, so
 * arrivals come in order; schedules are merged by time, then by their order in the list.
 */
#include "arrival.h"

#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

enum drawn { EACH_FIRING, EACH_JOB };
static const char *const drawn_names[] = {"each_firing", "each_job", NULL};

struct schedule {
    int64_t jobs;
    fs_time every, at, window;
    int drawn;
};

struct cron {
    struct fs_list schedules; /* of struct schedule */
    bool own_functions;
};

/* A job's place in the window of its schedule. */
struct place {
    fs_time offset;
    uint32_t job;
};

struct firing {
    struct place *place; /* [jobs], sorted */
    fs_time begin;       /* of its present firing; FS_NEVER: no more */
    int64_t next;        /* the place that comes next */
    uint32_t first;      /* key of the schedule's first job */
};

struct state {
    struct firing *firing; /* of each schedule */
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return x->job < y->job ? -1 : x->job > y->job;
}

static void draw(struct firing *firing, const struct schedule *schedule, struct fs_stream *stream)
{
    for (int64_t i = 0; i < schedule->jobs; i++) {
        firing->place[i].job = (uint32_t)i;
        firing->place[i].offset =
            schedule->window ? (fs_time)fs_uniform_int(stream, (uint64_t)schedule->window) : 0;
    }
    qsort(firing->place, (size_t)schedule->jobs, sizeof *firing->place, compare);
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct cron *cron = params;
    const struct schedule *schedule = cron->schedules.item;
    struct state *s = state;
    uint32_t first = 0;
    (void)length;
    s->firing = fs_arena_alloc(arena, (size_t)cron->schedules.n * sizeof *s->firing);
    for (int i = 0; i < cron->schedules.n; i++) {
        struct firing *firing = &s->firing[i];
        firing->place = fs_arena_alloc(arena, (size_t)schedule[i].jobs * sizeof *firing->place);
        firing->begin = schedule[i].at;
        firing->first = first;
        first += (uint32_t)schedule[i].jobs;
        draw(firing, &schedule[i], stream);
    }
}

static fs_time due(const struct firing *firing)
{
    return firing->begin == FS_NEVER ? FS_NEVER
                                     : firing->begin + firing->place[firing->next].offset;
}

static void step(struct firing *firing, const struct schedule *schedule, struct fs_stream *stream)
{
    if (++firing->next < schedule->jobs) return;
    firing->next = 0;
    if (firing->begin > FS_NEVER - schedule->every - schedule->window)
        firing->begin = FS_NEVER;
    else
        firing->begin += schedule->every;
    if (schedule->window && schedule->drawn == EACH_FIRING) draw(firing, schedule, stream);
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct cron *cron = params;
    struct state *s = state;
    struct firing *first = &s->firing[0];
    (void)previous;
    for (int i = 1; i < cron->schedules.n; i++) {
        if (due(&s->firing[i]) < due(first)) first = &s->firing[i];
    }
    *out = (struct fs_arrival){due(first), 0, -1};
    if (out->at == FS_NEVER) return;
    if (cron->own_functions) out->key = first->first + first->place[first->next].job;
    step(first, (const struct schedule *)cron->schedules.item + (first - s->firing), stream);
}

static int members(const void *params)
{
    const struct cron *cron = params;
    const struct schedule *schedule = cron->schedules.item;
    int64_t jobs = 0;
    for (int i = 0; i < cron->schedules.n; i++)
        jobs += schedule[i].jobs;
    return cron->own_functions ? (int)jobs : 1;
}

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct cron *cron = params;
    const struct schedule *schedule = cron->schedules.item;
    int64_t jobs = 0;
    if (cron->schedules.n == 0) fs_complain(complaints, "schedules", "at least one is needed");
    for (int i = 0; i < cron->schedules.n; i++) {
        char key[64];
        snprintf(key, sizeof key, "schedules.%d.window", i);
        if (schedule[i].window > schedule[i].every)
            fs_complain(complaints, key, "is longer than from one firing to the next");
        jobs += schedule[i].jobs;
    }
    if (jobs > 1000000) fs_complain(complaints, "schedules", "at most 1000000 jobs in all");
}

#define ROW(field) .offset = offsetof(struct schedule, field)

static const struct fs_param schedule_rows[] = {
    {"jobs", FS_P_SCALAR, FS_D_COUNT, ROW(jobs), "1", 1, 1000000,
     .doc = "Jobs that follow this schedule."},
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(every), NULL, 1e-3, 9e9,
     .doc = "From one firing to the next."},
    {"at", FS_P_SCALAR, FS_D_TIME, ROW(at), "0s", 0, 9e9,
     .doc = "The first firing; a run begins at minute 0."},
    {"window", FS_P_SCALAR, FS_D_TIME, ROW(window), "0s", 0, 9e9,
     .doc = "Each job comes somewhere within this time behind the firing, equally likely anywhere; "
            "0s: all at its instant."},
    {"drawn", FS_P_CHOICE, FS_D_COUNT, ROW(drawn), "each_firing", 0, 0,
     .doc = "Whether a job's place in the window is drawn anew for each firing or once for all.",
     .choices = drawn_names},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"schedules", FS_P_LIST, FS_D_COUNT, offsetof(struct cron, schedules), NULL, 0, 0,
     .doc = "When jobs come.", .rows = schedule_rows, .size = sizeof(struct schedule)},
    {"own_functions", FS_P_BOOL, FS_D_COUNT, offsetof(struct cron, own_functions), "false", 0, 0,
     .doc = "Each job is a function of its own, instead of all being calls of one."},
    {.key = NULL}};

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .members = members};

const struct fs_plugin fs_arrivals_cron = {
    .name = "cron",
    .doc = "Jobs by schedule: many at minute 0, or spread over a window.",
    .size = sizeof(struct cron),
    .rows = rows,
    .type = &type,
    .check = check};
