/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees and complaints. Lines and columns are counted by hand in the texts below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static struct fs_arena *arena;
static struct fs_report *report;

static int set_up(void **state)
{
    (void)state;
    arena = fs_arena_new();
    report = fs_report_new(arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fs_arena_free(arena);
    return 0;
}

static struct fs_node *parse(const char *text)
{
    return fs_tree_parse(arena, "t.yaml", text, strlen(text), report);
}

/* What the report prints; lives until the program ends. */
static const char *printed(bool colour)
{
    char *text = NULL, *kept;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fs_report_print(report, out, colour);
    fclose(out);
    kept = fs_arena_text(arena, text);
    free(text);
    return kept;
}

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

static bool is_null(const struct fs_node *node)
{
    return node->kind == FS_NODE_SCALAR && !node->quoted && !*node->text;
}

static bool equal(const struct fs_node *a, const struct fs_node *b)
{
    if (!a || !b) return a == b;
    if (a->kind != b->kind || !a->key != !b->key || is_null(a) != is_null(b)) return false;
    if (a->key && strcmp(a->key, b->key) != 0) return false;
    if (a->kind == FS_NODE_SCALAR) return strcmp(a->text, b->text) == 0;
    const struct fs_node *x = a->child, *y = b->child;
    for (; x && y; x = x->next, y = y->next) {
        if (!equal(x, y)) return false;
    }
    return x == y;
}

/* ---- parsing -------------------------------------------------------------------------------- */

static void every_node_knows_where_it_stands(void **state)
{
    (void)state;
    struct fs_node *tree = parse("# comment\n"
                                 "run: {length: 15min, seed: 42}\n"
                                 "\n"
                                 "path:\n"
                                 "  - door\n"
                                 "  - \"w\xC3\xB6rker\"   # two bytes, one column\n");
    assert_non_null(tree);
    assert_int_equal(tree->kind, FS_NODE_MAP);
    assert_int_equal(fs_node_count(tree), 2);
    const struct fs_node *seed = fs_node_get(fs_node_get(tree, "run"), "seed");
    assert_string_equal(seed->text, "42");
    assert_int_equal(seed->key_place.line, 2);
    assert_int_equal(seed->key_place.column, 22);
    assert_int_equal(seed->key_place.width, 4);
    assert_int_equal(seed->place.column, 28);
    const struct fs_node *worker = fs_node_get(tree, "path")->child->next;
    assert_int_equal(worker->place.line, 6);
    assert_int_equal(worker->place.column, 5);
    assert_int_equal(worker->place.width, 8);
    assert_true(worker->quoted);
    assert_string_equal(worker->place.text->name, "t.yaml");
    assert_null(fs_node_get(tree, "Run"));
    assert_null(fs_node_get(seed, "x"));
}

static void null_is_empty_and_unquoted(void **state)
{
    (void)state;
    struct fs_node *tree = parse("[, ~, null, NULL, \"\", 'null', \"~\"]");
    assert_null(tree); /* a comma needs a value before it */
    tree = parse("[~, null, NULL, '', 'null', \"~\", no]");
    report = fs_report_new(arena);
    tree = parse("[~, null, NULL, '', 'null', \"~\", no]");
    const char *const texts[] = {"", "", "", "", "null", "~", "no"};
    int i = 0;
    for (const struct fs_node *node = tree->child; node; node = node->next, i++) {
        assert_string_equal(node->text, texts[i]);
        assert_int_equal(node->quoted, i >= 3 && i < 6);
        assert_int_equal(is_null(node), i < 3);
    }
    assert_int_equal(i, 7);
    assert_true(is_null(parse("")));
    assert_true(is_null(parse("# nothing\n")));
    assert_true(is_null(fs_node_get(parse("a:\n"), "a")));
}

static void a_byte_order_mark_takes_no_column(void **state)
{
    (void)state;
    const struct fs_node *tree = parse("\xEF\xBB\xBFrun: 1\r\nseed: 2\r\n");
    assert_non_null(tree);
    assert_string_equal(tree->child->key, "run");
    assert_int_equal(tree->child->key_place.column, 1);
    assert_int_equal(tree->child->next->key_place.line, 2);
}

static void what_a_scenario_has_no_use_for_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint; /* its first line */
    } cases[] = {
        {"a: &x 1\n", "t.yaml:1:4: error: anchors ('&x') are not allowed"},
        {"a: *x\n", "t.yaml:1:4: error: aliases ('*x') are not allowed"},
        {"a: !!int 1\n", "t.yaml:1:4: error: tags ('tag:yaml.org,2002:int') are not allowed: types "
                         "come from the keys"},
        {"a: ! b\n", "t.yaml:1:4: error: tags ('!') are not allowed: types come from the keys"},
        {"&x a: 1\n", "t.yaml:1:1: error: anchors ('&x') are not allowed"},
        {"a: 1\n---\nb: 2\n", "t.yaml:2:1: error: a second document: one file holds one scenario"},
        {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: error: duplicate key 'a'"},
        {"? [a]\n: 1\n", "t.yaml:1:3: error: a key must be a plain name"},
        {"{a: 1}: 1\n", "t.yaml:1:1: error: a key must be a plain name"},
        {"'': 1\n", "t.yaml:1:1: error: a key is missing here"},
        {"?\n: 1\n", "t.yaml:1:2: error: a key is missing here"},
        {"\"a\\0\": 1\n", "t.yaml:1:1: error: a key cannot hold NUL"},
        {"a: \"b\\0\"\n", "t.yaml:1:4: error: a text cannot hold NUL"},
        {"a: \xFF\n",
         "t.yaml:1:4: error: '\\xFF' is not valid UTF-8; save the file in that encoding"},
        {"a: \xC0\x80\n",
         "t.yaml:1:4: error: '\\xC0' is not valid UTF-8; save the file in that encoding"},
        {"\xFF\xFE"
         "a\n",
         "t.yaml:1:1: error: '\\xFF' is not valid UTF-8; save the file in that encoding"},
        {"a: \x1B[2J\n", "t.yaml:1:4: error: '\\x1B' is a control character; write it as an escape "
                         "in double quotes"},
        {"a: 1\rb: 2\n",
         "t.yaml:1:5: error: '\\x0D' is a carriage return alone; lines end with LF or CRLF"},
        {"a: b\n  c: d\n",
         "t.yaml:2:4: error: this is not YAML: mapping values are not allowed in this context"},
        {"a: [1, 2\nb: 3\n", "t.yaml:2:2: error: this is not YAML: did not find expected ',' or "
                             "']' while parsing a flow sequence"},
        {"a: \"b\n", "t.yaml:2:1: error: this is not YAML: found unexpected end of stream while "
                     "scanning a quoted scalar"},
        {"\ta: 1\n", "t.yaml:1:1: error: this is not YAML: found character that cannot start any "
                     "token while scanning for the next token"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        report = fs_report_new(arena);
        assert_null(parse(cases[i].text));
        const char *text = printed(false);
        const size_t length = strcspn(text, "\n");
        if (length != strlen(cases[i].complaint) || memcmp(text, cases[i].complaint, length) != 0)
            fail_msg("%s\ngives %s\nnot   %s", cases[i].text, text, cases[i].complaint);
    }
    report = fs_report_new(arena);
    assert_null(fs_tree_parse(arena, "t.yaml", "a: b\0c\n", 7, report));
    assert_non_null(strstr(printed(false), "t.yaml:1:5: error: '\\x00' is a NUL byte"));
}

static void what_is_readable_after_an_error_is_read_on(void **state)
{
    (void)state;
    assert_null(parse("a: &x 1\nb: *x\nc: !t 1\na: 2\na: 3\n"));
    assert_int_equal(fs_report_errors(report), 5);
}

/* ---- limits --------------------------------------------------------------------------------- */

/* `count` times `unit` behind `head`, up to `size` bytes. */
static char *repeat(const char *head, const char *unit, int count, size_t *size)
{
    const size_t a = strlen(head), b = strlen(unit);
    char *text = fs_arena_alloc(arena, a + b * (size_t)count + 1);
    memcpy(text, head, a);
    for (int i = 0; i < count; i++)
        memcpy(text + a + b * (size_t)i, unit, b);
    *size = a + b * (size_t)count;
    return text;
}

static char *many_keys(int n, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    for (int i = 0; i < n; i++)
        fprintf(out, "key%d: 1\n", i);
    fclose(out);
    char *kept = memcpy(fs_arena_alloc(arena, *size + 1), text, *size);
    free(text);
    return kept;
}

static void limits_are_exact(void **state)
{
    (void)state;
    size_t size;
    char *text = many_keys(1000, &size);
    assert_non_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    text = many_keys(1001, &size);
    assert_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    assert_non_null(
        strstr(printed(false), "t.yaml:1001:1: error: this map has more than 1,000 keys"));

    report = fs_report_new(arena);
    text = repeat("", "[", 64, &size);
    strcat(text, "");
    char *nested = fs_arena_format(arena, "%s%.*s", text, 64,
                                   "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                                   "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
    assert_non_null(parse(nested));
    assert_null(parse(fs_arena_format(arena, "[%s]", nested)));
    assert_non_null(strstr(printed(false), "t.yaml:1:65: error: this is nested deeper than 64"));

    report = fs_report_new(arena);
    text = repeat("", "-\n", 199999, &size); /* and the list itself */
    assert_non_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    text = repeat("", "-\n", 200000, &size);
    assert_null(fs_tree_parse(arena, "t.yaml", text, size, report));

    report = fs_report_new(arena);
    text = repeat("# ", "x", (1 << 20) - 2, &size);
    assert_non_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    text = repeat("# ", "x", (1 << 20) - 1, &size);
    assert_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    assert_string_equal(printed(false), "t.yaml: error: is larger than 1 MiB\n");

    report = fs_report_new(arena);
    text = repeat("", "k", 200, &size);
    assert_non_null(parse(fs_arena_format(arena, "%s: 1", text)));
    assert_null(parse(fs_arena_format(arena, "k%s: 1", text)));
}

/* The time allowed is ten times what is meant (100 ms), for slow machines and sanitizers. */
static void hostile_files_cost_little(void **state)
{
    (void)state;
    static const struct {
        const char *head, *unit;
        int count;
    } cases[] = {{"", "[", 1000000},
                 {"", "{a: ", 260000},
                 {"", "- ", 500000},
                 {"", "? ", 500000},
                 {"", "a: &x *x\n", 100000},
                 {"a: ", "x", 1000000},
                 {"a: \"", "\\x41", 250000},
                 {"", "- [{}]\n", 149000},
                 {"", "!x ", 340000},
                 {"", "{a: 1, b: 2, a: 3},", 50000},
                 {"[", "a,", 500000},
                 {"", "\xF0\x9F\x98\x80", 260000},
                 {"a: |\n", " x\n", 340000},
                 {"", "---\n", 250000},
                 {"%TAG ! x\n", "# c\n", 250000},
                 {"", "\n", 1000000},
                 {"", "- {k: 1, l: 2, m: 3}\n", 49000},
                 {"a: ", "b ", 500000},
                 {"", "'a':\n ", 170000},
                 {"[", "a: b,", 200000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t size;
        const char *text = repeat(cases[i].head, cases[i].unit, cases[i].count, &size);
        struct fs_arena *own = fs_arena_new();
        struct fs_report *complaints = fs_report_new(own);
        const clock_t start = clock();
        fs_tree_parse(own, "t.yaml", text, size, complaints);
        const double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        const size_t used = fs_arena_size(own);
        if (getenv("FS_FIGURES"))
            printf("%-24.*s %6.1f ms %6.1f MB\n", (int)strcspn(cases[i].unit, "\n"), cases[i].unit,
                   1e3 * took, 1e-6 * (double)used);
        fs_arena_free(own);
        if (took > 1 && !getenv("FS_SLOW")) fail_msg("'%s' takes %.2f s", cases[i].unit, took);
        if (used > 50000000) fail_msg("'%s' takes %zu bytes", cases[i].unit, used);
    }
}

static void an_alias_bomb_does_not_go_off(void **state)
{
    (void)state;
    assert_null(parse("a: &a [x, x, x, x, x, x, x, x, x]\n"
                      "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                      "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
                      "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"));
    assert_int_equal(fs_report_errors(report), 4 + 27);
    assert_true(fs_arena_size(arena) < 1000000);
}

/* ---- complaints ----------------------------------------------------------------------------- */

static void complaints_show_the_line_a_caret_and_a_hint(void **state)
{
    (void)state;
    const struct fs_node *tree = parse("a: 1\nduration: 15\n  \nb: 2\n");
    const struct fs_node *duration = fs_node_get(tree, "duration");
    fs_report_warning(report, tree->child->next->next->place, NULL, "'b' is %s", "odd");
    fs_report_error(report, duration->place, "did you mean '15s'?", "'duration' needs a unit");
    fs_report_error(report, duration->key_place, NULL, "long");
    assert_int_equal(fs_report_errors(report), 2);
    assert_int_equal(fs_report_warnings(report), 1);
    assert_string_equal(printed(false), "t.yaml:2:1: error: long\n"
                                        "    2 | duration: 15\n"
                                        "      | ^~~~~~~~\n"
                                        "t.yaml:2:11: error: 'duration' needs a unit\n"
                                        "    2 | duration: 15\n"
                                        "      |           ^~\n"
                                        "hint: did you mean '15s'?\n"
                                        "t.yaml:4:4: warning: 'b' is odd\n"
                                        "    4 | b: 2\n"
                                        "      |    ^\n");
    assert_non_null(strstr(printed(true), "\033[1;31merror:\033[0m long"));
}

static void places_outside_a_text_are_shown_without_a_line(void **state)
{
    (void)state;
    const struct fs_text text = {.name = "trace.csv", .data = "1,2,x", .size = 5, .first = 7000};
    fs_report_error(report, (struct fs_place){.text = &text, .line = 7000, .column = 5, .width = 1},
                    NULL, "no number");
    fs_report_error(report, (struct fs_place){.text = &text, .line = 9}, NULL, "early");
    fs_report_error(report, (struct fs_place){.line = 0}, NULL, "nowhere");
    assert_string_equal(printed(false), "error: nowhere\n"
                                        "trace.csv:9: error: early\n"
                                        "trace.csv:7000:5: error: no number\n"
                                        " 7000 | 1,2,x\n"
                                        "      |     ^\n");
}

static void a_long_line_is_shown_around_the_caret(void **state)
{
    (void)state;
    size_t size;
    char *text = repeat("key: [", "abcdefgh, ", 100000, &size);
    text[500006] = '&'; /* an anchor on column 500,007 */
    assert_null(fs_tree_parse(arena, "t.yaml", text, size, report));
    const char *shown = printed(false);
    assert_true(strlen(shown) < 1000);
    assert_non_null(strstr(shown, " | ...abcdefgh, "));
}

static void hostile_text_reaches_the_terminal_escaped(void **state)
{
    (void)state;
    const struct fs_node *tree = parse("a: \xE2\x80\xAE"
                                       "evil\n\"b\\e[2J\": 1\n");
    const struct fs_node *a = tree->child;
    fs_report_error(report, a->place, NULL, "bad '%s'", a->text);
    fs_report_error(report, a->next->key_place, a->next->key, "bad '%s'", a->next->key);
    assert_string_equal(printed(false), "t.yaml:1:4: error: bad '\\xE2\\x80\\xAEevil'\n"
                                        "    1 | a: \\xE2\\x80\\xAEevil\n"
                                        "      |    ^~~~~~~~~~~~~~~~\n"
                                        "t.yaml:2:1: error: bad 'b\\x1B[2J'\n"
                                        "    2 | \"b\\e[2J\": 1\n"
                                        "      | ^~~~~~~~\n"
                                        "hint: b\\x1B[2J\n");
    assert_string_equal(fs_escape(arena, "a\xC3\xA4\xFF\n", 5), "a\xC3\xA4\\xFF\\x0A");
}

static void after_twenty_errors_the_rest_is_counted(void **state)
{
    (void)state;
    const struct fs_node *tree =
        parse("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, "
              "18, 19, 20, 21, 22, 23]");
    for (const struct fs_node *node = tree->child; node; node = node->next) {
        assert_int_equal(fs_report_full(report), fs_report_errors(report) >= 20);
        fs_report_error(report, node->place, NULL, "bad");
    }
    assert_int_equal(fs_report_errors(report), 23);
    const char *text = printed(false);
    assert_non_null(strstr(text, "\n... and 3 more errors\n"));
    int shown = 0;
    for (const char *at = text; (at = strstr(at, "error: bad")); at++)
        shown++;
    assert_int_equal(shown, 20);
}

static void the_same_complaint_is_shown_once(void **state)
{
    (void)state;
    const struct fs_node *tree = parse("a: 1\n");
    for (int i = 0; i < 50; i++)
        fs_report_error(report, tree->child->place, NULL, "bad");
    assert_int_equal(fs_report_errors(report), 50);
    assert_string_equal(printed(false), "t.yaml:1:4: error: bad\n    1 | a: 1\n      |    ^\n");
}

static void the_nearest_name_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"timeout", "idle_timeout", "memory", "retry",
                                        "lambda",  "at",           "io",     "cpu"};
    static const struct {
        const char *written, *nearest;
    } cases[] = {{"idle_timout", "idle_timeout"},
                 {"lamdba", "lambda"},
                 {"Memory", "memory"},
                 {"idle-timeout", "idle_timeout"},
                 {"retries", "retry"},
                 {"ta", "at"},
                 {"xy", NULL},
                 {"visibility", NULL},
                 {"", NULL},
                 {"cpus", "cpu"},
                 {"x", NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *nearest = fs_nearest(cases[i].written, names, COUNT_OF(names));
        if (!nearest != !cases[i].nearest || (nearest && strcmp(nearest, cases[i].nearest) != 0))
            fail_msg("'%s': %s", cases[i].written, nearest ? nearest : "none");
    }
}

/* ---- paths ---------------------------------------------------------------------------------- */

static void a_dotted_path_puts_overrides_and_removes(void **state)
{
    (void)state;
    static const struct {
        const char *tree, *path, *value, *result;
    } cases[] = {{"a: 1", "a", "2", "a: 2\n"},
                 {"a: 1", "b", "2", "a: 1\nb: 2\n"},
                 {"a: {b: 1, c: 2}", "a.b", "{x: 1}", "a: {b: {x: 1}, c: 2}\n"},
                 {"a: {b: 1, c: 2}", "a", "{x: 1}", "a: {x: 1}\n"},
                 {"a: {b: 1, c: 2}", "a.b", "null", "a: {c: 2}\n"},
                 {"a: {b: 1}", "a.c.d.e", "5", "a:\n  b: 1\n  c: {d: {e: 5}}\n"},
                 {"a:", "a.b", "1", "a: {b: 1}\n"},
                 {"events: [{at: 1}, {at: 2}]", "events.1.at", "9", "events: [{at: 1}, {at: 9}]\n"},
                 {"events: [{at: 1}, {at: 2}]", "events.0", "null", "events: [{at: 2}]\n"},
                 {"c: {a.b: {m: 1}, d/e: 2}", "c.\"a.b\".m", "7", "c: {a.b: {m: 7}, d/e: 2}\n"},
                 {"c: {d/e: 2}", "c.d/e", "3", "c: {d/e: 3}\n"},
                 {"a: 1", "b", "''", "a: 1\nb: \"\"\n"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fs_node *tree = parse(cases[i].tree);
        const struct fs_place place = {.line = 1, .column = 1, .width = 1};
        assert_true(fs_node_put(arena, tree, cases[i].path, parse(cases[i].value), place, report));
        assert_string_equal(print_tree(tree), cases[i].result);
        assert_int_equal(fs_report_warnings(report), 0);
    }
}

static void a_path_that_leads_nowhere_is_an_error(void **state)
{
    (void)state;
    static const struct {
        const char *path, *complaint;
    } cases[] = {
        {"a.b", "error: the path 'a.b' goes on at 'b' below the plain value '1'\n"},
        {"l.2", "error: the path 'l.2' has '2' where a list has items 0 to 1\n"},
        {"l.x", "error: the path 'l.x' has 'x' where a list has items 0 to 1\n"},
        {"", "error: the path '' cannot be read: names are separated by dots, one that holds a dot "
             "stands in double quotes\n"},
        {"a..b", NULL},
        {".a", NULL},
        {"a.", NULL},
        {"\"a", NULL},
        {"\"a\"b", NULL},
        {"a\"b", NULL}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct fs_node *tree = parse("{a: 1, l: [1, 2]}");
        struct fs_node *before = fs_node_copy(arena, tree);
        report = fs_report_new(arena);
        const struct fs_place nowhere = {.line = 0};
        assert_false(fs_node_put(arena, tree, cases[i].path, parse("5"), nowhere, report));
        assert_int_equal(fs_report_errors(report), 1);
        if (cases[i].complaint) assert_string_equal(printed(false), cases[i].complaint);
        assert_true(equal(tree, before) || *cases[i].path == 'a');
    }
    report = fs_report_new(arena);
    struct fs_node *tree = parse("{a: 1}");
    assert_true(
        fs_node_put(arena, tree, "b.c", parse("null"), (struct fs_place){.line = 0}, report));
    assert_string_equal(printed(false), "warning: 'b.c' removes nothing: it is not there\n");
    assert_string_equal(print_tree(tree), "a: 1\n");
}

static void a_put_value_keeps_its_own_place_and_is_a_copy(void **state)
{
    (void)state;
    struct fs_node *tree = parse("a: 1\n"), *value = parse("\n\n  {x: 2}\n");
    const struct fs_place place = {.text = value->place.text, .line = 77, .column = 3, .width = 1};
    assert_true(fs_node_put(arena, tree, "b.c", value, place, report));
    const struct fs_node *c = fs_node_get(fs_node_get(tree, "b"), "c");
    assert_ptr_not_equal(c, value);
    assert_int_equal(c->key_place.line, 77);
    assert_int_equal(c->place.line, 3);
    assert_int_equal(fs_node_get(tree, "b")->key_place.line, 77);
    assert_ptr_not_equal(c->child, value->child);
}

/* ---- printing ------------------------------------------------------------------------------- */

static void a_printed_tree_parses_back_to_an_equal_one(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a: 1",
        "[]",
        "{}",
        "plain",
        "''",
        "null",
        "'null'",
        "a: [b, [c, [d, [e, [f]]]]]",
        "a: {b: {c: {d: {e: {f: g}}}}}",
        "- - - a\n    - b\n  - c\n- d",
        "- a: 1\n  b: 2\n- c: 3",
        "a: 'x: y'",
        "a: 'x #y'",
        "a: '- x'",
        "a: '-x'",
        "a: '...'",
        "a: '---'",
        "a: '%x'",
        "a: 'x, y'",
        "a: '[x'",
        "a: '{x'",
        "a: '?x'",
        "a: ': x'",
        "a: 'x:'",
        "a: 'http://x/y'",
        "a: ' x'",
        "a: 'x '",
        "a: \"x\\ny\"",
        "a: \"x\\ty\"",
        "a: \"\\x01\\e\\u0085\\u2028\"",
        "a: \"\\\"\\\\\"",
        "a: \"\\u202E\"",
        "a: \xC3\xA4\xF0\x9F\x98\x80",
        "a: |\n  line\n  line\n",
        "a: >\n  folded\n  text\n",
        "'x: y': 1",
        "'null': 1",
        "'~': '~'",
        "\"\\n\": 1",
        "'1': 2",
        "a: \"\\uFEFF\\uFFFE\"",
        "a: !x",
        "a: '!x'",
        "a: '&x'",
        "a: '*x'",
        "a: '@x'",
        "a: '`x'",
        "a: '<<'",
        "a: '='",
        "a: 2026-11-05T10:00:00Z",
        "a: \"x  y\"",
        "run: {length: 15min, replications: 20, seed: 42, represents: once per day}\n"
        "traffic:\n  jobs:\n    arrivals: {burst: {size: 2000, at: 5s}}\n"
        "    work: {worker: {cpu: {lognormal: {mean: 400ms, p99: 2s}}, io: 500ms}}\n"
        "events: [{at: 5min, deploy: worker}]\n"
        "expect:\n  - direct.traffic.jobs.throttled == 1000\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct fs_node *tree = parse(texts[i]);
        if (!tree) {
            assert_string_equal(texts[i], "a: !x");
            continue;
        }
        report = fs_report_new(arena);
        const char *text = print_tree(tree);
        const struct fs_node *back = parse(text);
        if (!equal(tree, back))
            fail_msg("%s\nis printed as\n%s\n%s", texts[i], text, printed(false));
        assert_string_equal(print_tree(back), text);
    }
}

static void trees_are_printed_as_people_write_them(void **state)
{
    (void)state;
    const char *text =
        "run: {length: 15min, seed: 42}\n"
        "traffic:\n"
        "  jobs:\n"
        "    arrivals: {burst: {size: 2000, at: 5s}}\n"
        "    path: [worker]\n"
        "    work:\n"
        "      worker:\n"
        "        cpu: {lognormal: {mean: 400ms, p99: 2s}}\n"
        "        io: 500ms\n"
        "events:\n"
        "  - at: 5min\n"
        "    deploy: a_component_with_a_name_that_does_not_fit_beside_the_time_of_it\n"
        "  - {at: 6min, deploy: worker}\n"
        "title: \"A title, with a comma\"\n"
        "none: null\n"
        "empty: {}\n";
    assert_string_equal(print_tree(parse(text)), text);
}

static uint64_t draw(uint64_t *seed, uint64_t n)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407; /* Knuth's MMIX */
    return (*seed >> 33) % n;
}

static struct fs_node *random_tree(uint64_t *seed, int depth)
{
    static const char *const texts[] = {"",    "a",     "null", "~",    "x: y", "-",   "- a",
                                        "#",   "a #b",  "\n",   "\x01", "[",    "a,b", "\xC3\xA4",
                                        "...", "\"q\"", "'",    "5ms",  " ",    "?",   ":"};
    const enum fs_node_kind kind = depth ? (enum fs_node_kind)draw(seed, 3) : FS_NODE_SCALAR;
    if (kind == FS_NODE_SCALAR) {
        struct fs_node *node = fs_node_new(arena, kind, texts[draw(seed, COUNT_OF(texts))]);
        node->quoted = draw(seed, 2);
        return node;
    }
    struct fs_node *node = fs_node_new(arena, kind, NULL);
    const int n = (int)draw(seed, 5);
    for (int i = 0; i < n; i++) {
        const char *text = texts[1 + draw(seed, COUNT_OF(texts) - 1)];
        fs_node_add(node, kind == FS_NODE_MAP ? fs_arena_format(arena, "%s%d", text, i) : NULL,
                    random_tree(seed, depth - 1));
    }
    return node;
}

static void any_tree_survives_printing(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        struct fs_arena *outer = arena;
        uint64_t seed = i;
        arena = fs_arena_new();
        report = fs_report_new(arena);
        const struct fs_node *tree = random_tree(&seed, 1 + (int)(i % 6));
        const char *text = print_tree(tree);
        if (!equal(tree, parse(text))) fail_msg("seed %d:\n%s\n%s", (int)i, text, printed(false));
        fs_arena_free(arena);
        arena = outer;
    }
}

