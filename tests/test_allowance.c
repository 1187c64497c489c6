/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an account lets tasks have: vCPUs at once, and starts at a rate. */
#include "build.h"

#include "allowance.h"
#include "explain.h"

/* ---- the mechanism -------------------------------------------------------------------------- */

struct asker {
    struct fs_ask ask; /* first */
    fs_time at;
};

static void may_start(struct fs_ask *ask, fs_time at)
{
    ((struct asker *)(void *)ask)->at = at;
}

/* 4 vCPUs, starts one a second without a burst but one. Of tasks of 2, 3, 1 and 2 vCPU the first
 * and the third get some; when the first gives back, the second is the first that fits, and the
 * fourth fits when the third has given back and the limit is 5. */
static void the_first_that_fits_is_next(void **state)
{
    struct fs_allowance allowance;
    struct asker task[4];
    static const int64_t cpu[] = {2000, 3000, 1000, 2000};
    (void)state;
    fs_allowance_new(&allowance, 1, 1, 4);
    for (int i = 0; i < 4; i++) {
        task[i] = (struct asker){.ask = {.cpu = cpu[i], .may_start = may_start}, .at = -1};
        fs_allowance_ask(&allowance, &task[i].ask, 0);
    }
    assert_true(task[0].at == 0 && task[1].at < 0 && task[2].at == FS_S && task[3].at < 0);
    fs_allowance_give_back(&allowance, &task[0].ask, 10 * FS_S);
    assert_true(task[1].at == 10 * FS_S && task[3].at < 0);
    fs_allowance_give_back(&allowance, &task[2].ask, 10 * FS_S);
    assert_true(task[3].at < 0 && allowance.used == 3000);
    fs_allowance_set(&allowance, 5, 10 * FS_S);
    assert_true(task[3].at == 11 * FS_S && allowance.used == 5000);
    fs_allowance_give_back(&allowance, &task[3].ask, 20 * FS_S);
    fs_allowance_give_back(&allowance, &task[3].ask, 20 * FS_S);
    assert_true(allowance.used == 3000 && !allowance.first && !allowance.last);
}

/* The throttling page: 100 at once, then 20 a second; so 500 tasks take 20 s. */
static void a_bucket_of_a_hundred_refills_at_twenty_a_second(void **state)
{
    struct fs_allowance allowance;
    struct asker task = {.ask = {.cpu = 1000, .may_start = may_start}};
    (void)state;
    fs_allowance_new(&allowance, 100, 20, 0);
    for (int i = 1; i <= 500; i++) {
        task.ask.granted = false;
        fs_allowance_ask(&allowance, &task.ask, 0);
        assert_true(task.at == (i <= 100 ? 0 : (i - 100) * FS_S / 20));
    }
}

/* ---- services ------------------------------------------------------------------------------- */

#define WEB                                                                                        \
    "traffic:\n  web:\n    arrivals: {burst: {size: 1, at: 0s}}\n    client: {retry: none}\n    "  \
    "path: [a, b]\n    work: {a: {cpu: 1s}, b: {cpu: 1s}}\ncomponents:\n"
#define SCALED(name, at, n)                                                                        \
    "  " name ": {mechanism: service, tasks: 1, cpu: 2, launches: on_demand, scaling: {minimum: "  \
    "0, maximum: 9, policies: [scheduled: {at: " at ", minimum: " n ", maximum: " n "}]}}\n"

static double last(const struct built *b, const char *path)
{
    return number(b, path);
}

/* Ten vCPUs are five tasks of two. At 10 s one service wants six: it gets four with the other's one
 * there; at 20 s the other goes to 0, which makes room for a fifth, and a raised quota at 30 s for
 * the sixth; a quota of 12 vCPU leaves the last of seven waiting to the end. */
