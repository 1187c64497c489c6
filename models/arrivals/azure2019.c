/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replay of a per-minute trace in the format of Azure Functions 2019 (Shahrad et al., "Serverless
 * in the Wild", USENIX ATC 2020; https://github.com/Azure/AzurePublicDataset): for each function
 * its calls in every minute, percentiles of its duration, and percentiles of the memory that it or
 * its application allocated. Functions are the members of the class.
 *
 * The trace does not say when in a minute a call came; `placement` does. A minute is generated when
 * the one before it is used up: each call is a word with its instant in the upper 36 bits and its
 * function in the lower 28, sorted by instant. Words are made in the order of functions and the
 * sort is stable, so order is (time, function) and nothing else. Memory is the counts and the
 * busiest minute.
 *
 * A call's duration is drawn from a quantile function through its function's percentiles. Straight
 * lines between them would overstate the mean, because a density falls: by 21 % over the calls of
 * the trace that is shipped. So above the median each line is bent once, as far as gives the mean
 * that the trace states. The percentiles are of averages over 30 s, so what calls differed by
 * within those is not in the trace.
 */
#include "arena.h"
#include "arrival.h"
#include "csv.h"
#include "dist.h"
#include "fail.h"
#include "members.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTION_BITS 28
#define DIGIT_BITS    9 /* four digits are the 36 bits of an instant */
#define DIGITS        4
#define DIGIT_VALUES  (1 << DIGIT_BITS)
#define SMALL         48 /* calls that are sorted by insertion */
#define MOST_CALLS    INT64_C(10000000)
#define KEYS          3
#define AHEAD         8 /* calls */

enum placement { UNIFORM, START, POISSON };
static const char *const placement_names[] = {"uniform", "start", "poisson", NULL};

struct function {
    struct fs_member member;
    long line;
    const struct fs_dist *duration; /* NULL: not said */
    int64_t memory;
};

/* A function's calls in a minute, some. */
struct calls {
    uint32_t function, n;
};

struct azure {
    const char *invocations, *durations, *memory;
    int placement;
    double cpu_share;
    int64_t first_minute, minutes;
    /* loaded */
    struct fs_members functions;
    int64_t n_minutes;
    struct calls *calls; /* by minute, then by function; most functions are idle most of the time */
    int64_t *begin;      /* [n_minutes + 1], where a minute's calls begin */
    int64_t busiest;     /* most calls in a minute */
};

struct state {
    struct fs_arena *arena;
    uint64_t *call, *spare;
    int64_t room, n, used;
    int64_t minute; /* the next one */
};

static const struct fs_param rows[] = {
    {"invocations", FS_P_PATH, FS_D_COUNT, offsetof(struct azure, invocations), NULL, 0, 0,
     .doc = "Calls per minute: HashOwner, HashApp, HashFunction, Trigger, then a column for each "
            "minute."},
    {"durations", FS_P_PATH, FS_D_COUNT, offsetof(struct azure, durations), "", 0, 0,
     .doc = "Percentiles of each function's duration in milliseconds; absent: the class's work is "
            "drawn."},
    {"memory", FS_P_PATH, FS_D_COUNT, offsetof(struct azure, memory), "", 0, 0,
     .doc =
         "Percentiles of the allocated memory in MB, by function or by application; the highest, "
         "rounded up to whole MiB, is what the function needs. Absent: the trace says nothing."},
    {"placement", FS_P_CHOICE, FS_D_COUNT, offsetof(struct azure, placement), "uniform", 0, 0,
     .doc =
         "Where in its minute a call falls: anywhere with equal probability, all at its start, or "
         "a Poisson process whose mean is the count.",
     .choices = placement_names},
    {"cpu_share", FS_P_SCALAR, FS_D_FRACTION, offsetof(struct azure, cpu_share), "50%", 0, 1,
     .doc = "Share of a measured duration that was CPU; the rest was waiting. Not in the trace."},
    {"first_minute", FS_P_SCALAR, FS_D_COUNT, offsetof(struct azure, first_minute), "0", 0, 1e6,
     .doc = "Minute columns to leave out at the beginning."},
    {"minutes", FS_P_SCALAR, FS_D_COUNT, offsetof(struct azure, minutes), "", 1, 1e6,
     .doc = "Minutes to replay; absent: all that follow."},
    {.key = NULL}};

static struct function *function_at(const struct azure *azure, int i)
{
    return (struct function *)(void *)fs_members_at(&azure->functions, i);
}

/* ---- calls per minute ------------------------------------------------------------------------ */

/* Minute columns are named by whole numbers, each one more than the last. */
static bool check_minute_names(struct fs_csv *csv, int first)
{
    struct fs_csv_field field;
    int64_t before = -1, now;
    fs_csv_pick(csv, NULL, 0, NULL);
    for (int i = 0; fs_csv_field(csv, &field); i++) {
        if (i < first) continue;
        if (!fs_csv_count(csv, &field, 1000000, &now)) return false;
        if (i > first && now != before + 1) {
            fs_csv_complain(csv, &field, "the minute before this column is missing");
            return false;
        }
        before = now;
    }
    return true;
}

/* Which minutes to replay of those in the file; false after complaining. */
static bool choose_minutes(struct azure *azure, struct fs_csv *csv, int in_file)
{
    if (in_file <= azure->first_minute) {
        fs_csv_complain(csv, NULL, "%d minutes, and all of them are left out", in_file);
        return false;
    }
    azure->n_minutes = azure->minutes ? azure->minutes : in_file - azure->first_minute;
    if (azure->n_minutes <= in_file - azure->first_minute) return true;
    fs_csv_complain(csv, NULL, "%d minutes are fewer than are to be replayed", in_file);
    return false;
}

/* As they are read, by function. */
struct notes {
    struct note {
        struct calls calls;
        int64_t minute;
    } * note;
    size_t n, room;
    int64_t *total, *functions; /* calls, and functions that have some, in each minute */
};

static void take_note(struct notes *notes, int64_t minute, struct calls calls)
{
    if (notes->n == notes->room) {
        notes->room = 2 * notes->room + 1024;
        notes->note = fs_realloc(notes->note, notes->room * sizeof *notes->note, "a trace");
    }
    notes->note[notes->n++] = (struct note){calls, minute};
    notes->total[minute] += calls.n;
    notes->functions[minute]++;
}

static void read_calls(struct azure *azure, struct fs_csv *csv, int first, int function,
                       struct notes *notes)
{
    struct fs_csv_field field;
    int64_t n;
    for (int i = 0; i < first && fs_csv_field(csv, &field); i++)
        continue;
    for (int64_t i = -azure->first_minute; fs_csv_field(csv, &field); i++) {
        if (!fs_csv_count(csv, &field, MOST_CALLS, &n)) return;
        if (i < 0 || i >= azure->n_minutes || n == 0) continue;
        take_note(notes, i, (struct calls){(uint32_t)function, (uint32_t)n});
        if (notes->total[i] > azure->busiest) azure->busiest = notes->total[i];
    }
}

static void add_function(struct azure *azure, struct fs_csv *csv, const char *key, int first,
                         struct notes *notes)
{
    struct function *function = (struct function *)(void *)fs_members_add(&azure->functions, key);
    if (function->line) {
        fs_csv_complain(csv, NULL, "this function is in line %ld already", function->line);
        return;
    }
    function->line = csv->line;
    read_calls(azure, csv, first, function->member.index, notes);
}

/* The notes are in the order of functions, and stay so within a minute. */
static void order_by_minute(struct azure *azure, struct fs_arena *arena, const struct notes *notes)
{
    azure->calls = fs_arena_alloc(arena, (notes->n + 1) * sizeof *azure->calls);
    azure->begin = fs_arena_alloc(arena, (size_t)(azure->n_minutes + 1) * sizeof *azure->begin);
    for (int64_t i = 0; i < azure->n_minutes; i++)
        azure->begin[i + 1] = azure->begin[i] + notes->functions[i];
    for (size_t i = notes->n; i-- > 0;) {
        const struct note *note = &notes->note[i];
        azure->calls[azure->begin[note->minute] + --notes->functions[note->minute]] = note->calls;
    }
}

static void load_invocations(struct azure *azure, struct fs_arena *arena,
                             struct fs_complaints *complaints)
{
    static const char *const names[] = {"HashOwner", "HashApp", "HashFunction", "Trigger"};
    struct fs_csv csv;
    struct fs_csv_field field[KEYS];
    char key[FS_MEMBERS_KEY];
    int place[KEYS + 1];
    if (!fs_csv_open(&csv, azure->invocations, arena, complaints)) return;
    const int columns = fs_csv_header(&csv, names, KEYS + 1, place), first = place[KEYS] + 1;
    if (columns == 0 || !choose_minutes(azure, &csv, columns - first) ||
        !check_minute_names(&csv, first))
        return;
    struct notes notes = {.note = NULL};
    notes.total = fs_alloc((size_t)azure->n_minutes * 2 * sizeof *notes.total, "a trace's minutes");
    notes.functions = notes.total + azure->n_minutes;
    while (fs_csv_row(&csv, columns, place, KEYS, field)) {
        if (fs_members_key(key, &csv, field, KEYS)) add_function(azure, &csv, key, first, &notes);
    }
    order_by_minute(azure, arena, &notes);
    free(notes.total);
    free(notes.note);
    if (azure->functions.n == 0 && !fs_csv_refused(&csv))
        fs_csv_complain(&csv, NULL, "there is no function in the file");
}

/* ---- percentiles ----------------------------------------------------------------------------- */

/* Rising decimal numbers, in units of 10^-6; false after complaining. */
static bool read_rising(struct fs_csv *csv, const struct fs_csv_field *field, int n, double *x)
{
    int64_t now, before = 0;
    for (int i = 0; i < n; i++, before = now) {
        if (!fs_csv_decimal(csv, &field[i], 6, &now)) return false;
        if (now < before) {
            fs_csv_complain(csv, &field[i], "a higher percentile must not have a lower value");
            return false;
        }
        x[i] = (double)now;
    }
    return true;
}

#define DURATIONS 7
#define POINTS    10

/* Shares below the points of a quantile function: every percentile of the trace, and between those
 * above the median a point more, at nine tenths of the way. */
static const double share[POINTS] = {0, 0.01, 0.25, 0.5, 0.725, 0.75, 0.966, 0.99, 0.999, 1};
static const int place_of_percentile[DURATIONS] = {0, 1, 2, 3, 5, 7, 9};
static const int place_between[] = {4, 6, 8};

/* Mean when the points between stand at this part of their neighbours' distance. */
static double bend(double *x, double part)
{
    double mean = 0;
    for (int i = 0; i < 3; i++) {
        double *between = x + place_between[i];
        *between = between[-1] + part * (between[1] - between[-1]);
    }
    for (int i = 1; i < POINTS; i++)
        mean += (share[i] - share[i - 1]) * 0.5 * (x[i - 1] + x[i]);
    return mean;
}

static void make_duration(struct function *function, struct fs_arena *arena, double average,
                          const double *percentile)
{
    double x[POINTS] = {0};
    for (int i = 0; i < DURATIONS; i++)
        x[place_of_percentile[i]] = percentile[i];
    const double low = bend(x, 0), high = bend(x, 1);
    const double part = high > low ? (average - low) / (high - low) : 0;
    bend(x, part < 0 ? 0 : part > 1 ? 1 : part);
    struct fs_dist *duration = fs_arena_alloc(arena, sizeof *duration);
    const char *why = fs_dist_quantiles(duration, arena, POINTS, share, x);
    fs_assert(NULL, why == NULL); /* they rise, this has been checked */
    function->duration = duration;
}

static void set_duration(struct azure *azure, struct fs_csv *csv, const char *key, double average,
                         const double *percentile)
{
    struct function *function = (struct function *)(void *)fs_members_find(&azure->functions, key);
    if (!function)
        fs_csv_complain(csv, NULL, "this function is not in the file of invocations");
    else if (function->duration)
        fs_csv_complain(csv, NULL, "this function has a line already");
    else
        make_duration(function, azure->functions.arena, average, percentile);
}

static void check_all_have_durations(const struct azure *azure, struct fs_complaints *complaints)
{
    int missing = 0;
    for (int i = 0; i < azure->functions.n && missing < 20; i++) {
        const struct function *function = function_at(azure, i);
        if (function->duration) continue;
        missing++;
        fs_complain_at(complaints, azure->invocations, function->line, 0, NULL,
                       "function %s has no line in %s", function->member.name, azure->durations);
    }
}

static void load_durations(struct azure *azure, struct fs_arena *arena,
                           struct fs_complaints *complaints)
{
    enum { AVERAGE = KEYS, FIRST, ALL = FIRST + DURATIONS };
    static const char *const names[ALL] = {"HashOwner",
                                           "HashApp",
                                           "HashFunction",
                                           "Average",
                                           "percentile_Average_0",
                                           "percentile_Average_1",
                                           "percentile_Average_25",
                                           "percentile_Average_50",
                                           "percentile_Average_75",
                                           "percentile_Average_99",
                                           "percentile_Average_100"};
    struct fs_csv csv;
    struct fs_csv_field field[ALL];
    char key[FS_MEMBERS_KEY];
    int place[ALL];
    double average, percentile[DURATIONS];
    if (!fs_csv_open(&csv, azure->durations, arena, complaints)) return;
    const int columns = fs_csv_header(&csv, names, ALL, place);
    if (columns == 0) return;
    while (fs_csv_row(&csv, columns, place, ALL, field)) {
        if (fs_members_key(key, &csv, field, KEYS) &&
            read_rising(&csv, field + AVERAGE, 1, &average) &&
            read_rising(&csv, field + FIRST, DURATIONS, percentile))
            set_duration(azure, &csv, key, average, percentile);
    }
    if (!fs_csv_refused(&csv)) check_all_have_durations(azure, complaints);
}

#define MEMORIES 8

/* What the function or application that a key names needs; NULL when there is none. `app` is by the
 * index of the group; NULL when lines are about functions. */
static int64_t *memory_of(const struct azure *azure, const char *key, int64_t *app)
{
    const struct fs_members *functions = &azure->functions;
    struct fs_member *found = fs_members_find(app ? functions->groups : functions, key);
    if (!found) return NULL;
    return app ? &app[found->index] : &((struct function *)(void *)found)->memory;
}

static void set_memory(struct azure *azure, struct fs_csv *csv, const char *key, int64_t *app,
                       double highest)
{
    int64_t *memory = memory_of(azure, key, app);
    if (!memory)
        fs_csv_complain(csv, NULL, "this %s is not in the file of invocations",
                        app ? "application" : "function");
    else if (*memory)
        fs_csv_complain(csv, NULL, "this %s has a line already", app ? "application" : "function");
    else
        *memory = highest > 1e6 ? (int64_t)ceil(highest / 1e6) : 1;
}

/* What an application needs is what its functions need. */
static void share_memory(struct azure *azure, const int64_t *app, struct fs_complaints *complaints)
{
    int missing = 0;
    for (int i = 0; i < azure->functions.n; i++) {
        struct function *function = function_at(azure, i);
        if (app) function->memory = app[function->member.of->index];
        missing += !function->memory;
    }
    if (missing)
        fs_warn(complaints, "memory",
                "%d of %d functions have no line in it: their memory is what "
                "the component's setting says",
                missing, azure->functions.n);
}

static void load_memory(struct azure *azure, struct fs_arena *arena,
                        struct fs_complaints *complaints)
{
    static const char *const names[] = {"AverageAllocatedMb_pct1",
                                        "AverageAllocatedMb_pct5",
                                        "AverageAllocatedMb_pct25",
                                        "AverageAllocatedMb_pct50",
                                        "AverageAllocatedMb_pct75",
                                        "AverageAllocatedMb_pct95",
                                        "AverageAllocatedMb_pct99",
                                        "AverageAllocatedMb_pct100",
                                        "HashOwner",
                                        "HashApp"};
    struct fs_csv csv;
    struct fs_csv_field field[MEMORIES + KEYS];
    char key[FS_MEMBERS_KEY];
    int place[MEMORIES + KEYS];
    double value[MEMORIES];
    if (!fs_csv_open(&csv, azure->memory, arena, complaints)) return;
    const int columns = fs_csv_header(&csv, names, MEMORIES + 2, place);
    if (columns == 0) return;
    place[MEMORIES + 2] = fs_csv_place(&csv, "HashFunction");
    const bool by_app = place[MEMORIES + 2] < 0;
    const size_t apps = (size_t)azure->functions.groups->n;
    int64_t *app = by_app ? fs_alloc(apps * sizeof *app, "a trace's applications") : NULL;
    while (fs_csv_row(&csv, columns, place, MEMORIES + KEYS, field)) {
        if (fs_members_key(key, &csv, field + MEMORIES, by_app ? 2 : 3) &&
            read_rising(&csv, field, MEMORIES, value))
            set_memory(azure, &csv, key, app, value[MEMORIES - 1]);
    }
    share_memory(azure, app, complaints);
    free(app);
}

static void load(void *params, struct fs_arena *arena, struct fs_complaints *complaints)
{
    struct azure *azure = params;
    azure->busiest = 0;
    fs_members_new(&azure->functions, arena, sizeof(struct function));
    load_invocations(azure, arena, complaints);
    fs_assert(NULL, azure->functions.n < 1 << FUNCTION_BITS);
    if (azure->functions.n > 0 && azure->durations) load_durations(azure, arena, complaints);
    if (azure->functions.n > 0 && azure->memory) load_memory(azure, arena, complaints);
    fs_members_forget(&azure->functions);
}

/* ---- sorting --------------------------------------------------------------------------------- */

static void sort_small(uint64_t *word, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        const uint64_t moved = word[i];
        int64_t k = i;
        for (; k > 0 && word[k - 1] > moved; k--)
            word[k] = word[k - 1];
        word[k] = moved;
    }
}

