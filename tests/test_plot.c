/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fleetsim-plot from outside: results files in the layout of scenarios/save.h go in, pictures come
 * out or a reason and an exit code. `test_plot --sample NAME PATH` writes one of the files, to be
 * looked at with one's own eyes.
 */
#include "build.h"

#include "fail.h"
#include "results.h"
#include "save.h"
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM FS_BUILD_DIR "/fleetsim-plot"
#define MOST    13

/* ---- samples -------------------------------------------------------------------------------- */

struct sample {
    const char *name, *title;
    int n_variants, n_classes, n_replications, n;
    double start, interval; /* seconds */
    int shape;              /* BURST, DAY, FLAT */
    const char *variant[MOST], *class[MOST];
    double slow; /* requests of 3 s among `all` of 100 ms; 0: see write_distribution */
    double all;
};

/* AT_ONCE: the second variant takes no time at all and is free for a month. */
enum { BURST, DAY, FLAT, NOTHING, AT_ONCE };

static const struct sample samples[] = {
    {.name = "burst",
     .title = "2,000 jobs at once",
     .n_variants = 2,
     .n_classes = 2,
     .n_replications = 5,
     .n = 600,
     .interval = 1.5,
     .shape = BURST,
     .variant = {"direct", "smoothed"},
     .class = {"jobs", "jobs/queue"}},
    {.name = "day",
     .title = "A day of a shop",
     .n_variants = 3,
     .n_classes = 1,
     .n_replications = 8,
     .n = 480,
     .interval = 60,
     .shape = DAY,
     .variant = {"functions", "containers", "containers-small"},
     .class = {"orders"}},
    {.name = "one",
     .title = "One variant, one class",
     .n_variants = 1,
     .n_classes = 1,
     .n_replications = 1,
     .n = 100,
     .interval = 10,
     .shape = FLAT,
     .variant = {"base"},
     .class = {"requests"}},
    {.name = "four",
     .title = "Where should the shop run?",
     .n_variants = 4,
     .n_classes = 3,
     .n_replications = 3,
     .n = 300,
     .interval = 24,
     .shape = DAY,
     .variant = {"lambda", "cloud-run", "fargate", "eks"},
     .class = {"browse", "order", "admin"}},
    {.name = "many",
     .title = "Many classes",
     .n_variants = 2,
     .n_classes = 10,
     .n_replications = 2,
     .n = 200,
     .interval = 30,
     .shape = DAY,
     .variant = {"a", "b"},
     .class = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}},
    {.name = "sweep",
     .title = "One more than fit",
     .n_variants = 13,
     .n_classes = 1,
     .n_replications = 1,
     .n = 20,
     .interval = 60,
     .shape = DAY,
     .variant = {"v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13"},
     .class = {"jobs"}},
    {.name = "nothing",
     .title = "",
     .n_variants = 1,
     .n_classes = 1,
     .n_replications = 2,
     .n = 3,
     .interval = 1,
     .shape = NOTHING,
     .variant = {"base"},
     .class = {"none"}},
    {.name = "at once",
     .title = "One variant takes no time",
     .n_variants = 2,
     .n_classes = 1,
     .n_replications = 2,
     .n = 60,
     .interval = 1,
     .shape = AT_ONCE,
     .variant = {"slow", "instant"},
     .class = {"jobs"}},
};

/* Requests per second of a class at a time, different in every class and replication. */
static double rate(const struct sample *s, int class, int replication, int t)
{
    const double noise = .06 * (((t * 7919 + replication * 104729 + class * 31) % 97) / 48. - 1);
    const double hour = (t * s->interval) / 3600;
    switch (s->shape) {
    case BURST:
        return t == 3 && class == 0 ? 2000 / s->interval : 0;
    case DAY:
        return (120. / (class + 1)) * (1.2 - fabs(fmod(hour, 8) - 4) / 4 + noise) +
               (t == s->n / 3 ? 300 : 0);
    case FLAT:
    case AT_ONCE:
        return 40 * (1 + noise);
    default:
        return 0;
    }
}

/* Ended per second by outcome: 0 completed, 2 timed out, 3 throttled. Variant 0 throttles. */
static double ended(const struct sample *s, int variant, int class, int outcome, int replication,
                    int t)
{
    if (s->shape == BURST) {
        if (variant == 0)
            return class == 0 && t == 3 && (outcome == 0 || outcome == 3) ? 1000 / s->interval : 0;
        return class == 1 && outcome == 0 && t >= 4 && t < 44 ? 50 / s->interval : 0;
    }
    const double all = rate(s, class, replication, t), refused = all > 140 ? all - 140 : 0;
    if (outcome == 0) return all - (variant % 2 == 0 ? refused : 0);
    return outcome == 3 && variant % 2 == 0 ? refused : 0;
}

static double level(const struct sample *s, int variant, int replication, int t)
{
    if (s->shape != BURST) return rate(s, 0, replication, t) * (.2 + .1 * variant);
    return variant == 0 ? (t == 3 ? 900. : 0.) : (t >= 3 && t < 44 ? 5. * t : 0.);
}

/* Value of a column at (subject, middle, replication, time), whatever the order on disk. */
typedef double value_of(const struct sample *s, int variant, int subject, int middle,
                        int replication, int t);

static double arrived(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    (void)variant, (void)middle;
    return floor(rate(s, subject, r, t) * s->interval);
}

static double requests(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    return floor(ended(s, variant, subject, middle, r, t) * s->interval);
}

static double in_flight(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    (void)middle;
    return floor(level(s, variant, r, t) / (subject + 1));
}

static double peak(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    return floor(1.1 * in_flight(s, variant, subject, middle, r, t));
}

/* Quantile `middle` of the interval: none where nothing completed. */
static double latency(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    static const double factor[] = {1, 3, 4.5, 9, 30};
    if (!(ended(s, variant, subject, 0, r, t) > 0)) return NAN;
    if (s->shape == AT_ONCE && variant == 1) return 0;
    const double slow = s->shape == BURST ? .4 * t : .01 * rate(s, subject, r, t);
    return (.08 + .02 * variant) * factor[middle] * (1 + slow) * (1 + subject);
}

static double completed(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    (void)middle;
    return requests(s, variant, subject, 0, r, t);
}

static double environments(const struct sample *s, int variant, int subject, int middle, int r,
                           int t)
{
    double most = 0;
    for (int i = t > 60 ? t - 60 : 0; i <= t; i++)
        most = fmax(most, peak(s, variant, subject, middle, r, i));
    return most;
}

static double backlog(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    (void)subject, (void)middle, (void)r;
    return s->shape == BURST && variant == 1 && t >= 3 && t < 44 ? 2000 - 50. * (t - 3) : 0;
}

static double tasks(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    return ceil(environments(s, variant, subject, middle, r, t) / 10) + 2;
}

static double starting(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    return floor(in_flight(s, variant, subject, middle, r, t) / 4);
}

static double age(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    return backlog(s, variant, subject, middle, r, t) > 0 ? 1.5 * (t - 3) : 0;
}

static double cost(const struct sample *s, int variant, int subject, int middle, int r, int t)
{
    (void)middle;
    return requests(s, variant, 0, 0, r, t) * 2e-6 * (variant + 1) + 1e-4 * subject * s->interval;
}

struct writing {
    struct fs_results_writer *w;
    const struct sample *s;
    int variant;
    char group[512];
    int n_subjects;
};

static void into_group(struct writing *x, const char *group)
{
    snprintf(x->group, sizeof x->group, "%s/%s", x->s->variant[x->variant], group);
}

/* `middle`: name of a dimension of `n` entries, before ("outcome") or behind ("quantile") the
 * replications; NULL for none. */
