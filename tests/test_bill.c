/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bill against worked examples of public price pages, and against its own laws. Records are
 * made by hand: a component kind "meter" has counters and gauges that are charged in the units of
 * the examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "arena.h"
#include "bill.h"
#include "component.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* ---- a chargeable component ----------------------------------------------------------------- */

struct params {
    const char *requests, *duration, *vcpu, *memory, *instance;
    int64_t milli_vcpu, mib, instances;
    const char *init, *capacity;
    int64_t rules;
};

enum { REQUESTS, MEMORY_TIME, TASKS, CONNECTIONS, BYTES, METRICS };

static const struct fs_metric metrics[] = {
    {"requests", "1", FS_COUNTER, 0, ""}, {"memory_time", "MiB ms", FS_COUNTER, 0, ""},
    {"tasks", "1", FS_GAUGE, 0, ""},      {"connections", "1", FS_COUNTER, 0, ""},
    {"bytes", "B", FS_COUNTER, 0, ""},    {.name = NULL}};

#define AT(field) offsetof(struct params, field)
#define HOUR_NS   INT64_C(3600000000000)

static const struct fs_charge charges[] = {
    {"requests", "requests", "1", 1, AT(requests), 0},
    {"duration", "memory_time", "GB s", 1024000, AT(duration), 0},
    {"vcpu", "tasks", "vCPU h", 1000 * HOUR_NS, AT(vcpu), AT(milli_vcpu)},
    {"memory", "tasks", "GB h", 1024 * HOUR_NS, AT(memory), AT(mib)},
    {"instances", "tasks", "h", HOUR_NS, AT(instance), AT(instances)},
    {"init", "memory_time", "GB s", 1024000, AT(init), 0},
    {"capacity", "connections", "h", 25 * 3600, AT(capacity), 0},
    {"capacity", "tasks", "h", 3000 * HOUR_NS, AT(capacity), 0},
    {"capacity", "bytes", "h", 1000000000, AT(capacity), 0},
    {"capacity", "requests", "h", 1000 * 3600, AT(capacity), AT(rules)},
    {.line = NULL}};

static const struct fs_component_type type = {.metrics = metrics, .charges = charges};
static const struct fs_param rows[] = {{.key = NULL}};
static const struct fs_plugin meter = {"meter", "", sizeof(struct params), rows, &type, NULL, NULL};

/* ---- prices (us-east-1) --------------------------------------------------------------------- */

#define FEMTO(usd_e10) ((int64_t)(usd_e10)*100000) /* from multiples of 1e-10 USD */

static struct fs_price_tier per_request[] = {{0, FEMTO(2000)}};
static struct fs_price_tier per_gb_s[] = {
    {0, FEMTO(166667)}, {6e9, FEMTO(150000)}, {15e9, FEMTO(133334)}};
static struct fs_price_tier per_vcpu_h[] = {{0, FEMTO(404800000)}};
static struct fs_price_tier per_gb_h[] = {{0, FEMTO(44450000)}};
static struct fs_price_tier per_call[] = {
    {0, FEMTO(35000)}, {333e6, FEMTO(28000)}, {1e9, FEMTO(23800)}};
static struct fs_price_tier per_gb_s_arm[] = {{0, FEMTO(133334)}};
static struct fs_price_tier per_unit[] = {{0, FEMTO(80000000)}};
static struct fs_price_tier per_hour[] = {{0, FEMTO(1632000000)}};

#define ITEM(item, of, tiers, monthly)                                                             \
    {                                                                                              \
        .name = item, .unit = of, .tier = tiers, .n_tiers = COUNT(tiers), .free = monthly,         \
        .source = "", .date = "", .certainty = ""                                                  \
    }

static struct fs_price_item items[] = {
    ITEM("requests", "1", per_request, 1e6), ITEM("duration", "GB s", per_gb_s, 400000),
    ITEM("vcpu", "vCPU h", per_vcpu_h, 0),   ITEM("memory", "GB h", per_gb_h, 0),
    ITEM("calls", "1", per_call, 0),         ITEM("hour", "h", per_hour, 0),
    ITEM("arm", "GB s", per_gb_s_arm, 0),    ITEM("init", "GB s", per_gb_s, 0),
    ITEM("unit", "h", per_unit, 0)};
