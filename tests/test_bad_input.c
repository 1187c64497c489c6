/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people get wrong, and what the program answers: exit 2, the place, a sentence, nothing
 * written. Each case edits one line of a good scenario; a ^ in the edit marks the character that
 * the complaint must point at and is taken out before the program sees the file.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bad_cases.h"

#define PROGRAM FS_BUILD_DIR "/fleetsim"

static const char good[] =
    "fleetsim: 1\n"
    "title: Web requests and jobs\n"
    "run: {length: 1min, replications: 2, seed: 1}\n"
    "account: {platform: aws, concurrency: 1000}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 4/s}}\n"
    "    client: {timeout: 10s, retry: none}\n"
    "    path: [shop, jobs, worker]\n"
    "    work: {shop: {cpu: {lognormal: {mean: 60ms, p99: 300ms}}, io: 40ms}}\n"
    "components:\n"
    "  shop: {platform: aws-fargate, tasks: 2, cpu: 1, memory: 2GB}\n"
    "  jobs: {platform: aws-sqs, visibility_timeout: 60s}\n"
    "  pull: {platform: aws-lambda-sqs-mapping, from: jobs, to: worker, batch_size: 5}\n"
    "  worker: {platform: aws-lambda, memory: 512MB, timeout: 10s}\n"
    "events: [{at: 30s, deploy: worker}]\n"
    "variants:\n"
    "  direct: {}\n"
    "  small: {components.worker.memory: 128MB}\n"
    "expect:\n"
    "  - direct.traffic.web.throttled == 0\n";

struct bad {
    const char *find, *put; /* `put` takes the place of `find` */
    const char *says;       /* part of the complaint at the mark */
};

