/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of a function and what they cannot say one by one. */
#include "function.h"

#include "coldstarts.h"

#include <stdio.h>
#include <string.h>

static const char *const member_memory_names[] = {"setting", "trace", NULL};
static const char *const packaging_names[] = {"zip", "image", NULL};
static const char *const architecture_names[] = {"x86_64", "arm64", NULL};
static const char *const reuse_names[] = {"most_recently_used", "least_recently_used", "random",
                                          NULL};
static const char *const binding_names[] = {"own", "first_free", NULL};

static const struct fs_param chore_rows[] = {
    {"cpu", FS_P_DIST, FS_D_TIME, .offset = offsetof(struct fs_chore, cpu), .preset = "0s",
     .doc = "CPU work on one vCPU."},
    {"io", FS_P_DIST, FS_D_TIME, .offset = offsetof(struct fs_chore, io), .preset = "0s",
     .doc = "Waiting that no CPU speeds up, such as a download."},
    {.key = NULL}};

static const struct fs_param runtime_rows[] = {
    {"", FS_P_TEXT, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A runtime."}, {.key = NULL}};

#define ROW(field) .offset = offsetof(struct fs_function_params, field)

const struct fs_param fs_function_rows[] = {
    {"memory", FS_P_SCALAR, FS_D_MEMORY, ROW(memory), "128MB", 1, 1048576,
     .doc = "Memory setting of a function; CPU comes in proportion."},
    {"memory_min", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_min), "", 1, 1048576,
     .doc = "Smallest memory setting that the platform accepts."},
    {"memory_max", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_max), "", 1, 1048576,
     .doc = "Largest memory setting that the platform accepts."},
    {"member_memory", FS_P_CHOICE, FS_D_COUNT, ROW(member_memory), "setting", 0, 0,
     .doc = "Memory of the functions of a trace: the setting for all, or each its own from the "
            "trace.",
     .choices = member_memory_names},
    {"memory_per_vcpu", FS_P_SCALAR, FS_D_MEMORY, ROW(memory_per_vcpu), NULL, 1, 1048576,
     .doc = "Memory setting that comes with one vCPU."},
    {"cpu_max", FS_P_SCALAR, FS_D_CPU, ROW(cpu_max), NULL, 0.01, 1024,
     .doc = "Most vCPUs that a function gets."},
    {"threads", FS_P_SCALAR, FS_D_NUMBER, ROW(startup.threads), "1", 1, 1024,
     .doc = "Threads that the function's code can keep busy."},
    {"timeout", FS_P_SCALAR, FS_D_TIME, ROW(timeout), NULL, 1e-6, 1e6,
     .doc = "Time limit of an execution; it is billed and holds its environment until then, which "
            "is then reset."},
    {"timeout_max", FS_P_SCALAR, FS_D_TIME, ROW(timeout_max), "", 1e-6, 1e6,
     .doc = "Longest time limit that the platform accepts."},
    {"runtime", FS_P_TEXT, FS_D_COUNT, ROW(runtime), "", 0, 0,
     .doc = "Language and version, as the table of cold starts has it."},
    {"packaging", FS_P_CHOICE, FS_D_COUNT, ROW(packaging), "zip", 0, 0,
     .doc = "How the code comes.", .choices = packaging_names},
    {"architecture", FS_P_CHOICE, FS_D_COUNT, ROW(architecture), "x86_64", 0, 0,
     .doc = "Instruction set; it decides the measured cold start and the price.",
     .choices = architecture_names},
    {"cold_starts", FS_P_DATA, FS_D_COUNT, ROW(cold_starts), "", 0, 0,
     .doc = "Table of measured cold starts, used where cold_start is not given.",
     .registry = "cold_starts"},
    {"cold_start", FS_P_DIST, FS_D_TIME, ROW(startup.cold_start), "", 0, 0,
     .doc = "Time to start an environment, without what its code adds; absent: as measured for the "
            "runtime, together with what its first invocation takes longer."},
    {"package", FS_P_SCALAR, FS_D_SIZE, ROW(startup.package), "", 1, 1e12,
     .doc = "Size of the code package; absent: it adds nothing to a start."},
    {"package_base", FS_P_SCALAR, FS_D_TIME, ROW(startup.package_base), "0s", 0, 3600,
     .doc = "What a package of whatever size adds to a start."},
    {"package_per_mb", FS_P_SCALAR, FS_D_TIME, ROW(startup.package_per_mb), "0s", 0, 3600,
     .doc = "What each MB of it adds."},
    {"setup", FS_P_GROUP, FS_D_COUNT, ROW(startup.setup), "", 0, 0,
     .doc = "Work of the module while it initialises, such as loading a model.",
     .rows = chore_rows},
    {"init_cpu", FS_P_SCALAR, FS_D_CPU, ROW(startup.init_cpu), "", 0.01, 1024,
     .doc = "vCPUs during initialisation; absent: those of executions."},
    {"init_limit", FS_P_SCALAR, FS_D_TIME, ROW(startup.init_limit), "", 1e-6, 1e6,
     .doc = "An initialisation longer than this is broken off, and done again within the first "
            "execution and its time limit; absent: no limit."},
    {"restore", FS_P_DIST, FS_D_TIME, ROW(startup.restore), "", 0, 0,
     .doc = "Time to restore an environment from a snapshot, instead of all initialisation; "
            "absent: there is no snapshot."},
    {"restore_limit", FS_P_SCALAR, FS_D_TIME, ROW(startup.restore_limit), "", 1e-6, 1e6,
     .doc = "A restore that takes longer fails, and with it the request."},
    {"snapshot_runtimes", FS_P_LIST, FS_D_COUNT, ROW(snapshots), "", 0, 0,
     .doc = "Runtimes that the platform has snapshots of, in zip packages; absent: of all, however "
            "the code comes.",
     .rows = runtime_rows, .size = sizeof(const char *)},
    {"free_snapshots", FS_P_LIST, FS_D_COUNT, ROW(free_snapshots), "", 0, 0,
     .doc = "Runtimes whose snapshots and restores are not charged.", .rows = runtime_rows,
     .size = sizeof(const char *)},
    {"first_invocation", FS_P_GROUP, FS_D_COUNT, ROW(startup.first), "", 0, 0,
     .doc = "Work that the first execution in each environment does for the later ones.",
     .rows = chore_rows},
    {"cold_start_binding", FS_P_CHOICE, FS_D_COUNT, ROW(binding), "own", 0, 0,
     .doc = "What a request gets for which an environment was started: that one, or the first of "
            "its function to become free.",
     .choices = binding_names},
    {"keep_alive", FS_P_DIST, FS_D_TIME, ROW(keep_alive), NULL, 0, 0,
     .doc = "How long an idle environment is kept, drawn anew for each idle spell; as all "
            "distributions it may be a name from distributions/, such as idle-10min."},
    {"max_age", FS_P_DIST, FS_D_TIME, ROW(max_age), "", 1e-3, 3.2e9,
     .doc = "Age at which an environment is retired as soon as it is idle; absent: none."},
    {"proactive", FS_P_SCALAR, FS_D_FRACTION, ROW(proactive), "0%", 0, 1,
     .doc = "Share of environments retired for their age that are replaced ahead of requests."},
    {"reuse", FS_P_CHOICE, FS_D_COUNT, ROW(reuse), "most_recently_used", 0, 0,
     .doc = "Which idle environment serves the next request.", .choices = reuse_names},
    {"error_rate", FS_P_SCALAR, FS_D_FRACTION, ROW(error_rate), "0%", 0, 1,
     .doc = "Share of executions that fail."},
    {"crash_share", FS_P_SCALAR, FS_D_FRACTION, ROW(crash_share), "0%", 0, 1,
     .doc = "Share of the failed ones after which the environment is reset."},
    {"scale_burst", FS_P_SCALAR, FS_D_COUNT, ROW(scale_burst), NULL, 1, 1000000000,
     .doc = "Environments of one function that can be started at once."},
    {"scale_rate", FS_P_SCALAR, FS_D_RATE, ROW(scale_rate), NULL, 0, 1e9,
     .doc = "Rate at which that allowance of one function refills; 0/s: no limit at all."},
    {"reserved", FS_P_SCALAR, FS_D_COUNT, ROW(reserved), "-1", -1, 10000000,
     .doc = "Concurrency that the function has for itself and cannot exceed (those of a trace: all "
            "of them together); 0 switches it off, -1: it shares what nobody has reserved."},
    {"provisioned", FS_P_GROUP, FS_D_COUNT, ROW(provisioned), "", 0, 0,
     .doc = "Environments kept ready ahead of requests.", .rows = fs_provisioned_rows},
    {"billing_step", FS_P_SCALAR, FS_D_TIME, ROW(billing_step), "1ms", 1e-3, 1e6,
     .doc = "Billed durations are rounded up to multiples of this, a whole number of milliseconds, "
            "each invocation apart."},
    {"init_billed", FS_P_BOOL, FS_D_COUNT, ROW(init_billed), "true", 0, 0,
     .doc = "Bill the start-up, together with the execution that it is for."},
    {"ephemeral_storage", FS_P_SCALAR, FS_D_MEMORY, ROW(storage), "", 1, 1048576,
     .doc = "Temporary storage of an environment."},
    {"storage_free", FS_P_SCALAR, FS_D_MEMORY, ROW(storage_free), "", 1, 1048576,
     .doc = "How much of it is not charged."},
    {"log_size", FS_P_SCALAR, FS_D_SIZE, ROW(log_size), "0B", 0, 2e9,
     .doc = "What an execution writes to the logs."},
    {"price_logs", FS_P_PRICE, FS_D_COUNT, ROW(price_logs), "", 0, 0,
     .doc = "Price item of a GB that is written to the logs."},
    {"response_size", FS_P_SCALAR, FS_D_SIZE, ROW(response_size), "0B", 0, 2e9,
     .doc = "What an execution sends out where that is charged."},
    {"price_egress", FS_P_PRICE, FS_D_COUNT, ROW(price_egress), "", 0, 0,
     .doc = "Price item of a GB that is sent out."},
    {"streaming", FS_P_BOOL, FS_D_COUNT, ROW(streaming), "false", 0, 0,
     .doc = "Send responses while they are made, which is charged above stream_free."},
    {"stream_free", FS_P_SCALAR, FS_D_SIZE, ROW(stream_free), "0B", 0, 2e9,
     .doc = "How much of a streamed response is not charged."},
    {"price_streaming", FS_P_PRICE, FS_D_COUNT, ROW(price_streaming), "", 0, 0,
     .doc = "Price item of a GB that is streamed."},
    {"price_requests", FS_P_PRICE, FS_D_COUNT, ROW(price_requests), "", 0, 0,
     .doc = "Price item of one invocation."},
    {"price_duration", FS_P_PRICE, FS_D_COUNT, ROW(price_duration), "", 0, 0,
     .doc = "Price item of billed memory times duration."},
    {"price_init", FS_P_PRICE, FS_D_COUNT, ROW(price_init), "", 0, 0,
     .doc = "Price item of billed memory times start-up, of zip packages; images pay it as "
            "duration."},
    {"price_provisioned", FS_P_PRICE, FS_D_COUNT, ROW(price_provisioned), "", 0, 0,
     .doc = "Price item of provisioned memory times time."},
    {"price_provisioned_duration", FS_P_PRICE, FS_D_COUNT, ROW(price_provisioned_duration), "", 0,
     0, .doc = "Price item of billed memory times duration in provisioned environments."},
    {"price_storage", FS_P_PRICE, FS_D_COUNT, ROW(price_storage), "", 0, 0,
     .doc = "Price item of charged storage times duration."},
    {"price_restore", FS_P_PRICE, FS_D_COUNT, ROW(price_restore), "", 0, 0,
     .doc = "Price item of restored memory."},
    {"price_snapshot", FS_P_PRICE, FS_D_COUNT, ROW(price_snapshot), "", 0, 0,
     .doc = "Price item of a snapshot kept, its memory times its time."},
    {.key = NULL}};

