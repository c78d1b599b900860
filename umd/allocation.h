/* SPDX-License-Identifier: MIT */
/**
 * Kernel allocations by pfnAllocateCb, pfnDeallocateCb, pfnLockCb and pfnUnlockCb. All of them
 * belong to the device, not to a kernel resource, so that identities can be rotated freely.
 */
#ifndef UMD_ALLOCATION_H
#define UMD_ALLOCATION_H

#include <stdint.h>

#include "d3dumddi.h"
#include "wire/kmd.h"
#include "wire/surface.h"

struct umd_device;

/* @param output  of a primary: the number of the output that will show it */
VIT_RESULT umd_allocation_create(struct umd_device *device, enum vit_allocation_kind kind,
        const struct vit_surface *surface, uint32_t output, D3DKMT_HANDLE *handle);
/* Nothing unsubmitted may refer to it. */
void umd_allocation_destroy(struct umd_device *device, D3DKMT_HANDLE handle);

/**
 * Makes the bytes visible, and waits until the device is done with them unless flags say otherwise.
 *
 * @param handle  may be replaced by a Discard
 * @return VIT_E_BUSY with DonotWait: still in use
 */
VIT_RESULT umd_allocation_lock(struct umd_device *device, D3DKMT_HANDLE *handle,
        D3DDDICB_LOCKFLAGS flags, uint8_t **data);
void umd_allocation_unlock(struct umd_device *device, D3DKMT_HANDLE handle);

#endif
