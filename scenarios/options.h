/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line, as a table: each command says which options it takes; parser, `--help` and
 * completion are views of it.
 */
#ifndef FS_SCENARIOS_OPTIONS_H
#define FS_SCENARIOS_OPTIONS_H

#include "scenario.h"

struct fs_options {
    const char *command;
    const char **file; /* what is no option */
    int n_files;
    const char *out, *variant, *rps, *work, *io, *memory, *picture, *fingerprints;
    struct fs_override *override;
    int n_overrides;
    const char **vary, **metric, **slo; /* each --vary, --metric, --slo */
    int n_vary, n_metric, n_slo;
    const char *shard, *minimize, *probability, *indifference, *tolerance;
    int budget;
    int jobs;
    bool yes;
    bool json, csv, quiet, quick, help, version, verify;
    int color; /* -1 auto, 0 never, 1 always */
};

struct fs_command {
    const char *name;
    const char *arguments; /* "FILE [options]" */
    const char *doc;
    const char *options; /* letters of the options table that it takes */
    int (*run)(const struct fs_options *options);
};

/* Parse; false after complaining on stderr (exit 2). Replications and seed become overrides. */
bool fs_options_parse(struct fs_arena *arena, int argc, char **argv,
                      const struct fs_command *commands, struct fs_options *options);

/* Help of one command, or (NULL) the list of all. */
void fs_options_help(FILE *out, const struct fs_command *commands, const struct fs_command *one);
void fs_options_completion(FILE *out, const struct fs_command *commands);

const struct fs_command *fs_command_find(const struct fs_command *commands, const char *name);

#endif
