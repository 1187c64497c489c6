/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record is {size, kind, checksum} and its payload, written by one write(): what a killed process
 * has handed over is the system's, so no record needs a sync of its own to survive a kill. A sync
 * at most once a second bounds what a power cut takes. The first eight bytes name the format.
 */
#include "journal.h"

#include "checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char magic[8] = "fsjourn1";

#define PAYLOAD_MAX (1u << 30)

struct head {
    uint32_t size, kind;
    uint64_t checksum;
};

struct fs_journal {
    int fd;
    char *path;
    time_t synced;
};

static enum fs_rc refuse(const char *what, const char *path, struct fs_failure *failure)
{
    return fs_fail(failure, "cannot %s: %s: %s", what, path, strerror(errno));
}

/* Up to `n` bytes at `at`; how many there were, -1 with errno. */
static ssize_t read_at(int fd, void *to, size_t n, off_t at)
{
    size_t have = 0;
    while (have < n) {
        const ssize_t got = pread(fd, (char *)to + have, n - have, at + (off_t)have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

/* Where the good records end; -1 with errno. */
static off_t visit_all(int fd, fs_journal_visit *visit, void *self)
{
    char start[sizeof magic];
    struct head head;
    off_t at = sizeof magic;
    ssize_t got = read_at(fd, start, sizeof start, 0);
    if (got < 0) return -1;
    if (got < (ssize_t)sizeof start || memcmp(start, magic, sizeof magic) != 0) return 0;
    while ((got = read_at(fd, &head, sizeof head, at)) == (ssize_t)sizeof head) {
        if (head.size > PAYLOAD_MAX) break;
        void *payload = fs_alloc((size_t)head.size + 1, "a record of a journal");
        got = read_at(fd, payload, head.size, at + (off_t)sizeof head);
        const bool good = got == (ssize_t)head.size &&
                          fs_checksum(payload, head.size, head.kind) == head.checksum;
        const bool more = good && visit(self, (int)head.kind, payload, head.size);
        free(payload);
        if (got < 0) return -1;
        if (!good) break;
        at += (off_t)sizeof head + (off_t)head.size;
        if (!more) break;
    }
    return got < 0 ? -1 : at;
}

enum fs_rc fs_journal_read(const char *path, fs_journal_visit *visit, void *self,
                           struct fs_failure *failure)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return refuse("read", path, failure);
    const off_t end = visit_all(fd, visit, self);
    const enum fs_rc rc = end < 0 ? refuse("read", path, failure) : FS_OK;
    close(fd);
    return rc;
}

static enum fs_rc write_all(struct fs_journal *journal, const void *bytes, size_t n,
                            struct fs_failure *failure)
{
    for (const char *p = bytes; n > 0;) {
        const ssize_t wrote = write(journal->fd, p, n);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return refuse("write", journal->path, failure);
        p += wrote;
        n -= (size_t)wrote;
    }
    return FS_OK;
}

/* Position behind the last good record, where the next is written. */
static enum fs_rc take_up(struct fs_journal *journal, fs_journal_visit *visit, void *self,
                          struct fs_failure *failure)
{
    const off_t end = visit_all(journal->fd, visit, self);
    struct stat info;
    if (end < 0 || fstat(journal->fd, &info) != 0) return refuse("read", journal->path, failure);
    if (end == 0 && info.st_size >= (off_t)sizeof magic) {
        fs_fail(failure, "%s is no journal of a sweep", journal->path);
        return FS_INPUT;
    }
    if (ftruncate(journal->fd, end) != 0 || lseek(journal->fd, end, SEEK_SET) < 0)
        return refuse("write", journal->path, failure);
    return end == 0 ? write_all(journal, magic, sizeof magic, failure) : FS_OK;
}

enum fs_rc fs_journal_open(const char *path, fs_journal_visit *visit, void *self,
                           struct fs_journal **result, struct fs_failure *failure)
{
    *result = NULL;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) return refuse("write", path, failure);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        close(fd);
        fs_fail(failure, "%s: another process is at work on it", path);
        return FS_INPUT;
    }
    struct fs_journal *journal = fs_alloc(sizeof *journal, "a journal");
    *journal = (struct fs_journal){
        .fd = fd, .path = fs_alloc(strlen(path) + 1, "a journal"), .synced = time(NULL)};
    strcpy(journal->path, path);
    const enum fs_rc rc = take_up(journal, visit, self, failure);
    if (rc == FS_OK) {
        *result = journal;
    } else {
        struct fs_failure ignored;
        fs_journal_close(journal, &ignored);
    }
    return rc;
}

enum fs_rc fs_journal_append(struct fs_journal *journal, int kind, const void *payload, size_t n,
                             struct fs_failure *failure)
{
    struct head *record = fs_alloc(sizeof *record + n, "a record of a journal");
    *record = (struct head){.size = (uint32_t)n,
                            .kind = (uint32_t)kind,
                            .checksum = fs_checksum(payload, n, (uint64_t)kind)};
    fs_assert(NULL, n <= PAYLOAD_MAX);
    memcpy(record + 1, payload, n);
    enum fs_rc rc = write_all(journal, record, sizeof *record + n, failure);
    free(record);
    const time_t now = time(NULL);
    if (rc == FS_OK && now != journal->synced) {
        if (fdatasync(journal->fd) != 0) rc = refuse("write", journal->path, failure);
        journal->synced = now;
    }
    return rc;
}

enum fs_rc fs_journal_close(struct fs_journal *journal, struct fs_failure *failure)
{
    if (!journal) return FS_OK;
    const enum fs_rc rc =
        fdatasync(journal->fd) == 0 ? FS_OK : refuse("write", journal->path, failure);
    close(journal->fd);
    free(journal->path);
    free(journal);
    return rc;
}
