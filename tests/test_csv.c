/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comma-separated files as strangers write them: what is read, to the nanosecond, and what is
 * refused, at which place. Everything goes through the replay of time stamps, the reader's
 * simplest user; numbers of days since 1970 are those of `date -u -d ... +%s`.
 */
#include "plugins.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "timestamp.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

/* A replay of these bytes; the file is removed unless `name` wants it. */
static struct plugged replay_bytes(const char *bytes, size_t size, const char *options, char *name)
{
    char text[300];
    const char *path = write_temporary(bytes, size);
    snprintf(text, sizeof text, "csv: {file: %s%s%s}", path, *options ? ", " : "", options);
    struct plugged p = plug("arrivals", text);
    if (name)
        strcpy(name, path);
    else
        unlink(path);
    return p;
}

/* ---- numbers and dates ---------------------------------------------------------------------- */

static void decimals_are_exact(void **state)
{
    static const struct {
        const char *text;
        int exponent;
        int64_t value;
    } table[] = {
        {"0", 9, 0},
        {"-0", 9, 0},
        {"1", 9, 1000000000},
        {"+1", 9, 1000000000},
        {"1.", 9, 1000000000},
        {".5", 9, 500000000},
        {"0.1", 9, 100000000},
        {"1700158623.979960123", 9, 1700158623979960123},
        {"0.0000000004", 9, 0},
        {"0.0000000005", 9, 1},
        {"0.99999999949999999999", 9, 999999999},
        {"0.9999999995", 9, 1000000000},
        {"5e-05", 9, 50000},
        {"1.5E+3", 9, 1500000000000},
        {"1e9", 9, 1000000000000000000},
        {"1e-400", 9, 0},
        {"0e99999", 9, 0},
        {"00000000000000000000000000000012", 9, 12000000000},
        {"0.07949090003967285", 9, 79490900},
        {"12.5", 6, 12500000},
        {"9223372036854775806", 0, 9223372036854775806},
        {"9223372036.854775806", 9, 9223372036854775806},
    };
    static const char *const wrong[] = {
        "",        ".",          "-",  "1.2.3", "1e", "1e+", "e5", "0x10", "nan",
        "inf",     "1,5",        "1 ", " 1",    "1s", "--1", "-1", "1e10", "9223372036854775807",
        "1e99999", "99999999999"};
    int64_t value;
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        const char *why = fs_timestamp_decimal(table[i].text, (int)strlen(table[i].text),
                                               table[i].exponent, &value);
        if (why || value != table[i].value)
            fail_msg("%s: %s, %lld", table[i].text, why ? why : "read", (long long)value);
    }
    for (int i = 0; i < COUNT(wrong); i++) {
        if (!fs_timestamp_decimal(wrong[i], (int)strlen(wrong[i]), 9, &value))
            fail_msg("'%s' was read as %lld", wrong[i], (long long)value);
    }
}

