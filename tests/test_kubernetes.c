/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services on clusters, scaled by what Kubernetes scales with: timelines to the nanosecond, what
 * the parts do together, and published ramps beside ours.
 */
#include "scene.h"

#include "explain.h"

#define LENGTH "run: {length: 1h, intervals: 1}\n"
#define ONE_REQUEST(at, work)                                                                      \
    "traffic:\n  jobs: {arrivals: {burst: {size: 1, at: " at "}}, client: {retry: none}, path: "   \
    "[web], work: {web: {" work "}}}\ncomponents:\n"

/* ---- the autoscaler of pods ----------------------------------------------------------------- */

/*
 * A request keeps one vCPU of one busy from 100 s to 300 s; the target is 50 %. Readings are taken
 * every 15 s, cover the 15 s before, and are shown 15 s later:
 *   120 s  sees (90, 105]: 33 %, wants 1
 *   135 s  sees (105, 120]: 100 %, wants 2. The second pod is there at once
 *   150 s  sees one pod of two: the other is missing, counts as 0: 50 % of both, within tolerance
 *   165 s  sees both (the second from its start on): 50 %
 *   330 s  sees (300, 315]: 0 %, wants 0; 2 was wanted last at 315 s
 *   615 s  that is 300 s ago: 1, the minimum
 */
static void pods_follow_metrics_with_their_lag(void **state)
{
    static const struct step steps[] = {{0, 1}, {135 * FS_S, 2}, {615 * FS_S, 1}};
    (void)state;
    struct scene s = scene_of(LENGTH ONE_REQUEST(
        "100s", "cpu: 200s") "  web: {mechanism: service, tasks: 1, cpu: 1, scaling: {minimum: 1, "
                             "maximum: 9, policies: [hpa: {metrics: [{name: cpu, "
                             "averageUtilization: 50}]}]}}\n");
    assert_steps(&s, "web", "desired", steps, 3, 1000 * FS_S);
    drop_scene(&s);
}

/* The same through a metrics server that gathers every 60 s what was read 15 s before: (45, 105]
 * has 5 s of work, 8 %, shown from 120 s on; (105, 165] has 100 %, shown from 180 s on. */
static void a_slower_metrics_server_makes_it_slower(void **state)
{
    static const struct step steps[] = {{0, 1}, {180 * FS_S, 2}};
    (void)state;
    struct scene s = scene_of(LENGTH ONE_REQUEST(
        "100s",
        "cpu: 200s") "  web: {mechanism: service, tasks: 1, cpu: 1, scaling: {minimum: 1, "
                     "maximum: 9, policies: [hpa: {metric_resolution: 60s, metrics: [{name: "
                     "cpu, averageUtilization: 50}]}]}}\n");
    fs_sim_run(s.world->sim, 0);
    assert_steps(&s, "web", "desired", steps, 2, 500 * FS_S);
    drop_scene(&s);
}

/* Ten idle pods: metrics are there at the sync of 30 s, but the autoscaler has seen ten at 0 s, so
 * 300 s later nothing holds them any more. */
static void a_fleet_is_seen_before_its_metrics(void **state)
{
    static const struct step steps[] = {{0, 10}, {300 * FS_S, 1}};
    (void)state;
    struct scene s = scene_of(LENGTH ONE_REQUEST(
        "100s", "cpu: 1ms") "  web: {mechanism: service, tasks: 10, cpu: 1, scaling: {minimum: 1, "
                            "maximum: 20, policies: [hpa: {}]}}\n");
    assert_steps(&s, "web", "desired", steps, 2, 500 * FS_S);
    drop_scene(&s);
}

/* 50 requests a second, constant, 10 for each pod: 1 pod at first. The reading of 15 s is shown at
 * 30 s: 50 from one pod are 5, and the policy allows max(2, 1 + 4). */
