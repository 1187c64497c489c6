/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened, in sentences: made from what was recorded, for any scenario. */
#include "build.h"
#include "show.h"

#include "explain.h"
#include "results.h"
#include "save.h"
#include "table.h"

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
    assert_said(&b, "tasks",
                "calls: the last of 10 was done about 10 s after the last request had come");
    assert_said(&b, "tasks", "calls: the p99 of 10 s is 80 % queue, 20 % execution");
    assert_null(said(&b, "tasks", "worker: up to")); /* fewer than ten wait */
    drop(&b);
}

static void variants_are_only_compared_where_they_differ(void **state)
{
    (void)state;
    struct built b = ten_calls();
    assert_said(&b, NULL,
                "direct loses 60.0 % of calls; tasks (the last done after about 10 s) loses none");
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
    assert_said(&b, "base", "worker: up to 59 requests waited at once, its one place taken");
    drop(&b);
}

/* Beside 500 MB a task of 1 GB has room for 43 requests of 12 MB and 50 at once come to it: the
 * 44th kills it, and those that it works on fail with it. While no task is up whoever comes finds
 * none. */
static void what_tasks_lose_is_told(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 5min}\naccount: {platform: aws}\ntraffic:\n  web:\n"
        "    arrivals: {constant: {rate: 100/s}}\n    client: {retry: none}\n    path: [api]\n"
        "    work: {api: {io: 1s}}\ncomponents:\n"
        "  api: {platform: aws-fargate, tasks: 2, cpu: 0.5, memory: 1GB, memory_idle: 500MB, "
        "memory_per_request: 12MB}\n");
    const double none = number(&b, "components.api.no_target");
    const double cut = number(&b, "components.api.cut_off");
    const double crashed = number(&b, "components.api.crashed");
    assert_true(none > 100 && cut > 100 && crashed > 2);
    assert_said(&b, "base",
                fs_arena_format(b.arena, "api: %s requests that came when no task got any: 503 of",
                                fs_show_whole(b.arena, none)));
    assert_said(&b, "base",
                fs_arena_format(b.arena, "api: %s requests whose task went, or whose time to drain",
                                fs_show_whole(b.arena, cut)));
    assert_said(&b, "base",
                fs_arena_format(b.arena, "api: %s crashes of tasks for want of memory, from",
                                fs_show_whole(b.arena, crashed)));
    assert_int_equal(count_said(&b, "crashes of tasks"), 1); /* all of one cause */
    drop(&b);
}

/* Of 10/s nothing is read from 20 s on, so at the end 400 are kept; the other reader has none. */
static void records_that_pile_up_are_told(void **state)
{
    (void)state;
    static const char text[] =
        "run: {length: 1min}\naccount: {platform: aws}\ntraffic:\n  w:\n"
        "    arrivals: {constant: {rate: 10/s}}\n    client: {retry: none}\n"
        "    path: [changes, f]\n    work: {f: {io: 1ms}}\ncomponents:\n"
        "  changes: {platform: aws-dynamodb-streams, shards: 1}\n"
        "  reader: {platform: aws-lambda-dynamodb-streams-mapping, from: changes, to: f}\n"
        "  f: {platform: aws-lambda, memory: 512MB, timeout: 1min}\n%s";
    struct built b = run_text(text, "events: [{at: 20s, errors: {component: f, for: 40s}}]\n");
    assert_said(&b, "base", "changes: up to 40");
    assert_int_equal(count_said(&b, " records waited at once"), 1);
    assert_int_equal(count_said(&b, " executions that ended with an error, from 20 s"), 1);
    drop(&b);
    b = run_text(text, "");
    assert_null(said(&b, "base", "changes:")); /* what is on its way is no backlog */
    drop(&b);
}

/* No node for twelve pods at first. */
static void pods_that_wait_are_told_as_pods(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 5min}\naccount: {platform: aws}\ntraffic:\n  web:\n"
        "    arrivals: {constant: {rate: 1/s}}\n    client: {retry: none}\n    path: [web]\n"
        "    work: {web: {io: 1ms}}\ncomponents:\n"
        "  eks: {platform: aws-eks-cluster, autoscaling: karpenter}\n"
        "  nodes: {platform: aws-m6i-large, cluster: eks}\n"
        "  web: {platform: aws-eks-pods, cluster: eks, tasks: 12, cpu: 1, memory: 1GB}\n");
    assert_said(&b, "base", "eks: up to 12 pods waited at once");
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