static void dates_are_exact(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds, ns;
    } table[] = {
        {"1970-01-01 00:00:00", 0, 0},
        {"2023-11-16 18:17:03.9799600", 1700158623, 979960000},
        {"2023-11-16T18:17:03.9799600Z", 1700158623, 979960000},
        {"2023-11-16T19:17:03.97996+01:00", 1700158623, 979960000},
        {"2023-11-16 12:47:03.97996-05:30", 1700158623, 979960000},
        {"2000-02-29 23:59:59.999999999", 951868799, 999999999},
        {"2000-03-01 00:00:00", 951868800, 0},
        {"2000-02-29 23:59:59.9999999999", 951868800, 0},
        {"1900-03-01 00:00:00", -2203891200, 0},
        {"1969-12-31 23:59:59.5", -1, 500000000},
        {"2016-12-31 23:59:60", 1483228800, 0},
        {"2261-12-31 00:00:00", 9214560000, 0},
        {"1678-01-01 00:00:00", -9214560000, 0},
    };
    static const char *const wrong[] = {
        "2023-11-16",           "2023-11-16 18:17",      "2023-11-16 18:17:",
        "2023-11-16 18:17:03.", "2023-13-16 18:17:03",   "2023-00-16 18:17:03",
        "2023-11-31 18:17:03",  "2023-02-29 18:17:03",   "1900-02-29 18:17:03",
        "2023-11-16 24:00:00",  "2023-11-16 18:60:00",   "2023-11-16 18:17:61",
        "2023-1-16 18:17:03",   "23-11-16 18:17:03",     "2023/11/16 18:17:03",
        "2023-11-16_18:17:03",  "2023-11-16 18:17:03ZZ", "2023-11-16 18:17:03+0100",
        "2023-11-16 18:17:03 ", "1677-01-01 00:00:00",   "2262-01-01 00:00:00",
        "2023-11-16 18:17:03,5"};
    int64_t ns;
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        const char *why = fs_timestamp_date(table[i].text, (int)strlen(table[i].text), &ns);
        if (why || ns != table[i].seconds * FS_S + table[i].ns)
            fail_msg("%s: %s, %lld", table[i].text, why ? why : "read", (long long)ns);
    }
    for (int i = 0; i < COUNT(wrong); i++) {
        if (!fs_timestamp_date(wrong[i], (int)strlen(wrong[i]), &ns))
            fail_msg("'%s' was read", wrong[i]);
    }
}

/* Every day of 1678 to 2261 is one more than the one before it. */
static void days_follow_each_other(void **state)
{
    int64_t before = -9214560000 * FS_S - FS_DAY, now;
    int days = 0;
    (void)state;
    for (int year = 1678; year <= 2261; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= 31; day++) {
                char text[40];
                snprintf(text, sizeof text, "%04d-%02d-%02d 00:00:00", year, month, day);
                if (fs_timestamp_date(text, 19, &now)) continue;
                assert_int_equal(now, before + FS_DAY);
                before = now;
                days++;
            }
        }
    }
    assert_int_equal(days, 584 * 365 + 141); /* leap years: 146 fourth ones, less 5 centuries */
}

/* ---- what is read --------------------------------------------------------------------------- */

struct good {
    const char *bytes, *options;
    fs_time at[4]; /* ends with FS_NEVER when shorter */
};

