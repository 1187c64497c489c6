/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Laws and determinism over scenarios made at random. A law that breaks prints the scenario; its
 * number as argument (test_laws 217) runs that one alone, two numbers run those between.
 */
#include "generate.h"
#include "laws.h"
#include "registry.h"

#include <dirent.h>
#include <unistd.h>

#define SCENARIOS     1000
#define SAVED         4  /* every so many of them */
#define DETERMINISTIC 24 /* and of these */
#define REACHED       20 /* scenarios at least in which something asks each mechanism for something */

static char folder[] = "/tmp/fs_laws_XXXXXX";
static uint64_t first = 0, last = SCENARIOS - 1;

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[sizeof folder + 300];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    if (dir) closedir(dir);
    return rmdir(folder);
}

static const char *file(const char *name)
{
    static char path[sizeof folder + 32];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* ---- laws ----------------------------------------------------------------------------------- */

#define MECHANISMS 40

struct tally {
    struct laws laws;
    int64_t misfortune[20], without_quota;
    int64_t ended[FS_OUTCOMES], retried, wasted, abandoned, cold, duplicates;
    int reached[MECHANISMS];
};

/* What befell the tasks of services. */
static const char *const misfortunes[] = {
    "cut_off",       "connections_cut", "crashed",     "out_of_memory",
    "failed_starts", "rolled_back",     "interrupted", "lost",
    "unhealthy",     "timed_out",       "no_target",   "dropped"};
#define MISFORTUNES (int)(sizeof misfortunes / sizeof *misfortunes)

static void count_misfortunes(struct tally *tally, const struct fs_record *record)
{
    const struct fs_table *services = fs_record_table(record, "service");
    for (int i = 0; services && i < services->n_subjects; i++) {
        const char *name = services->subject[i].name;
        for (int k = 0; k < MISFORTUNES; k++)
            tally->misfortune[k] +=
                fs_record_series(record, "service", name, misfortunes[k])->total;
        tally->without_quota +=
            fs_record_series(record, "service", name, "unplaced_quota")->peak > 0;
    }
}

static void count_in(struct tally *tally, const struct fs_record *record)
{
    count_misfortunes(tally, record);
    const struct fs_table *traffic = fs_record_table(record, "traffic");
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *class = traffic->subject[i].name;
        for (int k = 0; k < FS_OUTCOMES; k++)
            tally->ended[k] +=
                fs_record_series(record, "traffic", class, fs_outcome_name[k])->total;
        tally->retried += fs_record_series(record, "traffic", class, "attempts")->total -
                          fs_record_series(record, "traffic", class, "arrived")->total;
        tally->wasted += fs_record_series(record, "traffic", class, "wasted_executions")->total;
        tally->duplicates += fs_record_series(record, "traffic", class, "duplicates")->total;
        tally->cold += fs_record_series(record, "traffic", class, "cold_starts")->total;
    }
    const struct fs_table *pollers = fs_record_table(record, "poller");
    for (int i = 0; pollers && i < pollers->n_subjects; i++)
        tally->abandoned +=
            fs_record_series(record, "poller", pollers->subject[i].name, "abandoned")->total;
}

static bool counts_something(const struct fs_table *table)
{
    for (int i = 0; table && i < table->n_subjects; i++) {
        for (int k = 0; k < table->n_metrics; k++) {
            const struct fs_series *s = &table->subject[i].series[k];
            if (s->metric->kind == FS_COUNTER && s->total > 0) return true;
        }
    }
    return false;
}

static void count_mechanisms(struct tally *tally, const struct fs_record *record)
{
    const struct fs_registry *components = fs_registry_find("components");
    for (int i = 0; components->plugin[i]; i++) {
        assert_true(i < MECHANISMS);
        tally->reached[i] += counts_something(fs_record_table(record, components->plugin[i]->name));
    }
}

static void assert_every_mechanism_was_reached(const struct tally *tally)
{
    const struct fs_registry *components = fs_registry_find("components");
    for (int i = 0; components->plugin[i]; i++) {
        if (tally->reached[i] < REACHED)
            fail_msg("'%s' does something in %d of %d scenarios only", components->plugin[i]->name,
                     tally->reached[i], SCENARIOS);
    }
}

