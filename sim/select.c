/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kim and Nelson 2001 (doi:10.1145/502109.502111) with c = 1, Andradottir and Kim 2010
 * (doi:10.1002/nav.20408). Both watch a partial sum against a triangle: decide once the sum leaves
 * +- R(r) = max(0, h2 S2 / v - v r / 2), S2 the variance over the first replications, v the
 * indifference zone or the tolerance, h2 = 2 eta (n0 - 1), eta = ((2 beta)^(-2 / (n0 - 1)) - 1)
 * / 2. The triangle closes, so every decision is made after at most 2 h2 S2 / v^2 replications.
 * Half of the error is for the constraints (beta = alpha / 2 by settings and constraints), half for
 * the comparison (beta = alpha / 2 by the other settings). Only a setting that was found feasible
 * beats others; whoever is beaten need not be checked further.
 */
#include "select.h"
#include "fail.h"
#include "math.h"
#include <math.h>
#include <stdlib.h>

struct setting {
    enum fs_verdict verdict;
    int n, room, missed;
    double *value; /* [replication * (1 + constraints)]: objective, then constraints */
    bool *met;     /* of each constraint */
};

struct fs_select {
    int settings, constraints, first;
    double alpha, indifference;
    double *limit, *tolerance;
    struct setting *setting;
};

struct fs_select *fs_select_new(int settings, int constraints, int first, double confidence,
                                double indifference, const double *limit, const double *tolerance)
{
    struct fs_select *s = fs_alloc(sizeof *s, "a selection");
    fs_assert(NULL, settings >= 1 && first >= 2 && confidence > 0 && confidence < 1);
    *s = (struct fs_select){.settings = settings,
                            .constraints = constraints,
                            .first = first,
                            .alpha = 1 - confidence,
                            .indifference = indifference};
    s->limit = fs_alloc((size_t)constraints * sizeof *s->limit, "a selection");
    s->tolerance = fs_alloc((size_t)constraints * sizeof *s->tolerance, "a selection");
    for (int c = 0; c < constraints; c++) {
        s->limit[c] = limit[c];
        s->tolerance[c] = tolerance[c];
    }
    s->setting = fs_alloc((size_t)settings * sizeof *s->setting, "a selection");
    for (int i = 0; i < settings; i++) {
        s->setting[i].missed = -1;
        s->setting[i].met = fs_alloc((size_t)constraints * sizeof(bool), "a selection");
    }
    return s;
}

void fs_select_free(struct fs_select *s)
{
    if (!s) return;
    for (int i = 0; i < s->settings; i++) {
        free(s->setting[i].value);
        free(s->setting[i].met);
    }
    free(s->setting);
    free(s->tolerance);
    free(s->limit);
    free(s);
}

void fs_select_indifference(struct fs_select *s, double indifference)
{
    s->indifference = indifference;
}

/* ---- observations --------------------------------------------------------------------------- */

static bool alive(const struct setting *x)
{
    return x->verdict == FS_OPEN || x->verdict == FS_FEASIBLE;
}

void fs_select_add(struct fs_select *s, int setting, double objective, const double *constraint)
{
    struct setting *x = &s->setting[setting];
    const int width = 1 + s->constraints;
    if (x->n == x->room) {
        x->room = x->room ? 2 * x->room : 16;
        x->value = fs_realloc(x->value, (size_t)(x->room * width) * sizeof *x->value,
                              "a selection's replications");
    }
    double *row = x->value + x->n++ * width;
    row[0] = objective;
    for (int c = 0; c < s->constraints; c++)
        row[1 + c] = constraint[c];
}

static double at(const struct fs_select *s, int setting, int replication, int column)
{
    return s->setting[setting].value[replication * (1 + s->constraints) + column];
}

/* Variance over the first replications of a column, or of two settings' difference in it. */
static double first_variance(const struct fs_select *s, int i, int other, int column)
{
    double mean = 0, squares = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int r = 0; r < s->first; r++) {
            const double x = at(s, i, r, column) - (other < 0 ? 0 : at(s, other, r, column));
            if (pass == 0)
                mean += x / s->first;
            else
                squares += (x - mean) * (x - mean);
        }
    }
    return squares / (s->first - 1);
}

