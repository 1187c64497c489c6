/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Platforms and price lists: every file that is shipped is read, bound and held against the
 * mechanism it names, so a new file is tested without a new test; then what the readers refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "arena.h"
#include "bind.h"
#include "component.h"
#include "platform.h"
#include "registry.h"

/* ---- a scene -------------------------------------------------------------------------------- */

struct scene {
    struct fs_arena *arena;
    struct fs_report *report;
    char folder[32]; /* beside the scenario, with platforms/ and prices/ */
};

static char *path_of(const struct scene *s, const char *name)
{
    return fs_arena_format(s->arena, "%s/%s", s->folder, name);
}

static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    s->arena = fs_arena_new();
    s->report = fs_report_new(s->arena);
    strcpy(s->folder, "/tmp/fs_platforms_XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    assert_int_equal(mkdir(path_of(s, "platforms"), 0700), 0);
    assert_int_equal(mkdir(path_of(s, "prices"), 0700), 0);
    assert_int_equal(unsetenv("FLEETSIM_DATA"), 0);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;
    static const char *const files[] = {"platforms/mine.yaml", "platforms/aws-lambda.yaml",
                                        "prices/mine.yaml"};
    for (int i = 0; i < 3; i++)
        unlink(path_of(s, files[i]));
    rmdir(path_of(s, "platforms"));
    rmdir(path_of(s, "prices"));
    rmdir(s->folder);
    fs_arena_free(s->arena);
    free(s);
    return 0;
}