/* ---- what rows cannot say ------------------------------------------------------------------- */

static void check_bounds(const struct fs_function_params *p, struct fs_complaints *complaints)
{
    if (p->timeout_max > 0 && p->timeout > p->timeout_max)
        fs_complain(complaints, "timeout", "the platform allows at most %lld s; split the work",
                    (long long)(p->timeout_max / FS_S));
    if (p->memory_max > 0 && p->memory > p->memory_max)
        fs_complain(complaints, "memory", "the platform allows at most %lld MB",
                    (long long)p->memory_max);
    if (p->memory < p->memory_min)
        fs_complain(complaints, "memory", "the platform allows no less than %lld MB",
                    (long long)p->memory_min);
}

static void check_provisioned(const struct fs_function_params *p, struct fs_complaints *complaints)
{
    const int64_t most = fs_provisioned_most(&p->provisioned);
    fs_provisioned_check(&p->provisioned, complaints);
    if (p->reserved >= 0 && most > p->reserved)
        fs_complain(complaints, "provisioned", "%lld provisioned are more than the %lld reserved",
                    (long long)most, (long long)p->reserved);
    if (most > 0 && fs_startup_restores(&p->startup))
        fs_complain(complaints, "provisioned", "does not go together with a snapshot");
}

static bool lists(const struct fs_list *runtimes, const char *runtime)
{
    const char *const *name = runtimes->item;
    for (int i = 0; runtime && i < runtimes->n; i++) {
        if (strcmp(name[i], runtime) == 0) return true;
    }
    return false;
}

