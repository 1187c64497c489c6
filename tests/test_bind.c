/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Binding, against a made-up table that has every kind and every dimension and against registries
 * of its own: fs_registries is defined here, so the linker leaves the build's list in its archive.
 * Lines and columns are counted by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bind.h"
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- registries of the test ----------------------------------------------------------------- */

struct backoff {
    fs_time base, maximum;
    int64_t attempts;
    bool loaded;
};

static const struct fs_param backoff_rows[] = {
    {"base", FS_P_SCALAR, FS_D_TIME, offsetof(struct backoff, base), NULL, 0.001, 60,
     .doc = "First wait."},
    {"maximum", FS_P_SCALAR, FS_D_TIME, offsetof(struct backoff, maximum), "20s", 0.001, 3600,
     .doc = "Longest wait."},
    {"attempts", FS_P_SCALAR, FS_D_COUNT, offsetof(struct backoff, attempts), "3", 1, 100,
     .doc = "Attempts."},
    {.key = NULL}};

static void check_backoff(const void *params, struct fs_complaints *complaints)
{
    const struct backoff *p = params;
    if (p->maximum < p->base) fs_complain(complaints, "maximum", "is below the base");
    if (p->attempts == 99) fs_warn(complaints, "attempts", "is rather many");
    if (p->attempts == 98) fs_complain(complaints, "", "as a whole this is wrong");
}

static void load_backoff(void *params, struct fs_arena *memory, struct fs_complaints *complaints)
{
    struct backoff *p = params;
    (void)memory;
    p->loaded = true;
    if (p->attempts == 97)
        fs_complain_at(complaints, "trace.csv", 1234567, 3, "1,x,2", "'%s' is no number", "x");
}

static const struct fs_param no_rows[] = {{.key = NULL}};

struct one_name {
    const char *name;
};

