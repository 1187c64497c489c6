/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena.h"
#include "placement.h"
#include "rng.h"

static struct fs_arena *arena;

static int new_arena(void **state)
{
    (void)state;
    arena = fs_arena_new();
    return 0;
}

static int free_arena(void **state)
{
    (void)state;
    fs_arena_free(arena);
    return 0;
}

static void join(struct fs_placement *p, struct fs_host *host, int64_t cpu, int64_t memory,
                 int64_t pods, int zone)
{
    *host = (struct fs_host){.total = {cpu, memory, pods}, .zone = zone};
    fs_placement_join(p, host);
}

static struct fs_pod pod_of(int shape)
{
    return (struct fs_pod){.shape = shape};
}

static void assert_sound(const struct fs_placement *p)
{
    const char *law = fs_placement_broken(p);
    if (law) fail_msg("%s", law);
}

/* ---- which host ----------------------------------------------------------------------------- */

/* By hand, from the scheduler's formulas, a pod of 500m and 1,000 MiB:
 *   A, 2,000m and 4,000 MiB, empty:            left 75 and 75: 75; balanced: 100. 175
 *   B, 4,000m and 8,000 MiB, 2,000m and 1,000: left 37 (37.5) and 75: 56; shares .625 and .25:
 *                                              1 - .375/2 = .8125: 81. 137
 * The emptiest first gives it to A. The fullest first: A 25 + 100 = 125, B (63 + 25) / 2 = 44 + 81
 * = 125 too, so the first. */
static void hosts_are_scored_by_what_is_left_and_by_balance(void **state)
{
    (void)state;
    for (int scoring = FS_LEAST_ALLOCATED; scoring <= FS_MOST_ALLOCATED; scoring++) {
        struct fs_placement p;
        struct fs_host a, b;
        fs_placement_new(&p, 1, (enum fs_scoring)scoring, arena);
        const int big = fs_placement_shape(&p, 2000, 1000);
        const int small = fs_placement_shape(&p, 500, 1000);
        struct fs_pod first = pod_of(big), second = pod_of(small);
        join(&p, &b, 4000, 8000, 10, 0);
        assert_true(fs_placement_put(&p, &first));
        join(&p, &a, 2000, 4000, 10, 0);
        assert_int_equal(p.shape[small].zone[0].score[a.slot],
                         scoring == FS_LEAST_ALLOCATED ? 175 : 125);
        assert_int_equal(p.shape[small].zone[0].score[b.slot],
                         scoring == FS_LEAST_ALLOCATED ? 137 : 125);
        assert_true(fs_placement_put(&p, &second));
        assert_ptr_equal(second.host, scoring == FS_LEAST_ALLOCATED ? &a : &b);
        assert_sound(&p);
    }
}

