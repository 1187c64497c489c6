/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new version of a service's tasks: bounds as documented, and versions that do not start. */
#include "build.h"

#include "deployment.h"

#define TASKS                                                                                      \
    "traffic:\n  web:\n    arrivals: {burst: {size: 1, at: 0s}}\n    client: {retry: none}\n    "  \
    "path: [tasks]\n    work: {tasks: {cpu: 1s}}\ncomponents:\n  tasks: {mechanism: service, "     \
    "cpu: 1, "

/* ---- bounds --------------------------------------------------------------------------------- */

/* The Deployment page: by default (25 %, 25 %) 3 replicas are at least 3 and at most 4, and 4 are
 * between 3 and 5; the fields' own text: maxSurge is rounded up, maxUnavailable down. Container
 * services: minimumHealthyPercent up, maximumPercent down; of 4 tasks at 50 % two may be stopped
 * first, at 200 % four may be started first. */
static void bounds_are_rounded_as_documented(void **state)
{
    static const struct {
        double minimum, maximum;
        int rounded;
        int64_t desired, least, most;
    } cases[] = {{0.75, 1.25, FS_ROUNDED_UP, 3, 3, 4},   {0.75, 1.25, FS_ROUNDED_UP, 4, 3, 5},
                 {0.75, 1.25, FS_ROUNDED_UP, 10, 8, 13}, {0.7, 1.3, FS_ROUNDED_UP, 10, 7, 13},
                 {0.5, 2, FS_ROUNDED_DOWN, 4, 2, 8},     {0.5, 1.5, FS_ROUNDED_DOWN, 3, 2, 4},
                 {1, 2, FS_ROUNDED_DOWN, 1, 1, 2},       {0.75, 1.25, FS_ROUNDED_DOWN, 3, 3, 3},
                 {0, 1, FS_ROUNDED_DOWN, 7, 0, 7},       {0.75, 1.25, FS_ROUNDED_UP, 0, 0, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fs_fleet_params p = {.deployment = {.minimum_healthy = cases[i].minimum,
                                                         .maximum = cases[i].maximum,
                                                         .rounded = cases[i].rounded}};
        assert_int_equal(fs_deployment_least(&p, cases[i].desired), cases[i].least);
        assert_int_equal(fs_deployment_most(&p, cases[i].desired), cases[i].most);
    }
}

/* Three pods that start in 10 s: with the surge rounded up one at a time comes and one goes, 30 s;
 * rounded down nothing could ever be replaced, and that is refused. */
static void a_surge_of_a_quarter_of_three_is_one(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 60s}\n" TASKS
                              "tasks: 3, start: {init: 10s}, deployment: {minimum_healthy: 75%%, "
                              "maximum: 1.25, maximum_rounded: up}}\nevents: [{at: 5s, deploy: "
                              "tasks}]\n");
    assert_tasks(&b, "tasks.mean", 3 + 30 / 60.0);
    assert_tasks(&b, "healthy.mean", 3);
    assert_tasks(&b, "started", 6);
    drop(&b);
}

/* ---- versions that do not start ------------------------------------------------------------- */

/* Ten tasks that start in 2 s, two more than ten at a time. From 5 s on a version fails: two at 7
 * s, then, after waits of 10 and 20 s, two at 29 s, after 40 and 80 s two at 111 s. The breaker
 * takes half of ten: at the fifth, at 111 s, the version before is back. All the time ten are well.
 */
static void a_breaker_takes_a_bad_version_back(void **state)
{
    static const struct {
        const char *breaker;
        double failed, rolled_back, started, stopped;
    } cases[] = {{"", 6, 0, 16, 6}, {", breaker: {}", 5, 1, 16, 6}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 120s}\n" TASKS
                     "tasks: 10, start: {init: 2s}, deployment: {maximum: 1.2%s}}\nevents: [{at: "
                     "5s, bad_deploy: {component: tasks}}]\n",
                     cases[i].breaker);
        assert_tasks(&b, "failed_starts", cases[i].failed);
        assert_tasks(&b, "crashed", cases[i].failed);
        assert_tasks(&b, "rolled_back", cases[i].rolled_back);
        assert_tasks(&b, "started", cases[i].started);
        assert_tasks(&b, "stopped", cases[i].stopped);
        assert_tasks(&b, "healthy.mean", 10);
        drop(&b);
    }
}

/* "0.5 x desired task count", at least 3 and at most 200: the number of failures of the first four,
 * which all fail at 7 s; the threshold of 3 is met by the third, the fourth is then one too many.
 */
static void a_breaker_takes_three_failures_at_least(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 60s}\n" TASKS
                              "tasks: 4, start: {init: 2s}, deployment: {breaker: {}}}\nevents: "
                              "[{at: 5s, bad_deploy: {component: tasks}}]\n");
    assert_tasks(&b, "failed_starts", 3);
    assert_tasks(&b, "rolled_back", 1);
    assert_tasks(&b, "tasks.mean", 4 + 4 * 2 / 60.0);
    drop(&b);
}

