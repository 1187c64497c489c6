/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table of chains that doubles when it is full; the old slots stay in the run's arena. */
#include "seen.h"

#include "rng.h"

struct fs_seen_entry {
    struct fs_delay_node node; /* first */
    struct fs_seen_entry *next;
    const struct fs_class *class;
    uint64_t number;
    uint8_t mark;
};

#define FIRST_SLOTS 64

static struct fs_seen_entry **slot_of(const struct fs_seen *seen, uint64_t number)
{
    return &seen->slot[fs_mix(number) & (seen->slots - 1)];
}

static void forget(struct fs_sim *sim, void *self, uintptr_t arg)
{
    struct fs_seen *seen = self;
    struct fs_seen_entry *entry = (struct fs_seen_entry *)arg;
    struct fs_seen_entry **link = slot_of(seen, entry->number);
    (void)sim;
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    fs_slab_put(&seen->entries, entry);
    seen->n--;
}

void fs_seen_new(struct fs_seen *seen, struct fs_sim *sim, fs_time window)
{
    struct fs_arena *arena = fs_sim_arena(sim);
    *seen = (struct fs_seen){.sim = sim, .slots = FIRST_SLOTS};
    seen->slot = fs_arena_alloc(arena, seen->slots * sizeof(struct fs_seen_entry *));
    fs_slab_new(&seen->entries, arena, sizeof(struct fs_seen_entry));
    fs_delay_list_new(sim, &seen->forget, window, forget, seen);
}

static void grow(struct fs_seen *seen)
{
    struct fs_seen_entry **old = seen->slot;
    const size_t slots = seen->slots;
    seen->slots *= 2;
    seen->slot =
        fs_arena_alloc(fs_sim_arena(seen->sim), seen->slots * sizeof(struct fs_seen_entry *));
    for (size_t i = 0; i < slots; i++) {
        for (struct fs_seen_entry *entry = old[i], *next; entry; entry = next) {
            struct fs_seen_entry **link = slot_of(seen, entry->number);
            next = entry->next;
            entry->next = *link;
            *link = entry;
        }
    }
}

static struct fs_seen_entry *find(const struct fs_seen *seen, const struct fs_class *class,
                                  uint64_t number)
{
    struct fs_seen_entry *entry = *slot_of(seen, number);
    while (entry && (entry->number != number || entry->class != class))
        entry = entry->next;
    return entry;
}

static struct fs_seen_entry *add(struct fs_seen *seen, const struct fs_class *class,
                                 uint64_t number)
{
    struct fs_seen_entry **link = slot_of(seen, number);
    struct fs_seen_entry *entry = fs_slab_get(&seen->entries);
    *entry = (struct fs_seen_entry){.next = *link, .class = class, .number = number};
    *link = entry;
    fs_delay_join(seen->sim, &seen->forget, &entry->node);
    if (++seen->n > seen->slots) grow(seen);
    return entry;
}

bool fs_seen_before(struct fs_seen *seen, const struct fs_class *class, uint64_t number)
{
    if (find(seen, class, number)) return true;
    add(seen, class, number);
    return false;
}

uint8_t *fs_seen_mark(struct fs_seen *seen, const struct fs_class *class, uint64_t number,
                      bool make)
{
    struct fs_seen_entry *entry = find(seen, class, number);
    if (!entry && make) entry = add(seen, class, number);
    return entry ? &entry->mark : NULL;
}

void fs_seen_forget(struct fs_seen *seen, const struct fs_class *class, uint64_t number)
{
    struct fs_seen_entry *entry = find(seen, class, number);
    if (!entry) return;
    fs_delay_leave(seen->sim, &seen->forget, &entry->node);
    forget(seen->sim, seen, (uintptr_t)&entry->node);
}
