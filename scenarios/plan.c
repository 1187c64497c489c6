/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every round is one replication of each setting that is still in question (the first round: ten),
 * shared out to threads; decisions are made between rounds, so they do not depend on threads. A
 * replication's record is turned into its few numbers and dropped.
 */
#include "plan.h"

#include "quantity.h"
#include "steady.h"
#include "viewpath.h"
#include "world.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

__attribute__((format(printf, 1, 2))) static enum fs_rc complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("fleetsim: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return FS_INPUT;
}

/* ---- objectives to be met ------------------------------------------------------------------- */

/* "p99", "p99.9", "p999", "p50": the share below; 0 when it is none. */
static double quantile_named(const char *name)
{
    double number;
    const char *end;
    if (name[0] != 'p' || !fs_number_read(name + 1, &end, &number) || *end) return 0;
    if (name[1] == '9' && !strchr(name, '.')) {
        while (number >= 100)
            number /= 10;
    }
    return number > 0 && number < 100 ? number / 100 : 0;
}

static const char *read_limit(struct fs_arena *arena, const char *unit, const char *text,
                              double *value)
{
    const char *hint, *wrong;
    const bool time = strcmp(unit, "s") == 0, money = strcmp(unit, "USD") == 0;
    const enum fs_dimension dimension = time                ? FS_D_TIME
                                        : money             ? FS_D_MONEY
                                        : strchr(text, '%') ? FS_D_FRACTION
                                                            : FS_D_NUMBER;
    wrong = fs_quantity_read(arena, dimension, text, value, &hint);
    if (time) *value /= 1e9;
    if (money) *value /= (double)FS_USD;
    return wrong;
}

/* "traffic.web.latency.p99.9" -> p, and the path of a view that has the histogram. */
static void read_quantile(struct fs_arena *arena, struct fs_slo *slo)
{
    const char *dot = strchr(slo->path, '.');
    while (dot && !(quantile_named(dot + 1) > 0))
        dot = strchr(dot + 1, '.');
    if (!dot) return;
    slo->p = quantile_named(dot + 1);
    slo->path = fs_arena_format(arena, "%.*s.p99", (int)(dot - slo->path), slo->path);
}

static enum fs_rc finish_slo(struct fs_plan *plan, struct fs_slo *slo, const char *value)
{
    const char *unit = NULL, *hint = NULL, *wrong;
    read_quantile(plan->arena, slo);
    for (int i = 0; i < plan->n_settings; i++) {
        if (!fs_viewpath_known(plan->arena, plan->setting[i].variant, slo->path, &unit, &hint))
            return complain("--slo '%s': there is no metric '%s'%s%s%s", slo->text, slo->path,
                            hint ? "; did you mean '" : "", hint ? hint : "", hint ? "'?" : "");
    }
    wrong = read_limit(plan->arena, unit, value, &slo->limit);
    if (wrong) return complain("--slo '%s': '%s' %s", slo->text, value, wrong);
    slo->unit = unit;
    slo->share = slo->p > 0 || strstr(slo->path, ".share");
    if (slo->p > 0) {
        if (slo->at_least)
            return complain("--slo '%s': a percentile has a most, with <", slo->text);
        slo->above = slo->limit;
        slo->limit = 1 - slo->p;
        slo->unit = "1";
    }
    slo->tolerance = plan->options.tolerance * fabs(slo->limit);
    if (!(slo->tolerance > 0))
        return complain("--slo '%s': a limit of 0 leaves no room for error; give a small one, such "
                        "as a share of 0.01%%",
                        slo->text);
    return FS_OK;
}

static struct fs_slo *add_slo(struct fs_plan *plan, const char *text)
{
    struct fs_slo *list = fs_arena_alloc(plan->arena, (size_t)(plan->n_slos + 1) * sizeof *list);
    if (plan->n_slos) memcpy(list, plan->slo, (size_t)plan->n_slos * sizeof *list);
    plan->slo = list;
    list[plan->n_slos] = (struct fs_slo){.text = text};
    return &list[plan->n_slos++];
}

