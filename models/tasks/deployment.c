/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Container services round the maximum down and the minimum up; Kubernetes rounds maxSurge up and
 * maxUnavailable down, which is the minimum up, too:
 *   https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 * The breaker's threshold is half of what is desired, at least 3 and at most 200, of failures since
 * a task of the version last became healthy:
 *   https://docs.aws.amazon.com/AmazonECS/latest/APIReference/
 *   API_ServiceDeploymentCircuitBreaker.html
 *
 * Tasks that are replaced when their start fails are started again at longer and longer intervals,
 * those of the crash's back-off; ones that start again in their place have that by themselves.
 */
#include "deployment.h"

#include "life.h"
#include "rng.h"

static fs_time now_of(const struct fs_fleet *fleet)
{
    return fs_now(fleet->sim);
}

/* ---- bounds --------------------------------------------------------------------------------- */

int64_t fs_deployment_least(const struct fs_fleet_params *p, int64_t desired)
{
    return fs_fleet_share(desired, p->deployment.minimum_healthy, true);
}

int64_t fs_deployment_most(const struct fs_fleet_params *p, int64_t desired)
{
    return fs_fleet_share(desired, p->deployment.maximum, p->deployment.rounded == FS_ROUNDED_UP);
}

/* ---- versions ------------------------------------------------------------------------------- */

static void count_old(struct fs_fleet *fleet)
{
    fleet->old = 0;
    for (const struct fs_task *task = fleet->active.first; task; task = task->next)
        fleet->old += task->version != fleet->version;
}

void fs_deployment_begin(struct fs_fleet *fleet, double bad)
{
    if (fleet->old == 0) fleet->deployment.good = fleet->version;
    fleet->version = ++fleet->versions;
    fleet->deployment.bad = bad;
    fleet->deployment.failures = 0;
    fleet->deployment.held = 0;
    count_old(fleet);
}

static void roll_back(struct fs_fleet *fleet)
{
    fleet->rolled_back++;
    fleet->version = fleet->deployment.good;
    fleet->deployment.bad = 0;
    fleet->deployment.failures = 0;
    fleet->deployment.held = 0;
    count_old(fleet);
}

/* ---- failures ------------------------------------------------------------------------------- */

bool fs_deployment_fails(const struct fs_fleet *fleet, const struct fs_task *task)
{
    if (!(fleet->deployment.bad > 0) || task->version != fleet->version) return false;
    const uint64_t key = fs_key_at(fleet->key, task->place.number, (uint64_t)task->lives);
    return fs_to_uniform(fs_key_at(key, 1, 1)) < fleet->deployment.bad;
}

static int64_t threshold(const struct fs_fleet *fleet)
{
    const int64_t least = fleet->p->deployment.breaker.least;
    const int64_t most = fleet->p->deployment.breaker.most;
    const int64_t n = fs_fleet_share(fleet->desired, fleet->p->deployment.breaker.share, true);
    return n < least ? least : n > most ? most : n;
}

static void held_no_more(struct fs_sim *sim, void *self, uintptr_t arg)
{
    (void)sim;
    (void)arg;
    fs_fleet_reconcile(self);
}

void fs_deployment_failed(struct fs_fleet *fleet, const struct fs_task *task)
{
    if (task->version != fleet->version) return;
    fleet->deployment.failures++;
    if (fleet->p->deployment.breaker.most && fleet->deployment.failures >= threshold(fleet)) {
        roll_back(fleet);
    } else if (!fleet->p->crash.in_place) {
        fleet->deployment.held =
            now_of(fleet) + fs_life_back_off(fleet->p, fleet->deployment.failures);
        fs_schedule(fleet->sim, fleet->deployment.held, held_no_more, fleet, 0);
    }
}

void fs_deployment_healthy(struct fs_fleet *fleet, const struct fs_task *task)
{
    if (task->version == fleet->version) fleet->deployment.failures = 0;
}

bool fs_deployment_holds(const struct fs_fleet *fleet)
{
    return now_of(fleet) < fleet->deployment.held;
}

/* ---- what rows cannot say ------------------------------------------------------------------- */

void fs_deployment_check(const struct fs_fleet_params *params, int64_t tasks,
                         struct fs_complaints *complaints)
{
    const double maximum = params->deployment.maximum;
    if (params->deployment.minimum_healthy >= 1 && maximum <= 1)
        fs_complain(complaints, "deployment.maximum",
                    "with a minimum_healthy of 100%% nothing could ever be replaced; say more");
    else if (tasks > 0 && fs_deployment_least(params, tasks) >= tasks &&
             fs_deployment_most(params, tasks) <= tasks)
        fs_complain(complaints, "deployment.maximum",
                    "of %lld tasks all must stay healthy and there may be no more, so none could "
                    "ever be replaced; at least %.6g",
                    (long long)tasks, 1 + 1 / (double)tasks);
    if (params->deployment.breaker.least > params->deployment.breaker.most)
        fs_complain(complaints, "deployment.breaker.least", "%lld is over 'most', %lld",
                    (long long)params->deployment.breaker.least,
                    (long long)params->deployment.breaker.most);
}
