/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is written comes back, equal input gives equal bytes, whatever goes wrong leaves the old
 * file, and no damaged file is read. `test_results --sample PATH` writes the sample that
 * read_results.py opens with xarray.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "checksum.h"
#include "results.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS 90
#define COLS 70

/* ---- helpers -------------------------------------------------------------------------------- */

static char folder[] = "/tmp/fs_results_XXXXXX";

static const char *in_folder(char path[static 128], const char *name)
{
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static int files_in(const char *path)
{
    int n = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(dir);
    return n;
}

static void empty_folder(void)
{
    char path[512];
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (unlink(path) != 0) rmdir(path);
    }
    closedir(dir);
}

static int before_each(void **state)
{
    (void)state;
    empty_folder();
    return 0;
}

static unsigned char *slurp(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    *n = (size_t)st.st_size;
    unsigned char *bytes = fs_alloc(*n + 1, "a test");
    assert_int_equal(fread(bytes, 1, *n, file), *n);
    fclose(file);
    return bytes;
}

static void spit(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void assert_same_file(const char *a, const char *b)
{
    size_t n, m;
    unsigned char *x = slurp(a, &n), *y = slurp(b, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
}

/* Values that are mostly zero, different in every row and column otherwise. */
static double cell(int row, int column)
{
    return (row * 31 + column) % 7 ? 0.0 : 0.001 * row + column;
}

static const char *const classes[] = {"jobs", u8"gr\u00f6\u00dfe/\u03a9", ""};
static const double quantiles[] = {0.5, 0.99};
static const int64_t replications[] = {1, 2};

static void write_dimensions(struct fs_results_writer *w, double time[static COLS])
{
    for (int i = 0; i < COLS; i++)
        time[i] = 1.5 * i;
    fs_results_dimension(w, "direct", "class", "1", "traffic class", FS_TEXT, 3, classes);
    fs_results_dimension(w, "direct", "time", "s", "start of interval", FS_F64, COLS, time);
    fs_results_dimension(w, "direct", "quantile", "1", "share of requests below", FS_F64, 2,
                         quantiles);
    fs_results_dimension(w, NULL, "replication", "1", "replication", FS_I64, 2, replications);
    fs_results_dimension(w, "direct/empty", "nobody", "1", "none of them", FS_TEXT, 0, classes);
    fs_results_dimension(w, "direct", "row", "1", "row", FS_I64, 0, replications);
}

static void write_columns(struct fs_results_writer *w)
{
    static double big[3][ROWS][COLS];
    static uint64_t counts[3][2];
    const char *const notes[] = {"first", "second"};
    const double p[3][2] = {{0.09, 1.0}, {NAN, INFINITY}, {-0.0, 5e-324}};
    const int64_t scalar = INT64_MIN;
    for (int i = 0; i < 3 * ROWS * COLS; i++) {
        big[i / (ROWS * COLS)][i / COLS % ROWS][i % COLS] = cell(i / COLS, i % COLS);
    }
    for (int i = 0; i < 6; i++)
        counts[i / 2][i % 2] = UINT64_MAX - (uint64_t)i;
    int64_t slots[ROWS];
    for (int i = 0; i < ROWS; i++)
        slots[i] = i;
    fs_results_dimension(w, "direct", "slot", "1", "slot", FS_I64, ROWS, slots);
    fs_results_column(w, "direct", "load", "1/s", "arrivals", FS_F64,
                      (const char *const[]){"class", "slot", "time", NULL}, big);
    fs_results_column(w, "direct", "latency", "s", "response time", FS_F64,
                      (const char *const[]){"class", "quantile", NULL}, p);
    fs_results_column(w, "direct", "events", "1", "events fired", FS_U64,
                      (const char *const[]){"class", "replication", NULL}, counts);
    fs_results_column(w, "direct", "note", "1", "notes", FS_TEXT,
                      (const char *const[]){"replication", NULL}, notes);
    fs_results_column(w, "direct", "least", "1", "a scalar", FS_I64, NULL, &scalar);
    fs_results_column(w, "direct/empty", "nothing", "s", "no values", FS_F64,
                      (const char *const[]){"nobody", "class", NULL}, big);
    fs_results_column(w, "direct", "deep", "1", "rank 6", FS_F64,
                      (const char *const[]){"class", "quantile", "replication", "class", "quantile",
                                            "replication", NULL},
                      big);
}

static struct fs_results_writer *start(const char *path)
{
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    if (fs_results_create(path, &w, &failure) != FS_OK) fail_msg("%s", failure.text);
    return w;
}

static void finish(struct fs_results_writer *w)
{
    struct fs_failure failure = {""};
    if (fs_results_commit(w, &failure) != FS_OK) fail_msg("%s", failure.text);
}

static void write_sample(const char *path)
{
    double time[COLS];
    struct fs_results_writer *w = start(path);
    fs_results_text(w, "", "spec", "title: a sample\n");
    fs_results_integer(w, "", "seed", -42);
    fs_results_number(w, "direct", "length", 0.1);
    write_dimensions(w, time);
    write_columns(w);
    fs_results_text(w, "zebra/yak", "empty", "");
    fs_results_text(w, "antelope", "kind", "last");
    finish(w);
}

static struct fs_results *load(const char *path)
{
    struct fs_failure failure = {""};
    struct fs_results *results;
    if (fs_results_open(path, &results, &failure) != FS_OK) fail_msg("%s", failure.text);
    return results;
}

/* The text with which `path` is refused. */
static const char *refusal(const char *path)
{
    static struct fs_failure failure;
    struct fs_results *results;
    assert_int_equal(fs_results_open(path, &results, &failure), FS_WORLD);
    assert_null(results);
    assert_non_null(strstr(failure.text, path));
    return failure.text;
}

static void assert_names(const char *const *names, const char *expected)
{
    char joined[256] = "";
    assert_non_null(names);
    for (; *names; names++) {
        const size_t n = strlen(joined);
        snprintf(joined + n, sizeof joined - n, "%s ", *names);
    }
    assert_string_equal(joined, expected);
}

/* ---- round trip ----------------------------------------------------------------------------- */

static void the_checksum_is_xxh64(void **state)
{
    (void)state;
    /* `printf '%s' TEXT | xxh64sum` (xxhash 0.8.1) */
    assert_true(fs_checksum(NULL, 0, 0) == 0xEF46DB3751D8E999U);
    assert_true(fs_checksum("a", 1, 0) == 0xD24EC4F1A98C6E5BU);
    assert_true(fs_checksum("abc", 3, 0) == 0x44BC2CF5AD770999U);
    assert_true(fs_checksum("The quick brown fox jumps over the lazy dog", 43, 0) ==
                0x0B242D361FDA71BCU);
}

static void every_type_and_rank_comes_back(void **state)
{
    (void)state;
    char path[128];
    write_sample(in_folder(path, "a.h5"));
    struct fs_results *r = load(path);
    const struct fs_column *c = fs_results_get(r, "direct", "load");
    assert_non_null(c);
    assert_int_equal(c->type, FS_F64);
    assert_int_equal(c->rank, 3);
    assert_int_equal(c->extent[0] * c->extent[1] * c->extent[2], 3 * ROWS * COLS);
    assert_string_equal(c->units, "1/s");
    assert_string_equal(c->long_name, "arrivals");
    assert_string_equal(c->dim[0], "class");
    assert_string_equal(c->dim[1], "slot");
    assert_string_equal(c->dim[2], "time");
    for (int i = 0; i < 3 * ROWS * COLS; i++) {
        assert_true(c->f64[i] == cell(i / COLS, i % COLS));
    }
    c = fs_results_get(r, "direct", "events");
    assert_int_equal(c->type, FS_U64);
    assert_string_equal(c->dim[1], "replication");
    for (int i = 0; i < 6; i++)
        assert_true(c->u64[i] == UINT64_MAX - (uint64_t)i);
    c = fs_results_get(r, "direct", "class");
    assert_int_equal(c->type, FS_TEXT);
    assert_string_equal(c->dim[0], "class");
    for (int i = 0; i < 3; i++)
        assert_string_equal(c->text[i], classes[i]);
    assert_string_equal(fs_results_get(r, "direct", "note")->text[1], "second");
    c = fs_results_get(r, "direct", "deep");
    assert_int_equal(c->rank, 6);
    assert_int_equal(c->extent[3], 3);
    assert_string_equal(c->dim[5], "replication");
    fs_results_close(r);
}

static void scalars_empty_dimensions_and_nan_work(void **state)
{
    (void)state;
    char path[128];
    write_sample(in_folder(path, "a.h5"));
    struct fs_results *r = load(path);
    const struct fs_column *c = fs_results_get(r, "direct", "least");
    assert_int_equal(c->rank, 0);
    assert_true(c->i64[0] == INT64_MIN);
    c = fs_results_get(r, "direct/empty", "nothing");
    assert_int_equal(c->rank, 2);
    assert_int_equal(c->extent[0], 0);
    assert_int_equal(c->extent[1], 3);
    assert_int_equal(fs_results_get(r, "direct/empty", "nobody")->extent[0], 0);
    c = fs_results_get(r, "direct", "latency");
    assert_true(isnan(c->f64[2]) && isinf(c->f64[3]));
    assert_true(signbit(c->f64[4]) && c->f64[5] > 0.0);
    fs_results_close(r);
}

static void attributes_come_back(void **state)
{
    (void)state;
    char path[128];
    int64_t integer = 0;
    double number = 0.0;
    write_sample(in_folder(path, "a.h5"));
    struct fs_results *r = load(path);
    assert_string_equal(fs_results_get_text(r, "", "Conventions"), "CF-1.8");
    assert_string_equal(fs_results_get_text(r, NULL, "spec"), "title: a sample\n");
    assert_string_equal(fs_results_get_text(r, "zebra/yak", "empty"), "");
    assert_true(fs_results_get_integer(r, "", "seed", &integer));
    assert_int_equal(integer, -42);
    assert_true(fs_results_get_number(r, "direct", "length", &number));
    assert_true(number == 0.1);
    assert_false(fs_results_get_integer(r, "", "spec", &integer));
    assert_null(fs_results_get_text(r, "", "nothing"));
    assert_null(fs_results_get_text(r, "nowhere", "spec"));
    assert_null(fs_results_get(r, "direct", "nothing"));
    assert_null(fs_results_groups(r, "nowhere"));
    fs_results_close(r);
}

static void names_keep_the_order_written(void **state)
{
    (void)state;
    char path[128];
    write_sample(in_folder(path, "a.h5"));
    struct fs_results *r = load(path);
    assert_names(fs_results_groups(r, ""), "direct zebra antelope ");
    assert_names(fs_results_groups(r, "zebra"), "yak ");
    assert_names(fs_results_groups(r, "zebra/yak"), "");
    assert_names(fs_results_columns(r, ""), "replication ");
    assert_names(fs_results_columns(r, "direct"),
                 "class time quantile row slot load latency events note least deep ");
    fs_results_close(r);
}

static void many_groups_attributes_and_long_texts_come_back(void **state)
{
    (void)state;
    char path[128], name[32];
    const size_t length = 1 << 20;
    char *text = fs_alloc(length + 1, "a test");
    memset(text, 'x', length);
    struct fs_results_writer *w = start(in_folder(path, "a.h5"));
    fs_results_text(w, "", "spec", text);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "n%d", 299 - i);
        const double value = i;
        fs_results_integer(w, "", name, i);
        fs_results_column(w, name, "c", "1", "", FS_F64, NULL, &value);
    }
    finish(w);
    struct fs_results *r = load(path);
    assert_string_equal(fs_results_get_text(r, "", "spec"), text);
    for (int i = 0; i < 300; i++) {
        int64_t value;
        snprintf(name, sizeof name, "n%d", 299 - i);
        assert_string_equal(fs_results_groups(r, "")[i], name);
        assert_true(fs_results_get_integer(r, "", name, &value));
        assert_int_equal(value, i);
        assert_true(fs_results_get(r, name, "c")->f64[0] == i);
    }
    fs_results_close(r);
    free(text);
}