static void write_file(const struct scene *s, const char *name, const char *text)
{
    FILE *file = fopen(path_of(s, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static const char *complaints(const struct scene *s)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fs_report_print(s->report, out, false);
    fclose(out);
    const char *copy = fs_arena_text(s->arena, text);
    free(text);
    return copy;
}

static void expect_complaint(const struct scene *s, const char *part)
{
    if (!strstr(complaints(s), part)) fail_msg("no '%s' in:\n%s", part, complaints(s));
}

static void expect_none(const struct scene *s)
{
    if (fs_report_errors(s->report)) fail_msg("%s", complaints(s));
}

static struct fs_platform *read_platform(const struct scene *s, const char *name, enum fs_rc wanted)
{
    struct fs_platform *platform = NULL;
    struct fs_failure failure;
    const enum fs_rc rc = fs_platform_read(s->arena, name, s->folder, (struct fs_place){0},
                                           &platform, s->report, &failure);
    if (wanted == FS_OK) expect_none(s);
    assert_int_equal(rc, wanted);
    return platform;
}

static struct fs_prices *read_prices(const struct scene *s, const char *name, enum fs_rc wanted)
{
    struct fs_prices *prices = NULL;
    struct fs_failure failure;
    const enum fs_rc rc = fs_prices_read(s->arena, name, s->folder, (struct fs_place){0}, &prices,
                                         s->report, &failure);
    if (wanted == FS_OK) expect_none(s);
    assert_int_equal(rc, wanted);
    return prices;
}

/* ---- what is shipped ------------------------------------------------------------------------ */

#define LIST "aws-us-east-1-2026-11"

struct names {
    const char **item;
};

static const char *const *item_names(void *self)
{
    return ((struct names *)self)->item;
}

static const struct fs_plugin *plugin_of(const char *mechanism)
{
    const struct fs_plugin *plugin = NULL;
    for (int i = 0; fs_registries[i] && !plugin; i++)
        plugin = fs_plugin_find(fs_registries[i], mechanism);
    return plugin;
}

static const struct fs_param *row_of(const struct fs_param *rows, const char *key)
{
    while (rows->key && strcmp(rows->key, key) != 0)
        rows++;
    if (!rows->key) fail_msg("no parameter '%s'", key);
    return rows;
}

/* Each value alone, so that what a scenario must add (from, to) is not missed here. */
static void bind_values(const struct scene *s, const struct fs_platform *platform,
                        const struct fs_param *rows, const char **items, void *params)
{
    struct names names = {items};
    struct fs_binder binder = {s->arena, s->report, {.self = &names, .prices = item_names}};
    for (const struct fs_node *node = platform->values->child; node; node = node->next) {
        const struct fs_param one[] = {*row_of(rows, node->key), {.key = NULL}};
        struct fs_node value = *node, map = *platform->values;
        value.next = NULL;
        map.child = &value;
        fs_bind(&binder, one, &map, NULL, map.place, NULL, params);
    }
    expect_none(s);
}

static void expect_units(const struct fs_plugin *plugin, const struct fs_prices *prices,
                         const char *params)
{
    if (!fs_plugin_find(fs_registry_find("components"), plugin->name)) return;
    const struct fs_charge *charge = ((const struct fs_component_type *)plugin->type)->charges;
    for (; charge && charge->line; charge++) {
        const char *name = *(const char *const *)(const void *)(params + charge->price);
        if (name && strcmp(name, FS_PRICE_FREE) != 0)
            assert_string_equal(fs_prices_find(prices, name)->unit, charge->unit);
    }
}

static void every_value_binds_to_its_mechanism(void **state)
{
    const struct scene *s = *state;
    const struct fs_prices *prices = read_prices(s, LIST, FS_OK);
    const char **items = fs_arena_alloc(s->arena, ((size_t)prices->n_items + 2) * sizeof *items);
    for (int i = 0; i < prices->n_items; i++)
        items[i] = prices->item[i].name;
    items[prices->n_items] = FS_PRICE_FREE;
    const char *const *names = fs_platforms_list(s->arena, NULL, NULL);
    for (int i = 0; names[i]; i++) {
        const struct fs_platform *platform = read_platform(s, names[i], FS_OK);
        const struct fs_plugin *plugin = plugin_of(platform->mechanism);
        const bool account = strcmp(platform->mechanism, "account") == 0;
        assert_true(account || plugin);
        char *params =
            fs_arena_alloc(s->arena, account ? sizeof(struct fs_account_params) : plugin->size);
        bind_values(s, platform, account ? fs_account_rows : plugin->rows, items, params);
        if (plugin) expect_units(plugin, prices, params);
    }
}

/* The reader refuses a value without them; this says so of what it hands out. */
static void every_price_has_a_source_and_a_date(void **state)
{
    const struct scene *s = *state;
    const char *const *names = fs_prices_list(s->arena, NULL);
    assert_non_null(names[0]);
    for (int i = 0; names[i]; i++) {
        const struct fs_prices *prices = read_prices(s, names[i], FS_OK);
        assert_true(prices->n_items > 0);
        for (int k = 0; k < prices->n_items; k++) {
            const struct fs_price_item *item = &prices->item[k];
            assert_true(item->source[0] && item->date[0] && item->certainty[0] && item->unit[0]);
            assert_true(item->tier[0].price >= 0 && !(item->tier[0].from > 0));
        }
    }
}

/* The first platforms are all there, under the names that scenarios know. */
static void platforms_are_listed_by_mechanism(void **state)
{
    const struct scene *s = *state;
    const char *const *pools = fs_platforms_list(s->arena, "function_pool", NULL);
    assert_string_equal(pools[0], "aws-lambda");
    assert_null(pools[1]);
    const char *const *accounts = fs_platforms_list(s->arena, "account", s->folder);
    assert_string_equal(accounts[0], "aws");
    assert_null(accounts[1]);
    int n = 0;
    const char *const *components = fs_platforms_list(s->arena, "components", NULL);
    for (; components[n]; n++)
        assert_true(n == 0 || strcmp(components[n - 1], components[n]) < 0);
    assert_true(n >= 3);
}

static void published_prices_are_exact(void **state)
{
    const struct scene *s = *state;
    static const struct {
        const char *name, *unit;
        int64_t price;                                         /* 1e-15 USD for one unit */
    } known[] = {{"lambda.requests", "1", 200000000},          /* 0.20 a million */
                 {"lambda.duration.x86", "GB s", 16666700000}, /* 0.0000166667 */
                 {"sqs.standard.requests", "1", 400000000},    /* 0.40 a million */
                 {"fargate.vcpu.x86", "vCPU h", INT64_C(40480000000000)},
                 {"fargate.memory.x86", "GB h", INT64_C(4445000000000)},
                 {"eks.control_plane", "h", INT64_C(100000000000000)},
                 {"ec2.m6i.large", "h", INT64_C(96000000000000)},
                 {"alb.hour", "h", INT64_C(22500000000000)}};
    const struct fs_prices *prices = read_prices(s, LIST, FS_OK);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct fs_price_item *item = fs_prices_find(prices, known[i].name);
        assert_non_null(item);
        assert_string_equal(item->unit, known[i].unit);
        assert_true(item->tier[0].price == known[i].price);
    }
    const struct fs_price_item *duration = fs_prices_find(prices, "lambda.duration.x86");
    assert_int_equal(duration->n_tiers, 3);
    assert_true(duration->tier[2].from == 15e9 && duration->free == 400000);
}

static void assumptions_are_kept_for_reports(void **state)
{
    const struct scene *s = *state;
    const struct fs_platform *lambda = read_platform(s, "aws-lambda", FS_OK);
    assert_string_equal(lambda->title, "AWS Lambda");
    bool found = false;
    for (int i = 0; i < lambda->n_sourced; i++) {
        const struct fs_sourced *u = &lambda->sourced[i];
        if (!u->doubtful) continue;
        assert_string_not_equal(u->key, "timeout"); /* documented */
        found |= strcmp(u->key, "keep_alive") == 0 && strcmp(u->certainty, "assumed") == 0 &&
                 u->note && strstr(u->note, "10 min");
    }
    assert_true(found);
}

/* ---- platforms that are refused ------------------------------------------------------------- */

#define HEAD "platform: 1\nname: mine\ntitle: Mine\nmechanism: queue\nvalues:\n"
#define FROM "source: my own measurement, date: 2026-11, certainty: measured"

static void refuse_platform(const struct scene *s, const char *text, const char *part)
{
    write_file(s, "platforms/mine.yaml", text);
    assert_null(read_platform(s, "mine", FS_INPUT));
    expect_complaint(s, part);
}

static void a_value_without_source_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: {value: 4d, date: 2026-11, certainty: measured}\n",
                    "mine.yaml:6:3: error: 'retention' needs a source");
}

