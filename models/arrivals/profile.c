/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Poisson process whose rate follows a curve through given points, as steps or straight lines;
 * behind the last point it stays, or the whole repeats (lines then run back to the first rate).
 *
 * By inversion, not by thinning: over a straight piece that begins with rate r and has slope s, an
 * arrival comes when r d + s d^2 / 2 reaches an exponential e of mean 1, that is after
 * d = 2 e / (r + sqrt(r^2 + 2 s e)), which is stable for every sign of s and no number when a
 * falling rate never gets there. One draw and one root for each arrival, however uneven the curve.
 * At the end of a piece the draw is thrown away: the process has no memory.
 */
#include "arrival.h"
#include "later.h"
#include <math.h>

enum shape { STEPS, LINEAR };
static const char *const shape_names[] = {"steps", "linear", NULL};

struct profile {
    struct fs_list points; /* of struct point */
    int shape;
    fs_time repeat;
};

struct point {
    fs_time at;
    double rate;
};

struct state {
    fs_time base; /* beginning of the present repetition */
    fs_time length;
    int piece;
};

static const struct fs_param point_rows[] = {
    {"at", FS_P_SCALAR, FS_D_TIME, offsetof(struct point, at), NULL, 0, 9e9,
     .doc = "Time from the beginning; 0s for the first point."},
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct point, rate), NULL, 0, 1e7,
     .doc = "Mean arrivals per second from then on (steps) or just then (linear)."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"points", FS_P_LIST, FS_D_COUNT, offsetof(struct profile, points), NULL, 0, 0,
     .doc = "Points of the curve, in order of time.", .rows = point_rows,
     .size = sizeof(struct point)},
    {"shape", FS_P_CHOICE, FS_D_COUNT, offsetof(struct profile, shape), "linear", 0, 0,
     .doc = "Steps, or straight lines from point to point.", .choices = shape_names},
    {"repeat", FS_P_SCALAR, FS_D_TIME, offsetof(struct profile, repeat), "", 1e-3, 9e9,
     .doc = "Period after which the curve begins again; absent: the last rate stays."},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct profile *profile = params;
    const struct point *point = profile->points.item;
    const int n = profile->points.n;
    if (n == 0) fs_complain(complaints, "points", "at least one point is needed");
    if (n > 0 && point[0].at > 0)
        fs_complain(complaints, "points", "the first point must be at 0s");
    for (int i = 1; i < n; i++) {
        if (point[i].at < point[i - 1].at)
            fs_complain(complaints, "points", "point %d is before point %d", i + 1, i);
    }
    if (n > 0 && profile->repeat && profile->repeat < point[n - 1].at)
        fs_complain(complaints, "repeat", "the period ends before the last point");
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    struct state *s = state;
    (void)params;
    (void)arena;
    (void)stream;
    s->length = length;
}

/* A straight piece of the curve: from begin to end, rate at its beginning and slope in 1/s per ns.
 */
struct piece {
    fs_time begin, end;
    double rate, slope;
};

static struct piece piece_of(const struct profile *profile, const struct state *s)
{
    const struct point *point = profile->points.item, *here = &point[s->piece];
    const bool last = s->piece + 1 == profile->points.n;
    struct piece piece = {s->base + here->at, FS_NEVER, here->rate, 0};
    if (last && !profile->repeat) return piece;
    piece.end = s->base + (last ? profile->repeat : here[1].at);
    if (profile->shape == LINEAR && piece.end > piece.begin) {
        const double rise = (last ? point[0].rate : here[1].rate) - here->rate;
        piece.slope = rise / (double)(piece.end - piece.begin);
    }
    return piece;
}

/* An arrival in the piece after `now`, or FS_NEVER. */
static fs_time arrive(const struct piece *piece, fs_time now, struct fs_stream *stream)
{
    const double past = (double)(now - piece->begin);
    const double rate = 1e-9 * (piece->rate + piece->slope * past), slope = 1e-9 * piece->slope;
    const double e = fs_exponential(stream);
    const double gap = 2 * e / (rate + sqrt(rate * rate + 2 * slope * e));
    if (!(gap < (double)(piece->end - now))) return FS_NEVER;
    const fs_time at = fs_later(now, gap);
    return at < piece->end ? at : FS_NEVER;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct profile *profile = params;
    struct state *s = state;
    fs_time now = previous;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    while (now <= s->length) {
        const struct piece piece = piece_of(profile, s);
        out->at = arrive(&piece, now, stream);
        if (out->at != FS_NEVER) return;
        now = piece.end;
        if (++s->piece < profile->points.n) continue;
        s->piece = 0;
        s->base += profile->repeat;
    }
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next};

const struct fs_plugin fs_arrivals_profile = {
    .name = "profile",
    .doc = "Poisson arrivals with a rate that follows steps or straight lines.",
    .size = sizeof(struct profile),
    .rows = rows,
    .type = &type,
    .check = check};