static const struct bad cases[] = {
    /* the file */
    {"fleetsim: 1\n", "^", "the first line of a scenario is 'fleetsim: 1'"},
    {"fleetsim: 1", "fleetsim: ^2", "this program reads version 1"},
    {"title:", "^titel:", "unknown key 'titel'"},
    {"Web requests and jobs", "^[a, b]", "'title' must be a text"},
    {"Web requests and jobs", "^&a x", "anchor"},
    {"Web requests and jobs", "^!!str x", "tag"},
    {"Web requests and jobs", "a\n^title: b", "'title'"},
    {"title: Web requests and jobs\n", "title: x\n^\ttab: 1\n", "tab"},
    {"  - direct.traffic.web.throttled == 0\n", "  - a\n^---\nb: 1\n", "document"},
    {"Web requests", "^\x01", ""},
    {"Web requests", "^\xff", "UTF-8"},
    /* the run */
    {"length: 1min", "length: ^60", "'length' needs a unit"},
    {"length: 1min", "length: ^1mi", "'length'"},
    {"length: 1min", "length: ^-1min", "'length'"},
    {"length: 1min", "length: ^200y", "'length'"},
    {"length: 1min", "length: ^1e400s", "'length'"},
    {"length: 1min, ", "", NULL},
    {"replications: 2", "replications: ^0", "must lie between 1 and"},
    {"replications: 2", "replications: ^2.5", "whole number"},
    {"replications: 2", "replications: ^two", "'replications'"},
    {"seed: 1", "seed: ^-1", "must lie between"},
    {"seed: 1", "seed: 1, ^seeds: 2", "unknown key 'seeds'"},
    {"seed: 1", "seed: 1, represents: ^once", "represents"},
    {"seed: 1", "seed: 1, confidence: ^101%", "'confidence'"},
    {"seed: 1", "seed: 1, intervals: ^20000", "must lie between 1 and 10000"},
    {"{length: 1min, replications: 2, seed: 1}", "^60s", "map"},
    /* the account */
    {"platform: aws,", "platform: ^awz,", "there is no 'awz'"},
    {"concurrency: 1000", "concurrency: ^1000/s", "whole number"},
    {"concurrency: 1000", "concurrency: 10, ^concurrency: 20", "concurrency"},
    {"concurrency: 1000", "prices: ^1999-01", "1999-01"},
    {"concurrency: 1000", "free_tier: ^yes please", "'free_tier'"},
    {"platform: aws,", "platform: ^../aws,", ""},
    /* traffic */
    {"rate: 4/s", "rate: ^4", "'rate' needs a unit"},
    {"rate: 4/s", "rate: ^4/fortnight", "'rate'"},
    {"rate: 4/s", "rate: ^-4/s", "'rate'"},
    {"rate: 4/s", "rate: ^4 s", "'rate'"},
    {"poisson: {rate: 4/s}", "^poison: {rate: 4/s}", "poison"},
    {"{poisson: {rate: 4/s}}", "^{}", "arrivals"},
    {"{poisson: {rate: 4/s}}", "^{poisson: {rate: 4/s}, burst: {size: 1, at: 0s}}", "exactly one"},
    {"{poisson: {rate: 4/s}}", "{burst: {size: ^0, at: 1s}}", "'size'"},
    {"{poisson: {rate: 4/s}}", "{csv: {file: ^none.csv, column: t}}", "none.csv"},
    {"{poisson: {rate: 4/s}}", "{csv: {file: ^../../etc/passwd, column: t}}", ""},
    {"client: {timeout: 10s, retry: none}", "^client: {timeout: 10s}", "'retry' is missing"},
    {"retry: none", "retry: ^sometimes", "sometimes"},
    {"retry: none", "retry: {backoff: {attempts: 3, base: 1s, cap: ^10ms}}", "below the base"},
    {"retry: none", "retry: {fixed: {attempts: ^0, wait: 1s}}", "'attempts'"},
    {"timeout: 10s, retry", "timeout: ^10, retry", "'timeout' needs a unit"},
    {"path: [shop, jobs, worker]", "^path: []", "at least one component"},
    {"[shop, jobs, worker]", "[^shp, jobs, worker]", "there is no component 'shp'"},
    {"[shop, jobs, worker]", "[shop, jobs, worker, ^pull]", "takes no requests"},
    {"[shop, jobs, worker]", "[shop, ^shop, jobs, worker]", "twice"},
    {"work: {shop: {cpu", "work: {^shpo: {cpu", "shpo"},
    {"p99: 300ms", "p99: 3ms", NULL},
    {"{lognormal: {mean: 60ms, p99: 300ms}}", "{^lognormal: {mean: 60ms, p98: 300ms}}", "p99"},
    {"mean: 60ms", "mean: ^60", "'mean' needs a unit"},
    {"io: 40ms", "io: ^-40ms", "'io'"},
    {"io: 40ms", "^oi: 40ms", "unknown key 'oi'"},
    {"io: 40ms", "io: 40ms, measured: 10ms", NULL},
    {"io: 40ms", "io: 40ms, at: ^512MB", "goes with 'measured'"},
    {"io: 40ms", "io: 40ms, cpu_share: ^0%", "goes with 'measured'"},
    /* components */
    {"platform: aws-lambda,", "platform: ^aws-lamda,", "there is no 'aws-lamda'"},
    {"platform: aws-lambda,", "mechanism: ^pool,", "pool"},
    {"  worker: {platform: aws-lambda, ", "  ^worker: {", "needs a 'platform'"},
    {"memory: 512MB", "memory: ^512", "'memory' needs a unit"},
    {"memory: 512MB", "memory: ^0MB", "'memory'"},
    {"memory: 512MB", "memory: ^512MB/s", "'memory'"},
    {"memory: 512MB", "memory: ^[512MB]", "'memory'"},
    {"timeout: 10s}", "timeout: ^0s}", "'timeout'"},
    {"timeout: 10s}", "timeout: 10s, ^tasks: 3}", "unknown key 'tasks'"},
    {"tasks: 2", "tasks: ^-2", "'tasks'"},
    {"cpu: 1,", "cpu: ^one,", "'cpu'"},
    {"cpu: 1,", "cpu: 1, balancing: ^fair,", "fair"},
    {"from: jobs", "from: ^shop", "queue"},
    {"from: jobs", "from: ^job", "there is no"},
    {"to: worker", "to: ^pull", "takes no requests"},
    {"batch_size: 5", "batch_size: ^0", "'batch_size'"},
    {"visibility_timeout: 60s", "visibility_timeout: ^1y", "'visibility_timeout'"},
    {"  jobs: {", "  ^jo bs: {", "letters, digits"},
    /* functions */
    {"512MB, timeout: 10s", "512MB, timeout: ^20min", "the platform allows at most 900 s"},
    {"memory: 512MB", "memory: ^64MB", "the platform allows no less than 128 MB"},
    {"memory: 512MB", "memory: ^20GB", "the platform allows at most 10240 MB"},
    {"memory: 512MB", "reserved: ^950", "no more than 900 can be: 100 stay unreserved"},
    {"memory: 512MB", "reserved: ^-2", "must lie between -1 and"},
    {"memory: 512MB", "keep_alive: ^idle-11min", "there is no 'idle-11min' in distributions/"},
    {"memory: 512MB", "runtime: ^nodejs18.x", "the start of 'nodejs18.x' was not measured"},
    {"memory: 512MB", "cold_starts: ^lambda-perf-2026-07",
     "there is no 'lambda-perf-2026-07' in cold_starts"},
    {"memory: 512MB", "packaging: ^jar", "zip, image"},
    {"memory: 512MB", "reserved: 5, ^provisioned: {count: 6}",
     "6 provisioned are more than the 5 reserved"},
    {"memory: 512MB", "^provisioned: {count: 901}", "no more than 900 can be"},
    {"memory: 512MB", "runtime: java21, restore: 1s, ^provisioned: {count: 1}",
     "does not go together"},
    {"memory: 512MB", "restore: ^1s", "no snapshots of zip packages in nodejs22.x"},
    {"memory: 512MB", "runtime: java21, packaging: image, restore: ^1s",
     "no snapshots of image packages in java21"},
    {"memory: 512MB", "provisioned: {count: 1, ^tracking: {target: 70%}}", "needs a maximum"},
    {"memory: 512MB", "provisioned: {count: 1, ^tracking: {maximum: 7}}", "needs a target"},
    {"memory: 512MB", "provisioned: {count: 9, tracking: {target: 70%, maximum: ^7}}",
     "must not be below the minimum and the count"},
    {"memory: 512MB", "provisioned: {count: ^1, tracking: {target: 70%, minimum: 2, maximum: 7}}",
     "must not be below tracking's minimum"},
    {"memory: 512MB", "reuse: ^newest", "most_recently_used, least_recently_used, random"},
    {"memory: 512MB", "restore: ^soon", "'restore'"},
    {"memory: 512MB", "error_rate: ^120%", "'error_rate'"},
    {"memory: 512MB", "stream_free: ^6", "'stream_free'"},
    {"memory: 512MB", "price_init: ^lambda.ini.x86", "'price_init': there is no price"},
    {"memory: 512MB", "setup: {^cpus: 1s}", "unknown key 'cpus'"},
    {"    arrivals: {poisson: {rate: 4/s}}\n    client: {timeout: 10s, retry: none}\n"
     "    path: [shop, jobs, worker]\n"
     "    work: {shop: {cpu: {lognormal: {mean: 60ms, p99: 300ms}}, io: 40ms}}\n"
     "components:\n",
     "    arrivals: {cron: {schedules: [{jobs: 2, every: 5min}], own_functions: true}}\n"
     "    client: {retry: none}\n    path: [f]\ncomponents:\n"
     "  f: {platform: aws-lambda, ^provisioned: {count: 1}}\n",
     "which share no environments"},
    {"concurrency: 1000", "growth: ^fast", "'fast' is none of the growth"},
    {"concurrency: 1000", "growth: {regional: {burst: ^0, rate: 1/s}}", "'burst'"},
    {"concurrency: 1000", "growth: {regional: {burst: 1000000000, rate: ^1/h}}",
     "is too slow for a burst of this size"},
    /* events, variants, expectations */
    {"at: 30s", "at: ^30", "'at' needs a unit"},
    {"deploy: worker", "^explode: worker", "explode"},
    {"{at: 30s, deploy: worker}", "^{at: 30s, deploy: jobs}", "does nothing to"},
    {"deploy: worker", "deploy: ^wrkr", "wrkr"},
    {"components.worker.memory", "^components.worker.memori", "unknown key 'memori'"},
    {"components.worker.memory: 128MB", "components.worker.memory: ^128", "needs a unit"},
    {"  small: ", "  ^scenario: ", "cannot be the name of a variant"},
    {"  small: ", "  ^sources: ", "cannot be the name of a variant"},
    {"  direct: {}", "  direct: {extends: ^other}", "extends"},
    {"  direct: {}", "  direct: {extends: ^direct}", "circle"},
    {"  direct: {}", "  direct: ^x", "a map of changes"},
    {"  direct: {}", "  direct: ^[a, b]", "a map of changes"},
    {"- direct.traffic.web.throttled == 0", "- ^direct.traffic.web.throtled == 0", "no metric"},
    {"- direct.traffic.web.throttled == 0", "- ^dirct.traffic.web.throttled == 0", "no metric"},
    {"- direct.traffic.web.throttled == 0", "- ^direct.traffic.web.throttled = 0", "none of =="},
    {"- direct.traffic.web.throttled == 0", "- ^direct.traffic.web.latency.p99 < 1", "unit"},
    {"- direct.traffic.web.throttled == 0", "- ^fine", "an expectation reads like"},
};