static const struct fs_param name_rows[] = {
    {"", FS_P_REF, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A component."}, {.key = NULL}};

struct nest {
    struct fs_list parts; /* of struct fs_plugin_value */
};

static const struct fs_param part_rows[] = {
    {"", FS_P_PLUGIN, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A part.", .registry = "policies"},
    {.key = NULL}};
static const struct fs_param nest_rows[] = {
    {"parts", FS_P_LIST, FS_D_COUNT, offsetof(struct nest, parts), NULL, 0, 0, .doc = "Parts.",
     .rows = part_rows, .size = sizeof(struct fs_plugin_value)},
    {.key = NULL}};

static const struct fs_plugin backoff = {
    "backoff",     "Waits longer.", sizeof(struct backoff), backoff_rows, NULL,
    check_backoff, load_backoff};
static const struct fs_plugin none = {"none", "Gives up.", 0, no_rows, NULL, NULL, NULL};
static const struct fs_plugin nest = {"nest", "Several.", sizeof(struct nest), nest_rows, NULL,
                                      NULL,   NULL};
static const struct fs_plugin deploy = {
    "deploy", "Deploys.", sizeof(struct one_name), name_rows, NULL, NULL, NULL};
static const struct fs_plugin *const policies[] = {&backoff, &nest, &none, NULL};
static const struct fs_plugin *const actions[] = {&backoff, &deploy, &none, NULL};
static const struct fs_registry policy_registry = {"policies", policies};
static const struct fs_registry action_registry = {"actions", actions};
const struct fs_registry *const fs_registries[] = {&action_registry, &policy_registry, NULL};

/* ---- the table ------------------------------------------------------------------------------ */

struct step {
    const char *name; /* of a map's entry */
    struct fs_dist cpu;
    fs_time wait;
};

struct event {
    fs_time at;
    struct fs_plugin_value action;
};

struct group {
    fs_time limit;
    int64_t size;
};

struct all {
    int64_t count, size, memory, money;
    fs_time time;
    double number, fraction, rate, cpu;
    bool flag;
    const char *text, *path, *component, *price;
    int choice;
    struct fs_dist dist, sizes;
    struct group group, maybe;
    struct fs_list names, steps, events;
    struct fs_plugin_value policy;
};

static const char *const colours[] = {"red", "green", "dark blue", NULL};

static const struct fs_param group_rows[] = {
    {"limit", FS_P_SCALAR, FS_D_TIME, offsetof(struct group, limit), "30s", 1, 900,
     .doc = "Time limit."},
    {"size", FS_P_SCALAR, FS_D_COUNT, offsetof(struct group, size), "7", 0, 0, .doc = "Size."},
    {.key = NULL}};
static const struct fs_param step_rows[] = {
    {"cpu", FS_P_DIST, FS_D_TIME, offsetof(struct step, cpu), "0s", 0, 0, .doc = "Work."},
    {"wait", FS_P_SCALAR, FS_D_TIME, offsetof(struct step, wait), "", 0, 0, .doc = "Waiting."},
    {.key = NULL}};
static const struct fs_param event_rows[] = {
    {"at", FS_P_SCALAR, FS_D_TIME, offsetof(struct event, at), NULL, 0, 0, .doc = "When."},
    {"", FS_P_PLUGIN, FS_D_COUNT, offsetof(struct event, action), NULL, 0, 0, .doc = "What.",
     .registry = "actions"},
    {.key = NULL}};

#define ROW(name, kind, dimension, preset, low, high, ...)                                         \
    {                                                                                              \
#name, kind, dimension, offsetof(struct all, name), preset, low, high,                     \
            .doc = "The " #name ".", __VA_ARGS__                                                   \
    }

static const struct fs_param rows[] = {
    ROW(count, FS_P_SCALAR, FS_D_COUNT, NULL, 1, 1e6, .size = 0),
    ROW(number, FS_P_SCALAR, FS_D_NUMBER, "1.5", 0, 0, .size = 0),
    ROW(fraction, FS_P_SCALAR, FS_D_FRACTION, "50%", 0, 0, .size = 0),
    ROW(time, FS_P_SCALAR, FS_D_TIME, "1min", 1, 900, .size = 0),
    ROW(size, FS_P_SCALAR, FS_D_SIZE, "1KiB", 0, 0, .size = 0),
    ROW(memory, FS_P_SCALAR, FS_D_MEMORY, "128MB", 128, 10240, .size = 0),
    ROW(rate, FS_P_SCALAR, FS_D_RATE, "10/s", 0, 0, .size = 0),
    ROW(money, FS_P_SCALAR, FS_D_MONEY, "1USD", 0.01, 100, .size = 0),
    ROW(cpu, FS_P_SCALAR, FS_D_CPU, "500m", 0.1, 16, .size = 0),
    ROW(flag, FS_P_BOOL, FS_D_COUNT, "true", 0, 0, .size = 0),
    ROW(text, FS_P_TEXT, FS_D_COUNT, "", 0, 0, .size = 0),
    ROW(path, FS_P_PATH, FS_D_COUNT, "", 0, 0, .size = 0),
    ROW(choice, FS_P_CHOICE, FS_D_COUNT, "green", 0, 0, .choices = colours),
    ROW(dist, FS_P_DIST, FS_D_TIME, "{exponential: {mean: 2s}}", 0, 10, .size = 0),
    ROW(sizes, FS_P_DIST, FS_D_SIZE, "", 0, 0, .size = 0),
    ROW(component, FS_P_REF, FS_D_COUNT, "", 0, 0, .size = 0),
    ROW(price, FS_P_PRICE, FS_D_COUNT, "", 0, 0, .prefix = "function."),
    ROW(group, FS_P_GROUP, FS_D_COUNT, "{}", 0, 0, .rows = group_rows),
    ROW(maybe, FS_P_GROUP, FS_D_COUNT, "", 0, 0, .rows = group_rows),
    ROW(names, FS_P_LIST, FS_D_COUNT, "[]", 0, 0, .rows = name_rows, .size = sizeof(const char *)),
    ROW(steps, FS_P_MAP, FS_D_COUNT, "", 0, 0, .rows = step_rows, .size = sizeof(struct step)),
    ROW(events, FS_P_LIST, FS_D_COUNT, "", 0, 0, .rows = event_rows, .size = sizeof(struct event)),
    ROW(policy, FS_P_PLUGIN, FS_D_COUNT, "none", 0, 0, .registry = "policies"),
    {.key = NULL}};

/* ---- names the tree mentions ---------------------------------------------------------------- */

static struct fs_arena *arena;
static struct fs_report *report;
static struct fs_binder binder;
static struct all all;

static const char *const *components(void *self)
{
    static const char *const names[] = {"door", "worker", NULL};
    (void)self;
    return names;
}

static const char *const *prices(void *self)
{
    static const char *const names[] = {"function.duration", "function.requests", NULL};
    (void)self;
    return names;
}

static const char *const *presets(void *self, const char *registry)
{
    static const char *const names[] = {"sdk-standard", NULL};
    (void)self;
    return strcmp(registry, "policies") == 0 ? names : NULL;
}

static struct fs_node *preset(void *self, const char *registry, const char *name,
                              const char **plugin)
{
    static const char text[] = "base: 1s\nattempts: 5\n";
    (void)self;
    if (strcmp(registry, "policies") != 0 || strcmp(name, "sdk-standard") != 0) return NULL;
    *plugin = "backoff";
    return fs_tree_parse(arena, "sdk-standard.yaml", text, strlen(text), report);
}

static const char *path(void *self, const struct fs_node *node, struct fs_report *complaints)
{
    (void)self;
    if (node->text[0] != '/') return node->text;
    fs_report_error(complaints, node->place, NULL, "'%s' leaves the folder", node->text);
    return NULL;
}

static int set_up(void **state)
{
    (void)state;
    arena = fs_arena_new();
    report = fs_report_new(arena);
    binder = (struct fs_binder){.arena = arena,
                                .report = report,
                                .names = {.components = components,
                                          .prices = prices,
                                          .preset = preset,
                                          .presets = presets,
                                          .path = path}};
    memset(&all, 0, sizeof all);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fs_arena_free(arena);
    return 0;
}

static struct fs_node *parse(const char *name, const char *text)
{
    struct fs_node *tree = fs_tree_parse(arena, name, text, strlen(text), report);
    assert_non_null(tree);
    return tree;
}

static struct fs_place start_of(const struct fs_node *node)
{
    return (struct fs_place){.text = node->place.text, .line = 1, .column = 1, .width = 1};
}

static int bind(const char *text, const char *defaults)
{
    const struct fs_node *node = parse("t.yaml", text);
    return fs_bind(&binder, rows, node, defaults ? parse("d.yaml", defaults) : NULL, start_of(node),
                   NULL, &all);
}

static const char *printed(void)
{
    char *text = NULL, *kept;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fs_report_print(report, out, false);
    fclose(out);
    kept = fs_arena_text(arena, text);
    free(text);
    return kept;
}

/* ---- values --------------------------------------------------------------------------------- */

static void presets_fill_what_is_not_written(void **state)
{
    (void)state;
    assert_int_equal(bind("count: 5", NULL), 0);
    assert_int_equal(all.count, 5);
    assert_true(all.number >= 1.5 && all.number <= 1.5);
    assert_true(all.fraction >= 0.5 && all.fraction <= 0.5);
    assert_int_equal(all.time, FS_MIN);
    assert_int_equal(all.size, 1024);
    assert_int_equal(all.memory, 128);
    assert_true(all.rate >= 10 && all.rate <= 10);
    assert_int_equal(all.money, 1000000000000000);
    assert_true(all.cpu >= 0.5 && all.cpu <= 0.5);
    assert_true(all.flag);
    assert_null(all.text);
    assert_null(all.path);
    assert_null(all.component);
    assert_null(all.price);
    assert_int_equal(all.choice, 1);
    assert_int_equal(all.dist.kind, FS_DIST_EXPONENTIAL);
    assert_true(all.dist.a >= 2e9 && all.dist.a <= 2e9);
    assert_int_equal(all.group.limit, 30 * FS_S);
    assert_int_equal(all.group.size, 7);
    assert_int_equal(all.maybe.limit, 0);
    assert_int_equal(all.names.n, 0);
    assert_int_equal(all.steps.n, 0);
    assert_ptr_equal(all.policy.plugin, &none);
}

static const char full[] = "count: 1000\n"
                           "number: 2.25\n"
                           "fraction: 35%\n"
                           "time: 2.5min\n"
                           "size: 20MB\n"
                           "memory: 2GB\n"
                           "rate: 300/min\n"
                           "money: $0.20\n"
                           "cpu: 2 vCPU\n"
                           "flag: false\n"
                           "text: null and void\n"
                           "path: traces/a.csv\n"
                           "choice: dark blue\n"
                           "dist: {lognormal: {mean: 400ms, p99: 2s}}\n"
                           "sizes: {quantiles: {p0: 1kB, p50: 4kB, p999: 1MB}}\n"
                           "component: worker\n"
                           "price: requests\n"
                           "group: {limit: 1min}\n"
                           "maybe: {size: 0}\n"
                           "names: [door, worker]\n"
                           "steps:\n"
                           "  a.b: {cpu: 5ms, wait: 1s}\n"
                           "  c: {}\n"
                           "  d:\n"
                           "events:\n"
                           "  - {at: 5min, deploy: worker}\n"
                           "  - {none: {}, at: 6min}\n"
                           "  - at: 7min\n"
                           "    backoff: {base: 2s}\n"
                           "policy: {nest: {parts: [none, {backoff: {base: 3s}}, sdk-standard]}}\n";

static void every_kind_and_dimension_is_read(void **state)
{
    (void)state;
    if (bind(full, NULL)) fail_msg("%s", printed());
    assert_int_equal(all.count, 1000);
    assert_true(all.fraction >= 0.35 && all.fraction <= 0.35);
    assert_int_equal(all.time, 150 * FS_S);
    assert_int_equal(all.size, 20000000);
    assert_int_equal(all.memory, 2048);
    assert_true(all.rate >= 5 && all.rate <= 5);
    assert_int_equal(all.money, 200000000000000);
    assert_true(all.cpu >= 2 && all.cpu <= 2);
    assert_false(all.flag);
    assert_string_equal(all.text, "null and void");
    assert_string_equal(all.path, "traces/a.csv");
    assert_int_equal(all.choice, 2);
    assert_int_equal(all.dist.kind, FS_DIST_LOGNORMAL);
    assert_int_equal(all.sizes.kind, FS_DIST_QUANTILES);
    assert_int_equal(all.sizes.n, 4); /* p100 is added */
    assert_true(all.sizes.p[2] >= 0.999 && all.sizes.p[2] <= 0.999);
    assert_string_equal(all.component, "worker");
    assert_string_equal(all.price, "function.requests");
    assert_int_equal(all.group.limit, 60 * FS_S);
    assert_int_equal(all.group.size, 7);
    assert_int_equal(all.maybe.limit, 30 * FS_S);
    assert_int_equal(all.names.n, 2);
    assert_string_equal(((const char **)all.names.item)[1], "worker");
    const struct step *step = all.steps.item;
    assert_int_equal(all.steps.n, 3);
    assert_string_equal(step[0].name, "a.b");
    assert_int_equal(step[0].wait, FS_S);
    assert_true(step[0].cpu.a >= 5e6 && step[0].cpu.a <= 5e6);
    assert_string_equal(step[2].name, "d");
    const struct event *event = all.events.item;
    assert_int_equal(all.events.n, 3);
    assert_int_equal(event[0].at, 300 * FS_S);
    assert_ptr_equal(event[0].action.plugin, &deploy);
    assert_string_equal(((const struct one_name *)event[0].action.params)->name, "worker");
    assert_ptr_equal(event[1].action.plugin, &none);
    assert_int_equal(((const struct backoff *)event[2].action.params)->base, 2 * FS_S);
    assert_true(((const struct backoff *)event[2].action.params)->loaded);
    const struct nest *inner = all.policy.params;
    const struct fs_plugin_value *part = inner->parts.item;
    assert_int_equal(inner->parts.n, 3);
    assert_ptr_equal(part[0].plugin, &none);
    assert_int_equal(((const struct backoff *)part[1].params)->attempts, 3);
    assert_int_equal(((const struct backoff *)part[2].params)->attempts, 5);
}

/* ---- errors --------------------------------------------------------------------------------- */

static void every_error_has_its_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint, *hint; /* of one error; without the source lines */
    } cases[] = {
        {"time: 5s", "t.yaml:1:1: error: 'count' is missing: expected a whole number such as 1000",
         NULL},
        {"count: 1\ntime: 900",
         "t.yaml:2:7: error: 'time' needs a unit: one of ns, us, ms, s, min, h, d",
         "did you mean '900s'?"},
        {"count: 1\ntime: 16min", "t.yaml:2:7: error: 'time' must lie between 1s and 15min", NULL},
        {"count: 1\ntime: 999ms", "t.yaml:2:7: error: 'time' must lie between 1s and 15min", NULL},
        {"count: 0", "t.yaml:1:8: error: 'count' must lie between 1 and 1000000", NULL},
        {"count: 1.5", "t.yaml:1:8: error: 'count' must be a whole number", NULL},
        {"count: many",
         "t.yaml:1:8: error: 'count' expects a whole number such as 1000, not 'many'", NULL},
        {"count: [1]", "t.yaml:1:8: error: 'count' must be a whole number such as 1000, not a list",
         NULL},
        {"count: {a: 1}",
         "t.yaml:1:8: error: 'count' must be a whole number such as 1000, not a map", NULL},
        {"count:", "t.yaml:1:7: error: 'count' has no value: expected a whole number such as 1000",
         NULL},
        {"count: 1\nnumber: -1", "t.yaml:2:9: error: 'number' must not be negative", NULL},
        {"count: 1\nnumber: .nan",
         "t.yaml:2:9: error: 'number' expects a number such as 1.5, not "
         "'.nan'",
         NULL},
        {"count: 1\nfraction: 101%", "t.yaml:2:11: error: 'fraction' must lie between 0 and 1",
         NULL},
        {"count: 1\nmemory: 64MB", "t.yaml:2:9: error: 'memory' must lie between 128MiB and 10GiB",
         NULL},
        {"count: 1\nmemory: 512",
         "t.yaml:2:9: error: 'memory' needs a unit: one of MB, GB, MiB, GiB",
         "did you mean '512MB'?"},
        {"count: 1\nmoney: 101USD",
         "t.yaml:2:8: error: 'money' must lie between 0.01USD and 100USD", NULL},
        {"count: 1\ncpu: 32", "t.yaml:2:6: error: 'cpu' must lie between 0.1 and 16", NULL},
        {"count: 1\nflag: yes", "t.yaml:2:7: error: 'flag' must be true or false, not 'yes'",
         "did you mean 'true'?"},
        {"count: 1\nchoice: gren",
         "t.yaml:2:9: error: 'choice' must be one of red, green, dark blue, not 'gren'",
         "did you mean 'green'?"},
        {"count: 1\ncolour: red", "t.yaml:2:1: error: unknown key 'colour'",
         "possible here: count, number, fraction, time, size, memory, rate, money, cpu, flag, "
         "text, "
         "path, choice, dist, sizes, component, price, group, maybe, names, steps, events, policy"},
        {"count: 1\nmemry: 1GB", "t.yaml:2:1: error: unknown key 'memry'",
         "did you mean 'memory'?"},
        {"count: 1\ngroup: {limt: 5s}", "t.yaml:2:9: error: unknown key 'limt'",
         "did you mean 'limit'?"},
        {"count: 1\ngroup: 5s", "t.yaml:2:8: error: 'group' must be a map of keys", NULL},
        {"count: 1\nnames: door", "t.yaml:2:8: error: 'names' must be a list: [...]",
         "did you mean '[door]'?"},
        {"count: 1\nnames: [door, [x]]",
         "t.yaml:2:15: error: 'names' must be the name of a component, not a list", NULL},
        {"count: 1\nnames: [wroker]", "t.yaml:2:9: error: 'names': there is no component 'wroker'",
         "did you mean 'worker'?"},
        {"count: 1\ncomponent: x", "t.yaml:2:12: error: 'component': there is no component 'x'",
         "possible here: door, worker"},
        {"count: 1\nprice: request",
         "t.yaml:2:8: error: 'price': there is no price 'function.request'",
         "did you mean 'function.requests'?"},
        {"count: 1\npath: /etc/passwd", "t.yaml:2:7: error: '/etc/passwd' leaves the folder", NULL},
        {"count: 1\nsteps: [a]", "t.yaml:2:8: error: 'steps' must be a map of names", NULL},
        {"count: 1\nsteps: {a: 5ms}", "t.yaml:2:12: error: 'a' must be a map of keys", NULL},
        {"count: 1\nsteps: {a: {cpu: 5}}",
         "t.yaml:2:18: error: 'cpu' needs a unit: one of ns, us, ms, s, min, h, d",
         "did you mean '5s'?"},
        {"count: 1\npolicy: expo", "t.yaml:2:9: error: 'expo' is none of the policies",
         "possible here: backoff, nest, none, sdk-standard"},
        {"count: 1\npolicy: {backof: {base: 1s}}",
         "t.yaml:2:10: error: 'backof' is none of the policies", "did you mean 'backoff'?"},
        {"count: 1\npolicy: backoff",
         "t.yaml:2:9: error: 'base' is missing: expected a duration such as 250ms or 15min", NULL},
        {"count: 1\npolicy: {backoff: {}, none: {}}",
         "t.yaml:2:9: error: 'policy' must be exactly one of the policies",
         "possible here: backoff, nest, none, sdk-standard"},
        {"count: 1\npolicy: {backoff: {base: 30s}}",
         "t.yaml:2:10: error: 'maximum': is below the base", NULL},
        {"count: 1\npolicy: {backoff: {base: 30s, maximum: 3s}}",
         "t.yaml:2:40: error: 'maximum': is below the base", NULL},
        {"count: 1\npolicy: {backoff: {base: 1s, attempts: 98}}",
         "t.yaml:2:10: error: as a whole this is wrong", NULL},
        {"count: 1\npolicy: {backoff: {base: 1s, attempts: 97}}",
         "trace.csv:1234567:3: error: 'x' is no number", "the file is named in t.yaml, line 2"},
        {"count: 1\nevents: [{at: 5s}]", "t.yaml:2:10: error: one of the actions is missing",
         "possible here: backoff, deploy, none"},
        {"count: 1\nevents: [{at: 5s, deploy: door, none: {}}]",
         "t.yaml:2:33: error: 'deploy' and 'none' cannot stand together: one of the actions is "
         "expected",
         NULL},
        {"count: 1\nevents: [{deploy: door}]",
         "t.yaml:2:10: error: 'at' is missing: expected a duration such as 250ms or 15min", NULL},
        {"count: 1\nevents: [{at: 5s, depoly: door, none: {}}]",
         "t.yaml:2:19: error: unknown key 'depoly'", "did you mean 'deploy'?"},
        {"count: 1\nevents: [{at: 5s, deploy: [door]}]",
         "t.yaml:2:27: error: 'deploy' must be the name of a component, not a list", NULL},
        {"count: 1\ndist: {lognormal: {mean: 1s, p98: 2s}}",
         "t.yaml:2:8: error: 'dist': lognormal is written with one of {mean, p99}, {mean, p95}, "
         "{mean, p90}, {mean, cv}, {median, p99}, {median, p95}, {median, sigma}",
         NULL},
        {"count: 1\ndist: {lognorml: {mean: 1s, p99: 2s}}",
         "t.yaml:2:8: error: 'lognorml' is no distribution", "did you mean 'lognormal'?"},
        {"count: 1\ndist: {lognormal: {mean: 1s, p99: 20s}}",
         "t.yaml:2:8: error: 'dist': p99 of a lognormal can be at most 14.96 times its mean", NULL},
        {"count: 1\ndist: {exponential: {mean: 3}}",
         "t.yaml:2:28: error: 'mean' needs a unit: one of ns, us, ms, s, min, h, d",
         "did you mean '3s'?"},
        {"count: 1\ndist: {exponential: 3s}",
         "t.yaml:2:8: error: 'dist': exponential is written with {mean}", NULL},
        {"count: 1\ndist: {gamma: {mean: 3s, cv: 1s}}",
         "t.yaml:2:30: error: 'cv' expects a number such as 1.5, not '1s'", NULL},
        {"count: 1\ndist: {uniform: {low: 1s, high: 2s}, gamma: {mean: 1s, cv: 1}}",
         "t.yaml:2:7: error: 'dist' must be a duration such as 250ms or 15min, or one distribution "
         "such as {exponential: {mean: ...}}",
         NULL},
        {"count: 1\ndist: 11s", "t.yaml:2:7: error: 'dist' must lie between 0s and 10s", NULL},
        {"count: 1\ndist: {quantiles: {p50: 1s, p101: 2s}}",
         "t.yaml:2:29: error: 'p101' is no percentile", "percentiles are p0, p50, p99.9, p100"},
        {"count: 1\ndist: {quantiles: {p50: 2s, p99: 1s}}",
         "t.yaml:2:8: error: 'dist': a higher percentile must not have a lower value", NULL},
        {"count: 1\ndist: {mixture: [{weight: 1, off: 1s}]}",
         "t.yaml:2:18: error: a part of a mixture is written {weight: 0.9, of: ...}", NULL},
        {"count: 1\ndist: {mixture: [{weight: 0, of: 1s}]}",
         "t.yaml:2:8: error: 'dist': a weight must be above 0", NULL},
        {"[1, 2]", "t.yaml:1:1: error: a map of keys is expected here", NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        binder.report = report = fs_report_new(arena);
        memset(&all, 0, sizeof all);
        const int n = bind(cases[i].text, NULL);
        const char *text = printed(), *hint = strstr(text, "\nhint: ");
        const size_t length = strcspn(text, "\n");
        if (n != 1 || length != strlen(cases[i].complaint) ||
            memcmp(text, cases[i].complaint, length) != 0)
            fail_msg("%s\ngives %d\n%s\nnot\n%s", cases[i].text, n, text, cases[i].complaint);
        if (!hint != !cases[i].hint ||
            (hint && strncmp(hint + 7, cases[i].hint, strlen(cases[i].hint)) != 0))
            fail_msg("%s\ngives\n%s\nnot hint: %s", cases[i].text, text,
                     cases[i].hint ? cases[i].hint : "none");
    }
}

static void all_errors_come_in_one_go(void **state)
{
    (void)state;
    const int n = bind("count: 0\n"
                       "time: 15\n"
                       "memry: 1GB\n"
                       "policy:\n"
                       "  backoff:\n"
                       "    base: 1m\n",
                       NULL);
    assert_int_equal(n, 4);
    assert_string_equal(printed(),
                        "t.yaml:1:8: error: 'count' must lie between 1 and 1000000\n"
                        "    1 | count: 0\n"
                        "      |        ^\n"
                        "t.yaml:2:7: error: 'time' needs a unit: one of ns, us, ms, s, min, h, d\n"
                        "    2 | time: 15\n"
                        "      |       ^~\n"
                        "hint: did you mean '15s'?\n"
                        "t.yaml:3:1: error: unknown key 'memry'\n"
                        "    3 | memry: 1GB\n"
                        "      | ^~~~~\n"
                        "hint: did you mean 'memory'?\n"
                        "t.yaml:6:11: error: 'base' has an unknown unit 'm': expected one of ns, "
                        "us, ms, s, min, h, d\n"
                        "    6 |     base: 1m\n"
                        "      |           ^~\n"
                        "hint: did you mean '1min'?\n");
}

static void extra_keys_are_left_to_the_caller(void **state)
{
    (void)state;
    static const char *const extra[] = {"platform", NULL};
    const struct fs_node *node = parse("t.yaml", "{count: 1, platform: x, platfrm: y}");
    assert_int_equal(fs_bind(&binder, rows, node, NULL, start_of(node), extra, &all), 1);
    assert_non_null(strstr(printed(), "t.yaml:1:25: error: unknown key 'platfrm'"));
    assert_non_null(strstr(printed(), "did you mean 'platform'?"));
}

static void nothing_written_is_bound_to_presets(void **state)
{
    (void)state;
    struct group group = {0};
    const struct fs_place nowhere = {.line = 0};
    assert_int_equal(fs_bind(&binder, group_rows, NULL, NULL, nowhere, NULL, &group), 0);
    assert_int_equal(group.limit, 30 * FS_S);
}

static void a_plain_table_takes_a_plain_value(void **state)
{
    (void)state;
    struct one_name name = {0};
    const struct fs_node *node = parse("t.yaml", "worker");
    assert_int_equal(fs_bind(&binder, name_rows, node, NULL, node->place, NULL, &name), 0);
    assert_string_equal(name.name, "worker");
    assert_string_equal(fs_unbind(arena, name_rows, &name, NULL)->text, "worker");
}

/* ---- layers --------------------------------------------------------------------------------- */

static void defaults_stand_between_presets_and_what_is_written(void **state)
{
    (void)state;
    assert_int_equal(bind("time: 10s\ngroup: {size: 1}\nnames: [door]\n"
                          "policy: {backoff: {attempts: 9}}\n",
                          "count: 77\ntime: 20s\nsize: 5B\ngroup: {limit: 2s, size: 3}\n"
                          "names: [worker, worker]\ntext: of the platform\n"
                          "policy: {backoff: {base: 4s, attempts: 2}}\n"),
                     0);
    assert_int_equal(all.count, 77);
    assert_int_equal(all.time, 10 * FS_S);
    assert_int_equal(all.size, 5);
    assert_int_equal(all.memory, 128);
    assert_int_equal(all.group.limit, 2 * FS_S); /* groups fall through row by row */
    assert_int_equal(all.group.size, 1);
    assert_int_equal(all.names.n, 1); /* lists are replaced */
    assert_string_equal(all.text, "of the platform");
    const struct backoff *policy = all.policy.params; /* as are rows of the same plug-in */
    assert_int_equal(policy->base, 4 * FS_S);
    assert_int_equal(policy->attempts, 9);
    assert_int_equal(policy->maximum, 20 * FS_S);
}

static void another_plug_in_than_the_default_takes_nothing_from_it(void **state)
{
    (void)state;
    assert_int_equal(bind("count: 1\npolicy: none\n", "policy: {backoff: {base: 4s}}\n"), 0);
    assert_ptr_equal(all.policy.plugin, &none);
    assert_int_equal(bind("count: 1\npolicy: {sdk-standard: {attempts: 6}}\n",
                          "policy: {backoff: {base: 4s, maximum: 7s}}\n"),
                     0);
    const struct backoff *policy = all.policy.params;
    assert_int_equal(policy->base, FS_S); /* of the preset */
    assert_int_equal(policy->attempts, 6);
    assert_int_equal(policy->maximum, 20 * FS_S); /* the row's */
}

static void null_takes_back_an_optional_default(void **state)
{
    (void)state;
    assert_int_equal(bind("count: 1\ntext: null\nsteps:\n", "text: x\nsteps: {a: {}}\n"), 0);
    assert_null(all.text);
    assert_int_equal(all.steps.n, 0);
}

/* The row's own presets are left: null takes back what stands below it, of a group or map too. */
static void null_takes_back_a_group_and_a_map(void **state)
{
    (void)state;
    assert_int_equal(bind("count: 1\ngroup: null\nmaybe: null\n",
                          "group: {limit: 9s, size: 3}\nmaybe: {limit: 9s}\n"),
                     0);
    assert_int_equal(all.group.limit, 30 * FS_S);
    assert_int_equal(all.group.size, 7);
    assert_int_equal(all.maybe.limit, 0);
}

static void an_error_in_a_default_is_reported_in_its_own_file(void **state)
{
    (void)state;
    assert_int_equal(bind("count: 1\n", "time: 20s\nmemory: 7\nfoo: 1\n"), 2);
    const char *text = printed();
    assert_non_null(strstr(text, "d.yaml:2:9: error: 'memory' needs a unit"));
    assert_non_null(strstr(text, "d.yaml:3:1: error: unknown key 'foo'"));
    binder.report = report = fs_report_new(arena);
    assert_int_equal(bind("count: 1\npolicy: {backoff: {attempts: 2}}\n",
                          "policy: {backoff: {base: 9s, maximum: 8s}}\n"),
                     1);
    assert_non_null(strstr(printed(), "d.yaml:1:39: error: 'maximum': is below the base"));
}

static void hand_written_checks_point_at_paths(void **state)
{
    (void)state;
    const struct fs_node *node =
        parse("t.yaml", "steps: {a.b: {cpu: 1s}, c: {}}\nevents: [{at: 1s}, {at: 2s}]\n");
    static const struct {
        const char *path;
        int line, column;
    } cases[] = {
        {"steps.a.b.cpu", 1, 20}, {"steps.a.b", 1, 9},   {"steps.a.b.io", 1, 9}, {"steps.x", 1, 1},
        {"events.1.at", 2, 25},   {"events.7.at", 2, 1}, {"events.1", 2, 20},    {"", 9, 9},
        {"other.key", 9, 9}};
    const struct fs_place place = {.text = node->place.text, .line = 9, .column = 9, .width = 1};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        binder.report = report = fs_report_new(arena);
        fs_complain(fs_complaints_at(&binder, node, place), cases[i].path, "%s", "wrong");
        const char *expected = fs_arena_format(arena,
                                               *cases[i].path ? "t.yaml:%d:%d: error: '%s': wrong\n"
                                                              : "t.yaml:%d:%d: error: %swrong\n",
                                               cases[i].line, cases[i].column, cases[i].path);
        if (strncmp(printed(), expected, strlen(expected)) != 0)
            fail_msg("%s\nnot %s", printed(), expected);
    }
    struct backoff params = {.base = FS_S, .maximum = 2 * FS_S, .attempts = 99};
    node = parse("t.yaml", "attempts: 99");
    binder.report = report = fs_report_new(arena);
    fs_bind_check(&binder, &backoff, node, place, &params);
    assert_true(params.loaded);
    assert_int_equal(fs_report_errors(report), 0);
    assert_non_null(strstr(printed(), "t.yaml:1:11: warning: 'attempts': is rather many"));
}

/* ---- the way back --------------------------------------------------------------------------- */

static const char *print_tree(const struct fs_node *node)
{
    char *text = NULL, *kept;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fs_node_print(node, out);
    fclose(out);
    kept = fs_arena_text(arena, text);
    free(text);
    return kept;
}

static bool same_dist(const struct fs_dist *a, const struct fs_dist *b)
{
    if (a->kind != b->kind || a->n != b->n) return false;
    bool same = memcmp(&a->a, &b->a, sizeof a->a) == 0 && memcmp(&a->b, &b->b, sizeof a->b) == 0 &&
                memcmp(&a->c, &b->c, sizeof a->c) == 0;
    for (int i = 0; i < a->n && same; i++) {
        same = memcmp(&a->p[i], &b->p[i], sizeof a->p[i]) == 0;
        if (a->x) same = same && memcmp(&a->x[i], &b->x[i], sizeof a->x[i]) == 0;
        if (a->component) same = same && same_dist(&a->component[i], &b->component[i]);
    }
    return same;
}

static void what_is_unbound_binds_to_the_same_values(void **state)
{
    (void)state;
    static const char *const texts[] = {full, "count: 1", "{count: 1, text: '', names: [door]}",
                                        "{count: 1, text: 'null', maybe: {}}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        memset(&all, 0, sizeof all);
        assert_int_equal(bind(texts[i], NULL), 0);
        const struct all first = all;
        const char *text = print_tree(fs_unbind(arena, rows, &all, NULL));
        memset(&all, 0, sizeof all);
        if (bind(text, NULL)) fail_msg("%s\n%s", text, printed());
        assert_string_equal(print_tree(fs_unbind(arena, rows, &all, NULL)), text);
        assert_memory_equal(&first, &all, offsetof(struct all, flag));
        assert_int_equal(first.flag, all.flag);
        assert_int_equal(first.choice, all.choice);
        assert_true(!first.text == !all.text && (!all.text || !strcmp(first.text, all.text)));
        assert_true(same_dist(&first.dist, &all.dist) && same_dist(&first.sizes, &all.sizes));
        assert_memory_equal(&first.group, &all.group, 2 * sizeof first.group);
        assert_int_equal(first.steps.n, all.steps.n);
        assert_int_equal(first.events.n, all.events.n);
        assert_ptr_equal(first.policy.plugin, all.policy.plugin);
    }
}

/* Read again over the same defaults, a text gives the same values: what was taken back stays so. */
static void what_was_taken_back_is_written_so(void **state)
{
    (void)state;
    static const char defaults[] = "text: x\nsizes: 5B\nmaybe: {limit: 9s}\nsteps: {a: {}}\n"
                                   "group: {limit: 9s}\npolicy: {backoff: {base: 4s}}\n";
    assert_int_equal(
        bind("{count: 1, text: null, sizes: null, maybe: null, steps: {}, path: null}", defaults),
        0);
    struct fs_node *node = fs_unbind(arena, rows, &all, parse("d.yaml", defaults));
    static const char *const taken[] = {"text", "sizes", "maybe", "steps"};
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        assert_non_null(fs_node_get(node, taken[i]));
        assert_string_equal(fs_node_get(node, taken[i])->text, "");
    }
    assert_null(fs_node_get(node, "path")); /* the defaults have none */
    const char *text = print_tree(node);
    memset(&all, 0, sizeof all);
    if (bind(text, defaults)) fail_msg("%s\n%s", text, printed());
    assert_null(all.text);
    assert_int_equal(all.sizes.kind, FS_DIST_NONE);
    assert_int_equal(all.maybe.limit, 0);
    assert_int_equal(all.steps.n, 0);
    assert_int_equal(all.group.limit, 9 * FS_S);
}

