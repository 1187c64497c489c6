/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A name is a file's name, so it is held to lower case, digits, dots, dashes and underscores
 * before any path is made of it: nothing outside the folders can be named. Lists are sorted, for
 * the order in which a folder is read is the file system's own.
 */
#include "shelf.h"
#include "arena.h"
#include "namelist.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define YAML ".yaml"
#define CSV  ".csv"

struct fs_shelf fs_shelf_new(struct fs_arena *arena, const char *beside)
{
    struct fs_shelf shelf = {.arena = arena};
    const char *data = getenv("FLEETSIM_DATA");
    if (beside) shelf.folder[shelf.n++] = fs_arena_text(arena, beside);
    shelf.folder[shelf.n++] = fs_arena_text(arena, data && *data ? data : FS_DATA_DIR);
    return shelf;
}

/* The key that a file of the kind begins with; NULL: no such kind. */
static const char *form_of(const char *kind)
{
    static const char *const forms[][2] = {
        {"platforms", "platform"}, {"prices", "prices"}, {"distributions", "distribution"}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(kind, forms[i][0]) == 0) return forms[i][1];
    return NULL;
}

bool fs_shelf_is_kind(const char *name)
{
    return form_of(name) != NULL;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static void list_folder(struct fs_arena *arena, const char *path, const char *suffix,
                        struct fs_namelist *names)
{
    DIR *folder = opendir(path);
    if (!folder) return;
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        const size_t length = strlen(entry->d_name);
        if (length <= strlen(suffix) || entry->d_name[0] == '.') continue;
        const size_t stem = length - strlen(suffix);
        if (strcmp(entry->d_name + stem, suffix) == 0)
            fs_namelist_add(arena, names, fs_arena_format(arena, "%.*s", (int)stem, entry->d_name));
    }
    closedir(folder);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *const *list(const struct fs_shelf *shelf, const char *kind, const char *suffix)
{
    struct fs_namelist names = {.n = 0};
    for (int i = 0; i < shelf->n; i++)
        list_folder(shelf->arena, fs_arena_format(shelf->arena, "%s/%s", shelf->folder[i], kind),
                    suffix, &names);
    if (names.n) qsort(names.name, (size_t)names.n, sizeof *names.name, compare);
    int kept = 0;
    for (int i = 0; i < names.n; i++)
        if (i == 0 || strcmp(names.name[kept - 1], names.name[i]) != 0)
            names.name[kept++] = names.name[i];
    names.n = kept;
    fs_namelist_add(shelf->arena, &names, NULL);
    return names.name;
}

const char *const *fs_shelf_list(const struct fs_shelf *shelf, const char *kind)
{
    return list(shelf, kind, YAML);
}

/* ---- one file ------------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    return name[0] && name[0] != '.' && !name[strspn(name, allowed)];
}

static const char *find(const struct fs_shelf *shelf, const char *kind, const char *name,
                        const char *suffix)
{
    for (int i = 0; is_name(name) && i < shelf->n; i++) {
        const char *path =
            fs_arena_format(shelf->arena, "%s/%s/%s%s", shelf->folder[i], kind, name, suffix);
        struct stat found;
        if (stat(path, &found) == 0) return path;
    }
    return NULL;
}

static void complain_unknown(const struct fs_shelf *shelf, const char *kind, const char *name,
                             const char *suffix, struct fs_place place, struct fs_report *report)
{
    const char *const *names = list(shelf, kind, suffix);
    const char *near = fs_nearest(name, names, fs_names_count(names));
    const char *hint = near ? fs_arena_format(shelf->arena, "did you mean '%s'?", near) : NULL;
    fs_report_error(report, place, hint, "there is no '%s' in %s/ beside the scenario or in %s",
                    name, kind, shelf->folder[shelf->n - 1]);
}

static void check_head(const struct fs_node *tree, const char *form, const char *name,
                       struct fs_report *report)
{
    const char *version = fs_shelf_text(tree, form, report);
    const char *own = fs_shelf_text(tree, "name", report);
    if (version && strcmp(version, "1") != 0)
        fs_report_error(report, fs_node_get(tree, form)->place, NULL,
                        "this program reads version 1 of the form, not '%s'", version);
    if (own && strcmp(own, name) != 0)
        fs_report_error(report, fs_node_get(tree, "name")->place, NULL,
                        "must be the file's name, '%s'", name);
}

const char *fs_shelf_data(const struct fs_shelf *shelf, const char *kind, const char *name,
                          struct fs_place place, struct fs_report *report)
{
    const char *path = find(shelf, kind, name, CSV);
    if (!path)
        complain_unknown(shelf, kind, name, CSV, place, report);
    else
        fs_report_file(report, path);
    return path;
}

enum fs_rc fs_shelf_read(const struct fs_shelf *shelf, const char *kind, const char *name,
                         struct fs_place place, struct fs_node **tree, struct fs_report *report,
                         struct fs_failure *failure)
{
    const char *form = form_of(kind), *path = find(shelf, kind, name, YAML);
    if (!path) {
        complain_unknown(shelf, kind, name, YAML, place, report);
        return FS_INPUT;
    }
    const enum fs_rc rc = fs_tree_read(shelf->arena, path, tree, report, failure);
    if (rc != FS_OK) return rc;
    fs_report_file(report, path);
    if ((*tree)->kind != FS_NODE_MAP) {
        fs_report_error(report, (*tree)->place, NULL, "must be a map that begins with '%s: 1'",
                        form);
        return FS_INPUT;
    }
    check_head(*tree, form, name, report);
    return FS_OK;
}

/* ---- what a datum carries ------------------------------------------------------------------- */

const char *fs_shelf_text(const struct fs_node *map, const char *key, struct fs_report *report)
{
    const struct fs_node *node = fs_node_get(map, key);
    if (node && node->kind == FS_NODE_SCALAR && node->text[0]) return node->text;
    const struct fs_place place = node ? node->place : map->key ? map->key_place : map->place;
    if (map->key)
        fs_report_error(report, place, NULL, "'%s' needs a %s", map->key, key);
    else
        fs_report_error(report, place, NULL, "needs a %s", key);
    return NULL;
}

void fs_shelf_keys(const struct fs_node *map, const char *const *keys, struct fs_report *report)
{
    const int n = fs_names_count(keys);
    for (const struct fs_node *node = map->child; node; node = node->next) {
        int i = 0;
        while (i < n && strcmp(keys[i], node->key) != 0)
            i++;
        if (i < n) continue;
        const char *near = fs_nearest(node->key, keys, n);
        fs_report_error(report, node->key_place, near, "unknown key '%s'", node->key);
    }
}

/* 2026, 2026-11 or 2026-11-24. */
static bool is_date(const char *text)
{
    static const char form[] = "dddd-dd-dd";
    const size_t length = strlen(text);
    if (length != 4 && length != 7 && length != 10) return false;
    for (size_t i = 0; i < length; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !digit : text[i] != '-') return false;
    }
    return true;
}

static bool is_certainty(const char *text, bool *doubtful)
{
    static const char *const names[] = {"documented", "measured", "third_party", "unverified",
                                        "assumed"};
    for (int i = 0; i < 5; i++) {
        *doubtful = i >= 3;
        if (strcmp(text, names[i]) == 0) return true;
    }
    return false;
}

bool fs_shelf_provenance(const struct fs_node *map, struct fs_provenance *out,
                         struct fs_report *report)
{
    const int before = fs_report_errors(report);
    *out = (struct fs_provenance){.source = fs_shelf_text(map, "source", report),
                                  .date = fs_shelf_text(map, "date", report),
                                  .certainty = fs_shelf_text(map, "certainty", report)};
    if (fs_node_get(map, "note")) out->note = fs_shelf_text(map, "note", report);
    if (out->date && !is_date(out->date))
        fs_report_error(report, fs_node_get(map, "date")->place, NULL,
                        "'%s' is no date such as 2026-11", out->date);
    if (out->certainty && !is_certainty(out->certainty, &out->doubtful))
        fs_report_error(report, fs_node_get(map, "certainty")->place, NULL,
                        "must be documented, measured, third_party, unverified or assumed");
    return fs_report_errors(report) == before;
}
