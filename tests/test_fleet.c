/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lives of a service's tasks: timelines by hand, then the figures of known incidents. */
#include "build.h"

#define CLASS(name, size, at, client, work)                                                        \
    "  " name ":\n    arrivals: {burst: {size: " size ", at: " at "}}\n    client: {" client       \
    "retry: none}\n    path: [tasks]\n    work: {tasks: {" work "}}\n"
#define ONE(name, at, work) CLASS(name, "1", at, "", work)
#define TASKS               "components:\n  tasks: {mechanism: service, cpu: 1, "

/* ---- a task's start ------------------------------------------------------------------------- */

/* Asked for at 10 s: 5 s of provisioning, half of 100 MB at 10 MB/s, 4 s of start on one vCPU by
 * two. Charged from 15 s, running from 20 s, in service at 22 s; the run ends at 30 s. */
static void a_task_starts_step_by_step(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s}\ntraffic:\n" ONE(
        "a", "0s", "cpu: 1s") "components:\n"
                              "  tasks: {mechanism: service, tasks: 1, cpu: 2,\n"
                              "    start: {provisioning: 5s, image: 100MB, pull_speed: 10MB, "
                              "needed: 50%%, init: 4s},\n"
                              "    scaling: {maximum: 2, policies: [scheduled: {at: 10s, minimum: "
                              "2, maximum: 2}]}}\n");
    assert_tasks(&b, "start_up.max", 12);
    assert_tasks(&b, "tasks.mean", (30 + 20) / 30.0);
    assert_tasks(&b, "running.mean", (30 + 10) / 30.0);
    assert_tasks(&b, "healthy.mean", (30 + 8) / 30.0);
    assert_tasks(&b, "desired.mean", (30 + 20) / 30.0);
    assert_tasks(&b, "vcpu_time", 2000 * (30 + 15));
    assert_tasks(&b, "scale_outs", 1);
    assert_tasks(&b, "started", 2);
    drop(&b);
}

/* Two at once, then one every 2 s: of four more at 10 s the last begins at 14 s. */
static void tasks_start_as_the_account_lets_them(void **state)
{
    static const char *const launches[] = {"on_demand", "spot", "free"};
    static const double longest[] = {4, 4, 0},
                        healthy[] = {1 + 4 * 0.5 - 6 / 20.0, 1 + 4 * 0.5 - 6 / 20.0, 3};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 20s}\naccount: {launch_burst: 2, launch_rate: 0.5/s}\ntraffic:\n" ONE(
                "a", "0s", "cpu: 1s") TASKS
            "tasks: 1, launches: %s, scaling: {maximum: 5, policies: [scheduled: {at: 10s, "
            "minimum: 5, maximum: 5}]}}\n",
            launches[i]);
        assert_tasks(&b, "start_up.max", longest[i]);
        assert_tasks(&b, "healthy.mean", healthy[i]);
        drop(&b);
    }
}

/* A target is looked at within an interval of 10 s after it came up: uniform, so the mean of 400 is
 * 5 s +- 3.5 x 2.887 / 20. */
static void a_new_task_waits_for_its_first_check(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1min}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
                 "tasks: 0, health: {interval: 10s}, scaling: {minimum: 0, maximum: 400, policies: "
                 "[scheduled: {at: 10s, minimum: 400, maximum: 400}]}}\n");
    assert_near(&b, "traffic.a.failed", 1);
    assert_tasks(&b, "no_target", 1);
    assert_tasks(&b, "start_up.count", 400);
    assert_true(number(&b, "components.tasks.start_up.max") < 10);
    assert_true(fabs(number(&b, "components.tasks.start_up.mean") - 5) < 3.5 * 2.887 / 20);
    drop(&b);
}

/* ---- its end -------------------------------------------------------------------------------- */

#define SHRINK                                                                                     \
    "scaling: {minimum: 0, maximum: 2, policies: [scheduled: {at: 5s, minimum: 1, maximum: 1}]}"

/* Two requests of 10 s, one on each task. The younger task gets no more from 5 s on and ends with
 * its request, at 10 s. A balancer's delay of 3 s cuts the caller off at 8 s (502); the task is
 * told to stop then and works on for nobody, until it is done or its own time is over, too. */
