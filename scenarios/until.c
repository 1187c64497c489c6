/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rounds grow by what the widest interval calls for, between a quarter and twice: a width that was
 * estimated from few replications is not believed far. The decision is made between rounds from
 * all that has been run, so it depends neither on threads nor on who is asked.
 */
#include "until.h"

#include "arrival.h"
#include "quantity.h"
#include "steady.h"
#include "viewpath.h"

#include <math.h>
#include <string.h>

#define FIRST 10

struct target {
    const char *path; /* "p99" stands for every root class's */
    double share;
};

/* "p99 ± 5%" or "cost.usd_per_month +- 2%"; what is wrong, or NULL. */
static const char *read_target(struct fs_arena *arena, const char *text, struct target *target)
{
    const char *hint, *sign = strstr(text, "±"), *end = sign ? sign + strlen("±") : NULL;
    if (!sign && (sign = strstr(text, "+-"))) end = sign + 2;
    if (!sign) return "reads like 'p99 ± 5%' or 'cost.usd_per_month ± 2%'";
    while (*end == ' ')
        end++;
    while (sign > text && sign[-1] == ' ')
        sign--;
    target->path = fs_arena_format(arena, "%.*s", (int)(sign - text), text);
    if (fs_quantity_read(arena, FS_D_FRACTION, end, &target->share, &hint))
        return "needs a share such as 5% behind the '±'";
    if (!(target->share >= 0.0001 && target->share <= .99))
        return "needs a share from 0.01% to 99% behind the '±'";
    return NULL;
}

static bool is_quantile(const char *path)
{
    for (int i = 0; i < FS_QUANTILES; i++) {
        if (strcmp(path, fs_quantile_name[i]) == 0) return true;
    }
    return strcmp(path, "mean") == 0;
}

/* ---- checks --------------------------------------------------------------------------------- */

static struct fs_place place_of(const struct fs_node *tree, const char *section, const char *key)
{
    const struct fs_node *node = fs_node_get(tree, section);
    if (!node) return tree->place;
    const struct fs_node *below = node->kind == FS_NODE_MAP ? fs_node_get(node, key) : NULL;
    return below ? below->place : node->place;
}

static void check_steady(struct fs_arena *arena, const struct fs_variant *variant,
                         const struct fs_node *tree, struct fs_report *report)
{
    const struct fs_variant_spec *spec = &variant->spec;
    const char *hint = "a steady state needs traffic without beginning, end or daily course";
    for (int i = 0; i < spec->n_classes; i++) {
        const struct fs_plugin *arrivals = spec->traffic[i].params.arrivals.plugin;
        if (((const struct fs_arrival_type *)arrivals->type)->stationary) continue;
        fs_report_error(report, place_of(tree, "run", "kind"), hint,
                        "'kind': the arrivals of '%s' (%s) have no steady state",
                        spec->traffic[i].name, arrivals->name);
    }
    if (spec->n_events > 0)
        fs_report_error(report, place_of(tree, "run", "kind"), hint,
                        "'kind': a run with events has no steady state");
    if (spec->run.intervals < FS_SEGMENTS_MIN)
        fs_report_error(report, place_of(tree, "run", "intervals"),
                        fs_arena_format(arena, "%d or more", FS_SEGMENTS_MIN),
                        "'intervals': too few for the analysis of a steady state");
}

static void check_until(struct fs_arena *arena, const struct fs_variant *variant,
                        const struct fs_node *tree, struct fs_report *report)
{
    struct target target = {NULL, 0};
    const struct fs_run_params *run = &variant->spec.run;
    const struct fs_place place = place_of(tree, "run", "until");
    const char *unit, *hint = NULL, *wrong = read_target(arena, run->until, &target);
    if (wrong) {
        fs_report_error(report, place, NULL, "'until' %s", wrong);
    } else if (!is_quantile(target.path) &&
               !fs_viewpath_known(arena, variant, target.path, &unit, &hint)) {
        fs_report_error(report, place,
                        hint ? fs_arena_format(arena, "did you mean '%s'?", hint) : NULL,
                        "'until': there is no metric '%s'", target.path);
    }
    if (run->budget < fs_until_first(run))
        fs_report_error(report, place_of(tree, "run", "budget"), NULL,
                        "'budget': the first round alone takes %lld replications",
                        (long long)fs_until_first(run));
}

/* Each path once, and one that the variant has. */
static void check_together(struct fs_arena *arena, const struct fs_variant *variant,
                           const struct fs_node *tree, struct fs_report *report)
{
    const struct fs_list *list = &variant->spec.run.together;
    const struct fs_place place = place_of(tree, "run", "together");
    for (int i = 0; i < list->n; i++) {
        const char *const *path = (const char *const *)list->item + i, *unit, *hint = NULL;
        for (int k = 0; k < i; k++) {
            if (strcmp(path[k - i], *path) == 0)
                fs_report_error(report, place, NULL, "'together': '%s' stands there twice", *path);
        }
        if (fs_viewpath_known(arena, variant, *path, &unit, &hint)) continue;
        fs_report_error(report, place,
                        hint ? fs_arena_format(arena, "did you mean '%s'?", hint) : NULL,
                        "'together': there is no metric '%s'", *path);
    }
}

