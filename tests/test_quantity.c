/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected values follow from the definition of each unit (SI, IEC 80000-13 for KiB, a day of
 * 86,400 s); that of a double from the C compiler's own literal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena.h"
#include "quantity.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static struct fs_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = fs_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fs_arena_free(arena);
    return 0;
}

static void integers_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        enum fs_dimension dimension;
        const char *text;
        int64_t value;
    } cases[] = {{FS_D_COUNT, "0", 0},
                 {FS_D_COUNT, "1000", 1000},
                 {FS_D_COUNT, "1e6", 1000000},
                 {FS_D_COUNT, "2.5e3", 2500},
                 {FS_D_COUNT, "-3", -3},
                 {FS_D_COUNT, "007", 7},
                 {FS_D_COUNT, "9223372036854775807", INT64_MAX},
                 {FS_D_COUNT, "9007199254740993", 9007199254740993}, /* 2^53 + 1 */
                 {FS_D_TIME, "1ns", 1},
                 {FS_D_TIME, "1us", 1000},
                 {FS_D_TIME, "250ms", 250000000},
                 {FS_D_TIME, "0.1s", 100000000},
                 {FS_D_TIME, "1.5min", 90000000000},
                 {FS_D_TIME, "15 min", 900000000000},
                 {FS_D_TIME, "1h", 3600000000000},
                 {FS_D_TIME, "1.1h", 3960000000000},
                 {FS_D_TIME, "2d", 172800000000000},
                 {FS_D_TIME, "1e3ms", 1000000000},
                 {FS_D_TIME, "0.4ns", 0},
                 {FS_D_TIME, "0.5ns", 1},
                 {FS_D_TIME, "1.49999999999999999999ns", 1},
                 {FS_D_TIME, "0.000000000000000000000000000001s", 0},
                 {FS_D_TIME, "9223372036854775807ns", INT64_MAX},
                 {FS_D_TIME, "9007199.254740993s", 9007199254740993},
                 {FS_D_SIZE, "1B", 1},
                 {FS_D_SIZE, "256KiB", 262144},
                 {FS_D_SIZE, "20MB", 20000000},
                 {FS_D_SIZE, "1.5 GiB", 1610612736},
                 {FS_D_SIZE, "1kB", 1000},
                 {FS_D_MEMORY, "512MB", 512},
                 {FS_D_MEMORY, "512MiB", 512},
                 {FS_D_MEMORY, "2GB", 2048},
                 {FS_D_MEMORY, "0.5GiB", 512},
                 {FS_D_MONEY, "100USD", 100000000000000000},
                 {FS_D_MONEY, "$0.0000166667", 16666700000},
                 {FS_D_MONEY, "$9.007199254740993", 9007199254740993},
                 {FS_D_MONEY, "0.20 USD", 200000000000000}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t value = -1;
        const char *hint;
        const char *wrong =
            fs_quantity_read_whole(arena, cases[i].dimension, cases[i].text, &value, &hint);
        if (wrong || value != cases[i].value)
            fail_msg("%s: %s, %" PRId64, cases[i].text, wrong ? wrong : "read", value);
    }
}