static void column(struct writing *x, const char *name, enum fs_column_type type,
                   const char *subject, const char *middle, int n, value_of *value)
{
    const struct sample *s = x->s;
    const bool outer = middle && strcmp(middle, "outcome") == 0;
    const char *const plain[] = {subject, "replication", "time", NULL};
    const char *const before[] = {subject, middle, "replication", "time", NULL};
    const char *const behind[] = {subject, "replication", middle, "time", NULL};
    const size_t cells = (size_t)(x->n_subjects * n * s->n_replications * s->n);
    double *f64 = fs_alloc(cells * sizeof *f64 + 1, "a sample");
    int64_t *i64 = fs_alloc(cells * sizeof *i64 + 1, "a sample");
    size_t k = 0;
    for (int i = 0; i < x->n_subjects; i++) {
        for (int a = 0; a < (outer ? n : s->n_replications); a++) {
            for (int b = 0; b < (outer ? s->n_replications : n); b++) {
                for (int t = 0; t < s->n; t++, k++) {
                    f64[k] = value(s, x->variant, i, outer ? a : b, outer ? b : a, t);
                    i64[k] = type == FS_I64 ? (int64_t)f64[k] : 0;
                }
            }
        }
    }
    fs_results_column(x->w, x->group, name, "1", name, type,
                      !middle ? plain
                      : outer ? before
                              : behind,
                      type == FS_I64 ? (const void *)i64 : f64);
    free(f64);
    free(i64);
}

static void dimensions(struct writing *x, const char *subject, int n, const char *const *names)
{
    double *time = fs_alloc((size_t)x->s->n * sizeof *time, "a sample");
    int64_t replication[16];
    for (int i = 0; i < x->s->n; i++)
        time[i] = x->s->start + i * x->s->interval;
    for (int i = 0; i < 16; i++)
        replication[i] = i;
    x->n_subjects = n;
    fs_results_dimension(x->w, x->group, subject, "1", subject, FS_TEXT, n, names);
    fs_results_dimension(x->w, x->group, "replication", "1", "repetition", FS_I64,
                         x->s->n_replications, replication);
    fs_results_dimension(x->w, x->group, "time", "s", "start", FS_F64, x->s->n, time);
    free(time);
}

static void gauge(struct writing *x, const char *subject, const char *name, value_of *mean,
                  value_of *highest)
{
    char column_name[64];
    snprintf(column_name, sizeof column_name, "%s_mean", name);
    column(x, column_name, FS_F64, subject, NULL, 1, mean);
    snprintf(column_name, sizeof column_name, "%s_peak", name);
    column(x, column_name, FS_I64, subject, NULL, 1, highest);
}

/* Over (subject, replication), and an `inner` dimension of n behind them; NULL for none. Number i
 * of a row is `values[i]`, in variant k times k + 1. */
static void whole(struct writing *x, const char *name, enum fs_column_type type,
                  const char *subject, const char *inner, int n, const double *values)
{
    const char *const dims[] = {subject, "replication", inner, NULL};
    const int rows = x->n_subjects * x->s->n_replications;
    double *f64 = fs_alloc((size_t)(rows * n) * sizeof *f64 + 1, "a sample");
    uint64_t *u64 = fs_alloc((size_t)(rows * n) * sizeof *u64 + 1, "a sample");
    for (int i = 0; i < rows * n; i++) {
        f64[i] = values[i % n] * (x->variant + 1);
        u64[i] = (uint64_t)f64[i];
    }
    fs_results_column(x->w, x->group, name, "1", name, type, dims,
                      type == FS_U64 ? (const void *)u64 : f64);
    free(f64);
    free(u64);
}

/* Over (class, part). */
static void write_parts(struct writing *x, int n, const double *seconds)
{
    static const char *const dims[] = {"class", "part", NULL};
    const int rows = x->n_subjects;
    double *block = fs_alloc((size_t)(rows * n) * sizeof *block + 1, "a sample");
    for (int i = 0; i < rows * n; i++)
        block[i] = seconds[i % n] * (x->variant + 1);
    fs_results_column(x->w, x->group, "latency_p99_parts", "s", "parts", FS_F64, dims, block);
    free(block);
}

/* 500 requests at 100 ms, 490 at 200 ms, 10 at 3 s unless the sample has its own; a p99 of 2 s in
 * the queue and 1 s of work, except AT_ONCE. */
static void write_distribution(struct writing *x)
{
    static const char *const parts[] = {"queue", "backoff", "cold_start", "downstream",
                                        "execution"};
    static const double bins[] = {0.1, 0.2, 3}, counts[] = {500, 490, 10};
    static const double from_0[] = {0, 0.2, 3}, at_once[] = {1000, 0, 0};
    static const double seconds[] = {2, 0, 0, 0, 1}, no_seconds[] = {0, 0, 0, 0, 0};
    const double own[] = {x->s->all - x->s->slow, 0, x->s->slow};
    const bool instant = x->s->shape == AT_ONCE && x->variant == 1;
    fs_results_dimension(x->w, x->group, "latency_bin", "s", "from", FS_F64, 3,
                         instant ? from_0 : bins);
    whole(x, "latency_histogram", FS_U64, "class", "latency_bin", 3,
          instant          ? at_once
          : x->s->slow > 0 ? own
                           : counts);
    fs_results_dimension(x->w, x->group, "part", "1", "part", FS_TEXT, 5, parts);
    write_parts(x, 5, x->s->shape == AT_ONCE ? no_seconds : seconds);
}

static void write_traffic(struct writing *x)
{
    static const char *const outcomes[] = {"completed", "failed",  "timed_out",    "throttled",
                                           "dropped",   "expired", "dead_lettered"};
    static const double quantiles[] = {.5, .9, .95, .99, .999};
    const bool derived = x->s->shape == BURST && x->variant == 0; /* there is no queue in it */
    into_group(x, "traffic");
    dimensions(x, "class", derived ? 1 : x->s->n_classes, x->s->class);
    fs_results_dimension(x->w, x->group, "quantile", "1", "share", FS_F64, 5, quantiles);
    fs_results_dimension(x->w, x->group, "outcome", "1", "end", FS_TEXT, 7, outcomes);
    column(x, "arrived", FS_I64, "class", NULL, 1, arrived);
    column(x, "requests", FS_I64, "class", "outcome", 7, requests);
    column(x, "latency", FS_F64, "class", "quantile", 5, latency);
    column(x, "latency_count", FS_I64, "class", NULL, 1, completed);
    gauge(x, "class", "in_flight", in_flight, peak);
    write_distribution(x);
}

static void write_components(struct writing *x)
{
    static const char *const worker[] = {"worker"}, *const queue[] = {"queue"};
    static const char *const account[] = {"account"}, *const bases[] = {"d1", "d2", "d3", "d4"};
    const char *const item[] = {"worker/time", x->s->class[0]};
    static const double usd[] = {12.5}, month[] = {NAN};
    if (x->variant == 0 || x->s->shape == BURST) {
        into_group(x, "function_pool");
        dimensions(x, "component", 1, worker);
        gauge(x, "component", "busy", in_flight, peak);
        gauge(x, "component", "starting", starting, starting);
        gauge(x, "component", "environments", environments, environments);
        into_group(x, "account");
        dimensions(x, "component", 1, account);
        gauge(x, "component", "concurrency", in_flight, peak);
    } else {
        into_group(x, "service");
        dimensions(x, "component", 1, worker);
        gauge(x, "component", "in_flight", in_flight, peak);
        gauge(x, "component", "tasks", tasks, tasks);
    }
    if (x->s->shape == BURST && x->variant == 1) {
        into_group(x, "queue");
        dimensions(x, "component", 1, queue);
        gauge(x, "component", "visible", backlog, backlog);
        gauge(x, "component", "oldest_age", age, age);
    }
    if (x->s->shape == AT_ONCE) {
        into_group(x, "dependency");
        dimensions(x, "component", 4, bases);
        gauge(x, "component", "in_flight", in_flight, peak);
    }
    into_group(x, "cost");
    dimensions(x, "cost_item", 2, item);
    column(x, "cost", FS_F64, "cost_item", NULL, 1, cost);
    whole(x, "usd", FS_F64, "cost_item", NULL, 1, usd);
    whole(x, "usd_per_month", FS_F64, "cost_item", NULL, 1, month);
}

