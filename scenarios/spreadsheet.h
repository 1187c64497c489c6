/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every number of a study as comma-separated values (RFC 4180), for spreadsheets: a line for each
 * variant and number, with its interval, or why there is none.
 */
#ifndef FS_SCENARIOS_SPREADSHEET_H
#define FS_SCENARIOS_SPREADSHEET_H

#include "study.h"

#include <stdio.h>

void fs_spreadsheet_study(const struct fs_study *study, FILE *out);

/* A field that is a text, in quotes. What a spreadsheet would take for a formula gets an apostrophe
 * in front, as people write it there; what could steer a terminal stands as an escape. */
void fs_spreadsheet_text(FILE *out, const char *text);

#endif