static void good_files_are_replayed_exactly(void **state)
{
    static const struct good table[] = {
        {"1.5\n2\n2\n", "", {0, 500 * FS_MS, 500 * FS_MS, FS_NEVER}},
        {"1.5\n2\n", "origin: zero", {1500 * FS_MS, 2 * FS_S, FS_NEVER}},
        {"t\n1\n3", "", {0, 2 * FS_S, FS_NEVER}},
        {"t\r\n1\r\n3\r\n", "", {0, 2 * FS_S, FS_NEVER}},
        {"t\r\n1\r\n3", "", {0, 2 * FS_S, FS_NEVER}},
        {"\xEF\xBB\xBFt,x\n1,5\n3,5\n", "column: t", {0, 2 * FS_S, FS_NEVER}},
        {"\xEF\xBB\xBF"
         "1\n2\n",
         "",
         {0, FS_S, FS_NEVER}},
        {"\n\n1\n\n2\n\n\n", "", {0, FS_S, FS_NEVER}},
        {"a,when,b\nx,1,y\nx,2,y\n", "column: when", {0, FS_S, FS_NEVER}},
        {"a,when,b\nx,1,y\nx,2,y\n", "column: 2", {0, FS_S, FS_NEVER}},
        {"x,1,y\nx,2,y\n", "column: 2", {0, FS_S, FS_NEVER}},
        {"\"a,b\",\"when\"\n\"x,y\",\"1\"\n\"x\"\"y\",\"2\"\n",
         "column: when",
         {0, FS_S, FS_NEVER}},
        {"\"a \"\"b\"\", c\",1\n,2\n", "column: 2", {0, FS_S, FS_NEVER}},
        {"  1 ,x\n\t2,x\n", "", {0, FS_S, FS_NEVER}},
        {" \"1\" ,x\n \"2\" ,x\n", "", {0, FS_S, FS_NEVER}},
        {"1,x,y\n2\n", "", {0, FS_S, FS_NEVER}},
        {"100\n250\n", "format: milliseconds", {0, 150 * FS_MS, FS_NEVER}},
        {"100\n250\n", "format: microseconds", {0, 150 * FS_US, FS_NEVER}},
        {"100\n250\n", "format: nanoseconds", {0, 150, FS_NEVER}},
        {"100.4\n100.5\n", "format: nanoseconds, origin: zero", {100, 101, FS_NEVER}},
        {"1\n3\n", "scale: 4", {0, 500 * FS_MS, FS_NEVER}},
        {"1\n3\n", "scale: 0.5", {0, 4 * FS_S, FS_NEVER}},
        {"1\n2\n3\n4\n", "limit: 2", {0, FS_S, FS_NEVER}},
        {"1\n2\nnonsense", "limit: 2", {0, FS_S, FS_NEVER}},
        {"TIMESTAMP\n2023-11-16 18:17:03.9799600\n2023-11-16 18:17:04.0319600\n",
         "",
         {0, 52 * FS_MS, FS_NEVER}},
        {"2023-12-31T23:59:59.999999999Z\n2024-01-01T00:00:00Z\n", "", {0, 1, FS_NEVER}},
        {"2023-12-31T23:59:59Z\n2024-01-01T01:00:00+01:00\n",
         "format: datetime",
         {0, FS_S, FS_NEVER}},
        {"0\n", "", {0, FS_NEVER}},
        {"1e-3\n1.5e-3\n", "", {0, 500 * FS_US, FS_NEVER}},
        {"1.5e-05\n2.5e-05\n", "", {0, 10 * FS_US, FS_NEVER}}, /* a year has four digits */
    };
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        char name[64];
        struct plugged p =
            replay_bytes(table[i].bytes, strlen(table[i].bytes), table[i].options, name);
        if (fs_report_errors(p.report))
            fail_msg("'%s' was refused: %s", table[i].bytes, complaints_of(&p));
        struct running r = run_arrivals(&p, FS_H, 1);
        for (int k = 0; k < 4; k++) {
            const struct fs_arrival a = next_arrival(&r);
            if (a.at != table[i].at[k])
                fail_msg("'%s' {%s}: arrival %d at %lld", table[i].bytes, table[i].options, k,
                         (long long)a.at);
            if (a.at == FS_NEVER) break;
        }
        stop_arrivals(&r);
        unplug(&p);
        unlink(name);
    }
}

/* ---- what is refused ------------------------------------------------------------------------ */

