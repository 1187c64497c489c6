/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a variant says and what is given from outside, read off the full text of each variant: the
 * numbers that its run would be made with.
 */
#include "build.h"

#define MOST 4

struct answer {
    struct fs_arena *arena;
    struct fs_scenario *scenario; /* NULL: refused */
    const char *said;             /* complaints and warnings */
};

/* `set`: path and value by turns, ending with NULL. */
static struct answer ask(const char *text, const char *only, const char *const *set)
{
    struct answer a = {.arena = fs_arena_new()};
    struct fs_report *report = fs_report_new(a.arena);
    struct fs_failure failure = {""};
    struct fs_override override[MOST];
    const bool whole = strncmp(text, "fleetsim:", 9) == 0;
    text = whole ? text : fs_arena_format(a.arena, "fleetsim: 1\n%s", text);
    char *said;
    size_t size;
    int n = 0;
    for (; set && set[2 * n]; n++)
        override[n] = (struct fs_override){"--set", set[2 * n], set[2 * n + 1]};
    if (fs_scenario_parse(a.arena, "test", text, override, n, only, &a.scenario, report,
                          &failure) != FS_OK)
        a.scenario = NULL;
    FILE *out = open_memstream(&said, &size);
    assert_non_null(out);
    fs_report_print(report, out, false);
    fclose(out);
    a.said = fs_arena_text(a.arena, said);
    free(said);
    return a;
}

/* The value in a variant's full text; NULL where it has none. */
static const char *value_in(const struct answer *a, const char *variant, const char *path)
{
    for (int i = 0; a->scenario && i < a->scenario->n_variants; i++) {
        const struct fs_node *node = a->scenario->variant[i].full;
        if (strcmp(a->scenario->variant[i].name, variant) != 0) continue;
        while (node && *path)
            node = fs_node_take(a->arena, node, &path);
        return node ? node->text : NULL;
    }
    fail_msg("no variant %s: %s", variant, a->said);
    return NULL;
}

static void assert_value(const struct answer *a, const char *variant, const char *path,
                         const char *value)
{
    const char *found = value_in(a, variant, path);
    if (!value && found) fail_msg("%s of %s is %s, not nothing", path, variant, found);
    if (value && !found) fail_msg("%s of %s is nothing, not %s", path, variant, value);
    if (value) assert_string_equal(found, value);
}

/* ---- what is printed ------------------------------------------------------------------------- */

/* `fleetsim spec`, read again. */
static struct answer again(const struct answer *a)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fs_node_print(a->scenario->full, out);
    fclose(out);
    const struct answer b = ask(text, NULL, NULL);
    free(text);
    return b;
}

/* The gateway's platform has a time limit of 30 s and a price, and this one has neither: null says
 * so. Requests of 40 s are answered, and the bill has no such line. */
static void what_is_taken_from_a_platform_is_printed_as_taken(void **state)
{
    (void)state;
    const struct answer a = ask("run: {length: 1min}\ntraffic:\n  web:\n    arrivals: {burst: "
                                "{size: 9, at: 0s}}\n    client: {retry: none}\n"
                                "    path: [gate, worker]\n    work: {worker: {io: 40s}}\n"
                                "components:\n  gate: {platform: aws-api-gateway-http, timeout: "
                                "null, price_requests: null}\n  worker: {mechanism: dependency}\n",
                                NULL, NULL);
    const struct answer b = again(&a);
    const struct fs_study_options options = {.threads = 1};
    assert_value(&b, "base", "components.gate.timeout", "");
    assert_value(&b, "base", "components.gate.price_requests", "");
    struct built run = {b.arena, b.scenario, fs_study_run(b.scenario, &options)};
    assert_true(number(&run, "traffic.web.completed") == 9);
    drop(&run);
    fs_arena_free(a.arena);
}

#define TASKS(more)                                                                                \
    "run: {length: 1h}\n"                                                                          \
    "traffic:\n"                                                                                   \
    "  one:\n"                                                                                     \
    "    arrivals: {constant: {rate: 1/s}}\n"                                                      \
    "    client: {retry: none}\n"                                                                  \
    "    path: [tasks]\n"                                                                          \
    "    work: {tasks: {cpu: 20ms}}\n"                                                             \
    "components:\n"                                                                                \
    "  tasks: {platform: aws-fargate, tasks: 4, cpu: 1, memory: 2GB" more "}\n"