/* ---- running the program -------------------------------------------------------------------- */

static char folder[] = "/tmp/fs_bad_XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[4][300];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof *path, "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const char *text, size_t size)
{
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static char *slurp(const char *name)
{
    FILE *file = fopen(in_folder(name), "r");
    char *text = calloc(1, 1 << 16);
    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 16) - 1, file) < 1 << 16);
    fclose(file);
    return text;
}

struct ran {
    int code;
    char *out, *err;
    long kb;   /* most memory */
    double ms; /* of processor time: the machine may have other things to do */
};

/* What refusing has cost so far. */
static struct {
    int n;
    long kb;
    double ms;
} most;

static void ran_free(struct ran *ran)
{
    free(ran->out);
    free(ran->err);
}

static double ms_of(struct timeval time)
{
    return 1e3 * (double)time.tv_sec + 1e-3 * (double)time.tv_usec;
}

/* Run a command line in the folder; %s are quoted by whoever writes them. */
static struct ran run(const char *command)
{
    char line[2000];
    struct rusage usage;
    int status;
    snprintf(line, sizeof line, "cd %s && LC_ALL=C exec %s >.out 2>.err </dev/null", folder,
             command);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    assert_true(WIFEXITED(status));
    return (struct ran){.code = WEXITSTATUS(status),
                        .out = slurp(".out"),
                        .err = slurp(".err"),
                        .kb = usage.ru_maxrss,
                        .ms = ms_of(usage.ru_utime) + ms_of(usage.ru_stime)};
}