static void doubles_are_read_in_base_units(void **state)
{
    (void)state;
    static const struct {
        enum fs_dimension dimension;
        const char *text;
        double value;
    } cases[] = {{FS_D_NUMBER, "1.5", 1.5},        {FS_D_NUMBER, "1e-7", 1e-7},
                 {FS_D_NUMBER, "0.1", 0.1},        {FS_D_NUMBER, "1E3", 1000},
                 {FS_D_FRACTION, "0.35", 0.35},    {FS_D_FRACTION, "35%", 0.35},
                 {FS_D_FRACTION, "99.9 %", 0.999}, {FS_D_RATE, "50/s", 50},
                 {FS_D_RATE, "300/min", 5},        {FS_D_RATE, "5000/h", 5000.0 / 3600},
                 {FS_D_RATE, "2/d", 2.0 / 86400},  {FS_D_RATE, "0/s", 0},
                 {FS_D_CPU, "0.5", 0.5},           {FS_D_CPU, "500m", 0.5},
                 {FS_D_CPU, "2 vCPU", 2},          {FS_D_CPU, "2vCPU", 2},
                 {FS_D_TIME, "400ms", 4e8},        {FS_D_TIME, "0.25ns", 0.25},
                 {FS_D_SIZE, "0.5B", 0.5},         {FS_D_MEMORY, "1GB", 1024},
                 {FS_D_MONEY, "$1", 1e15}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value = -1;
        const char *hint;
        const char *wrong =
            fs_quantity_read(arena, cases[i].dimension, cases[i].text, &value, &hint);
        if (wrong || !(value == cases[i].value))
            fail_msg("%s: %s, %.17g", cases[i].text, wrong ? wrong : "read", value);
    }
}

