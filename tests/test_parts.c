/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fleet in parts: what is dealt out adds up to the whole, accounts draw for themselves, shards of
 * parts merge to the bytes of one process, and what cannot be parted is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "study.h"
#include "view.h"

#define TRACE FS_SOURCE_DIR "/scenarios/traces/azure-2019.yaml"
#define PARTS 4

static const char accounts[] = "fleetsim: 1\n"
                               "run: {length: 2min, seed: 5, intervals: 20, parts: 6}\n"
                               "account: {platform: aws, concurrency: 12}\n"
                               "traffic:\n"
                               "  web:\n"
                               "    arrivals: {poisson: {rate: 100/s}}\n"
                               "    client: {retry: none}\n"
                               "    path: [worker]\n"
                               "    work: {worker: {cpu: {lognormal: {mean: 100ms, p99: 500ms}}}}\n"
                               "components:\n"
                               "  worker: {platform: aws-lambda, memory: 1769MB}\n";

static struct fs_study *run(struct fs_arena *arena, const char *file, const char *text,
                            const char *part, const char *parts)
{
    const struct fs_override override[] = {{"--set run.length", "run.length", "20min"},
                                           {"--set run.parts", "run.parts", parts},
                                           {"--set run.part", "run.part", part}};
    struct fs_scenario *scenario;
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    const enum fs_rc rc =
        file ? fs_scenario_read(arena, file, override, 3, "limit_1000", &scenario, report, &failure)
             : fs_scenario_parse(arena, "test", text, override + 1, 2, NULL, &scenario, report,
                                 &failure);
    if (rc != FS_OK) {
        fs_report_print(report, stderr, false);
        fail_msg("the scenario does not read");
    }
    const struct fs_study_options how = {.threads = 2};
    return fs_study_run(scenario, &how);
}

static const struct fs_record *record_of(const struct fs_study *study)
{
    return study->variant[0].record[0];
}

/* ---- functions that are dealt out ----------------------------------------------------------- */

/* No function of the trace knows of another as long as the account's limit does not bind: then
 * every request of the parts is the very request of the whole. */
static void parts_of_a_trace_add_up_to_the_whole(void **state)
{
    (void)state;
    static const char *const counters[] = {"arrived", "completed", "cold_starts", "attempts",
                                           "timed_out"};
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *whole = run(arena, TRACE, NULL, "1", "1"), *part[PARTS];
    struct fs_histogram *h = calloc(1, sizeof *h);
    double usd = 0;
    for (int i = 0; i < PARTS; i++) {
        part[i] = run(arena, TRACE, NULL, fs_arena_format(arena, "%d", i + 1), "4");
        fs_histogram_merge(
            h, fs_record_series(record_of(part[i]), "traffic", "calls", "latency")->histogram);
        usd += part[i]->variant[0].bill[0]->usd;
    }
    for (size_t k = 0; k < sizeof counters / sizeof *counters; k++) {
        int64_t sum = 0;
        for (int i = 0; i < PARTS; i++) {
            const int64_t n =
                fs_record_series(record_of(part[i]), "traffic", "calls", counters[k])->total;
            assert_true(k > 2 || n > 0);
            sum += n;
        }
        assert_int_equal(
            sum, fs_record_series(record_of(whole), "traffic", "calls", counters[k])->total);
    }
    assert_memory_equal(
        h, fs_record_series(record_of(whole), "traffic", "calls", "latency")->histogram, sizeof *h);
    assert_true(fabs(usd / whole->variant[0].bill[0]->usd - 1) < 1e-12);
    for (int i = 0; i < PARTS; i++)
        fs_study_free(part[i]);
    fs_study_free(whole);
    free(h);
    fs_arena_free(arena);
}

/* A gateway's hour and an alarm are there once, however many parts the functions behind are dealt
 * out to: each part pays its share, so that bills and months add up. */
