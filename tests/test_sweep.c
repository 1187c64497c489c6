/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sweeps of the real program: the same bytes from one process, four processes and eight shards,
 * kills at random moments, and what is said about every mistake. FAULTS=full (./dev faults) kills a
 * hundred times.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "axes.h"
#include "journal.h"
#include "pack.h"
#include "results.h"
#include "rng.h"

#define PROGRAM FS_BUILD_DIR "/fleetsim"
#define SHIM    FS_BUILD_DIR "/libfault_shim.so"

static char folder[] = "/tmp/fs_sweep_XXXXXX";
static struct fs_stream draws;

static const char scenario[] =
    "fleetsim: 1\n"
    "run: {length: 2min, replications: 2, intervals: 20}\n"
    "account: {platform: aws, concurrency: 20}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 100/s}}\n"
    "    client: {retry: none}\n"
    "    path: [worker]\n"
    "    work: {worker: {cpu: {lognormal: {mean: 100ms, p99: 500ms}}}}\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1769MB}\n"
    "variants:\n"
    "  function: {}\n"
    "  containers: {components.worker: {platform: aws-fargate, tasks: 12, cpu: 1, memory: 2GB}}\n";

#define GRID   " s.yaml --vary traffic.web.arrivals.poisson.rate=50/s..100/s/6 --vary run.seed=1..4 "
#define POINTS 24

/* ---- files and the program ------------------------------------------------------------------ */