static const struct {
    enum fs_dimension dimension;
    const char *text, *wrong, *hint;
} bad[] = {
    {FS_D_TIME, "900", "needs a unit: one of ns, us, ms, s, min, h, d", "900s"},
    {FS_D_TIME, "0", "needs a unit: one of ns, us, ms, s, min, h, d", "0s"},
    {FS_D_TIME, "15m", "has an unknown unit 'm': expected one of ns, us, ms, s, min, h, d",
     "15min"},
    {FS_D_TIME, "15 mins", "has an unknown unit 'mins': expected one of ns, us, ms, s, min, h, d",
     "15min"},
    {FS_D_TIME, "3 sec", "has an unknown unit 'sec': expected one of ns, us, ms, s, min, h, d",
     "3s"},
    {FS_D_TIME, "3MS", "has an unknown unit 'MS': expected one of ns, us, ms, s, min, h, d", "3ms"},
    {FS_D_TIME, "5w", "has an unknown unit 'w': expected one of ns, us, ms, s, min, h, d", NULL},
    {FS_D_TIME, "", "expects a duration such as 250ms or 15min, not ''", NULL},
    {FS_D_TIME, "soon", "expects a duration such as 250ms or 15min, not 'soon'", NULL},
    {FS_D_TIME, " 5s", "expects a duration such as 250ms or 15min, not ' 5s'", NULL},
    {FS_D_TIME, "5s ", "has an unknown unit 's ': expected one of ns, us, ms, s, min, h, d", NULL},
    {FS_D_TIME, "5 ", "expects a duration such as 250ms or 15min, not '5 '", NULL},
    {FS_D_TIME, "1,5s", "expects a duration such as 250ms or 15min, not '1,5s'", NULL},
    {FS_D_TIME, "1.5.2s", "expects a duration such as 250ms or 15min, not '1.5.2s'", NULL},
    {FS_D_TIME, "1_000s", "has an unknown unit '_000s': expected one of ns, us, ms, s, min, h, d",
     NULL},
    {FS_D_TIME, "0x10s", "has an unknown unit 'x10s': expected one of ns, us, ms, s, min, h, d",
     NULL},
    {FS_D_TIME, "nan", "expects a duration such as 250ms or 15min, not 'nan'", NULL},
    {FS_D_TIME, "infs", "expects a duration such as 250ms or 15min, not 'infs'", NULL},
    {FS_D_TIME, "+5s", "expects a duration such as 250ms or 15min, not '+5s'", NULL},
    {FS_D_TIME, ".5s", "expects a duration such as 250ms or 15min, not '.5s'", NULL},
    {FS_D_TIME, "5.s", "expects a duration such as 250ms or 15min, not '5.s'", NULL},
    {FS_D_TIME, "9223372036854775808ns", "is too large", NULL},
    {FS_D_TIME, "1e999s", "is too large", NULL},
    {FS_D_TIME, "300000000d", "is too large", NULL},
    {FS_D_TIME, "1.00000000000000000000000000001s", "has more digits than can be told apart", NULL},
    {FS_D_COUNT, "1.5", "must be a whole number", NULL},
    {FS_D_COUNT, "10k", "expects a whole number such as 1000, not '10k'", NULL},
    {FS_D_COUNT, "0x10", "expects a whole number such as 1000, not '0x10'", NULL},
    {FS_D_COUNT, "NaN(123)", "expects a whole number such as 1000, not 'NaN(123)'", NULL},
    {FS_D_COUNT, "1e19", "is too large", NULL},
    {FS_D_COUNT, "ten", "expects a whole number such as 1000, not 'ten'", NULL},
    {FS_D_SIZE, "1024", "needs a unit: one of B, kB, MB, GB, KiB, MiB, GiB", "1024B"},
    {FS_D_SIZE, "1KB", "has an unknown unit 'KB': expected one of B, kB, MB, GB, KiB, MiB, GiB",
     "1kB"},
    {FS_D_SIZE, "1Mi", "has an unknown unit 'Mi': expected one of B, kB, MB, GB, KiB, MiB, GiB",
     "1MiB"},
    {FS_D_SIZE, "1.0001kB", "must be a whole number of bytes", NULL},
    {FS_D_SIZE, "1TB", "has an unknown unit 'TB': expected one of B, kB, MB, GB, KiB, MiB, GiB",
     NULL},
    {FS_D_MEMORY, "512", "needs a unit: one of MB, GB, MiB, GiB", "512MB"},
    {FS_D_MEMORY, "0.3GB", "must be a whole number of MiB", NULL},
    {FS_D_MEMORY, "512mb", "has an unknown unit 'mb': expected one of MB, GB, MiB, GiB", "512MB"},
    {FS_D_MONEY, "100", "needs a unit: USD", "100USD"},
    {FS_D_MONEY, "100EUR", "has an unknown unit 'EUR': expected USD", NULL},
    {FS_D_MONEY, "$5USD", "expects an amount such as 100USD or $0.20, not '$5USD'", NULL},
    {FS_D_MONEY, "$", "expects an amount such as 100USD or $0.20, not '$'", NULL},
    {FS_D_MONEY, "$0.0000000000000001", "must be a whole number of 10^-15 USD", NULL},
    {FS_D_MONEY, "10000USD", "is too large", NULL},
    {FS_D_RATE, "50", "needs a unit: one of /s, /min, /h, /d", "50/s"},
    {FS_D_RATE, "50 rps", "has an unknown unit 'rps': expected one of /s, /min, /h, /d", "50/s"},
    {FS_D_RATE, "50/sec", "has an unknown unit '/sec': expected one of /s, /min, /h, /d", "50/s"},
    {FS_D_RATE, "1e308/s0", "has an unknown unit '/s0': expected one of /s, /min, /h, /d", NULL},
    {FS_D_RATE, "1e309/s", "is too large", NULL},
    {FS_D_RATE, "1e-999/s", "is too small", NULL},
    {FS_D_FRACTION, "35 percent", "has an unknown unit 'percent': expected %", NULL},
    {FS_D_FRACTION, "half", "expects a fraction such as 0.35 or 35%, not 'half'", NULL},
    {FS_D_CPU, "500mi", "has an unknown unit 'mi': expected one of m, vCPU", NULL},
    {FS_D_CPU, "2 vcpu", "has an unknown unit 'vcpu': expected one of m, vCPU", "2vCPU"},
    {FS_D_NUMBER, "1.5x", "expects a number such as 1.5, not '1.5x'", NULL},
    {FS_D_NUMBER, "1e999", "is too large", NULL},
    {FS_D_NUMBER, "1e-999", "is too small", NULL},
    {FS_D_NUMBER, "--1", "expects a number such as 1.5, not '--1'", NULL},
    {FS_D_NUMBER, "-inf", "expects a number such as 1.5, not '-inf'", NULL},
    {FS_D_NUMBER, "1 000", "expects a number such as 1.5, not '1 000'", NULL},
};

