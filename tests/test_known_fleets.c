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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_queues_refuse_and_hold_what_is_published),
        cmocka_unit_test(a_shared_cpu_does_not_feel_a_wide_law),
        cmocka_unit_test(three_shared_vcpus_hold_as_many_as_m_m_3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
