/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mutations know the language: pairs of keys and values are exchanged, doubled, left out or taken
 * over from another scenario, some inputs are drawn by tests/generate.h, and the rest is bytes.
 * Whatever reads as a scenario runs for one simulated second under the laws that every world holds
 * itself to, and its full text reads back to the same. Fleets that would fill the machine are
 * stopped by the clock and by libFuzzer's limit on memory.
 */
#include "fuzz.h"

#include "generate.h"
#include "scenario.h"
#include "study.h"
#include "tree.h"

#include <signal.h>
#include <sys/time.h>

static _Atomic int stop;

static void on_alarm(int signal)
{
    (void)signal;
    stop = 1;
}

static void set_clock(int ms)
{
    const struct itimerval timer = {.it_value = {ms / 1000, ms % 1000 * 1000}};
    stop = 0;
    signal(SIGVTALRM, on_alarm);
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static void run(const struct fs_scenario *scenario)
{
    const struct fs_study_options options = {.threads = 1, .stop = &stop};
    set_clock(200);
    fs_study_free(fs_study_run(scenario, &options));
    set_clock(0);
}

static void read_back(struct fs_arena *arena, const struct fs_scenario *scenario)
{
    char *text = NULL;
    size_t size = 0;
    struct fs_failure failure;
    struct fs_scenario *again = NULL;
    FILE *out = open_memstream(&text, &size);
    fs_node_print(scenario->full, out);
    fclose(out);
    if (size < (size_t)1 << 20 && fs_scenario_parse(arena, "printed", text, NULL, 0, NULL, &again,
                                                    fs_report_new(arena), &failure) != FS_OK)
        abort();
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fs_override small[] = {{"--set run.length", "run.length", "1s"},
                                               {"--set run.replications", "run.replications", "1"},
                                               {"--set run.intervals", "run.intervals", "7"}};
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_scenario *scenario = NULL;
    struct fs_failure failure;
    char *text = strndup((const char *)data, size);
    const enum fs_rc rc =
        fs_scenario_parse(arena, "fuzz", text, small, 3, NULL, &scenario, report, &failure);
    if (rc == FS_OK) {
        read_back(arena, scenario);
        if (scenario->n_variants < 5) run(scenario);
    } else if (rc == FS_INPUT) {
        fuzz_refused(report);
    }
    free(text);
    fs_arena_free(arena);
    return 0;
}

/* ---- mutations that know the language ------------------------------------------------------- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
                                 uint8_t *out, size_t most, unsigned seed);

struct span {
    size_t at, end;
};

struct pair {
    struct span key, value;
};

/* A "key: value" chosen at random; the value is a word or a whole bracket. */
static bool choose_pair(const char *text, size_t size, struct fs_stream *draws, struct pair *pair)
{
    int seen = 0;
    for (size_t i = 1; i + 2 < size; i++) {
        if (text[i] != ':' || text[i + 1] != ' ' || fs_uniform_int(draws, (uint64_t)++seen) != 0)
            continue;
        size_t key = i, end = i + 2;
        int depth = 0;
        while (key > 0 && !strchr(" {,\n", text[key - 1]))
            key--;
        for (; end < size && text[end] != '\n'; end++) {
            depth += text[end] == '{' || text[end] == '[';
            depth -= text[end] == '}' || text[end] == ']';
            if (depth < 0 || (depth == 0 && text[end] == ',')) break;
        }
        *pair = (struct pair){{key, i}, {i + 2, end}};
    }
    return seen > 0;
}

/* `from`'s bytes of one span in the place of another; 0: there is no room. */
static size_t put(uint8_t *data, size_t size, size_t most, struct span place, const void *from,
                  size_t n)
{
    const size_t left = size - place.end;
    if (place.at + n + left > most) return 0;
    char *copy = malloc(n + 1);
    memcpy(copy, from, n);
    memmove(data + place.at + n, data + place.end, left);
    memcpy(data + place.at, copy, n);
    free(copy);
    return place.at + n + left;
}

static size_t mix(uint8_t *data, size_t size, size_t most, const char *other, size_t n_other,
                  struct fs_stream *draws)
{
    static const char *const words[] = {"0",   "1",    "-1",      "1e9", "none", "0s",    "1ns",
                                        "1ms", "100d", "0%",      "99%", "1/s",  "1e6/s", "1MB",
                                        "{}",  "[]",   "true",    "[a]", "",     "128GB", "worker",
                                        "x",   "jobs", "1000000", "2",   "0.5"};
    struct pair to, from;
    const char *text = (const char *)data;
    if (!choose_pair(text, size, draws, &to) || !choose_pair(other, n_other, draws, &from))
        return 0;
    const struct span whole = {to.key.at, to.value.end}, nothing = {to.key.at, to.key.at};
    const char *word = words[fs_uniform_int(draws, sizeof words / sizeof *words)];
    switch (fs_uniform_int(draws, 6)) {
    case 0:
        return put(data, size, most, to.value, word, strlen(word));
    case 1:
        return put(data, size, most, to.value, other + from.value.at,
                   from.value.end - from.value.at);
    case 2:
        return put(data, size, most, to.key, other + from.key.at, from.key.end - from.key.at);
    case 3:
        return put(data, size, most, whole, other + from.key.at, from.value.end - from.key.at);
    case 4: { /* beside it */
        const size_t longer = put(data, size, most, nothing, ", ", 2);
        return longer ? put(data, longer, most, nothing, other + from.key.at,
                            from.value.end - from.key.at)
                      : 0;
    }
    default:
        return put(data, size, most, whole, "", 0);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    struct fs_stream draws;
    fs_stream_new(&draws, fs_key(seed, "fuzz", "mutate", 0));
    const uint64_t way = fs_uniform_int(&draws, 20);
    if (way < 3 || size == 0) return LLVMFuzzerMutate(data, size, most);
    if (way == 3) {
        char *drawn = generate(seed);
        const size_t n = strlen(drawn);
        if (n <= most) memcpy(data, drawn, n);
        free(drawn);
        return n <= most ? n : size;
    }
    char *self = malloc(size + 1);
    memcpy(self, data, size);
    self[size] = 0;
    const size_t mixed = mix(data, size, most, self, size, &draws);
    free(self);
    return mixed ? mixed : LLVMFuzzerMutate(data, size, most);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b,
                                 uint8_t *out, size_t most, unsigned seed)
{
    struct fs_stream draws;
    fs_stream_new(&draws, fs_key(seed, "fuzz", "cross", 0));
    if (n_a > most) return 0;
    memcpy(out, a, n_a);
    return n_b ? mix(out, n_a, most, (const char *)b, n_b, &draws) : 0;
}
