/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One pass over the table keeps the nearest measured memory on either side of what is wanted.
 * Quantiles are mixed point by point with weights in the inverse of memory, for what depends on
 * memory at all (the first call) does so through the CPU that comes with it.
 */
#include "coldstarts.h"

#include "arena.h"
#include "csv.h"

#include <string.h>

enum column {
    RUNTIME,
    PACKAGING,
    ARCHITECTURE,
    MEMORY,
    QUANTILES,
    FIRST = QUANTILES + 10,
    COLUMNS
};

static const char *const names[COLUMNS] = {
    "runtime", "packaging", "architecture", "memory_mb", "min_ms",
    "p1_ms",   "p5_ms",     "p25_ms",       "p50_ms",    "p75_ms",
    "p90_ms",  "p95_ms",    "p99_ms",       "max_ms",    "first_invocation_ms"};
static const double shares[10] = {0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1};

struct cell {
    int64_t memory; /* 0: none */
    double value[11];
};

struct search {
    const struct fs_cold_start_cell *wanted;
    struct cell below, above; /* of memory <= wanted, >= wanted */
    const char *known;        /* runtimes of the table, for a complaint */
    bool runtime_known;
    struct fs_arena *arena;
};

static bool is(const struct fs_csv_field *field, const char *text)
{
    return (size_t)field->length == strlen(text) && memcmp(field->text, text, strlen(text)) == 0;
}

static void keep(struct search *s, const struct cell *cell)
{
    if (cell->memory <= s->wanted->memory && cell->memory > s->below.memory) s->below = *cell;
    if (cell->memory >= s->wanted->memory &&
        (s->above.memory == 0 || cell->memory < s->above.memory))
        s->above = *cell;
}

/* The table has a runtime's rows together. */
static void note_runtime(struct search *s, const struct fs_csv_field *field)
{
    const size_t length = (size_t)field->length, all = strlen(s->known);
    if (all >= length && memcmp(s->known + all - length, field->text, length) == 0) return;
    s->known = fs_arena_format(s->arena, "%s%s%.*s", s->known, all ? ", " : "", field->length,
                               field->text);
}

static bool read_values(struct fs_csv *csv, const struct fs_csv_field *field, struct cell *cell)
{
    if (!fs_csv_count(csv, &field[MEMORY], 1 << 20, &cell->memory)) return false;
    for (int i = QUANTILES; i < COLUMNS; i++) {
        int64_t ns;
        if (!fs_csv_decimal(csv, &field[i], 6, &ns)) return false;
        cell->value[i - QUANTILES] = (double)ns;
    }
    return true;
}

static void read_row(struct search *s, struct fs_csv *csv, const struct fs_csv_field *field)
{
    struct cell cell;
    const bool same = is(&field[RUNTIME], s->wanted->runtime);
    s->runtime_known |= same;
    if (!same) note_runtime(s, &field[RUNTIME]);
    if (same && is(&field[PACKAGING], s->wanted->packaging) &&
        is(&field[ARCHITECTURE], s->wanted->architecture) && read_values(csv, field, &cell))
        keep(s, &cell);
}

static bool read_table(struct search *s, const char *path, struct fs_complaints *complaints)
{
    struct fs_csv csv;
    struct fs_csv_field field[COLUMNS];
    int place[COLUMNS];
    if (!fs_csv_open(&csv, path, s->arena, complaints)) return false;
    const int columns = fs_csv_header(&csv, names, COLUMNS, place);
    if (columns == 0) return false;
    while (fs_csv_row(&csv, columns, place, COLUMNS, field))
        read_row(s, &csv, field);
    return !fs_csv_refused(&csv);
}

static bool mix(const struct search *s, struct cell *out)
{
    const struct cell *low = s->below.memory ? &s->below : &s->above;
    const struct cell *high = s->above.memory ? &s->above : &s->below;
    if (low->memory == 0) return false;
    *out = *low;
    if (low->memory == high->memory) return true;
    const double a = 1 / (double)low->memory, b = 1 / (double)high->memory;
    const double t = (1 / (double)s->wanted->memory - a) / (b - a);
    for (int i = 0; i < 11; i++)
        out->value[i] += t * (high->value[i] - low->value[i]);
    return true;
}

bool fs_cold_starts_read(const char *path, const struct fs_cold_start_cell *wanted,
                         struct fs_dist *start, fs_time *first, struct fs_arena *arena,
                         struct fs_complaints *complaints)
{
    struct search s = {.wanted = wanted, .known = "", .arena = arena};
    struct cell cell;
    if (!read_table(&s, path, complaints)) return false;
    if (!mix(&s, &cell)) {
        if (s.runtime_known)
            fs_complain(complaints, "runtime", "the start of %s as %s on %s was not measured",
                        wanted->runtime, wanted->packaging, wanted->architecture);
        else
            fs_complain(complaints, "runtime",
                        "the start of '%.60s' was not measured; of these it "
                        "was: %s",
                        wanted->runtime, s.known);
        return false;
    }
    const char *wrong = fs_dist_quantiles(start, arena, 10, shares, cell.value);
    if (wrong) fs_complain(complaints, "cold_starts", "%s", wrong);
    *first = fs_nanoseconds(cell.value[FIRST - QUANTILES]);
    return !wrong;
}