static void spit(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static char *slurp(const char *name, size_t *n)
{
    struct stat st;
    FILE *file = fopen(name, "r");
    if (!file) return NULL;
    assert_int_equal(fstat(fileno(file), &st), 0);
    *n = (size_t)st.st_size;
    char *data = calloc(1, *n + 1);
    assert_int_equal(fread(data, 1, *n, file), *n);
    fclose(file);
    return data;
}

static void same_file(const char *a, const char *b)
{
    size_t n, m;
    char *x = slurp(a, &n), *y = slurp(b, &m);
    if (!x || !y || n != m || memcmp(x, y, n) != 0) fail_msg("%s and %s differ", a, b);
    free(x);
    free(y);
}

/* Start "fleetsim <command>" with its messages in "err"; words are split at blanks. A fault is one
 * of the shim's. */
static pid_t spawn_with(const char *fault, const char *command)
{
    char copy[1024], *argv[64] = {"fleetsim"};
    int n = 1;
    snprintf(copy, sizeof copy, "%s", command);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[n++] = word;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) return pid;
    dup2(open("/dev/null", O_RDWR), 0);
    dup2(open("out", O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
    dup2(open("err", O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    if (fault) {
        setenv("FAULT", fault, 1);
        setenv("FAULT_COUNT", "count", 1);
        setenv("LD_PRELOAD", SHIM, 1);
    }
    execv(PROGRAM, argv);
    _exit(127);
}

static pid_t spawn(const char *command)
{
    return spawn_with(NULL, command);
}

static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return end_of(spawn(command));
}

/* The command ends with exit 2 and says `text`. */
static void refuses(const char *command, const char *text)
{
    size_t n;
    const int code = run("%s", command);
    char *err = slurp("err", &n);
    if (code != 2 || !strstr(err, text))
        fail_msg("%s: exit %d, said: %s; wanted: %s", command, code, err, text);
    free(err);
}

static void wait_ns(int64_t ns)
{
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        ;
}

static int64_t clock_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ---- the same bytes ------------------------------------------------------------------------- */

static void one_process_four_processes_and_eight_shards_leave_the_same_bytes(void **state)
{
    (void)state;
    pid_t pid[4];
    assert_int_equal(run("sweep" GRID "-o two -q --jobs 2"), 0);
    same_file("one/sweep.h5", "two/sweep.h5");
    for (int i = 0; i < 4; i++) {
        char command[300];
        snprintf(command, sizeof command, "sweep" GRID "-o four -q --jobs 1 --shard %d/4", i + 1);
        pid[i] = spawn(command);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(end_of(pid[i]), 0);
    assert_int_equal(run("merge four -q"), 0);
    same_file("one/sweep.h5", "four/sweep.h5");
    for (int i = 8; i >= 1; i--) /* in folders of their own, as on eight machines */
        assert_int_equal(run("sweep" GRID "-o eight%d -q --shard %d/8", i, i), 0);
    assert_int_equal(run("merge eight5 eight1 eight2 eight3 eight4 eight8 eight6 eight7 -q -o "
                         "eight.h5"),
                     0);
    same_file("one/sweep.h5", "eight.h5");
}

/* A merge reads no scenario: what nobody documents is in the journals. */
static void what_it_rests_on_is_told(void **state)
{
    (void)state;
    size_t n, m;
    assert_int_equal(run("sweep" GRID "-o one --json"), 0);
    char *swept = slurp("out", &n);
    assert_non_null(
        strstr(swept, "\"assumptions\": [\n    {\"component\": \"worker\", \"platform\": "));
    assert_int_equal(run("merge four --json"), 0);
    char *merged = slurp("out", &m);
    assert_string_equal(swept, merged);
    free(swept);
    free(merged);
    assert_int_equal(run("merge four"), 0);
    char *table = slurp("out", &n);
    assert_non_null(strstr(table, "\nValues of its platforms and prices that nobody documents\n"));
    free(table);
}

static void the_cube_is_labelled(void **state)
{
    (void)state;
    struct fs_failure failure;
    struct fs_results *results;
    if (fs_results_open("one/sweep.h5", &results, &failure) != FS_OK) fail_msg("%s", failure.text);
    const struct fs_column *rate = fs_results_get(results, "", "rate");
    const struct fs_column *value = fs_results_get(results, "", "value");
    const struct fs_column *metric = fs_results_get(results, "", "metric");
    const struct fs_column *why = fs_results_get(results, "", "why");
    assert_string_equal(rate->units, "/s");
    assert_int_equal(rate->extent[0], 6);
    for (int i = 0; i < 6; i++)
        assert_true(rate->f64[i] == 50 + 10 * i);
    assert_int_equal(value->rank, 4);
    assert_string_equal(value->dim[0], "rate");
    assert_string_equal(value->dim[1], "seed");
    assert_string_equal(value->dim[2], "variant");
    assert_string_equal(value->dim[3], "metric");
    int64_t row = -1;
    for (int64_t i = 0; i < metric->extent[0]; i++) {
        if (strcmp(metric->text[i], "traffic.web.arrived") == 0) row = i;
    }
    assert_true(row >= 0);
    /* Both variants see the same requests, about rate x 120 s of them. */
    for (int64_t at = 0; at < POINTS; at++) {
        const double *cell = value->f64 + 2 * at * metric->extent[0];
        const double expected = 120 * rate->f64[at / 4];
        assert_true(cell[row] > 0.95 * expected && cell[row] < 1.05 * expected);
        assert_true(cell[row] == cell[metric->extent[0] + row]);
        assert_int_equal(why->i64[2 * at * metric->extent[0] + row], 0);
    }
    fs_results_close(results);
}

static void a_point_says_what_a_run_says(void **state)
{
    (void)state;
    size_t n;
    char *p;
    assert_int_equal(run("run s.yaml --json --set traffic.web.arrivals.poisson.rate=70/s --seed 3"),
                     0);
    char *json = slurp("out", &n);
    p = strstr(json, "\"traffic\": {");
    assert_non_null(p);
    p = strstr(strstr(p, "\"latency\": {"), "\"p99\": {\"value\": ");
    assert_non_null(p);
    const double single = strtod(p + 17, NULL);
    free(json);
    assert_int_equal(run("sweep" GRID "-o one --json"), 0);
    json = slurp("out", &n);
    p = strstr(json, "rate\": \"70/s\", \"run.seed\": \"3\"}");
    assert_non_null(p);
    p = strstr(p, "\"traffic.web.latency.p99\": {\"value\": ");
    assert_non_null(p);
    assert_true(strtod(p + 37, NULL) == single && single > 0);
    free(json);
}

/* ---- kills ---------------------------------------------------------------------------------- */

struct counts {
    int done[10000], n_done, n_begun;
};

static bool count_record(void *self, int kind, const void *payload, size_t n)
{
    struct fs_unpack in = {payload, (const char *)payload + n, false};
    struct counts *counts = self;
    if (kind == 3) counts->n_begun++;
    if (kind != 2) return true;
    const int64_t point = fs_unpack_int(&in);
    assert_true(point >= 0 && point < 10000);
    if (++counts->done[point] > 1) fail_msg("point %d was done twice", (int)point);
    counts->n_done++;
    return true;
}

/* What the journal holds; nothing when there is none yet. */
static struct counts look(const char *name)
{
    struct counts counts = {.n_done = 0};
    struct fs_failure failure;
    if (access(name, F_OK) == 0)
        assert_int_equal(fs_journal_read(name, count_record, &counts, &failure), FS_OK);
    return counts;
}

static void kills_lose_no_point_and_repeat_at_most_one_a_worker(void **state)
{
    (void)state;
    const char *faults = getenv("FAULTS"), *journal = "killed/shard-1-of-1.journal";
    const int kills = faults && strcmp(faults, "full") == 0 ? 100 : 12, workers = 2;
    struct counts before = {.n_done = 0};
    int repeated = 0, late = 0, between = 0;
    const int64_t begin = clock_ns();
    assert_int_equal(run("sweep" GRID "-o timed -q --jobs 2"), 0);
    const int64_t took = clock_ns() - begin;
    for (int i = 0; i < kills; i++) {
        if (before.n_done == POINTS) {
            assert_int_equal(system("rm -rf killed"), 0);
            before = (struct counts){.n_done = 0};
        }
        const pid_t pid = spawn("sweep" GRID "-o killed -q --jobs 2");
        wait_ns((int64_t)(0.6 * fs_uniform(&draws) * (double)took));
        kill(pid, SIGKILL);
        const bool killed = end_of(pid) == -SIGKILL;
        const struct counts now = look(journal);
        for (int k = 0; k < POINTS; k++) {
            if (now.done[k] < before.done[k]) fail_msg("kill %d: point %d is lost", i, k);
        }
        const int vain = now.n_begun - before.n_begun - (now.n_done - before.n_done);
        if (vain < 0 || vain > workers) fail_msg("kill %d: %d points were begun in vain", i, vain);
        repeated += vain;
        late += !killed;
        between += killed && now.n_done > before.n_done;
        before = now;
    }
    assert_int_equal(run("sweep" GRID "-o killed -q"), 0);
    same_file("one/sweep.h5", "killed/sweep.h5");
    print_message("%d kills, %d of them after new points, %d too late; %d points begun in vain\n",
                  kills, between, late, repeated);
    assert_true(between > 0 && repeated > 0);
}

static void a_torn_end_is_cut_off(void **state)
{
    (void)state;
    size_t n;
    assert_int_equal(run("sweep" GRID "-o torn -q"), 0);
    char *whole = slurp("torn/shard-1-of-1.journal", &n);
    for (int i = 0; i < 8; i++) {
        const off_t at = (off_t)(fs_uniform(&draws) * (double)n);
        assert_int_equal(truncate("torn/shard-1-of-1.journal", at), 0);
        if (i % 2 && at > 0) { /* and a byte behind it that was never written */
            FILE *file = fopen("torn/shard-1-of-1.journal", "a");
            fputc(0, file);
            fclose(file);
        }
        assert_int_equal(unlink("torn/sweep.h5"), 0);
        assert_int_equal(run("sweep" GRID "-o torn -q"), 0);
        same_file("one/sweep.h5", "torn/sweep.h5");
    }
    free(whole);
}

/* The process is at work: its journal has its first record. */
static void wait_for_file(const char *name)
{
    struct stat info;
    for (int i = 0; i < 3000 && (stat(name, &info) != 0 || info.st_size < 100); i++)
        wait_ns(20000000);
}

static void an_interrupted_sweep_goes_on(void **state)
{
    (void)state;
    size_t n;
    const pid_t pid = spawn("sweep" GRID "-o stopped --set run.length=1000d --jobs 2");
    wait_for_file("stopped/shard-1-of-1.journal");
    kill(pid, SIGINT);
    assert_int_equal(end_of(pid), 130);
    char *err = slurp("err", &n);
    assert_non_null(strstr(err, "the same command goes on"));
    free(err);
    assert_int_not_equal(access("stopped/sweep.h5", F_OK), 0);
    assert_int_equal(look("stopped/shard-1-of-1.journal").n_done, 0);
}

static void two_processes_do_not_work_on_one_shard(void **state)
{
    (void)state;
    const pid_t pid = spawn("sweep" GRID "-o held --set run.length=1000d -q");
    wait_for_file("held/shard-1-of-1.journal");
    refuses("sweep" GRID "-o held --set run.length=1000d -q", "another process is at work");
    kill(pid, SIGKILL);
    end_of(pid);
}

/* ---- faults --------------------------------------------------------------------------------- */

static bool full(void)
{
    const char *faults = getenv("FAULTS");
    return faults && strcmp(faults, "full") == 0;
}

#define SMALL " s.yaml --vary run.seed=1..3 --set run.length=10s -q --jobs 1 "

static long count_calls(const char *kind, const char *command)
{
    char fault[64];
    size_t n;
    snprintf(fault, sizeof fault, "%s:-1:0:0", kind);
    assert_int_equal(end_of(spawn_with(fault, command)), 0);
    char *text = slurp("count", &n);
    const long calls = strtol(text, NULL, 10);
    free(text);
    return calls;
}

static bool equal_files(const char *a, const char *b)
{
    size_t n, m;
    char *x = slurp(a, &n), *y = slurp(b, &m);
    const bool same = x && y && n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

/* Exit 0 and the whole cube, or exit 3 and a word about a path; no other file under its name. */
static void survives(const char *fault, const char *command, const char *cube)
{
    size_t n;
    const int code = end_of(spawn_with(fault, command));
    char *err = slurp("err", &n);
    const bool there = access(cube, F_OK) == 0, whole = there && equal_files(cube, "ref/sweep.h5");
    const bool said = strstr(err, "faulty") || strstr(err, "s.yaml") || strstr(err, "models/") ||
                      strstr(err, "out of memory");
    if (!(code == 0 && whole) && !(code == 3 && whole == there && said))
        fail_msg("%s: %s: exit %d, %s file, said: %s", command, fault, code,
                 whole   ? "the whole"
                 : there ? "A BROKEN"
                         : "no",
                 err);
    free(err);
}

/* Every refusal in turn; after each the same command goes on to the same bytes. */
static void every_fault(const char *kind, int error, const char *command, const char *before,
                        long step)
{
    assert_int_equal(system(before), 0);
    const long n = count_calls(kind, command);
    long runs = 0;
    for (long i = 0; i < n; i += step) {
        for (int ever = 0; ever < 2; ever++, runs++) {
            char fault[64];
            snprintf(fault, sizeof fault, "%s:%ld:%d:%d", kind, i, error, ever);
            assert_int_equal(system(before), 0);
            survives(fault, command, "faulty/sweep.h5");
            assert_int_equal(run("%s", command), 0);
            same_file("ref/sweep.h5", "faulty/sweep.h5");
        }
    }
    print_message("%s, %s: %ld calls, %ld runs\n", command, strerror(error), n, runs);
}

static void every_refusal_of_the_disk_costs_a_sweep_nothing(void **state)
{
    (void)state;
    static const char *const merge = "merge faulty -q";
    char begin[300];
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined FS_COVERAGE
    skip(); /* they replace malloc themselves, or need it when the program ends */
#endif
    const long step = full() ? 1 : 5;
    assert_int_equal(run("sweep" SMALL "-o ref"), 0);
    snprintf(begin, sizeof begin, "rm -rf faulty; cp -r ref faulty; rm faulty/sweep.h5");
    for (int i = 0; i < 2; i++) {
        const int error = i ? EIO : ENOSPC;
        every_fault("io", error, "sweep" SMALL "-o faulty", "rm -rf faulty", step);
        every_fault("io", error, merge, begin, step);
    }
    every_fault("memory", ENOMEM, "sweep" SMALL "-o faulty", "rm -rf faulty", full() ? 1 : 500);
    every_fault("memory", ENOMEM, merge, begin, full() ? 1 : 40);
}

static void a_killed_merge_leaves_no_part(void **state)
{
    (void)state;
    const int kills = full() ? 100 : 10;
    int whole = 0;
    const int64_t begin = clock_ns();
    assert_int_equal(run("merge one -q -o m.h5"), 0);
    const int64_t took = clock_ns() - begin;
    for (int i = 0; i < kills; i++) {
        unlink("m.h5");
        const pid_t pid = spawn("merge one -q -o m.h5");
        wait_ns((int64_t)(1.1 * fs_uniform(&draws) * (double)took));
        kill(pid, SIGKILL);
        end_of(pid);
        if (access("m.h5", F_OK) == 0) {
            same_file("one/sweep.h5", "m.h5");
            whole++;
        }
    }
    assert_int_equal(run("merge one -q -o m.h5"), 0);
    same_file("one/sweep.h5", "m.h5");
    print_message("%d kills, %d after the file was there\n", kills, whole);
}

/* One of three machines dies: the others finish, merge says whose part is missing, and only that
 * is done again. */
static void a_worker_that_dies_is_named_and_its_part_done_again(void **state)
{
    (void)state;
    for (int round = 0; round < (full() ? 20 : 2); round++) {
        pid_t pid[3];
        char command[300], says[60];
        size_t n;
        assert_int_equal(system("rm -rf workers"), 0);
        for (int i = 0; i < 3; i++) {
            snprintf(command, sizeof command, "sweep" GRID "-o workers -q --jobs 1 --shard %d/3",
                     i + 1);
            pid[i] = spawn(command);
        }
        const int dead = round % 3;
        snprintf(command, sizeof command, "workers/shard-%d-of-3.journal", dead + 1);
        wait_for_file(command);
        kill(pid[dead], SIGKILL);
        for (int i = 0; i < 3; i++)
            assert_int_equal(end_of(pid[i]), i == dead ? -SIGKILL : 0);
        snprintf(says, sizeof says, "shard %d of 3 is unfinished", dead + 1);
        assert_int_equal(run("merge workers -q"), 2);
        char *err = slurp("err", &n);
        if (!strstr(err, says)) fail_msg("%s instead of %s", err, says);
        free(err);
        assert_int_equal(run("sweep" GRID "-o workers -q --shard %d/3", dead + 1), 0);
        assert_int_equal(run("merge workers -q"), 0);
        same_file("one/sweep.h5", "workers/sweep.h5");
    }
}

/* ---- axes ----------------------------------------------------------------------------------- */

static struct fs_axis read_axis(struct fs_arena *arena, const char *text)
{
    struct fs_axes axes;
    if (!fs_axes_read(arena, &text, 1, &axes)) fail_msg("%s was refused", text);
    return axes.axis[0];
}

static void axes_read_lists_and_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unit, *value[8];
        double number[8];
    } cases[] = {
        {"a.b=1..4", "1", {"1", "2", "3", "4"}, {1, 2, 3, 4}},
        {"a.b=512MB..2048MB/4",
         "MB",
         {"512MB", "1024MB", "1536MB", "2048MB"},
         {512, 1024, 1536, 2048}},
        {"a.b=1..10MB/3", "MB", {"1MB", "6MB", "10MB"}, {1, 6, 10}}, /* 5.5 is no whole number */
        {"a.b=1s..2s/5", "s", {"1s", "1.25s", "1.5s", "1.75s", "2s"}, {1, 1.25, 1.5, 1.75, 2}},
        {"a.b=10/s..30/s/3", "/s", {"10/s", "20/s", "30/s"}, {10, 20, 30}},
        {"a.b=500ms,1s,2min", "s", {"500ms", "1s", "2min"}, {.5, 1, 120}},
        {"a.b={x: 1, y: 2},none", NULL, {"{x: 1, y: 2}", "none"}, {0}},
        {"a.b=0.1..0.3/3", "1", {"0.1", "0.2", "0.3"}, {.1, .2, .3}},
    };
    struct fs_arena *arena = fs_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fs_axis axis = read_axis(arena, cases[i].text);
        int n = 0;
        while (n < 8 && cases[i].value[n])
            n++;
        if (axis.n != n) fail_msg("%s: %d values", cases[i].text, axis.n);
        for (int k = 0; k < n; k++) {
            if (strcmp(axis.text[k], cases[i].value[k]) != 0)
                fail_msg("%s: value %d is %s", cases[i].text, k, axis.text[k]);
            if (cases[i].unit) assert_true(axis.number[k] == cases[i].number[k]);
        }
        if (cases[i].unit)
            assert_string_equal(axis.unit, cases[i].unit);
        else
            assert_null(axis.unit);
    }
    fs_arena_free(arena);
}

static void points_count_the_last_axis_fastest(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_axes axes;
    const char *const vary[] = {"run.length=1s,2s", "a.memory=1,2,3", "b.memory=7,8"};
    assert_true(fs_axes_read(arena, vary, 3, &axes));
    assert_int_equal(axes.points, 12);
    assert_string_equal(fs_axes_label(arena, &axes, 0), "length=1s a.memory=1 b.memory=7");
    assert_string_equal(fs_axes_label(arena, &axes, 1), "length=1s a.memory=1 b.memory=8");
    assert_string_equal(fs_axes_label(arena, &axes, 9), "length=2s a.memory=2 b.memory=8");
    fs_arena_free(arena);
}

/* ---- what is said --------------------------------------------------------------------------- */

static void every_mistake_has_its_message(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"sweep s.yaml -o x", "--vary is missing"},
        {"sweep s.yaml -o x --vary run.seed", "needs PATH=VALUES"},
        {"sweep s.yaml -o x --vary run.seed=", "a value is missing"},
        {"sweep s.yaml -o x --vary run.seed=1,,2", "a value is missing"},
        {"sweep s.yaml -o x --vary run.seed=5..5", "the range is empty: both ends"},
        {"sweep s.yaml -o x --vary run.seed=5..1", "the range is empty: it goes"},
        {"sweep s.yaml -o x --vary run.length=1s..5s", "say how many values"},
        {"sweep s.yaml -o x --vary run.length=1s..5min/3", "both ends of a range need the same"},
        {"sweep s.yaml -o x --vary run.seed=1..9/1", "a whole number from 2"},
        {"sweep s.yaml -o x --vary run.seed=1,2,1", "1 stands there twice"},
        {"sweep s.yaml -o x --vary run.seed=1 --vary run.seed=2", "run.seed stands there twice"},
        {"sweep s.yaml -o x --vary run.seed=1..20000", "the grid has 20000 points"},
        {"sweep s.yaml -o x --yes --vary run.seed=1..9999 --vary run.replications=1..9999",
         "asks for more than 10000000 points"},
        {"sweep s.yaml -o x --vary run.sed=1,2", "did you mean 'seed'?"},
        {"sweep s.yaml -o x --vary components.workr.memory=1GB", "did you mean 'worker'?"},
        {"sweep s.yaml -o x --vary traffic.wbe.path=1", "there is no traffic class 'wbe'"},
        {"sweep s.yaml -o x --vary acount.concurrency=1,2", "did you mean 'account'?"},
        {"sweep s.yaml -o x --vary variants.function=1", "--variant"},
        {"sweep s.yaml -o x --vary run.length=1s,2", "needs a unit"},
        {"sweep s.yaml -o x --vary run.seed=1,2 --metric traffic.web.p99", "no variant has it"},
        {"sweep s.yaml -o x --vary run.seed=1,2 --shard 3", "--shard needs I/N"},
        {"sweep s.yaml -o x --vary run.seed=1,2 --shard 3/2", "--shard needs I/N"},
        {"sweep s.yaml -o x --vary run.seed=1,2 --shard /2", "none is set"},
        {"sweep - -o x --vary run.seed=1,2", "needs a file"},
        {"sweep -o x --vary run.seed=1,2", "needs one scenario file"},
        {"sweep s.yaml -o one --vary run.seed=1,2", "they vary different parameters"},
        {"sweep s.yaml -o one --set run.length=9s --vary run.seed=1,2", "different scenarios"},
        {"merge", "merge needs the folders"},
        {"merge nowhere", "No such file"},
        {"merge empty", "there is no journal"},
    };
    unlink("x");
    mkdir("empty", 0777);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuses(cases[i][0], cases[i][1]);
    assert_int_equal(run("sweep s.yaml -o one/shard-1-of-1.journal --vary run.seed=1,2"), 3);
}

