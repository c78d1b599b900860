/* SPDX-License-Identifier: MIT */
/**
 * Allocations of a device, singly or grouped under a runtime's resource, and their locks.
 */
#ifndef KMD_STUB_ALLOCATION_H
#define KMD_STUB_ALLOCATION_H

#include "kmd-stub/device.h"

struct vit_kmd_allocation {
    struct vit_kmd_device *device;
    uint32_t handle;
    struct vit_allocation_block block;
    struct vit_link_resource resource;
    uint32_t output; /* of a primary */
    unsigned lock_count;
    uint64_t last_use;                       /* sequence of the last submission that names it */
    struct vit_kmd_resource *group;          /* NULL: the device owns it */
    struct vit_kmd_allocation *next, **link; /* of all of the device */
    struct vit_kmd_allocation *group_next, **group_link;
};

/* A live allocation of this device, else NULL. */
struct vit_kmd_allocation *vit_kmd_allocation_find(const struct vit_kmd_device *device,
        D3DKMT_HANDLE handle);
void vit_kmd_allocations_destroy(struct vit_kmd_device *device);

HRESULT vit_kmd_allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data);
HRESULT vit_kmd_deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data);
HRESULT vit_kmd_lock(HANDLE hDevice, D3DDDICB_LOCK *data);
HRESULT vit_kmd_unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data);

#endif