/* A refusal costs next to nothing, whatever was wrong. */
static bool is_cheap(const struct ran *ran)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __OPTIMIZE__
    const bool measured = false; /* the program is another */
#else
    const bool measured = true;
#endif
    most.n++;
    if (ran->kb > most.kb) most.kb = ran->kb;
    if (ran->ms > most.ms) most.ms = ran->ms;
    if (!measured || (ran->kb < 50 * 1024 && ran->ms < 100)) return true;
    print_error("%ld KB and %.0f ms for a refusal\n", ran->kb, ran->ms);
    return false;
}

static int count_files(void)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

/* ---- scenarios ------------------------------------------------------------------------------ */

struct edited {
    char *text;
    long line, column; /* of the mark; 0 without one */
};

/* Take the mark out and say where it was. */
static struct edited unmark(char *text)
{
    struct edited e = {.text = text};
    char *mark = strchr(e.text, '^');
    if (!mark) return e;
    memmove(mark, mark + 1, strlen(mark));
    e.line = e.column = 1;
    for (const char *c = e.text; c < mark; c++) {
        e.column = *c == '\n' ? 1 : e.column + 1;
        e.line += *c == '\n';
    }
    return e;
}

static struct edited edit(const struct bad *bad)
{
    const char *at = strstr(good, bad->find);
    char *text;
    assert_non_null(at);
    assert_null(strstr(at + 1, bad->find)); /* the edit is of one place */
    assert_true(
        asprintf(&text, "%.*s%s%s", (int)(at - good), good, bad->put, at + strlen(bad->find)) > 0);
    return unmark(text);
}

/* `file` with the text is refused at its mark (`place` of it when that is another file); true when
 * it is, else it is said why. */
static bool is_refused(const char *command, const char *name, const struct edited *e,
                       const char *says)
{
    char place[100];
    const int files = count_files();
    struct ran ran = run(command);
    snprintf(place, sizeof place, "%s:%ld:%ld: error: ", name, e->line, e->column);
    const char *line = e->line ? strstr(ran.err, place) : strstr(ran.err, name);
    const char *end = line ? strchr(line, '\n') : NULL;
    const char *found = line && says ? strstr(line, says) : line;
    const bool well = ran.code == 2 && end && found && found < end && !ran.out[0] &&
                      count_files() == files && is_cheap(&ran);
    if (!well)
        print_error("exit %d, expected '%s%s' in\n%s", ran.code, e->line ? place : "",
                    says ? says : "", ran.err);
    ran_free(&ran);
    return well;
}

static bool complains(const struct bad *bad)
{
    struct edited e = edit(bad);
    write_file("bad.yaml", e.text, strlen(e.text));
    const bool well = is_refused(PROGRAM " run bad.yaml -o out.h5", "bad.yaml", &e, bad->says);
    if (!well) print_error("'%s' put for '%s'\n", bad->put, bad->find);
    free(e.text);
    return well;
}

static void the_good_scenario_is_good(void **state)
{
    (void)state;
    write_file("good.yaml", good, strlen(good));
    struct ran ran = run(PROGRAM " run good.yaml -q");
    assert_int_equal(ran.code, 0);
    assert_string_equal(ran.err, "");
    ran_free(&ran);
}

static void every_mistake_is_named_at_its_place(void **state)
{
    (void)state;
    int missed = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        missed += !complains(&cases[i]);
    assert_int_equal(missed, 0);
}

/* Each mistake of a list in the place of `find`, `before` and `after` around it. */
static void every_one_is_named(const struct mistake *list, size_t n, const char *find,
                               const char *before, const char *after)
{
    int missed = 0;
    for (size_t i = 0; i < n; i++) {
        char put[1000];
        const struct bad bad = {find, put, list[i].says};
        snprintf(put, sizeof put, "%s%s%s", before, list[i].text, after);
        missed += !complains(&bad);
    }
    assert_int_equal(missed, 0);
}

