/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is compared is chosen before anything is known of the outcome, so that the number of
 * statements, which the correction counts, does not depend on it. Statements that are the same in
 * every replication are left out of sentences, not of the count.
 */
#include "comparison.h"

#include "json.h"
#include "show.h"
#include "text.h"
#include "view.h"

#include <math.h>
#include <string.h>

struct paths {
    const char *const *path;
    int n;
};

static const char *path_of_cost(struct fs_arena *arena, const struct fs_study *study)
{
    bool month = true;
    for (int i = 0; i < study->n_variants; i++) {
        struct fs_view view;
        month = month && fs_view_get(arena, &study->variant[i], "cost.usd_per_month", &view) &&
                !isnan(view.estimate.value);
    }
    return month ? "cost.usd_per_month" : "cost.total_usd";
}

static struct paths usual_paths(struct fs_arena *arena, const struct fs_study *study)
{
    const struct fs_variant_spec *spec = &study->variant[0].variant->spec;
    if (spec->run.together.n > 0)
        return (struct paths){spec->run.together.item, spec->run.together.n};
    const int n = 2 * spec->n_classes;
    const char **path = fs_arena_alloc(arena, (size_t)(n + 1) * sizeof *path);
    for (int i = 0; i < n; i++)
        path[i] = fs_arena_format(arena, "traffic.%s.%s", spec->traffic[i / 2].name,
                                  i % 2 ? "completed.share" : "latency.p99");
    path[n] = path_of_cost(arena, study);
    return (struct paths){path, n + 1};
}

