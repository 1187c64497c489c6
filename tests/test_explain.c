/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened, in sentences: made from what was recorded, for any scenario. */
#include "build.h"
#include "show.h"

#include "explain.h"
#include "results.h"
#include "save.h"

#include <unistd.h>

static const char *said(const struct built *b, const char *variant, const char *begin)
{
    const struct fs_findings findings = fs_explain(b->arena, b->study);
    for (int i = 0; i < findings.n; i++) {
        const struct fs_finding *f = &findings.finding[i];
        if (!f->variant != !variant || (variant && strcmp(f->variant, variant) != 0)) continue;
        if (strncmp(f->text, begin, strlen(begin)) == 0) return f->text;
    }
    return NULL;
}

static void assert_said(const struct built *b, const char *variant, const char *sentence)
{
    const char *head = strchr(sentence, ':');
    const int n = head ? (int)(head - sentence) : 12;
    const char *text = said(b, variant, fs_arena_format(b->arena, "%.*s", n, sentence));
    if (!said(b, variant, sentence))
        fail_msg("%s: expected '%s', found '%s'", variant ? variant : "all", sentence,
                 text ? text : "nothing");
}

/* Ten calls at 1 s, 2 s of waiting each. Functions with four places refuse six of them in the
 * interval [1 s, 2 s) and are done with the others at 3 s. Two tasks take one each: done at 3, 5,
 * 7, 9 and 11 s, two each time. */
static struct built ten_calls(void)
{
    return run_text(
        "run: {length: 20s, intervals: 20, replications: 2}\n"
        "account: {platform: aws, concurrency: 4}\n"
        "traffic:\n  calls:\n    arrivals: {burst: {size: 10, at: 1s}}\n    client: {retry: none}\n"
        "    path: [worker]\n    work: {worker: {io: 2s}}\n"
        "components:\n"
        "  worker: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "
        "timeout: 10s, cold_start: 0s, keep_alive: 60s, scale_burst: 100, scale_rate: 1/s}\n"
        "variants:\n  direct: {}\n"
        "  tasks:\n    components.worker: {mechanism: service, tasks: 2, cpu: 1, sharing: slots, "
        "max_in_flight: 1, backlog: 100}\n");
}

static void what_is_refused_is_said_with_its_time_and_its_limit(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, "direct",
                "worker: 6 requests refused at the account's concurrency, in the 1 s from 1 s on");
    assert_said(&b, "direct", "at the peak 4 of the account's 4 executions were in use");
    assert_said(&b, "direct", "calls: of 10 requests 6 throttled");
    assert_null(said(&b, "tasks", "at the peak"));
    assert_null(said(&b, "tasks", "calls: of 10"));
    drop(&b);
}

/* The last is done at 11 s, in the interval that ends at 12 s, the calls came in the one that ends
 * at 2 s. The p99 waits 8 of its 10 s; eight at once are too few to be a backlog. */
static void what_is_done_late_is_said_with_its_cause(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, "tasks", "calls: the last of 10 was done 10 s after the last request had come");
    assert_said(&b, "tasks", "calls: the p99 of 10 s is 80 % queue, 20 % execution");
    assert_null(said(&b, "tasks", "worker: up to")); /* fewer than ten wait */
    drop(&b);
}

static void variants_are_only_compared_where_they_differ(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, NULL,
                "direct loses 60.0 % of calls; tasks (the last done after 10 s) loses none");
    drop(&b);
    b = run_text("run: {length: 10s}\ntraffic:\n  calls:\n    arrivals: {constant: {rate: 1/s}}\n"
                 "    client: {retry: none}\n    path: [worker]\n    work: {worker: {io: 10ms}}\n"
                 "components:\n  worker: {mechanism: service, tasks: 1, cpu: 1}\n");
    assert_int_equal(fs_explain(b.arena, b.study).n, 0); /* nothing happened */
    drop(&b);
}

static int count_said(const struct built *b, const char *part)
{
    const struct fs_findings findings = fs_explain(b->arena, b->study);
    int n = 0;
    for (int i = 0; i < findings.n; i++)
        n += strstr(findings.finding[i].text, part) != NULL;
    return n;
}

/* A gateway that answers after 1 s before work of 5 s: its own limit and what it answered are the
 * same twenty requests, told once. */
static void what_two_counters_saw_is_told_once(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  calls:\n    arrivals: {burst: {size: 20, at: 1s}}\n"
        "    client: {retry: none}\n    path: [door, worker]\n    work: {worker: {io: 5s}}\n"
        "components:\n  door: {mechanism: gateway, timeout: 1s}\n"
        "  worker: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 100}\n");
    assert_said(&b, "base", "door: 20 requests answered at its own time limit, in the");
    assert_int_equal(count_said(&b, "answered"), 1);
    assert_said(&b, "base", "calls: of 20 requests 20 timed out");
    drop(&b);
}

/* Twelve messages, none of which ever succeeds, are dead-lettered after two deliveries: the queue
 * they end in has twelve, and nobody waits for them. */
