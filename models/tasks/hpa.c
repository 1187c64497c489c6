/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * To the letter where the letter shows: utilisation is cut to whole per cent and averages to whole
 * thousandths before they are divided by the target, sizes are rounded up, and a fleet with unready
 * or missing pods is judged twice, the second time by pessimistic guesses for them, and left alone
 * when the two judgements disagree in direction.
 *
 * The number of replicas that ratios multiply is not the fleet's size but that of the pods counted:
 * that is in the source (replica_calculator.go), while the documentation's formula says
 * currentReplicas. Missing pods are guessed, when shrinking, at 100 % of what they request, or at
 * the target where there is no request: there the documentation says "the desired value".
 *
 * Sizes follow as normalizeDesiredReplicasWithBehaviors has it, since pull request 97348. For an
 * object without any `behavior` the controller keeps an older rule, against its documentation: the
 * largest number wanted in the last 5 minutes, in both directions, and at most twice the fleet or
 * 4. That is not here.
 *
 * Tolerances are two, as since Kubernetes 1.33 (KEP-4951); with equal ones it is the old rule.
 */
#include "hpa.h"

#include "arena.h"

#include <math.h>
#include <string.h>

/* ---- which pods count ----------------------------------------------------------------------- */

static bool says_nothing(const struct fs_hpa_pod *pod, const struct fs_hpa_timing *timing,
                         fs_time now)
{
    if (pod->started + timing->cpu_initialization_period > now)
        return !pod->ready || pod->measured_at < pod->turned + pod->window;
    return !pod->ready && pod->started + timing->initial_readiness_delay > pod->turned;
}

enum fs_hpa_group fs_hpa_classify(const struct fs_hpa_pod *pod, const struct fs_hpa_timing *timing,
                                  bool cpu, fs_time now)
{
    if (pod->gone) return FS_HPA_DROPPED;
    if (pod->pending) return FS_HPA_IGNORED;
    if (!pod->measured) return FS_HPA_MISSING;
    return cpu && says_nothing(pod, timing, now) ? FS_HPA_IGNORED : FS_HPA_COUNTED;
}

/* ---- how many pods a metric wants ----------------------------------------------------------- */

static bool is_within(double ratio, struct fs_hpa_tolerance tolerance)
{
    return ratio >= 1 - tolerance.down && ratio <= 1 + tolerance.up;
}

/* Far more pods than there are anywhere, so that nothing overflows later. */
static int64_t round_up(double pods)
{
    return pods < 1e9 ? (int64_t)ceil(pods) : INT64_C(1000000000);
}

static double ratio_of_utilization(int64_t usage, int64_t request, int64_t target)
{
    return (double)(int64_t)((__int128)usage * 100 / request) / (double)target;
}

static double ratio_of_average(int64_t usage, int64_t pods, int64_t target)
{
    return (double)(usage / pods) / (double)target;
}

/* The second judgement, by guesses: `again` is the ratio over `pods`. */
static int64_t judge_again(double ratio, double again, int64_t pods, int64_t current,
                           struct fs_hpa_tolerance tolerance)
{
    if (is_within(again, tolerance) || (ratio < 1 && again > 1) || (ratio > 1 && again < 1))
        return current;
    const int64_t wanted = round_up(again * (double)pods);
    if ((again < 1 && wanted > current) || (again > 1 && wanted < current)) return current;
    return wanted;
}

int64_t fs_hpa_of_utilization(const struct fs_hpa_reading *r, int64_t current, int64_t target,
                              struct fs_hpa_tolerance tolerance)
{
    if (r->counted == 0 || r->request_counted == 0) return FS_HPA_UNKNOWN;
    const double ratio = ratio_of_utilization(r->usage, r->request_counted, target);
    const bool with_ignored = r->ignored > 0 && ratio > 1;
    if (!with_ignored && r->missing == 0)
        return is_within(ratio, tolerance) ? current : round_up(ratio * (double)r->counted);
    /* At a ratio of exactly 1 the missing stay out. */
    const bool with_missing = ratio != 1;
    const int64_t usage = r->usage + (ratio < 1 ? r->request_missing : 0);
    const int64_t request = r->request_counted + (with_missing ? r->request_missing : 0) +
                            (with_ignored ? r->request_ignored : 0);
    const int64_t pods =
        r->counted + (with_missing ? r->missing : 0) + (with_ignored ? r->ignored : 0);
    return judge_again(ratio, ratio_of_utilization(usage, request, target), pods, current,
                       tolerance);
}

