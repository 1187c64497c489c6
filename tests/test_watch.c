/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first environments, tasks and nodes one by one, moment by moment. */
#include "build.h"

static const struct fs_trace *trace_of(const struct built *b, int replication)
{
    return b->study->variant[0].record[replication]->trace;
}

/* The states of an instance, a letter for each moment; '.' for none. */
static void assert_states(const struct fs_trace *t, int subject, int instance, const char *letters)
{
    char found[100] = "";
    assert_true(t->n_moments < 100);
    for (int m = 0; m < t->n_moments; m++) {
        const int code = t->code[(subject * t->n_instances + instance) * t->n_moments + m];
        found[m] = code ? *t->state[code] : '.';
    }
    assert_string_equal(found, letters);
}

#define POOL(trace)                                                                                \
    "run: {length: 20s, intervals: 20, replications: 2, trace: {" trace "}}\n"                     \
    "traffic:\n  calls:\n    arrivals: {burst: {size: 2, at: 500ms}}\n    client: {retry: none}\n" \
    "    path: [f]\n    work: {f: {io: 2s}}\ncomponents:\n"                                        \
    "  f: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "        \
    "timeout: 10s, cold_start: 1s, keep_alive: 3s, scale_burst: 100, scale_rate: 1/s}\n"

/* Asked for at 0.5 s, up at 1.5 s, done at 3.5 s, gone at 6.5 s; moments are whole seconds. */
static void an_environment_starts_executes_idles_and_goes(void **state)
{
    (void)state;
    struct built b = run_text(POOL("instances: 3, lasts: 10s, moments: 11"));
    const struct fs_trace *t = trace_of(&b, 0);
    assert_int_equal(t->n_subjects, 1);
    assert_string_equal(t->subject[0], "f");
    assert_true(t->start == 0 && t->step == FS_S);
    assert_states(t, 0, 0, ".seeiii....");
    assert_states(t, 0, 1, ".seeiii....");
    assert_states(t, 0, 2, "...........");
    assert_null(trace_of(&b, 1)); /* of the first replication alone */
    drop(&b);
}

static void without_a_trace_nothing_is_watched_and_with_one_nothing_changes(void **state)
{
    (void)state;
    struct built with = run_text(POOL("instances: 3")), without = run_text(POOL("instances: 0"));
    assert_null(trace_of(&without, 0));
    static const char *const metrics[] = {"memory_time", "completed", "cold_starts", "expired"};
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
        const struct fs_series *a =
            fs_record_series(with.study->variant[0].record[0], "function_pool", "f", metrics[i]);
        const struct fs_series *c =
            fs_record_series(without.study->variant[0].record[0], "function_pool", "f", metrics[i]);
        assert_int_equal(a->total, c->total);
    }
    drop(&with);
    drop(&without);
}

/* Two that start from 0.5 s to 1.5 s, in two intervals of a second. */
static void those_that_start_are_counted(void **state)
{
    (void)state;
    struct built b = run_text(POOL("instances: 0"));
    const struct fs_series *s =
        fs_record_series(b.study->variant[0].record[0], "function_pool", "f", "starting");
    assert_int_equal(s->peak, 2);
    for (int t = 0; t < 3; t++)
        assert_true(fabs(s->interval_mean[t] - (t < 2 ? 1 : 0)) < 1e-9);
    assert_true(s->area == (__int128)2 * FS_S);
    drop(&b);
}

/* One task from the start, idle until work of 3 s comes at 1.5 s; a second one, wanted from 3.5 s
 * on, is provisioned until 5.5 s, comes up until 6.5 s, and there is no health check. */
static void tasks_show_their_lives(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10s, trace: {instances: 5, from: 1s, lasts: 8s, moments: 9}}\n"
        "traffic:\n  calls:\n    arrivals: {burst: {size: 1, at: 1500ms}}\n    client: {retry: "
        "none}\n"
        "    path: [s]\n    work: {s: {io: 3s}}\ncomponents:\n"
        "  s: {mechanism: service, tasks: 1, cpu: 1, start: {provisioning: 2s, init: 1s}, "
        "scaling: {minimum: 1, maximum: 5, policies: [scheduled: {at: 3500ms, minimum: 2, maximum: "
        "2}]}}\n");
    const struct fs_trace *t = trace_of(&b, 0);
    assert_true(t->start == FS_S);
    assert_states(t, 0, 0, "ieeeiiiii");
    assert_states(t, 0, 1, "...ppsiii");
    drop(&b);
}

static void a_trace_that_begins_behind_the_end_is_none(void **state)
{
    (void)state;
    struct built b = run_text(POOL("instances: 3, from: 30s"));
    assert_null(trace_of(&b, 0));
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_environment_starts_executes_idles_and_goes),
        cmocka_unit_test(without_a_trace_nothing_is_watched_and_with_one_nothing_changes),
        cmocka_unit_test(those_that_start_are_counted),
        cmocka_unit_test(tasks_show_their_lives),
        cmocka_unit_test(a_trace_that_begins_behind_the_end_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
