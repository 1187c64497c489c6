/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does `plan` find the optimum, and at what cost? Three shipped problems are enumerated with many
 * replications at a seed of their own, then planned with seeds 1, 2, ... A plan is right when its
 * setting meets every limit within the tolerance and is within the indifference zone of the
 * cheapest that meets them. Beside it what Rinott's two-stage procedure would spend for the same
 * probability: for each setting (h S / zone)^2 replications for the objective and each limit,
 * whichever is most, with h for its number of settings.
 *   study_plan [SEEDS] [ENUMERATION]     100 and 400 unless said
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "plan.h"

#define FIRST 10

static const struct problem {
    const char *file, *slo, *vary;
} problems[] = {
    {"tasks", "p99 < 500ms", "components.worker.tasks=3..10"},
    {"memory", "p99 < 700ms",
     "components.worker.memory=512MB,768MB,1024MB,1280MB,1536MB,1769MB,2048MB,2560MB,3008MB"},
    {"platform", "p99 < 1s", NULL},
};

static struct fs_plan *new_plan(struct fs_arena *arena, const struct problem *problem, int seed,
                                int first)
{
    const struct fs_override override[] = {
        {"--seed", "run.seed", fs_arena_format(arena, "%d", seed)}};
    struct fs_override *kept = fs_arena_alloc(arena, sizeof override);
    const char **slo = fs_arena_alloc(arena, sizeof *slo);
    struct fs_axes axes = {.points = 1};
    struct fs_plan *plan = NULL;
    memcpy(kept, override, sizeof override);
    *slo = problem->slo;
    struct fs_plan_options options = {
        .file = fs_arena_format(arena, FS_SOURCE_DIR "/scenarios/planning/%s.yaml", problem->file),
        .override = kept,
        .n_overrides = 1,
        .slo = slo,
        .n_slos = 1,
        .confidence = .95,
        .indifference = .02,
        .tolerance = .1,
        .first = first,
        .budget = first > FIRST ? first : 5000};
    if ((problem->vary && !fs_axes_read(arena, &problem->vary, 1, &axes)) ||
        fs_plan_read(arena, &axes, &options, &plan) != FS_OK || fs_plan_run(plan) != FS_OK)
        exit(1);
    return plan;
}

/* h: with probability `level` no difference of two scaled t-like terms of k settings exceeds it;
 * both integrals of Rinott's equation over equally likely values of chi squared. */
#define POINTS 400

static double rinott(int k, int degrees, double level)
{
    double x[POINTS], low = 0, high = 50;
    for (int i = 0; i < POINTS; i++)
        x[i] = gsl_cdf_chisq_Pinv((i + .5) / POINTS, degrees);
    for (int step = 0; step < 50; step++) {
        const double h = (low + high) / 2;
        double p = 0;
        for (int i = 0; i < POINTS; i++) {
            double inner = 0;
            for (int j = 0; j < POINTS; j++)
                inner += gsl_cdf_ugaussian_P(h / sqrt(degrees * (1 / x[i] + 1 / x[j]))) / POINTS;
            p += pow(inner, k - 1) / POINTS;
        }
        *(p < level ? &low : &high) = h;
    }
    return low;
}

static double deviation(const struct fs_plan *plan, int setting, int column, int n)
{
    double of = 0, squares = 0;
    const struct fs_observation *row = plan->setting[setting].row + column;
    const double ratio = fs_plan_estimate(plan, setting, column).value;
    const int width = 1 + plan->n_slos;
    for (int r = 0; r < n; r++)
        of += row[r * width].denominator / n;
    for (int r = 0; r < n; r++) {
        const double x = (row[r * width].numerator - ratio * row[r * width].denominator) / of;
        squares += x * x;
    }
    return sqrt(squares / (n - 1));
}

struct truth {
    double cost[64], share[64];
    double least, zone, limit, tolerance, rinott;
};

static struct truth enumerate(const struct problem *problem, int n)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_plan *plan = new_plan(arena, problem, 1000000, n);
    struct truth t = {.least = INFINITY, .zone = INFINITY};
    const double h = rinott(plan->n_settings, FIRST - 1, .95);
    t.limit = plan->slo[0].limit;
    t.tolerance = plan->slo[0].tolerance;
    for (int i = 0; i < plan->n_settings; i++) {
        t.cost[i] = fs_plan_estimate(plan, i, 0).value;
        t.share[i] = fs_plan_estimate(plan, i, 1).value;
        if (.02 * t.cost[i] < t.zone) t.zone = .02 * t.cost[i];
        if (t.share[i] < t.limit && t.cost[i] < t.least) t.least = t.cost[i];
    }
    for (int i = 0; i < plan->n_settings; i++) {
        const double a = h * deviation(plan, i, 0, n) / t.zone;
        const double b = h * deviation(plan, i, 1, n) / t.tolerance;
        t.rinott += fmax(FIRST, ceil(fmax(a * a, b * b)));
        printf("  %-16s cost %8.3f  share above %.4f%s\n", plan->setting[i].label, t.cost[i],
               t.share[i], t.share[i] < t.limit ? "  meets" : "");
    }
    printf("  Rinott's h = %.2f for %d settings, %.0f replications\n", h, plan->n_settings,
           t.rinott);
    fs_plan_free(plan);
    fs_arena_free(arena);
    return t;
}

int main(int argc, char **argv)
{
    const int seeds = argc > 1 ? atoi(argv[1]) : 100, n = argc > 2 ? atoi(argv[2]) : 400;
    bool good = true;
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        printf("%s: %s\n", problems[i].file, problems[i].slo);
        const struct truth t = enumerate(&problems[i], n);
        int right = 0;
        double spent = 0;
        for (int seed = 1; seed <= seeds; seed++) {
            struct fs_arena *arena = fs_arena_new();
            struct fs_plan *plan = new_plan(arena, &problems[i], seed, FIRST);
            const int b = plan->best;
            right += b >= 0 && t.share[b] <= t.limit + t.tolerance && t.cost[b] <= t.least + t.zone;
            spent += plan->replications;
            fs_plan_free(plan);
            fs_arena_free(arena);
        }
        const double share = spent / seeds / t.rinott;
        printf("  right in %d of %d, %.0f replications on average, %.1f %% of Rinott's\n", right,
               seeds, spent / seeds, 100 * share);
        good = good && right >= .9 * seeds && share <= .25;
    }
    puts(good ? "all figures held" : "figures MISSED");
    return good ? 0 : 1;
}