#define CRASHING                                                                                   \
    TASKS(", crash: {every: 10min}") "alarms: {spend: {aws-budget: {amount: 100USD}}}\n"

/* ---- what is given from outside -------------------------------------------------------------- */

/* Tasks of "calm" do not crash and "thrifty" has no alarm. A rate of crashes, or an amount, that is
 * set from outside is set where there are crashes and alarms, and the others are told apart. */
static void what_a_variant_removes_stays_away(void **state)
{
    static const char *const set[] = {"components.tasks.crash.every", "5min",
                                      "alarms.spend.aws-budget.amount", "5USD", NULL};
    const struct answer a = ask(CRASHING "variants:\n"
                                         "  both: {}\n"
                                         "  calm: {components.tasks.crash: null}\n"
                                         "  calmer: {extends: calm}\n"
                                         "  thrifty: {alarms.spend: null}\n",
                                NULL, set);
    (void)state;
    assert_value(&a, "both", "components.tasks.crash.every", "5min");
    assert_value(&a, "both", "alarms.spend.spend.amount", "5USD");
    assert_value(&a, "calm", "components.tasks.crash.every", NULL);
    assert_value(&a, "calm", "alarms.spend.spend.amount", "5USD");
    assert_value(&a, "calmer", "components.tasks.crash.every", NULL);
    assert_value(&a, "thrifty", "components.tasks.crash.every", "5min");
    assert_value(&a, "thrifty", "alarms.spend.spend.amount", NULL);
    assert_non_null(strstr(a.said, "variant 'calmer' has no 'components.tasks.crash'"));
    assert_non_null(strstr(a.said, "variant 'thrifty' has no 'alarms.spend'"));
    assert_null(strstr(a.said, "variant 'both'"));
    assert_null(strstr(a.said, "says otherwise"));
    fs_arena_free(a.arena);
}

/* The place itself is what is set, whatever a variant says of it, null included. */
static void what_a_variant_says_of_the_place_itself_is_overridden(void **state)
{
    static const char *const set[] = {"components.tasks.crash", "{every: 5min}", NULL};
    const struct answer a = ask(CRASHING "variants:\n"
                                         "  both: {}\n"
                                         "  calm: {components.tasks.crash: null}\n",
                                NULL, set);
    (void)state;
    assert_value(&a, "calm", "components.tasks.crash.every", "5min");
    assert_non_null(strstr(a.said, "variant 'calm' says otherwise"));
    fs_arena_free(a.arena);
}

/* "other" is written anew with another memory and says nothing of `stop`, as the base does: its
 * platform's values are set there as well. Its `crash` is gone with the words that it stood in. */
static void what_nobody_wrote_is_set_everywhere(void **state)
{
    static const char *const set[] = {"components.tasks.stop.deregistration_delay", "9s",
                                      "components.tasks.crash.every", "5min", NULL};
    const struct answer a = ask(
        CRASHING "variants:\n"
                 "  first: {}\n"
                 "  other:\n"
                 "    components.tasks: {platform: aws-fargate, tasks: 4, cpu: 2, memory: 4GB}\n",
        NULL, set);
    (void)state;
    assert_value(&a, "first", "components.tasks.stop.deregistration_delay", "9s");
    assert_value(&a, "other", "components.tasks.stop.deregistration_delay", "9s");
    assert_value(&a, "other", "components.tasks.crash.every", NULL);
    fs_arena_free(a.arena);
}

/* "{}" is a group of its rows that every variant has, whichever way it is written: crashes are set
 * everywhere but where they were taken away again. `interruption` is nothing unless it is written,
 * and nobody else has the spot tasks of one variant. */
static void a_group_is_set_everywhere_and_what_is_absent_where_it_is(void **state)
{
    static const char *const set[] = {"components.tasks.crash.every", "5min",
                                      "components.tasks.interruption.every", "7h", NULL};
    const struct answer a =
        ask(TASKS("") "variants:\n"
                      "  calm: {}\n"
                      "  crashy: {components.tasks.crash: {every: 10min}}\n"
                      "  again: {extends: crashy, components.tasks.crash: null}\n"
                      "  spot: {components.tasks.interruption: {every: 9h}}\n",
            NULL, set);
    (void)state;
    assert_value(&a, "calm", "components.tasks.crash.every", "5min");
    assert_value(&a, "crashy", "components.tasks.crash.every", "5min");
    assert_value(&a, "again", "components.tasks.crash.every", NULL);
    assert_value(&a, "calm", "components.tasks.interruption.every", NULL);
    assert_value(&a, "spot", "components.tasks.interruption.every", "7h");
    assert_null(strstr(a.said, "variant 'calm' has no 'components.tasks.crash'"));
    assert_non_null(strstr(a.said, "variant 'again' has no 'components.tasks.crash'"));
    assert_non_null(strstr(a.said, "variant 'calm' has no 'components.tasks.interruption'"));
    assert_non_null(
        strstr(a.said, "variant 'crashy' says otherwise: in all variants that have it"));
    assert_null(strstr(a.said, "variant 'spot' says otherwise"));
    fs_arena_free(a.arena);
}

