/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small parser of our own: long and short options from one table, near misses named. */
#include "options.h"

#include "quantity.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

enum kind { FLAG, TEXT, TEXTS, WHOLE, SET, AS_RUN, COLOR };

struct option {
    char letter; /* identifies it in a command's list; also the short form when is_short */
    bool is_short;
    const char *name, *argument;
    enum kind kind;
    size_t offset;
    const char *doc;
};

#define AT(field) offsetof(struct fs_options, field)

static const struct option options[] = {
    {'o', true, "output", "FILE", TEXT, AT(out),
     "write to FILE; a sweep: keep its journal and results in a folder of that name"},
    {'j', false, "json", NULL, FLAG, AT(json), "print JSON instead of the table"},
    {'C', false, "csv", NULL, FLAG, AT(csv), "print every number as CSV instead of the table"},
    {'s', true, "set", "PATH=VALUE", SET, 0, "override a value, e.g. account.concurrency=500"},
    {'v', false, "variant", "NAME", TEXT, AT(variant), "only this variant"},
    {'r', false, "replications", "N", AS_RUN, 0, "independent repetitions"},
    {'e', false, "seed", "N", AS_RUN, 0, "root of all random streams"},
    {'n', true, "jobs", "N", WHOLE, AT(jobs), "threads (default: one per core)"},
    {'q', true, "quiet", NULL, FLAG, AT(quiet), "no progress, no table"},
    {'k', false, "quick", NULL, FLAG, AT(quick),
     "no file: a function and a container fleet side by side"},
    {'p', false, "rps", "RATE", TEXT, AT(rps), "with --quick: requests per second"},
    {'w', false, "work", "TIME", TEXT, AT(work), "with --quick: CPU work of a request"},
    {'i', false, "io", "TIME", TEXT, AT(io), "with --quick: waiting of a request"},
    {'m', false, "memory", "SIZE", TEXT, AT(memory), "with --quick: the function's memory"},
    {'y', false, "verify", NULL, FLAG, AT(verify),
     "run everything through one heap as well and compare the order of events"},
    {'F', false, "fingerprints", "FILE", TEXT, AT(fingerprints),
     "write two numbers a scenario: the order of its events, the values of its results"},
    {'P', false, "picture", "NAME", TEXT, AT(picture),
     "what to draw (default: the first that fits): see fleetsim-plot --help"},
    {'V', false, "vary", "PATH=VALUES", TEXTS, AT(vary),
     "values of a place: 1,2,4 or 1..8 or 512MB..3008MB/6; may be repeated"},
    {'M', false, "metric", "PATH", TEXTS, AT(metric),
     "show and keep this number only, e.g. traffic.web.latency.p99; may be repeated"},
    {'I', false, "shard", "I/N", TEXT, AT(shard),
     "do part I of N; /N takes I from the environment of an array job"},
    {'L', false, "slo", "'METRIC < VALUE'", TEXTS, AT(slo),
     "an objective to be met, e.g. 'p99 < 200ms'; may be repeated"},
    {'Z', false, "minimize", "PATH", TEXT, AT(minimize),
     "what should be least (default: the bill of a month, else of the run)"},
    {'B', false, "probability", "SHARE", TEXT, AT(probability), "of a correct selection (95%)"},
    {'D', false, "indifference", "SHARE", TEXT, AT(indifference),
     "differences that do not matter, of the cheapest (2%)"},
    {'T', false, "tolerance", "SHARE", TEXT, AT(tolerance),
     "how near to its limit an objective may be taken as met or not (10%)"},
    {'U', false, "budget", "N", WHOLE, AT(budget), "replications a setting at most (2000)"},
    {'Y', false, "yes", NULL, FLAG, AT(yes), "even when the grid is large"},
    {'c', false, "color", "auto|always|never", COLOR, 0, "colours (also NO_COLOR)"},
    {'h', true, "help", NULL, FLAG, AT(help), "this text"},
};
#define N_OPTIONS ((int)(sizeof options / sizeof options[0]))

struct parser {
    struct fs_arena *arena;
    struct fs_options *out;
    const struct fs_command *command;
    bool failed;
};

static bool takes(const struct fs_command *command, const struct option *option)
{
    return option->letter == 'h' || option->letter == 'c' ||
           (command && strchr(command->options, option->letter));
}

