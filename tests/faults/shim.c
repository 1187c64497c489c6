/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into the program under test: makes one call fail, or all from one on. FAULT is
 * "KIND:INDEX:ERRNO:for_ever"; an index of -1 only counts. The number of calls that could have
 * failed is written to the file FAULT_COUNT at exit.
 *   io      write (not to the terminal), fsync, fdatasync, renameat, openat and open that create,
 *           close, flock, ftruncate
 *   memory  malloc, calloc and realloc called by the program's own code (HDF5's own failures of
 *           memory crash inside HDF5, which nobody can help)
 *   threads pthread_create
 *   clock   nothing fails: the time of day jumps by up to a year, back or forth, at each look
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Everything here is called from outside. */
ssize_t write(int fd, const void *bytes, size_t n);
int fsync(int fd);
int fdatasync(int fd);
int ftruncate(int fd, off_t size);
int open(const char *path, int flags, ...);
time_t time(time_t *to);
int clock_gettime(clockid_t clock, struct timespec *to);
int close(int fd);
int flock(int fd, int operation);
int renameat(int from_folder, const char *from, int to_folder, const char *to);
int openat(int folder, const char *path, int flags, ...);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool io, memory, threads, clocks, for_ever;
static long target = -1, seen;
static int error;
static uintptr_t code_begin, code_end;

static int find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        code_begin = info->dlpi_addr + part->p_vaddr;
        code_end = code_begin + part->p_memsz;
    }
    return 1; /* the first object is the program */
}

static __attribute__((constructor)) void begin(void)
{
    const char *fault = getenv("FAULT");
    char kind[8] = "";
    int ever = 0;
    if (!fault || sscanf(fault, "%7[a-z]:%ld:%d:%d", kind, &target, &error, &ever) != 4) return;
    dl_iterate_phdr(find_program, NULL);
    for_ever = ever;
    io = strcmp(kind, "io") == 0;
    memory = strcmp(kind, "memory") == 0;
    threads = strcmp(kind, "threads") == 0;
    clocks = strcmp(kind, "clock") == 0;
}

static __attribute__((destructor)) void end(void)
{
    const char *path = getenv("FAULT_COUNT");
    char text[32];
    if (!path) return;
    const int n = snprintf(text, sizeof text, "%ld\n", seen);
    const long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    syscall(SYS_write, fd, text, n);
    syscall(SYS_close, fd);
}

static bool fails(void)
{
    const long index = seen++;
    const bool now = target >= 0 && (for_ever ? index >= target : index == target);
    if (now) errno = error;
    return now;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    if (io && fd > 2 && fails()) return -1;
    return syscall(SYS_write, fd, bytes, n);
}

int fsync(int fd)
{
    if (io && fails()) return -1;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (io && fails()) return -1;
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t size)
{
    if (io && fails()) return -1;
    return (int)syscall(SYS_ftruncate, fd, size);
}

int open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    if (io && flags & O_CREAT && fails()) return -1;
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*begin_at)(void *),
                   void *with)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (threads && fails()) return error;
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, how, begin_at, with);
}

/* Another year at each look, the same ones in every run. */
static time_t jumped(time_t now)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return now + (time_t)(state >> 33) % 63072000 - 31536000;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    const int rc = (int)syscall(SYS_clock_gettime, clock, to);
    if (clocks && rc == 0 && clock == CLOCK_REALTIME) {
        fails();
        to->tv_sec = jumped(to->tv_sec);
    }
    return rc;
}

time_t time(time_t *to)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) *to = now.tv_sec;
    return now.tv_sec;
}

int flock(int fd, int operation)
{
    if (io && fails()) return -1;
    return (int)syscall(SYS_flock, fd, operation);
}

/* As the real one: the descriptor is gone even when it fails. */
int close(int fd)
{
    const int rc = (int)syscall(SYS_close, fd);
    return io && fd > 2 && fails() ? -1 : rc;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    if (io && fails()) return -1;
    return (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    const int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    if (io && flags & O_CREAT && fails()) return -1;
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define OURS                                                                                       \
    ((uintptr_t)__builtin_return_address(0) >= code_begin &&                                       \
     (uintptr_t)__builtin_return_address(0) < code_end)

void *malloc(size_t size)
{
    return memory && OURS && fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return memory && OURS && fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return memory && OURS && fails() ? NULL : __libc_realloc(old, size);
}
