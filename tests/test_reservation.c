/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes for a service by how much of them is reserved: a timeline by hand. */
#include "build.h"

/* At the end of that minute, before what happens then. */
static int64_t at(const struct built *b, const char *table, const char *subject, const char *metric,
                  int minute)
{
    const struct fs_record *record = b->study->variant[0].record[0];
    return fs_record_series(record, table, subject, metric)->interval_last[minute - 1];
}

struct moment {
    int minute, nodes, tasks;
};

/*
 * Nodes of 4 vCPU take two tasks of 2 vCPU. At 30 s ten tasks are wanted and there is no node: at
 * 1 min the metric is 200, so two nodes are asked for, ready at 2 min. At 6 min, when they have
 * warmed up, M = 2 + 3 and N = 2: 250, so N becomes 5, at 7 min. From 20.5 min on two tasks are
 * wanted: M = 2, N = 5 (the documentation's 66 % for 2 of 3 is the same rule); after 15 values
 * below 100, at 35 min, the three without tasks are given back.
 */
static void nodes_follow_the_tasks_that_need_them(void **state)
{
    static const struct moment expected[] = {{1, 0, 0},  {2, 0, 0},   {3, 2, 4},  {7, 2, 4},
                                             {8, 5, 10}, {20, 5, 10}, {21, 5, 2}, {35, 5, 2},
                                             {36, 1, 2}, {60, 1, 2}};
    (void)state;
    struct built b = run_text(
        "run: {length: 1h, intervals: 60}\ntraffic:\n  web:\n    arrivals: {burst: {size: 1, at: "
        "50min}}\n    client: {retry: none}\n    path: [shop]\n    work: {shop: {cpu: 1ms}}\n"
        "components:\n"
        "  shop: {mechanism: service, tasks: 0, cpu: 2, memory: 2GB, cluster: nodes, scaling: "
        "{minimum: 0, maximum: 10, policies: [scheduled: {at: 30s, minimum: 10, maximum: 10}, "
        "scheduled: {at: 20.5min, minimum: 2, maximum: 2}]}}\n"
        "  nodes: {mechanism: cluster, zones: 1, scoring: least_allocated, autoscaling: "
        "{reservation: {provisioning: 1min}}}\n"
        "  large: {mechanism: node_group, cluster: nodes, nodes: 0, minimum: 0, maximum: 100, cpu: "
        "4, memory: 16GB, max_pods: 10, boot: 1min}\n");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const int minute = expected[i].minute;
        const int64_t nodes = at(&b, "node_group", "large", "nodes", minute);
        const int64_t tasks = at(&b, "service", "shop", "healthy", minute);
        if (nodes != expected[i].nodes || tasks != expected[i].tasks)
            fail_msg("at %d min: %lld nodes, %lld tasks", minute, (long long)nodes,
                     (long long)tasks);
    }
    drop(&b);
}

/* A target of 0, one over 100 %, steps the wrong way round. */
static void wrong_capacity_providers_are_refused(void **state)
{
#define REFUSED(reservation, what)                                                                 \
    assert_refused(                                                                                \
        "traffic: {w: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: none}, "              \
        "path: [shop], work: {shop: {cpu: 1ms}}}}\ncomponents:\n  shop: {mechanism: "              \
        "service, tasks: 0, cpu: 2, memory: 2GB, cluster: nodes}\n  nodes: {mechanism: "           \
        "cluster, autoscaling: {reservation: {provisioning: 1min, " reservation                    \
        "}}}\n  large: {mechanism: node_group, cluster: nodes, maximum: 9, cpu: 4, "               \
        "memory: 16GB, boot: 1min}\n",                                                             \
        what)
    (void)state;
    REFUSED("target: 0%", "0% would ask for nodes without end; at least 1%");
    REFUSED("target: 120%", "120% would leave tasks waiting; at most 100%");
    REFUSED("step_min: 5, step_max: 4", "5 is over step_max, 4");
    REFUSED("step_max: 0", "'step_max' must lie between 1 and 10000");
    REFUSED("target: 90", "9000% would leave tasks waiting; at most 100%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nodes_follow_the_tasks_that_need_them),
                                       cmocka_unit_test(wrong_capacity_providers_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
