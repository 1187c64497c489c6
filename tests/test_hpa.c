/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The Horizontal Pod Autoscaler's arithmetic, held against its documentation and against the cases
 * of its own unit tests, whose names stand beside the rows:
 *   https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/replica_calculator_test.go
 * There a pod requests one CPU for each container, the CPU initialisation period is 2 min and the
 * initial readiness delay 10 s.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena.h"
#include "hpa.h"

#define NONE (-1) /* no sample of this pod */

static const struct fs_hpa_tolerance tenth = {0.1, 0.1};
static const struct fs_hpa_timing timing = {2 * FS_MIN, 10 * FS_S};
static const fs_time now = FS_H;

/* ---- which pods count ----------------------------------------------------------------------- */

/* r ready, u never ready, h just started ("hot"), f failed or deleted, p pending */
static struct fs_hpa_pod pod_of(char state, int64_t level)
{
    const fs_time started = state == 'h' ? now : now - 3 * FS_MIN;
    return (struct fs_hpa_pod){.gone = state == 'f',
                               .pending = state == 'p',
                               .ready = state == 'r' || state == 'h',
                               .measured = level != NONE,
                               .started = started,
                               .turned = started,
                               .measured_at = now,
                               .window = FS_MIN};
}

static struct fs_hpa_reading read_pods(const char *states, const int64_t *level, bool cpu)
{
    struct fs_hpa_reading r = {.counted = 0};
    for (int i = 0; states[i]; i++) {
        const struct fs_hpa_pod pod = pod_of(states[i], level[i]);
        switch (fs_hpa_classify(&pod, &timing, cpu, now)) {
        case FS_HPA_DROPPED:
            break;
        case FS_HPA_IGNORED:
            r.ignored++, r.request_ignored += 1000;
            break;
        case FS_HPA_MISSING:
            r.missing++, r.request_missing += 1000;
            break;
        case FS_HPA_COUNTED:
            r.counted++, r.request_counted += 1000, r.usage += level[i];
            break;
        }
    }
    return r;
}

static void pods_are_grouped_by_readiness_age_and_sample(void **state)
{
    /* cpu initialisation 5 min, initial readiness 30 s: the documented defaults; it is 10:00 */
    static const struct fs_hpa_timing defaults = {5 * FS_MIN, 30 * FS_S};
    static const struct {
        const char *story;
        struct fs_hpa_pod pod;
        enum fs_hpa_group cpu, other;
    } rows[] = {
#define AT(ago) (10 * FS_H - (ago))
        {"failed", {.gone = true, .measured = true}, FS_HPA_DROPPED, FS_HPA_DROPPED},
        {"pending", {.pending = true}, FS_HPA_IGNORED, FS_HPA_IGNORED},
        {"ready, not yet scraped",
         {.ready = true, .started = AT(FS_H), .turned = AT(FS_H)},
         FS_HPA_MISSING,
         FS_HPA_MISSING},
        {"ready for long",
         {false, false, true, true, AT(FS_H), AT(FS_H), AT(FS_S), FS_MIN},
         FS_HPA_COUNTED,
         FS_HPA_COUNTED},
        {"young, ready, but a whole window has not been sampled since",
         {false, false, true, true, AT(2 * FS_MIN), AT(40 * FS_S), AT(FS_S), FS_MIN},
         FS_HPA_IGNORED,
         FS_HPA_COUNTED},
        {"young, ready, sampled for a whole window since",
         {false, false, true, true, AT(2 * FS_MIN), AT(61 * FS_S), AT(FS_S), FS_MIN},
         FS_HPA_COUNTED,
         FS_HPA_COUNTED},
        {"young and unready",
         {false, false, false, true, AT(2 * FS_MIN), AT(FS_MIN), AT(FS_S), FS_MIN},
         FS_HPA_IGNORED,
         FS_HPA_COUNTED},
        {"old, unready, was ready once: unready since 10 s, 50 min after its start",
         {false, false, false, true, AT(FS_H), AT(10 * FS_S), AT(FS_S), FS_MIN},
         FS_HPA_COUNTED,
         FS_HPA_COUNTED},
        {"old, never ready: unready since 29 s after its start",
         {false, false, false, true, AT(FS_H), AT(FS_H - 29 * FS_S), AT(FS_S), FS_MIN},
         FS_HPA_IGNORED,
         FS_HPA_COUNTED},
#undef AT
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const bool cpu = fs_hpa_classify(&rows[i].pod, &defaults, true, 10 * FS_H) == rows[i].cpu;
        const bool other =
            fs_hpa_classify(&rows[i].pod, &defaults, false, 10 * FS_H) == rows[i].other;
        if (!cpu || !other) fail_msg("%s", rows[i].story);
    }
}

