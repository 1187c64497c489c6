/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of plug-ins: one made from text as a scenario has it, and what is wrong with it. */
#ifndef FS_TESTS_PLUGINS_H
#define FS_TESTS_PLUGINS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "arrival.h"
#include "bind.h"
#include "retry.h"

struct plugged {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_plugin_value value;
};

/* `text` is like "poisson: {rate: 50/s}", of the registry "arrivals" or "retries". */
__attribute__((unused)) static struct plugged plug(const char *registry, const char *text)
{
    const struct fs_param rows[] = {
        {"it", FS_P_PLUGIN, FS_D_COUNT, 0, NULL, 0, 0, .registry = registry}, {.key = NULL}};
    struct plugged p = {.arena = fs_arena_new()};
    p.report = fs_report_new(p.arena);
    struct fs_binder binder = {.arena = p.arena, .report = p.report};
    const char *whole = fs_arena_format(p.arena, "it: {%s}\n", text);
    struct fs_node *tree = fs_tree_parse(p.arena, "test", whole, strlen(whole), p.report);
    if (tree) fs_bind(&binder, rows, tree, NULL, tree->place, NULL, &p.value);
    return p;
}

__attribute__((unused)) static void unplug(struct plugged *p)
{
    fs_arena_free(p->arena);
}

/* All complaints as text, from the plug's arena. */
__attribute__((unused)) static const char *complaints_of(const struct plugged *p)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fs_report_print(p->report, out, false);
    fclose(out);
    const char *kept = fs_arena_text(p->arena, text);
    free(text);
    return kept;
}

__attribute__((unused)) static void assert_accepted(const struct plugged *p)
{
    if (fs_report_errors(p->report)) fail_msg("refused: %s", complaints_of(p));
}

/* An arrival process at work. */
struct running {
    const struct fs_arrival_type *type;
    const void *params;
    void *state;
    struct fs_arena *arena;
    struct fs_stream stream;
    fs_time last;
};

__attribute__((unused)) static struct running run_arrivals(const struct plugged *p, fs_time length,
                                                           uint64_t seed)
{
    assert_accepted(p);
    struct running r = {.type = p->value.plugin->type, .params = p->value.params};
    r.arena = fs_arena_new();
    r.state = fs_arena_alloc(r.arena, r.type->size ? r.type->size : 1);
    fs_stream_new(&r.stream, fs_key(seed, "test", "arrivals", 0));
    if (r.type->start) r.type->start(r.state, r.params, length, r.arena, &r.stream);
    return r;
}

/* The next one; order is checked. */
__attribute__((unused)) static struct fs_arrival next_arrival(struct running *r)
{
    struct fs_arrival a = {-1, 99, -2};
    r->type->next(r->state, r->params, r->last, &r->stream, &a);
    if (a.at < r->last) fail_msg("an arrival before the last one");
    r->last = a.at;
    return a;
}

__attribute__((unused)) static void stop_arrivals(struct running *r)
{
    fs_arena_free(r->arena);
}

/* A file under /tmp with these bytes; its name is static until the next call. */
__attribute__((unused)) static const char *write_temporary(const char *bytes, size_t size)
{
    static char name[64];
    strcpy(name, "/tmp/fs_test_XXXXXX");
    const int file = mkstemp(name);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
    return name;
}

#endif