/* Five environments: each starts at its number's moment, executes for ten, then idles. */
static void write_trace(struct writing *x)
{
    static const char *const worker[] = {"worker"};
    static const char *const states[] = {"none", "starting", "executing", "idle"};
    static const char *const dims[] = {"component", "instance", "moment", NULL};
    const int64_t number[] = {1, 2, 3, 4, 5};
    double moment[40];
    int64_t code[5 * 40];
    for (int m = 0; m < 40; m++) {
        moment[m] = .25 * m;
        for (int i = 0; i < 5; i++)
            code[i * 40 + m] = m < i ? 0 : m < i + 2 ? 1 : m < i + 12 ? 2 : 3;
    }
    into_group(x, "instances");
    fs_results_dimension(x->w, x->group, "component", "1", "component", FS_TEXT, 1, worker);
    fs_results_dimension(x->w, x->group, "instance", "1", "number", FS_I64, 5, number);
    fs_results_dimension(x->w, x->group, "moment", "s", "when", FS_F64, 40, moment);
    fs_results_dimension(x->w, x->group, "state_name", "1", "names", FS_TEXT, 4, states);
    fs_results_column(x->w, x->group, "state", "1", "state", FS_I64, dims, code);
}

static void write_estimates(struct writing *x)
{
    const char *const dims[] = {"metric", NULL};
    char path[2][512];
    const char *const names[] = {path[0], path[1], "cost.not_priced"};
    const bool is_free = x->s->shape == AT_ONCE && x->variant == 1;
    const double values[] = {1.234, is_free ? 0 : 4200, x->variant};
    snprintf(path[0], sizeof path[0], "traffic.%s.latency.p99", x->s->class[0]);
    snprintf(path[1], sizeof path[1], "cost.usd_per_month");
    into_group(x, "estimates");
    fs_results_dimension(x->w, x->group, "metric", "1", "path", FS_TEXT, 3, names);
    fs_results_column(x->w, x->group, "value", "1", "estimate", FS_F64, dims, values);
}

