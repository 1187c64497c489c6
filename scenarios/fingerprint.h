/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a study did, in two numbers that are the same on every machine: the order of its events, and
 * every value of its results file (whatever the versions of HDF5 and zlib).
 */
#ifndef FS_SCENARIOS_FINGERPRINT_H
#define FS_SCENARIOS_FINGERPRINT_H

#include "study.h"

struct fs_fingerprint {
    uint64_t events, values;
};

/* The study was run with `fingerprint`; `scratch` is written and removed again. */
enum fs_rc fs_fingerprint(const struct fs_study *study, const char *scratch,
                          struct fs_fingerprint *fingerprint, struct fs_failure *failure);

/* The table of many, as a file that appears whole or not at all. */
enum fs_rc fs_fingerprints_write(const char *text, const char *path, struct fs_failure *failure);

#endif