int64_t fs_hpa_of_average(const struct fs_hpa_reading *r, int64_t current, int64_t target,
                          struct fs_hpa_tolerance tolerance)
{
    if (r->counted == 0) return FS_HPA_UNKNOWN;
    const double ratio = ratio_of_average(r->usage, r->counted, target);
    const bool with_ignored = r->ignored > 0 && ratio > 1;
    if (!with_ignored && r->missing == 0)
        return is_within(ratio, tolerance) ? current : round_up(ratio * (double)r->counted);
    const int64_t usage = r->usage + (ratio < 1 ? r->missing * target : 0);
    const int64_t pods = r->counted + r->missing + (with_ignored ? r->ignored : 0);
    return judge_again(ratio, ratio_of_average(usage, pods, target), pods, current, tolerance);
}

int64_t fs_hpa_of_value(int64_t value, int64_t ready, int64_t current, int64_t target,
                        struct fs_hpa_tolerance tolerance)
{
    const double ratio = (double)value / (double)target;
    if (current == 0) return round_up(ratio);
    return is_within(ratio, tolerance) ? current : round_up(ratio * (double)ready);
}

int64_t fs_hpa_of_average_value(int64_t value, int64_t current, int64_t target,
                                struct fs_hpa_tolerance tolerance)
{
    const double share = (double)value / (double)target;
    const bool keeps = current > 0 && is_within(share / (double)current, tolerance);
    return keeps ? current : round_up(share);
}

int64_t fs_hpa_combine(const int64_t *wanted, int n, int64_t current)
{
    int64_t most = FS_HPA_UNKNOWN;
    bool unknown = false;
    for (int i = 0; i < n; i++) {
        unknown |= wanted[i] == FS_HPA_UNKNOWN;
        if (wanted[i] > most) most = wanted[i];
    }
    return most == FS_HPA_UNKNOWN || (unknown && most < current) ? FS_HPA_UNKNOWN : most;
}

/* ---- how fast the fleet may follow ---------------------------------------------------------- */

static fs_time longest_period(const struct fs_hpa_rules *rules, fs_time longest)
{
    const struct fs_hpa_policy *policy = rules->policies.item;
    for (int i = 0; i < rules->policies.n; i++) {
        if (policy[i].period > longest) longest = policy[i].period;
    }
    return longest;
}

void fs_hpa_memory_new(struct fs_hpa_memory *memory, const struct fs_hpa_rules *up,
                       const struct fs_hpa_rules *down, struct fs_arena *arena)
{
    const fs_time window_up = up->stabilization_window, window_down = down->stabilization_window;
    *memory = (struct fs_hpa_memory){.up = up,
                                     .down = down,
                                     .window = window_up > window_down ? window_up : window_down,
                                     .period = longest_period(down, longest_period(up, 0)),
                                     .arena = arena};
}

/* Remember, and forget what lies `length` or more back. */
static void remember(const struct fs_hpa_memory *memory, struct fs_hpa_past *past, fs_time now,
                     int64_t replicas, fs_time length)
{
    int old = 0;
    while (old < past->n && past->moment[old].at <= now - length)
        old++;
    past->n -= old;
    if (old) memmove(past->moment, past->moment + old, (size_t)past->n * sizeof *past->moment);
    if (past->n == past->room) {
        past->room = past->room ? 2 * past->room : 32;
        struct fs_hpa_moment *more =
            fs_arena_alloc(memory->arena, (size_t)past->room * sizeof *more);
        if (past->n) memcpy(more, past->moment, (size_t)past->n * sizeof *more);
        past->moment = more;
    }
    past->moment[past->n++] = (struct fs_hpa_moment){now, replicas};
}

