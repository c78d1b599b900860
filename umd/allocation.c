/* SPDX-License-Identifier: MIT */
#include "umd/allocation.h"

#include "umd/device.h"
#include "umd/error.h"

enum vit_status umd_allocation_create(struct umd_device *device, enum vit_allocation_kind kind,
        const struct vit_surface *surface, uint32_t output, D3DKMT_HANDLE *handle)
{
    uint8_t block[VIT_ALLOCATION_BLOCK_LEN];
    vit_allocation_block_encode(&(struct vit_allocation_block){ .kind = kind,
                                        .width = surface->width,
                                        .height = surface->height,
                                        .format = surface->format,
                                        .size = surface->size },
            block);
    D3DDDI_ALLOCATIONINFO info = { .pPrivateDriverData = block,
        .PrivateDriverDataSize = sizeof(block) };
    if (kind >= VIT_ALLOCATION_PRIMARY) {
        info.Flags.Primary = 1;
        info.VidPnSourceId = output;
    }
    D3DDDICB_ALLOCATE allocate = { .NumAllocations = 1, .pAllocationInfo = &info };
    VIT_TRY(umd_status(device->callbacks->pfnAllocateCb(device->runtime, &allocate)));
    if (info.hAllocation == 0) {
        return VIT_E_GONE;
    }
    *handle = info.hAllocation;
    return VIT_OK;
}

void umd_allocation_destroy(struct umd_device *device, D3DKMT_HANDLE handle)
{
    if (handle == 0) {
        return;
    }
    D3DDDICB_DEALLOCATE deallocate = { .NumAllocations = 1, .HandleList = &handle };
    (void)device->callbacks->pfnDeallocateCb(device->runtime, &deallocate);
}

enum vit_status umd_allocation_lock(struct umd_device *device, D3DKMT_HANDLE *handle,
        D3DDDICB_LOCKFLAGS flags, uint8_t **data)
{
    D3DDDICB_LOCK lock = { .hAllocation = *handle, .Flags = flags };
    lock.Flags.LockEntire = 1;
    VIT_TRY(umd_status(device->callbacks->pfnLockCb(device->runtime, &lock)));
    if (lock.pData == NULL || lock.hAllocation == 0) {
        umd_allocation_unlock(device, *handle);
        return VIT_E_GONE;
    }
    *handle = lock.hAllocation;
    *data = lock.pData;
    return VIT_OK;
}

void umd_allocation_unlock(struct umd_device *device, D3DKMT_HANDLE handle)
{
    D3DDDICB_UNLOCK unlock = { .NumAllocations = 1, .phAllocations = &handle };
    (void)device->callbacks->pfnUnlockCb(device->runtime, &unlock);
}
