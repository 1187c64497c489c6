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

bool fs_classes_is_last(const char *const *labels, int n, int i)
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

const char **fs_classes_roots(const struct fs_input *input, int *n)
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

int fs_classes_done(const struct fs_input *input, const struct fs_input_variant *v,
                    const char *root)
{
    int n, best = -1;
    double most = -1;
    const char *const *labels = fs_input_labels(input, v, "traffic", "class", &n);
    for (int i = 0; i < n; i++) {
        if (!fs_classes_is_of(root, labels[i]) || !fs_classes_is_last(labels, n, i)) continue;
        const struct fs_trend *s =
            fs_input_series(input, v, "traffic", "class", "latency_count", i);
        const double total = s ? s->total : 0;
        if (total > most) best = i;
        most = fmax(most, total);
    }
    return best;
}

int fs_classes_busiest(const struct fs_input *input, const char **roots, int n, int most)
{
    double *total = fs_arena_alloc(input->arena, (size_t)n * sizeof *total);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < input->n_variants; k++) {
            const struct fs_input_variant *v = &input->variant[k];
            struct fs_input scratch = *input;
            int m;
            const char *const *labels = fs_input_labels(input, v, "traffic", "class", &m);
            const int class = labels ? fs_input_position(labels, m, roots[i]) : -1;
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
        const char *root = roots[best];
        memmove(roots + i + 1, roots + i, (size_t)(best - i) * sizeof *roots);
        const double moved = total[best];
        memmove(total + i + 1, total + i, (size_t)(best - i) * sizeof *total);
        roots[i] = root;
        total[i] = moved;
    }
    return n < most ? n : most;
}
