/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variants are small, so every question is answered by walking the lists. */
#include "graph.h"

#include "alarm.h"
#include "bill.h"
#include "component.h"
#include "event.h"
#include "fail.h"
#include "layer.h"
#include "quantity.h"

#include <string.h>

struct checker {
    struct fs_arena *arena;
    const struct fs_variant_spec *spec;
    const struct fs_node *tree;
    struct fs_report *report;
    bool *reached, *passed; /* by anything, by requests */
};

static const struct fs_component_type *type_of(const struct fs_component_spec *component)
{
    return component->plugin->type;
}

static int index_of(const struct checker *c, const char *name)
{
    for (int i = 0; name && i < c->spec->n_components; i++) {
        if (strcmp(c->spec->component[i].name, name) == 0) return i;
    }
    return -1;
}

static const char *ref_at(const struct fs_component_spec *component, size_t offset)
{
    return *(const char *const *)(const void *)((const char *)component->params + offset);
}

static struct fs_place place_at(const struct checker *c, const char *section, const char *name,
                                const char *key)
{
    const struct fs_node *node = fs_node_get(c->tree, section);
    struct fs_place place = node ? node->place : c->tree->place;
    node = node ? fs_node_get(node, name) : NULL;
    if (!node) return place;
    place = node->key_place;
    node = key && node->kind == FS_NODE_MAP ? fs_node_get(node, key) : NULL;
    return node ? node->place : place;
}

/* ---- paths ---------------------------------------------------------------------------------- */

static bool pulls_from(const struct fs_component_spec *component, const char *from)
{
    const char *name =
        type_of(component)->pulls ? ref_at(component, type_of(component)->pulls_from) : NULL;
    return name && strcmp(name, from) == 0;
}

static const char *pulls_into(const struct fs_component_spec *reader)
{
    const size_t to = type_of(reader)->pulls_to;
    return to ? ref_at(reader, to) : reader->name;
}

static const char *first_hop(const struct fs_route *route)
{
    return route->n > 0 ? route->hop[0]->name : NULL;
}

/* Does a reader for `to` find anything behind the store? */
static bool leads_to(const struct fs_route *behind, const char *to)
{
    for (; behind; behind = behind->next) {
        if (behind->n > 0 && strcmp(first_hop(behind), to) == 0) return true;
    }
    return false;
}

static void check_reader(struct checker *c, struct fs_place place,
                         const struct fs_component_spec *reader, const char *hop,
                         const struct fs_route *behind)
{
    const char *to = pulls_into(reader), *next = behind ? first_hop(behind) : NULL;
    if (leads_to(behind, to)) return;
    if (next)
        fs_report_error(c->report, place, NULL, "'%s' pulls from '%s' into '%s', not into '%s'",
                        reader->name, hop, to, next);
    else
        fs_report_error(c->report, place,
                        fs_arena_format(c->arena, "put '%s' behind '%s' on the path", to, hop),
                        "'%s' pulls from '%s', but the path ends there", reader->name, hop);
}

static bool is_read(const struct checker *c, const char *hop, const char *next)
{
    for (int i = 0; i < c->spec->n_components; i++) {
        const struct fs_component_spec *reader = &c->spec->component[i];
        if (pulls_from(reader, hop) && strcmp(pulls_into(reader), next) == 0) return true;
    }
    return false;
}

static bool is_pulled(const struct checker *c, const char *hop)
{
    for (int i = 0; i < c->spec->n_components; i++) {
        if (pulls_from(&c->spec->component[i], hop)) return true;
    }
    return false;
}

/* Messages that lie until they are thrown away are mostly a forgotten reader. */
static void check_sink(struct checker *c, struct fs_place place,
                       const struct fs_component_spec *store, bool ends_path)
{
    const size_t sink = type_of(store)->sink;
    const bool meant = sink && *((const char *)store->params + sink);
    const bool pulled = is_pulled(c, store->name);
    if (meant && pulled)
        fs_report_error(c->report, place, "leave out 'sink', or the reader",
                        "'%s' is a sink, and something pulls from it", store->name);
    if (sink && !meant && !pulled && ends_path)
        fs_report_warning(c->report, place, "say 'sink: true' there if that is meant",
                          "nothing pulls from '%s': messages stay until they are too old",
                          store->name);
}

