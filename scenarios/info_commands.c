/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that simulate nothing: spec, list, show, schema, new, plot. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bind.h"
#include "commands.h"
#include "component.h"
#include "distform.h"
#include "named.h"
#include "namelist.h"
#include "platform.h"
#include "registry.h"
#include "shelf.h"
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEANT 8 /* names that are told of those that may have been meant */

/* ---- spec ----------------------------------------------------------------------------------- */

int fs_command_spec(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario;
    int code = FS_INPUT;
    if (options->n_files != 1)
        fputs("fleetsim: spec needs one scenario file\n", stderr);
    else
        code = fs_command_read(arena, options, options->file[0], &scenario);
    if (code == FS_OK) fs_node_print(scenario->full, stdout);
    fs_arena_free(arena);
    return code;
}

/* ---- list and show -------------------------------------------------------------------------- */

static void list_registry(const struct fs_registry *registry)
{
    for (int i = 0; registry->plugin[i]; i++)
        printf("  %-20s %s\n", registry->plugin[i]->name, registry->plugin[i]->doc);
}

/* Data files with their titles. */
static void list_files(struct fs_arena *arena, const char *kind, const char *const *names)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, ".");
    struct fs_report *unheard = fs_report_new(arena);
    struct fs_failure failure;
    for (int i = 0; names[i]; i++) {
        struct fs_node *tree;
        const bool is_read = fs_shelf_read(&shelf, kind, names[i], (struct fs_place){0}, &tree,
                                           unheard, &failure) == FS_OK;
        const char *title = is_read ? fs_shelf_text(tree, "title", unheard) : NULL;
        printf("  %-36s %s\n", fs_escape(arena, names[i], strlen(names[i])),
               title ? fs_escape(arena, title, strlen(title)) : "");
    }
}

static void list_distributions(struct fs_arena *arena)
{
    const char *const *kinds = fs_distform_kinds(arena);
    for (int i = 0; kinds[i]; i++)
        printf("  %-36s %s\n", kinds[i], fs_distform_forms(arena, kinds[i]));
    list_files(arena, "distributions", fs_named_list(arena, "."));
}

static void list_kinds(FILE *out)
{
    fputs("platforms, prices, distributions, metrics", out);
    for (int i = 0; fs_registries[i]; i++)
        fprintf(out, ", %s", fs_registries[i]->name);
    fputc('\n', out);
}

static void list_rows(const char *title, const struct fs_metric *rows)
{
    static const char *const kinds[] = {"counter", "gauge", "latency"};
    printf("%s\n", title);
    for (; rows->name; rows++)
        printf("  %-24s %-8s %-8s %s\n", rows->name, kinds[rows->kind], rows->unit, rows->doc);
}

static void list_metrics(void)
{
    const struct fs_registry *components = fs_registry_find("components");
    list_rows("traffic.<class>", fs_traffic_metrics);
    list_rows("account", fs_account_metrics);
    for (int i = 0; components->plugin[i]; i++) {
        printf("components.<name> of kind ");
        list_rows(components->plugin[i]->name,
                  ((const struct fs_component_type *)components->plugin[i]->type)->metrics);
    }
}

int fs_command_list(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    const char *what = options->n_files == 1 ? options->file[0] : "";
    const struct fs_registry *registry = fs_registry_find(what);
    int code = FS_OK;
    if (strcmp(what, "platforms") == 0) {
        list_files(arena, "platforms", fs_platforms_list(arena, NULL, "."));
    } else if (strcmp(what, "prices") == 0) {
        list_files(arena, "prices", fs_prices_list(arena, "."));
    } else if (strcmp(what, "distributions") == 0) {
        list_distributions(arena);
    } else if (strcmp(what, "metrics") == 0) {
        list_metrics();
    } else if (registry) {
        list_registry(registry);
    } else {
        if (*what)
            fprintf(stderr, "fleetsim: there is no list of '%s'; ",
                    fs_escape(arena, what, strlen(what)));
        fputs(*what ? "one of: " : "fleetsim: list one of: ", stderr);
        list_kinds(stderr);
        code = FS_INPUT;
    }
    fs_arena_free(arena);
    return code;
}

static bool show_plugin(const char *name)
{
    bool found = false;
    for (int i = 0; fs_registries[i]; i++) {
        const struct fs_plugin *plugin = fs_plugin_find(fs_registries[i], name);
        if (!plugin) continue;
        printf("%s (%s): %s\n\n", plugin->name, fs_registries[i]->name, plugin->doc);
        fs_reference_rows(stdout, plugin->rows);
        found = true;
    }
    return found;
}