static void requests_a_second_are_shared_among_the_pods(void **state)
{
    static const struct step steps[] = {{0, 1}, {30 * FS_S, 5}};
    (void)state;
    struct scene s = scene_of(
        LENGTH "traffic:\n  jobs: {arrivals: {constant: {rate: 50/s}}, client: {retry: none}, "
               "path: [web], work: {web: {io: 1ms}}}\ncomponents:\n  web: {mechanism: service, "
               "tasks: 1, cpu: 1, scaling: {minimum: 1, maximum: 90, policies: [hpa: {metrics: "
               "[{name: requests_per_second, averageValue: 10}]}]}}\n");
    assert_steps(&s, "web", "desired", steps, 2, 300 * FS_S);
    drop_scene(&s);
}

/* ---- by events ------------------------------------------------------------------------------ */

/*
 * 30 messages of 100 s each come at 40 s; a pod takes 10 at once.
 *   60 s   a poll finds them: 1 pod, which takes 10
 *   75 s   30 messages for 10 each: 3 pods, which take the rest
 *   160 s  10 are done, at 175 s all; 150 s was the last poll that found any, and the last sync
 * that wanted 3 450 s  300 s later 2 is the most that was wanted (at 165 s), 465 s: 0, but 1 is the
 * minimum 750 s  the cooldown of 600 s has passed
 */
static void a_queue_takes_a_fleet_from_zero_and_back(void **state)
{
    static const struct step steps[] = {{0, 0},          {60 * FS_S, 1},  {75 * FS_S, 3},
                                        {450 * FS_S, 2}, {465 * FS_S, 1}, {750 * FS_S, 0}};
    (void)state;
    struct scene s = scene_of(
        LENGTH
        "traffic:\n  jobs: {arrivals: {burst: {size: 30, at: 40s}}, client: {retry: none}, "
        "path: [queue, web], work: {web: {io: 100s}}}\ncomponents:\n  queue: {mechanism: "
        "queue, visibility_timeout: 10min, retention: 4d}\n  web: {mechanism: service, from: "
        "queue, tasks: 0, cpu: 1, max_in_flight: 10, scaling: {minimum: 0, maximum: 9, "
        "policies: [event_driven: {queue: queue, queue_length: 10, cooldown_period: "
        "600s}]}}\n");
    assert_steps(&s, "web", "desired", steps, 6, 1000 * FS_S);
    drop_scene(&s);
}

/* "idleReplicaCount: 0, minReplicaCount: 10 [...] if there is activity on triggers, the target is
 * scaled to minReplicaCount: 10 at once", then by its Horizontal Pod Autoscaler up to 100: 600
 * messages of 5 for each pod are 120, and the policy allows to double. */
static void a_fleet_without_work_has_its_idle_number(void **state)
{
    static const struct step steps[] = {{0, 0},          {60 * FS_S, 10},  {75 * FS_S, 20},
                                        {90 * FS_S, 40}, {105 * FS_S, 80}, {120 * FS_S, 100}};
    (void)state;
    struct scene s = scene_of(
        LENGTH "traffic:\n  jobs: {arrivals: {burst: {size: 600, at: 40s}}, client: {retry: none}, "
               "path: [queue, web], work: {web: {io: 1000s}}}\ncomponents:\n  queue: {mechanism: "
               "queue, visibility_timeout: 1h, retention: 4d}\n  web: {mechanism: service, from: "
               "queue, tasks: 0, cpu: 1, max_in_flight: 10, scaling: {minimum: 0, maximum: 100, "
               "policies: [event_driven: {queue: queue, minimum_active: 10}]}}\n");
    assert_steps(&s, "web", "desired", steps, 6, 500 * FS_S);
    drop_scene(&s);
}

/* The autoscaler of pods sees the fleet of none from 0 s on: with a window of 120 s to grow that is
 * long ago when the poll of 600 s finds 100 messages, so the sync of 615 s wants 20 for the first
 * time, and the policy allows 4 more. */
