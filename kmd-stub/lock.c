/* SPDX-License-Identifier: MIT */
#include "kmd-stub/allocation.h"
#include "kmd-stub/status.h"

static bool flags_fit(const D3DDDICB_LOCK *data)
{
    D3DDDICB_LOCKFLAGS flags = data->Flags;
    bool contradiction = (flags.ReadOnly && flags.WriteOnly) ||
            (flags.IgnoreSync && flags.AcquireAperture) ||
            (flags.UseAlternateVA && !flags.AcquireAperture) ||
            (flags.LockEntire && (data->NumPages != 0 || data->pPages != NULL));
    return !contradiction && flags.Reserved == 0 && data->PrivateDriverData == 0 &&
            data->GpuVirtualAddress == 0;
}

static bool pages_fit(const struct vit_kmd_allocation *allocation, const D3DDDICB_LOCK *data)
{
    uint64_t count = (allocation->block.size + 4095) / 4096;
    for (UINT i = 0; i < data->NumPages; i++) {
        if (data->pPages[i] >= count) {
            return false;
        }
    }
    return true;
}

/* Nothing is renamed here, so Discard waits as a plain lock does. */
static NTSTATUS wait_until_unused(const struct vit_kmd_allocation *allocation,
        D3DDDICB_LOCKFLAGS flags)
{
    struct vit_kmd_device *device = allocation->device;
    if (flags.IgnoreSync && !flags.Discard) {
        return STATUS_SUCCESS;
    }
    uint64_t limit = flags.DonotWait && !flags.Discard ? 0 : UINT64_MAX;
    enum vit_status status = vit_kmd_device_wait(device, allocation->last_use, limit);
    return vit_kmd_ntstatus(status == VIT_E_TIMEOUT ? VIT_E_BUSY : status);
}

static NTSTATUS lock(struct vit_kmd_device *device, D3DDDICB_LOCK *data)
{
    struct vit_kmd_allocation *allocation = vit_kmd_allocation_find(device, data->hAllocation);
    if (allocation == NULL || !flags_fit(data)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (allocation->resource.mapping == NULL) {
        return STATUS_INVALID_PARAMETER; /* protected: not visible to the CPU */
    }
    bool pages = data->NumPages != 0 && data->pPages != NULL;
    if (data->Flags.AcquireAperture || (!data->Flags.LockEntire && !pages)) {
        return STATUS_GRAPHICS_UNSWIZZLING_APERTURE_UNAVAILABLE;
    }
    if (!pages_fit(allocation, data)) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = wait_until_unused(allocation, data->Flags);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    allocation->lock_count++;
    data->pData = allocation->resource.mapping;
    return STATUS_SUCCESS;
}

HRESULT vit_kmd_lock(HANDLE hDevice, D3DDDICB_LOCK *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    return vit_kmd_hresult(lock(device, data));
}

enum { MAX_UNLOCKED = 1024 };

/* Takes one lock of each; false: the list ended at one that is not locked (so often). */
static bool take_locks(struct vit_kmd_device *device, const D3DDDICB_UNLOCK *data, UINT *taken)
{
    for (*taken = 0; *taken < data->NumAllocations; (*taken)++) {
        struct vit_kmd_allocation *allocation =
                vit_kmd_allocation_find(device, data->phAllocations[*taken]);
        if (allocation == NULL || allocation->lock_count == 0) {
            return false;
        }
        allocation->lock_count--;
    }
    return true;
}

static void give_locks(struct vit_kmd_device *device, const D3DDDICB_UNLOCK *data, UINT taken)
{
    for (UINT i = 0; i < taken; i++) {
        struct vit_kmd_allocation *allocation =
                vit_kmd_allocation_find(device, data->phAllocations[i]);
        if (allocation != NULL) {
            allocation->lock_count++;
        }
    }
}

HRESULT vit_kmd_unlock(HANDLE hDevice, const D3DDDICB_UNLOCK *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL || data->phAllocations == NULL ||
            data->NumAllocations == 0 || data->NumAllocations > MAX_UNLOCKED) {
        return E_INVALIDARG;
    }
    UINT taken;
    if (!take_locks(device, data, &taken)) {
        give_locks(device, data, taken);
        return E_INVALIDARG;
    }
    return S_OK;
}
