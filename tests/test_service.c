/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "build.h"

#include "balancer.h"
#include "cpu.h"
#include "registry.h"
#include "rng.h"
#include "world.h"

/* A class that asks `size` times at `at`. */
#define CLASS(name, size, at, client, path, work)                                                  \
    "  " name ":\n    arrivals: {burst: {size: " size ", at: " at "}}\n    client: {" client       \
    "retry: none}\n    path: [" path "]\n    work: {" work "}\n"
#define ONE(name, at, work) CLASS(name, "1", at, "", "tasks", "tasks: {" work "}")

/* Poisson arrivals for a fleet. Twenty runs: with ten, 3.5 standard errors are passed by chance in
 * 7 of 1,000 comparisons, with twenty in 2. */
#define STUDY                                                                                      \
    "run: {length: %gs, replications: 20, seed: %d, intervals: 10}\n"                              \
    "traffic:\n  web:\n    arrivals: {poisson: {rate: %g/s}}\n    client: {retry: none}\n"         \
    "    path: [tasks]\n    work: {tasks: {cpu: {%s}}}\ncomponents:\n"

/* ---- the CPU by itself ---------------------------------------------------------------------- */

static struct fs_cpu_kind kind_of(struct fs_arena *arena, int64_t capacity, int64_t ceiling,
                                  int64_t divisor)
{
    struct fs_cpu_kind kind;
    fs_cpu_kind_new(&kind, capacity, ceiling, divisor, arena);
    return kind;
}

/* n jobs of `work` at once on `capacity` thousandths end at ceil(n work 1000 / capacity). */
static void ends_are_exact_to_the_nanosecond_rounded_up(void **state)
{
    static const struct {
        int64_t capacity, ceiling, divisor;
        int n;
        fs_time work, end;
    } cases[] = {
        {1000, 1000, 1, 1, 7, 7},
        {1000, 1000, 1, 3, 7, 21},
        {300, 1000, 1, 1, 1, 4},
        {300, 1000, 1, 7, 1, 24},
        {2500, 1000, 1, 2, 9, 9},
        {2500, 1000, 1, 4, 9, 15},
        {2500, 3000, 1, 1, 10, 4},
        {1000, 1000, 3, 2, 10, 30},
        {1, 1000, 1, 1000, FS_S, 1000000 * FS_S},
        {1000, 1000, 1, 500, 4000000 * FS_S, 2000000000 * FS_S},
    };
    struct fs_arena *arena = fs_arena_new();
    static struct fs_ending job[1000];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fs_cpu_kind kind =
            kind_of(arena, cases[i].capacity, cases[i].ceiling, cases[i].divisor);
        struct fs_cpu cpu;
        fs_cpu_new(&cpu, NULL, 0);
        for (int k = 0; k < cases[i].n; k++)
            fs_cpu_add(&kind, &cpu, 0, cases[i].work, &job[k]);
        for (int k = 0; k < cases[i].n; k++) {
            assert_int_equal(fs_cpu_next(&kind, &cpu), cases[i].end);
            assert_ptr_equal(fs_cpu_take(&kind, &cpu, cases[i].end), &job[k]);
        }
        assert_true(fs_cpu_next(&kind, &cpu) == FS_NEVER);
    }
    fs_arena_free(arena);
}

/* One job of an hour beside a million short ones that come and go: the sum of all work is what one
 * CPU does, so it ends at the sum of all works, and 2 million changes of speed cost less than 2 us.
 */
static void changes_of_speed_do_not_add_up_to_drift(void **state)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_cpu_kind kind = kind_of(arena, 1000, 1000, 1);
    struct fs_cpu cpu;
    fs_cpu_new(&cpu, NULL, 0);
    struct fs_ending whole, piece;
    fs_time at = 0, sum = FS_H;
    (void)state;
    fs_cpu_add(&kind, &cpu, 0, FS_H, &whole);
    for (int i = 0; i < 1000000; i++) {
        const fs_time work = 1000 + i % 7;
        fs_cpu_add(&kind, &cpu, at, work, &piece);
        sum += work;
        const fs_time end = fs_cpu_next(&kind, &cpu);
        assert_ptr_equal(fs_cpu_take(&kind, &cpu, end), &piece);
        at = end + 12345;
    }
    const fs_time end = fs_cpu_next(&kind, &cpu);
    assert_true(end >= sum && end <= sum + 2000);
    fs_arena_free(arena);
}

/* 53 days of work in ps are 2^62: the count of what was served goes round at every fourth job, and
 * the CPU is never idle. */
static void a_cpu_that_is_never_idle_does_not_overflow(void **state)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_cpu_kind kind = kind_of(arena, 2000, 1000, 1);
    struct fs_cpu cpu;
    fs_cpu_new(&cpu, NULL, 0);
    static struct fs_ending job[20];
    const fs_time work = 50 * FS_DAY;
    (void)state;
    fs_cpu_add(&kind, &cpu, 0, work, &job[0]);
    for (int i = 1; i < 20; i++) {
        const fs_time at = fs_cpu_next(&kind, &cpu);
        assert_true(at == i * work);
        fs_cpu_add(&kind, &cpu, at, work, &job[i]);
        assert_ptr_equal(fs_cpu_take(&kind, &cpu, at), &job[i - 1]);
    }
    fs_arena_free(arena);
}

static int by_value(const void *a, const void *b)
{
    const fs_time x = *(const fs_time *)a, y = *(const fs_time *)b;
    return (x > y) - (x < y);
}