static void a_draining_task_finishes_what_it_has_within_its_time(void **state)
{
    static const struct {
        const char *stop;
        double failed, gone, wasted;
    } cases[] = {{"{deregistration_delay: 300s}", 0, 10, 0},
                 {"{deregistration_delay: 3s}", 1, 10, 1},
                 {"{deregistration_delay: 3s, timeout: 1s}", 1, 9, 1},
                 {"{deregistration_delay: 3s, timeout: 0s}", 1, 8, 0},
                 {"{timeout: 4s}", 1, 9, 0},
                 {"{timeout: 0s}", 1, 5, 0}};
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct built b =
            run_text("run: {length: 20s}\ntraffic:\n" CLASS("two", "2", "0s", "", "cpu: 10s")
                         CLASS("more", "3", "6s", "", "cpu: 100ms") TASKS
                     "tasks: 2, stop: %s, " SHRINK "}\n",
                     cases[i].stop);
        assert_near(&b, "traffic.two.failed", cases[i].failed);
        assert_near(&b, "traffic.two.completed", 2 - cases[i].failed);
        assert_near(&b, "traffic.more.completed", 3);
        assert_tasks(&b, "cut_off", cases[i].failed);
        assert_tasks(&b, "wasted_executions", cases[i].wasted);
        assert_tasks(&b, "tasks.mean", (20 + cases[i].gone) / 20);
        assert_tasks(&b, "healthy.mean", (20 + 5) / 20.0);
        assert_tasks(&b, "draining.mean", (cases[i].gone - 5) / 20);
        assert_tasks(&b, "vcpu_time", 1000 * (20 + cases[i].gone));
        drop(&b);
    }
}

/* The callers of all that a task has are answered at 8 s: on the CPU, waiting for I/O, in the
 * backlog, out on a call. It works on for them: 3 s of CPU, alone from 8 s on as before, 12 s of
 * I/O, then the one that waited, 1 s more; the call comes back at 11 s. It ends at 12 s. */
static void what_is_cut_off_is_worked_on_for_nobody(void **state)
{
    static const char *const limits[] = {"", ", timeout: 1min"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 60s}\ntraffic:\n" CLASS("cpu", "1", "0s", "", "cpu: 11s")
                CLASS("io", "1", "0s", "",
                      "io: 12s") "  call:\n    arrivals: {burst: {size: 1, at: 0s}}\n    client: "
                                 "{retry: none}\n    path: [tasks, back]\n    work: {tasks: {io: "
                                 "1s}, back: {io: 10s}}\n" CLASS("waits", "1", "1s", "", "cpu: 1s")
                                     TASKS
            "tasks: 1, max_in_flight: 3, backlog: 5, stop: {deregistration_delay: 3s}%s,\n"
            "    scaling: {minimum: 0, maximum: 2, policies: [scheduled: {at: 5s, minimum: 0, "
            "maximum: 0}]}}\n  back: {mechanism: service, tasks: 1, cpu: 1}\n",
            limits[i]);
        assert_near(&b, "traffic.cpu.in_flight.mean", 8 / 60.0);
        assert_near(&b, "traffic.waits.in_flight.mean", 7 / 60.0);
        assert_tasks(&b, "cut_off", 4);
        assert_tasks(&b, "failed", 4);
        assert_tasks(&b, "timed_out", 0);
        assert_tasks(&b, "wasted_executions", 4);
        assert_tasks(&b, "busy_vcpu.mean", 1000 * 12 / 60.0);
        assert_tasks(&b, "tasks.mean", 12 / 60.0);
        assert_near(&b, "components.back.completed", 1);
        drop(&b);
    }
}

/* Cut off at 8 s: on the CPU, waiting for I/O, in the backlog, and out on a call. All four are told
 * so at once, their places are free, and what comes back from the call later finds nobody. */