static void write_sample(const struct sample *s, const char *path)
{
    struct fs_failure failure = {""};
    struct writing x = {.s = s};
    assert_int_equal(fs_results_create(path, &x.w, &failure), FS_OK);
    fs_results_text(x.w, "", "title", s->title);
    fs_results_text(x.w, "", "fleetsim_version", "0.1.0");
    fs_results_integer(x.w, "", "seed", 42);
    fs_results_integer(x.w, "", "complete", 1);
    for (x.variant = 0; x.variant < s->n_variants; x.variant++) {
        write_traffic(&x);
        write_components(&x);
        write_trace(&x);
        write_estimates(&x);
        fs_results_integer(x.w, s->variant[x.variant], "account_concurrency", 1000);
        fs_results_number(x.w, s->variant[x.variant], "length_seconds", s->n * s->interval);
    }
    if (fs_results_commit(x.w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

/* What a sweep over `axes` parameters of 4 and 3 values leaves, for variants "a" and "b". */
static void write_sweep(const char *path, int axes, const char *title)
{
    static const double memory[] = {512, 1024, 1769, 3008};
    static const char *const kinds[] = {"small", "middle", "large"};
    static const char *const variants[] = {"a", "b"};
    static const char *const metrics[] = {"traffic.jobs.latency.p99",
                                          "traffic.jobs.completed.share", "cost.usd_per_month",
                                          "traffic.jobs.arrived", "traffic.jobs.throttled"};
    static const char *const units[] = {"s", "1", "USD", "1", "1"};
    static const char *const both[] = {"kind", "memory", "variant", "metric", NULL};
    static const char *const of_metric[] = {"metric", NULL};
    double value[3][3 * 4 * 2 * 5];
    const int n = (axes == 2 ? 3 : 1) * 4 * 2 * 5;
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    for (int i = 0; i < n; i++) {
        const double base = 1 + i % 5 + (i / 5) % 2 + (i / 10) % 4 + i / 40;
        value[0][i] = i % 5 == 1 ? base / 20 : i % 5 == 3 ? 2000 : base;
        value[1][i] = i % 7 == 0 ? NAN : value[0][i] * .9;
        value[2][i] = i % 7 == 0 ? NAN : value[0][i] * 1.1;
    }
    assert_int_equal(fs_results_create(path, &w, &failure), FS_OK);
    fs_results_text(w, "", "title", title);
    fs_results_integer(w, "", "seed", 42);
    if (axes == 2)
        fs_results_dimension(w, "", "kind", "1", "components.worker.kind", FS_TEXT, 3, kinds);
    fs_results_dimension(w, "", "memory", "MB", "components.worker.memory", FS_F64, 4, memory);
    fs_results_dimension(w, "", "variant", "1", "variant", FS_TEXT, 2, variants);
    fs_results_dimension(w, "", "metric", "1", "path", FS_TEXT, 5, metrics);
    fs_results_column(w, "", "unit", "1", "unit", FS_TEXT, of_metric, units);
    static const char *const names[] = {"value", "low", "high"};
    for (int i = 0; i < 3; i++)
        fs_results_column(w, "", names[i], "1", names[i], FS_F64, both + (axes == 1), value[i]);
    if (fs_results_commit(w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

/* What `study` leaves of n_variants variants at these values, in this order. Variant number v costs
 * (v + 1) x - v, so all cross at 1; a break-even among values above that has no crossing. */
/* Variant `without` (-1: none) has no numbers. */
static void write_part(const char *path, const char *study, int axes, int n, const double *values,
                       int n_variants, bool complete, int without)
{
    static const char *const variants[] = {"v1", "v2", "v3", "v4", "v5",
                                           "v6", "v7", "v8", "v9", "v10"};
    static const char *const metric[] = {"cost.usd_per_month"}, *const unit[] = {"USD"};
    static const char *const all[] = {"x", "y", "variant", "metric", NULL};
    static const char *const one[] = {"x", "variant", "metric", NULL};
    static const char *const of_metric[] = {"metric", NULL}, *const names[] = {"value", "low",
                                                                               "high"};
    static const double second[] = {1, 2};
    double value[200];
    int cells = 0;
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < axes * n_variants; k++)
            value[cells++] = k % n_variants == without
                                 ? (double)NAN
                                 : values[i] * (k % n_variants + 1) - k % n_variants;
    }
    assert_int_equal(fs_results_create(path, &w, &failure), FS_OK);
    fs_results_text(w, "", "title", study);
    fs_results_text(w, "", "study", study);
    fs_results_integer(w, "", "complete", complete);
    fs_results_dimension(w, "", "x", "ms", "components.worker.x", FS_F64, n, values);
    if (axes == 2) fs_results_dimension(w, "", "y", "1", "components.y", FS_F64, 2, second);
    fs_results_dimension(w, "", "variant", "1", "variant", FS_TEXT, n_variants, variants);
    fs_results_dimension(w, "", "metric", "1", "path", FS_TEXT, 1, metric);
    fs_results_column(w, "", "unit", "1", "unit", FS_TEXT, of_metric, unit);
    for (int i = 0; i < 3; i++)
        fs_results_column(w, "", names[i], "1", names[i], FS_F64, axes == 2 ? all : one, value);
    if (fs_results_commit(w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

static void write_study(const char *path, const char *study, int axes, int n, const double *values,
                        int n_variants, bool complete)
{
    write_part(path, study, axes, n, values, n_variants, complete, -1);
}

static const struct sample *find_sample(const char *name)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (strcmp(samples[i].name, name) == 0) return &samples[i];
    }
    fail_msg("no sample %s", name);
    return NULL;
}

/* ---- running the program -------------------------------------------------------------------- */

static char folder[] = "/tmp/fs_plot_XXXXXX";

struct outcome {
    int exit; /* 128 + signal when one ended it */
    char out[200000], err[5000];
};

static struct outcome last;

static void read_file(const char *name, char *text, size_t size)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = 0;
    fclose(file);
}

static void redirect(const char *name, int to)
{
    const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0) _exit(125);
}

/* Run `arguments` in our folder, with PATH when it is given. What it said is in `last`. */
static int run_with(const char *path, const char *const *arguments)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        redirect("stdout.txt", 1);
        redirect("stderr.txt", 2);
        if (path) setenv("PATH", path, 1);
        setenv("HOME", folder, 1);
        execvp(arguments[0], (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    last.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_file("stdout.txt", last.out, sizeof last.out);
    read_file("stderr.txt", last.err, sizeof last.err);
    return last.exit;
}

#define RUN(path, ...) run_with(path, (const char *const[]){PROGRAM, __VA_ARGS__, NULL})

/* Every test starts in an empty folder, and not at all where there is nothing to test. */
static int before_each(void **state)
{
    (void)state;
    DIR *dir = opendir(".");
    for (struct dirent *entry; (entry = readdir(dir));)
        unlink(entry->d_name);
    closedir(dir);
    return 0;
}

static bool exists(const char *name)
{
    struct stat st;
    return lstat(name, &st) == 0;
}

static void need_program(void)
{
    if (access(PROGRAM, X_OK) != 0) skip();
}

static void need_gnuplot(void)
{
    need_program();
    if (run_with(NULL, (const char *const[]){"gnuplot", "--version", NULL}) != 0) skip();
}

static size_t size_of(const char *name)
{
    struct stat st;
    return stat(name, &st) == 0 ? (size_t)st.st_size : 0;
}

static void assert_text(const char *text, const char *part)
{
    if (!strstr(text, part)) fail_msg("no \"%s\" in: %s", part, text);
}

static void assert_starts(const char *name, const char *start)
{
    char bytes[64];
    read_file(name, bytes, sizeof bytes);
    assert_memory_equal(bytes, start, strlen(start));
}

static void spit(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(name, mode);
}

/* ---- pictures ------------------------------------------------------------------------------- */

static void every_sample_becomes_a_picture(void **state)
{
    (void)state;
    need_gnuplot();
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        unlink("in.h5");
        write_sample(&samples[i], "in.h5");
        if (RUN(NULL, "in.h5", "-o", "out.png") != 0) fail_msg("%s: %s", samples[i].name, last.err);
        assert_starts("out.png", "\x89PNG\r\n");
        assert_true(size_of("out.png") > 20000);
        assert_string_equal(last.err, "");
        assert_string_equal(last.out, "");
    }
}

static void an_svg_holds_names_figures_and_units(void **state)
{
    (void)state;
    static char svg[2000000];
    need_gnuplot();
    write_sample(find_sample("burst"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg"), 0);
    read_file("out.svg", svg, sizeof svg);
    /* 1,000 completed and 1,000 throttled in `direct`, 40 x 50 completed in `smoothed` */
    static const char *const parts[] = {
        "<?xml",         "2,000 jobs at once",  "direct",          "smoothed",
        "arrived 2,000", "throttled 1,000",     "completed 1,000", "completed 2,000",
        "p99 1.23 s",    "account limit 1,000", "queued 2,000",    "simulated time, s",
        "$4,200/month",  "of 15 min are shown", "seed 42",         "requests per second",
        "5 replications"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_text(svg, parts[i]);
}

/* Of the second variant all numbers are twice those of the first. */
static void every_kind_of_picture_says_what_it_shows(void **state)
{
    (void)state;
    static char svg[2000000];
    static const struct {
        const char *picture, *parts[8];
    } kinds[] = {
        {"percentiles",
         {"Latency until done", "99.9 %", "direct p99 1.23 s", "share of the requests"}},
        {"p99", {"What the p99 is made of", "direct: 3 s", "smoothed: 6 s", "queue", "execution"}},
        {"states", {"Environments of functions, by state", "executing", "starting", "idle"}},
        {"cost", {"Cost so far by line, USD", "direct", "worker/time"}},
        {"concurrency", {"Concurrency, running at once", "account limit 1,000", "busy"}},
        {"queues", {"Backlog, waiting at once", "Age of the oldest that waits", "oldest"}},
        {"gantt",
         {"first of 5 replications", "worker: its first 5, one by one", "executing", "idle",
          "starting"}},
        {"bill", {"Cost of the run, USD", "direct: $25.00", "smoothed: $50.00", "worker/time"}},
    };
    need_gnuplot();
    write_sample(find_sample("burst"), "in.h5");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", kinds[i].picture), 0);
        read_file("out.svg", svg, sizeof svg);
        for (int k = 0; kinds[i].parts[k]; k++)
            assert_text(svg, kinds[i].parts[k]);
        assert_null(strstr(svg, "cold start")); /* a layer without height has no label */
        assert_int_equal(RUN(NULL, "in.h5", "--picture", kinds[i].picture), 0);
        assert_text(last.out, kinds[i].parts[0]);
    }
}

/* Ten executions of 1 s from 20/s, a limit of 10 that is 20 from 5 s on: not a rule over all. */
static void a_limit_that_moves_is_a_line(void **state)
{
    (void)state;
    static char svg[2000000];
    struct fs_failure failure;
    struct built b = run_text(
        "run: {length: 10s, intervals: 10}\naccount: {platform: aws, concurrency: 10}\ntraffic:\n"
        "  a: {arrivals: {constant: {rate: 18/s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 1s}}}\ncomponents:\n  f: {platform: aws-lambda, memory: 1769MB}\n"
        "events: [{at: 5s, quota: {concurrency: 20}}]\n");
    need_gnuplot();
    assert_int_equal(fs_study_save(b.study, "in.h5", &failure), FS_OK);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", "concurrency"), 0);
    read_file("out.svg", svg, sizeof svg);
    assert_text(svg, "account limit 20");
    assert_null(strstr(svg, "account limit 10"));
    assert_null(strstr(svg, "reserved"));
    drop(&b);
}

/* Draws "in.h5" and returns the picture. */
static const char *draw_svg(const char *picture)
{
    static char svg[2000000];
    if (RUN(NULL, "in.h5", "-o", "out.svg", "--picture", picture) != 0) fail_msg("%s", last.err);
    read_file("out.svg", svg, sizeof svg);
    return svg;
}

static void save_run(const char *text)
{
    struct fs_failure failure;
    struct built b = run_text("%s", text);
    assert_int_equal(fs_study_save(b.study, "in.h5", &failure), FS_OK);
    drop(&b);
}

static int count_text(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

#define PLACES "{mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1000}\n"
#define FAN(targets, more)                                                                         \
    "run: {length: 5min, intervals: 100}\naccount: {platform: aws}\ntraffic:\n  ev:\n"             \
    "    arrivals: {burst: {size: 100, at: 10s}}\n    client: {retry: none}\n    path: [bus]\n"    \
    "    work: {a: {io: 100s}, b: {io: 1s}}\ncomponents:\n"                                        \
    "  bus: {mechanism: relay, errors: none, refusals: none, targets: [" targets "]}\n"            \
    "  a: " PLACES "  b: " PLACES more

/* Of 100 events each of two targets does 100, one of them in 1 s, the other in 100 s. Each is told
 * by its name, the slow one first; no stack holds more than has come. */
static void every_target_of_a_class_is_shown(void **state)
{
    (void)state;
    need_gnuplot();
    save_run(FAN("{path: [b]}, {path: [a]}", ""));
    const char *svg = draw_svg("timeline");
    const char *slow = strstr(svg, "requests per second: ev/bus:a<");
    const char *fast = strstr(svg, "requests per second: ev/bus:b<");
    assert_true(slow && fast && slow < fast);
    assert_int_equal(count_text(svg, ">arrived 100<"), 2);
    assert_int_equal(count_text(svg, ">completed 100<"), 2);
    assert_text(svg, ">a p99 100 s<");
    assert_text(svg, ">b p99 1 s<");
    svg = draw_svg("percentiles");
    assert_text(svg, "Latency until done, ev/bus:a<");
    assert_text(svg, "Latency until done, ev/bus:b<");
    svg = draw_svg("p99");
    assert_text(svg, "What the p99 of ev/bus:a is made of");
    assert_text(svg, "What the p99 of ev/bus:b is made of");
    assert_null(strstr(svg, "base: ")); /* the axis has both below it */
}

/* Four do not fit beside each other: they share the row of outcomes, where each event counts once
 * for each of them, and of latencies the slowest are shown. In the variant without a bus there is
 * one end. */
static void many_targets_of_a_class_are_counted_as_such(void **state)
{
    (void)state;
    need_gnuplot();
    save_run(FAN("{path: [b]}, {path: [c]}, {path: [d]}, {path: [a]}",
                 "  c: " PLACES "  d: " PLACES
                 "variants:\n  four: {}\n  one: {traffic.ev.path: [b], components.bus: null}\n"));
    const char *svg = draw_svg("timeline");
    assert_text(svg, "requests per second, all 4 classes, counted at each target");
    assert_text(svg, ">arrived 400<");
    assert_text(svg, ">completed 400<");
    assert_text(svg, ">arrived 100<");
    assert_text(svg, "by interval, the 3 slowest of 4 classes");
    assert_text(draw_svg("p99"), "the 3 slowest of 4 classes");
}

/* 50 messages of 4 s, one at a time: the last is done after 200 s. */
static void an_axis_of_durations_has_round_ticks_of_one_unit(void **state)
{
    (void)state;
    need_gnuplot();
    save_run("run: {length: 6min, intervals: 60}\ntraffic:\n  jobs:\n"
             "    arrivals: {burst: {size: 50, at: 1s}}\n    client: {retry: none}\n"
             "    path: [queue, worker]\n    work: {worker: {io: 4s}}\ncomponents:\n"
             "  queue: {mechanism: queue, retention: 4d, visibility_timeout: 10min}\n"
             "  worker: {mechanism: service, from: queue, tasks: 1, cpu: 1, sharing: slots, "
             "max_in_flight: 1}\n");
    const char *svg = draw_svg("queues");
    static const char *const minutes[] = {">1 min<", ">2 min<", ">3 min<"};
    for (int i = 0; i < 3; i++)
        assert_text(svg, minutes[i]);
    assert_null(strstr(svg, ">60 s<"));
    assert_null(strstr(svg, ">120 s<"));
    svg = draw_svg("percentiles");
    static const char *const ticks[] = {">10 s<", ">30 s<", ">1 min<", ">3 min<"};
    for (int i = 0; i < 4; i++)
        assert_text(svg, ticks[i]);
    assert_null(strstr(svg, ">100 s<"));
}

/* Three pods, and no node for them yet. */
static void pods_that_wait_are_no_requests(void **state)
{
    (void)state;
    need_gnuplot();
    save_run("run: {length: 5min}\naccount: {platform: aws}\ntraffic:\n  web:\n"
             "    arrivals: {constant: {rate: 1/s}}\n    client: {retry: none}\n    path: [web]\n"
             "    work: {web: {io: 1ms}}\ncomponents:\n"
             "  eks: {platform: aws-eks-cluster, autoscaling: karpenter}\n"
             "  nodes: {platform: aws-m6i-large, cluster: eks}\n"
             "  web: {platform: aws-eks-pods, cluster: eks, tasks: 3, cpu: 1, memory: 1GB}\n");
    const char *svg = draw_svg("timeline");
    assert_text(svg, ">pods waiting 3<");
    assert_text(svg, "Fleet size");
    assert_null(strstr(svg, "Backlog"));
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "queues"), 3);
}

/* Nobody reads for the second half: 10/s for 30 s. */
static void records_of_a_stream_wait(void **state)
{
    (void)state;
    need_gnuplot();
    save_run("run: {length: 1min}\naccount: {platform: aws}\ntraffic:\n  w:\n"
             "    arrivals: {constant: {rate: 10/s}}\n    client: {retry: none}\n"
             "    path: [changes, f]\n    work: {f: {io: 1ms}}\ncomponents:\n"
             "  changes: {platform: aws-dynamodb-streams, shards: 1}\n"
             "  reader: {platform: aws-lambda-dynamodb-streams-mapping, from: changes, to: f}\n"
             "  f: {platform: aws-lambda, memory: 512MB, timeout: 1min}\n"
             "events: [{at: 30s, errors: {component: f, for: 30s}}]\n");
    const char *svg = draw_svg("timeline");
    assert_text(svg, "Backlog, waiting at once");
    assert_text(svg, ">records 30");
}

/* What is provisioned is a fifth line in one variant and drives none out of it. */
static void a_line_is_shown_in_all_variants_or_in_none(void **state)
{
    (void)state;
    need_gnuplot();
    save_run("run: {length: 1min}\naccount: {platform: aws}\ntraffic:\n  web:\n"
             "    arrivals: {poisson: {rate: 50/s}}\n    client: {retry: none}\n"
             "    path: [door, fn, table, other]\n"
             "    work: {fn: {io: 80ms}, table: {io: 5ms}, other: {io: 4ms}}\n"
             "components:\n  door: {platform: aws-api-gateway-http}\n"
             "  fn: {platform: aws-lambda, memory: 512MB, timeout: 10s}\n"
             "  table: {platform: aws-dynamodb-on-demand}\n"
             "  other: {platform: aws-dynamodb-on-demand}\n"
             "variants:\n  plain: {}\n  provisioned: {components.fn.provisioned: {count: 10}}\n");
    const char *svg = draw_svg("concurrency");
    assert_text(svg, ">provisioned 10<");
    const int table = count_text(svg, ">table in flight "), other = count_text(svg, ">other in fl");
    assert_true(table == 0 || table == 2);
    assert_true(other == 0 || other == 2);
    assert_true(table + other < 4); /* there are more lines than a panel shows */
}

static void a_sweep_over_one_parameter_is_a_line_for_each_variant(void **state)
{
    (void)state;
    static char svg[2000000];
    need_gnuplot();
    write_sweep("in.h5", 1, "A sweep");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg"), 0);
    read_file("out.svg", svg, sizeof svg);
    static const char *const parts[] = {"A sweep",
                                        "traffic.jobs.latency.p99",
                                        "traffic.jobs.completed.share",
                                        "cost.usd_per_month",
                                        "components.worker.memory",
                                        "1,769 MB"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_text(svg, parts[i]);
    assert_null(strstr(svg, "traffic.jobs.arrived")); /* the same everywhere */
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "components.worker.memory");
    assert_int_equal(RUN(NULL, "in.h5", "--metric", "traffic.jobs.throttled"), 0);
    assert_text(last.out, "traffic.jobs.throttled");
    assert_null(strstr(last.out, "cost.usd_per_month"));
    assert_int_equal(RUN(NULL, "in.h5", "--metric", "nonsense\x1b[2J"), 3);
    assert_text(last.err, "nothing to draw: in.h5: the file has no number nonsense\\x1b[2J: it has "
                          "traffic.jobs.latency.p99, traffic.jobs.completed.share, ");
}

/* The cell of kind "large" (2), memory 3,008 (3), variant "b" (1) is 1 + 1 + 3 + 2 = 7 s. */
static void a_sweep_over_two_parameters_is_a_heat_map_for_each_variant(void **state)
{
    (void)state;
    static char svg[2000000];
    need_gnuplot();
    write_sweep("in.h5", 2, "A sweep");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg"), 0);
    read_file("out.svg", svg, sizeof svg);
    static const char *const parts[] = {"upwards: components.worker.kind", ">large<", ">7 s<",
                                        "6.30 s to 7.70 s", "3,008 MB"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_text(svg, parts[i]);
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "b: traffic.jobs.latency.p99");
    assert_text(last.out, "7 s");
    assert_null(strchr(last.out, '\033'));
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "timeline"), 3);
    assert_text(last.err, "the picture timeline needs traffic over time");
}

/* A line runs from left to right whatever the order in which its values were asked for, spread by
 * its logarithm (10 to 1,000) or not (from 0): the same points, the same picture. */
static void the_order_of_a_sweep_s_values_is_not_seen(void **state)
{
    (void)state;
    static const double typed[][2][4] = {{{10, 50, 100, 1000}, {1000, 10, 100, 50}},
                                         {{0, 5, 50, 100}, {100, 0, 50, 5}}};
    need_gnuplot();
    for (int i = 0; i < 2; i++) {
        write_study("sorted.h5", "sweep", 1, 4, typed[i][0], 2, true);
        write_study("in.h5", "sweep", 1, 4, typed[i][1], 2, true);
        assert_int_equal(RUN(NULL, "sorted.h5", "-o", "a.svg"), 0);
        if (RUN(NULL, "in.h5", "-o", "b.svg") != 0) fail_msg("%s", last.err);
        assert_int_equal(run_with(NULL, (const char *const[]){"cmp", "a.svg", "b.svg", NULL}), 0);
        unlink("sorted.h5");
        unlink("in.h5");
    }
}

/* 10 variants: 8 lines of a sweep and of a break-even, 4 columns of a map and of tune. */
static void what_a_study_s_picture_leaves_out_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *study;
        int axes;
        const char *said;
    } cases[] = {{"sweep", 1, "interrupted: a partial result, the first 8 of 10 variants"},
                 {"sweep", 2, "interrupted: a partial result, the first 4 of 10 variants"},
                 {"breakeven", 1, "interrupted: a partial result, the first 8 of 10 variants"},
                 {"tune", 1, "interrupted: a partial result, the first 4 of 10 variants"}};
    static const double values[] = {2, 4, 8};
    need_gnuplot();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_study("in.h5", cases[i].study, cases[i].axes, 3, values, 10, false);
        if (RUN(NULL, "in.h5") != 0) fail_msg("%s: %s", cases[i].study, last.err);
        assert_text(last.out, cases[i].said);
        unlink("in.h5");
    }
    write_study("in.h5", "sweep", 1, 3, values, 10, false);
    assert_int_equal(RUN(NULL, "in.h5", "--metric", "nonsense"), 3);
    assert_text(last.err, "interrupted: a partial result, the file has no number nonsense");
}