static void the_full_text_shows_every_default_in_the_tables_order(void **state)
{
    (void)state;
    assert_int_equal(
        bind("count: 1\npolicy: sdk-standard\nevents: [{deploy: door, at: 60s}]", NULL), 0);
    assert_string_equal(print_tree(fs_unbind(arena, rows, &all, NULL)),
                        "count: 1\n"
                        "number: 1.5\n"
                        "fraction: 0.5\n"
                        "time: 1min\n"
                        "size: 1KiB\n"
                        "memory: 128MiB\n"
                        "rate: 10/s\n"
                        "money: 1USD\n"
                        "cpu: 0.5\n"
                        "flag: true\n"
                        "choice: green\n"
                        "dist: {exponential: {mean: 2s}}\n"
                        "group: {limit: 30s, size: 7}\n"
                        "names: []\n"
                        "events: [{at: 1min, deploy: door}]\n"
                        "policy: {backoff: {base: 1s, maximum: 20s, attempts: 5}}\n");
}

static const struct fs_param dist_rows[] = {
    {"", FS_P_DIST, FS_D_TIME, 0, NULL, 0, 0, .doc = "A duration."}, {.key = NULL}};
static const struct fs_param number_rows[] = {
    {"", FS_P_DIST, FS_D_NUMBER, 0, NULL, 0, 0, .doc = "A number."}, {.key = NULL}};

