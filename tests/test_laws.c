/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Laws and determinism over scenarios made at random. A law that breaks prints the scenario; its
 * number as argument (test_laws 217) runs that one alone.
 */
#include "generate.h"
#include "laws.h"

#include <dirent.h>

#define SCENARIOS     300
#define DETERMINISTIC 7 /* every so many of them */

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

struct tally {
    struct laws laws;
    int64_t ended[FS_OUTCOMES], retried, wasted, abandoned, cold;
};

static void count_in(struct tally *tally, const struct fs_record *record)
{
    const struct fs_table *traffic = fs_record_table(record, "traffic");
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *class = traffic->subject[i].name;
        for (int k = 0; k < FS_OUTCOMES; k++)
            tally->ended[k] +=
                fs_record_series(record, "traffic", class, fs_outcome_name[k])->total;
        tally->retried += fs_record_series(record, "traffic", class, "attempts")->total -
                          fs_record_series(record, "traffic", class, "arrived")->total;
        tally->wasted += fs_record_series(record, "traffic", class, "wasted_executions")->total;
        tally->cold += fs_record_series(record, "traffic", class, "cold_starts")->total;
    }
    const struct fs_table *pollers = fs_record_table(record, "poller");
    for (int i = 0; pollers && i < pollers->n_subjects; i++)
        tally->abandoned +=
            fs_record_series(record, "poller", pollers->subject[i].name, "abandoned")->total;
}

/* Nothing was held by nothing: all that can happen did, and often. */
static void assert_all_happened(const struct tally *tally)
{
    for (int k = 0; k < FS_OUTCOMES; k++)
        assert_true(tally->ended[k] > 100);
    assert_true(tally->retried > 1000 && tally->wasted > 1000 && tally->cold > 1000);
    assert_true(tally->abandoned > 10);
    assert_true(tally->laws.little_exact > SCENARIOS / 4);
    assert_true(tally->laws.component_little > SCENARIOS);
    assert_true(tally->laws.handed_over > SCENARIOS / 10);
    assert_true(tally->laws.asked > SCENARIOS && tally->laws.charged > SCENARIOS);
    assert_true(tally->laws.limited > SCENARIOS / 4);
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
        hold_file_laws(&tally.laws, &b, file("laws.h5"));
        for (int i = 0; i < b.study->variant[0].n; i++)
            count_in(&tally, b.study->variant[0].record[i]);
        drop(&b);
        free(text);
    }
    if (last > first) assert_all_happened(&tally);
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

/* %1$d: 1 or 2, times the units of time; %2$d: rates in /min, so 2 becomes half of them. */
static const char *const exact[] = {
    "run: {length: %1$d00s}\naccount: {concurrency: 7}\ntraffic:\n  jobs:\n"
    "    arrivals: {constant: {rate: %2$d0/min}}\n"
    "    client: {timeout: %1$d000ms, retry: {fixed: {attempts: 3, wait: %1$d00ms}}}\n"
    "    path: [f]\n    work: {f: {cpu: %1$d00ms, io: %1$d300ms}}\ncomponents:\n"
    "  f: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "
    "timeout: %1$d0s, cold_start: %1$d00ms, keep_alive: %1$ds, scale_burst: 5, scale_rate: "
    "%2$d0/min}\n",
    "run: {length: %1$d00s}\ntraffic:\n  jobs:\n"
    "    arrivals: {burst: {size: 17, at: %1$ds, over: %1$d7ms, every: %1$d0s}}\n"
    "    client: {retry: none}\n    path: [s, f]\n"
    "    work: {s: {cpu: %1$d28ms, io: %1$d0ms}, f: {io: %1$d40ms}}\ncomponents:\n"
    "  s: {mechanism: service, tasks: 2, cpu: 1, max_in_flight: 4, backlog: 3, timeout: %1$ds}\n"
    "  f: {mechanism: function_pool, memory: 1769MB, memory_per_vcpu: 1769MB, cpu_max: 6, "
    "timeout: %1$d00ms, cold_start: %1$d1ms, keep_alive: %1$ds, scale_burst: 9, scale_rate: 0/s}\n",
};
