/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A derived class is written "<class>/<component>", so the story is in the names: a root has no
 * other class for a prefix, the last class of a story is a prefix of none. Sorting is not needed,
 * the number of classes is that of a scenario, but a file may hold many: only roots are compared
 * with roots.
 */
#include "classes.h"

#include <math.h>
#include <string.h>

bool fs_classes_is_of(const char *root, const char *name)
{
    const size_t n = strlen(root);
    return strncmp(root, name, n) == 0 && (name[n] == 0 || name[n] == '/');
}

static bool derives(const char *parent, const char *child)
{
    return fs_classes_is_of(parent, child) && strlen(child) > strlen(parent);
}

static bool is_last(const char *const *labels, int n, int i)
{
    for (int j = 0; j < n; j++) {
        if (derives(labels[i], labels[j])) return false;
    }
    return true;
}

static bool has_parent(const char *const *labels, int n, int i)
{
    if (!strchr(labels[i], '/')) return false;
    for (int j = 0; j < n; j++) {
        if (derives(labels[j], labels[i])) return true;
    }
    return false;
}

/* Names of the root classes over all variants, in order. */
static const char **roots_of(const struct fs_input *input, int *n)
{
    const char **roots = NULL;
    int size = 0;
    *n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < input->n_variants; i++) {
            int m;
            const char *const *labels =
                fs_input_labels(input, &input->variant[i], "traffic", "class", &m);
            size += m;
            for (int j = 0; pass == 1 && j < m; j++) {
                if (!has_parent(labels, m, j) && fs_input_position(roots, *n, labels[j]) < 0)
                    roots[(*n)++] = labels[j];
            }
        }
        if (pass == 0) roots = fs_arena_alloc(input->arena, ((size_t)size + 1) * sizeof *roots);
    }
    return roots;
}

/* The last classes of the root in the variant, at most `room` into `end`; returns how many. */
static int ends_of(const struct fs_input *input, const struct fs_input_variant *v, const char *root,
                   const char **end, int room)
{
    int n, found = 0;
    const char *const *labels = fs_input_labels(input, v, "traffic", "class", &n);
    for (int i = 0; i < n && found < room; i++) {
        if (fs_classes_is_of(root, labels[i]) && is_last(labels, n, i)) end[found++] = labels[i];
    }
    return found;
}

static double slowest_p99(const struct fs_input *input, const char *class)
{
    double p99 = 0;
    for (int i = 0; i < input->n_variants; i++)
        p99 = fmax(
            p99, fs_input_estimate(input, &input->variant[i],
                                   fs_arena_format(input->arena, "traffic.%s.latency.p99", class)));
    return p99;
}

/* The slowest first, others in their order. */
static void sort_ends(const struct fs_input *input, const char **end, int n)
{
    double *p99 = fs_arena_alloc(input->arena, (size_t)n * sizeof *p99);
    for (int i = 0; i < n; i++) {
        const char *moved = end[i];
        const double slow = slowest_p99(input, moved);
        int j = i;
        for (; j > 0 && p99[j - 1] < slow; j--) {
            end[j] = end[j - 1];
            p99[j] = p99[j - 1];
        }
        end[j] = moved;
        p99[j] = slow;
    }
}

/* How much of the ends' names is the same in all, up to a '/' or ':'. */
static size_t common(const char *const *end, int n)
{
    size_t same = 0, cut = 0;
    for (; end[0][same]; same++) {
        for (int i = 1; i < n; i++) {
            if (end[i][same] != end[0][same]) return cut;
        }
        if (end[0][same] == '/' || end[0][same] == ':') cut = same + 1;
    }
    return cut;
}

/* Room for all classes of all variants. */
struct search {
    const struct fs_input *input;
    const char **here, **end;
    int room;
};

