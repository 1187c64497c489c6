/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scaling policies by themselves: each row is one value of a metric, as a monitoring service has
 * it, and what the policy then asks for. Then several policies of one service, by instants.
 */
#include "scene.h"

#include "plugins.h"
#include "scaler.h"

/* A policy and what it is shown. */
struct watched {
    struct plugged plug;
    const struct fs_scaler_type *type;
    void *state;
    struct fs_scaler_view view;
    int64_t starting; /* of the tasks that run */
    int64_t ill;      /* of these, too */
    double mean;      /* of the tasks that run over a minute; 0: it is those at its end */
    fs_time at;
};

static struct watched watch(const char *text)
{
    struct watched w = {.plug = plug("scalers", text)};
    assert_accepted(&w.plug);
    w.type = w.plug.value.plugin->type;
    w.state = fs_arena_alloc(w.plug.arena, w.type->size);
    w.view = (struct fs_scaler_view){.minimum = 1,
                                     .maximum = 1000,
                                     .cpu = 2000,
                                     .memory = 4096,
                                     .since_in = FS_NEVER,
                                     .since_out = FS_NEVER};
    w.at = w.type->next(w.state, w.plug.value.params, -1);
    return w;
}

/* What the service did with what the policy said a minute ago. */
static void change(struct fs_scaler_view *v, int64_t desired)
{
    if (v->since_out != FS_NEVER) v->since_out += FS_MIN;
    if (v->since_in != FS_NEVER) v->since_in += FS_MIN;
    if (desired > v->desired) v->since_out = FS_MIN;
    if (desired < v->desired) v->since_in = FS_MIN;
    v->desired = desired;
}

/* One minute at `metric`, in the unit of the policy's values, with `running` tasks at its end. */
static int64_t minute(struct watched *w, double metric, int64_t running, int64_t desired)
{
    const double tasks = (w->mean > 0 ? w->mean : (double)running) * (double)FS_MIN;
    const int64_t healthy = running - w->starting - w->ill;
    struct fs_scaler_view *v = &w->view;
    if (v->now > 0) change(v, desired);
    v->now += FS_MIN;
    v->running = running;
    v->up = running - w->starting;
    v->desired = desired;
    v->running_time += (__int128)tasks;
    v->healthy_time += (__int128)healthy * FS_MIN;
    v->cpu_time += (__int128)(tasks * (double)v->cpu * metric / 100);
    v->memory_time += (__int128)(tasks * (double)v->memory * metric / 100);
    v->requests += (int64_t)(metric * (double)healthy);
    v->backlog = (int64_t)(metric * (double)(running ? running : 1));
    struct fs_decision decision = {FS_ABSTAIN, v->minimum, v->maximum};
    assert_true(w->at == v->now);
    w->type->decide(w->state, w->plug.value.params, v, &decision);
    w->at = w->type->next(w->state, w->plug.value.params, v->now);
    return decision.wanted;
}

struct value {
    int times; /* minutes in a row */
    double metric;
    int64_t running, desired;
    int64_t wanted; /* after the last of them; after the others nobody moves */
};

struct story {
    const char *title, *policy;
    struct value value[8];
};

static void tell(const struct story *story, bool quiet_is_keep)
{
    struct watched w = watch(story->policy);
    const int64_t quiet = quiet_is_keep ? FS_KEEP : FS_ABSTAIN;
    for (const struct value *v = story->value; v->times; v++) {
        for (int i = 1; i <= v->times; i++) {
            const int64_t wanted = minute(&w, v->metric, v->running, v->desired);
            if (wanted != (i == v->times ? v->wanted : quiet))
                fail_msg("%s: row %d, minute %d: %lld", story->title, (int)(v - story->value) + 1,
                         i, (long long)wanted);
        }
    }
    unplug(&w.plug);
}

/* Alarms as deployed: a target of 50 % has a high alarm at > 50 in 3 minutes and a low one at < 45
 * in 15, one of 75 % at 75 and 67.5. The number is ceil(running x metric / target). Cooldowns are
 * 300 s. Sources: facts on containers, section 2, examples WE-T1, WE-T3, WE-T5. */