static void what_is_no_quantity_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        int64_t whole;
        double number;
        const char *hint = "unset", *wrong;
        if (fs_dimension_whole(bad[i].dimension))
            wrong = fs_quantity_read_whole(arena, bad[i].dimension, bad[i].text, &whole, &hint);
        else
            wrong = fs_quantity_read(arena, bad[i].dimension, bad[i].text, &number, &hint);
        if (!wrong || strcmp(wrong, bad[i].wrong) != 0)
            fail_msg("'%s': \"%s\", not \"%s\"", bad[i].text, wrong ? wrong : "read", bad[i].wrong);
        if (!hint != !bad[i].hint || (hint && strcmp(hint, bad[i].hint) != 0))
            fail_msg("'%s': hint %s", bad[i].text, hint ? hint : "missing");
    }
}

static void wholes_are_written_in_the_largest_unit(void **state)
{
    (void)state;
    static const struct {
        enum fs_dimension dimension;
        int64_t value;
        const char *text;
    } cases[] = {{FS_D_TIME, 60000000000, "1min"},
                 {FS_D_TIME, 90000000000, "90s"},
                 {FS_D_TIME, 0, "0s"},
                 {FS_D_TIME, 1, "1ns"},
                 {FS_D_TIME, INT64_MAX, "9223372036854775807ns"},
                 {FS_D_TIME, -5000000000, "-5s"},
                 {FS_D_SIZE, 262144, "256KiB"},
                 {FS_D_SIZE, 20000000, "20MB"},
                 {FS_D_SIZE, 0, "0B"},
                 {FS_D_MEMORY, 512, "512MiB"},
                 {FS_D_MEMORY, 2048, "2GiB"},
                 {FS_D_MONEY, 100000000000000000, "100USD"},
                 {FS_D_MONEY, 16666700000, "0.0000166667USD"},
                 {FS_D_MONEY, 1, "0.000000000000001USD"},
                 {FS_D_COUNT, 1000, "1000"},
                 {FS_D_COUNT, INT64_MIN + 1, "-9223372036854775807"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_string_equal(fs_quantity_write_whole(arena, cases[i].dimension, cases[i].value),
                            cases[i].text);
        int64_t back;
        const char *hint;
        assert_null(fs_quantity_read_whole(arena, cases[i].dimension, cases[i].text, &back, &hint));
        assert_int_equal(back, cases[i].value);
    }
}

static void doubles_are_written_as_people_would(void **state)
{
    (void)state;
    assert_string_equal(fs_quantity_write(arena, FS_D_TIME, 4e8), "400ms");
    assert_string_equal(fs_quantity_write(arena, FS_D_TIME, 0.25), "2.5e-10s");
    assert_string_equal(fs_quantity_write(arena, FS_D_TIME, 1.5e9 + 0.5), "1.5000000005s");
    assert_string_equal(fs_quantity_write(arena, FS_D_FRACTION, 0.35), "0.35");
    assert_string_equal(fs_quantity_write(arena, FS_D_RATE, 50), "50/s");
    assert_string_equal(fs_quantity_write(arena, FS_D_RATE, 5000.0 / 3600), "5000/h");
    assert_string_equal(fs_quantity_write(arena, FS_D_RATE, 0), "0/s");
    assert_string_equal(fs_quantity_write(arena, FS_D_CPU, 0.5), "0.5");
    assert_string_equal(fs_quantity_write(arena, FS_D_NUMBER, 1e300), "1e300");
    assert_string_equal(fs_quantity_write(arena, FS_D_NUMBER, -1.5e-9), "-1.5e-9");
    assert_string_equal(fs_quantity_write(arena, FS_D_NUMBER, 12345678901234567.0),
                        "12345678901234568");
}

static uint64_t mix(uint64_t x) /* splitmix64: arbitrary but always the same bits */
{
    x += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
}

static void what_is_written_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200000; i++) {
        const uint64_t bits = mix(i);
        double value, back;
        char text[32];
        const char *end;
        memcpy(&value, &bits, sizeof value);
        if (value - value < 0 || value - value > 0 || !(value - value < 1)) continue; /* inf, nan */
        fs_number_write(text, value);
        assert_true(fs_number_read(text, &end, &back));
        assert_int_equal(*end, '\0');
        assert_memory_equal(&value, &back, sizeof value);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        for (int d = FS_D_COUNT; d <= FS_D_CPU; d++) {
            const int64_t whole = (int64_t)(mix(i) >> (1 + i % 60));
            const double number = (double)(mix(i + 7) >> 11) * 0x1p-20;
            int64_t whole_back;
            double back;
            const char *hint;
            const char *text = fs_quantity_write(arena, (enum fs_dimension)d, number);
            assert_null(fs_quantity_read(arena, (enum fs_dimension)d, text, &back, &hint));
            assert_memory_equal(&back, &number, sizeof back);
            if (!fs_dimension_whole((enum fs_dimension)d)) continue;
            text = fs_quantity_write_whole(arena, (enum fs_dimension)d, whole);
            assert_null(
                fs_quantity_read_whole(arena, (enum fs_dimension)d, text, &whole_back, &hint));
            assert_int_equal(whole, whole_back);
        }
    }
}

