/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts are means over the replications, instants the ends of intervals, widest over them. A
 * sentence is only made of what was recorded; what another variant would have done is only said of
 * one that was run.
 */
#include "explain.h"

#include "show.h"
#include "view.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LOSSES   5
#define BACKLOG_WORTH 10  /* fewer waiting are not worth a sentence */
#define LOOKS_EVERY   10  /* seconds, a stream's reader at the latest */
#define MANY_ATTEMPTS 1.1 /* for each request */
#define GROWN         .05 /* of what came, in flight at the end */
#define EXPECTED      .95 /* a share of the p99 that goes without saying when it is execution */

struct explainer {
    struct fs_arena *arena;
    const struct fs_study *study;
    const struct fs_study_variant *variant;
    struct fs_findings findings;
    int room;
};

__attribute__((format(printf, 2, 3))) static void say(struct explainer *e, const char *format, ...)
{
    struct fs_findings *f = &e->findings;
    char text[1000];
    va_list args;
    if (f->n == e->room) {
        e->room = 2 * e->room + 16;
        struct fs_finding *more =
            fs_arena_alloc(e->arena, (size_t)e->room * sizeof(struct fs_finding));
        if (f->n) memcpy(more, f->finding, (size_t)f->n * sizeof *more);
        f->finding = more;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    f->finding[f->n++] = (struct fs_finding){e->variant ? e->variant->variant->name : NULL,
                                             fs_arena_text(e->arena, text)};
}

/* ---- what was recorded ---------------------------------------------------------------------- */

static const struct fs_series *series_in(const struct fs_study_variant *v, int replication,
                                         const char *table, const char *subject, const char *metric)
{
    return fs_record_series(v->record[replication], table, subject, metric);
}

enum kept { TOTAL, PEAK, LEVEL, LAST };

static double kept_of(const struct fs_series *s, enum kept what)
{
    switch (what) {
    case TOTAL:
        return (double)s->total;
    case PEAK:
        return (double)s->peak;
    case LEVEL:
        return s->mean;
    case LAST:
        return (double)s->last;
    }
    return NAN;
}

static double mean_of(const struct fs_study_variant *v, enum kept what, const char *table,
                      const char *subject, const char *metric)
{
    double sum = 0;
    for (int i = 0; i < v->n; i++) {
        const struct fs_series *s = series_in(v, i, table, subject, metric);
        sum += s ? kept_of(s, what) : 0;
    }
    return sum / v->n;
}

/* From the first to the last interval in which the counter grew, over all replications; seconds. */
struct span {
    double from, to, interval;
};

static struct span span_of(const struct fs_study_variant *v, const char *table, const char *subject,
                           const char *metric)
{
    struct span span = {INFINITY, -INFINITY, 0};
    for (int i = 0; i < v->n; i++) {
        const struct fs_series *s = series_in(v, i, table, subject, metric);
        const struct fs_record *record = v->record[i];
        span.interval = fs_to_seconds(record->interval);
        for (int t = 0; s && t < record->n_intervals; t++) {
            if (s->increase[t] == 0) continue;
            span.from = fmin(span.from, t * span.interval);
            span.to = fmax(span.to, fmin((t + 1) * span.interval, fs_to_seconds(record->length)));
        }
    }
    return span;
}

/* ---- losses --------------------------------------------------------------------------------- */

/* Words that a loss's name begins with, by what has happened; NULL ends a kind. */
static const char *const kinds[][6] = {{"throttled", "refused", "rejected", "dropped", NULL},
                                       {"no_target", NULL},
                                       {"cut_off", NULL},
                                       {"errors", NULL},
                                       {"crashed", "out_of_memory", "failed_starts", NULL},
                                       {"cut_inits", NULL},
                                       {"interrupted", NULL},
                                       {"timeouts", "timed_out", NULL},
                                       {"expired_", "abandoned", NULL},
                                       {"dead_lettered", "failed_", NULL},
                                       {"lost", NULL},
                                       {"duplicates", NULL},
                                       {"wasted_executions", NULL}};
#define N_KINDS ((int)(sizeof kinds / sizeof *kinds))

/* -1: it tells of none. */
static int kind_of(const char *metric)
{
    for (int i = 0; i < N_KINDS; i++) {
        for (int k = 0; kinds[i][k]; k++) {
            if (strncmp(metric, kinds[i][k], strlen(kinds[i][k])) == 0) return i;
        }
    }
    return -1;
}

struct loss {
    const char *table, *subject;
    const struct fs_metric *metric;
    double n;
    struct span span;
};

static int by_size(const void *a, const void *b)
{
    const struct loss *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

/* Of the first word: "requests" -> "request", "crashes" -> "crash", "deliveries" -> "delivery". */
static const char *one_of(struct fs_arena *arena, const char *text, int n)
{
    if (n > 3 && strncmp(text + n - 3, "ies", 3) == 0)
        return fs_arena_format(arena, "%.*sy", n - 3, text);
    if (n > 4 && (strncmp(text + n - 4, "ches", 4) == 0 || strncmp(text + n - 4, "shes", 4) == 0))
        return fs_arena_format(arena, "%.*s", n - 2, text);
    return fs_arena_format(arena, "%.*s", n > 1 && text[n - 1] == 's' ? n - 1 : n, text);
}

/* "pods that wait for nodes" -> "pod that waits for nodes" */
static const char *singular(struct fs_arena *arena, const char *text)
{
    static const char *const verbs[][2] = {{" that wait ", " that waits "},
                                           {" that are ", " that is "},
                                           {" that were ", " that was "},
                                           {" that fit ", " that fits "}};
    const int n = (int)strcspn(text, " ");
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        const size_t length = strlen(verbs[i][0]);
        if (strncmp(text + n, verbs[i][0], length) == 0)
            return fs_arena_format(arena, "%s%s%s", one_of(arena, text, n), verbs[i][1],
                                   text + n + length);
    }
    return fs_arena_format(arena, "%s%s", one_of(arena, text, n), text + n);
}

/* "Of these, requests refused by X." -> "requests refused by X" */
static const char *clause(struct fs_arena *arena, const char *doc)
{
    const bool aside = strncmp(doc, "Of these, ", 10) == 0;
    char *text = fs_arena_text(arena, aside ? doc + 10 : doc);
    const size_t n = strlen(text);
    if (n && text[n - 1] == '.') text[n - 1] = 0;
    if (!isupper((unsigned char)text[1])) text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}

/* "6 requests refused by X" */
static const char *counted(struct fs_arena *arena, double n, const char *doc)
{
    const char *text = clause(arena, doc), *number = fs_show_whole(arena, n);
    return fs_arena_format(arena, "%s %s", number,
                           strcmp(number, "1") == 0 ? singular(arena, text) : text);
}

static const char *when(struct fs_arena *arena, struct span span)
{
    if (span.to - span.from <= span.interval * 1.5)
        return fs_arena_format(arena, "in the %s from %s on", fs_show_time(arena, span.interval),
                               fs_show_time(arena, span.from));
    return fs_show_span(arena, span.from, span.to);
}

static void say_loss(struct explainer *e, const struct loss *loss)
{
    say(e, "%s: %s, %s", loss->subject, counted(e->arena, loss->n, loss->metric->doc),
        when(e->arena, loss->span));
}

/* The same events, counted by who caused them and by who saw them, or under a name and a narrower
 * one: as many, at the same time, of one kind. What two components count alike is each one's own.
 */
static bool is_same(const struct loss *a, const struct loss *b)
{
    return a->metric != b->metric && kind_of(a->metric->name) == kind_of(b->metric->name) &&
           fabs(a->n - b->n) < 1e-9 && fabs(a->span.from - b->span.from) < 1e-9 &&
           fabs(a->span.to - b->span.to) < 1e-9;
}

/* Of the same events the one with the longest name stays: it says most. */
static int drop_same(struct loss *loss, int n)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        int k = 0;
        while (k < kept && !is_same(&loss[k], &loss[i]))
            k++;
        const bool longer =
            k < kept && (strlen(loss[i].metric->name) > strlen(loss[k].metric->name) ||
                         strcmp(loss[i].subject, loss[k].subject) == 0);
        if (k == kept || longer) loss[k] = loss[i];
        kept += k == kept;
    }
    return kept;
}