static void what_is_paid_by_time_is_paid_once(void **state)
{
    static const char text[] =
        "fleetsim: 1\nrun: {length: 1h, represents: once per hour}\ntraffic:\n"
        "  jobs: {arrivals: {cron: {own_functions: true, schedules: [{every: 1min, jobs: 10}]}}, "
        "client: {retry: none}, path: [nat, it], work: {it: {io: 100ms}}}\ncomponents:\n"
        "  nat: {platform: aws-nat-gateway, request_size: 1MB}\n"
        "  it: {platform: aws-lambda, memory: 1024MB, timeout: 10s, runtime: nodejs22.x}\n"
        "alarms:\n  a: {aws-cloudwatch-alarm: {component: it, metric: errors, threshold: 0}}\n";
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *whole = run(arena, NULL, text, "1", "1"), *part[3];
    const struct fs_bill *all = whole->variant[0].bill[0];
    double usd = 0, month = 0;
    for (int i = 0; i < 3; i++) {
        part[i] = run(arena, NULL, text, fs_arena_format(arena, "%d", i + 1), "3");
        usd += part[i]->variant[0].bill[0]->usd;
        month += part[i]->variant[0].bill[0]->month_usd;
    }
    (void)state;
    assert_true(all->usd > 0.045 + 0.1 / 730);
    assert_true(fabs(usd / all->usd - 1) < 1e-9);
    assert_true(fabs(month / all->month_usd - 1) < 1e-9);
    for (int i = 0; i < 3; i++)
        fs_study_free(part[i]);
    fs_study_free(whole);
    fs_arena_free(arena);
}

static const char snapshots[] =
    "fleetsim: 1\n"
    "run: {length: 1h, parts: 4}\n"
    "traffic:\n"
    "  calls:\n"
    "    arrivals:\n"
    "      azure2019:\n"
    "        invocations: azure-functions-2019-500/invocations.csv\n"
    "        memory: azure-functions-2019-500/memory.csv\n"
    "        minutes: 1\n"
    "    client: {retry: none}\n"
    "    path: [it]\n"
    "components:\n"
    "  it: {platform: aws-lambda, runtime: python3.13, memory: 1024MB, restore: "
    "100ms, member_memory: trace}\n";

/* A function has one snapshot of its own memory, and that in one part: 52,123 MB in all (awk: the
 * highest percentiles, rounded up), for an hour at 0.0000015046 USD per GB s. */
static void snapshots_are_kept_in_the_part_of_their_function(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    assert_int_equal(chdir(FS_SOURCE_DIR "/scenarios/traces"), 0);
    for (int parts = 1; parts <= PARTS; parts += PARTS - 1) {
        int64_t memory = 0;
        double usd = 0;
        for (int i = 1; i <= parts; i++) {
            struct fs_study *part = run(arena, NULL, snapshots, fs_arena_format(arena, "%d", i),
                                        fs_arena_format(arena, "%d", parts));
            struct fs_view view;
            memory +=
                fs_record_series(record_of(part), "function_pool", "it", "snapshot_memory")->peak;
            assert_true(fs_view_get(arena, &part->variant[0], "cost.it.snapshot.usd", &view));
            usd += view.estimate.value;
            fs_study_free(part);
        }
        assert_int_equal(memory, 52123);
        assert_true(fabs(usd - 52123 / 1024. * 3600 * 0.0000015046) < 1e-9);
    }
    fs_arena_free(arena);
}

/* ---- accounts ------------------------------------------------------------------------------- */

static int64_t arrived(const struct fs_study *study)
{
    return fs_record_series(record_of(study), "traffic", "web", "arrived")->total;
}

static void accounts_draw_for_themselves_and_the_first_is_the_run_alone(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *alone = run(arena, NULL, accounts, "1", "1");
    struct fs_study *first = run(arena, NULL, accounts, "1", "6");
    struct fs_study *second = run(arena, NULL, accounts, "2", "6");
    struct fs_study *third = run(arena, NULL, accounts, "3", "6");
    assert_int_equal(arrived(alone), arrived(first));
    assert_int_not_equal(arrived(first), arrived(second));
    assert_int_not_equal(arrived(second), arrived(third));
    /* 12,000 expected, 3.5 standard errors of a Poisson count are 383 */
    assert_in_range(arrived(second), 12000 - 383, 12000 + 383);
    assert_in_range(arrived(third), 12000 - 383, 12000 + 383);
    fs_study_free(alone);
    fs_study_free(first);
    fs_study_free(second);
    fs_study_free(third);
    fs_arena_free(arena);
}

