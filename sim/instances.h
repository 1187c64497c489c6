/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first instances of a subject (environments, tasks, nodes), for a trace of what each of them
 * does. The subject tells of each that comes and goes, which is rare; what they do is looked at
 * from outside at equal moments, so that work itself knows nothing of it. Nobody watches as long as
 * there is no room.
 */
#ifndef FS_SIM_INSTANCES_H
#define FS_SIM_INSTANCES_H

struct fs_instances {
    const void **here; /* in the order in which they came; NULL: gone */
    int n, room;
};

static inline void fs_instances_come(struct fs_instances *x, const void *instance)
{
    if (x->n < x->room) x->here[x->n++] = instance;
}

/* O(n) where somebody watches. */
static inline void fs_instances_go(struct fs_instances *x, const void *instance)
{
    for (int i = 0; i < x->n; i++) {
        if (x->here[i] == instance) x->here[i] = 0;
    }
}

#endif
