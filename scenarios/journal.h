/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that only grows, by whole records, and survives its writer: a record is there once
 * fs_journal_append() has returned, even when the process is killed at the next instruction (after
 * a power cut at most the last second is missing). A record whose writing was cut short is taken
 * off when the journal is opened again. One writer at a time, held by a lock.
 */
#ifndef FS_SCENARIOS_JOURNAL_H
#define FS_SCENARIOS_JOURNAL_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

/* A record that was read; the payload is borrowed. False stops the reading. */
typedef bool fs_journal_visit(void *self, int kind, const void *payload, size_t n);

/* Read without opening for writing; what is behind the first damaged record is not visited. */
enum fs_rc fs_journal_read(const char *path, fs_journal_visit *visit, void *self,
                           struct fs_failure *failure);

struct fs_journal;

/* Open or create, take the lock, visit what is there, cut a torn end off. FS_INPUT: another process
 * holds it. */
enum fs_rc fs_journal_open(const char *path, fs_journal_visit *visit, void *self,
                           struct fs_journal **journal, struct fs_failure *failure);
enum fs_rc fs_journal_append(struct fs_journal *journal, int kind, const void *payload, size_t n,
                             struct fs_failure *failure);
/* Sync and close; NULL is allowed. */
enum fs_rc fs_journal_close(struct fs_journal *journal, struct fs_failure *failure);

#endif