/* The C library's strtod() is the reference: glibc's is correctly rounded. */
static void numbers_are_correctly_rounded(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 200000; i++) {
        char text[64];
        const char *end;
        double value;
        snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64 "e%d", mix(i) >> (i % 64),
                 mix(i + 1) >> (20 + i % 44), (int)(mix(i + 2) % 560) - 280);
        if (!fs_number_read(text, &end, &value)) {
            assert_true(strlen(text) > 28); /* more digits than are kept */
            continue;
        }
        const double reference = strtod(text, NULL);
        assert_memory_equal(&value, &reference, sizeof value);
    }
}

static void a_number_ends_where_it_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int length;
    } cases[] = {{"12abc", 2},  {"1.5e", 3},    {"1.e5", 1},  {"1e+", 1},   {"0x10", 1},
                 {"1e5ms", 3},  {"-1", 2},      {"1,5", 1},   {"nan", -1},  {"inf", -1},
                 {".5", -1},    {"+1", -1},     {"", -1},     {"-", -1},    {" 1", -1},
                 {"1e999", -1}, {"1e-999", -1}, {"0e999", 5}, {"1e-320", 6}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *end = cases[i].text - 1;
        double value;
        fs_number_read(cases[i].text, &end, &value);
        if (end - cases[i].text != cases[i].length)
            fail_msg("'%s' ends at %d", cases[i].text, (int)(end - cases[i].text));
    }
}

static void a_locale_with_a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "de_DE"};
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(names) && !found; i++)
        found = setlocale(LC_ALL, names[i]) != NULL;
    if (!found) skip();
    doubles_are_read_in_base_units(state);
    doubles_are_written_as_people_would(state);
    what_is_written_reads_back_to_the_same_bits(state);
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_read_exactly),
        cmocka_unit_test(doubles_are_read_in_base_units),
        cmocka_unit_test(what_is_no_quantity_is_refused_by_name),
        cmocka_unit_test(wholes_are_written_in_the_largest_unit),
        cmocka_unit_test(doubles_are_written_as_people_would),
        cmocka_unit_test(what_is_written_reads_back_to_the_same_bits),
        cmocka_unit_test(numbers_are_correctly_rounded),
        cmocka_unit_test(a_number_ends_where_it_ends),
        cmocka_unit_test(a_locale_with_a_decimal_comma_changes_nothing)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
