/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests of mechanisms: a scenario as text, run, and its numbers by path. Texts may leave out
 * the first line; `%`-arguments are filled in as by printf.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef FS_TESTS_BUILD_H
#define FS_TESTS_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"
#include "study.h"
#include "view.h"

struct built {
    struct fs_arena *arena;
    struct fs_scenario *scenario;
    struct fs_study *study;
};

__attribute__((format(printf, 1, 2), unused)) static struct built run_text(const char *format, ...)
{
    struct built b = {.arena = fs_arena_new()};
    struct fs_report *report = fs_report_new(b.arena);
    struct fs_failure failure = {""};
    const struct fs_study_options options = {.threads = 2};
    char *text = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&text, format, args) > 0);
    va_end(args);
    const char *whole = strncmp(text, "fleetsim:", 9) == 0
                            ? text
                            : fs_arena_format(b.arena, "fleetsim: 1\n%s", text);
    const enum fs_rc rc =
        fs_scenario_parse(b.arena, "test", whole, NULL, 0, NULL, &b.scenario, report, &failure);
    if (rc != FS_OK) {
        fs_report_print(report, stderr, false);
        fail_msg("the scenario was refused: %s", failure.text);
    }
    free(text);
    b.study = fs_study_run(b.scenario, &options);
    return b;
}

/* What is said of a scenario when it is read. */
__attribute__((unused)) static const char *said_of(struct fs_arena *arena, const char *text,
                                                   enum fs_rc *rc)
{
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure = {""};
    struct fs_scenario *scenario;
    char *said;
    size_t size;
    const char *whole = fs_arena_format(arena, "fleetsim: 1\nrun: {length: 1min}\n%s", text);
    *rc = fs_scenario_parse(arena, "test", whole, NULL, 0, NULL, &scenario, report, &failure);
    FILE *out = open_memstream(&said, &size);
    assert_non_null(out);
    fs_report_print(report, out, false);
    fclose(out);
    const char *kept = fs_arena_text(arena, said);
    free(said);
    return kept;
}

/* The scenario is refused, and among its complaints stands `what`. */
__attribute__((unused)) static void assert_refused(const char *text, const char *what)
{
    struct fs_arena *arena = fs_arena_new();
    enum fs_rc rc;
    const char *said = said_of(arena, text, &rc);
    if (rc == FS_OK || !strstr(said, what))
        fail_msg("not among the complaints: %s\n%s", what, said);
    fs_arena_free(arena);
}

/* The scenario is taken, and all that is said is a warning with `what`; NULL: nothing. */
__attribute__((unused)) static void assert_warned(const char *text, const char *what)
{
    struct fs_arena *arena = fs_arena_new();
    enum fs_rc rc;
    const char *said = said_of(arena, text, &rc), *first = strstr(said, "warning:");
    if (rc != FS_OK ||
        (what ? !first || strstr(first + 1, "warning:") || !strstr(said, what) : *said != '\0'))
        fail_msg("not the one warning: %s\n%s", what ? what : "none", said);
    fs_arena_free(arena);
}

__attribute__((unused)) static void drop(struct built *b)
{
    fs_study_free(b->study);
    fs_arena_free(b->arena);
}

__attribute__((unused)) static struct fs_view view_of(const struct built *b, const char *variant,
                                                      const char *path)
{
    struct fs_view view;
    for (int i = 0; i < b->study->n_variants; i++) {
        const struct fs_study_variant *v = &b->study->variant[i];
        if (strcmp(v->variant->name, variant) == 0 && fs_view_get(b->arena, v, path, &view))
            return view;
    }
    fail_msg("no %s in variant %s", path, variant);
    return view;
}

/* The number in variant "base". */
__attribute__((unused)) static double number(const struct built *b, const char *path)
{
    return view_of(b, "base", path).estimate.value;
}

__attribute__((unused)) static double number_in(const struct built *b, const char *variant,
                                                const char *path)
{
    return view_of(b, variant, path).estimate.value;
}

/* What the p99 of a class is made of in variant "base", in ns. */
__attribute__((unused)) static const double *p99_parts(const struct built *b, const char *class)
{
    double sum, *part = fs_arena_alloc(b->arena, (FS_LATENCY_PARTS + 1) * sizeof *part);
    assert_true(fs_view_p99_parts(b->arena, &b->study->variant[0], class, part, &sum));
    return part;
}

/* What was measured of nothing is NaN, of which no comparison holds: each asks what has to be. */
__attribute__((unused)) static void assert_within(const struct built *b, const char *path,
                                                  double truth, double by)
{
    const double found = number(b, path);
    if (!(fabs(found - truth) <= by)) fail_msg("%s: %.12g, not %.12g", path, found, truth);
}

__attribute__((unused)) static void assert_near(const struct built *b, const char *path,
                                                double truth)
{
    assert_within(b, path, truth, 1e-9 * (1e-6 + fabs(truth)));
}

__attribute__((unused)) static void assert_count(const struct built *b, const char *path,
                                                 double count)
{
    assert_within(b, path, count, 0);
}

/* A time in seconds by its nanoseconds. */
__attribute__((unused)) static void assert_ns(const struct built *b, const char *path, double ns)
{
    assert_within(b, path, ns / 1e9, 1e-11);
}

/* What a component "tasks" says by that name. */
__attribute__((unused)) static void assert_tasks(const struct built *b, const char *name,
                                                 double truth)
{
    assert_near(b, fs_arena_format(b->arena, "components.tasks.%s", name), truth);
}

/* |estimate - truth| within 3.5 standard errors over the replications (or `floor` when larger). */
__attribute__((unused)) static void assert_theory(const struct built *b, const char *path,
                                                  double truth, double floor)
{
    const struct fs_view view = view_of(b, "base", path);
    double mean = 0, square = 0;
    assert_true(view.n >= 5 && view.replication);
    for (int i = 0; i < view.n; i++)
        mean += view.replication[i] / view.n;
    for (int i = 0; i < view.n; i++)
        square += (view.replication[i] - mean) * (view.replication[i] - mean);
    const double error = sqrt(square / (view.n - 1) / view.n);
    const double bound = 3.5 * error > floor ? 3.5 * error : floor;
    if (!(fabs(mean - truth) <= bound))
        fail_msg("%s: found %.8g, theory %.8g, %.2f standard errors of %.3g", path, mean, truth,
                 (mean - truth) / error, error);
}

#endif
