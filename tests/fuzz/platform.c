/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stranger's platform file and price list, beside a scenario; the first byte says which. */
#include "platform.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_arena *arena = fs_arena_new();
    struct fs_report *report = fs_report_new(arena);
    struct fs_failure failure;
    struct fs_platform *platform = NULL;
    struct fs_prices *prices = NULL;
    const bool is_prices = size > 0 && data[0] & 1;
    char folder[200];
    if (size > 0) data++, size--;
    snprintf(folder, sizeof folder, "%s/%s", fuzz_folder(), is_prices ? "prices" : "platforms");
    mkdir(folder, 0777);
    fuzz_file(is_prices ? "prices/it.yaml" : "platforms/it.yaml", data, size);
    const struct fs_place place = {0};
    const enum fs_rc rc =
        is_prices
            ? fs_prices_read(arena, "it", fuzz_folder(), place, &prices, report, &failure)
            : fs_platform_read(arena, "it", fuzz_folder(), place, &platform, report, &failure);
    if (rc == FS_INPUT) fuzz_refused(report);
    if (rc == FS_OK && !prices && !platform) abort();
    fs_arena_free(arena);
    return 0;
}