enum { DURATION = 1, HOUR = 5, ARM, INIT };

static const struct fs_prices prices = {"test", "2026-11", items, COUNT(items)};

/* ---- records -------------------------------------------------------------------------------- */

struct scene {
    struct fs_arena *arena;
    struct fs_record record;
    struct fs_table table;
    struct fs_subject subject[4];
    struct fs_component_spec component[4];
    struct params params[4];
    struct fs_variant_spec spec;
};

static void setup(struct scene *s, fs_time length, int intervals)
{
    memset(s, 0, sizeof *s);
    s->arena = fs_arena_new();
    s->table = (struct fs_table){"meter", metrics, METRICS, s->subject, 0};
    s->record =
        (struct fs_record){.length = length, .n_tables = 1, .table = &s->table, .complete = 1};
    s->record.interval = length / intervals + (length % intervals != 0);
    s->record.n_intervals = intervals;
    s->spec.component = s->component;
    s->spec.prices = &prices;
    s->spec.run.represents = FS_REPRESENTS_MONTHLY;
}

static struct fs_series *add(struct scene *s, const char *name, struct params params)
{
    const size_t n = (size_t)s->record.n_intervals;
    struct fs_series *series = fs_arena_alloc(s->arena, METRICS * sizeof *series);
    for (int i = 0; i < METRICS; i++) {
        series[i].metric = &metrics[i];
        series[i].increase = fs_arena_alloc(s->arena, n * sizeof(int64_t));
        series[i].interval_mean = fs_arena_alloc(s->arena, n * sizeof(double));
    }
    const int i = s->spec.n_components++;
    s->params[i] = params;
    s->component[i] =
        (struct fs_component_spec){.name = name, .plugin = &meter, .params = &s->params[i]};
    s->subject[s->table.n_subjects++] = (struct fs_subject){name, series};
    return series;
}

static void set_counter(struct fs_series *series, int k, int64_t increase)
{
    series->increase[k] = increase;
    series->total += increase;
}

static void set_gauge(const struct scene *s, struct fs_series *series, int k, __int128 area)
{
    const bool last = k + 1 == s->record.n_intervals;
    const fs_time length = last ? s->record.length - k * s->record.interval : s->record.interval;
    series->interval_mean[k] = (double)area / (double)length;
    series->area += area;
}

static struct fs_bill *bill_of(struct scene *s)
{
    return fs_bill_new(&s->spec, &s->record);
}

static void teardown(struct scene *s, struct fs_bill *bill)
{
    fs_bill_free(bill);
    fs_arena_free(s->arena);
}

static double cents(double usd)
{
    return floor(usd * 100 + 0.5) / 100;
}

static void expect_usd(double value, double usd)
{
    assert_true(fabs(value - usd) <= 1e-9 * (fabs(usd) > 1 ? fabs(usd) : 1));
}

/* ---- worked examples ------------------------------------------------------------------------ */

/* AWS Lambda pricing page, example 1: 3 million requests of 120 ms at 1,536 MB with free tier:
 * 540,000 - 400,000 GB-s = $2.33, requests $0.40, together $2.73. */
static void the_lambda_page_charges_2_73_with_free_tier(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 1);
    struct fs_series *m =
        add(&s, "f", (struct params){.requests = "requests", .duration = "duration"});
    set_counter(&m[REQUESTS], 0, 3000000);
    set_counter(&m[MEMORY_TIME], 0, INT64_C(3000000) * 120 * 1536);
    s.spec.account.free_tier = true;
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 2);
    assert_string_equal(bill->line[1].component, "f");
    assert_string_equal(bill->line[1].line, "duration");
    expect_usd(bill->line[1].quantity, 540000);
    expect_usd(cents(bill->line[0].month_usd), 0.40);
    expect_usd(cents(bill->line[1].month_usd), 2.33);
    expect_usd(bill->month_usd, 140000 * 0.0000166667 + 0.40);
    expect_usd(bill->usd, 540000 * 0.0000166667 + 0.60); /* the run itself knows no free tier */
    teardown(&s, bill);
}

