/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `fleetsim run`. What can be refused is refused before simulating: the scenario, then the place to
 * write to. An interrupted run keeps what it has beside the target, marked incomplete, and never
 * under the name that was asked for.
 */
#include "commands.h"
#include "json.h"
#include "quantity.h"
#include "results.h"
#include "save.h"
#include "spreadsheet.h"
#include "table.h"
#include "viewpath.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Atomic int fs_signal;

static void on_signal(int number)
{
    if (fs_signal) _exit(128 + number);
    fs_signal = number;
}

void fs_catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool fs_use_colour(const struct fs_options *options, FILE *stream)
{
    if (options->color >= 0) return options->color;
    const char *no_color = getenv("NO_COLOR");
    return (!no_color || !*no_color) && isatty(fileno(stream));
}

static int tell_failure(const struct fs_failure *failure)
{
    fprintf(stderr, "fleetsim: %s\n", failure->text);
    return FS_WORLD;
}

/* ---- --quick -------------------------------------------------------------------------------- */

/* Containers of one vCPU that carry the load at 60 %; 1 when the values do not read, the reader
 * then says why. */
static int quick_tasks(struct fs_arena *arena, const char *rps, const char *work)
{
    double rate, ns;
    const char *hint;
    if (fs_quantity_read(arena, FS_D_RATE, fs_arena_format(arena, "%s/s", rps), &rate, &hint) ||
        fs_quantity_read(arena, FS_D_TIME, work, &ns, &hint))
        return 1;
    const double tasks = rate * ns / 1e9 / 0.6;
    return tasks < 1 ? 1 : tasks > 100000 ? 100000 : (int)(tasks + 0.999);
}

static const char *quick_text(struct fs_arena *arena, const struct fs_options *o)
{
    const char *rps = o->rps ? o->rps : "50", *work = o->work ? o->work : "100ms";
    return fs_arena_format(
        arena,
        "fleetsim: 1\n"
        "title: A function and a container fleet under the same traffic\n"
        "run: {length: 10min, replications: 5}\n"
        "traffic:\n"
        "  requests:\n"
        "    arrivals: {poisson: {rate: %s/s}}\n"
        "    client: {retry: none}\n"
        "    path: [worker]\n"
        "    work: {worker: {cpu: {exponential: {mean: %s}}, io: %s}}\n"
        "components:\n"
        "  worker: {platform: aws-lambda, memory: %s}\n"
        "variants:\n"
        "  lambda: {}\n"
        "  fargate:\n"
        "    components.worker: {platform: aws-fargate, tasks: %d, cpu: 1, memory: 2GB}\n",
        rps, work, o->io ? o->io : "0s", o->memory ? o->memory : "1769MB",
        quick_tasks(arena, rps, work));
}

static int finish_reading(enum fs_rc rc, const struct fs_options *options, struct fs_report *report,
                          const struct fs_failure *failure)
{
    if (rc == FS_WORLD) return tell_failure(failure);
    if (rc == FS_INPUT || !options->quiet || fs_report_errors(report))
        fs_report_print(report, stderr, fs_use_colour(options, stderr));
    return (int)rc;
}

static int read_quick(struct fs_arena *arena, const struct fs_options *options,
                      struct fs_scenario **scenario)
{
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    const enum fs_rc rc =
        fs_scenario_parse(arena, "--quick", quick_text(arena, options), options->override,
                          options->n_overrides, options->variant, scenario, report, &failure);
    return finish_reading(rc, options, report, &failure);
}

int fs_command_refuse(const char *why)
{
    fprintf(stderr, "fleetsim: %s\n", why);
    return FS_INPUT;
}

int fs_command_read(struct fs_arena *arena, const struct fs_options *options, const char *path,
                    struct fs_scenario **scenario)
{
    struct fs_failure failure;
    struct fs_report *report = fs_report_new(arena);
    const enum fs_rc rc = fs_scenario_read(arena, path, options->override, options->n_overrides,
                                           options->variant, scenario, report, &failure);
    return finish_reading(rc, options, report, &failure);
}

bool fs_command_is_file(const struct fs_options *options)
{
    if (strcmp(options->file[0], "-") != 0) return true;
    fprintf(stderr, "fleetsim: %s reads its scenario again at every point, so it needs a file\n",
            options->command);
    return false;
}

