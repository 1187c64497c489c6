/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The traces that are shipped, held against a second, plain reading of their files; small traces by
 * hand; and what a trace must not be. Figures of the shipped ones: scenarios/traces/README.md.
 */
#include "goodness.h"
#include "plugins.h"

#include <time.h>
#include <unistd.h>

#define COUNT(a)  ((int)(sizeof(a) / sizeof *(a)))
#define TRACES    FS_SOURCE_DIR "/scenarios/traces/"
#define AZURE     TRACES "azure-functions-2019-500/"
#define FUNCTIONS 500
#define MINUTES   480
#define CALLS     3037902

#define WHOLE                                                                                      \
    "invocations: " AZURE "invocations.csv, durations: " AZURE "durations.csv, "                   \
    "memory: " AZURE "memory.csv"

/* ---- the shipped traces --------------------------------------------------------------------- */

static int64_t truth[FUNCTIONS][MINUTES];
static char hash[FUNCTIONS][65];

static void read_truth(void)
{
    FILE *file = fopen(AZURE "invocations.csv", "r");
    char *line = NULL;
    size_t room = 0;
    assert_non_null(file);
    assert_true(getline(&line, &room, file) > 0);
    for (int i = 0; i < FUNCTIONS; i++) {
        assert_true(getline(&line, &room, file) > 0);
        char *rest = line, *field = strsep(&rest, ",");
        for (int k = 0; k < 2; k++)
            field = strsep(&rest, ",");
        strcpy(hash[i], field);
        strsep(&rest, ",");
        for (int m = 0; m < MINUTES; m++)
            truth[i][m] = strtol(strsep(&rest, ","), NULL, 10);
        assert_null(rest);
    }
    assert_int_equal(getline(&line, &room, file), -1);
    free(line);
    fclose(file);
}

static void every_call_of_the_azure_trace_comes_in_its_minute(void **state)
{
    static int64_t found[FUNCTIONS][MINUTES];
    int64_t n = 0;
    double concurrency = 0;
    (void)state;
    read_truth();
    struct plugged p = plug("arrivals", "azure2019: {" WHOLE "}");
    struct running r = run_arrivals(&p, 8 * FS_H, 1);
    uint32_t key = 0;
    fs_time last = 0;
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r), n++) {
        assert_true(a.key < FUNCTIONS && a.at < MINUTES * FS_MIN && a.duration >= 0);
        assert_true(a.at > last || a.key >= key); /* order is (time, function) */
        found[a.key][a.at / FS_MIN]++;
        concurrency += fs_to_seconds(a.duration) / (MINUTES * 60);
        last = a.at;
        key = a.key;
    }
    assert_int_equal(n, CALLS);
    assert_memory_equal(found, truth, sizeof truth);
    /* sum of calls x Average / 8 h, from the files: awk, 53.21 */
    assert_true(fabs(concurrency - 53.21) < 0.5);
    stop_arrivals(&r);
    unplug(&p);
}

static void members_have_memory(void **state)
{
    (void)state;
    read_truth();
    struct plugged p = plug("arrivals", "azure2019: {" WHOLE "}");
    assert_accepted(&p);
    const struct fs_arrival_type *type = p.value.plugin->type;
    assert_true(type->trace);
    assert_int_equal(type->members(p.value.params), FUNCTIONS);
    for (int i = 0; i < FUNCTIONS; i++) {
        const int64_t memory = type->member_memory(p.value.params, i);
        assert_true(memory >= 1 && memory <= 670);
        /* its line in memory.csv ends with 10.666666666666666 */
        if (strncmp(hash[i], "c9aaf0ff", 8) == 0) assert_int_equal(memory, 11);
        if (strncmp(hash[i], "12565e2d", 8) == 0) assert_int_equal(memory, 378);
    }
    assert_true(type->cpu_share(p.value.params) == 0.5);
    unplug(&p);
}

