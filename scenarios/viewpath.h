/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of numbers, see view.h: which a variant has, and what each speaks of. */
#ifndef FS_SCENARIOS_VIEWPATH_H
#define FS_SCENARIOS_VIEWPATH_H

#include "view.h"

struct fs_statistic {
    const char *name; /* "" : the metric itself */
    enum fs_metric_kind metric;
    enum fs_view_kind kind;
    double p;
    bool traffic_only, alias; /* an alias is understood but not listed */
};
extern const struct fs_statistic fs_statistics[]; /* ends with a name NULL */

enum { FS_MONEY_TOTAL, FS_MONEY_PER_MONTH, FS_MONEY_PER_MILLION, FS_MONEY_NOT_PRICED, FS_MONEYS };
struct fs_money {
    const char *name, *unit;
    enum fs_view_kind kind;
    const char *doc;
};
extern const struct fs_money fs_moneys[FS_MONEYS];

/* What a path to a metric speaks of, whether or not there is a record yet. */
struct fs_viewpath {
    const char *table, *subject; /* names in the record */
    const struct fs_metric *metric;
    const struct fs_statistic *statistic;
};

const char *fs_viewpath_text(struct fs_arena *arena, const struct fs_viewpath *path);
const char *fs_viewpath_unit(const struct fs_viewpath *path);
/* The path to the number of an alarm. */
const char *fs_viewpath_alarm(struct fs_arena *arena, const struct fs_variant *variant, int alarm,
                              int number);
bool fs_viewpath_applies(const struct fs_statistic *statistic, const struct fs_metric *metric,
                         const char *table);

/* False when the variant has no such metric. */
bool fs_viewpath_find(struct fs_arena *arena, const struct fs_variant *variant, const char *text,
                      struct fs_viewpath *path);

/* Before any run: is this a path that the variant will have? Else a hint (may be NULL) of what is
 * near. `unit` is set when it is known. */
bool fs_viewpath_known(struct fs_arena *arena, const struct fs_variant *variant, const char *text,
                       const char **unit, const char **hint);

#endif
