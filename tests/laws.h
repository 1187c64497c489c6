/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What holds for every run of every scenario, read from the record and the bill alone: nothing here
 * knows what a scenario is about. Sums are compared as the integers that they are.
 *
 * A law that only bites in some runs counts how often it did, so that a test can show that it was
 * not held by nothing at all.
 */
#ifndef FS_TESTS_LAWS_H
#define FS_TESTS_LAWS_H

#include "build.h"
#include "component.h"
#include "results.h"
#include "save.h"

#include <math.h>

struct laws {
    const char *label, *text; /* which scenario */
    const struct fs_study_variant *variant;
    const struct fs_node *full; /* every parameter's value */
    const struct fs_record *record;
    const struct fs_bill *bill;
    /* how often a law was held in its sharp form */
    int clusters, little_exact, handed_over, asked, limited, charged, component_little;
};

typedef __int128 laws_wide;

__attribute__((format(printf, 3, 4))) static void law(const struct laws *l, bool holds,
                                                      const char *format, ...)
{
    va_list args;
    char what[400];
    if (holds) return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    fprintf(stderr, "\n%s", l->text);
    fail_msg("%s: broken law: %s", l->label, what);
}

/* ---- reading -------------------------------------------------------------------------------- */

static const struct fs_series *laws_series(const struct laws *l, const char *table,
                                           const char *subject, const char *metric)
{
    const struct fs_series *s = fs_record_series(l->record, table, subject, metric);
    law(l, s != NULL, "%s has a %s", subject, metric);
    return s;
}

static int64_t laws_total(const struct laws *l, const char *table, const char *subject,
                          const char *metric)
{
    return laws_series(l, table, subject, metric)->total;
}

/* A count among a component's parameters; -1 when it was left out. */
static int64_t laws_setting(const struct laws *l, const char *component, const char *key)
{
    const struct fs_node *node = fs_node_get(l->full, "components");
    node = node ? fs_node_get(node, component) : NULL;
    node = node ? fs_node_get(node, key) : NULL;
    return node && node->text && *node->text ? strtoll(node->text, NULL, 10) : -1;
}

static const struct fs_variant_spec *laws_spec(const struct laws *l)
{
    return &l->variant->variant->spec;
}

static bool laws_has_event(const struct laws *l, const char *name)
{
    for (int i = 0; i < laws_spec(l)->n_events; i++) {
        if (strcmp(laws_spec(l)->event[i].event.plugin->name, name) == 0) return true;
    }
    return false;
}

static const char *laws_from(const struct fs_component_spec *c)
{
    const struct fs_component_type *type = c->plugin->type;
    return type->pulls
               ? *(const char *const *)(const void *)((const char *)c->params + type->pulls_from)
               : NULL;
}

static const char *laws_to(const struct fs_component_spec *c)
{
    const struct fs_component_type *type = c->plugin->type;
    if (!laws_from(c)) return NULL;
    return type->pulls_to
               ? *(const char *const *)(const void *)((const char *)c->params + type->pulls_to)
               : c->name;
}

/* ---- every series --------------------------------------------------------------------------- */

static void laws_of_counter(const struct laws *l, const struct fs_series *s, const char *subject)
{
    int64_t sum = 0;
    for (int i = 0; i < l->record->n_intervals; i++) {
        law(l, s->increase[i] >= 0, "%s %s never decreases", subject, s->metric->name);
        sum += s->increase[i];
    }
    law(l, sum == s->total, "the increases of %s %s, %lld, sum to its total %lld", subject,
        s->metric->name, (long long)sum, (long long)s->total);
}

/* An interval's mean is a double, so it gives its area back to within 2^-52 of the area. */
static void laws_of_gauge(const struct laws *l, const struct fs_series *s, const char *subject)
{
    const struct fs_record *r = l->record;
    int64_t peak = 0;
    double area = 0;
    for (int i = 0; i < r->n_intervals; i++) {
        const fs_time end = (i + 1) * r->interval < r->length ? (i + 1) * r->interval : r->length;
        if (s->interval_peak[i] > peak) peak = s->interval_peak[i];
        area += s->interval_mean[i] * (double)(end - i * r->interval);
        law(l, s->interval_mean[i] >= 0 && s->interval_mean[i] <= (double)s->interval_peak[i],
            "0 <= mean <= peak of %s %s in interval %d", subject, s->metric->name, i);
    }
    law(l, peak == s->peak, "the peak of %s %s is its intervals' highest", subject,
        s->metric->name);
    law(l, s->last == s->interval_last[r->n_intervals - 1] && s->last >= 0 && s->last <= s->peak,
        "the last level of %s %s", subject, s->metric->name);
    law(l, fabs(area - (double)s->area) <= 1e-14 * (double)s->area * r->n_intervals,
        "the means of %s %s sum to its area: %.17g, %.17g", subject, s->metric->name, area,
        (double)s->area);
    law(l, fabs(s->mean * (double)r->length - (double)s->area) <= 1e-15 * (double)s->area,
        "mean x length is the area of %s %s", subject, s->metric->name);
}

static void laws_of_quantiles(const struct laws *l, const struct fs_series *s, const char *subject,
                              int i)
{
    const struct fs_histogram *h = s->histogram;
    double before = h->count ? (double)h->min : 0;
    for (int q = 0; q < FS_QUANTILES; q++) {
        const double now = s->interval_quantile[q][i];
        law(l, isnan(now) == (s->interval_count[i] == 0), "%s %s has quantiles where it has values",
            subject, s->metric->name);
        if (isnan(now)) continue;
        law(l, now >= before, "quantiles of %s %s ascend in interval %d", subject, s->metric->name,
            i);
        before = now;
    }
    law(l, before <= (double)h->max || !h->count, "no quantile of %s %s is above its maximum",
        subject, s->metric->name);
}

