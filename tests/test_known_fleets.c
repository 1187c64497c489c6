/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Known answers of container services: bounded queues, and sharing of CPUs. Truths are computed
 * here from the birth-death equations, and the published figures stand beside them; estimates must
 * be within 3.5 standard errors over replications.
 */
#include "build.h"

/* ---- bounded queues ------------------------------------------------------------------------- */

/* Probabilities of 0 .. K in M/M/c/K. */
static void solve(double rate, double service, int c, int k, double p[])
{
    double sum = 1;
    p[0] = 1;
    for (int n = 1; n <= k; n++)
        sum += p[n] = p[n - 1] * rate / (service * (n < c ? n : c));
    for (int n = 0; n <= k; n++)
        p[n] /= sum;
}

static double mean_of(int k, const double p[])
{
    double sum = 0;
    for (int n = 1; n <= k; n++)
        sum += n * p[n];
    return sum;
}

/* Cases mmck-l10-c10-K20, mmck-l0.8-c1-K10 and simmer-mm23: c places and K - c behind them. */
static void bounded_queues_refuse_and_hold_what_is_published(void **state)
{
    static const struct {
        double rate, service;
        int c, k;
        double refused, in_system; /* as published */
        const char *length;
    } cases[] = {{10, 1, 10, 20, 0.06821182046893325, 13.069531921101996, "20000s"},
                 {0.8, 1, 1, 10, 0.023492857579905612, 2.9663142664841535, "200000s"},
                 {3, 4, 2, 3, 27.0 / 547, 417.0 / 547, "50000s"}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        double p[21];
        solve(cases[i].rate, cases[i].service, cases[i].c, cases[i].k, p);
        assert_true(fabs(p[cases[i].k] - cases[i].refused) < 1e-12);
        assert_true(fabs(mean_of(cases[i].k, p) - cases[i].in_system) < 1e-9);
        struct built b = run_text(
            "run: {length: %s, replications: 10, seed: %d, intervals: 1}\ntraffic:\n  web:\n    "
            "arrivals: {poisson: {rate: %g/s}}\n    client: {retry: none}\n    path: [tasks]\n    "
            "work: {tasks: {cpu: {exponential: {mean: %gs}}}}\ncomponents:\n  tasks: {mechanism: "
            "service, tasks: 1, cpu: %d, max_in_flight: %d, backlog: %d}\n",
            cases[i].length, 40 + i, cases[i].rate, 1 / cases[i].service, cases[i].c, cases[i].c,
            cases[i].k - cases[i].c);
        assert_theory(&b, "traffic.web.dropped.share", cases[i].refused, 0);
        assert_theory(&b, "traffic.web.in_flight.mean", cases[i].in_system, 0);
        assert_theory(&b, "traffic.web.latency.mean",
                      cases[i].in_system / (cases[i].rate * (1 - cases[i].refused)), 0);
        drop(&b);
    }
}

/* ---- sharing -------------------------------------------------------------------------------- */

/* Case mg1ps-rho0.7-lognormalcv3: the mean response of a shared CPU is S / (1 - rho) = 3.333 S
 * whatever the law, where first come first served would be 12.7 S for a cv of 3. */
static void a_shared_cpu_does_not_feel_a_wide_law(void **state)
{
    (void)state;
    struct built b = run_text(
        "run: {length: 400000s, replications: 10, seed: 7, intervals: 1}\ntraffic:\n  web:\n    "
        "arrivals: {poisson: {rate: 0.7/s}}\n    client: {retry: none}\n    path: [tasks]\n    "
        "work: {tasks: {cpu: {lognormal: {mean: 1s, cv: 3}}}}\ncomponents:\n  tasks: {mechanism: "
        "service, tasks: 1, cpu: 1}\n");
    assert_theory(&b, "traffic.web.latency.mean", 1 / 0.3, 0);
    assert_theory(&b, "traffic.web.in_flight.mean", 0.7 / 0.3, 0);
    drop(&b);
}

/* Case ciw-rps3: 10/s of 1/12 s on a server of full rate up to three, then three shared: M/M/3's
 * states, 0.85553 in the mean, of which 10/12 are work. */