/* ---- how many pods a metric wants ----------------------------------------------------------- */

/* "desiredReplicas = ceil[currentReplicas * ( currentMetricValue / desiredMetricValue )]", and the
 * published rule "hpa-formula": a ratio from 0.9 to 1.1 changes nothing. */
static void the_documented_formula(void **state)
{
    static const struct {
        int64_t current, value, target, wanted;
    } rows[] = {
        {3, 200, 100, 6}, /* "If the current metric value is 200m, and the desired value is 100m,
                             the number of replicas will be doubled" */
        {3, 50, 100, 2},  /* "if the current value is 50m, you'll halve it": 1.5 rounded up */
        {10, 105, 100, 10}, {10, 111, 100, 12}, {10, 110, 100, 10},
        {10, 50, 100, 5},   {10, 90, 100, 10},  {10, 89, 100, 9},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fs_hpa_reading r = {.counted = rows[i].current,
                                         .usage = rows[i].current * rows[i].value};
        assert_int_equal(fs_hpa_of_average(&r, rows[i].current, rows[i].target, tenth),
                         rows[i].wanted);
        assert_int_equal(
            fs_hpa_of_value(rows[i].value, rows[i].current, rows[i].current, rows[i].target, tenth),
            rows[i].wanted);
    }
}

static void utilisation_as_in_the_controllers_own_tests(void **state)
{
    static const struct {
        const char *test;
        const char *pods;
        int64_t level[8];
        int64_t current, target, wanted;
    } rows[] = {
        {"ScaleUp", "rrr", {300, 500, 700}, 3, 30, 5},
        {"ScaleUpUnreadyLessScale", "urr", {300, 500, 700}, 3, 30, 4},
        {"ScaleUpHotCpuLessScale", "hrr", {300, 500, 700}, 3, 30, 4},
        {"ScaleUpUnreadyNoScale", "ruu", {400, 500, 700}, 3, 30, 3},
        {"ScaleHotCpuNoScale", "rhh", {400, 500, 700}, 3, 30, 3},
        {"ScaleUpIgnoresFailedPods", "rrff", {500, 700, 0, 0}, 2, 30, 4},
        {"ScaleDown", "rrrrr", {100, 300, 500, 250, 250}, 5, 50, 3},
        {"ScaleDownIncludeUnreadyPods", "rrruu", {100, 300, 500, 250, 250}, 5, 50, 2},
        {"ScaleDownExcludeUnscheduledPods", "rpppp", {100}, 5, 50, 1},
        {"ScaleDownIgnoreHotCpuPods", "rrrhh", {100, 300, 500, 250, 250}, 5, 50, 2},
        {"ScaleDownIgnoresFailedPods", "rrrrrff", {100, 300, 500, 250, 250}, 5, 50, 3},
        {"MissingMetrics", "rrrr", {400, 95, NONE, NONE}, 4, 100, 3},
        {"MissingMetricsNoChangeEq", "rr", {1000, NONE}, 2, 100, 2},
        {"MissingMetricsNoChangeGt", "rr", {1900, NONE}, 2, 100, 2},
        {"MissingMetricsNoChangeLt", "rr", {600, NONE}, 2, 100, 2},
        {"MissingMetricsUnreadyChange", "urr", {100, 450, NONE}, 3, 50, 3},
        {"MissingMetricsHotCpuNoChange", "hrr", {100, 450, NONE}, 3, 50, 3},
        {"MissingMetricsUnreadyScaleUp", "urr", {100, 2000, NONE}, 3, 50, 4},
        {"MissingMetricsHotCpuScaleUp", "hrr", {100, 2000, NONE}, 3, 50, 4},
        {"MissingMetricsUnreadyScaleDown", "urrr", {100, 100, 100, NONE}, 4, 50, 3},
        {"DuringRollingUpdateWithMaxSurge", "rrr", {100, 100, NONE}, 2, 50, 2},
        {"EmptyMetrics", "rrr", {NONE, NONE, NONE}, 4, 100, FS_HPA_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fs_hpa_reading r = read_pods(rows[i].pods, rows[i].level, true);
        const int64_t wanted = fs_hpa_of_utilization(&r, rows[i].current, rows[i].target, tenth);
        if (wanted != rows[i].wanted)
            fail_msg("%s: %lld, not %lld", rows[i].test, (long long)wanted,
                     (long long)rows[i].wanted);
    }
}

/* TestReplicaCalcTolerance: requests of 900m, 1 and 1.1 CPU, 102 % of the target. And
 * TestReplicaCalcComputedToleranceAlgImplementation: 10 pods, 3 CPU requested, 1.5 used, targets
 * of 56 % (50/56 = 0.893: shrinks to ceil(8.93)) and 55 % (0.909: stays). */
static void utilisation_is_of_all_requests_together(void **state)
{
    const struct fs_hpa_reading uneven = {
        .counted = 3, .usage = 1010 + 1030 + 1020, .request_counted = 900 + 1000 + 1100};
    const struct fs_hpa_reading half = {.counted = 10, .usage = 1500, .request_counted = 3000};
    (void)state;
    assert_int_equal(fs_hpa_of_utilization(&uneven, 3, 100, tenth), 3);
    assert_int_equal(fs_hpa_of_utilization(&half, 10, 56, tenth), 9);
    assert_int_equal(fs_hpa_of_utilization(&half, 10, 55, tenth), 10);
    assert_int_equal(fs_hpa_of_utilization(&half, 10, 55, (struct fs_hpa_tolerance){.1, .05}), 10);
    assert_int_equal(fs_hpa_of_utilization(&half, 10, 53, (struct fs_hpa_tolerance){.1, .05}), 10);
}

/* Utilisation is cut to whole per cent first: 33.9 % of 30 % are 1.1, not 1.13. */
static void utilisation_is_cut_to_whole_per_cent(void **state)
{
    const struct fs_hpa_reading r = {.counted = 10, .usage = 3390, .request_counted = 10000};
    (void)state;
    assert_int_equal(fs_hpa_of_utilization(&r, 10, 30, tenth), 10);
}

static void custom_metrics_as_in_the_controllers_own_tests(void **state)
{
    static const struct {
        const char *test, *pods;
        int64_t level[5], current, target, wanted;
    } rows[] = {
        {"ScaleUpCM", "rrr", {20000, 10000, 30000}, 3, 15000, 4},
        {"ScaleUpCMUnreadyHotCpuNoLessScale", "rrh", {50000, 10000, 30000}, 3, 15000, 6},
        {"ScaleUpCMUnreadyHotCpuScaleWouldScaleDown", "hrh", {50000, 15000, 30000}, 3, 15000, 7},
        {"ScaleDownCM", "rrrrr", {12000, 12000, 12000, 12000, 12000}, 5, 20000, 3},
        {"ToleranceCM", "rrr", {20000, 21000, 21000}, 3, 20000, 3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fs_hpa_reading r = read_pods(rows[i].pods, rows[i].level, false);
        const int64_t wanted = fs_hpa_of_average(&r, rows[i].current, rows[i].target, tenth);
        if (wanted != rows[i].wanted)
            fail_msg("%s: %lld, not %lld", rows[i].test, (long long)wanted,
                     (long long)rows[i].wanted);
    }
}

static void object_and_external_metrics_as_in_the_controllers_own_tests(void **state)
{
    static const struct {
        const char *test;
        int64_t value, ready, current, target, wanted;
    } whole[] =
        {
            {"ScaleUpCMObject", 20000, 3, 3, 15000, 4},
            {"ScaleUpCMObjectIgnoresUnreadyPods", 50000, 1, 3, 10000, 5},
            {"ScaleUpCMExternal", 8600, 1, 1, 4400, 2},
            {"ScaleUpCMExternalIgnoresUnreadyPods", 8600, 1, 3, 4400, 2},
            {"ScaleDownCMObject", 12000, 5, 5, 20000, 3},
            {"ScaleDownCMExternal", 8600, 5, 5, 14334, 3},
            {"ToleranceCMObject", 20666, 3, 3, 20000, 3},
            {"ToleranceCMExternal", 8600, 3, 3, 8888, 3},
            {"from zero: the ratio itself, tolerance or not", 10500, 0, 0, 10000, 2},
        },
      shared[] = {
          {"ScaleUpCMPerPodObject", 20000, 0, 3, 5000, 4},
          {"ScaleUpPerPodCMExternal", 8600, 0, 3, 2150, 4},
          {"ScaleDownPerPodCMObject", 6000, 0, 5, 2000, 3},
          {"ScaleDownPerPodCMExternal", 8600, 0, 5, 2867, 3},
          {"TolerancePerPodCMObject", 20166, 0, 4, 5000, 4},
          {"TolerancePerPodCMExternal", 8600, 0, 3, 2900, 3},
          /* https://keda.sh/docs/2.14/scalers/aws-sqs/: "if one pod can handle 10 messages, set the
             queue length target to 10. If the actual messages in the queue is 30, the scaler scales
             to 3 pods" */
          {"30 messages, 10 for each pod", 30000, 0, 1, 10000, 3},
      };
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        if (fs_hpa_of_value(whole[i].value, whole[i].ready, whole[i].current, whole[i].target,
                            tenth) != whole[i].wanted)
            fail_msg("%s", whole[i].test);
    }
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        if (fs_hpa_of_average_value(shared[i].value, shared[i].current, shared[i].target, tenth) !=
            shared[i].wanted)
            fail_msg("%s", shared[i].test);
    }
}

