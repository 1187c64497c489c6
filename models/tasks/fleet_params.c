/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tasks' lives are told by a scenario. */
#include "deployment.h"

const char *const fs_launches_names[] = {"free", "on_demand", "spot", NULL};

/* ---- what rows cannot say ------------------------------------------------------------------- */

void fs_fleet_check(const struct fs_fleet_params *params, int64_t tasks,
                    struct fs_complaints *complaints)
{
    fs_deployment_check(params, tasks, complaints);
    if (params->start.image && !params->start.pull_speed)
        fs_complain(complaints, "start.pull_speed", "an image is pulled at some speed: say it");
    if (params->health.interval && params->health.timeout >= params->health.interval)
        fs_complain(complaints, "health.timeout", "must be shorter than the interval");
    if (params->crash.wait > params->crash.wait_max)
        fs_complain(complaints, "crash.wait_max", "must not be shorter than 'wait'");
}

/* ---- tables --------------------------------------------------------------------------------- */

#define ROW(group, field)                                                                          \
    .offset =                                                                                      \
        offsetof(struct fs_fleet_params, group.field) - offsetof(struct fs_fleet_params, group)

const struct fs_param fs_fleet_start_rows[] = {
    {"provisioning", FS_P_DIST, FS_D_TIME, ROW(start, provisioning), "0s", 0, 0,
     .doc = "From leave to start to the start of the image's download: machine, network."},
    {"image", FS_P_SCALAR, FS_D_SIZE, ROW(start, image), "", 1, 1e12,
     .doc = "Size of the image as it is pulled, compressed; absent: it is there."},
    {"pull_speed", FS_P_SCALAR, FS_D_SIZE, ROW(start, pull_speed), "", 1, 1e12,
     .doc = "How much of it is pulled and unpacked in a second."},
    {"needed", FS_P_SCALAR, FS_D_FRACTION, ROW(start, needed), "100%", 0, 1,
     .doc = "Share of the image that must be there before the application starts; less than all "
            "is lazy loading."},
    {"init", FS_P_DIST, FS_D_TIME, ROW(start, init), "0s", 0, 0,
     .doc = "The application's own start on one vCPU; more vCPUs make it quicker, fewer slower."},
    {.key = NULL}};

const struct fs_param fs_fleet_health_rows[] = {
    {"interval", FS_P_SCALAR, FS_D_TIME, ROW(health, interval), NULL, 1e-3, 3600,
     .doc = "Time between two health checks of a task; a new one gets requests when it has passed "
            "its first."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(health, timeout), "5s", 1e-3, 3600,
     .doc = "A check fails that is not answered within this, as when the backlog is longer."},
    {"work", FS_P_SCALAR, FS_D_TIME, ROW(health, work), "0s", 0, 3600,
     .doc = "CPU work of a check, which shares the task's vCPUs with its requests: with very many "
            "of them it is late."},
    {"unhealthy_after", FS_P_SCALAR, FS_D_COUNT, ROW(health, unhealthy_after), "2", 1, 100,
     .doc = "Checks failed one after the other after which a task gets no more requests."},
    {"healthy_after", FS_P_SCALAR, FS_D_COUNT, ROW(health, healthy_after), "5", 1, 100,
     .doc = "Checks passed one after the other after which it gets requests again."},
    {"replace", FS_P_BOOL, FS_D_COUNT, ROW(health, replace), "false", 0, 0,
     .doc = "An unhealthy task is drained and another one started for it."},
    {.key = NULL}};

const struct fs_param fs_fleet_stop_rows[] = {
    {"deregistration_delay", FS_P_SCALAR, FS_D_TIME, ROW(stop, deregistration_delay), "", 1e-3,
     86400,
     .doc = "How long the balancer lets a draining task work on what it has, and lets its open "
            "connections go on, before it cuts them off; absent: there is no such time."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(stop, timeout), "30s", 0, 86400,
     .doc =
         "Time from the signal to stop, after the balancer's delay, to the end of the task, unless "
         "it has nothing left to do."},
    {.key = NULL}};

const struct fs_param fs_fleet_crash_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(crash, every), "", 1e-3, 3.2e9,
     .doc = "Mean time in service to a task's next crash, exponential; absent: never."},
    {"in_place", FS_P_BOOL, FS_D_COUNT, ROW(crash, in_place), "false", 0, 0,
     .doc = "Its container is started again where it is; otherwise another task is started."},
    {"wait", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait), "10s", 1e-3, 86400,
     .doc = "Wait before it is started again in its place, doubled after each further crash."},
    {"wait_max", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait_max), "5min", 1e-3, 86400,
     .doc = "Longest such wait; twice as long in service and the first wait counts again."},
    {.key = NULL}};

const struct fs_param fs_fleet_interruption_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(interruption, every), NULL, 1, 3.2e9,
     .doc = "Mean time to the interruption of a task on spare capacity, exponential."},
    {"notice", FS_P_SCALAR, FS_D_TIME, ROW(interruption, notice), "2min", 0, 86400,
     .doc = "Time from the notice, when it begins to drain, to its end."},
    {.key = NULL}};

static const char *const rounding_names[] = {"down", "up", NULL};

#define OF(field)                                                                                  \
    .offset = offsetof(struct fs_fleet_params, deployment.breaker.field) -                         \
              offsetof(struct fs_fleet_params, deployment.breaker)

static const struct fs_param breaker_rows[] = {
    {"failures", FS_P_SCALAR, FS_D_FRACTION, OF(share), "50%", 0, 1,
     .doc = "Failed starts, since one was well, as a share of the tasks that there should be, "
            "rounded up."},
    {"least", FS_P_SCALAR, FS_D_COUNT, OF(least), "3", 1, 1000000,
     .doc = "It never takes fewer failures than that."},
    {"most", FS_P_SCALAR, FS_D_COUNT, OF(most), "200", 1, 1000000, .doc = "It never takes more."},
    {.key = NULL}};

#undef OF

const struct fs_param fs_fleet_deployment_rows[] = {
    {"minimum_healthy", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, minimum_healthy), "100%", 0, 1,
     .doc = "Share of the tasks that stay healthy while a new version replaces them, rounded up; "
            "unhealthy ones go while more than that are up."},
    {"maximum", FS_P_SCALAR, FS_D_NUMBER, ROW(deployment, maximum), "2", 1, 10,
     .doc = "Multiple of the tasks, old and new, that there are at most meanwhile."},
    {"maximum_rounded", FS_P_CHOICE, FS_D_COUNT, ROW(deployment, rounded), "down", 0, 0,
     .doc = "How that becomes a whole number.", .choices = rounding_names},
    {"breaker", FS_P_GROUP, FS_D_COUNT, ROW(deployment, breaker), "", 0, 0,
     .doc = "Goes back to the version before when too many starts of the new one fail; absent: "
            "tries for ever.",
     .rows = breaker_rows},
    {"available", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, available), "0%", 0, 1,
     .doc = "Share of the tasks that a cluster leaves healthy when it moves tasks of its own will, "
            "rounded up."},
    {.key = NULL}};