/* "p99 < 200ms" is every class's latency.p99, "failed.share < 1%" every class's too. */
static enum fs_rc read_slo(struct fs_plan *plan, const char *text)
{
    char left[256], op[3], right[64], more[2];
    if (sscanf(text, " %255[^ <>=!] %2[<>=!] %63[^ \n]%1[^ \n]", left, op, right, more) != 3 ||
        strchr("<>", op[0]) == NULL)
        return complain("--slo '%s' reads like 'p99 < 200ms' or 'traffic.web.failed.share < 0.1%%'",
                        text);
    const struct fs_variant_spec *spec = &plan->setting[0].variant->spec;
    const bool whole = strncmp(left, "traffic.", 8) == 0 || strncmp(left, "cost.", 5) == 0 ||
                       strncmp(left, "components.", 11) == 0 || strncmp(left, "account.", 8) == 0;
    for (int i = 0; i < (whole ? 1 : spec->n_classes); i++) {
        struct fs_slo *slo = add_slo(plan, text);
        slo->path = whole ? fs_arena_text(plan->arena, left)
                          : fs_arena_format(plan->arena, "traffic.%s.%s%s", spec->traffic[i].name,
                                            quantile_named(left) > 0 ? "latency." : "", left);
        slo->at_least = op[0] == '>';
        const enum fs_rc rc = finish_slo(plan, slo, fs_arena_text(plan->arena, right));
        if (rc != FS_OK) return rc;
    }
    return FS_OK;
}

/* ---- settings ------------------------------------------------------------------------------- */

static enum fs_rc read_point(struct fs_plan *plan, int64_t point, struct fs_scenario **scenario)
{
    const struct fs_plan_options *o = &plan->options;
    struct fs_report *report = fs_report_new(plan->arena);
    struct fs_failure failure;
    int n = o->n_overrides;
    const struct fs_override *all =
        fs_axes_override(plan->arena, &plan->axes, point, o->override, &n);
    const enum fs_rc rc =
        fs_scenario_read(plan->arena, o->file, all, n, o->only, scenario, report, &failure);
    if (rc == FS_INPUT) fs_report_print(report, stderr, o->colour);
    if (rc == FS_WORLD) fprintf(stderr, "fleetsim: %s\n", failure.text);
    return rc;
}

static enum fs_rc read_settings(struct fs_plan *plan)
{
    for (int64_t point = 0; point < plan->axes.points; point++) {
        struct fs_scenario *scenario;
        const enum fs_rc rc = read_point(plan, point, &scenario);
        if (rc != FS_OK) return rc;
        if (!plan->setting)
            plan->setting =
                fs_arena_alloc(plan->arena, (size_t)(plan->axes.points * scenario->n_variants) *
                                                sizeof *plan->setting);
        for (int v = 0; v < scenario->n_variants; v++) {
            const char *label = fs_axes_label(plan->arena, &plan->axes, point);
            if (scenario->n_variants > 1)
                label = fs_arena_format(plan->arena, "%s%s%s", scenario->variant[v].name,
                                        *label ? " " : "", label);
            if (!*label) label = "as it stands";
            plan->setting[plan->n_settings++] = (struct fs_plan_setting){
                .label = label, .variant = &scenario->variant[v], .scenario = scenario};
        }
    }
    return FS_OK;
}

static enum fs_rc check_objective(struct fs_plan *plan)
{
    const char *hint = NULL, *path = plan->options.minimize;
    bool month = true;
    for (int i = 0; i < plan->n_settings; i++) {
        const struct fs_run_params *run = &plan->setting[i].variant->spec.run;
        month = month && (run->represents != FS_REPRESENTS_NOTHING || run->length >= 86400 * FS_S);
        if (path &&
            !fs_viewpath_known(plan->arena, plan->setting[i].variant, path, &plan->unit, &hint))
            return complain("--minimize %s: there is no such metric%s%s%s", path,
                            hint ? "; did you mean '" : "", hint ? hint : "", hint ? "'?" : "");
    }
    plan->objective = path ? path : month ? "cost.usd_per_month" : "cost.total_usd";
    if (!path) plan->unit = "USD";
    return FS_OK;
}

