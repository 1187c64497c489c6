/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A study as JSON: variants.<v>.<path of the view>, every number an object {value, low, high} in
 * its unit (s, USD, 1), `why` where there is no whole interval, null where there is no number;
 * together.numbers[]: those whose intervals hold together; comparison.statements[]: the differences
 * between variants.
 */
#ifndef FS_SCENARIOS_JSON_H
#define FS_SCENARIOS_JSON_H

#include "analysis.h"
#include "study.h"

void fs_study_json(const struct fs_study *study, FILE *out);

/* A JSON string with its quotes. */
void fs_json_text(FILE *out, const char *text);
/* "value": 1, "low": 0.5, "high": null, "why": "insufficient" */
void fs_json_estimate(FILE *out, const struct fs_estimate *estimate);
/* The shortest number that reads back exactly, or null. */
void fs_json_number(FILE *out, double value);

#endif