static void bad_files_are_refused_at_the_place(void **state)
{
    static const struct {
        const char *bytes, *options, *place, *why;
    } table[] = {
        {"", "", ":", "no time stamp"},
        {"\n\n", "", ":", "no time stamp"},
        {"time\n", "", ":1:", "no time stamp"},
        {"1\nx\n", "", ":2:1:", "'x' is not a number"},
        {"1\n2\nthree\n4\n", "", ":3:1:", "'three' is not a number"},
        {"a,t\nx,1\nx,\n", "column: t", ":3:3:", "'' is not a number"},
        {"a,t\nx,1\nx\n", "column: t", ":3:", "no column 2 in this line"},
        {"a,t\nx,1\n", "column: u", ":1:", "no column 'u'"},
        {"1\n2\n", "column: 2", ":1:", "no column 2 in this line"},
        {"1,2\n", "column: 0", ":1:", "no column '0'"},
        {"1\n-2\n", "", ":2:1:", "negative"},
        {"-1\n2\n", "", ":1:1:", "negative"},
        {"3\n2\n", "", ":2:1:", "sort the file"},
        {"x, 3\nx,  2\n", "column: 2", ":2:5:", "sort the file"},
        {"1\n2 3\n", "", ":2:1:", "'2 3' is not a number"},
        {"1\n2;3\n", "", ":2:1:", "not a number"},
        {"1\n0x10\n", "", ":2:1:", "not a number"},
        {"1\nnan\n", "", ":2:1:", "not a number"},
        {"1\ninf\n", "", ":2:1:", "not a number"},
        {"1\n1e300\n", "", ":2:1:", "out of range"},
        {"1700158623979\n", "", ":1:1:", "out of range"},
        {"1\n\"2\n3\n", "", ":2:1:", "not closed"},
        {"1\n\"2\"\"\n", "", ":2:1:", "not closed"},
        {"1\n\"2\"3\n", "", ":2:1:", "text follows"},
        {"2023-11-16 18:17:03\n2023-11-16\n", "", ":2:1:", "not a date"},
        {"2023-11-16 18:17:03\n2023-02-30 18:17:03\n", "", ":2:1:", "no day of the calendar"},
        {"2023-11-16 18:17:03\n12\n", "", ":2:1:", "not a date"},
        {"12\n2023-11-16 18:17:03\n", "", ":2:1:", "not a number"},
        {"2023-11-16 18:17:03\n2023-11-16 18:17:02.999\n", "", ":2:1:", "sort the file"},
        {"2023-11-16 18:17:03\n", "origin: zero", ":", "dates have no zero"},
        {"2023-11-16 18:17:03\n", "format: seconds", ":1:1:", "not a number"},
        {"5\n", "format: datetime", ":1:1:", "not a date"},
        {"1\r2\r3\n", "", ":1:1:", "not a number"},
        {"1\n\x1b[2J\n", "", ":2:1:", "\\x1B[2J"},
        {"1\n\xff\xfe\n", "", ":2:1:", "not a number"},
    };
    (void)state;
    for (int i = 0; i < COUNT(table); i++) {
        struct plugged p =
            replay_bytes(table[i].bytes, strlen(table[i].bytes), table[i].options, NULL);
        const char *said = complaints_of(&p);
        char place[40];
        snprintf(place, sizeof place, "%s error: ", table[i].place);
        if (!fs_report_errors(p.report) || !strstr(said, place) || !strstr(said, table[i].why))
            fail_msg("'%s' {%s}: %s", table[i].bytes, table[i].options, said);
        assert_null(strchr(said, '\x1b'));
        unplug(&p);
    }
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    struct plugged p = replay_bytes("1\n2\0"
                                    "3\n4\n",
                                    8, "", NULL);
    assert_int_equal(fs_report_errors(p.report), 1);
    assert_non_null(strstr(complaints_of(&p), ":2:2: error: a NUL byte"));
    unplug(&p);
}

static void all_bad_lines_are_named_up_to_twenty(void **state)
{
    char bytes[4000] = "1\n";
    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(bytes, i % 2 ? "x\n" : "2\n");
    struct plugged p = replay_bytes(bytes, strlen(bytes), "", NULL);
    assert_int_equal(fs_report_errors(p.report), 20);
    assert_non_null(strstr(complaints_of(&p), ":41:1: error"));
    assert_null(strstr(complaints_of(&p), ":43:1: error"));
    unplug(&p);
}

