/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "time.h"
#include <math.h>

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
        cmocka_unit_test(a_draw_becomes_a_time_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