static void everything_that_a_task_has_is_cut_off_with_it(void **state)
{
    static const char *const limits[] = {"", ", timeout: 1min"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 60s}\ntraffic:\n" CLASS("cpu", "1", "0s", "", "cpu: 100s")
                CLASS("io", "1", "0s", "",
                      "io: 100s") "  call:\n    arrivals: {burst: {size: 1, at: 0s}}\n    client: "
                                  "{retry: none}\n"
                                  "    path: [tasks, back]\n    work: {tasks: {io: 1s}, back: {io: "
                                  "30s}}\n" CLASS("waits", "1", "1s", "", "cpu: 1s") TASKS
            "tasks: 1, max_in_flight: 3, backlog: 5, stop: {deregistration_delay: 3s, timeout: "
            "0s}%s,"
            "\n    scaling: {minimum: 0, maximum: 2, policies: [scheduled: {at: 5s, minimum: 0, "
            "maximum: 0}]}}\n  back: {mechanism: service, tasks: 1, cpu: 1}\n",
            limits[i]);
        static const char *const classes[] = {"cpu", "io", "call", "waits"};
        for (int k = 0; k < 4; k++) {
            char path[64];
            snprintf(path, sizeof path, "traffic.%s.failed", classes[k]);
            assert_near(&b, path, 1);
            snprintf(path, sizeof path, "traffic.%s.in_flight.mean", classes[k]);
            assert_near(&b, path, (k == 3 ? 7 : 8) / 60.0);
        }
        assert_tasks(&b, "in_flight.mean", 3 * 8 / 60.0);
        assert_tasks(&b, "waiting.mean", 7 / 60.0);
        assert_tasks(&b, "busy_vcpu.mean", 1000 * 8 / 60.0);
        assert_tasks(&b, "service_time.max", 8);
        assert_tasks(&b, "stopped", 1);
        assert_near(&b, "components.back.completed", 1);
        drop(&b);
    }
}

/* What has not come up goes first and at once; then the newest, of the zones with the most. */
static void what_came_last_goes_first(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
        "tasks: 2, start: {init: 10s}, scaling: {minimum: 0, maximum: 4, policies: [scheduled: "
        "{at: 5s, minimum: 4, maximum: 4}, scheduled: {at: 10s, minimum: 0, maximum: 1}]}}\n");
    assert_tasks(&b, "tasks.mean", (30 + 10 + 2 * 5) / 30.0);
    assert_tasks(&b, "healthy.mean", (30 + 10) / 30.0);
    drop(&b);
}

/* ---- faults --------------------------------------------------------------------------------- */

/* 100 MB, of which 20 idle and 40 for each request: the third at once is one too many. All three
 * are lost; the container is back 10 s later, the second time 20 s. Requests at 5 s and 25 s find
 * nobody. */
static void too_many_requests_at_once_cost_the_task_its_memory(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n" CLASS("two", "2", "0s", "", "io: 1s")
            CLASS("three", "3", "2s", "", "io: 1s") ONE("early", "5s", "io: 1s")
                CLASS("again", "3", "13s", "", "io: 1s") ONE("late", "25s", "io: 1s")
                    ONE("after", "40s", "io: 1s") TASKS
        "tasks: 1, memory: 100MB, memory_idle: 20MB, memory_per_request: 40MB, crash: {in_place: "
        "true}}\n");
    assert_near(&b, "traffic.two.completed", 2);
    assert_near(&b, "traffic.three.failed", 3);
    assert_near(&b, "traffic.early.failed", 1);
    assert_near(&b, "traffic.again.failed", 3);
    assert_near(&b, "traffic.late.failed", 1);
    assert_near(&b, "traffic.after.completed", 1);
    assert_tasks(&b, "no_target", 2);
    assert_tasks(&b, "out_of_memory", 2);
    assert_tasks(&b, "crashed", 2);
    assert_tasks(&b, "stopped", 0);
    assert_tasks(&b, "healthy.mean", (2 + 1 + 60 - 33) / 60.0);
    drop(&b);
}

/* Otherwise another task is started, here in 3 s. */
static void a_task_that_crashes_is_replaced(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 60s}\ntraffic:\n" CLASS("three", "3", "2s", "", "io: 1s")
                     ONE("after", "6s", "io: 1s") TASKS
                 "tasks: 1, memory: 100MB, memory_idle: 20MB, memory_per_request: "
                 "40MB, start: {init: 3s}}\n");
    assert_near(&b, "traffic.three.failed", 3);
    assert_near(&b, "traffic.after.completed", 1);
    assert_tasks(&b, "started", 2);
    assert_tasks(&b, "stopped", 1);
    assert_tasks(&b, "healthy.mean", 57 / 60.0);
    drop(&b);
}

/* A crash every hour of service, each life drawn anew. The n-th wait in a row is 10 s x 2^(n - 1),
 * and a row goes on with q = 1 - exp(-1/6), that one comes within 10 min: 10 s x (1 - q) / (1 - 2q)
 * = 12.2 s in the mean, so 100 containers crash 100 x 100 h / 3612.2 s = 9966 times in 100 h,
 * +- 3.5 x 100. */