/* Where several stand behind a store, each has readers of its own. */
static void check_store(struct checker *c, struct fs_place place,
                        const struct fs_component_spec *store, const struct fs_route *behind)
{
    const char *hop = store->name;
    const bool several = behind && behind->next, pulled = is_pulled(c, hop);
    check_sink(c, place, store, !behind || !first_hop(behind));
    for (int i = 0; i < c->spec->n_components; i++) {
        if (pulls_from(&c->spec->component[i], hop))
            check_reader(c, place, &c->spec->component[i], hop, behind);
    }
    for (const struct fs_route *r = behind; r; r = r->next) {
        const char *next = first_hop(r);
        if (next && (several ? !is_read(c, hop, next) : !pulled))
            fs_report_error(c->report, place,
                            fs_arena_format(c->arena,
                                            "add a component such as {platform: "
                                            "aws-lambda-sqs-mapping, from: %s, to: %s}",
                                            hop, next),
                            "nothing pulls from '%s', so '%s' would never be asked", hop, next);
        if (next && leads_to(r->next, next))
            fs_report_error(c->report, place, NULL, "'%s' stands twice behind '%s'", next, hop);
    }
}

static void check_hand_over(struct checker *c, struct fs_place place,
                            const struct fs_component_spec *hop, const struct fs_route *behind)
{
    if (type_of(hop)->stores)
        check_store(c, place, hop, behind);
    else if (!behind)
        fs_report_error(c->report, place, "put what it delivers to behind it on the path",
                        "'%s' delivers to what stands behind it, and the path ends there",
                        hop->name);
}

static struct fs_place hop_place(const struct checker *c, const char *class, int i)
{
    const struct fs_node *node = fs_node_get(c->tree, "traffic");
    node = node ? fs_node_get(node, class) : NULL;
    node = node && node->kind == FS_NODE_MAP ? fs_node_get(node, "path") : NULL;
    for (node = node ? node->child : NULL; node && i > 0; i--)
        node = node->next;
    return node ? node->place : place_at(c, "traffic", class, "path");
}

static struct fs_place route_place(const struct checker *c, const struct fs_class_spec *class,
                                   const struct fs_route *route, int i)
{
    const int at = index_of(c, route->written_at);
    if (at < 0) return hop_place(c, class->name, route->at + i);
    return place_at(c, "components", route->written_at,
                    type_of(&c->spec->component[at])->calls ? "steps" : "targets");
}

static void check_loop(struct checker *c, const struct fs_class_spec *class,
                       const struct fs_route *route)
{
    if (route->twice)
        fs_report_error(c->report, route_place(c, class, route, route->n), NULL,
                        "'%s' stands twice on the path", route->twice);
    if (route->loops && !class->params.allow_loop.sends)
        fs_report_error(
            c->report, route_place(c, class, route, 0),
            fs_arena_format(c->arena,
                            "if that is what you want to see, give '%s' an 'allow_loop: "
                            "{sends: 1}'",
                            class->name),
            "the path comes back to '%s': a loop that nothing limits", route->hop[0]->name);
}

static bool has_hop(const struct fs_route *route, const char *name)
{
    for (int i = 0; i < route->n; i++) {
        if (strcmp(route->hop[i]->name, name) == 0) return true;
    }
    return false;
}