/* No value at all is like no value alone. */
static bool is_equal(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Nothing differs in any replication; then the difference is 0 without any doubt. */
static bool is_same(const struct fs_view *a, const struct fs_view *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (a->histogram) {
            if (memcmp(a->histogram[i], b->histogram[i], sizeof *a->histogram[i]) != 0)
                return false;
        } else if (!is_equal(a->replication[i], b->replication[i])) {
            return false;
        }
    }
    return true;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Does a variant hand the class's requests over, so that its answer is not the end of the work? */
static bool hands_over(const struct fs_study *study, const char *class, size_t n)
{
    for (int i = 0; i < study->n_variants; i++) {
        if (study->variant[i].n == 0) continue;
        const struct fs_table *traffic = fs_record_table(study->variant[i].record[0], "traffic");
        for (int k = 0; k < traffic->n_subjects; k++) {
            const char *name = traffic->subject[k].name;
            if (strncmp(name, class, n) == 0 && name[n] == '/') return true;
        }
    }
    return false;
}

/* "p99 of web" where a class must be told, else "p99"; "reply p99", "answered" where that is all
 * that the class's own number tells of. */
static const char *what_of(struct fs_arena *arena, const struct fs_study *study, const char *path)
{
    const char *class = strchr(path, '.'), *metric = class ? strchr(++class, '.') : NULL;
    if (strncmp(path, "traffic.", 8) != 0 || !metric) return path;
    const size_t n = (size_t)(metric - class);
    const bool latency = strncmp(metric, ".latency.", 9) == 0, reply = hands_over(study, class, n);
    const char *what = latency ? metric + 9 : metric + 1;
    if (strcmp(what, "p999") == 0) what = "p99.9";
    if (fs_text_ends(what, ".share"))
        what = fs_arena_format(arena, "%.*s", (int)strlen(what) - 6, what);
    if (reply && latency) what = fs_arena_format(arena, "reply %s", what);
    if (reply && strcmp(what, "completed") == 0) what = "answered";
    if (study->variant[0].variant->spec.n_classes == 1 && !memchr(class, '/', n)) return what;
    return fs_arena_format(arena, "%s of %.*s", what, (int)n, class);
}

/* "41 ± 6", or "41" where nothing is uncertain. */
static const char *plus_minus(struct fs_arena *arena, const struct fs_estimate *e, double factor)
{
    const double value = fabs(e->value) * factor, half = (e->high - e->low) / 2 * factor;
    if (half <= 1e-9 * value) return fs_show_number(arena, value);
    return fs_arena_format(arena, "%s ± %s", fs_show_number(arena, value),
                           fs_arena_format(arena, half < value / 10 ? "%.2g" : "%.3g", half));
}

static const char *amount(struct fs_arena *arena, const struct fs_statement *s)
{
    const struct fs_estimate *e = &s->is.estimate;
    if (strcmp(s->unit, "USD") == 0) return fs_arena_format(arena, "$%s", plus_minus(arena, e, 1));
    if (fs_text_ends(s->path, ".share"))
        return fs_arena_format(arena, "%s points", plus_minus(arena, e, 100));
    if (strcmp(s->unit, "s") != 0) return plus_minus(arena, e, 1);
    const struct fs_show_scale scale = fs_show_scale(e->value);
    return fs_arena_format(arena, "%s %s", plus_minus(arena, e, scale.factor), scale.unit);
}

static const char *difference_text(struct fs_arena *arena, const struct fs_study *study,
                                   const struct fs_statement *s)
{
    const bool more = s->is.estimate.value > 0;
    const char *what = what_of(arena, study, s->path), *size = amount(arena, s);
    if (strcmp(s->path, "cost.usd_per_month") == 0)
        return fs_arena_format(arena, "%s a month %s", size, more ? "dearer" : "cheaper");
    if (strcmp(s->path, "cost.usd_per_million") == 0)
        return fs_arena_format(arena, "%s a million requests %s", size,
                               more ? "dearer" : "cheaper");
    if (strncmp(s->path, "cost.", 5) == 0)
        return fs_arena_format(arena, "%s a run %s", size, more ? "dearer" : "cheaper");
    if (strcmp(s->unit, "s") == 0)
        return fs_arena_format(arena, "%s %s at %s", size, more ? "slower" : "faster", what);
    return fs_arena_format(arena, "%s %s in %s", size, more ? "higher" : "lower", what);
}

/* "-1.3 to +2.5 ms". */
static const char *from_to(struct fs_arena *arena, const struct fs_statement *s)
{
    const double low = s->is.estimate.low, high = s->is.estimate.high;
    struct fs_show_scale scale = {"", 1};
    if (strcmp(s->unit, "s") == 0) scale = fs_show_scale(fmax(-low, high));
    if (strcmp(s->unit, "USD") == 0) scale.unit = "USD";
    if (fs_text_ends(s->path, ".share")) scale = (struct fs_show_scale){"points", 100};
    return fs_arena_format(arena, "%+.3g to %+.3g%s%s", low * scale.factor, high * scale.factor,
                           *scale.unit ? " " : "", scale.unit);
}

static bool differs(const struct fs_statement *s)
{
    const struct fs_estimate *e = &s->is.estimate;
    return !s->same && !e->why && !(e->low <= 0 && e->high >= 0 && e->low < e->high);
}

static const char *statement_text(struct fs_arena *arena, const struct fs_study *study,
                                  const struct fs_statement *s)
{
    const struct fs_estimate *e = &s->is.estimate;
    const char *what = what_of(arena, study, s->path);
    if (s->same) return fs_arena_format(arena, "the same in %s", what);
    if (e->why) return fs_arena_format(arena, "not comparable in %s (%s)", what, e->why);
    if (!differs(s))
        return fs_arena_format(arena, "not shown to differ in %s (%s)", what, from_to(arena, s));
    return difference_text(arena, study, s);
}

/* ---- the comparison ------------------------------------------------------------------------- */

static bool get_pair(struct fs_arena *arena, const struct fs_study *study, int variant,
                     const char *path, struct fs_view pair[2])
{
    return fs_view_get(arena, &study->variant[0], path, &pair[0]) &&
           fs_view_get(arena, &study->variant[variant], path, &pair[1]);
}

static int count_statements(struct fs_arena *arena, const struct fs_study *study,
                            const struct paths *paths)
{
    int n = 0;
    struct fs_view pair[2];
    for (int v = 1; v < study->n_variants; v++) {
        for (int i = 0; i < paths->n; i++)
            n += get_pair(arena, study, v, paths->path[i], pair);
    }
    return n;
}

static void add_statement(struct fs_arena *arena, const struct fs_study *study, int variant,
                          const struct fs_view pair[2], struct fs_comparison *c)
{
    const int a = study->variant[0].n, b = study->variant[variant].n, n = a < b ? a : b;
    struct fs_statement *s = &c->statement[c->n++];
    s->path = pair[0].path;
    s->unit = pair[0].unit;
    s->variant = variant;
    s->base = pair[0].estimate.value;
    s->is = fs_view_compare(&pair[0], &pair[1], n, c->level);
    s->same = is_same(&pair[0], &pair[1], n);
    if (s->same && !isnan(s->base)) s->is = (struct fs_difference){{0, 0, 0, NULL}, NAN};
    s->text = statement_text(arena, study, s);
}

struct fs_comparison fs_study_compare(struct fs_arena *arena, const struct fs_study *study,
                                      const char *const *metric, int n_metrics)
{
    struct fs_comparison c = {.n = 0};
    struct fs_view pair[2];
    for (int i = 0; i < study->n_variants; i++) {
        if (study->variant[i].n == 0) return c;
    }
    if (study->n_variants < 2) return c;
    const struct paths paths =
        n_metrics ? (struct paths){metric, n_metrics} : usual_paths(arena, study);
    const int n = count_statements(arena, study, &paths);
    if (n == 0) return c;
    c.level = fs_level_of_each(study->variant[0].variant->spec.run.confidence, n);
    c.statement = fs_arena_alloc(arena, (size_t)n * sizeof *c.statement);
    for (int v = 1; v < study->n_variants; v++) {
        for (int i = 0; i < paths.n; i++) {
            if (get_pair(arena, study, v, paths.path[i], pair))
                add_statement(arena, study, v, pair, &c);
        }
    }
    return c;
}

/* ---- for people ----------------------------------------------------------------------------- */

static const char *reduction_text(struct fs_arena *arena, double reduction)
{
    if (isnan(reduction)) return NULL;
    if (isinf(reduction)) return "to nothing";
    return fs_arena_format(arena, "%.*f×", reduction < 10 ? 1 : 0, reduction);
}

static const char *listed(struct fs_arena *arena, const char *list, const char *text)
{
    return fs_arena_format(arena, "%s%s%s", list, *list ? ", " : "", text);
}

/* First how it differs, then all else. */
static void print_variant(struct fs_arena *arena, const struct fs_study *study,
                          const struct fs_comparison *c, int variant, FILE *out)
{
    const char *name = study->variant[variant].variant->name;
    const char *base = study->variant[0].variant->name;
    const char *difference = "", *rest = "", *worth = "";
    for (int i = 0; i < c->n; i++) {
        const struct fs_statement *s = &c->statement[i];
        if (s->variant != variant) continue;
        if (s->same && fs_text_ends(s->path, ".completed.share")) continue;
        if (differs(s))
            difference = listed(arena, difference, s->text);
        else
            rest = listed(arena, rest, s->text);
        const char *reduced = reduction_text(arena, s->is.reduction);
        if (!reduced) continue;
        worth = listed(arena, worth,
                       fs_arena_format(arena, "%s (%s)", reduced, what_of(arena, study, s->path)));
    }
    if (*difference) fprintf(out, "  %s is %s than %s\n", name, difference, base);
    if (*rest && *difference) fprintf(out, "    %s\n", rest);
    if (*rest && !*difference) fprintf(out, "  %s against %s: %s\n", name, base, rest);
    if (*worth) fprintf(out, "    variance lower than of unpaired runs: %s\n", worth);
}

static bool comes_alike(const struct fs_record *a, const struct fs_record *b, const char *class)
{
    const struct fs_series *x = fs_record_series(a, "traffic", class, "arrived");
    const struct fs_series *y = fs_record_series(b, "traffic", class, "arrived");
    return x && y && a->interval == b->interval && a->n_intervals == b->n_intervals &&
           memcmp(x->increase, y->increase, (size_t)a->n_intervals * sizeof *x->increase) == 0;
}

/* As many requests of every class in every interval of every replication. */
static bool same_requests(const struct fs_study *study)
{
    const struct fs_study_variant *first = &study->variant[0];
    const struct fs_variant_spec *spec = &first->variant->spec;
    for (int v = 1; v < study->n_variants; v++) {
        const struct fs_study_variant *other = &study->variant[v];
        if (other->variant->spec.n_classes != spec->n_classes) return false;
        for (int r = 0; r < first->n && r < other->n; r++) {
            for (int i = 0; i < spec->n_classes; i++) {
                if (!comes_alike(first->record[r], other->record[r], spec->traffic[i].name))
                    return false;
            }
        }
    }
    return true;
}

static const char *on_what(const struct fs_study *study)
{
    for (int v = 0; v < study->n_variants; v++) {
        if (study->variant[v].variant->closed) return ", with as many requests as each answers";
    }
    return same_requests(study) ? " on the same requests" : ", each on its own requests";
}

void fs_comparison_print(struct fs_arena *arena, const struct fs_study *study,
                         const struct fs_comparison *c, FILE *out)
{
    if (c->n == 0) return;
    const double level = study->variant[0].variant->spec.run.confidence;
    fprintf(out, "\nCompared%s (%g %%", on_what(study), 100 * level);
    if (c->n > 1) fprintf(out, ", together for %d statements", c->n);
    if (study->variant[0].variant->spec.run.kind == FS_RUN_STEADY_STATE)
        fputs("; of what has settled in both, a run's cost of all of it", out);
    fputs(")\n", out);
    for (int v = 1; v < study->n_variants; v++)
        print_variant(arena, study, c, v, out);
}

/* ---- for programs --------------------------------------------------------------------------- */

static void json_statement(const struct fs_study *study, const struct fs_statement *s, FILE *out)
{
    fputs("\n      {\"variant\": ", out);
    fs_json_text(out, study->variant[s->variant].variant->name);
    fputs(", \"against\": ", out);
    fs_json_text(out, study->variant[0].variant->name);
    fputs(", \"metric\": ", out);
    fs_json_text(out, s->path);
    fputs(", \"unit\": ", out);
    fs_json_text(out, s->unit);
    fputs(", ", out);
    fs_json_estimate(out, &s->is.estimate);
    fputs(", \"variance_reduction\": ", out);
    fs_json_number(out, s->is.reduction);
    fputs(", \"text\": ", out);
    fs_json_text(out, s->text);
    fputc('}', out);
}

void fs_comparison_json(const struct fs_study *study, const struct fs_comparison *c, FILE *out)
{
    fputs("{\n    \"level\": ", out);
    fs_json_number(out, c->n ? c->level : (double)NAN);
    fputs(",\n    \"statements\": [", out);
    for (int i = 0; i < c->n; i++) {
        fputs(i ? "," : "", out);
        json_statement(study, &c->statement[i], out);
    }
    fputs(c->n ? "\n    ]\n  }" : "]\n  }", out);
}