/* The same page's example of a queue: 30 million x 1 s x 1 GB without free tier, $500 + $6. */
static void without_free_tier_all_is_charged(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 1);
    struct fs_series *m =
        add(&s, "f", (struct params){.requests = "requests", .duration = "duration"});
    set_counter(&m[REQUESTS], 0, 30000000);
    set_counter(&m[MEMORY_TIME], 0, INT64_C(30000000) * 1000 * 1024);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(cents(bill->line[0].month_usd), 6);
    expect_usd(cents(bill->line[1].month_usd), 500);
    expect_usd(bill->month_usd, bill->usd);
    teardown(&s, bill);
}

/* AWS Fargate pricing page, example 1: 5 tasks x 10 min a day for 30 days, 1 vCPU and 2 GB:
 * $1.01 + $0.22 (its per-second prices; the hourly ones give the same cents). */
static void the_fargate_page_charges_1_01_for_cpu_and_0_22_for_memory(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 30);
    struct fs_series *m =
        add(&s, "t",
            (struct params){.vcpu = "vcpu", .memory = "memory", .milli_vcpu = 1000, .mib = 2048});
    for (int day = 0; day < 30; day++)
        set_gauge(&s, &m[TASKS], day, (__int128)5 * 600 * FS_S);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(cents(bill->line[0].month_usd), 1.01);
    expect_usd(cents(bill->line[1].month_usd), 0.22);
    expect_usd(bill->line[0].quantity, 25); /* vCPU h */
    expect_usd(bill->line[1].quantity, 50); /* GB h */
    teardown(&s, bill);
}

/* Example 3: 10 pods x 1 h a day for 30 days, 0.25 vCPU and 1 GB: $3.04 + $1.33. */
static void the_fargate_page_charges_4_37_for_ten_pods(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 30);
    struct fs_series *m =
        add(&s, "p",
            (struct params){.vcpu = "vcpu", .memory = "memory", .milli_vcpu = 250, .mib = 1024});
    for (int day = 0; day < 30; day++)
        set_gauge(&s, &m[TASKS], day, (__int128)10 * FS_H);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(cents(bill->line[0].month_usd), 3.04);
    expect_usd(cents(bill->line[1].month_usd), 1.33);
    teardown(&s, bill);
}

/* 2 vCPU and 4 GiB of Fargate for an hour: $0.0987 (2 x 0.04048 + 4 x 0.004445). */
static void an_hour_is_charged_to_the_femto_dollar(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 1);
    struct fs_series *m =
        add(&s, "t",
            (struct params){.vcpu = "vcpu", .memory = "memory", .milli_vcpu = 2000, .mib = 4096});
    set_gauge(&s, &m[TASKS], 0, FS_H);
    struct fs_bill *bill = bill_of(&s);
    assert_true(bill->line[0].usd == 0.08096 && bill->line[1].usd == 0.01778);
    assert_true(bill->usd == 0.09874);
    teardown(&s, bill);
}

/* 2,000 h of m7g.xlarge at $0.1632 = $326.40: one instance per task. */
static void instance_hours_multiply_the_gauge(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 100 * FS_H, 7);
    struct fs_series *m = add(&s, "n", (struct params){.instance = "hour", .instances = 20});
    for (int k = 0; k < 7; k++)
        set_gauge(&s, &m[TASKS], k,
                  k < 6 ? s.record.interval : s.record.length - 6 * s.record.interval);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].quantity, 2000);
    expect_usd(bill->usd, 326.40);
    teardown(&s, bill);
}

/* ---- tiers ---------------------------------------------------------------------------------- */

/* API Gateway REST, 1,000 million calls: 333 x 3.50 + 667 x 2.80 = 3,033.10. */
static void a_month_crosses_tiers(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 1);
    struct fs_series *m = add(&s, "gate", (struct params){.requests = "calls"});
    set_counter(&m[REQUESTS], 0, 1000000000);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->month_usd, 3033.10);
    expect_usd(bill->usd, 3500); /* a run is charged at the first tier */
    teardown(&s, bill);
}

/* Lines of one item share its tiers and free quantity in proportion: 3 and 1 billion calls make
 * 333 x 3.50 + 667 x 2.80 + 3,000 x 2.38 = 10,173.10. */