static double fraction_cdf(double x, const void *unused)
{
    (void)unused;
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* Where in its minute each call falls is uniform, and so are all together. */
static void calls_fall_anywhere_in_their_minute(void **state)
{
    static double at[300000];
    int n = 0;
    (void)state;
    struct plugged p = plug("arrivals", "azure2019: {minutes: 30, " WHOLE "}");
    struct running r = run_arrivals(&p, 8 * FS_H, 2);
    for (fs_time t = next_arrival(&r).at; t != FS_NEVER; t = next_arrival(&r).at)
        at[n++] = (double)(t % FS_MIN) / (double)FS_MIN;
    assert_true(n > 100000);
    assert_true(goodness_ks(at, n, fraction_cdf, NULL) > 1e-4);
    stop_arrivals(&r);
    unplug(&p);
}

/* A function with 39,166 calls: shares between its percentiles 0, 0, 1, 1, 3, 27, 492 ms. */
static void durations_have_their_functions_percentiles(void **state)
{
    const double bound[] = {1, 3, 27}, share[] = {0.5, 0.25, 0.24, 0.01};
    double observed[4] = {0}, expected[4], n = 0;
    int wanted = -1;
    (void)state;
    read_truth();
    for (int i = 0; i < FUNCTIONS; i++) {
        if (strncmp(hash[i], "6b6c3f35ccaa", 12) == 0) wanted = i;
    }
    assert_true(wanted >= 0);
    struct plugged p = plug("arrivals", "azure2019: {" WHOLE "}");
    struct running r = run_arrivals(&p, 8 * FS_H, 3);
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r)) {
        if (a.key != (uint32_t)wanted) continue;
        const double ms = (double)a.duration / 1e6;
        int cell = 0;
        while (cell < 3 && ms > bound[cell])
            cell++;
        observed[cell]++;
        n++;
    }
    assert_true(n == 39166);
    for (int i = 0; i < 4; i++)
        expected[i] = n * share[i];
    assert_true(goodness_chi2(observed, expected, 4) > 1e-4);
    stop_arrivals(&r);
    unplug(&p);
}

static void all_at_the_start_comes_in_the_order_of_functions(void **state)
{
    int64_t n = 0;
    (void)state;
    struct plugged p = plug("arrivals", "azure2019: {placement: start, " WHOLE "}");
    struct running r = run_arrivals(&p, 8 * FS_H, 4);
    uint32_t key = 0;
    fs_time last = 0;
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r), n++) {
        assert_int_equal(a.at % FS_MIN, 0);
        assert_true(a.at > last || a.key >= key);
        last = a.at;
        key = a.key;
    }
    assert_int_equal(n, CALLS);
    stop_arrivals(&r);
    unplug(&p);
}

static void poisson_placement_keeps_counts_in_the_mean(void **state)
{
    double n = 0, square = 0;
    static double found[MINUTES];
    (void)state;
    read_truth();
    struct plugged p = plug("arrivals", "azure2019: {placement: poisson, " WHOLE "}");
    struct running r = run_arrivals(&p, 8 * FS_H, 5);
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r), n++)
        found[a.at / FS_MIN]++;
    assert_true(n != CALLS && fabs(n - CALLS) < 4 * sqrt(CALLS));
    for (int m = 0; m < MINUTES; m++) {
        double mean = 0;
        for (int i = 0; i < FUNCTIONS; i++)
            mean += (double)truth[i][m];
        square += (found[m] - mean) * (found[m] - mean) / mean / MINUTES;
    }
    assert_true(fabs(square - 1) < 4 * sqrt(2. / MINUTES)); /* a minute's variance is its mean */
    stop_arrivals(&r);
    unplug(&p);
}

static void a_part_of_the_minutes_can_be_replayed(void **state)
{
    static int64_t found[FUNCTIONS][10];
    (void)state;
    read_truth();
    struct plugged p = plug("arrivals", "azure2019: {first_minute: 100, minutes: 10, " WHOLE "}");
    struct running r = run_arrivals(&p, FS_H, 6);
    for (struct fs_arrival a = next_arrival(&r); a.at != FS_NEVER; a = next_arrival(&r)) {
        assert_true(a.at < 10 * FS_MIN);
        found[a.key][a.at / FS_MIN]++;
    }
    for (int i = 0; i < FUNCTIONS; i++)
        assert_memory_equal(found[i], &truth[i][100], sizeof found[i]);
    stop_arrivals(&r);
    unplug(&p);
}

/* 8,819 calls in 3,435.948056 s (19:14:19.9280160 - 18:17:03.9799600), coefficient of variation of
 * the gaps 13.2, index of dispersion 164 over the 57 whole minutes. */
