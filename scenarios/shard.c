/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which part of the grid is ours. Array jobs say it in the environment; what the batch systems'
 * names mean is here and in scenarios/submit/, nowhere else.
 *   Slurm        SLURM_ARRAY_TASK_ID in MIN, MIN + STEP ..., SLURM_ARRAY_TASK_COUNT
 *   AWS Batch    AWS_BATCH_JOB_ARRAY_INDEX from 0, AWS_BATCH_JOB_ARRAY_SIZE where it is set
 *   Kubernetes   JOB_COMPLETION_INDEX from 0; the number of completions is not told: --shard /N
 */
#include "sweep.h"

#include "quantity.h"

#include <math.h>
#include <stdlib.h>

static bool complain(const char *what, const char *text)
{
    fprintf(stderr, "fleetsim: %s%s%s%s\n", what, text ? ", not '" : "", text ? text : "",
            text ? "'" : "");
    return false;
}

/* A whole number up to `end`, -1 when it is none. */
static int whole(const char *text, char stop, const char **end)
{
    double value;
    if (!fs_number_read(text, end, &value) || **end != stop || value < 0 || value > FS_SHARDS_MAX ||
        value > floor(value))
        return -1;
    return (int)value;
}

static int variable(const char *name, int preset)
{
    const char *text = getenv(name), *end;
    const int value = text ? whole(text, 0, &end) : -1;
    return value < 0 ? preset : value;
}

static bool from_environment(struct fs_shard *shard)
{
    static const struct {
        const char *index, *count, *first, *step;
    } systems[] = {
        {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
         "SLURM_ARRAY_TASK_STEP"},
        {"AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", "", ""},
        {"JOB_COMPLETION_INDEX", "", "", ""},
    };
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        const int index = variable(systems[i].index, -1);
        if (index < 0) continue;
        const int first = variable(systems[i].first, 0);
        const int step = variable(systems[i].step, 1);
        shard->i = (index - first) / (step > 0 ? step : 1) + 1;
        shard->n = variable(systems[i].count, 0);
        shard->from = systems[i].index;
        return true;
    }
    return false;
}

static bool read_text(const char *text, struct fs_shard *shard)
{
    const char *end = text;
    if (*text == '/') {
        if (!from_environment(shard))
            return complain("--shard /N takes the number from SLURM_ARRAY_TASK_ID, "
                            "AWS_BATCH_JOB_ARRAY_INDEX or JOB_COMPLETION_INDEX; none is set",
                            NULL);
    } else {
        shard->i = whole(text, '/', &end);
        shard->from = "--shard";
    }
    shard->n = shard->i < 0 ? -1 : whole(end + 1, 0, &end);
    return true;
}

bool fs_shard_read(const char *text, struct fs_shard *shard)
{
    *shard = (struct fs_shard){1, 1, NULL};
    if (text) {
        if (!read_text(text, shard)) return false;
    } else if (!from_environment(shard)) {
        return true;
    }
    if (shard->n == 0 && !text) {
        fprintf(stderr, "fleetsim: %s is set but not how many shards there are; say --shard /N\n",
                shard->from);
        return false;
    }
    if (shard->n < 1 || shard->i < 1 || shard->i > shard->n)
        return complain("--shard needs I/N, I from 1 to N", text ? text : shard->from);
    return true;
}

const char *fs_shard_journal(struct fs_arena *arena, const char *folder,
                             const struct fs_shard *shard)
{
    return fs_arena_format(arena, "%s/shard-%d-of-%d.journal", folder, shard->i, shard->n);
}