static void target_tracking_does_what_its_alarms_say(void **state)
{
#define K FS_KEEP
    static const struct story stories[] = {
        {"three values above 50 % of CPU",
         "target_tracking: {target: 50%}",
         {{2, 60, 10, 10, K}, {1, 60, 10, 10, 12}}},
        {"a value at the target is not above it",
         "target_tracking: {target: 50%}",
         {{30, 50, 10, 10, K}}},
        {"one value below it starts the count anew",
         "target_tracking: {target: 50%}",
         {{2, 60, 10, 10, K}, {1, 49, 10, 10, K}, {2, 60, 10, 10, K}, {1, 60, 10, 10, 12}}},
        {"46 % is not below 45 %", "target_tracking: {target: 50%}", {{40, 46, 10, 10, K}}},
        {"fifteen values below 45 %: 10 x 44 / 50 = 8.8",
         "target_tracking: {target: 50%}",
         {{14, 44, 10, 10, K}, {1, 44, 10, 10, 9}}},
        {"memory: 75 and 67.5",
         "target_tracking: {metric: memory, target: 75%}",
         {{3, 76, 10, 10, 11}, {30, 68, 11, 11, K}, {15, 67, 11, 11, 10}}},
        {"100 % against a target of 90 % grows by a ninth",
         "target_tracking: {target: 90%}",
         {{3, 100, 10, 10, 12}}},
        {"100 % against a target of 50 % no more than doubles",
         "target_tracking: {target: 50%}",
         {{3, 100, 10, 10, 20}}},
        {"requests have no bound: 3,000 instead of 600 a minute",
         "target_tracking: {metric: requests_per_target, requests: 600/min}",
         {{3, 3000, 10, 10, 50}}},
        {"what starts already is not asked for again, what is missing beyond it is",
         "target_tracking: {metric: requests_per_target, requests: 600/min}",
         {{3, 1200, 10, 10, 20}, {1, 1200, 10, 20, K}, {1, 1500, 10, 20, 25}}},
        {"what another policy hinders is said again",
         "target_tracking: {target: 50%}",
         {{15, 20, 10, 10, 4}, {1, 20, 10, 10, 4}}},
        {"five minutes between two scale-ins",
         "target_tracking: {target: 50%}",
         {{15, 20, 10, 10, 4}, {4, 20, 4, 4, K}, {1, 20, 4, 4, 2}}},
        {"or one, when it is said",
         "target_tracking: {target: 75%, out_cooldown: 60s, "
         "in_cooldown: 60s}",
         {{15, 30, 10, 10, 4}, {1, 30, 4, 4, 2}}},
        {"a scale-out ends that wait, but then its own cooldown counts",
         "target_tracking: {target: 50%, in_cooldown: 1h, in_datapoints: 1}",
         {{1, 20, 10, 10, 4},
          {2, 60, 4, 4, K},
          {1, 60, 4, 4, 5},
          {4, 20, 5, 5, K},
          {1, 20, 5, 5, 2}}},
        {"without tasks there is no value and nothing moves",
         "target_tracking: {target: 50%}",
         {{60, 0, 0, 5, K}}},
    };
#undef K
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        tell(&stories[i], true);
}

/* Requests come to the healthy: 1,200 a minute for each of ten are 600 for each of twenty, also
 * while ten of these start; and 660 are for eleven, also while ten of another version start. */
static void requests_ask_for_what_they_need_while_tasks_start(void **state)
{
    struct watched w =
        watch("target_tracking: {metric: requests_per_target, requests: 600/min, out_datapoints: "
              "1}");
    (void)state;
    assert_true(minute(&w, 1200, 10, 10) == 20);
    w.starting = 10;
    assert_true(minute(&w, 1200, 20, 20) == FS_KEEP && minute(&w, 1200, 20, 20) == FS_KEEP);
    assert_true(minute(&w, 660, 20, 10) == 11);
    unplug(&w.plug);
}

/* 80 % of ten tasks are for 16 at 50 %. In a minute of which ten run for 45 s and sixteen for 15 s,
 * 11.5 in the mean, the same load is 800 / 11.5 % and still for 16; and so it is in one of which
 * twenty run for 30 s and ten, the old ones, no more in the other half: 800 / 15 %. */
