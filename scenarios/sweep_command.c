/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `fleetsim sweep` and `fleetsim merge`. What can be refused is refused before the first point: the
 * scenario, the places, each value by itself, the metrics, the size of the grid, the folder.
 */
#include "commands.h"
#include "cube_show.h"
#include "results.h"
#include "sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POINTS_MAX     10000
#define VALUES_CHECKED 64

struct sweeping {
    struct fs_arena *arena;
    const struct fs_options *options;
    struct fs_scenario *scenario; /* without the axes */
    struct fs_axes axes;
    struct fs_sweep sweep;
    struct fs_files files;
    struct fs_assumptions assumptions;
    const char *folder;
};

/* "scenarios/planning/web.yaml" -> "web.sweep". */
static const char *default_folder(struct fs_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return fs_arena_format(arena, "%.*s.sweep", (int)(dot && dot > name ? dot - name : 99), name);
}

static int make_folder(const char *folder)
{
    struct stat info;
    if (mkdir(folder, 0777) == 0) return FS_OK;
    if (errno == EEXIST && stat(folder, &info) == 0 && S_ISDIR(info.st_mode)) return FS_OK;
    fprintf(stderr, "fleetsim: cannot write: %s: %s\n", folder,
            errno == EEXIST ? "it is there and no folder" : strerror(errno));
    return FS_WORLD;
}

/* What the points rest on. */
static void note(struct sweeping *s, const struct fs_scenario *scenario)
{
    fs_files_add(s->arena, &s->files, scenario);
    for (int i = 0; i < scenario->n_variants; i++)
        fs_assumptions_add(s->arena, &s->assumptions, &scenario->variant[i]);
}

/* Each value of each axis, the others at their first: most mistakes are a value's own. Of a long
 * axis the ends alone, which is where a range leaves what is allowed. */
static int check_values(struct sweeping *s)
{
    int64_t stride = 1;
    for (int i = s->axes.n - 1; i >= 0; i--) {
        const int n = s->axes.axis[i].n;
        for (int k = i == s->axes.n - 1 ? 0 : 1; k<n; k += n> VALUES_CHECKED && k ? n : 1) {
            if (n > VALUES_CHECKED && k) k = n - 1;
            struct fs_arena *arena = fs_arena_new();
            struct fs_options at = *s->options;
            struct fs_scenario *scenario;
            at.quiet = true;
            at.override =
                fs_axes_override(arena, &s->axes, k * stride, at.override, &at.n_overrides);
            const int code = fs_command_read(arena, &at, at.file[0], &scenario);
            if (code == FS_OK) note(s, scenario);
            fs_arena_free(arena);
            if (code != FS_OK) return code;
        }
        stride *= s->axes.axis[i].n;
    }
    return FS_OK;
}

/* A fleet is all of its parts. */
static int check_parts(const struct sweeping *s)
{
    for (int i = 0; i < s->axes.n; i++) {
        const struct fs_axis *axis = &s->axes.axis[i];
        if (strcmp(axis->path, "run.part") != 0) continue;
        const int64_t parts = s->scenario->variant[0].spec.run.parts;
        bool all = axis->n == parts;
        for (int k = 0; k < axis->n; k++)
            all = all && !(axis->number[k] < k + 1) && !(axis->number[k] > k + 1);
        if (all) return FS_OK;
        fprintf(stderr, "fleetsim: --vary run.part: a fleet is all of its parts, 1..%lld\n",
                (long long)parts);
        return FS_INPUT;
    }
    return FS_OK;
}

static int check_size(const struct sweeping *s)
{
    if (s->axes.points <= POINTS_MAX || s->options->yes) return FS_OK;
    fprintf(stderr,
            "fleetsim: the grid has %lld points; more than %d run only with --yes, better split "
            "with --shard\n",
            (long long)s->axes.points, POINTS_MAX);
    return FS_INPUT;
}

