/* SPDX-License-Identifier: MIT */
#include "umd/map.h"

#include <string.h>

#include "umd/allocation.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/resource.h"

static bool usage_allows(const struct umd_resource *resource, D3D10_DDI_MAP map)
{
    switch (map) {
    case D3D10_DDI_MAP_READ:
    case D3D10_DDI_MAP_WRITE:
    case D3D10_DDI_MAP_READWRITE:
        return resource->usage == D3D10_DDI_USAGE_STAGING;
    case D3D10_DDI_MAP_WRITE_DISCARD:
    case D3D10_DDI_MAP_WRITE_NOOVERWRITE:
        return resource->usage == D3D10_DDI_USAGE_DYNAMIC;
    default:
        return false;
    }
}

static enum vit_status check(const struct umd_resource *resource, UINT subresource,
        D3D10_DDI_MAP map, UINT flags)
{
    if (resource == NULL || subresource != 0 ||
            (flags & ~(UINT)D3D10_DDI_MAP_FLAG_DONOTWAIT) != 0) {
        return VIT_E_ARG;
    }
    if (umd_resource_is_protected(resource)) {
        return VIT_E_DENIED;
    }
    if (!usage_allows(resource, map)) {
        return VIT_E_ARG;
    }
    return resource->mapped ? VIT_E_STATE : VIT_OK;
}

static D3DDDICB_LOCKFLAGS lock_flags(D3D10_DDI_MAP map, UINT flags)
{
    return (D3DDDICB_LOCKFLAGS){
        .ReadOnly = map == D3D10_DDI_MAP_READ,
        .WriteOnly = map != D3D10_DDI_MAP_READ && map != D3D10_DDI_MAP_READWRITE,
        .DonotWait = (flags & D3D10_DDI_MAP_FLAG_DONOTWAIT) != 0,
        .IgnoreSync = map == D3D10_DDI_MAP_WRITE_NOOVERWRITE,
        .Discard = map == D3D10_DDI_MAP_WRITE_DISCARD,
    };
}

/* A kernel that cannot rename the allocation is asked to take its time instead. */
static enum vit_status lock_discarding(struct umd_device *device, struct umd_resource *resource,
        D3DDDICB_LOCKFLAGS flags, uint8_t **data)
{
    D3DKMT_HANDLE before = resource->allocation;
    enum vit_status status = umd_allocation_lock(device, &resource->allocation, flags, data);
    if (status != VIT_OK && status != VIT_E_GONE) {
        VIT_TRY(umd_flush(device));
        flags.Discard = 0;
        status = umd_allocation_lock(device, &resource->allocation, flags, data);
    }
    if (resource->allocation != before) {
        resource->batch = 0; /* the list of the batch names the old one */
    }
    return status;
}

static enum vit_status lock(struct umd_device *device, struct umd_resource *resource,
        D3D10_DDI_MAP map, UINT flags, uint8_t **data)
{
    D3DDDICB_LOCKFLAGS lock = lock_flags(map, flags);
    if (lock.Discard != 0) {
        return lock_discarding(device, resource, lock, data);
    }
    if (lock.IgnoreSync == 0 && umd_commands_use(&device->commands, resource)) {
        VIT_TRY(umd_flush(device));
    }
    return umd_allocation_lock(device, &resource->allocation, lock, data);
}

/* What a map may report: still drawing only when it was asked not to wait, else removal. */
static enum vit_status lock_result(enum vit_status status, UINT flags)
{
    bool may_be_busy = (flags & D3D10_DDI_MAP_FLAG_DONOTWAIT) != 0;
    return status == VIT_E_BUSY && may_be_busy ? VIT_E_BUSY : umd_kernel_failure(status);
}

static enum vit_status map_resource(struct umd_device *device, struct umd_resource *resource,
        D3D10_DDI_MAP map, UINT flags, D3D10DDI_MAPPED_SUBRESOURCE *mapped)
{
    uint8_t *data;
    VIT_TRY(lock_result(lock(device, resource, map, flags, &data), flags));
    resource->mapped = true;
    *mapped = (D3D10DDI_MAPPED_SUBRESOURCE){
        .pData = data,
        .RowPitch = resource->surface.pitch,
        .DepthPitch = (UINT)resource->surface.size,
    };
    return VIT_OK;
}

VOID APIENTRY umd_map(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource, UINT subresource,
        D3D10_DDI_MAP map, UINT flags, D3D10DDI_MAPPED_SUBRESOURCE *mapped)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (mapped != NULL) {
        memset(mapped, 0, sizeof(*mapped));
    }
    if (device == NULL) {
        return;
    }
    struct umd_resource *resource = umd_resource_get(device, hResource);
    enum vit_status status = check(resource, subresource, map, flags);
    if (status == VIT_OK) {
        status = mapped != NULL ? map_resource(device, resource, map, flags, mapped) : VIT_E_ARG;
    }
    umd_report(device, status);
}

VOID APIENTRY umd_unmap(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource, UINT subresource)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct umd_resource *resource = umd_resource_get(device, hResource);
    if (resource == NULL || subresource != 0 || !resource->mapped) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    umd_allocation_unlock(device, resource->allocation);
    resource->mapped = false;
}

/* Asked of staging resources, also while they are mapped: then the device is done with them. */
BOOL APIENTRY umd_is_staging_busy(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hResource)
{
    struct umd_device *device = umd_device_get(hDevice);
    struct umd_resource *resource = device != NULL ? umd_resource_get(device, hResource) : NULL;
    if (resource == NULL || resource->mapped || umd_resource_is_protected(resource)) {
        return FALSE;
    }
    if (umd_commands_use(&device->commands, resource)) {
        return TRUE;
    }
    D3DDDICB_LOCKFLAGS flags = { .ReadOnly = 1, .DonotWait = 1 };
    uint8_t *data;
    enum vit_status status = umd_allocation_lock(device, &resource->allocation, flags, &data);
    if (status == VIT_OK) {
        umd_allocation_unlock(device, resource->allocation);
    }
    return status == VIT_E_BUSY;
}
