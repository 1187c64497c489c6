/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of a run: how long, how often, from which seed, recorded how finely. */
#include "spec.h"

static const char *const represents[] = {"nothing",       "once per hour",  "once per day",
                                         "once per week", "once per month", NULL};

static const char *const kinds[] = {"terminating", "steady_state", NULL};

static const struct fs_param together[] = {
    {"", FS_P_TEXT, FS_D_COUNT, 0, NULL, 0, 0, .doc = "A metric's path."}, {.key = NULL}};

#define ROW(field) .offset = offsetof(struct fs_run_params, field)

const struct fs_param fs_run_rows[] = {
    {"kind", FS_P_CHOICE, FS_D_COUNT, ROW(kind), "terminating", 0, 0,
     .doc = "Whether the run as it is, its start included, is what is asked about, or the state "
            "that it settles into: then the start is cut off and one long run gives intervals.",
     .choices = kinds},
    {"length", FS_P_SCALAR, FS_D_TIME, ROW(length), NULL, 1e-6, 3.2e9, .doc = "Simulated time."},
    {"replications", FS_P_SCALAR, FS_D_COUNT, ROW(replications), "1", 1, FS_REPLICATIONS_MAX,
     .doc = "Independent repetitions with their own random streams; intervals need at least two."},
    {"seed", FS_P_SCALAR, FS_D_COUNT, ROW(seed), "1", 0, 9.2e18,
     .doc = "Root of every random stream; same scenario and seed, same bytes."},
    {"intervals", FS_P_SCALAR, FS_D_COUNT, ROW(intervals), "600", 1, 10000,
     .doc = "Equal intervals that time series are recorded in."},
    {"confidence", FS_P_SCALAR, FS_D_FRACTION, ROW(confidence), "95%", 0.5, 0.9999,
     .doc = "Confidence level of every interval."},
    {"represents", FS_P_CHOICE, FS_D_COUNT, ROW(represents), "nothing", 0, 0,
     .doc = "How often such a run happens; without it, money is projected to a month only for runs "
            "of a day or more.",
     .choices = represents},
    {"until", FS_P_TEXT, FS_D_COUNT, ROW(until), "", 0, 0,
     .doc = "Add replications until an interval is as narrow as this: 'p99 ± 5%' (of every "
            "traffic class) or a metric's path, as in 'cost.usd_per_month ± 2%'. At least ten, or "
            "as many as `replications` says when that is more."},
    {"budget", FS_P_SCALAR, FS_D_COUNT, ROW(budget), "1000", 2, 100000,
     .doc = "The most replications that `until` may take."},
    {"parts", FS_P_SCALAR, FS_D_COUNT, ROW(parts), "1", 1, FS_REPLICATIONS_MAX,
     .doc =
         "Parts of a fleet that is too large for one run: so many independent accounts, or the "
         "functions of a trace dealt out to so many runs. These share the costs of what is there "
         "once, such as a gateway, a balancer, a cluster, an alarm; tasks, instances and shards "
         "that they run on are each part's own. A sweep over `part` runs them all and puts them "
         "together."},
    {"part", FS_P_SCALAR, FS_D_COUNT, ROW(part), "1", 1, FS_REPLICATIONS_MAX,
     .doc = "The part that this run is, from 1."},
    {"together", FS_P_LIST, FS_D_COUNT, ROW(together), "", 0, 0,
     .doc = "Numbers that an answer rests on, such as traffic.web.latency.p99: their intervals, of "
            "all variants, are widened to hold together at the `confidence`, and variants are "
            "compared in them.",
     .rows = together, .size = sizeof(const char *)},
    {"trace", FS_P_GROUP, FS_D_COUNT, ROW(trace), "", 0, 0,
     .doc = "A trace of what single environments, tasks and nodes do, for `plot --picture gantt`.",
     .rows = fs_watch_rows},
    {.key = NULL}};
