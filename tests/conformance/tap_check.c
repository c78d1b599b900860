/* SPDX-License-Identifier: MIT */
/* What a driver passes, held against the page of each callback. */
#include "tests/conformance/tap_private.h"

enum { MAX_ESCAPE_LEN = 65536, MAX_OBJECTS = 32 };

static void check_info(struct tap *tap, const D3DDDI_ALLOCATIONINFO *info)
{
    tap_check(tap, TAP_RULE_ALLOCATE, info->Flags.Reserved == 0, "reserved flags 0x%x are set",
            (unsigned)info->Flags.Value);
    tap_check(tap, TAP_RULE_ALLOCATE, info->Flags.Primary != 0 || info->Flags.Stereo == 0,
            "Stereo is set without Primary");
    tap_check(tap, TAP_RULE_ALLOCATE, info->Flags.Primary != 0 || info->VidPnSourceId == 0,
            "VidPnSourceId is %u without Primary", (unsigned)info->VidPnSourceId);
    tap_check(tap, TAP_RULE_ALLOCATE, info->pSystemMem == NULL,
            "pSystemMem is set, but the runtime gave no memory");
    tap_check(tap, TAP_RULE_ALLOCATE,
            info->PrivateDriverDataSize == 0 || info->pPrivateDriverData != NULL,
            "private data of %u bytes at NULL", (unsigned)info->PrivateDriverDataSize);
}

void tap_check_allocate(struct tap_device *device, const D3DDDICB_ALLOCATE *data)
{
    struct tap *tap = device->tap;
    if (!tap_check(tap, TAP_RULE_ALLOCATE,
                data != NULL && data->NumAllocations != 0 && data->pAllocationInfo != NULL,
                "the list of allocations is empty")) {
        return;
    }
    for (UINT i = 0; i < data->NumAllocations; i++) {
        check_info(tap, &data->pAllocationInfo[i]);
    }
}

static void check_listed(struct tap_device *device, D3DKMT_HANDLE handle)
{
    struct tap *tap = device->tap;
    const struct tap_allocation *allocation = tap_find_allocation(tap, handle);
    if (!tap_check(tap, TAP_RULE_DEALLOCATE, allocation != NULL && allocation->device == device,
                "allocation 0x%x is none of this device", (unsigned)handle)) {
        return;
    }
    tap_check(tap, TAP_RULE_DEALLOCATE, !allocation->retired,
            "allocation 0x%x was replaced by a lock with Discard", (unsigned)handle);
    tap_check(tap, TAP_RULE_UNLOCK, allocation->lock_count == 0,
            "allocation 0x%x is given back while it is locked", (unsigned)handle);
}

void tap_check_deallocate(struct tap_device *device, const D3DDDICB_DEALLOCATE *data)
{
    if (data->hResource != NULL) {
        return;
    }
    tap_check(device->tap, TAP_RULE_DEALLOCATE,
            data->NumAllocations != 0 && data->HandleList != NULL, "nothing is listed");
    for (UINT i = 0; i < data->NumAllocations; i++) {
        check_listed(device, data->HandleList[i]);
        for (UINT j = 0; j < i; j++) {
            tap_check(device->tap, TAP_RULE_DEALLOCATE, data->HandleList[i] != data->HandleList[j],
                    "allocation 0x%x is listed twice", (unsigned)data->HandleList[i]);
        }
    }
}