static void services_share_the_accounts_vcpus(void **state)
{
    static const struct {
        const char *length, *wanted;
        double running, waiting;
    } cases[] = {{"15s", "6", 4, 2}, {"25s", "6", 5, 1}, {"35s", "6", 6, 0}, {"35s", "7", 6, 1}};
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct built b = run_text(
            "run: {length: %s}\naccount: {launch_vcpus: 10}\n" WEB
            "  a: {mechanism: service, tasks: 1, cpu: 2, launches: on_demand, scaling: {minimum: "
            "0, maximum: 9, policies: [scheduled: {at: 10s, minimum: %s, maximum: %s}]}}\n" SCALED(
                "b", "20s", "0") "events: [{at: 30s, quota: {launch_vcpus: 12}}]\n",
            cases[i].length, cases[i].wanted, cases[i].wanted);
        assert_true(last(&b, "components.a.healthy.last") == cases[i].running);
        assert_true(last(&b, "components.a.unplaced_quota.last") == cases[i].waiting);
        drop(&b);
    }
}

/* Spare capacity has a quota of its own, and a service on one's own machines has none. */
static void each_kind_has_its_own_quota(void **state)
{
    static const char *const launches[] = {"on_demand", "spot", "free"};
    static const double running[] = {3, 5, 9};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct built b = run_text(
            "run: {length: 15s}\naccount: {launch_vcpus: 6, spot_vcpus: 10}\n" WEB
            "  a: {mechanism: service, tasks: 1, cpu: 2, launches: %s, scaling: {maximum: 9, "
            "policies: [scheduled: {at: 10s, minimum: 9, maximum: 9}]}}\n"
            "  b: {mechanism: service, tasks: 1, cpu: 2}\n",
            launches[i]);
        assert_true(last(&b, "components.a.healthy.last") == running[i]);
        drop(&b);
    }
}

/* What was never placed is said at the end, and what it waited for. */
static void tasks_that_never_started_are_said_at_the_end(void **state)
{
    static const struct {
        const char *account, *event, *said;
    } cases[] = {
        {"launch_vcpus: 6", "", "a: at the end 6 tasks that wait for vCPUs of the account"},
        {"concurrency: 1", "events: [{at: 5s, zone_loss: {zone: 1}}]\n",
         "a: at the end 9 tasks that are not started because all zones are lost"}};
    (void)state;
    for (int i = 0; i < 2; i++) {
        bool said = false;
        struct built b = run_text(
            "run: {length: 15s}\naccount: {%s}\n" WEB
            "  a: {mechanism: service, tasks: 1, cpu: 2, zones: 1, launches: on_demand, scaling: "
            "{maximum: 9, policies: [scheduled: {at: 10s, minimum: 9, maximum: 9}]}}\n"
            "  b: {mechanism: service, tasks: 1, cpu: 2}\n%s",
            cases[i].account, cases[i].event);
        const struct fs_findings findings = fs_explain(b.arena, b.study);
        for (int k = 0; k < findings.n; k++)
            said |= strncmp(findings.finding[k].text, cases[i].said, strlen(cases[i].said)) == 0;
        if (!said) fail_msg("not said: %s", cases[i].said);
        drop(&b);
    }
}

static void what_cannot_be_is_refused(void **state)
{
#define REFUSED(account, tasks, what)                                                              \
    assert_refused("account: {" account "}\n" WEB "  a: {mechanism: service, cpu: 2, " tasks       \
                   "}\n  b: {mechanism: service, "                                                 \
                   "tasks: 1, cpu: 1}\n",                                                          \
                   what)
    (void)state;
    REFUSED("launch_vcpus: 6", "tasks: 4, launches: on_demand",
            "4 tasks of 2 vCPU are more than the account's launch_vcpus of 6; at most 3");
    REFUSED("spot_vcpus: 1", "tasks: 0, launches: spot", "spot_vcpus of 1; at most 0");
    REFUSED("launch_rate: 0.0000001/s, launch_burst: 1000", "tasks: 1",
            "is too slow for a burst of this size");
    REFUSED("launch_burst: 0", "tasks: 1", "'launch_burst' must lie between 1 and");
    assert_refused(WEB SCALED("a", "1s", "1") SCALED("b", "1s", "1") "events: [{at: 1s, quota: "
                                                                     "{}}]\n",
                   "which limit is to change?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_is_next),
        cmocka_unit_test(a_bucket_of_a_hundred_refills_at_twenty_a_second),
        cmocka_unit_test(services_share_the_accounts_vcpus),
        cmocka_unit_test(each_kind_has_its_own_quota),
        cmocka_unit_test(tasks_that_never_started_are_said_at_the_end),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