static int find_losses(struct explainer *e, const struct fs_table *table, struct loss *loss)
{
    int n = 0;
    for (int i = 0; i < table->n_subjects; i++) {
        for (int k = 0; k < table->n_metrics; k++) {
            const struct fs_metric *m = &table->metrics[k];
            if (m->kind != FS_COUNTER || kind_of(m->name) < 0) continue;
            const char *subject = table->subject[i].name;
            loss[n] = (struct loss){.table = table->name, .subject = subject, .metric = m};
            loss[n].n = mean_of(e->variant, TOTAL, table->name, subject, m->name);
            loss[n].span = span_of(e->variant, table->name, subject, m->name);
            n += loss[n].n >= .5;
        }
    }
    return n;
}

static bool is_component_table(const struct fs_table *table)
{
    return strcmp(table->name, "traffic") != 0 && strcmp(table->name, "account") != 0;
}

static void say_losses(struct explainer *e)
{
    const struct fs_record *record = e->variant->record[0];
    size_t room = 1;
    int n = 0;
    for (int t = 0; t < record->n_tables; t++)
        room += (size_t)(record->table[t].n_subjects * record->table[t].n_metrics);
    struct loss *loss = fs_arena_alloc(e->arena, room * sizeof *loss);
    for (int t = 0; t < record->n_tables; t++) {
        if (is_component_table(&record->table[t])) n += find_losses(e, &record->table[t], loss + n);
    }
    n = drop_same(loss, n);
    qsort(loss, (size_t)n, sizeof *loss, by_size);
    for (int i = 0; i < n && i < MOST_LOSSES; i++)
        say_loss(e, &loss[i]);
    if (n > MOST_LOSSES)
        say(e, "%d smaller loss%s not listed", n - MOST_LOSSES, n - MOST_LOSSES == 1 ? "" : "es");
}