static unsigned digit_of(uint64_t word, int digit)
{
    return (word >> (FUNCTION_BITS + digit * DIGIT_BITS)) & (DIGIT_VALUES - 1);
}

/* By instant, least significant digit first; an even number of passes ends in `word` itself. */
static void sort(uint64_t *word, uint64_t *spare, int64_t n)
{
    uint32_t end[DIGITS][DIGIT_VALUES] = {{0}};
    if (n <= SMALL) {
        sort_small(word, n);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        for (int d = 0; d < DIGITS; d++)
            end[d][digit_of(word[i], d)]++;
    }
    for (int d = 0; d < DIGITS; d++) {
        uint32_t at = 0;
        for (int v = 0; v < DIGIT_VALUES; v++) {
            const uint32_t count = end[d][v];
            end[d][v] = at;
            at += count;
        }
        for (int64_t i = 0; i < n; i++)
            spare[end[d][digit_of(word[i], d)]++] = word[i];
        uint64_t *swap = word;
        word = spare;
        spare = swap;
    }
}

/* ---- replay ---------------------------------------------------------------------------------- */

static void make_room(struct state *s, int64_t room)
{
    if (room <= s->room) return;
    uint64_t *old = s->call;
    s->room = room + room / 4;
    s->call = fs_arena_alloc(s->arena, (size_t)s->room * sizeof *s->call);
    s->spare = fs_arena_alloc(s->arena, (size_t)s->room * sizeof *s->spare);
    if (s->n) memcpy(s->call, old, (size_t)s->n * sizeof *s->call);
}