static void three_shared_vcpus_hold_as_many_as_m_m_3(void **state)
{
    double p[200];
    (void)state;
    solve(10, 12, 3, 199, p);
    assert_true(fabs(p[0] - 0.4321329639889197) < 1e-12);
    assert_true(fabs(mean_of(199, p) - 0.8555295120392074) < 1e-9);
    struct built b = run_text(
        "run: {length: 20000s, replications: 10, seed: 9, intervals: 1}\ntraffic:\n  web:\n    "
        "arrivals: {poisson: {rate: 10/s}}\n    client: {retry: none}\n    path: [tasks]\n    "
        "work: {tasks: {cpu: {exponential: {mean: 83333333ns}}}}\ncomponents:\n  tasks: "
        "{mechanism: "
        "service, tasks: 1, cpu: 3}\n");
    assert_theory(&b, "traffic.web.in_flight.mean", mean_of(199, p), 0);
    assert_theory(&b, "components.tasks.busy_vcpu.mean", 10000.0 / 12, 0);
    drop(&b);
}

/* ---- against functions ---------------------------------------------------------------------- */

struct bill {
    double small, large; /* USD a month: a task of 0.25 vCPU and 512 MB, of 1 and 2 GB */
    double request, gb_second, hour; /* of a function */
};

static struct bill price_an_hour(void)
{
    struct built b = run_text(
        "run: {length: 1h}\naccount: {platform: aws, prices: 2026-11}\ntraffic:\n"
        "  a: {arrivals: {constant: {rate: 1/s}}, client: {retry: none}, path: [f], work: {f: {io: "
        "500ms}}}\n"
        "  b: {arrivals: {burst: {size: 1, at: 0s}}, client: {retry: none}, path: [small, large]}\n"
        "components:\n  f: {platform: aws-lambda, memory: 1024MB, timeout: 3s, cold_start: 0s}\n"
        "  small: {platform: aws-fargate, tasks: 1, cpu: 0.25, memory: 512MB}\n"
        "  large: {platform: aws-fargate, tasks: 1, cpu: 1, memory: 2GB}\n");
    const double gb_seconds = number(&b, "components.f.memory_time") / 1024000;
    const struct bill bill = {
        730 * (number(&b, "cost.small.vcpu.usd") + number(&b, "cost.small.memory.usd")),
        730 * (number(&b, "cost.large.vcpu.usd") + number(&b, "cost.large.memory.usd")),
        number(&b, "cost.f.requests.usd") / number(&b, "components.f.invocations"),
        number(&b, "cost.f.duration.usd") / gb_seconds, 3600};
    drop(&b);
    return bill;
}

static void assert_close(double found, double expected)
{
    if (!(fabs(found - expected) <= 0.001 * fabs(expected)))
        fail_msg("%.9g, not %.9g", found, expected);
}

/* GB seconds of a request at which functions cost as much as the tasks do at `rate`. */
static double worth(const struct bill *bill, double usd, double rate)
{
    return (usd / (730 * bill->hour * rate) - bill->request) / bill->gb_second;
}

/* Cases crossover-5rps, crossover-20rps and crossover-inverse, within 0.1 % as they say: prices of
 * tasks for 730 h, and where functions cost the same; below 0 the price of requests alone is more.
 */
static void tasks_and_functions_cost_the_same_where_it_is_published(void **state)
{
    static const double gb_seconds[] = {0.0125, 0.025, 0.05, 0.1, 0.25, 0.5};
    static const double rates[] = {33.58499974319754,  22.238708686429703, 13.271483970724779,
                                   7.3467130713457065, 3.1405792482584323, 1.6070932153127306};
    const struct bill bill = price_an_hour();
    (void)state;
    assert_close(bill.small, 9.010025);
    assert_close(bill.large, 36.0401);
    assert_close(worth(&bill, bill.small, 5), 0.0291416083834499);
    assert_close(worth(&bill, bill.large, 5), 0.15256636153394357);
    assert_close(worth(&bill, 2 * bill.large, 5), 0.3171326990679352);
    assert_close(worth(&bill, bill.small, 20), -0.0017145798041735242);
    assert_close(worth(&bill, bill.large, 20), 0.0291416083834499);
    assert_close(worth(&bill, 2 * bill.large, 20), 0.07028319276694779);
    for (int i = 0; i < 6; i++)
        assert_close(bill.large / (730 * 3600 * (bill.request + gb_seconds[i] * bill.gb_second)),
                     rates[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_queues_refuse_and_hold_what_is_published),
        cmocka_unit_test(a_shared_cpu_does_not_feel_a_wide_law),
        cmocka_unit_test(three_shared_vcpus_hold_as_many_as_m_m_3),
        cmocka_unit_test(tasks_and_functions_cost_the_same_where_it_is_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
