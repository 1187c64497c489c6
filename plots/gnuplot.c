/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Started directly, not through a shell, with -d so that no start-up file of the user's is read,
 * and in the C locale. Output goes to anonymous memory instead of a pipe: we can then write all
 * commands before reading anything and never wait for each other. A picture counts only when
 * gnuplot read everything, ended well and drew something.
 */
#include "gnuplot.h"

#include "arena.h"
#include "gnuplot_pipe.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct fs_gnuplot {
    pid_t process;
    int picture, messages;
    struct fs_gnuplot_pipe *pipe;
};

/* ---- starting ------------------------------------------------------------------------------- */

static int spawn(struct fs_gnuplot *g, int input)
{
    char name[] = "gnuplot", defaults[] = "-d";
    char *const arguments[] = {name, defaults, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGXCPU);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, g->picture, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, g->messages, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int error = posix_spawnp(&g->process, name, &files, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static void release(struct fs_gnuplot *g)
{
    if (g->picture >= 0) close(g->picture);
    if (g->messages >= 0) close(g->messages);
    free(g);
}

static enum fs_rc refuse(struct fs_gnuplot *g, int error, struct fs_failure *failure)
{
    release(g);
    if (error == ENOENT)
        return fs_fail(failure, "gnuplot is not installed: apt-get install gnuplot-nox");
    return fs_fail(failure, "cannot start gnuplot: %s", strerror(error));
}

enum fs_rc fs_gnuplot_start(struct fs_gnuplot **gnuplot, struct fs_failure *failure)
{
    struct fs_gnuplot *g = fs_alloc(sizeof *g, "gnuplot");
    int ends[2] = {-1, -1};
    setenv("LC_ALL", "C", 1);
    g->picture = memfd_create("picture", MFD_CLOEXEC);
    g->messages = memfd_create("messages", MFD_CLOEXEC);
    if (g->picture < 0 || g->messages < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return refuse(g, errno, failure);
    const int error = spawn(g, ends[0]);
    close(ends[0]);
    if (error) {
        close(ends[1]);
        return refuse(g, error, failure);
    }
    FILE *input = fdopen(ends[1], "w");
    g->pipe = input ? fs_gnuplot_pipe_open(input) : NULL;
    *gnuplot = g;
    return FS_OK;
}

/* ---- talking -------------------------------------------------------------------------------- */

void fs_gnuplot_say(struct fs_gnuplot *g, const char *format, ...)
{
    char *command = NULL;
    va_list args;
    va_start(args, format);
    const int n = vasprintf(&command, format, args);
    va_end(args);
    if (n >= 0 && g->pipe) fs_gnuplot_pipe_command(g->pipe, command);
    if (n >= 0) free(command);
}

void fs_gnuplot_block(struct fs_gnuplot *g, const char *name, int columns, size_t n,
                      const double *values)
{
    if (g->pipe) fs_gnuplot_pipe_block(g->pipe, name, columns, n, values);
}

/* ---- finishing ------------------------------------------------------------------------------ */

static char *slurp(int fd, size_t *n)
{
    struct stat st;
    const size_t size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
    char *bytes = fs_alloc(size + 1, "a picture");
    for (*n = 0; *n < size;) {
        const ssize_t got = pread(fd, bytes + *n, size - *n, (off_t)*n);
        if (got <= 0 && errno != EINTR) break;
        if (got > 0) *n += (size_t)got;
    }
    return bytes;
}

/* The lines that are errors, in one line and harmless; "" when there are none. */
static const char *complaint(struct fs_arena *arena, int fd)
{
    size_t n;
    char *text = slurp(fd, &n), *rest = text;
    const char *all = "";
    for (char *line; (line = strsep(&rest, "\n"));) {
        line += strspn(line, " \t");
        if (!*line || strstr(line, "arning:") || strspn(line, "^ ") == strlen(line)) continue;
        all = fs_arena_format(arena, "%s%s%s", all, *all ? "; " : "", fs_words_clean(arena, line));
    }
    free(text);
    return all;
}

static enum fs_rc judge(struct fs_gnuplot *g, struct fs_arena *arena, int status, size_t n,
                        struct fs_failure *failure)
{
    const char *said = complaint(arena, g->messages);
    if (WIFSIGNALED(status))
        return fs_fail(failure, "gnuplot was stopped by signal %d (%s) %s", WTERMSIG(status),
                       strsignal(WTERMSIG(status)), said);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fs_fail(failure, "gnuplot failed with exit code %d: %s", WEXITSTATUS(status),
                       *said ? said : "it gave no reason");
    if (n == 0)
        return fs_fail(failure, "gnuplot drew nothing: %s", *said ? said : "it gave no reason");
    return FS_OK;
}

enum fs_rc fs_gnuplot_finish(struct fs_gnuplot *g, char **bytes, size_t *n,
                             struct fs_failure *failure)
{
    int status = 0;
    struct fs_arena *arena = fs_arena_new();
    const int broken = g->pipe ? fs_gnuplot_pipe_close(g->pipe) : -1;
    while (waitpid(g->process, &status, 0) < 0 && errno == EINTR)
        ;
    *bytes = slurp(g->picture, n);
    enum fs_rc rc = judge(g, arena, status, *n, failure);
    if (rc == FS_OK && broken)
        rc = fs_fail(failure, "gnuplot did not read all that was to be drawn");
    if (rc != FS_OK) {
        free(*bytes);
        *bytes = NULL;
    }
    fs_arena_free(arena);
    release(g);
    return rc;
}
