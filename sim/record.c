/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One tick per interval walks the watched subjects and takes one number for each of their columns.
 * A thousand subjects have 70,000 columns, each on pages of its own; writing to all of them at
 * every tick would cost a TLB miss a number. So a tick writes one row of a stage, in order, and a
 * full stage of 16 rows is turned into columns at once.
 *
 * The record is built in its own arena while the run goes on, so handing it over moves nothing and
 * memory depends on subjects and intervals alone, never on requests. What only the sampling needs
 * (where the numbers stand, the stage, the open intervals of latencies) lies in the simulation's
 * arena and goes with it.
 *
 * The ticks keep one sequence number, taken when the recorder is made. It is older than that of
 * whatever a model schedules afterwards, so a tick comes first at its instant, no matter how long
 * ago an event for that same instant was scheduled: an event at exactly k * interval belongs to
 * interval k, and one at exactly `length` is not recorded. Only a lazy timer lets its owner say
 * the sequence number, hence the timer.
 */
#include "record.h"
#include <stdbool.h>
#include <string.h>

const double fs_quantile_p[FS_QUANTILES] = {.5, .9, .95, .99, .999};
const char *const fs_quantile_name[FS_QUANTILES] = {"p50", "p90", "p95", "p99", "p999"};

#define INTERVALS_MAX 10000
#define STAGE         16 /* rows: two cache lines of a column */

/* An entry of a column. */
union number {
    int64_t i;
    double d;
};

_Static_assert(sizeof(double) == sizeof(union number), "columns of both kinds are moved alike");

struct watch {
    struct watch *next;
    struct fs_series *series; /* one per row */
    const struct fs_metric *rows;
    char *base;
};

struct hook {
    struct hook *next;
    fs_handler *fn;
    void *self;
};

struct fs_recorder {
    struct fs_sim *sim;
    struct fs_record *record; /* n_intervals and length are those planned, until the finish */
    struct fs_timer tick;
    uint64_t seq;
    fs_time since; /* begin of the open interval */
    int open;      /* its number */
    struct watch *watch, **watch_end;
    struct hook *hook, **hook_end;
    char **column; /* of the record, in the order of sampling */
    int n_columns;
    union number *stage; /* rows of n_columns; NULL until the first tick */
    int n_staged;
    bool segments;
};

/* ---- sampling ------------------------------------------------------------------------------- */

/* Each takes the row's numbers of one series, in the order in which new_series() made its columns,
 * and returns where the next series goes. */

static union number *sample_counter(union number *row, struct fs_series *series, int64_t value,
                                    const struct fs_sim *sim)
{
    fs_assert(sim, value >= series->total);
    row[0].i = value - series->total;
    series->total = value;
    return row + 1;
}

static union number *sample_gauge(union number *row, struct fs_series *series,
                                  struct fs_meter *meter, fs_time since, fs_time now)
{
    int64_t peak;
    const __int128 area = fs_meter_close(meter, now, &peak);
    row[0].d = (double)area / (double)(now - since);
    row[1].i = peak;
    row[2].i = series->last = meter->level;
    if (peak > series->peak) series->peak = peak;
    series->area += area;
    return row + 3;
}

static union number *sample_latency(union number *row, const struct fs_series *series,
                                    struct fs_latency *latency)
{
    double quantile[FS_QUANTILES];
    const __int128 sum = latency->sum;
    if (series->segments) fs_segments_push(series->segments, latency);
    const uint64_t count = fs_latency_close(latency, FS_QUANTILES, fs_quantile_p, quantile);
    row[0].i = (int64_t)count;
    row[1].d = count ? (double)sum / (double)count : 0;
    for (int q = 0; q < FS_QUANTILES; q++)
        row[2 + q].d = quantile[q];
    return row + 2 + FS_QUANTILES;
}

static union number *sample(const struct fs_recorder *recorder, const struct watch *watch,
                            union number *row)
{
    for (int i = 0; watch->rows[i].name; i++) {
        struct fs_series *series = &watch->series[i];
        void *at = watch->base + watch->rows[i].offset;
        switch (watch->rows[i].kind) {
        case FS_COUNTER:
            row = sample_counter(row, series, *(const int64_t *)at, recorder->sim);
            break;
        case FS_GAUGE:
            row = sample_gauge(row, series, at, recorder->since, fs_now(recorder->sim));
            break;
        case FS_LATENCY:
            row = sample_latency(row, series, at);
            break;
        }
    }
    return row;
}

/* Turn the staged rows into the columns' last n_staged entries. Columns begin as zeros: what stays
 * zero is not written, so that the pages of an idle subject are never touched. */
