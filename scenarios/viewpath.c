/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The statistics that a kind of metric has are one table, so what can be asked for before a run and
 * what is computed after it cannot differ.
 */
#include "viewpath.h"

#include "component.h"
#include "namelist.h"

#include <string.h>

const struct fs_statistic fs_statistics[] = {
    {"", FS_COUNTER, FS_VIEW_COUNT, 0, false, false},
    {"share", FS_COUNTER, FS_VIEW_SHARE, 0, true, false},
    {"mean", FS_GAUGE, FS_VIEW_MEAN, 0, false, false},
    {"peak", FS_GAUGE, FS_VIEW_COUNT, 0, false, false},
    {"last", FS_GAUGE, FS_VIEW_COUNT, 0, false, false},
    {"", FS_GAUGE, FS_VIEW_MEAN, 0, false, true},
    {"mean", FS_LATENCY, FS_VIEW_MEAN, 0, false, false},
    {"max", FS_LATENCY, FS_VIEW_MEAN, 0, false, false},
    {"count", FS_LATENCY, FS_VIEW_COUNT, 0, false, false},
    {"p50", FS_LATENCY, FS_VIEW_QUANTILE, .50, false, false},
    {"p90", FS_LATENCY, FS_VIEW_QUANTILE, .90, false, false},
    {"p95", FS_LATENCY, FS_VIEW_QUANTILE, .95, false, false},
    {"p99", FS_LATENCY, FS_VIEW_QUANTILE, .99, false, false},
    {"p999", FS_LATENCY, FS_VIEW_QUANTILE, .999, false, false},
    {"", FS_LATENCY, FS_VIEW_MEAN, 0, false, true},
    {.name = NULL}};

const struct fs_money fs_moneys[FS_MONEYS] = {
    [FS_MONEY_TOTAL] = {"total_usd", "USD", FS_VIEW_MONEY,
                        "Bill of the run at the first price tier, without free tier."},
    [FS_MONEY_PER_MONTH] =
        {"usd_per_month", "USD", FS_VIEW_MONEY,
         "Bill of a month of such runs, tiers and free tier applied; in steady state of what "
         "has settled."},
    [FS_MONEY_PER_MILLION] = {"usd_per_million", "USD", FS_VIEW_MONEY,
                              "Bill of all runs for a million of all requests that arrived."},
    [FS_MONEY_NOT_PRICED] = {
        "not_priced", "1", FS_VIEW_COUNT,
        "Components that could be charged and have no price, or run on instances of which "
        "there are none: the bill leaves them out."}};

const char *fs_viewpath_text(struct fs_arena *arena, const struct fs_viewpath *t)
{
    const char *dot = *t->statistic->name ? "." : "";
    if (strcmp(t->table, "account") == 0)
        return fs_arena_format(arena, "account.%s%s%s", t->metric->name, dot, t->statistic->name);
    return fs_arena_format(arena, "%s.%s.%s%s%s",
                           strcmp(t->table, "traffic") == 0 ? "traffic" : "components", t->subject,
                           t->metric->name, dot, t->statistic->name);
}

const char *fs_viewpath_alarm(struct fs_arena *arena, const struct fs_variant *variant, int alarm,
                              int number)
{
    return fs_arena_format(arena, "alarms.%s.%s", variant->spec.alarm[alarm].name,
                           fs_alarm_metrics[number].name);
}

const char *fs_viewpath_unit(const struct fs_viewpath *t)
{
    const bool counts = strcmp(t->statistic->name, "count") == 0;
    return counts || t->statistic->kind == FS_VIEW_SHARE ? "1" : t->metric->unit;
}

bool fs_viewpath_applies(const struct fs_statistic *s, const struct fs_metric *metric,
                         const char *table)
{
    if (s->metric != metric->kind) return false;
    return !s->traffic_only ||
           (strcmp(table, "traffic") == 0 && strcmp(metric->name, "arrived") != 0);
}

/* ---- what a text means ---------------------------------------------------------------------- */

/* Which table and subject "traffic.jobs.latency" starts with; the rest of the path is returned. */
static const char *split_subject(struct fs_arena *arena, const struct fs_variant *variant,
                                 const char *path, struct fs_viewpath *t)
{
    if (strncmp(path, "account.", 8) == 0) {
        t->table = t->subject = "account";
        return path + 8;
    }
    const char *name = strchr(path, '.');
    const char *rest = name ? strchr(name + 1, '.') : NULL;
    if (!rest) return NULL;
    t->subject = fs_arena_format(arena, "%.*s", (int)(rest - name - 1), name + 1);
    if (strncmp(path, "traffic.", 8) == 0) {
        t->table = "traffic";
        return rest + 1;
    }
    if (strncmp(path, "components.", 11) != 0) return NULL;
    for (int i = 0; i < variant->spec.n_components; i++) {
        if (strcmp(variant->spec.component[i].name, t->subject) == 0)
            t->table = variant->spec.component[i].plugin->name;
    }
    return t->table ? rest + 1 : NULL;
}

static const struct fs_metric *rows_of(const struct fs_variant *variant,
                                       const struct fs_viewpath *t)
{
    if (strcmp(t->table, "traffic") == 0) return fs_traffic_metrics;
    if (strcmp(t->table, "account") == 0) return fs_account_metrics;
    for (int i = 0; i < variant->spec.n_components; i++) {
        const struct fs_component_spec *c = &variant->spec.component[i];
        if (strcmp(c->name, t->subject) == 0)
            return ((const struct fs_component_type *)c->plugin->type)->metrics;
    }
    return NULL;
}