static void laws_of_latency(const struct laws *l, const struct fs_series *s, const char *subject)
{
    const struct fs_histogram *h = s->histogram;
    int64_t count = 0;
    uint64_t in_bins = 0;
    for (int i = 0; i < l->record->n_intervals; i++) {
        count += s->interval_count[i];
        laws_of_quantiles(l, s, subject, i);
    }
    for (int i = 0; i < FS_HISTOGRAM_BINS; i++)
        in_bins += h->bin[i];
    law(l, (uint64_t)count == h->count && in_bins == h->count,
        "values of %s %s in intervals, in bins and in all", subject, s->metric->name);
    if (h->count == 0) return;
    law(l, h->min >= 0, "%s %s >= 0", subject, s->metric->name);
    /* A start-up is recorded when it begins, everything else when it has happened. */
    if (strcmp(s->metric->name, "init") != 0 && strcmp(s->metric->name, "cold_wait") != 0)
        law(l, h->max <= l->record->length, "%s %s <= length of the run", subject, s->metric->name);
    law(l,
        h->sum >= (laws_wide)h->min * (int64_t)h->count &&
            h->sum <= (laws_wide)h->max * (int64_t)h->count,
        "min <= mean <= max of %s %s", subject, s->metric->name);
}

static void laws_of_every_series(const struct laws *l)
{
    for (int i = 0; i < l->record->n_tables; i++) {
        const struct fs_table *table = &l->record->table[i];
        for (int j = 0; j < table->n_subjects; j++) {
            const struct fs_subject *subject = &table->subject[j];
            for (int k = 0; k < table->n_metrics; k++) {
                const struct fs_series *s = &subject->series[k];
                if (s->metric->kind == FS_COUNTER) laws_of_counter(l, s, subject->name);
                if (s->metric->kind == FS_GAUGE) laws_of_gauge(l, s, subject->name);
                if (s->metric->kind == FS_LATENCY) laws_of_latency(l, s, subject->name);
            }
        }
    }
}

/* ---- traffic -------------------------------------------------------------------------------- */

static int64_t laws_of_class(const struct laws *l, const char *class, const char *metric)
{
    return laws_total(l, "traffic", class, metric);
}

static void laws_of_outcomes(const struct laws *l, const char *class)
{
    int64_t ended = 0;
    for (int i = 0; i < FS_OUTCOMES; i++)
        ended += laws_of_class(l, class, fs_outcome_name[i]);
    const int64_t arrived = laws_of_class(l, class, "arrived");
    const int64_t attempts = laws_of_class(l, class, "attempts");
    law(l, arrived == ended + laws_series(l, "traffic", class, "in_flight")->last,
        "%s: arrived = outcomes + in flight", class);
    law(l, attempts >= arrived, "%s: attempts >= arrived", class);
    law(l, laws_of_class(l, class, "wasted_executions") <= attempts,
        "%s: wasted executions <= attempts", class);
    law(l, laws_of_class(l, class, "cold_starts") <= ended, "%s: cold starts <= ended", class);
    law(l,
        laws_series(l, "traffic", class, "latency")->histogram->count ==
            (uint64_t)laws_of_class(l, class, "completed"),
        "%s: what is completed is timed", class);
}

/* The class "a/b" is derived from "a"; NULL: a root class. */
static const char *laws_parent(const char *class, char name[200])
{
    const char *slash = strrchr(class, '/');
    if (!slash) return NULL;
    snprintf(name, 200, "%.*s", (int)(slash - class), class);
    return name;
}

/* "bus" and "bus:audit" are derived at the hop "bus". */
static bool laws_is_hop(const char *last, const char *hop)
{
    const size_t n = strcspn(last, ":");
    return strlen(hop) == n && strncmp(last, hop, n) == 0;
}

/* The class is derived at a relay, which tries again. */
static bool laws_behind_relay(const struct laws *l, const char *class)
{
    const struct fs_table *table = fs_record_table(l->record, "relay");
    for (int i = 0; table && i < table->n_subjects; i++) {
        if (laws_is_hop(strrchr(class, '/') + 1, table->subject[i].name)) return true;
    }
    return false;
}

/* The class is one of messages that are worked on in batches, each of which is one request. */
static bool laws_in_batches(const struct laws *l, const char *class)
{
    return strchr(class, '/') && !laws_behind_relay(l, class);
}

/* What the queue that the class lies in did not take because it had it: attempts after a time limit
 * are sent again. */
static int64_t laws_deduplicated(const struct laws *l, const char *class)
{
    const char *hop = strrchr(class, '/') + 1;
    const struct fs_series *s = fs_record_table(l->record, "queue")
                                    ? fs_record_series(l->record, "queue", hop, "deduplicated")
                                    : NULL;
    return s ? s->total : 0;
}

/* The class is a target's that takes a share of what is handed over. */
static bool laws_is_filtered(const struct laws *l, const char *class)
{
    const char *hop = strrchr(class, '/') + 1, *to = strchr(hop, ':');
    for (int i = 0; to && i < laws_spec(l)->n_components; i++) {
        const struct fs_component_spec *c = &laws_spec(l)->component[i];
        const size_t offset = ((const struct fs_component_type *)c->plugin->type)->targets;
        const struct fs_list *list = (const void *)((const char *)c->params + offset);
        const struct fs_target *target = list->item;
        if (!offset || strcmp(c->plugin->name, "relay") != 0 || !laws_is_hop(hop, c->name))
            continue;
        for (int k = 0; k < list->n; k++) {
            if (strcmp(*(const char *const *)target[k].path.item, to + 1) == 0)
                return target[k].share < 1;
        }
    }
    return false;
}

