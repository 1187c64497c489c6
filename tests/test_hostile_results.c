/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Damaged files against the real program: results files through plot and report, journals through
 * merge. Each is a good file with bytes flipped, overwritten, cut off, doubled, moved or taken from
 * another one. None may pass for good, crash the program or hold it up for five seconds. Forged
 * ones (their checksum made right again) may be drawn or refused, and what they do to the process
 * that reads them is said by the one that was asked. FAULTS=full (./dev faults) takes 10,000.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
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

#include "checksum.h"
#include "rng.h"

#define PROGRAM FS_BUILD_DIR "/fleetsim"

static char folder[] = "/tmp/fs_hostile_XXXXXX";
static struct fs_stream draws;

static const char scenario[] =
    "fleetsim: 1\n"
    "run: {length: 1min, replications: 2, intervals: 20}\n"
    "account: {platform: aws, concurrency: 20}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 50/s}}\n"
    "    client: {retry: none}\n"
    "    path: [worker]\n"
    "    work: {worker: {cpu: {lognormal: {mean: 100ms, p99: 500ms}}}}\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1769MB}\n"
    "variants:\n"
    "  function: {}\n"
    "  containers: {components.worker: {platform: aws-fargate, tasks: 6, cpu: 1, memory: 2GB}}\n";

static int below(int n)
{
    return (int)fs_uniform_int(&draws, (uint64_t)n);
}

static int many(int all, int sample)
{
    const char *faults = getenv("FAULTS");
    return faults && strcmp(faults, "full") == 0 ? all : sample;
}

/* ---- files ---------------------------------------------------------------------------------- */

struct bytes {
    unsigned char *data;
    int n;
};

static struct bytes slurp(const char *name)
{
    struct stat st;
    struct bytes b = {NULL, 0};
    FILE *file = fopen(name, "r");
    if (!file) return b;
    assert_int_equal(fstat(fileno(file), &st), 0);
    b.n = (int)st.st_size;
    b.data = calloc(1, (size_t)b.n + 1);
    assert_int_equal(fread(b.data, 1, (size_t)b.n, file), b.n);
    fclose(file);
    return b;
}

static void spit(const char *name, const void *data, int n)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, (size_t)n, file), n);
    assert_int_equal(fclose(file), 0);
}

static bool same(struct bytes a, struct bytes b)
{
    return a.n == b.n && memcmp(a.data, b.data, (size_t)a.n) == 0;
}

/* ---- damage --------------------------------------------------------------------------------- */

enum { FLIP, SET, ZERO, CUT, GROW, DROP, TWICE, MOVE, SPLICE, KINDS };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* One piece of damage; `b` has room for twice as much. */
static void damage(struct bytes *b, struct bytes other)
{
    if (b->n < 2) return;
    const int at = below(b->n), length = 1 + below(smaller(b->n - at, 1 << (3 + below(10))));
    const int to = below(b->n - length + 1);
    switch (below(KINDS)) {
    case FLIP:
        b->data[at] ^= (unsigned char)(1 << below(8));
        break;
    case SET:
        b->data[at] = (unsigned char)below(256);
        break;
    case ZERO:
        memset(b->data + at, 0, (size_t)length);
        break;
    case CUT:
        b->n = at;
        break;
    case GROW:
        memset(b->data + b->n, below(256), (size_t)length);
        b->n += length;
        break;
    case DROP:
        memmove(b->data + at, b->data + at + length, (size_t)(b->n - at - length));
        b->n -= length;
        break;
    case TWICE:
        memmove(b->data + at + length, b->data + at, (size_t)(b->n - at));
        b->n += length;
        break;
    case MOVE:
        memmove(b->data + to, b->data + at, (size_t)length);
        break;
    default:
        if (at + length <= other.n) memcpy(b->data + at, other.data + at, (size_t)length);
    }
}

static struct bytes damaged(struct bytes good, struct bytes other)
{
    struct bytes b = {malloc(32 * (size_t)good.n + 100000), good.n};
    memcpy(b.data, good.data, (size_t)good.n);
    for (int i = below(3); i >= 0; i--)
        damage(&b, other);
    return b;
}

/* Results files end with {"FSRESULT", version, size, checksum}, see results.c. */
static void forge(struct bytes *b)
{
    if (b->n < 32) return;
    const uint64_t end[3] = {1, (uint64_t)b->n - 32, fs_checksum(b->data, (size_t)b->n - 32, 0)};
    memcpy(b->data + b->n - 32, "FSRESULT", 8);
    memcpy(b->data + b->n - 24, end, sizeof end);
}

/* ---- the program ---------------------------------------------------------------------------- */

static void sleep_ns(long ns)
{
    const struct timespec time = {0, ns};
    nanosleep(&time, NULL);
}

