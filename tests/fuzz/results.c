/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stranger's results file, which has to get past the checksum before HDF5 sees it. */
#include "results.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fs_failure failure = {""};
    struct fs_results *results;
    if (fs_results_open(fuzz_file("it.h5", data, size), &results, &failure) == FS_OK) {
        fs_results_hash(results);
        fs_results_close(results);
    } else if (!*failure.text) {
        abort();
    }
    return 0;
}
