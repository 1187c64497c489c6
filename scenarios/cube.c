/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A journal's texts (paths, units, reasons) are numbered in the order of their first use, and a
 * point brings the texts that are new with it. The numbers are of no meaning outside: saving lists
 * the metrics in the order in which they first appear, walking points and variants in order.
 */
#include "cube.h"

#include "checksum.h"
#include "full.h"
#include "pack.h"

#include <stdlib.h>
#include <string.h>

/* ---- texts ---------------------------------------------------------------------------------- */

static int *slot_of(struct fs_cube *cube, const char *text)
{
    const unsigned mask = (unsigned)cube->n_slots - 1;
    unsigned i = (unsigned)fs_checksum(text, strlen(text), 0) & mask;
    while (cube->slot[i] && strcmp(cube->text[cube->slot[i] - 1], text) != 0)
        i = (i + 1) & mask;
    return &cube->slot[i];
}

static void widen(struct fs_cube *cube)
{
    cube->room = cube->room ? 2 * cube->room : 256;
    const char **text = fs_arena_alloc(cube->arena, (size_t)cube->room * sizeof *text);
    if (cube->n_text) memcpy(text, cube->text, (size_t)cube->n_text * sizeof *text);
    cube->text = text;
    cube->n_slots = 4 * cube->room;
    cube->slot = fs_arena_alloc(cube->arena, (size_t)cube->n_slots * sizeof *cube->slot);
    for (int i = 0; i < cube->n_text; i++)
        *slot_of(cube, cube->text[i]) = i + 1;
}

static int number_of(struct fs_cube *cube, const char *text)
{
    if (cube->n_text == cube->room) widen(cube);
    int *slot = slot_of(cube, text);
    if (!*slot) {
        cube->text[cube->n_text++] = fs_arena_text(cube->arena, text);
        *slot = cube->n_text;
    }
    return *slot - 1;
}

/* ---- what a cube is ------------------------------------------------------------------------- */

static int part_axis(const struct fs_axes *axes)
{
    for (int i = 0; i < axes->n; i++) {
        if (strcmp(axes->axis[i].path, "run.part") == 0) return i;
    }
    return -1;
}

static void make_room(struct fs_cube *cube)
{
    cube->part = part_axis(&cube->axes);
    cube->point = fs_arena_alloc(cube->arena, (size_t)cube->axes.points * sizeof *cube->point);
    widen(cube);
}

struct fs_cube *fs_cube_new(struct fs_arena *arena, const struct fs_scenario *scenario,
                            const struct fs_axes *axes, const struct fs_files *files,
                            const char *const *metric, int n_metrics)
{
    struct fs_cube *cube = fs_arena_alloc(arena, sizeof *cube);
    char *text = fs_full_text(scenario);
    cube->arena = arena;
    cube->version = FS_VERSION;
    cube->title = scenario->title ? scenario->title : "";
    cube->scenario = fs_arena_text(arena, text);
    free(text);
    cube->seed = scenario->variant[0].spec.run.seed;
    cube->confidence = scenario->variant[0].spec.run.confidence;
    cube->axes = *axes;
    cube->files = *files;
    cube->n_variants = scenario->n_variants;
    cube->variant = fs_arena_alloc(arena, (size_t)cube->n_variants * sizeof *cube->variant);
    for (int i = 0; i < cube->n_variants; i++)
        cube->variant[i] = scenario->variant[i].name;
    cube->n_metrics = n_metrics;
    cube->metric = fs_arena_alloc(arena, (size_t)n_metrics * sizeof *cube->metric + 1);
    if (n_metrics) memcpy(cube->metric, metric, (size_t)n_metrics * sizeof *cube->metric);
    make_room(cube);
    return cube;
}

/* Is `ratio` a share of `path`, or among it ("traffic.web.arrived"), or a cost among it? */
static bool makes(const char *path, const char *ratio)
{
    const char *dot = strrchr(path, '.'), *end = strrchr(ratio, '.');
    if (!dot || !end) return false;
    const size_t n = (size_t)(dot - path) + 1;
    const bool among = strcmp(dot, ".arrived") == 0;
    if (strcmp(ratio, "cost.usd_per_million") == 0)
        return among || strcmp(path, "cost.total_usd") == 0;
    if (strcmp(end, ".share") != 0) return false;
    if (among && strncmp(path, ratio, n) == 0) return true;
    return strlen(path) == (size_t)(end - ratio) && strncmp(path, ratio, strlen(path)) == 0;
}

