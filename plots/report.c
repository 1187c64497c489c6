/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pictures are SVG behind data URLs: images cannot run anything, and their ids do not meet. The
 * style is one constant whose hash stands in the policy, so that no other style applies either;
 * tests/test_report.sh holds the two together.
 */
#include "report.h"

#include "classes.h"
#include "figure.h"
#include "gnuplot.h"
#include "html.h"
#include "picture.h"
#include "words.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char style[] =
    "body{font:16px/1.5 sans-serif;color:#222;max-width:1200px;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.8em;margin-bottom:0}h2{font-size:1.2em;margin-top:2em}"
    "p.small,td.small{color:#666;font-size:.85em}p.bad{color:#b34700;font-weight:bold}"
    "img{width:100%;height:auto}table{border-collapse:collapse;font-size:.9em}"
    "th,td{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}"
    "td.n{text-align:right;white-space:nowrap}th.n{text-align:right}"
    "tr{border-bottom:1px solid #e4e4e4}tr.head td{font-weight:bold;padding-top:1em}"
    "pre{background:#f6f6f6;padding:1em;overflow:auto;font-size:.85em}"
    "@media print{body{max-width:none}}";
static const char style_hash[] = "sha256-ebnmur03Ma0RA9XMJtxpzcsUDWNPAKtmt9d3Mxc7AC8=";

struct page {
    FILE *out;
    struct fs_arena *arena;
    const struct fs_input *input;
};

static void text(const struct page *p, const char *words)
{
    fs_html_text(p->out, p->arena, words);
}

static void element(const struct page *p, const char *tag, const char *class, const char *words)
{
    fprintf(p->out, *class ? "<%s class=\"%s\">" : "<%s%s>", tag, class);
    text(p, words);
    fprintf(p->out, "</%s>\n", tag);
}

static const char *root_text(const struct page *p, const char *name)
{
    const char *found = fs_results_get_text(p->input->results, "", name);
    return found ? found : "";
}

/* A column of texts; NULL when there is none of that length (0: any). */
static const char *const *texts(const struct page *p, const char *group, const char *name,
                                int64_t *n)
{
    const struct fs_column *c = fs_results_get(p->input->results, group, name);
    if (!c || c->rank != 1 || c->type != FS_TEXT || (*n && c->extent[0] != *n)) return NULL;
    *n = c->extent[0];
    return c->text;
}

/* ---- head ----------------------------------------------------------------------------------- */

static void say_head(const struct page *p)
{
    int64_t complete = 1;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", p->out);
    fprintf(p->out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
            "data:; style-src '%s'; base-uri 'none'; form-action 'none'\">\n",
            style_hash);
    fputs("<meta name=\"viewport\" content=\"width=device-width\">\n", p->out);
    fputs("<meta name=\"referrer\" content=\"no-referrer\">\n", p->out);
    element(p, "title", "", root_text(p, "title"));
    fprintf(p->out, "<style>%s</style>\n</head>\n<body>\n", style);
    element(p, "h1", "", *root_text(p, "title") ? root_text(p, "title") : "fleetsim results");
    if (fs_results_get_integer(p->input->results, "", "complete", &complete) && !complete)
        element(p, "p", "bad", "Interrupted: this is a part of the run.");
    if (*root_text(p, "story")) element(p, "p", "", root_text(p, "story"));
}

static void say_findings(const struct page *p)
{
    int64_t n = 0;
    const char *const *finding = texts(p, "findings", "finding", &n);
    const char *const *variant = finding ? texts(p, "findings", "variant", &n) : NULL;
    if (!finding || !variant) return;
    fputs("<h2>What happened</h2>\n<ul>\n", p->out);
    for (int64_t i = 0; i < n; i++) {
        fputs("<li>", p->out);
        if (*variant[i]) {
            fputs("<b>", p->out);
            text(p, variant[i]);
            fputs("</b>: ", p->out);
        }
        text(p, finding[i]);
        fputs("</li>\n", p->out);
    }
    fputs("</ul>\n", p->out);
}

/* ---- numbers -------------------------------------------------------------------------------- */