static const char *table_of(const struct built *b)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fs_study_table(b->study, out, false);
    fclose(out);
    const char *kept = fs_arena_text(b->arena, text);
    free(text);
    return kept;
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
    assert_non_null(strstr(table_of(&b), "cold start 80 %, execution 20 %"));
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

#define ON(platform)                                                                               \
    "run: {length: 10s}\naccount: {platform: aws}\ntraffic: {web: {arrivals: {constant: {rate: "   \
    "1/s}}, client: {retry: none}, path: [f], work: {f: {io: 1ms}}}}\n"                            \
    "components: {f: {platform: " platform ", tasks: 1, cpu: 0.25, memory: 512MB}}\n"

/* What a spot task costs is assumed, what one on demand costs is published. */
static void prices_that_nobody_publishes_are_assumptions(void **state)
{
    (void)state;
    struct built spot = run_text(ON("aws-fargate-spot")), demand = run_text(ON("aws-fargate"));
    const char *list = spot.study->variant[0].variant->spec.prices->name;
    assert_int_equal(count_assumed(&spot, list, "fargate.vcpu.x86.spot"), 1);
    assert_int_equal(count_assumed(&spot, list, "fargate.memory.x86.spot"), 1);
    assert_int_equal(count_assumed(&demand, list, "fargate.vcpu.x86"), 0);
    assert_int_equal(count_assumed(&demand, list, "fargate.vcpu.x86.spot"), 0);
    drop(&spot);
    drop(&demand);
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

/* As above, cut at 6 s: of the two tasks' ten calls four are done at 3 and 5 s, six are not. Ten
 * tasks are done with all at 3 s; where two may wait for each of the two, four are turned away. */
static void what_the_end_cuts_off_is_not_done(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 6s, intervals: 6}\n"
        "account: {platform: aws, concurrency: 4}\n"
        "traffic:\n  calls:\n    arrivals: {burst: {size: 10, at: 1s}}\n    client: {retry: none}\n"
        "    path: [worker]\n    work: {worker: {io: 2s}}\n"
        "components:\n"
        "  worker: {mechanism: service, tasks: 2, cpu: 1, sharing: slots, max_in_flight: 1, "
        "backlog: 100}\n"
        "variants:\n  few: {components.worker.backlog: 2}\n  tasks: {}\n"
        "  many: {components.worker.tasks: 10}\n");
    assert_null(said(&b, "tasks", "calls: the last of"));
    assert_said(&b, NULL, "few loses 40.0 % of calls; tasks (6 unfinished) and many lose none");
    drop(&b);
}

#define FAN(length, arrivals, a, b, variants)                                                      \
    "run: {length: " length "}\naccount: {platform: aws}\n"                                        \
    "traffic:\n  ev:\n    arrivals: {" arrivals "}\n    client: {retry: none}\n    path: [bus]\n"  \
    "    work: {a: {io: " a "}, b: {io: " b "}, c: {io: 1s}}\ncomponents:\n"                       \
    "  bus: {platform: aws-sns, targets: [{path: [ia, a]}, {path: [ib, b]}, {path: [ic, c]}]}\n"   \
    "  ia: {platform: aws-lambda-async}\n  ib: {platform: aws-lambda-async}\n"                     \
    "  ic: {platform: aws-lambda-async}\n"                                                         \
    "  a: {platform: aws-lambda, memory: 1769MB, timeout: 120s}\n"                                 \
    "  b: {platform: aws-lambda, memory: 1769MB, timeout: 120s}\n"                                 \
    "  c: {platform: aws-lambda, memory: 1769MB, timeout: 120s}\nvariants:\n" variants

/* Two targets fail for six tenths of what they get, three times .216 of it; what an event lost in
 * both is not two. */