#define ALL(list) list, sizeof list / sizeof *list

/* What components of the list may stand beside. */
#define AROUND                                                                                     \
    "\n  c: {mechanism: cluster}\n"                                                                \
    "  s: {mechanism: stream, shards: 1, retention: 1d}\n"                                         \
    "  dead: {platform: aws-sqs, sink: true}\n"

static void every_mistake_in_a_component_is_named(void **state)
{
    (void)state;
    every_one_is_named(ALL(component_mistakes), "components:\n", "components:\n  ", AROUND);
}

static void every_mistake_in_arrivals_is_named(void **state)
{
    (void)state;
    every_one_is_named(ALL(arrival_mistakes), "{poisson: {rate: 4/s}}", "", "");
}

static void all_mistakes_of_a_file_come_in_one_go(void **state)
{
    (void)state;
    static const char *const found[] = {":2:1: ", ":3:15: ", ":7:32: ", ":9:12: ", ":15:42: "};
    const char text[] = "fleetsim: 1\n"
                        "titel: x\n"
                        "run: {length: 60}\n"
                        "account: {platform: aws}\n"
                        "traffic:\n"
                        "  web:\n"
                        "    arrivals: {poisson: {rate: 4}}\n"
                        "    client: {retry: none}\n"
                        "    path: [wrker]\n"
                        "\n\n\n\n"
                        "components:\n"
                        "  worker: {platform: aws-lambda, memory: 512, timeout: 10s}\n"
                        "expect:\n"
                        "  - traffic.web.throttled = 0\n";
    write_file("bad.yaml", text, sizeof text - 1);
    struct ran ran = run(PROGRAM " check bad.yaml");
    assert_int_equal(ran.code, 2);
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        if (!strstr(ran.err, found[i])) fail_msg("nothing at %s in\n%s", found[i], ran.err);
    }
    if (!strstr(ran.err, ":17:5: error: '='")) fail_msg("no word about '=' in\n%s", ran.err);
    ran_free(&ran);
}

static const struct {
    const char *find, *put;
    const char *says; /* in what is printed */
} hints[] = {
    {"account:", "\taccount:", "hint: indent with spaces, not tabs\n"},
    {", retry: none", "", "hint: possible here: backoff, fixed, none"},
};

static void a_hint_says_what_to_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        const struct bad bad = {hints[i].find, hints[i].put, NULL};
        struct edited e = edit(&bad);
        write_file("bad.yaml", e.text, strlen(e.text));
        struct ran ran = run(PROGRAM " spec bad.yaml");
        if (ran.code != 2 || !strstr(ran.err, hints[i].says))
            fail_msg("no '%s' in\n%s", hints[i].says, ran.err);
        ran_free(&ran);
        free(e.text);
    }
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* The work of a component that is misspelt is never done either, and an event that is misspelt is
 * missing too: said once, as an error. */
static void one_slip_is_told_once(void **state)
{
    (void)state;
    static const struct bad slips[] = {
        {"work: {shop: {cpu", "work: {shpo: {cpu", ":10:12: error: there is no component 'shpo'"},
        {"deploy: worker", "depoy: worker", ":16:20: error: unknown key 'depoy'"}};
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        struct edited e = edit(&slips[i]);
        write_file("bad.yaml", e.text, strlen(e.text));
        struct ran ran = run(PROGRAM " spec bad.yaml");
        assert_int_equal(count(ran.err, slips[i].says), 1);
        assert_int_equal(count(ran.err, "bad.yaml:"), 1);
        ran_free(&ran);
        free(e.text);
    }
}

/* What is expected of the variant that has no mistake is held against its metrics all the same. */
static void expectations_of_other_variants_come_in_one_go_too(void **state)
{
    (void)state;
    const struct bad bad = {"memory: 128MB}\nexpect:\n",
                            "memory: 128}\nexpect:\n  - direct.traffic.web.throtled == 0\n"
                            "  - small.traffic.web.throtled == 0\n",
                            NULL};
    struct edited e = edit(&bad);
    write_file("bad.yaml", e.text, strlen(e.text));
    struct ran ran = run(PROGRAM " check bad.yaml");
    assert_int_equal(ran.code, 2);
    assert_int_equal(count(ran.err, ":19:37: error: 'memory' needs a unit"), 1);
    assert_int_equal(count(ran.err, ":21:5: error: variant 'direct' has no metric"), 1);
    assert_int_equal(count(ran.err, "error: "), 2);
    ran_free(&ran);
    free(e.text);
}