static void a_load_asks_for_the_same_tasks_while_some_come_and_go(void **state)
{
    static const char *const metrics[] = {"cpu", "memory"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        char policy[80];
        snprintf(policy, sizeof policy,
                 "target_tracking: {metric: %s, target: 50%%, out_datapoints: 1}", metrics[i]);
        struct watched w = watch(policy);
        assert_true(minute(&w, 80, 10, 10) == 16);
        w.mean = 11.5;
        assert_true(minute(&w, 800 / 11.5, 16, 16) == FS_KEEP);
        w.mean = 15;
        assert_true(minute(&w, 800. / 15, 10, 10) == 16);
        unplug(&w.plug);
    }
}

static void nothing_is_scaled_in_while_a_version_is_replaced(void **state)
{
    struct watched w = watch("target_tracking: {target: 50%}");
    (void)state;
    w.view.deploying = true;
    for (int i = 0; i < 30; i++)
        assert_true(minute(&w, 10, 10, 10) == FS_KEEP);
    w.view.deploying = false;
    assert_true(minute(&w, 10, 10, 10) == 2);
    unplug(&w.plug);
}

static void a_policy_that_only_scales_out_has_no_opinion_otherwise(void **state)
{
    struct watched w = watch("target_tracking: {target: 50%, scale_in: false}");
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_true(minute(&w, 10, 10, 10) == FS_ABSTAIN);
    unplug(&w.plug);
}

/* Values of a period can be had 90 s after its end: that of 0 .. 1 min at 2.5 min, and three of
 * them at 4.5 min. Between, the policy is asked at every full minute only to close its period. */
static void values_come_late(void **state)
{
    struct watched w = watch("target_tracking: {target: 50%, delay: 90s}");
    struct fs_scaler_view *v = &w.view;
    int64_t wanted = FS_KEEP;
    (void)state;
    v->running = v->desired = 10;
    while (wanted == FS_KEEP && w.at < FS_H) {
        const __int128 tasks = 10 * (__int128)(w.at - v->now);
        v->now = w.at;
        v->running_time += tasks;
        v->cpu_time += tasks * v->cpu * 60 / 100;
        struct fs_decision decision = {FS_ABSTAIN, 1, 1000};
        w.type->decide(w.state, w.plug.value.params, v, &decision);
        wanted = decision.wanted;
        w.at = w.type->next(w.state, w.plug.value.params, v->now);
    }
    assert_int_equal(wanted, 12);
    assert_true(v->now == 270 * FS_S);
    unplug(&w.plug);
}

/* As late as can be said, 64 s of periods of 1 s: CPU is at 90 % from 200 s on, and the first value
 * of it is that of (200, 201], to be had at 265 s. */
static void values_that_come_late_keep_their_order(void **state)
{
    struct watched w =
        watch("target_tracking: {target: 50%, period: 1s, delay: 64s, out_datapoints: 1}");
    struct fs_scaler_view *v = &w.view;
    (void)state;
    v->running = v->desired = 10;
    while (w.at <= 265 * FS_S) {
        const __int128 tasks = 10 * (__int128)(w.at - v->now);
        struct fs_decision decision = {FS_ABSTAIN, 1, 1000};
        v->now = w.at;
        v->running_time += tasks;
        v->cpu_time += v->now > 200 * FS_S ? tasks * v->cpu * 90 / 100 : 0;
        w.type->decide(w.state, w.plug.value.params, v, &decision);
        assert_true((decision.wanted == 18) == (v->now == 265 * FS_S));
        w.at = w.type->next(w.state, w.plug.value.params, v->now);
    }
    unplug(&w.plug);
}

/* The documentation's group: threshold 50, out by 10 % from 60 and by 30 % from 70 on, in by 10 %
 * from 40 and by 30 % from 30 down (examples WE-S1 to WE-S9 and the rounding rules). */
#define OUT(more)                                                                                  \
    "step: {scale: out, threshold: 50, steps: [{from: 0, to: 10, change: 0}, {from: 10, to: 20, "  \
    "change: 10}, {from: 20, change: 30}]" more "}"