/* Egalitarian sharing of one CPU among 1,000 jobs that begin together: with works sorted, the k-th
 * ends at sum_{i<k} w_i + (n - k) w_k. Each end may be seen up to 1 ns late. */
static void many_jobs_end_in_the_order_of_their_work(void **state)
{
    enum { N = 1000 };
    static struct fs_ending job[N];
    static fs_time work[N];
    struct fs_arena *arena = fs_arena_new();
    struct fs_cpu_kind kind = kind_of(arena, 1000, 1000, 1);
    struct fs_cpu cpu;
    fs_cpu_new(&cpu, NULL, 0);
    struct fs_stream stream;
    fs_time before = 0;
    (void)state;
    fs_stream_new(&stream, 4);
    for (int i = 0; i < N; i++) {
        work[i] = (fs_time)fs_uniform_int(&stream, 1000000);
        fs_cpu_add(&kind, &cpu, 0, work[i], &job[i]);
    }
    qsort(work, N, sizeof work[0], by_value);
    for (int i = 0; i < N; i++) {
        const fs_time end = fs_cpu_next(&kind, &cpu), theory = before + (N - i) * work[i];
        assert_true(end >= theory && end <= theory + 2);
        fs_cpu_take(&kind, &cpu, end);
        before += work[i];
    }
    fs_arena_free(arena);
}

/* ---- timelines by hand ---------------------------------------------------------------------- */

/* a alone from 0 to 0.5, both at half speed until a's 1 s is done at 1.5, b alone until 2. */
static void two_requests_share_one_vcpu(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s")
                                  ONE("b", "500ms", "cpu: 1s")
                                      ONE("c", "5s", "cpu: 1s") "components:\n  tasks: {mechanism: "
                                                                "service, tasks: 1, cpu: 1}\n");
    assert_ns(&b, "traffic.a.latency.max", 1500 * FS_MS);
    assert_ns(&b, "traffic.b.latency.max", 1500 * FS_MS);
    assert_ns(&b, "traffic.c.latency.max", 1000 * FS_MS);
    assert_ns(&b, "components.tasks.service_time.max", 1500 * FS_MS);
    assert_true(fabs(number(&b, "components.tasks.busy_vcpu.mean") - 300) < 1e-9);
    assert_true(number(&b, "components.tasks.busy_vcpu.peak") == 1000);
    drop(&b);
}

/* 2 vCPU: one request alone takes 1 s with one thread, 0.5 s with two; three at once 1.5 s. */
static void a_request_uses_no_more_than_its_threads(void **state)
{
    static const struct {
        int threads;
        fs_time alone;
    } cases[] = {{1, 1000 * FS_MS}, {2, 500 * FS_MS}, {8, 500 * FS_MS}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text("run: {length: 10s}\ntraffic:\n" ONE("alone", "0s", "cpu: 1s")
                                      CLASS("three", "3", "5s", "", "tasks",
                                            "tasks: {cpu: 1s}") "components:\n  tasks: {mechanism: "
                                                                "service, tasks: 1, cpu: 2, "
                                                                "threads: %d}\n",
                                  cases[i].threads);
        assert_ns(&b, "traffic.alone.latency.max", (double)cases[i].alone);
        assert_ns(&b, "traffic.three.latency.mean", 1500 * FS_MS);
        drop(&b);
    }
}

/* CPU, then I/O that nobody shares: both end their second of CPU at 2 s, then wait 3 s. */
static void waiting_takes_no_cpu_but_holds_the_place(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\ntraffic:\n" CLASS("two", "2", "0s", "", "tasks",
                                               "tasks: {cpu: 1s, io: 3s}")
            ONE("third", "1s", "io: 1s") "components:\n  tasks: {mechanism: service, tasks: 1, "
                                         "cpu: 1, max_in_flight: 2, backlog: 1}\n");
    assert_ns(&b, "traffic.two.latency.max", 5 * FS_S);
    assert_ns(&b, "traffic.third.latency.max", 5 * FS_S);
    assert_ns(&b, "components.tasks.wait.max", 4 * FS_S);
    assert_true(fabs(number(&b, "components.tasks.busy_vcpu.mean") - 100) < 1e-9);
    assert_true(fabs(number(&b, "components.tasks.in_flight.mean") - 11.0 / 20) < 1e-9);
    assert_true(fabs(number(&b, "components.tasks.waiting.mean") - 4.0 / 20) < 1e-9);
    drop(&b);
}

/* Two slots of half a vCPU: 1 s of work takes 2 s whether or not the other slot works. Of five at
 * once two are begun, two wait for them, one is dropped. */
static void a_slot_owns_its_share_and_a_full_backlog_refuses(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 10s}\ntraffic:\n" CLASS("five", "5", "0s", "", "tasks", "tasks: {cpu: 1s}")
            ONE("alone", "5s", "cpu: 1s") "components:\n  tasks: {mechanism: service, tasks: 1, "
                                          "cpu: 1, sharing: slots, max_in_flight: 2, backlog: "
                                          "2}\n");
    assert_ns(&b, "traffic.five.latency.max", 4 * FS_S);
    assert_ns(&b, "traffic.five.latency.mean", 3 * FS_S);
    assert_ns(&b, "traffic.alone.latency.max", 2 * FS_S);
    assert_int_equal(number(&b, "traffic.five.dropped"), 1);
    assert_int_equal(number(&b, "components.tasks.dropped"), 1);
    assert_int_equal(number(&b, "components.tasks.completed"), 5);
    assert_int_equal(number(&b, "components.tasks.waiting.peak"), 2);
    assert_true(fabs(number(&b, "components.tasks.busy_vcpu.mean") - 500) < 1e-9);
    drop(&b);
}