static void a_fleet_of_none_is_seen_too(void **state)
{
    static const struct step steps[] = {{0, 0}, {600 * FS_S, 1}, {615 * FS_S, 5}};
    (void)state;
    struct scene s = scene_of(
        LENGTH "traffic:\n  jobs: {arrivals: {burst: {size: 100, at: 599s}}, client: {retry: "
               "none}, path: [queue, web], work: {web: {io: 1000s}}}\ncomponents:\n  queue: "
               "{mechanism: queue, visibility_timeout: 1h, retention: 4d}\n  web: {mechanism: "
               "service, from: queue, tasks: 0, cpu: 1, max_in_flight: 1, scaling: {minimum: 0, "
               "maximum: 5, policies: [event_driven: {queue: queue, behavior: {scaleUp: "
               "{stabilizationWindowSeconds: 120}}}]}}\n");
    assert_steps(&s, "web", "desired", steps, 3, 800 * FS_S);
    drop_scene(&s);
}

/* minReplicaCount 3 and one pod: the Horizontal Pod Autoscaler jumps to its minimum at once.
 * Without any work the cooldown of 300 s takes it to 0. */
static void a_fleet_below_its_least_is_lifted_to_it(void **state)
{
    static const struct step steps[] = {{0, 3}, {300 * FS_S, 0}};
    (void)state;
    struct scene s = scene_of(
        LENGTH "traffic:\n  jobs: {arrivals: {burst: {size: 1, at: 50min}}, client: {retry: none}, "
               "path: [queue, web], work: {web: {cpu: 1s}}}\ncomponents:\n  queue: {mechanism: "
               "queue, visibility_timeout: 1h, retention: 4d}\n  web: {mechanism: service, from: "
               "queue, tasks: 1, cpu: 1, max_in_flight: 1, scaling: {minimum: 0, maximum: 100, "
               "policies: [event_driven: {queue: queue, minimum_active: 3}]}}\n");
    assert_steps(&s, "web", "desired", steps, 2, 500 * FS_S);
    drop_scene(&s);
}

/* The scaler's own page: with a fallback of 6 replicas after 3 failures the metric is the target
 * times 6. Two pods for 20 messages of 10 each; from 100 s to 200 s the queue's length cannot be
 * had, which is noticed at 105, 120 and 135 s. From 210 s on two are enough again, and 300 s after
 * the last that said six, at 195 s, they go. Without a fallback nothing happens. */
static void without_metrics_a_fleet_has_its_fallback(void **state)
{
    static const struct step with[] = {{0, 1}, {15 * FS_S, 2}, {135 * FS_S, 6}, {495 * FS_S, 2}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene s = scene_of(
            LENGTH
            "traffic:\n  jobs: {arrivals: {burst: {size: 20, at: 0s}}, client: {retry: none}, "
            "path: [queue, web], work: {web: {io: 1h}}}\ncomponents:\n  queue: {mechanism: queue, "
            "visibility_timeout: 2h, retention: 4d}\n  web: {mechanism: service, from: queue, "
            "tasks: 1, cpu: 1, max_in_flight: 20, scaling: {minimum: 1, maximum: 100, policies: "
            "[event_driven: {queue: queue, queue_length: 10%s}]}}\nevents: [{at: 100s, "
            "metrics_loss: {component: web, for: 100s}}]\n",
            i ? "" : ", fallback: {replicas: 6}");
        assert_steps(&s, "web", "desired", with, i ? 2 : 4, 1000 * FS_S);
        drop_scene(&s);
    }
}

/* ---- nodes ---------------------------------------------------------------------------------- */

#define NODES(n, rest)                                                                             \
    "  eks: {mechanism: cluster, zones: 2}\n  n: {mechanism: node_group, cluster: eks, nodes: " n  \
    ", cpu: 1, memory: 4GB, boot: 30s" rest "}\n"

/* Half of 100 spot nodes with a pod each are called back at 10 s. With two minutes' notice their
 * pods stop being given requests, finish what they have and are replaced when the nodes' successors
 * are there; without, 50 x at most one request in work and what waits behind it is lost. */
