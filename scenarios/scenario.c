/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a tree to checked variants. Each variant is the file's own tree with its edits applied, so
 * a variant is read exactly as if somebody had written it out; the same mistake found in several
 * variants is reported once, since complaints are told apart by place and text.
 */
#include "scenario.h"

#include "alarm.h"
#include "assumptions.h"
#include "bind.h"
#include "component.h"
#include "expect.h"
#include "full.h"
#include "graph.h"
#include "named.h"
#include "namelist.h"
#include "platform.h"
#include "registry.h"
#include "shelf.h"
#include "until.h"
#include "variant_tree.h"
#include "vouched.h"

#include <string.h>
#include <unistd.h>

struct reader {
    struct fs_arena *arena;
    struct fs_report *report;
    struct fs_failure *failure;
    enum fs_rc rc;      /* the world's first refusal */
    const char *folder; /* of the scenario; platforms and traces may stand there */
    struct fs_scenario *scenario;
    struct fs_variant_trees trees;
    const char *prices_name; /* the last list that was read: variants mostly share one */
    struct fs_prices *prices;
    /* of the variant being read */
    struct fs_binder binder;
    struct fs_variant *variant;
    const char **component_name, **price_name;
    const char *reading; /* the component; "": what is none */
    struct fs_stands stands;
};

static const char *const top_keys[] = {"fleetsim", "title",    "story",      "run",
                                       "account",  "traffic",  "components", "events",
                                       "alarms",   "variants", "expect",     NULL};

static struct fs_place place_of(const struct fs_node *node)
{
    return node->key ? node->key_place : node->place;
}

/* ---- names that the binder asks for --------------------------------------------------------- */

static const char *const *list_components(void *self)
{
    return ((struct reader *)self)->component_name;
}

static const char *const *list_prices(void *self)
{
    return ((struct reader *)self)->price_name;
}

static const struct fs_platform *read_platform(struct reader *r, const char *name,
                                               struct fs_place place)
{
    struct fs_platform *platform = NULL;
    const enum fs_rc rc =
        fs_platform_read(r->arena, name, r->folder, place, &platform, r->report, r->failure);
    if (rc == FS_WORLD && r->rc == FS_OK) r->rc = rc;
    return platform;
}

static struct fs_node *find_preset(void *self, const char *registry, const char *name,
                                   const char **plugin)
{
    struct reader *r = self;
    const char *const *names = fs_platforms_list(r->arena, registry, r->folder);
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], name) != 0) continue;
        const struct fs_platform *platform = read_platform(r, name, (struct fs_place){0});
        if (!platform) return NULL;
        *plugin = platform->mechanism;
        return platform->values;
    }
    return NULL;
}

static const char *const *list_presets(void *self, const char *registry)
{
    struct reader *r = self;
    return fs_platforms_list(r->arena, registry, r->folder);
}

/* Traces stay in the scenario's folder or below: a stranger's file reads nothing else. */
static const char *resolve_path(void *self, const struct fs_node *node, struct fs_report *report)
{
    struct reader *r = self;
    if (node->text[0] == '/' || strstr(node->text, "..")) {
        fs_report_error(report, node->place, NULL,
                        "a file must stand in the scenario's folder or below it");
        return NULL;
    }
    const char *path = fs_arena_format(r->arena, "%s/./%s", r->folder, node->text);
    if (access(path, R_OK) != 0) {
        fs_report_error(report, node->place, NULL, "cannot be read: %s", path);
        return NULL;
    }
    fs_report_file(report, path);
    return path;
}

/* A text that is like no name at all is left to the reader of distributions, who says what he
 * expects. */
static const struct fs_node *find_named(void *self, const struct fs_node *node,
                                        struct fs_report *report)
{
    struct reader *r = self;
    const char *const *names = fs_named_list(r->arena, r->folder);
    if (!fs_nearest(node->text, names, fs_names_count(names))) return node;
    return fs_named_read(r->arena, node->text, r->folder, node->place, report);
}

