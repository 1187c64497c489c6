/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real faults against the real program: killed, interrupted, refused by the disk, out of memory.
 * Whatever happens, the name that was asked for holds the old file or the whole new one, the exit
 * says which, and the next run finds nothing in its way. FAULTS=full (./dev faults) takes every
 * index and 500 kills; without it a sample that fits the tests' time.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "results.h"
#include "rng.h"

#define PROGRAM FS_BUILD_DIR "/fleetsim"
#define SHIM    FS_BUILD_DIR "/libfault_shim.so"

static char folder[] = "/tmp/fs_faults_XXXXXX";
static struct fs_stream draws;

static const char scenario[] =
    "fleetsim: 1\n"
    "run: {length: 5min, replications: 2, intervals: 50}\n"
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

static bool full(void)
{
    const char *faults = getenv("FAULTS");
    return faults && strcmp(faults, "full") == 0;
}

/* ---- files ---------------------------------------------------------------------------------- */

struct bytes {
    char *data;
    size_t n;
};

static struct bytes expected;

static struct bytes slurp(const char *name)
{
    struct bytes b = {NULL, 0};
    FILE *file = fopen(name, "r");
    if (!file) return b;
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    b.n = (size_t)st.st_size;
    b.data = calloc(1, b.n + 1);
    assert_int_equal(fread(b.data, 1, b.n, file), b.n);
    fclose(file);
    return b;
}

static void spit(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool holds(const char *name, const char *data, size_t n)
{
    struct bytes b = slurp(name);
    const bool same = b.data && b.n == n && memcmp(b.data, data, n) == 0;
    free(b.data);
    return same;
}

static bool is_old(void)
{
    return holds("out.h5", "old", 3);
}

static bool is_new(void)
{
    return holds("out.h5", expected.data, expected.n);
}

/* Files beside those of the test's own. */
static int leftovers(void)
{
    static const char *const own[] = {"s.yaml", "out.h5", "good.h5", "err", "count", ".", ".."};
    int n = 0;
    DIR *dir = opendir(".");
    for (struct dirent *entry; (entry = readdir(dir)); n++) {
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
            if (strcmp(entry->d_name, own[i]) == 0) {
                n--;
                break;
            }
        }
    }
    closedir(dir);
    return n;
}

static void sweep(void)
{
    assert_int_equal(system("rm -f out.h5 .out.h5.partial out.h5.interrupted.h5"), 0);
    spit("out.h5", "old");
}

/* ---- the program as a child ----------------------------------------------------------------- */

static pid_t spawn(char *const *argv, const char *fault)
{
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) return pid;
    dup2(open("/dev/null", O_RDWR), 0);
    dup2(0, 1);
    dup2(open("err", O_WRONLY | O_CREAT | O_TRUNC, 0666), 2);
    for (int fd = 3; fd < 256; fd++) /* the limit on descriptors counts whatever is open */
        close(fd);
    if (fault) {
        setenv("FAULT", fault, 1);
        setenv("FAULT_COUNT", "count", 1);
        setenv("LD_PRELOAD", SHIM, 1);
    }
    execv(PROGRAM, argv);
    _exit(127);
}

static char *const run_args[] = {"fleetsim", "run", "s.yaml", "-q", "--jobs",
                                 "1",        "-o",  "out.h5", NULL};

