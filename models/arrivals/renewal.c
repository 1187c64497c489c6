/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Independent gaps of any distribution; the first arrival comes one gap after the start. A run
 * therefore begins with what such a process does behind an arrival, which for bursty gaps is more
 * than its long-run rate.
 */
#include "arrival.h"
#include "dist.h"

struct renewal {
    struct fs_dist gap;
};

static const struct fs_param rows[] = {{"gap", FS_P_DIST, FS_D_TIME, offsetof(struct renewal, gap),
                                        NULL, 0, 0, .doc = "Time from one arrival to the next."},
                                       {.key = NULL}};

static void check(const void *params, struct fs_complaints *complaints)
{
    const struct renewal *renewal = params;
    if (fs_dist_mean(&renewal->gap) < 100)
        fs_complain(complaints, "gap", "the mean gap must be at least 100ns");
}

static void next(void *state, const void *params, fs_time previous, struct fs_stream *stream,
                 struct fs_arrival *out)
{
    const struct renewal *renewal = params;
    (void)state;
    const fs_time gap = fs_dist_draw_time(&renewal->gap, stream);
    *out = (struct fs_arrival){gap > FS_NEVER - previous ? FS_NEVER : previous + gap, 0, -1};
}

static const struct fs_arrival_type type = {.next = next, .stationary = true};

const struct fs_plugin fs_arrivals_renewal = {.name = "renewal",
                                              .doc = "Independent gaps of a given distribution.",
                                              .size = sizeof(struct renewal),
                                              .rows = rows,
                                              .type = &type,
                                              .check = check};
