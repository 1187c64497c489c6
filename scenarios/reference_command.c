/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `fleetsim reference`: the whole language as one Markdown page, printed from the tables. */
#include "alarm.h"
#include "bind.h"
#include "commands.h"
#include "component.h"
#include "distform.h"
#include "quantity.h"
#include "registry.h"
#include "traffic.h"

#include <string.h>

static const char file_form[] =
    "# Reference of the scenario language\n"
    "\n"
    "Printed by `fleetsim reference`.\n"
    "\n"
    "## The file\n"
    "\n"
    "```yaml\n"
    "fleetsim: 1                       # the language's version\n"
    "title: A shop behind a queue\n"
    "run: {length: 1min, replications: 2}\n"
    "account: {platform: aws, concurrency: 100}\n"
    "traffic:\n"
    "  web:\n"
    "    arrivals: {poisson: {rate: 4/s}}\n"
    "    client: {timeout: 10s, retry: none}\n"
    "    path: [shop, jobs, worker]    # what a request passes\n"
    "    work:\n"
    "      shop: {cpu: 5ms, io: {exponential: {mean: 20ms}}}\n"
    "      worker: {cpu: {quantiles: {p50: 40ms, p99: 300ms}}}\n"
    "components:\n"
    "  shop:\n"
    "    platform: aws-fargate\n"
    "    tasks: 2\n"
    "    cpu: 500m\n"
    "    memory: 1GB\n"
    "    scaling: {maximum: 4, policies: [{target_tracking: {metric: cpu, target: 60%}}]}\n"
    "  jobs: {platform: aws-sqs}\n"
    "  pull: {platform: aws-lambda-sqs-mapping, from: jobs, to: worker, batch_size: 1}\n"
    "  worker: {platform: aws-lambda, memory: 512MB, timeout: 10s}\n"
    "variants:\n"
    "  as-it-is: {}\n"
    "  large: {components.worker.memory: 1769MB}\n"
    "  large-pods:\n"
    "    extends: large\n"
    "    components.shop.platform: aws-eks-pods\n"
    "    components.shop.cluster: nodes\n"
    "    components.shop.scaling.policies: [{kubernetes-hpa: {metrics: [{name: cpu, "
    "averageUtilization: 60}]}}]\n"
    "    components.nodes: {platform: aws-eks-cluster, autoscaling: karpenter}\n"
    "    components.group: {platform: aws-m6i-large, cluster: nodes, nodes: 2}\n"
    "  patient: {traffic.web.client.timeout: null}\n"
    "expect:\n"
    "  - large.components.worker.cold_starts < 100\n"
    "  - traffic.web/jobs.failed == 0\n"
    "```\n"
    "\n"
    "* Values carry units (below). Where a cell of a table says \"or a distribution\", a plain\n"
    "  value is constant.\n"
    "* `platform` is a file that gives defaults to the keys beside it (`fleetsim list "
    "platforms`).\n"
    "  `mechanism` instead takes a kind of component without any.\n"
    "* A policy is a name (`retry: none`) or a name with its keys (`arrivals: {poisson: {rate:\n"
    "  4/s}}`). Files of `fleetsim list platforms` stand there too, as a policy with its values:\n"
    "  `kubernetes-hpa`, `karpenter`.\n"
    "* A variant is a map of changes to the rest of the file, in their order: keys lead to a "
    "place\n"
    "  through dots (a list's items are `0`, `1`, ...), and what is written there takes the place\n"
    "  of all that stood there. `{}` changes nothing, `extends` begins with another variant.\n"
    "* `null` takes back what is below: in a variant what the file says, over a platform what the\n"
    "  platform says. An optional key is then absent, a map has its own defaults.\n"
    "* Behind a queue, a bus or a workflow a request goes on in a class of its own: `web/jobs` is\n"
    "  what `web` left in `jobs`; `web/bus:audit` what a bus passed on to its target `audit`.\n"
    "* `expect` holds lines `[VARIANT.]PATH OP VALUE` with `==`, `!=`, `<`, `<=`, `>` or `>=`;\n"
    "  without a variant, of each. A path is `traffic.CLASS.METRIC`, `components.NAME.METRIC`,\n"
    "  `account.METRIC`, `alarms.NAME.METRIC`, `cost.total_usd`, `cost.usd_per_month`,\n"
    "  `cost.usd_per_million`, `cost.not_priced` or `cost.COMPONENT.LINE.usd`.\n"
    "* Of a counter of traffic there is `.share` of what arrived too; of a gauge `.mean`, "
    "`.peak`,\n"
    "  `.last`; of a latency `.mean`, `.max`, `.count`, `.p50`, `.p90`, `.p95`, `.p99`, `.p999`.\n"
    "* From outside, a place is set with `--set` and gone through with `--vary`: a list, whole\n"
    "  numbers from one to another, or so many values from one to another:\n"
    "\n"
    "```sh\n"
    "fleetsim run scenario.yaml --variant large --set account.concurrency=50\n"
    "fleetsim sweep scenario.yaml --vary account.concurrency=50,100 --vary run.seed=1..2\n"
    "fleetsim sweep scenario.yaml --vary components.worker.timeout=5s..10s/3 -o by-timeout\n"
    "```\n";

static void units(struct fs_arena *arena)
{
    puts("\n## Units\n\nMemory is said as clouds say it, with an MB of 2^20 bytes; sizes of what "
         "is sent and stored as networks\ndo, with an MB of 10^6.\n\n| value | units | a whole "
         "number of |\n|---|---|---|");
    for (enum fs_dimension d = FS_D_COUNT; d <= FS_D_CPU; d++) {
        const char *base = fs_dimension_base(d);
        printf("| %s | %s | %s |\n", fs_dimension_doc(d), fs_dimension_units(arena, d),
               base ? base : "");
    }
}

static void distributions(struct fs_arena *arena)
{
    puts("\n## Distributions\n\nArguments are written in the units of the parameter; `fleetsim "
         "list distributions` names files of values\nthat may stand there as well.\n");
    fs_distform_reference(arena, stdout, NULL);
}

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
    struct fs_arena *arena = fs_arena_new();
    fputs(file_form, stdout);
    units(arena);
    distributions(arena);
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
    fs_arena_free(arena);
    return FS_OK;
}