/* More slots than the CPU could serve at full speed, fewer threads than a slot's share. */
static void a_slot_is_bounded_by_the_threads(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\ntraffic:\n" ONE(
        "a", "0s", "cpu: 1s") "componen"
                              "ts:\n  tasks: {mechanism: service, tasks: 1, cpu: 8, sharing: "
                              "slots, max_in_flight: 2}\n");
    assert_ns(&b, "traffic.a.latency.max", FS_S);
    drop(&b);
}

/* Two tasks of one place. Task 0 works 10 s; the third request goes to it in turn and waits 8 s
 * (10 + 1 - 3), or to the idle one. */
static void round_robin_is_blind_and_least_outstanding_is_not(void **state)
{
    static const struct {
        const char *balancing;
        fs_time third;
    } cases[] = {
        {"round_robin", 8 * FS_S}, {"least_outstanding_requests", FS_S}, {"power_of_two", FS_S}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 20s}\ntraffic:\n" ONE("long", "0s", "cpu: 10s")
                ONE("short", "1s", "cpu: 1s")
                    ONE("third", "3s", "cpu: 1s") "components:\n  tasks: {mechanism: service, "
                                                  "tasks: 2, cpu: 1, max_in_flight: 1, backlog: 5, "
                                                  "balancing: %s}\n",
            cases[i].balancing);
        assert_ns(&b, "traffic.third.latency.max", (double)cases[i].third);
        drop(&b);
    }
}

/* The balancer does not see the bound: every other of ten meets the full task. */
static void a_full_task_refuses_although_another_is_idle(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 1min}\ntraffic:\n" ONE(
        "long", "0s", "cpu: 50s") "  short: {arrivals: {constant: {rate: 1/s, start: 1s}}, client: "
                                  "{retry: none}, "
                                  "path: [tasks], work: {tasks: {cpu: 100ms}}}\n"
                                  "components:\n  tasks: {mechanism: service, tasks: 2, cpu: 1, "
                                  "max_in_flight: 1}\n");
    /* At 1, 2, ... 60 s; the even ones find task 0, which is busy until 50 s. */
    assert_int_equal(number(&b, "traffic.short.dropped"), 24);
    drop(&b);
}

#define FRONT(more) "  front: {mechanism: service, tasks: 1, cpu: 1, backlog: 1" more "}\n"
#define BACK        "  back: {mechanism: service, tasks: 1, cpu: 1, max_in_flight: 1, backlog: 1}\n"
#define BOTH        "front: {cpu: 1s}, back: {cpu: 2s}"

/* One place in front: a is there 1 s and behind 2 s, then b comes in. With a time limit that is not
 * reached the call is a request of its own and all is the same. */
static void a_request_holds_its_place_while_the_next_hop_works(void **state)
{
    static const char *const limits[] = {"", ", timeout: 1min"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 20s}\ntraffic:\n" CLASS("a", "1", "0s", "", "front, back", BOTH)
                         CLASS("b", "1", "0s", "", "front, back",
                               BOTH) "components:\n" FRONT(", max_in_flight: 1%s") BACK,
                     limits[i]);
        assert_ns(&b, "traffic.a.latency.max", 3 * FS_S);
        assert_ns(&b, "traffic.b.latency.max", 6 * FS_S);
        assert_true(fabs(p99_parts(&b, "b")[FS_PART_QUEUE] - 3e9) < 1);
        assert_true(fabs(p99_parts(&b, "b")[FS_PART_DOWNSTREAM] - 2e9) < 1);
        assert_true(fabs(p99_parts(&b, "b")[FS_LATENCY_PARTS] - 1e9) < 1);
        assert_int_equal(number(&b, "components.front.in_flight.peak"), 1);
        drop(&b);
    }
}

/* Two places in front, so both have had their CPU at 2 s, of which 1 s was waiting for it; b waits
 * 2 s behind, then takes 2 s: the time in the backlog behind is queueing, the rest of the call is
 * downstream's. */
static void a_backlog_behind_is_no_downstream_time(void **state)
{
    static const char *const limits[] = {"", ", timeout: 1min"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b =
            run_text("run: {length: 20s}\ntraffic:\n" CLASS("a", "1", "0s", "", "front, back", BOTH)
                         CLASS("b", "1", "0s", "", "front, back",
                               BOTH) "components:\n" FRONT(", max_in_flight: 2%s") BACK,
                     limits[i]);
        assert_ns(&b, "traffic.b.latency.max", 6 * FS_S);
        assert_true(fabs(p99_parts(&b, "b")[FS_PART_QUEUE] - 3e9) < 1);
        assert_true(fabs(p99_parts(&b, "b")[FS_PART_DOWNSTREAM] - 2e9) < 1);
        assert_true(fabs(p99_parts(&b, "b")[FS_LATENCY_PARTS] - 1e9) < 1);
        drop(&b);
    }
}

/* Four threads of which one vCPU lets one run: a request that is alone waits for nobody. */
static void a_request_that_is_alone_does_not_queue(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\ntraffic:\n" ONE(
        "a", "0s", "cpu: 1s") "components:\n  tasks: {mechanism: service, tasks: 1, cpu: 1, "
                              "threads: 4}\n");
    assert_ns(&b, "traffic.a.latency.max", FS_S);
    assert_true(fabs(p99_parts(&b, "a")[FS_PART_QUEUE]) < 1);
    drop(&b);
}

