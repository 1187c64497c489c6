/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shapes are checked once per column, against the dimensions of the same group and the variant's
 * own time and replications; after that an index cannot leave a column. Numbers beyond 1e15 and
 * below -1e15 are taken as absent: no axis could show them beside honest ones.
 */
#include "input.h"

#include <math.h>
#include <string.h>

static const char *path_of(const struct fs_input *input, const struct fs_input_variant *v,
                           const char *group)
{
    return fs_arena_format(input->arena, "%s/%s", v->name, group);
}

static double value_at(const struct fs_column *c, int64_t i)
{
    const double value = c->type == FS_F64   ? c->f64[i]
                         : c->type == FS_I64 ? (double)c->i64[i]
                                             : (double)c->u64[i];
    return fabs(value) <= 1e15 ? value : NAN;
}

/* ---- shapes --------------------------------------------------------------------------------- */

static const struct fs_column *dimension(const struct fs_input *input, const char *group,
                                         const char *name)
{
    const struct fs_column *c = fs_results_get(input->results, group, name);
    return c && c->rank == 1 && c->extent[0] > 0 && c->extent[0] < 1 << 28 ? c : NULL;
}

static bool has_extent(const struct fs_input *input, const struct fs_input_variant *v,
                       const char *group, const struct fs_column *c, int i)
{
    if (strcmp(c->dim[i], "time") == 0) return c->extent[i] == v->n;
    if (strcmp(c->dim[i], "replication") == 0) return c->extent[i] == v->n_replications;
    const struct fs_column *d = dimension(input, group, c->dim[i]);
    return d && d->extent[0] == c->extent[i];
}

/* The column when it is of numbers over exactly `dims`. */
static const struct fs_column *find(const struct fs_input *input, const struct fs_input_variant *v,
                                    const char *group, const char *name, const char *const *dims,
                                    int rank)
{
    const char *path = path_of(input, v, group);
    const struct fs_column *c = fs_results_get(input->results, path, name);
    if (!c || c->type == FS_TEXT || c->rank != rank) return NULL;
    for (int i = 0; i < rank; i++) {
        if (!c->dim[i] || strcmp(c->dim[i], dims[i]) != 0 || !has_extent(input, v, path, c, i))
            return NULL;
    }
    return c;
}

const char *const *fs_input_labels(const struct fs_input *input, const struct fs_input_variant *v,
                                   const char *group, const char *name, int *n)
{
    const struct fs_column *c = dimension(input, path_of(input, v, group), name);
    *n = c && c->type == FS_TEXT ? (int)c->extent[0] : 0;
    return *n ? c->text : NULL;
}

int fs_input_position(const char *const *labels, int n, const char *label)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(labels[i], label) == 0) return i;
    }
    return -1;
}

/* ---- series --------------------------------------------------------------------------------- */

static struct fs_trend *series_new(const struct fs_input *input, const struct fs_input_variant *v)
{
    const size_t n = (size_t)v->n;
    struct fs_trend *s = fs_arena_alloc(input->arena, sizeof *s);
    s->mean = fs_arena_alloc(input->arena, 3 * n * sizeof *s->mean);
    s->low = s->mean + n;
    s->high = s->low + n;
    return s;
}

/* Interval `t` of all replications: replication j's is at first + j * stride. */
static void fold(const struct fs_column *c, struct fs_trend *s, int t, int64_t first, int n,
                 int64_t stride)
{
    double sum = 0, low = INFINITY, high = -INFINITY;
    int found = 0;
    for (int j = 0; j < n; j++) {
        const double value = value_at(c, first + j * stride);
        if (isnan(value)) continue;
        sum += value;
        low = fmin(low, value);
        high = fmax(high, value);
        found++;
    }
    s->mean[t] = found ? sum / found : NAN;
    s->low[t] = found ? low : NAN;
    s->high[t] = found ? high : NAN;
    s->total += found ? s->mean[t] : 0;
}

static double mean_peak(const struct fs_column *c, const struct fs_input_variant *v, int64_t first,
                        int64_t stride)
{
    double sum = 0;
    for (int j = 0; j < v->n_replications; j++) {
        double peak = 0;
        for (int t = 0; t < v->n; t++)
            peak = fmax(peak, value_at(c, first + j * stride + t));
        sum += peak / v->n_replications;
    }
    return sum;
}