/* What goes round takes the hops of the loop and hands over at its end alone. */
static void check_rounds(struct checker *c, const struct fs_class_spec *class,
                         const struct fs_route *before)
{
    const struct fs_route *loop = before->derived;
    if (!loop || !loop->loops) return;
    const struct fs_place place = route_place(c, class, loop, 0);
    if (loop->next)
        fs_report_error(c->report, place,
                        "put the targets behind a hand-over outside the loop, or leave them out",
                        "the path comes back through '%s', whose targets get nothing of what goes "
                        "round",
                        loop->next->written_at);
    for (const struct fs_route *d = before->called; d; d = d->next) {
        if (has_hop(loop, d->written_at))
            fs_report_error(c->report, place, "let what hands over stand outside the loop",
                            "'%s' is in a loop, and its '%s' hands over: no round after the first "
                            "would",
                            d->written_at, d->call->name);
    }
}

/* What takes its requests from a store gets none otherwise. */
static void check_own_reader(struct checker *c, struct fs_place place,
                             const struct fs_component_spec *hop)
{
    if (!type_of(hop)->pulls || type_of(hop)->pulls_to) return;
    const char *from = ref_at(hop, type_of(hop)->pulls_from);
    if (from)
        fs_report_error(
            c->report, place,
            fs_arena_format(c->arena, "put '%s' in front of it, or leave out its 'from'", from),
            "'%s' takes what it does from '%s', nobody can call it", hop->name, from);
}

/* `pulled`: what stands first is what a reader takes it to. */
static void check_route(struct checker *c, const struct fs_class_spec *class,
                        const struct fs_route *route, bool pulled)
{
    check_loop(c, class, route);
    if (route->loops) return;
    for (int i = 0; i < route->n; i++) {
        const struct fs_component_spec *hop = route->hop[i];
        const struct fs_place place = route_place(c, class, route, i);
        c->reached[hop - c->spec->component] = c->passed[hop - c->spec->component] = true;
        if (i > 0 || !pulled) check_own_reader(c, place, hop);
        if (!type_of(hop)->accept)
            fs_report_error(c->report, place, NULL,
                            "'%s' takes no requests, it cannot be on a path", hop->name);
        if (type_of(hop)->hands_over) check_hand_over(c, place, hop, route->derived);
    }
    if (route->legs > FS_MOST_LEGS)
        fs_report_error(c->report, route_place(c, class, route, 0), NULL,
                        "%d components on the path and in its targets, at most %d", route->legs,
                        FS_MOST_LEGS);
    pulled = route->n > 0 && type_of(route->hop[route->n - 1])->stores;
    for (const struct fs_route *d = route->derived; d; d = d->next)
        check_route(c, class, d, pulled);
    for (const struct fs_route *d = route->called; d; d = d->next)
        check_route(c, class, d, false);
    check_rounds(c, class, route);
}

static bool passes(const struct fs_route *route, const char *name);

/* Hops that are called work as their caller says; what is handed over behind them, as the class. */
static bool passes_behind(const struct fs_route *route, const char *name)
{
    for (const struct fs_route *d = route->loops ? NULL : route->derived; d; d = d->next) {
        if (passes(d, name)) return true;
    }
    for (const struct fs_route *d = route->called; d; d = d->next) {
        if (passes_behind(d, name)) return true;
    }
    return false;
}

static bool passes(const struct fs_route *route, const char *name)
{
    return has_hop(route, name) || passes_behind(route, name);
}

/* What works as long as a trace says, and comes round to no work of its own; NULL: nothing. */
static const char *traced(const struct fs_class_spec *class, const struct fs_route *route)
{
    const struct fs_plugin_value *arrivals = &class->params.arrivals;
    const struct fs_arrival_type *type = arrivals->plugin->type;
    const bool loops = class->params.allow_loop.sends;
    if (loops || !type->has_durations || !type->has_durations(arrivals->params)) return NULL;
    int leg;
    const struct fs_component_spec *hop = fs_route_worker(route, &leg);
    return hop ? hop->name : NULL;
}