static void the_llm_trace_is_as_bursty_as_it_was(void **state)
{
    enum { N = 8819, WINDOWS = 57 };
    double sum = 0, square = 0, count[WINDOWS + 1] = {0}, mean = 0, variance = 0;
    (void)state;
    struct plugged p =
        plug("arrivals", "csv: {file: " TRACES
                         "azure-llm-2023/AzureLLMInferenceTrace_code.csv, column: TIMESTAMP}");
    struct running r = run_arrivals(&p, FS_H, 7);
    fs_time last = next_arrival(&r).at;
    assert_int_equal(last, 0);
    count[0]++;
    assert_int_equal(next_arrival(&r).at, 52 * FS_MS);
    for (int i = 1; i < N; i++) {
        const fs_time at = i == 1 ? 52 * FS_MS : next_arrival(&r).at;
        const double gap = fs_to_seconds(at - last);
        sum += gap / (N - 1);
        square += gap * gap / (N - 1);
        count[at / FS_MIN]++;
        last = at;
    }
    assert_int_equal(last, INT64_C(3435948056000));
    assert_true(next_arrival(&r).at == FS_NEVER);
    assert_true(fabs(sqrt(square - sum * sum) / sum - 13.2) < 0.05);
    for (int i = 0; i < WINDOWS; i++)
        mean += count[i] / WINDOWS;
    for (int i = 0; i < WINDOWS; i++)
        variance += (count[i] - mean) * (count[i] - mean) / WINDOWS;
    assert_true(fabs(variance / mean - 164) < 1);
    stop_arrivals(&r);
    unplug(&p);
}

/* ---- traces by hand -------------------------------------------------------------------------- */

#define CALLS_HEAD "HashOwner,HashApp,HashFunction,Trigger,1,2\n"
#define TIME_HEAD                                                                                  \
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,"           \
    "percentile_Average_1,percentile_Average_25,percentile_Average_50,percentile_Average_75,"      \
    "percentile_Average_99,percentile_Average_100\n"
#define MEMORY_TAIL                                                                                \
    "SampleCount,AverageAllocatedMb,AverageAllocatedMb_pct1,AverageAllocatedMb_pct5,"              \
    "AverageAllocatedMb_pct25,AverageAllocatedMb_pct50,AverageAllocatedMb_pct75,"                  \
    "AverageAllocatedMb_pct95,AverageAllocatedMb_pct99,AverageAllocatedMb_pct100\n"
#define MEMORY_HEAD "HashFunction,HashOwner,HashApp," MEMORY_TAIL
#define APP_HEAD    "HashOwner,HashApp," MEMORY_TAIL

struct files {
    char name[3][64];
};

/* A trace of these files; NULL: without. */
static struct plugged azure(const char *const bytes[3], const char *options, struct files *files)
{
    static const char *const keys[] = {"invocations", "durations", "memory"};
    char text[500] = "azure2019: {";
    for (int i = 0; i < 3; i++) {
        if (!bytes[i]) continue;
        strcpy(files->name[i], write_temporary(bytes[i], strlen(bytes[i])));
        sprintf(text + strlen(text), "%s: %s, ", keys[i], files->name[i]);
    }
    sprintf(text + strlen(text), "%s}", options);
    struct plugged p = plug("arrivals", text);
    for (int i = 0; i < 3; i++) {
        if (bytes[i]) unlink(files->name[i]);
    }
    return p;
}

/* A trace of single calls; the file is gone when it returns. */
static struct plugged calls_of(const char *bytes)
{
    char text[200];
    const char *name = write_temporary(bytes, strlen(bytes));
    sprintf(text, "azure2021: {file: %s, cpu_share: 30%%}", name);
    struct plugged p = plug("arrivals", text);
    unlink(name);
    return p;
}

/* Each comes when it ended less what it took; equal instants in the order of the file; one that
 * began before the trace did comes at its start. */
static void single_calls_come_when_they_began(void **state)
{
    (void)state;
    struct plugged p = calls_of("app,func,end_timestamp,duration\n"
                                "a1,f1,10.5,0.5\na1,f2,3.000000001,1\nb,f1,10.25,0.25\n"
                                "a1,f1,0.1,0.25\n");
    struct running r = run_arrivals(&p, FS_H, 1);
    const struct fs_arrival expected[] = {{0, 0, 250 * FS_MS},
                                          {2 * FS_S + 1, 1, FS_S},
                                          {10 * FS_S, 0, 500 * FS_MS},
                                          {10 * FS_S, 2, 250 * FS_MS}};
    for (int i = 0; i < 4; i++) {
        const struct fs_arrival a = next_arrival(&r);
        assert_int_equal(a.at, expected[i].at);
        assert_int_equal(a.key, expected[i].key);
        assert_int_equal(a.duration, expected[i].duration);
    }
    assert_true(next_arrival(&r).at == FS_NEVER);
    assert_int_equal(r.type->members(r.params), 3);
    assert_float_equal(r.type->cpu_share(r.params), 0.3, 0);
    stop_arrivals(&r);
    unplug(&p);
}