static void distributions_are_written_as_they_were(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "400ms",
        "{uniform: {low: 1s, high: 2s}}",
        "{triangular: {low: 1s, mode: 2s, high: 4s}}",
        "{exponential: {mean: 100ms}}",
        "{gamma: {mean: 3s, cv: 0.5}}",
        "{gamma: {mean: 7s, cv: 1.7}}",
        "{weibull: {mean: 30s, shape: 0.7}}",
        "{lognormal: {mean: 400ms, p99: 2s}}",
        "{lognormal: {mean: 10ms, p99: 17ms}}",
        "{pareto: {mean: 3s, shape: 1.5}}",
        "{pareto: {minimum: 3s, shape: 0.9}}",
        "{quantiles: {p0: 1s, p50: 2s, p99.9: 10s, p100: 1min}}",
        "{mixture: [{weight: 0.9, of: 1s}, {weight: 0.1, of: {exponential: {mean: 5s}}}]}"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct fs_dist dist = {.kind = FS_DIST_CONSTANT};
        const struct fs_node *node = parse("t.yaml", texts[i]);
        assert_int_equal(fs_bind(&binder, dist_rows, node, NULL, node->place, NULL, &dist), 0);
        assert_string_equal(print_tree(fs_unbind(arena, dist_rows, &dist, NULL)),
                            print_tree(parse("t.yaml", texts[i])));
    }
}

