/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fleetsim-plot from outside: results files in the layout of scenarios/save.h go in, pictures come
 * out or a reason and an exit code. `test_plot --sample NAME PATH` writes one of the files, to be
 * looked at with one's own eyes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fail.h"
#include "results.h"
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM FS_BUILD_DIR "/fleetsim-plot"
#define MOST 10

/* ---- samples -------------------------------------------------------------------------------- */

struct sample {
    const char *name, *title;
    int n_variants, n_classes, n_replications, n;
    double start, interval; /* seconds */
    int shape;              /* BURST, DAY, FLAT */
    const char *variant[MOST], *class[MOST];
};

enum { BURST, DAY, FLAT, NOTHING };

static const struct sample samples[] = {
    {.name = "burst", .title = "2,000 jobs at once", .n_variants = 2, .n_classes = 2,
     .n_replications = 5, .n = 600, .interval = 1.5, .shape = BURST,
     .variant = {"direct", "smoothed"}, .class = {"jobs", "jobs/queue"}},
    {.name = "day", .title = "A day of a shop", .n_variants = 3, .n_classes = 1,
     .n_replications = 8, .n = 480, .interval = 60, .shape = DAY,
     .variant = {"functions", "containers", "containers-small"}, .class = {"orders"}},
    {.name = "one", .title = "One variant, one class", .n_variants = 1, .n_classes = 1,
     .n_replications = 1, .n = 100, .interval = 10, .shape = FLAT, .variant = {"base"},
     .class = {"requests"}},
    {.name = "four", .title = "Where should the shop run?", .n_variants = 4, .n_classes = 3,
     .n_replications = 3, .n = 300, .interval = 24, .shape = DAY,
     .variant = {"lambda", "cloud-run", "fargate", "eks"}, .class = {"browse", "order", "admin"}},
    {.name = "many", .title = "Many classes", .n_variants = 2, .n_classes = 10,
     .n_replications = 2, .n = 200, .interval = 30, .shape = DAY, .variant = {"a", "b"},
     .class = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"}},
    {.name = "nothing", .title = "", .n_variants = 1, .n_classes = 1, .n_replications = 2, .n = 3,
     .interval = 1, .shape = NOTHING, .variant = {"base"}, .class = {"none"}},
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
                      !middle ? plain : outer ? before : behind,
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
}

static void write_components(struct writing *x)
{
    static const char *const worker[] = {"worker"}, *const queue[] = {"queue"};
    static const char *const account[] = {"account"}, *const item[] = {"worker/time", "rest"};
    if (x->variant == 0 || x->s->shape == BURST) {
        into_group(x, "function_pool");
        dimensions(x, "component", 1, worker);
        gauge(x, "component", "busy", in_flight, peak);
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
    }
    into_group(x, "cost");
    dimensions(x, "cost_item", 2, item);
    column(x, "cost", FS_F64, "cost_item", NULL, 1, cost);
}

static void write_estimates(struct writing *x)
{
    const char *const dims[] = {"metric", NULL};
    char path[2][512];
    const char *const names[] = {path[0], path[1]};
    const double values[] = {1.234, 4200};
    snprintf(path[0], sizeof path[0], "traffic.%s.latency.p99", x->s->class[0]);
    snprintf(path[1], sizeof path[1], "cost.usd_per_month");
    into_group(x, "estimates");
    fs_results_dimension(x->w, x->group, "metric", "1", "path", FS_TEXT, 2, names);
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
        write_estimates(&x);
        fs_results_integer(x.w, s->variant[x.variant], "account_concurrency", 1000);
        fs_results_number(x.w, s->variant[x.variant], "length_seconds", s->n * s->interval);
    }
    if (fs_results_commit(x.w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

static const struct sample *find_sample(const char *name)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        if (strcmp(samples[i].name, name) == 0) return &samples[i];
    }
    fail_msg("no sample %s", name);
    return NULL;
}
/* REST */
int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--sample") == 0) {
        write_sample(find_sample(argv[2]), argv[3]);
        return 0;
    }
    return 1;
}
