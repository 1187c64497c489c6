/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Arrivals that bring arrivals (Hawkes, Biometrika 58, 1971, doi:10.1093/biomet/58.1.83): each is
 * followed by a Poisson number of others, `branching` on average, after exponential delays, and so
 * on. Between arrivals the intensity above its base falls exponentially, so the next gap is the
 * smaller of two drawn by inversion (Dassios, Zhao, Electron. Commun. Probab. 18, 2013,
 * doi:10.1214/ECP.v18-2717): exact, in constant time and memory.
 *
 * A run begins with the mean intensity, so the mean rate is `rate` from the first instant on; the
 * dispersion is that of the long run after a few `delay` / (1 - `branching`).
 */
#include "arrival.h"
#include "later.h"
#include "math.h"
#include <math.h>

struct hawkes {
    double rate, branching;
    fs_time delay;
};

struct state {
    double excess; /* intensity above the base, per second, just behind the last arrival */
};

static const struct fs_param rows[] = {
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct hawkes, rate), NULL, 0, 1e7,
     .doc = "Mean arrivals per second, followers included."},
    {"branching", FS_P_SCALAR, FS_D_FRACTION, offsetof(struct hawkes, branching), NULL, 0, 0.99,
     .doc = "Mean number of arrivals that one brings directly."},
    {"delay", FS_P_SCALAR, FS_D_TIME, offsetof(struct hawkes, delay), NULL, 1e-6, 9e9,
     .doc = "Mean time by which it brings them later."},
    {.key = NULL}};

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct hawkes *hawkes = params;
    struct state *s = state;
    (void)length;
    (void)arena;
    (void)stream;
    s->excess = hawkes->rate * hawkes->branching;
}

/* Seconds until one of those comes that were brought; infinite when none does. */
static double until_follower(double excess, double decay, struct fs_stream *stream)
{
    const double rest = excess > 0 ? 1 - decay * fs_exponential(stream) / excess : 0;
    return rest > 0 ? -fs_log(rest) / decay : INFINITY;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct hawkes *hawkes = params;
    struct state *s = state;
    const double decay = 1 / fs_to_seconds(hawkes->delay);
    const double base = hawkes->rate * (1 - hawkes->branching);
    double gap = until_follower(s->excess, decay, stream);
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    if (base > 0) {
        const double own = fs_exponential(stream) / base;
        if (own < gap) gap = own;
    }
    if (gap < INFINITY) out->at = fs_later(previous, gap * 1e9);
    s->excess = s->excess * fs_exp(-decay * gap) + hawkes->branching * decay;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .stationary = true};

const struct fs_plugin fs_arrivals_hawkes = {
    .name = "hawkes",
    .doc = "Arrivals that bring arrivals: bursts that excite themselves.",
    .size = sizeof(struct hawkes),
    .rows = rows,
    .type = &type};