static double draw(uint64_t *seed) /* uniform in (0, 1), of 53 bits */
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407; /* Knuth's MMIX */
    return (double)((*seed >> 11) | 1) * 0x1p-53;
}

/* Arguments with all their digits, which no person writes; the bits must come back all the same. */
static void any_distribution_comes_back_bit_by_bit(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "{gamma: {mean: %.17g, cv: %.17g}}",          "{gamma: {mean: %.17g, shape: %.17g}}",
        "{uniform: {low: %.17g, high: 9e9}}",         "{exponential: {mean: %.17g}}",
        "{weibull: {mean: %.17g, shape: %.17g}}",     "{pareto: {minimum: %.17g, shape: %.17g}}",
        "{lognormal: {median: %.17g, sigma: %.17g}}", "{lognormal: {mean: %.17g, cv: %.17g}}"};
    int missed = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        uint64_t seed = i;
        const double scale = 1e9 * draw(&seed), shape = 0.2 + draw(&seed);
        const struct fs_node *node =
            parse("t.yaml", fs_arena_format(arena, forms[i % COUNT_OF(forms)], scale, shape));
        struct fs_dist first = {.kind = FS_DIST_CONSTANT}, back = first;
        assert_int_equal(fs_bind(&binder, number_rows, node, NULL, node->place, NULL, &first), 0);
        node = fs_unbind(arena, number_rows, &first, NULL);
        assert_int_equal(fs_bind(&binder, number_rows, node, NULL, node->place, NULL, &back), 0);
        if (!same_dist(&first, &back)) missed++;
    }
    assert_int_equal(missed, 0);
}