/* Where the limit moved its highest level is told. */
static void say_account(struct explainer *e)
{
    const struct fs_study_variant *v = e->variant;
    const double limit = mean_of(v, PEAK, "account", "account", "limit");
    const bool moved = mean_of(v, LEVEL, "account", "account", "limit") < limit * (1 - 1e-9);
    if (!(mean_of(v, TOTAL, "account", "account", "refused") > 0)) return;
    if (limit < 1.5 && !moved)
        say(e, "at the peak the account's one execution was in use");
    else
        say(e, "at the peak %s of the account's %s%s executions were in use",
            fs_show_whole(e->arena, mean_of(v, PEAK, "account", "account", "concurrency")),
            moved ? "at most " : "", fs_show_whole(e->arena, limit));
}

/* ---- backlogs ------------------------------------------------------------------------------- */

/* Nobody has ever asked for what is there: a queue for what others gave up. */
static bool is_laid_aside(const struct explainer *e, const char *table, const char *subject)
{
    return series_in(e->variant, 0, table, subject, "received") &&
           !(mean_of(e->variant, TOTAL, table, subject, "received") > 0);
}

/* "Messages waiting to be received." -> "messages" */
static const char *what_waits(struct fs_arena *arena, const struct fs_metric *gauge)
{
    const char *text = clause(arena, gauge->doc);
    return fs_arena_format(arena, "%.*s", (int)strcspn(text, " "), text);
}