static void broken_traces_of_calls_are_refused_at_the_place(void **state)
{
    static const struct {
        const char *bytes, *why;
    } table[] = {
        {"app,func,end_timestamp,duration\n", ":1: error: there is no call"},
        {"app,func,duration\na,b,1\n", ":1: error: there is no column 'end_timestamp'"},
        {"app,func,end_timestamp,duration\na,b,1,x\n", ":2:7: error: 'x' is not a number"},
        {"app,func,end_timestamp,duration\na,b,1\n", ":2: error: 3 fields"},
        {"app,func,end_timestamp,duration\na,/b,1,1\n", ":2:3: error: a hash has"},
    };
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        struct plugged p = calls_of(table[i].bytes);
        const char *said = complaints_of(&p);
        if (fs_report_errors(p.report) != 1 || !strstr(said, table[i].why))
            fail_msg("row %d, %s: %s", i, table[i].why, said);
        unplug(&p);
    }
}

static void a_trace_without_durations_leaves_work_to_the_class(void **state)
{
    const char *const bytes[3] = {CALLS_HEAD "a,b,c,http,0,2\r\na,b,d,timer,1,0"};
    struct files files;
    (void)state;
    struct plugged p = azure(bytes, "placement: start", &files);
    struct running r = run_arrivals(&p, FS_H, 1);
    const struct fs_arrival expected[] = {{0, 1, -1}, {FS_MIN, 0, -1}, {FS_MIN, 0, -1}};
    for (int i = 0; i < 3; i++) {
        const struct fs_arrival a = next_arrival(&r);
        assert_int_equal(a.at, expected[i].at);
        assert_int_equal(a.key, expected[i].key);
        assert_int_equal(a.duration, -1);
    }
    assert_true(next_arrival(&r).at == FS_NEVER);
    assert_int_equal(r.type->member_memory(r.params, 0), 0);
    stop_arrivals(&r);
    unplug(&p);
}

static void memory_comes_by_function_or_by_application(void **state)
{
    const char *const calls = CALLS_HEAD "a,b,c,http,0,2\na,b,d,timer,1,0\na,e,f,http,1,0\n";
    const char *const by_function[3] = {
        calls, NULL, MEMORY_HEAD "c,a,b,9,5,1,2,3,4,5,6,7,128.0\nd,a,b,9,5,1,2,3,4,5,6,7,128.01\n"};
    const char *const by_app[3] = {calls, NULL,
                                   APP_HEAD "a,e,9,5,0,0,0,0,0,0,0,0.5\na,b,9,5,1,2,3,4,5,6,7,9\n"};
    const int64_t memory[2][3] = {{128, 129, 0}, {9, 9, 1}};
    struct files files;
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct plugged p = azure(k ? by_app : by_function, "", &files);
        assert_accepted(&p);
        const struct fs_arrival_type *type = p.value.plugin->type;
        for (int i = 0; i < 3; i++)
            assert_int_equal(type->member_memory(p.value.params, i), memory[k][i]);
        assert_int_equal(fs_report_warnings(p.report), k == 0); /* f has no line */
        unplug(&p);
    }
}

/* One function: percentiles 0, 0, 0, 0, 100, 200, 1100 ms. Straight lines have the mean 0.25 x 50 +
 * 0.24 x 150 + 0.01 x 650 = 55 ms. Bent at nine tenths of their way, as far down or up as they go,
 * they have those below; 30 ms lies between, 10 ms and 90 ms do not. */
