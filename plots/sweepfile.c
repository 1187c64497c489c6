/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The values' dimensions say what they are: the last two are the variants and the metrics, those
 * before them parameters. A column of low or high ends that does not have the same shape counts as
 * no file of a sweep's.
 */
#include "sweepfile.h"

#include "text.h"
#include "words.h"

#include <math.h>
#include <string.h>

static const struct fs_column *root(const struct fs_input *input, const char *name)
{
    return fs_results_get(input->results, "", name);
}

static const char *number_text(struct fs_arena *arena, const char *unit, double value)
{
    if (strcmp(unit, "s") == 0) return fs_words_seconds(arena, value);
    if (strcmp(unit, "USD") == 0) return fs_words_usd(arena, value);
    const char *number = fs_words_count(arena, value);
    if (*unit == '/') return fs_words_measure(arena, value, unit);
    return strcmp(unit, "1") == 0 ? number : fs_arena_format(arena, "%s %s", number, unit);
}

static bool read_axis(const struct fs_input *input, const char *name, int64_t extent,
                      struct fs_sweep_axis *axis)
{
    const struct fs_column *c = name ? root(input, name) : NULL;
    if (!c || c->rank != 1 || c->extent[0] != extent || extent < 1) return false;
    if (c->type != FS_TEXT && c->type != FS_F64) return false;
    *axis = (struct fs_sweep_axis){.path = *c->long_name ? c->long_name : name,
                                   .unit = c->units,
                                   .n = (int)extent,
                                   .number = c->type == FS_F64 ? c->f64 : NULL,
                                   .text = c->type == FS_TEXT ? c->text : NULL};
    const char **text = fs_arena_alloc(input->arena, (size_t)extent * sizeof *text);
    for (int i = 0; axis->number && i < axis->n; i++) {
        if (!isfinite(axis->number[i])) return false;
        text[i] = number_text(input->arena, axis->unit, axis->number[i]);
    }
    if (axis->number) axis->text = text;
    return true;
}

static const char *const *labels(const struct fs_input *input, const char *name, int64_t n)
{
    const struct fs_column *c = name ? root(input, name) : NULL;
    return c && c->rank == 1 && c->type == FS_TEXT && c->extent[0] == n ? c->text : NULL;
}

static const double *numbers(const struct fs_input *input, const char *name,
                             const struct fs_column *like)
{
    const struct fs_column *c = root(input, name);
    if (!c || c->type != FS_F64 || c->rank != like->rank) return NULL;
    for (int i = 0; i < c->rank; i++) {
        if (c->extent[i] != like->extent[i]) return NULL;
    }
    return c->f64;
}

bool fs_sweep_read(const struct fs_input *input, struct fs_sweep *s)
{
    const struct fs_column *c = root(input, "value");
    *s = (struct fs_sweep){0};
    if (!c || c->type != FS_F64 || c->rank < 3 || c->rank > FS_SWEEP_AXES + 2) return false;
    s->n_axes = c->rank - 2;
    for (int i = 0; i < s->n_axes; i++) {
        if (!read_axis(input, c->dim[i], c->extent[i], &s->axis[i])) return false;
    }
    const int64_t variants = c->extent[s->n_axes], metrics = c->extent[s->n_axes + 1];
    if (variants < 1 || metrics < 1 || variants > 10000 || metrics > 1 << 24) return false;
    s->n_variants = (int)variants;
    s->n_metrics = (int)metrics;
    s->variant = labels(input, c->dim[s->n_axes], variants);
    s->metric = labels(input, c->dim[s->n_axes + 1], metrics);
    s->unit = labels(input, "unit", metrics);
    s->value = c->f64;
    s->low = numbers(input, "low", c);
    s->high = numbers(input, "high", c);
    return s->variant && s->metric && s->unit && s->low && s->high;
}

bool fs_sweep_is(const struct fs_input *input, const char *command)
{
    const char *study = fs_results_get_text(input->results, "", "study");
    return study && strcmp(study, command) == 0;
}

int64_t fs_sweep_at(const struct fs_sweep *s, const int *place, int variant, int metric)
{
    int64_t at = 0;
    for (int i = 0; i < s->n_axes; i++)
        at = at * s->axis[i].n + place[i];
    return (at * s->n_variants + variant) * s->n_metrics + metric;
}

/* ---- metrics -------------------------------------------------------------------------------- */