static bool keeps(const struct fs_cube *cube, const char *path)
{
    for (int i = 0; i < cube->n_metrics; i++) {
        if (strcmp(cube->metric[i], path) == 0) return true;
        if (cube->part >= 0 && makes(path, cube->metric[i])) return true;
    }
    return cube->n_metrics == 0;
}

static void pack_axis(struct fs_pack *pack, const struct fs_axis *axis)
{
    fs_pack_text(pack, axis->path);
    fs_pack_text(pack, axis->name);
    fs_pack_text(pack, axis->unit);
    fs_pack_int(pack, axis->n);
    for (int i = 0; i < axis->n; i++) {
        fs_pack_text(pack, axis->text[i]);
        fs_pack_real(pack, axis->number[i]);
    }
}

static void pack_texts(struct fs_pack *pack, const char *const *text, int n)
{
    fs_pack_int(pack, n);
    for (int i = 0; i < n; i++)
        fs_pack_text(pack, text[i]);
}

static void pack_assumption(struct fs_pack *pack, const struct fs_assumption *a)
{
    fs_pack_text(pack, a->component);
    fs_pack_text(pack, a->platform);
    fs_pack_text(pack, a->key);
    fs_pack_text(pack, a->certainty);
}

void fs_cube_pack(const struct fs_cube *cube, struct fs_pack *pack)
{
    fs_pack_text(pack, cube->version);
    fs_pack_text(pack, cube->title);
    fs_pack_text(pack, cube->scenario);
    fs_pack_int(pack, cube->seed);
    fs_pack_real(pack, cube->confidence);
    pack_texts(pack, cube->files.text, cube->files.n);
    fs_pack_int(pack, cube->axes.n);
    for (int i = 0; i < cube->axes.n; i++)
        pack_axis(pack, &cube->axes.axis[i]);
    pack_texts(pack, cube->variant, cube->n_variants);
    pack_texts(pack, cube->metric, cube->n_metrics);
    fs_pack_int(pack, cube->assumptions.n);
    for (int i = 0; i < cube->assumptions.n; i++)
        pack_assumption(pack, &cube->assumptions.item[i]);
}

/* A number of things that follow, each of at least a byte. */
static int unpack_count(struct fs_unpack *in)
{
    const int64_t n = fs_unpack_int(in);
    if (n < 0 || n > in->end - in->at) in->broken = true;
    return in->broken ? 0 : (int)n;
}

static const char *unpack_text(struct fs_unpack *in, struct fs_arena *arena)
{
    return fs_arena_text(arena, fs_unpack_text(in));
}

static void unpack_axis(struct fs_unpack *in, struct fs_arena *arena, struct fs_axis *axis)
{
    axis->path = unpack_text(in, arena);
    axis->name = unpack_text(in, arena);
    axis->unit = unpack_text(in, arena);
    if (!*axis->unit) axis->unit = NULL;
    axis->n = unpack_count(in);
    axis->text = fs_arena_alloc(arena, (size_t)axis->n * sizeof *axis->text + 1);
    axis->number = fs_arena_alloc(arena, (size_t)axis->n * sizeof *axis->number + 1);
    for (int i = 0; i < axis->n; i++) {
        axis->text[i] = unpack_text(in, arena);
        axis->number[i] = fs_unpack_real(in);
    }
}

static const char **unpack_texts(struct fs_unpack *in, struct fs_arena *arena, int *n)
{
    *n = unpack_count(in);
    const char **text = fs_arena_alloc(arena, (size_t)*n * sizeof *text + 1);
    for (int i = 0; i < *n; i++)
        text[i] = unpack_text(in, arena);
    return text;
}

