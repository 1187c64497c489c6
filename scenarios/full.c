/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parameters' rows are unbound over what stands under them, so that what takes a platform's
 * value back is said and nothing else of the platform is repeated.
 */
#include "full.h"

#include "alarm.h"
#include "bind.h"

#include <stdio.h>

static struct fs_node *add(struct fs_node *parent, const char *key, struct fs_node *child)
{
    fs_node_add(parent, key, child);
    return child;
}

static struct fs_node *new_map(struct fs_arena *arena)
{
    return fs_node_new(arena, FS_NODE_MAP, NULL);
}

static void add_text(struct fs_arena *arena, struct fs_node *map, const char *key, const char *text)
{
    add(map, key, fs_node_new(arena, FS_NODE_SCALAR, text));
}

/* In front of the values that stand over it. */
static void put_platform(struct fs_arena *arena, struct fs_node *map, const char *platform)
{
    struct fs_node *node = fs_node_new(arena, FS_NODE_SCALAR, platform);
    node->key = "platform";
    node->next = map->child;
    map->child = node;
}

/* Hang all children of `from` into the map. */
static void move(struct fs_node *map, struct fs_node *from)
{
    for (struct fs_node *node = from->child, *next; node; node = next) {
        next = node->next;
        node->next = NULL;
        add(map, node->key, node);
    }
}

static void add_terms(struct fs_arena *arena, struct fs_node *map,
                      const struct fs_component_spec *c)
{
    struct fs_param rows[FS_TERMS_ROWS + 1];
    fs_terms_rows_beside(c->plugin->rows, rows);
    move(map, fs_unbind(arena, rows, &c->terms, NULL));
}

static struct fs_node *components_of(struct fs_arena *arena, const struct fs_variant_spec *spec,
                                     const struct fs_node *const *values)
{
    struct fs_node *map = new_map(arena);
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *c = &spec->component[i];
        struct fs_node *node =
            add(map, c->name, fs_unbind(arena, c->plugin->rows, c->params, values[i]));
        add_terms(arena, node, c);
        if (c->platform)
            put_platform(arena, node, c->platform);
        else
            add_text(arena, node, "mechanism", c->plugin->name);
    }
    return map;
}

static struct fs_node *traffic_of(struct fs_arena *arena, const struct fs_variant_spec *spec)
{
    struct fs_node *map = new_map(arena);
    for (int i = 0; i < spec->n_classes; i++)
        add(map, spec->traffic[i].name,
            fs_unbind(arena, fs_traffic_rows, &spec->traffic[i].params, NULL));
    return map;
}

static struct fs_node *events_of(struct fs_arena *arena, const struct fs_variant_spec *spec)
{
    struct fs_node *list = fs_node_new(arena, FS_NODE_LIST, NULL);
    for (int i = 0; i < spec->n_events; i++)
        add(list, NULL, fs_unbind(arena, fs_event_rows, &spec->event[i], NULL));
    return list;
}

static struct fs_node *alarms_of(struct fs_arena *arena, const struct fs_variant_spec *spec)
{
    struct fs_node *map = new_map(arena);
    for (int i = 0; i < spec->n_alarms; i++)
        add(map, spec->alarm[i].name, fs_unbind(arena, fs_alarm_rows, &spec->alarm[i], NULL));
    return map;
}

struct fs_node *fs_full_variant(struct fs_arena *arena, const struct fs_variant_spec *spec,
                                const struct fs_stands *stands)
{
    struct fs_node *map = new_map(arena);
    add(map, "run", fs_unbind(arena, fs_run_rows, &spec->run, NULL));
    struct fs_node *account =
        add(map, "account", fs_unbind(arena, fs_account_rows, &spec->account, stands->account));
    put_platform(arena, account, stands->platform);
    add(map, "traffic", traffic_of(arena, spec));
    add(map, "components", components_of(arena, spec, stands->component));
    if (spec->n_events) add(map, "events", events_of(arena, spec));
    if (spec->n_alarms) add(map, "alarms", alarms_of(arena, spec));
    return map;
}

void fs_full_scenario(struct fs_arena *arena, struct fs_scenario *s)
{
    const struct fs_node *expect = fs_node_get(s->tree, "expect");
    s->full = new_map(arena);
    add_text(arena, s->full, "fleetsim", "1");
    if (s->title) add_text(arena, s->full, "title", s->title);
    if (s->story) add_text(arena, s->full, "story", s->story);
    if (fs_node_get(s->tree, "variants")) {
        struct fs_node *variants = add(s->full, "variants", new_map(arena));
        for (int i = 0; i < s->n_variants; i++)
            add(variants, s->variant[i].name, fs_node_copy(arena, s->variant[i].full));
    } else {
        move(s->full, s->variant[0].full);
        s->variant[0].full = s->full;
    }
    if (expect) add(s->full, "expect", fs_node_copy(arena, expect));
}

char *fs_full_text(const struct fs_scenario *scenario)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fs_assert(NULL, out != NULL);
    fs_node_print(scenario->full, out);
    fclose(out);
    return text;
}