/* The second of two variants has no number anywhere: a name at the foot of the axis would say that
 * it costs nothing. It has no line and no name, and its own panel says that there is no cost. */
static void what_has_no_number_has_no_name(void **state)
{
    (void)state;
    static const char *const studies[] = {"sweep", "breakeven", "tune"};
    static const double values[] = {2, 4, 8};
    static char svg[2000000];
    need_gnuplot();
    for (size_t i = 0; i < sizeof studies / sizeof *studies; i++) {
        const bool tune = strcmp(studies[i], "tune") == 0;
        write_part("in.h5", studies[i], 1, 3, values, 2, true, 1);
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg"), 0);
        read_file("out.svg", svg, sizeof svg);
        assert_text(svg, ">v1<");
        if (!tune && strstr(svg, ">v2<")) fail_msg("%s names what it has no number of", studies[i]);
        if (tune) assert_text(svg, ">no cost<");
        assert_int_equal(RUN(NULL, "in.h5"), 0);
        if (!tune && strstr(last.out, "v2")) fail_msg("%s: %s", studies[i], last.out);
        if (tune) assert_text(last.out, ": no cost");
        unlink("in.h5");
    }
}

/* From 2 on the first variant is cheaper everywhere: an ordinary answer, over one parameter two
 * lines that do not meet, over two nothing but that. The file then has no column of crossings. */