static void durations_have_the_stated_mean_where_percentiles_allow(void **state)
{
    const double low = 0.025 * 50 + 0.216 * 100 + 0.024 * 150 + 0.009 * 200 + 0.001 * 650;
    const double high =
        0.225 * 50 + 0.025 * 100 + 0.216 * 150 + 0.024 * 200 + 0.009 * 650 + 0.001 * 1100;
    const double stated[] = {30, 55, 10, 90}, expected[] = {30, 55, low, high};
    (void)state;
    for (int k = 0; k < 4; k++) {
        char line[400];
        struct files files;
        double sum = 0, square = 0;
        const int n = 200000;
        sprintf(line, TIME_HEAD "a,b,c,%g,9,0,9,0,0,0,0,100,200,1100\n", stated[k]);
        const char *const bytes[3] = {CALLS_HEAD "a,b,c,http,200000,0\n", line};
        struct plugged p = azure(bytes, "", &files);
        struct running r = run_arrivals(&p, FS_H, 8);
        for (int i = 0; i < n; i++) {
            const double ms = (double)next_arrival(&r).duration / 1e6;
            assert_true(ms >= 0 && ms <= 1100);
            sum += ms / n;
            square += ms * ms / n;
        }
        if (!(fabs(sum - expected[k]) <= 4 * sqrt((square - sum * sum) / n)))
            fail_msg("mean %g instead of %g ms", sum, expected[k]);
        stop_arrivals(&r);
        unplug(&p);
    }
}

#define F1   "a,b,c,http,1,2\n"
#define F2   "a,b,d,http,1,2\n"
#define D1   "a,b,c,3,9,0,9,1,2,3,4,5,6,7\n"
#define D2   "a,b,d,3,9,0,9,1,2,3,4,5,6,7\n"
#define M1   "c,a,b,9,5,1,2,3,4,5,6,7,8\n"
#define LAST "a,b,d,3,9,0,9,1,2,3,4,5,6,"

static void broken_traces_are_refused_at_the_place(void **state)
{
    static const struct {
        const char *bytes[3], *options;
        int file;
        const char *place, *why;
    } table[] = {
        {{""}, "", 0, ":", "the file is empty"},
        {{CALLS_HEAD}, "", 0, ":1:", "no function in the file"},
        {{F1 F2}, "", 0, ":1:", "no column 'HashOwner'"},
        {{"HashOwner,HashApp,HashFunction,1,2\n"}, "", 0, ":1:", "no column 'Trigger'"},
        {{"HashOwner,HashApp,HashFunction,Trigger\na,b,c,http\n"}, "", 0, ":1:", "0 minutes"},
        {{"HashOwner,HashApp,HashFunction,Trigger,1,3\n" F1}, "", 0, ":1:42:", "missing"},
        {{"HashOwner,HashApp,HashFunction,Trigger,1,x\n" F1}, "", 0, ":1:42:", "whole number"},
        {{CALLS_HEAD F1}, "first_minute: 2", 0, ":1:", "all of them are left out"},
        {{CALLS_HEAD F1}, "first_minute: 1, minutes: 2", 0, ":1:", "fewer than"},
        {{CALLS_HEAD F1 "a,b,d,http,1\n"}, "", 0, ":3:", "5 fields where the header has 6"},
        {{CALLS_HEAD F1 "a,b,d,http,1,2,3\n"}, "", 0, ":3:", "7 fields where the header has 6"},
        {{CALLS_HEAD F1 "a,b,d,http,1,-2\n"}, "", 0, ":3:14:", "not a whole number"},
        {{CALLS_HEAD F1 "a,b,d,http,1,2.5\n"}, "", 0, ":3:14:", "not a whole number"},
        {{CALLS_HEAD F1 "a,b,d,http,1,\n"}, "", 0, ":3:14:", "not a whole number"},
        {{CALLS_HEAD F1 "a,b,d,http,1,10000001\n"}, "", 0, ":3:14:", "too large"},
        {{CALLS_HEAD F1 "a,b,d,http,1,99999999999999999999\n"}, "", 0, ":3:14:", "too large"},
        {{CALLS_HEAD F1 F2 F1}, "", 0, ":4:", "in line 2 already"},
        {{CALLS_HEAD F1 "a,,d,http,1,2\n"}, "", 0, ":3:3:", "letters and digits"},
        {{CALLS_HEAD F1 "a,b,../d,http,1,2\n"}, "", 0, ":3:5:", "letters and digits"},
        {{CALLS_HEAD F1 "a,b,\"d,http,1,2\n"}, "", 0, ":3:5:", "not closed"},
        {{CALLS_HEAD F1 F2, TIME_HEAD D1}, "", 0, ":3:", "function d has no line in"},
        {{CALLS_HEAD F1, TIME_HEAD D1 D2}, "", 1, ":3:", "not in the file of invocations"},
        {{CALLS_HEAD F1, TIME_HEAD D1 D1}, "", 1, ":3:", "a line already"},
        {{CALLS_HEAD F1 F2, TIME_HEAD D1 LAST "5\n"}, "", 1, ":3:27:", "a lower value"},
        {{CALLS_HEAD F1 F2, TIME_HEAD D1 LAST "x\n"}, "", 1, ":3:27:", "'x' is not a number"},
        {{CALLS_HEAD F1 F2, TIME_HEAD D1 LAST "-7\n"}, "", 1, ":3:27:", "'-7' is negative"},
        {{CALLS_HEAD F1 F2, TIME_HEAD D1 LAST "\n"}, "", 1, ":3:27:", "not a number"},
        {{CALLS_HEAD F1, D1}, "", 1, ":1:", "no column 'HashOwner'"},
        {{CALLS_HEAD F1, TIME_HEAD D1, MEMORY_HEAD M1 M1}, "", 2, ":3:", "a line already"},
        {{CALLS_HEAD F1, NULL, MEMORY_HEAD M1 "d,a,b,9,5,1,2,3,4,5,6,7,8\n"},
         "",
         2,
         ":3:",
         "this function is not in the file"},
        {{CALLS_HEAD F1, NULL, APP_HEAD "a,x,9,5,1,2,3,4,5,6,7,8\n"},
         "",
         2,
         ":2:",
         "this application is not in the file"},
        {{CALLS_HEAD F1, NULL, MEMORY_HEAD "c,a,b,9,5,1,2,3,4,5,6,7,6\n"},
         "",
         2,
         ":2:25:",
         "a lower value"},
        {{CALLS_HEAD F1, NULL, "HashOwner,HashApp\n"}, "", 2, ":1:", "AverageAllocatedMb_pct1"},
    };
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        struct files files;
        char place[100];
        struct plugged p = azure(table[i].bytes, table[i].options, &files);
        const char *said = complaints_of(&p);
        snprintf(place, sizeof place, "%s%s error: ", files.name[table[i].file], table[i].place);
        if (fs_report_errors(p.report) != 1 || !strstr(said, place) || !strstr(said, table[i].why))
            fail_msg("row %d, %s: %s", i, table[i].why, said);
        unplug(&p);
    }
}