__attribute__((format(printf, 2, 3))) static void fail(struct parser *p, const char *format, ...)
{
    struct fs_failure failure; /* what is on the command line may be anything */
    va_list args;
    va_start(args, format);
    vsnprintf(failure.text, sizeof failure.text, format, args);
    va_end(args);
    fprintf(stderr, "fleetsim: %s\n", fs_escape(p->arena, failure.text, strlen(failure.text)));
    p->failed = true;
}

static void add_override(struct parser *p, const char *option, const char *path, const char *value)
{
    struct fs_options *o = p->out;
    struct fs_override *list =
        fs_arena_alloc(p->arena, (size_t)(o->n_overrides + 1) * sizeof *list);
    if (o->n_overrides) memcpy(list, o->override, (size_t)o->n_overrides * sizeof *list);
    list[o->n_overrides++] = (struct fs_override){option, path, value};
    o->override = list;
}

static void set_override(struct parser *p, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        fail(p, "--set needs PATH=VALUE, e.g. --set account.concurrency=500");
    else
        add_override(p, fs_arena_format(p->arena, "--set %.*s", (int)(equals - text), text),
                     fs_arena_format(p->arena, "%.*s", (int)(equals - text), text), equals + 1);
}

static void set_whole(struct parser *p, const struct option *option, const char *text)
{
    double value;
    const char *end;
    if (!fs_number_read(text, &end, &value) || *end || value < 1 || value > 100000 ||
        (double)(int)value < value)
        fail(p, "--%s needs a whole number from 1, not '%s'", option->name, text);
    else
        *(int *)(void *)((char *)p->out + option->offset) = (int)value;
}

/* The texts of an option that may be repeated; their number stands behind all such pointers. */
static void add_text(struct parser *p, size_t offset, const char *text)
{
    const char ***list = (void *)((char *)p->out + offset);
    int *n = offset == AT(vary)  ? &p->out->n_vary
             : offset == AT(slo) ? &p->out->n_slo
                                 : &p->out->n_metric;
    const char **longer = fs_arena_alloc(p->arena, (size_t)(*n + 1) * sizeof *longer);
    if (*n) memcpy(longer, *list, (size_t)*n * sizeof *longer);
    longer[(*n)++] = text;
    *list = longer;
}

static void set_color(struct parser *p, const char *text)
{
    static const char *const names[] = {"never", "always", "auto"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        p->out->color = i == 2 ? -1 : i;
        return;
    }
    fail(p, "--color is auto, always or never, not '%s'", text);
}

static void set(struct parser *p, const struct option *option, const char *value)
{
    void *at = (char *)p->out + option->offset;
    switch (option->kind) {
    case FLAG:
        *(bool *)at = true;
        break;
    case TEXT:
        *(const char **)at = value;
        if (option->letter == 'o' && strcmp(value, "-") == 0)
            fail(p, "-o needs the name of a file; standard output has what is printed");
        break;
    case TEXTS:
        add_text(p, option->offset, value);
        break;
    case WHOLE:
        set_whole(p, option, value);
        break;
    case SET:
        set_override(p, value);
        break;
    case AS_RUN:
        add_override(p, fs_arena_format(p->arena, "--%s", option->name),
                     fs_arena_format(p->arena, "run.%s", option->name), value);
        break;
    case COLOR:
        set_color(p, value);
        break;
    }
}

static const struct option *find(const char *name, size_t length, bool is_short)
{
    for (int i = 0; i < N_OPTIONS; i++) {
        if (is_short
                ? options[i].is_short && options[i].letter == *name
                : strlen(options[i].name) == length && strncmp(options[i].name, name, length) == 0)
            return &options[i];
    }
    return NULL;
}

static void unknown(struct parser *p, const char *text)
{
    const char *names[N_OPTIONS];
    for (int i = 0; i < N_OPTIONS; i++)
        names[i] = options[i].name;
    const char *near = fs_nearest(text + strspn(text, "-"), names, N_OPTIONS);
    if (near)
        fail(p, "unknown option '%s'; did you mean --%s?", text, near);
    else
        fail(p, "unknown option '%s'; see fleetsim --help", text);
}

/* One option at argv[i]; returns how many words it took. */
static int take(struct parser *p, int argc, char **argv, int i)
{
    const char *text = argv[i];
    const bool is_short = text[1] != '-';
    const char *name = text + (is_short ? 1 : 2);
    const char *equals = is_short ? NULL : strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *option = find(name, length, is_short);
    if (!option || (is_short && name[1])) {
        unknown(p, text);
        return 1;
    }
    if (!takes(p->command, option)) {
        fail(p, "'fleetsim %s' has no option --%s", p->command->name, option->name);
        return 1;
    }
    if (!option->argument) {
        if (equals) fail(p, "--%s takes no value", option->name);
        set(p, option, NULL);
        return 1;
    }
    if (!equals && i + 1 >= argc) {
        fail(p, "--%s needs %s", option->name, option->argument);
        return 1;
    }
    set(p, option, equals ? equals + 1 : argv[i + 1]);
    return equals ? 1 : 2;
}

