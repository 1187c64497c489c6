/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the p99 is made of: for each variant a bar as high as its p99, in layers by cause. */
#include "classes.h"
#include "figure.h"
#include "words.h"

#include <math.h>
#include <string.h>

#define MOST_CLASSES 3

static enum fs_colour colour_of(const char *part, int i)
{
    static const struct {
        const char *part;
        enum fs_colour colour;
    } known[] = {{"execution", FS_SKY},         {"queue", FS_BLUE},       {"backoff", FS_ORANGE},
                 {"cold_start", FS_VERMILLION}, {"downstream", FS_GREEN}, {"upstream", FS_GREY}};
    static const enum fs_colour others[] = {FS_PURPLE, FS_NAVY, FS_YELLOW};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcmp(known[k].part, part) == 0) return known[k].colour;
    }
    return others[i % 3];
}

static void add_layer(struct fs_figure *f, struct fs_bars *bars, const struct fs_story *story,
                      const char *part)
{
    for (int i = 0; i < f->input->n_variants; i++) {
        const struct fs_input_variant *v = &f->input->variant[i];
        const int class = fs_classes_done(f->input, v, story);
        int n;
        const char *const *parts = fs_input_labels(f->input, v, "traffic", "part", &n);
        const int at = parts ? fs_input_position(parts, n, part) : -1;
        const double seconds = class < 0 || at < 0 ? NAN : fs_input_part(f->input, v, class, at);
        bars->height[i] = seconds > 0 ? seconds : 0;
    }
}

static const char *words(struct fs_figure *f, const char *part)
{
    char *text = fs_arena_text(f->arena, part);
    for (char *c = text; *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return text;
}

/* No p99 takes no time: where nothing is told, the start may be all that there is to tell of. */
static const char *whole(struct fs_arena *arena, double seconds)
{
    return seconds > 0 ? fs_words_seconds(arena, seconds) : "not known";
}

static void add_class(struct fs_figure *f, const struct fs_story *story, bool several)
{
    int n = 0;
    const char *const *parts = NULL;
    for (int i = 0; i < f->input->n_variants && n == 0; i++)
        parts = fs_input_labels(f->input, &f->input->variant[i], "traffic", "part", &n);
    struct fs_row *row = fs_figure_row(
        f,
        several ? fs_arena_format(f->arena, "What the p99 of %s is made of", story->name)
                : "What the p99 is made of",
        "nothing took any time, as far as is known");
    struct fs_bars bars = fs_bars_new(f, row);
    for (int i = n - 1; row && i >= 0; i--) { /* execution is the last part: at the bottom */
        add_layer(f, &bars, story, parts[i]);
        fs_bars_add(f, &bars, words(f, parts[i]), colour_of(parts[i], i));
    }
    if (row && !several) fs_bars_done(f, &bars, whole);
    if (row) fs_axis_seconds(f->arena, &row->axis, bars.highest > 0 ? bars.highest : 1);
}

static void build(struct fs_figure *f)
{
    int all;
    struct fs_story *stories = fs_classes_stories(f->input, &all);
    const int n = fs_classes_busiest(f->input, stories, all, MOST_CLASSES);
    if (n < all) fs_figure_warn(f, fs_classes_shown(f->arena, stories, n, all));
    f->subtitle = fs_arena_format(
        f->arena, "%s  ·  mean parts of the requests between p98.5 and p99.5", f->subtitle);
    fs_figure_bars(f);
    for (int i = 0; i < n; i++)
        add_class(f, &stories[i], n > 1);
}

const struct fs_figure_type fs_figures_p99 = {.name = "p99",
                                              .doc = "what the p99 is made of, by cause",
                                              .rank = 30,
                                              .needs = "traffic, from fleetsim run",
                                              .build = build};