static void a_value_without_date_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: {value: 4d, source: me, certainty: measured}\n",
                    "'retention' needs a date");
    refuse_platform(*state,
                    HEAD "  retention: {value: 4d, source: me, date: now, certainty: measured}\n",
                    "'now' is no date such as 2026-11");
}

static void a_value_without_certainty_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: {value: 4d, source: me, date: 2026-11}\n",
                    "'retention' needs a certainty");
    refuse_platform(*state,
                    HEAD "  retention: {value: 4d, source: me, date: 2026-11, certainty: sure}\n",
                    "must be documented, measured, third_party, unverified or assumed");
}

static void a_bare_value_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: 4d\n", "'retention' needs its source");
}

static void a_source_without_value_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: {" FROM "}\n", "'retention' needs a value");
}

static void an_unknown_key_of_a_value_is_refused(void **state)
{
    refuse_platform(*state, HEAD "  retention: {value: 4d, " FROM ", sauce: me}\n",
                    "unknown key 'sauce'");
}

static void an_unknown_mechanism_is_refused(void **state)
{
    refuse_platform(*state,
                    "platform: 1\nname: mine\ntitle: Mine\nmechanism: teleporter\nvalues: {}\n",
                    "there is no mechanism 'teleporter'");
}

static void a_platform_under_another_name_is_refused(void **state)
{
    refuse_platform(*state, "platform: 1\nname: yours\ntitle: Mine\nmechanism: queue\nvalues: {}\n",
                    "must be the file's name, 'mine'");
}

static void a_later_form_is_refused(void **state)
{
    refuse_platform(*state, "platform: 2\nname: mine\ntitle: Mine\nmechanism: queue\nvalues: {}\n",
                    "reads version 1 of the form, not '2'");
}

static void an_unknown_platform_gets_the_nearest_name(void **state)
{
    const struct scene *s = *state;
    assert_null(read_platform(s, "aws-lamda", FS_INPUT));
    expect_complaint(s, "there is no 'aws-lamda'");
    expect_complaint(s, "did you mean 'aws-lambda'?");
}

/* The file that the path would name exists. */
static void names_cannot_leave_the_folders(void **state)
{
    const struct scene *s = *state;
    write_file(s, "platforms/mine.yaml", HEAD "  retention: {value: 4d, " FROM "}\n");
    read_platform(s, "mine", FS_OK);
    assert_null(read_platform(s, "../platforms/mine", FS_INPUT));
}

/* ---- platforms that are read ---------------------------------------------------------------- */

