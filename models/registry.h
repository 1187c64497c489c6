/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registries of plug-ins; the build writes their lists from the files in models/<name>/. */
#ifndef FS_MODELS_REGISTRY_H
#define FS_MODELS_REGISTRY_H

#include "param.h"

extern const struct fs_registry *const fs_registries[]; /* ends with NULL */

const struct fs_registry *fs_registry_find(const char *name);
const struct fs_plugin *fs_plugin_find(const struct fs_registry *registry, const char *name);

#endif
