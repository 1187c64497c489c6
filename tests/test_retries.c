/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Retry policies: waits by hand without jitter, ranges and laws with it. */
#include "goodness.h"
#include "plugins.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))
#define DRAWS    50000

static fs_time wait_of(const struct plugged *p, int attempt, fs_time previous,
                       struct fs_stream *stream)
{
    const struct fs_retry_type *type = p->value.plugin->type;
    return type->wait(p->value.params, attempt, previous, stream);
}

/* The waits after attempts 1, 2, ... */
static void assert_waits(const char *text, const fs_time *wait, int n)
{
    struct plugged p = plug("retries", text);
    struct fs_stream stream;
    fs_time previous = 0;
    assert_accepted(&p);
    fs_stream_new(&stream, 1);
    for (int i = 0; i < n; i++) {
        const fs_time found = wait_of(&p, i + 1, previous, &stream);
        if (found != wait[i])
            fail_msg("%s: wait %d is %lld instead of %lld ns", text, i + 1, (long long)found,
                     (long long)wait[i]);
        previous = found;
    }
    unplug(&p);
}

static void none_gives_up_at_once(void **state)
{
    const fs_time waits[] = {FS_NEVER, FS_NEVER};
    (void)state;
    assert_waits("none", waits, COUNT(waits));
}

static void three_attempts_are_two_retries(void **state)
{
    const fs_time waits[] = {FS_S, FS_S, FS_NEVER, FS_NEVER}, once[] = {FS_NEVER};
    (void)state;
    assert_waits("fixed: {attempts: 3, wait: 1s}", waits, COUNT(waits));
    assert_waits("fixed: {attempts: 1, wait: 1s}", once, COUNT(once));
    assert_waits("backoff: {attempts: 1, base: 1s}", once, COUNT(once));
}

static void waits_double_up_to_the_cap(void **state)
{
    const fs_time doubled[] = {FS_S, 2 * FS_S, 4 * FS_S, 5 * FS_S, 5 * FS_S, FS_NEVER};
    const fs_time grown[] = {100 * FS_MS, 150 * FS_MS, 225 * FS_MS, 337500 * FS_US};
    const fs_time same[] = {FS_S, FS_S, FS_S, FS_NEVER};
    (void)state;
    assert_waits("backoff: {attempts: 6, base: 1s, cap: 5s, jitter: none}", doubled,
                 COUNT(doubled));
    assert_waits("backoff: {attempts: 9, base: 100ms, factor: 1.5, jitter: none}", grown,
                 COUNT(grown));
    assert_waits("backoff: {attempts: 4, base: 1s, factor: 1, jitter: none}", same, COUNT(same));
}

static void an_uncapped_wait_stays_below_never(void **state)
{
    (void)state;
    struct plugged p = plug("retries", "backoff: {attempts: 1000, base: 1s, jitter: none}");
    struct fs_stream stream;
    assert_accepted(&p);
    fs_stream_new(&stream, 1);
    assert_true(wait_of(&p, 999, 0, &stream) < FS_NEVER);
    assert_true(wait_of(&p, 999, 0, &stream) > 9000000000 * FS_S - 1);
    unplug(&p);
}

static double uniform_cdf(double x, const void *bounds)
{
    const double *b = bounds;
    return x < b[0] ? 0 : x > b[1] ? 1 : (x - b[0]) / (b[1] - b[0]);
}

/* Waits after `attempt` and a last wait of `previous` are uniform between low and high seconds. */
static void assert_uniform(const char *text, int attempt, fs_time previous, double low, double high)
{
    static double wait[DRAWS];
    const double bounds[] = {low, high};
    struct plugged p = plug("retries", text);
    struct fs_stream stream;
    assert_accepted(&p);
    for (int i = 0; i < DRAWS; i++) {
        fs_stream_new(&stream, fs_key_at(7, (uint64_t)i, 0));
        wait[i] = fs_to_seconds(wait_of(&p, attempt, previous, &stream));
        assert_true(wait[i] >= low && wait[i] <= high);
    }
    assert_true(goodness_ks(wait, DRAWS, uniform_cdf, bounds) > 1e-4);
    unplug(&p);
}

static void jitter_spreads_waits_as_its_name_says(void **state)
{
    (void)state;
    assert_uniform("backoff: {attempts: 9, base: 1s, cap: 20s}", 1, 0, 0, 1);
    assert_uniform("backoff: {attempts: 9, base: 1s, cap: 20s, jitter: full}", 3, 0, 0, 4);
    assert_uniform("backoff: {attempts: 9, base: 1s, cap: 20s, jitter: full}", 8, 0, 0, 20);
    assert_uniform("backoff: {attempts: 9, base: 1s, cap: 20s, jitter: equal}", 3, 0, 2, 4);
    assert_uniform("backoff: {attempts: 9, base: 1s, cap: 20s, jitter: equal}", 8, 0, 10, 20);
    assert_uniform("backoff: {attempts: 9, base: 1s, jitter: decorrelated}", 1, 0, 1, 3);
    assert_uniform("backoff: {attempts: 9, base: 1s, jitter: decorrelated}", 5, 4 * FS_S, 1, 12);
}

/* uniform(1, 30) cut at 20: a share of 10 / 29 is at the cap. */
static void decorrelated_waits_are_capped(void **state)
{
    (void)state;
    struct plugged p =
        plug("retries", "backoff: {attempts: 9, base: 1s, cap: 20s, jitter: decorrelated}");
    struct fs_stream stream;
    int at_cap = 0;
    assert_accepted(&p);
    fs_stream_new(&stream, 5);
    for (int i = 0; i < DRAWS; i++) {
        const fs_time wait = wait_of(&p, 4, 10 * FS_S, &stream);
        assert_true(wait >= FS_S && wait <= 20 * FS_S);
        at_cap += wait == 20 * FS_S;
    }
    const double share = 10. / 29;
    assert_true(fabs(at_cap - share * DRAWS) < 4 * sqrt(DRAWS * share * (1 - share)));
    unplug(&p);
}

static void impossible_policies_are_refused(void **state)
{
    static const char *const texts[] = {"backoff: {attempts: 0, base: 1s}",
                                        "backoff: {attempts: 3}",
                                        "backoff: {attempts: 2.5, base: 1s}",
                                        "backoff: {attempts: 3, base: 2s, cap: 1s}",
                                        "backoff: {attempts: 3, base: 1s, factor: 0.5}",
                                        "backoff: {attempts: 3, base: 1s, jitter: some}",
                                        "fixed: {attempts: 3}",
                                        "fixed: {attempts: 3, wait: 5}",
                                        "none: {attempts: 3}"};
    (void)state;
    for (int i = 0; i < COUNT(texts); i++) {
        struct plugged p = plug("retries", texts[i]);
        if (fs_report_errors(p.report) != 1) fail_msg("%s: %s", texts[i], complaints_of(&p));
        unplug(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_gives_up_at_once),
        cmocka_unit_test(three_attempts_are_two_retries),
        cmocka_unit_test(waits_double_up_to_the_cap),
        cmocka_unit_test(an_uncapped_wait_stays_below_never),
        cmocka_unit_test(jitter_spreads_waits_as_its_name_says),
        cmocka_unit_test(decorrelated_waits_are_capped),
        cmocka_unit_test(impossible_policies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