static int prepare(struct sweeping *s)
{
    const struct fs_options *o = s->options;
    if (o->n_files != 1) return fs_command_refuse("sweep needs one scenario file");
    if (!fs_command_is_file(o)) return FS_INPUT;
    const bool shard = fs_shard_read(o->shard, &s->sweep.shard);
    const bool axes = fs_axes_read(s->arena, o->vary, o->n_vary, &s->axes);
    int code = fs_command_read(s->arena, o, o->file[0], &s->scenario);
    if (code != FS_OK) return code;
    if (!shard || !axes || !fs_axes_check(s->arena, &s->axes, s->scenario)) return FS_INPUT;
    if ((code = check_parts(s)) != FS_OK) return code;
    if (!o->quiet) fs_axes_warn(&s->axes, o);
    if ((code = check_size(s)) != FS_OK) return code;
    if ((code = fs_command_metrics(s->arena, o, s->scenario)) != FS_OK) return code;
    note(s, s->scenario);
    if ((code = check_values(s)) != FS_OK) return code;
    s->folder = o->out ? o->out : default_folder(s->arena, o->file[0]);
    return make_folder(s->folder);
}

static void tell_shard(const struct fs_shard *shard)
{
    if (shard->from && strcmp(shard->from, "--shard") != 0)
        fprintf(stderr, "Shard %d of %d, from %s\n", shard->i, shard->n, shard->from);
}

static int finish(struct fs_cube *cube, const struct fs_options *options, const char *path)
{
    struct fs_failure failure;
    if (fs_cube_save(cube, path, NULL, &failure) != FS_OK) {
        fprintf(stderr, "fleetsim: %s\n", failure.text);
        fflush(NULL);
        _exit(FS_WORLD); /* after a failed write HDF5's own exit handlers may crash */
    }
    if (options->json) {
        fs_cube_json(cube, stdout);
    } else if (!options->quiet) {
        fs_cube_table(cube, options->metric, options->n_metric, stdout,
                      fs_use_colour(options, stdout));
        printf("\nWritten: %s\n", path);
    }
    return FS_OK;
}

static int run(struct sweeping *s)
{
    const struct fs_options *o = s->options;
    const struct fs_shard *shard = &s->sweep.shard;
    const char *path = fs_arena_format(s->arena, "%s/sweep.h5", s->folder);
    struct fs_failure failure;
    if (shard->n == 1 && fs_results_check(path, &failure) != FS_OK) {
        fprintf(stderr, "fleetsim: %s\n", failure.text);
        return FS_WORLD;
    }
    s->sweep.cube = fs_cube_new(s->arena, s->scenario, &s->axes, &s->files, o->metric, o->n_metric);
    s->sweep.cube->assumptions = s->assumptions;
    s->sweep.file = o->file[0];
    s->sweep.only = o->variant;
    s->sweep.override = o->override;
    s->sweep.n_overrides = o->n_overrides;
    s->sweep.how = (struct fs_study_options){
        .threads = o->jobs, .stop = &fs_signal, .progress = !o->quiet && isatty(STDERR_FILENO)};
    s->sweep.colour = fs_use_colour(o, stderr);
    tell_shard(shard);
    const enum fs_rc rc = fs_sweep_run(&s->sweep, fs_shard_journal(s->arena, s->folder, shard));
    if (rc == FS_INTERRUPTED) {
        fprintf(stderr, "fleetsim: stopped with %lld points done; the same command goes on\n",
                (long long)s->sweep.cube->n_points);
        return 128 + fs_signal;
    }
    if (rc != FS_OK) return (int)rc;
    if (shard->n == 1) return finish(s->sweep.cube, o, path);
    if (!o->quiet)
        printf("Shard %d of %d is done: %lld points. When all are: fleetsim merge %s\n", shard->i,
               shard->n, (long long)s->sweep.cube->n_points, s->folder);
    return FS_OK;
}

int fs_command_sweep(const struct fs_options *options)
{
    struct sweeping s = {.arena = fs_arena_new(), .options = options};
    int code = prepare(&s);
    if (code == FS_OK) code = run(&s);
    fs_arena_free(s.arena);
    return code;
}

int fs_command_merge(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_cube *cube;
    int code = FS_INPUT;
    if (options->n_files == 0)
        fs_command_refuse("merge needs the folders of the shards");
    else
        code = (int)fs_sweep_merge(arena, options->file, options->n_files, &cube);
    if (code == FS_OK)
        code = finish(cube, options,
                      options->out ? options->out
                                   : fs_arena_format(arena, "%s/sweep.h5", options->file[0]));
    fs_arena_free(arena);
    return code;
}
