/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever reads as a scenario runs for one simulated second under the laws that every world holds
 * itself to, and its full text reads back to the same. Fleets that would fill the machine are
 * stopped by the clock and by libFuzzer's limit on memory.
 */
#include "scenario.h"
#include "fuzz.h"
#include "study.h"
#include "tree.h"

#include <signal.h>
#include <sys/time.h>

static volatile int stop;

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