/*
 * A parent that completes has handed over once, in its last attempt; attempts that came to nothing
 * may have handed over too. When none is in flight any more (one may wait for its next attempt) and
 * every attempt was either completed or refused, it is one derived request each. A batch hands over
 * as one, and what a queue has had already it does not keep twice.
 */
static void laws_of_hand_over(struct laws *l, const char *class, const char *parent)
{
    const int64_t arrived = laws_of_class(l, class, "arrived");
    const int64_t completed = laws_of_class(l, parent, "completed");
    const int64_t refused =
        laws_of_class(l, parent, "throttled") + laws_of_class(l, parent, "dropped");
    const int64_t known = laws_deduplicated(l, class);
    if (laws_is_filtered(l, class)) return;
    law(l, arrived + known >= completed || laws_in_batches(l, parent),
        "%s: arrived >= completed of %s", class, parent);
    law(l, laws_behind_relay(l, class) || laws_of_class(l, class, "attempts") == arrived,
        "%s: it is asked for once", class);
    if (known || laws_has_event(l, "redrive") || strchr(parent, '/') ||
        laws_series(l, "traffic", parent, "in_flight")->last > 0 ||
        laws_of_class(l, parent, "attempts") != completed + refused)
        return;
    law(l, arrived == completed, "%s: arrived = completed of %s", class, parent);
    l->handed_over += arrived > 0;
}

/*
 * Little's law as an identity of integers: the area under the number in flight is the sum over all
 * requests of their time in the class. Of that sum the record knows S, the latencies of those that
 * completed, from the birth of the first ancestor on. What they spent as ancestors is S of the
 * parent class, but for those derived from a parent that did not complete. Each of the others
 * (without success, in flight at the end) has spent between 0 and the length of the run:
 *   S - S' - stray x length <= area <= S - S' + k x others x length,
 * with k = 1 for a root class, and 2 for a derived one (an other's time as ancestor is in S' too).
 * Without others and strays it is an equality to the nanosecond.
 */
static void laws_of_little(struct laws *l, const char *class, const char *parent)
{
    const int64_t arrived = laws_of_class(l, class, "arrived");
    const int64_t others = arrived - laws_of_class(l, class, "completed");
    const int64_t stray = parent ? arrived - laws_of_class(l, parent, "completed") : 0;
    const laws_wide area = laws_series(l, "traffic", class, "in_flight")->area;
    laws_wide spent = laws_series(l, "traffic", class, "latency")->histogram->sum;
    if (parent &&
        (laws_in_batches(l, parent) || laws_deduplicated(l, class) || laws_is_filtered(l, class)))
        return;
    if (parent) spent -= laws_series(l, "traffic", parent, "latency")->histogram->sum;
    const laws_wide low = spent - (laws_wide)stray * l->record->length;
    const laws_wide high = spent + (laws_wide)(parent ? 2 : 1) * others * l->record->length;
    law(l, area >= low && area <= high,
        "%s: time in flight %.17g s is the sum of times, between %.17g and %.17g s", class,
        (double)area / 1e9, (double)low / 1e9, (double)high / 1e9);
    l->little_exact += others == 0 && stray == 0 && arrived > 0;
}

static void laws_of_traffic(struct laws *l)
{
    const struct fs_table *table = fs_record_table(l->record, "traffic");
    char name[200];
    for (int i = 0; i < table->n_subjects; i++) {
        const char *class = table->subject[i].name;
        const char *parent = laws_parent(class, name);
        laws_of_outcomes(l, class);
        /* Steps of a workflow hand over, too, and are no classes. */
        if (parent && !fs_record_series(l->record, "traffic", parent, "arrived")) continue;
        if (parent) laws_of_hand_over(l, class, parent);
        laws_of_little(l, class, parent);
    }
}

/* ---- components ----------------------------------------------------------------------------- */

/* The sum over the classes that are derived at this hop. */
static int64_t laws_behind(const struct laws *l, const char *hop, const char *metric)
{
    const struct fs_table *table = fs_record_table(l->record, "traffic");
    int64_t sum = 0;
    for (int i = 0; i < table->n_subjects; i++) {
        const char *slash = strrchr(table->subject[i].name, '/');
        if (slash && laws_is_hop(slash + 1, hop))
            sum += laws_of_class(l, table->subject[i].name, metric);
    }
    return sum;
}

static int64_t laws_behind_now(const struct laws *l, const char *hop)
{
    const struct fs_table *table = fs_record_table(l->record, "traffic");
    int64_t sum = 0;
    for (int i = 0; i < table->n_subjects; i++) {
        const char *slash = strrchr(table->subject[i].name, '/');
        if (slash && laws_is_hop(slash + 1, hop))
            sum += laws_series(l, "traffic", table->subject[i].name, "in_flight")->last;
    }
    return sum;
}