/* ---- views of the table --------------------------------------------------------------------- */

static const char *shown(void (*show)(FILE *))
{
    char *text = NULL, *kept;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    show(out);
    fclose(out);
    kept = fs_arena_text(arena, text);
    free(text);
    return kept;
}

static void show_schema(FILE *out)
{
    fs_schema_rows(out, rows, &binder.names, 0);
}

static void show_reference(FILE *out)
{
    fs_reference_rows(out, rows);
}

/* JSON is YAML, so the tree's parser reads the schema back. */
static void the_schema_is_json_and_knows_every_key(void **state)
{
    (void)state;
    const struct fs_node *schema = parse("schema", shown(show_schema));
    assert_string_equal(fs_node_get(schema, "type")->text, "object");
    assert_string_equal(fs_node_get(schema, "additionalProperties")->text, "false");
    const struct fs_node *properties = fs_node_get(schema, "properties");
    for (const struct fs_param *row = rows; row->key; row++) {
        const struct fs_node *property = fs_node_get(properties, row->key);
        assert_non_null(property);
        assert_non_null(fs_node_get(property, "description"));
    }
    assert_int_equal(fs_node_count(properties), COUNT_OF(rows) - 1);
    assert_string_equal(fs_node_get(schema, "required")->child->text, "count");
    assert_int_equal(fs_node_count(fs_node_get(schema, "required")), 1);
    const struct fs_node *time = fs_node_get(properties, "time");
    assert_string_equal(fs_node_get(time, "pattern")->text,
                        "^[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)? *(ns|us|ms|s|min|h|d)$");
    assert_string_equal(fs_node_get(time, "description")->text, "The time. Default: 1min.");
    const struct fs_node *choices = fs_node_get(fs_node_get(properties, "choice"), "enum");
    assert_int_equal(fs_node_count(choices), 3);
}

