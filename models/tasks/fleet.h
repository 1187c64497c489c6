/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tasks of a service: how many there are, in which zones, of which version. The owner says how
 * many there should be; the fleet starts them, drains what is too many, and replaces what it loses
 * and what a new version replaces. What a single task goes through is life.h.
 */
#ifndef FS_MODELS_FLEET_H
#define FS_MODELS_FLEET_H

#include "allowance.h"
#include "dist.h"
#include "instances.h"
#include "param.h"
#include "task.h"

struct fs_world;

enum fs_launches { FS_LAUNCHES_FREE, FS_LAUNCHES_ON_DEMAND, FS_LAUNCHES_SPOT };

struct fs_fleet_params {
    struct {
        struct fs_dist provisioning, init;
        int64_t image, pull_speed;
        double needed;
    } start;
    struct {
        fs_time interval, timeout, work;
        int64_t unhealthy_after, healthy_after;
        bool replace;
    } health;
    struct {
        fs_time deregistration_delay, timeout;
    } stop;
    struct {
        fs_time every, wait, wait_max;
        bool in_place;
    } crash;
    struct {
        fs_time every, notice;
    } interruption;
    struct {
        double minimum_healthy, maximum, available;
        int rounded; /* enum fs_rounding: of the maximum */
        struct {
            double share;
            int64_t least, most; /* 0: there is no breaker */
        } breaker;
    } deployment;
    int64_t zones;
    int launches;
    const char *cluster;
    fs_time minimum_charge;
};

/* Rows of the groups of that name. */
extern const struct fs_param fs_fleet_start_rows[], fs_fleet_health_rows[], fs_fleet_stop_rows[],
    fs_fleet_crash_rows[], fs_fleet_interruption_rows[], fs_fleet_deployment_rows[];
extern const char *const fs_launches_names[];

/* What rows cannot say; `tasks` at the start. */
void fs_fleet_check(const struct fs_fleet_params *params, int64_t tasks,
                    struct fs_complaints *complaints);

enum fs_rounding { FS_ROUNDED_DOWN, FS_ROUNDED_UP };

struct fs_task_list {
    struct fs_task *first, *last;
    int64_t n;
};

enum fs_serving {
    FS_SERVES_NOBODY, /* connections to it are broken */
    FS_SERVES_KNOWN,  /* those who have a connection to it */
    FS_SERVES_ALL
};

struct fs_fleet {
    const struct fs_fleet_params *p;
    struct fs_sim *sim;
    struct fs_world *world;
    struct fs_task_kind *kind;
    struct fs_tenant tenant;
    struct fs_component *cluster;    /* NULL: none */
    struct fs_allowance *allowance;  /* of launches; NULL: free */
    double vcpu;                     /* of a task */
    int64_t memory;                  /* MiB of a task */
    int64_t idle_memory, job_memory; /* that it uses; that each request in flight uses */
    struct fs_slab tasks;
    struct fs_task_list active;  /* that count towards `desired`, oldest first */
    struct fs_task_list leaving; /* draining */
    int64_t desired, old;        /* old: active ones of an earlier version */
    int64_t version, versions;   /* the present one; so far */
    struct {
        int64_t good;     /* the version that was complete last */
        double bad;       /* so many of the present one's tasks fail when they have started */
        int64_t failures; /* one after the other, of the present one */
        fs_time held;     /* nothing is started before */
    } deployment;
    uint64_t n;        /* tasks so far */
    uint16_t slowness; /* of tasks that start */
    int64_t per_zone[FS_ZONES], state[FS_TASK_STATES];
    fs_time lost_until[FS_ZONES];
    struct fs_delay_list minimum, check;
    uint64_t key;
    bool reconciling;
    bool opening;              /* the run begins: what has room is up */
    struct fs_task_view *view; /* room for the last look */
    int room;
    bool open;     /* no task is healthy: unhealthy ones get requests */
    bool balanced; /* a balancer is in front, and gives draining tasks their time */
    struct fs_instances instances;
    /* The owner: who gets through to a task from now on. */
    void (*serve)(struct fs_fleet *fleet, struct fs_task *task, enum fs_serving whom);
    /* metrics */
    int64_t started, stopped, crashed, interrupted, lost, out_of_memory, unhealthy;
    int64_t prepaid; /* tasks that have been charged the minimum */
    fs_time rounded; /* time added to whole seconds */
    int64_t failed_starts, rolled_back;
    struct fs_meter present, running, healthy, room_in, draining, wanted, charged;
    struct fs_meter no_vcpus, no_zone; /* that wait for them */
    struct fs_latency start_up;
};

/* With kind, serve, balanced and what a task has and uses (vcpu, memory, idle_memory, job_memory)
 * set; `tasks` are there and healthy at once. */
void fs_fleet_start(struct fs_fleet *fleet, struct fs_component *service,
                    const struct fs_fleet_params *params, int64_t tasks);

/* How many tasks there should be from now on. */
void fs_fleet_want(struct fs_fleet *fleet, int64_t tasks);
/* A new version: all tasks are replaced by new ones, of which a share `bad` fails at its start. */
void fs_fleet_deploy(struct fs_fleet *fleet, double bad);
void fs_fleet_lose_zone(struct fs_fleet *fleet, int zone, fs_time until);
/* From now on, work that the older `share` of the tasks begins takes `factor` of its time, and they
 * fail their health checks if `ill`; with a share of 1 those that start and those that drain are
 * slow, too. 0 ends it, for all. */
void fs_fleet_brown_out(struct fs_fleet *fleet, double factor, double share, bool ill);
/* Something has changed: start what is missing, drain what is too many, and hold what is left
 * against the balancer's rule for a fleet without a healthy task. */
void fs_fleet_reconcile(struct fs_fleet *fleet);
/* `share` of n, up to the next whole number or down. */
int64_t fs_fleet_share(int64_t n, double share, bool up);

/* All tasks that have not stopped, oldest first; good until the next look. O(tasks). */
const struct fs_task_view *fs_fleet_look(struct fs_fleet *fleet, int *n);

/* What a task of the instances does. */
const char *fs_fleet_state_of(const struct fs_task *task);

/* NULL when its laws hold. */
const char *fs_fleet_broken(const struct fs_fleet *fleet);

#endif
