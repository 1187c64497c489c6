/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spec.h"

#include <string.h>

const struct fs_component_spec *fs_spec_component(const struct fs_variant_spec *spec,
                                                  const char *name)
{
    for (int i = 0; name && i < spec->n_components; i++) {
        if (strcmp(spec->component[i].name, name) == 0) return &spec->component[i];
    }
    return NULL;
}