const char *fs_sweep_words(struct fs_arena *arena, const struct fs_sweep *s, int metric,
                           double value)
{
    if (fs_sweep_is_share(s, metric)) return fs_arena_format(arena, "%.3g %%", value * 100);
    return number_text(arena, s->unit[metric], value);
}

bool fs_sweep_is_share(const struct fs_sweep *s, int metric)
{
    return fs_text_ends(s->metric[metric], ".share");
}

static int64_t points(const struct fs_sweep *s)
{
    int64_t n = 1;
    for (int i = 0; i < s->n_axes; i++)
        n *= s->axis[i].n;
    return n;
}

/* Differences of a share that nobody sees do not count. */
static bool varies(const struct fs_sweep *s, int metric)
{
    const double least = fs_sweep_is_share(s, metric) ? .01 : 0;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < points(s) * s->n_variants; i++) {
        low = fmin(low, s->value[i * s->n_metrics + metric]);
        high = fmax(high, s->value[i * s->n_metrics + metric]);
    }
    return high - low > least;
}

static bool is_there(const struct fs_sweep *s, int variant, int metric)
{
    for (int64_t i = 0; i < points(s); i++) {
        if (!isnan(s->value[(i * s->n_variants + variant) * s->n_metrics + metric])) return true;
    }
    return false;
}

/* Length of what stands before "/queue" in "traffic.jobs/queue.latency.p99", and of "/queue". */
static bool find_derived(const char *name, size_t *root, size_t *derived)
{
    const char *slash = strncmp(name, "traffic.", 8) == 0 ? strchr(name, '/') : NULL;
    if (!slash) return false;
    *root = (size_t)(slash - name);
    *derived = strcspn(slash, ".");
    return true;
}

int fs_sweep_metric_of(const struct fs_sweep *s, int variant, int metric)
{
    const char *name = s->metric[metric];
    size_t root, derived;
    if (is_there(s, variant, metric) || !find_derived(name, &root, &derived)) return metric;
    for (int i = 0; i < s->n_metrics; i++) {
        if (strncmp(s->metric[i], name, root) == 0 &&
            strcmp(s->metric[i] + root, name + root + derived) == 0)
            return i;
    }
    return metric;
}

const char *fs_sweep_title(struct fs_arena *arena, const struct fs_sweep *s, int metric)
{
    size_t root, derived;
    const char *name = s->metric[metric];
    if (!find_derived(name, &root, &derived)) return name;
    for (int v = 0; v < s->n_variants; v++) {
        if (fs_sweep_metric_of(s, v, metric) != metric)
            return fs_arena_format(arena, "%.*s%s, until done", (int)root, name,
                                   name + root + derived);
    }
    return name;
}

/* The last class of the first story is the deepest one: its name is the longest. */
static int find_metric(const struct fs_sweep *s, const char *begin, const char *end)
{
    int best = -1;
    for (int i = 0; i < s->n_metrics; i++) {
        const char *name = s->metric[i];
        if (strncmp(name, begin, strlen(begin)) != 0 || !fs_text_ends(name, end) || !varies(s, i))
            continue;
        if (best < 0 || strlen(name) > strlen(s->metric[best])) best = i;
    }
    return best;
}

int fs_sweep_choose(const struct fs_input *input, const struct fs_sweep *s, int *metric, int most)
{
    static const char *const asked[][2] = {
        {"traffic.", ".latency.p99"}, {"traffic.", ".completed.share"}, {"cost.usd_per_month", ""},
        {"cost.total_usd", ""},       {"traffic.", ".latency.mean"},    {"", ""}};
    int n = 0;
    for (int i = 0; input->metric && i < s->n_metrics; i++) {
        if (strcmp(s->metric[i], input->metric) == 0) metric[n++] = i;
        if (n == 1) return 1;
    }
    if (input->metric) return 0;
    for (int i = 0; s->n_metrics <= most && i < s->n_metrics; i++)
        metric[n++] = i;
    if (n > 0) return n;
    for (size_t k = 0; k < sizeof asked / sizeof *asked && n < most; k++) {
        if (n > 0 && k + 2 >= sizeof asked / sizeof *asked) break; /* for want of better */
        if (k == 3 && n > 0 && strncmp(s->metric[metric[n - 1]], "cost", 4) == 0) continue;
        const int found = find_metric(s, asked[k][0], asked[k][1]);
        if (found >= 0) metric[n++] = found;
    }
    if (n == 0) metric[n++] = 0;
    return n;
}
