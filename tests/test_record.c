/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A shop of a few events, whose every recorded number is worked out by hand in the tables below.
 * Simulated time is in nanoseconds, so that sums fit on a line.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "record.h"

struct shop {
    int64_t served;
    struct fs_meter inside;
    struct fs_latency stay;
};

static const struct fs_metric shop_metrics[] = {
    {"served", "1", FS_COUNTER, offsetof(struct shop, served), "Customers who left."},
    {"inside", "1", FS_GAUGE, offsetof(struct shop, inside), "Customers in the shop."},
    {"stay", "s", FS_LATENCY, offsetof(struct shop, stay), "Time in the shop."},
    {0},
};

/* What happens at one instant. */
struct step {
    fs_time at;
    int64_t enter, leave, stay;
};

static void happen(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct shop *shop = self;
    const struct step *step = (const struct step *)arg;
    shop->served += step->leave;
    fs_meter_add(&shop->inside, fs_now(sim), step->enter - step->leave);
    for (int i = 0; i < step->leave; i++)
        fs_latency_record(&shop->stay, step->stay);
}

static const struct step day[] = {
    {0, 2, 0, 0},    {4, 1, 0, 0},  {8, 0, 1, 5}, /* [0,10): level 2 to 4, 3 to 8, 2 to 10 */
    {12, 0, 1, 7},   {18, 4, 0, 0},               /* [10,20): 2 to 12, 1 to 18, 5 to 20 */
    {25, 0, 3, 200},                              /* [20,30): 5 to 25, 2 to 30 */
    {30, 1, 1, 9},                                /* [30,40): 2, and at the first instant 9 ns */
    {40, 0, 2, 40},                               /* not in [0,40) */
};

static void open_shop(struct fs_sim *sim, struct shop *shop)
{
    for (size_t i = 0; i < sizeof day / sizeof *day; i++)
        fs_schedule(sim, day[i].at, happen, shop, (uintptr_t)&day[i]);
}

static void stop(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)self;
    (void)arg;
    fs_sim_stop(sim);
}

/* The record of a day of 40 ns in four intervals; it ends at `stop_at` when that comes first. */
static struct fs_record *record_day(const struct fs_sim_options *options, fs_time stop_at)
{
    struct fs_sim *sim = fs_sim_new(options);
    struct shop *shop = fs_arena_alloc(fs_sim_arena(sim), sizeof *shop);
    struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
    fs_recorder_watch(recorder, "shop", "corner", shop_metrics, shop);
    open_shop(sim, shop);
    if (stop_at < 40) fs_schedule(sim, stop_at, stop, NULL, 0);
    fs_sim_run(sim, 40);
    struct fs_record *record = fs_recorder_finish(recorder);
    fs_sim_free(sim);
    return record;
}

static void assert_is_the_day(const struct fs_record *record)
{
    static const int64_t served[] = {1, 1, 3, 1}, peak[] = {3, 5, 5, 2}, last[] = {2, 5, 2, 2};
    static const double mean[] = {
        (2 * 4 + 3 * 4 + 2 * 2) / 10.0,
        (2 * 2 + 1 * 6 + 5 * 2) / 10.0,
        (5 * 5 + 2 * 5) / 10.0,
        2,
    };
    static const double stay[] = {5, 7, 200, 9};
    const struct fs_series *counter = fs_record_series(record, "shop", "corner", "served");
    const struct fs_series *gauge = fs_record_series(record, "shop", "corner", "inside");
    const struct fs_series *latency = fs_record_series(record, "shop", "corner", "stay");
    for (int k = 0; k < record->n_intervals; k++) {
        assert_int_equal(counter->increase[k], served[k]);
        assert_true(gauge->interval_mean[k] == mean[k]);
        assert_int_equal(gauge->interval_peak[k], peak[k]);
        assert_int_equal(gauge->interval_last[k], last[k]);
        assert_int_equal(latency->interval_count[k], served[k]);
        for (int q = 0; q < FS_QUANTILES; q++)
            assert_true(latency->interval_quantile[q][k] == stay[k]);
    }
}

static void assert_is_the_whole_day(const struct fs_record *record)
{
    assert_true(record->start == 0 && record->length == 40 && record->interval == 10);
    assert_int_equal(record->n_intervals, 4);
    assert_int_equal(record->complete, 1);
    assert_is_the_day(record);
    const struct fs_series *counter = fs_record_series(record, "shop", "corner", "served");
    const struct fs_series *gauge = fs_record_series(record, "shop", "corner", "inside");
    const struct fs_series *latency = fs_record_series(record, "shop", "corner", "stay");
    assert_int_equal(counter->total, 6);
    assert_true(gauge->area == 24 + 20 + 35 + 20);
    assert_true(gauge->mean == 99 / 40.0);
    assert_true(gauge->peak == 5 && gauge->last == 2);
    const struct fs_histogram *h = latency->histogram;
    assert_true(h->count == 6 && h->min == 5 && h->max == 200);
    assert_true(h->sum == 5 + 7 + 3 * 200 + 9);
    assert_null(latency->part);
}

