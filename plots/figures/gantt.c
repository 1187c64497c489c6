/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first environments, tasks and nodes one by one: a line for each, coloured by what it does, as
 * it was seen at each of the trace's instants in the first replication.
 */
#include "figure.h"
#include "words.h"

#include <math.h>
#include <string.h>

#define MOST_ROWS 4
#define MOST_SEEN 60 /* lines of a row */

static const struct {
    const char *state;
    unsigned colour;
    char letter;
} looks[] = {{"executing", FS_BLUE, '#'},      {"working", FS_BLUE, '#'},
             {"starting", FS_VERMILLION, 's'}, {"provisioning", FS_YELLOW, 'p'},
             {"pulling", FS_ORANGE, 'l'},      {"registering", FS_PURPLE, 'r'},
             {"idle", 0xd3e4f0, '.'},          {"unhealthy", FS_BLACK, 'u'},
             {"draining", FS_GREY, 'd'},       {"booting", FS_VERMILLION, 's'},
             {"ready", FS_SKY, '='},           {"closed", FS_PURPLE, 'c'},
             {"noticed", FS_ORANGE, 'n'}};
#define N_LOOKS ((int)(sizeof looks / sizeof *looks))

struct trace {
    const struct fs_input_variant *v;
    int n_components, n_instances, n_moments, n_states;
    const char *const *component, *const *state;
    const double *moment;
    const int64_t *code;
};

static const struct fs_column *column(const struct fs_input *input,
                                      const struct fs_input_variant *v, const char *name)
{
    return fs_results_get(input->results, fs_arena_format(input->arena, "%s/instances", v->name),
                          name);
}

/* (component, instance, moment), each with its labels. */
static bool read_trace(const struct fs_input *input, const struct fs_input_variant *v,
                       struct trace *t)
{
    const struct fs_column *c = column(input, v, "state"), *moment = column(input, v, "moment");
    *t = (struct trace){.v = v};
    if (!c || c->rank != 3 || c->type != FS_I64 || !moment || moment->rank != 1 ||
        moment->type != FS_F64 || moment->extent[0] != c->extent[2] || c->extent[2] < 2 ||
        c->extent[1] > 100000)
        return false;
    t->component = fs_input_labels(input, v, "instances", "component", &t->n_components);
    t->state = fs_input_labels(input, v, "instances", "state_name", &t->n_states);
    t->n_instances = (int)c->extent[1];
    t->n_moments = (int)c->extent[2];
    t->moment = moment->f64;
    t->code = c->i64;
    for (int i = 0; i < t->n_moments; i++) {
        if (!(fabs(t->moment[i]) <= 1e15) || (i > 0 && t->moment[i] <= t->moment[i - 1]))
            return false;
    }
    return t->component && t->state && t->n_components == c->extent[0];
}

/* 0: not there. */
static int state_at(const struct trace *t, int component, int instance, int moment)
{
    const int64_t code =
        t->code[((int64_t)component * t->n_instances + instance) * t->n_moments + moment];
    return code > 0 && code < t->n_states ? (int)code : 0;
}

static int seen(const struct trace *t, int component)
{
    int n = 0;
    for (int i = 0; i < t->n_instances && i < MOST_SEEN; i++) {
        for (int m = 0; m < t->n_moments && n <= i; m++)
            n = state_at(t, component, i, m) ? i + 1 : n;
    }
    return n;
}

static int look_of(const char *state)
{
    for (int i = 0; i < N_LOOKS; i++) {
        if (strcmp(looks[i].state, state) == 0) return i;
    }
    return N_LOOKS - 1;
}

/* A box for each stretch of one state. */
static int add_boxes(const struct trace *t, int component, int n, struct fs_box *box, bool *used)
{
    int n_boxes = 0;
    for (int i = 0; i < n; i++) {
        for (int m = 0, end; m < t->n_moments - 1; m = end) {
            const int state = state_at(t, component, i, m);
            for (end = m + 1; end < t->n_moments - 1; end++) {
                if (state_at(t, component, i, end) != state) break;
            }
            if (state == 0) continue;
            const int look = look_of(t->state[state]);
            used[look] = true;
            if (box)
                box[n_boxes] = (struct fs_box){
                    t->moment[m],       t->moment[end],     n - i - .92, n - i - .08,
                    looks[look].colour, looks[look].letter, "",          ""};
            n_boxes++;
        }
    }
    return n_boxes;
}

