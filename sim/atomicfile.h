/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file that appears complete or not at all. Bytes go to ".<name>.partial" in the target's folder;
 * commit syncs, renames and syncs the folder. A lock on the partial file keeps a second writer out;
 * the system drops it when a writer dies, and the next writer sweeps what the dead one left.
 * Nothing is followed: a target that is a link, a folder or a device is refused.
 */
#ifndef FS_SIM_ATOMICFILE_H
#define FS_SIM_ATOMICFILE_H

#include "fail.h"

struct fs_atomicfile;

enum fs_rc fs_atomicfile_create(const char *path, struct fs_atomicfile **file,
                                struct fs_failure *failure);
enum fs_rc fs_atomicfile_write(struct fs_atomicfile *file, const void *bytes, size_t n,
                               struct fs_failure *failure);

/* Both free `file`. A commit that fails removes the partial file. */
enum fs_rc fs_atomicfile_commit(struct fs_atomicfile *file, struct fs_failure *failure);
void fs_atomicfile_abandon(struct fs_atomicfile *file);

#endif