static void four_intervals_are_what_a_hand_finds(void **state)
{
    (void)state;
    struct fs_record *record = record_day(NULL, FS_NEVER);
    assert_is_the_whole_day(record);
    /* Eight steps and four ticks; at 30 and at 40 a step ties with a tick. */
    assert_int_equal(record->events, 12);
    assert_int_equal(record->ties, 2);
    fs_record_free(record);
}

static void one_heap_records_the_same(void **state)
{
    (void)state;
    const struct fs_sim_options separate = {.fingerprint = true};
    const struct fs_sim_options one = {.fingerprint = true, .one_heap = true};
    struct fs_record *a = record_day(&separate, FS_NEVER), *b = record_day(&one, FS_NEVER);
    assert_is_the_whole_day(b);
    assert_true(a->fingerprint != 0 && a->fingerprint == b->fingerprint);
    fs_record_free(a);
    fs_record_free(b);
}

static void a_run_cut_within_an_interval_keeps_its_part(void **state)
{
    (void)state;
    struct fs_record *record = record_day(NULL, 24);
    assert_true(record->length == 24 && record->interval == 10);
    assert_int_equal(record->n_intervals, 3);
    assert_int_equal(record->complete, 0);
    const struct fs_series *counter = fs_record_series(record, "shop", "corner", "served");
    const struct fs_series *gauge = fs_record_series(record, "shop", "corner", "inside");
    const struct fs_series *latency = fs_record_series(record, "shop", "corner", "stay");
    assert_int_equal(counter->total, 2);
    assert_int_equal(counter->increase[2], 0);
    assert_true(gauge->interval_mean[2] == 5); /* over 4 ns */
    assert_true(gauge->mean == (24 + 20 + 20) / 24.0);
    assert_int_equal(latency->interval_count[2], 0);
    assert_true(isnan(latency->interval_quantile[0][2]));
    assert_int_equal(latency->histogram->count, 2);
    fs_record_free(record);
}

static void a_run_cut_at_an_interval_s_end_has_no_empty_interval(void **state)
{
    (void)state;
    struct fs_record *record = record_day(NULL, 20);
    assert_true(record->length == 20 && record->n_intervals == 2 && !record->complete);
    assert_is_the_day(record);
    fs_record_free(record);
}

static void a_run_cut_at_once_records_nothing(void **state)
{
    (void)state;
    struct fs_record *record = record_day(NULL, 0);
    assert_true(record->length == 0 && record->n_intervals == 0 && !record->complete);
    assert_true(isnan(fs_record_series(record, "shop", "corner", "inside")->mean));
    assert_int_equal(fs_record_series(record, "shop", "corner", "served")->total, 0);
    fs_record_free(record);
}

static void record_length(fs_time length, int intervals, int n, fs_time interval, double last_mean)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct shop shop = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, length, intervals);
    fs_recorder_watch(recorder, "shop", "corner", shop_metrics, &shop);
    static const struct step enter = {.enter = 1};
    fs_schedule(sim, length - 1, happen, &shop, (uintptr_t)&enter);
    fs_sim_run(sim, 2 * length); /* what comes after the length is not recorded */
    struct fs_record *record = fs_recorder_finish(recorder);
    assert_int_equal(record->n_intervals, n);
    assert_int_equal(record->interval, interval);
    assert_int_equal(record->length, length);
    assert_int_equal(record->complete, 1);
    const struct fs_series *gauge = fs_record_series(record, "shop", "corner", "inside");
    assert_true(gauge->interval_mean[n - 1] == last_mean);
    assert_true(gauge->area == 1);
    fs_record_free(record);
    fs_sim_free(sim);
}

static void an_interval_is_rounded_up_to_a_nanosecond(void **state)
{
    (void)state;
    record_length(10, 4, 4, 3, 1);       /* 3 3 3 1 */
    record_length(11, 4, 4, 3, 0.5);     /* 3 3 3 2 */
    record_length(5, 4, 3, 2, 1);        /* 2 2 1 */
    record_length(12, 4, 4, 3, 1 / 3.0); /* even */
    record_length(2, 10000, 2, 1, 1);    /* no interval is empty */
    record_length(7, 1, 1, 7, 1 / 7.0);
}

/* Events at an interval's end belong to the next one however long ago they were scheduled: one
 * before the previous tick, one after it. */