struct estimate {
    double value, low, high;
    const char *unit;
};

static double number_at(const struct page *p, const char *group, const char *name, int at, int n)
{
    const struct fs_column *c = fs_results_get(p->input->results, group, name);
    const bool fits = c && c->rank == 1 && c->type == FS_F64 && c->extent[0] == n;
    return fits && fabs(c->f64[at]) <= 1e15 ? c->f64[at] : (double)NAN;
}

static bool find(const struct page *p, int variant, const char *path, struct estimate *e)
{
    const struct fs_input_variant *v = &p->input->variant[variant];
    int n;
    const char *const *metric = fs_input_labels(p->input, v, "estimates", "metric", &n);
    const int at = metric ? fs_input_position(metric, n, path) : -1;
    if (at < 0) return false;
    const char *group = fs_arena_format(p->arena, "%s/estimates", v->name);
    int64_t rows = n;
    const char *const *unit = texts(p, group, "unit", &rows);
    *e = (struct estimate){number_at(p, group, "value", at, n), number_at(p, group, "low", at, n),
                           number_at(p, group, "high", at, n), unit ? unit[at] : ""};
    return true;
}

static const char *plain(const struct page *p, const char *unit, double value)
{
    if (strcmp(unit, "s") == 0) return fs_words_seconds(p->arena, value);
    if (strcmp(unit, "USD") == 0) return fs_words_usd(p->arena, value);
    return fs_words_number(p->arena, value,
                           fabs(value) < 100 && fabs(value - round(value)) > 1e-9 ? 3 : 0);
}

static void say_cell(const struct page *p, const struct estimate *e)
{
    fputs("<td class=\"n\">", p->out);
    if (!isnan(e->value)) {
        text(p, plain(p, e->unit, e->value));
        const char *low = plain(p, e->unit, e->low), *high = plain(p, e->unit, e->high);
        if (e->high > e->low && strcmp(low, high) != 0) {
            fputs("<br><small>", p->out);
            text(p, fs_arena_format(p->arena, "%s to %s", low, high));
            fputs("</small>", p->out);
        }
    }
    fputs("</td>", p->out);
}

/* The row when any variant has the number and, unless it `always` counts, one is not 0. */
static void say_row(const struct page *p, const char *label, const char *path, bool always)
{
    struct estimate e;
    bool any = false;
    for (int i = 0; i < p->input->n_variants; i++)
        any = (find(p, i, path, &e) && !isnan(e.value) && (always || e.value > 0)) || any;
    if (!any) return;
    fputs("<tr><td>", p->out);
    text(p, label);
    fputs("</td>", p->out);
    for (int i = 0; i < p->input->n_variants; i++) {
        if (find(p, i, path, &e))
            say_cell(p, &e);
        else
            fputs("<td></td>", p->out);
    }
    fputs("</tr>\n", p->out);
}