static double sum_of(const struct fs_select *s, int i, int n, int column)
{
    double sum = 0;
    for (int r = 0; r < n; r++)
        sum += at(s, i, r, column);
    return sum;
}

/* Half the height of the triangle after n replications. */
static double reach(const struct fs_select *s, double beta, double variance, double zone, int n)
{
    const double degrees = s->first - 1;
    const double eta = (fs_pow(2 * beta, -2 / degrees) - 1) / 2;
    const double reach = 2 * eta * degrees * variance / zone - zone * n / 2;
    return reach > 0 ? reach : 0;
}

/* ---- decisions ------------------------------------------------------------------------------ */

static void check_constraints(struct fs_select *s, int i)
{
    struct setting *x = &s->setting[i];
    const double beta = s->alpha / 2 / (s->settings * s->constraints);
    bool all = true;
    for (int c = 0; c < s->constraints; c++) {
        if (x->met[c]) continue;
        const double sum = sum_of(s, i, x->n, 1 + c) - s->limit[c] * x->n;
        const double most = reach(s, beta, first_variance(s, i, -1, 1 + c), s->tolerance[c], x->n);
        if (sum <= -most) {
            x->met[c] = true;
        } else if (sum >= most) {
            x->verdict = FS_INFEASIBLE;
            x->missed = c;
            return;
        } else {
            all = false;
        }
    }
    if (all) x->verdict = FS_FEASIBLE;
}

static bool beats(const struct fs_select *s, int better, int i)
{
    const int a = s->setting[better].n, b = s->setting[i].n, n = a < b ? a : b;
    const double beta = s->alpha / 2 / (s->settings - 1);
    const double sum = sum_of(s, i, n, 0) - sum_of(s, better, n, 0);
    const double most = reach(s, beta, first_variance(s, i, better, 0), s->indifference, n);
    return sum > 0 ? sum >= most : sum >= 0 && most <= 0 && better < i;
}

/* Decisions of one round are made on what it began with: a setting may be beaten by one that is
 * beaten in the same round, since what it was compared with is the data, not the verdict. */
void fs_select_decide(struct fs_select *s)
{
    for (int i = 0; i < s->settings; i++) {
        if (s->setting[i].verdict == FS_OPEN && s->setting[i].n >= s->first)
            check_constraints(s, i);
    }
    bool *beaten = fs_alloc((size_t)s->settings * sizeof *beaten, "a selection");
    for (int i = 0; i < s->settings; i++) {
        if (!alive(&s->setting[i])) continue;
        for (int k = 0; k < s->settings && !beaten[i]; k++)
            beaten[i] = k != i && s->setting[k].verdict == FS_FEASIBLE && beats(s, k, i);
    }
    for (int i = 0; i < s->settings; i++) {
        if (beaten[i]) s->setting[i].verdict = FS_BEATEN;
    }
    free(beaten);
}

/* ---- answers -------------------------------------------------------------------------------- */

bool fs_select_done(const struct fs_select *s)
{
    int left = 0;
    for (int i = 0; i < s->settings; i++) {
        if (s->setting[i].verdict == FS_OPEN) return false;
        left += s->setting[i].verdict == FS_FEASIBLE;
    }
    return left <= 1;
}

bool fs_select_wants(const struct fs_select *s, int setting)
{
    return alive(&s->setting[setting]) && !fs_select_done(s);
}

int fs_select_best(const struct fs_select *s)
{
    if (!fs_select_done(s)) return -1;
    for (int i = 0; i < s->settings; i++) {
        if (s->setting[i].verdict == FS_FEASIBLE) return i;
    }
    return -1;
}

enum fs_verdict fs_select_verdict(const struct fs_select *s, int setting)
{
    return s->setting[setting].verdict;
}

int fs_select_missed(const struct fs_select *s, int setting)
{
    return s->setting[setting].missed;
}

int fs_select_count(const struct fs_select *s, int setting)
{
    return s->setting[setting].n;
}

double fs_select_objective(const struct fs_select *s, int setting)
{
    const int n = s->setting[setting].n;
    return n ? sum_of(s, setting, n, 0) / n : (double)NAN;
}
