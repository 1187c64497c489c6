/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Policies that are due at one instant are asked one after the other, then one event of that
 * instant makes a decision of what all have said. The limits apply even when nobody has an
 * opinion, because a policy may have moved them.
 */
#include "scaling.h"

#include "arena.h"
#include "component.h"

struct fs_policy {
    struct fs_scaling *scaling;
    const struct fs_plugin_value *plugin;
    const struct fs_scaler_type *type;
    void *state;
    struct fs_source source;
    int64_t said;
    fs_time at; /* when */
};

static fs_time since(fs_time at, fs_time now)
{
    return at == FS_NEVER ? FS_NEVER : now - at;
}

static void view_of(struct fs_scaling *scaling, struct fs_scaler_view *view)
{
    const fs_time now = fs_now(scaling->sim);
    *view = (struct fs_scaler_view){.now = now,
                                    .minimum = scaling->minimum,
                                    .maximum = scaling->maximum,
                                    .since_out = since(scaling->grew, now),
                                    .since_in = since(scaling->shrank, now),
                                    .blind = scaling->blind};
    scaling->look(scaling, view);
}

/* What counts of a policy's opinion: see scaler.h. */
static int64_t standing(const struct fs_policy *policy, fs_time now, int64_t desired)
{
    return policy->at < now && policy->said > desired ? FS_KEEP : policy->said;
}

static int64_t agree(const struct fs_scaling *scaling, fs_time now, int64_t desired)
{
    int64_t most = -1;
    bool keep = false, fewer = false;
    for (int i = 0; i < scaling->n; i++) {
        const struct fs_policy *policy = &scaling->policy[i];
        const int64_t said = standing(policy, now, desired);
        keep |= said == FS_KEEP;
        fewer |= policy->at == now && said >= 0 && said < desired;
        if (said > most) most = said;
    }
    return most > desired || (fewer && !keep) ? most : desired;
}

static void decide(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_scaling *scaling = self;
    struct fs_scaler_view view;
    (void)sim;
    (void)arg;
    scaling->deciding = false;
    view_of(scaling, &view);
    int64_t wanted = agree(scaling, view.now, view.desired);
    if (wanted < scaling->minimum) wanted = scaling->minimum;
    if (wanted > scaling->maximum) wanted = scaling->maximum;
    if (wanted == view.desired) return;
    if (wanted > view.desired) {
        scaling->outs++;
        scaling->grew = view.now;
    } else {
        scaling->ins++;
        scaling->shrank = view.now;
    }
    scaling->want(scaling, wanted);
}

static void ask(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_policy *policy = self;
    struct fs_scaling *scaling = policy->scaling;
    const fs_time now = fs_now(sim);
    struct fs_scaler_view view;
    (void)arg;
    view_of(scaling, &view);
    struct fs_decision decision = {FS_ABSTAIN, view.minimum, view.maximum};
    policy->type->decide(policy->state, policy->plugin->params, &view, &decision);
    policy->said = decision.wanted;
    policy->at = now;
    scaling->minimum = decision.minimum;
    scaling->maximum = decision.maximum;
    fs_source_arm(sim, &policy->source,
                  policy->type->next(policy->state, policy->plugin->params, now));
    if (!scaling->deciding) fs_schedule_last(sim, now, decide, scaling, 0);
    scaling->deciding = true;
}

static void start_policy(struct fs_scaling *scaling, struct fs_policy *policy,
                         struct fs_component *service)
{
    policy->scaling = scaling;
    policy->type = policy->plugin->plugin->type;
    policy->said = FS_ABSTAIN;
    if (policy->type->size)
        policy->state = fs_arena_alloc(fs_sim_arena(scaling->sim), policy->type->size);
    if (policy->type->start) policy->type->start(policy->state, policy->plugin->params, service);
    scaling->sees_tasks |= policy->type->sees_tasks;
    fs_source_new(scaling->sim, &policy->source, ask, policy, 0);
    fs_source_arm(scaling->sim, &policy->source,
                  policy->type->next(policy->state, policy->plugin->params, -1));
}

void fs_scaling_start(struct fs_scaling *scaling, const struct fs_scaling_params *params,
                      struct fs_component *service)
{
    const struct fs_plugin_value *plugin = params->policies.item;
    scaling->p = params;
    scaling->sim = service->sim;
    scaling->n = params->policies.n;
    scaling->minimum = params->minimum;
    scaling->maximum = params->maximum;
    scaling->grew = scaling->shrank = FS_NEVER;
    if (scaling->n == 0) return;
    scaling->policy =
        fs_arena_alloc(fs_sim_arena(scaling->sim), (size_t)scaling->n * sizeof *scaling->policy);
    for (int i = 0; i < scaling->n; i++) {
        scaling->policy[i].plugin = &plugin[i];
        start_policy(scaling, &scaling->policy[i], service);
    }
}

void fs_scaling_check(const struct fs_scaling_params *params, int64_t tasks,
                      struct fs_complaints *complaints)
{
    if (params->policies.n == 0)
        fs_complain(complaints, "scaling.policies", "at least one is needed");
    if (params->minimum > params->maximum)
        fs_complain(complaints, "scaling.minimum", "%lld is over the maximum of %lld",
                    (long long)params->minimum, (long long)params->maximum);
    else if (tasks < params->minimum || tasks > params->maximum)
        fs_complain(complaints, "tasks", "must be within the scaling's limits: %lld .. %lld",
                    (long long)params->minimum, (long long)params->maximum);
}

bool fs_scaling_of_memory(const struct fs_scaling_params *params)
{
    const struct fs_plugin_value *policy = params->policies.item;
    for (int i = 0; i < params->policies.n; i++) {
        const struct fs_scaler_type *type = policy[i].plugin->type;
        if (type->of_memory && type->of_memory(policy[i].params)) return true;
    }
    return false;
}

bool fs_scaling_of_backlog(const struct fs_scaling_params *params)
{
    const struct fs_plugin_value *policy = params->policies.item;
    for (int i = 0; i < params->policies.n; i++) {
        const struct fs_scaler_type *type = policy[i].plugin->type;
        if (type->of_backlog && type->of_backlog(policy[i].params)) return true;
    }
    return false;
}

static const struct fs_param policy_rows[] = {
    {"", FS_P_PLUGIN, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A scaling policy.", .registry = "scalers"},
    {.key = NULL}};

#define ROW(field) .offset = offsetof(struct fs_scaling_params, field)

const struct fs_param fs_scaling_rows[] = {
    {"minimum", FS_P_SCALAR, FS_D_COUNT, ROW(minimum), "1", 0, 1000000,
     .doc = "Fewest tasks that scaling leaves."},
    {"maximum", FS_P_SCALAR, FS_D_COUNT, ROW(maximum), NULL, 0, 1000000,
     .doc = "Most tasks that scaling asks for."},
    {"policies", FS_P_LIST, FS_D_COUNT, ROW(policies), NULL, 0, 0,
     .doc = "What decides how many tasks there should be; the largest number wins, and the service "
            "shrinks only when none objects.",
     .rows = policy_rows, .size = sizeof(struct fs_plugin_value)},
    {.key = NULL}};
