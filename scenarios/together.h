/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers whose intervals hold together: of each path in `run: {together: [...]}` and of each
 * variant one, all of them right at once with the scenario's confidence.
 */
#ifndef FS_SCENARIOS_TOGETHER_H
#define FS_SCENARIOS_TOGETHER_H

#include "study.h"
#include "view.h"

struct fs_together {
    struct fs_view *view; /* by variant, then in the order of the paths */
    int *variant;
    int n;
    double level; /* of each */
};

/* Nothing (n = 0) where the scenario asks for none, or nothing ran. */
struct fs_together fs_study_together(struct fs_arena *arena, const struct fs_study *study);

void fs_together_print(struct fs_arena *arena, const struct fs_study *study,
                       const struct fs_together *together, FILE *out, bool colour);
void fs_together_json(const struct fs_study *study, const struct fs_together *together, FILE *out);

#endif
