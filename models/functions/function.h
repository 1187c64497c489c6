/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of a function: what components/function_pool.c runs. */
#ifndef FS_MODELS_FUNCTION_H
#define FS_MODELS_FUNCTION_H

#include "price.h"
#include "provisioned.h"
#include "startup.h"

struct fs_account_params;

enum fs_packaging { FS_PACKAGING_ZIP, FS_PACKAGING_IMAGE };
enum fs_member_memory { FS_MEMORY_SETTING, FS_MEMORY_TRACE };

/* What serves a request for which an environment had to be started. */
enum fs_binding { FS_BOUND_OWN, FS_BOUND_FIRST_FREE };

struct fs_function_params {
    int member_memory; /* first: a charge's quantity stands at no offset of 0 */
    int64_t memory, memory_min, memory_max; /* 0: no bound */
    int64_t memory_per_vcpu;
    double cpu_max;
    fs_time timeout, timeout_max;
    const char *runtime, *cold_starts; /* and the table's path */
    int packaging;                     /* enum fs_packaging */
    int architecture;
    struct fs_startup_params startup;
    struct fs_list snapshots, free_snapshots; /* of const char *: runtimes that have them */
    struct fs_dist keep_alive, max_age;
    double proactive;
    int reuse, binding;
    double error_rate, crash_share;
    int64_t scale_burst;
    double scale_rate;
    int64_t reserved; /* -1: nothing; 0: switched off */
    struct fs_provisioned_params provisioned;
    fs_time billing_step;
    bool init_billed;
    int64_t log_size, response_size;
    bool streaming;
    int64_t stream_free;
    const char *price_logs, *price_egress, *price_streaming;
    int64_t storage, storage_free;
    const char *price_requests, *price_duration, *price_init;
    const char *price_provisioned, *price_provisioned_duration;
    const char *price_storage, *price_restore, *price_snapshot;
    /* What follows is worked out from the others. */
    int64_t storage_charged; /* MiB */
    int64_t streamed;        /* bytes of a response that are charged */
};

extern const struct fs_param fs_function_rows[];

/* What single rows cannot say, and what is worked out. */
void fs_function_check(const void *params, struct fs_complaints *complaints);
void fs_function_load(void *params, struct fs_arena *arena, struct fs_complaints *complaints);

/* How long CPU work of one vCPU takes with that much memory. */
double fs_function_slowness(const struct fs_function_params *p, int64_t memory);

/* Milliseconds that are billed for a duration. */
static inline int64_t fs_function_billed_ms(const struct fs_function_params *p, fs_time duration)
{
    const fs_time step = p->billing_step;
    if (step == FS_MS) /* unsigned: half the instructions */
        return (int64_t)((uint64_t)(duration + FS_MS - 1) / (uint64_t)FS_MS);
    return (duration + step - 1) / step * (step / FS_MS);
}

#endif