static void a_notice_saves_the_requests_that_a_loss_takes(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 200s}\ntraffic:\n  web: {arrivals: {constant: {rate: 700/s}}, client: "
            "{retry: none}, path: [web], work: {web: {cpu: 100ms}}}\ncomponents:\n  web: "
            "{mechanism: service, cpu: 1, max_in_flight: 1, backlog: 100000, tasks: 100, cluster: "
            "eks}\n" NODES("100", ", spot: true, notice: %s") "events: [{at: 10s, spot_wave: "
                                                              "{component: eks, share: 50%%}}]\n",
            i ? "2min" : "0s");
        const double failed = number(&b, "traffic.web.failed");
        assert_true(i ? failed == 0 : failed > 20 && failed <= 50);
        assert_true(number(&b, "components.n.interrupted") == 50);
        /* 14/s for 10/s until the others are back, at 40 s and at 160 s: 12 s, and 60 s more */
        assert_true(fabs(number(&b, "traffic.web.latency.max") - 12.1) < 0.2 || i);
        drop(&b);
    }
}

/* Three pods, each on a node that is called back at 10 s. Half of three that must stay up are two,
 * so one pod goes and the others wait for its successor, whose node takes 30 s. */
static void a_disruption_budget_rounds_up_what_must_stay(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 30s}\ntraffic:\n  web: {arrivals: {constant: {rate: 1/s}}, client: {retry: "
        "none}, path: [web], work: {web: {cpu: 1ms}}}\ncomponents:\n  web: {mechanism: service, "
        "cpu: 1, tasks: 3, cluster: eks, deployment: {available: 50%%}}\n" NODES(
            "3", ", spot: true, notice: 2min") "events: [{at: 10s, spot_wave: {component: eks, "
                                               "share: 100%%}}]\n");
    assert_true(number(&b, "components.web.healthy.last") == 2);
    drop(&b);
}

/* An hour of 2 nodes at 0.096 and 3 spot nodes at 0.0384, control plane 0.10. */
static void node_hours_and_control_plane_are_charged(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 1h}\naccount: {platform: aws, prices: 2026-11}\n" ONE_REQUEST(
            "1s",
            "cpu: 1ms") "  web: {mechanism: service, cpu: 1, tasks: 4, cluster: eks}\n  eks: "
                        "{platform: aws-eks-cluster}\n  a: {platform: aws-m6i-large, cluster: "
                        "eks, nodes: 2}\n  b: {platform: aws-m6i-large, cluster: eks, nodes: 3, "
                        "spot: true, interrupted: 0%%}\n");
    assert_true(fabs(number(&b, "cost.a.nodes.usd") - 0.192) < 1e-12);
    assert_true(fabs(number(&b, "cost.b.spot_nodes.usd") - 0.1152) < 1e-12);
    assert_true(fabs(number(&b, "cost.eks.control_plane.usd") - 0.10) < 1e-12);
    drop(&b);
}

/* 3 network interfaces x (10 addresses - 1) + 2 = 29 pods on a large instance, however small. */
static void a_node_holds_so_many_pods_however_small(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 60s}\n" ONE_REQUEST(
        "1s", "cpu: 1ms") "  web: {mechanism: service, cpu: 0.01, memory: 16MB, tasks: 30, "
                          "cluster: eks}\n  eks: "
                          "{platform: aws-eks-cluster}\n  n: {platform: aws-m6i-large, cluster: "
                          "eks, nodes: 1, "
                          "maximum: 1, boot: 0s}\n");
    assert_true(number(&b, "components.eks.pods.last") == 29);
    assert_true(number(&b, "components.eks.unplaced_at_maximum.last") == 1);
    drop(&b);
}

/* A pod of 1 vCPU for each of 3 nodes, 4 wanted: one never gets a place, and the run says so. */
static void what_never_got_a_place_is_said_at_the_end(void **state)
{
    bool said = false;
    (void)state;
    struct built b = run_text("run: {length: 60s}\n" ONE_REQUEST(
        "1s",
        "cpu: 1ms") "  web: {mechanism: service, cpu: 1, tasks: 4, cluster: eks}\n" NODES("3", ""));
    const struct fs_series *at_maximum =
        fs_record_series(b.study->variant[0].record[0], "cluster", "eks", "unplaced_at_maximum");
    assert_int_equal(at_maximum->last, 1);
    const struct fs_findings findings = fs_explain(b.arena, b.study);
    for (int i = 0; i < findings.n; i++)
        said |= strcmp(findings.finding[i].text,
                       "eks: at the end 1 pod that waits for room in groups that may not grow, or "
                       "whose nodes are taken to be too small") == 0;
    assert_true(said);
    drop(&b);
}

