/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fleetsim reference`: the whole language as one Markdown page, printed from the tables. */
#include "alarm.h"
#include "bind.h"
#include "commands.h"
#include "component.h"
#include "registry.h"
#include "traffic.h"

#include <string.h>

static void rows(const char *title, const char *doc, const struct fs_param *table)
{
    printf("\n## %s\n\n%s\n\n", title, doc);
    fs_reference_rows(stdout, table);
}

static void metrics(const struct fs_metric *table)
{
    static const char *const kinds[] = {"counter", "gauge", "latency"};
    puts("\n| metric | kind | unit | meaning |\n|---|---|---|---|");
    for (; table->name; table++)
        printf("| `%s` | %s | %s | %s |\n", table->name, kinds[table->kind], table->unit,
               table->doc);
}

static void one_plugin(const struct fs_registry *registry, const struct fs_plugin *plugin)
{
    printf("\n### %s\n\n%s\n", plugin->name, plugin->doc);
    if (plugin->rows->key) {
        putchar('\n');
        fs_reference_rows(stdout, plugin->rows);
    }
    if (strcmp(registry->name, "components") == 0)
        metrics(((const struct fs_component_type *)plugin->type)->metrics);
}

int fs_command_reference(const struct fs_options *options)
{
    (void)options;
    puts(
        "# Reference of the scenario language\n\nPrinted by `fleetsim reference`. A component also "
        "takes `platform`, a file that gives defaults to its keys\n(`fleetsim list platforms`).");
    rows("run", "The run.", fs_run_rows);
    rows("account", "What all components share.", fs_account_rows);
    rows("traffic.<class>", "Who asks, and for what.", fs_traffic_rows);
    metrics(fs_traffic_metrics);
    rows("components.<component>", "What every component takes besides its mechanism's keys.",
         fs_terms_rows);
    rows("events", "A list of what happens when.", fs_event_rows);
    rows("alarms.<alarm>", "Who would notice, when, and what had been spent by then.",
         fs_alarm_rows);
    metrics(fs_alarm_metrics);
    for (int i = 0; fs_registries[i]; i++) {
        printf("\n## %s\n", fs_registries[i]->name);
        for (int k = 0; fs_registries[i]->plugin[k]; k++)
            one_plugin(fs_registries[i], fs_registries[i]->plugin[k]);
    }
    return FS_OK;
}
