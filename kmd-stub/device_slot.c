/* SPDX-License-Identifier: MIT */
/* What hRTDevice is: the address of a slot, with the slot's generation in the bits that its
 * alignment leaves free. Slots are freed with the adapter only. */
#include "kmd-stub/device_slot.h"

#include <stdlib.h>

enum { SLOT_ALIGNMENT = 64, GENERATION_MASK = SLOT_ALIGNMENT - 1 };

struct vit_kmd_device_slot {
    struct vit_kmd_adapter *adapter;
    struct vit_kmd_device *device; /* NULL: free */
    struct vit_kmd_device_slot *next_all, *next_free;
    unsigned generation; /* 1 to GENERATION_MASK, then retired */
    char padding[SLOT_ALIGNMENT - 4 * sizeof(void *) - sizeof(unsigned)];
};

_Static_assert(sizeof(struct vit_kmd_device_slot) == SLOT_ALIGNMENT, "one slot, one line");

static struct vit_kmd_device_slot *new_slot(struct vit_kmd_adapter *adapter)
{
    struct vit_kmd_device_slot *slot = aligned_alloc(SLOT_ALIGNMENT, sizeof(*slot));
    if (slot == NULL) {
        return NULL;
    }
    *slot = (struct vit_kmd_device_slot){ .adapter = adapter, .next_all = adapter->slots };
    adapter->slots = slot;
    return slot;
}

static struct vit_kmd_device_slot *take_slot(struct vit_kmd_adapter *adapter)
{
    struct vit_kmd_device_slot *slot = adapter->free_slots;
    if (slot == NULL) {
        return new_slot(adapter);
    }
    adapter->free_slots = slot->next_free;
    return slot;
}

enum vit_status vit_kmd_device_slot_take(struct vit_kmd_device *device, HANDLE *hRTDevice)
{
    struct vit_kmd_device_slot *slot = take_slot(device->adapter);
    if (slot == NULL) {
        return VIT_E_NOMEM;
    }
    slot->device = device;
    slot->generation++;
    device->slot = slot;
    *hRTDevice = (char *)slot + slot->generation;
    return VIT_OK;
}

void vit_kmd_device_slot_give(struct vit_kmd_device *device)
{
    struct vit_kmd_device_slot *slot = device->slot;
    slot->device = NULL;
    if (slot->generation < GENERATION_MASK) {
        slot->next_free = device->adapter->free_slots;
        device->adapter->free_slots = slot;
    }
}

void vit_kmd_device_slots_free(struct vit_kmd_adapter *adapter)
{
    while (adapter->slots != NULL) {
        struct vit_kmd_device_slot *slot = adapter->slots;
        adapter->slots = slot->next_all;
        free(slot);
    }
}

static struct vit_kmd_device_slot *slot_of(HANDLE hRTDevice, unsigned *generation)
{
    *generation = (unsigned)((uintptr_t)hRTDevice & GENERATION_MASK);
    return (struct vit_kmd_device_slot *)(void *)((char *)hRTDevice - *generation);
}

static struct vit_kmd_device *living(const struct vit_kmd_device_slot *slot, unsigned generation)
{
    return slot->generation == generation ? slot->device : NULL;
}

struct vit_kmd_device *vit_kmd_device_enter(HANDLE hRTDevice)
{
    if (hRTDevice == NULL) {
        return NULL;
    }
    unsigned generation;
    struct vit_kmd_device_slot *slot = slot_of(hRTDevice, &generation);
    struct vit_kmd_adapter *adapter = vit_kmd_adapter_enter(slot->adapter);
    if (adapter == NULL) {
        return NULL;
    }
    struct vit_kmd_device *device = living(slot, generation);
    if (device == NULL) {
        vit_kmd_adapter_leave(adapter);
    }
    return device;
}

void vit_kmd_device_leave(struct vit_kmd_device *device)
{
    vit_kmd_adapter_leave(device->adapter);
}

struct vit_kmd_device *vit_kmd_device_find(struct vit_kmd_adapter *adapter, HANDLE hRTDevice)
{
    if (hRTDevice == NULL) {
        return NULL;
    }
    unsigned generation;
    struct vit_kmd_device_slot *slot = slot_of(hRTDevice, &generation);
    return slot->adapter == adapter ? living(slot, generation) : NULL;
}
