/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void seconds_become_the_nearest_nanosecond(void **state)
{
    (void)state;
    assert_int_equal(fs_seconds(0), 0);
    assert_int_equal(fs_seconds(1), FS_S);
    assert_int_equal(fs_seconds(0.1), 100 * FS_MS);
    assert_int_equal(fs_seconds(1e-9), 1);
    assert_int_equal(fs_seconds(1.4e-9), 1);
    assert_int_equal(fs_seconds(1.6e-9), 2);
    assert_int_equal(fs_seconds(900), 15 * FS_MIN);
    assert_int_equal(fs_seconds(86400.000000001), FS_DAY + 1);
}

/* 1/1024 s is 976562.5 ns, and both numbers are exact doubles. */
static void a_tie_goes_away_from_zero(void **state)
{
    (void)state;
    assert_int_equal(fs_seconds(0x1p-10), 976563);
    assert_int_equal(fs_seconds(-0x1p-10), -976563);
    assert_int_equal(fs_seconds(4 + 0x1p-10), 4000976563);
    assert_int_equal(fs_seconds(-4 - 0x1p-10), -4000976563);
}

/* 2^33 seconds and 2^-19: the fraction 1907.3486328125 ns survives, which 1e9 times the sum in one
 * double, a multiple of 1024 ns there, would not. */
static void a_long_run_keeps_its_nanoseconds(void **state)
{
    (void)state;
    assert_int_equal(fs_seconds(8589934592 + 0x1p-19), 8589934592 * FS_S + 1907);
    assert_int_equal(fs_seconds(9.1e9), 9100000000 * FS_S);
}

static int signal_of(double seconds)
{
    int status;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) _exit(2);
        _exit(fs_seconds(seconds) == 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void seconds_out_of_range_are_our_bug(void **state)
{
    (void)state;
    assert_int_equal(signal_of(9.3e9), SIGABRT);
    assert_int_equal(signal_of(-9.3e9), SIGABRT);
    assert_int_equal(signal_of(INFINITY), SIGABRT);
    assert_int_equal(signal_of(NAN), SIGABRT);
    assert_int_equal(signal_of(9.19e9), 0);
}

static void a_draw_becomes_a_time_without_overflow(void **state)
{
    (void)state;
    assert_int_equal(fs_nanoseconds(1.5), 2);
    assert_int_equal(fs_nanoseconds(-1), 0);
    assert_int_equal(fs_nanoseconds(NAN), 0);
    assert_true(fs_nanoseconds(9.3e18) == FS_NEVER);
    assert_true(fs_nanoseconds(INFINITY) == FS_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_become_the_nearest_nanosecond),
        cmocka_unit_test(a_tie_goes_away_from_zero),
        cmocka_unit_test(a_long_run_keeps_its_nanoseconds),
        cmocka_unit_test(seconds_out_of_range_are_our_bug),
        cmocka_unit_test(a_draw_becomes_a_time_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