/* Eight of 1 vCPU on nodes of two: a kubelet keeps some of them, so one a node; tasks may have all.
 * The control plane of these is free, but priced. */
static void nodes_of_tasks_keep_nothing(void **state)
{
    static const struct {
        const char *service, *cluster;
        int nodes;
        double control_plane; /* USD an hour */
    } rows[] = {{"aws-eks-pods", "aws-eks-cluster", 8, .1}, {"aws-ecs", "aws-ecs-cluster", 4, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct built b = run_text(
            "run: {length: 1h}\naccount: {platform: aws}\n" ONE_REQUEST(
                "30min",
                "cpu: 1ms") "  web: {platform: %s, cpu: 1, memory: 2GB, tasks: 8, cluster: c}\n"
                            "  c: {platform: %s, scoring: most_allocated, zones: 1}\n"
                            "  n: {platform: aws-m5-large, cluster: c, nodes: %d}\n",
            rows[i].service, rows[i].cluster, rows[i].nodes);
        const struct fs_series *there =
            fs_record_series(b.study->variant[0].record[0], "cluster", "c", "cpu_there");
        assert_int_equal(there->last, rows[i].nodes * (i ? 2000 : 1930));
        assert_int_equal(number(&b, "components.c.pods.last"), 8);
        assert_true(fabs(number(&b, "cost.c.control_plane.usd") - rows[i].control_plane) < 1e-9);
        drop(&b);
    }
}

/* Of 3 pods of 7,100 MB two come to the nodes that are there. Those of the pool are taken to lack
 * 7.5 % of 8,192 MB and not to hold the third, which waits for ever. */
static void a_pod_that_is_taken_not_to_fit_is_told(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10min}\n" ONE_REQUEST(
        "1s", "cpu: 1ms") "  web: {platform: aws-eks-pods, cpu: 1, memory: 7100MB, tasks: 3, "
                          "cluster: c}\n  c: {platform: aws-eks-cluster, autoscaling: "
                          "karpenter}\n  n: {platform: aws-m5-large, cluster: c, nodes: 2}\n");
    assert_int_equal(number(&b, "components.c.unplaced_at_maximum.last"), 1);
    assert_int_equal(number(&b, "components.c.unplaced_otherwise.last"), 0);
    drop(&b);
}

/* A message at 60 s finds no pod; one is asked for at 61 s, is pulled by nobody's balancer, and has
 * it within its start, which is no check. */
static void no_balancer_checks_pods_that_read_a_queue(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10min}\ntraffic:\n  jobs: {arrivals: {burst: {size: 1, at: 60s}}, client: "
        "{retry: none}, path: [queue, web], work: {web: {io: 1s}}}\ncomponents:\n  queue: "
        "{platform: aws-sqs, visibility_timeout: 60s}\n  web: {platform: aws-eks-pods, from: "
        "queue, "
        "cpu: 1, memory: 1GB, tasks: 0, max_in_flight: 1, start: {provisioning: 3s}, cluster: c, "
        "scaling: {minimum: 0, maximum: 1, policies: [scheduled: {at: 61s, minimum: 1, maximum: "
        "1}]}}\n  c: {platform: aws-eks-cluster}\n  n: {platform: aws-m5-large, cluster: c, nodes: "
        "1}\n");
    assert_near(&b, "traffic.jobs/queue.latency.max", 1 + 3 + 1);
    drop(&b);
}

/* ---- bad input ------------------------------------------------------------------------------ */

#define TRAFFIC                                                                                    \
    "traffic: {w: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: none}, path: [web], "     \
    "work: {web: {cpu: 1ms}}}}\n"
#define HPA(text) "scaling: {maximum: 9, policies: [hpa: {" text "}]}}\n"