static void the_reference_names_every_key_with_its_default(void **state)
{
    (void)state;
    const char *text = shown(show_reference);
    assert_non_null(strstr(text, "| key | value | default | meaning |\n|---|---|---|---|\n"));
    assert_non_null(
        strstr(text, "| `count` | a whole number such as 1000 | required | The count. |\n"));
    assert_non_null(
        strstr(text, "| `choice` | `red`, `green`, `dark blue` | `green` | The choice. |\n"));
    assert_non_null(strstr(
        text, "| `group.limit` | a duration such as 250ms or 15min | `30s` | Time limit. |\n"));
    assert_non_null(strstr(text, "| `steps.<name>.wait` |"));
    assert_non_null(strstr(text, "| `events[].at` |"));
    assert_non_null(
        strstr(text, "| `events[].<name>` | one of the actions | required | What. |\n"));
    assert_non_null(strstr(text, "| `names` | a list of a component | `[]` | The names. |\n"));
}

/* ---- cost ----------------------------------------------------------------------------------- */

static void a_file_of_errors_costs_little(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs("count: 1\nnames: [", out);
    for (int i = 0; i < 190000; i++)
        fputs("no, ", out);
    fputs("x]\n", out);
    fclose(out);
    const struct fs_node *node = fs_tree_parse(arena, "t.yaml", text, size, report);
    free(text);
    assert_non_null(node);
    const clock_t start = clock();
    assert_int_equal(fs_bind(&binder, rows, node, NULL, start_of(node), NULL, &all), 190001);
    const double took = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (getenv("FS_FIGURES"))
        printf("binding 190,001 wrong names: %.1f ms, %.1f MB in all\n", 1e3 * took,
               1e-6 * (double)fs_arena_size(arena));
    assert_true(took < 1); /* ten times what is meant, for slow machines and sanitizers */
    assert_true(fs_arena_size(arena) < 50000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(presets_fill_what_is_not_written),
                                       TEST(every_kind_and_dimension_is_read),
                                       TEST(every_error_has_its_line_and_column),
                                       TEST(all_errors_come_in_one_go),
                                       TEST(extra_keys_are_left_to_the_caller),
                                       TEST(nothing_written_is_bound_to_presets),
                                       TEST(a_plain_table_takes_a_plain_value),
                                       TEST(defaults_stand_between_presets_and_what_is_written),
                                       TEST(another_plug_in_than_the_default_takes_nothing_from_it),
                                       TEST(null_takes_back_an_optional_default),
                                       TEST(null_takes_back_a_group_and_a_map),
                                       TEST(an_error_in_a_default_is_reported_in_its_own_file),
                                       TEST(hand_written_checks_point_at_paths),
                                       TEST(what_is_unbound_binds_to_the_same_values),
                                       TEST(what_was_taken_back_is_written_so),
                                       TEST(the_full_text_shows_every_default_in_the_tables_order),
                                       TEST(distributions_are_written_as_they_were),
                                       TEST(any_distribution_comes_back_bit_by_bit),
                                       TEST(the_schema_is_json_and_knows_every_key),
                                       TEST(the_reference_names_every_key_with_its_default),
                                       TEST(a_file_of_errors_costs_little)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