/* "containers" is made from another platform and gives no concurrency: it differs in some places.
 */
static void what_variants_differ_in_is_varied_with_a_warning(void **state)
{
    static const struct {
        const char *command;
        bool warned;
    } cases[] = {
        {"run s.yaml --replications 1 --set run.length=1s --set components.worker.memory=2GB",
         true},
        {"run s.yaml --replications 1 --set run.length=1s --set components.worker.timeout=9s",
         false},
        {"run s.yaml --replications 1 --set run.length=1s --set account.concurrency=9", false},
        {"run s.yaml --replications 1 --set run.length=1s --set components.worker.memory=2GB "
         "--variant function",
         false},
        {"sweep s.yaml --set run.length=1s --vary components.worker.memory=2GB,4GB", true},
        {"sweep s.yaml --set run.length=1s --vary account.concurrency=8,9", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n;
        assert_int_equal(system("rm -rf warned"), 0);
        assert_int_equal(run("%s -o warned", cases[i].command), 0);
        char *err = slurp("err", &n);
        const bool warned = strstr(err, "warning: variant 'containers' says otherwise") != NULL;
        if (warned != cases[i].warned) fail_msg("%s said: %s", cases[i].command, err);
        free(err);
    }
}

/* Both functions have `provisioned` from their platform, though one alone writes of it. The
 * containers have none: an axis does not reach them, which is said once and of them alone. */
static void what_an_axis_does_not_reach_is_said(void **state)
{
    static const char *const commands[] = {"sweep -o reached",
                                           "plan --slo p99<9s --budget 200 --indifference 90%"};
    char text[2048];
    (void)state;
    snprintf(text, sizeof text, "%s  ready: {components.worker.provisioned: {count: 3}}\n",
             scenario);
    spit("ready.yaml", text);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        size_t n;
        assert_int_equal(run("%s ready.yaml --vary components.worker.provisioned.count=1,2 --set "
                             "account.concurrency=200 --set run.length=1s",
                             commands[i]),
                         0);
        char *err = slurp("err", &n), *at = strstr(err, " has no '");
        if (!strstr(err, "--vary components.worker.provisioned.count: warning: variant "
                         "'containers' has no 'components.worker.provisioned'") ||
            strstr(at + 1, " has no '"))
            fail_msg("%s said: %s", commands[i], err);
        if (!strstr(err, "variant 'ready' says otherwise, but at each point it is the same in all "
                         "variants that have it"))
            fail_msg("%s said: %s", commands[i], err);
        free(err);
    }
}