/* ---- the program ---------------------------------------------------------------------------- */

static char folder[] = "/tmp/fs_parts_XXXXXX";

static void shell(const char *command)
{
    char text[2000];
    snprintf(text, sizeof text, "cd %s && P=%s/fleetsim && %s", folder, FS_BUILD_DIR, command);
    if (system(text) != 0) fail_msg("%s", text);
}

static double field_after(const char *file, const char *key, const char *what, const char *field)
{
    static char data[400000];
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    data[fread(data, 1, sizeof data - 1, in)] = 0;
    fclose(in);
    const char *at = strstr(data, key);
    at = at ? strstr(at, what) : NULL;
    if (!at) fail_msg("no %s after %s in %s", what, key, file);
    return strtod(strstr(at, field) + strlen(field), NULL);
}

static double number_after(const char *file, const char *key, const char *what)
{
    return field_after(file, key, what, "\"value\": ");
}

static double end_after(const char *file, const char *key, const char *what)
{
    return field_after(file, key, what, "\"high\": ");
}

static void shards_of_parts_merge_to_the_bytes_of_one_process(void **state)
{
    (void)state;
    shell("$P sweep s.yaml --vary run.part=1..6 --vary account.concurrency=8,12 -o one -q");
    shell("for i in 3 1 2; do $P sweep s.yaml --vary run.part=1..6 --vary "
          "account.concurrency=8,12 -o many -q --shard $i/3 || exit 1; done");
    shell("$P merge many -q && cmp one/sweep.h5 many/sweep.h5");
    shell("h5dump -d together/value one/sweep.h5 | grep -q '( 2, 1, '");
}

/* Six accounts: the sum of their counts and bills, the percentile of all their requests. */
static void what_is_put_together_is_the_sum_of_the_parts(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    const struct fs_histogram *list[6];
    struct fs_study *study[6];
    double usd = 0, completed = 0, came = 0, busy = 0, seconds[6], count[6];
    shell("$P sweep s.yaml --vary run.part=1..6 -o sum --json >j 2>/dev/null");
    for (int i = 0; i < 6; i++) {
        study[i] = run(arena, NULL, accounts, fs_arena_format(arena, "%d", i + 1), "6");
        const struct fs_record *record = record_of(study[i]);
        list[i] = fs_record_series(record, "traffic", "web", "latency")->histogram;
        seconds[i] = (double)list[i]->sum / 1e9;
        count[i] = (double)list[i]->count;
        usd += study[i]->variant[0].bill[0]->usd;
        came += (double)arrived(study[i]);
        completed += (double)fs_record_series(record, "traffic", "web", "completed")->total;
        busy += fs_record_series(record, "function_pool", "worker", "busy")->mean;
    }
    const struct fs_estimate p99 = fs_estimate_quantile(list, 6, .99, .95);
    const struct fs_estimate mean = fs_estimate_quotient(seconds, count, 6, .95);
    const char *key = "\"together\"";
    assert_true(fabs(number_after("j", key, "\"traffic.web.latency.mean\"") - mean.value) < 1e-12);
    assert_true(fabs(end_after("j", key, "\"traffic.web.latency.mean\"") - mean.high) < 1e-12);
    assert_true(number_after("j", key, "\"traffic.web.arrived\"") == came);
    assert_true(fabs(number_after("j", key, "\"cost.total_usd\"") / usd - 1) < 1e-12);
    assert_true(fabs(number_after("j", key, "\"cost.usd_per_million\"") / (1e6 * usd / came) - 1) <
                1e-12);
    assert_true(fabs(number_after("j", key, "\"traffic.web.completed.share\"") - completed / came) <
                1e-12);
    assert_true(completed < came); /* some were throttled */
    assert_true(fabs(number_after("j", key, "\"traffic.web.latency.p99\"") * 1e9 / p99.value - 1) <
                1e-9);
    assert_true(fabs(number_after("j", key, "\"components.worker.busy.mean\"") / busy - 1) < 1e-12);
    for (int i = 0; i < 6; i++)
        fs_study_free(study[i]);
    fs_arena_free(arena);
}