static void check_work(struct checker *c, const struct fs_class_spec *class,
                       const struct fs_route *route)
{
    const struct fs_work *work = class->params.work.item;
    const struct fs_node *node = fs_node_get(c->tree, "traffic");
    const char *by_trace = traced(class, route);
    node = node ? fs_node_get(node, class->name) : NULL;
    node = node ? fs_node_get(node, "work") : NULL;
    for (int i = 0; i < class->params.work.n; i++) {
        const char *name = work[i].component;
        const struct fs_node *at = node ? fs_node_get(node, name) : NULL;
        const struct fs_place place =
            at ? at->key_place : place_at(c, "traffic", class->name, "work");
        if (!passes(route, name))
            fs_report_warning(c->report, place, NULL,
                              "'%s' is not on the path, its work is never done", name);
        else if (by_trace && strcmp(by_trace, name) == 0)
            fs_report_warning(c->report, place, NULL,
                              "'%s' works as long as the trace says, this work is never done",
                              name);
    }
}

static void check_path(struct checker *c, const struct fs_class_spec *class)
{
    const struct fs_route *route =
        fs_route_new(c->arena, c->spec, class->name, &class->params.path);
    check_route(c, class, route, false);
    check_work(c, class, route);
}

/* ---- members -------------------------------------------------------------------------------- */

/* Keys of members are numbers from 0 in every class: in one component they would be one another's.
 * `first` came there before `class`. */
static void check_mixed(struct checker *c, const struct fs_component_spec *component,
                        const struct fs_class_spec *first, const struct fs_class_spec *class)
{
    const bool before = fs_class_members(first) > 1;
    if (!before && fs_class_members(class) == 1) return;
    fs_report_error(c->report, place_at(c, "traffic", class->name, "path"),
                    "give each class a component of its own",
                    "'%s' has the functions of '%s' and requests of '%s'", component->name,
                    before ? first->name : class->name, before ? class->name : first->name);
}

static void check_members(struct checker *c)
{
    const struct fs_variant_spec *spec = c->spec;
    const size_t n = (size_t)spec->n_components;
    const struct fs_class_spec **first = fs_arena_alloc(c->arena, n * sizeof *first);
    for (int i = 0; i < spec->n_classes; i++) {
        bool *reached = fs_arena_alloc(c->arena, n);
        fs_route_reach(spec, &spec->traffic[i].params.path, reached);
        for (int k = 0; k < spec->n_components; k++) {
            if (!reached[k] || !type_of(&spec->component[k])->by_member) continue;
            if (first[k])
                check_mixed(c, &spec->component[k], first[k], &spec->traffic[i]);
            else
                first[k] = &spec->traffic[i];
        }
    }
}

/* ---- references and prices ------------------------------------------------------------------ */

static void check_pull(struct checker *c, const struct fs_component_spec *poller)
{
    const int from = index_of(c, ref_at(poller, type_of(poller)->pulls_from));
    const int to = index_of(c, pulls_into(poller));
    if (from >= 0 && !type_of(&c->spec->component[from])->stores)
        fs_report_error(c->report, place_at(c, "components", poller->name, "from"), NULL,
                        "'%s' is no queue that can be pulled from", c->spec->component[from].name);
    if (to >= 0 && !type_of(&c->spec->component[to])->accept)
        fs_report_error(c->report, place_at(c, "components", poller->name, "to"), NULL,
                        "'%s' takes no requests", c->spec->component[to].name);
}

/* What is kept is kept by what has environments or tasks, and they keep of one component. */
static void check_keeper(struct checker *c, const struct fs_component_spec *kept)
{
    const char *by = ref_at(kept, type_of(kept)->kept_by);
    const int at = index_of(c, by);
    const struct fs_place place = place_at(c, "components", kept->name, NULL);
    if (at < 0) return;
    if (!type_of(&c->spec->component[at])->attaches)
        fs_report_error(c->report, place, NULL, "'%s' is a %s, which keeps nothing of '%s'", by,
                        c->spec->component[at].plugin->name, kept->name);
    for (const struct fs_component_spec *other = c->spec->component; other < kept; other++) {
        const char *rival = type_of(other)->attach ? ref_at(other, type_of(other)->kept_by) : NULL;
        if (rival && strcmp(rival, by) == 0)
            fs_report_error(c->report, place, NULL, "'%s' keeps of '%s' already; it can of one", by,
                            other->name);
    }
}