/* Behind there is one place and no backlog: the second call is dropped there, a failure here. */
static void a_call_that_is_refused_fails_the_request(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\ntraffic:\n" CLASS(
        "two", "2", "0s", "", "front, back",
        BOTH) "components:\n" FRONT(", max_in_flight: 2") "  back: {mechanism: service, tasks: 1, "
                                                          "cpu: 1, "
                                                          "max_in_flight: 1}\n");
    assert_int_equal(number(&b, "traffic.two.completed"), 1);
    assert_int_equal(number(&b, "traffic.two.failed"), 1);
    assert_int_equal(number(&b, "components.front.failed"), 1);
    assert_int_equal(number(&b, "components.back.dropped"), 1);
    drop(&b);
}

/* 3 s of work against 1 s of patience of the balancer: all three are told so 1 s after they came,
 * whether they are worked on or wait, and the task works for 9 s on nobody's behalf. */
static void past_the_time_limit_the_task_works_on_for_nobody(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\ntraffic:\n" CLASS("three", "3", "0s", "", "tasks", "tasks: {cpu: 3s}")
            ONE("late", "5s", "cpu: 500ms") "components:\n  tasks: {mechanism: service, tasks: 1, "
                                            "cpu: 1, max_in_flight: 1, backlog: 5, timeout: 1s}\n");
    assert_int_equal(number(&b, "traffic.three.timed_out"), 3);
    assert_int_equal(number(&b, "components.tasks.timed_out"),
                     4); /* the late one waits until 9 s */
    assert_int_equal(number(&b, "components.tasks.wasted_executions"), 4);
    assert_int_equal(number(&b, "components.tasks.completed"), 0);
    assert_true(fabs(number(&b, "traffic.three.in_flight.mean") - 3.0 / 20) < 1e-9);
    assert_true(fabs(number(&b, "components.tasks.busy_vcpu.mean") - 9500.0 / 20) < 1e-9);
    assert_ns(&b, "components.tasks.wait.max", 6 * FS_S);
    drop(&b);
}

/* The limit passes in front at 0.5 s; the job calls the next hop all the same, at 1 s, and the
 * place is free at 3 s. */
static void an_orphan_still_calls_the_next_hop(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\ntraffic:\n" CLASS(
        "a", "1", "0s", "", "front, back",
        BOTH) "components:\n" FRONT(", max_in_flight: 1, timeout: 500ms") BACK);
    assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
    assert_int_equal(number(&b, "components.back.completed"), 1);
    assert_int_equal(number(&b, "components.front.wasted_executions"), 1);
    assert_ns(&b, "components.front.service_time.max", 3 * FS_S);
    drop(&b);
}

/* The limit passes while the call is out. */
static void an_orphan_waits_for_its_call(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 20s}\ntraffic:\n" CLASS(
        "a", "1", "0s", "", "front, back",
        BOTH) "components:\n" FRONT(", max_in_flight: 1, timeout: 2s") BACK);
    assert_int_equal(number(&b, "traffic.a.timed_out"), 1);
    assert_int_equal(number(&b, "components.back.wasted_executions"), 0);
    assert_int_equal(number(&b, "components.front.wasted_executions"), 1);
    assert_ns(&b, "components.front.service_time.max", 3 * FS_S);
    drop(&b);
}

/* Nobody tells the task: it works on requests whose callers left while they waited. */
static void callers_that_gave_up_are_worked_for(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 20s}\ntraffic:\n" CLASS("three", "3", "0s", "timeout: 1s, ", "tasks",
                                               "tasks: {cpu: 2s}")
            ONE("after", "3s", "cpu: 1s") "components:\n  tasks: {mechanism: service, tasks: 1, "
                                          "cpu: 1, max_in_flight: 1, backlog: 5}\n");
    assert_int_equal(number(&b, "traffic.three.timed_out"), 3);
    assert_int_equal(number(&b, "traffic.three.wasted_executions"), 3);
    assert_int_equal(number(&b, "components.tasks.wasted_executions"), 3);
    assert_int_equal(number(&b, "components.tasks.completed"), 4);
    assert_ns(&b, "traffic.after.latency.max", 4 * FS_S);
    drop(&b);
}

/* Arrivals at 1, 2, ... ms; what ends in [1 s, 2 s) fails: 1,000 requests. With a share of a half,
 * binomial: 500 +- 3.5 x 15.8. */
static void errors_last_as_long_as_they_were_said_to(void **state)
{
    static const struct {
        const char *share;
        double failed, bound;
    } cases[] = {{"100%", 1000, 1}, {"50%", 500, 55.4}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: 5s}\ntraffic:\n  web: {arrivals: {constant: {rate: 1000/s}}, client: "
            "{retry: none}, path: [tasks], work: {tasks: {cpu: 100us}}}\n"
            "components:\n  tasks: {mechanism: service, tasks: 2, cpu: 1}\n"
            "events: [{at: 1s, errors: {component: tasks, probability: %s, for: 1s}}]\n",
            cases[i].share);
        assert_true(fabs(number(&b, "traffic.web.failed") - cases[i].failed) <= cases[i].bound);
        assert_true(number(&b, "components.tasks.failed") == number(&b, "traffic.web.failed"));
        drop(&b);
    }
}

/* A backlog of nothing to do empties in one instant, however long it is. */
static void a_long_backlog_of_empty_requests_needs_no_stack(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 20s}\ntraffic:\n" ONE("first", "0s", "cpu: 1s")
                     CLASS("empty", "300000", "500ms", "", "tasks",
                           "tasks: {cpu: 0s}") "components:\n  "
                                               "tasks: {mechanism: service, tasks: 1, cpu: 1, "
                                               "max_in_flight: 1, backlog: 300000}\n");
    assert_int_equal(number(&b, "traffic.empty.completed"), 300000);
    assert_ns(&b, "traffic.empty.latency.max", 500 * FS_MS);
    drop(&b);
}