#define SHOP                                                                                       \
    "run: {length: 1min}\ntraffic:\n  web:\n    arrivals: {constant: {rate: 1/s}}\n"               \
    "    client: {retry: none}\n    path: [shop]\n    work: {shop: {cpu: 20ms}}\n"                 \
    "components:\n"                                                                                \
    "  shop: {platform: aws-lambda, memory: 1769MB, runtime: nodejs22.x}\n"                        \
    "variants:\n"                                                                                  \
    "  plain: {}\n"                                                                                \
    "  ready: {components.shop.provisioned: {count: 3}}\n"                                         \
    "  fleet: {components.shop: {platform: aws-fargate, tasks: 2, cpu: 1, memory: 2GB}}\n"

/* Every function of the platform has `provisioned`, though one variant alone writes of it; a fleet
 * has none, and takes the rest of the setting all the same. */
static void what_a_platform_gives_is_set_though_one_variant_writes_it(void **state)
{
    static const char *const set[] = {"components.shop.provisioned.count", "10", NULL};
    const struct answer a = ask(SHOP, NULL, set), b = ask(SHOP, "plain", set);
    (void)state;
    assert_value(&a, "plain", "components.shop.provisioned.count", "10");
    assert_value(&a, "ready", "components.shop.provisioned.count", "10");
    assert_value(&a, "fleet", "components.shop.provisioned.count", NULL);
    assert_null(strstr(a.said, "variant 'plain' has no"));
    assert_non_null(strstr(a.said, "variant 'fleet' has no 'components.shop.provisioned'"));
    assert_value(&b, "plain", "components.shop.provisioned.count", "10");
    assert_null(strstr(b.said, "has no"));
    fs_arena_free(a.arena);
    fs_arena_free(b.arena);
}

/* Who names a variant means it: spot tasks are asked for where another variant alone has some. */
static void what_is_set_in_one_variant_alone_is_set(void **state)
{
    static const char *const set[] = {"components.tasks.interruption.every", "7h", NULL};
    const struct answer a = ask(TASKS("") "variants:\n"
                                          "  calm: {}\n"
                                          "  spot: {components.tasks.interruption: {every: 9h}}\n",
                                "calm", set);
    (void)state;
    assert_value(&a, "calm", "components.tasks.interruption.every", "7h");
    assert_string_equal(a.said, "");
    fs_arena_free(a.arena);
}

/* Two of three have a cache and are made the same; the third is said to have none, and is not told
 * that it is the same. */
static void what_some_have_is_the_same_in_those_that_have_it(void **state)
{
#define CACHE(rate)                                                                                \
    "{traffic.one.path: [cache, tasks], components.cache: {mechanism: dependency, rate: " rate     \
    "}}\n"
    static const char *const set[] = {"components.cache.rate", "4/s", NULL};
    const struct answer a = ask(TASKS("") "variants:\n"
                                          "  a: " CACHE("2/s") "  b: " CACHE("3/s") "  c: {}\n",
                                NULL, set);
    (void)state;
    assert_value(&a, "a", "components.cache.rate", "4/s");
    assert_value(&a, "b", "components.cache.rate", "4/s");
    assert_value(&a, "c", "components.cache.rate", NULL);
    assert_non_null(
        strstr(a.said, "variant 'a' says otherwise: in all variants that have it it is this now"));
    assert_non_null(strstr(a.said, "variant 'c' has no 'components.cache': nothing is set there"));
    fs_arena_free(a.arena);
}

/* The place itself is set everywhere, but a child that has removed what it stands in keeps to that:
 * it was there in its parent. */