static void the_nearest_dimension_of_a_name_is_used(void **state)
{
    (void)state;
    char path[128];
    const double value[3] = {1, 2, 3};
    struct fs_results_writer *w = start(in_folder(path, "a.h5"));
    fs_results_dimension(w, "", "x", "1", "", FS_F64, 1, value);
    fs_results_dimension(w, "a/b", "x", "1", "", FS_F64, 2, value);
    fs_results_dimension(w, "a/bc", "x", "1", "", FS_F64, 3, value);
    const char *const x[] = {"x", NULL};
    fs_results_column(w, "a/b/c", "y", "1", "", FS_F64, x, value);
    fs_results_column(w, "a", "y", "1", "", FS_F64, x, value);
    fs_results_column(w, "a/bc", "y", "1", "", FS_F64, x, value);
    finish(w);
    struct fs_results *r = load(path);
    assert_int_equal(fs_results_get(r, "a/b/c", "y")->extent[0], 2);
    assert_int_equal(fs_results_get(r, "a", "y")->extent[0], 1);
    assert_int_equal(fs_results_get(r, "a/bc", "y")->extent[0], 3);
    fs_results_close(r);
}

/* ---- determinism ---------------------------------------------------------------------------- */

static void equal_input_gives_equal_bytes(void **state)
{
    (void)state;
    char a[128], b[128];
    write_sample(in_folder(a, "a.h5"));
    for (int i = 0; i < 5; i++) {
        void *shift = fs_alloc((size_t)(i + 1) * 10007, "a test"); /* another heap */
        memset(shift, 0xA5, (size_t)(i + 1) * 10007);
        free(shift);
        write_sample(in_folder(b, i % 2 ? "b.h5" : "another-name.h5"));
        assert_same_file(a, b);
    }
}

