/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ten thousand hostile strings through everything that shows a stranger's text: a picture, a page,
 * CSV, JSON and a terminal. None takes effect: no file appears, no control byte or mark of
 * direction comes out, no tag, no formula. None is lost: each carries its number, and each number
 * is found again.
 */
#include "build.h"

#include "complaint.h"
#include "fail.h"
#include "json.h"
#include "results.h"
#include "spreadsheet.h"
#include "utf8.h"

#include "../plots/html.c"
#include "../plots/words.c"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define N       10000
#define LONGEST 400
#define PROGRAM FS_BUILD_DIR "/fleetsim"

static char folder[] = "/tmp/fs_hostile_XXXXXX";
static char hostile[N][LONGEST];
static struct fs_arena *arena;

/* ---- the strings ---------------------------------------------------------------------------- */

static uint64_t random_state = 88172645463325252u;

static unsigned dice(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state % n);
}

/* Pieces, from what has hurt programs before; `bytes`: with some that are not UTF-8. */
static void write_hostile(char *to, int number, bool bytes)
{
    static const char *const pieces[] = {"'",
                                         "''",
                                         "\"",
                                         "`touch canary`",
                                         "$(touch canary)",
                                         "\n!touch canary\n",
                                         "\n",
                                         "\r",
                                         "\t",
                                         "'; system('touch canary'); '",
                                         "\"; system(\"touch canary\"); \"",
                                         "|touch canary",
                                         "|",
                                         "<script>touch()</script>",
                                         "<img src=x onerror=a()>",
                                         "</td></table>",
                                         "&amp;",
                                         "&",
                                         "<",
                                         ">",
                                         "\x1b[31m",
                                         "\x1b[2J",
                                         "\x1b]0;owned\a",
                                         "\x1b",
                                         "\a",
                                         "\b",
                                         "\x7f",
                                         "\xc2\x9b"
                                         "2J",
                                         "=cmd|'/c calc'!A0",
                                         "=1+1",
                                         "+1",
                                         "-1",
                                         "@SUM(A1)",
                                         "%s%n%d",
                                         "%",
                                         "\\",
                                         "\\n",
                                         "\\x1b",
                                         "{/Bold x}",
                                         "@x",
                                         "^",
                                         "_",
                                         "\xe2\x80\xae",
                                         "\xe2\x80\x8f",
                                         "\xe2\x81\xa6",
                                         "\xe2\x80\x8b",
                                         "\xef\xbb\xbf",
                                         "\xef\xbc\x9d"
                                         "1",
                                         ";",
                                         "#",
                                         "$x",
                                         "~",
                                         "é",
                                         "漢",
                                         "😀",
                                         ",",
                                         ",,",
                                         " ",
                                         "-->",
                                         "*/",
                                         "../../canary",
                                         "NaN",
                                         "null",
                                         "\xff\xfe",
                                         "\xc3",
                                         "\xf8\x88\x80\x80\x80"};
    const unsigned n = sizeof pieces / sizeof *pieces - (bytes ? 0 : 3);
    const unsigned count = 1 + dice(6), at = dice(count);
    *to = 0;
    for (unsigned i = 0; i < count; i++) {
        strcat(to, pieces[dice(n)]);
        if (i == at) sprintf(to + strlen(to), "Z%05dZ", number);
    }
}

static const char *mark(int number)
{
    static char text[16];
    snprintf(text, sizeof text, "Z%05dZ", number);
    return text;
}

/* Valid UTF-8 without controls (line ends are the format's own) and marks of direction. */
static void assert_harmless(const char *text, size_t size, int number)
{
    /* tabs are gnuplot's own: a stranger's have become escapes, which the others hold */
    for (size_t i = 0, n; i < size; i += n) {
        const int32_t code = fs_utf8_read(text + i, size - i, &n);
        if (code == '\n' || code == '\r' || code == '\t') continue;
        if (code < 0 || fs_utf8_control(code) || fs_utf8_bidi(code))
            fail_msg("%d: %x in %s", number, (unsigned)code,
                     fs_escape(arena, text + (i > 80 ? i - 80 : 0), n + (i > 80 ? 80 : i)));
    }
}

