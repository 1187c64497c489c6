/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A checked variant as plain data: what a world is built from. scenarios/ fills it from a file,
 * tests fill it by hand. Everything is read-only while worlds run and is shared by replications.
 */
#ifndef FS_MODELS_SPEC_H
#define FS_MODELS_SPEC_H

#include "account.h"
#include "param.h"
#include "price.h"
#include "traffic.h"
#include "watch.h"

enum fs_represents {
    FS_REPRESENTS_NOTHING,
    FS_REPRESENTS_HOURLY,
    FS_REPRESENTS_DAILY,
    FS_REPRESENTS_WEEKLY,
    FS_REPRESENTS_MONTHLY
};

enum fs_run_kind { FS_RUN_TERMINATING, FS_RUN_STEADY_STATE };

struct fs_run_params {
    int kind; /* enum fs_run_kind */
    fs_time length;
    int64_t replications;
    int64_t seed;
    int64_t intervals;
    double confidence;       /* 0.95 */
    int represents;          /* enum fs_represents: how often the run's traffic comes */
    const char *until;       /* "p99 ± 5%": more replications until then; NULL: as many as said */
    int64_t part, parts;     /* of a fleet too large for one run; part from 1 */
    int64_t budget;          /* the most replications that `until` may take */
    struct fs_list together; /* of const char *: paths of numbers whose intervals hold together */
    struct fs_watch_params trace;
};

extern const struct fs_param fs_run_rows[];

struct fs_component_spec {
    const char *name;
    const char *platform; /* as the scenario names it; NULL when made by hand */
    const struct fs_plugin *plugin;
    void *params;
    struct fs_terms_params terms;
};

struct fs_class_spec {
    const char *name;
    struct fs_traffic_params params;
};

struct fs_event_spec {
    fs_time at;
    struct fs_plugin_value event;
};

extern const struct fs_param fs_event_rows[];

struct fs_alarm_spec {
    const char *name;
    struct fs_plugin_value alarm;
};

struct fs_variant_spec {
    const char *name;
    struct fs_run_params run;
    struct fs_account_params account;
    const struct fs_prices *prices; /* NULL: nothing is charged */
    struct fs_component_spec *component;
    int n_components;
    struct fs_class_spec *traffic;
    int n_classes;
    struct fs_event_spec *event;
    int n_events;
    struct fs_alarm_spec *alarm;
    int n_alarms;
};

/* NULL when there is none of that name; a NULL name has none. */
const struct fs_component_spec *fs_spec_component(const struct fs_variant_spec *spec,
                                                  const char *name);

#define FS_REPLICATIONS_MAX 100000

/* A fleet in parts is dealt out by the functions of its traces, each to one part, when arrivals
 * have members; else every part is an account of its own with draws of its own. */
bool fs_spec_is_dealt(const struct fs_variant_spec *spec);
/* Members of a class's arrivals; 1 without any. */
int fs_class_members(const struct fs_class_spec *class);

#endif
