/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks in rotation: slow start and affinity, without the tasks' work. */
#include "plugins.h"

#include <math.h>

#include "rotation.h"

struct bench {
    struct fs_sim *sim;
    struct plugged balancing;
    struct fs_rotation rotation;
    struct fs_task task[3];
    struct fs_request request;
};

static void new_bench(struct bench *b, const struct fs_rotation_params *params)
{
    memset(b, 0, sizeof *b);
    b->sim = fs_sim_new(NULL);
    b->balancing = plug("balancers", "round_robin");
    assert_accepted(&b->balancing);
    fs_rotation_new(&b->rotation, b->sim, params, &b->balancing.value, 5);
    for (uint64_t i = 0; i < 3; i++) {
        fs_task_new(&b->task[i]);
        b->task[i].place.number = i;
    }
}

/* Requests of 100,000 that the task gets; their numbers go on. */
static int share_of(struct bench *b, const struct fs_task *task)
{
    int n = 0;
    for (int i = 0; i < 100000; i++, b->request.number++)
        n += fs_rotation_pick(&b->rotation, &b->request) == task;
    return n;
}

/* A second task in turn takes every turn of its own with the probability f that grows from 0 to 1
 * in 100 s, so it gets f / (1 + f) of the requests: +- 3.5 standard deviations, at most 500. The
 * first in an empty rotation has no slow start. */
static void a_new_task_gets_its_share_little_by_little(void **state)
{
    static const struct fs_rotation_params params = {.slow_start = 100 * FS_S};
    static const double at[] = {0, 0.25, 0.5, 0.9, 1};
    static struct bench b;
    (void)state;
    new_bench(&b, &params);
    fs_rotation_join(&b.rotation, &b.task[0], true);
    fs_rotation_join(&b.rotation, &b.task[1], true);
    for (int i = 0; i < 5; i++) {
        fs_sim_run(b.sim, fs_nanoseconds(at[i] * 100e9));
        const double share = at[i] / (1 + at[i]);
        assert_true(fabs(share_of(&b, &b.task[1]) - 1e5 * share) <=
                    3.5 * sqrt(1e5 * share * (1 - share)) + 1);
    }
    assert_int_equal(b.rotation.careful, 0);
    fs_sim_free(b.sim);
    unplug(&b.balancing);
}

/* Those that are no new ones get their full turn at once. */
static void tasks_that_were_there_are_warm(void **state)
{
    static const struct fs_rotation_params params = {.slow_start = 100 * FS_S};
    static struct bench b;
    (void)state;
    new_bench(&b, &params);
    for (int i = 0; i < 3; i++)
        fs_rotation_join(&b.rotation, &b.task[i], false);
    assert_int_equal(b.rotation.careful, 0);
    for (int i = 0; i < 3; i++)
        assert_true(abs(share_of(&b, &b.task[i]) - 33333) <= 1);
    fs_sim_free(b.sim);
    unplug(&b.balancing);
}

/* A thousand clients of two tasks. A third one gets none of their requests while they last, and a
 * third of them, +- 3.5 x 15 clients, when 100 s have passed; those of a task that leaves go to the
 * others, and so they do when it is back. */
static void clients_stay_with_their_task(void **state)
{
    static const struct fs_rotation_params params = {.affinity = {1000, 100 * FS_S}};
    static struct bench b;
    (void)state;
    new_bench(&b, &params);
    fs_rotation_join(&b.rotation, &b.task[0], true);
    fs_rotation_join(&b.rotation, &b.task[1], true);
    share_of(&b, NULL);
    fs_rotation_join(&b.rotation, &b.task[2], true);
    assert_int_equal(share_of(&b, &b.task[2]), 0);
    b.request.number = 7;
    struct fs_task *const task = fs_rotation_pick(&b.rotation, &b.request);
    for (int i = 0; i < 100; i++)
        assert_ptr_equal(fs_rotation_pick(&b.rotation, &b.request), task);
    fs_sim_run(b.sim, 101 * FS_S);
    assert_true(abs(share_of(&b, &b.task[2]) - 33333) < 5300);
    fs_rotation_leave(&b.rotation, &b.task[2]);
    assert_int_equal(share_of(&b, &b.task[2]), 0);
    fs_rotation_join(&b.rotation, &b.task[2], true);
    assert_int_equal(share_of(&b, &b.task[2]), 0);
    fs_sim_free(b.sim);
    unplug(&b.balancing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_task_gets_its_share_little_by_little),
        cmocka_unit_test(tasks_that_were_there_are_warm),
        cmocka_unit_test(clients_stay_with_their_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
