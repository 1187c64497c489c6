/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows as a Markdown table: what groups, lists and maps hold follows below its own line, with
 * the key that a complaint would name it by. */
#include "bind.h"
#include "distform.h"
#include "quantity.h"

#define PATH 256

/* A cell's text: a bar would end the cell. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|') fputc('\\', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void print_choices(FILE *out, const struct fs_param *row)
{
    for (int i = 0; row->choices[i]; i++)
        fprintf(out, "%s`%s`", i ? ", " : "", row->choices[i]);
}

/* What may stand there. */
static void print_value(FILE *out, const struct fs_param *row)
{
    switch (row->kind) {
    case FS_P_SCALAR:
        fputs(fs_dimension_doc(row->dimension), out);
        return;
    case FS_P_DIST:
        fprintf(out, "%s, or a distribution",
                fs_dimension_doc(fs_distform_dimension(row->dimension)));
        return;
    case FS_P_CHOICE:
        print_choices(out, row);
        return;
    case FS_P_BOOL:
        fputs("`true`, `false`", out);
        return;
    case FS_P_PLUGIN:
        fprintf(out, "one of the %s", row->registry);
        return;
    case FS_P_REF:
        fputs("a component", out);
        return;
    case FS_P_PRICE:
        fputs("an item of the price list", out);
        return;
    case FS_P_PATH:
        fputs("a file", out);
        return;
    case FS_P_DATA:
        fprintf(out, "a file of %s/", row->registry);
        return;
    case FS_P_TEXT:
        fputs("a text", out);
        return;
    case FS_P_GROUP:
        fputs("a map", out);
        return;
    case FS_P_LIST:
        fputs("a list", out);
        return;
    case FS_P_MAP:
        fputs("a map from names", out);
        return;
    }
}

static void print_default(FILE *out, const struct fs_param *row)
{
    if (!row->preset)
        fputs("required", out);
    else if (*row->preset) {
        fputc('`', out);
        print_cell(out, row->preset);
        fputc('`', out);
    }
}

static void print_row(FILE *out, const struct fs_param *row, const char *path)
{
    fprintf(out, "| `%s` | ", path);
    print_value(out, row);
    if (row->rows && fs_param_is_plain(row->rows)) {
        fputs(row->kind == FS_P_GROUP ? ": " : " of ", out);
        print_value(out, row->rows);
    }
    fputs(" | ", out);
    print_default(out, row);
    fputs(" | ", out);
    print_cell(out, row->doc ? row->doc : "");
    fputs(" |\n", out);
}

static void print_rows(FILE *out, const struct fs_param *rows, const char *above)
{
    for (const struct fs_param *row = rows; row->key; row++) {
        char path[PATH];
        const char *below = row->kind == FS_P_LIST ? "[]" : row->kind == FS_P_MAP ? ".<name>" : "";
        const char *key = *row->key ? row->key : fs_param_is_plain(rows) ? "(itself)" : "<name>";
        const int n = snprintf(path, sizeof path, "%s%s%s", above, *above ? "." : "", key);
        print_row(out, row, path);
        if (!row->rows || fs_param_is_plain(row->rows) || n >= PATH) continue;
        snprintf(path + n, sizeof path - (size_t)n, "%s", below);
        print_rows(out, row->rows, path);
    }
}

void fs_reference_rows(FILE *out, const struct fs_param *rows)
{
    fputs("| key | value | default | meaning |\n|---|---|---|---|\n", out);
    print_rows(out, rows, "");
}