/* ---- speed ----------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Sorting a minute may not cost more than its calls: a hundred times as many in a minute would each
 * take a hundred times as long, were it quadratic; caches and a busy machine make up a part. */
static void the_cost_of_a_call_does_not_grow_with_its_minute(void **state)
{
    double took[2];
    (void)state;
    for (int k = 0; k < 2; k++) {
        char bytes[200];
        struct files files;
        const int calls = k ? 1000000 : 10000;
        sprintf(bytes, CALLS_HEAD "a,b,c,http,%d,0\n", calls);
        const char *const all[3] = {bytes};
        struct plugged p = azure(all, "", &files);
        took[k] = 1e9;
        for (int again = 0; again < 3; again++) {
            struct running r = run_arrivals(&p, FS_H, 1);
            const double begin = seconds_now();
            while (next_arrival(&r).at != FS_NEVER)
                continue;
            const double now = (seconds_now() - begin) / calls;
            if (now < took[k]) took[k] = now;
            stop_arrivals(&r);
        }
        unplug(&p);
    }
    print_message("%.1f and %.1f ns per call\n", 1e9 * took[0], 1e9 * took[1]);
    assert_true(took[1] < 25 * took[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_of_the_azure_trace_comes_in_its_minute),
        cmocka_unit_test(members_have_memory),
        cmocka_unit_test(calls_fall_anywhere_in_their_minute),
        cmocka_unit_test(durations_have_their_functions_percentiles),
        cmocka_unit_test(all_at_the_start_comes_in_the_order_of_functions),
        cmocka_unit_test(poisson_placement_keeps_counts_in_the_mean),
        cmocka_unit_test(a_part_of_the_minutes_can_be_replayed),
        cmocka_unit_test(the_llm_trace_is_as_bursty_as_it_was),
        cmocka_unit_test(single_calls_come_when_they_began),
        cmocka_unit_test(broken_traces_of_calls_are_refused_at_the_place),
        cmocka_unit_test(a_trace_without_durations_leaves_work_to_the_class),
        cmocka_unit_test(memory_comes_by_function_or_by_application),
        cmocka_unit_test(durations_have_the_stated_mean_where_percentiles_allow),
        cmocka_unit_test(broken_traces_are_refused_at_the_place),
        cmocka_unit_test(the_cost_of_a_call_does_not_grow_with_its_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