static void unpack_assumptions(struct fs_unpack *in, struct fs_arena *arena,
                               struct fs_assumptions *list)
{
    list->n = unpack_count(in);
    list->item = fs_arena_alloc(arena, (size_t)list->n * sizeof *list->item + 1);
    for (int i = 0; i < list->n; i++) {
        struct fs_assumption *a = &list->item[i];
        a->component = unpack_text(in, arena);
        a->platform = unpack_text(in, arena);
        a->key = unpack_text(in, arena);
        a->certainty = unpack_text(in, arena);
    }
}

struct fs_cube *fs_cube_unpack(struct fs_arena *arena, const void *bytes, size_t n)
{
    struct fs_unpack in = {bytes, (const char *)bytes + n, false};
    struct fs_cube *cube = fs_arena_alloc(arena, sizeof *cube);
    cube->arena = arena;
    cube->version = unpack_text(&in, arena);
    cube->title = unpack_text(&in, arena);
    cube->scenario = unpack_text(&in, arena);
    cube->seed = fs_unpack_int(&in);
    cube->confidence = fs_unpack_real(&in);
    cube->files.text = unpack_texts(&in, arena, &cube->files.n);
    cube->axes.n = unpack_count(&in);
    for (int i = 0; i < cube->files.n; i++)
        in.broken = in.broken || strlen(cube->files.text[i]) < 17;
    if (cube->axes.n < 1 || cube->axes.n > FS_AXES_MAX) return NULL;
    cube->axes.axis = fs_arena_alloc(arena, (size_t)cube->axes.n * sizeof *cube->axes.axis);
    cube->axes.points = 1;
    for (int i = 0; i < cube->axes.n; i++) {
        unpack_axis(&in, arena, &cube->axes.axis[i]);
        if (__builtin_mul_overflow(cube->axes.points, cube->axes.axis[i].n, &cube->axes.points))
            return NULL;
    }
    cube->variant = unpack_texts(&in, arena, &cube->n_variants);
    cube->metric = unpack_texts(&in, arena, &cube->n_metrics);
    unpack_assumptions(&in, arena, &cube->assumptions);
    if (in.broken || in.at != in.end || cube->axes.points < 1 || cube->axes.points > FS_POINTS_MAX)
        return NULL;
    make_room(cube);
    return cube;
}

static bool same_axes(const struct fs_axes *a, const struct fs_axes *b)
{
    if (a->n != b->n) return false;
    for (int i = 0; i < a->n; i++) {
        const struct fs_axis *x = &a->axis[i], *y = &b->axis[i];
        if (strcmp(x->path, y->path) != 0 || x->n != y->n) return false;
        for (int k = 0; k < x->n; k++) {
            if (strcmp(x->text[k], y->text[k]) != 0) return false;
        }
    }
    return true;
}

static bool same_texts(const char *const *a, int n_a, const char *const *b, int n_b)
{
    if (n_a != n_b) return false;
    for (int i = 0; i < n_a; i++) {
        if (strcmp(a[i], b[i]) != 0) return false;
    }
    return true;
}

const char *fs_cube_differs(const struct fs_cube *a, const struct fs_cube *b)
{
    if (strcmp(a->version, b->version) != 0) return "they were made by different versions";
    if (strcmp(a->scenario, b->scenario) != 0) return "they come from different scenarios";
    if (!same_axes(&a->axes, &b->axes)) return "they vary different parameters or values";
    if (!same_texts(a->variant, a->n_variants, b->variant, b->n_variants))
        return "they have different variants";
    if (!same_texts(a->metric, a->n_metrics, b->metric, b->n_metrics))
        return "they keep different metrics";
    const char *file = fs_files_differ(a->arena, &a->files, &b->files, true);
    if (!file) file = fs_files_differ(a->arena, &b->files, &a->files, true);
    return file ? fs_arena_format(a->arena, "what stands in %s differs", file) : NULL;
}

/* ---- histograms ----------------------------------------------------------------------------- */

