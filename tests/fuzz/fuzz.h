/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the fuzz targets share. Each target is one file, tests/fuzz/<target>.c. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef FS_TESTS_FUZZ_H
#define FS_TESTS_FUZZ_H

#include "complaint.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A folder of this process's own, in memory where there is such a place. */
__attribute__((unused)) static const char *fuzz_folder(void)
{
    static char name[40];
    if (!*name) {
        strcpy(name,
               access("/dev/shm", W_OK) == 0 ? "/dev/shm/fs_fuzz_XXXXXX" : "/tmp/fs_fuzz_XXXXXX");
        if (!mkdtemp(name)) abort();
    }
    return name;
}

/* Write the bytes as `name` in that folder; the path is good until the next call. */
__attribute__((unused)) static const char *fuzz_file(const char *name, const uint8_t *data,
                                                     size_t size)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) abort();
    return path;
}

/* A report with errors prints something, of a size that people can read, without a raw control
 * character; one without errors is no refusal. */
__attribute__((unused)) static void fuzz_refused(const struct fs_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (fs_report_errors(report) == 0) abort();
    fs_report_print(report, out, false);
    fclose(out);
    if (length == 0 || length > 100000) abort();
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if ((c < 32 && c != '\n') || c == 127) abort();
    }
    free(text);
}

#endif
