/* SPDX-License-Identifier: MIT */
#include "kmd-stub/render.h"

#include <string.h>

#include "base/secret.h"
#include "kmd-stub/allocation.h"
#include "kmd-stub/commands.h"
#include "kmd-stub/context.h"
#include "kmd-stub/status.h"

static NTSTATUS check_arguments(const D3DDDICB_RENDER *data)
{
    D3DDDICB_RENDERFLAGS known = { .ResizeCommandBuffer = 1,
        .ResizeAllocationList = 1,
        .ResizePatchLocationList = 1 };
    if ((data->Flags.Value & ~known.Value) != 0 || data->BroadcastContextCount != 0 ||
            data->NewCommandBuffer != 0 || data->PrivateDriverDataSize != 0 ||
            data->NumAllocations > VIT_KMD_ALLOCATION_COUNT ||
            data->NumPatchLocations > VIT_KMD_PATCH_COUNT) {
        return STATUS_INVALID_PARAMETER;
    }
    bool fits =
            data->CommandLength <= VIT_KMD_COMMAND_LEN && data->CommandOffset < data->CommandLength;
    return fits ? STATUS_SUCCESS : STATUS_INVALID_USER_BUFFER;
}

/* The lists and buffers stay writable by the caller during the call: looked at here only. */
static void copy_once(const struct vit_kmd_context *context, const D3DDDICB_RENDER *data,
        struct vit_kmd_staging *staging)
{
    memcpy(staging->submission + VIT_ENVELOPE_LEN, context->commands + data->CommandOffset,
            data->CommandLength - data->CommandOffset);
    memcpy(staging->allocations, context->allocations,
            data->NumAllocations * sizeof(*staging->allocations));
    memcpy(staging->patches, context->patches, data->NumPatchLocations * sizeof(*staging->patches));
}

static NTSTATUS resolve_allocations(const struct vit_kmd_device *device,
        struct vit_kmd_staging *staging, UINT count, uint32_t *resources)
{
    for (UINT i = 0; i < count; i++) {
        const D3DDDI_ALLOCATIONLIST *entry = &staging->allocations[i];
        staging->named[i] = NULL;
        resources[i] = 0;
        if (entry->Reserved != 0) {
            return STATUS_INVALID_PARAMETER;
        }
        if (entry->hAllocation == 0) {
            continue; /* unbinds: nothing may name it */
        }
        staging->named[i] = vit_kmd_allocation_find(device, entry->hAllocation);
        if (staging->named[i] == NULL) {
            return STATUS_INVALID_HANDLE;
        }
        resources[i] = staging->named[i]->resource.id;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS submit(struct vit_kmd_device *device, const D3DDDICB_RENDER *data)
{
    struct vit_kmd_staging *staging = &device->adapter->staging;
    uint32_t resources[VIT_KMD_ALLOCATION_COUNT];
    NTSTATUS status = resolve_allocations(device, staging, data->NumAllocations, resources);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_kmd_commands commands = {
        .bytes = staging->submission + VIT_ENVELOPE_LEN,
        .len = data->CommandLength - data->CommandOffset,
        .base = data->CommandOffset,
        .patches = staging->patches,
        .patch_count = data->NumPatchLocations,
        .resources = resources,
        .resource_count = data->NumAllocations,
    };
    status = vit_kmd_commands_patch(&commands);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return vit_kmd_ntstatus(vit_kmd_device_submit(device, commands.len, commands.message_count));
}

static void mark_used(const struct vit_kmd_device *device, UINT count)
{
    for (UINT i = 0; i < count; i++) {
        struct vit_kmd_allocation *allocation = device->adapter->staging.named[i];
        if (allocation != NULL) {
            allocation->last_use = device->submitted;
        }
    }
}

static void answer(const struct vit_kmd_context *context, D3DDDICB_RENDER *data)
{
    const struct vit_kmd_device *device = context->device;
    data->pNewCommandBuffer = context->commands;
    data->NewCommandBufferSize = VIT_KMD_COMMAND_LEN;
    data->pNewAllocationList = context->allocations;
    data->NewAllocationListSize = VIT_KMD_ALLOCATION_COUNT;
    data->pNewPatchLocationList = context->patches;
    data->NewPatchLocationListSize = VIT_KMD_PATCH_COUNT;
    data->QueuedBufferCount = (ULONG)(device->submitted - device->completed);
}

static NTSTATUS render(struct vit_kmd_device *device, D3DDDICB_RENDER *data)
{
    const struct vit_kmd_context *context = vit_kmd_context_find(device, data->hContext);
    if (context == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    NTSTATUS status = check_arguments(data);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    struct vit_kmd_staging *staging = &device->adapter->staging;
    copy_once(context, data, staging);
    status = submit(device, data);
    vit_wipe(staging->submission, VIT_ENVELOPE_LEN + data->CommandLength - data->CommandOffset);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    mark_used(device, data->NumAllocations);
    answer(context, data);
    return STATUS_SUCCESS;
}

HRESULT vit_kmd_render(HANDLE hDevice, D3DDDICB_RENDER *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    return vit_kmd_hresult(render(device, data));
}