enum fs_rc fs_plan_read(struct fs_arena *arena, const struct fs_axes *axes,
                        const struct fs_plan_options *options, struct fs_plan **out)
{
    struct fs_plan *plan = fs_arena_alloc(arena, sizeof *plan);
    enum fs_rc rc;
    plan->arena = arena;
    plan->options = *options;
    plan->axes = *axes;
    plan->best = -1;
    if ((rc = read_settings(plan)) != FS_OK) return rc;
    for (int i = 0; i < options->n_slos; i++) {
        if ((rc = read_slo(plan, options->slo[i])) != FS_OK) return rc;
    }
    *out = plan;
    return check_objective(plan);
}

/* ---- replications --------------------------------------------------------------------------- */

struct job {
    int setting, replication;
};

struct round {
    struct fs_plan *plan;
    struct job *job;
    int n;
    _Atomic int next;
};

static double share_above(const struct fs_view *view, int64_t limit)
{
    if (view->segments) return fs_steady_above(view->segments[0], limit);
    const struct fs_histogram *h = view->histogram[0];
    return (double)fs_histogram_above(h, limit) / (double)h->count;
}

/* A class that nobody was answered in: where somebody asked, all have waited, and as long as the
 * run; where nobody asked, nobody has. `latency`: where that begins in the path. */
static struct fs_observation observe_unanswered(struct fs_arena *arena,
                                                const struct fs_study_variant *v,
                                                const struct fs_slo *slo, const char *latency)
{
    struct fs_view view;
    const char *arrived =
        fs_arena_format(arena, "%.*s.arrived", (int)(latency - slo->path), slo->path);
    if (!fs_view_get(arena, v, arrived, &view) || !(view.estimate.value > 0))
        return (struct fs_observation){0, 0};
    return slo->p > 0 ? (struct fs_observation){view.estimate.value, view.estimate.value}
                      : (struct fs_observation){(double)v->variant->spec.run.length / 1e9, 1};
}

static struct fs_observation observe_quantile(const struct fs_view *view, const struct fs_slo *slo)
{
    const double count = (double)view->histogram[0]->count;
    if (!(count > 0)) return (struct fs_observation){0, 0};
    return (struct fs_observation){count * share_above(view, (int64_t)(slo->above * 1e9)), count};
}

static struct fs_observation observe_number(const struct fs_view *view)
{
    const double value = view->estimate.value;
    if (view->denominator && !view->sum)
        return (struct fs_observation){*view->numerator, *view->denominator};
    if (isnan(value)) return (struct fs_observation){0, 0};
    const double of = view->denominator ? *view->denominator : 1;
    return (struct fs_observation){of * value, of};
}

/* Of one replication. */
static struct fs_observation observe(struct fs_arena *arena, const struct fs_study_variant *v,
                                     const struct fs_slo *slo)
{
    struct fs_view view;
    struct fs_observation seen = {0, 0};
    const char *latency = strstr(slo->path, ".latency.");
    if (fs_view_get(arena, v, slo->path, &view))
        seen = slo->p > 0 ? observe_quantile(&view, slo) : observe_number(&view);
    return latency && !(seen.denominator > 0) ? observe_unanswered(arena, v, slo, latency) : seen;
}

static void run_job(struct fs_plan *plan, const struct job *job)
{
    struct fs_plan_setting *setting = &plan->setting[job->setting];
    const struct fs_variant_spec *spec = &setting->variant->spec;
    const struct fs_world_options options = {.sim = {.label = spec->name},
                                             .stop = plan->options.how.stop};
    struct fs_world *world =
        fs_world_new(spec, (uint64_t)spec->run.seed, (uint64_t)job->replication, &options);
    struct fs_record *record = fs_world_run(world);
    struct fs_bill *bill = fs_bill_new(spec, record);
    struct fs_alarms *alarms = fs_alarms_new(&(struct fs_alarm_view){spec, record, bill});
    fs_world_free(world);
    const struct fs_study_variant v = {
        .variant = setting->variant, .n = 1, .record = &record, .bill = &bill, .alarms = &alarms};
    struct fs_arena *arena = fs_arena_new();
    struct fs_view view;
    struct fs_observation *row = setting->row + job->replication * (1 + plan->n_slos);
    row[0] = fs_view_get(arena, &v, plan->objective, &view) && view.replication
                 ? observe_number(&view)
                 : (struct fs_observation){0, 0};
    for (int i = 0; i < plan->n_slos; i++)
        row[1 + i] = observe(arena, &v, &plan->slo[i]);
    fs_arena_free(arena);
    fs_alarms_free(alarms);
    fs_bill_free(bill);
    fs_record_free(record);
}