/* Tables that parameters name stand on the shelves, where platforms do. */
static const char *find_data(void *self, const char *folder, const struct fs_node *node,
                             struct fs_report *report)
{
    struct reader *r = self;
    const struct fs_shelf shelf = fs_shelf_new(r->arena, r->folder);
    return fs_shelf_data(&shelf, folder, node->text, node->place, report);
}

/* ---- the sections of a variant -------------------------------------------------------------- */

static void read_run(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *node = fs_node_get(tree, "run");
    fs_bind(&r->binder, fs_run_rows, node, NULL, node ? place_of(node) : tree->place, NULL,
            &r->variant->spec.run);
}

static void list_price_names(struct reader *r, const struct fs_prices *prices)
{
    r->price_name = fs_arena_alloc(r->arena, (size_t)(prices->n_items + 2) * sizeof(char *));
    for (int i = 0; i < prices->n_items; i++)
        r->price_name[i] = prices->item[i].name;
    r->price_name[prices->n_items] = FS_PRICE_FREE;
}

static void note_sources(struct reader *r, const struct fs_platform *platform, const bool *holds)
{
    struct fs_variant *v = r->variant;
    struct fs_vouched_value *list =
        fs_arena_alloc(r->arena, (size_t)(v->n_sources + platform->n_sourced) * sizeof *list + 1);
    if (v->n_sources) memcpy(list, v->source, (size_t)v->n_sources * sizeof *list);
    v->source = list;
    for (int i = 0; i < platform->n_sourced; i++) {
        if (holds[i])
            list[v->n_sources++] = (struct fs_vouched_value){platform->name, &platform->sourced[i]};
    }
}

static void note_assumptions(struct reader *r, const char *component,
                             const struct fs_platform *platform, const bool *holds)
{
    struct fs_variant *v = r->variant;
    struct fs_assumption *list = fs_arena_alloc(
        r->arena, (size_t)(v->n_assumptions + platform->n_sourced) * sizeof *list + 1);
    if (v->n_assumptions) memcpy(list, v->assumption, (size_t)v->n_assumptions * sizeof *list);
    v->assumption = list;
    for (int i = 0; i < platform->n_sourced; i++) {
        const struct fs_sourced *s = &platform->sourced[i];
        if (s->doubtful && holds[i])
            list[v->n_assumptions++] =
                (struct fs_assumption){component, platform->name, s->key, s->certainty};
    }
}

static bool is_noted(const struct fs_variant *v, const char *component, const char *platform)
{
    for (int i = 0; i < v->n_assumptions; i++) {
        if (strcmp(v->assumption[i].component, component) == 0 &&
            strcmp(v->assumption[i].platform, platform) == 0)
            return true;
    }
    return false;
}

/* A preset inside a parameter: what nobody documents of it is told like a platform's. No sources:
 * the printed spec has its values and not its name, and must give the same results file. */
static void note_preset(void *self, const char *name, const struct fs_layer *layer)
{
    struct reader *r = self;
    if (is_noted(r->variant, r->reading, name)) return;
    const struct fs_platform *preset = read_platform(r, name, (struct fs_place){0});
    if (preset) note_assumptions(r, r->reading, preset, fs_vouched_preset(r->arena, preset, layer));
}

static void read_account(struct reader *r, const struct fs_node *tree)
{
    static const char *const extra[] = {"platform", NULL};
    const struct fs_node *node = fs_node_get(tree, "account");
    const struct fs_node *named = node ? fs_node_get(node, "platform") : NULL;
    const struct fs_place place = node ? place_of(node) : tree->place;
    const char *name = fs_node_is_text(named) ? named->text : "aws";
    struct fs_account_params *account = &r->variant->spec.account;
    struct fs_prices *prices = NULL;
    const struct fs_platform *platform = read_platform(r, name, named ? named->place : place);
    if (!platform) return;
    r->stands.platform = name;
    r->stands.account = platform->values;
    if (fs_bind(&r->binder, fs_account_rows, node, platform->values, place, extra, account) == 0) {
        fs_account_check(account, fs_complaints_at(&r->binder, node, place));
        note_sources(r, platform,
                     fs_vouched(&r->binder, fs_account_rows, node, platform, extra, sizeof *account,
                                account));
    }
    if (!account->region || !account->prices || strcmp(account->prices, "none") == 0) return;
    const struct fs_node *said = node ? fs_node_get(node, "prices") : NULL;
    if (!said && node) said = fs_node_get(node, "region");
    const char *list =
        fs_arena_format(r->arena, "%s-%s-%s", name, account->region, account->prices);
    if (r->prices && strcmp(list, r->prices_name) == 0) {
        prices = r->prices;
    } else {
        const enum fs_rc rc = fs_prices_read(r->arena, list, r->folder, said ? said->place : place,
                                             &prices, r->report, r->failure);
        if (rc == FS_WORLD && r->rc == FS_OK) r->rc = rc;
        r->prices_name = list;
        r->prices = prices;
    }
    r->variant->spec.prices = prices;
    if (prices) list_price_names(r, prices);
}