static void say_class(const struct page *p, const char *class)
{
    static const struct {
        const char *label, *metric;
        bool always;
    } rows[] = {{"requests", "arrived", true},         {"completed", "completed", true},
                {"failed", "failed", false},           {"timed out", "timed_out", false},
                {"throttled", "throttled", false},     {"dropped", "dropped", false},
                {"expired", "expired", false},         {"dead-lettered", "dead_lettered", false},
                {"cold starts", "cold_starts", false}, {"latency, median", "latency.p50", true},
                {"p90", "latency.p90", true},          {"p95", "latency.p95", true},
                {"p99", "latency.p99", true},          {"p99.9", "latency.p999", true}};
    fprintf(p->out, "<tr class=\"head\"><td colspan=\"%d\">Requests: ", p->input->n_variants + 1);
    text(p, class);
    fputs("</td></tr>\n", p->out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        say_row(p, rows[i].label, fs_arena_format(p->arena, "traffic.%s.%s", class, rows[i].metric),
                rows[i].always);
}

static void say_classes(const struct page *p)
{
    const char *said[64];
    int n_said = 0;
    for (int i = 0; i < p->input->n_variants; i++) {
        int n;
        const char *const *class =
            fs_input_labels(p->input, &p->input->variant[i], "traffic", "class", &n);
        for (int k = 0; k < n && n_said < 64; k++) {
            if (fs_input_position(said, n_said, class[k]) >= 0) continue;
            said[n_said++] = class[k];
            say_class(p, class[k]);
        }
    }
}

static void say_numbers(const struct page *p)
{
    double confidence = NAN;
    fputs("<h2>Numbers</h2>\n<table>\n<tr><th></th>", p->out);
    for (int i = 0; i < p->input->n_variants; i++) {
        fputs("<th class=\"n\">", p->out);
        text(p, p->input->variant[i].name);
        fputs("</th>", p->out);
    }
    fputs("</tr>\n", p->out);
    say_classes(p);
    fprintf(p->out, "<tr class=\"head\"><td colspan=\"%d\">Cost</td></tr>\n",
            p->input->n_variants + 1);
    say_row(p, "this run", "cost.total_usd", true);
    say_row(p, "a million requests", "cost.usd_per_million", true);
    say_row(p, "a month", "cost.usd_per_month", true);
    say_row(p, "components without a price", "cost.not_priced", false);
    fputs("</table>\n", p->out);
    if (fs_results_get_number(p->input->results, "", "confidence", &confidence))
        fprintf(
            p->out,
            "<p class=\"small\">Below each number its %g %% confidence interval, where the data "
            "carry one.</p>\n",
            confidence * 100);
}

/* ---- pictures ------------------------------------------------------------------------------- */

static enum fs_rc draw(const struct page *p, const struct fs_figure_type *type,
                       struct fs_failure *failure)
{
    struct fs_figure figure;
    struct fs_gnuplot *gnuplot;
    char *bytes;
    size_t n;
    fs_figure_new(p->arena, p->input, type, &figure);
    if (figure.n_rows == 0) return FS_OK;
    figure.tells = false; /* the page tells it itself */
    enum fs_rc rc = fs_gnuplot_start(&gnuplot, failure);
    if (rc != FS_OK) return rc;
    fs_picture_draw(gnuplot, &figure, FS_PICTURE_SVG);
    rc = fs_gnuplot_finish(gnuplot, &bytes, &n, failure);
    if (rc == FS_OK && !fs_picture_is(FS_PICTURE_SVG, bytes, n))
        rc = fs_fail(failure, "gnuplot did not draw a whole picture");
    if (rc == FS_OK) {
        fputs("<p><img alt=\"", p->out);
        text(p, type->doc);
        fputs("\" src=\"data:image/svg+xml;base64,", p->out);
        fs_html_base64(p->out, bytes, n);
        fputs("\"></p>\n", p->out);
    }
    free(bytes);
    return rc;
}

/* All that the file has something for, by rank. */
static enum fs_rc say_pictures(const struct page *p, struct fs_failure *failure)
{
    enum fs_rc rc = FS_OK;
    const struct fs_figure_type *type = fs_figure_next(p->input, INT_MIN);
    fputs("<h2>Pictures</h2>\n", p->out);
    for (; rc == FS_OK && type; type = fs_figure_next(p->input, type->rank)) {
        if (!type->detail) rc = draw(p, type, failure);
    }
    return rc;
}

/* ---- what it rests on ----------------------------------------------------------------------- */

struct sources {
    int64_t n;
    const char *const *platform, *const *key, *const *value, *const *source, *const *date;
    const char *const *certainty;
};

static bool read_sources(const struct page *p, struct sources *s)
{
    s->n = 0;
    return (s->platform = texts(p, "sources", "platform", &s->n)) &&
           (s->key = texts(p, "sources", "key", &s->n)) &&
           (s->value = texts(p, "sources", "value", &s->n)) &&
           (s->source = texts(p, "sources", "source", &s->n)) &&
           (s->date = texts(p, "sources", "date", &s->n)) &&
           (s->certainty = texts(p, "sources", "certainty", &s->n));
}

static bool is_doubtful(const struct sources *s, int64_t i)
{
    return strcmp(s->certainty[i], "assumed") == 0 || strcmp(s->certainty[i], "unverified") == 0;
}

static void say_source(const struct page *p, const char *source)
{
    const bool link = strncmp(source, "https://", 8) == 0 && !strpbrk(source, " \t\n\"'<>");
    if (link) {
        fputs("<a rel=\"noreferrer\" href=\"", p->out);
        text(p, source);
        fputs("\">", p->out);
    }
    text(p, source);
    if (link) fputs("</a>", p->out);
}

static void say_source_rows(const struct page *p, const struct sources *s, bool doubtful)
{
    for (int64_t i = 0; i < s->n; i++) {
        if (is_doubtful(s, i) != doubtful) continue;
        const char *const cell[] = {s->platform[i], s->key[i], s->value[i], s->certainty[i]};
        fputs("<tr>", p->out);
        for (size_t k = 0; k < sizeof cell / sizeof *cell; k++) {
            fputs("<td>", p->out);
            text(p, cell[k]);
            fputs("</td>", p->out);
        }
        fputs("<td class=\"small\">", p->out);
        say_source(p, s->source[i]);
        fputs(", ", p->out);
        text(p, s->date[i]);
        fputs("</td></tr>\n", p->out);
    }
}

static void say_sources(const struct page *p)
{
    static const char head[] = "<table>\n<tr><th>platform</th><th>value</th><th></th><th></th>"
                               "<th>source</th></tr>\n";
    struct sources s;
    bool any = false;
    if (!read_sources(p, &s)) return;
    for (int64_t i = 0; i < s.n; i++)
        any = any || is_doubtful(&s, i);
    if (any) {
        fprintf(p->out, "<h2>Assumptions that nobody documents</h2>\n%s", head);
        say_source_rows(p, &s, true);
        fputs("</table>\n", p->out);
    }
    fprintf(p->out, "<h2>Sources of the other values</h2>\n%s", head);
    say_source_rows(p, &s, false);
    fputs("</table>\n", p->out);
}

static void say_again(const struct page *p)
{
    int64_t seed = 0;
    const struct fs_column *c = fs_results_get(p->input->results, "", "scenario");
    fs_results_get_integer(p->input->results, "", "seed", &seed);
    fputs("<h2>Run it again</h2>\n<p>Same scenario, same seed, same bytes: save the text below as "
          "<code>scenario.yaml</code> and run</p>\n<pre>fleetsim ",
          p->out);
    text(p, *root_text(p, "study") ? root_text(p, "study") : "run");
    fputs(p->input->n_variants ? " scenario.yaml" : " scenario.yaml, with the same options,",
          p->out);
    fputs(" -o results.h5\nfleetsim report results.h5 -o report.html</pre>\n", p->out);
    fprintf(p->out, "<p class=\"small\">fleetsim ");
    text(p, root_text(p, "fleetsim_version"));
    fprintf(p->out, ", seed %lld</p>\n", (long long)seed);
    if (!c || c->rank != 0 || c->type != FS_TEXT) return;
    fputs("<details><summary>The scenario with every default filled in</summary>\n<pre>", p->out);
    for (const char *line = c->text[0]; line && *line;) { /* cleaning takes line ends away */
        const size_t n = strcspn(line, "\n");
        text(p, fs_arena_format(p->arena, "%.*s", (int)n, line));
        fputc('\n', p->out);
        line += n + (line[n] == '\n');
    }
    fputs("</pre></details>\n", p->out);
}

enum fs_rc fs_report_page(const struct fs_input *input, char **bytes, size_t *n,
                          struct fs_failure *failure)
{
    struct page page = {.arena = input->arena, .input = input};
    *bytes = NULL;
    page.out = open_memstream(bytes, n);
    if (!page.out) return fs_fail(failure, "no memory for the page");
    say_head(&page);
    say_findings(&page);
    if (input->n_variants) say_numbers(&page);
    const enum fs_rc rc = say_pictures(&page, failure);
    say_sources(&page);
    say_again(&page);
    fputs("</body>\n</html>\n", page.out);
    fclose(page.out);
    return rc;
}
