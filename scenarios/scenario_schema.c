/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sections of a scenario around the tables' own schemas. Which keys a component takes depends
 * on its platform or mechanism: one if/then for each that there is.
 */
#include "scenario.h"

#include "alarm.h"
#include "bind.h"
#include "json.h"
#include "named.h"
#include "platform.h"
#include "registry.h"

static struct fs_node *preset(void *self, const char *registry, const char *name,
                              const char **plugin)
{
    struct fs_platform *platform;
    struct fs_failure failure;
    (void)registry;
    if (fs_platform_read(self, name, NULL, (struct fs_place){0}, &platform, fs_report_new(self),
                         &failure))
        return NULL;
    *plugin = platform->mechanism;
    return platform->values;
}

static const char *const *presets(void *self, const char *registry)
{
    return fs_platforms_list(self, registry, NULL);
}

static void section(FILE *out, const char *name)
{
    fputs(",\n    ", out);
    fs_json_text(out, name);
    fputs(": ", out);
}

static void text_section(FILE *out, const char *name, const char *doc)
{
    section(out, name);
    fputs("{\"type\": \"string\", \"description\": ", out);
    fs_json_text(out, doc);
    fputc('}', out);
}

static void name_enum(FILE *out, const char *const *names, const char *doc)
{
    fputs("{\"enum\": [", out);
    for (int i = 0; names[i]; i++) {
        if (i) fputs(", ", out);
        fs_json_text(out, names[i]);
    }
    fputs("], \"description\": ", out);
    fs_json_text(out, doc);
    fputc('}', out);
}

static const char platform_doc[] = "A file of models/platforms: what the component behaves like.";

static const char *const *plugin_names(struct fs_arena *arena, const struct fs_registry *registry)
{
    int n = 0;
    while (registry->plugin[n])
        n++;
    const char **names = fs_arena_alloc(arena, (size_t)(n + 1) * sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = registry->plugin[i]->name;
    return names;
}

/* What a component takes whose `key`, "platform" or "mechanism", is `name`. */
static void one_kind(FILE *out, const char *key, const char *name, const struct fs_plugin *plugin,
                     const struct fs_names *names)
{
    struct fs_param terms[FS_TERMS_ROWS + 1];
    fprintf(out,
            "\n          {\"if\": {\"required\": [\"%s\"], \"properties\": {\"%s\": {\"const\": ",
            key, key);
    fs_json_text(out, name);
    fputs("}}},\n           \"then\": {\"additionalProperties\": false, \"properties\": "
          "{\"platform\": {}, \"mechanism\": {},",
          out);
    fs_terms_rows_beside(plugin->rows, terms);
    if (terms->key) {
        fs_schema_properties(out, terms, names, 6);
        fputc(',', out);
    }
    fs_schema_properties(out, plugin->rows, names, 6);
    fputs("\n           }}}", out);
}

static void components(FILE *out, struct fs_arena *arena, const struct fs_names *names)
{
    const struct fs_registry *registry = fs_registry_find("components");
    section(out, "components");
    fputs("{\"type\": \"object\", \"description\": \"What answers.\", \"additionalProperties\": "
          "{\n        \"type\": \"object\",\n        \"properties\": {\"platform\": ",
          out);
    name_enum(out, fs_platforms_list(arena, "components", NULL), platform_doc);
    fputs(", \"mechanism\": ", out);
    name_enum(out, plugin_names(arena, registry), "What it is, all of it then said by hand.");
    fputs("},\n        \"allOf\": [", out);
    for (int k = 0; registry->plugin[k]; k++) {
        const struct fs_plugin *plugin = registry->plugin[k];
        const char *const *of = fs_platforms_list(arena, plugin->name, NULL);
        if (k) fputc(',', out);
        one_kind(out, "mechanism", plugin->name, plugin, names);
        for (int i = 0; of[i]; i++) {
            fputc(',', out);
            one_kind(out, "platform", of[i], plugin, names);
        }
    }
    fputs("\n        ]}}", out);
}

static const char *const *named(void *self)
{
    return fs_named_list(self, NULL);
}

enum fs_rc fs_scenario_schema(FILE *out, struct fs_failure *failure)
{
    struct fs_arena *arena = fs_arena_new();
    const struct fs_names names = {
        .self = arena, .preset = preset, .presets = presets, .all_named = named};
    fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"title\": \"fleetsim "
          "scenario\",\n  \"type\": \"object\",\n  \"required\": [\"fleetsim\"],\n  "
          "\"additionalProperties\": false,\n  \"properties\": {\n    \"fleetsim\": {\"const\": 1, "
          "\"description\": \"Version of the language.\"}",
          out);
    text_section(out, "title", "One line that names the scenario.");
    text_section(out, "story", "What happened, to whom, and where it can be read.");
    section(out, "run");
    fs_schema_rows(out, fs_run_rows, &names, 2);
    section(out, "account");
    fputs("{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"platform\": ",
          out);
    name_enum(out, fs_platforms_list(arena, "account", NULL), platform_doc);
    fputc(',', out);
    fs_schema_properties(out, fs_account_rows, &names, 3);
    fputs("\n    }}", out);
    section(out, "traffic");
    fputs("{\"type\": \"object\", \"description\": \"Who asks.\", \"additionalProperties\": ", out);
    fs_schema_rows(out, fs_traffic_rows, &names, 2);
    fputc('}', out);
    components(out, arena, &names);
    section(out, "events");
    fputs("{\"type\": \"array\", \"items\": ", out);
    fs_schema_rows(out, fs_event_rows, &names, 2);
    fputc('}', out);
    section(out, "alarms");
    fputs("{\"type\": \"object\", \"description\": \"Who would notice.\", "
          "\"additionalProperties\": ",
          out);
    fs_schema_rows(out, fs_alarm_rows, &names, 2);
    fputc('}', out);
    section(out, "variants");
    fputs(
        "{\"type\": \"object\", \"description\": \"Changes against which the same traffic is run: "
        "a map replaces, a dotted leaf overrides, null removes.\", \"additionalProperties\": "
        "{\"type\": [\"object\", \"null\"]}}",
        out);
    section(out, "expect");
    fputs("{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"description\": \"What must "
          "hold: variant.traffic.class.metric == 1000\"}\n  }\n}\n",
          out);
    fs_arena_free(arena);
    if (!ferror(out)) return FS_OK;
    return fs_fail(failure, "the schema: could not be written");
}
