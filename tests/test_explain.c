/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened, in sentences: made from what was recorded, for any scenario. */
#include "build.h"

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
 * interval [1 s, 2 s) and are done with the others at 3 s. Two tasks take one each: done at 3, 5, 7,
 * 9 and 11 s, two each time. */
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
    assert_null(said(&b, "tasks", "at the peak"));
    drop(&b);
}

/* The last is done at 11 s, in the interval that ends at 12 s, the calls came in the one that ends at
 * 2 s. The p99 waits 8 of its 10 s; eight at once are too few to be a backlog. */
static void what_is_done_late_is_said_with_its_cause(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, "tasks", "calls: the last of 10 was done 10 s after the last request had come");
    assert_said(&b, "tasks", "calls: of the p99 of 10 s, 80 % is queue");
    assert_null(said(&b, "tasks", "worker: up to")); /* fewer than ten wait */
    drop(&b);
}

static void variants_are_only_compared_where_they_differ(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, NULL, "direct loses 60.0 % of calls, tasks none");
    drop(&b);
    b = run_text("run: {length: 10s}\ntraffic:\n  calls:\n    arrivals: {constant: {rate: 1/s}}\n"
                 "    client: {retry: none}\n    path: [worker]\n    work: {worker: {io: 10ms}}\n"
                 "components:\n  worker: {mechanism: service, tasks: 1, cpu: 1}\n");
    assert_int_equal(fs_explain(b.arena, b.study).n, 0); /* nothing happened */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_refused_is_said_with_its_time_and_its_limit),
        cmocka_unit_test(what_is_done_late_is_said_with_its_cause),
        cmocka_unit_test(variants_are_only_compared_where_they_differ),
        cmocka_unit_test(the_results_file_has_findings_and_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
