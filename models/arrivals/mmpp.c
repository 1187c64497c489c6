/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Markov-modulated Poisson process (Fischer, Meier-Hellstern, Perf. Eval. 18, 1993,
 * doi:10.1016/0166-5316(93)90035-S): states with a rate each, stayed in for exponential times, left
 * for the next one in turn or for any other. Both ways visit all states equally often, so the
 * share of time in a state is its stay by the sum of stays: a run begins in a state drawn by it,
 * and is stationary.
 *
 * Gaps have no memory, so one that reaches beyond its state is thrown away and drawn anew.
 */
#include "arrival.h"
#include "later.h"

enum jump { CYCLIC, UNIFORM };
static const char *const jump_names[] = {"cyclic", "uniform", NULL};

struct mmpp {
    struct fs_list states; /* of struct phase */
    int jump;
};

struct phase {
    double rate;
    fs_time stay;
};

struct state {
    int phase;
    fs_time until, length;
};

static const struct fs_param phase_rows[] = {
    {"rate", FS_P_SCALAR, FS_D_RATE, offsetof(struct phase, rate), NULL, 0, 1e7,
     .doc = "Mean arrivals per second in this state."},
    {"stay", FS_P_SCALAR, FS_D_TIME, offsetof(struct phase, stay), NULL, 1e-3, 9e9,
     .doc = "Mean of the exponential time in this state."},
    {.key = NULL}};

static const struct fs_param rows[] = {
    {"states", FS_P_LIST, FS_D_COUNT, offsetof(struct mmpp, states), NULL, 0, 0,
     .doc = "The states, each with its rate.", .rows = phase_rows, .size = sizeof(struct phase)},
    {"jump", FS_P_CHOICE, FS_D_COUNT, offsetof(struct mmpp, jump), "cyclic", 0, 0,
     .doc = "Which state follows: the next one in turn, or any other with equal probability.",
     .choices = jump_names},
    {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct mmpp *mmpp = params;
    if (mmpp->states.n < 2) fs_complain(complaints, "states", "at least two states are needed");
}

static void enter(struct state *s, const struct mmpp *mmpp, int phase, fs_time now,
                  struct fs_stream *stream)
{
    const struct phase *phases = mmpp->states.item;
    s->phase = phase;
    s->until = fs_later(now, fs_exponential(stream) * (double)phases[phase].stay);
}

static void start(void *state, const void *params, fs_time length, struct fs_arena *arena,
                  struct fs_stream *stream)
{
    const struct mmpp *mmpp = params;
    const struct phase *phases = mmpp->states.item;
    struct state *s = state;
    double total = 0;
    int i = 0;
    (void)arena;
    s->length = length;
    for (int k = 0; k < mmpp->states.n; k++)
        total += (double)phases[k].stay;
    double rest = fs_uniform(stream) * total;
    while (i < mmpp->states.n - 1 && rest >= (double)phases[i].stay)
        rest -= (double)phases[i++].stay;
    enter(s, mmpp, i, 0, stream);
}

static int follow(const struct mmpp *mmpp, int phase, struct fs_stream *stream)
{
    const int n = mmpp->states.n;
    const int step = mmpp->jump == CYCLIC ? 0 : (int)fs_uniform_int(stream, (uint64_t)n - 1);
    return (phase + 1 + step) % n;
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct mmpp *mmpp = params;
    const struct phase *phases = mmpp->states.item;
    struct state *s = state;
    fs_time now = previous;
    *out = (struct fs_arrival){FS_NEVER, 0, -1};
    while (now <= s->length) {
        out->at = fs_later_poisson(now, phases[s->phase].rate, stream);
        if (out->at < s->until) return;
        now = s->until;
        enter(s, mmpp, follow(mmpp, s->phase, stream), now, stream);
    }
    out->at = FS_NEVER;
}

static const struct fs_arrival_type type = {
    .size = sizeof(struct state), .start = start, .next = next, .stationary = true};

const struct fs_plugin fs_arrivals_mmpp = {
    .name = "mmpp",
    .doc = "Markov-modulated Poisson: the rate jumps between states.",
    .size = sizeof(struct mmpp),
    .rows = rows,
    .type = &type,
    .check = check};
