/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replay of the time stamps in a column of a CSV file. Stamps are read as integers, so distances
 * are exact to the nanosecond; only a speed-up divides them. The file is checked once when it is
 * loaded, and streamed again by every run: memory does not grow with it.
 */
#include "csv.h"
#include "arrival.h"
#include "timestamp.h"
#include <string.h>

enum format { AUTO, SECONDS, MILLISECONDS, MICROSECONDS, NANOSECONDS, DATETIME };
static const char *const format_names[] = {
    "auto", "seconds", "milliseconds", "microseconds", "nanoseconds", "datetime", NULL};

enum origin { FIRST, ZERO };
static const char *const origin_names[] = {"first", "zero", NULL};

struct replay {
    const char *file, *column;
    int format, origin;
    double scale;
    int64_t limit;
    /* loaded */
    struct fs_csv checked;
    bool has_header;
    int columns, place, found; /* of the first line; the column from 0, and its format */
    int64_t first, last, count;
};

struct state {
    struct fs_csv csv;
    int64_t n;
};

static const struct fs_param rows[] = {
    {"file", FS_P_PATH, FS_D_COUNT, offsetof(struct replay, file), NULL, 0, 0,
     .doc = "A CSV file, sorted by time, beside the scenario."},
    {"column", FS_P_TEXT, FS_D_COUNT, offsetof(struct replay, column), "1", 0, 0,
     .doc = "The column of the time stamps: its name in the header, or its number from 1."},
    {"format", FS_P_CHOICE, FS_D_COUNT, offsetof(struct replay, format), "auto", 0, 0,
     .doc = "What a time stamp is; auto: a date and time, or else a number of seconds.",
     .choices = format_names},
    {"origin", FS_P_CHOICE, FS_D_COUNT, offsetof(struct replay, origin), "first", 0, 0,
     .doc = "What becomes 0s: the first time stamp, or zero itself.", .choices = origin_names},
    {"scale", FS_P_SCALAR, FS_D_NUMBER, offsetof(struct replay, scale), "1", 1e-9, 1e9,
     .doc = "Speed-up: 2 replays in half the time."},
    {"limit", FS_P_SCALAR, FS_D_COUNT, offsetof(struct replay, limit), "", 1, 1e15,
     .doc = "Replay only so many of the first time stamps; absent: all."},
    {.key = NULL}};

/* ---- one time stamp -------------------------------------------------------------------------- */

static bool find_field(struct fs_csv *csv, int place, struct fs_csv_field *field)
{
    for (int i = 0; i <= place; i++) {
        if (!fs_csv_field(csv, field)) {
            fs_csv_complain(csv, NULL, "there is no column %d in this line", place + 1);
            return false;
        }
    }
    return true;
}

static bool read_stamp(const struct replay *replay, struct fs_csv *csv,
                       const struct fs_csv_field *field, int64_t *ns)
{
    static const int exponent[] = {
        [SECONDS] = 9, [MILLISECONDS] = 6, [MICROSECONDS] = 3, [NANOSECONDS] = 0};
    if (replay->found != DATETIME) return fs_csv_decimal(csv, field, exponent[replay->found], ns);
    const char *why = fs_timestamp_date(field->text, field->length, ns);
    if (why)
        fs_csv_complain(csv, field, "'%.*s' %s", field->length < 40 ? field->length : 40,
                        field->text, why);
    return !why;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The column's number from 1; 0 when it is a name. */
static int column_number(const char *column)
{
    int number = 0;
    for (; *column >= '0' && *column <= '9' && number < 100000; column++)
        number = 10 * number + (*column - '0');
    return *column ? 0 : number;
}

/* A first line whose field cannot be the beginning of a number or date is a header. */
static bool is_title(const struct fs_csv_field *field)
{
    return field->length == 0 || !strchr("0123456789+-.", field->text[0]);
}

/* Look at the first line; false after complaining. */
static bool find_column(struct replay *replay, struct fs_csv *csv)
{
    struct fs_csv_field field;
    const int number = column_number(replay->column);
    replay->place = number > 0 ? number - 1 : fs_csv_place(csv, replay->column);
    if (replay->place < 0) {
        fs_csv_complain(csv, NULL, "there is no column '%s'", replay->column);
        return false;
    }
    if (!find_field(csv, replay->place, &field)) return false;
    replay->columns = fs_csv_pick(csv, &replay->place, 1, &field);
    replay->has_header = number == 0 || is_title(&field);
    csv->at = csv->text;
    return true;
}

static void find_format(struct replay *replay, const struct fs_csv_field *field)
{
    if (replay->found != AUTO) return;
    const bool year =
        field->length > 4 && field->text[4] == '-' && strspn(field->text, "0123456789") == 4;
    replay->found = year ? DATETIME : SECONDS;
}

static void check_stamp(struct replay *replay, struct fs_csv *csv)
{
    struct fs_csv_field field;
    int64_t ns;
    const int fields = fs_csv_pick(csv, &replay->place, 1, &field);
    if (fields > replay->columns) { /* a decimal comma would cut a number in two */
        fs_csv_complain(csv, NULL, "%d fields where the first line has %d", fields,
                        replay->columns);
        return;
    }
    if (!find_field(csv, replay->place, &field)) return;
    find_format(replay, &field);
    if (!read_stamp(replay, csv, &field, &ns)) return;
    if (replay->count == 0) replay->first = replay->last = ns;
    if (ns < replay->last) {
        fs_csv_complain(csv, &field, "earlier than the time stamp before it: sort the file");
        return;
    }
    replay->last = ns;
    replay->count++;
}

static void check_file(struct replay *replay, struct fs_csv *csv)
{
    const int64_t limit = replay->limit ? replay->limit : INT64_MAX;
    bool more = fs_csv_next(csv);
    if (more && !find_column(replay, csv)) return;
    if (more && replay->has_header) more = fs_csv_next(csv);
    for (; more; more = replay->count < limit && fs_csv_next(csv))
        check_stamp(replay, csv);
    if (replay->count == 0 && !fs_csv_refused(csv))
        fs_csv_complain(csv, NULL, "there is no time stamp in the file");
    if (replay->found == DATETIME && replay->origin == ZERO)
        fs_csv_complain(csv, NULL, "dates have no zero: use 'origin: first'");
}

static void load(void *params, struct fs_arena *arena, struct fs_complaints *complaints)
{
    struct replay *replay = params;
    replay->found = replay->format;
    replay->count = 0;
    if (fs_csv_open(&replay->checked, replay->file, arena, complaints))
        check_file(replay, &replay->checked);
}

/* ---- replay ---------------------------------------------------------------------------------- */

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct replay *replay = params;
    struct state *s = state;
    (void)length;
    (void)stream;
    fs_csv_reopen(&s->csv, &replay->checked, arena);
    if (replay->has_header) fs_csv_next(&s->csv);
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct replay *replay = params;
    struct state *s = state;
    struct fs_csv_field field;
    int64_t ns;
    (void)previous;
    (void)stream;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    if (s->n++ >= replay->count || !fs_csv_next(&s->csv) ||
        !find_field(&s->csv, replay->place, &field) || !read_stamp(replay, &s->csv, &field, &ns))
        return;
    if (replay->origin == FIRST) ns -= replay->first;
    out->at = replay->scale == 1 ? ns : fs_nanoseconds((double)ns / replay->scale);
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .trace = true};

const struct fs_plugin fs_arrivals_csv = {.name = "csv",
                                          .doc = "Replay of the time stamps in a CSV file.",
                                          .size = sizeof(struct replay),
                                          .rows = rows,
                                          .type = &type,
                                          .load = load};
