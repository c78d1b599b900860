/* SPDX-License-Identifier: MIT */
#include "base/ids.h"

#include <stdlib.h>

struct vit_ids_slot {
    void *value; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* index + 1 */
};

void vit_ids_init(struct vit_ids *ids, uint32_t limit)
{
    *ids = (struct vit_ids){ .limit = limit };
}

void vit_ids_finish(struct vit_ids *ids)
{
    free(ids->slots);
    *ids = (struct vit_ids){ .limit = ids->limit };
}

static enum vit_status grow(struct vit_ids *ids)
{
    uint32_t capacity = ids->capacity == 0 ? 16 : ids->capacity * 2;
    if (capacity < ids->capacity || capacity > ids->limit) {
        capacity = ids->limit;
    }
    struct vit_ids_slot *slots = realloc(ids->slots, capacity * sizeof(*slots));
    if (slots == NULL) {
        return VIT_E_NOMEM;
    }
    for (uint32_t i = capacity; i > ids->capacity; i--) {
        slots[i - 1] = (struct vit_ids_slot){ .generation = 1, .next_free = ids->free_head };
        ids->free_head = i;
    }
    ids->slots = slots;
    ids->capacity = capacity;
    return VIT_OK;
}

enum vit_status vit_ids_add(struct vit_ids *ids, void *value, uint64_t *id)
{
    if (value == NULL) {
        return VIT_E_ARG;
    }
    if (ids->free_head == 0 && ids->capacity >= ids->limit) {
        return VIT_E_LIMIT;
    }
    if (ids->free_head == 0) {
        VIT_TRY(grow(ids));
    }
    uint32_t index = ids->free_head - 1;
    struct vit_ids_slot *slot = &ids->slots[index];
    ids->free_head = slot->next_free;
    slot->value = value;
    ids->count++;
    *id = (uint64_t)slot->generation << 32 | index;
    return VIT_OK;
}

static struct vit_ids_slot *find(const struct vit_ids *ids, uint64_t id)
{
    uint32_t index = (uint32_t)id;
    if (index >= ids->capacity) {
        return NULL;
    }
    struct vit_ids_slot *slot = &ids->slots[index];
    return slot->value != NULL && slot->generation == id >> 32 ? slot : NULL;
}

void *vit_ids_get(const struct vit_ids *ids, uint64_t id)
{
    const struct vit_ids_slot *slot = find(ids, id);
    return slot == NULL ? NULL : slot->value;
}

void *vit_ids_remove(struct vit_ids *ids, uint64_t id)
{
    struct vit_ids_slot *slot = find(ids, id);
    if (slot == NULL) {
        return NULL;
    }
    void *value = slot->value;
    slot->value = NULL;
    slot->generation++;
    ids->count--;
    /* A slot whose generations are used up is retired: an id never comes back. */
    if (slot->generation != 0) {
        slot->next_free = ids->free_head;
        ids->free_head = (uint32_t)id + 1;
    }
    return value;
}

void *vit_ids_next(const struct vit_ids *ids, uint32_t *cursor, uint64_t *id)
{
    for (uint32_t i = *cursor; i < ids->capacity; i++) {
        const struct vit_ids_slot *slot = &ids->slots[i];
        if (slot->value != NULL) {
            *cursor = i + 1;
            *id = (uint64_t)slot->generation << 32 | i;
            return slot->value;
        }
    }
    *cursor = ids->capacity;
    return NULL;
}