static void shards_that_do_not_fit_are_not_merged(void **state)
{
    (void)state;
    assert_int_equal(run("sweep" GRID "-o p1 -q --shard 1/3"), 0);
    assert_int_equal(run("sweep" GRID "-o p3 -q --shard 3/3"), 0);
    refuses("merge p1 p3", "shard 2 of 3 is missing");
    refuses("merge p1 p1 p3", "shard 1 of 3 is there twice");
    refuses("merge p1 one", "is one of 3 shards, one/shard-1-of-1.journal one of 1");
    assert_int_equal(run("sweep" GRID "-o p2 -q --shard 2/3 --set run.length=1min"), 0);
    refuses("merge p1 p2 p3", "different scenarios");
    assert_int_equal(run("sweep s.yaml --vary run.seed=1..4 -o q2 -q --shard 2/3"), 0);
    refuses("merge p1 q2 p3", "vary different parameters");
    size_t n;
    free(slurp("p3/shard-3-of-3.journal", &n));
    assert_int_equal(truncate("p3/shard-3-of-3.journal", (off_t)n - 9), 0);
    assert_int_equal(system("rm -rf p2"), 0);
    assert_int_equal(run("sweep" GRID "-o p2 -q --shard 2/3"), 0);
    refuses("merge p1 p2 p3", "shard 3 of 3 is unfinished, 1 of its 8 points are missing");
}

