/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Defaults:
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior */
#include "behavior.h"

#include "arena.h"

static const char *const policy_type_names[] = {"Pods", "Percent", NULL};
static const char *const select_names[] = {"Max", "Min", "Disabled", NULL};

static struct fs_hpa_rules *rules_of(const struct fs_behavior_rules *p, struct fs_arena *arena)
{
    const struct fs_behavior_policy *from = p->policies.item;
    struct fs_hpa_rules *rules = fs_arena_alloc(arena, sizeof *rules);
    struct fs_hpa_policy *policy =
        fs_arena_alloc(arena, (size_t)(p->policies.n + 1) * sizeof *policy);
    for (int i = 0; i < p->policies.n; i++)
        policy[i] =
            (struct fs_hpa_policy){from[i].type, from[i].value, from[i].period_seconds * FS_S};
    *rules =
        (struct fs_hpa_rules){p->window_seconds * FS_S, p->select_policy, {policy, p->policies.n}};
    return rules;
}

void fs_behavior_start(const struct fs_behavior *behavior, struct fs_hpa_memory *memory,
                       struct fs_arena *arena)
{
    fs_hpa_memory_new(memory, rules_of(&behavior->up, arena), rules_of(&behavior->down, arena),
                      arena);
}

static void check_rules(const struct fs_behavior_rules *p, const char *key,
                        struct fs_complaints *complaints)
{
    if (p->policies.n == 0 && p->select_policy != FS_HPA_DISABLED)
        fs_complain(complaints, key,
                    "no policy allows any change; to say so: selectPolicy: Disabled");
}

void fs_behavior_check(const struct fs_behavior *behavior, struct fs_complaints *complaints)
{
    check_rules(&behavior->up, "behavior.scaleUp", complaints);
    check_rules(&behavior->down, "behavior.scaleDown", complaints);
}

#define ROW(field) .offset = offsetof(struct fs_behavior_policy, field)

static const struct fs_param policy_rows[] = {
    {"type", FS_P_CHOICE, FS_D_COUNT, ROW(type), NULL, 0, 0,
     .doc = "What `value` counts: pods, or per cent of the pods at the period's start.",
     .choices = policy_type_names},
    {"value", FS_P_SCALAR, FS_D_COUNT, ROW(value), NULL, 1, 1000000,
     .doc = "By so much the number of pods may change in a period."},
    {"periodSeconds", FS_P_SCALAR, FS_D_COUNT, ROW(period_seconds), NULL, 1, 1800,
     .doc = "Length of the period in seconds."},
    {.key = NULL}};

#undef ROW
#define ROW(field) .offset = offsetof(struct fs_behavior_rules, field)
#define TOLERANCE                                                                                  \
    {                                                                                              \
        "tolerance", FS_P_SCALAR, FS_D_NUMBER, ROW(tolerance), "0.1", 0, 10,                       \
            .doc = "A metric that is off its target by no more than this share changes nothing."   \
    }
#define SELECT                                                                                     \
    {                                                                                              \
        "selectPolicy", FS_P_CHOICE, FS_D_COUNT, ROW(select_policy), "Max", 0, 0,                  \
            .doc = "Which of the policies counts: that of the largest change, of the smallest, "   \
                   "or no change at all.",                                                         \
            .choices = select_names                                                                \
    }

static const struct fs_param up_rows[] = {
    {"stabilizationWindowSeconds", FS_P_SCALAR, FS_D_COUNT, ROW(window_seconds), "0", 0, 3600,
     .doc = "Pods are added only up to the smallest number wanted within so many seconds."},
    SELECT,
    TOLERANCE,
    {"policies", FS_P_LIST, FS_D_COUNT, ROW(policies),
     "[{type: Percent, value: 100, periodSeconds: 15}, {type: Pods, value: 4, periodSeconds: 15}]",
     0, 0, .doc = "How fast pods may be added.", .rows = policy_rows,
     .size = sizeof(struct fs_behavior_policy)},
    {.key = NULL}};

static const struct fs_param down_rows[] = {
    {"stabilizationWindowSeconds", FS_P_SCALAR, FS_D_COUNT, ROW(window_seconds), "300", 0, 3600,
     .doc = "Pods are removed only down to the largest number wanted within so many seconds."},
    SELECT,
    TOLERANCE,
    {"policies", FS_P_LIST, FS_D_COUNT, ROW(policies),
     "[{type: Percent, value: 100, periodSeconds: 15}]", 0, 0,
     .doc = "How fast pods may be removed.", .rows = policy_rows,
     .size = sizeof(struct fs_behavior_policy)},
    {.key = NULL}};

const struct fs_param fs_behavior_rows[] = {
    {"scaleUp", FS_P_GROUP, FS_D_COUNT, offsetof(struct fs_behavior, up), "{}", 0, 0,
     .doc = "More pods.", .rows = up_rows},
    {"scaleDown", FS_P_GROUP, FS_D_COUNT, offsetof(struct fs_behavior, down), "{}", 0, 0,
     .doc = "Fewer pods.", .rows = down_rows},
    {.key = NULL}};