#define IN(more)                                                                                   \
    "step: {scale: in, threshold: 50, steps: [{from: 0, to: 10, change: 0}, {from: 10, to: 20, "   \
    "change: 10}, {from: 20, change: 30}]" more "}"

static void steps_are_taken_and_rounded_as_documented(void **state)
{
#define A FS_ABSTAIN
#define K FS_KEEP
    static const struct story stories[] = {
        {"10 at 60: 10 % more", OUT(""), {{1, 60, 10, 10, 11}}},
        {"11 at 70: 30 % more, 3.3 -> 3", OUT(""), {{1, 70, 11, 11, 14}}},
        {"14 at 40: 10 % fewer, 1.4 -> 1", IN(""), {{1, 40, 14, 14, 13}}},
        {"13 at 30: 30 % fewer, 3.9 -> 3", IN(""), {{1, 30, 13, 13, 10}}},
        {"below the threshold nothing is added", OUT(""), {{5, 49, 10, 10, A}}},
        {"59: within the first step, no change", OUT(""), {{1, 59, 10, 10, K}}},
        {"41: within the first step, no change", IN(""), {{1, 41, 10, 10, A}}},
        {"10 run, 11 wanted, one starts; at 62 it stays at 11", OUT(""), {{1, 62, 10, 11, K}}},
        {"at 72 the rest is added: 13", OUT(""), {{1, 72, 10, 11, 13}}},
        {"12.7 -> 12",
         "step: {scale: out, threshold: 50, steps: [{change: 12.7}]}",
         {{1, 60, 100, 100, 112}}},
        {"0.67 -> 1",
         "step: {scale: out, threshold: 50, steps: [{change: 67}]}",
         {{1, 60, 1, 1, 2}}},
        {"-0.58 -> -1",
         "step: {scale: in, threshold: 50, steps: [{change: 58}]}",
         {{1, 40, 1, 1, 0}}},
        {"-6.67 -> -6",
         "step: {scale: in, threshold: 50, steps: [{change: 6.67}]}",
         {{1, 40, 100, 100, 94}}},
        {"25 % of 4, but at least 2",
         "step: {scale: out, threshold: 50, minimum_change: 2, steps: [{change: 25}]}",
         {{1, 60, 4, 4, 6}}},
        {"by tasks",
         "step: {scale: out, threshold: 50, adjustment: tasks, steps: [{change: 5}]}",
         {{1, 60, 4, 4, 9}}},
        {"to a number",
         "step: {scale: in, threshold: 50, adjustment: exact, steps: [{change: 2}]}",
         {{1, 40, 9, 9, 2}}},
        {"two values in a row",
         OUT(", datapoints: 2"),
         {{1, 60, 10, 10, A}, {1, 40, 10, 10, A}, {1, 60, 10, 10, A}, {1, 60, 10, 10, 11}}},
        {"what another policy hinders is said again",
         IN(""),
         {{1, 30, 10, 10, 7}, {1, 30, 10, 10, 7}}},
        {"five minutes between two scale-ins",
         IN(""),
         {{1, 30, 10, 10, 7}, {4, 30, 7, 7, A}, {1, 30, 7, 7, 5}}},
    };
#undef A
#undef K
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        tell(&stories[i], false);
}

/* "10 % of ten" also while ten others start, of the same version or of the next. */
static void steps_add_to_the_tasks_that_have_come_up(void **state)
{
    struct watched w = watch(OUT(""));
    (void)state;
    w.starting = 10;
    assert_true(minute(&w, 60, 20, 10) == 11);
    unplug(&w.plug);
    w = watch("step: {metric: requests_per_target, scale: out, threshold: 600, steps: [{change: "
              "100}]}");
    assert_true(minute(&w, 1200, 10, 10) == 20);
    w.starting = 10;
    assert_true(minute(&w, 1200, 20, 20) == FS_KEEP);
    unplug(&w.plug);
}

/* What is unhealthy has come up, too: 10 % of twelve are one more, whether one is ill or all are.
 */