static void an_event_at_an_interval_s_end_is_in_the_next(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct shop shop = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
    fs_recorder_watch(recorder, "shop", "corner", shop_metrics, &shop);
    static const struct step one = {.leave = 1, .enter = 1, .stay = 1};
    fs_schedule(sim, 20, happen, &shop, (uintptr_t)&one);
    fs_sim_run(sim, 15);
    fs_schedule(sim, 20, happen, &shop, (uintptr_t)&one);
    fs_sim_run(sim, 40);
    struct fs_record *record = fs_recorder_finish(recorder);
    const struct fs_series *counter = fs_record_series(record, "shop", "corner", "served");
    assert_int_equal(counter->increase[1], 0);
    assert_int_equal(counter->increase[2], 2);
    fs_record_free(record);
    fs_sim_free(sim);
}

struct stall {
    char unrelated[3];
    int64_t sold;
};

static const struct fs_metric stall_metrics[] = {
    {"sold", "1", FS_COUNTER, offsetof(struct stall, sold), "Things sold."},
    {0},
};

static void subjects_of_one_table_share_its_rows(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct shop shop[2] = {0};
    struct stall stall = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
    char name[] = "corner";
    fs_recorder_watch(recorder, "shop", name, shop_metrics, &shop[0]);
    fs_recorder_watch(recorder, "stall", "market", stall_metrics, &stall);
    memcpy(name, "square", sizeof name);
    fs_recorder_watch(recorder, "shop", name, shop_metrics, &shop[1]);
    memset(name, 0, sizeof name);
    open_shop(sim, &shop[0]);
    static const struct step one = {.leave = 1, .enter = 1, .stay = 1};
    fs_schedule(sim, 35, happen, &shop[1], (uintptr_t)&one);
    fs_sim_run(sim, 40);
    struct fs_record *record = fs_recorder_finish(recorder);
    assert_is_the_whole_day(record);
    assert_int_equal(record->n_tables, 2);
    const struct fs_table *table = fs_record_table(record, "shop");
    assert_int_equal(table->n_subjects, 2);
    assert_int_equal(table->n_metrics, 3);
    assert_string_equal(table->subject[1].name, "square");
    assert_int_equal(fs_record_series(record, "shop", "square", "served")->increase[3], 1);
    assert_int_equal(fs_record_series(record, "shop", "square", "served")->total, 1);
    assert_int_equal(fs_record_series(record, "stall", "market", "sold")->total, 0);
    assert_null(fs_record_table(record, "pool"));
    assert_null(fs_record_series(record, "shop", "market", "served"));
    assert_null(fs_record_series(record, "shop", "corner", "sold"));
    fs_record_free(record);
    fs_sim_free(sim);
}

static void a_thousand_subjects_keep_their_order(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    static struct stall stall[1000];
    struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
    for (int i = 0; i < 1000; i++) {
        char name[24];
        snprintf(name, sizeof name, "stall %d", i);
        stall[i].sold = i;
        fs_recorder_watch(recorder, "stall", name, stall_metrics, &stall[i]);
    }
    fs_sim_run(sim, 40);
    struct fs_record *record = fs_recorder_finish(recorder);
    fs_sim_free(sim);
    assert_int_equal(record->table[0].n_subjects, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(record->table[0].subject[i].series[0].total, i);
    fs_record_free(record);
}

/* What accrues with time: the clock itself. */
static void bring_up_to_date(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct stall *stall = self;
    stall->sold = fs_now(sim);
}

static void what_accrues_is_brought_up_to_date_before_a_sample(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct stall stall = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
    fs_recorder_watch(recorder, "stall", "market", stall_metrics, &stall);
    fs_recorder_before_sample(recorder, bring_up_to_date, &stall);
    fs_sim_run(sim, 34);
    struct fs_record *record = fs_recorder_finish(recorder);
    const struct fs_series *sold = fs_record_series(record, "stall", "market", "sold");
    assert_int_equal(sold->increase[0], 10);
    assert_int_equal(sold->increase[2], 10);
    assert_int_equal(sold->increase[3], 4);
    assert_int_equal(sold->total, 34);
    fs_record_free(record);
    fs_sim_free(sim);
}

static void square_of_now(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)arg;
    struct stall *stall = self;
    stall->sold = fs_now(sim) * fs_now(sim);
}