/* Traffic either has functions to deal out, or every part is an account: half and half, a part
 * would hold some requests once and others as often as there are parts. */
static void check_parts(const struct fs_variant *variant, const struct fs_node *tree,
                        struct fs_report *report)
{
    const struct fs_variant_spec *spec = &variant->spec;
    if (spec->run.part > spec->run.parts)
        fs_report_error(report, place_of(tree, "run", "part"), NULL,
                        "'part' %lld is beyond 'parts', %lld", (long long)spec->run.part,
                        (long long)spec->run.parts);
    for (int i = 0; spec->run.parts > 1 && fs_spec_is_dealt(spec) && i < spec->n_classes; i++) {
        if (fs_class_members(&spec->traffic[i]) > 1) continue;
        fs_report_error(
            report, place_of(tree, "run", "parts"),
            "give it a scenario of its own, or make it a trace of functions",
            "'parts': the requests of '%s' belong to no function that could be dealt out",
            spec->traffic[i].name);
    }
}

void fs_until_check(struct fs_arena *arena, const struct fs_variant *variant,
                    const struct fs_node *tree, struct fs_report *report)
{
    if (variant->spec.run.kind == FS_RUN_STEADY_STATE) check_steady(arena, variant, tree, report);
    if (variant->spec.run.until) check_until(arena, variant, tree, report);
    check_together(arena, variant, tree, report);
    check_parts(variant, tree, report);
}

/* ---- rounds --------------------------------------------------------------------------------- */

int64_t fs_until_first(const struct fs_run_params *run)
{
    return run->until && run->replications < FIRST ? FIRST : run->replications;
}

/* How wide the widest interval is, as a share of its value; infinite where one is missing. */
struct widest {
    double share;
    const char *path, *variant;
};

static void hold(struct fs_arena *arena, const struct fs_study_variant *v, const char *path,
                 struct widest *widest)
{
    struct fs_view view;
    double share = INFINITY;
    if (fs_view_get(arena, v, path, &view) && !isnan(view.estimate.value)) {
        const struct fs_estimate *e = &view.estimate;
        const double half = fmax(e->high - e->value, e->value - e->low);
        if (!isnan(e->low) && !isnan(e->high)) share = half > 0 ? half / fabs(e->value) : 0;
    }
    if (widest->path && !(share > widest->share)) return;
    *widest = (struct widest){share, path, v->variant->name};
}

static struct widest find_widest(struct fs_arena *arena, const struct fs_study *study,
                                 const struct target *target)
{
    struct widest widest = {0, NULL, NULL};
    for (int i = 0; i < study->n_variants; i++) {
        const struct fs_study_variant *v = &study->variant[i];
        if (!is_quantile(target->path)) {
            hold(arena, v, target->path, &widest);
            continue;
        }
        for (int k = 0; k < v->variant->spec.n_classes; k++)
            hold(arena, v,
                 fs_arena_format(arena, "traffic.%s.latency.%s", v->variant->spec.traffic[k].name,
                                 target->path),
                 &widest);
    }
    return widest;
}

/* The next number of replications: what the width calls for, but no more than twice. */
static int grow(int n, double ratio, int budget)
{
    double next = isinf(ratio) ? 2.0 * n : ceil(n * ratio * ratio * 1.05);
    if (next > 2.0 * n) next = 2.0 * n;
    if (next < n + ceil(n / 4.0)) next = n + ceil(n / 4.0);
    return next > budget ? budget : (int)next;
}

int fs_until_next(struct fs_study *study)
{
    const struct fs_run_params *run = &study->variant[0].variant->spec.run;
    struct target target;
    if (!run->until) return 0;
    struct fs_arena *arena = fs_arena_new();
    const int n = study->variant[0].n, budget = (int)run->budget;
    int next = 0;
    if (read_target(arena, run->until, &target) == NULL) {
        const struct widest widest = find_widest(arena, study, &target);
        if (widest.share <= target.share) {
            snprintf(study->stopped, sizeof study->stopped,
                     "%s ± %.3g %% reached with %d replications", target.path, 100 * target.share,
                     n);
        } else if (n >= budget) {
            char width[32] = "no interval";
            if (!isinf(widest.share))
                snprintf(width, sizeof width, "± %.3g %%", 100 * widest.share);
            snprintf(study->stopped, sizeof study->stopped,
                     "the budget of %d replications is spent; widest is %s.%s: %s", budget,
                     widest.variant, widest.path, width);
        } else {
            next = grow(n, widest.share / target.share, budget);
        }
    }
    fs_arena_free(arena);
    return next;
}