/* An event that needs something of its component which that component's mechanism has not. */
static void check_event(struct checker *c, const struct fs_event_spec *event,
                        const struct fs_node *node)
{
    const struct fs_plugin *plugin = event->event.plugin;
    const struct fs_event_type *type = plugin->type;
    const int at = type->needs ? index_of(c, fs_event_component(event)) : -1;
    if (at < 0) return;
    const struct fs_component_spec *target = &c->spec->component[at];
    void (*const *handler)(void) = (const void *)((const char *)type_of(target) + type->needs);
    if (!*handler)
        fs_report_error(c->report, node ? node->place : c->tree->place, NULL,
                        "'%s' does nothing to '%s', a %s", plugin->name, target->name,
                        target->plugin->name);
}

static void check_events(struct checker *c)
{
    const struct fs_node *list = fs_node_get(c->tree, "events");
    const struct fs_node *node = list ? list->child : NULL;
    for (int i = 0; i < c->spec->n_events; i++, node = node ? node->next : NULL)
        check_event(c, &c->spec->event[i], node);
}

static void check_alarm_price(struct checker *c, const struct fs_alarm_spec *alarm)
{
    const char *name = fs_alarm_price(alarm);
    const struct fs_prices *prices = c->spec->prices;
    if (!prices || !name || strcmp(name, FS_PRICE_FREE) == 0) return;
    const struct fs_price_item *item = fs_prices_find(prices, name);
    if (!item)
        fs_report_error(c->report, place_at(c, "alarms", alarm->name, NULL),
                        "add it, with unit, price, source and date, or set its price to free",
                        "no price in %s for the alarm '%s': %s", prices->name, alarm->name, name);
    else if (strcmp(item->unit, "month") != 0)
        fs_report_error(c->report, place_at(c, "alarms", alarm->name, NULL), NULL,
                        "'%s' is a price for '%s', but an alarm is paid for by the 'month'", name,
                        item->unit);
}

static void check_alarms(struct checker *c)
{
    for (int i = 0; i < c->spec->n_alarms; i++) {
        const struct fs_alarm_spec *alarm = &c->spec->alarm[i];
        const struct fs_alarm_type *type = alarm->alarm.plugin->type;
        check_alarm_price(c, alarm);
        const struct fs_node *node = fs_node_get(fs_node_get(c->tree, "alarms"), alarm->name);
        if (node->kind == FS_NODE_MAP && node->child) node = node->child;
        if (type->check)
            type->check(alarm->alarm.params, c->spec,
                        fs_layer_complaints(c->arena, c->report, fs_layer_on(c->arena, node, NULL),
                                            place_at(c, "alarms", alarm->name, NULL)));
    }
}

/* A reference row may say (in `registry`) of which mechanism its target must be. */
static void check_ref(struct checker *c, const struct fs_component_spec *component,
                      const struct fs_param *row, const void *in, const char *key)
{
    const int at = index_of(c, *(const char *const *)in);
    if (at < 0) return;
    const struct fs_component_spec *target = &c->spec->component[at];
    c->reached[at] = true;
    if (row->registry && strcmp(target->plugin->name, row->registry) != 0)
        fs_report_error(c->report, place_at(c, "components", component->name, key), NULL,
                        "'%s' is a %s; '%s' needs a %s", target->name, target->plugin->name,
                        row->key, row->registry);
}

