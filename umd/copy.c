/* SPDX-License-Identifier: MIT */
#include "umd/copy.h"

#include "umd/device.h"
#include "umd/error.h"
#include "umd/resource.h"

enum vit_status umd_copy_allowed(const struct umd_resource *destination,
        const struct umd_resource *source)
{
    if (destination->mapped || source->mapped) {
        return VIT_E_STATE;
    }
    if (umd_resource_is_protected(source) && !umd_resource_is_protected(destination)) {
        return VIT_E_DENIED;
    }
    bool mixes =
            source->label != 0 && destination->label != 0 && source->label != destination->label;
    return mixes ? VIT_E_DENIED : VIT_OK;
}

void umd_copy_label(struct umd_resource *destination, const struct umd_resource *source)
{
    if (source->label != 0) {
        destination->label = source->label;
    }
}

static enum vit_status copy_plane(struct umd_device *device, struct umd_resource *destination,
        const struct umd_plane *to, struct umd_resource *source, const struct umd_plane *from)
{
    VIT_TRY(umd_commands_begin(device, VIT_OP_COPY, source, destination));
    vit_put_copy(&device->commands.out,
            &(struct vit_msg_copy){
                    .source_offset = from->offset,
                    .destination_offset = to->offset,
                    .row_len = from->row_len,
                    .rows = from->rows,
                    .source_pitch = source->surface.pitch,
                    .destination_pitch = destination->surface.pitch,
            });
    return VIT_OK;
}

enum vit_status umd_copy_region(struct umd_device *device, struct umd_resource *destination,
        const struct umd_region *destination_region, struct umd_resource *source,
        const struct umd_region *source_region)
{
    struct umd_plane to[UMD_MAX_PLANES];
    struct umd_plane from[UMD_MAX_PLANES];
    VIT_TRY(umd_copy_allowed(destination, source));
    unsigned count = umd_region_planes(&source->surface, source_region, from);
    (void)umd_region_planes(&destination->surface, destination_region, to);
    for (unsigned i = 0; i < count; i++) {
        VIT_TRY(copy_plane(device, destination, &to[i], source, &from[i]));
    }
    umd_copy_label(destination, source);
    return VIT_OK;
}

static enum vit_status copy_all(struct umd_device *device, struct umd_resource *destination,
        struct umd_resource *source)
{
    if (destination == NULL || source == NULL || destination == source ||
            !umd_surface_alike(&destination->surface, &source->surface)) {
        return VIT_E_ARG;
    }
    struct umd_region all = umd_region_all(&source->surface);
    return umd_copy_region(device, destination, &all, source, &all);
}

VOID APIENTRY umd_resource_copy(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        D3D10DDI_HRESOURCE hSrcResource)
{
    struct umd_device *device = umd_device_get(hDevice);
    if (device != NULL) {
        struct umd_resource *destination = umd_resource_get(device, hDstResource);
        struct umd_resource *source = umd_resource_get(device, hSrcResource);
        umd_report(device, copy_all(device, destination, source));
    }
}

/* The runtime does not check that the shifted box fits. */
static bool shift(const struct umd_region *region, UINT x, UINT y, struct umd_region *shifted)
{
    uint64_t right = (uint64_t)x + (region->right - region->left);
    uint64_t bottom = (uint64_t)y + (region->bottom - region->top);
    *shifted = (struct umd_region){ x, y, (uint32_t)right, (uint32_t)bottom };
    return right <= UINT32_MAX && bottom <= UINT32_MAX;
}

static enum vit_status copy_box(struct umd_device *device, struct umd_resource *destination, UINT x,
        UINT y, struct umd_resource *source, const D3D10_DDI_BOX *box)
{
    struct umd_region from;
    struct umd_region to;
    if (!umd_region_of_box(&source->surface, box, &from)) {
        return VIT_OK;
    }
    if (!umd_formats_alike(destination->surface.format, source->surface.format) ||
            !umd_region_fits(&source->surface, &from) || !shift(&from, x, y, &to) ||
            !umd_region_fits(&destination->surface, &to)) {
        return VIT_E_ARG;
    }
    return umd_copy_region(device, destination, &to, source, &from);
}

VOID APIENTRY umd_resource_copy_region(D3D10DDI_HDEVICE hDevice, D3D10DDI_HRESOURCE hDstResource,
        UINT dst_subresource, UINT x, UINT y, UINT z, D3D10DDI_HRESOURCE hSrcResource,
        UINT src_subresource, const D3D10_DDI_BOX *box, UINT copy_flags)
{
    (void)copy_flags;
    struct umd_device *device = umd_device_get(hDevice);
    if (device == NULL) {
        return;
    }
    struct umd_resource *destination = umd_resource_get(device, hDstResource);
    struct umd_resource *source = umd_resource_get(device, hSrcResource);
    if (destination == NULL || source == NULL || dst_subresource != 0 || src_subresource != 0 ||
            z != 0) {
        umd_report(device, VIT_E_ARG);
        return;
    }
    umd_report(device, copy_box(device, destination, x, y, source, box));
}
