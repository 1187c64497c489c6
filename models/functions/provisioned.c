/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One change is prepared at a time: asking for another number while one is being prepared begins
 * anew for all that is not usable yet, and what has been started was for nothing. Tracking does not
 * act while something is prepared. The use is integrated apart from the recorder's meter, which
 * starts again at every interval.
 */
#include "provisioned.h"

#define STEP(field)  .offset = offsetof(struct fs_provisioned_step, field)
#define TRACK(field) .offset = offsetof(struct fs_tracking_params, field)
#define ROW(field)   .offset = offsetof(struct fs_provisioned_params, field)

static const struct fs_param step_rows[] = {
    {"at", FS_P_SCALAR, FS_D_TIME, STEP(at), NULL, 0, 3.2e9, .doc = "When."},
    {"count", FS_P_SCALAR, FS_D_COUNT, STEP(count), NULL, 0, 1000000,
     .doc = "How many from then on; with tracking, no fewer."},
    {"every", FS_P_SCALAR, FS_D_TIME, STEP(every), "", 1, 3.2e9,
     .doc = "And again so much later; absent: once."},
    {.key = NULL}};

static const struct fs_param tracking_rows[] = {
    {"target", FS_P_SCALAR, FS_D_FRACTION, TRACK(target), "", 0.01, 1,
     .doc = "Share of the ready environments that should be busy; absent: no tracking."},
    {"minimum", FS_P_SCALAR, FS_D_COUNT, TRACK(minimum), "1", 1, 1000000,
     .doc = "Fewest that it chooses."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, TRACK(maximum), "", 1, 1000000,
     .doc = "Most that it chooses, unless the schedule asks for more."},
    {"period", FS_P_SCALAR, FS_D_TIME, TRACK(period), "1min", 1, 86400,
     .doc = "Time over which the use is averaged."},
    {"out_periods", FS_P_SCALAR, FS_D_COUNT, TRACK(out_periods), "3", 1, 1000,
     .doc = "Periods in a row above the target before it grows."},
    {"in_periods", FS_P_SCALAR, FS_D_COUNT, TRACK(in_periods), "15", 1, 1000,
     .doc = "Periods in a row well below it before it shrinks."},
    {"in_share", FS_P_SCALAR, FS_D_FRACTION, TRACK(in_share), "90%", 0, 1,
     .doc = "How far below is well below, as a share of the target."},
    {.key = NULL}};

const struct fs_param fs_provisioned_rows[] = {
    {"count", FS_P_SCALAR, FS_D_COUNT, ROW(count), "0", 0, 1000000,
     .doc = "Environments kept ready; 0: none."},
    {"ready", FS_P_BOOL, FS_D_COUNT, ROW(ready), "true", 0, 0,
     .doc = "Whether they are ready when the run begins, or only asked for."},
    {"prepare", FS_P_DIST, FS_D_TIME, ROW(prepare), "0s", 0, 0,
     .doc = "Time before the first one of a new number is started."},
    {"rate", FS_P_SCALAR, FS_D_RATE, ROW(rate), "0/s", 0, 1e9,
     .doc = "How fast they are then started; 0/s: all at once."},
    {"schedule", FS_P_LIST, FS_D_COUNT, ROW(schedule), "", 0, 0,
     .doc = "Other numbers at other times.", .rows = step_rows,
     .size = sizeof(struct fs_provisioned_step)},
    {"tracking", FS_P_GROUP, FS_D_COUNT, ROW(tracking), "", 0, 0,
     .doc = "Other numbers by the use that is made of them.", .rows = tracking_rows},
    {"charge_step", FS_P_SCALAR, FS_D_TIME, ROW(charge_step), "", 1e-3, 86400,
     .doc =
         "What is given up is charged to the end of a multiple of this; absent: to the instant."},
    {.key = NULL}};

/* ---- what rows cannot say ------------------------------------------------------------------- */

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t fs_provisioned_most(const struct fs_provisioned_params *p)
{
    const struct fs_provisioned_step *step = p->schedule.item;
    int64_t most = p->count;
    for (int i = 0; i < p->schedule.n; i++)
        most = larger(most, step[i].count);
    return p->tracking.target > 0 ? larger(most, p->tracking.maximum) : most;
}

void fs_provisioned_check(const struct fs_provisioned_params *p, struct fs_complaints *complaints)
{
    const struct fs_tracking_params *t = &p->tracking;
    if (t->target > 0 && t->maximum == 0)
        fs_complain(complaints, "provisioned.tracking", "needs a maximum");
    else if (t->target > 0 && t->maximum < larger(t->minimum, p->count))
        fs_complain(complaints, "provisioned.tracking.maximum",
                    "must not be below the minimum and the count");
    if (!(t->target > 0) && t->maximum > 0)
        fs_complain(complaints, "provisioned.tracking", "needs a target");
    if (t->target > 0 && p->count < t->minimum)
        fs_complain(complaints, "provisioned.count", "must not be below tracking's minimum");
}

/* ---- what is charged ------------------------------------------------------------------------ */

static void charge_less(struct fs_sim *sim, void *self, uintptr_t n)
{
    struct fs_provisioned *it = self;
    fs_meter_add(&it->charged, fs_now(sim), -(int64_t)n);
}