static void steps_count_what_is_unhealthy(void **state)
{
    static const char *const policies[] = {
        OUT(""), "step: {scale: out, threshold: 50, adjustment: tasks, steps: [{change: 1}]}"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct watched w = watch(policies[i / 2]);
        w.ill = i % 2 ? 12 : 1;
        assert_true(minute(&w, 60, 12, 12) == 13);
        unplug(&w.plug);
    }
}

/* "Scaling based on Amazon SQS": 1,500 messages and 10 running are 150 each; 10 s of acceptable
 * latency at 0.1 s each are 100: "scale out by five". From none, 250 messages are for three. 95
 * each are no less than 90 % of the target. */
static void messages_per_task_are_held_as_in_the_queues_example(void **state)
{
    struct watched w = watch("target_tracking: {metric: backlog_per_task, messages: 100}");
    (void)state;
    assert_true(minute(&w, 150, 10, 10) == FS_KEEP && minute(&w, 150, 10, 10) == FS_KEEP);
    assert_true(minute(&w, 150, 10, 10) == 15);
    assert_true(minute(&w, 95, 15, 15) == FS_KEEP);
    unplug(&w.plug);
    w = watch("target_tracking: {metric: backlog_per_task, messages: 100, out_datapoints: 1}");
    assert_true(minute(&w, 250, 0, 0) == 3);
    unplug(&w.plug);
}

/* A minute without a value is none over the target, and none under it. */
static void without_metrics_nothing_is_scaled(void **state)
{
    static const char *const policies[] = {
        "target_tracking: {target: 50%}",
        "step: {scale: out, threshold: 50, datapoints: 3, steps: [{change: 50}]}",
        "step: {scale: in, threshold: 95, datapoints: 3, steps: [{change: 50}]}"};
    static const int64_t wanted[] = {18, 15, 5};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct watched w = watch(policies[i]);
        minute(&w, 90, 10, 10);
        minute(&w, 90, 10, 10);
        w.view.blind = true;
        for (int k = 0; k < 20; k++)
            assert_true(minute(&w, 90, 10, 10) < 0);
        w.view.blind = false;
        assert_true(minute(&w, 90, 10, 10) < 0 && minute(&w, 90, 10, 10) < 0);
        assert_true(minute(&w, 90, 10, 10) == wanted[i]);
        unplug(&w.plug);
    }
}

static void schedules_move_the_limits_at_their_times(void **state)
{
    struct watched w = {.plug = plug("scalers", "scheduled: {at: 8h, every: 1d, minimum: 10, "
                                                "maximum: 50}")};
    (void)state;
    assert_accepted(&w.plug);
    w.type = w.plug.value.plugin->type;
    struct fs_decision decision = {FS_ABSTAIN, 1, 4};
    const void *p = w.plug.value.params;
    assert_true(w.type->next(NULL, p, -1) == 8 * FS_H);
    assert_true(w.type->next(NULL, p, 8 * FS_H) == 32 * FS_H);
    assert_true(w.type->next(NULL, p, 31 * FS_H) == 32 * FS_H);
    w.type->decide(NULL, p, &w.view, &decision);
    assert_true(decision.wanted == FS_ABSTAIN && decision.minimum == 10 && decision.maximum == 50);
    unplug(&w.plug);
}

/* ---- of a service --------------------------------------------------------------------------- */

#define RUN "run: {length: 1h, intervals: 1}\ntraffic:\n"
#define WEB(arrivals, work)                                                                        \
    "{arrivals: {" arrivals "}, client: {retry: none}, path: [web], work: {web: {" work "}}}\n"
#define SERVICE(rest)    "components:\n  web: {mechanism: service, cpu: 1, " rest "\n"
#define SCALED(policies) "scaling: {minimum: 1, maximum: 1000, policies: [" policies "]}}"

/*
 * 1,170 requests a minute for 60 per task are for 19.5, and ten are there: the third value above 60
 * asks for 20 at 180 s. They take 200 s to come up. Meanwhile, and in the minute of which ten run
 * for 20 s and twenty for 40 s (1,170 for 16.7 are 70), the load is the same; 58.5 for each of
 * twenty are no less than 90 % of 60.
 */
