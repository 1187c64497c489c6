/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lookups in the lists of plug-ins that the build has written. */
#include "registry.h"

#include <string.h>

const struct fs_registry *fs_registry_find(const char *name)
{
    for (int i = 0; fs_registries[i]; i++) {
        if (strcmp(fs_registries[i]->name, name) == 0) return fs_registries[i];
    }
    return NULL;
}

const struct fs_plugin *fs_plugin_find(const struct fs_registry *registry, const char *name)
{
    for (int i = 0; registry && registry->plugin[i]; i++) {
        if (strcmp(registry->plugin[i]->name, name) == 0) return registry->plugin[i];
    }
    return NULL;
}
