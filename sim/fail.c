/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors. An assertion names the run it happened in (label, simulated time, events fired), because
 * a run is a function of its label: whoever reads the line can repeat it. Simulated time is printed
 * from the integer, so the last nanosecond is right. Memory that cannot be had ends the program: a
 * simulation can be repeated, and checks for NULL at every call could never be tested.
 */
#include "fail.h"
#include "visible.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* sim.h. Weak: readers of results assert, too, and are to be linked without the engine. */
__attribute__((weak)) void fs_sim_print(const struct fs_sim *sim, FILE *out);

void fs_assert_failed(const struct fs_sim *sim, const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
    if (sim && fs_sim_print) fs_sim_print(sim, stderr);
    fflush(stderr);
    abort();
}

enum fs_rc fs_fail(struct fs_failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(failure->text, sizeof failure->text, format, args);
    va_end(args);
    fs_visible_fit(failure->text, sizeof failure->text); /* names of files are strangers' */
    return FS_WORLD;
}

_Noreturn void fs_no_memory(size_t size, const char *purpose)
{
    fprintf(stderr, "out of memory: %zu bytes for %s\n", size, purpose);
    exit(FS_WORLD);
}

/* Zeroed: the system hands out zero pages anyway, and zero is every structure's empty state. */
void *fs_alloc(size_t size, const char *purpose)
{
    void *block = calloc(1, size ? size : 1);
    if (!block) fs_no_memory(size, purpose);
    return block;
}

void *fs_realloc(void *old, size_t size, const char *purpose)
{
    void *block = realloc(old, size ? size : 1);
    if (!block) fs_no_memory(size, purpose);
    return block;
}