/* ---- what a scenario rests on --------------------------------------------------------------- */

static const char replay[] = "fleetsim: 1\n"
                             "run: {length: 1min, intervals: 10}\n"
                             "account: {platform: aws, prices: own}\n"
                             "traffic:\n"
                             "  web:\n"
                             "    arrivals: {csv: {file: calls.csv}}\n"
                             "    client: {retry: none}\n"
                             "    path: [worker]\n"
                             "components:\n"
                             "  worker: {platform: aws-lambda, memory: 1769MB}\n";

#define PRICES "resting/prices/aws-us-east-1-own.yaml"

static void copy_prices(const char *edit)
{
    char command[1000];
    snprintf(command, sizeof command,
             "mkdir -p resting/prices && sed -e 's/^name: .*/name: aws-us-east-1-own/' -e "
             "'%s' " FS_SOURCE_DIR "/models/prices/aws-us-east-1-2026-11.yaml >" PRICES
             ".new && mv " PRICES ".new " PRICES,
             edit);
    assert_int_equal(system(command), 0);
}

/* A trace or a price list that has changed since the first points must not be mixed in. */
static void points_of_changed_data_are_not_mixed(void **state)
{
    (void)state;
    copy_prices("");
    spit("resting/s.yaml", replay);
    spit("resting/calls.csv", "1\n2\n3\n");
    assert_int_equal(run("sweep resting/s.yaml --vary run.seed=1..4 -o r1 -q --shard 1/2"), 0);
    spit("resting/calls.csv", "1\n2\n4\n");
    refuses("sweep resting/s.yaml --vary run.seed=1..4 -o r1 -q --shard 1/2",
            "another sweep (what stands in calls.csv differs)");
    assert_int_equal(run("sweep resting/s.yaml --vary run.seed=1..4 -o r2 -q --shard 2/2"), 0);
    refuses("merge r1 r2", "what stands in calls.csv differs");
    spit("resting/calls.csv", "1\n2\n3\n"); /* back: the same again, whatever its time stamp */
    assert_int_equal(run("sweep resting/s.yaml --vary run.seed=1..4 -o r1 -q --shard 1/2"), 0);
    copy_prices("$ s/$/\\n# one line more/");
    refuses("sweep resting/s.yaml --vary run.seed=1..4 -o r1 -q --shard 1/2",
            "what stands in prices/aws-us-east-1-own.yaml differs");
    /* A trace that only one point of the axis names counts as well. */
    copy_prices("");
    spit("resting/more.csv", "5\n6\n");
    assert_int_equal(run("sweep resting/s.yaml --vary traffic.web.arrivals.csv.file=calls.csv,"
                         "more.csv -o r3 -q"),
                     0);
    spit("resting/more.csv", "5\n7\n");
    refuses("sweep resting/s.yaml --vary traffic.web.arrivals.csv.file=calls.csv,more.csv -o r3 -q",
            "what stands in more.csv differs");
}