/* What came in this time is always there: a reader looks only now and then. */
static bool is_on_its_way(const struct explainer *e, const char *table, const char *subject,
                          double peak)
{
    const double rate = mean_of(e->variant, TOTAL, table, subject, "deliveries") /
                        fs_to_seconds(e->variant->record[0]->length);
    return series_in(e->variant, 0, table, subject, "records") && peak < LOOKS_EVERY * rate;
}

static void say_backlog(struct explainer *e, const char *table, const char *subject,
                        const struct fs_metric *gauge)
{
    const double peak = mean_of(e->variant, PEAK, table, subject, gauge->name);
    const double age = mean_of(e->variant, PEAK, table, subject, "oldest_age");
    const char *of_age = "", *places = "";
    if (!(peak >= BACKLOG_WORTH) || is_laid_aside(e, table, subject) ||
        is_on_its_way(e, table, subject, peak))
        return;
    if (age >= 1)
        of_age = fs_arena_format(e->arena, ", the oldest for %s", fs_show_time(e->arena, age));
    const double room = mean_of(e->variant, PEAK, table, subject, "places");
    const double used = mean_of(e->variant, PEAK, table, subject, "in_flight");
    if (room > 0 && used >= room * (1 - 1e-9))
        places = room < 1.5 ? ", its one place taken"
                            : fs_arena_format(e->arena, ", all %s places taken",
                                              fs_show_whole(e->arena, room));
    say(e, "%s: up to %s %s waited at once%s%s", subject, fs_show_whole(e->arena, peak),
        what_waits(e->arena, gauge), of_age, places);
}

static bool waits(const struct fs_metric *m)
{
    static const char *const gauges[] = {"visible", "waiting", "records"};
    for (size_t i = 0; m->kind == FS_GAUGE && i < sizeof gauges / sizeof *gauges; i++) {
        if (strcmp(m->name, gauges[i]) == 0) return true;
    }
    return false;
}

static void say_backlogs(struct explainer *e)
{
    const struct fs_record *record = e->variant->record[0];
    for (int t = 0; t < record->n_tables; t++) {
        const struct fs_table *table = &record->table[t];
        for (int i = 0; is_component_table(table) && i < table->n_subjects; i++) {
            for (int k = 0; k < table->n_metrics; k++) {
                if (waits(&table->metrics[k]))
                    say_backlog(e, table->name, table->subject[i].name, &table->metrics[k]);
            }
        }
    }
}

/* ---- what never got a place ------------------------------------------------------------------ */

/* Gauges by what is waited for; what is still there at the end never got it in this run. */
static void say_unplaced(struct explainer *e)
{
    const struct fs_record *record = e->variant->record[0];
    for (int t = 0; t < record->n_tables; t++) {
        const struct fs_table *table = &record->table[t];
        for (int i = 0; i < table->n_subjects; i++) {
            for (int k = 0; k < table->n_metrics; k++) {
                const struct fs_metric *m = &table->metrics[k];
                if (m->kind != FS_GAUGE || strncmp(m->name, "unplaced_", 9) != 0) continue;
                const char *subject = table->subject[i].name;
                const double n = mean_of(e->variant, LAST, table->name, subject, m->name);
                if (n >= .5) say(e, "%s: at the end %s", subject, counted(e->arena, n, m->doc));
            }
        }
    }
}

/* ---- classes -------------------------------------------------------------------------------- */

static const struct fs_table *traffic_of(const struct fs_study_variant *v)
{
    return fs_record_table(v->record[0], "traffic");
}

static bool derives(const char *parent, const char *child)
{
    const size_t n = strlen(parent);
    return strncmp(parent, child, n) == 0 && child[n] == '/';
}

static bool is_last(const struct fs_table *traffic, const char *class)
{
    for (int i = 0; i < traffic->n_subjects; i++) {
        if (derives(class, traffic->subject[i].name)) return false;
    }
    return true;
}

static bool comes_from(const char *class, const char *ancestor)
{
    return strcmp(class, ancestor) == 0 || derives(ancestor, class);
}

