/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command line, its words apart by NUL bytes. */
#include "options.h"
#include "arena.h"
#include "fuzz.h"

static const struct fs_command commands[] = {
    {"run", "FILE", "", "ojsvrenqkpwimy", NULL},
    {"check", "FILE", "", "svrenq", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1), *word[33] = {(char[]){"fleetsim"}};
    int n = 1;
    struct fs_arena *arena = fs_arena_new();
    struct fs_options options;
    static FILE *quiet;
    if (!quiet) quiet = stderr = fopen("/dev/null", "w");
    memcpy(text, data, size);
    for (size_t i = 0; i < size && n < 32; i += strlen(text + i) + 1)
        word[n++] = text + i;
    if (fs_options_parse(arena, n, word, commands, &options) && options.n_files > n) abort();
    fs_arena_free(arena);
    free(text);
    return 0;
}