static void values_become_plain_and_groups_stay(void **state)
{
    const struct scene *s = *state;
    write_file(s, "platforms/mine.yaml",
               HEAD "  retention: {value: 4d, " FROM "}\n"
                    "  redrive:\n"
                    "    max_receive_count:\n"
                    "      {value: 5, source: me, date: 2026, certainty: unverified}\n");
    const struct fs_platform *mine = read_platform(s, "mine", FS_OK);
    const struct fs_node *retention = fs_node_get(mine->values, "retention");
    assert_string_equal(retention->text, "4d");
    assert_string_equal(retention->key, "retention");
    assert_int_equal(retention->place.line, 6);
    assert_int_equal(fs_node_count(mine->values), 2);
    const struct fs_node *redrive = fs_node_get(mine->values, "redrive");
    assert_string_equal(fs_node_get(redrive, "max_receive_count")->text, "5");
    int doubtful = -1;
    for (int i = 0; i < mine->n_sourced; i++)
        doubtful = mine->sourced[i].doubtful ? i : doubtful;
    assert_true(doubtful >= 0);
    assert_string_equal(mine->sourced[doubtful].key, "redrive.max_receive_count");
    assert_string_equal(mine->sourced[doubtful].value, "5");
    assert_null(mine->sourced[doubtful].note);
}

static void a_platform_beside_the_scenario_comes_first(void **state)
{
    const struct scene *s = *state;
    write_file(s, "platforms/aws-lambda.yaml",
               "platform: 1\nname: aws-lambda\ntitle: Ours\nmechanism: function_pool\n"
               "values: {}\n");
    assert_string_equal(read_platform(s, "aws-lambda", FS_OK)->title, "Ours");
    read_platform(s, "aws-sqs", FS_OK);
}

static void the_environment_names_another_data_folder(void **state)
{
    const struct scene *s = *state;
    write_file(s, "platforms/mine.yaml", HEAD "  retention: {value: 4d, " FROM "}\n");
    assert_int_equal(setenv("FLEETSIM_DATA", s->folder, 1), 0);
    const char *const *names = fs_platforms_list(s->arena, NULL, NULL);
    assert_string_equal(names[0], "mine");
    assert_null(names[1]);
    assert_null(read_platform(s, "aws-lambda", FS_INPUT));
}

/* ---- prices --------------------------------------------------------------------------------- */

#define PRICES "prices: 1\nname: mine\ntitle: Mine\ndate: 2026-11\nitems:\n"

static void refuse_prices(const struct scene *s, const char *text, const char *part)
{
    write_file(s, "prices/mine.yaml", text);
    assert_null(read_prices(s, "mine", FS_INPUT));
    expect_complaint(s, part);
}

static void tiers_and_units_of_a_price_are_read(void **state)
{
    const struct scene *s = *state;
    write_file(s, "prices/mine.yaml",
               PRICES "  a.b: {unit: GB s, per: 1000, free: 2.5, " FROM ",\n"
                      "        tiers: [{from: 0, price: 3USD}, {from: 1e6, price: $1.50}]}\n");
    const struct fs_price_item *item = fs_prices_find(read_prices(s, "mine", FS_OK), "a.b");
    assert_string_equal(item->unit, "GB s");
    assert_int_equal(item->n_tiers, 2);
    assert_true(item->tier[0].price == FS_USD / 1000 * 3);
    assert_true(item->tier[1].price == FS_USD / 1000 * 3 / 2 && item->tier[1].from == 1e6);
    assert_true(item->free == 2.5);
    assert_string_equal(item->certainty, "measured");
}

static void a_price_that_is_not_exact_is_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {unit: h, price: 0.10USD, per: 3, " FROM "}\n",
                  "not a whole number of femto-dollars");
    refuse_prices(*state, PRICES "  a: {unit: h, price: 0.0000000000000001USD, " FROM "}\n",
                  "must be a whole number");
}

static void a_price_without_currency_is_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {unit: h, price: 0.10, " FROM "}\n", "price: needs");
}

static void a_negative_price_is_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {unit: h, price: -1USD, " FROM "}\n", "price: ");
}

static void a_price_without_unit_or_source_is_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {price: 1USD, " FROM "}\n", "'a' needs a unit");
    refuse_prices(*state, PRICES "  a: {unit: h, price: 1USD, date: 2026, certainty: measured}\n",
                  "'a' needs a source");
    refuse_prices(*state, PRICES "  a: {unit: h, " FROM "}\n", "'a' needs a price");
}