void tap_check_lock(struct tap_device *device, const D3DDDICB_LOCK *data)
{
    struct tap *tap = device->tap;
    D3DDDICB_LOCKFLAGS flags = data->Flags;
    const struct tap_allocation *allocation = tap_find_allocation(tap, data->hAllocation);
    tap_check(tap, TAP_RULE_LOCK, allocation != NULL && allocation->device == device,
            "allocation 0x%x is none of this device", (unsigned)data->hAllocation);
    tap_check(tap, TAP_RULE_LOCK, allocation == NULL || !allocation->retired,
            "allocation 0x%x was replaced by a lock with Discard", (unsigned)data->hAllocation);
    tap_check(tap, TAP_RULE_LOCK, flags.Reserved == 0, "reserved flags 0x%x are set",
            (unsigned)flags.Value);
    tap_check(tap, TAP_RULE_LOCK, flags.ReadOnly == 0 || flags.WriteOnly == 0,
            "ReadOnly and WriteOnly are both set");
    tap_check(tap, TAP_RULE_LOCK, flags.IgnoreSync == 0 || flags.AcquireAperture == 0,
            "IgnoreSync and AcquireAperture are both set");
    tap_check(tap, TAP_RULE_LOCK, flags.UseAlternateVA == 0 || flags.AcquireAperture != 0,
            "UseAlternateVA is set without AcquireAperture");
    bool pages = data->NumPages != 0 && data->pPages != NULL;
    tap_check(tap, TAP_RULE_LOCK, (flags.LockEntire != 0) != pages,
            "neither or both of LockEntire and a list of pages are given");
    tap_check(tap, TAP_RULE_LOCK, data->GpuVirtualAddress == 0, "GpuVirtualAddress is not 0");
}

void tap_check_unlock(struct tap_device *device, const D3DDDICB_UNLOCK *data)
{
    struct tap *tap = device->tap;
    tap_check(tap, TAP_RULE_UNLOCK, data->NumAllocations != 0 && data->phAllocations != NULL,
            "nothing is listed");
    for (UINT i = 0; i < data->NumAllocations; i++) {
        const struct tap_allocation *allocation = tap_find_allocation(tap, data->phAllocations[i]);
        tap_check(tap, TAP_RULE_UNLOCK,
                allocation != NULL && allocation->device == device && allocation->lock_count != 0,
                "allocation 0x%x is not locked", (unsigned)data->phAllocations[i]);
    }
}

static void check_list(const struct tap_context *context, const D3DDDICB_RENDER *data)
{
    struct tap *tap = context->device->tap;
    const D3DDDI_ALLOCATIONLIST *list =
            (const void *)context->lent[context->current].allocations.data;
    for (UINT i = 0; i < data->NumAllocations; i++) {
        const struct tap_allocation *allocation = tap_find_allocation(tap, list[i].hAllocation);
        tap_check(tap, TAP_RULE_RENDER, list[i].Reserved == 0, "reserved bits of list entry %u", i);
        if (list[i].hAllocation == 0) {
            continue;
        }
        if (!tap_check(tap, TAP_RULE_RENDER,
                    allocation != NULL && allocation->device == context->device,
                    "list entry %u: allocation 0x%x is none of this device", i,
                    (unsigned)list[i].hAllocation)) {
            continue;
        }
        tap_check(tap, TAP_RULE_LOCKED, allocation->lock_count == 0 || allocation->by_application,
                "list entry %u: allocation 0x%x is locked by the driver", i,
                (unsigned)list[i].hAllocation);
    }
}

static void check_patches(const struct tap_context *context, const D3DDDICB_RENDER *data)
{
    struct tap *tap = context->device->tap;
    const D3DDDI_PATCHLOCATIONLIST *list =
            (const void *)context->lent[context->current].patches.data;
    for (UINT i = 0; i < data->NumPatchLocations; i++) {
        tap_check(tap, TAP_RULE_RENDER, list[i].Reserved == 0,
                "patch location %u: the top byte of SlotId is not 0", i);
        tap_check(tap, TAP_RULE_RENDER, list[i].AllocationIndex < data->NumAllocations,
                "patch location %u: allocation index %u of %u", i,
                (unsigned)list[i].AllocationIndex, (unsigned)data->NumAllocations);
        tap_check(tap, TAP_RULE_RENDER,
                list[i].PatchOffset >= data->CommandOffset &&
                        list[i].PatchOffset < data->CommandLength,
                "patch location %u: offset %u of %u", i, (unsigned)list[i].PatchOffset,
                (unsigned)data->CommandLength);
    }
}