static void keep_histogram(struct fs_cube *cube, struct fs_cube_variant *at,
                           const struct fs_view *view)
{
    struct fs_histogram *pooled = fs_alloc(sizeof *pooled, "a part's values");
    struct fs_cube_histogram *h = &at->histogram[at->n_histograms++];
    const char *dot = strrchr(view->path, '.');
    for (int i = 0; i < view->n; i++)
        fs_histogram_merge(pooled, view->histogram[i]);
    h->path =
        number_of(cube, fs_arena_format(cube->arena, "%.*s", (int)(dot - view->path), view->path));
    h->min = pooled->min;
    h->max = pooled->max;
    h->sum = pooled->sum;
    for (int b = 0; b < FS_HISTOGRAM_BINS; b++)
        h->n_bins += pooled->bin[b] > 0;
    struct fs_segment_bin *bin = fs_arena_alloc(cube->arena, (size_t)h->n_bins * sizeof *bin + 1),
                          *next = bin;
    for (int b = 0; b < FS_HISTOGRAM_BINS; b++) {
        if (pooled->bin[b]) *next++ = (struct fs_segment_bin){(uint16_t)b, pooled->bin[b]};
    }
    h->bin = bin;
    free(pooled);
}

/* Of each latency once: its quantiles come from the same values. */
static void keep_histograms(struct fs_cube *cube, struct fs_cube_variant *at,
                            const struct fs_views *views)
{
    int n = 0;
    for (int i = 0; i < views->n; i++)
        n += views->view[i].kind == FS_VIEW_QUANTILE && views->view[i].p == .5;
    at->histogram = fs_arena_alloc(cube->arena, (size_t)n * sizeof *at->histogram + 1);
    for (int i = 0; i < views->n; i++) {
        const struct fs_view *view = &views->view[i];
        if (view->kind == FS_VIEW_QUANTILE && view->p == .5) keep_histogram(cube, at, view);
    }
}

static void pack_histogram(struct fs_pack *pack, const struct fs_cube_histogram *h)
{
    fs_pack_int(pack, h->path);
    fs_pack_int(pack, h->min);
    fs_pack_int(pack, h->max);
    fs_pack_bytes(pack, &h->sum, sizeof h->sum);
    fs_pack_int(pack, h->n_bins);
    for (int i = 0; i < h->n_bins; i++) {
        fs_pack_int(pack, h->bin[i].bin);
        fs_pack_int(pack, (int64_t)h->bin[i].count);
    }
}

static bool unpack_histogram(struct fs_cube *cube, struct fs_unpack *in,
                             const struct fs_cube_texts *texts, struct fs_cube_histogram *h)
{
    const int64_t path = fs_unpack_int(in);
    h->min = fs_unpack_int(in);
    h->max = fs_unpack_int(in);
    if (path < 0 || path >= texts->n || (size_t)(in->end - in->at) < sizeof h->sum) return false;
    h->path = texts->number[path];
    memcpy(&h->sum, in->at, sizeof h->sum);
    in->at += sizeof h->sum;
    h->n_bins = unpack_count(in);
    struct fs_segment_bin *bin = fs_arena_alloc(cube->arena, (size_t)h->n_bins * sizeof *bin + 1);
    for (int i = 0; i < h->n_bins && !in->broken; i++) {
        const int64_t b = fs_unpack_int(in);
        if (b < 0 || b >= FS_HISTOGRAM_BINS) return false;
        bin[i] = (struct fs_segment_bin){(uint16_t)b, (uint64_t)fs_unpack_int(in)};
    }
    h->bin = bin;
    return !in->broken;
}

/* ---- points --------------------------------------------------------------------------------- */

void fs_cube_add(struct fs_cube *cube, int64_t point, const struct fs_study *study,
                 const struct fs_views *views)
{
    struct fs_cube_variant *at = fs_arena_alloc(cube->arena, (size_t)cube->n_variants * sizeof *at);
    for (int v = 0; v < cube->n_variants; v++) {
        at[v].replications = study->variant[v].n;
        at[v].cell = fs_arena_alloc(cube->arena, (size_t)views[v].n * sizeof *at[v].cell + 1);
        for (int i = 0; i < views[v].n; i++) {
            const struct fs_view *view = &views[v].view[i];
            const struct fs_estimate *e = &view->estimate;
            if (!keeps(cube, view->path)) continue;
            at[v].cell[at[v].n_cells++] =
                (struct fs_cell){.path = number_of(cube, view->path),
                                 .unit = number_of(cube, view->unit),
                                 .why = e->why ? number_of(cube, e->why) + 1 : 0,
                                 .kind = (int)view->kind,
                                 .value = e->value,
                                 .low = e->low,
                                 .high = e->high};
        }
        if (cube->part >= 0) keep_histograms(cube, &at[v], &views[v]);
    }
    cube->n_points += cube->point[point] == NULL;
    cube->point[point] = at;
}

