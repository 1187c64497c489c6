/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scenario file, read and checked: its variants as specs that worlds can be built from, its
 * expectations, and the full text with every default filled in. Reading finds all that is wrong in
 * one go; only a scenario without errors is handed out.
 */
#ifndef FS_SCENARIOS_SCENARIO_H
#define FS_SCENARIOS_SCENARIO_H

#include "spec.h"
#include "tree.h"

struct fs_assumption {
    /* A platform's value, or a price list's, that nobody vouches for. */
    const char *component, *platform, *key, *certainty;
};

/* A value that an answer rests on, and what vouches for it. */
struct fs_vouched_value {
    const char *platform;
    const struct fs_sourced *value;
};

struct fs_variant {
    const char *name;
    struct fs_variant_spec spec;
    struct fs_node *full; /* every default filled in */
    struct fs_assumption *assumption;
    int n_assumptions;
    struct fs_vouched_value
        *source; /* of every platform value that the scenario did not say itself */
    int n_sources;
    bool conditional; /* some arrivals are a fixed trace: intervals are conditional on it */
    bool closed;      /* some clients wait for answers: variants get different requests */
};

/* `direct.traffic.jobs.throttled == 1000`; the left side is resolved by scenarios/view.h. */
struct fs_expect {
    struct fs_place place;
    const char *text, *variant, *path;
    const char *op; /* == != < <= > >= */
    double value;   /* in the metric's unit: s, USD, share, count */
};

struct fs_scenario {
    const char *path, *title, *story;
    struct fs_variant *variant;
    int n_variants;
    struct fs_expect *expect;
    int n_expects;
    struct fs_node *full;    /* the scenario as `fleetsim spec` prints it; reads back to the same */
    struct fs_node *tree;    /* as written, --set applied */
    const char *const *file; /* paths of what it rests on: traces, platforms, price lists, tables */
    int n_files;
    struct fs_reach *reach; /* of each override */
};

/* Given from outside: set in every variant that has what the place stands in. One has not what it
 * has removed; nor what others alone write, unless that is a group which its platform or presets
 * give it, or the variant is read alone. Nothing is made there, and a warning says so. */
struct fs_override {
    const char *option;       /* what messages call it: "--set run.seed", "--seed" */
    const char *path, *value; /* value: YAML */
};

struct fs_reach {
    const char **lacks;  /* of each variant: what it has not, so that nothing is set; NULL: it is */
    int n;               /* variants where it is set */
    const char *differs; /* a variant that had said otherwise, now the same as others; NULL: none */
};

/* Read from `path` ("-": standard input). FS_INPUT after complaints, FS_WORLD with a failure. Only
 * the variant called `only` is kept when that is not NULL. */
enum fs_rc fs_scenario_read(struct fs_arena *arena, const char *path,
                            const struct fs_override *override, int n_overrides, const char *only,
                            struct fs_scenario **scenario, struct fs_report *report,
                            struct fs_failure *failure);

/* The same from a text that stands in no file; `name` is what messages call it, files that it names
 * are looked for in the working folder. */
enum fs_rc fs_scenario_parse(struct fs_arena *arena, const char *name, const char *text,
                             const struct fs_override *override, int n_overrides, const char *only,
                             struct fs_scenario **scenario, struct fs_report *report,
                             struct fs_failure *failure);

/* JSON Schema of the scenario language, for editors. */
enum fs_rc fs_scenario_schema(FILE *out, struct fs_failure *failure);

#endif