/* A program of its own, because MALLOC_PERTURB_ (glibc: fill memory on malloc and free with that
 * byte) is read at the start: anything uninitialised in the file shows up as a difference. */
static void no_byte_of_the_file_is_uninitialised(void **state)
{
    (void)state;
    char path[2][128], command[512];
    for (int i = 0; i < 2; i++) {
        in_folder(path[i], i ? "b.h5" : "a.h5");
        snprintf(command, sizeof command, "MALLOC_PERTURB_=%d /proc/%d/exe --sample %s",
                 i ? 90 : 165, (int)getpid(), path[i]);
        assert_int_equal(system(command), 0);
    }
    assert_same_file(path[0], path[1]);
}

static uint64_t hash_of(const char *path)
{
    struct fs_results *r = load(path);
    const uint64_t hash = fs_results_hash(r);
    fs_results_close(r);
    return hash;
}

static void write_pair(const char *path, const char *name, const char *const *labels, double value)
{
    const double values[2] = {value, 2.0};
    struct fs_results_writer *w = start(path);
    fs_results_dimension(w, "", "x", "1", "", FS_TEXT, 2, labels);
    fs_results_column(w, "", name, "1", "", FS_F64, (const char *const[]){"x", NULL}, values);
    finish(w);
}

static uint64_t text_piece(uint64_t hash, const char *text)
{
    return fs_checksum(text, strlen(text) + 1, hash);
}

