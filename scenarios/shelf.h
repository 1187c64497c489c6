/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where data files are found by name: platforms/<name>.yaml, prices/<name>.yaml,
 * distributions/<name>.yaml, and tables such as cold_starts/<name>.csv, first beside the scenario,
 * then in the data folder (FLEETSIM_DATA, or the one that the build knows). And what every datum in
 * them must carry: a source, a date and how certain it is.
 */
#ifndef FS_SCENARIOS_SHELF_H
#define FS_SCENARIOS_SHELF_H

#include "fail.h"
#include "tree.h"

struct fs_shelf {
    struct fs_arena *arena;
    const char *folder[2]; /* in the order of search */
    int n;
};

/* `beside` is the scenario's own folder, or NULL. Texts are copied. */
struct fs_shelf fs_shelf_new(struct fs_arena *arena, const char *beside);

/* Whether files of trees stand in folders of this name: they are no scenarios. */
bool fs_shelf_is_kind(const char *name);

/* Read <kind>/<name>.yaml as a map that begins with its form ("platform: 1") and whose name is its
 * own. An unknown name is a complaint at `place` with the nearest that exists. */
enum fs_rc fs_shelf_read(const struct fs_shelf *shelf, const char *kind, const char *name,
                         struct fs_place place, struct fs_node **tree, struct fs_report *report,
                         struct fs_failure *failure);

/* The path of <kind>/<name>.csv; NULL after complaining at `place`. */
const char *fs_shelf_data(const struct fs_shelf *shelf, const char *kind, const char *name,
                          struct fs_place place, struct fs_report *report);

/* The names of a kind, sorted, ending with NULL; an unreadable folder has none. */
const char *const *fs_shelf_list(const struct fs_shelf *shelf, const char *kind);

/* A scalar below a map; complains when it is missing, empty or no scalar and returns NULL. */
const char *fs_shelf_text(const struct fs_node *map, const char *key, struct fs_report *report);

/* Complain about keys of a map that are not in `keys` (ends with NULL). */
void fs_shelf_keys(const struct fs_node *map, const char *const *keys, struct fs_report *report);

struct fs_provenance {
    const char *source, *date, *certainty, *note; /* note may be NULL */
    bool doubtful;                                /* unverified or assumed */
};

/* Read `source`, `date`, `certainty` and `note` of a datum; false after complaining. */
bool fs_shelf_provenance(const struct fs_node *map, struct fs_provenance *out,
                         struct fs_report *report);

#endif
