/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spreadsheets evaluate a field that begins with = + - @, quoted or not
 * (owasp.org/www-community/attacks/CSV_Injection). Line ends are escaped too: a line is a record
 * for every reader. A missing number is an empty field.
 */
#include "spreadsheet.h"

#include "quantity.h"
#include "request.h"
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

/* As if each part were a statistic of the latency. */
static void say_p99_parts(FILE *out, struct fs_arena *arena, const char *title,
                          const struct fs_study_variant *v)
{
    const struct fs_table *traffic = fs_record_table(v->record[0], "traffic");
    double part[FS_LATENCY_PARTS + 1], sum;
    for (int i = 0; i < traffic->n_subjects; i++) {
        const char *class = traffic->subject[i].name;
        if (!fs_view_p99_parts(arena, v, class, part, &sum)) continue;
        for (int k = 0; k <= FS_LATENCY_PARTS; k++) {
            const struct fs_view view = {
                .path = fs_arena_format(arena, "traffic.%s.latency.p99_parts.%s", class,
                                        fs_part_name[k]),
                .unit = "s",
                .estimate = {part[k] / 1e9, NAN, NAN, "a mean from p98.5 to p99.5"}};
            say_view(out, title, v->variant->name, &view);
        }
    }
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
        say_p99_parts(out, arena, title, &study->variant[i]);
        fs_arena_free(arena);
    }
}