/* Exit code, or minus the signal that ended it. */
static int end_of(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int run_with(const char *fault)
{
    return end_of(spawn(run_args, fault));
}

/* Nothing is in the way of the next run. */
static void runs_again(void)
{
    assert_int_equal(run_with(NULL), 0);
    assert_true(is_new());
    assert_int_equal(leftovers(), 0);
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

/* ---- faults that a call reports ------------------------------------------------------------- */

static long count_calls(const char *kind)
{
    char fault[64];
    snprintf(fault, sizeof fault, "%s:-1:0:0", kind);
    sweep();
    assert_int_equal(run_with(fault), 0);
    assert_true(is_new());
    struct bytes count = slurp("count");
    const long n = strtol(count.data, NULL, 10);
    free(count.data);
    return n;
}

/* The old file and exit 3 with a word about a path, or the new file; never anything else. */
static void survives(const char *fault)
{
    sweep();
    const int code = run_with(fault);
    struct bytes err = slurp("err");
    const bool old = is_old(), new = is_new();
    const bool said = strstr(err.data, "out.h5") || strstr(err.data, "s.yaml") ||
                      strstr(err.data, "models/") || strstr(err.data, "out of memory");
    if (!(code == 0 && new) && !(code == 3 && (old || new) && said))
        fail_msg("%s: exit %d, %s file, said: %s", fault, code,
                 old   ? "the old"
                 : new ? "the new"
                       : "A BROKEN",
                 err.data);
    free(err.data);
}

static void every_refusal_of_the_disk_leaves_a_whole_file(void **state)
{
    (void)state;
    static const int errors[] = {ENOSPC, EIO};
    const long n = count_calls("io");
    assert_true(n >= 5); /* open, lock, write, sync, rename at least */
    for (long i = 0; i < n; i++) {
        for (int k = 0; k < 4; k++) {
            char fault[64];
            snprintf(fault, sizeof fault, "io:%ld:%d:%d", i, errors[k / 2], k % 2);
            survives(fault);
        }
    }
    runs_again();
    print_message("%ld calls, %ld runs\n", n, 4 * n);
}

static void every_refusal_of_memory_is_said(void **state)
{
    (void)state;
    const long n = count_calls("memory");
    const long step = full() || n < 60 ? 1 : n / 60;
    long runs = 0;
    for (long i = 0; i < n; i += step) {
        for (int ever = 0; ever < 2; ever++, runs++) {
            char fault[64];
            snprintf(fault, sizeof fault, "memory:%ld:%d:%d", i, ENOMEM, ever);
            survives(fault);
        }
    }
    runs_again();
    print_message("%ld calls, %ld runs\n", n, runs);
}

/* ---- limits --------------------------------------------------------------------------------- */

static int run_limited(int resource, rlim_t most)
{
    struct rlimit before, now;
    assert_int_equal(getrlimit(resource, &before), 0);
    now = (struct rlimit){most, before.rlim_max};
    assert_int_equal(setrlimit(resource, &now), 0);
    const pid_t pid = spawn(run_args, NULL);
    assert_int_equal(setrlimit(resource, &before), 0);
    return end_of(pid);
}

static void limits_on_files_are_the_worlds_refusal(void **state)
{
    (void)state;
    sweep();
    assert_int_equal(run_limited(RLIMIT_FSIZE, 4096), 3);
    assert_true(is_old());
    assert_int_equal(leftovers(), 0);
    sweep();
    assert_int_equal(run_limited(RLIMIT_NOFILE, 4), 3);
    assert_true(is_old());
    runs_again();
}

/* What no permission stops is stopped by a file system that cannot be written. */
static void a_folder_that_is_read_only_is_said_at_once(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "mkdir -p %s/disk && mount -t tmpfs -o ro none %s/disk",
             folder, folder);
    if (geteuid() != 0 || system(command) != 0) skip();
    char *const args[] = {"fleetsim",         "run", "s.yaml",      "-q", "--set",
                          "run.length=1000d", "-o",  "disk/out.h5", NULL};
    const int64_t begin = clock_ns();
    const int code = end_of(spawn(args, NULL));
    const int64_t took = clock_ns() - begin;
    struct bytes err = slurp("err");
    assert_int_equal(umount("disk"), 0);
    assert_int_equal(rmdir("disk"), 0);
    assert_int_equal(code, 3);
    assert_non_null(strstr(err.data, "disk/out.h5"));
    assert_true(took < 5000000000);
    free(err.data);
}

/* A file that is opened must not become standard output. */
static void closed_standard_places_cost_nothing_but_the_table(void **state)
{
    (void)state;
    static const char *const closed[] = {">&-", "2>&-", "<&-", ">&- 2>&- <&-"};
    for (int i = 0; i < 4; i++) {
        char command[300];
        sweep();
        snprintf(command, sizeof command, PROGRAM " run s.yaml --jobs 1 -o out.h5 %s %s",
                 i % 2 ? "" : "2>err", closed[i]);
        if (i != 0 && i != 3) strcat(command, " >/dev/null");
        const int status = system(command);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), i == 0 || i == 3 ? 3 : 0);
        assert_true(is_new());
        assert_int_equal(leftovers(), 0);
    }
}

static void steps_of_the_clock_change_nothing(void **state)
{
    (void)state;
    sweep();
    assert_int_equal(run_with("clock:-1:0:0"), 0);
    assert_true(is_new());
    assert_int_equal(leftovers(), 0);
}

/* Fewer threads than asked for are slower, not other results. */
static void threads_that_do_not_start_change_nothing(void **state)
{
    (void)state;
    char *const args[] = {"fleetsim", "run", "s.yaml", "-q", "--jobs", "4", "-o", "out.h5", NULL};
    for (int i = 0; i < 6; i++) {
        char fault[64];
        sweep();
        snprintf(fault, sizeof fault, "threads:%d:%d:%d", i / 2, EAGAIN, i % 2);
        assert_int_equal(end_of(spawn(args, fault)), 0);
        assert_true(is_new());
    }
}

