/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections that stay on their task: timelines by hand. */
#include "build.h"

/* A request of 100 ms at 0.5 s, 1.5 s, ... of one client, all others of its kind. */
#define WEB                                                                                        \
    "traffic:\n  web:\n    arrivals: {constant: {rate: 1/s, start: 0.5s}}\n    client: {retry: "   \
    "none}\n    path: [tasks]\n    work: {tasks: {cpu: 100ms}}\n"
#define TASKS "components:\n  tasks: {mechanism: service, cpu: 1, "

/* Opened at 0.5 s and closed 10.2 s later; the next request opens another: four in 35 s, open for
 * 3 x 10.2 s and 1.5 s. */
static void a_connection_lasts_as_long_as_it_may(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 35s}\n" WEB TASKS
                              "tasks: 2, connections: {clients: 1, lasts: 10.2s}}\n");
    assert_tasks(&b, "connections_opened", 4);
    assert_tasks(&b, "connections.mean", (3 * 10.2 + 1.5) / 35);
    assert_tasks(&b, "connections_cut", 0);
    drop(&b);
}

/* Its client's connection keeps a task from 5 s on, when it is told to go: to the end of the
 * balancer's delay, at 15 s; until it is idle for 300 ms, so that there is none at 5 s; to its age
 * of 7.2 s, at 7.7 s; to the end of the request that is under way at its age, at 7.6 s. Later
 * requests find no task (503). */
static void a_draining_task_waits_for_its_connections(void **state)
{
    static const struct {
        const char *connections;
        double completed, gone, cut;
    } cases[] = {{"connections: {clients: 1}", 15, 15, 1},
                 {"connections: {clients: 1, idle: 300ms}", 5, 5, 0},
                 {"connections: {clients: 1, lasts: 7.2s}", 8, 7.7, 0},
                 {"connections: {clients: 1, lasts: 7.05s}", 8, 7.6, 0},
                 {"affinity: {clients: 1}", 5, 5, 0}};
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct built b =
            run_text("run: {length: 30s}\n" WEB TASKS
                     "tasks: 1, %s, stop: {deregistration_delay: 10s}, scaling: {minimum: 0, "
                     "maximum: 1, policies: [scheduled: {at: 5s, minimum: 0, maximum: 0}]}}\n",
                     cases[i].connections);
        assert_tasks(&b, "completed", cases[i].completed);
        assert_tasks(&b, "no_target", 30 - cases[i].completed);
        assert_tasks(&b, "tasks.mean", cases[i].gone / 30);
        assert_tasks(&b, "connections_cut", cases[i].cut);
        drop(&b);
    }
}

/* Without a balancer's delay the application is told at once, and its connections go on until its
 * own time is over, at 9 s; a request is under way then (8.95 s to 9.05 s). */
static void without_a_delay_connections_go_on_until_the_task_stops(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30s}\ntraffic:\n  web:\n    arrivals: {constant: {rate: 1/s, start: "
        "0.95s}}\n    client: {retry: none}\n    path: [tasks]\n    work: {tasks: {cpu: "
        "100ms}}\n" TASKS
        "tasks: 1, connections: {clients: 1}, stop: {timeout: 4s}, scaling: {minimum: 0, "
        "maximum: 1, policies: [scheduled: {at: 5s, minimum: 0, maximum: 0}]}}\n");
    assert_tasks(&b, "completed", 8);
    assert_tasks(&b, "cut_off", 1);
    assert_tasks(&b, "connections_cut", 1);
    assert_tasks(&b, "tasks.mean", 9 / 30.0);
    drop(&b);
}

/* The client's task is lost at 5 s with its zone, and another takes its requests from then on. In
 * turn both would have had half of them: one place, a request of 100 ms each 60 ms, so one task
 * alone cannot keep up and the other is idle. */
static void a_lost_task_breaks_its_connections(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30s}\n" WEB TASKS
                              "tasks: 2, start: {init: 1d}, connections: {clients: 1}}\n"
                              "events: [{at: 5s, zone_loss: {zone: 1}}]\n");
    assert_tasks(&b, "completed", 30);
    assert_tasks(&b, "connections_opened", 2);
    assert_tasks(&b, "connections_cut", 1);
    assert_tasks(&b, "connections.mean", (29.5 - 0.5) / 30);
    drop(&b);
}

/* 40 requests a second of 40 ms are 1.6 of two vCPUs. From 60 s on there are four tasks, and nobody
 * connects to the new two: 200 clients, 100 to each, stay where they are, and each task is M/D/1 at
 * 0.8 as before, a mean wait of 40 ms x 0.8 / (2 x 0.2) = 80 ms: +- 3.5 standard errors of 6 %.
 * When connections last 5 s all four have their share from 65 s on, M/D/1 at 0.4: 13.3 ms, with the
 * first 60 s 23 ms; uneven shares add to that. */
static void nobody_connects_to_new_tasks_until_connections_end(void **state)
{
    static const char *const lasts[] = {"", ", lasts: 5s"};
    double wait[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 400s, seed: 4}\ntraffic:\n  web:\n    arrivals: {poisson: {rate: "
            "40/s}}\n "
            "   client: {retry: none}\n    path: [tasks]\n    work: {tasks: {cpu: 40ms}}\n" TASKS
            "tasks: 2, max_in_flight: 1, backlog: 10000, connections: {clients: 200%s}, scaling: "
            "{maximum: 4, policies: [scheduled: {at: 60s, minimum: 4, maximum: 4}]}}\n",
            lasts[i]);
        wait[i] = number(&b, "components.tasks.wait.mean");
        if (i == 0) assert_tasks(&b, "connections_opened", 200);
        drop(&b);
    }
    assert_true(fabs(wait[0] - 0.08) < 0.08 * 3.5 * 0.06 && wait[1] < 0.035);
}

static void what_cannot_be_is_refused(void **state)
{
#define REFUSED(more, what) assert_refused(WEB TASKS "tasks: 1, " more "}\n", what)
    (void)state;
    REFUSED("connections: {clients: 5}, affinity: {clients: 5}", "leave 'affinity' out");
    REFUSED("connections: {lasts: 5s}", "clients");
    REFUSED("connections: {clients: 0}", "must lie between 1 and 1000000");
    assert_refused("traffic: {web: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: none}, "
                   "path: [queue, tasks], work: {tasks: {cpu: 1ms}}}}\n" TASKS
                   "tasks: 1, max_in_flight: 1, from: queue, connections: {clients: 5}}\n  queue: "
                   "{platform: aws-sqs}\n",
                   "have no clients");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_lasts_as_long_as_it_may),
        cmocka_unit_test(a_draining_task_waits_for_its_connections),
        cmocka_unit_test(without_a_delay_connections_go_on_until_the_task_stops),
        cmocka_unit_test(a_lost_task_breaks_its_connections),
        cmocka_unit_test(nobody_connects_to_new_tasks_until_connections_end),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