/* Something has a price, and nothing that the tasks run on. */
static void what_runs_on_nothing_is_said(void **state)
{
    static const struct {
        const char *web, *what;
    } rows[] = {
        {"platform: aws-ecs", "no instances, so what tasks run on costs nothing"},
        {"platform: aws-eks-pods", "no cluster, so what tasks run on costs nothing"},
        {"platform: aws-ecs, instances: 1", NULL},
        {"platform: aws-ecs, price_instance: free", NULL},
        {"platform: aws-eks-pods, price_balancer: free", NULL},
        {"platform: aws-fargate", NULL},
        {"mechanism: service", NULL},
    };
    char text[512];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(text, sizeof text,
                 "account: {platform: aws}\n" TRAFFIC
                 "components:\n  web: {%s, tasks: 1, cpu: 1, memory: 2GB}\n",
                 rows[i].web);
        assert_warned(text, rows[i].what);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        const char *components, *what;
    } rows[] = {
        {"web: {mechanism: service, tasks: 1, cpu: 4, memory: 1GB, cluster: eks}\n"
         "  eks: {platform: aws-eks-cluster}\n  n: {platform: aws-m6i-large, cluster: eks}\n",
         "a task of 4 vCPU and 1024MB fits on no node of 'eks'; the largest, of 'n', have 1.93 "
         "vCPU "
         "and 7518MB for pods"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, cluster: eks}\n  eks: {platform: "
         "aws-eks-cluster}\n",
         "'eks' has no nodes; add a group"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, cluster: eks}\n  eks: {platform: "
         "aws-eks-cluster}\n  n: {platform: aws-m6i-8xlarge, cluster: eks}\n",
         "did you mean 'aws-m6i-2xlarge'"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, cluster: web}\n", "'web' is a service"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA("metrics: [{name: cpu}]"),
         "needs a target: either averageUtilization"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA(
             "metrics: [{name: cpu, averageUtilization: 0}]"),
         "averageUtilization"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA(
             "metrics: [{name: cpu, averageUtilization: 120}]"),
         "so 120 % is never reached; at most 100"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA(
             "metrics: [{name: in_flight, averageUtilization: 50}]"),
         "'in_flight' is requested by nobody"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA(
             "metrics: [{name: memory, averageUtilization: 80}]"),
         "scaling goes by how much of it is used, so say it"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, scaling: {maximum: 9, policies: "
         "[target_tracking: {metric: memory, target: 50%}]}}\n",
         "scaling goes by how much of it is used, so say it"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA("metrics: []"), "at least one metric"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA("sample_age: 20s"),
         "must not be longer than the metric_resolution"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA("behavior: {scaleUp: {policies: []}}"),
         "no policy allows any change"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, " HPA(
             "behavior: {scaleUp: {selectPolicy: Mean}}"),
         "Max"},
        {"web: {mechanism: service, tasks: 1, cpu: 1, scaling: {minimum: 5, maximum: 3, policies: "
         "[hpa]}}\n",
         "5 is over the maximum of 3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[2000];
        snprintf(text, sizeof text, TRAFFIC "components:\n  %s", rows[i].components);
        assert_refused(text, rows[i].what);
    }
}

/* ---- published ramps ------------------------------------------------------------------------ */

/* The first interval of a second at whose end so many are healthy, from the 10 s when they are
 * asked for. */
static double seconds_until(const struct built *b, int64_t healthy)
{
    const struct fs_series *s =
        fs_record_series(b->study->variant[0].record[0], "service", "web", "healthy");
    for (int i = 0; i < b->study->variant[0].record[0]->n_intervals; i++) {
        if (s->interval_last[i] >= healthy) return i + 1 - 10;
    }
    fail_msg("there are never %lld", (long long)healthy);
    return 0;
}

/*
 * From 0 to 3,500 containers, as https://vladionescu.me/posts/scaling-containers-on-aws-in-2022/
 * measured it: nothing of ours is tuned to it. Containers of 1 vCPU and 2 GB, an image of 100 MB,
 * are our guess. What is held is that all come up; how far off we are is printed. Functions are
 * scenarios/planning/from-0-to-3500; pods on Fargate (60 s, 510 s) have no documented launch rate
 * that could be held against it.
 */