/* A folder of data beside scenarios is no folder of scenarios, whatever kind it is. */
static void data_beside_scenarios_are_no_scenarios(void **state)
{
    (void)state;
    static const char *const kinds[] = {"platforms", "prices", "distributions"};
    assert_true(mkdir(in_folder("shop"), 0777) == 0);
    write_file("shop/s.yaml", good, sizeof good - 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char name[64];
        sprintf(name, "shop/%s", kinds[i]);
        assert_true(mkdir(in_folder(name), 0777) == 0);
        strcat(name, "/mine.yaml");
        write_file(name, "title: mine\n", 12);
    }
    struct ran ran = run(PROGRAM " check -q shop");
    assert_int_equal(ran.code, 0);
    assert_string_equal(ran.err, "");
    ran_free(&ran);
}

/* ---- the command line ----------------------------------------------------------------------- */

static const struct {
    const char *args, *says;
} lines[] = {
    {"", "Usage"},
    {"rum good.yaml", "rum"},
    {"run", "needs one scenario file"},
    {"run good.yaml good.yaml", "needs one scenario file"},
    {"run none.yaml", "none.yaml"},
    {"run --bogus good.yaml", "--bogus"},
    {"run good.yaml -o", "-o"},
    {"run good.yaml --replications 0", "--replications:1:1: error: 'replications' must lie"},
    {"run good.yaml --replications many", "--replications:1:1: error: 'replications' expects"},
    {"run good.yaml --seed -1", "--seed:1:1: error: 'seed' must lie"},
    {"run good.yaml --set run.seed=-1", "--set run.seed:1:1: error: 'seed' must lie"},
    {"run good.yaml --jobs 0x", "jobs"},
    {"run good.yaml --variant none", "there is no variant 'none'"},
    {"run good.yaml --variant none", "good.yaml:17:1: error"},
    {"run good.yaml --variant none", "possible here: direct, small"},
    {"run good.yaml --variant smal", "did you mean 'small'?"},
    {"run good.yaml --set account.concurency=5", "concurency"},
    {"run good.yaml --set account.concurrency", "--set"},
    {"run good.yaml --set =5", "--set"},
    {"run good.yaml --color sometimes", "sometimes"},
    {"run good.yaml --rps 5", "--quick"},
    {"run --quick --rps 50 --work 100", "unit"},
    {"run --quick --rps fast --work 100ms", "fast"},
    {"check", "scenario"},
    {"spec", "scenario"},
    {"plot", "results"},
    {"plot good.yaml", "run good.yaml -o results.h5, then fleetsim plot results.h5"},
    {"report good.yaml -o out.html", "good.yaml is a scenario"},
    {"plot none.h5", "none.h5"},
    {"list planets", "planets"},
    {"show nothing-such", "nothing-such"},
    {"show nothing-such", "distributions, metrics"},
    {"show aws-dynamodb", "did you mean aws-dynamodb-on-demand, aws-dynamodb-provisioned"},
    {"show aws-lamda", "did you mean aws-lambda?"},
    {"new good.yaml", "good.yaml"},
};

static void wrong_command_lines_say_what_is_wrong(void **state)
{
    (void)state;
    write_file("good.yaml", good, strlen(good));
    const bool plots = access(FS_BUILD_DIR "/fleetsim-plot", X_OK) == 0;
    int missed = 0;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char command[500];
        if (!plots && strcmp(lines[i].args, "plot none.h5") == 0) continue;
        const int files = count_files();
        snprintf(command, sizeof command, PROGRAM " %s", lines[i].args);
        struct ran ran = run(command);
        const bool world = strstr(lines[i].args, "none.");
        if (ran.code != (world ? 3 : 2) || !strcasestr(ran.err, lines[i].says) || ran.out[0] ||
            count_files() != files || !is_cheap(&ran)) {
            print_error("fleetsim %s: exit %d, expected '%s' in\n%s", lines[i].args, ran.code,
                        lines[i].says, ran.err);
            missed++;
        }
        ran_free(&ran);
    }
    assert_int_equal(missed, 0);
}

/* A wrong folder in somebody's pipeline would pass for ever. */
static void a_folder_without_scenarios_does_not_pass(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("empty"), 0700), 0);
    write_file("good.yaml", good, strlen(good));
    static const char *const with[] = {"empty", "good.yaml empty"};
    for (int i = 0; i < 2; i++) {
        char command[300];
        snprintf(command, sizeof command, PROGRAM " check %s", with[i]);
        struct ran ran = run(command);
        assert_int_equal(ran.code, 2);
        assert_string_equal(ran.out, "");
        assert_string_equal(ran.err, "fleetsim: no scenario (.yaml) in empty\n");
        ran_free(&ran);
    }
    write_file("empty/short.yml", good, strlen(good));
    struct ran ran = run(PROGRAM " check empty/short.yml");
    assert_int_equal(ran.code, 0);
    assert_non_null(strstr(ran.out, "empty/short.yml: Web requests and jobs"));
    ran_free(&ran);
}