static bool stopped(const struct fs_plan *plan)
{
    return plan->options.how.stop && *plan->options.how.stop;
}

static void *work(void *arg)
{
    struct round *round = arg;
    int i;
    while (!stopped(round->plan) && (i = atomic_fetch_add(&round->next, 1)) < round->n)
        run_job(round->plan, &round->job[i]);
    return NULL;
}

static void run_jobs(struct round *round)
{
    pthread_t thread[256];
    const int n = fs_study_threads(&round->plan->options.how, round->n);
    int started = 0;
    while (started < n - 1 && pthread_create(&thread[started], NULL, work, round) == 0)
        started++;
    work(round);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

static void make_room(struct fs_plan *plan, struct fs_plan_setting *setting, int n)
{
    if (n <= setting->room) return;
    setting->room = 2 * n;
    setting->row =
        fs_realloc(setting->row,
                   (size_t)(setting->room * (1 + plan->n_slos)) * sizeof *setting->row, "a plan");
}

static void plan_round(struct round *round, int each)
{
    struct fs_plan *plan = round->plan;
    round->n = 0;
    round->next = 0;
    for (int i = 0; i < plan->n_settings; i++) {
        if (!fs_select_wants(plan->select, i)) continue;
        const int from = fs_select_count(plan->select, i);
        make_room(plan, &plan->setting[i], from + each);
        for (int k = 0; k < each; k++)
            round->job[round->n++] = (struct job){i, from + k};
    }
}

static void take_round(const struct round *round)
{
    struct fs_plan *plan = round->plan;
    const size_t width = (size_t)(1 + plan->n_slos);
    struct fs_observation *row = fs_alloc(width * sizeof *row, "a replication");
    for (int i = 0; i < round->n; i++) {
        const struct job *job = &round->job[i];
        memcpy(row, plan->setting[job->setting].row + (size_t)job->replication * width,
               width * sizeof *row);
        for (int c = 0; c < plan->n_slos; c++) {
            if (plan->slo[c].at_least) row[1 + c].numerator = -row[1 + c].numerator;
        }
        fs_select_add(plan->select, job->setting, row);
    }
    plan->replications += round->n;
    free(row);
}

/* ---- the run -------------------------------------------------------------------------------- */

static enum fs_rc fix_indifference(struct fs_plan *plan)
{
    double least = INFINITY;
    for (int i = 0; i < plan->n_settings; i++) {
        const double mean = fs_select_objective(plan->select, i);
        if (!isfinite(mean))
            return complain("--minimize %s has no value in '%s'", plan->objective,
                            plan->setting[i].label);
        if (fabs(mean) > 0 && fabs(mean) < least) least = fabs(mean);
    }
    plan->indifference = isfinite(least) ? plan->options.indifference * least : 1e-12;
    fs_select_indifference(plan->select, plan->indifference);
    return FS_OK;
}

static void new_select(struct fs_plan *plan)
{
    struct fs_constraint *constraint =
        fs_arena_alloc(plan->arena, (size_t)plan->n_slos * sizeof *constraint + 1);
    for (int i = 0; i < plan->n_slos; i++) {
        const struct fs_slo *slo = &plan->slo[i];
        constraint[i] = (struct fs_constraint){slo->at_least ? -slo->limit : slo->limit,
                                               slo->tolerance, slo->share};
    }
    plan->select = fs_select_new(plan->n_settings, plan->n_slos, plan->options.first,
                                 plan->options.confidence, 1, constraint);
}

static void show(const struct fs_plan *plan, time_t *last)
{
    int open = 0;
    const time_t now = time(NULL);
    if (!plan->options.how.progress || now == *last) return;
    *last = now;
    for (int i = 0; i < plan->n_settings; i++)
        open += fs_select_wants(plan->select, i);
    fprintf(stderr, "\r\033[K%d replications, %d of %d settings in question", plan->replications,
            open, plan->n_settings);
    fflush(stderr);
}

enum fs_rc fs_plan_run(struct fs_plan *plan)
{
    const int first = plan->options.first;
    struct round round = {.plan = plan};
    enum fs_rc rc = FS_OK;
    time_t shown = time(NULL);
    new_select(plan);
    round.job = fs_alloc((size_t)(plan->n_settings * first) * sizeof *round.job, "a plan");
    for (int n = first; rc == FS_OK && n <= plan->options.budget; n++) {
        plan_round(&round, n == first ? first : 1);
        run_jobs(&round);
        if (stopped(plan)) {
            rc = FS_INTERRUPTED;
            break;
        }
        take_round(&round);
        if (n == first && (rc = fix_indifference(plan)) != FS_OK) break;
        fs_select_decide(plan->select);
        show(plan, &shown);
        if (fs_select_done(plan->select)) break;
    }
    if (plan->options.how.progress) fprintf(stderr, "\r\033[K");
    free(round.job);
    plan->decided = fs_select_done(plan->select);
    plan->best = fs_select_best(plan->select);
    return rc;
}

void fs_plan_free(struct fs_plan *plan)
{
    if (!plan) return;
    for (int i = 0; i < plan->n_settings; i++)
        free(plan->setting[i].row);
    fs_select_free(plan->select);
}

/* ---- answers -------------------------------------------------------------------------------- */

struct fs_estimate fs_plan_estimate(const struct fs_plan *plan, int setting, int column)
{
    const int n = fs_select_count(plan->select, setting);
    double *numerator = fs_alloc(2 * (size_t)n * sizeof *numerator, "an estimate");
    double *denominator = numerator + n;
    for (int r = 0; r < n; r++) {
        const struct fs_observation x = plan->setting[setting].row[r * (1 + plan->n_slos) + column];
        numerator[r] = x.numerator;
        denominator[r] = x.denominator;
    }
    const bool share = column > 0 && plan->slo[column - 1].share;
    const struct fs_estimate e =
        (share ? fs_estimate_ratio : fs_estimate_quotient)(numerator, denominator, n, .95);
    free(numerator);
    return e;
}

/* The worst miss as a share of its limit; negative when all are met. */
static double worst_miss(const struct fs_plan *plan, int setting)
{
    double worst = -INFINITY;
    for (int c = 0; c < plan->n_slos; c++) {
        const struct fs_slo *slo = &plan->slo[c];
        const double over = fs_plan_estimate(plan, setting, 1 + c).value - slo->limit;
        const double miss = (slo->at_least ? -over : over) / fabs(slo->limit);
        if (miss > worst) worst = miss;
    }
    return worst;
}

int fs_plan_closest(const struct fs_plan *plan)
{
    int best = 0;
    for (int i = 1; i < plan->n_settings; i++) {
        if (worst_miss(plan, i) < worst_miss(plan, best)) best = i;
    }
    return best;
}

int fs_plan_runner_up(const struct fs_plan *plan)
{
    int best = -1;
    for (int i = 0; i < plan->n_settings; i++) {
        if (i == plan->best || fs_select_verdict(plan->select, i) == FS_INFEASIBLE) continue;
        if (worst_miss(plan, i) > 0) continue;
        if (best < 0 ||
            fs_select_objective(plan->select, i) < fs_select_objective(plan->select, best))
            best = i;
    }
    return best;
}

int fs_plan_binding(const struct fs_plan *plan)
{
    int dearest = -1;
    for (int i = 0; plan->best >= 0 && i < plan->n_settings; i++) {
        const double mean = fs_select_objective(plan->select, i);
        if (fs_select_verdict(plan->select, i) != FS_INFEASIBLE) continue;
        if (mean >= fs_select_objective(plan->select, plan->best)) continue;
        if (dearest < 0 || mean > fs_select_objective(plan->select, dearest)) dearest = i;
    }
    return dearest;
}

bool fs_plan_on_frontier(const struct fs_plan *plan, int setting)
{
    for (int i = 0; i < plan->n_settings; i++) {
        bool as_good = i != setting, better = false;
        for (int c = 0; c <= plan->n_slos && as_good; c++) {
            const double sign = c && plan->slo[c - 1].at_least ? -1 : 1;
            const double a = sign * fs_plan_estimate(plan, i, c).value;
            const double b = sign * fs_plan_estimate(plan, setting, c).value;
            as_good = a <= b;
            better = better || a < b;
        }
        if (as_good && better) return false;
    }
    return true;
}