static void a_break_even_without_a_crossing_is_a_picture(void **state)
{
    (void)state;
    static char svg[2000000];
    static const double values[] = {2, 4, 8};
    need_gnuplot();
    for (int axes = 1; axes <= 2; axes++) {
        write_study("in.h5", "breakeven", axes, 3, values, 2, true);
        if (RUN(NULL, "in.h5", "-o", "out.svg") != 0) fail_msg("%d: %s", axes, last.err);
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.html"), 0);
        read_file("out.svg", svg, sizeof svg);
        assert_text(svg, axes == 1 ? "Cost a month, USD" : "Break-even in x");
        assert_text(svg, axes == 1 ? ">v2<" : "none crosses another");
        assert_text(svg, axes == 1 ? "components.worker.x" : "components.y");
        assert_int_equal(RUN(NULL, "in.h5"), 0);
        unlink("in.h5");
    }
}

/* Zero has no place on a logarithmic axis, but these requests completed. */
static void what_takes_no_time_is_said_to_be_done_at_once(void **state)
{
    (void)state;
    static char svg[2000000];
    need_gnuplot();
    write_sample(find_sample("at once"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg"), 0);
    read_file("out.svg", svg, sizeof svg);
    assert_text(svg, "done at once, p99 0 s");
    assert_null(strstr(svg, "nothing completed"));
    assert_text(svg, ">$4,200/month<");
    assert_text(svg, ">$0/month<");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", "percentiles"), 0);
    read_file("out.svg", svg, sizeof svg);
    assert_text(svg, "instant: done at once");
    assert_null(strstr(svg, "nearly"));
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", "p99"), 0);
    read_file("out.svg", svg, sizeof svg);
    assert_text(svg, "nothing took any time");
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "done at once");
}

/* Among n requests the longest begins at the share where the line ends, so the last 100 ms reach
 * there and 3 s has no width. In doubles -log10(1 - 420 / 421) is a little below log10(421), at 422
 * it is not. A single request is a line all the same. */
static void the_longest_request_stands_at_the_end_of_its_line(void **state)
{
    (void)state;
    static char svg[2000000];
    struct sample s = *find_sample("one");
    need_gnuplot();
    s.slow = 1;
    for (s.all = 420; s.all < 426; s.all++) {
        write_sample(&s, "in.h5");
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", "percentiles"), 0);
        read_file("out.svg", svg, sizeof svg);
        assert_text(svg, ">100 ms<");
        if (strstr(svg, ">1 s<")) fail_msg("%g requests reach to 3 s", s.all);
        unlink("in.h5");
    }
    s.all = 1;
    write_sample(&s, "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", "percentiles"), 0);
    read_file("out.svg", svg, sizeof svg);
    assert_null(strstr(svg, "nothing completed"));
}

/* A run without requests: nothing runs and nothing is in any state. */
static void a_picture_with_nothing_in_it_is_none(void **state)
{
    (void)state;
    static char page[2000000];
    need_gnuplot();
    write_sample(find_sample("nothing"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png", "--picture", "states"), 3);
    assert_text(last.err, "nothing to draw: in.h5: the picture states would be empty");
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "concurrency"), 3);
    assert_false(exists("out.png"));
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.html"), 0);
    read_file("out.html", page, sizeof page);
    assert_null(strstr(page, "alt=\"environments, tasks and nodes by what they do\""));
    assert_text(page, "alt=\"cost by line of the bill\"");
}

/* In the second variant a component has no price; in the other file every one has. */
static void the_report_says_what_the_bill_leaves_out(void **state)
{
    (void)state;
    static char page[4000000];
    static const char row[] = "components without a price";
    need_gnuplot();
    write_sample(find_sample("burst"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.html"), 0);
    read_file("out.html", page, sizeof page);
    assert_text(page, "<tr><td>components without a price</td><td class=\"n\">0</td>"
                      "<td class=\"n\">1</td></tr>");
    unlink("in.h5");
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.html"), 0);
    read_file("out.html", page, sizeof page);
    assert_null(strstr(page, row));
}

/* More than three are drawn as their sum, which is named by their kind. */
static void many_components_are_summed_in_words(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("at once"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "4 dependencies in flight");
}

static void what_the_file_does_not_hold_is_said_by_name(void **state)
{
    (void)state;
    static const char *const dims[] = {"metric", NULL};
    struct fs_results_writer *w;
    struct fs_failure failure = {""};
    need_program();
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "sweep"), 3);
    assert_text(last.err, "the picture sweep needs points of a grid, from fleetsim sweep");
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "queues"), 3);
    assert_text(last.err, "the picture queues needs something that waits");
    assert_int_equal(RUN(NULL, "in.h5", "--metric", "traffic.requests.arrived"), 3);
    assert_text(last.err, "the picture of a run shows no number alone");
    assert_int_equal(RUN(NULL, "in.h5", "--picture", "bill", "--metric", "cost.total_usd"), 3);
    assert_text(last.err, "the picture bill shows no number alone");
    unlink("in.h5");
    assert_int_equal(fs_results_create("in.h5", &w, &failure), FS_OK); /* no axes at all */
    fs_results_dimension(w, "", "metric", "1", "path", FS_TEXT, 1, (const char *const[]){"m"});
    fs_results_column(w, "", "value", "1", "value", FS_F64, dims, (const double[]){1});
    assert_int_equal(fs_results_commit(w, &failure), FS_OK);
    assert_int_equal(RUN(NULL, "in.h5"), 3);
    assert_text(last.err, "nothing to draw");
}