/* Nothing was held by nothing: all that can happen did, and often. */
static void assert_all_happened(const struct tally *tally)
{
    for (int k = 0; k < FS_OUTCOMES; k++)
        assert_true(tally->ended[k] > 100);
    assert_true(tally->retried > 1000 && tally->wasted > 1000 && tally->cold > 1000);
    assert_true(tally->abandoned > 10 && tally->duplicates > 100);
    assert_true(tally->laws.little_exact > SCENARIOS / 4);
    assert_true(tally->laws.component_little > SCENARIOS);
    assert_true(tally->laws.handed_over > SCENARIOS / 10);
    assert_true(tally->laws.asked > SCENARIOS && tally->laws.charged > SCENARIOS);
    assert_true(tally->laws.limited > SCENARIOS / 4);
    assert_true(tally->laws.clusters > SCENARIOS / 20);
    for (int k = 0; k < MISFORTUNES; k++) {
        if (tally->misfortune[k] < 10)
            fail_msg("%s: only %lld times", misfortunes[k], (long long)tally->misfortune[k]);
    }
    assert_true(tally->without_quota > 0);
}

static void the_laws_hold_for_whatever_is_asked(void **state)
{
    struct tally tally = {.laws = {.label = ""}};
    (void)state;
    for (uint64_t number = first; number <= last; number++) {
        char label[32], *text = generate(number);
        snprintf(label, sizeof label, "scenario %llu", (unsigned long long)number);
        struct built b = run_text("%s", text);
        tally.laws.label = label;
        tally.laws.text = text;
        hold_laws_of(&tally.laws, &b.study->variant[0]);
        if (number % SAVED == 0) hold_file_laws(&tally.laws, &b, file("laws.h5"));
        for (int i = 0; i < b.study->variant[0].n; i++)
            count_in(&tally, b.study->variant[0].record[i]);
        count_mechanisms(&tally, b.study->variant[0].record[0]);
        drop(&b);
        free(text);
    }
    if (last - first + 1 < SCENARIOS) return;
    assert_all_happened(&tally);
    assert_every_mechanism_was_reached(&tally);
}

/* ---- determinism ---------------------------------------------------------------------------- */

/* Run again as `options` say and save under `name`. */
static struct fs_study *save_run(const struct fs_scenario *scenario,
                                 const struct fs_study_options *options, const char *name)
{
    struct fs_failure failure = {""};
    struct fs_study *study = fs_study_run(scenario, options);
    if (fs_study_save(study, file(name), &failure) != FS_OK) fail_msg("%s", failure.text);
    return study;
}

static char *read_all(const char *name, size_t *size)
{
    FILE *in = fopen(file(name), "rb");
    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    *size = (size_t)ftell(in);
    rewind(in);
    char *bytes = malloc(*size);
    assert_int_equal(fread(bytes, 1, *size, in), *size);
    fclose(in);
    return bytes;
}

static void assert_same_file(uint64_t number, const char *name, const char *other)
{
    size_t n, m;
    char *a = read_all(name, &n), *b = read_all(other, &m);
    if (n != m || memcmp(a, b, n) != 0)
        fail_msg("scenario %llu: %s and %s differ:\n%s", (unsigned long long)number, name, other,
                 generate(number));
    free(a);
    free(b);
}

/* As run_text, but what `fleetsim spec` prints of it. */
static struct built run_spec_of(const struct fs_scenario *scenario)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fs_node_print(scenario->full, out);
    fclose(out);
    struct built b = run_text("%s", text);
    free(text);
    return b;
}

static void for_some(void (*check)(uint64_t number, const struct fs_scenario *scenario))
{
    for (uint64_t number = first; number <= last; number += DETERMINISTIC) {
        char *text = generate(number);
        struct built b = run_text("%s", text);
        check(number, b.scenario);
        drop(&b);
        free(text);
    }
}

static void check_threads(uint64_t number, const struct fs_scenario *scenario)
{
    static const struct fs_study_options one = {.threads = 1}, two = {.threads = 2};
    fs_study_free(save_run(scenario, &one, "one"));
    fs_study_free(save_run(scenario, &one, "again"));
    fs_study_free(save_run(scenario, &two, "two"));
    assert_same_file(number, "one", "again");
    assert_same_file(number, "one", "two");
}