static char *slurp(const char *name, size_t *size)
{
    struct stat st;
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    *size = fread(text, 1, (size_t)st.st_size, file);
    fclose(file);
    return text;
}

/* Each number once or more, in one walk. */
static void assert_none_is_lost(const char *text, int first, int last)
{
    bool *found = calloc(N, sizeof *found);
    for (const char *at = text; (at = strchr(at, 'Z')); at++) {
        if (strspn(at + 1, "0123456789") == 5 && at[6] == 'Z') found[atoi(at + 1) % N] = true;
    }
    for (int i = first; i < last; i++) {
        if (!found[i])
            fail_msg("%s is lost: %s", mark(i), fs_escape(arena, hostile[i], strlen(hostile[i])));
    }
    free(found);
}

static void assert_no_effect(void)
{
    assert_int_equal(access("canary", F_OK), -1);
    assert_int_equal(access("../canary", F_OK), -1);
}

/* ---- texts one by one ----------------------------------------------------------------------- */

static void a_page_and_its_escapes_hold_all(void **state)
{
    char *text;
    size_t size;
    (void)state;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < N; i++) {
        fs_html_text(out, arena, hostile[i]);
        fputc('\n', out);
    }
    fclose(out);
    assert_harmless(text, size, -1);
    assert_null(strpbrk(text, "<>\"'"));
    assert_none_is_lost(text, 0, N);
    free(text);
}

/* One record, one line, one field; nothing a spreadsheet evaluates. */
static void csv_holds_all_as_texts(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        fs_spreadsheet_text(out, hostile[i]);
        fclose(out);
        assert_harmless(text, size, i);
        assert_null(strpbrk(text, "\r\n"));
        assert_true(text[0] == '"' && text[size - 1] == '"');
        for (size_t k = 1; k + 1 < size; k++) { /* quotes inside come in pairs */
            if (text[k] != '"') continue;
            assert_true(text[k + 1] == '"' && k + 2 < size);
            k++;
        }
        assert_null(strchr("=+-@", text[1] ? text[1] + 0 : 'x'));
        assert_non_null(strstr(text, mark(i)));
        free(text);
    }
}

/* Every number of the study is a record of eight fields, and so is each part of the p99; the
 * arrivals are what they are. */
static void a_study_is_a_table_of_its_numbers(void **state)
{
    char *text, *rest, *line;
    size_t size, n = 0;
    bool found = false;
    static const char record[] = "\"'=1+1\",\"base\",\"traffic.calls.arrived\",\"1\",7,7,7,";
    (void)state;
    struct built b = run_text(
        "title: \"=1+1\"\nrun: {length: 10s, replications: 2}\ntraffic:\n  calls:\n"
        "    arrivals: {burst: {size: 7, at: 1s}}\n    client: {retry: none}\n    path: [s]\n"
        "    work: {s: {io: 10ms}}\ncomponents:\n  s: {mechanism: service, tasks: 1, cpu: 1}\n");
    FILE *out = open_memstream(&text, &size);
    fs_spreadsheet_study(b.study, out);
    fclose(out);
    for (rest = text; (line = strsep(&rest, "\n")) && *line; n++) {
        int fields = 1;
        for (const char *c = line; *c; c++)
            fields += *c == ',';
        assert_int_equal(fields, 8); /* no text of this study has a comma */
        assert_int_equal(line[strlen(line) - 1], '\r');
        found = found || strncmp(line, record, sizeof record - 1) == 0;
    }
    const int views = fs_views_all(b.arena, &b.study->variant[0]).n;
    assert_true(found && n == (size_t)(1 + views + FS_LATENCY_PARTS + 1));
    free(text);
    drop(&b);
}

static void json_holds_all_as_texts(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        fs_json_text(out, hostile[i]);
        fclose(out);
        assert_harmless(text, size, i);
        assert_null(strpbrk(text, "\r\n"));
        assert_non_null(strstr(text, mark(i)));
        free(text);
    }
}

