/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fleetsim-plot: a results file as a picture. A program of its own, with limits on time and memory
 * before it opens a file that may be a stranger's, so that neither HDF5 nor gnuplot can take the
 * simulator with it. The picture is complete in memory before the name asked for is touched.
 */
#include "atomicfile.h"
#include "canvas.h"
#include "figure.h"
#include "gnuplot.h"
#include "picture.h"
#include "report.h"
#include "terminal.h"
#include "words.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CPU_SECONDS        10
#define CPU_SECONDS_PER_MB 2
#define MEMORY_BYTES       (4ull << 30)

struct request {
    const char *results, *out;         /* out: NULL for the terminal */
    const struct fs_figure_type *type; /* NULL: the first that fits */
    const char *metric;
    enum fs_picture_kind kind;
    bool page; /* all of them and everything else, as one page */
};

/* ---- the command line ----------------------------------------------------------------------- */

static const char usage[] =
    "fleetsim-plot RESULTS.h5 [-o FILE.png|.svg|.pdf|.html] [--picture NAME] [--metric PATH]\n"
    "Draws a results file, to the terminal when no file is named; .html is a report with all\n"
    "pictures. Without a name it is the first of these for which the file has what it needs:\n";

static void print_usage(FILE *out)
{
    fputs(usage, out);
    const struct fs_figure_type *type = fs_figure_next(NULL, INT_MIN);
    for (; type; type = fs_figure_next(NULL, type->rank))
        fprintf(out, "  %-12s %s; needs %s\n", type->name, type->doc, type->needs);
}

static int complain(const char *what, const char *argument)
{
    struct fs_arena *arena = fs_arena_new();
    fprintf(stderr, "fleetsim-plot: %s%s\n", what, fs_words_clean(arena, argument));
    print_usage(stderr);
    fs_arena_free(arena);
    return FS_INPUT;
}

static int find_kind(struct request *r)
{
    static const char *const ending[] = {".png", ".svg", ".pdf"};
    const char *dot = strrchr(r->out, '.');
    r->page = dot && strcasecmp(dot, ".html") == 0;
    if (r->page) return FS_OK;
    for (int i = 0; dot && i < 3; i++) {
        r->kind = (enum fs_picture_kind)i;
        if (strcasecmp(dot, ending[i]) == 0) return FS_OK;
    }
    return complain("the name of the picture must end with .png, .svg, .pdf or .html: ", r->out);
}

static int parse(int argc, char **argv, struct request *r)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (options && strcmp(a, "--") == 0) {
            options = false;
        } else if (options && (strcmp(a, "-o") == 0 || strcmp(a, "--output") == 0)) {
            if (++i == argc) return complain("a file name is missing behind ", a);
            if (r->out) return complain("more than one picture: ", argv[i]);
            r->out = argv[i];
        } else if (options && strcmp(a, "--picture") == 0) {
            if (++i == argc) return complain("a name is missing behind ", a);
            r->type = fs_figure_find(argv[i]);
            if (!r->type) return complain("there is no picture ", argv[i]);
        } else if (options && strcmp(a, "--metric") == 0) {
            if (++i == argc) return complain("the path of a number is missing behind ", a);
            r->metric = argv[i];
        } else if (options && a[0] == '-') {
            return complain("unknown option: ", a);
        } else if (r->results) {
            return complain("more than one results file: ", a);
        } else {
            r->results = a;
        }
    }
    if (!r->results) return complain("which results file?", "");
    return r->out ? find_kind(r) : FS_OK;
}

/* ---- limits --------------------------------------------------------------------------------- */

static void out_of_time(int number)
{
    static const char text[] = "fleetsim-plot: gave up: the results file takes too long to draw\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(FS_WORLD);
    _exit(FS_WORLD);
}

static void lower(unsigned resource, rlim_t soft, rlim_t hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_cur < soft ? limit.rlim_cur : soft;
    limit.rlim_max = limit.rlim_max < hard ? limit.rlim_max : hard;
    setrlimit(resource, &limit);
}

/* Twenty times what drawing takes on a usual machine. A file that is forged may lead HDF5 round
 * in a circle. */
static rlim_t seconds_for(const char *results)
{
    struct stat file;
    if (stat(results, &file) != 0) return CPU_SECONDS;
    return CPU_SECONDS + CPU_SECONDS_PER_MB * ((rlim_t)file.st_size >> 20);
}

static void set_limits(const char *results)
{
    const rlim_t seconds = seconds_for(results);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXCPU, out_of_time);
    lower(RLIMIT_CPU, seconds, seconds + 5);
    lower(RLIMIT_CORE, 0, 0);
#ifndef __SANITIZE_ADDRESS__ /* it reserves terabytes of addresses */
    lower(RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES);
#endif
}

/* ---- output --------------------------------------------------------------------------------- */

static enum fs_rc draw_picture(const struct fs_figure *f, enum fs_picture_kind kind, char **bytes,
                               size_t *n, struct fs_failure *failure)
{
    struct fs_gnuplot *gnuplot;
    enum fs_rc rc = fs_gnuplot_start(&gnuplot, failure);
    if (rc != FS_OK) return rc;
    fs_picture_draw(gnuplot, f, kind);
    rc = fs_gnuplot_finish(gnuplot, bytes, n, failure);
    if (rc == FS_OK && !fs_picture_is(kind, *bytes, *n))
        rc = fs_fail(failure, "gnuplot did not draw a whole picture");
    return rc;
}