static void published_ramps_are_printed_beside_ours(void **state)
{
    static const struct {
        const char *what, *web, *provisioning, *cluster;
        double first, all;
    } rows[] = {
        {"tasks by a launch bucket", "mechanism: service, launches: on_demand",
         "provisioning: {lognormal: {median: 20s, p95: 44s}}, ", "", 30, 270},
        {"pods, nodes of a pool", "platform: aws-eks-pods, cluster: eks", "",
         "  eks: {platform: aws-eks-cluster, autoscaling: karpenter}\n  n: {platform: "
         "aws-m6i-4xlarge, cluster: eks}\n",
         150, 390},
        {"pods, nodes of groups", "platform: aws-eks-pods, cluster: eks", "",
         "  eks: {platform: aws-eks-cluster, autoscaling: cluster-autoscaler}\n  n: {platform: "
         "aws-m6i-4xlarge, cluster: eks}\n",
         150, 390},
        {"tasks, nodes by capacity", "platform: aws-ecs, cluster: ecs", "",
         "  ecs: {platform: aws-ecs-cluster, autoscaling: aws-ecs-capacity-provider}\n  n: "
         "{platform: "
         "aws-m6i-4xlarge, cluster: ecs}\n",
         150, 600},
    };
    (void)state;
    printf("  %-24s %23s %23s\n", "0 to 3,500", "first (published, ours)", "all (published, ours)");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct built b = run_text(
            "run: {length: 900s, intervals: 900, seed: 1}\naccount: {platform: aws, launch_rate: "
            "20/s}\n" ONE_REQUEST(
                "899s", "cpu: 1ms") "  web: {%s, tasks: 0, cpu: 1, memory: 2GB, start: {%simage: "
                                    "100MB, pull_speed: 15MB}, scaling: {minimum: 0, maximum: "
                                    "3500, policies: [scheduled: {at: 10s, minimum: 3500, maximum: "
                                    "3500}]}}\n%s",
            rows[i].web, rows[i].provisioning, rows[i].cluster);
        const double first = seconds_until(&b, 1), all = seconds_until(&b, 3500);
        printf("  %-24s %4.0f s %4.0f s %+6.0f %% %5.0f s %4.0f s %+6.0f %%\n", rows[i].what,
               rows[i].first, first, 100 * (first / rows[i].first - 1), rows[i].all, all,
               100 * (all / rows[i].all - 1));
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_follow_metrics_with_their_lag),
        cmocka_unit_test(a_slower_metrics_server_makes_it_slower),
        cmocka_unit_test(a_fleet_is_seen_before_its_metrics),
        cmocka_unit_test(requests_a_second_are_shared_among_the_pods),
        cmocka_unit_test(a_queue_takes_a_fleet_from_zero_and_back),
        cmocka_unit_test(a_fleet_without_work_has_its_idle_number),
        cmocka_unit_test(a_fleet_of_none_is_seen_too),
        cmocka_unit_test(a_fleet_below_its_least_is_lifted_to_it),
        cmocka_unit_test(without_metrics_a_fleet_has_its_fallback),
        cmocka_unit_test(a_node_holds_so_many_pods_however_small),
        cmocka_unit_test(a_disruption_budget_rounds_up_what_must_stay),
        cmocka_unit_test(node_hours_and_control_plane_are_charged),
        cmocka_unit_test(a_notice_saves_the_requests_that_a_loss_takes),
        cmocka_unit_test(what_never_got_a_place_is_said_at_the_end),
        cmocka_unit_test(nodes_of_tasks_keep_nothing),
        cmocka_unit_test(a_pod_that_is_taken_not_to_fit_is_told),
        cmocka_unit_test(no_balancer_checks_pods_that_read_a_queue),
        cmocka_unit_test(what_runs_on_nothing_is_said),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(published_ramps_are_printed_beside_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