static const char *root_of(const struct fs_table *traffic, const char *class)
{
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *root = traffic->subject[i].name;
        if (!strchr(root, '/') && comes_from(class, root)) return root;
    }
    return class;
}

/* Not ended when the run did, of the class and of those it comes from. */
static double unfinished(const struct fs_study_variant *v, const char *class)
{
    const struct fs_table *traffic = traffic_of(v);
    double n = 0;
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *name = traffic->subject[i].name;
        if (comes_from(class, name)) n += mean_of(v, LAST, "traffic", name, "in_flight");
    }
    return n;
}

/* How long after the last request had come the last of it was done; 0 when that is no time, and
 * when not all was done. */
static double drained_after(const struct fs_study_variant *v, const char *class)
{
    if (unfinished(v, class) > 0) return 0;
    const struct span asked = span_of(v, "traffic", root_of(traffic_of(v), class), "arrived");
    const struct span done = span_of(v, "traffic", class, "completed");
    return done.to - asked.to > 2 * done.interval ? done.to - asked.to : 0;
}

static void say_end(struct explainer *e, const char *class)
{
    const double n = mean_of(e->variant, TOTAL, "traffic", class, "completed");
    const double after = drained_after(e->variant, class);
    if (n > 1 && after > 0)
        say(e, "%s: the last of %s was done about %s after the last request had come", class,
            fs_show_whole(e->arena, n), fs_show_time(e->arena, after));
}

/* "1 request", "60 requests" */
static const char *requests(struct fs_arena *arena, double n)
{
    const char *number = fs_show_whole(arena, n);
    return fs_arena_format(arena, "%s request%s", number, strcmp(number, "1") == 0 ? "" : "s");
}

/* The class ends where nobody asks for what is there. */
static bool ends_laid_aside(const struct explainer *e, const char *class)
{
    const struct fs_record *record = e->variant->record[0];
    const char *last = strrchr(class, '/');
    for (int t = 0; last && t < record->n_tables; t++) {
        if (is_laid_aside(e, record->table[t].name, last + 1)) return true;
    }
    return false;
}

/* Where a steady state is asked for and what is in flight has grown to the end. */
static void say_growth(struct explainer *e, const char *class)
{
    const double arrived = mean_of(e->variant, TOTAL, "traffic", class, "arrived");
    const double rest = mean_of(e->variant, LAST, "traffic", class, "in_flight");
    if (e->variant->variant->spec.run.kind != FS_RUN_STEADY_STATE || !(rest >= .5) ||
        rest < GROWN * arrived || ends_laid_aside(e, class) ||
        rest < mean_of(e->variant, PEAK, "traffic", class, "in_flight") / 2)
        return;
    say(e,
        "%s: %s of what came was unfinished at the end: more comes than is done, or the run is far "
        "too short for a steady state",
        class, fs_show_share(e->arena, rest / arrived));
}

static void say_duplicates(struct explainer *e, const char *class)
{
    const double n = mean_of(e->variant, TOTAL, "traffic", class, "duplicates");
    const char *number = fs_show_whole(e->arena, n);
    if (n >= .5)
        say(e, "%s: %s deliver%s did again what had been done", class, number,
            strcmp(number, "1") == 0 ? "y" : "ies");
}

/* What became of the requests that were not completed, and how often they were tried. */
static void say_outcomes(struct explainer *e, const char *class)
{
    const double arrived = mean_of(e->variant, TOTAL, "traffic", class, "arrived");
    const double attempts = mean_of(e->variant, TOTAL, "traffic", class, "attempts");
    const char *list = "", *tried = "";
    for (int i = 0; i < FS_OUTCOMES; i++) {
        const double n = mean_of(e->variant, TOTAL, "traffic", class, fs_outcome_name[i]);
        if (i == FS_COMPLETED || n < .5) continue;
        list = fs_arena_format(e->arena, "%s%s%s %s", list, *list ? ", " : "",
                               fs_show_whole(e->arena, n),
                               fs_show_words(e->arena, fs_outcome_name[i]));
    }
    if (attempts > MANY_ATTEMPTS * arrived)
        tried = fs_arena_format(e->arena, "%s attempts for %s", fs_show_whole(e->arena, attempts),
                                requests(e->arena, arrived));
    if (*list && *tried)
        say(e, "%s: %s, in the end %s", class, tried, list);
    else if (*list)
        say(e, "%s: of %s %s", class, requests(e->arena, arrived), list);
    else if (*tried)
        say(e, "%s: %s", class, tried);
}