static void laws_of_queue(const struct laws *l, const char *name)
{
    static const char *const pairs[][2] = {{"sent", "arrived"},
                                           {"deleted", "completed"},
                                           {"expired", "expired"},
                                           {"dead_lettered", "dead_lettered"}};
    for (int i = 0; i < 4; i++)
        law(l, laws_total(l, "queue", name, pairs[i][0]) == laws_behind(l, name, pairs[i][1]),
            "%s: messages %s = requests %s", name, pairs[i][0], pairs[i][1]);
    if (laws_setting(l, name, "max_in_flight") > 0)
        law(l,
            laws_series(l, "queue", name, "in_flight")->peak <=
                laws_setting(l, name, "max_in_flight"),
            "%s: in flight <= max_in_flight", name);
    law(l, laws_total(l, "queue", name, "received") >= laws_total(l, "queue", name, "deleted"),
        "%s: deliveries >= deletions", name);
    law(l,
        laws_total(l, "queue", name, "received") - laws_total(l, "queue", name, "redelivered") <=
            laws_total(l, "queue", name, "sent"),
        "%s: a message is delivered for the first time once", name);
}

static void laws_of_stream(const struct laws *l, const char *name)
{
    static const char *const pairs[][2] = {
        {"deliveries", "arrived"}, {"completed", "completed"}, {"expired", "expired"}};
    for (int i = 0; i < 3; i++)
        law(l, laws_total(l, "stream", name, pairs[i][0]) == laws_behind(l, name, pairs[i][1]),
            "%s: records %s = requests %s", name, pairs[i][0], pairs[i][1]);
    law(l, laws_series(l, "stream", name, "records")->last == laws_behind_now(l, name),
        "%s: records in it are requests in flight", name);
}

/* Records that all readers of a stream have handed over, each attempt. */
static int64_t laws_read(const struct laws *l, const char *stream)
{
    int64_t records = 0;
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const struct fs_component_spec *c = &laws_spec(l)->component[i];
        if (laws_to(c) && strcmp(laws_from(c), stream) == 0)
            records += laws_total(l, c->plugin->name, c->name, "records");
    }
    return records;
}

static void laws_of_stream_reader(const struct laws *l, const struct fs_component_spec *c)
{
    const char *t = "stream_reader";
    const int64_t lanes = laws_setting(l, laws_from(c), "shards") *
                          laws_setting(l, c->name, "parallelization_factor");
    const int64_t records = laws_total(l, t, c->name, "records");
    const int64_t batches = laws_total(l, t, c->name, "invocations");
    law(l, laws_series(l, t, c->name, "in_flight")->peak <= lanes,
        "%s: in flight <= shards x factor", c->name);
    law(l, records >= batches && records <= batches * laws_setting(l, c->name, "batch_size"),
        "%s: batches of 1 to batch_size records", c->name);
    law(l, laws_read(l, laws_from(c)) >= laws_total(l, "stream", laws_from(c), "completed"),
        "%s: deliveries >= records done", laws_from(c));
}

static void laws_of_relay(const struct laws *l, const char *name)
{
    static const char *const pairs[][2] = {{"deliveries", "arrived"},
                                           {"delivered", "completed"},
                                           {"expired", "expired"},
                                           {"dead_lettered", "dead_lettered"}};
    const int64_t attempts = laws_total(l, "relay", name, "attempts");
    const int64_t asked = laws_behind(l, name, "attempts");
    const int64_t not_yet = laws_series(l, "relay", name, "waiting")->last +
                            laws_total(l, "relay", name, "expired") +
                            laws_total(l, "relay", name, "dead_lettered");
    for (int i = 0; i < 4; i++)
        law(l, laws_total(l, "relay", name, pairs[i][0]) == laws_behind(l, name, pairs[i][1]),
            "%s: events %s = requests %s", name, pairs[i][0], pairs[i][1]);
    law(l,
        laws_series(l, "relay", name, "waiting")->last +
                laws_series(l, "relay", name, "in_flight")->last ==
            laws_behind_now(l, name),
        "%s: events in it are requests in flight", name);
    law(l, attempts <= asked && asked <= attempts + not_yet,
        "%s: an attempt is delivered, waits, or grew too old", name);
    law(l, laws_total(l, "relay", name, "duplicates") >= laws_behind(l, name, "duplicates"),
        "%s: duplicates were delivered", name);
}

static bool laws_reads_queue(const struct laws *l, const struct fs_component_spec *c)
{
    return laws_from(c) && fs_record_table(l->record, "queue") &&
           fs_record_series(l->record, "queue", laws_from(c), "received") != NULL;
}

/* Messages that all readers of a queue have taken. */
static int64_t laws_pulled(const struct laws *l, const char *queue)
{
    int64_t messages = 0;
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const struct fs_component_spec *c = &laws_spec(l)->component[i];
        if (laws_to(c) && strcmp(laws_from(c), queue) == 0)
            messages += laws_total(l, c->plugin->name, c->name, "messages");
    }
    return messages;
}

static void laws_of_poller(const struct laws *l, const struct fs_component_spec *c)
{
    const int64_t batches = laws_total(l, "poller", c->name, "invocations");
    const int64_t messages = laws_total(l, "poller", c->name, "messages");
    law(l, messages >= batches && messages <= batches * laws_setting(l, c->name, "batch_size"),
        "%s: batches of 1 to batch_size messages", c->name);
    law(l,
        laws_series(l, "poller", c->name, "in_flight")->peak <=
            laws_series(l, "poller", c->name, "allowed")->peak,
        "%s: in flight <= allowed", c->name);
    if (laws_setting(l, c->name, "maximum") > 0)
        law(l,
            laws_series(l, "poller", c->name, "allowed")->peak <=
                laws_setting(l, c->name, "maximum"),
            "%s: allowed <= maximum", c->name);
}