/* `key` is that of the component's own row that `rows` stand below; NULL: none. */
static void check_refs(struct checker *c, const struct fs_component_spec *component,
                       const struct fs_param *rows, const void *in, const char *key)
{
    for (const struct fs_param *row = rows; row->key; row++) {
        const void *field = (const char *)in + row->offset;
        const char *outer = key ? key : row->key;
        if (row->kind == FS_P_GROUP && row->rows) check_refs(c, component, row->rows, field, outer);
        if (row->kind == FS_P_REF) check_ref(c, component, row, field, outer);
        if (row->kind == FS_P_PLUGIN) {
            const struct fs_plugin_value *value = field;
            if (value->plugin) check_refs(c, component, value->plugin->rows, value->params, outer);
        }
        if (row->kind != FS_P_LIST && row->kind != FS_P_MAP) continue;
        const struct fs_list *list = field;
        for (int i = 0; i < list->n; i++)
            check_refs(c, component, row->rows, (const char *)list->item + (size_t)i * row->size,
                       outer);
    }
}

static void check_with_others(struct checker *c, const struct fs_component_spec *component)
{
    const struct fs_node *node = fs_node_get(c->tree, "components");
    node = node ? fs_node_get(node, component->name) : NULL;
    if (type_of(component)->check)
        type_of(component)->check(
            component, c->spec,
            fs_layer_complaints(c->arena, c->report, fs_layer_on(c->arena, node, NULL),
                                place_at(c, "components", component->name, NULL)));
}

static void check_charge(struct checker *c, const struct fs_component_spec *component,
                         const struct fs_charge *charge, const char *name)
{
    const struct fs_prices *prices = c->spec->prices;
    const struct fs_price_item *item = fs_prices_on(prices, name, &component->terms);
    const struct fs_place place = place_at(c, "components", component->name, NULL);
    if (item && strcmp(item->unit, charge->unit) != 0)
        fs_report_error(c->report, place, NULL,
                        "'%s' is a price for '%s', but %s is metered in '%s'", name, item->unit,
                        charge->line, charge->unit);
}

/* What a list, perhaps of another region, would need; all lines of a component in one message. */
static void check_there(struct checker *c, const struct fs_component_spec *component)
{
    const struct fs_prices *prices = c->spec->prices;
    const char *missing = "", *last = "";
    for (const struct fs_charge *k = type_of(component)->charges; k && k->line; k++) {
        const char *name = fs_bill_price(component, k);
        if (!name || strcmp(name, FS_PRICE_FREE) == 0 || strcmp(k->line, last) == 0 ||
            fs_prices_on(prices, name, &component->terms))
            continue;
        missing =
            fs_arena_format(c->arena, "%s%s%s: %s", missing, *missing ? ", " : "", k->line, name);
        last = k->line;
    }
    if (!*missing) return;
    fs_report_error(
        c->report, place_at(c, "components", component->name, NULL),
        fs_arena_format(
            c->arena,
            "add them to prices/%s.yaml beside the scenario or to a list "
            "that stands 'after' it, each with unit, price, source and "
            "date; or set price_<line> of '%s' to null: the bill then says \"not priced\"",
            prices->name, component->name),
        "no price in %s for '%s': %s", prices->name, component->name, missing);
}

/* A term that changes none of a component's prices was meant to change one. */
static void check_term(struct checker *c, const struct fs_component_spec *component,
                       const struct fs_terms_params *with, const struct fs_terms_params *without,
                       const char *key)
{
    const struct fs_charge *charge = type_of(component)->charges;
    for (; charge && charge->line; charge++) {
        const char *name = ref_at(component, charge->price);
        if (name && fs_prices_on(c->spec->prices, name, with) !=
                        fs_prices_on(c->spec->prices, name, without))
            return;
    }
    fs_report_error(c->report, place_at(c, "components", component->name, key), NULL,
                    "price list %s has no such price for '%s'", c->spec->prices->name,
                    component->name);
}

static bool is_priced(const struct fs_component_spec *component)
{
    const struct fs_charge *charge = type_of(component)->charges;
    while (charge && charge->line && !ref_at(component, charge->price))
        charge++;
    return charge && charge->line;
}

/* Each for itself: reserved capacity of an architecture that cannot be reserved is none. What has
 * no prices has an architecture all the same. */
