/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts are means over the replications, instants the ends of intervals, widest over them. A
 * sentence is only made of what was recorded; what another variant would have done is only said of
 * one that was run.
 */
#include "explain.h"

#include "show.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_LOSSES   5
#define BACKLOG_WORTH 10 /* fewer waiting are not worth a sentence */

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

static double mean_total(const struct fs_study_variant *v, const char *table, const char *subject,
                         const char *metric)
{
    double sum = 0;
    for (int i = 0; i < v->n; i++) {
        const struct fs_series *s = series_in(v, i, table, subject, metric);
        sum += s ? (double)s->total : 0;
    }
    return sum / v->n;
}

static double mean_peak(const struct fs_study_variant *v, const char *table, const char *subject,
                        const char *metric)
{
    double sum = 0;
    for (int i = 0; i < v->n; i++) {
        const struct fs_series *s = series_in(v, i, table, subject, metric);
        sum += s ? (double)s->peak : 0;
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

static bool tells_loss(const char *metric)
{
    static const char *const words[] = {"throttled", "dropped",   "expired_",  "dead_lettered",
                                        "timeouts",  "timed_out", "abandoned", "refused",
                                        "rejected",  "lost",      "failed_"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(metric, words[i], strlen(words[i])) == 0) return true;
    }
    return false;
}

struct loss {
    const char *table, *subject;
    const struct fs_metric *metric;
    double n;
};

static int by_size(const void *a, const void *b)
{
    const struct loss *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

/* "Requests refused by X." -> "requests refused by X" */
static const char *clause(struct fs_arena *arena, const char *doc)
{
    char *text = fs_arena_text(arena, doc);
    const size_t n = strlen(text);
    if (n && text[n - 1] == '.') text[n - 1] = 0;
    if (!isupper((unsigned char)text[1])) text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}

static const char *when(struct fs_arena *arena, struct span span)
{
    if (span.to - span.from <= span.interval * 1.5)
        return fs_arena_format(arena, "in the %s from %s on", fs_show_time(arena, span.interval),
                               fs_show_time(arena, span.from));
    return fs_arena_format(arena, "from %s to %s", fs_show_time(arena, span.from),
                           fs_show_time(arena, span.to));
}

static void say_loss(struct explainer *e, const struct loss *loss)
{
    say(e, "%s: %s %s, %s", loss->subject, fs_show_whole(e->arena, loss->n),
        clause(e->arena, loss->metric->doc),
        when(e->arena, span_of(e->variant, loss->table, loss->subject, loss->metric->name)));
}

static int find_losses(struct explainer *e, const struct fs_table *table, struct loss *loss)
{
    int n = 0;
    for (int i = 0; i < table->n_subjects; i++) {
        for (int k = 0; k < table->n_metrics; k++) {
            const struct fs_metric *m = &table->metrics[k];
            if (m->kind != FS_COUNTER || !tells_loss(m->name)) continue;
            const char *subject = table->subject[i].name;
            loss[n] = (struct loss){table->name, subject, m, 0};
            loss[n].n = mean_total(e->variant, table->name, subject, m->name);
            n += loss[n].n > 0;
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
    qsort(loss, (size_t)n, sizeof *loss, by_size);
    for (int i = 0; i < n && i < MOST_LOSSES; i++)
        say_loss(e, &loss[i]);
    if (n > MOST_LOSSES) say(e, "%d smaller losses are in the results file", n - MOST_LOSSES);
    if (mean_total(e->variant, "account", "account", "refused") > 0)
        say(e, "at the peak %s of the account's %s executions were in use",
            fs_show_whole(e->arena, mean_peak(e->variant, "account", "account", "concurrency")),
            fs_show_whole(e->arena, (double)e->variant->variant->spec.account.concurrency));
}

/* ---- backlogs ------------------------------------------------------------------------------- */

static void say_backlog(struct explainer *e, const char *table, const char *subject,
                        const char *gauge)
{
    const double peak = mean_peak(e->variant, table, subject, gauge);
    const double age = mean_peak(e->variant, table, subject, "oldest_age");
    if (!(peak >= BACKLOG_WORTH)) return;
    if (age >= 1)
        say(e, "%s: up to %s waited at once, the oldest %s", subject, fs_show_whole(e->arena, peak),
            fs_show_time(e->arena, age));
    else
        say(e, "%s: up to %s waited at once", subject, fs_show_whole(e->arena, peak));
}

static void say_backlogs(struct explainer *e)
{
    static const char *const gauges[] = {"visible", "waiting", "backlog"};
    const struct fs_record *record = e->variant->record[0];
    for (int t = 0; t < record->n_tables; t++) {
        const struct fs_table *table = &record->table[t];
        for (int i = 0; is_component_table(table) && i < table->n_subjects; i++) {
            for (size_t k = 0; k < sizeof gauges / sizeof *gauges; k++) {
                if (series_in(e->variant, 0, table->name, table->subject[i].name, gauges[k]))
                    say_backlog(e, table->name, table->subject[i].name, gauges[k]);
            }
        }
    }
}

/* ---- what never got a place ------------------------------------------------------------------ */

static double mean_last(const struct fs_study_variant *v, const char *table, const char *subject,
                        const char *metric)
{
    double sum = 0;
    for (int i = 0; i < v->n; i++) {
        const struct fs_series *s = series_in(v, i, table, subject, metric);
        sum += s ? (double)s->last : 0;
    }
    return sum / v->n;
}

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
                const double n = mean_last(e->variant, table->name, subject, m->name);
                if (n > 0)
                    say(e, "%s: at the end %s %s", subject, fs_show_whole(e->arena, n),
                        clause(e->arena, m->doc));
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

static const char *root_of(struct fs_arena *arena, const char *class)
{
    return fs_arena_format(arena, "%.*s", (int)strcspn(class, "/"), class);
}

static void say_end(struct explainer *e, const char *class)
{
    const struct fs_study_variant *v = e->variant;
    const double n = mean_total(v, "traffic", class, "completed");
    const struct span asked = span_of(v, "traffic", root_of(e->arena, class), "arrived");
    const struct span done = span_of(v, "traffic", class, "completed");
    if (n > 1 && done.to - asked.to > 2 * done.interval)
        say(e, "%s: the last of %s was done %s after the last request had come", class,
            fs_show_whole(e->arena, n), fs_show_time(e->arena, done.to - asked.to));
}

static void say_p99(struct explainer *e, const char *class)
{
    double part[FS_LATENCY_PARTS + 1] = {0}, sum = 0;
    int largest = 0;
    for (int i = 0; i < e->variant->n; i++) {
        const struct fs_series *s = series_in(e->variant, i, "traffic", class, "latency");
        for (int k = 0; s && k <= FS_LATENCY_PARTS; k++) {
            part[k] += s->p99_parts[k];
            sum += s->p99_parts[k];
        }
    }
    for (int k = 1; k <= FS_LATENCY_PARTS; k++)
        largest = part[k] > part[largest] ? k : largest;
    if (!(sum > 0) || largest == FS_LATENCY_PARTS) return; /* execution is what one expects */
    say(e, "%s: of the p99 of %s, %.0f %% is %s", class,
        fs_show_time(e->arena, sum / 1e9 / e->variant->n), 100 * part[largest] / sum,
        fs_part_name[largest]);
}

static void say_classes(struct explainer *e)
{
    const struct fs_table *traffic = traffic_of(e->variant);
    for (int i = 0; i < traffic->n_subjects; i++) {
        if (!is_last(traffic, traffic->subject[i].name)) continue;
        say_end(e, traffic->subject[i].name);
        say_p99(e, traffic->subject[i].name);
    }
}

/* ---- variants beside each other ------------------------------------------------------------- */

/* What of the story of `root` went wrong, as a share of what was asked for; NaN when nothing was.
 */
static double lost_share(const struct fs_study_variant *v, const char *root)
{
    const struct fs_table *traffic = traffic_of(v);
    double lost = 0;
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *class = traffic->subject[i].name;
        if (strcmp(class, root) != 0 && !derives(root, class)) continue;
        for (int k = 0; k < FS_OUTCOMES; k++)
            lost += k == FS_COMPLETED ? 0 : mean_total(v, "traffic", class, fs_outcome_name[k]);
    }
    const double asked = mean_total(v, "traffic", root, "arrived");
    return asked > 0 ? lost / asked : (double)NAN;
}

static void compare(struct explainer *e, const char *root)
{
    const struct fs_study *study = e->study;
    const char *losers = "", *others = "";
    int n_losers = 0, n_others = 0;
    for (int i = 0; i < study->n_variants; i++) {
        if (study->variant[i].n == 0) continue;
        const char *name = study->variant[i].variant->name;
        const double lost = lost_share(&study->variant[i], root);
        if (lost > 0) {
            losers = fs_arena_format(e->arena, "%s%s%s loses %s", losers, n_losers++ ? ", " : "",
                                     name, fs_show_share(e->arena, lost));
        } else if (lost <= 0) {
            others = fs_arena_format(e->arena, "%s%s%s", others, n_others++ ? ", " : "", name);
        }
    }
    if (n_losers && n_others)
        say(e, "%s of %s, %s none", losers, root, fs_arena_format(e->arena, "%s", others));
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
        say_backlogs(&e);
        say_unplaced(&e);
        say_classes(&e);
    }
    compare_all(&e);
    return e.findings;
}
