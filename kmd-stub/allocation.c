/* SPDX-License-Identifier: MIT */
#include "kmd-stub/allocation.h"

#include <stdlib.h>

#include "kmd-stub/resource.h"
#include "kmd-stub/status.h"

enum { MAX_ALLOCATIONS = 1024 }; /* of one call */

struct vit_kmd_allocation *vit_kmd_allocation_find(const struct vit_kmd_device *device,
        D3DKMT_HANDLE handle)
{
    struct vit_kmd_allocation *allocation =
            vit_handles_get(&device->adapter->handles, VIT_HANDLE_ALLOCATION, handle);
    return allocation != NULL && allocation->device == device ? allocation : NULL;
}

static void add_to_list(struct vit_kmd_allocation *allocation)
{
    struct vit_kmd_allocation **head = &allocation->device->allocations;
    allocation->next = *head;
    allocation->link = head;
    if (*head != NULL) {
        (*head)->link = &allocation->next;
    }
    *head = allocation;
}

static void add_to_group(struct vit_kmd_allocation *allocation, struct vit_kmd_resource *group)
{
    struct vit_kmd_allocation **head = &group->allocations;
    allocation->group = group;
    allocation->group_next = *head;
    allocation->group_link = head;
    if (*head != NULL) {
        (*head)->group_link = &allocation->group_next;
    }
    *head = allocation;
}

static void take_from_lists(struct vit_kmd_allocation *allocation)
{
    *allocation->link = allocation->next;
    if (allocation->next != NULL) {
        allocation->next->link = allocation->link;
    }
    if (allocation->group == NULL) {
        return;
    }
    *allocation->group_link = allocation->group_next;
    if (allocation->group_next != NULL) {
        allocation->group_next->group_link = allocation->group_link;
    }
}

static bool is_primary(const struct vit_allocation_block *block)
{
    return block->kind == VIT_ALLOCATION_PRIMARY || block->kind == VIT_ALLOCATION_PROTECTED_PRIMARY;
}

static enum vit_status check_info(const struct vit_kmd_device *device,
        const D3DDDI_ALLOCATIONINFO *info, struct vit_allocation_block *block)
{
    if (info->pSystemMem != NULL || info->pPrivateDriverData == NULL) {
        return VIT_E_ARG;
    }
    VIT_TRY(vit_allocation_block_decode(info->pPrivateDriverData, info->PrivateDriverDataSize,
            block));
    UINT flags = info->Flags.Value;
    UINT source = info->VidPnSourceId;
    if (!is_primary(block)) {
        return flags == 0 && source == D3DDDI_ID_NOTAPPLICABLE ? VIT_OK : VIT_E_ARG;
    }
    D3DDDI_ALLOCATIONINFO primary = { .Flags = { .Primary = 1 } };
    bool fits = flags == primary.Flags.Value && source < device->adapter->capset.outputs;
    return fits ? VIT_OK : VIT_E_ARG;
}

static enum vit_status create_on_link(struct vit_kmd_allocation *allocation)
{
    struct vit_kmd_device *device = allocation->device;
    struct vit_link *link = device->adapter->link;
    return vit_kmd_adapter_note(device->adapter,
            link->impl->create_resource(link, device->context, &allocation->block,
                    &allocation->resource));
}

static enum vit_status create(struct vit_kmd_device *device, const D3DDDI_ALLOCATIONINFO *info,
        struct vit_kmd_allocation **out)
{
    struct vit_allocation_block block;
    VIT_TRY(check_info(device, info, &block));
    VIT_AUTO(memory) memory = calloc(1, sizeof(struct vit_kmd_allocation));
    struct vit_kmd_allocation *allocation = memory;
    if (allocation == NULL) {
        return VIT_E_NOMEM;
    }
    allocation->device = device;
    allocation->block = block;
    allocation->output = info->VidPnSourceId;
    struct vit_handles *handles = &device->adapter->handles;
    VIT_TRY(vit_handles_add(handles, VIT_HANDLE_ALLOCATION, allocation, &allocation->handle));
    enum vit_status status = create_on_link(allocation);
    if (status != VIT_OK) {
        vit_handles_remove(handles, allocation->handle);
        return status;
    }
    add_to_list(allocation);
    *out = allocation;
    memory = NULL;
    return VIT_OK;
}

/* The device may still be at work on it; its memory is given back after that only. */
static void destroy(struct vit_kmd_allocation *allocation)
{
    struct vit_kmd_device *device = allocation->device;
    struct vit_link *link = device->adapter->link;
    enum vit_status status = vit_kmd_device_wait(device, allocation->last_use, UINT64_MAX);
    (void)status; /* a lost device completes nothing more, and destroying succeeds all the same */
    link->impl->destroy_resource(link, device->context, &allocation->resource);
    take_from_lists(allocation);
    vit_handles_remove(&device->adapter->handles, allocation->handle);
    free(allocation);
}