static void every_life_has_draws_of_its_own(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 100h}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
                              "tasks: 100, crash: {every: 1h, in_place: true}}\n");
    assert_true(fabs(number(&b, "components.tasks.crashed") - 9966) < 350);
    drop(&b);
}

/* 5/s of 100 ms are half a vCPU, below the target of 80 %. After a crash at 30 min the container's
 * CPU time begins at nothing again: two pods would never be wanted. */
static void a_container_that_starts_again_has_used_nothing(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 1h}\ntraffic:\n  web: {arrivals: {constant: {rate: 5/s}}, client: {retry: "
        "none}, path: [tasks], work: {tasks: {cpu: 100ms}}}\n" CLASS("bomb", "30", "30min", "",
                                                                     "io: 100ms") TASKS
        "tasks: 1, memory: 1000MB, memory_idle: 100MB, memory_per_request: 100MB, crash: "
        "{in_place: true}, scaling: {minimum: 1, maximum: 1000, policies: [hpa: {metrics: [{name: "
        "cpu, averageUtilization: 80}]}]}}\n");
    assert_tasks(&b, "crashed", 1);
    assert_tasks(&b, "desired.peak", 1);
    drop(&b);
}

/* Three tasks in three zones, a request of 10 s on each. The first zone fails at 5 s: its request
 * is lost, another task is started in zone 2. At 20 s zone 2 fails with two tasks, which are
 * started again in zone 3, and that fails, too, with three; when it is back at 25 s all three are
 * there. */
static void a_zone_takes_its_tasks_with_it(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 40s}\ntraffic:\n" CLASS("three", "3", "0s", "", "cpu: 10s") TASKS
        "tasks: 3, start: {init: 2s}}\n"
        "events:\n  - {at: 5s, zone_loss: {zone: 1}}\n  - {at: 20s, zone_loss: {zone: 2, for: "
        "10s}}\n  - {at: 20s, zone_loss: {zone: 3, for: 5s}}\n");
    assert_near(&b, "traffic.three.failed", 1);
    assert_near(&b, "traffic.three.completed", 2);
    assert_tasks(&b, "lost", 1 + 2 + 3);
    assert_tasks(&b, "healthy.mean", (3 * 5 + 2 * 2 + 3 * 13 + 3 * 13) / 40.0);
    drop(&b);
}

/* The only zone fails at 5 s for 20 s and again at 10 s for 2 s: nothing starts before 25 s. */
static void a_zone_is_back_when_its_longest_loss_is_over(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 40s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
                 "tasks: 1, zones: 1, start: {init: 1s}}\nevents: [{at: 5s, zone_loss: "
                 "{for: 20s}}, {at: 10s, zone_loss: {for: 2s}}]\n");
    assert_tasks(&b, "healthy.mean", (5 + 14) / 40.0);
    drop(&b);
}

/* Each of 100 tasks is told to go every 100 h in the mean, and replaced at once: Poisson with a
 * mean of 100 in 100 h, +- 3.5 x 10. Nothing is lost for a request of 1 s has two minutes. */
static void spare_capacity_is_taken_back_with_notice(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 100h}\ntraffic:\n  web: {arrivals: {constant: {rate: 1/min}}, "
                 "client: {retry: none}, path: [tasks], work: {tasks: {io: 1s}}}\n" TASKS
                 "tasks: 100, interruption: {every: 100h}}\n");
    const double found = number(&b, "components.tasks.interrupted");
    assert_true(fabs(found - 100) <= 35);
    assert_tasks(&b, "started", 100 + found);
    assert_near(&b, "traffic.web.failed", 0);
    drop(&b);
}

/* ---- health --------------------------------------------------------------------------------- */

/* Two tasks of one place. On the first a request of 36 s and one that waits from 1 s on: the checks
 * at 10 s and 20 s are not answered in 5 s, so it gets no more until it has passed five again, at
 * 40, ... 80 s. In turn it would have got every other of 40 requests from 21 s to 60 s. */
static void a_task_that_does_not_answer_gets_no_more(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 100s}\ntraffic:\n" ONE("long", "0s", "cpu: 36s") ONE("other", "500ms",
                                                                            "cpu: 1ms")
            ONE("waits", "1s",
                "cpu: 1ms") "  web: {arrivals: {constant: {rate: 1/s, start: 20.5s}}, client: "
                            "{retry: none}, path: "
                            "[tasks], work: {tasks: {cpu: 1ms}}}\n" TASKS
                            "tasks: 2, max_in_flight: 1, backlog: 100, health: {interval: 10s}}\n");
    assert_tasks(&b, "unhealthy", 1);
    assert_tasks(&b, "healthy.mean", (100 + 20 + 20) / 100.0);
    assert_near(&b, "traffic.web.latency.max", 0.001);
    drop(&b);
}

