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

#include "results.h"

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

/* The same line the other way: at 10/s a request may cost 0.04937 / 3600 / 10, less 0.2e-6, which
 * is 141 ms of 512 MB, or 720 MB for 100 ms. */
static void duration_and_memory_cross_where_arithmetic_says(void **state)
{
    (void)state;
    const double gb_s = (0.04937 / 36000 - 0.2e-6) / 0.0000166667;
    write_scenario("constant", "io", two);
    char *text = run("breakeven s.yaml --json --vary traffic.api.work.api.io=50ms,100ms,300ms", 0);
    const double ms = number(text, "\"crossings\"", "\"value\": ");
    if (!(fabs(ms / (gb_s / 0.5 * 1000) - 1) < 3e-3)) fail_msg("%g ms", ms);
    free(text);
    write_scenario(
        "constant", "io",
        "variants:\n  function: {}\n  task:\n    traffic.api.path: [task]\n"
        "    components.api: null\n    components.task: {platform: aws-fargate, tasks: 1, "
        "cpu: 1, memory: 2GB, price_balancer: free, price_capacity: free}\n");
    text = run("breakeven s.yaml --json --vary components.api.memory=256MB,512MB,1024MB", 0);
    const double mb = number(text, "\"crossings\"", "\"value\": ");
    if (!(fabs(mb / (gb_s / 0.1 * 1024) - 1) < 3e-3)) fail_msg("%g MB", mb);
    free(text);
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

/* Without a month to compare it is the run's bill, a line in the rate for both, so a grid as coarse
 * as may be finds the crossing; the cost of a request is a hyperbola. */
static void without_a_month_they_cross_at_the_same_rate(void **state)
{
    (void)state;
    write_scenario("constant", "io", two);
    char *text = run("breakeven s.yaml --json --set run.represents=nothing --vary "
                     "traffic.api.arrivals.constant.rate=1/s,100/s",
                     0);
    const double rate = 0.04937 / 3600 / (0.2e-6 + 0.05 * 0.0000166667);
    const double found = number(text, "\"crossings\"", "\"value\": ");
    if (!(fabs(found / rate - 1) < 1e-3)) fail_msg("%g, not %g", found, rate);
    assert_non_null(strstr(text, "\"metric\": \"cost.total_usd\""));
    free(text);
}

/* With 4 requests in 8 runs of 500 s on average there are runs without any: a request's cost is
 * what all runs paid over all that came, in the numbers as in their differences. */
static void runs_without_requests_are_paid_for_by_the_others(void **state)
{
    (void)state;
    write_scenario("poisson", "io", two);
    char *text =
        run("breakeven s.yaml --json --metric cost.usd_per_million --replications 8 --set "
            "run.length=500s --vary traffic.api.arrivals.poisson.rate=0.001/s,0.002/s,40/s",
            0);
    const double task = number(text, "\"task\"", "\"value\": ");
    assert_true(isfinite(task) && task > 0);
    assert_true(isfinite(number(text, "\"crossings\"", "\"value\": ")));
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

static struct fs_results *open_results(void)
{
    struct fs_results *results = NULL;
    struct fs_failure failure = {""};
    if (fs_results_open("r.h5", &results, &failure) != FS_OK) fail_msg("%s", failure.text);
    return results;
}

/* A column over exactly these dimensions. */
static const struct fs_column *column(struct fs_results *results, const char *name,
                                      const char *const *dims)
{
    const struct fs_column *c = fs_results_get(results, "", name);
    int rank = 0;
    if (!c) fail_msg("no column %s", name);
    for (; dims[rank]; rank++) {
        assert_true(rank < c->rank);
        assert_string_equal(c->dim[rank], dims[rank]);
    }
    assert_int_equal(c->rank, rank);
    return c;
}

/* The same crossings as above, as anybody reads them: one for each value of the second axis. */
static void the_file_is_a_labelled_cube_with_its_crossings(void **state)
{
    static const double g[] = {0.025, 0.05, 0.1};
    static const char *const crossing[] = {"crossing", NULL};
    (void)state;
    write_scenario("constant", "io", two);
    free(run("breakeven s.yaml -q -o r.h5 --vary traffic.api.arrivals.constant.rate=1/s,20/s,40/s "
             "--vary traffic.api.work.api.io=50ms,100ms,200ms",
             0));
    struct fs_results *r = open_results();
    const struct fs_column *at = column(r, "crossing_value", crossing);
    const struct fs_column *gb_s = column(r, "crossing_gb_s_per_request", crossing);
    assert_int_equal(at->extent[0], 3);
    assert_string_equal(at->units, "/s");
    for (int i = 0; i < 3; i++) {
        const double rate = 0.04937 / 3600 / (0.2e-6 + g[i] * 0.0000166667);
        assert_true(fabs(at->f64[i] / rate - 1) < 1e-3);
        assert_true(fabs(gb_s->f64[i] / g[i] - 1) < 2e-3);
        assert_int_equal(column(r, "crossing_on", crossing)->i64[i], i);
        assert_string_equal(column(r, "crossing_from", crossing)->text[i], "function");
        assert_string_equal(column(r, "crossing_to", crossing)->text[i], "task");
        assert_true(isnan(column(r, "crossing_low", crossing)->f64[i])); /* one replication */
    }
    const struct fs_column *value =
        column(r, "value", (const char *const[]){"rate", "io", "variant", "metric", NULL});
    for (int i = 0; i < 9; i++) /* the task costs as much whatever it does: 730 times 1,000 s */
        assert_true(fabs(value->f64[2 * i + 1] / (0.04937 * 730 / 3.6) - 1) < 1e-9);
    column(r, "gb_s_per_request", (const char *const[]){"rate", "io", "variant", NULL});
    assert_string_equal(fs_results_get_text(r, "", "study"), "breakeven");
    const struct fs_column *finding = fs_results_get(r, "findings", "finding");
    assert_int_equal(finding->extent[0], 4);
    assert_non_null(strstr(finding->text[3], "it is a curve in GB-seconds per request"));
    fs_results_close(r);
}

static void crossings_keep_their_intervals_in_the_file(void **state)
{
    static const char *const crossing[] = {"crossing", NULL};
    (void)state;
    write_scenario("poisson", "io", two);
    free(run("breakeven s.yaml -q -o r.h5 --replications 8 --vary "
             "traffic.api.arrivals.poisson.rate=1/s,20/s,40/s",
             0));
    struct fs_results *r = open_results();
    const double rate = 0.04937 / 3600 / (0.2e-6 + 0.05 * 0.0000166667);
    assert_true(column(r, "crossing_low", crossing)->f64[0] < rate);
    assert_true(column(r, "crossing_high", crossing)->f64[0] > rate);
    const char *const dims[] = {"rate", "variant", "metric", NULL};
    const struct fs_column *value = column(r, "value", dims), *low = column(r, "low", dims);
    for (int i = 0; i < 3; i++) /* of the function; a task's cost does not vary */
        assert_true(low->f64[2 * i] < value->f64[2 * i]);
    fs_results_close(r);
}

/* Around 13.3 a second: two digits behind the point, in the ends too. */
static void a_crossing_and_its_ends_have_the_same_digits(void **state)
{
    double x, low, high;
    char text[80];
    (void)state;
    write_scenario("poisson", "io", two);
    char *out = run("breakeven s.yaml --replications 8 --vary "
                    "traffic.api.arrivals.poisson.rate=1/s,20/s,40/s",
                    0);
    const char *at = strstr(out, "function up to ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "function up to %lf/s [%lf, %lf]", &x, &low, &high), 3);
    snprintf(text, sizeof text, "up to %.2f/s [%.2f, %.2f], then task", x, low, high);
    assert_non_null(strstr(out, text));
    free(out);
}

/* Tasks on instances of which there are none cost a balancer alone: that is said wherever they are
 * called the cheaper ones, and that a function is complete. */
static void what_is_not_priced_is_said_beside_who_is_cheapest(void **state)
{
    (void)state;
    write_scenario("constant", "io",
                   "variants:\n  function: {}\n"
                   "  ecs: {components.api: {platform: aws-ecs, tasks: 1, cpu: 1, memory: 2GB}}\n");
    char *out = run("breakeven s.yaml -o r.h5 --vary "
                    "traffic.api.arrivals.constant.rate=1/s,40/s",
                    0);
    assert_non_null(strstr(out, "ecs: api.instances is not priced, so it costs more than this\n"));
    assert_null(strstr(out, "function: api"));
    free(out);
    struct fs_results *r = open_results();
    const struct fs_column *finding = fs_results_get(r, "findings", "finding");
    assert_non_null(strstr(finding->text[finding->extent[0] - 1], "api.instances is not priced"));
    fs_results_close(r);
    out = run("breakeven s.yaml --json --vary traffic.api.arrivals.constant.rate=1/s,2/s", 0);
    assert_non_null(strstr(out, "\"not_priced\": {\"ecs\": \"api.instances\"}"));
    free(out);
}

/* Two variants that never cost the same. */
static void without_a_crossing_the_file_says_so(void **state)
{
    (void)state;
    write_scenario("constant", "io", two);
    free(run("breakeven s.yaml -q -o r.h5 --vary traffic.api.arrivals.constant.rate=1/s,2/s", 0));
    struct fs_results *r = open_results();
    assert_null(fs_results_get(r, "", "crossing_value"));
    assert_string_equal(fs_results_get(r, "findings", "finding")->text[0], "none within the grid");
    fs_results_close(r);
}

static int marked(struct fs_results *r, const char *name)
{
    const struct fs_column *c = column(r, name, (const char *const[]){"memory", "variant", NULL});
    int at = -1;
    for (int i = 0; i < c->extent[0]; i++) {
        if (c->i64[i]) at = at < 0 ? i : 99;
    }
    return at;
}

/* Settings 0 to 13 are those of the command; 1,769 MB, a whole vCPU, is number 6. */
static void the_file_of_a_tuning_has_its_marks(void **state)
{
    (void)state;
    write_scenario("constant", "cpu", "");
    free(run("tune s.yaml api -q -o r.h5 --set run.length=100s", 0));
    struct fs_results *r = open_results();
    const struct fs_column *cost = fs_results_get(r, "", "value");
    const int n_metrics = (int)cost->extent[2], cheapest = marked(r, "cheapest");
    for (int i = 0; i < cost->extent[0]; i++)
        assert_true(cost->f64[i * n_metrics] >= cost->f64[cheapest * n_metrics]);
    assert_int_equal(marked(r, "fastest"), 6);
    assert_int_equal(marked(r, "balanced"), 6);
    fs_results_close(r);
}

static void a_file_that_cannot_be_written_is_said_first(void **state)
{
    (void)state;
    write_scenario("constant", "io", two);
    char *text = run("breakeven s.yaml -o no/r.h5 --vary "
                     "traffic.api.arrivals.constant.rate=1/s,20/s",
                     3);
    assert_non_null(strstr(text, "no/r.h5"));
    assert_null(strstr(text, "Break-even in"));
    free(text);
}

/* ---- pictures -------------------------------------------------------------------------------- */

/* The file's picture as SVG, or skip where none can be drawn; the caller frees it. */
static char *picture(void)
{
    if (access(FS_BUILD_DIR "/fleetsim-plot", X_OK) != 0 || system("gnuplot --version >x.log") != 0)
        skip();
    char *text;
    size_t size;
    free(run("plot r.h5 -o p.svg", 0));
    FILE *file = fopen("p.svg", "r"), *out = open_memstream(&text, &size);
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF;)
        fputc(c, out);
    fclose(out);
    fclose(file);
    return text;
}

static void assert_shows(const char *svg, const char *text)
{
    if (!strstr(svg, text)) fail_msg("the picture does not show '%s'", text);
}

/* Builds for sanitizers have no program that draws. */
static void need_pictures(void)
{
    if (access(FS_BUILD_DIR "/fleetsim-plot", X_OK) != 0) skip();
}

static void along_one_parameter_the_picture_has_lines_and_a_crossing(void **state)
{
    (void)state;
    need_pictures();
    write_scenario("poisson", "io", two);
    free(run("breakeven s.yaml -q -o r.h5 --replications 8 --vary "
             "traffic.api.arrivals.poisson.rate=1/s,20/s,40/s",
             0));
    struct fs_results *r = open_results();
    static const char *const crossing[] = {"crossing", NULL};
    char at[100];
    snprintf(at, sizeof at, "%.4g/s  (%.4g to %.4g)", column(r, "crossing_value", crossing)->f64[0],
             column(r, "crossing_low", crossing)->f64[0],
             column(r, "crossing_high", crossing)->f64[0]);
    char *svg = picture();
    assert_shows(svg, at);
    assert_shows(svg, "Cost a month, USD");
    assert_shows(svg, "function is cheaper");
    assert_shows(svg, "task is cheaper");
    assert_shows(svg, "mean of 8 replications");
    free(svg);
    fs_results_close(r);
}

static void over_two_parameters_it_has_a_curve_in_gb_seconds(void **state)
{
    (void)state;
    need_pictures();
    write_scenario("constant", "io", two);
    free(run("breakeven s.yaml -q -o r.h5 --vary traffic.api.arrivals.constant.rate=1/s,20/s,40/s "
             "--vary traffic.api.work.api.io=50ms,100ms,200ms",
             0));
    char *svg = picture();
    assert_shows(svg, "what a request needs, in GB-seconds");
    assert_shows(svg, "Break-even in rate");
    assert_shows(svg, "50 ms: 22.2");
    assert_shows(svg, "200 ms: 7.3");
    assert_shows(
        svg,
        "A break-even rate is one for such requests: it is a curve in GB-seconds per request.");
    free(svg);
    char *text = run("plot r.h5", 0);
    assert_non_null(strstr(text, "io=50ms: function up to 22.2"));
    free(text);
    free(run("report r.h5 -o p.html", 0));
    text = run("plot r.h5 --picture timeline", 3);
    assert_non_null(strstr(text, "nothing to draw"));
    free(text);
}

static void a_tuning_has_its_marks_in_the_picture(void **state)
{
    (void)state;
    write_scenario("constant", "cpu", "");
    free(run("tune s.yaml api -q -o r.h5 --set run.length=100s", 0));
    char *svg = picture();
    assert_shows(svg, "fastest, balanced: 100 ms");
    assert_shows(svg, "cheapest: $");
    assert_shows(svg, "1,769 MB");
    free(svg);
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

/* An interval is null where there is none, and `why` says so. */
static void without_an_interval_it_is_said_why(void **state)
{
    static const char *const commands[][2] = {
        {"", "tune s.yaml api --vary components.api.memory=512MB,1GB"},
        {two, "breakeven s.yaml --vary traffic.api.arrivals.poisson.rate=1/s,2/s"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char command[200];
        write_scenario("poisson", "io", commands[i][0]);
        snprintf(command, sizeof command, "%s -q --json --replications 1", commands[i][1]);
        char *text = run(command, 0);
        const char *low = strstr(text, "\"low\": null");
        assert_non_null(low);
        assert_ptr_equal(strstr(low, "\"why\": \"1 replication\""),
                         low + strlen("\"low\": null, \"high\": null, "));
        free(text);
    }
}

/* Where the function waits behind a queue, the request that is sent is done at once; what the
 * memory decides is how long the message takes. 500 ms of CPU at 1,769 MB are 3,455 ms at 256 MB.
 * The variant without the queue is measured where its requests are. */
static void behind_a_queue_the_message_is_measured(void **state)
{
    static const char *const settings[] = {"256MB", "1769MB"};
    (void)state;
    write_scenario("constant", "cpu",
                   "  q: {platform: aws-sqs, visibility_timeout: 600s}\n"
                   "  pull: {platform: aws-lambda-sqs-mapping, from: q, to: api, batch_size: 1}\n"
                   "variants:\n  queue: {traffic.api.path: [q, api]}\n"
                   "  direct: {components.q: null, components.pull: null}\n");
    char *text = run("tune s.yaml api --json --set run.length=100s "
                     "--set traffic.api.work.api.cpu=500ms --set "
                     "traffic.api.arrivals.constant.rate=1/s --vary "
                     "components.api.memory=256MB,1769MB",
                     0);
    for (int i = 0; i < 2; i++) {
        const double ms = i ? 500 : 500 * 1769 / 256., limit = i ? 520 : 1.04 * ms;
        const double p50 = 1e3 * number(strstr(text, settings[i]), "\"p50\"", "\"value\": ");
        const double direct =
            1e3 * number(strstr(strstr(text, "\"direct\""), settings[i]), "\"p50\"", "\"value\": ");
        if (!(p50 > .99 * ms && p50 < limit)) fail_msg("%s: %g ms", settings[i], p50);
        if (!(direct > .99 * ms && direct < limit)) fail_msg("%s: %g ms", settings[i], direct);
    }
    const char *fastest = strstr(text, "\"fastest\": true"), *second = strstr(text, "\"1769MB\"");
    assert_true(fastest && second && fastest > second);
    free(text);
}

/* The first variant does without the component: its requests take the 346 ms that 100 ms of CPU at
 * 1,769 MB are at 512, whatever the memory of what it has not. In the other they take as long at
 * 512 MB, and 173 ms at 1,024. */
static void a_component_of_another_variant_is_found(void **state)
{
    (void)state;
    write_scenario("constant", "cpu",
                   "  fn: {platform: aws-lambda, memory: 512MB, cold_start: 0s, timeout: 100s, "
                   "init_billed: false}\n"
                   "variants:\n  one: {components.fn: null}\n"
                   "  other: {components.api: null, traffic.api.path: [fn], "
                   "traffic.api.work: {fn: {cpu: 100ms}}}\n");
    char *text = run(
        "tune s.yaml fn --json --set run.length=10s --vary components.fn.memory=512MB,1024MB", 0);
    const char *other = strstr(text, "\"other\"");
    assert_non_null(other);
    const double seconds[] = {number(text, "\"512MB\"", "\"p50\": {\"value\": "),
                              number(text, "\"1024MB\"", "\"p50\": {\"value\": "),
                              number(other, "\"512MB\"", "\"p50\": {\"value\": "),
                              number(other, "\"1024MB\"", "\"p50\": {\"value\": ")};
    for (int i = 0; i < 4; i++) {
        const double expected = .1 * 1769 / (i == 3 ? 1024 : 512);
        if (!(fabs(seconds[i] / expected - 1) < .01)) fail_msg("%d: %g s", i, seconds[i]);
    }
    const char *fastest = strstr(other, "\"fastest\": true");
    assert_true(fastest && fastest > strstr(other, "\"1024MB\""));
    free(text);
}

/* What waits behind the queue is a class that the variant without one has not: it has no number,
 * rather than 0, so none of its settings is the fastest, and it is not the cheapest by it. */
static void what_a_variant_has_not_is_no_number(void **state)
{
    (void)state;
    write_scenario("constant", "cpu",
                   "  q: {platform: aws-sqs, visibility_timeout: 600s}\n"
                   "  pull: {platform: aws-lambda-sqs-mapping, from: q, to: api, batch_size: 1}\n"
                   "variants:\n  queue: {traffic.api.path: [q, api]}\n"
                   "  table: {traffic.api.path: [t], components.t: {mechanism: dependency}, "
                   "components.q: null, components.pull: null, components.api: null}\n");
    char *text = run("tune s.yaml api -q --json --set run.length=10s "
                     "--vary components.api.memory=512MB,1024MB",
                     0);
    const char *table = strstr(text, "\"table\"");
    assert_non_null(table);
    assert_true(isnan(number(table, "\"512MB\"", "\"mean\": {\"value\": ")));
    assert_true(isnan(number(table, "\"1024MB\"", "\"p99\": {\"value\": ")));
    assert_null(strstr(table, "\"fastest\": true"));
    assert_null(strstr(table, "\"balanced\": true"));
    assert_non_null(strstr(table, "\"cheapest\": true"));
    free(text);
    text =
        run("breakeven s.yaml -q --json --set run.length=10s --metric traffic.api/q.latency.mean "
            "--vary traffic.api.arrivals.constant.rate=1/s,2/s",
            0);
    assert_true(number(text, "\"queue\"", "\"value\": ") > .1);
    assert_true(isnan(number(text, "\"table\"", "\"value\": ")));
    free(text);
}

/* As under a run, for people and for programs. */
static void what_they_rest_on_is_told(void **state)
{
    static const struct {
        const char *command, *assumed;
    } cases[] = {{"breakeven s.yaml --set run.length=10s --vary "
                  "traffic.api.arrivals.constant.rate=1/s,2/s",
                  "aws-fargate: sharing (assumed)"},
                 {"tune s.yaml api --variant function --set run.length=10s --vary "
                  "components.api.memory=512MB,1GB",
                  "aws-lambda: keep_alive (assumed)"}};
    (void)state;
    write_scenario("constant", "io", two);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[300];
        char *text = run(cases[i].command, 0);
        assert_non_null(
            strstr(text, "\nValues of its platforms and prices that nobody documents\n"));
        if (!strstr(text, cases[i].assumed)) fail_msg("no %s in:\n%s", cases[i].assumed, text);
        free(text);
        snprintf(command, sizeof command, "%s --json", cases[i].command);
        text = run(command, 0);
        assert_non_null(strstr(text, "\"assumptions\": ["));
        assert_non_null(strstr(text, "{\"component\": \"api\", \"platform\": \"aws-lambda\", "
                                     "\"key\": \"keep_alive\", \"certainty\": \"assumed\"}"));
        free(text);
    }
}

static void mistakes_are_said(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *said;
    } mistakes[] = {
        {"breakeven", "needs one scenario file"},
        {"breakeven - --vary run.seed=1,2", "breakeven reads its scenario again at every point"},
        {"plan - --slo 'p99 < 1s'", "plan reads its scenario again at every point"},
        {"tune - api", "tune reads its scenario again at every point"},
        {"run s.yaml -o -", "-o needs the name of a file"},
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
    text = run("breakeven s.yaml --metric cost.total_usb --vary run.seed=1,2", 2);
    assert_non_null(strstr(text, "no variant has it; did you mean 'cost.total_usd'?"));
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
    unlink("r.h5");
    unlink("p.svg");
    unlink("p.html");
    unlink("x.log");
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_and_a_function_cross_where_arithmetic_says),
        cmocka_unit_test(duration_and_memory_cross_where_arithmetic_says),
        cmocka_unit_test(a_crossing_has_an_interval),
        cmocka_unit_test(without_a_month_they_cross_at_the_same_rate),
        cmocka_unit_test(runs_without_requests_are_paid_for_by_the_others),
        cmocka_unit_test(a_second_axis_gives_a_curve),
        cmocka_unit_test(the_file_is_a_labelled_cube_with_its_crossings),
        cmocka_unit_test(crossings_keep_their_intervals_in_the_file),
        cmocka_unit_test(a_crossing_and_its_ends_have_the_same_digits),
        cmocka_unit_test(what_is_not_priced_is_said_beside_who_is_cheapest),
        cmocka_unit_test(without_a_crossing_the_file_says_so),
        cmocka_unit_test(the_file_of_a_tuning_has_its_marks),
        cmocka_unit_test(a_file_that_cannot_be_written_is_said_first),
        cmocka_unit_test(along_one_parameter_the_picture_has_lines_and_a_crossing),
        cmocka_unit_test(over_two_parameters_it_has_a_curve_in_gb_seconds),
        cmocka_unit_test(a_tuning_has_its_marks_in_the_picture),
        cmocka_unit_test(tuning_marks_the_cheapest_and_the_fastest),
        cmocka_unit_test(without_an_interval_it_is_said_why),
        cmocka_unit_test(behind_a_queue_the_message_is_measured),
        cmocka_unit_test(a_component_of_another_variant_is_found),
        cmocka_unit_test(what_a_variant_has_not_is_no_number),
        cmocka_unit_test(what_they_rest_on_is_told),
        cmocka_unit_test(mistakes_are_said),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