void tap_check_render(struct tap_context *context, const D3DDDICB_RENDER *data)
{
    struct tap *tap = context->device->tap;
    D3DDDICB_RENDERFLAGS known = { .ResizeCommandBuffer = 1,
        .ResizeAllocationList = 1,
        .ResizePatchLocationList = 1,
        .NullRendering = 1 };
    tap_check(tap, TAP_RULE_RENDER, (data->Flags.Value & ~known.Value) == 0,
            "reserved flags 0x%x are set", (unsigned)data->Flags.Value);
    tap_check(tap, TAP_RULE_RENDER,
            data->NewCommandBuffer == 0 && data->pPrivateDriverData == NULL &&
                    data->PrivateDriverDataSize == 0,
            "reserved members are not 0");
    tap_check(tap, TAP_RULE_RENDER, data->BroadcastContextCount <= D3DDDI_MAX_BROADCAST_CONTEXT,
            "%u broadcast contexts", (unsigned)data->BroadcastContextCount);
    bool fits = tap_check(tap, TAP_RULE_RENDER,
            data->CommandLength <= context->len && data->CommandOffset < data->CommandLength,
            "commands from %u to %u in a buffer of %u bytes", (unsigned)data->CommandOffset,
            (unsigned)data->CommandLength, (unsigned)context->len);
    fits &= tap_check(tap, TAP_RULE_RENDER, data->NumAllocations <= context->allocation_count,
            "%u allocations in a list of %u", (unsigned)data->NumAllocations,
            (unsigned)context->allocation_count);
    fits &= tap_check(tap, TAP_RULE_RENDER, data->NumPatchLocations <= context->patch_count,
            "%u patch locations in a list of %u", (unsigned)data->NumPatchLocations,
            (unsigned)context->patch_count);
    if (fits) {
        check_list(context, data);
        check_patches(context, data);
    }
}

void tap_check_escape(struct tap *tap, const D3DDDICB_ESCAPE *data)
{
    tap_check(tap, TAP_RULE_ESCAPE,
            data->pPrivateDriverData != NULL && data->PrivateDriverDataSize != 0 &&
                    data->PrivateDriverDataSize <= MAX_ESCAPE_LEN,
            "a block of %u bytes", (unsigned)data->PrivateDriverDataSize);
    tap_check(tap, TAP_RULE_ESCAPE, data->Flags.Reserved == 0,
            "flags 0x%x: only HardwareAccess is known at this version",
            (unsigned)data->Flags.Value);
    tap_check(tap, TAP_RULE_ESCAPE, data->hContext == NULL || data->hDevice != NULL,
            "hContext is set without hDevice");
}

void tap_check_signal(struct tap *tap, const D3DDDICB_SIGNALSYNCHRONIZATIONOBJECT2 *data)
{
    tap_check(tap, TAP_RULE_SYNC, data->Flags.Reserved == 0, "reserved flags 0x%x are set",
            (unsigned)data->Flags.Value);
    tap_check(tap, TAP_RULE_SYNC, data->ObjectCount <= MAX_OBJECTS, "%u objects are signalled",
            (unsigned)data->ObjectCount);
    tap_check(tap, TAP_RULE_SYNC, data->BroadcastContextCount <= D3DDDI_MAX_BROADCAST_CONTEXT,
            "%u broadcast contexts", (unsigned)data->BroadcastContextCount);
    if (data->Flags.EnqueueCpuEvent != 0) {
        tap_check(tap, TAP_RULE_SYNC, data->ObjectCount == 0,
                "EnqueueCpuEvent is set, but %u objects are named", (unsigned)data->ObjectCount);
        tap_check(tap, TAP_RULE_SYNC, data->CpuEventHandle != NULL,
                "EnqueueCpuEvent is set without an event");
    }
}

void tap_check_wait(struct tap *tap, UINT object_count)
{
    tap_check(tap, TAP_RULE_SYNC, object_count <= MAX_OBJECTS, "%u objects are waited for",
            (unsigned)object_count);
}
