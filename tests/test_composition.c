/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a p99 is made of: over runs, among some of their values, and in the answer. */
#include "build.h"

#include "composition.h"
#include "json.h"
#include "request.h"
#include "spreadsheet.h"

static void record(struct fs_latency *latency, int times, fs_time unexplained, fs_time part)
{
    const fs_time parts[FS_LATENCY_PARTS] = {part};
    for (int i = 0; i < times; i++) {
        fs_latency_record(latency, unexplained + part);
        fs_latency_parts(latency, unexplained + part, parts);
    }
}

static void close_and_add(struct fs_composition *c, struct fs_latency *latency,
                          struct fs_arena *arena)
{
    fs_latency_close(latency, 0, NULL, NULL);
    fs_composition_add(c, latency->run, fs_latency_part_sums(latency, arena));
}

/* Two runs of 100 values: 99 of 100 ns and one of 1 us, of which 900 ns are explained, then 98 and
 * two of 100 ns of which 40 are explained. Of all 200 in order ranks 197 .. 199 are of 100 ns, 199
 * in all, of which 80 ns are explained; rank 200 alone is the long one, and explained for 900 ns.
 */
static void ranks_are_those_of_all_runs(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_composition *c = fs_arena_alloc(arena, sizeof *c);
    struct fs_latency first, second;
    double out[FS_LATENCY_PARTS + 1];
    fs_latency_new(&first, arena);
    fs_latency_new(&second, arena);
    record(&first, 99, 100, 0);
    record(&first, 1, 100, 900);
    record(&second, 98, 100, 0);
    record(&second, 2, 60, 40);
    close_and_add(c, &first, arena);
    close_and_add(c, &second, arena);
    assert_true(fs_composition_of(c, &c->values, .985, .995, out) == 1);
    assert_true(fabs(out[0] - 80. / 199) < 1e-12);
    assert_true(fabs(out[FS_LATENCY_PARTS] - (100 - 80. / 199)) < 1e-12);
    fs_composition_of(c, &c->values, 1, 1, out);
    assert_true(out[0] == 900);
    fs_arena_free(arena);
}

/* 90 values of 50 ns and 10 of 200 ns, and of these 40 and 3 are of interest: the band is among the
 * latter alone, and three tenths of what its parts are averaged over. */
static void a_band_among_some_says_how_many_they_are(void **state)
{
    (void)state;
    struct fs_arena *arena = fs_arena_new();
    struct fs_composition *c = fs_arena_alloc(arena, sizeof *c);
    struct fs_histogram *some = fs_arena_alloc(arena, sizeof *some);
    struct fs_latency latency;
    double out[FS_LATENCY_PARTS + 1];
    fs_latency_new(&latency, arena);
    record(&latency, 90, 50, 0);
    record(&latency, 10, 50, 150);
    close_and_add(c, &latency, arena);
    fs_histogram_record(some, 50, 40);
    fs_histogram_record(some, 200, 3);
    assert_true(fabs(fs_composition_of(c, some, .985, .995, out) - .3) < 1e-12);
    assert_true(fabs(out[0] - 150) < 1e-9 && fabs(out[FS_LATENCY_PARTS] - 50) < 1e-9);
    fs_arena_free(arena);
}

#define FAILING                                                                                    \
    "run: {length: 100s, replications: 200, intervals: 10}\ntraffic:\n  web: {arrivals: "          \
    "{constant: {rate: 1/s}}, client: {retry: {fixed: {attempts: 3, wait: 5s}}}, path: [f], "      \
    "work: {f: {io: 100ms}}}\ncomponents:\n  f: {mechanism: dependency, error_probability: %s}\n"

/* 20,000 requests of 100 ms. Where 0.2 % fail and wait for 5 s, the p99 and all up to p99.5 are
 * work, though of each hundred the longest may have waited; where 3 % do, 30 standard errors of the
 * count above a half, all from p98.5 on have. */
static void a_p99_of_short_runs_is_that_of_the_table(void **state)
{
    (void)state;
    struct built rare = run_text(FAILING, "0.2%"), often = run_text(FAILING, "3%");
    const double *part = p99_parts(&rare, "web");
    assert_true(number(&rare, "traffic.web.latency.p99") < .101);
    assert_true(part[FS_PART_BACKOFF] == 0 && fabs(part[FS_LATENCY_PARTS] / 1e8 - 1) < .004);
    part = p99_parts(&often, "web");
    assert_true(fabs(part[FS_PART_BACKOFF] / 5e9 - 1) < .05);
    drop(&rare);
    drop(&often);
}

#define SETTLING(length, io)                                                                       \
    "run: {kind: steady_state, length: " length "}\naccount: {platform: aws}\ntraffic:\n  web: "   \
    "{arrivals: {poisson: {rate: 10/s}}, client: {retry: none}, path: [f], work: {f: {io: " io     \
    "}}}\ncomponents:\n  f: {platform: aws-lambda, memory: 1769MB, cold_start: 5s}\n"

/* In the first 5 s all 50 requests wait for a start, one half percent of all; what has settled is
 * 100 ms of work. */
static void what_is_cut_off_is_no_part_of_it(void **state)
{
    (void)state;
    struct built b = run_text(SETTLING("1000s", "100ms"));
    const double *part = p99_parts(&b, "web");
    assert_true(number(&b, "traffic.web.latency.p99") < .101);
    assert_true(part[FS_PART_COLD_START] == 0 && fabs(part[FS_LATENCY_PARTS] / 1e8 - 1) < .004);
    drop(&b);
}

static char *shown(const struct built *b, void (*show)(const struct fs_study *, FILE *))
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    show(b->study, out);
    fclose(out);
    return text;
}

/* 101 requests a run that take 128 ns each, a bin of its own. */
static void programs_get_the_parts_too(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 101s, replications: 2}\ntraffic: {web: {arrivals: {constant: {rate: 1/s}}, "
        "client: {retry: none}, path: [f], work: {f: {io: 128ns}}}}\n"
        "components: {f: {mechanism: dependency}}\n");
    char *json = shown(&b, fs_study_json), *csv = shown(&b, fs_spreadsheet_study);
    assert_non_null(strstr(json, "\"p99_parts\": {\n        \"web\": {\"queue\": 0, "));
    assert_non_null(strstr(json, "\"execution\": 1.28e-7}\n      }"));
    assert_non_null(strstr(csv, "\"traffic.web.latency.p99_parts.execution\",\"s\",1.28e-7,,,"));
    free(json);
    free(csv);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_those_of_all_runs),
        cmocka_unit_test(a_band_among_some_says_how_many_they_are),
        cmocka_unit_test(a_p99_of_short_runs_is_that_of_the_table),
        cmocka_unit_test(what_is_cut_off_is_no_part_of_it),
        cmocka_unit_test(programs_get_the_parts_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