static uint64_t integer_piece(uint64_t hash, int64_t value)
{
    return fs_checksum(&value, sizeof value, hash);
}

/* Piece by piece what the hash of write_pair(path, "y", {"ab", "c"}, 1.0) is made of. A change
 * breaks comparisons with files already written. */
static uint64_t hash_of_pair(void)
{
    const double values[2] = {1.0, 2.0};
    uint64_t hash = text_piece(0, ""); /* the root */
    hash = text_piece(hash, "x");
    hash = integer_piece(hash, 3); /* text */
    hash = integer_piece(hash, 1); /* rank */
    hash = integer_piece(hash, 2); /* extent */
    hash = text_piece(hash, "x");  /* dimension */
    hash = text_piece(hash, "ab");
    hash = text_piece(hash, "c");
    hash = text_piece(hash, "y");
    hash = integer_piece(hash, 0); /* double */
    hash = integer_piece(hash, 1);
    hash = integer_piece(hash, 2);
    hash = text_piece(hash, "x");
    return fs_checksum(values, sizeof values, hash);
}

static void the_hash_sees_names_labels_and_values(void **state)
{
    (void)state;
    char path[128];
    const char *const ab[] = {"ab", "c"}, *const a[] = {"a", "bc"};
    in_folder(path, "a.h5");
    write_pair(path, "y", ab, 1.0);
    const uint64_t hash = hash_of(path);
    write_pair(path, "y", ab, 1.0);
    assert_true(hash_of(path) == hash);
    assert_true(hash == hash_of_pair());
    write_pair(path, "z", ab, 1.0);
    assert_true(hash_of(path) != hash);
    write_pair(path, "y", a, 1.0);
    assert_true(hash_of(path) != hash);
    write_pair(path, "y", ab, nextafter(1.0, 2.0));
    assert_true(hash_of(path) != hash);
}