/* A t3.medium of 17 pods: the 18th of tiny ones waits. */
static void cpu_memory_and_the_number_of_pods_each_bound_a_host(void **state)
{
    static const struct {
        int64_t cpu, memory, fit;
    } rows[] = {{100, 100, 17}, {500, 10, 4}, {10, 1500, 2}, {2001, 10, 0}, {10, 4097, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fs_placement p;
        struct fs_host host;
        static struct fs_pod pod[20];
        int64_t placed = 0;
        fs_placement_new(&p, 1, FS_LEAST_ALLOCATED, arena);
        join(&p, &host, 2000, 4096, 17, 0);
        const int shape = fs_placement_shape(&p, rows[i].cpu, rows[i].memory);
        for (int k = 0; k < 20; k++) {
            pod[k] = pod_of(shape);
            placed += fs_placement_put(&p, &pod[k]);
        }
        assert_int_equal(placed, rows[i].fit);
        assert_int_equal(fs_capacity_holds(host.total, p.shape[shape].ask), rows[i].fit);
        assert_int_equal(p.waiting, 20 - placed);
        assert_sound(&p);
    }
}

/* Nine pods over three zones, three each, although one zone has the emptier hosts. */
static void pods_of_a_shape_are_spread_over_zones(void **state)
{
    struct fs_placement p;
    struct fs_host host[4];
    struct fs_pod pod[9];
    (void)state;
    fs_placement_new(&p, 3, FS_LEAST_ALLOCATED, arena);
    const int shape = fs_placement_shape(&p, 500, 500);
    for (int z = 0; z < 3; z++)
        join(&p, &host[z], 2000, 2000, 10, z);
    join(&p, &host[3], 64000, 64000, 100, 2);
    for (int i = 0; i < 9; i++) {
        pod[i] = pod_of(shape);
        assert_true(fs_placement_put(&p, &pod[i]));
        assert_int_equal(pod[i].host->zone, i % 3);
    }
    /* a zone that is full is passed over */
    struct fs_pod more[3] = {pod_of(shape), pod_of(shape), pod_of(shape)};
    for (int i = 0; i < 3; i++)
        assert_true(fs_placement_put(&p, &more[i]));
    assert_int_equal(more[0].host->zone, 0);
    assert_int_equal(more[1].host->zone, 1);
    assert_int_equal(more[2].host->zone, 2);
    struct fs_pod last = pod_of(shape);
    assert_true(fs_placement_put(&p, &last));
    assert_int_equal(last.host->zone, 2);
    assert_sound(&p);
}

/* ---- waiting -------------------------------------------------------------------------------- */

static void the_longest_waiting_pod_that_fits_goes_first(void **state)
{
    struct fs_placement p;
    struct fs_host small, large;
    (void)state;
    fs_placement_new(&p, 1, FS_LEAST_ALLOCATED, arena);
    const int big = fs_placement_shape(&p, 3000, 100), tiny = fs_placement_shape(&p, 100, 100);
    struct fs_pod a = pod_of(big), b = pod_of(tiny), c = pod_of(big), d = pod_of(tiny);
    assert_false(fs_placement_put(&p, &a));
    assert_false(fs_placement_put(&p, &b));
    assert_false(fs_placement_put(&p, &c));
    assert_false(fs_placement_put(&p, &d));
    assert_null(fs_placement_next(&p));
    join(&p, &small, 2000, 4000, 1, 0);
    assert_ptr_equal(fs_placement_next(&p), &b); /* a does not fit */
    assert_null(fs_placement_next(&p));
    fs_placement_take(&p, &a); /* gives up */
    join(&p, &large, 4000, 4000, 10, 0);
    assert_ptr_equal(fs_placement_next(&p), &c);
    assert_ptr_equal(fs_placement_next(&p), &d);
    assert_null(fs_placement_next(&p));
    assert_int_equal(p.waiting, 0);
    assert_sound(&p);
}

static void a_closed_host_keeps_its_pods_and_gets_none(void **state)
{
    struct fs_placement p;
    struct fs_host host;
    (void)state;
    fs_placement_new(&p, 1, FS_LEAST_ALLOCATED, arena);
    const int shape = fs_placement_shape(&p, 100, 100);
    struct fs_pod a = pod_of(shape), b = pod_of(shape);
    join(&p, &host, 2000, 4000, 10, 0);
    assert_true(fs_placement_put(&p, &a));
    fs_placement_close(&p, &host, true);
    assert_false(fs_placement_put(&p, &b));
    assert_int_equal(host.used.pods, 1);
    fs_placement_close(&p, &host, false);
    assert_ptr_equal(fs_placement_next(&p), &b);
    fs_placement_take(&p, &a);
    fs_placement_take(&p, &b);
    fs_placement_leave(&p, &host);
    assert_false(fs_placement_put(&p, &a));
    assert_sound(&p);
}

/* ---- what if -------------------------------------------------------------------------------- */

/* Three hosts with room for 4 hold 3, 2 and 2 pods. The last one's 2 find room on the first two;
 * the 4 of the last two find one place. */
static void what_finds_no_room_elsewhere_is_counted(void **state)
{
    struct fs_placement p;
    struct fs_host host[3];
    struct fs_pod pod[7];
    int64_t count[1];
    (void)state;
    fs_placement_new(&p, 1, FS_LEAST_ALLOCATED, arena);
    const int shape = fs_placement_shape(&p, 1000, 1000);
    for (int i = 0; i < 3; i++)
        join(&p, &host[i], 4000, 4000, 10, 0);
    for (int i = 0; i < 7; i++) {
        pod[i] = pod_of(shape);
        assert_true(fs_placement_put(&p, &pod[i]));
    }
    assert_int_equal(host[0].used.pods, 3); /* 3, 2, 2: the emptiest first */
    assert_int_equal(fs_placement_left_over(&p, (struct fs_host *[]){&host[2]}, 1, count), 0);
    assert_int_equal(fs_placement_left_over(&p, (struct fs_host *[]){&host[1], &host[2]}, 2, count),
                     3); /* 4 pods for one place */
    assert_int_equal(count[0], 3);
    assert_int_equal(host[0].used.pods, 3);
    assert_int_equal(host[1].used.pods, 2);
    assert_int_equal(host[2].used.pods, 2);
    assert_sound(&p);
}

/* Ten thousand random steps on 40 hosts; the tournament's winner is the scan's. */
static void random_steps_keep_the_sums_and_the_winner(void **state)
{
    enum { HOSTS = 40, PODS = 400 };
    static struct fs_host host[HOSTS];
    static struct fs_pod pod[PODS];
    struct fs_placement p;
    struct fs_stream draws;
    bool there[HOSTS] = {false}, known[PODS] = {false};
    (void)state;
    fs_stream_new(&draws, 7);
    fs_placement_new(&p, 3, FS_LEAST_ALLOCATED, arena);
    for (int i = 0; i < 3; i++)
        fs_placement_shape(&p, 200 << i, 700 >> i);
    for (int step = 0; step < 10000; step++) {
        const int h = (int)fs_uniform_int(&draws, HOSTS), i = (int)fs_uniform_int(&draws, PODS);
        if (!there[h] && fs_uniform_int(&draws, 10) == 0) {
            join(&p, &host[h], 1000 * (1 + h % 4), 2000 * (1 + h % 3), 9, h % 3);
            there[h] = true;
        } else if (there[h] && fs_uniform_int(&draws, 40) == 0) {
            fs_placement_close(&p, &host[h], !host[h].closed);
        } else if (there[h] && host[h].used.pods == 0 && fs_uniform_int(&draws, 4) == 0) {
            fs_placement_leave(&p, &host[h]);
            there[h] = false;
        }
        if (known[i]) {
            fs_placement_take(&p, &pod[i]);
        } else {
            pod[i] = pod_of(i % 3);
            fs_placement_put(&p, &pod[i]);
        }
        known[i] = !known[i];
        while (fs_placement_next(&p))
            continue;
        if (step % 100 == 0) assert_sound(&p);
        for (int s = 0; s < 3 && step % 50 == 0; s++) {
            for (int z = 0; z < 3; z++) {
                const struct fs_zone_view *view = &p.shape[s].zone[z];
                int32_t best = -1, score = -1;
                for (int k = 0; k < p.zone[z].n; k++) {
                    if (p.zone[z].host[k] && view->score[k] > score)
                        best = k, score = view->score[k];
                }
                if (p.zone[z].room) assert_int_equal(view->best[1], best);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_scored_by_what_is_left_and_by_balance),
        cmocka_unit_test(cpu_memory_and_the_number_of_pods_each_bound_a_host),
        cmocka_unit_test(pods_of_a_shape_are_spread_over_zones),
        cmocka_unit_test(the_longest_waiting_pod_that_fits_goes_first),
        cmocka_unit_test(a_closed_host_keeps_its_pods_and_gets_none),
        cmocka_unit_test(what_finds_no_room_elsewhere_is_counted),
        cmocka_unit_test(random_steps_keep_the_sums_and_the_winner),
    };
    return cmocka_run_group_tests(tests, new_arena, free_arena);
}