static void data_that_change_while_a_sweep_runs_end_it(void **state)
{
    (void)state;
    size_t n;
    copy_prices("");
    spit("resting/calls.csv", "1\n2\n3\n");
    const pid_t pid = spawn("sweep resting/s.yaml --vary run.seed=1..9999 -o r4 --jobs 1");
    wait_for_file("r4/shard-1-of-1.journal");
    copy_prices("$ s/$/\\n# one line more/");
    assert_int_equal(end_of(pid), 2);
    char *err = slurp("err", &n);
    if (!strstr(err, "prices/aws-us-east-1-own.yaml was changed while the sweep ran"))
        fail_msg("said: %s", err);
    free(err);
    const int done = look("r4/shard-1-of-1.journal").n_done;
    if (done >= 9999) fail_msg("it had ended before");
}

/* A journal of another version, as one would be: the same records, their heads' checksums right. */
struct rewriting {
    struct fs_journal *journal;
};

static bool rewrite(void *self, int kind, const void *payload, size_t n)
{
    struct rewriting *r = self;
    struct fs_failure failure;
    char *copy = calloc(1, n);
    memcpy(copy, payload, n);
    char *version = kind == 1 ? memmem(copy, n, FS_VERSION, strlen(FS_VERSION)) : NULL;
    if (version) version[0]++;
    assert_int_equal(fs_journal_append(r->journal, kind, copy, n, &failure), FS_OK);
    free(copy);
    return true;
}

