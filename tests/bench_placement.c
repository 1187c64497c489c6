/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pods on hosts: what it costs to place all of them, and to find out what could be emptied. */
#include "arena.h"
#include "bench.h"
#include "placement.h"

#define PODS_PER_HOST 10

struct fleet {
    struct fs_arena *arena;
    struct fs_placement placement;
    struct fs_host *host;
    struct fs_pod *pod;
    int hosts, pods;
};

/* Hosts of 10 pods each, in three zones, pods of two shapes. */
static void new_fleet(struct fleet *fleet, int hosts)
{
    fleet->arena = fs_arena_new();
    fleet->hosts = hosts;
    fleet->pods = PODS_PER_HOST * hosts;
    fleet->host = calloc((size_t)hosts, sizeof *fleet->host);
    fleet->pod = calloc((size_t)fleet->pods, sizeof *fleet->pod);
    fs_placement_new(&fleet->placement, 3, FS_LEAST_ALLOCATED, fleet->arena);
    fs_placement_shape(&fleet->placement, 200, 512);
    fs_placement_shape(&fleet->placement, 180, 400);
    for (int i = 0; i < hosts; i++) {
        fleet->host[i] = (struct fs_host){.total = {2000, 8000, 29}, .zone = i % 3};
        fs_placement_join(&fleet->placement, &fleet->host[i]);
    }
    for (int i = 0; i < fleet->pods; i++)
        fleet->pod[i].shape = i % 2;
}

static void place_all(struct fleet *fleet)
{
    for (int i = 0; i < fleet->pods; i++)
        fs_placement_put(&fleet->placement, &fleet->pod[i]);
}

static void free_fleet(struct fleet *fleet)
{
    fs_arena_free(fleet->arena);
    free(fleet->host);
    free(fleet->pod);
}

/* All pods are placed and taken off, again and again. */
static void reschedule(const struct bench *bench, uint64_t times)
{
    struct fleet fleet;
    new_fleet(&fleet, *(const int *)bench->with);
    const double start = bench_cpu();
    for (uint64_t t = 0; t < times; t++) {
        for (int i = 0; t > 0 && i < fleet.pods; i++)
            fs_placement_take(&fleet.placement, &fleet.pod[i]);
        place_all(&fleet);
    }
    bench_print(bench_cpu() - start, times, (double)fleet.placement.waiting);
    free_fleet(&fleet);
}

/* For every host: would its pods find room on the others? */
static void left_over(const struct bench *bench, uint64_t times)
{
    struct fleet fleet;
    int64_t count[2], left = 0;
    new_fleet(&fleet, *(const int *)bench->with);
    place_all(&fleet);
    const double start = bench_cpu();
    for (uint64_t t = 0; t < times; t++) {
        for (int i = 0; i < fleet.hosts; i++) {
            struct fs_host *host = &fleet.host[i];
            left += fs_placement_left_over(&fleet.placement, &host, 1, count);
        }
    }
    bench_print(bench_cpu() - start, times, (double)left);
    free_fleet(&fleet);
}

static const int n2 = 100, n3 = 1000, n4 = 10000;

static const struct bench cases[] = {
    {"place-1e2", "fleet", 200, 10, reschedule, &n2, "100 hosts, 1,000 pods: place all"},
    {"place-1e3", "fleet", 20, 1, reschedule, &n3, "1,000 hosts, 10,000 pods: place all"},
    {"place-1e4", "fleet", 10, 0, reschedule, &n4, "10,000 hosts, 100,000 pods: place all"},
    {"empty-1e3", "fleet", 20, 1, left_over, &n3, "1,000 hosts: could each be emptied?"},
    {.name = NULL}};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, cases);
}