static struct fs_trend *gather(const struct fs_input *input, const struct fs_input_variant *v,
                               const struct fs_column *c, int64_t first, int64_t stride)
{
    struct fs_trend *s = series_new(input, v);
    for (int t = 0; t < v->n; t++)
        fold(c, s, t, first + t, v->n_replications, stride);
    s->peak = mean_peak(c, v, first, stride);
    return s;
}

static bool is_in(int i, int64_t extent)
{
    return i >= 0 && i < extent;
}

struct fs_trend *fs_input_series(const struct fs_input *input, const struct fs_input_variant *v,
                                 const char *group, const char *subject_dim, const char *column,
                                 int subject)
{
    const char *const dims[] = {subject_dim, "replication", "time"};
    const struct fs_column *c = find(input, v, group, column, dims, 3);
    if (!c || !is_in(subject, c->extent[0])) return NULL;
    return gather(input, v, c, (int64_t)subject * v->n_replications * v->n, v->n);
}

struct fs_trend *fs_input_inner(const struct fs_input *input, const struct fs_input_variant *v,
                                const char *group, const char *subject_dim, const char *inner,
                                const char *column, int subject, int at)
{
    const char *const dims[] = {subject_dim, inner, "replication", "time"};
    const struct fs_column *c = find(input, v, group, column, dims, 4);
    if (!c || !is_in(subject, c->extent[0]) || !is_in(at, c->extent[1])) return NULL;
    const int64_t row = subject * c->extent[1] + at;
    return gather(input, v, c, row * v->n_replications * v->n, v->n);
}

struct fs_trend *fs_input_quantile(const struct fs_input *input, const struct fs_input_variant *v,
                                   const char *column, int subject, int at)
{
    static const char *const dims[] = {"class", "replication", "quantile", "time"};
    const struct fs_column *c = find(input, v, "traffic", column, dims, 4);
    if (!c || !is_in(subject, c->extent[0]) || !is_in(at, c->extent[2])) return NULL;
    const int64_t stride = c->extent[2] * v->n;
    return gather(input, v, c, subject * v->n_replications * stride + (int64_t)at * v->n, stride);
}

struct fs_trend *fs_trend_zero(const struct fs_input *input, const struct fs_input_variant *v)
{
    return series_new(input, v);
}

void fs_trend_add(struct fs_trend *sum, const struct fs_trend *x, int n)
{
    if (!x) return;
    for (int t = 0; t < n; t++) {
        if (isnan(x->mean[t])) continue;
        sum->mean[t] += x->mean[t];
        sum->low[t] += x->low[t];
        sum->high[t] += x->high[t];
    }
    sum->total += x->total;
    sum->peak += x->peak;
}

/* ---- numbers of the whole run --------------------------------------------------------------- */

static bool increases(const struct fs_column *c)
{
    for (int64_t i = 1; i < c->extent[0]; i++) {
        if (!(value_at(c, i) > value_at(c, i - 1))) return false;
    }
    return value_at(c, 0) >= 0;
}

int fs_input_histogram(const struct fs_input *input, const struct fs_input_variant *v, int class,
                       const double **low, const double **count)
{
    static const char *const dims[] = {"class", "replication", "latency_bin"};
    const struct fs_column *c = find(input, v, "traffic", "latency_histogram", dims, 3);
    const struct fs_column *bin = dimension(input, path_of(input, v, "traffic"), "latency_bin");
    if (!c || !bin || bin->type != FS_F64 || !is_in(class, c->extent[0]) || !increases(bin))
        return 0;
    const int n = (int)bin->extent[0];
    double *sum = fs_arena_alloc(input->arena, (size_t)n * sizeof *sum);
    for (int j = 0; j < v->n_replications; j++) {
        for (int i = 0; i < n; i++)
            sum[i] += fmax(0, value_at(c, ((int64_t) class * v->n_replications + j) * n + i));
    }
    *low = bin->f64;
    *count = sum;
    return n;
}