int fs_command_metrics(struct fs_arena *arena, const struct fs_options *options,
                       const struct fs_scenario *scenario)
{
    int code = FS_OK;
    for (int i = 0; i < options->n_metric; i++) {
        const char *path = options->metric[i], *unit, *hint = NULL;
        bool known = false;
        for (int v = 0; v < scenario->n_variants && !known; v++)
            known = fs_viewpath_known(arena, &scenario->variant[v], path, &unit, &hint);
        if (known) continue;
        code = FS_INPUT;
        fprintf(stderr, "fleetsim: --metric %s: no variant has it%s%s%s\n",
                fs_escape(arena, path, strlen(path)), hint ? "; did you mean '" : "",
                hint ? hint : "", hint ? "'?" : "");
    }
    return code;
}

/* ---- verification --------------------------------------------------------------------------- */

static bool same_events(const struct fs_study *a, const struct fs_study *b)
{
    for (int i = 0; i < a->n_variants; i++) {
        if (a->variant[i].n != b->variant[i].n) return false;
        for (int j = 0; j < a->variant[i].n; j++) {
            if (a->variant[i].record[j]->fingerprint != b->variant[i].record[j]->fingerprint)
                return false;
        }
    }
    return true;
}

static int verify(const struct fs_study *study, const struct fs_scenario *scenario,
                  struct fs_study_options options)
{
    options.one_heap = true;
    struct fs_study *again = fs_study_run(scenario, &options);
    const bool same = same_events(study, again);
    fprintf(stderr, "verify: %s\n",
            same ? "the order of events is the same through one heap"
                 : "THE ORDER OF EVENTS DIFFERS through one heap: this is a bug in the engine");
    fs_study_free(again);
    return same ? FS_OK : FS_MISSED;
}

/* ---- run ------------------------------------------------------------------------------------ */

static int save(const struct fs_options *options, const struct fs_study *study,
                struct fs_arena *arena)
{
    struct fs_failure failure;
    const char *path = options->out;
    if (!path) return FS_OK;
    if (!study->complete) path = fs_arena_format(arena, "%s.interrupted.h5", path);
    if (fs_study_save(study, path, &failure) != FS_OK) {
        tell_failure(&failure);
        fflush(NULL);
        _exit(FS_WORLD); /* after a failed write HDF5's own exit handlers may crash */
    }
    if (!options->quiet && !options->json && !options->csv)
        printf("\nWritten: %s\n", fs_escape(arena, path, strlen(path)));
    return FS_OK;
}

static void print(const struct fs_options *options, const struct fs_study *study)
{
    if (options->json)
        fs_study_json(study, stdout);
    else if (options->csv)
        fs_spreadsheet_study(study, stdout);
    else if (!options->quiet)
        fs_study_table(study, stdout, fs_use_colour(options, stdout));
}

static int run(const struct fs_options *options, const struct fs_scenario *scenario,
               struct fs_arena *arena)
{
    const struct fs_study_options how = {.threads = options->jobs,
                                         .stop = &fs_signal,
                                         .progress = !options->quiet && isatty(STDERR_FILENO),
                                         .fingerprint = options->verify};
    struct fs_study *study = fs_study_run(scenario, &how);
    int code = fs_signal && !study->complete ? 128 + fs_signal : FS_OK;
    bool any = false;
    for (int i = 0; i < study->n_variants; i++)
        any = any || study->variant[i].n > 0;
    if (any) {
        print(options, study);
        save(options, study, arena);
    }
    if (options->verify && code == FS_OK) code = verify(study, scenario, how);
    fs_study_free(study);
    return code;
}

int fs_command_run(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario = NULL;
    struct fs_failure failure;
    int code;
    if (options->quick ? options->n_files != 0 : options->n_files != 1) {
        fputs("fleetsim: run needs one scenario file ('-' for standard input), or --quick\n",
              stderr);
        code = FS_INPUT;
    } else if (!options->quick &&
               (options->rps || options->work || options->io || options->memory)) {
        fputs("fleetsim: --rps, --work, --io and --memory go with --quick; use --set with a file\n",
              stderr);
        code = FS_INPUT;
    } else {
        code = options->quick ? read_quick(arena, options, &scenario)
                              : fs_command_read(arena, options, options->file[0], &scenario);
    }
    if (code == FS_OK && options->out && fs_results_check(options->out, &failure) != FS_OK)
        code = tell_failure(&failure);
    if (code == FS_OK) code = run(options, scenario, arena);
    fs_arena_free(arena);
    return code;
}
