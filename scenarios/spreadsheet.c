/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spreadsheets evaluate a field that begins with = + - @, quoted or not
 * (owasp.org/www-community/attacks/CSV_Injection). Line ends are escaped too: a line is a record
 * for every reader. A missing number is an empty field.
 */
#include "spreadsheet.h"

#include "quantity.h"
#include "view.h"

#include <math.h>
#include <string.h>

/* ASCII and full-width forms. */
static bool begins_formula(const char *text)
{
    static const char *const starts[] = {
        "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    text += strspn(text, " ");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0) return true;
    }
    return false;
}

void fs_spreadsheet_text(FILE *out, const char *text)
{
    struct fs_arena *arena = fs_arena_new();
    const char *seen = fs_escape(arena, text, strlen(text));
    fputs(begins_formula(seen) ? "\"'" : "\"", out);
    for (; *seen; seen++)
        fputs(*seen == '"' ? "\"\"" : (const char[]){*seen, 0}, out);
    fputc('"', out);
    fs_arena_free(arena);
}

static void say_number(FILE *out, double value)
{
    char text[32] = "";
    if (!isnan(value) && !isinf(value)) fs_number_write(text, value);
    fprintf(out, ",%s", text);
}

static void say_view(FILE *out, const char *title, const char *variant, const struct fs_view *v)
{
    const char *const text[] = {title, variant, v->path, v->unit};
    for (int i = 0; i < 4; i++) {
        if (i) fputc(',', out);
        fs_spreadsheet_text(out, text[i]);
    }
    say_number(out, v->estimate.value);
    say_number(out, v->estimate.low);
    say_number(out, v->estimate.high);
    fputc(',', out);
    fs_spreadsheet_text(out, v->estimate.why ? v->estimate.why : "");
    fputs("\r\n", out);
}

void fs_spreadsheet_study(const struct fs_study *study, FILE *out)
{
    const char *title = study->scenario->title ? study->scenario->title : study->scenario->path;
    fputs("scenario,variant,metric,unit,value,low,high,why\r\n", out);
    for (int i = 0; i < study->n_variants; i++) {
        if (study->variant[i].n == 0) continue;
        struct fs_arena *arena = fs_arena_new();
        const struct fs_views views = fs_views_all(arena, &study->variant[i]);
        for (int k = 0; k < views.n; k++)
            say_view(out, title, study->variant[i].variant->name, &views.view[k]);
        fs_arena_free(arena);
    }
}