/* (10 k + 10)^2 - (10 k)^2 = 200 k + 100; the 38th interval is cut to 5 ns. */
static void many_intervals_keep_their_order(void **state)
{
    (void)state;
    struct fs_sim *sim = fs_sim_new(NULL);
    struct stall stall[2] = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, 10000, 1000);
    fs_recorder_watch(recorder, "stall", "idle", stall_metrics, &stall[0]);
    fs_recorder_watch(recorder, "stall", "market", stall_metrics, &stall[1]);
    fs_recorder_before_sample(recorder, square_of_now, &stall[1]);
    fs_sim_run(sim, 375);
    struct fs_record *record = fs_recorder_finish(recorder);
    const struct fs_series *idle = fs_record_series(record, "stall", "idle", "sold");
    const struct fs_series *sold = fs_record_series(record, "stall", "market", "sold");
    assert_int_equal(record->n_intervals, 38);
    for (int k = 0; k < 37; k++) {
        assert_int_equal(idle->increase[k], 0);
        assert_int_equal(sold->increase[k], 200 * k + 100);
    }
    assert_int_equal(sold->increase[37], 375 * 375 - 370 * 370);
    fs_record_free(record);
    fs_sim_free(sim);
}

/* One customer a nanosecond. */
static size_t memory_after(int64_t customers)
{
    struct fs_sim *sim = fs_sim_new(NULL);
    struct shop shop = {0};
    struct fs_recorder *recorder = fs_recorder_new(sim, customers, 4);
    fs_recorder_watch(recorder, "shop", "corner", shop_metrics, &shop);
    static const struct step one = {.leave = 1, .enter = 1, .stay = 1000};
    for (int64_t i = 0; i < customers; i++) {
        fs_schedule(sim, i, happen, &shop, (uintptr_t)&one);
        fs_sim_run(sim, i);
    }
    fs_sim_run(sim, customers);
    struct fs_record *record = fs_recorder_finish(recorder);
    assert_int_equal(fs_record_series(record, "shop", "corner", "served")->total, customers);
    const size_t size = fs_arena_size(record->arena) + fs_arena_size(fs_sim_arena(sim));
    fs_record_free(record);
    fs_sim_free(sim);
    return size;
}

static void memory_does_not_grow_with_requests(void **state)
{
    (void)state;
    assert_int_equal(memory_after(100), memory_after(1000000));
}

static void watch_other_rows(struct fs_sim *sim, struct fs_recorder *recorder)
{
    (void)sim;
    static struct stall stall;
    fs_recorder_watch(recorder, "stall", "one", stall_metrics, &stall);
    fs_recorder_watch(recorder, "stall", "two", shop_metrics, &stall);
}

static void watch_after_a_sample(struct fs_sim *sim, struct fs_recorder *recorder)
{
    static struct stall stall;
    fs_recorder_watch(recorder, "stall", "one", stall_metrics, &stall);
    fs_sim_run(sim, 15);
    fs_recorder_watch(recorder, "stall", "two", stall_metrics, &stall);
}

static void watch_a_falling_counter(struct fs_sim *sim, struct fs_recorder *recorder)
{
    (void)sim;
    static struct stall stall = {.sold = -1};
    fs_recorder_watch(recorder, "stall", "one", stall_metrics, &stall);
    fs_record_free(fs_recorder_finish(recorder));
}

/* Does `fn` end in an assertion? */
static bool aborts(void (*fn)(struct fs_sim *sim, struct fs_recorder *recorder))
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        struct fs_sim *sim = fs_sim_new(NULL);
        struct fs_recorder *recorder = fs_recorder_new(sim, 40, 4);
        fs_sim_run(sim, 5);
        fn(sim, recorder);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void other_rows_under_a_table_s_name_are_an_assertion(void **state)
{
    (void)state;
    assert_true(aborts(watch_other_rows));
}

static void a_subject_that_comes_late_is_an_assertion(void **state)
{
    (void)state;
    assert_true(aborts(watch_after_a_sample));
}

static void a_counter_that_decreases_is_an_assertion(void **state)
{
    (void)state;
    assert_true(aborts(watch_a_falling_counter));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_intervals_are_what_a_hand_finds),
        cmocka_unit_test(one_heap_records_the_same),
        cmocka_unit_test(a_run_cut_within_an_interval_keeps_its_part),
        cmocka_unit_test(a_run_cut_at_an_interval_s_end_has_no_empty_interval),
        cmocka_unit_test(a_run_cut_at_once_records_nothing),
        cmocka_unit_test(an_interval_is_rounded_up_to_a_nanosecond),
        cmocka_unit_test(an_event_at_an_interval_s_end_is_in_the_next),
        cmocka_unit_test(subjects_of_one_table_share_its_rows),
        cmocka_unit_test(a_thousand_subjects_keep_their_order),
        cmocka_unit_test(what_accrues_is_brought_up_to_date_before_a_sample),
        cmocka_unit_test(many_intervals_keep_their_order),
        cmocka_unit_test(memory_does_not_grow_with_requests),
        cmocka_unit_test(other_rows_under_a_table_s_name_are_an_assertion),
        cmocka_unit_test(a_subject_that_comes_late_is_an_assertion),
        cmocka_unit_test(a_counter_that_decreases_is_an_assertion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