/* The present size, unless it lies below all that was wanted in the window for growth or above all
 * in that for shrinking: then the nearest of those. */
static int64_t stabilize(struct fs_hpa_memory *memory, fs_time now, int64_t current, int64_t wanted)
{
    const fs_time window_up = memory->up->stabilization_window;
    const fs_time window_down = memory->down->stabilization_window;
    int64_t least = wanted, most = wanted;
    for (int i = 0; i < memory->recommended.n; i++) {
        const struct fs_hpa_moment *then = &memory->recommended.moment[i];
        if (then->at > now - window_up && then->replicas < least) least = then->replicas;
        if (then->at > now - window_down && then->replicas > most) most = then->replicas;
    }
    remember(memory, &memory->recommended, now, wanted, memory->window);
    if (current < least) return least;
    return current > most ? most : current;
}

static int64_t changed_since(const struct fs_hpa_past *past, fs_time after)
{
    int64_t sum = 0;
    for (int i = 0; i < past->n; i++) {
        if (past->moment[i].at > after) sum += past->moment[i].replicas;
    }
    return sum;
}

/* Up: rounded up, or a small fleet would never grow. Down: cut to a whole number of pods. */
static int64_t bound_of(const struct fs_hpa_policy *policy, int64_t start, bool up)
{
    if (policy->type == FS_HPA_PODS) return up ? start + policy->value : start - policy->value;
    const double share = (double)policy->value / 100;
    return up ? round_up((double)start * (1 + share)) : (int64_t)((double)start * (1 - share));
}

/* How far the policies let the fleet go in this direction. */
static int64_t rate_bound(const struct fs_hpa_memory *memory, fs_time now, int64_t current, bool up)
{
    const struct fs_hpa_rules *rules = up ? memory->up : memory->down;
    const struct fs_hpa_policy *policy = rules->policies.item;
    if (rules->select_policy == FS_HPA_DISABLED) return current;
    const bool highest = up == (rules->select_policy == FS_HPA_MAX);
    int64_t bound = current;
    for (int i = 0; i < rules->policies.n; i++) {
        const fs_time begin = now - policy[i].period;
        const int64_t start =
            current - changed_since(&memory->grown, begin) + changed_since(&memory->shrunk, begin);
        const int64_t proposed = bound_of(&policy[i], start, up);
        if (i == 0 || (highest ? proposed > bound : proposed < bound)) bound = proposed;
    }
    return up == (bound > current) ? bound : current;
}

static int64_t limit(const struct fs_hpa_memory *memory, fs_time now, int64_t current,
                     int64_t wanted, int64_t minimum, int64_t maximum)
{
    int64_t next = wanted;
    if (wanted > current) {
        const int64_t bound = rate_bound(memory, now, current, true);
        if (next > bound) next = bound;
    } else if (wanted < current) {
        const int64_t bound = rate_bound(memory, now, current, false);
        if (next < bound) next = bound;
    }
    if (next > maximum) next = maximum;
    return next < minimum ? minimum : next;
}

void fs_hpa_see(struct fs_hpa_memory *memory, fs_time now, int64_t current)
{
    if (memory->recommended.room == 0)
        remember(memory, &memory->recommended, now, current, memory->window);
}

int64_t fs_hpa_follow(struct fs_hpa_memory *memory, fs_time now, int64_t current, int64_t wanted,
                      int64_t minimum, int64_t maximum)
{
    int64_t next;
    if (current > maximum || current < minimum) {
        next = current > maximum ? maximum : minimum; /* at once, by no rule */
    } else {
        wanted = stabilize(memory, now, current, wanted);
        next = limit(memory, now, current, wanted, minimum, maximum);
    }
    if (next > current) remember(memory, &memory->grown, now, next - current, memory->period);
    if (next < current) remember(memory, &memory->shrunk, now, current - next, memory->period);
    return next;
}