/* 10 messages a second, each worked on for a minute by as many workers as it takes, from pollers
 * that grow by and by: the oldest message of all is as old as that of the part where it is oldest,
 * and no older than the run; how old it was on average does not follow from the parts. */
static void ages_are_not_added_up(void **state)
{
    (void)state;
    static const char queue[] =
        "fleetsim: 1\n"
        "run: {length: 100s, parts: 3, intervals: 10}\n"
        "account: {platform: aws, concurrency: 100000}\n"
        "traffic:\n"
        "  web: {arrivals: {poisson: {rate: 10/s}}, client: {retry: none}, path: [queue, worker], "
        "work: {worker: {io: 60s}}}\n"
        "components:\n"
        "  queue: {platform: aws-sqs, visibility_timeout: 600s}\n"
        "  pull: {platform: aws-lambda-sqs-mapping, from: queue, to: worker, batch_size: 1}\n"
        "  worker: {platform: aws-lambda, memory: 1769MB, timeout: 100s}\n";
    struct fs_arena *arena = fs_arena_new();
    char path[200];
    double oldest = 0, highest = 0;
    snprintf(path, sizeof path, "%s/q.yaml", folder);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(queue, out);
    fclose(out);
    shell("$P sweep q.yaml --vary run.part=1..3 -o ages --json >j 2>/dev/null");
    for (int i = 0; i < 3; i++) {
        struct fs_study *study = run(arena, NULL, queue, fs_arena_format(arena, "%d", i + 1), "3");
        const struct fs_series *s =
            fs_record_series(record_of(study), "queue", "queue", "oldest_age");
        oldest = fmax(oldest, (double)s->last);
        highest = fmax(highest, (double)s->peak);
        fs_study_free(study);
    }
    const char *key = "\"together\"";
    assert_true(oldest > 1 && oldest < 100);
    assert_true(number_after("j", key, "\"components.queue.oldest_age.last\"") == oldest);
    assert_true(number_after("j", key, "\"components.queue.oldest_age.peak\"") == highest);
    shell("! sed '1,/\"together\"/d' j | grep -q oldest_age.mean");
    fs_arena_free(arena);
}

/* What a share, or the cost of a million requests, is made of is kept with it, though it is not
 * asked for. */
static void a_share_that_is_asked_for_is_put_together(void **state)
{
    (void)state;
    shell("$P sweep s.yaml --vary run.part=1..6 -o share --json --metric "
          "traffic.web.completed.share >j 2>/dev/null && "
          "$P sweep s.yaml --vary run.part=1..6 -o all --json >k 2>/dev/null");
    const char *key = "\"together\"", *share = "\"traffic.web.completed.share\"";
    assert_true(number_after("j", key, share) == number_after("k", key, share));
    shell("$P sweep s.yaml --vary run.part=1..6 -o million --json --metric "
          "cost.usd_per_million >j 2>/dev/null");
    const char *million = "\"cost.usd_per_million\"";
    assert_true(number_after("j", key, million) == number_after("k", key, million));
}

static void what_cannot_be_parted_says_why(void **state)
{
    (void)state;
    shell("! $P run s.yaml --set run.part=7 2>e && grep -q \"'part' 7 is beyond 'parts', 6\" e");
    shell("! $P sweep s.yaml --vary run.part=1..5 -o x 2>e && "
          "grep -q 'a fleet is all of its parts, 1..6' e");
    shell("! $P sweep s.yaml --vary run.part=1,3,2,4,5,6 -o x 2>e && grep -q 'all of its parts' e");
    shell("! $P run " TRACE " --set run.parts=2 --set 'traffic.more={arrivals: {poisson: {rate: "
          "1/s}}, client: {retry: none}, path: [functions]}' 2>e && "
          "grep -q \"'more' belong to no function that could be dealt out\" e");
}