const struct fs_command *fs_command_find(const struct fs_command *commands, const char *name)
{
    for (; commands->name; commands++) {
        if (strcmp(commands->name, name) == 0) return commands;
    }
    return NULL;
}

static void find_command(struct parser *p, const struct fs_command *commands, const char *name)
{
    p->out->command = name;
    p->command = fs_command_find(commands, name);
    if (p->command) return;
    const char *names[32];
    int n = 0;
    for (const struct fs_command *c = commands; c->name && n < 32; c++)
        names[n++] = c->name;
    const char *near = fs_nearest(name, names, n);
    if (near)
        fail(p, "unknown command '%s'; did you mean '%s'?", name, near);
    else
        fail(p, "unknown command '%s'; see fleetsim --help", name);
}

bool fs_options_parse(struct fs_arena *arena, int argc, char **argv,
                      const struct fs_command *commands, struct fs_options *out)
{
    struct parser p = {arena, out, NULL, false};
    memset(out, 0, sizeof *out);
    out->color = -1;
    out->file = fs_arena_alloc(arena, (size_t)(argc + 1) * sizeof *out->file);
    for (int i = 1; i < argc && !p.failed;) {
        const char *text = argv[i];
        if (text[0] == '-' && text[1] && !p.command) {
            if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)
                out->help = true;
            else if (strcmp(text, "--version") == 0)
                out->version = true;
            else
                unknown(&p, text);
            i++;
        } else if (text[0] == '-' && text[1]) {
            i += take(&p, argc, argv, i);
        } else {
            if (!p.command)
                find_command(&p, commands, text);
            else
                out->file[out->n_files++] = text;
            i++;
        }
    }
    return !p.failed;
}

/* ---- help ----------------------------------------------------------------------------------- */

static void print_option(FILE *out, const struct option *option)
{
    char text[64];
    snprintf(text, sizeof text, "%s%c%s--%s%s%s", option->is_short ? "-" : " ",
             option->is_short ? option->letter : ' ', option->is_short ? ", " : "  ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    fprintf(out, "  %-32s %s\n", text, option->doc);
}

static void help_one(FILE *out, const struct fs_command *command)
{
    fprintf(out, "Usage: fleetsim %s %s\n\n%s\n\nOptions\n", command->name, command->arguments,
            command->doc);
    for (int i = 0; i < N_OPTIONS; i++) {
        if (takes(command, &options[i])) print_option(out, &options[i]);
    }
}

void fs_options_help(FILE *out, const struct fs_command *commands, const struct fs_command *one)
{
    if (one) {
        help_one(out, one);
        return;
    }
    fputs("fleetsim: what serverless and container fleets do under bursty traffic, and what it "
          "costs\n\nUsage: fleetsim COMMAND ...\n\nCommands\n",
          out);
    for (const struct fs_command *c = commands; c->name; c++)
        fprintf(out, "  %-12s %s\n", c->name, c->doc);
    fputs("\n'fleetsim COMMAND --help' tells a command's options.\nExit: 0 done, 1 an expectation "
          "was missed, 2 bad input or usage, 3 could not read, write or\nallocate, 130/143 "
          "interrupted.\n",
          out);
}

void fs_options_completion(FILE *out, const struct fs_command *commands)
{
    fputs(
        "# bash completion for fleetsim: source <(fleetsim completion)\n_fleetsim()\n{\n    local "
        "word=${COMP_WORDS[COMP_CWORD]}\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        "
        "COMPREPLY=($(compgen -W '",
        out);
    for (const struct fs_command *c = commands; c->name; c++)
        fprintf(out, "%s%s", c == commands ? "" : " ", c->name);
    fputs("' -- \"$word\"))\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n", out);
    for (const struct fs_command *c = commands; c->name; c++) {
        fprintf(out, "    %s) COMPREPLY=($(compgen -f -W '", c->name);
        for (int i = 0; i < N_OPTIONS; i++) {
            if (takes(c, &options[i])) fprintf(out, "--%s ", options[i].name);
        }
        fputs("' -- \"$word\")) ;;\n", out);
    }
    fputs("    esac\n}\ncomplete -F _fleetsim fleetsim\n", out);
}