/* Little's law inside: `ended` is the time of those that have left; nothing is left out when
 * nobody is inside at the end. */
static void laws_of_stay(struct laws *l, const char *table, const char *name, const char *gauge,
                         laws_wide ended, laws_wide begun)
{
    const struct fs_series *s = laws_series(l, table, name, gauge);
    law(l, s->area >= ended, "%s: time of %s >= sum of times", name, gauge);
    if (s->last > 0) return;
    law(l, s->area == ended + begun, "%s: time of %s is %.17g s, the sum of times %.17g s", name,
        gauge, (double)s->area / 1e9, (double)(ended + begun) / 1e9);
    l->component_little += s->area > 0;
}

static laws_wide laws_sum(const struct laws *l, const char *table, const char *name,
                          const char *metric)
{
    return laws_series(l, table, name, metric)->histogram->sum;
}

static void laws_of_pool(struct laws *l, const char *name)
{
    const char *t = "function_pool";
    law(l, laws_series(l, t, name, "busy")->peak <= laws_series(l, t, name, "environments")->peak,
        "%s: busy <= environments", name);
    law(l, laws_total(l, t, name, "cold_starts") <= laws_total(l, t, name, "invocations"),
        "%s: cold starts <= executions", name);
    law(l,
        laws_setting(l, name, "reserved") < 0 ||
            laws_series(l, t, name, "busy")->peak <= laws_setting(l, name, "reserved"),
        "%s: busy <= reserved", name);
    laws_of_stay(l, t, name, "busy", laws_sum(l, t, name, "duration"),
                 laws_sum(l, t, name, "cold_wait"));
}

static void laws_of_service(struct laws *l, const char *name)
{
    const char *t = "service";
    const int64_t tasks = laws_series(l, t, name, "tasks")->peak;
    const int64_t places = laws_setting(l, name, "max_in_flight");
    const int64_t backlog = laws_setting(l, name, "backlog");
    if (places > 0) {
        law(l, laws_series(l, t, name, "in_flight")->peak <= tasks * places,
            "%s: in flight <= tasks x max_in_flight", name);
        l->limited += laws_series(l, t, name, "in_flight")->peak == tasks * places;
    }
    law(l,
        laws_series(l, t, name, "waiting")->peak <=
            (places > 0 ? tasks * (backlog + laws_setting(l, name, "receive")) : 0),
        "%s: waiting <= tasks x backlog", name);
    law(l, laws_series(l, t, name, "healthy")->peak <= tasks, "%s: healthy <= tasks", name);
    law(l,
        laws_total(l, t, name, "no_target") + laws_total(l, t, name, "cut_off") <=
            laws_total(l, t, name, "failed"),
        "%s: no target + cut off <= failed", name);
    law(l,
        laws_total(l, t, name, "out_of_memory") + laws_total(l, t, name, "failed_starts") <=
            laws_total(l, t, name, "crashed"),
        "%s: out of memory + failed starts <= crashed", name);
    law(l,
        laws_total(l, t, name, "connections_cut") + laws_series(l, t, name, "connections")->last <=
            laws_total(l, t, name, "connections_opened"),
        "%s: connections cut + open <= opened", name);
    law(l, laws_series(l, t, name, "unplaced_quota")->peak <= tasks, "%s: unplaced <= tasks", name);
    law(l,
        laws_total(l, t, name, "started") - laws_total(l, t, name, "stopped") ==
            laws_series(l, t, name, "tasks")->last,
        "%s: tasks = started - stopped", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "service_time"), 0);
    laws_of_stay(l, t, name, "waiting", laws_sum(l, t, name, "wait"), 0);
}

/* The text of a component's parameter; "" when it was left out. */
static const char *laws_text(const struct laws *l, const char *component, const char *key)
{
    const struct fs_node *node = fs_node_get(l->full, "components");
    node = node ? fs_node_get(node, component) : NULL;
    node = node ? fs_node_get(node, key) : NULL;
    return node && node->text ? node->text : "";
}

/* Every pod has a node or waits for one for one reason, and every task that names the cluster is a
 * pod. */
static void laws_of_cluster(struct laws *l, const char *name)
{
    static const char *const reasons[] = {"unplaced_too_large", "unplaced_at_maximum",
                                          "unplaced_until_boot", "unplaced_otherwise"};
    const char *t = "cluster";
    const struct fs_series *waiting = laws_series(l, t, name, "waiting");
    const struct fs_series *pods = laws_series(l, t, name, "pods");
    int64_t last = 0, tasks = 0;
    laws_wide area = 0, present = 0;
    for (int i = 0; i < 4; i++) {
        last += laws_series(l, t, name, reasons[i])->last;
        area += laws_series(l, t, name, reasons[i])->area;
    }
    law(l, last == waiting->last && area == waiting->area, "%s: pods wait for one reason each",
        name);
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const char *service = laws_spec(l)->component[i].name;
        if (strcmp(laws_text(l, service, "cluster"), name) != 0) continue;
        if (strcmp(laws_spec(l)->component[i].plugin->name, "service") != 0) continue;
        tasks += laws_series(l, "service", service, "tasks")->last;
        present += laws_series(l, "service", service, "tasks")->area;
    }
    law(l, tasks == pods->last + waiting->last && present == pods->area + waiting->area,
        "%s: tasks are pods that have a node or wait for one", name);
    law(l, laws_series(l, t, name, "cpu_asked")->peak <= laws_series(l, t, name, "cpu_there")->peak,
        "%s: what pods ask for is there", name);
    law(l, laws_total(l, t, name, "evicted") >= 0, "%s: evictions", name);
    l->clusters += pods->peak > 0 && laws_series(l, t, name, "nodes")->area > 0;
}