static bool find_statistic(struct fs_viewpath *t, const char *name)
{
    for (const struct fs_statistic *s = fs_statistics; s->name; s++) {
        if (strcmp(s->name, name) != 0) continue;
        if (!fs_viewpath_applies(s, t->metric, t->table)) continue;
        t->statistic = s;
        return true;
    }
    return false;
}

/* Is `name` a class of the variant, or one derived from it by a hand-over? */
static bool is_class(struct fs_arena *arena, const struct fs_variant *variant, const char *name)
{
    const struct fs_variant_spec *spec = &variant->spec;
    const char *slash = strchr(name, '/');
    const size_t length = slash ? (size_t)(slash - name) : strlen(name);
    for (int i = 0; i < spec->n_classes; i++) {
        const struct fs_class_spec *class = &spec->traffic[i];
        if (strlen(class->name) != length || strncmp(class->name, name, length) != 0) continue;
        if (!slash) return true;
        return fs_route_find(fs_route_new(arena, spec, class->name, &class->params.path), name);
    }
    return false;
}

bool fs_viewpath_find(struct fs_arena *arena, const struct fs_variant *variant, const char *path,
                      struct fs_viewpath *t)
{
    memset(t, 0, sizeof *t);
    const char *rest = split_subject(arena, variant, path, t);
    if (!rest) return false;
    if (strcmp(t->table, "traffic") == 0 && !is_class(arena, variant, t->subject)) return false;
    const char *dot = strchr(rest, '.');
    const size_t length = dot ? (size_t)(dot - rest) : strlen(rest);
    for (const struct fs_metric *m = rows_of(variant, t); m && m->name; m++) {
        if (strlen(m->name) != length || strncmp(m->name, rest, length) != 0) continue;
        t->metric = m;
        return find_statistic(t, dot ? dot + 1 : "");
    }
    return false;
}

/* ---- all that a variant has ----------------------------------------------------------------- */

static void add_paths(struct fs_arena *arena, struct fs_namelist *names, const char *table,
                      const char *subject, const struct fs_metric *rows)
{
    for (const struct fs_metric *m = rows; m->name; m++) {
        for (const struct fs_statistic *s = fs_statistics; s->name; s++) {
            const struct fs_viewpath t = {table, subject, m, s};
            if (fs_viewpath_applies(s, m, table))
                fs_namelist_add(arena, names, fs_viewpath_text(arena, &t));
        }
    }
}

static void add_cost(struct fs_arena *arena, struct fs_namelist *names, const char *component,
                     const char *line, const char *price)
{
    if (!price || strcmp(price, FS_PRICE_FREE) == 0) return;
    fs_namelist_add(arena, names, fs_arena_format(arena, "cost.%s.%s.usd", component, line));
    fs_namelist_add(arena, names,
                    fs_arena_format(arena, "cost.%s.%s.usd_per_month", component, line));
}

static void add_charges(struct fs_arena *arena, struct fs_namelist *names,
                        const struct fs_component_spec *c)
{
    const struct fs_component_type *type = c->plugin->type;
    for (const struct fs_charge *charge = type->charges; charge && charge->line; charge++)
        add_cost(arena, names, c->name, charge->line, fs_bill_price(c, charge));
}

static struct fs_namelist known_paths(struct fs_arena *arena, const struct fs_variant *variant)
{
    struct fs_namelist names = {0};
    for (int i = 0; i < variant->spec.n_classes; i++)
        add_paths(arena, &names, "traffic", variant->spec.traffic[i].name, fs_traffic_metrics);
    for (int i = 0; i < variant->spec.n_components; i++) {
        const struct fs_component_spec *c = &variant->spec.component[i];
        add_paths(arena, &names, c->plugin->name, c->name,
                  ((const struct fs_component_type *)c->plugin->type)->metrics);
        add_charges(arena, &names, c);
    }
    add_paths(arena, &names, "account", "account", fs_account_metrics);
    for (int i = 0; i < variant->spec.n_alarms; i++)
        add_cost(arena, &names, "alarms", variant->spec.alarm[i].name,
                 fs_alarm_price(&variant->spec.alarm[i]));
    for (int i = 0; i < FS_ALARM_NUMBERS * variant->spec.n_alarms; i++)
        fs_namelist_add(
            arena, &names,
            fs_viewpath_alarm(arena, variant, i / FS_ALARM_NUMBERS, i % FS_ALARM_NUMBERS));
    for (int i = 0; i < FS_MONEYS; i++)
        fs_namelist_add(arena, &names, fs_arena_format(arena, "cost.%s", fs_moneys[i].name));
    return names;
}

/* Of what is no metric of the table. */
static const char *unit_of_sum(const char *path)
{
    const char *last = strrchr(path, '.');
    for (int i = 0; last && strncmp(path, "alarms.", 7) == 0 && i < FS_ALARM_NUMBERS; i++) {
        if (strcmp(last + 1, fs_alarm_metrics[i].name) == 0) return fs_alarm_metrics[i].unit;
    }
    return strcmp(path, "cost.not_priced") == 0 ? "1" : "USD";
}

bool fs_viewpath_known(struct fs_arena *arena, const struct fs_variant *variant, const char *text,
                       const char **unit, const char **hint)
{
    struct fs_viewpath path;
    const bool is_metric = fs_viewpath_find(arena, variant, text, &path);
    *hint = NULL;
    *unit = is_metric ? fs_viewpath_unit(&path) : unit_of_sum(text);
    if (is_metric) return true;
    const struct fs_namelist names = known_paths(arena, variant);
    const bool known = fs_namelist_has(&names, text);
    if (!known) *hint = fs_nearest(text, names.name, names.n);
    return known;
}