/* Overload with everything on: what happens, and in which order, does not depend on how the engine
 * keeps its events, and the laws (held at the end of each run) survive. */
static void the_order_of_events_is_the_engines_promise(void **state)
{
    static const char *const balancings[] = {"round_robin", "random", "power_of_two",
                                             "least_outstanding_requests"};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: 30s, seed: 3}\n"
            "traffic:\n  web:\n    arrivals: {poisson: {rate: 1000/s}}\n"
            "    client: {timeout: 150ms, retry: {fixed: {attempts: 2, wait: 10ms}}}\n"
            "    path: [front, back]\n    work:\n"
            "      front: {cpu: {exponential: {mean: 9ms}}, io: {exponential: {mean: 20ms}}}\n"
            "      back: {cpu: {exponential: {mean: 2ms}}}\n"
            "components:\n"
            "  front: {mechanism: service, tasks: 10, cpu: 1, max_in_flight: 8, backlog: 8, "
            "timeout: 100ms, balancing: %s}\n"
            "  back: {mechanism: service, tasks: 3, cpu: 1, sharing: slots, max_in_flight: 4, "
            "backlog: 2}\n",
            balancings[i]);
        const struct fs_variant_spec *spec = &b.scenario->variant[0].spec;
        const char *const counters[] = {"completed", "dropped", "timed_out", "wasted_executions"};
        uint64_t fingerprint[2];
        for (int k = 0; k < 2; k++) {
            const struct fs_world_options options = {
                .sim = {.one_heap = k == 1, .fingerprint = true}};
            struct fs_world *world = fs_world_new(spec, 3, 0, &options);
            struct fs_record *record = fs_world_run(world);
            for (int c = 0; c < 4; c++)
                assert_true(fs_record_series(record, "service", "front", counters[c])->total > 100);
            fingerprint[k] = record->fingerprint;
            fs_record_free(record);
            fs_world_free(world);
        }
        assert_true(fingerprint[0] != 0 && fingerprint[0] == fingerprint[1]);
        drop(&b);
    }
}

/* ---- the bill ------------------------------------------------------------------------------- */

/* 10 tasks of 0.5 vCPU and 2 GB for 30 min, 3 instances: vCPU h = 2.5, GB h = 10, h = 1.5. */
static void what_is_there_is_charged_to_the_millisecond(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 30min, intervals: 7}\ntraffic:\n" ONE(
        "a", "0s", "cpu: 1s") "components:\n  tasks: {mechanism: service, tasks: 10, cpu: 500m, "
                              "memory: 2GB, instances: 3, minimum_charge: 1min}\n");
    assert_true(number(&b, "components.tasks.vcpu_time") == 2.5 * 3600000);
    assert_true(number(&b, "components.tasks.memory_time") == 10.0 * 1024 * 3600);
    assert_true(number(&b, "components.tasks.uptime") == 0.5 * 3600000);
    drop(&b);
}

static void a_short_run_is_charged_the_minimum(void **state)
{
    (void)state;
    struct built b = run_text("run: {length: 10s}\ntraffic:\n" ONE(
        "a", "0s", "cpu: 1s") "components:\n  tasks: {mechanism: service, tasks: 4, cpu: 250m, "
                              "memory: 512MB, minimum_charge: 1min}\n");
    assert_true(number(&b, "components.tasks.vcpu_time") == 60000);
    assert_true(number(&b, "components.tasks.memory_time") == 4 * 512 * 60);
    assert_true(number(&b, "components.tasks.uptime") == 10000);
    drop(&b);
}

/* The worked examples of https://aws.amazon.com/fargate/pricing/ (us-east-1, x86), each line in
 * whole cents for 30 days: 5 tasks of 1 vCPU and 2 GB for 10 min a day, 10 pods of 0.25 vCPU and 1
 * GB for an hour a day. */
static void the_vendors_worked_examples_are_met_to_the_cent(void **state)
{
    static const struct {
        const char *length, *tasks;
        double vcpu, memory;
    } cases[] = {{"10min", "tasks: 5, cpu: 1, memory: 2GB", 1.01, 0.22},
                 {"1h", "tasks: 10, cpu: 0.25, memory: 1GB", 3.04, 1.33}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(
            "run: {length: %s}\naccount: {platform: aws, region: us-east-1, prices: 2026-11}\n"
            "traffic:\n" ONE("a", "0s", "cpu: 1s") "components:\n  tasks: {platform: "
                                                   "aws-fargate, %s}\n",
            cases[i].length, cases[i].tasks);
        assert_true(fabs(30 * number(&b, "cost.tasks.vcpu.usd") - cases[i].vcpu) < 0.005);
        assert_true(fabs(30 * number(&b, "cost.tasks.memory.usd") - cases[i].memory) < 0.005);
        drop(&b);
    }
}