/* Parts from the largest to the smallest; those below a percent go without saying. Execution alone
 * is what one expects. */
static void say_p99(struct explainer *e, const char *class)
{
    double part[FS_LATENCY_PARTS + 1], sum;
    if (!fs_view_p99_parts(e->arena, e->variant, class, part, &sum)) return;
    if (part[FS_LATENCY_PARTS] > EXPECTED * sum) return;
    const char *list = "";
    for (int n = 0; n <= FS_LATENCY_PARTS; n++) {
        int largest = 0;
        for (int k = 1; k <= FS_LATENCY_PARTS; k++)
            largest = part[k] > part[largest] ? k : largest;
        if (part[largest] < .005 * sum) break;
        list = fs_arena_format(e->arena, "%s%s%.0f %% %s", list, *list ? ", " : "",
                               100 * part[largest] / sum,
                               fs_show_words(e->arena, fs_part_name[largest]));
        part[largest] = 0;
    }
    struct fs_view p99;
    if (fs_view_get(e->arena, e->variant,
                    fs_arena_format(e->arena, "traffic.%s.latency.p99", class), &p99))
        say(e, "%s: the p99 of %s is %s", class, fs_show_time(e->arena, p99.estimate.value), list);
}

static void say_classes(struct explainer *e)
{
    const struct fs_table *traffic = traffic_of(e->variant);
    for (int i = 0; i < traffic->n_subjects; i++) {
        say_outcomes(e, traffic->subject[i].name);
        say_duplicates(e, traffic->subject[i].name);
        say_growth(e, traffic->subject[i].name);
        if (!is_last(traffic, traffic->subject[i].name)) continue;
        say_end(e, traffic->subject[i].name);
        say_p99(e, traffic->subject[i].name);
    }
}

/* ---- alarms --------------------------------------------------------------------------------- */

/* Of the replications in which it fired; the others are said to be quiet. */
static void say_alarms(struct explainer *e)
{
    const struct fs_variant_spec *spec = &e->variant->variant->spec;
    for (int i = 0; i < spec->n_alarms; i++) {
        double fired = 0, at = 0, usd = 0;
        for (int r = 0; r < e->variant->n; r++) {
            const double *number = e->variant->alarms[r]->number[i];
            if (!(number[FS_ALARM_FIRED] > 0)) continue;
            fired++;
            at += number[FS_ALARM_FIRED_AT];
            usd += number[FS_ALARM_SPENT];
        }
        const struct fs_estimate spent = {.value = fired > 0 ? usd / fired : 0, NAN, NAN, ""};
        const char *some =
            fired < e->variant->n
                ? fs_arena_format(e->arena, " in %.0f of %d replications", fired, e->variant->n)
                : "";
        if (fired > 0)
            say(e, "the alarm %s fired at %s%s; %s had been spent by then", spec->alarm[i].name,
                fs_show_time(e->arena, at / fired), some, fs_show_money(e->arena, &spent));
        else
            say(e, "the alarm %s did not fire", spec->alarm[i].name);
    }
}

/* ---- variants beside each other ------------------------------------------------------------- */

/* What went wrong on the way to the class's end. */
static double lost(const struct fs_study_variant *v, const char *class)
{
    const struct fs_table *traffic = traffic_of(v);
    double n = 0;
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *name = traffic->subject[i].name;
        for (int k = 0; comes_from(class, name) && k < FS_OUTCOMES; k++)
            n += k == FS_COMPLETED ? 0 : mean_of(v, TOTAL, "traffic", name, fs_outcome_name[k]);
    }
    return n;
}