/* ---- traces --------------------------------------------------------------------------------- */

static const char traced[] = "fleetsim: 1\n"
                             "run: {length: 1min}\n"
                             "traffic:\n"
                             "  calls:\n"
                             "    arrivals: {csv: {file: trace.csv, column: t}}\n"
                             "    client: {retry: none}\n"
                             "    path: [worker]\n"
                             "components:\n"
                             "  worker: {platform: aws-lambda}\n"
                             "expect:\n"
                             "  - traffic.calls.arrived == 3\n";

static const struct {
    const char *text;
    long line; /* 0: three arrivals */
} traces[] = {
    {"t\n1\n2\n3\n", 0},   {"t\r\n1\r\n2\r\n3\r\n", 0}, {"\xef\xbb\xbft\n1\n2\n3\n", 0},
    {"t\n1\n2\n3", 0},     {"u,t\n,1\n,2\n,3\n", 0},    {"u\n1\n", 1},
    {"t\n1\n-2\n3\n", 3},  {"t\n1\ntwo\n3\n", 3},       {"t\n1\n\"2\n3\n", 3},
    {"t\n1\n2,2\n3\n", 3}, {"t\n1\nnan\n3\n", 3},       {"t\n1\n1e300\n3\n", 3},
};

static void traces_are_read_or_refused_at_the_line(void **state)
{
    (void)state;
    write_file("traced.yaml", traced, strlen(traced));
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++) {
        char place[50];
        write_file("trace.csv", traces[i].text, strlen(traces[i].text));
        struct ran ran = run(PROGRAM " check traced.yaml");
        snprintf(place, sizeof place, "trace.csv:%ld", traces[i].line);
        if (ran.code != (traces[i].line ? 2 : 0) || (traces[i].line && !strstr(ran.err, place)))
            fail_msg("trace %zu: exit %d, expected %s in\n%s%s", i, ran.code,
                     traces[i].line ? place : "no complaint", ran.err, ran.out);
        assert_true(!traces[i].line || is_cheap(&ran));
        ran_free(&ran);
    }
}

/* Read for each variant, told once, with the line of the scenario that names it. */
static void a_trace_of_several_variants_is_refused_once(void **state)
{
    (void)state;
    char text[1000];
    snprintf(text, sizeof text, "%svariants: {a: {}, b: {account.concurrency: 5}}\n", traced);
    write_file("traced.yaml", text, strlen(text));
    write_file("trace.csv", "t\n1\ntwo\n", 8);
    struct ran ran = run(PROGRAM " spec traced.yaml");
    assert_int_equal(count(ran.err, "./trace.csv:3:1: error: "), 1);
    assert_int_equal(count(ran.err, "././"), 0);
    assert_int_equal(count(ran.err, "hint: the file is named in traced.yaml, line 5\n"), 1);
    ran_free(&ran);
}

static void an_empty_trace_is_refused(void **state)
{
    (void)state;
    write_file("traced.yaml", traced, strlen(traced));
    write_file("trace.csv", "", 0);
    struct ran ran = run(PROGRAM " check traced.yaml");
    assert_int_equal(ran.code, 2);
    assert_non_null(strstr(ran.err, "trace.csv: error: there is no time stamp in the file"));
    ran_free(&ran);
}

/* Times that run backwards are a mistake of whoever wrote the file, or a file that is sorted
 * otherwise: refused with the line unless the scenario says what to do. */
static void unsorted_times_are_named(void **state)
{
    (void)state;
    write_file("traced.yaml", traced, strlen(traced));
    write_file("trace.csv", "t\n1\n3\n2\n", 8);
    struct ran ran = run(PROGRAM " check traced.yaml");
    assert_int_equal(ran.code, 2);
    assert_non_null(strstr(ran.err, "trace.csv:4"));
    ran_free(&ran);
}

static void refusals_are_many_and_cheap(void **state)
{
    (void)state;
    print_message("%d refusals, at most %.0f ms of processor time and %.1f MB each\n", most.n,
                  most.ms, (double)most.kb / 1024);
    assert_true(most.n >= 300);
}

/* ---- the world ------------------------------------------------------------------------------ */

static void the_old_file_survives(const char *args, const char *says)
{
    struct ran ran = run(args);
    if (ran.code != 3 || !strstr(ran.err, says) || ran.out[0])
        fail_msg("%s: exit %d, expected '%s' in\n%s", args, ran.code, says, ran.err);
    char *old = slurp("old.h5");
    assert_string_equal(old, "old");
    free(old);
    ran_free(&ran);
}