static void a_terminal_is_not_steered(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        const char *ours = fs_escape(arena, hostile[i], strlen(hostile[i]));
        const char *theirs = fs_words_clean(arena, hostile[i]);
        assert_harmless(ours, strlen(ours), i);
        assert_harmless(theirs, strlen(theirs), i);
        assert_null(strpbrk(ours, "\r\n"));
        assert_null(strpbrk(theirs, "\r\n"));
        assert_non_null(strstr(ours, mark(i)));
        assert_non_null(strstr(theirs, mark(i)));
    }
}

/* Two that differ in what is escaped still differ. */
static void escapes_tell_apart(void **state)
{
    (void)state;
    static const char *const alike[] = {"a",     "a\x1b", "a\a", "a\n", "a\xe2\x80\xae",
                                        "a\xff", "a\xfe"};
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(fs_words_clean(arena, alike[i]),
                                    fs_words_clean(arena, alike[k]));
    }
}

/* ---- through gnuplot ------------------------------------------------------------------------ */

/* All of them as labels and as ticks of one picture, as picture.c says them. */
static void gnuplot_draws_all_and_runs_none(void **state)
{
    size_t size;
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1") != 0) skip();
    FILE *script = fopen("all.gp", "w");
    assert_non_null(script);
    fputs("set encoding utf8\nset terminal svg noenhanced\nset output 'all.svg'\n", script);
    fputs("set xtics ()\n", script);
    for (int i = 0; i < N; i++) {
        if (i % 2)
            fprintf(script, "set label %s at screen .5,.5 noenhanced\n",
                    fs_words_quote(arena, hostile[i]));
        else
            fprintf(script, "set xtics add (%s %d)\n", fs_words_quote_tick(arena, hostile[i]), i);
    }
    fprintf(script, "set xrange [-1:%d]\nplot 0 notitle\n", N + 1);
    fclose(script);
    assert_int_equal(system("LC_ALL=C gnuplot -d all.gp 2>said >/dev/null"), 0);
    char *svg = slurp("all.svg", &size);
    assert_harmless(svg, size, -1);
    assert_null(strstr(svg, "<script"));
    assert_null(strstr(svg, "<img"));
    assert_none_is_lost(svg, 0, N);
    assert_no_effect();
    free(svg);
}

/* ---- through the programs ------------------------------------------------------------------- */