static void tiers_out_of_order_are_refused(void **state)
{
    refuse_prices(*state,
                  PRICES "  a: {unit: h, " FROM ",\n"
                         "      tiers: [{from: 0, price: 2USD}, {from: 0, price: 1USD}]}\n",
                  "ever larger quantities");
    refuse_prices(*state, PRICES "  a: {unit: h, " FROM ", tiers: [{from: 5, price: 2USD}]}\n",
                  "the first tier is from 0");
    refuse_prices(*state, PRICES "  a: {unit: h, " FROM ", price: 1USD, tiers: []}\n",
                  "instead of a price");
}

static void gaps_and_overlaps_of_tiers_are_refused(void **state)
{
    refuse_prices(*state,
                  PRICES "  a: {unit: h, " FROM ",\n"
                         "      tiers: [{from: 0, to: 5, price: 2USD}, {from: 6, price: 1USD}]}\n",
                  "a gap: this tier ends at 5, the next begins at 6");
    refuse_prices(*state,
                  PRICES "  a: {unit: h, " FROM ",\n"
                         "      tiers: [{from: 0, to: 7, price: 2USD}, {from: 6, price: 1USD}]}\n",
                  "an overlap: this tier ends at 7, the next begins at 6");
    refuse_prices(*state,
                  PRICES "  a: {unit: h, " FROM ", tiers: [{from: 0, to: 7, price: 2USD}]}\n",
                  "the last tier has no end");
}

static void other_currencies_are_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {unit: h, price: 0.10EUR, " FROM "}\n", "EUR");
    refuse_prices(*state, PRICES "  a: {unit: h, price: \"\u20ac0.10\", " FROM "}\n", "price: ");
}

static void items_know_each_other(void **state)
{
    const struct scene *s = *state;
    write_file(s, "prices/mine.yaml",
               PRICES "  a: {unit: h, price: 2USD, free: 3, savings_plan: 17%, spot: b, " FROM "}\n"
                      "  b: {like: a, less: 25%, " FROM "}\n"
                      "  c: {like: a, " FROM "}\n"
                      "  d: {unit: h, price: 1USD, free_with: a, " FROM "}\n");
    const struct fs_prices *prices = read_prices(s, "mine", FS_OK);
    const struct fs_price_item *a = fs_prices_find(prices, "a");
    const struct fs_terms_params spot = {.purchase = FS_PURCHASE_SPOT}, arm = {.architecture = 1};
    const struct fs_price_item *b = fs_prices_on(prices, "a", &spot);
    assert_string_equal(b->name, "b");
    assert_true(b->tier[0].price == FS_USD * 3 / 2 && !b->same && !(b->free > 0));
    assert_ptr_equal(fs_prices_find(prices, "c")->same, a);
    assert_ptr_equal(fs_prices_find(prices, "d")->free_with, a);
    assert_ptr_equal(fs_prices_on(prices, "a", &arm), a);
}

static void a_wrong_word_about_another_item_is_refused(void **state)
{
    refuse_prices(*state, PRICES "  a: {like: b, " FROM "}\n", "like: there is no item 'b'");
    refuse_prices(*state, PRICES "  a: {unit: h, price: 1USD, less: 5%, " FROM "}\n",
                  "less than what?");
    refuse_prices(*state, PRICES "  a: {like: b, " FROM "}\n  b: {like: a, " FROM "}\n",
                  "is itself like another");
    refuse_prices(
        *state, PRICES "  a: {unit: h, price: 1USD, " FROM "}\n  b: {like: a, unit: h, " FROM "}\n",
        "unit: an item that is 'like' another has its");
    refuse_prices(*state,
                  PRICES "  a: {unit: h, price: 1USD, spot: b, " FROM
                         "}\n  b: {unit: min, price: 1USD, " FROM "}\n",
                  "'b' is priced by the 'min', this by the 'h'");
    refuse_prices(*state, PRICES "  a: {unit: h, price: 1USD, savings_plan: 170%, " FROM "}\n",
                  "savings_plan: ");
}

/* Two dates of one list: the later's items where the earlier says nothing. */
static void a_list_may_say_only_what_differs(void **state)
{
    const struct scene *s = *state;
    const struct fs_prices *now = read_prices(s, LIST, FS_OK);
    const struct fs_prices *before = read_prices(s, "aws-us-east-1-2024-10", FS_OK);
    assert_int_equal(now->n_items, before->n_items);
    assert_true(fs_prices_find(before, "dynamodb.writes")->tier[0].price ==
                2 * fs_prices_find(now, "dynamodb.writes")->tier[0].price);
    assert_true(fs_prices_find(before, "lambda.init.x86")->tier[0].price == 0);
    assert_ptr_equal(fs_prices_find(now, "lambda.init.x86")->same,
                     fs_prices_find(now, "lambda.duration.x86"));
    assert_true(fs_prices_find(before, "lambda.requests")->tier[0].price ==
                fs_prices_find(now, "lambda.requests")->tier[0].price);
    refuse_prices(s, "prices: 1\nname: mine\ntitle: M\ndate: 2026-11\nafter: mine\nitems: {}\n",
                  "in a circle");
}