/* ---- files ---------------------------------------------------------------------------------- */

static void only_regular_files_are_read(void **state)
{
    (void)state;
    char folder[] = "/tmp/fs_test_tree_XXXXXX";
    struct fs_failure failure = {{0}};
    struct fs_node *tree;
    assert_non_null(mkdtemp(folder));
    const char *file = fs_arena_format(arena, "%s/a.yaml", folder);
    const char *fifo = fs_arena_format(arena, "%s/fifo", folder);
    FILE *out = fopen(file, "w");
    fputs("a: 1\n", out);
    fclose(out);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(fs_tree_read(arena, file, &tree, report, &failure), FS_OK);
    assert_string_equal(fs_node_get(tree, "a")->text, "1");
    assert_int_equal(fs_tree_read(arena, folder, &tree, report, &failure), FS_INPUT);
    assert_int_equal(fs_tree_read(arena, fifo, &tree, report, &failure), FS_INPUT);
    assert_int_equal(fs_tree_read(arena, "/dev/zero", &tree, report, &failure), FS_INPUT);
    assert_string_equal(printed(false), fs_arena_format(arena,
                                                        "/dev/zero: error: is no regular file\n"
                                                        "%s: error: is a folder, not a file\n"
                                                        "%s: error: is no regular file\n",
                                                        folder, fifo));
    assert_int_equal(truncate(file, (1 << 20) + 1), 0);
    report = fs_report_new(arena);
    assert_int_equal(fs_tree_read(arena, file, &tree, report, &failure), FS_INPUT);
    assert_non_null(strstr(printed(false), "is larger than 1 MiB"));
    unlink(file);
    assert_int_equal(fs_tree_read(arena, file, &tree, report, &failure), FS_WORLD);
    assert_string_equal(failure.text,
                        fs_arena_format(arena,
                                        "cannot open: %s: No such file or directory; check "
                                        "the path",
                                        file));
    unlink(fifo);
    rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(every_node_knows_where_it_stands),
                                       TEST(null_is_empty_and_unquoted),
                                       TEST(a_byte_order_mark_takes_no_column),
                                       TEST(what_a_scenario_has_no_use_for_is_refused),
                                       TEST(what_is_readable_after_an_error_is_read_on),
                                       TEST(limits_are_exact),
                                       TEST(hostile_files_cost_little),
                                       TEST(an_alias_bomb_does_not_go_off),
                                       TEST(complaints_show_the_line_a_caret_and_a_hint),
                                       TEST(places_outside_a_text_are_shown_without_a_line),
                                       TEST(a_long_line_is_shown_around_the_caret),
                                       TEST(hostile_text_reaches_the_terminal_escaped),
                                       TEST(after_twenty_errors_the_rest_is_counted),
                                       TEST(the_same_complaint_is_shown_once),
                                       TEST(the_nearest_name_is_found),
                                       TEST(a_dotted_path_puts_overrides_and_removes),
                                       TEST(a_path_that_leads_nowhere_is_an_error),
                                       TEST(a_put_value_keeps_its_own_place_and_is_a_copy),
                                       TEST(a_printed_tree_parses_back_to_an_equal_one),
                                       TEST(trees_are_printed_as_people_write_them),
                                       TEST(any_tree_survives_printing),
                                       TEST(only_regular_files_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