static void empty_stage(struct fs_recorder *recorder)
{
    const size_t n = (size_t)recorder->n_columns, rows = (size_t)recorder->n_staged;
    const size_t first = (size_t)recorder->open - rows;
    for (size_t c = 0; c < n; c++) {
        union number number[STAGE];
        int64_t any = 0;
        for (size_t k = 0; k < rows; k++) {
            number[k] = recorder->stage[k * n + c];
            any |= number[k].i;
        }
        if (any)
            memcpy(recorder->column[c] + first * sizeof *number, number, rows * sizeof *number);
    }
    recorder->n_staged = 0;
}

static void close_interval(struct fs_recorder *recorder)
{
    struct fs_sim *sim = recorder->sim;
    const size_t n = (size_t)recorder->n_columns;
    if (!recorder->stage)
        recorder->stage = fs_arena_alloc(fs_sim_arena(sim), STAGE * n * sizeof *recorder->stage);
    for (const struct hook *hook = recorder->hook; hook; hook = hook->next)
        hook->fn(sim, hook->self, 0);
    union number *row = recorder->stage + (size_t)recorder->n_staged * n;
    for (const struct watch *watch = recorder->watch; watch; watch = watch->next)
        row = sample(recorder, watch, row);
    recorder->since = fs_now(sim);
    recorder->open++;
    if (++recorder->n_staged == STAGE) empty_stage(recorder);
}

static void set_tick(struct fs_recorder *recorder)
{
    const struct fs_record *record = recorder->record;
    const fs_time left = record->length - (recorder->since - record->start);
    if (left == 0) return;
    struct fs_timer *tick = &recorder->tick;
    tick->due = recorder->since + (left < record->interval ? left : record->interval);
    tick->seq = recorder->seq;
    if (tick->armed > tick->due) fs_timer_arm(recorder->sim, tick);
}

static void on_tick(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    (void)arg;
    close_interval(self);
    set_tick(self);
}

struct fs_recorder *fs_recorder_new(struct fs_sim *sim, fs_time length, int intervals)
{
    fs_assert(sim, length > 0 && length <= FS_NEVER - fs_now(sim));
    fs_assert(sim, intervals >= 1 && intervals <= INTERVALS_MAX);
    struct fs_arena *arena = fs_arena_new();
    struct fs_record *record = fs_arena_alloc(arena, sizeof *record);
    record->arena = arena;
    record->start = fs_now(sim);
    record->length = length;
    record->interval = length / intervals + (length % intervals != 0);
    record->n_intervals = (int)(length / record->interval + (length % record->interval != 0));

    struct fs_recorder *recorder = fs_arena_alloc(fs_sim_arena(sim), sizeof *recorder);
    recorder->sim = sim;
    recorder->record = record;
    recorder->since = record->start;
    recorder->watch_end = &recorder->watch;
    recorder->hook_end = &recorder->hook;
    recorder->seq = fs_next_sequence(sim);
    fs_timer_new(sim, &recorder->tick, on_tick, recorder, 0);
    set_tick(recorder);
    return recorder;
}

/* ---- watching ------------------------------------------------------------------------------- */

/* `old` with room for one item more than `n`: an array that doubles in the arena. */
static void *grow(struct fs_arena *arena, void *old, int n, size_t size)
{
    if (n & (n - 1)) return old;
    void *items = fs_arena_alloc(arena, (n ? 2 * (size_t)n : 1) * size);
    if (n) memcpy(items, old, (size_t)n * size);
    return items;
}

static struct fs_table *find_table(const struct fs_record *record, const char *name)
{
    for (int i = 0; i < record->n_tables; i++)
        if (strcmp(record->table[i].name, name) == 0) return &record->table[i];
    return NULL;
}

static struct fs_table *add_table(struct fs_record *record, const char *name,
                                  const struct fs_metric *rows)
{
    record->table = grow(record->arena, record->table, record->n_tables, sizeof *record->table);
    struct fs_table *table = &record->table[record->n_tables++];
    *table = (struct fs_table){.name = fs_arena_text(record->arena, name), .metrics = rows};
    while (rows[table->n_metrics].name)
        table->n_metrics++;
    return table;
}

static void *new_column(struct fs_recorder *recorder)
{
    const size_t n = (size_t)recorder->record->n_intervals;
    char *column = fs_arena_alloc(recorder->record->arena, n * sizeof(union number));
    recorder->column = grow(fs_sim_arena(recorder->sim), recorder->column, recorder->n_columns,
                            sizeof *recorder->column);
    return recorder->column[recorder->n_columns++] = column;
}

static void new_latency(struct fs_recorder *recorder, struct fs_series *series,
                        struct fs_latency *latency)
{
    fs_latency_new(latency, fs_sim_arena(recorder->sim));
    series->histogram = fs_arena_alloc(recorder->record->arena, sizeof *series->histogram);
    latency->run = series->histogram;
    if (recorder->segments) series->segments = fs_segments_new(recorder->record->arena);
}