static void a_real_disk_that_is_full_leaves_the_old_file(void **state)
{
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "mkdir -p %s/disk && mount -t tmpfs -o size=16k none %s/disk",
             folder, folder);
    if (geteuid() != 0 || system(command) != 0) skip();
    spit("disk/out.h5", "old");
    char *const args[] = {"fleetsim", "run", "s.yaml", "-q", "-o", "disk/out.h5", NULL};
    const int code = end_of(spawn(args, NULL));
    const bool old = holds("disk/out.h5", "old", 3);
    const bool clean = access("disk/.out.h5.partial", F_OK) != 0;
    assert_int_equal(umount("disk"), 0);
    assert_int_equal(rmdir("disk"), 0);
    assert_int_equal(code, 3);
    assert_true(old);
    assert_true(clean);
}

/* ---- kills and signals ---------------------------------------------------------------------- */

static void a_killed_run_leaves_the_old_file_or_the_new(void **state)
{
    (void)state;
    const int kills = full() ? 500 : 40;
    int olds = 0, news = 0;
    sweep();
    const int64_t begin = clock_ns();
    assert_int_equal(run_with(NULL), 0);
    const int64_t took = clock_ns() - begin;
    for (int i = 0; i < kills; i++) {
        sweep();
        const pid_t pid = spawn(run_args, NULL);
        /* Every second one near the end, where the file is written. */
        const double at = i % 2 ? 0.7 + 0.4 * fs_uniform(&draws) : fs_uniform(&draws);
        wait_ns((int64_t)(at * (double)took));
        kill(pid, SIGKILL);
        end_of(pid);
        const bool old = is_old(), new = is_new();
        if (old == new) fail_msg("kill %d: a broken file", i);
        olds += old;
        news += new;
    }
    runs_again();
    print_message("%d kills: %d old files, %d new\n", kills, olds, news);
}

/* A partial result is kept apart and marked; the old file stays. */
static void an_interrupted_run_stops_and_keeps_its_part(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM};
    char *const args[] = {"fleetsim", "run",   "s.yaml",           "-q",    "-o",
                          "out.h5",   "--set", "run.length=1000d", "--set", "run.intervals=10000",
                          NULL};
    double longest = 0;
    for (int i = 0; i < (full() ? 50 : 6); i++) {
        sweep();
        const pid_t pid = spawn(args, NULL);
        wait_ns(100000000 + (int64_t)(4e8 * fs_uniform(&draws)));
        const int64_t begin = clock_ns();
        kill(pid, signals[i % 2]);
        const int code = end_of(pid);
        const double took = (double)(clock_ns() - begin) / 1e9;
        longest = took > longest ? took : longest;
        if (code != 128 + signals[i % 2] || !is_old())
            fail_msg("signal %d: exit %d after %.2f s", signals[i % 2], code, took);
        struct fs_failure failure;
        struct fs_results *results;
        int64_t complete = 1;
        if (fs_results_open("out.h5.interrupted.h5", &results, &failure) != FS_OK)
            fail_msg("%s", failure.text);
        assert_true(fs_results_get_integer(results, "", "complete", &complete));
        assert_int_equal(complete, 0);
        fs_results_close(results);
    }
    sweep();
    print_message("longest stop %.2f s\n", longest);
    assert_true(longest <= (full() ? 1 : 5)); /* the tests share the machine */
}

static void two_writers_leave_one_whole_file(void **state)
{
    (void)state;
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    for (int i = 0; i < (full() ? 50 : 8); i++) {
        sweep();
        const pid_t a = spawn(run_args, NULL), b = spawn(run_args, NULL);
        const int first = end_of(a), second = end_of(b);
        if ((first != 0 && first != 3) || (second != 0 && second != 3) || (first && second))
            fail_msg("exits %d and %d", first, second);
        assert_true(is_new());
        assert_int_equal(leftovers(), 0);
    }
    unsetenv("HDF5_USE_FILE_LOCKING");
}

/* ---- the program ---------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    fs_stream_new(&draws, 1);
    if (!mkdtemp(folder) || chdir(folder) != 0) return 1;
    spit("s.yaml", scenario);
    spit("out.h5", "old");
    if (run_with(NULL) != 0) return 1;
    expected = slurp("out.h5");
    return expected.n > 1000 ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[300];
    free(expected.data);
    snprintf(command, sizeof command, "cd / && rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_of_the_disk_leaves_a_whole_file),
        cmocka_unit_test(every_refusal_of_memory_is_said),
        cmocka_unit_test(limits_on_files_are_the_worlds_refusal),
        cmocka_unit_test(a_folder_that_is_read_only_is_said_at_once),
        cmocka_unit_test(closed_standard_places_cost_nothing_but_the_table),
        cmocka_unit_test(steps_of_the_clock_change_nothing),
        cmocka_unit_test(threads_that_do_not_start_change_nothing),
        cmocka_unit_test(a_real_disk_that_is_full_leaves_the_old_file),
        cmocka_unit_test(a_killed_run_leaves_the_old_file_or_the_new),
        cmocka_unit_test(an_interrupted_run_stops_and_keeps_its_part),
        cmocka_unit_test(two_writers_leave_one_whole_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