static void laws_of_node_group(const struct laws *l, const char *name)
{
    const char *t = "node_group";
    const int64_t maximum = laws_setting(l, name, "maximum");
    const struct fs_series *nodes = laws_series(l, t, name, "nodes");
    const struct fs_series *starting = laws_series(l, t, name, "starting");
    const double hours =
        (double)(laws_total(l, t, name, "on_demand_time") + laws_total(l, t, name, "spot_time"));
    law(l,
        laws_total(l, t, name, "launched") ==
            laws_total(l, t, name, "ended") + nodes->last + starting->last,
        "%s: launched = ended + there or coming", name);
    if (maximum > 0)
        law(l, nodes->last + starting->last <= maximum, "%s: no more nodes than the maximum", name);
    law(l, hours * 1e6 + 1e6 >= (double)(nodes->area + starting->area),
        "%s: nodes are charged for as long as they are there", name);
}

static void laws_of_gateway(struct laws *l, const char *name)
{
    const char *t = "gateway";
    const int64_t most = laws_setting(l, name, "max_in_flight");
    const int64_t refused = laws_total(l, t, name, "refused");
    if (most > 0)
        law(l, laws_series(l, t, name, "in_flight")->peak <= most, "%s: in flight <= max_in_flight",
            name);
    law(l, refused <= laws_total(l, t, name, "throttled"), "%s: what it refuses is refused", name);
    law(l, laws_total(l, t, name, "requests") + refused == laws_total(l, t, name, "arrived"),
        "%s: what it admits is billed", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "latency"), 0);
}

/* An environment that was cut short leaves its request behind and goes on with another one, on the
 * place that it keeps. */
static void laws_of_dependency(struct laws *l, const char *name)
{
    const char *t = "dependency";
    const int64_t places = laws_setting(l, name, "concurrency");
    const int64_t kept = laws_series(l, t, name, "keepers")->peak * laws_setting(l, name, "kept");
    if (places > 0) {
        law(l, kept > 0 || laws_series(l, t, name, "in_flight")->peak <= places,
            "%s: in flight <= places", name);
        law(l, kept <= places, "%s: kept <= places", name);
        l->limited += laws_series(l, t, name, "in_flight")->peak == places;
    }
    law(l,
        laws_series(l, t, name, "waiting")->peak <=
            (places > 0 ? laws_setting(l, name, "waiting") : 0),
        "%s: waiting <= its bound", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "latency"), 0);
    laws_of_stay(l, t, name, "waiting", laws_sum(l, t, name, "wait"), 0);
}

static void laws_of_client(struct laws *l, const char *name)
{
    const char *t = "client";
    law(l, laws_total(l, t, name, "attempts") >= laws_total(l, t, name, "arrived"),
        "%s: attempts >= requests", name);
    law(l, laws_total(l, t, name, "wasted_executions") <= laws_total(l, t, name, "timeouts"),
        "%s: wasted executions <= attempts given up", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "latency"), 0);
}

static void laws_of_workflow(struct laws *l, const char *name)
{
    const char *t = "workflow";
    const int64_t calls = laws_total(l, t, name, "calls");
    law(l, laws_total(l, t, name, "wasted_executions") <= calls, "%s: wasted <= calls", name);
    law(l, laws_total(l, t, name, "retries") <= laws_total(l, t, name, "transitions"),
        "%s: retries are transitions", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "latency"), 0);
}

static void laws_of_websocket(struct laws *l, const char *name)
{
    const char *t = "websocket";
    law(l,
        laws_total(l, t, name, "messages_handled") + laws_total(l, t, name, "messages_throttled") <=
            laws_total(l, t, name, "messages"),
        "%s: messages handled and refused <= messages", name);
    law(l,
        laws_total(l, t, name, "wasted_executions") <= laws_total(l, t, name, "messages_timed_out"),
        "%s: wasted executions <= messages timed out", name);
    laws_of_stay(l, t, name, "in_flight", laws_sum(l, t, name, "message_latency"), 0);
}

/* Executions of all functions are the account's, and within its limit unless an event moved it. */
static void laws_of_account(struct laws *l)
{
    const struct fs_series *all = laws_series(l, "account", "account", "concurrency");
    laws_wide area = 0;
    int64_t refused = 0;
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const struct fs_component_spec *c = &laws_spec(l)->component[i];
        if (strcmp(c->plugin->name, "function_pool") != 0) continue;
        area += laws_series(l, "function_pool", c->name, "busy")->area;
        refused += laws_total(l, "function_pool", c->name, "throttled_concurrency");
    }
    law(l, all->area == area, "the account's concurrency is its functions'");
    law(l, laws_total(l, "account", "account", "refused") == refused,
        "the account's refusals are its functions'");
    if (laws_has_event(l, "quota")) return;
    law(l, all->peak <= laws_spec(l)->account.concurrency, "concurrency <= the account's limit");
    l->limited += all->peak == laws_spec(l)->account.concurrency;
}

/* ---- who asks is seen ----------------------------------------------------------------------- */