static void new_series(struct fs_recorder *recorder, struct fs_series *series,
                       const struct fs_metric *metric, void *at)
{
    series->metric = metric;
    switch (metric->kind) {
    case FS_COUNTER:
        series->increase = new_column(recorder);
        break;
    case FS_GAUGE:
        series->interval_mean = new_column(recorder);
        series->interval_peak = new_column(recorder);
        series->interval_last = new_column(recorder);
        break;
    case FS_LATENCY:
        series->interval_count = new_column(recorder);
        series->interval_mean = new_column(recorder);
        for (int q = 0; q < FS_QUANTILES; q++)
            series->interval_quantile[q] = new_column(recorder);
        new_latency(recorder, series, at);
        break;
    }
}

void fs_recorder_keep_segments(struct fs_recorder *recorder)
{
    recorder->segments = true;
}

void fs_recorder_watch(struct fs_recorder *recorder, const char *table_name, const char *subject,
                       const struct fs_metric *rows, void *base)
{
    struct fs_record *record = recorder->record;
    struct fs_table *table = find_table(record, table_name);
    if (!table) table = add_table(record, table_name, rows);
    fs_assert(recorder->sim, table->metrics == rows);
    fs_assert(recorder->sim, !recorder->stage); /* its rows are made */

    table->subject = grow(record->arena, table->subject, table->n_subjects, sizeof *table->subject);
    struct fs_series *series =
        fs_arena_alloc(record->arena, (size_t)table->n_metrics * sizeof *series);
    table->subject[table->n_subjects++] =
        (struct fs_subject){.name = fs_arena_text(record->arena, subject), .series = series};
    for (int i = 0; i < table->n_metrics; i++)
        new_series(recorder, &series[i], &rows[i], (char *)base + rows[i].offset);

    struct watch *watch = fs_arena_alloc(fs_sim_arena(recorder->sim), sizeof *watch);
    *watch = (struct watch){.series = series, .rows = rows, .base = base};
    *recorder->watch_end = watch;
    recorder->watch_end = &watch->next;
}

void fs_recorder_before_sample(struct fs_recorder *recorder, fs_handler *fn, void *self)
{
    struct hook *hook = fs_arena_alloc(fs_sim_arena(recorder->sim), sizeof *hook);
    *hook = (struct hook){.fn = fn, .self = self};
    *recorder->hook_end = hook;
    recorder->hook_end = &hook->next;
}

/* ---- the record ----------------------------------------------------------------------------- */

static void finish_subject(const struct fs_record *record, const struct watch *watch)
{
    for (int i = 0; watch->rows[i].name; i++) {
        struct fs_series *series = &watch->series[i];
        if (watch->rows[i].kind == FS_GAUGE)
            series->mean = (double)series->area / (double)record->length;
        if (watch->rows[i].kind == FS_LATENCY)
            series->part =
                fs_latency_part_sums((void *)(watch->base + watch->rows[i].offset), record->arena);
    }
}

struct fs_record *fs_recorder_record(struct fs_recorder *recorder)
{
    return recorder->record;
}

struct fs_record *fs_recorder_finish(struct fs_recorder *recorder)
{
    struct fs_record *record = recorder->record;
    struct fs_sim *sim = recorder->sim;
    record->complete = recorder->since - record->start == record->length;
    if (!record->complete && fs_now(sim) > recorder->since) close_interval(recorder);
    empty_stage(recorder);
    fs_timer_free(sim, &recorder->tick);

    record->length = recorder->since - record->start;
    record->n_intervals = recorder->open;
    record->events = fs_sim_fired(sim);
    record->ties = fs_sim_ties(sim);
    record->fingerprint = fs_sim_fingerprint(sim);
    for (const struct watch *watch = recorder->watch; watch; watch = watch->next)
        finish_subject(record, watch);
    return record;
}

void fs_record_free(struct fs_record *record)
{
    if (record) fs_arena_free(record->arena);
}

const struct fs_table *fs_record_table(const struct fs_record *record, const char *name)
{
    return find_table(record, name);
}

const struct fs_series *fs_record_series(const struct fs_record *record, const char *table_name,
                                         const char *subject, const char *metric)
{
    const struct fs_table *table = find_table(record, table_name);
    for (int s = 0; table && s < table->n_subjects; s++) {
        if (strcmp(table->subject[s].name, subject) != 0) continue;
        for (int i = 0; i < table->n_metrics; i++)
            if (strcmp(table->metrics[i].name, metric) == 0) return &table->subject[s].series[i];
    }
    return NULL;
}