static void the_same_scenario_gives_the_same_bytes_on_any_number_of_threads(void **state)
{
    (void)state;
    for_some(check_threads);
}

static void check_one_heap(uint64_t number, const struct fs_scenario *scenario)
{
    static const struct fs_study_options many = {.threads = 2, .fingerprint = true};
    static const struct fs_study_options one = {
        .threads = 2, .fingerprint = true, .one_heap = true};
    struct fs_study *a = save_run(scenario, &many, "many_heaps");
    struct fs_study *b = save_run(scenario, &one, "one_heap");
    for (int i = 0; i < a->variant[0].n; i++) {
        const struct fs_record *x = a->variant[0].record[i], *y = b->variant[0].record[i];
        assert_true(x->fingerprint != 0);
        assert_true(x->fingerprint == y->fingerprint && x->events == y->events);
    }
    assert_same_file(number, "many_heaps", "one_heap");
    fs_study_free(a);
    fs_study_free(b);
}

static void one_heap_fires_every_event_in_the_same_order(void **state)
{
    (void)state;
    for_some(check_one_heap);
}

static void check_spec(uint64_t number, const struct fs_scenario *scenario)
{
    static const struct fs_study_options options = {.threads = 2};
    fs_study_free(save_run(scenario, &options, "written"));
    struct built b = run_spec_of(scenario);
    fs_study_free(save_run(b.scenario, &options, "spec"));
    assert_same_file(number, "written", "spec");
    drop(&b);
}

static void the_printed_spec_gives_the_same_bytes(void **state)
{
    (void)state;
    for_some(check_spec);
}

/* ---- time scaling --------------------------------------------------------------------------- */

/*
 * All times twice as long and all rates half as high: the same run in slow motion. `~` stands
 * before the numbers that scale. Whole nanoseconds double exactly; what is drawn or shared is
 * rounded to them, so there the tolerance is a few nanoseconds in some milliseconds. What is billed
 * by the millisecond or the minute is not scaled, nor is what a platform fixes.
 */
struct scaling {
    double tolerance;
    const char *text;
};

#define POOL                                                                                       \
    "{mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, timeout: "    \
    "~900ms, cold_start: ~110ms, keep_alive: ~1s, scale_burst: 9, scale_rate: ~10/s}\n"

static const struct scaling scalings[] = {
    {0, "run: {length: ~100s}\naccount: {concurrency: 7}\ntraffic:\n  jobs:\n"
        "    arrivals: {constant: {rate: ~10/s}}\n"
        "    client: {timeout: ~800ms, retry: {fixed: {attempts: 3, wait: ~130ms}}}\n"
        "    path: [f]\n    work: {f: {cpu: ~500ms, io: ~210ms}}\ncomponents:\n  f: " POOL},
    {0, "run: {length: ~100s}\ntraffic:\n  jobs:\n"
        "    arrivals: {burst: {size: 40, at: ~1s, over: ~410ms, every: ~10s}}\n"
        "    client: {retry: none}\n    path: [s, f]\n    work: {s: {io: ~10ms}, f: {io: ~40ms}}\n"
        "components:\n  s: {mechanism: service, tasks: 2, cpu: 1, max_in_flight: 4, backlog: 3, "
        "timeout: ~190ms}\n  f: " POOL},
    {0, "run: {length: ~100s}\ntraffic:\n  jobs:\n    arrivals: {burst: {size: 50, at: ~1s, over: "
        "~5s}}"
        "\n    client: {retry: none}\n    path: [q, f]\n    work: {f: {io: ~700ms}}\ncomponents:\n"
        "  q: {mechanism: queue, visibility_timeout: ~1s, retention: ~20s}\n"
        "  p: {mechanism: poller, from: q, to: f, batch_size: 2, batch_window: ~300ms, "
        "start_concurrency: 2, maximum: 9, ramp: ~2/s, idle_pollers: 3, long_poll: ~10s, "
        "throttle_wait: ~1s, throttle_wait_max: ~1s}\n  f: " POOL},
    {1e-6, "run: {length: ~100s}\ntraffic:\n  jobs:\n    arrivals: {poisson: {rate: ~30/s}}\n"
           "    client: {timeout: ~2s, retry: {backoff: {attempts: 3, base: ~100ms, cap: ~1s}}}\n"
           "    path: [s, f]\n    work:\n      s: {cpu: {lognormal: {mean: ~60ms, p99: ~300ms}}}\n"
           "      f: {cpu: {gamma: {mean: ~90ms, cv: 2}}, io: {exponential: {mean: ~40ms}}}\n"
           "components:\n  s: {mechanism: service, tasks: 2, cpu: 1, max_in_flight: 9, backlog: 3, "
           "balancing: least_outstanding_requests}\n  f: " POOL},
    {1e-6,
     "run: {length: ~100s}\naccount: {concurrency: 6}\ntraffic:\n  jobs:\n    arrivals: {sine: "
     "{mean: ~20/s, amplitude: 90%, period: ~14s}}\n    client: {retry: {fixed: {attempts: 2, "
     "wait: ~50ms}}}\n    path: [f]\n    work: {f: {cpu: {exponential: {mean: ~250ms}}}}\n"
     "components:\n  f: " POOL},
};

