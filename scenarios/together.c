/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Twenty intervals of 95 % are all right at once in a third of the studies. Which numbers count is
 * said before anything is known, so the correction does not depend on the outcome; over all numbers
 * that a study has it would leave nothing to say.
 */
#include "together.h"

#include "grid.h"
#include "json.h"
#include "show.h"

#include <math.h>

struct fs_together fs_study_together(struct fs_arena *arena, const struct fs_study *study)
{
    const struct fs_run_params *run = &study->variant[0].variant->spec.run;
    const char *const *path = run->together.item;
    const int n = run->together.n * study->n_variants;
    struct fs_together t = {.level = n ? fs_level_of_each(run->confidence, n) : (double)NAN};
    t.view = fs_arena_alloc(arena, (size_t)n * sizeof *t.view + 1);
    t.variant = fs_arena_alloc(arena, (size_t)n * sizeof *t.variant + 1);
    for (int v = 0; v < study->n_variants; v++) {
        struct fs_study_variant variant = study->variant[v];
        variant.level = t.level;
        for (int i = 0; i < run->together.n; i++) {
            if (!fs_view_get(arena, &variant, path[i], &t.view[t.n])) continue;
            t.variant[t.n++] = v;
        }
    }
    return t;
}

void fs_together_print(struct fs_arena *arena, const struct fs_study *study,
                       const struct fs_together *t, FILE *out, bool colour)
{
    if (t->n == 0) return;
    struct fs_grid *grid = fs_grid_new(arena, 3, 2);
    const double level = study->variant[0].variant->spec.run.confidence;
    fs_grid_heading(grid, fs_arena_format(arena, "Together (%g %%, %d intervals of %.4g %% each)",
                                          100 * level, t->n, 100 * t->level));
    for (int i = 0; i < t->n; i++) {
        const struct fs_view *view = &t->view[i];
        const char *cell[] = {
            fs_arena_format(arena, "  %s", study->variant[t->variant[i]].variant->name), view->path,
            view->kind == FS_VIEW_SHARE ? fs_show_share_estimate(arena, &view->estimate)
                                        : fs_show_estimate(arena, view->unit, &view->estimate)};
        fs_grid_row(grid, cell);
    }
    fs_grid_print(grid, out, colour);
}

void fs_together_json(const struct fs_study *study, const struct fs_together *t, FILE *out)
{
    fputs("{\n    \"level\": ", out);
    fs_json_number(out, t->level);
    fputs(",\n    \"numbers\": [", out);
    for (int i = 0; i < t->n; i++) {
        fputs(i ? ",\n      {\"variant\": " : "\n      {\"variant\": ", out);
        fs_json_text(out, study->variant[t->variant[i]].variant->name);
        fputs(", \"metric\": ", out);
        fs_json_text(out, t->view[i].path);
        fputs(", \"unit\": ", out);
        fs_json_text(out, t->view[i].unit);
        fputs(", ", out);
        fs_json_estimate(out, &t->view[i].estimate);
        fputc('}', out);
    }
    fputs(t->n ? "\n    ]\n  }" : "]\n  }", out);
}