/* "If multiple metrics are specified [...] the largest of the desired replica counts is chosen. If
 * any of these metrics cannot be converted into a desired replica count and a scale down is
 * suggested by the metrics which can be fetched, scaling is skipped." */
static void of_several_metrics_the_largest_wins(void **state)
{
    (void)state;
    assert_int_equal(fs_hpa_combine((const int64_t[]){3, 7, 5}, 3, 4), 7);
    assert_int_equal(fs_hpa_combine((const int64_t[]){3, 2}, 2, 4), 3);
    assert_int_equal(fs_hpa_combine((const int64_t[]){3, FS_HPA_UNKNOWN}, 2, 4), FS_HPA_UNKNOWN);
    assert_int_equal(fs_hpa_combine((const int64_t[]){6, FS_HPA_UNKNOWN}, 2, 4), 6);
    assert_int_equal(fs_hpa_combine((const int64_t[]){FS_HPA_UNKNOWN}, 1, 4), FS_HPA_UNKNOWN);
}

/* ---- how fast the fleet may follow ---------------------------------------------------------- */

struct rules {
    fs_time window;
    int select, n;
    struct fs_hpa_policy policy[2];
};

#define RULES(window, select, n, ...)                                                              \
    {                                                                                              \
        window, select, n,                                                                         \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define PODS(n, period)                                                                            \
    {                                                                                              \
        FS_HPA_PODS, n, period                                                                     \
    }
#define PERCENT(n, period)                                                                         \
    {                                                                                              \
        FS_HPA_PERCENT, n, period                                                                  \
    }

/* The documented defaults. */
#define UP   RULES(0, FS_HPA_MAX, 2, PERCENT(100, 15 * FS_S), PODS(4, 15 * FS_S))
#define DOWN RULES(5 * FS_MIN, FS_HPA_MAX, 1, PERCENT(100, 15 * FS_S))

#define MOMENTS 40

/* The fleet's sizes when `wanted[i]` is what metrics want every `period`; its last number is
 * wanted until `sizes` are through. */
struct ramp {
    const char *story;
    struct rules up, down;
    fs_time period;
    int64_t start, minimum, maximum;
    int64_t wanted[MOMENTS], size[MOMENTS]; /* both end with 0 */
};

static struct fs_hpa_rules rules_of(const struct rules *rules)
{
    return (struct fs_hpa_rules){
        rules->window, rules->select, {(struct fs_hpa_policy *)rules->policy, rules->n}};
}

static void follow(const struct ramp *ramp)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_hpa_memory memory;
    int64_t current = ramp->start, wanted = 0;
    bool more = true;
    const struct fs_hpa_rules up = rules_of(&ramp->up), down = rules_of(&ramp->down);
    fs_hpa_memory_new(&memory, &up, &down, arena);
    for (int i = 0; i < MOMENTS && ramp->size[i]; i++) {
        more = more && ramp->wanted[i];
        if (more) wanted = ramp->wanted[i];
        fs_hpa_see(&memory, FS_H + i * ramp->period, current);
        current = fs_hpa_follow(&memory, FS_H + i * ramp->period, current, wanted, ramp->minimum,
                                ramp->maximum);
        if (current != ramp->size[i])
            fail_msg("%s: step %d: %lld, not %lld", ramp->story, i + 1, (long long)current,
                     (long long)ramp->size[i]);
    }
    fs_arena_free(arena);
}