static const char *refusal_of(struct fs_arena *arena, const char *task)
{
    static const char head[] =
        "fleetsim: 1\nrun: {length: 10s}\ntraffic:\n" ONE("a", "0s", "cpu: 1s");
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure = {""};
    struct fs_scenario *scenario;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const char *whole =
        fs_arena_format(arena, "%scomponents:\n  tasks: {mechanism: service, %s}\n", head, task);
    fs_scenario_parse(arena, "test", whole, NULL, 0, NULL, &scenario, report, &failure);
    fs_report_print(report, out, false);
    fclose(out);
    const char *copy = fs_arena_text(arena, text);
    free(text);
    return copy;
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *task, *complaint;
    } cases[] = {
        {"tasks: 8, cpu: 500m, instances: 2, instance_cpu: 2", ""},
        {"tasks: 9, cpu: 500m, instances: 2, instance_cpu: 2", "2 of them hold 4 tasks each"},
        {"tasks: 6, cpu: 100m, memory: 1GB, instances: 2, instance_cpu: 2, instance_memory: 4GB",
         ""},
        {"tasks: 9, cpu: 100m, memory: 1GB, instances: 2, instance_cpu: 2, instance_memory: 4GB",
         "2 of them hold 4 tasks each"},
        {"tasks: 1, cpu: 0.0005", "cpu"},
        {"tasks: 1, cpu: 0.3333", "thousandths"},
        {"tasks: 1, cpu: 1, sharing: slots", "max_in_flight"},
        {"tasks: 1, cpu: 1, backlog: 5", "max_in_flight"},
    };
    struct fs_arena *arena = fs_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = refusal_of(arena, cases[i].task);
        if (cases[i].complaint[0] ? !strstr(found, cases[i].complaint) : found[0] != '\0')
            fail_msg("%s: %s", cases[i].task, found);
    }
    fs_arena_free(arena);
}

/* ---- balancers by themselves ---------------------------------------------------------------- */

static const struct fs_balancer_type *balancer(const char *name)
{
    return fs_plugin_find(fs_registry_find("balancers"), name)->type;
}

/* The definition: the first, from `after` on in turn, of those with the least. */
static int first_of_least(const int32_t *outstanding, int n, int after)
{
    int best = -1;
    for (int k = 0; k < n; k++) {
        const int i = (after + k) % n;
        if (best < 0 || outstanding[i] < outstanding[best]) best = i;
    }
    return best;
}

struct least {
    const struct fs_balancer_type *type;
    void *self;
    int32_t outstanding[9000];
    struct fs_targets targets;
    int after; /* where the search begins */
};

static void least_joins(struct least *l, int32_t has)
{
    l->outstanding[l->targets.n++] = has;
    l->type->joined(l->self, &l->targets);
}

static void least_leaves(struct least *l, int target)
{
    const int32_t had = l->outstanding[target];
    l->outstanding[target] = l->outstanding[--l->targets.n];
    l->type->left(l->self, &l->targets, target, had);
    if (l->after >= l->targets.n) l->after = 0;
}

static void least_is_given(struct least *l, struct fs_stream *stream)
{
    const int target = l->type->pick(l->self, &l->targets, stream);
    assert_int_equal(target, first_of_least(l->outstanding, l->targets.n, l->after));
    l->after = (target + 1) % l->targets.n;
    l->type->changed(l->self, &l->targets, target, l->outstanding[target]++);
}

/* Requests come and go at random, up to 20 a task in waves, so that levels fill and empty; now and
 * then a target leaves or one joins, with requests or without. */
static void the_least_outstanding_is_what_a_search_would_find(void **state)
{
    static const int sizes[] = {1, 2, 63, 64, 65, 1000, 4096, 4097, 8990};
    static struct least l;
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, 9);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const int steps = 200000 / (sizes[s] / 50 + 1);
        struct fs_arena *arena = fs_arena_new();
        l = (struct least){.type = balancer("least_outstanding_requests")};
        l.targets.outstanding = l.outstanding;
        l.self = fs_arena_alloc(arena, l.type->size);
        l.type->start(l.self, arena);
        for (int i = 0; i < sizes[s]; i++)
            least_joins(&l, 0);
        for (int i = 0; i < steps; i++) {
            const bool rising = i % (steps / 4) < steps / 8;
            const int target = (int)fs_uniform_int(&stream, (uint64_t)l.targets.n);
            const uint64_t luck = fs_uniform_int(&stream, 100);
            if (luck == 0 && l.targets.n > 1)
                least_leaves(&l, target);
            else if (luck == 1 && l.targets.n < sizes[s] + 10)
                least_joins(&l, (int32_t)fs_uniform_int(&stream, 40));
            else if (luck < (rising ? 90U : 10U))
                least_is_given(&l, &stream);
            else if (l.outstanding[target])
                l.type->changed(l.self, &l.targets, target, l.outstanding[target]--);
        }
        fs_arena_free(arena);
    }
}

/* Of 5 targets with 0 1 2 3 4 outstanding, target i is the lesser of a pair in 4 - i of 10 pairs.
 * Binomial, 100,000 draws: +- 3.5 sqrt(n p q). */
static void two_choices_are_two_different_targets(void **state)
{
    static const int32_t outstanding[] = {0, 1, 2, 3, 4};
    const struct fs_targets targets = {outstanding, 5};
    const struct fs_balancer_type *type = balancer("power_of_two");
    int count[5] = {0};
    struct fs_stream stream;
    (void)state;
    fs_stream_new(&stream, 2);
    for (int i = 0; i < 100000; i++)
        count[type->pick(NULL, &targets, &stream)]++;
    for (int i = 0; i < 5; i++) {
        const double p = (4 - i) / 10.0;
        assert_true(fabs(count[i] - 1e5 * p) <= 3.5 * sqrt(1e5 * p * (1 - p)));
    }
}

/* ---- theory --------------------------------------------------------------------------------- */

static double erlang_c(int servers, double load)
{
    double b = 1;
    for (int k = 1; k <= servers; k++)
        b = load * b / (k + load * b);
    return servers * b / (servers - load * (1 - b));
}