static void what_several_targets_lose_is_not_added_up(void **state)
{
    (void)state;
    struct built b =
        run_text(FAN("20min", "burst: {size: 200, at: 10s}", "1s", "1s",
                     "  bad:\n    events: [{at: 0s, errors: {component: a, probability: 60%%}}, "
                     "{at: 0s, errors: {component: b, probability: 60%%}}]\n  good: {}\n"));
    const double at_a = number_in(&b, "bad", "traffic.ev/bus:ia/ia.failed"),
                 at_b = number_in(&b, "bad", "traffic.ev/bus:ib/ib.failed");
    assert_true(at_a > 20 && at_b > 20);
    assert_said(&b, NULL,
                fs_arena_format(b.arena, "bad loses %s of ev; good loses none",
                                fs_show_share(b.arena, fmax(at_a, at_b) / 200)));
    drop(&b);
}

/* All come at 10 s; a takes 100 s, b and c 1 s, and a's are the last that are done. */
static void the_slowest_target_is_the_last(void **state)
{
    (void)state;
    struct built b = run_text(FAN("10min", "burst: {size: 100, at: 10s}", "100s", "1s",
                                  "  short: {components.a.timeout: 10s}\n  good: {}\n"));
    assert_said(&b, NULL,
                "short loses 100 % of ev; good (the last done after about 100 s) loses none");
    drop(&b);
}

/* Two services turn away 19 of 20 each, at the same instant: different requests. */
static void like_losses_of_two_components_are_told_of_both(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\ntraffic:\n"
                 "  m: {arrivals: {burst: {size: 20, at: 1s}}, client: {retry: none}, path: [a], "
                 "work: {a: {io: 1s}}}\n"
                 "  n: {arrivals: {burst: {size: 20, at: 1s}}, client: {retry: none}, path: [b], "
                 "work: {b: {io: 1s}}}\ncomponents:\n"
                 "  a: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1}\n"
                 "  b: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1}\n");
    assert_said(&b, "base", "a: 19 requests refused by a task whose backlog was full");
    assert_said(&b, "base", "b: 19 requests refused by a task whose backlog was full");
    drop(&b);
}

/* Of ten calls at 1 s four are taken; from 5 s on eight may be, of ten at 6 s eight are. */
static void a_limit_that_moved_is_told_as_such(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\naccount: {platform: aws, concurrency: 4}\n"
        "traffic:\n  m: {arrivals: {burst: {size: 10, at: 1s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 2s}}}\n"
        "  n: {arrivals: {burst: {size: 10, at: 6s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 2s}}}\n"
        "components:\n  f: {platform: aws-lambda, memory: 1769MB, timeout: 10s, cold_start: 0s}\n"
        "events: [{at: 5s, quota: {concurrency: 8}}]\n");
    assert_said(&b, "base", "at the peak 8 of the account's at most 8 executions were in use");
    drop(&b);
}

/* A call of 20 s every 500 s on average: in some runs two meet at the only place, in some none. */
static void an_alarm_is_said_to_have_fired_where_it_did(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20min, replications: 5}\naccount: {platform: aws, concurrency: 1}\n"
        "traffic:\n  m: {arrivals: {poisson: {rate: 0.002/s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 20s}}}\n"
        "components:\n  f: {platform: aws-lambda, memory: 1769MB, timeout: 60s}\n"
        "alarms: {refused: {metric: {component: f, metric: throttled_concurrency, threshold: 0.5, "
        "period: 1min}}}\n");
    int fired = 0;
    for (int i = 0; i < 5; i++)
        fired += b.study->variant[0].alarms[i]->number[0][FS_ALARM_FIRED] > 0;
    assert_in_range(fired, 1, 4);
    assert_said(&b, "base", "the alarm refused fired at ");
    assert_int_equal(count_said(&b, fs_arena_format(b.arena, " in %d of 5 replications; ", fired)),
                     1);
    drop(&b);
}

