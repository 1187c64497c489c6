/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labelled columns in HDF5: a generic writer and a verified reader. This is the target fs_results;
 * results.c is the only file that names HDF5. It knows groups, dimensions, columns, attributes,
 * and nothing of what they mean.
 *
 * On disk: one dataset per column, dimension scales attached, `units` and `long_name` on each,
 * Conventions="CF-1.8" on the root, no object times, no wall clock: equal input, equal bytes.
 * HDF5 builds the file in memory (it is there twice while committed), never on disk. Writing goes
 * to ".<name>.partial" beside the target; every return code is checked; commit fsyncs, renames and
 * fsyncs the folder. The name asked for is never a partial file.
 * A checksum over the whole file is stored behind its end and verified before HDF5 sees a byte;
 * external storage, links to elsewhere and filters other than shuffle, deflate and fletcher32 are
 * refused. A file opened for writing by another program loses the checksum and is refused.
 * Use from one thread only; one writer and any number of readers at once.
 */
#ifndef FS_SIM_RESULTS_H
#define FS_SIM_RESULTS_H

#include "fail.h"
#include <stdbool.h>
#include <stdint.h>

#define FS_RESULTS_RANK 10

enum fs_column_type { FS_F64, FS_I64, FS_U64, FS_TEXT };

/* ---- writing -------------------------------------------------------------------------------- */

struct fs_results_writer;

/* Check now what would fail later: the folder exists and can be written, `path` is no folder, no
 * other writer holds it (an own lock, not HDF5's). Call before simulating. */
enum fs_rc fs_results_check(const char *path, struct fs_failure *failure);

enum fs_rc fs_results_create(const char *path, struct fs_results_writer **writer,
                             struct fs_failure *failure);

/* After the first failure every further call returns it again and does nothing, so a caller may
 * write on and check only the commit. Names are relative to the root: "direct/traffic". Groups are
 * made as needed. Dimension names are looked up in the column's group, then in its parents. */
enum fs_rc fs_results_text(struct fs_results_writer *w, const char *group, const char *name,
                           const char *value); /* attribute of the group */
enum fs_rc fs_results_integer(struct fs_results_writer *w, const char *group, const char *name,
                              int64_t value);
enum fs_rc fs_results_number(struct fs_results_writer *w, const char *group, const char *name,
                             double value);

/* A dimension is a 1-D column that is its own scale: labels (FS_TEXT: const char *const *) or
 * coordinates (FS_F64, FS_I64). xarray opens one group at a time and shows the labels of the
 * dimensions in it; of a parent's dimension it knows the length alone. */
enum fs_rc fs_results_dimension(struct fs_results_writer *w, const char *group, const char *name,
                                const char *units, const char *long_name, enum fs_column_type type,
                                int64_t n, const void *values);

/* A column over the named dimensions, slowest first, row-major, complete. `dims` ends with NULL;
 * an empty list is a scalar. Numbers of 4 KiB and more are chunked, shuffled, deflated at 1. */
enum fs_rc fs_results_column(struct fs_results_writer *w, const char *group, const char *name,
                             const char *units, const char *long_name, enum fs_column_type type,
                             const char *const *dims, const void *values);

/* Close, checksum, fsync, rename. Frees the writer either way; on failure nothing is left behind
 * and an old file under that name is untouched. After a failure the process may leave by exit():
 * HDF5 has no file open, so its exit handler has nothing to write. */
enum fs_rc fs_results_commit(struct fs_results_writer *w, struct fs_failure *failure);
void fs_results_abandon(struct fs_results_writer *w);

/* ---- reading -------------------------------------------------------------------------------- */

struct fs_results;

/* Verify, then open. The reader stays usable until fs_results_close. */
enum fs_rc fs_results_open(const char *path, struct fs_results **results,
                           struct fs_failure *failure);
void fs_results_close(struct fs_results *results);

struct fs_column {
    const char *name, *units, *long_name;
    enum fs_column_type type;
    int rank;
    int64_t extent[FS_RESULTS_RANK];
    const char *dim[FS_RESULTS_RANK]; /* names of the dimensions */
    union {
        const double *f64;
        const int64_t *i64;
        const uint64_t *u64;
        const char *const *text;
        const void *data;
    };
};

/* All memory is owned by `results` and lives until fs_results_close. NULL when absent. At most
 * 2^28 values a column are read; more is refused on opening. */
const struct fs_column *fs_results_get(struct fs_results *results, const char *group,
                                       const char *name);
const char *fs_results_get_text(struct fs_results *results, const char *group, const char *name);
bool fs_results_get_integer(struct fs_results *results, const char *group, const char *name,
                            int64_t *value);
bool fs_results_get_number(struct fs_results *results, const char *group, const char *name,
                           double *value);
/* Names of the child groups / of the columns of `group` in the order written, ending with NULL. */
const char *const *fs_results_groups(struct fs_results *results, const char *group);
const char *const *fs_results_columns(struct fs_results *results, const char *group);

/* Hash over all names, types, extents and values, the same whatever the HDF5 and zlib versions. */
uint64_t fs_results_hash(struct fs_results *results);

#endif