static void check_snapshot(const struct fs_function_params *p, struct fs_complaints *complaints)
{
    const char *const *name = p->snapshots.item;
    char names[512] = "";
    if (!fs_startup_restores(&p->startup) || p->snapshots.n == 0) return;
    if (p->packaging == FS_PACKAGING_ZIP && lists(&p->snapshots, p->runtime)) return;
    for (int i = 0, n = 0; i < p->snapshots.n && n < (int)sizeof names; i++)
        n += snprintf(names + n, sizeof names - (size_t)n, i ? ", %s" : "%s", name[i]);
    fs_complain(complaints, "restore",
                "the platform has no snapshots of %s packages in %s; of zip packages in these it "
                "has: %s",
                packaging_names[p->packaging], p->runtime ? p->runtime : "no runtime", names);
}

void fs_function_check(const void *params, struct fs_complaints *complaints)
{
    const struct fs_function_params *p = params;
    check_bounds(p, complaints);
    check_snapshot(p, complaints);
    check_provisioned(p, complaints);
    if (p->startup.cold_start.kind == FS_DIST_NONE && (!p->cold_starts || !p->runtime))
        fs_complain(complaints, "", "needs a cold_start, or cold_starts and a runtime");
    if (p->scale_rate > 0 && (double)p->scale_burst / p->scale_rate > 4e9)
        fs_complain(complaints, "scale_rate", "is too slow for a burst of this size");
    if (p->billing_step % FS_MS)
        fs_complain(complaints, "billing_step", "must be a whole number of milliseconds");
}

