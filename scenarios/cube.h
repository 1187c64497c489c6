/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a sweep found: for every point of its grid, every variant, every number of the table with
 * its interval. Points come in any order and from any number of journals; the file that is saved
 * depends on what was found alone.
 */
#ifndef FS_SCENARIOS_CUBE_H
#define FS_SCENARIOS_CUBE_H

#include "assumptions.h"
#include "axes.h"
#include "files.h"
#include "study.h"
#include "view.h"

struct fs_pack;
struct fs_results_writer;

/* Numbers of texts in `text`. */
struct fs_cell {
    int path, unit, why; /* why: 0 none, else its number + 1 */
    int kind;            /* enum fs_view_kind */
    double value, low, high;
};

/* All values of a latency, of all replications; where parts are put together. */
struct fs_cube_histogram {
    int path; /* of the latency, without a statistic */
    int64_t min, max;
    __int128 sum;
    const struct fs_segment_bin *bin; /* ascending */
    int n_bins;
};

struct fs_cube_variant {
    int replications;
    struct fs_cube_histogram *histogram;
    int n_histograms;
    struct fs_cell *cell;
    int n_cells;
};

struct fs_cube {
    struct fs_arena *arena;
    /* what the sweep is; cubes may be merged when all of it is the same */
    const char *version, *title, *scenario; /* scenario: in full, at no point */
    struct fs_files files;                  /* that it rests on */
    struct fs_assumptions assumptions;      /* of all points; whoever reads them adds them */
    int64_t seed;
    double confidence;
    struct fs_axes axes;
    const char **variant;
    int n_variants;
    int part;            /* the axis over the parts of a fleet, -1: none */
    const char **metric; /* only these paths are kept, and what ratios of parts are made of; none:
                            all */
    int n_metrics;
    /* what was found */
    struct fs_cube_variant **point; /* [axes.points], NULL: not yet */
    int64_t n_points;               /* that are there */
    const char **text;
    int n_text, n_packed, room;
    int *slot; /* hash table of texts, number + 1 */
    int n_slots;
};

/* All memory from `arena`. `scenario` was read without the axes; `files` are of all points. */
struct fs_cube *fs_cube_new(struct fs_arena *arena, const struct fs_scenario *scenario,
                            const struct fs_axes *axes, const struct fs_files *files,
                            const char *const *metric, int n_metrics);

/* Put the views of all variants (as they stand in the study) at a point. */
void fs_cube_add(struct fs_cube *cube, int64_t point, const struct fs_study *study,
                 const struct fs_views *views);

/* The cell of a path, NULL when there is none. */
const struct fs_cell *fs_cube_cell(const struct fs_cube *cube, int64_t point, int variant,
                                   const char *path);
struct fs_estimate fs_cube_estimate(const struct fs_cube *cube, const struct fs_cell *cell);

/* What the cube is, as bytes, and back; NULL when the bytes are no cube. */
void fs_cube_pack(const struct fs_cube *cube, struct fs_pack *pack);
struct fs_cube *fs_cube_unpack(struct fs_arena *arena, const void *bytes, size_t n);
/* Why two cubes cannot be one ("they vary different parameters"), NULL when they can. */
const char *fs_cube_differs(const struct fs_cube *a, const struct fs_cube *b);

/* A point as bytes, with the texts that no point before has used; and back into any cube, `number`
 * (of `n`, grown as needed) translating the texts of one journal. False: damaged. */
void fs_cube_pack_point(struct fs_cube *cube, int64_t point, struct fs_pack *pack);
struct fs_cube_texts {
    int *number;
    int n;
};
bool fs_cube_unpack_point(struct fs_cube *cube, struct fs_cube_texts *texts, const void *bytes,
                          size_t n, int64_t *point);

/* What a command found beside the cube itself, over the cube's dimensions or its own. */
struct fs_cube_more {
    const char *study; /* which command: "breakeven" */
    void (*save)(const void *self, struct fs_results_writer *writer);
    const void *self;
};

/* Everything as columns over (parameters..., variant, metric), and `more` unless it is NULL. */
enum fs_rc fs_cube_save(const struct fs_cube *cube, const char *path,
                        const struct fs_cube_more *more, struct fs_failure *failure);

#endif
