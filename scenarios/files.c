/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A trace is hashed in pieces of one size, so that any length needs one buffer. Names keep what the
 * scenario says of a trace, and a folder and a name of what stands on the shelves: shards may run
 * where the folders are others.
 */
#include "files.h"

#include "checksum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 65536

static ssize_t read_piece(int file, char *piece)
{
    size_t size = 0;
    while (size < PIECE) {
        const ssize_t n = read(file, piece + size, PIECE - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

static uint64_t hash_of(const char *path)
{
    const int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return 0;
    char *piece = fs_alloc(PIECE, "a piece of a file");
    uint64_t hash = 0;
    ssize_t n;
    while ((n = read_piece(file, piece)) > 0)
        hash = fs_checksum(piece, (size_t)n, hash);
    free(piece);
    close(file);
    return n < 0 ? 0 : hash;
}

static const char *name_of(const char *path)
{
    const char *own = strstr(path, "/./"), *last = strrchr(path, '/');
    if (own) return own + 3;
    while (last && last > path && last[-1] != '/')
        last--;
    return last ? last : path;
}

static size_t name_length(const char *text)
{
    return strlen(text) - 17; /* a blank and sixteen digits */
}

static int by_name(const char *a, const char *b)
{
    const size_t n = name_length(a), m = name_length(b);
    const int order = strncmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

static void add(struct fs_arena *arena, struct fs_files *files, const char *text)
{
    int at = 0;
    while (at < files->n && by_name(files->text[at], text) < 0)
        at++;
    if (at < files->n && by_name(files->text[at], text) == 0) return;
    const char **more = fs_arena_alloc(arena, (size_t)(files->n + 1) * sizeof *more);
    for (int i = 0; i < files->n; i++)
        more[i < at ? i : i + 1] = files->text[i];
    more[at] = text;
    files->text = more;
    files->n++;
}

void fs_files_add(struct fs_arena *arena, struct fs_files *files,
                  const struct fs_scenario *scenario)
{
    for (int i = 0; i < scenario->n_files; i++) {
        const char *path = scenario->file[i];
        add(arena, files,
            fs_arena_format(arena, "%s %016llx", name_of(path), (unsigned long long)hash_of(path)));
    }
}

const char *fs_files_differ(struct fs_arena *arena, const struct fs_files *a,
                            const struct fs_files *b, bool all)
{
    for (int i = 0; i < a->n; i++) {
        const char *text = a->text[i];
        bool found = false, same = false;
        for (int k = 0; k < b->n && !found; k++) {
            found = by_name(text, b->text[k]) == 0;
            same = found && strcmp(text, b->text[k]) == 0;
        }
        if (found ? !same : all)
            return fs_arena_format(arena, "%.*s", (int)name_length(text), text);
    }
    return NULL;
}