static void a_pdf_is_a_whole_pdf(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.PDF"), 0);
    assert_starts("out.PDF", "%PDF-");
}

static void the_same_file_gives_the_same_picture(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("day"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "a.svg"), 0);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "b.svg"), 0);
    assert_int_equal(run_with(NULL, (const char *const[]){"cmp", "a.svg", "b.svg", NULL}), 0);
}

static void the_terminal_shows_it_without_escapes_when_it_is_none(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("burst"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "2,000 jobs at once");
    assert_text(last.out, "throttled 1,000");
    assert_text(last.out, "of 15 min are shown");
    assert_null(strchr(last.out, '\033'));
    assert_null(strchr(last.out, '\f'));
}

static void a_full_day_is_shown_whole(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("day"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "simulated time, h:min");
    assert_null(strstr(last.out, "are shown"));
}

static void variants_that_are_left_out_are_said(void **state)
{
    (void)state;
    need_gnuplot();
    write_sample(find_sample("sweep"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5"), 0);
    assert_text(last.out, "the first 12 of 13 variants");
    assert_text(last.out, "v12: ");
    assert_null(strstr(last.out, "v13: "));
}

/* What a pseudo-terminal gets: bytes into `text`, exit code back. */
static int run_on_terminal(char *text, size_t size)
{
    int master;
    struct winsize window = {.ws_col = 90, .ws_row = 40};
    const pid_t child = forkpty(&master, NULL, NULL, &window);
    assert_true(child >= 0);
    if (child == 0) {
        unsetenv("NO_COLOR");
        setenv("TERM", "xterm-256color", 1);
        execl(PROGRAM, PROGRAM, "in.h5", NULL);
        _exit(127);
    }
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(master, text + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    text[n] = 0;
    close(master);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Escapes that are no colours. */
static int other_escapes(const char *text)
{
    int n = 0;
    for (const char *s = text; (s = strchr(s, '\033')); s++) {
        const size_t digits = s[1] == '[' ? strspn(s + 2, "0123456789;") : 0;
        n += s[1] != '[' || s[2 + digits] != 'm';
    }
    return n;
}

/* ---- hostile files -------------------------------------------------------------------------- */

#define ATTACK                                                                                     \
    "'';`touch canary`\n!touch canary\nsystem('touch canary')\n'; system('touch canary'); '"       \
    "\"; system(\"touch canary\") @x $(touch canary) {/Bold x} <script> & \\n %s %n\x1b]0;owned\a" \
    "\x1b[2J\xc2\x9b"                                                                              \
    "2J \xe2\x80\xae \xff\xfe"

static const struct sample hostile = {
    .name = "hostile",
    .title = ATTACK,
    .n_variants = 2,
    .n_classes = 2,
    .n_replications = 2,
    .n = 50,
    .interval = 1,
    .shape = FLAT,
    .variant = {"%s %n ''`touch canary`'\x1b[2J", "\nsystem('touch canary')\n"},
    .class = {"'`touch canary`' . system(\"touch canary\")", "< touch canary |\x1b[31m"}};

static void write_hostile(void)
{
    write_sample(&hostile, "in.h5");
    spit(".gnuplot", "system('touch canary')\n", 0600);
}

static void hostile_names_run_nothing(void **state)
{
    (void)state;
    static char svg[2000000];
    static const char *const pictures[] = {"timeline", "percentiles", "p99",   "bill",
                                           "states",   "concurrency", "gantt", "cost"};
    need_gnuplot();
    write_hostile();
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.svg", "--picture", pictures[i]), 0);
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png", "--picture", pictures[i]), 0);
        assert_int_equal(RUN(NULL, "in.h5", "--picture", pictures[i]), 0);
        assert_false(exists("canary"));
        assert_null(strchr(last.out, '\033'));
        assert_null(strstr(last.out, "\xc2\x9b"));
        assert_null(strstr(last.out, "\xe2\x80\xae"));
        read_file("out.svg", svg, sizeof svg);
        assert_text(svg, "touch canary");
        assert_null(strstr(svg, "<script"));
        assert_null(strchr(svg, '\033'));
    }
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.html"), 0);
    read_file("out.html", svg, sizeof svg);
    assert_text(svg, "&lt;script&gt;");
    assert_null(strstr(svg, "<script"));
    assert_null(strchr(svg, '\033'));
    assert_null(strstr(svg, "\xe2\x80\xae"));
    assert_false(exists("canary"));
}

static void hostile_names_do_not_steer_a_terminal(void **state)
{
    (void)state;
    static char text[400000];
    need_gnuplot();
    write_hostile();
    assert_int_equal(run_on_terminal(text, sizeof text), 0);
    assert_non_null(strchr(text, '\033'));
    assert_int_equal(other_escapes(text), 0);
    assert_null(strchr(text, '\a'));
    assert_false(exists("canary"));
}

static void the_name_of_the_picture_is_only_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"|touch canary;.png", "`touch canary`.svg", "'x.pdf",
                                        "< x.png", "a\nb.png"};
    need_gnuplot();
    write_sample(find_sample("one"), "in.h5");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(RUN(NULL, "in.h5", "-o", names[i]), 0);
        assert_true(size_of(names[i]) > 1000);
    }
    assert_false(exists("canary"));
}

/* A file whose columns do not have the shapes their names promise. */
static void write_crooked(const double *time, int n)
{
    static const char *const class[] = {"a"}, *const short_dims[] = {"class", "time", NULL};
    static const double zero[64] = {0};
    const int64_t replication[] = {0};
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    assert_int_equal(fs_results_create("in.h5", &w, &failure), FS_OK);
    fs_results_dimension(w, "v/traffic", "class", "1", "", FS_TEXT, 1, class);
    fs_results_dimension(w, "v/traffic", "time", "s", "", FS_F64, n, time);
    fs_results_dimension(w, "v/traffic", "replication", "1", "", FS_I64, 1, replication);
    fs_results_column(w, "v/traffic", "arrived", "1", "", FS_F64, short_dims, zero);
    fs_results_column(w, "v/traffic", "latency", "1", "", FS_F64, short_dims + 1, zero);
    fs_results_column(w, "v/traffic", "requests", "1", "", FS_TEXT, short_dims,
                      (const char *const[]){"x", "y", "z"});
    assert_int_equal(fs_results_commit(w, &failure), FS_OK);
}

static void columns_of_the_wrong_shape_count_as_absent(void **state)
{
    (void)state;
    const double time[] = {0, 1, 2};
    need_gnuplot();
    write_crooked(time, 3);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png"), 0);
    assert_starts("out.png", "\x89PNG\r\n");
}

static void an_axis_of_no_numbers_is_refused(void **state)
{
    (void)state;
    static const double values[][3] = {{1, NAN, 2}, {INFINITY, 1, 2}};
    need_program();
    for (int i = 0; i < 2; i++) {
        write_study("in.h5", "sweep", 1, 3, values[i], 2, true);
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png"), 3);
        assert_text(last.err, "nothing to draw");
        unlink("in.h5");
    }
}