void vit_kmd_allocations_destroy(struct vit_kmd_device *device)
{
    while (device->allocations != NULL) {
        destroy(device->allocations);
    }
    vit_kmd_resources_destroy(device);
}

static void undo(const struct vit_kmd_device *device, const D3DKMT_HANDLE *handles, UINT count)
{
    for (UINT i = count; i > 0; i--) {
        destroy(vit_kmd_allocation_find(device, handles[i - 1]));
    }
}

static enum vit_status create_all(struct vit_kmd_device *device, const D3DDDICB_ALLOCATE *data,
        D3DKMT_HANDLE *handles)
{
    for (UINT i = 0; i < data->NumAllocations; i++) {
        struct vit_kmd_allocation *allocation;
        enum vit_status status = create(device, &data->pAllocationInfo[i], &allocation);
        if (status != VIT_OK) {
            undo(device, handles, i);
            return status;
        }
        handles[i] = allocation->handle;
    }
    return VIT_OK;
}

static enum vit_status group_of(struct vit_kmd_device *device, HANDLE runtime,
        struct vit_kmd_resource **group)
{
    *group = runtime != NULL ? vit_kmd_resource_find(device, runtime) : NULL;
    if (runtime == NULL || *group != NULL) {
        return VIT_OK;
    }
    return vit_kmd_resource_create(device, runtime, group);
}

/* Nothing is written to the caller's structures before all of it has succeeded. */
static enum vit_status allocate(struct vit_kmd_device *device, D3DDDICB_ALLOCATE *data)
{
    if (data->NumAllocations == 0 || data->NumAllocations > MAX_ALLOCATIONS ||
            data->pAllocationInfo == NULL || data->PrivateDriverDataSize != 0) {
        return VIT_E_ARG;
    }
    VIT_AUTO(memory) memory = calloc(data->NumAllocations, sizeof(D3DKMT_HANDLE));
    D3DKMT_HANDLE *handles = memory;
    if (handles == NULL) {
        return VIT_E_NOMEM;
    }
    VIT_TRY(create_all(device, data, handles));
    struct vit_kmd_resource *group = NULL;
    enum vit_status status = group_of(device, data->hResource, &group);
    if (status != VIT_OK) {
        undo(device, handles, data->NumAllocations);
        return status;
    }
    for (UINT i = 0; i < data->NumAllocations; i++) {
        data->pAllocationInfo[i].hAllocation = handles[i];
        if (group != NULL) {
            add_to_group(vit_kmd_allocation_find(device, handles[i]), group);
        }
    }
    data->hKMResource = group != NULL ? group->handle : 0;
    return VIT_OK;
}

HRESULT vit_kmd_allocate(HANDLE hDevice, D3DDDICB_ALLOCATE *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL) {
        return E_INVALIDARG;
    }
    if (device->adapter->lost) {
        return D3DDDIERR_DEVICEREMOVED;
    }
    return vit_kmd_result(allocate(device, data));
}

static enum vit_status deallocate_group(struct vit_kmd_device *device, HANDLE runtime)
{
    struct vit_kmd_resource *group = vit_kmd_resource_find(device, runtime);
    if (group == NULL) {
        return VIT_E_ARG;
    }
    while (group->allocations != NULL) {
        destroy(group->allocations);
    }
    vit_kmd_resource_destroy(device, group);
    return VIT_OK;
}

static bool is_named_before(const D3DKMT_HANDLE *list, UINT index)
{
    for (UINT i = 0; i < index; i++) {
        if (list[i] == list[index]) {
            return true;
        }
    }
    return false;
}

/* All or nothing: the list is looked through first. */
static enum vit_status deallocate_list(struct vit_kmd_device *device,
        const D3DDDICB_DEALLOCATE *data)
{
    if (data->NumAllocations == 0 || data->NumAllocations > MAX_ALLOCATIONS ||
            data->HandleList == NULL) {
        return VIT_E_ARG;
    }
    for (UINT i = 0; i < data->NumAllocations; i++) {
        if (vit_kmd_allocation_find(device, data->HandleList[i]) == NULL ||
                is_named_before(data->HandleList, i)) {
            return VIT_E_ARG;
        }
    }
    for (UINT i = 0; i < data->NumAllocations; i++) {
        destroy(vit_kmd_allocation_find(device, data->HandleList[i]));
    }
    return VIT_OK;
}

HRESULT vit_kmd_deallocate(HANDLE hDevice, const D3DDDICB_DEALLOCATE *data)
{
    VIT_AUTO(kmd_device) device = vit_kmd_device_enter(hDevice);
    if (device == NULL || data == NULL) {
        return E_INVALIDARG;
    }
    if (data->hResource != NULL) {
        return vit_kmd_result(deallocate_group(device, data->hResource));
    }
    return vit_kmd_result(deallocate_list(device, data));
}