static void charge(struct fs_provisioned *it, int64_t change)
{
    const fs_time now = fs_now(it->sim), step = it->p->charge_step;
    if (it->wanted.level == change) it->enabled = now; /* there were none */
    if (change >= 0 || step == 0)
        fs_meter_add(&it->charged, now, change);
    else
        fs_schedule(it->sim, it->enabled + (now - it->enabled + step - 1) / step * step,
                    charge_less, it, (uintptr_t)-change);
}

/* ---- changing the number -------------------------------------------------------------------- */

static void set_usable(struct fs_provisioned *it, int64_t n)
{
    it->usable = n;
    fs_meter_set(&it->ready, fs_now(it->sim), n);
    it->high = it->low = 0;
    it->owner->usable(it->self, n);
}

static void prepared(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_provisioned *it = self;
    (void)sim;
    (void)arg;
    it->pending = 0;
    set_usable(it, it->wanted.level);
}

static fs_time prepare(struct fs_provisioned *it)
{
    const struct fs_dist *dist = &it->p->prepare;
    const uint64_t bits = fs_key_at(it->key, it->n_changes++, 0);
    return fs_nanoseconds(fs_dist_quantile(dist, fs_to_uniform(bits)));
}

static void start(struct fs_provisioned *it, int64_t n)
{
    it->starting = fs_now(it->sim) + prepare(it);
    it->due = it->starting + it->owner->start(it->self, n);
    it->pending = fs_schedule(it->sim, it->due, prepared, it, 0);
}

/* Of what is missing of the number that has been wanted up to now; it may be done at this instant.
 */
static void call_off(struct fs_provisioned *it)
{
    const fs_time now = fs_now(it->sim);
    if (!it->pending) return;
    fs_cancel(it->sim, it->pending);
    it->pending = 0;
    if (now >= it->due)
        set_usable(it, it->wanted.level);
    else if (now >= it->starting)
        it->owner->call_off(it->self, it->wanted.level - it->usable, now - it->starting);
}

static void want(struct fs_provisioned *it, int64_t n)
{
    const fs_time now = fs_now(it->sim);
    const int64_t change = n - it->wanted.level;
    if (change == 0) return;
    call_off(it);
    fs_meter_add(&it->wanted, now, change);
    charge(it, change);
    it->owner->wanted(it->self);
    if (n > it->usable)
        start(it, n - it->usable);
    else if (n < it->usable)
        set_usable(it, n);
}

static void step_due(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_provisioned *it = self;
    const struct fs_provisioned_step *step = (const struct fs_provisioned_step *)arg;
    it->minimum = step->count;
    if (!(it->p->tracking.target > 0) || step->count > it->wanted.level) want(it, step->count);
    if (step->every > 0) fs_schedule(sim, fs_now(sim) + step->every, step_due, it, arg);
}

/* ---- tracking ------------------------------------------------------------------------------- */

/* Mean number busy since the last look. */
static double look(struct fs_provisioned *it)
{
    const fs_time now = fs_now(it->sim);
    fs_provisioned_use(it, now, 0);
    const double busy = (double)it->used / (double)(now - it->looked);
    it->used = 0;
    it->looked = now;
    return busy;
}

static int64_t limited(const struct fs_provisioned *it, double n)
{
    const struct fs_tracking_params *t = &it->p->tracking;
    const int64_t whole = (int64_t)n + ((double)(int64_t)n < n);
    return larger(whole < t->maximum ? whole : t->maximum, larger(t->minimum, it->minimum));
}

static void tick(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_provisioned *it = self;
    const struct fs_tracking_params *t = &it->p->tracking;
    const double busy = look(it), use = it->usable ? busy / (double)it->usable : 0;
    (void)arg;
    fs_source_arm(sim, &it->tick, fs_now(sim) + t->period);
    if (it->usable == 0) return;
    it->high = use > t->target ? it->high + 1 : 0;
    it->low = use < t->in_share * t->target ? it->low + 1 : 0;
    const int64_t n = limited(it, busy / t->target);
    if (it->pending) return;
    if (it->high >= t->out_periods && n > it->usable) want(it, n);
    if (it->low >= t->in_periods && n < it->usable) want(it, n);
}

/* ---- set-up --------------------------------------------------------------------------------- */

void fs_provisioned_new(struct fs_provisioned *it, const struct fs_provisioned_params *p,
                        struct fs_sim *sim, uint64_t key, const struct fs_provisioned_owner *owner,
                        void *self)
{
    const struct fs_provisioned_step *step = p->schedule.item;
    it->p = p;
    it->sim = sim;
    it->key = key;
    it->owner = owner;
    it->self = self;
    if (p->ready && p->count > 0) {
        fs_meter_add(&it->wanted, fs_now(sim), p->count);
        charge(it, p->count);
        owner->wanted(self);
        set_usable(it, p->count);
    } else {
        want(it, p->count);
    }
    for (int i = 0; i < p->schedule.n; i++)
        fs_schedule(sim, step[i].at, step_due, it, (uintptr_t)&step[i]);
    fs_source_new(sim, &it->tick, tick, it, 0);
    if (p->tracking.target > 0) fs_source_arm(sim, &it->tick, p->tracking.period);
}