static enum fs_rc draw_file(const struct fs_figure *f, const struct request *r,
                            struct fs_failure *failure)
{
    struct fs_atomicfile *file;
    char *bytes = NULL;
    size_t n = 0;
    enum fs_rc rc = fs_atomicfile_create(r->out, &file, failure);
    if (rc != FS_OK) return rc;
    rc = r->page ? fs_report_page(f->input, &bytes, &n, failure)
                 : draw_picture(f, r->kind, &bytes, &n, failure);
    if (rc == FS_OK) rc = fs_atomicfile_write(file, bytes, n, failure);
    free(bytes);
    if (rc == FS_OK) return fs_atomicfile_commit(file, failure);
    fs_atomicfile_abandon(file);
    return rc;
}

static int screen_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
    return size.ws_col < 60 ? 60 : size.ws_col > 200 ? 200 : size.ws_col;
}

static bool wants_colours(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

static enum fs_rc draw_curves(const struct fs_figure *f, int width, bool colours, char **bytes,
                              struct fs_failure *failure)
{
    struct fs_gnuplot *gnuplot;
    size_t n;
    enum fs_rc rc = fs_gnuplot_start(&gnuplot, failure);
    if (rc != FS_OK) return rc;
    fs_terminal_draw(gnuplot, f, width, colours);
    rc = fs_gnuplot_finish(gnuplot, bytes, &n, failure);
    if (rc == FS_OK) (*bytes)[fs_terminal_clean(*bytes, n, colours)] = 0;
    return rc;
}

static void print_findings(const struct fs_figure *f, const char *heading, const char *name,
                           int width)
{
    const char *const *text = fs_figure_findings(f, name);
    if (*text && *heading) printf("%s\n", fs_words_fit(f->arena, heading, width));
    for (; *text; text++) {
        const char *rest = fs_words_clean(f->arena, *text), *mark = "  - ";
        for (; *rest; mark = "    ")
            printf("%s%s\n", mark, fs_words_line(f->arena, &rest, width - 4));
    }
}

static enum fs_rc draw_terminal(const struct fs_figure *f, struct fs_failure *failure)
{
    char *bytes = NULL;
    const bool colours = wants_colours();
    const int width = screen_width();
    const enum fs_rc rc = fs_figure_has_boxes(f) ? fs_canvas_draw(f, width, colours, &bytes)
                                                 : draw_curves(f, width, colours, &bytes, failure);
    if (rc != FS_OK) return rc;
    printf("%s\n%s\n", fs_words_fit(f->arena, f->title, width),
           fs_words_fit(f->arena, f->subtitle, width));
    printf("%s\n%s%s\n", fs_words_fit(f->arena, fs_terminal_note(f, width), width), f->warning,
           *f->warning ? "\n" : "");
    fputs(bytes, stdout);
    for (int i = 0; f->tells && i < f->n_columns; i++)
        print_findings(f, f->n_columns > 1 ? f->heading[i] : "What happened", f->heading[i], width);
    if (f->tells && (f->n_columns > 1 || *f->heading[0])) print_findings(f, "", "", width);
    free(bytes);
    if (fflush(stdout) == 0) return FS_OK;
    if (errno == EPIPE) { /* a reader that has had enough ends the program as SIGPIPE does */
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return fs_fail(failure, "cannot write to the terminal: %s", strerror(errno));
}

/* ---- the file ------------------------------------------------------------------------------- */

/* The first that fits, and can show the number that is asked for. */
static const struct fs_figure_type *first(const struct fs_input *input)
{
    const struct fs_figure_type *type = fs_figure_next(input, INT_MIN);
    while (type && input->metric && !type->one)
        type = fs_figure_next(input, type->rank);
    return type;
}

static enum fs_rc choose(const struct fs_input *input, struct request *r,
                         struct fs_failure *failure)
{
    if (!r->type) r->type = first(input);
    if (r->metric && (r->type ? !r->type->one : input->n_variants > 0))
        return fs_fail(failure,
                       "nothing to draw: %s: the picture %s shows no number alone: --metric is for "
                       "the points of a sweep",
                       r->results, r->type ? r->type->name : "of a run");
    if (r->page && r->type) return FS_OK;
    if (!r->type)
        return fs_fail(failure,
                       "nothing to draw: %s: no variant in it has traffic over time; was it "
                       "written by fleetsim run or sweep?",
                       r->results);
    if (fs_figure_fits(r->type, input)) return FS_OK;
    return fs_fail(failure, "nothing to draw: %s: the picture %s needs %s", r->results,
                   r->type->name, r->type->needs);
}

static enum fs_rc draw(struct fs_arena *arena, struct fs_results *results, struct request *r,
                       struct fs_failure *failure)
{
    struct fs_input input;
    struct fs_figure figure;
    fs_input_new(arena, results, &input);
    input.metric = r->metric;
    const enum fs_rc rc = choose(&input, r, failure);
    if (rc != FS_OK) return rc;
    fs_figure_new(arena, &input, r->type, &figure);
    if (figure.n_rows == 0 && !r->page)
        return fs_fail(failure, "nothing to draw: %s: %s", r->results,
                       *figure.warning ? figure.warning
                                       : fs_arena_format(arena, "the picture %s would be empty",
                                                         r->type->name));
    return r->out ? draw_file(&figure, r, failure) : draw_terminal(&figure, failure);
}

int main(int argc, char **argv)
{
    struct request request = {.type = NULL};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return FS_OK;
    }
    if (parse(argc, argv, &request) != FS_OK) return FS_INPUT;
    set_limits(request.results);
    struct fs_arena *arena = fs_arena_new();
    struct fs_failure failure = {""};
    struct fs_results *results = NULL;
    enum fs_rc rc = fs_results_open(request.results, &results, &failure);
    if (rc == FS_OK) rc = draw(arena, results, &request, &failure);
    if (rc != FS_OK) fprintf(stderr, "fleetsim-plot: %s\n", fs_words_clean(arena, failure.text));
    if (results) fs_results_close(results);
    fs_arena_free(arena);
    return (int)rc;
}