/* Of the replications' numbers from `first` on, those that are there. */
static double mean_of(const struct fs_column *c, int64_t first, int n)
{
    double sum = 0;
    int found = 0;
    for (int j = 0; j < n; j++) {
        const double value = value_at(c, first + j);
        if (isnan(value)) continue;
        sum += value;
        found++;
    }
    return found ? sum / found : NAN;
}

double fs_input_mean(const struct fs_input *input, const struct fs_input_variant *v,
                     const char *group, const char *subject_dim, const char *column, int subject)
{
    const char *const dims[] = {subject_dim, "replication"};
    const struct fs_column *c = find(input, v, group, column, dims, 2);
    if (!c || !is_in(subject, c->extent[0])) return NAN;
    return mean_of(c, (int64_t)subject * v->n_replications, v->n_replications);
}

double fs_input_part(const struct fs_input *input, const struct fs_input_variant *v, int class,
                     int part)
{
    static const char *const dims[] = {"class", "part"};
    const struct fs_column *c = find(input, v, "traffic", "latency_p99_parts", dims, 2);
    if (!c || !is_in(class, c->extent[0]) || !is_in(part, c->extent[1])) return NAN;
    return value_at(c, (int64_t) class * c->extent[1] + part);
}

double fs_input_estimate(const struct fs_input *input, const struct fs_input_variant *v,
                         const char *path)
{
    static const char *const dims[] = {"metric"};
    int n;
    const char *const *labels = fs_input_labels(input, v, "estimates", "metric", &n);
    const struct fs_column *c = find(input, v, "estimates", "value", dims, 1);
    const int at = labels ? fs_input_position(labels, n, path) : -1;
    return c && at >= 0 ? value_at(c, at) : NAN;
}

/* ---- variants ------------------------------------------------------------------------------- */

/* Starts of the intervals and the end of the last one, which may be cut short. */
static const double *edges(const struct fs_input *input, const struct fs_input_variant *v,
                           const struct fs_column *time)
{
    const size_t n = (size_t)v->n;
    double *edge = fs_arena_alloc(input->arena, (n + 1) * sizeof *edge);
    double length = 0;
    for (size_t i = 0; i < n; i++) {
        edge[i] = value_at(time, (int64_t)i);
        if (isnan(edge[i]) || (i > 0 && edge[i] <= edge[i - 1])) return NULL;
    }
    const bool known = fs_results_get_number(input->results, v->name, "length_seconds", &length);
    const double end = edge[0] + length, whole = n > 1 ? edge[n - 1] + edge[1] - edge[0] : end;
    edge[n] = known && end > edge[n - 1] && end < whole ? end : whole;
    return edge[n] > edge[n - 1] && edge[n] <= 1e15 ? edge : NULL;
}

static bool read_variant(const struct fs_input *input, const char *name, struct fs_input_variant *v)
{
    v->name = name;
    const char *traffic = path_of(input, v, "traffic");
    const struct fs_column *time = dimension(input, traffic, "time");
    const struct fs_column *replication = dimension(input, traffic, "replication");
    if (!time || !replication || time->type == FS_TEXT) return false;
    v->n = (int)time->extent[0];
    v->n_replications = (int)replication->extent[0];
    v->edge = edges(input, v, time);
    int64_t limit;
    if (fs_results_get_integer(input->results, name, "account_concurrency", &limit) && limit > 0)
        v->account_limit = limit;
    return v->edge != NULL;
}

void fs_input_new(struct fs_arena *arena, struct fs_results *results, struct fs_input *input)
{
    *input = (struct fs_input){.arena = arena, .results = results};
    const char *const *group = fs_results_groups(results, "");
    int n = 0;
    while (group && group[n])
        n++;
    input->variant = fs_arena_alloc(arena, (size_t)n * sizeof *input->variant + 1);
    for (int i = 0; i < n; i++) {
        struct fs_input_variant v = {.name = NULL};
        if (!read_variant(input, group[i], &v)) continue;
        if (input->n_variants < FS_VARIANTS) {
            input->variant[input->n_variants++] = v;
        } else {
            input->n_left_out++;
        }
    }
}