static void time_that_does_not_increase_is_refused(void **state)
{
    (void)state;
    const double crooked[][3] = {{0, 2, 1}, {0, NAN, 1}, {0, 0, 0}, {-INFINITY, 0, 1}};
    need_program();
    for (size_t i = 0; i < 4; i++) {
        unlink("in.h5");
        write_crooked(crooked[i], 3);
        assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png"), 3);
        assert_text(last.err, "nothing to draw");
        assert_false(exists("out.png"));
    }
}

/* ---- errors --------------------------------------------------------------------------------- */

static void what_is_no_results_file_is_refused(void **state)
{
    (void)state;
    need_program();
    spit("in.h5", "fleetsim: 1\n", 0600);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png"), 3);
    assert_text(last.err, "in.h5");
    assert_int_equal(RUN(NULL, "absent.h5", "-o", "out.png"), 3);
    assert_text(last.err, "absent.h5");
    unlink("in.h5");
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(truncate("in.h5", (off_t)size_of("in.h5") - 1), 0);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.png"), 3);
    assert_false(exists("out.png"));
    assert_false(exists(".out.png.partial"));
}

static void bad_usage_exits_2(void **state)
{
    (void)state;
    need_program();
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(run_with(NULL, (const char *const[]){PROGRAM, NULL}), 2);
    assert_int_equal(RUN(NULL, "in.h5", "-o"), 2);
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out.gif"), 2);
    assert_text(last.err, "out.gif");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "out"), 2);
    assert_int_equal(RUN(NULL, "in.h5", "other.h5"), 2);
    assert_int_equal(RUN(NULL, "in.h5", "--frobnicate\x1b[2J"), 2);
    assert_null(strchr(last.err, '\033'));
    assert_int_equal(RUN(NULL, "--help"), 0);
    assert_text(last.out, "RESULTS.h5");
    /* what is drawn of itself comes first */
    assert_true(strstr(last.out, "\n  sweep ") < strstr(last.out, "\n  timeline "));
    assert_true(strstr(last.out, "\n  timeline ") < strstr(last.out, "\n  bill "));
}

static void without_gnuplot_it_says_what_to_install(void **state)
{
    (void)state;
    need_program();
    write_sample(find_sample("one"), "in.h5");
    spit("out.png", "an old picture", 0600);
    assert_int_equal(RUN("/nonexistent", "in.h5", "-o", "out.png"), 3);
    assert_text(last.err, "gnuplot is not installed: apt-get install gnuplot-nox");
    assert_starts("out.png", "an old picture");
    assert_int_equal(RUN("/nonexistent", "in.h5", "-o", "new.png"), 3);
    assert_false(exists("new.png"));
    assert_false(exists(".new.png.partial"));
    assert_int_equal(RUN("/nonexistent", "in.h5"), 3);
    assert_string_equal(last.out, "");
}

/* A gnuplot that is found first and does what the script says. */
static void assert_failing(const char *script, const char *message)
{
    char path[4096];
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", folder);
    spit("gnuplot", script, 0700);
    assert_int_equal(RUN(path, "in.h5", "-o", "out.png"), 3);
    assert_text(last.err, message);
    assert_null(strchr(last.err, '\033'));
    assert_starts("out.png", "an old picture");
    assert_false(exists(".out.png.partial"));
}

static void a_gnuplot_that_fails_leaves_the_old_picture(void **state)
{
    (void)state;
    need_program();
    write_sample(find_sample("day"), "in.h5");
    spit("out.png", "an old picture", 0600);
    assert_failing("#!/bin/sh\nexit 0\n", "gnuplot");
    assert_failing("#!/bin/sh\ncat >/dev/null\nprintf 'boom\\033[2J\\n' >&2\nexit 1\n",
                   "boom\\x1b[2J");
    assert_failing("#!/bin/sh\nkill -9 $$\n", "signal 9");
    assert_failing("#!/bin/sh\ncat >/dev/null\nprintf '\\211PNG\\r\\n\\032\\n'\n", "whole picture");
    assert_failing("#!/bin/sh\ncat >/dev/null\n", "drew nothing");
    assert_failing("not a program", "gnuplot");
}

static void a_folder_that_cannot_be_written_is_said_first(void **state)
{
    (void)state;
    need_program();
    write_sample(find_sample("one"), "in.h5");
    assert_int_equal(RUN(NULL, "in.h5", "-o", "absent/out.png"), 3);
    assert_text(last.err, "absent/out.png");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_sample_becomes_a_picture, before_each),
        cmocka_unit_test_setup(an_svg_holds_names_figures_and_units, before_each),
        cmocka_unit_test_setup(every_kind_of_picture_says_what_it_shows, before_each),
        cmocka_unit_test_setup(a_limit_that_moves_is_a_line, before_each),
        cmocka_unit_test_setup(every_target_of_a_class_is_shown, before_each),
        cmocka_unit_test_setup(many_targets_of_a_class_are_counted_as_such, before_each),
        cmocka_unit_test_setup(an_axis_of_durations_has_round_ticks_of_one_unit, before_each),
        cmocka_unit_test_setup(pods_that_wait_are_no_requests, before_each),
        cmocka_unit_test_setup(records_of_a_stream_wait, before_each),
        cmocka_unit_test_setup(a_line_is_shown_in_all_variants_or_in_none, before_each),
        cmocka_unit_test_setup(a_sweep_over_one_parameter_is_a_line_for_each_variant, before_each),
        cmocka_unit_test_setup(a_sweep_over_two_parameters_is_a_heat_map_for_each_variant,
                               before_each),
        cmocka_unit_test_setup(the_order_of_a_sweep_s_values_is_not_seen, before_each),
        cmocka_unit_test_setup(what_a_study_s_picture_leaves_out_is_said, before_each),
        cmocka_unit_test_setup(what_has_no_number_has_no_name, before_each),
        cmocka_unit_test_setup(a_break_even_without_a_crossing_is_a_picture, before_each),
        cmocka_unit_test_setup(what_takes_no_time_is_said_to_be_done_at_once, before_each),
        cmocka_unit_test_setup(the_longest_request_stands_at_the_end_of_its_line, before_each),
        cmocka_unit_test_setup(a_picture_with_nothing_in_it_is_none, before_each),
        cmocka_unit_test_setup(the_report_says_what_the_bill_leaves_out, before_each),
        cmocka_unit_test_setup(many_components_are_summed_in_words, before_each),
        cmocka_unit_test_setup(what_the_file_does_not_hold_is_said_by_name, before_each),
        cmocka_unit_test_setup(a_pdf_is_a_whole_pdf, before_each),
        cmocka_unit_test_setup(the_same_file_gives_the_same_picture, before_each),
        cmocka_unit_test_setup(the_terminal_shows_it_without_escapes_when_it_is_none, before_each),
        cmocka_unit_test_setup(a_full_day_is_shown_whole, before_each),
        cmocka_unit_test_setup(variants_that_are_left_out_are_said, before_each),
        cmocka_unit_test_setup(hostile_names_run_nothing, before_each),
        cmocka_unit_test_setup(hostile_names_do_not_steer_a_terminal, before_each),
        cmocka_unit_test_setup(the_name_of_the_picture_is_only_a_name, before_each),
        cmocka_unit_test_setup(columns_of_the_wrong_shape_count_as_absent, before_each),
        cmocka_unit_test_setup(an_axis_of_no_numbers_is_refused, before_each),
        cmocka_unit_test_setup(time_that_does_not_increase_is_refused, before_each),
        cmocka_unit_test_setup(what_is_no_results_file_is_refused, before_each),
        cmocka_unit_test_setup(bad_usage_exits_2, before_each),
        cmocka_unit_test_setup(without_gnuplot_it_says_what_to_install, before_each),
        cmocka_unit_test_setup(a_gnuplot_that_fails_leaves_the_old_picture, before_each),
        cmocka_unit_test_setup(a_folder_that_cannot_be_written_is_said_first, before_each),
    };
    if (argc == 4 && strcmp(argv[1], "--sample") == 0) {
        write_sample(find_sample(argv[2]), argv[3]);
        return 0;
    }
    if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    before_each(NULL);
    if (chdir("/") != 0 || rmdir(folder) != 0) return 1;
    return failed;
}