/* Exit code of the program, minus the signal that ended it, or 1000: it took too long. */
static int run_for(int seconds, const char *command)
{
    char copy[300], *argv[20] = {"fleetsim"};
    int n = 1, status;
    snprintf(copy, sizeof copy, "%s", command);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        argv[n++] = word;
    const pid_t pid = vfork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(open("/dev/null", O_RDWR), 0);
        dup2(open("out", O_WRONLY | O_CREAT | O_TRUNC, 0666), 1);
        dup2(open("err", O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
        execv(PROGRAM, argv);
        _exit(127);
    }
    for (int i = 0; i < 1000 * seconds; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        sleep_ns(i < 20 ? 300000 : 1000000);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return 1000;
}

static int run(const char *command)
{
    return run_for(5, command);
}

static bool says(const char *text)
{
    struct bytes err = slurp("err");
    const bool found = strstr((char *)err.data, text) != NULL;
    free(err.data);
    return found;
}

static bool is_empty(const char *name)
{
    struct stat st;
    return stat(name, &st) != 0 || st.st_size == 0;
}

/* ---- results -------------------------------------------------------------------------------- */

static const char *const results[] = {"run.h5", "small.h5", "cube/sweep.h5"};
#define RESULTS ((int)(sizeof results / sizeof *results))

static struct bytes good[RESULTS];

static void refused(const char *command, int which)
{
    const int code = run(command);
    if (code == 3 && says("m.h5") && is_empty("out") && access("m.html", F_OK) != 0) return;
    struct bytes m = slurp("m.h5");
    spit("/tmp/fs_hostile_finding.h5", m.data, m.n);
    free(m.data);
    fail_msg("%s of a damaged %s: %d; it is /tmp/fs_hostile_finding.h5", command, results[which],
             code);
}

static void no_damaged_results_file_is_drawn(void **state)
{
    (void)state;
    const int n = many(10000, 150);
    int unchanged = 0;
    for (int i = 0; i < n; i++) {
        const int which = below(RESULTS);
        struct bytes m = damaged(good[which], good[below(RESULTS)]);
        if (same(m, good[which])) {
            unchanged++;
        } else {
            spit("m.h5", m.data, m.n);
            refused("plot m.h5", which);
            if (i % 5 == 0) refused("report m.h5 -o m.html", which);
        }
        free(m.data);
    }
    print_message("%d damaged files, %d came out unchanged\n", n, unchanged);
    assert_true(unchanged < n / 4);
}

static void a_good_file_is_drawn(void **state)
{
    (void)state;
    spit("m.h5", good[1].data, good[1].n);
    assert_int_equal(run("report m.h5 -o m.html"), 0);
    assert_int_equal(unlink("m.html"), 0);
}

/* The limits of the process that draws, a minute of processor time, end whatever HDF5 is led into;
 * the program says so. */
static void a_forged_results_file_does_no_harm(void **state)
{
    (void)state;
    const int n = many(1000, 30);
    int drawn = 0, stopped = 0, long_ones = 0;
    for (int i = 0; i < n; i++) {
        struct bytes m = damaged(good[1], good[0]);
        forge(&m);
        spit("m.h5", m.data, m.n);
        const int code = run_for(600, "report m.h5 -o m.html");
        if (code != 0 && code != 3) {
            spit("/tmp/fs_hostile_finding.h5", m.data, m.n);
            fail_msg("report of a forged file: %d; it is /tmp/fs_hostile_finding.h5", code);
        }
        drawn += code == 0;
        stopped += code == 3 && says("was stopped by signal");
        long_ones += code == 3 && says("takes too long");
        unlink("m.html");
        free(m.data);
    }
    print_message("%d forged files: %d drawn, %d stopped the process that draws, %d its limit\n", n,
                  drawn, stopped, long_ones);
}

/* ---- journals ------------------------------------------------------------------------------- */

/* A journal whose end is damaged has fewer points, which merge says; what it merges is right. */
static void a_damaged_journal_merges_to_the_same_or_not_at_all(void **state)
{
    (void)state;
    const int n = many(2000, 60);
    struct bytes whole = slurp("cube/shard-1-of-1.journal");
    int merged = 0;
    mkdir("torn", 0777);
    for (int i = 0; i < n; i++) {
        struct bytes m = damaged(whole, good[0]);
        spit("torn/shard-1-of-1.journal", m.data, m.n);
        free(m.data);
        const int code = run("merge torn -q -o m.h5");
        if (code == 0) {
            struct bytes cube = slurp("m.h5");
            if (!same(cube, good[2])) fail_msg("journal %d merged to something else", i);
            free(cube.data);
            merged++;
        } else if (code != 2 || !says("torn")) {
            fail_msg("merge of damaged journal %d: %d", i, code);
        }
        unlink("m.h5");
    }
    free(whole.data);
    print_message("%d damaged journals, %d of them whole\n", n, merged);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int set_up(void **state)
{
    (void)state;
    fs_stream_new(&draws, 1);
    if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
    spit("s.yaml", scenario, sizeof scenario - 1);
    if (run("run s.yaml -q -o run.h5") != 0) return 1;
    if (run("run s.yaml -q -o small.h5 --variant function --set run.intervals=2") != 0) return 1;
    if (run("sweep s.yaml --vary run.seed=1..3 -q -o cube --metric traffic.web.latency.p99") != 0)
        return 1;
    for (int i = 0; i < RESULTS; i++)
        good[i] = slurp(results[i]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[300];
    for (int i = 0; i < RESULTS; i++)
        free(good[i].data);
    snprintf(command, sizeof command, "cd / && rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_drawn),
        cmocka_unit_test(no_damaged_results_file_is_drawn),
        cmocka_unit_test(a_forged_results_file_does_no_harm),
        cmocka_unit_test(a_damaged_journal_merges_to_the_same_or_not_at_all),
    };
    if (access(FS_BUILD_DIR "/fleetsim-plot", X_OK) != 0) {
        puts("skipped: this build has no fleetsim-plot");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