static void requests_ask_for_no_more_tasks_while_some_start(void **state)
{
    static const struct step steps[] = {
        {0, 10}, {180 * FS_S, 20}, {240 * FS_S, 20}, {420 * FS_S, 20}, {480 * FS_S, 20}};
    (void)state;
    struct scene s =
        scene_of("%s", RUN "  web: " WEB("constant: {rate: 19.5/s}", "cpu: 1ms")
                           SERVICE("tasks: 10, start: {init: 200s}, " SCALED(
                               "target_tracking: {metric: requests_per_target, requests: "
                               "1/s}")));
    assert_steps(&s, "web", "desired", steps, 5, FS_H);
    drop_scene(&s);
}

/* The first has three values below its threshold at 180 s, the second four at 240 s. */
static void policies_that_both_want_fewer_agree_in_the_end(void **state)
{
    static const struct step steps[] = {{0, 10}, {240 * FS_S, 1}};
    (void)state;
    struct scene s = scene_of(
        "%s", RUN "  web: " WEB("constant: {rate: 1/s}", "cpu: 10ms") SERVICE("tasks: 10, " SCALED(
                  "target_tracking: {target: 50%, in_datapoints: 3}, target_tracking: {metric: "
                  "requests_per_target, requests: 5/s, in_datapoints: 4}")));
    assert_steps(&s, "web", "desired", steps, 2, FS_H);
    drop_scene(&s);
}

/*
 * At 60 s ten tasks have nothing to do, and one policy says eight. At 61 s 100 requests of 2 s each
 * come to these: (60, 70] s 90 % of 8, 13 from 70 s on; (70, 80] s 8 of 13, 62 %, 18 from 80 s on;
 * (80, 90] s less, and the other policy has no opinion, which is no reason to go back to eight. 200
 * s of work in (60, 120] s are 22 % of what ran. The next value below 20 % is that of 180 s, but
 * 300 s lie between two scale-ins: 16 at 360 s.
 */
static void what_was_said_before_does_not_shrink_a_service_by_itself(void **state)
{
    static const struct step steps[] = {
        {0, 10}, {60 * FS_S, 8}, {70 * FS_S, 13}, {80 * FS_S, 18}, {360 * FS_S, 16}};
    (void)state;
    struct scene s =
        scene_of("%s", RUN "  web: " WEB("constant: {rate: 1/s}", "cpu: 10ms") "  hot: " WEB(
                           "burst: {size: 100, at: 61s}", "cpu: 2s")
                           SERVICE("tasks: 10, " SCALED("step: {scale: in, threshold: 20, "
                                                        "adjustment: tasks, steps: [{change: "
                                                        "2}]}, step: {scale: out, threshold: 60, "
                                                        "period: 10s, adjustment: tasks, steps: "
                                                        "[{change: 5}]}")));
    assert_steps(&s, "web", "desired", steps, 5, 400 * FS_S);
    drop_scene(&s);
}

#define TRACKED "target_tracking: {target: 0.5}"

/*
 * Ten tasks with 7.9 vCPUs of load, at a target of 50 %: for 15.8, so the third value asks for 16.
 * They start within the next minute, after 50 s or 58 s of it, and take 200 s to come up. 7.9 of
 * the 11 or 10.2 that run in the mean of that minute are for 15.8 again.
 */
static void cpu_asks_for_no_more_tasks_while_some_start(void **state)
{
    static const struct step steps[] = {
        {0, 10}, {180 * FS_S, 16}, {240 * FS_S, 16}, {300 * FS_S, 16}, {480 * FS_S, 16}};
    static const char *const waits[] = {"0s", "50s", "58s"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct scene s = scene_of(
            RUN "  web: " WEB("constant: {rate: 100/s}", "cpu: 79ms")
                SERVICE("tasks: 10, start: {provisioning: %s, init: 200s}, " SCALED(TRACKED)),
            waits[i]);
        assert_steps(&s, "web", "desired", steps, 5, FS_H);
        drop_scene(&s);
    }
}