/* A story has as many ends as targets that it is handed to: the one with most of it. */
static double most_of(const struct fs_study_variant *v, const char *root,
                      double (*of)(const struct fs_study_variant *v, const char *class))
{
    const struct fs_table *traffic = traffic_of(v);
    double most = 0;
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *class = traffic->subject[i].name;
        if (comes_from(class, root) && is_last(traffic, class)) most = fmax(most, of(v, class));
    }
    return most;
}

/* "tasks (the last done after about 10 s)", "tasks (6 unfinished)" */
static const char *who_loses_none(struct fs_arena *arena, const struct fs_study_variant *v,
                                  const char *root)
{
    const char *name = v->variant->name;
    const double rest = most_of(v, root, unfinished), after = most_of(v, root, drained_after);
    if (rest >= .5)
        return fs_arena_format(arena, "%s (%s unfinished)", name, fs_show_whole(arena, rest));
    if (after > 0)
        return fs_arena_format(arena, "%s (the last done after about %s)", name,
                               fs_show_time(arena, after));
    return name;
}

/* "a, b and c" */
static const char *listed(struct fs_arena *arena, const char *const *text, int n)
{
    const char *list = "";
    for (int i = 0; i < n; i++)
        list = fs_arena_format(arena, "%s%s%s", list,
                               i == 0       ? ""
                               : i == n - 1 ? " and "
                                            : ", ",
                               text[i]);
    return list;
}

/* What is lost of a loop is no share of what came. */
static bool goes_round(const struct fs_study_variant *v, const char *root)
{
    const struct fs_variant_spec *spec = &v->variant->spec;
    for (int i = 0; i < spec->n_classes; i++) {
        if (strcmp(spec->traffic[i].name, root) == 0)
            return spec->traffic[i].params.allow_loop.sends > 0;
    }
    return false;
}

static void compare(struct explainer *e, const char *root)
{
    const struct fs_study *study = e->study;
    const size_t room = (size_t)study->n_variants;
    const char **loser = fs_arena_alloc(e->arena, 2 * room * sizeof *loser), **other = loser + room;
    int n_losers = 0, n_others = 0;
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        if (v->n == 0 || goes_round(v, root)) continue;
        const double share = most_of(v, root, lost) / mean_of(v, TOTAL, "traffic", root, "arrived");
        if (share > 0)
            loser[n_losers++] = fs_arena_format(e->arena, "%s loses %s", v->variant->name,
                                                fs_show_share(e->arena, share));
        else if (share <= 0) /* nothing came where there is none */
            other[n_others++] = who_loses_none(e->arena, v, root);
    }
    if (n_losers && n_others)
        say(e, "%s of %s; %s %s none", listed(e->arena, loser, n_losers), root,
            listed(e->arena, other, n_others), n_others > 1 ? "lose" : "loses");
}

static void compare_all(struct explainer *e)
{
    const struct fs_study_variant *first = NULL;
    for (int i = 0; i < e->study->n_variants && !first; i++)
        first = e->study->variant[i].n ? &e->study->variant[i] : NULL;
    e->variant = NULL;
    for (int i = 0; first && i < traffic_of(first)->n_subjects; i++) {
        const char *class = traffic_of(first)->subject[i].name;
        if (!strchr(class, '/')) compare(e, class);
    }
}

struct fs_findings fs_explain(struct fs_arena *arena, const struct fs_study *study)
{
    struct explainer e = {.arena = arena, .study = study};
    for (int i = 0; i < study->n_variants; i++) {
        e.variant = &study->variant[i];
        if (e.variant->n == 0) continue;
        say_losses(&e);
        say_account(&e);
        say_backlogs(&e);
        say_unplaced(&e);
        say_classes(&e);
        say_alarms(&e);
    }
    compare_all(&e);
    return e.findings;
}
