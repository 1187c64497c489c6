/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The values are hashed as a reader finds them in a results file, not as they lie in memory: so
 * that the writer is held as well.
 */
#include "fingerprint.h"

#include "atomicfile.h"
#include "results.h"
#include "rng.h"
#include "save.h"

#include <string.h>
#include <unistd.h>

static uint64_t events_of(const struct fs_study *study)
{
    uint64_t hash = 0;
    for (int i = 0; i < study->n_variants; i++) {
        for (int j = 0; j < study->variant[i].n; j++)
            hash = fs_mix(hash ^ study->variant[i].record[j]->fingerprint);
    }
    return hash;
}

enum fs_rc fs_fingerprint(const struct fs_study *study, const char *scratch,
                          struct fs_fingerprint *fingerprint, struct fs_failure *failure)
{
    struct fs_results *results;
    enum fs_rc rc = fs_study_save(study, scratch, failure);
    if (rc != FS_OK) return rc;
    rc = fs_results_open(scratch, &results, failure);
    unlink(scratch);
    if (rc != FS_OK) return rc;
    *fingerprint = (struct fs_fingerprint){events_of(study), fs_results_hash(results)};
    fs_results_close(results);
    return FS_OK;
}

enum fs_rc fs_fingerprints_write(const char *text, const char *path, struct fs_failure *failure)
{
    struct fs_atomicfile *file;
    enum fs_rc rc = fs_atomicfile_create(path, &file, failure);
    if (rc != FS_OK) return rc;
    rc = fs_atomicfile_write(file, text, strlen(text), failure);
    if (rc == FS_OK) return fs_atomicfile_commit(file, failure);
    fs_atomicfile_abandon(file);
    return rc;
}