static void fleets_follow_as_documented(void **state)
{
    static const struct ramp ramps[] = {
        {"the default behaviour takes 1 to 200 pods in 7 steps",
         UP,
         DOWN,
         15 * FS_S,
         1,
         1,
         1000,
         {200},
         {5, 10, 20, 40, 80, 160, 200, 200}},
        {"and 1 to 1,000 in 9: 135 s",
         UP,
         DOWN,
         15 * FS_S,
         1,
         1,
         1000,
         {5000},
         {5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000}},
        /* "[...] 4 Pods in 1 minute [...] 10% of the current replicas in 1 minute [...] autoscaler
           [...] choose the policy that allows the highest amount of change": 80 to 10 */
        {"documentation: scale down 80 to 10 by the larger of 10 % and 4 pods a minute",
         UP,
         RULES(0, FS_HPA_MAX, 2, PODS(4, FS_MIN), PERCENT(10, FS_MIN)),
         FS_MIN,
         80,
         10,
         100,
         {10},
         {72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10, 10}},
        {"documentation: selectPolicy Min takes the smaller change",
         UP,
         RULES(0, FS_HPA_MIN, 2, PODS(5, FS_MIN), PERCENT(10, FS_MIN)),
         FS_MIN,
         80,
         10,
         100,
         {10},
         {75, 70, 65, 60, 55, 50, 45, 40, 36, 32, 28}},
        {"documentation: selectPolicy Disabled turns shrinking off",
         UP,
         RULES(0, FS_HPA_DISABLED, 1, PERCENT(100, 15 * FS_S)),
         FS_MIN,
         80,
         10,
         100,
         {10, 10, 90, 10},
         {80, 80, 90, 90}},
        {"KEP 853 story 1: 900 % a minute",
         RULES(0, FS_HPA_MAX, 1, PERCENT(900, FS_MIN)),
         DOWN,
         FS_MIN,
         1,
         1,
         1000,
         {1000},
         {10, 100, 1000}},
        {"KEP 853 story 2: down by one pod in 10 minutes",
         UP,
         RULES(0, FS_HPA_MAX, 1, PODS(1, 10 * FS_MIN)),
         FS_MIN,
         1000,
         1,
         1000,
         {1},
         {999, 999, 999, 999, 999, 999, 999, 999, 999, 999, 998, 998}},
        {"KEP 853 story 3: up by one pod in 5 minutes",
         RULES(0, FS_HPA_MAX, 1, PODS(1, 5 * FS_MIN)),
         DOWN,
         FS_MIN,
         1,
         1,
         100,
         {50},
         {2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4}},
        {"KEP 853 story 5: the largest of 10 minutes' recommendations, 10 pods: down at the 11th",
         UP,
         RULES(10 * FS_MIN, FS_HPA_MAX, 1, PODS(5, FS_MIN)),
         FS_MIN,
         10,
         1,
         100,
         {10, 9, 8, 9, 9, 8, 9, 8, 9, 8, 7},
         {10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 9}},
        /* The KEP's text says that the 6th minute still sees the first 2 and picks it; with a
           window of 300 s the recommendation of 300 s ago is out (time.After), so the 6th minute
           picks 3. */
        {"KEP 853 story 6: the smallest of 5 minutes' recommendations, from 2 pods",
         RULES(5 * FS_MIN, FS_HPA_MAX, 1, PODS(20, FS_MIN)),
         DOWN,
         FS_MIN,
         2,
         1,
         100,
         {2, 3, 19, 10, 3, 4, 7},
         {2, 2, 2, 2, 2, 3, 3}},
        {"the default window: a fleet shrinks 300 s after the last need, at once to anything",
         UP,
         DOWN,
         15 * FS_S,
         50,
         2,
         100,
         {50, 5},
         {50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 5, 5}},
        /* stabilizeRecommendationWithBehaviors: the size changes only when it lies outside the
           envelope of the smallest number in the upper window and the largest in the lower one. So
           the 400 that was wanted for two syncs holds 16 pods for 300 s and adds none. */
        {"a need that is over adds no more pods",
         UP,
         DOWN,
         15 * FS_S,
         4,
         1,
         1000,
         {4, 400, 400, 4},
         {4,  8,  16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
          16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 4,  4}},
        {"kubernetes issue 96671, second scenario: one pod in 2 minutes, down after 5",
         RULES(0, FS_HPA_MAX, 1, PODS(1, 2 * FS_MIN)),
         DOWN,
         FS_MIN,
         2,
         2,
         100,
         {2, 4, 1},
         {2, 3, 3, 3, 3, 3, 2, 2}},
        /* Two of the controller's own tests (horizontal_test.go), 300 s both ways. */
        {"do not scale up when prenormalized rec goes down",
         RULES(5 * FS_MIN, FS_HPA_MAX, 1, PERCENT(100, 15 * FS_S)),
         DOWN,
         3 * FS_MIN,
         2,
         1,
         100,
         {2, 3, 1},
         {2, 2, 2}},
        {"do not scale down when prenormalized rec goes up",
         RULES(5 * FS_MIN, FS_HPA_MAX, 1, PERCENT(100, 15 * FS_S)),
         DOWN,
         3 * FS_MIN,
         2,
         1,
         100,
         {2, 1, 3},
         {2, 2, 2}},
        /* A period starts with the present size less what it has added and with what it has taken
           away: 5 - 0 + 5 = 10, doubled; 20 - 15 + 5 = 10, less 5; 5 - 15 + 20 = 10, doubled. */
        {"a policy's period starts before the changes of both directions",
         RULES(0, FS_HPA_MAX, 1, PERCENT(100, FS_MIN)),
         RULES(0, FS_HPA_MAX, 1, PODS(5, FS_MIN)),
         15 * FS_S,
         10,
         1,
         100,
         {5, 100, 1, 100},
         {5, 20, 5, 20}},
        /* The two pods of 45 s ago count in the minute of the lower policy: 12 - 2 - 1 = 9. */
        {"though the other direction's own policies have shorter periods",
         UP,
         RULES(0, FS_HPA_MAX, 1, PODS(1, FS_MIN)),
         15 * FS_S,
         10,
         1,
         100,
         {12, 12, 12, 1},
         {12, 12, 12, 9}},
        /* recordInitialRecommendation */
        {"what is there at first was wanted then",
         UP,
         DOWN,
         15 * FS_S,
         50,
         2,
         100,
         {5},
         {50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 5, 5}},
        {"a maximum below the fleet's size holds at once",
         UP,
         DOWN,
         15 * FS_S,
         50,
         2,
         20,
         {50},
         {20, 20}},
        {"a minimum above it too, past any policy", UP, DOWN, 15 * FS_S, 1, 30, 100, {1}, {30, 30}},
        {"a percentage is rounded up when growing",
         RULES(0, FS_HPA_MAX, 1, PERCENT(10, 15 * FS_S)),
         DOWN,
         15 * FS_S,
         1,
         1,
         100,
         {100},
         {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ramps / sizeof *ramps; i++)
        follow(&ramps[i]);
}

/* What one policy allows in 15 s is shared by every step of those 15 s, so the sync period does not
 * matter: every 5 s from 10 pods, 100 % in 15 s. */
static void a_policys_period_holds_over_faster_steps(void **state)
{
    static const struct ramp ramp = {"every 5 s",
                                     RULES(0, FS_HPA_MAX, 1, PERCENT(100, 15 * FS_S)),
                                     DOWN,
                                     5 * FS_S,
                                     10,
                                     1,
                                     1000,
                                     {15, 1000},
                                     {15, 20, 20, 30, 40, 40, 60, 80, 80}};
    (void)state;
    follow(&ramp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_are_grouped_by_readiness_age_and_sample),
        cmocka_unit_test(the_documented_formula),
        cmocka_unit_test(utilisation_as_in_the_controllers_own_tests),
        cmocka_unit_test(utilisation_is_of_all_requests_together),
        cmocka_unit_test(utilisation_is_cut_to_whole_per_cent),
        cmocka_unit_test(custom_metrics_as_in_the_controllers_own_tests),
        cmocka_unit_test(object_and_external_metrics_as_in_the_controllers_own_tests),
        cmocka_unit_test(of_several_metrics_the_largest_wins),
        cmocka_unit_test(fleets_follow_as_documented),
        cmocka_unit_test(a_policys_period_holds_over_faster_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
