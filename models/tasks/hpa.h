/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The arithmetic of the Horizontal Pod Autoscaler, as its documentation and its source have it:
 *   https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 *   https://github.com/kubernetes/kubernetes/tree/master/pkg/controller/podautoscaler
 * A reading goes through three steps: which pods count (fs_hpa_classify), how many pods each metric
 * wants (fs_hpa_of_*) and which of them wins (fs_hpa_combine), how fast the fleet may follow
 * (fs_hpa_follow). Nothing here looks at the clock or draws.
 *
 * Amounts are whole thousandths of the metric's unit, as there.
 */
#ifndef FS_MODELS_HPA_H
#define FS_MODELS_HPA_H

#include "param.h"
#include "time.h"

struct fs_arena;

/* ---- which pods count ----------------------------------------------------------------------- */

struct fs_hpa_pod {
    bool gone;                   /* failed, or told to stop */
    bool pending;                /* not yet running */
    bool ready;                  /* by its last probe */
    bool measured;               /* there is a sample of it */
    fs_time started;             /* running since */
    fs_time turned;              /* since when it is ready or not */
    fs_time measured_at, window; /* the sample: its end and its length */
};

struct fs_hpa_timing {
    fs_time cpu_initialization_period;
    fs_time initial_readiness_delay;
};

enum fs_hpa_group {
    FS_HPA_DROPPED, /* is not there */
    FS_HPA_IGNORED, /* there, but its usage says nothing: unready or just started */
    FS_HPA_MISSING, /* there, without a sample */
    FS_HPA_COUNTED
};

/* `cpu`: the metric is CPU; for others an unready pod counts like a ready one. */
enum fs_hpa_group fs_hpa_classify(const struct fs_hpa_pod *pod, const struct fs_hpa_timing *timing,
                                  bool cpu, fs_time now);

/* ---- how many pods a metric wants ----------------------------------------------------------- */

/* What was found of a per-pod metric. */
struct fs_hpa_reading {
    int64_t counted, ignored, missing;                         /* pods */
    int64_t usage;                                             /* sum over the counted */
    int64_t request_counted, request_ignored, request_missing; /* sums; for utilisation alone */
};

struct fs_hpa_tolerance {
    double up, down; /* ratios from 1 - down to 1 + up change nothing */
};

/* FS_HPA_UNKNOWN: nothing is known, the metric has no say. */
#define FS_HPA_UNKNOWN INT64_C(-1)

/* Resource, type Utilization: `target` in per cent of the request. `current`: the fleet's size. */
int64_t fs_hpa_of_utilization(const struct fs_hpa_reading *reading, int64_t current, int64_t target,
                              struct fs_hpa_tolerance tolerance);
/* Pods or Resource, type AverageValue: `target` for each pod. */
int64_t fs_hpa_of_average(const struct fs_hpa_reading *reading, int64_t current, int64_t target,
                          struct fs_hpa_tolerance tolerance);
/* Object or External, type Value: one number for the whole fleet; `ready` pods. */
int64_t fs_hpa_of_value(int64_t value, int64_t ready, int64_t current, int64_t target,
                        struct fs_hpa_tolerance tolerance);
/* Object or External, type AverageValue: `value` divided among the pods. */
int64_t fs_hpa_of_average_value(int64_t value, int64_t current, int64_t target,
                                struct fs_hpa_tolerance tolerance);

/* Several metrics: the largest; while one of them is unknown the fleet does not shrink. */
int64_t fs_hpa_combine(const int64_t *wanted, int n, int64_t current);

/* ---- how fast the fleet may follow ---------------------------------------------------------- */

enum fs_hpa_policy_type { FS_HPA_PODS, FS_HPA_PERCENT };
enum fs_hpa_select { FS_HPA_MAX, FS_HPA_MIN, FS_HPA_DISABLED };

struct fs_hpa_policy {
    int type; /* enum fs_hpa_policy_type */
    int64_t value;
    fs_time period;
};

/* behavior.scaleUp or behavior.scaleDown */
struct fs_hpa_rules {
    fs_time stabilization_window;
    int select_policy;       /* enum fs_hpa_select */
    struct fs_list policies; /* of struct fs_hpa_policy */
};

struct fs_hpa_memory {
    const struct fs_hpa_rules *up, *down;
    fs_time window, period; /* the longest of both directions */
    struct fs_hpa_past {
        struct fs_hpa_moment {
            fs_time at;
            int64_t replicas; /* recommended, or by how many the fleet changed */
        } * moment;
        int n, room;
    } recommended, grown, shrunk;
    struct fs_arena *arena;
};

void fs_hpa_memory_new(struct fs_hpa_memory *memory, const struct fs_hpa_rules *up,
                       const struct fs_hpa_rules *down, struct fs_arena *arena);

/* At each look at the fleet, before anything else: at the first one its size counts as wanted. */
void fs_hpa_see(struct fs_hpa_memory *memory, fs_time now, int64_t current);

/* The fleet's next size when the metrics want `wanted`: stabilised, limited in rate, between
 * `minimum` and `maximum`. Stabilised: it grows only to the smallest number wanted within the
 * window of `up`, shrinks only to the largest within that of `down`, and stays when it lies between
 * them. The change is remembered, so it must be made. O(length of the windows over the time between
 * calls). */
int64_t fs_hpa_follow(struct fs_hpa_memory *memory, fs_time now, int64_t current, int64_t wanted,
                      int64_t minimum, int64_t maximum);

#endif