/* Does a step of a workflow call it? */
static bool laws_is_called(const struct laws *l, const char *name)
{
    const struct fs_node *c = fs_node_get(l->full, "components");
    for (c = c ? c->child : NULL; c; c = c->next) {
        const struct fs_node *steps = fs_node_get(c, "steps");
        for (const struct fs_node *s = steps ? steps->child : NULL; s; s = s->next) {
            const struct fs_node *path = fs_node_get(s, "path");
            for (const struct fs_node *h = path ? path->child : NULL; h; h = h->next) {
                if (strcmp(h->text, name) == 0) return true;
            }
        }
    }
    return false;
}

static bool laws_is_target(const struct fs_component_spec *relay, const char *name)
{
    const struct fs_component_type *type = relay->plugin->type;
    const struct fs_list *list = (const void *)((const char *)relay->params + type->targets);
    for (int i = 0; type->targets && i < list->n; i++) {
        const struct fs_list *path = &((const struct fs_target *)list->item)[i].path;
        for (int j = 0; j < path->n; j++) {
            if (strcmp(((const char *const *)path->item)[j], name) == 0) return true;
        }
    }
    return false;
}

/* Does anything but a class's first hop lead here? */
static bool laws_is_reached_otherwise(const struct laws *l, const char *name)
{
    if (laws_is_called(l, name)) return true;
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const char *to = laws_to(&laws_spec(l)->component[i]);
        if (to && strcmp(to, name) == 0) return true;
        if (laws_is_target(&laws_spec(l)->component[i], name)) return true;
    }
    for (int i = 0; i < laws_spec(l)->n_classes; i++) {
        const struct fs_list *path = &laws_spec(l)->traffic[i].params.path;
        for (int j = 1; j < path->n; j++) {
            if (strcmp(((const char *const *)path->item)[j], name) == 0) return true;
        }
    }
    return false;
}

static int64_t laws_seen(const struct laws *l, const struct fs_component_spec *c)
{
    const char *mechanism = c->plugin->name;
    if (strcmp(mechanism, "queue") == 0)
        return laws_total(l, mechanism, c->name, "sent") +
               laws_total(l, mechanism, c->name, "deduplicated") +
               laws_total(l, mechanism, c->name, "throttled");
    if (strcmp(mechanism, "stream") == 0)
        return laws_total(l, mechanism, c->name, "put") +
               laws_total(l, mechanism, c->name, "throttled");
    if (strcmp(mechanism, "relay") == 0) return laws_total(l, mechanism, c->name, "accepted");
    if (strcmp(mechanism, "function_pool") != 0)
        return laws_total(l, mechanism, c->name, "arrived");
    return laws_total(l, mechanism, c->name, "invocations") +
           laws_total(l, mechanism, c->name, "throttled_concurrency") +
           laws_total(l, mechanism, c->name, "throttled_reserved") +
           laws_total(l, mechanism, c->name, "throttled_requests") +
           laws_total(l, mechanism, c->name, "throttled_scaling");
}

static void laws_of_asking(struct laws *l, const struct fs_component_spec *c)
{
    const struct fs_component_type *type = c->plugin->type;
    int64_t attempts = 0;
    if (!type->accept || laws_is_reached_otherwise(l, c->name)) return;
    if (laws_has_event(l, "redrive") && strcmp(c->plugin->name, "queue") == 0) return;
    for (int i = 0; i < laws_spec(l)->n_classes; i++) {
        const struct fs_class_spec *class = &laws_spec(l)->traffic[i];
        if (strcmp(((const char *const *)class->params.path.item)[0], c->name) == 0)
            attempts += laws_of_class(l, class->name, "attempts");
    }
    law(l, laws_seen(l, c) == attempts, "%s sees every attempt", c->name);
    l->asked += attempts > 0;
}

static void laws_of_components(struct laws *l)
{
    int64_t given_up = 0, moved = 0;
    for (int i = 0; i < laws_spec(l)->n_components; i++) {
        const struct fs_component_spec *c = &laws_spec(l)->component[i];
        if (strcmp(c->plugin->name, "function_pool") == 0) laws_of_pool(l, c->name);
        if (strcmp(c->plugin->name, "service") == 0) laws_of_service(l, c->name);
        if (strcmp(c->plugin->name, "poller") == 0) laws_of_poller(l, c);
        if (laws_reads_queue(l, c))
            law(l, laws_pulled(l, laws_from(c)) == laws_total(l, "queue", laws_from(c), "received"),
                "%s: messages of its readers are what it delivered", laws_from(c));
        if (strcmp(c->plugin->name, "stream") == 0) laws_of_stream(l, c->name);
        if (strcmp(c->plugin->name, "stream_reader") == 0) {
            laws_of_stream_reader(l, c);
            given_up += laws_total(l, "stream_reader", c->name, "dead_lettered");
        }
        if (strcmp(c->plugin->name, "relay") == 0) {
            laws_of_relay(l, c->name);
            given_up += laws_total(l, "relay", c->name, "dead_lettered");
        }
        if (strcmp(c->plugin->name, "gateway") == 0) laws_of_gateway(l, c->name);
        if (strcmp(c->plugin->name, "client") == 0) laws_of_client(l, c->name);
        if (strcmp(c->plugin->name, "workflow") == 0) laws_of_workflow(l, c->name);
        if (strcmp(c->plugin->name, "websocket") == 0) laws_of_websocket(l, c->name);
        if (strcmp(c->plugin->name, "dependency") == 0) laws_of_dependency(l, c->name);
        if (strcmp(c->plugin->name, "cluster") == 0) laws_of_cluster(l, c->name);
        if (strcmp(c->plugin->name, "node_group") == 0) laws_of_node_group(l, c->name);
        laws_of_asking(l, c);
        if (strcmp(c->plugin->name, "queue") != 0) continue;
        laws_of_queue(l, c->name);
        given_up += laws_total(l, "queue", c->name, "dead_lettered");
        moved += laws_total(l, "queue", c->name, "moved_in");
    }
    law(l, given_up == moved, "messages given up = messages moved in");
    laws_of_account(l);
}

