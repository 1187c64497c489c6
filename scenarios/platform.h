/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Platforms and price lists as data, read by name from platforms/ and prices/ beside the scenario
 * (`folder`, may be NULL) or in the data folder; scenarios/shelf.h says where. The forms are
 * explained at the head of models/platforms/aws-lambda.yaml and of each price list. Unknown names
 * are complaints at `place`, where they were mentioned. Everything lives in the arena.
 */
#ifndef FS_SCENARIOS_PLATFORM_H
#define FS_SCENARIOS_PLATFORM_H

#include "fail.h"
#include "price.h"
#include "tree.h"

/* A value with what vouches for it, so that reports can list both. */
struct fs_sourced {
    const char *key;   /* "keep_alive"; in a group "redrive.max_receive_count" */
    const char *value; /* as a scenario would write it, in one line */
    const char *source, *date, *certainty;
    const char *note; /* NULL when the file has none */
    bool doubtful;    /* nobody vouches for it: unverified or assumed */
};

struct fs_platform {
    const char *name, *title;
    const char *mechanism;  /* a plug-in's name, or "account" */
    struct fs_node *values; /* plain, as fs_bind takes for defaults; places are the file's */
    struct fs_sourced *sourced;
    int n_sourced;
};

/* FS_INPUT after complaints; every value has a source, a date and a certainty. */
enum fs_rc fs_platform_read(struct fs_arena *arena, const char *name, const char *folder,
                            struct fs_place place, struct fs_platform **platform,
                            struct fs_report *report, struct fs_failure *failure);

/* Names of the platforms `of` a mechanism or of a registry of mechanisms ("components"), of all
 * when NULL: sorted, ending with NULL. Reads each file; what is no map is left out. */
const char *const *fs_platforms_list(struct fs_arena *arena, const char *of, const char *folder);

/* "aws-us-east-1-2026-11"; prices are exact or refused. FS_INPUT after complaints. */
enum fs_rc fs_prices_read(struct fs_arena *arena, const char *name, const char *folder,
                          struct fs_place place, struct fs_prices **prices,
                          struct fs_report *report, struct fs_failure *failure);

/* Print a platform or a price list for people: each value with its source, date, certainty and
 * note. FS_INPUT when neither has that name, or after printing complaints to stderr. */
enum fs_rc fs_platform_show(struct fs_arena *arena, const char *name, const char *folder, FILE *out,
                            struct fs_failure *failure);

/* Names of all price lists: sorted, ending with NULL. */
const char *const *fs_prices_list(struct fs_arena *arena, const char *folder);

#endif
