/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tasks' lives are told by a scenario. */
#include "fleet.h"

const char *const fs_launches_names[] = {"free", "on_demand", "spot", NULL};

/* ---- what rows cannot say ---------------------------------------------------------------------
 */

void fs_fleet_check(const struct fs_fleet_params *params, int64_t tasks,
                    struct fs_complaints *complaints)
{
    (void)tasks;
    if (params->deployment.minimum_healthy >= 1 && params->deployment.maximum <= 1)
        fs_complain(complaints, "deployment.maximum",
                    "with a minimum_healthy of 100%% nothing could ever be replaced; say more");
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
     .doc = "How long a draining task may work on what it has before the balancer cuts it off; "
            "absent: as long as 'timeout'."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(stop, timeout), "30s", 0, 86400,
     .doc = "Without a balancer's delay: time from the signal to stop to the end of the task."},
    {.key = NULL}};

const struct fs_param fs_fleet_crash_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(crash, every), "", 1e-3, 3.2e9,
     .doc = "Mean time in service to a task's next crash, exponential; absent: never."},
    {"in_place", FS_P_BOOL, FS_D_COUNT, ROW(crash, in_place), "false", 0, 0,
     .doc = "Its container is started again where it is; otherwise another task is started."},
    {"wait", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait), "10s", 0, 86400,
     .doc = "Wait before it is started again in its place, doubled after each further crash."},
    {"wait_max", FS_P_SCALAR, FS_D_TIME, ROW(crash, wait_max), "5min", 0, 86400,
     .doc = "Longest such wait; twice as long in service and the first wait counts again."},
    {.key = NULL}};

const struct fs_param fs_fleet_interruption_rows[] = {
    {"every", FS_P_SCALAR, FS_D_TIME, ROW(interruption, every), NULL, 1, 3.2e9,
     .doc = "Mean time to the interruption of a task on spare capacity, exponential."},
    {"notice", FS_P_SCALAR, FS_D_TIME, ROW(interruption, notice), "2min", 0, 86400,
     .doc = "Time from the notice, when it begins to drain, to its end."},
    {.key = NULL}};

const struct fs_param fs_fleet_deployment_rows[] = {
    {"minimum_healthy", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, minimum_healthy), "100%", 0, 1,
     .doc = "Share of the tasks that stay healthy while a new version replaces them, rounded up."},
    {"maximum", FS_P_SCALAR, FS_D_NUMBER, ROW(deployment, maximum), "2", 1, 10,
     .doc = "Multiple of the tasks, old and new, that there are at most meanwhile, rounded down."},
    {"available", FS_P_SCALAR, FS_D_FRACTION, ROW(deployment, available), "0%", 0, 1,
     .doc = "Share of the tasks that a cluster leaves healthy when it moves tasks of its own will, "
            "rounded up."},
    {.key = NULL}};