static void every_nan_is_the_same_nan(void **state)
{
    (void)state;
    char a[128], b[128];
    const uint64_t bits = 0xFFF8000000000123U;
    double odd;
    memcpy(&odd, &bits, sizeof odd);
    const char *const labels[] = {"x", "y"};
    write_pair(in_folder(a, "a.h5"), "y", labels, NAN);
    write_pair(in_folder(b, "b.h5"), "y", labels, odd);
    assert_same_file(a, b);
}

/* ---- faults --------------------------------------------------------------------------------- */

/* Writes to `path` in a child; its exit status is the result code. `text` gets the message. */
static int write_in_child(const char *path, void (*prepare)(void), char text[static 1024])
{
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fs_failure failure = {""};
        struct fs_results_writer *w;
        double time[COLS];
        if (prepare) prepare();
        enum fs_rc rc = fs_results_create(path, &w, &failure);
        if (rc == FS_OK) {
            write_dimensions(w, time);
            write_columns(w);
            rc = fs_results_commit(w, &failure);
        }
        if (write(pipes[1], failure.text, sizeof failure.text) < 0) _exit(99);
        exit((int)rc); /* by exit: HDF5's own handler must survive a failure too */
    }
    close(pipes[1]);
    int status = 0;
    assert_true(read(pipes[0], text, 1024) >= 0);
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static rlim_t file_limit;

static void limit_file_size(void)
{
    const struct rlimit limit = {file_limit, file_limit};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_failed_write_leaves_the_old_file_and_no_temporary(void **state)
{
    (void)state;
    char path[128], text[1024];
    const rlim_t limits[] = {0, 1, 512, 4096, 8192};
    spit(in_folder(path, "a.h5"), "old", 3);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        file_limit = limits[i];
        assert_int_equal(write_in_child(path, limit_file_size, text), FS_WORLD);
        assert_non_null(strstr(text, path));
        assert_non_null(strstr(text, "too large"));
        assert_non_null(strstr(text, "-o"));
        size_t n;
        unsigned char *bytes = slurp(path, &n);
        assert_int_equal(n, 3);
        assert_memory_equal(bytes, "old", 3);
        free(bytes);
        assert_int_equal(files_in(folder), 1);
    }
    assert_int_equal(write_in_child(path, NULL, text), FS_OK);
    fs_results_close(load(path));
}

