/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fleetsim breakeven` and `fleetsim tune`, the real program, against arithmetic. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
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

static char folder[] = "/tmp/fs_breakeven_XXXXXX";

static const char head[] =
    "fleetsim: 1\n"
    "run: {length: 1000s, represents: once per hour, intervals: 10}\n"
    "traffic:\n"
    "  api:\n"
    "    arrivals: {%s: {rate: 10/s}}\n"
    "    client: {retry: none}\n"
    "    path: [api]\n"
    "    work: {api: {%s: 100ms}}\n"
    "components:\n"
    "  api: {platform: aws-lambda, memory: 512MB, cold_start: 0s, timeout: 100s, init_billed: "
    "false}\n";
static const char two[] =
    "variants:\n"
    "  function: {}\n"
    "  task: {components.api: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB, "
    "price_balancer: free, price_capacity: free}}\n";

static void write_scenario(const char *arrivals, const char *work, const char *variants)
{
    FILE *file = fopen("s.yaml", "w");
    assert_non_null(file);
    fprintf(file, head, arrivals, work);
    fputs(variants, file);
    assert_int_equal(fclose(file), 0);
}

/* What the program prints, its messages too; the caller frees it. */
static char *run(const char *arguments, int code)
{
    char *command, *text;
    size_t size;
    assert_true(asprintf(&command, FS_BUILD_DIR "/fleetsim %s 2>&1", arguments) > 0);
    FILE *pipe = popen(command, "r"), *out = open_memstream(&text, &size);
    assert_non_null(pipe);
    for (int c; (c = fgetc(pipe)) != EOF;)
        fputc(c, out);
    fclose(out);
    const int status = pclose(pipe);
    if (status != code << 8) fail_msg("%s: ended with %d\n%s", command, status >> 8, text);
    free(command);
    return text;
}

/* The number behind `key` in the last object that has it behind `after`. */
static double number(const char *text, const char *after, const char *key)
{
    const char *at = strstr(text, after);
    at = at ? strstr(at, key) : NULL;
    if (!at) fail_msg("no %s behind %s in:\n%s", key, after, text);
    at += strlen(key);
    return strncmp(at, "null", 4) == 0 ? NAN : strtod(at, NULL);
}

/* One task of 1 vCPU and 2 GB costs 0.04048 + 2 x 0.004445 = 0.04937 an hour, a request of g GB s
 * 0.2e-6 + g x 0.0000166667: they meet at 0.04937 / 3600 over that. The field report's 5 to 10 a
 * second are g = 0.07 to 0.15. */
static void a_task_and_a_function_cross_where_arithmetic_says(void **state)
{
    static const double io[] = {25, 50, 100, 200, 500, 1000};
    (void)state;
    write_scenario("constant", "io", two);
    for (int i = 0; i < 6; i++) {
        char *arguments;
        assert_true(asprintf(&arguments,
                             "breakeven s.yaml --json --set traffic.api.work.api.io=%.0fms --vary "
                             "traffic.api.arrivals.constant.rate=1/s,20/s,40/s",
                             io[i]) > 0);
        char *text = run(arguments, 0);
        const double g = 0.5 * io[i] / 1000;
        const double rate = 0.04937 / 3600 / (0.2e-6 + g * 0.0000166667);
        const double found = number(text, "\"crossings\"", "\"value\": ");
        if (!(fabs(found / rate - 1) < 1e-3)) fail_msg("%g ms: %g, not %g", io[i], found, rate);
        assert_true(fabs(number(text, "\"crossings\"", "\"gb_s_per_request\": ") / g - 1) < 2e-3);
        free(text);
        free(arguments);
    }
}

/* With random arrivals the crossing has an interval, and the arithmetic's lies in it. */
static void a_crossing_has_an_interval(void **state)
{
    (void)state;
    write_scenario("poisson", "io", two);
    char *text = run("breakeven s.yaml --json --replications 8 --vary "
                     "traffic.api.arrivals.poisson.rate=1/s,20/s,40/s",
                     0);
    const double rate = 0.04937 / 3600 / (0.2e-6 + 0.05 * 0.0000166667);
    const double low = number(text, "\"crossings\"", "\"low\": ");
    const double high = number(text, "\"crossings\"", "\"high\": ");
    assert_true(low < rate && rate < high && high - low < 0.1 * rate);
    free(text);
}

static void a_second_axis_gives_a_curve(void **state)
{
    (void)state;
    write_scenario("constant", "io", two);
    char *text = run("breakeven s.yaml --vary traffic.api.arrivals.constant.rate=1/s,20/s,40/s "
                     "--vary traffic.api.work.api.io=50ms,100ms,200ms",
                     0);
    assert_non_null(strstr(text, "io=50ms: function up to 22.2"));
    assert_non_null(strstr(text, "io=100ms: function up to 13.2"));
    assert_non_null(strstr(text, "io=200ms: function up to 7.3"));
    assert_non_null(strstr(text, "a curve in GB-seconds per request"));
    free(text);
}

/* 100 ms of CPU at 1 vCPU: the same GB s at every memory up to 1,769 MB but for the rounding up to
 * a millisecond, which is least felt where durations are long; more memory than that only costs. */
static void expect_usd(const char *text, const char *memory, double usd)
{
    const double found = number(text, memory, "\"value\": ");
    if (!(fabs(found / usd - 1) < 2e-3)) fail_msg("%s: %g, not %g", memory, found, usd);
}

static void tuning_marks_the_cheapest_and_the_fastest(void **state)
{
    (void)state;
    write_scenario("constant", "cpu", "");
    char *text = run("tune s.yaml api --json --set run.length=100s", 0);
    const char *fastest = strstr(text, "\"fastest\": true");
    const char *memory = strstr(text, "\"memory\": \"1769MB\"");
    assert_non_null(fastest);
    assert_non_null(memory);
    assert_true(memory < fastest &&
                !memmem(memory + 5, (size_t)(fastest - memory - 5), "memory", 6));
    /* requests 0.20; at 1,769 MB 100 ms, at 10,240 MB as long: GB s x 16.6667 a million */
    expect_usd(text, "\"1769MB\"", 0.2 + 1769.0 / 1024 * 0.1 * 16.6667);
    expect_usd(text, "\"10240MB\"", 0.2 + 16.6667);
    free(text);
}

static void mistakes_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *said;
    } mistakes[] = {
        {"breakeven", "needs one scenario file"},
        {"breakeven s.yaml", "needs one or two places to vary"},
        {"breakeven s.yaml --vary run.seed=1,2", "the scenario has one"},
        {"tune s.yaml", "tune needs a scenario file, a component's name"},
        {"tune s.yaml nobody", "nobody"},
    };
    write_scenario("constant", "io", "");
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char *text = run(mistakes[i].arguments, 2);
        if (!strstr(text, mistakes[i].said))
            fail_msg("%s: not '%s' but:\n%s", mistakes[i].arguments, mistakes[i].said, text);
        free(text);
    }
    write_scenario("constant", "io", two);
    char *text = run("breakeven s.yaml --vary run.seed=2,1", 2);
    assert_non_null(strstr(text, "must rise"));
    free(text);
}

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    unlink("s.yaml");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_and_a_function_cross_where_arithmetic_says),
        cmocka_unit_test(a_crossing_has_an_interval),
        cmocka_unit_test(a_second_axis_gives_a_curve),
        cmocka_unit_test(tuning_marks_the_cheapest_and_the_fastest),
        cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
