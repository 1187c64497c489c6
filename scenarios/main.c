/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: a table of commands. */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int completion(const struct fs_options *options);

static const struct fs_command commands[] = {
    {"run", "FILE [options]", "simulate a scenario and print what came out", "ojCsvrenqkpwimy",
     fs_command_run},
    {"check", "FILE|FOLDER ... [options]", "simulate and hold against `expect`", "svrenqF",
     fs_command_check},
    {"sweep", "FILE --vary PATH=VALUES ... [-o FOLDER] [--shard I/N] [options]",
     "simulate every point of a grid, resumable, on many cores or machines", "ojsvrenqVMIY",
     fs_command_sweep},
    {"merge", "FOLDER ... [-o FILE.h5]", "put the shards of a sweep together", "ojqM",
     fs_command_merge},
    {"plan", "FILE --slo 'p99 < 200ms' ... --vary PATH=VALUES ... [options]",
     "find the cheapest setting of a grid that meets objectives", "jsvenqVLZBDTUY",
     fs_command_plan},
    {"breakeven", "FILE --vary PATH=VALUES [--vary PATH=VALUES] [options]",
     "where one variant becomes cheaper than another", "ojsrenqVM", fs_command_breakeven},
    {"tune", "FILE COMPONENT [--vary PATH=VALUES] [options]",
     "cost and latency over a component's memory, with the best settings marked", "ojsvrenqV",
     fs_command_tune},
    {"spec", "FILE [options]", "print a scenario with every default filled in", "svre",
     fs_command_spec},
    {"plot", "RESULTS.h5 [-o FILE.png|.svg|.pdf] [--picture NAME] [--metric PATH]",
     "draw a results file, of a run or of a sweep", "oPM", fs_command_plot},
    {"report", "RESULTS.h5 -o FILE.html", "write a results file as one page for people", "o",
     fs_command_report},
    {"list",
     "platforms|prices|distributions|metrics|alarms|arrivals|balancers|components|events|growth|"
     "node_scalers|retries|scalers",
     "list what there is", "", fs_command_list},
    {"show", "NAME", "print a platform, price list, distribution or plug-in with its sources", "",
     fs_command_show},
    {"new", "[FILE]", "write a commented scenario to start from", "", fs_command_new},
    {"schema", "", "print the JSON Schema of scenarios, for editors", "", fs_command_schema},
    {"reference", "", "print the language's reference as Markdown", "", fs_command_reference},
    {"completion", "", "print bash completion", "", completion},
    {NULL, NULL, NULL, NULL, NULL}};

static int completion(const struct fs_options *options)
{
    (void)options;
    fs_options_completion(stdout, commands);
    return FS_OK;
}

static int dispatch(const struct fs_options *options)
{
    const struct fs_command *command =
        options->command ? fs_command_find(commands, options->command) : NULL;
    if (options->version) {
        puts("fleetsim " FS_VERSION);
        return FS_OK;
    }
    if (options->help || !command) {
        fs_options_help(options->help ? stdout : stderr, commands, command);
        return options->help ? FS_OK : FS_INPUT;
    }
    return command->run(options);
}

/* Where standard input, output or error is closed, a file that we open must not take its place;
 * what stands there instead can be used for nothing, as before. */
static void hold_standard_places(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return;
    }
}

/* What is left of the output goes out. A reader that has had enough (`| head`) ends the program as
 * SIGPIPE would have, which is ignored until then so that results are still written to files. */
static int finish_output(int code)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (poll(&out, 1, 0) > 0 && (out.revents & POLLERR)) {
        if (code != FS_OK) return code;
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    fputs("fleetsim: could not write to standard output\n", stderr);
    return code == FS_OK ? FS_WORLD : code;
}

int main(int argc, char **argv)
{
    hold_standard_places();
    struct fs_arena *arena = fs_arena_new();
    struct fs_options options;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    fs_catch_signals();
    int code =
        fs_options_parse(arena, argc, argv, commands, &options) ? dispatch(&options) : FS_INPUT;
    code = finish_output(code);
    fs_arena_free(arena);
    return code;
}
