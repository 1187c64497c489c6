/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spec.h"

#include "arrival.h"

#include <string.h>

const struct fs_component_spec *fs_spec_component(const struct fs_variant_spec *spec,
                                                  const char *name)
{
    for (int i = 0; name && i < spec->n_components; i++) {
        if (strcmp(spec->component[i].name, name) == 0) return &spec->component[i];
    }
    return NULL;
}

int fs_class_members(const struct fs_class_spec *class)
{
    const struct fs_plugin_value *arrivals = &class->params.arrivals;
    const struct fs_arrival_type *type = arrivals->plugin->type;
    return type->members ? type->members(arrivals->params) : 1;
}

bool fs_spec_is_dealt(const struct fs_variant_spec *spec)
{
    for (int i = 0; i < spec->n_classes; i++) {
        if (fs_class_members(&spec->traffic[i]) > 1) return true;
    }
    return false;
}