/* Found before anything is simulated: a day of a million requests a second would take hours. */
static void what_cannot_be_written_is_said_at_once(void **state)
{
    (void)state;
    const char *endless = PROGRAM " run good.yaml --set run.length=1000d "
                                  "--set traffic.web.arrivals.poisson.rate=1e6/s -o ";
    char command[600];
    write_file("good.yaml", good, strlen(good));
    write_file("old.h5", "old", 3);
    assert_int_equal(mkdir(in_folder("sub"), 0777), 0);
    snprintf(command, sizeof command, "%s sub", endless);
    the_old_file_survives(command, "sub");
    snprintf(command, sizeof command, "%s none/out.h5", endless);
    the_old_file_survives(command, "none");
    snprintf(command, sizeof command, "%s /dev/full", endless);
    the_old_file_survives(command, "/dev/full");
    if (geteuid() == 0) { /* whom no permission stops */
        snprintf(command, sizeof command, "%s /proc/out.h5", endless);
    } else {
        assert_int_equal(chmod(in_folder("sub"), 0555), 0);
        snprintf(command, sizeof command, "%s sub/out.h5", endless);
    }
    the_old_file_survives(command, "out.h5");
    rmdir(in_folder("sub"));
}

/* A limit of 4 KB a file is a disk that fills up while the results are written. */
static void a_disk_that_fills_up_leaves_the_old_file(void **state)
{
    (void)state;
    write_file("good.yaml", good, strlen(good));
    write_file("old.h5", "old", 3);
    const int files = count_files();
    the_old_file_survives("sh -c 'trap \"\" XFSZ; ulimit -f 8; exec " PROGRAM
                          " run good.yaml -q -o old.h5'",
                          "old.h5");
    assert_int_equal(count_files(), files);
}

static void a_full_standard_output_is_not_success(void **state)
{
    (void)state;
    write_file("good.yaml", good, strlen(good));
    const int status = system("cd /tmp && " PROGRAM " list platforms >/dev/full 2>/dev/null");
    assert_int_equal(WEXITSTATUS(status), 3);
}

/* What `FLEETSIM ... | true` leaves: the exit code as a shell sees it, and nothing said. */
static void assert_ends_quietly(const char *arguments)
{
    char command[4096];
    snprintf(command, sizeof command,
             "bash -c 'set -o pipefail; cd %s; { sleep 0.1; %s %s; } 2>said | true; "
             "exit ${PIPESTATUS[0]}'",
             folder, PROGRAM, arguments);
    const int status = system(command);
    assert_int_equal(WEXITSTATUS(status), 141);
    snprintf(command, sizeof command, "test ! -s %s/said", folder);
    assert_int_equal(system(command), 0);
}

static void a_reader_that_has_had_enough_ends_it_quietly(void **state)
{
    (void)state;
    write_file("good.yaml", good, strlen(good));
    assert_ends_quietly("list platforms");
    assert_ends_quietly("reference");
    assert_ends_quietly("run good.yaml -o kept.h5");
    assert_true(access(in_folder("kept.h5"), R_OK) == 0); /* the results are there all the same */
    if (access(PROGRAM "-plot", X_OK) == 0 && system("gnuplot --version >/dev/null 2>&1") == 0)
        assert_ends_quietly("plot kept.h5");
}

/* ---- the program ---------------------------------------------------------------------------- */

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_good_scenario_is_good),
        cmocka_unit_test(every_mistake_is_named_at_its_place),
        cmocka_unit_test(every_mistake_in_a_component_is_named),
        cmocka_unit_test(every_mistake_in_arrivals_is_named),
        cmocka_unit_test(all_mistakes_of_a_file_come_in_one_go),
        cmocka_unit_test(a_hint_says_what_to_write),
        cmocka_unit_test(one_slip_is_told_once),
        cmocka_unit_test(expectations_of_other_variants_come_in_one_go_too),
        cmocka_unit_test(wrong_command_lines_say_what_is_wrong),
        cmocka_unit_test(a_folder_without_scenarios_does_not_pass),
        cmocka_unit_test(traces_are_read_or_refused_at_the_line),
        cmocka_unit_test(a_trace_of_several_variants_is_refused_once),
        cmocka_unit_test(an_empty_trace_is_refused),
        cmocka_unit_test(unsorted_times_are_named),
        cmocka_unit_test(data_beside_scenarios_are_no_scenarios),
        cmocka_unit_test(refusals_are_many_and_cheap),
        cmocka_unit_test(what_cannot_be_written_is_said_at_once),
        cmocka_unit_test(a_disk_that_fills_up_leaves_the_old_file),
        cmocka_unit_test(a_full_standard_output_is_not_success),
        cmocka_unit_test(a_reader_that_has_had_enough_ends_it_quietly),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