static void generate_minute(struct state *s, const struct azure *azure, struct fs_stream *stream)
{
    const int64_t minute = s->minute++;
    s->n = s->used = 0;
    for (int64_t i = azure->begin[minute]; i < azure->begin[minute + 1]; i++) {
        int64_t n = azure->calls[i].n;
        if (azure->placement == POISSON) n = fs_poisson(stream, (double)n);
        make_room(s, s->n + n);
        for (; n > 0; n--) {
            const uint64_t at =
                azure->placement == START ? 0 : fs_uniform_int(stream, (uint64_t)FS_MIN);
            s->call[s->n++] = at << FUNCTION_BITS | azure->calls[i].function;
        }
    }
    if (azure->placement != START) sort(s->call, s->spare, s->n);
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct azure *azure = params;
    struct state *s = state;
    (void)length;
    (void)stream;
    s->arena = arena;
    make_room(s, azure->busiest);
}

static uint32_t function_of(uint64_t call)
{
    return call & ((1 << FUNCTION_BITS) - 1);
}

/* Of a million functions each call finds another one outside of the cache. */
static void draw_duration(const struct azure *azure, const struct state *s, struct fs_arrival *out,
                          struct fs_stream *stream)
{
    if (s->used + AHEAD < s->n)
        __builtin_prefetch(function_at(azure, (int)function_of(s->call[s->used + AHEAD])));
    const struct function *function = function_at(azure, (int)out->key);
    if (function->duration) out->duration = fs_dist_draw_time(function->duration, stream);
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct azure *azure = params;
    struct state *s = state;
    (void)previous;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    while (s->used == s->n) {
        if (s->minute == azure->n_minutes) return;
        generate_minute(s, azure, stream);
    }
    const uint64_t call = s->call[s->used++];
    out->at = (s->minute - 1) * FS_MIN + (fs_time)(call >> FUNCTION_BITS);
    out->key = function_of(call);
    if (azure->durations) draw_duration(azure, s, out, stream);
}

static int members(const void *params)
{
    return ((const struct azure *)params)->functions.n;
}

static int64_t member_memory(const void *params, int member)
{
    return function_at(params, member)->memory;
}

static bool has_durations(const void *params)
{
    return ((const struct azure *)params)->durations != NULL;
}

static double cpu_share(const void *params)
{
    return ((const struct azure *)params)->cpu_share;
}

static const struct fs_arrival_type type = {.size = sizeof(struct state),
                                            .start = start,
                                            .next = next,
                                            .members = members,
                                            .member_memory = member_memory,
                                            .has_durations = has_durations,
                                            .cpu_share = cpu_share,
                                            .trace = true};

const struct fs_plugin fs_arrivals_azure2019 = {
    .name = "azure2019",
    .doc = "Replay of calls per minute in the format of Azure Functions 2019.",
    .size = sizeof(struct azure),
    .rows = rows,
    .type = &type,
    .load = load};
