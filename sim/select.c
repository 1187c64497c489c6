/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kim and Nelson 2001 (doi:10.1145/502109.502111) with c = 1, Andradottir and Kim 2010
 * (doi:10.1002/nav.20408). Both watch a partial sum against a triangle: decide once the sum leaves
 * +- R(r) = max(0, h2 S2 / v - v r / 2), S2 the variance over the first replications, v the
 * indifference zone or the tolerance, h2 = 2 eta (n0 - 1), eta = ((2 beta)^(-2 / (n0 - 1)) - 1)
 * / 2. The triangle closes, so every decision is made after at most 2 h2 S2 / v^2 replications.
 * Half of the error is for the constraints (beta = alpha / 2 by settings and constraints), half for
 * the comparison (beta = alpha / 2 by the other settings). Only a setting that was found feasible
 * beats others; whoever is beaten need not be checked further. The sum of a ratio's n values is n
 * times the ratio of sums, and S2 is of its residuals over the mean denominator; of plain numbers
 * both are what the papers have. Where few replications see nothing of what is rare, S2 is too
 * small: of a share it is at least that of independent trials at the limit.
 */
#include "select.h"
#include "fail.h"
#include "math.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct setting {
    enum fs_verdict verdict;
    int n, room, missed;
    struct fs_observation *row; /* [replication * (1 + constraints)]: objective, then constraints */
    bool *met;                  /* of each constraint */
};

struct fs_select {
    int settings, constraints, first;
    double alpha, indifference;
    struct fs_constraint *constraint;
    struct setting *setting;
};

struct fs_select *fs_select_new(int settings, int constraints, int first, double confidence,
                                double indifference, const struct fs_constraint *constraint)
{
    struct fs_select *s = fs_alloc(sizeof *s, "a selection");
    fs_assert(NULL, settings >= 1 && first >= 2 && confidence > 0 && confidence < 1);
    *s = (struct fs_select){.settings = settings,
                            .constraints = constraints,
                            .first = first,
                            .alpha = 1 - confidence,
                            .indifference = indifference};
    s->constraint = fs_alloc((size_t)constraints * sizeof *s->constraint, "a selection");
    for (int c = 0; c < constraints; c++)
        s->constraint[c] = constraint[c];
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
        free(s->setting[i].row);
        free(s->setting[i].met);
    }
    free(s->setting);
    free(s->constraint);
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

void fs_select_add(struct fs_select *s, int setting, const struct fs_observation *row)
{
    struct setting *x = &s->setting[setting];
    const int width = 1 + s->constraints;
    if (x->n == x->room) {
        x->room = x->room ? 2 * x->room : 16;
        x->row = fs_realloc(x->row, (size_t)(x->room * width) * sizeof *x->row,
                            "a selection's replications");
    }
    memcpy(x->row + x->n++ * width, row, (size_t)width * sizeof *row);
}

static struct fs_observation at(const struct fs_select *s, int setting, int replication, int column)
{
    return s->setting[setting].row[replication * (1 + s->constraints) + column];
}

static struct fs_observation sum_of(const struct fs_select *s, int i, int n, int column)
{
    struct fs_observation sum = {0, 0};
    for (int r = 0; r < n; r++) {
        const struct fs_observation x = at(s, i, r, column);
        sum.numerator += x.numerator;
        sum.denominator += x.denominator;
    }
    return sum;
}

/* NaN without any denominator. */
static double ratio_of(const struct fs_select *s, int i, int n, int column)
{
    const struct fs_observation sum = sum_of(s, i, n, column);
    return sum.numerator / sum.denominator;
}

/* What replication r adds to the ratio of the first ones, beyond its part. */
static double residual(const struct fs_select *s, int i, int r, int column,
                       const struct fs_observation *first)
{
    const struct fs_observation x = at(s, i, r, column);
    return (x.numerator - first->numerator / first->denominator * x.denominator) * s->first /
           first->denominator;
}

/* Variance over the first replications of a column, or of two settings' difference in it. */
static double first_variance(const struct fs_select *s, int i, int other, int column)
{
    const struct fs_observation a = sum_of(s, i, s->first, column);
    const struct fs_observation b = sum_of(s, other, s->first, column);
    double squares = 0;
    for (int r = 0; r < s->first; r++) {
        const double x =
            residual(s, i, r, column, &a) - (i == other ? 0 : residual(s, other, r, column, &b));
        squares += x * x;
    }
    return squares / (s->first - 1);
}

/* Of a setting's constraint, never less than of independent trials of which the limit's share do
 * what is counted. */
static double constraint_variance(const struct fs_select *s, int i, int c)
{
    const double variance = first_variance(s, i, i, 1 + c), p = fabs(s->constraint[c].limit);
    const double trials = sum_of(s, i, s->first, 1 + c).denominator / s->first;
    const double least = s->constraint[c].share ? p * (1 - p) / trials : 0;
    return variance > least ? variance : least;
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

/* Of the first replications those in which there was something. */
static int count_telling(const struct fs_select *s, int i, int column)
{
    int telling = 0;
    for (int r = 0; r < s->first; r++)
        telling += fabs(at(s, i, r, column).numerator) + at(s, i, r, column).denominator > 0;
    return telling;
}

static void check_constraints(struct fs_select *s, int i)
{
    struct setting *x = &s->setting[i];
    const double beta = s->alpha / 2 / (s->settings * s->constraints);
    bool all = true;
    for (int c = 0; c < s->constraints; c++) {
        if (x->met[c]) continue;
        const struct fs_constraint *constraint = &s->constraint[c];
        const double sum = x->n * (ratio_of(s, i, x->n, 1 + c) - constraint->limit);
        const double most =
            reach(s, beta, constraint_variance(s, i, c), constraint->tolerance, x->n);
        const int telling = count_telling(s, i, 1 + c);
        if (telling == 0) {
            x->met[c] = true;
        } else if (!constraint->share && telling < s->first) {
            all = false; /* nobody knows how much the few vary */
        } else if (sum <= -most) {
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
    const double sum = n * (ratio_of(s, i, n, 0) - ratio_of(s, better, n, 0));
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
    return ratio_of(s, setting, s->setting[setting].n, 0);
}
