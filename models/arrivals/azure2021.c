/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replay of single calls in the format of Azure Functions 2021 (Zhang et al., "Faster and Cheaper
 * Serverless Computing on Harvested Resources", SOSP 2021;
 * https://github.com/Azure/AzurePublicDataset): application, function, when the call ended and how
 * long it took, in seconds. A call comes when it ended less what it took; the file is sorted by
 * neither. Functions are the members of the class. All calls are held in memory, 24 bytes each.
 */
#include "arena.h"
#include "arrival.h"
#include "csv.h"
#include "fail.h"
#include "members.h"
#include <stdlib.h>
#include <string.h>

#define KEYS 2

struct call {
    fs_time at, duration;
    uint32_t function, order; /* in the file */
};

struct azure {
    const char *file;
    double cpu_share;
    /* loaded */
    struct fs_members functions;
    struct call *call;
    size_t n, room;
};

struct state {
    size_t n;
};

static const struct fs_param rows[] = {
    {"file", FS_P_PATH, FS_D_COUNT, offsetof(struct azure, file), NULL, 0, 0,
     .doc = "A CSV file beside the scenario: app, func, end_timestamp, duration."},
    {"cpu_share", FS_P_SCALAR, FS_D_FRACTION, offsetof(struct azure, cpu_share), "50%", 0, 1,
     .doc = "Share of a measured duration that was CPU; the rest was waiting. Not in the trace."},
    {.key = NULL}};

static void add_call(struct azure *azure, struct call call)
{
    if (azure->n == azure->room) {
        azure->room = 2 * azure->room + 1024;
        azure->call = fs_realloc(azure->call, azure->room * sizeof *azure->call, "a trace");
    }
    call.order = (uint32_t)azure->n;
    azure->call[azure->n++] = call;
}

static void read_call(struct azure *azure, struct fs_csv *csv, const struct fs_csv_field *field)
{
    char key[FS_MEMBERS_KEY];
    struct call call;
    int64_t end;
    if (!fs_members_key(key, csv, field, KEYS) || !fs_csv_decimal(csv, &field[KEYS], 9, &end) ||
        !fs_csv_decimal(csv, &field[KEYS + 1], 9, &call.duration))
        return;
    call.at = end > call.duration ? end - call.duration : 0;
    call.function = (uint32_t)fs_members_add(&azure->functions, key)->index;
    add_call(azure, call);
}

static int by_instant(const void *left, const void *right)
{
    const struct call *a = left, *b = right;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

/* What was read goes from the heap into the arena, in order. */
static void keep_in_order(struct azure *azure, struct fs_arena *arena)
{
    struct call *read = azure->call;
    azure->call = fs_arena_alloc(arena, (azure->n + 1) * sizeof *read);
    if (azure->n) {
        qsort(read, azure->n, sizeof *read, by_instant);
        memcpy(azure->call, read, azure->n * sizeof *read);
    }
    free(read);
}

static void load(void *params, struct fs_arena *arena, struct fs_complaints *complaints)
{
    static const char *const names[] = {"app", "func", "end_timestamp", "duration"};
    struct azure *azure = params;
    struct fs_csv csv;
    struct fs_csv_field field[KEYS + 2];
    int place[KEYS + 2];
    azure->call = NULL;
    azure->n = azure->room = 0;
    fs_members_new(&azure->functions, arena, sizeof(struct fs_member));
    if (!fs_csv_open(&csv, azure->file, arena, complaints)) return;
    const int columns = fs_csv_header(&csv, names, KEYS + 2, place);
    while (columns > 0 && azure->n < UINT32_MAX &&
           fs_csv_row(&csv, columns, place, KEYS + 2, field))
        read_call(azure, &csv, field);
    keep_in_order(azure, arena);
    fs_members_forget(&azure->functions);
    if (azure->n == 0 && !fs_csv_refused(&csv))
        fs_csv_complain(&csv, NULL, "there is no call in the file");
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct azure *azure = params;
    struct state *s = state;
    (void)previous;
    (void)stream;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    if (s->n == azure->n) return;
    const struct call *call = &azure->call[s->n++];
    *out = (struct fs_arrival){call->at, call->function, call->duration};
}

static int members(const void *params)
{
    return ((const struct azure *)params)->functions.n;
}

static bool has_durations(const void *params)
{
    (void)params;
    return true;
}

static double cpu_share(const void *params)
{
    return ((const struct azure *)params)->cpu_share;
}

static const struct fs_arrival_type type = {.size = sizeof(struct state),
                                            .next = next,
                                            .members = members,
                                            .has_durations = has_durations,
                                            .cpu_share = cpu_share,
                                            .trace = true};

const struct fs_plugin fs_arrivals_azure2021 = {
    .name = "azure2021",
    .doc = "Replay of single calls in the format of Azure Functions 2021.",
    .size = sizeof(struct azure),
    .rows = rows,
    .type = &type,
    .load = load};