/* With one task the balancer has no other: it gets requests although it is unhealthy, and they are
 * answered at 36 s. Replaced, the one that waits is lost when its time to drain is over. */
static void when_none_is_healthy_all_get_requests(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 100s}\ntraffic:\n" ONE("long", "0s", "cpu: 36s")
                ONE("waits", "1s", "cpu: 1ms") ONE("later", "25s", "cpu: 1ms") TASKS
            "tasks: 1, max_in_flight: 1, backlog: 100, health: {interval: 10s, replace: %s}, "
            "stop: {deregistration_delay: 10s}, start: {init: 1s}}\n",
            i ? "true" : "false");
        assert_near(&b, "traffic.long.completed", 1 - i);
        assert_near(&b, "traffic.waits.failed", i);
        if (!i) assert_near(&b, "traffic.later.latency.max", 11.002);
        drop(&b);
    }
}

/* Two of four tasks are ill, out from 60 s on, and only two are wanted at 121 s: the ill ones go,
 * so nobody is refused. */
static void what_is_unhealthy_goes_before_what_is_healthy(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 300s}\ntraffic:\n  web: {arrivals: {constant: {rate: 10/s}}, "
                 "client: {retry: "
                 "none}, path: [tasks], work: {tasks: {cpu: 10ms}}}\n" TASKS
                 "tasks: 4, health: {interval: 30s}, scaling: {minimum: 1, maximum: 4, policies: "
                 "[scheduled: {at: 121s, minimum: 1, maximum: 2}]}}\nevents: [{at: 20s, brownout: "
                 "{component: "
                 "tasks, share: 50%%, unhealthy: true}}]\n");
    assert_tasks(&b, "no_target", 0);
    assert_tasks(&b, "healthy.last", 2);
    drop(&b);
}

/* The only task is ill and a hundred times as slow, unhealthy from 40 s on, and gets requests
 * nonetheless. Of nine new ones, up at 61 s and looked at within 20 s, the first is enough to end
 * that: at 79 s, before the next check of the old one, all requests go to new ones. */
static void the_first_healthy_task_takes_all_requests(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 100s}\ntraffic:\n" CLASS("old", "2", "50s", "", "cpu: 1ms")
                     CLASS("new", "20", "79s", "", "cpu: 1ms") TASKS
                 "tasks: 1, health: {interval: 20s}, scaling: {minimum: 1, maximum: 10, policies: "
                 "[scheduled: {at: 61s, minimum: 10, maximum: 10}]}}\nevents: [{at: 0s, brownout: "
                 "{component: tasks, factor: 100, share: 50%%, unhealthy: true}}]\n");
    assert_near(&b, "traffic.old.latency.max", 0.2);
    assert_true(number(&b, "traffic.new.latency.max") <= 0.020);
    assert_near(&b, "traffic.new.completed", 20);
    drop(&b);
}

/* A check of 100 ms of CPU among n requests takes (n + 1) x 100 ms: 6.1 s with 60 of them, 4.1 s
 * with 40, against a limit of 5 s. The 60 are there for 60 s, so the checks at 10 s and 20 s fail.
 */
static void a_check_feels_how_crowded_the_cpu_is(void **state)
{
    static const struct {
        const char *size, *work;
        double unhealthy;
    } cases[] = {{"60", "100ms", 1}, {"40", "100ms", 0}, {"60", "0s", 0}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 100s}\ntraffic:\n  many:\n    arrivals: {burst: {size: %s, at: 0s}}\n   "
            " "
            "client: {retry: none}\n    path: [tasks]\n    work: {tasks: {cpu: 1s}}\n" TASKS
            "tasks: 1, health: {interval: 10s, work: %s}}\n",
            cases[i].size, cases[i].work);
        assert_tasks(&b, "unhealthy", cases[i].unhealthy);
        drop(&b);
    }
}

/* ---- slow start ------------------------------------------------------------------------------ */

/* Ten tasks that are up at the start take a request of 500 ms each second, one at a time: no task
 * is still new, so none gets what another should have had. */