static void what_is_laid_aside_is_no_backlog(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 5min}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 12, at: 1s}}\n"
        "    client: {retry: none}\n    path: [queue, worker]\n    work: {worker: {io: 5s}}\n"
        "components:\n"
        "  queue: {mechanism: queue, retention: 4d, visibility_timeout: 10s, "
        "redrive: {max_receive_count: 2, to: dead}}\n"
        "  dead: {mechanism: queue, retention: 4d, visibility_timeout: 10s, sink: true}\n"
        "  worker: {mechanism: service, from: queue, tasks: 1, cpu: 1, max_in_flight: 100}\n"
        "events: [{at: 0s, errors: {component: worker, probability: 1}}]\n");
    assert_said(&b, "base", "queue: 12 messages moved to the dead-letter queue");
    assert_said(&b, "base", "jobs/queue: of 12 requests 12 dead-lettered");
    assert_null(said(&b, "base", "dead:"));
    drop(&b);
}

/* Two attempts each, the first answered nothing within 1 s of 5: the calls that stand in the only
 * place's backlog are told with it. */
static void attempts_and_full_places_are_told(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\ntraffic:\n  calls:\n    arrivals: {burst: {size: 30, at: 1s}}\n"
        "    client: {timeout: 1s, retry: {fixed: {attempts: 2, wait: 0s}}}\n"
        "    path: [worker]\n    work: {worker: {io: 5s}}\ncomponents:\n"
        "  worker: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, max_in_flight: 1, "
        "backlog: 1000}\n");
    assert_said(&b, "base", "calls: 60 attempts for 30 requests, in the end 30 timed out");
    assert_said(&b, "base", "worker: up to 59 waited at once, its one place taken");
    drop(&b);
}

static void alarms_are_told_with_what_was_spent(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min, intervals: 10}\naccount: {platform: aws}\ntraffic:\n  calls:\n"
        "    arrivals: {constant: {rate: 10/s}}\n    client: {retry: none}\n    path: [f]\n"
        "    work: {f: {io: 10ms}}\ncomponents:\n  f: {platform: aws-lambda, memory: 1769MB}\n"
        "alarms:\n"
        "  busy: {aws-cloudwatch-alarm: {component: f, metric: invocations, threshold: 100}}\n"
        "  never: {aws-cloudwatch-alarm: {component: f, metric: invocations, threshold: "
        "100000}}\n");
    assert_said(&b, "base", "the alarm busy fired at ");
    assert_int_equal(count_said(&b, " had been spent by then"), 1);
    assert_said(&b, "base", "the alarm never did not fire");
    drop(&b);
}

/* Of twenty replications some see no request at all; the others' requests take 4 s to start and 1 s
 * to execute each, and so does the p99. */
static void the_p99_that_is_told_is_that_of_the_table(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30s, replications: 20, intervals: 10}\n"
        "account: {platform: aws}\n"
        "traffic:\n  web: {arrivals: {poisson: {rate: 0.03/s}}, client: {retry: none}, "
        "path: [worker], work: {worker: {io: 1s}}}\n"
        "components:\n"
        "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 10s, cold_start: 4s}\n");
    const struct fs_view view = view_of(&b, "base", "traffic.web.latency.count");
    int without = 0;
    for (int i = 0; i < view.n; i++)
        without += view.replication[i] < 1;
    assert_in_range(without, 1, 19);
    assert_said(&b, "base", "web: the p99 of 5 s is 80 % cold start, 20 % execution");
    drop(&b);
}

static void the_results_file_has_findings_and_sources(void **state)
{
    (void)state;
    char path[] = "/tmp/fs_explain_XXXXXX";
    const int fd = mkstemp(path);
    struct fs_failure failure;
    struct fs_results *results;
    struct built b = run_text(
        "run: {length: 1min}\ntraffic:\n  calls:\n    arrivals: {burst: {size: 1500, at: 1s}}\n"
        "    client: {retry: none}\n    path: [worker]\n    work: {worker: {io: 1s}}\n"
        "components:\n  worker: {platform: aws-lambda, memory: 1769MB, timeout: 5s}\n");
    close(fd);
    assert_int_equal(fs_study_save(b.study, path, &failure), FS_OK);
    assert_int_equal(fs_results_open(path, &results, &failure), FS_OK);
    const struct fs_column *finding = fs_results_get(results, "findings", "finding");
    assert_true(finding && finding->extent[0] >= 2);
    assert_non_null(strstr(finding->text[0], "500 requests refused"));
    const struct fs_column *key = fs_results_get(results, "sources", "key");
    const struct fs_column *value = fs_results_get(results, "sources", "value");
    const struct fs_column *source = fs_results_get(results, "sources", "source");
    bool cpu = false, timeout = false, price = false;
    for (int64_t i = 0; i < key->extent[0]; i++) {
        cpu = cpu || (strcmp(key->text[i], "cpu_max") == 0 && strcmp(value->text[i], "6") == 0);
        timeout = timeout || strcmp(key->text[i], "timeout") == 0; /* the scenario's own */
        price = price || strcmp(value->text[i], "0.2 USD for a million") == 0;
        assert_true(*source->text[i]);
    }
    assert_true(cpu && price && !timeout);
    fs_results_close(results);
    drop(&b);
    unlink(path);
}