static bool show_distribution(struct fs_arena *arena, const char *name)
{
    if (!fs_distform_forms(arena, name)) return false;
    printf("%s (distributions)\n\n", name);
    fs_distform_reference(arena, stdout, name);
    return true;
}

static void add_names(struct fs_arena *arena, struct fs_namelist *all, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        fs_namelist_add(arena, all, names[i]);
}

/* All that can be shown. */
static struct fs_namelist showable(struct fs_arena *arena)
{
    struct fs_namelist all = {0};
    add_names(arena, &all, fs_platforms_list(arena, NULL, "."));
    add_names(arena, &all, fs_prices_list(arena, "."));
    add_names(arena, &all, fs_named_list(arena, "."));
    add_names(arena, &all, fs_distform_kinds(arena));
    for (int i = 0; fs_registries[i]; i++) {
        for (int k = 0; fs_registries[i]->plugin[k]; k++)
            fs_namelist_add(arena, &all, fs_registries[i]->plugin[k]->name);
    }
    return all;
}

/* What was meant: those that begin so, else the nearest. */
static const char *meant(struct fs_arena *arena, const char *written)
{
    const struct fs_namelist all = showable(arena);
    const char *list = NULL;
    int n = 0;
    for (int i = 0; i < all.n; i++) {
        if (strncmp(all.name[i], written, strlen(written)) != 0 || n++ >= MEANT) continue;
        list = list ? fs_arena_format(arena, "%s, %s", list, all.name[i]) : all.name[i];
    }
    if (n > MEANT) return fs_arena_format(arena, "%s and %d more", list, n - MEANT);
    return list ? list : fs_nearest(written, all.name, all.n);
}

static void complain_name(struct fs_arena *arena, const char *name)
{
    const char *near = *name ? meant(arena, name) : NULL;
    fprintf(stderr, "fleetsim: nothing is called '%s'", fs_escape(arena, name, strlen(name)));
    if (near) {
        fprintf(stderr, "; did you mean %s?\n", fs_escape(arena, near, strlen(near)));
        return;
    }
    fputs("; see fleetsim list ", stderr);
    list_kinds(stderr);
}

int fs_command_show(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_failure failure;
    const char *name = options->n_files == 1 ? options->file[0] : NULL;
    int code = FS_INPUT;
    if (!name)
        fputs("fleetsim: show needs a name; see fleetsim list\n", stderr);
    else if (show_plugin(name) || show_distribution(arena, name) ||
             fs_platform_show(arena, name, ".", stdout, &failure) == FS_OK)
        code = FS_OK;
    else
        complain_name(arena, name);
    fs_arena_free(arena);
    return code;
}

/* ---- schema and new -------------------------------------------------------------------------- */

int fs_command_schema(const struct fs_options *options)
{
    struct fs_failure failure;
    (void)options;
    if (fs_scenario_schema(stdout, &failure) == FS_OK) return FS_OK;
    fprintf(stderr, "fleetsim: %s\n", failure.text);
    return FS_WORLD;
}

static const char beginning[] =
    "# A scenario: who asks, what answers, and what you expect. `fleetsim run FILE` runs it,\n"
    "# `fleetsim check FILE` holds it against `expect`, `fleetsim spec FILE` shows every default.\n"
    "fleetsim: 1\n"
    "title: Web requests on a function and on containers\n"
    "\n"
    "run:\n"
    "  length: 30min              # simulated time; units are always written\n"
    "  replications: 5            # independent repetitions: intervals come from these\n"
    "  seed: 1                    # same seed, same numbers, to the last bit\n"
    "\n"
    "account: {platform: aws, concurrency: 1000}\n"
    "\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 40/s}}   # see `fleetsim list arrivals`\n"
    "    client: {timeout: 10s, retry: none} # a caller has to say whether it retries\n"
    "    path: [worker]                      # components that a request passes\n"
    "    work:                               # belongs to the request, not to the platform\n"
    "      worker: {cpu: {lognormal: {mean: 60ms, p99: 300ms}}, io: 40ms}\n"
    "\n"
    "components:\n"
    "  worker: {platform: aws-lambda, memory: 1024MB, timeout: 10s}\n"
    "\n"
    "variants:                    # the same traffic against each\n"
    "  lambda: {}\n"
    "  fargate:\n"
    "    components.worker: {platform: aws-fargate, tasks: 4, cpu: 1, memory: 2GB}\n"
    "\n"
    "expect:                      # a scenario is a test\n"
    "  - lambda.traffic.web.throttled == 0\n"
    "  - lambda.traffic.web.latency.p50 < 300ms\n"
    "  - fargate.traffic.web.failed == 0\n";