/* A results file whose title, names and sentences are all of them. */
static void write_results(void)
{
    static const char *const outcomes[] = {"completed"}, *const dims[] = {"finding", NULL};
    static const char *const of_class[] = {"class", "replication", "time", NULL};
    static const double time[] = {0, 1, 2};
    static const int64_t replication[] = {0};
    static const int64_t counts[3 * 3] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    const char *text[N], *variant[N], *const class[] = {hostile[1], hostile[2], hostile[3]};
    char name[LONGEST], group[LONGEST + 20];
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    snprintf(name, sizeof name, "%s", hostile[4]);
    for (char *c = name; (c = strchr(c, '/'));)
        *c = '|'; /* a group's name holds none */
    snprintf(group, sizeof group, "%s/traffic", name);
    assert_int_equal(fs_results_create("in.h5", &w, &failure), FS_OK);
    for (int i = 0; i < N; i++) {
        text[i] = hostile[i];
        variant[i] = i % 2 ? name : "";
    }
    fs_results_text(w, "", "title", hostile[0]);
    fs_results_dimension(w, group, "class", "1", "class", FS_TEXT, 3, class);
    fs_results_dimension(w, group, "replication", "1", "r", FS_I64, 1, replication);
    fs_results_dimension(w, group, "time", "s", "t", FS_F64, 3, time);
    fs_results_dimension(w, group, "outcome", "1", "o", FS_TEXT, 1, outcomes);
    fs_results_column(w, group, "arrived", "1", "arrived", FS_I64, of_class, counts);
    fs_results_dimension(w, "findings", "finding", "1", "f", FS_TEXT, N, text);
    fs_results_column(w, "findings", "variant", "1", "v", FS_TEXT, dims, variant);
    if (fs_results_commit(w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

static void plot_and_report_show_all_and_run_none(void **state)
{
    size_t size;
    char *text;
    (void)state;
    if (access(FS_BUILD_DIR "/fleetsim-plot", X_OK) != 0 ||
        system("gnuplot --version >/dev/null 2>&1") != 0)
        skip();
    write_results();
    assert_int_equal(system(PROGRAM " plot in.h5 >out.txt 2>said"), 0);
    text = slurp("out.txt", &size);
    assert_harmless(text, size, -1);
    for (char *c = text; *c; c++) { /* sentences are broken into lines: join them */
        if (*c == '\n' && strncmp(c, "\n    ", 5) == 0) memmove(c, c + 5, strlen(c + 5) + 1), c--;
    }
    assert_none_is_lost(text, 0, N);
    free(text);
    assert_int_equal(system(PROGRAM " report in.h5 -o out.html 2>said"), 0);
    text = slurp("out.html", &size);
    assert_harmless(text, size, -1);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<img src=x"));
    assert_none_is_lost(text, 0, N);
    free(text);
    assert_int_equal(system(PROGRAM " plot in.h5 -o out.svg 2>said"), 0);
    text = slurp("out.svg", &size);
    assert_harmless(text, size, -1);
    assert_null(strstr(text, "<script"));
    assert_non_null(strstr(text, mark(0)));
    free(text);
    assert_no_effect();
}

/* Titles and names of files, forty of each, as whole programs. */
static void runs_show_titles_and_names_of_files(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        char name[LONGEST + 10], *text;
        size_t size;
        do
            write_hostile(name, i, true);
        while (strchr(name, '/') || name[0] == '-' || strlen(name) > 200);
        strcat(name, ".yaml");
        char *title;
        FILE *quoted = open_memstream(&title, &size);
        fs_json_text(quoted, hostile[i]); /* JSON's escapes are YAML's too */
        fclose(quoted);
        FILE *file = fopen(name, "w");
        assert_non_null(file);
        fprintf(
            file,
            "fleetsim: 1\ntitle: %s\nrun: {length: 1s}\ntraffic: {a: {arrivals: {burst: {size: 1, "
            "at: 0s}}, client: {retry: none}, path: [b], work: {b: {io: 1ms}}}}\n"
            "components: {b: {mechanism: service, tasks: 1, cpu: 1}}\n",
            title);
        fclose(file);
        free(title);
        setenv("FILE", name, 1);
        assert_int_equal(system("(" PROGRAM " run  \"./$FILE\"; " PROGRAM
                                " check  \"./$FILE\"; " PROGRAM " run --csv  \"./$FILE\"; " PROGRAM
                                " run --json  \"./$FILE\"; " PROGRAM
                                " run  \"./$FILE.absent\"; " PROGRAM " list  \"./$FILE\"; " PROGRAM
                                " plot  \"./$FILE\"; true) >out.txt 2>&1"),
                         0);
        text = slurp("out.txt", &size);
        assert_harmless(text, size, i);
        int times = 0;
        for (const char *at = text; (at = strstr(at, mark(i))); at++)
            times++;
        if (times < 8) fail_msg("%s is lost somewhere: %s", mark(i), text);
        free(text);
        assert_int_equal(unlink(name), 0);
    }
    assert_no_effect();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_and_its_escapes_hold_all),
        cmocka_unit_test(csv_holds_all_as_texts),
        cmocka_unit_test(a_study_is_a_table_of_its_numbers),
        cmocka_unit_test(json_holds_all_as_texts),
        cmocka_unit_test(a_terminal_is_not_steered),
        cmocka_unit_test(escapes_tell_apart),
        cmocka_unit_test(gnuplot_draws_all_and_runs_none),
        cmocka_unit_test(plot_and_report_show_all_and_run_none),
        cmocka_unit_test(runs_show_titles_and_names_of_files),
    };
    arena = fs_arena_new();
    for (int i = 0; i < N; i++)
        write_hostile(hostile[i], i, false);
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("work", 0700) != 0 || chdir("work") != 0)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fs_arena_free(arena);
    if (chdir("/") != 0) return 1;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
