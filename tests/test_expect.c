/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected is held against the whole interval, not against the value in it. */
#include "build.h"

#include "expect.h"

/* 5 * 2,000 exponential times of 100 ms on average: the mean has an interval, the p99.9 with ten
 * values beyond it only a low end. */
static const char times[] =
    "run: {length: 100s, replications: %d}\n"
    "account: {platform: aws}\n"
    "traffic:\n"
    "  web: {arrivals: {poisson: {rate: 20/s}}, client: {retry: none}, path: [t], "
    "work: {t: {io: {exponential: {mean: 100ms}}}}}\n"
    "components: {t: {mechanism: dependency}}\n";

enum { PASSED = 1, MISSED = 0, INCONCLUSIVE = -1 };

static void assert_held(const struct built *b, const char *path, const char *op, double value,
                        int verdict)
{
    const struct fs_expect expect = {
        .text = "", .variant = "base", .path = path, .op = op, .value = value};
    const char *text = "";
    const int found = fs_expect_hold(b->arena, b->study, &expect, &text);
    if (found != verdict)
        fail_msg("%s %s %g: %d, not %d: %s", path, op, value, found, verdict, text);
    if (strstr(text, "inf")) fail_msg("'%s' tells of what has no end", text);
}

static void an_interval_is_held_whole(void **state)
{
    (void)state;
    static const char *const path = "traffic.web.latency.mean";
    struct built b = run_text(times, 5);
    const struct fs_estimate e = view_of(&b, "base", path).estimate;
    const double inside = e.value + .9 * (e.high - e.value), below = .99 * e.low,
                 above = 1.01 * e.high;
    assert_null(e.why);
    static const struct {
        const char *op;
        int below, inside, above;
    } cases[] = {{"<", MISSED, INCONCLUSIVE, PASSED},  {"<=", MISSED, INCONCLUSIVE, PASSED},
                 {">", PASSED, INCONCLUSIVE, MISSED},  {">=", PASSED, INCONCLUSIVE, MISSED},
                 {"==", MISSED, INCONCLUSIVE, MISSED}, {"!=", PASSED, INCONCLUSIVE, PASSED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_held(&b, path, cases[i].op, below, cases[i].below);
        assert_held(&b, path, cases[i].op, inside, cases[i].inside);
        assert_held(&b, path, cases[i].op, above, cases[i].above);
    }
    drop(&b);
}

/* The truth, .1 ln 1000 = 691 ms, may lie anywhere above the low end, though the value does not. */
static void an_end_that_is_not_known_may_lie_anywhere(void **state)
{
    (void)state;
    static const char *const path = "traffic.web.latency.p999";
    struct built b = run_text(times, 5);
    const struct fs_estimate e = view_of(&b, "base", path).estimate;
    assert_string_equal(e.why, "insufficient");
    assert_true(e.low < e.value && isnan(e.high));
    assert_held(&b, path, "<", 1.01 * e.value, INCONCLUSIVE);
    assert_held(&b, path, "<", 1000, INCONCLUSIVE);
    assert_held(&b, path, "<", .99 * e.low, MISSED);
    assert_held(&b, path, ">", .99 * e.low, PASSED);
    assert_held(&b, path, ">", .5 * (e.low + e.value), INCONCLUSIVE);
    assert_held(&b, path, ">", 1.01 * e.value, INCONCLUSIVE);
    drop(&b);
}

/* It says how many replications would know the end; so many more than half of them do. */
static void an_open_end_says_what_it_takes(void **state)
{
    (void)state;
    static const char *const path = "traffic.web.latency.p999";
    struct built few = run_text(times, 5);
    const struct fs_expect expect = {
        .variant = "base", .path = path, .op = "<", .value = 1000, .text = path};
    const char *said;
    int needed;
    assert_int_equal(fs_expect_hold(few.arena, few.study, &expect, &said), INCONCLUSIVE);
    const char *about = strstr(said, "; about ");
    if (!about || sscanf(about, "; about %d replications would have both ends", &needed) != 1)
        fail_msg("%s", said);
    assert_in_range(needed, 6, 100);
    struct built more = run_text(times, 3 * needed / 2);
    assert_true(isfinite(view_of(&more, "base", path).estimate.high));
    assert_held(&more, path, "<", 1000, PASSED);
    drop(&more);
    drop(&few);
}

/* Nobody is answered within the run, so that ever more wait: it has not settled, no end is known.
 */
static void what_has_not_settled_decides_nothing(void **state)
{
    (void)state;
    static const char *const path = "traffic.web.in_flight.mean";
    struct built b = run_text("run: {kind: steady_state, length: 100s}\n"
                              "account: {platform: aws}\n"
                              "traffic:\n"
                              "  web: {arrivals: {poisson: {rate: 20/s}}, client: {retry: none}, "
                              "path: [t], work: {t: {io: 1h}}}\n"
                              "components: {t: {mechanism: dependency}}\n");
    assert_string_equal(view_of(&b, "base", path).estimate.why, "run too short");
    assert_held(&b, path, "<", 1e9, INCONCLUSIVE);
    assert_held(&b, path, ">", 1, INCONCLUSIVE);
    assert_held(&b, path, "==", number(&b, path), INCONCLUSIVE);
    drop(&b);
}

/* Of one replication the value is all there is, and so it is where nothing ever happened. */
static void where_no_interval_is_possible_the_value_is_held(void **state)
{
    (void)state;
    struct built one = run_text(times, 1), five = run_text(times, 5);
    const double mean = number(&one, "traffic.web.latency.mean");
    assert_held(&one, "traffic.web.latency.mean", "<", 1.01 * mean, PASSED);
    assert_held(&one, "traffic.web.latency.mean", "<", .99 * mean, MISSED);
    assert_held(&one, "traffic.web.latency.mean", "==", mean, PASSED);
    assert_held(&one, "traffic.web.latency.mean", "!=", mean, MISSED);
    assert_held(&five, "traffic.web.failed.share", "==", 0, PASSED);
    assert_held(&five, "traffic.web.failed.share", "<", .01, PASSED);
    assert_held(&five, "traffic.web.latency.max", "<", 10, PASSED);
    drop(&one);
    drop(&five);
}

/* Without a single request nothing that is said of their latency is true. */
static void what_has_no_value_is_missed(void **state)
{
    (void)state;
    struct built b =
        run_text("run: {length: 10s, replications: 2}\n"
                 "account: {platform: aws}\n"
                 "traffic:\n"
                 "  web: {arrivals: {burst: {size: 1, at: 1s}}, client: {retry: none}, "
                 "path: [t], work: {t: {io: 100s}}}\n"
                 "components: {t: {mechanism: dependency}}\n");
    assert_held(&b, "traffic.web.latency.mean", "<", 1, MISSED);
    assert_held(&b, "traffic.web.latency.p99", "<", 1, MISSED);
    drop(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_is_held_whole),
        cmocka_unit_test(an_end_that_is_not_known_may_lie_anywhere),
        cmocka_unit_test(an_open_end_says_what_it_takes),
        cmocka_unit_test(what_has_not_settled_decides_nothing),
        cmocka_unit_test(where_no_interval_is_possible_the_value_is_held),
        cmocka_unit_test(what_has_no_value_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