static void tasks_that_are_there_at_the_start_are_warm(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 60s}\ntraffic:\n  web: {arrivals: {constant: {rate: 10/s}}, client: {retry: "
        "none}, path: [tasks], work: {tasks: {cpu: 500ms}}}\n" TASKS
        "tasks: 10, max_in_flight: 1, slow_start: 60s}\n");
    assert_tasks(&b, "dropped", 0);
    drop(&b);
}

/* From 25 s on all ten fail their checks, so the unhealthy ones get requests: they are not new. */
static void tasks_that_are_brought_back_are_warm(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 120s}\ntraffic:\n  web: {arrivals: {constant: {rate: 10/s}}, client: "
        "{retry: none}, path: [tasks], work: {tasks: {cpu: 500ms}}}\n" TASKS
        "tasks: 10, max_in_flight: 1, slow_start: 60s, health: {interval: 10s}}\nevents: [{at: "
        "25s, brownout: {component: tasks, share: 100%%, unhealthy: true}}]\n");
    assert_tasks(&b, "unhealthy", 10);
    assert_tasks(&b, "no_target", 0);
    assert_tasks(&b, "dropped", 0);
    drop(&b);
}

/* ---- brown-outs ------------------------------------------------------------------------------ */

/* A request a second of 100 ms of CPU and 50 ms of I/O, in turn on two tasks; from 10 s on for 10 s
 * the older takes three times as long: 5 requests of 450 ms. Of all, 10 do, and a new task, too. */
static void slow_tasks_take_longer_for_what_they_begin(void **state)
{
    static const double slow[] = {5, 10};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 30s}\ntraffic:\n  web: {arrivals: {constant: {rate: 1/s, start: "
            "500ms}}, "
            "client: {retry: none}, path: [tasks], work: {tasks: {cpu: 100ms, io: 50ms}}}\n" TASKS
            "tasks: 2}\nevents: [{at: 10s, brownout: {component: tasks, factor: 3, share: %s, for: "
            "10s}}]\n",
            i ? "100%" : "50%");
        assert_near(&b, "traffic.web.latency.max", 0.45);
        assert_near(&b, "traffic.web.latency.mean",
                    (slow[i] * 0.45 + (number(&b, "traffic.web.completed") - slow[i]) * 0.15) /
                        number(&b, "traffic.web.completed"));
        drop(&b);
    }
}

/* Twice as long from 5 s on, five times from 10 s on, when the first one ends: 5 requests of 300 ms
 * and 5 of 750. */
static void tasks_are_slow_although_another_cause_has_ended(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 20s}\ntraffic:\n  web: {arrivals: {constant: {rate: 1/s, start: "
                 "500ms}}, client: {retry: none}, path: [tasks], work: {tasks: {cpu: 100ms, io: "
                 "50ms}}}\n" TASKS "tasks: 1}\nevents: [{at: 5s, brownout: {component: tasks, "
                 "factor: 2, for: 5s}}, {at: 10s, brownout: {component: tasks, factor: 5, for: "
                 "5s}}]\n");
    assert_near(&b, "traffic.web.latency.max", 0.75);
    assert_near(&b, "traffic.web.latency.mean", (10 * 0.15 + 5 * 0.3 + 5 * 0.75) / 20);
    drop(&b);
}

/* Checks at 10, 20, ... s; the older of two tasks fails those from 15 s to 45 s: out at 30 s, and
 * in again after five passed, at 90 s. */
static void ill_tasks_are_taken_out_and_back(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 100s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
                              "tasks: 2, health: {interval: 10s}}\nevents: [{at: 15s, brownout: "
                              "{component: tasks, share: "
                              "50%%, unhealthy: true, for: 30s}}]\n");
    assert_tasks(&b, "unhealthy", 1);
    assert_tasks(&b, "healthy.mean", (200 - 60) / 100.0);
    drop(&b);
}

/* Five requests of 1 s wait in turn from 10 s on; the first is begun while work takes ten times as
 * long, and done at 20 s. That ends at 19 s, and whether its task has been told at 15 s to go or
 * stays, the last is done at 24 s. */