static void lines_of_one_item_share_its_tiers(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 1);
    struct fs_series *a = add(&s, "a", (struct params){.requests = "calls"});
    struct fs_series *b = add(&s, "b", (struct params){.requests = "calls"});
    struct fs_series *c = add(&s, "c", (struct params){.requests = "requests"});
    set_counter(&a[REQUESTS], 0, INT64_C(3000000000));
    set_counter(&b[REQUESTS], 0, INT64_C(1000000000));
    set_counter(&c[REQUESTS], 0, 1500000);
    s.spec.account.free_tier = true;
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].month_usd, 10173.10 * 0.75);
    expect_usd(bill->line[1].month_usd, 10173.10 * 0.25);
    expect_usd(bill->line[2].month_usd, 0.10);
    expect_usd(bill->month_usd, 10173.20);
    teardown(&s, bill);
}

/* Two components of 0.6 million requests: the free million is one, 0.2 million remain. */
static void the_free_tier_is_the_accounts(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 30 * FS_DAY, 1);
    for (int i = 0; i < 2; i++) {
        struct fs_series *m = add(&s, i ? "b" : "a", (struct params){.requests = "requests"});
        set_counter(&m[REQUESTS], 0, 600000);
    }
    s.spec.account.free_tier = true;
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].month_usd, 0.02);
    expect_usd(bill->line[1].month_usd, 0.02);
    teardown(&s, bill);
}

/* ---- intervals ------------------------------------------------------------------------------ */

/* Femto-dollars behind an interval: below 9 USD a double holds them exactly. */
static int64_t femto(double usd)
{
    assert_true(fabs(usd) < 9);
    return (int64_t)llround(usd * (double)FS_USD);
}

static uint64_t step(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void expect_intervals_add_up(const struct fs_bill *bill)
{
    for (int i = 0; i < bill->n_lines; i++) {
        int64_t sum = 0;
        for (int k = 0; k < bill->n_intervals; k++) {
            assert_true(bill->line[i].interval_usd[k] >= 0);
            sum += femto(bill->line[i].interval_usd[k]);
        }
        assert_true((double)sum / (double)FS_USD == bill->line[i].usd);
    }
}

static void intervals_add_up_to_the_line_exactly(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 7 * FS_H + 11, 600);
    struct fs_series *m = add(&s, "x",
                              (struct params){"requests", "duration", "vcpu", "memory", "hour", 333,
                                              777, 3, NULL, NULL, 0});
    uint64_t dice = 1;
    for (int k = 0; k < 600; k++) {
        set_counter(&m[REQUESTS], k, (int64_t)(step(&dice) % 1000));
        set_counter(&m[MEMORY_TIME], k, (int64_t)(step(&dice) % 100000000));
        set_gauge(&s, &m[TASKS], k, k % 3 == 2 ? 0 : (__int128)step(&dice) * 9991 + 7);
    }
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 5);
    expect_intervals_add_up(bill);
    expect_usd(bill->line[2].interval_usd[2], 0);
    teardown(&s, bill);
}

/* A million tasks for ten years: area 3.2e23, where a mean is a double of 16 digits. */
static void huge_areas_neither_overflow_nor_run_backwards(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 3650 * FS_DAY, 10);
    struct fs_series *m = add(&s, "x", (struct params){.memory = "memory", .mib = 16384});
    __int128 area = 0;
    for (int k = 0; k < 10; k++) {
        const __int128 part = k == 9 ? 0 : (__int128)1000000 * s.record.interval - k;
        set_gauge(&s, &m[TASKS], k, part);
        area += part;
    }
    struct fs_bill *bill = bill_of(&s);
    const double hours = (double)area / 3.6e12;
    expect_usd(bill->usd / (hours * 16 * 0.004445), 1);
    for (int k = 0; k < 10; k++)
        assert_true(bill->line[0].interval_usd[k] >= 0);
    assert_true(bill->line[0].interval_usd[9] < 1e-3);
    teardown(&s, bill);
}

/* ---- what a run represents ------------------------------------------------------------------- */

