/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the file is read where the name was written, so ranges and units are its row's. */
#include "named.h"
#include "shelf.h"

const struct fs_node *fs_named_read(struct fs_arena *arena, const char *name, const char *folder,
                                    struct fs_place place, struct fs_report *report)
{
    static const char *const keys[] = {"distribution", "name",      "title", "value", "source",
                                       "date",         "certainty", "note",  NULL};
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    struct fs_node *tree;
    struct fs_provenance provenance;
    struct fs_failure failure;
    if (fs_shelf_read(&shelf, "distributions", name, place, &tree, report, &failure) != FS_OK)
        return NULL;
    fs_shelf_keys(tree, keys, report);
    const struct fs_node *value = fs_node_get(tree, "value");
    if (!value) fs_report_error(report, tree->place, NULL, "'value' is missing");
    return fs_shelf_provenance(tree, &provenance, report) ? value : NULL;
}

const char *const *fs_named_list(struct fs_arena *arena, const char *folder)
{
    const struct fs_shelf shelf = fs_shelf_new(arena, folder);
    return fs_shelf_list(&shelf, "distributions");
}