static void the_end_of_a_brown_out_reaches_tasks_that_drain(void **state)
{
    (void)state;
    for (int tasks = 0; tasks < 2; tasks++) {
        struct built b = run_text(
            "run: {length: 1min}\ntraffic:\n" CLASS("five", "5", "10s", "", "cpu: 1s") TASKS
            "tasks: 1, max_in_flight: 1, backlog: 9, stop: {timeout: 40s}, scaling: "
            "{minimum: 0, maximum: 1, policies: [scheduled: {at: 15s, minimum: %d, "
            "maximum: %d}]}}\nevents: [{at: 5s, brownout: {component: tasks, factor: 10, "
            "for: 14s}}]\n",
            tasks, tasks);
        assert_near(&b, "traffic.five.latency.max", 10 + 4);
        drop(&b);
    }
}

/* ---- deployments ---------------------------------------------------------------------------- */

/* Four tasks that start in 10 s, a new version at 5 s. Half at a time: 2 go, 2 come at 15 s, then
 * the others. Twice as many: 4 come at 15 s, then the old ones go. One more and none less: one at a
 * time, 40 s. */
static void a_new_version_comes_within_its_bounds(void **state)
{
    static const struct {
        const char *deployment;
        int64_t least, most; /* healthy, tasks */
        double mean;         /* tasks over 60 s */
    } cases[] = {{"{minimum_healthy: 50%, maximum: 1}", 2, 4, 4},
                 {"{minimum_healthy: 100%, maximum: 2}", 4, 8, 4 + 4 * 10 / 60.0},
                 {"{minimum_healthy: 100%, maximum: 1.25}", 4, 5, 4 + 40 / 60.0}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 60s, intervals: 60}\ntraffic:\n" ONE("a", "0s", "cpu: 1s") TASKS
            "tasks: 4, start: {init: 10s}, deployment: %s}\nevents: [{at: 5s, deploy: tasks}]\n",
            cases[i].deployment);
        const struct fs_record *record = b.study->variant[0].record[0];
        const struct fs_series *healthy = fs_record_series(record, "service", "tasks", "healthy");
        const struct fs_series *tasks = fs_record_series(record, "service", "tasks", "tasks");
        for (int k = 0; k < 60; k++)
            assert_true(healthy->interval_last[k] >= cases[i].least &&
                        tasks->interval_last[k] <= cases[i].most);
        assert_tasks(&b, "tasks.mean", cases[i].mean);
        assert_tasks(&b, "started", 8);
        assert_tasks(&b, "stopped", 4);
        drop(&b);
    }
}

/* ---- incidents ------------------------------------------------------------------------------ */

/* 60/s, from 0 s on 300/s, against 10 tasks of 10/s; 50 tasks at 225 s. Behind a balancer each task
 * has a backlog of its own: it grows by 20/s to 4,500 at 225 s, so who comes then waits 450 s. From
 * then on 6/s come and 10/s go. With a time limit of 60 s everyone who comes between 30 s and
 * 1,200 s to an old task is told so: 195 s x 300/s + 975 s x 60/s = 117,000. The fluid is right to
 * one request a task. */
#define CROWD                                                                                      \
    "run: {length: 30min}\ntraffic:\n  web: {arrivals: {constant: {rate: 300/s}}, client: "        \
    "{retry: none}, path: [tasks], work: {tasks: {cpu: 100ms}}}\n" TASKS                           \
    "tasks: 10, max_in_flight: 1, backlog: 1000000, scaling: {maximum: 50, policies: [scheduled: " \
    "{at: 225s, minimum: 50, maximum: 50}]}%s}\n"

static void a_flash_crowd_waits_behind_each_task(void **state)
{
    (void)state;
    struct built b = run_text(CROWD, "");
    assert_true(fabs(number(&b, "components.tasks.waiting.peak") - 45000) < 50);
    assert_true(fabs(number(&b, "traffic.web.latency.max") - 450) < 1);
    drop(&b);
    b = run_text(CROWD, ", timeout: 60s");
    assert_true(fabs(number(&b, "traffic.web.timed_out") / 117000 - 1) < 0.002);
    drop(&b);
}

/* ---- bad input ------------------------------------------------------------------------------ */

static const char *refusal_of(struct fs_arena *arena, const char *task)
{
    const char *head = "fleetsim: 1\nrun: {length: 10s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s");
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure = {""};
    struct fs_scenario *scenario;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const bool platform = strncmp(task, "platform:", 9) == 0;
    const char *whole = fs_arena_format(arena, "%scomponents:\n  tasks: {%s%s}\n", head,
                                        platform ? "" : "mechanism: service, cpu: 1, ", task);
    fs_scenario_parse(arena, "test", whole, NULL, 0, NULL, &scenario, report, &failure);
    fs_report_print(report, out, false);
    fclose(out);
    const char *copy = fs_arena_text(arena, text);
    free(text);
    return copy;
}