static void list_component_names(struct reader *r, const struct fs_node *components)
{
    int n = 0;
    const int count = components ? fs_node_count(components) : 0;
    r->component_name = fs_arena_alloc(r->arena, (size_t)(count + 1) * sizeof(char *));
    for (const struct fs_node *c = components ? components->child : NULL; c; c = c->next)
        r->component_name[n++] = c->key;
}

/* The mechanism behind `platform: name` (or `mechanism: name`, everything then said by hand). */
static const struct fs_plugin *find_mechanism(void *self, const struct fs_node *node,
                                              const struct fs_platform **platform)
{
    struct reader *r = self;
    const struct fs_registry *registry = fs_registry_find("components");
    const struct fs_node *named = fs_node_get(node, "platform");
    const struct fs_node *mechanism = fs_node_get(node, "mechanism");
    const char *name = fs_node_is_text(mechanism) ? mechanism->text : NULL;
    if (fs_node_is_text(named)) {
        *platform = read_platform(r, named->text, named->place);
        if (!*platform) return NULL;
        if (name && strcmp(name, (*platform)->mechanism) != 0) {
            fs_report_error(r->report, mechanism->place, "leave one of the two out",
                            "the platform is a %s", (*platform)->mechanism);
            return NULL;
        }
        name = (*platform)->mechanism;
    }
    const struct fs_plugin *plugin = name ? fs_plugin_find(registry, name) : NULL;
    if (plugin) return plugin;
    if (!name)
        fs_report_error(r->report, place_of(node), "see `fleetsim list platforms`",
                        "'%s' needs a 'platform'", node->key);
    else
        fs_report_error(r->report, named ? named->place : mechanism->place,
                        "see `fleetsim list platforms`", "'%s' is no kind of component",
                        named ? named->text : name);
    return NULL;
}

/* The keys that every component takes for its price, apart from its mechanism's own. */
static void read_terms(struct reader *r, const struct fs_node *node, struct fs_component_spec *spec)
{
    struct fs_param rows[FS_TERMS_ROWS + 1];
    struct fs_node *written = fs_node_copy(r->arena, node);
    struct fs_node **link = &written->child;
    fs_terms_rows_beside(spec->plugin->rows, rows);
    while (*link) {
        bool known = false;
        for (const struct fs_param *row = rows; row->key; row++)
            known = known || strcmp(row->key, (*link)->key) == 0;
        if (known)
            link = &(*link)->next;
        else
            *link = (*link)->next;
    }
    fs_bind(&r->binder, rows, written, NULL, place_of(node), NULL, &spec->terms);
}

