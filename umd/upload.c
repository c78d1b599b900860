/* SPDX-License-Identifier: MIT */
#include "umd/upload.h"

#include <string.h>

#include "umd/allocation.h"
#include "umd/copy.h"
#include "umd/device.h"
#include "umd/error.h"
#include "umd/resource.h"

static void write_plane(uint8_t *destination, uint32_t destination_pitch, const uint8_t *source,
        UINT source_pitch, const struct umd_plane *plane)
{
    for (uint32_t row = 0; row < plane->rows; row++) {
        memcpy(destination + (uint64_t)row * destination_pitch,
                source + (uint64_t)row * source_pitch, plane->row_len);
    }
}

static enum vit_status write_shared(struct umd_device *device, struct umd_resource *resource,
        const struct umd_region *region, const uint8_t *data, UINT pitch)
{
    struct umd_plane planes[UMD_MAX_PLANES];
    unsigned count = umd_region_planes(&resource->surface, region, planes);
    D3DDDICB_LOCKFLAGS flags = { .WriteOnly = 1 };
    uint8_t *bytes;
    if (umd_commands_use(&device->commands, resource)) {
        VIT_TRY(umd_flush(device));
    }
    VIT_TRY(umd_kernel_failure(umd_allocation_lock(device, &resource->allocation, flags, &bytes)));
    for (unsigned i = 0; i < count; i++) {
        write_plane(bytes + planes[i].offset, resource->surface.pitch,
                data + (uint64_t)planes[i].source_row * pitch, pitch, &planes[i]);
    }
    umd_allocation_unlock(device, resource->allocation);
    return VIT_OK;
}

/* A picture of the region's size, to be copied from by the device. */
static enum vit_status create_staging(struct umd_device *device, const struct vit_surface *like,
        const struct umd_region *region, struct umd_resource *staging)
{
    *staging = (struct umd_resource){ .kind = VIT_ALLOCATION_SHARED };
    VIT_TRY(vit_surface_init(&staging->surface, like->format, region->right - region->left,
            region->bottom - region->top));
    return umd_kernel_failure(umd_allocation_create(device, staging->kind, &staging->surface, 0,
            &staging->allocation));
}

/* Afterwards nothing unsubmitted names the staging picture: a flush that fails drops it. */
static enum vit_status write_staged(struct umd_device *device, struct umd_resource *resource,
        const struct umd_region *region, const void *data, UINT pitch, struct umd_resource *staging)
{
    struct umd_region all = umd_region_all(&staging->surface);
    VIT_TRY(write_shared(device, staging, &all, data, pitch));
    VIT_TRY(umd_copy_region(device, resource, region, staging, &all));
    return umd_flush(device);
}

static enum vit_status write_protected(struct umd_device *device, struct umd_resource *resource,
        const struct umd_region *region, const void *data, UINT pitch)
{
    struct umd_resource staging;
    VIT_TRY(create_staging(device, &resource->surface, region, &staging));
    enum vit_status status = write_staged(device, resource, region, data, pitch, &staging);
    umd_allocation_destroy(device, staging.allocation);
    return status;
}

enum vit_status umd_upload(struct umd_device *device, struct umd_resource *resource,
        const struct umd_region *region, const void *data, UINT pitch)
{
    if (resource->mapped) {
        return VIT_E_STATE;
    }
    return umd_resource_is_protected(resource)
            ? write_protected(device, resource, region, data, pitch)
            : write_shared(device, resource, region, data, pitch);
}

static enum vit_status update(struct umd_device *device, struct umd_resource *resource,
        UINT subresource, const D3D10_DDI_BOX *box, const VOID *data, UINT row_pitch)
{
    struct umd_region region;
    if (resource == NULL || subresource != 0 || data == NULL) {
        return VIT_E_ARG;
    }
    if (resource->usage != D3D10_DDI_USAGE_DEFAULT) {
        return VIT_E_ARG;
    }
    if (!umd_region_of_box(&resource->surface, box, &region)) {
        return VIT_OK;
    }
    if (!umd_region_fits(&resource->surface, &region)) {
        return VIT_E_ARG;
    }
    return umd_upload(device, resource, &region, data, row_pitch);
}

VOID APIENTRY umd_update_subresource(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        UINT subresource, const D3D10_DDI_BOX *box, const VOID *data, UINT row_pitch,
        UINT depth_pitch, UINT copy_flags)
{
    (void)depth_pitch;
    (void)copy_flags;
    struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        struct umd_resource *resource = umd_resource_get(device, hDstResource);
        umd_report(device, update(device, resource, subresource, box, data, row_pitch));
    }
}