static double months(int represents, fs_time length)
{
    const struct fs_run_params run = {.represents = represents};
    return fs_bill_runs_per_month(&run, length);
}

static void a_month_has_730_hours(void **state)
{
    (void)state;
    expect_usd(months(FS_REPRESENTS_HOURLY, FS_MIN), 730);
    expect_usd(months(FS_REPRESENTS_DAILY, FS_MIN), 730.0 / 24);
    expect_usd(months(FS_REPRESENTS_WEEKLY, FS_MIN), 730.0 / 168);
    expect_usd(months(FS_REPRESENTS_MONTHLY, FS_MIN), 1);
    expect_usd(months(FS_REPRESENTS_NOTHING, 2 * FS_DAY), 730.0 / 48);
    expect_usd(months(FS_REPRESENTS_NOTHING, FS_DAY), 730.0 / 24);
    expect_usd(months(FS_REPRESENTS_NOTHING, FS_DAY - 1), 0);
}

static void expect_no_month(struct scene *s)
{
    struct fs_bill *bill = bill_of(s);
    assert_true(isnan(bill->month_usd) && isnan(bill->line[0].month_usd));
    assert_true(bill->runs_per_month == 0);
    expect_usd(bill->usd, 0.0002);
    fs_bill_free(bill);
}

static void short_or_interrupted_runs_are_not_projected(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 1);
    struct fs_series *m = add(&s, "f", (struct params){.requests = "requests"});
    set_counter(&m[REQUESTS], 0, 1000);
    s.spec.run.represents = FS_REPRESENTS_NOTHING;
    expect_no_month(&s);
    s.spec.run.represents = FS_REPRESENTS_HOURLY;
    s.record.complete = 0;
    expect_no_month(&s);
    teardown(&s, NULL);
}

/* A day of 1,000 requests, projected first and then held against the free million. */
static void projection_comes_before_the_free_tier(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 1);
    struct fs_series *m = add(&s, "f", (struct params){.requests = "requests"});
    set_counter(&m[REQUESTS], 0, 100000);
    s.spec.account.free_tier = true;
    s.spec.run.represents = FS_REPRESENTS_DAILY;
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].month_quantity, 100000 * 730.0 / 24);
    expect_usd(bill->month_usd, (100000 * 730.0 / 24 - 1e6) * 0.2e-6);
    teardown(&s, bill);
}

/* Four minutes of 1,000 requests, then 9 and 11 in turn: ten a minute have settled, 640 in each of
 * 730 runs. The run itself is charged for all of it. Growing without end it does not settle: the
 * whole run is what there is. */
static void a_month_in_steady_state_is_of_what_has_settled(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 64 * FS_MIN, 64);
    struct fs_series *m = add(&s, "f", (struct params){.requests = "requests"});
    struct fs_series *g = add(&s, "g", (struct params){.requests = "requests"});
    for (int k = 0; k < 64; k++) {
        set_counter(&m[REQUESTS], k, k < 4 ? 1000 : k % 2 ? 11 : 9);
        set_counter(&g[REQUESTS], k, 1000000);
    }
    s.spec.run.represents = FS_REPRESENTS_HOURLY;
    s.spec.run.kind = FS_RUN_STEADY_STATE;
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].quantity, 4600);
    expect_usd(bill->line[0].month_quantity, 640 * 730);
    expect_usd(bill->line[1].month_quantity, 64e6 * 730);
    fs_bill_free(bill);
    for (int k = 0; k < 64; k++)
        set_counter(&g[REQUESTS], k, 1000000 * k);
    bill = bill_of(&s);
    expect_usd(bill->line[0].month_quantity, 4600 * 730);
    teardown(&s, bill);
}

/* ---- dimensions ------------------------------------------------------------------------------ */

/* The balancer's worked example: a new connection a second, two minutes long each (120
 * active), 1.08 GB/h, 250 rule evaluations a second: the bytes ask for most, 1.08 units, 0.00864 an
 * hour. */