const struct fs_cell *fs_cube_cell(const struct fs_cube *cube, int64_t point, int variant,
                                   const char *path)
{
    const struct fs_cube_variant *at = cube->point[point];
    for (int i = 0; at && i < at[variant].n_cells; i++) {
        if (strcmp(cube->text[at[variant].cell[i].path], path) == 0) return &at[variant].cell[i];
    }
    return NULL;
}

struct fs_estimate fs_cube_estimate(const struct fs_cube *cube, const struct fs_cell *cell)
{
    return (struct fs_estimate){.value = cell->value,
                                .low = cell->low,
                                .high = cell->high,
                                .why = cell->why ? cube->text[cell->why - 1] : NULL};
}

void fs_cube_pack_point(struct fs_cube *cube, int64_t point, struct fs_pack *pack)
{
    const struct fs_cube_variant *at = cube->point[point];
    fs_pack_int(pack, point);
    pack_texts(pack, cube->text + cube->n_packed, cube->n_text - cube->n_packed);
    cube->n_packed = cube->n_text;
    for (int v = 0; v < cube->n_variants; v++) {
        fs_pack_int(pack, at[v].replications);
        fs_pack_int(pack, at[v].n_cells);
        fs_pack_bytes(pack, at[v].cell, (size_t)at[v].n_cells * sizeof *at[v].cell);
        fs_pack_int(pack, at[v].n_histograms);
        for (int i = 0; i < at[v].n_histograms; i++)
            pack_histogram(pack, &at[v].histogram[i]);
    }
}

static bool unpack_cell(struct fs_unpack *in, const struct fs_cube_texts *texts,
                        struct fs_cell *cell)
{
    if ((size_t)(in->end - in->at) < sizeof *cell) return false;
    memcpy(cell, in->at, sizeof *cell);
    in->at += sizeof *cell;
    if (cell->path < 0 || cell->path >= texts->n || cell->unit < 0 || cell->unit >= texts->n ||
        cell->why < 0 || cell->why > texts->n)
        return false;
    cell->path = texts->number[cell->path];
    cell->unit = texts->number[cell->unit];
    if (cell->why) cell->why = texts->number[cell->why - 1] + 1;
    return true;
}

bool fs_cube_unpack_point(struct fs_cube *cube, struct fs_cube_texts *texts, const void *bytes,
                          size_t n, int64_t *point)
{
    struct fs_unpack in = {bytes, (const char *)bytes + n, false};
    *point = fs_unpack_int(&in);
    const int n_new = unpack_count(&in);
    texts->number =
        fs_realloc(texts->number, (size_t)(texts->n + n_new + 1) * sizeof(int), "texts");
    for (int i = 0; i < n_new; i++)
        texts->number[texts->n++] = number_of(cube, fs_unpack_text(&in));
    if (in.broken || *point < 0 || *point >= cube->axes.points) return false;
    struct fs_cube_variant *at = fs_arena_alloc(cube->arena, (size_t)cube->n_variants * sizeof *at);
    for (int v = 0; v < cube->n_variants; v++) {
        at[v].replications = (int)fs_unpack_int(&in);
        at[v].n_cells = unpack_count(&in);
        at[v].cell = fs_arena_alloc(cube->arena, (size_t)at[v].n_cells * sizeof *at[v].cell + 1);
        for (int i = 0; i < at[v].n_cells; i++) {
            if (!unpack_cell(&in, texts, &at[v].cell[i])) return false;
        }
        at[v].n_histograms = unpack_count(&in);
        at[v].histogram =
            fs_arena_alloc(cube->arena, (size_t)at[v].n_histograms * sizeof *at[v].histogram + 1);
        for (int i = 0; i < at[v].n_histograms; i++) {
            if (!unpack_histogram(cube, &in, texts, &at[v].histogram[i])) return false;
        }
    }
    if (in.broken || in.at != in.end) return false;
    cube->n_points += cube->point[*point] == NULL;
    cube->point[*point] = at;
    return true;
}