static void fill_panel(struct fs_figure *f, struct fs_panel *panel, const struct trace *t,
                       int component, int n, bool *used)
{
    const int n_boxes = add_boxes(t, component, n, NULL, used);
    struct fs_box *box = fs_arena_alloc(f->arena, (size_t)n_boxes * sizeof *box + 1);
    panel->n_boxes = add_boxes(t, component, n, box, used);
    panel->box = box;
}

static void add_keys(struct fs_figure *f, struct fs_panel *panel, const bool *used, int n)
{
    int n_keys = 0;
    for (int i = N_LOOKS - 1; i >= 0; i--) {
        if (used[i])
            fs_figure_key(f, panel, looks[i].state, looks[i].colour, looks[i].letter,
                          n * fmin(1, .1 + .1 * n_keys++));
    }
}

static struct fs_axis number_axis(struct fs_arena *arena, int n)
{
    const int every = n > 30 ? 10 : n > 8 ? 5 : 1;
    struct fs_axis axis = {.low = 0, .high = n, .unit = ""};
    for (int i = 1; i <= n && axis.n < FS_TICKS; i++) {
        if (i == 1 || i % every == 0)
            axis.tick[axis.n++] = (struct fs_tick){n - i + .5, fs_arena_format(arena, "%d", i)};
    }
    return axis;
}

/* Where the component of that name is in a variant's trace; -1: nowhere. */
static int position(const struct trace *trace, const char *component)
{
    return trace->component ? fs_input_position(trace->component, trace->n_components, component)
                            : -1;
}

/* The component of that name in each variant, in one row; the key stands beside the last one. */
static void add_row(struct fs_figure *f, const struct trace *trace, const char *component)
{
    bool used[N_LOOKS] = {false};
    int most = 0;
    for (int v = 0; v < f->n_columns; v++) {
        const int at = position(&trace[v], component);
        const int n = at < 0 ? 0 : seen(&trace[v], at);
        most = n > most ? n : most;
    }
    if (most == 0) return;
    struct fs_row *row =
        fs_figure_row(f, fs_arena_format(f->arena, "%s: its first %d, one by one", component, most),
                      "not in this variant");
    for (int v = 0; row && v < f->n_columns; v++) {
        const int at = position(&trace[v], component);
        if (at >= 0) fill_panel(f, &row->panel[v], &trace[v], at, most, used);
    }
    if (row) add_keys(f, &row->panel[f->n_columns - 1], used, most);
    if (row) row->axis = number_axis(f->arena, most);
}

static bool fits(const struct fs_input *input)
{
    struct trace trace;
    for (int i = 0; i < input->n_variants; i++) {
        if (read_trace(input, &input->variant[i], &trace)) return true;
    }
    return false;
}

static void build(struct fs_figure *f)
{
    static const char mean[] = "mean of ";
    const int n = f->input->n_variants;
    struct trace *trace = fs_arena_alloc(f->arena, (size_t)n * sizeof *trace);
    const char *done[MOST_ROWS];
    int n_done = 0;
    f->from = INFINITY;
    for (int v = 0; v < n; v++) {
        if (!read_trace(f->input, &f->input->variant[v], &trace[v])) {
            trace[v].component = NULL;
            continue;
        }
        f->from = fmin(f->from, trace[v].moment[0]);
        f->to = fmax(f->to, trace[v].moment[trace[v].n_moments - 1]);
    }
    for (int v = 0; v < n; v++) {
        for (int i = 0; trace[v].component && i < trace[v].n_components; i++) {
            if (n_done == MOST_ROWS || fs_input_position(done, n_done, trace[v].component[i]) >= 0)
                continue;
            done[n_done++] = trace[v].component[i];
            add_row(f, trace, trace[v].component[i]);
        }
    }
    if (strncmp(f->subtitle, mean, strlen(mean)) == 0)
        f->subtitle = fs_arena_format(f->arena, "first of %s", f->subtitle + strlen(mean));
    f->row_height = f->n_rows > 1 ? 420 : 0;
}

const struct fs_figure_type fs_figures_gantt = {
    .name = "gantt",
    .doc = "the first environments, tasks and nodes, one line each",
    .rank = 17,
    .needs = "instances that were traced: fleetsim run --set run.trace.instances=40",
    .fits = fits,
    .build = build};
