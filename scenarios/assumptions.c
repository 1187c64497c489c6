/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists are short: a look through what is there keeps each once and in the order of reading. */
#include "assumptions.h"

#include "alarm.h"
#include "bill.h"
#include "component.h"
#include "json.h"

#include <string.h>

/* ---- lists ---------------------------------------------------------------------------------- */

static bool is_same(const struct fs_assumption *a, const struct fs_assumption *b)
{
    return strcmp(a->platform, b->platform) == 0 && strcmp(a->key, b->key) == 0 &&
           strcmp(a->certainty, b->certainty) == 0;
}

/* Doubles when full. */
static void add(struct fs_arena *arena, struct fs_assumptions *list, struct fs_assumption one)
{
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->item[i].component, one.component) == 0 && is_same(&list->item[i], &one))
            return;
    }
    if ((list->n & (list->n - 1)) == 0) {
        struct fs_assumption *more =
            fs_arena_alloc(arena, (list->n ? 2 * (size_t)list->n : 1) * sizeof *more);
        if (list->n) memcpy(more, list->item, (size_t)list->n * sizeof *more);
        list->item = more;
    }
    list->item[list->n++] = one;
}

void fs_assumptions_add(struct fs_arena *arena, struct fs_assumptions *list,
                        const struct fs_variant *variant)
{
    for (int i = 0; i < variant->n_assumptions; i++) {
        const struct fs_assumption *a = &variant->assumption[i];
        add(arena, list,
            (struct fs_assumption){fs_arena_text(arena, a->component),
                                   fs_arena_text(arena, a->platform), fs_arena_text(arena, a->key),
                                   fs_arena_text(arena, a->certainty)});
    }
}

/* ---- prices --------------------------------------------------------------------------------- */

static void add_price(struct fs_arena *arena, struct fs_assumptions *list,
                      const struct fs_prices *prices, const char *component,
                      const struct fs_price_item *item)
{
    if (item && item->doubtful)
        add(arena, list,
            (struct fs_assumption){component, prices->name, item->name, item->certainty});
}

void fs_assumptions_of_prices(struct fs_arena *arena, struct fs_variant *variant)
{
    const struct fs_variant_spec *spec = &variant->spec;
    struct fs_assumptions list = {.n = 0};
    for (int i = 0; i < variant->n_assumptions; i++)
        add(arena, &list, variant->assumption[i]);
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        const struct fs_charge *c =
            ((const struct fs_component_type *)component->plugin->type)->charges;
        for (; c && c->line; c++)
            add_price(arena, &list, spec->prices, component->name,
                      fs_bill_item(spec, component, c));
    }
    for (int i = 0; spec->prices && i < spec->n_alarms; i++) {
        const char *price = fs_alarm_price(&spec->alarm[i]);
        if (price)
            add_price(arena, &list, spec->prices, spec->alarm[i].name,
                      fs_prices_find(spec->prices, price));
    }
    variant->assumption = list.item;
    variant->n_assumptions = list.n;
}

/* ---- views ---------------------------------------------------------------------------------- */

void fs_assumptions_print(const struct fs_assumptions *list, FILE *out)
{
    if (list->n) fputs("\nValues of its platforms and prices that nobody documents\n", out);
    for (int i = 0; i < list->n; i++) {
        const struct fs_assumption *a = &list->item[i];
        bool told = false; /* of another component */
        for (int k = 0; k < i && !told; k++)
            told = is_same(&list->item[k], a);
        if (!told) fprintf(out, "  %s: %s (%s)\n", a->platform, a->key, a->certainty);
    }
}

void fs_assumptions_json(const struct fs_assumptions *list, int indent, FILE *out)
{
    fputc('[', out);
    for (int i = 0; i < list->n; i++) {
        const struct fs_assumption *a = &list->item[i];
        fprintf(out, "%s\n%*s{\"component\": ", i ? "," : "", indent + 2, "");
        fs_json_text(out, a->component);
        fputs(", \"platform\": ", out);
        fs_json_text(out, a->platform);
        fputs(", \"key\": ", out);
        fs_json_text(out, a->key);
        fputs(", \"certainty\": ", out);
        fs_json_text(out, a->certainty);
        fputc('}', out);
    }
    if (list->n) fprintf(out, "\n%*s", indent, "");
    fputc(']', out);
}