/* No execution is left for the second, whose three attempts are all refused. */
static void one_is_told_as_one(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\naccount: {platform: aws, concurrency: 1}\ntraffic:\n"
        "  m: {arrivals: {burst: {size: 1, at: 1s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 10s}}}\n"
        "  n: {arrivals: {burst: {size: 1, at: 2s}}, client: {retry: none}, path: [f], "
        "work: {f: {io: 1s}}}\n"
        "  o: {arrivals: {burst: {size: 1, at: 2s}}, client: {retry: {fixed: {attempts: 3, wait: "
        "100ms}}}, path: [f], work: {f: {io: 1s}}}\n"
        "components:\n  f: {platform: aws-lambda, memory: 1769MB, timeout: 30s, cold_start: 0s}\n");
    assert_said(&b, "base", "n: of 1 request 1 throttled");
    assert_said(&b, "base", "o: 3 attempts for 1 request, in the end 1 throttled");
    assert_said(&b, "base", "at the peak the account's one execution was in use");
    drop(&b);
}

static void a_half_counts_as_one(void **state)
{
    static const struct {
        double n;
        const char *said;
    } cases[] = {{.5, "1"}, {2.5, "3"}, {3.5, "4"}, {-.5, "-1"}, {1234.5, "1,235"}, {.49, "0"}};
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(fs_show_whole(arena, cases[i].n), cases[i].said);
    fs_arena_free(arena);
}

/* Three significant digits below a dollar, cents from there on, dollars from a thousand on; the
 * interval ends where its value does, and is not told where it is less than that. */
static void a_column_of_money_adds_up_by_eye(void **state)
{
    static const struct {
        double usd, half;
        const char *said;
    } cases[] = {{.0144, 0, "$0.0144"},
                 {.17012, .00067, "$0.170 ± 0.001"},
                 {.0000526, 0, "$0.0000526"},
                 {.184573, .00067, "$0.185 ± 0.001"},
                 {.0000746, .0000081, "$0.0000746 ± 0.0000081"},
                 {.99949, 0, "$0.999"},
                 {.9995, 0, "$1.00"},
                 {.09996, 0, "$0.100"},
                 {2.734, .0004, "$2.73"},
                 {12.5, 3.456, "$12.50 ± 3.46"},
                 {999.994, 0, "$999.99"},
                 {999.996, 0, "$1,000"},
                 {1234.5, 150, "$1,235 ± 150"},
                 {-2.5, 0, "-$2.50"},
                 {1e-10, 0, "below $0.000000001"},
                 {0, 0, "$0"}};
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fs_estimate e = {cases[i].usd, cases[i].usd - cases[i].half,
                                      cases[i].usd + cases[i].half, ""};
        assert_string_equal(fs_show_money(arena, &e), cases[i].said);
    }
    fs_arena_free(arena);
}

static void large_numbers_have_no_exponent(void **state)
{
    static const struct {
        double value, half;
        const char *said;
    } cases[] = {{2621, 120, "2,621 ± 120"},
                 {9819.3, 5358, "9,819 ± 5,358"},
                 {500, 99.6, "500 ± 100"},
                 {999.97, .5, "1,000 ± 0.5"},
                 {999.4, 0, "999"}};
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fs_estimate e = {cases[i].value, cases[i].value - cases[i].half,
                                      cases[i].value + cases[i].half, ""};
        assert_string_equal(fs_show_mean(arena, &e, 1), cases[i].said);
    }
    fs_arena_free(arena);
}

/* Twenty a second come and ten are done, or nine: of 2,000 a half is left, of 900 none. Nothing is
 * said of those that do not come, nor of what is only laid aside. */
static void what_only_grows_has_no_steady_state(void **state)
{
    static const char *const rate[] = {"20/s", "9/s"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 100s, kind: steady_state}\ntraffic:\n  web: {arrivals: {constant: "
            "{rate: "
            "%s}}, client: {retry: none}, path: [s], work: {s: {cpu: 100ms}}}\n  never: {arrivals: "
            "{poisson: {rate: 1/d}}, client: {retry: none}, path: [s]}\n  kept: {arrivals: "
            "{constant: {rate: 1/s}}, client: {retry: none}, path: [store]}\ncomponents:\n  store: "
            "{mechanism: queue, retention: 4d, visibility_timeout: 10s, sink: true}\n  s: "
            "{mechanism: service, tasks: 1, cpu: 1, sharing: slots, max_in_flight: 1, backlog: "
            "100000}\n",
            rate[i]);
        const char *text = said(&b, "base", "web: 50.0 % of what came was unfinished at the end");
        assert_int_equal(text != NULL, i == 0);
        assert_int_equal(count_said(&b, "unfinished at the end"), i == 0);
        drop(&b);
    }
}