/* M/G/1 processor sharing: E[T] = S / (1 - rho) for every law of the work, P(N = n) geometric, so
 * E[N] = rho / (1 - rho). S = 10 ms. */
static void processor_sharing_does_not_feel_the_law_of_the_work(void **state)
{
    static const struct {
        const char *law;
        double load, length;
    } cases[] = {{"exponential: {mean: 10ms}", 0.8, 800},
                 {"gamma: {mean: 10ms, cv: 0.5}", 0.5, 800},
                 {"lognormal: {mean: 10ms, cv: 3}", 0.8, 1600}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double load = cases[i].load;
        struct built b = run_text(STUDY "  tasks: {mechanism: service, tasks: 1, cpu: 1}\n",
                                  cases[i].length, (int)i, load / 0.010, cases[i].law);
        assert_theory(&b, "traffic.web.latency.mean", 0.010 / (1 - load), 0);
        assert_theory(&b, "components.tasks.in_flight.mean", load / (1 - load), 0);
        assert_theory(&b, "components.tasks.busy_vcpu.mean", 1000 * load, 0);
        drop(&b);
    }
}

/* Work that is always the same, at a load of 0.8 too: cpu is a plain value there. */
static void processor_sharing_of_equal_works(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 800s, replications: 20, seed: 5, intervals: 10}\n"
        "traffic:\n  web:\n    arrivals: {poisson: {rate: 80/s}}\n    client: {retry: none}\n"
        "    path: [tasks]\n    work: {tasks: {cpu: 10ms}}\n"
        "components:\n  tasks: {mechanism: service, tasks: 1, cpu: 1}\n");
    assert_theory(&b, "traffic.web.latency.mean", 0.050, 0);
    drop(&b);
}

/* With c vCPU and one thread each, sharing has the mean of M/M/c for every law (Cohen 1979,
 * doi:10.1007/BF00264615): E[T] = S + C(c, a) S / (c - a). */
static void sharing_several_vcpus_is_as_quick_as_m_m_c(void **state)
{
    static const char *const laws[] = {"exponential: {mean: 10ms}",
                                       "lognormal: {mean: 10ms, cv: 2}"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct built b = run_text(STUDY "  tasks: {mechanism: service, tasks: 1, cpu: 4}\n", 500.0,
                                  20 + i, 320.0, laws[i]);
        assert_theory(&b, "traffic.web.latency.mean", 0.010 + erlang_c(4, 3.2) * 0.010 / 0.8, 0);
        drop(&b);
    }
}

/* Ten slots of one vCPU, load 0.8: C(10, 8) = 0.40918, E[W] = C S / (c - a), and
 * P(W > t) = C exp(-(c - a) t / S), so that p99 = ln(C / 0.01) / 2 = 1.8558 S. */
static void slots_wait_as_erlang_c_says(void **state)
{
    (void)state;
    const double c = erlang_c(10, 8);
    assert_true(fabs(c - 0.4091801507964) < 1e-12);
    struct built b = run_text(
        "run: {length: 1000s, replications: 20, seed: 31, intervals: 10, confidence: 99.9%%}\n"
        "traffic:\n  web:\n    arrivals: {poisson: {rate: 800/s}}\n    client: {retry: none}\n"
        "    path: [tasks]\n    work: {tasks: {cpu: {exponential: {mean: 10ms}}}}\n"
        "components:\n  tasks: {mechanism: service, tasks: 1, cpu: 10, sharing: slots, "
        "max_in_flight: 10, backlog: 100000}\n");
    assert_theory(&b, "components.tasks.wait.mean", c * 0.010 / 2, 0);
    assert_theory(&b, "traffic.web.latency.mean", 0.010 + c * 0.010 / 2, 0);
    const struct fs_estimate p99 = view_of(&b, "base", "components.tasks.wait.p99").estimate;
    assert_true(p99.low <= 0.018558 && p99.high >= 0.018558);
    assert_true(p99.high - p99.low < 0.0015);
    drop(&b);
}

/* M/G/1, Pollaczek-Khinchine: E[W] = lambda E[S^2] / (2 (1 - rho)) = rho S (1 + cv^2) / (2 (1 -
 * rho)). S = 10 ms. */
static void one_slot_waits_as_pollaczek_and_khinchine_say(void **state)
{
    static const struct {
        const char *law;
        double load, cv;
    } cases[] = {{"10ms", 0.8, 0},
                 {"exponential: {mean: 10ms}", 0.7, 1},
                 {"gamma: {mean: 10ms, cv: 0.5}", 0.8, 0.5},
                 {"lognormal: {mean: 10ms, cv: 2}", 0.6, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double load = cases[i].load, cv = cases[i].cv;
        const bool plain = cv <= 0;
        struct built b =
            run_text("run: {length: 1000s, replications: 20, seed: %d, intervals: 10}\n"
                     "traffic:\n  web:\n    arrivals: {poisson: {rate: %.10g/s}}\n    client: "
                     "{retry: none}\n"
                     "    path: [tasks]\n    work: {tasks: {cpu: %s%s%s}}\n"
                     "components:\n  tasks: {mechanism: service, tasks: 1, cpu: 1, sharing: slots, "
                     "max_in_flight: 1, backlog: 100000}\n",
                     40 + (int)i, load / 0.010, plain ? "" : "{", cases[i].law, plain ? "" : "}");
        assert_theory(&b, "components.tasks.wait.mean",
                      load * 0.010 * (1 + cv * cv) / (2 * (1 - load)), 0);
        drop(&b);
    }
}

/* In turn over n servers each sees Erlang-n arrivals: s = (n rho / (n rho + 1 - s))^n is the root
 * of E_n/M/1 in (0, 1), and E[T] = S / (1 - s). */
static double erlang_arrivals(int n, double load)
{
    double s = 0.5;
    for (int i = 0; i < 10000; i++)
        s = pow(n * load / (n * load + 1 - s), n);
    return 1 / (1 - s);
}

static void in_turn_and_at_random_respond_as_theory_says(void **state)
{
    static const struct {
        const char *balancing;
        int tasks;
    } cases[] = {{"round_robin", 1}, {"round_robin", 4}, {"round_robin", 10}, {"random", 4}};
    (void)state;
    assert_true(fabs(erlang_arrivals(10, 0.9) - 5.66027639) < 1e-7);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int n = cases[i].tasks, stages = strcmp(cases[i].balancing, "random") == 0 ? 1 : n;
        struct built b = run_text(
            STUDY "  tasks: {mechanism: service, tasks: %d, cpu: 1, sharing: slots, "
                  "max_in_flight: 1, backlog: 100000, balancing: %s}\n",
            800.0, 40 + (int)i, 80.0 * n, "exponential: {mean: 10ms}", n, cases[i].balancing);
        assert_theory(&b, "traffic.web.latency.mean", 0.010 * erlang_arrivals(stages, 0.8), 0);
        drop(&b);
    }
}

