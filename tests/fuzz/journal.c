/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stranger's journal of a sweep. Its records get the checksums they should have, or no mutation
 * would come past them; a file of an odd size is left as it is. What merges is saved, then a sweep
 * takes the journal up as its own and goes on.
 */
#include "journal.h"
#include "checksum.h"
#include "cube.h"
#include "fuzz.h"
#include "pack.h"
#include "sweep.h"

struct head {
    uint32_t size, kind;
    uint64_t checksum;
};

static void repair(uint8_t *bytes, size_t size)
{
    struct head head;
    for (size_t at = 8; at + sizeof head <= size; at += sizeof head + head.size) {
        memcpy(&head, bytes + at, sizeof head);
        const size_t left = size - at - sizeof head;
        if (head.size > left) head.size = (uint32_t)left;
        head.checksum = fs_checksum(bytes + at + sizeof head, head.size, head.kind);
        memcpy(bytes + at, &head, sizeof head);
    }
}

static void merge(void)
{
    struct fs_arena *arena = fs_arena_new();
    const char *const folder = fuzz_folder();
    struct fs_cube *cube;
    struct fs_failure failure;
    const enum fs_rc rc = fs_sweep_merge(arena, &folder, 1, &cube);
    if (rc == FS_OK && cube->axes.points < 1000)
        fs_cube_save(cube, fs_arena_format(arena, "%s/it.h5", folder), NULL, &failure);
    fs_arena_free(arena);
}

/* fuzz.sh makes the first journals from it. */
static const char scenario[] = FS_DATA_DIR "/../tests/fuzz/journal.yaml";

static const struct fs_scenario *read_once(void)
{
    static struct fs_arena *arena; /* as long as the process */
    static struct fs_scenario *read;
    struct fs_failure failure;
    if (read) return read;
    arena = fs_arena_new();
    if (fs_scenario_read(arena, scenario, NULL, 0, NULL, &read, fs_report_new(arena), &failure) !=
        FS_OK)
        abort();
    return read;
}

static void go_on(const char *journal)
{
    static const char *const vary[] = {"run.seed=1..3"}, *const metric[] = {"traffic.web.arrived"};
    struct fs_arena *arena = fs_arena_new();
    struct fs_files files = {.n = 0};
    struct fs_axes axes;
    if (!fs_axes_read(arena, vary, 1, &axes)) abort();
    struct fs_sweep sweep = {.cube = fs_cube_new(arena, read_once(), &axes, &files, metric, 1),
                             .shard = {.i = 1, .n = 1},
                             .file = scenario,
                             .how = {.threads = 1}};
    if (fs_sweep_run(&sweep, journal) == FS_OK && sweep.cube->n_points < 3) abort();
    fs_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size + 1);
    static FILE *quiet;
    if (!quiet) quiet = stderr = fopen("/dev/null", "w");
    memcpy(bytes, data, size);
    if (size % 2 == 0) repair(bytes, size);
    char *path = strdup(fuzz_file("shard-1-of-1.journal", bytes, size));
    merge();
    go_on(path);
    free(path);
    free(bytes);
    return 0;
}