void fs_function_load(void *params, struct fs_arena *arena, struct fs_complaints *complaints)
{
    struct fs_function_params *p = params;
    const struct fs_cold_start_cell cell = {p->runtime, packaging_names[p->packaging],
                                            architecture_names[p->architecture], p->memory};
    p->startup.base = p->startup.cold_start;
    if (p->startup.base.kind == FS_DIST_NONE)
        fs_cold_starts_read(p->cold_starts, &cell, &p->startup.base, &p->startup.measured_first,
                            arena, complaints);
    p->storage_charged = p->storage > p->storage_free ? p->storage - p->storage_free : 0;
    p->streamed = p->response_size - p->stream_free;
    if (!p->streaming || p->streamed < 0) p->streamed = 0;
    if (p->packaging == FS_PACKAGING_IMAGE) p->price_init = p->price_duration;
    if (lists(&p->free_snapshots, p->runtime)) p->price_restore = p->price_snapshot = FS_PRICE_FREE;
}

double fs_function_slowness(const struct fs_function_params *p, int64_t memory)
{
    double vcpu = (double)memory / (double)p->memory_per_vcpu;
    if (vcpu > p->cpu_max) vcpu = p->cpu_max;
    return 1 / (vcpu < p->startup.threads ? vcpu : p->startup.threads);
}