/* To root nothing is unwritable. */
static void become_nobody(void)
{
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)) {
        _exit(98);
    }
}

static void an_unwritable_folder_is_refused(void **state)
{
    (void)state;
    char path[128], inside[160], text[1024];
    in_folder(path, "locked");
    snprintf(inside, sizeof inside, "%s/a.h5", path);
    assert_int_equal(mkdir(path, 0555), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(write_in_child(inside, become_nobody, text), FS_WORLD);
    assert_non_null(strstr(text, strerror(EACCES)));
    assert_int_equal(files_in(path), 0);
}

static void assert_refused(const char *path, const char *why)
{
    struct fs_failure failure = {""};
    struct fs_results_writer *w;
    assert_int_equal(fs_results_check(path, &failure), FS_WORLD);
    assert_non_null(strstr(failure.text, why));
    assert_int_equal(fs_results_create(path, &w, &failure), FS_WORLD);
    assert_null(w);
    assert_non_null(strstr(failure.text, why));
}

static void a_target_that_is_no_plain_file_is_refused(void **state)
{
    (void)state;
    char path[128], link[128];
    assert_refused(folder, "Is a directory");
    snprintf(path, sizeof path, "%s/", folder);
    assert_refused(path, "Is a directory");
    assert_refused(in_folder(path, "none/a.h5"), "create the folder first");
    assert_refused("/dev/null", "device");
    assert_refused("", "Is a directory");
    spit(in_folder(path, "a.h5"), "old", 3);
    assert_int_equal(symlink(path, in_folder(link, "link.h5")), 0);
    assert_refused(link, "it is a link");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(path, in_folder(link, ".a.h5.partial")), 0);
    assert_refused(path, strerror(ELOOP)); /* a planted link is not followed */
}

static void a_check_leaves_nothing_behind(void **state)
{
    (void)state;
    char path[128];
    struct fs_failure failure = {""};
    assert_int_equal(fs_results_check(in_folder(path, "a.h5"), &failure), FS_OK);
    assert_int_equal(files_in(folder), 0);
}

static void a_second_writer_is_refused(void **state)
{
    (void)state;
    char path[128], text[1024];
    assert_int_equal(setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1), 0);
    struct fs_results_writer *w = start(in_folder(path, "a.h5"));
    assert_refused(path, "another process is writing it");
    assert_int_equal(write_in_child(path, NULL, text), FS_WORLD);
    assert_non_null(strstr(text, "another process is writing it"));
    finish(w);
    fs_results_close(load(path));
    assert_int_equal(files_in(folder), 1);
    write_sample(path); /* and the next one may */
}

static void an_abandoned_writer_leaves_nothing(void **state)
{
    (void)state;
    char path[128];
    double time[COLS];
    struct fs_results_writer *w = start(in_folder(path, "a.h5"));
    write_dimensions(w, time);
    fs_results_abandon(w);
    assert_int_equal(files_in(folder), 0);
}

static void the_first_failure_is_kept_and_returned(void **state)
{
    (void)state;
    char path[128];
    const double value = 1.0;
    struct fs_failure failure = {""};
    struct fs_results_writer *w = start(in_folder(path, "a.h5"));
    assert_int_equal(fs_results_column(w, "", "x", "1", "", FS_F64, NULL, &value), FS_OK);
    assert_int_equal(fs_results_column(w, "", "x", "1", "", FS_F64, NULL, &value), FS_WORLD);
    assert_int_equal(fs_results_text(w, "", "y", "z"), FS_WORLD);
    assert_int_equal(fs_results_commit(w, &failure), FS_WORLD);
    assert_non_null(strstr(failure.text, path));
    assert_non_null(strstr(failure.text, "name already exists"));
    assert_int_equal(files_in(folder), 0);
}

static void wait_briefly(long microseconds)
{
    usleep((useconds_t)microseconds);
}