static void what_a_child_removes_of_its_parent_stays_away(void **state)
{
    static const char *const set[] = {"components.tasks.crash.every", "5min", NULL};
    const struct answer a =
        ask(TASKS("") "variants:\n"
                      "  calm: {}\n"
                      "  crashy: {components.tasks.crash.every: 10min}\n"
                      "  again: {extends: crashy, components.tasks.crash: null}\n"
                      "  still: {extends: again, components.tasks.tasks: 2}\n",
            NULL, set);
    (void)state;
    assert_value(&a, "calm", "components.tasks.crash.every", "5min");
    assert_value(&a, "crashy", "components.tasks.crash.every", "5min");
    assert_value(&a, "again", "components.tasks.crash.every", NULL);
    assert_value(&a, "still", "components.tasks.crash.every", NULL);
    fs_arena_free(a.arena);
}

/* "other" has a cache and the account's limit: the cache is its own, while every variant has an
 * account, whoever writes of it. */
static void a_component_of_one_variant_can_be_set(void **state)
{
    static const char *const set[] = {"components.cache.rate", "2/s", "account.launch_burst", "9",
                                      NULL};
    const struct answer a =
        ask(TASKS("") "variants:\n"
                      "  first: {}\n"
                      "  other:\n"
                      "    account.concurrency: 500\n"
                      "    traffic.one.path: [cache, tasks]\n"
                      "    components.cache: {mechanism: dependency, rate: 5/s}\n",
            NULL, set);
    (void)state;
    assert_value(&a, "first", "components.cache.rate", NULL);
    assert_value(&a, "other", "components.cache.rate", "2/s");
    assert_value(&a, "first", "account.launch_burst", "9");
    assert_value(&a, "other", "account.launch_burst", "9");
    assert_value(&a, "other", "account.concurrency", "500");
    assert_non_null(strstr(a.said, "variant 'first' has no 'components.cache'"));
    fs_arena_free(a.arena);
}

/* Crashes and alarms are there in one of the two variants: taken away from outside, they are taken
 * from something. A budget is not set where no alarms are left. */
static void what_is_taken_away_twice_was_there_once(void **state)
{
    static const char *const set[] = {"components.tasks.crash", "null",
                                      "alarms.spend.aws-budget.amount", "5USD", NULL};
    static const char *const none[] = {"components.tasks.crash", "null", NULL};
    const struct answer a = ask(CRASHING "variants:\n"
                                         "  calm: {components.tasks.crash: null}\n"
                                         "  silent: {alarms: null}\n",
                                NULL, set);
    const struct answer b =
        ask(TASKS("") "variants: {calm: {}, crashy: {components.tasks.crash: {every: 1min}}}\n",
            NULL, none);
    const struct answer c = ask(TASKS("") "variants: {calm: {}, calmer: {}}\n", NULL, none);
    (void)state;
    assert_value(&a, "calm", "components.tasks.crash.every", NULL);
    assert_value(&a, "silent", "components.tasks.crash.every", NULL);
    assert_value(&a, "silent", "alarms.spend.spend.amount", NULL);
    assert_null(strstr(a.said, "removes nothing"));
    assert_non_null(strstr(a.said, "variant 'silent' has no 'alarms'"));
    assert_value(&b, "crashy", "components.tasks.crash.every", NULL);
    assert_null(strstr(b.said, "removes nothing"));
    assert_non_null(strstr(c.said, "'components.tasks.crash' removes nothing"));
    fs_arena_free(a.arena);
    fs_arena_free(b.arena);
    fs_arena_free(c.arena);
}

/* ---- edits of one variant -------------------------------------------------------------------- */

/* A map behind a leaf of it would undo the leaf; in front of it, or of a variant that is extended,
 * it does not. */
static void an_edit_does_not_undo_another(void **state)
{
    static const char *const undone[] = {
        "  a: {components.tasks.tasks: 2, components.tasks: {platform: aws-fargate, tasks: 3, cpu: "
        "1, memory: 2GB}}\n",
        "  a: {alarms.spend.aws-budget.amount: 1USD, components.tasks.cpu: 2, alarms: null}\n"};
    (void)state;
    for (size_t i = 0; i < sizeof undone / sizeof *undone; i++) {
        const char *text = i ? "'alarms' replaces what 'alarms.spend.aws-budget.amount' says"
                             : "'components.tasks' replaces what 'components.tasks.tasks' says";
        struct fs_arena *arena = fs_arena_new();
        const struct answer a =
            ask(fs_arena_format(arena, "%svariants:\n%s", CRASHING, undone[i]), NULL, NULL);
        assert_null(a.scenario);
        if (!strstr(a.said, text)) fail_msg("%s\n%s", text, a.said);
        fs_arena_free(a.arena);
        fs_arena_free(arena);
    }
    const struct answer b =
        ask(CRASHING "variants:\n"
                     "  a: {components.tasks: {platform: aws-fargate, tasks: 3, cpu: 1, memory: "
                     "2GB}, components.tasks.tasks: 2, components.tasks.memory: 4GB}\n"
                     "  b: {extends: a, components.tasks: {platform: aws-fargate, tasks: 7, cpu: "
                     "1, memory: 2GB}}\n",
            NULL, NULL);
    assert_value(&b, "a", "components.tasks.tasks", "2");
    assert_value(&b, "b", "components.tasks.tasks", "7");
    fs_arena_free(b.arena);
}

