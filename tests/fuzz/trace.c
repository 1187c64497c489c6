/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stranger's trace: the first byte chooses the format, the rest is the file (three of them, cut
 * at NUL bytes, for the per-minute traces). What loads is replayed in order.
 */
#include "arrival.h"
#include "bind.h"
#include "fuzz.h"

static const char *write_part(const char *name, const uint8_t **data, size_t *size)
{
    const uint8_t *nul = memchr(*data, 0, *size);
    const size_t n = nul ? (size_t)(nul - *data) : *size;
    const char *path = strdup(fuzz_file(name, *data, n));
    *data += n + (nul != NULL);
    *size -= n + (nul != NULL);
    return path;
}

static const char *plug_in(struct fs_arena *arena, int format, const uint8_t *data, size_t size)
{
    static const char *const formats[] = {"auto", "seconds", "milliseconds", "datetime"};
    if (format % 5 < 4)
        return fs_arena_format(arena, "it: {csv: {file: %s, column: t, format: %s}}\n",
                               fuzz_file("trace.csv", data, size), formats[format % 5]);
    const char *invocations = write_part("invocations.csv", &data, &size);
    const char *durations = write_part("durations.csv", &data, &size);
    const char *memory = write_part("memory.csv", &data, &size);
    const char *text =
        fs_arena_format(arena, "it: {azure2019: {invocations: %s, durations: %s, memory: %s}}\n",
                        invocations, durations, memory);
    free((void *)(uintptr_t)invocations);
    free((void *)(uintptr_t)durations);
    free((void *)(uintptr_t)memory);
    return text;
}

static void replay(const struct fs_plugin_value *value)
{
    const struct fs_arrival_type *type = value->plugin->type;
    struct fs_arena *arena = fs_arena_new();
    void *state = fs_arena_alloc(arena, type->size ? type->size : 1);
    struct fs_stream stream;
    struct fs_arrival a = {0};
    fs_stream_new(&stream, 1);
    if (type->start) type->start(state, value->params, FS_H, arena, &stream);
    for (int i = 0; i < 1000 && a.at != FS_NEVER; i++) {
        const fs_time previous = a.at;
        type->next(state, value->params, previous, &stream, &a);
        if (a.at < previous) abort();
    }
    fs_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fs_param rows[] = {
        {"it", FS_P_PLUGIN, FS_D_COUNT, 0, NULL, 0, 0, .registry = "arrivals"}, {.key = NULL}};
    if (size == 0) return 0;
    struct fs_plugin_value value = {0};
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_binder binder = {.arena = arena, .report = report};
    const char *text = plug_in(arena, data[0], data + 1, size - 1);
    struct fs_node *tree = fs_tree_parse(arena, "fuzz", text, strlen(text), report);
    if (!tree) abort();
    if (fs_bind(&binder, rows, tree, NULL, tree->place, NULL, &value) == 0 &&
        fs_report_errors(report) == 0)
        replay(&value);
    else
        fuzz_refused(report);
    fs_arena_free(arena);
    return 0;
}
