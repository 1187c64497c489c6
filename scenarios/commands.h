/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program's commands; each returns the exit code. */
#ifndef FS_SCENARIOS_COMMANDS_H
#define FS_SCENARIOS_COMMANDS_H

#include "options.h"
#include "study.h"

int fs_command_run(const struct fs_options *options);
int fs_command_check(const struct fs_options *options);
int fs_command_sweep(const struct fs_options *options);
int fs_command_plan(const struct fs_options *options);
int fs_command_merge(const struct fs_options *options);
int fs_command_breakeven(const struct fs_options *options);
int fs_command_tune(const struct fs_options *options);
int fs_command_spec(const struct fs_options *options);
int fs_command_plot(const struct fs_options *options);
int fs_command_report(const struct fs_options *options);
int fs_command_list(const struct fs_options *options);
int fs_command_show(const struct fs_options *options);
int fs_command_schema(const struct fs_options *options);
int fs_command_reference(const struct fs_options *options);
int fs_command_new(const struct fs_options *options);

/* Read the scenario that the options name, printing complaints and failures on stderr; FS_OK or an
 * exit code. */
int fs_command_read(struct fs_arena *arena, const struct fs_options *options, const char *path,
                    struct fs_scenario **scenario);

/* False after complaining: a scenario that is read again at every point cannot be standard input.
 */
bool fs_command_is_file(const struct fs_options *options);

/* Is each --metric a number that some variant has? FS_OK, or an exit code after complaining. */
int fs_command_metrics(struct fs_arena *arena, const struct fs_options *options,
                       const struct fs_scenario *scenario);

/* Say why it cannot be done; FS_INPUT. */
int fs_command_refuse(const char *why);

/* Set by SIGINT and SIGTERM to the signal's number. */
extern _Atomic int fs_signal;
void fs_catch_signals(void);

bool fs_use_colour(const struct fs_options *options, FILE *stream);

#endif