static void what_cannot_be_is_refused(void **state)
{
#define SCALING(limits) "scaling: {" limits ", policies: [target_tracking: {target: 50%}]}"
    static const char *const cases[][2] = {
        {"tasks: 2, " SCALING("minimum: 5, maximum: 4"), "5 is over the maximum of 4"},
        {"tasks: 9, " SCALING("minimum: 2, maximum: 4"), "within the scaling's limits: 2 .. 4"},
        {"tasks: 2, scaling: {maximum: 4, policies: [target_tracking: {target: 120%}]}",
         "at most 100%"},
        {"tasks: 2, deployment: {minimum_healthy: 100%, maximum: 1}", "nothing could ever"},
        {"tasks: 2, start: {image: 100MB}", "some speed"},
        {"tasks: 2, slow_start: 30s, balancing: least_outstanding_requests", "does not go with"},
        {"tasks: 2, health: {interval: 5s, timeout: 5s}", "shorter than the interval"},
        {"tasks: 2, crash: {wait: 10min}", "must not be shorter than 'wait'"},
        {"tasks: 2, memory_per_request: 5MB", "no limit without it"},
        {"tasks: 2, memory: 10MB, memory_idle: 6MB, memory_per_request: 5MB", "at least 11MB"},
        {"platform: aws-fargate, tasks: 2, memory: 2GB, cpu: 0.3",
         "the next that holds it has 0.5 vCPU and 2048MB"},
        {"platform: aws-fargate, tasks: 2, memory: 1GB, cpu: 1",
         "the next that holds it has 1 vCPU and 2048MB"},
        {"platform: aws-fargate, tasks: 2, memory: 300GB, cpu: 2",
         "the largest have 32 vCPU and up to 249856MB"},
        {"tasks: 2, instances: 1, instance_cpu: 3, " SCALING("maximum: 4"), "not 4 tasks"},
    };
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = refusal_of(arena, cases[i][0]);
        if (!strstr(found, cases[i][1])) fail_msg("%s: %s", cases[i][0], found);
    }
    fs_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_starts_step_by_step),
        cmocka_unit_test(tasks_start_as_the_account_lets_them),
        cmocka_unit_test(a_new_task_waits_for_its_first_check),
        cmocka_unit_test(a_draining_task_finishes_what_it_has_within_its_time),
        cmocka_unit_test(what_is_cut_off_is_worked_on_for_nobody),
        cmocka_unit_test(everything_that_a_task_has_is_cut_off_with_it),
        cmocka_unit_test(what_came_last_goes_first),
        cmocka_unit_test(too_many_requests_at_once_cost_the_task_its_memory),
        cmocka_unit_test(a_task_that_crashes_is_replaced),
        cmocka_unit_test(every_life_has_draws_of_its_own),
        cmocka_unit_test(a_container_that_starts_again_has_used_nothing),
        cmocka_unit_test(a_zone_takes_its_tasks_with_it),
        cmocka_unit_test(a_zone_is_back_when_its_longest_loss_is_over),
        cmocka_unit_test(spare_capacity_is_taken_back_with_notice),
        cmocka_unit_test(a_task_that_does_not_answer_gets_no_more),
        cmocka_unit_test(when_none_is_healthy_all_get_requests),
        cmocka_unit_test(what_is_unhealthy_goes_before_what_is_healthy),
        cmocka_unit_test(the_first_healthy_task_takes_all_requests),
        cmocka_unit_test(a_check_feels_how_crowded_the_cpu_is),
        cmocka_unit_test(tasks_that_are_there_at_the_start_are_warm),
        cmocka_unit_test(tasks_that_are_brought_back_are_warm),
        cmocka_unit_test(slow_tasks_take_longer_for_what_they_begin),
        cmocka_unit_test(tasks_are_slow_although_another_cause_has_ended),
        cmocka_unit_test(ill_tasks_are_taken_out_and_back),
        cmocka_unit_test(the_end_of_a_brown_out_reaches_tasks_that_drain),
        cmocka_unit_test(a_new_version_comes_within_its_bounds),
        cmocka_unit_test(a_flash_crowd_waits_behind_each_task),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
