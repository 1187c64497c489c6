/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fleetsim check`: every scenario below the given names is run and held against its `expect`. */
#include "commands.h"
#include "expect.h"
#include "fingerprint.h"
#include "shelf.h"
#include "text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct files {
    struct fs_arena *arena;
    const char **name;
    int n, room;
};

static void add_file(struct files *files, const char *name)
{
    if (files->n == files->room) {
        files->room = files->room ? 2 * files->room : 16;
        files->name =
            fs_realloc(files->name, (size_t)files->room * sizeof *files->name, "a list of files");
    }
    files->name[files->n++] = name;
}

static bool is_scenario(const char *name)
{
    return name[0] != '.' && fs_text_ends(name, ".yaml");
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void add_folder(struct files *files, const char *path, int depth)
{
    struct dirent **entry;
    const int n = scandir(path, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entry[i]->d_name;
        const char *full = fs_arena_format(files->arena, "%s/%s", path, name);
        if (name[0] != '.' && !fs_shelf_is_kind(name) && depth < 8 && is_folder(full))
            add_folder(files, full, depth + 1);
        else if (is_scenario(name))
            add_file(files, full);
        free(entry[i]);
    }
    if (n >= 0) free(entry);
}

struct tally {
    int passed, missed, inconclusive, bad;
};

static void hold(struct fs_arena *arena, const struct fs_study *study, struct tally *tally,
                 bool quiet)
{
    static const char *const words[] = {"INCONCLUSIVE", "MISSED", "ok"};
    for (int i = 0; i < study->scenario->n_expects; i++) {
        const struct fs_expect *e = &study->scenario->expect[i];
        const char *text;
        const int verdict = fs_expect_hold(arena, study, e, &text);
        tally->passed += verdict == 1;
        tally->missed += verdict == 0;
        tally->inconclusive += verdict < 0;
        if (quiet && verdict == 1) continue;
        printf("  %-12s %s.%s %s %.10g: %s\n", words[verdict + 1], e->variant, e->path, e->op,
               e->value, text);
    }
}

/* A line "path events values" of the table; FS_OK or an exit code. */
static int take_fingerprint(struct fs_arena *arena, const struct fs_options *options,
                            const char *path, const struct fs_study *study, FILE *table)
{
    struct fs_fingerprint f;
    struct fs_failure failure;
    const char *scratch = fs_arena_format(arena, "%s.h5", options->fingerprints);
    const enum fs_rc rc = fs_fingerprint(study, scratch, &f, &failure);
    if (rc == FS_OK)
        fprintf(table, "%s %016llx %016llx\n", path, (unsigned long long)f.events,
                (unsigned long long)f.values);
    else
        fprintf(stderr, "fleetsim: %s\n", failure.text);
    return (int)rc;
}

static int check_one(const struct fs_options *options, const char *path, struct tally *tally,
                     FILE *table)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_scenario *scenario;
    struct timespec start, end;
    int code = fs_command_read(arena, options, path, &scenario);
    if (code == FS_OK) {
        const struct fs_study_options how = {.threads = options->jobs,
                                             .stop = &fs_signal,
                                             .fingerprint = options->fingerprints != NULL};
        clock_gettime(CLOCK_MONOTONIC, &start);
        struct fs_study *study = fs_study_run(scenario, &how);
        clock_gettime(CLOCK_MONOTONIC, &end);
        const char *title = scenario->title ? scenario->title : "";
        printf("%s: %s (%.1f s)\n", fs_escape(arena, path, strlen(path)),
               fs_escape(arena, title, strlen(title)),
               (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec));
        if (scenario->n_expects == 0) puts("  no expectations");
        if (!fs_signal) hold(arena, study, tally, options->quiet);
        if (!fs_signal && table) code = take_fingerprint(arena, options, path, study, table);
        fs_study_free(study);
    } else {
        tally->bad++;
    }
    fs_arena_free(arena);
    return code;
}

/* False after complaining of a folder without any. */
static bool find_files(const struct fs_options *options, struct files *files)
{
    bool found = true;
    for (int i = 0; i < options->n_files; i++) {
        const char *name = options->file[i];
        const int before = files->n;
        if (is_folder(name))
            add_folder(files, name, 0);
        else
            add_file(files, name);
        if (files->n > before) continue;
        fprintf(stderr, "fleetsim: no scenario (.yaml) in %s\n",
                fs_escape(files->arena, name, strlen(name)));
        found = false;
    }
    return found;
}

/* The worst exit code of all files. */
static int check_all(const struct fs_options *options, const struct files *files,
                     struct tally *tally, FILE *table)
{
    int worst = FS_OK;
    for (int i = 0; i < files->n && !fs_signal; i++) {
        const int code = check_one(options, files->name[i], tally, table);
        if (code > worst) worst = code;
    }
    return worst;
}

static int write_table(const struct fs_options *options, const char *text)
{
    struct fs_failure failure;
    const enum fs_rc rc = fs_fingerprints_write(text, options->fingerprints, &failure);
    if (rc != FS_OK) fprintf(stderr, "fleetsim: %s\n", failure.text);
    return (int)rc;
}

int fs_command_check(const struct fs_options *options)
{
    struct files files = {.arena = fs_arena_new()};
    struct tally tally = {0};
    char *text = NULL;
    size_t size;
    FILE *table = options->fingerprints ? open_memstream(&text, &size) : NULL;
    int worst = FS_OK;
    if (options->n_files == 0) {
        fputs("fleetsim: check needs scenario files or folders of them\n", stderr);
        worst = FS_INPUT;
    }
    if (!find_files(options, &files)) worst = FS_INPUT;
    if (files.n > 0 && worst == FS_OK) {
        worst = check_all(options, &files, &tally, table);
        printf("%d passed, %d missed, %d inconclusive, %d bad scenario%s\n", tally.passed,
               tally.missed, tally.inconclusive, tally.bad, tally.bad == 1 ? "" : "s");
    }
    if (table) fclose(table);
    if (table && worst == FS_OK && !fs_signal) worst = write_table(options, text);
    free(text);
    free(files.name);
    fs_arena_free(files.arena);
    if (fs_signal) return 128 + fs_signal;
    if (worst == FS_OK && tally.missed + tally.inconclusive > 0) return FS_MISSED;
    return worst;
}
