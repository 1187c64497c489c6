/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sections of a scenario around the tables' own schemas. Which keys a component takes depends
 * on its platform: one if/then for each platform that there is.
 */
#include "scenario.h"

#include "alarm.h"
#include "bind.h"
#include "json.h"
#include "named.h"
#include "platform.h"
#include "registry.h"

#include <string.h>

static struct fs_node *no_preset(void *self, const char *registry, const char *name,
                                 const char **plugin)
{
    (void)self;
    (void)registry;
    (void)name;
    (void)plugin;
    return NULL;
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

static void platform_enum(FILE *out, const char *const *names)
{
    fputs("{\"enum\": [", out);
    for (int i = 0; names[i]; i++) {
        if (i) fputs(", ", out);
        fs_json_text(out, names[i]);
    }
    fputs("], \"description\": \"A file of models/platforms: what the component behaves like.\"}",
          out);
}

static void one_platform(FILE *out, const char *name, const struct fs_plugin *plugin,
                         const struct fs_names *names)
{
    struct fs_param terms[FS_TERMS_ROWS + 1];
    fputs("\n          {\"if\": {\"required\": [\"platform\"], \"properties\": {\"platform\": "
          "{\"const\": ",
          out);
    fs_json_text(out, name);
    fputs("}}},\n           \"then\": {\"additionalProperties\": false, \"properties\": "
          "{\"platform\": {},",
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
    const char *const *platforms = fs_platforms_list(arena, "components", NULL);
    const struct fs_registry *registry = fs_registry_find("components");
    bool first = true;
    section(out, "components");
    fputs("{\"type\": \"object\", \"description\": \"What answers.\", \"additionalProperties\": "
          "{\n        \"type\": \"object\",\n        \"properties\": {\"platform\": ",
          out);
    platform_enum(out, platforms);
    fputs(", \"mechanism\": {\"type\": \"string\"}},\n        \"allOf\": [", out);
    for (int k = 0; registry->plugin[k]; k++) {
        const char *const *of = fs_platforms_list(arena, registry->plugin[k]->name, NULL);
        for (int i = 0; of[i]; i++) {
            if (!first) fputc(',', out);
            first = false;
            one_platform(out, of[i], registry->plugin[k], names);
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
        .self = arena, .preset = no_preset, .presets = presets, .all_named = named};
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
    platform_enum(out, fs_platforms_list(arena, "account", NULL));
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