int fs_command_new(const struct fs_options *options)
{
    const char *path = options->n_files == 1 ? options->file[0] : "-";
    if (strcmp(path, "-") == 0) {
        fputs(beginning, stdout);
        return FS_OK;
    }
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const size_t size = sizeof beginning - 1;
    if (file < 0) {
        fprintf(stderr, "fleetsim: cannot create %s: %s%s\n", path, strerror(errno),
                errno == EEXIST ? "; choose another name, nothing is overwritten" : "");
        return errno == EEXIST ? FS_INPUT : FS_WORLD;
    }
    const bool written = write(file, beginning, size) == (ssize_t)size;
    if (close(file) != 0 || !written) {
        fprintf(stderr, "fleetsim: cannot write %s: %s\n", path, strerror(errno));
        unlink(path);
        return FS_WORLD;
    }
    printf("Written: %s. Now: fleetsim run %s\n", path, path);
    return FS_OK;
}

/* ---- plot ----------------------------------------------------------------------------------- */

/* The program that draws stands beside this one, or where the build put it. */
static const char *plot_program(struct fs_arena *arena)
{
    char self[4096];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        self[n] = 0;
        char *slash = strrchr(self, '/');
        const char *beside =
            fs_arena_format(arena, "%.*s/fleetsim-plot", (int)(slash - self), self);
        if (access(beside, X_OK) == 0) return beside;
    }
    return FS_PLOT_PROGRAM;
}

/* Its exit code; a signal is passed on to it. */
static int wait_for(pid_t child, const char *file)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return FS_WORLD;
        if (fs_signal) kill(child, fs_signal);
    }
    if (fs_signal) return 128 + fs_signal;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WTERMSIG(status) == SIGPIPE) return 128 + SIGPIPE; /* its reader has had enough */
    fprintf(stderr,
            "fleetsim: fleetsim-plot was stopped by signal %d (%s) while it read %s; the file is "
            "damaged or forged\n",
            WTERMSIG(status), strsignal(WTERMSIG(status)), file);
    return FS_WORLD;
}

/* Whatever is in a stranger's file happens to another process. */
static int draw(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    const char *program = plot_program(arena);
    const char *arguments[10] = {program};
    int n = 1, code = FS_WORLD;
    pid_t child;
    if (options->out) arguments[n++] = "-o", arguments[n++] = options->out;
    if (options->picture) arguments[n++] = "--picture", arguments[n++] = options->picture;
    if (options->n_metric) arguments[n++] = "--metric", arguments[n++] = options->metric[0];
    arguments[n++] = "--";
    arguments[n] = options->file[0];
    const int error =
        posix_spawn(&child, program, NULL, NULL, (char *const *)(uintptr_t)arguments, environ);
    if (error)
        fprintf(stderr, "fleetsim: cannot start %s: %s; build it with ./dev build\n", program,
                strerror(error));
    else
        code = wait_for(child, options->file[0]);
    fs_arena_free(arena);
    return code;
}

static bool is_scenario(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

/* Refuses what is to be run first. */
static int draw_results(const struct fs_options *options)
{
    struct fs_arena *arena = fs_arena_new();
    const char *file = fs_escape(arena, options->file[0], strlen(options->file[0]));
    const bool refuse = is_scenario(options->file[0]);
    if (refuse)
        fprintf(stderr,
                "fleetsim: %s is a scenario, not the results of one: fleetsim run %s -o "
                "results.h5, then fleetsim %s results.h5\n",
                file, file, options->command);
    fs_arena_free(arena);
    return refuse ? FS_INPUT : draw(options);
}

int fs_command_plot(const struct fs_options *options)
{
    if (options->n_files == 1) return draw_results(options);
    fputs("fleetsim: plot needs one results file\n", stderr);
    return FS_INPUT;
}

int fs_command_report(const struct fs_options *options)
{
    const char *dot = options->out ? strrchr(options->out, '.') : NULL;
    if (options->n_files == 1 && dot && strcmp(dot, ".html") == 0) return draw_results(options);
    fputs("fleetsim: report needs one results file and -o FILE.html\n", stderr);
    return FS_INPUT;
}