/* 45 s of work, delivered again after 30 s. */
static void work_that_is_done_twice_is_told(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n  jobs: {arrivals: {burst: {size: 10, at: 1s}}, client: "
        "{retry: none}, path: [queue, g], work: {g: {io: 45s}}}\ncomponents:\n  queue: {platform: "
        "aws-sqs, visibility_timeout: 30s}\n  g: {mechanism: service, from: queue, tasks: 40, cpu: "
        "1, max_in_flight: 1}\n");
    assert_said(&b, "base", "jobs/queue: 10 deliveries did again what had been done");
    drop(&b);
}

/* A chain that a detector cuts has lost one of sixteen rounds, no call. */
static void a_loop_loses_no_share_of_what_came(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\naccount: {platform: aws}\ntraffic:\n  up: {arrivals: {burst: {size: "
        "1, at: 1s}}, client: {retry: none}, path: [f, queue, f], work: {f: {io: 1s}}, allow_loop: "
        "{sends: 1}}\ncomponents:\n  f: {platform: aws-lambda, cold_start: 0s}\n  queue: "
        "{platform: "
        "aws-sqs, visibility_timeout: 60s}\n  pull: {platform: aws-lambda-sqs-mapping, from: "
        "queue, "
        "to: f, batch_size: 1}\nvariants:\n  on: {}\n  cut: {traffic.up.allow_loop.stop_after: "
        "16}\n");
    assert_said(&b, "cut", "up/queue: of 16 requests 1 dropped");
    assert_null(said(&b, NULL, "cut loses"));
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_is_told_in_one_unit_where_it_can_be),
        cmocka_unit_test(what_is_refused_is_said_with_its_time_and_its_limit),
        cmocka_unit_test(what_is_done_late_is_said_with_its_cause),
        cmocka_unit_test(variants_are_only_compared_where_they_differ),
        cmocka_unit_test(what_the_end_cuts_off_is_not_done),
        cmocka_unit_test(what_several_targets_lose_is_not_added_up),
        cmocka_unit_test(the_slowest_target_is_the_last),
        cmocka_unit_test(what_two_counters_saw_is_told_once),
        cmocka_unit_test(like_losses_of_two_components_are_told_of_both),
        cmocka_unit_test(a_limit_that_moved_is_told_as_such),
        cmocka_unit_test(an_alarm_is_said_to_have_fired_where_it_did),
        cmocka_unit_test(one_is_told_as_one),
        cmocka_unit_test(a_half_counts_as_one),
        cmocka_unit_test(a_column_of_money_adds_up_by_eye),
        cmocka_unit_test(large_numbers_have_no_exponent),
        cmocka_unit_test(what_tasks_lose_is_told),
        cmocka_unit_test(records_that_pile_up_are_told),
        cmocka_unit_test(pods_that_wait_are_told_as_pods),
        cmocka_unit_test(what_only_grows_has_no_steady_state),
        cmocka_unit_test(work_that_is_done_twice_is_told),
        cmocka_unit_test(a_loop_loses_no_share_of_what_came),
        cmocka_unit_test(what_is_laid_aside_is_no_backlog),
        cmocka_unit_test(attempts_and_full_places_are_told),
        cmocka_unit_test(alarms_are_told_with_what_was_spent),
        cmocka_unit_test(prices_that_nobody_publishes_are_assumptions),
        cmocka_unit_test(presets_inside_parameters_are_vouched_for_too),
        cmocka_unit_test(the_p99_that_is_told_is_that_of_the_table),
        cmocka_unit_test(the_results_file_has_findings_and_sources),
        cmocka_unit_test(in_steady_state_only_what_has_settled_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