static void a_killed_writer_leaves_the_old_or_the_new_file(void **state)
{
    (void)state;
    char path[128], good[128];
    int swept = 0;
    write_sample(in_folder(good, "good.h5"));
    write_sample(in_folder(path, "a.h5"));
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            for (;;)
                write_sample(path);
        }
        wait_briefly(500 + 379 * i);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_same_file(path, good);
        swept += files_in(folder) > 2;
    }
    assert_true(swept > 0); /* else nothing was killed half-way */
    write_sample(path);
    assert_int_equal(files_in(folder), 2);
}

static void writers_at_once_leave_one_complete_file(void **state)
{
    (void)state;
    char path[128];
    struct fs_failure failure;
    struct fs_results_writer *w;
    in_folder(path, "a.h5");
    for (int i = 0; i < 4; i++) {
        if (fork() > 0) continue;
        for (int done = 0; done < 25;) {
            if (fs_results_create(path, &w, &failure) != FS_OK) continue;
            fs_results_text(w, "", "writer", "one of four");
            if (fs_results_commit(w, &failure) != FS_OK) _exit(1);
            done++;
        }
        _exit(0);
    }
    for (int i = 0, status; i < 4; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    fs_results_close(load(path));
    assert_int_equal(files_in(folder), 1);
}

/* ---- damage --------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return *state >> 33;
}

static void every_cut_and_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    char path[128];
    size_t n;
    uint64_t random = 1;
    write_sample(in_folder(path, "a.h5"));
    unsigned char *bytes = slurp(path, &n);
    for (int i = 0; i < 100; i++) {
        spit(path, bytes, i < 40 ? n - 1 - (size_t)i : draw(&random) % n);
        refusal(path);
    }
    for (int i = 0; i < 100; i++) {
        const size_t at = i < 32 ? n - 1 - (size_t)i : draw(&random) % n; /* trailer: 32 bytes */
        const unsigned char bit = (unsigned char)(1U << draw(&random) % 8);
        bytes[at] ^= bit;
        spit(path, bytes, n);
        refusal(path);
        bytes[at] ^= bit;
    }
    spit(path, bytes, n);
    fs_results_close(load(path));
    free(bytes);
}

static void what_is_not_ours_is_refused_in_plain_words(void **state)
{
    (void)state;
    char path[128];
    size_t n;
    in_folder(path, "a.h5");
    assert_non_null(strstr(refusal(path), strerror(ENOENT)));
    assert_non_null(strstr(refusal(folder), "not a plain file"));
    assert_non_null(strstr(refusal("/dev/zero"), "not a plain file"));
    spit(path, "", 0);
    assert_non_null(strstr(refusal(path), "too short"));
    static const char text[] = "a text of somebody else, longer than our trailer of 32 bytes";
    spit(path, text, sizeof text - 1);
    assert_non_null(strstr(refusal(path), "another's"));
    write_sample(path);
    unsigned char *bytes = slurp(path, &n);
    bytes[n / 2] ^= 1;
    spit(path, bytes, n);
    assert_non_null(strstr(refusal(path), "checksum"));
    free(bytes);
}

/* ---- other tools ---------------------------------------------------------------------------- */

/* Run read_results.py, which lies beside this file; skip when Python lacks what it needs. */
static void run_script(const char *arguments)
{
    char command[2048];
    if (access("/usr/bin/python3", X_OK) != 0) skip();
    snprintf(command, sizeof command,
             "/usr/bin/python3 '" FS_SOURCE_DIR "/tests/read_results.py' %s", arguments);
    const int status = system(command);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    assert_int_equal(status, 0);
}

static void xarray_opens_it_labelled_with_both_engines(void **state)
{
    (void)state;
    char path[128];
    write_sample(in_folder(path, "a.h5"));
    run_script(path);
}

/* Give a foreign file a right checksum, as a stranger could. */
static void seal(const char *path)
{
    size_t n;
    unsigned char *bytes = slurp(path, &n);
    const uint64_t trailer[3] = {1, n, fs_checksum(bytes, n, 0)};
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite("FSRESULT", 1, 8, file), 8);
    assert_int_equal(fwrite(trailer, 1, sizeof trailer, file), sizeof trailer);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