/* ---- money ---------------------------------------------------------------------------------- */

/* Amounts are integers of femto-dollars, each rounded once to a double. */
static void laws_of_cost(struct laws *l)
{
    double all = 0;
    for (int i = 0; i < l->bill->n_lines; i++) {
        const struct fs_bill_line *line = &l->bill->line[i];
        double sum = 0;
        for (int k = 0; k < l->bill->n_intervals; k++) {
            law(l, line->interval_usd[k] >= 0, "%s %s costs >= 0 in interval %d", line->component,
                line->line, k);
            sum += line->interval_usd[k];
        }
        law(l, fabs(sum - line->usd) <= 1e-16 * (2 + l->bill->n_intervals) * line->usd,
            "the intervals of %s %s sum to %.17g, not %.17g", line->component, line->line, sum,
            line->usd);
        law(l, line->quantity >= 0, "%s %s: quantity >= 0", line->component, line->line);
        all += line->usd;
        l->charged += line->usd > 0;
    }
    law(l, fabs(all - l->bill->usd) <= 1e-16 * (2 + l->bill->n_lines) * all,
        "the bill's lines sum to its total");
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool laws_same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static const struct fs_column *laws_column(const struct laws *l, struct fs_results *file,
                                           const char *group, const char *name, int64_t n)
{
    const struct fs_column *column = fs_results_get(file, group, name);
    law(l, column && column->rank >= 1 && column->extent[0] == n, "the file has %s/%s", group,
        name);
    return column;
}

static void laws_of_saved_estimates(const struct laws *l, struct fs_arena *arena,
                                    struct fs_results *file)
{
    const char *group = fs_arena_format(arena, "%s/estimates", l->variant->variant->name);
    const struct fs_views views = fs_views_all(arena, l->variant);
    const struct fs_column *path = laws_column(l, file, group, "metric", views.n);
    const struct fs_column *unit = laws_column(l, file, group, "unit", views.n);
    const struct fs_column *why = laws_column(l, file, group, "why", views.n);
    const struct fs_column *value = laws_column(l, file, group, "value", views.n);
    const struct fs_column *low = laws_column(l, file, group, "low", views.n);
    const struct fs_column *high = laws_column(l, file, group, "high", views.n);
    for (int i = 0; i < views.n; i++) {
        const struct fs_view *v = &views.view[i];
        law(l,
            strcmp(path->text[i], v->path) == 0 && strcmp(unit->text[i], v->unit) == 0 &&
                strcmp(why->text[i], v->estimate.why ? v->estimate.why : "") == 0,
            "the file knows %s", v->path);
        law(l,
            laws_same(value->f64[i], v->estimate.value) &&
                laws_same(low->f64[i], v->estimate.low) &&
                laws_same(high->f64[i], v->estimate.high),
            "the file says the same of %s", v->path);
        law(l, !(v->estimate.low > v->estimate.value) && !(v->estimate.high < v->estimate.value),
            "%s lies in its interval: %.17g [%.17g, %.17g]", v->path, v->estimate.value,
            v->estimate.low, v->estimate.high);
    }
}

/* Arrivals of (class, replication, time) in the file are those of the records. */
static void laws_of_saved_arrivals(const struct laws *l, struct fs_arena *arena,
                                   struct fs_results *file)
{
    const struct fs_table *table = fs_record_table(l->record, "traffic");
    const char *group = fs_arena_format(arena, "%s/traffic", l->variant->variant->name);
    const struct fs_column *c = laws_column(l, file, group, "arrived", table->n_subjects);
    const int64_t *at = c->i64;
    law(l, c->rank == 3 && c->extent[1] == l->variant->n, "arrived has (class, replication, time)");
    for (int i = 0; i < table->n_subjects; i++) {
        for (int j = 0; j < l->variant->n; j++) {
            const struct fs_series *s = fs_record_series(l->variant->record[j], "traffic",
                                                         table->subject[i].name, "arrived");
            law(l, memcmp(at, s->increase, (size_t)c->extent[2] * sizeof *at) == 0,
                "the file says the same of arrivals");
            at += c->extent[2];
        }
    }
}

/* Written, read back, and equal. The file stays at `path`. */
static void hold_file_laws(const struct laws *l, const struct built *b, const char *path)
{
    struct fs_failure failure = {""};
    struct fs_results *file;
    law(l, fs_study_save(b->study, path, &failure) == FS_OK, "it can be saved: %s", failure.text);
    law(l, fs_results_open(path, &file, &failure) == FS_OK, "it can be read: %s", failure.text);
    laws_of_saved_estimates(l, b->arena, file);
    laws_of_saved_arrivals(l, b->arena, file);
    fs_results_close(file);
}

/* All laws of one variant, replication by replication. */
static void hold_laws_of(struct laws *l, const struct fs_study_variant *variant)
{
    l->variant = variant;
    l->full = variant->variant->full;
    for (int i = 0; i < variant->n; i++) {
        l->record = variant->record[i];
        l->bill = variant->bill[i];
        law(l, l->record->complete && l->record->length == laws_spec(l)->run.length,
            "it runs to its end");
        laws_of_every_series(l);
        laws_of_traffic(l);
        laws_of_components(l);
        laws_of_cost(l);
    }
}

#endif