static void a_balancers_hour_is_charged_for_the_largest_of_four_dimensions(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 4);
    struct fs_series *m = add(&s, "lb", (struct params){.capacity = "unit", .rules = 250});
    for (int k = 0; k < 4; k++) {
        set_counter(&m[REQUESTS], k, 900);
        set_counter(&m[CONNECTIONS], k, 900);
        set_counter(&m[BYTES], k, 270000000);
        set_gauge(&s, &m[TASKS], k, (__int128)120 * 900 * FS_S);
    }
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 1);
    expect_usd(bill->line[0].quantity, 1.08);
    expect_usd(bill->usd, 0.00864);
    expect_usd(bill->line[0].interval_usd[3], 0.00864 / 4);
    teardown(&s, bill);
}

/* Bytes in the first hour (2 units), connections in the second (3 units): 5, though neither asks
 * for more than 3 in both together. */
static void each_hour_has_its_own_largest_dimension(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, 2 * FS_H, 4);
    struct fs_series *m = add(&s, "lb", (struct params){.capacity = "unit"});
    set_counter(&m[BYTES], 0, 1500000000);
    set_counter(&m[BYTES], 1, 500000000);
    set_counter(&m[CONNECTIONS], 2, 2 * 25 * 3600);
    set_counter(&m[CONNECTIONS], 3, 1 * 25 * 3600);
    struct fs_bill *bill = bill_of(&s);
    expect_usd(bill->line[0].quantity, 5);
    expect_usd(bill->line[0].interval_usd[0], 1.5 * 0.008);
    expect_usd(bill->line[0].interval_usd[3], 1 * 0.008);
    expect_intervals_add_up(bill);
    teardown(&s, bill);
}

/* ---- terms ----------------------------------------------------------------------------------- */

static void gigabyte_seconds(struct scene *s, const char *price, int64_t gb_s)
{
    setup(s, 30 * FS_DAY, 1);
    struct fs_series *m = add(s, "f", (struct params){.duration = price});
    set_counter(&m[MEMORY_TIME], 0, gb_s * 1024000);
}

static void another_architecture_has_its_own_price(void **state)
{
    (void)state;
    struct scene s;
    gigabyte_seconds(&s, "duration", 1000000);
    items[DURATION].instead[FS_TERM_ARM64] = "arm";
    s.component[0].terms.architecture = FS_ARM64;
    struct fs_bill *bill = bill_of(&s);
    items[DURATION].instead[FS_TERM_ARM64] = NULL;
    expect_usd(bill->usd, 13.3334);
    assert_string_equal(bill->line[0].item->name, "arm");
    teardown(&s, bill);
}

/* 17 % off half of the usage: 8.5 % off the whole. */
static void a_savings_plan_covers_its_share(void **state)
{
    (void)state;
    struct scene s;
    gigabyte_seconds(&s, "duration", 1000000);
    items[DURATION].savings_plan = .17;
    s.spec.account.savings_plan = .5;
    struct fs_bill *bill = bill_of(&s);
    items[DURATION].savings_plan = 0;
    expect_usd(bill->usd, 16.6667 * .915);
    expect_usd(bill->month_usd, 16.6667 * .915);
    teardown(&s, bill);
}

/* 600,000 and 200,000 GB s on two architectures: each has its part of one free 400,000. */
static void architectures_share_the_free_quantity(void **state)
{
    (void)state;
    struct scene s;
    gigabyte_seconds(&s, "duration", 600000);
    struct fs_series *m = add(&s, "g", (struct params){.duration = "arm"});
    set_counter(&m[MEMORY_TIME], 0, INT64_C(200000) * 1024000);
    items[ARM].free_with = &items[DURATION];
    s.spec.account.free_tier = true;
    struct fs_bill *bill = bill_of(&s);
    items[ARM].free_with = NULL;
    expect_usd(bill->line[0].month_usd, 300000 * 0.0000166667);
    expect_usd(bill->line[1].month_usd, 100000 * 0.0000133334);
    teardown(&s, bill);
}