/* All ends of the root in the variants that have several. */
static int several_ends(const struct search *s, const char *root)
{
    int n = 0;
    for (int i = 0; i < s->input->n_variants; i++) {
        const int m = ends_of(s->input, &s->input->variant[i], root, s->here, s->room);
        for (int k = 0; m > 1 && k < m; k++) {
            if (fs_input_position(s->end, n, s->here[k]) < 0) s->end[n++] = s->here[k];
        }
    }
    return n;
}

/* At most `most` >= 1; returns how many. */
static int add_stories(const struct search *s, const char *root, bool alone,
                       struct fs_story *stories, int most)
{
    const int n = several_ends(s, root);
    if (n == 0) {
        stories[0] = (struct fs_story){root, NULL, root, root};
        return 1;
    }
    sort_ends(s->input, s->end, n);
    const size_t same = common(s->end, n);
    for (int i = 0; i < n && i < most; i++) {
        const char *end = s->end[i], *rest = end + same;
        const char *brief = alone ? rest : fs_arena_format(s->input->arena, "%s %s", root, rest);
        stories[i] = (struct fs_story){root, end, end, brief};
    }
    return n < most ? n : most;
}

struct fs_story *fs_classes_stories(const struct fs_input *input, int *n)
{
    struct search s = {.input = input};
    int n_roots, m;
    const char *const *roots = roots_of(input, &n_roots);
    for (int i = 0; i < input->n_variants; i++) {
        fs_input_labels(input, &input->variant[i], "traffic", "class", &m);
        s.room += m;
    }
    s.here = fs_arena_alloc(input->arena, (2 * (size_t)s.room + 1) * sizeof *s.here);
    s.end = s.here + s.room;
    struct fs_story *stories = fs_arena_alloc(input->arena, ((size_t)s.room + 1) * sizeof *stories);
    *n = 0;
    for (int i = 0; i < n_roots && *n < s.room; i++)
        *n += add_stories(&s, roots[i], n_roots == 1, stories + *n, s.room - *n);
    return stories;
}

int fs_classes_done(const struct fs_input *input, const struct fs_input_variant *v,
                    const struct fs_story *story)
{
    const char *end[2];
    int n;
    const int found = ends_of(input, v, story->root, end, 2);
    const char *const *labels = fs_input_labels(input, v, "traffic", "class", &n);
    if (found == 0) return -1;
    return fs_input_position(labels, n, found == 1 ? end[0] : story->end);
}

int fs_classes_busiest(const struct fs_input *input, struct fs_story *stories, int n, int most)
{
    double *total = fs_arena_alloc(input->arena, (size_t)n * sizeof *total);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < input->n_variants; k++) {
            const struct fs_input_variant *v = &input->variant[k];
            struct fs_input scratch = *input;
            int m;
            const char *const *labels = fs_input_labels(input, v, "traffic", "class", &m);
            const int class = labels ? fs_input_position(labels, m, stories[i].root) : -1;
            scratch.arena = fs_arena_new();
            const struct fs_trend *s =
                fs_input_series(&scratch, v, "traffic", "class", "arrived", class);
            total[i] = fmax(total[i], s ? s->total : 0);
            fs_arena_free(scratch.arena);
        }
    }
    for (int i = 0; i < n && i < most; i++) {
        int best = i;
        for (int j = i + 1; j < n; j++)
            best = total[j] > total[best] ? j : best;
        const struct fs_story story = stories[best];
        memmove(stories + i + 1, stories + i, (size_t)(best - i) * sizeof *stories);
        const double moved = total[best];
        memmove(total + i + 1, total + i, (size_t)(best - i) * sizeof *total);
        stories[i] = story;
        total[i] = moved;
    }
    return n < most ? n : most;
}

const char *fs_classes_shown(struct fs_arena *arena, const struct fs_story *stories, int n, int all)
{
    bool one_root = true;
    for (int i = 1; i < all; i++)
        one_root = one_root && strcmp(stories[i].root, stories[0].root) == 0;
    return fs_arena_format(arena, "the %d %s of %d classes", n, one_root ? "slowest" : "busiest",
                           all);
}