static void strange_contents_are_refused_despite_a_right_checksum(void **state)
{
    (void)state;
    static const char *const strange[][2] = {
        {"external_storage", "lies in another file"},
        {"external_link", "link that may lead elsewhere"},
        {"soft_link", "link that may lead elsewhere"},
        {"circle", "two names"},
        {"two_names", "two names"},
        {"virtual", "stored oddly"},
        {"foreign_filter", "filter that is not ours"},
        {"foreign_type", "type that is not ours"},
        {"big_endian", "type that is not ours"},
        {"rank_11", "too many dimensions"},
        {"too_many_values", "too many values"},
        {"overflow", "too many values"},
        {"never_written", "lacks its values"},
        {"large_chunk", "chunks are too large"},
        {"named_type", "neither group nor column"},
        {"no_units", "units"},
        {"no_dimensions", "DIMENSION_LIST"},
        {"array_attribute", "attribute of a kind"},
        {"deep", "nested too deeply"},
    };
    char path[128], arguments[160];
    snprintf(arguments, sizeof arguments, "--strange %s", folder);
    run_script(arguments);
    seal(in_folder(path, "plain"));
    struct fs_results *r = load(path);
    assert_true(fs_results_get(r, "", "y")->f64[3] == 3.0);
    fs_results_close(r);
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        seal(in_folder(path, strange[i][0]));
        const char *text = refusal(path);
        if (!strstr(text, strange[i][1])) fail_msg("%s", text);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--sample")) {
        write_sample(argv[2]);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_xxh64),
        cmocka_unit_test_setup(every_type_and_rank_comes_back, before_each),
        cmocka_unit_test_setup(scalars_empty_dimensions_and_nan_work, before_each),
        cmocka_unit_test_setup(attributes_come_back, before_each),
        cmocka_unit_test_setup(names_keep_the_order_written, before_each),
        cmocka_unit_test_setup(many_groups_attributes_and_long_texts_come_back, before_each),
        cmocka_unit_test_setup(the_nearest_dimension_of_a_name_is_used, before_each),
        cmocka_unit_test_setup(equal_input_gives_equal_bytes, before_each),
        cmocka_unit_test_setup(no_byte_of_the_file_is_uninitialised, before_each),
        cmocka_unit_test_setup(the_hash_sees_names_labels_and_values, before_each),
        cmocka_unit_test_setup(every_nan_is_the_same_nan, before_each),
        cmocka_unit_test_setup(a_failed_write_leaves_the_old_file_and_no_temporary, before_each),
        cmocka_unit_test_setup(an_unwritable_folder_is_refused, before_each),
        cmocka_unit_test_setup(a_target_that_is_no_plain_file_is_refused, before_each),
        cmocka_unit_test_setup(a_check_leaves_nothing_behind, before_each),
        cmocka_unit_test_setup(a_second_writer_is_refused, before_each),
        cmocka_unit_test_setup(an_abandoned_writer_leaves_nothing, before_each),
        cmocka_unit_test_setup(the_first_failure_is_kept_and_returned, before_each),
        cmocka_unit_test_setup(a_killed_writer_leaves_the_old_or_the_new_file, before_each),
        cmocka_unit_test_setup(writers_at_once_leave_one_complete_file, before_each),
        cmocka_unit_test_setup(every_cut_and_every_flipped_bit_is_refused, before_each),
        cmocka_unit_test_setup(what_is_not_ours_is_refused_in_plain_words, before_each),
        cmocka_unit_test_setup(xarray_opens_it_labelled_with_both_engines, before_each),
        cmocka_unit_test_setup(strange_contents_are_refused_despite_a_right_checksum, before_each),
    };
    if (!mkdtemp(folder)) return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    empty_folder();
    rmdir(folder);
    return failed;
}
