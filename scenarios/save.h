/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A study as a results file. Layout, below the group of each variant:
 *   traffic/      dimensions class, replication, time, quantile, outcome, part, bin
 *                 arrived, requests(class, outcome, replication, time), in_flight_mean, latency,
 * ... <mechanism>/  dimensions component, replication, time, ...: the metrics of its components
 *   account/      the same for the account
 *   cost/         dimensions cost_item, replication, time: cost, quantity, usd, usd_per_month
 *   estimates/    dimension metric: value, low, high, unit, why: every number that `--json` prints
 * and on the root the title, version, seed, and the scenario with all defaults, enough to run
 * again, and over the dimension `statement` what variants differ in: comparison.value, .low, .high,
 * .variance_reduction, .metric, .variant, .unit, .why. A counter is its increase per interval; a
 * gauge m is m_mean, m_peak, m_last; a latency m its quantiles per interval, m_count, and
 * m_histogram over the bins that are used.
 */
#ifndef FS_SCENARIOS_SAVE_H
#define FS_SCENARIOS_SAVE_H

#include "study.h"

enum fs_rc fs_study_save(const struct fs_study *study, const char *path,
                         struct fs_failure *failure);

#endif