static int count_assumed(const struct built *b, const char *platform, const char *key)
{
    const struct fs_variant *v = b->study->variant[0].variant;
    int n = 0;
    for (int i = 0; i < v->n_assumptions; i++)
        n += strcmp(v->assumption[i].platform, platform) == 0 &&
             (!key || strcmp(v->assumption[i].key, key) == 0);
    return n;
}

#define PODS(hpa)                                                                                  \
    "run: {length: 10s}\ntraffic:\n  calls:\n    arrivals: {constant: {rate: 1/s}}\n"              \
    "    client: {retry: none}\n    path: [pods]\n    work: {pods: {io: 1ms}}\ncomponents:\n"      \
    "  pods: {mechanism: service, tasks: 1, cpu: 1, scaling: {maximum: 9, policies: [" hpa "]}}\n"

/* The age of a sample is assumed by the preset as long as nobody says it. */
static void presets_inside_parameters_are_vouched_for_too(void **state)
{
    (void)state;
    struct built b =
        run_text(PODS("kubernetes-hpa: {metrics: [{name: requests_per_second, averageValue: 2}]}"));
    assert_int_equal(count_assumed(&b, "kubernetes-hpa", "sample_age"), 1);
    drop(&b);
    b = run_text(PODS("kubernetes-hpa: {sample_age: 5s, metrics: [{name: requests_per_second, "
                      "averageValue: 2}]}"));
    assert_int_equal(count_assumed(&b, "kubernetes-hpa", "sample_age"), 0);
    drop(&b);
}

static void a_span_is_told_in_one_unit_where_it_can_be(void **state)
{
    static const struct {
        double from, to;
        const char *said;
    } cases[] = {{570, 1440, "from 9.50 min to 24 min"},
                 {2, 1200, "from 2 s to 20 min"},
                 {0, 30, "from the start to 30 s"},
                 {10, 30, "from 10 s to 30 s"}};
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(fs_show_span(arena, cases[i].from, cases[i].to), cases[i].said);
    fs_arena_free(arena);
}

/* 2.5 % of the run's requests wait 15 s for a cold start, none of what has settled: those are not
 * what its p99 of 100 ms is made of. A queue's p99 is 95 % waiting at any time. */
static void in_steady_state_only_what_has_settled_is_explained(void **state)
{
    (void)state;
    static const char text[] =
        "run: {kind: %s, length: 10min, seed: 3}\naccount: {platform: aws, concurrency: 10000}\n"
        "traffic:\n  web:\n    arrivals: {poisson: {rate: 20/s}}\n    client: {retry: none}\n"
        "    path: [it]\n    work: {it: {io: 100ms}}\n"
        "components:\n  it: {mechanism: function_pool, memory: 128MB, memory_per_vcpu: 1769MB, "
        "cpu_max: 6, timeout: 60s, cold_start: 15s, keep_alive: 1h, scale_burst: 10000, "
        "scale_rate: 0/s}\n";
    struct built b = run_text(text, "terminating");
    assert_said(&b, "base", "web: the p99 of 15.1 s is 99 % cold start");
    drop(&b);
    b = run_text(text, "steady_state");
    assert_null(said(&b, "base", "web: the p99"));
    drop(&b);
    b = run_text("run: {kind: steady_state, length: 5min}\naccount: {platform: aws}\n"
                 "traffic:\n  web:\n    arrivals: {poisson: {rate: 800/s}}\n"
                 "    client: {retry: none}\n    path: [one]\n"
                 "    work: {one: {cpu: {exponential: {mean: 1ms}}}}\ncomponents:\n"
                 "  one: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, "
                 "max_in_flight: 1, backlog: 1000000}\n");
    assert_non_null(said(&b, "base", "web: the p99 of 2"));
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_is_told_in_one_unit_where_it_can_be),
        cmocka_unit_test(what_is_refused_is_said_with_its_time_and_its_limit),
        cmocka_unit_test(what_is_done_late_is_said_with_its_cause),
        cmocka_unit_test(variants_are_only_compared_where_they_differ),
        cmocka_unit_test(what_two_counters_saw_is_told_once),
        cmocka_unit_test(what_is_laid_aside_is_no_backlog),
        cmocka_unit_test(attempts_and_full_places_are_told),
        cmocka_unit_test(alarms_are_told_with_what_was_spent),
        cmocka_unit_test(presets_inside_parameters_are_vouched_for_too),
        cmocka_unit_test(the_p99_that_is_told_is_that_of_the_table),
        cmocka_unit_test(the_results_file_has_findings_and_sources),
        cmocka_unit_test(in_steady_state_only_what_has_settled_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