/* Lines of 65535 bytes and less fit; longer ones are refused without being held. */
static void a_line_of_a_megabyte_is_refused(void **state)
{
    const size_t sizes[] = {60000, 65535, 65536, 1000000};
    (void)state;
    for (int i = 0; i < COUNT(sizes); i++) {
        char *bytes = malloc(sizes[i] + 8), name[64];
        memset(bytes, '0', sizes[i] + 4);
        memcpy(bytes, "0\n", 2);
        memcpy(bytes + sizes[i] + 2, "\n1\n", 3);
        struct plugged p = replay_bytes(bytes, sizes[i] + 5, "", name);
        free(bytes);
        if (i < 2) {
            struct running r = run_arrivals(&p, FS_H, 1);
            assert_int_equal(next_arrival(&r).at, 0);
            assert_int_equal(next_arrival(&r).at, 0);
            assert_int_equal(next_arrival(&r).at, FS_S);
            assert_true(next_arrival(&r).at == FS_NEVER);
            stop_arrivals(&r);
        } else {
            assert_int_equal(fs_report_errors(p.report), 1);
            assert_non_null(strstr(complaints_of(&p), ":2: error: the line is longer than 65535"));
        }
        unplug(&p);
        unlink(name);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    static const char *const paths[] = {"/tmp", "/dev/zero", "/nonexistent/file"};
    static const char *const why[] = {"not a regular file", "not a regular file",
                                      "No such file or directory"};
    char fifo[] = "/tmp/fs_test_fifo_XXXXXX", text[100];
    (void)state;
    for (int i = 0; i < 4; i++) {
        if (i == 3) {
            assert_true(mkstemp(fifo) >= 0);
            unlink(fifo);
            assert_int_equal(mkfifo(fifo, 0600), 0);
        }
        snprintf(text, sizeof text, "csv: {file: %s}", i < 3 ? paths[i] : fifo);
        struct plugged p = plug("arrivals", text);
        assert_int_equal(fs_report_errors(p.report), 1);
        assert_non_null(strstr(complaints_of(&p), i < 3 ? why[i] : "not a regular file"));
        unplug(&p);
    }
    unlink(fifo);
}

/* ---- streaming ------------------------------------------------------------------------------ */

/* Lines of all lengths, so that they lie over the buffer's end in every way. */
static void lines_across_buffers_are_whole(void **state)
{
    enum { N = 30000 };
    char *bytes = NULL, name[64];
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    (void)state;
    for (int i = 0; i < N; i++)
        fprintf(out, "%d,%0*d%s", i, 1 + (i * 37) % 101, 0, i % 3 ? "\n" : "\r\n");
    fclose(out);
    struct plugged p = replay_bytes(bytes, size, "", name);
    struct running a = run_arrivals(&p, FS_H, 1), b = run_arrivals(&p, FS_H, 1);
    for (int i = 0; i < N; i++) {
        assert_int_equal(next_arrival(&a).at, i * FS_S);
        if (i % 2) assert_int_equal(next_arrival(&b).at, i / 2 * FS_S);
    }
    assert_true(next_arrival(&a).at == FS_NEVER);
    stop_arrivals(&a);
    stop_arrivals(&b);
    unplug(&p);
    unlink(name);
    free(bytes);
}

static void a_thousand_replications_need_no_descriptors(void **state)
{
    enum { N = 1000 };
    static struct running r[N];
    struct rlimit limit, small;
    char name[64];
    (void)state;
    struct plugged p = replay_bytes("1\n2\n", 4, "", name);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    small = limit;
    small.rlim_cur = 32;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &small), 0);
    for (int i = 0; i < N; i++) {
        r[i] = run_arrivals(&p, FS_H, 1);
        assert_int_equal(next_arrival(&r[i]).at, 0);
    }
    for (int i = 0; i < N; i++) {
        assert_int_equal(next_arrival(&r[i]).at, FS_S);
        stop_arrivals(&r[i]);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    unplug(&p);
    unlink(name);
}

/* Longer, or as long and written an hour ago. */
static void change(const char *name, bool longer)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - 3600}, {.tv_sec = time(NULL) - 3600}};
    FILE *file = fopen(name, longer ? "a" : "r+");
    assert_non_null(file);
    assert_true(fputs("0\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    if (!longer) assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
}

/* A run must not go on with another file than the one that was checked. */
static void a_file_that_changes_ends_the_program(void **state)
{
    (void)state;
    for (int longer = 0; longer < 2; longer++) {
        char name[64];
        int status;
        struct plugged p = replay_bytes("1\n2\n", 4, "", name);
        change(name, longer);
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            if (!freopen("/dev/null", "w", stderr)) _exit(9);
            run_arrivals(&p, FS_H, 1);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 3);
        unplug(&p);
        unlink(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(dates_are_exact),
        cmocka_unit_test(days_follow_each_other),
        cmocka_unit_test(good_files_are_replayed_exactly),
        cmocka_unit_test(bad_files_are_refused_at_the_place),
        cmocka_unit_test(a_nul_byte_is_refused),
        cmocka_unit_test(all_bad_lines_are_named_up_to_twenty),
        cmocka_unit_test(a_line_of_a_megabyte_is_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(lines_across_buffers_are_whole),
        cmocka_unit_test(a_thousand_replications_need_no_descriptors),
        cmocka_unit_test(a_file_that_changes_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
