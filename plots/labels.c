/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labels that collide are spread, each group around the mean of its anchors: with z_i = anchor_i -
 * i * gap the places of least squared displacement are the isotonic regression of z, found by
 * pooling neighbours that are out of order (pool adjacent violators). Then the stack is pushed into
 * the panel, from below and from above.
 */
#include "labels.h"

#include "words.h"

#include <math.h>

double fs_labels_height(const struct fs_axis *axis, double y)
{
    const double share = axis->log ? log(y / axis->low) / log(axis->high / axis->low)
                                   : (y - axis->low) / (axis->high - axis->low);
    return isnan(share) ? 0 : fmin(1, fmax(0, share));
}

static const char *text_of(const struct fs_figure *f, const struct fs_curve *c)
{
    const int room = FS_LABEL_WIDTH - fs_words_width(c->value) - 1;
    const char *name = fs_words_fit(f->arena, c->name, room > 4 ? room : 4);
    return *c->value ? fs_arena_format(f->arena, "%s %s", name, c->value) : name;
}

/* Stable, so that lines that end together keep the order in which they were drawn. */
static void sort(struct fs_label *label, int n)
{
    for (int i = 1; i < n; i++) {
        const struct fs_label moved = label[i];
        int j = i;
        for (; j > 0 && label[j - 1].anchor > moved.anchor; j--)
            label[j] = label[j - 1];
        label[j] = moved;
    }
}

static void spread(struct fs_label *label, int n, double gap)
{
    double mean[FS_CURVES];
    int size[FS_CURVES], blocks = 0;
    for (int i = 0; i < n; i++) {
        mean[blocks] = label[i].anchor - i * gap;
        size[blocks++] = 1;
        for (; blocks > 1 && mean[blocks - 1] < mean[blocks - 2]; blocks--) {
            const int a = size[blocks - 2], b = size[blocks - 1];
            mean[blocks - 2] = (mean[blocks - 2] * a + mean[blocks - 1] * b) / (a + b);
            size[blocks - 2] = a + b;
        }
    }
    for (int k = 0, i = 0; k < blocks; k++) {
        for (int j = 0; j < size[k]; j++, i++)
            label[i].at = mean[k] + i * gap;
    }
}

int fs_labels_place(const struct fs_figure *f, const struct fs_row *row,
                    const struct fs_panel *panel, double gap, double low, double high,
                    struct fs_label *label)
{
    int n = 0;
    for (int i = 0; i < panel->n; i++) {
        const struct fs_curve *c = &panel->curve[i];
        double until;
        const double end = fs_figure_end(f, c, &until);
        if (c->mark == FS_MARK_DOTS || isnan(end)) continue;
        label[n++] =
            (struct fs_label){c, text_of(f, c), fs_labels_height(&row->axis, end), 0, until};
    }
    if (n > 1) gap = fmin(gap, (high - low) / (n - 1));
    sort(label, n);
    spread(label, n, gap);
    for (int i = n - 1; i >= 0; i--)
        label[i].at = fmin(label[i].at, high - (n - 1 - i) * gap);
    for (int i = 0; i < n; i++)
        label[i].at = fmax(label[i].at, low + i * gap);
    return n;
}