static bool ignore(void *self, int kind, const void *payload, size_t n)
{
    (void)self;
    (void)kind;
    (void)payload;
    (void)n;
    return true;
}

static void shards_of_different_versions_are_not_merged(void **state)
{
    (void)state;
    struct rewriting r;
    struct fs_failure failure;
    assert_int_equal(run("sweep" GRID "-o v1 -q --shard 1/2"), 0);
    assert_int_equal(run("sweep" GRID "-o v0 -q --shard 2/2"), 0);
    mkdir("v2", 0777);
    assert_int_equal(fs_journal_open("v2/shard-2-of-2.journal", ignore, NULL, &r.journal, &failure),
                     FS_OK);
    assert_int_equal(fs_journal_read("v0/shard-2-of-2.journal", rewrite, &r, &failure), FS_OK);
    assert_int_equal(fs_journal_close(r.journal, &failure), FS_OK);
    refuses("merge v1 v2", "different versions");
    assert_int_equal(run("merge v1 v0 -q"), 0);
    same_file("one/sweep.h5", "v1/sweep.h5");
}

/* ---- array jobs ----------------------------------------------------------------------------- */

static void the_environment_of_an_array_job_names_the_shard(void **state)
{
    (void)state;
    static const struct {
        const char *set[4][2], *shard, *file;
    } cases[] = {
        {{{"SLURM_ARRAY_TASK_ID", "7"},
          {"SLURM_ARRAY_TASK_COUNT", "24"},
          {"SLURM_ARRAY_TASK_MIN", "3"},
          {"SLURM_ARRAY_TASK_STEP", "2"}},
         "",
         "shard-3-of-24"},
        {{{"AWS_BATCH_JOB_ARRAY_INDEX", "4"}, {"AWS_BATCH_JOB_ARRAY_SIZE", "24"}},
         "",
         "shard-5-of-24"},
        {{{"AWS_BATCH_JOB_ARRAY_INDEX", "4"}}, "--shard /24", "shard-5-of-24"},
        {{{"JOB_COMPLETION_INDEX", "0"}}, "--shard /24", "shard-1-of-24"},
        {{{"JOB_COMPLETION_INDEX", "0"}}, "--shard 2/24", "shard-2-of-24"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[100];
        for (int k = 0; k < 4 && cases[i].set[k][0]; k++)
            setenv(cases[i].set[k][0], cases[i].set[k][1], 1);
        assert_int_equal(system("rm -rf array"), 0);
        assert_int_equal(run("sweep" GRID "-o array -q %s", cases[i].shard), 0);
        snprintf(name, sizeof name, "array/%s.journal", cases[i].file);
        if (access(name, F_OK) != 0) fail_msg("case %zu: no %s", i, name);
        for (int k = 0; k < 4 && cases[i].set[k][0]; k++)
            unsetenv(cases[i].set[k][0]);
    }
    setenv("JOB_COMPLETION_INDEX", "0", 1);
    refuses("sweep" GRID "-o array -q", "say --shard /N");
    unsetenv("JOB_COMPLETION_INDEX");
}

/* The shipped script, as Slurm would start it. */
static void the_slurm_script_does_its_shard(void **state)
{
    (void)state;
    setenv("FLEETSIM", PROGRAM, 1);
    setenv("SLURM_ARRAY_TASK_COUNT", "2", 1);
    for (int i = 1; i <= 2; i++) {
        char id[2] = {(char)('0' + i), 0};
        setenv("SLURM_ARRAY_TASK_ID", id, 1);
        setenv("SLURM_ARRAY_TASK_MIN", "1", 1);
        assert_int_equal(system(FS_SOURCE_DIR "/scenarios/submit/slurm.sh" GRID "-o slurm 2>err"),
                         0);
    }
    unsetenv("SLURM_ARRAY_TASK_ID");
    unsetenv("SLURM_ARRAY_TASK_MIN");
    unsetenv("SLURM_ARRAY_TASK_COUNT");
    assert_int_equal(run("merge slurm -q"), 0);
    same_file("one/sweep.h5", "slurm/sweep.h5");
}

/* ---- the program ---------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    fs_stream_new(&draws, 1);
    if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
    spit("s.yaml", scenario);
    return run("sweep" GRID "-o one -q --jobs 1");
}

static int tear_down(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "cd / && rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_read_lists_and_ranges),
        cmocka_unit_test(points_count_the_last_axis_fastest),
        cmocka_unit_test(one_process_four_processes_and_eight_shards_leave_the_same_bytes),
        cmocka_unit_test(what_it_rests_on_is_told),
        cmocka_unit_test(the_cube_is_labelled),
        cmocka_unit_test(a_point_says_what_a_run_says),
        cmocka_unit_test(kills_lose_no_point_and_repeat_at_most_one_a_worker),
        cmocka_unit_test(a_torn_end_is_cut_off),
        cmocka_unit_test(an_interrupted_sweep_goes_on),
        cmocka_unit_test(two_processes_do_not_work_on_one_shard),
        cmocka_unit_test(every_refusal_of_the_disk_costs_a_sweep_nothing),
        cmocka_unit_test(a_killed_merge_leaves_no_part),
        cmocka_unit_test(a_worker_that_dies_is_named_and_its_part_done_again),
        cmocka_unit_test(every_mistake_has_its_message),
        cmocka_unit_test(what_variants_differ_in_is_varied_with_a_warning),
        cmocka_unit_test(what_an_axis_does_not_reach_is_said),
        cmocka_unit_test(shards_that_do_not_fit_are_not_merged),
        cmocka_unit_test(points_of_changed_data_are_not_mixed),
        cmocka_unit_test(data_that_change_while_a_sweep_runs_end_it),
        cmocka_unit_test(shards_of_different_versions_are_not_merged),
        cmocka_unit_test(the_slurm_script_does_its_shard),
        cmocka_unit_test(the_environment_of_an_array_job_names_the_shard),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