/* 5 and 3 billion GB s of one price: the tier ends at 6 billion of both together. */
static void a_price_like_another_counts_in_its_tiers(void **state)
{
    (void)state;
    struct scene s;
    gigabyte_seconds(&s, "duration", INT64_C(5000000000));
    struct fs_series *m = add(&s, "g", (struct params){.init = "init"});
    set_counter(&m[MEMORY_TIME], 0, INT64_C(3000000000) * 1024000);
    items[INIT].same = &items[DURATION];
    struct fs_bill *bill = bill_of(&s);
    items[INIT].same = NULL;
    expect_usd(bill->month_usd, 6e9 * 0.0000166667 + 2e9 * 0.000015);
    expect_usd(bill->line[1].month_usd, bill->month_usd * 3 / 8);
    teardown(&s, bill);
}

/* ---- nothing -------------------------------------------------------------------------------- */

static void nothing_used_costs_nothing(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 4);
    add(&s, "x",
        (struct params){"requests", "duration", "vcpu", "memory", "hour", 1000, 1024, 1, NULL, NULL,
                        0});
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 5);
    assert_true(bill->usd == 0 && bill->month_usd == 0);
    teardown(&s, bill);
}

static void without_prices_there_are_no_lines(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 4);
    struct fs_series *m = add(&s, "x", (struct params){.requests = "requests"});
    set_counter(&m[REQUESTS], 0, 5);
    s.spec.prices = NULL;
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 0);
    assert_true(bill->usd == 0);
    teardown(&s, bill);
}

static void a_price_that_is_not_set_is_not_charged(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 1);
    struct fs_series *m = add(&s, "x", (struct params){.requests = "requests"});
    set_counter(&m[REQUESTS], 0, 5);
    set_counter(&m[MEMORY_TIME], 0, 1000000);
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 1);
    teardown(&s, bill);
}

/* Named free, unknown, and priced: only what nobody has priced is listed. */
static void an_unknown_price_is_not_free(void **state)
{
    (void)state;
    struct scene s;
    setup(&s, FS_H, 1);
    add(&s, "free", (struct params){.requests = FS_PRICE_FREE});
    add(&s, "unknown", (struct params){.requests = NULL});
    add(&s, "priced", (struct params){.requests = "requests"});
    struct fs_bill *bill = bill_of(&s);
    assert_int_equal(bill->n_lines, 1);
    assert_int_equal(bill->n_unpriced, 1);
    assert_string_equal(bill->unpriced[0], "unknown");
    fs_bill_free(bill);
    s.spec.prices = NULL;
    bill = bill_of(&s);
    assert_int_equal(bill->n_unpriced, 2);
    teardown(&s, bill);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lambda_page_charges_2_73_with_free_tier),
        cmocka_unit_test(without_free_tier_all_is_charged),
        cmocka_unit_test(the_fargate_page_charges_1_01_for_cpu_and_0_22_for_memory),
        cmocka_unit_test(the_fargate_page_charges_4_37_for_ten_pods),
        cmocka_unit_test(an_hour_is_charged_to_the_femto_dollar),
        cmocka_unit_test(instance_hours_multiply_the_gauge),
        cmocka_unit_test(a_month_crosses_tiers),
        cmocka_unit_test(lines_of_one_item_share_its_tiers),
        cmocka_unit_test(the_free_tier_is_the_accounts),
        cmocka_unit_test(intervals_add_up_to_the_line_exactly),
        cmocka_unit_test(huge_areas_neither_overflow_nor_run_backwards),
        cmocka_unit_test(a_month_has_730_hours),
        cmocka_unit_test(short_or_interrupted_runs_are_not_projected),
        cmocka_unit_test(projection_comes_before_the_free_tier),
        cmocka_unit_test(a_month_in_steady_state_is_of_what_has_settled),
        cmocka_unit_test(a_balancers_hour_is_charged_for_the_largest_of_four_dimensions),
        cmocka_unit_test(each_hour_has_its_own_largest_dimension),
        cmocka_unit_test(another_architecture_has_its_own_price),
        cmocka_unit_test(a_savings_plan_covers_its_share),
        cmocka_unit_test(architectures_share_the_free_quantity),
        cmocka_unit_test(a_price_like_another_counts_in_its_tiers),
        cmocka_unit_test(an_unknown_price_is_not_free),
        cmocka_unit_test(nothing_used_costs_nothing),
        cmocka_unit_test(without_prices_there_are_no_lines),
        cmocka_unit_test(a_price_that_is_not_set_is_not_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