static void a_region_without_prices_says_what_to_do(void **state)
{
    const struct scene *s = *state;
    assert_null(read_prices(s, "aws-mars-north-1-2026-11", FS_INPUT));
    expect_complaint(s, "write prices/aws-mars-north-1-2026-11.yaml beside the scenario, or say "
                        "'prices: none'");
}

static void an_unknown_price_list_gets_the_nearest_name(void **state)
{
    const struct scene *s = *state;
    assert_null(read_prices(s, "aws-us-east-1-2026-12", FS_INPUT));
    expect_complaint(s, "did you mean '" LIST "'?");
}

/* ---- for people ----------------------------------------------------------------------------- */

static const char *shown(const struct scene *s, const char *name, enum fs_rc wanted)
{
    struct fs_failure failure;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(fs_platform_show(s->arena, name, s->folder, out, &failure), wanted);
    fclose(out);
    const char *copy = fs_arena_text(s->arena, text);
    free(text);
    return copy;
}

static void shown_values_come_with_their_sources(void **state)
{
    const struct scene *s = *state;
    const char *lambda = shown(s, "aws-lambda", FS_OK);
    assert_non_null(strstr(lambda, "aws-lambda: AWS Lambda (function_pool)\n\n"));
    assert_non_null(
        strstr(lambda, "\ntimeout: 3s\n      documented: https://docs.aws.amazon.com/"));
    assert_non_null(strstr(lambda, "uniform"));
    assert_non_null(
        strstr(shown(s, LIST, FS_OK), "lambda.requests: {price: 0.20USD, per: 1000000"));
    assert_string_equal(shown(s, "nothing", FS_INPUT), "");
}

/* ESC in a note would reach the terminal. */
static void shown_text_is_escaped(void **state)
{
    const struct scene *s = *state;
    write_file(s, "platforms/mine.yaml",
               HEAD "  retention: {value: 4d, " FROM ", note: \"a \\e[31m b\"}\n");
    const char *mine = shown(s, "mine", FS_OK);
    assert_null(strchr(mine, 27));
    assert_non_null(strstr(mine, "[31m"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_value_binds_to_its_mechanism),
        TEST(every_price_has_a_source_and_a_date),
        TEST(platforms_are_listed_by_mechanism),
        TEST(published_prices_are_exact),
        TEST(assumptions_are_kept_for_reports),
        TEST(a_value_without_source_is_refused),
        TEST(a_value_without_date_is_refused),
        TEST(a_value_without_certainty_is_refused),
        TEST(a_bare_value_is_refused),
        TEST(a_source_without_value_is_refused),
        TEST(an_unknown_key_of_a_value_is_refused),
        TEST(an_unknown_mechanism_is_refused),
        TEST(a_platform_under_another_name_is_refused),
        TEST(a_later_form_is_refused),
        TEST(an_unknown_platform_gets_the_nearest_name),
        TEST(names_cannot_leave_the_folders),
        TEST(values_become_plain_and_groups_stay),
        TEST(a_platform_beside_the_scenario_comes_first),
        TEST(the_environment_names_another_data_folder),
        TEST(tiers_and_units_of_a_price_are_read),
        TEST(a_price_that_is_not_exact_is_refused),
        TEST(a_price_without_currency_is_refused),
        TEST(a_negative_price_is_refused),
        TEST(a_price_without_unit_or_source_is_refused),
        TEST(tiers_out_of_order_are_refused),
        TEST(gaps_and_overlaps_of_tiers_are_refused),
        TEST(other_currencies_are_refused),
        TEST(items_know_each_other),
        TEST(a_wrong_word_about_another_item_is_refused),
        TEST(a_list_may_say_only_what_differs),
        TEST(a_region_without_prices_says_what_to_do),
        TEST(an_unknown_price_list_gets_the_nearest_name),
        TEST(shown_values_come_with_their_sources),
        TEST(shown_text_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
