/* SPDX-License-Identifier: MIT */
#include "kmd-stub/handles.h"

#include <assert.h>
#include <stdlib.h>

struct vit_handles_slot {
    void *value;         /* NULL: free */
    uint32_t next_free;  /* index + 1 */
    uint16_t generation; /* never 0 */
    uint16_t type;
};

void vit_handles_finish(struct vit_handles *handles)
{
    free(handles->slots);
    *handles = (struct vit_handles){ .capacity = 0 };
}

static enum vit_status grow(struct vit_handles *handles)
{
    if (handles->capacity >= VIT_HANDLES_MAX) {
        return VIT_E_LIMIT;
    }
    uint32_t capacity = handles->capacity == 0 ? 32 : handles->capacity * 2;
    struct vit_handles_slot *slots = realloc(handles->slots, capacity * sizeof(*slots));
    if (slots == NULL) {
        return VIT_E_NOMEM;
    }
    for (uint32_t i = capacity; i > handles->capacity; i--) {
        slots[i - 1] =
                (struct vit_handles_slot){ .generation = 1, .next_free = handles->free_head };
        handles->free_head = i;
    }
    handles->slots = slots;
    handles->capacity = capacity;
    return VIT_OK;
}

enum vit_status vit_handles_add(struct vit_handles *handles, enum vit_handle_type type, void *value,
        uint32_t *handle)
{
    assert(value != NULL);
    if (handles->free_head == 0) {
        VIT_TRY(grow(handles));
    }
    uint32_t index = handles->free_head - 1;
    struct vit_handles_slot *slot = &handles->slots[index];
    handles->free_head = slot->next_free;
    slot->value = value;
    slot->type = (uint16_t)type;
    *handle = (uint32_t)slot->generation << 16 | index;
    return VIT_OK;
}

static struct vit_handles_slot *find(const struct vit_handles *handles, uint32_t handle)
{
    uint32_t index = handle & 0xffff;
    if (index >= handles->capacity) {
        return NULL;
    }
    struct vit_handles_slot *slot = &handles->slots[index];
    return slot->value != NULL && slot->generation == handle >> 16 ? slot : NULL;
}

void *vit_handles_get(const struct vit_handles *handles, enum vit_handle_type type, uint32_t handle)
{
    const struct vit_handles_slot *slot = find(handles, handle);
    return slot != NULL && slot->type == type ? slot->value : NULL;
}

void vit_handles_remove(struct vit_handles *handles, uint32_t handle)
{
    struct vit_handles_slot *slot = find(handles, handle);
    assert(slot != NULL);
    slot->value = NULL;
    slot->generation++;
    /* A slot whose generations are used up is retired: a handle never comes back. */
    if (slot->generation != 0) {
        slot->next_free = handles->free_head;
        handles->free_head = (handle & 0xffff) + 1;
    }
}
