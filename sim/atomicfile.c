/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a fixed name for the partial file: it is lock, temporary and leftover in one, so sweeping
 * needs no list of dead processes and no clock. The protocol, which must hold whatever the
 * interleaving:
 *   - only O_EXCL creates it, so a planted link or file is never written to;
 *   - a writer owns it when it holds the flock AND the name still leads to the inode it locked;
 *   - nobody removes or renames the name without holding the flock on the inode it leads to.
 * Two owners would need two locks on one inode, so there is at most one. Whoever finds the file
 * unlocked knows that its writer is dead (or has not locked it yet, and will notice and try again).
 * Everything is relative to the folder opened first: a chdir or a renamed folder does no harm.
 */
#include "atomicfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100

struct fs_atomicfile {
    int folder, fd;
    char *path;    /* as given, for messages */
    char *name;    /* the target in `folder` */
    char *partial; /* ".<name>.partial" */
};

static const char *advice(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "free some or write elsewhere with -o";
    case EFBIG:
        return "raise the limit (ulimit -f) or write elsewhere with -o";
    case ENOENT:
        return "create the folder first or write elsewhere with -o";
    case EMFILE:
    case ENFILE:
        return "raise the limit (ulimit -n)";
    case EIO:
        return "check the disk or write elsewhere with -o";
    default:
        return "write elsewhere with -o";
    }
}

static enum fs_rc refuse(const char *path, int error, struct fs_failure *failure)
{
    return fs_fail(failure, "cannot write: %s: %s; %s", path, strerror(error), advice(error));
}

static void release(struct fs_atomicfile *file)
{
    if (file->fd >= 0) close(file->fd);
    if (file->folder >= 0) close(file->folder);
    free(file->path);
    free(file->name);
    free(file->partial);
    free(file);
}

/* Open the folder and split off the name. On failure errno says why. */
static int locate(struct fs_atomicfile *file, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = strlen(path) + 1;
    file->path = fs_alloc(n, "a file name");
    file->name = fs_alloc(n, "a file name");
    file->partial = fs_alloc(n + sizeof ".partial", "a file name");
    strcpy(file->path, path);
    strcpy(file->name, name);
    stpcpy(stpcpy(stpcpy(file->partial, "."), name), ".partial");

    char *folder = fs_alloc(n + 1, "a file name");
    strcpy(folder, slash ? path : ".");
    if (slash) folder[slash - path + 1] = '\0';
    file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    free(folder);
    errno = error;
    return file->folder < 0 ? -1 : 0;
}

/* What is there now may only be a plain file: renaming over a device or a link would replace it. */
static enum fs_rc inspect(const struct fs_atomicfile *file, struct fs_failure *failure)
{
    struct stat st;
    const char *name = file->name;
    if (*name == '\0' || !strcmp(name, ".") || !strcmp(name, "..")) {
        return refuse(file->path, EISDIR, failure);
    }
    if (fstatat(file->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? FS_OK : refuse(file->path, errno, failure);
    }
    if (S_ISDIR(st.st_mode)) return refuse(file->path, EISDIR, failure);
    if (S_ISREG(st.st_mode)) return FS_OK;
    return fs_fail(failure, "cannot write: %s: it is a %s, not a file; %s", file->path,
                   S_ISLNK(st.st_mode) ? "link" : "device or pipe", advice(0));
}

/* Does the partial name still lead to what we have open? */
static int is_ours(const struct fs_atomicfile *file)
{
    struct stat here, there;
    return fstat(file->fd, &here) == 0 &&
           fstatat(file->folder, file->partial, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/* Lock `fd`: 1 when it is ours now, 0 to try again, -1 with errno (EWOULDBLOCK: it is locked). */
static int lock(struct fs_atomicfile *file)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0) return is_ours(file);
    return -1;
}

/* Create and lock: 1 when owned, 0 to try again, -1 with errno. */
static int create(struct fs_atomicfile *file)
{
    file->fd = openat(file->folder, file->partial,
                      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file->fd < 0) return -1;
    int got = lock(file);
    if (got >= 0) return got;
    if (errno == EWOULDBLOCK) return 0; /* a sweeper was faster */
    int error = errno;                  /* no locks on this file system: take nothing */
    unlinkat(file->folder, file->partial, 0);
    errno = error;
    return -1;
}

/* Remove what a dead writer left: 0 to try again, -1 with errno (EWOULDBLOCK: it lives). */
static int sweep(struct fs_atomicfile *file)
{
    file->fd = openat(file->folder, file->partial, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file->fd < 0) return errno == ENOENT ? 0 : -1;
    int got = lock(file);
    if (got == 1) got = unlinkat(file->folder, file->partial, 0);
    return got;
}

static int drop(struct fs_atomicfile *file, int got)
{
    int error = errno;
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
    errno = error;
    return got;
}

static int own(struct fs_atomicfile *file)
{
    for (int i = 0; i < TRIES; i++) {
        int got = create(file);
        if (got == 1) return 0;
        got = drop(file, got);
        if (got < 0 && errno == EEXIST) got = drop(file, sweep(file));
        if (got < 0) return -1;
    }
    errno = EWOULDBLOCK;
    return -1;
}

enum fs_rc fs_atomicfile_create(const char *path, struct fs_atomicfile **result,
                                struct fs_failure *failure)
{
    struct fs_atomicfile *file = fs_alloc(sizeof *file, "a file to write");
    *file = (struct fs_atomicfile){.folder = -1, .fd = -1};
    *result = NULL;
    enum fs_rc rc = FS_OK;
    if (locate(file, path) != 0) {
        rc = refuse(path, errno, failure);
    } else if ((rc = inspect(file, failure)) == FS_OK && own(file) != 0) {
        rc = errno == EWOULDBLOCK
                 ? fs_fail(failure,
                           "cannot write: %s: another process is writing it; wait for it "
                           "or write elsewhere with -o",
                           path)
                 : refuse(path, errno, failure);
    }
    if (rc == FS_OK) {
        *result = file;
    } else {
        release(file);
    }
    return rc;
}

enum fs_rc fs_atomicfile_write(struct fs_atomicfile *file, const void *bytes, size_t n,
                               struct fs_failure *failure)
{
    for (const char *p = bytes; n > 0;) {
        ssize_t wrote = write(file->fd, p, n);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return refuse(file->path, errno, failure);
        p += wrote;
        n -= (size_t)wrote;
    }
    return FS_OK;
}

static int sync_folder(const struct fs_atomicfile *file)
{
    if (fsync(file->folder) == 0) return 0;
    return errno == EINVAL || errno == ENOTSUP ? 0 : -1; /* some file systems have no such thing */
}

enum fs_rc fs_atomicfile_commit(struct fs_atomicfile *file, struct fs_failure *failure)
{
    if (fsync(file->fd) != 0 ||
        renameat(file->folder, file->partial, file->folder, file->name) != 0) {
        enum fs_rc rc = refuse(file->path, errno, failure);
        fs_atomicfile_abandon(file);
        return rc;
    }
    enum fs_rc rc = FS_OK;
    if (sync_folder(file) != 0) {
        rc = fs_fail(failure,
                     "cannot sync the folder: %s: %s; the file is complete but may not "
                     "survive a power cut, %s",
                     file->path, strerror(errno), advice(errno));
    }
    release(file);
    return rc;
}

void fs_atomicfile_abandon(struct fs_atomicfile *file)
{
    if (is_ours(file)) unlinkat(file->folder, file->partial, 0);
    release(file);
}