static void read_component(struct reader *r, const struct fs_node *node)
{
    static const char *const extra[] = {"platform", "mechanism", "architecture", "purchase", NULL};
    const struct fs_platform *platform = NULL;
    if (node->kind != FS_NODE_MAP) {
        fs_report_error(r->report, node->place, NULL, "'%s' must be a map with a 'platform'",
                        node->key);
        return;
    }
    const struct fs_plugin *plugin = find_mechanism(r, node, &platform);
    if (!plugin) return;
    struct fs_component_spec *spec = &r->variant->spec.component[r->variant->spec.n_components++];
    spec->name = node->key;
    spec->platform = platform ? platform->name : NULL;
    spec->plugin = plugin;
    spec->params = fs_arena_alloc(r->arena, plugin->size);
    const struct fs_node *values = platform ? platform->values : NULL;
    r->stands.component[spec - r->variant->spec.component] = values;
    read_terms(r, node, spec);
    r->reading = spec->name;
    if (fs_bind(&r->binder, plugin->rows, node, values, place_of(node), extra, spec->params) != 0)
        return;
    fs_terms_adopt(plugin->rows, spec->params, &spec->terms);
    fs_bind_check(&r->binder, plugin, node, place_of(node), spec->params);
    if (!platform) return;
    const bool *holds =
        fs_vouched(&r->binder, plugin->rows, node, platform, extra, plugin->size, spec->params);
    note_assumptions(r, spec->name, platform, holds);
    note_sources(r, platform, holds);
}

/* Names without a dot that stand beside those of variants in the results file or where paths begin,
 * and beside those of components in the bill. */
static const char *const variant_taken[] = {"scenario", "statement",  "findings", "sources",
                                            "traffic",  "components", "account",  "cost",
                                            "alarms",   NULL};
static const char *const component_taken[] = {"total_usd",  "usd_per_month", "usd_per_million",
                                              "not_priced", "alarms",        NULL};

static void check_free(struct reader *r, const struct fs_node *node, const char *what,
                       const char *const *taken)
{
    for (; *taken; taken++) {
        if (strcmp(node->key, *taken) == 0)
            fs_report_error(r->report, node->key_place, NULL,
                            "'%s' cannot be the name of a %s: in the results it is another's",
                            *taken, what);
    }
}