/*
 * Ten tasks with 4.9 vCPUs of load, 49 % of them. Ten of a new version take 16 min to come up, and
 * when they do at 1318 s the old ones go within the minute: 20 ran for 58 s of it, ten at its end,
 * and 4.9 is for ten all the time.
 */
static void the_end_of_a_deployment_scales_nothing_in(void **state)
{
    static const struct step steps[] = {
        {0, 10}, {1320 * FS_S, 10}, {1380 * FS_S, 10}, {1500 * FS_S, 10}};
    (void)state;
    struct scene s =
        scene_of("%s", RUN "  web: " WEB("constant: {rate: 100/s}", "cpu: 49ms")
                           SERVICE("tasks: 10, start: {provisioning: 10s, init: 16min}, " SCALED(
                               TRACKED)) "events: [{at: 348s, deploy: web}]\n");
    assert_steps(&s, "web", "desired", steps, 4, FS_H);
    drop_scene(&s);
}

/*
 * The same load. Each task also waits with a request of 3 h, so when a version replaces them at 5
 * min all ten drain for long with nothing to do. The load is that of the ten new ones: 49 %. From
 * 30 min on it is 8.8: three values of 88 % ask for 17.6.
 */
static void tasks_that_drain_dilute_nothing(void **state)
{
    static const struct step steps[] = {{0, 10}, {33 * FS_MIN, 18}};
    (void)state;
    struct scene s = scene_of(
        "%s",
        RUN "  web: " WEB("constant: {rate: 100/s}", "cpu: 49ms") "  more: " WEB(
            "constant: {rate: 80/s, start: 30min}",
            "cpu: 49ms") "  long: " WEB("burst: {size: 10, at: 1s}", "io: 3h")
            SERVICE("tasks: 10, stop: {deregistration_delay: 2h}, " SCALED(TRACKED)) "events: "
                                                                                     "[{at: 5min, "
                                                                                     "deploy: "
                                                                                     "web}]\n");
    assert_steps(&s, "web", "desired", steps, 2, FS_H);
    drop_scene(&s);
}

/*
 * Four tasks have two endless requests each when a version replaces them at 5 min and work on while
 * they drain, for 10 min: what they use is left out like what they have reserved. Before, all CPU
 * is used, and of memory 300 MB of 1000 each. The new ones have 4/s of 100 ms, 10 % of their CPU
 * and 110 MB. Hence from the value of 6 min on there is one task fewer every 5 min, each time that
 * it is below 20 %, until the two that are left use 20 % of CPU, and 120 MB.
 */
static void what_drains_is_neither_used_nor_reserved(void **state)
{
    static const struct step steps[] = {{0, 4}, {6 * FS_MIN, 3}, {11 * FS_MIN, 2}};
    static const char *const metrics[] = {"cpu", "memory"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene s = scene_of(
            RUN "  web: " WEB("constant: {rate: 4/s}",
                              "cpu: 100ms") "  long: " WEB("burst: {size: 8, at: 500ms}", "cpu: 9h")
                SERVICE("memory: 1000MB, memory_idle: 100MB, memory_per_request: 100MB, tasks: 4, "
                        "timeout: 60s, stop: {deregistration_delay: 10min}, " SCALED(
                            "step: {metric: %s, scale: in, threshold: 15, adjustment: tasks, "
                            "steps: [{change: 1}]}")) "events: [{at: 5min, deploy: web}]\n",
            metrics[i]);
        assert_steps(&s, "web", "desired", steps, 3, 15 * FS_MIN);
        drop_scene(&s);
    }
}

/* Eleven vCPUs of load on twelve tasks, 92 %. From 5 s on one of them fails its checks, or all do:
 * the value at 60 s asks for 10 % of twelve more in any case. */
static void an_ill_task_holds_no_step_back(void **state)
{
    static const struct step steps[] = {{0, 12}, {60 * FS_S, 13}};
    static const char *const shares[] = {"1%", "8%", "100%"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct scene s = scene_of(
            RUN "  web: " WEB("constant: {rate: 100/s}", "cpu: 110ms")
                SERVICE("tasks: 12, health: {interval: 10s}, " SCALED(
                    "step: {scale: out, threshold: 70, steps: [{change: 10}]}")) "events: [{at: "
                                                                                 "5s, brownout: "
                                                                                 "{component: web, "
                                                                                 "share: %s, "
                                                                                 "unhealthy: "
                                                                                 "true}}]\n",
            shares[i]);
        assert_steps(&s, "web", "desired", steps, 2, 61 * FS_S);
        drop_scene(&s);
    }
}