/* A good version after a bad one replaces everything. */
static void a_good_version_ends_it(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\n" TASKS
        "tasks: 4, start: {init: 2s}}\nevents:\n  - {at: 5s, bad_deploy: {component: tasks}}\n"
        "  - {at: 20s, deploy: tasks}\n");
    /* four at 7 s, each time the wait is longer, 80 s at last; then four new ones at 22 s */
    assert_tasks(&b, "failed_starts", 4);
    assert_tasks(&b, "started", 4 + 4 + 4);
    assert_tasks(&b, "healthy.last", 4);
    assert_tasks(&b, "tasks.last", 4);
    drop(&b);
}

/* Pods start again in their place: a quarter of four comes too much and a quarter may be missing,
 * so one old pod goes and two new ones are in their back-off: 7 s, 19 s, 41 s, for 2 s of start and
 * waits of 10, 20, 40 s. The roll-out stays there. */
static void a_roll_out_of_pods_that_crash_gets_stuck(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\n" TASKS
        "tasks: 4, start: {init: 2s}, crash: {in_place: true}, deployment: {minimum_healthy: 75%%, "
        "maximum: 1.25, maximum_rounded: up}}\nevents: [{at: 5s, bad_deploy: {component: "
        "tasks}}]\n");
    assert_tasks(&b, "failed_starts", 6);
    assert_tasks(&b, "healthy.last", 3);
    assert_tasks(&b, "tasks.last", 5);
    drop(&b);
}

/* Half of the starts fail: binomial, of n starts n / 2 +- 3.5 x sqrt(n) / 2. */
static void a_share_of_the_starts_fails(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10d}\n" TASKS
                              "tasks: 400, start: {init: 2s}, crash: {in_place: true}, deployment: "
                              "{maximum: 10}}\nevents: [{at: 5s, bad_deploy: {component: tasks, "
                              "share: 50%%}}]\n");
    /* all 400 come up in the end, so the failures are geometric: 400 +- 3.5 x sqrt(400 x 2) */
    assert_true(fabs(number(&b, "components.tasks.failed_starts") - 400) < 3.5 * sqrt(800));
    assert_tasks(&b, "healthy.last", 400);
    assert_tasks(&b, "started", 800);
    drop(&b);
}

/* Two of four tasks are ill when a version that is well comes at 1 min; it starts in 10 s and is
 * checked every 100 ms. Kubernetes cleans up unhealthy replicas first, container services stop
 * unhealthy tasks, both with the minimum as a constraint. With one more and one less: one ill task
 * goes and two come; at 70 s the other goes, then an old one, and two come; at 80 s the last old
 * one goes. Half at a time: both ill ones go and two come; at 70 s the old ones go and two come.
 * One for one: four come, then the old ones go. */
static void a_deployment_replaces_what_is_unhealthy(void **state)
{
    static const struct {
        const char *bounds;
        double healthy, peak;
    } cases[] = {{"minimum_healthy: 75%, maximum: 1.25, maximum_rounded: up",
                  (70 * 2 + 10 * 3 + 100 * 4) / 180.0, 5},
                 {"minimum_healthy: 50%, maximum: 1", (80 * 2 + 100 * 4) / 180.0, 4},
                 {"minimum_healthy: 100%, maximum: 2", (70 * 2 + 110 * 4) / 180.0, 8}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 3min}\n" TASKS
            "tasks: 4, start: {init: 10s}, health: {interval: 100ms, timeout: 50ms}, deployment: "
            "{%s}}\nevents:\n  - {at: 0s, brownout: {component: tasks, share: 50%%, unhealthy: "
            "true}}\n  - {at: 1min, deploy: tasks}\n",
            cases[i].bounds);
        assert_tasks(&b, "started", 8);
        assert_tasks(&b, "stopped", 4);
        assert_tasks(&b, "healthy.last", 4);
        assert_tasks(&b, "running.peak", cases[i].peak);
        assert_true(fabs(number(&b, "components.tasks.healthy.mean") - cases[i].healthy) < 0.01);
        drop(&b);
    }
}

static void what_could_never_be_replaced_is_refused(void **state)
{
#define REFUSED(more, what) assert_refused(TASKS more "}\n", what)
    (void)state;
    REFUSED("tasks: 3, deployment: {minimum_healthy: 75%, maximum: 1.25}", "at least 1.33333");
    REFUSED("tasks: 3, deployment: {maximum: 1}", "nothing could ever be replaced");
    REFUSED("tasks: 3, deployment: {breaker: {least: 10, most: 5}}", "10 is over 'most', 5");
    REFUSED("tasks: 3, crash: {wait: 0s}", "must lie between 1ms and 1d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_are_rounded_as_documented),
        cmocka_unit_test(a_surge_of_a_quarter_of_three_is_one),
        cmocka_unit_test(a_breaker_takes_a_bad_version_back),
        cmocka_unit_test(a_breaker_takes_three_failures_at_least),
        cmocka_unit_test(a_good_version_ends_it),
        cmocka_unit_test(a_roll_out_of_pods_that_crash_gets_stuck),
        cmocka_unit_test(a_share_of_the_starts_fails),
        cmocka_unit_test(a_deployment_replaces_what_is_unhealthy),
        cmocka_unit_test(what_could_never_be_replaced_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
