/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The three kinds of error, kept apart:
 *   our bug          fs_assert(): simulated time, run label (variant, replication, seed), event
 *                    number, expression, file:line; then abort(). On in every build.
 *   the user's input a list of complaints with positions (param.h, scenarios/), exit 2.
 *   the world        enum fs_rc with a text in struct fs_failure, passed up to main, exit 3.
 */
#ifndef FS_SIM_FAIL_H
#define FS_SIM_FAIL_H

#include <stddef.h>

struct fs_sim;

#define fs_assert(sim, expr) ((expr) ? (void)0 : fs_assert_failed((sim), #expr, __FILE__, __LINE__))

/* Print what is known and abort. `sim` may be NULL outside a run. */
_Noreturn void fs_assert_failed(const struct fs_sim *sim, const char *expr, const char *file,
                                int line);

#define FS_RC_MAP(XX)                                                                              \
    XX(OK, "done")                                                                                 \
    XX(MISSED, "an expectation was missed")                                                        \
    XX(INPUT, "bad input or usage")                                                                \
    XX(WORLD, "could not read, write or allocate")                                                 \
    XX(INTERRUPTED, "interrupted")

/* Values are the program's exit codes but for INTERRUPTED (128 + signal). */
enum fs_rc {
#define XX(name, text) FS_##name,
    FS_RC_MAP(XX)
#undef XX
};

/* Why the world refused: "<what>: <path>: <why>; <what to do>", always NUL-terminated. */
struct fs_failure {
    char text[1024];
};

/* Format `failure` and return FS_WORLD, so that callers write `return fs_fail(f, ...)`. */
enum fs_rc fs_fail(struct fs_failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* malloc/calloc/realloc that never return NULL: out of memory prints size and purpose, exit 3. */
void *fs_alloc(size_t size, const char *purpose);
void *fs_realloc(void *old, size_t size, const char *purpose);
_Noreturn void fs_no_memory(size_t size, const char *purpose);

#endif