/* Else the variant would be the one beside it, without a word. */
static void an_edit_begins_with_a_section(void **state)
{
    static const struct {
        const char *edit, *said, *hint;
    } rows[] = {
        {"acount.concurrency: 9", "'acount' cannot be changed by a variant", "mean 'account'?"},
        {"component.tasks: null", "'component' cannot be changed by a variant", "'components'?"},
        {"componnents: {}", "'componnents' cannot be changed by a variant", "'components'?"},
        {"title: another", "'title' cannot be changed by a variant", "run, account, traffic, "},
        {"expect: []", "'expect' cannot be changed by a variant", ""},
        {"extends.a: 3", "'extends' cannot be changed by a variant", ""},
        {"'components[tasks].cpu': 1", "'components[tasks]' cannot be changed by a variant", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fs_arena *arena = fs_arena_new();
        const struct answer a =
            ask(fs_arena_format(arena, "%svariants: {a: {}, b: {%s}}\n", CRASHING, rows[i].edit),
                NULL, NULL);
        assert_null(a.scenario);
        if (!strstr(a.said, rows[i].said) || !strstr(a.said, rows[i].hint))
            fail_msg("%s: %s", rows[i].edit, a.said);
        fs_arena_free(a.arena);
        fs_arena_free(arena);
    }
}

/* ---- one variant alone ----------------------------------------------------------------------- */

/* Work for the cache is no slip of the pen when another variant than the one that is asked for has
 * a cache; that it is never done there is said. A name that no variant has is one. */
static void work_for_another_variants_component_is_no_mistake(void **state)
{
#define CACHED(cache)                                                                              \
    "run: {length: 1min}\ntraffic:\n  web:\n    arrivals: {constant: {rate: 1/s}}\n"               \
    "    client: {retry: none}\n    path: [table]\n    work: {" cache ": {io: 1ms}}\n"             \
    "components:\n  table: {mechanism: dependency}\nvariants:\n  direct: {}\n"                     \
    "  cached: {components.cache: {mechanism: dependency}, traffic.web.path: [cache, table]}\n"
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct answer a = ask(CACHED("cache"), i ? "direct" : NULL, NULL);
        assert_non_null(a.scenario);
        assert_non_null(strstr(a.said, "'cache' is not on the path, its work is never done"));
        const struct answer b = again(&a);
        assert_non_null(b.scenario);
        fs_arena_free(b.arena);
        fs_arena_free(a.arena);
    }
    const struct answer slip = ask(CACHED("cahce"), NULL, NULL);
    assert_null(slip.scenario);
    assert_non_null(strstr(slip.said, "there is no component 'cahce'"));
    fs_arena_free(slip.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_variant_removes_stays_away),
        cmocka_unit_test(what_a_variant_says_of_the_place_itself_is_overridden),
        cmocka_unit_test(what_is_taken_from_a_platform_is_printed_as_taken),
        cmocka_unit_test(work_for_another_variants_component_is_no_mistake),
        cmocka_unit_test(an_edit_does_not_undo_another),
        cmocka_unit_test(an_edit_begins_with_a_section),
        cmocka_unit_test(what_nobody_wrote_is_set_everywhere),
        cmocka_unit_test(a_group_is_set_everywhere_and_what_is_absent_where_it_is),
        cmocka_unit_test(what_a_platform_gives_is_set_though_one_variant_writes_it),
        cmocka_unit_test(what_is_set_in_one_variant_alone_is_set),
        cmocka_unit_test(what_some_have_is_the_same_in_those_that_have_it),
        cmocka_unit_test(what_a_child_removes_of_its_parent_stays_away),
        cmocka_unit_test(a_component_of_one_variant_can_be_set),
        cmocka_unit_test(what_is_taken_away_twice_was_there_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