static void check_name(struct reader *r, const struct fs_node *node, const char *what)
{
    const size_t good = strspn(node->key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-");
    if (node->key[good] || !*node->key || strlen(node->key) > 64)
        fs_report_error(r->report, node->key_place, NULL,
                        "the name of a %s is 1 to 64 letters, digits, '_' and '-'", what);
}

static const struct fs_node *section(struct reader *r, const struct fs_node *tree, const char *key)
{
    const struct fs_node *node = fs_node_get(tree, key);
    if (!node) {
        fs_report_error(r->report, tree->place, NULL, "'%s' is missing", key);
        return NULL;
    }
    if (node->kind == FS_NODE_MAP && node->child) return node;
    fs_report_error(r->report, node->place, NULL, "'%s' must be a map from names", key);
    return NULL;
}

static void read_components(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *components = section(r, tree, "components");
    list_component_names(r, components);
    if (!components) return;
    const size_t n = (size_t)fs_node_count(components);
    r->variant->spec.component = fs_arena_alloc(r->arena, n * sizeof(struct fs_component_spec));
    r->stands.component = fs_arena_alloc(r->arena, n * sizeof(const struct fs_node *));
    for (const struct fs_node *node = components->child; node; node = node->next) {
        check_name(r, node, "component");
        check_free(r, node, "component", component_taken);
        read_component(r, node);
    }
    r->reading = "";
}

static void read_class(struct reader *r, const struct fs_node *node)
{
    struct fs_class_spec *class = &r->variant->spec.traffic[r->variant->spec.n_classes];
    class->name = node->key;
    if (fs_bind(&r->binder, fs_traffic_rows, node, NULL, place_of(node), NULL, &class->params))
        return;
    r->variant->spec.n_classes++;
    fs_traffic_check(&class->params, fs_complaints_at(&r->binder, node, place_of(node)));
    const struct fs_arrival_type *type = class->params.arrivals.plugin->type;
    if (type->trace) r->variant->conditional = true;
    if (type->ended) r->variant->closed = true;
}

static void read_traffic(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *traffic = section(r, tree, "traffic");
    if (!traffic) return;
    r->variant->spec.traffic =
        fs_arena_alloc(r->arena, (size_t)fs_node_count(traffic) * sizeof(struct fs_class_spec));
    for (const struct fs_node *node = traffic->child; node; node = node->next) {
        check_name(r, node, "traffic class");
        read_class(r, node);
    }
}

static bool some_variant_has(const struct fs_scenario *s, const char *component)
{
    for (int i = 0; i < s->n_variants; i++) {
        const struct fs_variant_spec *spec = &s->variant[i].spec;
        for (int j = 0; j < spec->n_components; j++) {
            if (strcmp(spec->component[j].name, component) == 0) return true;
        }
    }
    return false;
}

static void check_work_name(struct reader *r, const char *class, const char *component)
{
    static const char *const section[] = {"traffic", NULL, "work", NULL};
    const struct fs_node *node = r->scenario->tree;
    if (some_variant_has(r->scenario, component)) return;
    for (int i = 0; i < 4; i++) {
        const char *key = section[i] ? section[i] : i == 1 ? class : component;
        const struct fs_node *below = node->kind == FS_NODE_MAP ? fs_node_get(node, key) : NULL;
        if (!below) break;
        node = below;
    }
    const char *near = fs_nearest(component, r->component_name, fs_names_count(r->component_name));
    fs_report_error(r->report, place_of(node),
                    near ? fs_arena_format(r->arena, "did you mean '%s'?", near) : NULL,
                    "there is no component '%s'", component);
}

/* Work for a name that no variant has a component of is a slip of the pen; a variant that has none
 * of that name has a warning already. One variant alone cannot tell. */
static void check_work_names(struct reader *r)
{
    const struct fs_scenario *s = r->scenario;
    for (int i = 0; i < s->n_variants; i++) {
        for (int j = 0; j < s->variant[i].spec.n_classes; j++) {
            const struct fs_class_spec *class = &s->variant[i].spec.traffic[j];
            const struct fs_work *work = class->params.work.item;
            for (int k = 0; k < class->params.work.n; k++)
                check_work_name(r, class->name, work[k].component);
        }
    }
}

/* The text of one variant alone is to be read again, where nobody knows of the others' components.
 */
static void drop_work_of_others(struct fs_variant_spec *spec)
{
    for (int i = 0; i < spec->n_classes; i++) {
        struct fs_list *list = &spec->traffic[i].params.work;
        struct fs_work *work = list->item;
        int n = 0;
        for (int j = 0; j < list->n; j++) {
            if (fs_spec_component(spec, work[j].component)) work[n++] = work[j];
        }
        list->n = n;
    }
}

static void read_events(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *events = fs_node_get(tree, "events");
    struct fs_variant_spec *spec = &r->variant->spec;
    if (!events) return;
    if (events->kind != FS_NODE_LIST) {
        fs_report_error(r->report, events->place, NULL,
                        "'events' must be a list such as [{at: 5min, deploy: worker}]");
        return;
    }
    spec->event = fs_arena_alloc(r->arena, (size_t)fs_node_count(events) * sizeof *spec->event + 1);
    for (const struct fs_node *node = events->child; node; node = node->next)
        fs_bind(&r->binder, fs_event_rows, node, NULL, node->place, NULL,
                &spec->event[spec->n_events++]);
}

static void read_alarms(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *alarms = fs_node_get(tree, "alarms");
    struct fs_variant_spec *spec = &r->variant->spec;
    if (!alarms) return;
    if (alarms->kind != FS_NODE_MAP) {
        fs_report_error(r->report, alarms->place, NULL,
                        "'alarms' must be a map from names, such as {spend: {aws-budget: {amount: "
                        "100USD}}}");
        return;
    }
    spec->alarm = fs_arena_alloc(r->arena, (size_t)fs_node_count(alarms) * sizeof *spec->alarm + 1);
    for (const struct fs_node *node = alarms->child; node; node = node->next) {
        struct fs_alarm_spec *alarm = &spec->alarm[spec->n_alarms++];
        check_name(r, node, "alarm");
        alarm->name = node->key;
        fs_bind(&r->binder, fs_alarm_rows, node, NULL, place_of(node), NULL, alarm);
    }
}

/* ---- variants ------------------------------------------------------------------------------- */

static void read_variant(struct reader *r, const char *name, const struct fs_node *tree)
{
    r->variant = &r->scenario->variant[r->scenario->n_variants++];
    r->variant->name = r->variant->spec.name = name;
    r->price_name = NULL;
    r->reading = "";
    r->binder = (struct fs_binder){r->arena,
                                   r->report,
                                   {.self = r,
                                    .components = list_components,
                                    .preset = find_preset,
                                    .rests_on = note_preset,
                                    .presets = list_presets,
                                    .path = resolve_path,
                                    .named = find_named,
                                    .data = find_data}};
    const int before = fs_report_errors(r->report);
    read_account(r, tree);
    if (r->price_name) r->binder.names.prices = list_prices;
    read_run(r, tree);
    read_components(r, tree);
    read_traffic(r, tree);
    read_events(r, tree);
    read_alarms(r, tree);
    if (fs_report_errors(r->report) > before) return;
    fs_graph_check(r->arena, &r->variant->spec, tree, r->report);
    if (fs_report_errors(r->report) == before)
        fs_until_check(r->arena, r->variant, tree, r->report);
    fs_assumptions_of_prices(r->arena, r->variant);
    if (r->trees.alone) drop_work_of_others(&r->variant->spec);
    if (fs_report_errors(r->report) == before)
        r->variant->full = fs_full_variant(r->arena, &r->variant->spec, &r->stands);
}

static void read_variants(struct reader *r, const char *only)
{
    const struct fs_node *variants = fs_node_get(r->scenario->tree, "variants");
    const int n = variants && variants->kind == FS_NODE_MAP ? fs_node_count(variants) : 0;
    r->scenario->variant = fs_arena_alloc(r->arena, (size_t)(n + 1) * sizeof(struct fs_variant));
    if (variants && n == 0) {
        fs_report_error(r->report, variants->place, NULL, "'variants' must be a map from names");
        return;
    }
    if (n == 0 && only && strcmp(only, "base") != 0)
        fs_report_error(r->report, r->scenario->tree->place, "the scenario has none",
                        "there is no variant '%s'", only);
    else if (n == 0)
        read_variant(r, "base", fs_variant_tree_base(&r->trees));
    if (n == 0) return;
    for (const struct fs_node *node = variants->child; node; node = node->next) {
        check_name(r, node, "variant");
        check_free(r, node, "variant", variant_taken);
        if (node->kind == FS_NODE_LIST || fs_node_is_text(node)) {
            fs_report_error(r->report, node->place, NULL,
                            "a variant is a map of changes, {} for none");
            continue;
        }
        if (only && strcmp(only, node->key) != 0) continue;
        const struct fs_node *tree = fs_variant_tree_of(&r->trees, node);
        if (tree) read_variant(r, node->key, tree);
    }
    fs_variant_tree_warn(&r->trees);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void check_top(struct reader *r, const struct fs_node *tree)
{
    const struct fs_node *version = fs_node_get(tree, "fleetsim");
    for (const struct fs_node *node = tree->child; node; node = node->next) {
        bool known = false;
        for (int i = 0; top_keys[i]; i++)
            known = known || strcmp(top_keys[i], node->key) == 0;
        if (known) continue;
        const char *near =
            fs_nearest(node->key, top_keys, (int)(sizeof top_keys / sizeof *top_keys) - 1);
        fs_report_error(r->report, node->key_place,
                        near ? fs_arena_format(r->arena, "did you mean '%s'?", near) : NULL,
                        "unknown key '%s'", node->key);
    }
    if (!version)
        fs_report_error(r->report, tree->place, NULL,
                        "the first line of a scenario is 'fleetsim: 1', the language's version");
    else if (!fs_node_is_text(version) || strcmp(version->text, "1") != 0)
        fs_report_error(r->report, version->place, NULL, "this program reads version 1");
}

static const char *top_text(struct reader *r, const char *key)
{
    const struct fs_node *node = fs_node_get(r->scenario->tree, key);
    if (!node) return NULL;
    if (fs_node_is_text(node)) return node->text;
    fs_report_error(r->report, node->place, NULL, "'%s' must be a text", key);
    return NULL;
}

static const char *folder_of(struct fs_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return ".";
    return slash == path ? "/" : fs_arena_format(arena, "%.*s", (int)(slash - path), path);
}

static void complain_variant(struct reader *r, const struct fs_node *variants, const char *only)
{
    const int n = fs_node_count(variants);
    const char **name = fs_arena_alloc(r->arena, (size_t)n * sizeof *name), *list = NULL, *near;
    int i = 0;
    for (const struct fs_node *node = variants->child; node; node = node->next) {
        name[i++] = node->key;
        list = list ? fs_arena_format(r->arena, "%s, %s", list, node->key) : node->key;
    }
    near = fs_nearest(only, name, n);
    fs_report_error(r->report, place_of(variants),
                    near ? fs_arena_format(r->arena, "did you mean '%s'?", near)
                         : fs_arena_format(r->arena, "possible here: %s", list),
                    "there is no variant '%s'", only);
}

static void read_all(struct reader *r, const struct fs_override *override, int n_overrides,
                     const char *only)
{
    struct fs_scenario *s = r->scenario;
    if (s->tree->kind != FS_NODE_MAP) {
        fs_report_error(r->report, s->tree->place, NULL, "a scenario is a map of keys");
        return;
    }
    r->trees = (struct fs_variant_trees){.arena = r->arena,
                                         .report = r->report,
                                         .scenario = s,
                                         .alone = only && fs_node_get(s->tree, "variants"),
                                         .mechanism = find_mechanism,
                                         .self = r};
    fs_variant_tree_new(&r->trees, override, n_overrides);
    if (fs_report_errors(r->report)) return;
    check_top(r, s->tree);
    s->title = top_text(r, "title");
    s->story = top_text(r, "story");
    read_variants(r, only);
    if (only && s->n_variants == 0 && fs_report_errors(r->report) == 0)
        complain_variant(r, fs_node_get(s->tree, "variants"), only);
    if (!r->trees.alone && fs_report_errors(r->report) == 0) check_work_names(r);
    fs_expects_read(r->arena, s, r->report);
    if (fs_report_errors(r->report) == 0) fs_full_scenario(r->arena, s);
}

static enum fs_rc finish(struct reader *r, const struct fs_override *override, int n_overrides,
                         const char *only, struct fs_scenario **scenario)
{
    read_all(r, override, n_overrides, only);
    if (r->rc != FS_OK) return r->rc;
    if (fs_report_errors(r->report)) return FS_INPUT;
    r->scenario->file = fs_report_files(r->report, &r->scenario->n_files);
    *scenario = r->scenario;
    return FS_OK;
}

static struct reader new_reader(struct fs_arena *arena, const char *path, const char *folder,
                                struct fs_report *report, struct fs_failure *failure)
{
    struct reader r = {.arena = arena, .report = report, .failure = failure, .folder = folder};
    r.scenario = fs_arena_alloc(arena, sizeof *r.scenario);
    r.scenario->path = path;
    return r;
}

enum fs_rc fs_scenario_read(struct fs_arena *arena, const char *path,
                            const struct fs_override *override, int n_overrides, const char *only,
                            struct fs_scenario **scenario, struct fs_report *report,
                            struct fs_failure *failure)
{
    struct reader r = new_reader(arena, path, folder_of(arena, path), report, failure);
    const enum fs_rc rc = fs_tree_read(arena, path, &r.scenario->tree, report, failure);
    if (rc != FS_OK) return rc;
    return finish(&r, override, n_overrides, only, scenario);
}

enum fs_rc fs_scenario_parse(struct fs_arena *arena, const char *name, const char *text,
                             const struct fs_override *override, int n_overrides, const char *only,
                             struct fs_scenario **scenario, struct fs_report *report,
                             struct fs_failure *failure)
{
    struct reader r = new_reader(arena, name, ".", report, failure);
    r.scenario->tree = fs_tree_parse(arena, name, text, strlen(text), report);
    if (!r.scenario->tree) return FS_INPUT;
    return finish(&r, override, n_overrides, only, scenario);
}