/* Two choices of n -> infinity servers (Mitzenmacher 2001): E[T] = sum rho^(2^i - 2). With 500
 * servers the rest of order 1/n is below 0.3 %. */
static void two_choices_respond_as_theory_says(void **state)
{
    double theory = 0;
    (void)state;
    for (int i = 1; i < 12; i++)
        theory += pow(0.8, pow(2, i) - 2);
    assert_true(fabs(theory - 1.947363) < 1e-6);
    struct built b = run_text(STUDY "  tasks: {mechanism: service, tasks: 500, cpu: 1, sharing: "
                                    "slots, max_in_flight: 1, backlog: 1000, balancing: "
                                    "power_of_two}\n",
                              10.0, 50, 40000.0, "exponential: {mean: 10ms}");
    assert_theory(&b, "traffic.web.latency.mean", 0.010 * theory, 0.010 * theory * 0.003);
    drop(&b);
}

/* One task of one slot with a backlog of K - 1: M/M/1/K loses (1 - rho) rho^K / (1 - rho^(K+1)). */
static void a_bounded_backlog_loses_what_theory_says(void **state)
{
    (void)state;
    struct built b = run_text(STUDY "  tasks: {mechanism: service, tasks: 1, cpu: 1, sharing: "
                                    "slots, max_in_flight: 1, backlog: 9}\n",
                              800.0, 60, 90.0, "exponential: {mean: 10ms}");
    assert_theory(&b, "traffic.web.dropped.share", 0.0508137313274, 0);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_exact_to_the_nanosecond_rounded_up),
        cmocka_unit_test(changes_of_speed_do_not_add_up_to_drift),
        cmocka_unit_test(a_cpu_that_is_never_idle_does_not_overflow),
        cmocka_unit_test(many_jobs_end_in_the_order_of_their_work),
        cmocka_unit_test(two_requests_share_one_vcpu),
        cmocka_unit_test(a_request_uses_no_more_than_its_threads),
        cmocka_unit_test(waiting_takes_no_cpu_but_holds_the_place),
        cmocka_unit_test(a_slot_owns_its_share_and_a_full_backlog_refuses),
        cmocka_unit_test(a_slot_is_bounded_by_the_threads),
        cmocka_unit_test(round_robin_is_blind_and_least_outstanding_is_not),
        cmocka_unit_test(a_full_task_refuses_although_another_is_idle),
        cmocka_unit_test(a_request_holds_its_place_while_the_next_hop_works),
        cmocka_unit_test(a_backlog_behind_is_no_downstream_time),
        cmocka_unit_test(a_request_that_is_alone_does_not_queue),
        cmocka_unit_test(a_call_that_is_refused_fails_the_request),
        cmocka_unit_test(past_the_time_limit_the_task_works_on_for_nobody),
        cmocka_unit_test(an_orphan_still_calls_the_next_hop),
        cmocka_unit_test(an_orphan_waits_for_its_call),
        cmocka_unit_test(callers_that_gave_up_are_worked_for),
        cmocka_unit_test(errors_last_as_long_as_they_were_said_to),
        cmocka_unit_test(a_long_backlog_of_empty_requests_needs_no_stack),
        cmocka_unit_test(the_order_of_events_is_the_engines_promise),
        cmocka_unit_test(what_is_there_is_charged_to_the_millisecond),
        cmocka_unit_test(a_short_run_is_charged_the_minimum),
        cmocka_unit_test(the_vendors_worked_examples_are_met_to_the_cent),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_least_outstanding_is_what_a_search_would_find),
        cmocka_unit_test(two_choices_are_two_different_targets),
        cmocka_unit_test(processor_sharing_does_not_feel_the_law_of_the_work),
        cmocka_unit_test(processor_sharing_of_equal_works),
        cmocka_unit_test(sharing_several_vcpus_is_as_quick_as_m_m_c),
        cmocka_unit_test(slots_wait_as_erlang_c_says),
        cmocka_unit_test(one_slot_waits_as_pollaczek_and_khinchine_say),
        cmocka_unit_test(in_turn_and_at_random_respond_as_theory_says),
        cmocka_unit_test(two_choices_respond_as_theory_says),
        cmocka_unit_test(a_bounded_backlog_loses_what_theory_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