static int set_up(void **state)
{
    (void)state;
    char name[100];
    if (!mkdtemp(folder)) return 1;
    snprintf(name, sizeof name, "%s/s.yaml", folder);
    FILE *file = fopen(name, "w");
    return !file || fputs(accounts, file) < 0 || fclose(file) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static double line_usd(const struct fs_study *study, const char *component, const char *line)
{
    const struct fs_bill *bill = study->variant[0].bill[0];
    for (int i = 0; i < bill->n_lines; i++) {
        if (strcmp(bill->line[i].component, component) == 0 &&
            strcmp(bill->line[i].line, line) == 0)
            return bill->line[i].usd;
    }
    fail_msg("no line %s of %s", line, component);
    return NAN;
}

/* Three tasks, three instances for tasks and four shards are what a part's requests run on, so each
 * part has as many of its own and pays for them, whichever way they are bought. What there is one
 * of, a balancer and a cluster's control plane, is shared. */
static void what_a_part_runs_on_is_its_own(void **state)
{
    static const char text[] =
        "fleetsim: 1\nrun: {length: 1h, represents: once per hour}\ntraffic:\n"
        "  jobs: {arrivals: {cron: {own_functions: true, schedules: [{every: 1min, jobs: 10}]}}, "
        "client: {retry: none}, path: [it, tasks, hosts, stream], "
        "work: {it: {io: 100ms}, tasks: {io: 10ms}, hosts: {io: 10ms}}}\ncomponents:\n"
        "  it: {platform: aws-lambda, memory: 1024MB, timeout: 10s, runtime: nodejs22.x}\n"
        "  tasks: {platform: aws-fargate, tasks: 3, cpu: 1, memory: 2GB}\n"
        "  hosts: {platform: aws-ecs, instances: 3, tasks: 3, cpu: 1, memory: 2GB}\n"
        "  stream: {platform: aws-kinesis, shards: 4}\n";
    static const char *const own[][2] = {
        {"tasks", "vcpu"}, {"hosts", "instances"}, {"stream", "shards"}};
    static const char *const shared[][2] = {{"tasks", "balancer"}, {"hosts", "balancer"}};
    struct fs_arena *arena = fs_arena_new();
    struct fs_study *whole = run(arena, NULL, text, "1", "1");
    struct fs_study *part = run(arena, NULL, text, "2", "3");
    (void)state;
    for (int i = 0; i < 3; i++) {
        const double usd = line_usd(whole, own[i][0], own[i][1]);
        assert_true(usd > 0);
        assert_true(fabs(line_usd(part, own[i][0], own[i][1]) / usd - 1) < 1e-9);
    }
    for (int i = 0; i < 2; i++) {
        const double usd = line_usd(whole, shared[i][0], shared[i][1]);
        assert_true(fabs(3 * line_usd(part, shared[i][0], shared[i][1]) / usd - 1) < 1e-9);
    }
    fs_study_free(part);
    fs_study_free(whole);
    fs_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_a_trace_add_up_to_the_whole),
        cmocka_unit_test(what_is_paid_by_time_is_paid_once),
        cmocka_unit_test(what_a_part_runs_on_is_its_own),
        cmocka_unit_test(snapshots_are_kept_in_the_part_of_their_function),
        cmocka_unit_test(accounts_draw_for_themselves_and_the_first_is_the_run_alone),
        cmocka_unit_test(shards_of_parts_merge_to_the_bytes_of_one_process),
        cmocka_unit_test(what_is_put_together_is_the_sum_of_the_parts),
        cmocka_unit_test(ages_are_not_added_up),
        cmocka_unit_test(a_share_that_is_asked_for_is_put_together),
        cmocka_unit_test(what_cannot_be_parted_says_why),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