/* The text with all times `factor` times as long. */
static char *scaled(const char *text, long factor)
{
    char *whole, *end;
    size_t size;
    FILE *out = open_memstream(&whole, &size);
    assert_non_null(out);
    for (; *text; text++) {
        if (*text != '~') {
            putc(*text, out);
            continue;
        }
        const long number = strtol(text + 1, &end, 10);
        assert_true(*end != '/' || number % factor == 0);
        fprintf(out, "%ld", *end == '/' ? number / factor : number * factor);
        text = end - 1;
    }
    fclose(out);
    return whole;
}

static void assert_close(double found, double truth, double tolerance, const char *what)
{
    if (!(fabs(found - truth) <= tolerance * truth))
        fail_msg("%s: %.17g instead of %.17g", what, found, truth);
}

static void assert_twice(const struct fs_series *slow, const struct fs_series *fast,
                         double tolerance)
{
    const char *what = fast->metric->name;
    if (strcmp(fast->metric->unit, "1") != 0 && fast->metric->kind != FS_LATENCY) return;
    if (fast->metric->kind == FS_COUNTER) assert_int_equal(slow->total, fast->total);
    if (fast->metric->kind == FS_GAUGE) {
        assert_int_equal(slow->peak, fast->peak);
        assert_close((double)slow->area, 2 * (double)fast->area, tolerance, what);
    }
    if (fast->metric->kind == FS_LATENCY) {
        assert_true(slow->histogram->count == fast->histogram->count);
        assert_close((double)slow->histogram->sum, 2 * (double)fast->histogram->sum, tolerance,
                     what);
        assert_close((double)slow->histogram->max, 2 * (double)fast->histogram->max, tolerance,
                     what);
    }
}

static void the_same_in_slow_motion_takes_twice_as_long(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scalings / sizeof *scalings; i++) {
        char *text[2] = {scaled(scalings[i].text, 1), scaled(scalings[i].text, 2)};
        struct built fast = run_text("%s", text[0]), slow = run_text("%s", text[1]);
        const struct fs_record *a = fast.study->variant[0].record[0];
        const struct fs_record *b = slow.study->variant[0].record[0];
        assert_true(number(&fast, "traffic.jobs.completed") >= 50);
        for (int t = 0; t < a->n_tables; t++) {
            for (int j = 0; j < a->table[t].n_subjects; j++) {
                for (int k = 0; k < a->table[t].n_metrics; k++)
                    assert_twice(&b->table[t].subject[j].series[k],
                                 &a->table[t].subject[j].series[k], scalings[i].tolerance);
            }
        }
        drop(&fast);
        drop(&slow);
        free(text[0]);
        free(text[1]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_laws_hold_for_whatever_is_asked),
        cmocka_unit_test(the_same_scenario_gives_the_same_bytes_on_any_number_of_threads),
        cmocka_unit_test(one_heap_fires_every_event_in_the_same_order),
        cmocka_unit_test(the_printed_spec_gives_the_same_bytes),
        cmocka_unit_test(the_same_in_slow_motion_takes_twice_as_long),
    };
    if (argc > 1) first = strtoull(argv[1], NULL, 10);
    if (argc > 1) last = strtoull(argv[argc - 1], NULL, 10);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