static void wrong_policies_are_told_what_would_be_right(void **state)
{
    static const char *const cases[][2] = {
        {"target_tracking: {target: 0%}", "at least 1%"},
        {"target_tracking: {target: 150%}", "150% is never passed; at most 100%"},
        {"target_tracking: {metric: memory}", "at least 1%"},
        {"target_tracking: {target: 50%, requests: 5/s}", "is for requests_per_target"},
        {"target_tracking: {metric: requests_per_target}", "such as 600/min"},
        {"target_tracking: {metric: backlog_per_task}", "such as 100"},
        {"target_tracking: {metric: backlog_per_task, messages: 5, target: 50%}",
         "is for cpu and memory; say 'messages'"},
        {"target_tracking: {metric: backlog_per_task, messages: 5, requests: 5/s}",
         "is for requests_per_target; say 'messages'"},
        {"target_tracking: {metric: requests_per_target, target: 50%, requests: 5/s}",
         "say 'requests'"},
        {"scheduled: {at: 1h, minimum: 5, maximum: 4}", "5 is over the maximum of 4"},
        {"step: {scale: out, threshold: 50, steps: []}", "at least one"},
        {"step: {scale: out, threshold: 50, steps: [{from: 10, to: 5, change: 1}]}",
         "ends at 5, not beyond its start at 10"},
        {"step: {scale: out, threshold: 50, steps: [{change: 1}, {from: 5, change: 2}]}",
         "the one from 5 lies within the one before it"},
        {"target_tracking: {target: 50%, period: 1s, delay: 65s}", "at most 64 periods"},
        {"step: {scale: in, threshold: 5, period: 2s, delay: 129s, steps: [{change: 1}]}",
         "at most 64 periods"},
        {"target_traking: {target: 50%}", "did you mean 'target_tracking'?"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct plugged p = plug("scalers", cases[i][0]);
        const char *found = complaints_of(&p);
        if (!strstr(found, cases[i][1])) fail_msg("%s: %s", cases[i][0], found);
        unplug(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_tracking_does_what_its_alarms_say),
        cmocka_unit_test(requests_ask_for_what_they_need_while_tasks_start),
        cmocka_unit_test(a_load_asks_for_the_same_tasks_while_some_come_and_go),
        cmocka_unit_test(nothing_is_scaled_in_while_a_version_is_replaced),
        cmocka_unit_test(a_policy_that_only_scales_out_has_no_opinion_otherwise),
        cmocka_unit_test(values_come_late),
        cmocka_unit_test(values_that_come_late_keep_their_order),
        cmocka_unit_test(steps_are_taken_and_rounded_as_documented),
        cmocka_unit_test(steps_add_to_the_tasks_that_have_come_up),
        cmocka_unit_test(steps_count_what_is_unhealthy),
        cmocka_unit_test(messages_per_task_are_held_as_in_the_queues_example),
        cmocka_unit_test(without_metrics_nothing_is_scaled),
        cmocka_unit_test(schedules_move_the_limits_at_their_times),
        cmocka_unit_test(requests_ask_for_no_more_tasks_while_some_start),
        cmocka_unit_test(policies_that_both_want_fewer_agree_in_the_end),
        cmocka_unit_test(what_was_said_before_does_not_shrink_a_service_by_itself),
        cmocka_unit_test(cpu_asks_for_no_more_tasks_while_some_start),
        cmocka_unit_test(the_end_of_a_deployment_scales_nothing_in),
        cmocka_unit_test(tasks_that_drain_dilute_nothing),
        cmocka_unit_test(what_drains_is_neither_used_nor_reserved),
        cmocka_unit_test(an_ill_task_holds_no_step_back),
        cmocka_unit_test(wrong_policies_are_told_what_would_be_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
