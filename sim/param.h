/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parameters table: what can be set on anything that a scenario describes, each row once.
 * Parser, JSON Schema, `--help`, the reference and `fleetsim spec` are views of these rows;
 * scenarios/ holds their only interpreter. A row says where in the owner's struct the value goes.
 */
#ifndef FS_SIM_PARAM_H
#define FS_SIM_PARAM_H

#include "dist.h"
#include "time.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_arena;

enum fs_param_kind {
    FS_P_SCALAR, /* one number of the row's dimension, see there for its C type */
    FS_P_BOOL,   /* bool: true | false */
    FS_P_TEXT,   /* const char * */
    FS_P_PATH,   /* const char *: a file beside the scenario, resolved and readable */
    FS_P_DATA,   /* const char *: a data file <registry>/<name>.csv, written by its name, resolved;
                    NULL when there is none */
    FS_P_CHOICE, /* int: index into `choices` */
    FS_P_DIST,   /* struct fs_dist of the row's dimension */
    FS_P_GROUP,  /* nested struct at offset, rows in `rows`; a map */
    FS_P_LIST,   /* struct fs_list of structs of `size`, rows in `rows`; a sequence of maps, or of
                    plain values when `rows` has a single row with an empty key */
    FS_P_MAP, /* struct fs_list of structs of `size` whose first member is const char *name: a map
                 from names to groups of `rows` (work: {worker: {cpu: ..., io: ...}}) */
    FS_P_REF, /* const char *: the name of a component; `registry` NULL or its mechanism */
    FS_P_PLUGIN, /* struct fs_plugin_value: {name: {its rows}}, or a bare name when no row is
                    required, or the name of a preset file; from `registry`. With an empty key in
                    a group, exactly one name of the registry stands as a key of that group:
                    {at: 5min, deploy: worker} */
    FS_P_PRICE   /* const char *: an item of the price list; NULL when there is none */
};

/* What a number means and which C type holds it. */
enum fs_dimension {
    FS_D_COUNT,    /* int64_t, a whole number without unit */
    FS_D_NUMBER,   /* double, no unit */
    FS_D_FRACTION, /* double in [0,1]: 0.35 or 35% */
    FS_D_TIME,     /* fs_time: ns us ms s min h d */
    FS_D_SIZE,     /* int64_t bytes: B kB MB GB (10^3) KiB MiB GiB (2^10) */
    FS_D_MEMORY,   /* int64_t MiB, whole: a vendor's "512MB" or "2GB" is 512 and 2048 MiB */
    FS_D_RATE,     /* double per second: 50/s, 300/min, 5000/h, 2/d */
    FS_D_MONEY,    /* int64_t femto-dollars (models/money/price.h): 100USD, $100 */
    FS_D_CPU       /* double vCPU: 0.5, 500m, 2 vCPU */
};

/* A table with a single row whose key is "" takes a plain value where a map is expected. */
struct fs_list {
    void *item;
    int n;
};

struct fs_param;
struct fs_complaints;

/* A plug-in: one file, one descriptor, found by name in its registry ("arrivals", "retries", ...).
 */
struct fs_plugin {
    const char *name;
    const char *doc;
    size_t size;                 /* of its parameters' struct */
    const struct fs_param *rows; /* ends with key NULL and kind FS_P_SCALAR */
    const void *type;            /* its functions: struct fs_arrival_type, ... by registry */
    /* Optional. Called once when all rows are read and in range: what one row cannot say. */
    void (*check)(const void *params, struct fs_complaints *complaints);
    /* Optional, after a clean check: read what the parameters name (a trace) into `arena`, which
     * outlives every run; complain with the file's own line. */
    void (*load)(void *params, struct fs_arena *arena, struct fs_complaints *complaints);
};

struct fs_plugin_value {
    const struct fs_plugin *plugin; /* NULL when unset */
    void *params;                   /* plugin->size bytes */
};

struct fs_registry {
    const char *name;                      /* "arrivals" */
    const struct fs_plugin *const *plugin; /* sorted by name, ends with NULL */
};

struct fs_param {
    const char *key; /* lower_snake_case as the field spells it; NULL ends a table */
    enum fs_param_kind kind;
    enum fs_dimension dimension;
    size_t offset;
    const char *preset;          /* default, as a scenario would write it; NULL: required;
                                    "" : may be absent, and the memory stays zero */
    double low, high;            /* range in base units (s, bytes, MiB, per s, USD), both included;
                                    low == high == 0: any value >= 0 */
    const char *doc;             /* one sentence, for --help, schema and reference */
    const char *const *choices;  /* FS_P_CHOICE: ends with NULL */
    const struct fs_param *rows; /* FS_P_GROUP, FS_P_LIST, FS_P_MAP */
    size_t size;                 /* FS_P_LIST, FS_P_MAP: of one item */
    const char *registry;        /* FS_P_PLUGIN; FS_P_REF; FS_P_DATA: the folder */
    const char *prefix;          /* FS_P_PRICE: what stands before the written name */
};

/* A table of one row without key: the value itself stands where a map would. */
static inline bool fs_param_is_plain(const struct fs_param *rows)
{
    return rows->key && *rows->key == '\0' && !rows[1].key;
}

/* Who hears of checks that one row cannot express: the first member of the reader's own. Texts are
 * kept by nobody after the call. */
struct fs_complaints {
    void (*say)(struct fs_complaints *complaints, bool is_error, const char *key, const char *text);
    void (*say_at)(struct fs_complaints *complaints, const char *file, long line, int column,
                   const char *content, const char *text);
};

/* `key` is a path below the checked struct ("backoff.base", "" for the whole); the reader turns it
 * into file:line:col and a caret. */
void fs_complain(struct fs_complaints *complaints, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void fs_warn(struct fs_complaints *complaints, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same about a place in another file that a parameter names (a trace): line from 1, column
 * from 1 or 0 for the whole line; `content` is the line itself or NULL. */
void fs_complain_at(struct fs_complaints *complaints, const char *file, long line, int column,
                    const char *content, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