static void check_terms(struct checker *c, const struct fs_component_spec *component)
{
    const struct fs_terms_params *terms = &component->terms, plain = {0, 0};
    const struct fs_terms_params built = {.architecture = terms->architecture};
    if (terms->architecture != 0 && is_priced(component))
        check_term(c, component, &built, &plain, "architecture");
    if (terms->purchase != 0) check_term(c, component, terms, &built, "purchase");
}

/* A charge's quantity at offset 0 means that there is none, so no row that could be one is there.
 */
static void assert_no_quantity_first(const struct fs_component_spec *component)
{
    const struct fs_charge *charge = type_of(component)->charges;
    for (const struct fs_param *row = component->plugin->rows; charge && row->key; row++)
        fs_assert(NULL, row->offset > 0 || row->kind != FS_P_SCALAR ||
                            !fs_dimension_whole(row->dimension));
}

static void check_charges(struct checker *c, const struct fs_component_spec *component)
{
    const struct fs_charge *charge = type_of(component)->charges;
    assert_no_quantity_first(component);
    if (!c->spec->prices) return;
    check_there(c, component);
    for (; charge && charge->line; charge++) {
        const char *name = ref_at(component, charge->price);
        if (name && strcmp(name, FS_PRICE_FREE) != 0) check_charge(c, component, charge, name);
    }
    check_terms(c, component);
}

/* A queue that others give up to is for people to look into, and to be sent back from. */
static void check_pulled(const struct checker *c, const struct fs_component_spec *reader)
{
    const int from =
        type_of(reader)->pulls ? index_of(c, ref_at(reader, type_of(reader)->pulls_from)) : -1;
    if (from < 0 || c->passed[from]) return;
    const struct fs_place place = place_at(c, "components", reader->name, "from");
    if (strcmp(c->spec->name, "base") == 0)
        fs_report_error(c->report, place,
                        "what others give up is looked at there, or sent back by a redrive",
                        "no path passes '%s', so '%s' never gets anything from it",
                        c->spec->component[from].name, reader->name);
    else
        fs_report_warning(c->report, place, NULL,
                          "no path passes '%s' in variant '%s', '%s' never gets anything from it",
                          c->spec->component[from].name, c->spec->name, reader->name);
}

static void check_reached(const struct checker *c)
{
    for (int i = 0; i < c->spec->n_components; i++) {
        const struct fs_component_spec *component = &c->spec->component[i];
        check_pulled(c, component);
        if (c->reached[i] || !type_of(component)->accept) continue;
        const struct fs_place place = place_at(c, "components", component->name, NULL);
        if (strcmp(c->spec->name, "base") == 0)
            fs_report_error(c->report, place, "put it on a path or remove it",
                            "no request ever reaches '%s'", component->name);
        else
            fs_report_warning(c->report, place, NULL,
                              "no request ever reaches '%s' in variant '%s'", component->name,
                              c->spec->name);
    }
}

void fs_graph_check(struct fs_arena *arena, const struct fs_variant_spec *spec,
                    const struct fs_node *tree, struct fs_report *report)
{
    struct checker c = {.arena = arena, .spec = spec, .tree = tree, .report = report};
    c.reached = fs_arena_alloc(arena, (size_t)spec->n_components + 1);
    c.passed = fs_arena_alloc(arena, (size_t)spec->n_components + 1);
    for (int i = 0; i < spec->n_classes; i++)
        check_path(&c, &spec->traffic[i]);
    if (fs_spec_is_dealt(spec)) check_members(&c);
    for (int i = 0; i < spec->n_components; i++) {
        const struct fs_component_spec *component = &spec->component[i];
        check_refs(&c, component, component->plugin->rows, component->params, NULL);
        if (type_of(component)->pulls) check_pull(&c, component);
        check_with_others(&c, component);
        if (type_of(component)->attach) check_keeper(&c, component);
        check_charges(&c, component);
    }
    check_reached(&c);
    check_events(&c);
    check_alarms(&c);
}
